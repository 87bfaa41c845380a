# SPDX-License-Identifier: Apache-2.0
"""attach, download, clean: what was made elsewhere, and what is taken away again."""
import json

import images
import pytest
from layers import Layer
from program import BAD_INPUT, CHECK_FAILED, OK, USAGE
from signatures import (BUNDLE, DSSE, SIGN_PREDICATE, SIMPLE_SIGNING, SPDX, Stored, b64, bundle,
                        envelope, read, signed_statement, statement, to_json, unb64, write)
from signing import digest_of, path_of, refused, run, without_kind
from signing import archive, image  # noqa: F401  (fixtures)


def test_attached_signature_and_attestation(waybill, tmp_path, keys, image):
    digest, key = digest_of(image), keys["p384"]
    payload = to_json({"critical": {"identity": {"docker-reference": "x"},
                                    "image": {"docker-manifest-digest": digest},
                                    "type": "cosign container image signature"}, "optional": None})
    write(tmp_path / "payload", payload)
    write(tmp_path / "sig", b64(key.sign(payload)) + "\n")
    run(waybill, "attach", "signature", "--signature", tmp_path / "sig", "--payload",
        tmp_path / "payload", image)
    signature = bundle(envelope(statement(digest), key), key)
    write(tmp_path / "sig.json", signature)
    run(waybill, "attach", "signature", "--signature", tmp_path / "sig.json", image)
    attested = envelope(statement(digest, SPDX), key)
    write(tmp_path / "att.json", bundle(attested, key))
    run(waybill, "attach", "attestation", "--attestation", tmp_path / "att.json", image)
    write(tmp_path / "dsse.json", to_json(attested))
    run(waybill, "attach", "attestation", "--attestation", tmp_path / "dsse.json", image)
    stored = Stored(path_of(image))
    [layer] = stored.layers(digest, ".sig")
    key.check(unb64(layer["annotations"]["dev.cosignproject.cosign/signature"]), stored.blob(layer))
    assert sorted(stored.bundles(digest)) == sorted([signature, bundle(attested, key)])
    assert stored.blob(stored.layers(digest, ".att")[0]) == to_json(attested)
    lines = run(waybill, "download", "signature", image).stdout.splitlines()
    assert lines[0] == signature
    line = json.loads(lines[1])
    assert unb64(line["Payload"]) == payload and line["Cert"] is None
    key.check(unb64(line["Base64Signature"]), payload)
    lines = run(waybill, "download", "attestation", image).stdout.splitlines()
    assert lines == [bundle(attested, key), to_json(attested)]
    assert run(waybill, "download", "attestation", "--predicate-type", "spdxjson", image).stdout \
        .splitlines() == lines
    refused(waybill, "download", "attestation", "--predicate-type", "vuln", image, code=CHECK_FAILED,
            text="no attestation found of type")


@pytest.mark.parametrize("what, option, make", [
    ("attestation", "--attestation", lambda key: bundle(envelope(statement("sha256:" + 64 * "0", SPDX), key), key)),
    ("attestation", "--attestation", lambda key: to_json(envelope(statement("sha256:" + 64 * "0", SPDX), key))),
    ("signature", "--signature", lambda key: bundle(envelope(statement("sha256:" + 64 * "0"), key), key)),
])
def test_what_is_of_another_image_is_not_attached(waybill, tmp_path, keys, image, what, option, make):
    before = Stored(path_of(image)).files
    write(tmp_path / "file", make(keys["p256"]))
    refused(waybill, "attach", what, option, tmp_path / "file", image, code=CHECK_FAILED, text="not of")
    assert Stored(path_of(image)).files == before


def test_attached_certificate(waybill, tmp_path, keys, image, pki):
    payload = to_json({"critical": {"identity": {"docker-reference": "x"},
                                    "image": {"docker-manifest-digest": digest_of(image)},
                                    "type": "cosign container image signature"}, "optional": None})
    write(tmp_path / "payload", payload)
    write(tmp_path / "sig", keys["p256"].sign(payload))
    leaf = pki.save("attached.crt", pki.leaf(keys["p256"]))
    command = ["attach", "signature", "--signature", tmp_path / "sig", "--payload", tmp_path / "payload"]
    run(waybill, *command, "--certificate", leaf, "--certificate-chain", pki.chain_path, image)
    [layer] = Stored(path_of(image)).layers(digest_of(image), ".sig")
    assert layer["annotations"]["dev.sigstore.cosign/certificate"].encode() == read(leaf)
    assert layer["annotations"]["dev.sigstore.cosign/chain"].encode() == read(pki.chain_path)
    write(tmp_path / "empty", b"")
    refused(waybill, *command, "--certificate", tmp_path / "empty", image, code=BAD_INPUT, text="empty")


@pytest.mark.parametrize("option", ["--signature", "--attestation", "--sbom", "--timestamp-response"])
def test_empty_files_are_not_attached(waybill, tmp_path, image, option):
    before = Stored(path_of(image)).files
    write(tmp_path / "empty", b"")
    what = {"--timestamp-response": "timestamp"}.get(option, option[2:])
    done = waybill.run("attach", what, option, tmp_path / "empty", image)
    assert done.code in (CHECK_FAILED, USAGE, BAD_INPUT), done
    assert Stored(path_of(image)).files == before


def test_attached_sbom(waybill, tmp_path, keys, image):
    write(tmp_path / "s.json", '{"spdxVersion":"SPDX-2.3"}')
    run(waybill, "attach", "sbom", "--sbom", tmp_path / "s.json", image)
    [layer] = Stored(path_of(image)).layers(digest_of(image), ".sbom")
    assert layer["mediaType"] == "spdx+json"
    done = run(waybill, "download", "sbom", image)
    assert done.stdout == read(tmp_path / "s.json") and "without a signature" in done.stderr


@pytest.mark.parametrize("transport", ["image", "archive"])
def test_clean_removes_what_it_says(waybill, tmp_path, keys, request, transport):
    reference = request.getfixturevalue(transport)
    digest = digest_of(reference)
    before = Stored(path_of(reference))
    write(tmp_path / "p.json", "{}")
    run(waybill, "sign", "--key", keys["p256"].path, "--format", "both", reference)
    run(waybill, "attest", "--key", keys["p256"].path, "--format", "both", "--predicate",
        tmp_path / "p.json", reference)
    refused(waybill, "clean", reference, code=USAGE, text="--force")
    done = run(waybill, "clean", "--type", "signature", "-f", reference)
    assert done.stdout.decode().count("removed signature sha256:") == 2
    stored = Stored(path_of(reference))
    assert stored.layers(digest, ".sig") == [] and len(stored.layers(digest, ".att")) == 1
    [text] = stored.bundles(digest)
    assert json.loads(signed_statement(text, keys["p256"]))["predicateType"] != SIGN_PREDICATE
    run(waybill, "clean", "-f", reference)
    stored = Stored(path_of(reference))
    assert without_kind(stored.entries) == before.entries
    assert all(stored.files[name] == data for name, data in before.files.items() if name != "index.json")
    assert not any(b"dsse" in data for data in stored.files.values())
    assert "nothing to remove" in run(waybill, "clean", "-f", reference).stderr
    assert "nothing is attached" in run(waybill, "tree", reference).stdout.decode()


def carrier(layout, *layers):
    return layout.put(to_json({"schemaVersion": 2, "mediaType": images.MANIFEST,
                               "config": layout.put(b"{}", images.CONFIG), "layers": layers}),
                      images.MANIFEST)


def test_clean_leaves_what_the_image_needs(waybill, tmp_path):
    """Nobody signed what tags and layers say."""
    layer = Layer()
    layer.file("etc/motd", b"hello")
    layout = images.Layout()
    target = layout.image(images.Image([layer]))
    used = json.loads(layout.blobs[target["digest"]])["layers"][0]
    tag = target["digest"].replace(":", "-")
    layout.add(target, "v1").add(carrier(layout, {**used, "mediaType": SIMPLE_SIGNING}), tag + ".sig")
    layout.write(str(tmp_path / "a"))
    run(waybill, "clean", "-f", f"oci:{tmp_path}/a:v1")
    stored = Stored(str(tmp_path / "a"))
    assert [one["digest"] for one in stored.entries] == [target["digest"]]
    assert stored.blob(used)
    layout.add(target, tag + ".att").write(str(tmp_path / "b"))
    refused(waybill, "clean", "-f", f"oci:{tmp_path}/b:v1", code=BAD_INPUT, text="listed more than once")
    index = images.Layout()
    index.blobs.update(layout.blobs)
    both = index.index([target])
    index.add(both, "v1").add(target, both["digest"].replace(":", "-") + ".sig")
    index.write(str(tmp_path / "c"))
    run(waybill, "clean", "-f", f"oci:{tmp_path}/c:v1")
    stored = Stored(str(tmp_path / "c"))
    assert [one["digest"] for one in stored.entries] == [both["digest"]]
    assert stored.blob(target) and stored.blob(used)


def test_clean_leaves_the_bundle_of_two_images_to_the_other(waybill, tmp_path, keys):
    layout, targets = images.Layout(), []
    for name in ("v1", "v2"):
        layer = Layer()
        layer.file("etc/name", name.encode())
        targets.append(layout.image(images.Image([layer])))
        layout.add(targets[-1], name)
    payload = to_json({"_type": "https://in-toto.io/Statement/v1", "predicateType": SPDX,
                       "subject": [{"digest": {"sha256": one["digest"][7:]}} for one in targets],
                       "predicate": {}})
    layout.write(str(tmp_path / "two"))
    text = write(tmp_path / "b.json", bundle(envelope(payload, keys["p256"]), keys["p256"]))
    check = ["verify-attestation", "--key", keys["p256"].public_path]
    for name in ("v1", "v2"):
        run(waybill, "attach", "attestation", "--attestation", text, f"oci:{tmp_path}/two:{name}")
        run(waybill, *check, f"oci:{tmp_path}/two:{name}")
    run(waybill, "clean", "-f", f"oci:{tmp_path}/two:v1")
    assert "nothing is attached" in run(waybill, "tree", f"oci:{tmp_path}/two:v1").stdout.decode()
    run(waybill, *check, f"oci:{tmp_path}/two:v2")
    run(waybill, "clean", "-f", f"oci:{tmp_path}/two:v2")
    assert not any(b"dsse" in data for data in Stored(str(tmp_path / "two")).files.values())


@pytest.mark.parametrize("layers", [
    None, {}, [], [None], ["x"], [{}], [{"digest": 1}], [{"digest": "sha256:00"}],
    [{"digest": "sha256:" + 64 * "0"}], [{"digest": "sha256:" + 64 * "0", "size": "x"}],
    [{"digest": "SELF", "mediaType": BUNDLE}], [{"digest": "SELF", "mediaType": 5, "size": -1}],
    [{"digest": "SELF", "mediaType": SIMPLE_SIGNING, "annotations": [1]}],
    [{"digest": "SELF", "mediaType": DSSE, "annotations": {"predicateType": 1}}],
    [{"digest": "EMPTY", "mediaType": BUNDLE, "size": 0}], [{"digest": "EMPTY", "mediaType": DSSE}],
])
def test_odd_manifests_do_no_harm(waybill, tmp_path, keys, layers):
    layout = images.Layout()
    target = layout.image(images.Image([]))
    layout.add(target, "v1")
    own = layout.put(b'{"a":1}', "x")["digest"]
    empty = layout.put(b"", "x")["digest"]
    layers = json.loads(json.dumps(layers).replace("SELF", own).replace("EMPTY", empty))
    manifest = {"schemaVersion": 2, "mediaType": images.MANIFEST, "layers": layers, "config": target}
    layout.add(layout.put(to_json({**manifest, "subject": target}), images.MANIFEST))
    for suffix in (".sig", ".att", ".sbom"):
        layout.add(layout.put(to_json({**manifest, "of": suffix}), images.MANIFEST),
                   target["digest"].replace(":", "-") + suffix)
    layout.write(str(tmp_path / "odd"))
    reference = f"oci:{tmp_path}/odd:v1"
    write(tmp_path / "reply", b"0")
    for command in (["tree"], ["tree", "-o", "json"], ["download", "signature"],
                    ["download", "attestation"], ["download", "sbom"],
                    ["attach", "timestamp", "--timestamp-response", tmp_path / "reply"],
                    ["verify", "--key", keys["p256"].public_path],
                    ["verify-attestation", "--key", keys["p256"].public_path],
                    ["clean", "-f"]):
        done = waybill.run(*command, reference)
        assert done.code in (OK, CHECK_FAILED, BAD_INPUT), done
        assert done.code != OK or not command[0].startswith("verify")
