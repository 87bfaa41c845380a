# SPDX-License-Identifier: Apache-2.0
"""--creator and --supplier, in every format, by the parsers of the formats' own projects."""
import json

import cbor2
import images
import pytest
from cyclonedx.model.bom import Bom
from example_image import example_image
from program import OK, USAGE, assert_one_error_line
from spdx_tools.spdx.model import ActorType
from spdx_tools.spdx.parser.jsonlikedict.json_like_dict_parser import JsonLikeDictParser

ACME = "Acme GmbH <sbom@acme.example.org>"
ERIKA = "person:Erika Muster <erika@example.org>"
SITE = "https://acme.example.org/"


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    folder = tmp_path_factory.mktemp("parties") / "image"
    images.single(example_image(), "1.0").write(folder)
    return f"oci:{folder}:1.0"


def test_spdx(waybill, reference):
    run = waybill.spdx(reference, "--creator", ERIKA, "--supplier", ACME)
    document = JsonLikeDictParser().parse(json.loads(run.data))
    person = next(one for one in document.creation_info.creators
                  if one.actor_type == ActorType.PERSON)
    assert (person.name, person.email) == ("Erika Muster", "erika@example.org")
    image = next(one for one in document.packages if one.spdx_id == "SPDXRef-image")
    assert image.supplier.actor_type == ActorType.ORGANIZATION
    assert (image.supplier.name, image.supplier.email) == ("Acme GmbH", "sbom@acme.example.org")


def test_cyclonedx(waybill, reference):
    run = waybill.cyclonedx(reference, "--creator", ACME, "--supplier", f"Acme <{SITE}>")
    bom = Bom.from_json(json.loads(run.data))
    assert bom.metadata.manufacturer.name == "Acme GmbH"
    assert [one.email for one in bom.metadata.manufacturer.contacts] == ["sbom@acme.example.org"]
    for supplier in (bom.metadata.supplier, bom.metadata.component.supplier):
        assert supplier.name == "Acme" and [str(one) for one in supplier.urls] == [SITE]
    run = waybill.cyclonedx(reference, "--creator", ERIKA)
    author = list(Bom.from_json(json.loads(run.data)).metadata.authors)[0]
    assert (author.name, author.email) == ("Erika Muster", "erika@example.org")


def test_coswid(waybill, reference):
    run = waybill.sbom(reference, "-o", "coswid", "--creator", f"Acme <{SITE}>")
    entities = cbor2.loads(run.stdout).value[2]
    entities = entities if isinstance(entities, list) else [entities]
    assert any(one[31] == "Acme" for one in entities), entities


@pytest.mark.parametrize("creator", [ACME, ERIKA, SITE, "sbom@acme.example.org", f"Acme <{SITE}>"])
@pytest.mark.parametrize("name", ["spdx-json", "spdx-tag-value", "cyclonedx-json", "cyclonedx-xml"])
def test_nothing_is_lost_and_nothing_missing(waybill, reference, name, creator):
    """There and back the same, valid, and with what profiles ask of a creator."""
    plain = waybill.sbom(reference, "-o", name)
    run = waybill.sbom(reference, "-o", name, "--creator", creator, "--supplier", ACME)
    assert run.stdout != plain.stdout
    other = "cyclonedx-json" if name.startswith("spdx") else "spdx-json"
    there = waybill.run("convert", "-", "-o", other, stdin=run.stdout)
    back = waybill.run("convert", "-", "-o", name, stdin=there.stdout)
    assert there.code == back.code == OK and back.stdout == run.stdout, (there, back)
    verdict = json.loads(waybill.run("validate", "-", "-o", "json", "--profile", "cisa",
                                     "--profile", "bsi", stdin=run.stdout).stdout)
    assert verdict["valid"]
    elements = {one["element"] for one in verdict["missing"]}
    assert not elements & {"SBOM author", "e-mail address or URL of the SBOM's creator"}


def test_another_creator_is_another_document(waybill, reference):
    numbers = {waybill.cyclonedx(reference, *arguments).raw["serialNumber"]
               for arguments in ((), ("--creator", "Acme"), ("--creator", "person:Acme"),
                                 ("--supplier", "Acme"))}
    assert len(numbers) == 4


@pytest.mark.parametrize("creator", ["", "person:", "Acme <nowhere>", "<sbom@acme.example.org>"])
def test_wrong_creator(waybill, reference, creator):
    run = waybill.run("sbom", reference, "--creator", creator)
    assert run.code == USAGE and "--creator" in run.stderr
    assert_one_error_line(run)


def test_attest_takes_them_with_sbom_only(waybill, reference):
    run = waybill.run("attest", "--key", "k", "--predicate", "p", "--creator", "Acme", reference)
    assert run.code == USAGE and "go with --sbom" in run.stderr
