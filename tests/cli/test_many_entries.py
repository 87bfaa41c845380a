# SPDX-License-Identifier: Apache-2.0
"""Layers of very many entries, and images of very many layers: how much memory they may take."""
import gzip as gzip_module
import os
import subprocess
import time
import zlib

import images
import pytest
from hostile import base, measured, with_stored_bytes
from images import layer_blob
from layers import Layer, header
from program import BAD_INPUT, OK


def many_entries(count):
    """Headers differ in name and checksum only; gzip at its fastest."""
    deflate = zlib.compressobj(1, zlib.DEFLATED, 31)
    out = bytearray()
    plain = bytearray(header(b"", b"0", 0, mtime=1_700_000_000))
    rest = sum(plain[156:]) + sum(plain[100:148]) + 8 * 0x20
    part = bytearray()
    for number in range(count):
        name = b"d%03d/f%07d" % (number % 1000, number)
        plain[:len(name)] = name
        plain[148:156] = b"%06o\0 " % (rest + sum(name))
        part += plain
        if len(part) > 1 << 20:
            out += deflate.compress(bytes(part))
            part.clear()
    out += deflate.compress(bytes(part) + bytes(1024))
    return bytes(out + deflate.flush())


def test_a_million_entries(waybill, tmp_path):
    """With the release build (WAYBILL_RELEASE) a million within a bound of memory and time; a tenth of
    them under the sanitizers."""
    program = os.environ.get("WAYBILL_RELEASE")
    count = 1_000_000 if program else 100_000
    data = many_entries(count)
    tar = gzip_module.decompress(data)
    blob = with_stored_bytes(tar, data)
    reference = images.write_oci(tmp_path / "image", [layer_blob(base()), blob])
    for selection in ("none", "unowned"):
        output = tmp_path / f"{selection}.json"
        started = time.monotonic()
        code, peak = measured(waybill, reference, "-o", f"spdx-json={output}", "--files", selection,
                              program=program)
        elapsed = time.monotonic() - started
        assert code == OK and output.stat().st_size > 1000
        if program:
            assert peak < (64 << 20) + 1024 * (count + 4), f"{peak} bytes for {count} files"
            assert elapsed < 60
    assert (tmp_path / "unowned.json").stat().st_size > count * 100


def test_too_many_entries(waybill, tmp_path):
    """More than four million, which no image has: refused before memory runs out."""
    if "WAYBILL_RELEASE" not in os.environ:
        pytest.skip("SKIPPED: too slow under the sanitizers; set WAYBILL_RELEASE")
    block = header(b"f", b"0", 0) * 4096
    deflate = zlib.compressobj(1, zlib.DEFLATED, 31)
    data = b"".join(deflate.compress(block) for _ in range(1100)) + deflate.flush()
    reference = images.write_oci(tmp_path / "image", [with_stored_bytes(b"", data)])
    done = subprocess.run([os.environ["WAYBILL_RELEASE"], "sbom", reference], capture_output=True,
                          text=True, timeout=120, check=False)
    assert done.returncode == BAD_INPUT and "4000000" in done.stderr


def test_many_layers(waybill, tmp_path):
    layers = [base()] + [Layer().file(f"srv/{number}", str(number)) for number in range(500)]
    document = waybill.spdx(images.write_oci(tmp_path / "image", layers))
    assert document.files["/srv/499"].introduced == 500
