# SPDX-License-Identifier: Apache-2.0
"""verify and its relatives on layouts signed here: keys, annotations, thresholds, what is demanded of
statements."""
import hashlib
import json
import os

import images
import pytest
from layers import Layer
from program import BAD_INPUT, CHECK_FAILED, OK, SYSTEM, USAGE
from signatures import (KINDS, PROVENANCE, SPDX, b64, bundle, envelope, read, sha256, statement,
                        to_json, write)
from verifying import Signed, below, blob_path, fails, proofs, run, spoil
from verifying import signed  # noqa: F401  (a fixture)


# ---- layouts made here ----

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
    (["verify", "--key", "KEY", "docker-archive:x"], "OCI layouts and registries only"),
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
