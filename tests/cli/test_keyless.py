# SPDX-License-Identifier: Apache-2.0
"""Bundles of a sigstore instance of our own, changed in every place that anything depends on: one
change, one refusal that names it. (tests/interop has the bundles of the real one.)"""
import json
import time

import pytest
import sigstore
from keyless import CONTENT, IN_TOTO, Made, entry, holds, set_in
from keyless import instance, judge  # noqa: F401  (fixtures)
from sigstore import IDENTITY, ISSUER, NOON, YEAR, b64, rfc3339, sha256

STATEMENT = json.dumps({
    "_type": "https://in-toto.io/Statement/v1", "predicateType": "https://example.org/predicate",
    "subject": [{"name": "file", "digest": {"sha256": sha256(CONTENT).hex()}}],
    "predicate": {}}).encode()


def sign_blob(instance, version=1, media_type=sigstore.BUNDLE, leaf=None, entry=None):
    key, certificate = leaf or instance.leaf()
    signature = key.sign(CONTENT, sigstore.SHA256)
    made = Made(instance, media_type, {"messageSignature": {
        "messageDigest": {"algorithm": "SHA2_256", "digest": b64(sha256(CONTENT))},
        "signature": b64(signature)}}, certificate, signature)
    body = sigstore.hashedrekord(version, sha256(CONTENT), signature, certificate=certificate)
    log = instance.log2 if version == 2 else instance.log
    return made.log(log.entry(body, **(entry or {})))


def sign_statement(instance, kind, leaf=None, recorded=STATEMENT):
    key, certificate = leaf or instance.leaf()
    signature = key.sign(sigstore.pae(IN_TOTO, STATEMENT), sigstore.SHA256)
    made = Made(instance, sigstore.BUNDLE, {"dsseEnvelope": {
        "payload": b64(STATEMENT), "payloadType": IN_TOTO,
        "signatures": [{"sig": b64(signature)}]}}, certificate, signature)
    by = {"certificate": certificate}
    if kind == "dsse v2":
        return made.log(instance.log2.entry(sigstore.dsse(2, recorded, signature, **by)))
    if kind == "hashedrekord v2":
        digest = sha256(sigstore.pae(IN_TOTO, recorded))
        return made.log(instance.log2.entry(sigstore.hashedrekord(2, digest, signature, **by)))
    body = (sigstore.dsse(1, recorded, signature, **by) if kind == "dsse"
            else sigstore.intoto(recorded, IN_TOTO, signature, **by))
    return made.log(instance.log.entry(body))


# ---- what holds ----

def test_a_file_in_a_log_with_promise_and_proof(instance, judge):
    holds(judge(sign_blob(instance)), IDENTITY, rfc3339(NOON), "1 entry checked")


@pytest.mark.parametrize("before,after", [(0, 0), (0, 1), (1, 0), (3, 4), (6, 0), (7, 0), (8, 3)])
def test_any_place_in_a_tree_of_any_size(instance, judge, before, after):
    holds(judge(sign_blob(instance, entry={"before": before, "after": after})))


@pytest.mark.parametrize("version", ["0.1", "0.2"])
def test_older_bundles(instance, judge, version):
    holds(judge(sign_blob(instance, media_type=sigstore.OLD_BUNDLE + version)))


def test_v01_lives_by_the_promise_alone(instance, judge):
    made = sign_blob(instance, media_type=sigstore.OLD_BUNDLE + "0.1")
    del made.entry["inclusionProof"]
    holds(judge(made))


@pytest.mark.parametrize("kind", ["dsse", "intoto"])
def test_a_statement_in_a_log(instance, judge, kind):
    holds(judge(sign_statement(instance, kind)), "https://example.org/predicate")


@pytest.mark.parametrize("kind", ["dsse v2", "hashedrekord v2"])
def test_a_statement_in_a_log_of_the_second_version(instance, judge, kind):
    made = sign_statement(instance, kind, leaf=instance.leaf(int(time.time()) - 300))
    holds(judge(made.stamp(instance.timestamps.stamp(made.signature))))


@pytest.mark.parametrize("embed", [True, False])
def test_a_file_in_a_log_of_the_second_version(instance, judge, embed):
    made = sign_blob(instance, 2, leaf=instance.leaf(int(time.time()) - 300))
    holds(judge(made.stamp(instance.timestamps.stamp(made.signature, embed))))


def test_extensions_of_a_certificate_timestamp_are_signed(instance, judge):
    leaf = instance.leaf(sct_extensions=b"\0\0\5\0\0\0\0\7")
    holds(judge(sign_blob(instance, leaf=leaf)))


def test_null_is_not_there(instance, judge, verify):
    """So says protobuf's JSON."""
    made = sign_blob(instance, media_type=sigstore.OLD_BUNDLE + "0.1")
    made.entry["inclusionProof"] = None
    made.root["tlogs"][0]["checkpointKeyId"] = None
    made.root["tlogs"][0]["publicKey"]["validFor"]["end"] = None
    holds(judge(made))
    made.entry["inclusionPromise"] = None
    verify.refuses_with(judge(made), "no inclusion promise")


def test_lines_of_base64(instance, judge):
    made = sign_blob(instance)
    made.material["certificate"]["rawBytes"] = sigstore.base64.encodebytes(
        made.certificate.public_bytes(sigstore.DER)).decode()
    holds(judge(made))


def test_witnesses_neither_help_nor_harm(instance, judge):
    made = sign_blob(instance)
    made.entry["inclusionProof"]["checkpoint"]["envelope"] += \
        "\N{EM DASH} witness.example " + b64(b"\1\2\3\4" + bytes(72)) + "\n"
    holds(judge(made))


def test_lines_of_the_log_in_a_checkpoint(instance, judge):
    made = sign_blob(instance)
    proof = made.entry["inclusionProof"]
    proof["checkpoint"]["envelope"] = instance.log.checkpoint(
        proof["treeSize"], sigstore.base64.b64decode(proof["rootHash"]), "Timestamp: 1\n")
    holds(judge(made))


def test_the_last_second_of_everything_counts(instance, judge):
    made = sign_blob(instance, entry={"time": NOON + 600})
    for one in (made.root["tlogs"][0]["publicKey"], made.root["certificateAuthorities"][0]):
        one["validFor"] = {"start": rfc3339(NOON + 600), "end": rfc3339(NOON + 600)}
    holds(judge(made))


# ---- what does not ----

def of(change):
    """A change of the bundle or its trusted root."""
    return lambda instance, made: change(made) and None


def root(*path, value):
    return lambda instance, made: set_in(made.root, path, value)


LATER, BEFORE = {"start": rfc3339(NOON + 1)}, {"start": rfc3339(NOON - YEAR), "end": rfc3339(NOON - 1)}
CHANGES = {
    "no entry": (of(lambda made: made.material["tlogEntries"].clear()), "nothing proves when"),
    "no proof": (of(lambda made: made.entry.pop("inclusionProof")), "no inclusion proof"),
    "no checkpoint": (of(lambda made: made.entry["inclusionProof"].pop("checkpoint")),
                      "no checkpoint"),
    "no promise": (of(lambda made: made.entry.pop("inclusionPromise")), "nothing proves when"),
    "other time": (entry("integratedTime", value=str(NOON + 1)), "signed entry timestamp"),
    "other index": (entry("logIndex", value="7"), "signed entry timestamp"),
    "negative index": (entry("logIndex", value="-1"), "logIndex"),
    "huge index": (entry("logIndex", value="9" * 30), "logIndex"),
    "other log": (entry("logId", "keyId", value=b64(bytes(32))), "does not name"),
    "other kind": (entry("kindVersion", "kind", value="dsse"), "not of the kind"),
    "other place": (entry("inclusionProof", "logIndex", value="4"), "does not lead"),
    "beyond the tree": (entry("inclusionProof", "logIndex", value="8"), "entry 8 of a log of 8"),
    "other size": (entry("inclusionProof", "treeSize", value="9"), "another tree"),
    "other root": (entry("inclusionProof", "rootHash", value=b64(bytes(32))), "another tree"),
    "one hash too few": (of(lambda made: made.entry["inclusionProof"]["hashes"].pop()), "too few"),
    "one hash too many": (of(lambda made: made.entry["inclusionProof"]["hashes"].append(
        b64(bytes(32)))), "too many"),
    "short hash": (entry("inclusionProof", "hashes", value=[b64(bytes(31))]), "32 bytes"),
    "unknown member": (entry("surprise", value=1), "unknown member"),
    "other file in the log": (lambda instance, made: set_in(
        made.material, ["tlogEntries", 0], instance.log.entry(sigstore.hashedrekord(
            1, sha256(b"other"), made.signature, certificate=made.certificate))), "other content"),
    "other signature in the log": (lambda instance, made: set_in(
        made.material, ["tlogEntries", 0], instance.log.entry(sigstore.hashedrekord(
            1, sha256(CONTENT), b"other", certificate=made.certificate))), "another signature"),
    "other certificate in the log": (lambda instance, made: set_in(
        made.material, ["tlogEntries", 0], instance.log.entry(sigstore.hashedrekord(
            1, sha256(CONTENT), made.signature, certificate=instance.leaf()[1]))),
        "another certificate"),
    "a false entry beside the true one": (lambda instance, made: made.log(
        instance.log.entry(sigstore.hashedrekord(1, sha256(b"other"), made.signature,
                                                 certificate=made.certificate))), "other content"),
    "entry late": (lambda instance, made: set_in(
        made.material, ["tlogEntries", 0], instance.log.entry(sigstore.hashedrekord(
            1, sha256(CONTENT), made.signature, certificate=made.certificate), NOON + 601)),
        "expired at"),
    "two certificates": (lambda instance, made: set_in(
        made.material, ["x509CertificateChain"],
        {"certificates": [made.material.pop("certificate")]}), "a chain"),
    "log not trusted yet": (root("tlogs", 0, "publicKey", "validFor", value=LATER),
                            "the log .* is not trusted"),
    "log no longer trusted": (root("tlogs", 0, "publicKey", "validFor", value=BEFORE),
                              "the log .* is not trusted"),
    "authority not trusted yet": (root("certificateAuthorities", 0, "validFor", value=LATER),
                                  "no certificate authority for the time"),
    "authority no longer trusted": (root("certificateAuthorities", 0, "validFor", value=BEFORE),
                                    "no certificate authority for the time"),
    "certificate log not trusted yet": (root("ctlogs", 0, "publicKey", "validFor", value=LATER),
                                        "certificate log .* is not trusted"),
    "no certificate log": (root("ctlogs", value=[]), "not logged by a certificate log"),
    "no log": (root("tlogs", value=[]), "does not name"),
    "validity upside down": (root("tlogs", 1, "publicKey", "validFor", value={
        "start": rfc3339(NOON), "end": rfc3339(NOON - 1)}), "ends before it starts"),
    "no start": (root("tlogs", 1, "publicKey", "validFor", value={}), "no `start`"),
    "key of another kind": (root("tlogs", 0, "publicKey", "keyDetails", value="PKIX_ED25519"),
                            "not the PKIX_ED25519"),
    "key of an unknown kind": (root("tlogs", 0, "publicKey", "keyDetails", value="ML_DSA_65"),
                               "kind that is not known"),
    "unknown root member": (root("surprise", value=[]), "unknown member"),
    "unknown root version": (root("mediaType", value="application/vnd.dev.sigstore.trustedroot"
                                  "+json;version=9"), "not known"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_one_change_is_one_refusal(instance, judge, verify, name):
    change, reason = CHANGES[name]
    made = sign_blob(instance)
    change(instance, made)
    verify.refuses_with(judge(made), reason, codes=(1, 3))


LEAVES = {
    "no certificate timestamp": ({"sct": False}, "no certificate timestamp"),
    "certificate timestamp by another key": (
        {"sct_key": sigstore.ec.generate_private_key(sigstore.ec.SECP256R1())},
        "certificate timestamp of .* does not hold"),
    "not for code signing": ({"purpose": sigstore.ExtendedKeyUsageOID.SERVER_AUTH},
                             "not code signing"),
    "other identity": ({"identity": IDENTITY + "x"}, "not for whom"),
    "other issuer": ({"issuer": ISSUER + "x"}, "OIDC issuer"),
    "not valid yet": ({"time": NOON + 1}, "not valid before"),
}


@pytest.mark.parametrize("name", LEAVES)
def test_certificates_that_do_not_hold(instance, judge, verify, name):
    options, reason = LEAVES[name]
    verify.refuses_with(judge(sign_blob(instance, leaf=instance.leaf(**options))), reason)


def test_a_certificate_of_another_authority(instance, judge, verify):
    made = sign_blob(sigstore.Instance())
    made.root = instance.trusted_root()
    made.root["tlogs"] = made.instance.trusted_root()["tlogs"]
    verify.refuses_with(judge(made), "no path leads|signature")


def test_other_content(instance, judge, verify):
    verify.refuses_with(judge(sign_blob(instance), content=b"other"), "signature does not hold")


@pytest.mark.parametrize("kind", ["dsse", "intoto"])
def test_a_log_entry_about_another_statement(instance, judge, verify, kind):
    made = sign_statement(instance, kind, recorded=STATEMENT + b" ")
    verify.refuses_with(judge(made), "another payload")


def test_the_second_version_needs_a_timestamp(instance, judge, verify):
    verify.refuses_with(judge(sign_blob(instance, 2)), "nothing proves when")


def stamped(instance):
    made = sign_blob(instance, 2, leaf=instance.leaf(int(time.time()) - 300))
    return made, made.signature


def test_a_timestamp_over_something_else(instance, judge, verify):
    made, _ = stamped(instance)
    made.stamp(instance.timestamps.stamp(b"something else"))
    verify.refuses_with(judge(made), "imprint mismatch")


def test_a_timestamp_by_another_authority(instance, judge, verify, tmp_path):
    made, signature = stamped(instance)
    made.stamp(sigstore.TimestampAuthority(tmp_path).stamp(signature))
    verify.refuses_with(judge(made), "timestamp does not hold")


def test_a_false_timestamp_beside_a_true_one(instance, judge, verify):
    made, signature = stamped(instance)
    made.stamp(instance.timestamps.stamp(signature)).stamp(instance.timestamps.stamp(b"else"))
    verify.refuses_with(judge(made), "imprint mismatch")


def test_a_timestamp_over_a_weak_hash(instance, judge, verify):
    made, signature = stamped(instance)
    made.stamp(instance.timestamps.stamp(signature, digest="sha1"))
    verify.refuses_with(judge(made), "not SHA-2")


def test_a_timestamp_when_the_authority_is_not_trusted(instance, judge, verify):
    made, signature = stamped(instance)
    made.stamp(instance.timestamps.stamp(signature))
    made.root["timestampAuthorities"][0]["validFor"] = BEFORE
    verify.refuses_with(judge(made), "authority .* is not trusted")


def test_a_timestamp_when_the_log_is_not_trusted(instance, judge, verify):
    made, signature = stamped(instance)
    made.stamp(instance.timestamps.stamp(signature))
    made.root["tlogs"][1]["publicKey"]["validFor"] = BEFORE
    verify.refuses_with(judge(made), "the log .* is not trusted")


def test_a_timestamp_outside_the_certificate(instance, judge, verify):
    """Beside a log entry in time: what cosign 3.1.1 accepts."""
    made = sign_blob(instance)
    made.stamp(instance.timestamps.stamp(made.signature))
    verify.refuses_with(judge(made), "expired at")
