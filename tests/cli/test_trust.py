# SPDX-License-Identifier: Apache-2.0
"""Trust kits: what waybill writes is checked with Python's cryptography, and what it must refuse is
signed here by rules of our own: rollback, gaps, forks, too few keys, other keys, age."""
import base64
import datetime
import json
import os
import shutil

import pytest
from deliveries import Delivery
from layers import Layer
from program import BAD_INPUT, CHECK_FAILED, OK, USAGE
from signatures import DAY, NOW, Authority, Key, pae, read, sha256, write

TYPE = "application/vnd.waybill.trust-kit.v1+json"
CHAIN = "application/vnd.waybill.trust-kit.chain.v1+json"


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys")
    return {name: Key(folder, "ed25519", name) for name in ("a", "b", "c", "release", "other")}


def when(days=0):
    return (NOW + days * DAY).strftime("%Y-%m-%dT%H:%M:%SZ")


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def key_of(key, name, *roles, **more):
    return {"name": name, "pem": read(key.public_path).decode(), "roles": list(roles), **more}


def document(keys, version, signers="a", **more):
    """A payload in which these keys sign the next version."""
    return {"format": 1, "name": "north", "version": version, "issued": when(version - 10),
            "expires": when(100), "threshold": len(signers),
            "keys": [key_of(keys[one], one, "kit") for one in signers] +
                    [key_of(keys["release"], "release", "release")], **more}


def envelope(payload, *signers):
    data = payload if isinstance(payload, bytes) else canonical(payload)
    return {"payload": base64.b64encode(data).decode(), "payloadType": TYPE, "signatures": [
        {"keyid": key.fingerprint.hex(), "sig": base64.b64encode(
            key.sign(pae(TYPE, data))).decode()} for key in signers]}


def kit(folder, *envelopes, first=1):
    os.makedirs(folder)
    for number, one in enumerate(envelopes, first):
        write(os.path.join(folder, f"{number}.kit.json"), json.dumps(one))
    return str(folder)


@pytest.fixture(scope="module")
def delivery(tmp_path_factory, keys):
    made = Delivery(keys["release"])
    layer = Layer()
    layer.file("etc/motd", b"hello\n")
    made.image("registry.example/app:v1", layer)
    path = str(tmp_path_factory.mktemp("delivery") / "one.waybill")
    made.write(path)
    return path


def judge(program, delivery, code, *arguments, text=""):
    done = program.run(*arguments, delivery)
    assert done.code == code, done
    assert text in done.stdout.decode() + done.stderr, done
    return done


# ---- what waybill writes ----

def opened(path):
    """The payload, and the fingerprints of whose signatures it has."""
    value = json.loads(read(path))
    assert list(value) == ["payload", "payloadType", "signatures"] and value["payloadType"] == TYPE
    payload = base64.b64decode(value["payload"], validate=True)
    assert payload == canonical(json.loads(payload))
    return payload, value["signatures"]


def check_signers(path, *signers):
    payload, signatures = opened(path)
    assert [one["keyid"] for one in signatures] == [key.fingerprint.hex() for key in signers]
    for one, key in zip(signatures, signers):
        key.check(base64.b64decode(one["sig"]), pae(TYPE, payload))
    return json.loads(payload)


def trust(waybill, task, folder, *arguments, code=OK, by="", keys=None, **more):
    signed = [part for one in by for part in ("--key", keys[one].path)]
    done = waybill.run("trust", task, str(folder), *signed, *arguments, **more)
    assert done.code == code, done
    return done


def init(waybill, folder, keys, *arguments, by="a", **more):
    return trust(waybill, "init", folder, "--name", "north", "--add-key",
                 "release=" + keys["release"].public_path, *arguments, by=by, keys=keys, **more)


def test_versions_that_waybill_writes(waybill, tmp_path, keys):
    folder = tmp_path / "kit"
    epoch = {"SOURCE_DATE_EPOCH": str(int(NOW.timestamp()) - 86400)}
    init(waybill, folder, keys, "--expires", when(30), env=epoch)
    first = check_signers(folder / "1.kit.json", keys["a"])
    assert first["issued"] == when(-1) and first["expires"] == when(30)
    assert [(one["name"], one["roles"]) for one in first["keys"]] == [
        ("kit-1", ["kit"]), ("release", ["release"])]
    pki = Authority(tmp_path)
    trust(waybill, "add", folder, "--add-key", "b=" + keys["b"].public_path, "--role", "kit",
          "--not-after", when(300), "--ca", "root=" + pki.root_path, "--crl", pki.crls("all.crl"),
          by="a", keys=keys)
    second = check_signers(folder / "2.kit.json", keys["a"])
    assert second["version"] == 2 and second["keys"][2]["notAfter"] == when(300)
    assert second["certificates"][0]["name"] == "root" and len(second["crls"]) == 1
    trust(waybill, "revoke", folder, "--revoke-key", keys["a"].public_path, "--reason", "lost",
          by="ab", keys=keys)
    third = check_signers(folder / "3.kit.json", keys["a"], keys["b"])
    assert third["revoked"]["keys"] == [{"sha256": keys["a"].fingerprint.hex(), "reason": "lost"}]
    assert third["keys"][0]["roles"] == ["revoked"]
    said = json.loads(trust(waybill, "show", folder, "-o", "json").stdout)
    assert [one["digest"] for one in said["versions"]] == [
        sha256(opened(folder / f"{number}.kit.json")[0]) for number in (1, 2, 3)]
    # The key that was revoked is none of those that sign any more.
    trust(waybill, "revoke", folder, "--revoke-digest", sha256(b""), by="a", keys=keys, code=USAGE)
    trust(waybill, "revoke", folder, "--revoke-digest", sha256(b""), by="b", keys=keys)


def test_same_input_same_bytes(waybill, tmp_path, keys):
    epoch = {"SOURCE_DATE_EPOCH": str(int(NOW.timestamp()))}
    for name in ("one", "two"):
        init(waybill, tmp_path / name, keys, env=epoch)
        trust(waybill, "revoke", tmp_path / name, "--revoke-serial", "0a", by="a", keys=keys, env=epoch)
    for name in ("1.kit.json", "2.kit.json"):
        assert read(tmp_path / "one" / name) == read(tmp_path / "two" / name)


def test_signers_in_different_places(waybill, tmp_path, keys):
    folder = tmp_path / "kit"
    init(waybill, folder, keys, by="ab")
    done = trust(waybill, "add", folder, "--threshold", "2", "--add-key",
                 "c=" + keys["c"].public_path, "--role", "kit", by="a", keys=keys)
    assert "2.kit.draft.json" in done.stderr and not os.path.exists(folder / "2.kit.json")
    trust(waybill, "show", folder)
    trust(waybill, "sign", folder, by="r", keys={"r": keys["other"]}, code=USAGE)
    trust(waybill, "sign", folder, by="c", keys=keys)
    check_signers(folder / "2.kit.json", keys["a"], keys["c"])
    assert sorted(os.listdir(folder)) == ["1.kit.json", "2.kit.json"]


def test_the_policy_of_a_kit_is_all_in_it(waybill, verify, tmp_path, keys, delivery):
    write(tmp_path / "r.pub", read(keys["release"].public_path))
    write(tmp_path / "policy.json", json.dumps({
        "version": 1, "signers": {"file": {"key": "r.pub"}, "kit": {"key": "release"}},
        "delivery": {"signers": ["kit"]},
        "images": [{"images": ["**"], "signatures": {"signers": ["file"]}}]}))
    folder = tmp_path / "kit"
    init(waybill, folder, keys, "--policy", str(tmp_path / "policy.json"))
    os.unlink(tmp_path / "r.pub")
    said = check_signers(folder / "1.kit.json", keys["a"])["policy"]["signers"]
    assert said["file"]["key"].startswith("-----BEGIN PUBLIC KEY") and said["kit"]["key"] == "release"
    judge(verify, delivery, OK, "--trust", str(folder), text="trust kit north, version 1 as of")


def test_bad_changes_write_nothing(waybill, tmp_path, keys):
    folder = tmp_path / "kit"
    init(waybill, folder, keys)
    write(tmp_path / "policy.json", '{"version": 1, "signers": {"x": {"key": "gone.pub"}}}')
    for arguments in (["--policy", str(tmp_path / "policy.json")], ["--remove", "release"],
                      ["--threshold", "2"], ["--remove", "nobody"], ["--expires", when(-1)],
                      ["--add-key", "release=" + keys["b"].public_path],
                      ["--add-key", "twice=" + keys["release"].public_path], ["--since", when()]):
        done = waybill.run("trust", "add", str(folder), "--key", keys["a"].path, *arguments)
        assert done.code not in (OK, CHECK_FAILED), (arguments, done)
        assert os.listdir(folder) == ["1.kit.json"], arguments
    init(waybill, folder, keys, code=USAGE)


@pytest.mark.parametrize("arguments", [
    [], ["show"], ["nonsense", "kit"], ["init", "kit", "--name", "n"], ["accept", "kit"],
    ["show", "kit", "--key", "k"], ["revoke", "kit", "--key", "k", "--name", "n"],
    ["add", "kit", "--key", "k", "--role", "kit"]])
def test_wrong_command_lines(waybill, tmp_path, arguments):
    assert waybill.run("trust", *arguments, cwd=tmp_path).code == USAGE


# ---- what a site takes ----

def test_a_site_goes_by_the_newest_version(waybill, verify, tmp_path, keys, delivery):
    one, two = document(keys, 1), document(keys, 2, "b")
    folder = kit(tmp_path / "kit", envelope(one, keys["a"]), envelope(two, keys["a"], keys["b"]))
    judge(verify, delivery, OK, "--trust", folder, text="version 2 as of")
    judge(waybill, delivery, OK, "verify", "--trust", folder, text="version 2 as of")
    report = json.loads(judge(verify, delivery, OK, "--trust", folder, "-o", "json").stdout)
    assert "trust kit north, version 2" in json.dumps(report)


def updates(keys):
    """name -> (versions that came along, number of the first, what is said)."""
    a, b, c = keys["a"], keys["b"], keys["c"]
    two, three = document(keys, 2, "b"), document(keys, 3, "b")
    good_two, good_three = envelope(two, a, b), envelope(three, b)
    other_two = envelope({**two, "expires": when(99)}, a, b)
    twice = envelope(document(keys, 3, "bc"), b, b, b)
    return {
        "rollback": ([envelope(document(keys, 1), a)], 1, "older than version 2"),
        "fork": ([envelope(document(keys, 1), a), other_two, good_three], 1, "not the one"),
        "skipped": ([envelope(document(keys, 4, "b"), b)], 4, "missing"),
        "wrong keys": ([envelope(document(keys, 3, "c"), c)], 3, "of the keys of version 2"),
        "old keys": ([envelope(document(keys, 3, "a"), a)], 3, "of the keys of version 2"),
        "no proof of the new keys": ([envelope(document(keys, 3, "c"), b)], 3, "of its own keys"),
        "one key counted twice": ([twice], 3, "of its own keys"),
        "unsigned": ([{**good_three, "signatures": [{"keyid": "00", "sig": "AAAA"}]}], 3, "signed by 0"),
        "another kit": ([envelope({**three, "name": "south"}, b)], 3, "the kit south"),
        "back in time": ([envelope({**three, "issued": when(-9)}, b)], 3, "issued before"),
        "changed": ([{**good_three, "payload": base64.b64encode(canonical(
            {**three, "expires": when(900)})).decode()}], 3, "signed by 0"),
        "good": ([good_two, good_three], 2, None),
        "same": ([good_two], 2, None),
    }


@pytest.mark.parametrize("name", ["rollback", "fork", "skipped", "wrong keys", "old keys",
                                  "no proof of the new keys", "one key counted twice", "unsigned",
                                  "another kit", "back in time", "changed", "good", "same"])
@pytest.mark.parametrize("packed", [False, True])
def test_updates(waybill, verify, tmp_path, keys, delivery, name, packed):
    versions, first, text = updates(keys)[name]
    trusted = kit(tmp_path / "kit", envelope(document(keys, 1), keys["a"]),
                  envelope(document(keys, 2, "b"), keys["a"], keys["b"]))
    came = write(tmp_path / "kit.json", json.dumps({"mediaType": CHAIN, "versions": versions})) \
        if packed else kit(tmp_path / "came", *versions, first=first)
    code = OK if text is None else CHECK_FAILED
    judge(verify, delivery, code, "--trust", trusted, "--trust-update", came, text=text or "holds")
    done = waybill.run("trust", "accept", trusted, came)
    assert done.code == code and (text or "") in done.stderr, done
    assert text is None or "E-TRUST-KIT" in done.stderr
    assert os.path.exists(os.path.join(trusted, "3.kit.json")) == (name == "good")


def test_a_kit_that_came_along_is_not_trusted_for_it(waybill, verify, tmp_path, keys, delivery):
    strange = kit(tmp_path / "strange", envelope(document(keys, 1, "c"), keys["c"]))
    trusted = kit(tmp_path / "kit", envelope(document(keys, 1), keys["a"]))
    judge(verify, delivery, CHECK_FAILED, "--trust", trusted, "--trust-update", strange,
          text="E-TRUST-KIT")
    assert verify.run("--trust-update", strange, delivery).code == USAGE
    assert waybill.run("verify", "--trust-update", strange, delivery).code == USAGE
    assert verify.run("--trust", trusted, "--key", keys["a"].public_path, delivery).code == USAGE


def test_bad_kits_at_home(verify, tmp_path, keys, delivery):
    good = document(keys, 1)
    for number, (change, code, text) in enumerate([
            ({"threshold": 2}, BAD_INPUT, "fewer than"),
            ({"format": 2}, BAD_INPUT, "format"),
            ({"extra": 1}, BAD_INPUT, "extra"),
            ({"keys": good["keys"] * 2}, BAD_INPUT, "keys[0] is called a, too"),
            ({"keys": [*good["keys"], key_of(keys["a"], "b", "release")]}, BAD_INPUT,
             "b is the same key as a"),
            ({"revoked": {"keys": [{"sha256": keys["a"].fingerprint.hex()}]}}, BAD_INPUT, "at once"),
            ({"version": 2}, CHECK_FAILED, "it is version 2"),
            ({"keys": [key_of(keys["a"], "a", "kit")]}, BAD_INPUT, "neither a policy nor a key"),
            ({"keys": [key_of(keys["a"], "a", "kit", notAfter=when(-30)), good["keys"][1]]},
             CHECK_FAILED, "signed by 0")]):
        folder = kit(tmp_path / str(number), envelope({**good, **change}, keys["a"]))
        judge(verify, delivery, code, "--trust", folder, text=text)
    gap = kit(tmp_path / "gap", envelope(good, keys["a"]))
    write(os.path.join(gap, "3.kit.json"), json.dumps(envelope(document(keys, 3), keys["a"])))
    judge(verify, delivery, CHECK_FAILED, "--trust", gap, text="missing")
    os.mkdir(tmp_path / "empty")
    judge(verify, delivery, BAD_INPUT, "--trust", str(tmp_path / "empty"), text="no version")


def test_age_and_expiry(waybill, verify, tmp_path, keys, delivery):
    def held(name, policy=None, **more):
        rules = {"version": 1, "signers": {"r": {"key": "release"}}, "delivery": {"signers": ["r"]},
                 "images": [{"images": ["**"], "signatures": {"signers": ["r"]}}], **(policy or {})}
        return kit(tmp_path / name, envelope({**document(keys, 1), "policy": rules, **more}, keys["a"]))
    judge(verify, delivery, OK, "--trust", held("fresh"))
    expired = held("expired", expires=when(-1))
    judge(verify, delivery, CHECK_FAILED, "--trust", expired, text="E-EXPIRED trust kit")
    assert "E-EXPIRED" in trust(waybill, "show", expired, code=CHECK_FAILED).stderr
    # Its successor may still be taken.
    came = kit(tmp_path / "came", envelope(document(keys, 2), keys["a"]), first=2)
    judge(verify, delivery, OK, "--trust", expired, "--trust-update", came)
    for number, (policy, code, text) in enumerate([
            ({"trustKit": {"warningAge": "8d"}}, OK, "W-TRUST-KIT-AGE"),
            ({"trustKit": {"warningAge": "10d"}}, OK, "holds"),
            ({"trustKit": {"maxAge": "8d"}}, CHECK_FAILED, "E-EXPIRED")]):
        judge(verify, delivery, code, "--trust", held(f"age{number}", policy), text=text)
    soon = held("soon", {"delivery": {"signers": ["r"], "expiryWarning": "1w"}}, expires=when(5))
    judge(verify, delivery, OK, "--trust", soon, text="W-EXPIRES-SOON")
    early = held("early", issued=when(5))
    judge(verify, delivery, OK, "--trust", early, text="W-CLOCK-BEFORE-ISSUE")


def test_what_the_kit_revokes(waybill, verify, tmp_path, keys, delivery):
    gone = {"keys": [{"sha256": keys["release"].fingerprint.hex(), "reason": "lost"}]}
    folder = kit(tmp_path / "kit", envelope(document(keys, 1), keys["a"]),
                 envelope(document(keys, 2, revoked=gone), keys["a"]))
    judge(verify, delivery, CHECK_FAILED, "--trust", folder, text="E-KEY-REVOKED")
    # Also where the policy is the site's own.
    own = write(tmp_path / "policy.json", json.dumps({
        "version": 1, "signers": {"r": {"key": keys["release"].public_path}},
        "delivery": {"signers": ["r"]},
        "images": [{"images": ["**"], "signatures": {"signers": ["r"]}}]}))
    judge(verify, delivery, OK, "--policy", own)
    judge(verify, delivery, CHECK_FAILED, "--trust", folder, "--policy", own, text="E-KEY-REVOKED")
    os.unlink(os.path.join(folder, "2.kit.json"))
    judge(verify, delivery, OK, "--trust", folder, "--policy", own)


def test_unpack_and_resign_go_by_a_kit(waybill, tmp_path, keys, delivery):
    good = kit(tmp_path / "kit", envelope(document(keys, 1), keys["a"]))
    strange = kit(tmp_path / "strange", envelope(document(keys, 1, signers="b"), keys["b"]),
                  envelope(document(keys, 2, signers="b"), keys["b"]))
    folder = tmp_path / "out"
    judge(waybill, delivery, CHECK_FAILED, "unpack", "-o", str(folder), "--trust", good,
          "--trust-update", strange, text="the update does not follow")
    assert not folder.exists()
    judge(waybill, delivery, OK, "unpack", "-o", str(folder), "--trust", good)
    assert (folder / "index.json").exists()
    copy = shutil.copy(delivery, tmp_path / "copy.waybill")
    # It holds by the kit; these tests' archive only has another order.
    judge(waybill, copy, BAD_INPUT, "resign", "--key", keys["b"].path, "--trust", good,
          text="not laid out as `waybill pack` writes it")
    gone = {"keys": [{"sha256": keys["release"].fingerprint.hex()}]}
    late = kit(tmp_path / "late", envelope(document(keys, 1, revoked=gone), keys["a"]))
    judge(waybill, delivery, CHECK_FAILED, "unpack", "-o", str(tmp_path / "other"), "--trust", late,
          text="E-KEY-REVOKED")
    for wrong in (["--trust-update", good], ["--trust", good, "--key", keys["a"].public_path]):
        judge(waybill, delivery, USAGE, "unpack", "-o", str(tmp_path / "other"), *wrong)


def test_keys_of_the_kit_have_their_time(verify, tmp_path, keys, delivery):
    late = document(keys, 1)
    late["keys"][1]["notAfter"] = when(-1)
    folder = kit(tmp_path / "kit", envelope(late, keys["a"]))
    judge(verify, delivery, CHECK_FAILED, "--trust", folder, text="E-KEY-VALIDITY")


def test_export_and_accept(waybill, tmp_path, keys):
    folder, site = tmp_path / "kit", tmp_path / "site"
    init(waybill, folder, keys)
    shutil.copytree(folder, site)
    trust(waybill, "revoke", folder, "--revoke-digest", sha256(b"x"), by="a", keys=keys)
    packed = str(tmp_path / "kit.json")
    trust(waybill, "export", folder, "-o", packed)
    assert json.loads(read(packed))["mediaType"] == CHAIN
    trust(waybill, "accept", site, packed)
    assert opened(site / "2.kit.json")[0] == opened(folder / "2.kit.json")[0]
    assert "no newer" in trust(waybill, "accept", site, packed).stderr
    trust(waybill, "show", packed)
