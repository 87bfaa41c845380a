# SPDX-License-Identifier: Apache-2.0
"""verify, verify-attestation, verify-blob and verify-blob-attestation. What is verified was made by
cosign (../shared/data/cosign) or by fixtures/signatures.py, never by waybill itself."""
import base64
import datetime
import hashlib
import json
import os
import random
import shutil
import time

import images
import pytest
from conftest import data_cases
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.x509.oid import ExtendedKeyUsageOID
from layers import Layer
from program import BAD_INPUT, CHECK_FAILED, OK, SYSTEM, USAGE
from signatures import (BUNDLE, CYCLONEDX, DAY, DSSE, KINDS, NOW, PROVENANCE, SIGN_PREDICATE,
                        SIMPLE_SIGNING, SPDX, Authority, Key, TimestampAuthority, b64, bundle,
                        dn, envelope, read, sha256, statement, to_json, write)

COSIGN_KINDS = ("p256", "p384", "p521", "rsa3072", "ed25519")
IMAGE_DIGEST = "sha256:052058de4fae6bed74de71951e7b853a2c6f9e09c958574b6b826b4b2419225e"


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys")
    made = {kind: Key(folder, kind) for kind in KINDS}
    made["other"] = Key(folder, "p256", "other")
    return made


@pytest.fixture
def cosign(test_data):
    return lambda name: os.path.join(test_data, "cosign", name)


@pytest.fixture
def saved(cosign, tmp_path):
    return str(shutil.copytree(cosign("saved-layout"), tmp_path / "saved"))


def run(waybill, *arguments, code=OK, **more):
    done = waybill.run(*arguments, **more)
    assert done.code == code, done
    if code != OK:
        assert b"verified " not in done.stdout
    return done


def fails(waybill, *arguments, text, code=CHECK_FAILED, **more):
    """One error line, after notes on each candidate, with `text` in one of them."""
    done = run(waybill, *arguments, code=code, **more)
    assert done.lines and not done.lines[-1].startswith(("waybill: note", "waybill: warning"))
    assert all(line.startswith("waybill: note: ") for line in done.lines[:-1]), done
    assert any(text in line for line in done.lines), f"{text!r} not in {done}"
    return done


def proofs(waybill, *arguments, **more):
    said = json.loads(run(waybill, *arguments, "-o", "json", **more).stdout)
    assert said["verified"] is True and said["checks"]["signature"] is True
    assert said["checks"]["transparencyLog"] is False
    return said


# ---- what cosign made ----

@pytest.mark.parametrize("kind", COSIGN_KINDS)
def test_files_signed_by_cosign(waybill, tmp_path, cosign, kind):
    key, file = ["--key", cosign(kind + ".pub")], cosign("artifact.txt")
    by_bundle = ["--bundle", cosign(kind + ".blob.sigstore.json")]
    by_signature = ["--signature", cosign(kind + ".blob.sig")]
    by_attestation = ["--bundle", cosign(kind + ".attest.sigstore.json")]
    changed = write(tmp_path / "artifact.txt", read(file).replace(b"a", b"b") + b"!")
    for way in (by_bundle, by_signature):
        assert "signed by" in run(waybill, "verify-blob", *key, *way, file).stdout.decode()
        run(waybill, "verify-blob", *key, *way, "-", stdin=read(file))
        fails(waybill, "verify-blob", *key, *way, changed, text="does not hold")
    said = proofs(waybill, "verify-blob-attestation", *key, *by_attestation, "--type", "spdxjson", file)
    payload = base64.b64decode(said["proofs"][0]["payload"])
    assert json.loads(payload)["predicateType"] == SPDX == said["proofs"][0]["predicateType"]
    fails(waybill, "verify-blob-attestation", *key, *by_attestation, changed, text="not this file")
    fails(waybill, "verify-blob-attestation", *key, *by_attestation, "--type", "vuln", file,
          text="predicate type")
    fails(waybill, "verify-blob-attestation", *key, *by_bundle, file, text="not an attestation")


@pytest.mark.parametrize("kind", COSIGN_KINDS)
def test_signatures_of_cosign_under_other_keys(waybill, cosign, kind):
    for other in (*COSIGN_KINDS, "cosign"):
        if other != kind:
            for way in ("--bundle", "--signature"):
                path = cosign(kind + (".blob.sigstore.json" if way == "--bundle" else ".blob.sig"))
                fails(waybill, "verify-blob", "--key", cosign(other + ".pub"), way, path,
                      cosign("artifact.txt"), text="key")


def test_layout_saved_by_cosign(waybill, cosign):
    key, layout = cosign("cosign.pub"), cosign("saved-layout")
    said = proofs(waybill, "verify", "--key", key, "--local-image", "--insecure-ignore-tlog=true",
                  "--offline", layout)
    assert said["digest"] == IMAGE_DIGEST
    assert sorted(one["form"] for one in said["proofs"]) == ["bundle", "bundle", "simple-signing"]
    assert {one["subject"] for one in said["proofs"]} == {IMAGE_DIGEST}
    assert (said["blobsChecked"], said["checks"]["blobs"]) == (3, True)
    assert said["bytesChecked"] == 7316
    assert any("attestation" in one["reason"] for one in said["refusals"])
    said = proofs(waybill, "verify-attestation", "--key", key, layout)
    assert sorted((one["form"], one["predicateType"]) for one in said["proofs"]) == [
        ("bundle", SPDX), ("dsse", CYCLONEDX)]
    fails(waybill, "verify", "--key", cosign("p256.pub"), layout, text="another key")
    text = run(waybill, "verify", "--key", key, layout).stdout.decode()
    assert "3 blobs, 7316 bytes" in text and "not checked: transparency log" in text
    text = run(waybill, "verify", "--key", key, "--signature-only", layout).stdout.decode()
    assert "blobs," not in text and "layers below the manifest (--signature-only)" in text


def blob_path(layout, digest):
    return os.path.join(layout, "blobs", *digest.split(":"))


def spoil(path):
    data = bytearray(read(path))
    data[len(data) // 2] ^= 1
    write(path, bytes(data))


def below(layout):
    manifest = json.loads(read(blob_path(layout, IMAGE_DIGEST)))
    return {"config": manifest["config"]["digest"], "layer": manifest["layers"][0]["digest"],
            "manifest": IMAGE_DIGEST}


@pytest.mark.parametrize("command", ["verify", "verify-attestation"])
@pytest.mark.parametrize("how", ["spoil", "remove", "truncate", "extend"])
@pytest.mark.parametrize("which", ["config", "layer", "manifest"])
def test_tampered_layout(waybill, cosign, saved, command, which, how):
    digest = below(saved)[which]
    path = blob_path(saved, digest)
    if how == "spoil":
        spoil(path)
    elif how == "remove":
        os.remove(path)
    else:
        write(path, read(path)[:-1] if how == "truncate" else read(path) + b"\n")
    fails(waybill, command, "--key", cosign("cosign.pub"), saved, text=digest)
    if which != "manifest":
        run(waybill, command, "--key", cosign("cosign.pub"), "--signature-only", saved)


def test_manifest_and_index_changed_together(waybill, cosign, saved):
    changed = read(blob_path(saved, IMAGE_DIGEST)) + b" "
    digest = sha256(changed)
    write(blob_path(saved, digest), changed)
    index = json.loads(read(os.path.join(saved, "index.json")))
    [entry] = [one for one in index["manifests"] if one["digest"] == IMAGE_DIGEST]
    entry.update(digest=digest, size=len(changed))
    write(os.path.join(saved, "index.json"), to_json(index))
    fails(waybill, "verify", "--key", cosign("cosign.pub"), saved, text="another image")


def test_signatures_left_out(waybill, cosign, saved):
    for name in os.listdir(os.path.join(saved, "blobs", "sha256")):
        data = read(os.path.join(saved, "blobs", "sha256", name))
        if b"dev.sigstore.bundle" in data or b"simplesigning" in data:
            os.remove(os.path.join(saved, "blobs", "sha256", name))
    fails(waybill, "verify", "--key", cosign("cosign.pub"), saved, text="sha256:")


# ---- layouts made here ----

class Signed:
    """A layout of one image with signatures and attestations of it."""

    def __init__(self, folder):
        layer = Layer()
        layer.file("etc/motd", b"hello\n")
        self.folder, self.layout = str(folder), images.Layout()
        self.target = self.layout.image(images.Image([layer]))
        self.layout.add(self.target, "v1")
        self.digest = self.target["digest"]
        self.carried = {".sig": [], ".att": []}

    def bundle(self, text, predicate_type=SIGN_PREDICATE, listed=True):
        empty = self.layout.put(b"{}", "application/vnd.oci.empty.v1+json")
        manifest = {"schemaVersion": 2, "mediaType": images.MANIFEST, "artifactType": BUNDLE,
                    "config": empty, "layers": [self.layout.put(text, BUNDLE)],
                    "annotations": {"dev.sigstore.bundle.predicateType": predicate_type},
                    "subject": self.target}
        descriptor = self.layout.put(to_json(manifest), images.MANIFEST)
        if listed:
            self.layout.add(descriptor)
        return self

    def sign(self, key, **annotations):
        payload = statement(self.digest, annotations=annotations)
        return self.bundle(bundle(envelope(payload, key), key))

    def attest(self, key, predicate_type=SPDX, predicate=None):
        payload = statement(self.digest, predicate_type, predicate)
        return self.bundle(bundle(envelope(payload, key), key), predicate_type)

    def layer(self, suffix, content, media_type, **annotations):
        descriptor = self.layout.put(content, media_type)
        descriptor["annotations"] = annotations
        self.carried[suffix].append(descriptor)
        return self

    def simple(self, key, optional=None, digest=None, signature=None, **annotations):
        payload = to_json({"critical": {"identity": {"docker-reference": "x"},
                                        "image": {"docker-manifest-digest": digest or self.digest},
                                        "type": "cosign container image signature"},
                           "optional": optional})
        return self.layer(".sig", payload, SIMPLE_SIGNING, **{
            "dev.cosignproject.cosign/signature": b64(signature or key.sign(payload)), **annotations})

    def dsse(self, value):
        return self.layer(".att", to_json(value), DSSE, **{"dev.cosignproject.cosign/signature": ""})

    def write(self):
        for suffix, layers in self.carried.items():
            if layers:
                config = self.layout.put(b'{"rootfs":{}}', images.CONFIG)
                manifest = {"schemaVersion": 2, "mediaType": images.MANIFEST, "config": config,
                            "layers": layers}
                self.layout.add(self.layout.put(to_json(manifest), images.MANIFEST),
                                self.digest.replace(":", "-") + suffix)
        os.makedirs(self.folder)
        self.layout.write(self.folder)
        return f"oci:{self.folder}:v1"


@pytest.fixture
def signed(tmp_path):
    return Signed(tmp_path / "signed")


@pytest.mark.parametrize("kind", KINDS)
def test_every_key_in_both_forms(waybill, keys, signed, kind):
    key = keys[kind]
    reference = signed.sign(key).simple(key).attest(key).dsse(
        envelope(statement(signed.digest, SPDX), key)).write()
    said = proofs(waybill, "verify", "--key", key.public_path, reference)
    assert [one["form"] for one in said["proofs"]] == ["bundle", "simple-signing"]
    assert {one["keyId"] for one in said["proofs"]} == {key.fingerprint.hex()}
    said = proofs(waybill, "verify-attestation", "--key", key.public_path, reference)
    assert [one["form"] for one in said["proofs"]] == ["bundle", "dsse"]
    for command in ("verify", "verify-attestation"):
        other = keys["p384" if kind == "p256" else "p256"].public_path
        fails(waybill, command, "--key", other, reference, text="no ")


def test_archives_are_verified_too(waybill, tmp_path, keys, signed):
    signed.sign(keys["p256"]).write()
    path = write(tmp_path / "image.tar", signed.layout.archive())
    said = proofs(waybill, "verify", "--key", keys["p256"].public_path, f"oci-archive:{path}:v1")
    assert said["blobsChecked"] == 3
    layer = json.loads(signed.layout.blobs[signed.digest])["layers"][0]["digest"]
    at = read(path).index(signed.layout.blobs[layer])
    changed = bytearray(read(path))
    changed[at + 20] ^= 1
    write(path, bytes(changed))
    fails(waybill, "verify", "--key", keys["p256"].public_path, path, text=layer)


def test_blobs_of_every_platform_are_checked(waybill, tmp_path, keys):
    layout, below = images.Layout(), []
    for architecture in ("amd64", "arm64"):
        layer = Layer()
        layer.file("etc/arch", architecture.encode())
        one = images.Image([layer], architecture=architecture)
        below.append((layout.image(one, platform=one.platform), one.layers[0].digest))
    index = layout.index([descriptor for descriptor, _ in below])
    signed = Signed(tmp_path / "multi")
    signed.layout.blobs.update(layout.blobs)
    signed.target, signed.digest = index, index["digest"]
    signed.layout.manifests = [{**index, "annotations": {images.REF_NAME: "v1"}}]
    reference = signed.sign(keys["p256"]).write()
    command = ["verify", "--key", keys["p256"].public_path]
    assert proofs(waybill, *command, reference)["blobsChecked"] == 7
    for descriptor, layer in below:
        spoil(blob_path(signed.folder, layer))
        fails(waybill, *command, reference, text=layer)
        spoil(blob_path(signed.folder, layer))
        os.rename(blob_path(signed.folder, descriptor["digest"]), tmp_path / "away")
        fails(waybill, *command, reference, text=descriptor["digest"])
        os.rename(tmp_path / "away", blob_path(signed.folder, descriptor["digest"]))
    run(waybill, *command, reference)
    fails(waybill, *command, f"oci:{signed.folder}@{below[0][0]['digest']}", text="no signature found")


@pytest.mark.parametrize("name", ["Layers", "layer\u017f", "CONFIG", "Manifests"])
def test_manifest_that_runtimes_read_otherwise(waybill, tmp_path, keys, name):
    """For Go's JSON reader these are `layers` and so on, and the last one counts."""
    for inside in (False, True):
        signed = Signed(tmp_path / str(inside))
        manifest = json.loads(signed.layout.blobs[signed.digest])
        if inside:
            name = {"Layers": "Digest", "layer\u017f": "dige\u017ft", "CONFIG": "SIZE"}.get(name, name)
        (manifest["layers"][0] if inside else manifest)[name] = []
        signed.target = signed.layout.put(to_json(manifest), images.MANIFEST)
        signed.digest = signed.target["digest"]
        signed.layout.add(signed.target, "odd")
        signed.sign(keys["p256"]).write()
        fails(waybill, "verify", "--key", keys["p256"].public_path, f"oci:{signed.folder}:odd",
              text="passes for")


def test_index_and_platform_do_not_lend_signatures(waybill, tmp_path, keys):
    """A carrier says whose it is; the signed bytes say whose it is indeed."""
    key = keys["p256"]
    for number in range(2):
        signed = Signed(tmp_path / str(number))
        index = signed.layout.index([signed.target])
        signed.layout.add(index, "index")
        ends = [signed.target, index]
        payload = statement(ends[number]["digest"])
        signed.target, signed.digest = ends[1 - number], ends[1 - number]["digest"]
        signed.bundle(bundle(envelope(payload, key), key))
        signed.simple(key, digest=ends[number]["digest"]).write()
        for one in ends:
            fails(waybill, "verify", "--key", key.public_path, f"oci:{signed.folder}@{one['digest']}",
                  text="no signature found" if one is ends[number] else ends[number]["digest"])


def test_no_signature_at_all(waybill, keys, signed):
    reference = signed.attest(keys["p256"]).write()
    fails(waybill, "verify", "--key", keys["p256"].public_path, reference,
          text="not a signature of the image")
    run(waybill, "verify-attestation", "--key", keys["p256"].public_path, reference)


def test_annotations_must_be_signed(waybill, keys, signed):
    reference = signed.sign(keys["p256"], commit="4f2a", by="ci").simple(
        keys["p256"], {"commit": "4f2a", "creator": "me"}).write()
    command = ["verify", "--key", keys["p256"].public_path]
    assert len(proofs(waybill, *command, "-a", "commit=4f2a", reference)["proofs"]) == 2
    [proof] = proofs(waybill, *command, "-a", "commit=4f2a", "-a", "by=ci", reference)["proofs"]
    assert proof["annotations"] == {"commit": "4f2a", "by": "ci"}
    fails(waybill, *command, "-a", "commit=4f2b", reference, text="is `4f2a`, not `4f2b`")
    fails(waybill, *command, "-a", "absent=1", reference, text="absent is not signed")


def test_annotations_of_attested_subjects_must_be_signed(waybill, tmp_path, keys, signed):
    key = keys["p256"]
    payload = statement(signed.digest, SPDX, annotations={"commit": "4f2a", "note": 1})
    reference = signed.bundle(bundle(envelope(payload, key), key), SPDX).attest(key, SPDX).write()
    command = ["verify-attestation", "--key", key.public_path, "--type", "spdxjson"]
    assert len(proofs(waybill, *command, reference)["proofs"]) == 2
    [proof] = proofs(waybill, *command, "-a", "commit=4f2a", reference)["proofs"]
    assert proof["annotations"] == {"commit": "4f2a"}
    fails(waybill, *command, "-a", "commit=4f2b", reference, text="is `4f2a`, not `4f2b`")
    fails(waybill, *command, "-a", "note=1", reference, text="note is not signed")
    file = write(tmp_path / "file", b"content")
    made = write(tmp_path / "made", to_json(envelope(
        statement(sha256(b"content"), SPDX, annotations={"commit": "4f2a"}), key)))
    command = ["verify-blob-attestation", "--key", key.public_path, "--signature", made]
    proofs(waybill, *command, "-a", "commit=4f2a", file)
    fails(waybill, *command, "-a", "absent=1", file, text="absent is not signed")


def test_thresholds_count_signers_not_signatures(waybill, keys, signed):
    reference = signed.sign(keys["p256"]).sign(keys["p256"], n="2").simple(keys["p256"]).sign(
        keys["rsa"]).write()
    three = [text for kind in ("p256", "rsa", "other") for text in ("--key", keys[kind].public_path)]
    said = proofs(waybill, "verify", *three, "--threshold", "2", reference)
    assert {one["keyId"] for one in said["proofs"]} == {keys["p256"].fingerprint.hex(),
                                                        keys["rsa"].fingerprint.hex()}
    fails(waybill, "verify", *three, "--threshold", "3", reference, text="2 of the 3 different signers")
    two = ["--key", keys["p256"].public_path, "--key", keys["other"].public_path]
    fails(waybill, "verify", *two, "--threshold", "2", reference, text="1 of the 2 different signers")
    run(waybill, "verify", *two, "--threshold", "4", reference, code=USAGE)


def test_several_bundles_of_one_file(waybill, tmp_path, keys):
    file = write(tmp_path / "file", b"content")
    arguments = []
    for kind in ("p256", "rsa"):
        digest = {"algorithm": "SHA2_256", "digest": b64(hashlib.sha256(b"content").digest())}
        write(tmp_path / kind, bundle((digest, keys[kind].sign(b"content")), keys[kind]))
        arguments += ["--key", keys[kind].public_path, "--bundle", tmp_path / kind]
    run(waybill, "verify-blob", *arguments, "--threshold", "2", file)
    fails(waybill, "verify-blob", *arguments[:6], "--threshold", "2", file, text="1 of the 2")
    run(waybill, "verify-blob", "--key", keys["rsa"].public_path, *arguments[2:4], "--bundle",
        tmp_path / "rsa", file)


@pytest.mark.parametrize("requirement, code, text", [
    ("/predicate/buildDefinition/buildType=https://example.org/b=1", OK, ""),
    ("/predicate/buildDefinition/n=3", OK, ""),
    ("/predicate/list/1={\"a\":[true,null]}", OK, ""),
    ("/predicate/a~1b/c~0d=x", OK, ""),
    ("/_type=https://in-toto.io/Statement/v1", OK, ""),
    ("/predicate/buildDefinition/n=4", CHECK_FAILED, "has 3 at /predicate/buildDefinition/n"),
    ("/predicate/absent=", CHECK_FAILED, "nothing at /predicate/absent"),
    ("/predicate/list/01=x", CHECK_FAILED, "nothing at"),
    ("/predicate/list/-=x", CHECK_FAILED, "nothing at"),
    ("predicate=x", USAGE, "begins with `/`"),
    ("/predicate", USAGE, "NAME=VALUE"),
])
def test_requirements(waybill, keys, signed, requirement, code, text):
    reference = signed.attest(keys["p256"], PROVENANCE, {
        "buildDefinition": {"buildType": "https://example.org/b=1", "n": 3},
        "list": [0, {"a": [True, None]}], "a/b": {"c~d": "x"}}).write()
    command = ["verify-attestation", "--key", keys["p256"].public_path, "--type", "slsaprovenance1",
               "--require", requirement, reference]
    if code == OK:
        run(waybill, *command)
    else:
        fails(waybill, *command, code=code, text=text)


def test_every_requirement_must_hold(waybill, keys, signed):
    reference = signed.attest(keys["p256"], PROVENANCE, {"a": "1", "b": "2"}).write()
    command = ["verify-attestation", "--key", keys["p256"].public_path, "--require", "/predicate/a=1"]
    run(waybill, *command, "--require", "/predicate/b=2", reference)
    fails(waybill, *command, "--require", "/predicate/b=1", reference, text="/predicate/b")


# ---- signatures that must not count ----

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


# ---- certificates ----

@pytest.fixture(scope="module")
def pki(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("pki"))


@pytest.fixture(scope="module")
def clock(tmp_path_factory):
    return TimestampAuthority(tmp_path_factory.mktemp("clock"))


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


# ---- wrong command lines ----

@pytest.mark.parametrize("arguments, text", [
    (["verify", "oci:x"], "whom to believe"),
    (["verify", "--key", "KEY"], "no image given"),
    (["verify", "--key", "KEY", "--certificate-identity", "a", "oci:x"], "go with"),
    (["verify", "--key", "KEY", "--crl", "a", "oci:x"], "--crl"),
    (["verify", "--ca-roots", "a", "--certificate-chain", "b", "oci:x"], "excludes"),
    (["verify", "--key", "KEY", "--threshold", "2", "oci:x"], "more than the 1 keys"),
    (["verify", "--key", "KEY", "--threshold", "-1", "oci:x"], "positive"),
    (["verify", "--key", "KEY", "-o", "xml", "oci:x"], "text or json"),
    (["verify", "--key", "KEY", "--insecure-ignore-tlog=false", "oci:x"], "--trusted-root"),
    (["verify", "--key", "KEY", "--offline=maybe", "oci:x"], "true or false"),
    (["verify", "--key", "KEY", "docker-archive:x"], "OCI layouts only"),
    (["verify-attestation", "--key", "KEY", "--type", "nonsense", "oci:x"], "spdxjson"),
    (["verify-blob", "--key", "KEY", "file"], "--bundle FILE or --signature FILE"),
    (["verify-blob", "--key", "KEY", "--certificate", "c", "--bundle", "b", "file"], "--certificate"),
    (["verify", "--trusted-root", "a", "oci:x"], "whom to believe"),
    (["verify", "--trusted-root", "a", "--certificate-identity", "b", "oci:x"], "by whose word"),
])
def test_wrong_command_lines(waybill, tmp_path, keys, arguments, text):
    arguments = [keys["p256"].public_path if one == "KEY" else one for one in arguments]
    fails(waybill, *arguments, text=text, code=USAGE, cwd=tmp_path)


def test_what_cannot_be_read(waybill, tmp_path, keys, signed):
    key = ["--key", keys["p256"].public_path]
    file = write(tmp_path / "file", b"content")
    fails(waybill, "verify", *key, f"oci:{tmp_path}/absent", code=SYSTEM, text="absent")
    fails(waybill, "verify-blob", *key, "--bundle", tmp_path / "absent", file, code=SYSTEM, text="absent")
    fails(waybill, "verify-blob", *key, "--bundle", file, file, code=BAD_INPUT, text="file")
    fails(waybill, "verify-blob", *key, "--signature", file, tmp_path / "absent", code=SYSTEM,
          text="absent")
    fails(waybill, "verify", "--key", keys["p256"].path, "oci:x", code=BAD_INPUT, text="private")
    reference = signed.sign(keys["p256"]).write()
    write(os.path.join(signed.folder, "index.json"), "{")
    fails(waybill, "verify", *key, reference, code=BAD_INPUT, text="index.json")


def test_json_of_a_failure_says_so(waybill, keys, signed):
    reference = signed.sign(keys["rsa"]).write()
    done = run(waybill, "verify", "--key", keys["p256"].public_path, "-o", "json", reference,
               code=CHECK_FAILED)
    said = json.loads(done.stdout)
    assert said["verified"] is False and said["proofs"] == [] and "another key" in said["failure"]
    assert said["checks"] == {"signature": False, "blobs": False, "timestamp": False,
                              "transparencyLog": False}


# ---- sigstore's conformance suite ----

CONFORMANCE = data_cases("sigstore-conformance/bundle-verify/*/bundle.sigstore.json")
BEACON = ("https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/"
          "workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main")


@pytest.mark.parametrize("path", CONFORMANCE)
def test_sigstore_conformance(waybill, path):
    folder = os.path.dirname(path)

    def case(name, fallback):
        own = os.path.join(folder, name)
        return own if os.path.exists(own) else os.path.join(folder, "..", "..", fallback)

    def text(name, fallback):
        return read(os.path.join(folder, name)).decode().strip() \
            if os.path.exists(os.path.join(folder, name)) else fallback
    arguments = ["--bundle", path]
    if os.path.exists(os.path.join(folder, "key.pub")):
        arguments += ["--key", os.path.join(folder, "key.pub")]
        if os.path.exists(os.path.join(folder, "trusted_root.json")):
            arguments += ["--trusted-root", os.path.join(folder, "trusted_root.json")]
    else:
        arguments += ["--trusted-root", case("trusted_root.json", "trusted_root.public-good.json"),
                      "--certificate-identity", text("identity", BEACON),
                      "--certificate-oidc-issuer",
                      text("issuer", "https://token.actions.githubusercontent.com")]
    done = waybill.run("verify-blob", *arguments, case("artifact", "a.txt"))
    if folder.endswith("_fail"):
        assert done.code in (CHECK_FAILED, BAD_INPUT), done
    else:
        assert done.code == OK, done
