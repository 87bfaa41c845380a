/* SPDX-License-Identifier: Apache-2.0 */
/* Manifests: OCI image-spec 1.1, manifest.md; Docker image manifest version 2, schema 2. */
#include "image/image_set_private.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- media types ---- */

static const char *const layer_types[] = {
    "application/vnd.oci.image.layer.v1.tar",
    "application/vnd.oci.image.layer.v1.tar+gzip",
    "application/vnd.oci.image.layer.v1.tar+zstd",
    "application/vnd.oci.image.layer.nondistributable.v1.tar",
    "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
    "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd",
    "application/vnd.docker.image.rootfs.diff.tar",
    "application/vnd.docker.image.rootfs.diff.tar.gzip",
    "application/vnd.docker.image.rootfs.diff.tar.zstd",
    "application/vnd.docker.image.rootfs.foreign.diff.tar",
    "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
    "application/vnd.docker.image.rootfs.foreign.diff.tar.zstd",
};

/* The last one is what early releases of Docker sent. */
static const char *const config_types[] = {
    "application/vnd.oci.image.config.v1+json",
    "application/vnd.docker.container.image.v1+json",
    "application/octet-stream",
};

static bool is_one_of(const char *text, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(text, list[i]) == 0)
            return true;
    return false;
}

static bool is_config_type(const char *media_type)
{
    return media_type != NULL &&
           is_one_of(media_type, config_types, sizeof config_types / sizeof config_types[0]);
}

static bool check_layer_type(const char *media_type, struct wb_error *err)
{
    if (media_type == NULL)
        return wb_error_set(err, WB_BAD_INPUT, "the manifest states no media type");
    if (is_one_of(media_type, layer_types, sizeof layer_types / sizeof layer_types[0]))
        return true;
    if (wb_text_ends_with(media_type, "+encrypted"))
        return wb_error_set(err, WB_BAD_INPUT, "it is encrypted: media type `%.200s`", media_type);
    return wb_error_set(err, WB_BAD_INPUT, "the media type `%.200s` is not that of a layer",
                        media_type);
}

static bool is_foreign(const char *media_type)
{
    return strstr(media_type, ".foreign.") != NULL ||
           strstr(media_type, ".nondistributable.") != NULL;
}

/* ---- layers ---- */

static bool find_layer(struct wb_image_set *set, const struct wb_image_descriptor *descriptor,
                       struct wb_layer_place *place, struct wb_error *err)
{
    char name[WB_BLOB_NAME_SIZE];
    bool found;
    place->has_blob_digest = true;
    place->blob_digest = descriptor->parsed_digest;
    if (!set->store->find(set->store, wb_blob_name(&descriptor->parsed_digest, name), place, &found,
                          err))
        return false;
    if (!found && is_foreign(descriptor->media_type))
        return wb_error_set(err, WB_BAD_INPUT,
                            "it is a foreign layer, which the image does not contain");
    if (!found)
        return wb_error_set(err, WB_BAD_INPUT, "its blob is not in the store");
    return place->size == (uint64_t)descriptor->size ||
           wb_error_set(err, WB_BAD_INPUT,
                        "size does not match: the descriptor states %" PRId64
                        " bytes, the blob has %" PRIu64,
                        descriptor->size, place->size);
}

static bool read_layer(struct wb_image_set *set, struct wb_image *image, size_t index,
                       const json_t *json, struct wb_error *err)
{
    struct wb_layer_descriptor *layer = &image->description.layers[index];
    struct wb_image_descriptor descriptor;
    bool good = wb_image_descriptor_read(json, set->arena, &descriptor, err);
    if (good) {
        layer->digest = descriptor.digest;
        layer->media_type = descriptor.media_type;
        layer->size = descriptor.size;
        good = check_layer_type(descriptor.media_type, err) &&
               find_layer(set, &descriptor, &image->places[index], err);
    }
    if (good)
        return true;
    /* What names the layer even where its descriptor is not in order. */
    const char *digest = wb_json_string_of(json, "digest");
    struct wb_digest parsed;
    char label[64];
    if (digest != NULL && !wb_digest_parse(digest, &parsed, NULL))
        digest = NULL;
    return wb_error_context(err, "%s", wb_layer_label(index, digest, label));
}

static bool check_records(struct wb_image *image, struct wb_error *err)
{
    for (size_t i = 0; i < image->description.layer_count; i++) {
        char label[64];
        if (!wb_layer_check_record(&image->places[i], err))
            return wb_error_context(err, "%s",
                                    wb_layer_label(i, image->description.layers[i].digest, label));
    }
    return true;
}

/* ---- the manifest ---- */

/* Loads the manifest and the config it names. *is_image is false, and *config NULL, when the
 * latter is not one of an image. */
static bool load(struct wb_image_set *set, const struct wb_image_descriptor *descriptor,
                 json_t **manifest, struct wb_image_descriptor *config_descriptor, json_t **config,
                 bool *is_image, struct wb_error *err)
{
    struct wb_image_descriptor own = *descriptor;
    *manifest = wb_image_descriptor_load_document(set->store, &own, err);
    if (*manifest == NULL)
        return false;
    if (own.kind != WB_DOCUMENT_MANIFEST)
        return wb_error_set(err, WB_BAD_INPUT, "%s: an index where a manifest should be",
                            own.digest);
    if (!wb_image_descriptor_read(wb_json_object_of(*manifest, "config"), set->arena,
                                  config_descriptor, err))
        return wb_error_context(err, "%s", own.digest);
    *is_image = is_config_type(config_descriptor->media_type);
    if (!*is_image)
        return true;
    *config = wb_image_descriptor_load(set->store, config_descriptor, WB_CONFIG_SIZE_MAX, err);
    return *config != NULL || wb_error_context(err, "config");
}

bool wb_manifest_platform(struct wb_image_set *set, const struct wb_image_descriptor *descriptor,
                          struct wb_platform *platform, bool *is_image, struct wb_error *err)
{
    WB_AUTO_JSON manifest = NULL;
    WB_AUTO_JSON config = NULL;
    struct wb_image_descriptor config_descriptor;
    if (!load(set, descriptor, &manifest, &config_descriptor, &config, is_image, err))
        return false;
    return !*is_image || wb_platform_read(config, platform, err) ||
           wb_error_context(err, "config %s", config_descriptor.digest);
}

/* The index knows best which platform it offers an image for; the variant may be in the config
 * only. */
static void set_platform(struct wb_image *image, const struct wb_image_descriptor *descriptor)
{
    struct wb_platform *platform = &image->description.platform;
    if (!descriptor->has_platform)
        return;
    struct wb_platform config = *platform;
    *platform = descriptor->platform;
    if (platform->variant[0] == '\0' && strcmp(platform->os, config.os) == 0 &&
        strcmp(platform->architecture, config.architecture) == 0)
        *platform = config;
}

/* A descriptor may leave it to the manifest, and that to what an OCI manifest is by default. */
static const char *media_type_of(struct wb_image_set *set,
                                 const struct wb_image_descriptor *descriptor,
                                 const json_t *manifest)
{
    if (descriptor->media_type != NULL)
        return descriptor->media_type;
    const char *own = wb_json_string_of(manifest, "mediaType");
    return own == NULL ? "application/vnd.oci.image.manifest.v1+json"
                       : wb_arena_copy(set->arena, own);
}

static bool describe(struct wb_image_set *set, struct wb_image *image,
                     const struct wb_image_descriptor *descriptor, const json_t *manifest,
                     const struct wb_image_descriptor *config_descriptor, const json_t *config,
                     struct wb_error *err)
{
    struct wb_image_description *description = &image->description;
    description->manifest_digest = descriptor->digest;
    description->manifest_media_type = media_type_of(set, descriptor, manifest);
    description->manifest_size = descriptor->size;
    description->index_digest = descriptor->index_digest;
    description->config_digest = config_descriptor->digest;
    description->config_media_type = config_descriptor->media_type;
    if (!wb_name_values_read(set->arena, json_object_get(manifest, "annotations"), "annotations",
                             &description->annotations, &description->annotation_count, err))
        return wb_error_context(err, "%s", descriptor->digest);
    if (!wb_config_describe(set, image, config, err))
        return wb_error_context(err, "config %s", config_descriptor->digest);
    set_platform(image, descriptor);
    size_t i;
    const json_t *layer;
    json_array_foreach(wb_json_array_of(manifest, "layers"), i, layer)
    {
        if (!read_layer(set, image, i, layer, err))
            return false;
    }
    return wb_config_layers(set, image, config, err) && check_records(image, err);
}

struct wb_image *wb_manifest_open(struct wb_image_set *set,
                                  const struct wb_image_descriptor *descriptor,
                                  struct wb_error *err)
{
    WB_AUTO_JSON manifest = NULL;
    WB_AUTO_JSON config = NULL;
    struct wb_image_descriptor config_descriptor;
    bool is_image;
    if (!load(set, descriptor, &manifest, &config_descriptor, &config, &is_image, err))
        return NULL;
    if (!is_image) {
        wb_error_set(err, WB_BAD_INPUT, "%s: not an image: its config has the media type `%.200s`",
                     descriptor->digest,
                     config_descriptor.media_type == NULL ? "" : config_descriptor.media_type);
        return NULL;
    }
    struct wb_image *image =
        wb_image_new(set, json_array_size(wb_json_array_of(manifest, "layers")));
    return describe(set, image, descriptor, manifest, &config_descriptor, config, err) ? image
                                                                                       : NULL;
}
