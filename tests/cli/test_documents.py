# SPDX-License-Identifier: Apache-2.0
"""SPDX and CycloneDX of one example image: what they say of it, its packages and files, and that they
say the same."""
import hashlib
import re

import debs
import images
import packageurl
import rpms
from debs import stanza, status_file
from example_image import LABELS, OS_RELEASE, TOOL, base_files, example_image
from example_image import read, reference  # noqa: F401  (fixtures)
from layers import Layer


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
