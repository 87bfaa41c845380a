# SPDX-License-Identifier: Apache-2.0
"""The documents themselves: valid, the same bytes every time, complete, and of one mind. That they
are valid is checked wherever one is read (documents.py)."""
import hashlib
import os
import re
import shutil

import debs
import images
import packageurl
import pytest
import rpms
from debs import stanza, status_file
from layers import Layer
from program import FORMATS, USAGE

OS_RELEASE = b'ID=debian\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\n' \
             b'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nHOME_URL="https://www.debian.org/"\n'
TOOL, LIBRARY, CONFIG = b"tool\n", b"library\n", b"key=value\n"
LABELS = {"org.opencontainers.image.vendor": "Example Vendor",
          "org.opencontainers.image.authors": "Erika Muster <erika@example.org>",
          "org.opencontainers.image.url": "https://image.example.org/",
          "org.opencontainers.image.source": "https://code.example.org/image.git",
          "org.opencontainers.image.description": "An example.",
          "unusual label": "two\nlines"}
COPYRIGHT = b"""Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/

Files: *
Copyright: 2001 One Author
License: MIT and Acme-1

License: MIT
 Permission is hereby granted.

License: Acme-1
 You may do with this what Acme says.
"""


def base_files():
    """Two packages, a residue, a package that is only unpacked, and files of every status."""
    status = status_file(
        stanza("library", "1:2.0-1", Source="greek (2.0-1)", Homepage="https://greek.example.org/",
               Recommends="tool"),
        stanza("tool", Depends="library (>= 1:1.0), absent | library", Pre_Depends="half"),
        stanza("half", status="install ok unpacked"),
        stanza("leaving"),
        stanza("rest", status="deinstall ok config-files",
               Conffiles=f"\n /etc/rest.conf {debs.md5(CONFIG)}"))
    return {
        "etc/os-release": OS_RELEASE, "etc/rest.conf": CONFIG, "var/lib/dpkg/status": status,
        "var/lib/dpkg/info/tool.list": b"/usr/bin/tool\n/usr/bin/patched\n/usr/bin/lost\n",
        "var/lib/dpkg/info/tool.md5sums":
            f"{debs.md5(TOOL)}  usr/bin/tool\n{debs.md5(TOOL)}  usr/bin/patched\n"
            f"{debs.md5(TOOL)}  usr/bin/lost\n".encode(),
        "var/lib/dpkg/info/library.list": b"/usr/lib/liblibrary.so\n",
        "var/lib/dpkg/info/library.md5sums": f"{debs.md5(LIBRARY)}  usr/lib/liblibrary.so\n".encode(),
        "usr/share/doc/library/copyright": COPYRIGHT, "usr/bin/tool": TOOL,
        "usr/bin/patched": b"patched\n", "usr/lib/liblibrary.so": LIBRARY, "srv/stray": b"stray\n",
        "srv/gone": b"gone\n"}


def example_image():
    base = base_files()
    status = base["var/lib/dpkg/status"].replace(
        debs.stanza("leaving").encode() + b"\n", b"")
    upper = Layer().files({"var/lib/dpkg/status": status, "srv/data/added": b"added\n"})
    upper.whiteout("srv/gone")
    return images.Image([Layer().files(base), upper], labels=LABELS, author="Erika Muster",
                        annotations={"org.opencontainers.image.title": "example"})


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    folder = tmp_path_factory.mktemp("documents") / "example"
    images.single(example_image(), "1.0").write(folder)
    return f"oci:{folder}:1.0"


@pytest.fixture(scope="module", params=["spdx", "cyclonedx"])
def read(request, waybill):
    """read(reference, ...) in one of the formats."""
    return getattr(waybill, request.param)


def by_name(packages):
    return {package.name: package for package in packages}


# ---- the image -----------------------------------------------------------------------------------

def test_the_image_is_what_the_document_is_about(read, reference):
    image = example_image()
    digest = images.sha256(images.to_json(image.manifest()))
    document = read(reference)
    assert (document.primary["name"], document.primary["version"]) == ("example", "1.0")
    assert document.primary["hashes"] == {"SHA256": digest.removeprefix("sha256:")}
    purl = packageurl.PackageURL.from_string(document.primary["purl"])
    assert (purl.type, purl.name, purl.version) == ("oci", "example", digest)
    properties = document.image_properties
    assert properties["waybill:image:platform"] == "linux/amd64"
    assert properties["waybill:image:manifestDigest"] == digest
    assert properties["waybill:image:configDigest"] == images.sha256(image.config_bytes())
    assert properties["waybill:image:created"] == images.CREATED
    for name, value in LABELS.items():
        assert properties[f"waybill:image:label:{name}"] == value
    for number, layer in enumerate(image.layers, 1):
        assert properties[f"waybill:image:layer:{number}:digest"] == layer.digest
        assert properties[f"waybill:image:layer:{number}:diffID"] == layer.diff_id
        assert properties[f"waybill:image:layer:{number}:size"] == str(len(layer.data))
        assert properties[f"waybill:image:layer:{number}:createdBy"] == f"step {number}"
    assert properties["waybill:database:1:path"] == "var/lib/dpkg/status"
    assert document.system["name"] == "debian"


def test_the_makers_of_the_image(waybill, reference):
    image = waybill.spdx(reference).primary["raw"]
    assert image["supplier"] == "Organization: Example Vendor"
    assert image["originator"] == "Person: Erika Muster (erika@example.org)"
    assert image["homepage"] == "https://image.example.org/"
    assert image["builtDate"] == images.CREATED
    image = waybill.cyclonedx(reference).primary["raw"]
    assert image["supplier"] == {"name": "Example Vendor"}
    assert image["authors"] == [{"name": "Erika Muster", "email": "erika@example.org"}]
    assert {"type": "vcs", "url": "https://code.example.org/image.git"} in image["externalReferences"]
    assert image["description"] == "An example."


# ---- packages ------------------------------------------------------------------------------------

def test_packages_and_what_is_kept_apart(read, reference):
    document = read(reference)
    assert sorted(by_name(document.packages)) == ["half", "library", "tool"]
    assert [package.name for package in document.residues] == ["rest"]
    assert [package.name for package in document.removed] == ["leaving"]
    assert by_name(document.packages)["half"].state == "unpacked"
    library = by_name(document.packages)["library"]
    assert (library.evr, library.arch) == ("1:2.0-1", "amd64")
    assert (library.source_name, library.source_version) == ("greek", "2.0-1")
    assert library.licence == "LicenseRef-Acme-1 AND MIT"
    assert library.properties["waybill:package:database"] == "var/lib/dpkg/status"
    assert library.properties["waybill:package:recommends"] == "tool"
    tool = by_name(document.packages)["tool"]
    assert tool.properties["waybill:package:depends"] == "library (>= 1:1.0), absent | library"
    assert tool.properties["waybill:package:missingFiles"] == "1"
    assert "You may do with this what Acme says." in document.text


def test_empty_source_name(read, reference):
    assert read(reference, "--source-name", "").primary["name"] in ("", "example")


def test_fields_of_a_package(waybill, reference):
    library = by_name(waybill.spdx(reference).packages)["library"].raw
    assert library["supplier"] == "Person: Erika Muster (erika@example.org)"
    assert library["homepage"] == "https://greek.example.org/"
    assert "greek 2.0-1" in library["sourceInfo"]
    assert library["copyrightText"] == "2001 One Author"
    assert library["licenseComments"].endswith("MIT and Acme-1")
    assert library["summary"] == "package library"
    types = [one["referenceType"] for one in library["externalRefs"]]
    assert types[0] == "purl" and "cpe23Type" in types
    library = by_name(waybill.cyclonedx(reference).packages)["library"].raw
    assert library["supplier"]["contact"] == [{"name": "Erika Muster", "email": "erika@example.org"}]
    assert library["licenses"][0]["acknowledgement"] == "declared"
    assert library["copyright"] == "2001 One Author"
    assert library["cpe"].startswith("cpe:2.3:a:")
    assert library["evidence"]["occurrences"] == [{"location": "var/lib/dpkg/status"}]
    assert library["externalReferences"] == [{"type": "website",
                                              "url": "https://greek.example.org/"}]


def test_fields_of_an_rpm_package(waybill, make_rpm, tmp_path):
    database = rpms.RpmDatabase(tmp_path / "rpmdb")
    database.install(make_rpm("thing", epoch=1, header=(
        "Vendor: Example (Europe)\nPackager: Erika Muster <erika@example.org>\n"
        "URL: not-an-address\nLicense: GPLv2+ and Acme\nGroup: Odd/Ends\n"
        "ModularityLabel: a:1:2:3\nProvides: stuff = 2\n")))
    files = {"rpmdb.sqlite": database.sqlite()}
    header, content = rpms.query(files, "%{SHA256HEADER} %{SIGMD5}\\n")[0].split(" ")
    reference = images.write_oci(tmp_path / "i", [Layer().files({
        f"var/lib/rpm/{name}": data for name, data in files.items()})])
    for document in (waybill.spdx(reference), waybill.cyclonedx(reference)):
        [package] = document.packages
        properties = package.properties
        assert package.licence == "GPL-2.0-or-later AND LicenseRef-Acme"
        assert properties["waybill:package:licenceDeclared"] == "GPLv2+ and Acme"
        assert properties["waybill:package:headerDigest"] == f"sha256:{header}"
        assert properties["waybill:package:contentDigest"] == f"md5:{content}"
        assert properties["waybill:package:modularityLabel"] == "a:1:2:3"
        assert properties["waybill:package:homepage"] == "not-an-address"
        assert properties["waybill:package:sourceRpm"].endswith(".src.rpm")
        assert "stuff (= 2)" in properties["waybill:package:provides"]
        assert re.fullmatch(r"\d{4}-.*Z", properties["waybill:package:installTime"])
        assert not {"checksums", "hashes"} & set(package.raw), "of the header is not of the package"
    package = waybill.spdx(reference).packages[0].raw
    assert package["supplier"] == "Organization: Example (Europe) ()"
    assert package["originator"] == "Organization: Erika Muster (erika@example.org)"
    assert waybill.cyclonedx(reference).packages[0].raw["publisher"].startswith("Erika Muster")


def test_scanners_do_not_take_for_installed_what_is_not(waybill, reference):
    document = waybill.spdx(reference)
    contained = {right for left, kind, right in document.relationships if kind == "CONTAINS"}
    assert {package.id for package in document.packages} <= contained
    for package in [*document.residues, *document.removed]:
        assert "externalRefs" not in package.raw and package.purl
        assert package.id not in contained
    document = waybill.cyclonedx(reference)
    for package in [*document.residues, *document.removed]:
        assert not {"purl", "cpe"} & set(package.raw) and package.purl
        assert package.raw["scope"] == "excluded"


def test_dependencies(read, reference):
    document = read(reference)
    assert document.dependency_names() == {("tool", "library"), ("tool", "half")}
    optional = {(document.by_id[left].name, document.by_id[right].name)
                for left, right in document.optional_edges()}
    assert optional == {("library", "tool")}


def test_the_image_leads_to_every_package(waybill, reference):
    document = waybill.cyclonedx(reference)
    [image] = [edge for edge in document.raw["dependencies"] if edge["ref"] == "image"]
    assert {package.id for package in document.packages} <= set(image["dependsOn"])
    refs = [edge["ref"] for edge in document.raw["dependencies"]]
    assert sorted(refs) == sorted({"image"} | {package.id for package in document.packages})


def test_minimum_elements(waybill, reference):
    """NTIA 2021: supplier, name, version, identifier, relationship; author and time. Of packages that
    a layer removed only the identity is known."""
    document = waybill.spdx(reference)
    gone = {package.id for package in document.removed}
    for package in document.raw["packages"]:
        assert package["supplier"] != "NOASSERTION" or package["SPDXID"] in gone, package["name"]
        assert package["name"] and package["versionInfo"]
    creation = document.raw["creationInfo"]
    assert creation["creators"] and creation["created"]
    document = waybill.cyclonedx(reference)
    gone = {package.id for package in document.removed}
    for component in document.components():
        if component["type"] != "file" and component["bom-ref"] not in gone:
            assert component["supplier"]["name"] and component["version"]
    metadata = document.raw["metadata"]
    assert metadata["lifecycles"] == [{"phase": "post-build"}]
    [tool] = metadata["tools"]["components"]
    assert tool["name"] == "waybill" and tool["version"]


# ---- files ---------------------------------------------------------------------------------------

STATUSES = {"/usr/bin/tool": "owned", "/usr/lib/liblibrary.so": "owned",
            "/etc/rest.conf": "owned", "/usr/bin/patched": "modified", "/srv/stray": "unowned",
            "/srv/data/added": "unowned"}


def test_no_files(read, reference):
    document = read(reference, "--files", "none")
    assert document.files == {} and document.removed_files == {}
    assert document.properties["waybill:document:files"] == "none"


def test_unowned_and_modified_files(read, reference):
    for document in (read(reference), read(reference, "--files", "unowned")):
        listed = {path: file.status for path, file in document.files.items()}
        assert not {"owned", "missing"} & set(listed.values())
        assert {path: status for path, status in STATUSES.items()
                if status != "owned"}.items() <= listed.items()
        assert document.removed_files == {}


def test_all_files(read, reference):
    document = read(reference, "--files", "all")
    listed = {path: file.status for path, file in document.files.items()}
    assert STATUSES.items() <= listed.items()
    assert set(listed) == {"/" + path for path in base_files() if path != "srv/gone"} | {
        "/srv/data/added"}
    assert set(document.removed_files) == {"/srv/gone"}
    patched = document.files["/usr/bin/patched"]
    assert patched.sha1 == hashlib.sha1(b"patched\n").hexdigest()
    assert patched.sha256 == hashlib.sha256(b"patched\n").hexdigest()
    assert patched.owners == ["tool"]
    assert patched.properties["waybill:file:expectedDigest"] == "md5:" + debs.md5(TOOL)
    assert document.files["/etc/rest.conf"].owners == ["rest"]
    tool = by_name(document.packages)["tool"]
    assert tool.properties["waybill:package:missingFile"] == "/usr/bin/lost"


def test_totals(read, reference):
    totals = read(reference, "--files", "all").properties
    names = ("files", "ownedFiles", "modifiedFiles", "unownedFiles", "missingFiles", "packages",
             "residues", "removedPackages")
    found = {name: int(totals[f"waybill:total:{name}"]) for name in names}
    assert found["files"] == found["ownedFiles"] + found["unownedFiles"] == len(base_files())
    assert (found["ownedFiles"], found["modifiedFiles"], found["missingFiles"]) == (4, 1, 1)
    assert (found["packages"], found["residues"], found["removedPackages"]) == (3, 1, 1)


def test_relations_of_files_in_spdx(waybill, reference):
    document = waybill.spdx(reference, "--files", "all")
    names = {"SPDXRef-image": "image",
             **{one.id: one.name for one in document.by_id.values()},
             **{file.id: path for path, file in document.files.items()},
             **{file.id: path for path, file in document.removed_files.items()}}
    found = {(names.get(left), kind, names.get(right))
             for left, kind, right in document.relationships}
    assert {("tool", "CONTAINS", "/usr/bin/tool"), ("tool", "CONTAINS", "/usr/bin/patched"),
            ("/usr/bin/patched", "FILE_MODIFIED", "tool"),
            ("library", "CONTAINS", "/usr/lib/liblibrary.so"),
            ("rest", "CONTAINS", "/etc/rest.conf"),
            ("/srv/stray", "FILE_ADDED", "image"), ("/srv/gone", "FILE_DELETED", "image")} <= found
    assert ("/usr/bin/tool", "FILE_MODIFIED", "tool") not in found
    # Without all of a package's files nothing is said to contain any.
    document = waybill.spdx(reference)
    patched = document.files["/usr/bin/patched"].id
    assert not any(package["filesAnalyzed"] for package in document.raw["packages"])
    assert (patched, "FILE_MODIFIED", by_name(document.packages)["tool"].id) in \
        document.relationships


def test_verification_codes(waybill, reference):
    """SPDX 2.3, 7.9: over the SHA-1 values of the files that the package contains."""
    document = waybill.spdx(reference, "--files", "all")
    sha1 = {file.id: file.sha1 for file in document.files.values()}
    analysed = [package for package in document.raw["packages"] if package["filesAnalyzed"]]
    assert sorted(package["name"] for package in analysed) == ["library", "rest", "tool"]
    for package in analysed:
        values = sorted(sha1[right] for left, kind, right in document.relationships
                        if (left, kind) == (package["SPDXID"], "CONTAINS"))
        assert package["packageVerificationCode"]["packageVerificationCodeValue"] == \
            hashlib.sha1("".join(values).encode()).hexdigest()


def test_completeness(waybill, reference, tmp_path):
    def aggregates(document):
        return [one["aggregate"] for one in document.raw["compositions"]]
    assert aggregates(waybill.cyclonedx(reference)) == ["complete", "complete", "unknown"]
    assert aggregates(waybill.cyclonedx(reference, "--files", "none")) == ["incomplete", "complete"]
    status = status_file(stanza("a"), "Package: broken\nno field\n", stanza("b"))
    broken = images.write_oci(tmp_path / "i", [Layer().files({"var/lib/dpkg/status": status})])
    assert aggregates(waybill.cyclonedx(broken))[:2] == ["incomplete", "incomplete"]


def test_findings_are_in_the_document(read, tmp_path):
    files = {"etc/os-release": OS_RELEASE, "var/lib/dpkg/status": status_file(stanza("a"))}
    layers = [Layer().files(files), Layer().whiteout("var/lib/dpkg")]
    document = read(images.write_oci(tmp_path / "i", layers))
    [finding] = [text for text in document.findings if "package-database-deleted" in text]
    lines = finding.split("\n")
    assert "waybill: " + lines[0] in document.run.lines
    assert "waybill:finding:layer=2" in lines
    assert document.image_properties["waybill:database:1:deletedByLayer"] == "2"


# ---- the same bytes ------------------------------------------------------------------------------

def all_formats(waybill, reference, folder, *arguments, **more):
    os.makedirs(folder)
    outputs = []
    for name in FORMATS:
        outputs += ["-o", f"{name}={folder}/{name}"]
    waybill.sbom(reference, *outputs, *arguments, **more)
    found = {}
    for name in FORMATS:
        with open(f"{folder}/{name}", "rb") as file:
            found[name] = file.read()
    return found


@pytest.mark.parametrize("selection", ["none", "unowned", "all"])
def test_two_runs_write_the_same_bytes(waybill, reference, tmp_path, selection):
    copy = tmp_path / "elsewhere" / "example"
    shutil.copytree(reference.split(":")[1], copy)
    first = all_formats(waybill, reference, tmp_path / "1", "--files", selection)
    second = all_formats(waybill, f"oci:{copy}:1.0", tmp_path / "2", "--files", selection,
                         "--threads", "1", "--quiet",
                         env={"TZ": "Asia/Tokyo", "LC_ALL": "C.UTF-8", "MALLOC_PERTURB_": "85"})
    third = all_formats(waybill, "oci:example:1.0", tmp_path / "3", "--files", selection,
                        "--threads", "7", cwd=copy.parent)
    assert first == second == third


def test_stdout_is_the_file(waybill, reference, tmp_path):
    files = all_formats(waybill, reference, tmp_path / "1")
    for name in FORMATS:
        assert waybill.sbom(reference, "-o", name).stdout == files[name]


def identity(document):
    return document.raw.get("serialNumber", document.raw.get("documentNamespace"))


def test_different_documents_have_different_identities(waybill, reference, tmp_path):
    images.single(images.Image([Layer().files(base_files())]), "1.0").write(tmp_path / "example")
    documents = [waybill.spdx(reference), waybill.cyclonedx(reference),
                 waybill.spdx(reference, "--files", "all"),
                 waybill.cyclonedx(reference, "--source-version", "2"),
                 waybill.spdx(f"oci:{tmp_path}/example:1.0")]
    identities = [identity(document) for document in documents]
    assert len(set(identities)) == len(identities)
    for one in identities:
        assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-"
                            r"[0-9a-f]{12}", one)


def created(document):
    return document.raw["metadata"]["timestamp"] if "metadata" in document.raw \
        else document.raw["creationInfo"]["created"]


def test_times(read, reference, tmp_path):
    """The image's own, unless SOURCE_DATE_EPOCH says another."""
    assert created(read(reference)) == images.CREATED
    document = read(reference, env={"SOURCE_DATE_EPOCH": "1234567890"})
    assert created(document) == "2009-02-13T23:31:30Z"
    assert document.image_properties["waybill:image:created"] == images.CREATED
    undated = images.write_oci(tmp_path / "i", [Layer().files(base_files())], created=None)
    assert created(read(undated)) == "1970-01-01T00:00:00Z"


def test_malformed_source_date_epoch(waybill, reference, tmp_path):
    for value in ("yesterday", "-1", "12x", "99999999999999999999", " 1"):
        run = waybill.run("sbom", reference, "-o", f"spdx-json={tmp_path}/out",
                          env={"SOURCE_DATE_EPOCH": value})
        assert run.code == USAGE and "SOURCE_DATE_EPOCH" in run.stderr, (value, run)
        assert not os.path.exists(tmp_path / "out")


# ---- of one mind ---------------------------------------------------------------------------------

def test_both_formats_say_the_same(waybill, reference):
    spdx = waybill.spdx(reference, "--files", "all")
    cyclonedx = waybill.cyclonedx(reference, "--files", "all")

    def facts(package):
        properties = {name: value for name, value in package.properties.items()
                      if name not in ("waybill:package:preDependsOn", "waybill:package:recommended",
                                      "waybill:package:suggested", "waybill:package:cpe")
                      # What scanners read in CycloneDX they read elsewhere in SPDX.
                      and name.startswith(("waybill:", "bsi:"))}
        return package.name, package.evr, package.purl, package.licence, properties

    for which in ("packages", "residues", "removed"):
        assert list(map(facts, getattr(spdx, which))) == list(map(facts, getattr(cyclonedx, which)))
    for which in ("files", "removed_files"):
        one, two = getattr(spdx, which), getattr(cyclonedx, which)
        assert list(one) == list(two)
        for path, file in one.items():
            other = two[path]
            assert (file.status, file.sha1, file.sha256, file.owners, file.introduced, file.changed,
                    file.deleted) == (other.status, other.sha1, other.sha256, other.owners,
                                      other.introduced, other.changed, other.deleted)
    assert spdx.dependency_names() == cyclonedx.dependency_names()
    assert spdx.findings == cyclonedx.findings
    assert spdx.image_properties == cyclonedx.image_properties


# ---- hostile values ------------------------------------------------------------------------------

HOSTILE = ["https://exa mple.org/", "javascript:alert(1)", "https://[::1", "http://", "%zz",
           "https://h.example.org/\u00e9<>", "x" * 3000, "a@b@c", "NOASSERTION", "\\", "\"}],",
           "https://localhost/x", "//example.org"]


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_values_that_fields_do_not_take(read, tmp_path, value):
    """They stand in the document all the same, as properties, and it stays valid."""
    status = status_file(stanza("a", Homepage=value, Maintainer=f"{value} (x) <{value}>",
                                Section=value, Source=value.replace(" ", "")))
    labels = {"org.opencontainers.image.url": value, "org.opencontainers.image.vendor": value,
              "org.opencontainers.image.source": value, value: value, "empty": ""}
    os_release = f"ID=debian\nVERSION_ID='{value}'\nCPE_NAME='{value}'\nHOME_URL='{value}'\n"
    reference = images.write_oci(
        tmp_path / "i", [Layer().files({"etc/os-release": os_release.encode(),
                                        "var/lib/dpkg/status": status})],
        labels=labels, author=value)
    document = read(reference, "--source-name", value, "--source-version", value)
    [package] = document.packages
    assert value in (package.properties.get("waybill:package:homepage"), package.raw.get("homepage"),
                     *[one["url"] for one in package.raw.get("externalReferences", [])])
    assert document.image_properties[f"waybill:image:label:{value}"] == value
    assert document.image_properties["waybill:image:label:empty"] == ""


def test_label_names_cannot_forge_properties(read, tmp_path):
    labels = {"x=1\nwaybill:image:tag": "forged", "y": "1\nwaybill:image:tag=forged"}
    document = read(images.write_oci(tmp_path / "i", [Layer().file("f")], "genuine", labels=labels))
    assert document.image_properties["waybill:image:tag"] == "genuine"
    assert document.image_properties["waybill:image:label:y"] == labels["y"]


def test_version_longer_than_the_schema_allows(waybill, tmp_path):
    version = "1." + "0" * 2000
    reference = images.write_oci(
        tmp_path / "i", [Layer().files({"var/lib/dpkg/status": status_file(stanza("a", version))})])
    [package] = waybill.cyclonedx(reference).packages
    assert package.properties["waybill:package:version"] == version
    [package] = waybill.spdx(reference).packages
    assert package.evr == version


def test_image_without_anything(read, tmp_path):
    document = read(images.write_oci(tmp_path / "i", [Layer().file("empty", b"")], created=None))
    assert document.packages == [] and document.system is None
    assert document.run.warnings


# ---- the table -----------------------------------------------------------------------------------

def test_table(waybill, reference):
    text = waybill.sbom(reference, "-o", "table").stdout.decode()
    assert all(len(line) <= 120 for line in text.splitlines())
    for expected in ("example", "sha256:", "linux/amd64", "Debian GNU/Linux 12 (bookworm)",
                     "var/lib/dpkg/status", "library  1:2.0-1", "unpacked", "leaving",
                     "3 packages, 1 more removed by later layers"):
        assert expected in text, expected


def test_table_does_not_speak_to_the_terminal(waybill, tmp_path):
    """Control characters of names do not reach it."""
    layer = Layer().files({"var/lib/dpkg/status": status_file(stanza("a"))})
    image = images.Image([layer], labels={"x": "\x1b[2J"})
    image.config["history"][0]["created_by"] = "RUN \x1b[31m\u009b\x07 x"
    images.single(image).write(tmp_path / "i")
    text = waybill.sbom(f"oci:{tmp_path}/i", "-o", "table", "--source-name", "\x1b]0;x\x07") \
        .stdout.decode()
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", text)
    assert "RUN " in text
