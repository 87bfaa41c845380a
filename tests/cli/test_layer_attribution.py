# SPDX-License-Identifier: Apache-2.0
"""Which layer introduced, changed and deleted each package: images whose layers are the steps of a
real dpkg, checked layer for layer against what dpkg-query says after each step."""
import types

import debs
import images
import pytest
from layers import Layer, difference


def history(states):
    """From the state after each layer (key -> version) what the document must say: `alive` maps a key
    to (introduced, changed or None), `removed` to (introduced, changed, deleted). A package that came
    back was introduced by the layer that brought it back."""
    spans, before, removed = {}, {}, {}
    for layer, state in enumerate(states):
        for key in set(before) - set(state):
            removed[key] = (*spans.pop(key), layer)
        for key, version in state.items():
            if key not in before:
                spans[key] = (layer, None)
                removed.pop(key, None)
            elif before[key] != version:
                spans[key] = (spans[key][0], layer)
        before = dict(state)
    return types.SimpleNamespace(alive=spans, removed=removed)


def key(row):
    return f"{row[0]}:{row[2]}"


class Steps:
    """A root that dpkg works on; each step becomes a layer."""

    def __init__(self, tmp_path):
        self.root = debs.DpkgRoot(tmp_path / "root")
        self.before = {}
        self.layers = []
        self.states = []
        self.folder = tmp_path / "image"

    def step(self):
        after = self.root.snapshot()
        self.layers.append(difference(self.before, after))
        self.states.append({key(row): row[1] + " " + row[3] for row in self.root.query()
                            if row[3] not in ("config-files", "not-installed")})
        self.before = after

    def check(self, waybill):
        layers = [Layer().files({"etc/os-release": b"ID=debian\nVERSION_ID=\"12\"\n"}), *self.layers]
        reference = images.write_oci(self.folder, layers)
        expected = history([{}, *self.states])
        rows = [row for row in self.root.query() if row[3] not in ("config-files", "not-installed")]
        for document in (waybill.cyclonedx(reference), waybill.spdx(reference)):
            found = {f"{p.name}:{p.arch}": p for p in document.packages}
            assert {k: p.evr for k, p in found.items()} == {key(row): row[1] for row in rows}
            for name, package in found.items():
                assert (package.introduced, package.changed) == expected.alive[name], name
            gone = {f"{p.name}:{p.arch}": (p.introduced, p.deleted) for p in document.removed}
            assert gone == {name: (span[0], span[2]) for name, span in expected.removed.items()}
        return document


@pytest.fixture
def steps(tmp_path):
    return Steps(tmp_path)


def test_added_upgraded_removed(waybill, steps, make_deb):
    root = steps.root
    root.install(make_deb("alpha"), make_deb("beta"), make_deb("gamma"), make_deb("delta"))
    steps.step()
    root.install(make_deb("epsilon"))
    steps.step()
    root.install(make_deb("beta", "2.0-1"))
    steps.step()
    root.purge("gamma")
    steps.step()
    root.install(make_deb("alpha", "1:0.5-1"))
    root.purge("delta")
    root.install(make_deb("zeta"))
    steps.step()
    steps.check(waybill)


def test_downgraded(waybill, steps, make_deb):
    steps.root.install(make_deb("alpha", "2.0-1"))
    steps.step()
    steps.root.install(make_deb("alpha", "1.0-1"))
    steps.step()
    steps.check(waybill)


def test_removed_and_installed_again(waybill, steps, make_deb):
    steps.root.install(make_deb("alpha"), make_deb("beta"))
    steps.step()
    steps.root.purge("alpha")
    steps.step()
    steps.root.install(make_deb("alpha"))
    steps.step()
    steps.check(waybill)


def test_layers_that_do_not_touch_the_database(waybill, steps, make_deb):
    steps.root.install(make_deb("alpha"))
    steps.step()
    steps.layers.append(Layer().file("srv/data", "1"))
    steps.states.append(steps.states[-1])
    steps.layers.append(Layer().file("srv/more", "2"))
    steps.states.append(steps.states[-1])
    steps.root.install(make_deb("beta"))
    steps.step()
    steps.check(waybill)


def test_database_rewritten_without_a_change(waybill, steps, make_deb):
    """As `apt-get update` and clean-ups do: not the last layer that touched the database counts."""
    steps.root.install(make_deb("alpha"), make_deb("beta"))
    steps.step()
    for _ in range(2):
        with open(steps.root.admin + "/status", "rb") as file:
            status = file.read()
        steps.layers.append(Layer().file("var/lib/dpkg/status", status + b"\n"))
        steps.states.append(steps.states[-1])
    steps.check(waybill)


def test_added_and_removed_in_one_layer(waybill, steps, make_deb):
    steps.root.install(make_deb("alpha"))
    steps.step()
    steps.root.install(make_deb("builder"))
    steps.root.purge("builder")
    steps.root.install(make_deb("beta"))
    steps.step()
    document = steps.check(waybill)
    assert "builder" not in [package.name for package in document.removed]


def test_several_architectures(waybill, steps, make_deb):
    root = steps.root
    root.dpkg("--add-architecture", "i386")
    files = {"usr/share/doc/libx/README": b"the same\n"}
    root.install(make_deb("libx", Multi_Arch="same", files={**files, "usr/lib/a/libx": b"a"}))
    steps.step()
    root.install(make_deb("libx", architecture="i386", Multi_Arch="same",
                          files={**files, "usr/lib/b/libx": b"b"}))
    steps.step()
    root.install(
        make_deb("libx", "2.0-1", Multi_Arch="same", files={**files, "usr/lib/a/libx": b"c"}),
        make_deb("libx", "2.0-1", "i386", Multi_Arch="same",
                 files={**files, "usr/lib/b/libx": b"d"}))
    steps.step()
    root.purge("libx:i386")
    steps.step()
    steps.check(waybill)


def test_removed_but_not_purged(waybill, steps, make_deb):
    """Its configuration stays: a residue, not a package; the package counts as removed."""
    deb = make_deb("daemon", files={"etc/daemon.conf": b"x\n", "usr/sbin/daemon": b"d\n"},
                   conffiles=["etc/daemon.conf"])
    steps.root.install(deb, make_deb("alpha"))
    steps.step()
    steps.root.remove("daemon")
    steps.step()
    document = steps.check(waybill)
    assert [package.name for package in document.residues] == ["daemon"]


def test_unpacked_then_configured(waybill, steps, make_deb):
    steps.root.install(make_deb("alpha"))
    steps.root.unpack(make_deb("beta"))
    steps.step()
    steps.root.dpkg("--configure", "beta")
    steps.step()
    steps.check(waybill)


def test_many_layers(waybill, steps, make_deb):
    """Thirty layers, each with a package of its own."""
    for number in range(30):
        steps.root.install(make_deb(f"package-{number:02}", files={f"srv/{number}": b"x"}))
        if number % 7 == 6:
            steps.root.purge(f"package-{number - 3:02}")
        steps.step()
    steps.check(waybill)


def test_deleted_database_keeps_the_history(waybill, tmp_path, steps, make_deb):
    steps.root.install(make_deb("alpha"))
    steps.step()
    steps.root.install(make_deb("alpha", "2.0-1"), make_deb("beta"))
    steps.step()
    layers = [*steps.layers, Layer().whiteout("var/lib/dpkg")]
    document = waybill.cyclonedx(images.write_oci(steps.folder, layers))
    spans = {p.name: (p.introduced, p.changed) for p in document.packages}
    assert spans == {"alpha": (0, 1), "beta": (1, None)}
    assert any("deleted" in line and "layer 3" in line for line in document.run.warnings)


def test_files_have_layers_too(waybill, tmp_path):
    """The layer that introduced a file, and the one that last changed it."""
    layers = [Layer().files({"etc/os-release": b"ID=debian\n",
                             "var/lib/dpkg/status": debs.status_file(debs.stanza("alpha")),
                             "srv/a": b"1", "srv/b": b"1", "srv/c": b"1"}),
              Layer().file("srv/b", b"2").file("srv/a", b"1"),
              Layer().file("srv/d", b"1").whiteout("srv/c"),
              Layer().file("srv/b", b"3")]
    reference = images.write_oci(tmp_path / "image", layers)
    for document in (waybill.cyclonedx(reference, "--files", "all"),
                     waybill.spdx(reference, "--files", "all")):
        spans = {path: (file.introduced, file.changed) for path, file in document.files.items()
                 if path.startswith("/srv/")}
        assert spans == {"/srv/a": (0, None), "/srv/b": (0, 3), "/srv/d": (2, None)}
        assert {path: (file.introduced, file.deleted)
                for path, file in document.removed_files.items()} == {"/srv/c": (0, 2)}
