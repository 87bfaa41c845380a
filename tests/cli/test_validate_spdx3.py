# SPDX-License-Identifier: Apache-2.0
"""waybill validate on SPDX 3: every class of the official schema, as it is and broken, is judged as the
schema judges it; then what the schema cannot say."""
import copy
import json
import os
import re

import images
import pytest
import spdx3
from conftest import data_folder
from documents import read_schema
from program import BAD_INPUT, CHECK_FAILED, OK, assert_one_error_line
from test_documents import example_image

CONTEXT = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"
AT_ONCE = 120  # elements in one document: all of their faults are said
WRONG = (7, "odd text", "NoneElement", [], ["a:b", "c"], {"type": "Nothing"},
         [{"type": "Person", "spdxId": "a:b", "creationInfo": "_:c"}])


def validate(waybill, document):
    run = waybill.run("validate", "-", "-o", "json", stdin=json.dumps(document).encode())
    assert run.code in (OK, CHECK_FAILED), run
    verdict = json.loads(run.stdout)
    assert "faultsLeftOut" not in verdict
    return verdict["faults"]


def document_of(elements):
    return {"@context": CONTEXT, "@graph": elements}


# ---- structure ------------------------------------------------------------------------------------

class Classes:
    """The elements that the schema's classes make."""
    TEXTS = ("2024-01-01T00:00:00Z", "1.2.3", "a/b", "urn:x:y")

    def __init__(self, schema):
        self.definitions = schema["$defs"]

    def resolve(self, node):
        while "$ref" in node:
            node = self.definitions[node["$ref"].rpartition("/")[2]]
        return node

    def members(self, node, members, required):
        node = self.resolve(node)
        for part in node.get("allOf", ()):
            self.members(part, members, required)
        members.update(node.get("properties", {}))
        required.update(node.get("required", ()))
        return members, required

    def value(self, node):
        node = self.resolve(node)
        if "oneOf" in node:
            return self.value(node["oneOf"][0])
        if "enum" in node:
            return node["enum"][0]
        pattern = node.get("pattern") or next((one["pattern"] for one in node.get("allOf", ())), None)
        return {"array": lambda: [self.value(node["items"])], "integer": lambda: 3, "number": lambda: 1.5,
                "boolean": lambda: True, "string": lambda: next(
                    one for one in self.TEXTS if pattern is None or re.match(pattern, one))
                }.get(node.get("type"), lambda: "urn:x:y")()

    def elements(self):
        """Of each class all members and the required ones only; then those with something broken."""
        for reference in self.definitions["AnyClass"]["anyOf"]:
            members, required = self.members(reference, {}, set())
            kind = {"type": reference["$ref"].rpartition("/")[2]}
            whole = {name: self.value(one) for name, one in members.items() if name != "type"} | kind
            least = {name: one for name, one in whole.items() if name in required} | kind
            yield from (whole, least, {**least, "odd": 1})
            yield from ({name: one for name, one in least.items() if name != left} for left in least)
            yield from ({**least, name: wrong} for name in whole for wrong in WRONG)


def test_every_class_of_the_schema(waybill):
    schema = read_schema("spdx/spdx-3.0.1.schema.json")
    if schema is None:
        pytest.skip("SKIPPED: no schema of SPDX 3.0.1 (set WAYBILL_TEST_DATA)")
    elements = list(Classes(schema).elements())
    assert len(elements) > 5000
    for start in range(0, len(elements), AT_ONCE):
        part = elements[start:start + AT_ONCE]
        faults = [one for one in validate(waybill, document_of(part)) if one["kind"] == "structure"]
        faulty = {int(one["pointer"].split("/")[2]) for one in faults}
        for place, element in enumerate(part):
            assert spdx3.schema().is_valid(document_of([element])) == (place not in faulty), element


@pytest.fixture(scope="module")
def own(waybill, tmp_path_factory):
    folder = tmp_path_factory.mktemp("validate") / "image"
    images.single(example_image(), "1.0").write(folder)
    return json.loads(waybill.sbom(f"oci:{folder}:1.0", "-o", "spdx3-json", "--files", "all").stdout)


@pytest.mark.parametrize("edit", [
    lambda d: d, lambda d: d.pop("@context"), lambda d: d.update({"odd": 1}), lambda d: d.update({"@graph": {}}),
    lambda d: d["@graph"].append(7), lambda d: d["@graph"].append({}), lambda d: d["@graph"].append([])])
def test_whole_documents(waybill, own, edit):
    document = copy.deepcopy(own)
    edit(document)
    if "@context" not in document:
        assert waybill.run("validate", "-", stdin=json.dumps(document).encode()).code == BAD_INPUT
        return
    faults = [one for one in validate(waybill, document) if one["kind"] == "structure"]
    assert spdx3.schema() is None or spdx3.schema().is_valid(document) == (not faults), faults


def test_the_official_example(waybill):
    path = os.path.join(data_folder(), "spdx", "example-3.0.1-package_sbom.json")
    if not os.path.exists(path):
        pytest.skip(f"SKIPPED: no {path} (set WAYBILL_TEST_DATA)")
    assert waybill.run("validate", path).stdout == b"valid spdx3-json\n"


def test_one_element_without_a_graph(waybill):
    person = {"type": "Person", "spdxId": "urn:x:p", "creationInfo": {
        "type": "CreationInfo", "specVersion": "3.0.1", "created": "2024-01-01T00:00:00Z",
        "createdBy": ["urn:x:p"]}}
    assert validate(waybill, {"@context": CONTEXT, **person}) == []
    person["creationInfo"].pop("created")
    assert validate(waybill, {"@context": CONTEXT, **person}) == [
        {"kind": "structure", "pointer": "/creationInfo", "message": "`created` is missing"}]


def test_no_rules_for_other_versions(waybill):
    document = {"@context": CONTEXT.replace("3.0.1", "3.9"), "@graph": []}
    run = waybill.run("validate", "-", stdin=json.dumps(document).encode())
    assert run.code == BAD_INPUT
    assert_one_error_line(run)
    assert "no rules for SPDX 3.9" in run.stderr


# ---- meaning --------------------------------------------------------------------------------------

HEAD = [{"type": "CreationInfo", "@id": "_:c", "specVersion": "3.0.1", "created": "2024-01-01T00:00:00Z",
         "createdBy": ["urn:x:p"], "createdUsing": ["urn:x:t"]},
        {"type": "Person", "spdxId": "urn:x:p", "creationInfo": "_:c"},
        {"type": "Tool", "spdxId": "urn:x:t", "creationInfo": "_:c"},
        {"type": "software_Package", "spdxId": "urn:x:a", "creationInfo": "_:c", "name": "a"},
        {"type": "simplelicensing_LicenseExpression", "spdxId": "urn:x:l", "creationInfo": "_:c",
         "simplelicensing_licenseExpression": "MIT"},
        {"type": "Relationship", "spdxId": "urn:x:r", "creationInfo": "_:c", "from": "urn:x:a",
         "relationshipType": "hasDeclaredLicense", "to": ["urn:x:l"]},
        {"type": "SpdxDocument", "spdxId": "urn:x:d", "creationInfo": "_:c", "rootElement": ["urn:x:a"],
         "import": [{"type": "ExternalMap", "externalSpdxId": "urn:x:elsewhere"}]}]

FAULTS = {
    "twice": (3, {"spdxId": "urn:x:p"}, "", "stands twice"),
    "dangling": (5, {"to": ["urn:x:l", "urn:x:nobody"]}, "/@graph/5/to/1", "no element of the document"),
    "dangling collection": (6, {"element": ["urn:x:nobody"]}, "/@graph/6/element/0", "no element"),
    "not an agent": (0, {"createdBy": ["urn:x:t"]}, "/@graph/0/createdBy/0", "no Agent"),
    "not a tool": (0, {"createdUsing": ["urn:x:p"]}, "/@graph/0/createdUsing/0", "no Tool"),
    "not a licence": (6, {"dataLicense": "urn:x:a"}, "/@graph/6/dataLicense", "no licence"),
    "not a creation": (3, {"creationInfo": "urn:x:p"}, "/@graph/3/creationInfo", "no CreationInfo"),
    "within": (3, {"suppliedBy": {"type": "Person", "spdxId": "urn:x:q", "creationInfo": "_:none"}},
               "/@graph/3/suppliedBy/creationInfo", "`_:none`"),
    "licence": (4, {"simplelicensing_licenseExpression": "MIT AND AND"},
                "/@graph/4/simplelicensing_licenseExpression", "licence expression"),
    "purl": (3, {"software_packageUrl": "pkg:deb"}, "/@graph/3/software_packageUrl", "no purl"),
    "cpe": (3, {"externalIdentifier": [{"type": "ExternalIdentifier", "externalIdentifierType": "cpe23",
                                        "identifier": "cpe:2.3:a"}]},
            "/@graph/3/externalIdentifier/0/identifier", "CPE"),
    "hash": (3, {"verifiedUsing": [{"type": "Hash", "algorithm": "sha256", "hashValue": "12"}]},
             "/@graph/3/verifiedUsing/0", "no sha256"),
    "none": (6, {"element": ["urn:x:elsewhere", "NoneElement"], "dataLicense": "expandedlicensing_NoneLicense"},
             None, None),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_the_schema_cannot_say(waybill, fault):
    place, members, pointer, text = FAULTS[fault]
    elements = copy.deepcopy(HEAD)
    elements[place].update(members)
    document = document_of(elements)
    assert spdx3.schema() is None or spdx3.schema().is_valid(document)
    faults = validate(waybill, document)
    if pointer is None:
        assert faults == []
    else:
        assert (pointer, True) in [(one["pointer"], text in one["message"]) for one in faults], faults
