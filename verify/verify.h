/* SPDX-License-Identifier: Apache-2.0 */
/* Verifying what sign/ makes and what cosign makes: parse within bounds, check the signature over
 * the exact bytes received, and only then look inside. Offline: nothing here opens a socket. */
#ifndef WAYBILL_VERIFY_H
#define WAYBILL_VERIFY_H

#include "image/image.h"
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
    bool signature_only; /* do not check the blobs below the manifest */
};

/* ---- what was found (report.c)
 * -------------------------------------------------------------------- */

/* One signature that held, and what it says. Strings live in the report. */
struct wb_proof {
    const char *form;           /* "bundle", "simple-signing", "dsse", "detached" */
    const char *signer;         /* "key SHA-256 ab12…" or "certificate NAME issued by ..." */
    const char *key_id;         /* hex SHA-256 of SubjectPublicKeyInfo */
    const char *identity;       /* of the certificate; NULL */
    const char *predicate_type; /* NULL for a signature of a file */
    const char *subject;        /* digest that it speaks of, `sha256:...` */
    const char *source; /* digest of the manifest or blob that carries it; NULL for a file */
    bool has_time;
    int64_t time;       /* of a timestamp or log entry that was checked; the earliest */
    size_t log_entries; /* that were checked */
    struct wb_statement_pair *annotations;
    size_t annotation_count;
    struct wb_bytes payload; /* the exact signed payload */
};

/* One candidate that was refused, and why. */
struct wb_refusal {
    const char *source;
    const char *reason;
    bool other_type; /* its signature holds, but it is of a type that was not asked for */
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

#endif
