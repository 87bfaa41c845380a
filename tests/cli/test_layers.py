# SPDX-License-Identifier: Apache-2.0
"""Every kind of layer and entry, told by the digests of the files in the document; and what must be
refused, naming the layer."""
import hashlib
import os

import debs
import images
import pytest
from images import Image, Layout, layer_blob
from layers import Layer, sparse_content
from program import layer_label

KINDS = ("none", "gzip", "gzip-members", "gzip-stored", "gzip-fast", "zstd", "zstd-frames",
         "zstd-chunked", "estargz")
STATUS = debs.status_file(debs.stanza("alpha"), debs.stanza("beta"))


def base():
    return Layer().files({"etc/os-release": b"ID=debian\nVERSION_ID=\"12\"\n",
                          "var/lib/dpkg/status": STATUS, "usr/bin/tool": b"tool\n" * 5000})


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def files_of(waybill, tmp_path, layers, **fields):
    """Path -> SHA-256 of every regular file of the image, as the SPDX document lists them."""
    reference = images.write_oci(tmp_path / "image", layers, **fields)
    document = waybill.spdx(reference, "--files", "all")
    return {path: file.sha256 for path, file in document.files.items()}


@pytest.mark.parametrize("kind", KINDS)
def test_compressions(waybill, tmp_path, kind):
    expected = {"/etc/os-release", "/var/lib/dpkg/status", "/usr/bin/tool"}
    found = files_of(waybill, tmp_path, [base()], kind=kind)
    if kind == "estargz":
        expected.add("/stargz.index.json")
    assert set(found) == expected
    assert found["/usr/bin/tool"] == sha256(b"tool\n" * 5000)


def test_compressions_mixed_in_one_image(waybill, tmp_path):
    layers = [layer_blob(base(), "zstd")]
    layers += [layer_blob(Layer().file(f"f-{kind}", kind), kind) for kind in KINDS]
    found = files_of(waybill, tmp_path, layers)
    for kind in KINDS:
        assert found[f"/f-{kind}"] == sha256(kind.encode())


def test_media_types_of_both_kinds(waybill, tmp_path):
    """What counts is the content; docker says tar.gzip also of what is not compressed."""
    layers = [layer_blob(base(), "none", "application/vnd.docker.image.rootfs.diff.tar.gzip"),
              layer_blob(Layer().file("f", "1"), "gzip",
                         "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"),
              layer_blob(Layer().file("g", "2"), "zstd",
                         "application/vnd.docker.image.rootfs.diff.tar.zstd")]
    found = files_of(waybill, tmp_path, layers)
    assert found["/f"] == sha256(b"1") and found["/g"] == sha256(b"2")


def test_empty_layers(waybill, tmp_path):
    """1024 zeros, docker's empty layer; nothing at all; a tar without the zeros at its end."""
    layers = [base(), layer_blob(bytes(1024)), layer_blob(b""),
              layer_blob(b"".join(Layer().file("f", "1").pieces))]
    found = files_of(waybill, tmp_path, layers)
    assert found["/f"] == sha256(b"1")


def test_image_without_layers(waybill, tmp_path):
    reference = images.write_oci(tmp_path / "image", [])
    run = waybill.sbom(reference, "-o", "spdx-json")
    assert run.warnings, run


def test_file_sizes_around_block_and_chunk_borders(waybill, tmp_path):
    layer, contents = base(), {}
    for size in (0, 1, 511, 512, 513, 262143, 262144, 262145, 700001):
        contents[f"/f{size}"] = bytes((i * 7 + size) & 0xFF for i in range(251)) * (size // 251 + 1)
        contents[f"/f{size}"] = contents[f"/f{size}"][:size]
        layer.file(f"f{size}", contents[f"/f{size}"])
    found = files_of(waybill, tmp_path, [layer])
    for path, data in contents.items():
        assert found[path] == sha256(data), path


# ---- entries -------------------------------------------------------------------------------------

PIECES = [(0, b"a" * 512), (8192, b"b" * 100)]
MANY = [(i * 1024, b"%03d" % i * 170 + b"xx") for i in range(60)]


@pytest.mark.parametrize("pieces,size", [(PIECES, 20000), (MANY, 100000), ([], 5000),
                                         ([(512, b"c" * 512)], 1024)])
def test_sparse_files(waybill, tmp_path, pieces, size):
    layer = base().directory("s").sparse_gnu("s/gnu", pieces, size)
    for version in ("0.0", "0.1", "1.0"):
        layer.sparse_pax("s/pax" + version, pieces, size, version)
    layer.file("after", "still in step")
    found = files_of(waybill, tmp_path, [layer])
    expected = sha256(sparse_content(pieces, size))
    for name in ("gnu", "pax0.0", "pax0.1", "pax1.0"):
        assert found["/s/" + name] == expected, name
    assert found["/after"] == sha256(b"still in step")


@pytest.mark.parametrize("style", ["pax", "gnu", "ustar"])
def test_long_names(waybill, tmp_path, style):
    layer = base()
    layer.long_names = style
    name = "/".join(["d" * 60, "e" * 60, "f" * 60])
    layer.file(name, "long").file("d" * 99, "99").file("d" * 100, "100").file("after", "a")
    if style != "ustar":
        layer.file("g" * 200 + "/" + "h" * 200, "longer")
        layer.symlink("link", "t" * 150)
    found = files_of(waybill, tmp_path, [layer])
    assert found["/" + name] == sha256(b"long")
    assert found["/" + "d" * 99] == sha256(b"99") and found["/" + "d" * 100] == sha256(b"100")
    if style != "ustar":
        assert found["/" + "g" * 200 + "/" + "h" * 200] == sha256(b"longer")
    assert found["/after"] == sha256(b"a")


def test_names_that_are_not_utf8(waybill, tmp_path):
    """Raw bytes in headers and in PAX records: each is shown, no two become the same."""
    layer = base().file(b"raw-\xff", "1").file(b"raw-\xfe", "2").file("grün", "3")
    layer.file(b"pax-" + b"\xe9" + b"x" * 120, "4")
    layer.file(b"back\\slash", "5").file(b"back\\x5cslash", "6").file(b"line\nbreak", "7")
    layer.file(b"raw-\\xff", "8")
    found = files_of(waybill, tmp_path, [layer])
    by_digest = {}
    for path, digest in found.items():
        by_digest.setdefault(digest, []).append(path)
    for content in b"12345678":
        assert len(by_digest[sha256(bytes([content]))]) == 1, bytes([content])
    assert found["/grün"] == sha256(b"3")
    assert found["/raw-\\xff"] == sha256(b"1")


def test_pax_records(waybill, tmp_path):
    """Size in a record, global headers, comments, unknown keys, extended attributes."""
    from layers import header, padded, pax_header
    layer = base()
    layer.raw(pax_header([("comment", "0" * 40)], kind=b"g"))
    layer.raw(pax_header([("size", "5")]) + header(b"sized", b"0", 0) + padded(b"12345"))
    layer.file("noted", "n", pax=[("VENDOR.thing", "x"), ("mtime", "1700000000.123456789"),
                                  ("SCHILY.xattr.user.note", b"\0\xff=\n")])
    layer.file("after", "a")
    found = files_of(waybill, tmp_path, [layer])
    assert found["/sized"] == sha256(b"12345")
    assert found["/noted"] == sha256(b"n") and found["/after"] == sha256(b"a")


def test_devices_and_fifos_are_not_files(waybill, tmp_path):
    layer = base().device("dev/null", 1, 3).device("dev/sda", 8, 0, block=True).fifo("run/pipe")
    found = files_of(waybill, tmp_path, [layer])
    assert set(found) == {"/etc/os-release", "/var/lib/dpkg/status", "/usr/bin/tool"}


def test_spellings_of_names(waybill, tmp_path):
    layer = base().raw(b"")
    layer.directory("./").file("./a", "1").file("/b", "2").file("c//d", "3").file("./e/./f", "4")
    found = files_of(waybill, tmp_path, [layer])
    assert {"/a", "/b", "/c/d", "/e/f"} <= set(found)


def test_directories_that_no_entry_states(waybill, tmp_path):
    found = files_of(waybill, tmp_path, [base(), Layer().file("opt/app/bin/x", "1")])
    assert found["/opt/app/bin/x"] == sha256(b"1")


# ---- the merge -----------------------------------------------------------------------------------

def test_later_layers_replace(waybill, tmp_path):
    found = files_of(waybill, tmp_path, [base().file("f", "old"), Layer().file("f", "new")])
    assert found["/f"] == sha256(b"new")


def test_entries_of_one_layer_replace(waybill, tmp_path):
    found = files_of(waybill, tmp_path, [base().file("f", "first").file("f", "second")])
    assert found["/f"] == sha256(b"second")


def test_whiteouts(waybill, tmp_path):
    found = files_of(waybill, tmp_path, [
        base().files({"d/a": "a", "d/b": "b", "e/c": "c", "e/f/g": "g"}),
        Layer().whiteout("d/a").whiteout("e").whiteout("never/there")])
    assert "/d/a" not in found and "/d/b" in found
    assert "/e/c" not in found and "/e/f/g" not in found


def test_whiteouts_act_on_lower_layers_only(waybill, tmp_path):
    """Wherever in the archive they stand (OCI image-spec 1.1, layer.md "Whiteouts")."""
    found = files_of(waybill, tmp_path, [
        base().files({"d/a": "old", "d/b": "old", "e/a": "old"}),
        Layer().file("d/a", "new").whiteout("d/a").file("e/n", "new").opaque("e")])
    assert found["/d/a"] == sha256(b"new")
    assert "/e/a" not in found and found["/e/n"] == sha256(b"new")
    assert "/d/b" in found


def test_opaque_directories(waybill, tmp_path):
    found = files_of(waybill, tmp_path, [
        base().files({"d/a": "a", "d/e/b": "b"}),
        Layer().directory("d").opaque("d").file("d/c", "c")])
    assert {path for path in found if path.startswith("/d")} == {"/d/c"}


def test_whiteout_markers_are_not_files(waybill, tmp_path):
    found = files_of(waybill, tmp_path, [
        base(), Layer().whiteout("x").opaque("y").file(".wh..wh.plnk/1.2", "a")])
    assert not [path for path in found if ".wh." in path]


def test_hard_links(waybill, tmp_path):
    layer = base().file("a", "same").hardlink("b", "a").hardlink("c", "b")
    found = files_of(waybill, tmp_path, [layer])
    assert found["/b"] == found["/a"] == found["/c"] == sha256(b"same")


def test_hard_links_across_layers(waybill, tmp_path):
    """The link keeps the content when the name it was made from goes or changes."""
    found = files_of(waybill, tmp_path, [
        base().file("a", "old"), Layer().hardlink("b", "a"), Layer().file("a", "new"),
        Layer().hardlink("c", "./a"), Layer().whiteout("a")])
    assert "/a" not in found
    assert found["/b"] == sha256(b"old") and found["/c"] == sha256(b"new")


def test_hard_links_to_nothing(waybill, tmp_path):
    reference = images.write_oci(tmp_path / "image", [base(), Layer().hardlink("b", "gone")])
    waybill.refuses(reference, tmp_path, "layer 2", "gone")


def test_symlinked_parents(waybill, tmp_path):
    """A lower layer's `lib -> usr/lib` takes in what an upper layer puts under lib."""
    found = files_of(waybill, tmp_path, [
        base().directory("usr/lib").symlink("lib", "usr/lib").symlink("abs", "/usr/lib"),
        Layer().file("lib/one", "1").file("abs/two", "2").whiteout("lib/nothing")])
    assert found["/usr/lib/one"] == sha256(b"1") and found["/usr/lib/two"] == sha256(b"2")
    assert "/lib/one" not in found


def test_symlinks_never_lead_outside(waybill, tmp_path):
    found = files_of(waybill, tmp_path, [
        base().symlink("up", "../../../../.."), Layer().file("up/etc/marker", "1")])
    assert found["/etc/marker"] == sha256(b"1")
    assert not os.path.exists("/etc/marker")


def test_directory_replaced_by_file_and_back(waybill, tmp_path):
    found = files_of(waybill, tmp_path, [
        base().files({"d/a": "a", "f": "f"}), Layer().file("d", "now a file").whiteout("f"),
        Layer().whiteout("d").file("d/b", "b").file("f/g", "g")])
    assert "/d/a" not in found and "/d" not in found
    assert found["/d/b"] == sha256(b"b") and found["/f/g"] == sha256(b"g")


def test_symlink_replaced_by_directory(waybill, tmp_path):
    found = files_of(waybill, tmp_path, [
        base().files({"target/a": "a"}).symlink("d", "target"),
        Layer().directory("d").file("d/b", "b")])
    assert found["/d/b"] == sha256(b"b")
    assert "/target/b" not in found


@pytest.mark.parametrize("layer,text", [
    (Layer().symlink("a", "b").symlink("b", "a").file("a/x", "1"), "loop"),
    (Layer().symlink("a", "a/a").file("a/x", "1"), "loop"),
    (Layer().file("a", "1").file("a/x", "1"), "not a directory"),
    (Layer().file("a/../../x", "1"), ".."),
    (Layer().file("..", "1"), ".."),
    (Layer().whiteout("a/../x"), ".."),
    (Layer().hardlink("x", "../y"), ".."),
])
def test_entries_that_no_runtime_would_unpack(waybill, tmp_path, layer, text):
    reference = images.write_oci(tmp_path / "image", [base(), layer])
    waybill.refuses(reference, tmp_path, "layer 2 (sha256:", text)


# ---- what must be refused, naming the layer ------------------------------------------------------

def damaged(tmp_path, change, kind="gzip"):
    """A layout of three layers after `change(layout, image, manifest)`; gives its reference."""
    image = Image([base(), Layer().file("f", "2" * 3000), Layer().file("g", "3" * 3000)], kind)
    layout = Layout()
    manifest = image.manifest()
    change(layout, image, manifest)
    for layer in image.layers:
        layout.blobs.setdefault(layer.digest, layer.data)
    layout.blobs = {digest: data for digest, data in layout.blobs.items() if data is not None}
    config = image.config_bytes()
    layout.blobs[images.sha256(config)] = config
    manifest["config"].update(digest=images.sha256(config), size=len(config))
    descriptor = layout.put(images.to_json(manifest), images.MANIFEST)
    layout.add(descriptor, "v1").write(tmp_path / "image")
    return f"oci:{tmp_path}/image:v1", image, layout


def test_blob_tampered(waybill, tmp_path):
    def change(layout, image, manifest):
        layer = image.layers[1]
        other = layer_blob(Layer().file("f", "X" * 3000)).data
        layout.blobs[layer.digest] = other[:len(layer.data)].ljust(len(layer.data), b"\0")
    reference, image, layout = damaged(tmp_path, change)
    for kind in (reference, "-"):
        stdin = layout.archive() if kind == "-" else b""
        waybill.refuses(kind, tmp_path, layer_label(2, image.layers[1].digest), stdin=stdin)


def test_blob_replaced_by_a_good_layer(waybill, tmp_path):
    """Same size, intact, and not the one that the manifest names."""
    def change(layout, image, manifest):
        stranger = layer_blob(Layer().file("f", "X" * 3000), "none")
        layout.blobs[image.layers[1].digest] = stranger.data
    reference, image, _ = damaged(tmp_path, change, kind="none")
    waybill.refuses(reference, tmp_path, layer_label(2, image.layers[1].digest), "digest")


@pytest.mark.parametrize("delta", [-1, 1, 1 << 40])
def test_size_in_manifest_is_wrong(waybill, tmp_path, delta):
    def change(layout, image, manifest):
        manifest["layers"][2]["size"] += delta
    reference, image, _ = damaged(tmp_path, change)
    waybill.refuses(reference, tmp_path, layer_label(3, image.layers[2].digest))


@pytest.mark.parametrize("kind", ["none", "gzip", "zstd"])
def test_diff_id_is_wrong(waybill, tmp_path, kind):
    def change(layout, image, manifest):
        image.config["rootfs"]["diff_ids"][1] = "sha256:" + "5" * 64
    reference, image, layout = damaged(tmp_path, change, kind)
    waybill.refuses(reference, tmp_path, layer_label(2, image.layers[1].digest), "5555")
    waybill.refuses("-", tmp_path, layer_label(2, image.layers[1].digest), stdin=layout.archive())


def test_diff_ids_are_too_few_or_too_many(waybill, tmp_path):
    for count in (2, 4, 0):
        def change(layout, image, manifest):
            ids = image.config["rootfs"]["diff_ids"]
            image.config["rootfs"]["diff_ids"] = (ids + ids)[:count]
        reference, _, _ = damaged(tmp_path / str(count), change)
        waybill.refuses(reference, tmp_path)


def test_layer_is_missing(waybill, tmp_path):
    def change(layout, image, manifest):
        layout.blobs[image.layers[2].digest] = None
    reference, image, layout = damaged(tmp_path, change)
    waybill.refuses(reference, tmp_path, layer_label(3, image.layers[2].digest))
    waybill.refuses("-", tmp_path, image.layers[2].digest[7:19], stdin=layout.archive())


def test_foreign_layer(waybill, tmp_path):
    def change(layout, image, manifest):
        layout.blobs[image.layers[0].digest] = None
        manifest["layers"][0].update(
            mediaType="application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
            urls=["https://layers.example/1"])
    reference, image, _ = damaged(tmp_path, change)
    waybill.refuses(reference, tmp_path, layer_label(1, image.layers[0].digest))


@pytest.mark.parametrize("media_type", ["application/vnd.oci.image.layer.v1.tar+bzip3",
                                        "application/vnd.in-toto+json", "text/plain", "", 7])
def test_unknown_media_type(waybill, tmp_path, media_type):
    def change(layout, image, manifest):
        manifest["layers"][1]["mediaType"] = media_type
    reference, image, _ = damaged(tmp_path, change)
    run = waybill.refuses(reference, tmp_path, layer_label(2, image.layers[1].digest))
    if isinstance(media_type, str):
        assert media_type in run.stderr


@pytest.mark.parametrize("compress", ["bz2", "lzma"])
def test_compression_that_the_format_does_not_know(waybill, tmp_path, compress):
    import importlib
    tar = Layer().file("f", "1").tar()
    blob = images.Blob(importlib.import_module(compress).compress(tar), tar,
                       images.MEDIA_TYPES["gzip"])
    reference = images.write_oci(tmp_path / "image", [base(), blob])
    waybill.refuses(reference, tmp_path, layer_label(2, blob.digest))


def test_of_several_damaged_layers_the_lowest_is_named(waybill, tmp_path):
    def change(layout, image, manifest):
        for layer in image.layers[1:]:
            layout.blobs[layer.digest] = bytes(len(layer.data))
    reference, image, _ = damaged(tmp_path, change)
    for _ in range(5):
        waybill.refuses(reference, tmp_path, layer_label(2, image.layers[1].digest))


@pytest.mark.parametrize("make", [images.docker_legacy, images.docker_modern])
def test_docker_archive_with_tampered_layer(waybill, tmp_path, make):
    image = Image([base(), Layer().file("f", b"content to change " * 30)])
    data = make(image).replace(b"content to change", b"content is changed"[:17], 1)
    path = tmp_path / "saved.tar"
    path.write_bytes(data)
    waybill.refuses(f"docker-archive:{path}", tmp_path, "layer 2 (sha256:")
    waybill.refuses("-", tmp_path, "layer 2 (sha256:", stdin=data)


def test_old_output_survives_a_failure(waybill, tmp_path):
    def change(layout, image, manifest):
        layout.blobs[image.layers[2].digest] = b"tampered"
    reference, _, _ = damaged(tmp_path, change)
    output = tmp_path / "sbom.json"
    output.write_text("the old one")
    run = waybill.run("sbom", reference, "-o", f"spdx-json={output}")
    assert run.code == 3 and output.read_text() == "the old one"
    assert sorted(os.listdir(tmp_path)) == ["image", "sbom.json"]
