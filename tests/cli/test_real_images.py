# SPDX-License-Identifier: Apache-2.0
"""Real Debian images of many layers, worked on by their own dpkg and apt, against what dpkg-query and
`dpkg --verify` say in the chroot after each layer."""
import hashlib
import os
import shutil
import stat
import subprocess
import types

import debian_images
import images
import pytest
from debian_images import Chroot, UmociImage
from documents import CycloneDx
from images import Image, layer_blob
from layers import Layer, difference
from program import assert_one_error_line
from test_layer_attribution import history, key

NOT_PACKAGES = ("config-files", "not-installed")
PACKAGES = ("jq", "nano")
NEWER = ("trixie", ("debian-archive-keyring", "tzdata"))
SLOW = 300  # seconds; the sanitizers' build on two busy cores


def material(*arguments):
    try:
        return debian_images.material(*arguments)
    except debian_images.Unavailable as reason:
        pytest.skip(f"SKIPPED: no real Debian image: {reason}")


def state(rows):
    return {key(row): row[1] + " " + row[3] for row in rows if row[3] not in NOT_PACKAGES}


def check_packages(document, rows):
    """The same packages, package for package, and the same residues."""
    found = sorted((p.name, p.evr, p.arch, p.state, p.source_name, p.source_version)
                   for p in document.packages)
    assert found == sorted(row for row in rows if row[3] not in NOT_PACKAGES)
    assert sorted((p.name, p.evr, p.arch) for p in document.residues) == sorted(
        row[:3] for row in rows if row[3] == "config-files")


def check_layers(document, states):
    expected = history(states)
    found = {f"{p.name}:{p.arch}": (p.introduced, p.changed) for p in document.packages}
    assert found == expected.alive
    gone = {f"{p.name}:{p.arch}": (p.introduced, p.deleted) for p in document.removed}
    assert gone == {name: (span[0], span[2]) for name, span in expected.removed.items()}


class Unvalidated(CycloneDx):
    """Where the same kind of document has been validated by another test: that takes seconds."""

    def __init__(self, run):
        super().__init__(run.stdout, run)

    def validate(self):
        pass


# ---- bookworm: own snapshots as layers -----------------------------------------------------------

class Bookworm:
    """The image after each step, with the rows that dpkg-query gave then."""

    def __init__(self, root):
        self.root = root
        self.blobs, self.rows = [], []
        self.before = {}

    def step(self, blob=None):
        after = self.root.snapshot()
        self.blobs.append(blob or layer_blob(difference(self.before, after), "gzip-fast"))
        self.rows.append(self.root.query())
        self.before = after

    def states(self, count=None):
        return [state(rows) for rows in self.rows[:count]]

    def reference(self, folder, count=None, more=()):
        return images.write_oci(folder, [*self.blobs[:count], *more])


def change_files(root):
    """What people do to images: edit, replace and remove what packages own, and add their own."""
    with open(os.path.join(root.path, "etc/bash.bashrc"), "ab") as file:
        file.write(b"# changed\n")
    root.write("usr/bin/tac", b"#!/bin/sh\n")
    shutil.rmtree(os.path.join(root.path, "usr/share/doc/bash"))
    os.remove(os.path.join(root.path, "usr/share/doc/sed/AUTHORS"))
    root.write("opt/app/start.sh", b"echo hello\n")


@pytest.fixture(scope="module")
def bookworm(tmp_path_factory, make_deb):
    source = material("bookworm", "minbase", PACKAGES, NEWER)
    root = Chroot(tmp_path_factory.mktemp("bookworm") / "root", source.root)
    made = Bookworm(root)
    with open(source.root, "rb") as file:
        made.step(layer_blob(file.read(), "zstd"))
    root.install(make_deb("alpha"), make_deb("beta", "1:1.0-1", Source="greek (1.0-1)"),
                 make_deb("gamma", architecture="all"))
    made.step()
    root.apt_install(*source.debs("packages"))
    made.step()
    root.install(make_deb("alpha", "2.0-1"), make_deb("gamma", "0.9-1", architecture="all"))
    root.apt_install(*source.debs("upgrades"))
    made.step()
    root.apt("remove", "nano")
    root.apt("purge", "jq")
    root.apt("autoremove", "--purge")
    root.dpkg("--purge", "beta")
    made.step()
    change_files(root)
    made.step()
    if source.debs("foreign"):
        root.install(*source.debs("foreign"))
    root.install(make_deb("beta", "3.0-1"))
    root.dpkg("--purge", "--force-remove-essential", "--force-depends", "ncurses-bin")
    made.step()
    made.modified, made.missing = root.verify()
    made.listed, made.diverted = root.listed()
    made.final = made.before
    yield made
    shutil.rmtree(root.path)


def test_bookworm_package_for_package_and_layer_for_layer(waybill, bookworm, tmp_path):
    assert len(bookworm.rows[0]) > 80
    states = bookworm.states()
    assert all(before != after for before, after in zip(states[:4], states[1:5]))
    reference = bookworm.reference(tmp_path / "image")
    for document in (waybill.cyclonedx(reference, "--files", "none", timeout=SLOW),
                     waybill.spdx(reference, "--files", "none", timeout=SLOW)):
        check_packages(document, bookworm.rows[-1])
        check_layers(document, states)
        assert document.run.warnings == []


def test_bookworm_as_each_layer_leaves_it(waybill, bookworm, tmp_path):
    """An image for each prefix of the layers; the cache makes it quick and must not be seen."""
    for count in range(1, len(bookworm.blobs) + 1):
        reference = bookworm.reference(tmp_path / str(count), count)
        document = Unvalidated(waybill.sbom(reference, "-o", "cyclonedx-json", "--files", "none",
                                            "--cache", str(tmp_path / "cache"), timeout=SLOW))
        check_packages(document, bookworm.rows[count - 1])
        check_layers(document, bookworm.states(count))


@pytest.fixture(scope="module")
def document(waybill, bookworm, tmp_path_factory):
    reference = bookworm.reference(tmp_path_factory.mktemp("files") / "image")
    return waybill.spdx(reference, "--files", "all", timeout=SLOW)


@pytest.fixture(scope="module")
def files(document):
    return document.files


def regular_files(bookworm):
    return {"/" + os.fsdecode(path): content for path, (mode, content) in bookworm.final.items()
            if stat.S_ISREG(mode)}


def test_bookworm_digests_of_all_files(bookworm, files):
    expected = {path: hashlib.sha256(content).hexdigest()
                for path, content in regular_files(bookworm).items()}
    # Directories that the test itself leaves out of the later layers.
    left_out = ("/dev/", "/proc/", "/sys/", "/run/", "/tmp/")
    found = {path: file.sha256 for path, file in files.items()
             if not path.startswith(left_out)}
    assert found == expected


def test_bookworm_modified_and_missing_as_dpkg_verifies(bookworm, document, files):
    place = {path: bookworm.root.real(os.path.dirname(path)) + "/" + os.path.basename(path)
             for path in bookworm.modified | bookworm.missing}
    assert {path for path, file in files.items() if file.status == "modified"} == {
        place[path] for path in bookworm.modified}
    assert {"/etc/bash.bashrc", "/usr/bin/tac"} <= {place[path] for path in bookworm.modified}
    missing = {path for package in document.packages
               for path in package.properties.get("waybill:package:missingFile", "").split("\n")
               if path}
    resolved = {os.path.normpath(path) for path in missing} | {
        bookworm.root.real(os.path.dirname(path)) + "/" + os.path.basename(path)
        for path in missing}
    # Documents list files; dpkg names the directories that are gone as well.
    gone = {path for path in bookworm.missing
            if not any(other.startswith(path + "/") for other in bookworm.missing)}
    assert {place[path] for path in gone} <= resolved
    assert "/usr/share/doc/sed/AUTHORS" in missing
    # dpkg looks only at what has a digest; whatever else is called missing must not be there.
    present = {"/" + os.fsdecode(path) for path in bookworm.final}
    assert not missing & present


def test_bookworm_unowned_as_the_file_lists_say(bookworm, files):
    expected = set(regular_files(bookworm)) - bookworm.listed
    found = {path for path, file in files.items() if file.status == "unowned"}
    assert "/opt/app/start.sh" in found
    assert (found ^ expected) - bookworm.diverted == set()


def test_bookworm_owners_as_dpkg_finds_them(bookworm, files):
    wanted = [path for path, file in sorted(files.items()) if file.status in ("owned", "modified")]
    wanted = wanted[::max(1, len(wanted) // 300)]
    for path in wanted:
        names = [path]
        if path.startswith("/usr/"):
            names.append(path[4:])  # the name from before the merge of /usr, as lists have it
        done = subprocess.run(["chroot", bookworm.root.path, "dpkg-query", "-S", *names],
                              capture_output=True, text=True, check=False)
        owners = {name.partition(":")[0].strip() for line in done.stdout.splitlines()
                  if not line.startswith("diversion ") and line.rpartition(": ")[2] in names
                  for name in line.rpartition(": ")[0].split(", ")}
        assert {owner.partition(":")[0] for owner in files[path].owners} == owners, path


def test_bookworm_layers_of_files(bookworm, files):
    last = len(bookworm.blobs) - 1
    assert files["/opt/app/start.sh"].introduced == 5
    assert (files["/usr/bin/tac"].introduced, files["/usr/bin/tac"].changed) == (0, 5)
    assert (files["/usr/bin/alpha"].introduced, files["/usr/bin/alpha"].changed) == (1, 3)
    assert files["/usr/bin/beta"].introduced == last
    assert files["/usr/bin/ls" if "/usr/bin/ls" in files else "/bin/ls"].introduced == 0


@pytest.mark.parametrize("gone", ["var/lib/dpkg", "var/lib/dpkg/status"])
def test_bookworm_with_the_database_deleted_last(waybill, bookworm, tmp_path, gone):
    last = Layer().whiteout(gone).whiteout("usr/share/doc")
    reference = bookworm.reference(tmp_path / "image", more=[last])
    document = waybill.cyclonedx(reference, timeout=SLOW)
    check_packages(document, bookworm.rows[-1])
    check_layers(document, bookworm.states())
    number = len(bookworm.blobs) + 1
    assert any("/var/lib/dpkg/status was deleted by layer %d" % number in line
               for line in document.run.warnings), document.run
    assert "package-database-deleted" in document.text
    assert all(package.licence for package in document.packages
               if package.name in ("dpkg", "libc6", "tar")), "copyright files of lower layers"


def test_bookworm_as_a_directory(waybill, bookworm):
    document = waybill.cyclonedx(f"dir:{bookworm.root.path}", "--files", "none", timeout=SLOW)
    check_packages(document, bookworm.rows[-1])


def test_bookworm_with_a_damaged_layer(waybill, bookworm, tmp_path):
    """One bit in the middle of a real layer: nothing comes out."""
    image = Image(bookworm.blobs)
    layout = images.Layout()
    layout.add(layout.image(image), "v1")
    layer = image.layers[2]
    damaged = bytearray(layer.data)
    damaged[len(damaged) // 2] ^= 0x10
    layout.blobs[layer.digest] = bytes(damaged)
    layout.write(tmp_path / "image")
    output = tmp_path / "sbom.json"
    run = waybill.run("sbom", f"oci:{tmp_path}/image", "-o", f"spdx-json={output}", timeout=SLOW)
    assert run.code == 3 and "layer 3 (sha256:" in run.stderr and not output.exists()
    assert_one_error_line(run)


# ---- trixie: layers that umoci makes -------------------------------------------------------------

@pytest.fixture(scope="module")
def trixie(tmp_path_factory, make_deb):
    source = material("trixie", "essential")
    folder = tmp_path_factory.mktemp("trixie")
    try:
        umoci = UmociImage(folder)
    except debian_images.Unavailable as reason:
        pytest.skip(f"SKIPPED: no layers of umoci: {reason}")
    made = types.SimpleNamespace(references=[], rows=[], umoci=umoci)

    def layer():
        made.references.append(umoci.layer())
        made.rows.append(root.query())

    root = Chroot(umoci.root, source.root)
    layer()
    config = {"etc/daemon.conf": b"x\n", "usr/sbin/daemon": b"d\n"}
    root.install(make_deb("alpha"), make_deb("beta"),
                 make_deb("daemon", files=config, conffiles=["etc/daemon.conf"]))
    layer()
    root.install(make_deb("alpha", "1.0+really0.9-1"), make_deb("gamma", "2:1~rc1-1"))
    root.dpkg("--remove", "daemon")
    layer()
    root.dpkg("--purge", "beta")
    root.dpkg("--purge", "--force-remove-essential", "--force-depends", "ncurses-bin")
    layer()
    root.write("opt/app/file", b"x\n")
    layer()
    made.root = root
    yield made
    shutil.rmtree(folder)


def test_trixie_by_umoci(waybill, trixie):
    assert len(trixie.rows[0]) > 40
    for number, reference in enumerate(trixie.references):
        document = Unvalidated(waybill.sbom(reference, "-o", "cyclonedx-json", "--files", "none",
                                            timeout=SLOW))
        check_packages(document, trixie.rows[number])
        check_layers(document, [state(rows) for rows in trixie.rows[:number + 1]])
        assert document.run.warnings == []


def test_trixie_files_that_umoci_packed(waybill, trixie):
    """Every regular file that lies in umoci's root, and no other."""
    expected = {}
    for folder, _, names in os.walk(trixie.umoci.root):
        for name in names:
            path = os.path.join(folder, name)
            if stat.S_ISREG(os.lstat(path).st_mode):
                with open(path, "rb") as file:
                    expected[path[len(trixie.umoci.root):]] = hashlib.sha256(file.read()).hexdigest()
    document = waybill.spdx(trixie.references[-1], "--files", "all", timeout=SLOW)
    found = {path: file.sha256 for path, file in document.files.items()}
    assert found == expected


def test_trixie_copied_by_skopeo(waybill, trixie, tmp_path):
    """Another program's stores of the same image: the same packages and layers."""
    if shutil.which("skopeo") is None:
        pytest.skip("SKIPPED: no skopeo here")
    states = [state(rows) for rows in trixie.rows]
    for transport, tag in (("oci-archive", ""), ("docker-archive", ":example:1")):
        path = tmp_path / transport
        subprocess.run(["skopeo", "--insecure-policy", "copy", "-q", trixie.references[-1],
                        f"{transport}:{path}{tag}"], check=True, stdout=subprocess.DEVNULL)
        document = Unvalidated(waybill.sbom(f"{transport}:{path}", "-o", "cyclonedx-json",
                                            "--files", "none", timeout=SLOW))
        check_packages(document, trixie.rows[-1])
        check_layers(document, states)
        os.remove(path)


def test_trixie_with_a_file_inserted_by_umoci(waybill, trixie, tmp_path):
    (tmp_path / "status").write_bytes(b"")
    (tmp_path / "app").write_bytes(b"app\n")
    trixie.umoci.insert(str(tmp_path / "app"), "/srv/app")
    reference = trixie.umoci.insert(str(tmp_path / "status"), "/var/lib/dpkg/status")
    document = waybill.cyclonedx(reference, "--files", "unowned", timeout=SLOW)
    check_packages(document, trixie.rows[-1])
    assert any("emptied" in line and f"layer {len(trixie.rows) + 2}" in line
               for line in document.run.warnings), document.run
    assert document.files["/srv/app"].introduced == len(trixie.rows)
