# SPDX-License-Identifier: Apache-2.0
"""unpack and resign: what comes out of a delivery is what went in, and nothing comes out of one that
does not hold. The judges are hashlib, tarfile, cryptography and skopeo."""
import json
import os
import shutil
import subprocess
import tarfile

import images
import pytest
from layers import Layer
from program import BAD_INPUT, CHECK_FAILED, OK, USAGE
from signatures import Key, Stored, read, sha256, unb64, write

NAME, INDEX_NAME = "registry.example/app:1", "registry.example/multi:1"
INVENTORY = "application/vnd.waybill.inventory.v1+json"
TITLE = "org.opencontainers.image.title"


class Release:
    """An image and an index, signed, and a delivery of both with two files."""

    def __init__(self, waybill, folder):
        self.waybill, self.folder = waybill, folder
        self.key, self.other = Key(folder, "ed25519"), Key(folder, "p256")
        layer, large = Layer(), Layer()
        layer.file("etc/motd", b"hello\n")
        large.file("bin/large", os.urandom(6_000_000))
        self.image = images.write_oci(str(folder / "image"), [layer, large], tag=NAME)
        layout = images.Layout()
        below = [layout.image(images.Image([layer], architecture=name), platform={
            "os": "linux", "architecture": name}) for name in ("amd64", "arm64")]
        layout.add(layout.index(below), INDEX_NAME)
        self.index = "oci:" + layout.write(str(folder / "index"))
        for reference in (self.image, self.index):
            self.run("sign", "--key", self.key.path, "-q", "--recursive", "--format", "both",
                     reference)
        self.files = {"INSTALL.txt": b"install it\n", "doc/empty": b""}
        arguments = []
        for number, (name, data) in enumerate(self.files.items()):
            source = write(folder / f"file{number}", data)
            arguments += ["--file", f"{source}={name}"]
        self.path = folder / "release.waybill"
        self.pack(self.path, self.image, self.index, *arguments)

    def run(self, *arguments, code=OK):
        done = self.waybill.run(*map(str, arguments))
        assert done.code == code, done
        return done

    def pack(self, path, *arguments, key=None):
        return self.run("pack", "--key", (key or self.key).path, "-q", "-o", path, *arguments)

    def unpack(self, path, output, *arguments, key=None, code=OK):
        paths = path if isinstance(path, list) else [path]
        return self.run("unpack", *paths, "--key", (key or self.key).public_path, "-o", output,
                        *arguments, code=code)


@pytest.fixture(scope="module")
def release(waybill, tmp_path_factory):
    return Release(waybill, tmp_path_factory.mktemp("release"))


def holds(target, source):
    """Every blob of the source is there, the indexes of referrers too."""
    there, wanted = Stored(target), Stored(source)
    for name in wanted.files:
        if name.startswith("blobs/"):
            assert there.files[name] == wanted.files[name]
    return there


def nothing_is_left(folder):
    return [name for name in os.listdir(folder) if name.startswith(".") or "tmp" in name] == []


# ---- unpack ----

def test_all_comes_out(release, tmp_path):
    done = release.unpack(release.path, tmp_path / "out", "--output", "json")
    said = json.loads(done.stdout)
    assert [image["name"] for image in said["images"]] == [NAME, INDEX_NAME]
    assert said["files"] == list(release.files)
    holds(tmp_path / "out", release.folder / "image")
    there = holds(tmp_path / "out", release.folder / "index")
    for name, data in release.files.items():
        assert there.files["files/" + name] == data
    kinds = [entry["annotations"]["kind"] for entry in there.entries
             if entry.get("annotations", {}).get("kind", "").endswith(("/image", "/imageIndex"))]
    assert kinds == ["dev.cosignproject.cosign/image"]
    for name in (NAME, INDEX_NAME):
        release.run("verify", "--key", release.key.public_path, f"oci:{tmp_path}/out:{name}")
    assert nothing_is_left(tmp_path)
    if shutil.which("skopeo"):
        raw = subprocess.run(["skopeo", "inspect", "--raw", f"oci:{tmp_path}/out:{INDEX_NAME}"],
                             capture_output=True, check=True, timeout=60).stdout
        assert sha256(raw) in {entry["digest"] for entry in there.entries}


def test_one_image_and_its_archive_for_docker(release, tmp_path):
    release.unpack(release.path, tmp_path / "out", "--image", NAME)
    there = holds(tmp_path / "out", release.folder / "image")
    assert INDEX_NAME not in json.dumps(there.index)
    for name, arguments in ((NAME, []), (INDEX_NAME, ["--platform", "linux/arm64"])):
        path = tmp_path / "docker.tar"
        release.unpack(release.path, path, "--image", name, "--format", "docker-archive",
                       *arguments)
        with tarfile.open(path, "r:") as archive:
            files = {member.name: archive.extractfile(member).read() for member in archive}
        manifest, = json.loads(files["manifest.json"])
        assert manifest["RepoTags"] == [name]
        assert sha256(files[manifest["Config"]]) == "sha256:" + manifest["Config"][-64:]
        config = json.loads(files[manifest["Config"]])
        assert config["architecture"] == ("arm64" if arguments else "amd64")
        assert len(manifest["Layers"]) == len(config["rootfs"]["diff_ids"])
        if shutil.which("skopeo"):
            subprocess.run(["skopeo", "copy", "-q", f"docker-archive:{path}",
                            f"dir:{tmp_path}/{config['architecture']}"], check=True, timeout=60)
    release.unpack(release.path, tmp_path / "x", "--format", "docker-archive", code=USAGE)
    release.unpack(release.path, tmp_path / "x", "--image", "other", code=USAGE)
    assert not os.path.exists(tmp_path / "x") and nothing_is_left(tmp_path)


def test_volumes_and_a_base(release, tmp_path):
    large = write(tmp_path / "large", os.urandom(20_000_000))
    release.pack(tmp_path / "v.waybill", release.image, "--file", large, "--volumes", "16M")
    paths = [tmp_path / "v.2of2.waybill", tmp_path / "v.1of2.waybill"]
    release.unpack(paths, tmp_path / "out")
    assert read(tmp_path / "out" / "files" / "large") == read(large)
    release.unpack(paths[:1], tmp_path / "x", code=CHECK_FAILED)
    release.pack(tmp_path / "update", release.image, release.index, "--since", release.path)
    assert os.path.getsize(tmp_path / "update") < 50_000
    release.unpack(tmp_path / "update", tmp_path / "x", code=CHECK_FAILED)
    release.unpack(tmp_path / "update", tmp_path / "whole", "--base", release.path)
    holds(tmp_path / "whole", release.folder / "image")
    holds(tmp_path / "whole", release.folder / "index")
    assert not os.path.exists(tmp_path / "x")


@pytest.mark.parametrize("links", [True, False])
def test_what_was_unpacked_is_a_base(release, tmp_path, links):
    """With its files and its policy, of which the update carries nothing again."""
    policy = write(tmp_path / "policy.json", b'{"version": 1}')
    more = ["--file", f"{release.folder / 'file0'}=INSTALL.txt", "--policy", policy]
    release.pack(tmp_path / "first", release.image, *more)
    release.unpack(tmp_path / "first", tmp_path / "base")
    there = Stored(tmp_path / "base")
    digest = sha256(release.files["INSTALL.txt"])
    blob = tmp_path / "base" / "blobs" / digest.replace(":", "/")
    assert blob.stat().st_nlink == 2
    assert {entry["annotations"][TITLE] for entry in there.entries
            if TITLE in entry.get("annotations", {})} == {"INSTALL.txt", "policy.json"}
    if not links:
        # As on file systems that have none.
        shutil.copytree(tmp_path / "base", tmp_path / "copy")
        shutil.rmtree(tmp_path / "base")
        os.rename(tmp_path / "copy", tmp_path / "base")
    release.pack(tmp_path / "update", release.image, release.index, *more, "--since",
                 tmp_path / "first")
    with tarfile.open(tmp_path / "update", "r:") as archive:
        assert "blobs/" + digest.replace(":", "/") not in archive.getnames()
    release.unpack(tmp_path / "update", tmp_path / "second", "--base", tmp_path / "base")
    assert read(tmp_path / "second" / "files" / "INSTALL.txt") == release.files["INSTALL.txt"]
    # And that one for the next.
    release.pack(tmp_path / "third", release.index, *more, "--since", tmp_path / "update")
    release.unpack(tmp_path / "third", tmp_path / "last", "--base", tmp_path / "second")
    holds(tmp_path / "last", release.folder / "index")
    # What was changed in place since is noticed.
    with open(tmp_path / "base" / "files" / "INSTALL.txt", "ab") as file:
        file.write(b"and run it\n")
    code = CHECK_FAILED if links else OK
    release.unpack(tmp_path / "update", tmp_path / "no", "--base", tmp_path / "base", code=code)


def test_an_older_one_is_not_unpacked_again(release, tmp_path):
    state = tmp_path / "site.state"
    for number in (1, 2):
        release.pack(tmp_path / f"{number}", release.image, "--name", "r", "--sequence", number)
    release.unpack(tmp_path / "2", tmp_path / "a", "--state", state)
    kept = read(state)
    done = release.unpack(tmp_path / "1", tmp_path / "b", "--state", state, code=CHECK_FAILED)
    assert "E-REPLAY" in done.stderr and not os.path.exists(tmp_path / "b")
    for program in ("resign", "verify"):
        key = ["--key", release.other.path, "--sender-key"] if program == "resign" else ["--key"]
        done = release.run(program, tmp_path / "1", *key, release.key.public_path, "--state", state,
                           code=CHECK_FAILED)
        assert "E-REPLAY" in done.stderr
    assert read(state) == kept
    release.unpack(tmp_path / "2", tmp_path / "b", "--state", state)
    write(tmp_path / "broken.state", b"{")
    release.unpack(tmp_path / "2", tmp_path / "c", "--state", tmp_path / "broken.state",
                   code=BAD_INPUT)
    assert not os.path.exists(tmp_path / "c")


@pytest.mark.parametrize("where", [0.02, 0.5, 0.99])
def test_nothing_comes_out_of_what_does_not_hold(release, tmp_path, where):
    data = bytearray(read(release.path))
    at = int(len(data) * where)
    data[at] ^= 4
    for name, content in (("flipped", bytes(data)), ("cut", bytes(data[:at]))):
        path = write(tmp_path / name, content)
        done = release.unpack(path, tmp_path / "x", code=CHECK_FAILED)
        assert "E-" in done.stderr
    assert sorted(os.listdir(tmp_path)) == ["cut", "flipped"]


def test_whom_to_believe_must_be_said(release, tmp_path):
    release.run("unpack", release.path, "-o", tmp_path / "x", code=USAGE)
    release.unpack(release.path, tmp_path / "x", key=release.other, code=CHECK_FAILED)
    os.makedirs(tmp_path / "full" / "x")
    release.unpack(release.path, tmp_path / "full", code=USAGE)
    os.makedirs(tmp_path / "empty")
    release.unpack(release.path, tmp_path / "empty")
    assert os.path.exists(tmp_path / "empty" / "index.json")
    assert sorted(os.listdir(tmp_path)) == ["empty", "full"]


# ---- resign ----

def inventories(path):
    stored = Stored(path)
    for entry in stored.entries:
        if entry.get("artifactType") == INVENTORY:
            value = json.loads(stored.blob(stored.manifest(entry)["layers"][0]))
            yield unb64(value["dsseEnvelope"]["payload"])


def test_a_second_signature_leaves_the_first(release, tmp_path):
    path = tmp_path / "r"
    shutil.copy(release.path, path)
    release.run("resign", path, "--key", release.other.path, "--sender-key",
                release.key.public_path)
    before, after = list(inventories(release.path)), list(inventories(path))
    assert after == before * 2
    # What follows the inventories stays byte for byte.
    tail = read(release.path)[-6_000_000:]
    assert read(path).endswith(tail)
    release.unpack(path, tmp_path / "out")
    # The site's signature is of the inventory, not of the images, which the sender signed.
    release.run("resign", path, "--key", release.other.path, "--sender-key",
                release.other.public_path, code=CHECK_FAILED)


def test_every_volume_gets_it_or_none(release, tmp_path):
    large = write(tmp_path / "large", os.urandom(20_000_000))
    release.pack(tmp_path / "v.waybill", "--file", large, "--volumes", "16M")
    paths = [tmp_path / "v.1of2.waybill", tmp_path / "v.2of2.waybill"]
    arguments = ["--key", release.other.path, "--sender-key", release.key.public_path]
    untouched = [read(path) for path in paths]
    release.run("resign", paths[0], *arguments, code=CHECK_FAILED)
    assert [read(path) for path in paths] == untouched
    release.run("resign", *paths, *arguments)
    assert all(os.path.getsize(path) <= 16 << 20 for path in paths)
    first, second = (list(inventories(path)) for path in paths)
    assert len(first) == 2 and first == second
    release.unpack(paths, tmp_path / "out")
    release.unpack(paths, tmp_path / "again", key=release.other)


def test_an_unverified_delivery_is_not_signed(release, tmp_path):
    data = bytearray(read(release.path))
    data[-5000] ^= 1
    path = write(tmp_path / "r", bytes(data))
    release.run("resign", path, "--key", release.other.path, "--sender-key",
                release.key.public_path, code=CHECK_FAILED)
    release.run("resign", path, "--key", release.other.path, code=USAGE)
    assert read(path) == bytes(data) and os.listdir(tmp_path) == ["r"]
