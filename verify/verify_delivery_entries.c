/* SPDX-License-Identifier: Apache-2.0 */
/* What lies in the volumes against what the inventory lists: everything that is there must be
 * listed, and becomes a job for those who read the bytes. */
#include "verify/delivery_private.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- the archives as such ---- */

void wb_delivery_check_ends(struct wb_delivery_check *check)
{
    size_t count, base_from;
    const struct wb_volume_end *ends = wb_volumes_ends(check->verdict->volumes, &count, &base_from);
    for (size_t i = 0; i < count; i++) {
        if (ends[i].cut)
            wb_outcome_add(check->outcomes, "E-TRUNCATED", ends[i].path,
                           "%s: copy it again from byte %" PRIu64 " on", ends[i].reason,
                           ends[i].cut_at);
        if (ends[i].has_trailer && i < base_from) {
            check->verdict->orphan_count++;
            wb_outcome_add(check->outcomes, "E-ORPHAN", ends[i].path,
                           "bytes that belong to no entry, from byte %" PRIu64 " on",
                           ends[i].trailer_at);
        }
    }
}

/* ---- entries ---- */

static const char *path_of(const struct wb_delivery_check *check,
                           const struct wb_volume_entry *entry)
{
    size_t count, base_from;
    return wb_volumes_ends(check->verdict->volumes, &count, &base_from)[entry->volume].path;
}

static void orphan(struct wb_delivery_check *check, const struct wb_volume_entry *entry,
                   const char *why)
{
    if (check->verdict->orphan_count++ < WB_DELIVERY_LISTED_MAX)
        wb_outcome_add(check->outcomes, "E-ORPHAN", wb_volume_entry_name(entry, check->arena),
                       "in %s: %s", path_of(check, entry), why);
}

/* Where the part that begins there ends; 0: no part begins there. */
static uint64_t part_end(const struct wb_inventory_blob *blob, uint64_t offset)
{
    if (blob->split_count == 0)
        return 0;
    if (offset == 0)
        return blob->splits[0];
    for (size_t i = 0; i < blob->split_count; i++)
        if (blob->splits[i] == offset)
            return i + 1 < blob->split_count ? blob->splits[i + 1] : blob->size;
    return 0;
}

struct wb_blob_job *wb_delivery_add_job(struct wb_delivery_check *check,
                                        const struct wb_digest *digest,
                                        const struct wb_inventory_blob *blob,
                                        const struct wb_volume_entry *const *pieces, size_t count)
{
    struct wb_blob_job job = {.digest = *digest, .blob = blob, .piece_count = count, .whole = true};
    job.pieces = wb_arena_allocate(check->arena, count * sizeof *job.pieces);
    memcpy(job.pieces, pieces, count * sizeof *pieces);
    WB_APPEND(check->jobs, check->job_count, check->job_capacity, job);
    return &check->jobs[check->job_count - 1];
}

static void take_blob(struct wb_delivery_check *check, const struct wb_volume_entry *entry)
{
    const struct wb_inventory_blob *blob =
        wb_inventory_find(check->verdict->inventory, &entry->digest);
    if (blob == NULL && !wb_delivery_is_own(check, &entry->digest))
        orphan(check, entry, "the inventory does not list it");
    else
        wb_delivery_add_job(check, &entry->digest, blob, &entry, 1);
}

/* A part must be one that the inventory has; its bytes are looked at with the others. */
static void take_part(struct wb_delivery_check *check, const struct wb_volume_entry *entry)
{
    const struct wb_inventory_blob *blob =
        wb_inventory_find(check->verdict->inventory, &entry->digest);
    uint64_t end = blob == NULL ? 0 : part_end(blob, entry->part_offset);
    if (end == 0) {
        orphan(check, entry, "the inventory lists no such part");
        return;
    }
    /* Bytes behind its last chunk would be compared with nothing. One that is too short does not
     * have the bytes of its last chunk. */
    if (entry->size <= end - entry->part_offset)
        return;
    WB_APPEND(check->bad, check->bad_count, check->bad_capacity, blob->digest);
    wb_outcome_add(check->outcomes, "E-SIZE", wb_volume_entry_name(entry, check->arena),
                   "in %s: it has %" PRIu64 " bytes, %" PRIu64 " were signed",
                   path_of(check, entry), entry->size, end - entry->part_offset);
}

void wb_delivery_check_entries(struct wb_delivery_check *check)
{
    size_t count, volumes, base_from;
    const struct wb_volume_entry *entries = wb_volumes_entries(check->verdict->volumes, &count);
    wb_volumes_ends(check->verdict->volumes, &volumes, &base_from);
    for (size_t i = 0; i < count; i++) {
        const struct wb_volume_entry *entry = &entries[i];
        if (entry->volume >= base_from)
            continue;
        if (entry->says_more)
            orphan(check, entry,
                   "the headers in front of it say what no delivery's do, or name it in a way that "
                   "programs read differently");
        if (entry->complaint != NULL)
            orphan(check, entry, entry->complaint);
        else if (entry->linked)
            orphan(check, entry,
                   "a symbolic link, or below one: what it leads to need not be on this medium");
        else if (entry->kind == WB_VOLUME_OTHER)
            orphan(check, entry, "no layout has such a file");
        else if (entry->kind == WB_VOLUME_BLOB)
            take_blob(check, entry);
        else if (entry->kind == WB_VOLUME_PART)
            take_part(check, entry);
    }
    if (check->verdict->orphan_count > WB_DELIVERY_LISTED_MAX)
        wb_outcome_add(check->outcomes, "E-ORPHAN", NULL, "and %zu more",
                       check->verdict->orphan_count - WB_DELIVERY_LISTED_MAX);
}
