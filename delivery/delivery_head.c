/* SPDX-License-Identifier: Apache-2.0 */
/* What every volume begins with: oci-layout, index.json, manifest.json where there is one, the
 * inventory with its signatures. */
#include "delivery/delivery_private.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void wb_delivery_head_clear(struct wb_delivery_head *head)
{
    for (size_t i = 0; i < head->signature_count; i++) {
        wb_buffer_clear(&head->signatures[i].manifest);
        wb_buffer_clear(&head->signatures[i].bundle);
    }
    free(head->signatures);
    wb_buffer_clear(&head->index);
    wb_buffer_clear(&head->docker_manifest);
    *head = (struct wb_delivery_head){0};
}

static struct wb_bytes bytes_of(const char *text)
{
    return (struct wb_bytes){(const uint8_t *)text, strlen(text)};
}

static bool empty_digest(struct wb_digest *digest, struct wb_error *err)
{
    return wb_digest_bytes(WB_DIGEST_SHA256, bytes_of(WB_EMPTY_CONTENT), digest, err);
}

static void append_descriptor(const char *media_type, const struct wb_digest *digest, uint64_t size,
                              struct wb_buffer *json)
{
    char text[WB_DIGEST_TEXT_SIZE];
    wb_buffer_append_text(json, "{\"mediaType\":");
    wb_buffer_append_json_string(json, media_type);
    wb_buffer_append_format(json, ",\"digest\":\"%s\",\"size\":%" PRIu64,
                            wb_digest_format(digest, text), size);
}

void wb_artifact_manifest_write(const char *artifact_type, const char *layer_media_type,
                                const struct wb_digest *layer, uint64_t layer_size,
                                const char *title, struct wb_buffer *json)
{
    /* The SHA-256 of `{}`, as the specification gives it. */
    static const char empty[] =
        "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
    wb_buffer_append_text(json, "{\"schemaVersion\":2,\"mediaType\":\"" WB_MANIFEST_MEDIA_TYPE
                                "\",\"artifactType\":");
    wb_buffer_append_json_string(json, artifact_type);
    wb_buffer_append_format(json,
                            ",\"config\":{\"mediaType\":\"" WB_EMPTY_MEDIA_TYPE
                            "\",\"digest\":\"%s\",\"size\":2}",
                            empty);
    wb_buffer_append_text(json, ",\"layers\":[");
    append_descriptor(layer_media_type, layer, layer_size, json);
    if (title != NULL) {
        wb_buffer_append_text(json, ",\"annotations\":{\"" WB_TITLE "\":");
        wb_buffer_append_json_string(json, title);
        wb_buffer_append_text(json, "}");
    }
    wb_buffer_append_text(json, "}]}");
}

char *wb_delivery_blob_name(const struct wb_digest *digest, char name[WB_DIGEST_TEXT_SIZE + 8])
{
    memcpy(name, "blobs/", 6);
    wb_digest_format(digest, name + 6);
    *strchr(name, ':') = '/';
    return name;
}

bool wb_delivery_head_add(struct wb_delivery_head *head, struct wb_bytes manifest,
                          struct wb_bytes bundle, struct wb_error *err)
{
    struct wb_signed_inventory added = {0};
    if (!wb_digest_bytes(WB_DIGEST_SHA256, manifest, &added.manifest_digest, err) ||
        !wb_digest_bytes(WB_DIGEST_SHA256, bundle, &added.bundle_digest, err))
        return false;
    /* A key whose signatures are always the same would add the same one again. */
    for (size_t i = 0; i < head->signature_count; i++)
        if (wb_digest_equal(&head->signatures[i].manifest_digest, &added.manifest_digest))
            return wb_error_set(err, WB_USAGE, "this signature is there already");
    wb_buffer_append(&added.manifest, manifest.data, manifest.size);
    wb_buffer_append(&added.bundle, bundle.data, bundle.size);
    WB_APPEND(head->signatures, head->signature_count, head->signature_capacity, added);
    return true;
}

bool wb_delivery_head_sign(struct wb_delivery_head *head, const struct wb_signer *signer,
                           struct wb_bytes payload, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_statement_signature) signature = {0};
    WB_AUTO_VALUE(wb_buffer) manifest = {0};
    struct wb_digest digest;
    if (!wb_sign_statement(signer, payload, &signature, err) ||
        !wb_digest_bytes(WB_DIGEST_SHA256, wb_buffer_bytes(&signature.bundle), &digest, err))
        return false;
    wb_artifact_manifest_write(WB_INVENTORY_ARTIFACT_TYPE, WB_BUNDLE_MEDIA_TYPE, &digest,
                               signature.bundle.size, NULL, &manifest);
    return wb_delivery_head_add(head, wb_buffer_bytes(&manifest),
                                wb_buffer_bytes(&signature.bundle), err);
}

bool wb_delivery_head_index(struct wb_delivery_head *head, const json_t *entries,
                            struct wb_error *err)
{
    WB_AUTO_STRING list = json_dumps(entries, JSON_COMPACT);
    if (list == NULL)
        return wb_error_set(err, WB_BAD_INPUT, "the entries of index.json are no JSON");
    head->index.size = 0;
    wb_buffer_append_text(&head->index, "{\"schemaVersion\":2,\"mediaType\":\"" WB_INDEX_MEDIA_TYPE
                                        "\",\"manifests\":[");
    for (size_t i = 0; i < head->signature_count; i++) {
        const struct wb_signed_inventory *one = &head->signatures[i];
        wb_buffer_append_text(&head->index, i > 0 ? "," : "");
        append_descriptor(WB_MANIFEST_MEDIA_TYPE, &one->manifest_digest, one->manifest.size,
                          &head->index);
        wb_buffer_append_text(&head->index,
                              ",\"artifactType\":\"" WB_INVENTORY_ARTIFACT_TYPE "\"}");
    }
    /* The list without its brackets. */
    size_t size = strlen(list);
    if (size > 2 && head->signature_count > 0)
        wb_buffer_append_text(&head->index, ",");
    wb_buffer_append(&head->index, list + 1, size - 2);
    wb_buffer_append_text(&head->index, "]}");
    return head->index.size <= WB_DOCUMENT_MAX ||
           wb_error_set(err, WB_BAD_INPUT,
                        "index.json would have %zu bytes, more than readers take: make several "
                        "deliveries",
                        head->index.size);
}

static void append_entry(struct wb_buffer *archive, const char *name, struct wb_bytes content)
{
    wb_tar_header(name, content.size, archive);
    wb_buffer_append(archive, content.data, content.size);
    wb_tar_padding(content.size, archive);
}

static void append_blob(struct wb_buffer *archive, const struct wb_digest *digest,
                        struct wb_bytes content)
{
    char name[WB_DIGEST_TEXT_SIZE + 8];
    append_entry(archive, wb_delivery_blob_name(digest, name), content);
}

bool wb_delivery_head_write(const struct wb_delivery_head *head, struct wb_buffer *archive,
                            struct wb_error *err)
{
    struct wb_digest empty;
    if (!empty_digest(&empty, err))
        return false;
    append_entry(archive, "oci-layout", bytes_of(WB_LAYOUT_FILE));
    append_entry(archive, "index.json", wb_buffer_bytes(&head->index));
    if (head->docker_manifest.size > 0)
        append_entry(archive, WB_DOCKER_MANIFEST_NAME, wb_buffer_bytes(&head->docker_manifest));
    for (size_t i = 0; i < head->signature_count; i++) {
        const struct wb_signed_inventory *one = &head->signatures[i];
        append_blob(archive, &one->manifest_digest, wb_buffer_bytes(&one->manifest));
        append_blob(archive, &one->bundle_digest, wb_buffer_bytes(&one->bundle));
    }
    append_blob(archive, &empty, bytes_of(WB_EMPTY_CONTENT));
    return true;
}
