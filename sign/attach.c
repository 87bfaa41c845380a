/* SPDX-License-Identifier: Apache-2.0 */
/* Attaching bundles to images as referrers (OCI image-spec 1.1, manifest.md "subject"; cosign
 * BUNDLE_SPEC.md). */
#include "sign/sign_private.h"

#include <string.h>

#define EMPTY_CONFIG "{}"
#define EMPTY_CONFIG_MEDIA_TYPE "application/vnd.oci.empty.v1+json"
#define MANIFEST_MEDIA_TYPE "application/vnd.oci.image.manifest.v1+json"
#define COSIGN_IMAGE "dev.cosignproject.cosign/image"
#define COSIGN_INDEX "dev.cosignproject.cosign/imageIndex"

static void write_descriptor(const char *media_type, const struct wb_digest *digest, int64_t size,
                             struct wb_buffer *json)
{
    char text[WB_DIGEST_TEXT_SIZE];
    wb_buffer_append_text(json, "{\"mediaType\":");
    wb_buffer_append_json_string(json, media_type);
    wb_buffer_append_format(json, ",\"size\":%lld,\"digest\":\"%s\"}", (long long)size,
                            wb_digest_format(digest, text));
}

static void write_manifest(const struct wb_descriptor *target, const struct wb_digest *config,
                           const struct wb_digest *layer, size_t layer_size,
                           const struct wb_name_value *annotations, size_t annotation_count,
                           struct wb_buffer *json)
{
    wb_buffer_append_text(json, "{\"schemaVersion\":2,\"mediaType\":\"" MANIFEST_MEDIA_TYPE
                                "\",\"config\":");
    write_descriptor(EMPTY_CONFIG_MEDIA_TYPE, config, (int64_t)strlen(EMPTY_CONFIG), json);
    wb_buffer_append_text(json, ",\"layers\":[");
    write_descriptor(WB_BUNDLE_MEDIA_TYPE, layer, (int64_t)layer_size, json);
    wb_buffer_append_text(json, "],\"annotations\":{");
    for (size_t i = 0; i < annotation_count; i++) {
        if (i > 0)
            wb_buffer_append_text(json, ",");
        wb_buffer_append_json_string(json, annotations[i].name);
        wb_buffer_append_text(json, ":");
        wb_buffer_append_json_string(json, annotations[i].value);
    }
    wb_buffer_append_text(json, "},\"subject\":");
    write_descriptor(target->media_type, &target->digest, target->size, json);
    wb_buffer_append_text(json, ",\"artifactType\":\"" WB_BUNDLE_MEDIA_TYPE "\"}");
}

bool wb_mark_image(struct wb_layout *layout, const struct wb_descriptor *target,
                   struct wb_error *err)
{
    size_t count, found = SIZE_MAX;
    const struct wb_descriptor *entries = wb_layout_entries(layout, &count);
    for (size_t i = 0; i < count; i++) {
        const char *kind = wb_descriptor_annotation(&entries[i], "kind");
        if (kind != NULL && wb_text_starts_with(kind, COSIGN_IMAGE))
            return true;
        if (found == SIZE_MAX && wb_digest_equal(&entries[i].digest, &target->digest))
            found = i;
    }
    if (found == SIZE_MAX) /* a platform of an index */
        return true;
    const char *type = target->media_type;
    bool is_index =
        type != NULL && (strstr(type, "index") != NULL || strstr(type, "manifest.list") != NULL);
    const struct wb_name_value kind = {"kind", is_index ? COSIGN_INDEX : COSIGN_IMAGE};
    return wb_layout_annotate_entry(layout, found, &kind, err);
}

bool wb_attach_bundle(struct wb_layout *layout, const struct wb_descriptor *target,
                      struct wb_bytes bundle, const char *predicate_type, int64_t created,
                      struct wb_error *err)
{
    struct wb_digest config, layer, manifest;
    if (!wb_layout_add_blob(layout, (struct wb_bytes){(const uint8_t *)EMPTY_CONFIG, 2}, &config,
                            err) ||
        !wb_layout_add_blob(layout, bundle, &layer, err))
        return false;
    char time[WB_TIME_TEXT_SIZE];
    struct wb_name_value annotations[3] = {{"dev.sigstore.bundle.content", predicate_type == NULL
                                                                               ? "message-signature"
                                                                               : "dsse-envelope"}};
    size_t count = 1;
    if (predicate_type != NULL)
        annotations[count++] =
            (struct wb_name_value){"dev.sigstore.bundle.predicateType", predicate_type};
    annotations[count++] =
        (struct wb_name_value){"org.opencontainers.image.created", wb_time_format(created, time)};
    WB_AUTO_VALUE(wb_buffer) json = {0};
    write_manifest(target, &config, &layer, bundle.size, annotations, count, &json);
    if (!wb_layout_add_blob(layout, wb_buffer_bytes(&json), &manifest, err))
        return false;
    /* Listed in index.json beside the image, as `oras copy -r` lists referrers: tools that copy a
     * layout by its index carry them. */
    const struct wb_descriptor entry = {
        .media_type = MANIFEST_MEDIA_TYPE,
        .digest = manifest,
        .size = (int64_t)json.size,
        .artifact_type = WB_BUNDLE_MEDIA_TYPE,
        .annotations = annotations,
        .annotation_count = count,
    };
    return wb_mark_image(layout, target, err) && wb_layout_put_entry(layout, &entry, err) &&
           wb_referrers_index_update(layout, &target->digest, err);
}
