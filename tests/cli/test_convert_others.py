# SPDX-License-Identifier: Apache-2.0
"""What documents of other tools come with: their tools, byte order marks, wrappings, labels given
twice. convert keeps it, reads through it or says what to do."""
import gzip
import json

import pytest
from cyclonedx.model.bom import Bom
from program import BAD_INPUT, OK, assert_one_error_line
from spdx_tools.spdx.model import ActorType
from spdx_tools.spdx.parser.jsonlikedict.json_like_dict_parser import JsonLikeDictParser

FORMATS = ("spdx-json", "spdx-tag-value", "spdx3-json", "cyclonedx-json", "cyclonedx-json@1.4",
           "cyclonedx-xml", "cyclonedx-xml@1.4", "coswid")
OTHER = {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
         "metadata": {"tools": {"components": [
             {"type": "application", "name": "scanner", "version": "2.1"},
             {"type": "application", "name": "plain"}]},
             "component": {"type": "container", "name": "image"}},
         "components": [{"type": "library", "name": "a", "version": "1"}]}
TAG_VALUE = """SPDXVersion: SPDX-2.3
DataLicense: CC0-1.0
SPDXID: SPDXRef-DOCUMENT
DocumentName: a
DocumentNamespace: https://example.org/a
Creator: Tool: scanner-2.1
Created: 2026-01-01T00:00:00Z

PackageName: a
SPDXID: SPDXRef-a
PackageDownloadLocation: NOASSERTION
FilesAnalyzed: false
Relationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-a
"""
XML = '<bom xmlns="http://cyclonedx.org/schema/bom/1.6" version="1"{}>{}</bom>'


def convert(waybill, data, name, *arguments):
    run = waybill.run("convert", "-", "-o", name, *arguments, stdin=data)
    assert run.code == OK, run
    return run


def tools_of(text):
    bom = Bom.from_json(json.loads(text))
    return {(one.name, one.version) for one in bom.metadata.tools.components}


@pytest.mark.parametrize("name", FORMATS)
def test_tools_are_kept(waybill, name):
    """Nothing is lost; Waybill's own part has no version, because it did not look at the image."""
    there = convert(waybill, json.dumps(OTHER).encode(), name, "--exit-code")
    assert there.stderr == ""
    back = convert(waybill, there.stdout, "cyclonedx-json", "--exit-code")
    assert back.stderr == ""
    assert tools_of(back.stdout) == {("waybill", None), ("scanner", "2.1"), ("plain", None)}


def test_tools_in_spdx(waybill):
    text = convert(waybill, json.dumps(OTHER).encode(), "spdx-json").stdout
    creators = JsonLikeDictParser().parse(json.loads(text)).creation_info.creators
    assert [(one.actor_type, one.name) for one in creators] == [
        (ActorType.TOOL, "scanner-2.1"), (ActorType.TOOL, "plain")]


def test_what_tools_have_besides_is_lost_aloud(waybill):
    document = json.loads(json.dumps(OTHER))
    document["metadata"]["tools"]["components"][0]["group"] = "acme"
    run = convert(waybill, json.dumps(document).encode(), "spdx-json")
    assert "lost: /metadata/tools/components/*/group (1 time)" in run.stderr


def test_nobody_says_that_the_image_was_looked_at(waybill):
    text = convert(waybill, json.dumps(OTHER).encode(), "cyclonedx-json").stdout
    assert "lifecycles" not in json.loads(text)["metadata"]
    said = json.loads(json.dumps(OTHER))
    said["metadata"]["lifecycles"] = [{"phase": "post-build"}]
    run = convert(waybill, json.dumps(said).encode(), "spdx-json")
    assert "lost: /metadata/lifecycles/* (1 time)" in run.stderr


@pytest.mark.parametrize("text", (json.dumps(OTHER), TAG_VALUE, XML.format("", "")))
def test_byte_order_mark(waybill, text):
    plain = convert(waybill, text.encode(), "cyclonedx-json").stdout
    marked = convert(waybill, b"\xef\xbb\xbf" + text.encode(), "cyclonedx-json").stdout
    assert json.loads(marked).get("components") == json.loads(plain).get("components")
    assert waybill.run("validate", "-", stdin=b"\xef\xbb\xbf" + text.encode()).code == OK


@pytest.mark.parametrize("data, hint", (
    (b"", "the document is empty"),
    (gzip.compress(TAG_VALUE.encode()), "gunzip"),
    (TAG_VALUE.encode("utf-16"), "UTF-16"),
    (b"\x28\xb5\x2f\xfd" + bytes(20), "unzstd")))
@pytest.mark.parametrize("command", (("convert", "-o", "table"), ("validate",)))
def test_wrapped(waybill, command, data, hint):
    run = waybill.run(*command, "-", stdin=data)
    assert run.code == BAD_INPUT
    assert_one_error_line(run)
    assert hint in run.stderr


@pytest.mark.parametrize("command", (("convert", "-o", "table"), ("validate",)))
def test_attributes_without_end(waybill, command):
    """libxml2 compares each with all others: a megabyte of them would take seconds."""
    many = "".join(f' a{i}="1"' for i in range(300))
    run = waybill.run(*command, "-", stdin=XML.format(many, "").encode())
    assert run.code == BAD_INPUT
    assert_one_error_line(run)
    assert "attributes" in run.stderr


def test_equals_signs_are_no_attributes(waybill):
    equals = "=" * 1000
    inside = (f"<!-- <a {equals}> --><?x {equals}?><components><component type='library'>"
              f"<name>a{equals}</name><description><![CDATA[<a {equals}>]]></description>"
              f"<purl/></component></components>").replace("<purl/>", "")
    text = convert(waybill, XML.format(f' serialNumber="{equals}"', inside).encode(),
                   "cyclonedx-json").stdout
    assert json.loads(text)["components"][0]["name"] == f"a{equals}"


def test_label_given_twice(waybill):
    """RFC 8949, 5.6: one reader would see one name, the next another."""
    tag = bytes.fromhex("da53574944" "a5" "006174" "0c00" "016161" "02a2181f6141182101")
    assert waybill.run("validate", "-", stdin=tag + bytes.fromhex("0d6131")).code == OK
    run = waybill.run("convert", "-", "-o", "table", stdin=tag + bytes.fromhex("016162"))
    assert run.code == BAD_INPUT
    assert_one_error_line(run)
    assert waybill.run("validate", "-", stdin=tag + bytes.fromhex("016162")).code != OK


@pytest.mark.parametrize("old, new, differs", (
    ("MIT AND GPL-2.0-only WITH Bison-exception-2.2", "(GPL-2.0-only WITH Bison-exception-2.2) AND MIT", False),
    ("MIT AND (ISC AND Zlib)", "Zlib AND ISC AND MIT", False),
    ("MIT AND (ISC OR Zlib)", "MIT AND ISC OR Zlib", True),
    ("MIT OR ISC", "MIT AND ISC", True)))
def test_the_same_licence_in_other_words_is_no_difference(waybill, tmp_path, old, new, differs):
    for name, licence in (("old", old), ("new", new)):
        document = {**OTHER, "components": [{"type": "library", "name": "a", "version": "1",
                                             "licenses": [{"expression": licence}]}]}
        (tmp_path / name).write_text(json.dumps(document))
    run = waybill.run("diff", "--exit-code", tmp_path / "old", tmp_path / "new")
    assert (run.code != OK) == differs, run
    assert (b"licences" in run.stdout) == differs


def test_files_of_others_are_files(waybill, tmp_path):
    """A component that is a path and its digests is a file of the image; what says more is not."""
    digest = {"alg": "SHA-1", "content": "a" * 40}
    document = {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": [
        {"type": "file", "bom-ref": "1", "name": "/usr/bin/tool", "hashes": [digest]},
        {"type": "file", "bom-ref": "2", "name": "/opt/app.jar", "version": "2"},
        {"type": "file", "bom-ref": "3", "name": "firmware.bin", "hashes": [digest]}]}
    path = tmp_path / "others.cdx.json"
    path.write_text(json.dumps(document))
    run = waybill.run("convert", str(path), "-o", "spdx-json")
    assert run.code == OK, run
    found = json.loads(run.stdout)
    assert [file["fileName"] for file in found["files"]] == ["./usr/bin/tool"]
    names = {package["name"] for package in found["packages"]}
    assert {"/opt/app.jar", "firmware.bin"} <= names and "/usr/bin/tool" not in names
    document["components"][0]["hashes"][0] = {"alg": "SHA-1", "content": "b" * 40}
    (tmp_path / "newer.cdx.json").write_text(json.dumps(document))
    run = waybill.run("diff", str(path), str(tmp_path / "newer.cdx.json"))
    assert run.stdout.decode().split() == ["files", "changed", "/usr/bin/tool"], run.stdout


def test_digests_of_files_without_sha1_are_kept(waybill, tmp_path):
    """SPDX 2 has no place for such a file; its line has room for what is known of it."""
    digest = {"alg": "SHA-256", "content": "c" * 64}
    status = {"name": "waybill:file:status", "value": "unowned"}
    document = {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": [
        {"type": "file", "bom-ref": "1", "name": "/a b", "hashes": [digest], "properties": [status]}]}
    path = tmp_path / "files.cdx.json"
    path.write_text(json.dumps(document))
    for form in ("spdx-json", "spdx-tag-value"):
        assert waybill.run("convert", str(path), "-o", f"{form}={tmp_path / form}").code == OK
        run = waybill.run("convert", str(tmp_path / form), "-o", "cyclonedx-json")
        assert run.code == OK, run
        files = [one for one in json.loads(run.stdout)["components"] if one["type"] == "file"]
        assert [(one["name"], one["hashes"]) for one in files] == [("/a b", [digest])]
