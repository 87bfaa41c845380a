# SPDX-License-Identifier: Apache-2.0
"""What an audit writes, judged by others: SARIF by models made from its schema, the predicate by its
schema, the signed statement by openssl; waivers, baselines, and policies that demand an audit."""
import copy
import json
import os
import re
from urllib.parse import unquote_to_bytes, urlsplit

import jsonschema
import pytest
import rfc3986_validator
from audit_cases import spoiled
from audited import NOW, Draft, Report, audit
from program import BAD_INPUT, CHECK_FAILED, OK, USAGE
from pydantic import ValidationError
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as Sarif
from images import REF_NAME
from signatures import Key, Stored, read, signed_statement

DOCS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs")
PREDICATE = json.loads(read(os.path.join(DOCS, "audit-predicate.schema.json")))
TYPE = "urn:waybill:audit:1"


def examples(name):
    return [json.loads(text) for text in
            re.findall(r"```json\n(.*?)```", read(os.path.join(DOCS, name)).decode(), re.S)]


def save(path, value):
    path.write_text(json.dumps(value), encoding="utf-8")
    return str(path)


@pytest.fixture(scope="module")
def draft():
    """Two findings of files, one of the config, one of the history."""
    draft = spoiled("setuid-file")
    draft.file("srv/a b%\u00e9", b"x", mode=0o666)
    draft.config["User"] = "root"
    draft.step("ADD https://files.example/app.tar /opt")
    return draft


@pytest.fixture(scope="module")
def reference(draft, tmp_path_factory):
    return draft.write(tmp_path_factory.mktemp("audited"))


# ---- SARIF ----

def sarif(waybill, reference, *arguments):
    run = waybill.run("audit", reference, "--no-secrets", "-o", "sarif", *arguments,
                      env={"SOURCE_DATE_EPOCH": NOW})
    assert run.code == OK, run
    text = run.stdout.decode()
    Sarif.model_validate_json(text)
    return json.loads(text)


def test_sarif_is_valid_and_says_what_the_report_says(waybill, reference):
    [run] = sarif(waybill, reference)["runs"]
    report = audit(waybill, reference, "--no-secrets")
    assert len(run["results"]) == len(report.findings)
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == list(report.states)
    for result, finding in zip(run["results"], report.findings):
        assert result["ruleId"] == finding["check"] == rules[result["ruleIndex"]]["id"]
        assert result["partialFingerprints"]["waybillFinding/v2"] == finding["fingerprint"]
        assert result["level"] == {"high": "error", "medium": "warning"}.get(
            finding["severity"], "note")
    [shared] = [one for one in run["results"] if one["ruleId"] == "world-writable-file"]
    [location] = shared["locations"]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == "srv/a%20b%25%C3%A9"


def test_sarif_of_hostile_names_is_valid(waybill, tmp_path):
    names = [b"srv/\xff\x1b\n", "srv/a:b?c#d%41[x]\\".encode(), "srv/\u202e\u00e9".encode(), b"srv/%2e%2e",
             b"javascript:x", b"srv/'\"<>`{}|^"]
    draft = Draft()
    for name in names:
        draft.file(name, b"", mode=0o666)
    draft.base.directory("./", mode=0o777)
    [run] = sarif(waybill, draft.write(tmp_path / "i"))["runs"]
    uris = [one["physicalLocation"]["artifactLocation"]["uri"] for result in run["results"]
            for one in result["locations"] if "physicalLocation" in one]
    assert all(rfc3986_validator.validate_rfc3986(uri, "URI_reference") for uri in uris)
    assert all(not urlsplit(uri).scheme for uri in uris)
    assert {unquote_to_bytes(uri) for uri in uris} == {*names, b"./"}


def test_sarif_of_a_clean_image_is_valid(waybill, tmp_path):
    assert sarif(waybill, Draft().write(tmp_path / "i"))["runs"][0]["results"] == []


def test_the_models_do_refuse(waybill, reference):
    document = sarif(waybill, reference)
    document["runs"][0]["results"][0]["levels"] = "error"
    with pytest.raises(ValidationError):
        Sarif.model_validate(document)


# ---- waivers ----

def waiver(**members):
    return {"check": "setuid-file", "path": "/usr/bin/*", "reason": "known", "expires": "2030-01-01",
            **members}


def waived(waybill, reference, folder, *waivers, code=OK, **more):
    path = save(folder / "waivers.json", {"version": 1, "waivers": list(waivers)})
    run = waybill.run("audit", reference, "--no-secrets", "-o", "json", "--waivers", path,
                      "--max-age", "30d", "--allow-port", "8080",
                      *more.get("arguments", ()), env={"SOURCE_DATE_EPOCH": NOW})
    assert run.code == code, run
    return run


def test_waivers_by_path_and_by_fingerprint(waybill, reference, tmp_path):
    [add] = audit(waybill, reference, "--no-secrets").of("add-instruction")
    by_print = {"fingerprint": add["fingerprint"], "reason": "checked", "expires": "2024-01-08"}
    run = waived(waybill, reference, tmp_path, waiver(), by_print)
    report = Report(run.stdout)
    assert report.states["setuid-file"] == report.states["add-instruction"] == "waived"
    assert [(one["waiver"], one["waiverExpires"]) for one in report.of("setuid-file")] == [
        ("known", "2030-01-01")]
    assert report.json["counts"]["waived"] == 2 and run.warnings == []
    results = sarif(waybill, reference, "--waivers", str(tmp_path / "waivers.json"))["runs"][0]
    [result] = [one for one in results["results"] if one["ruleId"] == "setuid-file"]
    assert result["suppressions"] == [{"kind": "external", "justification": "known",
                                       "properties": {"expires": "2030-01-01"}}]


def test_findings_without_a_path_are_waived_by_two_stars(waybill, reference, tmp_path):
    run = waived(waybill, reference, tmp_path, waiver(check="user-root", path="**"))
    assert Report(run.stdout).states["user-root"] == "waived"
    run = waived(waybill, reference, tmp_path, waiver(check="user-root", path="/**"))
    assert Report(run.stdout).states["user-root"] == "failed"


def test_a_day_counts_to_its_end(waybill, reference, tmp_path):
    path = save(tmp_path / "w.json", {"version": 1, "waivers": [waiver(expires="2024-01-08")]})
    for now, state in (("1704758399", "waived"), ("1704758400", "failed")):
        run = waybill.run("audit", reference, "--no-secrets", "-o", "json", "--waivers", path,
                          env={"SOURCE_DATE_EPOCH": now})
        assert Report(run.stdout).states["setuid-file"] == state


def test_what_is_not_listed_is_waived_by_no_path(waybill, tmp_path):
    """A waiver of one directory does not reach a finding beyond those that are listed."""
    draft = Draft()
    for i in range(2001):
        draft.base.file(f"srv/{i:04}", b"", mode=0o666)
    draft.base.file("usr/share/x", b"", mode=0o666)
    run = waived(waybill, draft.write(tmp_path / "i"), tmp_path,
                 waiver(check="world-writable-file", path="/srv/**"))
    report = Report(run.stdout)
    assert report.states["world-writable-file"] == "failed"
    assert report.json["maxSeverity"] == report.json["maxWaivedSeverity"] == "medium"


def test_expired_waivers_do_not_count_and_are_said(waybill, reference, tmp_path):
    run = waived(waybill, reference, tmp_path, waiver(expires="2024-01-07"),
                 waiver(check="device-node"))
    report = Report(run.stdout)
    assert report.states["setuid-file"] == "failed"
    assert "2024-01-07" in run.warnings[0] and "nothing" in run.warnings[1]
    assert len(report.json["notes"]) == 2


def test_waived_findings_do_not_fail(waybill, reference, tmp_path):
    fail = ["--fail-on", "medium", "--skip", "user-root", "--skip", "add-instruction",
            "--skip", "world-writable-file", "--skip", "setuid-added"]
    waived(waybill, reference, tmp_path, waiver(), arguments=fail)
    waived(waybill, reference, tmp_path, waiver(path="/usr/sbin/*"), arguments=fail,
           code=CHECK_FAILED)


@pytest.mark.parametrize("change", [
    {"reason": None}, {"expires": None}, {"path": None}, {"check": None}, {"check": "no-such"},
    {"expires": "next year"}, {"reason": ""}, {"resaon": "x"}, {"fingerprint": "0" * 64},
    {"path": None, "fingerprint": "12"}, {"path": 7}])
def test_waivers_are_read_strictly(waybill, reference, tmp_path, change):
    wrong = {key: value for key, value in waiver(**change).items() if value is not None}
    run = waived(waybill, reference, tmp_path, wrong, code=BAD_INPUT)
    assert run.stdout == b"" and "waiver 1" in run.stderr


def test_the_example_of_the_documentation_is_read(waybill, reference, tmp_path):
    [example] = examples("audit.md")
    waived(waybill, reference, tmp_path, *example["waivers"])


# ---- baseline ----

def test_only_what_is_new_counts(waybill, draft, reference, tmp_path):
    run = waybill.run("audit", reference, "--no-secrets", "-o", f"json={tmp_path}/last.json")
    assert run.code == OK, run
    baseline = ["--no-secrets", "--baseline", str(tmp_path / "last.json"), "--fail-on",
                "information"]
    again = waybill.run("audit", reference, *baseline)
    assert again.code == OK, again
    assert {one["baselineState"] for one in sarif(waybill, reference, *baseline[:3])["runs"][0][
        "results"]} == {"unchanged"}
    newer = copy.deepcopy(draft)
    newer.image, newer.base = None, type(newer.base)()
    newer.program("usr/bin/curl")
    newer = newer.write(tmp_path / "newer")
    run = waybill.run("audit", newer, *baseline, "-o", "json")
    assert run.code == CHECK_FAILED, run
    report = Report(run.stdout)
    new = {"network-tool", "unowned-executable"}
    assert {one["check"] for one in report.findings if "inBaseline" not in one} == new
    results = sarif(waybill, newer, *baseline[:3])["runs"][0]["results"]
    assert {one["ruleId"] for one in results if one["baselineState"] == "new"} == new


@pytest.mark.parametrize("content", [b"{}", b"[", b'{"type":"urn:waybill:audit-report:2"}',
                                     b'{"type":"urn:waybill:audit-report:1","findings":[]}',
                                     b'{"type":"urn:waybill:audit-report:2","findings":[{}]}'])
def test_a_baseline_must_be_a_report(waybill, reference, tmp_path, content):
    (tmp_path / "b.json").write_bytes(content)
    run = waybill.run("audit", reference, "--baseline", str(tmp_path / "b.json"))
    assert run.code == BAD_INPUT and "baseline" in run.stderr


# ---- the signed audit ----

@pytest.fixture(scope="module")
def key(tmp_path_factory):
    return Key(tmp_path_factory.mktemp("key"), "p256", "audit")


def attest(waybill, key, reference, *arguments, code=OK):
    run = waybill.run("attest", "--key", key.path, *arguments, reference,
                      env={"SOURCE_DATE_EPOCH": NOW, "COSIGN_PASSWORD": ""})
    assert run.code == code, run
    return run


def statements(key, folder):
    """The signed statements in a layout, their signatures checked by openssl."""
    stored = Stored(str(folder))
    [image] = [one for one in stored.entries if one.get("annotations", {}).get(REF_NAME) == "v1"]
    return [json.loads(signed_statement(bundle, key))
            for bundle in stored.bundles(image["digest"])]


def test_the_audit_is_signed_with_the_sbom(waybill, key, draft, tmp_path):
    reference = draft.write(tmp_path / "i")
    attest(waybill, key, reference, "--audit", "--no-secrets", "--sbom", "spdx-json")
    found = {one["predicateType"]: one for one in statements(key, tmp_path / "i")}
    assert set(found) == {TYPE, "https://spdx.dev/Document"}
    predicate = found[TYPE]["predicate"]
    jsonschema.validate(predicate, PREDICATE)
    assert predicate["maxSeverity"] == "high" and predicate["time"] == "2024-01-08T07:46:40Z"
    assert predicate["image"]["manifestDigest"].endswith(found[TYPE]["subject"][0]["digest"]["sha256"])
    report = audit(waybill, reference, "--no-secrets")
    assert [one["fingerprint"] for one in predicate["findings"]] == [
        one["fingerprint"] for one in report.findings]


@pytest.mark.parametrize("arguments", [["--waivers", "x", "--sbom", "spdx-json"],
                                       ["--audit", "--type", "custom"],
                                       ["--audit", "--predicate", "x"], []])
def test_wrong_arguments(waybill, key, reference, arguments):
    attest(waybill, key, reference, *arguments, code=USAGE)


def judged(waybill, key, reference, folder, **conditions):
    """Whether a policy holds that demands this of the audit."""
    return judged_by(waybill, key, reference, folder, [
        {"pointer": "/predicate/" + name.replace("_", "/"), **test}
        for name, test in conditions.items()])


def judged_by(waybill, key, reference, folder, demands):
    attested = {"type": TYPE, "signers": ["audit"]}
    if demands:
        attested["conditions"] = demands
    policy = {"version": 1, "signers": {"audit": {"key": read(key.public_path).decode()}},
              "images": [{"images": ["**"], "signatures": {"signers": ["audit"]},
                          "attestations": [attested]}]}
    run = waybill.run("verify", "--policy", save(folder / "policy.json", policy), reference)
    assert run.code in (OK, CHECK_FAILED), run
    return run.code == OK


def test_policies_can_demand_an_audit(waybill, key, tmp_path):
    reference = spoiled("setuid-file").write(tmp_path / "i")
    assert waybill.run("sign", "--key", key.path, reference).code == OK
    attest(waybill, key, reference, "--audit", "--no-secrets")
    passed = {"contains": [{"id": "user-root", "state": "passed"}]}
    failed = {"contains": [{"id": "setuid-file", "state": "passed"}]}
    assert judged(waybill, key, reference, tmp_path, maxSeverity={"oneOf": ["low", "medium"]},
                  checks=passed, time={"notOlderThan": "9999d"})
    assert not judged(waybill, key, reference, tmp_path, maxSeverity={"equals": "none"})
    assert not judged(waybill, key, reference, tmp_path, checks=failed)
    assert not judged(waybill, key, reference, tmp_path, time={"notOlderThan": "30d"})
    assert not judged(waybill, key, reference, tmp_path, image_created={"notOlderThan": "30d"})
    assert not judged(waybill, key, reference, tmp_path, secretRules={"minimum": 1})


@pytest.fixture(scope="module")
def demands():
    """What the documentation's policy asks for, of fixtures that are some years old."""
    [policy] = examples("audit-predicate.md")
    found = policy["images"][0]["attestations"][0]["conditions"]
    ages = [one for one in found if "notOlderThan" in one]
    assert len(ages) == 2
    return [{**one, "notOlderThan": "9999d"} if one in ages else one for one in found]


APPLICABLE = ("--max-age", "30d", "--allow-port", "8080")


@pytest.mark.parametrize("check, arguments, waivers, good", [
    (None, (), (), True),
    ("setuid-file", (), (), False),
    (None, ("--no-secrets",), (), False),
    ("setuid-file", ("--skip", "setuid-file"), (), False),
    ("user-root", ("--skip", "user-root"), (), False),
    ("user-root", (), ("user-root",), False),
    ("password-empty", (), ("password-empty",), False),
    ("setuid-file", (), ("setuid-file",), True),
    ("log-file", (), (), True)])
def test_no_concession_passes_the_policy_of_the_documentation(waybill, key, tmp_path, demands, check,
                                                              arguments, waivers, good):
    """What was skipped, waived or not scanned is in the statement."""
    draft = Draft() if check is None else spoiled(check)
    reference = draft.write(tmp_path / "i")
    assert waybill.run("sign", "--key", key.path, reference).code == OK
    path = save(tmp_path / "w.json", {"version": 1, "waivers": [
        waiver(check=name, path="**") for name in waivers]})
    attest(waybill, key, reference, "--audit", *APPLICABLE, "--waivers", path, *arguments)
    assert judged_by(waybill, key, reference, tmp_path, demands) == good


def test_the_statement_says_what_was_conceded(waybill, key, tmp_path):
    reference = spoiled("password-empty").write(tmp_path / "i")
    path = save(tmp_path / "w.json", {"version": 1, "waivers": [
        waiver(check="password-empty", path="**")]})
    attest(waybill, key, reference, "--audit", "--no-secrets", *APPLICABLE, "--waivers", path,
           "--skip", "shell-present", "--allow-account", "app", "--keep", "/usr/bin/app")
    [statement] = statements(key, tmp_path / "i")
    predicate = statement["predicate"]
    jsonschema.validate(predicate, PREDICATE)
    assert predicate["maxSeverity"] == "none" and predicate["maxWaivedSeverity"] == "critical"
    assert predicate["skipped"] == ["shell-present"]
    assert predicate["accepted"] == {"accounts": ["app"], "ports": ["8080"],
                                     "kept": ["/usr/bin/app"], "maxAge": 30 * 86400}
    assert predicate["states"]["waived"] == 1 and predicate["states"]["inconclusive"] == 2
    assert sum(predicate["states"].values()) == len(predicate["checks"])


def test_an_audit_counts_for_its_own_image_only(waybill, key, tmp_path):
    """Neither somebody else's statement nor the predicate of another image, signed for this one."""
    good, bad = Draft().write(tmp_path / "good"), spoiled("setuid-file").write(tmp_path / "bad")
    attest(waybill, key, good, "--audit", "--no-secrets")
    [statement] = statements(key, tmp_path / "good")
    assert waybill.run("sign", "--key", key.path, bad).code == OK
    attest(waybill, key, bad, "--type", TYPE, "--predicate",
           save(tmp_path / "p.json", statement["predicate"]))
    assert not judged(waybill, key, bad, tmp_path, maxSeverity={"equals": "none"})
    assert not judged_by(waybill, key, bad, tmp_path, [])
    attest(waybill, key, bad, "--audit", "--no-secrets", "--skip", "setuid-file")
    assert judged(waybill, key, bad, tmp_path, maxSeverity={"equals": "none"})
    assert not judged(waybill, key, bad, tmp_path, maxSeverity={"equals": "none"},
                      skipped={"equals": []})


def test_an_audit_of_tomorrow_is_not_fresh(waybill, key, tmp_path):
    reference = Draft().write(tmp_path / "i")
    assert waybill.run("sign", "--key", key.path, reference).code == OK
    run = waybill.run("attest", "--key", key.path, "--audit", "--no-secrets", reference,
                      env={"SOURCE_DATE_EPOCH": "32503680000", "COSIGN_PASSWORD": ""})
    assert run.code == OK, run
    assert judged(waybill, key, reference, tmp_path, maxSeverity={"oneOf": ["none", "high"]})
    assert not judged(waybill, key, reference, tmp_path, time={"notOlderThan": "9999d"})


def test_the_policy_of_the_documentation_is_good(waybill, key, tmp_path):
    [policy] = examples("audit-predicate.md")
    policy["signers"]["audit"]["key"] = read(key.public_path).decode()
    run = waybill.run("policy", "check", save(tmp_path / "p.json", policy))
    assert run.code == OK, run
