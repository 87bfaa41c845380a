# SPDX-License-Identifier: Apache-2.0
"""Images of a few kilobytes that would cost hours or gigabytes if anything grew faster than what it
reads; and what a stranger's first images turned up."""
import os

import debs
import images
import pytest
from images import Image, layer_blob
from layers import REGULAR, Layer, header

OS_RELEASE = b'ID=debian\nVERSION_ID="12"\n'
SECONDS = 60  # quadratic behaviour takes many times as long, even without sanitizers


def image(folder, *layers):
    return images.write_oci(str(folder), layers, kind="gzip-fast")


def empty_files(names):
    return Layer().raw(b"".join(header(name, REGULAR, 0) for name in names))


# ---- what must not be quadratic ----

def test_one_package_in_very_many_versions(waybill, tmp_path):
    versions = [debs.stanza("same", f"1.{i}") for i in range(60000)]
    layer = Layer().files({"var/lib/dpkg/status": debs.status_file(*versions)})
    run = waybill.sbom(image(tmp_path, layer), timeout=SECONDS)
    assert b"\n60000 packages\n" in run.stdout


def test_all_versions_replaced_by_others(waybill, tmp_path):
    layers = []
    for epoch in range(2):
        versions = [debs.stanza("same", f"{epoch}:1.{i}") for i in range(30000)]
        layers.append(Layer().files({"var/lib/dpkg/status": debs.status_file(*versions)}))
    document = waybill.cyclonedx(image(tmp_path, *layers), timeout=SECONDS)
    assert len(document.packages) == 30000 and not document.removed
    assert {(p.introduced, p.changed) for p in document.packages} == {(0, 1)}


def test_very_many_files_of_status_d_over_layers(waybill, tmp_path):
    folder = "var/lib/dpkg/status.d"
    first = Layer().files({f"{folder}/p{i}": debs.stanza(f"p{i}", status=None)
                           for i in range(40000)})
    later = [Layer().file(f"{folder}/q{i}", debs.stanza(f"q{i}", status=None)) for i in range(2)]
    run = waybill.sbom(image(tmp_path, first, *later), timeout=2 * SECONDS)
    assert b"\n40002 packages\n" in run.stdout


# ---- what must not take all memory ----

def test_directories_that_only_deep_paths_imply(waybill, tmp_path):
    layer = Layer()
    for i in range(700):
        layer.file(f"e{i}/" + "d/" * 1900 + "file", b"")
    waybill.refuses(image(tmp_path, layer), tmp_path, "layer 1",
                    "too many directories that have no entry of their own")


def test_many_entries_without_directories_are_fine(waybill, tmp_path):
    layer = empty_files(b"a/b/c/d/e%d/f%d" % (i % 1000, i) for i in range(20000))
    run = waybill.sbom(image(tmp_path, layer))
    assert b"20000 files" in run.stdout


NO_DIGESTS = ("--files", "none")  # of gigabytes of holes


def file_lists(count):
    """A layer of as many file lists of 256 MiB: holes, which take memory only where one looks."""
    layer = Layer()
    for i in range(count):
        layer.sparse_gnu(f"var/lib/dpkg/info/p{i}.list", [(0, b"/")], 256 << 20)
    return layer


def test_contents_that_are_kept_are_bounded_in_a_layer(waybill, tmp_path):
    waybill.refuses(image(tmp_path, file_lists(13)), tmp_path, "layer 1",
                    "/p12.list: the package databases", arguments=NO_DIGESTS)


def test_contents_that_are_kept_are_bounded_in_an_image(waybill, tmp_path):
    layout = images.single(Image([file_lists(count) for count in (2, 7, 8)]))
    waybill.refuses(f"oci:{layout.write(str(tmp_path / 'image'))}", tmp_path, "layer 3",
                    "of the layers up to this one have more than the 4294967296 bytes",
                    arguments=NO_DIGESTS)
    waybill.refuses("-", tmp_path, "hold more than can be read as a stream",
                    stdin=layout.archive(blobs_first=True), arguments=NO_DIGESTS)


# ---- names and places ----

def write(folder, name, layers):
    os.makedirs(folder / name)
    return images.write_oci(str(folder / name), layers)


@pytest.mark.parametrize("form", ["spdx-json", "cyclonedx-json"])
def test_name_of_the_directory_does_not_count_when_a_name_is_given(waybill, tmp_path, form):
    layers = [layer_blob(Layer().files({"etc/os-release": OS_RELEASE}))]
    documents = {waybill.sbom(write(tmp_path, name, layers), "-o", form, "--source-name", "app",
                              "--source-version", "1").stdout for name in ("tmp.1", "tmp.2")}
    assert len(documents) == 1


def test_tag_behind_a_bare_relative_path(waybill, tmp_path):
    layers = [layer_blob(Layer().files({"etc/os-release": OS_RELEASE}))]
    write(tmp_path, "build", layers)
    assert b"Version   latest" in waybill.sbom("build:latest", cwd=tmp_path).stdout
    run = waybill.run("sbom", "other:latest", cwd=tmp_path)
    assert run.code == 2 and "`other` is not a transport" in run.stderr


def test_directory_of_skopeo_is_no_root_file_system(waybill, tmp_path):
    folder = tmp_path / "copied"
    os.makedirs(folder)
    (folder / "version").write_text("Directory Transport Version: 1.1\n")
    (folder / "manifest.json").write_text("{}")
    for reference in (f"dir:{folder}", str(folder)):
        waybill.refuses(reference, tmp_path, "skopeo")


@pytest.mark.parametrize("character", ["\x1b", "\x7f", "\x9b", "\u061c", "\u200f", "\u2028",
                                       "\u202e", "\u2066"])
def test_table_shows_no_character_that_turns_the_text(waybill, tmp_path, character):
    system = f'ID=debian\nPRETTY_NAME="a{character}b"\n'.encode()
    text = waybill.sbom(image(tmp_path, Layer().files({"etc/os-release": system}))).stdout.decode()
    assert character not in text and "System    a" in text


# ---- dpkg ----

def test_journal_that_dpkg_left(waybill, tmp_path):
    layer = Layer().files({"var/lib/dpkg/status": debs.status_file(debs.stanza("alpha")),
                           "var/lib/dpkg/updates/tmp.i": b""})
    assert not waybill.sbom(image(tmp_path / "a", layer)).warnings
    later = Layer().files({"var/lib/dpkg/updates/0001": debs.stanza("beta").encode()})
    document = waybill.cyclonedx(image(tmp_path / "b", layer, later))
    assert [p.name for p in document.packages] == ["alpha"]
    assert len(document.run.warnings) == 1
    assert "/var/lib/dpkg/updates holds 1 files: dpkg was interrupted" in document.run.stderr


def test_lists_in_info_beside_status_d(waybill, tmp_path):
    """Images made without dpkg, of `dpkg-deb --field` and dpkg's own lists (syft #3912)."""
    layer = Layer().files({
        "var/lib/dpkg/status.d/alpha": debs.stanza("alpha", status=None).encode(),
        "var/lib/dpkg/info/alpha.list": b"/.\n/usr\n/usr/one\n/usr/two\n",
        "var/lib/dpkg/info/alpha.md5sums": (debs.md5(b"1") + "  usr/one\n").encode(),
        "usr/one": b"1", "usr/two": b"2", "usr/three": b"3"})
    document = waybill.cyclonedx(image(tmp_path, layer), "--files", "all")
    owners = {path: file.owners for path, file in document.files.items() if path[:4] == "/usr"}
    assert owners == {"/usr/one": ["alpha"], "/usr/two": ["alpha"], "/usr/three": []}


def test_removed_package_keeps_its_supplier(waybill, tmp_path):
    layers = [Layer().files({"var/lib/dpkg/status": debs.status_file(debs.stanza(name))})
              for name in ("alpha", "beta")]
    reference = image(tmp_path, *layers)
    spdx = waybill.spdx(reference)
    package = [p for p in spdx.raw["packages"] if p["SPDXID"].startswith("SPDXRef-removed-")]
    assert [p["supplier"] for p in package] == ["Person: Erika Muster (erika@example.org)"]
