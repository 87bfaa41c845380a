# SPDX-License-Identifier: Apache-2.0
"""waybill validate on tag-value pairs and XML of others: judged in their parts, with the lines of what is
wrong, and as the SPDX project's parser and the XML schema of CycloneDX judge them."""
import glob
import json
import logging
import os

import pytest
from conftest import data_folder
from cyclonedx.model.bom import Bom
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from cyclonedx.validation.xml import XmlValidator
from program import CHECK_FAILED, OK
from spdx_tools.spdx.parser.error import SPDXParsingError
from spdx_tools.spdx.parser.tagvalue.tagvalue_parser import Parser
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

TAGS = """\
SPDXVersion: SPDX-2.3
DataLicense: CC0-1.0
SPDXID: SPDXRef-DOCUMENT
DocumentName: example
DocumentNamespace: https://example.org/spdx/example-1
ExternalDocumentRef: DocumentRef-o https://example.org/spdx/o SHA1: d6a770ba38583ed4bb4525bd96e50461655d2759
Creator: Person: Jane Doe (jane@example.org)
Created: 2024-01-01T00:00:00Z
Relationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-p
Annotator: Person: Jane Doe
AnnotationDate: 2024-01-01T00:00:00Z
AnnotationType: REVIEW
SPDXREF: SPDXRef-DOCUMENT
AnnotationComment: <text>looked
at</text>
PackageName: p
SPDXID: SPDXRef-p
PackageVersion: 1.0
PackageDownloadLocation: https://example.org/p.tar.gz
FilesAnalyzed: true
PackageVerificationCode: d6a770ba38583ed4bb4525bd96e50461655d2758 (excludes: ./p.spdx)
PackageLicenseConcluded: (MIT OR LicenseRef-1)
PrimaryPackagePurpose: LIBRARY
ExternalRef: PACKAGE-MANAGER purl pkg:generic/p@1.0
FileName: ./src/a.c
SPDXID: SPDXRef-f
FileChecksum: SHA1: 85ed0817af83a24ad8da68c2b5094de69833983d
SnippetSPDXID: SPDXRef-s
SnippetFromFileSPDXID: SPDXRef-f
SnippetByteRange: 310:420
LicenseID: LicenseRef-1
ExtractedText: <text>do what you want</text>
"""
# What is replaced; by what; the line; what is said; whether the SPDX project's parser agrees (it passes
# over tags that it does not know where they stand behind others, and knows no licences by their ids).
FAULTS = {
    "none": ("", "", None, None),
    "unknown tag": ("PackageVersion: ", "PackageVersoin: ", 18, "no tag of SPDX 2"),
    "twice": ("PackageVersion: 1.0\n", "PackageVersion: 1.0\nPackageVersion: 1.1\n", 19, "stands twice"),
    "purpose": ("LIBRARY", "LIBRARIAN", 23, "is not one of"),
    "annotation type": ("AnnotationType: REVIEW", "AnnotationType: REVUE", 12, "is not one of"),
    "annotator": ("Annotator: Person: Jane", "Annotator: Jane", 10, "Person"),
    "no subject": ("SPDXREF: SPDXRef-DOCUMENT\n", "", 10, "behind an annotator"),
    "analyzed": ("FilesAnalyzed: true", "FilesAnalyzed: maybe", 20, "true or false"),
    "download location": ("PackageDownloadLocation: https://example.org/p.tar.gz\n", "", 16, "is missing"),
    "namespace": ("DocumentNamespace: https://example.org/spdx/example-1\n", "", None, "is missing"),
    "checksum": ("FileChecksum: SHA1: 85", "FileChecksum: SHA1: 5", 27, "no SHA1"),
    "algorithm": ("FileChecksum: SHA1", "FileChecksum: SHA9", 27, "is not one of"),
    "dangling": ("DESCRIBES SPDXRef-p", "DESCRIBES SPDXRef-q", 9, "`SPDXRef-q`"),
    "snippet of nothing": ("SnippetFromFileSPDXID: SPDXRef-f", "SnippetFromFileSPDXID: SPDXRef-g", 29, "`SPDXRef-g`"),
    "category": ("PACKAGE-MANAGER", "PACKAGES", 24, "is not one of"),
    "malformed": ("SnippetByteRange: 310:420", "SnippetByteRange: 310", 30, "malformed"),
}


@pytest.fixture(scope="module")
def parser():
    logging.disable(logging.CRITICAL)
    yield Parser
    logging.disable(logging.NOTSET)


def is_valid_for_the_project(parser, text):
    try:
        document = parser().parse(text)
    except SPDXParsingError:
        return False
    return not validate_full_spdx_document(document)


def validate(waybill, text):
    run = waybill.run("validate", "-", "-o", "json", stdin=text.encode())
    assert run.code in (OK, CHECK_FAILED), run
    return json.loads(run.stdout)["faults"]


@pytest.mark.parametrize("fault", FAULTS)
def test_tags(waybill, parser, fault):
    old, new, line, text = FAULTS[fault]
    document = TAGS.replace(old, new, 1)
    faults = validate(waybill, document)
    assert is_valid_for_the_project(parser, document) == (not faults), faults
    if text is None:
        assert faults == []
    else:
        assert (line, True) in [(one.get("line"), text in one["message"]) for one in faults], faults


def xml_examples():
    """The official examples that the CycloneDX library can write as XML."""
    for version in ("1.5", "1.6"):
        for path in sorted(glob.glob(os.path.join(data_folder(), "cyclonedx", f"tests-{version}", "valid-*.json"))):
            try:
                with open(path, encoding="utf-8") as file:
                    bom = Bom.from_json(json.load(file))
                yield path, version, make_outputter(
                    bom, OutputFormat.XML, SchemaVersion.from_version(version)).output_as_string(indent=1)
            except Exception:  # pylint: disable=broad-except # it does not know all of them
                continue


def test_xml_of_others(waybill):
    examples = list(xml_examples())
    if not examples:
        pytest.skip(f"SKIPPED: no test data at {data_folder()} (set WAYBILL_TEST_DATA)")
    for path, version, text in examples:
        if XmlValidator(SchemaVersion.from_version(version)).validate_str(text) is None:
            assert validate(waybill, text) == [], path


XML = """<?xml version="1.0"?>
<bom xmlns="http://cyclonedx.org/schema/bom/1.6" version="1">
 <components>
  <component type="library" bom-ref="a">
   <name>a</name>
   <scope>required</scope>
   <licenses><license><id>MIT</id></license></licenses>
   <purl>pkg:generic/a@1</purl>
   <x:own xmlns:x="urn:x"/>
  </component>
 </components>
 <services><service bom-ref="s"><name>s</name></service></services>
 <dependencies>
  <dependency ref="a"><dependency ref="s"/></dependency>
 </dependencies>
</bom>
"""
XML_FAULTS = {
    "none": ("", "", None, None, True),
    "unknown element": ("<scope>required</scope>", "<scoop>required</scoop>", 6, "no member", False),
    "unknown attribute": ('type="library"', 'type="library" kind="b"', None, None, True),
    "type": ('"library"', '"librarian"', 4, "is not one of", False),
    "scope": ("required", "needed", 6, "is not one of", False),
    "no name": ("<name>a</name>", "", 4, "`name` is missing", False),
    "licence": ("MIT", "TIM", 7, "SPDX licence list", False),
    "purl": ("pkg:generic/a@1", "pkg:generic", 8, "purl", True),
    "dangling": ('<dependency ref="s"/>', '<dependency ref="t"/>', 14, "`t`", True),
}


@pytest.mark.parametrize("fault", XML_FAULTS)
def test_xml(waybill, fault):
    old, new, line, text, valid = XML_FAULTS[fault]
    document = XML.replace(old, new, 1)
    faults = validate(waybill, document)
    schema = XmlValidator(SchemaVersion.V1_6).validate_str(document) is None
    assert schema == valid
    if text is None:
        assert faults == []
    else:
        assert (line, True) in [(one.get("line"), text in one["message"]) for one in faults], faults
