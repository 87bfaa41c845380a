/* SPDX-License-Identifier: Apache-2.0 */
/* What packages offer: their names, what they provide, and files that others require by path. */
#include "sbom/dependency_private.h"

#define uthash_malloc(size) wb_allocate(size)
#include <string.h>
#include <uthash.h>

/* What a comparison with a second version of the same name costs, in steps over names. */
#define VERSION_COST 64

/* A path that some package requires. */
struct wanted {
    Id id;
    struct wanted *same_node; /* another way to the same file */
};

struct wanted_name {
    const char *name;
    UT_hash_handle hh;
};

struct wanted_node {
    const struct wb_node *node;
    struct wanted *wanted;
    UT_hash_handle hh;
};

struct offering {
    struct wb_dependency_pool *pool;
    struct wanted_name *names; /* the last components of the paths: most files need no more */
    struct wanted_node *nodes;
    size_t *stamps; /* for each string, the package that last offered it, counted from 1 */
    Id *ids;        /* what the current package offers */
    size_t count, capacity;
};

/* ---- paths ---- */

static const char *last_component(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

static void want(struct offering *offering, Id id)
{
    struct wb_dependency_pool *pool = offering->pool;
    const char *path = wb_dependency_text(pool, id);
    const char *name = last_component(path);
    struct wanted_name *known;
    HASH_FIND_STR(offering->names, name, known);
    if (known == NULL) {
        known = wb_arena_allocate(pool->arena, sizeof *known);
        known->name = wb_arena_copy(pool->arena, name);
        HASH_ADD_KEYPTR(hh, offering->names, known->name, (unsigned)strlen(name), known);
    }
    const struct wb_node *node =
        pool->rootfs == NULL ? NULL : wb_rootfs_lookup(pool->rootfs, path, false);
    if (node == NULL)
        return;
    struct wanted_node *place;
    HASH_FIND_PTR(offering->nodes, &node, place);
    if (place == NULL) {
        place = wb_arena_allocate(pool->arena, sizeof *place);
        place->node = node;
        HASH_ADD_PTR(offering->nodes, node, place);
    }
    struct wanted *wanted = wb_arena_allocate(pool->arena, sizeof *wanted);
    *wanted = (struct wanted){.id = id, .same_node = place->wanted};
    place->wanted = wanted;
}

/* Relations are the only strings with a slash in front. */
static void want_all(struct offering *offering)
{
    if (offering->pool->kind != WB_PACKAGE_RPM)
        return;
    for (Id id = 1; id < offering->pool->pool->ss.nstrings; id++)
        if (wb_dependency_text(offering->pool, id)[0] == '/')
            want(offering, id);
}

/* ---- what a package offers ---- */

static void offer(struct offering *offering, Id id)
{
    WB_APPEND(offering->ids, offering->count, offering->capacity, id);
}

/* A file serves whoever requires it by the path its package lists, and by any other that leads to
 * it: /bin/sh is /usr/bin/sh where the directories have been merged. */
static void offer_file(struct offering *offering, const char *path)
{
    struct wb_dependency_pool *pool = offering->pool;
    const char *last = last_component(path);
    struct wanted_name *name;
    HASH_FIND_STR(offering->names, last, name);
    if (name == NULL)
        return;
    Id id = pool->solv.string_id(pool->pool, path, 0);
    if (id != 0)
        offer(offering, id);
    const struct wb_node *node =
        pool->rootfs == NULL ? NULL : wb_rootfs_lookup(pool->rootfs, path, false);
    struct wanted_node *place = NULL;
    if (node != NULL)
        HASH_FIND_PTR(offering->nodes, &node, place);
    for (const struct wanted *at = place == NULL ? NULL : place->wanted; at != NULL;
         at = at->same_node)
        if (at->id != id)
            offer(offering, at->id);
}

static void offer_all(struct offering *offering, size_t index)
{
    struct wb_dependency_pool *pool = offering->pool;
    const struct wb_package *package = pool->packages[index];
    const Solvable *solvable = pool->pool->solvables + pool->first + (Id)index;
    offering->count = 0;
    offer(offering, pool->solv.relation_id(pool->pool, solvable->name, solvable->evr, REL_EQ, 1));
    for (size_t i = 0; i < package->relation_count; i++)
        if (package->relations[i].kind == WB_RELATION_PROVIDES && pool->relations[index][i] != 0)
            offer(offering, pool->relations[index][i]);
    for (size_t i = 0; offering->names != NULL && i < package->owned_file_count; i++)
        offer_file(offering, package->owned_files[i].path);
}

/* A name that is offered in many versions costs as many comparisons. */
static uint64_t cost_of(struct offering *offering, size_t index)
{
    uint64_t cost = 1 + offering->count;
    for (size_t i = 0; i < offering->count; i++) {
        Id id = offering->ids[i];
        while (wb_dependency_is_relation(id))
            id = wb_dependency_relation(offering->pool, id)->name;
        if (offering->stamps[id] == index + 1)
            cost += VERSION_COST;
        offering->stamps[id] = index + 1;
    }
    return cost;
}

static void hand_over(struct offering *offering, size_t index)
{
    struct wb_dependency_pool *pool = offering->pool;
    Repo *repository = pool->repository;
    /* Adding one by one would go through the list each time. */
    Offset list = pool->solv.reserve(repository, 0, (int)offering->count);
    memcpy(repository->idarraydata + list, offering->ids, offering->count * sizeof(Id));
    repository->idarraydata[list + offering->count] = 0;
    repository->idarraysize = (int)(list + offering->count + 1);
    pool->pool->solvables[pool->first + (Id)index].provides = list;
}

void wb_dependency_files_offer(struct wb_dependency_pool *pool)
{
    struct offering offering = {.pool = pool};
    size_t strings = (size_t)pool->pool->ss.nstrings;
    offering.stamps = wb_arena_allocate(pool->arena, strings * sizeof *offering.stamps);
    want_all(&offering);
    for (size_t i = 0; i < pool->count; i++) {
        if (!wb_dependency_is_there(pool->packages[i])) {
            pool->pool->solvables[pool->first + (Id)i].provides = 0;
            continue;
        }
        offer_all(&offering, i);
        pool->costs[i] = cost_of(&offering, i);
        hand_over(&offering, i);
    }
    HASH_CLEAR(hh, offering.names);
    HASH_CLEAR(hh, offering.nodes);
    free(offering.ids);
}
