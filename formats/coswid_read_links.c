/* SPDX-License-Identifier: Apache-2.0 */
/* CoSWID: what tags are called, and the links between them. */
#include "formats/coswid_read.h"

#include <string.h>

#define uthash_malloc(size) wb_allocate(size)
#include <stdlib.h>
#include <uthash.h>

struct wb_coswid_name {
    const char *name;
    struct wb_package *package;
    UT_hash_handle hh;
};

static struct wb_package *find(const struct wb_coswid_reading *reading, const char *name)
{
    struct wb_coswid_name *found;
    HASH_FIND_STR(reading->names, name, found);
    return found == NULL ? NULL : found->package;
}

void wb_coswid_name(struct wb_coswid_reading *reading, const char *name, struct wb_package *package)
{
    if (name == NULL || find(reading, name) != NULL)
        return;
    struct wb_coswid_name *item = wb_arena_allocate(reading->arena, sizeof *item);
    item->name = wb_arena_copy(reading->arena, name);
    item->package = package;
    HASH_ADD_KEYPTR(hh, reading->names, item->name, (unsigned)strlen(item->name), item);
}

void wb_coswid_refer(struct wb_coswid_reading *reading, const struct wb_coswid_pending *pending)
{
    WB_APPEND(reading->pending, reading->pending_count, reading->pending_capacity, *pending);
}

/* A link says that a package is required, an attribute beside it that it must be there before: both
 * are one edge, the latter's. */
static int compare_edges(const void *left, const void *right)
{
    const struct wb_dependency *a = left, *b = right;
    const uintptr_t sides[2][2] = {{(uintptr_t)a->from, (uintptr_t)b->from},
                                   {(uintptr_t)a->to, (uintptr_t)b->to}};
    for (size_t i = 0; i < 2; i++)
        if (sides[i][0] != sides[i][1])
            return sides[i][0] < sides[i][1] ? -1 : 1;
    return (b->kind == WB_RELATION_PRE_DEPENDS) - (a->kind == WB_RELATION_PRE_DEPENDS);
}

static void join_edges(struct wb_bom *bom)
{
    struct wb_dependency *edges = bom->dependencies;
    size_t kept = 0;
    if (bom->dependency_count > 1)
        qsort(edges, bom->dependency_count, sizeof *edges, compare_edges);
    for (size_t i = 0; i < bom->dependency_count; i++)
        if (kept == 0 || edges[kept - 1].kind != WB_RELATION_PRE_DEPENDS ||
            edges[kept - 1].from != edges[i].from || edges[kept - 1].to != edges[i].to)
            edges[kept++] = edges[i];
    bom->dependency_count = kept;
}

void wb_coswid_resolve(struct wb_coswid_reading *reading)
{
    struct wb_bom *bom = reading->bom;
    for (size_t i = 0; i < reading->pending_count; i++) {
        const struct wb_coswid_pending *pending = &reading->pending[i];
        struct wb_package *to = find(reading, pending->name);
        bool good = to != NULL;
        if (good && pending->file != NULL)
            WB_ARENA_APPEND(bom->arena, pending->file->owners, pending->file->owner_count, to);
        else if (good)
            good = wb_bom_read_dependency(bom, pending->from, to, pending->kind);
        if (!good)
            wb_bom_add_loss(bom, "/link/*");
    }
    join_edges(bom);
    HASH_CLEAR(hh, reading->names);
    free(reading->pending);
}
