# SPDX-License-Identifier: Apache-2.0
"""The command line itself: options, help, exit codes, where output goes, and that all of it appears
or none."""
import json
import os
import pty
import re
import select
import signal
import stat
import subprocess

import debs
import images
import pytest
from images import Image, Layout
from layers import Layer
from program import BAD_INPUT, FORMATS, OK, SYSTEM, USAGE, assert_one_error_line

STATUS = debs.status_file(debs.stanza("alpha"), debs.stanza("beta"))


def layers(*names):
    status = debs.status_file(*[debs.stanza(name) for name in names or ("alpha", "beta")])
    return [Layer().files({"etc/os-release": b"ID=debian\nVERSION_ID=\"12\"\n",
                           "var/lib/dpkg/status": status})]


@pytest.fixture
def folder(tmp_path):
    """A working directory with `image` in it."""
    images.write_oci(tmp_path / "image", layers())
    return tmp_path


def outputs(folder):
    return sorted(name for name in os.listdir(folder) if name != "image")


def wrong(waybill, folder, *arguments, code=USAGE):
    """One line on standard error, nothing else anywhere."""
    run = waybill.run(*arguments, cwd=folder)
    assert run.code == code, (arguments, run)
    assert run.stdout == b"" and outputs(folder) == [], (arguments, run)
    assert_one_error_line(run)
    return run.stderr


def commands(waybill):
    """The commands that the help lists."""
    text = waybill.run("--help").stdout.decode()
    return re.findall(r"^  ([a-z-]+) +[a-z]", text[text.index("Commands:"):text.index("`waybill")],
                      re.M)


# ---- help ----------------------------------------------------------------------------------------

def test_no_command(waybill):
    run = waybill.run()
    assert run.code == USAGE and run.stdout == b""
    assert "Usage: waybill" in run.stderr and "sbom" in run.stderr


@pytest.mark.parametrize("arguments", [("--help",), ("-h",), ("help",)])
def test_help(waybill, arguments):
    run = waybill.run(*arguments)
    text = run.stdout.decode()
    assert run.code == OK and run.stderr == ""
    assert {"sbom", "version"} <= set(commands(waybill))
    assert "Exit status" in text and "Example" in text
    assert max(map(len, text.splitlines())) <= 100


def test_help_of_each_command(waybill):
    for command in commands(waybill):
        run = waybill.run(command, "--help")
        text = run.stdout.decode()
        assert run.code == OK and run.stderr == "", command
        assert text.startswith(f"Usage: waybill {command} "), text[:100]
        assert f"waybill {command} " in text[text.index("Example"):], command
        assert waybill.run("help", command).stdout == run.stdout


def test_unknown_options_of_each_command(waybill, folder):
    for command in commands(waybill):
        assert "--frobnicate" in wrong(waybill, folder, command, "--frobnicate"), command


def test_the_examples_of_sbom_are_right(waybill, folder):
    """Each is a command line that the program takes: only the image is not there."""
    text = waybill.run("sbom", "--help").stdout.decode()
    examples = re.findall(r"^ +(?:.*\| )?waybill (sbom .*)$", text[text.index("Examples:"):], re.M)
    assert len(examples) >= 4
    for example in examples:
        words = example.split(" > ")[0].replace("'", "").split()
        run = waybill.run(*words, cwd=folder)
        assert run.code == BAD_INPUT or run.code == SYSTEM, (example, run)


def test_help_of_an_unknown_command(waybill):
    run = waybill.run("help", "frobnicate")
    assert run.code == USAGE


# ---- wrong command lines -------------------------------------------------------------------------

@pytest.mark.parametrize("arguments", [
    ("frobnicate",), ("--frobnicate",), ("sbom",), ("sbom", "--frobnicate", "image"),
    ("sbom", "-x", "image"), ("sbom", "image", "other"), ("sbom", "image", "--platform"),
    ("sbom", "image", "-o"), ("sbom", "image", "-o", "pdf"), ("sbom", "image", "-o", ""),
    ("sbom", "image", "-o", "=x"), ("sbom", "image", "-o", "spdx-json="),
    ("sbom", "image", "-o", "SPDX-JSON"), ("sbom", "image", "--files", "some"),
    ("sbom", "image", "--files", ""), ("sbom", "image", "--threads", "-1"),
    ("sbom", "image", "--threads", "many"), ("sbom", "image", "--threads", "1.5"),
    ("sbom", "image", "--threads", "99999999999999999999"), ("sbom", "image", "--platform", ""),
    ("sbom", "image", "--platform", "linux"), ("sbom", "image", "--platform", "a/b/c/d"),
    ("sbom", "image", "--platform", "linux/" + "x" * 1000), ("sbom", ""),
    ("sbom", "image", "--platform", "linux/amd64", "--all-platforms"),
    ("sbom", "image", "--all-platforms=yes"), ("version", "--yaml"), ("version", "1", "2")])
def test_wrong_command_lines(waybill, folder, arguments):
    wrong(waybill, folder, *arguments)


def test_the_line_says_what_is_wrong(waybill, folder):
    assert "--frobnicate" in wrong(waybill, folder, "sbom", "--frobnicate", "image")
    text = wrong(waybill, folder, "sbom", "image", "-o", "pdf")
    assert "pdf" in text and all(name in text for name in FORMATS)
    assert "some" in wrong(waybill, folder, "sbom", "image", "--files", "some")
    assert "frobnicate" in wrong(waybill, folder, "frobnicate")


@pytest.mark.parametrize("text", ["\x1b[31mred", "a\nwaybill: all is well", "\r\x07", "\x7f", "é\xff"])
def test_control_characters_do_not_reach_the_terminal(waybill, folder, text):
    """program.py checks each line; an argument must not make two of one."""
    text = text.encode("latin1", "replace") if "\xff" in text else text
    for arguments in ((text,), ("sbom", text), ("sbom", "image", "-o", text),
                      ("sbom", "image", "--files", text), ("sbom", "image", "--platform", text),
                      ("sbom", "image", "extra", text), ("version", text)):
        run = waybill.run(*arguments, cwd=folder)
        assert run.code in (USAGE, BAD_INPUT, SYSTEM) and len(run.lines) == 1, run


def test_two_documents_for_one_place(waybill, folder):
    for both in (("spdx-json", "cyclonedx-json"), ("spdx-json=-", "table"), ("table=-", "table=-"),
                 ("spdx-json=x", "cyclonedx-json=x")):
        text = wrong(waybill, folder, "sbom", "image", "-o", both[0], "-o", both[1])
        assert "standard output" in text or "to x" in text


def test_two_documents_for_one_file_by_two_names(waybill, folder):
    """./x and x: the second would take the place of the first."""
    (folder / "d").mkdir()
    os.symlink("d", folder / "e")
    for one, other in (("x", "./x"), ("d/x", "e/x"), ("d/../x", f"{folder}/x"), ("image/y", "image//y")):
        run = waybill.run("sbom", "image", "-o", f"spdx-json={one}", "-o", f"table={other}",
                          cwd=folder)
        assert run.code == USAGE and outputs(folder) == ["d", "e"], run
    os.symlink("target", folder / "link")
    (folder / "target").write_text("")
    run = waybill.run("sbom", "image", "-o", "spdx-json=link", "-o", "table=target", cwd=folder)
    assert run.code == USAGE and (folder / "target").read_text() == ""


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


# ---- version -------------------------------------------------------------------------------------

def test_version(waybill):
    plain = waybill.run("version").stdout.decode()
    assert re.fullmatch(r"waybill \d+\.\d+\.\d+\S*\n", plain)
    assert waybill.run("--version").stdout.decode() == plain
    known = json.loads(waybill.run("version", "--json").stdout)
    assert plain == f"{known['name']} {known['version']}\n"


# ---- progress, notes, warnings -------------------------------------------------------------------

def big_image(folder):
    """Enough work for the progress line: two hundred megabytes of noise, not compressed."""
    noise = os.urandom(1 << 20)
    layer = layers()[0]
    for number in range(200):
        layer.file(f"srv/{number}", noise)
    return images.write_oci(folder, [layer], kind="none")


def test_progress_is_silent_in_a_pipe(waybill, tmp_path):
    run = waybill.sbom(big_image(tmp_path / "big"), "-o", "table")
    assert run.stderr == ""


@pytest.mark.parametrize("quiet", [False, True])
def test_progress_on_a_terminal(waybill, tmp_path, quiet):
    """It is there, is written over, and is gone at the end; --quiet keeps it away."""
    reference = big_image(tmp_path / "big")
    main, terminal = pty.openpty()
    child = subprocess.Popen([waybill.path, "sbom", reference, "-o", "table", "--threads", "1",
                              *(["--quiet"] if quiet else [])], stdout=subprocess.DEVNULL,
                             stderr=terminal, env=waybill.environment())
    os.close(terminal)
    shown = b""
    while select.select([main], [], [], 60)[0]:
        try:
            part = os.read(main, 65536)
        except OSError:
            break
        if not part:
            break
        shown += part
    os.close(main)
    assert child.wait(timeout=60) == OK
    if quiet:
        assert shown == b""
        return
    assert b"reading layers" in shown and b"%)" in shown
    assert b"\n" not in shown
    assert shown.endswith(b"\r\x1b[K"), shown[-50:]


def test_quiet_keeps_warnings(waybill, tmp_path):
    reference = images.write_oci(tmp_path / "image", [])
    run = waybill.sbom(reference, "-o", "table", "-q")
    assert run.warnings and run.lines == run.warnings


def test_findings_are_in_the_documents(waybill, tmp_path):
    reference = images.write_oci(tmp_path / "image", [*layers(),
                                                      Layer().whiteout("var/lib/dpkg")])
    for document in (waybill.spdx(reference), waybill.cyclonedx(reference)):
        assert document.run.warnings
        for line in document.run.warnings:
            text = line.removeprefix("waybill: warning: ")
            assert any(text in finding for finding in document.findings), (text, document.findings)
    table = waybill.sbom(reference, "-o", "table")
    assert b"deleted by layer 2" in table.stdout


def test_paths_that_are_not_utf8(waybill, tmp_path):
    """The reference and the name taken from it stand in the document; errors name it too."""
    folder = os.fsencode(tmp_path) + b"/caf\xe9-\x1b[31m"
    images.write_oci(os.fsdecode(folder), layers())
    for document in (waybill.spdx(folder), waybill.cyclonedx(b"oci:" + folder)):
        assert document.primary["name"] == "caf\\xe9-\\x1b[31m"
    assert waybill.sbom(folder).stdout.decode("utf-8")
    os.remove(os.path.join(folder, b"index.json"))
    waybill.refuses(b"oci:" + folder, tmp_path)


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
