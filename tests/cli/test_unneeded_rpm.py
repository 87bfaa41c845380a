# SPDX-License-Identifier: Apache-2.0
"""A root directory in which rpm has installed real programs with their libraries: rpm removes what is
listed as unneeded, and the entry point is run in it before and after."""
import os
import re
import shutil
import subprocess

import pytest
from hardening import audit, compiled, reference, unneeded
from layers import snapshot
from rpms import build_rpm, run

CHROOT = shutil.which("chroot", path="/usr/sbin:/usr/bin:/sbin:/bin")
PLUGIN_NOTE = '"[{\\"soname\\":[\\"libplugin.so.1\\"],\\"priority\\":\\"recommended\\"}]"'
GREET = """
#include <dlfcn.h>
#include <stdio.h>
static const struct { unsigned sizes[3]; char owner[4]; char text[sizeof %(note)s]; } note
    __attribute__((used, aligned(4), section(".note.dlopen"))) =
    {{4, sizeof %(note)s, 0x407c0c0a}, "FDO", %(note)s};
const char *greeting(void);
int main(void)
{
    char line[80] = "";
    FILE *file = fopen("/usr/share/greet/name", "r");
    void *plugin = dlopen("libplugin.so.1", RTLD_NOW);
    if (file == NULL || plugin == NULL || fgets(line, sizeof line, file) == NULL)
        return 1;
    return printf("%%s, %%s%%s\\n", greeting(), line,
                  ((const char *(*)(void))dlsym(plugin, "mark"))()) < 0;
}
""" % {"note": PLUGIN_NOTE}
START = "#!/bin/sh\n# extra\n: ${PROGRAM_FOLDER:=/usr/bin}\nexec ${PROGRAM_FOLDER}/greet\n"


def libraries_of(path):
    """What ldd finds for a program of this machine: path as the program has it -> content."""
    text = run("ldd", path)
    found = {}
    for name in re.findall(r"(?:=> )?(/\S+) \(0x", text):
        with open(name, "rb") as file:
            found[name] = file.read()
    return found


class Root:
    def __init__(self, path):
        self.path = str(path)
        os.makedirs(self.path)

    def rpm(self, *arguments):
        return run("rpm", "--root", self.path, "--dbpath", "/var/lib/rpm", *arguments)

    def snapshot(self):
        return {path: value for path, value in snapshot(self.path).items()
                if not path.endswith(b".rpm.lock")}

    def start(self):
        """What the entry point prints in the root directory."""
        done = subprocess.run([CHROOT, self.path, "/usr/local/bin/start"], capture_output=True,
                              text=True, check=False, env={"PATH": "/usr/bin:/bin"})
        assert done.returncode == 0, done
        return done.stdout


def build(folder, name, files=None, **more):
    header = "\n".join(f"{key}: {value}" for key, value in more.items()) + "\nAutoReqProv: no"
    files = files or {f"/usr/share/{name}/text": name}
    return build_rpm(folder, name, arch="x86_64", header=header, files=files,
                     attributes={path: "%attr(755,root,root)" for path in files})


@pytest.fixture(name="root")
def root_with_programs(tmp_path):
    """start (of no package), a shell script -> greet -> libgreet, by a file of /etc/ld.so.conf.d; a
    library by dlopen; data by a dependency. No rpm says which libraries it needs."""
    if os.geteuid() != 0 or os.uname().machine != "x86_64":
        pytest.skip("SKIPPED: only root can let rpm work in a root directory, here with x86_64 programs")
    for tool in ("gcc", "ldconfig", "ldd", "dash"):
        if shutil.which(tool, path=os.environ["PATH"] + ":/sbin:/usr/sbin") is None:
            pytest.skip(f"SKIPPED: no {tool} here")
    folder = str(tmp_path / "made")
    os.mkdir(folder)
    shared = ("-shared", "-fPIC")
    library = compiled(folder, "libgreet.so.1", 'const char *greeting(void) { return "Hello"; }',
                       *shared, "-Wl,-soname,libgreet.so.1")
    plugin = compiled(folder, "libplugin.so.1", 'const char *mark(void) { return "!"; }', *shared)
    greet = compiled(folder, "greet", GREET, "-L.", "-l:libgreet.so.1", "-ldl",
                     "-Wl,--allow-shlib-undefined")
    shell = os.path.realpath(shutil.which("dash"))
    with open(shell, "rb") as file:
        dash = file.read()
    static = compiled(folder, "static", "int main(void) { return 0; }", "-static")
    root = Root(tmp_path / "root")
    root.rpm("-U", "--nosignature", *[
        build(folder, "libc", libraries_of(shell)), build(folder, "shell", {"/bin/sh": dash}),
        build(folder, "greet", {"/usr/bin/greet": greet}, Requires="greet-data"),
        build(folder, "greet-data", {"/usr/share/greet/name": "World"}),
        build(folder, "libgreet", {"/opt/greet/lib/libgreet.so.1": library}),
        build(folder, "greet-linker", {"/etc/ld.so.conf.d/greet.conf": "/opt/greet/lib\n"}),
        build(folder, "plugin", {"/usr/lib/libplugin.so.1": plugin}),
        build(folder, "libgreet-old", {"/opt/old/lib/libgreet.so.1": library}),
        build(folder, "static", {"/usr/bin/static": static}),
        build(folder, "extra", {"/usr/bin/extra": greet}, Requires="extra-data >= 1"),
        build(folder, "extra-data", Recommends="greet"),
        build(folder, "docs", Supplements="greet", Requires="(extra-data if static)")])
    for path, content, mode in (("etc/ld.so.conf", "include ld.so.conf.d/*.conf\n", 0o644),
                                ("usr/local/bin/start", START, 0o755)):
        os.makedirs(os.path.dirname(f"{root.path}/{path}"), exist_ok=True)
        with open(f"{root.path}/{path}", "w", encoding="utf-8") as file:
            file.write(content)
        os.chmod(f"{root.path}/{path}", mode)
    run("/sbin/ldconfig", "-r", root.path)
    return root


def test_entry_point_runs_without_what_is_listed(waybill, root, tmp_path):
    assert root.start() == "Hello, World!\n"
    report = audit(waybill, reference(root, tmp_path / "image", Entrypoint=["start"]))
    names = unneeded(report)
    assert set(names) == {"docs", "extra", "extra-data", "libgreet-old", "static"}
    assert names.index("docs") < names.index("extra-data") > names.index("extra")
    assert not [note for note in report["notes"] if "libraries" in note]
    # rpm checks the dependencies itself, one by one.
    for name in names:
        root.rpm("-e", name)
    run("/sbin/ldconfig", "-r", root.path)
    assert root.start() == "Hello, World!\n"
    # What stays is needed: without any of them it does not start.
    left = set(root.rpm("-qa", "--qf", "%{NAME} ").split())
    assert left == {"libc", "shell", "greet", "greet-data", "libgreet", "greet-linker", "plugin"}
    for name in sorted(left):
        copy = Root(tmp_path / f"without-{name}")
        subprocess.run(["cp", "-a", f"{root.path}/.", copy.path], check=True)
        copy.rpm("-e", "--nodeps", name)
        run("/sbin/ldconfig", "-r", copy.path)
        with pytest.raises(AssertionError):
            copy.start()
        shutil.rmtree(copy.path)
    after = audit(waybill, reference(root, tmp_path / "after", Entrypoint=["start"]))
    assert unneeded(after) == [] and after["states"]["unneeded-package"]["state"] == "passed"
