# SPDX-License-Identifier: Apache-2.0
"""The report as a page of HTML: well-formed by Python's html.parser, complete, loading and running
nothing, and what came from outside stands in it as text."""
import html
import html.parser
import os
import re
import subprocess

import pytest

import deliveries
from deliveries import Delivery, write_archive
from delivery_reports import blob_name, change, key  # noqa: F401
from program import CHECK_FAILED, OK, SYSTEM, USAGE
from signatures import Key

VOID = {"meta", "br"}
KNOWN = {"html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "table", "thead", "tbody",
         "tr", "th", "td", "code", "strong", "span", "div", "ul", "li", "br"}
HOSTILE = ["<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "'-->]]>&lt;b&gt;&#0;",
           "holds</code></td></tr></table><h1>Holds</h1>", "\u202egnp.sdloh", "a\u2028b\x1b[2Jc",
           "\N{GREEK SMALL LETTER OMICRON}k \N{ZERO WIDTH SPACE}", "javascript:alert(1)"]


class Page(html.parser.HTMLParser):
    """Elements are closed in the order in which they were opened, and are all of the few known."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.rows, self.text, self.headings = [], [], "", []
        self.feed(text)
        self.close()
        assert self.open == [], self.open

    def handle_starttag(self, tag, attrs):
        assert tag in KNOWN, tag
        for name, value in attrs:
            assert name in ("lang", "charset", "http-equiv", "content", "name", "scope", "class"), name
            assert value is not None and not re.search(r"://|url\(|javascript", value)
        if tag not in VOID:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
        if tag == "h2":
            self.headings.append("")

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, tag

    def handle_data(self, data):
        self.text += data
        if "style" in self.open:
            assert not re.search(r"url\(|@import|://", data)
        if self.open[-1:] == ["h2"]:
            self.headings[-1] += data
        elif self.open and ("td" in self.open or "th" in self.open):
            self.rows[-1][-1] += data

    def handle_comment(self, data):
        raise AssertionError(f"a comment: {data}")

    def of(self, first):
        return [row for row in self.rows if row[0] == first]


def page_of(path):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    assert text.startswith("<!DOCTYPE html>\n") and "default-src 'none'" in text
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029]", text)
    return Page(text)


@pytest.fixture
def report(waybill, key, tmp_path):  # noqa: F811
    """Verifies with a page; gives (run, page)."""
    def run(*arguments, code=OK):
        path = tmp_path / "report.html"
        done = waybill.run("verify", "--key", key.public_path, "--report", str(path),
                           *map(str, arguments))
        assert done.code == code, done
        return done, page_of(path)
    return run


def test_a_delivery_that_holds(report, key, tmp_path):  # noqa: F811
    made = deliveries.example(key)
    made.head["expires"] = "2039-01-01T00:00:00Z"
    path = write_archive(tmp_path / "r.waybill", made.members())
    _, page = report(path)
    assert "Holds" in page.text and "DOES NOT HOLD" not in page.text
    assert page.of("Input") == [["Input", path]] and page.of("Delivery") == [["Delivery", "example"]]
    assert page.of("Number") == [["Number", "7"]] and page.of("Volumes") == [["Volumes", "1 of 1"]]
    assert page.of("Issued") == [["Issued", "2026-01-02T03:04:05Z"]]
    assert page.of("Expires") == [["Expires", "2039-01-01T00:00:00Z"]]
    assert page.of("Inventory") == [["Inventory", made.payload_digest]]
    assert page.of("Judged by") == [["Judged by", f"key {key.public_path}"]]
    for image in made.images:
        row, = page.of(image["name"] + image["digest"])
        assert row[1].startswith("holds") and "ECDSA P-256 key" in row[2]
        assert "https://sigstore.dev/cosign/sign/v1" in row[2] and "time not certified" in row[2]
    row, = page.of("doc/readme.txt" + made.files[0]["digest"])
    assert row[1:] == ["160000", "holds"]
    assert page.headings == ["Who signed the inventory", "Images", "Files", "What was not checked",
                             "Filed"]
    assert "whether SBOMs say what is in the layers" in page.text


def test_a_delivery_that_does_not_hold(report, key, tmp_path):  # noqa: F811
    made = deliveries.example(key)
    layer = max(made.layout.blobs, key=lambda one: len(made.layout.blobs[one]))
    path = write_archive(tmp_path / "r.waybill", change(made.members(), blob_name(layer), "flip"))
    done, page = report(path, code=CHECK_FAILED)
    assert "E-DIGEST" in done.stderr and "DOES NOT HOLD: not to be used" in page.text
    row, = page.of("E-DIGEST")
    assert row[1] == layer and row[3] == "bytes are not those that were signed"
    row, = page.of(layer)
    assert row[1:3] == ["0", "65536"] and row[3] == path
    assert sum(row[1:2] and row[1].startswith("FAILED") for row in page.rows) == 2
    assert page.headings[:2] == ["What does not hold", "Bytes to be fetched again"]


def test_somebody_else_signed_it(report, tmp_path):
    made = deliveries.example(Key(tmp_path, "ed25519", "other"))
    path = write_archive(tmp_path / "r.waybill", made.members())
    _, page = report(path, code=CHECK_FAILED)
    assert page.of("E-INVENTORY-SIGNATURE") and "None was judged." in page.text
    assert page.of("Inventory") == [["Inventory", "none that can be believed"]]
    assert "refused" in page.text and "whether something was left out" in page.text


def test_hostile_names_are_text(report, key, tmp_path):  # noqa: F811
    made = Delivery(key)
    for number, name in enumerate(HOSTILE):
        made.image(name, b"layer %d" % number)
        if not re.search("[\u2028\u202e]", name):
            made.file(name, b"file %d" % number)
    made.head["name"] = HOSTILE[0] + HOSTILE[3]
    members = made.members() + [(name, b"more") for name in HOSTILE]
    path = write_archive(tmp_path / (HOSTILE[0].replace("/", "") + ".waybill"), members)
    _, page = report(path, code=CHECK_FAILED)
    for name in HOSTILE[:4]:
        rows = [row for row in page.rows if row[0].startswith(name + "sha256:")]
        assert len(rows) == 2, name
    assert "\\xe2\\x80\\xae" in page.text and page.headings.count("Images") == 1
    assert len(page.of("E-ORPHAN")) == len(HOSTILE)
    assert page.of("Delivery")[0][1] == HOSTILE[0] + HOSTILE[3]


def test_it_appears_whole_or_not_at_all(waybill, key, tmp_path):  # noqa: F811
    made = deliveries.example(key)
    path = write_archive(tmp_path / "r.waybill", made.members())
    page = tmp_path / "r.html"
    judged = ["verify", "--key", key.public_path, "--report", str(page)]
    assert waybill.run(*judged, str(tmp_path / "none.waybill")).code == SYSTEM
    assert not page.exists()
    done = waybill.run("verify", "--key", key.public_path, "--report", str(tmp_path / "no" / "r.html"),
                       "--state", str(tmp_path / "state"), path)
    assert done.code == SYSTEM and "--report" in done.stderr and not (tmp_path / "state").exists()
    page.write_text("the one before")
    (tmp_path / "bad.waybill").write_bytes(b"no tar" * 500)
    assert waybill.run(*judged, str(tmp_path / "bad.waybill")).code in (CHECK_FAILED, 3)
    assert sorted(os.listdir(tmp_path)) == ["bad.waybill", "r.html", "r.waybill"]


def test_the_static_program_writes_to_what_is_open(verify, key, tmp_path):  # noqa: F811
    made = deliveries.example(key)
    path = write_archive(tmp_path / "r.waybill", made.members())

    def run(redirection, number="3"):
        return subprocess.run(
            ["sh", "-c", f'exec "$0" "$@" {redirection}', verify.path, "--key", key.public_path,
             "--report-fd", number, path], capture_output=True, text=True, cwd=tmp_path, check=False,
            env=verify.environment())
    done = run("3>r.html")
    assert done.returncode == OK and "holds" in done.stdout, done
    page = page_of(tmp_path / "r.html")
    assert page.of("Input") == [["Input", path]]
    for redirection, number in (("3>&-", "3"), ("3<r.html", "3"), ("1>&1", "1"), ("3>r.html", "x"),
                                ("3>r.html", "99999"), ("3>r.html", "4")):
        done = run(redirection, number)
        assert done.returncode == USAGE and "--report-fd" in done.stderr, done
    done = run("3>/dev/full")
    assert done.returncode == SYSTEM and "descriptor 3" in done.stderr and done.stdout == "", done
