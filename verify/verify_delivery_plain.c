/* SPDX-License-Identifier: Apache-2.0 */
/* A layout without an inventory: every image that index.json lists, with all its blobs. That
 * nothing was left out cannot be told, and what belongs to nothing is only a warning: tools leave
 * such blobs behind, and nobody said that they must not be there. */
#include "delivery/inventory_docker.h"
#include "verify/delivery_private.h"

#include <stdlib.h>
#include <string.h>

#define IMAGES_MAX 10000
#define NAME "org.opencontainers.image.ref.name"

struct plain {
    struct wb_delivery_check *check;
    const struct wb_descriptor **images;
    size_t image_count, image_capacity;
    struct wb_reached reached; /* below the images, then below all that index.json lists */
};

/* Puts what was reached from `from` on among the jobs, or names it as missing. */
static void add_jobs(struct plain *plain, size_t from)
{
    struct wb_delivery_check *check = plain->check;
    for (size_t i = from; i < plain->reached.count; i++) {
        const struct wb_reached_blob *blob = &plain->reached.blobs[i];
        size_t count;
        char text[WB_DIGEST_TEXT_SIZE];
        const struct wb_volume_entry *entry =
            wb_volumes_find(check->verdict->volumes, WB_VOLUME_BLOB, &blob->digest, &count);
        while (count > 0 && entry->complaint != NULL) {
            entry++;
            count--;
        }
        if (count == 0) {
            WB_APPEND(check->bad, check->bad_count, check->bad_capacity, blob->digest);
            wb_outcome_add(check->outcomes, "E-MISSING-BLOB", wb_digest_format(&blob->digest, text),
                           "%s of %lld bytes", blob->role, (long long)blob->size);
            continue;
        }
        struct wb_blob_job *job = wb_delivery_add_job(check, &blob->digest, NULL, &entry, 1);
        job->has_size = true;
        job->size = (uint64_t)blob->size;
    }
}

static bool was_seen(const struct wb_descriptor *entries, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (wb_digest_equal(&entries[i].digest, &entries[index].digest))
            return true;
    return false;
}

static void look_at(struct plain *plain, const struct wb_descriptor *entry, unsigned *budget)
{
    struct wb_delivery_check *check = plain->check;
    struct wb_error failure = WB_ERROR_INIT;
    char text[WB_DIGEST_TEXT_SIZE];
    bool image = false;
    struct wb_layout *layout = check->verdict->layout;
    if (!wb_entry_is_image(layout, entry, budget, &image, &failure)) {
        const char *code = !wb_layout_has_blob(layout, &entry->digest) ? "E-MISSING-BLOB"
                           : failure.status == WB_CHECK_FAILED         ? "E-DIGEST"
                                                                       : "E-MANIFEST";
        wb_outcome_add(check->outcomes, code, wb_digest_format(&entry->digest, text), "%s",
                       failure.message);
        return;
    }
    if (!image)
        return;
    WB_APPEND(plain->images, plain->image_count, plain->image_capacity, entry);
    size_t before = plain->reached.count;
    /* What fails here is said when the image is judged. */
    if (!wb_reach(layout, &entry->digest, entry->size, &plain->reached, &failure))
        plain->reached.code = NULL;
    add_jobs(plain, before);
}

/* ---- what belongs to nothing ---- */

/* All that index.json lists, and what refers to that: whatever is left has no business there. */
static bool reach_rest(struct plain *plain, struct wb_error *err)
{
    struct wb_layout *layout = plain->check->verdict->layout;
    struct wb_error ignored = WB_ERROR_INIT;
    size_t count;
    const struct wb_descriptor *entries = wb_layout_entries(layout, &count);
    for (size_t i = 0; i < count; i++)
        if (!wb_reach(layout, &entries[i].digest, entries[i].size, &plain->reached, &ignored))
            continue;
    for (size_t i = 0; i < plain->reached.count; i++) {
        const struct wb_reached_blob blob = plain->reached.blobs[i];
        struct wb_descriptor *referrers;
        size_t referrer_count;
        if (strcmp(blob.role, "manifest") == 0 &&
            !wb_layout_referrers(layout, &blob.digest, plain->check->arena, &referrers,
                                 &referrer_count, err))
            return false;
        for (size_t j = 0; strcmp(blob.role, "manifest") == 0 && j < referrer_count; j++)
            if (!wb_reach(layout, &referrers[j].digest, referrers[j].size, &plain->reached,
                          &ignored))
                continue;
    }
    return true;
}

static void find_orphans(struct plain *plain)
{
    struct wb_delivery_check *check = plain->check;
    size_t count;
    const struct wb_volume_entry *entries = wb_volumes_entries(check->verdict->volumes, &count);
    for (size_t i = 0; i < count; i++) {
        const struct wb_volume_entry *entry = &entries[i];
        bool docker =
            entry->kind == WB_VOLUME_DOCUMENT && strcmp(entry->name, WB_DOCKER_MANIFEST_NAME) == 0;
        bool belongs =
            (entry->kind == WB_VOLUME_DOCUMENT && !docker) ||
            (entry->kind == WB_VOLUME_BLOB && wb_reached_has(&plain->reached, &entry->digest));
        if ((belongs && entry->complaint == NULL) ||
            check->verdict->orphan_count++ >= WB_DELIVERY_LISTED_MAX)
            continue;
        wb_outcome_add(check->outcomes, "W-ORPHAN", wb_volume_entry_name(entry, check->arena), "%s",
                       entry->complaint != NULL ? entry->complaint
                       : docker ? "docker and podman load images by it, and it was not compared "
                                  "with index.json"
                       : entry->kind == WB_VOLUME_BLOB ? "no manifest names it"
                                                       : "no layout has such a file");
    }
}

static bool verify(struct plain *plain, struct wb_error *err)
{
    struct wb_delivery_check *check = plain->check;
    unsigned budget = WB_LAYOUT_LOOKS_MAX;
    size_t count;
    const struct wb_descriptor *entries = wb_layout_entries(check->verdict->layout, &count);
    if (count > IMAGES_MAX)
        return wb_error_set(err, WB_BAD_INPUT, "index.json lists more than %d entries", IMAGES_MAX);
    for (size_t i = 0; i < count; i++)
        if (!was_seen(entries, i))
            look_at(plain, &entries[i], &budget);
    if (plain->image_count == 0 && check->outcomes->failures == 0)
        wb_outcome_add(check->outcomes, "E-INDEX", "index.json", "there is no image in it");
    if (!wb_delivery_check_blobs(check, err))
        return false;
    for (size_t i = 0; i < plain->image_count; i++) {
        const char *name = wb_descriptor_annotation(plain->images[i], NAME);
        wb_delivery_judge_image(check, plain->images[i], wb_image_name_is_safe(name) ? name : NULL);
    }
    if (!reach_rest(plain, err))
        return false;
    find_orphans(plain);
    return true;
}

bool wb_delivery_check_plain(struct wb_delivery_check *check, struct wb_error *err)
{
    struct plain plain = {.check = check};
    bool good = verify(&plain, err);
    free(plain.images);
    wb_reached_clear(&plain.reached);
    return good;
}
