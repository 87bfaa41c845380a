/* SPDX-License-Identifier: Apache-2.0 */
/* Finding what a layout carries for an image. */
#include "sign/attachments.h"
#include "sign/sign.h"

#include <stdlib.h>
#include <string.h>

#define MANIFEST_SIZE_MAX ((size_t)4 << 20)
#define LAYERS_MAX 1000
#define REF_NAME "org.opencontainers.image.ref.name"
#define KIND_PREFIX "dev.cosignproject.cosign/"

const char *wb_attachment_kind_name(enum wb_attachment_kind kind)
{
    static const char *const names[] = {
        [WB_ATTACHMENT_SIGNATURE] = "signature",
        [WB_ATTACHMENT_ATTESTATION] = "attestation",
        [WB_ATTACHMENT_SBOM] = "sbom",
        [WB_ATTACHMENT_OTHER] = "artifact",
    };
    return names[kind];
}

void wb_attachments_clear(struct wb_attachments *attachments)
{
    free(attachments->items);
    wb_arena_free(attachments->arena);
    json_decref(attachments->documents);
    *attachments = (struct wb_attachments){0};
}

bool wb_attachment_read(struct wb_layout *layout, const struct wb_attachment *attachment,
                        struct wb_buffer *content, struct wb_error *err)
{
    return wb_layout_read_blob(layout, &attachment->blob, WB_ENVELOPE_SIZE_MAX, content, err);
}

/* ---- one manifest ---- */

/* The list keeps the document, which its items point into. */
static const json_t *read_manifest(struct wb_layout *layout, const struct wb_digest *digest,
                                   struct wb_attachments *attachments, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) content = {0};
    char text[WB_DIGEST_TEXT_SIZE];
    if (!wb_layout_read_blob(layout, digest, MANIFEST_SIZE_MAX, &content, err))
        return NULL;
    json_t *manifest = wb_json_parse(wb_buffer_bytes(&content), err);
    if (manifest == NULL) {
        wb_error_context(err, "%s", wb_digest_format(digest, text));
        return NULL;
    }
    json_array_append_new(attachments->documents, manifest);
    if (json_array_size(wb_json_array_of(manifest, "layers")) <= LAYERS_MAX)
        return manifest;
    wb_error_set(err, WB_BAD_INPUT, "%s: more than %d layers", wb_digest_format(digest, text),
                 LAYERS_MAX);
    return NULL;
}

static bool read_layer(const json_t *layer, struct wb_attachment *attachment, struct wb_error *err)
{
    char text[WB_DIGEST_TEXT_SIZE];
    const char *digest = wb_json_string_of(layer, "digest");
    attachment->media_type = wb_json_string_of(layer, "mediaType");
    attachment->size = wb_json_integer_of(layer, "size", -1);
    attachment->annotations = wb_json_object_of(layer, "annotations");
    if (digest == NULL)
        wb_error_set(err, WB_BAD_INPUT, "a layer without a digest");
    else if (wb_digest_parse(digest, &attachment->blob, err))
        return true;
    return wb_error_context(err, "%s", wb_digest_format(&attachment->manifest, text));
}

/* ---- referrers ---- */

static bool is_sbom_type(const char *media_type)
{
    return media_type != NULL &&
           (strstr(media_type, "spdx") != NULL || strstr(media_type, "cyclonedx") != NULL ||
            strstr(media_type, "syft") != NULL);
}

/* A bundle whose manifest does not say what it holds is asked itself. */
static const char *predicate_type_of(struct wb_layout *layout, const struct wb_attachment *bundle,
                                     struct wb_arena *arena)
{
    WB_AUTO_VALUE(wb_buffer) content = {0};
    struct wb_error ignored = WB_ERROR_INIT;
    WB_AUTO(wb_bundle) *read = wb_attachment_read(layout, bundle, &content, &ignored)
                                   ? wb_bundle_read(wb_buffer_bytes(&content), &ignored)
                                   : NULL;
    WB_AUTO(wb_statement) *statement = read == NULL || read->envelope == NULL
                                           ? NULL
                                           : wb_statement_read(read->envelope->payload, &ignored);
    return statement == NULL ? NULL : wb_arena_copy(arena, statement->predicate_type);
}

static void classify(struct wb_layout *layout, const json_t *manifest,
                     struct wb_attachment *attachment, struct wb_arena *arena)
{
    if (attachment->media_type == NULL ||
        !wb_text_starts_with(attachment->media_type, "application/vnd.dev.sigstore.bundle")) {
        attachment->kind =
            is_sbom_type(attachment->media_type) ? WB_ATTACHMENT_SBOM : WB_ATTACHMENT_OTHER;
        return;
    }
    attachment->is_bundle = true;
    const json_t *annotations = wb_json_object_of(manifest, "annotations");
    const char *type = wb_json_string_of(annotations, "dev.sigstore.bundle.predicateType");
    if (type == NULL)
        type = predicate_type_of(layout, attachment, arena);
    bool is_signature = type == NULL || strcmp(type, WB_COSIGN_SIGN_PREDICATE) == 0;
    attachment->kind = is_signature ? WB_ATTACHMENT_SIGNATURE : WB_ATTACHMENT_ATTESTATION;
    attachment->predicate_type = is_signature ? NULL : type;
}

static bool add_referrers(struct wb_layout *layout, const struct wb_digest *target,
                          struct wb_attachments *attachments, struct wb_error *err)
{
    struct wb_descriptor *referrers = NULL;
    size_t count = 0;
    if (!wb_layout_referrers(layout, target, attachments->arena, &referrers, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        const json_t *manifest = read_manifest(layout, &referrers[i].digest, attachments, err);
        if (manifest == NULL)
            return false;
        struct wb_attachment attachment = {.is_referrer = true, .manifest = referrers[i].digest};
        const json_t *layer = json_array_get(wb_json_array_of(manifest, "layers"), 0);
        if (layer == NULL) {
            attachment.kind = WB_ATTACHMENT_OTHER;
            attachment.blob = referrers[i].digest;
            attachment.size = referrers[i].size;
            attachment.media_type = referrers[i].artifact_type;
        } else if (!read_layer(layer, &attachment, err)) {
            return false;
        } else {
            classify(layout, manifest, &attachment, attachments->arena);
        }
        WB_APPEND(attachments->items, attachments->count, attachments->capacity, attachment);
    }
    return true;
}

/* ---- tagged images ---- */

static const struct {
    const char *suffix;
    const char *cosign_kind;
    enum wb_attachment_kind kind;
} carriers[] = {
    {".sig", KIND_PREFIX "sigs", WB_ATTACHMENT_SIGNATURE},
    {".att", KIND_PREFIX "atts", WB_ATTACHMENT_ATTESTATION},
    {".sbom", KIND_PREFIX "sbom", WB_ATTACHMENT_SBOM},
};
#define CARRIER_COUNT (sizeof carriers / sizeof carriers[0])

/* In a layout that `cosign save` made nothing is tagged, and everything belongs to the one image.
 */
static const struct wb_descriptor *find_carrier(const struct wb_layout *layout,
                                                const struct wb_digest *target, size_t index)
{
    char tag[160];
    const struct wb_descriptor *named =
        wb_layout_find_name(layout, wb_attached_tag(target, carriers[index].suffix, tag));
    if (named != NULL)
        return named;
    size_t count, images = 0;
    const struct wb_descriptor *entries = wb_layout_entries(layout, &count);
    const struct wb_descriptor *found = NULL;
    for (size_t i = 0; i < count; i++) {
        const char *kind = wb_descriptor_annotation(&entries[i], "kind");
        if (kind == NULL || wb_descriptor_annotation(&entries[i], REF_NAME) != NULL)
            continue;
        if (strcmp(kind, carriers[index].cosign_kind) == 0)
            found = &entries[i];
        else if (wb_text_starts_with(kind, KIND_PREFIX "image"))
            images += wb_digest_equal(&entries[i].digest, target) ? 1 : 2;
    }
    return images == 1 ? found : NULL;
}

static bool add_carrier(struct wb_layout *layout, const struct wb_descriptor *carrier, size_t index,
                        struct wb_attachments *attachments, struct wb_error *err)
{
    const struct wb_digest digest = carrier->digest;
    const json_t *manifest = read_manifest(layout, &digest, attachments, err);
    if (manifest == NULL)
        return false;
    const json_t *layers = wb_json_array_of(manifest, "layers");
    for (size_t i = 0; i < json_array_size(layers); i++) {
        struct wb_attachment attachment = {
            .kind = carriers[index].kind,
            .suffix = carriers[index].suffix,
            .layer_index = i,
            .manifest = digest,
        };
        if (!read_layer(json_array_get(layers, i), &attachment, err))
            return false;
        if (attachment.kind == WB_ATTACHMENT_ATTESTATION)
            attachment.predicate_type = wb_json_string_of(attachment.annotations, "predicateType");
        WB_APPEND(attachments->items, attachments->count, attachments->capacity, attachment);
    }
    return true;
}

bool wb_attachments_find(struct wb_layout *layout, const struct wb_digest *target,
                         struct wb_attachments *attachments, struct wb_error *err)
{
    attachments->arena = wb_arena_new();
    attachments->documents = json_array();
    if (!add_referrers(layout, target, attachments, err))
        return false;
    for (size_t i = 0; i < CARRIER_COUNT; i++) {
        const struct wb_descriptor *carrier = find_carrier(layout, target, i);
        if (carrier != NULL && !add_carrier(layout, carrier, i, attachments, err))
            return false;
    }
    return true;
}
