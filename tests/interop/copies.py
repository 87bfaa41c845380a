# SPDX-License-Identifier: Apache-2.0
"""How a signed image gets from a layout to a registry and back, by whose commands, and whether its
signature and attestation are still with it."""
import os
import shutil

from cells import TYPE, YES

NO_BUNDLES = "cosign 2 knows nothing of bundles here"

# Which routes lose what is attached: route, form, judges, the message, and why.
UNSUPPORTED = (
    ("crane push", "legacy", ("cosign2", "cosign3"), "no signatures found",
     "it pushes the layout under one name, without the tags that this form lives by"),
    ("cosign load", "bundle", ("cosign2",), "no valid bundles exist in registry", NO_BUNDLES),
    ("cosign load", "bundle", ("cosign3",), "MANIFEST_BLOB_UNKNOWN: blob unknown to registry",
     "it uploads the manifest before the bundle, with its own bundles too (sigstore/cosign #5030)"),
    ("local image", "bundle", ("cosign2",),
     "panic: runtime error: invalid memory address or nil pointer dereference", NO_BUNDLES),
    ("cosign save", "bundle", ("cosign2",), "no signature found", NO_BUNDLES),
)

# Which routes lose some of it now and then, and why.
SOMETIMES = {
    ("crane push", "bundle"):
        "`crane push` uploads several manifests at a time, and of two that refer to the image at a "
        "registry without the referrers API one may drop out of the tag that lists them; "
        "`waybill verify` and cosign then miss it",
}


def unsupported(route, form, judge):
    for rule in UNSUPPORTED:
        if rule[:2] == (route, form) and judge in rule[2]:
            return rule
    return None


class Signed:
    """The image, signed and attested in one form, as a layout and in the registry."""

    def __init__(self, bench, form):
        self.bench, self.form = bench, form
        self.digest = bench.digest("image")
        self.layout = bench.path("copies", form, "layout")
        shutil.copytree(bench.source("image"), self.layout)
        for command in (("sign",), ("attest", "--predicate", bench.path("predicate"), "--type", TYPE)):
            bench.run(*command, "--key", bench.path("p256.key"), "--format", form,
                      f"oci:{self.layout}:v1")
        self.repository = f"{bench.registry.address}/copies-{form}"
        bench.push(self.layout, f"copies-{form}", "image", form)

    def path(self, name):
        return self.bench.path("copies", self.form, name)

    def tags(self):
        """What there is to copy by name. Bundles are found under one tag where the registry has no
        referrers API."""
        names = (".sig", ".att") if self.form == "legacy" else ("",)
        return ["v1"] + [self.bench.tag("image", name) for name in names]

    # ---- the judges ----

    def cosign(self, version, reference, *options):
        """What that cosign says of signature and attestation; of the attestation alone where cosign 2
        knows no signature of that form."""
        common = ["--key", self.bench.path("p256.pub"), "--insecure-ignore-tlog=true", *options]
        if self.form == "legacy" and version == "cosign3":
            common.append("--new-bundle-format=false")
        if self.form == "bundle" and version == "cosign2":
            common += ["--new-bundle-format", "--trusted-root", self.bench.path("trusted-root")]
        commands = [["verify"], ["verify-attestation", "--type", TYPE]]
        for command in commands[1 if (version, self.form) == ("cosign2", "bundle") else 0:]:
            done = self.bench.clients.run(version, *command, *common, reference)
            if done.code != 0:
                return done.message
        return YES

    def waybill(self, reference):
        for command in (["verify"], ["verify-attestation", "--type", TYPE]):
            done = self.bench.waybill.run(*command, "--key", self.bench.path("p256.pub"), reference)
            if done.code != 0:
                return done.stderr.strip()
        return YES

    # ---- the routes ----

    def oras_push(self, judge):
        return self.cosign(judge, f"{self.repository}@{self.digest}")

    def oras_push_to_crane(self, judge):
        target = f"{self.bench.other_registry.address}/oras-{self.form}"
        recursive = ["-r"] if self.form == "bundle" else []
        for name in self.tags() if self.form == "legacy" else ["v1"]:
            self.bench.clients.must("oras", "cp", *recursive, "--no-tty", "--from-oci-layout",
                                    "--to-plain-http", f"{self.layout}:{name}", f"{target}:{name}")
        return self.cosign(judge, f"{target}@{self.digest}")

    def skopeo_push(self, judge):
        target = f"{self.bench.registry.address}/skopeo-{self.form}-{judge}"
        for name in self.tags():
            self.skopeo_copy(name, "--dest-tls-verify=false", f"oci:{self.layout}", f"docker://{target}")
        return self.cosign(judge, f"{target}@{self.digest}")

    def skopeo_copy(self, name, option, source, target):
        """Bundles are what the index under one more tag lists."""
        more = ["--all"] if name == self.bench.tag("image", "") else []
        self.bench.clients.must("skopeo", "copy", "-q", *more, option, f"{source}:{name}",
                                f"{target}:{name}")

    def crane_push(self, judge):
        """The whole layout as one index."""
        target = f"{self.bench.other_registry.address}/crane-{self.form}-{judge}"
        self.bench.clients.must("crane", "push", "--insecure", "--index", self.layout,
                                f"{target}:all")
        return self.cosign(judge, f"{target}@{self.digest}")

    def crane_copy(self, judge):
        target = f"{self.bench.registry.address}/crane-copy-{self.form}-{judge}"
        for name in self.tags():
            self.bench.clients.must("crane", "copy", "--insecure", f"{self.repository}:{name}",
                                    f"{target}:{name}")
        return self.cosign(judge, f"{target}@{self.digest}")

    def cosign_load(self, judge):
        target = f"{self.bench.registry.address}/load-{self.form}-{judge}:v1"
        done = self.bench.clients.run(judge, "load", "--dir", self.layout, target)
        return done.message if done.code != 0 else self.cosign(judge, target)

    def local_image(self, judge):
        return self.cosign(judge, self.layout, "--local-image")

    def cosign_save(self, judge):
        folder = self.path(f"saved-by-{judge}")
        done = self.bench.clients.run(judge, "save", "--dir", folder, f"{self.repository}:v1")
        return done.message if done.code != 0 else self.waybill(f"oci:{folder}")

    def oras_pull(self, _):
        folder = self.path("oras")
        names = ["v1"] if self.form == "bundle" else self.tags()
        for name in names:
            self.bench.clients.must("oras", "cp", *(["-r"] if self.form == "bundle" else []),
                                    "--no-tty", "--to-oci-layout", "--from-plain-http",
                                    f"{self.repository}:{name}", f"{folder}:{name}")
        return self.waybill(f"oci:{folder}:v1")

    def skopeo_pull(self, _):
        folder = self.path("skopeo")
        for name in self.tags():
            self.skopeo_copy(name, "--src-tls-verify=false", f"docker://{self.repository}",
                             f"oci:{folder}")
        return self.waybill(f"oci:{folder}:v1")

    def crane_pull(self, _):
        folder = self.path("crane")
        os.makedirs(folder)
        self.bench.clients.must("crane", "pull", "--insecure", "--format=oci", "--annotate-ref",
                                *[f"{self.repository}:{name}" for name in self.tags()], folder)
        return self.waybill(f"oci:{folder}@{self.digest}")


COSIGNS = ("cosign2", "cosign3")
# Name, what the table says, function, who judges, what else it needs.
ROUTES = (
    ("oras push", "layout to registry, `oras cp -r`", Signed.oras_push, COSIGNS, ()),
    ("oras push, crane", "the same, to the registry that is in crane",
     Signed.oras_push_to_crane, COSIGNS, ("crane",)),
    ("skopeo push", "layout to registry, `skopeo copy`; of bundles `--all` of the tag `sha256-HEX`, too",
     Signed.skopeo_push, COSIGNS, ("skopeo",)),
    ("crane push", "layout to the registry in crane, `crane push --index`",
     Signed.crane_push, COSIGNS, ("crane",)),
    ("crane copy", "registry to registry, `crane copy`", Signed.crane_copy, COSIGNS, ("crane",)),
    ("cosign load", "layout to registry, `cosign load`", Signed.cosign_load, COSIGNS, ()),
    ("local image", "the layout itself, `cosign verify --local-image`", Signed.local_image, COSIGNS,
     ()),
    ("cosign save", "registry to layout, `cosign save`, then Waybill", Signed.cosign_save, COSIGNS,
     ()),
    ("oras pull", "registry to layout, `oras cp -r`, then Waybill", Signed.oras_pull, ("waybill",),
     ()),
    ("skopeo pull", "registry to layout, `skopeo copy` in the same way, then Waybill",
     Signed.skopeo_pull, ("waybill",), ("skopeo",)),
    ("crane pull", "registry to layout, `crane pull`, then Waybill", Signed.crane_pull,
     ("waybill",), ("crane",)),
)
