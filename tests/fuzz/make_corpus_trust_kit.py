#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the seed corpus of fuzz_trust_kit. Needs Python's cryptography. The keys are new each time
and protect nothing."""
import base64
import hashlib
import json
import os

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

HERE = os.path.dirname(os.path.abspath(__file__))
SPKI = serialization.PublicFormat.SubjectPublicKeyInfo
TYPE = "application/vnd.waybill.trust-kit.v1+json"


def save(name, value):
    place = os.path.join(HERE, "corpus", "trust_kit")
    os.makedirs(place, exist_ok=True)
    with open(os.path.join(place, name), "w", encoding="utf-8") as file:
        json.dump(value, file, separators=(",", ":"))


def envelope(value, *keys):
    data = json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
    signed = b"DSSEv1 %d %s %d %s" % (len(TYPE), TYPE.encode(), len(data), data)
    return {"payload": base64.b64encode(data).decode(), "payloadType": TYPE, "signatures": [
        {"keyid": hashlib.sha256(key.public_key().public_bytes(
            serialization.Encoding.DER, SPKI)).hexdigest(),
         "sig": base64.b64encode(key.sign(signed)).decode()} for key in keys]}


def main():
    key, other = (ed25519.Ed25519PrivateKey.generate() for _ in range(2))
    pem = [one.public_key().public_bytes(serialization.Encoding.PEM, SPKI).decode()
           for one in (key, other)]
    first = {"format": 1, "name": "n", "version": 1, "issued": "2026-01-01T00:00:00Z",
             "expires": "2030-01-01T00:00:00Z", "threshold": 1, "keys": [
                 {"name": "a", "pem": pem[0], "roles": ["kit"]},
                 {"name": "r", "pem": pem[1], "roles": ["release"],
                  "notAfter": "2029-01-01T00:00:00Z"}]}
    second = {**first, "version": 2, "revoked": {"keys": [{"sha256": "ab" * 32}]}, "policy": {
        "version": 1, "signers": {"x": {"key": "r"}}, "trustKit": {"maxAge": "1d"},
        "images": [{"images": ["**"], "signatures": {"signers": ["x"]}}]}}
    save("payload", first)
    save("payload-policy", second)
    save("payload-authorities", {**first, "crls": ["-----BEGIN X509 CRL-----"], "policy": {
        "version": 1, "signers": {"x": {"certificate": {"roots": "ca", "identity": "i"}}},
        "delivery": {"signers": ["x"]}}})
    save("one", envelope(first, key))
    save("chain", {"mediaType": "application/vnd.waybill.trust-kit.chain.v1+json",
                   "versions": [envelope(first, key), envelope(second, key)]})


if __name__ == "__main__":
    main()
