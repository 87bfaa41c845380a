# SPDX-License-Identifier: Apache-2.0
"""Tars that are damaged, and names and links that lead out of the image or in circles."""
import hashlib
import os
import time

import images
import pytest
from hostile import OS_RELEASE, base, noise, refused_layer
from images import layer_blob
from layers import Layer, header, padded
from program import BAD_INPUT, OK, assert_one_error_line


# ---- tars ----------------------------------------------------------------------------------------

def test_truncated_tars(waybill, tmp_path):
    """Inside a header and inside a content; at the end of an entry it is a tar without its end."""
    first = b"".join(Layer().file("a", b"x" * 2000).pieces)
    whole = first + b"".join(Layer().file("b", b"y" * 2000).pieces)
    for cut in (100, 511, 700, 1500, len(first) + 10, len(first) + 700, len(whole) - 600):
        refused_layer(waybill, tmp_path / str(cut), layer_blob(whole[:cut], "none"), "byte")


@pytest.mark.parametrize("kind", ["none", "gzip", "zstd"])
@pytest.mark.parametrize("files", ["none", "all"])
def test_tars_that_end_with_the_last_content(waybill, tmp_path, kind, files):
    """Without padding or end marker, as `umoci insert` writes them: whole. One byte less is not, nor
    is a header without its last bytes, though only zeros are missing."""
    data = b"x" * 1000 + bytes(3)
    whole = b"".join(base().file("srv/last", data).pieces)[:-(512 - 1003 % 512)]
    layer = layer_blob(whole, kind)
    run = waybill.sbom(images.write_oci(tmp_path / "whole", [layer]), "-o", "spdx-json",
                       "--files", files)
    if files == "all":
        assert hashlib.sha256(data).hexdigest().encode() in run.stdout
    header_cut = b"".join(base().file("srv/last").pieces)
    assert header_cut.endswith(bytes(150))
    for name, tar in (("content", whole[:-1]), ("zeros", whole[:-3]), ("header", header_cut[:-1]),
                      ("half-header", header_cut[:-100])):
        reference = images.write_oci(tmp_path / name, [layer_blob(tar, kind)])
        waybill.refuses(reference, tmp_path, "layer 1", "byte", arguments=["--files", files])


def test_headers_that_are_damaged(waybill, tmp_path):
    good = header(b"name", b"0", 5) + padded(b"12345")
    cases = {
        "checksum": good[:148] + b"0000000\0" + good[156:],
        "size": header(b"name", b"0", 0)[:124] + b"zzzzzzzzzzz\0" + good[136:],
        "garbage": noise(4096, 3),
        "text": b"this is not a tar archive, not at all\n" * 100,
        "html": b"<!DOCTYPE html><html><body>404 Not Found</body></html>" * 40,
    }
    for name, tar in cases.items():
        blob = layer_blob(b"".join(base().pieces) + tar + bytes(1024), "none")
        refused_layer(waybill, tmp_path / name, blob, "byte")


def test_a_layer_that_is_no_tar(waybill, tmp_path):
    for name, tar in (("noise", noise(5000)), ("text", b"hello\n" * 200), ("short", b"x")):
        for kind in ("none", "gzip", "zstd"):
            refused_layer(waybill, tmp_path / f"{name}-{kind}", layer_blob(tar, kind))


@pytest.mark.parametrize("record", [b"99999999999 path=x\n", b"-5 path=x\n", b"7 path\n", b"x",
                                    b"12 path=\0\0\0\0", b"10 size=-1\n", b"12 size=1e5\n"])
def test_pax_records_that_are_damaged(waybill, tmp_path, record):
    """Refused, or the record is ignored and the entry kept as its header says."""
    body = header(b"PaxHeaders/x", b"x", len(record)) + padded(record)
    tar = (b"".join(base().pieces) + body + header(b"plain", b"0", 5) + padded(b"12345")
           + bytes(1024))
    output = tmp_path / "out.json"
    run = waybill.run("sbom", images.write_oci(tmp_path / "image", [layer_blob(tar, "none")]),
                      "-o", f"spdx-json={output}", "--files", "all")
    assert run.code in (OK, BAD_INPUT) and output.exists() == (run.code == OK), run
    if run.code == BAD_INPUT:
        assert_one_error_line(run)
        assert "layer 1" in run.stderr


def test_pax_header_of_a_gigabyte(waybill, tmp_path):
    """Its size is a lie; and when it is none, it is too large."""
    for name, size in (("lie", 1 << 40), ("large", 1 << 30)):
        tar = header(b"PaxHeaders/x", b"x", size) + padded(b"20 path=x\n")
        refused_layer(waybill, tmp_path / name, layer_blob(tar, "none"), timeout=20)


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/../x", "a/b/..", ".."])
def test_names_that_climb(waybill, tmp_path, name):
    for number, layer in enumerate((Layer().file(name, "1"), Layer().directory(name),
                                    Layer().symlink(name, "x"),
                                    Layer().file("t").hardlink("l", name))):
        run = refused_layer(waybill, tmp_path / str(number), layer_blob(layer), "..")
        assert "byte" in run.stderr or "hard link" in run.stderr, run
    assert not os.path.exists(tmp_path / "x")


def test_absolute_names_stay_inside(waybill, tmp_path):
    """As tar and runtimes do it: the root of the image is meant."""
    marker = f"{tmp_path}/outside"
    layer = Layer().file(marker, "1").hardlink("/srv/link", marker).symlink("/etc/up", "/etc/..")
    document = waybill.spdx(images.write_oci(tmp_path / "image", [base(), layer]), "--files", "all")
    assert marker in document.files and "/srv/link" in document.files
    assert not os.path.exists(marker)


def test_names_with_control_characters(waybill, tmp_path):
    """They reach neither the terminal nor the document as they are."""
    name = b"a\x1b[31m\x07\n\r\x7f\xc2\x9b\xe2\x80\xaeb"
    layer = Layer().file(name, "1")
    reference = images.write_oci(tmp_path / "image", [base(), layer])
    run = waybill.sbom(reference, "-o", "table", "--files", "all")
    text = run.stdout.decode()
    assert not [c for c in text if c != "\n" and (ord(c) < 32 or 127 <= ord(c) < 160)]
    bad = Layer().file(b"\x1b[2Jclimbs/../../x", "1")
    reference = images.write_oci(tmp_path / "bad", [base(), bad])
    waybill.refuses(reference, tmp_path, "layer 2")


@pytest.mark.parametrize("length,good", [(255, True), (256, False), (5000, False)])
def test_long_components(waybill, tmp_path, length, good):
    reference = images.write_oci(tmp_path / "image", [base(), Layer().file("n" * length, "1")])
    if good:
        assert "/" + "n" * length in waybill.spdx(reference).files
    else:
        waybill.refuses(reference, tmp_path, "layer 2", "too long")


def test_deep_directories(waybill, tmp_path):
    """2000 levels are a path of 4000 bytes; 100 000 levels are none."""
    reference = images.write_oci(tmp_path / "good", [base(), Layer().file("d/" * 1990 + "f", "1")])
    assert "/" + "d/" * 1990 + "f" in waybill.spdx(reference).files
    reference = images.write_oci(tmp_path / "bad", [base(), Layer().file("d/" * 100_000 + "f")])
    waybill.refuses(reference, tmp_path, "layer 2", "too long")


def test_entries_of_one_directory_that_grow_deeper(waybill, tmp_path):
    """Each layer goes through a symlink of the one below: paths that no single entry shows."""
    layers = [base()]
    for number in range(60):
        layers.append(Layer().directory(f"s{number}/" + "d/" * 1000)
                      .symlink(f"s{number + 1}", f"s{number}/" + "d/" * 1000))
    layers.append(Layer().file("s60/x", "1"))
    reference = images.write_oci(tmp_path / "image", layers)
    run = waybill.run("sbom", reference, "-o", "table", "--files", "all")
    assert run.code in (OK, BAD_INPUT), run


# ---- links ---------------------------------------------------------------------------------------

def chain(count, end="etc"):
    """l0 -> l1 -> ... -> end"""
    layer = Layer()
    for number in range(count):
        layer.symlink(f"l{number}", f"l{number + 1}" if number < count - 1 else end)
    return layer


def test_long_symlink_chains(waybill, tmp_path):
    """Linux gives up after 40; here it must at least not run out of stack or of time."""
    started = time.monotonic()
    reference = images.write_oci(tmp_path / "image", [base(), chain(100_000).file("l0/x", "1")],
                                 kind="gzip-fast")
    waybill.refuses(reference, tmp_path, "layer 2")
    assert time.monotonic() - started < 60


def test_symlinks_that_double(waybill, tmp_path):
    """l1 -> l0/l0, l2 -> l1/l1 ...: 2^60 steps for one path."""
    layer = base().symlink("l0", ".")
    for number in range(1, 60):
        layer.symlink(f"l{number}", f"l{number - 1}/l{number - 1}")
    layer.file("l59/x", "1")
    reference = images.write_oci(tmp_path / "image", [layer])
    run = waybill.run("sbom", reference, "-o", "table", timeout=20)
    assert run.code in (OK, BAD_INPUT), run


def test_database_behind_a_loop(waybill, tmp_path):
    """It cannot be reached, so it is not there; the run says so."""
    layer = Layer().files({"etc/os-release": OS_RELEASE}).symlink("var", "loop").symlink("loop", "var")
    document = waybill.cyclonedx(images.write_oci(tmp_path / "image", [layer]))
    assert document.packages == [] and document.run.warnings


def test_hard_links_in_a_circle(waybill, tmp_path):
    layer = Layer().hardlink("a", "b").hardlink("b", "a")
    reference = images.write_oci(tmp_path / "image", [base(), layer])
    waybill.refuses(reference, tmp_path, "layer 2")
    layer = Layer().hardlink("a", "a")
    waybill.refuses(images.write_oci(tmp_path / "self", [base(), layer]), tmp_path, "layer 2")


def test_hard_link_to_a_directory(waybill, tmp_path):
    layer = Layer().directory("d").file("d/x", "1").hardlink("h", "d")
    reference = images.write_oci(tmp_path / "image", [base(), layer])
    waybill.refuses(reference, tmp_path, "layer 2")
