# SPDX-License-Identifier: Apache-2.0
"""Dependencies, and what is missing, against what rpm and apt say of the same packages."""
import os
import re
import shutil
import subprocess

import debian_images
import debs
import images
import pytest
import rpms
from layers import Layer, add_snapshot_entry, snapshot
from program import OK

# ---- rpm -----------------------------------------------------------------------------------------

PACKAGES = {
    "glibc": (["Provides: libc.so.6(GLIBC_2.34)(64bit)", "Provides: glibc(x86-64) = 1.0"], []),
    "bash": (["Requires: libc.so.6(GLIBC_2.34)(64bit)", "Provides: /bin/sh"], ["/usr/bin/bash"]),
    "tool": (["Requires: /bin/sh", "Requires: glibc(x86-64) >= 1"], ["/usr/bin/tool"]),
    # By the path that the package lists, and by one that leads to it.
    "script": (["Requires: /usr/bin/tool", "Requires(pre): bash"], []),
    "merged": (["Requires: /bin/tool"], []),
    "old-1.9": ([], []),
    "newer": (["Requires: old >= 1.2", "Requires: old < 1.10"], []),
    "epochal": (["Epoch: 2", "Provides: virtual = 3:0.1"], []),
    "ranged": (["Requires: epochal >= 1:9", "Requires: virtual > 2"], []),
    "modular": (["Provides: module(nodejs:18) = 1", "Requires: (old with old < 2)"], []),
    "user": (["Requires: module(nodejs:18)"], []),
    "rich": (["Requires: (tool if bash)", "Requires: (absent or old)",
              "Requires: (absent if missing)", "Requires: (user and (newer or absent))",
              "Requires: (merged if missing else ranged)"], []),
    "weak": (["Recommends: old", "Recommends: absent", "Suggests: tool", "Supplements: user",
              "Enhances: bash"], []),
}


class Root:
    """A root directory in which rpm installs and removes, and what rpm says of it."""

    def __init__(self, path):
        self.path = str(path)
        os.makedirs(f"{path}/usr/bin")
        os.symlink("usr/bin", f"{path}/bin")

    def rpm(self, *arguments, good=True):
        done = subprocess.run(["rpm", "--root", self.path, "--dbpath", "/var/lib/rpm", *arguments],
                              capture_output=True, text=True, check=False,
                              env={**os.environ, "LC_ALL": "C.UTF-8"})
        assert done.returncode == 0 or not good, f"{arguments}: {done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def needed_by(self, *names):
        """The packages that rpm would not leave without these."""
        text = self.rpm("-e", "--test", *names, good=False)
        return set(re.findall(r"is needed by \(installed\) (\w+)-", text))

    def unmet(self):
        return set(re.findall(r"^\t(.*) is needed by (?:\(installed\) )?(\w+)-",
                              self.rpm("-Va", "--nofiles", good=False), re.MULTILINE))

    def without(self, folder, packages):
        """A copy from which these were removed by force."""
        subprocess.run(["cp", "-a", self.path, f"{folder}/root"], check=True)
        copy = Root.__new__(Root)
        copy.path = f"{folder}/root"
        copy.rpm("-e", "--nodeps", "--noscripts", *packages)
        return copy

    def image(self, folder):
        layer = Layer()
        for path, (mode, content) in sorted(snapshot(self.path).items()):
            add_snapshot_entry(layer, path, mode, content)
        return images.write_oci(folder, [layer])


def unmet_of(document):
    """(requirement, package), as the document states them."""
    return {(line.partition(" ")[2], package.name) for package in document.packages
            for line in package.properties.get("waybill:package:unmet", "").split("\n") if line}


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    if os.geteuid() != 0:
        pytest.skip("SKIPPED: only root can let rpm work in a root directory")
    folder = tmp_path_factory.mktemp("rpms")
    made = rpms.build_rpms(str(folder), PACKAGES)
    root = Root(folder / "root")
    root.rpm("-U", "--nodeps", "--noscripts", "--nosignature", *made.values())
    return root


def test_rpm_edges(waybill, root, tmp_path):
    """An edge leads to each package that rpm would not remove, and to no other."""
    document = waybill.cyclonedx(root.image(tmp_path / "i"))
    found = document.dependency_names()
    names = {bare.partition("-")[0] for bare in PACKAGES}
    # Only the script of the installation needed it, and rpm forgets that afterwards.
    assert ("script", "bash") in found
    assert found - {("script", "bash")} == {(other, name) for name in names
                                            for other in root.needed_by(name)}
    assert ("merged", "tool") in found and ("rich", "ranged") in found and len(found) == 15
    assert unmet_of(document) == root.unmet() == set()
    assert not document.run.warnings


def test_rpm_weak_edges(waybill, root, tmp_path):
    reference = root.image(tmp_path / "i")
    expected = {("weak", "old", "recommends"), ("weak", "tool", "suggests"),
                ("user", "weak", "recommends"), ("bash", "weak", "suggests")}
    spdx = waybill.spdx(reference)
    names = {package.id: package.name for package in spdx.packages}
    assert {(names[one["relatedSpdxElement"]], names[one["spdxElementId"]], one["comment"])
            for one in spdx.raw["relationships"]
            if one["relationshipType"] == "OPTIONAL_DEPENDENCY_OF"} == expected
    cyclonedx = waybill.cyclonedx(reference)
    assert not {(left, right) for left, right, _ in expected} & cyclonedx.dependency_names()


@pytest.mark.parametrize("broken", [["glibc"], ["bash", "old"], ["epochal", "tool", "ranged"]])
def test_rpm_image_broken_by_hand(waybill, root, tmp_path, broken):
    """What is removed by force is missed, as `rpm -Va` says, in the same words."""
    copy = root.without(tmp_path, broken)
    document = waybill.cyclonedx(copy.image(tmp_path / "i"))
    expected = copy.unmet()
    assert expected and unmet_of(document) == expected
    for _, package in expected:
        assert any(f"package {package} needs what is not installed" in line
                   for line in document.run.warnings), document.run
    assert document.run.code == OK


# ---- rpm, by dnf ---------------------------------------------------------------------------------

class Dnf:
    """dnf about a copy of an rpm database, without repositories and network."""

    def __init__(self, folder, database):
        if shutil.which("dnf") is None:
            pytest.skip("SKIPPED: no dnf here")
        self.folder = str(folder)
        shutil.copytree(database, f"{folder}/root/var/lib/rpm")
        os.makedirs(f"{folder}/log")
        os.makedirs(f"{folder}/home")
        # Debian's rpm would look in the user's home.
        with open(f"{folder}/home/.rpmmacros", "w", encoding="utf-8") as file:
            file.write("%_dbpath /var/lib/rpm\n")

    def query(self, *arguments):
        options = {"reposdir": "/nowhere", "cachedir": "/cache", "persistdir": "/state",
                   "logdir": f"{self.folder}/log"}
        done = subprocess.run(
            ["dnf", "-q", f"--installroot={self.folder}/root", "--releasever=1",
             "--disableplugin=*", "--disablerepo=*",
             *[f"--setopt={name}={value}" for name, value in options.items()],
             "repoquery", "--installed", *arguments],
            capture_output=True, text=True, check=False,
            env={**os.environ, "LC_ALL": "C.UTF-8", "HOME": f"{self.folder}/home"})
        assert done.returncode == 0, f"{arguments}: {done.stdout}{done.stderr}"
        return done.stdout

    def names(self, *arguments):
        """The packages of which a question is true."""
        return set(self.query("--qf", "%{name}", *arguments).split())

    def unmet(self):
        return set(re.findall(r"nothing provides (.*) needed by (\w+)-", self.query("--unsatisfied")))


def test_rpm_edges_as_dnf_sees_them(waybill, root, tmp_path):
    """Who requires what each package provides; weak ones one kind after the other."""
    dnf = Dnf(tmp_path, f"{root.path}/var/lib/rpm")
    found = waybill.cyclonedx(root.image(tmp_path / "i")).dependency_names()
    names = {bare.partition("-")[0] for bare in PACKAGES}
    expected = {(other, name) for name in names for other in dnf.names("--whatrequires", name)}
    # Asked for in a condition that does not hold, or by itself.
    assert expected - found <= {("rich", "bash"), ("rich", "merged")} | {(one, one) for one in names}
    # To dnf a path is what a package lists; to rpm, too, what it leads to.
    assert found - expected == {("merged", "tool")}
    assert len(found & expected) >= 14
    assert dnf.names("--whatrecommends", "old") == dnf.names("--whatsuggests", "tool") == {"weak"}
    assert dnf.names("--whatsupplements", "user") == dnf.names("--whatenhances", "bash") == {"weak"}


def test_what_dnf_finds_unsatisfied(waybill, root, tmp_path):
    copy = root.without(tmp_path, ["glibc", "epochal", "tool", "ranged"])
    document = waybill.cyclonedx(copy.image(tmp_path / "i"))
    expected = Dnf(tmp_path / "dnf", f"{copy.path}/var/lib/rpm").unmet()
    # Of a package it says the first requirement that nothing meets.
    assert expected <= unmet_of(document)
    assert {name for _, name in expected} == {name for _, name in unmet_of(document)}
    assert {"bash", "script", "merged", "rich"} <= {name for _, name in expected}


def test_real_database_as_dnf_sees_it(waybill, test_data, tmp_path):
    """Who needs these packages of a real image."""
    database = os.path.join(test_data, "rpmdb", "cbl-mariner-2.0")
    dnf = Dnf(tmp_path, database)
    with open(os.path.join(database, "rpmdb.sqlite"), "rb") as file:
        layer = Layer().files({"var/lib/rpm/rpmdb.sqlite": file.read()})
    document = waybill.cyclonedx(images.write_oci(tmp_path / "i", [layer]), "--files", "none")
    edges = document.dependency_names()
    for name, least in (("bash", 40), ("openssl-libs", 10), ("rpm-libs", 5), ("systemd", 2)):
        expected = dnf.names("--whatrequires", name) - {name}
        assert {left for left, right in edges if right == name} == expected
        assert len(expected) > least
    assert not unmet_of(document) and not dnf.unmet()


# ---- dpkg, by apt --------------------------------------------------------------------------------

class Apt:
    """apt about a status file, with nothing else to know."""

    def __init__(self, folder, architectures="amd64"):
        for name in ("etc/apt.conf.d", "state/lists/partial", "cache/archives/partial"):
            os.makedirs(f"{folder}/{name}", exist_ok=True)
        self.status = f"{folder}/status"
        options = {"Dir::State::status": self.status, "Dir::Etc": f"{folder}/etc",
                   "Dir::State": f"{folder}/state", "Dir::Cache": f"{folder}/cache",
                   "APT::Architecture": "amd64", "APT::Architectures": architectures}
        self.options = [one for name, value in options.items() for one in ("-o", f"{name}={value}")]

    def cache(self, *arguments):
        done = subprocess.run(["apt-cache", *self.options, *arguments], capture_output=True,
                              text=True, check=False, env={**os.environ, "LC_ALL": "C.UTF-8"})
        assert done.returncode == 0, done
        return done.stdout

    def unmet(self, text):
        """(requirement, package) of what is strictly needed and not there."""
        with open(self.status, "w", encoding="utf-8") as file:
            file.write(text)
        found, package = set(), None
        for line in self.cache("unmet", "-i").splitlines():
            if line.startswith("Package "):
                package = line.split()[1].partition(":")[0]
            else:
                found.add((line.partition(": ")[2], package))
        return found


def as_apt(unmet):
    return {(text.replace("<<", "<").replace(">>", ">"), package) for text, package in unmet}


def status_document(waybill, folder, text):
    layer = Layer().files({"var/lib/dpkg/status": text.encode()})
    return waybill.cyclonedx(images.write_oci(folder, [layer]), "--files", "none")


@pytest.mark.skipif(not os.path.exists("/usr/bin/apt-cache"), reason="SKIPPED: no apt-cache here")
def test_dpkg_relations(waybill, tmp_path):
    """Every kind of relation, met and not met."""
    foreign, allowed = {"Multi-Arch": "foreign"}, {"Multi-Arch": "allowed"}
    text = debs.status_file(
        debs.stanza("lib", "1:2.0-1"), debs.stanza("lib", "1:2.0-1", "i386"),
        debs.stanza("tool", "1.0", **foreign), debs.stanza("python", "3.0-0", **allowed),
        debs.stanza("native", "1.0~rc1-1"), debs.stanza("data", "1.0", "all"),
        debs.stanza("mawk", "1.0", Provides="awk, awk-version (= 2)"),
        debs.stanza("met", Depends="lib (>= 2.0), lib (<< 2:1), absent | tool, awk, "
                                   "awk-version (>= 1.5), python:any, python (= 3.0), data"),
        debs.stanza("other", "1.0-1", "i386", Depends="lib, tool, python:any, lib:amd64"),
        debs.stanza("unmet", Depends="lib (>> 1:2.0-1), native (>= 1.0), absent | gone (>= 2), "
                                     "awk (>= 1), awk-version (>= 3), tool (<< 1.0), "
                                     "tool:any, data:any"),
        debs.stanza("strange", "1.0-1", "i386", Depends="native, data, python")).decode()
    document = status_document(waybill, tmp_path / "i", text)
    expected = Apt(tmp_path, "amd64,i386").unmet(text)
    # apt says of which architecture it would have to be, even where the package does not.
    assert as_apt(unmet_of(document)) == {(one.replace(":i386", ""), name)
                                          for one, name in expected}
    assert {name for _, name in expected} == {"unmet", "strange"}
    edges = document.dependency_names()
    assert {to for name, to in edges if name == "met"} == {"lib", "tool", "mawk", "python", "data"}
    assert {to for name, to in edges if name == "other"} == {"lib", "tool", "python"}


@pytest.fixture(scope="module")
def debian():
    """The stanzas of a real system, by package."""
    if not os.path.exists("/usr/bin/apt-cache"):
        pytest.skip("SKIPPED: no apt-cache here")
    try:
        material = debian_images.material("trixie", "essential")
    except debian_images.Unavailable as reason:
        pytest.skip(f"SKIPPED: no real Debian image: {reason}")
    text = debs.run("tar", "-xOf", material.root, "./var/lib/dpkg/status")
    return {re.match(r"Package: (\S+)", stanza)[1]: stanza.strip("\n")
            for stanza in text.split("\n\n") if stanza.strip()}


def status_text(debian, *gone):
    return "\n\n".join(stanza for name, stanza in debian.items() if name not in gone) + "\n"


def test_debian_edges(waybill, debian, tmp_path):
    """An edge leads from each package that apt finds broken once the other is gone; another one only
    where something else would then do."""
    document = status_document(waybill, tmp_path / "i", status_text(debian))
    apt, edges = Apt(tmp_path), document.dependency_names()
    assert apt.unmet(status_text(debian)) == unmet_of(document) == set()
    assert len(edges) > len(debian)
    kinds = [f"--no-{kind}" for kind in ("recommends", "suggests", "conflicts", "breaks",
                                         "replaces", "enhances")]
    for name in debian:
        broken = {other for _, other in apt.unmet(status_text(debian, name))}
        found = {left for left, right in edges if right == name}
        assert broken <= found, name
        if found - broken:
            apt.unmet(status_text(debian))
            provided = re.search(r"^Provides: (.*)", debian[name], re.MULTILINE)
            names = re.findall(r"[\w.+-]+", re.sub(r"\([^)]*\)", "", provided[1])) if provided else []
            listed = apt.cache("rdepends", "--installed", *kinds, name, *names)
            assert found - broken <= set(re.findall(r"^ [ |](\S+)", listed, re.MULTILINE)), name


def test_debian_image_broken_by_hand(waybill, debian, tmp_path):
    gone = ("libc6", "debconf", "perl-base", "mawk")
    text = status_text(debian, *gone)
    document = status_document(waybill, tmp_path / "i", text)
    expected = Apt(tmp_path).unmet(text)
    assert len(expected) > 10 and as_apt(unmet_of(document)) == expected
    warned = [line for line in document.run.warnings if "not installed" in line]
    assert len(warned) <= 11 and any("more packages" in line for line in warned)
