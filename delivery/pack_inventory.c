/* SPDX-License-Identifier: Apache-2.0 */
/* The inventory of what was collected: planned, written, signed. */
#include "delivery/pack_private.h"

#include <stdlib.h>
#include <string.h>

/* Signature, certificate and timestamp, and everything else of a head that is not the inventory;
 * and the same again for a site's own signature. */
#define SIGNATURE_ROOM ((uint64_t)128 << 10)
#define ROUNDS_MAX 16

/* The blobs as the inventory lists them: an array of their own. */
static void list_blobs(struct wb_packing *packing)
{
    struct wb_inventory *inventory = &packing->inventory;
    for (size_t i = 0; i < packing->blob_count; i++)
        inventory->blobs[i] = packing->blobs[i]->entry;
}

/* How much of each volume the head takes at most: two bundles, which hold the statement in base64.
 */
static uint64_t head_room(const struct wb_packing *packing, size_t statement_size,
                          size_t index_size)
{
    uint64_t docker = packing->inventory.has_docker_manifest ? WB_DOCKER_MANIFEST_MAX : 0;
    return (uint64_t)statement_size / 3 * 8 + index_size + docker + SIGNATURE_ROOM;
}

/* Volumes have no manifest.json: who loads by it wants all of an image in one file. */
static void plan_docker_manifest(struct wb_packing *packing, const struct wb_digest *digest)
{
    struct wb_inventory *inventory = &packing->inventory;
    inventory->has_docker_manifest =
        digest->algorithm != WB_DIGEST_NONE && inventory->volume_count == 1;
    inventory->docker_manifest = *digest;
}

/* The inventory says where everything is, and takes up room itself: until both agree. */
static bool plan(struct wb_packing *packing, size_t index_size,
                 const struct wb_digest *docker_manifest, struct wb_buffer *statement,
                 uint64_t *room, struct wb_error *err)
{
    *room = 0;
    for (int round = 0; round < ROUNDS_MAX; round++) {
        if (!wb_pack_volumes(packing, *room, err))
            return false;
        plan_docker_manifest(packing, docker_manifest);
        list_blobs(packing);
        statement->size = 0;
        if (!wb_inventory_write(&packing->inventory, statement, err))
            return false;
        uint64_t needed = head_room(packing, statement->size, index_size);
        if (needed <= *room || packing->options->volume_size == 0)
            return true;
        *room = needed;
    }
    return wb_error_set(err, WB_USAGE, "volumes of that size are too small for the inventory");
}

static bool sign(struct wb_packing *packing, struct wb_bytes statement, uint64_t room,
                 struct wb_delivery_head *head, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) archive = {0};
    if (!wb_delivery_head_sign(head, packing->options->signer, statement, err) ||
        !wb_delivery_head_index(head, packing->entries, err) ||
        !wb_delivery_head_write(head, &archive, err))
        return false;
    return packing->options->volume_size == 0 || archive.size <= room ||
           wb_error_set(err, WB_SYSTEM,
                        "the certificates and timestamp of the signature are larger than was "
                        "reckoned with");
}

bool wb_pack_inventory(struct wb_packing *packing, struct wb_delivery_head *head,
                       struct wb_error *err)
{
    const struct wb_pack_options *options = packing->options;
    struct wb_inventory *inventory = &packing->inventory;
    inventory->name = options->name;
    inventory->sequence = options->sequence;
    inventory->issued = options->issued;
    inventory->has_expiry = options->has_expiry;
    inventory->expires = options->expires;
    inventory->entries = packing->entries;
    inventory->has_base = packing->base != NULL;
    if (packing->base != NULL)
        inventory->base = packing->base->payload_digest;
    inventory->blob_count = packing->blob_count;
    inventory->blobs =
        wb_arena_allocate(packing->arena, (packing->blob_count + 1) * sizeof *inventory->blobs);
    WB_AUTO_STRING entries = json_dumps(packing->entries, JSON_COMPACT);
    WB_AUTO_VALUE(wb_buffer) statement = {0};
    struct wb_digest docker = {.algorithm = WB_DIGEST_NONE};
    uint64_t room;
    if (!wb_pack_docker_manifest(packing, &head->docker_manifest, err) ||
        (head->docker_manifest.size > 0 &&
         !wb_digest_bytes(WB_DIGEST_SHA256, wb_buffer_bytes(&head->docker_manifest), &docker,
                          err)) ||
        !plan(packing, entries == NULL ? 0 : strlen(entries), &docker, &statement, &room, err))
        return false;
    if (!inventory->has_docker_manifest)
        wb_buffer_clear(&head->docker_manifest);
    /* Nothing is signed that a reader would not take. */
    WB_AUTO(wb_inventory) *reread = wb_inventory_read(wb_buffer_bytes(&statement), err);
    return reread != NULL && sign(packing, wb_buffer_bytes(&statement), room, head, err);
}
