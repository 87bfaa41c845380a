# SPDX-License-Identifier: Apache-2.0
"""The command line: help, wrong options, notes and progress."""
import json
import os
import pty
import re
import select
import subprocess

import images
import pytest
from layers import Layer
from program import BAD_INPUT, FORMATS, OK, SYSTEM, USAGE
from runs import layers, outputs, wrong
from runs import folder  # noqa: F401  (a fixture)


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
