# SPDX-License-Identifier: Apache-2.0
"""Hostile and damaged input: one line that says where, exit 3, nothing written; and never a different
document that claims success."""
import gzip as gzip_module
import hashlib
import os
import random
import struct
import subprocess
import sys
import time
import zlib

import compression
import debs
import images
import pytest
import rpms
from images import Blob, Image, Layout, layer_blob
from layers import Layer, header, padded, pax_header
from program import BAD_INPUT, OK, SYSTEM, assert_one_error_line, layer_label

STATUS = debs.status_file(debs.stanza("alpha"), debs.stanza("beta", Depends="alpha"))
OS_RELEASE = b'ID=debian\nVERSION_ID="12"\n'


def base(**more):
    return Layer().files({"etc/os-release": OS_RELEASE, "var/lib/dpkg/status": STATUS,
                          "usr/bin/tool": bytes(range(256)) * 40, **more})


def noise(size, seed=1):
    """Bytes that do not compress."""
    return random.Random(seed).randbytes(size)


def with_stored_bytes(tar, data, family="gzip"):
    """A layer whose blob is these bytes, whatever they are; its digests are right."""
    return Blob(data, tar, images.MEDIA_TYPES[family])


def refused_layer(waybill, tmp_path, blob, *texts, **more):
    reference = images.write_oci(tmp_path / "image", [layer_blob(base()), blob])
    return waybill.refuses(reference, tmp_path, layer_label(2, blob.digest), *texts, **more)


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


# ---- many ----------------------------------------------------------------------------------------

# A process inherits the peak of the one it was started from, which here may be gigabytes: this small
# one stands in between, and prints exit code and peak (in KiB).
MEASURE = """
import os, sys
child = os.fork()
if child == 0:
    os.execv(sys.argv[1], sys.argv[1:])
_, status, usage = os.wait4(child, 0)
print(os.waitstatus_to_exitcode(status), usage.ru_maxrss)
"""


def measured(waybill, reference, *arguments, program=None):
    """Exit code and peak memory in bytes of a run; its documents go to files."""
    done = subprocess.run([sys.executable, "-c", MEASURE, program or waybill.path, "sbom", reference,
                           *arguments], capture_output=True, text=True, check=True,
                          env=waybill.environment())
    assert "Sanitizer" not in done.stderr, done.stderr
    code, peak = done.stdout.split()
    return int(code), int(peak) << 10


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


# ---- JSON ----------------------------------------------------------------------------------------

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


# ---- package databases ---------------------------------------------------------------------------

RPM_RELEASE = b'ID="rhel"\nVERSION_ID="9.4"\n'


@pytest.fixture(scope="module")
def database(make_rpm, tmp_path_factory):
    made = rpms.RpmDatabase(tmp_path_factory.mktemp("rpmdb") / "rpm")
    made.install(*[make_rpm(name) for name in ("alpha", "beta", "gamma")])
    return made


def rpm_image(folder, name, data):
    return images.write_oci(folder, [Layer().files({"etc/os-release": RPM_RELEASE,
                                                    f"var/lib/rpm/{name}": data})])


def database_files(database):
    blobs = database.blobs()
    return {"rpmdb.sqlite": database.sqlite(), "Packages.db": rpms.ndb(blobs),
            "Packages": rpms.bdb_hash(blobs)}


@pytest.mark.parametrize("name", ["rpmdb.sqlite", "Packages.db", "Packages"])
def test_truncated_rpm_databases(waybill, database, tmp_path, name):
    """Never a shorter list in silence: refused, or said."""
    data = database_files(database)[name]
    for part in range(1, 16):
        size = len(data) * part // 16
        run = waybill.run("sbom", rpm_image(tmp_path / str(part), name, data[:size]),
                          "-o", f"cyclonedx-json={tmp_path}/out.json")
        assert run.code in (OK, BAD_INPUT), run
        if run.code == BAD_INPUT:
            assert_one_error_line(run)
            assert "layer 1" in run.stderr and name in run.stderr, run
            assert not (tmp_path / "out.json").exists()
        else:
            count = (tmp_path / "out.json").read_text().count('"pkg:rpm/')
            assert count >= 3 or run.warnings, (part, run)
            os.remove(tmp_path / "out.json")


@pytest.mark.parametrize("name", ["rpmdb.sqlite", "Packages.db", "Packages"])
def test_corrupt_rpm_databases(waybill, database, tmp_path, name):
    """Bytes changed at places chosen by a fixed seed: no crash, no hang, no half a document."""
    data = database_files(database)[name]
    chance = random.Random(name)
    for number in range(30):
        damaged = bytearray(data)
        for _ in range(chance.choice((1, 1, 4, 64))):
            damaged[chance.randrange(len(data))] = chance.randrange(256)
        output = tmp_path / "out.json"
        run = waybill.run("sbom", rpm_image(tmp_path / str(number), name, bytes(damaged)),
                          "-o", f"cyclonedx-json={output}", timeout=60)
        assert run.code in (OK, BAD_INPUT) and output.exists() == (run.code == OK), run
        if run.code == BAD_INPUT:
            assert_one_error_line(run)
        else:
            os.remove(output)


@pytest.mark.parametrize("name", ["rpmdb.sqlite", "Packages.db", "Packages"])
def test_rpm_databases_that_are_something_else(waybill, tmp_path, name):
    for number, data in enumerate((b"", b"x", noise(50_000), b"SQLite format 3\0" + noise(5000),
                                   b"RpmP" + noise(9000), bytes(100_000), STATUS)):
        reference = rpm_image(tmp_path / str(number), name, data)
        run = waybill.run("sbom", reference, "-o", f"table={tmp_path}/out")
        assert run.code == BAD_INPUT or run.warnings, (number, run)


def damaged_header(blob, change):
    data = bytearray(blob)
    change(data)
    return bytes(data)


def put_u32(at, value):
    return lambda data: data.__setitem__(slice(at, at + 4), struct.pack(">I", value))


HEADER_CHANGES = {
    "no-entries": put_u32(0, 0), "entries": put_u32(0, 0xFFFFFFFF), "many-entries": put_u32(0, 60000),
    "data": put_u32(4, 0xFFFFFFFF), "no-data": put_u32(4, 0), "tag": put_u32(8, 0xFFFFFFFF),
    "type": put_u32(12, 77), "offset": put_u32(16, 0x7FFFFFFF), "count": put_u32(20, 0xFFFFFFFF),
    "second-offset": put_u32(32, 0xFFFFFFF0), "second-count": put_u32(36, 1 << 28),
}


@pytest.mark.parametrize("change", HEADER_CHANGES)
def test_rpm_headers_that_are_damaged(waybill, database, tmp_path, change):
    """One of three: the others are listed and the loss is said, or all is refused."""
    blobs = database.blobs()
    blobs[1] = damaged_header(blobs[1], HEADER_CHANGES[change])
    for name, data in (("Packages.db", rpms.ndb(blobs)), ("Packages", rpms.bdb_hash(blobs))):
        output = tmp_path / f"{name}.json"
        run = waybill.run("sbom", rpm_image(tmp_path / name, name, data),
                          "-o", f"cyclonedx-json={output}")
        assert run.code == BAD_INPUT or run.warnings, (name, run)
        if run.code == BAD_INPUT:
            assert_one_error_line(run)
        else:
            assert output.read_text().count('"pkg:rpm/rhel/') + output.read_text().count(
                '"pkg:rpm/redhat/') >= 2


def test_sqlite_that_runs_code(waybill, database, tmp_path):
    """A schema whose Packages is a view over an endless query: refused or stopped, not followed."""
    import sqlite3
    path = tmp_path / "evil.sqlite"
    connection = sqlite3.connect(path)
    connection.execute(
        "create view Packages(hnum, blob) as with recursive n(i) as (select 1 union all "
        "select i + 1 from n) select i, zeroblob(100) from n")
    connection.commit()
    connection.close()
    waybill.refuses(rpm_image(tmp_path / "i", "rpmdb.sqlite", path.read_bytes()), tmp_path,
                    "rpmdb.sqlite", timeout=60)


def test_status_files_cut_anywhere(waybill, tmp_path):
    """What dpkg would refuse is said; nothing makes it crash."""
    for cut in range(0, len(STATUS), 9):
        reference = images.write_oci(tmp_path / str(cut), [Layer().files({
            "etc/os-release": OS_RELEASE, "var/lib/dpkg/status": STATUS[:cut]})])
        run = waybill.run("sbom", reference, "-o", f"table={tmp_path}/out")
        assert run.code in (OK, BAD_INPUT), run


def test_status_files_of_long_lines(waybill, tmp_path):
    """Megabytes in one field, a hundred thousand fields, a hundred thousand empty lines."""
    cases = {"value": debs.status_file(debs.stanza("a", X_Long="y" * (5 << 20))),
             "name": debs.status_file(debs.stanza("a" * 1_000_000)),
             "fields": debs.status_file(debs.stanza("a", **{f"X{i}": i for i in range(100_000)})),
             "lines": b"\n" * 1_000_000 + STATUS + b"\n" * 1_000_000,
             "depends": debs.status_file(debs.stanza("a", Depends=", ".join(
                 f"p{i} | q{i}" for i in range(50_000)))),
             "continuation": debs.status_file(debs.stanza("a") + " more\n" * 300_000),
             "many": debs.status_file(*[debs.stanza(f"p{i}") for i in range(3000)])}
    for name, data in cases.items():
        reference = images.write_oci(tmp_path / name, [Layer().files({
            "etc/os-release": OS_RELEASE, "var/lib/dpkg/status": data})], kind="gzip-fast")
        run = waybill.run("sbom", reference, "-o", f"cyclonedx-json={tmp_path}/{name}.json",
                          timeout=60)
        assert run.code in (OK, BAD_INPUT), (name, run)
        assert name == "name" or run.code == OK, (name, run)


def test_database_that_is_a_device_or_a_directory(waybill, tmp_path):
    for number, layer in enumerate((Layer().device("var/lib/dpkg/status", 1, 3),
                                    Layer().fifo("var/lib/dpkg/status"),
                                    Layer().directory("var/lib/dpkg/status"),
                                    Layer().symlink("var/lib/dpkg/status", "/dev/zero"),
                                    Layer().symlink("var/lib/dpkg/status", "nowhere"))):
        layer.file("etc/os-release", OS_RELEASE)
        document = waybill.cyclonedx(images.write_oci(tmp_path / str(number), [layer]), timeout=20)
        assert document.packages == [] and document.run.warnings, number


def test_database_that_is_too_large(waybill, tmp_path):
    """A sparse status file of a gigabyte must not be kept in memory."""
    layer = base().sparse_pax("var/lib/dpkg/status", [(0, STATUS)], 1 << 30, "1.0")
    reference = images.write_oci(tmp_path / "image", [layer])
    waybill.refuses(reference, tmp_path, "layer 1", "var/lib/dpkg/status")


# ---- archives cut and damaged anywhere -----------------------------------------------------------

def small_archive(tmp_path):
    image = Image([base(), Layer().file("srv/data", noise(3000))])
    layout = images.single(image, "v1")
    archive = layout.archive()
    path = tmp_path / "intact.tar"
    path.write_bytes(archive)
    return archive


def outcome(waybill, tmp_path, data, place):
    """The document, or None when the input was refused in good order."""
    output = tmp_path / "out.json"
    if place == "-":
        arguments, stdin = ["-"], data
    else:
        (tmp_path / "changed.tar").write_bytes(data)
        arguments, stdin = [f"{place}:{tmp_path}/changed.tar"], b""
    run = waybill.run("sbom", *arguments, "--source-name", "x", "--files", "all",
                      "-o", f"spdx-json={output}", stdin=stdin)
    if run.code == OK:
        content = output.read_bytes()
        os.remove(output)
        return content
    assert run.code == BAD_INPUT, run
    assert_one_error_line(run)
    assert not output.exists()
    return None


@pytest.mark.parametrize("place", ["oci-archive", "-"])
def test_archive_cut_anywhere(waybill, tmp_path, place):
    """The document of the whole, where only the end of the archive is missing; otherwise none."""
    data = small_archive(tmp_path)
    intact = outcome(waybill, tmp_path, data, place)
    assert intact is not None
    cuts = {len(data) * part // 60 for part in range(60)} | {1, 511, 512, 513, len(data) - 1}
    results = {cut: outcome(waybill, tmp_path, data[:cut], place) for cut in sorted(cuts)}
    assert {result for result in results.values()} <= {None, intact}
    # Blobs lie at the end here: what is cut in its middle lacks one.
    assert all(result is None for cut, result in results.items() if cut < len(data) // 2)


@pytest.mark.parametrize("place", ["oci-archive", "-"])
def test_archive_with_one_byte_changed_anywhere(waybill, tmp_path, place):
    """The same document, where the byte does not matter; never another one."""
    data = small_archive(tmp_path)
    intact = outcome(waybill, tmp_path, data, place)
    chance = random.Random(7)
    # Half of the places in what is not zero anyway.
    telling = [at for at, byte in enumerate(data) if byte != 0]
    places = [chance.randrange(len(data)) for _ in range(40)] + chance.sample(telling, 80)
    for at in places:
        damaged = bytearray(data)
        damaged[at] ^= 1 << chance.randrange(8)
        result = outcome(waybill, tmp_path, bytes(damaged), place)
        assert result is None or same_facts(result, intact), f"byte {at}"


def same_facts(result, intact):
    """The tag in index.json is no part of what digests protect: another name is no other image."""
    import json

    def facts(data):
        raw = json.loads(data)
        return ([(p["name"], p.get("versionInfo")) for p in raw["packages"][1:]],
                sorted((f["fileName"], str(f["checksums"])) for f in raw.get("files", [])))
    return result == intact or facts(result) == facts(intact)


@pytest.mark.parametrize("make", [images.docker_legacy, images.docker_modern])
def test_docker_archive_cut_anywhere(waybill, tmp_path, make):
    image = Image([base(), Layer().file("srv/data", noise(3000))])
    data = make(image)
    intact = outcome(waybill, tmp_path, data, "docker-archive")
    assert intact is not None
    for part in range(30):
        cut = len(data) * part // 30
        for place in ("docker-archive", "-"):
            result = outcome(waybill, tmp_path, data[:cut], place)
            # Without manifest.json, its last member, the newer kind is still a whole OCI layout.
            assert result is None or same_facts(result, intact), cut


def test_whole_archives_that_are_compressed_and_cut(waybill, tmp_path):
    data = compression.gzip(images.single(Image([base()]), "v1").archive())
    for part in range(1, 20):
        cut = len(data) * part // 20
        waybill.refuses("-", tmp_path / str(part), stdin=data[:cut])


def test_standard_input_that_is_a_folder_or_closed(waybill, tmp_path):
    done = subprocess.run([waybill.path, "sbom", "-"], stdin=subprocess.DEVNULL, capture_output=True,
                          env=waybill.environment(), check=False, timeout=20)
    assert done.returncode == BAD_INPUT, done
    folder = os.open(tmp_path, os.O_RDONLY)
    try:
        done = subprocess.run([waybill.path, "sbom", "-"], stdin=folder, capture_output=True,
                              env=waybill.environment(), check=False, timeout=20)
    finally:
        os.close(folder)
    assert done.returncode in (BAD_INPUT, SYSTEM) and done.stderr.count(b"\n") == 1, done
    closed = subprocess.run(["sh", "-c", 'exec "$0" sbom - <&-', waybill.path], capture_output=True,
                            env=waybill.environment(), check=False, timeout=20)
    assert closed.returncode in (BAD_INPUT, SYSTEM) and closed.stderr.count(b"\n") == 1, closed
