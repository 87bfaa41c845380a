/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors, and the documents they describe (OCI image-spec 1.1, descriptor.md). */
#include "image/artifact_private.h"
#include "image/image_set_private.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *media_type;
    enum wb_document_kind kind;
} document_types[] = {
    {"application/vnd.oci.image.index.v1+json", WB_DOCUMENT_INDEX},
    {"application/vnd.docker.distribution.manifest.list.v2+json", WB_DOCUMENT_INDEX},
    {"application/vnd.oci.image.manifest.v1+json", WB_DOCUMENT_MANIFEST},
    {"application/vnd.docker.distribution.manifest.v2+json", WB_DOCUMENT_MANIFEST},
    {"application/vnd.docker.distribution.manifest.v1+json", WB_DOCUMENT_SCHEMA1},
    {"application/vnd.docker.distribution.manifest.v1+prettyjws", WB_DOCUMENT_SCHEMA1},
};

static enum wb_document_kind kind_of(const char *media_type)
{
    for (size_t i = 0; i < sizeof document_types / sizeof document_types[0]; i++)
        if (strcmp(media_type, document_types[i].media_type) == 0)
            return document_types[i].kind;
    return WB_DOCUMENT_OTHER;
}

void wb_image_descriptors_clear(struct wb_image_descriptors *descriptors)
{
    free(descriptors->items);
    *descriptors = (struct wb_image_descriptors){0};
}

/* ---- descriptors ---- */

/* A member that is a string or not there. */
static bool optional_string(const json_t *json, const char *key, const char **value,
                            struct wb_error *err)
{
    const json_t *member = json_object_get(json, key);
    *value = json_string_value(member);
    return member == NULL || json_is_null(member) || *value != NULL ||
           wb_error_set(err, WB_BAD_INPUT, "`%s` of a descriptor is not a string", key);
}

bool wb_image_descriptor_read(const json_t *json, struct wb_arena *arena,
                              struct wb_image_descriptor *descriptor, struct wb_error *err)
{
    const char *digest, *media_type;
    *descriptor = (struct wb_image_descriptor){0};
    if (!json_is_object(json))
        return wb_error_set(err, WB_BAD_INPUT, "a descriptor is not a JSON object");
    if (!optional_string(json, "digest", &digest, err) ||
        !optional_string(json, "mediaType", &media_type, err))
        return false;
    if (digest == NULL)
        return wb_error_set(err, WB_BAD_INPUT, "a descriptor states no digest");
    if (!wb_digest_parse(digest, &descriptor->parsed_digest, err))
        return false;
    descriptor->digest = wb_arena_copy(arena, digest);
    descriptor->size = wb_json_integer_of(json, "size", -1);
    if (descriptor->size < 0)
        return wb_error_set(err, WB_BAD_INPUT, "the descriptor of %s states no valid size", digest);
    descriptor->media_type = wb_arena_copy(arena, media_type);
    if (media_type != NULL)
        descriptor->kind = kind_of(media_type);
    const json_t *platform = wb_json_object_of(json, "platform");
    if (platform != NULL && !wb_platform_read(platform, &descriptor->platform, err))
        return wb_error_context(err, "the descriptor of %s", digest);
    descriptor->has_platform =
        descriptor->platform.os[0] != '\0' && descriptor->platform.architecture[0] != '\0';
    const json_t *annotations = wb_json_object_of(json, "annotations");
    descriptor->reference_name =
        wb_arena_copy(arena, wb_json_string_of(annotations, "org.opencontainers.image.ref.name"));
    descriptor->image_name =
        wb_arena_copy(arena, wb_json_string_of(annotations, "io.containerd.image.name"));
    descriptor->is_image = !wb_artifact_descriptor(json);
    return true;
}

/* ---- documents ---- */

static bool read_checked(struct wb_store *store, const struct wb_image_descriptor *descriptor,
                         size_t limit, struct wb_buffer *content, struct wb_error *err)
{
    char name[WB_BLOB_NAME_SIZE], text[WB_DIGEST_TEXT_SIZE];
    bool found;
    if ((uint64_t)descriptor->size > limit)
        return wb_error_set(err, WB_BAD_INPUT, "%" PRId64 " bytes are more than the %zu allowed",
                            descriptor->size, limit);
    if (!store->read(store, wb_blob_name(&descriptor->parsed_digest, name), limit, content, &found,
                     err))
        return false;
    if (!found)
        return wb_error_set(err, WB_BAD_INPUT, "it is not in the store");
    struct wb_digest digest;
    if (!wb_digest_bytes(descriptor->parsed_digest.algorithm, wb_buffer_bytes(content), &digest,
                         err))
        return false;
    if (content->size != (uint64_t)descriptor->size)
        return wb_error_set(err, WB_BAD_INPUT,
                            "size does not match: the descriptor states %" PRId64
                            " bytes, the blob has %zu",
                            descriptor->size, content->size);
    return wb_digest_equal(&digest, &descriptor->parsed_digest) ||
           wb_error_set(err, WB_BAD_INPUT, "digest does not match: found %s",
                        wb_digest_format(&digest, text));
}

json_t *wb_image_descriptor_load(struct wb_store *store,
                                 const struct wb_image_descriptor *descriptor, size_t limit,
                                 struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) content = {0};
    json_t *json = NULL;
    if (read_checked(store, descriptor, limit, &content, err))
        json = wb_json_parse(wb_buffer_bytes(&content), err);
    if (json == NULL) {
        wb_error_context(err, "%s", descriptor->digest);
        return NULL;
    }
    if (!json_is_object(json)) {
        wb_error_set(err, WB_BAD_INPUT, "%s: not a JSON object", descriptor->digest);
        json_decref(json);
        return NULL;
    }
    return json;
}

bool wb_document_schema_version(const json_t *document, struct wb_error *err)
{
    const json_t *version = json_object_get(document, "schemaVersion");
    if (version == NULL)
        return true;
    if (json_is_integer(version) && json_integer_value(version) == 2)
        return true;
    if (json_is_integer(version) && json_integer_value(version) == 1)
        return wb_error_set(err, WB_BAD_INPUT,
                            "a manifest of schema 1, which is obsolete and not supported");
    return wb_error_set(err, WB_BAD_INPUT, "its schemaVersion is not 2");
}

/* A document that two readers could take for different things is refused (CVE-2021-41190). */
static bool check_document(const json_t *document, struct wb_image_descriptor *descriptor,
                           struct wb_error *err)
{
    bool lists = json_object_get(document, "manifests") != NULL;
    bool layers =
        json_object_get(document, "layers") != NULL || json_object_get(document, "config") != NULL;
    const char *stated;
    if (!wb_document_schema_version(document, err) ||
        !optional_string(document, "mediaType", &stated, err))
        return false;
    if (lists && layers)
        return wb_error_set(err, WB_BAD_INPUT, "both an index and a manifest");
    if (descriptor->kind == WB_DOCUMENT_UNSTATED)
        descriptor->kind = stated != NULL ? kind_of(stated)
                           : lists        ? WB_DOCUMENT_INDEX
                           : layers       ? WB_DOCUMENT_MANIFEST
                                          : WB_DOCUMENT_OTHER;
    else if (stated != NULL && descriptor->media_type != NULL &&
             strcmp(stated, descriptor->media_type) != 0)
        return wb_error_set(err, WB_BAD_INPUT,
                            "its media type is %.200s, its descriptor states %.200s", stated,
                            descriptor->media_type);
    if (descriptor->kind == WB_DOCUMENT_INDEX)
        return wb_json_array_of(document, "manifests") != NULL ||
               wb_error_set(err, WB_BAD_INPUT, "an index without `manifests`");
    if (descriptor->kind == WB_DOCUMENT_MANIFEST)
        return (wb_json_object_of(document, "config") != NULL &&
                wb_json_array_of(document, "layers") != NULL) ||
               wb_error_set(err, WB_BAD_INPUT, "a manifest without `config` or `layers`");
    return true;
}

json_t *wb_image_descriptor_load_document(struct wb_store *store,
                                          struct wb_image_descriptor *descriptor,
                                          struct wb_error *err)
{
    if (descriptor->kind == WB_DOCUMENT_SCHEMA1) {
        wb_error_set(err, WB_BAD_INPUT,
                     "%s: a manifest of schema 1, which is obsolete and not supported",
                     descriptor->digest);
        return NULL;
    }
    json_t *document = NULL;
    if (descriptor->kind != WB_DOCUMENT_OTHER) {
        document = wb_image_descriptor_load(store, descriptor, WB_DOCUMENT_SIZE_MAX, err);
        if (document == NULL)
            return NULL;
        if (!check_document(document, descriptor, err)) {
            wb_error_context(err, "%s", descriptor->digest);
            json_decref(document);
            return NULL;
        }
    }
    if (descriptor->kind == WB_DOCUMENT_INDEX || descriptor->kind == WB_DOCUMENT_MANIFEST)
        return document;
    json_decref(document);
    wb_error_set(err, WB_BAD_INPUT,
                 "%s: neither an image manifest nor an index: media type `%.200s`",
                 descriptor->digest, descriptor->media_type == NULL ? "" : descriptor->media_type);
    return NULL;
}
