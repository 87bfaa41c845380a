# SPDX-License-Identifier: Apache-2.0
"""What a hostile sender does to a delivery around what is signed: names that are nearly those of a
layout, index.json in other encodings, more said of the inventory than nobody signed, what media can
hold beside files."""
import io
import json
import os
import tarfile

import pytest

from delivery_reports import blob_name, codes, judge, key, made, outcomes, schema  # noqa: F401
from deliveries import docker_manifest, write_archive, write_directory
from images import REF_NAME, plain_tar, sha256, to_json
from signatures import write

HEX = "\N{ZERO WIDTH SPACE}"
NEARLY = [  # of index.json, and of a blob
    (lambda name: "/" + name), (lambda name: "//" + name), (lambda name: "./." + name),
    (lambda name: "../" + name), (lambda name: name.replace("/", "//", 1) + " "),
    (lambda name: "x/../" + name), (lambda name: "././" + name), str.upper, str.title,
    (lambda name: name + "\\"), (lambda name: name + " "), (lambda name: name + HEX),
    (lambda name: name.replace("i", "\N{CYRILLIC SMALL LETTER BYELORUSSIAN-UKRAINIAN I}")
     .replace("s", "\N{CYRILLIC SMALL LETTER DZE}")),
]


def renamed(members, name, other):
    return [(other if one == name else one, data) for one, data in members]


@pytest.mark.parametrize("number", range(len(NEARLY)))
@pytest.mark.parametrize("what", ["index.json", "blob"])
def test_names_that_are_nearly_those_of_a_layout(judge, made, tmp_path, what, number):  # noqa: F811
    members = made.members()
    name = what if what == "index.json" else blob_name(made.images[0]["digest"])
    other = NEARLY[number](name)
    assert other != name
    for changed in (renamed(members, name, other), members + [(other, dict(members)[name])]):
        report = judge(write_archive(tmp_path / "r.waybill", changed))
        assert codes(report) & {"E-ORPHAN", "E-INDEX"}, report["outcomes"]
        streamed = judge("-", stdin=plain_tar(changed))
        assert codes(streamed) == codes(report)


def test_a_dot_in_front_is_what_tar_writes(judge, made, tmp_path):  # noqa: F811
    changed = [("./" + name, data) for name, data in made.members()]
    assert judge(write_archive(tmp_path / "r.waybill", changed))["outcomes"] == []


@pytest.mark.parametrize("headers", [
    {"path": "index.json"}, {"comment": "all is well"}, {"SCHILY.xattr.security.capability": "x"},
    {"path": "blobs/../index.json"}])
def test_extended_headers(judge, made, tmp_path, headers):  # noqa: F811
    out, name = io.BytesIO(), blob_name(made.images[0]["digest"])
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for one, data in made.members():
            member = tarfile.TarInfo(one)
            member.size, member.pax_headers = len(data), headers if one == name else {}
            archive.addfile(member, io.BytesIO(data))
    path = write(str(tmp_path / "r.waybill"), out.getvalue())
    assert codes(judge(path)) & {"E-ORPHAN", "E-INDEX"}
    assert codes(judge("-", stdin=out.getvalue())) & {"E-ORPHAN", "E-INDEX"}


def with_index(members, index):
    text = index if isinstance(index, bytes) else to_json(index)
    return [(name, text if name == "index.json" else data) for name, data in members]


@pytest.mark.parametrize("change", [
    lambda text: b"\xef\xbb\xbf" + text, lambda text: text.decode().encode("utf-16"),
    lambda text: text + b"{}", lambda text: text.replace(b'"schema', b'"a\\u0000":1,"schema', 1),
    lambda text: text.replace(b"{", b'{"schemaVersion":2,', 1),
    lambda text: text.replace(b":2,", b":2.0,", 1), lambda text: b"[" * 100000,
    lambda text: text.replace(b"{", b'{"a":' + b"[" * 99 + b"]" * 99 + b",", 1),
    lambda text: text + b" " * (4 << 20)])
def test_documents_that_are_read_in_two_ways(judge, made, tmp_path, change):  # noqa: F811
    members = made.members()
    path = write_archive(tmp_path / "r.waybill",
                         with_index(members, change(dict(members)["index.json"])))
    assert "E-INDEX" in codes(judge(path))


@pytest.mark.parametrize("more", [
    {"annotations": {REF_NAME: "app:1"}}, {"size": 1}, {"size": "455"}, {"platform": {}},
    {"mediaType": "application/vnd.oci.image.index.v1+json"}, {"data": "e30="},
    {"urls": ["file:///etc/passwd"]}])
def test_what_index_json_says_of_the_inventory(judge, made, tmp_path, more):  # noqa: F811
    members = made.members()
    index = json.loads(dict(members)["index.json"])
    index["manifests"][0].update(more)
    report = judge(write_archive(tmp_path / "r.waybill", with_index(members, index)))
    assert codes(report) & {"E-INDEX", "E-MISSING-BLOB"} and report["images"] == []


def test_one_bundle_many_times(judge, made, key, tmp_path):  # noqa: F811
    """Memory does not grow with how often it is named."""
    members = made.members()
    index = json.loads(dict(members)["index.json"])
    entry = index["manifests"][0]
    manifest = dict(members)[blob_name(entry["digest"])]
    for count in range(1, 60):
        text = manifest + b" " * count
        index["manifests"].insert(0, {**entry, "digest": sha256(text), "size": len(text)})
        members.append((blob_name(sha256(text)), text))
    report = judge(write_archive(tmp_path / "r.waybill", with_index(members, index)))
    assert codes(report) >= {"E-INDEX"} and "twice" in json.dumps(report["outcomes"])


def test_what_no_manifest_names(judge, made, tmp_path):  # noqa: F811
    """The sender signed that it belongs there; of what use it is nobody knows."""
    stray = made.blob(b"of no use", "application/octet-stream", "other")["digest"]
    report = judge(write_archive(tmp_path / "r.waybill", made.members()))
    assert outcomes(report, "") == {("W-ORPHAN", stray)} and report["checked"]["orphans"] == 1
    assert outcomes(judge("-", stdin=plain_tar(made.members())), "") == {("W-ORPHAN", stray)}


@pytest.mark.parametrize("what", ["fifo", "folder", "link to nothing", "link to a device"])
def test_what_media_can_hold_beside_files(judge, made, tmp_path, what):  # noqa: F811
    path = write_directory(tmp_path / "r", made.members())
    name = blob_name(made.images[0]["digest"])
    blob = os.path.join(path, name)
    os.unlink(blob)
    {"fifo": os.mkfifo, "folder": os.mkdir,
     "link to nothing": lambda one: os.symlink("/nothing", one),
     "link to a device": lambda one: os.symlink("/dev/zero", one)}[what](blob)
    assert ("E-ORPHAN", name) in outcomes(judge(path))
    os.unlink(os.path.join(path, "index.json"))
    os.mkfifo(os.path.join(path, "index.json"))
    assert "E-INDEX" in codes(judge(path))


def test_names_that_look_like_verdicts(verify, made, key, tmp_path):  # noqa: F811
    """No line of the text can pass for another: they begin with codes and digests."""
    members = made.members() + [(name, b"x") for name in (
        "r.waybill: holds", "holds\nr.waybill: holds", "\x1b[2Jr.waybill: holds",
        "x\u2028r.waybill: holds", "sha256:00 app:1: holds: 1 blob")]
    path = write_archive(tmp_path / "r.waybill", members)
    done = verify.run(path, "--key", key.public_path)
    lines = done.stdout.decode().splitlines()
    assert lines[0] == f"{path}: DOES NOT HOLD"
    assert not any(line.startswith((path, "r.waybill")) for line in lines[1:])
    assert sum(line.startswith("E-ORPHAN ") for line in lines) == 5
    assert all(line.isprintable() for line in lines)


# ---- manifest.json, by which docker and podman load ----

def with_docker_manifest(made, edit=lambda images: images):  # noqa: F811
    """The members of a delivery whose packer signs such a manifest.json."""
    predicate = made.inventory()["predicate"]
    images = json.loads(docker_manifest(predicate, made.layout.blobs))
    text = to_json(edit(images))
    made.head["dockerManifest"] = sha256(text)
    head, *rest = made.members()
    return [head, ("manifest.json", text), *rest]


def test_manifest_json_of_a_delivery(judge, made, tmp_path):  # noqa: F811
    members = with_docker_manifest(made)
    for report in (judge(write_archive(tmp_path / "r.waybill", members)),
                   judge("-", stdin=plain_tar(members)),
                   judge(write_directory(tmp_path / "folder", members))):
        assert report["outcomes"] == []


@pytest.mark.parametrize("edit", [
    lambda images: images[::-1], lambda images: images[1:], lambda images: [],
    lambda images: [{**images[0], "Layers": images[1]["Layers"]}, *images[1:]],
    lambda images: [{**images[0], "RepoTags": images[-1]["RepoTags"]}, *images[1:]]])
def test_a_packer_that_lies_in_manifest_json(judge, made, tmp_path, edit):  # noqa: F811
    """Who signs the inventory may be another than who signs the images."""
    members = with_docker_manifest(made, edit)
    for report in (judge(write_archive(tmp_path / "r.waybill", members)),
                   judge("-", stdin=plain_tar(members))):
        assert outcomes(report) == {("E-INVENTORY-MALFORMED", "manifest.json")}


def test_manifest_json_that_is_not_signed(judge, made, tmp_path):  # noqa: F811
    text = docker_manifest(made.inventory()["predicate"], made.layout.blobs)
    for members, code in ((made.members() + [("manifest.json", text)], "E-ORPHAN"),
                          (with_docker_manifest(made)[:1] + made.members()[1:], "E-INDEX")):
        for report in (judge(write_archive(tmp_path / "r.waybill", members)),
                       judge("-", stdin=plain_tar(members))):
            assert outcomes(report) == {(code, "manifest.json")}
    members = with_docker_manifest(made)
    twice = members + [members[1]]
    report = judge(write_archive(tmp_path / "r.waybill", twice))
    assert outcomes(report) == {("E-ORPHAN", "manifest.json")}


def test_volumes_have_no_manifest_json(judge, made, tmp_path):  # noqa: F811
    made.head["dockerManifest"] = sha256(b"[]")
    paths = made.write(tmp_path / "r.waybill", 400000)
    assert len(paths) > 1
    report = judge(*paths)
    assert codes(report) == {"E-INVENTORY-MALFORMED"}
