# SPDX-License-Identifier: Apache-2.0
"""waybill query on images and on documents: packages, files, licences, and why a package is there."""
import json

import images
import pytest
from debs import stanza, status_file
from layers import Layer
from program import CHECK_FAILED, OK, USAGE

COPYRIGHT = """Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/

Files: *
Copyright: 2001 One Author
License: {}
"""


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    status = status_file(
        stanza("server", "1.0", Depends="libmiddle"), stanza("tool", "1.0", Recommends="libdeep"),
        stanza("libmiddle", "2.0", Depends="libdeep"), stanza("libdeep", "3.0"),
        stanza("alone", "1.0"))
    content = {"var/lib/dpkg/status": status, "etc/os-release": b"ID=debian\n",
               "usr/bin/tool": b"tool\n", "srv/stray": b"stray\n",
               "var/lib/dpkg/info/tool.list": b"/usr/bin/tool\n",
               "usr/share/doc/tool/copyright": COPYRIGHT.format("GPL-2+ or MIT").encode(),
               "usr/share/doc/alone/copyright": COPYRIGHT.format("Apache-2.0").encode()}
    folder = tmp_path_factory.mktemp("query") / "image"
    images.single(images.Image([Layer().files(content)]), "1").write(folder)
    return f"oci:{folder}:1"


@pytest.fixture(scope="module", params=["image", "spdx-json", "spdx-tag-value", "cyclonedx-json",
                                        "cyclonedx-xml", "coswid"])
def source(request, waybill, reference, tmp_path_factory):
    if request.param == "image":
        return reference
    path = tmp_path_factory.mktemp("query") / "document"
    waybill.sbom(reference, "-o", f"{request.param}={path}", "--files", "all")
    return str(path)


def query(waybill, source, *arguments, code=OK):
    run = waybill.run("query", source, *arguments)
    assert run.code == code, run
    return run.stdout.decode()


def query_json(waybill, source, *arguments):
    return json.loads(query(waybill, source, *arguments, "-o", "json"))


def test_packages(waybill, source):
    assert query(waybill, source, "--package", "lib*") == \
        "libdeep 3.0 amd64\nlibmiddle 2.0 amd64\n"
    found = query_json(waybill, source, "--package", "tool")["packages"]
    assert [(one["name"], one["version"], one["architecture"], one["state"]) for one in found] == [
        ("tool", "1.0", "amd64", "installed")]
    assert found[0]["purl"].startswith("pkg:deb/debian/tool@1.0?")


def test_files(waybill, source):
    assert query(waybill, source, "--file", "/usr/bin/tool") == "/usr/bin/tool  owned  tool 1.0\n"
    found = query_json(waybill, source, "--file", "/srv/*")["files"]
    assert [(one["path"], one["status"], one["packages"]) for one in found] == [
        ("/srv/stray", "unowned", [])]


def test_licences(waybill, source):
    assert query(waybill, source, "--license", "GPL-*").startswith("tool 1.0 amd64  ")
    assert query(waybill, source, "--license", "Apache-2.0") == "alone 1.0 amd64  Apache-2.0\n"
    names = [one["name"] for one in query_json(waybill, source, "--license", "*")["packages"]]
    assert names == ["alone", "tool"]


def test_why(waybill, source):
    text = query(waybill, source, "--why", "libdeep")
    assert text.splitlines() == ["libdeep 3.0 amd64", "  tool -> libdeep (recommends)",
                                 "  server -> libmiddle -> libdeep"]
    chains = query_json(waybill, source, "--why", "libdeep")["packages"][0]["chains"]
    assert [[one["name"] for one in chain] for chain in chains] == [
        ["tool", "libdeep"], ["server", "libmiddle", "libdeep"]]
    assert chains[0][1]["kind"] == "recommends"
    assert "  nothing needs it\n" in query(waybill, source, "--why", "alone")


@pytest.mark.parametrize("question", [("--package", "nobody"), ("--file", "/nowhere"),
                                      ("--license", "AGPL-*"), ("--why", "nobody")])
def test_nothing_found(waybill, reference, question):
    assert query(waybill, reference, *question, code=CHECK_FAILED) == ""
    assert json.loads(query(waybill, reference, *question, "-o", "json", code=CHECK_FAILED))


@pytest.mark.parametrize("question", [(), ("--package", "a", "--why", "b")])
def test_one_question(waybill, reference, question):
    run = waybill.run("query", reference, *question)
    assert run.code == USAGE and "one of --package" in run.stderr


def test_all_licences(waybill, source):
    """Each licence with its packages, whatever the document; an `or` counts for both sides."""
    found = query_json(waybill, source, "--licenses")
    assert {one["licence"]: [each["name"] for each in one["packages"]] for one in found["licences"]} == {
        "Apache-2.0": ["alone"], "GPL-2.0-or-later": ["tool"], "MIT": ["tool"]}
    assert [one["name"] for one in found["notStated"]] == ["libdeep", "libmiddle", "server"]
    assert found["expression"] == "Apache-2.0 AND (GPL-2.0-or-later OR MIT)"
    assert query(waybill, source, "--licenses") == (
        "Apache-2.0  1 package: alone\nGPL-2.0-or-later  1 package: tool\nMIT  1 package: tool\n"
        "not stated  3 packages: libdeep, libmiddle, server\n")


def test_licences_of_the_image_in_documents(waybill, reference, tmp_path):
    """Said where each format says what was found, and nowhere as declared or concluded of the image."""
    said = "Licences of the packages: Apache-2.0 (1), GPL-2.0-or-later (1), MIT (1); not stated (3)"
    image = next(one for one in json.loads(waybill.sbom(reference, "-o", "spdx-json").stdout)["packages"]
                 if one["SPDXID"] == "SPDXRef-image")
    assert image["licenseComments"] == said
    assert image["licenseConcluded"] == image["licenseDeclared"] == "NOASSERTION"
    assert said in waybill.sbom(reference, "-o", "spdx-tag-value").stdout.decode()
    graph = json.loads(waybill.sbom(reference, "-o", "spdx3-json").stdout)["@graph"]
    assert [one["comment"] for one in graph if one.get("software_primaryPurpose") == "container"] == [said]
    for version in ("1.4", "1.6", "1.7"):
        document = json.loads(waybill.sbom(reference, "-o", f"cyclonedx-json@{version}").stdout)
        component = document["metadata"]["component"]
        assert component["evidence"] == {"licenses": [{"expression": "Apache-2.0 AND (GPL-2.0-or-later OR MIT)"}]}
        assert "licenses" not in component
    table = waybill.sbom(reference, "-o", "table").stdout.decode()
    assert "\nPACKAGES  LICENCE\n       1  Apache-2.0\n       1  GPL-2.0-or-later\n       1  MIT\n" \
        "       3  not stated\n" in table
    for name in ("spdx-json", "spdx-tag-value", "spdx3-json", "cyclonedx-json", "cyclonedx-xml", "coswid"):
        waybill.sbom(reference, "-o", f"{name}={tmp_path / name}")
        run = waybill.run("convert", str(tmp_path / name), "-o", "spdx-json")
        assert run.code == OK and not run.stderr and said.encode() in run.stdout
