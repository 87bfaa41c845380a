/* SPDX-License-Identifier: Apache-2.0 */
/* Signing files and images, and attaching what was signed to an OCI layout, in the forms that every
 * cosign user can verify. No transparency log: a signature made here proves who, not when, unless a
 * timestamp goes with it. */
#ifndef WAYBILL_SIGN_H
#define WAYBILL_SIGN_H

#include "image/image.h"
#include "keys/keys.h"
#include "sign/envelope.h"

/* ---- with what (signer.c) ------------------------------------------------------------------- */

struct wb_signer {
    const struct wb_key *key; /* with its private half */
    /* The certificate of that key, leaf first, then its chain; NULL for a bare key. */
    const struct wb_certificates *certificates;
    /* Signed instead of a digest by the key's own algorithm; NONE: that one. Not for Ed25519. */
    enum wb_digest_algorithm digest_algorithm;
    /* Asked for an RFC 3161 TimeStampResp (DER) over the signature's bytes; NULL: none wanted. */
    bool (*timestamp)(void *context, struct wb_bytes signature, struct wb_buffer *response,
                      struct wb_error *err);
    void *timestamp_context;
    int64_t created; /* `org.opencontainers.image.created` of what gets attached */
};

/* Refuses a certificate that is not of the key, and a digest that the key does not take. */
bool wb_signer_check(const struct wb_signer *signer, struct wb_error *err) WB_MUST_CHECK;

/* ---- timestamps (timestamp.c, timestamp_server.c) ---------------------------------------------
 */

/* Whether a TimeStampResp was granted and its imprint is of these bytes (RFC 3161 §2.4.2). Its
 * signature is not checked here: that is the verifier's, who knows whom to trust. */
bool wb_timestamp_matches(struct wb_bytes response, struct wb_bytes signature,
                          struct wb_error *err) WB_MUST_CHECK;
/* A TimeStampReq (SHA-256, certificates wanted, random nonce) over the bytes. */
bool wb_timestamp_request(struct wb_bytes signature, struct wb_buffer *request,
                          struct wb_error *err) WB_MUST_CHECK;
/* Asks the server over HTTP(S) (RFC 3161 §3.4); needs a network. `context` is the URL: fits
 * wb_signer.timestamp. */
bool wb_timestamp_ask_server(void *context, struct wb_bytes signature, struct wb_buffer *response,
                             struct wb_error *err) WB_MUST_CHECK;

/* ---- files (sign_blob.c) ------------------------------------------------------------------------
 */

/* What signing a file gives. */
struct wb_blob_signature {
    struct wb_buffer signature; /* raw bytes */
    struct wb_buffer bundle;    /* sigstore bundle v0.3, JSON */
};
void wb_blob_signature_clear(struct wb_blob_signature *signature);
bool wb_sign_blob(const struct wb_signer *signer, struct wb_bytes content,
                  struct wb_blob_signature *signature, struct wb_error *err) WB_MUST_CHECK;
/* The same for a file of any size: read once, digested, never held in memory (except for Ed25519,
 * which signs the content itself: at most 1 GiB). */
bool wb_sign_file(const struct wb_signer *signer, int fd, struct wb_blob_signature *signature,
                  struct wb_error *err) WB_MUST_CHECK;

/* ---- COSE (cose_sign1.c; RFC 9052 §4.2) -------------------------------------------------------
 */

#define WB_COSWID_MEDIA_TYPE "application/swid+cbor"
/* Appends a COSE_Sign1 message with the payload inside: algorithm, content type, key id (SHA-256 of
 * SubjectPublicKeyInfo) and certificates in the protected header, deterministic encoding. No
 * timestamps (WB_USAGE when the signer wants one). */
bool wb_sign_cose(const struct wb_signer *signer, struct wb_bytes payload, const char *content_type,
                  struct wb_buffer *message, struct wb_error *err) WB_MUST_CHECK;

/* ---- statements (sign_statement.c)
 * --------------------------------------------------------------- */

struct wb_statement_signature {
    struct wb_buffer envelope; /* DSSE, JSON */
    struct wb_buffer bundle;   /* the same in a sigstore bundle v0.3 */
    /* The leaf and the rest of the chain as PEM, and the timestamp, for the older form. */
};
void wb_statement_signature_clear(struct wb_statement_signature *signature);
/* `statement` is the exact payload. */
bool wb_sign_statement(const struct wb_signer *signer, struct wb_bytes statement,
                       struct wb_statement_signature *signature,
                       struct wb_error *err) WB_MUST_CHECK;

/* ---- images (sign_image.c, attest_image.c)
 * ---------------------------------------------------------- */

enum wb_signature_form {
    WB_FORM_BUNDLE = 1, /* sigstore bundle in an OCI 1.1 referrer */
    WB_FORM_LEGACY = 2, /* layers of the image tagged `sha256-HEX.sig` or `.att` */
};

struct wb_image_signing {
    unsigned forms; /* enum wb_signature_form, ored */
    /* `docker-reference` of the simple signing payload: repository with registry when known. */
    const char *docker_reference;
    const struct wb_statement_pair *annotations;
    size_t annotation_count;
};
/* Signs one manifest or index of the layout (opened for writing); the caller commits. Adds to what
 * is there, never replaces. */
bool wb_sign_image(struct wb_layout *layout, const struct wb_descriptor *target,
                   const struct wb_signer *signer, const struct wb_image_signing *signing,
                   struct wb_error *err) WB_MUST_CHECK;
/* Signs a statement of that predicate about the target and attaches it. `predicate` is JSON text,
 * checked here. `subject_name` may be NULL. */
bool wb_attest_image(struct wb_layout *layout, const struct wb_descriptor *target,
                     const struct wb_signer *signer, unsigned forms, const char *subject_name,
                     const char *predicate_type, struct wb_bytes predicate,
                     struct wb_error *err) WB_MUST_CHECK;
/* Whether the text is one JSON value fit for a predicate: an object (or, for the tag-value SPDX of
 * type `spdx`, turned into a JSON string by the caller). */
bool wb_predicate_check(struct wb_bytes predicate, struct wb_error *err) WB_MUST_CHECK;

/* ---- attaching (attach.c)
 * ----------------------------------------------------------------------------- */

/* Adds a bundle as a referrer of the target, and lists it in the index of the target's referrers.
 * `predicate_type` NULL for a message signature. */
bool wb_attach_bundle(struct wb_layout *layout, const struct wb_descriptor *target,
                      struct wb_bytes bundle, const char *predicate_type, int64_t created,
                      struct wb_error *err) WB_MUST_CHECK;
/* Adds a layer to the image tagged `sha256-HEX<suffix>` (suffix `.sig`, `.att`, `.sbom`), which is
 * made when it is not there. */
bool wb_attach_layer(struct wb_layout *layout, const struct wb_descriptor *target,
                     const char *suffix, const char *media_type, struct wb_bytes content,
                     const struct wb_name_value *annotations, size_t annotation_count,
                     struct wb_error *err) WB_MUST_CHECK;
/* The index under the target's referrers tag, `sha256-HEX` (OCI distribution-spec 1.1, "Referrers
 * Tag Schema"): makes it list these, takes it away when there are none. (referrers_index.c) */
bool wb_referrers_index_put(struct wb_layout *layout, const struct wb_digest *subject,
                            const struct wb_descriptor *referrers, size_t count,
                            struct wb_error *err) WB_MUST_CHECK;
/* Its text, to free; NULL on error. */
char *wb_referrers_index_text(const struct wb_descriptor *referrers, size_t count,
                              struct wb_error *err);
/* The same with all that refers to the subject now. */
bool wb_referrers_index_update(struct wb_layout *layout, const struct wb_digest *subject,
                               struct wb_error *err) WB_MUST_CHECK;
/* Gives a layer of that image (by its index) an annotation, in place of one of the same name. */
bool wb_annotate_layer(struct wb_layout *layout, const struct wb_descriptor *target,
                       const char *suffix, size_t layer_index,
                       const struct wb_name_value *annotation, struct wb_error *err) WB_MUST_CHECK;

#endif
