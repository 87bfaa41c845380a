# SPDX-License-Identifier: Apache-2.0
"""waybill validate against the official schemas, on the official examples, on documents of Waybill and
on all of them with something broken."""
import copy
import glob
import json
import os

import cyclonedx_documents as cyclonedx
import images
import pytest
from conftest import data_folder
from documents import cyclonedx_schema, spdx_schema
from example_image import example_image
from program import BAD_INPUT, CHECK_FAILED, FORMATS, OK, USAGE, assert_one_error_line

READABLE = tuple(name for name in (*FORMATS, "coswid") if name not in ("github-json", "table"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("validate")


@pytest.fixture(scope="module")
def written(waybill, folder):
    """The example image in every format that can be read."""
    images.single(example_image(), "1.0").write(folder / "image")
    names = [*READABLE, *(f"cyclonedx-json@{version}" for version in ("1.4", "1.5", "1.7"))]
    outputs = [part for name in names for part in ("-o", f"{name}={folder / name}")]
    waybill.sbom(f"oci:{folder / 'image'}:1.0", "--files", "all", *outputs)
    return {name: (folder / name).read_bytes() for name in names}


def validate(waybill, data, *arguments):
    """The verdict: what is in the JSON of the program."""
    run = waybill.run("validate", "-", "-o", "json", *arguments, stdin=data)
    assert run.code in (OK, CHECK_FAILED), run
    verdict = json.loads(run.stdout)
    complete = verdict["valid"] and not verdict.get("missing")
    assert run.code == (OK if complete else CHECK_FAILED)
    return verdict


def is_valid(schema, document):
    return next(schema.iter_errors(document), None) is None


# ---- the official examples ------------------------------------------------------------------------

def test_the_official_examples_of_cyclonedx(waybill):
    """All 218: valid where their names and the official schemas say so."""
    paths = cyclonedx.examples()
    if not paths:
        pytest.skip(f"SKIPPED: no test data at {data_folder()} (set WAYBILL_TEST_DATA)")
    disagreeing = []
    for path in paths:
        with open(path, "rb") as file:
            data = file.read()
        document = json.loads(data)
        expected = is_valid(cyclonedx_schema(document["specVersion"]), document)
        assert expected == os.path.basename(path).startswith("valid"), path
        if (waybill.run("validate", path).code == OK) != expected:
            disagreeing.append(os.path.basename(path))
    assert not disagreeing


def perfect_scores():
    return sorted(glob.glob(os.path.join(data_folder(), "sbomqs", "*.json")))


def test_examples_of_a_scoring_tool(waybill):
    if not perfect_scores():
        pytest.skip(f"SKIPPED: no test data at {data_folder()} (set WAYBILL_TEST_DATA)")
    for path in perfect_scores():
        with open(path, "rb") as file:
            data = file.read()
        document = json.loads(data)
        schema = spdx_schema() if "spdxVersion" in document else \
            cyclonedx_schema(document["specVersion"])
        faults = [one for one in validate(waybill, data)["faults"] if one["kind"] == "structure"]
        assert (not faults) == is_valid(schema, document), path


# ---- broken in one place --------------------------------------------------------------------------

def places(value, path=()):
    yield path
    items = value.items() if isinstance(value, dict) else \
        enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, (*path, key))


def broken(document):
    """The document with one member less, one more, or a value of another type, in every third place."""
    def change(path, how):
        other = copy.deepcopy(document)
        holder = other
        for key in path[:-1]:
            holder = holder[key]
        how(holder, path[-1])
        return other
    changes = [lambda holder, key: holder.pop(key), lambda holder, key: holder.update({"odd": 1})
               if isinstance(holder, dict) else holder.append({"odd": 1}),
               lambda holder, key: holder.__setitem__(key, 7),
               lambda holder, key: holder.__setitem__(key, "odd text"),
               lambda holder, key: holder.__setitem__(key, holder[key] if isinstance(
                   holder[key], (dict, bool)) else [holder[key], holder[key]])]
    for number, path in enumerate(places(document)):
        if path and path[-1] not in ("specVersion", "spdxVersion", "bomFormat"):
            yield path, change(path, changes[number % len(changes)])


def assert_agrees(waybill, schema, document, step, limit):
    tried = list(broken(document))[::step][:limit]
    for path, other in tried:
        verdict = validate(waybill, json.dumps(other).encode())
        faults = [one for one in verdict["faults"] if one["kind"] == "structure"]
        assert (not faults) == is_valid(schema, other), (path, faults)
    return len(tried)


RICH = ["1.5/valid-machine-learning-1.5.json", "1.5/valid-formulation-1.5.json",
        "1.6/valid-attestation-1.6.json", "1.6/valid-cryptography-full-1.6.json",
        "1.6/valid-vulnerability-1.6.json", "1.7/valid-citations-1.7.json"]


@pytest.mark.parametrize("name", RICH)
def test_official_examples_broken(waybill, name):
    path = os.path.join(data_folder(), "cyclonedx", f"tests-{name}")
    if not os.path.exists(path):
        pytest.skip(f"SKIPPED: no {path} (set WAYBILL_TEST_DATA)")
    with open(path, encoding="utf-8") as file:
        document = json.load(file)
    assert assert_agrees(waybill, cyclonedx_schema(document["specVersion"]), document, 11, 15) > 0


@pytest.mark.parametrize("name", ["spdx-json", "cyclonedx-json@1.4", "cyclonedx-json@1.7"])
def test_own_documents_broken(waybill, written, name):
    document = json.loads(written[name])
    schema = spdx_schema() if name == "spdx-json" else cyclonedx_schema(document["specVersion"])
    if schema is None:
        pytest.skip("SKIPPED: no schema (set WAYBILL_TEST_DATA)")
    assert assert_agrees(waybill, schema, document, 41, 15) > 10


# ---- meaning --------------------------------------------------------------------------------------

def test_own_documents_are_valid(waybill, written):
    for name, data in written.items():
        run = waybill.run("validate", "-", stdin=data)
        assert run.code == OK, (name, run, run.stdout[:2000])
        assert run.stdout.decode() == f"valid {name.partition('@')[0]}\n" and run.stderr == ""
        assert waybill.run("validate", "-q", "-", stdin=data).stdout == b""


def edited(data, edit):
    document = json.loads(data)
    edit(document)
    return json.dumps(document).encode()


CYCLONEDX_FAULTS = {
    "twice": (lambda d: d["components"][1].update({"bom-ref": d["components"][0]["bom-ref"]}),
              "", "stands twice"),
    "dangling": (lambda d: d["dependencies"][1].update(dependsOn=["nobody"]),
                 "/dependencies/1/dependsOn/0", "`nobody`"),
    "subject": (lambda d: d["compositions"][0].update(assemblies=["nobody"]),
                "/compositions/0/assemblies/0", "`nobody`"),
    "licence": (lambda d: d["components"][2].update(licenses=[{"expression": "MIT AND AND"}]),
                "/components/2/licenses/0/expression", "licence expression"),
    "purl": (lambda d: d["components"][1].update(purl="pkg:deb"), "/components/1/purl", "no purl"),
    "cpe": (lambda d: d["components"][1].update(cpe="cpe:2.3:a:b"), "/components/1/cpe", "CPE"),
    "time": (lambda d: d["metadata"].update(timestamp="2024-13-01T00:00:00Z"),
             "/metadata/timestamp", "date and time"),
    "type": (lambda d: d["components"][0].update(type="thing"), "/components/0/type",
             "not one of: application, container"),
    "required": (lambda d: d["components"][1].pop("name"), "/components/1", "`name` is missing"),
    "unknown": (lambda d: d["components"][1].update({"a/b~c": 1}), "/components/1/a~1b~0c",
                "no member"),
}


@pytest.mark.parametrize("fault", CYCLONEDX_FAULTS)
def test_faults_in_cyclonedx(waybill, written, fault):
    edit, pointer, text = CYCLONEDX_FAULTS[fault]
    data = edited(written["cyclonedx-json"], edit)
    faults = validate(waybill, data)["faults"]
    assert (pointer, True) in [(one["pointer"], text in one["message"]) for one in faults], faults
    lines = waybill.run("validate", "-", stdin=data).stdout.decode().splitlines()
    assert [line for line in lines if line.startswith(f"{pointer or '(document)'}: ") and text in line]


SPDX_FAULTS = {
    "twice": (lambda d: d["packages"][1].update(SPDXID=d["packages"][0]["SPDXID"]), "",
              "stands twice"),
    "id": (lambda d: d["packages"][1].update(SPDXID="SPDXRef-a_b"), "/packages/1/SPDXID", "dashes"),
    "dangling": (lambda d: d["relationships"][0].update(relatedSpdxElement="SPDXRef-nobody"),
                 "/relationships/0/relatedSpdxElement", "`SPDXRef-nobody`"),
    "licence": (lambda d: d["packages"][2].update(licenseDeclared="LicenseRef-gone"),
                "/packages/2/licenseDeclared", "extracted licences"),
    "purl": (lambda d: d["packages"][2].update(externalRefs=[{
        "referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
        "referenceLocator": "pkg:deb"}]), "/packages/2/externalRefs/0/referenceLocator", "no purl"),
    "creator": (lambda d: d["creationInfo"].update(creators=["me"]), "/creationInfo/creators/0",
                "Person"),
    "time": (lambda d: d["creationInfo"].update(created="2024-01-01"), "/creationInfo/created",
             "YYYY"),
    "checksum": (lambda d: d["files"][0]["checksums"][0].update(checksumValue="12"),
                 "/files/0/checksums/0", "no SHA"),
    "namespace": (lambda d: d.update(documentNamespace="https://example.org/#a"),
                  "/documentNamespace", "without `#`"),
    "required": (lambda d: d["packages"][1].pop("downloadLocation"), "/packages/1",
                 "`downloadLocation` is missing"),
}


@pytest.mark.parametrize("fault", SPDX_FAULTS)
def test_faults_in_spdx(waybill, written, fault):
    edit, pointer, text = SPDX_FAULTS[fault]
    faults = validate(waybill, edited(written["spdx-json"], edit))["faults"]
    assert (pointer, True) in [(one["pointer"], text in one["message"]) for one in faults], faults


def test_faults_in_other_forms(waybill, written):
    tags = written["spdx-tag-value"].replace(b"PackageDownloadLocation: NOASSERTION\n", b"", 1)
    assert "`downloadLocation` is missing" in validate(waybill, tags)["faults"][0]["message"]
    xml = written["cyclonedx-xml"].replace(b'type="operating-system"', b'type="thing"', 1)
    assert validate(waybill, xml)["faults"][0]["pointer"].endswith("/type")


@pytest.mark.parametrize("data", [b"", b"{}", b'{"bomFormat": "CycloneDX", "a"', b"text",
                                  b'{"bomFormat": "CycloneDX", "specVersion": "9.9"}'])
def test_no_verdict(waybill, data):
    run = waybill.run("validate", "-", stdin=data)
    assert run.code == BAD_INPUT and run.stdout == b"", run
    assert_one_error_line(run)


# ---- profiles -------------------------------------------------------------------------------------

def missing(waybill, data, profile):
    return {(one.get("component"), one["element"])
            for one in validate(waybill, data, "--profile", profile)["missing"]}


def test_ntia(waybill, written):
    assert missing(waybill, written["cyclonedx-json"], "ntia") == set()
    assert missing(waybill, written["spdx-json"], "ntia") == set()
    less = edited(written["cyclonedx-json"], lambda d: d["metadata"].pop("timestamp"))
    assert missing(waybill, less, "ntia") == {(None, "timestamp")}
    name = next(one["purl"] for one in json.loads(written["cyclonedx-json"])["components"]
                if one["name"] == "tool")
    less = edited(written["cyclonedx-json"], lambda d: [one.pop("supplier", None)
                                                        for one in d["components"]
                                                        if one["name"] == "tool"])
    assert missing(waybill, less, "ntia") == {(name, "supplier name")}


def test_cisa_and_bsi(waybill, written):
    found = missing(waybill, written["cyclonedx-json"], "cisa")
    assert (None, "SBOM author") in found and (None, "generation context") not in found
    assert "component hash" in {element for _, element in found}
    found = missing(waybill, written["spdx-json"], "bsi")
    assert (None, "a format that is accepted (CycloneDX 1.6 or SPDX 3.0.1, or later)") in found
    assert (None, "e-mail address or URL of the SBOM's creator") in found
    names = {element for _, element in missing(waybill, written["cyclonedx-json"], "bsi")}
    assert "SHA-512 of the deployable component" in names
    assert not any("accepted" in name for name in names)


def test_completeness_is_asked_for(waybill):
    """Unknown is an answer, silence is none."""
    document = {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
                "metadata": {"component": {"type": "container", "name": "image", "bom-ref": "image"}},
                "components": [{"type": "library", "name": "a", "version": "1", "bom-ref": "a"}],
                "dependencies": [{"ref": "image", "dependsOn": ["a"]}, {"ref": "a"}]}
    element = (None, "completeness of the dependencies")
    assert element in missing(waybill, json.dumps(document).encode(), "bsi")
    document["compositions"] = [{"aggregate": "unknown", "dependencies": ["image", "a"]}]
    assert element not in missing(waybill, json.dumps(document).encode(), "bsi")


def test_unknown_profile(waybill, written):
    run = waybill.run("validate", "-", "--profile", "iso", stdin=written["spdx-json"])
    assert run.code == USAGE and "ntia, bsi or cisa" in run.stderr
