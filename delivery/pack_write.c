/* SPDX-License-Identifier: Apache-2.0 */
/* Writing the volumes. Every piece is compared with what the inventory says of it before it is
 * written: a source that changed in the meantime gives no delivery. */
#include "delivery/pack_private.h"

#include <stdlib.h>
#include <string.h>

static bool check_piece(const struct wb_packing *packing, const struct wb_inventory_blob *entry,
                        uint64_t at, size_t size, struct wb_hasher *hasher, struct wb_error *err)
{
    struct wb_digest found;
    char text[WB_DIGEST_TEXT_SIZE];
    wb_hasher_update(hasher, packing->buffer, size);
    wb_hasher_finish(hasher, &found);
    bool same =
        entry->chunk_count == 0
            ? wb_digest_equal(&found, &entry->digest)
            : memcmp(found.bytes, entry->chunks[at / packing->inventory.chunk_size], 32) == 0;
    return same || wb_error_set(err, WB_CHECK_FAILED, "%s: the blob was changed while it was read",
                                wb_digest_format(&entry->digest, text));
}

static bool copy_piece(struct wb_packing *packing, const struct wb_pack_blob *blob, uint64_t from,
                       uint64_t to, struct wb_output *output, struct wb_error *err)
{
    const struct wb_inventory_blob *entry = &blob->entry;
    const uint64_t chunk_size = packing->inventory.chunk_size;
    WB_AUTO(wb_hasher) *hasher =
        wb_hasher_new(entry->chunk_count == 0 ? entry->digest.algorithm : WB_DIGEST_SHA256, err);
    if (hasher == NULL)
        return false;
    for (uint64_t at = from; at < to; at += chunk_size) {
        size_t size = to - at < chunk_size ? (size_t)(to - at) : (size_t)chunk_size;
        if (!wb_pack_blob_read(blob, at, packing->buffer, size, err) ||
            !check_piece(packing, entry, at, size, hasher, err))
            return false;
        wb_output_write(output, packing->buffer, size);
        wb_pack_progress(packing, size);
    }
    return true;
}

/* The empty config of the inventory, which the head has, may be one of the blobs, too. */
static bool is_in_head(const struct wb_inventory_blob *entry)
{
    struct wb_digest empty;
    const struct wb_bytes content = {(const uint8_t *)WB_EMPTY_CONTENT, strlen(WB_EMPTY_CONTENT)};
    return entry->size == content.size &&
           wb_digest_bytes(WB_DIGEST_SHA256, content, &empty, NULL) &&
           wb_digest_equal(&entry->digest, &empty);
}

static bool write_blob(struct wb_packing *packing, const struct wb_pack_blob *blob, unsigned volume,
                       struct wb_output *output, struct wb_error *err)
{
    uint64_t from, to;
    char name[200];
    if (!wb_pack_piece(&blob->entry, volume, &from, &to) || is_in_head(&blob->entry))
        return true;
    if (blob->entry.split_count > 0)
        wb_inventory_part_name(&blob->entry.digest, from, name);
    else
        wb_delivery_blob_name(&blob->entry.digest, name);
    WB_AUTO_VALUE(wb_buffer) header = {0};
    WB_AUTO_VALUE(wb_buffer) padding = {0};
    wb_tar_header(name, to - from, &header);
    wb_tar_padding(to - from, &padding);
    wb_output_write(output, header.data, header.size);
    if (!copy_piece(packing, blob, from, to, output, err))
        return false;
    wb_output_write(output, padding.data, padding.size);
    return true;
}

static bool write_volume(struct wb_packing *packing, const struct wb_delivery_head *head,
                         unsigned volume, const char *path, struct wb_error *err)
{
    static const uint8_t end_marker[1024];
    WB_AUTO_VALUE(wb_buffer) beginning = {0};
    WB_AUTO(wb_output) *output = wb_output_open(path, err);
    if (output == NULL || !wb_delivery_head_write(head, &beginning, err))
        return false;
    wb_output_write(output, beginning.data, beginning.size);
    for (size_t i = 0; i < packing->blob_count; i++)
        if (!write_blob(packing, packing->blobs[i], volume, output, err))
            return false;
    wb_output_write(output, end_marker, sizeof end_marker);
    return wb_output_commit(output, err) || wb_error_context(err, "%s", path);
}

/* "release.waybill" is "release.1of3.waybill". */
static char *volume_path(const char *output, unsigned volume, unsigned count)
{
    if (count == 1)
        return wb_string_copy(output);
    const char *slash = strrchr(output, '/');
    const char *name = slash == NULL ? output : slash + 1;
    const char *dot = strrchr(name, '.');
    if (dot == NULL || dot == name)
        dot = name + strlen(name);
    return wb_string_format("%.*s.%uof%u%s", (int)(dot - output), output, volume, count, dot);
}

bool wb_pack_write(struct wb_packing *packing, const struct wb_delivery_head *head,
                   const char *output, struct wb_buffer *written, struct wb_error *err)
{
    unsigned count = packing->inventory.volume_count;
    for (unsigned volume = 1; volume <= count; volume++) {
        WB_AUTO_STRING path = volume_path(output, volume, count);
        if (!write_volume(packing, head, volume, path, err))
            return false;
        wb_buffer_append_format(written, "%s\n", path);
    }
    return true;
}
