/* SPDX-License-Identifier: Apache-2.0 */
/* What signing files, statements and images have in common. */
#ifndef WAYBILL_SIGN_PRIVATE_H
#define WAYBILL_SIGN_PRIVATE_H

#include "sign/sign.h"

/* The digest that the signer signs; NONE: the message itself. */
enum wb_digest_algorithm wb_signer_digest_algorithm(const struct wb_signer *signer);
/* Signs the message: appends to `signature`. */
bool wb_signer_sign(const struct wb_signer *signer, struct wb_bytes message,
                    struct wb_buffer *signature, struct wb_error *err) WB_MUST_CHECK;

/* What a bundle says of the signer: the key's hint or the leaf certificate, and a timestamp over
 * `signature` when the signer wants one. */
struct wb_signer_material {
    struct wb_buffer key_hint;
    struct wb_buffer certificate;
    struct wb_buffer timestamp;
};
bool wb_signer_material(const struct wb_signer *signer, struct wb_bytes signature,
                        struct wb_signer_material *material, struct wb_error *err) WB_MUST_CHECK;
void wb_signer_material_clear(struct wb_signer_material *material);
/* The same as the bundle writers take it; points into `material` and `timestamp`. */
struct wb_bundle_material wb_signer_bundle_material(const struct wb_signer_material *material,
                                                    struct wb_bytes *timestamp);

/* A timestamp over `signed_bytes`, checked against them; empty when the signer wants none. */
bool wb_signer_timestamp(const struct wb_signer *signer, struct wb_bytes signed_bytes,
                         struct wb_buffer *response, struct wb_error *err) WB_MUST_CHECK;

/* Annotations that the older form gives a layer: the signature in base64 (empty for an envelope),
 * the certificates, and a timestamp over `timestamped`. Strings in `arena`; room for five. */
bool wb_signer_annotations(const struct wb_signer *signer, struct wb_bytes signature,
                           struct wb_bytes timestamped, struct wb_arena *arena,
                           struct wb_name_value annotations[5], size_t *count,
                           struct wb_error *err) WB_MUST_CHECK;

/* ---- attaching (attach.c) ---- */

/* Marks the target's entry of index.json the way `cosign save` marks the image of a layout: without
 * it neither `cosign load` nor `cosign verify --local-image` finds the image. A layout has one such
 * mark at most, as cosign knows layouts of one image only. */
bool wb_mark_image(struct wb_layout *layout, const struct wb_descriptor *target,
                   struct wb_error *err) WB_MUST_CHECK;

#endif
