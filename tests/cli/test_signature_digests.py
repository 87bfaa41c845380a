# SPDX-License-Identifier: Apache-2.0
"""--signature-digest-algorithm: what is signed is judged by Python's cryptography, what is verified
is made by it."""
import hashlib
import json

import images
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from layers import Layer
from program import CHECK_FAILED, OK, USAGE
from signatures import (IN_TOTO, Stored, b64, openssl, pae, read, sha256, statement,
                        to_json, unb64, write)

HASHES = {"sha224": hashes.SHA224, "sha256": hashes.SHA256, "sha384": hashes.SHA384,
          "sha512": hashes.SHA512}
OPTION = "--signature-digest-algorithm"
CONTENT = b"content of a file\n"


@pytest.fixture
def file(tmp_path):
    return write(tmp_path / "file", CONTENT)


@pytest.fixture
def image(tmp_path):
    layer = Layer()
    layer.file("etc/motd", b"hello\n")
    return images.write_oci(str(tmp_path / "image"), [layer], tag="v1")


def sign(key, digest, message):
    algorithm = HASHES[digest]()
    if key.kind == "rsa":
        return key.private.sign(message, padding.PKCS1v15(), algorithm)
    return key.private.sign(message, ec.ECDSA(algorithm))


def check(key, digest, signature, message):
    algorithm = HASHES[digest]()
    if key.kind == "rsa":
        key.public.verify(signature, message, padding.PKCS1v15(), algorithm)
    else:
        key.public.verify(signature, message, ec.ECDSA(algorithm))


def run(waybill, *arguments, code=OK):
    done = waybill.run(*arguments)
    assert done.code == code, done
    return done


@pytest.mark.parametrize("digest", HASHES)
@pytest.mark.parametrize("kind", ["p256", "p384", "p521", "rsa"])
def test_files(waybill, tmp_path, keys, file, kind, digest):
    key, bundle, bare = keys[kind], tmp_path / "bundle", tmp_path / "signature"
    run(waybill, "sign-blob", "--key", key.path, OPTION, digest, "--bundle", str(bundle),
        "--output-signature", str(bare), file)
    check(key, digest, unb64(read(bare)), CONTENT)
    openssl("dgst", "-" + digest, "-verify", key.public_path, "-signature",
            write(tmp_path / "raw", unb64(read(bare))), file)
    stated = json.loads(read(bundle))["messageSignature"]["messageDigest"]
    # The bundle's specification has no SHA-224.
    named = "sha256" if digest == "sha224" else digest
    assert stated == {"algorithm": "SHA2_" + named[3:],
                      "digest": b64(hashlib.new(named, CONTENT).digest())}


@pytest.mark.parametrize("digest", HASHES)
@pytest.mark.parametrize("kind", ["p256", "p384", "p521", "rsa"])
def test_what_verifies(waybill, tmp_path, keys, file, kind, digest):
    """The one digest that is asked for; unasked, the key's own, and SHA-256 with every curve."""
    path = write(tmp_path / "signature", b64(sign(keys[kind], digest, CONTENT)))
    own = {"p384": "sha384", "p521": "sha512"}.get(kind, "sha256")
    command = ["verify-blob", "--key", keys[kind].public_path, "--signature", path, file]
    run(waybill, *command, code=OK if digest in (own, "sha256") else CHECK_FAILED)
    for asked in HASHES:
        run(waybill, *command, OPTION, asked, code=OK if asked == digest else CHECK_FAILED)


@pytest.mark.parametrize("kind", ["p384", "rsa"])
def test_images_in_both_forms(waybill, keys, image, kind):
    key, own, other = keys[kind], {"p384": "sha384", "rsa": "sha256"}[kind], "sha512"
    for command in ("sign", "attest"):
        more = [] if command == "sign" else ["--predicate", write(image.split(":")[1] + ".p", "{}")]
        run(waybill, command, "--key", key.path, OPTION, other, "--format", "both", *more, image)
        verify = ["verify" if command == "sign" else "verify-attestation", "--key", key.public_path]
        said = json.loads(run(waybill, *verify, OPTION, other, "-o", "json", image).stdout)
        assert len(said["proofs"]) == 2
        run(waybill, *verify, image, code=CHECK_FAILED)
        run(waybill, *verify, OPTION, own, image, code=CHECK_FAILED)
    stored = Stored(image.split(":")[1])
    digest = next(one["digest"] for one in stored.entries
                  if one.get("annotations", {}).get(images.REF_NAME) == "v1")
    [layer] = stored.layers(digest, ".sig")
    check(key, other, unb64(layer["annotations"]["dev.cosignproject.cosign/signature"]),
          stored.blob(layer))
    for bundle in stored.bundles(digest):
        value = (bundle if isinstance(bundle, dict) else json.loads(bundle))["dsseEnvelope"]
        check(key, other, unb64(value["signatures"][0]["sig"]),
              pae(IN_TOTO, unb64(value["payload"])))


def test_statements_about_files(waybill, tmp_path, keys, file):
    key, path = keys["p521"], str(tmp_path / "envelope")
    run(waybill, "attest-blob", "--key", key.path, OPTION, "sha256", "--predicate",
        write(tmp_path / "p", "{}"), "--output-attestation", path, file)
    value = json.loads(read(path))
    check(key, "sha256", unb64(value["signatures"][0]["sig"]), pae(IN_TOTO, unb64(value["payload"])))
    verify = ["verify-blob-attestation", "--key", key.public_path, "--signature"]
    run(waybill, *verify, path, file)
    run(waybill, *verify, path, OPTION, "sha256", file)
    run(waybill, *verify, path, OPTION, "sha512", file, code=CHECK_FAILED)
    payload = statement(sha256(CONTENT), "https://example.org/made-here")
    made = write(tmp_path / "made", to_json({
        "payload": b64(payload), "payloadType": IN_TOTO,
        "signatures": [{"sig": b64(sign(key, "sha384", pae(IN_TOTO, payload)))}]}))
    run(waybill, *verify, made, OPTION, "sha384", file)
    run(waybill, *verify, made, file, code=CHECK_FAILED)


def test_ed25519_signs_the_message(waybill, tmp_path, keys, file):
    """There is no digest to choose; among several keys that are demanded it may be one."""
    key, path = keys["ed25519"], tmp_path / "signature"
    done = run(waybill, "sign-blob", "--key", key.path, OPTION, "sha256", file, code=USAGE)
    assert "the message itself" in done.stderr
    write(path, b64(key.sign(CONTENT)))
    run(waybill, "verify-blob", "--key", keys["p384"].public_path, "--key", key.public_path, OPTION,
        "sha384", "--signature", str(path), file)


@pytest.mark.parametrize("command", ["sign-blob", "verify-blob"])
@pytest.mark.parametrize("name", ["sha1", "md5", "SHA256", "sha3-256", ""])
def test_other_digests_are_refused(waybill, keys, file, command, name):
    more = ["--signature", file] if command == "verify-blob" else []
    key = keys["p256"].public_path if command == "verify-blob" else keys["p256"].path
    done = run(waybill, command, "--key", key, OPTION, name, *more, file, code=USAGE)
    assert "sha224, sha256, sha384 or sha512" in done.stderr
