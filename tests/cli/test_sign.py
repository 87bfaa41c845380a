# SPDX-License-Identifier: Apache-2.0
"""sign, attest, sign-blob, attest-blob, attach, tree, download and clean. The judges are Python's
cryptography and hashlib, the openssl command and OCI's schemas: waybill never judges itself here."""
import concurrent.futures
import glob
import hashlib
import json
import os
import random
import signal
import subprocess
import time

import images
import jsonschema
import keyfile
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from layers import Layer
from program import BAD_INPUT, CHECK_FAILED, OK, SYSTEM, USAGE, assert_one_error_line
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4
from signatures import (BUNDLE, CYCLONEDX, DER, DSSE, KINDS, PROVENANCE, SIGN_PREDICATE,
                        SIMPLE_SIGNING, SPDX, Authority, Key, Stored, TimestampAuthority, b64,
                        bundle, envelope, openssl, pae, read, sha256, signed_statement, statement,
                        to_json, unb64, write)

CREATED = "2024-05-06T07:08:09Z"
EPOCH = {"SOURCE_DATE_EPOCH": "1714979289"}


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys")
    return {kind: Key(folder, kind) for kind in KINDS}


@pytest.fixture
def image(tmp_path):
    layer = Layer()
    layer.file("etc/motd", b"hello\n")
    return images.write_oci(str(tmp_path / "image"), [layer], tag="v1")


def digest_of(reference):
    path = reference.removeprefix("oci:").removeprefix("oci-archive:").removesuffix(":v1")
    return next(one["digest"] for one in Stored(path).entries
                if one.get("annotations", {}).get(images.REF_NAME) == "v1")


def without_kind(entries):
    """cosign's mark, which signing adds to the image, so that `cosign load` knows it."""
    return [{**one, "annotations": {name: value for name, value in one["annotations"].items()
                                    if name != "kind"}} for one in entries]


def path_of(reference):
    return reference.split(":")[1]


def run(waybill, *arguments, code=OK, env=None, **more):
    done = waybill.run(*arguments, env={**EPOCH, **(env or {})}, **more)
    assert done.code == code, done
    return done


def refused(waybill, *arguments, code, text, **more):
    done = run(waybill, *arguments, code=code, **more)
    assert_one_error_line(done)
    assert text in done.stderr, done.stderr
    return done


# ---- files ----

@pytest.mark.parametrize("kind", KINDS)
def test_signature_of_a_file(waybill, tmp_path, keys, kind):
    key, content = keys[kind], os.urandom(3_000_000)
    path = write(tmp_path / "file", content)
    done = run(waybill, "sign-blob", "--key", key.path, "--bundle", tmp_path / "b",
               "--output-signature", tmp_path / "s", path)
    assert done.stdout == b"" and "no transparency log" in done.stderr
    key.check(unb64(read(tmp_path / "s")), content)
    value = json.loads(read(tmp_path / "b"))
    assert value["verificationMaterial"] == {"publicKey": {"hint": b64(key.fingerprint)}}
    key.check(unb64(value["messageSignature"]["signature"]), content)
    name, size = {"p384": ("SHA2_384", "sha384"), "p521": ("SHA2_512", "sha512")}.get(
        kind, ("SHA2_256", "sha256"))
    # Of an Ed25519 key too, which signs no digest: without it cosign 3 does not verify.
    assert value["messageSignature"]["messageDigest"] == {
        "algorithm": name, "digest": b64(hashlib.new(size, content).digest())}
    if kind != "ed25519":
        write(tmp_path / "raw", unb64(read(tmp_path / "s")))
        out = openssl("dgst", "-" + size, "-verify", key.public_path, "-signature",
                      str(tmp_path / "raw"), path)
        assert out == b"Verified OK\n"


@pytest.mark.parametrize("kind", ["p384", "p521"])
def test_signature_with_the_hash_of_cosign_2_verifies(waybill, tmp_path, keys, kind):
    path = write(tmp_path / "file", b"content")
    for algorithm, code in ((hashes.SHA256(), 0), (hashes.SHA224(), 1)):
        write(tmp_path / "s", b64(keys[kind].private.sign(b"content", ec.ECDSA(algorithm))).encode())
        done = waybill.run("verify-blob", "--key", keys[kind].public_path, "--signature",
                           str(tmp_path / "s"), str(path))
        assert done.code == code, done


def test_file_comes_in_and_signature_goes_out(waybill, keys):
    done = run(waybill, "sign-blob", "--key", keys["p256"].path, "-q", "-", stdin=b"content")
    keys["p256"].check(unb64(done.stdout.strip()), b"content")
    assert done.stderr == ""
    done = run(waybill, "sign-blob", "--key", keys["p256"].path, "--bundle", "-", "-", stdin=b"")
    keys["p256"].check(unb64(json.loads(done.stdout)["messageSignature"]["signature"]), b"")


@pytest.mark.parametrize("arguments", [
    ["sign-blob", "-"], ["attest-blob", "--predicate", "-", "FILE"],
    ["attest-blob", "--predicate", "FILE", "-"], ["attest", "--predicate", "-", "IMAGE"]])
def test_what_comes_in_to_be_signed_is_no_password(waybill, tmp_path, image, arguments):
    run(waybill, "generate-key-pair", cwd=tmp_path, env={"COSIGN_PASSWORD": "{}"})
    file = write(tmp_path / "file", b"{}")
    arguments = [{"FILE": file, "IMAGE": image}.get(one, one) for one in arguments]
    environment = waybill.environment()
    environment.pop("COSIGN_PASSWORD", None)
    done = subprocess.run([waybill.path, arguments[0], "--key", tmp_path / "cosign.key", *arguments[1:]],
                          input=b"{}", env=environment, capture_output=True, timeout=60, check=False,
                          start_new_session=True)
    assert done.returncode == USAGE and b"no terminal; set COSIGN_PASSWORD\n" in done.stderr


def test_key_file_of_cosign_signs(waybill, tmp_path, keys):
    der = keys["p256"].private.private_bytes(DER, serialization.PrivateFormat.PKCS8,
                                             serialization.NoEncryption())
    path = write(tmp_path / "cosign.key", keyfile.make_key_file(der, b"secret"))
    done = run(waybill, "sign-blob", "--key", path, "-", stdin=b"x", env={"COSIGN_PASSWORD": "secret"})
    keys["p256"].check(unb64(done.stdout.strip()), b"x")
    refused(waybill, "sign-blob", "--key", path, "-", stdin=b"x", env={"COSIGN_PASSWORD": "wrong"},
            code=CHECK_FAILED, text="password")


@pytest.mark.parametrize("kind", KINDS)
def test_statement_about_a_file(waybill, tmp_path, keys, kind):
    key = keys[kind]
    path = write(tmp_path / "a\"b.bin", b"content")
    predicate = b'{"b": 1.50, "a": "<\xc3\xa9>"}'
    write(tmp_path / "p.json", predicate)
    run(waybill, "attest-blob", "--key", key.path, "--predicate", tmp_path / "p.json", "--type",
        "slsaprovenance1", "--bundle", tmp_path / "b", "--output-attestation", tmp_path / "d", path)
    for name in "bd":
        payload = signed_statement(read(tmp_path / name), key)
        assert payload == (b'{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"a\\"b.bin",'
                           b'"digest":{"sha256":"%s"}}],"predicateType":"%s","predicate":%s}'
                           % (hashlib.sha256(b"content").hexdigest().encode(), PROVENANCE.encode(),
                              predicate))


def test_nothing_is_written_when_signing_fails(waybill, tmp_path, keys):
    write(tmp_path / "p.json", "[]")
    path = write(tmp_path / "file", b"content")
    before = sorted(os.listdir(tmp_path))
    refused(waybill, "attest-blob", "--key", keys["p256"].path, "--predicate", tmp_path / "p.json",
            "--bundle", tmp_path / "b", path, code=BAD_INPUT, text="not a JSON object")
    refused(waybill, "sign-blob", "--key", keys["p256"].path, "--bundle", tmp_path / "b",
            tmp_path / "absent", code=SYSTEM, text="absent")
    refused(waybill, "sign-blob", "--key", keys["p256"].public_path, "--bundle", tmp_path / "b",
            path, code=BAD_INPUT, text="p256.pub")
    assert sorted(os.listdir(tmp_path)) == before


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


@pytest.fixture
def archive(tmp_path):
    layer = Layer()
    layer.file("etc/motd", b"hello\n")
    layout = images.single(images.Image([layer]), "v1")
    return "oci-archive:" + write(tmp_path / "image.tar", layout.archive()) + ":v1"


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


@pytest.fixture
def multi(tmp_path):
    layout = images.Layout()
    below = []
    for architecture in ("amd64", "arm64"):
        layer = Layer()
        layer.file("etc/arch", architecture.encode())
        one = images.Image([layer], architecture=architecture)
        below.append(layout.image(one, platform=one.platform))
    attestation = layout.image(images.Image([]), platform={"os": "unknown", "architecture": "unknown"})
    layout.add(layout.index(below + [attestation]), "v1").write(str(tmp_path / "multi"))
    return f"oci:{tmp_path}/multi:v1", [one["digest"] for one in below], attestation["digest"]


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


# ---- attestations ----

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


# ---- certificates and timestamps ----

@pytest.fixture(scope="module")
def pki(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("pki"))


@pytest.fixture(scope="module")
def clock(tmp_path_factory):
    return TimestampAuthority(tmp_path_factory.mktemp("clock"))


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


# ---- attach, download, clean ----

def test_attached_signature_and_attestation(waybill, tmp_path, keys, image):
    digest, key = digest_of(image), keys["p384"]
    payload = to_json({"critical": {"identity": {"docker-reference": "x"},
                                    "image": {"docker-manifest-digest": digest},
                                    "type": "cosign container image signature"}, "optional": None})
    write(tmp_path / "payload", payload)
    write(tmp_path / "sig", b64(key.sign(payload)) + "\n")
    run(waybill, "attach", "signature", "--signature", tmp_path / "sig", "--payload",
        tmp_path / "payload", image)
    signature = bundle(envelope(statement(digest), key), key)
    write(tmp_path / "sig.json", signature)
    run(waybill, "attach", "signature", "--signature", tmp_path / "sig.json", image)
    attested = envelope(statement(digest, SPDX), key)
    write(tmp_path / "att.json", bundle(attested, key))
    run(waybill, "attach", "attestation", "--attestation", tmp_path / "att.json", image)
    write(tmp_path / "dsse.json", to_json(attested))
    run(waybill, "attach", "attestation", "--attestation", tmp_path / "dsse.json", image)
    stored = Stored(path_of(image))
    [layer] = stored.layers(digest, ".sig")
    key.check(unb64(layer["annotations"]["dev.cosignproject.cosign/signature"]), stored.blob(layer))
    assert sorted(stored.bundles(digest)) == sorted([signature, bundle(attested, key)])
    assert stored.blob(stored.layers(digest, ".att")[0]) == to_json(attested)
    lines = run(waybill, "download", "signature", image).stdout.splitlines()
    assert lines[0] == signature
    line = json.loads(lines[1])
    assert unb64(line["Payload"]) == payload and line["Cert"] is None
    key.check(unb64(line["Base64Signature"]), payload)
    lines = run(waybill, "download", "attestation", image).stdout.splitlines()
    assert lines == [bundle(attested, key), to_json(attested)]
    assert run(waybill, "download", "attestation", "--predicate-type", "spdxjson", image).stdout \
        .splitlines() == lines
    refused(waybill, "download", "attestation", "--predicate-type", "vuln", image, code=CHECK_FAILED,
            text="no attestation found of type")


@pytest.mark.parametrize("what, option, make", [
    ("attestation", "--attestation", lambda key: bundle(envelope(statement("sha256:" + 64 * "0", SPDX), key), key)),
    ("attestation", "--attestation", lambda key: to_json(envelope(statement("sha256:" + 64 * "0", SPDX), key))),
    ("signature", "--signature", lambda key: bundle(envelope(statement("sha256:" + 64 * "0"), key), key)),
])
def test_what_is_of_another_image_is_not_attached(waybill, tmp_path, keys, image, what, option, make):
    before = Stored(path_of(image)).files
    write(tmp_path / "file", make(keys["p256"]))
    refused(waybill, "attach", what, option, tmp_path / "file", image, code=CHECK_FAILED, text="not of")
    assert Stored(path_of(image)).files == before


def test_attached_certificate(waybill, tmp_path, keys, image, pki):
    payload = to_json({"critical": {"identity": {"docker-reference": "x"},
                                    "image": {"docker-manifest-digest": digest_of(image)},
                                    "type": "cosign container image signature"}, "optional": None})
    write(tmp_path / "payload", payload)
    write(tmp_path / "sig", keys["p256"].sign(payload))
    leaf = pki.save("attached.crt", pki.leaf(keys["p256"]))
    command = ["attach", "signature", "--signature", tmp_path / "sig", "--payload", tmp_path / "payload"]
    run(waybill, *command, "--certificate", leaf, "--certificate-chain", pki.chain_path, image)
    [layer] = Stored(path_of(image)).layers(digest_of(image), ".sig")
    assert layer["annotations"]["dev.sigstore.cosign/certificate"].encode() == read(leaf)
    assert layer["annotations"]["dev.sigstore.cosign/chain"].encode() == read(pki.chain_path)
    write(tmp_path / "empty", b"")
    refused(waybill, *command, "--certificate", tmp_path / "empty", image, code=BAD_INPUT, text="empty")


@pytest.mark.parametrize("option", ["--signature", "--attestation", "--sbom", "--timestamp-response"])
def test_empty_files_are_not_attached(waybill, tmp_path, image, option):
    before = Stored(path_of(image)).files
    write(tmp_path / "empty", b"")
    what = {"--timestamp-response": "timestamp"}.get(option, option[2:])
    done = waybill.run("attach", what, option, tmp_path / "empty", image)
    assert done.code in (CHECK_FAILED, USAGE, BAD_INPUT), done
    assert Stored(path_of(image)).files == before


def test_attached_sbom(waybill, tmp_path, keys, image):
    write(tmp_path / "s.json", '{"spdxVersion":"SPDX-2.3"}')
    run(waybill, "attach", "sbom", "--sbom", tmp_path / "s.json", image)
    [layer] = Stored(path_of(image)).layers(digest_of(image), ".sbom")
    assert layer["mediaType"] == "spdx+json"
    done = run(waybill, "download", "sbom", image)
    assert done.stdout == read(tmp_path / "s.json") and "without a signature" in done.stderr


@pytest.mark.parametrize("transport", ["image", "archive"])
def test_clean_removes_what_it_says(waybill, tmp_path, keys, request, transport):
    reference = request.getfixturevalue(transport)
    digest = digest_of(reference)
    before = Stored(path_of(reference))
    write(tmp_path / "p.json", "{}")
    run(waybill, "sign", "--key", keys["p256"].path, "--format", "both", reference)
    run(waybill, "attest", "--key", keys["p256"].path, "--format", "both", "--predicate",
        tmp_path / "p.json", reference)
    refused(waybill, "clean", reference, code=USAGE, text="--force")
    done = run(waybill, "clean", "--type", "signature", "-f", reference)
    assert done.stdout.decode().count("removed signature sha256:") == 2
    stored = Stored(path_of(reference))
    assert stored.layers(digest, ".sig") == [] and len(stored.layers(digest, ".att")) == 1
    [text] = stored.bundles(digest)
    assert json.loads(signed_statement(text, keys["p256"]))["predicateType"] != SIGN_PREDICATE
    run(waybill, "clean", "-f", reference)
    stored = Stored(path_of(reference))
    assert without_kind(stored.entries) == before.entries
    assert all(stored.files[name] == data for name, data in before.files.items() if name != "index.json")
    assert not any(b"dsse" in data for data in stored.files.values())
    assert "nothing to remove" in run(waybill, "clean", "-f", reference).stderr
    assert "nothing is attached" in run(waybill, "tree", reference).stdout.decode()


def carrier(layout, *layers):
    return layout.put(to_json({"schemaVersion": 2, "mediaType": images.MANIFEST,
                               "config": layout.put(b"{}", images.CONFIG), "layers": layers}),
                      images.MANIFEST)


def test_clean_leaves_what_the_image_needs(waybill, tmp_path):
    """Nobody signed what tags and layers say."""
    layer = Layer()
    layer.file("etc/motd", b"hello")
    layout = images.Layout()
    target = layout.image(images.Image([layer]))
    used = json.loads(layout.blobs[target["digest"]])["layers"][0]
    tag = target["digest"].replace(":", "-")
    layout.add(target, "v1").add(carrier(layout, {**used, "mediaType": SIMPLE_SIGNING}), tag + ".sig")
    layout.write(str(tmp_path / "a"))
    run(waybill, "clean", "-f", f"oci:{tmp_path}/a:v1")
    stored = Stored(str(tmp_path / "a"))
    assert [one["digest"] for one in stored.entries] == [target["digest"]]
    assert stored.blob(used)
    layout.add(target, tag + ".att").write(str(tmp_path / "b"))
    refused(waybill, "clean", "-f", f"oci:{tmp_path}/b:v1", code=BAD_INPUT, text="listed more than once")
    index = images.Layout()
    index.blobs.update(layout.blobs)
    both = index.index([target])
    index.add(both, "v1").add(target, both["digest"].replace(":", "-") + ".sig")
    index.write(str(tmp_path / "c"))
    run(waybill, "clean", "-f", f"oci:{tmp_path}/c:v1")
    stored = Stored(str(tmp_path / "c"))
    assert [one["digest"] for one in stored.entries] == [both["digest"]]
    assert stored.blob(target) and stored.blob(used)


def test_clean_leaves_the_bundle_of_two_images_to_the_other(waybill, tmp_path, keys):
    layout, targets = images.Layout(), []
    for name in ("v1", "v2"):
        layer = Layer()
        layer.file("etc/name", name.encode())
        targets.append(layout.image(images.Image([layer])))
        layout.add(targets[-1], name)
    payload = to_json({"_type": "https://in-toto.io/Statement/v1", "predicateType": SPDX,
                       "subject": [{"digest": {"sha256": one["digest"][7:]}} for one in targets],
                       "predicate": {}})
    layout.write(str(tmp_path / "two"))
    text = write(tmp_path / "b.json", bundle(envelope(payload, keys["p256"]), keys["p256"]))
    check = ["verify-attestation", "--key", keys["p256"].public_path]
    for name in ("v1", "v2"):
        run(waybill, "attach", "attestation", "--attestation", text, f"oci:{tmp_path}/two:{name}")
        run(waybill, *check, f"oci:{tmp_path}/two:{name}")
    run(waybill, "clean", "-f", f"oci:{tmp_path}/two:v1")
    assert "nothing is attached" in run(waybill, "tree", f"oci:{tmp_path}/two:v1").stdout.decode()
    run(waybill, *check, f"oci:{tmp_path}/two:v2")
    run(waybill, "clean", "-f", f"oci:{tmp_path}/two:v2")
    assert not any(b"dsse" in data for data in Stored(str(tmp_path / "two")).files.values())


@pytest.mark.parametrize("layers", [
    None, {}, [], [None], ["x"], [{}], [{"digest": 1}], [{"digest": "sha256:00"}],
    [{"digest": "sha256:" + 64 * "0"}], [{"digest": "sha256:" + 64 * "0", "size": "x"}],
    [{"digest": "SELF", "mediaType": BUNDLE}], [{"digest": "SELF", "mediaType": 5, "size": -1}],
    [{"digest": "SELF", "mediaType": SIMPLE_SIGNING, "annotations": [1]}],
    [{"digest": "SELF", "mediaType": DSSE, "annotations": {"predicateType": 1}}],
    [{"digest": "EMPTY", "mediaType": BUNDLE, "size": 0}], [{"digest": "EMPTY", "mediaType": DSSE}],
])
def test_odd_manifests_do_no_harm(waybill, tmp_path, keys, layers):
    layout = images.Layout()
    target = layout.image(images.Image([]))
    layout.add(target, "v1")
    own = layout.put(b'{"a":1}', "x")["digest"]
    empty = layout.put(b"", "x")["digest"]
    layers = json.loads(json.dumps(layers).replace("SELF", own).replace("EMPTY", empty))
    manifest = {"schemaVersion": 2, "mediaType": images.MANIFEST, "layers": layers, "config": target}
    layout.add(layout.put(to_json({**manifest, "subject": target}), images.MANIFEST))
    for suffix in (".sig", ".att", ".sbom"):
        layout.add(layout.put(to_json({**manifest, "of": suffix}), images.MANIFEST),
                   target["digest"].replace(":", "-") + suffix)
    layout.write(str(tmp_path / "odd"))
    reference = f"oci:{tmp_path}/odd:v1"
    write(tmp_path / "reply", b"0")
    for command in (["tree"], ["tree", "-o", "json"], ["download", "signature"],
                    ["download", "attestation"], ["download", "sbom"],
                    ["attach", "timestamp", "--timestamp-response", tmp_path / "reply"],
                    ["verify", "--key", keys["p256"].public_path],
                    ["verify-attestation", "--key", keys["p256"].public_path],
                    ["clean", "-f"]):
        done = waybill.run(*command, reference)
        assert done.code in (OK, CHECK_FAILED, BAD_INPUT), done
        assert done.code != OK or not command[0].startswith("verify")


# ---- wrong command lines ----

@pytest.mark.parametrize("arguments, text", [
    (["sign", "oci:x"], "--key FILE"),
    (["sign", "--key", "KEY"], "no image given"),
    (["sign", "--key", "KEY", "--format", "new", "oci:x"], "--format new"),
    (["sign", "--key", "KEY", "--tlog-upload=true", "oci:x"], "never writes to a transparency log"),
    (["sign", "--key", "KEY", "-a", "novalue", "oci:x"], "NAME=VALUE"),
    (["sign", "--key", "KEY", "-a", "a=1", "-a", "a=2", "oci:x"], "given twice"),
    (["sign", "--key", "KEY", "-o", "yaml", "oci:x"], "text or json"),
    (["sign", "--key", "KEY", "docker-archive:x.tar"], "OCI layouts only"),
    (["attest", "--key", "KEY", "oci:x"], "--predicate FILE says what to attest"),
    (["attest", "--key", "KEY", "--sbom", "table", "oci:x"], "spdx-json or cyclonedx-json"),
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

