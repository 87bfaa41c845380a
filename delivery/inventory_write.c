/* SPDX-License-Identifier: Apache-2.0 */
/* Writing the statement that lists all of a delivery. */
#include "delivery/inventory_private.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void append_digest(struct wb_buffer *json, const char *before,
                          const struct wb_digest *digest)
{
    char text[WB_DIGEST_TEXT_SIZE];
    wb_buffer_append_text(json, before);
    wb_buffer_append_format(json, "\"%s\"", wb_digest_format(digest, text));
}

static void append_member(struct wb_buffer *json, const char *before, const char *text)
{
    wb_buffer_append_text(json, before);
    wb_buffer_append_json_string(json, text);
}

static void write_subjects(const struct wb_inventory *inventory, struct wb_buffer *json)
{
    for (size_t i = 0; i < inventory->blob_count; i++) {
        const struct wb_digest *digest = &inventory->blobs[i].digest;
        char hex[2 * WB_DIGEST_MAX_SIZE + 1];
        wb_hex_format(digest->bytes, wb_digest_size(digest->algorithm), hex);
        wb_buffer_append_format(json, "%s{\"digest\":{\"%s\":\"%s\"}}", i > 0 ? "," : "",
                                wb_digest_name(digest->algorithm), hex);
    }
}

static void write_head(const struct wb_inventory *inventory, struct wb_buffer *json)
{
    char time[WB_TIME_TEXT_SIZE];
    if (inventory->name != NULL) {
        append_member(json, "\"name\":", inventory->name);
        wb_buffer_append_text(json, ",");
    }
    wb_buffer_append_format(json, "\"sequence\":%" PRIu64 ",\"issued\":\"%s\"", inventory->sequence,
                            wb_time_format(inventory->issued, time));
    if (inventory->has_expiry)
        wb_buffer_append_format(json, ",\"expires\":\"%s\"",
                                wb_time_format(inventory->expires, time));
    wb_buffer_append_format(json, ",\"chunkSize\":%" PRIu64 ",\"volumes\":%u",
                            inventory->chunk_size, inventory->volume_count);
    if (inventory->has_base)
        append_digest(json, ",\"base\":", &inventory->base);
    if (inventory->has_policy)
        append_digest(json, ",\"policy\":", &inventory->policy);
    if (inventory->has_trust)
        append_digest(json, ",\"trust\":", &inventory->trust);
    if (inventory->has_docker_manifest)
        append_digest(json, ",\"dockerManifest\":", &inventory->docker_manifest);
}

static void write_digests(const char *name, const struct wb_digest *digests, size_t count,
                          struct wb_buffer *json)
{
    wb_buffer_append_format(json, ",\"%s\":[", name);
    for (size_t i = 0; i < count; i++)
        append_digest(json, i > 0 ? "," : "", &digests[i]);
    wb_buffer_append_text(json, "]");
}

static void write_image(const struct wb_inventory_image *image, struct wb_buffer *json)
{
    wb_buffer_append_text(json, "{");
    if (image->name != NULL) {
        append_member(json, "\"name\":", image->name);
        wb_buffer_append_text(json, ",");
    }
    append_digest(json, "\"digest\":", &image->digest);
    write_digests("signatures", image->signatures, image->signature_count, json);
    wb_buffer_append_text(json, ",\"attestations\":[");
    for (size_t i = 0; i < image->attestation_count; i++) {
        append_member(json, i > 0 ? ",{\"predicateType\":" : "{\"predicateType\":",
                      image->attestations[i].predicate_type);
        append_digest(json, ",\"manifest\":", &image->attestations[i].manifest);
        wb_buffer_append_text(json, "}");
    }
    wb_buffer_append_text(json, "]");
    write_digests("platforms", image->platforms, image->platform_count, json);
    wb_buffer_append_text(json, "}");
}

static void write_file(const struct wb_inventory_file *file, struct wb_buffer *json)
{
    append_member(json, "{\"path\":", file->path);
    append_digest(json, ",\"digest\":", &file->digest);
    wb_buffer_append_format(json, ",\"size\":%" PRIu64, file->size);
    append_digest(json, ",\"manifest\":", &file->manifest);
    wb_buffer_append_text(json, "}");
}

static void write_blob(const struct wb_inventory_blob *blob, struct wb_buffer *json)
{
    append_digest(json, "{\"digest\":", &blob->digest);
    wb_buffer_append_format(json, ",\"size\":%" PRIu64 ",\"role\":\"%s\"", blob->size, blob->role);
    if (blob->chunk_count > 0) {
        wb_buffer_append_text(json, ",\"chunks\":\"");
        wb_base64_encode((struct wb_bytes){blob->chunks[0], blob->chunk_count * 32}, json);
        wb_buffer_append_text(json, "\"");
    }
    if (blob->in_base)
        wb_buffer_append_text(json, ",\"inBase\":true");
    else
        wb_buffer_append_format(json, ",\"volume\":%u", blob->volume);
    for (size_t i = 0; i < blob->split_count; i++)
        wb_buffer_append_format(json, "%s%" PRIu64, i > 0 ? "," : ",\"splits\":[", blob->splits[i]);
    wb_buffer_append_text(json, blob->split_count > 0 ? "]}" : "}");
}

bool wb_inventory_write(const struct wb_inventory *inventory, struct wb_buffer *statement,
                        struct wb_error *err)
{
    WB_AUTO_STRING entries = json_dumps(inventory->entries, JSON_COMPACT);
    if (entries == NULL)
        return wb_error_set(err, WB_BAD_INPUT, "inventory: the entries of index.json are no JSON");
    size_t before = statement->size;
    wb_buffer_append_text(statement, "{\"_type\":\"" WB_STATEMENT_V1 "\",\"subject\":[");
    write_subjects(inventory, statement);
    wb_buffer_append_text(statement, "],\"predicateType\":\"" WB_INVENTORY_PREDICATE_TYPE
                                     "\",\"predicate\":{");
    write_head(inventory, statement);
    for (size_t i = 0; i < inventory->image_count; i++) {
        wb_buffer_append_text(statement, i > 0 ? "," : ",\"images\":[");
        write_image(&inventory->images[i], statement);
    }
    wb_buffer_append_text(statement, inventory->image_count > 0 ? "]" : ",\"images\":[]");
    for (size_t i = 0; i < inventory->file_count; i++) {
        wb_buffer_append_text(statement, i > 0 ? "," : ",\"files\":[");
        write_file(&inventory->files[i], statement);
    }
    wb_buffer_append_text(statement, inventory->file_count > 0 ? "]" : ",\"files\":[]");
    wb_buffer_append_format(statement, ",\"entries\":%s", entries);
    for (size_t i = 0; i < inventory->blob_count; i++) {
        wb_buffer_append_text(statement, i > 0 ? "," : ",\"blobs\":[");
        write_blob(&inventory->blobs[i], statement);
    }
    wb_buffer_append_text(statement, inventory->blob_count > 0 ? "]}}" : ",\"blobs\":[]}}");
    if (statement->size - before > WB_INVENTORY_SIZE_MAX)
        return wb_error_set(err, WB_BAD_INPUT,
                            "the inventory would have %zu bytes, more than the %zu it may have: "
                            "make several deliveries",
                            statement->size - before, WB_INVENTORY_SIZE_MAX);
    return true;
}
