# SPDX-License-Identifier: Apache-2.0
"""public-key, of key files, certificates and tokens."""
import base64
import hashlib
import json
import os
import shutil
import subprocess
import time

import keyfile
import pytest
from cryptography.hazmat.primitives import serialization
from key_pairs import DER, PASSWORD, PEM, PKCS8, PLAIN, SPKI, openssl, read, run, write
from key_pairs import pkcs8  # noqa: F401  (a fixture)
from program import BAD_INPUT, CHECK_FAILED, OK, SYSTEM, USAGE


# ---- public-key ----

@pytest.mark.parametrize("name", ["cosign", "p256", "p384", "p521", "rsa3072", "ed25519"])
def test_cosigns_own_keys_are_read(waybill, tmp_path, test_data, name):
    folder = os.path.join(test_data, "cosign")
    if not os.path.isdir(folder):
        pytest.skip(f"SKIPPED: no test data at {folder} (set WAYBILL_TEST_DATA)")
    done = run(waybill, tmp_path, "public-key", "--key", f"{folder}/{name}.key",
               password="waybill-test")
    assert done.code == OK, done
    assert done.stdout.decode() == read(f"{folder}/{name}.pub")
    assert run(waybill, tmp_path, "public-key", "--key",
               f"{folder}/{name}.pub").stdout == done.stdout
    done = run(waybill, tmp_path, "public-key", "--key", f"{folder}/{name}.key", password="Waybill")
    assert done.code == CHECK_FAILED and "the password does not open" in done.stderr


def test_older_key_files_are_read(waybill, tmp_path, pkcs8):
    key = serialization.load_pem_private_key(pkcs8["p384"].encode(), None)
    der = key.private_bytes(DER, PKCS8, PLAIN)
    write(tmp_path / "old.key", keyfile.make_key_file(der, b"old", label=keyfile.OLD_LABEL))
    done = run(waybill, tmp_path, "public-key", "--key", "old.key", password="old")
    assert done.code == OK, done
    assert done.stdout == key.public_key().public_bytes(PEM, SPKI)


def test_public_half_of_everything(waybill, tmp_path, pkcs8):
    key = serialization.load_pem_private_key(pkcs8["p256"].encode(), None)
    want = key.public_key().public_bytes(PEM, SPKI)
    write(tmp_path / "plain.pem", pkcs8["p256"])
    openssl("req", "-x509", "-key", "plain.pem", "-subj", "/CN=x", "-out", "x.crt", cwd=tmp_path)
    (tmp_path / "x.der").write_bytes(key.public_key().public_bytes(DER, SPKI))
    for name in ("plain.pem", "x.crt", "x.der"):
        assert run(waybill, tmp_path, "public-key", "-k", name).stdout == want, name
    env = {"KEY_OF_MINE": pkcs8["p256"]}
    assert run(waybill, tmp_path, "public-key", "-k", "env://KEY_OF_MINE", env=env).stdout == want
    assert run(waybill, tmp_path, "public-key", "-k", "env://NOT_THERE").code == USAGE
    done = run(waybill, tmp_path, "public-key", "-k", "plain.pem", "--outfile", "out.pub")
    assert done.stdout == b"" and (tmp_path / "out.pub").read_bytes() == want
    said = json.loads(run(waybill, tmp_path, "public-key", "-k", "x.crt", "-o", "json").stdout)
    digest = hashlib.sha256(key.public_key().public_bytes(DER, SPKI)).digest()
    assert said["fingerprint"] == "sha256:" + digest.hex()
    assert said["hint"] == base64.b64encode(digest).decode()
    assert said["pem"].encode() == want


@pytest.mark.parametrize("change, text", [
    ({"stated": {"N": 1 << 40}}, "out of bounds"),
    ({"stated": {"N": 65537}}, "out of bounds"),
    ({"stated": {"p": 1 << 30}}, "out of bounds"),
    ({"stated": {"r": 1 << 20}}, "out of bounds"),
    ({"cipher": {"name": "aes"}}, "the cipher is not nacl/secretbox"),
    ({"kdf": {"name": "argon2id"}}, "the key derivation (kdf) is not scrypt"),
    ({"ciphertext": "!"}, "no ciphertext"),
    ({"label": "ENCRYPTED PRIVATE KEY"}, "malformed encrypted private key"),
])
def test_hostile_key_files_are_refused_quickly(waybill, tmp_path, pkcs8, change, text):
    key = serialization.load_pem_private_key(pkcs8["p256"].encode(), None)
    write(tmp_path / "bad.key", keyfile.make_key_file(key.private_bytes(DER, PKCS8, PLAIN),
                                                      PASSWORD.encode(), **change))
    before = time.monotonic()
    done = run(waybill, tmp_path, "public-key", "--key", "bad.key")
    assert done.code == BAD_INPUT and text in done.stderr, done
    assert time.monotonic() - before < 10


@pytest.mark.parametrize("arguments, code, text", [
    ([], USAGE, "--key is missing"),
    (["--key", "none.pem"], SYSTEM, "none.pem: cannot open"),
    (["--key", "."], SYSTEM, "Is a directory"),
    (["--key", "empty"], BAD_INPUT, "empty: not a public key"),
    (["--key", "empty", "more"], USAGE, "unexpected argument `more`"),
    (["--key", "empty", "-o", "yaml"], USAGE, "it is pem or json"),
    (["--key", "pkcs11:object=x?pin-value=%0"], USAGE, "malformed pin-value"),
])
def test_wrong_keys_of_public_key(waybill, tmp_path, arguments, code, text):
    write(tmp_path / "empty", "")
    done = run(waybill, tmp_path, "public-key", *arguments)
    assert done.code == code and text in done.stderr, done


# ---- tokens ----

@pytest.fixture
def token(tmp_path):
    modules = [path for path in ("/usr/lib/softhsm/libsofthsm2.so",
                                 "/usr/lib64/pkcs11/libsofthsm2.so",
                                 "/usr/lib64/softhsm/libsofthsm2.so") if os.path.exists(path)]
    if not modules or not shutil.which("softhsm2-util"):
        pytest.skip("SKIPPED: no SoftHSM on this machine")
    (tmp_path / "tokens").mkdir()
    write(tmp_path / "softhsm2.conf", f"directories.tokendir = {tmp_path}/tokens\n"
                                      "objectstore.backend = file\nlog.level = ERROR\n")
    environment = {"SOFTHSM2_CONF": f"{tmp_path}/softhsm2.conf"}
    subprocess.run(["softhsm2-util", "--init-token", "--free", "--label", "waybill", "--pin", "1234",
                    "--so-pin", "5678"], env=os.environ | environment, check=True,
                   capture_output=True)
    # What the token's module and OpenSSL's engine leave behind is not ours.
    environment["ASAN_OPTIONS"] = "detect_leaks=0:exitcode=99"
    return modules[0], environment


def test_public_key_of_a_token(waybill, tmp_path, token, pkcs8):
    module, environment = token
    write(tmp_path / "in.pem", pkcs8["p256"])
    subprocess.run(["softhsm2-util", "--import", "in.pem", "--token", "waybill", "--label", "signer",
                    "--id", "01", "--pin", "1234"], cwd=tmp_path, env=os.environ | environment,
                   check=True, capture_output=True)
    uri = f"pkcs11:token=waybill;object=signer?module-path={module}"
    done = run(waybill, tmp_path, "public-key", "--key", uri, env=environment)
    if "OpenSSL has no way to tokens" in done.stderr:
        pytest.skip("SKIPPED: OpenSSL has neither a PKCS#11 provider nor an engine")
    assert done.code == OK, done
    assert done.stdout == run(waybill, tmp_path, "public-key", "--key", "in.pem").stdout
    done = run(waybill, tmp_path, "public-key", "--key",
               uri.replace("signer", "nobody") + "&pin-value=1234", env=environment)
    # The provider cannot tell a wrong PIN from a key that is not there.
    assert done.code in (BAD_INPUT, CHECK_FAILED)
    assert "pkcs11:token=waybill;object=nobody: no such public key" in done.stderr
    assert "1234" not in done.stderr
