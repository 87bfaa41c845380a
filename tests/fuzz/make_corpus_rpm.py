#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the seed corpora of the rpm fuzz targets: tests/fuzz/corpus/rpm_{header,ndb,bdb,sqlite}.
Everything is made here; run it again after changing it, the files are the same each time."""
import base64
import os
import sqlite3
import struct
import sys
import tempfile

FOLDER = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(FOLDER, "..", "fixtures"))

import rpms  # noqa: E402

CHAR, INT8, INT16, INT32, INT64, STRING, BINARY, STRINGS, TRANSLATED = range(1, 10)
WIDTHS = {INT16: "H", INT32: "I", INT64: "Q"}


def encode(kind, value):
    """The bytes of a value in the data store, and its count."""
    if kind == STRING:
        return value.encode() + b"\0", 1
    if kind in (STRINGS, TRANSLATED):
        return b"".join(text.encode() + b"\0" for text in value), len(value)
    if kind in WIDTHS:
        return struct.pack(f">{len(value)}{WIDTHS[kind]}", *value), len(value)
    return bytes(value), len(value)


def header(tags, region=63, added=()):
    """A header blob; `added` are the tags behind the region, which rpm writes at installation."""
    index, store = [], b""

    def append(tag, kind, value):
        nonlocal store
        store += bytes(-len(store) % (struct.calcsize(WIDTHS[kind]) if kind in WIDTHS else 1))
        data, count = encode(kind, value)
        index.append(struct.pack(">IIII", tag, kind, len(store), count))
        store += data

    for one in sorted(tags):
        append(*one)
    if region:
        entry = struct.pack(">IIII", region, BINARY, len(store), 16)
        store += struct.pack(">IIiI", region, BINARY, -16 * (len(index) + 1), 16)
        index.insert(0, entry)
    for one in sorted(added):
        append(*one)
    return struct.pack(">II", len(index), len(store)) + b"".join(index) + store


def packet(body):
    return bytes([0x89]) + struct.pack(">H", len(body)) + body


SIGNATURE_3 = packet(b"\3\5\0" + struct.pack(">I", 1600000000) + bytes(range(8)) + b"\1\x08")
SIGNATURE_4 = packet(b"\4\0\x16\x08" + b"\0\6\5\2" + struct.pack(">I", 1600000000) +
                     b"\0\x0a\x09\x10" + bytes(range(8)))
SIGNATURE_6 = packet(b"\6\0\x1b\x0a" + b"\0\0\0\6\5\2" + struct.pack(">I", 1600000000) +
                     b"\0\0\0\x23\x22\x21\6" + bytes(range(32)))

IDENTITY = [(1000, STRING, "alpha"), (1001, STRING, "1.0"), (1002, STRING, "1"),
            (1003, INT32, [2]), (1022, STRING, "noarch"), (1014, STRING, "GPLv2+ and MIT"),
            (1044, STRING, "alpha-1.0-1.src.rpm"), (269, STRING, "0" * 40),
            (273, STRING, "ab" * 32), (261, BINARY, bytes(16))]
TEXTS = [(1004, TRANSLATED, ["a package", "ein Paket"]), (1005, TRANSLATED, ["Two\nlines.", "x"]),
         (1016, TRANSLATED, ["System"]), (100, STRINGS, ["C", "de"]), (1011, STRING, "Vendor"),
         (1020, STRING, "https://alpha.example/"), (5096, STRING, "nodejs:18:1:rhel9"),
         (1009, INT32, [12345])]
RELATIONS = [(1047, STRINGS, ["alpha", "greek"]), (1113, STRINGS, ["1.0-1", ""]),
             (1112, INT32, [8, 0]), (1049, STRINGS, ["beta", "rpmlib(A)", "(a if b)"]),
             (1050, STRINGS, ["3", "4.0-1", ""]), (1048, INT32, [12, 16777226, 0])]
FILES = [(1117, STRINGS, ["a", "b.conf", "c"]), (1118, STRINGS, ["/usr/bin/", "/etc/"]),
         (1116, INT32, [0, 1, 0]), (1028, INT32, [1, 2, 3]), (1030, INT16, [33261, 33188, 41471]),
         (1035, STRINGS, ["ab" * 32, "cd" * 32, ""]), (1036, STRINGS, ["", "", "a"]),
         (1037, INT32, [0, 17, 64]), (1039, STRINGS, ["root"] * 3),
         (1040, STRINGS, ["root", "wheel", "root"]), (5010, STRINGS, ["=ep", "", ""]),
         (5011, INT32, [8])]
INSTALLED = [(1008, INT32, [1600000001]), (1029, CHAR, [0, 3, 1]), (268, BINARY, SIGNATURE_4)]


def without(tags, number):
    return [one for one in tags if one[0] != number]


def headers():
    small = header(IDENTITY)
    full = header(IDENTITY + TEXTS + RELATIONS + FILES, added=INSTALLED)
    return {
        "small": small,
        "full": full,
        "without-region": header(IDENTITY + FILES, region=None),
        "old-file-names": header(IDENTITY + [(1027, STRINGS, ["/a", "/b"])], region=61),
        "signature-3": header(IDENTITY, added=[(259, BINARY, SIGNATURE_3)]),
        "signature-6": header(IDENTITY, added=[
            (278, STRINGS, [base64.b64encode(SIGNATURE_6).decode()])]),
        "signature-broken": header(IDENTITY, added=[(267, BINARY, b"\x89\0\2\4\0")]),
        "key": header([(1000, STRING, "gpg-pubkey"), (1001, STRING, "0123abcd"),
                       (1002, STRING, "4567cdef"), (1004, TRANSLATED, ["A key"]),
                       (1005, TRANSLATED, ["-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAA==\n"])]),
        "not-utf-8": header(IDENTITY + [(1011, BINARY, b"x")]).replace(b"alpha", b"al\xffha"),
        "long-sizes": header(IDENTITY + without(FILES, 1028) + [(5008, INT64, [1, 2 ** 40, 3]),
                                                                (5009, INT64, [2 ** 40])]),
        "fewer-digests": header(IDENTITY + without(FILES, 1035) + [(1035, STRINGS, ["ab" * 32])]),
        "bad-directory": header(IDENTITY + without(FILES, 1116) + [(1116, INT32, [0, 9, 0])]),
        "bad-digest": header(IDENTITY + without(FILES, 1035) + [(1035, STRINGS, ["x", "", ""])]),
        "fewer-versions": header(IDENTITY + without(RELATIONS, 1050) + [(1050, STRINGS, ["3"])]),
        "wrong-type": header(without(IDENTITY, 1000) + [(1000, INT32, [1])]),
        "bad-region": small[:20] + b"\0\0\0\x11" + small[24:],
        "unterminated": small[:-17] + b"x" + small[-16:],
        "cut": full[:-40],
    }


def databases_ndb(small, full):
    whole = rpms.ndb([small, full])
    damaged = bytearray(whole)
    damaged[4096 + 40] ^= 0xFF
    twice = bytearray(whole)
    twice[32 + 16 + 8:32 + 32] = twice[32 + 8:32 + 16]
    return {"two": whole, "damaged": bytes(damaged), "same-blob-twice": bytes(twice),
            "cut": whole[:-20], "empty": rpms.ndb([])}


def databases_bdb(small, full):
    whole = rpms.bdb_hash([small, full], page_size=512)
    circle = bytearray(whole)
    circle[3 * 512 + 16:3 * 512 + 20] = struct.pack("<I", 3)
    return {"little": whole, "big": rpms.bdb_hash([small, full], page_size=512, order=">"),
            "version-8": rpms.bdb_hash([full], page_size=512, version=8, page_type=2),
            "inline": rpms.bdb_hash([small], page_size=2048, inline=True),
            "version-7": rpms.bdb_hash([small], page_size=512, version=7),
            "circle": bytes(circle), "cut": whole[:-700]}


def sqlite(folder, statements, blobs, log=()):
    """A database of small pages and its log, with a fixed salt."""
    path = os.path.join(folder, "database")
    for name in (path, path + "-wal", path + "-shm"):
        if os.path.exists(name):
            os.remove(name)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("pragma page_size = 512")
    if log:
        connection.execute("pragma journal_mode = wal").fetchall()
    for statement in statements:
        connection.execute(statement)
    for blob in blobs:
        connection.execute("insert into Packages(blob) values (?)", (blob,))
    if log:
        connection.execute("pragma wal_checkpoint(truncate)").fetchall()
    for blob in log:
        connection.execute("insert into Packages(blob) values (?)", (blob,))
    with open(path, "rb") as file:
        database = file.read()
    wal = b""
    if log:
        with open(path + "-wal", "rb") as file:
            wal = salted(file.read())
    connection.close()
    return struct.pack("<I", len(database)) + database + wal


def salted(wal):
    """The log again with a salt that is not random, and its checksums made anew."""
    magic, _, page = struct.unpack(">III", wal[:12])
    order = ">" if magic & 1 else "<"

    def add_up(a, b, data):
        words = struct.unpack(f"{order}{len(data) // 4}I", data)
        for x, y in zip(words[::2], words[1::2]):
            a = (a + x + b) & 0xFFFFFFFF
            b = (b + y + a) & 0xFFFFFFFF
        return a, b

    head = wal[:16] + b"SaltSalt"
    a, b = add_up(0, 0, head)
    out = head + struct.pack(">II", a, b)
    for at in range(32, len(wal) - 23 - page, 24 + page):
        start, content = wal[at:at + 8], wal[at + 24:at + 24 + page]
        a, b = add_up(*add_up(a, b, start), content)
        out += start + b"SaltSalt" + struct.pack(">II", a, b) + content
    return out


TABLE = "create table 'Packages' (hnum integer primary key autoincrement, blob blob not null)"


def databases_sqlite(small, full):
    with tempfile.TemporaryDirectory() as folder:
        plain = sqlite(folder, [TABLE], [small])
        return {
            "one": plain,
            "log": sqlite(folder, [TABLE], [small], log=[full]),
            "log-cut": sqlite(folder, [TABLE], [small], log=[small, full])[:-300],
            "no-table": sqlite(folder, ["create table other (x)"], []),
            "view": sqlite(folder, ["create table t (hnum integer primary key, blob blob)",
                                    "create view Packages as select hnum, blob from t"], []),
            "generated": sqlite(folder, ["create table Packages (hnum integer primary key, x, "
                                         "blob as (zeroblob(1000)))"], []),
            "text": sqlite(folder, ["create table Packages (hnum integer primary key, blob)",
                                    "insert into Packages values (1, 'text'), (2, null)"], []),
            "cut": plain[:-600],
        }


def main():
    made = headers()
    small, full = made["small"], made["full"]
    for name, files in (("rpm_header", made), ("rpm_ndb", databases_ndb(small, full)),
                        ("rpm_bdb", databases_bdb(small, full)),
                        ("rpm_sqlite", databases_sqlite(small, full))):
        folder = os.path.join(FOLDER, "corpus", name)
        os.makedirs(folder, exist_ok=True)
        for file_name, data in files.items():
            with open(os.path.join(folder, file_name), "wb") as file:
                file.write(data)


if __name__ == "__main__":
    main()
