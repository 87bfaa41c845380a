# SPDX-License-Identifier: Apache-2.0
"""SPDX 2.3 as JSON and as tag-value pairs, by the parsers and the writers of the SPDX project, and read
by waybill convert: what goes there and back is the same, byte for byte."""
import datetime
import io
import json

import images
import pytest
from example_image import example_image
from program import BAD_INPUT, OK, assert_one_error_line
from spdx_tools.spdx.model import (
    Actor, ActorType, Checksum, ChecksumAlgorithm, CreationInfo, Document, ExternalPackageRef,
    ExternalPackageRefCategory, ExtractedLicensingInfo, File, Package, PackagePurpose, Relationship,
    RelationshipType, SpdxNoAssertion, SpdxNone)
from spdx_tools.spdx.parser.jsonlikedict.json_like_dict_parser import JsonLikeDictParser
from spdx_tools.spdx.parser.tagvalue.parser import Parser
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document
from spdx_tools.spdx.writer.json.json_writer import write_document_to_stream
from spdx_tools.spdx.writer.tagvalue.tagvalue_writer import write_document_to_stream as write_tags

TAGS, JSON = "spdx-tag-value", "spdx-json"


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    folder = tmp_path_factory.mktemp("spdx") / "example"
    images.single(example_image(), "1.0").write(folder)
    return f"oci:{folder}:1.0"


@pytest.fixture(scope="module")
def convert(waybill, tmp_path_factory):
    """convert(data, format): the document in another format, and what was said to be lost."""
    if waybill.run("convert", "--help").code != OK:
        pytest.skip("SKIPPED: there is no waybill convert yet")
    path = tmp_path_factory.mktemp("convert") / "document"

    def run(data, name, code=OK):
        path.write_bytes(data)
        done = waybill.run("convert", str(path), "-o", name)
        assert done.code == code, done
        return done
    return run


def parse_tags(data):
    return Parser().parse(data.decode("utf-8"))


def parse_json(data):
    return JsonLikeDictParser().parse(json.loads(data))


def ordered(items):
    """In no order that matters; an enumeration by its name."""
    return sorted(repr(item) for item in items)


def assert_same_document(one, other):
    """Two documents of the SPDX project's model say the same, in whatever order."""
    assert one.creation_info == other.creation_info
    for part in ("packages", "files", "annotations", "relationships",
                 "extracted_licensing_info", "snippets"):
        assert ordered(getattr(one, part)) == ordered(getattr(other, part)), part


# ---- written by waybill, read by the SPDX project -------------------------------------------------

@pytest.mark.parametrize("files", ["none", "unowned", "all"])
def test_tag_value_says_what_json_says(waybill, reference, files):
    tags = waybill.sbom(reference, "-o", TAGS, "--files", files).stdout
    document = parse_tags(tags)
    assert not [one.validation_message for one in validate_full_spdx_document(document)]
    assert_same_document(document, parse_json(
        waybill.sbom(reference, "-o", JSON, "--files", files).stdout))


def test_text_cannot_end_itself(waybill, tmp_path):
    """A label that ends the text it stands in, and goes on as a package."""
    label = "a</text>\nPackageName: forged\nSPDXID: SPDXRef-forged\nPackageDownloadLocation: NONE"
    image = example_image()
    image.labels = {"org.opencontainers.image.description": label, "other": label}
    path = tmp_path / "image"
    images.single(image, "1").write(path)
    document = parse_tags(waybill.sbom(f"oci:{path}:1", "-o", TAGS).stdout)
    assert "SPDXRef-forged" not in [package.spdx_id for package in document.packages]


# ---- there and back -------------------------------------------------------------------------------

@pytest.mark.parametrize("files", ["none", "unowned", "all"])
@pytest.mark.parametrize("first,second", [(JSON, TAGS), (TAGS, JSON), (JSON, JSON), (TAGS, TAGS)])
def test_round_trip(waybill, convert, reference, first, second, files):
    written = waybill.sbom(reference, "-o", first, "--files", files).stdout
    there = convert(written, second)
    back = convert(there.stdout, first)
    assert there.stderr == "" and back.stderr == ""
    assert back.stdout == written


# ---- written by others ----------------------------------------------------------------------------

def foreign_document():
    """What the SPDX project's own writers make of a document with a bit of everything."""
    creation = CreationInfo(
        spdx_version="SPDX-2.3", spdx_id="SPDXRef-DOCUMENT", name="foreign",
        document_namespace="https://example.org/foreign",
        creators=[Actor(ActorType.TOOL, "other-1.2"),
                  Actor(ActorType.ORGANIZATION, "Maker", "maker@example.org")],
        created=datetime.datetime(2024, 2, 3, 4, 5, 6))
    package = Package(
        spdx_id="SPDXRef-Package-a", name="a", version="1:2-3", download_location=SpdxNoAssertion(),
        supplier=Actor(ActorType.PERSON, "Erika Muster", "erika@example.org"),
        originator=Actor(ActorType.PERSON, "Otto Muster"), files_analyzed=False,
        checksums=[Checksum(ChecksumAlgorithm.SHA512, "5" * 128)],
        homepage="https://a.example.org/", copyright_text="2001 One\n2002 Two",
        summary="short", description="long\n\nlonger", attribution_texts=["thanks"],
        external_references=[
            ExternalPackageRef(ExternalPackageRefCategory.PACKAGE_MANAGER, "purl",
                               "pkg:deb/debian/a@1:2-3?arch=arm64&upstream=aa%402-3"),
            ExternalPackageRef(ExternalPackageRefCategory.OTHER, "site", "https://x.example.org/",
                               "a comment")],
        primary_package_purpose=PackagePurpose.APPLICATION)
    other = Package(spdx_id="SPDXRef-Package-b", name="b", download_location=SpdxNone(),
                    files_analyzed=False, primary_package_purpose=PackagePurpose.SOURCE)
    file = File(spdx_id="SPDXRef-File", name="./usr/bin/a",
                checksums=[Checksum(ChecksumAlgorithm.SHA1, "1" * 40)])
    relationships = [
        Relationship("SPDXRef-DOCUMENT", RelationshipType.DESCRIBES, "SPDXRef-Package-a"),
        Relationship("SPDXRef-Package-b", RelationshipType.DEPENDENCY_OF, "SPDXRef-Package-a"),
        Relationship("SPDXRef-Package-b", RelationshipType.GENERATES, "SPDXRef-Package-a")]
    licence = ExtractedLicensingInfo("LicenseRef-own", "a text\nof two lines", "Own")
    return Document(creation, packages=[package, other], files=[file], relationships=relationships,
                    extracted_licensing_info=[licence])


def in_format(document, name):
    text = io.StringIO()
    if name == JSON:
        write_document_to_stream(document, text, validate=False)
    else:
        write_tags(document, text, validate=False)
    return text.getvalue().encode("utf-8")


@pytest.mark.parametrize("source", [JSON, TAGS])
@pytest.mark.parametrize("target", [JSON, TAGS])
def test_documents_of_others(convert, source, target):
    done = convert(in_format(foreign_document(), source), target)
    for lost in ("/packages/*/attributionTexts", "/relationships/*"):
        assert lost in done.stderr, done.stderr
    document = (parse_json if target == JSON else parse_tags)(done.stdout)
    original = foreign_document()
    assert document.creation_info.document_namespace == "https://example.org/foreign"
    assert document.creation_info.name == "foreign"
    assert document.creation_info.created == original.creation_info.created
    creators = [(one.actor_type, one.name) for one in document.creation_info.creators]
    assert (ActorType.TOOL, "other-1.2") in creators
    assert (ActorType.ORGANIZATION, "Maker") in creators
    by_name = {package.name: package for package in document.packages}
    a, wanted = by_name["a"], original.packages[0]
    for member in ("version", "supplier", "originator", "checksums", "homepage", "copyright_text",
                   "summary", "description", "external_references", "primary_package_purpose"):
        assert getattr(a, member) == getattr(wanted, member), member
    assert by_name["b"].primary_package_purpose == PackagePurpose.SOURCE
    assert by_name["b"].download_location == original.packages[1].download_location
    assert [file.name for file in document.files] == ["./usr/bin/a"]
    assert [one.extracted_text for one in document.extracted_licensing_info] == \
        ["a text\nof two lines"]
    assert (a.spdx_id, RelationshipType.DEPENDS_ON, by_name["b"].spdx_id) in \
        [(one.spdx_element_id, one.relationship_type, one.related_spdx_element_id)
         for one in document.relationships]


@pytest.mark.parametrize("data", [
    b'{"spdxVersion": "SPDX-2.1"}', b'{"spdxVersion": "SPDX-2.3", ', b"SPDXVersion: SPDX-2.3\nx\n",
    b"SPDXVersion: SPDX-2.3\nPackageName: a\nPackageComment: <text>open\n",
    b"SPDXVersion: SPDX-2.3\nPackageName: \xff\n", b"SPDXVersion: SPDX-2.3\nPackageVersion: 1\n"])
def test_refused(convert, data):
    assert_one_error_line(convert(data, JSON, code=BAD_INPUT))
