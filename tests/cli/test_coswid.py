# SPDX-License-Identifier: Apache-2.0
"""CoSWID tags, judged by an independent CBOR reader and the numbers of RFC 9393, and COSE_Sign1 around
them, judged by pycose and Python's cryptography."""
import io
import json
import os

import cbor2
import images
import pytest
from example_image import example_image
from program import BAD_INPUT, CHECK_FAILED, OK, USAGE
from pycose.algorithms import EdDSA, Es256, Es384, Es512
from pycose.headers import KID, Algorithm, ContentType
from pycose.keys import EC2Key, OKPKey
from pycose.messages import CoseMessage, Sign1Message
from signatures import Key, openssl

COSWID = 1398229316
# RFC 9393 §2.10: what a member is called, and what its value may be.
TEXT, NUMBER, BYTES, MAP = str, int, bytes, dict
TAG = {0: (TEXT, BYTES), 1: TEXT, 2: "entity", 4: "link", 5: "meta", 6: "payload", 12: NUMBER, 13: TEXT}
MEMBERS = {"entity": {31: TEXT, 32: TEXT, 33: NUMBER}, "link": {38: TEXT, 40: NUMBER, 42: NUMBER},
           "meta": {46: TEXT, 55: TEXT}, "payload": {17: "file"},
           "file": {7: list, 20: NUMBER, 23: TEXT, 24: TEXT}}
NEEDED = {"entity": {31, 33}, "link": {38, 40}, "file": {24}, "meta": set(), "payload": set()}


def read_tags(data):
    """Every tag of the sequence; each must be in deterministic encoding."""
    stream, tags = io.BytesIO(data), []
    decoder = cbor2.CBORDecoder(stream)
    while stream.tell() < len(data):
        tags.append(decoder.decode())
    assert b"".join(cbor2.dumps(tag, canonical=True) for tag in tags) == data
    assert all(tag.tag == COSWID for tag in tags)
    return [tag.value for tag in tags]


def several(value):
    return list(value) if isinstance(value, (list, tuple)) else [value]


def check_members(value, allowed, needed):
    assert needed <= set(value)
    for label, member in value.items():
        if isinstance(label, str):
            # any-attribute: text, or several
            assert all(isinstance(item, (str, int)) for item in several(member))
            continue
        kind = allowed[label]
        if isinstance(kind, str):
            for item in several(member):
                check_members(item, MEMBERS[kind], NEEDED[kind])
        elif kind is list:
            algorithm, digest = member
            assert algorithm == 1 and len(digest) == 32
        else:
            assert isinstance(member, kind)


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    folder = tmp_path_factory.mktemp("coswid") / "example"
    images.single(example_image(), "1.0").write(folder)
    return f"oci:{folder}:1.0"


@pytest.fixture(scope="module")
def document(waybill, image):
    done = waybill.run("sbom", "--quiet", "--files", "all", image, "-o", "coswid")
    assert done.code == OK, done
    return done.stdout


@pytest.fixture(scope="module")
def cyclonedx(waybill, image):
    return json.loads(waybill.run("sbom", "--quiet", "--files", "all", image, "-o", "cyclonedx-json").stdout)


def tag_name(tag):
    identity = tag[0].hex()
    return "swid:" + "-".join((identity[:8], identity[8:12], identity[12:16], identity[16:20], identity[20:]))


def test_every_tag_is_one(document):
    for tag in read_tags(document):
        check_members(tag, TAG, {0, 1, 2, 12})
        roles = [role for entity in several(tag[2]) for role in several(entity[33])]
        assert 1 in roles, "each tag names its creator"
        assert len(tag[0]) == 16


def test_a_tag_for_each_package_and_links_between_them(document, cyclonedx):
    tags = read_tags(document)
    packages = {(c["name"], c["version"]) for c in cyclonedx["components"] if c["type"] == "library"}
    assert {(tag[1], tag[13]) for tag in tags[1:]} == packages
    names = {tag_name(tag): tag for tag in tags}
    assert len(names) == len(tags)
    refs = {c["bom-ref"]: (c["name"], c.get("version")) for c in cyclonedx["components"]}
    wanted = {(refs[d["ref"]], refs[to]) for d in cyclonedx["dependencies"] if d["ref"] != "image"
              for to in d.get("dependsOn", [])}
    found = set()
    for tag in tags:
        for link in several(tag.get(4, [])):
            if link[38].startswith("swid:"):
                to = names[link[38]]
                if link[40] == 8 and link[42] == 2:
                    found.add(((tag[1], tag[13]), (to[1], to[13])))
                assert (link[40] == 2) == (tag is tags[0])
    assert wanted and found == wanted


def test_files_with_their_digests(document, cyclonedx):
    wanted = {c["name"]: h["content"] for c in cyclonedx["components"] if c["type"] == "file"
              for h in c.get("hashes", []) if h["alg"] == "SHA-256"}
    found = {}
    for tag in read_tags(document):
        for file in several(tag.get(6, {}).get(17, [])):
            path = os.path.join(file.get(23, ""), file[24])
            if 7 in file:
                found[path] = file[7][1].hex()
    assert wanted and found == wanted


def test_the_same_bytes_twice(waybill, image, document):
    again = waybill.run("sbom", "--quiet", "--files", "all", image, "-o", "coswid")
    assert again.stdout == document


# ---- COSE ----

KINDS = {"p256": (Es256, "P_256"), "p384": (Es384, "P_384"), "p521": (Es512, "P_521"), "ed25519": (EdDSA, None)}


def cose_key(key, private=False):
    numbers = key.private.public_key()
    if key.kind == "ed25519":
        x = numbers.public_bytes_raw()
        return OKPKey(crv="ED25519", x=x, d=key.private.private_bytes_raw() if private else b"")
    size = (numbers.curve.key_size + 7) // 8
    point = numbers.public_numbers()
    d = key.private.private_numbers().private_value.to_bytes(size, "big") if private else b""
    return EC2Key(crv=KINDS[key.kind][1], x=point.x.to_bytes(size, "big"), y=point.y.to_bytes(size, "big"), d=d)


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys")
    return {kind: Key(folder, kind) for kind in [*KINDS, "rsa"]}


@pytest.fixture
def tags(tmp_path, document):
    path = tmp_path / "tags.coswid"
    path.write_bytes(document)
    return str(path)


def sign(waybill, key, tags, *more):
    done = waybill.run("sign", "--key", key.path, "--format", "cose", *more, tags)
    assert done.code == OK, done
    return done.stdout


@pytest.mark.parametrize("kind", KINDS)
def test_pycose_verifies_what_is_signed(waybill, verify, keys, kind, tags, document, tmp_path):
    data = sign(waybill, keys[kind], tags)
    message = CoseMessage.decode(data)
    message.key = cose_key(keys[kind])
    assert message.verify_signature()
    assert message.payload == document
    assert message.phdr[Algorithm] == KINDS[kind][0] and message.uhdr == {}
    assert message.phdr[ContentType] == "application/cbor-seq"
    signed = tmp_path / "tags.cose"
    signed.write_bytes(data)
    payload = tmp_path / "payload"
    assert waybill.run("verify", "--key", keys[kind].public_path, "--payload", payload, signed).code == OK
    assert payload.read_bytes() == document
    assert verify.run("--key", keys[kind].public_path, signed).code == OK
    other = keys["p256" if kind != "p256" else "p384"]
    assert waybill.run("verify", "--key", other.public_path, signed).code == CHECK_FAILED
    assert verify.run("--key", other.public_path, signed).code == CHECK_FAILED


def test_rsa_by_openssl(waybill, keys, tags, tmp_path):
    data = sign(waybill, keys["rsa"], tags)
    header, unprotected, payload, signature = cbor2.loads(data).value
    assert cbor2.loads(header)[1] == -257 and unprotected == {}
    (tmp_path / "structure").write_bytes(cbor2.dumps(["Signature1", header, b"", payload]))
    (tmp_path / "signature").write_bytes(signature)
    openssl("dgst", "-sha256", "-verify", keys["rsa"].public_path, "-signature",
            str(tmp_path / "signature"), str(tmp_path / "structure"))


@pytest.mark.parametrize("kind", KINDS)
def test_what_pycose_signs_holds(waybill, verify, keys, kind, document, tmp_path):
    message = Sign1Message(phdr={Algorithm: KINDS[kind][0], ContentType: "application/swid+cbor"},
                           uhdr={KID: b"somebody"}, payload=document)
    message.key = cose_key(keys[kind], private=True)
    signed = tmp_path / "signed"
    signed.write_bytes(message.encode())
    assert waybill.run("verify", "--key", keys[kind].public_path, signed).code == OK
    assert verify.run("--key", keys[kind].public_path, signed).code == OK


def test_one_tag_is_named_as_such(waybill, keys, document, tmp_path):
    one = tmp_path / "one"
    one.write_bytes(cbor2.dumps(cbor2.CBORTag(COSWID, read_tags(document)[1]), canonical=True))
    message = CoseMessage.decode(sign(waybill, keys["p256"], one))
    assert message.phdr[ContentType] == "application/swid+cbor"


def test_no_bit_may_change(waybill, keys, tmp_path):
    small = tmp_path / "small"
    small.write_bytes(cbor2.dumps(cbor2.CBORTag(COSWID, {0: "t", 1: "n", 2: {31: "E", 33: 1}, 12: 0}),
                                  canonical=True))
    data = sign(waybill, keys["ed25519"], small)
    signed = tmp_path / "signed"
    for place in range(0, len(data) * 8, 29):
        changed = bytearray(data)
        changed[place // 8] ^= 1 << place % 8
        signed.write_bytes(changed)
        done = waybill.run("verify", "--key", keys["ed25519"].public_path, signed)
        assert done.code in (CHECK_FAILED, BAD_INPUT), (place, done)


def test_certificate_goes_along(waybill, tags, tmp_path):
    key, certificate = str(tmp_path / "k.pem"), str(tmp_path / "c.pem")
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key,
            "-out", certificate, "-days", "2", "-subj", "/CN=Release",
            "-addext", "subjectAltName=email:release@example.org",
            "-addext", "extendedKeyUsage=codeSigning")
    done = waybill.run("sign", "--key", key, "--certificate", certificate, "--format", "cose", tags)
    assert done.code == OK, done
    signed = tmp_path / "signed"
    signed.write_bytes(done.stdout)
    arguments = ["--ca-roots", certificate, "--certificate-identity", "release@example.org", signed]
    assert waybill.run("verify", *arguments).code == OK
    arguments[3] = "somebody@example.org"
    assert waybill.run("verify", *arguments).code == CHECK_FAILED


def test_wrong_options(waybill, keys, tags):
    for options in (["--format", "cose", "-a", "x=y"], ["--format", "cose", "--recursive"],
                    ["--output-file", "x"]):
        assert waybill.run("sign", "--key", keys["p256"].path, *options, tags).code == USAGE
    for options in (["--format", "cose", "--bundle", "x"], ["--content-type", "a/b"], ["--format", "x"]):
        assert waybill.run("sign-blob", "--key", keys["p256"].path, *options, tags).code == USAGE
    done = waybill.run("sign-blob", "--key", keys["p256"].path, "--format", "cose", "--content-type", "a/b", tags)
    assert CoseMessage.decode(done.stdout).phdr[ContentType] == "a/b"

