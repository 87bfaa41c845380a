/* SPDX-License-Identifier: Apache-2.0 */
/* The layers of an image read again, with every digest on the way to them checked. */
#include "verify/deep_private.h"

#include <stdlib.h>

#define DOCUMENT_SIZE_MAX ((size_t)4 << 20)

void wb_deep_image_free(struct wb_deep_image *image)
{
    if (image == NULL)
        return;
    wb_rootfs_free(image->rootfs);
    wb_layers_free(image->layers, image->layer_count);
    free(image->digests);
    free(image->deleted);
    free(image);
}

struct reading {
    struct wb_layout *layout;
    const char *manifest; /* its digest */
    struct wb_layer_options options;
    struct wb_outcomes *outcomes;
    size_t entries; /* of all layers so far */
};

/* Files what was wrong with a blob under the code that says so; failures of the machine stay what
 * they are. */
static bool blame(struct reading *reading, const char *code, const char *object,
                  struct wb_error *err)
{
    if (err->status == WB_SYSTEM || err->status == WB_USAGE)
        return false;
    wb_outcome_add(reading->outcomes, code, object, "%s", err->message);
    err->status = WB_CHECK_FAILED;
    return false;
}

/* Whether the blob is what the descriptor says; otherwise its code. */
static const char *blob_code(struct reading *reading, const struct wb_digest *digest, int64_t size)
{
    struct wb_error damage = WB_ERROR_INIT;
    if (!wb_layout_has_blob(reading->layout, digest))
        return "E-MISSING-BLOB";
    return wb_layout_check_blob(reading->layout, digest, size, &damage) ? "E-SBOM" : "E-DIGEST";
}

static json_t *read_document(struct reading *reading, const struct wb_digest *digest,
                             const char *what, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) content = {0};
    char text[WB_DIGEST_TEXT_SIZE];
    wb_digest_format(digest, text);
    json_t *json = NULL;
    if (wb_layout_read_blob(reading->layout, digest, DOCUMENT_SIZE_MAX, &content, err))
        json = wb_json_parse(wb_buffer_bytes(&content), err);
    if (json != NULL)
        return json;
    wb_error_context(err, "%s", what);
    blame(reading, blob_code(reading, digest, -1), text, err);
    return NULL;
}

static bool read_digest(const json_t *json, struct wb_digest *digest, struct wb_error *err)
{
    const char *text = json_string_value(json);
    if (text == NULL)
        return wb_error_set(err, WB_BAD_INPUT, "no digest");
    return wb_digest_parse(text, digest, err);
}

static bool too_many(struct reading *reading, const struct wb_layer *layer, struct wb_error *err)
{
    reading->entries += layer->entry_count;
    return reading->entries > WB_IMAGE_ENTRIES_MAX &&
           !wb_error_set(err, WB_BAD_INPUT, "the layers up to this one have more than %d entries",
                         WB_IMAGE_ENTRIES_MAX);
}

/* Reads one layer. *code says what an error is about. */
static struct wb_layer *read_layer(struct reading *reading, const json_t *descriptor,
                                   const json_t *diff_id, struct wb_digest *digest,
                                   const char **code, struct wb_error *err)
{
    const char *media_type = wb_json_string_of(descriptor, "mediaType");
    int64_t size = wb_json_integer_of(descriptor, "size", -1);
    struct wb_digest expected;
    *code = "E-SBOM";
    if (!read_digest(json_object_get(descriptor, "digest"), digest, err) ||
        !read_digest(diff_id, &expected, err))
        return NULL;
    if (!wb_is_file_system(media_type) || wb_text_ends_with(media_type, "+encrypted")) {
        wb_error_set(err, WB_BAD_INPUT, "the media type `%.200s` is not that of a layer",
                     media_type == NULL ? "" : media_type);
        return NULL;
    }
    reading->options.file_digests |= WB_FILE_SHA256;
    WB_AUTO(wb_layer) *layer =
        wb_layout_read_layer(reading->layout, digest, size, NULL, &reading->options, err);
    if (layer == NULL) {
        *code = blob_code(reading, digest, size);
        return NULL;
    }
    /* The algorithm of a diffID other than SHA-256 is nobody's. */
    if (!wb_digest_equal(&layer->diff_id, &expected)) {
        char found[WB_DIGEST_TEXT_SIZE];
        *code = "E-DIGEST";
        wb_error_set(err, WB_CHECK_FAILED, "its content is %s, not what the config says",
                     wb_digest_format(&layer->diff_id, found));
        return NULL;
    }
    return too_many(reading, layer, err) ? NULL : WB_STEAL(layer);
}

static bool add_layer(struct reading *reading, struct wb_deep_image *image,
                      const json_t *descriptor, const json_t *diff_id, struct wb_error *err)
{
    const char *code;
    size_t index = image->layer_count;
    struct wb_layer *layer =
        read_layer(reading, descriptor, diff_id, &image->digests[index], &code, err);
    bool good = layer != NULL;
    if (good) {
        image->layers[image->layer_count++] = layer;
        code = "E-SBOM";
        good = wb_rootfs_apply(image->rootfs, layer, (int)index, err);
    }
    if (good)
        return true;
    char label[64];
    const char *digest = wb_json_string_of(descriptor, "digest");
    wb_error_context(err, "%s", wb_layer_label(index, digest, label));
    return blame(reading, code, digest == NULL ? reading->manifest : digest, err);
}

static bool add_layers(struct reading *reading, struct wb_deep_image *image, const json_t *manifest,
                       const json_t *config, struct wb_error *err)
{
    const json_t *layers = wb_json_array_of(manifest, "layers");
    const json_t *diff_ids = wb_json_array_of(wb_json_object_of(config, "rootfs"), "diff_ids");
    size_t count = json_array_size(layers);
    if (count != json_array_size(diff_ids)) {
        wb_error_set(err, WB_CHECK_FAILED, "the manifest has %zu layers, the config %zu", count,
                     json_array_size(diff_ids));
        return blame(reading, "E-SBOM", reading->manifest, err);
    }
    image->layers = wb_allocate_array(count + 1, sizeof *image->layers);
    image->digests = wb_allocate_array(count + 1, sizeof *image->digests);
    for (size_t i = 0; i < count; i++)
        if (!add_layer(reading, image, json_array_get(layers, i), json_array_get(diff_ids, i), err))
            return false;
    return true;
}

struct wb_deep_image *wb_deep_image_read(struct wb_layout *layout,
                                         const struct wb_descriptor *manifest, unsigned digests,
                                         struct wb_outcomes *outcomes, struct wb_error *err)
{
    char text[WB_DIGEST_TEXT_SIZE];
    struct reading reading = {
        .layout = layout,
        .manifest = wb_digest_format(&manifest->digest, text),
        .options = {.file_digests = digests},
        .outcomes = outcomes,
    };
    WB_AUTO_JSON document = read_document(&reading, &manifest->digest, "manifest", err);
    if (document == NULL)
        return NULL;
    struct wb_digest config_digest;
    const json_t *descriptor = wb_json_object_of(document, "config");
    if (!read_digest(json_object_get(descriptor, "digest"), &config_digest, err)) {
        wb_error_context(err, "config");
        blame(&reading, "E-SBOM", text, err);
        return NULL;
    }
    WB_AUTO_JSON config = read_document(&reading, &config_digest, "config", err);
    if (config == NULL)
        return NULL;
    WB_AUTO(wb_deep_image) *image = wb_allocate(sizeof *image);
    wb_digest_format(&manifest->digest, image->name);
    image->rootfs = wb_rootfs_new();
    return add_layers(&reading, image, document, config, err) ? WB_STEAL(image) : NULL;
}
