# SPDX-License-Identifier: Apache-2.0
"""Waybill against the programs of others, both ways: cosign 2 and 3, oras, crane, skopeo, sigstore's
client. scripts/fetch-interop-clients fetches them; without them this is skipped, and says so.

All that takes time is done once, side by side, before the tests look at it. With
WAYBILL_WRITE_INTEROP=1 what was found is written to docs/interop.md."""
import concurrent.futures
import os
import re
import shutil

import cells
import copies
import keyfiles
import pytest
import table
from cells import FORMS, KEYS, TYPE, VERSIONS, YES, Bench, Cell
from clients import ROOT, Clients, Missing, Registry, clients_folder

DOCUMENT = os.path.join(ROOT, "docs", "interop.md")
NODE_MODULES = os.path.join(clients_folder(), "npm", "node_modules")
SBOM_TYPES = {"spdx-json": "spdxjson", "cyclonedx-json": "cyclonedx"}


def side_by_side(function, items):
    """Item -> what the function gives, or the exception it raises."""
    def guarded(item):
        try:
            return function(item)
        except (AssertionError, Missing) as error:
            return error
    with concurrent.futures.ThreadPoolExecutor((os.cpu_count() or 1) + 1) as pool:
        return dict(zip(items, pool.map(guarded, items)))


def look(found):
    """One result: raises what was raised when it was made."""
    if isinstance(found, Missing):
        pytest.skip(f"SKIPPED: {found}")
    if isinstance(found, AssertionError):
        raise found
    return found


@pytest.fixture(scope="module")
def bench(waybill, tmp_path_factory):
    folder = tmp_path_factory.mktemp("interop")
    clients, registries = Clients(folder / "home"), []
    try:
        clients.path("oras")
        kind = "docker-registry" if clients.has("docker-registry") else "crane"
        registries.append(Registry(clients, folder / "registry", kind))
        bench = Bench(folder / "bench", waybill, clients, registries[0])
        bench.make_keys()
        if clients.has("crane"):
            registries.append(Registry(clients, folder / "other-registry", "crane"))
            bench.other_registry = registries[1]
        yield bench
    except Missing as error:
        pytest.skip(f"SKIPPED: {error}")
    finally:
        for registry in registries:
            registry.stop()
        shutil.rmtree(folder, ignore_errors=True)


# ---- the matrix ----

@pytest.fixture(scope="module")
def matrix(bench):
    return side_by_side(lambda cell: Cell(bench, cell).outcome(),
                        cells.all_cells() + cells.sha256_cells())


@pytest.mark.parametrize("cell", cells.all_cells() + cells.sha256_cells(), ids="-".join)
def test_cell(matrix, cell):
    found, rule = look(matrix[cell]), cells.unsupported(cell)
    # A newer cosign may have learnt it.
    assert found == YES or (rule is not None and rule[-2] in found), found


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("thing", cells.THINGS)
def test_another_key_is_refused(bench, version, thing):
    if not bench.clients.has(version):
        pytest.skip(f"SKIPPED: no {version}")
    cell = Cell(bench, ("p256", thing, "legacy", version, "another key"))
    cell.we_sign()
    assert cell.they_verify(cell.public).code == 0
    done = cell.they_verify(bench.path("ed25519.pub"))
    assert done.code != 0, done


SIGNED_FORMS = [(version, form) for version in VERSIONS for form in FORMS
                if (version, form) != ("cosign2", "bundle")]


@pytest.mark.parametrize("version, form", SIGNED_FORMS, ids=map("-".join, SIGNED_FORMS))
def test_annotations_and_platforms(bench, version, form):
    """One run of `sign --recursive -a`: the index and each platform verify with the annotations."""
    if not bench.clients.has(version):
        pytest.skip(f"SKIPPED: no {version}")
    name = f"recursive-{version}-{form}"
    layout = bench.path(name)
    shutil.copytree(bench.source("index"), layout)
    bench.run("sign", "--key", bench.path("p256.key"), "--format", form, "--recursive", "-a",
              "commit=4f2a91c", "-a", "note=<a> & \u00fc", f"oci:{layout}:v1")
    targets = [bench.digest("index"), *bench.platforms()]
    # Of the older form each signature is an image with a name of its own.
    bench.push_all(layout, name, form, targets)
    for digest in targets:
        cell = Cell(bench, ("p256", "index", form, version, f"{name}-{digest[7:19]}"))
        cell.reference = f"{bench.registry.address}/{name}@{digest}"
        for annotation, code in (("commit=4f2a91c", True), ("commit=other", False)):
            done = cell.they_verify(cell.public, more=("-a", "note=<a> & \u00fc", "-a", annotation))
            assert (done.code == 0) == code, done


# ---- key files ----

@pytest.fixture(scope="module")
def key_files(bench):
    items = [(key, version, direction) for key in KEYS for version in VERSIONS
             for direction in cells.DIRECTIONS]
    return side_by_side(lambda item: keyfiles.outcome(bench, *item), items)


@pytest.mark.parametrize("direction", cells.DIRECTIONS)
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("key", KEYS)
def test_key_file(key_files, key, version, direction):
    item = key, version, direction
    found, rule = look(key_files[item]), keyfiles.unsupported(item)
    assert found == YES or (rule is not None and rule[-2] in found), found


# ---- attested SBOMs ----

@pytest.fixture(scope="module")
def sboms(bench):
    def attest(item):
        kind, form, version = item
        if not bench.clients.has(version):
            raise Missing(f"no {version}")
        layout, name = bench.path("-".join(item)), f"sbom-{kind}-{form}-{version}"
        shutil.copytree(bench.source("image"), layout)
        bench.run("attest", "--key", bench.path("p256.key"), "--sbom", kind, "--format", form,
                  f"oci:{layout}:v1")
        bench.push(layout, name, "image", form)
        cell = Cell(bench, ("p256", "attestation", form, version, name))
        cell.reference = f"{bench.registry.address}/{name}:v1"
        done = cell.they_verify(cell.public, SBOM_TYPES[kind])
        return YES if done.code == 0 and done.stdout else done.message
    return side_by_side(attest, [(kind, form, version) for kind in SBOM_TYPES for form in FORMS
                                 for version in VERSIONS])


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", SBOM_TYPES)
def test_cosign_verifies_an_attested_sbom(sboms, kind, form, version):
    assert look(sboms[kind, form, version]) == YES


# ---- ways to carry it ----

ROUTE_CASES = [(name, form, judge) for name, _, _, judges, _ in copies.ROUTES for form in FORMS
               for judge in judges]


@pytest.fixture(scope="module")
def routes(bench):
    signed = {form: copies.Signed(bench, form) for form in FORMS}
    functions = {route[0]: (route[2], route[4]) for route in copies.ROUTES}

    def carry(case):
        name, form, judge = case
        function, needed = functions[name]
        for client in (*needed, *([] if judge == "waybill" else [judge])):
            bench.clients.path(client)
        return function(signed[form], judge)
    return side_by_side(carry, ROUTE_CASES)


@pytest.mark.parametrize("case", ROUTE_CASES, ids="-".join)
def test_way_to_carry_a_signed_image(routes, case):
    found, rule = look(routes[case]), copies.unsupported(*case)
    if case[:2] in copies.SOMETIMES:
        assert found == YES or re.search("attestations|signatures|bundles", found), found
        return
    assert found == YES or (rule is not None and rule[-2] in found), found


# ---- sigstore's client ----

@pytest.fixture(scope="module")
def sigstore(bench):
    """Key -> what the client says of our bundle and cosign 3's, of a file and of a statement."""
    if not os.path.isdir(NODE_MODULES) or shutil.which("node") is None:
        return dict.fromkeys(KEYS, Missing(f"no node, or no client in {NODE_MODULES}"))
    if not bench.clients.has("cosign3"):
        return dict.fromkeys(KEYS, Missing("no cosign3"))

    def judge(key):
        bundles = []
        for thing in ("blob", "blob attestation"):
            for sign in (Cell.we_sign, Cell.they_sign):
                cell = Cell(bench, (key, thing, "bundle", "cosign3", f"npm {sign.__name__}"))
                sign(cell)
                bundles.append(cell.path("signature"))
        program = os.path.join(os.path.dirname(os.path.abspath(__file__)), "verify-bundle.cjs")
        done = bench.clients.must(shutil.which("node"), program, NODE_MODULES,
                                  bench.path(f"{key}.pub"), bench.path("blob"), *bundles)
        return tuple(done.stdout.decode().splitlines())
    return side_by_side(judge, list(KEYS))


@pytest.mark.parametrize("key", KEYS)
def test_sigstores_client_judges_our_bundles_as_cosigns(sigstore, key):
    file_of_ours, file_of_theirs, statement_of_ours, statement_of_theirs = look(sigstore[key])
    if key == "ed25519":
        # cosign's statement is prehashed, and its bundle of a file lacks what the client reads.
        assert statement_of_ours == YES
        return
    assert file_of_ours == file_of_theirs == YES
    assert statement_of_ours == statement_of_theirs
    assert statement_of_ours == YES or key in cells.CURVES


# ---- the table ----

def client_versions(clients):
    versions = {name: clients.version(name) for name in table.CLIENTS}
    with open(os.path.join(NODE_MODULES, "..", "complete"), encoding="utf-8") as file:
        versions["sigstore"] = file.read().strip()
    return versions


def test_table_says_what_was_found(bench, matrix, key_files, sboms, routes, sigstore):
    found = {"matrix": matrix, "key files": key_files, "sbom": sboms, "routes": routes,
             "sigstore": sigstore}
    for results in found.values():
        for result in results.values():
            look(result)
    text = table.document(found, client_versions(bench.clients))
    if os.environ.get("WAYBILL_WRITE_INTEROP") == "1":
        with open(DOCUMENT, "w", encoding="utf-8") as file:
            file.write(text)
        return
    with open(DOCUMENT, encoding="utf-8") as file:
        written = file.read()
    if table.versions_of(written) != table.versions_of(text):
        pytest.skip("SKIPPED: docs/interop.md was written with other versions of the clients; "
                    "WAYBILL_WRITE_INTEROP=1 writes it anew")
    assert written == text
