# SPDX-License-Identifier: Apache-2.0
"""sign: images in layouts and archives, several signers at once. The judges are the openssl command,
schemas and fixtures/signatures.py."""
import concurrent.futures
import json
import os
import random
import signal
import subprocess
import time

import images
import jsonschema
import pytest
from program import OK, SYSTEM, USAGE
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4
from signatures import (BUNDLE, KINDS, SIGN_PREDICATE, SIMPLE_SIGNING, Stored, b64,
                        signed_statement, to_json, unb64, write)
from signing import EPOCH, digest_of, path_of, refused, run, without_kind
from signing import archive, image, multi  # noqa: F401  (fixtures)

CREATED = "2024-05-06T07:08:09Z"


# ---- images ----

def check_schema(test_data, name, value):
    """OCI's schemas name each other by URL; the last part is the file."""
    def retrieve(url):
        with open(os.path.join(test_data, "oci", url.rsplit("/", 1)[-1]), encoding="utf-8") as file:
            return Resource.from_contents(json.load(file), default_specification=DRAFT4)
    jsonschema.Draft4Validator({"$ref": "https://opencontainers.example/" + name},
                               registry=Registry(retrieve=retrieve)).validate(value)


@pytest.mark.parametrize("kind", KINDS)
def test_image_signed_as_bundle(waybill, keys, image, kind):
    digest = digest_of(image)
    done = run(waybill, "sign", "--key", keys[kind].path, image)
    assert done.stdout == b"" and f"signed {digest} with" in done.stderr
    stored = Stored(path_of(image))
    [(entry, manifest)] = stored.referrers(digest)
    payload = signed_statement(stored.blob(manifest["layers"][0]), keys[kind])
    assert payload == (b'{"_type":"https://in-toto.io/Statement/v1","subject":[{"digest":{"sha256":"'
                       + digest[7:].encode() + b'"},"annotations":{}}],"predicateType":"'
                       + SIGN_PREDICATE.encode() + b'","predicate":{}}')
    assert manifest["annotations"] == {
        "dev.sigstore.bundle.content": "dsse-envelope",
        "dev.sigstore.bundle.predicateType": SIGN_PREDICATE,
        "org.opencontainers.image.created": CREATED}
    assert entry["artifactType"] == manifest["artifactType"] == BUNDLE
    assert stored.blob(manifest["config"]) == b"{}"
    assert entry["annotations"] == manifest["annotations"]


@pytest.mark.parametrize("kind", KINDS)
def test_image_signed_in_the_older_form(waybill, keys, image, kind):
    digest = digest_of(image)
    run(waybill, "sign", "--key", keys[kind].path, "--format", "legacy", "-a", "z=<1>", "-a", "a=b=c",
        "--sign-container-identity", "registry.example/app", image)
    stored = Stored(path_of(image))
    assert stored.referrers(digest) == []
    [layer] = stored.layers(digest, ".sig")
    payload = stored.blob(layer)
    assert layer["mediaType"] == SIMPLE_SIGNING
    assert payload == (b'{"critical":{"identity":{"docker-reference":"registry.example/app"},"image":'
                       b'{"docker-manifest-digest":"%s"},"type":"cosign container image signature"},'
                       b'"optional":{"a":"b=c","z":"\\u003c1\\u003e"}}' % digest.encode())
    keys[kind].check(unb64(layer["annotations"]["dev.cosignproject.cosign/signature"]), payload)
    manifest = stored.tagged(digest.replace(":", "-") + ".sig")
    assert json.loads(stored.blob(manifest["config"]))["rootfs"]["diff_ids"] == [layer["digest"]]


def test_written_manifests_follow_the_schemas(waybill, keys, image, test_data):
    run(waybill, "sign", "--key", keys["p256"].path, "--format", "both", image)
    stored = Stored(path_of(image))
    check_schema(test_data, "image-index-schema.json", stored.index)
    for entry in stored.entries:
        check_schema(test_data, "content-descriptor.json", entry)
        kind = "index" if entry["mediaType"] == images.INDEX else "manifest"
        check_schema(test_data, f"image-{kind}-schema.json", stored.manifest(entry))


def test_bundles_are_listed_under_the_referrers_tag(waybill, tmp_path, keys, image):
    """For tools that copy what has a name; and of the index there is always one."""
    digest, write_predicate = digest_of(image), write(tmp_path / "p.json", "{}")
    tag = digest.replace(":", "-")

    def listed():
        stored = Stored(path_of(image))
        [entry] = [one for one in stored.entries
                   if one.get("annotations", {}).get(images.REF_NAME) == tag]
        assert entry["mediaType"] == images.INDEX
        indexes = [data for name, data in stored.files.items()
                   if name.startswith("blobs/") and images.INDEX.encode() in data]
        assert indexes == [stored.blob(entry)]
        index = stored.manifest(entry)
        assert (index["schemaVersion"], index["mediaType"]) == (2, images.INDEX)
        for one in index["manifests"]:
            manifest = stored.manifest(one)
            assert manifest["subject"]["digest"] == digest
            assert one["mediaType"] == manifest["mediaType"]
            assert one["artifactType"] == manifest["artifactType"] == BUNDLE
            assert one["annotations"] == manifest["annotations"]
        return [one["digest"] for one in index["manifests"]]

    run(waybill, "sign", "--key", keys["p256"].path, image)
    first = listed()
    run(waybill, "attest", "--key", keys["p256"].path, "--predicate", write_predicate, image)
    both = listed()
    assert len(first) == 1 and len(both) == 2 and set(first) < set(both) and both == sorted(both)
    run(waybill, "clean", "-f", "--type", "signature", image)
    assert listed() == [one for one in both if one not in first]
    run(waybill, "clean", "-f", image)
    stored = Stored(path_of(image))
    assert len(stored.entries) == 1
    assert not any(images.INDEX.encode() in data for name, data in stored.files.items()
                   if name.startswith("blobs/"))


def test_referrers_listed_by_others_stay_listed(waybill, keys, image):
    """What was attached by another tool is listed with ours."""
    path, digest = path_of(image), digest_of(image)
    layout = images.Layout()
    other = layout.put(to_json({
        "schemaVersion": 2, "mediaType": images.MANIFEST, "artifactType": "text/plain",
        "config": layout.put(b"{}", "application/vnd.oci.empty.v1+json"), "layers": [],
        "subject": {"mediaType": images.MANIFEST, "digest": digest, "size": 1}}), images.MANIFEST)
    for name, data in layout.blobs.items():
        write(os.path.join(path, "blobs", "sha256", name.removeprefix("sha256:")), data)
    run(waybill, "sign", "--key", keys["p256"].path, image)
    stored = Stored(path)
    index = stored.tagged(digest.replace(":", "-"))
    types = {one["digest"]: one["artifactType"] for one in index["manifests"]}
    assert types.pop(other["digest"]) == "text/plain" and set(types.values()) == {BUNDLE}


def test_a_second_signature_adds(waybill, keys, image):
    digest = digest_of(image)
    for kind in ("p256", "ed25519", "p256"):
        run(waybill, "sign", "--key", keys[kind].path, "--format", "both", "-a", "by=" + kind, image)
    stored = Stored(path_of(image))
    signers = [next(kind for kind in KINDS if b64(keys[kind].fingerprint).encode() in text)
               for text in stored.bundles(digest)]
    assert sorted(signers) == ["ed25519", "p256", "p256"]
    layers = stored.layers(digest, ".sig")
    assert len(layers) == 3
    for layer, kind in zip(layers, ("p256", "ed25519", "p256")):
        keys[kind].check(unb64(layer["annotations"]["dev.cosignproject.cosign/signature"]),
                         stored.blob(layer))
    assert digest_of(image) == digest


def test_a_signature_that_is_there_already_is_not_doubled(waybill, keys, image):
    digest = digest_of(image)
    for _ in range(2):
        run(waybill, "sign", "--key", keys["rsa"].path, "--format", "both", image)
    stored = Stored(path_of(image))
    assert len(stored.layers(digest, ".sig")) == 1 and len(stored.referrers(digest)) == 1


def test_an_archive_is_signed_in_place(waybill, keys, archive):
    path = path_of(archive)
    os.chmod(path, 0o640)
    before, digest = Stored(path), digest_of(archive)
    run(waybill, "sign", "--key", keys["p256"].path, "--format", "both", archive)
    run(waybill, "sign", "--key", keys["rsa"].path, archive)
    after = Stored(path)
    for name, data in before.files.items():
        assert name == "index.json" or after.files[name] == data
    assert without_kind(after.entries)[:len(before.entries)] == before.entries
    assert len(after.bundles(digest)) == 2 and len(after.layers(digest, ".sig")) == 1
    assert os.stat(path).st_mode & 0o777 == 0o640
    assert os.listdir(os.path.dirname(path)) == ["image.tar"]


def test_an_index_and_its_platforms(waybill, keys, multi):
    reference, platforms, attestation = multi
    index = digest_of(reference)
    run(waybill, "sign", "--key", keys["p256"].path, reference)
    assert [len(Stored(path_of(reference)).bundles(one)) for one in [index, *platforms]] == [1, 0, 0]
    done = run(waybill, "sign", "--key", keys["p256"].path, "-r", "-a", "n=2", "-o", "json", reference)
    said = json.loads(done.stdout)
    assert said["signed"] == [index, *platforms] and said["transparencyLog"] is False
    assert said["key"] == "sha256:" + keys["p256"].fingerprint.hex()
    stored = Stored(path_of(reference))
    assert [len(stored.bundles(one)) for one in [index, *platforms]] == [2, 1, 1]
    assert stored.bundles(attestation) == []
    text = run(waybill, "tree", reference).stdout.decode()
    assert text.count("signature sha256:") == 4 and "linux/arm64" in text
    said = json.loads(run(waybill, "tree", "-o", "json", reference).stdout)
    assert [len(one["attached"]) for one in said["platforms"]] == [1, 1]


def test_platform_of_an_index_is_shown_in_one_line(waybill, tmp_path):
    layout = images.Layout()
    below = layout.image(images.Image([]), platform={
        "os": "linux\x1b[2J\nnothing", "architecture": "amd64\x9b\u202e"})
    layout.add(layout.index([below]), "v1").write(str(tmp_path / "odd"))
    reference = f"oci:{tmp_path}/odd:v1"
    text = run(waybill, "tree", reference).stdout.decode()
    assert r"linux\x1b[2J\x0anothing/amd64\xc2\x9b\xe2\x80\xae sha256:" in text
    assert json.loads(run(waybill, "tree", "-o", "json", reference).stdout)["platforms"]


# ---- wrong command lines ----

@pytest.mark.parametrize("arguments, text", [
    (["sign", "oci:x"], "--key FILE"),
    (["sign", "--key", "KEY"], "no image given"),
    (["sign", "--key", "KEY", "--format", "new", "oci:x"], "--format new"),
    (["sign", "--key", "KEY", "--tlog-upload=true", "oci:x"], "never writes to a transparency log"),
    (["sign", "--key", "KEY", "-a", "novalue", "oci:x"], "NAME=VALUE"),
    (["sign", "--key", "KEY", "-a", "a=1", "-a", "a=2", "oci:x"], "given twice"),
    (["sign", "--key", "KEY", "-o", "yaml", "oci:x"], "text or json"),
    (["sign", "--key", "KEY", "docker-archive:x.tar"], "OCI layouts and registries only"),
    (["attest", "--key", "KEY", "oci:x"], "--predicate FILE says what to attest"),
    (["attest", "--key", "KEY", "--sbom", "table", "oci:x"], "spdx3-json or cyclonedx-json"),
    (["sign-blob", "--key", "KEY"], "no file given"),
    (["attest-blob", "--key", "KEY", "file"], "--predicate FILE"),
    (["attach"], "signature, attestation, sbom or timestamp"),
    (["attach", "tlog", "oci:x"], "attach tlog"),
    (["attach", "signature", "oci:x"], "--signature FILE"),
    (["attach", "sbom", "--sbom", "x", "--signature", "y", "oci:x"], "goes with `attach signature`"),
    (["download", "everything", "oci:x"], "signature, attestation or sbom"),
    (["clean", "--type", "tlog", "oci:x"], "--type tlog"),
    (["tree", "a", "b"], "one image at a time"),
])
def test_wrong_command_lines(waybill, tmp_path, keys, arguments, text):
    os.mkdir(tmp_path / "x")
    images.write_oci(str(tmp_path / "x"), [])
    arguments = [keys["p256"].path if one == "KEY" else one for one in arguments]
    refused(waybill, *arguments, code=USAGE, text=text, cwd=tmp_path)


@pytest.mark.parametrize("command", ["sign", "verify", "attest-blob"])
def test_of_an_option_given_twice_the_last_counts(waybill, keys, image, command):
    arguments = {"sign": ["--key", "absent", "--key", keys["p256"].path, "-o", "json", "-o", "text"],
                 "verify": ["--ca-roots", "absent", "--ca-roots", "absent2", "--certificate-identity",
                            "a", "--certificate-identity", "b"],
                 "attest-blob": ["--predicate", "absent", "--predicate", "absent2"]}[command]
    done = waybill.run(command, *arguments, image)
    assert done.code in (OK, USAGE, SYSTEM) and "absent:" not in done.stderr


# ---- several at once, and crashes ----

def test_many_signers_at_once_lose_nothing(waybill, keys, image):
    digest, count = digest_of(image), 20

    def sign(number):
        return run(waybill, "sign", "--key", keys["p256"].path, "--format", "both", "-a",
                   f"number={number}", image, timeout=300)
    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        list(pool.map(sign, range(count)))
    stored = Stored(path_of(image))
    numbers = {json.loads(signed_statement(text, keys["p256"]))["subject"][0]["annotations"]["number"]
               for text in stored.bundles(digest)}
    assert numbers == {str(number) for number in range(count)}
    assert {json.loads(stored.blob(layer))["optional"]["number"]
            for layer in stored.layers(digest, ".sig")} == numbers


@pytest.mark.parametrize("transport", ["image", "archive"])
def test_killed_at_any_moment_the_layout_stays_whole(waybill, keys, request, transport):
    reference = request.getfixturevalue(transport)
    digest, path = digest_of(reference), path_of(reference)
    began = time.monotonic()
    run(waybill, "sign", "--key", keys["p256"].path, reference)
    whole = time.monotonic() - began
    dice = random.Random(3)
    for number in range(20):
        child = subprocess.Popen(
            [waybill.path, "sign", "-q", "--key", keys["p256"].path, "--format", "both", "-a",
             f"n={number}", reference], env=waybill.environment(EPOCH), stderr=subprocess.PIPE)
        time.sleep(dice.uniform(0, 1.5 * whole))
        child.send_signal(signal.SIGKILL)
        child.communicate(timeout=60)
        stored = Stored(path)
        for text in stored.bundles(digest):
            signed_statement(text, keys["p256"])
        for layer in stored.layers(digest, ".sig"):
            keys["p256"].check(unb64(layer["annotations"]["dev.cosignproject.cosign/signature"]),
                               stored.blob(layer))
    run(waybill, "sign", "--key", keys["p256"].path, "-a", "n=last", reference)
    assert "last" in {json.loads(signed_statement(text, keys["p256"]))["subject"][0]["annotations"].get("n")
                      for text in Stored(path).bundles(digest)}
    assert not any("tmp" in name for name in Stored(path).files)
