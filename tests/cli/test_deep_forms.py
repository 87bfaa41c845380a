# SPDX-License-Identifier: Apache-2.0
"""Deep checks of SPDX 3 and tag-value documents: what is true holds, what is changed, invented or left out is found."""
import json

import pytest
from deep import Site, check_static, codes, refused
from program import OK
from test_deep import keys, layers, site  # noqa: F401  (fixtures)

KIND = "https://spdx.dev/Document/v3"


def elements(document, type):
    return [one for one in document["@graph"] if one["type"] == type]


def named(document, type, name):
    return next(one for one in elements(document, type) if one.get("name") == name)


def test_as_it_was_made(site):  # noqa: F811
    site.attest("--sbom", "spdx3-json", "--files", "all")
    document = site.sbom("spdx3-json")
    deleted = {id for one in elements(document, "Relationship")
               if one["relationshipType"] == "hasDeletedFile" for id in one["to"]}
    run = site.verify("-o", "json")
    assert run.code == OK and codes(run) == {}, (run, run.stdout)
    said = json.loads(run.stdout)["deep"]
    assert len(deleted) >= 2
    assert said["files"] == len(elements(document, "software_File")) - len(deleted)
    assert (said["sboms"], said["packages"], said["outcomes"]) == (1, 3, [])


@pytest.mark.parametrize("algorithm", ["sha256", "sha1"])
def test_a_digest_that_is_not_the_files(site, verify, algorithm):  # noqa: F811
    document = site.sbom("spdx3-json")
    for digest in named(document, "software_File", "/etc/kept")["verifiedUsing"]:
        if digest["algorithm"] == algorithm:
            digest["hashValue"] = "ab" * (len(digest["hashValue"]) // 2)
    site.attest_document(document, KIND)
    refused(site.verify(), E_SBOM_FILE_CHANGED={"/etc/kept"})
    refused(check_static(verify, site), E_SBOM_FILE_CHANGED={"/etc/kept"})


def test_a_file_that_is_not_there(site):  # noqa: F811
    document = site.sbom("spdx3-json")
    named(document, "software_File", "/etc/kept")["name"] = "/etc/invented"
    site.attest_document(document, KIND)
    run = site.verify()
    assert run.code != OK and b"/etc/invented" in run.stdout, run


def test_a_package_that_is_left_out_and_one_that_is_invented(site):  # noqa: F811
    document = site.sbom("spdx3-json")
    alpha = named(document, "software_Package", "alpha")
    alpha["name"] = "omega"
    # One value where a list may stand, and the package URL among the identifiers only.
    alpha["externalIdentifier"] = {
        "type": "ExternalIdentifier", "externalIdentifierType": "packageUrl",
        "identifier": alpha.pop("software_packageUrl").replace("alpha", "omega")}
    site.attest_document(document, KIND)
    run = site.verify()
    assert run.code != OK and b"alpha" in run.stdout and b"omega" in run.stdout, run


def test_no_graph(site):  # noqa: F811
    site.attest_document({"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"}, KIND)
    run = site.verify()
    assert run.code != OK and b"@graph" in run.stdout + run.stderr.encode(), run


# ---- tag-value, one string in the statement ----

def tag_value(site):  # noqa: F811
    return site.waybill.sbom(site.reference, "-o", "spdx-tag-value", "--files", "all").stdout.decode()


def test_tag_value_as_it_was_made(site, verify):  # noqa: F811
    site.attest("--sbom", "spdx-json", "--files", "all")
    said = json.loads(site.verify("-o", "json").stdout)["deep"]
    site.attest("--sbom", "spdx-tag-value", "--files", "all")
    both = site.verify("-o", "json")
    assert both.code == OK, both
    assert json.loads(both.stdout)["deep"] == {**said, "sboms": 2, "files": 2 * said["files"],
                                               "packages": 2 * said["packages"]}
    assert check_static(verify, site).code == OK


def test_tag_value_that_is_false(site):  # noqa: F811
    lines = tag_value(site).splitlines()
    at = lines.index("FileName: ./etc/kept")
    for i in range(at, at + 8):
        if lines[i].startswith("FileChecksum: SHA256: "):
            lines[i] = "FileChecksum: SHA256: " + "ab" * 32
            break
    lines = [one.replace("pkg:deb/debian/beta@", "pkg:deb/debian/delta@") for one in lines]
    lines[lines.index("PackageName: beta")] = "PackageName: delta"
    site.attest_older("\n".join(lines))
    refused(site.verify("--type", "spdx"), E_SBOM_FILE_CHANGED={"/etc/kept"},
            E_SBOM_PACKAGE_ADDED={"beta"}, E_SBOM_PACKAGE_MISSING={"delta"})


def test_text_of_tag_value_claims_nothing(site):  # noqa: F811
    text = tag_value(site) + "PackageComment: <text>\nFileName: ./etc/invented\n</text>\n"
    site.attest_older(text)
    assert site.verify("--type", "spdx").code == OK
    site.attest_older(text.replace("</text>\n", "") + "<text>")
    assert site.verify("--type", "spdx").code != OK
