#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the seeds of fuzz_inventory: small inventories that use every member."""

import base64
import hashlib
import json
import pathlib

CORPUS = pathlib.Path(__file__).parent / "corpus" / "inventory"
CHUNK = 65536


def digest(text):
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def blob(role, size=10, **more):
    chunks = {}
    if size > CHUNK:
        chunks["chunks"] = base64.b64encode(bytes(32 * -(-size // CHUNK))).decode()
    place = {} if "inBase" in more else {"volume": 1}
    return {"digest": digest(role), "size": size, "role": role} | chunks | place | more


def statement(blobs, **more):
    predicate = {"sequence": 1, "issued": "2024-01-01T00:00:00Z", "chunkSize": CHUNK, "volumes": 1,
                 "images": [], "files": [], "entries": []} | more | {"blobs": blobs}
    subjects = [{"digest": dict([blob["digest"].split(":")])} for blob in blobs]
    return {"_type": "https://in-toto.io/Statement/v1", "subject": subjects,
            "predicateType": "urn:waybill:inventory:1", "predicate": predicate}


def entry(role, name):
    return {"mediaType": "a/b", "digest": digest(role), "size": 10,
            "annotations": {"org.opencontainers.image.ref.name": name}}


def main():
    CORPUS.mkdir(parents=True, exist_ok=True)
    image = {"name": "a:1", "digest": digest("index"), "signatures": [digest("manifest")],
             "attestations": [{"predicateType": "https://spdx.dev/Document",
                               "manifest": digest("manifest")}],
             "platforms": [digest("manifest")]}
    file = {"path": "doc/a.txt", "digest": digest("file"), "size": 10,
            "manifest": digest("manifest")}
    seeds = {
        "smallest": statement([blob("other")]),
        "image": statement([blob("index"), blob("manifest")], images=[image],
                           entries=[entry("index", "a:1")]),
        "file": statement([blob("manifest"), blob("file")], files=[file], name="x",
                          entries=[entry("manifest", "doc/a.txt")]),
        "docker": statement([blob("manifest")], dockerManifest=digest("manifest.json")),
        "volumes": statement([blob("manifest"), blob("layer", 3 * CHUNK + 1, splits=[CHUNK]),
                              blob("config", volume=2)], volumes=2),
        "base": statement([blob("policy"), blob("trust"), blob("layer", inBase=True)],
                          base=digest("base"), policy=digest("policy"), trust=digest("trust"),
                          expires="2025-01-01T00:00:00Z"),
    }
    for name, seed in seeds.items():
        (CORPUS / name).write_text(json.dumps(seed, separators=(",", ":")))


if __name__ == "__main__":
    main()
