# SPDX-License-Identifier: Apache-2.0
"""generate-key-pair, its passwords, and that nothing secret is left anywhere. The judges are those of
fixtures/key_pairs.py, and cosign where it is."""
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
from clients import clients_folder
from cryptography.hazmat.primitives.asymmetric import ed25519
from key_pairs import DER, PASSWORD, SPKI, assert_pair, openssl, read, run, write
from key_pairs import pkcs8  # noqa: F401  (a fixture)
from program import OK, SYSTEM, USAGE

TYPES = {"ecdsa-p256": "ECDSA P-256", "ecdsa-p384": "ECDSA P-384", "ecdsa-p521": "ECDSA P-521",
         "rsa-2048": "RSA 2048", "rsa-3072": "RSA 3072", "rsa-4096": "RSA 4096",
         "ed25519": "Ed25519"}


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
    created = re.findall(r'open(?:at)?\([^"]*"([^"]+)", [^)]*(?:O_CREAT|O_TMPFILE)[^)]*, (0\d+)\)',
                         done.stderr)
    assert [mode for _, mode in created] == ["0600", "0644"]
    assert all(re.search(r"^\.$|/?\.import-cosign\.(key|pub)\.[0-9a-f]{16}\.tmp$", name)
               for name, _ in created)
    written = "\n".join(line for line in done.stderr.splitlines() if re.match(r"(\[.*\] )?p?write",
                                                                             line))
    assert written and PASSWORD not in written
    assert all(line not in written for line in pkcs8["rsa"].splitlines()[1:-1])


# ---- the real cosign ----

@pytest.fixture(params=("cosign2", "cosign3"))
def cosign(request, tmp_path):
    """Runs a cosign that scripts/fetch-interop-clients fetched."""
    program = os.path.join(clients_folder(), "bin", request.param)
    if not os.access(program, os.X_OK):
        pytest.skip(f"SKIPPED: no {program} (scripts/fetch-interop-clients)")

    def run_it(*arguments):
        done = subprocess.run([program, *arguments], cwd=tmp_path, capture_output=True, timeout=120,
                              env=os.environ | {"COSIGN_PASSWORD": PASSWORD}, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run_it


@pytest.mark.parametrize("kind", TYPES)
def test_cosign_reads_our_keys(waybill, cosign, tmp_path, kind):
    assert run(waybill, tmp_path, "generate-key-pair", "--type", kind).code == OK
    assert cosign("public-key", "--key", "cosign.key").decode() == \
        read(tmp_path / "cosign.pub")


def test_we_read_cosigns_keys(waybill, cosign, tmp_path):
    cosign("generate-key-pair")
    assert_pair(tmp_path, "cosign")
    done = run(waybill, tmp_path, "public-key", "--key", "cosign.key")
    assert done.stdout.decode() == read(tmp_path / "cosign.pub")
