#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the seeds of fuzz_secret_scan and fuzz_secret_rules; keys come from openssl and ssh-keygen
and are used nowhere else."""
import base64
import os
import struct
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "fixtures"))
from secret_samples import samples  # noqa: E402


def run(*arguments, data=b""):
    return subprocess.run(arguments, input=data, capture_output=True, check=True).stdout


def write(target, name, data):
    folder = os.path.join(HERE, "corpus", target)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "wb") as file:
        file.write(data)


def ssh_key(*arguments):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "k")
        run("ssh-keygen", "-q", "-f", path, *arguments)
        with open(path, "rb") as file:
            return file.read()


def java_store(tag):
    name = b"\0\4mine"
    entry = struct.pack(">I", tag) + name + bytes(8)
    entry += b"\0\5X.509" + struct.pack(">I", 8) + bytes(8) if tag == 2 else struct.pack(">I", 8) + bytes(8)
    return struct.pack(">III", 0xFEEDFEED, 2, 2) + entry * 2 + bytes(20)


def pgp_key(usage):
    body = b"\4" + bytes(4) + b"\1" + b"\0\x08\xff" + b"\0\x08\x03" + bytes([usage]) + bytes(24)
    packet = bytes([0x94, len(body)]) + body
    return (b"-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: x\n\n" + base64.b64encode(packet)
            + b"\n=AbCd\n-----END PGP PRIVATE KEY BLOCK-----\n")


def keys():
    ec = run("openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout")
    pkcs8 = run("openssl", "pkcs8", "-topk8", "-nocrypt", data=ec)
    return {
        "sec1": ec, "pkcs8": pkcs8,
        "encrypted": run("openssl", "pkcs8", "-topk8", "-passout", "pass:x", data=ec),
        "rfc1421": run("openssl", "ec", "-aes128", "-passout", "pass:x", data=ec),
        "rsa": run("openssl", "genrsa", "-traditional", "512"),
        "sec1.der": run("openssl", "ec", "-outform", "DER", data=ec),
        "pkcs8.der": run("openssl", "pkey", "-outform", "DER", data=ec),
        "rsa.der": run("openssl", "rsa", "-traditional", "-outform", "DER",
                       data=run("openssl", "genrsa", "512")),
        "store.p12": run("openssl", "pkcs12", "-export", "-nocerts", "-inkey", "/dev/stdin",
                         "-passout", "pass:x", data=ec),
        "openssh": ssh_key("-t", "ed25519", "-N", ""),
        "openssh-encrypted": ssh_key("-t", "ed25519", "-N", "abcdefg"),
        "kubeconfig": b"  client-key-data: " + base64.b64encode(ec) + b"\n",
        "escaped": b'{"private_key": "' + ec.replace(b"\n", b"\\n") + b'"}',
        "java": java_store(1), "java-certificates": java_store(2),
        "pgp": pgp_key(0), "pgp-encrypted": pgp_key(254),
        "putty": b"PuTTY-User-Key-File-2: ssh-rsa\nEncryption: none\nComment: x\nPublic-Lines: 1\n"
                 b"AAAA\nPrivate-Lines: 1\n" + base64.b64encode(bytes(range(48))) + b"\n",
        "wrapped": base64.encodebytes(b"\n" + ec), "utf16": ec.decode().encode("utf-16"),
        "ssh2": b"---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nComment: x\n" + base64.b64encode(
            b"\x3f\x6f\xf9\xeb" + bytes(60)) + b"\n---- END SSH2 ENCRYPTED PRIVATE KEY ----\n",
        "one-line": ec.replace(b"\n", b" "), "commented": b"# " + ec.replace(b"\n", b"\n# "),
    }


RULES = {
    "small": "[[rules]]\nid = 'a'\nregex = '''k=(\\w+)'''\nkeywords = ['k=']\nentropy = 2.5\n",
    "lists": "[[rules]]\nid = \"b\"\ndescription = \"x\"\nregex = '[0-9]{16}'\npath = '\\.conf$'\n"
             "secretGroup = 0\nseverity = 'low'\ntags = ['x']\n[rules.allowlist]\nregexes = ['^0']\n"
             "paths = ['doc/']\n[[allowlists]]\ncondition = \"AND\"\nregexTarget = 'line'\n"
             "stopwords = ['test']\ntargetRules = ['b']\ncommits = ['x']\nregexes = ['y']\n",
    "structures": "title = 't'\n[[rules]]\nid='p'\nstructure='pem'\nkeywords=['-----BEGIN']\n"
                  "[[rules]]\nid='d'\nstructure='der'\ntextOnly=false\ngeneric=true\n",
    "inline": "rules = [ {id = 'a', regex = \"\\\\w+\\u0041\", checksum = 'crc32-base62'},\n # x\n]\n",
    "texts": "title = \"\"\"a \\\n  b\"\"\"\n[[rules]]\nid='''\nx'''\npath='.'\nregex=''\n",
    "extend": "[extend]\nuseDefault = true\n",
}


def main():
    for name, data in keys().items():
        write("secret_scan", name, data)
    for sample in samples():
        if sample.rule in ("url-password", "netrc-password", "pgpass-password", "github-token",
                           "docker-config-auth", "json-web-token", "password-assignment",
                           "docker-auths", "kubernetes-secret", "json-web-key", "mount-password",
                           "password-in-configuration"):
            write("secret_scan", sample.rule, sample.text().encode())
    for name, text in RULES.items():
        write("secret_rules", name, text.encode())


if __name__ == "__main__":
    main()
