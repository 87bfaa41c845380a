# SPDX-License-Identifier: Apache-2.0
"""waybill-verify on what is no delivery of Waybill's: plain layouts, what `cosign save` leaves, an SBOM
with its bundle; and deliveries judged by a policy instead of a key."""
import json

import pytest

import deliveries
from deliveries import Delivery, write_archive, write_directory
from delivery_reports import key, schema  # noqa: F401
from images import REF_NAME, sha256
from program import CHECK_FAILED, OK, USAGE
from signatures import (CYCLONEDX, PROVENANCE, SPDX, Key, b64, bundle, envelope, read, statement,
                        to_json, write)


@pytest.fixture
def report_of(verify, schema):
    def run(*arguments, **more):
        done = verify.run(*map(str, arguments), "--output", "json", **more)
        assert done.code in (OK, CHECK_FAILED), done
        report = json.loads(done.stdout)
        schema.validate(report)
        assert report["result"] == ("holds" if done.code == OK else "fails")
        return report
    return run


def said(report):
    return {(one["code"], one.get("object")) for one in report["outcomes"]}


@pytest.fixture
def plain(key):
    """The images of a delivery without its inventory."""
    made = Delivery(key)
    made.image("app:1", b"shared" * 30000, b"first" * 9000)
    made.image("db:2", b"shared" * 30000, index=True)
    return made.layout


# ---- layouts ----

@pytest.mark.parametrize("form", ["directory", "archive", "prefix"])
def test_a_plain_layout(report_of, plain, key, tmp_path, form):
    members = list(plain.members().items())
    if form == "archive":
        path = write_archive(tmp_path / "l.tar", members)
    else:
        path = ("oci:" if form == "prefix" else "") + write_directory(tmp_path / "l", members)
    report = report_of(path, "--key", key.public_path)
    assert said(report) == {("W-NO-INVENTORY", None)} and "inventory" not in report
    assert [one["result"] for one in report["images"]] == ["holds", "holds"]
    # Layers of two images are read once.
    assert report["checked"]["blobs"] == 4 + 4 - 1
    assert any("left out" in one for one in report["notChecked"])


def test_every_blob_of_a_plain_layout(report_of, plain, key, tmp_path):
    members = dict(plain.members())
    image = json.loads(members["index.json"])["manifests"][0]["digest"]
    manifest = json.loads(members["blobs/" + image.replace(":", "/")])
    for one in [manifest["config"], *manifest["layers"]]:
        name = "blobs/" + one["digest"].replace(":", "/")
        for changed, code in ((members[name][:-1] + b"?", "E-DIGEST"),
                              (members[name] + b"?", "E-SIZE"), (None, "E-MISSING-BLOB")):
            others = {**members, name: changed} if changed is not None else \
                {key_: value for key_, value in members.items() if key_ != name}
            path = write_archive(tmp_path / "l.tar", list(others.items()))
            report = report_of(path, "--key", key.public_path)
            assert (code, one["digest"]) in said(report), report["outcomes"]
            assert report["images"][0]["result"] == "fails"


def test_what_nothing_names_is_a_warning(report_of, plain, key, tmp_path):
    members = list(plain.members().items()) + [
        ("blobs/sha256/" + sha256(b"stray")[7:], b"stray"), ("notes.txt", b"hello")]
    report = report_of(write_archive(tmp_path / "l.tar", members), "--key", key.public_path)
    assert report["result"] == "holds" and report["checked"]["orphans"] == 2
    assert {("W-ORPHAN", name) for name, _ in members[-2:]} <= said(report)


def test_a_layout_that_cosign_saved(report_of, key, tmp_path):
    """The older form, told by `kind` alone, and a bundle that no index lists."""
    made = Delivery(key)
    image = made.image("app:1", b"layer" * 5000, attest=False)
    payload = to_json({"critical": {
        "identity": {"docker-reference": "app"}, "type": "cosign container image signature",
        "image": {"docker-manifest-digest": image["digest"]}}, "optional": None})
    layer = made.layout.put(payload, "application/vnd.dev.cosign.simplesigning.v1+json", annotations={
        "dev.cosignproject.cosign/signature": b64(key.sign(payload))})
    config = made.layout.put(b"{}", "application/vnd.oci.image.config.v1+json")
    carrier = made.layout.put(to_json({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": config, "layers": [layer]}), "application/vnd.oci.image.manifest.v1+json",
        annotations={"kind": "dev.cosignproject.cosign/sigs"})
    made.layout.manifests[0]["annotations"] = {"kind": "dev.cosignproject.cosign/image",
                                               REF_NAME: "app:1"}
    entry = made.layout.manifests[0]
    made.layout.manifests.append(carrier)
    made.attach(entry, key, SPDX, {"spdxVersion": "SPDX-2.3"})
    made.layout.manifests.pop()
    path = write_directory(tmp_path / "saved", made.layout.members().items())
    report = report_of(path, "--key", key.public_path)
    assert said(report) == {("W-NO-INVENTORY", None)}, report["outcomes"]
    assert report["images"][0]["signatures"][0]["form"] == "simple-signing"


def test_a_manifest_that_can_be_read_in_two_ways(report_of, plain, key, tmp_path):
    for text in (b'{"schemaVersion":2,"manifests":[],"config":{},"layers":[]}', b'{"layers":[]',
                 b'{"schemaVersion":2,"manifests":[],"Layers":[]}'):
        layout = Delivery(key).layout
        layout.blobs, layout.manifests = dict(plain.blobs), list(plain.manifests)
        layout.manifests.append(layout.put(text, "application/vnd.oci.image.index.v1+json"))
        path = write_archive(tmp_path / "l.tar", list(layout.members().items()))
        report = report_of(path, "--key", key.public_path)
        assert "E-MANIFEST" in {code for code, _ in said(report)}, (text, report["outcomes"])


# ---- a file and its bundle ----

def test_an_sbom_with_the_attestation_of_an_image(report_of, verify, key, tmp_path):
    """As the same JSON, however it is written, or as the same text; of no other predicate."""
    document = {"spdxVersion": "SPDX-2.3", "packages": [{"name": "a", "size": 1}]}
    sbom = write(str(tmp_path / "sbom.json"), json.dumps(document, indent=3, sort_keys=True))
    path, image = str(tmp_path / "a.sigstore.json"), sha256(b"an image")

    def attest(predicate_type, predicate, signer=key, target=image):
        write(path, bundle(envelope(statement(target, predicate_type, predicate), signer), signer))
        return verify.run("--bundle", path, sbom, "--key", key.public_path)
    for predicate_type, predicate in ((SPDX, document), (SPDX + "/v2.3", document),
                                      (SPDX, read(sbom).decode())):
        done = attest(predicate_type, predicate)
        assert done.code == 0 and f"the file is what it states of {image}" in done.stdout.decode()
        proof, = report_of("--bundle", path, sbom, "--key", key.public_path)["signatures"]
        assert proof["predicateOf"] == image and proof["predicateType"] == predicate_type
        assert report_of("--bundle", path, sha256(read(sbom)), "--key", key.public_path)[
            "result"] == "fails"
    stranger = Key(tmp_path, "p256", "stranger")
    for arguments in ((PROVENANCE, document), (SPDX, {**document, "packages": []}),
                      (SPDX, {"Data": document}), (SPDX, read(sbom).decode() + " "), (SPDX, {}),
                      (SPDX, document, stranger)):
        done = attest(*arguments)
        assert done.code == CHECK_FAILED and len(done.lines) == 1, (arguments, done)
    write(sbom, b"{}")
    assert attest(SPDX, {}).code == CHECK_FAILED
    write(sbom, b'{"a":1,"a":1}')
    assert attest(SPDX, {"a": 1}).code == CHECK_FAILED


def test_an_sbom_with_its_bundle(report_of, key, tmp_path):
    sbom = write(str(tmp_path / "sbom.json"), b'{"bomFormat":"CycloneDX"}\n')
    digest = sha256(read(sbom))
    signed = bundle(envelope(statement(digest, CYCLONEDX, {}), key), key)
    message = bundle(({"algorithm": "SHA2_256", "digest": b64(bytes.fromhex(digest[7:]))},
                      key.sign(read(sbom))), key)
    for content in (signed, message):
        path = write(str(tmp_path / "bundle.json"), content)
        for arguments in ((sbom,), (digest,)):
            report = report_of("--bundle", path, *arguments, "--key", key.public_path)
            assert report["signatures"][0]["keyId"] == key.fingerprint.hex()
            assert report["inputs"] == list(arguments) and "images" not in report
    write(sbom, b"{}")
    report = report_of("--bundle", path, sbom, "--key", key.public_path)
    assert report["result"] == "fails" and report["signatures"] == [] and report["failure"]


# ---- by a policy ----

def test_a_delivery_by_a_policy(report_of, verify, key, tmp_path):
    other = Key(tmp_path, "ed25519", "other")
    made = deliveries.example(key, other)
    path = write_archive(tmp_path / "r.waybill", made.members())
    policy = {"version": 1, "signers": {"release": {"key": read(key.public_path).decode()},
                                        "tools": {"key": read(other.public_path).decode()}},
              "delivery": {"signers": ["release"]},
              "images": [{"images": ["tool:*"], "signatures": {"signers": ["tools"]}},
                         {"images": ["**"], "signatures": {"signers": ["release"]},
                          "attestations": [{"type": SPDX, "signers": ["release"]}]}]}
    name = write(str(tmp_path / "policy.json"), json.dumps(policy))
    report = report_of(path, "--policy", name)
    assert report["outcomes"] == [] and report["judgedBy"] == f"policy {name}"
    assert len(report["images"][0]["attestations"]) == 1 and report["images"][2]["rule"]
    assert {one["code"] for one in report_of(path, "--key", key.public_path)["outcomes"]} == \
        {"E-SIGNATURE"}
    policy["images"][1]["attestations"].append({"type": CYCLONEDX, "signers": ["release"]})
    write(name, json.dumps(policy))
    report = report_of(path, "--policy", name)
    assert {code for code, _ in said(report)} == {"E-MISSING-ATTESTATION"}
    policy["delivery"]["issuedAfter"] = "2026-02-01T00:00:00Z"
    write(name, json.dumps(policy))
    assert "E-TOO-OLD" in {code for code, _ in said(report_of(path, "--policy", name))}
    assert verify.run(path, "--policy", name, "--key", key.public_path).code == USAGE


def test_a_policy_that_wants_a_delivery(report_of, plain, key, tmp_path):
    policy = {"version": 1, "signers": {"a": {"key": read(key.public_path).decode()}},
              "delivery": {"signers": ["a"]},
              "images": [{"images": ["**"], "signatures": {"signers": ["a"]}}]}
    path = write_archive(tmp_path / "l.tar", list(plain.members().items()))
    name = write(str(tmp_path / "policy.json"), json.dumps(policy))
    assert said(report_of(path, "--policy", name)) == {("E-INVENTORY-MISSING", None)}
    del policy["delivery"]
    write(name, json.dumps(policy))
    assert report_of(path, "--policy", name)["result"] == "holds"
