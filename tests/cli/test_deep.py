# SPDX-License-Identifier: Apache-2.0
"""`--deep`: a true signature on a false SBOM is caught, by the static verifier (files) and by
`waybill verify` (files and packages)."""
import hashlib
import json
import re

import debs
import images
import pytest
import rpms
from deep import Site, check_static, codes, new_key, refused
from images import Image, layer_blob
from layers import Layer, difference, snapshot
from program import CHECK_FAILED, OK, USAGE
from test_static_verifier import static  # noqa: F401  (a fixture)

OS_RELEASE = b'ID=debian\nVERSION_ID="12"\n'
LONG = "usr/share/" + "d" * 90 + "/café-ж.txt"
ODD = [b"usr/share/odd/latin-\xe9", b"usr/share/odd/a\\x2db", b"usr/share/odd/b\\xe9c",
       b"usr/share/odd/new\nline"]


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    return new_key(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def layers(tmp_path_factory, make_deb):
    """A package database, then changes: in gzip, zstd and plain tar."""
    root = debs.DpkgRoot(tmp_path_factory.mktemp("root") / "r")
    root.install(make_deb("alpha", "1:2.0-1"), make_deb("beta", "3.1"))
    below = snapshot(root.path)
    root.install(make_deb("gamma", architecture="all"))
    base = difference({}, {p: v for p, v in below.items() if not p.lower().endswith(b"lock")
                           and not p.endswith(b"lock-frontend")})
    base.file("etc/os-release", OS_RELEASE)
    base.file("etc/removed", b"for a while\n").file("etc/kept", b"one\n")
    base.directory("etc/hidden").file("etc/hidden/low", b"low\n")
    second = difference(below, root.snapshot())
    second.whiteout("etc/removed").file("etc/kept", b"two\n")
    second.opaque("etc/hidden").file("etc/hidden/high", b"high\n")
    third = Layer().file(LONG, b"long\n").hardlink("usr/share/link", "etc/kept")
    third.symlink("usr/share/pointer", "../../etc/kept")
    third.sparse_pax("usr/share/holes", [(0, b"x" * 512), (1 << 20, b"y" * 512)], 3 << 20, "1.0")
    for name in ODD:
        third.file(name, b"odd\n" + name)
    return [layer_blob(base), layer_blob(second, "zstd"), layer_blob(third, "none")]


@pytest.fixture
def site(waybill, tmp_path, keys, layers):
    return Site(waybill, tmp_path / "image", keys, layers)


# ---- what is true ----

@pytest.mark.parametrize("kind", ["spdx-json", "spdx3-json", "cyclonedx-json"])
def test_a_true_sbom_holds(site, static, kind):  # noqa: F811
    site.attest("--sbom", kind, "--files", "all")
    run = site.verify()
    assert run.code == OK and codes(run) == {}, (run, run.stdout)
    files, packages = map(int, re.search(rb"(\d+) files and (\d+) packages", run.stdout).groups())
    assert packages == 3
    said = json.loads(site.verify("-o", "json").stdout)
    assert said["checks"]["deep"] is True
    assert said["deep"] == {"images": 1, "sboms": 1, "files": files, "packages": 3, "outcomes": []}
    document = site.sbom()
    names = {file["fileName"] for file in document["files"]}
    assert {"./etc/kept", "./" + LONG, "./usr/share/link", "./usr/share/holes",
            "./usr/share/odd/latin-\\xe9", "./etc/removed"} <= names
    removed = [r for r in document["relationships"] if r["relationshipType"] == "FILE_DELETED"]
    assert files == len(names) - len(removed) and len(removed) >= 2
    run = check_static(static, site)
    assert run.code == OK, (run, run.stdout)
    assert b"deep check: 1 image read again, 1 SBOM compared, %d files are as" % files in run.stdout
    assert site.verify(command="verify").code == OK


def test_several_sboms_of_one_image_are_all_compared(site, verify):
    site.attest("--sbom", "spdx-json", "--files", "all")
    site.attest("--sbom", "cyclonedx-json", "--files", "all")
    assert b"2 SBOMs compared" in check_static(verify, site).stdout
    assert json.loads(site.verify("-o", "json").stdout)["deep"]["sboms"] == 2


def test_an_sbom_without_files_is_said_to_prove_little(site, verify):
    site.attest("--sbom", "spdx-json", "--files", "none")
    run = check_static(verify, site)
    assert run.code == OK and "W-UNSUPPORTED" in codes(run), run.stdout
    assert b"names no file" in run.stdout


def test_cosign_signs_documents_as_text_too(site):
    site.attest_older(json.dumps(site.sbom()))
    run = site.verify("--type", "spdx")
    assert run.code == OK and b"3 packages compared" in run.stdout, run


# ---- what is false ----

def change_digest(document, name, algorithm="SHA256"):
    file = next(one for one in document["files"] if one["fileName"] == name)
    for checksum in file["checksums"]:
        if checksum["algorithm"] == algorithm:
            checksum["checksumValue"] = "ab" * (len(checksum["checksumValue"]) // 2)


@pytest.mark.parametrize("algorithm", ["SHA256", "SHA1"])
@pytest.mark.parametrize("name", ["etc/kept", "usr/share/link", "usr/bin/gamma", LONG,
                                  "usr/share/holes"])
def test_a_digest_that_is_not_the_files(site, verify, layers, name, algorithm):
    document = site.sbom()
    change_digest(document, "./" + name, algorithm)
    site.attest_document(document)
    refused(site.verify(), E_SBOM_FILE_CHANGED={"/" + name})
    run = check_static(verify, site)
    refused(run, E_SBOM_FILE_CHANGED={"/" + name})
    number = {"etc/kept": 2, "usr/bin/gamma": 2, "usr/share/link": 3}.get(name, 3)
    assert f"layer {number} ({layers[number - 1].digest[:19]}" in run.stdout.decode(), run.stdout


def test_a_sha512_is_compared_too(site, verify):
    """Where it is stated, beside the other digests and with none."""
    run = site.waybill.sbom(site.reference, "-o", "spdx-json", "--files", "all", "--digests", "sha512")
    document = json.loads(run.stdout)
    for file in document["files"]:
        file["checksums"] = [one for one in file["checksums"] if one["algorithm"] == "SHA512"]
    site.attest_document(document)
    assert site.verify().code == OK
    assert check_static(verify, site).code == OK
    change_digest(document, "./etc/kept", "SHA512")
    site.attest_document(document)
    refused(site.verify(), E_SBOM_FILE_CHANGED={"/etc/kept"})
    refused(check_static(verify, site), E_SBOM_FILE_CHANGED={"/etc/kept"})


def test_a_file_that_is_not_there(site, verify):
    document = site.sbom("cyclonedx-json")
    document["components"].append({"type": "file", "name": "/usr/bin/invented", "bom-ref": "x",
                                   "hashes": [{"alg": "SHA-256", "content": "ab" * 32}]})
    removed = next(one for one in document["components"] if one["name"] == "/etc/removed")
    del removed["scope"], removed["properties"]
    site.attest_document(document, "cyclonedx")
    for run in (site.verify(), check_static(verify, site)):
        refused(run, E_SBOM_FILE_MISSING={"/usr/bin/invented", "/etc/removed"})
        said = run.stdout.decode()
        assert re.search(r"/etc/removed: .*: layer 2 \(sha256:[0-9a-f]{12}…\) removed it", said)
        assert re.search(r"/usr/bin/invented: .* no layer of the image has", said)


def test_a_directory_is_no_file(site, verify):
    document = site.sbom()
    next(one for one in document["files"]
         if one["fileName"] == "./etc/kept")["fileName"] = "./etc/hidden"
    site.attest_document(document)
    run = check_static(verify, site)
    refused(run, E_SBOM_FILE_CHANGED={"/etc/hidden"})
    assert b"made it a directory" in run.stdout


def named(document, name):
    return next(one for one in document["packages"] if one["name"] == name)


def test_a_package_that_is_left_out(site):
    document = site.sbom(files="none")
    document["packages"].remove(named(document, "beta"))
    site.attest_document(document)
    run = site.verify()
    refused(run, E_SBOM_PACKAGE_ADDED={"beta"})
    assert b"the image has beta 3.1 (deb, amd64), which the SBOM does not name" in run.stdout


def test_a_package_that_is_invented(site):
    document = site.sbom(files="none")
    document["packages"].append({**named(document, "beta"), "name": "delta", "externalRefs": [{
        "referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
        "referenceLocator": "pkg:deb/debian/delta@3.1?arch=amd64"}]})
    site.attest_document(document)
    refused(site.verify(), E_SBOM_PACKAGE_MISSING={"delta"})


@pytest.mark.parametrize("epoch", ["1%3A2.0-2", "2.0-1"])
def test_another_version_of_a_package(site, epoch):
    document = site.sbom(files="none")
    package = named(document, "alpha")
    package["versionInfo"] = epoch.replace("%3A", ":")
    for reference in package["externalRefs"]:
        if reference["referenceType"] == "purl":
            reference["referenceLocator"] = re.sub("@[^?]*", "@" + epoch,
                                                   reference["referenceLocator"])
    site.attest_document(document)
    run = site.verify()
    refused(run, E_SBOM_PACKAGE_CHANGED={"alpha"})
    assert b"the image has alpha 1:2.0-1 (deb, amd64), and the SBOM names version" in run.stdout


def test_a_version_that_its_own_package_url_contradicts(site):
    document = site.sbom("cyclonedx-json", "none")
    next(one for one in document["components"] if one["name"] == "beta")["version"] = "3.2"
    site.attest_document(document, "cyclonedx")
    run = site.verify()
    refused(run, E_SBOM_PACKAGE_CHANGED={"beta"})
    assert b"contradicts itself" in run.stdout


def test_many_lies_are_counted(site, verify):
    document = site.sbom()
    document["files"] = [{"SPDXID": f"SPDXRef-{i}", "fileName": f"./invented/{i}",
                          "checksums": [{"algorithm": "SHA1", "checksumValue": "ab" * 20}]}
                         for i in range(1000)]
    site.attest_document(document)
    run = check_static(verify, site)
    assert run.code == CHECK_FAILED and b"950 more files" in run.stdout, run.stdout
    assert len(codes(run)["E-SBOM-FILE-MISSING"]) == 51


# ---- no SBOM to compare with ----

def test_an_image_without_an_sbom(site, verify, keys):
    site.sign()
    refused(verify.run("--key", f"{keys}/key.pub", "--deep", site.folder),
            E_SBOM={site.manifest})
    refused(site.verify(command="verify"), E_SBOM={site.manifest})
    with open(site.folder + ".json", "w", encoding="utf-8") as file:
        json.dump({"a": 1}, file)
    site.attest("--predicate", site.folder + ".json", "--type", "slsaprovenance1")
    refused(site.verify(), E_SBOM={site.manifest})
    site.attest("--predicate", site.folder + ".json", "--type", "spdxjson")
    refused(site.verify(), E_SBOM={site.manifest})


def test_an_sbom_by_somebody_else_does_not_count(site, verify, tmp_path):
    new_key(tmp_path, "other")
    run = site.waybill.run("attest", "--key", f"{tmp_path}/other.pem", "--sbom", "spdx-json",
                           site.reference)
    assert run.code == OK
    refused(check_static(verify, site), E_SBOM={site.manifest})


# ---- the layers ----

def test_content_that_is_not_what_the_config_says(waybill, verify, tmp_path, keys, layers):
    """Signed by the right one, and yet: a diffID of another tar."""
    image = Image(layers)
    image.config["rootfs"]["diff_ids"][1] = "sha256:" + "5" * 64
    site = Site(waybill, tmp_path / "image", keys, images.single(image))
    site.attest_document(Site(waybill, tmp_path / "true", keys, layers).sbom())
    for run in (site.verify(), check_static(verify, site)):
        refused(run, E_DIGEST={layers[1].digest})
        assert b"not what the config says" in run.stdout


def test_a_damaged_layer(site, verify, layers):
    site.attest("--sbom", "spdx-json", "--files", "all")
    with open(site.blob(layers[1].digest), "r+b") as file:
        file.seek(100)
        byte = file.read(1)
        file.seek(100)
        file.write(bytes([byte[0] ^ 1]))
    for run in (site.verify(), check_static(verify, site)):
        assert run.code == CHECK_FAILED and layers[1].digest in run.stderr + run.stdout.decode()


def test_a_layer_that_is_no_tar(waybill, verify, tmp_path, keys):
    site = Site(waybill, tmp_path / "image", keys, [layer_blob(b"no tar at all" * 1000)])
    site.attest_document({"spdxVersion": "SPDX-2.3", "files": [{"fileName": "./a"}]})
    refused(check_static(verify, site), E_SBOM={layer_blob(b"no tar at all" * 1000).digest})


# ---- others' documents ----

def digests(data):
    return [{"algorithm": "SHA1", "checksumValue": hashlib.sha1(data).hexdigest()},
            {"algorithm": "SHA256", "checksumValue": hashlib.sha256(data).hexdigest()}]


def syft_spdx():
    """As syft writes it: absolute names, zeros for digests that it did not compute, packages of
    languages beside those of the distribution."""
    packages = [("alpha", "1:2.0-1", "alpha@1%3A2.0-1?arch=amd64&distro=debian-12"),
                ("beta", "3.1", "beta@3.1?arch=amd64"), ("gamma", "1.0-1", "gamma@1.0-1?arch=all")]
    return {"spdxVersion": "SPDX-2.3", "packages": [
        {"name": name, "versionInfo": version, "externalRefs": [
            {"referenceType": "cpe23Type", "referenceLocator": "cpe:2.3:a:x:x:*"},
            {"referenceType": "purl", "referenceLocator": "pkg:deb/debian/" + text}]}
        for name, version, text in packages] + [
            {"name": "left-pad", "versionInfo": "1.3.0", "externalRefs": [
                {"referenceType": "purl", "referenceLocator": "pkg:npm/left-pad@1.3.0"}]}],
        "files": [{"fileName": "/etc/kept", "checksums": digests(b"two\n")},
                  {"fileName": "etc/os-release", "checksums": digests(OS_RELEASE)},
                  {"fileName": "/usr/share/pointer", "checksums": digests(b"two\n")},
                  {"fileName": "/usr/share/holes", "checksums": [
                      {"algorithm": "SHA1", "checksumValue": "0" * 40}]}]}


def trivy_cyclonedx():
    """As trivy writes it: the epoch is a qualifier, files are none."""
    return {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [
        {"type": "operating-system", "name": "debian", "version": "12"},
        {"type": "library", "name": "alpha", "version": "1:2.0-1",
         "purl": "pkg:deb/debian/alpha@2.0-1?arch=amd64&distro=debian-12&epoch=1"},
        {"type": "library", "name": "beta", "version": "3.1",
         "purl": "pkg:deb/debian/beta@3.1?arch=amd64", "components": [
             {"type": "library", "name": "gamma", "version": "1.0-1",
              "purl": "pkg:deb/debian/gamma@1.0-1?arch=all"}]},
        {"type": "file", "name": "app.jar"}]}


@pytest.mark.parametrize("document,kind", [(syft_spdx(), "spdxjson"),
                                           (trivy_cyclonedx(), "cyclonedx")])
def test_documents_of_other_programs(site, verify, document, kind):
    site.attest_document(document, kind)
    run = site.verify()
    assert run.code == OK, run.stdout
    assert b"and 3 packages compared" in run.stdout
    assert check_static(verify, site).code == OK


# ---- rpm, indexes, the command line ----

def test_rpm_packages_and_every_image_of_an_index(waybill, verify, tmp_path, keys, make_rpm):
    database = rpms.RpmDatabase(tmp_path / "rpmdb")
    database.install(make_rpm("one", epoch=2), make_rpm("two", arch="x86_64"))
    layer = Layer().files({"var/lib/rpm/rpmdb.sqlite": database.sqlite(), "etc/file": b"x\n"})
    layout = images.Layout()
    entries = [layout.image(Image([layer], architecture=name),
                            platform={"os": "linux", "architecture": name})
               for name in ("amd64", "arm64")]
    site = Site(waybill, tmp_path / "image", keys, layout.add(layout.index(entries), "latest"))
    site.attest("--sbom", "spdx-json", "--platform", "linux/amd64")
    site.sign()
    refused(site.verify(command="verify"), E_SBOM={entries[1]["digest"]})
    refused(check_static(verify, site), E_SBOM={entries[1]["digest"]})
    site.attest("--sbom", "cyclonedx-json", "--platform", "linux/arm64")
    run = site.verify(command="verify")
    assert run.code == OK and b"4 packages compared (images 2, SBOMs 2)" in run.stdout, run
    assert b"2 images read again, 2 SBOMs compared" in check_static(verify, site).stdout


def test_wrong_command_lines(site, verify):
    run = site.verify("--signature-only", command="verify")
    assert run.code == USAGE and "--signature-only" in run.stderr
    run = verify.run("verify-bundle", "--deep", "--bundle", "b", "--key", "k", "f")
    assert run.code == USAGE and "--deep" in run.stderr
    run = site.waybill.run("attest", "--key", "k", "--predicate", "p", "--files", "all",
                           site.reference)
    assert run.code == USAGE and "--files" in run.stderr
