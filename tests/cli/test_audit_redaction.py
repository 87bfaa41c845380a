# SPDX-License-Identifier: Apache-2.0
"""No output of an audit shows a secret, nor lets one be guessed: not the reports, not the signed
predicate, not the Dockerfile's steps."""
import hashlib
import json

import images
import pytest
from images import REF_NAME, Image
from layers import Layer
from program import BAD_INPUT, OK
from secret_samples import ALNUM, Maker, github_token
from signatures import Key, Stored, signed_statement

PLACES = ("environment", "label", "annotation", "history", "comment", "command", "entry", "added",
          "cron", "apt", "sysctl", "preload", "volume", "directory", "health", "author", "file", "environment-password",
          "history-password", "added-password", "apt-password", "fstab-password", "file-password")


@pytest.fixture(scope="module")
def secrets():
    make = Maker(12)
    return {place: "Wq3-" + make.of(ALNUM, 9) if place.endswith("-password") else github_token(make)
            for place in PLACES}


@pytest.fixture(scope="module")
def reference(secrets, tmp_path_factory):
    """An image with a secret wherever a check may come upon it."""
    of = secrets
    layer = Layer()
    layer.file("etc/cron.d/job", f"T={of['cron']} * * * root /x\n")
    layer.file("etc/apt/sources.list", "deb [trusted=yes] https://u:" +
               f"{of['apt-password']}@apt.internal/{of['apt']} bookworm main\n")
    layer.file("etc/fstab", f"//host/x,password={of['fstab-password']} /mnt cifs ro 0 0\n")
    layer.file("etc/sysctl.d/x.conf", f"kernel.x={of['sysctl']}\n")
    layer.file("etc/ld.so.preload", f"/lib/{of['preload']}.so\n")
    layer.file("etc/app.ini", f"[a]\npassword={of['file-password']}\ntoken={of['file']}\n")
    image = Image([layer], labels={"a": of["label"]}, annotations={"b": of["annotation"]},
                  author=of["author"])
    image.config["config"].update({
        "Env": ["PATH=/bin", "GH=" + of["environment"], "LD_PRELOAD=/" + of["preload"],
                "DB_PASSWORD=" + of["environment-password"]],
        "Cmd": ["run", "--token=" + of["command"]], "Entrypoint": ["/x", "--t=" + of["entry"]],
        "Healthcheck": {"Test": ["CMD-SHELL", "check --token " + of["health"]]},
        "WorkingDir": "/" + of["directory"], "Volumes": {"/dev/" + of["volume"]: {}}})
    image.config["history"] = [
        {"created_by": f"RUN |1 DB_PASSWORD={of['history-password']} T={of['history']} /bin/sh -c "
                       "apt-get update # buildkit", "comment": of["comment"]},
        {"created_by": f"ADD https://u:{of['added-password']}@host.internal/{of['added']} /x "
                       "# buildkit", "empty_layer": True}]
    folder = tmp_path_factory.mktemp("image") / "i"
    layout = images.Layout()
    layout.add(layout.image(image), "v1")
    layout.write(str(folder))
    return f"oci:{folder}:v1"


def shown(secrets, output):
    text = output if isinstance(output, str) else output.decode()
    return [place for place, secret in secrets.items() if secret in text or secret[5:] in text]


@pytest.mark.parametrize("arguments", [
    ("audit", "-o", "table"), ("audit", "-o", "json"), ("audit", "-o", "sarif"),
    ("audit", "--max-age", "1d", "--fail-on", "low"), ("harden", "--dockerfile")])
def test_nothing_shows_them(waybill, secrets, reference, arguments):
    run = waybill.run(*arguments, reference)
    assert run.code in (0, 1) and len(run.stdout) > 500, run
    assert shown(secrets, run.stdout) == shown(secrets, run.stderr) == []


def test_they_are_found_where_they_are(waybill, secrets, reference):
    run = waybill.run("audit", "-q", "-o", "json", reference)
    found = [one for one in json.loads(run.stdout)["findings"]
             if one["check"].startswith("secret-")]
    # The loader's file and variable have the same.
    assert len(found) == len(secrets) + 1, [one["detail"] for one in found]


def test_the_signed_statement_does_not(waybill, secrets, reference, tmp_path):
    key = Key(tmp_path, "p256", "audit")
    run = waybill.run("attest", "--key", key.path, "--audit", reference,
                      env={"COSIGN_PASSWORD": ""})
    assert run.code == OK, run
    stored = Stored(reference.split(":")[1])
    [image] = [one for one in stored.entries if one.get("annotations", {}).get(REF_NAME) == "v1"]
    statements = [signed_statement(bundle, key) for bundle in stored.bundles(image["digest"])]
    assert len(statements) == 1 and shown(secrets, statements[0]) == []


def test_nor_can_passwords_be_guessed(waybill, tmp_path):
    """Fingerprints of two passwords of one length are the same: none of them says which it is."""
    def fingerprints(password, token):
        layer = Layer()
        layer.file("etc/app.ini", f"[a]\npassword={password}\ntoken={token}\n")
        image = Image([layer])
        image.config["config"]["Env"] = [f"DB_PASSWORD={password}"]
        image.config["history"][0]["created_by"] = f"RUN |1 P_PASSWORD={password} apt-get update"
        folder = tmp_path / hashlib.sha256((password + token).encode()).hexdigest()
        images.single(image).write(str(folder))
        run = waybill.run("audit", "-q", "-o", "json", f"oci:{folder}")
        assert run.code == OK, run
        return {(one["check"], one.get("path"), one["detail"]): one["fingerprint"]
                for one in json.loads(run.stdout)["findings"]}
    make = Maker(3)
    token, other = github_token(make), github_token(make)
    first, second = fingerprints("hunter2-a", token), fingerprints("Xk3-dd9pw", token)
    assert first == second
    assert any("password-in-configuration" in detail for _, _, detail in first)
    assert any("password-in-settings" in detail for _, _, detail in first)
    # A token is long enough: another one is another finding.
    third = fingerprints("hunter2-a", other)
    assert {key[2].split("(")[1] for key in first if first[key] != third[key]} == {
        "github-token): ghp_… "}


def test_equal_passwords_are_findings_of_their_own(waybill, tmp_path):
    layer = Layer()
    layer.file("etc/app.ini", "[a]\npassword=hunter2-a\n[b]\npassword=hunter2-b\n")
    images.single(Image([layer])).write(str(tmp_path / "i"))
    run = waybill.run("audit", "-q", "-o", "json", f"oci:{tmp_path / 'i'}")
    found = [one for one in json.loads(run.stdout)["findings"] if one["check"] == "secret-in-file"]
    assert [one["line"] for one in found] == [2, 4]
    assert found[0]["fingerprint"] != found[1]["fingerprint"]


def test_a_baseline_of_earlier_fingerprints_is_refused(waybill, reference, tmp_path):
    report = json.loads(waybill.run("audit", "-q", "-o", "json", reference).stdout)
    path = tmp_path / "b.json"
    path.write_text(json.dumps(report))
    run = waybill.run("audit", "--baseline", str(path), "--fail-on", "information", reference)
    assert run.code == OK, run
    path.write_text(json.dumps({**report, "type": "urn:waybill:audit-report:1"}))
    run = waybill.run("audit", "--baseline", str(path), reference)
    assert run.code == BAD_INPUT and "earlier version" in run.stderr, run


def test_a_secret_is_waived_by_its_fingerprint(waybill, tmp_path):
    """Until another one is there: of passwords, one of another length."""
    def run(name, password, *arguments):
        layer = Layer()
        layer.file("etc/app.ini", f"[a]\npassword={password}\n")
        folder = tmp_path / name
        images.single(Image([layer])).write(str(folder))
        return waybill.run("audit", "-q", "-o", "json", "--skip", "user-root", *arguments,
                           f"oci:{folder}")
    [finding] = [one for one in json.loads(run("a", "hunter2-a").stdout)["findings"]
                 if one["check"] == "secret-in-file"]
    waivers = tmp_path / "w.json"
    waivers.write_text(json.dumps({"version": 1, "waivers": [
        {"fingerprint": finding["fingerprint"], "expires": "2999-01-01", "reason": "ticket 17"}]}))
    arguments = ("--waivers", str(waivers), "--fail-on", "medium")
    assert run("b", "hunter2-a", *arguments).code == OK
    assert run("c", "another-hunter2", *arguments).code == 1
