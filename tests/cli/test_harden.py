# SPDX-License-Identifier: Apache-2.0
"""Steps for a Dockerfile: a Debian root file system to which they were done has none of the findings
that they are for, and runs what it ran before."""
import os
import shutil
import struct
import subprocess

import hardening
import pytest
from debian_images import ENVIRONMENT
from hardening import Steps, audit, harden
from images import Image, single
from layers import Layer
from program import BAD_INPUT, USAGE, assert_one_error_line
from signatures import read

KEEP = ("--keep", "/usr/bin/find")


class Root:
    def __init__(self, path):
        self.path = str(path)

    def write(self, name, data):
        path = os.path.join(self.path, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data)


def plant(root):
    """One finding, or more, for each step there is."""
    root.write("opt/app/it's here", b"x\n")
    os.chmod(os.path.join(root.path, "opt/app/it's here"), 0o666)
    os.mkdir(os.path.join(root.path, "opt/app/open"))
    os.chmod(os.path.join(root.path, "opt/app/open"), 0o777)
    root.write("opt/app/lost", b"x\n")
    os.chown(os.path.join(root.path, "opt/app/lost"), 54321, 54321)
    root.write("opt/app/half lost", b"x\n")
    os.chown(os.path.join(root.path, "opt/app/half lost"), 1, 54321)
    root.write("usr/local/bin/as-root", b"#!/bin/sh\n")
    os.chmod(os.path.join(root.path, "usr/local/bin/as-root"), 0o4755)
    root.write("opt/app/capable", b"#!/bin/sh\n")
    os.chmod(os.path.join(root.path, "opt/app/capable"), 0o755)
    os.setxattr(os.path.join(root.path, "opt/app/capable"), "security.capability",
                struct.pack("<IIIII", 0x02000001, 1 << 13, 0, 0, 0))
    os.mknod(os.path.join(root.path, "opt/app/node"), 0o020600, os.makedev(1, 3))
    for name in ("etc/cron.d/job", "etc/systemd/system/own.service", "etc/init.d/own",
                 "etc/ssh/ssh_host_rsa_key", "root/.ssh/authorized_keys", "var/log/app.log",
                 "tmp/left", "var/cache/apt/left", "usr/share/doc/own/README",
                 "etc/modules-load.d/own.conf", "home/user/file"):
        root.write(name, b"something\n")
    root.write("etc/fstab", b"/dev/sda1 / ext4 defaults 0 1\n")
    root.write("etc/sysctl.d/own.conf", b"kernel.sysrq = 1\n")
    for name, lines in (("passwd", "toor:x:0:0::/root:/bin/sh\nuser:x:1000:1000::/home/user:/bin/bash\n"
                                   "open::1001:1001::/:/bin/sh\n"
                                   "daemon2:$1$salt$AAAAAAAAAAAAAAAAAAAAAA:1002:1::/:/bin/false\n"),
                        ("shadow", "toor:$1$salt$AAAAAAAAAAAAAAAAAAAAAA:1::::::\nuser:::::::\n")):
        with open(os.path.join(root.path, "etc", name), "a", encoding="utf-8") as file:
            file.write(lines)
    os.chown(os.path.join(root.path, "home/user/file"), 1000, 1000)


@pytest.fixture(scope="module")
def hardened(waybill):
    with hardening.new_root() as (root, _):
        plant(root)
        before = audit(waybill, f"dir:{root.path}", *KEEP)
        steps = harden(waybill, f"dir:{root.path}", *KEEP)
        steps.run_in(root)
        yield before, steps, audit(waybill, f"dir:{root.path}", *KEEP), root


def test_every_kind_of_step_is_needed(hardened):
    before, steps, _, _ = hardened
    assert {"setuid-file", "setuid-added", "file-capability", "world-writable-file",
            "world-writable-directory", "file-without-owner", "device-node", "cron-job",
            "service-unit", "init-script", "fstab-entry", "kernel-setting", "kernel-module",
            "ssh-host-key", "authorized-keys", "password-empty", "password-weak", "account-shell",
            "account-unexpected", "uid-zero", "package-cache", "log-file", "temporary-file",
            "documentation", "unneeded-package"} <= steps.named & set(before["by_check"])


def test_what_the_steps_are_for_is_gone(hardened):
    _, steps, after, _ = hardened
    gone = steps.named - steps.left - {"unneeded-package"}
    assert {name: after["by_check"][name] for name in gone if name in after["by_check"]} == {}
    # What is left had been said to be left.
    assert set(after["by_check"]) <= steps.left | {"unneeded-package"}


def test_other_programs_find_nothing_either(hardened):
    _, _, _, root = hardened
    found = subprocess.run(
        ["chroot", root.path, "/usr/bin/find", "/", "-xdev", "-path", "/dev", "-prune", "-o", "(",
         "-type", "f", "-perm", "/6002", "-o", "-type", "d", "-perm", "-2", "!", "-perm", "-1000",
         "-o", "-nouser", "-o", "-nogroup", "-o", "-type", "c", "-o", "-type", "b", ")", "-print"],
        env=ENVIRONMENT, capture_output=True, text=True, check=True)
    assert found.stdout == ""
    found = subprocess.run(["getcap", "-r", root.path], capture_output=True, text=True, check=True)
    assert found.stdout == ""
    with open(os.path.join(root.path, "etc/passwd"), encoding="utf-8") as file:
        assert {line.rstrip("\n").split(":")[6] for line in file} == {"/usr/sbin/nologin"}
    with open(os.path.join(root.path, "etc/shadow"), encoding="utf-8") as file:
        assert {line.split(":")[1] for line in file} <= {"!", "*"}
    for name in ("cron.d", "init.d", "sysctl.d", "modules-load.d", "systemd/system"):
        folder = os.path.join(root.path, "etc", name)
        assert not os.path.isdir(folder) or not [
            names for _, _, names in os.walk(folder) if set(names) - {".placeholder"}]


def test_who_is_known_keeps_his_files(hardened):
    """Only the group had been of nobody; and what root owns was not touched for `toor`'s sake."""
    _, steps, _, root = hardened
    status = os.stat(os.path.join(root.path, "opt/app/half lost"))
    assert status.st_gid == 0
    assert any("! -user 0 \\( " in step for step in steps.runs)


def test_steps_need_no_more_than_busybox(waybill, tmp_path):
    program = shutil.which("busybox")
    if program is None:
        pytest.skip("SKIPPED: there is no busybox")
    root = Root(tmp_path / "root")
    for name in ("sh", "chmod", "chown", "chgrp", "cp", "mv", "find", "rm", "sed", "ls"):
        root.write("bin/" + name, read(program))
        os.chmod(os.path.join(root.path, "bin", name), 0o755)
    root.write("etc/passwd", b"root:x:0:0::/root:/bin/sh\n")
    root.write("etc/shadow", b"root:*:1::::::\n")
    root.write("etc/group", b"root:x:0:\n")
    root.write("dev/null", b"")
    plant(root)
    keep = ("--keep", "/bin/sh")
    steps = harden(waybill, f"dir:{root.path}", *keep)
    steps.run_in(root)
    after = audit(waybill, f"dir:{root.path}", *keep)
    assert len(steps.named) > 20 and set(after["by_check"]) <= steps.left


def test_packages_that_went_are_no_longer_listed(hardened):
    before, _, after, root = hardened
    safe = {one["name"] for one in before["unneededPackages"] if "caution" not in one}
    assert len(safe) > 10 and "apt" in safe
    assert not safe & set(hardening.unneeded(after))
    assert not safe & {row[0] for row in root.query() if row[3] == "installed"}


def test_what_is_kept_still_runs(hardened):
    _, _, _, root = hardened
    done = subprocess.run(["chroot", root.path, "/usr/bin/find", "/etc/passwd"], env=ENVIRONMENT,
                          capture_output=True, text=True, check=True)
    assert done.stdout == "/etc/passwd\n"


def test_nothing_in_the_image_changes(tmp_path, waybill):
    """And names that could end a line, or a quotation, of a Dockerfile stay out of the steps."""
    layer = (Layer().directory("usr").file("usr/good", b"x", mode=0o4755)
             .file(b"usr/a\nRUN touch x", b"x", mode=0o4755)
             .file("usr/a' && touch x '", b"x", mode=0o4755)
             .file("usr/back\\", b"x", mode=0o4755)
             .file("usr/a<<EOF", b"x", mode=0o4755))
    image = Image([layer])
    image.config["config"].update(Entrypoint=["/usr/good"], User="a\nRUN touch x")
    single(image).write(tmp_path / "image")
    files = {path: path.read_bytes() for path in (tmp_path / "image").rglob("*") if path.is_file()}
    steps = harden(waybill, f"oci:{tmp_path}/image")
    assert files == {path: path.read_bytes() for path in (tmp_path / "image").rglob("*")
                     if path.is_file()}
    assert steps.runs == ["chmod a-s \\\n    '/usr/a'\\'' && touch x '\\''' \\\n    '/usr/good'"]
    assert steps.users == ["0"]
    assert "setuid-file" in steps.left


def test_user(tmp_path, waybill):
    image = Image([Layer().directory("usr").file("usr/good", b"x", mode=0o755)])
    image.config["config"]["Entrypoint"] = ["/usr/good"]
    single(image).write(tmp_path / "root")
    assert harden(waybill, f"oci:{tmp_path}/root").users == ["0", "10001:10001"]
    image.config["config"]["User"] = "1000"
    single(image).write(tmp_path / "user")
    assert harden(waybill, f"oci:{tmp_path}/user").users == ["0", "1000"]


def test_output_file(tmp_path, waybill):
    (tmp_path / "root").mkdir()
    target = tmp_path / "Dockerfile.hardened"
    run = waybill.run("harden", "--dockerfile", "-o", str(target), f"dir:{tmp_path}/root")
    assert run.code == 0 and run.stdout == b"", run
    assert Steps(target.read_text()).users == ["0"]


def test_wrong_command_lines(tmp_path, waybill):
    (tmp_path / "root").mkdir()
    for arguments, code in (((f"dir:{tmp_path}/root",), USAGE), (("--dockerfile",), USAGE),
                            (("--dockerfile", "--skip", "no-such", f"dir:{tmp_path}/root"), USAGE),
                            (("--dockerfile", f"oci:{tmp_path}/root"), BAD_INPUT)):
        run = waybill.run("harden", *arguments)
        assert run.code == code, run
        assert_one_error_line(run)
