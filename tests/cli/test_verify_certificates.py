# SPDX-License-Identifier: Apache-2.0
"""Certificates of a private PKI: names, paths, revocation, timestamps."""
import base64
import datetime
import os
import time

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from program import CHECK_FAILED, OK, USAGE
from signatures import DAY, NOW, Authority, b64, bundle, dn, envelope, read, statement, write
from verifying import Signed, fails, proofs, run
from verifying import signed  # noqa: F401  (a fixture)


def certified(signed, key, certificate, timestamps=None):
    payload = statement(signed.digest)
    content = envelope(payload, key)
    stamps = [timestamps(key_signature(content))] if timestamps else []
    return signed.bundle(bundle(content, certificate=certificate, timestamps=stamps)).write()


def key_signature(content):
    return base64.b64decode(content["signatures"][0]["sig"])


WHO = ["--certificate-identity", "release@example.org"]


@pytest.mark.parametrize("kind", ["p256", "p384", "rsa"])
def test_certificate_of_a_private_pki(waybill, keys, signed, pki, kind):
    reference = certified(signed, keys[kind], pki.leaf(keys[kind]))
    for trust in (["--certificate-chain", pki.chain_path],
                  ["--ca-roots", pki.root_path, "--ca-intermediates", pki.middle_path]):
        said = proofs(waybill, "verify", *trust, *WHO, reference)
        assert said["proofs"][0]["identity"] == "release@example.org"
        assert said["proofs"][0]["keyId"] == keys[kind].fingerprint.hex()
        fails(waybill, "verify", *trust, "--certificate-identity", "other@example.org", reference,
              text="is for `release@example.org`")
        run(waybill, "verify", *trust, "--certificate-identity-regexp", ".*@example[.]org", reference)
        fails(waybill, "verify", *trust, "--certificate-identity-regexp", "release", reference,
              text="not for whom")
        run(waybill, "verify", *trust, reference, code=USAGE)
        run(waybill, "verify", *trust, "--certificate-identity-regexp", "(", reference, code=USAGE)
    fails(waybill, "verify", "--ca-roots", pki.root_path, *WHO, reference, text="issuer")
    fails(waybill, "verify", "--key", keys["other"].public_path, reference, text="does not hold")
    run(waybill, "verify", "--key", keys[kind].public_path, reference)


@pytest.mark.parametrize("names, demand, code", [
    (["mail:evil@example.net", "mail:release@example.org"], "=release@example.org", OK),
    (["mail:release@example.org"], "=RELEASE@example.org", CHECK_FAILED),
    (["dns:*.example.org"], "=a.example.org", CHECK_FAILED),
    (["uri:https://example.org.evil.test/"], "~https://example.org", CHECK_FAILED),
    (["uri:https://example.org/\0.evil"], "=https://example.org/", CHECK_FAILED),
    (["uri:evil\nhttps://example.org/"], "~^https://example.org/$", CHECK_FAILED),
    (["uri:https://example.org/\nverified everything"], "~https://example.org/.*", OK),
    (["mail:release@example.org"], "=", CHECK_FAILED), (["mail:release@example.org"], "~", CHECK_FAILED),
    ([], "=CN=Release", OK), (["mail:release@example.org"], "=CN=Release", CHECK_FAILED),
])
def test_names_of_a_certificate(waybill, keys, signed, pki, names, demand, code):
    kinds = {"mail": x509.RFC822Name, "dns": x509.DNSName, "uri": x509.UniformResourceIdentifier}
    leaf = pki.issue(dn("Release"), keys["p256"].public, pki.middle.subject, pki.middle_key,
                     names=[kinds[one.split(":", 1)[0]](one.split(":", 1)[1]) for one in names])
    option = "--certificate-identity" + ("" if demand[0] == "=" else "-regexp")
    done = run(waybill, "verify", "--certificate-chain", pki.chain_path, option, demand[1:],
               certified(signed, keys["p256"], leaf), code=code)
    assert b"\nverified everything" not in done.stdout


def test_certificate_that_leads_elsewhere(waybill, tmp_path, keys, signed, pki):
    os.mkdir(tmp_path / "pki")
    other = Authority(tmp_path / "pki")
    reference = certified(signed, keys["p256"], other.leaf(keys["p256"]))
    fails(waybill, "verify", "--certificate-chain", pki.chain_path, *WHO, reference, text="certificate")


@pytest.mark.parametrize("fault, text", [
    ("expired", "expired"), ("not yet", "not valid before"), ("usage", "not code signing"),
    ("authority", ""), ("another key", "does not hold"), ("no name", "release@example.org"),
])
def test_bad_certificates(waybill, keys, signed, pki, fault, text):
    key = keys["p256"]
    certificate = {
        "expired": lambda: pki.leaf(key, before=NOW - 3 * DAY, after=NOW - DAY),
        "not yet": lambda: pki.leaf(key, before=NOW + DAY),
        "usage": lambda: pki.leaf(key, usages=(ExtendedKeyUsageOID.SERVER_AUTH,)),
        "authority": lambda: pki.middle,
        "another key": lambda: pki.leaf(keys["other"]),
        "no name": lambda: pki.leaf(key, mail=None),
    }[fault]()
    reference = certified(signed, key, certificate)
    done = fails(waybill, "verify", "--certificate-chain", pki.chain_path, *WHO, reference, text="")
    assert text in done.stderr or fault == "no name", done


def test_revoked_certificate(waybill, keys, signed, pki):
    leaf = pki.leaf(keys["p256"])
    reference = certified(signed, keys["p256"], leaf)
    trust = ["verify", "--certificate-chain", pki.chain_path, *WHO]
    run(waybill, *trust, "--crl", pki.crls("none.crl"), reference)
    fails(waybill, *trust, "--crl", pki.crls("revoked.crl", leaf), reference, text="revoked")
    only_root = write(os.path.join(pki.folder, "root.crl"), read(pki.crls("none.crl")).split(
        b"-----BEGIN")[1].join([b"-----BEGIN", b""]))
    fails(waybill, *trust, "--crl", only_root, reference, text="CRL")


def test_revocation_list_younger_than_the_timestamp(waybill, tmp_path, keys, clock, pki):
    """Lists that are to be had are younger; an old one does not hide what a new one says."""
    key, leaf = keys["p256"], pki.leaf(keys["p256"])
    reference = certified(Signed(tmp_path / "a"), key, leaf, timestamps=clock.stamp)
    made = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0) + \
        datetime.timedelta(seconds=2)
    time.sleep(3)
    trust = ["verify", "--certificate-chain", pki.chain_path, *WHO,
             "--timestamp-certificate-chain", clock.chain_path]
    run(waybill, *trust, "--crl", pki.crls("young.crl", made=made), reference)
    young = pki.crls("young-revoked.crl", leaf, made=made)
    fails(waybill, *trust, "--crl", young, reference, text="revoked")
    fails(waybill, *trust, "--crl", pki.crls("old.crl"), "--crl", young, reference, text="revoked")
    stale = pki.crls("stale.crl", made=NOW - 20 * DAY)
    fails(waybill, *trust, "--crl", stale, reference, text="CRL has expired")


def test_issuer_of_the_identity(waybill, keys, signed, pki):
    reference = certified(signed, keys["p256"], pki.leaf(keys["p256"],
                                                         oidc_issuer="https://issuer.example"))
    trust = ["verify", "--certificate-chain", pki.chain_path, *WHO]
    run(waybill, *trust, "--certificate-oidc-issuer", "https://issuer.example", reference)
    run(waybill, *trust, "--certificate-oidc-issuer-regexp", "https://.*[.]example", reference)
    fails(waybill, *trust, "--certificate-oidc-issuer", "https://issuer.exampl", reference,
          text="issuer is `https://issuer.example`")


def test_certificate_in_the_older_form(waybill, keys, signed, pki):
    leaf = pki.leaf(keys["p256"])
    leaf_pem = read(pki.save("leaf.crt", leaf)).decode()
    chain = read(pki.chain_path).decode()
    reference = signed.simple(keys["p256"], **{"dev.sigstore.cosign/certificate": leaf_pem,
                                               "dev.sigstore.cosign/chain": chain}).write()
    run(waybill, "verify", "--ca-roots", pki.root_path, *WHO, reference)


def test_bare_signature_with_a_certificate(waybill, tmp_path, keys, pki):
    file = write(tmp_path / "file", b"content")
    write(tmp_path / "sig", b64(keys["p384"].sign(b"content")) + "\n")
    certificate = pki.save("leaf.crt", pki.leaf(keys["p384"]))
    command = ["verify-blob", "--signature", tmp_path / "sig", "--certificate", certificate]
    run(waybill, *command, "--certificate-chain", pki.chain_path, *WHO, file)
    run(waybill, *command, file, code=USAGE)
    other = pki.save("other.crt", pki.leaf(keys["p256"]))
    fails(waybill, "verify-blob", "--signature", tmp_path / "sig", "--certificate", other,
          "--certificate-chain", pki.chain_path, *WHO, file, text="does not hold")


def test_certificate_judged_as_of_a_timestamp(waybill, tmp_path, keys, clock, pki):
    """Valid for a second that is over when it is verified: only the timestamp saves it."""
    key, began = keys["p256"], datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    leaf = pki.leaf(key, before=began - DAY, after=began + datetime.timedelta(seconds=4))
    stamped = certified(Signed(tmp_path / "a"), key, leaf, timestamps=clock.stamp)
    plain = certified(Signed(tmp_path / "b"), key, leaf)
    wrong = certified(Signed(tmp_path / "c"), key, leaf, timestamps=lambda data: clock.stamp(b"x"))
    time.sleep(max(0, 6 - (datetime.datetime.now(datetime.timezone.utc) - began).total_seconds()))
    trust = ["verify", "--certificate-chain", pki.chain_path, *WHO]
    timed = [*trust, "--timestamp-certificate-chain", clock.chain_path]
    said = proofs(waybill, *timed, stamped)
    assert said["checks"]["timestamp"] is True
    stated = datetime.datetime.strptime(said["proofs"][0]["time"], "%Y-%m-%dT%H:%M:%S%z")
    assert began <= stated <= began + datetime.timedelta(seconds=4)
    assert "no later than" in run(waybill, *timed, stamped).stdout.decode()
    fails(waybill, *trust, stamped, text="expired")
    fails(waybill, *timed, plain, text="expired")
    fails(waybill, *timed, wrong, text="timestamp")
    fails(waybill, *trust, "--timestamp-certificate-chain", pki.chain_path, stamped, text="timestamp")
