/* SPDX-License-Identifier: Apache-2.0 */
/* The documents that carry signatures: DSSE envelope, in-toto statement, simple signing payload,
 * sigstore bundle. Reading and writing only: nothing here signs or checks, and only base/ is used
 * (target waybill_envelope), so that verifiers share these files with the signer.
 *
 * Readers take hostile bytes: sizes bounded, duplicate keys and trailing bytes refused. What they
 * return owns everything it points to. */
#ifndef WAYBILL_ENVELOPE_H
#define WAYBILL_ENVELOPE_H

#include "base/base.h"

/* What cosign takes at most, too. */
#define WB_ENVELOPE_SIZE_MAX ((size_t)128 << 20)
#define WB_ENVELOPE_SIGNATURES_MAX 64

#define WB_IN_TOTO_PAYLOAD_TYPE "application/vnd.in-toto+json"
#define WB_DSSE_MEDIA_TYPE "application/vnd.dsse.envelope.v1+json"
#define WB_SIMPLE_SIGNING_MEDIA_TYPE "application/vnd.dev.cosign.simplesigning.v1+json"
#define WB_BUNDLE_MEDIA_TYPE "application/vnd.dev.sigstore.bundle.v0.3+json"
#define WB_STATEMENT_V1 "https://in-toto.io/Statement/v1"
#define WB_STATEMENT_V01 "https://in-toto.io/Statement/v0.1"
#define WB_COSIGN_SIGN_PREDICATE "https://sigstore.dev/cosign/sign/v1"

/* ---- DSSE envelope (dsse.c; secure-systems-lab/dsse protocol.md, envelope.md) ------------------
 */

struct wb_dsse_signature {
    const char *key_id; /* unauthenticated hint; NULL when absent or empty */
    struct wb_bytes signature;
};

struct wb_dsse_envelope {
    const char *payload_type;
    struct wb_bytes payload;              /* the exact bytes that are signed */
    struct wb_dsse_signature *signatures; /* at least one, at most WB_ENVELOPE_SIGNATURES_MAX */
    size_t signature_count;
    struct wb_arena *arena;
};
struct wb_dsse_envelope *wb_dsse_read(struct wb_bytes json, struct wb_error *err);
/* The same from parsed JSON; `strict` refuses members that DSSE does not define. */
struct wb_dsse_envelope *wb_dsse_from_json(const json_t *json, bool strict, struct wb_error *err);
void wb_dsse_envelope_free(struct wb_dsse_envelope *envelope);
WB_AUTO_DECLARE(wb_dsse_envelope)

/* Appends the pre-authentication encoding, which is what gets signed. */
void wb_dsse_pae(const char *payload_type, struct wb_bytes payload, struct wb_buffer *encoding);
/* Appends the envelope with cosign's member order and no white space. */
void wb_dsse_write(const char *payload_type, struct wb_bytes payload,
                   const struct wb_dsse_signature *signatures, size_t count,
                   struct wb_buffer *json);

/* ---- in-toto statement (statement.c; in-toto attestation spec/v1) -------------------------------
 */

struct wb_statement_pair {
    const char *name;
    const char *value;
};

struct wb_statement_subject {
    const char *name;                  /* NULL when absent or empty */
    struct wb_statement_pair *digests; /* algorithm and lower-case hex; at least one */
    size_t digest_count;
    struct wb_statement_pair *annotations; /* string values only */
    size_t annotation_count;
};

struct wb_statement {
    const char *type; /* WB_STATEMENT_V1 or WB_STATEMENT_V01; others are refused */
    const char *predicate_type;
    struct wb_statement_subject *subjects; /* at least one */
    size_t subject_count;
    json_t *json; /* the whole statement, for JSON pointers */
    struct wb_arena *arena;
};
struct wb_statement *wb_statement_read(struct wb_bytes payload, struct wb_error *err);
void wb_statement_free(struct wb_statement *statement);
WB_AUTO_DECLARE(wb_statement)
/* Whether a subject has this digest. */
const struct wb_statement_subject *wb_statement_subject_of(const struct wb_statement *statement,
                                                           const struct wb_digest *digest);

/* Appends a statement v1. `predicate` is JSON text that goes in as it is (the caller has checked
 * it); empty: `{}`. `annotations_member`: cosign's image signatures have an (empty) `annotations`
 * object in the subject, its attestations none. */
void wb_statement_write(const struct wb_statement_subject *subjects, size_t subject_count,
                        bool annotations_member, const char *predicate_type,
                        struct wb_bytes predicate, struct wb_buffer *json);

/* The predicate type of cosign's short name (`spdxjson`, `slsaprovenance1`, ...), of a URI itself;
 * NULL for anything else. */
const char *wb_predicate_type(const char *name);
/* All short names for messages: "spdx, spdxjson, ...". */
const char *wb_predicate_type_names(void);

/* ---- simple signing (simple_signing.c; cosign SIGNATURE_SPEC.md, containers-signature) ----------
 */

struct wb_simple_signing {
    const char *docker_reference;
    struct wb_digest manifest_digest;
    struct wb_statement_pair *annotations; /* `optional`, string values only */
    size_t annotation_count;
    struct wb_arena *arena;
};
struct wb_simple_signing *wb_simple_signing_read(struct wb_bytes payload, struct wb_error *err);
void wb_simple_signing_free(struct wb_simple_signing *payload);
WB_AUTO_DECLARE(wb_simple_signing)
/* Appends cosign's bytes: annotations are written sorted by name, `null` without any. */
void wb_simple_signing_write(const char *docker_reference, const struct wb_digest *manifest_digest,
                             const struct wb_statement_pair *annotations, size_t annotation_count,
                             struct wb_buffer *json);

/* ---- sigstore bundle (bundle.c; protobuf-specs sigstore_bundle.proto)
 * ----------------------------- */

struct wb_bundle {
    unsigned version; /* minor: 1, 2, 3 for v0.1 to v0.3 */
    /* Verification material: a key that the verifier must have, or certificates. */
    bool has_public_key;
    const char *key_hint;          /* NULL when absent or empty */
    struct wb_bytes *certificates; /* DER, leaf first */
    size_t certificate_count;
    const json_t *log_entries;   /* tlogEntries as they stand, in `json`; NULL or an array */
    struct wb_bytes *timestamps; /* RFC 3161 TimeStampResp DER */
    size_t timestamp_count;
    /* Content: exactly one of the two. */
    struct wb_dsse_envelope *envelope;
    bool has_message_signature;
    struct wb_digest message_digest; /* algorithm NONE when absent */
    struct wb_bytes message_signature;
    json_t *json;
    struct wb_arena *arena;
};
/* Whether it is meant for a bundle: a JSON object with a `mediaType`, which an envelope has not. */
bool wb_bundle_is(struct wb_bytes json);
/* Members that the protobuf does not define are refused, as its own JSON readers do. */
struct wb_bundle *wb_bundle_read(struct wb_bytes json, struct wb_error *err);
void wb_bundle_free(struct wb_bundle *bundle);
WB_AUTO_DECLARE(wb_bundle)

/* What goes into a bundle beside its content. */
struct wb_bundle_material {
    const char *key_hint;        /* base64; with certificates NULL */
    struct wb_bytes certificate; /* the leaf alone (v0.3); empty for none */
    const struct wb_bytes *timestamps;
    size_t timestamp_count;
};
/* Appends a v0.3 bundle with cosign's member order and no white space. */
void wb_bundle_write_envelope(const struct wb_bundle_material *material,
                              struct wb_bytes envelope_json, struct wb_buffer *json);
void wb_bundle_write_message(const struct wb_bundle_material *material,
                             const struct wb_digest *message_digest, struct wb_bytes signature,
                             struct wb_buffer *json);

/* ---- names of the older form (attached_name.c; cosign SIGNATURE_SPEC.md "Storage") ---- */

/* "sha256-HEX.sig": the tag of the image that carries what belongs to the digest. `suffix` is
 * `.sig`,
 * `.att`, `.sbom`, or empty for the index of its referrers. Returns `text`. */
char *wb_attached_tag(const struct wb_digest *digest, const char *suffix, char text[160]);
/* How `cosign save` and `cosign load` mark such an image in a layout, in the annotation `kind`. */
const char *wb_attached_kind(const char *suffix);

#endif
