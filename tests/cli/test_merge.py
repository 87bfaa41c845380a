# SPDX-License-Identifier: Apache-2.0
"""waybill merge: one valid document of many images, shared packages once, each image's part kept."""
import itertools
import json

import images
import pytest
from debs import stanza, status_file
from documents import CycloneDx, Spdx
from layers import Layer
from program import BAD_INPUT, OK, USAGE

COPYRIGHT = """Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/

Files: *
Copyright: 2001 One Author
License: Own
 {}
"""
LABELS = {"org.opencontainers.image.vendor": "Example Vendor", "tier": "front"}


def write_image(folder, name, own, text, stray):
    """An image with its own package and one that both have, and a file under the same path."""
    content = {
        "var/lib/dpkg/status": status_file(stanza("shared", "1.0"),
                                           stanza(own, "2.0", Depends="shared")),
        "etc/os-release": b"ID=debian\nVERSION_ID=12\n",
        f"usr/share/doc/{own}/copyright": COPYRIGHT.format(text).encode(),
        "srv/stray": stray, "srv/same": b"same\n"}
    images.single(images.Image([Layer().files(content)], labels=LABELS), "1").write(folder / name)
    return f"oci:{folder / name}:1"


class MergedSpdx(Spdx):
    """Two images may have a file under the same path."""

    def add_file(self, file):
        self.files[file.path] = file


class MergedCycloneDx(CycloneDx):
    def add_file(self, file):
        self.files[file.path] = file


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    folder = tmp_path_factory.mktemp("merge")
    return (write_image(folder, "app", "app-tool", "text of the one", b"1"),
            write_image(folder, "proxy", "proxy-tool", "text of the other", b"2"))


def merge(waybill, *arguments, code=OK):
    run = waybill.run("merge", *arguments)
    assert run.code == code, run
    return run.stdout


@pytest.fixture(scope="module", params=["spdx-json", "cyclonedx-json"])
def merged(request, waybill, pair):
    """Held against schema and validator as it is read."""
    data = merge(waybill, *pair, "-o", request.param, "--name", "product", "--version", "7",
                 "--creator", "Acme <sbom@acme.example.org>")
    return (MergedSpdx if request.param == "spdx-json" else MergedCycloneDx)(data, None), data


def test_shared_packages_once(merged):
    document, _ = merged
    names = [one.name for one in document.packages]
    assert sorted(names) == ["app", "app-tool", "proxy", "proxy-tool", "shared"]
    assert (document.primary["name"], document.primary["version"]) == ("product", "7")


def test_each_image_has_its_part(merged):
    document, _ = merged
    edges = document.dependency_names()
    for image, own in (("app", "app-tool"), ("proxy", "proxy-tool")):
        assert {(image, own), (image, "shared"), (own, "shared")} <= edges
    assert ("app", "proxy-tool") not in edges and ("proxy", "app-tool") not in edges


def test_images_are_what_they_were(waybill, pair, merged):
    _, data = merged
    report = json.loads(waybill.run("query", "-", "--package", "app", "-o", "json",
                                    stdin=data).stdout)
    purl = report["packages"][0]["purl"]
    assert purl == waybill.cyclonedx(pair[0]).raw["metadata"]["component"]["purl"]
    assert "image:label:tier" in data.decode() and "image:layer:1" in data.decode()


def test_files_belong_to_their_images(waybill, merged):
    _, data = merged
    files = json.loads(waybill.run("query", "-", "--file", "/srv/*", "-o", "json",
                                   stdin=data).stdout)["files"]
    owners = sorted((one["path"], sorted(owner["name"] for owner in one["packages"]))
                    for one in files)
    assert owners == [("/srv/same", ["app", "proxy"]), ("/srv/stray", ["app"]),
                      ("/srv/stray", ["proxy"])]


def test_licence_texts_do_not_mix(waybill, merged):
    _, data = merged
    spdx = json.loads(waybill.run("convert", "-", "-o", "spdx-json", stdin=data).stdout)
    texts = {one["licenseId"]: one["extractedText"]
             for one in spdx["hasExtractedLicensingInfos"]}
    declared = {one["name"]: one["licenseDeclared"] for one in spdx["packages"]
                if "licenseDeclared" in one}
    assert "text of the one" in texts[declared["app-tool"]]
    assert "text of the other" in texts[declared["proxy-tool"]]


def test_why_says_which_image(waybill, merged):
    _, data = merged
    lines = waybill.run("query", "-", "--why", "proxy-tool", stdin=data).stdout.decode()
    assert "  proxy -> proxy-tool\n" in lines and "app ->" not in lines


@pytest.mark.parametrize("name", ["spdx-json", "spdx-tag-value", "cyclonedx-json", "cyclonedx-xml",
                                  "coswid"])
def test_formats(waybill, pair, tmp_path, name):
    """Of documents as of images, valid, in whatever order, the same bytes every time, and read again
    they are the same."""
    parts = []
    for i, reference in enumerate(pair):
        waybill.sbom(reference, "-o", f"spdx-json={tmp_path / str(i)}")
        parts.append(str(tmp_path / str(i)))
    written = {merge(waybill, *order, "-o", name) for order in itertools.permutations(parts)}
    assert len(written) == 1
    data = written.pop()
    assert waybill.run("validate", "-", stdin=data).code == OK
    assert waybill.run("convert", "-", "-o", name, "--exit-code", stdin=data).stdout == data


def test_a_part_twice_is_there_once(waybill, pair):
    once = json.loads(merge(waybill, pair[0], "-o", "cyclonedx-json"))
    twice = json.loads(merge(waybill, pair[0], pair[0], "-o", "cyclonedx-json"))
    for part in ("components", "dependencies"):
        assert [one.get("bom-ref", one.get("ref")) for one in once[part]] == \
            [one.get("bom-ref", one.get("ref")) for one in twice[part]]


def test_others_documents(waybill, tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).write_text(json.dumps({
            "bomFormat": "CycloneDX", "specVersion": "1.5",
            "metadata": {"component": {"type": "application", "name": name, "version": "1"}},
            "components": [{"type": "library", "bom-ref": "a", "name": "left", "version": "1",
                            "purl": "pkg:npm/left@1"}]}))
    document = json.loads(merge(waybill, str(tmp_path / "one"), str(tmp_path / "two"), "-o",
                                "cyclonedx-json"))
    assert sorted(one["name"] for one in document["components"]) == ["left", "one", "two"]


def test_wrong_use(waybill, pair, tmp_path):
    assert waybill.run("merge", "-o", "spdx-json").code == USAGE
    assert waybill.run("merge", pair[0]).code == USAGE
    (tmp_path / "bad").write_text("{}")
    merge(waybill, pair[0], str(tmp_path / "bad"), "-o", f"spdx-json={tmp_path / 'out'}",
          code=BAD_INPUT)
    assert not (tmp_path / "out").exists()


def package_properties(data):
    """name -> [(property, value)] of the packages of a CycloneDX document."""
    return {one["name"]: [(each["name"], each["value"]) for each in one.get("properties", [])
                          if each["name"].startswith("image:")]
            for one in json.loads(data)["components"] if one["type"] in ("library", "container")}


def test_what_is_one_images_own_is_told_apart(waybill, tmp_path):
    """Layers, databases and what was removed, of two images that share a package."""
    status = status_file(stanza("gone", "1.0"), stanza("shared", "1.0"))
    later = status_file(stanza("shared", "1.0"))
    system = {"etc/os-release": b"ID=debian\nVERSION_ID=12\n"}
    one = images.Image([Layer().files(system), Layer().files({"var/lib/dpkg/status": status}),
                        Layer().files({"var/lib/dpkg/status": later})])
    two = images.Image([Layer().files({"var/lib/dpkg/status": later, **system})])
    references = []
    for name, image in (("one", one), ("two", two)):
        images.single(image, "1").write(tmp_path / name)
        references.append(f"oci:{tmp_path / name}:1")
    data = merge(waybill, *references, "-o", "cyclonedx-json")
    assert merge(waybill, *reversed(references), "-o", "cyclonedx-json") == data
    found = package_properties(data)
    assert package_properties(merge(waybill, *references, references[0], "-o", "cyclonedx-json")) == found
    purls = {part["name"]: part["purl"] for part in json.loads(data)["components"] if part["type"] == "container"}
    assert len(purls) == 2
    first, second = purls["one"], purls["two"]
    digests = [layer.digest for layer in one.layers]
    assert set(found["shared"]) == {
        ("image:part", first), ("image:introduced", f"{first} 2 {digests[1]}"),
        ("image:part", second), ("image:introduced", f"{second} 1 {two.layers[0].digest}")}
    assert set(found["gone"]) == {
        ("image:part", first), ("image:introduced", f"{first} 2 {digests[1]}"),
        ("image:deleted", f"{first} 3 {digests[2]}")}
    assert ("image:database:1", "dpkg-status 1 /var/lib/dpkg/status") in found["one"]
    for name in ("spdx-json", "spdx3-json", "cyclonedx-xml", "coswid"):
        (tmp_path / name).write_bytes(merge(waybill, *references, "-o", name))
        back = waybill.run("convert", str(tmp_path / name), "-o", "cyclonedx-json")
        assert back.code == OK and not back.stderr
        assert {key: set(value) for key, value in package_properties(back.stdout).items()} == \
            {key: set(value) for key, value in found.items()}
