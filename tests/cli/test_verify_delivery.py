# SPDX-License-Identifier: Apache-2.0
"""waybill-verify on whole deliveries, which fixtures/deliveries.py makes without Waybill's code: what
holds, what was changed, what is missing, on one volume, several, a stream, and on top of a base."""
import io
import json
import os
import random
import subprocess
import tarfile

import pytest
from jsonschema import Draft202012Validator

import deliveries
from deliveries import CHUNK, Delivery, write_archive, write_directory
from images import plain_tar, sha256, to_json
from program import CHECK_FAILED, OK
from signatures import Key, write

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")


@pytest.fixture(scope="module")
def schema():
    with open(os.path.join(ROOT, "docs", "verify-report.schema.json"), encoding="utf-8") as file:
        value = json.load(file)
    Draft202012Validator.check_schema(value)
    return Draft202012Validator(value)


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    return Key(tmp_path_factory.mktemp("keys"), "p256", "release")


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    return Key(tmp_path_factory.mktemp("keys"), "ed25519", "other")


@pytest.fixture
def made(key):
    return deliveries.example(key)


@pytest.fixture
def judge(verify, key, schema):
    """Runs the verifier with JSON; gives the report, which is valid and agrees with the exit code."""
    def run(*arguments, trust=None, **more):
        done = verify.run(*map(str, arguments), *(trust or ["--key", key.public_path]), "-o",
                          "json", **more)
        assert done.code in (OK, CHECK_FAILED), done
        report = json.loads(done.stdout)
        schema.validate(report)
        assert report["result"] == ("holds" if done.code == OK else "fails"), done
        failures = [one for one in report.get("outcomes", []) if one["code"].startswith("E-")]
        assert bool(failures) == (done.code != OK), report
        assert done.code == OK or failures[0]["code"] in done.stderr, done
        return report
    return run


def outcomes(report, prefix="E-"):
    return {(one["code"], one.get("object")) for one in report["outcomes"]
            if one["code"].startswith(prefix)}


def codes(report):
    return {code for code, _ in outcomes(report)}


def blob_name(digest):
    return "blobs/" + digest.replace(":", "/")


# ---- what holds ----

@pytest.mark.parametrize("form", ["archive", "directory", "stream", "by tar"])
def test_a_whole_delivery_holds(judge, made, tmp_path, form):
    members = made.members()
    if form == "directory":
        report = judge(write_directory(tmp_path / "r", members))
    elif form == "stream":
        report = judge("-", stdin=plain_tar(members))
    elif form == "by tar":
        write_directory(tmp_path / "r", members)
        subprocess.run(["tar", "-C", tmp_path / "r", "-cf", tmp_path / "r.tar", "."], check=True)
        report = judge(tmp_path / "r.tar")
    else:
        report = judge(write_archive(tmp_path / "r.waybill", members))
    assert report["outcomes"] == [] and report["badRanges"] == []
    assert report["inventory"]["digest"] == made.payload_digest
    assert report["inventory"]["sequence"] == 7
    assert [one["result"] for one in report["images"]] == ["holds"] * 3
    assert [one["path"] for one in report["files"]] == ["doc/readme.txt"]
    blobs = {name for name, _ in members if name.startswith("blobs/")}
    assert report["checked"]["blobs"] == len(blobs)
    assert report["inventory"]["signatures"][0]["keyId"] == made.key.fingerprint.hex()


def test_the_text_names_what_was_done(verify, made, tmp_path, key):
    path = write_archive(tmp_path / "r.waybill", made.members())
    text = verify.run(path, "--key", key.public_path).stdout.decode()
    for expected in (f"{path}: holds", "app:1: holds: 4 blobs", "doc/readme.txt: holds",
                     "issued 2026-01-02T03:04:05Z", "signed by ECDSA P-256 key",
                     "not checked: ", "each by its digest"):
        assert expected in text, text
    layer = next(one for one, role in made.roles.items() if role == "layer")
    write_archive(path, change(made.members(), blob_name(layer), "grow"))
    run = verify.run(path, "--key", key.public_path)
    assert run.code == CHECK_FAILED and f"E-SIZE {layer}: " in run.stderr
    assert f"\nE-SIZE {layer}: layer: " in run.stdout.decode()


def test_a_second_signature_is_counted_beside_the_first(judge, made, tmp_path, key, other):
    path = write_archive(tmp_path / "r.waybill", made.members(signers=[key, other]))
    assert judge(path)["outcomes"] == []
    report = judge(path, trust=["--key", key.public_path, "--key", other.public_path])
    assert len(report["inventory"]["signatures"]) == 2


def test_somebody_else_signed_the_inventory(judge, made, tmp_path, other):
    path = write_archive(tmp_path / "r.waybill", made.members(signers=[other]))
    report = judge(path)
    assert codes(report) == {"E-INVENTORY-SIGNATURE"} and report["images"] == []
    assert report["inventory"] == {"believed": False, "signatures": [],
                                   "refused": report["inventory"]["refused"]}


def test_somebody_else_signed_an_image(judge, key, other, tmp_path):
    made = deliveries.example(key, other)
    report = judge(write_archive(tmp_path / "r.waybill", made.members()))
    assert codes(report) == {"E-SIGNATURE"}
    assert [one["result"] for one in report["images"]] == ["holds", "holds", "fails"]


# ---- what was changed ----

def change(members, name, how, swap=None):
    result = []
    for one, data in members:
        if one != name:
            result.append((one, data))
        elif how != "remove":
            result.append((one, {"flip": bytes([data[0] ^ 1]) + data[1:] if data else b"x",
                                 "cut": data[:-1], "grow": data + b"\n", "swap": swap}[how]))
    return result


@pytest.mark.parametrize("how", ["remove", "flip", "cut", "grow", "swap"])
@pytest.mark.parametrize("where", ["archive", "directory", "stream"])
def test_every_blob_counts(judge, made, tmp_path, how, where):
    members = made.members()
    blobs = [name for name, _ in members if name.startswith("blobs/")]
    chosen = random.Random(how).sample(blobs, 12 if where == "archive" else 4)
    for number, name in enumerate(chosen):
        changed = change(members, name, how, dict(members)[blobs[blobs.index(name) - 1]])
        if where == "stream":
            report = judge("-", stdin=plain_tar(changed))
        elif where == "directory":
            report = judge(write_directory(tmp_path / f"r{number}", changed))
        else:
            report = judge(write_archive(tmp_path / "r.waybill", changed))
        digest = "sha256:" + name.rsplit("/", 1)[1]
        said = json.dumps(report["outcomes"])
        assert digest in said or "doc/readme.txt" in said, (name, report["outcomes"])
        wanted = {"remove": {"E-MISSING-BLOB", "E-MISSING-FILE"}}.get(how, {"E-DIGEST", "E-SIZE"})
        assert codes(report) & wanted, (name, report["outcomes"])
        assert not codes(report) & ({"E-DIGEST"} if how == "remove" else {"E-MISSING-BLOB"})


@pytest.mark.parametrize("how", ["remove", "flip", "cut"])
@pytest.mark.parametrize("name", ["index.json", "oci-layout"])
def test_documents_count(verify, made, tmp_path, key, name, how):
    path = write_archive(tmp_path / "r.waybill", change(made.members(), name, how))
    run = verify.run(path, "--key", key.public_path)
    assert run.code == CHECK_FAILED and "E-INDEX" in run.stderr and name in run.stderr, run


def edited_index(members, edit):
    index = json.loads(dict(members)["index.json"])
    edit(index)
    return [(name, to_json(index) if name == "index.json" else data) for name, data in members]


@pytest.mark.parametrize("what,edit", [
    ("an entry less", lambda index: index["manifests"].pop()),
    ("an entry twice", lambda index: index["manifests"].append(index["manifests"][-1])),
    ("another name", lambda index: index["manifests"][1]["annotations"].update(
        {"org.opencontainers.image.ref.name": "app:2"})),
    ("names swapped", lambda index: index["manifests"][1].update(
        annotations=index["manifests"][4]["annotations"])),
    ("annotations of the whole", lambda index: index.update(annotations={"a": "b"})),
    ("another spelling", lambda index: index.update(Manifests=[])),
    ("another platform", lambda index: index["manifests"][1].update(
        platform={"os": "linux", "architecture": "s390x"})),
])
def test_the_index_says_what_the_inventory_says(judge, made, tmp_path, what, edit):
    report = judge(write_archive(tmp_path / "r.waybill", edited_index(made.members(), edit)))
    assert "E-INDEX" in codes(report), (what, report["outcomes"])


def test_without_its_inventory_it_is_no_delivery(judge, made, tmp_path):
    members = edited_index(made.members(), lambda index: index["manifests"].pop(0))
    for name in ("r.waybill", "r.tar"):
        report = judge(write_archive(tmp_path / name, members))
        expected = {"E-INVENTORY-MISSING"} if name == "r.waybill" else set()
        assert codes(report) == expected, report["outcomes"]
        assert name == "r.waybill" or ("W-NO-INVENTORY", None) in outcomes(report, "W-")
    assert codes(judge("-", stdin=plain_tar(members))) == {"E-INVENTORY-MISSING"}


def test_two_inventories_that_differ(judge, made, tmp_path, key):
    members = made.members()
    made.head["sequence"] = 8
    entry, blobs = made.carrier(to_json(made.inventory()), key)
    members = edited_index(members, lambda index: index["manifests"].append(entry))
    members += [(blob_name(sha256(data)), data) for data in blobs if data != b"{}"]
    report = judge(write_archive(tmp_path / "r.waybill", members))
    assert codes(report) == {"E-INVENTORY-CONFLICT"}


def test_what_the_manifest_of_the_inventory_may_not_say(judge, made, tmp_path, key):
    """Nobody signed it."""
    payload = to_json(made.inventory())
    for edit in ({"annotations": {"note": "all is well"}}, {"subject": made.layout.manifests[0]},
                 {"config": made.layout.manifests[0]}, {"layers": []}):
        entry, blobs = made.carrier(payload, key)
        manifest = to_json({**json.loads(blobs[0]), **edit})
        members = [("oci-layout", b'{"imageLayoutVersion":"1.0.0"}'),
                   ("index.json", to_json({"schemaVersion": 2, "manifests": [
                       {**entry, "digest": sha256(manifest), "size": len(manifest)},
                       *made.layout.manifests]}))]
        members += [(blob_name(sha256(data)), data) for data in [manifest, *blobs[1:]]]
        members += [(blob_name(digest), data) for digest, data in made.layout.blobs.items()
                    if data != b"{}"]
        report = judge(write_archive(tmp_path / "r.waybill", members))
        assert codes(report) == {"E-INVENTORY-MALFORMED"}, (edit, report["outcomes"])


def test_an_inventory_that_contradicts_itself(judge, made, tmp_path):
    image = made.images.pop()
    path = write_archive(tmp_path / "r.waybill", made.members())
    assert outcomes(judge(path)) == {("E-INVENTORY-MALFORMED", image["digest"])}
    made.images.append(image)
    made.images[0]["attestations"][0]["manifest"] = "sha256:" + 64 * "0"
    path = write_archive(tmp_path / "r.waybill", made.members())
    assert codes(judge(path)) == {"E-INVENTORY-MALFORMED"}


def test_a_manifest_needs_what_the_inventory_does_not_list(judge, made, tmp_path):
    layer = next(one for one, role in made.roles.items() if role == "layer")
    data = made.layout.blobs.pop(layer)
    path = write_archive(tmp_path / "r.waybill", made.members())
    assert outcomes(judge(path)) == {("E-MISSING-BLOB", layer)}
    made.layout.blobs[layer] = data
    made.roles[layer] = "manifest"
    path = write_archive(tmp_path / "r.waybill", made.members())
    assert outcomes(judge(path)) == {("E-INVENTORY-MALFORMED", layer)}


# ---- what should not be there ----

def extra(kind):
    member = tarfile.TarInfo("extra/" if kind == tarfile.DIRTYPE else "extra")
    member.type, member.linkname = kind, "index.json"
    return member


@pytest.mark.parametrize("kind", [tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE,
                                  tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_other_members(judge, made, tmp_path, kind):
    out = io.BytesIO(plain_tar(made.members()))
    with tarfile.open(fileobj=out, mode="a") as archive:
        archive.addfile(extra(kind))
    write(str(tmp_path / "r.waybill"), out.getvalue())
    assert outcomes(judge(tmp_path / "r.waybill")) == {("E-ORPHAN", "extra")}
    assert outcomes(judge("-", stdin=out.getvalue())) == {("E-ORPHAN", "extra")}


@pytest.mark.parametrize("where", ["archive", "directory", "stream"])
def test_other_blobs_and_parts(judge, made, tmp_path, where):
    digest = next(iter(made.layout.blobs))
    names = [blob_name(sha256(b"more")), "parts/" + digest.replace(":", "/") + "/0",
             "blobs/sha256/short", "files/x", "blobs/sha512/" + 128 * "0"]
    members = made.members() + [(name, b"more") for name in names]
    report = judge(*{"archive": lambda: [write_archive(tmp_path / "r.waybill", members)],
                     "directory": lambda: [write_directory(tmp_path / "r", members)],
                     "stream": lambda: ["-"]}[where](), stdin=plain_tar(members))
    if where == "directory":
        names[3] = "files"
    assert outcomes(report) == {("E-ORPHAN", name) for name in names}
    assert report["checked"]["orphans"] == len(names)


def test_a_name_twice(judge, made, tmp_path):
    members = made.members()
    for name in ("index.json", blob_name(made.images[0]["digest"])):
        doubled = members + [(name, dict(members)[name])]
        report = judge(write_archive(tmp_path / "r.waybill", doubled))
        assert outcomes(report) == {("E-ORPHAN", name)}


def test_bytes_between_and_behind(judge, made, tmp_path):
    data = plain_tar(made.members())
    path = str(tmp_path / "r.waybill")
    for changed in (data + b"more", data + bytes(4096) + b"\1", data[:-1] + b"\1"):
        write(path, changed)
        assert outcomes(judge(path)) == {("E-ORPHAN", path)}
        assert outcomes(judge("-", stdin=changed)) == {("E-ORPHAN", "-")}
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        member = next(one for one in archive if one.size % 512)
    at = member.offset_data + member.size
    write(path, data[:at] + b"\1" + data[at + 1:])
    assert outcomes(judge(path)) == {("E-ORPHAN", path)}


# ---- what can be mended ----

def test_bad_ranges_are_where_the_damage_is(judge, made, tmp_path):
    members = made.members()
    digest = max(made.layout.blobs, key=lambda one: len(made.layout.blobs[one]))
    path = write_archive(tmp_path / "r.waybill", members)
    with tarfile.open(path) as archive:
        begin = archive.getmember(blob_name(digest)).offset_data
    good = (tmp_path / "r.waybill").read_bytes()
    data = bytearray(good)
    for at in (0, CHUNK + 5, 2 * CHUNK - 1, 4 * CHUNK):
        data[begin + at] ^= 0x40
    (tmp_path / "r.waybill").write_bytes(data)
    report = judge(path)
    assert outcomes(report) == {("E-DIGEST", digest)}
    assert [(one["offset"], one["size"]) for one in report["badRanges"]] == \
        [(0, 2 * CHUNK), (4 * CHUNK, CHUNK)]
    for one in report["badRanges"]:
        assert one["file"] == path and one["blob"] == digest
        start, end = one["fileOffset"], one["fileOffset"] + one["size"]
        data[start:end] = good[start:end]
    (tmp_path / "r.waybill").write_bytes(data)
    assert judge(path)["outcomes"] == []


def test_a_cut_copy_says_from_where_on(judge, made, tmp_path):
    good = plain_tar(made.members())
    path = str(tmp_path / "r.waybill")
    for size in [len(good) - 10240 + 512, len(good) - 10240, *random.Random(3).sample(range(20000, len(good)), 8)]:
        write(path, good[:size])
        report = judge(path)
        if good[size:].strip(b"\0") or size < len(good.rstrip(b"\0")) + 1024 - 512:
            cut = [one for one in report["outcomes"] if one["code"] == "E-TRUNCATED" and
                   one["object"] == path]
            assert cut, (size, report["outcomes"])
            at = int(cut[0]["message"].split("from byte ")[1].split()[0])
            assert at <= size
            write(path, good[:at] + good[at:])
            assert judge(path)["outcomes"] == []
        assert codes(judge("-", stdin=good[:size])) & {"E-TRUNCATED"}, size


def test_a_damaged_header_is_no_end(judge, made, tmp_path):
    data = bytearray(plain_tar(made.members()))
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        member = archive.getmembers()[20]
    data[member.offset + 3] ^= 1
    write(str(tmp_path / "r.waybill"), bytes(data))
    report = judge(tmp_path / "r.waybill")
    assert ("E-TRUNCATED", str(tmp_path / "r.waybill")) in outcomes(report)
    assert f"from byte {member.offset} on" in json.dumps(report["outcomes"])


# ---- volumes ----

CAPACITY = 300000


@pytest.fixture
def volumes(made, tmp_path):
    paths = made.write(tmp_path / "v.waybill", CAPACITY)
    assert len(paths) == 4
    blobs = made.inventory(CAPACITY)["predicate"]["blobs"]
    assert any(len(one.get("splits", [])) == 1 for one in blobs)
    return paths


def test_volumes_in_any_order(judge, volumes, tmp_path):
    for order in ([0, 1, 2, 3], [3, 1, 0, 2]):
        report = judge(*[volumes[i] for i in order])
        assert report["outcomes"] == [] and report["inventory"]["volumesSeen"] == 4
    with tarfile.open(volumes[1]) as archive:
        archive.extractall(tmp_path / "second", filter="data")
    assert judge(volumes[3], tmp_path / "second", volumes[0], volumes[2])["outcomes"] == []


def test_missing_volumes_are_named(judge, volumes):
    for number, _ in enumerate(volumes):
        rest = volumes[:number] + volumes[number + 1:]
        report = judge(*rest)
        assert codes(report) == {"E-MISSING-VOLUME"} or number == 0
        said = [one["message"] for one in report["outcomes"] if one["code"] == "E-MISSING-VOLUME"]
        assert said == [f"volume {number + 1} of 4 is not there"]
        report = judge(*rest, "--allow-missing-volumes")
        assert codes(report) == set() and report["inventory"]["volumesSeen"] == 3
        results = {one["result"] for one in report["images"]}
        assert results <= ({"not-judged"} if number == 0 else {"holds", "incomplete"})


def test_each_volume_verifies_alone(judge, volumes, verify, key):
    for number, path in enumerate(volumes):
        assert "E-MISSING-VOLUME" in codes(judge(path))
        report = judge(path, "--allow-missing-volumes")
        assert codes(report) == set() and report["inventory"]["volumesSeen"] == 1
        text = verify.run(path, "--allow-missing-volumes", "--key", key.public_path).stdout.decode()
        assert text.startswith(f"{path}: what is here holds\n"), text
        assert f"W-MISSING-VOLUME delivery: volume {4 if number < 3 else 3} of 4" in text


def test_damaged_parts(judge, volumes):
    """With all volumes, and in one alone: chunks tell."""
    for path in volumes:
        with tarfile.open(path) as archive:
            parts = [one for one in archive if one.name.startswith("parts/")]
        good = read_file(path)
        for part in parts:
            at = part.offset_data + part.size - 1
            write(path, good[:at] + bytes([good[at] ^ 1]) + good[at + 1:])
            _, algorithm, digest, offset = part.name.split("/")
            for arguments in (volumes, [path, "--allow-missing-volumes"]):
                report = judge(*arguments)
                assert outcomes(report) == {("E-DIGEST", f"{algorithm}:{digest}")}
                only, = report["badRanges"]
                assert only["file"] == path and at < only["fileOffset"] + only["size"]
                assert only["fileOffset"] <= at and only["offset"] >= int(offset)
            write(path, good)


def read_file(path):
    with open(path, "rb") as file:
        return file.read()


def test_one_blob_less_on_a_volume_that_is_there(judge, made, tmp_path):
    written = made.volumes(CAPACITY)
    paths = [str(tmp_path / f"{i}.waybill") for i in range(len(written))]
    for number, members in enumerate(written):
        for name in [one for one, _ in members if one.startswith("parts/") or (
                number == 0 and one.startswith("blobs/"))]:
            for i, other_members in enumerate(written):
                write_archive(paths[i], change(other_members, name, "remove") if i == number
                              else other_members)
            report = judge(*paths, "--allow-missing-volumes")
            only_there = name.startswith("parts/") and sum(
                one.startswith(("parts/", "blobs/")) for one, _ in members) == 4
            assert only_there or codes(report) & {"E-MISSING-BLOB", "E-MISSING-FILE"} or \
                name.endswith(sha256(b"{}")[7:]) or in_every(written, name), (name, report)


def in_every(written, name):
    return all(name in dict(members) for members in written)


def test_volumes_of_two_deliveries(judge, made, volumes, tmp_path):
    made.head["sequence"] = 8
    newer = made.write(tmp_path / "w.waybill", CAPACITY)
    report = judge(volumes[0], newer[1], *volumes[2:])
    assert codes(report) == {"E-INVENTORY-CONFLICT"}


def test_parts_in_a_stream(judge, key, tmp_path):
    made = Delivery(key, chunk=4 << 20)
    made.image("big:1", random.Random(1).randbytes(9 << 20))
    paths = made.write(tmp_path / "v.waybill", capacity=5 << 20)
    for path in paths:
        data = read_file(path)
        report = judge("-", "--allow-missing-volumes", stdin=data)
        assert codes(report) == set()
        at = len(data) - 20000
        changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]
        report = judge("-", "--allow-missing-volumes", stdin=changed)
        assert codes(report) & {"E-DIGEST"}, report["outcomes"]


# ---- on top of a base ----

def test_a_base(judge, verify, made, key, tmp_path):
    base = write_archive(tmp_path / "base.waybill", made.members())
    made.base = made.payload_digest
    made.in_base = set(made.layout.blobs) - {sha256(b"{}")}
    made.image("new:1", b"new layer" * 9000)
    path = write_archive(tmp_path / "new.waybill", made.members())
    assert os.path.getsize(path) < os.path.getsize(base) / 2
    report = judge(path)
    assert outcomes(report) >= {("E-MISSING-BASE", made.base)}
    report = judge(path, "--base", base)
    assert report["outcomes"] == [] and report["bases"] == [base]
    assert len(report["images"]) == 4
    # The base's bytes count, too, and what it lacks is named.
    layer = max(made.in_base, key=lambda one: len(made.layout.blobs[one]))
    members = [(name, data) for name, data in deliveries.example(key).members()
               if name.startswith("blobs/") or name in ("oci-layout", "index.json")]
    members += [(blob_name(one), made.layout.blobs[one]) for one in made.in_base]
    members = list(dict(members).items())
    for how, code in (("flip", "E-DIGEST"), ("remove", "E-MISSING-BLOB")):
        write_archive(base, change(members, blob_name(layer), how))
        assert outcomes(judge(path, "--base", base)) == {(code, layer)}


# ---- what was accepted before ----

def test_the_state_keeps_an_older_delivery_out(judge, verify, made, key, tmp_path):
    waybill = os.environ.get("WAYBILL", os.path.join(ROOT, "build/debug/waybill"))
    newer = write_archive(tmp_path / "new.waybill", made.members())
    made.head.update(sequence=6, issued="2026-01-01T00:00:00Z")
    older = write_archive(tmp_path / "old.waybill", made.members())
    state = tmp_path / "state"
    run = verify.run(older, "--key", key.public_path, "--state", str(state))
    assert run.code not in (OK, CHECK_FAILED) and "waybill verify --state" in run.stderr
    for path, code in ((older, OK), (newer, OK), (older, CHECK_FAILED), (newer, OK)):
        before = state.read_bytes() if state.exists() else None
        done = subprocess.run([waybill, "verify", "--key", key.public_path, "--state", str(state),
                               path], capture_output=True, text=True, check=False)
        assert done.returncode == code, done.stderr
        if code == CHECK_FAILED:
            assert "E-REPLAY" in done.stderr and state.read_bytes() == before
    assert codes(judge(older, "--state", state)) == {"E-REPLAY"}
    assert codes(judge(newer, "--state", state)) == set()
