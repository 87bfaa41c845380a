/* SPDX-License-Identifier: Apache-2.0 */
/* Signing one manifest or index, in cosign's newer and older form. */
#include "sign/sign_private.h"

#include <stdlib.h>
#include <string.h>

static int compare_names(const void *left, const void *right)
{
    const struct wb_statement_pair *a = left;
    const struct wb_statement_pair *b = right;
    return strcmp(a->name, b->name);
}

/* The payload that cosign 3 signs: a statement without predicate, about the digest alone. */
static bool sign_as_bundle(struct wb_layout *layout, const struct wb_descriptor *target,
                           const struct wb_signer *signer, const struct wb_image_signing *signing,
                           struct wb_error *err)
{
    char hex[2 * WB_DIGEST_MAX_SIZE + 1];
    wb_hex_format(target->digest.bytes, wb_digest_size(target->digest.algorithm), hex);
    struct wb_statement_pair digest = {wb_digest_name(target->digest.algorithm), hex};
    struct wb_statement_pair *annotations =
        wb_allocate_array(signing->annotation_count + 1, sizeof *annotations);
    if (signing->annotation_count > 0)
        memcpy(annotations, signing->annotations, signing->annotation_count * sizeof *annotations);
    qsort(annotations, signing->annotation_count, sizeof *annotations, compare_names);
    const struct wb_statement_subject subject = {
        .digests = &digest,
        .digest_count = 1,
        .annotations = annotations,
        .annotation_count = signing->annotation_count,
    };
    WB_AUTO_VALUE(wb_buffer) statement = {0};
    wb_statement_write(&subject, 1, true, WB_COSIGN_SIGN_PREDICATE, (struct wb_bytes){NULL, 0},
                       &statement);
    free(annotations);
    WB_AUTO_VALUE(wb_statement_signature) signature = {0};
    return wb_sign_statement(signer, wb_buffer_bytes(&statement), &signature, err) &&
           wb_attach_bundle(layout, target, wb_buffer_bytes(&signature.bundle),
                            WB_COSIGN_SIGN_PREDICATE, signer->created, err);
}

static bool sign_as_layer(struct wb_layout *layout, const struct wb_descriptor *target,
                          const struct wb_signer *signer, const struct wb_image_signing *signing,
                          struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) payload = {0};
    WB_AUTO_VALUE(wb_buffer) signature = {0};
    const char *reference = signing->docker_reference == NULL ? "" : signing->docker_reference;
    wb_simple_signing_write(reference, &target->digest, signing->annotations,
                            signing->annotation_count, &payload);
    if (!wb_signer_sign(signer, wb_buffer_bytes(&payload), &signature, err))
        return false;
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    struct wb_name_value annotations[5];
    size_t count;
    return wb_signer_annotations(signer, wb_buffer_bytes(&signature), wb_buffer_bytes(&signature),
                                 arena, annotations, &count, err) &&
           wb_attach_layer(layout, target, ".sig", WB_SIMPLE_SIGNING_MEDIA_TYPE,
                           wb_buffer_bytes(&payload), annotations, count, err);
}

bool wb_sign_image(struct wb_layout *layout, const struct wb_descriptor *target,
                   const struct wb_signer *signer, const struct wb_image_signing *signing,
                   struct wb_error *err)
{
    if (!wb_signer_check(signer, err))
        return false;
    if ((signing->forms & WB_FORM_BUNDLE) != 0 &&
        !sign_as_bundle(layout, target, signer, signing, err))
        return false;
    return (signing->forms & WB_FORM_LEGACY) == 0 ||
           sign_as_layer(layout, target, signer, signing, err);
}
