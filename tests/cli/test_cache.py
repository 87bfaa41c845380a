# SPDX-License-Identifier: Apache-2.0
"""--cache: saves the work of unpacking a layer again, and is never believed without reason."""
import hashlib
import os
import pathlib
import shutil
import stat
import subprocess
import tempfile
import types

import debs
import images
import pytest
from images import Image, layer_blob
from layers import Layer
from program import BAD_INPUT, OK, layer_label

STATUS = debs.status_file(debs.stanza("alpha"), debs.stanza("beta"))
NOTE = "waybill: note: cache entry "


def base():
    return Layer().files({"etc/os-release": b"ID=debian\nVERSION_ID=\"12\"\n",
                          "var/lib/dpkg/status": STATUS, "usr/bin/tool": b"tool\n" * 5000,
                          "usr/share/doc/alpha/copyright": b"Licence: /usr/share/common-licenses/MIT",
                          "srv/empty": b""})


def application(text="1"):
    layer = Layer().file("srv/application", text).symlink("srv/link", "application")
    layer.hardlink("srv/hard", "srv/application").whiteout("usr/bin/tool").opaque("var/tmp")
    layer.file(b"srv/raw-\xff", "x").device("dev/null", 1, 3)
    return layer.file("srv/ping", "p", pax=[
        ("SCHILY.xattr.security.capability",
         bytes.fromhex("0100000200200000000000000000000000000000"))])


class Cached:
    """An image and a cache; `bytes(...)` gives all documents of one run in one piece."""

    def __init__(self, waybill, tmp_path, layers):
        self.waybill, self.cache = waybill, tmp_path / "cache"
        self.reference = images.write_oci(tmp_path / "image", layers)
        self.run = None

    def bytes(self, *arguments, cache=True, reference=None, **more):
        if cache:
            arguments += ("--cache", str(self.cache))
        content = b""
        for name in ("spdx-json", "cyclonedx-json", "table"):
            self.run = self.waybill.sbom(reference or self.reference, "-o", name, *arguments, **more)
            content += self.run.stdout
        return content

    def entries(self):
        return sorted(self.cache / name for name in os.listdir(self.cache))

    def notes(self):
        return [line for line in self.run.lines if line.startswith(NOTE)]


@pytest.fixture
def cached(waybill, tmp_path):
    return Cached(waybill, tmp_path, [base(), application()])


@pytest.mark.parametrize("files", ["none", "unowned", "all"])
def test_the_same_bytes_with_and_without(cached, files):
    without = cached.bytes("--files", files, cache=False)
    first = cached.bytes("--files", files)
    assert not cached.notes()
    assert len(cached.entries()) == 2
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in cached.entries()}
    assert cached.bytes("--files", files) == first == without
    assert not cached.notes()
    assert before == {path: (path.read_bytes(), path.stat().st_mtime_ns)
                      for path in cached.entries()}, "what is there is not written again"


def test_entries_are_for_this_user_only(cached):
    before = os.umask(0)
    try:
        cached.bytes()
    finally:
        os.umask(before)
    assert stat.S_IMODE(cached.cache.stat().st_mode) == 0o700
    for path in cached.entries():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
        assert path.suffix == ".layer"


def test_a_blob_that_was_changed(waybill, cached, tmp_path):
    """The blob is not unpacked again, but it is read: its digest tells that it was changed."""
    cached.bytes()
    image = Image([base(), application()])
    path = tmp_path / "image/blobs/sha256" / image.layers[1].digest[7:]
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    waybill.refuses(cached.reference, tmp_path, layer_label(2, image.layers[1].digest), "digest",
                    arguments=["--cache", str(cached.cache)])


def test_a_blob_that_is_gone_or_of_another_size(waybill, cached, tmp_path):
    """The cache does not stand in for the image."""
    cached.bytes()
    image = Image([base(), application()])
    path = tmp_path / "image/blobs/sha256" / image.layers[0].digest[7:]
    data = path.read_bytes()
    path.write_bytes(data + b"x")
    waybill.refuses(cached.reference, tmp_path, "layer 1", arguments=["--cache", str(cached.cache)])
    os.remove(path)
    waybill.refuses(cached.reference, tmp_path, "layer 1", arguments=["--cache", str(cached.cache)])


def test_wrong_diff_id_with_a_cached_layer(waybill, cached, tmp_path):
    """The record says which diffID the layer has; the config must agree."""
    cached.bytes()
    image = Image([base(), application()])
    image.config["rootfs"]["diff_ids"][1] = "sha256:" + "5" * 64
    images.single(image).write(tmp_path / "wrong")
    waybill.refuses(f"oci:{tmp_path}/wrong", tmp_path, "layer 2", "5555",
                    arguments=["--cache", str(cached.cache)])


def test_second_image_on_the_same_base(waybill, cached, tmp_path):
    cached.bytes()
    other = images.write_oci(tmp_path / "other", [base(), application("2")])
    expected = cached.bytes(cache=False, reference=other)
    assert cached.bytes(reference=other) == expected
    assert len(cached.entries()) == 3, "the base is shared"


def test_the_same_layer_twice_in_one_image(waybill, tmp_path):
    layer = layer_blob(base())
    cached = Cached(waybill, tmp_path, [layer, layer, application(), layer])
    expected = cached.bytes(cache=False)
    for _ in range(2):
        assert cached.bytes("--threads", "4") == expected
        assert not cached.notes()


def test_selections_do_not_mix(cached):
    """What was kept without digests of files cannot serve a run that lists them."""
    expected = {files: cached.bytes("--files", files, cache=False)
                for files in ("all", "none", "unowned")}
    for files in ("none", "all", "unowned", "none"):
        assert cached.bytes("--files", files) == expected[files]
        assert not cached.notes()


def test_bounds_hold_for_cached_layers_too(waybill, cached, tmp_path):
    """A layer that --max-layer-size refuses is refused from the cache as well."""
    cached.bytes()
    run = waybill.run("sbom", cached.reference, "--cache", str(cached.cache), "--max-layer-size", "4K",
                      "-o", f"table={tmp_path}/out")
    assert run.code == BAD_INPUT and "--max-layer-size" in run.stderr, run


def test_other_stores_share_the_entries(waybill, cached, tmp_path):
    cached.bytes()
    archive = images.single(Image([base(), application()])).archive()
    (tmp_path / "image.tar").write_bytes(archive)
    for reference, stdin in ((f"oci-archive:{tmp_path}/image.tar", b""), ("-", archive)):
        expected = cached.bytes(cache=False, reference=reference, stdin=stdin)
        assert cached.bytes(reference=reference, stdin=stdin) == expected
        assert not cached.notes()
    assert len(cached.entries()) == 2


# ---- entries that must not be believed -----------------------------------------------------------

def flip(at):
    def change(path, _):
        data = bytearray(path.read_bytes())
        data[at if at < 0 else at % len(data)] ^= 1
        path.write_bytes(data)
    return change


def write(data):
    return lambda path, _: path.write_bytes(data)


def cut(part):
    return lambda path, _: path.write_bytes(path.read_bytes()[:int(path.stat().st_size * part)])


def swap(path, other):
    shutil.copyfile(other, path)


def forged(path, _):
    """Altered, and its own digest made to fit, with the name of the package changed. Whoever can do
    that owns the file: it must be refused for another reason, the mode."""
    data = path.read_bytes()[:-32].replace(b"alpha", b"omega")
    path.write_bytes(data + hashlib.sha256(data).digest())
    os.chmod(path, 0o666)


def as_symlink(path, _):
    moved = path.with_name("moved")
    path.rename(moved)
    path.symlink_to("moved")


def as_directory(path, _):
    path.unlink()
    path.mkdir()


def as_fifo(path, _):
    path.unlink()
    os.mkfifo(path, 0o600)


DAMAGES = {
    "first-byte": flip(0), "middle": flip(5000), "last-byte": flip(-1), "digest": flip(-20),
    "empty": write(b""), "text": write(b"not a record at all\n" * 10), "zeros": write(bytes(5000)),
    "half": cut(0.5), "all-but-one": cut(0.9999), "longer": lambda path, _: path.write_bytes(
        path.read_bytes() + b"\0"), "another-entry": swap, "forged": forged,
    "group-writable": lambda path, _: os.chmod(path, 0o620),
    "world-writable": lambda path, _: os.chmod(path, 0o602),
    "symlink": as_symlink, "directory": as_directory, "fifo": as_fifo,
    "unreadable": lambda path, _: os.chmod(path, 0o200),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_entries(cached, damage):
    if damage == "unreadable" and os.geteuid() == 0:
        pytest.skip("root reads everything")
    expected = cached.bytes(cache=False)
    cached.bytes()
    entries = cached.entries()
    DAMAGES[damage](entries[0], entries[1])
    run = cached.waybill.sbom(cached.reference, "-o", "spdx-json", "--cache", str(cached.cache),
                              timeout=30)
    assert [line for line in run.lines if line.startswith(NOTE) and str(entries[0]) in line], run
    assert all(line.startswith("waybill: note: ") for line in run.lines), run
    assert cached.bytes() == expected


@pytest.mark.parametrize("damage", [name for name in DAMAGES if name != "directory"])
def test_damaged_entries_are_replaced(cached, damage):
    """The next run finds a good one; nothing outside was written through a link."""
    if damage == "unreadable" and os.geteuid() == 0:
        pytest.skip("root reads everything")
    cached.bytes()
    entries = cached.entries()
    good = entries[0].read_bytes()
    DAMAGES[damage](entries[0], entries[1])
    cached.bytes()
    cached.bytes()
    assert not cached.notes()
    assert not entries[0].is_symlink() and entries[0].read_bytes() == good
    assert stat.S_IMODE(entries[0].stat().st_mode) == 0o600


def test_entry_that_is_a_link_to_a_file_of_value(cached, tmp_path):
    """Somebody put a link where an entry is going to be: what it points to stays as it is."""
    cached.bytes()
    entry = cached.entries()[0]
    victim = tmp_path / "victim"
    for content in ("precious\n", None):
        entry.unlink(missing_ok=True)
        if content is not None:
            victim.write_text(content)
            os.chmod(victim, 0o644)
        else:
            victim.unlink()
        entry.symlink_to(victim)
        cached.bytes()
        if content is None:
            assert not victim.exists()
        else:
            assert victim.read_text() == content
            assert stat.S_IMODE(victim.stat().st_mode) == 0o644


@pytest.mark.skipif(os.geteuid() != 0, reason="SKIPPED: only root can give files away")
def test_entries_of_another_user(cached):
    expected = cached.bytes(cache=False)
    cached.bytes()
    entry = cached.entries()[0]
    os.chown(entry, 12345, -1)
    assert cached.bytes() == expected
    run = cached.run
    assert not cached.notes(), "replaced by the first of the runs"
    assert entry.stat().st_uid == 0, run
    os.chown(entry, 12345, -1)
    run = cached.waybill.sbom(cached.reference, "--cache", str(cached.cache))
    assert any(str(entry) in line and "another user" in line for line in run.lines), run


def test_quiet_says_nothing(cached):
    cached.bytes()
    flip(0)(cached.entries()[0], None)
    run = cached.waybill.sbom(cached.reference, "--cache", str(cached.cache), "--quiet")
    assert run.stderr == ""


def test_every_byte_of_an_entry(cached):
    """Sampled: whatever byte changes, the entry is not used and the document stays."""
    cached.bytes("--files", "none")
    expected = cached.waybill.sbom(cached.reference, "-o", "spdx-json").stdout
    cached.waybill.sbom(cached.reference, "-o", "spdx-json", "--cache", str(cached.cache))
    entries = {path: path.read_bytes() for path in cached.entries()}
    for path, good in entries.items():
        for part in range(8):
            data = bytearray(good)
            data[len(good) * part // 8] ^= 0x40
            path.write_bytes(data)
            run = cached.waybill.sbom(cached.reference, "-o", "spdx-json", "--cache",
                                      str(cached.cache))
            assert run.stdout == expected
            path.write_bytes(good)


# ---- folders that cannot serve -------------------------------------------------------------------

def test_folder_is_made(cached):
    assert not cached.cache.exists()
    cached.bytes()
    assert cached.cache.is_dir()


def test_folder_in_no_folder(waybill, cached, tmp_path):
    """Not worth failing for: said, and done without."""
    expected = cached.bytes(cache=False)
    cached.cache = tmp_path / "no/such/place"
    assert cached.bytes() == expected
    assert any("no/such/place" in line for line in cached.run.lines), cached.run


def test_folder_that_is_a_file(cached):
    expected = cached.bytes(cache=False)
    cached.cache.write_text("a file")
    assert cached.bytes() == expected
    assert cached.run.lines and cached.cache.read_text() == "a file"


@pytest.fixture
def as_ordinary_user(waybill):
    """A folder and a way to run the program there as somebody who is not root: root may write
    everywhere. `run(arguments)` gives exit code, standard output and standard error."""
    folder = tempfile.mkdtemp(prefix="waybill-cache.", dir="/tmp")
    os.chmod(folder, 0o755)
    program = shutil.copy(waybill.path, folder)
    user = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}

    def run(*arguments):
        done = subprocess.run([program, *arguments], capture_output=True, text=True, cwd=folder,
                              env=waybill.environment(), timeout=60, check=False, **user)
        return done.returncode, done.stdout, done.stderr
    yield types.SimpleNamespace(folder=pathlib.Path(folder), run=run, id=user.get("user"))
    if os.path.isdir(os.path.join(folder, "cache")):
        os.chmod(os.path.join(folder, "cache"), 0o700)
    shutil.rmtree(folder)


def test_read_only_folder(as_ordinary_user):
    """What is in it is used, what is new is not kept, and nothing fails."""
    images.write_oci(as_ordinary_user.folder / "image", [base(), application()])
    cache = as_ordinary_user.folder / "cache"
    cache.mkdir()
    if as_ordinary_user.id is not None:
        os.chown(cache, as_ordinary_user.id, -1)
    command = ("sbom", "oci:image", "-o", "spdx-json")
    expected = as_ordinary_user.run(*command)
    assert expected[0] == OK and expected[2] == ""
    assert as_ordinary_user.run(*command, "--cache", "cache") == expected
    before = sorted(os.listdir(cache))
    assert len(before) == 2
    os.chmod(cache, 0o500)
    assert as_ordinary_user.run(*command, "--cache", "cache") == expected
    code, _, errors = as_ordinary_user.run(*command, "--files", "none", "--cache", "cache")
    assert code == OK and "ermission denied" in errors, errors
    assert sorted(os.listdir(cache)) == before
    os.chmod(cache, 0o000)
    code, output, errors = as_ordinary_user.run(*command, "--cache", "cache")
    assert (code, output) == expected[:2] and "ermission denied" in errors, errors


def test_folder_that_others_may_write_to(cached):
    """Entries of one's own in /tmp-like folders are still one's own."""
    cached.cache.mkdir()
    os.chmod(cached.cache, 0o777)
    expected = cached.bytes(cache=False)
    assert cached.bytes() == expected
    assert cached.bytes() == expected


def test_runs_at_the_same_time(waybill, cached):
    """They write the same entries: none ever reads half of one."""
    import concurrent.futures
    expected = waybill.sbom(cached.reference, "-o", "spdx-json").stdout
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        runs = list(pool.map(lambda _: waybill.sbom(cached.reference, "-o", "spdx-json", "--cache",
                                                    str(cached.cache)), range(12)))
    assert all(run.stdout == expected and run.code == OK for run in runs)
    assert not [line for run in runs for line in run.lines]
    assert len(cached.entries()) == 2, "no temporary files are left"


def test_failed_runs_leave_no_entry(waybill, cached, tmp_path):
    """Only a layer whose digests hold is kept."""
    image = Image([base(), application()])
    image.config["rootfs"]["diff_ids"][0] = "sha256:" + "5" * 64
    images.single(image).write(tmp_path / "wrong")
    run = waybill.run("sbom", f"oci:{tmp_path}/wrong", "--cache", str(cached.cache), "--threads", "1")
    assert run.code == BAD_INPUT
    names = os.listdir(cached.cache) if cached.cache.exists() else []
    assert not [name for name in names if not name.endswith(".layer")]
    expected = cached.bytes(cache=False)
    assert cached.bytes() == expected
