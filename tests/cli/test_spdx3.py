# SPDX-License-Identifier: Apache-2.0
"""SPDX 3.0.1 as JSON-LD: held against the JSON schema, the SPDX project's model and the JSON-LD
context; compared with SPDX 2.3 of the same image; and documents that the SPDX project's model wrote."""
import datetime
import io
import json

import images
import pytest
import spdx3
from example_image import base_files, example_image
from layers import Layer
from program import BAD_INPUT, OK, assert_one_error_line
from rdflib import RDF, URIRef
from spdx3 import Spdx3, model

NAME = "spdx3-json"


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    folder = tmp_path_factory.mktemp("spdx3") / "example"
    images.single(example_image(), "1.0").write(folder)
    return f"oci:{folder}:1.0"


@pytest.fixture(scope="module")
def document(waybill, reference):
    return Spdx3(waybill.sbom(reference, "-o", NAME, "--files", "all").stdout)


@pytest.fixture(scope="module")
def other(waybill, reference):
    """The same in SPDX 2.3."""
    return waybill.spdx(reference, "--files", "all")


def of(waybill, folder, image, *arguments):
    images.single(image, "1.0").write(folder)
    return Spdx3(waybill.sbom(f"oci:{folder}:1.0", "-o", NAME, *arguments).stdout)


# ---- the document ---------------------------------------------------------------------------------

@pytest.mark.parametrize("files", ["none", "unowned", "all"])
def test_valid_and_the_same_every_time(waybill, reference, files):
    first, second = (waybill.sbom(reference, "-o", NAME, "--files", files).stdout for _ in range(2))
    assert first == second
    Spdx3(first)


def test_document(document):
    creation = document.document.creationInfo
    assert creation.specVersion == "3.0.1"
    assert [one.name.startswith("waybill-") for one in creation.createdUsing] == [True]
    assert all(one.creationInfo == creation for one in document.all(model.Element))
    assert all(one._id.startswith("urn:uuid:") for one in document.all(model.Element))
    assert {one.rpartition("/")[2] for one in document.document.profileConformance} == {
        "core", "software", "simpleLicensing", "build"}
    assert document.document.rootElement == [document.sbom]
    assert [one.rpartition("/")[2] for one in document.sbom.software_sbomType] == ["analyzed"]
    assert document.document.dataLicense.simplelicensing_licenseExpression == "CC0-1.0"


def test_creator_and_supplier(waybill, reference):
    run = waybill.run("sbom", "--help")
    if "--creator" not in run.stdout.decode():
        pytest.skip("SKIPPED: there is no --creator yet")
    document = Spdx3(waybill.sbom(reference, "-o", NAME, "--creator",
                                  "Erika Muster <erika@example.org>").stdout)
    creator, = document.document.creationInfo.createdBy
    assert spdx3.identifiers(creator) == {("email", "erika@example.org")}


def test_is_json_ld(document):
    """Through the context every member and every value of an enumeration has its IRI."""
    graph = spdx3.as_graph(document.raw)
    if graph is None:
        pytest.skip("SKIPPED: no JSON-LD context among the test data (set WAYBILL_TEST_DATA)")
    core, software = spdx3.TERMS + "Core/", spdx3.TERMS + "Software/"
    packages = set(graph.subjects(RDF.type, URIRef(software + "Package")))
    assert len(packages) == len(document.packages) + 1
    kinds = {str(one) for one in graph.objects(None, URIRef(core + "relationshipType"))}
    assert core + "RelationshipType/dependsOn" in kinds
    assert {str(one) for one in graph.objects(None, URIRef(core + "scope"))} == {
        core + "LifecycleScopeType/runtime", core + "LifecycleScopeType/build"}
    subjects = set(graph.subjects())
    for relation in graph.subjects(RDF.type, URIRef(core + "LifecycleScopedRelationship")):
        for target in graph.objects(relation, URIRef(core + "to")):
            assert target in subjects or str(target).startswith(core), target
    assert not [one for one in graph.predicates() if not str(one).startswith(
        ("https://spdx.org/rdf/3.0.1/terms/", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"))]


def test_build(document):
    build = document.only(model.build_Build)
    assert build.build_buildEndTime == document.image.builtTime
    output, = document.related(build, "hasOutput")
    assert output.to == [document.image]


# ---- the same as in SPDX 2.3 ----------------------------------------------------------------------

def test_packages(document, other):
    listed = [*other.packages, *other.residues, *other.removed]
    names = {one.name for one in listed} | {other.system["name"]}
    assert set(document.packages) == names
    for one in listed:
        package = document.packages[one.name]
        present = one in other.packages
        assert package.software_packageVersion == one.evr
        assert package.software_packageUrl == (one.purl if present else None)
        assert (("packageUrl", one.purl) in spdx3.identifiers(package)) == present
        assert document.licence(package) == one.licence
        assert package.software_homePage == one.raw.get("homepage")
        assert package.software_sourceInfo == one.raw.get("sourceInfo")
        assert package.software_copyrightText == {"NOASSERTION": None}.get(
            one.raw["copyrightText"], one.raw["copyrightText"])
        assert package.software_primaryPurpose.endswith("/install")
        supplier = None if package.suppliedBy is None else package.suppliedBy.name
        assert (supplier or "NOASSERTION") in one.raw["supplier"]
        for name in ("type", "state", "architecture"):
            key = f"waybill:package:{name}"
            assert document.properties(package)[key] == one.properties[key]


def test_agents_are_there_once(document):
    agents = [(type(one), one.name, str(spdx3.identifiers(one)))
              for one in document.all(model.Agent)]
    assert len(set(agents)) == len(agents)


def test_image(document, other):
    image, raw = document.image, other.primary["raw"]
    assert (image.name, image.software_packageVersion) == ("example", "1.0")
    assert image.software_primaryPurpose.endswith("/container")
    assert image.software_packageUrl == other.primary["purl"]
    assert spdx3.hashes(image) == {"sha256": other.primary["hashes"]["SHA256"]}
    assert image.suppliedBy.name == "Example Vendor"
    assert image.originatedBy[0].name == "Erika Muster"
    assert image.builtTime.strftime("%Y-%m-%dT%H:%M:%SZ") == raw["builtDate"]
    assert (image.software_homePage, image.description) == (raw["homepage"], raw["description"])
    system = document.packages[other.system["name"]]
    assert system.software_primaryPurpose.endswith("/operatingSystem")
    assert system.software_packageVersion == other.system["versionInfo"]


def test_files(document, other):
    listed = {**other.files, **other.removed_files}
    assert set(document.files) == set(listed)
    for path, one in listed.items():
        found = spdx3.hashes(document.files[path])
        assert (found["sha1"], found["sha256"]) == (one.sha1, one.sha256)
    owners = {(one.from_.name, to.name) for one in document.relationships for to in one.to
              if one.relationshipType == model.RelationshipType.contains
              and isinstance(to, model.software_File)}
    assert owners == {(owner, path) for path, one in other.files.items() for owner in one.owners}
    added, = document.related(document.image, "hasAddedFile")
    assert {one.name for one in added.to} == {path for path, one in other.files.items()
                                              if one.status == "unowned"}
    deleted, = document.related(document.image, "hasDeletedFile")
    assert {one.name for one in deleted.to} == set(other.removed_files)


def test_dependencies(document, other):
    names = {one.id: one.name for one in other.packages}
    assert document.edges() == {(names[left], names[right]) for left, right in other.edges()}
    assert document.edges("hasOptionalDependency") == {
        (names[left], names[right]) for left, right in other.optional_edges()}
    scopes = {one.scope for one in document.all(model.LifecycleScopedRelationship)
              if one.relationshipType == model.RelationshipType.dependsOn}
    assert scopes == {model.LifecycleScopeType.runtime}


def test_licences(document):
    """LicenseRefs lead to their texts."""
    library = document.packages["library"]
    expression, = document.related(library, "hasDeclaredLicense")[0].to
    entry, = expression.simplelicensing_customIdToUri
    assert entry.key in expression.simplelicensing_licenseExpression
    text = next(one for one in document.all(model.simplelicensing_SimpleLicensingText)
                if one._id == entry.value)
    assert "what Acme says" in text.simplelicensing_licenseText


def test_findings(waybill, document, other):
    findings = [one.statement for one in document.all(model.Annotation)
                if one.name == "waybill:finding"]
    assert sorted(findings) == sorted(other.findings)
    assert all(one.subject == document.document for one in document.all(model.Annotation)
               if one.name == "waybill:finding")


# ---- how complete it is ---------------------------------------------------------------------------

def test_complete(document):
    assert document.completeness(document.image, "contains") == {"complete"}
    for name in ("tool", "library"):
        assert document.completeness(document.packages[name], "dependsOn") == {"complete"}
        assert document.completeness(document.packages[name], "contains") == {"complete"}
    needless, = document.related(document.packages["library"], "dependsOn")
    assert [str(one) for one in needless.to] == [spdx3.TERMS + "Core/NoneElement"] or \
        needless.to == [model.IndividualElement.NoneElement]
    stray = document.files["/srv/stray"]
    assert document.completeness(stray, "contains") == {"noAssertion"}


def test_incomplete(waybill, tmp_path):
    files = base_files()
    files["var/lib/dpkg/status"] += b"\nnot a stanza\n\n"
    document = of(waybill, tmp_path / "image", images.Image([Layer().files(files)]))
    if "waybill:finding:code" not in document.text:
        pytest.skip("SKIPPED: this database is not taken for broken")
    assert document.completeness(document.image, "contains") == {"incomplete"}
    assert document.completeness(document.packages["tool"], "dependsOn") == {"incomplete"}


def test_unknown(waybill, tmp_path):
    """Without a package database nothing is known, and that is said."""
    document = of(waybill, tmp_path / "image", images.Image([Layer().files({"a": b"a"})]))
    assert document.completeness(document.image, "contains") == {"noAssertion"}


def test_files_are_not_all_listed(waybill, reference):
    document = Spdx3(waybill.sbom(reference, "-o", NAME, "--files", "unowned").stdout)
    assert document.completeness(document.packages["tool"], "contains") == {"incomplete"}


# ---- documents of others --------------------------------------------------------------------------

def foreign_objects():
    """What the SPDX project's model holds of a document with a bit of everything."""
    creation = model.CreationInfo(
        specVersion="3.0.1", created=datetime.datetime(2024, 2, 3, 4, 5, 6, tzinfo=datetime.timezone.utc))
    objects, number = model.SHACLObjectSet(), iter(range(1000))

    def add(kind, **members):
        element = kind(_id=f"https://example.org/foreign/{next(number)}", creationInfo=creation)
        for name, value in members.items():
            setattr(element, name, value)
        objects.add(element)
        return element

    def relate(source, kind, *targets, scope=None, **members):
        if scope is not None:
            members["scope"] = scope
        return add(model.Relationship if scope is None else model.LifecycleScopedRelationship,
                   from_=source, relationshipType=getattr(model.RelationshipType, kind),
                   to=list(targets), **members)

    email = model.ExternalIdentifier(
        externalIdentifierType=model.ExternalIdentifierType.email, identifier="maker@example.org")
    maker = add(model.Organization, name="Maker", externalIdentifier=[email])
    creation.createdBy = [maker]
    creation.createdUsing = [add(model.Tool, name="other-1.2")]
    file = add(model.software_File, name="./usr/bin/a", verifiedUsing=[
        model.Hash(algorithm=model.HashAlgorithm.sha256, hashValue="1" * 64)])
    left = add(
        model.software_Package, name="a", software_packageVersion="1:2-3", suppliedBy=maker,
        originatedBy=[add(model.Person, name="Otto Muster")], software_copyrightText="2001 One",
        software_packageUrl="pkg:deb/debian/a@1:2-3?arch=arm64&upstream=aa%402-3",
        software_homePage="https://a.example.org/", summary="short", description="long\n\nlonger",
        software_attributionText=["thanks"],
        software_primaryPurpose=model.software_SoftwarePurpose.application,
        verifiedUsing=[model.Hash(algorithm=model.HashAlgorithm.sha512, hashValue="5" * 128),
                       model.Hash(algorithm=model.HashAlgorithm.blake3, hashValue="6" * 64)],
        externalIdentifier=[model.ExternalIdentifier(
            externalIdentifierType=model.ExternalIdentifierType.cpe23,
            identifier="cpe:2.3:a:a:a:2:*:*:*:*:*:*:*")],
        externalRef=[model.ExternalRef(externalRefType=model.ExternalRefType.vcs,
                                       locator=["https://a.example.org/git"])])
    right = add(model.software_Package, name="b",
                software_primaryPurpose=model.software_SoftwarePurpose.deviceDriver)
    text = add(model.simplelicensing_SimpleLicensingText, simplelicensing_licenseText="Own words.")
    licence = add(model.simplelicensing_LicenseExpression,
                  simplelicensing_licenseExpression="MIT AND LicenseRef-own",
                  simplelicensing_customIdToUri=[
                      model.DictionaryEntry(key="LicenseRef-own", value=text._id)])
    relate(left, "hasDeclaredLicense", licence)
    relate(left, "dependsOn", right, scope=model.LifecycleScopeType.runtime)
    relate(right, "dependsOn", left, scope=model.LifecycleScopeType.build)
    relate(left, "contains", file)
    relate(left, "hasEvidence", file)
    sbom = add(model.software_Sbom, rootElement=[left], element=[left, right, file])
    add(model.SpdxDocument, name="foreign", rootElement=[sbom])
    return objects


def foreign(form="listed"):
    data = io.BytesIO()
    model.JSONLDSerializer().write(foreign_objects(), data, force_at_graph=True)
    return data.getvalue() if form == "listed" else nested(data.getvalue())


def nested(data):
    """The same with each element inside of the first that refers to it, as JSON-LD allows."""
    raw = json.loads(data)
    elements = {one.get("spdxId", one.get("@id")): one for one in raw["@graph"]}
    inside = set()

    def place(value):
        if isinstance(value, dict):
            return {key: inner if key in ("spdxId", "@id", "value") else place(inner)
                    for key, inner in value.items()}
        if isinstance(value, list):
            return [place(inner) for inner in value]
        if value not in elements or value in inside:
            return value
        inside.add(value)
        return place(elements[value])

    graph = []
    for identifier, one in sorted(elements.items(), key=lambda item: item[1]["type"] != "SpdxDocument"):
        if identifier not in inside:
            inside.add(identifier)
            graph.append(place(one))
    assert len(graph) < len(elements)
    return json.dumps(dict(raw, **{"@graph": graph})).encode()


def convert(waybill, data, name, code=OK):
    run = waybill.run("convert", "-", "-o", name, stdin=data)
    assert run.code == code, run
    return run


LOST = ("software_Package/software_attributionText", "software_Package/verifiedUsing",
        "Relationship/dependsOn", ": Relationship ")


@pytest.mark.parametrize("form", ["listed", "nested"])
def test_documents_of_others(waybill, form):
    """With elements in a list, and with elements inside of others."""
    data = foreign(form)
    if spdx3.schema() is not None:
        assert spdx3.schema().is_valid(json.loads(data))
    run = convert(waybill, data, NAME)
    document = Spdx3(run.stdout)
    package = document.packages["a"]
    assert package.software_packageVersion == "1:2-3"
    assert package.software_packageUrl == "pkg:deb/debian/a@1:2-3?arch=arm64&upstream=aa%402-3"
    assert package.suppliedBy.name == "Maker"
    assert spdx3.identifiers(package.suppliedBy) == {("email", "maker@example.org")}
    assert package.originatedBy[0].name == "Otto Muster"
    assert ("cpe23", "cpe:2.3:a:a:a:2:*:*:*:*:*:*:*") in spdx3.identifiers(package)
    assert [one.locator for one in package.externalRef] == [["https://a.example.org/git"]]
    assert spdx3.hashes(package) == {"sha512": "5" * 128}
    assert package.description == "long\n\nlonger"
    assert document.packages["b"].software_primaryPurpose.endswith("/deviceDriver")
    assert document.licence(package) == "MIT AND LicenseRef-own"
    assert document.edges() == {("a", "b")}
    assert document.document.name == "foreign"
    assert [one.name for one in document.document.creationInfo.createdUsing] == ["other-1.2"]
    assert document.document.creationInfo.createdBy[0].name == "Maker"
    assert "analyzed" not in document.text
    assert len(run.warnings) == len(LOST), run.stderr
    for field in LOST:
        assert field in run.stderr, run.stderr
    assert convert(waybill, run.stdout, NAME).stdout == run.stdout


def test_example_of_the_specification(waybill):
    data = spdx3.read_schema("spdx/example-3.0.1-package_sbom.json")
    if data is None:
        pytest.skip("SKIPPED: no example among the test data (set WAYBILL_TEST_DATA)")
    run = convert(waybill, json.dumps(data).encode(), NAME)
    document = Spdx3(run.stdout)
    assert list(document.packages) == ["my-package"] and list(document.files) == ["/myprogram"]
    assert run.warnings


def test_version_before(waybill):
    """3.0.0 has the same members under another context."""
    data = foreign().replace(b"3.0.1", b"3.0.0")
    assert set(Spdx3(convert(waybill, data, NAME).stdout).packages) == {"a", "b"}


@pytest.mark.parametrize("data", [
    b'{"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"}',
    b'{"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": [',
    b'{"@context": "https://spdx.org/rdf/3.1.0/spdx-context.jsonld", "@graph": [{"type": '
    b'"CreationInfo", "specVersion": "3.1.0"}]}'])
def test_refused(waybill, data):
    assert_one_error_line(convert(waybill, data, NAME, code=BAD_INPUT))
