# SPDX-License-Identifier: Apache-2.0
"""A delivery of three images by `waybill pack`, with everything in it removed, swapped, truncated and
bit-flipped, object by object, plainly and with all that is not signed made to fit again; and an
older one replayed. Every case is refused, by code and by name."""
import collections
import concurrent.futures
import json
import os

import pytest

import images
import tampering
from deliveries import Delivery, write_archive, write_directory
from images import plain_tar, to_json
from program import BAD_INPUT, CHECK_FAILED, OK
from signatures import PROVENANCE, SPDX, Key, bundle, envelope, read, write
from verifier import Verifier

POLICY = {"version": 1, "signers": {"release": {"key": "release.pub"}},
          "delivery": {"signers": ["release"]},
          "images": [{"images": ["**"], "signatures": {"signers": ["release"]},
                      "attestations": [{"type": SPDX}, {"type": PROVENANCE}]}]}


def make_layout(key, folder, version):
    """Three images, one of two platforms, each signed, with an SBOM and its provenance."""
    made = Delivery(key)
    shared = b"shared layer " * 150

    def attach(image, name, sbom=True):
        made.attach(image, key)
        if sbom:
            made.attach(image, key, SPDX, {"spdxVersion": "SPDX-2.3", "name": name})
        made.attach(image, key, PROVENANCE, {"buildDefinition": {"buildType": f"{name} {version}"}})

    for name, layers in (("app:1", [shared, b"app %d " % version * 300]), ("tool:3", [b"tool"])):
        image = made.layout.image(images.Image(layers, "none"))
        made.layout.add(image, name)
        attach(image, name)
    platforms = [made.layout.image(
        images.Image([shared, architecture.encode() * 90], "none", architecture=architecture),
        platform={"os": "linux", "architecture": architecture})
        for architecture in ("amd64", "arm64")]
    index = made.layout.index(platforms)
    made.layout.add(index, "db:2")
    attach(index, "db:2", sbom=False)
    for platform in platforms:
        made.attach(platform, key, SPDX, {"spdxVersion": "SPDX-2.3", "name": "db:2"})
    return made.layout.write(str(folder))


class Site:
    def __init__(self, folder, waybill):
        self.folder = str(folder)
        self.key = Key(folder, "p256", "release")
        self.stranger = Key(folder, "p256", "stranger")
        self.policy = write(os.path.join(self.folder, "policy.json"), json.dumps(POLICY))
        write(os.path.join(self.folder, "notes.txt"), b"release notes\n" * 30)
        self.known = self.pack(waybill, 7)
        self.older = self.pack(waybill, 6)

    def pack(self, waybill, number):
        path = os.path.join(self.folder, f"{number}.waybill")
        layout = make_layout(self.key, os.path.join(self.folder, str(number)), number)
        done = waybill.run(
            "pack", "--key", self.key.path, "-o", path, "--name", "example", "--sequence",
            str(number), "--file", os.path.join(self.folder, "notes.txt"), "--policy", self.policy,
            f"oci:{layout}", env={"SOURCE_DATE_EPOCH": str(1767323045 + number)})
        assert done.code == OK, done
        return tampering.Known(self.members(path))

    @staticmethod
    def members(path):
        import tarfile
        with tarfile.open(path) as archive:
            return [(one.name, archive.extractfile(one).read()) for one in archive]

    def seal(self, payload, key):
        return bundle(envelope(payload, key), key)

    def cases(self):
        yield from tampering.broken_blobs(self.known)
        yield from tampering.broken_documents(self.known, self.older)
        yield from tampering.refitted(self.known, self.older)
        yield from tampering.inventories(self.known, self.older, self.stranger, self.seal)


@pytest.fixture(scope="module")
def site(tmp_path_factory, waybill):
    return Site(tmp_path_factory.mktemp("tampering"), waybill)


@pytest.fixture(scope="module", params=["tested", "released"])
def verifier(request, verify):
    """The program under test (with sanitizers, mostly), and the static one where it is named."""
    release = os.path.join(os.path.dirname(os.environ.get("WAYBILL_RELEASE", "")), "waybill-verify")
    if request.param == "tested":
        return verify
    if "WAYBILL_RELEASE" not in os.environ or not os.access(release, os.X_OK):
        pytest.skip("SKIPPED: set WAYBILL_RELEASE to a release build")
    return Verifier(release)


def run(verifier, site, case, number, form):
    path = os.path.join(site.folder, f"case-{number % 64}.waybill")
    arguments, stdin = [path], b""
    if form == "stream":
        arguments, stdin = ["-"], plain_tar(case.members)
    elif form == "directory":
        arguments = [write_directory(f"{path}.{number}", case.members)]
    else:
        write_archive(path, case.members)
    return verifier.run(*arguments, "--policy", site.policy, "-o", "json", stdin=stdin)


def judge(case, form, done):
    """What is wrong with how the case was refused; None: nothing."""
    if done.code not in (CHECK_FAILED, BAD_INPUT) or len(done.lines) != 1:
        return f"{case.name} ({form}): {done}"
    if done.code == BAD_INPUT:
        named = any(one in done.stderr for one in case.objects)
        return None if named else f"{case.name} ({form}): names nothing: {done}"
    report = json.loads(done.stdout)
    said = {(one["code"], f"{one.get('object') or 'delivery'}: {one['message']}")
            for one in report["outcomes"] if one["code"].startswith("E-")}
    assert report["result"] == "fails" and said
    first = report["outcomes"][0]["code"]
    if first not in done.stderr:
        return f"{case.name} ({form}): stderr is {done.stderr}"
    for code, text in said:
        if code in case.codes and any(one in text for one in case.objects):
            return None
    return f"{case.name} ({form}): {sorted(said)} is not {sorted(case.codes)} of {case.objects}"


def form_of(number):
    return ("archive", "stream", "archive", "directory")[number % 4]


def test_every_object_in_every_way(site, verifier, record_property):
    cases = list(site.cases())
    assert len({case.name for case in cases}) == len(cases)
    unchanged = dict(site.known.members)
    assert all(dict(case.members) != unchanged for case in cases), "a case changes nothing"
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        done = pool.map(lambda one: run(verifier, site, one[1], one[0], form_of(one[0])),
                        enumerate(cases))
        wrong = [judge(case, form_of(number), one)
                 for number, (case, one) in enumerate(zip(cases, done))]
    wrong = [one for one in wrong if one]
    print(f"{len(cases)} cases, {len(site.known.blobs)} blobs")
    record_property("cases", len(cases))
    assert not wrong, f"{len(wrong)} of {len(cases)}:\n" + "\n".join(wrong[:40])


def test_nothing_was_left_out(site):
    """Each blob in each of the ways, each kind of object at all."""
    names = [case.name for case in site.cases()]
    for blob in site.known.blobs:
        for change in tampering.CHANGES:
            assert any(blob[-64:-52] in one and change in one for one in names), (blob, change)
    roles = collections.Counter(site.known.roles.values())
    assert roles["signature"] == 3 and roles["attestation"] == 7 and roles["index"] >= 1, roles
    assert roles["inventory"] == 1 and roles["layer"] >= 5 and roles["file"] >= 1, roles
    assert len(site.known.predicate["images"]) == 3


@pytest.mark.parametrize("form", ["archive", "stream", "directory"])
def test_both_deliveries_hold_as_they_are(site, verifier, form):
    for number, known in enumerate((site.known, site.older)):
        case = tampering.Case("whole", known.members, set(), [])
        assert run(verifier, site, case, 60 + number, form).code == OK


def test_an_older_one_is_no_newer_one(site, verifier, waybill, tmp_path):
    """What was valid then is refused once a newer one was accepted."""
    state = str(tmp_path / "state.json")
    older, newer = (os.path.join(site.folder, f"{number}.waybill") for number in (6, 7))
    judged = ["--policy", site.policy, "--state", state]
    assert waybill.run("verify", *judged, older).code == OK
    assert waybill.run("verify", *judged, newer).code == OK
    kept = read(state)
    for program, first in ((waybill, ["verify"]), (verifier, [])):
        for path in (older, "-"):
            done = program.run(*first, *judged, path, stdin=read(older) if path == "-" else b"")
            assert done.code == CHECK_FAILED and "E-REPLAY" in done.stderr, done
            assert "number 6" in done.stderr and "7" in done.stderr, done
    assert read(state) == kept
    assert verifier.run(*judged, newer).code == OK


def test_headers_of_the_archive(site, verifier):
    """Bits of tar headers, and cuts at every block."""
    data = plain_tar(site.known.members)
    at, headers = 0, []
    for _, content in site.known.members:
        headers.append(at)
        at += 512 + (len(content) + 511) // 512 * 512
    changed = []
    for number, header in enumerate(headers):
        for offset in (number * 7 % 100, 124 + number % 12, 148 + number % 7, 156):
            changed.append((f"header at {header}, byte {offset}",
                            tampering.flipped(data, header + offset)))
    changed += [(f"cut at {size}", data[:size]) for size in range(0, at + 512, 2560)]

    def verdict(case):
        name, content = case
        path = os.path.join(site.folder, name.replace(" ", "-") + ".waybill")
        write(path, content)
        done = verifier.run(path, "--policy", site.policy)
        os.unlink(path)
        good = done.code in (CHECK_FAILED, BAD_INPUT) and len(done.lines) == 1 and \
            ("E-" in done.stderr or done.code == BAD_INPUT) and path in done.stderr
        return None if good else f"{name}: {done}"
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        wrong = [one for one in pool.map(verdict, changed) if one]
    assert not wrong, f"{len(wrong)} of {len(changed)}:\n" + "\n".join(wrong[:40])


def test_the_policy_that_came_along_is_not_believed(site, verifier, tmp_path):
    """A stranger packs a delivery with a policy of his own."""
    policy = json.loads(to_json(POLICY))
    policy["signers"]["release"]["key"] = read(site.stranger.public_path).decode()
    payload = to_json({**json.loads(site.known.payload)})
    members = tampering.refit(site.known.members, site.known.bundle,
                              site.seal(payload, site.stranger))
    carried = next(name for name, data in site.known.members
                   if data == json.dumps(POLICY).encode())
    members = tampering.refit(members, carried, to_json(policy))
    done = verifier.run(write_archive(tmp_path / "r.waybill", members), "--policy", site.policy)
    assert done.code == CHECK_FAILED and "E-INVENTORY-SIGNATURE" in done.stderr, done
