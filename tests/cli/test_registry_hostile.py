# SPDX-License-Identifier: Apache-2.0
"""docker://: registries that lie, do not answer, or ask for what is not theirs; what logins hold."""
import base64
import json
import time
import urllib.parse

import debs
import images
import pytest
import signatures
from images import Image, Layout
from layers import Layer
from program import BAD_INPUT, CHECK_FAILED, OK, SYSTEM
from registry import TOKEN

STATUS = debs.status_file(debs.stanza("alpha"))


def an_image(**fields):
    return Image([Layer().files({"etc/os-release": b"ID=debian\nVERSION_ID=\"12\"\n",
                                 "var/lib/dpkg/status": STATUS})], **fields)


@pytest.fixture
def nobody(tmp_path):
    (tmp_path / "empty").write_text("{}")
    return {"REGISTRY_AUTH_FILE": str(tmp_path / "empty")}


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    return signatures.Key(tmp_path_factory.mktemp("key"), "p256")


def write_login(path, **fields):
    path.write_text(json.dumps(fields))
    return {"REGISTRY_AUTH_FILE": str(path)}


def login(path, host, pair="user:secret"):
    return write_login(path, auths={host: {"auth": base64.b64encode(pair.encode()).decode()}})


# ---- who learns a password

@pytest.mark.parametrize("scheme", ("Basic", "Bearer"))
def test_where_blobs_are_gets_no_password(waybill, serve, tmp_path, scheme):
    """A redirect leads to a host that wants to know who asks."""
    elsewhere, registry = serve(), serve(password="basic")
    reference = registry.add("app", images.single(an_image(), "v1"), "v1")
    registry.redirect_blobs = f"http://{elsewhere.host}"

    def challenge(handler):
        handler.send(401, b"{}", WWW_Authenticate=f'{scheme} realm="http://{elsewhere.host}/token"')
        return True
    elsewhere.answer = challenge
    run = waybill.run("sbom", reference, "-o", "table", env=login(tmp_path / "auth", registry.host))
    assert run.code == SYSTEM, run
    assert elsewhere.requests
    assert all(authorization is None for _, _, authorization in elsewhere.requests)
    assert not any("/token" in path for _, path, _ in elsewhere.requests)


@pytest.mark.parametrize("realm", ("http://token.example/token", "ftp://127.0.0.1/token",
                                   "http://127.0.0.1.token.example/token",
                                   "http://localhost:1@token.example/"))
def test_no_password_in_the_clear(waybill, serve, tmp_path, realm):
    registry = serve()
    reference = registry.add("app", images.single(an_image(), "v1"), "v1")

    def challenge(handler):
        handler.send(401, b"{}", WWW_Authenticate=f'Bearer realm="{realm}"')
        return True
    registry.answer = challenge
    begin = time.monotonic()
    run = waybill.run("sbom", reference, "-o", "table", env=login(tmp_path / "auth", registry.host))
    assert run.code == SYSTEM and "is not https" in run.stderr, run
    assert time.monotonic() - begin < 2


def test_a_wrong_password_is_sent_once(waybill, serve, tmp_path):
    """Four attempts lock an account in some places."""
    registry = serve(password="token")
    reference = registry.add("app", images.single(an_image(), "v1"), "v1")
    run = waybill.run("sbom", reference, "-o", "table",
                      env=login(tmp_path / "auth", registry.host, "user:wrong:password"))
    assert run.code == SYSTEM and "wrong" not in run.stderr, run
    assert len(registry.bodies) == 1


def test_passwords_with_colons(waybill, serve, tmp_path):
    registry = serve()
    reference = registry.add("app", images.single(an_image(), "v1"), "v1")
    wanted = "Basic " + base64.b64encode("user:a:b:ü".encode()).decode()

    def basic(handler):
        if handler.headers.get("Authorization") == wanted:
            return False
        handler.send(401, b"{}", WWW_Authenticate="Basic")
        return True
    registry.answer = basic
    run = waybill.run("sbom", reference, "-o", "table",
                      env=login(tmp_path / "auth", registry.host, "user:a:b:ü"))
    assert run.code == OK, run


def test_refresh_tokens(waybill, serve, tmp_path):
    """What `docker login` keeps of some registries goes into a form."""
    registry = serve(password="token")
    reference = registry.add("team/app", images.single(an_image(), "v1"), "v1")
    secret = "a+b/c==&scope=x%41 ü"
    forms = []

    def token(handler):
        if not handler.path.startswith("/token"):
            return False
        forms.append((handler.command, urllib.parse.parse_qs(handler.body.decode()), handler.headers["Content-Type"]))
        handler.send(200, json.dumps({"access_token": TOKEN}).encode())
        return True
    registry.answer = token
    env = write_login(tmp_path / "auth", auths={registry.host: {"identitytoken": secret}})
    assert waybill.run("sbom", reference, "-o", "table", env=env).code == OK
    assert forms == [("POST", {"grant_type": ["refresh_token"], "client_id": ["waybill"],
                               "service": ["the test"], "scope": ["repository:team/app:pull"],
                               "refresh_token": [secret]}, "application/x-www-form-urlencoded")]


def test_programs_that_keep_passwords(waybill, serve, tmp_path):
    registry = serve(password="token")
    reference = registry.add("app", images.single(an_image(), "v1"), "v1")
    for fields, name in (({"credsStore": "desktop"}, "docker-credential-desktop"),
                         ({"auths": {registry.host: {}}, "credsStore": "pass"}, "docker-credential-pass"),
                         ({"credHelpers": {registry.host: "cloud"}, "credsStore": "x"},
                          "docker-credential-cloud")):
        run = waybill.run("sbom", reference, "-o", "table",
                          env=write_login(tmp_path / "auth", **fields))
        assert run.code == SYSTEM and name in run.stderr and str(tmp_path / "auth") in run.stderr, run


def test_a_token_that_expires(waybill, serve, tmp_path):
    """Every token is good for three requests; layers are fetched by several threads."""
    registry = serve()
    image = Image([Layer().files({f"opt/{i}": bytes(1000) + bytes([i])}) for i in range(12)])
    reference = registry.add("app", images.single(image, "v1"), "v1")
    left, issued = {}, []

    def token(handler):
        if handler.path.startswith("/token"):
            issued.append(f"token{len(issued)}")
            left[issued[-1]] = 3
            handler.send(200, json.dumps({"token": issued[-1]}).encode())
            return True
        given = (handler.headers.get("Authorization") or "").removeprefix("Bearer ")
        left[given] = left.get(given, 0) - 1
        if left[given] >= 0 or handler.path == "/v2/":
            return False
        handler.send(401, b"{}", WWW_Authenticate=f'Bearer realm="http://{registry.host}/token"')
        return True
    registry.answer = token
    run = waybill.run("sbom", reference, "--threads", "2", "-o", "table")
    assert run.code == OK, run
    assert len(issued) >= 8


def test_a_registry_that_is_never_satisfied(waybill, serve, nobody):
    registry = serve(password="token")
    reference = registry.add("app", images.single(an_image(), "v1"), "v1")

    def refuse(handler):
        if handler.path.startswith("/token"):
            handler.send(200, json.dumps({"token": f"t{len(registry.requests)}"}).encode())
        else:
            handler.send(401, b"{}", WWW_Authenticate=f'Bearer realm="http://{registry.host}/token"')
        return True
    registry.answer = refuse
    run = waybill.run("sbom", reference, "-o", "table", env=nobody)
    assert run.code == SYSTEM and "log in first" in run.stderr, run
    assert len(registry.requests) <= 6


# ---- patience

def test_retry_after(waybill, serve):
    registry = serve()
    reference = registry.add("app", images.single(an_image(), "v1"), "v1")
    times = []

    def busy(handler, stated="1"):
        if "/manifests/" not in handler.path or len(times) > 0 and stated == "1":
            return False
        times.append(time.monotonic())
        handler.send(429, b"{}", Retry_After=stated)
        return True
    registry.answer = busy
    begin = time.monotonic()
    assert waybill.run("sbom", reference, "-o", "table").code == OK
    assert time.monotonic() - begin >= 1
    # Longer than anybody wants to sit there.
    times.clear()
    registry.answer = lambda handler: busy(handler, "3600")
    run = waybill.run("sbom", reference, "-o", "table")
    assert run.code == SYSTEM and "429" in run.stderr, run
    assert len(times) == 1


def test_proxies_are_not_for_loopback(waybill, serve):
    proxy, registry = serve(), serve()
    reference = registry.add("app", images.single(an_image(), "v1"), "v1")
    env = {"http_proxy": f"http://{proxy.host}", "https_proxy": f"http://{proxy.host}"}
    assert waybill.run("sbom", reference, "-o", "table", env=env).code == OK
    assert proxy.requests == []


# ---- lies

def test_sizes_that_are_not_so(waybill, serve):
    registry = serve()
    layout = images.single(an_image(), "v1")
    reference = registry.add("app", layout, "v1")
    for change in (-1, 1, 5000, 1 << 60):
        def lie(handler, change=change):
            if "/blobs/" not in handler.path or handler.command != "HEAD":
                return False
            size = len(registry.blobs["app", handler.path.rsplit("/", 1)[1]])
            handler.send_response(200)
            handler.send_header("Content-Length", str(size + change))
            handler.end_headers()
            return True
        registry.answer = lie
        run = waybill.run("sbom", reference, "-o", "table")
        assert run.code in (BAD_INPUT, CHECK_FAILED, SYSTEM), (change, run)


def test_answers_in_chunks(waybill, serve):
    """Without Content-Length, and HEAD that is not answered at all."""
    registry = serve()
    reference = registry.add("app", images.single(an_image(), "v1"), "v1")

    def chunked(handler):
        kind, name = handler.path.split("/")[-2:]
        data = (registry.manifest("app", name) or [None])[0] if kind == "manifests" else None
        if data is None:
            return False
        handler.send_response(100)
        handler.end_headers()
        handler.send_response(200)
        handler.send_header("Content-Type", registry.manifest("app", name)[1])
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        for i in range(0, len(data), 100):
            part = data[i:i + 100]
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
            handler.wfile.flush()
        handler.wfile.write(b"0\r\nTrailer: x\r\n\r\n")
        return True
    registry.answer = chunked
    assert waybill.run("sbom", reference, "-o", "table").code == OK
    assert waybill.run("tree", reference).code == OK


def test_registries_that_do_not_answer_head(waybill, serve):
    registry = serve()
    reference = registry.add("app", images.single(an_image(), "v1"), "v1")

    def no_head(handler):
        if handler.command != "HEAD":
            return False
        handler.send(403)
        return True
    registry.answer = no_head
    assert waybill.run("sbom", reference, "-o", "table").code == OK


def index_of(children):
    return images.to_json({"schemaVersion": 2, "mediaType": images.INDEX, "manifests": children})


def put_index(registry, children):
    data = index_of(children)
    digest = images.sha256(data)
    registry.manifests["app", digest] = data, images.INDEX
    registry.tags["app", "v1"] = digest
    return f"docker://{registry.host}/app:v1"


def test_indexes_without_end(waybill, serve):
    registry = serve()
    child = {"mediaType": images.MANIFEST, "size": 2, "digest": "sha256:" + "1" * 64}
    # One image 20,000 times is one image.
    reference = put_index(registry, [child] * 20000)
    assert waybill.run("tree", reference).code in (OK, BAD_INPUT)
    assert len(registry.requests) < 100
    registry.requests.clear()
    reference = put_index(registry, [dict(child, digest=f"sha256:{i:064x}") for i in range(20000)])
    run = waybill.run("tree", reference)
    assert run.code == BAD_INPUT and "more than 500" in run.stderr, run
    assert len(registry.requests) < 600


def test_referrers_that_are_junk(waybill, serve, key):
    registry = serve()
    reference = registry.add("app", images.single(an_image(), "v1"), "v1")
    for junk in (b"", b"[]", b"{}", b"null", b'{"manifests": {}}', b'{"manifests": [1]}',
                 b'{"manifests": [{"digest": 5}]}', b'{"manifests": [{"digest": "sha256:x"}]}',
                 b'{"manifests": [], "manifests": []}', b"\xff" * 10, b"[" * 100000):
        def refer(handler, junk=junk):
            if "/referrers/" not in handler.path:
                return False
            handler.send(200, junk, Content_Type=images.INDEX)
            return True
        registry.answer = refer
        run = waybill.run("tree", reference)
        assert run.code == BAD_INPUT, (junk[:40], run)
    gone = index_of([{"mediaType": images.MANIFEST, "size": 2, "digest": "sha256:" + "0" * 64}])
    registry.answer = lambda handler: "/referrers/" in handler.path and (
        handler.send(200, gone, Content_Type=images.INDEX) or True)
    run = waybill.run("verify", "--key", key.public_path, reference)
    assert run.code == CHECK_FAILED, run


def test_tags_of_signatures_that_are_something_else(waybill, serve, key):
    registry = serve(lists_referrers=False)
    layout = images.single(an_image(), "v1")
    reference = registry.add("app", layout, "v1")
    tag = layout.manifests[0]["digest"].replace(":", "-")
    for data, media_type in ((index_of([]), images.INDEX), (b"{}", "text/html"), (b"5", images.INDEX),
                             (layout.blobs[layout.manifests[0]["digest"]], images.MANIFEST)):
        for suffix in ("", ".sig", ".att", ".sbom"):
            registry.manifests["app", images.sha256(data)] = data, media_type
            registry.tags["app", tag + suffix] = images.sha256(data)
        run = waybill.run("verify", "--key", key.public_path, reference)
        assert run.code in (CHECK_FAILED, BAD_INPUT), run
        assert waybill.run("tree", reference).code in (OK, BAD_INPUT, CHECK_FAILED)


def test_headers_are_not_made_of_documents(waybill, serve, key):
    registry = serve()
    layout = images.single(an_image(), "v1")
    reference = registry.add("app", layout, "v1")
    document = json.loads(layout.blobs[layout.manifests[0]["digest"]])
    document["mediaType"] = "application/x\r\nInjected: yes"
    data = images.to_json(document)
    registry.manifests["app", images.sha256(data)] = data, images.MANIFEST
    registry.tags["app", "v1"] = images.sha256(data)
    seen = []

    def look(handler):
        seen.append(handler.headers.get("Injected"))
        return False
    registry.answer = look
    waybill.run("sign", "--key", key.path, reference)
    waybill.run("clean", "--force", reference)
    assert set(seen) == {None}


# ---- several platforms

def multi(count=2):
    layout = Layout()
    layout.add(layout.index([layout.image(an_image(architecture=one, labels={"n": one}),
                                          platform={"os": "linux", "architecture": one})
                             for one in ("amd64", "arm64", "riscv64")[:count]]), "v1")
    return layout


@pytest.mark.parametrize("form", ("bundle", "legacy"))
@pytest.mark.parametrize("lists_referrers", (True, False))
def test_all_platforms(waybill, serve, key, form, lists_referrers):
    registry = serve(lists_referrers=lists_referrers)
    reference = registry.add("app", multi(), "v1")
    before = set(registry.manifests)
    run = waybill.run("sign", "--key", key.path, "--recursive", "--format", form, reference)
    assert run.code == OK, run
    public = key.public_path
    assert waybill.run("verify", "--key", public, reference).code == OK
    for _, digest in before:
        run = waybill.run("verify", "--key", public, f"docker://{registry.host}/app@{digest}")
        assert run.code == OK, run
    assert waybill.run("tree", reference).code == OK
    run = waybill.run("clean", "--force", reference)
    assert run.code == OK, run
    assert before <= set(registry.manifests)
    assert waybill.run("verify", "--key", public, reference).code == CHECK_FAILED


def test_registries_that_refuse_changes(waybill, serve, key):
    """Tags that are immutable, and no deleting."""
    registry = serve()
    reference = registry.add("app", images.single(an_image(), "v1"), "v1")
    sign = ["sign", "--key", key.path, "--format", "legacy", reference]
    assert waybill.run(*sign).code == OK

    def refuse(handler):
        if handler.command == "PUT" and "/manifests/" in handler.path:
            handler.fail(409, "TAG_IMMUTABLE")
        elif handler.command == "DELETE":
            handler.fail(405, "UNSUPPORTED")
        else:
            return False
        return True
    registry.answer = refuse
    run = waybill.run(*sign)
    assert run.code == SYSTEM and "409 (no: TAG_IMMUTABLE)" in run.stderr, run
    run = waybill.run("clean", "--force", reference)
    assert run.code == SYSTEM and "405 (no: UNSUPPORTED)" in run.stderr, run
    assert waybill.run("verify", "--key", key.public_path, reference).code == OK


def test_a_blob_that_is_refused_is_not_missing(waybill, serve, key, tmp_path):
    registry = serve()
    reference = registry.add("app", images.single(an_image(), "v1"), "v1")
    asked = []

    def refuse(handler):
        asked.append((handler.command, handler.path))
        if "/blobs/" in handler.path and handler.command != "POST":
            handler.fail(403, "DENIED")
            return True
        return False
    registry.answer = refuse
    pack = ["pack", reference, "-o", str(tmp_path / "x.waybill"), "--key", key.path]
    run = waybill.run(*pack)
    assert run.code == SYSTEM and "403 (no: DENIED)" in run.stderr, run
    registry.answer = lambda handler: asked.append((handler.command, handler.path))
    asked.clear()
    assert waybill.run(*pack).code == OK
    heads = [path for command, path in asked if command == "HEAD"]
    assert len(heads) == len(set(heads)), heads
