# SPDX-License-Identifier: Apache-2.0
"""Values that fields do not take, and a table that is safe to show."""
import re

import images
import pytest
from debs import stanza, status_file
from example_image import read, reference  # noqa: F401  (fixtures)
from layers import Layer


# ---- hostile values ------------------------------------------------------------------------------

HOSTILE = ["https://exa mple.org/", "javascript:alert(1)", "https://[::1", "http://", "%zz",
           "https://h.example.org/\u00e9<>", "x" * 3000, "a@b@c", "NOASSERTION", "\\", "\"}],",
           "https://localhost/x", "//example.org"]


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_values_that_fields_do_not_take(read, tmp_path, value):
    """They stand in the document all the same, as properties, and it stays valid."""
    status = status_file(stanza("a", Homepage=value, Maintainer=f"{value} (x) <{value}>",
                                Section=value, Source=value.replace(" ", "")))
    labels = {"org.opencontainers.image.url": value, "org.opencontainers.image.vendor": value,
              "org.opencontainers.image.source": value, value: value, "empty": ""}
    os_release = f"ID=debian\nVERSION_ID='{value}'\nCPE_NAME='{value}'\nHOME_URL='{value}'\n"
    reference = images.write_oci(
        tmp_path / "i", [Layer().files({"etc/os-release": os_release.encode(),
                                        "var/lib/dpkg/status": status})],
        labels=labels, author=value)
    document = read(reference, "--source-name", value, "--source-version", value)
    [package] = document.packages
    assert value in (package.properties.get("waybill:package:homepage"), package.raw.get("homepage"),
                     *[one["url"] for one in package.raw.get("externalReferences", [])])
    assert document.image_properties[f"waybill:image:label:{value}"] == value
    assert document.image_properties["waybill:image:label:empty"] == ""


def test_label_names_cannot_forge_properties(read, tmp_path):
    labels = {"x=1\nwaybill:image:tag": "forged", "y": "1\nwaybill:image:tag=forged"}
    document = read(images.write_oci(tmp_path / "i", [Layer().file("f")], "genuine", labels=labels))
    assert document.image_properties["waybill:image:tag"] == "genuine"
    assert document.image_properties["waybill:image:label:y"] == labels["y"]


def test_version_longer_than_the_schema_allows(waybill, tmp_path):
    version = "1." + "0" * 2000
    reference = images.write_oci(
        tmp_path / "i", [Layer().files({"var/lib/dpkg/status": status_file(stanza("a", version))})])
    [package] = waybill.cyclonedx(reference).packages
    assert package.properties["waybill:package:version"] == version
    [package] = waybill.spdx(reference).packages
    assert package.evr == version


def test_image_without_anything(read, tmp_path):
    document = read(images.write_oci(tmp_path / "i", [Layer().file("empty", b"")], created=None))
    assert document.packages == [] and document.system is None
    assert document.run.warnings


# ---- the table -----------------------------------------------------------------------------------

def test_table(waybill, reference):
    text = waybill.sbom(reference, "-o", "table").stdout.decode()
    assert all(len(line) <= 120 for line in text.splitlines())
    for expected in ("example", "sha256:", "linux/amd64", "Debian GNU/Linux 12 (bookworm)",
                     "var/lib/dpkg/status", "library  1:2.0-1", "unpacked", "leaving",
                     "3 packages, 1 more removed by later layers"):
        assert expected in text, expected


def test_table_does_not_speak_to_the_terminal(waybill, tmp_path):
    """Control characters of names do not reach it."""
    layer = Layer().files({"var/lib/dpkg/status": status_file(stanza("a"))})
    image = images.Image([layer], labels={"x": "\x1b[2J"})
    image.config["history"][0]["created_by"] = "RUN \x1b[31m\u009b\x07 x"
    images.single(image).write(tmp_path / "i")
    text = waybill.sbom(f"oci:{tmp_path}/i", "-o", "table", "--source-name", "\x1b]0;x\x07") \
        .stdout.decode()
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", text)
    assert "RUN " in text
