# SPDX-License-Identifier: Apache-2.0
"""waybill-verify as the static program it must be: what it is made of, what it may do, what it runs
on. Sizes and times are printed."""
import json
import os
import re
import shutil
import subprocess
import time

import pytest

import sigstore
from deliveries import Delivery
from program import OK, USAGE
from sigstore import b64, sha256
from verifier import Verifier

SIZE_MAX = 6 * 1000 * 1000
CONTENT = b"what is signed\n"
SIMPLE = "application/vnd.dev.cosign.simplesigning.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"


def has_sanitizers(path):
    text = subprocess.run(["readelf", "-lW", path], capture_output=True, text=True,
                          check=True).stdout
    with open(path, "rb") as file:
        return "INTERP" in text and b"__asan" in file.read()


@pytest.fixture(scope="module")
def static(verify):
    """With sanitizers it cannot be linked statically: then the one beside $WAYBILL_RELEASE."""
    if not has_sanitizers(verify.path):
        return verify
    release = os.path.join(os.path.dirname(os.environ.get("WAYBILL_RELEASE", "")), "waybill-verify")
    if "WAYBILL_RELEASE" not in os.environ or not os.access(release, os.X_OK):
        pytest.skip("SKIPPED: built with sanitizers; set WAYBILL_RELEASE to a release build")
    return Verifier(release)


@pytest.fixture(scope="module")
def key():
    return sigstore.ec.generate_private_key(sigstore.ec.SECP256R1())


@pytest.fixture
def site(tmp_path, key):
    """What arrives: a key, a file with its bundle, an image of many layers with a signature."""
    public = key.public_key().public_bytes(sigstore.PEM, sigstore.SPKI)
    (tmp_path / "key.pub").write_bytes(public)
    (tmp_path / "file").write_bytes(CONTENT)
    (tmp_path / "bundle").write_text(json.dumps({
        "mediaType": sigstore.BUNDLE, "verificationMaterial": {"publicKey": {}},
        "messageSignature": {
            "messageDigest": {"algorithm": "SHA2_256", "digest": b64(sha256(CONTENT))},
            "signature": b64(key.sign(CONTENT, sigstore.SHA256))}}))
    (tmp_path / "sbom.json").write_text('{"spdxVersion":"SPDX-2.3"}')
    (tmp_path / "sbom.bundle").write_text(json.dumps({
        "mediaType": sigstore.BUNDLE, "verificationMaterial": {"publicKey": {}},
        "messageSignature": {
            "messageDigest": {"algorithm": "SHA2_256",
                              "digest": b64(sha256((tmp_path / "sbom.json").read_bytes()))},
            "signature": b64(key.sign((tmp_path / "sbom.json").read_bytes(), sigstore.SHA256))}}))
    make_deliveries(tmp_path, key)
    make_layout(tmp_path / "layout", key)
    subprocess.run(["tar", "-C", str(tmp_path / "layout"), "-cf", str(tmp_path / "layout.tar"),
                    "oci-layout", "index.json", "blobs"], check=True)
    return tmp_path


class Signer:
    def __init__(self, private):
        self.private = private
        self.fingerprint = sha256(private.public_key().public_bytes(sigstore.DER, sigstore.SPKI))

    def sign(self, message):
        return self.private.sign(message, sigstore.SHA256)


VOLUMES = ["r.1of3.waybill", "r.2of3.waybill", "r.3of3.waybill"]


def make_deliveries(folder, key):
    """One archive, and the same in three volumes."""
    made = Delivery(Signer(key))
    made.image("app:1", b"layer" * 60000, b"other" * 60000)
    made.file("notes.txt", b"notes\n" * 20000)
    made.write(folder / "release.waybill")
    assert made.write(folder / "r.waybill", 300000) == [str(folder / name) for name in VOLUMES]


def make_layout(folder, key):
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True)

    def blob(data, media_type, **more):
        (blobs / sha256(data).hex()).write_bytes(data)
        return {"mediaType": media_type, "digest": "sha256:" + sha256(data).hex(),
                "size": len(data), **more}

    def manifest(layers):
        return blob(json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, "layers": layers,
                                "config": blob(b"{}", CONFIG)}).encode(), MANIFEST)

    image = manifest([blob(b"layer %d\n" % i * 50000, LAYER) for i in range(12)])
    payload = json.dumps({"critical": {
        "identity": {"docker-reference": "image"}, "type": "cosign container image signature",
        "image": {"docker-manifest-digest": image["digest"]}}, "optional": None}).encode()
    signature = manifest([blob(payload, SIMPLE, annotations={
        "dev.cosignproject.cosign/signature": b64(key.sign(payload, sigstore.SHA256))})])
    tag = image["digest"].replace(":", "-") + ".sig"
    (folder / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [
        {**image, "annotations": {"org.opencontainers.image.ref.name": "v1"}},
        {**signature, "annotations": {"org.opencontainers.image.ref.name": tag}}]}))


def commands(site):
    key = ["--key", f"{site}/key.pub"]
    return [["verify-bundle", "--bundle", f"{site}/bundle", *key, f"{site}/file"],
            [f"{site}/layout", *key], [f"{site}/layout.tar", *key],
            [f"{site}/release.waybill", *key],
            [*[f"{site}/{name}" for name in VOLUMES], *key, "--output", "json"],
            ["-", *key],
            ["--bundle", f"{site}/sbom.bundle", *key, f"{site}/sbom.json"]]


# ---- what it is ----

def test_it_is_statically_linked(static):
    said = subprocess.run(["file", static.path], capture_output=True, text=True, check=True).stdout
    assert "statically linked" in said, said
    elf = subprocess.run(["readelf", "-ldW", static.path], capture_output=True, text=True,
                         check=True).stdout
    assert "INTERP" not in elf and "NEEDED" not in elf, elf
    assert re.search(r"GNU_STACK\s+\S+ \S+ \S+ \S+ \S+ RW ", elf), elf
    assert "GNU_RELRO" in elf


def test_it_is_small(static, tmp_path, capsys):
    subprocess.run(["strip", "-o", str(tmp_path / "stripped"), static.path], check=True)
    size = os.path.getsize(tmp_path / "stripped")
    with capsys.disabled():
        print(f"\nwaybill-verify, stripped: {size} bytes")
    assert size < SIZE_MAX


def test_it_starts_at_once(static, capsys):
    times = []
    for _ in range(20):
        start = time.perf_counter()
        subprocess.run([static.path, "--version"], check=True, capture_output=True)
        times.append(time.perf_counter() - start)
    with capsys.disabled():
        print(f"\nwaybill-verify --version: {min(times) * 1000:.1f} ms at best, "
              f"{sorted(times)[10] * 1000:.1f} ms in the middle")
    # Generous: tests run on loaded machines; bench/ measures.
    assert min(times) < 0.1


# ---- what it needs ----

def test_it_runs_in_an_empty_root_without_a_network(static, site, tmp_path):
    if os.geteuid() != 0:
        pytest.skip("SKIPPED: chroot needs root")
    place = tmp_path / "root"
    place.mkdir()
    shutil.copy(static.path, place / "waybill-verify")
    names = ["key.pub", "file", "bundle", "layout.tar", "sbom.json", "sbom.bundle",
             "release.waybill", *VOLUMES]
    for name in names:
        shutil.copy(site / name, place / name)
    shutil.copytree(site / "layout", place / "layout")
    for command in commands(site):
        inside = [text.replace(f"{site}/", "/") for text in command]
        run = subprocess.run([shutil.which("unshare"), "-n", shutil.which("chroot"),
                              "--userspec=65534:65534", str(place), "/waybill-verify", *inside],
                             input=(site / "release.waybill").read_bytes(), capture_output=True,
                             env={}, check=False)
        if b"unshare" in run.stderr:
            pytest.skip(f"SKIPPED: {run.stderr.decode()}")
        assert run.returncode == OK, run.stderr
        assert b"holds" in run.stdout
    assert sorted(os.listdir(place)) == sorted([*names, "layout", "waybill-verify"])


def test_the_environment_changes_nothing(static, site, tmp_path):
    (tmp_path / "openssl.cnf").write_text("openssl_conf = x\n[x]\nproviders = y\n[y]\nz = q\n[q]\n"
                                          "module = /nonexistent.so\nactivate = 1\n")
    for name in ("OPENSSL_CONF", "SSL_CERT_FILE", "COSIGN_KEY", "SIGSTORE_ROOT_FILE"):
        run = static.run(*commands(site)[0], env={name: str(tmp_path / "openssl.cnf")})
        assert run.code == OK, run


# ---- what it does ----

def trace(verify, command, log, **more):
    done = subprocess.run(["strace", "-f", "-o", str(log), verify.path, *command],
                          capture_output=True, check=False, **more)
    if b"ptrace" in done.stderr.lower():
        pytest.skip(f"SKIPPED: strace does not work here: {done.stderr.decode()[:200]}")
    return done, [line.split(None, 1)[1] for line in log.read_text().splitlines()]


@pytest.mark.skipif(shutil.which("strace") is None, reason="SKIPPED: no strace")
@pytest.mark.parametrize("number", range(7))
def test_it_does_nothing_but_read(static, site, tmp_path, number):
    command = commands(site)[number]
    done, calls = trace(static, command, tmp_path / "trace",
                        input=(site / "release.waybill").read_bytes())
    assert done.returncode == OK, done.stderr
    assert calls[0].startswith("execve("), calls[0]
    for call in calls[1:]:
        assert not re.match(r"(socket|connect|bind|sendto|sendmsg|execve|execveat|fork|vfork|"
                            r"unlink|rename|mkdir|creat|truncate|ftruncate|chmod|chown)", call), call
        if re.match(r"open(at2?)?\(", call):
            assert "O_RDONLY" in call and not re.search("O_CREAT|O_TRUNC|O_WRONLY|O_RDWR",
                                                        call), call
    # Forbidden to itself before the first byte of input is read.
    loaded = next(at for at, call in enumerate(calls)
                  if re.match(r"seccomp\(SECCOMP_SET_MODE_FILTER, \w+, \{len=", call)
                  and call.endswith("= 0"))
    opened = next(at for at, call in enumerate(calls) if re.match(r"open(at)?\(", call))
    assert loaded < opened
    # What the filter refused would be missing.
    assert not [call for call in calls if "EPERM" in call]
    if number in (1, 2, 3, 4) and os.cpu_count() > 1:
        assert [call for call in calls if call.startswith("clone(")], "no thread was started"


def test_it_says_what_it_cannot_do(static, site):
    said = b"can open no socket, run no program and open no file for writing"
    for number in (0, 1, 3, 4):
        assert said in static.run(*commands(site)[number]).stdout


def test_it_does_not_say_so_where_it_is_not_so(verify, site):
    if not has_sanitizers(verify.path):
        pytest.skip("SKIPPED: this build confines itself")
    assert b"can open no socket" not in verify.run(*commands(site)[3]).stdout


# ---- how it is asked ----

def test_a_digest_stands_for_the_file(verify, site):
    digest = "sha256:" + sha256(CONTENT).hex()
    run = verify.bundle(site / "bundle", digest, "--key", f"{site}/key.pub")
    assert run.code == OK, run
    run = verify.bundle(site / "bundle", "sha256:" + "0" * 64, "--key", f"{site}/key.pub")
    verify.refuses_with(run, "does not hold")


def test_index_of_referrers_is_no_image(verify, site):
    """As registries without the referrers API have it. With an image in it, it is one again."""
    path = site / "layout" / "index.json"
    index = json.loads(path.read_text())
    target = index["manifests"][0]

    def verified(*manifests):
        text = json.dumps({"schemaVersion": 2, "manifests": manifests}).encode()
        (site / "layout" / "blobs" / "sha256" / sha256(text).hex()).write_bytes(text)
        entry = {"mediaType": "application/vnd.oci.image.index.v1+json", "size": len(text),
                 "digest": "sha256:" + sha256(text).hex(), "annotations": {
                     "org.opencontainers.image.ref.name": target["digest"].replace(":", "-")}}
        path.write_text(json.dumps({**index, "manifests": [*index["manifests"], entry]}))
        return verify.run(f"{site}/layout", "--key", f"{site}/key.pub")
    signature = index["manifests"][1]
    assert verified(signature).code == OK
    absent = {**target, "digest": "sha256:" + 64 * "0"}
    for others in ([], [target], [signature, target], [signature, absent]):
        run = verified(*others)
        assert run.code != OK and b"FAILED" in run.stdout, run


def test_nothing_unsigned_reads_as_a_verdict(verify, site):
    """Names of images and of blobs that cannot be read are shown in their place only."""
    path = site / "layout" / "index.json"
    index = json.loads(path.read_text())
    index["manifests"][0]["annotations"] = {
        "org.opencontainers.image.ref.name": "v1: holds: 9 blobs"}
    target = index["manifests"][0]["digest"]
    blobs = site / "layout" / "blobs" / "sha256"
    forged = "x\n" + target + ": holds: 9 blobs\x1b[8m\u202e"
    carrier = json.dumps({"schemaVersion": 2, "mediaType": MANIFEST,
                          "config": {"mediaType": CONFIG, "digest": target, "size": 2},
                          "layers": [{"mediaType": SIMPLE, "digest": forged, "size": 1}]}).encode()
    (blobs / sha256(carrier).hex()).write_bytes(carrier)
    index["manifests"].append({
        "mediaType": MANIFEST, "digest": "sha256:" + sha256(carrier).hex(), "size": len(carrier),
        "annotations": {"org.opencontainers.image.ref.name": target.replace(":", "-") + ".sig"}})
    path.write_text(json.dumps(index))
    other = sigstore.ec.generate_private_key(sigstore.ec.SECP256R1()).public_key()
    (site / "other.pub").write_bytes(other.public_bytes(sigstore.PEM, sigstore.SPKI))
    run = verify.run(f"{site}/layout", "--key", f"{site}/other.pub", "--verbose")
    text = run.stdout.decode()
    assert run.code != OK and "FAILED" in text and r"refused x\x0a" in text, text
    assert not set("\x1b\u202e") & set(text)
    assert "v1: holds" not in text and f"\n{target}: holds" not in text


def test_values_stand_behind_an_equals_sign_too(verify, site):
    run = verify.run("verify-bundle", f"--bundle={site}/bundle", f"--key={site}/key.pub", "--",
                     f"{site}/file")
    assert run.code == OK, run


@pytest.mark.parametrize("arguments,reason", [
    ([], "what is to be verified"), (["x"], "whom to trust"), (["--key"], "needs a value"),
    (["--key", "", "x"], "value is empty"), (["--what", "x"], "no option `--what`"),
    (["verify-bundle", "x", "y", "--key", "k", "--bundle", "b"], "one argument too many"),
    (["verify-bundle", "--key", "k", "x"], "needs --bundle"),
    (["verify-bundle", "--key", "k", "--bundle", "b"], "which file"),
    (["--bundle", "b", "--key", "k", "x", "y"], "one argument too many"),
    (["--bundle", "b", "--key", "k", "x", "--base", "y"], "--base"),
    (["--bundle", "b", "--policy", "p", "x"], "a policy judges images"),
    (["--policy", "p", "--key", "k", "x"], "--policy says whom to trust"),
    (["-", "x", "--key", "k"], "passes by once"), (["-", "--deep", "--key", "k"], "--deep"),
    (["x", "--key", "k", "-o", "xml"], "text or json"),
    (["--certificate-identity", "i", "x"], "--certificate-oidc-issuer"),
    (["--certificate-identity", "i", "--certificate-oidc-issuer", "u", "x"], "--trusted-root"),
    (["--bundle", "b", "--bundle", "c"], "given twice"),
])
def test_wrong_command_lines(verify, arguments, reason):
    verify.refuses_with(verify.run(*arguments), reason, codes=(USAGE,))


def test_help_and_version(verify):
    run = verify.run("--help")
    assert run.code == OK and b"Usage: waybill-verify" in run.stdout
    for option in re.findall(r"--[a-z-]+", run.stdout.decode()):
        if option not in ("--version", "--help", "--verbose"):
            assert b"no option" not in verify.run(option).stderr.encode()
    assert re.fullmatch(rb"waybill-verify \d+\.\d+\.\d+\n", verify.run("--version").stdout)


def test_files_that_are_not_there(verify, site):
    gone = str(site / "gone")
    key = ["--key", f"{site}/key.pub"]
    for arguments in (["verify-bundle", "--bundle", gone, *key, f"{site}/file"],
                      ["verify-bundle", "--bundle", f"{site}/bundle", *key, gone],
                      ["verify-bundle", "--bundle", f"{site}/bundle", "--key", gone, "x"],
                      [gone, *key]):
        run = verify.run(*arguments)
        assert run.code in (3, 4) and "gone" in run.stderr, run


# ---- layouts ----

@pytest.mark.parametrize("kind", ["layout", "layout.tar", "oci:layout", "oci-archive:layout.tar"])
def test_every_image_and_blob_of_a_layout(verify, site, kind):
    run = verify.run(kind.replace("layout", f"{site}/layout"), "--key", f"{site}/key.pub")
    assert run.code == OK, run
    assert b"v1: holds: 14 blobs, " in run.stdout


def image_blobs(site):
    index = json.loads((site / "layout" / "index.json").read_text())
    manifest = index["manifests"][0]["digest"][7:]
    document = json.loads((site / "layout" / "blobs" / "sha256" / manifest).read_text())
    return [manifest] + [one["digest"][7:] for one in document["layers"]] + \
        [document["config"]["digest"][7:]]


@pytest.mark.parametrize("damage", ["flip", "cut", "grow", "remove", "swap"])
@pytest.mark.parametrize("number", [0, 1, 6, -1])
def test_damaged_blobs_are_named(verify, site, damage, number):
    blobs = image_blobs(site)
    victim = site / "layout" / "blobs" / "sha256" / blobs[number]
    data = victim.read_bytes()
    if damage == "remove":
        victim.unlink()
    else:
        victim.write_bytes({
            "flip": bytes([data[0] ^ 1]) + data[1:], "cut": data[:-1], "grow": data + b"\n",
            "swap": (victim.parent / blobs[2]).read_bytes()}[damage])
    run = verify.run(f"{site}/layout", "--key", f"{site}/key.pub")
    assert run.code == 1, run
    assert blobs[number] in run.stdout.decode() + run.stderr, run


def test_another_key(verify, site, tmp_path):
    other = sigstore.ec.generate_private_key(sigstore.ec.SECP256R1()).public_key()
    (tmp_path / "other.pub").write_bytes(other.public_bytes(sigstore.PEM, sigstore.SPKI))
    run = verify.run(f"{site}/layout", "--key", f"{tmp_path}/other.pub")
    assert run.code == 1 and b"FAILED" in run.stdout, run
    run = verify.run(f"{site}/layout", "--key", f"{tmp_path}/other.pub", "--key",
                     f"{site}/key.pub")
    assert run.code == OK, run


def test_a_layout_without_images(verify, site):
    index = site / "layout" / "index.json"
    index.write_text('{"schemaVersion":2,"manifests":[]}')
    verify.refuses_with(verify.run(f"{site}/layout", "--key", f"{site}/key.pub"), "no image")


# ---- its manual ----

def test_the_manual_describes_every_option_and_no_other(verify):
    page = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs",
                        "waybill-verify.8")
    with open(page, encoding="utf-8") as file:
        text = file.read()
    described = {"-" + name for line in re.findall(r"^\.It (Fl .*)$", text, re.MULTILINE)
                 for name in re.findall(r"Fl (-?[a-z][a-z-]*)", line)}
    offered = {name for line in re.findall(r"^ +(-.*)$", verify.run("--help").stdout.decode(),
                                           re.MULTILINE)
               for name in re.findall(r"(?:^|(?<=, ))--?[a-z][a-z-]*", line)}
    assert described == offered
    if shutil.which("mandoc") is not None:
        done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", page],
                              capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_registries_are_not_asked(verify, keys):
    run = verify.run("--key", keys["p256"].public_path, "docker://127.0.0.1:1/app:v1")
    assert run.code == USAGE and "asks no registries" in run.stderr, run
