# SPDX-License-Identifier: Apache-2.0
"""docker://: images are read from a registry as from a layout, and what is signed is brought there.
The registry is fixtures/registry.py; tests/interop does the same with real ones and cosign."""
import base64
import json
import os
import subprocess

import debs
import images
import pytest
import signatures
from images import Image, Layout
from layers import Layer
from program import BAD_INPUT, CHECK_FAILED, OK, SYSTEM, USAGE

STATUS = debs.status_file(debs.stanza("alpha"), debs.stanza("beta"))


def an_image(**fields):
    return Image([Layer().files({"etc/os-release": b"ID=debian\nVERSION_ID=\"12\"\n",
                                 "var/lib/dpkg/status": STATUS}),
                  Layer().files({"opt/large": os.urandom(3 << 20)})], **fields)


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    return signatures.Key(tmp_path_factory.mktemp("key"), "p256")


def names(document):
    return {package.name for package in document.packages.values()}


def login(path, host, user="user", password="secret"):
    pair = base64.b64encode(f"{user}:{password}".encode()).decode()
    path.write_text(json.dumps({"auths": {host: {"auth": pair}}}))
    return {"REGISTRY_AUTH_FILE": str(path)}


def test_the_document_is_that_of_the_layout(waybill, serve, tmp_path):
    layout = images.single(an_image(), "v1")
    registry = serve()
    reference = registry.add("team/app", layout, "v1")
    layout.write(tmp_path / "app")
    wanted = json.loads(waybill.sbom(f"oci:{tmp_path}/app:v1", "-o", "spdx-json", "--source-name",
                                     "app", "--files", "all").stdout)
    found = json.loads(waybill.sbom(reference, "-o", "spdx-json", "--source-name", "app", "--files",
                                    "all").stdout)
    assert [p["name"] for p in found["packages"]] == [p["name"] for p in wanted["packages"]]
    assert found["files"] == wanted["files"]
    purls = [ref["referenceLocator"] for package in found["packages"]
             for ref in package.get("externalRefs", [])
             if ref["referenceLocator"].startswith("pkg:oci/")]
    assert any(f"repository_url={registry.host}/team/app" in purl.replace("%2F", "/") for purl in purls)
    digest = layout.manifests[0]["digest"]
    by_digest = f"docker://{registry.host}/team/app@{digest}"
    assert waybill.run("sbom", by_digest, "-o", "spdx-json").code == OK


def test_platforms(waybill, serve):
    layout = Layout()
    layout.add(layout.index([layout.image(an_image(architecture=one),
                                          platform={"os": "linux", "architecture": one})
                             for one in ("amd64", "arm64")]), "v1")
    reference = serve().add("multi", layout, "v1")
    for one in ("amd64", "arm64"):
        document = json.loads(waybill.sbom(reference, "--platform", f"linux/{one}", "-o",
                                           "cyclonedx-json").stdout)
        assert f"arch={one}" in json.dumps(document["metadata"]["component"])


@pytest.mark.parametrize("ranges", (True, False))
def test_a_transfer_that_breaks_off_goes_on(waybill, serve, ranges):
    layout = images.single(an_image(), "v1")
    registry = serve()
    reference = registry.add("app", layout, "v1")
    registry.ranges = ranges
    registry.break_after = {digest: len(data) // 3 for (_, digest), data in registry.blobs.items()
                            if len(data) > 1 << 20}
    assert len(registry.break_after) == 1
    assert waybill.run("sbom", reference, "-o", "spdx-json").code == OK
    assert registry.break_after == {}


def test_what_fails_in_passing_is_tried_again(waybill, serve):
    registry = serve()
    reference = registry.add("app", images.single(an_image(), "v1"), "v1")
    registry.unavailable = 2
    assert waybill.run("sbom", reference, "-o", "table").code == OK
    registry.unavailable = 1000
    run = waybill.run("sbom", reference, "-o", "table")
    assert run.code == SYSTEM and "503 (no: UNAVAILABLE)" in run.stderr, run


@pytest.mark.parametrize("password", ("basic", "token"))
def test_passwords(waybill, serve, tmp_path, password):
    registry = serve(password=password)
    reference = registry.add("team/app", images.single(an_image(), "v1"), "v1")
    nobody = {"REGISTRY_AUTH_FILE": str(tmp_path / "empty")}
    (tmp_path / "empty").write_text("{}")
    run = waybill.run("sbom", reference, "-o", "table", env=nobody)
    assert run.code == SYSTEM and "log in first" in run.stderr, run
    for name in (registry.host, f"{registry.host}/team", f"{registry.host}/team/app",
                 f"https://{registry.host}/v1/"):
        env = login(tmp_path / "auth", name)
        run = waybill.run("sbom", reference, "-o", "table", env=env)
        assert run.code == OK, run
    wrong = login(tmp_path / "auth", registry.host, password="wrong-password")
    run = waybill.run("sbom", reference, "-o", "table", env=wrong)
    assert run.code == SYSTEM and "wrong-password" not in run.stderr, run
    other = login(tmp_path / "auth", f"{registry.host}/another")
    assert waybill.run("sbom", reference, "-o", "table", env=other).code == SYSTEM


def test_a_password_stays_with_the_registry(waybill, serve, tmp_path):
    """Blobs may be fetched from elsewhere, which must not learn who asks."""
    elsewhere, registry = serve(), serve(password="basic")
    layout = images.single(an_image(), "v1")
    reference = registry.add("app", layout, "v1")
    elsewhere.add("app", layout, "v1")
    registry.redirect_blobs = f"http://{elsewhere.host}"
    run = waybill.run("sbom", reference, "-o", "table", env=login(tmp_path / "auth", registry.host))
    assert run.code == OK, run
    assert len(elsewhere.requests) >= 3
    assert all(authorization is None for _, _, authorization in elsewhere.requests)


def test_what_a_registry_sends_is_not_believed(waybill, serve, tmp_path):
    layout = images.single(an_image(), "v1")
    registry = serve()
    reference = registry.add("app", layout, "v1")
    digest = layout.manifests[0]["digest"]
    registry.swap_manifest = images.to_json(an_image(labels={"other": "image"}).manifest())
    run = waybill.run("sbom", f"docker://{registry.host}/app@{digest}", "-o", "table")
    assert run.code == CHECK_FAILED and "another manifest" in run.stderr, run
    registry.swap_manifest = b"[" * (5 << 20)
    run = waybill.run("sbom", reference, "-o", "table")
    assert run.code == BAD_INPUT and "more than" in run.stderr, run
    registry.swap_manifest = None
    for name, data in list(registry.blobs.items()):
        registry.blobs[name] = data[:-1] + bytes([data[-1] ^ 1])
        run = waybill.run("sbom", reference, "-o", "table")
        assert run.code in (BAD_INPUT, CHECK_FAILED), run
        del registry.blobs[name]
        run = waybill.run("sbom", reference, "-o", "table")
        assert run.code in (BAD_INPUT, CHECK_FAILED), run
        registry.blobs[name] = data
    registry.endless_referrers = True
    run = waybill.run("tree", reference)
    assert run.code == BAD_INPUT and "does not end" in run.stderr, run


def test_names(waybill, serve):
    registry = serve()
    registry.add("app", images.single(an_image(), "v1"), "v1")
    run = waybill.run("sbom", f"docker://{registry.host}/app:v2", "-o", "table")
    assert run.code == BAD_INPUT and "no such manifest: v2" in run.stderr, run
    for bad in ("docker://app", "docker://app:v1", "docker://host.example/", "docker://",
                "docker://host.example/App", "docker://host.example/a//b", "docker:app",
                "docker://host.example/../x", "docker://host.example/a:b:c", "docker://h:p/a",
                "docker://host.example/a:-x", "docker://host.example/a@sha256:12",
                "docker://user@host.example/a", "docker://host.example/a?x=y"):
        run = waybill.run("sbom", bad, "-o", "table")
        assert run.code == USAGE, (bad, run)
    nobody = waybill.run("sbom", "docker://127.0.0.1:1/a", "-o", "table")
    assert nobody.code == SYSTEM and "127.0.0.1:1" in nobody.stderr, nobody


@pytest.mark.parametrize("lists_referrers", (True, False))
@pytest.mark.parametrize("form", ("bundle", "legacy", "both"))
def test_sign_verify_and_clean(waybill, serve, key, tmp_path, lists_referrers, form):
    registry = serve(lists_referrers=lists_referrers, password="token")
    layout = images.single(an_image(), "v1")
    reference = registry.add("team/app", layout, "v1")
    env = login(tmp_path / "auth", registry.host)
    before = dict(registry.manifests)
    run = waybill.run("verify", "--key", key.public_path, reference, env=env)
    assert run.code == CHECK_FAILED, run
    for _ in range(2):
        run = waybill.run("sign", "--key", key.path, "--format", form, reference, env=env)
        assert run.code == OK, run
    digest = layout.manifests[0]["digest"]
    if form != "legacy":
        assert len(registry.referrers("team/app", digest)) >= 1
        assert (("team/app", digest.replace(":", "-")) in registry.tags) == (not lists_referrers)
    if form != "bundle":
        assert ("team/app", digest.replace(":", "-") + ".sig") in registry.tags
    run = waybill.run("verify", "--key", key.public_path, reference, "--output", "json", env=env)
    assert run.code == OK, run
    run = waybill.run("attest", "--key", key.path, "--format", form, "--sbom",
                      "spdx-json", reference, env=env)
    assert run.code == OK, run
    run = waybill.run("verify-attestation", "--key", key.public_path, "--type", "spdxjson",
                      reference, env=env)
    assert run.code == OK, run
    run = waybill.run("clean", "--force", reference, env=env)
    assert run.code == OK, run
    assert waybill.run("verify", "--key", key.public_path, reference, env=env).code == CHECK_FAILED
    assert set(before) <= set(registry.manifests)


def test_pack_from_a_registry(waybill, verify, serve, key, tmp_path):
    registry = serve()
    reference = registry.add("team/app", images.single(an_image(), "v1"), "v1")
    assert waybill.run("sign", "--key", key.path, reference).code == OK
    delivery = str(tmp_path / "release.waybill")
    run = waybill.run("pack", reference, "-o", delivery, "--key", key.path)
    assert run.code == OK, run
    run = verify.run("--key", key.public_path, delivery)
    assert run.code == OK, run


def test_uploads_go_nowhere_else(waybill, serve, key):
    elsewhere, registry = serve(), serve()
    reference = registry.add("app", images.single(an_image(), "v1"), "v1")
    registry.upload_elsewhere = f"http://{elsewhere.host}"
    run = waybill.run("sign", "--key", key.path, reference)
    assert run.code == SYSTEM and "points elsewhere" in run.stderr, run
    assert elsewhere.requests == []
    assert waybill.run("verify", "--key", key.public_path, reference).code == CHECK_FAILED


def test_tls(waybill, serve, tmp_path):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=test",
                    "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", tmp_path / "tls.key", "-out",
                    tmp_path / "tls.crt"], check=True, capture_output=True)
    registry = serve(tls=(tmp_path / "tls.crt", tmp_path / "tls.key"))
    reference = registry.add("app", images.single(an_image(), "v1"), "v1")
    run = waybill.run("sbom", reference, "-o", "table")
    assert run.code == SYSTEM and "certificate" in run.stderr, run
    assert registry.requests == []
    for options in (["--registry-cacert", str(tmp_path / "tls.crt")], ["--allow-insecure-registry"]):
        assert waybill.run("sbom", *options, reference, "-o", "table").code == OK
        assert waybill.run("tree", *options, reference).code == OK
        assert waybill.run("query", *options, reference, "--package", "alpha").code == OK


def test_without_tls(waybill, serve):
    """Only loopback hosts are asked without TLS, unless the command line says so."""
    registry = serve(address="127.0.0.2")
    reference = registry.add("app", images.single(an_image(), "v1"), "v1")
    run = waybill.run("sbom", reference, "-o", "table")
    assert run.code == SYSTEM, run
    assert registry.requests == []
    assert waybill.run("sbom", "--allow-http-registry", reference, "-o", "table").code == OK
