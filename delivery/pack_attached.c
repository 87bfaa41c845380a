/* SPDX-License-Identifier: Apache-2.0 */
/* What is attached to manifests: signatures, attestations, SBOMs, in either form, and whatever else
 * refers to them. */
#include "delivery/pack_private.h"
#include "sign/attachments.h"

#include <stdlib.h>
#include <string.h>

/* ---- the lists of an image ---- */

static void add_digest(struct wb_arena *arena, struct wb_digest **list, size_t *count,
                       const struct wb_digest *digest)
{
    for (size_t i = 0; i < *count; i++)
        if (wb_digest_equal(&(*list)[i], digest))
            return;
    /* Doubled whenever the count is a power of two. */
    if ((*count & (*count - 1)) == 0) {
        struct wb_digest *larger =
            wb_arena_allocate(arena, (*count == 0 ? 1 : *count * 2) * sizeof *larger);
        if (*count > 0)
            memcpy(larger, *list, *count * sizeof *larger);
        *list = larger;
    }
    (*list)[(*count)++] = *digest;
}

static void add_attestation(struct wb_arena *arena, struct wb_inventory_image *image,
                            const struct wb_attachment *attachment, const char *type)
{
    for (size_t i = 0; i < image->attestation_count; i++)
        if (wb_digest_equal(&image->attestations[i].manifest, &attachment->manifest) &&
            strcmp(image->attestations[i].predicate_type, type) == 0)
            return;
    size_t count = image->attestation_count;
    if ((count & (count - 1)) == 0) {
        struct wb_inventory_attestation *larger =
            wb_arena_allocate(arena, (count == 0 ? 1 : count * 2) * sizeof *larger);
        if (count > 0)
            memcpy(larger, image->attestations, count * sizeof *larger);
        image->attestations = larger;
    }
    image->attestations[image->attestation_count++] =
        (struct wb_inventory_attestation){wb_arena_copy(arena, type), attachment->manifest};
}

/* What the signed statement says it is: annotations could say anything. NULL when it is none. */
static const char *signed_type(struct wb_layout *layout, const struct wb_attachment *attachment,
                               struct wb_arena *arena)
{
    WB_AUTO_VALUE(wb_buffer) content = {0};
    struct wb_error ignored = WB_ERROR_INIT;
    if (!wb_attachment_read(layout, attachment, &content, &ignored))
        return NULL;
    WB_AUTO(wb_bundle) *bundle =
        attachment->is_bundle ? wb_bundle_read(wb_buffer_bytes(&content), &ignored) : NULL;
    WB_AUTO(wb_dsse_envelope) *alone =
        attachment->is_bundle ? NULL : wb_dsse_read(wb_buffer_bytes(&content), &ignored);
    const struct wb_dsse_envelope *envelope = bundle != NULL ? bundle->envelope : alone;
    WB_AUTO(wb_statement) *statement =
        envelope == NULL ? NULL : wb_statement_read(envelope->payload, &ignored);
    return statement == NULL ? NULL : wb_arena_copy(arena, statement->predicate_type);
}

static void add_to_image(struct wb_packing *packing, struct wb_layout *layout,
                         const struct wb_attachment *attachment, struct wb_inventory_image *image)
{
    struct wb_pack_blob *blob = wb_pack_blob_find(packing, &attachment->blob);
    if (blob != NULL && attachment->kind == WB_ATTACHMENT_SIGNATURE)
        blob->entry.role = "signature";
    if (image == NULL)
        return;
    if (attachment->kind == WB_ATTACHMENT_SIGNATURE)
        add_digest(packing->arena, &image->signatures, &image->signature_count,
                   &attachment->manifest);
    if (attachment->kind != WB_ATTACHMENT_ATTESTATION)
        return;
    const char *type = signed_type(layout, attachment, packing->arena);
    if (type != NULL)
        add_attestation(packing->arena, image, attachment, type);
}

/* ---- what index.json lists ---- */

static const struct wb_descriptor *listed(const struct wb_layout *layout,
                                          const struct wb_digest *digest)
{
    size_t count;
    const struct wb_descriptor *entries = wb_layout_entries(layout, &count);
    for (size_t i = 0; i < count; i++)
        if (wb_digest_equal(&entries[i].digest, digest))
            return &entries[i];
    return NULL;
}

static bool add_referrer(struct wb_packing *packing, struct wb_layout *layout,
                         const struct wb_digest *subject, const struct wb_descriptor *referrer,
                         struct wb_error *err)
{
    const struct wb_pack_referrer one = {*subject, *referrer};
    WB_APPEND(packing->referrers, packing->referrer_count, packing->referrer_capacity, one);
    if (wb_pack_document(packing, layout, &referrer->digest, referrer->size, NULL, err) == NULL)
        return false;
    const struct wb_descriptor *entry = listed(layout, &referrer->digest);
    const char *name = entry == NULL ? NULL : wb_descriptor_annotation(entry, WB_REF_NAME);
    return wb_pack_entry(packing, entry == NULL ? referrer : entry, name, err);
}

/* Whatever it was called, it is named after its image, as several images have one. */
static bool add_carrier(struct wb_packing *packing, struct wb_layout *layout,
                        const struct wb_digest *target, const struct wb_attachment *attachment,
                        struct wb_error *err)
{
    char tag[160];
    const struct wb_name_value kind = {WB_KIND, wb_attached_kind(attachment->suffix)};
    struct wb_pack_blob *blob =
        wb_pack_document(packing, layout, &attachment->manifest, -1, NULL, err);
    if (blob == NULL)
        return false;
    const struct wb_descriptor entry = {.media_type = WB_MANIFEST_MEDIA_TYPE,
                                        .digest = attachment->manifest,
                                        .annotations = (struct wb_name_value *)&kind,
                                        .annotation_count = 1};
    return wb_pack_entry(packing, &entry, wb_attached_tag(target, attachment->suffix, tag), err);
}

bool wb_pack_attached(struct wb_packing *packing, struct wb_layout *layout,
                      const struct wb_digest *digest, struct wb_inventory_image *image,
                      struct wb_error *err)
{
    WB_AUTO_VALUE(wb_attachments) attachments = {0};
    struct wb_descriptor *referrers = NULL;
    size_t count = 0;
    wb_pack_blob_find(packing, digest)->looked_in = layout;
    if (!wb_layout_referrers(layout, digest, packing->arena, &referrers, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!add_referrer(packing, layout, digest, &referrers[i], err))
            return false;
    if (!wb_attachments_find(layout, digest, &attachments, err))
        return false;
    for (size_t i = 0; i < attachments.count; i++) {
        const struct wb_attachment *one = &attachments.items[i];
        if (!one->is_referrer && !add_carrier(packing, layout, digest, one, err))
            return false;
        add_to_image(packing, layout, one, image);
    }
    return true;
}
