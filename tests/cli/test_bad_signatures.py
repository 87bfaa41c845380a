# SPDX-License-Identifier: Apache-2.0
"""Signatures that must not count, alone and beside good ones."""
import hashlib
import json
import os
import random
import time

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from program import BAD_INPUT, CHECK_FAILED
from signatures import (PROVENANCE, SIGN_PREDICATE, SIMPLE_SIGNING, SPDX, b64, bundle, envelope,
                        sha256, statement, to_json, write)
from verifying import Signed, blob_path, fails, proofs, run
from verifying import signed  # noqa: F401  (a fixture)


def bad_signatures(keys, signed):
    key, digest = keys["p256"], signed.digest
    good = statement(digest)
    other = "sha256:" + 64 * "a"

    def changed(**more):
        value = json.loads(bundle(envelope(good, key), key))
        value.update(more)
        return to_json(value)

    def with_envelope(**more):
        value = json.loads(bundle(envelope(good, key), key))
        value["dsseEnvelope"].update(more)
        return to_json(value)
    text = bundle(envelope(good, key), key)
    swapped = envelope(good, key)
    swapped["payload"] = b64(good.replace(b"{}", b"{ }"))
    return {
        "another image": (bundle(envelope(statement(other), key), key), "not of sha256:"),
        "name alone": (bundle(envelope(to_json({
            "_type": "https://in-toto.io/Statement/v1", "subject": [{"name": digest}],
            "predicateType": SIGN_PREDICATE, "predicate": {}}), key), key), "subject"),
        "payload changed": (bundle(swapped, key), "does not hold"),
        "payload type": (bundle(envelope(good, key, payload_type="text/plain"), key), "payload type"),
        "type not what was signed": (with_envelope(payloadType="application/vnd.in-toto+json "), ""),
        "payload signed without its type": (with_envelope(
            signatures=[{"sig": b64(key.sign(good))}]), "does not hold"),
        "signature of another key": (with_envelope(
            signatures=envelope(good, keys["other"])["signatures"]), "does not hold"),
        "no signature": (with_envelope(signatures=[]), "signature"),
        "two signatures": (with_envelope(
            signatures=envelope(good, keys["other"], key)["signatures"]), "one signature"),
        "empty signature": (with_envelope(signatures=[{"sig": ""}]), ""),
        "hint of another key": (bundle(envelope(good, key), keys["other"]), "another key"),
        "duplicate member": (text.replace(b'"payload":', b'"payload":"","payload":'), "duplicate"),
        "trailing bytes": (text + b"x", ""),
        "trailing object": (text + text, ""),
        "unknown member": (changed(extra=1), "extra"),
        "another media type": (changed(mediaType="application/json"), ""),
        "not JSON": (b"nonsense", ""),
        "empty": (b"", ""),
        "statement with a duplicate key": (bundle(envelope(good.replace(
            b'"predicate":', b'"predicateType":"x","predicate":'), key), key), "duplicate"),
        "statement of another kind": (bundle(envelope(good.replace(
            b"Statement/v1", b"Statement/v9"), key), key), "Statement/v9"),
        "statement with bytes behind": (bundle(envelope(good + b" {}", key), key), ""),
        "message signature": (bundle(({}, key.sign(good)), key), "no statement"),
        "deep": (b"[" * 100000, ""),
    }


@pytest.mark.parametrize("name", [
    "another image", "name alone", "payload changed", "payload type", "type not what was signed",
    "payload signed without its type", "signature of another key", "no signature", "two signatures",
    "empty signature", "hint of another key", "duplicate member", "trailing bytes", "trailing object",
    "unknown member", "another media type", "not JSON", "empty", "statement with a duplicate key",
    "statement of another kind", "statement with bytes behind", "message signature", "deep"])
def test_bad_bundle_is_refused_alone_and_harmless_beside_a_good_one(waybill, tmp_path, keys, signed, name):
    text, reason = bad_signatures(keys, signed)[name]
    reference = signed.bundle(text).write()
    fails(waybill, "verify", "--key", keys["p256"].public_path, reference, text=reason)
    both = Signed(tmp_path / "both").sign(keys["p256"]).bundle(text).write()
    said = proofs(waybill, "verify", "--key", keys["p256"].public_path, both)
    assert len(said["proofs"]) == 1 and len(said["refusals"]) == 1


def test_gigabyte_is_refused_unread(waybill, tmp_path, keys, signed):
    key = ["--key", keys["p256"].public_path]
    reference = signed.sign(keys["p256"]).bundle(b"large").write()
    os.truncate(blob_path(signed.folder, sha256(b"large")), 1 << 30)
    began = time.monotonic()
    [refusal] = proofs(waybill, "verify", *key, reference)["refusals"]
    assert "1073741824 bytes, more than" in refusal["reason"]
    file, large = write(tmp_path / "file", b"content"), write(tmp_path / "large", b"")
    os.truncate(large, 1 << 30)
    for command, option in (("verify-blob", "--bundle"), ("verify-blob", "--signature"),
                            ("verify-blob-attestation", "--signature")):
        fails(waybill, command, *key, option, large, file, text="larger than", code=BAD_INPUT)
    assert time.monotonic() - began < 20


def test_annotations_that_look_like_paths_are_text(waybill, tmp_path, keys, signed):
    """Signed ones are compared and shown; those of descriptors are not believed."""
    key, evil = keys["p256"], "../../../etc/passwd"
    signed.layout.manifests[0]["annotations"].update({"org.opencontainers.image.title": evil, evil: evil})
    reference = signed.sign(key, **{evil: evil}).simple(key, {evil: evil}, **{evil: evil}).write()
    before = sorted(os.listdir(tmp_path))
    text = run(waybill, "verify", "--key", key.public_path, "-a", f"{evil}={evil}", reference).stdout
    assert text.decode().count(f"annotation {evil}={evil}") == 2
    fails(waybill, "verify", "--key", key.public_path, "-a", f"{evil}=etc/passwd", reference, text=evil)
    run(waybill, "tree", reference)
    run(waybill, "download", "signature", reference)
    assert sorted(os.listdir(tmp_path)) == before


def test_bad_older_signatures(waybill, tmp_path, keys):
    key = keys["p256"]
    cases = {
        "another image": lambda one: one.simple(key, digest="sha256:" + 64 * "a"),
        "does not hold": lambda one: one.simple(key, signature=key.sign(b"x")),
        "not base64": lambda one: one.simple(key, **{"dev.cosignproject.cosign/signature": "!"}),
        "type": lambda one: one.layer(".sig", b'{"critical":{}}', SIMPLE_SIGNING, **{
            "dev.cosignproject.cosign/signature": b64(key.sign(b'{"critical":{}}'))}),
    }
    for number, (text, make) in enumerate(cases.items()):
        reference = make(Signed(tmp_path / str(number))).write()
        fails(waybill, "verify", "--key", key.public_path, reference,
              text="" if text == "type" else text)


def test_envelope_with_several_signatures(waybill, keys, signed):
    payload = statement(signed.digest, SPDX)
    reference = signed.dsse(envelope(payload, keys["other"], keys["rsa"], keys["p256"])).write()
    for kind in ("p256", "rsa", "other"):
        run(waybill, "verify-attestation", "--key", keys[kind].public_path, reference)
    two = ["--key", keys["p256"].public_path, "--key", keys["rsa"].public_path, "--threshold", "2"]
    assert len(proofs(waybill, "verify-attestation", *two, reference)["proofs"]) == 2
    fails(waybill, "verify-attestation", "--key", keys["p384"].public_path, reference,
          text="does not hold")


# What a terminal obeys, what ends a line, what turns the direction of writing.
UNSHOWABLE = "\x1b\x85\x9b\u200f\u2028\u202e\u2066"


def test_terminals_are_not_written_to(waybill, keys, signed):
    evil = f"{UNSHOWABLE}evil\nverified everything"
    key = keys["p256"]
    reference = signed.sign(key, **{"note": evil, evil: "x"}).attest(key, f"https://x/{evil}").write()
    for command in ("verify", "verify-attestation", "tree"):
        more = [] if command == "tree" else ["--key", key.public_path]
        text = run(waybill, command, *more, reference).stdout.decode()
        assert "evil" in text and not set(UNSHOWABLE) & set(text)
        assert "\nverified everything" not in text


def test_attestations_are_no_news_to_who_asks_for_signatures(waybill, keys, signed):
    key = ["--key", keys["p256"].public_path]
    reference = signed.sign(keys["p256"]).attest(keys["p256"]).attest(keys["p256"], PROVENANCE).write()
    assert b"not counted" not in run(waybill, "verify", *key, reference).stdout
    assert len(proofs(waybill, "verify", *key, reference)["refusals"]) == 2
    typed = ["verify-attestation", "--type", "spdxjson", *key, reference]
    assert b"not counted" not in run(waybill, *typed).stdout
    assert len(proofs(waybill, *typed)["refusals"]) == 2


def test_bundle_of_very_many_values_is_not_parsed(waybill, tmp_path, keys, signed):
    many = b'{"mediaType":"x","payload":[' + b"0," * 200_000 + b"0]}"
    reference = signed.sign(keys["p256"]).bundle(many).write()
    assert b"more than 100000 values" in run(
        waybill, "verify", "--key", keys["p256"].public_path, reference).stdout
    fails(waybill, "verify-blob-attestation", "--key", keys["p256"].public_path, "--bundle",
          write(tmp_path / "b", many), write(tmp_path / "f", b"x"), text="values", code=BAD_INPUT)


@pytest.mark.parametrize("name, value", [
    ("sha512", lambda digest: "ab" * 64), ("sha1", lambda digest: "ab" * 20),
    ("sha256", str.upper), ("SHA256", str), ("gitCommit", str), ("sha256", lambda digest: digest + " "),
    ("sha256", lambda digest: "sha256:" + digest), ("sha256", lambda digest: digest[:-1]),
    ("sha256", lambda digest: [digest]), ("sha256", lambda digest: digest + "\0"),
])
def test_subject_is_the_digest_exactly(waybill, keys, signed, name, value):
    digest = {name: value(signed.digest.removeprefix("sha256:"))}
    for command, kind in (("verify", SIGN_PREDICATE), ("verify-attestation", SPDX)):
        payload = to_json({"_type": "https://in-toto.io/Statement/v1", "subject": [{"digest": digest}],
                           "predicateType": kind, "predicate": {}})
        one = Signed(f"{signed.folder}-{command}")
        reference = one.bundle(bundle(envelope(payload, keys["p256"]), keys["p256"]), kind).write()
        fails(waybill, command, "--key", keys["p256"].public_path, reference, text="")


def integer(value, zeros=0):
    data = zeros * b"\0" + value.to_bytes(value.bit_length() // 8 + 1, "big")
    return b"\x02" + bytes([len(data)]) + data


def sequence(*parts, long_form=b""):
    data = b"".join(parts)
    return b"\x30" + long_form + bytes([len(data)]) + data


def test_ecdsa_signatures_have_one_spelling(waybill, tmp_path, keys):
    key, file = keys["p256"], write(tmp_path / "file", b"content")
    good = key.sign(b"content")
    r, s = decode_dss_signature(good)
    order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551
    command = ["verify-blob", "--key", key.public_path, "--signature", tmp_path / "sig", file]
    write(tmp_path / "sig", sequence(integer(r), integer(s)))
    run(waybill, *command)
    for bad in (sequence(integer(r, zeros=1), integer(s)), sequence(integer(r), integer(s), b"\5\0"),
                sequence(integer(r), integer(s), long_form=b"\x81"), good + b"\0", good[:-1],
                sequence(integer(0), integer(s)), sequence(integer(r), integer(0)),
                sequence(integer(r + order), integer(s)), sequence(integer(r), integer(s + order)),
                r.to_bytes(32, "big") + s.to_bytes(32, "big")):
        write(tmp_path / "sig", bad)
        fails(waybill, *command, text="does not hold")


def test_rsa_signatures_have_one_padding(waybill, tmp_path, keys):
    key, file = keys["rsa"], write(tmp_path / "file", b"content")
    numbers = key.private.private_numbers()
    n, d = numbers.public_numbers.n, numbers.d
    digest = hashlib.sha256(b"content").digest()
    info = bytes.fromhex("3031300d060960864801650304020105000420") + digest
    without_null = bytes.fromhex("302f300b0609608648016503040201") + b"\4\x20" + digest

    def raw(text, more=b"", filling=None):
        filling = 253 - len(text) - len(more) if filling is None else filling
        padded = b"\0\1" + filling * b"\xff" + b"\0" + text + more
        padded += (256 - len(padded)) * b"\xaa"
        return pow(int.from_bytes(padded, "big"), d, n).to_bytes(256, "big")
    command = ["verify-blob", "--key", key.public_path, "--signature", tmp_path / "sig", file]
    write(tmp_path / "sig", raw(info))
    run(waybill, *command)
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    for bad in (raw(without_null), raw(digest), raw(info, b"\0" * 9), raw(info, filling=8),
                raw(info)[1:], b"\0" + raw(info),
                key.private.sign(b"content", pss, hashes.SHA256()),
                *(key.private.sign(b"content", padding.PKCS1v15(), one())
                  for one in (hashes.SHA1, hashes.SHA384, hashes.SHA512))):
        write(tmp_path / "sig", bad)
        fails(waybill, *command, text="does not hold")


def flips(data, count, dice):
    for bit in dice.sample(range(8 * len(data)), count):
        changed = bytearray(data)
        changed[bit // 8] ^= 1 << bit % 8
        yield bit, bytes(changed)


def test_flipped_bits_on_the_command_line(waybill, tmp_path, keys):
    """A sample: the unit tests flip every bit. Bits that mean nothing (a hint that goes missing) may
    verify only as what they were."""
    key, dice = keys["p256"], random.Random(20)
    file = write(tmp_path / "file", b"content")
    digest = {"algorithm": "SHA2_256", "digest": b64(hashlib.sha256(b"content").digest())}
    message = bundle((digest, key.sign(b"content")), key)
    attested = bundle(envelope(statement(sha256(b"content"), SPDX), key), key)
    for command, text in (("verify-blob", message), ("verify-blob-attestation", attested)):
        for bit, changed in flips(text, 60, dice):
            path = write(tmp_path / "b", changed)
            done = waybill.run(command, "--key", key.public_path, "--bundle", path, file)
            assert done.code in (CHECK_FAILED, BAD_INPUT), f"bit {bit}: {done}\n{changed}"
    for bit, changed in flips(b64(key.sign(b"content")).encode(), 30, dice):
        path = write(tmp_path / "s", changed)
        done = waybill.run("verify-blob", "--key", key.public_path, "--signature", path, file)
        assert done.code in (CHECK_FAILED, BAD_INPUT), f"bit {bit}: {done}\n{changed}"
