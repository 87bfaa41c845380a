# SPDX-License-Identifier: Apache-2.0
"""Deprecated ids of the SPDX licence list are updated: the list itself and the index of
license-expression judge."""
import json
import os

import license_expression
import pytest
from debs import stanza, status_file

DEP5 = """Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/

Files: *
Copyright: 2026 Somebody
License: {licence}
"""
# No successor on the list: a bundle of nine licences.
WITHOUT_SUCCESSOR = {"Net-SNMP"}
# The index has the licence under the deprecated id only; what its text, and the list's notes, say.
BY_TEXT = {
    "eCos-2.0": "GPL-2.0-or-later WITH eCos-exception-2.0",
    "wxWindows": "LGPL-2.0-or-later WITH WxWindows-exception-3.1",
}


def index():
    path = os.path.join(os.path.dirname(license_expression.__file__), "data",
                        "scancode-licensedb-index.json")
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def expected(identifier, successors):
    if identifier in BY_TEXT:
        return BY_TEXT[identifier]
    if identifier in successors:
        return successors[identifier]
    base, _, exception = identifier.partition("-with-")  # GPL-2.0-with-GCC-exception
    versions = {"GCC": {"GPL-2.0": "2.0", "GPL-3.0": "3.1"}, "autoconf": {"GPL-2.0": "2.0", "GPL-3.0": "3.0"},
                "bison": {"GPL-2.0": "2.2"}, "classpath": {"GPL-2.0": "2.0"}, "font": {"GPL-2.0": "2.0"}}
    name = exception.removesuffix("-exception")
    return f"{base}-only WITH {name[0].upper()}{name[1:]}-exception-{versions[name][base]}"


@pytest.fixture(scope="module")
def deprecated(test_data):
    with open(os.path.join(test_data, "spdx", "spdx-license-ids-deprecated.json"), encoding="utf-8") as file:
        listed = json.load(file)
    assert len(listed) >= 26
    return listed


def declared(waybill, folder, licences):
    """Package name -> licence, for packages that declare one licence each."""
    stanzas = [stanza(f"package{number}") for number in range(len(licences))]
    (folder / "var/lib/dpkg").mkdir(parents=True)
    (folder / "var/lib/dpkg/status").write_bytes(status_file(*stanzas))
    for number, licence in enumerate(licences):
        place = folder / f"usr/share/doc/package{number}"
        place.mkdir(parents=True)
        (place / "copyright").write_text(DEP5.format(licence=licence), encoding="ascii")
    run = waybill.sbom(f"dir:{folder}", "-o", "spdx-json", "--files", "none")
    packages = {one["name"]: one["licenseDeclared"] for one in json.loads(run.stdout)["packages"]}
    return [packages[f"package{number}"] for number in range(len(licences))]


def test_deprecated_ids_are_updated(waybill, tmp_path, deprecated):
    successors = {}
    for entry in index():
        if not entry["is_deprecated"] and not entry["is_exception"] and \
                not (entry.get("spdx_license_key") or "LicenseRef-").startswith("LicenseRef-"):
            for old in entry.get("other_spdx_license_keys", []):
                if " " not in old:
                    successors.setdefault(old, entry["spdx_license_key"])
    listed = {old for old in successors if old.endswith("+")} | set(deprecated)
    names = sorted(listed - WITHOUT_SUCCESSOR - {old for old in listed if old.startswith("LicenseRef-")})
    found = declared(waybill, tmp_path, names)
    wrong = {name: one for name, one in zip(names, found) if one != expected(name, successors)}
    assert not wrong
    for expression in found:
        used = set(expression.replace(" WITH ", " ").split())
        assert not used & set(deprecated)
        assert not license_expression.get_spdx_licensing().validate(expression).errors


def test_without_successor(waybill, tmp_path):
    assert declared(waybill, tmp_path, sorted(WITHOUT_SUCCESSOR)) == sorted(WITHOUT_SUCCESSOR)


def test_an_old_exception(waybill, tmp_path):
    licences = ["LGPL-2.1 with Nokia-Qt-exception-1.1", "GPL-2.0+ with Classpath-exception-2.0"]
    assert declared(waybill, tmp_path, licences) == [
        "LGPL-2.1-only WITH Qt-LGPL-exception-1.1", "GPL-2.0-or-later WITH Classpath-exception-2.0"]
