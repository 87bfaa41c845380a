# SPDX-License-Identifier: Apache-2.0
"""The same image, the same bytes; another one, another identity. Times come from the image or from
SOURCE_DATE_EPOCH."""
import os
import re
import shutil

import images
import pytest
from example_image import base_files
from example_image import read, reference  # noqa: F401  (fixtures)
from layers import Layer
from program import FORMATS, USAGE


def all_formats(waybill, reference, folder, *arguments, **more):
    os.makedirs(folder)
    outputs = []
    for name in FORMATS:
        outputs += ["-o", f"{name}={folder}/{name}"]
    waybill.sbom(reference, *outputs, *arguments, **more)
    found = {}
    for name in FORMATS:
        with open(f"{folder}/{name}", "rb") as file:
            found[name] = file.read()
    return found


@pytest.mark.parametrize("selection", ["none", "unowned", "all"])
def test_two_runs_write_the_same_bytes(waybill, reference, tmp_path, selection):
    copy = tmp_path / "elsewhere" / "example"
    shutil.copytree(reference.split(":")[1], copy)
    first = all_formats(waybill, reference, tmp_path / "1", "--files", selection)
    second = all_formats(waybill, f"oci:{copy}:1.0", tmp_path / "2", "--files", selection,
                         "--threads", "1", "--quiet",
                         env={"TZ": "Asia/Tokyo", "LC_ALL": "C.UTF-8", "MALLOC_PERTURB_": "85"})
    third = all_formats(waybill, "oci:example:1.0", tmp_path / "3", "--files", selection,
                        "--threads", "7", cwd=copy.parent)
    assert first == second == third


def test_stdout_is_the_file(waybill, reference, tmp_path):
    files = all_formats(waybill, reference, tmp_path / "1")
    for name in FORMATS:
        assert waybill.sbom(reference, "-o", name).stdout == files[name]


def identity(document):
    return document.raw.get("serialNumber", document.raw.get("documentNamespace"))


def test_different_documents_have_different_identities(waybill, reference, tmp_path):
    images.single(images.Image([Layer().files(base_files())]), "1.0").write(tmp_path / "example")
    documents = [waybill.spdx(reference), waybill.cyclonedx(reference),
                 waybill.spdx(reference, "--files", "all"),
                 waybill.cyclonedx(reference, "--source-version", "2"),
                 waybill.spdx(f"oci:{tmp_path}/example:1.0")]
    identities = [identity(document) for document in documents]
    assert len(set(identities)) == len(identities)
    for one in identities:
        assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-"
                            r"[0-9a-f]{12}", one)


def created(document):
    return document.raw["metadata"]["timestamp"] if "metadata" in document.raw \
        else document.raw["creationInfo"]["created"]


def test_times(read, reference, tmp_path):
    """The image's own, unless SOURCE_DATE_EPOCH says another."""
    assert created(read(reference)) == images.CREATED
    document = read(reference, env={"SOURCE_DATE_EPOCH": "1234567890"})
    assert created(document) == "2009-02-13T23:31:30Z"
    assert document.image_properties["waybill:image:created"] == images.CREATED
    undated = images.write_oci(tmp_path / "i", [Layer().files(base_files())], created=None)
    assert created(read(undated)) == "1970-01-01T00:00:00Z"


def test_malformed_source_date_epoch(waybill, reference, tmp_path):
    for value in ("yesterday", "-1", "12x", "99999999999999999999", " 1"):
        run = waybill.run("sbom", reference, "-o", f"spdx-json={tmp_path}/out",
                          env={"SOURCE_DATE_EPOCH": value})
        assert run.code == USAGE and "SOURCE_DATE_EPOCH" in run.stderr, (value, run)
        assert not os.path.exists(tmp_path / "out")
