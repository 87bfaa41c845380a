# SPDX-License-Identifier: Apache-2.0
"""Where images lie and which one is meant (containers-transports(5), OCI image-spec 1.1)."""
import json
import os
import platform

import debs
import images
import pytest
from images import Image, Layout
from layers import Layer
from program import BAD_INPUT, OK, SYSTEM, USAGE

HOST = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
OTHER = "s390x"


def root_layer(*names):
    status = debs.status_file(*(debs.stanza(name) for name in names))
    return Layer().files({"etc/os-release": b"ID=debian\nVERSION_ID=\"12\"\n",
                          "var/lib/dpkg/status": status})


def image(*names, architecture=HOST, **more):
    return Image([root_layer(*names)], architecture=architecture, **more)


def names(document):
    return sorted(package.name for package in document.packages)


@pytest.fixture
def layout(tmp_path):
    """Two tagged images, `one` with package alpha and `two` with beta, in every kind of store."""
    layout = Layout()
    layout.add(layout.image(image("alpha")), "one").add(layout.image(image("beta")), "two")
    return layout


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)
    return path


def test_oci_directory_by_tag(waybill, layout, tmp_path):
    layout.write(tmp_path / "store")
    assert names(waybill.cyclonedx(f"oci:{tmp_path}/store:one")) == ["alpha"]
    assert names(waybill.cyclonedx(f"oci:{tmp_path}/store:two")) == ["beta"]


def test_oci_directory_by_digest(waybill, layout, tmp_path):
    layout.write(tmp_path / "store")
    digest = layout.manifests[1]["digest"]
    document = waybill.cyclonedx(f"oci:{tmp_path}/store@{digest}")
    assert names(document) == ["beta"]
    assert digest in document.text


def test_oci_without_tag_needs_a_single_image(waybill, layout, tmp_path):
    layout.write(tmp_path / "two")
    waybill.refuses(f"oci:{tmp_path}/two", tmp_path, "one", "two")
    images.single(image("alpha"), "v1").write(tmp_path / "single")
    assert names(waybill.cyclonedx(f"oci:{tmp_path}/single")) == ["alpha"]


def test_untagged_image(waybill, tmp_path):
    images.single(image("alpha"), None).write(tmp_path / "store")
    assert names(waybill.cyclonedx(f"oci:{tmp_path}/store")) == ["alpha"]


def test_unknown_tag_lists_what_is_there(waybill, layout, tmp_path):
    layout.write(tmp_path / "store")
    waybill.refuses(f"oci:{tmp_path}/store:three", tmp_path, "three", "one", "two")


def test_unknown_digest(waybill, layout, tmp_path):
    layout.write(tmp_path / "store")
    waybill.refuses(f"oci:{tmp_path}/store@sha256:{'0' * 64}", tmp_path, "000000000000")


@pytest.mark.parametrize("blobs_first", [False, True])
def test_oci_archive(waybill, layout, tmp_path, blobs_first):
    path = write(tmp_path / "store.tar", layout.archive(blobs_first))
    assert names(waybill.cyclonedx(f"oci-archive:{path}:two")) == ["beta"]
    digest = layout.manifests[0]["digest"]
    assert names(waybill.cyclonedx(f"oci-archive:{path}@{digest}")) == ["alpha"]


@pytest.mark.parametrize("make", [images.docker_legacy, images.docker_modern])
def test_docker_archive(waybill, tmp_path, make):
    path = write(tmp_path / "saved.tar", make(image("alpha"), tags=("example:1.0",)))
    document = waybill.cyclonedx(f"docker-archive:{path}")
    assert names(document) == ["alpha"]
    assert document.primary["name"] == "example"
    assert document.primary["version"] == "1.0"
    assert names(waybill.cyclonedx(f"docker-archive:{path}:example:1.0")) == ["alpha"]
    waybill.refuses(f"docker-archive:{path}:example:2.0", tmp_path, "example:2.0", "example:1.0")


@pytest.mark.parametrize("make", [images.docker_legacy, images.docker_modern])
def test_docker_archive_layers_that_occur_twice(waybill, tmp_path, make):
    """A layer that occurs twice is a symlink in the legacy layout."""
    again = root_layer("alpha")
    path = write(tmp_path / "saved.tar",
                 make(Image([again, Layer().whiteout("var/lib/dpkg/status"), again])))
    assert names(waybill.cyclonedx(f"docker-archive:{path}")) == ["alpha"]


def test_docker_archive_with_manifest_first_and_no_tag(waybill, tmp_path):
    data = images.docker_legacy(image("alpha"), tags=(), manifest_first=True)
    path = write(tmp_path / "saved.tar", data)
    assert names(waybill.cyclonedx(f"docker-archive:{path}")) == ["alpha"]


def test_docker_archive_of_several_images(waybill, tmp_path):
    one, two = image("alpha"), image("beta")
    layout = Layout()
    entries = []
    for one_image, tag in ((one, "first:1"), (two, "second:2")):
        plain = Image([images.Blob(layer.tar, layer.tar, images.MEDIA_TYPES["none"])
                       for layer in one_image.layers], architecture=HOST)
        layout.add(layout.image(plain), tag.partition(":")[2])
        entries.append({"Config": "blobs/sha256/" + images.sha256(plain.config_bytes())[7:],
                        "RepoTags": [tag],
                        "Layers": ["blobs/sha256/" + layer.digest[7:] for layer in plain.layers]})
    members = list(layout.members().items()) + [("manifest.json", images.to_json(entries))]
    path = write(tmp_path / "saved.tar", images.plain_tar(members))
    assert names(waybill.cyclonedx(f"docker-archive:{path}:second:2")) == ["beta"]
    waybill.refuses(f"docker-archive:{path}", tmp_path, "first:1", "second:2")


def unpack(layer, folder):
    import io
    import tarfile
    with tarfile.open(fileobj=io.BytesIO(layer.tar())) as archive:
        # Pythons before 3.11.4 know no filters and trust everything anyway.
        archive.extraction_filter = lambda member, _: member
        archive.extractall(folder)
    return folder


def test_directory(waybill, tmp_path):
    unpack(root_layer("alpha", "beta"), tmp_path / "appliance")
    document = waybill.cyclonedx(f"dir:{tmp_path}/appliance")
    assert names(document) == ["alpha", "beta"]
    assert document.primary["name"] == "appliance"


def test_bare_paths_are_looked_at(waybill, layout, tmp_path):
    unpack(root_layer("gamma"), tmp_path / "rootfs")
    assert names(waybill.cyclonedx(str(tmp_path / "rootfs"))) == ["gamma"]
    images.single(image("alpha"), "v1").write(tmp_path / "store")
    assert names(waybill.cyclonedx(str(tmp_path / "store"))) == ["alpha"]
    path = write(tmp_path / "store.tar", images.single(image("beta"), "v1").archive(True))
    assert names(waybill.cyclonedx(str(path))) == ["beta"]
    for make in (images.docker_legacy, images.docker_modern):
        path = write(tmp_path / "saved.tar", make(image("delta")))
        assert names(waybill.cyclonedx(str(path))) == ["delta"]
    assert names(waybill.cyclonedx("store", cwd=tmp_path)) == ["alpha"]


@pytest.mark.parametrize("name,data", [
    ("oci-archive", images.single(image("alpha"), "v1").archive()),
    ("oci-archive-blobs-first", images.single(image("alpha"), "v1").archive(True)),
    ("docker-legacy", images.docker_legacy(image("alpha"))),
    ("docker-legacy-manifest-first", images.docker_legacy(image("alpha"), manifest_first=True)),
    ("docker-modern", images.docker_modern(image("alpha"))),
])
def test_standard_input(waybill, name, data):
    assert names(waybill.cyclonedx("-", stdin=data)) == ["alpha"]


def test_standard_input_says_the_same_as_the_file(waybill, tmp_path):
    data = images.single(image("alpha"), "v1").archive()
    path = write(tmp_path / "store.tar", data)
    piped = waybill.cyclonedx("-", "--source-name", "x", stdin=data)
    read = waybill.cyclonedx(f"oci-archive:{path}", "--source-name", "x")
    assert sorted(p.purl for p in piped.packages) == sorted(p.purl for p in read.packages)
    assert piped.primary["purl"] == read.primary["purl"]


def test_nothing_on_standard_input(waybill, tmp_path):
    waybill.refuses("-", tmp_path)
    waybill.refuses("-", tmp_path, stdin=b"these are not the bytes of an archive")


# ---- indexes and platforms -----------------------------------------------------------------------

ATTESTATION = {"platform": {"architecture": "unknown", "os": "unknown"},
               "annotations": {"vnd.docker.reference.type": "attestation-manifest"}}


def platform_descriptor(layout, one):
    return layout.image(one, platform=one.platform)


@pytest.fixture
def multi(tmp_path):
    """An index of three platforms and buildkit's attestations, the attestation first."""
    layout = Layout()
    statement = Image([images.Blob(b"{}", b"{}", "application/vnd.in-toto+json")],
                      architecture="unknown", os="unknown")
    layout.index_annotations = {"note": "made by the tests"}
    index = layout.index([
        layout.image(statement, **ATTESTATION),
        platform_descriptor(layout, image("for-host")),
        platform_descriptor(layout, image("for-arm-v7", architecture="arm", variant="v7")),
        platform_descriptor(layout, image("for-other", architecture=OTHER))])
    layout.add(index, "multi").write(tmp_path / "multi")
    return f"oci:{tmp_path}/multi:multi"


def test_the_hosts_platform_is_chosen(waybill, multi):
    assert names(waybill.cyclonedx(multi)) == ["for-host"]


def test_platform_option(waybill, multi, tmp_path):
    for wanted, name in (("linux/" + OTHER, "for-other"), ("linux/arm", "for-arm-v7"),
                         ("linux/arm/v7", "for-arm-v7"), ("linux/" + HOST, "for-host")):
        document = waybill.cyclonedx(multi, "--platform", wanted)
        assert names(document) == [name]
    waybill.refuses(multi, tmp_path, "linux/mips", "linux/" + OTHER, "linux/arm/v7",
                    arguments=["--platform", "linux/mips"])
    run = waybill.run("sbom", multi, "--platform", "linux")
    assert run.code == USAGE, run


def test_attestations_are_never_chosen(waybill, multi, tmp_path):
    waybill.refuses(multi, tmp_path, arguments=["--platform", "unknown/unknown"])


def test_all_platforms(waybill, multi, tmp_path):
    run = waybill.sbom(multi, "--all-platforms", "-o", f"spdx-json={tmp_path}/a-{{platform}}.json",
                       "-o", f"cyclonedx-json={tmp_path}/b.cdx.json")
    assert run.stdout == b""
    written = sorted(name for name in os.listdir(tmp_path) if name.endswith("json"))
    platforms = sorted([f"linux-{HOST}", "linux-arm-v7", f"linux-{OTHER}"])
    assert written == sorted([f"a-{one}.json" for one in platforms]
                             + [f"b-{one}.cdx.json" for one in platforms])
    with open(tmp_path / f"b-linux-{OTHER}.cdx.json", encoding="utf-8") as file:
        assert "for-other" in [one["name"] for one in json.load(file)["components"]]


def test_all_platforms_writes_nothing_when_one_is_bad(waybill, tmp_path):
    layout = Layout()
    bad = image("bad", architecture=OTHER)
    index = layout.index([platform_descriptor(layout, image("good")),
                          platform_descriptor(layout, bad)])
    layout.add(index, "multi")
    layout.blobs[bad.layers[0].digest] = b"tampered"
    layout.write(tmp_path / "multi")
    waybill.refuses(f"oci:{tmp_path}/multi", tmp_path, "layer 1", "linux/" + OTHER,
                    arguments=["--all-platforms"])


def test_all_platforms_to_standard_output_is_a_usage_error(waybill, multi):
    run = waybill.run("sbom", multi, "--all-platforms", "-o", "spdx-json")
    assert run.code == USAGE and run.stdout == b"", run


def test_nested_indexes(waybill, tmp_path):
    layout = Layout()
    descriptor = layout.index([platform_descriptor(layout, image("alpha"))])
    for _ in range(3):
        descriptor = layout.index([descriptor])
    layout.add(descriptor, "nested").write(tmp_path / "nested")
    assert names(waybill.cyclonedx(f"oci:{tmp_path}/nested:nested")) == ["alpha"]


def test_indexes_nested_without_end(waybill, tmp_path):
    layout = Layout()
    descriptor = layout.index([platform_descriptor(layout, image("alpha"))])
    for _ in range(200):
        descriptor = layout.index([descriptor])
    layout.add(descriptor, "nested").write(tmp_path / "nested")
    waybill.refuses(f"oci:{tmp_path}/nested:nested", tmp_path)


def test_indexes_that_multiply(waybill, tmp_path):
    """Each index lists the one below ten times: 10^12 manifests in a few kilobytes."""
    layout = Layout()
    descriptor = layout.index([platform_descriptor(layout, image("alpha"))] * 10)
    for _ in range(11):
        descriptor = layout.index([descriptor] * 10)
    layout.add(descriptor, "nested").write(tmp_path / "nested")
    run = waybill.run("sbom", f"oci:{tmp_path}/nested:nested", "--all-platforms",
                      "-o", f"table={tmp_path}/out", timeout=20)
    assert run.code in (OK, BAD_INPUT), run


def test_docker_manifest_lists(waybill, tmp_path):
    layout = Layout()
    one = image("alpha", docker=True)
    index = layout.index([layout.image(one, platform=one.platform)],
                         "application/vnd.docker.distribution.manifest.list.v2+json")
    layout.add(index, "list").write(tmp_path / "list")
    assert names(waybill.cyclonedx(f"oci:{tmp_path}/list:list")) == ["alpha"]


def test_other_platform_outside_an_index(waybill, tmp_path):
    """Taken unless --platform says something else."""
    images.single(image("alpha", architecture=OTHER), "v1").write(tmp_path / "store")
    assert names(waybill.cyclonedx(f"oci:{tmp_path}/store:v1")) == ["alpha"]
    waybill.refuses(f"oci:{tmp_path}/store:v1", tmp_path, "linux/" + OTHER,
                    arguments=["--platform", "linux/mips64"])


# ---- what must be refused ------------------------------------------------------------------------

def test_tampered_manifest_and_config(waybill, tmp_path):
    for which in ("manifest", "config"):
        layout = Layout()
        one = image("alpha")
        descriptor = layout.image(one)
        layout.add(descriptor, "v1")
        digest = descriptor["digest"] if which == "manifest" else images.sha256(one.config_bytes())
        data = layout.blobs[digest]
        layout.blobs[digest] = data.replace(b"amd64", b"arm64").replace(b"schemaVersion\":2",
                                                                         b"schemaVersion\":3")
        assert layout.blobs[digest] != data or HOST != "amd64"
        layout.blobs[digest] = data[:-1] + b" }" if layout.blobs[digest] == data \
            else layout.blobs[digest]
        layout.write(tmp_path / which)
        waybill.refuses(f"oci:{tmp_path}/{which}:v1", tmp_path, digest[7:19])


def test_tampered_manifest_in_archive_on_standard_input(waybill, tmp_path):
    layout = Layout()
    one = image("alpha")
    descriptor = layout.image(one)
    layout.add(descriptor, "v1")
    config = images.sha256(one.config_bytes())
    layout.blobs[config] = layout.blobs[config].replace(b"linux", b"Linux")
    for blobs_first in (False, True):
        waybill.refuses("-", tmp_path, config[7:19], stdin=layout.archive(blobs_first))


def test_missing_blobs(waybill, tmp_path):
    for which in ("manifest", "config"):
        layout = Layout()
        one = image("alpha")
        descriptor = layout.image(one)
        layout.add(descriptor, "v1")
        digest = descriptor["digest"] if which == "manifest" else images.sha256(one.config_bytes())
        del layout.blobs[digest]
        layout.write(tmp_path / which)
        waybill.refuses(f"oci:{tmp_path}/{which}:v1", tmp_path, digest[7:19])


def test_digests_cannot_name_other_files(waybill, tmp_path):
    """A digest becomes part of a path: nothing but hexadecimal digits may get there."""
    layout = Layout()
    layout.add(layout.image(image("alpha")), "v1")
    os.makedirs(tmp_path / "outside")
    for digest in ("sha256:../../../outside/manifest", "sha256:" + "../" * 21 + "x", "sha256:",
                   "md5:d41d8cd98f00b204e9800998ecf8427e", "sha256/../x:" + "0" * 64, 42, None,
                   "sha256:" + "A" * 64):
        layout.manifests[0] = {**layout.manifests[0], "digest": digest}
        layout.write(tmp_path / "store")
        waybill.refuses(f"oci:{tmp_path}/store:v1", tmp_path)


def test_layout_version(waybill, tmp_path):
    layout = images.single(image("alpha"), "v1")
    layout.layout = {"imageLayoutVersion": "2.0.0"}
    layout.write(tmp_path / "store")
    waybill.refuses(f"oci:{tmp_path}/store:v1", tmp_path, "2.0.0")


def test_references_that_are_malformed(waybill, tmp_path):
    for reference in ("registry:x", "docker://name:tag", "ostree:x@y", "containers-storage:x",
                      "oci:", "oci-archive:", "docker-archive:", "dir:", ""):
        run = waybill.run("sbom", reference)
        assert run.code == USAGE, (reference, run)
        assert len(run.lines) == 1 and run.stdout == b"", run
    assert "docker" in waybill.run("sbom", "docker://name:tag").stderr


def test_paths_that_are_not_there(waybill, tmp_path):
    for reference in ("nowhere", "oci:nowhere", "oci-archive:nowhere", "docker-archive:nowhere",
                      "dir:nowhere"):
        run = waybill.run("sbom", reference, cwd=tmp_path)
        assert run.code in (BAD_INPUT, SYSTEM), (reference, run)
        assert "nowhere" in run.stderr and len(run.lines) == 1, run


def test_wrong_kind_of_file(waybill, tmp_path):
    write(tmp_path / "text", b"just some text, for longer than a tar block " * 40)
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    for reference in ("text", "empty", "oci-archive:text", "docker-archive:text", "oci:folder",
                      "oci-archive:folder", "dir:text"):
        waybill.refuses(reference, tmp_path, cwd=tmp_path)


def test_source_name_and_version(waybill, tmp_path):
    images.single(image("alpha"), "v1").write(tmp_path / "store")
    document = waybill.cyclonedx(f"oci:{tmp_path}/store:v1", "--source-name", "My Image",
                                 "--source-version", "7.5")
    assert document.primary["name"] == "My Image"
    assert document.primary["version"] == "7.5"
