#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the seed corpus of fuzz_policy. Needs Python's cryptography. The keys are new each time and
protect nothing."""
import json
import os

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

HERE = os.path.dirname(os.path.abspath(__file__))


def save(name, value):
    place = os.path.join(HERE, "corpus", "policy")
    os.makedirs(place, exist_ok=True)
    with open(os.path.join(place, name), "w", encoding="utf-8") as file:
        json.dump(value, file, separators=(",", ":"))


def main():
    pem = ed25519.Ed25519PrivateKey.generate().public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
    signers = {"a": {"key": pem, "notBefore": "2026-01-01T00:00:00Z"},
               "k": {"keyless": {"identityRegexp": ".*@example\\.org", "issuer": "https://i.test"}}}
    rule = {"images": ["r.test/**"], "signatures": {"signers": ["a"]}}
    save("small", {"version": 1, "signers": signers, "images": [rule]})
    save("delivery", {"version": 1, "signers": signers, "trustKit": {"maxAge": "90d"}, "delivery": {
        "signers": ["a", "k"], "threshold": 2, "maxAge": "30d", "requireExpiry": True, "name": "n",
        "issuedAfter": "2026-01-01T00:00:00Z", "minimumSequence": 3, "expiryWarning": "7d"}})
    save("attestations", {"version": 1, "signers": signers, "images": [
        {"digests": ["sha256:" + "0" * 64], "unsigned": {"reason": "tests", "trustName": True}},
        {**rule, "name": "n", "attestations": [
            {"type": "spdxjson"},
            {"type": "vuln", "signers": ["k"], "conditions": [
                {"pointer": "/predicate/a", "contains": [1, {"b": "x"}]},
                {"pointer": "/predicate/a/0", "minimum": 1, "maximum": 2.5, "oneOf": [1]},
                {"pointer": "/predicate/a/1/b", "notOlderThan": "2w", "equals": "x"}]}]}]})
    save("revoked", {"version": 1, "signers": signers, "images": [rule], "revoked": {
        "keys": [{"sha256": "ab" * 32, "since": "2026-02-03T04:05:06Z", "reason": "lost"}],
        "certificates": [{"serial": "01:02"}, {"sha256": "CD" * 32}],
        "digests": [{"digest": "sha512:" + "1" * 128}]}})
    save("certificate", {"version": 1, "images": [rule], "signers": {
        "a": {"certificate": {"roots": "root.crt", "identity": "a@b.test"}}}})
    save("state", {"version": 1, "deliveries": [
        {"name": "", "sequence": 3, "issued": "2026-01-01T00:00:00Z",
         "inventory": "sha256:" + "0" * 64}]})


if __name__ == "__main__":
    main()
