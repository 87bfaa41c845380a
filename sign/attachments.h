/* SPDX-License-Identifier: Apache-2.0 */
/* What a layout carries for an image: signatures, attestations, SBOMs, in either form. Nothing of
 * it is checked but digests: this is for listing, copying and removing. (attachments.c) */
#ifndef WAYBILL_SIGN_ATTACHMENTS_H
#define WAYBILL_SIGN_ATTACHMENTS_H

#include "image/image.h"
#include "sign/envelope.h"

enum wb_attachment_kind {
    WB_ATTACHMENT_SIGNATURE,
    WB_ATTACHMENT_ATTESTATION,
    WB_ATTACHMENT_SBOM,
    WB_ATTACHMENT_OTHER,
};
const char *wb_attachment_kind_name(enum wb_attachment_kind kind); /* "signature" ... */

/* Strings belong to the list. */
struct wb_attachment {
    enum wb_attachment_kind kind;
    bool is_referrer;           /* a manifest with a subject; otherwise a layer of a tagged image */
    bool is_bundle;             /* the blob is a sigstore bundle */
    const char *suffix;         /* `.sig`, `.att`, `.sbom` of a tagged image; NULL */
    size_t layer_index;         /* in its manifest */
    struct wb_digest manifest;  /* that carries it */
    struct wb_digest blob;      /* the bundle, payload, envelope or document */
    int64_t size;               /* of the blob, as stated */
    const char *media_type;     /* of the blob, as stated; NULL */
    const char *predicate_type; /* of an attestation, as it says; NULL unknown */
    const json_t *annotations;  /* of the layer; NULL */
};

struct wb_attachments {
    struct wb_attachment *items;
    size_t count, capacity;
    struct wb_arena *arena;
    json_t *documents; /* what `annotations` point into */
};
/* Referrers sorted by digest, then tagged images; what cannot be read is an error that names it. */
bool wb_attachments_find(struct wb_layout *layout, const struct wb_digest *target,
                         struct wb_attachments *attachments, struct wb_error *err) WB_MUST_CHECK;
void wb_attachments_clear(struct wb_attachments *attachments);

/* The blob of an attachment. */
bool wb_attachment_read(struct wb_layout *layout, const struct wb_attachment *attachment,
                        struct wb_buffer *content, struct wb_error *err) WB_MUST_CHECK;

#endif
