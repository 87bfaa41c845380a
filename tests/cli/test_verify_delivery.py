# SPDX-License-Identifier: Apache-2.0
"""waybill-verify on whole deliveries, which fixtures/deliveries.py makes without Waybill's code: what
holds, what was changed, what should not be there, what can be mended."""
import io
import json
import random
import subprocess
import tarfile

import pytest

import deliveries
from deliveries import CHUNK, write_archive, write_directory
from delivery_reports import (blob_name, change, codes, judge, key, made,  # noqa: F401
                              outcomes, schema)
from images import plain_tar, sha256, to_json
from program import CHECK_FAILED
from signatures import Key, write


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    return Key(tmp_path_factory.mktemp("keys"), "ed25519", "other")


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
    ("another type", lambda index: index.update(mediaType="all is well")),
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
    # Of a stream the blob as a whole.
    streamed = judge("-", stdin=bytes(data))
    assert outcomes(streamed) == {("E-DIGEST", digest)}
    assert streamed["badRanges"] == [{
        "blob": digest, "offset": 0, "size": len(made.layout.blobs[digest]), "file": "-",
        "fileOffset": begin}]
    for one in report["badRanges"]:
        assert one["file"] == path and one["blob"] == digest
        start, end = one["fileOffset"], one["fileOffset"] + one["size"]
        data[start:end] = good[start:end]
    (tmp_path / "r.waybill").write_bytes(data)
    assert judge(path)["outcomes"] == []


def test_a_cut_copy_says_from_where_on(judge, made, tmp_path):
    good = plain_tar(made.members())
    path = str(tmp_path / "r.waybill")
    sizes = random.Random(3).sample(range(20000, len(good)), 8)
    for size in [len(good) - 10240 + 512, len(good) - 10240, *sizes]:
        write(path, good[:size])
        report = judge(path)
        if good[size:].strip(b"\0") or size < len(good.rstrip(b"\0")) + 1024 - 512:
            cut = [one for one in report["outcomes"] if one["code"] == "E-TRUNCATED" and
                   one["object"] == path]
            assert cut, (size, report["outcomes"])
            at = int(cut[0]["message"].split("from byte ")[1].split()[0])
            assert at <= size
            write(path, good[:size][:at] + good[at:])
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
