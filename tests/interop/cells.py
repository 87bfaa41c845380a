# SPDX-License-Identifier: Apache-2.0
"""The matrix: how Waybill and each cosign sign and verify, for each kind of key, thing and form.

A cell's outcome is "yes", or the message of the cosign that does not do it. Where Waybill itself
fails, an assertion does."""
import json
import os
import shutil

from clients import PASSWORD, Missing
from images import Image, Layout, single
from layers import Layer

KEYS = {"p256": "ecdsa-p256", "p384": "ecdsa-p384", "p521": "ecdsa-p521", "rsa3072": "rsa-3072",
        "ed25519": "ed25519"}
THINGS = ("image", "index", "attestation", "blob", "blob attestation")
FORMS = ("bundle", "legacy")
VERSIONS = ("cosign2", "cosign3")
DIRECTIONS = ("we sign", "they sign")
WE_SIGN_SHA256 = "we sign sha256"
YES = "yes"
TYPE = "custom"

CURVES = ("p384", "p521")
NO_IMAGE_BUNDLES = "cosign 2 puts attestations and files into bundles, but not signatures of images"
ONE_HASH = ("cosign 2 takes SHA-256 for every curve here and cannot be told otherwise "
            "(sigstore/cosign #5091); what it signs so, Waybill verifies")

# Which cells a cosign does not support: version, direction, things, forms, keys, its own message,
# and why.
UNSUPPORTED = (
    ("cosign2", "we sign", ("image", "index"), ("bundle",), tuple(KEYS), "no signatures found",
     NO_IMAGE_BUNDLES),
    ("cosign2", "they sign", ("image", "index"), ("bundle",), tuple(KEYS),
     "unknown flag: --new-bundle-format", NO_IMAGE_BUNDLES),
    ("cosign2", "we sign", ("attestation", "blob attestation"), FORMS, CURVES,
     "accepted signatures do not match threshold, Found: 0, Expected 1", ONE_HASH),
    ("cosign2", "we sign", ("blob",), FORMS, CURVES,
     "invalid signature when validating ASN.1 encoded signature", ONE_HASH),
)


def unsupported(cell):
    """The rule that the cell falls under; None when it is to work."""
    key, thing, form, version, direction = cell
    for rule in UNSUPPORTED:
        if (version, direction) == rule[:2] and thing in rule[2] and form in rule[3] and key in rule[4]:
            return rule
    return None


def digest_options(key, thing, version):
    """Neither cosign takes the hash that goes with the curve unless it is told to; cosign 2 can be
    told only by `verify`."""
    hashes = {"p384": "sha384", "p521": "sha512"}
    if key not in hashes or (version == "cosign2" and thing not in ("image", "index")):
        return []
    return ["--signature-digest-algorithm", hashes[key]]


def sha256_cells():
    """What keys of the curves whose own hash is longer sign with --signature-digest-algorithm sha256:
    every cosign that knows the form takes it without being told."""
    return [(key, thing, form, version, WE_SIGN_SHA256) for key in CURVES for thing in THINGS
            for form in FORMS for version in VERSIONS
            if (rule := unsupported((key, thing, form, version, "we sign"))) is None
            or rule[-1] == ONE_HASH]


def all_cells():
    return [(key, thing, form, version, direction) for thing in THINGS for key in KEYS
            for form in FORMS for version in VERSIONS for direction in DIRECTIONS]


def small_image(note):
    layer = Layer()
    layer.file("etc/os-release", b"ID=debian\nVERSION_ID=12\n")
    layer.file("note", note.encode())
    return Image([layer])


class Bench:
    """Keys, images and files that cells start from, and the two ways between a layout and the
    registry."""

    def __init__(self, folder, waybill, clients, registry):
        self.folder, self.waybill, self.clients = str(folder), waybill, clients
        self.registry = registry
        self.other_registry = None  # crane's own
        os.makedirs(self.folder, exist_ok=True)
        self.make_files()
        self.make_images()

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def make_files(self):
        for name, content in (("blob", "content of a file\n"),
                              ("predicate", json.dumps({"reviewed": True, "by": "interop"})),
                              # Nobody is trusted but the key.
                              ("trusted-root", '{"mediaType":"application/vnd.dev.sigstore.'
                                               'trustedroot+json;version=0.1"}')):
            with open(self.path(name), "w", encoding="utf-8") as file:
                file.write(content)

    def make_keys(self):
        for name, kind in KEYS.items():
            self.run("generate-key-pair", "--type", kind, "--output-key-prefix", self.path(name))

    def make_images(self):
        single(small_image("image"), "v1").write(self.path("image"))
        layout, platforms = Layout(), []
        for architecture in ("amd64", "arm64"):
            image = small_image(architecture)
            image.config["architecture"] = architecture
            platforms.append(layout.image(image, platform={"architecture": architecture,
                                                           "os": "linux"}))
        layout.add(layout.index(platforms), "v1").write(self.path("index"))

    def run(self, *arguments):
        done = self.waybill.run(*[str(one) for one in arguments],
                                env={"COSIGN_PASSWORD": PASSWORD})
        assert done.code == 0, done
        return done

    # ---- layouts and the registry ----

    def source(self, thing):
        return self.path("index" if thing == "index" else "image")

    def digest(self, thing):
        with open(os.path.join(self.source(thing), "index.json"), encoding="utf-8") as file:
            return json.load(file)["manifests"][0]["digest"]

    def platforms(self):
        """Digests of what the index lists."""
        name = os.path.join(self.path("index"), "blobs", *self.digest("index").split(":"))
        with open(name, encoding="utf-8") as file:
            return [one["digest"] for one in json.load(file)["manifests"]]

    def tag(self, thing, suffix):
        return self.digest(thing).replace(":", "-") + suffix

    def push(self, layout, repository, thing, form):
        """Bundles travel as referrers; the older form as images with tags of their own."""
        self.push_all(layout, repository, form, [self.digest(thing)])

    def push_all(self, layout, repository, form, digests):
        recursive = ["-r"] if form == "bundle" else []
        names = ["v1"]
        if form == "legacy":
            tags = [digest.replace(":", "-") + suffix for digest in digests
                    for suffix in (".sig", ".att")]
            names += [tag for tag in tags if self.lists(layout, tag)]
        for name in names:
            self.clients.must("oras", "cp", *recursive, "--no-tty", "--from-oci-layout",
                              "--to-plain-http", f"{layout}:{name}",
                              f"{self.registry.address}/{repository}:{name}")

    def pull(self, repository, layout, thing, form):
        names = ["v1"]
        if form == "legacy":
            names.append(self.tag(thing, ".att" if thing == "attestation" else ".sig"))
        recursive = ["-r"] if form == "bundle" else []
        for name in names:
            self.clients.must("oras", "cp", *recursive, "--no-tty", "--to-oci-layout",
                              "--from-plain-http", f"{self.registry.address}/{repository}:{name}",
                              f"{layout}:{name}")

    @staticmethod
    def lists(layout, tag):
        with open(os.path.join(layout, "index.json"), encoding="utf-8") as file:
            return tag in file.read()


class Cell:
    """One cell at work, in a folder and a repository of its own."""

    def __init__(self, bench, cell):
        self.bench = bench
        self.key, self.thing, self.form, self.version, self.direction = cell
        self.name = "-".join(cell).replace(" ", "-")
        self.folder = bench.path("cells", self.name)
        os.makedirs(self.folder)
        self.private, self.public = bench.path(f"{self.key}.key"), bench.path(f"{self.key}.pub")
        self.reference = f"{bench.registry.address}/{self.name}@{bench.digest(self.thing)}"

    def path(self, name):
        return os.path.join(self.folder, name)

    def outcome(self):
        if not self.bench.clients.has(self.version):
            raise Missing(f"no {self.version}")
        try:
            if self.direction in ("we sign", WE_SIGN_SHA256):
                self.we_sign()
                done = self.they_verify(self.public)
                return YES if done.code == 0 else done.message
            done = self.they_sign()
            if done.code != 0:
                return done.message
            self.we_verify()
            return YES
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def is_blob(self):
        return self.thing.startswith("blob")

    # ---- Waybill ----

    def we_sign(self):
        bench = self.bench
        digest = ["--signature-digest-algorithm", "sha256"] if self.direction == WE_SIGN_SHA256 else []

        def run(command, *arguments):
            bench.run(command, *digest, *arguments)
        if self.is_blob():
            output = {"bundle": "--bundle"}.get(self.form, "--output-signature" if
                                                self.thing == "blob" else "--output-attestation")
            more = [] if self.thing == "blob" else ["--predicate", bench.path("predicate"),
                                                    "--type", TYPE]
            run("sign-blob" if self.thing == "blob" else "attest-blob", "--key", self.private,
                output, self.path("signature"), *more, bench.path("blob"))
            return
        shutil.copytree(bench.source(self.thing), self.path("layout"))
        target = f"oci:{self.path('layout')}:v1"
        if self.thing == "attestation":
            run("attest", "--key", self.private, "--format", self.form, "--predicate",
                bench.path("predicate"), "--type", TYPE, target)
        else:
            run("sign", "--key", self.private, "--format", self.form, target)
        bench.push(self.path("layout"), self.name, self.thing, self.form)

    def we_verify(self):
        run, bench = self.bench.run, self.bench
        if self.is_blob():
            option = "--bundle" if self.form == "bundle" else "--signature"
            more = [] if self.thing == "blob" else ["--type", TYPE]
            run("verify-blob" if self.thing == "blob" else "verify-blob-attestation", "--key",
                self.public, option, self.path("signature"), *more, bench.path("blob"))
            return
        bench.pull(self.name, self.path("back"), self.thing, self.form)
        more = ["-attestation", "--type", TYPE] if self.thing == "attestation" else [""]
        run("verify" + more[0], *more[1:], "--key", self.public, f"oci:{self.path('back')}:v1")

    # ---- cosign ----

    def command(self, verb):
        name = {"blob": "-blob", "blob attestation": "-blob", "attestation": ""}.get(self.thing, "")
        if verb == "sign":
            return ("attest" if "attestation" in self.thing else "sign") + name
        return "verify" + name + ("-attestation" if "attestation" in self.thing else "")

    def format_options(self):
        """cosign 2 makes the older form unless told, cosign 3 the newer."""
        if self.version == "cosign2":
            return ["--new-bundle-format"] if self.form == "bundle" else []
        return [] if self.form == "bundle" else ["--new-bundle-format=false"]

    def they_sign(self):
        bench = self.bench
        options = ["--key", self.private, "--tlog-upload=false", "--yes", *self.format_options()]
        if self.version == "cosign3":
            options.append("--use-signing-config=false")
        if "attestation" in self.thing:
            options += ["--predicate", bench.path("predicate"), "--type", TYPE]
        if not self.is_blob():
            bench.push(bench.source(self.thing), self.name, self.thing, "plain")
            return bench.clients.run(self.version, self.command("sign"), *options, self.reference)
        if self.form == "bundle":
            options += ["--bundle", self.path("signature")]
        else:
            # Of a statement that is the envelope; `--output-attestation` is the payload alone.
            options += ["--output-signature", self.path("signature")]
        return bench.clients.run(self.version, self.command("sign"), *options, bench.path("blob"))

    def they_verify(self, public, predicate_type=TYPE, more=()):
        bench = self.bench
        options = ["--key", public, "--insecure-ignore-tlog=true", *self.format_options(), *more]
        if self.direction != WE_SIGN_SHA256:
            options += digest_options(self.key, self.thing, self.version)
        if self.form == "bundle" and self.version == "cosign2":
            options += ["--trusted-root", bench.path("trusted-root")]
        if "attestation" in self.thing:
            options += ["--type", predicate_type]
        if not self.is_blob():
            return bench.clients.run(self.version, self.command("verify"), *options,
                                     self.reference)
        options += ["--bundle" if self.form == "bundle" else "--signature",
                    self.path("signature")]
        return bench.clients.run(self.version, self.command("verify"), *options,
                                 bench.path("blob"))
