# SPDX-License-Identifier: Apache-2.0
"""The bundles of sigstore's conformance suite through waybill-verify, in that suite's own protocol:
the file itself and its digest, every case right, none of them with a network."""
import hashlib
import os

import pytest

from conftest import data_cases
from program import OK

IDENTITY = ("https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/"
            ".github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main")
ISSUER = "https://token.actions.githubusercontent.com"
CASES = data_cases("sigstore-conformance/bundle-verify/*/bundle.sigstore.json")

# Why a case is refused: without this a case could be right for the wrong reason.
REASONS = {
    "bundle-empty-certificate-chain_fail": "chain of 0 certificates",
    "bundle-from-wrong-instance_fail": "log that the trusted root does not name",
    "bundle-invalid-base64-signature_fail": "not base64",
    "bundle-malformed-json_fail": "JSON line",
    "bundle-negative-log-index_fail": "logIndex",
    "bundle-unknown-version_fail": "version=99.9",
    "checkpoint-bad-keyhint_fail": "not signed by the log",
    "dsse-invalid-sig_fail": "signature does not hold",
    "dsse-mismatch-envelope_fail": "about another payload",
    "inclusion-proof-corrupted-hash_fail": "does not lead to the root hash",
    "incorrect-public-key_fail": "signed entry timestamp .* does not hold",
    "integrated-time-in-future_fail": "expired at",
    "intoto-expired-certificate_fail": "not valid before",
    "intoto-log-entry-mismatch_fail": "about another signature",
    "intoto-missing-inclusion-proof_fail": "no inclusion proof",
    "intoto-tsa-timestamp-outside-cert-validity_fail": "expired at",
    "invalid-checkpoint-signature_fail": "checkpoint of .* does not hold",
    "invalid-ct-key_fail": "not logged by a certificate log",
    "invalid-inclusion-proof_fail": "no checkpoint",
    "managed-key-no-key_fail": "no key was given",
    "message-digest-mismatch_fail": "another digest",
    "rekor2-checkpoint-missing-log-signature_fail": "nobody signed it",
    "rekor2-checkpoint-missing-origin_fail": "not all there",
    "rekor2-checkpoint-missing-root-hash_fail": "not all there",
    "rekor2-checkpoint-no-matching-signature_fail": "checkpoint of .* does not hold",
    "rekor2-dsse-invalid-sig_fail": "signature does not hold",
    "rekor2-dsse-mismatch-sig_fail": "about another signature",
    "rekor2-no-inclusion-proof_fail": "no inclusion proof",
    "rekor2-no-timestamp_fail": "nothing proves when",
    "rekor2-timestamp-outside-trust-root-tsa-validity_fail": "authority .* is not trusted",
    "rekor2-timestamp-payload-mismatch_fail": "message imprint mismatch",
    "rekor2-timestamp-untrusted-tsa-with-embedded-cert_fail": "timestamp does not hold",
    "rekor2-timestamp-untrusted-tsa-without-embedded-cert_fail": "signer certificate not found",
    "rekor2-timestamp-with-incorrect-time_fail": "expired at",
    "signature-mismatch_fail": "signature does not hold",
    "trust-root-tlog-missing-validity-start_fail": "no `start`",
    "wrong-hashedrekord-artifact_fail": "about other content",
    "wrong-hashedrekord-cert-and-sig_fail": "about another signature",
    "wrong-material_fail": "signature does not hold",
}


class Case:
    def __init__(self, bundle):
        self.bundle = bundle
        self.folder = os.path.dirname(bundle)
        self.suite = os.path.dirname(os.path.dirname(self.folder))
        self.name = os.path.basename(self.folder)
        self.must_fail = self.name.endswith("_fail")

    def file(self, name, default):
        own = os.path.join(self.folder, name)
        return own if os.path.exists(own) else os.path.join(self.suite, default)

    def text(self, name, default):
        path = os.path.join(self.folder, name)
        if not os.path.exists(path):
            return default
        with open(path, encoding="utf-8") as file:
            return file.read().strip()

    @property
    def artifact(self):
        return self.file("artifact", os.path.join("bundle-verify", "a.txt"))

    @property
    def digest(self):
        with open(self.artifact, "rb") as file:
            return "sha256:" + hashlib.sha256(file.read()).hexdigest()

    @property
    def key(self):
        path = os.path.join(self.folder, "key.pub")
        return path if os.path.exists(path) else None

    @property
    def whom(self):
        if self.key:
            return ["--key", self.key]
        return ["--certificate-identity", self.text("identity", IDENTITY),
                "--certificate-oidc-issuer", self.text("issuer", ISSUER)]

    @property
    def root(self):
        return ["--trusted-root", self.file("trusted_root.json", "trusted_root.public-good.json")]


def those(condition):
    """The cases of a kind; where there are no data, the one that says so."""
    return [case for case in CASES if case.values[0] is None or condition(Case(case.values[0]))]


def judge(verify, case, arguments, artifact):
    run = verify.bundle(case.bundle, artifact, *arguments)
    if case.must_fail:
        verify.refuses_with(run, REASONS.get(case.name, ""), codes=(1, 3))
    else:
        assert run.code == OK, run
        assert b"the signature holds" in run.stdout and run.stderr == "", run


@pytest.mark.parametrize("bundle", CASES)
def test_case_by_file(verify, bundle):
    case = Case(bundle)
    judge(verify, case, case.whom + case.root, case.artifact)


@pytest.mark.parametrize("bundle", CASES)
def test_case_by_digest(verify, bundle):
    case = Case(bundle)
    judge(verify, case, case.whom + case.root, case.digest)


@pytest.mark.parametrize("bundle", those(lambda case: case.key))
def test_keys_need_no_trusted_root(verify, bundle):
    """A bundle made with a key is verified by the key alone: there is nothing to fetch."""
    case = Case(bundle)
    judge(verify, case, case.whom, case.artifact)


@pytest.mark.parametrize("bundle", those(lambda case: not case.must_fail and not case.key))
def test_good_bundles_are_for_one_identity_alone(verify, bundle):
    case = Case(bundle)
    whom = dict(zip(case.whom[::2], case.whom[1::2]))
    for option, reason in (("--certificate-identity", "not for whom"),
                           ("--certificate-oidc-issuer", "OIDC issuer")):
        other = [text for pair in {**whom, option: whom[option] + "x"}.items() for text in pair]
        run = verify.bundle(case.bundle, case.artifact, *other, *case.root)
        verify.refuses_with(run, reason)


@pytest.mark.parametrize("bundle", those(lambda case: not case.must_fail))
def test_good_bundles_are_for_one_file_alone(verify, bundle, tmp_path):
    case = Case(bundle)
    with open(case.artifact, "rb") as file:
        (tmp_path / "other").write_bytes(file.read() + b"\n")
    run = verify.bundle(case.bundle, tmp_path / "other", *case.whom, *case.root)
    verify.refuses_with(run)


def test_every_refusal_has_its_reason():
    """A new case of the suite is added to the table before it counts."""
    names = {os.path.basename(os.path.dirname(case.values[0])) for case in CASES if case.values[0]}
    unknown = sorted(name for name in names if name.endswith("_fail") and name not in REASONS)
    assert unknown == []
