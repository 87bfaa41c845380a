# SPDX-License-Identifier: Apache-2.0
"""What scanners see in Waybill's documents against what they see in the image: names, versions,
architectures, source packages and distribution, without a vulnerability database.

trivy reads documents itself. grype reads them with syft's library and lists nothing without its
database, so syft stands for both. The programs are those of bench/run (build/bench/bin) or in PATH;
without them this is skipped, and says so."""
import json
import os
import shutil
import subprocess

import debs
import images
import pytest
import rpms
from clients import ROOT
from layers import Layer

FORMATS = {"spdx-json": "spdx.json", "spdx-tag-value": "spdx", "cyclonedx-json": "cdx.json",
           "cyclonedx-xml": "cdx.xml", "cyclonedx-json@1.5": "cdx15.json"}
# trivy reads no CycloneDX in XML.
TRIVY_FORMATS = ("spdx-json", "spdx-tag-value", "cyclonedx-json", "cyclonedx-json@1.5")
DEBIAN = b'ID=debian\nVERSION_ID="12"\nNAME="Debian GNU/Linux"\nPRETTY_NAME="Debian 12"\n'
ROCKY = b'ID="rocky"\nID_LIKE="rhel fedora"\nVERSION_ID="9.4"\nNAME="Rocky Linux"\n'


class Scanner:
    def __init__(self, name, folder):
        self.path = shutil.which(name) or os.path.join(ROOT, "build", "bench", "bin", name)
        if not os.access(self.path, os.X_OK):
            pytest.skip(f"SKIPPED: no {name} here; bench/run builds it")
        self.folder = str(folder)

    def run(self, *arguments):
        """The result, where the program writes it: {} stands for the file."""
        result = os.path.join(self.folder, "result.json")
        done = subprocess.run([self.path, *[one.replace("{}", result) for one in arguments]],
                              capture_output=True, text=True, check=False,
                              env={**os.environ, "HOME": self.folder, "XDG_CACHE_HOME": self.folder})
        assert done.returncode == 0, done.stderr
        with open(result, encoding="utf-8") as file:
            return json.load(file)


def evr(epoch, version, release):
    return (f"{epoch}:" if epoch else "") + (version or "") + (f"-{release}" if release else "")


class Trivy(Scanner):
    OPTIONS = ("-q", "--list-all-pkgs", "--offline-scan", "--scanners", "license", "--format", "json",
               "--output", "{}")

    def read(self, *source):
        report = self.run(*source, *self.OPTIONS)
        system = report["Metadata"]["OS"]
        packages = sorted(
            (one["Name"], evr(one.get("Epoch"), one["Version"], one.get("Release")), one.get("Arch"),
             one.get("SrcName"),
             evr(one.get("SrcEpoch"), one.get("SrcVersion"), one.get("SrcRelease")),
             one.get("Modularitylabel", ""))
            for result in report["Results"] for one in result.get("Packages", []))
        return system["Family"], packages

    def image(self, layout):
        return self.read("image", "--pkg-types", "os", "--input", layout)

    def document(self, path):
        return self.read("sbom", path)


class Syft(Scanner):
    def __init__(self, folder):
        super().__init__("syft", folder)

    @staticmethod
    def facts(report):
        found = []
        for one in report["artifacts"]:
            if one["type"] not in ("deb", "rpm"):  # the operating system is a package in SPDX
                continue
            more = one["metadata"]
            source = (more.get("source") or one["name"], more.get("sourceVersion") or one["version"],
                      more.get("sourceRpm"))
            found.append((one["name"], one["version"], one["type"], source))
        return report["distro"]["id"], sorted(found)

    def image(self, layout):
        return self.facts(self.run("scan", "-q", f"oci-dir:{layout}", "-o", "syft-json={}",
                                   "--override-default-catalogers",
                                   "dpkg-db-cataloger,rpm-db-cataloger"))

    def document(self, path):
        return self.facts(self.run("convert", "-q", path, "-o", "syft-json={}"))


def layout_of(reference):
    return reference.split(":")[1]


@pytest.fixture(scope="module")
def debian(tmp_path_factory):
    status = debs.status_file(
        debs.stanza("libacl1", "2.3.1-3", Source="acl"),
        debs.stanza("login", "1:4.13+dfsg1-1+deb12u2", Source="shadow"),
        debs.stanza("bash", "5.2.15-2+b13", Source="bash (5.2.15-2)", Depends="libacl1"),
        debs.stanza("tzdata", "2026a-0+deb12u1", "all"))
    layer = Layer().files({"etc/os-release": DEBIAN, "etc/debian_version": b"12.15\n",
                           "var/lib/dpkg/status": status})
    return images.write_oci(tmp_path_factory.mktemp("debian") / "layout", [layer])


@pytest.fixture(scope="module")
def rocky(make_rpm, tmp_path_factory):
    database = rpms.RpmDatabase(tmp_path_factory.mktemp("rpmdb") / "rpm")
    database.install(
        make_rpm("alpha", epoch=2, version="1.0~rc1", release="3.el9",
                 header="ModularityLabel: nodejs:18:9040020240301:rhel9\nVendor: Example Org\n"),
        make_rpm("beta", version="3", arch="x86_64", header="License: GPLv2+ and MIT\n"))
    layer = Layer().files({"etc/os-release": ROCKY,
                           "var/lib/rpm/rpmdb.sqlite": database.sqlite()})
    return images.write_oci(tmp_path_factory.mktemp("rocky") / "layout", [layer])


@pytest.fixture(scope="module")
def trivy(tmp_path_factory):
    return Trivy("trivy", tmp_path_factory.mktemp("trivy"))


@pytest.fixture(scope="module")
def syft(tmp_path_factory):
    return Syft(tmp_path_factory.mktemp("syft"))


@pytest.fixture(scope="module", params=("debian", "rocky"))
def written(request, waybill, tmp_path_factory):
    """The layout, and a document of the image in each format."""
    reference = request.getfixturevalue(request.param)
    folder = tmp_path_factory.mktemp("documents")
    paths = {format: str(folder / name) for format, name in FORMATS.items()}
    arguments = [word for format, path in paths.items() for word in ("-o", f"{format}={path}")]
    done = waybill.run("sbom", reference, *arguments)
    assert done.code == 0, done
    return layout_of(reference), paths


def test_trivy_sees_the_image_in_documents(trivy, written):
    layout, paths = written
    family, packages = trivy.image(layout)
    assert len(packages) >= 2
    for format in TRIVY_FORMATS:
        seen = packages
        if format.startswith("spdx") and family == "rocky":
            # trivy looks for neither in SPDX, of its own making either: the module, and the epoch
            # of the source package, which is its guess (rpm has none there).
            seen = [(*one[:4], one[4].rpartition(":")[2], "") for one in packages]
        assert trivy.document(paths[format]) == (family, seen), format


def test_syft_and_grype_see_the_image_in_documents(syft, written):
    layout, paths = written
    system, packages = syft.image(layout)
    assert len(packages) >= 2
    for format, path in paths.items():
        assert syft.document(path) == (system, packages), format
