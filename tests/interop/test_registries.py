# SPDX-License-Identifier: Apache-2.0
"""docker:// against real registries: Waybill signs in them what cosign then verifies there, and the
other way round. scripts/fetch-interop-clients fetches the clients; without them this is skipped, and
says so."""
import json
import urllib.parse

import pytest
from cells import TYPE, Bench
from clients import Clients, Missing, Registry

KINDS = ("docker-registry", "crane")


@pytest.fixture(scope="module", params=KINDS)
def bench(request, waybill, tmp_path_factory):
    folder = tmp_path_factory.mktemp("registries")
    clients, registry = Clients(folder / "home"), None
    try:
        registry = Registry(clients, folder / "registry", request.param)
        bench = Bench(folder / "bench", waybill, clients, registry)
        bench.run("generate-key-pair", "--output-key-prefix", bench.path("key"))
        clients.path("oras")
        yield bench
    except Missing as error:
        pytest.skip(f"SKIPPED: {error}")
    finally:
        if registry:
            registry.stop()


def cosign(bench, version, *arguments):
    try:
        return bench.clients.run(version, *arguments)
    except Missing as error:
        return pytest.skip(f"SKIPPED: {error}")


def verifies(bench, version, form, name, attestation=False):
    """cosign's verdict in the registry."""
    options = ["--key", bench.path("key.pub"), "--insecure-ignore-tlog=true"]
    if version == "cosign2" and form == "bundle":
        options += ["--new-bundle-format", "--trusted-root", bench.path("trusted-root")]
    if version == "cosign3" and form == "legacy":
        options.append("--new-bundle-format=false")
    if attestation:
        options += ["--type", TYPE]
    done = cosign(bench, version, "verify-attestation" if attestation else "verify", *options,
                  f"{bench.registry.address}/{name}:v1")
    assert done.code == 0, done


@pytest.mark.parametrize("form", ("bundle", "legacy"))
@pytest.mark.parametrize("thing", ("image", "index"))
def test_we_sign_and_cosign_verifies(bench, thing, form):
    name = f"we/{thing}-{form}"
    bench.push(bench.source(thing), name, thing, "plain")
    reference = f"docker://{bench.registry.address}/{name}:v1"
    for _ in range(2):
        bench.run("sign", "--key", bench.path("key.key"), "--format", form, reference)
    bench.run("attest", "--key", bench.path("key.key"), "--format", form, "--predicate",
              bench.path("predicate"), "--type", TYPE, reference)
    for version in ("cosign3", "cosign2"):
        # cosign 2 verifies attestations in bundles of images, but finds no signature in one.
        if version == "cosign3" or form == "legacy":
            verifies(bench, version, form, name)
        verifies(bench, version, form, name, attestation=True)
    bench.run("verify", "--key", bench.path("key.pub"), reference)
    bench.run("verify-attestation", "--key", bench.path("key.pub"), "--type", TYPE, reference)


# cosign 2 does not sign images in bundles.
@pytest.mark.parametrize("version,form", (("cosign3", "bundle"), ("cosign3", "legacy"),
                                          ("cosign2", "legacy")))
def test_cosign_signs_and_we_verify(bench, version, form):
    name = f"they/{version}-{form}"
    bench.push(bench.source("image"), name, "image", "plain")
    options = ["--key", bench.path("key.key"), "--tlog-upload=false", "--yes"]
    if version == "cosign3":
        options += ["--use-signing-config=false"]
        options += ["--new-bundle-format=false"] if form == "legacy" else []
    target = f"{bench.registry.address}/{name}:v1"
    done = cosign(bench, version, "sign", *options, target)
    assert done.code == 0, done
    done = cosign(bench, version, "attest", *options, "--predicate", bench.path("predicate"), "--type",
                  TYPE, target)
    assert done.code == 0, done
    bench.run("verify", "--key", bench.path("key.pub"), f"docker://{target}")
    bench.run("verify-attestation", "--key", bench.path("key.pub"), "--type", TYPE,
              f"docker://{target}")


def test_the_document_names_the_registry(bench):
    bench.push(bench.source("image"), "team/app", "image", "plain")
    reference = f"docker://{bench.registry.address}/team/app:v1"
    document = json.loads(bench.run("sbom", reference, "-o", "cyclonedx-json").stdout)
    component = document["metadata"]["component"]
    assert component["name"] == "app"
    purl = urllib.parse.unquote(component["purl"])
    assert purl.startswith("pkg:oci/app@sha256:")
    assert f"repository_url={bench.registry.address}/team/app" in purl
