#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the seed corpora of fuzz_key_file, fuzz_public_key and fuzz_certificate: corpus/key_file/*,
corpus/public_key/*, corpus/certificate/*. Needs Python's cryptography. The keys are new each time
and protect nothing."""
import datetime
import json
import os
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "fixtures"))
import keyfile  # noqa: E402

DER, PEM = serialization.Encoding.DER, serialization.Encoding.PEM
PUBLIC, PRIVATE = serialization.PublicFormat, serialization.PrivateFormat
PLAIN = serialization.NoEncryption()
START, END = (datetime.datetime(year, 1, 1) for year in (2025, 2035))


def save(folder, name, data):
    place = os.path.join(HERE, "corpus", folder)
    os.makedirs(place, exist_ok=True)
    with open(os.path.join(place, name), "wb") as file:
        file.write(data)


def key_file(der, n=2, r=1, p=1):
    """With a scrypt that costs nothing."""
    salt, nonce = bytes(range(32)), bytes(range(24))
    box = keyfile.seal(keyfile.derive(b"fuzz", salt, n, r, p), nonce, der)
    encode = keyfile.base64.b64encode
    return json.dumps({
        "kdf": {"name": "scrypt", "params": {"N": n, "r": r, "p": p},
                "salt": encode(salt).decode()},
        "cipher": {"name": "nacl/secretbox", "nonce": encode(nonce).decode()},
        "ciphertext": encode(box).decode()}, separators=(",", ":")).encode()


def private_keys(keys):
    for name, key in keys.items():
        der = key.private_bytes(DER, PRIVATE.PKCS8, PLAIN)
        save("key_file", f"box-{name}", key_file(der))
        save("key_file", f"pkcs8-{name}", b"P" + der)
    traditional = PRIVATE.TraditionalOpenSSL
    save("key_file", "pkcs1", b"R" + keys["rsa"].private_bytes(DER, traditional, PLAIN))
    save("key_file", "sec1", b"S" + keys["p256"].private_bytes(DER, traditional, PLAIN))
    encryption = serialization.BestAvailableEncryption(b"fuzz")
    save("key_file", "pbes2", b"E" + keys["p256"].private_bytes(DER, PRIVATE.PKCS8, encryption))
    text = keys["ed25519"].private_bytes(PEM, PRIVATE.PKCS8, PLAIN)
    save("key_file", "text", b"A key\n" + text)
    box = key_file(keys["ed25519"].private_bytes(DER, PRIVATE.PKCS8, PLAIN))
    save("key_file", "old-label", keyfile.pem(keyfile.OLD_LABEL, box).encode())
    save("key_file", "not-a-key", key_file(b"not PKCS#8"))
    save("key_file", "costly", box.replace(b'"N":2', b'"N":1048576'))


def public_keys(keys):
    weak = {"p224": ec.generate_private_key(ec.SECP224R1()),
            "secp256k1": ec.generate_private_key(ec.SECP256K1()),
            "rsa1024": rsa.generate_private_key(65537, 1024),
            "rsa-exponent-3": rsa.generate_private_key(3, 2048),
            "dsa": dsa.generate_private_key(1024)}
    for name, key in (keys | weak).items():
        public = key.public_key()
        save("public_key", f"{name}.der", public.public_bytes(DER, PUBLIC.SubjectPublicKeyInfo))
        save("public_key", f"{name}.pem", public.public_bytes(PEM, PUBLIC.SubjectPublicKeyInfo))
    save("public_key", "pkcs1.pem", keys["rsa"].public_key().public_bytes(PEM, PUBLIC.PKCS1))


def name_of(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def certificate(name, key, issuer, issuer_key, *extensions):
    builder = (x509.CertificateBuilder().subject_name(name_of(name)).issuer_name(name_of(issuer))
               .public_key(key.public_key()).serial_number(len(name) + len(issuer))
               .not_valid_before(START).not_valid_after(END))
    for value, critical in extensions:
        builder = builder.add_extension(value, critical)
    digest = None if isinstance(issuer_key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return builder.sign(issuer_key, digest)


def usage(**names):
    every = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
             "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only")
    return x509.KeyUsage(**{name: name in names for name in every}), True


def certificates(keys):
    ca = (x509.BasicConstraints(True, None), True), usage(key_cert_sign=1, crl_sign=1)
    constraints = (x509.NameConstraints([x509.RFC822Name("example.com")], None), True)
    names = (x509.SubjectAlternativeName([
        x509.RFC822Name("a@example.com"), x509.UniformResourceIdentifier("https://example.com/x"),
        x509.DNSName("example.com"),
        x509.OtherName(x509.ObjectIdentifier("1.3.6.1.4.1.57264.1.7"), b"\x0c\x01n")]), False)
    issuer = [(x509.UnrecognizedExtension(x509.ObjectIdentifier(f"1.3.6.1.4.1.57264.1.{number}"),
                                          value), False)
              for number, value in ((1, b"https://issuer"), (8, b"\x0c\x0ehttps://issuer"))]
    signing = (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), False)
    stamping = (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), True)
    root = certificate("root", keys["p384"], "root", keys["p384"], *ca)
    middle = certificate("middle", keys["p256"], "root", keys["p384"], *ca, constraints)
    leaf = certificate("leaf", keys["p256"], "middle", keys["p256"], usage(digital_signature=1),
                       signing, names, *issuer)
    bare = certificate("bare", keys["ed25519"], "root", keys["p384"])
    stamper = certificate("stamper", keys["p256"], "root", keys["p384"], stamping)
    itself = certificate("itself", keys["rsa"], "itself", keys["rsa"])
    crl = (x509.CertificateRevocationListBuilder().issuer_name(name_of("root"))
           .last_update(START).next_update(END)
           .add_revoked_certificate(x509.RevokedCertificateBuilder().serial_number(77)
                                    .revocation_date(START).build())
           .sign(keys["p384"], hashes.SHA256()))
    pem = {name: value.public_bytes(PEM) for name, value in
           {"root": root, "middle": middle, "leaf": leaf, "bare": bare, "stamper": stamper,
            "itself": itself, "crl": crl}.items()}
    roots = b"--roots--\n" + pem["root"]
    save("certificate", "path", pem["leaf"] + pem["middle"] + roots)
    save("certificate", "stamper", pem["stamper"] + roots)
    save("certificate", "bare-crl", pem["bare"] + roots + b"--crl--\n" + pem["crl"])
    save("certificate", "path-crl",
         pem["leaf"] + pem["middle"] + roots + b"--crl--\n" + crl.public_bytes(DER))
    save("certificate", "der", leaf.public_bytes(DER))
    save("certificate", "der-path", bare.public_bytes(DER) + b"--roots--\n"
         + root.public_bytes(DER) + b"--crl--\n" + crl.public_bytes(DER))
    save("certificate", "itself", pem["itself"] + b"--roots--\n" + pem["itself"])


def main():
    keys = {"p256": ec.generate_private_key(ec.SECP256R1()),
            "p384": ec.generate_private_key(ec.SECP384R1()),
            "p521": ec.generate_private_key(ec.SECP521R1()),
            "rsa": rsa.generate_private_key(65537, 2048),
            "ed25519": ed25519.Ed25519PrivateKey.generate()}
    private_keys(keys)
    public_keys(keys)
    certificates(keys)


if __name__ == "__main__":
    main()
