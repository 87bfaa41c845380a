# SPDX-License-Identifier: Apache-2.0
"""What cosign signed (../shared/data/cosign), tampered with and not, and the bundles of sigstore's
conformance suite."""
import base64
import json
import os
import shutil

import pytest
from conftest import data_cases
from program import BAD_INPUT, CHECK_FAILED, OK
from signatures import CYCLONEDX, SPDX, read, sha256, to_json, write
from verifying import IMAGE_DIGEST, below, blob_path, fails, proofs, run, spoil

COSIGN_KINDS = ("p256", "p384", "p521", "rsa3072", "ed25519")


@pytest.fixture
def cosign(test_data):
    return lambda name: os.path.join(test_data, "cosign", name)


@pytest.fixture
def saved(cosign, tmp_path):
    return str(shutil.copytree(cosign("saved-layout"), tmp_path / "saved"))


# ---- what cosign made ----

@pytest.mark.parametrize("kind", COSIGN_KINDS)
def test_files_signed_by_cosign(waybill, tmp_path, cosign, kind):
    key, file = ["--key", cosign(kind + ".pub")], cosign("artifact.txt")
    by_bundle = ["--bundle", cosign(kind + ".blob.sigstore.json")]
    by_signature = ["--signature", cosign(kind + ".blob.sig")]
    by_attestation = ["--bundle", cosign(kind + ".attest.sigstore.json")]
    changed = write(tmp_path / "artifact.txt", read(file).replace(b"a", b"b") + b"!")
    for way in (by_bundle, by_signature):
        assert "signed by" in run(waybill, "verify-blob", *key, *way, file).stdout.decode()
        run(waybill, "verify-blob", *key, *way, "-", stdin=read(file))
        fails(waybill, "verify-blob", *key, *way, changed, text="does not hold")
    said = proofs(waybill, "verify-blob-attestation", *key, *by_attestation, "--type", "spdxjson", file)
    payload = base64.b64decode(said["proofs"][0]["payload"])
    assert json.loads(payload)["predicateType"] == SPDX == said["proofs"][0]["predicateType"]
    fails(waybill, "verify-blob-attestation", *key, *by_attestation, changed, text="not this file")
    fails(waybill, "verify-blob-attestation", *key, *by_attestation, "--type", "vuln", file,
          text="predicate type")
    fails(waybill, "verify-blob-attestation", *key, *by_bundle, file, text="not an attestation")


@pytest.mark.parametrize("kind", COSIGN_KINDS)
def test_signatures_of_cosign_under_other_keys(waybill, cosign, kind):
    for other in (*COSIGN_KINDS, "cosign"):
        if other != kind:
            for way in ("--bundle", "--signature"):
                path = cosign(kind + (".blob.sigstore.json" if way == "--bundle" else ".blob.sig"))
                fails(waybill, "verify-blob", "--key", cosign(other + ".pub"), way, path,
                      cosign("artifact.txt"), text="key")


def test_layout_saved_by_cosign(waybill, cosign):
    key, layout = cosign("cosign.pub"), cosign("saved-layout")
    said = proofs(waybill, "verify", "--key", key, "--local-image", "--insecure-ignore-tlog=true",
                  "--offline", layout)
    assert said["digest"] == IMAGE_DIGEST
    assert sorted(one["form"] for one in said["proofs"]) == ["bundle", "bundle", "simple-signing"]
    assert {one["subject"] for one in said["proofs"]} == {IMAGE_DIGEST}
    assert (said["blobsChecked"], said["checks"]["blobs"]) == (3, True)
    assert said["bytesChecked"] == 7316
    assert any("attestation" in one["reason"] for one in said["refusals"])
    said = proofs(waybill, "verify-attestation", "--key", key, layout)
    assert sorted((one["form"], one["predicateType"]) for one in said["proofs"]) == [
        ("bundle", SPDX), ("dsse", CYCLONEDX)]
    fails(waybill, "verify", "--key", cosign("p256.pub"), layout, text="another key")
    text = run(waybill, "verify", "--key", key, layout).stdout.decode()
    assert "3 blobs, 7316 bytes" in text and "not checked: transparency log" in text
    text = run(waybill, "verify", "--key", key, "--signature-only", layout).stdout.decode()
    assert "blobs," not in text and "layers below the manifest (--signature-only)" in text


@pytest.mark.parametrize("command", ["verify", "verify-attestation"])
@pytest.mark.parametrize("how", ["spoil", "remove", "truncate", "extend"])
@pytest.mark.parametrize("which", ["config", "layer", "manifest"])
def test_tampered_layout(waybill, cosign, saved, command, which, how):
    digest = below(saved)[which]
    path = blob_path(saved, digest)
    if how == "spoil":
        spoil(path)
    elif how == "remove":
        os.remove(path)
    else:
        write(path, read(path)[:-1] if how == "truncate" else read(path) + b"\n")
    fails(waybill, command, "--key", cosign("cosign.pub"), saved, text=digest)
    if which != "manifest":
        run(waybill, command, "--key", cosign("cosign.pub"), "--signature-only", saved)


def test_manifest_and_index_changed_together(waybill, cosign, saved):
    changed = read(blob_path(saved, IMAGE_DIGEST)) + b" "
    digest = sha256(changed)
    write(blob_path(saved, digest), changed)
    index = json.loads(read(os.path.join(saved, "index.json")))
    [entry] = [one for one in index["manifests"] if one["digest"] == IMAGE_DIGEST]
    entry.update(digest=digest, size=len(changed))
    write(os.path.join(saved, "index.json"), to_json(index))
    fails(waybill, "verify", "--key", cosign("cosign.pub"), saved, text="another image")


def test_signatures_left_out(waybill, cosign, saved):
    for name in os.listdir(os.path.join(saved, "blobs", "sha256")):
        data = read(os.path.join(saved, "blobs", "sha256", name))
        if b"dev.sigstore.bundle" in data or b"simplesigning" in data:
            os.remove(os.path.join(saved, "blobs", "sha256", name))
    fails(waybill, "verify", "--key", cosign("cosign.pub"), saved, text="sha256:")


# ---- sigstore's conformance suite ----

CONFORMANCE = data_cases("sigstore-conformance/bundle-verify/*/bundle.sigstore.json")
BEACON = ("https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/"
          "workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main")


@pytest.mark.parametrize("path", CONFORMANCE)
def test_sigstore_conformance(waybill, path):
    folder = os.path.dirname(path)

    def case(name, fallback):
        own = os.path.join(folder, name)
        return own if os.path.exists(own) else os.path.join(folder, "..", "..", fallback)

    def text(name, fallback):
        return read(os.path.join(folder, name)).decode().strip() \
            if os.path.exists(os.path.join(folder, name)) else fallback
    arguments = ["--bundle", path]
    if os.path.exists(os.path.join(folder, "key.pub")):
        arguments += ["--key", os.path.join(folder, "key.pub")]
        if os.path.exists(os.path.join(folder, "trusted_root.json")):
            arguments += ["--trusted-root", os.path.join(folder, "trusted_root.json")]
    else:
        arguments += ["--trusted-root", case("trusted_root.json", "trusted_root.public-good.json"),
                      "--certificate-identity", text("identity", BEACON),
                      "--certificate-oidc-issuer",
                      text("issuer", "https://token.actions.githubusercontent.com")]
    done = waybill.run("verify-blob", *arguments, case("artifact", "a.txt"))
    if folder.endswith("_fail"):
        assert done.code in (CHECK_FAILED, BAD_INPUT), done
    else:
        assert done.code == OK, done
