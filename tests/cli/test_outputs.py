# SPDX-License-Identifier: Apache-2.0
"""Where documents go: files that appear whole or not at all, standard output, one file for each
platform."""
import json
import os
import signal
import stat
import subprocess

import images
import pytest
from images import Image, Layout
from program import BAD_INPUT, OK, SYSTEM, USAGE, assert_one_error_line
from runs import layers, outputs, wrong
from runs import folder  # noqa: F401  (a fixture)


# ---- outputs -------------------------------------------------------------------------------------

def test_table_is_the_default(waybill, folder):
    run = waybill.sbom("image", cwd=folder)
    assert run.stdout == waybill.sbom("image", "-o", "table", cwd=folder).stdout
    assert b"alpha" in run.stdout and b"beta" in run.stdout


def test_several_outputs_in_one_run(waybill, folder):
    run = waybill.sbom("image", "-o", "spdx-json=a", "-o", "cyclonedx-json=b", "-o", "table", "-o",
                       "spdx-json=c", cwd=folder)
    assert outputs(folder) == ["a", "b", "c"]
    for name, written in (("spdx-json", "a"), ("cyclonedx-json", "b"), ("spdx-json", "c")):
        alone = waybill.sbom("image", "-o", name, cwd=folder).stdout
        assert (folder / written).read_bytes() == alone
    assert run.stdout == waybill.sbom("image", "-o", "table", cwd=folder).stdout


def test_options_in_any_place_and_spelling(waybill, folder):
    expected = waybill.sbom("image", "-o", "spdx-json", "--files", "none", cwd=folder).stdout
    for arguments in (("--output=spdx-json", "--files=none", "image"),
                      ("-ospdx-json", "image", "--files=none"),
                      ("image", "--output", "spdx-json", "--files", "none", "-q"),
                      ("--files", "all", "--files", "none", "-o", "spdx-json=-", "--", "image")):
        run = waybill.run("sbom", *arguments, cwd=folder)
        assert run.code == OK and run.stdout == expected, (arguments, run)


def test_modes_follow_the_umask(waybill, folder):
    before = os.umask(0o027)
    try:
        waybill.sbom("image", "-o", "spdx-json=x", cwd=folder)
    finally:
        os.umask(before)
    assert stat.S_IMODE((folder / "x").stat().st_mode) == 0o640


def test_replacing_a_file(waybill, folder):
    """The old one stays whole until the new one is; a link to it stays a link."""
    (folder / "real").write_text("old")
    os.link(folder / "real", folder / "other-name")
    os.symlink("real", folder / "x")
    waybill.sbom("image", "-o", "spdx-json=x", cwd=folder)
    assert (folder / "x").is_symlink()
    json.loads((folder / "real").read_text())
    assert (folder / "other-name").read_text() == "old"
    assert outputs(folder) == ["other-name", "real", "x"]


def test_special_files(waybill, folder):
    expected = waybill.sbom("image", "-o", "spdx-json", cwd=folder).stdout
    assert waybill.sbom("image", "-o", "spdx-json=/dev/stdout", cwd=folder).stdout == expected
    waybill.sbom("image", "-o", "spdx-json=/dev/null", cwd=folder)
    os.mkfifo(folder / "fifo")
    reader = subprocess.Popen(["cat", str(folder / "fifo")], stdout=subprocess.PIPE)
    waybill.sbom("image", "-o", "spdx-json=fifo", cwd=folder)
    assert reader.communicate(timeout=20)[0] == expected
    assert stat.S_ISFIFO((folder / "fifo").stat().st_mode)


UNWRITABLE = ("no/such/folder/x", "image", "image/", "index.json/x", "a-file/x", "/proc/x",
              "/dev/full", "d" * 300)


@pytest.mark.parametrize("path", UNWRITABLE)
@pytest.mark.parametrize("position", ["first", "last"])
def test_unwritable_output(waybill, folder, path, position):
    """Exit 4, one line, and none of the other documents: neither file nor standard output."""
    (folder / "a-file").write_text("")
    before = outputs(folder)
    bad = ["-o", f"cyclonedx-json={path}"]
    good = ["-o", "spdx-json=good", "-o", "table"]
    run = waybill.run("sbom", "image", *(bad + good if position == "first" else good + bad),
                      cwd=folder)
    assert run.code == SYSTEM, run
    assert_one_error_line(run)
    assert path.rstrip("/")[:40] in run.stderr
    assert run.stdout == b"" and outputs(folder) == before


def test_old_outputs_survive_an_unwritable_one(waybill, folder):
    (folder / "good").write_text("old")
    run = waybill.run("sbom", "image", "-o", "spdx-json=good", "-o", "cyclonedx-json=no/such/x",
                      cwd=folder)
    assert run.code == SYSTEM and (folder / "good").read_text() == "old"


def test_disk_that_is_full(waybill, folder):
    """A limit on the size of files stands in for it."""
    import resource
    done = subprocess.run([waybill.path, "sbom", "image", "-o", "spdx-json=x", "-o",
                           "cyclonedx-json=y"], cwd=folder, capture_output=True, text=True,
                          env=waybill.environment(), check=False, timeout=60,
                          preexec_fn=lambda: (signal.signal(signal.SIGXFSZ, signal.SIG_IGN),
                                              resource.setrlimit(resource.RLIMIT_FSIZE,
                                                                 (1000, 1000))))
    assert done.returncode == SYSTEM, done
    assert len(done.stderr.splitlines()) == 1 and outputs(folder) == []


# ---- standard output that does not take it -------------------------------------------------------

def run_into(waybill, folder, stdout, *arguments):
    """Runs with this standard output; gives exit code and standard error."""
    done = subprocess.run([waybill.path, *arguments], stdout=stdout, stderr=subprocess.PIPE,
                          cwd=folder, env=waybill.environment(), check=False, timeout=60)
    errors = done.stderr.decode()
    assert "Sanitizer" not in errors and "runtime error" not in errors, errors
    return done.returncode, errors


@pytest.mark.parametrize("arguments", [
    ("sbom", "image", "-o", "spdx-json"), ("sbom", "image"),
    ("sbom", "image", "-o", "cyclonedx-json=-", "-o", "table=t"), ("sbom", "--help"), ("--help",),
    ("version",), ("version", "--json")])
@pytest.mark.parametrize("kind", ["broken-pipe", "full", "closed", "read-only"])
def test_standard_output_that_fails(waybill, folder, arguments, kind):
    """Exit 4 and one line, not a signal and not silence."""
    if kind == "closed":
        command = 'exec "$0" "$@" >&-'
        done = subprocess.run(["sh", "-c", command, waybill.path, *arguments], capture_output=True,
                              cwd=folder, env=waybill.environment(), check=False, timeout=60)
        code, errors = done.returncode, done.stderr.decode()
    elif kind == "broken-pipe":
        reader, writer = os.pipe()
        os.close(reader)
        code, errors = run_into(waybill, folder, writer, *arguments)
        os.close(writer)
    else:
        with open("/dev/full" if kind == "full" else "/dev/null",
                  "wb" if kind == "full" else "rb") as file:
            code, errors = run_into(waybill, folder, file, *arguments)
    assert code == SYSTEM, (code, errors)
    assert len(errors.splitlines()) == 1 and errors.startswith("waybill: "), errors
    assert "standard output" in errors
    assert outputs(folder) == [], "no file beside a document that did not get out"


def test_reader_that_stops_early(waybill, tmp_path):
    """`waybill ... | head -c 10`: an error, no signal, no hang."""
    names = [f"package-{number}" for number in range(3000)]
    images.write_oci(tmp_path / "image", layers(*names))
    child = subprocess.Popen([waybill.path, "sbom", "image", "-o", "spdx-json"], cwd=tmp_path,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             env=waybill.environment())
    assert len(child.stdout.read(10)) == 10
    child.stdout.close()
    errors = child.stderr.read().decode()
    assert child.wait(timeout=60) == SYSTEM and len(errors.splitlines()) == 1, errors


def test_closed_standard_error(waybill, folder):
    """Nobody hears the warnings; no file takes descriptor 2 and gets them."""
    images.write_oci(folder / "empty", [])
    done = subprocess.run(["sh", "-c", 'exec "$0" "$@" 2>&-', waybill.path, "sbom", "oci:empty", "-o",
                           "spdx-json=x"], cwd=folder, capture_output=True, check=False, timeout=60,
                          env=waybill.environment())
    assert done.returncode == OK
    json.loads((folder / "x").read_text())


def test_all_standard_descriptors_closed(waybill, folder):
    """What is opened then must not become standard output."""
    done = subprocess.run(["sh", "-c", 'exec "$0" "$@" <&- >&- 2>&-', waybill.path, "sbom",
                           "oci:image", "-o", "spdx-json=x"], cwd=folder, check=False, timeout=60,
                          env=waybill.environment())
    assert done.returncode == OK
    json.loads((folder / "x").read_text())
    assert waybill.sbom("image", "-o", "spdx-json", cwd=folder).stdout == (folder / "x").read_bytes()


# ---- broken off ----------------------------------------------------------------------------------

@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted(waybill, folder, number):
    """While it waits for its input: gone at once, by the signal, with nothing left behind."""
    child = subprocess.Popen([waybill.path, "sbom", "-", "-o", "spdx-json=x"], cwd=folder,
                             stdin=subprocess.PIPE, stderr=subprocess.PIPE,
                             env=waybill.environment())
    child.stdin.write(images.single(Image(layers())).archive()[:3000])
    child.stdin.flush()
    with pytest.raises(subprocess.TimeoutExpired):
        child.wait(timeout=0.5)
    child.send_signal(number)
    assert child.wait(timeout=10) in (-number, 128 + number)
    child.stdin.close()
    child.stderr.close()
    assert outputs(folder) == []


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_interrupted_with_documents_half_written(waybill, folder, number):
    """The files are complete but have no name yet; standard output, which comes last, is not read."""
    images.write_oci(folder / "image", layers(*[f"package-{i}" for i in range(400)]))
    (folder / "old").write_text("old")
    child = subprocess.Popen([waybill.path, "sbom", "image", "-o", "spdx-json=old", "-o",
                              "cyclonedx-json=new", "-o", "spdx-json"], cwd=folder,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             env=waybill.environment())
    assert child.stdout.read(1) == b"{"
    child.send_signal(number)
    assert child.wait(timeout=10) in (-number, 128 + number)
    child.stdout.close()
    child.stderr.close()
    assert outputs(folder) == ["old"] and (folder / "old").read_text() == "old"


# ---- several platforms ---------------------------------------------------------------------------

@pytest.fixture
def multi(tmp_path):
    """An index of three platforms, of which each has a package of its own."""
    layout = Layout()
    descriptors = []
    for architecture, variant in (("amd64", None), ("arm64", "v8"), ("riscv64", None)):
        image = Image(layers("on-" + architecture), architecture=architecture, variant=variant)
        descriptors.append(layout.image(image, platform=image.platform))
    layout.add(layout.index(descriptors), "v1").write(tmp_path / "image")
    return tmp_path


def packages_of(path):
    return [package["name"] for package in json.loads(path.read_text())["components"]
            if package["type"] == "library"]


def test_all_platforms(waybill, multi):
    waybill.sbom("oci:image:v1", "--all-platforms", "-o", "cyclonedx-json=a.cdx.json", "-o",
                 "spdx-json=b-{platform}.json", cwd=multi)
    names = ("linux-amd64", "linux-arm64-v8", "linux-riscv64")
    assert outputs(multi) == sorted([f"a-{name}.cdx.json" for name in names]
                                    + [f"b-{name}.json" for name in names])
    for name in names:
        assert packages_of(multi / f"a-{name}.cdx.json") == ["on-" + name.split("-")[1]]
        alone = waybill.sbom("oci:image:v1", "--platform", name.replace("-", "/"), "-o", "spdx-json",
                             cwd=multi)
        assert alone.stdout == (multi / f"b-{name}.json").read_bytes()


@pytest.mark.parametrize("written,expected", [
    ("x", "x-linux-amd64"), ("dir.d/x", "dir.d/x-linux-amd64"),
    ("dir.d/x.json", "dir.d/x-linux-amd64.json"), (".hidden", ".hidden-linux-amd64"),
    ("dir.d/{platform}", "dir.d/linux-amd64"), ("{platform}/x.json", "linux-amd64/x.json")])
def test_names_of_files_for_platforms(waybill, multi, written, expected):
    for name in ("dir.d", "linux-amd64", "linux-arm64-v8", "linux-riscv64"):
        (multi / name).mkdir()
    waybill.sbom("oci:image:v1", "--all-platforms", "-o", f"cyclonedx-json={written}", cwd=multi)
    assert packages_of(multi / expected) == ["on-amd64"]


def test_all_platforms_to_standard_output(waybill, multi):
    text = wrong(waybill, multi, "sbom", "oci:image:v1", "--all-platforms", "-o", "spdx-json")
    assert "{platform}" in text
    run = waybill.sbom("oci:image:v1", "--all-platforms", cwd=multi)
    assert all(f"on-{name}".encode() in run.stdout for name in ("amd64", "arm64", "riscv64"))


def test_all_platforms_or_none(waybill, multi):
    """The last of three images is damaged: no document of the others appears."""
    layout_folder = multi / "image/blobs/sha256"
    wanted = Image(layers("on-riscv64"), architecture="riscv64").layers[0].digest[7:]
    data = bytearray((layout_folder / wanted).read_bytes())
    data[-1] ^= 1
    (layout_folder / wanted).write_bytes(data)
    run = waybill.run("sbom", "oci:image:v1", "--all-platforms", "-o", "spdx-json=x.json", "-o",
                      "table=y", cwd=multi)
    assert run.code == BAD_INPUT and "linux/riscv64" in run.stderr
    assert_one_error_line(run)
    assert outputs(multi) == []


def test_source_name_of_odd_characters(waybill, folder):
    """Any text: it is escaped, not interpreted; what is no UTF-8 does not make the document invalid."""
    for name, written in (('a "quoted" name', None), ("a\\b", None), ("naïve ☃", None),
                          ("x" * 1000, None), ("a\tb\nc", "a\\x09b\\x0ac"), ("<&>", None),
                          ("%s%n", None), (b"\xff\xfe", "\\xff\\xfe"), (b"ok\xc3", "ok\\xc3")):
        for format_name in ("cyclonedx", "spdx"):
            document = getattr(waybill, format_name)("image", "--source-name", name,
                                                     "--source-version", name, cwd=folder)
            assert document.primary["name"] == (written or name), name
            assert document.primary["version"] == (written or name), name
        waybill.sbom("image", "--source-name", name, cwd=folder).stdout.decode("utf-8")
    run = waybill.run("sbom", "image", "-o", "spdx-json", "--source-name", "", cwd=folder)
    assert run.code in (OK, USAGE)
