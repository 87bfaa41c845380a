# SPDX-License-Identifier: Apache-2.0
"""attest: predicates made elsewhere, and SBOMs made in the same run."""
import json

import pytest
from program import CHECK_FAILED, USAGE
from signatures import CYCLONEDX, DSSE, PROVENANCE, SPDX, Stored, signed_statement, write
from signing import digest_of, path_of, refused, run
from signing import image, multi  # noqa: F401  (fixtures)


@pytest.mark.parametrize("form", ["bundle", "legacy"])
@pytest.mark.parametrize("kind", ["p256", "ed25519"])
def test_attested_predicate(waybill, tmp_path, keys, image, kind, form):
    digest = digest_of(image)
    predicate = b'{"buildDefinition": {"n": 1000000000000000000, "x": 1e2}}'
    write(tmp_path / "p.json", predicate)
    run(waybill, "attest", "--key", keys[kind].path, "--predicate", tmp_path / "p.json", "--type",
        "slsaprovenance1", "--format", form, image)
    stored = Stored(path_of(image))
    if form == "bundle":
        [(_, manifest)] = stored.referrers(digest)
        assert manifest["annotations"]["dev.sigstore.bundle.predicateType"] == PROVENANCE
        text = stored.blob(manifest["layers"][0])
    else:
        [layer] = stored.layers(digest, ".att")
        assert layer["mediaType"] == DSSE
        assert layer["annotations"] == {"dev.cosignproject.cosign/signature": "",
                                        "predicateType": PROVENANCE}
        text = stored.blob(layer)
    payload = signed_statement(text, keys[kind])
    assert payload.endswith(b',"predicateType":"%s","predicate":%s}' % (PROVENANCE.encode(), predicate))
    assert json.loads(payload)["subject"][0]["digest"] == {"sha256": digest[7:]}


def test_type_may_be_a_uri_and_must_be_one_or_known(waybill, tmp_path, keys, image):
    write(tmp_path / "p.json", "{}")
    arguments = ["attest", "--key", keys["p256"].path, "--predicate", tmp_path / "p.json"]
    run(waybill, *arguments, "--type", "https://example.org/review", image)
    run(waybill, *arguments, image)
    types = {json.loads(signed_statement(text, keys["p256"]))["predicateType"]
             for text in Stored(path_of(image)).bundles(digest_of(image))}
    assert types == {"https://example.org/review", "https://cosign.sigstore.dev/attestation/v1"}
    refused(waybill, *arguments, "--type", "nonsense", image, code=USAGE, text="spdxjson")


@pytest.mark.parametrize("form, type", [("spdx-json", SPDX), ("cyclonedx-json", CYCLONEDX)])
def test_sbom_made_and_attested_is_the_one_that_sbom_writes(waybill, keys, image, form, type):
    run(waybill, "attest", "--key", keys["p256"].path, "--sbom", form, "-q", image)
    [text] = Stored(path_of(image)).bundles(digest_of(image))
    payload = signed_statement(text, keys["p256"])
    assert json.loads(payload)["predicateType"] == type
    document = run(waybill, "sbom", "-o", form, image).stdout
    assert json.loads(payload)["predicate"] == json.loads(document)
    assert json.loads(run(waybill, "download", "sbom", image).stdout) == json.loads(document)


@pytest.mark.parametrize("form, type", [("spdx3-json", SPDX + "/v3"), ("cyclonedx-json@1.7", CYCLONEDX),
                                        ("spdx-tag-value", SPDX)])
def test_other_forms_of_sboms(waybill, keys, image, form, type):
    """Under the predicate types of in-toto and cosign, and the same as `sbom` writes them."""
    run(waybill, "attest", "--key", keys["p256"].path, "--sbom", form, "-q", image)
    [text] = Stored(path_of(image)).bundles(digest_of(image))
    statement = json.loads(signed_statement(text, keys["p256"]))
    assert statement["predicateType"] == type
    document = run(waybill, "sbom", "-o", form, image).stdout
    assert statement["predicate"] == (document.decode() if "tag" in form else json.loads(document))
    run(waybill, "verify-attestation", "--key", keys["p256"].public_path, "--type", type, image)


def test_digests_as_sbom_has_them(waybill, tmp_path, keys, image):
    """What BSI TR-03183-2 asks for can be attested, too."""
    write(tmp_path / "sums", f"{'ab' * 64}  base_1.0_amd64.deb\n")
    options = ["--files", "all", "--digests", "sha512", "--package-digests", tmp_path / "sums"]
    attest = ["attest", "--key", keys["p256"].path]
    run(waybill, *attest, "--sbom", "cyclonedx-json", *options, "-q", image)
    [text] = Stored(path_of(image)).bundles(digest_of(image))
    predicate = json.loads(signed_statement(text, keys["p256"]))["predicate"]
    assert predicate == json.loads(run(waybill, "sbom", "-o", "cyclonedx-json", *options, image).stdout)
    files = [one for one in predicate["components"] if one["type"] == "file"]
    assert files and all({"SHA-512"} <= {h["alg"] for h in one["hashes"]} for one in files)
    refused(waybill, *attest, "--audit", "--digests", "sha512", image, code=USAGE, text="go with --sbom")


@pytest.mark.parametrize("form, text", [("coswid", "waybill sign --format cose"), ("table", "spdx3-json"),
                                        ("cyclonedx-xml", "predicate type"), ("cyclonedx-json@1.1", "VERSION")])
def test_forms_without_a_predicate_type(waybill, keys, image, form, text):
    refused(waybill, "attest", "--key", keys["p256"].path, "--sbom", form, image, code=USAGE, text=text)


def test_attestation_of_a_platform_is_asked_for_by_its_digest(waybill, keys, multi):
    reference, platforms, _ = multi
    key = keys["p256"]
    run(waybill, "attest", "--key", key.path, "--sbom", "spdx-json", "--all-platforms", reference)
    check = ["verify-attestation", "--key", key.public_path]
    done = run(waybill, *check, reference, code=CHECK_FAILED)
    assert "IMAGE@DIGEST" in done.stderr and "no attestation found" in done.lines[-1]
    for digest in platforms:
        run(waybill, *check, f"oci:{path_of(reference)}@{digest}")


def test_sboms_of_all_platforms(waybill, keys, multi):
    reference, platforms, _ = multi
    run(waybill, "attest", "--key", keys["p256"].path, "--sbom", "spdx-json", "--all-platforms",
        "-q", reference)
    stored = Stored(path_of(reference))
    assert [len(stored.bundles(one)) for one in platforms] == [1, 1]
