# SPDX-License-Identifier: Apache-2.0
"""Deliveries in the hands of others: oras and crane read the file as it stands, and cosign loads what
`waybill unpack` makes of it. scripts/fetch-interop-clients fetches them; without them this is
skipped, and says so."""
import json

import images
import pytest
from clients import Clients, Missing, Registry
from layers import Layer
from signatures import Key, Stored, read, write

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


@pytest.mark.parametrize("version", ["cosign2", "cosign3"])
def test_cosign_loads_what_is_unpacked(waybill, clients, registry, delivery, tmp_path, version):
    _, key = delivery
    # cosign 3 uploads manifests before what they name when there are bundles (sigstore/cosign
    # #5030): with the older form alone it does not matter.
    reference = images.write_oci(str(tmp_path / "image"), [Layer()], tag="v1")
    run(waybill, "sign", "--key", key.path, "-q", "--format", "legacy", reference)
    run(waybill, "pack", reference, "-q", "--key", key.path, "-o", tmp_path / "r.waybill")
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
    assert claim["critical"]["image"]["docker-manifest-digest"] == entry["digest"]
    assert entry["annotations"]["kind"] == "dev.cosignproject.cosign/image"
