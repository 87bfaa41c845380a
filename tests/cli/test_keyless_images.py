# SPDX-License-Identifier: Apache-2.0
"""Keys with log entries, and images with keyless signatures, of a sigstore instance of our own."""
import copy
import json

import pytest
import sigstore
from keyless import CONTENT, IN_TOTO, Made, entry, holds
from keyless import instance, judge  # noqa: F401  (fixtures)
from program import OK
from sigstore import IDENTITY, ISSUER, NOON, b64, rfc3339, sha256


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
