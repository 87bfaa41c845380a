/* SPDX-License-Identifier: Apache-2.0 */
/* Unpacking one image to a tar as `docker save` writes it (Docker image-spec 1.2, "Combined Image
 * JSON + Filesystem Changeset Format"): manifest.json and what it names. */
#include "delivery/unpack_private.h"

#include <string.h>

/* ---- which manifest ---- */

static json_t *read_document(struct wb_unpacking *unpacking, const struct wb_digest *digest,
                             struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) content = {0};
    if (!wb_layout_read_blob(unpacking->delivery, digest, WB_DOCUMENT_MAX, &content, err))
        return NULL;
    return wb_json_parse(wb_buffer_bytes(&content), err);
}

static void read_text(const json_t *platform, const char *name, char *text, size_t size)
{
    const char *value = wb_json_string_of(platform, name);
    if (value != NULL && strlen(value) < size)
        memcpy(text, value, strlen(value) + 1);
}

static bool is_for(const json_t *descriptor, const struct wb_platform *wanted)
{
    const json_t *stated = wb_json_object_of(descriptor, "platform");
    struct wb_platform offered = {0};
    read_text(stated, "os", offered.os, sizeof offered.os);
    read_text(stated, "architecture", offered.architecture, sizeof offered.architecture);
    read_text(stated, "variant", offered.variant, sizeof offered.variant);
    return wb_platform_matches(wanted, &offered);
}

/* The image manifest: of an index the one for the platform. */
static json_t *choose_manifest(struct wb_unpacking *unpacking, const struct wb_digest *digest,
                               struct wb_error *err)
{
    const struct wb_platform host = wb_platform_host();
    const struct wb_platform *wanted = unpacking->options->platform;
    char text[100];
    if (wanted == NULL)
        wanted = &host;
    WB_AUTO_JSON document = read_document(unpacking, digest, err);
    const json_t *manifests = wb_json_array_of(document, "manifests");
    if (document == NULL || manifests == NULL)
        return WB_STEAL(document);
    for (size_t i = 0; i < json_array_size(manifests); i++) {
        const json_t *one = json_array_get(manifests, i);
        const char *below = wb_json_string_of(one, "digest");
        struct wb_digest chosen;
        if (is_for(one, wanted) && below != NULL && wb_digest_parse(below, &chosen, NULL))
            return read_document(unpacking, &chosen, err);
    }
    wb_error_set(err, WB_BAD_INPUT, "the image has nothing for %s: choose with --platform",
                 wb_platform_format(wanted, text));
    return NULL;
}

/* ---- the archive ---- */

static bool write_entry(struct wb_unpacking *unpacking, const json_t *descriptor,
                        struct wb_output *output, struct wb_error *err)
{
    const char *text = wb_json_string_of(descriptor, "digest");
    struct wb_digest digest;
    char name[WB_DIGEST_TEXT_SIZE + 8];
    if (text == NULL)
        return wb_error_set(err, WB_BAD_INPUT, "a descriptor without a digest");
    if (!wb_digest_parse(text, &digest, err))
        return false;
    struct wb_pack_blob *blob = wb_pack_blob_find(&unpacking->packing, &digest);
    if (blob == NULL)
        return wb_error_set(err, WB_BAD_INPUT, "%s: not a blob of the image", text);
    /* A layer may be there more than once. */
    if (blob->is_measured)
        return true;
    blob->is_measured = true;
    WB_AUTO_VALUE(wb_buffer) header = {0};
    WB_AUTO_VALUE(wb_buffer) padding = {0};
    wb_tar_header(wb_delivery_blob_name(&digest, name), blob->entry.size, &header);
    wb_tar_padding(blob->entry.size, &padding);
    wb_output_write(output, header.data, header.size);
    if (!wb_unpack_copy(unpacking, blob, output, err))
        return false;
    wb_output_write(output, padding.data, padding.size);
    return true;
}

static bool write_archive(struct wb_unpacking *unpacking, const json_t *manifest, const char *name,
                          struct wb_output *output, struct wb_error *err)
{
    static const uint8_t end_marker[1024];
    WB_AUTO_VALUE(wb_buffer) json = {0};
    WB_AUTO_VALUE(wb_buffer) header = {0};
    WB_AUTO_VALUE(wb_buffer) padding = {0};
    const json_t *layers = wb_json_array_of(manifest, "layers");
    if (!write_entry(unpacking, wb_json_object_of(manifest, "config"), output, err))
        return false;
    for (size_t i = 0; i < json_array_size(layers); i++)
        if (!write_entry(unpacking, json_array_get(layers, i), output, err))
            return false;
    /* A tag alone names no repository, without which docker knows no name. */
    bool tagged = name != NULL && wb_docker_name_is_tagged(name);
    wb_buffer_append_text(&json, "[");
    if (!wb_docker_manifest_append(manifest, tagged ? name : NULL, &json))
        return wb_error_set(err, WB_BAD_INPUT, "the manifest is not an image's");
    wb_buffer_append_text(&json, "]");
    wb_tar_header(WB_DOCKER_MANIFEST_NAME, json.size, &header);
    wb_tar_padding(json.size, &padding);
    wb_output_write(output, header.data, header.size);
    wb_output_write(output, json.data, json.size);
    wb_output_write(output, padding.data, padding.size);
    wb_output_write(output, end_marker, sizeof end_marker);
    return true;
}

bool wb_unpack_docker(struct wb_unpacking *unpacking, const char *path, struct wb_error *err)
{
    const struct wb_inventory *images = &unpacking->packing.inventory;
    if (images->image_count != 1)
        return wb_error_set(err, WB_USAGE,
                            "a docker-archive is of one image, not of %zu: choose with --image",
                            images->image_count);
    WB_AUTO_JSON manifest = choose_manifest(unpacking, &images->images[0].digest, err);
    if (manifest == NULL)
        return false;
    WB_AUTO(wb_output) *output = wb_output_open(path, err);
    if (output == NULL || !write_archive(unpacking, manifest, images->images[0].name, output, err))
        return false;
    return wb_output_commit(output, err) || wb_error_context(err, "%s", path);
}
