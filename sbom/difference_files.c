/* SPDX-License-Identifier: Apache-2.0 */
/* What two documents differ in: files. */
#include "sbom/difference.h"

#include <stdlib.h>
#include <string.h>

static bool same_digest(bool both_have, const uint8_t *a, const uint8_t *b, size_t size)
{
    return !both_have || memcmp(a, b, size) == 0;
}

static bool same_content(const struct wb_file *old, const struct wb_file *new)
{
    if (old->hashes == NULL || new->hashes == NULL)
        return old->size == new->size;
    unsigned both = old->hashes->present & new->hashes->present;
    return same_digest((both & WB_FILE_SHA256) != 0, old->hashes->sha256, new->hashes->sha256,
                       sizeof old->hashes->sha256) &&
           same_digest((both & WB_FILE_SHA1) != 0, old->hashes->sha1, new->hashes->sha1,
                       sizeof old->hashes->sha1) &&
           same_digest((both & WB_FILE_SHA512) != 0, old->hashes->sha512, new->hashes->sha512, 64);
}

static bool same_file(const struct wb_file *old, const struct wb_file *new)
{
    return same_content(old, new) && old->mode == new->mode && old->uid == new->uid &&
           old->gid == new->gid;
}

/* ---- files of packages that changed ---- */

/* Packages that are new, gone or changed, in the order of their addresses. */
struct changed {
    const struct wb_package **items;
    size_t count;
};

static int compare_addresses(const void *left, const void *right)
{
    const struct wb_package *a = *(const struct wb_package *const *)left;
    const struct wb_package *b = *(const struct wb_package *const *)right;
    return ((uintptr_t)a > (uintptr_t)b) - ((uintptr_t)a < (uintptr_t)b);
}

static struct changed collect_changed(const struct wb_difference *difference)
{
    struct changed changed = {
        wb_allocate_array(2 * difference->package_count, sizeof *changed.items), 0};
    for (size_t i = 0; i < difference->package_count; i++) {
        const struct wb_package_change *change = &difference->packages[i];
        if (change->old != NULL)
            changed.items[changed.count++] = change->old;
        if (change->new != NULL)
            changed.items[changed.count++] = change->new;
    }
    if (changed.count > 1)
        qsort(changed.items, changed.count, sizeof *changed.items, compare_addresses);
    return changed;
}

static bool is_explained(const struct changed *changed, const struct wb_file *file)
{
    if (file == NULL || file->status != WB_FILE_OWNED || changed->count == 0)
        return false;
    for (size_t i = 0; i < file->owner_count; i++) {
        const struct wb_package *owner = file->owners[i];
        if (bsearch(&owner, changed->items, changed->count, sizeof *changed->items,
                    compare_addresses) != NULL)
            return true;
    }
    return false;
}

/* ---- all ---- */

static void add(struct wb_difference *difference, const struct changed *changed,
                enum wb_package_change_kind kind, const struct wb_file *old,
                const struct wb_file *new)
{
    struct wb_file_change change = {kind, old, new};
    bool explained =
        (old == NULL || is_explained(changed, old)) && (new == NULL || is_explained(changed, new));
    if (explained)
        difference->explained_files++;
    else
        WB_APPEND(difference->files, difference->file_count, difference->file_capacity, change);
}

void wb_difference_find_files(const struct wb_bom *old, const struct wb_bom *new,
                              struct wb_difference *difference)
{
    difference->files_compared =
        old->file_selection == new->file_selection && old->file_selection != WB_FILES_NONE;
    if (!difference->files_compared)
        return;
    struct changed changed = collect_changed(difference);
    size_t i = 0, k = 0;
    while (i < old->file_count || k < new->file_count) {
        const struct wb_file *a = i < old->file_count ? old->files[i] : NULL;
        const struct wb_file *b = k < new->file_count ? new->files[k] : NULL;
        int order = a == NULL ? 1 : b == NULL ? -1 : strcmp(a->path, b->path);
        if (order < 0)
            add(difference, &changed, WB_CHANGE_REMOVED, a, NULL);
        else if (order > 0)
            add(difference, &changed, WB_CHANGE_ADDED, NULL, b);
        else if (!same_file(a, b))
            add(difference, &changed, WB_CHANGE_REBUILT, a, b);
        i += order <= 0;
        k += order >= 0;
    }
    free(changed.items);
}
