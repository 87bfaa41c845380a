# SPDX-License-Identifier: Apache-2.0
"""docs/interop.md, written from what was found."""
import cells
import copies
import keyfiles

NAMES = {"cosign2": "cosign 2", "cosign3": "cosign 3", "waybill": "Waybill"}
KEY_NAMES = {"p256": "ECDSA P-256", "p384": "ECDSA P-384", "p521": "ECDSA P-521",
             "rsa3072": "RSA 3072", "ed25519": "Ed25519"}
CLIENTS = ("cosign2", "cosign3", "crane", "oras", "skopeo", "docker-registry", "sigstore")
TITLES = {"image": "Images", "index": "Indexes of several platforms",
          "attestation": "Attestations of images", "blob": "Files",
          "blob attestation": "Attestations of files"}
HEADING = """\
# Interoperability

Who verifies what Waybill signs, and whose signatures Waybill verifies. This page is written by
`tests/interop/test_clients.py` from what it found with the real programs:

    scripts/fetch-interop-clients
    WAYBILL_WRITE_INTEROP=1 scripts/test -R interop.test_clients

Every run of that test finds it all again and compares. Whatever says *yes* was signed by the one
program, carried through a registry where it is about an image, and verified by the other, with a
key and without a transparency log. *No* comes with the other program's own message below.
"""
VERSIONS_HEADING = "## The clients"
SIGNED_SHA256 = ("Signed with `--signature-digest-algorithm sha256`. Of what is signed with the hash of "
                 "the curve it says `{}`: {}")
VERIFIED_LONGER = ("Signed with `--signature-digest-algorithm sha256`, or verified with `{} {}`; without "
                   "either cosign takes SHA-256, and does not verify what cosign 3 signed either "
                   "(sigstore/cosign #5091)")


class Notes:
    """Numbered notes below a table: the same text, the same number."""

    def __init__(self):
        self.texts = []

    def mark(self, text):
        if text not in self.texts:
            self.texts.append(text)
        return f"[{self.texts.index(text) + 1}]"

    def lines(self):
        return [f"{number}. {text}." for number, text in enumerate(self.texts, 1)]


def no(notes, rule):
    return f"no {notes.mark(f'`{rule[-2]}`: {rule[-1]}')}"


def matrix_cell(cell, found, notes):
    rule = cells.unsupported(cell)
    if found != cells.YES and rule[-1] == cells.ONE_HASH:
        return f"yes {notes.mark(SIGNED_SHA256.format(rule[-2], rule[-1]))}"
    if found != cells.YES:
        return no(notes, rule)
    key, thing, _, version, direction = cell
    options = cells.digest_options(key, thing, version)
    if options and direction == "we sign":
        return f"yes {notes.mark(VERIFIED_LONGER.format(*options))}"
    return "yes"


def table(head, rows):
    return [f"| {' | '.join(head)} |", f"| {' | '.join('---' for _ in head)} |",
            *(f"| {' | '.join(row)} |" for row in rows)]


def matrix(outcomes):
    head = ["Key", "Form", *(f"{side} {NAMES[version]} verifies" if side == "we sign," else
                             f"{NAMES[version]} signs, we verify"
                             for version in cells.VERSIONS for side in ("we sign,", "they"))]
    for thing in cells.THINGS:
        notes = Notes()
        rows = [[KEY_NAMES[key], form,
                 *(matrix_cell(cell, outcomes[cell], notes)
                   for cell in ((key, thing, form, version, direction)
                                for version in cells.VERSIONS for direction in cells.DIRECTIONS))]
                for key in cells.KEYS for form in cells.FORMS]
        yield from (f"## {TITLES[thing]}", "", *table(head, rows), "")
        if notes.texts:
            yield from (*notes.lines(), "")


def key_files(outcomes):
    head = ["Key", *(text for version in cells.VERSIONS
                     for text in (f"our file, {NAMES[version]} opens it",
                                  f"{NAMES[version]}'s file, we open it"))]
    notes = Notes()
    rows = [[KEY_NAMES[key],
             *("yes" if outcomes[item] == cells.YES else no(notes, keyfiles.unsupported(item))
               for item in ((key, version, direction) for version in cells.VERSIONS
                            for direction in cells.DIRECTIONS))] for key in cells.KEYS]
    yield from ("## Private key files", "", *table(head, rows), "", *notes.lines(), "")


def sbom(outcomes):
    head = ["`waybill attest --sbom`", "Form", *(NAMES[version] for version in cells.VERSIONS)]
    rows = [[kind, form, *(outcomes[kind, form, version] for version in cells.VERSIONS)]
            for kind in ("spdx-json", "cyclonedx-json") for form in cells.FORMS]
    yield from ("## Attested SBOMs", "", "An ECDSA P-256 key; `cosign verify-attestation`.", "",
                *table(head, rows), "")


def routes(outcomes):
    notes, rows = Notes(), []
    for name, text, _, judges, _ in copies.ROUTES:
        for form in cells.FORMS:
            row = [text, form]
            for judge in ("cosign2", "cosign3", "waybill"):
                found = outcomes.get((name, form, judge))
                # `cosign save` is each cosign's, the judge is Waybill.
                rule = copies.unsupported(name, form, judge)
                sometimes = copies.SOMETIMES.get((name, form))
                row.append("" if judge not in judges else
                           f"sometimes {notes.mark(sometimes)}" if sometimes else
                           "yes" if found == cells.YES else no(notes, rule))
            rows.append([cell or "–" for cell in row])
    head = ["Way", "Form", "cosign 2", "cosign 3", "Waybill"]
    yield from ("## Ways to carry it", "",
                "One image, signed and attested by Waybill; signature and attestation are both "
                "verified behind", "it (by cosign 2 the attestation alone where the form is "
                "`bundle`). For `cosign save` the column", "says which cosign saved. A dash: nothing "
                "to be done by that program there. Sign with", "`--format both` for copies by tools "
                "that carry only one of the forms. cosign knows layouts of", "one image: in a layout "
                "of several it sees the one that was signed first.", "", *table(head, rows), "",
                *notes.lines(), "")


def sigstore_client(outcomes):
    head = ["Key", *(text for thing in ("file", "attestation of a file")
                     for text in (f"our bundle, {thing}", f"cosign 3's bundle, {thing}"))]
    notes = Notes()
    rows = [[KEY_NAMES[key], *("yes" if one == cells.YES else f"no {notes.mark(f'`{one}`')}"
                               for one in outcomes[key])] for key in cells.KEYS]
    yield from ("## sigstore's client for JavaScript", "",
                "The verifier of npm's `sigstore`, with the key and nothing else. It takes SHA-256 "
                "for statements", "whatever the curve, and no Ed25519 for files.", "",
                *table(head, rows), "", *notes.lines(), "")


def versions(clients):
    yield from (VERSIONS_HEADING, "", *table(["Client", "Version"],
                                             [[name, clients[name]] for name in CLIENTS]), "")


def document(found, clients):
    lines = [HEADING, *versions(clients), *matrix(found["matrix"]), *key_files(found["key files"]),
             *sbom(found["sbom"]), *routes(found["routes"]),
             *sigstore_client(found["sigstore"])]
    return "\n".join(lines).rstrip("\n") + "\n"


def versions_of(text):
    """The part of a written document that says with which clients it was made."""
    return text.partition(VERSIONS_HEADING)[2].partition("\n## ")[0]
