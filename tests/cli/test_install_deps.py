# SPDX-License-Identifier: Apache-2.0
"""scripts/install-deps where there is dnf and no apt: Fedora and its like, played by two small programs."""
import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOLS = "bash cat cmake dirname env grep head id mkdir rm sed sort tail uname".split()

DNF = """#!/bin/sh
echo "$*" >>"$PLAYED/dnf.log"
for word; do
    case $word in
    -* | install) ;;
    unknown*) echo "Error: Unable to find a match: $word" >&2; exit 1 ;;
    *) echo "$word" >>"$PLAYED/installed" ;;
    esac
done
"""
RPM = """#!/bin/sh
for word; do name=$word; done
grep -qxF "$name" "$PLAYED/installed"
"""


@pytest.fixture
def fedora(tmp_path):
    """Runs a copy of the script with a PATH that has dnf and rpm but no apt-get."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in TOOLS:
        os.symlink(shutil.which(name), tools / name)
    for name, text in {"dnf": DNF, "rpm": RPM}.items():
        (tools / name).write_text(text)
        (tools / name).chmod(0o755)
    if os.getuid() != 0:
        (tools / "sudo").write_text('#!/bin/sh\nexec "$@"\n')
        (tools / "sudo").chmod(0o755)
    (tmp_path / "installed").touch()
    scripts = tmp_path / "project" / "scripts"
    scripts.mkdir(parents=True)
    shutil.copy(ROOT / "scripts" / "install-deps", scripts)

    def run(*arguments):
        return subprocess.run([scripts / "install-deps", *arguments], text=True, capture_output=True,
                              env={"PATH": str(tools), "PLAYED": str(tmp_path)}, check=False)

    run.place = tmp_path
    return run


def test_says_what_is_missing_and_installs_nothing(fedora):
    done = fedora("--build-only", "--dry-run")
    assert done.returncode == 1
    assert "librpm" not in done.stdout and " rpm-devel " in done.stdout
    assert not (fedora.place / "dnf.log").exists()


def test_installs_by_dnf_and_only_once(fedora):
    done = fedora("--build-only")
    assert done.returncode == 0, done.stderr
    assert "installing: " in done.stdout
    log = (fedora.place / "dnf.log").read_text()
    assert log.startswith("-q -y install ")
    for name in ("libarchive-devel", "openssl-devel", "isa-l-devel", "rpm-devel", "uthash-devel"):
        assert f" {name}" in log
    assert "-dev " not in log, "a Debian name went to dnf"
    again = fedora("--build-only")
    assert again.returncode == 0 and "installing" not in again.stdout
    assert (fedora.place / "dnf.log").read_text() == log


def test_a_package_that_dnf_does_not_know(fedora):
    script = fedora.place / "project" / "scripts" / "install-deps"
    script.write_text(script.read_text().replace(" popt-devel ", " unknown-devel "))
    done = fedora("--build-only")
    assert done.returncode == 1
    assert "Unable to find a match: unknown-devel" in done.stderr
    assert "dnf could not install" in done.stderr and "EPEL" in done.stderr


def test_neither_of_the_two(fedora):
    (fedora.place / "bin" / "dnf").unlink()
    done = fedora("--build-only")
    assert done.returncode == 1
    assert "neither apt-get nor dnf" in done.stderr
