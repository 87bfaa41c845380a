# SPDX-License-Identifier: Apache-2.0
"""waybill convert from any format to any: every pair there and back, on a document of an image and on
documents of others, compared by what independent parsers find in them."""
import json
import os

import debs
import images
import pytest
from cyclonedx.model.bom import Bom
from layers import Layer
from program import BAD_INPUT, CHECK_FAILED, OK, USAGE, assert_one_error_line
from spdx_tools.spdx.parser.jsonlikedict.json_like_dict_parser import JsonLikeDictParser
from test_documents import LABELS, example_image

READABLE = ("spdx-json", "spdx-tag-value", "spdx3-json", "cyclonedx-json", "cyclonedx-xml", "coswid")


def plus_image():
    """The example image and a package whose CPE needs quoting."""
    plus = debs.stanza("plus", "12.4+deb12u15", status=None, Section="libs")
    upper = Layer().files({"var/lib/dpkg/status.d/plus": plus.encode()})
    example = example_image()
    return images.Image([*example.layers, upper], labels=LABELS, author="Erika Muster")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("convert")


@pytest.fixture(scope="module")
def written(waybill, folder):
    """The same image in every format that can be read."""
    images.single(plus_image(), "1.0").write(folder / "image")
    outputs = [part for name in READABLE for part in ("-o", f"{name}={folder / name}")]
    waybill.sbom(f"oci:{folder / 'image'}:1.0", "--files", "all", *outputs)
    return {name: (folder / name).read_bytes() for name in READABLE}


def convert(waybill, data, name, *arguments, code=OK):
    run = waybill.run("convert", "-", "-o", name, *arguments, stdin=data)
    assert run.code == code, run
    return run


# ---- documents of Waybill -------------------------------------------------------------------------

@pytest.mark.parametrize("there", READABLE)
@pytest.mark.parametrize("here", READABLE)
def test_every_pair_there_and_back(waybill, written, here, there):
    """Nothing is lost, and the other format is what would have been written at once."""
    over = convert(waybill, written[here], there, "--exit-code")
    assert over.stderr == ""
    assert over.stdout == written[there], f"{here} to {there}"
    back = convert(waybill, over.stdout, here, "--exit-code")
    assert back.stderr == ""
    assert back.stdout == written[here], f"{here} to {there} and back"


def test_quoted_cpe(waybill, written):
    """In the field of its own in both formats, as their own projects read it."""
    over = convert(waybill, written["cyclonedx-json"], "spdx-json").stdout
    package = next(one for one in JsonLikeDictParser().parse(json.loads(over)).packages
                   if one.name == "plus")
    cpes = [one.locator for one in package.external_references
            if one.reference_type == "cpe23Type"]
    back = Bom.from_json(json.loads(convert(waybill, over, "cyclonedx-json").stdout))
    component = next(one for one in back.components if one.name == "plus")
    assert "12.4\\+deb12u15" in component.cpe and component.cpe == cpes[0]


# ---- documents of others --------------------------------------------------------------------------

FOREIGN = {
    "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
    "serialNumber": "urn:uuid:00000000-0000-4000-8000-000000000001",
    "metadata": {
        "timestamp": "2024-05-06T07:08:09Z",
        "component": {"type": "container", "bom-ref": "the-image", "name": "appliance",
                      "version": "7"},
        "authors": [{"name": "Erika Muster", "email": "erika@example.org"}],
        "supplier": {"name": "Acme", "url": ["https://acme.example.org/"]}},
    "components": [
        {"type": "library", "bom-ref": "a", "name": "left", "version": "1.2",
         "purl": "pkg:npm/left@1.2", "cpe": "cpe:2.3:a:left\\!:left:1.2:*:*:*:*:*:*:*",
         "description": "one side", "copyright": "2001 One",
         "licenses": [{"expression": "MIT OR GPL-2.0-only", "acknowledgement": "declared"}],
         "hashes": [{"alg": "SHA-512", "content": "5" * 128}],
         "supplier": {"name": "Left Inc."},
         "externalReferences": [{"type": "website", "url": "https://left.example.org/"},
                                {"type": "vcs", "url": "https://left.example.org/git"}],
         "properties": [{"name": "other:fact", "value": "yes"}]},
        {"type": "application", "bom-ref": "b", "name": "right", "version": "3:4-5",
         "purl": "pkg:deb/debian/right@3:4-5?arch=amd64&distro=debian-12"}],
    "dependencies": [{"ref": "the-image", "dependsOn": ["a", "b"]},
                     {"ref": "b", "dependsOn": ["a"]}]}


def component_facts(document):
    """What each component says, read from the CycloneDX JSON that Waybill wrote."""
    fields = ("type", "name", "version", "purl", "cpe", "description", "copyright", "hashes",
              "licenses", "supplier")
    names = {one["bom-ref"]: one["name"] for one in document["components"]}
    graph = {names.get(one["ref"]): sorted(names[to] for to in one.get("dependsOn", []) if to in names)
             for one in document["dependencies"]}
    return {one["name"]: {
        **{field: one.get(field) for field in fields},
        "references": sorted((ref["type"], ref["url"]) for ref in one.get("externalReferences", [])),
        "properties": sorted((item["name"], item["value"]) for item in one.get("properties", [])
                             if not item["name"].startswith("waybill:")),
        "needs": graph.get(one["name"], [])} for one in document["components"]}


@pytest.mark.parametrize("there", READABLE)
def test_others_document_there_and_back(waybill, there):
    data = json.dumps(FOREIGN).encode()
    direct = json.loads(convert(waybill, data, "cyclonedx-json").stdout)
    facts = component_facts(direct)
    assert set(facts) == {"left", "right"}
    for stated in FOREIGN["components"]:
        for field, value in stated.items():
            if field in ("bom-ref", "externalReferences", "properties"):
                continue
            if field == "type" and stated["name"] == "right":
                value = "library"  # a deb is one
            assert facts[stated["name"]][field] == value, field
    assert facts["right"]["needs"] == ["left"]
    over = convert(waybill, data, there)
    back = json.loads(convert(waybill, over.stdout, "cyclonedx-json").stdout)
    assert component_facts(back) == facts
    for field in ("timestamp", "authors", "supplier"):
        assert back["metadata"].get(field) == direct["metadata"].get(field), field


def test_losses_are_said(waybill, tmp_path):
    document = json.loads(json.dumps(FOREIGN))
    document["components"][0]["pedigree"] = {"notes": "from elsewhere"}
    document["services"] = [{"name": "api"}]
    data, place = json.dumps(document).encode(), tmp_path / "out"
    run = convert(waybill, data, f"spdx-json={place}", "--exit-code", code=CHECK_FAILED)
    assert place.exists()
    lost = [line for line in run.lines if "lost: " in line]
    assert any("/components/*/pedigree" in line for line in lost), run
    assert any("/services" in line for line in lost), run
    assert run.lines[-1].endswith("something was lost")
    quiet = convert(waybill, data, "spdx-json", "-q")
    assert quiet.stderr == ""


@pytest.mark.parametrize("name", ["table", "github-json"])
def test_formats_that_are_written_only(waybill, written, name):
    run = convert(waybill, written["spdx-json"], name, "--exit-code", code=CHECK_FAILED)
    assert run.stdout and "a part of the document only" in run.stderr


@pytest.mark.parametrize("data", [b"", b"{}", b"hello", b'{"bomFormat": "CycloneDX"', b"\xda\x53\x57\x49\x44"])
def test_no_document(waybill, data):
    assert_one_error_line(convert(waybill, data, "spdx-json", code=BAD_INPUT))


def test_no_format(waybill, written):
    run = waybill.run("convert", "-", stdin=written["spdx-json"])
    assert run.code == USAGE and "-o FORMAT" in run.stderr


def test_nothing_is_written_after_a_fault(waybill, tmp_path):
    convert(waybill, b"{}", f"spdx-json={tmp_path / 'out'}", code=BAD_INPUT)
    assert os.listdir(tmp_path) == []
