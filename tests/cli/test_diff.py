# SPDX-License-Identifier: Apache-2.0
"""waybill diff between images and documents in any format; versions in the order of dpkg and rpm."""
import itertools
import json
import subprocess

import images
import pytest
from debs import stanza, status_file
from layers import Layer
from program import CHECK_FAILED, OK, USAGE

COPYRIGHT = """Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/

Files: *
Copyright: 2001 One Author
License: {}
"""


def image(folder, name, packages, files=(), licence="MIT"):
    content = {"var/lib/dpkg/status": status_file(*packages),
               "etc/os-release": b"ID=debian\nVERSION_ID=12\n",
               "usr/share/doc/stays/copyright": COPYRIGHT.format(licence).encode(), **dict(files)}
    images.single(images.Image([Layer().files(content)]), "1").write(folder / name)
    return f"oci:{folder / name}:1"


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    folder = tmp_path_factory.mktemp("diff")
    old = image(folder, "old", [
        stanza("down", "2.0-1"), stanza("goes", "1.0"), stanza("stays", "1.0"),
        stanza("up", "1.9-1")], {"srv/goes": b"1", "srv/changes": b"1", "srv/stays": b"1"})
    new = image(folder, "new", [
        stanza("comes", "1.0"), stanza("down", "2.0~rc1-1"), stanza("stays", "1.0"),
        stanza("up", "1.10-1")], {"srv/comes": b"1", "srv/changes": b"2", "srv/stays": b"1"},
        licence="Apache-2.0")
    return old, new


def diff(waybill, old, new, *arguments, code=OK):
    run = waybill.run("diff", old, new, *arguments)
    assert run.code == code, run
    return run


def assert_expected(report):
    packages = report["packages"]
    assert {kind: [one["name"] for one in packages[kind]] for kind in packages} == {
        "added": ["comes"], "removed": ["goes"], "upgraded": ["up"], "downgraded": ["down"],
        "changed": []}
    up = packages["upgraded"][0]
    assert (up["from"]["version"], up["to"]["version"]) == ("1.9-1", "1.10-1")
    assert [(one["name"], one["from"], one["to"]) for one in report["licences"]] == [
        ("stays", "MIT", "Apache-2.0")]
    files = report["files"]
    assert "/srv/comes" in files["added"] and "/srv/goes" in files["removed"]
    assert "/srv/changes" in files["changed"]
    assert "/srv/stays" not in sum((files[kind] for kind in ("added", "removed", "changed")), [])


def test_two_images(waybill, pair):
    assert_expected(json.loads(diff(waybill, *pair, "-o", "json").stdout))


@pytest.mark.parametrize("name", ["spdx-json", "spdx-tag-value", "cyclonedx-json", "cyclonedx-xml",
                                  "coswid"])
def test_documents(waybill, pair, tmp_path, name):
    old, new = tmp_path / "old", tmp_path / "new"
    waybill.sbom(pair[0], "-o", f"{name}={old}")
    waybill.sbom(pair[1], "-o", f"{name}={new}")
    assert_expected(json.loads(diff(waybill, str(old), str(new), "-o", "json").stdout))
    assert_expected(json.loads(diff(waybill, pair[0], str(new), "-o", "json").stdout))
    same = diff(waybill, pair[0], str(old), "--exit-code")
    assert same.stdout == b"no differences\n"


def test_text_and_exit_code(waybill, pair):
    run = diff(waybill, *pair, "--exit-code", code=CHECK_FAILED)
    lines = run.stdout.decode().splitlines()
    for line in ("  added      comes 1.0 amd64", "  removed    goes 1.0 amd64",
                 "  upgraded   up 1.9-1 -> 1.10-1 amd64", "  stays: MIT -> Apache-2.0",
                 "  changed    /srv/changes"):
        assert line in lines, lines
    assert "differ" in run.stderr
    assert diff(waybill, *pair).stdout == run.stdout


def test_markdown(waybill, pair):
    text = diff(waybill, *pair, "-o", "markdown").stdout.decode()
    assert text.startswith("## Changes from old 1 to new 1\n")
    assert "### Upgraded packages\n\n| Package | From | To | Architecture |\n" in text
    assert "| up | 1.9-1 | 1.10-1 | amd64 |\n" in text
    assert "| stays | MIT | Apache-2.0 |" in text and "- changed: /srv/changes\n" in text


def test_markdown_holds_no_markup_of_documents(waybill, tmp_path):
    document = {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [
        {"type": "library", "name": "a|b\n# c", "version": "`1`<b>"}]}
    for name in ("old", "new"):
        (tmp_path / name).write_text(json.dumps(document))
        document["components"] = []
    text = diff(waybill, str(tmp_path / "old"), str(tmp_path / "new"), "-o", "markdown").stdout
    assert b"| a\\|b\\\\x0a\\# c | \\`1\\`\\<b\\> |" in text


def test_files_of_packages_that_changed_are_counted(waybill, tmp_path):
    def with_file(name, version, content):
        return image(tmp_path, name, [stanza("tool", version), stanza("stays", "1")], {
            "usr/bin/tool": content, "var/lib/dpkg/info/tool.list": b"/usr/bin/tool\n"})
    references = with_file("one", "1", b"1"), with_file("two", "2", b"2")
    report = json.loads(diff(waybill, *references, "-o", "json", "--files", "all").stdout)
    assert report["files"]["ofChangedPackages"] == 1
    assert "/usr/bin/tool" not in report["files"]["changed"]


def test_several_versions_of_one_name(waybill, tmp_path):
    def kernels(name, *versions):
        document = {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [
            {"type": "library", "name": "kernel", "version": version,
             "purl": f"pkg:rpm/fedora/kernel@{version}?arch=x86_64"} for version in versions]}
        (tmp_path / name).write_text(json.dumps(document))
        return str(tmp_path / name)
    old, new = kernels("old", "1-1", "2-1", "3-1"), kernels("new", "2-1", "3-1", "4-1", "5-1")
    packages = json.loads(diff(waybill, old, new, "-o", "json").stdout)["packages"]
    assert [(one["from"]["version"], one["to"]["version"]) for one in packages["upgraded"]] == [
        ("1-1", "4-1")]
    assert [one["to"]["version"] for one in packages["added"]] == ["5-1"]
    assert packages["removed"] == []


@pytest.mark.parametrize("arguments", [("one",), ("one", "two", "three"), ("a", "b", "-o", "xml")])
def test_wrong_command_lines(waybill, arguments):
    assert waybill.run("diff", *arguments).code == USAGE


# ---- the order of versions ------------------------------------------------------------------------

VERSIONS = ["1", "1.0", "1.00", "01", "1.1", "1.10", "1.9", "1.2.3", "1a", "1.a", "1.0~rc1", "1.0~~",
            "1.0~", "1.0^git1", "1.0^", "1.0+dfsg", "1.0+", "2", "10", "0", "1.0a", "1.0.a", "1..0",
            "1_0", "1.0Z", "1.0z", "20240101", "99999999999999999999", "100000000000000000000"]


def pairs():
    return [(a, b) for a, b in itertools.product(VERSIONS, repeat=2) if a < b]


def orders(waybill, tmp_path, purl, wanted):
    """What diff says of each pair: one document with all of the firsts, one with the seconds."""
    for place, name in enumerate(("old", "new")):
        components = [{"type": "library", "name": f"p{i}", "version": pair[place],
                       "purl": purl.format(i)} for i, pair in enumerate(wanted)]
        (tmp_path / name).write_text(json.dumps({
            "bomFormat": "CycloneDX", "specVersion": "1.6", "components": components}))
    packages = json.loads(diff(waybill, str(tmp_path / "old"), str(tmp_path / "new"), "-o",
                               "json").stdout)["packages"]
    said = {one["name"]: kind for kind, found in packages.items() for one in found}
    return [said[f"p{i}"] for i in range(len(wanted))]


def test_order_of_dpkg(waybill, tmp_path):
    extra = [("1:1", "2"), ("0:1", "1"), ("1-1", "1-2"), ("1-1~bpo1", "1-1"), ("1-", "1-0"),
             ("1", "1-0"), ("2:1-1", "1:9-9"), ("1.0-1+b1", "1.0-1"), ("1-a-2", "1-a-10")]
    wanted = [pair for pair in pairs() if all("^" not in one and "_" not in one and
                                              one[0].isdigit() for one in pair)][::4] + extra
    said = orders(waybill, tmp_path, "pkg:deb/debian/p{}?arch=amd64", wanted)
    for (old, new), word in zip(wanted, said):
        for relation, meant in (("lt", "upgraded"), ("gt", "downgraded"), ("eq", "changed")):
            if subprocess.run(["dpkg", "--compare-versions", old, relation, new], check=False,
                              stderr=subprocess.DEVNULL).returncode == 0:
                assert word == meant, (old, new)


def rpm_order(wanted):
    script = "for _, p in ipairs({%s}) do print(rpm.vercmp(p[1], p[2]) .. ' ') end" % ",".join(
        f"{{'{a}','{b}'}}" for a, b in wanted)
    done = subprocess.run(["rpm", "--eval", "%{lua:" + script + "}"], capture_output=True, text=True,
                          check=True)
    return [int(line) for line in done.stdout.split()]


def test_order_of_rpm(waybill, tmp_path):
    extra = [("1:1-1", "2-1"), ("0:1-1", "1-1"), ("1-1", "1-2"), ("1-1.fc39", "1-1.fc40"),
             ("1-1", "1-1~rc1"), ("1-1", "1-1^git"), ("5.14.0-9.el9", "5.14.0-10.el9")]
    wanted = pairs() + extra
    said = orders(waybill, tmp_path, "pkg:rpm/fedora/p{}?arch=x86_64", wanted)
    meant = {-1: "upgraded", 0: "changed", 1: "downgraded"}
    for (old, new), word, order in zip(wanted, said, rpm_order(wanted)):
        assert word == meant[order], (old, new)
