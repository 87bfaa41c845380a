# SPDX-License-Identifier: Apache-2.0
"""Secrets in the forms that files have them in: keys with other line ends, in strings and in base64,
texts in UTF-16, large key stores. Keys are made by openssl, ssh-keygen and keytool."""
import base64
import json
import shutil
import subprocess

import images
import pytest
from images import Image
from layers import Layer
from program import OK
from secret_samples import Maker, github_token


def audit(waybill, layers, folder, *arguments):
    images.single(Image(layers)).write(str(folder))
    run = waybill.run("audit", "-q", "-o", "json", *arguments, f"oci:{folder}")
    assert run.code == OK, run
    return json.loads(run.stdout)


def rules_of(report, path):
    return [one["detail"].split("(")[1].split(")")[0] for one in report["findings"]
            if one["check"] == "secret-in-file" and one.get("path") == "/" + path]


def layer_of(files):
    layer = Layer()
    for path, content in files.items():
        layer.file(path, content)
    return layer


def openssl(*arguments, data=b""):
    return subprocess.run(["openssl", *arguments], input=data, capture_output=True,
                          check=True).stdout


@pytest.fixture(scope="module")
def rsa(tmp_path_factory):
    """(key, certificate) in PEM."""
    key = openssl("genrsa", "2048")
    path = tmp_path_factory.mktemp("rsa") / "k.pem"
    path.write_bytes(key)
    return key, openssl("req", "-x509", "-key", str(path), "-subj", "/CN=x", "-days", "9")


def lines(data, before=b"", after=b"\n"):
    return b"".join(before + line + after for line in data.splitlines())


def test_keys_in_every_form(waybill, tmp_path, rsa):
    key, certificate = rsa
    one = base64.b64encode(key)
    ec = openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout")
    files = {
        "crlf": lines(key, after=b"\r\n"),
        "indented": lines(key, b"      "),
        "commented": lines(key, b"# "),
        "json": json.dumps({"key": key.decode()}).encode(),
        "json-twice": json.dumps(json.dumps({"key": key.decode()})).encode(),
        "json-crlf": json.dumps({"key": lines(key, after=b"\r\n").decode()}).encode(),
        "blanks": b"KEY='" + key.strip().replace(b"\n", b" ") + b"'\n",
        "sec1": ec, "sec1-commented": lines(ec, b"# "), "one-line": b"KEY=" + key.replace(b"\n", b"") + b"\n",
        "c": lines(key, b'    "', b'\\n"\n'),
        "mark": b"\xef\xbb\xbf" + key,
        "utf16": key.decode().encode("utf-16"),
        "utf16-be": b"\xfe\xff" + key.decode().encode("utf-16-be"),
        "utf16-without-mark": key.decode().encode("utf-16-le"),
    }
    encoded = {
        "base64": one,
        "wrapped": base64.encodebytes(key),
        "wrapped-crlf": base64.encodebytes(key).replace(b"\n", b"\r\n"),
        "yaml": b"  key: |\n" + lines(base64.encodebytes(key), b"    ") + b"  other: x\n",
        "behind-certificate": b"  tls.pem: " + base64.b64encode(certificate + key) + b"\n",
        "behind-1": base64.b64encode(b"\n" + key),
        "behind-2": base64.encodebytes(b"\r\n" + key),
    }
    bare = {f"{name}-{form}": before + (lines(one, after=b"") if form == "line" else one) + b"\n"
            for name, pem in (("rsa", key), ("pkcs1", openssl("rsa", "-traditional", data=key)),
                              ("ec", ec), ("ec8", openssl("pkcs8", "-topk8", "-nocrypt", data=ec)),
                              ("ed", openssl("genpkey", "-algorithm", "ed25519")))
            for one in [b"\n".join(pem.splitlines()[1:-1])]
            for form, before in (("line", b"key: "), ("lines", b"[k]\n"))}
    nothing = {"certificate": base64.b64encode(certificate), "cut": one[:900],
               "public": base64.b64encode(openssl("pkey", "-pubout", data=key))}
    report = audit(waybill, [layer_of({**files, **encoded, **bare, **nothing})], tmp_path / "i")
    for name in files:
        assert rules_of(report, name) == ["private-key"], name
    for name in encoded:
        assert rules_of(report, name) == ["private-key-base64"], name
    for name in bare:
        assert rules_of(report, name) == ["private-key-der-base64"], name
    for name in nothing:
        assert rules_of(report, name) == [], name


def test_texts_in_utf16(waybill, tmp_path):
    token = github_token(Maker(5))
    text = "a line, ü €\r\n" * 50000 + "token: " + token + "\r\n"
    files = {"le": text.encode("utf-16"), "be": b"\xfe\xff" + text.encode("utf-16-be"),
             "app.ini": "\ufeffpassword=Wq3zR7tY\r\n".encode("utf-16-le")}
    report = audit(waybill, [layer_of(files)], tmp_path / "i")
    assert rules_of(report, "le") == rules_of(report, "be") == ["github-token"]
    assert rules_of(report, "app.ini") == ["password-in-configuration"]
    assert {one["line"] for one in report["findings"]
            if one["check"] == "secret-in-file"} == {50001, 1}


def test_large_key_stores(waybill, tmp_path, rsa):
    key, certificate = rsa
    (tmp_path / "k").write_bytes(key + certificate)
    (tmp_path / "many").write_bytes(certificate * 400)
    p12 = ["pkcs12", "-export", "-passout", "pass:changeit", "-certfile", str(tmp_path / "many")]
    files = {"key.p12": openssl(*p12, "-in", str(tmp_path / "k")),
             "certificates.p12": openssl(*p12, "-nokeys", "-in", str(tmp_path / "k"))}
    assert all(len(content) > 200000 for content in files.values())
    report = audit(waybill, [layer_of(files)], tmp_path / "i")
    assert rules_of(report, "key.p12") == ["key-store"]
    assert rules_of(report, "certificates.p12") == []


def test_java_key_stores(waybill, tmp_path, rsa):
    if not shutil.which("keytool"):
        pytest.skip("SKIPPED: no keytool, which makes Java's key stores")
    certificate = tmp_path / "c.pem"
    certificate.write_bytes(rsa[1])
    files = {}
    for kind in ("jks", "jceks", "pkcs12"):
        path = str(tmp_path / kind)
        store = ["-keystore", path, "-storetype", kind, "-storepass", "changeit", "-noprompt"]
        subprocess.run(["keytool", "-importcert", "-alias", "c", "-file", certificate, *store],
                       check=True, capture_output=True)
        with open(path, "rb") as file:
            files[f"{kind}-certificates"] = file.read()
        subprocess.run(["keytool", "-genkeypair", "-alias", "k", "-keyalg", "EC", "-dname", "CN=x",
                        "-keypass", "changeit", *store], check=True, capture_output=True)
        with open(path, "rb") as file:
            files[kind] = file.read()
    report = audit(waybill, [layer_of(files)], tmp_path / "i")
    for name in files:
        assert rules_of(report, name) == ([] if "-" in name else ["key-store"]), name


def test_passwords_in_configurations(waybill, tmp_path):
    found = {
        "a.ini": "[db]\nuser=bob\npassword=Summer2024!\n", "a.conf": "db.password: hunter2\n",
        "a.yml": "  passwd: 'S3cr3t pass'\n", "a.json": '{\n  "password": "Tr0ub4dor&3"\n}\n',
        "a.env": "POSTGRES_PASSWORD=mysecretpassword1\n", "etc/default/a": 'PASSWORD="qwerty12"\n',
        "a.toml": 'passphrase = "Wq3 zR7t"  # of the key\n',
    }
    near = {
        "b.ini": "password=\n", "b.conf": "password = ${DB_PASSWORD}\n", "b.yml": "password: <secret>\n",
        "c.yml": "password: required\n", "b.env": "PASSWORD_FILE=/run/secrets/db\n",
        "c.env": "PASSWORD=changeme\n", "c.conf": "password_encryption = scram-sha-256\n",
        "c.json": '{"password": "Enter your password"}\n', "d.conf": "# password = x\n",
        "d.yml": "password: '{{ vault_password }}'\n", "e.yml": "password: 12345678\n",
        "usr/share/doc/x/a.conf": "password = hunter2\n",
    }
    report = audit(waybill, [layer_of({**found, **near})], tmp_path / "i")
    for name in found:
        assert rules_of(report, name) == ["password-in-configuration"], name
    for name in near:
        assert rules_of(report, name) == [], name


def test_directories_that_are_deleted_or_hidden(waybill, tmp_path):
    token = github_token(Maker(6))
    lower = layer_of({"a/b/c": token, "o/b/c": token, "r/c": token})
    upper = Layer()
    upper.whiteout("a")
    upper.directory("o")
    upper.opaque("o")
    upper.symlink("r", "elsewhere")
    report = audit(waybill, [lower, upper], tmp_path / "i")
    assert {(one["path"], one["hidden"]) for one in report["findings"]
            if one["check"] == "secret-in-file"} == {
        ("/a/b/c", True), ("/o/b/c", True), ("/r/c", True)}


def test_a_rule_for_everything_is_no_allow_list(waybill, tmp_path):
    rules = tmp_path / "r.toml"
    rules.write_text("[[rules]]\nid = 'a'\nregex = 'x'\n[[rules.allowlists]]\npaths = ['.*']\n")
    images.single(Image([layer_of({"a": "x"})])).write(str(tmp_path / "i"))
    run = waybill.run("audit", "--rules", str(rules), f"oci:{tmp_path / 'i'}")
    assert run.code == 3 and "matches everything" in run.stderr
    rules.write_text("[[rules]]\nid = 'npm-token'\nregex = 'x'\n")
    run = waybill.run("audit", "--rules", str(rules), f"oci:{tmp_path / 'i'}")
    assert run.code == OK and "took the place of the secret rule npm-token" in run.stderr
