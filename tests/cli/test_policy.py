# SPDX-License-Identifier: Apache-2.0
"""Policies: the schema (by Python's jsonschema) and the reader agree, the examples of docs/policy.md
are good, and images are judged by them. What is signed here is made by fixtures/, never by waybill."""
import copy
import json
import os
import re

import images
import jsonschema
import pytest
import sigstore
from cryptography import x509
from layers import Layer
from program import BAD_INPUT, CHECK_FAILED, OK, SYSTEM, USAGE
from signatures import (BUNDLE, CYCLONEDX, DAY, NOW, PROVENANCE, SIGN_PREDICATE, SPDX, Authority,
                        Key, TimestampAuthority, bundle, envelope, read, statement, to_json, write)

DOCS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs")
SCHEMA = json.loads(read(os.path.join(DOCS, "policy.schema.json")))
EXAMPLES = re.findall(r"```json\n(.*?)```", read(os.path.join(DOCS, "policy.md")).decode(), re.S)
NAME = "registry.example/team/app:v1"
RULE = {"images": ["**"], "signatures": {"signers": ["a"]}}


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys")
    return {name: Key(folder, "p256", name) for name in "abc"}


@pytest.fixture(scope="module")
def pki(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("pki"))


def signers_of(keys, **more):
    return {name: {"key": read(key.public_path).decode(), **more.get(name, {})}
            for name, key in keys.items()}


def save(folder, policy, name="policy.json"):
    return write(os.path.join(str(folder), name), json.dumps(policy))


# ---- the schema and the reader ----

def at(policy, path, value):
    """A copy with a member set; None takes it away."""
    changed = copy.deepcopy(policy)
    *way, last = path
    here = changed
    for step in way:
        here = here[step]
    if value is None:
        del here[last]
    else:
        here[last] = value
    return changed


ATTESTATION = ["images", 0, "attestations", 0]
BASE = {
    "version": 1, "images": [{**RULE, "attestations": [
        {"type": "spdxjson", "conditions": [{"pointer": "/predicate/a", "equals": None}]}]}],
    "delivery": {"signers": ["a"]}}
GOOD = {
    "whole": ([], None),
    "no images": (["images"], None),
    "no delivery": (["delivery"], None),
    "expiry": (["expires"], "2030-01-01T00:00:00+02:00"),
    "threshold": (["delivery"], {"signers": ["a", "b"], "threshold": 2}),
    "name of a delivery": (["delivery", "name"], "plant-7"),
    "times": (["delivery"], {"signers": ["a"], "maxAge": "2w", "issuedAfter": "2026-01-01T00:00:00Z",
                             "requireExpiry": True, "minimumSequence": 4}),
    "by digest": (["images", 0], {"digests": ["sha256:" + "0" * 64], "unsigned": {"reason": "r"}}),
    "annotations": (["images", 0, "signatures", "annotations"], {"a": "b"}),
    "uri": ([*ATTESTATION, "type"], "https://example.org/x"),
    "numbers": ([*ATTESTATION, "conditions", 0], {"pointer": "/a~1b~0", "minimum": 1, "maximum": 2.5}),
    "lists": ([*ATTESTATION, "conditions", 0], {"pointer": "/a", "contains": [{}], "oneOf": [1]}),
    "age": ([*ATTESTATION, "conditions", 0], {"pointer": "/a", "notOlderThan": "30d"}),
    "revoked": (["revoked"], {"keys": [{"sha256": "AB:" * 31 + "AB"}],
                              "certificates": [{"serial": "0A"}, {"sha256": "0" * 64}],
                              "digests": [{"digest": "sha512:" + "0" * 128, "reason": "r"}]}),
    "kit": (["trustKit"], {"warningAge": "1h"}),
}
BAD = {
    "version": (["version"], 2),
    "version as text": (["version"], "1"),
    "no version": (["version"], None),
    "unknown": (["keys"], {}),
    "unknown below": (["delivery", "sequence"], 1),
    "unknown in a rule": (["images", 0, "exclude"], []),
    "empty name": (["name"], ""),
    "no signers": (["signers"], None),
    "empty signers": (["signers"], {}),
    "empty images": (["images"], []),
    "time": (["expires"], "2030-01-01"),
    "time as number": (["expires"], 1),
    "duration": (["delivery", "maxAge"], "30 days"),
    "duration of nothing": (["delivery", "maxAge"], "0s"),
    "duration as number": (["delivery", "maxAge"], 30),
    "empty list": (["delivery", "signers"], []),
    "threshold of none": (["delivery", "threshold"], 0),
    "threshold as text": (["delivery", "threshold"], "1"),
    "flag as text": (["delivery", "requireExpiry"], "true"),
    "sequence": (["delivery", "minimumSequence"], 0),
    "empty name of a delivery": (["delivery", "name"], ""),
    "names of a delivery": (["delivery", "name"], ["a"]),
    "two ways": (["images", 0, "unsigned"], {"reason": "r"}),
    "no way": (["images", 0, "signatures"], None),
    "no pattern": (["images", 0, "images"], None),
    "empty pattern": (["images", 0, "images"], [""]),
    "digest": (["images", 0, "digests"], ["sha256:" + "A" * 64]),
    "no reason": (["images", 0], {"images": ["x"], "unsigned": {}}),
    "annotation": (["images", 0, "signatures", "annotations"], {"a": 1}),
    "no type": ([*ATTESTATION, "type"], None),
    "threshold alone": ([*ATTESTATION, "threshold"], 1),
    "pointer": ([*ATTESTATION, "conditions", 0, "pointer"], "predicate"),
    "pointer escape": ([*ATTESTATION, "conditions", 0, "pointer"], "/a~2"),
    "no test": ([*ATTESTATION, "conditions", 0], {"pointer": "/a"}),
    "no conditions": ([*ATTESTATION, "conditions"], []),
    "minimum as text": ([*ATTESTATION, "conditions", 0, "minimum"], "1"),
    "contains as text": ([*ATTESTATION, "conditions", 0, "contains"], "x"),
    "empty oneOf": ([*ATTESTATION, "conditions", 0, "oneOf"], []),
    "two kinds of signer": (["signers", "a", "keyless"], {"identity": "x", "issuer": "y"}),
    "no kind of signer": (["signers", "x"], {}),
    "keyless without issuer": (["signers", "x"], {"keyless": {"identity": "x"}}),
    "keyless without identity": (["signers", "x"], {"keyless": {"issuer": "x"}}),
    "two identities": (["signers", "x"], {"keyless": {"identity": "x", "identityRegexp": "x",
                                                      "issuer": "y"}}),
    "certificate without roots": (["signers", "x"], {"certificate": {"identity": "x"}}),
    "revoked key": (["revoked"], {"keys": [{"sha256": "ab"}]}),
    "revoked serial": (["revoked"], {"certificates": [{"serial": "xyz"}]}),
    "revoked twice": (["revoked"], {"certificates": [{"serial": "1", "sha256": "0" * 64}]}),
    "revoked nothing": (["revoked"], {"digests": [{}]}),
    "revoked other": (["revoked"], {"names": ["x"]}),
}
# What a schema cannot say.
ONLY_THE_READER = {
    "unknown signer": (["delivery", "signers"], ["z"]),
    "threshold above": (["delivery", "threshold"], 2),
    "no rule but exemptions": ([], {"version": 1, "images": [{"images": ["x"], "unsigned": {
        "reason": "r"}}]}),
    "no key": (["signers", "a", "key"], "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"),
    "unknown type": ([*ATTESTATION, "type"], "nonsense"),
    "upside down": (["signers", "a"], {"notBefore": "2027-01-01T00:00:00Z",
                                       "notAfter": "2026-01-01T00:00:00Z"}),
    "day of no month": (["expires"], "2030-02-30T00:00:00Z"),
    "pattern": (["signers", "x"], {"keyless": {"identityRegexp": "(", "issuer": "y"}}),
    "costly pattern": (["signers", "x"], {"keyless": {"identityRegexp": "(a{99}){99}", "issuer": "y"}}),
}


def policy_of(keys, change):
    path, value = change
    policy = {**BASE, "signers": signers_of(keys)}
    if not path:
        return policy if value is None else {**value, "signers": policy["signers"]}
    if path == ["signers", "a"]:
        value = {**policy["signers"]["a"], **value}
    return at(policy, path, value)


def check(waybill, path, code=OK):
    done = waybill.run("policy", "check", path, "-o", "json")
    assert done.code == code, done
    said = json.loads(done.stdout)
    assert said["valid"] is (code == OK) and ("failure" in said) is (code != OK)
    return said


@pytest.mark.parametrize("name", GOOD)
def test_what_both_take(waybill, tmp_path, keys, name):
    policy = policy_of(keys, GOOD[name])
    jsonschema.Draft202012Validator(SCHEMA).validate(policy)
    assert check(waybill, save(tmp_path, policy))["explanation"]


@pytest.mark.parametrize("name", BAD)
def test_what_both_refuse(waybill, tmp_path, keys, name):
    policy = policy_of(keys, BAD[name])
    assert not jsonschema.Draft202012Validator(SCHEMA).is_valid(policy)
    check(waybill, save(tmp_path, policy), BAD_INPUT)


@pytest.mark.parametrize("name", ONLY_THE_READER)
def test_what_the_schema_cannot_say(waybill, tmp_path, keys, name):
    policy = policy_of(keys, ONLY_THE_READER[name])
    jsonschema.Draft202012Validator(SCHEMA).validate(policy)
    check(waybill, save(tmp_path, policy), BAD_INPUT)


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_examples_of_the_documentation(waybill, tmp_path, pki, number):
    jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(EXAMPLES[number]))
    contents = {"pub": lambda: read(Key(tmp_path, "p256", "made").public_path),
                "crt": lambda: read(pki.root_path), "crl": lambda: read(pki.crls("made.crl")),
                "json": lambda: to_json(sigstore.Instance().trusted_root())}
    for path in re.findall(r'"([\w/]+\.(?:pub|crt|crl|json))"', EXAMPLES[number]):
        os.makedirs(tmp_path / os.path.dirname(path), exist_ok=True)
        write(tmp_path / path, contents[path.rsplit(".", 1)[1]]())
    said = check(waybill, write(tmp_path / "policy.json", EXAMPLES[number]))
    assert not [line for line in said["warnings"] if "nothing" in line]


def test_paths_are_relative_to_the_policy(waybill, tmp_path, keys):
    os.mkdir(tmp_path / "below")
    write(tmp_path / "below" / "a.pub", read(keys["a"].public_path))
    policy = {"version": 1, "signers": {"a": {"key": "a.pub"}}, "images": [RULE]}
    save(tmp_path / "below", policy)
    assert waybill.run("policy", "check", "below/policy.json", cwd=tmp_path).code == OK
    assert waybill.run("policy", "check", "policy.json", cwd=tmp_path / "below").code == OK
    done = waybill.run("policy", "check", save(tmp_path, policy))
    assert done.code == SYSTEM and "a.pub" in done.stderr


def test_explanations_are_for_people(waybill, tmp_path, keys):
    policy = {"version": 1, "name": "north\x1b[1m", "signers": signers_of(keys), "images": [
        {"images": ["a/**"], "signatures": {"signers": ["a", "b"], "threshold": 2}},
        {"images": ["a/b:*"], "signatures": {"signers": ["c"]}}],
        "delivery": {"name": "plant\x1b7", "signers": ["a"]}}
    done = waybill.run("policy", "check", save(tmp_path, policy))
    text = done.stdout.decode()
    assert "    it must be named plant" in text
    assert done.code == OK and "must be signed by 2 different of: a, b" in text
    assert keys["a"].fingerprint.hex()[:16] in text and "\x1b" not in text
    assert any("rule 2: nothing reaches" in line for line in done.warnings)


@pytest.mark.parametrize("arguments", [[], ["check"], ["explain", "x"], ["check", "x", "y"],
                                       ["check", "-o", "xml", "x"]])
def test_wrong_command_lines(waybill, arguments):
    assert waybill.run("policy", *arguments).code == USAGE


# ---- images ----

class Signed:
    """A layout of one image; its name and what is attached to it."""

    def __init__(self, folder, name=NAME, platforms=0):
        self.folder, self.layout = str(folder), images.Layout()
        self.platforms = []
        for number in range(max(platforms, 1)):
            layer = Layer()
            layer.file("etc/motd", b"hello %d\n" % number)
            self.platforms.append(self.layout.image(images.Image([layer])))
        self.target = self.layout.index(self.platforms) if platforms else self.platforms[0]
        self.layout.add(self.target, name)

    def attach(self, text, predicate_type, subject):
        empty = self.layout.put(b"{}", "application/vnd.oci.empty.v1+json")
        self.layout.add(self.layout.put(to_json({
            "schemaVersion": 2, "mediaType": images.MANIFEST, "artifactType": BUNDLE,
            "config": empty, "layers": [self.layout.put(text, BUNDLE)],
            "annotations": {"dev.sigstore.bundle.predicateType": predicate_type},
            "subject": subject or self.target}), images.MANIFEST))
        return self

    def sign(self, key, predicate_type=SIGN_PREDICATE, predicate=None, subject=None, **how):
        payload = statement((subject or self.target)["digest"], predicate_type, predicate)
        content = envelope(payload, key)
        if "stamp" in how:
            raw = sigstore.base64.b64decode(content["signatures"][0]["sig"])
            how["timestamps"] = [how.pop("stamp")(raw)]
        return self.attach(bundle(content, key, **how), predicate_type, subject)

    def write(self):
        os.makedirs(self.folder)
        self.layout.write(self.folder)
        return f"oci:{self.folder}"


def judge(waybill, policy, layout, *codes, arguments=()):
    """The codes that the verification ends with; it holds when there is no E- among them."""
    done = waybill.run("verify", "--policy", policy, "-o", "json", *arguments, layout)
    said = json.loads(done.stdout)
    assert sorted(one["code"] for one in said["outcomes"]) == sorted(codes), done
    good = not [code for code in codes if code.startswith("E-")]
    assert done.code == (OK if good else CHECK_FAILED) and said["verified"] is good
    return said


@pytest.fixture
def signed(tmp_path):
    return Signed(tmp_path / "layout")


def test_who_must_have_signed(waybill, tmp_path, keys, signed):
    def by(**signatures):
        return save(tmp_path, {"version": 1, "signers": signers_of(keys), "images": [
            {"images": ["registry.example/team/*"], "signatures": signatures}]})
    layout = signed.sign(keys["a"]).sign(keys["a"]).sign(keys["b"]).write()
    said = judge(waybill, by(signers=["a"]), layout)
    assert said["proofs"][0]["keyId"] == keys["a"].fingerprint.hex()
    assert said["blobsChecked"] == 3 and said["rule"] == "registry.example/team/*"
    text = waybill.run("verify", "--policy", by(signers=["a"]), layout).stdout.decode()
    assert "by the rule registry.example/team/*" in text and "not checked: time of signing" in text
    judge(waybill, by(signers=["a", "b", "c"], threshold=2), layout)
    judge(waybill, by(signers=["a", "b", "c"], threshold=3), layout, "E-SIGNATURE")
    judge(waybill, by(signers=["c"]), layout, "E-SIGNATURE")
    judge(waybill, by(signers=["a"], annotations={"env": "prod"}), layout, "E-SIGNATURE")


def test_missing_is_not_tampered(waybill, tmp_path, keys):
    policy = save(tmp_path, {"version": 1, "signers": signers_of(keys), "images": [
        {**RULE, "attestations": [{"type": "spdxjson"}]}]})
    bare = Signed(tmp_path / "bare").write()
    judge(waybill, policy, bare, "E-MISSING-SIGNATURE", "E-MISSING-ATTESTATION")
    other = Signed(tmp_path / "other")
    other.sign(keys["a"], CYCLONEDX).sign(keys["b"], SPDX)
    judge(waybill, policy, other.write(), "E-MISSING-SIGNATURE", "E-ATTESTATION")
    spoiled = Signed(tmp_path / "spoiled").sign(keys["a"]).sign(keys["a"], SPDX)
    layout = spoiled.write()
    judge(waybill, policy, layout)
    layer = json.loads(spoiled.layout.blobs[spoiled.target["digest"]])["layers"][0]["digest"]
    path = os.path.join(spoiled.folder, "blobs", *layer.split(":"))
    write(path, read(path)[:-1] + b"x")
    judge(waybill, policy, layout, "E-DIGEST")
    os.unlink(path)
    judge(waybill, policy, layout, "E-MISSING-BLOB")


@pytest.mark.parametrize("below", [True, False])
def test_attestations_of_every_platform(waybill, tmp_path, keys, below):
    policy = save(tmp_path, {"version": 1, "signers": signers_of(keys), "images": [
        {**RULE, "attestations": [{"type": "spdxjson"}]}]})
    index = Signed(tmp_path / "layout", platforms=2).sign(keys["a"])
    if not below:
        judge(waybill, policy, index.sign(keys["a"], SPDX).write())
        return
    index.sign(keys["a"], SPDX, subject=index.platforms[0])
    index.folder = str(tmp_path / "one")
    said = judge(waybill, policy, index.write(), "E-MISSING-ATTESTATION")
    assert index.platforms[1]["digest"] in said["outcomes"][0]["object"]
    index.sign(keys["a"], SPDX, subject=index.platforms[1])
    index.folder = str(tmp_path / "both")
    judge(waybill, policy, index.write())


def test_conditions(waybill, tmp_path, keys, signed):
    def when(*conditions):
        return save(tmp_path, {"version": 1, "signers": signers_of(keys), "images": [
            {**RULE, "attestations": [{"type": "slsaprovenance1", "signers": ["b"],
                                       "conditions": list(conditions)}]}]})
    made = (NOW - DAY).strftime("%Y-%m-%dT%H:%M:%SZ")
    layout = signed.sign(keys["a"]).sign(keys["b"], PROVENANCE, {"made": made, "worst": 4}).write()
    judge(waybill, when({"pointer": "/predicate/made", "notOlderThan": "2d"},
                        {"pointer": "/predicate/worst", "maximum": 4}), layout)
    said = judge(waybill, when({"pointer": "/predicate/made", "notOlderThan": "23h"}), layout,
                 "E-CONDITION")
    assert "/predicate/made" in said["outcomes"][0]["message"]
    judge(waybill, when({"pointer": "/predicate/worst", "maximum": 3}), layout, "E-CONDITION")


def test_revoked_keys_and_their_time(waybill, tmp_path, keys):
    clock = TimestampAuthority(tmp_path)
    stamped = Signed(tmp_path / "stamped").sign(keys["a"], stamp=clock.stamp).write()
    bare = Signed(tmp_path / "bare").sign(keys["a"]).write()

    def policy(since=None, **window):
        revoked = {"sha256": keys["a"].fingerprint.hex(), **({"since": since} if since else {})}
        return save(tmp_path, {
            "version": 1, "signers": signers_of(keys, a=window), "images": [RULE],
            "timestampAuthorities": clock.chain_path,
            **({} if window else {"revoked": {"keys": [revoked]}})})
    later, earlier = ((NOW + days).strftime("%Y-%m-%dT%H:%M:%SZ") for days in (DAY, -DAY))
    judge(waybill, policy(), stamped, "E-KEY-REVOKED")
    judge(waybill, policy(later), stamped)
    judge(waybill, policy(later), bare, "E-KEY-REVOKED")
    judge(waybill, policy(earlier), stamped, "E-KEY-REVOKED")
    judge(waybill, policy(notBefore=earlier, notAfter=later), bare)
    judge(waybill, policy(notAfter=earlier), stamped, "E-KEY-VALIDITY")
    judge(waybill, policy(notBefore=later), bare, "E-KEY-VALIDITY")


def test_certificates_of_a_private_pki(waybill, tmp_path, keys, pki, signed):
    leaf = pki.leaf(keys["a"])
    layout = signed.sign(keys["a"], certificate=leaf).write()

    def policy(revoked=None, **more):
        signer = {"roots": pki.root_path, "intermediates": pki.middle_path,
                  "identity": "release@example.org", **more}
        return save(tmp_path, {"version": 1, "signers": {"a": {"certificate": signer}},
                               "images": [RULE], **({"revoked": revoked} if revoked else {})})
    said = judge(waybill, policy(), layout)
    assert said["proofs"][0]["identity"] == "release@example.org"
    judge(waybill, policy(identity="other@example.org"), layout, "E-SIGNATURE")
    judge(waybill, policy(crls=[pki.crls("none.crl")]), layout)
    judge(waybill, policy(crls=[pki.crls("leaf.crl", leaf)]), layout, "E-SIGNATURE")
    fingerprint = leaf.fingerprint(sigstore.hashes.SHA256()).hex()
    for revoked in ({"certificates": [{"sha256": fingerprint}]},
                    {"certificates": [{"serial": f"{leaf.serial_number:x}"}]},
                    {"keys": [{"sha256": keys["a"].fingerprint.hex()}]}):
        judge(waybill, policy(revoked), layout, "E-KEY-REVOKED")
    middle = x509.load_pem_x509_certificate(read(pki.middle_path))
    done = waybill.run("policy", "check", policy({"certificates": [
        {"serial": f"{middle.serial_number:x}"}]}))
    assert done.code == BAD_INPUT and "believed and revoked" in done.stderr


def test_keyless_signers_need_a_trusted_root(waybill, tmp_path, keys, signed):
    root = write(tmp_path / "root.json", to_json(sigstore.Instance().trusted_root()))
    policy = {"version": 1, "images": [{**RULE, "signatures": {"signers": ["a", "k"]}}], "signers": {
        **signers_of({"a": keys["a"]}), "k": {"keyless": {"identity": "x", "issuer": "y"}}}}
    layout = signed.sign(keys["a"]).write()
    assert waybill.run("verify", "--policy", save(tmp_path, policy), layout).code == USAGE
    judge(waybill, save(tmp_path, policy), layout, arguments=["--trusted-root", root])
    judge(waybill, save(tmp_path, {**policy, "trustedRoot": "root.json"}), layout)


def test_exemptions(waybill, tmp_path, keys, signed):
    layout = signed.write()

    def policy(**rule):
        return save(tmp_path, {"version": 1, "signers": signers_of(keys), "images": [
            {"unsigned": {"reason": "by hand"}, **rule}, RULE]})
    judge(waybill, policy(digests=[signed.target["digest"]]), layout, "W-UNSIGNED")
    judge(waybill, policy(images=["registry.example/**"]), layout, "E-MISSING-SIGNATURE")
    said = judge(waybill, policy(images=["registry.example/**"],
                                 unsigned={"reason": "by hand", "trustName": True}), layout,
                 "W-UNSIGNED")
    assert said["unsignedAllowed"] is True and "by hand" in said["outcomes"][0]["message"]
    done = waybill.run("verify", "--policy", os.path.join(str(tmp_path), "policy.json"), layout)
    assert done.stdout.startswith(b"allowed unsigned: ") and "W-UNSIGNED" in done.stderr
    only = save(tmp_path, {"version": 1, "signers": signers_of(keys),
                           "images": [{**RULE, "images": ["registry.example/other"]}]})
    judge(waybill, only, layout, "E-NO-RULE")


@pytest.mark.parametrize("more", [["--key", "k.pub"], ["-a", "x=y"], ["--ca-roots", "r"],
                                  ["--threshold", "2"]])
def test_keys_are_named_in_one_place(waybill, tmp_path, keys, more):
    policy = save(tmp_path, {"version": 1, "signers": signers_of(keys), "images": [RULE]})
    assert waybill.run("verify", "--policy", policy, *more, "oci:x").code == USAGE
