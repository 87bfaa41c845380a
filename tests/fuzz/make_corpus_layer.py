#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the seed corpus of fuzz_layer: corpus/layer/*, the same bytes every time."""
import gzip
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "fixtures"))
sys.dont_write_bytecode = True

from layers import Layer  # noqa: E402

SEPARATOR = b"--layer--\n"


def squeeze(data):
    return gzip.compress(data, 9, mtime=0)


def base():
    return (Layer().directory("usr").directory("usr/lib").symlink("lib", "usr/lib")
            .file("lib/os-release", b"ID=debian\n").hardlink("etc/os-release", "usr/lib/os-release")
            .directory("etc").file("etc/passwd", b"root:x:0:0::/root:/bin/sh\n"))


def seeds():
    yield "plain", base().tar()
    yield "gzip", squeeze(base().tar())
    yield "gzip-members", squeeze(base().tar()[:1500]) + squeeze(base().tar()[1500:])
    upper = Layer().whiteout("etc/passwd").opaque("usr/lib").file("usr/lib/x", b"y")
    yield "whiteouts", squeeze(base().tar()) + SEPARATOR + squeeze(upper.tar())
    loop = Layer().symlink("a", "b").symlink("b", "a").file("a/x", b"1")
    yield "loop", squeeze(loop.tar())
    odd = (Layer().device("dev/null", 1, 3).fifo("run/pipe").file(b"caf\xe9", b"x")
           .file("d" * 120 + "/" + "e" * 120, b"long").file("./x/./y", b"1"))
    yield "odd", squeeze(odd.tar())
    capability = bytes.fromhex("0100000200040000000000000000000000000000")
    yield "xattr", squeeze(Layer().file(
        "bin/ping", b"#!", pax=[(b"SCHILY.xattr.security.capability", capability)]).tar())
    pieces = [(4096, b"a" * 100), (16384, b"b" * 10)]
    sparse = Layer().sparse_gnu("gnu", pieces, 20000)
    for version in ("0.0", "0.1", "1.0"):
        sparse.sparse_pax("pax" + version, pieces, 20000, version)
    yield "sparse", squeeze(sparse.tar())
    yield "zstd-empty", bytes.fromhex("28b52ffd2000010000")
    yield "plain-whiteouts", base().tar()[:-1024] + SEPARATOR + upper.tar()[:-1024]
    yield "plain-sparse", sparse.tar()[:-1024]
    yield "plain-odd", odd.tar()[:-1024]
    yield "replaced", squeeze(base().tar()) + SEPARATOR + squeeze(
        Layer().file("usr", b"no longer a directory").directory("lib").file("lib/y").tar())


def main():
    folder = os.path.join(HERE, "corpus", "layer")
    os.makedirs(folder, exist_ok=True)
    for name, data in seeds():
        with open(os.path.join(folder, name), "wb") as file:
            file.write(data)


if __name__ == "__main__":
    main()
