# SPDX-License-Identifier: Apache-2.0
"""Whose SBOMs `--deep` believes when a policy says who must sign; deliveries."""
import json
import random
import subprocess

import pytest

import images
from debs import stanza
from deep import Site, new_key, refused
from layers import Layer
from program import OK, USAGE


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys")
    new_key(folder, "other")
    return new_key(folder)


@pytest.fixture
def site(waybill, tmp_path, keys):
    site = Site(waybill, tmp_path / "image", keys,
                [Layer().files({"etc/file": b"one\n", "etc/large": bytes(300000)}),
                 Layer().file("etc/file", b"two\n")])
    site.sign()
    return site


def policy(site, sboms=None, **rule):
    """By key; `sboms` are signed by other, if there are such in it."""
    text = {"version": 1, "signers": {name: {"key": (site.keys / f"{name}.pub").read_text()}
                                      for name in (["key", "other"] if sboms else ["key"])},
            "images": [{"images": ["**"], "signatures": {"signers": ["key"]}, **rule}]}
    if sboms:
        text["images"][0]["attestations"] = [{"type": "spdxjson", "signers": sboms}]
    path = site.folder + ".policy.json"
    with open(path, "w", encoding="utf-8") as file:
        json.dump(text, file)
    return path


def attest(site, key, document):
    with open(site.folder + ".json", "w", encoding="utf-8") as file:
        json.dump(document, file)
    run = site.waybill.run("attest", "--key", f"{site.keys}/{key}.pem", "--predicate",
                           site.folder + ".json", "--type", "spdxjson", site.reference)
    assert run.code == OK, run


def false(document):
    for file in document["files"]:
        for checksum in file["checksums"]:
            checksum["checksumValue"] = "ab" * (len(checksum["checksumValue"]) // 2)
    return document


def both(site, verify, path):
    """The static program, and waybill's own."""
    yield verify.run("--policy", path, "--deep", site.folder)
    yield site.waybill.run("verify", "--policy", path, "--deep", "-o", "json", site.reference)


def test_sboms_by_those_who_sign_the_image(site, verify):
    path = policy(site)
    first, second = both(site, verify, path)
    refused(first, E_SBOM={site.manifest})
    assert second.code == 1 and "E-SBOM" in second.stderr
    attest(site, "other", false(site.sbom()))
    refused(next(both(site, verify, path)), E_SBOM={site.manifest})
    attest(site, "key", site.sbom())
    first, second = both(site, verify, path)
    assert first.code == OK and b"1 SBOM compared, 2 files are as" in first.stdout, first
    assert second.code == OK, second
    assert json.loads(second.stdout)["deep"]["files"] == 2


def test_sboms_by_those_who_must_attest_them(site, verify):
    """What the other one, who may sign images, says of files, is not listened to."""
    path = policy(site, ["other"])
    attest(site, "key", false(site.sbom()))
    attest(site, "other", site.sbom())
    first, second = both(site, verify, path)
    assert first.code == second.code == OK, (first.stdout, second)
    attest(site, "other", false(site.sbom()))
    first, second = both(site, verify, path)
    refused(first, E_SBOM_FILE_CHANGED={"/etc/file", "/etc/large"})
    assert second.code == 1 and "2 differences" in second.stderr, second
    said = json.loads(second.stdout)
    assert said["verified"] is False
    assert [one["code"] for one in said["outcomes"]] == 2 * ["E-SBOM-FILE-CHANGED"]


# ---- deliveries ----

def pack(site, *arguments):
    path = site.folder + ".waybill"
    run = site.waybill.run("pack", "--key", f"{site.keys}/key.pem", "-o", path, *arguments,
                           site.reference)
    assert run.code == OK, run
    return path


def test_a_delivery(site, verify):
    key = ["--key", f"{site.keys}/key.pub", "--deep"]
    attest(site, "key", site.sbom())
    path = pack(site)
    for run in (verify.run(*key, path), site.waybill.run("verify", *key, path)):
        assert run.code == OK and b"1 SBOM compared, 2 files are as" in run.stdout, run
    attest(site, "key", false(site.sbom()))
    path = pack(site)
    for run in (verify.run(*key, path), site.waybill.run("verify", *key, path)):
        refused(run, E_SBOM_FILE_CHANGED={"/etc/file", "/etc/large"})


def test_packages_of_a_delivery_on_several_media(waybill, verify, tmp_path, keys):
    """The layer lies in parts: it is read through all volumes."""
    layer = Layer().files({"etc/noise": random.Random(1).randbytes(18 << 20),
                           "var/lib/dpkg/status": stanza("alpha", "1.0-1").encode()})
    site = Site(waybill, tmp_path / "image", keys, [layer])
    site.sign()
    document = site.sbom()
    next(one for one in document["packages"] if one["name"] == "alpha")["name"] = "omega"
    attest(site, "key", document)
    pack(site, "--volumes", "16M")
    paths = sorted(str(path) for path in tmp_path.glob("image.*of*.waybill"))
    assert len(paths) > 1, paths
    key = ["--key", f"{keys}/key.pub", "--deep"]
    run = verify.run(*key, *paths)
    assert run.code == OK and b"1 SBOM compared" in run.stdout, run
    refused(waybill.run("verify", *key, *paths), E_SBOM_PACKAGE_CHANGED={"alpha"})


def test_a_stream_cannot_be_read_again(site, verify):
    attest(site, "key", site.sbom())
    with open(pack(site), "rb") as file:
        data = file.read()
    run = verify.run("--key", f"{site.keys}/key.pub", "--deep", "-", stdin=data)
    assert run.code == USAGE and "--deep" in run.stderr, run


def test_layers_of_an_archive(site, verify):
    attest(site, "key", site.sbom())
    subprocess.run(["tar", "-C", site.folder, "-cf", site.folder + ".tar", "oci-layout",
                    "index.json", "blobs"], check=True)
    run = verify.run("--key", f"{site.keys}/key.pub", "--deep", site.folder + ".tar")
    assert run.code == OK and b"2 files are as the SBOMs say" in run.stdout, run
    assert images.sha256(b"") not in run.stdout.decode()
