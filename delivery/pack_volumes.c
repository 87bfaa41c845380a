/* SPDX-License-Identifier: Apache-2.0 */
/* The order of the blobs, and what goes on which volume. */
#include "delivery/pack_private.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define END_MARKER_SIZE 1024

/* ---- order ---- */

/* Small documents first, so that who reads a stream knows early what the rest must be. */
static int rank_of(const char *role)
{
    static const char *const first[] = {"index",       "manifest", "config", "signature",
                                        "attestation", "sbom",     "policy", "trust"};
    for (size_t i = 0; i < sizeof first / sizeof first[0]; i++)
        if (strcmp(first[i], role) == 0)
            return (int)i;
    return sizeof first / sizeof first[0];
}

static int compare_blobs(const void *left, const void *right)
{
    const struct wb_pack_blob *const *a = left, *const *b = right;
    int order = rank_of((*a)->entry.role) - rank_of((*b)->entry.role);
    if (order != 0)
        return order;
    return (*a)->number < (*b)->number ? -1 : (*a)->number > (*b)->number;
}

void wb_pack_order(struct wb_packing *packing)
{
    if (packing->blob_count > 1)
        qsort(packing->blobs, packing->blob_count, sizeof(struct wb_pack_blob *), compare_blobs);
}

/* ---- volumes ---- */

struct filling {
    struct wb_packing *packing;
    uint64_t capacity; /* of a volume, without its head and end */
    uint64_t left;     /* of the one being filled */
    unsigned volume;
};

static uint64_t entry_size(const char *name, uint64_t size)
{
    WB_AUTO_VALUE(wb_buffer) header = {0};
    wb_tar_header(name, size, &header);
    return header.size + (size + 511) / 512 * 512;
}

static bool next_volume(struct filling *filling, struct wb_error *err)
{
    filling->left = filling->capacity;
    return ++filling->volume <= WB_INVENTORY_VOLUMES_MAX ||
           wb_error_set(err, WB_BAD_INPUT, "more than %d volumes: make them larger",
                        WB_INVENTORY_VOLUMES_MAX);
}

static void append_split(struct wb_packing *packing, struct wb_inventory_blob *entry,
                         size_t *capacity, uint64_t offset)
{
    if (entry->split_count == *capacity) {
        *capacity = *capacity == 0 ? 8 : *capacity * 2;
        uint64_t *larger = wb_arena_allocate(packing->arena, *capacity * sizeof *larger);
        if (entry->split_count > 0)
            memcpy(larger, entry->splits, entry->split_count * sizeof *larger);
        entry->splits = larger;
    }
    entry->splits[entry->split_count++] = offset;
}

/* Whole where it fits, else as many chunks as fit, and on in the next volume. */
static bool place(struct filling *filling, struct wb_inventory_blob *entry, struct wb_error *err)
{
    const uint64_t chunk_size = filling->packing->inventory.chunk_size;
    char whole[WB_DIGEST_TEXT_SIZE + 8], part[200];
    size_t split_capacity = 0;
    uint64_t from = 0;
    wb_delivery_blob_name(&entry->digest, whole);
    for (;;) {
        wb_inventory_part_name(&entry->digest, from, part);
        uint64_t rest = entry->size - from;
        uint64_t needed = entry_size(from == 0 ? whole : part, rest);
        if (needed <= filling->left) {
            filling->left -= needed;
            break;
        }
        uint64_t header = entry_size(part, rest) - (rest + 511) / 512 * 512;
        uint64_t room =
            filling->left > header ? (filling->left - header) / chunk_size * chunk_size : 0;
        /* The end of the blob may be all that its padding keeps from fitting. */
        if (room >= rest)
            room = (rest - 1) / chunk_size * chunk_size;
        if (room > 0 && from == 0)
            entry->volume = filling->volume;
        from += room;
        if (!next_volume(filling, err))
            return false;
        if (from > 0)
            append_split(filling->packing, entry, &split_capacity, from);
    }
    if (entry->split_count == 0)
        entry->volume = filling->volume;
    return true;
}

bool wb_pack_volumes(struct wb_packing *packing, uint64_t head, struct wb_error *err)
{
    uint64_t size = packing->options->volume_size;
    struct filling filling = {.packing = packing, .volume = 1};
    uint64_t least = head + END_MARKER_SIZE + packing->inventory.chunk_size + 4096;
    if (size > 0 && size < least)
        return wb_error_set(err, WB_USAGE,
                            "volumes of %" PRIu64
                            " bytes are too small: with the inventory, which each of them "
                            "carries, they need at least %" PRIu64,
                            size, least);
    filling.capacity = size == 0 ? UINT64_MAX : size - head - END_MARKER_SIZE;
    filling.left = filling.capacity;
    for (size_t i = 0; i < packing->blob_count; i++) {
        struct wb_inventory_blob *entry = &packing->blobs[i]->entry;
        entry->volume = 0;
        entry->splits = NULL;
        entry->split_count = 0;
        if (!entry->in_base && !place(&filling, entry, err))
            return false;
    }
    packing->inventory.volume_count = filling.volume;
    return true;
}

bool wb_pack_piece(const struct wb_inventory_blob *blob, unsigned volume, uint64_t *from,
                   uint64_t *to)
{
    if (blob->in_base || volume < blob->volume || volume - blob->volume > blob->split_count)
        return false;
    size_t part = volume - blob->volume;
    *from = part == 0 ? 0 : blob->splits[part - 1];
    *to = part == blob->split_count ? blob->size : blob->splits[part];
    return true;
}
