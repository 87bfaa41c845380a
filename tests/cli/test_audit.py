# SPDX-License-Identifier: Apache-2.0
"""Every check finds what it is about, and nothing in an image that has nothing of it."""
import os
import re

import images
import pytest
from audit_cases import CASES, IN_EVERY_LAYER, spoiled
from audited import NOW, Draft, Report, audit, secret_token
from layers import Layer
from program import BAD_INPUT, CHECK_FAILED, OK, USAGE

DOCS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs")


@pytest.fixture(scope="module")
def clean(waybill, tmp_path_factory):
    return audit(waybill, Draft().write(tmp_path_factory.mktemp("clean")))


@pytest.fixture(scope="module")
def listed(waybill):
    run = waybill.run("audit", "--list-checks")
    assert run.code == OK, run
    return [re.split(r" +", line, maxsplit=2) for line in run.stdout.decode().splitlines()]


def test_every_check_has_a_case(listed):
    assert [one[0] for one in listed] == sorted(CASES, key=[one[0] for one in listed].index)


def test_nothing_is_found_in_a_clean_image(clean):
    assert clean.findings == []
    assert clean.json["maxSeverity"] == "none"
    assert clean.json["secretRules"] > 0


@pytest.mark.parametrize("check", CASES)
def test_each_check_finds_what_it_is_about(waybill, clean, tmp_path, check):
    assert clean.states[check] == "passed"
    secrets = [] if check.startswith("secret-") else ["--no-secrets"]
    report = audit(waybill, spoiled(check).write(tmp_path / "i"), *secrets)
    assert report.states[check] == "failed", report.states
    for finding in report.of(check):
        assert re.fullmatch(r"[0-9a-f]{64}", finding["fingerprint"])
        assert "\n" not in finding["detail"]


@pytest.mark.parametrize("check", IN_EVERY_LAYER)
def test_hidden_files_are_found_in_their_layers(waybill, tmp_path, check):
    path, data, fields = IN_EVERY_LAYER[check]
    draft = Draft().file(path, data, **fields)
    draft.layer("RUN rm").whiteout(path)
    report = audit(waybill, draft.write(tmp_path / "i"))
    [finding] = report.of(check)
    assert finding["hidden"] and finding["path"] == "/" + path
    assert finding["layer"]["number"] == 1
    assert finding["layer"]["diffID"] == draft.build().layers[0].diff_id
    assert finding["step"] == "COPY rootfs / # buildkit"


def test_a_finding_names_the_layer_and_the_step_that_caused_it(waybill, tmp_path):
    draft = Draft()
    draft.layer("RUN install tool").file("usr/bin/curl", b"x", mode=0o4755)
    report = audit(waybill, draft.write(tmp_path / "i"), "--no-secrets")
    [finding] = report.of("setuid-file")
    assert finding["layer"]["number"] == 2 and finding["step"] == "RUN install tool"
    assert "hidden" not in finding


def test_capabilities_are_decoded(waybill, tmp_path):
    report = audit(waybill, spoiled("file-capability").write(tmp_path / "i"), "--no-secrets")
    assert [one["detail"] for one in report.of("file-capability")] == ["cap_net_bind_service=ep"]


@pytest.mark.parametrize("data, detail", [
    ("0000000100040000" "00000000", "cap_net_bind_service=p"),
    ("0100000300040000" "0000000000000000" "00000000" "e8030000",
     "cap_net_bind_service=ep, where root is uid 1000"),
    ("0000000200000000" "0020000000000000" "00000000", "cap_net_raw=i"),
    ("00000002" + "00" * 16, "none, which takes away those of root"),
    ("0102", "an attribute that cannot be read (2 bytes)"),
    ("0100000300040000" "0000000000000000" "00000000", "an attribute that cannot be read (20 bytes)")])
def test_capabilities_of_each_revision(waybill, tmp_path, data, detail):
    draft = Draft().file("srv/x", b"", pax=[("SCHILY.xattr.security.capability",
                                             bytes.fromhex(data))])
    report = audit(waybill, draft.write(tmp_path / "i"), "--no-secrets")
    assert [one["detail"] for one in report.of("file-capability")] == [detail]


def test_users_by_name_are_resolved(waybill, tmp_path):
    draft = Draft().append("etc/passwd", "boss:x:0:0::/:/usr/sbin/nologin\n")
    draft.config["User"] = "boss:app"
    report = audit(waybill, draft.write(tmp_path / "a"), "--no-secrets")
    assert report.states["user-root"] == "failed"
    draft = Draft()
    draft.config["User"] = "nobody-knows"
    report = audit(waybill, draft.write(tmp_path / "b"), "--no-secrets")
    assert report.states["user-root"] == "inconclusive"


def test_no_health_check_is_asked_of_an_oci_image(waybill, tmp_path):
    draft = spoiled("health-check-missing")
    draft.docker = False
    report = audit(waybill, draft.write(tmp_path / "i"), "--no-secrets")
    assert report.states["health-check-missing"] == "not-applicable"


def test_no_secret_is_printed(waybill, tmp_path):
    """Whatever the output, and in the steps of the history, too."""
    tokens = [secret_token(seed) for seed in ("file", "env", "step", "label")]
    draft = Draft().file("srv/app.conf", f"token = {tokens[0]}\n")
    draft.config["Env"].append("TOKEN=" + tokens[1])
    draft.config["Labels"]["note"] = tokens[3]
    draft.layer(f"RUN |1 TOKEN={tokens[2]} make").file("opt/tool", b"x", mode=0o4755)
    reference = draft.write(tmp_path / "i")
    run = waybill.run("audit", reference, "-o", f"json={tmp_path}/a.json", "-o", "table",
                      "-o", f"sarif={tmp_path}/a.sarif")
    assert run.code == OK, run
    outputs = [run.stdout, run.stderr.encode(), (tmp_path / "a.json").read_bytes(),
               (tmp_path / "a.sarif").read_bytes()]
    for output in outputs:
        for token in tokens:
            assert token.encode() not in output
    assert len(audit(waybill, reference).of("secret-in-configuration")) == 3


def test_what_a_package_ships_to_everybody_is_a_low_finding(waybill, tmp_path):
    def severity(name, packaged):
        draft = Draft()
        CASES["secret-in-file"](draft)
        [path] = [path for path in draft.files if path.endswith(".pem")]
        draft.packages["keys"] = {path: draft.files[path][0] if packaged else b"other"}
        report = audit(waybill, draft.write(tmp_path / name))
        return [one["severity"] for one in report.of("secret-in-file")]
    assert severity("as", True) == ["low"]
    assert severity("changed", False) != ["low"]


def test_a_shadowed_password_is_not_printed(waybill, tmp_path):
    reference = spoiled("password-weak").write(tmp_path / "i")
    run = waybill.run("audit", reference, "--no-secrets", "-o", "json")
    assert b"abcdefgh" not in run.stdout


def test_more_findings_than_are_listed_are_counted(waybill, tmp_path):
    draft = Draft()
    for i in range(2100):
        draft.base.file(f"srv/{i:04}", b"", mode=0o666)
    report = audit(waybill, draft.write(tmp_path / "i"), "--no-secrets")
    [check] = [one for one in report.json["checks"] if one["id"] == "world-writable-file"]
    assert check["findings"] == 2100
    assert len(report.of("world-writable-file")) == 2001


def test_hostile_names_are_printable(waybill, tmp_path):
    draft = Draft().file(b"srv/\xff\x1b[31m\n", b"", mode=0o666)
    draft.append("etc/passwd", "a\x1bb:x:7:7:::/bin/sh\n")
    run = waybill.run("audit", draft.write(tmp_path / "i"), "--no-secrets")
    assert run.code == OK and b"\x1b" not in run.stdout
    run.stdout.decode("utf-8")


def test_the_report_is_the_same_every_time(waybill, tmp_path):
    draft = spoiled("setuid-file").file("srv/x", b"x", mode=0o666)
    reference = draft.write(tmp_path / "i")
    outputs = {waybill.run("audit", reference, "-o", "json", "--threads", threads).stdout
               for threads in ("1", "4")}
    assert len(outputs) == 1


def test_an_empty_image_is_audited(waybill, tmp_path):
    report = audit(waybill, images.write_oci(tmp_path / "i", [Layer()]))
    assert report.states["modified-file"] == "not-applicable"


# ---- the command line ----

def test_fail_on(waybill, tmp_path):
    reference = spoiled("setuid-file").write(tmp_path / "i")
    for severity, code in (("critical", OK), ("high", OK), ("medium", CHECK_FAILED),
                           ("information", CHECK_FAILED)):
        run = waybill.run("audit", reference, "--no-secrets", "--fail-on", severity,
                          env={"SOURCE_DATE_EPOCH": NOW})
        assert run.code == code, run
        assert b"setuid-file" in run.stdout, "the report is written all the same"
    assert waybill.run("audit", reference, "--fail-on", "grave").code == USAGE


@pytest.mark.parametrize("arguments, code", [
    (["--skip", "no-such-check"], USAGE), (["--max-age", "a year"], USAGE),
    (["-o", "no-such-format"], USAGE), (["--rules", "/nonexistent"], None),
    (["--waivers", "/dev/null"], None), (["--threads", "-1"], USAGE)])
def test_wrong_arguments(waybill, tmp_path, arguments, code):
    run = waybill.run("audit", Draft().write(tmp_path / "i"), *arguments)
    assert run.code == code or (code is None and run.code != OK), run
    assert run.stdout == b"" and len(run.lines) == 1


def test_skipped_checks_are_left_out(waybill, tmp_path):
    report = audit(waybill, spoiled("setuid-file").write(tmp_path / "i"), "--no-secrets",
                   "--skip", "setuid-file")
    assert "setuid-file" not in report.states and report.of("setuid-file") == []


def test_allowed_accounts_and_ports(waybill, tmp_path):
    draft = spoiled("account-unexpected")
    draft.config["ExposedPorts"] = {"8443/tcp": {}}
    report = audit(waybill, draft.write(tmp_path / "i"), "--no-secrets",
                   "--allow-account", "games", "--allow-port", "8443/tcp")
    assert report.states["account-unexpected"] == "passed"
    assert report.states["unexpected-port"] == "passed"


def test_the_sbom_comes_from_the_same_reading(waybill, tmp_path):
    reference = Draft().write(tmp_path / "i")
    run = waybill.run("audit", reference, "-o", "json", "-o", f"spdx-json={tmp_path}/a.spdx.json")
    assert run.code == OK, run
    alone = waybill.sbom(reference, "-o", "spdx-json").stdout
    assert (tmp_path / "a.spdx.json").read_bytes() == alone


def test_every_image_of_an_index_is_audited(waybill, tmp_path):
    layout, reference = images.Layout(), f"oci:{tmp_path}/i"
    drafts = {"amd64": spoiled("setuid-file"), "arm64": Draft()}
    descriptors = []
    for architecture, draft in drafts.items():
        image = draft.build()
        image.config["architecture"] = architecture
        descriptors.append(layout.image(image, platform={"os": "linux",
                                                         "architecture": architecture}))
    layout.add(layout.index(descriptors), "v1").write(tmp_path / "i")
    run = waybill.run("audit", reference, "--all-platforms", "--no-secrets", "--fail-on", "medium",
                      "-o", f"json={tmp_path}/{{platform}}.json", env={"SOURCE_DATE_EPOCH": NOW})
    assert run.code == CHECK_FAILED, run
    reports = {name: Report((tmp_path / f"linux-{name}.json").read_bytes()) for name in drafts}
    assert reports["amd64"].states["setuid-file"] == "failed"
    assert reports["arm64"].states["setuid-file"] == "passed"


def test_damaged_images_give_no_report(waybill, tmp_path):
    reference = Draft().write(tmp_path / "i")
    [blob] = [path for path in (tmp_path / "i/blobs/sha256").iterdir()
              if path.read_bytes()[:2] == b"\x1f\x8b"]
    data = bytearray(blob.read_bytes())
    data[len(data) // 2] ^= 1
    blob.write_bytes(data)
    run = waybill.run("audit", reference, "-o", f"json={tmp_path}/a.json")
    assert run.code == BAD_INPUT and not (tmp_path / "a.json").exists()


def test_the_documentation_lists_every_check(listed):
    with open(os.path.join(DOCS, "audit.md"), encoding="utf-8") as file:
        rows = re.findall(r"^\| `([a-z-]+)` \| ([a-z]+) \| (.*?) \|", file.read(), re.MULTILINE)
    assert sorted([id, severity] for id, severity, _ in rows) == sorted(
        [one[0], one[1]] for one in listed)
