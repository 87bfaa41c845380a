/* SPDX-License-Identifier: Apache-2.0 */
/* What the checks of verify/ share. */
#ifndef WAYBILL_VERIFY_PRIVATE_H
#define WAYBILL_VERIFY_PRIVATE_H

#include "verify/verify.h"

/* One signature as it was received. Nothing in it is trusted. */
struct wb_signed_thing {
    const char *form;   /* as wb_proof.form */
    const char *source; /* as wb_proof.source */
    /* What is signed: the bytes, or a file's content. */
    struct wb_bytes message;
    const struct wb_verify_content *content; /* NULL: `message` */
    const struct wb_dsse_envelope *envelope; /* whose encoding `message` is; NULL */
    struct wb_bytes envelope_bytes; /* of `envelope` as it came; empty when it came in a bundle */
    struct wb_bytes signature;
    const char *key_hint;                       /* base64, as in a bundle; NULL */
    const struct wb_certificates *certificates; /* leaf first; NULL */
    struct wb_bytes timestamped;                /* what the timestamps are over */
    const struct wb_bytes *timestamps;
    size_t timestamp_count;
    const json_t *log_entries; /* tlogEntries; NULL */
    unsigned bundle_version;   /* as wb_bundle.version; 0 where there is no bundle */
    bool is_cose;              /* the signature is COSE's, by the algorithm that it states */
    int64_t cose_algorithm;
};
/* Whether the key made it, by the stated algorithm and no other. (cose_sign1.c) */
bool wb_check_cose_signature(const struct wb_key *key, const struct wb_signed_thing *thing,
                             struct wb_error *err) WB_MUST_CHECK;
/* The digest of what is signed. (check_signature.c) */
bool wb_signed_thing_digest(const struct wb_signed_thing *thing, enum wb_digest_algorithm algorithm,
                            struct wb_digest *digest, struct wb_error *err) WB_MUST_CHECK;

/* ---- content.c ---- */
bool wb_content_digest(const struct wb_verify_content *content, enum wb_digest_algorithm algorithm,
                       struct wb_digest *digest, struct wb_error *err) WB_MUST_CHECK;
/* Appends all of it; not more than 1 GiB. */
bool wb_content_whole(const struct wb_verify_content *content, struct wb_buffer *whole,
                      struct wb_error *err) WB_MUST_CHECK;

/* Who made the signature, if it holds and is one that the demands or an alternative of theirs
 * accept. Fills the signer, key_id, identity, time and certificates of `proof`; strings live in
 * `arena`. False: WB_CHECK_FAILED and why not. (check_signature.c) */
bool wb_check_signature(const struct wb_signed_thing *thing,
                        const struct wb_verify_demands *demands, struct wb_arena *arena,
                        struct wb_proof *proof, struct wb_error *err) WB_MUST_CHECK;

/* What names each certificate; `certificates` may be NULL. (proof_certificates.c) */
bool wb_proof_certificates(const struct wb_certificates *certificates, struct wb_arena *arena,
                           const struct wb_proof_certificate **described, size_t *count,
                           struct wb_error *err) WB_MUST_CHECK;

/* Whether the certificate path leads to a demanded root as of the right time, and the leaf is who
 * was demanded. Every timestamp offered must hold and fit. (check_certificate.c) */
bool wb_check_certificate(const struct wb_signed_thing *thing,
                          const struct wb_verify_demands *demands, struct wb_arena *arena,
                          struct wb_proof *proof, struct wb_error *err) WB_MUST_CHECK;

/* The leaf's name and issuer alone. */
bool wb_check_identity(const struct wb_certificates *certificates,
                       const struct wb_verify_demands *demands, struct wb_arena *arena,
                       struct wb_proof *proof, struct wb_error *err) WB_MUST_CHECK;

/* Whether all that the trusted root can judge speaks for the certificate: time source, path, SCT,
 * identity, log entry. The signature itself, made with `key`, held already. (keyless.c) */
bool wb_check_keyless(const struct wb_signed_thing *thing, const struct wb_key *key,
                      const struct wb_verify_demands *demands, struct wb_arena *arena,
                      struct wb_proof *proof, struct wb_error *err) WB_MUST_CHECK;
/* Whether the log entries and timestamps that come with a demanded key's signature hold, where
 * there is a trusted root to judge them by. (keyless.c) */
bool wb_check_key_logged(const struct wb_signed_thing *thing, const struct wb_key *key,
                         const struct wb_verify_demands *demands, struct wb_proof *proof,
                         struct wb_error *err) WB_MUST_CHECK;

/* Whether every timestamp offered holds, when there are roots to judge them by; keeps the earliest
 * time. `judge` (may be NULL) says whether the signature stands at that time. (check_certificate.c)
 */
typedef bool wb_time_judge(void *context, int64_t time, struct wb_error *err);
bool wb_check_times(const struct wb_signed_thing *thing, const struct wb_verify_demands *demands,
                    wb_time_judge *judge, void *context, struct wb_proof *proof,
                    struct wb_error *err) WB_MUST_CHECK;

struct wb_timestamp_trust {
    const struct wb_certificates *roots;
    /* Leads from the authority to a root, for responses that leave it out; NULL. When the first is
     * no CA, it is the authority itself, and nobody else's timestamps count. */
    const struct wb_certificates *others;
};
/* The time of an RFC 3161 response over `bytes` by a trusted authority. (check_timestamp.c) */
bool wb_check_timestamp(struct wb_bytes response, struct wb_bytes bytes,
                        const struct wb_timestamp_trust *trust, int64_t *time,
                        struct wb_error *err) WB_MUST_CHECK;

/* What the signed payload must say, once its signature held (check_statement.c): the subject, the
 * predicate type, annotations, requirements. Fills predicate_type, subject, annotations, payload;
 * of a statement that is refused only the predicate type, and that only when it is the reason. */
bool wb_check_statement(struct wb_bytes payload, const struct wb_digest *subject,
                        bool is_image_signature, const struct wb_verify_demands *demands,
                        struct wb_arena *arena, struct wb_proof *proof,
                        struct wb_error *err) WB_MUST_CHECK;
/* Whether the file is an SBOM that is the predicate, about the one subject. (check_predicate.c) */
bool wb_statement_predicate_is(const struct wb_statement *statement,
                               const struct wb_verify_content *content, struct wb_digest *subject);
bool wb_check_annotations(const struct wb_statement_pair *annotations, size_t count,
                          const struct wb_verify_demands *demands,
                          struct wb_error *err) WB_MUST_CHECK;
/* What is at the JSON pointer (RFC 6901); NULL when nothing is, or it is malformed. (requirement.c)
 */
const json_t *wb_json_pointer(const json_t *json, const char *pointer);
/* Whether `json` has `value` at the pointer. (requirement.c) */
bool wb_check_requirement(const json_t *json, const struct wb_statement_pair *requirement,
                          struct wb_error *err) WB_MUST_CHECK;

/* What one candidate proves: a DSSE envelope as much as it has signatures. */
struct wb_proof_list {
    struct wb_proof items[WB_ENVELOPE_SIGNATURES_MAX];
    size_t count;
};
/* Whether at least one signature of the envelope holds, over its exact payload; one proof for each
 * that does, so that a threshold can count them. The payload is not looked at.
 * (check_envelope.c) */
bool wb_check_envelope(const struct wb_dsse_envelope *envelope, const struct wb_signed_thing *frame,
                       const struct wb_verify_demands *demands, struct wb_arena *arena,
                       struct wb_proof_list *proofs, struct wb_error *err) WB_MUST_CHECK;
/* Gives all proofs what the first one says of the payload. (check_envelope.c) */
void wb_proofs_share_payload(struct wb_proof_list *proofs);
/* The certificates of a bundle, NULL with *good for a bundle with a key. (check_envelope.c) */
struct wb_certificates *wb_bundle_certificates(const struct wb_bundle *bundle, bool *good,
                                               struct wb_error *err);

/* What a bundle says of a signature beside the message; `source` and `certificates` must outlive
 * it. (check_envelope.c) */
struct wb_signed_thing wb_bundle_frame(const struct wb_bundle *bundle, const char *source,
                                       const struct wb_certificates *certificates);

/* ---- report.c ---- */
void wb_report_proof(struct wb_verify_report *report, const struct wb_proof *proof);
void wb_report_refusal(struct wb_verify_report *report, const char *source, bool other_type,
                       const struct wb_error *err);
/* How many different signers there are among them. */
size_t wb_count_signers(const struct wb_proof *proofs, size_t count);
/* Whether the proofs are enough (the threshold counts different keys or identities); says what is
 * missing, and names the refusals. `what`: "signature", "attestation". */
bool wb_report_enough(const struct wb_verify_report *report,
                      const struct wb_verify_demands *demands, const char *what,
                      struct wb_error *err) WB_MUST_CHECK;

/* ---- candidates.c ---- */

/* One signature or attestation that the layout carries for a target. */
struct wb_candidate {
    char *source; /* digest of the manifest or layer, `sha256:...` */
    bool is_bundle;
    struct wb_buffer content; /* the bundle, the payload, or the envelope: digest checked */
    /* Of a layer in the older form. */
    char *signature;   /* base64; NULL */
    char *certificate; /* PEM; NULL */
    char *chain;       /* PEM; NULL */
    char *timestamp;   /* JSON; NULL */
    char *log_entry;   /* JSON; NULL */
};
/* Calls `visit` for each, one at a time (they may be large), in a stable order. What cannot be read
 * is a refusal in the report. `suffix` is `.sig` or `.att`. */
typedef void wb_candidate_visitor(void *context, struct wb_candidate *candidate);
bool wb_visit_candidates(struct wb_layout *layout, const struct wb_descriptor *target,
                         const char *suffix, wb_candidate_visitor *visit, void *context,
                         struct wb_verify_report *report, struct wb_error *err) WB_MUST_CHECK;

/* cosign's annotation as tlogEntries; NULL on error. (rekor_bundle.c) */
json_t *wb_rekor_bundle_entries(const char *annotation, struct wb_error *err);

/* Whether a runtime would make a file system of it: by the media types of its config and layers,
 * and of a layer by its own. (verify_layout.c) */
bool wb_is_image_manifest(const json_t *document);
bool wb_is_file_system(const char *media_type);
/* Whether an entry of index.json is an image or an index of some; *budget says how many documents
 * more to look at for all entries together, from WB_LAYOUT_LOOKS_MAX on. */
#define WB_LAYOUT_LOOKS_MAX 10000
bool wb_entry_is_image(struct wb_layout *layout, const struct wb_descriptor *entry,
                       unsigned *budget, bool *image, struct wb_error *err) WB_MUST_CHECK;

/* Whether it is what names of images are made of (OCI image-spec, annotations.md). Nobody signed
 * the name of an image in a plain layout: another one could read as a verdict, and is not shown.
 * (delivery_report_text.c) */
bool wb_image_name_is_safe(const char *text);

/* Checks the manifest and all that is below it. (verify_blobs.c) */
bool wb_verify_blobs(struct wb_layout *layout, const struct wb_descriptor *target,
                     struct wb_verify_report *report, struct wb_error *err) WB_MUST_CHECK;

#endif
