/* SPDX-License-Identifier: Apache-2.0 */
/* Reading all blobs before anything is written: the inventory, which comes first, states the digest
 * of every chunk. */
#include "delivery/pack_private.h"

#include <string.h>

static bool compare(const struct wb_digest *found, struct wb_pack_blob *blob, struct wb_error *err)
{
    char text[WB_DIGEST_TEXT_SIZE], wanted[WB_DIGEST_TEXT_SIZE];
    if (blob->entry.digest.algorithm == WB_DIGEST_NONE)
        blob->entry.digest = *found;
    return wb_digest_equal(found, &blob->entry.digest) ||
           wb_error_set(err, WB_CHECK_FAILED, "%s: the blob does not match its digest: it is %s",
                        wb_digest_format(&blob->entry.digest, wanted),
                        wb_digest_format(found, text));
}

bool wb_pack_measure_blob(struct wb_packing *packing, struct wb_pack_blob *blob,
                          struct wb_error *err)
{
    const uint64_t chunk_size = packing->inventory.chunk_size, total = blob->entry.size;
    enum wb_digest_algorithm algorithm = blob->entry.digest.algorithm;
    WB_AUTO(wb_hasher) *whole =
        wb_hasher_new(algorithm == WB_DIGEST_NONE ? WB_DIGEST_SHA256 : algorithm, err);
    WB_AUTO(wb_hasher) *part = wb_hasher_new(WB_DIGEST_SHA256, err);
    if (whole == NULL || part == NULL)
        return false;
    if (total > chunk_size) {
        blob->entry.chunk_count = (size_t)((total - 1) / chunk_size + 1);
        blob->entry.chunks = wb_arena_allocate(packing->arena, blob->entry.chunk_count * 32);
    }
    for (uint64_t at = 0; at < total; at += chunk_size) {
        size_t size = total - at < chunk_size ? (size_t)(total - at) : (size_t)chunk_size;
        if (!wb_pack_blob_read(blob, at, packing->buffer, size, err))
            return false;
        wb_hasher_update(whole, packing->buffer, size);
        if (blob->entry.chunk_count > 0) {
            struct wb_digest digest;
            wb_hasher_update(part, packing->buffer, size);
            wb_hasher_finish(part, &digest);
            memcpy(blob->entry.chunks[at / chunk_size], digest.bytes, 32);
        }
        wb_pack_progress(packing, size);
    }
    struct wb_digest digest;
    wb_hasher_finish(whole, &digest);
    blob->is_measured = true;
    return compare(&digest, blob, err);
}

/* A longer blob would have the right bytes at its beginning only. */
static bool check_size(const struct wb_pack_blob *blob, struct wb_error *err)
{
    uint64_t size;
    char text[WB_DIGEST_TEXT_SIZE];
    if (blob->layout == NULL)
        return true;
    return wb_layout_blob_size(blob->layout, &blob->entry.digest, &size, err) &&
           (size == blob->entry.size ||
            wb_error_set(err, WB_CHECK_FAILED, "%s: the blob has %llu bytes, its descriptor %llu",
                         wb_digest_format(&blob->entry.digest, text), (unsigned long long)size,
                         (unsigned long long)blob->entry.size));
}

/* The site has it: what the base says of it was signed. */
static bool take_from_base(const struct wb_packing *packing, struct wb_pack_blob *blob)
{
    if (!blob->entry.in_base || packing->base->chunk_size != packing->inventory.chunk_size)
        return false;
    blob->entry.chunks = blob->known->chunks;
    blob->entry.chunk_count = blob->known->chunk_count;
    return true;
}

bool wb_pack_measure(struct wb_packing *packing, struct wb_error *err)
{
    packing->bytes_total = packing->bytes_done;
    for (size_t i = 0; i < packing->blob_count; i++) {
        const struct wb_pack_blob *blob = packing->blobs[i];
        uint64_t size = blob->entry.in_base ? 0 : blob->entry.size;
        packing->bytes_total += blob->is_measured ? size : 2 * size;
    }
    for (size_t i = 0; i < packing->blob_count; i++) {
        struct wb_pack_blob *blob = packing->blobs[i];
        if (blob->is_measured || take_from_base(packing, blob))
            continue;
        if (!check_size(blob, err) || !wb_pack_measure_blob(packing, blob, err))
            return false;
    }
    return true;
}
