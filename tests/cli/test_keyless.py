# SPDX-License-Identifier: Apache-2.0
"""Bundles of a sigstore instance of our own, changed in every place that anything depends on: one
change, one refusal that names it. (tests/interop has the bundles of the real one.)"""
import copy
import json
import time

import pytest

import sigstore
from program import OK
from sigstore import IDENTITY, ISSUER, NOON, YEAR, b64, rfc3339, sha256

CONTENT = b"what is signed\n"
STATEMENT = json.dumps({
    "_type": "https://in-toto.io/Statement/v1", "predicateType": "https://example.org/predicate",
    "subject": [{"name": "file", "digest": {"sha256": sha256(CONTENT).hex()}}],
    "predicate": {}}).encode()
IN_TOTO = "application/vnd.in-toto+json"


@pytest.fixture(scope="module")
def instance(tmp_path_factory):
    made = sigstore.Instance()
    made.timestamps = sigstore.TimestampAuthority(tmp_path_factory.mktemp("tsa"))
    return made


class Made:
    """A bundle with its trusted root, to be changed and judged."""

    def __init__(self, instance, media_type, content, certificate, signature):
        self.instance, self.certificate, self.signature = instance, certificate, signature
        material = {"certificate": {"rawBytes": b64(certificate.public_bytes(sigstore.DER))}}
        if media_type != sigstore.BUNDLE:
            material = {"x509CertificateChain": {"certificates": [material["certificate"]]}}
        material["tlogEntries"] = []
        self.bundle = {"mediaType": media_type, "verificationMaterial": material, **content}
        self.root = instance.trusted_root()

    @property
    def material(self):
        return self.bundle["verificationMaterial"]

    @property
    def entry(self):
        return self.material["tlogEntries"][0]

    def log(self, entry):
        self.material["tlogEntries"].append(entry)
        return self

    def stamp(self, response):
        data = self.material.setdefault("timestampVerificationData", {"rfc3161Timestamps": []})
        data["rfc3161Timestamps"].append({"signedTimestamp": b64(response)})
        return self


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


@pytest.fixture
def judge(verify, tmp_path):
    def run(made, *whom, content=CONTENT):
        for name, data in (("bundle", made.bundle), ("root", made.root)):
            (tmp_path / name).write_text(json.dumps(data))
        (tmp_path / "file").write_bytes(content)
        whom = whom or ("--certificate-identity", IDENTITY, "--certificate-oidc-issuer", ISSUER)
        return verify.bundle(tmp_path / "bundle", tmp_path / "file", *whom, "--trusted-root",
                             str(tmp_path / "root"))
    return run


def holds(run, *texts):
    assert run.code == OK, run
    for text in texts:
        assert text in run.stdout.decode(), run.stdout


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


def set_in(made, path, value):
    *way, last = path
    for step in way:
        made = made[step]
    made[last] = value


def entry(*path, value):
    return lambda instance, made: set_in(made.entry, path, value)


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


# ---- keys ----

def keyed(instance, entries, key=None):
    key = key or sigstore.ec.generate_private_key(sigstore.ec.SECP256R1())
    signature = key.sign(CONTENT, sigstore.SHA256)
    made = Made(instance, sigstore.BUNDLE, {"messageSignature": {
        "messageDigest": {"algorithm": "SHA2_256", "digest": b64(sha256(CONTENT))},
        "signature": b64(signature)}}, instance.leaf()[1], signature)
    del made.material["certificate"]
    made.material["publicKey"] = {"hint": b64(sha256(sigstore.spki(key)))}
    for log, recorded in entries:
        body = sigstore.hashedrekord(log.version, sha256(recorded), signature, key=key)
        made.log(log.entry(body))
    return made, key


@pytest.fixture
def judge_key(judge, tmp_path):
    def run(made, key):
        (tmp_path / "key").write_bytes(key.public_key().public_bytes(sigstore.PEM, sigstore.SPKI))
        return judge(made, "--key", str(tmp_path / "key"))
    return run


def test_a_key_with_log_entries(instance, judge_key):
    made, key = keyed(instance, [(instance.log, CONTENT), (instance.log2, CONTENT)])
    holds(judge_key(made, key), "2 entries checked")


def test_a_key_without_log_entries(instance, judge_key):
    holds(judge_key(*keyed(instance, [])))


def test_a_key_with_a_false_log_entry(instance, judge_key, verify):
    made, key = keyed(instance, [(instance.log, b"other")])
    verify.refuses_with(judge_key(made, key), "other content")


def test_a_key_with_an_entry_of_another_key(instance, judge_key, verify):
    made, key = keyed(instance, [(instance.log, CONTENT)])
    other, _ = keyed(instance, [(instance.log, CONTENT)])
    made.material["tlogEntries"] = copy.deepcopy(other.material["tlogEntries"])
    verify.refuses_with(judge_key(made, key), "another signature")


# ---- images ----

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
EMPTY = "application/vnd.oci.empty.v1+json"
SIMPLE, DSSE = ("application/vnd.dev.cosign.simplesigning.v1+json",
                "application/vnd.dsse.envelope.v1+json")


class Layout:
    """An OCI layout with one image and what is attached to it."""

    def __init__(self, folder):
        self.folder, self.entries = folder, []
        (folder / "blobs" / "sha256").mkdir(parents=True)
        (folder / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
        layer = self.blob(b"layer", "application/vnd.oci.image.layer.v1.tar")
        self.image = self.manifest(b'{"os":"linux","architecture":"amd64"}', [layer], CONFIG)
        self.list(self.image, "v1")

    def blob(self, data, media_type, **more):
        digest = sha256(data).hex()
        (self.folder / "blobs" / "sha256" / digest).write_bytes(data)
        return {"mediaType": media_type, "digest": "sha256:" + digest, "size": len(data), **more}

    def manifest(self, config, layers, config_type, **more):
        document = {"schemaVersion": 2, "mediaType": MANIFEST, "layers": layers,
                    "config": self.blob(config, config_type), **more}
        return self.blob(json.dumps(document).encode(), MANIFEST)

    def list(self, descriptor, name=None):
        named = {"annotations": {"org.opencontainers.image.ref.name": name}} if name else {}
        self.entries.append({**descriptor, **named})
        (self.folder / "index.json").write_text(json.dumps(
            {"schemaVersion": 2, "manifests": self.entries}))

    def attach_bundle(self, bundle):
        layer = self.blob(json.dumps(bundle).encode(), sigstore.BUNDLE)
        self.list(self.manifest(b"{}", [layer], EMPTY, artifactType=sigstore.BUNDLE,
                                subject=self.image))

    def attach_layer(self, suffix, data, media_type, annotations):
        layer = self.blob(data, media_type, annotations=annotations)
        tag = self.image["digest"].replace(":", "-") + suffix
        self.list(self.manifest(b"{}", [layer], CONFIG), tag)


@pytest.fixture
def layout(tmp_path):
    return Layout(tmp_path / "layout")


@pytest.fixture
def judge_layout(instance, verify, layout, tmp_path):
    def run(identity=IDENTITY):
        (tmp_path / "root").write_text(json.dumps(instance.trusted_root()))
        return verify.run(str(layout.folder), "--certificate-identity", identity,
                          "--certificate-oidc-issuer", ISSUER, "--trusted-root",
                          str(tmp_path / "root"), "--verbose")
    return run


def statement_of(layout):
    return json.dumps({
        "_type": "https://in-toto.io/Statement/v1",
        "predicateType": "https://sigstore.dev/cosign/sign/v1",
        "subject": [{"digest": {"sha256": layout.image["digest"][7:]}, "annotations": {}}],
        "predicate": {}}).encode()


def test_an_image_with_a_bundle(instance, layout, judge_layout):
    key, certificate = instance.leaf()
    payload = statement_of(layout)
    signature = key.sign(sigstore.pae(IN_TOTO, payload), sigstore.SHA256)
    made = Made(instance, sigstore.BUNDLE, {"dsseEnvelope": {
        "payload": b64(payload), "payloadType": IN_TOTO,
        "signatures": [{"sig": b64(signature)}]}}, certificate, signature)
    made.log(instance.log.entry(sigstore.dsse(1, payload, signature, certificate=certificate)))
    layout.attach_bundle(made.bundle)
    holds(judge_layout(), "holds: 3 blobs", IDENTITY)
    assert judge_layout(IDENTITY + "x").code == 1


def attach_simple(instance, layout, recorded=None, **entry):
    key, certificate = instance.leaf()
    payload = json.dumps({"critical": {
        "identity": {"docker-reference": "example/image"},
        "image": {"docker-manifest-digest": layout.image["digest"]},
        "type": "cosign container image signature"}, "optional": None}).encode()
    signature = key.sign(payload, sigstore.SHA256)
    body = sigstore.hashedrekord(1, sha256(recorded or payload), signature,
                                 certificate=certificate)
    layout.attach_layer(".sig", payload, SIMPLE, {
        "dev.cosignproject.cosign/signature": b64(signature),
        "dev.sigstore.cosign/certificate": certificate.public_bytes(sigstore.PEM).decode(),
        "dev.sigstore.cosign/chain": "".join(one.public_bytes(sigstore.PEM).decode()
                                             for one in (instance.ca, instance.root)),
        "dev.sigstore.cosign/bundle": sigstore.annotation(instance.log.entry(body, **entry))})


def test_an_image_with_a_signature_of_the_older_form(instance, layout, judge_layout):
    attach_simple(instance, layout)
    holds(judge_layout(), "holds: 3 blobs", rfc3339(NOON), "1 entry checked")


@pytest.mark.parametrize("options,reason", [
    ({"recorded": b"other"}, "other content"), ({"time": NOON + 601}, "expired at")])
def test_an_image_with_a_false_entry_of_the_older_form(instance, layout, judge_layout, options,
                                                       reason):
    attach_simple(instance, layout, **options)
    run = judge_layout()
    assert run.code == 1 and reason in run.stdout.decode(), run.stdout
    assert "E-SIGNATURE" in run.stderr


def test_an_image_without_a_signature_beside_a_signed_one(instance, layout, judge_layout):
    attach_simple(instance, layout)
    other = layout.manifest(b'{"os":"linux","architecture":"arm64"}', [], CONFIG)
    # Neither a name nor a subject makes an image something else.
    layout.list(other, layout.image["digest"].replace(":", "-") + ".sig")
    run = judge_layout()
    assert run.code == 1 and other["digest"] in run.stdout.decode(), run.stdout
    assert "E-MISSING-SIGNATURE" in run.stderr and other["digest"] in run.stderr


@pytest.mark.parametrize("kind", ["intoto_v1", "dsse"])
def test_an_attestation_of_the_older_form(instance, waybill, layout, tmp_path, kind):
    key, certificate = instance.leaf()
    payload = statement_of(layout).replace(b"https://sigstore.dev/cosign/sign/v1",
                                           b"https://example.org/predicate")
    signature = key.sign(sigstore.pae(IN_TOTO, payload), sigstore.SHA256)
    envelope = json.dumps({"payload": b64(payload), "payloadType": IN_TOTO,
                           "signatures": [{"sig": b64(signature)}]}).encode()
    body = (sigstore.intoto_v1(envelope, certificate=certificate) if kind == "intoto_v1"
            else sigstore.dsse(1, payload, signature, certificate=certificate))
    layout.attach_layer(".att", envelope, DSSE, {
        "dev.cosignproject.cosign/signature": "",
        "dev.sigstore.cosign/certificate": certificate.public_bytes(sigstore.PEM).decode(),
        "dev.sigstore.cosign/bundle": sigstore.annotation(instance.log.entry(body))})
    (tmp_path / "root").write_text(json.dumps(instance.trusted_root()))
    run = waybill.run("verify-attestation", f"oci:{layout.folder}", "--certificate-identity",
                      IDENTITY, "--certificate-oidc-issuer", ISSUER, "--trusted-root",
                      str(tmp_path / "root"))
    assert run.code == OK, run
