# SPDX-License-Identifier: Apache-2.0
"""Packages that nothing the image runs needs: in real Debian root file systems they are removed, and
what is kept is run again; in small ones each rule is seen by itself."""
import contextlib
import os
import shutil
import stat
import subprocess

import hardening
import pytest
from debian_images import ENVIRONMENT
from debs import DpkgRoot
from hardening import SCRIPT, audit, compiled, listed, reference, unneeded
from rpms import RpmDatabase, run


# ---- real root file systems ----------------------------------------------------------------------

@pytest.fixture(scope="module")
def debian():
    with hardening.new_root() as (root, source):
        root.apt_install(*[deb for deb in source.debs("packages")
                           if os.path.basename(deb).split("_")[0] != "nano"])
        yield root


def owners(root):
    """Which packages list which files."""
    found = {}
    info = os.path.join(root.path, "var/lib/dpkg/info")
    for name in os.listdir(info):
        if name.endswith(".list"):
            with open(os.path.join(info, name), encoding="utf-8") as file:
                for line in file:
                    path = line.rstrip("\n")
                    real = root.real(os.path.dirname(path)) + "/" + os.path.basename(path)
                    found.setdefault(real, set()).add(name[:-5].split(":")[0])
    return found


@contextlib.contextmanager
def files_put_aside(root, packages):
    """Without any file and link that only these packages have: as if dpkg had removed them, which
    refuses to remove itself, the shell and so on. Yields how many."""
    aside, moved = root.path + ".aside", []
    os.mkdir(aside)
    for path, names in owners(root).items():
        place = root.path + path
        if names <= packages and (os.path.islink(place) or os.path.isfile(place)):
            moved.append((place, os.path.join(aside, str(len(moved)))))
    try:
        for place, other in moved:
            os.rename(place, other)
        yield len(moved)
    finally:
        for place, other in moved:
            os.rename(other, place)
        os.rmdir(aside)


@pytest.mark.parametrize("command, kept, output", [
    (("/usr/bin/find", "/etc/passwd"), ("/usr/bin/find",), "/etc/passwd\n"),
    (("/usr/bin/jq", "-n", "1+1"), ("jq",), "2\n"),
    (("/usr/bin/perl", "-e", "print qq(perl\\n)"), ("/usr/bin/perl",), "perl\n"),
    (("/bin/sh", "-c", "grep -c root: /etc/passwd"), ("/bin/sh", "/bin/grep"), "1\n"),
])
def test_what_is_kept_runs_without_the_others(waybill, debian, command, kept, output):
    keep = [word for one in kept for word in ("--keep", one)]
    names = set(unneeded(audit(waybill, f"dir:{debian.path}", *keep)))
    assert len(names) > 20
    with files_put_aside(debian, names) as count:
        assert count > 1000
        done = subprocess.run(["chroot", debian.path, *command], env=ENVIRONMENT, text=True,
                              capture_output=True, stdin=subprocess.DEVNULL, check=False)
    assert done.returncode == 0 and done.stdout == output, done


def test_needed_libraries_as_ldd_sees_them(waybill, debian):
    """Of every program of /usr/bin that is kept, ldd's libraries belong to packages that stay."""
    programs = []
    for name in sorted(os.listdir(os.path.join(debian.path, "usr/bin")))[:200:8]:
        path = os.path.join(debian.path, "usr/bin", name)
        if stat.S_ISREG(os.lstat(path).st_mode):
            programs.append("/usr/bin/" + name)
    report = audit(waybill, f"dir:{debian.path}",
                   *[word for one in programs for word in ("--keep", one)])
    gone, listed = set(unneeded(report)), owners(debian)
    done = subprocess.run(["chroot", debian.path, "ldd", *programs], env=ENVIRONMENT, text=True,
                          capture_output=True, check=False)
    libraries = {word for line in done.stdout.splitlines() for word in line.split()
                 if word.startswith("/") and not word.endswith(":")}
    assert len(libraries) > 5
    for library in libraries:
        real = debian.real(os.path.dirname(library)) + "/" + os.path.basename(library)
        assert not listed.get(real, set()) & gone, library


def test_dpkg_removes_them_in_this_order(waybill, debian):
    """Without --force, some one by one: nothing that is still there needs what goes. The last test of
    this root, which is not the same afterwards."""
    report = audit(waybill, f"dir:{debian.path}", "--keep", "/usr/bin/find")
    safe = [one["name"] for one in report["unneededPackages"] if "caution" not in one]
    assert len(safe) > 15
    cautions = [one["name"] for one in report["unneededPackages"] if "caution" in one]
    assert unneeded(report) == safe + cautions
    assert {"bash", "dpkg", "perl-base"} <= set(cautions)
    for name in safe[:5]:
        debian.dpkg("--purge", name)
    debian.dpkg("--purge", *safe[5:])
    assert debian.inside("/usr/bin/find", "/etc/passwd") == "/etc/passwd\n"


# ---- small images --------------------------------------------------------------------------------

@pytest.fixture(name="root")
def root_of_small_packages(tmp_path, make_deb):
    return hardening.small_root(tmp_path / "root", make_deb)


def test_leaves_come_first(waybill, root, tmp_path):
    found = listed(waybill, root, tmp_path, Entrypoint=["/usr/bin/app"])
    assert found == ["extra", "tool", "alpha", "libextra"]


def test_forms_of_entry_points(waybill, root, tmp_path):
    for config in (dict(Entrypoint=["app"]), dict(Cmd=["/usr/bin/app"]),
                   dict(Cmd=["app"], WorkingDir="/usr/bin", Env=["PATH=/usr/bin"]),
                   dict(Cmd=["./app"], WorkingDir="/usr/bin"),
                   dict(Entrypoint=["/bin/sh", "-c", "exec app --verbose"]),
                   dict(Entrypoint=["/bin/sh", "-c"], Cmd=["A=1 /usr/bin/app|cat"]),
                   dict(Entrypoint=["/bin/sh"], Cmd=["/usr/bin/app"])):
        assert listed(waybill, root, tmp_path, **config) == ["extra", "tool", "alpha", "libextra"]


def test_scripts(waybill, root, tmp_path):
    """Commands of shell scripts, comments left out, and scripts that scripts run."""
    path = os.path.join(root.path, "start.sh")
    with open(path, "w", encoding="utf-8") as file:
        file.write("#!/bin/sh\n# extra\nif ! app; then\n  /usr/bin/tool \"$@\"\nfi\n")
    os.chmod(path, 0o755)
    assert listed(waybill, root, tmp_path, Entrypoint=["/start.sh"]) == ["extra", "alpha",
                                                                         "libextra"]


def test_keep(waybill, root, tmp_path):
    entry = dict(Entrypoint=["/usr/bin/app"])
    assert listed(waybill, root, tmp_path, "--keep", "extra", **entry) == ["tool"]
    assert listed(waybill, root, tmp_path, "--keep", "/usr/bin/tool", "--keep",
                  "/usr/share/doc/libextra", **entry) == ["extra", "alpha"]
    assert listed(waybill, root, tmp_path, "--keep", "/usr", **entry) == []


def test_inconclusive(waybill, root, tmp_path):
    for number, (arguments, config, reason) in enumerate((
            ((), {}, "neither entry point nor command"),
            ((), dict(Entrypoint=["/no/such"]), "/no/such"),
            (("--keep", "nothing"), dict(Entrypoint=["app"]), "nothing, which is to be kept"),
            ((), dict(Entrypoint=["/long.sh"]), "/long.sh"))):
        path = os.path.join(root.path, "long.sh")
        with open(path, "wb") as file:
            file.write(SCRIPT + b"true\n" * 20000)
        os.chmod(path, 0o755)
        report = audit(waybill, reference(root, tmp_path / f"image{number}", **config), *arguments)
        check = report["states"]["unneeded-package"]
        assert check["state"] == "inconclusive" and reason in check["detail"], check
        assert unneeded(report) == [] and "unneeded-package" not in report["by_check"]


def test_search_paths_of_libraries(waybill, tmp_path, make_deb):
    """DT_RUNPATH counts for the program alone, DT_RPATH for its libraries as well, both in front of
    the directories that need not be named."""
    if shutil.which("gcc") is None:
        pytest.skip("SKIPPED: no gcc here")
    folder = str(tmp_path)
    library = ("-shared", "-fPIC", "-nostdlib")
    deep = compiled(folder, "libdeep.so", "int deep(void) { return 1; }", *library)
    near = compiled(folder, "libnear.so", "int deep(void); int near(void) { return deep(); }",
                    *library, "-L.", "-ldeep")
    for tag, expected in (("--disable-new-dtags", {"usual", "other"}),
                          ("--enable-new-dtags", {"hidden", "other"})):
        program = compiled(folder, "program", "int near(void); int main(void) { return near(); }",
                           "-L.", "-lnear", "-Wl,--allow-shlib-undefined",
                           f"-Wl,{tag},-rpath,$ORIGIN/../lib")
        root = DpkgRoot(tmp_path / tag)
        root.install(make_deb("program" + tag, files={"opt/app/bin/program": program}),
                     make_deb("near" + tag, files={"opt/app/lib/libnear.so": near}),
                     make_deb("hidden" + tag, files={"opt/app/lib/libdeep.so": deep}),
                     make_deb("usual" + tag, files={"usr/lib/libdeep.so": deep}),
                     make_deb("other" + tag, files={"usr/lib/other/libdeep.so": deep}))
        os.chmod(os.path.join(root.path, "opt/app/bin/program"), 0o755)
        found = listed(waybill, root, tmp_path, Entrypoint=["/opt/app/bin/program"])
        assert {name.removesuffix(tag) for name in found} == expected, tag


def test_rpm(waybill, tmp_path, make_rpm):
    """rpm erases them one by one, in this order, and checks the dependencies itself."""
    root = tmp_path / "root"
    packages = [make_rpm("app", header="Requires: libapp", files={"/usr/bin/app": SCRIPT}),
                make_rpm("libapp"), make_rpm("alpha", header="Provides: letters"),
                make_rpm("extra", header="Requires: letters\nRequires: zeta"), make_rpm("zeta"),
                make_rpm("weak", header="Recommends: app")]
    database = root / "usr/lib/sysimage/rpm"
    rpms = RpmDatabase(database)
    rpms.install(*packages)
    rpms.sqlite()
    (root / "usr/bin").mkdir()
    (root / "usr/bin/app").write_bytes(SCRIPT)
    (root / "usr/bin/app").chmod(0o755)
    report = audit(waybill, f"dir:{root}", "--keep", "/usr/bin/app")
    assert unneeded(report) == ["extra", "weak", "alpha", "zeta"]
    steps = hardening.harden(waybill, f"dir:{root}", "--keep", "/usr/bin/app")
    assert "rpm -e \\\n    extra \\\n    weak \\\n    alpha \\\n    zeta" in steps.runs
    for name in unneeded(report):
        run("rpm", "--dbpath", str(database), "--justdb", "--noscripts", "-e", name)
