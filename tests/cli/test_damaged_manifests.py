# SPDX-License-Identifier: Apache-2.0
"""Indexes, manifests and configs that are damaged or hold what they may not."""
import os

import images
import pytest
from hostile import base
from images import Image, Layout

DEEP = b"[" * 100_000 + b"]" * 100_000
BAD_JSON = {
    "empty": b"", "cut": b'{"schemaVersion": 2, "mani', "deep": DEEP,
    "deep-object": b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "list": b"[]", "text": b'"x"',
    "null": b"null", "number": b"1e999", "two": b"{}{}", "bom": b"\xef\xbb\xbf{}",
    "utf-16": "{}".encode("utf-16"), "latin1": b'{"schemaVersion": 2, "x": "\xe9"}',
    "surrogate": b'{"schemaVersion": 2, "x": "\\ud800"}', "nul": b'{"a": "\0"}',
    "duplicate": b'{"schemaVersion": 2, "schemaVersion": 3, "manifests": []}',
    "large-number": b'{"schemaVersion": 99999999999999999999999999, "manifests": []}',
}


@pytest.mark.parametrize("name", BAD_JSON)
@pytest.mark.parametrize("which", ["index.json", "oci-layout", "manifest", "config"])
def test_documents_that_are_damaged(waybill, tmp_path, which, name):
    """Stored under their right digests, so that only the reader of JSON can notice."""
    data = BAD_JSON[name]
    image = Image([base()])
    layout = Layout()
    for layer in image.layers:
        layout.blobs[layer.digest] = layer.data
    manifest = image.manifest()
    config = data if which == "config" else image.config_bytes()
    layout.blobs[images.sha256(config)] = config
    manifest["config"].update(digest=images.sha256(config), size=len(config))
    text = data if which == "manifest" else images.to_json(manifest)
    layout.add(layout.put(text, images.MANIFEST), "v1")
    members = layout.members()
    if which in members:
        members[which] = data
    for path, content in members.items():
        os.makedirs(os.path.dirname(tmp_path / "image" / path), exist_ok=True)
        (tmp_path / "image" / path).write_bytes(content)
    archive = images.plain_tar(list(members.items()))
    (tmp_path / "image.tar").write_bytes(archive)
    for reference in (f"oci:{tmp_path}/image:v1", f"oci-archive:{tmp_path}/image.tar"):
        waybill.refuses(reference, tmp_path)
    waybill.refuses("-", tmp_path, stdin=archive)


@pytest.mark.parametrize("name", BAD_JSON)
def test_docker_manifests_that_are_damaged(waybill, tmp_path, name):
    archive = images.docker_legacy(Image([base()]))
    import io
    import tarfile
    members = []
    with tarfile.open(fileobj=io.BytesIO(archive)) as old:
        for member in old:
            content = old.extractfile(member).read()
            members.append((member.name, BAD_JSON[name] if member.name == "manifest.json"
                            else content))
    waybill.refuses("-", tmp_path, stdin=images.plain_tar(members))


WRONG_TYPES = [("layers", {}), ("layers", "x"), ("layers", [[]]), ("layers", [{}]),
               ("layers", [{"digest": 5}]), ("config", []), ("config", None), ("config", {}),
               ("layers", None), ("schemaVersion", "2"), ("schemaVersion", 1)]


@pytest.mark.parametrize("field,value", WRONG_TYPES)
def test_manifest_fields_of_wrong_type(waybill, tmp_path, field, value):
    image = Image([base()])
    layout = Layout()
    layout.add(layout.image(image, {**image.manifest(), field: value}), "v1")
    layout.write(tmp_path / "image")
    waybill.refuses(f"oci:{tmp_path}/image:v1", tmp_path)


@pytest.mark.parametrize("size", [-1, 1.5, "10", None, 1 << 63, 1 << 70])
def test_sizes_in_descriptors(waybill, tmp_path, size):
    image = Image([base()])
    for which in ("config", "layer", "manifest"):
        layout = Layout()
        manifest = image.manifest()
        if which == "config":
            manifest["config"]["size"] = size
        elif which == "layer":
            manifest["layers"][0]["size"] = size
        descriptor = layout.image(image, manifest)
        if which == "manifest":
            descriptor["size"] = size
        layout.add(descriptor, "v1").write(tmp_path / which)
        waybill.refuses(f"oci:{tmp_path}/{which}:v1", tmp_path)


def test_large_documents(waybill, tmp_path):
    """A manifest with 8 MB of annotations; one that is a file of a terabyte."""
    image = Image([base()], annotations={"x": "y" * (8 << 20)})
    images.single(image, "v1").write(tmp_path / "large")
    waybill.refuses(f"oci:{tmp_path}/large:v1", tmp_path, "4194304")
    images.single(Image([base()]), "v1").write(tmp_path / "sparse")
    with open(tmp_path / "sparse/index.json", "ab") as file:
        file.truncate(1 << 40)
    waybill.refuses(f"oci:{tmp_path}/sparse:v1", tmp_path, timeout=20)
