# SPDX-License-Identifier: Apache-2.0
"""sign-blob and attest-blob: signatures and statements of files."""
import hashlib
import json
import os
import subprocess

import keyfile
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from program import BAD_INPUT, CHECK_FAILED, SYSTEM, USAGE
from signatures import DER, KINDS, PROVENANCE, b64, openssl, read, signed_statement, unb64, write
from signing import refused, run
from signing import image  # noqa: F401  (a fixture)


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
