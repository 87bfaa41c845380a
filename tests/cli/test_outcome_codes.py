# SPDX-License-Identifier: Apache-2.0
"""The codes of verifications: the table in the program, docs/codes.md and the tests agree; those that
a policy or the clock decide, on whole deliveries."""
import glob
import json
import os
import re

import pytest

import deliveries
from delivery_reports import codes, judge, key, outcomes, schema  # noqa: F401
from deliveries import Delivery, write_archive
from signatures import DAY, NOW, SPDX, Key, read, write

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
ROW = re.compile(r'\{"([EW]-[A-Z-]+)",\s*"([^"]+)"\}')


def text_of(*patterns):
    return {path: read(path).decode() for pattern in patterns
            for path in glob.glob(os.path.join(ROOT, pattern))}


TABLE = dict(ROW.findall(read(os.path.join(ROOT, "verify", "outcome_codes.c")).decode()))


def test_the_document_is_the_table():
    document = read(os.path.join(ROOT, "docs", "codes.md")).decode()
    rows = re.findall(r"^\| `([EW]-[A-Z-]+)` \| (.+?) \| (.+) \|$", document, re.M)
    assert {code: meaning for code, meaning, _ in rows} == TABLE
    assert len(rows) == len(TABLE) >= 40


def test_every_code_is_produced_and_every_produced_code_is_in_the_table():
    sources = text_of("verify/*.c", "cli/*.c")
    said = set()
    for path, text in sources.items():
        if not path.endswith("outcome_codes.c"):
            said |= set(re.findall(r'"([EW]-[A-Z][A-Z-]+)"', text))
    assert said == set(TABLE)


@pytest.mark.parametrize("code", sorted(TABLE))
def test_every_code_is_provoked_by_a_test(code):
    """By one that runs a program, not only by a unit test."""
    keyword = code.replace("-", "_") + "="
    found = [path for path, text in text_of("tests/cli/*.py").items()
             if f'"{code}"' in text or keyword in text or f"{code} " in text or f"{code}:" in text]
    assert found, f"no test of the programs is about {code}"


# ---- what a policy decides ----

def object_of(image):
    return f"{image['name']}@{image['digest']}"


def when(days):
    return (NOW + days * DAY).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture
def policy(key, tmp_path):  # noqa: F811
    """Writes a policy with these parts changed; gives the options."""
    def make(rule=None, delivery=None, **more):
        value = {"version": 1, "signers": {"a": {"key": read(key.public_path).decode()}},
                 "delivery": {"signers": ["a"], **(delivery or {})},
                 "images": [{"images": ["**"], "signatures": {"signers": ["a"]}, **(rule or {})}],
                 **more}
        return ["--policy", write(str(tmp_path / "policy.json"), json.dumps(value))]
    return make


@pytest.fixture
def small(key):  # noqa: F811
    made = Delivery(key)
    made.image("app:1", b"layer" * 100)
    made.file("notes.txt", b"notes")
    return made


def test_what_was_revoked(judge, small, policy, tmp_path):  # noqa: F811
    path = write_archive(tmp_path / "r.waybill", small.members())
    layer = next(one for one, role in small.roles.items() if role == "layer")
    for digest in (small.images[0]["digest"], layer, small.files[0]["digest"]):
        report = judge(path, trust=policy(revoked={"digests": [
            {"digest": digest, "reason": "shipped with a debug shell"}]}))
        assert codes(report) == {"E-DIGEST-REVOKED"}
        assert "debug shell" in json.dumps(report["outcomes"])


@pytest.mark.parametrize("head,delivery,code", [
    ({"expires": when(-1)}, {}, "E-EXPIRED"),
    ({}, {"requireExpiry": True}, "E-EXPIRED"),
    ({}, {"name": "exampl"}, "E-DELIVERY-NAME"),
    ({"name": "example\n"}, {"name": "example"}, "E-DELIVERY-NAME"),
    ({"issued": when(-10)}, {"maxAge": "9d"}, "E-TOO-OLD"),
    ({"issued": when(-10)}, {"issuedAfter": when(-9)}, "E-TOO-OLD"),
    ({}, {"minimumSequence": 8}, "E-REPLAY"),
    ({"expires": when(3)}, {"expiryWarning": "4d"}, "W-EXPIRES-SOON"),
    ({"issued": when(2), "expires": when(9)}, {}, "W-CLOCK-BEFORE-ISSUE"),
])
def test_names_times_and_numbers(judge, small, policy, tmp_path, head, delivery, code):  # noqa: F811
    small.head.update(head)
    path = write_archive(tmp_path / "r.waybill", small.members())
    report = judge(path, trust=policy(delivery=delivery))
    assert outcomes(report, "") == {(code, "inventory")}


def test_a_policy_that_expired(judge, small, policy, tmp_path):  # noqa: F811
    path = write_archive(tmp_path / "r.waybill", small.members())
    assert outcomes(judge(path, trust=policy(expires=when(-1)))) == {("E-EXPIRED", "policy")}


@pytest.mark.parametrize("rule,code", [
    ({"images": ["other:*"]}, "E-NO-RULE"),
    ({"attestations": [{"type": "https://example.org/audit/v1"}]}, "E-MISSING-ATTESTATION"),
    ({"attestations": [{"type": SPDX, "conditions": [
        {"pointer": "/predicate/name", "equals": "other"}]}]}, "E-CONDITION"),
])
def test_rules_for_images(judge, small, policy, tmp_path, rule, code):  # noqa: F811
    path = write_archive(tmp_path / "r.waybill", small.members())
    report = judge(path, trust=policy(rule=rule))
    assert outcomes(report) == {(code, object_of(small.images[0]))}


def test_an_image_that_nobody_signed(judge, key, policy, tmp_path):  # noqa: F811
    made = Delivery(key)
    name = object_of(made.image("app:1", b"layer", attest=False))
    path = write_archive(tmp_path / "r.waybill", made.members())
    assert outcomes(judge(path)) == {("E-MISSING-SIGNATURE", name)}
    value = json.loads(read(policy()[1]))
    value["images"] = [{"images": ["**"], "unsigned": {"reason": "a test"}}]
    report = judge(path, trust=["--policy", write(str(tmp_path / "p.json"), json.dumps(value))])
    assert outcomes(report, "") == {("W-UNSIGNED", name)}


def test_an_attestation_by_a_stranger(judge, key, policy, tmp_path):  # noqa: F811
    stranger = Key(tmp_path, "ed25519", "stranger")
    made = deliveries.Delivery(key)
    image = made.image("app:1", b"layer", sbom=False)
    entry = next(one for one in made.layout.manifests if one["digest"] == image["digest"])
    image["attestations"].append({"predicateType": SPDX,
                                  "manifest": made.attach(entry, stranger, SPDX, {})})
    path = write_archive(tmp_path / "r.waybill", made.members())
    report = judge(path, trust=policy(rule={"attestations": [{"type": SPDX}]}))
    assert outcomes(report) == {("E-ATTESTATION", object_of(image))}
