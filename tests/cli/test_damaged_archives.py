# SPDX-License-Identifier: Apache-2.0
"""Archives cut and damaged anywhere: never a different document that claims success."""
import os
import random
import subprocess

import compression
import images
import pytest
from hostile import base, noise
from images import Image
from layers import Layer
from program import BAD_INPUT, OK, SYSTEM, assert_one_error_line


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
