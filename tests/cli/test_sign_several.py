# SPDX-License-Identifier: Apache-2.0
"""Several images signed by one command: one reading of the key, one image after the other."""
import json
import os
import threading

import images
import pytest
from layers import Layer
from program import OK, USAGE, assert_one_error_line
from signatures import Key, Stored, read


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    return Key(tmp_path_factory.mktemp("key"), "p256")


@pytest.fixture
def layouts(tmp_path):
    made = []
    for number in range(3):
        layer = Layer()
        layer.file("etc/motd", f"image {number}\n".encode())
        made.append(images.write_oci(str(tmp_path / f"image-{number}"), [layer], tag="v1"))
    return made


def stored(reference):
    return Stored(reference.split(":")[1])


def digest_of(reference):
    return next(one["digest"] for one in stored(reference).entries
                if one.get("annotations", {}).get(images.REF_NAME) == "v1")


def count(reference):
    return len(stored(reference).bundles(digest_of(reference)))


def test_key_is_read_once(waybill, tmp_path, key, layouts):
    """From a pipe, which nobody can read twice."""
    pipe = tmp_path / "key"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_bytes(read(key.path)), daemon=True)
    writer.start()
    done = waybill.run("sign", "--key", str(pipe), "-o", "json", *layouts, timeout=30)
    writer.join()
    assert done.code == OK, done
    decoder, said, rest = json.JSONDecoder(), [], done.stdout.decode()
    while rest:
        value, end = decoder.raw_decode(rest)
        said.append(value)
        rest = rest[end:].lstrip()
    assert [one["image"] for one in said] == layouts
    assert [one["signed"] for one in said] == [[digest_of(one)] for one in layouts]
    for reference in layouts:
        (text,) = stored(reference).bundles(digest_of(reference))
        assert json.loads(text)["dsseEnvelope"]["signatures"]
        assert waybill.run("verify", "--key", key.public_path, reference).code == OK


def test_one_layout_several_times(waybill, key, layouts):
    done = waybill.run("sign", "--key", key.path, layouts[0], layouts[1], layouts[0])
    assert done.code == OK, done
    assert [count(one) for one in layouts] == [2, 1, 0]


def test_images_before_the_fault_are_signed(waybill, tmp_path, key, layouts):
    absent = f"oci:{tmp_path}/absent:v1"
    done = waybill.run("sign", "--key", key.path, layouts[0], absent, layouts[1])
    assert done.code != OK and f"signed {digest_of(layouts[0])}" in done.stderr
    assert "absent" in done.stderr.splitlines()[-1]
    assert [count(one) for one in layouts] == [1, 0, 0]


@pytest.mark.parametrize("arguments, text", [
    (["--sign-container-identity", "registry.example/a", "FIRST", "SECOND"], "are of one image"),
    (["--timestamp-response", "absent", "FIRST", "SECOND"], "are of one image"),
    (["FIRST", "docker-archive:"], "docker-archive"),
    (["--format", "cose", "a", "b"], "one file at a time, not also `b`"),
    ([], "no image given"),
])
def test_nothing_is_signed_when_the_command_line_is_wrong(waybill, key, layouts, arguments, text):
    place = {"FIRST": layouts[0], "SECOND": layouts[1]}
    done = waybill.run("sign", "--key", key.path, *[place.get(one, one) for one in arguments])
    assert done.code == USAGE, done
    assert_one_error_line(done)
    assert text in done.stderr
    assert [count(one) for one in layouts] == [0, 0, 0]
