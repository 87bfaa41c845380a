/* SPDX-License-Identifier: Apache-2.0 */
/* The images of a delivery: all that is below them is listed, under what it is, and the policy
 * agrees with who signed them. */
#include "verify/delivery_private.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* What a manifest uses as a document must not be listed as content, nor the other way round. */
static bool role_fits(const char *used_as, const char *role)
{
    bool is_document = strcmp(role, "manifest") == 0 || strcmp(role, "index") == 0;
    return is_document == (strcmp(used_as, "manifest") == 0);
}

static void check_reached(struct wb_delivery_check *check, const struct wb_reached *reached,
                          const char *image)
{
    char text[WB_DIGEST_TEXT_SIZE];
    for (size_t i = 0; i < reached->count; i++) {
        const struct wb_reached_blob *blob = &reached->blobs[i];
        const struct wb_inventory_blob *listed =
            wb_inventory_find(check->verdict->inventory, &blob->digest);
        wb_digest_format(&blob->digest, text);
        if (listed == NULL)
            wb_outcome_add(check->outcomes, "E-MISSING-BLOB", text,
                           "%s needs it, and the inventory does not list it", image);
        else if (listed->size != (uint64_t)blob->size)
            wb_outcome_add(check->outcomes, "E-SIZE", text,
                           "%s states %" PRId64 " bytes, the inventory %" PRIu64, image, blob->size,
                           listed->size);
        else if (!role_fits(blob->role, listed->role))
            wb_outcome_add(check->outcomes, "E-INVENTORY-MALFORMED", text,
                           "%s uses it as %s, the inventory lists it as %s", image, blob->role,
                           listed->role);
    }
}

static const struct wb_descriptor *find_entry(const struct wb_layout *layout,
                                              const struct wb_digest *digest)
{
    size_t count;
    const struct wb_descriptor *entries = wb_layout_entries(layout, &count);
    for (size_t i = 0; i < count; i++)
        if (wb_digest_equal(&entries[i].digest, digest))
            return &entries[i];
    return NULL;
}

void wb_delivery_judge_image(struct wb_delivery_check *check, const struct wb_descriptor *target,
                             const char *name)
{
    struct wb_delivery_verdict *verdict = check->verdict;
    WB_APPEND(verdict->images, verdict->image_count, verdict->image_capacity,
              (struct wb_image_verdict){0});
    struct wb_image_verdict *image = &verdict->images[verdict->image_count - 1];
    WB_AUTO_VALUE(wb_reached) reached = {0};
    struct wb_error failure = WB_ERROR_INIT;
    char text[WB_DIGEST_TEXT_SIZE];
    wb_digest_format(&target->digest, text);
    const char *label = name == NULL ? text : name;
    size_t before = check->outcomes->failures;
    if (!wb_reach(verdict->layout, &target->digest, target->size, &reached, &failure))
        wb_outcome_add(check->outcomes, reached.code, label, "%s", failure.message);
    else if (verdict->inventory != NULL)
        check_reached(check, &reached, label);
    wb_policy_check_image(check->policy, verdict->layout, target, name, verdict->inventory,
                          check->now, image, check->outcomes);
    image->name = name == NULL ? NULL : wb_arena_copy(check->outcomes->arena, name);
    image->digest = target->digest;
    image->failures = check->outcomes->failures - before + wb_delivery_count_bad(check, &reached);
    image->blobs = reached.count;
    for (size_t i = 0; i < reached.count; i++) {
        image->bytes += (uint64_t)reached.blobs[i].size;
        image->blobs_away +=
            verdict->inventory != NULL && wb_delivery_is_away(check, &reached.blobs[i].digest);
    }
    /* The volume itself was reported. */
    if (!check->input->allow_missing_volumes)
        image->failures += image->blobs_away;
}

/* ---- volumes that may be missing ---- */

static bool any_away(const struct wb_delivery_check *check, const struct wb_digest *digests,
                     size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (wb_delivery_is_away(check, &digests[i]))
            return true;
    return false;
}

/* Its manifest, or what proves it, is on a volume that is not here, or in a base that is not. */
static bool image_is_away(const struct wb_delivery_check *check,
                          const struct wb_inventory_image *image)
{
    bool away = wb_delivery_is_away(check, &image->digest) ||
                any_away(check, image->platforms, image->platform_count) ||
                any_away(check, image->signatures, image->signature_count);
    for (size_t i = 0; i < image->attestation_count && !away; i++)
        away = wb_delivery_is_away(check, &image->attestations[i].manifest);
    return away;
}

static void pass_over(struct wb_delivery_check *check, const struct wb_inventory_image *image)
{
    struct wb_delivery_verdict *verdict = check->verdict;
    char text[WB_DIGEST_TEXT_SIZE];
    const struct wb_image_verdict passed = {
        .name = image->name, .digest = image->digest, .away = true};
    WB_APPEND(verdict->images, verdict->image_count, verdict->image_capacity, passed);
    if (check->input->allow_missing_volumes)
        wb_outcome_add(
            check->outcomes, "W-MISSING-VOLUME",
            image->name != NULL ? image->name : wb_digest_format(&image->digest, text),
            "this image was not judged: what belongs to it is on a volume that is not here");
}

/* ---- files ---- */

static void check_files(struct wb_delivery_check *check)
{
    struct wb_delivery_verdict *verdict = check->verdict;
    const struct wb_inventory *inventory = verdict->inventory;
    verdict->files = wb_allocate_array(inventory->file_count + 1, sizeof *verdict->files);
    for (size_t i = 0; i < inventory->file_count; i++) {
        const struct wb_inventory_file *file = &inventory->files[i];
        bool bad =
            wb_delivery_is_bad(check, &file->digest) || wb_delivery_is_bad(check, &file->manifest);
        bool away = wb_delivery_is_away(check, &file->digest) ||
                    wb_delivery_is_away(check, &file->manifest);
        verdict->files[i] = bad ? WB_FILE_FAILS : away ? WB_FILE_AWAY : WB_FILE_HOLDS;
    }
}

/* ---- all of them ---- */

static bool is_listed(const struct wb_inventory *inventory, const struct wb_digest *digest)
{
    for (size_t i = 0; i < inventory->image_count; i++)
        if (wb_digest_equal(&inventory->images[i].digest, digest))
            return true;
    return false;
}

/* An image that the inventory does not call one would be judged by nobody. */
static void find_unlisted(struct wb_delivery_check *check)
{
    size_t count;
    unsigned budget = WB_LAYOUT_LOOKS_MAX;
    char text[WB_DIGEST_TEXT_SIZE];
    const struct wb_descriptor *entries = wb_layout_entries(check->verdict->layout, &count);
    for (size_t i = 0; i < count; i++) {
        bool image = false;
        if (wb_delivery_is_own(check, &entries[i].digest) ||
            is_listed(check->verdict->inventory, &entries[i].digest) ||
            !wb_entry_is_image(check->verdict->layout, &entries[i], &budget, &image, NULL) ||
            !image)
            continue;
        wb_outcome_add(check->outcomes, "E-INVENTORY-MALFORMED",
                       wb_digest_format(&entries[i].digest, text),
                       "it is an image, and the inventory does not list it as one");
    }
}

/* Signed, but of no use to anybody: worth a word once all else holds. */
static void find_unreached(struct wb_delivery_check *check)
{
    const struct wb_delivery_verdict *verdict = check->verdict;
    const struct wb_inventory *inventory = verdict->inventory;
    struct wb_reached reached = {0};
    size_t count;
    const struct wb_descriptor *entries = wb_layout_entries(verdict->layout, &count);
    bool good = check->outcomes->failures == 0 && verdict->volumes_seen == inventory->volume_count;
    for (size_t i = 0; i < count && good; i++)
        good = wb_reach(verdict->layout, &entries[i].digest, entries[i].size, &reached, NULL);
    for (size_t i = 0, listed = 0; i < inventory->blob_count && good; i++) {
        const struct wb_digest *digest = &inventory->blobs[i].digest;
        char text[WB_DIGEST_TEXT_SIZE];
        if (wb_reached_has(&reached, digest))
            continue;
        check->verdict->orphan_count++;
        if (listed++ < WB_DELIVERY_LISTED_MAX)
            wb_outcome_add(check->outcomes, "W-ORPHAN", wb_digest_format(digest, text),
                           "the inventory lists it, and no manifest names it");
    }
    wb_reached_clear(&reached);
}

void wb_delivery_check_images(struct wb_delivery_check *check)
{
    const struct wb_inventory *inventory = check->verdict->inventory;
    char text[WB_DIGEST_TEXT_SIZE];
    /* Without its base the delivery fails whatever is said of images: nothing more is guessed. */
    bool no_base = inventory->has_base && check->input->base_count == 0;
    bool may_be_away = check->input->allow_missing_volumes || no_base;
    for (size_t i = 0; i < inventory->image_count; i++) {
        const struct wb_inventory_image *image = &inventory->images[i];
        const struct wb_descriptor *target = find_entry(check->verdict->layout, &image->digest);
        if (may_be_away && image_is_away(check, image))
            pass_over(check, image);
        else if (target != NULL)
            wb_delivery_judge_image(check, target, image->name);
        else
            wb_outcome_add(check->outcomes, "E-INDEX", wb_digest_format(&image->digest, text),
                           "index.json does not list this image of the inventory");
    }
    find_unlisted(check);
    check_files(check);
    find_unreached(check);
}
