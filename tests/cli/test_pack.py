# SPDX-License-Identifier: Apache-2.0
"""pack: what is in a delivery, byte for byte. The judges are Python's tarfile, hashlib and
cryptography, tar and skopeo; waybill never judges itself here."""
import base64
import hashlib
import json
import os
import shutil
import subprocess
import tarfile

import images
import pytest
from deliveries import docker_manifest
from layers import Layer
from program import BAD_INPUT, CHECK_FAILED, OK, USAGE, assert_one_error_line
from signatures import (BUNDLE, IN_TOTO, SIGN_PREDICATE, SPDX, Key, envelope, bundle, pae, read,
                        sha256, statement, unb64, write)

EPOCH = {"SOURCE_DATE_EPOCH": "1714979289"}
CHUNK = 4 << 20
INVENTORY = "application/vnd.waybill.inventory.v1+json"
FILE = "application/vnd.waybill.file.v1"
TITLE = "org.opencontainers.image.title"
NAME_A, NAME_B = "registry.example/a:1", "registry.example/b:1"


class Volume:
    """One archive: members in order, with what must be true of every header."""

    def __init__(self, path):
        self.members = {}
        with tarfile.open(path, "r:") as archive:
            for member in archive:
                assert member.isfile() and member.name not in self.members
                assert (member.mtime, member.uid, member.gid, member.mode) == (0, 0, 0, 0o644)
                self.members[member.name] = archive.extractfile(member).read()
        self.names = list(self.members)
        self.index = json.loads(self.members["index.json"])
        self.entries = self.index["manifests"]
        for name, data in self.members.items():
            if name.startswith("blobs/"):
                assert "blobs/" + sha256(data).replace(":", "/") == name

    def blob(self, digest):
        return self.members["blobs/" + digest.replace(":", "/")]

    def inventories(self):
        """(bundle, payload) of each signature."""
        for entry in self.entries:
            if entry.get("artifactType") == INVENTORY:
                manifest = json.loads(self.blob(entry["digest"]))
                assert manifest["artifactType"] == INVENTORY
                value = json.loads(self.blob(manifest["layers"][0]["digest"]))
                yield value["dsseEnvelope"], unb64(value["dsseEnvelope"]["payload"])


def check(paths, *keys, base=None):
    """Volumes against their inventory, independently; gives the predicate and the blobs."""
    volumes = [Volume(path) for path in paths]
    payloads = {payload for volume in volumes for _, payload in volume.inventories()}
    assert len(payloads) == 1
    payload = payloads.pop()
    for volume in volumes:
        for key, (signed, _) in zip(keys, volume.inventories(), strict=True):
            key.check(unb64(signed["signatures"][0]["sig"]), pae(IN_TOTO, payload))
    value = json.loads(payload)
    predicate = value["predicate"]
    assert value["predicateType"] == "urn:waybill:inventory:1"
    assert value["subject"] == [{"digest": dict([blob["digest"].split(":")])}
                                for blob in predicate["blobs"]]
    assert len(volumes) == predicate["volumes"]
    own = 2 * len(keys) + 1
    blobs = {}
    for number, volume in enumerate(volumes, 1):
        assert volume.entries[len(keys):] == predicate["entries"]
        head = ["oci-layout", "index.json"]
        if "dockerManifest" in predicate:
            assert len(volumes) == 1
            head.append("manifest.json")
            assert sha256(volume.members["manifest.json"]) == predicate["dockerManifest"]
        assert volume.names[:len(head)] == head
        expected = volume.names[len(head):len(head) + own]
        for blob in predicate["blobs"]:
            bounds = [0, *blob.get("splits", []), blob["size"]]
            part = number - blob.get("volume", 10**9)
            if not 0 <= part < len(bounds) - 1:
                continue
            folder, name = "blobs", blob["digest"].replace(":", "/")
            if "splits" in blob:
                folder, name = "parts", f"{name}/{bounds[part]}"
            name = f"{folder}/{name}"
            if name in expected:
                continue
            expected.append(name)
            data = volume.members[name]
            assert len(data) == bounds[part + 1] - bounds[part]
            blobs[blob["digest"]] = blobs.get(blob["digest"], b"") + data
        assert volume.names[len(head):] == expected
    if len(volumes) == 1:
        carried = {blob["digest"]: volumes[0].blob(blob["digest"]) for blob in predicate["blobs"]
                   if "inBase" not in blob}
        assert volumes[0].members.get("manifest.json") == docker_manifest(predicate, carried)
    for blob in predicate["blobs"]:
        if blob.get("inBase"):
            assert base is not None and blob["digest"] in base
            continue
        data = blobs.setdefault(blob["digest"], volumes[0].members.get(
            "blobs/" + blob["digest"].replace(":", "/")))
        assert sha256(data) == blob["digest"] and len(data) == blob["size"]
        chunks = [hashlib.sha256(data[at:at + CHUNK]).digest() for at in range(0, len(data), CHUNK)]
        assert blob.get("chunks") == (base64.b64encode(b"".join(chunks)).decode()
                                      if len(data) > CHUNK else None)
    return predicate, blobs


class Site:
    """Two layouts: a plain image, and an index of two platforms with signatures on all levels."""

    def __init__(self, folder):
        self.folder, self.key = folder, Key(folder, "ed25519")
        plain, large = Layer(), Layer()
        plain.file("etc/motd", b"hello\n")
        large.file("bin/large", os.urandom(9_000_000))
        self.a = images.write_oci(str(folder / "a"), [plain], tag=NAME_A)
        layout = images.Layout()
        self.platforms = []
        for architecture in ("amd64", "arm64"):
            image = images.Image([plain, large], architecture=architecture)
            self.platforms.append(layout.image(image, platform={
                "os": "linux", "architecture": architecture}))
        self.index = layout.index(self.platforms)
        layout.add(self.index, NAME_B)
        self.signature = self.attach(layout, self.index, SIGN_PREDICATE)
        self.sbom = self.attach(layout, self.platforms[0], SPDX)
        # A signature of the attestation itself, and what only says that it is one.
        self.nested = self.attach(layout, self.sbom, SIGN_PREDICATE)
        self.b = "oci:" + layout.write(str(folder / "b"))
        self.layout = layout

    def attach(self, layout, target, predicate_type):
        signed = bundle(envelope(statement(target["digest"], predicate_type), self.key), self.key)
        layer = layout.put(signed, BUNDLE)
        config = layout.put(b"{}", "application/vnd.oci.empty.v1+json")
        manifest = {"schemaVersion": 2, "mediaType": images.MANIFEST, "artifactType": BUNDLE,
                    "config": config, "layers": [layer], "subject": {
                        name: target[name] for name in ("mediaType", "digest", "size")}}
        return layout.put(images.to_json(manifest), images.MANIFEST)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    return Site(tmp_path_factory.mktemp("site"))


def run(waybill, *arguments, code=OK, env=None, **more):
    done = waybill.run(*map(str, arguments), env={**EPOCH, **(env or {})}, **more)
    assert done.code == code, done
    return done


def refused(waybill, *arguments, code, text):
    done = run(waybill, *arguments, code=code)
    assert_one_error_line(done)
    assert text in done.stderr, done.stderr


def pack(waybill, site, output, *arguments, key=None, **more):
    return run(waybill, "pack", "--key", (key or site.key).path, "-o", output, *arguments, **more)


# ---- what is in it ----

def test_everything_is_there_and_listed(waybill, site, tmp_path):
    text = write(tmp_path / "INSTALL.txt", b"install it\n")
    policy = write(tmp_path / "policy.json", b'{"rules":[]}')
    path = tmp_path / "r.waybill"
    done = pack(waybill, site, path, site.a, site.b, "--file", text, "--file", f"{text}=doc/x.txt",
                "--policy", policy, "--trusted-root", policy, "--name", "rel", "--sequence", "7",
                "--expires", "90d", "--output", "json")
    said = json.loads(done.stdout)
    assert said["written"] == [str(path)] and said["expires"] == "2024-08-04T07:08:09Z"
    assert len(done.warnings) == 1 and NAME_A + " is not signed" in done.warnings[0]
    predicate, blobs = check([path], site.key)
    assert (predicate["name"], predicate["sequence"]) == ("rel", 7)
    assert (predicate["issued"], predicate["expires"]) == (said["issued"], said["expires"])
    assert set(site.layout.blobs) <= set(blobs)
    a, b = predicate["images"]
    assert (a["name"], a["signatures"], a["attestations"], a["platforms"]) == (NAME_A, [], [], [])
    assert (b["name"], b["digest"]) == (NAME_B, site.index["digest"])
    assert b["signatures"] == [site.signature["digest"]]
    assert b["attestations"] == [{"predicateType": SPDX, "manifest": site.sbom["digest"]}]
    assert b["platforms"] == [one["digest"] for one in site.platforms]
    assert [one["path"] for one in predicate["files"]] == ["INSTALL.txt", "doc/x.txt"]
    assert predicate["policy"] == predicate["trust"] == sha256(read(policy))
    assert blobs[predicate["files"][0]["digest"]] == b"install it\n"
    roles = {blob["digest"]: blob["role"] for blob in predicate["blobs"]}
    assert roles[site.index["digest"]] == "index"
    assert roles[predicate["policy"]] == "policy"
    # Documents come before what is large.
    order = [blob["role"] in ("layer", "file", "other") for blob in predicate["blobs"]]
    assert order == sorted(order)
    listed = {entry["digest"]: entry for entry in predicate["entries"]}
    assert site.nested["digest"] in listed and listed[site.sbom["digest"]]["artifactType"] == BUNDLE
    tags = {entry["annotations"][images.REF_NAME]: entry for entry in predicate["entries"]
            if "sha256-" in entry.get("annotations", {}).get(images.REF_NAME, "")}
    for subject, referrer in ((site.index, site.signature), (site.sbom, site.nested)):
        index = json.loads(blobs[tags[subject["digest"].replace(":", "-")]["digest"]])
        assert [one["digest"] for one in index["manifests"]] == [referrer["digest"]]
    manifest = json.loads(blobs[predicate["files"][1]["manifest"]])
    assert manifest["artifactType"] == FILE
    assert manifest["layers"][0]["annotations"] == {TITLE: "doc/x.txt"}


def test_the_same_again_is_the_same_bytes(waybill, site, tmp_path):
    for name in ("one", "two"):
        pack(waybill, site, tmp_path / name, site.a, site.b)
    assert read(tmp_path / "one") == read(tmp_path / "two")
    done = pack(waybill, site, "-", site.a, site.b)
    assert done.stdout == read(tmp_path / "one")
    rsa = Key(tmp_path, "rsa")
    for name in ("three", "four"):
        pack(waybill, site, tmp_path / name, site.a, key=rsa)
    assert read(tmp_path / "three") == read(tmp_path / "four")


def test_archives_are_sources_too(waybill, site, tmp_path):
    archive = write(tmp_path / "b.tar", site.layout.archive())
    pack(waybill, site, tmp_path / "one", site.b)
    pack(waybill, site, tmp_path / "two", f"oci-archive:{archive}")
    pack(waybill, site, tmp_path / "three", tmp_path / "one")
    assert read(tmp_path / "one") == read(tmp_path / "two") == read(tmp_path / "three")


def test_older_form_is_named_after_its_image(waybill, tmp_path):
    key = Key(tmp_path, "ed25519")
    layer = Layer()
    layer.file("x", b"x")
    reference = images.write_oci(str(tmp_path / "image"), [layer], tag="v1")
    run(waybill, "sign", "--key", key.path, "--format", "legacy", "-q", reference)
    run(waybill, "pack", "--key", key.path, "-o", tmp_path / "r", "app:2=" + reference)
    predicate, _ = check([tmp_path / "r"], key)
    image, carrier = predicate["entries"]
    assert image["annotations"] == {images.REF_NAME: "app:2"}
    tag = image["digest"].replace(":", "-") + ".sig"
    assert carrier["annotations"][images.REF_NAME] == tag
    assert predicate["images"][0]["signatures"] == [carrier["digest"]]


def test_signatures_of_two_layouts_come_together(waybill, tmp_path):
    keys = [Key(tmp_path, kind) for kind in ("ed25519", "rsa")]
    layer = Layer()
    layer.file("x", b"x")
    references = []
    for key in keys:
        references.append(images.write_oci(str(tmp_path / f"{key.kind}-image"), [layer], tag="v1"))
        run(waybill, "sign", "--key", key.path, "-q", references[-1])
    run(waybill, "pack", "--key", keys[0].path, "-o", tmp_path / "r", "app:1=" + references[0],
        "app:2=" + references[1])
    predicate, blobs = check([tmp_path / "r"], keys[0])
    index, = [json.loads(blobs[entry["digest"]]) for entry in predicate["entries"]
              if "index" in entry["mediaType"]]
    assert len(index["manifests"]) == 2


def test_others_read_it(waybill, site, tmp_path):
    path = tmp_path / "r.waybill"
    pack(waybill, site, path, site.a, site.b)
    listed = subprocess.run(["tar", "tf", path], capture_output=True, check=True, timeout=60)
    assert listed.stdout.decode().split() == Volume(path).names
    if shutil.which("skopeo") is None:
        pytest.skip("SKIPPED: no skopeo")
    for name in (NAME_A, NAME_B):
        raw = subprocess.run(["skopeo", "inspect", "--raw", f"oci-archive:{path}:{name}"],
                             capture_output=True, check=True, timeout=60).stdout
        if name == NAME_B:
            assert sha256(raw) == site.index["digest"]
    subprocess.run(["skopeo", "copy", "-q", "--all", f"oci-archive:{path}:{NAME_B}",
                    f"oci:{tmp_path}/copy:v1"], capture_output=True, check=True, timeout=60)
    assert len(os.listdir(tmp_path / "copy" / "blobs" / "sha256")) >= 6


# ---- volumes and differences ----

def volume_paths(folder, count):
    return [folder / f"r.{number}of{count}.waybill" for number in range(1, count + 1)]


def test_volumes(waybill, tmp_path):
    key = Key(tmp_path, "ed25519")
    # More than two volumes' worth, then small ones.
    files = [write(tmp_path / "large", os.urandom(30_000_000)),
             write(tmp_path / "middle", os.urandom(7_000_000)), write(tmp_path / "small", b"x")]
    size = 16 << 20
    arguments = [argument for file in files for argument in ("--file", file)]
    done = run(waybill, "pack", "--key", key.path, "-o", tmp_path / "r.waybill", *arguments,
               "--volumes", "16M", "--output", "json")
    paths = volume_paths(tmp_path, 3)
    assert json.loads(done.stdout)["written"] == [str(path) for path in paths]
    assert not os.path.exists(tmp_path / "r.waybill")
    assert all(os.path.getsize(path) <= size for path in paths)
    predicate, _ = check(paths, key)
    assert any("splits" in blob for blob in predicate["blobs"])
    refused(waybill, "pack", "--key", key.path, "-o", tmp_path / "s", *arguments, "--volumes", "1M",
            code=USAGE, text="16M")
    refused(waybill, "pack", "--key", key.path, "-o", tmp_path / "s", *arguments, "--volumes", "cd",
            code=USAGE, text="dvd")


def test_since(waybill, site, tmp_path):
    base, update = tmp_path / "base", tmp_path / "update"
    pack(waybill, site, base, site.b)
    extra = write(tmp_path / "extra", os.urandom(100_000))
    pack(waybill, site, update, site.a, site.b, "--file", extra, "--since", base)
    predicate, blobs = check([base], site.key)
    payload = next(Volume(base).inventories())[1]
    changed, carried = check([update], site.key, base=set(blobs))
    assert changed["base"] == sha256(payload)
    assert not set(carried) & (set(blobs) - {sha256(b"{}")})
    assert {blob["digest"] for blob in changed["blobs"]} > {
        blob["digest"] for blob in predicate["blobs"]}
    assert [one["name"] for one in changed["images"]] == [NAME_A, NAME_B]
    # Whose inventory it is that says what the site has.
    other = Key(tmp_path, "p256")
    refused(waybill, "pack", "--key", other.path, "-o", tmp_path / "x", site.a, "--since", base,
            code=CHECK_FAILED, text="not signed by a key that was given")
    pack(waybill, site, tmp_path / "y", site.a, "--since", base, "--since-key",
         site.key.public_path, key=other)


# ---- what is refused ----

def test_what_an_image_lacks_is_named(waybill, site, tmp_path):
    def below(digest, number=0):
        return json.loads(site.layout.blobs[digest])["layers"][number]["digest"]

    victims = {"layer": below(site.platforms[1]["digest"], 1),
               "bundle": below(site.signature["digest"]), "platform": site.platforms[1]["digest"]}
    for kind, digest in victims.items():
        copy = tmp_path / kind
        shutil.copytree(site.folder / "b", copy)
        path = copy / "blobs" / digest.replace(":", "/")
        data = read(path)
        write(path, data[:-1] + bytes([data[-1] ^ 1]))
        done = run(waybill, "pack", "--key", site.key.path, "-o", tmp_path / "r", f"oci:{copy}",
                   code=CHECK_FAILED)
        assert digest in done.stderr, done
        os.unlink(path)
        done = run(waybill, "pack", "--key", site.key.path, "-o", tmp_path / "r", f"oci:{copy}",
                   code=CHECK_FAILED)
        assert digest in done.stderr and "missing" in done.stderr, done
    assert not os.path.exists(tmp_path / "r")
    assert not [name for name in os.listdir(tmp_path) if name.endswith(".tmp")]


def test_a_foreign_layer_is_named(waybill, site, tmp_path):
    layer = Layer()
    layer.file("x", b"x")
    image = images.Image([layer])
    manifest = image.manifest()
    foreign = {"mediaType": "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
               "digest": sha256(b"elsewhere"), "size": 9, "urls": ["https://example.com/layer"]}
    manifest["layers"].append(foreign)
    layout = images.Layout()
    layout.add(layout.image(image, manifest), "v1")
    layout.write(str(tmp_path / "image"))
    refused(waybill, "pack", "--key", site.key.path, "-o", tmp_path / "r", f"oci:{tmp_path}/image",
            code=CHECK_FAILED, text="registries do not distribute")


def test_one_name_means_one_thing(waybill, site, tmp_path):
    layer = Layer()
    layer.file("other", b"other")
    other = images.write_oci(str(tmp_path / "other"), [layer], tag=NAME_A)
    refused(waybill, "pack", "--key", site.key.path, "-o", tmp_path / "r", site.a, other,
            code=BAD_INPUT, text="NAME=oci:DIR")
    pack(waybill, site, tmp_path / "r", site.a, site.a, "registry.example/c:1=" + other)
    predicate, _ = check([tmp_path / "r"], site.key)
    assert [one["name"] for one in predicate["images"]] == [NAME_A, "registry.example/c:1"]


@pytest.mark.parametrize("arguments, code, text", [
    ([], USAGE, "no image"),
    (["--file", "MISSING"], 4, "MISSING"),
    (["--file", "FILE=../x"], BAD_INPUT, "no name for a file"),
    (["--file", "FILE", "--file", "FILE"], USAGE, "two files"),
    (["--file", "FILE", "--expires", "soon"], USAGE, "--expires soon"),
    (["--file", "FILE", "--expires", "2020-01-01"], USAGE, "expire before"),
    (["--file", "FILE", "--sequence", "-1"], USAGE, "--sequence"),
    (["--file", "FILE", "--since-key", "FILE"], USAGE, "--since"),
    (["--file", "FILE", "--since", "FILE"], BAD_INPUT, "FILE"),
])
def test_wrong_command_lines(waybill, site, tmp_path, arguments, code, text):
    file = write(tmp_path / "FILE", b"x")
    arguments = [one.replace("FILE", file) if one.startswith("FILE") else one for one in arguments]
    refused(waybill, "pack", "--key", site.key.path, "-o", tmp_path / "r", *arguments, code=code,
            text=text)
    assert os.listdir(tmp_path) == ["FILE"]


def test_memory_does_not_grow_with_the_blobs(waybill, site, tmp_path):
    peaks = []
    for size in (1, 300_000_000):
        with open(tmp_path / "file", "wb") as file:
            file.truncate(size)
        script = ("import os, resource, sys\n"
                  "child = os.spawnv(os.P_WAIT, sys.argv[1], sys.argv[1:])\n"
                  "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n"
                  "sys.exit(child)\n")
        done = subprocess.run(["python3", "-c", script, waybill.path, "pack", "--key",
                               site.key.path, "-q", "-o", str(tmp_path / "r"), "--file",
                               str(tmp_path / "file")], env=waybill.environment(EPOCH),
                              capture_output=True, check=True, timeout=300)
        peaks.append(int(done.stdout))
    assert peaks[1] - peaks[0] < 24 << 10, peaks
