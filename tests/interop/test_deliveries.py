# SPDX-License-Identifier: Apache-2.0
"""Deliveries in the hands of others: oras, skopeo, podman and containerd read the file as it stands,
and cosign loads what `waybill unpack` makes of it. scripts/fetch-interop-clients fetches oras and
cosign, scripts/install-deps installs the others; without them this is skipped, and says so."""
import json
import os
import shutil
import subprocess
import tempfile
import time

import images
import pytest
from clients import Clients, Missing, Registry
from layers import Layer
from signatures import Key, Stored, read, sha256, write

FILE = "application/vnd.waybill.file.v1"


@pytest.fixture(scope="module")
def clients(tmp_path_factory):
    return Clients(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def registry(clients, tmp_path_factory):
    try:
        found = Registry(clients, tmp_path_factory.mktemp("registry"))
    except Missing as error:
        pytest.skip(f"SKIPPED: {error}")
    yield found
    found.stop()


def must(clients, name, *arguments, **more):
    try:
        return clients.must(name, *map(str, arguments), **more)
    except Missing as error:
        pytest.skip(f"SKIPPED: {error}")


def run(waybill, *arguments):
    done = waybill.run(*map(str, arguments))
    assert done.code == 0, done


@pytest.fixture(scope="module")
def delivery(waybill, tmp_path_factory):
    """One signed image in both forms, its SBOM, and a file in a folder."""
    folder = tmp_path_factory.mktemp("delivery")
    key, layer = Key(folder, "p256"), Layer()
    layer.file("etc/motd", b"hello\n")
    reference = images.write_oci(str(folder / "image"), [layer], tag="v1")
    run(waybill, "sign", "--key", key.path, "-q", "--format", "both", reference)
    text = write(folder / "text", b"install it\n")
    run(waybill, "pack", reference, "--file", f"{text}=doc/INSTALL.txt", "-q", "--key", key.path,
        "-o", folder / "release.waybill")
    return folder, key


def test_oras_reads_it_as_it_stands(clients, delivery, tmp_path):
    folder, _ = delivery
    path = folder / "release.waybill"
    stored = Stored(str(path))
    image = next(entry for entry in stored.entries
                 if entry.get("annotations", {}).get(images.REF_NAME) == "v1")
    fetched = must(clients, "oras", "manifest", "fetch", "--oci-layout", f"{path}:v1")
    assert json.loads(fetched.stdout) == stored.manifest(image)
    # With all that refers to the image.
    must(clients, "oras", "copy", "-r", "--from-oci-layout", f"{path}:v1", "--to-oci-layout",
         f"{tmp_path}/copy:v1")
    assert Stored(str(tmp_path / "copy")).bundles(image["digest"]) == stored.bundles(
        image["digest"])
    file = next(entry for entry in stored.entries if entry.get("artifactType") == FILE)
    must(clients, "oras", "pull", "-o", tmp_path / "out", "--oci-layout",
         f"{path}@{file['digest']}")
    assert read(tmp_path / "out" / "doc" / "INSTALL.txt") == b"install it\n"


# ---- what runs images ----

NAMES = ["registry.example/app:1", "registry.example/db:2", "registry.example/tool:3"]


def installed(name):
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"SKIPPED: {name} is not installed (scripts/install-deps --tests)")
    return path


@pytest.fixture(scope="module")
def three_images(waybill, tmp_path_factory):
    """Signed in both forms, one of them of two platforms."""
    folder = tmp_path_factory.mktemp("three")
    key = Key(folder, "p256")
    layout, layers = images.Layout(), [Layer() for _ in range(3)]
    for number, layer in enumerate(layers):
        layer.file("etc/motd", f"hello {number}\n".encode())
    layout.add(layout.image(images.Image([layers[0]])), NAMES[0])
    layout.add(layout.index([layout.image(
        images.Image([layers[0], layers[1]], architecture=name),
        platform={"os": "linux", "architecture": name}) for name in ("amd64", "arm64")]), NAMES[1])
    layout.add(layout.image(images.Image([layers[2]], "none")), NAMES[2])
    source = "oci:" + layout.write(str(folder / "images"))
    for name in NAMES:
        run(waybill, "sign", "--key", key.path, "-q", "--format", "both", f"{source}:{name}")
    run(waybill, "pack", source, "-q", "--key", key.path, "-o", folder / "release.waybill")
    return folder, layout


class Podman:
    """podman with a storage of its own and the driver that needs nothing of the kernel."""

    def __init__(self, clients, folder, short):
        self.clients, self.path = clients, installed("podman")
        self.options = ["--root", folder, "--runroot", short, "--storage-driver", "vfs",
                        "--cgroup-manager", "cgroupfs"]

    def must(self, *arguments):
        return self.clients.must(self.path, *map(str, [*self.options, *arguments]))

    def images(self):
        """The digest of its config, by name."""
        listed = json.loads(self.must("images", "--format", "json", "--no-trunc").stdout)
        return {name: one["Id"] for one in listed for name in one.get("Names") or []}


@pytest.fixture
def podman(clients, tmp_path):
    # It wants docker's configuration once it is told where that would be, and a run-time folder
    # whose name has at most 50 characters.
    write(os.path.join(clients.home, "config.json"), b"{}")
    with tempfile.TemporaryDirectory(prefix="podman-", dir="/tmp") as short:
        yield Podman(clients, tmp_path, short)


def config_of(layout, descriptor):
    return json.loads(layout.blobs[descriptor["digest"]])["config"]["digest"][7:]


def test_podman_loads_every_image(podman, three_images):
    folder, layout = three_images
    podman.must("load", "-q", "-i", folder / "release.waybill")
    app, index, tool = layout.manifests[:3]
    amd64, arm64 = json.loads(layout.blobs[index["digest"]])["manifests"]
    assert podman.images() == {
        NAMES[0]: config_of(layout, app), NAMES[2]: config_of(layout, tool),
        NAMES[1] + "-amd64": config_of(layout, amd64),
        NAMES[1] + "-arm64": config_of(layout, arm64)}


def test_podman_pulls_one_image(podman, three_images):
    folder, layout = three_images
    done = podman.must("pull", "-q", f"oci-archive:{folder}/release.waybill:{NAMES[0]}")
    assert done.stdout.decode().strip() == config_of(layout, layout.manifests[0])


@pytest.mark.parametrize("transport", ["oci-archive", "docker-archive"])
def test_skopeo_finds_one_image(clients, three_images, transport):
    folder, layout = three_images
    done = clients.must(installed("skopeo"), "inspect", "--raw", "--config",
                        f"{transport}:{folder}/release.waybill:{NAMES[2]}")
    assert sha256(done.stdout)[7:] == config_of(layout, layout.manifests[2])


CONTAINERD = """\
version = 2
root = "{0}/root"
state = "{0}/state"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
address = "{0}/socket"
[ttrpc]
address = "{0}/ttrpc"
"""


@pytest.fixture
def containerd(clients, tmp_path):
    """Runs ctr at a containerd of this test."""
    program, ctr = installed("containerd"), installed("ctr")
    folder = tmp_path / "containerd"
    folder.mkdir()
    write(folder / "config.toml", CONTAINERD.format(folder).encode())
    with open(folder / "log", "wb") as log, subprocess.Popen(
            [program, "-c", str(folder / "config.toml")], stdout=log, stderr=log) as server:
        try:
            for _ in range(100):
                if (folder / "socket").exists() or server.poll() is not None:
                    break
                time.sleep(0.1)
            if server.poll() is not None:
                last = read(folder / "log").decode("utf-8", "replace").splitlines()[-1:]
                pytest.skip(f"SKIPPED: containerd does not start here: {last}")
            yield lambda *arguments: clients.must(ctr, "-a", folder / "socket", *arguments)
        finally:
            server.terminate()


def test_containerd_imports_every_image(containerd, three_images):
    folder, layout = three_images
    containerd("images", "import", "--all-platforms", "--no-unpack", folder / "release.waybill")
    listed = containerd("images", "list").stdout.decode().splitlines()[1:]
    found = {line.split()[0]: line.split()[2] for line in listed}
    assert {name: found[name] for name in NAMES} == {
        name: entry["digest"] for name, entry in zip(NAMES, layout.manifests)}


# ---- what is unpacked ----

@pytest.mark.parametrize("version", ["cosign2", "cosign3"])
def test_cosign_loads_what_is_unpacked(waybill, clients, registry, delivery, tmp_path, version):
    _, key = delivery
    # cosign 3 uploads manifests before what they name when there are bundles (sigstore/cosign
    # #5030): with the older form alone it does not matter.
    reference = images.write_oci(str(tmp_path / "image"), [Layer()], tag="v1")
    run(waybill, "sign", "--key", key.path, "-q", "--format", "legacy", reference)
    run(waybill, "pack", reference, "--file", key.public_path, "-q", "--key", key.path, "-o",
        tmp_path / "r.waybill")
    run(waybill, "unpack", tmp_path / "r.waybill", "--key", key.public_path, "-q", "-o",
        tmp_path / "unpacked")
    name = f"{registry.address}/{version}:v1"
    must(clients, version, "load", "--dir", tmp_path / "unpacked", name)
    arguments = ["--insecure-ignore-tlog=true"]
    if version == "cosign3":
        arguments.append("--new-bundle-format=false")
    done = must(clients, version, "verify", "--key", key.public_path, *arguments, name)
    claim = json.loads(done.stdout)[0]
    entry = next(one for one in Stored(str(tmp_path / "unpacked")).entries
                 if one["annotations"].get(images.REF_NAME) == "v1")
    assert any(one.get("artifactType") == FILE for one in Stored(str(tmp_path / "unpacked")).entries)
    assert claim["critical"]["image"]["docker-manifest-digest"] == entry["digest"]
    assert entry["annotations"]["kind"] == "dev.cosignproject.cosign/image"
