# SPDX-License-Identifier: Apache-2.0
"""`waybill-verify --deep`: what it may do, how much memory it takes, what hostile documents get."""
import os
import re
import shutil
import subprocess
import sys

import pytest

from deep import Site, check_static, codes, new_key, refused
from hostile import MEASURE
from images import layer_blob
from layers import Layer
from program import OK
from test_static_verifier import static, trace  # noqa: F401  (a fixture)

NAMES = ["etc/plain", "usr/" + "d" * 90 + "/café-ж.txt"]


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    return new_key(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def site(waybill, tmp_path, keys):
    layers = [Layer().file(name, name.encode()) for name in NAMES]
    site = Site(waybill, tmp_path / "image", keys,
                [layer_blob(layers[0], "gzip-members"), layer_blob(layers[1], "zstd-frames")])
    site.attest("--sbom", "spdx-json", "--files", "all")
    site.sign()
    return site


def test_it_stays_in_its_sandbox(site, static, tmp_path):  # noqa: F811
    """In an empty root, without a network, and reading only."""
    if os.geteuid() != 0:
        pytest.skip("SKIPPED: chroot needs root")
    place = tmp_path / "root"
    place.mkdir()
    for path in (static.path, f"{site.keys}/key.pub"):
        shutil.copy(path, place)
    shutil.move(site.folder, place)
    done = subprocess.run([shutil.which("unshare"), "-n", shutil.which("chroot"),
                           "--userspec=65534:65534", str(place), "/waybill-verify", "--deep",
                           "--key", "/key.pub", "/image"], capture_output=True, env={}, check=False)
    if b"unshare" in done.stderr:
        pytest.skip(f"SKIPPED: {done.stderr.decode()}")
    assert done.returncode == OK, done.stdout + done.stderr
    assert b"1 SBOM compared, 2 files" in done.stdout


@pytest.mark.skipif(shutil.which("strace") is None, reason="SKIPPED: no strace")
def test_it_does_nothing_but_read(site, static, tmp_path):  # noqa: F811
    done, calls = trace(static, ["--deep", "--key", f"{site.keys}/key.pub", site.folder],
                        tmp_path / "trace")
    assert done.returncode == OK, done.stdout + done.stderr
    for call in calls[1:]:
        assert not re.match(r"(socket|connect|execve|fork|vfork|unlink|rename|mkdir)", call), call
        if re.match(r"open(at)?\(", call):
            assert "O_RDONLY" in call and "O_CREAT" not in call, call
    # What the filter refused would be missing.
    assert not [call for call in calls if "EPERM" in call]
    assert [call for call in calls if call.startswith("clone(")], "no thread was started"


def peak(program, *arguments):
    """Exit code and bytes of memory at most."""
    done = subprocess.run([sys.executable, "-c", MEASURE, program, *arguments],
                          capture_output=True, check=True)
    code, most = done.stdout.split()[-2:]
    return int(code), int(most) << 10


def test_memory_does_not_grow_with_the_layers(waybill, static, tmp_path, keys):  # noqa: F811
    peaks = []
    for number, size in enumerate((1 << 20, 100 << 20)):
        layer = Layer().file("large", bytes(size))
        site = Site(waybill, tmp_path / str(number), keys, [layer_blob(layer, "gzip-fast")])
        site.attest("--sbom", "spdx-json", "--files", "all")
        site.sign()
        code, most = peak(static.path, "--deep", "--key", f"{keys}/key.pub", site.folder)
        assert code == OK
        peaks.append(most)
    assert peaks[1] < peaks[0] + (8 << 20) and peaks[1] < 32 << 20, peaks


@pytest.mark.parametrize("document,reason", [
    ({"spdxVersion": "SPDX-3.0"}, "SPDX-3.0"), ({"bomFormat": "other"}, "other"), ({}, "neither"),
    ({"spdxVersion": "SPDX-2.3", "bomFormat": "CycloneDX"}, "neither"),
    ({"spdxVersion": "SPDX-2.3", "files": [{}]}, "a file without a name"),
    ({"bomFormat": "CycloneDX", "components": [{"type": "file"}]}, "a file without a name")])
def test_documents_that_cannot_be_compared(waybill, verify, tmp_path, keys, document, reason):
    site = Site(waybill, tmp_path / "image", keys, [Layer().file("a", b"a")])
    site.attest_document(document)
    run = check_static(verify, site)
    refused(run, E_SBOM={site.manifest})
    assert reason in run.stdout.decode()


def test_paths_stay_inside_the_image(waybill, verify, tmp_path, keys):
    layer = Layer().file("inside", b"in\n").symlink("loop", "loop").symlink("up", "../../..")
    site = Site(waybill, tmp_path / "image", keys, [layer])
    site.attest_document({"spdxVersion": "SPDX-2.3", "files": [
        {"fileName": name} for name in
        ("../../../etc/passwd", "/./inside", "up/inside", "loop/x", "inside/x", "\\x2e\\x2e", "")]})
    run = check_static(verify, site)
    refused(run, E_SBOM_FILE_MISSING={"/../../../etc/passwd", "/loop/x", "/inside/x",
                                      "/\\x2e\\x2e"})
