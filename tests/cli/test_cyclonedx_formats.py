# SPDX-License-Identifier: Apache-2.0
"""CycloneDX in every version, as JSON and XML, and GitHub's snapshots: valid under the official
schemas, of one mind, and the same bytes after being read and written again."""
import json
import os
import re

import cyclonedx_documents as cyclonedx
import images
import pytest
from layers import Layer
from program import BAD_INPUT, OK, USAGE
from test_documents import base_files, example_image

VERSIONS = ("1.4", "1.5", "1.6", "1.7")
SERIALISATIONS = ("json", "xml")


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cyclonedx") / "example"
    images.single(example_image(), "1.0").write(folder)
    return f"oci:{folder}:1.0"


@pytest.fixture(scope="module")
def documents(waybill, reference, tmp_path_factory):
    """All versions and serialisations of one image, with all its files: {(version, "json"): path}"""
    folder = tmp_path_factory.mktemp("documents")
    paths = {(version, name): str(folder / f"{version}.{name}")
             for version in VERSIONS for name in SERIALISATIONS}
    outputs = [text for (version, name), path in paths.items()
               for text in ("-o", f"cyclonedx-{name}@{version}={path}")]
    waybill.sbom(reference, *outputs, "--files", "all")
    return paths


def read(path):
    with open(path, "rb") as file:
        return file.read()


# ---- writing -------------------------------------------------------------------------------------

@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", SERIALISATIONS)
def test_valid_under_the_official_schema(documents, version, name):
    cyclonedx.assert_valid(read(documents[version, name]), name, version)


def test_the_default_is_1_6(waybill, reference, documents):
    for name in SERIALISATIONS:
        written = waybill.sbom(reference, "-o", f"cyclonedx-{name}", "--files", "all").stdout
        assert written == read(documents["1.6", name])


def test_no_other_version(waybill, reference):
    for name in ("cyclonedx-json@1.3", "cyclonedx-xml@2", "cyclonedx-json@", "table@1"):
        assert waybill.run("sbom", reference, "-o", name).code == USAGE


def test_what_versions_differ_in(documents):
    raw = {version: json.loads(read(documents[version, "json"])) for version in VERSIONS}
    for version in VERSIONS:
        old, metadata = version == "1.4", raw[version]["metadata"]
        assert raw[version]["specVersion"] == version
        assert ("lifecycles" in metadata) != old
        assert isinstance(metadata["tools"], list) == old
        assert ("authors" in metadata["component"]) == (version >= "1.6")
        assert ("author" in metadata["component"]) == (version < "1.6")
        for component in raw[version]["components"]:
            assert "evidence" not in component or not old
            for licence in component.get("licenses", []):
                assert ("acknowledgement" in licence) == (version >= "1.6")
    serials = {raw[version]["serialNumber"] for version in VERSIONS}
    assert len(serials) == len(VERSIONS)


@pytest.mark.filterwarnings("ignore:.*deprecated from CycloneDX")
@pytest.mark.parametrize("version", VERSIONS)
def test_json_and_xml_say_the_same(documents, version):
    """Compared by an independent reader of both."""
    one = cyclonedx.load_json(read(documents[version, "json"]))
    other = cyclonedx.load_xml(read(documents[version, "xml"]))
    assert cyclonedx.facts(one) == cyclonedx.facts(other)


def test_findings_in_every_version(waybill, tmp_path):
    layers = [Layer().files(base_files()), Layer().whiteout("var/lib/dpkg")]
    reference = images.write_oci(tmp_path / "i", layers)
    for version in VERSIONS:
        for name in SERIALISATIONS:
            data = waybill.sbom(reference, "-o", f"cyclonedx-{name}@{version}").stdout
            cyclonedx.assert_valid(data, name, version)
            assert b"package-database-deleted" in data


HOSTILE = "<a href=\"x\">&amp; ]]> --> \x01\x1b \ufffe\u0085\u2028 'q' \r\n\ttab"


@pytest.mark.parametrize("name", SERIALISATIONS)
def test_characters(waybill, tmp_path, name):
    """Whatever labels say: well-formed, valid, and in XML what an independent parser reads back."""
    image = images.Image([Layer().files({"srv/<&>": b"x"})], labels={"l": HOSTILE, HOSTILE: "v"})
    images.single(image, "1").write(tmp_path / "i")
    data = waybill.sbom(f"oci:{tmp_path}/i:1", "-o", f"cyclonedx-{name}").stdout
    cyclonedx.assert_valid(data, name, "1.6")
    if name == "xml":
        found = cyclonedx.xml_properties(data)
        value = found["waybill:image:label:l"]
        assert value.startswith("<a href=\"x\">&amp; ]]> --> ") and value.endswith("\ttab")
        assert "/srv/<&>" in cyclonedx.xml_names(data)


# ---- reading -------------------------------------------------------------------------------------

def convert(waybill, source, target, path):
    run = waybill.run("convert", source, "-o", f"{target}={path}")
    assert run.code == OK, run
    return run


@pytest.fixture(autouse=True, scope="module")
def can_convert(waybill):
    return waybill.run("convert", "--help").code == OK


def needs_convert(can_convert):
    if not can_convert:
        pytest.skip("this waybill has no `convert` yet")


@pytest.mark.parametrize("version", VERSIONS)
def test_round_trips(waybill, can_convert, documents, tmp_path, version):
    """The same bytes: JSON by way of the model, JSON by way of XML, XML by way of JSON."""
    needs_convert(can_convert)
    here, there = str(tmp_path / "here"), str(tmp_path / "there")
    for one, other in (("json", "json"), ("json", "xml"), ("xml", "json")):
        run = convert(waybill, documents[version, one], f"cyclonedx-{other}@{version}", there)
        assert "lost" not in run.stderr, run
        convert(waybill, there, f"cyclonedx-{one}@{version}", here)
        assert read(here) == read(documents[version, one]), (one, other)


def test_to_spdx_and_back(waybill, can_convert, documents, reference, tmp_path):
    needs_convert(can_convert)
    there, here, plain = (str(tmp_path / name) for name in ("there", "here", "plain"))
    convert(waybill, documents["1.6", "xml"], "spdx-json", there)
    waybill.sbom(reference, "-o", f"spdx-json={plain}", "--files", "all")
    assert read(there) == read(plain)
    convert(waybill, there, "cyclonedx-xml@1.6", here)
    assert read(here) == read(documents["1.6", "xml"])


def examples():
    return [path for path in cyclonedx.examples() if os.path.basename(path).startswith("valid")]


def test_every_valid_example_is_read(waybill, can_convert, tmp_path):
    """The official examples; what is written of them is valid in either serialisation."""
    needs_convert(can_convert)
    if not examples():
        pytest.skip("no examples of CycloneDX among the test data (set WAYBILL_TEST_DATA)")
    for path in examples()[::4]:
        for name in SERIALISATIONS:
            written = str(tmp_path / "written")
            convert(waybill, path, f"cyclonedx-{name}", written)
            cyclonedx.assert_valid(read(written), name, "1.6")


ATTACKS = {
    "entity": '<!DOCTYPE bom [<!ENTITY x SYSTEM "file:///etc/passwd">]>{}',
    "bomb": '<!DOCTYPE bom [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>{}',
    "external": '<!DOCTYPE bom SYSTEM "http://127.0.0.1:1/x.dtd">{}',
    "undefined": "{}&x;",
    "truncated": "{}<components>",
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_hostile_xml(waybill, can_convert, tmp_path, attack):
    needs_convert(can_convert)
    path = tmp_path / "bom.xml"
    start = '<bom xmlns="http://cyclonedx.org/schema/bom/1.6" version="1">'
    path.write_text(ATTACKS[attack].format(start) + "</bom>")
    run = waybill.run("convert", str(path), "-o", "cyclonedx-json")
    assert run.code == BAD_INPUT and run.stdout == b"", run
    assert "root:" not in run.stderr


# ---- GitHub's snapshots --------------------------------------------------------------------------

def test_github_snapshot(waybill, reference):
    """As the API's description has it; job, ref and sha are the build's to add."""
    data = waybill.sbom(reference, "-o", "github-json").stdout
    snapshot = json.loads(data)
    assert set(snapshot) == {"version", "detector", "metadata", "manifests", "scanned"}
    assert snapshot["version"] == 0 and snapshot["scanned"] == images.CREATED
    assert set(snapshot["detector"]) == {"name", "version", "url"}
    assert len(snapshot["metadata"]) <= 8
    (name, manifest), = snapshot["manifests"].items()
    assert name == manifest["name"] == "example:/var/lib/dpkg/status"
    resolved = {re.sub(r"@.*", "", one["package_url"]): one
                for one in manifest["resolved"].values()}
    assert set(resolved) == {"pkg:deb/debian/half", "pkg:deb/debian/library", "pkg:deb/debian/tool"}
    assert resolved["pkg:deb/debian/tool"]["relationship"] == "direct"
    assert resolved["pkg:deb/debian/library"]["relationship"] == "indirect"
    needed = resolved["pkg:deb/debian/tool"]["dependencies"]
    assert resolved["pkg:deb/debian/library"]["package_url"] in needed
    for one in resolved.values():
        assert one["package_url"].startswith("pkg:") and one["scope"] == "runtime"
    assert waybill.sbom(reference, "-o", "github-json").stdout == data


def test_github_revision(waybill, tmp_path):
    for revision, stated in (("ab" * 20, True), ("v1.0", False), ("AB" * 32, False)):
        image = images.Image([Layer().files(base_files())],
                             labels={"org.opencontainers.image.revision": revision})
        images.single(image, "1").write(tmp_path / revision)
        snapshot = json.loads(waybill.sbom(f"oci:{tmp_path}/{revision}:1", "-o",
                                           "github-json").stdout)
        assert snapshot.get("sha") == (revision if stated else None)
