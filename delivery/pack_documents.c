/* SPDX-License-Identifier: Apache-2.0 */
/* Manifests and indexes with all that is below them (OCI image-spec 1.1). */
#include "delivery/pack_private.h"

#include <string.h>

#define DEPTH_MAX 8

struct walk {
    struct wb_packing *packing;
    struct wb_layout *layout;
    struct wb_pack_digests *below; /* NULL */
};

static struct wb_pack_blob *walk_document(const struct walk *walk, const struct wb_digest *digest,
                                          int64_t size, int depth, struct wb_error *err);

static bool read_descriptor(const json_t *json, struct wb_digest *digest, int64_t *size,
                            struct wb_error *err)
{
    const char *text = wb_json_string_of(json, "digest");
    *size = wb_json_integer_of(json, "size", -1);
    if (text == NULL || *size < 0)
        return wb_error_set(err, WB_BAD_INPUT, "a descriptor without digest or size");
    return wb_digest_parse(text, digest, err);
}

static bool add_blob(const struct walk *walk, const json_t *descriptor, const char *role,
                     struct wb_error *err)
{
    struct wb_digest digest;
    int64_t size;
    return read_descriptor(descriptor, &digest, &size, err) &&
           wb_pack_blob_of_layout(walk->packing, walk->layout, &digest, (uint64_t)size, role,
                                  wb_json_string_of(descriptor, "mediaType"), err) != NULL;
}

/* What a layer of an artifact is, by its media type. */
static const char *role_of_layer(const json_t *manifest, const json_t *layer)
{
    const char *type = wb_json_string_of(layer, "mediaType");
    const char *config = wb_json_string_of(wb_json_object_of(manifest, "config"), "mediaType");
    if (type != NULL && strcmp(type, WB_SIMPLE_SIGNING_MEDIA_TYPE) == 0)
        return "signature";
    if (type != NULL && (strcmp(type, WB_DSSE_MEDIA_TYPE) == 0 ||
                         wb_text_starts_with(type, "application/vnd.dev.sigstore.bundle")))
        return "attestation";
    if (type != NULL && (strstr(type, "spdx") != NULL || strstr(type, "cyclonedx") != NULL))
        return "sbom";
    bool image =
        config != NULL && (strcmp(config, "application/vnd.oci.image.config.v1+json") == 0 ||
                           strcmp(config, "application/vnd.docker.container.image.v1+json") == 0);
    return image ? "layer" : "other";
}

static bool walk_manifest(const struct walk *walk, const json_t *manifest, struct wb_error *err)
{
    const json_t *config = wb_json_object_of(manifest, "config");
    const json_t *layers = wb_json_array_of(manifest, "layers");
    if (config == NULL || layers == NULL)
        return wb_error_set(err, WB_BAD_INPUT,
                            "neither an image manifest nor an index of OCI or Docker schema 2");
    if (!add_blob(walk, config, "config", err))
        return false;
    for (size_t i = 0; i < json_array_size(layers); i++) {
        const json_t *layer = json_array_get(layers, i);
        if (!add_blob(walk, layer, role_of_layer(manifest, layer), err))
            return false;
    }
    return true;
}

/* An index may list what is neither a manifest nor an index: that is a blob like any other. */
static bool is_document(const json_t *descriptor)
{
    const char *type = wb_json_string_of(descriptor, "mediaType");
    return type == NULL || strcmp(type, WB_MANIFEST_MEDIA_TYPE) == 0 ||
           strcmp(type, WB_INDEX_MEDIA_TYPE) == 0 ||
           strcmp(type, "application/vnd.docker.distribution.manifest.v2+json") == 0 ||
           strcmp(type, "application/vnd.docker.distribution.manifest.list.v2+json") == 0;
}

/* buildkit's attestations, which are listed as if they were images. */
static bool is_of_build_tool(const json_t *descriptor)
{
    const char *os = wb_json_string_of(wb_json_object_of(descriptor, "platform"), "os");
    return os != NULL && strcmp(os, "unknown") == 0;
}

static bool walk_index(const struct walk *walk, const json_t *manifests, int depth,
                       struct wb_error *err)
{
    if (depth == DEPTH_MAX)
        return wb_error_set(err, WB_BAD_INPUT, "indexes are nested deeper than %d levels",
                            DEPTH_MAX);
    for (size_t i = 0; i < json_array_size(manifests); i++) {
        const json_t *descriptor = json_array_get(manifests, i);
        struct wb_digest digest;
        int64_t size;
        if (!is_document(descriptor)) {
            if (!add_blob(walk, descriptor, "other", err))
                return false;
            continue;
        }
        struct walk child = *walk;
        if (is_of_build_tool(descriptor))
            child.below = NULL;
        if (!read_descriptor(descriptor, &digest, &size, err))
            return false;
        const struct wb_pack_blob *blob = wb_pack_blob_find(walk->packing, &digest);
        bool is_new = blob == NULL || blob->walked != walk->packing->inventory.image_count + 1;
        if (walk_document(&child, &digest, size, depth + 1, err) == NULL)
            return false;
        if (child.below != NULL && is_new)
            WB_APPEND(child.below->items, child.below->count, child.below->capacity, digest);
    }
    return true;
}

static struct wb_pack_blob *add_document(const struct walk *walk, const struct wb_digest *digest,
                                         int64_t stated, const struct wb_buffer *content,
                                         bool is_index, struct wb_error *err)
{
    uint64_t size = stated < 0 ? content->size : (uint64_t)stated;
    if (size != content->size) {
        wb_error_set(err, WB_CHECK_FAILED, "%zu bytes, its descriptor states %lld", content->size,
                     (long long)stated);
        return NULL;
    }
    return wb_pack_blob_of_layout(walk->packing, walk->layout, digest, size,
                                  is_index ? "index" : "manifest", NULL, err);
}

static struct wb_pack_blob *read_document(const struct walk *walk, const struct wb_digest *digest,
                                          int64_t size, int depth, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) content = {0};
    if (!wb_layout_read_blob(walk->layout, digest, WB_DOCUMENT_MAX, &content, err))
        return NULL;
    WB_AUTO_JSON json = wb_json_parse(wb_buffer_bytes(&content), err);
    if (json == NULL)
        return NULL;
    const json_t *manifests = wb_json_array_of(json, "manifests");
    /* What could be taken for both is taken for neither (CVE-2021-41190). */
    if (manifests != NULL &&
        (json_object_get(json, "layers") != NULL || json_object_get(json, "config") != NULL)) {
        wb_error_set(err, WB_BAD_INPUT, "both an index and a manifest");
        return NULL;
    }
    struct wb_pack_blob *blob = add_document(walk, digest, size, &content, manifests != NULL, err);
    if (blob == NULL)
        return NULL;
    blob->walked = (unsigned)walk->packing->inventory.image_count + 1;
    WB_APPEND(walk->packing->waiting, walk->packing->waiting_count, walk->packing->waiting_capacity,
              *digest);
    bool good = manifests != NULL ? walk_index(walk, manifests, depth, err)
                                  : walk_manifest(walk, json, err);
    return good ? blob : NULL;
}

static struct wb_pack_blob *walk_document(const struct walk *walk, const struct wb_digest *digest,
                                          int64_t size, int depth, struct wb_error *err)
{
    char text[WB_DIGEST_TEXT_SIZE];
    struct wb_pack_blob *blob = wb_pack_blob_find(walk->packing, digest);
    if (blob != NULL && blob->walked == walk->packing->inventory.image_count + 1)
        return blob;
    blob = read_document(walk, digest, size, depth, err);
    if (blob == NULL && !wb_text_starts_with(err->message, wb_digest_format(digest, text)))
        wb_error_context(err, "%s", text);
    return blob;
}

struct wb_pack_blob *wb_pack_document(struct wb_packing *packing, struct wb_layout *layout,
                                      const struct wb_digest *digest, int64_t size,
                                      struct wb_pack_digests *below, struct wb_error *err)
{
    const struct walk walk = {packing, layout, below};
    return walk_document(&walk, digest, size, 0, err);
}
