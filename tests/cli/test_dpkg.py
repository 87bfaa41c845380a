# SPDX-License-Identifier: Apache-2.0
"""dpkg databases, against what dpkg-query says of the same files."""
import os
import shutil

import debs
import images
import packageurl
import pytest
from conftest import data_cases
from debs import stanza, status_file
from layers import Layer
from program import BAD_INPUT

DEBIAN = b'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n'
NOT_PACKAGES = ("config-files", "not-installed")


def image_with(folder, files, os_release=DEBIAN, layers=()):
    return images.write_oci(folder, [Layer().files({"etc/os-release": os_release, **files}), *layers])


def rows(document):
    """(name, version, architecture) of the packages."""
    return sorted((package.name, package.evr, package.arch) for package in document.packages)


def both(waybill, reference, *arguments):
    spdx = waybill.spdx(reference, *arguments)
    cyclonedx = waybill.cyclonedx(reference, *arguments)
    assert rows(spdx) == rows(cyclonedx)
    return cyclonedx


def oracle(folder, status):
    """What dpkg-query makes of a status file."""
    admin = os.path.join(str(folder), "admin")
    shutil.rmtree(admin, ignore_errors=True)
    os.makedirs(os.path.join(admin, "info"))
    os.makedirs(os.path.join(admin, "updates"))
    os.makedirs(os.path.join(admin, "triggers"))
    with open(os.path.join(admin, "status"), "wb") as file:
        file.write(status)
    return debs.dpkg_query(admin)


def check_against_dpkg(waybill, tmp_path, status):
    expected = oracle(tmp_path, status)
    document = both(waybill, image_with(tmp_path / "i", {"var/lib/dpkg/status": status}))
    assert rows(document) == sorted(row[:3] for row in expected if row[3] not in NOT_PACKAGES)
    residues = sorted((p.name, p.evr, p.arch) for p in document.residues)
    assert residues == sorted(row[:3] for row in expected if row[3] == "config-files")
    states = {(p.name, p.evr, p.arch): p.state for p in document.packages}
    for row in expected:
        if row[3] not in NOT_PACKAGES:
            assert states[row[:3]] == row[3].replace("triggers-awaited", "installed").replace(
                "triggers-pending", "installed"), row
    return document, expected


# ---- real dpkg -----------------------------------------------------------------------------------

def test_what_dpkg_installed(waybill, tmp_path, make_deb):
    root = debs.DpkgRoot(tmp_path / "root")
    root.install(make_deb("alpha", "1:2.0~rc1+dfsg-1", Source="greek (1:2.0~rc1-1)"),
                 make_deb("beta", Depends="alpha (>= 1:1.0), libc6 | musl"),
                 make_deb("gamma", architecture="all"))
    root.unpack(make_deb("delta"))
    with open(root.admin + "/status", "rb") as file:
        check_against_dpkg(waybill, tmp_path, file.read())


def test_every_state(waybill, tmp_path):
    states = ["install ok installed", "install ok unpacked", "install ok half-configured",
              "install ok half-installed", "deinstall ok config-files", "hold ok installed",
              "install ok triggers-pending", "install ok triggers-awaited",
              "install reinstreq half-installed", "purge ok config-files",
              "deinstall ok installed"]
    stanzas = []
    for number, state in enumerate(states):
        more = {}
        if state.endswith("config-files") or "half-configured" in state or "unpacked" in state:
            more["Config-Version"] = "0.9-1"
        if state.endswith("triggers-pending"):
            more["Triggers-Pending"] = "ldconfig"
        if state.endswith("triggers-awaited"):
            more["Triggers-Awaited"] = "package-6"
        stanzas.append(stanza(f"package-{number}", status=state, **more))
    status = status_file(*stanzas, "Package: never\nStatus: unknown ok not-installed\n"
                                   "Priority: optional\nSection: misc\nArchitecture: amd64\n")
    document, expected = check_against_dpkg(waybill, tmp_path, status)
    assert len(expected) >= len(states)
    assert "never" not in [package.name for package in document.packages]


def test_several_architectures(waybill, tmp_path):
    more = {"Multi_Arch": "same", "Source": "libx-src"}
    status = status_file(stanza("libx", **more), stanza("libx", architecture="i386", **more),
                         stanza("libx", architecture="arm64", **more), stanza("tool"))
    document, _ = check_against_dpkg(waybill, tmp_path, status)
    purls = [package.purl for package in document.packages if package.name == "libx"]
    assert len(set(purls)) == 3


def test_sources(waybill, tmp_path):
    status = status_file(stanza("a", Source="src"), stanza("b", "2.0-1+b1", Source="src (2.0-1)"),
                         stanza("c"), stanza("d", "1:3-2", Source="src2 (2:9-1)"))
    document, expected = check_against_dpkg(waybill, tmp_path, status)
    for row in expected:
        package = next(p for p in document.packages if p.name == row[0])
        assert (package.source_name, package.source_version) == row[4:6], row


def test_odd_but_legal_files(waybill, tmp_path):
    """Order, case and spelling of fields, continuation lines, no newline at the end."""
    status = (b"\n\npackage: lower\nSTATUS: install ok installed\nPriority: extra\nSection: x\n"
              b"Maintainer: A <a@example.org>\nArchitecture: amd64\nVersion:1.0\nDescription: x\n"
              b" more\n .\n  even more\nX-Unknown: yes\nConffiles:\n /etc/x "
              b"d41d8cd98f00b204e9800998ecf8427e\n\n\n\n"
              b"Version: 2.0\nDescription: last\nArchitecture: all\nMaintainer: A <a@example.org>\n"
              b"Status: install ok installed\nPackage: last")
    check_against_dpkg(waybill, tmp_path, status + b"\n")
    document = both(waybill, image_with(tmp_path / "cut", {"var/lib/dpkg/status": status}))
    assert [row[0] for row in rows(document)] == ["last", "lower"]


def test_fields_that_are_not_utf8(waybill, tmp_path):
    status = status_file(stanza("old", Maintainer="JOSE <jose@example.org>"))
    status = status.replace(b"JOSE", b"Jos\xe9")
    document, _ = check_against_dpkg(waybill, tmp_path, status)
    document.text.encode("utf-8")
    assert "jose@example.org" in document.text


def test_purl(waybill, tmp_path):
    status = status_file(stanza("attr", "1:2.4.47-2+b1~x", Source="attr-src (1:2.4.47-2)"),
                         stanza("plain"))
    document = waybill.cyclonedx(image_with(tmp_path / "i", {"var/lib/dpkg/status": status}))
    attr = next(package for package in document.packages if package.name == "attr")
    assert attr.purl.startswith("pkg:deb/debian/attr@1:2.4.47-2%2Bb1~x?arch=amd64&distro=debian-12")
    parsed = packageurl.PackageURL.from_string(attr.purl)
    assert (parsed.name, parsed.version) == ("attr", "1:2.4.47-2+b1~x")
    assert parsed.qualifiers["upstream"].startswith("attr-src@1:2.4.47-2")


def test_dependencies(waybill, tmp_path):
    status = status_file(
        stanza("a", Depends="b (>= 1), c | d, virtual, python3:any", Pre_Depends="e"),
        stanza("b"), stanza("d", Depends="a"), stanza("e"), stanza("provider", Provides="virtual (= 1)"),
        stanza("python3", Multi_Arch="allowed"),
        stanza("f", Recommends="b", Suggests="e", Conflicts="a"),
        stanza("self", Depends="self, not-there"))
    reference = image_with(tmp_path / "i", {"var/lib/dpkg/status": status})
    for document in (waybill.cyclonedx(reference), waybill.spdx(reference)):
        edges = document.dependency_names()
        assert {("a", "b"), ("a", "d"), ("a", "e"), ("a", "provider"), ("a", "python3"),
                ("d", "a")} <= edges
        assert ("self", "self") not in edges and ("f", "e") not in edges
        assert ("f", "a") not in edges
        assert not [edge for edge in edges if edge[1] in ("not-there", "c")]


# ---- distroless ----------------------------------------------------------------------------------

def test_status_d(waybill, tmp_path):
    """One file per package, no Status field, .md5sums beside them."""
    tool = b"tool\n"
    files = {
        "var/lib/dpkg/status.d/base": stanza("base-files", "12.4", status=None).encode(),
        "var/lib/dpkg/status.d/tool": stanza("tool", status=None).encode(),
        "var/lib/dpkg/status.d/tool.md5sums": f"{debs.md5(tool)}  usr/bin/tool\n".encode(),
        "usr/bin/tool": tool, "usr/bin/stray": b"stray\n"}
    reference = image_with(tmp_path / "i", files)
    assert [row[0] for row in rows(both(waybill, reference))] == ["base-files", "tool"]
    document = waybill.spdx(reference, "--files", "all")
    assert document.files["/usr/bin/tool"].status == "owned"
    assert document.files["/usr/bin/tool"].owners == ["tool"]
    assert document.files["/usr/bin/stray"].status == "unowned"


def test_status_d_grows_by_layers(waybill, tmp_path):
    layers = [Layer().file("var/lib/dpkg/status.d/b", stanza("b", status=None)),
              Layer().file("var/lib/dpkg/status.d/a", stanza("a", "2.0-1", status=None)),
              Layer().whiteout("var/lib/dpkg/status.d/b")]
    reference = image_with(tmp_path / "i", {
        "var/lib/dpkg/status.d/a": stanza("a", status=None).encode()}, layers=layers)
    document = waybill.cyclonedx(reference)
    assert {p.name: (p.introduced, p.changed) for p in document.packages} == {"a": (0, 2)}
    assert {p.name: (p.introduced, p.deleted) for p in document.removed} == {"b": (1, 3)}


def test_status_and_status_d_together_are_reported(waybill, tmp_path):
    reference = image_with(tmp_path / "i", {
        "var/lib/dpkg/status": status_file(stanza("a")),
        "var/lib/dpkg/status.d/b": stanza("b", status=None).encode()})
    document = both(waybill, reference)
    assert [row[0] for row in rows(document)] == ["a", "b"]
    assert any("status.d" in line for line in document.run.warnings), document.run


# ---- deleted and damaged -------------------------------------------------------------------------

@pytest.mark.parametrize("gone", ["var/lib/dpkg/status", "var/lib/dpkg", "var"])
def test_deleted_database(waybill, tmp_path, gone):
    files = {"var/lib/dpkg/status": status_file(stanza("a"), stanza("b")),
             "var/lib/dpkg/info/a.list": b"/usr/bin/a\n",
             "var/lib/dpkg/info/a.md5sums": f"{debs.md5(b'a')}  usr/bin/a\n".encode(),
             "usr/bin/a": b"a"}
    reference = image_with(tmp_path / "i", files, layers=[Layer().whiteout(gone)])
    document = both(waybill, reference)
    assert [row[0] for row in rows(document)] == ["a", "b"]
    assert any("var/lib/dpkg/status" in line and "layer 2" in line
               for line in document.run.warnings), document.run
    assert "package-database-deleted" in document.text
    listed = waybill.spdx(reference, "--files", "all")
    assert listed.files["/usr/bin/a"].status == "owned"


def test_emptied_database(waybill, tmp_path):
    reference = image_with(tmp_path / "i", {"var/lib/dpkg/status": status_file(stanza("a"))},
                           layers=[Layer().file("var/lib/dpkg/status", b"")])
    document = both(waybill, reference)
    assert [row[0] for row in rows(document)] == ["a"]
    assert document.run.warnings


def test_damaged_stanzas_are_reported_and_the_rest_kept(waybill, tmp_path):
    bad = ["Status: install ok installed\nVersion: 1\n", "this line is no field\n",
           "Package: half\nStatus: install ok installed\nVersion 1.0\n",
           " a continuation of nothing\n", "Package: \nStatus: install ok installed\n"]
    for number, text in enumerate(bad):
        status = status_file(stanza("first"), text, stanza("last"))
        document = waybill.cyclonedx(image_with(tmp_path / str(number),
                                                {"var/lib/dpkg/status": status}))
        found = {row[0] for row in rows(document)}
        assert {"first", "last"} <= found, text
        assert document.run.warnings, text


def test_a_file_that_is_no_status_file(waybill, tmp_path):
    for name, data in (("binary", bytes(range(256)) * 10), ("json", b'{"a": 1}\n')):
        run = waybill.run("sbom", image_with(tmp_path / name, {"var/lib/dpkg/status": data}))
        assert run.code == BAD_INPUT or run.warnings, (name, run)


# ---- cases from real images ----------------------------------------------------------------------

def read(path):
    with open(path, "rb") as file:
        return file.read()


@pytest.mark.parametrize("path", data_cases("dpkg/claircore/*.status",
                                            "dpkg/syft/pkg-coverage/var/lib/dpkg/status",
                                            "dpkg/syft/image-dpkg/var/lib/dpkg/status",
                                            "dpkg/syft/glob-paths/var/lib/dpkg/status"))
def test_real_status_files(waybill, tmp_path, path):
    status = read(path)
    try:
        oracle(tmp_path, status)
    except AssertionError as refused:
        # dpkg gives up on the file: what can be read is listed, what cannot is said.
        document = both(waybill, image_with(tmp_path / "i", {"var/lib/dpkg/status": status}))
        assert document.run.warnings or document.packages, refused
        return
    check_against_dpkg(waybill, tmp_path, status)


STATUS_D = {
    "single": ["apt"], "installed-size-4KB": ["apt"], "libpam-runtime": ["libpam-runtime"],
    "coreutils-relationships": None,
    # The stanzas without a name or a version are damage, and reported as that.
    "multiple": ["tzdata", "util-linux"], "deinstall": ["linux-image-6.14.0-1012-aws"],
    "empty": [], "corrupt": [],
    "doc-examples": ["made-up-package-1", "made-up-package-2", "made-up-package-3",
                     "made-up-package-4", "mutt"],
}


@pytest.mark.parametrize("path", data_cases("dpkg/syft/var/lib/dpkg/status.d/*"))
def test_real_status_d_files(waybill, tmp_path, path):
    """Names as stated above, or what a plain count of the stanzas gives."""
    name, text = os.path.basename(path), read(path)
    document = waybill.cyclonedx(image_with(tmp_path / "i", {f"var/lib/dpkg/status.d/{name}": text}))
    found = sorted(package.name for package in document.packages)
    expected = STATUS_D[name]
    if expected is None:
        expected = sorted(line.split(b": ")[1].decode() for line in text.splitlines()
                          if line.startswith(b"Package: "))
    if name == "doc-examples":
        assert set(expected) <= set(found)
    else:
        assert found == expected
    if name in ("empty", "corrupt", "multiple"):
        assert document.run.warnings, document.run


@pytest.mark.parametrize("path", data_cases("dpkg/syft/image-distroless-deb",
                                            "dpkg/syft/image-dpkg", "dpkg/syft/pkg-coverage"))
def test_real_trees(waybill, path):
    """As directories; the md5sums of the packages are files that these trees do not have."""
    document = waybill.cyclonedx(f"dir:{path}")
    expected = {"image-distroless-deb": {"libsqlite3-0"}, "image-dpkg": {"libpam-runtime"},
                "pkg-coverage": None}[os.path.basename(path)]
    found = {package.name for package in document.packages}
    if expected is None:
        expected = set()
        for folder, _, names in os.walk(os.path.join(path, "var/lib/dpkg")):
            for name in names:
                for line in read(os.path.join(folder, name)).splitlines():
                    if line.startswith(b"Package: "):
                        expected.add(line[9:].decode())
    assert found == expected


# ---- licences ------------------------------------------------------------------------------------

DEP5 = """Format: {format}
Upstream-Name: thing

Files: *
Copyright: 2001 One Author
License: GPL-2+

Files: lib/*
Copyright: 2002 Another
License: MIT or Acme-1

License: GPL-2+
 On Debian systems the text is in /usr/share/common-licenses/GPL-2.

License: MIT
 Permission is hereby granted.

License: Acme-1
 You may do with this what Acme says.
"""


@pytest.mark.parametrize("url", [
    "https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/",
    "http://www.debian.org/doc/packaging-manuals/copyright-format/1.0/",
    "http://dep.debian.net/deps/dep5",
    "http://dep.debian.net/deps/dep5/",
    "http://svn.debian.org/wsvn/dep/web/deps/dep5.mdwn?op=file&rev=174",
    "http://anonscm.debian.org/viewvc/dep/web/deps/dep5.mdwn?view=markup&pathrev=174"])
def test_dep5_copyright_files(waybill, tmp_path, url):
    files = {"var/lib/dpkg/status": status_file(stanza("thing")),
             "usr/share/doc/thing/copyright": DEP5.format(format=url).encode()}
    reference = image_with(tmp_path / "i", files)
    for document in (waybill.cyclonedx(reference), waybill.spdx(reference)):
        licence = document.packages[0].licence
        assert "GPL-2.0-or-later" in licence and "MIT OR LicenseRef-" in licence
        assert " AND " in licence
        assert "You may do with this what Acme says." in document.text
        assert "One Author" in document.text


def test_references_to_common_licences(waybill, tmp_path):
    files = {"var/lib/dpkg/status": status_file(stanza("thing")),
             "usr/share/doc/thing/copyright": b"This is free software; the licence is in\n"
                                              b"`/usr/share/common-licenses/Apache-2.0'.\n"}
    document = waybill.cyclonedx(image_with(tmp_path / "i", files))
    assert document.packages[0].licence == "Apache-2.0"


def test_symlinked_doc_directory(waybill, tmp_path):
    layer = Layer().files({"etc/os-release": DEBIAN,
                           "var/lib/dpkg/status": status_file(stanza("libthing"), stanza("thing")),
                           "usr/share/doc/libthing/copyright": DEP5.format(
                               format="https://www.debian.org/doc/packaging-manuals/"
                                      "copyright-format/1.0/").encode()})
    layer.symlink("usr/share/doc/thing", "libthing")
    document = waybill.cyclonedx(images.write_oci(tmp_path / "i", [layer]))
    licences = {package.name: package.licence for package in document.packages}
    assert licences["thing"] == licences["libthing"] and licences["thing"]
