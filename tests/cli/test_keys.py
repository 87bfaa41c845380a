# SPDX-License-Identifier: Apache-2.0
"""generate-key-pair, import-key-pair and public-key. The judges are the openssl command, Python's
cryptography, a second implementation of the key file (fixtures/keyfile.py), and cosign where it is."""
import base64
import hashlib
import json
import os
import pty
import re
import select
import shutil
import signal
import stat
import subprocess
import time

import keyfile
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from program import BAD_INPUT, CHECK_FAILED, OK, SYSTEM, USAGE, assert_one_error_line
from test_manual import described_options, offered_options, page

PASSWORD = "correct horse"
TYPES = {"ecdsa-p256": "ECDSA P-256", "ecdsa-p384": "ECDSA P-384", "ecdsa-p521": "ECDSA P-521",
         "rsa-2048": "RSA 2048", "rsa-3072": "RSA 3072", "rsa-4096": "RSA 4096",
         "ed25519": "Ed25519"}
COMMANDS = ("generate-key-pair", "import-key-pair", "public-key")
DER, PEM = serialization.Encoding.DER, serialization.Encoding.PEM
SPKI = serialization.PublicFormat.SubjectPublicKeyInfo
PKCS8 = serialization.PrivateFormat.PKCS8
PLAIN = serialization.NoEncryption()


def openssl(*arguments, **more):
    done = subprocess.run(["openssl", *arguments], capture_output=True, timeout=60, check=False,
                          **more)
    assert done.returncode == 0, done.stderr
    return done.stdout


def read(path):
    with open(path, encoding="ascii") as file:
        return file.read()


def write(path, text):
    with open(path, "w", encoding="latin-1") as file:
        file.write(text)
    return str(path)


def run(waybill, folder, *arguments, password=PASSWORD, env=None, **more):
    environment = {} if password is None else {"COSIGN_PASSWORD": password}
    environment.update(env or {})
    done = waybill.run(*arguments, cwd=folder, env=environment, **more)
    if done.code != OK:
        assert_one_error_line(done)
    everything = done.stdout.decode() + done.stderr
    assert PASSWORD not in everything
    assert done.code == OK or "-----BEGIN PRIVATE" not in everything
    return done


def private_key(folder, name, password=PASSWORD):
    der = keyfile.open_key_file(read(os.path.join(folder, name)), password.encode())
    return serialization.load_der_private_key(der, None)


def assert_pair(folder, prefix, password=PASSWORD):
    """Both files hold halves of one key; cryptography's view of it comes back."""
    key = private_key(folder, prefix + ".key", password)
    text = read(os.path.join(folder, prefix + ".pub"))
    assert text == key.public_key().public_bytes(PEM, SPKI).decode()
    return key


@pytest.fixture(scope="module")
def pkcs8():
    """A PEM private key of each kind, by cryptography."""
    keys = {"p256": ec.generate_private_key(ec.SECP256R1()),
            "p384": ec.generate_private_key(ec.SECP384R1()),
            "p521": ec.generate_private_key(ec.SECP521R1()),
            "rsa": rsa.generate_private_key(65537, 2048),
            "ed25519": ed25519.Ed25519PrivateKey.generate()}
    return {name: key.private_bytes(PEM, PKCS8, PLAIN).decode() for name, key in keys.items()}


# ---- generate-key-pair ----

@pytest.mark.parametrize("kind", TYPES)
def test_generated_pair_is_what_was_asked_for(waybill, tmp_path, kind):
    done = run(waybill, tmp_path, "generate-key-pair", "--type", kind, "-o", "json")
    assert done.code == OK, done
    said = json.loads(done.stdout)
    key = assert_pair(tmp_path, "cosign")
    assert said["description"] == TYPES[kind]
    assert said["algorithm"] == ("rsa" if kind.startswith("rsa") else kind)
    assert (said["privateKey"], said["publicKey"]) == ("cosign.key", "cosign.pub")
    spki = key.public_key().public_bytes(DER, SPKI)
    assert said["fingerprint"] == "sha256:" + hashlib.sha256(spki).hexdigest()
    if kind.startswith("rsa"):
        assert key.key_size == int(kind[4:]) and key.public_key().public_numbers().e == 65537
    elif kind == "ed25519":
        assert isinstance(key, ed25519.Ed25519PrivateKey)
    else:
        assert key.curve.name == "secp" + kind[-3:] + "r1"
    openssl("pkey", "-pubin", "-in", str(tmp_path / "cosign.pub"), "-noout")


def test_key_file_is_spelt_as_cosign_spells_it(waybill, tmp_path):
    assert run(waybill, tmp_path, "generate-key-pair").code == OK
    file, label = keyfile.decode(read(tmp_path / "cosign.key"))
    assert label == "ENCRYPTED SIGSTORE PRIVATE KEY"
    assert list(file) == ["kdf", "cipher", "ciphertext"]
    assert list(file["kdf"]) == ["name", "params", "salt"]
    assert file["kdf"]["params"] == {"N": 65536, "r": 8, "p": 1}
    assert list(file["cipher"]) == ["name", "nonce"]


def test_files_are_private_whatever_the_umask(waybill, tmp_path):
    old = os.umask(0)
    try:
        assert run(waybill, tmp_path, "generate-key-pair").code == OK
    finally:
        os.umask(old)
    assert stat.S_IMODE(os.stat(tmp_path / "cosign.key").st_mode) == 0o600
    assert stat.S_IMODE(os.stat(tmp_path / "cosign.pub").st_mode) == 0o644
    assert sorted(os.listdir(tmp_path)) == ["cosign.key", "cosign.pub"]


def test_text_says_what_was_written(waybill, tmp_path):
    done = run(waybill, tmp_path, "generate-key-pair", "--output-key-prefix", "a/../release")
    assert done.code == SYSTEM
    done = run(waybill, tmp_path, "generate-key-pair", "--output-key-prefix", "release")
    assert done.code == OK and done.stderr == ""
    assert re.fullmatch(r"private key: release\.key\npublic key:  release\.pub\n"
                        r"ECDSA P-256, fingerprint sha256:[0-9a-f]{64}\n", done.stdout.decode())
    assert_pair(tmp_path, "release")


@pytest.mark.parametrize("present", ["cosign.key", "cosign.pub"])
def test_nothing_is_replaced_without_force(waybill, tmp_path, present):
    write(tmp_path / present, "mine")
    done = run(waybill, tmp_path, "generate-key-pair")
    assert done.code == USAGE
    assert f"{present} is there already; --force replaces it" in done.stderr
    assert os.listdir(tmp_path) == [present] and read(tmp_path / present) == "mine"
    assert run(waybill, tmp_path, "generate-key-pair", "--force").code == OK
    assert_pair(tmp_path, "cosign")
    assert stat.S_IMODE(os.stat(tmp_path / "cosign.key").st_mode) == 0o600


def test_a_dangling_link_is_not_followed_without_force(waybill, tmp_path):
    os.symlink("elsewhere", tmp_path / "cosign.key")
    assert run(waybill, tmp_path, "generate-key-pair").code == USAGE
    assert os.listdir(tmp_path) == ["cosign.key"]


@pytest.mark.parametrize("arguments, text", [
    (["--type", "dsa"], "--type dsa: it is ecdsa-p256"),
    (["--type", "rsa-1024"], "--type rsa-1024"),
    (["-o", "yaml"], "--output yaml: it is text or json"),
    (["--output-key-prefix", ""], "--output-key-prefix is empty"),
    (["more"], "unexpected argument `more`"),
    (["--kms", "x"], "--kms"),
])
def test_wrong_command_lines_of_generate(waybill, tmp_path, arguments, text):
    done = run(waybill, tmp_path, "generate-key-pair", *arguments)
    assert done.code == USAGE and text in done.stderr
    assert os.listdir(tmp_path) == []


# ---- where the password comes from ----

def test_password_on_standard_input_is_taken_whole(waybill, tmp_path):
    done = run(waybill, tmp_path, "generate-key-pair", password=None, stdin=b"piped")
    assert done.code == OK and done.stderr == ""
    assert_pair(tmp_path, "cosign", "piped")
    done = run(waybill, tmp_path, "generate-key-pair", "--force", password=None, stdin=b"piped\n")
    assert done.code == OK
    assert len(done.warnings) == 1 and "newline" in done.warnings[0]
    assert_pair(tmp_path, "cosign", "piped\n")
    assert run(waybill, tmp_path, "public-key", "--key", "cosign.key", password=None,
               stdin=b"piped\n").code == OK
    done = run(waybill, tmp_path, "generate-key-pair", "--force", password=None, stdin=b"x" * 5000)
    assert done.code == USAGE and "4096" in done.stderr


def test_environment_comes_first_even_when_empty(waybill, tmp_path):
    done = run(waybill, tmp_path, "generate-key-pair", password="", stdin=b"piped")
    assert done.code == OK
    assert len(done.warnings) == 1 and "empty" in done.warnings[0]
    assert_pair(tmp_path, "cosign", "")


def test_without_terminal_and_password_nothing_is_written(waybill, tmp_path):
    with open(os.devnull, "rb") as nothing:
        done = subprocess.run([waybill.path, "generate-key-pair"], stdin=nothing, cwd=tmp_path,
                              capture_output=True, env=clean(waybill), timeout=60, check=False,
                              start_new_session=True)
    assert done.returncode == USAGE
    assert b"no password for cosign.key: there is no terminal" in done.stderr
    assert os.listdir(tmp_path) == []


def clean(waybill):
    environment = waybill.environment()
    environment.pop("COSIGN_PASSWORD", None)
    return environment


def on_terminal(waybill, folder, arguments, answers):
    """Runs it on a terminal of its own and answers each prompt; (exit status, what was shown)."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        os.execve(waybill.path, [waybill.path, *arguments], clean(waybill))
    shown, end, answers = b"", time.monotonic() + 60, list(answers)
    while time.monotonic() < end:
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                part = os.read(terminal, 4096)
            except OSError:
                break
            if not part:
                break
            shown += part
        elif answers and re.search(rb": $", shown):
            os.write(terminal, answers.pop(0))
            time.sleep(0.1)
    os.close(terminal)
    return os.waitpid(child, 0)[1], shown.decode()


def test_prompt_asks_twice_and_shows_nothing(waybill, tmp_path):
    status, shown = on_terminal(waybill, tmp_path, ["generate-key-pair"],
                                [b"hidden words\n", b"hidden words\n"])
    assert os.waitstatus_to_exitcode(status) == OK, shown
    assert "New password for cosign.key: " in shown and "The same again: " in shown
    assert "hidden" not in shown
    assert_pair(tmp_path, "cosign", "hidden words")
    status, shown = on_terminal(waybill, tmp_path, ["public-key", "--key", "cosign.key"],
                                [b"hidden words\n"])
    assert os.waitstatus_to_exitcode(status) == OK
    assert "Password of cosign.key: " in shown and "BEGIN PUBLIC KEY" in shown


def test_prompt_refuses_two_different_answers(waybill, tmp_path):
    status, shown = on_terminal(waybill, tmp_path, ["generate-key-pair"], [b"one\n", b"two\n"])
    assert os.waitstatus_to_exitcode(status) == USAGE
    assert "the passwords are not the same" in shown
    assert os.listdir(tmp_path) == []


def test_interrupted_prompt_ends_the_program(waybill, tmp_path):
    status, _ = on_terminal(waybill, tmp_path, ["generate-key-pair"], [b"one\x03"])
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGINT
    assert os.listdir(tmp_path) == []


# ---- public-key ----

@pytest.mark.parametrize("name", ["cosign", "p256", "p384", "p521", "rsa3072", "ed25519"])
def test_cosigns_own_keys_are_read(waybill, tmp_path, test_data, name):
    folder = os.path.join(test_data, "cosign")
    if not os.path.isdir(folder):
        pytest.skip(f"SKIPPED: no test data at {folder} (set WAYBILL_TEST_DATA)")
    done = run(waybill, tmp_path, "public-key", "--key", f"{folder}/{name}.key",
               password="waybill-test")
    assert done.code == OK, done
    assert done.stdout.decode() == read(f"{folder}/{name}.pub")
    assert run(waybill, tmp_path, "public-key", "--key",
               f"{folder}/{name}.pub").stdout == done.stdout
    done = run(waybill, tmp_path, "public-key", "--key", f"{folder}/{name}.key", password="Waybill")
    assert done.code == CHECK_FAILED and "the password does not open" in done.stderr


def test_older_key_files_are_read(waybill, tmp_path, pkcs8):
    key = serialization.load_pem_private_key(pkcs8["p384"].encode(), None)
    der = key.private_bytes(DER, PKCS8, PLAIN)
    write(tmp_path / "old.key", keyfile.make_key_file(der, b"old", label=keyfile.OLD_LABEL))
    done = run(waybill, tmp_path, "public-key", "--key", "old.key", password="old")
    assert done.code == OK, done
    assert done.stdout == key.public_key().public_bytes(PEM, SPKI)


def test_public_half_of_everything(waybill, tmp_path, pkcs8):
    key = serialization.load_pem_private_key(pkcs8["p256"].encode(), None)
    want = key.public_key().public_bytes(PEM, SPKI)
    write(tmp_path / "plain.pem", pkcs8["p256"])
    openssl("req", "-x509", "-key", "plain.pem", "-subj", "/CN=x", "-out", "x.crt", cwd=tmp_path)
    (tmp_path / "x.der").write_bytes(key.public_key().public_bytes(DER, SPKI))
    for name in ("plain.pem", "x.crt", "x.der"):
        assert run(waybill, tmp_path, "public-key", "-k", name).stdout == want, name
    env = {"KEY_OF_MINE": pkcs8["p256"]}
    assert run(waybill, tmp_path, "public-key", "-k", "env://KEY_OF_MINE", env=env).stdout == want
    assert run(waybill, tmp_path, "public-key", "-k", "env://NOT_THERE").code == USAGE
    done = run(waybill, tmp_path, "public-key", "-k", "plain.pem", "--outfile", "out.pub")
    assert done.stdout == b"" and (tmp_path / "out.pub").read_bytes() == want
    said = json.loads(run(waybill, tmp_path, "public-key", "-k", "x.crt", "-o", "json").stdout)
    digest = hashlib.sha256(key.public_key().public_bytes(DER, SPKI)).digest()
    assert said["fingerprint"] == "sha256:" + digest.hex()
    assert said["hint"] == base64.b64encode(digest).decode()
    assert said["pem"].encode() == want


@pytest.mark.parametrize("change, text", [
    ({"stated": {"N": 1 << 40}}, "out of bounds"),
    ({"stated": {"N": 65537}}, "out of bounds"),
    ({"stated": {"p": 1 << 30}}, "out of bounds"),
    ({"stated": {"r": 1 << 20}}, "out of bounds"),
    ({"cipher": {"name": "aes"}}, "the cipher is not nacl/secretbox"),
    ({"kdf": {"name": "argon2id"}}, "the key derivation (kdf) is not scrypt"),
    ({"ciphertext": "!"}, "no ciphertext"),
    ({"label": "ENCRYPTED PRIVATE KEY"}, "malformed encrypted private key"),
])
def test_hostile_key_files_are_refused_quickly(waybill, tmp_path, pkcs8, change, text):
    key = serialization.load_pem_private_key(pkcs8["p256"].encode(), None)
    write(tmp_path / "bad.key", keyfile.make_key_file(key.private_bytes(DER, PKCS8, PLAIN),
                                                      PASSWORD.encode(), **change))
    before = time.monotonic()
    done = run(waybill, tmp_path, "public-key", "--key", "bad.key")
    assert done.code == BAD_INPUT and text in done.stderr, done
    assert time.monotonic() - before < 10


@pytest.mark.parametrize("arguments, code, text", [
    ([], USAGE, "--key is missing"),
    (["--key", "none.pem"], SYSTEM, "none.pem: cannot open"),
    (["--key", "."], SYSTEM, "Is a directory"),
    (["--key", "empty"], BAD_INPUT, "empty: not a public key"),
    (["--key", "empty", "more"], USAGE, "unexpected argument `more`"),
    (["--key", "empty", "-o", "yaml"], USAGE, "it is pem or json"),
    (["--key", "pkcs11:object=x?pin-value=%0"], USAGE, "malformed pin-value"),
])
def test_wrong_keys_of_public_key(waybill, tmp_path, arguments, code, text):
    write(tmp_path / "empty", "")
    done = run(waybill, tmp_path, "public-key", *arguments)
    assert done.code == code and text in done.stderr, done


# ---- import-key-pair ----

FORMS = {
    "pkcs8": lambda name: ["pkcs8", "-topk8", "-nocrypt", "-in", name],
    "traditional": lambda name: ["pkey", "-traditional", "-in", name],
    "aes": lambda name: ["pkcs8", "-topk8", "-in", name, "-passout", "pass:from outside"],
    "sha512": lambda name: ["pkcs8", "-topk8", "-in", name, "-passout", "pass:from outside",
                            "-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA512", "-iter", "100000"],
    "scrypt": lambda name: ["pkcs8", "-topk8", "-in", name, "-passout", "pass:from outside",
                            "-scrypt"],
}


# Ed25519 has no older form.
@pytest.mark.parametrize("kind, form", [
    (kind, form) for kind in ("p256", "p384", "p521", "rsa", "ed25519") for form in FORMS
    if (kind, form) != ("ed25519", "traditional")])
def test_imported_pair_is_the_key(waybill, tmp_path, pkcs8, kind, form):
    write(tmp_path / "in.pem", pkcs8[kind])
    content = openssl(*FORMS[form]("in.pem"), cwd=tmp_path).decode()
    write(tmp_path / "form.pem", content)
    done = run(waybill, tmp_path, "import-key-pair", "--key", "form.pem",
               env={"WAYBILL_IMPORT_PASSWORD": "from outside"})
    assert done.code == OK, done
    key = assert_pair(tmp_path, "import-cosign")
    assert key.private_bytes(PEM, PKCS8, PLAIN).decode() == pkcs8[kind]
    assert stat.S_IMODE(os.stat(tmp_path / "import-cosign.key").st_mode) == 0o600


def test_curve_parameters_in_front_are_skipped(waybill, tmp_path):
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-out", "in.pem", cwd=tmp_path)
    assert "EC PARAMETERS" in read(tmp_path / "in.pem")
    done = run(waybill, tmp_path, "import-key-pair", "--key", "in.pem", "--output-key-prefix", "x")
    assert done.code == OK, done
    assert_pair(tmp_path, "x")


def test_wrong_import_password_is_named(waybill, tmp_path, pkcs8):
    write(tmp_path / "in.pem", pkcs8["p256"])
    write(tmp_path / "form.pem", openssl(*FORMS["aes"]("in.pem"), cwd=tmp_path).decode())
    done = run(waybill, tmp_path, "import-key-pair", "--key", "form.pem")
    assert done.code == CHECK_FAILED
    assert "form.pem: the password does not open the private key" in done.stderr
    # One password on standard input is not two.
    done = run(waybill, tmp_path, "import-key-pair", "--key", "form.pem", password=None,
               stdin=b"from outside")
    assert done.code == USAGE and "a second one is needed" in done.stderr
    assert sorted(os.listdir(tmp_path)) == ["form.pem", "in.pem"]


REFUSED = {
    "rsa-1024": (["genrsa", "1024"], "RSA key of 1024 bits"),
    "rsa-3": (["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-pkeyopt",
               "rsa_keygen_pubexp:3"], "exponent"),
    "p224": (["ecparam", "-name", "secp224r1", "-genkey"], "secp224r1: it must be P-256"),
    "secp256k1": (["ecparam", "-name", "secp256k1", "-genkey"], "secp256k1"),
    "explicit": (["ecparam", "-name", "prime256v1", "-genkey", "-param_enc", "explicit"],
                 "spelt out"),
    "x25519": (["genpkey", "-algorithm", "X25519"], "X25519 key"),
    "ed448": (["genpkey", "-algorithm", "ED448"], "ED448 key"),
    "rsa-pss": (["genpkey", "-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"],
                "RSA-PSS key"),
    "old encryption": (["genrsa", "-traditional", "-aes128", "-passout", "pass:x", "2048"],
                       "openssl pkcs8 -topk8"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_foreign_keys_are_not_imported(waybill, tmp_path, name):
    arguments, text = REFUSED[name]
    write(tmp_path / "in.pem", openssl(*arguments).decode())
    done = run(waybill, tmp_path, "import-key-pair", "--key", "in.pem")
    assert done.code == BAD_INPUT and text in done.stderr, done
    assert os.listdir(tmp_path) == ["in.pem"]


def test_files_that_are_no_private_key_are_not_imported(waybill, tmp_path, pkcs8):
    assert run(waybill, tmp_path, "generate-key-pair").code == OK
    cases = {"cosign.key": "key file of cosign already", "cosign.pub": "not a private key",
             "twice.pem": "something follows", "cut.pem": "no `-----END` line",
             "text": "not PEM"}
    write(tmp_path / "twice.pem", pkcs8["p256"] * 2)
    write(tmp_path / "cut.pem", pkcs8["p256"][:150])
    write(tmp_path / "text", "hello")
    for name, text in cases.items():
        done = run(waybill, tmp_path, "import-key-pair", "--key", name)
        assert done.code == BAD_INPUT and text in done.stderr, done
    assert not os.path.exists(tmp_path / "import-cosign.key")


# ---- keeping secrets ----

def test_process_leaves_no_core(waybill, tmp_path):
    with subprocess.Popen([waybill.path, "generate-key-pair"], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, cwd=tmp_path, env=clean(waybill)) as process:
        end, limit = time.monotonic() + 30, None
        while limit != "0" and time.monotonic() < end:
            time.sleep(0.05)
            limit = re.search(r"Max core file size +(\S+)",
                              read(f"/proc/{process.pid}/limits")).group(1)
        process.communicate(b"x")
    assert limit == "0" and process.returncode == OK


def test_nothing_is_written_but_the_two_files(waybill, tmp_path, pkcs8):
    if shutil.which("strace") is None:
        pytest.skip("SKIPPED: no strace on this machine")
    write(tmp_path / "in.pem", pkcs8["rsa"])
    environment = clean(waybill) | {"COSIGN_PASSWORD": PASSWORD,
                                    "ASAN_OPTIONS": "detect_leaks=0"}
    done = subprocess.run(
        ["strace", "-f", "-s", "100000", "-e", "trace=open,openat,creat,write,pwrite64,writev,link",
         waybill.path, "import-key-pair", "--key", "in.pem"], cwd=tmp_path, env=environment,
        capture_output=True, text=True, timeout=120, check=False)
    if "ptrace" in done.stderr and "Operation not permitted" in done.stderr:
        pytest.skip("SKIPPED: strace may not trace here")
    assert done.returncode == OK, done.stderr
    created = re.findall(r'open(?:at)?\([^"]*"([^"]+)", [^)]*O_CREAT[^)]*, (0\d+)\)', done.stderr)
    assert [mode for _, mode in created] == ["0600", "0644"]
    assert all(re.search(r"/?\.import-cosign\.(key|pub)\.[0-9a-f]{16}\.tmp$", name)
               for name, _ in created)
    written = "\n".join(line for line in done.stderr.splitlines() if re.match(r"(\[.*\] )?p?write",
                                                                             line))
    assert written and PASSWORD not in written
    assert all(line not in written for line in pkcs8["rsa"].splitlines()[1:-1])


# ---- tokens ----

@pytest.fixture
def token(tmp_path):
    modules = [path for path in ("/usr/lib/softhsm/libsofthsm2.so",
                                 "/usr/lib64/pkcs11/libsofthsm2.so",
                                 "/usr/lib64/softhsm/libsofthsm2.so") if os.path.exists(path)]
    if not modules or not shutil.which("softhsm2-util"):
        pytest.skip("SKIPPED: no SoftHSM on this machine")
    (tmp_path / "tokens").mkdir()
    write(tmp_path / "softhsm2.conf", f"directories.tokendir = {tmp_path}/tokens\n"
                                      "objectstore.backend = file\nlog.level = ERROR\n")
    environment = {"SOFTHSM2_CONF": f"{tmp_path}/softhsm2.conf"}
    subprocess.run(["softhsm2-util", "--init-token", "--free", "--label", "waybill", "--pin", "1234",
                    "--so-pin", "5678"], env=os.environ | environment, check=True,
                   capture_output=True)
    # What the token's module and OpenSSL's engine leave behind is not ours.
    environment["ASAN_OPTIONS"] = "detect_leaks=0:exitcode=99"
    return modules[0], environment


def test_public_key_of_a_token(waybill, tmp_path, token, pkcs8):
    module, environment = token
    write(tmp_path / "in.pem", pkcs8["p256"])
    subprocess.run(["softhsm2-util", "--import", "in.pem", "--token", "waybill", "--label", "signer",
                    "--id", "01", "--pin", "1234"], cwd=tmp_path, env=os.environ | environment,
                   check=True, capture_output=True)
    uri = f"pkcs11:token=waybill;object=signer?module-path={module}"
    done = run(waybill, tmp_path, "public-key", "--key", uri, env=environment)
    if "OpenSSL has no way to tokens" in done.stderr:
        pytest.skip("SKIPPED: OpenSSL has neither a PKCS#11 provider nor an engine")
    assert done.code == OK, done
    assert done.stdout == run(waybill, tmp_path, "public-key", "--key", "in.pem").stdout
    done = run(waybill, tmp_path, "public-key", "--key",
               uri.replace("signer", "nobody") + "&pin-value=1234", env=environment)
    # The provider cannot tell a wrong PIN from a key that is not there.
    assert done.code in (BAD_INPUT, CHECK_FAILED)
    assert "pkcs11:token=waybill;object=nobody: no such public key" in done.stderr
    assert "1234" not in done.stderr


# ---- the real cosign ----

def need_cosign():
    if shutil.which("cosign") is None:
        pytest.skip("SKIPPED: no cosign on PATH")


def cosign(folder, *arguments, password=PASSWORD):
    done = subprocess.run(["cosign", *arguments], cwd=folder, capture_output=True, timeout=120,
                          env=os.environ | {"COSIGN_PASSWORD": password}, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("kind", TYPES)
def test_cosign_reads_our_keys(waybill, tmp_path, kind):
    need_cosign()
    assert run(waybill, tmp_path, "generate-key-pair", "--type", kind).code == OK
    assert cosign(tmp_path, "public-key", "--key", "cosign.key").decode() == \
        read(tmp_path / "cosign.pub")


def test_we_read_cosigns_keys(waybill, tmp_path):
    need_cosign()
    cosign(tmp_path, "generate-key-pair")
    assert_pair(tmp_path, "cosign")
    done = run(waybill, tmp_path, "public-key", "--key", "cosign.key")
    assert done.stdout.decode() == read(tmp_path / "cosign.pub")


# ---- the manual ----

@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_is_described_and_no_other(waybill, command):
    done = waybill.run(command, "--help")
    assert done.code == OK and b"Examples:" in done.stdout
    text = page(f"waybill-{command}.1")
    assert set().union(*described_options(text)) == offered_options(done.stdout.decode())


@pytest.mark.parametrize("command", COMMANDS)
def test_mandoc_has_no_complaint(command):
    if shutil.which("mandoc") is None:
        pytest.skip("SKIPPED: no mandoc on this machine")
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs",
                        f"waybill-{command}.1")
    done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", path], capture_output=True,
                          text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
