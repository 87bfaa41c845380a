# SPDX-License-Identifier: Apache-2.0
"""The table in docs/formats.md of what each format carries, row by row against what is written."""
import hashlib
import io
import json
import os
import re

import cbor2
import debs
import images
import pytest
from layers import Layer
from program import OK

PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "formats.md")
FORMATS = {"SPDX 2.3": "spdx-json", "SPDX 3.0.1": "spdx3-json", "CycloneDX 1.6, 1.7": "cyclonedx-json@1.6",
           "1.5": "cyclonedx-json@1.5", "1.4": "cyclonedx-json@1.4", "CoSWID": "coswid"}
COPYRIGHT = """Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/

Files: *
Copyright: 2001 Holder Of Rights
License: Probe_Own
 Words of a licence of its own.
"""
# Identifiers are made of what they identify.
IDENTIFIER = re.compile(r"((pkg:|SPDXRef-|urn:|deb-|swid:)[^ ]*|[^ ]*\.deb)$")
# What stands in the image for each fact, in the words of the table.
PROBES = {
    "name": "probe-package", "version": "2:7.1+dfsg-3", "package URL": "pkg:deb/debian/probe-package@",
    "CPE": "cpe:2.3:a:", "architecture": "riscv64", "state": "half-configured",
    "supplier": "Maintainer Of Probes", "its e-mail address": "probes@example.org",
    "licence": "LicenseRef-Probe-Own", "licence as the package states it": "Probe_Own",
    "text of the licence": "Words of a licence of its own.",
    "copyright": "Holder Of Rights", "summary": "Short words of it", "description": "Longer words of it",
    "home page": "https://probe.example.org/", "source package": "probe-source",
    "section": "probe-section", "priority": "extra", "dependency as stated": "probe-needed (>= 1.0)",
    "package database": "=var/lib/dpkg/status", "file": "probe-file",
    "SHA-256 of a file": None, "SHA-512 of a file": None, "digest of a package's file": "5eed" * 32,
    "mode of a file": "0751", "manifest digest": None,
    "layer digest": None, "label": "value of a label", "creator": "Creator Of Documents",
    "supplier of the image": "Supplier Of Images", "distribution": "Probe Linux 12",
}


@pytest.fixture(scope="module")
def written(waybill, tmp_path_factory):
    """The image in every format of the table, with the probes that depend on it."""
    content = b"contents of the probe\n"
    stanza = debs.stanza("probe-package", "2:7.1+dfsg-3", architecture="riscv64",
                         status="install ok half-configured", Source="probe-source",
                         Section="probe-section", Priority="extra",
                         Maintainer="Maintainer Of Probes <probes@example.org>",
                         Homepage="https://probe.example.org/", Depends="probe-needed (>= 1.0)",
                         Description="Short words of it\n Longer words of it")
    layer = Layer().files({
        "var/lib/dpkg/status": debs.status_file(stanza, debs.stanza("probe-needed", "1.0")),
        "etc/os-release": b'ID=debian\nNAME=Probe\nPRETTY_NAME="Probe Linux 12"\n',
        "usr/share/doc/probe-package/copyright": COPYRIGHT.encode()})
    layer.file("srv/probe-file", content, mode=0o751)
    image = images.Image([layer], labels={"probe": "value of a label"})
    folder = tmp_path_factory.mktemp("fields")
    images.single(image, "1").write(folder / "image")
    outputs = [part for i, name in enumerate(FORMATS.values())
               for part in ("-o", f"{name}={folder / str(i)}")]
    waybill.sbom(f"oci:{folder / 'image'}:1", *outputs, "--creator", "Creator Of Documents",
                 "--supplier", "Supplier Of Images", "--digests", "sha512", "--package-digests", "-",
                 stdin=f"{'5eed' * 32}  probe-package_7.1+dfsg-3_riscv64.deb\n".encode())
    documents = {name: (folder / str(i)).read_bytes() for i, name in enumerate(FORMATS.values())}
    component = json.loads(documents["cyclonedx-json@1.6"])["metadata"]["component"]
    probes = {**PROBES, "SHA-256 of a file": hashlib.sha256(content).hexdigest(),
              "SHA-512 of a file": hashlib.sha512(content).hexdigest(),
              "manifest digest": component["hashes"][0]["content"],
              "layer digest": image.layers[0].digest.removeprefix("sha256:")}
    return documents, probes


def texts(value, path=()):
    """Every text of a document, with the names of what it stands in."""
    if isinstance(value, dict):
        named = value.get("name") if "value" in value else None
        for key, item in value.items():
            yield from texts(item, (*path, str(named) if key == "value" and named else str(key)))
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from texts(item, path)
    elif isinstance(value, cbor2.CBORTag):
        yield from texts(value.value, path)
    elif isinstance(value, bytes):
        yield path, value.hex()
    elif value is not None:
        yield path, str(value)


def parse(name, data):
    if name != "coswid":
        return json.loads(data)
    stream, tags = io.BytesIO(data), []
    while stream.tell() < len(data):
        tags.append(cbor2.load(stream))
    return tags


def is_property(path, text):
    return any(":" in key for key in path) or \
        re.search(r"(^|\n|: )waybill:", text) is not None


def how_carried(name, data, probe):
    """`field`, `property`, or `–`."""
    found = [(path, text) for path, text in texts(parse(name, data))
             if (probe in text or probe == f"={text}") and (probe.startswith("pkg:") or not IDENTIFIER.match(text))]
    if not found:
        return "–"
    return "property" if all(is_property(path, text) for path, text in found) else "field"


def table():
    with open(PAGE, encoding="utf-8") as file:
        section = file.read().partition("\n## What each format carries\n")[2].partition("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")]
            for line in section.splitlines() if line.startswith("| ")]
    return rows[0], {row[0]: row[1:] for row in rows[2:]}


def test_the_table_has_every_fact_and_format():
    head, rows = table()
    assert head[1:] == list(FORMATS) and list(rows) == list(PROBES)


@pytest.mark.parametrize("title", FORMATS)
def test_each_row(written, title):
    documents, probes = written
    head, rows = table()
    name = FORMATS[title]
    actual = {fact: how_carried(name, documents[name], probe) for fact, probe in probes.items()}
    assert actual == {fact: cells[head.index(title) - 1] for fact, cells in rows.items()}


@pytest.mark.parametrize("title", FORMATS)
def test_what_is_carried_comes_back(waybill, written, title):
    """Through each format into another and back: the same bytes, so each fact of the table."""
    documents, _ = written
    name = FORMATS[title]
    other = "cyclonedx-json" if name.startswith("spdx") else "spdx-json"
    there = waybill.run("convert", "-", "-o", other, stdin=documents[name])
    back = waybill.run("convert", "-", "-o", name, stdin=there.stdout)
    assert there.code == back.code == OK and back.stdout == documents[name]
