/* SPDX-License-Identifier: Apache-2.0 */
/* What the inventory lists and is not there: a volume, the base, or a blob of a volume that is. */
#include "verify/delivery_private.h"

#include <stdlib.h>
#include <string.h>

/* What there is of one blob in the volumes (`here`) or in the bases. */
struct holding {
    const struct wb_volume_entry *whole;
    const struct wb_volume_entry **parts; /* one of each offset, in order; to free */
    size_t part_count;
};

static bool is_usable(const struct wb_volume_entry *entry, size_t base_from, bool in_base)
{
    return entry->complaint == NULL && (entry->volume >= base_from) == in_base;
}

static struct holding find(const struct wb_delivery_check *check, const struct wb_digest *digest,
                           bool in_base)
{
    struct holding holding = {0};
    size_t count, volumes, base_from;
    const struct wb_volumes *all = check->verdict->volumes;
    wb_volumes_ends(all, &volumes, &base_from);
    const struct wb_volume_entry *entry = wb_volumes_find(all, WB_VOLUME_BLOB, digest, &count);
    for (size_t i = 0; i < count && holding.whole == NULL; i++)
        if (is_usable(&entry[i], base_from, in_base))
            holding.whole = &entry[i];
    const struct wb_volume_entry *part = wb_volumes_find(all, WB_VOLUME_PART, digest, &count);
    if (holding.whole != NULL || count == 0)
        return holding;
    holding.parts = wb_allocate_array(count, sizeof *holding.parts);
    for (size_t i = 0; i < count; i++) {
        size_t have = holding.part_count;
        bool repeated = have > 0 && holding.parts[have - 1]->part_offset == part[i].part_offset;
        if (is_usable(&part[i], base_from, in_base) && !repeated)
            holding.parts[holding.part_count++] = &part[i];
    }
    return holding;
}

/* ---- which volume is here ---- */

/* The volume of the blob's part that begins at `splits[index - 1]`, or at 0. */
static unsigned volume_of(const struct wb_inventory_blob *blob, size_t index)
{
    return blob->volume + (unsigned)index;
}

static size_t part_index(const struct wb_inventory_blob *blob, uint64_t offset)
{
    size_t index = 0;
    while (index < blob->split_count && blob->splits[index] <= offset)
        index++;
    return index;
}

/* Every volume carries what carries the inventory: that says nothing about which one it is. */
static void count_blob(const struct wb_inventory_blob *blob, const struct holding *holding,
                       size_t *assigned, size_t *present)
{
    for (size_t i = 0; i <= blob->split_count; i++) {
        assigned[volume_of(blob, i)]++;
        present[volume_of(blob, i)] += holding->whole != NULL;
    }
    for (size_t i = 0; i < holding->part_count; i++)
        present[volume_of(blob, part_index(blob, holding->parts[i]->part_offset))]++;
}

static void find_volumes(struct wb_delivery_check *check)
{
    const struct wb_inventory *inventory = check->verdict->inventory;
    size_t last = inventory->volume_count;
    size_t *assigned = wb_allocate_array(last + 1, sizeof *assigned);
    size_t *present = wb_allocate_array(last + 1, sizeof *present);
    for (size_t i = 0; i < inventory->blob_count; i++) {
        const struct wb_inventory_blob *blob = &inventory->blobs[i];
        if (blob->in_base || wb_delivery_is_own(check, &blob->digest))
            continue;
        struct holding holding = find(check, &blob->digest, false);
        count_blob(blob, &holding, assigned, present);
        free(holding.parts);
    }
    check->volume_missing = wb_allocate_array(last + 1, sizeof *check->volume_missing);
    bool allowed = check->input->allow_missing_volumes;
    for (size_t i = 1; i <= last; i++) {
        check->volume_missing[i] = last > 1 && assigned[i] > 0 && present[i] == 0;
        if (!check->volume_missing[i]) {
            check->verdict->volumes_seen++;
            continue;
        }
        wb_outcome_add(check->outcomes, allowed ? "W-MISSING-VOLUME" : "E-MISSING-VOLUME", NULL,
                       "volume %zu of %zu is not there%s", i, last,
                       allowed ? ": what is on it was not checked"
                               : ": name it, too, or verify what is here with "
                                 "--allow-missing-volumes");
    }
    free(assigned);
    free(present);
}

/* ---- blobs ---- */

static bool is_away(const struct wb_delivery_check *check, const struct wb_inventory_blob *blob)
{
    /* That there is no base was reported. */
    if (blob->in_base)
        return check->input->base_count == 0;
    bool away = false;
    for (size_t i = 0; i <= blob->split_count; i++)
        away = away || check->volume_missing[volume_of(blob, i)];
    return away;
}

bool wb_delivery_is_away(const struct wb_delivery_check *check, const struct wb_digest *digest)
{
    const struct wb_inventory_blob *blob = wb_inventory_find(check->verdict->inventory, digest);
    return blob != NULL && !wb_delivery_is_own(check, digest) && is_away(check, blob);
}

static const struct wb_inventory_file *file_of(const struct wb_inventory *inventory,
                                               const struct wb_digest *digest)
{
    for (size_t i = 0; i < inventory->file_count; i++)
        if (wb_digest_equal(&inventory->files[i].digest, digest))
            return &inventory->files[i];
    return NULL;
}

static void report_missing(struct wb_delivery_check *check, const struct wb_inventory_blob *blob,
                           size_t *listed)
{
    char text[WB_DIGEST_TEXT_SIZE];
    wb_digest_format(&blob->digest, text);
    WB_APPEND(check->bad, check->bad_count, check->bad_capacity, blob->digest);
    if ((*listed)++ >= WB_DELIVERY_LISTED_MAX)
        return;
    const struct wb_inventory_file *file =
        strcmp(blob->role, "file") == 0 ? file_of(check->verdict->inventory, &blob->digest) : NULL;
    if (file != NULL)
        wb_outcome_add(check->outcomes, "E-MISSING-FILE", file->path, "its content %s is not there",
                       text);
    else if (blob->in_base)
        wb_outcome_add(check->outcomes, "E-MISSING-BLOB", text,
                       "the base that was given does not have this %s", blob->role);
    else
        wb_outcome_add(check->outcomes, "E-MISSING-BLOB", text, "%s of %llu bytes", blob->role,
                       (unsigned long long)blob->size);
}

/* Parts without a gap are read as one; otherwise each is checked by its chunks. */
static bool take_parts(struct wb_delivery_check *check, const struct wb_inventory_blob *blob,
                       const struct holding *holding)
{
    uint64_t end = 0;
    bool readable = true;
    for (size_t i = 0; i < holding->part_count; i++) {
        const struct wb_volume_entry *part = holding->parts[i];
        end = part->part_offset == end ? end + part->size : UINT64_MAX;
        readable = readable && part->chunks == NULL;
        if (end > blob->size)
            break;
    }
    bool whole = end == blob->size;
    if (whole && readable) {
        wb_delivery_add_job(check, &blob->digest, blob, holding->parts, holding->part_count);
        return true;
    }
    /* A stream is one volume, which has one part: of several nobody has the digest of the whole. */
    if (whole) {
        char text[WB_DIGEST_TEXT_SIZE];
        WB_APPEND(check->bad, check->bad_count, check->bad_capacity, blob->digest);
        wb_outcome_add(check->outcomes, "E-ORPHAN", wb_digest_format(&blob->digest, text),
                       "the stream has all of its parts, and no volume has more than one: verify "
                       "it from a file");
    }
    for (size_t i = 0; i < holding->part_count; i++)
        wb_delivery_add_job(check, &blob->digest, blob, &holding->parts[i], 1)->whole = false;
    return whole || holding->part_count == blob->split_count + 1;
}

/* Whether a part is missing from a volume that is there. */
static bool lacks_part(const struct wb_delivery_check *check, const struct wb_inventory_blob *blob,
                       const struct holding *holding)
{
    if (blob->in_base)
        return true;
    for (size_t i = 0, j = 0; i <= blob->split_count; i++) {
        uint64_t offset = i == 0 ? 0 : blob->splits[i - 1];
        while (j < holding->part_count && holding->parts[j]->part_offset < offset)
            j++;
        bool there = j < holding->part_count && holding->parts[j]->part_offset == offset;
        if (!there && !check->volume_missing[volume_of(blob, i)])
            return true;
    }
    return false;
}

static void look_for(struct wb_delivery_check *check, const struct wb_inventory_blob *blob,
                     size_t *listed)
{
    struct holding holding = find(check, &blob->digest, blob->in_base);
    /* What lies whole in a volume is a job already. */
    bool there = holding.whole != NULL;
    if (there && blob->in_base)
        wb_delivery_add_job(check, &blob->digest, blob, &holding.whole, 1);
    if (!there && holding.part_count > 0)
        there = take_parts(check, blob, &holding);
    if (!there && lacks_part(check, blob, &holding))
        report_missing(check, blob, listed);
    free(holding.parts);
}

void wb_delivery_check_missing(struct wb_delivery_check *check)
{
    const struct wb_inventory *inventory = check->verdict->inventory;
    char text[WB_DIGEST_TEXT_SIZE];
    size_t listed = 0;
    find_volumes(check);
    bool no_base = inventory->has_base && check->input->base_count == 0;
    if (no_base)
        wb_outcome_add(check->outcomes, "E-MISSING-BASE", wb_digest_format(&inventory->base, text),
                       "this delivery builds on the one whose inventory has this digest: name that "
                       "with --base (what it was unpacked to will do)");
    for (size_t i = 0; i < inventory->blob_count; i++)
        if (!no_base || !inventory->blobs[i].in_base)
            look_for(check, &inventory->blobs[i], &listed);
    if (listed > WB_DELIVERY_LISTED_MAX)
        wb_outcome_add(check->outcomes, "E-MISSING-BLOB", NULL, "and %zu more",
                       listed - WB_DELIVERY_LISTED_MAX);
}
