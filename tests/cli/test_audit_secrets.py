# SPDX-License-Identifier: Apache-2.0
"""Secrets: each built-in rule finds what it is about, in every layer and in what the config says,
nothing that only comes near it, and shows it nowhere. Keys are made by openssl and ssh-keygen."""
import base64
import json
import os
import re
import subprocess

import images
import pytest
from images import Image
from layers import Layer
from program import BAD_INPUT, OK
from secret_samples import Maker, Sample, github_token, samples

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
RULES = os.path.join(ROOT, "audit", "secret_rules.toml")
KEY_RULES = {"private-key", "private-key-base64", "private-key-putty", "private-key-der",
             "private-key-der-base64",
             "key-store", "gcp-service-account"}
SETTINGS_RULES = {"password-in-settings"}  # of no files


def audit(waybill, image, folder, *arguments):
    images.single(image).write(str(folder))
    run = waybill.run("audit", "-q", "-o", "json", *arguments, f"oci:{folder}")
    assert run.code == OK, run
    return run.stdout.decode()


def secrets_in(text):
    """(path, rule, severity, line, layer, hidden, detail) of each."""
    found = []
    for one in json.loads(text)["findings"]:
        if not one["check"].startswith("secret-"):
            continue
        rule = re.search(r"\(([a-z0-9-]+)\)", one["detail"]).group(1)
        found.append((one.get("path"), rule, one["severity"], one.get("line"), one["detail"],
                      bool(one.get("hidden"))))
    return found


def counting(found):
    return [one for one in found if one[2] != "information"]


def layer_of(files):
    layer = Layer()
    for path, content in files.items():
        layer.file(path, content)
    return layer


# ---- texts: recall and precision -----------------------------------------------------------------

def test_each_rule_has_a_sample():
    with open(RULES, encoding="utf-8") as file:
        rules = re.findall(r'^id = "(.*)"$', file.read(), re.M)
    assert sorted({sample.rule for sample in samples()} | KEY_RULES | SETTINGS_RULES) == \
        sorted(rules)


@pytest.fixture(scope="module")
def corpus(waybill, tmp_path_factory):
    files, expected, near = {}, {}, []
    for seed in range(1, 6):
        for sample in samples(seed):
            path = f"{seed}/{sample.rule}/{sample.path}"
            files[path] = sample.text()
            expected["/" + path] = sample
            for index, secret in enumerate(sample.near_misses()):
                path = f"{seed}/near/{sample.rule}-{index}/{sample.path}"
                files[path] = sample.text(secret)
                near.append(("/" + path, sample.rule))
    image = Image([layer_of(files)])
    text = audit(waybill, image, tmp_path_factory.mktemp("corpus") / "i")
    return text, secrets_in(text), expected, near


def test_every_planted_secret_is_found_and_once(corpus):
    _, found, expected, _ = corpus
    for path, sample in expected.items():
        rules = [one[1] for one in found if one[0] == path]
        assert rules == [sample.rule], path


def test_their_lines_are_right(corpus):
    _, found, expected, _ = corpus
    for path, _, _, line, _, _ in found:
        if path in expected:
            assert line == expected[path].text().count("\n", 0, expected[path].text().index(
                expected[path].secret)) + 1, path


def test_what_comes_near_is_not_taken_for_it(corpus):
    _, found, _, near = corpus
    wrong = [(one[0], one[1]) for one in counting(found) if (one[0], one[1]) in set(near)]
    assert wrong == []


def test_no_output_shows_a_secret(corpus):
    text, _, expected, _ = corpus
    for sample in expected.values():
        assert sample.secret not in text
        assert sample.secret[5:] not in text


def test_examples_of_documentations_are_known(waybill, tmp_path):
    files = {
        "a": "aws_access_key_id = AKIAIOSFODNN7" + "EXAMPLE\n",
        "b": "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCY" + "EXAMPLEKEY\n",
        "c": "ghp_" + "x" * 36 + "\n",
        "d": "password = changeme-changeme\n", "e.env": "PASSWORD=${PASSWORD_FROM_VAULT}\n",
        "f": "https://user:password@host.invalid/\n",
        "g": "token = ghp_" + Maker(4).of("ABCDEFghijk0123", 36) + "\n",
        "h": "DefaultEndpointsProtocol=http;AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsu"
             "Fq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw" + "==;\n",
        "i": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwi"
             "aWF0IjoxNTE2MjM5MDIyfQ.SflKxwRJSMeKKF2QT4fwpMeJf36POk6y" + "JV_adQssw5c\n",
        "j": "sk" + "_test_4eC39HqLyjWDarjtT1zdp7dc\n",
        "k": '{"auths": {"r": {"auth": "dXNlcjpwYXNzd29yZA=="}}}',
    }
    found = secrets_in(audit(waybill, Image([layer_of(files)]), tmp_path / "i"))
    assert counting(found) == []
    assert {one[0] for one in found} == {"/" + name for name in "abcghijk"}


# ---- keys ------------------------------------------------------------------------------------------

def openssl(*arguments):
    return subprocess.run(["openssl", *arguments], capture_output=True, check=True).stdout


def ssh_key(folder, name, *arguments):
    path = os.path.join(folder, name)
    subprocess.run(["ssh-keygen", "-q", "-f", path, *arguments], check=True)
    with open(path, "rb") as file:
        return file.read()


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    """Path -> (content, rule, whether it is encrypted)."""
    folder = str(tmp_path_factory.mktemp("keys"))
    rsa = os.path.join(folder, "rsa.pem")
    with open(rsa, "wb") as file:
        file.write(openssl("genrsa", "2048"))
    with open(rsa, "rb") as file:
        pem = file.read()
    ec = openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout")
    certificate = os.path.join(folder, "c.pem")
    openssl("req", "-x509", "-key", rsa, "-subj", "/CN=x", "-days", "9", "-out", certificate)
    p12 = ["pkcs12", "-export", "-in", certificate, "-passout", "pass:x"]
    account = {"type": "service_account", "private_key": pem.decode(), "client_email": "a@b"}
    return {
        "pkcs8.pem": (pem, "private-key", False),
        "pkcs1.pem": (openssl("rsa", "-in", rsa, "-traditional"), "private-key", False),
        "sec1.pem": (ec, "private-key", False),
        "encrypted.pem": (openssl("pkcs8", "-topk8", "-in", rsa, "-passout", "pass:x"),
                          "private-key", True),
        "rfc1421.pem": (openssl("rsa", "-in", rsa, "-traditional", "-aes128", "-passout",
                                "pass:x"), "private-key", True),
        "key.der": (openssl("pkey", "-in", rsa, "-outform", "DER"), "private-key-der", False),
        "rsa.der": (openssl("rsa", "-in", rsa, "-traditional", "-outform", "DER"),
                    "private-key-der", False),
        "key.p12": (openssl(*p12, "-inkey", rsa), "key-store", True),
        "id_ed25519": (ssh_key(folder, "a", "-t", "ed25519", "-N", ""), "private-key", False),
        "id_rsa": (ssh_key(folder, "b", "-t", "rsa", "-N", "abcdefg"), "private-key", True),
        "account.json": (json.dumps(account).encode(), "gcp-service-account", False),
        "in-yaml.yml": (b"key: |\n" + b"".join(b"    " + line + b"\n" for line in ec.split(b"\n")),
                        "private-key", False),
        "in-code.py": (b"KEY = (" + b"\n".join(b'    "' + line + b'\\n"'
                                               for line in ec.splitlines()) + b")\n",
                       "private-key", False),
        "kubeconfig": (b"  client-key-data: " + base64.b64encode(ec) + b"\n",
                       "private-key-base64", False),
        "program": (b"\x7fELF" + bytes(300000) + ec + bytes(70000), "private-key", False),
        "certificate.pem": (openssl("x509", "-in", certificate), None, False),
        "public.pem": (openssl("pkey", "-in", rsa, "-pubout"), None, False),
        "public.der": (openssl("pkey", "-in", rsa, "-pubout", "-outform", "DER"), None, False),
        "certificates.p12": (openssl(*p12, "-nokeys"), None, False),
        "cut.pem": (pem[:900] + b"\n-----END PRIVATE KEY-----\n", None, False),
        "header": (b"-----BEGIN RSA PRIVATE KEY-----\n", None, False),
    }


def test_private_keys_are_told_by_their_structure(waybill, tmp_path, keys):
    image = Image([layer_of({name: one[0] for name, one in keys.items()})])
    found = secrets_in(audit(waybill, image, tmp_path / "i"))
    for name, (_, rule, encrypted) in keys.items():
        here = [one for one in found if one[0] == "/" + name]
        assert [one[1] for one in here] == ([rule] if rule else []), name
        for _, _, severity, _, detail, _ in here:
            assert severity == ("medium" if encrypted else "critical"
                                if rule == "gcp-service-account" else "high"), (name, detail)


def test_published_keys_are_known(waybill, tmp_path):
    """testECCP256 of RFC 9500, made of its private number."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    number = 0xE6CB5BDD80AA45AE9C95E8C15476679FFEC953C16851E711E743939589C64FC1
    pem = ec.derive_private_key(number, ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption())
    [one] = secrets_in(audit(waybill, Image([layer_of({"k": pem})]), tmp_path / "i"))
    assert one[2] == "information" and "RFC 9500" in one[4]


# ---- places --------------------------------------------------------------------------------------

def test_secrets_are_found_wherever_they_are(waybill, tmp_path):
    make = Maker(7)
    tokens = {place: github_token(make)
              for place in ("env", "label", "history", "cmd", "deleted", "replaced", "big")}
    big = (b"x" * 79 + b"\n") * 3000
    lower = layer_of({"srv/deleted": "t=" + tokens["deleted"], "srv/replaced": tokens["replaced"],
                      "srv/big": big + tokens["big"].encode() + b"\n" + big})
    upper = layer_of({"srv/replaced": "nothing"})
    upper.whiteout("srv/deleted")
    image = Image([lower, upper], labels={"maintainer.token": tokens["label"]})
    image.config["config"].update({"Env": ["PATH=/bin", "GH=" + tokens["env"]],
                                   "Cmd": ["run", "--token=" + tokens["cmd"]]})
    image.config["history"][0]["created_by"] = f"RUN |1 T={tokens['history']} /bin/sh -c true"
    text = audit(waybill, image, tmp_path / "i")
    found = secrets_in(text)
    assert {one[1] for one in found} == {"github-token"} and len(found) == len(tokens)
    assert {(one[0], one[5]) for one in found if one[0]} == {
        ("/srv/deleted", True), ("/srv/replaced", True), ("/srv/big", False)}
    [line] = [one[3] for one in found if one[0] == "/srv/big"]
    assert line == 3001
    for token in tokens.values():
        assert token not in text


def test_rules_of_users(waybill, tmp_path):
    rules = tmp_path / "rules.toml"
    rules.write_text('[[rules]]\nid = "acme"\ndescription = "A key of Acme"\n'
                     "regex = '''acme_([0-9a-f]{16})'''\nkeywords = ['acme_']\n"
                     "[rules.allowlist]\npaths = ['''^doc/''']\n")
    image = Image([layer_of({"a": "acme_0f3c5a9e77d1b2c4", "doc/a": "acme_0f3c5a9e77d1b2c4"})])
    text = audit(waybill, image, tmp_path / "i", "--rules", str(rules))
    assert [one[:2] for one in secrets_in(text)] == [("/a", "acme")]
    assert json.loads(text)["secretRules"] == \
        len(KEY_RULES | SETTINGS_RULES) + len(samples()) + 1
    for broken, message in (("[[rules]]\nid = 'a'\nregex = '(?<!x)y'\n", 'rule "a": RE2'),
                            ("title = 'none'\n", "no [[rules]]"), ("[[rules]\n", ":1: ")):
        rules.write_text(broken)
        run = waybill.run("audit", "--rules", str(rules), f"oci:{tmp_path / 'i'}")
        assert run.code == BAD_INPUT and message in run.stderr, run


def test_gitleaks_own_file_loads(waybill, tmp_path):
    """Users bring it: $WAYBILL_GITLEAKS_RULES."""
    path = os.environ.get("WAYBILL_GITLEAKS_RULES")
    if not path:
        pytest.skip("SKIPPED: WAYBILL_GITLEAKS_RULES names no rule file of gitleaks")
    token = Sample("x", github_token(Maker(9)))
    text = audit(waybill, Image([layer_of({"a": token.text()})]), tmp_path / "i", "--rules", path)
    assert json.loads(text)["secretRules"] > 250
    assert "/a" in {one[0] for one in counting(secrets_in(text))}
