# SPDX-License-Identifier: Apache-2.0
"""Files named on the command line may be pipes: the shell's `<(COMMAND)`, /dev/stdin, a device."""
import json
import os
import subprocess
import threading

import pytest

from program import BAD_INPUT, CHECK_FAILED, OK


@pytest.fixture
def pipe(tmp_path):
    """Makes a named pipe that gives `content` once."""
    writers = []

    def make(name, content):
        path = tmp_path / name
        os.mkfifo(path)
        writer = threading.Thread(target=path.write_bytes, args=(content,), daemon=True)
        writer.start()
        writers.append(writer)
        return path

    yield make
    for writer in writers:
        writer.join(timeout=10)


@pytest.fixture
def key(tmp_path):
    subprocess.run(["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out",
                    tmp_path / "key.pem"], check=True)
    subprocess.run(["openssl", "ec", "-in", tmp_path / "key.pem", "-pubout", "-out",
                    tmp_path / "key.pub"], check=True, capture_output=True)
    return tmp_path / "key.pem"


def test_key_bundle_and_file_from_pipes(waybill, key, tmp_path, pipe):
    content = b"what travels\n" * 10000
    bundle, signature, public = (tmp_path / name for name in ("bundle", "signature", "key.pub"))
    done = waybill.run("sign-blob", "--key", pipe("key", key.read_bytes()), "--bundle", bundle,
                       "--output-signature", signature, pipe("file", content))
    assert done.code == OK, done
    done = waybill.run("verify-blob", "--key", pipe("public", public.read_bytes()), "--bundle",
                       pipe("bundle.again", bundle.read_bytes()), pipe("file.again", content))
    assert done.code == OK, done
    done = waybill.run("verify-blob", "--key", public, "--bundle", bundle,
                       pipe("another", content + b"!"))
    assert done.code == CHECK_FAILED, done


def test_document_from_a_pipe(waybill, pipe):
    document = b"SPDXVersion: SPDX-2.3\nDataLicense: CC0-1.0\nSPDXID: SPDXRef-DOCUMENT\n" \
               b"DocumentName: x\nDocumentNamespace: https://example.com/x\nCreator: Tool: y\n" \
               b"Created: 2024-01-01T00:00:00Z\n"
    done = waybill.run("convert", pipe("document", document), "-o", "spdx-json")
    assert done.code == OK, done
    assert json.loads(done.stdout)["spdxVersion"] == "SPDX-2.3"


def test_an_endless_device_is_bounded(waybill, key, tmp_path):
    (tmp_path / "file").write_text("x")
    done = waybill.run("verify-blob", "--key", tmp_path / "key.pub", "--bundle", "/dev/zero",
                       tmp_path / "file")
    assert done.code == BAD_INPUT, done
    assert "/dev/zero: more than" in done.stderr
