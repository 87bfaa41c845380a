# SPDX-License-Identifier: Apache-2.0
"""What scanners see in Waybill's documents against what they see in the image: names, versions,
architectures, source packages, distribution, and what they then report.

grype names packages only where it knows a vulnerability: its database is one of ours, in which each
package has some. The programs are those of `bench/run --build-peers` (build/bench/bin) or in PATH; without
them this is skipped, and says so."""
import json
import os
import shutil
import subprocess

import debs
import grype_database
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
# What grype's database knows: the packages below and their source packages.
KNOWN = {"debian": ("deb", ("debian", "12"), ("acl", "bash", "libacl1", "login", "shadow", "tzdata")),
         "rocky": ("rpm", ("rockylinux", "9"), ("alpha", "beta", "gamma", "many"))}
MODULAR = "alpha"
ROCKY = b'ID="rocky"\nID_LIKE="rhel fedora"\nVERSION_ID="9.4"\nNAME="Rocky Linux"\n'


class Scanner:
    def __init__(self, name, folder):
        self.path = shutil.which(name) or os.path.join(ROOT, "build", "bench", "bin", name)
        if not os.access(self.path, os.X_OK):
            pytest.skip(f"SKIPPED: no {name} here; bench/run --build-peers builds it")
        self.folder = str(folder)
        self.environment = {**os.environ, "HOME": self.folder, "XDG_CACHE_HOME": self.folder}

    def run(self, *arguments):
        """The result, where the program writes it: {} stands for the file."""
        result = os.path.join(self.folder, "result.json")
        done = subprocess.run([self.path, *[one.replace("{}", result) for one in arguments]],
                              capture_output=True, text=True, check=False, env=self.environment)
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


class Grype(Scanner):
    """`known`: environment variables that lead to the database."""

    def __init__(self, folder, known):
        super().__init__("grype", folder)
        self.environment.update(known)

    def read(self, source):
        """Distribution, and each finding: why (package and version that were looked for), and where."""
        report = self.run("--output", "json", "--file", "{}", source)
        found = []
        for match, detail in ((match, detail) for match in report["matches"]
                              for detail in match["matchDetails"]):
            one, searched = match["artifact"], detail["searchedBy"]
            found.append((match["vulnerability"]["id"], one["name"], one["version"], one["type"],
                          detail["type"], searched["package"]["name"], searched["package"]["version"],
                          # Of Debian it takes the point release from /etc/debian_version.
                          (searched["distro"]["type"], searched["distro"]["version"].split(".")[0]
                           if one["type"] == "deb" else searched["distro"]["version"])))
        return report["distro"]["name"], sorted(found)

    def image(self, layout):
        return self.read(f"oci-dir:{layout}")

    def document(self, path):
        return self.read(f"sbom:{path}")


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
        make_rpm(MODULAR, epoch=2, version="1.0~rc1", release="3.el9",
                 header="ModularityLabel: nodejs:18:9040020240301:rhel9\nVendor: Example Org\n"),
        make_rpm("beta", version="3", arch="x86_64", header="License: GPLv2+ and MIT\n"),
        *rpms.build_rpms(str(tmp_path_factory.mktemp("many")),
                         {"gamma-2.5": (["Epoch: 1"], ["/usr/bin/gamma"])}).values())
    layer = Layer().files({"etc/os-release": ROCKY,
                           "var/lib/rpm/rpmdb.sqlite": database.sqlite()})
    return images.write_oci(tmp_path_factory.mktemp("rocky") / "layout", [layer])


@pytest.fixture(scope="module")
def trivy(tmp_path_factory):
    return Trivy("trivy", tmp_path_factory.mktemp("trivy"))


@pytest.fixture(scope="module")
def syft(tmp_path_factory):
    return Syft(tmp_path_factory.mktemp("syft"))


@pytest.fixture(scope="module")
def grype(written, tmp_path_factory):
    """With vulnerabilities of the packages of the image, of their source packages, and of modules."""
    kind, system, names = KNOWN[written[2]]
    folder = str(tmp_path_factory.mktemp("grype"))
    known = grype_database.write(os.path.join(folder, "database"), kind, system, names,
                                 modules=("nodejs:18", "nodejs:20"))
    return Grype(folder, known)


@pytest.fixture(scope="module", params=("debian", "rocky"))
def written(request, waybill, tmp_path_factory):
    """The layout, and a document of the image in each format."""
    reference = request.getfixturevalue(request.param)
    folder = tmp_path_factory.mktemp("documents")
    paths = {format: str(folder / name) for format, name in FORMATS.items()}
    arguments = [word for format, path in paths.items() for word in ("-o", f"{format}={path}")]
    done = waybill.run("sbom", reference, *arguments)
    assert done.code == 0, done
    return layout_of(reference), paths, request.param


def test_trivy_sees_the_image_in_documents(trivy, written):
    layout, paths, _ = written
    family, packages = trivy.image(layout)
    assert len(packages) >= 2
    for format in TRIVY_FORMATS:
        seen = packages
        if format.startswith("spdx") and family == "rocky":
            # trivy looks for neither in SPDX, of its own making either: the module, and the epoch
            # of the source package, which is its guess (rpm has none there).
            seen = [(*one[:4], one[4].rpartition(":")[2], "") for one in packages]
        assert trivy.document(paths[format]) == (family, seen), format


def test_syft_sees_the_image_in_documents(syft, written):
    layout, paths, _ = written
    system, packages = syft.image(layout)
    assert len(packages) >= 2
    for format, path in paths.items():
        assert syft.document(path) == (system, packages), format


def test_grype_reports_from_documents_what_it_reports_from_the_image(grype, written):
    layout, paths, distribution = written
    system, found = grype.image(layout)
    assert len(found) >= 5 and {one[4] for one in found} == {"exact-direct-match", "exact-indirect-match"}
    for format, path in paths.items():
        same, reported = grype.document(path)
        if format.startswith("spdx") and distribution == "rocky":
            # SPDX cannot say that a package is of no module, syft's own neither: grype then reports each
            # module's vulnerabilities for it.
            reported = [one for one in reported if one in found or one[1] == MODULAR]
        assert (same, reported) == (system, found), format
