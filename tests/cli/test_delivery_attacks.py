# SPDX-License-Identifier: Apache-2.0
"""What somebody on the way, or a signer who may sign less, tries so that a false delivery holds."""
import io
import json
import os
import tarfile

import pytest

import deliveries
from deliveries import write_archive, write_directory
from delivery_reports import (blob_name, codes, judge, key, made, outcomes,  # noqa: F401
                              schema)
from images import plain_tar, sha256, to_json
from program import CHECK_FAILED, OK
from signatures import Key, read, write


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    return Key(tmp_path_factory.mktemp("keys"), "ed25519", "other")


def padded(data):
    return data + bytes(-len(data) % 512)


def header(name, size, kind):
    member = tarfile.TarInfo(name)
    member.size, member.type = size, kind
    return member.tobuf(tarfile.USTAR_FORMAT)


def extended(kind, content):
    return header("PaxHeaders/entry", len(content), kind) + padded(content)


def record(name, value):
    size = len(name) + len(value) + 3
    length = next(n for n in range(size, size + 9) if size + len(str(n)) == n)
    return f"{length} {name}={value}\n".encode()


def both(judge, tmp_path, data, *arguments):
    """A file and a stream must be judged alike."""
    path = tmp_path / "r.waybill"
    write(path, data)
    report, streamed = judge(path, *arguments), judge("-", *arguments, stdin=data)
    assert codes(report) <= codes(streamed)
    return report


# ---- the archive ----

def with_header(data, extra, number=5):
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        at = archive.getmembers()[number].offset
        name = archive.getmembers()[number].name
    return data[:at] + extra(name) + data[at:]


@pytest.mark.parametrize("extra", [
    lambda name: extended(b"g", record("comment", "unseen" * 1000)),
    lambda name: extended(b"g", record("path", "blobs/sha256/" + "0" * 64)),
    lambda name: extended(b"x", record("comment", "unseen")),
    lambda name: extended(b"x", record("mtime", "unseen")),
    lambda name: extended(b"x", record("linkpath", "unseen")),
    lambda name: extended(b"x", record("path", "elsewhere") + record("path", name)),
    lambda name: extended(b"L", b"elsewhere\0") + extended(b"x", record("path", name)),
    lambda name: extended(b"L", name.encode() + b"\0unseen"),
    lambda name: extended(b"g", record("comment", "unseen")) + header("blobs/", 0, b"5"),
], ids=["global", "global path", "comment", "no time", "link", "two paths", "long name and path",
        "behind a long name", "before a folder"])
def test_nothing_rides_along_in_headers(judge, made, tmp_path, extra):
    report = both(judge, tmp_path, with_header(plain_tar(made.members()), extra))
    assert codes(report) == {"E-ORPHAN"}


def test_what_tar_writes_into_headers_is_taken(judge, made, tmp_path):
    data = with_header(plain_tar(made.members()), lambda name: extended(
        b"x", record("path", name) + record("mtime", "1764000000.25") + record("atime", "-1")))
    assert both(judge, tmp_path, data)["outcomes"] == []


def test_nothing_rides_along_in_padding(judge, made, tmp_path):
    data = bytearray(plain_tar(made.members()))
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        member = next(one for one in archive.getmembers()[5:] if one.size % 512)
    data[member.offset_data + member.size] = 1
    assert codes(both(judge, tmp_path, bytes(data))) == {"E-ORPHAN"}


@pytest.mark.parametrize("name", ["./{}", "blobs//../{}", "{}"])
def test_a_name_that_is_there_twice(judge, made, tmp_path, name):
    members = made.members()
    members.append((name.format(members[-1][0]), members[-1][1]))
    assert codes(both(judge, tmp_path, plain_tar(members))) == {"E-ORPHAN"}


def test_index_json_twice(judge, made, tmp_path):
    """The first is the one that was signed for; the last is the one that unpacking leaves."""
    empty = to_json({"schemaVersion": 2, "manifests": []})
    report = both(judge, tmp_path, plain_tar([*made.members(), ("index.json", empty)]))
    assert report["result"] == "fails"


# ---- volumes ----

@pytest.fixture
def volumes(made, tmp_path):
    return made.write(tmp_path / "v.waybill", 300000)


def longer(members):
    """The first part has bytes behind its last chunk."""
    at = next(i for i, (name, _) in enumerate(members) if name.startswith("parts/"))
    return members[:at] + [(members[at][0], members[at][1] + b"unseen")] + members[at + 1:]


def members_of(path):
    with tarfile.open(path) as archive:
        return [(one.name, archive.extractfile(one).read()) for one in archive]


def test_a_part_has_no_more_bytes_than_were_signed(judge, volumes, tmp_path):
    for path in volumes[1:3]:
        good = read(path)
        write_archive(path, longer(members_of(path)))
        assert codes(judge(*volumes)) == {"E-SIZE"}
        report = both(judge, tmp_path, read(path), "--allow-missing-volumes")
        assert codes(report) == {"E-SIZE"}
        write(path, good)
    assert judge(*volumes)["outcomes"] == []


def test_chunks_in_a_stream_are_not_the_digest(judge, key, made, tmp_path):
    """Who may sign inventories lists true chunks of false bytes under the digest in the manifest."""
    made = deliveries.Delivery(key, 4 << 20)
    image = made.image("app:1", bytes(9 << 20))
    manifest = json.loads(made.layout.blobs[image["digest"]])
    layer = manifest["layers"][0]["digest"]
    made.layout.blobs[layer] = b"false" + made.layout.blobs[layer][5:]
    first, *rest = [dict(one) for one in made.volumes(6 << 20)]
    assert len(rest) == 1
    members = list((first | rest[0]).items())
    path = write_archive(tmp_path / "r.waybill", members)
    for report in (judge(path), judge("-", stdin=read(path))):
        assert report["result"] == report["images"][0]["result"] == "fails"


# ---- who may sign what ----

def policy(tmp_path, **more):
    path = tmp_path / "policy.json"
    path.write_text(json.dumps({"version": 1, **more}), encoding="utf-8")
    return ["--policy", str(path)]


def test_who_signs_images_does_not_sign_inventories(judge, key, other, made, tmp_path):
    signers = {"release": {"key": key.public_path}, "site": {"key": other.public_path}}
    rules = [{"images": ["**"], "signatures": {"signers": ["release", "site"]}}]
    trust = policy(tmp_path, signers=signers, delivery={"signers": ["release"]}, images=rules)
    path = write_archive(tmp_path / "r.waybill", made.members())
    assert judge(path, trust=trust)["outcomes"] == []
    write_archive(path, made.members(signers=[other]))
    assert codes(judge(path, trust=trust)) == {"E-INVENTORY-SIGNATURE"}
    trust = policy(tmp_path, signers=signers, images=rules)
    write_archive(path, made.members())
    assert codes(judge(path, trust=trust)) == {"E-INVENTORY-SIGNATURE"}


def test_a_carrier_brings_nothing_else(judge, made, tmp_path, other):
    """A further signature may be added by anybody, and may bring nothing but itself."""
    members = made.members()
    payload = to_json(made.inventory())
    entry, (manifest, _, bundle) = made.carrier(payload, other)
    members += [(blob_name(sha256(one)), one) for one in (manifest, bundle)]
    index = json.loads(dict(members)["index.json"])

    def listed(one):
        index_ = {**index, "manifests": [*index["manifests"], one]}
        return [(name, to_json(index_) if name == "index.json" else data)
                for name, data in members]
    path = write_archive(tmp_path / "r.waybill", listed(entry))
    assert judge(path)["outcomes"] == []
    write_archive(path, listed({**entry, "annotations": {
        "org.opencontainers.image.ref.name": "registry.example/app:1"}}))
    assert "E-INDEX" in codes(judge(path))
    for evil in ({**json.loads(manifest), "annotations": {"a": "b"}},
                 {**json.loads(manifest), "subject": {**entry}}):
        data = to_json(evil)
        members[-2] = (blob_name(sha256(data)), data)
        write_archive(path, listed({**entry, "digest": sha256(data), "size": len(data)}))
        assert codes(judge(path)) == {"E-INVENTORY-MALFORMED"}


def test_a_manifest_that_names_more_than_the_inventory(judge, key, tmp_path):
    made = deliveries.Delivery(key)
    made.image("app:1", b"a layer")
    layer = next(one for one, role in made.roles.items() if role == "layer")
    del made.layout.blobs[layer]
    report = judge(write_archive(tmp_path / "r.waybill", made.members()))
    assert codes(report) == {"E-MISSING-BLOB"} and layer in json.dumps(report["outcomes"])


# ---- a directory ----

@pytest.mark.parametrize("name", ["layer", "blobs", "blobs/sha256", "index.json", "oci-layout"])
@pytest.mark.parametrize("outside", [True, False])
def test_links_in_a_directory_are_not_what_travels(judge, made, tmp_path, name, outside):
    """Whatever they lead to now: it need not be there when the delivery is used."""
    folder = write_directory(tmp_path / "r", made.members())
    if name == "layer":
        name = blob_name(next(one for one, role in made.roles.items() if role == "layer"))
    target = str(tmp_path / "outside") if outside else os.path.join(folder, "elsewhere")
    os.rename(os.path.join(folder, name), target)
    os.symlink(target, os.path.join(folder, name))
    report = judge(folder)
    assert codes(report) == {"E-ORPHAN"}
    assert any(one["object"].startswith(name) and "a symbolic link" in one["message"]
               for one in report["outcomes"]), report["outcomes"]


def test_links_in_a_directory_lead_to_no_other_bytes(judge, made, tmp_path):
    folder = write_directory(tmp_path / "r", made.members())
    layer = os.path.join(folder, blob_name(next(
        one for one, role in made.roles.items() if role == "layer")))
    os.unlink(layer)
    os.symlink("/etc/passwd", layer)
    assert "E-ORPHAN" in codes(judge(folder))
    os.unlink(layer)
    os.mkfifo(layer)
    assert "E-ORPHAN" in codes(judge(folder))
    os.unlink(layer)
    os.symlink("..", os.path.join(folder, "blobs", "sha256", "loop"))
    assert {"E-ORPHAN", "E-MISSING-BLOB"} <= codes(judge(folder))


def test_links_in_a_layout_that_is_no_delivery(verify, key, made, tmp_path):
    """Build tools make such; bytes count by their digest."""
    folder = made.layout.write(str(tmp_path / "layout"))
    layer = os.path.join(folder, blob_name(next(
        one for one, role in made.roles.items() if role == "layer")))
    os.rename(layer, tmp_path / "outside")
    os.symlink(tmp_path / "outside", layer)
    assert verify.run(folder, "--key", key.public_path).code == OK
    write(tmp_path / "outside", b"changed")
    done = verify.run(folder, "--key", key.public_path)
    assert done.code == CHECK_FAILED and "E-SIZE" in done.stdout.decode() + done.stderr


# ---- an update on a base that somebody brings ----

def test_a_base_is_believed_for_its_bytes_alone(judge, made, tmp_path, verify, key):
    members = made.members()
    made.base, made.in_base = made.payload_digest, set(made.layout.blobs) - {sha256(b"{}")}
    update = write_archive(tmp_path / "u.waybill", made.members())
    strange = [("oci-layout", b"{}"), ("index.json", b"no JSON"),
               *[one for one in members if one[0].startswith("blobs/")],
               ("blobs/sha256/" + "0" * 64, b"rides along")]
    base = write_archive(tmp_path / "base.tar", strange)
    assert judge(update, "--base", base)["outcomes"] == []
    assert verify.run(base, "--key", key.public_path).code != OK
    layer = max(made.in_base, key=lambda one: len(made.layout.blobs[one]))
    lying = [(name, b"false" if name == blob_name(layer) else data) for name, data in strange]
    write_archive(base, lying)
    assert outcomes(judge(update, "--base", base)) == {("E-SIZE", layer)}
    assert verify.run(update, "--base", base, "--key", key.public_path).code == CHECK_FAILED
