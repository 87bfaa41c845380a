# SPDX-License-Identifier: Apache-2.0
"""rpm databases of every format at every place, against what rpm itself says of a copy."""
import os
import struct

import images
import pytest
import rpms
from conftest import data_cases
from layers import Layer
from program import BAD_INPUT, OK

PLACES = ("var/lib/rpm", "usr/lib/sysimage/rpm", "usr/share/rpm")
RHEL = b'ID="rhel"\nID_LIKE="fedora"\nVERSION_ID="9.4"\nNAME="Red Hat Enterprise Linux"\n'


def image_with(folder, files, place=PLACES[0], os_release=RHEL, layers=()):
    layer = Layer().files({"etc/os-release": os_release,
                           **{f"{place}/{name}": data for name, data in files.items()}})
    return images.write_oci(folder, [layer, *layers])


def nevra(package):
    """name-epoch-version-release.arch with epoch 0 for none, as expected.txt and `rpms.NEVRA`."""
    epoch, _, rest = package.evr.rpartition(":")
    return f"{package.name}-{epoch or 0}-{rest}.{package.arch}"


def nevras(document):
    return sorted(nevra(package) for package in document.packages)


def both(waybill, reference):
    """The packages, which both documents must agree on."""
    spdx, cyclonedx = waybill.spdx(reference), waybill.cyclonedx(reference)
    assert nevras(spdx) == nevras(cyclonedx)
    return cyclonedx


@pytest.fixture(scope="module")
def packages(make_rpm):
    return [
        make_rpm("alpha", epoch=2, version="1.0~rc1", release="3.el9",
                 header="ModularityLabel: nodejs:18:9040020240301:rhel9\nVendor: Example Org\n"
                        "URL: https://alpha.example/\nRequires: beta >= 3\nProvides: greek = 1\n",
                 files={"/etc/alpha.conf": "x\n", "/usr/bin/alpha": "alpha\n",
                        "/usr/share/doc/alpha/README": "read\n"},
                 attributes={"/etc/alpha.conf": "%config(noreplace)",
                             "/usr/share/doc/alpha/README": "%doc"}),
        make_rpm("beta", version="3", arch="x86_64", header="License: GPLv2+ and MIT\n"),
        make_rpm("beta", version="3", arch="i686", header="License: GPLv2+ and MIT\n"),
        make_rpm("gamma", version="1.2.3^git5", release="0.1",
                 header="Requires: alpha\nRequires: /usr/bin/alpha\n")]


@pytest.fixture(scope="module")
def database(packages, tmp_path_factory):
    database = rpms.RpmDatabase(tmp_path_factory.mktemp("rpmdb") / "rpm")
    database.install(*packages)
    return database


# ---- against rpm ---------------------------------------------------------------------------------

def test_sqlite(waybill, database, tmp_path):
    files = {"rpmdb.sqlite": database.sqlite()}
    expected = rpms.query(files)
    assert len(expected) == 4
    assert nevras(both(waybill, image_with(tmp_path / "i", files))) == expected


def test_sqlite_with_write_ahead_log(waybill, packages, tmp_path):
    """The newest packages are only in the -wal that the layer has too."""
    below, log = rpms.sqlite_with_wal(str(tmp_path / "db"), packages[:1], packages[1:])
    files = {"rpmdb.sqlite": below, "rpmdb.sqlite-wal": log}
    assert len(rpms.query({"rpmdb.sqlite": below})) == 1
    expected = rpms.query(files)
    assert len(expected) == 4
    assert nevras(both(waybill, image_with(tmp_path / "i", files))) == expected


def test_write_ahead_log_in_a_layer_of_its_own(waybill, packages, tmp_path):
    below, log = rpms.sqlite_with_wal(str(tmp_path / "db"), packages[:1], packages[1:])
    upper = Layer().file("var/lib/rpm/rpmdb.sqlite-wal", log)
    reference = image_with(tmp_path / "i", {"rpmdb.sqlite": below}, layers=[upper])
    document = both(waybill, reference)
    assert nevras(document) == rpms.query({"rpmdb.sqlite": below, "rpmdb.sqlite-wal": log})
    assert {package.name: package.introduced for package in document.packages} == {
        "alpha": 0, "beta": 1, "gamma": 1}


def test_broken_write_ahead_logs(waybill, packages, tmp_path):
    """sqlite's own rules: frames behind the first bad checksum do not count, an empty log is none."""
    below, log = rpms.sqlite_with_wal(str(tmp_path / "db"), packages[:1], packages[1:])
    page = struct.unpack(">I", log[8:12])[0]
    frame = 24 + page
    frames = (len(log) - 32) // frame
    damaged = bytearray(log)
    damaged[32 + (frames - 1) * frame + 24 + 100] ^= 0xFF
    cases = {"empty": b"", "header-only": log[:32], "short": log[:20], "cut": log[:-100],
             "last-frame-damaged": bytes(damaged),
             "stale": log[:16] + bytes(8) + log[24:], "zeros": bytes(len(log))}
    for name, data in cases.items():
        files = {"rpmdb.sqlite": below, "rpmdb.sqlite-wal": data}
        expected = rpms.query(files)
        document = waybill.cyclonedx(image_with(tmp_path / name, files))
        assert nevras(document) == expected, name


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("version", [8, 9])
def test_berkeley_db(waybill, database, tmp_path, order, version):
    for page_size in (512, 4096, 65536):
        if page_size == 65536 and version == 8:
            continue
        data = rpms.bdb_hash(database.blobs(), page_size=page_size, order=order, version=version)
        files = {"Packages": data}
        expected = rpms.query(files)
        assert len(expected) == 4
        document = both(waybill, image_with(tmp_path / str(page_size), files))
        assert nevras(document) == expected


def test_berkeley_db_with_values_on_the_page(waybill, database, tmp_path):
    files = {"Packages": rpms.bdb_hash(database.blobs(), page_size=32768, inline=True)}
    assert nevras(both(waybill, image_with(tmp_path / "i", files))) == rpms.query(files)


def test_ndb(waybill, database, tmp_path):
    """rpm has no NDB back end on this machine: the sqlite database of the same blobs is the oracle."""
    expected = rpms.query({"rpmdb.sqlite": database.sqlite()})
    for pages in (1, 3):
        files = {"Packages.db": rpms.ndb(database.blobs(), slot_pages=pages),
                 "Index.db": b"RpmI", ".rpm.lock": b""}
        document = both(waybill, image_with(tmp_path / str(pages), files))
        assert nevras(document) == expected


@pytest.mark.parametrize("place", PLACES)
def test_places(waybill, database, tmp_path, place):
    files = {"rpmdb.sqlite": database.sqlite()}
    document = both(waybill, image_with(tmp_path / "i", files, place))
    assert len(document.packages) == 4
    assert f"{place}/rpmdb.sqlite" in document.text


def test_database_behind_a_symlink(waybill, database, tmp_path):
    """/var/lib/rpm -> ../../usr/lib/sysimage/rpm: one database, not two."""
    layer = Layer().files({"usr/lib/os-release": RHEL,
                           "usr/lib/sysimage/rpm/rpmdb.sqlite": database.sqlite()})
    layer.directory("var").directory("var/lib")
    layer.symlink("var/lib/rpm", "../../usr/lib/sysimage/rpm")
    document = both(waybill, images.write_oci(tmp_path / "i", [layer]))
    assert len(document.packages) == 4
    assert document.run.warnings == []


def test_database_file_that_is_a_symlink(waybill, database, tmp_path):
    layer = Layer().files({"etc/os-release": RHEL, "opt/rpm/rpmdb.sqlite": database.sqlite()})
    layer.directory("var/lib/rpm").symlink("var/lib/rpm/rpmdb.sqlite", "/opt/rpm/rpmdb.sqlite")
    document = waybill.cyclonedx(images.write_oci(tmp_path / "i", [layer]))
    assert len(document.packages) == 4


def test_upgraded_and_erased_packages(waybill, packages, make_rpm, tmp_path):
    """What rpm deletes leaves free pages and stale bytes behind."""
    database = rpms.RpmDatabase(tmp_path / "db")
    database.install(*packages)
    database.erase("gamma")
    database.install(make_rpm("alpha", epoch=2, version="1.1"))
    database.erase("beta.i686")
    files = {"rpmdb.sqlite": database.sqlite()}
    expected = rpms.query(files)
    assert expected == ["alpha-2-1.1-1.noarch", "beta-0-3-1.x86_64"]
    assert nevras(both(waybill, image_with(tmp_path / "i", files))) == expected


def test_empty_database(waybill, packages, tmp_path):
    database = rpms.RpmDatabase(tmp_path / "db")
    database.install(packages[0])
    database.erase("alpha")
    reference = image_with(tmp_path / "i", {"rpmdb.sqlite": database.sqlite()})
    run = waybill.sbom(reference)
    assert run.warnings, "an image without packages must be remarked on"


# ---- real databases ------------------------------------------------------------------------------

@pytest.mark.parametrize("path", data_cases("rpmdb/*/expected.txt"))
def test_real_databases(waybill, tmp_path, path):
    """Each gives exactly its expected.txt; gpg-pubkey entries are keys, not packages."""
    folder = os.path.dirname(path)
    files = {}
    for name in ("rpmdb.sqlite", "Packages.db", "Packages"):
        if os.path.exists(os.path.join(folder, name)):
            with open(os.path.join(folder, name), "rb") as file:
                files[name] = file.read()
    with open(path, encoding="utf-8") as file:
        listed = sorted(file.read().split())
    expected = [one for one in listed if not one.startswith("gpg-pubkey-")]
    keys = [one for one in listed if one.startswith("gpg-pubkey-")]
    document = both(waybill, image_with(tmp_path / "i", files))
    assert nevras(document) == expected
    for key in keys:
        key_id = key.removeprefix("gpg-pubkey-0-").partition(".")[0]
        assert key_id in document.text, "the trusted key is recorded"


@pytest.mark.parametrize("path", data_cases("rpmdb/*/expected.tsv"))
def test_real_databases_in_detail(waybill, tmp_path, path):
    """Source rpm, licence, vendor, modularity label and SIGMD5 of the table beside the database."""
    folder = os.path.dirname(path)
    with open(os.path.join(folder, "Packages.db"), "rb") as file:
        reference = image_with(tmp_path / "i", {"Packages.db": file.read()})
    document = waybill.cyclonedx(reference)
    by_name = {package.name: package for package in document.packages}
    with open(path, encoding="utf-8") as file:
        head, *rows = [line.rstrip("\n").split("\t") for line in file]
    for row in rows:
        expected = dict(zip(head, row))
        found = by_name[expected["name"]]
        everything = repr(found.raw)
        assert found.evr.rpartition(":")[2] == f"{expected['version']}-{expected['release']}"
        assert found.arch == expected["arch"]
        for field in ("sourcerpm", "license", "sigmd5"):
            assert expected[field] in everything, (expected["name"], field)
        assert expected["vendor"].partition(" <")[0] in everything, expected["name"]
        if expected["modularitylabel"]:
            assert expected["modularitylabel"] in everything


@pytest.mark.parametrize("path", data_cases("rpmdb/mx28-rpm4-bdb8/Packages",
                                            "rpmdb/yocto-rpm5/Packages"))
def test_databases_that_cannot_be_read(waybill, tmp_path, path):
    """Hash version 7 and rpm5's btree: refused with a reason, or read in part and said so; an image
    with packages never looks empty."""
    with open(path, "rb") as file:
        reference = image_with(tmp_path / "i", {"Packages": file.read()})
    run = waybill.run("sbom", reference, "-o", f"spdx-json={tmp_path}/out")
    assert run.code == BAD_INPUT, run
    assert "var/lib/rpm/Packages" in run.stderr and "layer 1 (sha256:" in run.stderr
    assert not os.path.exists(tmp_path / "out")


@pytest.mark.parametrize("path", data_cases("rpmdb/claircore/no_packages.sqlite"))
def test_sqlite_without_the_table(waybill, tmp_path, path):
    with open(path, "rb") as file:
        reference = image_with(tmp_path / "i", {"rpmdb.sqlite": file.read()})
    run = waybill.run("sbom", reference, "-o", f"spdx-json={tmp_path}/out")
    assert run.code == BAD_INPUT or run.warnings, run


@pytest.mark.parametrize("path", data_cases("rpmdb/rpms/*.rpm", "rpmdb/rpms/*.rpm-v3"))
def test_databases_of_rpms_own_test_packages(waybill, tmp_path, path):
    """Old, foreign, signed in every way. What rpm will not install makes no database."""
    if path.endswith(".src.rpm"):
        pytest.skip("rpm unpacks source packages, it does not install them")
    database = rpms.RpmDatabase(tmp_path / "db")
    try:
        database.install(path)
    except AssertionError as refused:
        pytest.skip(f"rpm itself refuses it: {str(refused)[-120:]}")
    files = {"rpmdb.sqlite": database.sqlite()}
    expected = rpms.query(files)
    keys = rpms.query(files, "%{NAME} %{RSAHEADER:pgpsig}\\n")[0]
    document = both(waybill, image_with(tmp_path / "i", files))
    assert nevras(document) == expected
    if "Key ID" in keys:
        assert keys.rpartition(" ")[2] in document.text


# ---- fields --------------------------------------------------------------------------------------

def test_fields(waybill, database, tmp_path):
    files = {"rpmdb.sqlite": database.sqlite()}
    document = waybill.cyclonedx(image_with(tmp_path / "i", files))
    alpha = next(package for package in document.packages if package.name == "alpha")
    assert alpha.evr == "2:1.0~rc1-3.el9"
    assert alpha.purl.startswith("pkg:rpm/redhat/alpha@1.0~rc1-3.el9?")
    assert alpha.qualifiers["epoch"] == "2" and alpha.qualifiers["arch"] == "noarch"
    assert alpha.qualifiers["distro"] == "rhel-9.4"
    everything = repr(alpha.raw)
    oracle = rpms.query(files, "%{NAME}|%{SOURCERPM}|%{MODULARITYLABEL}|%{VENDOR}|%{URL}|%{SIGMD5}|"
                               "%{SHA256HEADER}\\n")[0].split("|")
    for value in oracle[1:]:
        assert value != "(none)" and value in everything, value
    beta = next(package for package in document.packages if package.name == "beta")
    assert "epoch" not in beta.qualifiers
    assert beta.licence == "GPL-2.0-or-later AND MIT"
    two = [package for package in document.packages if package.name == "beta"]
    assert sorted(package.arch for package in two) == ["i686", "x86_64"]


def test_dependencies(waybill, database, tmp_path):
    reference = image_with(tmp_path / "i", {"rpmdb.sqlite": database.sqlite()})
    for document in (waybill.cyclonedx(reference), waybill.spdx(reference)):
        edges = document.dependency_names()
        assert ("gamma", "alpha") in edges and ("alpha", "beta") in edges
        assert ("alpha", "alpha") not in edges


# ---- container-manifest-2 ------------------------------------------------------------------------

MANIFEST = b"".join([
    b"filesystem\t1.1-9.cm2\t1653816591\t1653753130\tMicrosoft Corporation\t(none)\t7596\tx86_64\t"
    b"0\tfilesystem-1.1-9.cm2.src.rpm\n",
    b"bash\t5.1.8-1.cm2\t1653816591\t1653628955\tMicrosoft Corporation\t3\t3515635\tx86_64\t3\t"
    b"bash-5.1.8-1.cm2.src.rpm\n"])


def test_container_manifest(waybill, tmp_path):
    layer = Layer().files({"etc/os-release": b"ID=mariner\nVERSION_ID=\"2.0\"\n",
                           "var/lib/rpmmanifest/container-manifest-2": MANIFEST})
    document = both(waybill, images.write_oci(tmp_path / "i", [layer]))
    assert nevras(document) == ["bash-3-5.1.8-1.cm2.x86_64", "filesystem-0-1.1-9.cm2.x86_64"]
    assert "bash-5.1.8-1.cm2.src.rpm" in document.text


def test_container_manifest_with_a_bad_line(waybill, tmp_path):
    layer = Layer().files({"etc/os-release": b"ID=mariner\nVERSION_ID=\"2.0\"\n",
                           "var/lib/rpmmanifest/container-manifest-2":
                               MANIFEST + b"half a line\tand\n"})
    document = waybill.cyclonedx(images.write_oci(tmp_path / "i", [layer]))
    assert len(document.packages) == 2
    assert any("container-manifest-2" in line for line in document.run.warnings), document.run


# ---- several, damaged, deleted -------------------------------------------------------------------

def test_two_databases_are_reported(waybill, packages, tmp_path):
    one, two = rpms.RpmDatabase(tmp_path / "1"), rpms.RpmDatabase(tmp_path / "2")
    one.install(packages[0])
    two.install(packages[1])
    layer = Layer().files({"etc/os-release": RHEL, "var/lib/rpm/rpmdb.sqlite": one.sqlite(),
                           "usr/lib/sysimage/rpm/Packages.db": rpms.ndb(two.blobs())})
    document = both(waybill, images.write_oci(tmp_path / "i", [layer]))
    assert nevras(document) == ["alpha-2-1.0~rc1-3.el9.noarch", "beta-0-3-1.x86_64"]
    assert any("var/lib/rpm/rpmdb.sqlite" in line and "usr/lib/sysimage/rpm/Packages.db" in line
               for line in document.run.warnings), document.run
    assert "several-package-databases" in document.text


def spoil(blob):
    """A header whose index points outside: its name's offset."""
    return blob[:16] + b"\x7f\xff\xff\xff" + blob[20:]


@pytest.mark.parametrize("form", ["ndb", "bdb", "sqlite"])
def test_half_readable_database_is_reported(waybill, database, tmp_path, form):
    blobs = database.blobs()
    blobs[1] = spoil(blobs[1])
    if form == "sqlite":
        import sqlite3
        path = tmp_path / "rpmdb.sqlite"
        path.write_bytes(database.sqlite())
        connection = sqlite3.connect(path)
        connection.execute("update Packages set blob = ? where hnum = "
                           "(select hnum from Packages order by hnum limit 1 offset 1)",
                           (blobs[1],))
        connection.commit()
        connection.execute("pragma wal_checkpoint(truncate)").fetchall()
        connection.close()
        files = {"rpmdb.sqlite": path.read_bytes()}
    else:
        files = {"Packages.db": rpms.ndb(blobs)} if form == "ndb" else \
            {"Packages": rpms.bdb_hash(blobs)}
    run_document = waybill.cyclonedx(image_with(tmp_path / "i", files))
    assert len(run_document.packages) == 3
    assert run_document.run.warnings, "what could not be read must be said"
    assert "package-unreadable" in run_document.text


def test_damaged_ndb_blob_is_reported(waybill, database, tmp_path):
    data = bytearray(rpms.ndb(database.blobs()))
    at = data.index(b"BlbS", data.index(b"BlbS") + 4) + 40
    data[at] ^= 0xFF
    document = waybill.cyclonedx(image_with(tmp_path / "i", {"Packages.db": bytes(data)}))
    assert len(document.packages) == 3 and document.run.warnings


def test_deleted_database(waybill, database, tmp_path):
    """A common way to shrink an image, which must not make it look empty."""
    for name, layers in (("file", [Layer().whiteout("var/lib/rpm/rpmdb.sqlite")]),
                         ("folder", [Layer().whiteout("var/lib/rpm")]),
                         ("later", [Layer().file("f", "1"), Layer().whiteout("var")])):
        reference = image_with(tmp_path / name, {"rpmdb.sqlite": database.sqlite()}, layers=layers)
        document = both(waybill, reference)
        assert len(document.packages) == 4, name
        assert any("deleted" in line and f"layer {len(layers) + 1}" in line
                   for line in document.run.warnings), document.run
        assert "package-database-deleted" in document.text


def test_database_that_moves(waybill, database, packages, tmp_path):
    """From /var/lib/rpm to /usr/lib/sysimage/rpm, as Fedora did: nothing was added or removed."""
    upper = Layer().file("usr/lib/sysimage/rpm/rpmdb.sqlite", database.sqlite())
    upper.whiteout("var/lib/rpm").symlink("var/lib/rpm", "../../usr/lib/sysimage/rpm")
    reference = image_with(tmp_path / "i", {"Packages": rpms.bdb_hash(database.blobs())},
                           layers=[upper])
    document = both(waybill, reference)
    assert len(document.packages) == 4
    assert {package.introduced for package in document.packages} == {0}
    assert document.run.warnings == []


def test_layers_of_rpm_packages(waybill, packages, make_rpm, tmp_path):
    """Added, upgraded, removed, layer by layer; rpm's own list of each step is the oracle."""
    database, layers, steps = rpms.RpmDatabase(tmp_path / "db"), [], []

    def step():
        files = {"rpmdb.sqlite": database.sqlite()}
        steps.append(rpms.query(files, "%{NAME}.%{ARCH} %{EPOCHNUM}:%{VERSION}-%{RELEASE}\\n"))
        layers.append(Layer().files({"etc/os-release": RHEL,
                                     "usr/lib/sysimage/rpm/rpmdb.sqlite": files["rpmdb.sqlite"]}))
    database.install(packages[0], packages[1])
    step()
    database.install(packages[3])
    step()
    database.install(make_rpm("beta", version="4", arch="x86_64"))
    step()
    database.erase("gamma")
    step()
    step()
    document = waybill.cyclonedx(images.write_oci(tmp_path / "i", layers))
    from test_layer_attribution import history
    expected = history(dict(line.split(" ") for line in rows) for rows in steps)
    assert document.run.code == OK
    assert sorted(p.name + "." + p.arch for p in document.packages) == sorted(expected.alive)
    for package in document.packages:
        key = package.name + "." + package.arch
        assert (package.introduced, package.changed) == expected.alive[key], key
    assert {(p.name + "." + p.arch): (p.introduced, p.deleted) for p in document.removed} == {
        key: (span[0], span[2]) for key, span in expected.removed.items()}
