# SPDX-License-Identifier: Apache-2.0
"""SHA-512 of files and of package files, against hashlib; and documents that miss nothing of what
public bodies ask for."""
import hashlib
import json
import os

import cbor2
import debs
import images
import pytest
import rpms
from layers import Layer, add_snapshot_entry
from lxml import etree
from program import BAD_INPUT, CHECK_FAILED, OK, USAGE, assert_one_error_line
from spdx_tools.spdx.model import ChecksumAlgorithm
from spdx_tools.spdx.parser.tagvalue.parser import Parser

ACME = "Acme GmbH <sbom@acme.example.org>"
OS_RELEASE = b'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n'
COPYRIGHT = b"""Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/

Files: *
Copyright: 2026 Somebody
License: MIT
"""
STRAY = {"/srv/empty": b"", "/srv/stray": b"nobody's\n" * 5000}
ALL_FORMATS = ("spdx-json", "spdx-tag-value", "spdx3-json", "cyclonedx-json", "cyclonedx-xml", "coswid")


def sha512(data):
    return hashlib.sha512(data).hexdigest()


def read(path):
    with open(path, "rb") as file:
        return file.read()


@pytest.fixture(scope="module")
def packages(make_deb):
    return {name: make_deb(name, version, files={
        f"usr/bin/{name}": b"a program\n", f"usr/share/doc/{name}/copyright": COPYRIGHT}, **control)
        for name, version, control in (("alpha", "1:2.0~rc1-1", {}), ("beta", "3", {"Depends": "alpha"}))}


@pytest.fixture(scope="module")
def reference(tmp_path_factory, packages):
    folder = tmp_path_factory.mktemp("digests")
    root = debs.DpkgRoot(folder / "root")
    root.install(*packages.values())
    layer = Layer().files({"etc/os-release": OS_RELEASE,
                           **{path[1:]: data for path, data in STRAY.items()}})
    for path, entry in root.snapshot().items():
        add_snapshot_entry(layer, path, *entry)
    return images.write_oci(folder / "image", [layer], "1.0") + ":1.0"


@pytest.fixture
def sums(tmp_path, packages):
    """What sha512sum says of the packages' files."""
    path = tmp_path / "SHA512SUMS"
    path.write_text(debs.run("sha512sum", *packages.values()), encoding="ascii")
    return str(path)


# ---- files ----

def spdx_digests(data):
    return {one["fileName"][1:]: {each["algorithm"]: each["checksumValue"] for each in one["checksums"]}["SHA512"]
            for one in json.loads(data)["files"]}


def tag_value_digests(data, tmp_path):
    path = tmp_path / "x.spdx"
    path.write_bytes(data)
    document = Parser().parse(path.read_text(encoding="utf-8"))
    return {one.name[1:]: {each.algorithm: each.value for each in one.checksums}[ChecksumAlgorithm.SHA512]
            for one in document.files}


def spdx3_digests(data):
    return {one["name"]: {each["algorithm"]: each["hashValue"] for each in one["verifiedUsing"]}["sha512"]
            for one in json.loads(data)["@graph"] if one["type"] == "software_File"}


def cyclonedx_digests(data):
    return {one["name"]: {each["alg"]: each["content"] for each in one["hashes"]}["SHA-512"]
            for one in json.loads(data)["components"] if one["type"] == "file"}


def xml_digests(data):
    root = etree.fromstring(data)
    space = {"c": root.nsmap[None]}
    return {one.findtext("c:name", namespaces=space):
            one.xpath("c:hashes/c:hash[@alg='SHA-512']/text()", namespaces=space)[0]
            for one in root.iterfind(".//c:component[@type='file']", space)}


def coswid_digests(data):
    """Files of the payloads (6: payload, 17: file, 23: location, 24: name)."""
    found = {}

    def visit(value):
        if isinstance(value, cbor2.CBORTag):
            visit(value.value)
        elif isinstance(value, list):
            for one in value:
                visit(one)
        elif isinstance(value, dict):
            if 24 in value:
                stated = value.get("waybill:file:digest", [])
                for one in stated if isinstance(stated, list) else [stated]:
                    if one.startswith("sha512:"):
                        found[value[23].rstrip("/") + "/" + value[24]] = one[len("sha512:"):]
            for one in value.values():
                visit(one)
        elif isinstance(value, bytes) and len(value) > 40:
            try:
                visit(cbor2.loads(value))
            except (ValueError, cbor2.CBORError):
                pass
    visit(cbor2.loads(data))
    return found


@pytest.mark.parametrize("name", ALL_FORMATS)
def test_files(waybill, reference, tmp_path, name):
    data = waybill.sbom(reference, "--digests", "sha512", "-o", name).stdout
    found = {"spdx-json": spdx_digests, "spdx3-json": spdx3_digests, "cyclonedx-json": cyclonedx_digests,
             "cyclonedx-xml": xml_digests, "coswid": coswid_digests,
             "spdx-tag-value": lambda one: tag_value_digests(one, tmp_path)}[name](data)
    assert {path: found.get(path) for path in STRAY} == {path: sha512(one) for path, one in STRAY.items()}
    (tmp_path / "document").write_bytes(data)
    for other in ("spdx-json", "cyclonedx-json", "spdx3-json"):
        run = waybill.run("convert", str(tmp_path / "document"), "-o", other)
        assert run.code == OK and sha512(STRAY["/srv/stray"]) in run.stdout.decode()


def test_only_when_asked(waybill, reference):
    for name in ALL_FORMATS:
        assert sha512(b"") not in waybill.sbom(reference, "-o", name).stdout.decode("latin-1")


def test_with_a_cache(waybill, reference, tmp_path):
    """A record that was kept without SHA-512 does not stand in for one with it."""
    plain = waybill.sbom(reference, "-o", "spdx-json", "--digests", "sha512").stdout
    for arguments in ([], ["--digests", "sha512"], ["--digests", "sha512"]):
        run = waybill.sbom(reference, "-o", "spdx-json", "--cache", str(tmp_path), *arguments)
    assert run.stdout == plain
    assert len(os.listdir(tmp_path)) == 2


def test_directory(waybill, tmp_path):
    (tmp_path / "srv").mkdir()
    (tmp_path / "srv/stray").write_bytes(STRAY["/srv/stray"])
    run = waybill.sbom(f"dir:{tmp_path}", "-o", "cyclonedx-json", "--digests", "sha1,sha256,sha512")
    assert cyclonedx_digests(run.stdout)["/srv/stray"] == sha512(STRAY["/srv/stray"])


@pytest.mark.parametrize("arguments", [["--digests", "md6"], ["--digests", "sha512", "--files", "none"]])
def test_usage(waybill, reference, arguments):
    run = waybill.run("sbom", reference, *arguments)
    assert run.code == USAGE
    assert_one_error_line(run)


# ---- package files ----

def package_digests(data):
    return {one["name"]: {each["alg"]: each["content"] for each in one.get("hashes", [])}
            for one in json.loads(data)["components"] if one["type"] == "library"}


def test_package_files(waybill, reference, packages, sums):
    run = waybill.sbom(reference, "--package-digests", sums, "-o", "cyclonedx-json")
    expected = {name: {"SHA-512": sha512(read(path))} for name, path in packages.items()}
    assert package_digests(run.stdout) == expected
    for one in json.loads(run.stdout)["components"]:
        if one["type"] == "library":
            assert {"type": "distribution", "hashes": one["hashes"],
                    "url": os.path.basename(packages[one["name"]]).replace("1%3a", "")} \
                in one["externalReferences"]


def test_forms_of_lines(waybill, reference, packages, tmp_path):
    """--tag, other algorithms, other files, folders, the name without the epoch."""
    places = list(packages.values())
    text = debs.run("sha512sum", "--tag", *places) + debs.run("sha256sum", "-b", *places) + "\n" + \
        debs.run("md5sum", *places).replace("alpha_1%3a", "pool/alpha_") + "0" * 64 + "  other.deb\r\n"
    path = tmp_path / "sums"
    path.write_text(text, encoding="ascii")
    run = waybill.sbom(reference, "--package-digests", str(path), "-o", "cyclonedx-json")
    found = package_digests(run.stdout)["beta"]
    data = read(packages["beta"])
    assert found == {"MD5": hashlib.md5(data).hexdigest(), "SHA-256": hashlib.sha256(data).hexdigest(),
                     "SHA-512": sha512(data)}


def test_rpm(waybill, make_rpm, tmp_path):
    path = make_rpm("alpha", epoch=2, version="1.0~rc1", release="3.el9")
    database = rpms.RpmDatabase(tmp_path / "rpm")
    database.install(path)
    layer = Layer().files({"etc/os-release": b"ID=rhel\n", "var/lib/rpm/rpmdb.sqlite": database.sqlite()})
    reference = images.write_oci(tmp_path / "i", [layer])
    (tmp_path / "sums").write_text(debs.run("sha512sum", path), encoding="ascii")
    run = waybill.sbom(reference, "--package-digests", str(tmp_path / "sums"), "-o", "cyclonedx-json")
    assert package_digests(run.stdout) == {"alpha": {"SHA-512": sha512(read(path))}}


def test_what_is_not_known_is_said(waybill, reference, packages, tmp_path):
    path = tmp_path / "sums"
    path.write_text(debs.run("sha512sum", packages["alpha"]), encoding="ascii")
    run = waybill.sbom(reference, "--package-digests", str(path), "-o", "spdx-json")
    assert run.warnings == ["waybill: warning: no digest was given of the files of 1 of 2 packages"]
    assert b"package-digest-unknown" in run.stdout


@pytest.mark.parametrize("text", ["nonsense\n", "0" * 127 + "  a.deb\n", "\0\n",
                                  "0" * 64 + "  a\n" + "1" * 64 + "  x/a\n", "SHA256 (a) = 00\n", "0" * 64 + "  folder/\n", " " * 9000])
def test_bad_sums(waybill, reference, tmp_path, text):
    path = tmp_path / "sums"
    path.write_text(text, encoding="ascii")
    run = waybill.run("sbom", reference, "--package-digests", str(path))
    assert run.code == BAD_INPUT
    assert_one_error_line(run)


# ---- nothing is missing ----

@pytest.mark.parametrize("name", ["cyclonedx-json", "cyclonedx-json@1.6", "cyclonedx-json@1.7", "cyclonedx-xml",
                                  "spdx3-json"])
def test_every_element_is_there(waybill, reference, sums, tmp_path, name):
    path = str(tmp_path / "document")
    run = waybill.sbom(reference, "--creator", ACME, "--supplier", ACME, "--digests", "sha512",
                       "--package-digests", sums, "-o", f"{name}={path}")
    assert not run.warnings
    run = waybill.run("validate", path, "--profile", "bsi", "--profile", "ntia", "--profile", "cisa")
    assert run.code == OK, run


def test_without_them_each_is_named(waybill, reference, tmp_path):
    path = str(tmp_path / "document")
    waybill.sbom(reference, "-o", f"cyclonedx-json={path}")
    run = waybill.run("validate", path, "--profile", "bsi", "-o", "json")
    assert run.code == CHECK_FAILED
    missing = {(one.get("component"), one["element"]) for one in json.loads(run.stdout)["missing"]}
    purls = [one["purl"] for one in json.loads(read(path))["components"] if one["type"] == "library"]
    assert missing == {(None, "e-mail address or URL of the SBOM's creator")} | {
        (purl, "SHA-512 of the deployable component") for purl in purls}
