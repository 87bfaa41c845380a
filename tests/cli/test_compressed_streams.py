# SPDX-License-Identifier: Apache-2.0
"""Compressed streams that are cut, damaged or unpack to too much: one line that says where, exit 3,
nothing written."""
import gzip as gzip_module
import os
import random
import struct
import zlib

import compression
import images
import pytest
from hostile import base, measured, noise, refused_layer, with_stored_bytes
from images import Image, layer_blob
from layers import Layer, header
from program import OK


def tar_with_noise():
    return base(**{"srv/noise": noise(300_000)}).tar()


# ---- compressed streams --------------------------------------------------------------------------

@pytest.mark.parametrize("part", [0.0, 0.001, 0.3, 0.7, 0.999])
@pytest.mark.parametrize("kind", ["gzip", "zstd"])
def test_truncated_streams(waybill, tmp_path, kind, part):
    tar = tar_with_noise()
    whole = layer_blob(tar, kind).data
    data = whole[:max(5, int(len(whole) * part))]
    refused_layer(waybill, tmp_path, with_stored_bytes(tar, data, kind), "truncated", "byte")


@pytest.mark.parametrize("missing", range(1, 9))
def test_gzip_without_all_of_its_trailer(waybill, tmp_path, missing):
    tar = base().tar()
    data = compression.gzip(tar)[:-missing]
    refused_layer(waybill, tmp_path, with_stored_bytes(tar, data), "truncated")


def test_gzip_with_a_wrong_trailer(waybill, tmp_path):
    tar = base().tar()
    data = compression.gzip(tar)
    for name, damaged in (("checksum", data[:-8] + b"\0\0\0\0" + data[-4:]),
                          ("size", data[:-4] + b"\1\2\3\4")):
        refused_layer(waybill, tmp_path / name, with_stored_bytes(tar, damaged), "gzip", "byte")


@pytest.mark.parametrize("kind", ["gzip", "zstd"])
def test_corrupt_streams(waybill, tmp_path, kind):
    """The digests are those of the damaged blob, so only the decompressor can notice."""
    tar = tar_with_noise()
    options = {"gzip": lambda: compression.gzip(tar), "zstd": lambda: compression.zstd(tar, "--check")}
    data = options[kind]()
    chance = random.Random(2)
    for number in range(12):
        damaged = bytearray(data)
        at = chance.randrange(len(data))
        damaged[at] ^= 1 << chance.randrange(8)
        if kind == "gzip" and at < 10:
            continue  # its time and system field say nothing
        blob = with_stored_bytes(tar, bytes(damaged), kind)
        refused_layer(waybill, tmp_path / str(number), blob)


def test_bytes_behind_the_stream(waybill, tmp_path):
    tar = base().tar()
    for name, data in (("gzip", compression.gzip(tar) + b"more"),
                       ("zstd", compression.zstd(tar) + b"more than four")):
        refused_layer(waybill, tmp_path / name, with_stored_bytes(tar, data, name), "byte")


def test_zeros_behind_gzip_are_padding(waybill, tmp_path):
    """As tape drives and some builders leave them; gzip(1) ignores them too."""
    tar = base().tar()
    blob = with_stored_bytes(tar, compression.gzip(tar) + bytes(10_000))
    waybill.cyclonedx(images.write_oci(tmp_path / "image", [blob]))


def test_zstd_window_that_takes_all_memory(waybill, tmp_path):
    """A frame header that asks for a window of 2 GiB."""
    tar = base().tar()
    data = compression.zstd(tar, "--ultra", "--long=31", "-22", "--no-check")
    window = struct.pack("<IBB", 0xFD2FB528, 0x00, (31 - 10) << 3) + data[6:]
    refused_layer(waybill, tmp_path, with_stored_bytes(tar, window, "zstd"), "zstd")


# ---- bombs ---------------------------------------------------------------------------------------

def bomb(size):
    """A tar of one file of zeros, never whole in memory: gzip takes it down to a thousandth."""
    out = bytearray()
    deflate = zlib.compressobj(9, zlib.DEFLATED, 31)
    out += deflate.compress(header(b"zeros", b"0", size))
    block = bytes(1 << 20)
    for _ in range(size >> 20):
        out += deflate.compress(block)
    out += deflate.compress(bytes(1024))
    return bytes(out + deflate.flush())


def test_gzip_bomb(waybill, tmp_path):
    data = bomb(256 << 20)
    assert len(data) < 1 << 20
    blob = with_stored_bytes(b"", data)
    refused_layer(waybill, tmp_path, blob, "20971520 bytes", "--max-layer-size",
                  arguments=["--max-layer-size", "20M"])


def test_gzip_bomb_within_the_bound_needs_no_memory(waybill, tmp_path):
    """What is allowed is read as a stream: 256 MiB of zeros in far less memory."""
    data = bomb(256 << 20)
    tar = gzip_module.decompress(data)
    reference = images.write_oci(tmp_path / "image", [with_stored_bytes(tar, data)])
    code, peak = measured(waybill, reference, "-o", f"table={tmp_path}/out", "--files", "none")
    assert code == OK and peak < 200 << 20, peak  # the sanitizers' own memory is most of it


def test_bomb_of_gzip_in_gzip(waybill, tmp_path):
    """Only one layer of compression is taken off; what is below is no tar."""
    inner = compression.gzip(base().tar())
    refused_layer(waybill, tmp_path, with_stored_bytes(inner, compression.gzip(inner)))


def test_zstd_bomb(waybill, tmp_path):
    tar = header(b"zeros", b"0", 1 << 28) + bytes(1 << 28) + bytes(1024)
    blob = with_stored_bytes(tar, compression.zstd(tar, "-19"), "zstd")
    assert len(blob.data) < 1 << 16
    refused_layer(waybill, tmp_path, blob, "--max-layer-size",
                  arguments=["--max-layer-size", "100M"])


@pytest.mark.parametrize("size", [1 << 40, (1 << 63) - 1])
def test_sparse_bomb(waybill, tmp_path, size):
    """A file of a few blocks that claims terabytes: all holes would have to be hashed."""
    layer = Layer().sparse_pax("huge", [(0, b"x" * 512)], size, "1.0")
    run = refused_layer(waybill, tmp_path, layer_blob(layer), arguments=["--max-layer-size", "1G"])
    assert "sparse" in run.stderr or "--max-layer-size" in run.stderr


def test_blob_that_is_longer_than_stated(waybill, tmp_path):
    """Reading stops at the stated size; the rest is not hashed first."""
    image = Image([base()])
    layout = images.single(image)
    layout.write(tmp_path / "image")
    path = os.path.join(tmp_path, "image/blobs/sha256", image.layers[0].digest[7:])
    with open(path, "ab") as file:
        file.truncate(len(image.layers[0].data) + (1 << 42))
    waybill.refuses(f"oci:{tmp_path}/image", tmp_path, "layer 1", timeout=20)


@pytest.mark.parametrize("text", ["0", "-1", "1X", "", "M", "99999999999999999999", "16777216T",
                                  "1.5G", "1 G"])
def test_sizes_that_are_none(waybill, tmp_path, text):
    run = waybill.run("sbom", "nowhere", "--max-layer-size", text)
    assert run.code == 2 and "--max-layer-size" in run.stderr and len(run.lines) == 1, run
