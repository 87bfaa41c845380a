#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the seed corpus of fuzz_layer_cache: corpus/layer_cache/*."""
import os
import struct

HERE = os.path.dirname(os.path.abspath(__file__))
ABSENT = struct.pack("<Q", 2 ** 64 - 1)
REGULAR, DIRECTORY, SYMLINK = range(3)


def text(value):
    return ABSENT if value is None else struct.pack("<Q", len(value)) + value


def entry(kind, path, link=None, hashes=None, capability=None, content=None):
    return (struct.pack("<IIIIIIQQ", kind, 0o644, 0, 0, 0, 0, 5, 1_700_000_000)
            + text(path) + text(link) + text(hashes) + text(capability) + text(content))


def record(*entries):
    return (struct.pack("<I", 4) + bytes(64) + struct.pack("<QQ", 10240, len(entries))
            + b"".join(entries))


def main():
    folder = os.path.join(HERE, "corpus", "layer_cache")
    os.makedirs(folder, exist_ok=True)
    seeds = {
        "empty": record(),
        "entries": record(entry(DIRECTORY, b"usr"), entry(SYMLINK, b"lib", link=b"usr/lib"),
                          entry(REGULAR, b"usr/x", hashes=bytes(72), capability=bytes(20),
                                content=b"hello")),
        "symlink-without-target": record(entry(SYMLINK, b"lib")),
        "count-too-large": record()[:-8] + struct.pack("<Q", 2 ** 60),
    }
    for name, data in seeds.items():
        with open(os.path.join(folder, name), "wb") as file:
            file.write(data)


if __name__ == "__main__":
    main()
