# SPDX-License-Identifier: Apache-2.0
"""waybill-verify on deliveries of several volumes, on top of a base, and after others were accepted."""
import os
import random
import subprocess
import tarfile

import pytest

import deliveries
from deliveries import Delivery, write_archive
from delivery_reports import (ROOT, blob_name, change, codes, judge, key, made,  # noqa: F401
                              outcomes, schema)
from images import sha256
from program import CHECK_FAILED, OK
from signatures import read, write


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
        assert [one.partition(":")[0] for one in said] == [f"volume {number + 1} of 4 is not there"]
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
        good = read(path)
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


def test_one_blob_less_on_a_volume_that_is_there(judge, made, tmp_path):
    """Allowing volumes to be missing allows no blob to be."""
    written = made.volumes(CAPACITY)
    own = set.intersection(*(set(dict(members)) for members in written))
    paths = [str(tmp_path / f"{i}.waybill") for i in range(len(written))]
    for number, members in enumerate(written):
        pieces = [name for name, _ in members if name not in own]
        if len(pieces) == 1:
            continue
        for name in random.Random(number).sample(pieces, min(3, len(pieces))):
            for i, whole in enumerate(written):
                write_archive(paths[i], change(whole, name, "remove") if i == number else whole)
            report = judge(*paths, "--allow-missing-volumes")
            digest = "sha256:" + name.split("/")[2]
            assert outcomes(report) & {("E-MISSING-BLOB", digest),
                                       ("E-MISSING-FILE", "doc/readme.txt")}, (name, report)


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
        data = read(path)
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
