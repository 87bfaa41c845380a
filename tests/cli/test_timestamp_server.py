# SPDX-License-Identifier: Apache-2.0
"""`--timestamp-server`: the authority is `openssl ts` behind an HTTP server on loopback."""
import http.server
import json
import threading

import pytest
from program import BAD_INPUT, OK, SYSTEM, assert_one_error_line
from signatures import Key, TimestampAuthority, openssl, read, write

TYPES = {"query": "application/timestamp-query", "reply": "application/timestamp-reply"}


class Server:
    """Answers requests with `reply(query)`, which gives status and body."""

    def __init__(self, reply):
        self.requests = requests = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                query = self.rfile.read(int(self.headers["Content-Length"]))
                requests.append((self.path, self.headers["Content-Type"], query))
                status, body = reply(query)
                self.send_response(status)
                self.send_header("Content-Type", TYPES["reply"])
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.url = f"http://127.0.0.1:{self.server.server_port}/api/v1/timestamp"

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture(scope="module")
def clock(tmp_path_factory):
    return TimestampAuthority(tmp_path_factory.mktemp("clock"))


def sign(waybill, folder, url):
    key, path = Key(folder, "p256"), write(folder / "file", b"content")
    done = waybill.run("sign-blob", "--key", key.path, "--timestamp-server", url, "--bundle",
                       str(folder / "bundle"), str(path), env={"NO_PROXY": "127.0.0.1"})
    return done, key, str(path)


def test_timestamp_of_a_server_goes_into_the_bundle(waybill, tmp_path, clock):
    def reply(query):
        write(tmp_path / "query", query)
        openssl("ts", "-reply", "-config", clock.config, "-queryfile", str(tmp_path / "query"),
                "-out", str(tmp_path / "reply"))
        return 200, read(tmp_path / "reply")

    with Server(reply) as server:
        done, key, path = sign(waybill, tmp_path, server.url)
    assert done.code == OK, done
    [(where, content_type, _)] = server.requests
    assert (where, content_type) == ("/api/v1/timestamp", TYPES["query"])
    material = json.loads(read(tmp_path / "bundle"))["verificationMaterial"]
    assert len(material["timestampVerificationData"]["rfc3161Timestamps"]) == 1
    done = waybill.run("verify-blob", "--key", key.public_path, "--bundle", str(tmp_path / "bundle"),
                       "--timestamp-certificate-chain", clock.chain_path, path)
    assert done.code == OK, done


def test_timestamp_of_something_else_is_refused(waybill, tmp_path, clock):
    stranger = clock.stamp(b"something else")
    with Server(lambda _: (200, stranger)) as server:
        done, _, _ = sign(waybill, tmp_path, server.url)
    assert done.code == BAD_INPUT, done
    assert_one_error_line(done)
    assert not (tmp_path / "bundle").exists()


@pytest.mark.parametrize("status, body, text", [
    (500, b"", "500"), (200, b"no DER", "timestamp"), (200, b"x" * (2 << 20), "timestamp server")],
    ids=["error", "no response", "too much"])
def test_server_that_fails(waybill, tmp_path, status, body, text):
    with Server(lambda _: (status, body)) as server:
        done, _, _ = sign(waybill, tmp_path, server.url)
    assert done.code not in (OK,), done
    assert_one_error_line(done)
    assert text in done.stderr


def test_nobody_answers(waybill, tmp_path):
    done, _, _ = sign(waybill, tmp_path, "http://127.0.0.1:9/")
    assert done.code == SYSTEM, done
    assert_one_error_line(done)
    assert "127.0.0.1:9" in done.stderr
    assert not (tmp_path / "bundle").exists()
