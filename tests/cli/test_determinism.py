# SPDX-License-Identifier: Apache-2.0
"""The same image and the same options give the same bytes, whatever the machine, its settings, the
number of threads and the store that the image lies in."""
import datetime
import json
import os
import re
import shutil
import socket

import compression
import debs
import images
import pytest
import rpms
from images import Image
from layers import Layer
from program import FORMATS

EXAMPLE_STATUS = debs.status_file(*[
    debs.stanza(f"package-{number % 40:02}", f"{number}.0-1", ("amd64", "i386")[number // 40],
                Multi_Arch="same", Depends=f"package-{(number * 7 + 1) % 40:02} (>= 1)",
                Source=f"source-{number % 5}")
    for number in range(80)])


def deb_layers():
    """Many layers of which the middle ones are the largest, so that they end out of order."""
    layers = [Layer().files({"etc/os-release": b"ID=debian\nVERSION_ID=\"12\"\n",
                             "var/lib/dpkg/status": EXAMPLE_STATUS.split(b"Package: package-05")[0]
                             + b"\n"})]
    for number in range(12):
        layer = Layer().file(f"srv/{number}", bytes([number]) * (abs(6 - number) ** 3 * 4000))
        layers.append(layer.file(f"srv/Ä{number}", "1").file(b"srv/\xff%d" % number, "2"))
    layers.append(Layer().file("var/lib/dpkg/status", EXAMPLE_STATUS))
    for number in range(40):
        layers[0].file(f"usr/share/doc/package-{number:02}/copyright",
                       "/usr/share/common-licenses/" + ("GPL-2", "Apache-2.0", "BSD")[number % 3])
    return layers


@pytest.fixture(scope="module")
def layouts(make_rpm, tmp_path_factory):
    """References of the same kinds of image: dpkg, rpm, and both in one."""
    database = rpms.RpmDatabase(tmp_path_factory.mktemp("rpmdb") / "rpm")
    database.install(*[make_rpm(name, header="Requires: alpha\nLicense: GPLv2+ and MIT\n")
                       for name in ("alpha", "beta", "gamma", "delta")])
    rpm = Layer().files({"etc/os-release": b"ID=fedora\nVERSION_ID=40\n",
                         "var/lib/rpm/rpmdb.sqlite": database.sqlite()})
    folder = tmp_path_factory.mktemp("images")
    all_layers = {"deb": deb_layers(), "rpm": [rpm], "both": [*deb_layers(), rpm]}
    return {name: Image(layers, labels={"b": "2", "a": "1"}) for name, layers in all_layers.items()
            }, folder


def documents(waybill, reference, *arguments, **more):
    """All formats of one run, as one piece of bytes, and what it said."""
    run = waybill.sbom(reference, "-o", "spdx-json", "--files", "all", *arguments, **more)
    content = [run.stdout]
    for name in FORMATS[1:]:
        content.append(waybill.sbom(reference, "-o", name, "--files", "all", *arguments,
                                    **more).stdout)
    return b"".join(content), run.stderr


@pytest.fixture(params=["deb", "rpm", "both"])
def image(request, layouts, tmp_path):
    all_images, _ = layouts
    images.single(all_images[request.param], "v1").write(tmp_path / "image")
    return all_images[request.param]


def test_threads(waybill, image, tmp_path):
    results = {documents(waybill, f"oci:{tmp_path}/image:v1", "--threads", count)
               for count in ("1", "2", "3", "8", "64")}
    assert len(results) == 1


def test_again_and_again(waybill, image, tmp_path):
    assert len({documents(waybill, f"oci:{tmp_path}/image:v1", "--threads", "4")
                for _ in range(5)}) == 1


def test_settings_of_the_machine(waybill, image, tmp_path):
    reference = f"oci:{tmp_path}/image:v1"
    settings = [{}, {"TZ": "Asia/Kathmandu"}, {"TZ": ":/nonsense"}, {"LC_ALL": "tr_TR.UTF-8"},
                {"LANG": "de_DE.UTF-8", "LC_NUMERIC": "de_DE.UTF-8"}, {"LC_ALL": "C"},
                {"LC_ALL": "C.UTF-8"}, {"HOME": "/nowhere", "USER": "somebody", "TMPDIR": "/nowhere"},
                {"COLUMNS": "20", "TERM": "dumb", "NO_COLOR": "1"}, {"POSIXLY_CORRECT": "1"}]
    assert len({documents(waybill, reference, env=env) for env in settings}) == 1


def test_time_of_the_run_does_not_count(waybill, image, tmp_path):
    """Another mtime, and another day: the times of the files in the store say nothing."""
    reference = f"oci:{tmp_path}/image:v1"
    before = documents(waybill, reference)
    for folder, _, names in os.walk(tmp_path / "image"):
        for name in names:
            os.utime(os.path.join(folder, name), (1, 1))
    assert documents(waybill, reference) == before


def test_working_directory(waybill, image, tmp_path):
    """The document says where it was read from only as far as its name goes; given one, nothing."""
    (tmp_path / "elsewhere/deep").mkdir(parents=True)
    shutil.copytree(tmp_path / "image", tmp_path / "elsewhere/deep/image")
    results = {documents(waybill, reference, cwd=cwd) for reference, cwd in (
        ("oci:image:v1", tmp_path), ("oci:image:v1", tmp_path / "elsewhere/deep"))}
    assert len(results) == 1


def test_nothing_of_the_machine_is_in_it(waybill, image, tmp_path):
    text = documents(waybill, f"oci:{tmp_path}/image:v1")[0].decode()
    # When rpm installed a package is a fact of the package.
    text = re.sub(r'waybill:package:installTime(=|\W+value\W+|">)[-0-9TZ:]+', "", text)
    assert str(tmp_path) not in text
    assert not re.search(rf"\b{re.escape(socket.gethostname())}\b", text)
    now = datetime.datetime.now(datetime.timezone.utc)
    assert f"{now:%Y-%m-%d}" not in text


def test_source_date_epoch(waybill, image, tmp_path):
    reference = f"oci:{tmp_path}/image:v1"
    one = waybill.spdx(reference, env={"SOURCE_DATE_EPOCH": "1000000000"})
    two = waybill.spdx(reference, env={"SOURCE_DATE_EPOCH": "1000000001"})
    # A document that says something else, be it its time, has a name of its own.
    assert one.raw["documentNamespace"] != two.raw["documentNamespace"]
    assert one.text.replace("2001-09-09T01:46:40Z", "2001-09-09T01:46:41Z").replace(
        one.raw["documentNamespace"], two.raw["documentNamespace"]) == two.text
    for bad in ("yesterday", "-1", "99999999999999999999", "1.5", " 1"):
        run = waybill.run("sbom", reference, env={"SOURCE_DATE_EPOCH": bad})
        assert run.code in (2, 3) and "SOURCE_DATE_EPOCH" in run.stderr, (bad, run)



def test_stores_of_one_image(waybill, image, tmp_path):
    """A layout, its archive, a pipe, blobs in any order, a gzipped archive: one manifest, one
    document, once the name is given. (The name of the file stays in it: it is the same here.)"""
    layout = images.single(image, "v1")
    archives = {"plain": layout.archive(), "turned": layout.archive(blobs_first=True),
                "packed": compression.gzip(layout.archive())}
    for folder, data in archives.items():
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "image.tar").write_bytes(data)
    named = ("--source-name", "example", "--source-version", "1")
    results = {}
    for reference in ("oci:image", "oci:image:v1", "image", "plain/image.tar",
                      "oci-archive:plain/image.tar:v1", "oci-archive:turned/image.tar",
                      "oci-archive:packed/image.tar",
                      f"oci:image@{layout.manifests[0]['digest']}"):
        results[reference] = documents(waybill, reference, *named, cwd=tmp_path)[0]
    for name, data in archives.items():
        results["- " + name] = documents(waybill, "-", *named, stdin=data)[0]
    different = [name for name, content in results.items() if content != results["oci:image"]]
    assert not different, {name: first_difference(results[name], results["oci:image"])
                           for name in different}


def first_difference(one, two):
    for left, right in zip(one.splitlines(), two.splitlines()):
        if left != right:
            return left, right
    return len(one), len(two)


def test_order_in_which_files_lie_in_a_directory(waybill, tmp_path):
    """Directories list their files in the order in which they came to be."""
    names = [f"srv/{name}" for name in "zaZB\u00e4_-."] + ["etc/os-release", "var/lib/dpkg/status"]
    contents = {"etc/os-release": b"ID=debian\n", "var/lib/dpkg/status": EXAMPLE_STATUS}
    for folder, order in (("one", names), ("two", names[::-1])):
        for name in order:
            if name.endswith("."):
                continue
            path = tmp_path / folder / "root" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(contents.get(name, name.encode()))
            os.chmod(path, 0o644)
    results = {documents(waybill, "dir:root", cwd=tmp_path / folder, env={"LC_ALL": "C.UTF-8"})
               for folder in ("one", "two")}
    assert len(results) == 1


def test_order_of_entries_in_a_layer(waybill, tmp_path):
    """Another order is another layer, with digests of its own; all else is the same."""
    contents = {f"srv/{name}": name.encode() for name in "zaZB_-"}
    contents.update({"etc/os-release": b"ID=debian\n", "var/lib/dpkg/status": EXAMPLE_STATUS})
    found = []
    for number, order in enumerate((sorted(contents), sorted(contents, reverse=True))):
        layer = Layer()
        for name in order:
            layer.file(name, contents[name])
        reference = images.write_oci(tmp_path / str(number), [layer])
        text = waybill.sbom(reference, "-o", "cyclonedx-json", "--files", "all").stdout.decode()
        # The names of the layer are the only thing that may differ.
        found.append(json.loads(re.sub("sha256:[0-9a-f]{64}", "", text))["components"])
    assert found[0] == found[1]


def test_different_images_have_different_identities(waybill, tmp_path):
    seen = set()
    for number in range(3):
        reference = images.write_oci(tmp_path / str(number), [Layer().files({
            "etc/os-release": b"ID=debian\n", "var/lib/dpkg/status": EXAMPLE_STATUS,
            "srv/number": str(number).encode()})])
        for files in ("none", "unowned", "all"):
            seen.add(waybill.spdx(reference, "--files", files).raw["documentNamespace"])
            seen.add(waybill.cyclonedx(reference, "--files", files).raw["serialNumber"])
    assert len(seen) == 18
