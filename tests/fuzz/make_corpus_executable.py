#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the seed corpus of fuzz_executable: small ELF files of each class and byte order, and
scripts. The first byte of a seed is the size of the pieces in which the file goes by."""
import os
import struct

HERE = os.path.dirname(os.path.abspath(__file__))

NEEDED, STRTAB, STRSZ, SONAME, RPATH, RUNPATH = 1, 5, 10, 14, 15, 29


def elf(wide, order, needed=("liba.so.1", "libb.so"), interpreter="/lib/ld.so.1", tags=(),
        dynamic_first=False, notes=b""):
    strings, offsets = b"\0", {}
    for text in [*needed, *(text for _, text in tags)]:
        offsets[text] = len(strings)
        strings += text.encode() + b"\0"
    header, entry = (64, 56) if wide else (52, 32)
    segments = 2 + bool(interpreter) + bool(notes)
    start = header + segments * entry
    word = "QQ" if wide else "II"
    count = len(needed) + len(tags) + 3
    size = count * struct.calcsize(order + word)
    name = (interpreter or "").encode() + b"\0"
    strings_at = start + len(name) + (size if dynamic_first else 0)
    dynamic_at = start + len(name) if dynamic_first else strings_at + len(strings)
    pairs = [(NEEDED, offsets[text]) for text in needed]
    pairs += [(tag, offsets[text]) for tag, text in tags]
    pairs += [(STRTAB, 0x1000 + strings_at), (STRSZ, len(strings)), (0, 0)]
    dynamic = b"".join(struct.pack(order + word, *pair) for pair in pairs)
    total = start + len(name) + len(strings) + len(dynamic)

    def segment(kind, offset, length):
        if wide:
            return struct.pack(order + "IIQQQQQQ", kind, 4, offset, 0x1000 + offset, 0, length,
                               length, 8)
        return struct.pack(order + "IIIIIIII", kind, offset, 0x1000 + offset, 0, length, length, 4,
                           4)
    table = segment(1, 0, total) + segment(2, dynamic_at, len(dynamic))
    if interpreter:
        table += segment(3, start, len(name))
    if notes:
        table += segment(4, total, len(notes))
    ident = b"\x7fELF" + bytes([2 if wide else 1, 1 if order == "<" else 2, 1]) + bytes(9)
    numbers = struct.pack(order + ("HHIQQQIHHHHHH" if wide else "HHIIIIIHHHHHH"), 3,
                          62 if wide else 3, 1, 0, header, 0, 0, header, entry, segments, 0, 0, 0)
    body = dynamic + strings if dynamic_first else strings + dynamic
    return ident + numbers + table + name + body + notes


def note(order, text, owner=b"FDO\0", kind=0x407c0c0a):
    return struct.pack(order + "III", len(owner), len(text), kind) + owner + text + bytes(-len(text) % 4)


def main():
    folder = os.path.join(HERE, "corpus", "executable")
    os.makedirs(folder, exist_ok=True)
    tags = ((SONAME, "libc.so.6"), (RUNPATH, "$ORIGIN/../lib:/opt/lib"))
    seeds = {
        "64-little": elf(True, "<", tags=tags),
        "64-big": elf(True, ">", tags=tags),
        "32-little": elf(False, "<", tags=((RPATH, "/opt:${ORIGIN}"),)),
        "32-big": elf(False, ">", interpreter=None),
        "dynamic-first": elf(True, "<", dynamic_first=True),
        "notes": elf(True, "<", notes=note("<", b"x", b"GNU\0", 3) + note(
            "<", b'[{"soname":["liba.so.2","liba.so.1"],"priority":"required"},{"soname":["b.so"]}]\0')),
        "notes-big": elf(False, ">", notes=note(">", b'[{"soname":["liba.so.2"]}]\0\0')),
        "cut-off": elf(True, "<", tags=tags)[:-20],
        "static": elf(True, "<", needed=()),
        "sh": b"#!/bin/sh\nexec /usr/bin/app \"$@\"\n",
        "env": b"#! /usr/bin/env -S A=1 python3 -I\nprint()\n",
        "long-line": b"#!" + b"/a" * 300,
    }
    for number, (name, data) in enumerate(seeds.items()):
        with open(os.path.join(folder, name), "wb") as file:
            file.write(bytes([(number * 37 + 3) % 256]) + data)


main()
