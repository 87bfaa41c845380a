# SPDX-License-Identifier: Apache-2.0
"""Private key files between Waybill and each cosign, for each kind of key."""
import os

from cells import YES
from clients import PASSWORD, Missing
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

MAKERS = {
    "p384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "p521": lambda: ec.generate_private_key(ec.SECP521R1()),
    "rsa3072": lambda: rsa.generate_private_key(65537, 3072),
    "ed25519": ed25519.Ed25519PrivateKey.generate,
}

# As in cells.py: version, direction, keys, its own message, and why.
UNSUPPORTED = (
    ("cosign2", "they sign", ("p384", "p521", "rsa3072"), "unsupported public key type",
     "`import-key-pair` of this build of cosign 2 takes Ed25519 keys only, and `generate-key-pair` "
     "makes P-256 keys only"),
)


def unsupported(item):
    key, version, direction = item
    for rule in UNSUPPORTED:
        if (version, direction) == rule[:2] and key in rule[2]:
            return rule
    return None


def we_make(bench, key, version):
    """Our key file, opened by that cosign: the same public key comes out."""
    done = bench.clients.run(version, "public-key", "--key", bench.path(f"{key}.key"))
    if done.code != 0:
        return done.message
    with open(bench.path(f"{key}.pub"), "rb") as file:
        assert done.stdout == file.read(), done
    return YES


def import_key(bench, key, version, folder):
    plain = os.path.join(folder, "plain.pem")
    with open(plain, "wb") as file:
        file.write(MAKERS[key]().private_bytes(serialization.Encoding.PEM,
                                               serialization.PrivateFormat.PKCS8,
                                               serialization.NoEncryption()))
    return bench.clients.run(version, "import-key-pair", "--key", plain, "--output-key-prefix",
                             "cosign", cwd=folder)


def they_make(bench, key, version):
    """A key that the cosign made, or encrypted, opened by us."""
    folder = bench.path("key-files", f"{key}-{version}")
    os.makedirs(folder)
    done = (bench.clients.run(version, "generate-key-pair", cwd=folder) if key == "p256" else
            import_key(bench, key, version, folder))
    if done.code != 0:
        return done.message
    done = bench.waybill.run("public-key", "--key", os.path.join(folder, "cosign.key"),
                             env={"COSIGN_PASSWORD": PASSWORD})
    with open(os.path.join(folder, "cosign.pub"), "rb") as file:
        assert done.code == 0 and done.stdout == file.read(), done
    return YES


def outcome(bench, key, version, direction):
    if not bench.clients.has(version):
        raise Missing(f"no {version}")
    return (we_make if direction == "we sign" else they_make)(bench, key, version)
