#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the seed corpora of fuzz_trusted_root, fuzz_checkpoint and fuzz_log_entry. Needs Python's
cryptography. The keys are new each time and protect nothing."""
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "fixtures"))
import sigstore  # noqa: E402

from cryptography.hazmat.primitives import serialization  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: E402


def save(folder, name, data):
    place = os.path.join(HERE, "corpus", folder)
    os.makedirs(place, exist_ok=True)
    if not isinstance(data, (str, bytes)):
        data = json.dumps(data, separators=(",", ":"))
    with open(os.path.join(place, name), "wb") as file:
        file.write(data if isinstance(data, bytes) else data.encode())


def trusted_roots(instance):
    root = instance.trusted_root()
    save("trusted_root", "whole", root)
    save("trusted_root", "empty", {"mediaType": root["mediaType"]})
    log = root["tlogs"][0]
    save("trusted_root", "v0.2", {
        "mediaType": "application/vnd.dev.sigstore.trustedroot.v0.2+json",
        "tlogs": [{**log, "checkpointKeyId": log["logId"], "operator": "nobody"}]})
    key = rsa.generate_private_key(65537, 2048).public_key()
    for name, form in (("pkcs1", serialization.PublicFormat.PKCS1),
                       ("pkcs1-spki", sigstore.SPKI)):
        public = {**log["publicKey"], "keyDetails": "PKCS1_RSA_PKCS1V5",
                  "rawBytes": sigstore.b64(key.public_bytes(sigstore.DER, form))}
        save("trusted_root", name, {"mediaType": root["mediaType"],
                                    "ctlogs": [{**log, "publicKey": public}]})
    for name, validity in (("no-start", {}), ("upside-down", {
            "start": "2025-01-02T00:00:00Z", "end": "2025-01-01T00:00:00.5+01:00"})):
        public = {**log["publicKey"], "validFor": validity}
        save("trusted_root", name, {"mediaType": root["mediaType"],
                                    "tlogs": [{**log, "publicKey": public}]})
    unknown = {**log["publicKey"], "keyDetails": "ML_DSA_65", "rawBytes": "AA=="}
    save("trusted_root", "unknown-key", {"mediaType": root["mediaType"],
                                         "tlogs": [{**log, "publicKey": unknown}]})


def checkpoints(instance):
    root = bytes(range(32))
    for name, log in (("v1", instance.log), ("v2", instance.log2)):
        note = log.checkpoint(736, root)
        save("checkpoint", name, note)
        save("checkpoint", name + "-lines", log.checkpoint(1, root, "Timestamp: 1\nmore\n"))
        witness = "\N{EM DASH} witness.example/w1 " + sigstore.b64(b"\1\2\3\4" + bytes(72)) + "\n"
        save("checkpoint", name + "-witness", note + witness + witness)
    note = instance.log2.checkpoint(736, root)
    save("checkpoint", "no-signature", note[:note.index("\n\n") + 2])
    save("checkpoint", "no-origin", note[note.index("\n") + 1:])
    save("checkpoint", "leading-zero", note.replace("736", "0736"))
    save("checkpoint", "huge", note.replace("736", "99999999999999999999"))
    save("checkpoint", "two-empty-lines", note + "\n\n")


def entries(instance):
    key, certificate = instance.leaf()
    digest = sigstore.sha256(b"sig")
    payload, kind = b"sig", "application/vnd.in-toto+json"
    for name, by in (("certificate", {"certificate": certificate}), ("key", {"key": key})):
        bodies = {
            "hashedrekord": sigstore.hashedrekord(1, digest, b"sig", **by),
            "dsse": sigstore.dsse(1, payload, b"sig", **by),
            "intoto": sigstore.intoto(payload, kind, b"sig", **by),
            "intoto-v1": sigstore.intoto_v1(b"sig", **by),
            "hashedrekord-v2": sigstore.hashedrekord(2, digest, b"sig", **by),
            "dsse-v2": sigstore.dsse(2, payload, b"sig", **by)}
        for kind_name, body in bodies.items():
            log = instance.log2 if kind_name.endswith("v2") else instance.log
            save("log_entry", f"{kind_name}-{name}", log.entry(body))
    entry = instance.log.entry(bodies["hashedrekord"])
    save("log_entry", "annotation", sigstore.annotation(entry))
    save("log_entry", "negative", {**entry, "logIndex": "-1"})
    save("log_entry", "only-promise", {name: value for name, value in entry.items()
                                       if name != "inclusionProof"})
    save("log_entry", "alone", instance.log.entry(bodies["dsse"], before=0, after=0))


if __name__ == "__main__":
    made = sigstore.Instance()
    trusted_roots(made)
    checkpoints(made)
    entries(made)
