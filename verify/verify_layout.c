/* SPDX-License-Identifier: Apache-2.0 */
/* Every image of a layout. What is an image is told by what a runtime would make of it, not by the
 * names and annotations of index.json, which nobody signed: or a name would be enough to have an
 * image left out. */
#include "verify/verify_private.h"

#include <string.h>

#define DOCUMENT_SIZE_MAX ((size_t)4 << 20)
#define IMAGES_MAX 10000
#define DEPTH_MAX 4

static bool is_one_of(const char *text, const char *const *list, size_t count)
{
    for (size_t i = 0; text != NULL && i < count; i++)
        if (strcmp(list[i], text) == 0)
            return true;
    return false;
}

bool wb_is_file_system(const char *media_type)
{
    return media_type != NULL &&
           (wb_text_starts_with(media_type, "application/vnd.oci.image.layer.") ||
            wb_text_starts_with(media_type, "application/vnd.docker.image.rootfs."));
}

/* The layers of signatures and of other artifacts are no file systems. */
bool wb_is_image_manifest(const json_t *document)
{
    static const char *const configs[] = {"application/vnd.oci.image.config.v1+json",
                                          "application/vnd.docker.container.image.v1+json"};
    const char *config = wb_json_string_of(wb_json_object_of(document, "config"), "mediaType");
    if (!is_one_of(config, configs, sizeof configs / sizeof configs[0]))
        return false;
    const json_t *layers = wb_json_array_of(document, "layers");
    size_t count = json_array_size(layers);
    bool found = count == 0;
    for (size_t i = 0; i < count && !found; i++)
        found = wb_is_file_system(wb_json_string_of(json_array_get(layers, i), "mediaType"));
    return found;
}

static json_t *read_below(struct wb_layout *layout, const json_t *descriptor)
{
    const char *text = wb_json_string_of(descriptor, "digest");
    struct wb_digest digest;
    WB_AUTO_VALUE(wb_buffer) content = {0};
    if (text == NULL || !wb_digest_parse(text, &digest, NULL) ||
        !wb_layout_read_blob(layout, &digest, DOCUMENT_SIZE_MAX, &content, NULL))
        return NULL;
    return wb_json_parse(wb_buffer_bytes(&content), NULL);
}

/* An index is one unless all that it lists is there and is none, as in the index of a target's
 * referrers (distribution-spec 1.1 "Referrers Tag Schema"). *budget: how many more to look at. */
static bool is_image(struct wb_layout *layout, const json_t *document, unsigned depth,
                     unsigned *budget)
{
    const json_t *manifests = wb_json_array_of(document, "manifests");
    size_t count = json_array_size(manifests);
    if (manifests == NULL)
        return wb_is_image_manifest(document);
    bool found = count == 0 || depth == DEPTH_MAX || json_object_get(document, "layers") != NULL ||
                 json_object_get(document, "config") != NULL;
    for (size_t i = 0; i < count && !found; i++) {
        WB_AUTO_JSON below = *budget == 0 ? NULL : read_below(layout, json_array_get(manifests, i));
        *budget -= *budget > 0;
        found = below == NULL || is_image(layout, below, depth + 1, budget);
    }
    return found;
}

bool wb_entry_is_image(struct wb_layout *layout, const struct wb_descriptor *entry,
                       unsigned *budget, bool *image, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) content = {0};
    if (!wb_layout_read_blob(layout, &entry->digest, DOCUMENT_SIZE_MAX, &content, err))
        return false;
    WB_AUTO_JSON document = wb_json_parse(wb_buffer_bytes(&content), err);
    *image = document != NULL && is_image(layout, document, 0, budget);
    return document != NULL;
}

static bool was_seen(const struct wb_descriptor *entries, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (wb_digest_equal(&entries[i].digest, &entries[index].digest))
            return true;
    return false;
}

bool wb_verify_layout(struct wb_layout *layout, const struct wb_verify_demands *demands,
                      wb_layout_visitor *visit, void *context, struct wb_error *err)
{
    size_t count, images = 0, failed = 0;
    unsigned budget = WB_LAYOUT_LOOKS_MAX;
    const struct wb_descriptor *entries = wb_layout_entries(layout, &count);
    if (count > IMAGES_MAX)
        return wb_error_set(err, WB_BAD_INPUT, "index.json lists more than %d entries", IMAGES_MAX);
    for (size_t i = 0; i < count; i++) {
        struct wb_error failure = WB_ERROR_INIT;
        WB_AUTO(wb_verify_report) *report = wb_verify_report_new();
        bool image = true;
        if (was_seen(entries, i))
            continue;
        bool good = wb_entry_is_image(layout, &entries[i], &budget, &image, &failure) &&
                    (!image || wb_verify_image(layout, &entries[i], demands, report, &failure));
        if (!good && (failure.status == WB_SYSTEM || failure.status == WB_USAGE)) {
            *err = failure;
            return false;
        }
        images += image ? 1 : 0;
        failed += good ? 0 : 1;
        if (image)
            visit(context, &entries[i], report, good ? NULL : &failure);
    }
    if (failed > 0)
        return wb_error_set(err, WB_CHECK_FAILED, "%zu of %zu images do not hold", failed, images);
    return images > 0 || wb_error_set(err, WB_CHECK_FAILED, "there is no image in it");
}
