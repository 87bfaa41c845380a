# SPDX-License-Identifier: Apache-2.0
"""What an image runs besides its entry point, and the ways by which programs and libraries are named:
each rule in a small image of packages. `tool` and `extra` (with what it needs) are needed by nothing else."""
import os
import shutil

import hardening
import pytest
from hardening import audit, compiled, listed, reference, unneeded

APP = dict(Entrypoint=["/usr/bin/app"])
EXTRA = ["extra", "alpha", "libextra"]
ALL = ["extra", "tool", "alpha", "libextra"]


@pytest.fixture(name="root")
def root_of_small_packages(tmp_path, make_deb):
    return hardening.small_root(tmp_path / "root", make_deb)


def put(root, path, content, mode=0o755):
    place = os.path.join(root.path, path)
    os.makedirs(os.path.dirname(place), exist_ok=True)
    with open(place, "wb") as file:
        file.write(content if isinstance(content, bytes) else content.encode())
    os.chmod(place, mode)


# ---- what runs -----------------------------------------------------------------------------------

@pytest.mark.parametrize("test, expected", [
    (["CMD", "tool", "--check"], EXTRA),
    (["CMD", "/usr/bin/tool"], EXTRA),
    (["CMD", "./tool"], EXTRA),
    (["CMD-SHELL", "tool || exit 1"], EXTRA),
    (["NONE"], ALL), (["NONE", "tool"], ALL), ([], ALL), ("tool", ALL), ([7, {"tool": 1}], ALL),
])
def test_health_check(waybill, root, tmp_path, test, expected):
    config = dict(APP, Healthcheck={"Test": test}, WorkingDir="/usr/bin")
    assert listed(waybill, root, tmp_path, **config) == expected


@pytest.mark.parametrize("line", [
    "#!/usr/bin/env tool", "#!/usr/bin/env -S tool --flag", "#!/usr/bin/env -S -u NAME A=1 tool",
    "#!/usr/bin/env -iS tool", "#!/usr/bin/env -Stool -x", "#!/usr/bin/env --split-string=tool -x",
    "#!/usr/bin/env -S 'tool' \"-x\"", "#!/usr/bin/env -S -C / tool", "#! \t/usr/bin/tool -x",
    "#!/opt/between",
])
def test_interpreters(waybill, root, tmp_path, line):
    """Behind `#!`: env's options, and an interpreter that is a script."""
    put(root, "opt/between", "#!/usr/bin/tool\n")
    put(root, "opt/start", line + "\n")
    if line != "#!/opt/between":
        os.unlink(os.path.join(root.path, "opt/between"))
    assert set(listed(waybill, root, tmp_path, Entrypoint=["/opt/start"])) == {
        "app", "libapp", "sh", *EXTRA}


def test_variables_in_scripts(waybill, root, tmp_path):
    for line, expected in (("$HERE/tool", EXTRA), ("${HERE}/tool -x", EXTRA),
                           ('exec "$HERE"/tool', EXTRA), ("$UNKNOWN/bin/tool", EXTRA),
                           ("${UNKNOWN}/bin/tool", EXTRA), ("$WHOLE $1 ${2:-x}", EXTRA),
                           ("${UNKNOWN:-tool}", EXTRA), ("$", ALL), ("${", ALL), ("$HERE", ALL),
                           ("$HERE/nothing ${UNKNOWN}/none", ALL)):
        put(root, "opt/start.sh", f"#!/bin/sh\napp\n{line}\n")
        found = listed(waybill, root, tmp_path, Entrypoint=["/opt/start.sh"],
                       Env=["HERE=/usr/bin", "WHOLE=/usr/bin/tool"])
        # WHOLE names a file, whoever runs it.
        assert found == EXTRA, line
        found = listed(waybill, root, tmp_path, Entrypoint=["/opt/start.sh"], Env=["HERE=/usr/bin"])
        assert found == (ALL if "WHOLE" in line else expected), line


@pytest.mark.parametrize("config", [
    dict(Entrypoint=["supervisord"]), dict(Entrypoint=["/usr/bin/tini", "--", "/usr/bin/supervisord"]),
    dict(Entrypoint=["/bin/sh", "-c", "exec supervisord -n"]), dict(Cmd=["/opt/start.sh"]),
    dict(Cmd=["/sbin/init"]),
])
def test_programs_that_run_what_their_configuration_names(waybill, root, tmp_path, config):
    for path in ("usr/bin/supervisord", "usr/bin/tini", "sbin/init"):
        put(root, path, b"\x7fELF")
    put(root, "opt/start.sh", "#!/bin/sh\nexec supervisord\n")
    image = reference(root, tmp_path / "image", **config)
    report = audit(waybill, image)
    check = report["states"]["unneeded-package"]
    assert check["state"] == "inconclusive" and "whose configuration says" in check["detail"], check
    assert unneeded(report) == []
    kept = audit(waybill, image, "--keep", "app")
    assert kept["states"]["unneeded-package"]["state"] == "failed"
    assert set(ALL) <= set(unneeded(kept))


def test_init_is_a_word_elsewhere(waybill, root, tmp_path):
    put(root, "sbin/init", b"\x7fELF")
    assert listed(waybill, root, tmp_path, Entrypoint=["/usr/bin/app", "init"]) == ALL


def test_missing_interpreter_is_noted(waybill, root, tmp_path):
    put(root, "opt/start", "#!/usr/bin/no-such\n")
    report = audit(waybill, reference(root, tmp_path / "image", Entrypoint=["/opt/start"]))
    assert any("/usr/bin/no-such for /opt/start" in note for note in report["notes"])


# ---- libraries -----------------------------------------------------------------------------------

LIBRARY = ("-shared", "-fPIC", "-nostdlib")


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    if shutil.which("gcc") is None:
        pytest.skip("SKIPPED: no gcc here")
    return compiled(str(tmp_path_factory.mktemp("library")), "libextra.so.1",
                    "int extra(void) { return 1; }", *LIBRARY)


@pytest.fixture(name="two")
def root_with_two_libraries(root, make_deb, library):
    """The same library in two directories, of two packages."""
    root.install(make_deb("near", files={"opt/near/libextra.so.1": library}),
                 make_deb("far", files={"opt/far/libextra.so.1": library}))
    return root


def test_libraries_loaded_before_others(waybill, two, tmp_path):
    for value, needed in (("/opt/near/libextra.so.1", {"near"}), ("libextra.so.1", {"near", "far"}),
                          ("/no/such.so /opt/far/libextra.so.1", {"far"}), ("libnone.so:", set())):
        for name in ("LD_PRELOAD", "LD_AUDIT"):
            found = listed(waybill, two, tmp_path, Env=[f"{name}={value}"], **APP)
            assert {"near", "far"} - set(found) == needed, value
        put(two, "etc/ld.so.preload", value + "\n", 0o644)
        assert {"near", "far"} - set(listed(waybill, two, tmp_path, **APP)) == needed, value
        os.unlink(os.path.join(two.path, "etc/ld.so.preload"))
    put(two, "opt/start.sh", "#!/bin/sh\napp\nexport LD_PRELOAD=$(find / -name libextra.so.1)\n")
    assert {"near", "far"} & set(listed(waybill, two, tmp_path, Cmd=["/opt/start.sh"])) == set()


@pytest.mark.parametrize("files", [
    {"etc/ld.so.conf": "# comment\n/opt/near   # here\n"},
    {"etc/ld.so.conf": "/opt/near=libc6\nhwcap 1 /opt/far\n"},
    {"etc/ld.so.conf": "include ld.so.conf.d/*.conf\n", "etc/ld.so.conf.d/a.conf": "/opt/near\n",
     "etc/ld.so.conf.d/b.txt": "/opt/far\n"},
    {"etc/ld.so.conf": "include\t/etc/ld.so.conf.d/?.conf none*\n",
     "etc/ld.so.conf.d/a.conf": "/opt/near\n", "etc/ld.so.conf.d/bb.conf": "/opt/far\n"},
    # Each includes the others and itself.
    {"etc/ld.so.conf": "include ld.so.conf.d/*.conf ld.so.conf\n" * 30 + "/opt/near\n",
     **{f"etc/ld.so.conf.d/{i}.conf": "include /etc/ld.so.conf.d/*.conf\n/opt/near\n"
        for i in range(20)}},
    {"etc/ld.so.conf": "include " + "*a" * 2000 + "b\n/opt/near\nrelative\n=\n"},
])
def test_directories_of_ld_so_conf(waybill, two, tmp_path, files):
    """Of two libraries the one that the linker finds; without a configuration, both."""
    put(two, "opt/program", compiled(str(tmp_path), "program", "int extra(void); int main(void) "
                                     "{ return extra(); }", "-Wl,--unresolved-symbols=ignore-all",
                                     "-L" + os.path.join(two.path, "opt/near"), "-l:libextra.so.1"))
    for path, content in files.items():
        put(two, path, content, 0o644)
    entry = dict(Entrypoint=["/opt/program"])
    assert {"near", "far"} & set(listed(waybill, two, tmp_path, **entry)) == {"far"}
    os.unlink(os.path.join(two.path, "etc/ld.so.conf"))
    assert {"near", "far"} & set(listed(waybill, two, tmp_path, **entry)) == set()


NOTE = """
static const struct { unsigned sizes[3]; char owner[4]; char text[sizeof %(text)s]; } note
    __attribute__((used, aligned(4), section(".note.dlopen"))) =
    {{4, sizeof %(text)s, 0x407c0c0a}, "FDO", %(text)s};
int main(void) { return 0; }
"""


@pytest.mark.parametrize("groups, needed, missing", [
    ('[{"soname":["libextra.so.1"],"priority":"required"}]', {"near", "far"}, None),
    ('[{"soname":["libother.so.2","libextra.so.1"],"priority":"suggested"}]', {"near", "far"}, None),
    ('[{"soname":["libother.so.2"],"priority":"required"}]', set(), "libother.so.2"),
    ('[{"soname":["libother.so.2"]},{"soname":["libextra.so.1","libno.so"]}]', {"near", "far"}, None),
    ('[{"soname":"libextra.so.1"},7,{"soname":[1,""]}]', set(), None),
    ('[{"soname":["libextra.so.1"]', set(), None),
])
def test_libraries_that_notes_name(waybill, two, tmp_path, groups, needed, missing):
    text = '"' + groups.replace('"', '\\"') + '"'
    put(two, "opt/program", compiled(str(tmp_path), "program", NOTE % {"text": text},
                                     "-nostdlib", "-static", "-Wl,-emain"))
    report = audit(waybill, reference(two, tmp_path / "image", Entrypoint=["/opt/program"]))
    assert {"near", "far"} - set(unneeded(report)) == needed
    noted = [note for note in report["notes"] if "libraries" in note]
    assert len(noted) == (missing is not None)
    assert all(f"{missing} for /opt/program" in note for note in noted)


def test_program_with_another_name(waybill, root, tmp_path):
    """Links through /etc/alternatives."""
    os.makedirs(os.path.join(root.path, "etc/alternatives"))
    os.makedirs(os.path.join(root.path, "usr/local/bin"))
    os.symlink("/etc/alternatives/run", os.path.join(root.path, "usr/local/bin/run"))
    os.symlink("../../usr/bin/tool", os.path.join(root.path, "etc/alternatives/run"))
    assert set(listed(waybill, root, tmp_path, Entrypoint=["run"])) == {"app", "libapp", "sh", *EXTRA}
