# SPDX-License-Identifier: Apache-2.0
"""Package databases that are cut, damaged or made to do harm."""
import os
import random
import struct

import debs
import images
import pytest
import rpms
from hostile import OS_RELEASE, STATUS, base, noise
from layers import Layer
from program import BAD_INPUT, OK, assert_one_error_line

RPM_RELEASE = b'ID="rhel"\nVERSION_ID="9.4"\n'


@pytest.fixture(scope="module")
def database(make_rpm, tmp_path_factory):
    made = rpms.RpmDatabase(tmp_path_factory.mktemp("rpmdb") / "rpm")
    made.install(*[make_rpm(name) for name in ("alpha", "beta", "gamma")])
    return made


def rpm_image(folder, name, data):
    return images.write_oci(folder, [Layer().files({"etc/os-release": RPM_RELEASE,
                                                    f"var/lib/rpm/{name}": data})])


def database_files(database):
    blobs = database.blobs()
    return {"rpmdb.sqlite": database.sqlite(), "Packages.db": rpms.ndb(blobs),
            "Packages": rpms.bdb_hash(blobs)}


@pytest.mark.parametrize("name", ["rpmdb.sqlite", "Packages.db", "Packages"])
def test_truncated_rpm_databases(waybill, database, tmp_path, name):
    """Never a shorter list in silence: refused, or said."""
    data = database_files(database)[name]
    for part in range(1, 16):
        size = len(data) * part // 16
        run = waybill.run("sbom", rpm_image(tmp_path / str(part), name, data[:size]),
                          "-o", f"cyclonedx-json={tmp_path}/out.json")
        assert run.code in (OK, BAD_INPUT), run
        if run.code == BAD_INPUT:
            assert_one_error_line(run)
            assert "layer 1" in run.stderr and name in run.stderr, run
            assert not (tmp_path / "out.json").exists()
        else:
            count = (tmp_path / "out.json").read_text().count('"pkg:rpm/')
            assert count >= 3 or run.warnings, (part, run)
            os.remove(tmp_path / "out.json")


@pytest.mark.parametrize("name", ["rpmdb.sqlite", "Packages.db", "Packages"])
def test_corrupt_rpm_databases(waybill, database, tmp_path, name):
    """Bytes changed at places chosen by a fixed seed: no crash, no hang, no half a document."""
    data = database_files(database)[name]
    chance = random.Random(name)
    for number in range(30):
        damaged = bytearray(data)
        for _ in range(chance.choice((1, 1, 4, 64))):
            damaged[chance.randrange(len(data))] = chance.randrange(256)
        output = tmp_path / "out.json"
        run = waybill.run("sbom", rpm_image(tmp_path / str(number), name, bytes(damaged)),
                          "-o", f"cyclonedx-json={output}", timeout=60)
        assert run.code in (OK, BAD_INPUT) and output.exists() == (run.code == OK), run
        if run.code == BAD_INPUT:
            assert_one_error_line(run)
        else:
            os.remove(output)


@pytest.mark.parametrize("name", ["rpmdb.sqlite", "Packages.db", "Packages"])
def test_rpm_databases_that_are_something_else(waybill, tmp_path, name):
    for number, data in enumerate((b"", b"x", noise(50_000), b"SQLite format 3\0" + noise(5000),
                                   b"RpmP" + noise(9000), bytes(100_000), STATUS)):
        reference = rpm_image(tmp_path / str(number), name, data)
        run = waybill.run("sbom", reference, "-o", f"table={tmp_path}/out")
        assert run.code == BAD_INPUT or run.warnings, (number, run)


def damaged_header(blob, change):
    data = bytearray(blob)
    change(data)
    return bytes(data)


def put_u32(at, value):
    return lambda data: data.__setitem__(slice(at, at + 4), struct.pack(">I", value))


HEADER_CHANGES = {
    "no-entries": put_u32(0, 0), "entries": put_u32(0, 0xFFFFFFFF), "many-entries": put_u32(0, 60000),
    "data": put_u32(4, 0xFFFFFFFF), "no-data": put_u32(4, 0), "tag": put_u32(8, 0xFFFFFFFF),
    "type": put_u32(12, 77), "offset": put_u32(16, 0x7FFFFFFF), "count": put_u32(20, 0xFFFFFFFF),
    "second-offset": put_u32(32, 0xFFFFFFF0), "second-count": put_u32(36, 1 << 28),
}


@pytest.mark.parametrize("change", HEADER_CHANGES)
def test_rpm_headers_that_are_damaged(waybill, database, tmp_path, change):
    """One of three: the others are listed and the loss is said, or all is refused."""
    blobs = database.blobs()
    blobs[1] = damaged_header(blobs[1], HEADER_CHANGES[change])
    for name, data in (("Packages.db", rpms.ndb(blobs)), ("Packages", rpms.bdb_hash(blobs))):
        output = tmp_path / f"{name}.json"
        run = waybill.run("sbom", rpm_image(tmp_path / name, name, data),
                          "-o", f"cyclonedx-json={output}")
        assert run.code == BAD_INPUT or run.warnings, (name, run)
        if run.code == BAD_INPUT:
            assert_one_error_line(run)
        else:
            assert output.read_text().count('"pkg:rpm/rhel/') + output.read_text().count(
                '"pkg:rpm/redhat/') >= 2


def test_sqlite_that_runs_code(waybill, database, tmp_path):
    """A schema whose Packages is a view over an endless query: refused or stopped, not followed."""
    import sqlite3
    path = tmp_path / "evil.sqlite"
    connection = sqlite3.connect(path)
    connection.execute(
        "create view Packages(hnum, blob) as with recursive n(i) as (select 1 union all "
        "select i + 1 from n) select i, zeroblob(100) from n")
    connection.commit()
    connection.close()
    waybill.refuses(rpm_image(tmp_path / "i", "rpmdb.sqlite", path.read_bytes()), tmp_path,
                    "rpmdb.sqlite", timeout=60)


def test_status_files_cut_anywhere(waybill, tmp_path):
    """What dpkg would refuse is said; nothing makes it crash."""
    for cut in range(0, len(STATUS), 9):
        reference = images.write_oci(tmp_path / str(cut), [Layer().files({
            "etc/os-release": OS_RELEASE, "var/lib/dpkg/status": STATUS[:cut]})])
        run = waybill.run("sbom", reference, "-o", f"table={tmp_path}/out")
        assert run.code in (OK, BAD_INPUT), run


def test_status_files_of_long_lines(waybill, tmp_path):
    """Megabytes in one field, a hundred thousand fields, a hundred thousand empty lines."""
    cases = {"value": debs.status_file(debs.stanza("a", X_Long="y" * (5 << 20))),
             "name": debs.status_file(debs.stanza("a" * 1_000_000)),
             "fields": debs.status_file(debs.stanza("a", **{f"X{i}": i for i in range(100_000)})),
             "lines": b"\n" * 1_000_000 + STATUS + b"\n" * 1_000_000,
             "depends": debs.status_file(debs.stanza("a", Depends=", ".join(
                 f"p{i} | q{i}" for i in range(50_000)))),
             "continuation": debs.status_file(debs.stanza("a") + " more\n" * 300_000),
             "many": debs.status_file(*[debs.stanza(f"p{i}") for i in range(3000)])}
    for name, data in cases.items():
        reference = images.write_oci(tmp_path / name, [Layer().files({
            "etc/os-release": OS_RELEASE, "var/lib/dpkg/status": data})], kind="gzip-fast")
        run = waybill.run("sbom", reference, "-o", f"cyclonedx-json={tmp_path}/{name}.json",
                          timeout=60)
        assert run.code in (OK, BAD_INPUT), (name, run)
        assert name == "name" or run.code == OK, (name, run)


def test_database_that_is_a_device_or_a_directory(waybill, tmp_path):
    for number, layer in enumerate((Layer().device("var/lib/dpkg/status", 1, 3),
                                    Layer().fifo("var/lib/dpkg/status"),
                                    Layer().directory("var/lib/dpkg/status"),
                                    Layer().symlink("var/lib/dpkg/status", "/dev/zero"),
                                    Layer().symlink("var/lib/dpkg/status", "nowhere"))):
        layer.file("etc/os-release", OS_RELEASE)
        document = waybill.cyclonedx(images.write_oci(tmp_path / str(number), [layer]), timeout=20)
        assert document.packages == [] and document.run.warnings, number


def test_database_that_is_too_large(waybill, tmp_path):
    """A sparse status file of a gigabyte must not be kept in memory."""
    layer = base().sparse_pax("var/lib/dpkg/status", [(0, STATUS)], 1 << 30, "1.0")
    reference = images.write_oci(tmp_path / "image", [layer])
    waybill.refuses(reference, tmp_path, "layer 1", "var/lib/dpkg/status")
