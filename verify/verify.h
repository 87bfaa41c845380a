/* SPDX-License-Identifier: Apache-2.0 */
/* Verifying what sign/ makes and what cosign makes: parse within bounds, check the signature over
 * the exact bytes received, and only then look inside. Offline: nothing here opens a socket. */
#ifndef WAYBILL_VERIFY_H
#define WAYBILL_VERIFY_H

#include "delivery/inventory.h"
#include "image/volumes.h"
#include "keys/keys.h"
#include "sign/envelope.h"

/* sigstore's TrustedRoot file: the certificate authorities, logs and timestamp authorities of an
 * instance, and when each was to be believed. Read strictly: unknown members are refused.
 * (trusted_root.c) */
struct wb_trusted_root;
struct wb_trusted_root *wb_trusted_root_read(struct wb_bytes json, struct wb_error *err);
void wb_trusted_root_free(struct wb_trusted_root *root);
WB_AUTO_DECLARE(wb_trusted_root)

/* ---- what the user demands (demands.c)
 * ----------------------------------------------------------- */

struct wb_verify_demands {
    /* Keys, of which any one (threshold 0 or 1) or `threshold` different ones must have signed. */
    struct wb_key **keys;
    size_t key_count;
    unsigned threshold;
    /* Certificates: roots of a private PKI, and who the leaf must be for. With roots an identity is
     * mandatory (the name or its pattern). */
    const struct wb_certificates *roots;
    const struct wb_certificates *intermediates;
    const struct wb_bytes *crls;
    size_t crl_count;
    const char *identity;        /* exactly one of the leaf's names */
    const char *identity_regexp; /* POSIX extended, whole name */
    const char *issuer;          /* sigstore's OIDC issuer extension */
    const char *issuer_regexp;
    /* Timestamp authorities: with a matching timestamp the certificate is judged as of its time. */
    const struct wb_certificates *timestamp_roots;
    /* Judges certificates that the `roots` do not: time, path, certificate log, transparency log.
     * An identity and an issuer are mandatory then. Of a signature by one of the keys, the log
     * entries that its bundle has must hold, too. NULL: log entries are not looked at. */
    const struct wb_trusted_root *trusted_root;
    int64_t now;
    /* All of these must be in the signed payload. */
    const struct wb_statement_pair *annotations;
    size_t annotation_count;
    const char *predicate_type; /* URI; NULL: any but cosign's image signature */
    /* JSON pointers (RFC 6901) into the statement with the value that must be there: a string as it
     * is, anything else as compact JSON. */
    const struct wb_statement_pair *requirements;
    size_t requirement_count;
    /* What ECDSA and RSA signatures must be over; NONE: a digest by the key's own algorithm, or
     * with ECDSA by SHA-256, as cosign 2 signs whatever the curve. */
    enum wb_digest_algorithm digest_algorithm;
    bool signature_only; /* do not check the blobs below the manifest */
    /* Who may have signed instead: asked when these do not accept the signature. Only what it says
     * of keys and certificates counts. */
    const struct wb_verify_demands *next;
};

/* ---- what was found (report.c)
 * -------------------------------------------------------------------- */

/* A certificate that came with a signature. Hex, lower case. */
struct wb_proof_certificate {
    const char *fingerprint; /* SHA-256 of its DER */
    const char *key_id;      /* SHA-256 of SubjectPublicKeyInfo */
    const char *serial;      /* without leading zeros */
};

/* One signature that held, and what it says. Strings live in the report. */
struct wb_proof {
    const char *form;           /* "bundle", "simple-signing", "dsse", "detached" */
    const char *signer;         /* "key SHA-256 ab12…" or "certificate NAME issued by ..." */
    const char *key_id;         /* hex SHA-256 of SubjectPublicKeyInfo */
    const char *identity;       /* of the certificate; NULL */
    const char *predicate_type; /* NULL for a signature of a file */
    const char *subject;        /* digest that it speaks of, `sha256:...` */
    bool is_predicate;          /* of a file: not the subject, but what is stated of it */
    const char *source; /* digest of the manifest or blob that carries it; NULL for a file */
    bool has_time;
    int64_t time;       /* of a timestamp or log entry that was checked; the earliest */
    size_t log_entries; /* that were checked */
    struct wb_statement_pair *annotations;
    size_t annotation_count;
    struct wb_bytes payload;                         /* the exact signed payload */
    const struct wb_verify_demands *accepted_by;     /* which of the alternatives; the caller's */
    const struct wb_proof_certificate *certificates; /* leaf first; NULL for a bare key */
    size_t certificate_count;
};

/* One candidate that was refused, and why. */
struct wb_refusal {
    const char *source;
    const char *reason;
    bool other_type; /* its signature holds, but it is of a type that was not asked for */
    /* What it says it is, whether or not anybody vouches for that; NULL when it cannot be read. */
    const char *claimed_type;
};

struct wb_verify_report {
    struct wb_proof *proofs;
    size_t proof_count, proof_capacity;
    struct wb_refusal *refusals;
    size_t refusal_count, refusal_capacity;
    size_t blobs_checked;
    uint64_t bytes_checked;
    struct wb_arena *arena;
};
struct wb_verify_report *wb_verify_report_new(void);
void wb_verify_report_free(struct wb_verify_report *report);
WB_AUTO_DECLARE(wb_verify_report)

/* ---- files (verify_blob.c)
 * ------------------------------------------------------------------------- */

/* The content of a file under verification: digests are computed as needed. */
struct wb_verify_content {
    int fd; /* -1: use `bytes` */
    struct wb_bytes bytes;
    struct wb_digest digest; /* algorithm not NONE: nothing but this is known of it */
};
/* A bundle (message signature, or a statement with the file as subject) over the file. True: enough
 * proofs were found; false with WB_CHECK_FAILED and the reason. */
bool wb_verify_blob_bundle(const struct wb_verify_content *content, struct wb_bytes bundle,
                           const struct wb_verify_demands *demands, struct wb_verify_report *report,
                           struct wb_error *err) WB_MUST_CHECK;
/* A detached signature (raw bytes or base64 text) over the file; certificates: leaf first, from
 * `--certificate`, NULL with keys. */
bool wb_verify_blob_signature(const struct wb_verify_content *content, struct wb_bytes signature,
                              const struct wb_certificates *certificates,
                              const struct wb_verify_demands *demands,
                              struct wb_verify_report *report, struct wb_error *err) WB_MUST_CHECK;
/* An attestation (bundle or DSSE envelope) with the file as subject. */
bool wb_verify_blob_attestation(const struct wb_verify_content *content,
                                struct wb_bytes attestation,
                                const struct wb_verify_demands *demands,
                                struct wb_verify_report *report,
                                struct wb_error *err) WB_MUST_CHECK;

/* ---- COSE (cose_sign1.c; RFC 9052 §4.2)
 * ------------------------------------------------------------- */

/* Whether the bytes begin as a tagged COSE_Sign1 message does. */
bool wb_cose_recognises(struct wb_bytes bytes);
struct wb_cose_content {
    struct wb_bytes payload;  /* in the message's own bytes */
    const char *content_type; /* as the signer stated it; lives in the report; empty: none */
};
/* A COSE_Sign1 message with its payload inside, such as a signed CoSWID tag: deterministic
 * encoding, algorithm in the protected header, no critical parameters. */
bool wb_verify_cose(struct wb_bytes bytes, const struct wb_verify_demands *demands,
                    struct wb_verify_report *report, struct wb_cose_content *content,
                    struct wb_error *err) WB_MUST_CHECK;

/* ---- images (verify_image.c, verify_blobs.c)
 * ---------------------------------------------------------- */

/* Signatures of the target in either form; then, unless signature_only, the digest and size of the
 * manifest and of every blob below it (all platforms of an index), on all processors. */
bool wb_verify_image(struct wb_layout *layout, const struct wb_descriptor *target,
                     const struct wb_verify_demands *demands, struct wb_verify_report *report,
                     struct wb_error *err) WB_MUST_CHECK;
/* Every image that the layout lists, as wb_verify_image; `visit` is told of each, with `failure`
 * NULL where it holds. True: there is at least one, and all hold. (verify_layout.c) */
typedef void wb_layout_visitor(void *context, const struct wb_descriptor *image,
                               const struct wb_verify_report *report,
                               const struct wb_error *failure);
bool wb_verify_layout(struct wb_layout *layout, const struct wb_verify_demands *demands,
                      wb_layout_visitor *visit, void *context, struct wb_error *err) WB_MUST_CHECK;
/* Attestations of the target. */
bool wb_verify_image_attestations(struct wb_layout *layout, const struct wb_descriptor *target,
                                  const struct wb_verify_demands *demands,
                                  struct wb_verify_report *report,
                                  struct wb_error *err) WB_MUST_CHECK;

/* ---- what did not hold (outcome.c)
 * ------------------------------------------------------------------ */

/* Stable codes, `E-MISSING-BLOB` and so on: outcome_codes.c has one row for each with its meaning,
 * docs/codes.md the same table, and each has a test. What is missing and what was tampered with are
 * different codes. W- codes are warnings: they do not make the result false. */
struct wb_outcome {
    const char *code;    /* "E-DIGEST", "W-CLOCK-BEFORE-ISSUE" */
    const char *object;  /* what it is about: a digest, an image's name, a file; NULL: the whole */
    const char *message; /* one line */
};
struct wb_outcomes {
    struct wb_outcome *items;
    size_t count, capacity;
    size_t failures; /* how many of them are not warnings */
    struct wb_arena *arena;
};
struct wb_outcomes *wb_outcomes_new(void);
void wb_outcomes_free(struct wb_outcomes *outcomes);
WB_AUTO_DECLARE(wb_outcomes)
/* The code must be in the table. Not thread safe. */
void wb_outcome_add(struct wb_outcomes *outcomes, const char *code, const char *object,
                    const char *format, ...) WB_PRINTF(4, 5);
/* All codes with their meanings, for documents and tests. */
struct wb_outcome_code {
    const char *code;
    const char *meaning;
};
const struct wb_outcome_code *wb_outcome_codes(size_t *count);

/* ---- policies (policy*.c)
 * --------------------------------------------------------------------------- */

/* policy.json (schema: docs/policy.schema.json). Unknown members are refused; a policy that demands
 * nothing is an error. Keys and certificates stand in it as PEM text or as paths relative to
 * `directory_fd` (AT_FDCWD: the working directory; -1: paths are refused). */
struct wb_policy;
struct wb_policy *wb_policy_read(struct wb_bytes json, int directory_fd, struct wb_error *err);
/* The same of a file, with paths relative to the folder it is in. */
struct wb_policy *wb_policy_open(const char *path, struct wb_error *err);
/* What `--key` and the like alone mean: every image must be signed so, and the inventory where
 * there is one. The demands must outlive it. */
struct wb_policy *wb_policy_from_demands(const struct wb_verify_demands *demands);
void wb_policy_free(struct wb_policy *policy);
WB_AUTO_DECLARE(wb_policy)
/* Judges keyless certificates in its rules; must outlive the policy. */
void wb_policy_set_trusted_root(struct wb_policy *policy, const struct wb_trusted_root *root);
/* Whether one of its signers is keyless, and it names no trusted root itself. */
bool wb_policy_wants_trusted_root(const struct wb_policy *policy);
/* Appends what it demands, in plain words, one line each. */
void wb_policy_explain(const struct wb_policy *policy, struct wb_buffer *text);
/* Appends what is allowed but hardly meant (a rule that no image can fall under), a line each. */
void wb_policy_warnings(const struct wb_policy *policy, struct wb_buffer *text);
/* Whether it has a part about deliveries, and so wants an inventory. */
bool wb_policy_wants_inventory(const struct wb_policy *policy);

/* What is remembered between deliveries, only when asked for: the highest sequence number of each
 * name, and the newest issue time. (policy_state.c) */
struct wb_policy_state;
struct wb_policy_state *wb_policy_state_read(struct wb_bytes json, struct wb_error *err);
struct wb_policy_state *wb_policy_state_new(void);
void wb_policy_state_free(struct wb_policy_state *state);
WB_AUTO_DECLARE(wb_policy_state)
/* Takes note of a delivery that held. */
void wb_policy_state_note(struct wb_policy_state *state, const struct wb_inventory *inventory);
void wb_policy_state_write(const struct wb_policy_state *state, struct wb_buffer *json);

/* What one image was found to be. Strings and proofs live in the verification they belong to. */
struct wb_image_verdict {
    const char *name; /* as index.json or the inventory has it; NULL */
    struct wb_digest digest;
    const char *rule; /* the rule of the policy that it fell under; NULL */
    bool unsigned_allowed;
    struct wb_verify_report *signatures;   /* owned; NULL when none were looked at */
    struct wb_verify_report *attestations; /* owned; NULL likewise */
    size_t failures;                       /* outcomes about it */
    size_t blobs;      /* below it, the manifest included; 0: they could not be found */
    uint64_t bytes;    /* of them */
    bool away;         /* not judged, because it is on a volume that may be missing */
    size_t blobs_away; /* of its blobs, that are on volumes which are not here */
};

/* Whether the signatures of the inventory (all bundles whose payload is `statement`) are those that
 * the policy wants. Proofs go to `report`. Adds outcomes. */
bool wb_policy_check_inventory_signers(const struct wb_policy *policy,
                                       const struct wb_bytes *bundles, size_t bundle_count,
                                       int64_t now, struct wb_verify_report *report,
                                       struct wb_outcomes *outcomes);
/* Issue time, expiry, sequence, revoked digests, what the policy says of the whole; `state` may be
 * NULL. */
void wb_policy_check_inventory(const struct wb_policy *policy, const struct wb_inventory *inventory,
                               const struct wb_policy_state *state, int64_t now,
                               struct wb_outcomes *outcomes);
/* Signatures and attestations of one image of the layout, by the rule for its name; blobs are the
 * caller's to check. `inventory` may be NULL (a plain layout); with one, what it expects must be
 * there. */
void wb_policy_check_image(const struct wb_policy *policy, struct wb_layout *layout,
                           const struct wb_descriptor *image, const char *name,
                           const struct wb_inventory *inventory, int64_t now,
                           struct wb_image_verdict *verdict, struct wb_outcomes *outcomes);
void wb_image_verdict_clear(struct wb_image_verdict *verdict);
/* The same of an image in a plain layout, and then, unless signature_only, the digest and size of
 * every blob below it. (policy_verify.c) */
void wb_policy_verify_image(const struct wb_policy *policy, struct wb_layout *layout,
                            const struct wb_descriptor *image, const char *name,
                            bool signature_only, int64_t now, struct wb_image_verdict *verdict,
                            struct wb_outcomes *outcomes);

/* ---- trust kits (trust_kit*.c)
 * --------------------------------------------------------------------- */

/* What a site trusts, as versions each of which is signed by the keys of the one before (and by its
 * own): a folder with `1.kit.json`, `2.kit.json` and so on, or one file with some of them
 * (docs/trust-kit.md). Each is a DSSE envelope of WB_TRUST_KIT_PAYLOAD_TYPE. */
struct wb_trust_kit;
/* What is at the path is trusted: its oldest version must be signed by its own keys, and each other
 * follow the one before. The kit is the newest. WB_CHECK_FAILED when a version does not follow. */
struct wb_trust_kit *wb_trust_kit_open(const char *path, struct wb_error *err);
/* The same of the bytes of one such file. */
struct wb_trust_kit *wb_trust_kit_read(struct wb_bytes file, struct wb_error *err);
void wb_trust_kit_free(struct wb_trust_kit *kit);
WB_AUTO_DECLARE(wb_trust_kit)
/* Goes on to the newest version of `update` (which nobody trusts for having come along), as far as
 * each follows the one before. WB_CHECK_FAILED when it is older, is another kit, or leaves one out.
 */
bool wb_trust_kit_update(struct wb_trust_kit *kit, const struct wb_trust_kit *update,
                         struct wb_error *err) WB_MUST_CHECK;
struct wb_trust_kit_version {
    const char *name;
    int64_t number; /* from 1 */
    int64_t issued, expires;
    struct wb_digest digest;  /* SHA-256 of what is signed: to be compared by other means */
    struct wb_bytes payload;  /* what is signed */
    struct wb_bytes envelope; /* as it came */
    size_t signatures;        /* of its own keys that hold */
    unsigned threshold;       /* of its own */
};
/* All versions, oldest first; they live in the kit. */
const struct wb_trust_kit_version *wb_trust_kit_versions(const struct wb_trust_kit *kit,
                                                         size_t *count);
/* The policy of the newest version, with its keys, authorities and revocations; without a policy,
 * images and inventories must be signed by a key of the role `release`. */
struct wb_policy *wb_trust_kit_policy(const struct wb_trust_kit *kit, struct wb_error *err);
/* Adds the newest version's revocations, and its trusted root where there is none, to a policy of
 * the site's own. */
bool wb_trust_kit_apply(const struct wb_trust_kit *kit, struct wb_policy *policy,
                        struct wb_error *err) WB_MUST_CHECK;
/* All that `--trust`, `--trust-update` and `--policy` (both may be NULL) mean together. What is
 * judged by such a policy has the kit's expiry and age among its outcomes. */
struct wb_policy *wb_trust_kit_open_policy(const char *trust, const char *update,
                                           const char *policy, struct wb_error *err);
/* Appends "trust kit NAME, version 3 as of 2026-05-01T00:00:00Z (12 days old)"; nothing for a
 * policy without a kit. */
void wb_policy_describe_kit(const struct wb_policy *policy, int64_t now, struct wb_buffer *text);
/* The expiry and age of its kit alone, by what it allows. */
void wb_policy_check_kit(const struct wb_policy *policy, int64_t now, struct wb_outcomes *outcomes);
/* Appends all that it says, one line each. */
void wb_trust_kit_explain(const struct wb_trust_kit *kit, struct wb_buffer *text);

/* ---- deliveries (verify_delivery*.c)
 * ---------------------------------------------------------------- */

struct wb_delivery_input {
    /* Volumes: archives, or directories of a layout; in any order. Or one stream. */
    const char *const *paths;
    size_t path_count;
    int stream_fd; /* -1: `paths` */
    /* What the site already has, for a delivery that builds on it: archives or layouts. */
    const char *const *bases;
    size_t base_count;
    bool allow_missing_volumes; /* what is here must hold; what is not is a warning */
    unsigned threads;           /* 0: processors */
    void (*progress)(void *context, uint64_t bytes_done, uint64_t bytes_total);
    void *context;
};

/* A range of a blob whose bytes are not those of the inventory. */
struct wb_bad_range {
    struct wb_digest blob;
    uint64_t offset, size; /* in the blob */
    const char *file;      /* the archive, and where in it that begins */
    uint64_t file_offset;
};

/* What was established, and what was not. */
struct wb_delivery_verdict {
    struct wb_outcomes *outcomes;
    struct wb_inventory *inventory;            /* NULL: none, or none that can be believed */
    struct wb_verify_report *inventory_report; /* who signed it */
    struct wb_image_verdict *images;
    size_t image_count, image_capacity;
    /* Of each of the inventory's files, in its order: what became of its bytes. NULL: not reached.
     */
    enum wb_file_state { WB_FILE_HOLDS, WB_FILE_FAILS, WB_FILE_AWAY } * files;
    struct wb_bad_range *bad_ranges;
    size_t bad_range_count, bad_range_capacity;
    size_t blobs_checked;
    uint64_t bytes_checked;
    size_t orphan_count; /* blobs and entries that nothing names: each an outcome, too */
    unsigned volumes_seen;
    /* All volumes and the base as one, for unpacking; of a stream only its documents can be read.
     * NULL when it could not be opened. */
    struct wb_layout *layout;
    struct wb_volumes *volumes; /* what the layout reads through */
};
struct wb_delivery_verdict *wb_delivery_verdict_new(void);
void wb_delivery_verdict_free(struct wb_delivery_verdict *verdict);
WB_AUTO_DECLARE(wb_delivery_verdict)
/* Verifies a delivery, or a plain layout where the policy asks for no inventory. Order: within
 * bounds find the inventory, check its signatures, then read it, then every byte of every blob
 * against it, then the images against the policy. True: all held. False with WB_CHECK_FAILED and
 * the outcomes, or another status when it could not be looked at. */
bool wb_verify_delivery(const struct wb_delivery_input *input, const struct wb_policy *policy,
                        const struct wb_policy_state *state, int64_t now,
                        struct wb_delivery_verdict *verdict, struct wb_error *err) WB_MUST_CHECK;

/* ---- the SBOM against the layers (deep*.c)
 * ---------------------------------------------------------- */

/* What an SBOM document (SPDX 2.3 or CycloneDX, JSON) claims of files and packages. */
struct wb_sbom_claims;
struct wb_sbom_claims *wb_sbom_claims_read(struct wb_bytes document, struct wb_error *err);
void wb_sbom_claims_free(struct wb_sbom_claims *claims);
WB_AUTO_DECLARE(wb_sbom_claims)
/* A package that the document says is there, by its package URL; packages without one, and those
 * that the document says were removed, are left out. Strings belong to the claims. */
struct wb_package_claim {
    const char *name;    /* NULL not stated */
    const char *version; /* NULL not stated */
    const char *purl;
};
const struct wb_package_claim *wb_sbom_claims_packages(const struct wb_sbom_claims *claims,
                                                       size_t *count);

/* Reads the layers of one image manifest once, with the digests of their blobs and their diffIDs
 * checked, and compares every file that the claims name with the file in the merged layers. Adds
 * outcomes (E-SBOM-FILE-MISSING, E-SBOM-FILE-CHANGED, E-DIGEST, E-MISSING-BLOB, E-SBOM) and to
 * *files_checked. True: all is as claimed; false with WB_CHECK_FAILED: outcomes say what is not. */
bool wb_verify_deep_files(struct wb_layout *layout, const struct wb_descriptor *manifest,
                          const struct wb_sbom_claims *claims, struct wb_outcomes *outcomes,
                          size_t *files_checked, struct wb_error *err) WB_MUST_CHECK;

/* What a deep check went through. */
struct wb_deep_summary {
    size_t images;   /* manifests whose layers were read */
    size_t sboms;    /* that were compared */
    size_t files;    /* that they name and that were compared */
    size_t packages; /* likewise; only by those who link the readers */
};
/* Told of each SBOM after its files were compared: derives what it can again and adds outcomes.
 * False with `err` when that could not be done. */
typedef bool wb_deep_visitor(void *context, const struct wb_descriptor *manifest,
                             const struct wb_sbom_claims *claims, struct wb_outcomes *outcomes,
                             struct wb_error *err);
/* Every image of the target, which is one or an index of some: each SBOM that was attested of it
 * and whose signature these demands accept (whatever predicate, annotations and requirements they
 * ask for), as wb_verify_deep_files; E-SBOM when there is none. What is attested of an index is not
 * asked: each image must have an SBOM of its own. `visit` may be NULL. (deep.c) */
bool wb_verify_deep(struct wb_layout *layout, const struct wb_descriptor *target,
                    const struct wb_verify_demands *demands, wb_deep_visitor *visit, void *context,
                    struct wb_outcomes *outcomes, struct wb_deep_summary *summary,
                    struct wb_error *err) WB_MUST_CHECK;
/* The same with the SBOMs that a policy lets one believe of the image of that name (NULL: none).
 * (deep_policy.c) */
bool wb_verify_deep_by_policy(struct wb_layout *layout, const struct wb_descriptor *target,
                              const char *name, const struct wb_policy *policy, int64_t now,
                              wb_deep_visitor *visit, void *context, struct wb_outcomes *outcomes,
                              struct wb_deep_summary *summary, struct wb_error *err) WB_MUST_CHECK;
/* The same for every image that the layout lists. */
bool wb_verify_deep_layout(struct wb_layout *layout, const struct wb_policy *policy, int64_t now,
                           wb_deep_visitor *visit, void *context, struct wb_outcomes *outcomes,
                           struct wb_deep_summary *summary, struct wb_error *err) WB_MUST_CHECK;

/* ---- saying it (delivery_report_*.c)
 * ---------------------------------------------------------------- */

/* What a report says beside the verdict. */
struct wb_delivery_report {
    const struct wb_delivery_input *input;
    const struct wb_delivery_verdict *verdict;
    bool failed;                        /* wb_verify_delivery said false */
    int64_t now;                        /* by which it was judged */
    const char *program;                /* "waybill-verify 0.1.0" */
    const char *trust;                  /* by whose word: "key release.pub", "policy policy.json" */
    const char *confinement;            /* what the process had forbidden itself; NULL: nothing */
    const char *state;                  /* the state file, for what was accepted before; NULL */
    bool state_kept;                    /* it is brought up to date afterwards */
    const struct wb_deep_summary *deep; /* layers were read again; NULL: they were not */
    bool verbose;                       /* refused signatures, too */
};
/* Text for people: what holds, who signed it and when, what does not, and what was not checked.
 * Every line about a failure begins with its code and names its object. */
void wb_delivery_report_text(const struct wb_delivery_report *report, struct wb_buffer *text);
/* The same for programs; docs/verify-report.schema.json describes it. */
bool wb_delivery_report_json(const struct wb_delivery_report *report, struct wb_buffer *json,
                             struct wb_error *err) WB_MUST_CHECK;
/* The same as one page of HTML for the files, which loads and runs nothing. */
void wb_delivery_report_html(const struct wb_delivery_report *report, struct wb_buffer *html);
/* The first failure in one line, for an error message. */
void wb_delivery_report_failure(const struct wb_delivery_verdict *verdict, struct wb_error *err);
/* One file by its bundle or attestation, with `report` what was proved of it. */
struct wb_file_report {
    const char *file;
    const struct wb_verify_report *proved;
    const struct wb_error *failure; /* NULL: it holds */
    int64_t now;
    const char *program, *trust, *confinement;
};
void wb_file_report_text(const struct wb_file_report *report, struct wb_buffer *text);
bool wb_file_report_json(const struct wb_file_report *report, struct wb_buffer *json,
                         struct wb_error *err) WB_MUST_CHECK;

#endif
