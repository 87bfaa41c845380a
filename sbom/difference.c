/* SPDX-License-Identifier: Apache-2.0 */
/* What two documents differ in: packages, versions, licences. */
#include "sbom/difference.h"
#include "sbom/sbom.h"
#include "sbom/version_compare.h"

#include <stdlib.h>
#include <string.h>

/* ---- order ---- */

static int compare_texts(const char *a, const char *b)
{
    return strcmp(a == NULL ? "" : a, b == NULL ? "" : b);
}

/* `pkg:npm/%40scope/` of another kind's purl: what tells equal names apart. */
static size_t purl_start(const struct wb_package *package)
{
    if (package->kind != WB_PACKAGE_OTHER || package->purl == NULL)
        return 0;
    size_t size = strcspn(package->purl, "@?#");
    const char *slash = memrchr(package->purl, '/', size);
    return slash == NULL ? 0 : (size_t)(slash - package->purl);
}

static int compare_identities(const struct wb_package *a, const struct wb_package *b)
{
    int order = strcmp(a->name, b->name);
    if (order == 0)
        order = (int)a->kind - (int)b->kind;
    if (order != 0)
        return order;
    size_t size_a = purl_start(a), size_b = purl_start(b);
    order = memcmp(size_a == 0 ? "" : a->purl, size_b == 0 ? "" : b->purl,
                   size_a < size_b ? size_a : size_b);
    return order != 0 ? order : (size_a > size_b) - (size_a < size_b);
}

static int compare_packages(const void *left, const void *right)
{
    const struct wb_package *a = *(struct wb_package *const *)left;
    const struct wb_package *b = *(struct wb_package *const *)right;
    int order = compare_identities(a, b);
    if (order == 0)
        order = compare_texts(a->architecture, b->architecture);
    if (order == 0)
        order = wb_version_compare(a->kind, wb_package_full_version(a), wb_package_full_version(b));
    if (order == 0)
        order = strcmp(wb_package_full_version(a), wb_package_full_version(b));
    return order != 0 ? order : (a->index > b->index) - (a->index < b->index);
}

static const struct wb_package **sorted_packages(const struct wb_bom *bom)
{
    const struct wb_package **packages = wb_allocate_array(bom->package_count, sizeof *packages);
    for (size_t i = 0; i < bom->package_count; i++)
        packages[i] = bom->packages[i];
    if (bom->package_count > 1)
        qsort(packages, bom->package_count, sizeof *packages, compare_packages);
    return packages;
}

/* ---- one name ---- */

/* The packages of one name in one document; those that have found their match are NULL. */
struct group {
    const struct wb_package **items;
    size_t count;
};

static const char *licence_of(const struct wb_package *package)
{
    return package->licence != NULL ? package->licence : package->licence_declared;
}

/* Programs write the same expression with other parentheses, and the parts of AND in any order. */
static bool is_same_licence(const char *a, const char *b)
{
    if (compare_texts(a, b) == 0)
        return true;
    if (a == NULL || b == NULL)
        return false;
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    const char *first = wb_licence_join_and(arena, &a, 1);
    const char *second = wb_licence_join_and(arena, &b, 1);
    return first != NULL && second != NULL && strcmp(first, second) == 0;
}

static void compare_licences(struct wb_difference *difference, const struct wb_package *old,
                             const struct wb_package *new)
{
    struct wb_licence_change change = {old, new, licence_of(old), licence_of(new)};
    if (!is_same_licence(change.from, change.to))
        WB_APPEND(difference->licences, difference->licence_count, difference->licence_capacity,
                  change);
}

static void add(struct wb_difference *difference, enum wb_package_change_kind kind,
                const struct wb_package *old, const struct wb_package *new)
{
    struct wb_package_change change = {kind, old, new};
    WB_APPEND(difference->packages, difference->package_count, difference->package_capacity,
              change);
}

static void add_pair(struct wb_difference *difference, const struct wb_package *old,
                     const struct wb_package *new)
{
    int order =
        wb_version_compare(new->kind, wb_package_full_version(old), wb_package_full_version(new));
    enum wb_package_change_kind kind = WB_CHANGE_REBUILT;
    if (order != 0)
        kind = order < 0 ? WB_CHANGE_UPGRADED : WB_CHANGE_DOWNGRADED;
    add(difference, kind, old, new);
    compare_licences(difference, old, new);
}

static bool same_architecture(const struct wb_package *a, const struct wb_package *b)
{
    return compare_texts(a->architecture, b->architecture) == 0;
}

/* Both groups are sorted by architecture and version: equal ones are met in step. */
static void match_equal(struct wb_difference *difference, struct group *old, struct group *new)
{
    size_t i = 0, k = 0;
    while (i < old->count && k < new->count) {
        const struct wb_package *a = old->items[i], *b = new->items[k];
        int order = compare_texts(a->architecture, b->architecture);
        if (order == 0)
            order =
                wb_version_compare(a->kind, wb_package_full_version(a), wb_package_full_version(b));
        if (order == 0)
            order = strcmp(wb_package_full_version(a), wb_package_full_version(b));
        if (order == 0) {
            compare_licences(difference, a, b);
            old->items[i++] = NULL;
            new->items[k++] = NULL;
        } else if (order < 0) {
            i++;
        } else {
            k++;
        }
    }
}

static void drop_matched(struct group *group)
{
    size_t count = 0;
    for (size_t i = 0; i < group->count; i++)
        if (group->items[i] != NULL)
            group->items[count++] = group->items[i];
    group->count = count;
}

static void match_architectures(struct wb_difference *difference, struct group *old,
                                struct group *new)
{
    size_t i = 0, k = 0;
    while (i < old->count && k < new->count) {
        const struct wb_package *a = old->items[i], *b = new->items[k];
        if (same_architecture(a, b)) {
            add_pair(difference, a, b);
            old->items[i++] = NULL;
            new->items[k++] = NULL;
        } else if (compare_texts(a->architecture, b->architecture) < 0) {
            i++;
        } else {
            k++;
        }
    }
}

static void compare_groups(struct wb_difference *difference, struct group old, struct group new)
{
    match_equal(difference, &old, &new);
    drop_matched(&old);
    drop_matched(&new);
    match_architectures(difference, &old, &new);
    drop_matched(&old);
    drop_matched(&new);
    size_t pairs = old.count < new.count ? old.count : new.count;
    for (size_t i = 0; i < pairs; i++)
        add_pair(difference, old.items[i], new.items[i]);
    for (size_t i = pairs; i < old.count; i++)
        add(difference, WB_CHANGE_REMOVED, old.items[i], NULL);
    for (size_t i = pairs; i < new.count; i++)
        add(difference, WB_CHANGE_ADDED, NULL, new.items[i]);
}

/* ---- all ---- */

static struct group group_at(const struct wb_package **packages, size_t count, size_t at)
{
    struct group group = {&packages[at], 1};
    while (at + group.count < count &&
           compare_identities(packages[at], packages[at + group.count]) == 0)
        group.count++;
    return group;
}

static int compare_changes(const void *left, const void *right)
{
    const struct wb_package_change *a = left, *b = right;
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    const struct wb_package *one = a->new != NULL ? a->new : a->old;
    const struct wb_package *other = b->new != NULL ? b->new : b->old;
    return compare_packages(&one, &other);
}

void wb_difference_find(const struct wb_bom *old, const struct wb_bom *new,
                        struct wb_difference *difference)
{
    const struct wb_package **a = sorted_packages(old), **b = sorted_packages(new);
    size_t i = 0, k = 0;
    while (i < old->package_count || k < new->package_count) {
        struct group left = {NULL, 0}, right = {NULL, 0};
        int order = i == old->package_count   ? 1
                    : k == new->package_count ? -1
                                              : compare_identities(a[i], b[k]);
        if (order <= 0)
            left = group_at(a, old->package_count, i);
        if (order >= 0)
            right = group_at(b, new->package_count, k);
        i += left.count;
        k += right.count;
        compare_groups(difference, left, right);
    }
    if (difference->package_count > 1)
        qsort(difference->packages, difference->package_count, sizeof *difference->packages,
              compare_changes);
    free(a);
    free(b);
    wb_difference_find_files(old, new, difference);
}

bool wb_difference_is_empty(const struct wb_difference *difference)
{
    return difference->package_count == 0 && difference->licence_count == 0 &&
           difference->file_count == 0;
}

void wb_difference_clear(struct wb_difference *difference)
{
    free(difference->packages);
    free(difference->licences);
    free(difference->files);
    *difference = (struct wb_difference){0};
}
