# SPDX-License-Identifier: Apache-2.0
"""What the program asks of the kernel, as strace sees it: it opens nothing for writing but its
outputs, makes no folder and no socket, starts no program, and reads nothing of the machine that could
change the result."""
import os
import re
import shutil
import subprocess

import debs
import images
import pytest
import rpms
from images import Image
from layers import Layer
from program import BAD_INPUT, OK

CALL = re.compile(r"^(?:\[pid +\d+\] |\d+ +)?([a-z0-9_]+)\((.*)\) += +(-?\d+|\?)(.*)$")
FILE_CALLS_THAT_CHANGE = {
    "mkdir", "mkdirat", "rmdir", "rename", "renameat", "renameat2", "link", "linkat", "symlink",
    "symlinkat", "unlink", "unlinkat", "mknod", "mknodat", "chmod", "fchmodat", "chown", "lchown",
    "fchownat", "truncate", "creat", "setxattr", "lsetxattr", "removexattr", "utime", "utimensat",
    "mount", "umount2", "pivot_root", "chroot", "memfd_create"}
WRITING = re.compile(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_APPEND|O_TMPFILE")
# Where the dynamic linker and libraries may look; none of it can reach a document.
HARMLESS = re.compile(
    r"^(/etc/ld\.so\.(cache|preload)|(/usr|/usr/local)?/lib(32|64|x32)?/.*|/opt/.*\.so[.0-9]*"
    r"|/proc/self/(maps|fd/\d+|exe|stat|cmdline|environ|auxv|personality)|/proc/\d+/.*"
    r"|/proc/sys/(vm|kernel)/.*|/proc/cpuinfo|/proc/stat|/proc/meminfo|/sys/devices/system/cpu/.*"
    r"|/usr/share/locale/locale\.alias|/sys/fs/cgroup/.*|/dev/(null|urandom|random))$")
# librpm's and OpenSSL's configuration: what is read of it is told by the test of its own below.
CONFIGURATION = re.compile(r"rpm|macros|openssl|ssl/")


@pytest.fixture(scope="module", autouse=True)
def strace():
    if shutil.which("strace") is None:
        pytest.skip("SKIPPED: no strace here")
    probe = subprocess.run(["strace", "-f", "-o", "/dev/null", "true"], capture_output=True,
                           check=False)
    if probe.returncode != 0:
        pytest.skip(f"SKIPPED: strace may not trace here: {probe.stderr.decode()[:200]}")


class Trace:
    """The calls of one run: (name, arguments, result)."""

    def __init__(self, waybill, tmp_path, *arguments, stdin=b"", env=None):
        self.tmp_path, log = tmp_path, tmp_path / "strace.log"
        environment = waybill.environment(env)
        # The leak checker traces its own process, which only one may do.
        environment["ASAN_OPTIONS"] = "detect_leaks=0:exitcode=99"
        done = subprocess.run(
            ["strace", "-f", "-qq", "-s", "4096", "-e", "signal=none",
             "-e", "trace=file,network,process,memfd_create", "-o", str(log), waybill.path,
             *arguments], input=stdin, capture_output=True, env=environment, timeout=240,
            check=False, cwd=tmp_path)
        self.code, self.stdout, self.stderr = done.returncode, done.stdout, done.stderr.decode()
        self.calls = list(self.parse(log))
        os.remove(log)
        assert len(self.calls) > 5

    @staticmethod
    def parse(log):
        """Calls that were interrupted by another thread stand on two lines."""
        unfinished = {}
        for line in log.read_text(errors="backslashreplace").splitlines():
            number, _, rest = line.partition(" ")
            rest = rest.lstrip()
            if rest.endswith("<unfinished ...>"):
                unfinished[number] = rest.removesuffix("<unfinished ...>").rstrip()
                continue
            resumed = re.match(r"<\.\.\. \w+ resumed>(.*)$", rest)
            if resumed:
                rest = unfinished.pop(number) + resumed.group(1).replace(") = ", ") = ", 1)
            match = CALL.match(rest)
            if match:
                yield match.group(1), match.group(2), match.group(3)

    def paths(self, arguments):
        return [os.path.normpath(os.path.join(self.tmp_path, path))
                for path in re.findall(r'"((?:[^"\\]|\\.)*)"', arguments)]

    def opened(self):
        """Absolute path and arguments of what was opened with success; a directory descriptor in
        front is the store's folder, whose blobs have names of their own."""
        for name, arguments, result in self.calls:
            if name in ("open", "openat", "openat2") and result != "?" and int(result) >= 0:
                path = self.paths(arguments)[0]
                if name == "openat" and not arguments.startswith("AT_FDCWD"):
                    path = "(store)/" + re.search(r'"(.*?)"', arguments).group(1)
                yield path, arguments

    def openings_to_write(self):
        return [path for path, arguments in self.opened() if WRITING.search(arguments)]

    def written(self):
        return set(self.openings_to_write())

    def changes(self):
        """Calls that change the file system, with their paths."""
        return [(name, self.paths(arguments)) for name, arguments, result in self.calls
                if name in FILE_CALLS_THAT_CHANGE and result not in ("-1", "?")]

    def check(self, outputs, cache=None):
        """Nothing is written but files without a name, or with a temporary one, in the folders of the
        outputs, which become the outputs."""
        assert not [call for call in self.calls if call[0] in (
            "socket", "socketpair", "connect", "bind", "sendto", "sendmsg", "recvfrom")]
        assert len([call for call in self.calls if call[0] in ("execve", "execveat")]) <= 1
        assert not [call for call in self.calls if call[0] in ("fork", "vfork")]
        outputs = {os.path.join(self.tmp_path, output) for output in outputs}
        nameless = {path for path, arguments in self.opened() if "O_TMPFILE" in arguments}
        temporary = self.written() - outputs - nameless
        folders = {os.path.dirname(output) for output in outputs} | ({str(cache)} if cache else set())
        assert nameless <= folders
        renamed = set()
        for name, paths in self.changes():
            if cache and (paths[-1] == str(cache) or os.path.dirname(paths[-1]) == str(cache)):
                continue
            if name == "linkat" and paths[0].startswith("/proc/self/fd/"):
                (renamed if paths[1] in outputs else temporary).add(paths[1])
                continue
            assert name in ("rename", "renameat", "renameat2", "unlink", "unlinkat"), (name, paths)
            assert paths[0] in temporary, (name, paths)
            if name.startswith("rename"):
                renamed.add(paths[1])
        for path in temporary:
            assert os.path.dirname(path) in folders and path.endswith(".tmp"), path
        if self.code == OK:
            assert renamed | (self.written() & outputs) == outputs
        else:
            assert not renamed


STATUS = debs.status_file(debs.stanza("alpha"), debs.stanza("beta"))


def deb_layers():
    return [Layer().files({"etc/os-release": b"ID=debian\nVERSION_ID=\"12\"\n",
                           "var/lib/dpkg/status": STATUS,
                           "usr/share/doc/alpha/copyright": b"/usr/share/common-licenses/GPL-2\n",
                           "usr/bin/tool": b"tool\n" * 5000}),
            Layer().file("srv/x", "1").whiteout("usr/bin/tool").symlink("srv/passwd", "/etc/passwd")]


@pytest.fixture(scope="module")
def rpm_layers(make_rpm, tmp_path_factory):
    database = rpms.RpmDatabase(tmp_path_factory.mktemp("rpmdb") / "rpm")
    database.install(make_rpm("alpha"), make_rpm("beta", header="Requires: alpha\n"))

    def layers(name):
        data = {"rpmdb.sqlite": database.sqlite, "Packages.db": lambda: rpms.ndb(database.blobs()),
                "Packages": lambda: rpms.bdb_hash(database.blobs())}[name]()
        return [Layer().files({"etc/os-release": b"ID=fedora\nVERSION_ID=40\n",
                               "var/lib/rpm/" + name: data})]
    return layers


OUTPUTS = ("a.spdx.json", "a.cdx.json", "a.txt")
ALL = ("-o", "spdx-json=a.spdx.json", "-o", "cyclonedx-json=a.cdx.json", "-o", "table=a.txt")


@pytest.mark.parametrize("files", ["none", "all"])
def test_oci_layout(waybill, tmp_path, files):
    images.write_oci(tmp_path / "image", deb_layers())
    trace = Trace(waybill, tmp_path, "sbom", "oci:image", *ALL, "--files", files)
    assert trace.code == OK, trace.stderr
    trace.check(OUTPUTS)
    assert len(trace.openings_to_write()) == 3


def test_archives(waybill, tmp_path):
    layout = images.single(Image(deb_layers()), "v1")
    (tmp_path / "image.tar").write_bytes(layout.archive())
    (tmp_path / "docker.tar").write_bytes(images.docker_legacy(Image(deb_layers())))
    for reference in ("oci-archive:image.tar", "docker-archive:docker.tar", "image.tar"):
        trace = Trace(waybill, tmp_path, "sbom", reference, *ALL)
        assert trace.code == OK, trace.stderr
        trace.check(OUTPUTS)


@pytest.mark.parametrize("compress", [False, True])
def test_standard_input(waybill, tmp_path, compress):
    """No file takes in what a pipe brings."""
    import compression
    data = images.single(Image(deb_layers()), "v1").archive(blobs_first=True)
    trace = Trace(waybill, tmp_path, "sbom", "-", *ALL,
                  stdin=compression.gzip(data) if compress else data)
    assert trace.code == OK, trace.stderr
    trace.check(OUTPUTS)


def test_directory(waybill, tmp_path):
    root = tmp_path / "root"
    for path, data in (("etc/os-release", b"ID=debian\n"), ("var/lib/dpkg/status", STATUS)):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    os.symlink("/etc/shadow", root / "etc/shadow")
    os.symlink("/etc", root / "outside")
    trace = Trace(waybill, tmp_path, "sbom", "dir:root", *ALL)
    assert trace.code == OK, trace.stderr
    trace.check(OUTPUTS)
    assert not [path for path, _ in trace.opened() if path.startswith("/etc/shadow")]


@pytest.mark.parametrize("name", ["rpmdb.sqlite", "Packages.db", "Packages"])
def test_rpm_databases(waybill, tmp_path, rpm_layers, name):
    """No temporary copy for librpm, none of sqlite's journals."""
    images.write_oci(tmp_path / "image", rpm_layers(name))
    trace = Trace(waybill, tmp_path, "sbom", "oci:image", *ALL)
    assert trace.code == OK, trace.stderr
    trace.check(OUTPUTS)


def test_standard_output(waybill, tmp_path):
    images.write_oci(tmp_path / "image", deb_layers())
    trace = Trace(waybill, tmp_path, "sbom", "oci:image", "-o", "spdx-json")
    assert trace.code == OK and trace.stdout
    trace.check([])
    assert trace.written() == set()


def test_failure(waybill, tmp_path):
    """Found before anything is written, or taken away again."""
    image = Image(deb_layers())
    layout = images.single(image)
    layout.blobs[image.layers[1].digest] = b"tampered"
    layout.write(tmp_path / "image")
    trace = Trace(waybill, tmp_path, "sbom", "oci:image", *ALL)
    assert trace.code == BAD_INPUT
    trace.check(OUTPUTS)
    assert trace.written() == set()
    assert sorted(os.listdir(tmp_path)) == ["image"]


def test_cache(waybill, tmp_path):
    images.write_oci(tmp_path / "image", deb_layers())
    for _ in range(2):
        trace = Trace(waybill, tmp_path, "sbom", "oci:image", *ALL, "--cache", "cache")
        assert trace.code == OK, trace.stderr
        trace.check(OUTPUTS, cache=tmp_path / "cache")
    assert len(trace.openings_to_write()) == 3, "the second run writes nothing to the cache"


def foreign_files(trace):
    """What was opened and is neither of the image, nor an output, nor a library."""
    ours = str(trace.tmp_path) + "/"
    # `dir:` and the like open folders on the way relative to a descriptor.
    return sorted({path for path, arguments in trace.opened()
                   if not path.startswith((ours, "(store)")) and path != ours[:-1]
                   and not HARMLESS.match(path)})


def test_nothing_of_the_machine_is_read(waybill, tmp_path, rpm_layers):
    """Not /etc/os-release, not the dpkg or rpm database, no home, no time zone, no locale. librpm
    would read macros and configuration of the machine if it were set up; it is not."""
    for name in ("debs", "rpmdb.sqlite", "Packages.db", "Packages"):
        folder = tmp_path / name
        folder.mkdir()
        images.write_oci(folder / "image", deb_layers() if name == "debs" else rpm_layers(name))
        trace = Trace(waybill, folder, "sbom", "oci:image", *ALL, "--files", "all",
                      env={"HOME": str(folder / "home"), "LANG": "de_DE.UTF-8", "TZ": "Asia/Tokyo"})
        assert trace.code == OK, trace.stderr
        found = foreign_files(trace)
        tolerated = {path for path in found if CONFIGURATION.search(path)}
        assert set(found) == tolerated, f"{name}: {found}"
        # OpenSSL reads its configuration where digests come from providers; rpm's must not matter.
        assert not [path for path in tolerated if "rpm" in path or "macros" in path], tolerated


def test_configuration_of_the_user_does_not_matter(waybill, tmp_path, rpm_layers):
    """Macros of rpm and a broken configuration of OpenSSL in the user's home."""
    reference = images.write_oci(tmp_path / "image", rpm_layers("Packages.db"))
    home = tmp_path / "home"
    (home / ".config/rpm").mkdir(parents=True)
    for name in (".rpmmacros", ".config/rpm/macros"):
        (home / name).write_text("%_dbpath /nowhere\n%_db_backend dummy\n%_pkgverify_level all\n")
    (home / ".rpmrc").write_text("nonsense\n")
    plain = waybill.sbom(reference, "-o", "spdx-json")
    changed = waybill.sbom(reference, "-o", "spdx-json", env={
        "HOME": str(home), "XDG_CONFIG_HOME": str(home / ".config"),
        "RPM_CONFIGDIR": str(home), "RPM_POPTEXEC_PATH": str(home)})
    assert changed.stdout == plain.stdout and changed.stderr == plain.stderr
