# SPDX-License-Identifier: Apache-2.0
"""import-key-pair: which keys made elsewhere are taken, and which are not."""
import os
import stat

import pytest
from key_pairs import PEM, PKCS8, PLAIN, assert_pair, openssl, read, run, write
from key_pairs import pkcs8  # noqa: F401  (a fixture)
from program import BAD_INPUT, CHECK_FAILED, OK, USAGE

FORMS = {
    "pkcs8": lambda name: ["pkcs8", "-topk8", "-nocrypt", "-in", name],
    "traditional": lambda name: ["pkey", "-traditional", "-in", name],
    "aes": lambda name: ["pkcs8", "-topk8", "-in", name, "-passout", "pass:from outside"],
    "sha512": lambda name: ["pkcs8", "-topk8", "-in", name, "-passout", "pass:from outside",
                            "-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA512", "-iter", "100000"],
    "scrypt": lambda name: ["pkcs8", "-topk8", "-in", name, "-passout", "pass:from outside",
                            "-scrypt"],
}


# Ed25519 has no older form.
@pytest.mark.parametrize("kind, form", [
    (kind, form) for kind in ("p256", "p384", "p521", "rsa", "ed25519") for form in FORMS
    if (kind, form) != ("ed25519", "traditional")])
def test_imported_pair_is_the_key(waybill, tmp_path, pkcs8, kind, form):
    write(tmp_path / "in.pem", pkcs8[kind])
    content = openssl(*FORMS[form]("in.pem"), cwd=tmp_path).decode()
    write(tmp_path / "form.pem", content)
    done = run(waybill, tmp_path, "import-key-pair", "--key", "form.pem",
               env={"WAYBILL_IMPORT_PASSWORD": "from outside"})
    assert done.code == OK, done
    key = assert_pair(tmp_path, "import-cosign")
    assert key.private_bytes(PEM, PKCS8, PLAIN).decode() == pkcs8[kind]
    assert stat.S_IMODE(os.stat(tmp_path / "import-cosign.key").st_mode) == 0o600


def test_curve_parameters_in_front_are_skipped(waybill, tmp_path):
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-out", "in.pem", cwd=tmp_path)
    assert "EC PARAMETERS" in read(tmp_path / "in.pem")
    done = run(waybill, tmp_path, "import-key-pair", "--key", "in.pem", "--output-key-prefix", "x")
    assert done.code == OK, done
    assert_pair(tmp_path, "x")


def test_wrong_import_password_is_named(waybill, tmp_path, pkcs8):
    write(tmp_path / "in.pem", pkcs8["p256"])
    write(tmp_path / "form.pem", openssl(*FORMS["aes"]("in.pem"), cwd=tmp_path).decode())
    done = run(waybill, tmp_path, "import-key-pair", "--key", "form.pem")
    assert done.code == CHECK_FAILED
    assert "form.pem: the password does not open the private key" in done.stderr
    # One password on standard input is not two.
    done = run(waybill, tmp_path, "import-key-pair", "--key", "form.pem", password=None,
               stdin=b"from outside")
    assert done.code == USAGE and "a second one is needed" in done.stderr
    assert sorted(os.listdir(tmp_path)) == ["form.pem", "in.pem"]


REFUSED = {
    "rsa-1024": (["genrsa", "1024"], "RSA key of 1024 bits"),
    "rsa-3": (["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-pkeyopt",
               "rsa_keygen_pubexp:3"], "exponent"),
    "p224": (["ecparam", "-name", "secp224r1", "-genkey"], "secp224r1: it must be P-256"),
    "secp256k1": (["ecparam", "-name", "secp256k1", "-genkey"], "secp256k1"),
    "explicit": (["ecparam", "-name", "prime256v1", "-genkey", "-param_enc", "explicit"],
                 "spelt out"),
    "x25519": (["genpkey", "-algorithm", "X25519"], "X25519 key"),
    "ed448": (["genpkey", "-algorithm", "ED448"], "ED448 key"),
    "rsa-pss": (["genpkey", "-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"],
                "RSA-PSS key"),
    "old encryption": (["genrsa", "-traditional", "-aes128", "-passout", "pass:x", "2048"],
                       "openssl pkcs8 -topk8"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_foreign_keys_are_not_imported(waybill, tmp_path, name):
    arguments, text = REFUSED[name]
    write(tmp_path / "in.pem", openssl(*arguments).decode())
    done = run(waybill, tmp_path, "import-key-pair", "--key", "in.pem")
    assert done.code == BAD_INPUT and text in done.stderr, done
    assert os.listdir(tmp_path) == ["in.pem"]


def test_files_that_are_no_private_key_are_not_imported(waybill, tmp_path, pkcs8):
    assert run(waybill, tmp_path, "generate-key-pair").code == OK
    cases = {"cosign.key": "key file of cosign already", "cosign.pub": "not a private key",
             "twice.pem": "something follows", "cut.pem": "no `-----END` line",
             "text": "not PEM"}
    write(tmp_path / "twice.pem", pkcs8["p256"] * 2)
    write(tmp_path / "cut.pem", pkcs8["p256"][:150])
    write(tmp_path / "text", "hello")
    for name, text in cases.items():
        done = run(waybill, tmp_path, "import-key-pair", "--key", name)
        assert done.code == BAD_INPUT and text in done.stderr, done
    assert not os.path.exists(tmp_path / "import-cosign.key")
