# SPDX-License-Identifier: Apache-2.0
"""Signing with certificates and timestamps."""
import json

import pytest
from program import BAD_INPUT, CHECK_FAILED, USAGE
from signatures import DER, Stored, b64, openssl, read, signed_statement, unb64, write
from signing import digest_of, path_of, refused, run
from signing import archive, image  # noqa: F401  (fixtures)


def test_signature_with_a_certificate(waybill, tmp_path, keys, image, pki):
    certificate = pki.leaf(keys["p384"])
    path = pki.save("leaf.crt", certificate)
    run(waybill, "sign", "--key", keys["p384"].path, "--certificate", path, "--certificate-chain",
        pki.chain_path, "--format", "both", image)
    stored, digest = Stored(path_of(image)), digest_of(image)
    [text] = stored.bundles(digest)
    assert json.loads(text)["verificationMaterial"] == {
        "certificate": {"rawBytes": b64(certificate.public_bytes(DER))}}
    signed_statement(text, keys["p384"], hint="")
    [layer] = stored.layers(digest, ".sig")
    assert layer["annotations"]["dev.sigstore.cosign/certificate"].encode() == read(path)
    assert layer["annotations"]["dev.sigstore.cosign/chain"].encode() == read(pki.chain_path)


def test_certificate_of_another_key(waybill, keys, image, pki):
    path = pki.save("other.crt", pki.leaf(keys["p256"]))
    refused(waybill, "sign", "--key", keys["p384"].path, "--certificate", path, image,
            code=BAD_INPUT, text="another key")
    refused(waybill, "sign", "--key", keys["p384"].path, "--certificate-chain", path, image,
            code=USAGE, text="--certificate")


def timestamps_of(text):
    material = json.loads(text)["verificationMaterial"]
    return [unb64(one["signedTimestamp"])
            for one in material.get("timestampVerificationData", {}).get("rfc3161Timestamps", [])]


@pytest.mark.parametrize("transport", ["image", "archive"])
def test_timestamp_attached_later(waybill, tmp_path, keys, clock, request, transport):
    reference = request.getfixturevalue(transport)
    write(tmp_path / "p.json", "{}")
    run(waybill, "sign", "--key", keys["p256"].path, "--format", "both", reference)
    run(waybill, "attest", "--key", keys["p256"].path, "--format", "both", "--predicate",
        tmp_path / "p.json", reference)
    stored, digest = Stored(path_of(reference)), digest_of(reference)
    stamped = [unb64(json.loads(text)["dsseEnvelope"]["signatures"][0]["sig"])
               for text in stored.bundles(digest)]
    stamped.append(unb64(stored.layers(digest, ".sig")[0]["annotations"]
                         ["dev.cosignproject.cosign/signature"]))
    stamped.append(stored.blob(stored.layers(digest, ".att")[0]))
    for data in stamped:
        path = write(tmp_path / "reply", clock.stamp(data))
        run(waybill, "attach", "timestamp", "--timestamp-response", path, reference)
    stored = Stored(path_of(reference))
    texts = stored.bundles(digest)
    assert len(texts) == 2
    for text in texts:
        value = json.loads(text)
        signature = write(tmp_path / "sig", unb64(value["dsseEnvelope"]["signatures"][0]["sig"]))
        [response] = timestamps_of(text)
        openssl("ts", "-verify", "-data", signature, "-in", write(tmp_path / "r", response), "-CAfile",
                clock.chain_path)
        signed_statement(text, keys["p256"])
    for suffix in (".sig", ".att"):
        [layer] = stored.layers(digest, suffix)
        stated = json.loads(layer["annotations"]["dev.sigstore.cosign/rfc3161timestamp"])
        assert list(stated) == ["SignedRFC3161Timestamp"]
    path = write(tmp_path / "reply", clock.stamp(b"something else"))
    refused(waybill, "attach", "timestamp", "--timestamp-response", path, reference,
            code=CHECK_FAILED, text="no timestamp of a signature of this image")
    path = write(tmp_path / "reply", b"nonsense")
    run(waybill, "attach", "timestamp", "--timestamp-response", path, reference, code=CHECK_FAILED)


def test_timestamp_of_something_else_is_not_signed_in(waybill, tmp_path, keys, clock):
    path = write(tmp_path / "reply", clock.stamp(b"something else"))
    done = refused(waybill, "sign-blob", "--key", keys["p256"].path, "--timestamp-response", path,
                   "-", stdin=b"x", code=BAD_INPUT, text="another signature")
    assert done.stdout == b""


def test_timestamp_of_a_deterministic_signature(waybill, tmp_path, keys, clock):
    path = write(tmp_path / "reply", clock.stamp(keys["rsa"].sign(b"x")))
    done = run(waybill, "sign-blob", "--key", keys["rsa"].path, "--timestamp-response", path,
               "--bundle", "-", "-", stdin=b"x")
    assert timestamps_of(done.stdout) == [read(path)]
