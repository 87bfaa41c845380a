# SPDX-License-Identifier: Apache-2.0
"""The manual pages say what the program's own help says, no more and no less."""
import glob
import os
import re
import shutil
import subprocess

import pytest

DOCS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs")
PAGES = sorted(os.path.basename(path) for path in glob.glob(os.path.join(DOCS, "*.1")))
COMMAND_PAGES = [name for name in PAGES if name != "waybill.1"]


def page(name):
    with open(os.path.join(DOCS, name), encoding="utf-8") as file:
        return file.read()


def described_options(text):
    """The names of each option that is described; mdoc writes --files as `Fl -files`."""
    return [{"-" + name for name in re.findall(r"(?:Fl|,) (-?[a-z][a-z0-9-]*)", line)}
            for line in re.findall(r"^\.It (Fl .*)$", text, re.MULTILINE)]


def offered_options(help_text):
    return {name for line in re.findall(r"^ +(-.*)$", help_text, re.MULTILINE)
            for name in re.findall(r"(?:^|(?<=, ))--?[a-z][a-z0-9-]*", line)}


@pytest.mark.parametrize("name", COMMAND_PAGES)
def test_every_option_is_described_and_no_other(waybill, name):
    command = name.removeprefix("waybill-").removesuffix(".1")
    offered = offered_options(waybill.run(command, "--help").stdout.decode())
    assert "--help" in offered
    assert set().union(*described_options(page(name))) == offered


@pytest.mark.parametrize("name", COMMAND_PAGES)
def test_the_synopsis_has_every_option(name):
    text = page(name)
    synopsis = text[text.index(".Sh SYNOPSIS"):text.index(".Sh DESCRIPTION")]
    mentioned = {"-" + option for option in re.findall(r"\bFl (-?[a-z][a-z0-9-]*)", synopsis)}
    for names in described_options(text):
        assert names & mentioned, names


def test_every_command_is_described_and_no_other(waybill):
    help_text = waybill.run("--help").stdout.decode()
    listed = help_text[help_text.index("Commands:"):help_text.index("`waybill COMMAND")]
    commands = set(re.findall(r"^  ([a-z-]+) ", listed, re.MULTILINE))
    described = set(re.findall(r"^\.It Cm ([a-z-]+)$", page("waybill.1"), re.MULTILINE))
    assert described == commands | {"help"}
    assert {"waybill-" + command + ".1" for command in commands - {"version"}} == set(COMMAND_PAGES)


def test_the_exit_codes_are_those_of_the_help(waybill):
    help_text = " ".join(waybill.run("--help").stdout.decode().split())
    stated = re.findall(r"(\d) [a-z]", help_text[help_text.index("Exit status:"):])
    assert re.findall(r"^\.It (\d)$", page("waybill.1"), re.MULTILINE) == stated


@pytest.mark.parametrize("name", PAGES)
def test_mandoc_has_no_complaint(name):
    if shutil.which("mandoc") is None:
        pytest.skip("SKIPPED: no mandoc on this machine")
    done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", os.path.join(DOCS, name)],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
