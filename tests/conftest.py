# SPDX-License-Identifier: Apache-2.0
"""What all tests in Python share: the program under test, test data, small packages."""
import os
import sys

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "tests", "fixtures"))
sys.dont_write_bytecode = True
pytest.register_assert_rewrite("documents", "program", "debs", "rpms", "verifier", "hostile", "key_pairs",
                               "keyless", "runs", "signing", "verifying")

# The generators' own imports come after the path is set.
import debs  # noqa: E402
import registry  # noqa: E402
import rpms  # noqa: E402
import signatures  # noqa: E402
import verifier  # noqa: E402
from program import Waybill  # noqa: E402


def data_folder():
    path = os.environ.get("WAYBILL_TEST_DATA", os.path.join(ROOT, "..", "shared", "data"))
    return os.path.abspath(path)


def data_cases(*patterns):
    """Paths below the test data, as parameters; one that skips loudly when there is no data."""
    import glob
    folder = data_folder()
    found = sorted(path for pattern in patterns
                   for path in glob.glob(os.path.join(folder, pattern), recursive=True))
    if found:
        return [pytest.param(path, id=os.path.relpath(path, folder)) for path in found]
    reason = f"SKIPPED: no test data at {folder} (set WAYBILL_TEST_DATA)"
    return [pytest.param(None, id="no-test-data", marks=pytest.mark.skip(reason=reason))]


@pytest.fixture(scope="session")
def test_data():
    folder = data_folder()
    if not os.path.isdir(folder):
        pytest.skip(f"SKIPPED: no test data at {folder} (set WAYBILL_TEST_DATA)")
    return folder


@pytest.fixture(scope="session")
def waybill():
    path = os.environ.get("WAYBILL", os.path.join(ROOT, "build", "debug", "waybill"))
    if not os.access(path, os.X_OK):
        pytest.exit(f"no program to test at {path} (set WAYBILL)", returncode=4)
    return Waybill(path)


@pytest.fixture(scope="session")
def verify():
    """The static program."""
    if not os.access(verifier.path(), os.X_OK):
        pytest.exit(f"no program to test at {verifier.path()} (set WAYBILL_VERIFY)", returncode=4)
    return verifier.Verifier(verifier.path())


@pytest.fixture(scope="session")
def make_deb(tmp_path_factory):
    """make_deb(name, version, ...) as debs.build_deb, each package built once."""
    folder, built = str(tmp_path_factory.mktemp("debs")), {}

    def build(name, version="1.0-1", architecture="amd64", **more):
        key = (name, version, architecture, repr(sorted(more.items())))
        if key not in built:
            place = os.path.join(folder, str(len(built)))
            os.mkdir(place)
            built[key] = debs.build_deb(place, name, version, architecture, **more)
        return built[key]
    return build


@pytest.fixture(scope="session")
def make_rpm(tmp_path_factory):
    """make_rpm(name, ...) as rpms.build_rpm, each package built once."""
    folder, built = str(tmp_path_factory.mktemp("rpms")), {}

    def build(name, **more):
        key = (name, repr(sorted(more.items())))
        if key not in built:
            place = os.path.join(folder, str(len(built)))
            os.mkdir(place)
            built[key] = rpms.build_rpm(place, name, **more)
        return built[key]
    return build


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    """A key of each kind, and another P-256."""
    folder = tmp_path_factory.mktemp("keys")
    made = {kind: signatures.Key(folder, kind) for kind in signatures.KINDS}
    made["other"] = signatures.Key(folder, "p256", "other")
    return made


@pytest.fixture(scope="module")
def pki(tmp_path_factory):
    return signatures.Authority(tmp_path_factory.mktemp("pki"))


@pytest.fixture(scope="module")
def clock(tmp_path_factory):
    return signatures.TimestampAuthority(tmp_path_factory.mktemp("clock"))


@pytest.fixture
def serve():
    """Makes registries that end with the test."""
    made = []

    def make(**fields):
        made.append(registry.Registry(**fields))
        return made[-1]

    yield make
    for one in made:
        one.close()
