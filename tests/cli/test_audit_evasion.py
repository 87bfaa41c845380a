# SPDX-License-Identifier: Apache-2.0
"""Images that are made so that a check might overlook what it is about: it finds it, or says that it
could not tell."""
import pytest
from audit_cases import spoiled
from audited import NOW, PASSWD, PROGRAM, SHADOW, Draft, Report, audit
from program import CHECK_FAILED, OK

DIGEST = "sha256:" + "0" * 64


def states(waybill, folder, draft, *arguments):
    return audit(waybill, draft.write(folder), "--no-secrets", *arguments).states


# ---- accounts ----

def test_a_number_is_a_uid_whatever_accounts_are_called(waybill, tmp_path):
    """As runtimes take it: an account called `0` does not make `USER 0` somebody else."""
    draft = Draft().append("etc/passwd", "0:x:1001:1001::/:/usr/sbin/nologin\n")
    draft.config["User"] = "0"
    assert states(waybill, tmp_path / "i", draft)["user-root"] == "failed"


@pytest.mark.parametrize("uid", ["+0", " 0", "-0", "0000000000000", "", "zero", "4294967296"])
def test_ids_are_read_as_runtimes_read_them(waybill, tmp_path, uid):
    """What is no number, or too large a one, becomes 0 there."""
    draft = Draft().append("etc/passwd", f"boss:x:{uid}:0::/:/usr/sbin/nologin\n")
    draft.config["User"] = "boss"
    found = states(waybill, tmp_path / "i", draft)
    assert found["uid-zero"] == found["user-root"] == "failed"


def test_an_empty_user_is_root(waybill, tmp_path):
    draft = Draft()
    draft.config["User"] = ""
    [finding] = audit(waybill, draft.write(tmp_path / "i"), "--no-secrets").of("user-root")
    assert finding["detail"] == "no USER is set: it runs as root"


def test_the_first_line_of_shadow_counts(waybill, tmp_path):
    draft = Draft().file("etc/shadow", "app::19000::::::\n" + SHADOW, mode=0o640)
    assert states(waybill, tmp_path / "a", draft)["password-empty"] == "failed"
    twice = Draft().append("etc/passwd", "app:!:1000:1000::/srv:/usr/sbin/nologin\n")
    twice.file("etc/shadow", "app::19000::::::\n", mode=0o640)
    assert states(waybill, tmp_path / "b", twice)["password-empty"] == "failed"


@pytest.mark.parametrize("shell, state", [
    ("/opt/nologin", "failed"), ("nologin", "failed"), ("/home/app/true", "failed"), ("", "failed"),
    ("/sbin/nologin", "passed"), ("/bin/false", "passed"), ("/dev/null", "passed")])
def test_shells_that_let_nobody_in(waybill, tmp_path, shell, state):
    draft = Draft().file("etc/passwd", PASSWD.replace("/srv:/usr/sbin/nologin", "/srv:" + shell))
    assert states(waybill, tmp_path / "i", draft)["account-shell"] == state


@pytest.mark.parametrize("path", ["etc/passwd", "etc/shadow", "etc/group"])
def test_accounts_behind_a_link_are_not_taken_for_none(waybill, tmp_path, path):
    draft = Draft()
    data, fields = draft.files.pop(path)
    draft.file("opt/data", data, **fields)
    draft.base.symlink(path, "/opt/data")
    found = states(waybill, tmp_path / "i", draft)
    assert {found[check] for check in ("account-shell", "account-unexpected", "password-empty",
                                       "uid-zero", "file-without-owner")} == {"inconclusive"}


def test_an_image_without_accounts_has_none(waybill, tmp_path):
    draft = Draft()
    for name in ("passwd", "shadow", "group"):
        draft.files.pop("etc/" + name)
    draft.config["User"] = "1000"
    found = states(waybill, tmp_path / "i", draft)
    assert found["account-shell"] == "not-applicable" and found["user-root"] == "passed"


# ---- links ----

@pytest.mark.parametrize("check, link, file", [
    ("cron-job", "etc/cron.d", "job"), ("init-script", "etc/init.d", "app"),
    ("service-unit", "etc/systemd/system", "app.service"), ("kernel-module", "etc/modprobe.d", "x"),
    ("authorized-keys", "etc/ssh/authorized_keys.d", "app"), ("fstab-entry", "etc/fstab", ""),
    ("preloaded-library", "etc/ld.so.preload", ""), ("kernel-setting", "etc/sysctl.d", "a.conf"),
    ("shell-present", "bin", "sh")])
def test_what_is_behind_a_link_is_found(waybill, tmp_path, check, link, file):
    draft = Draft().file("opt/data" + ("/" if file else "") + file, b"x y z\n", mode=0o755)
    draft.base.symlink(link, "/opt/data")
    draft.config["Env"] = ["PATH=/bin"]
    assert states(waybill, tmp_path / "i", draft)[check] == "failed"


@pytest.mark.parametrize("check, link, file", [
    ("sudo-without-password", "etc/sudoers", ""), ("sudo-without-password", "etc/sudoers.d", "app"),
    ("repository-unverified", "etc/apt/sources.list.d", "own.list"),
    ("weak-cryptography", "etc/login.defs", "")])
def test_what_was_not_read_is_said(waybill, tmp_path, check, link, file):
    draft = Draft().file("opt/data" + ("/" if file else "") + file, b"x\n")
    draft.base.symlink(link, "/opt/data")
    report = audit(waybill, draft.write(tmp_path / "i"), "--no-secrets")
    [said] = [one for one in report.json["checks"] if one["id"] == check]
    assert said["state"] == "inconclusive" and "/" + link in said["detail"]


def test_directories_called_like_patterns_are_none(waybill, tmp_path):
    draft = Draft().file("**/x/job", b"x").file("srv/job", b"x")
    draft.base.symlink("etc/cron.d", "/**/x")
    report = audit(waybill, draft.write(tmp_path / "i"), "--no-secrets")
    assert [one["path"] for one in report.of("cron-job")] == ["/**/x/job"]


def test_links_in_the_usual_places_change_nothing(waybill, tmp_path):
    """The merged /usr, systemd's link to sysctl.conf, OpenSSL's to its configuration."""
    draft = Draft().file("etc/sysctl.conf", "# none\n").file("etc/ssl/openssl.cnf", "# none\n")
    draft.base.symlink("lib", "usr/lib").symlink("bin", "usr/bin")
    draft.base.directory("usr/lib/sysctl.d").directory("etc/sysctl.d")
    draft.base.symlink("etc/sysctl.d/99-sysctl.conf", "../sysctl.conf")
    draft.base.symlink("usr/lib/ssl/openssl.cnf", "/etc/ssl/openssl.cnf")
    draft.base.symlink("etc/ld.so.preload", "/dev/null")
    assert audit(waybill, draft.write(tmp_path / "i"), "--no-secrets").findings == []


# ---- files ----

@pytest.mark.parametrize("path, environment", [
    ("usr/local/go/bin/go", "PATH=/usr/bin"), ("usr/lib/jvm/java/bin/javac", "PATH=/usr/bin"),
    ("srv/tools/gcc", "PATH=/usr/bin:/srv/tools")])
def test_programs_are_found_outside_the_usual_places(waybill, tmp_path, path, environment):
    draft = Draft().program(path)
    draft.config["Env"] = [environment]
    assert states(waybill, tmp_path / "i", draft)["compiler"] == "failed"


def test_the_root_directory_is_one(waybill, tmp_path):
    draft = Draft()
    draft.base.directory("./", mode=0o777)
    report = audit(waybill, draft.write(tmp_path / "i"), "--no-secrets")
    assert [one["path"] for one in report.of("world-writable-directory")] == ["/"]


def test_many_findings_do_not_hide_a_worse_one(waybill, tmp_path):
    """The one with a shell comes after as many others as are listed."""
    lines = "".join(f"a{i}:x:{i + 2000}:0::/:/usr/sbin/nologin\n" for i in range(2000))
    draft = Draft().append("etc/passwd", lines + "last:x:9999:0::/:/bin/sh\n")
    reference = draft.write(tmp_path / "i")
    report = audit(waybill, reference, "--no-secrets")
    [more] = [one for one in report.of("account-unexpected") if "path" not in one]
    assert more["severity"] == "medium"
    run = waybill.run("audit", reference, "--no-secrets", "--skip", "account-shell", "--fail-on",
                      "medium", env={"SOURCE_DATE_EPOCH": NOW})
    assert run.code == CHECK_FAILED, run


def test_a_program_that_grew_is_not_a_new_finding(waybill, tmp_path):
    before = Draft().program("opt/tool").write(tmp_path / "a")
    assert waybill.run("audit", before, "--no-secrets", "-o", f"json={tmp_path}/a.json").code == OK
    after = Draft().file("opt/tool", PROGRAM + b"more", mode=0o755).write(tmp_path / "b")
    run = waybill.run("audit", after, "--no-secrets", "--baseline", f"{tmp_path}/a.json", "-o",
                      "json", "--fail-on", "information")
    assert run.code == OK, run


def test_who_owns_a_directory_owns_not_what_is_left_in_it(waybill, tmp_path):
    draft = Draft().file("var/log/app.log", b"x")
    draft.packages["base-files"] = {"var/log": b""}
    draft.files.pop("var/log", None)
    [finding] = audit(waybill, draft.write(tmp_path / "i"), "--no-secrets").of("log-file")
    assert finding["path"] == "/var/log/" and "package" not in finding


# ---- config and history ----

@pytest.mark.parametrize("step, severity", [
    ("ADD --chown=1:1 https://files.example/a.tar /opt # buildkit", "medium"),
    ("ADD https://files.example/a.tar / # buildkit", "medium"),
    ("ADD local.txt https://files.example/a.tar /opt/ # buildkit", "medium"),
    ("ADD git@git.example:team/app.git /opt # buildkit", "medium"),
    ("/bin/sh -c #(nop) ADD file:0123 in / ", "low"),
    (f"ADD --checksum={DIGEST} https://files.example/a.tar /opt # buildkit", None)])
def test_what_is_added(waybill, tmp_path, step, severity):
    found = audit(waybill, Draft().step(step).write(tmp_path / "i"), "--no-secrets")
    assert [one["severity"] for one in found.of("add-instruction")] == (
        [] if severity is None else [severity])


def test_the_root_file_system_may_be_added(waybill, tmp_path):
    draft = Draft()
    draft.history[0]["created_by"] = "/bin/sh -c #(nop) ADD file:0123 in / "
    assert states(waybill, tmp_path / "i", draft)["add-instruction"] == "passed"


@pytest.mark.parametrize("step, state", [
    ("RUN apt-get -qq update", "failed"), ("RUN /usr/bin/apt-get  update;rm -f x", "failed"),
    ("RUN set -e; \\\n  apt-get -o A=b update", "failed"), ("RUN dnf -y makecache", "failed"),
    ("RUN apt-get update && apt-get install -y curl", "passed"), ("RUN dnf update", "passed"),
    ("RUN ./update apt-get", "passed"), ("RUN echo apt-get; update", "passed")])
def test_what_updates_package_lists(waybill, tmp_path, step, state):
    assert states(waybill, tmp_path / "i", Draft().step(step))["update-alone"] == state


@pytest.mark.parametrize("volume, state", [
    ("/etc/", "failed"), ("//etc", "failed"), ("/./dev/shm", "failed"), ("/srv/../proc", "failed"),
    ("/", "failed"), ("/srv/link", "failed"), ("/srv/etc", "passed"), ("/etcetera", "passed")])
def test_volumes_are_where_the_runtime_puts_them(waybill, tmp_path, volume, state):
    draft = Draft()
    draft.base.symlink("srv/link", "../etc")
    draft.config["Volumes"] = {volume: {}}
    assert states(waybill, tmp_path / "i", draft)["sensitive-volume"] == state


@pytest.mark.parametrize("check", [{}, {"Test": []}, {"Test": ["NONE"]}])
def test_a_health_check_must_be_one(waybill, tmp_path, check):
    draft = Draft()
    draft.config["Healthcheck"] = check
    assert states(waybill, tmp_path / "i", draft)["health-check-missing"] == "failed"


def test_the_environment_called_env_is_a_path(waybill, tmp_path):
    draft = Draft()
    draft.config["Env"].append("ENV=production")
    assert states(waybill, tmp_path / "a", draft)["loader-environment"] == "passed"
    draft = Draft()
    draft.config["Env"].append("ENV=/srv/start")
    assert states(waybill, tmp_path / "b", draft)["loader-environment"] == "failed"


@pytest.mark.parametrize("name, state", [("registry.example:5000/base", "failed"), ("base:12", "passed"),
                                         ("base@" + DIGEST, "passed")])
def test_a_base_without_a_tag_is_the_latest(waybill, tmp_path, name, state):
    draft = Draft()
    draft.config["Labels"]["org.opencontainers.image.base.name"] = name
    assert states(waybill, tmp_path / "i", draft)["tag-latest"] == state


# ---- freshness ----

@pytest.mark.parametrize("created, state", [
    (None, "failed"), ("1970-01-01T00:00:00Z", "failed"), ("2999-01-01T00:00:00Z", "failed"),
    ("2023-12-09T07:46:40Z", "passed"), ("2023-12-09T07:46:39Z", "failed")])
def test_an_image_must_say_that_it_is_fresh(waybill, tmp_path, created, state):
    """Of 30 days before NOW each second counts."""
    draft = Draft()
    draft.created = created
    assert states(waybill, tmp_path / "i", draft)["image-age"] == state


def test_the_base_of_an_image_without_history(waybill, tmp_path):
    draft = Draft()
    draft.history = []
    assert states(waybill, tmp_path / "a", draft)["base-age"] == "passed"
    draft = spoiled("deleted-file")
    draft.history = []
    assert states(waybill, tmp_path / "b", draft)["base-age"] == "inconclusive"


# ---- what is written ----

def test_names_are_escaped_once(waybill, tmp_path):
    draft = Draft().file(b"srv/\xff\x1b\xe2\x80\xaex", b"", mode=0o666)
    draft.append("etc/os-release", 'PRETTY_NAME="a\u202eb"\n')
    report = audit(waybill, draft.write(tmp_path / "i"), "--no-secrets")
    [finding] = report.of("world-writable-file")
    assert finding["path"] == r"/srv/\xff\x1b\xe2\x80\xaex"
    shown = waybill.run("audit", f"oci:{tmp_path}/i", "--no-secrets").stdout.decode()
    assert "\u202e" not in shown and "\x1b" not in shown and r"/srv/\xff\x1b" in shown


def test_steps_and_layers_may_be_many(waybill, tmp_path):
    draft = Draft()
    for i in range(300):
        draft.layer(f"RUN {i}").file(f"opt/{i}", b"x", mode=0o4755)
    for i in range(20000):
        draft.step(f"ADD https://files.example/{i} /opt")
    run = waybill.run("audit", draft.write(tmp_path / "i"), "--no-secrets", "-o", "json", timeout=60)
    assert run.code == OK, run
    report = Report(run.stdout)
    assert [one["step"] for one in report.of("setuid-file")] == [
        f"RUN {i}" for i in sorted(range(300), key=lambda i: f"/opt/{i}")]
