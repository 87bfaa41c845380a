/* SPDX-License-Identifier: Apache-2.0 */
/* The installed packages of one kind, and what they state, in libsolv's terms. */
#include "sbom/dependency_private.h"

#define uthash_malloc(size) wb_allocate(size)
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#define WORK_MAX (UINT64_C(1) << 28) /* well below ten seconds */
#define PACKAGES_MAX (1 << 24)

struct architecture_count {
    const char *key;
    size_t count;
    UT_hash_handle hh;
};

/* ---- what ids stand for ---- */

const char *wb_dependency_text(const struct wb_dependency_pool *pool, Id id)
{
    return pool->pool->ss.stringspace + pool->pool->ss.strings[id];
}

/* As libsolv's GETRELID. */
size_t wb_dependency_relation_index(Id id)
{
    return (uint32_t)id & UINT32_C(0x7fffffff);
}

bool wb_dependency_is_relation(Id id)
{
    return id < 0;
}

const Reldep *wb_dependency_relation(const struct wb_dependency_pool *pool, Id id)
{
    return &pool->pool->rels[wb_dependency_relation_index(id)];
}

struct wb_package *wb_dependency_package(const struct wb_dependency_pool *pool, Id solvable)
{
    return pool->packages[solvable - pool->first];
}

bool wb_dependency_is_there(const struct wb_package *package)
{
    return package->state == WB_STATE_INSTALLED || package->state == WB_STATE_UNPACKED ||
           package->state == WB_STATE_HALF_CONFIGURED;
}

/* ---- relations ---- */

static bool is_resolved(enum wb_relation_kind kind)
{
    switch (kind) {
    case WB_RELATION_CONFLICTS:
    case WB_RELATION_BREAKS:
    case WB_RELATION_REPLACES:
        return false;
    default:
        return true;
    }
}

/* To dpkg a version without a revision has the revision 0, to libsolv none. */
static Id find_version(struct wb_dependency_pool *pool, const char *text)
{
    if (pool->kind == WB_PACKAGE_RPM || strchr(text, '-') != NULL)
        return pool->solv.string_id(pool->pool, text, 1);
    WB_AUTO_STRING whole = wb_string_format("%s-0", text);
    return pool->solv.string_id(pool->pool, whole, 1);
}

static int comparison_flags(const char *comparison)
{
    int flags = 0;
    for (; *comparison != '\0'; comparison++)
        flags |= *comparison == '<' ? REL_LT : *comparison == '>' ? REL_GT : REL_EQ;
    return flags;
}

bool wb_dependency_is_about_packages(const struct wb_dependency_pool *pool,
                                     const struct wb_relation *relation)
{
    /* rpmlib() is about rpm itself. */
    bool is_rpmlib = pool->kind == WB_PACKAGE_RPM && wb_text_starts_with(relation->name, "rpmlib(");
    return is_resolved(relation->kind) && !is_rpmlib;
}

Id wb_dependency_relation_id(struct wb_dependency_pool *pool, const struct wb_relation *relation)
{
    Id id = pool->solv.string_id(pool->pool, relation->name, 1);
    if (relation->comparison == NULL || relation->version == NULL)
        return id;
    return pool->solv.relation_id(pool->pool, id, find_version(pool, relation->version),
                                  comparison_flags(relation->comparison), 1);
}

/* ---- packages ---- */

void wb_dependency_set_version(struct wb_dependency_pool *pool, size_t index)
{
    const char *evr = pool->packages[index]->evr;
    Id version = find_version(pool, evr == NULL ? "" : evr);
    pool->pool->solvables[pool->first + (Id)index].evr = version;
}

static const Id *list_of(const struct wb_dependency_pool *pool, const Solvable *solvable,
                         enum wb_relation_kind kind)
{
    static const Id none;
    Offset list = kind == WB_RELATION_PROVIDES      ? solvable->provides
                  : kind == WB_RELATION_DEPENDS     ? solvable->requires
                  : kind == WB_RELATION_RECOMMENDS  ? solvable->recommends
                  : kind == WB_RELATION_SUGGESTS    ? solvable->suggests
                  : kind == WB_RELATION_SUPPLEMENTS ? solvable->supplements
                                                    : solvable->enhances;
    return list == 0 ? &none : pool->repository->idarraydata + list;
}

/* Behind what was stated may stand what libsolv adds. */
bool wb_dependency_take_ids(struct wb_dependency_pool *pool, size_t index,
                            enum wb_relation_kind kind, enum wb_relation_kind other)
{
    const struct wb_package *package = pool->packages[index];
    Id *ids = pool->relations[index];
    const Id *next = list_of(pool, pool->pool->solvables + pool->first + (Id)index, kind);
    for (size_t i = 0; i < package->relation_count; i++) {
        bool is_asked = package->relations[i].kind == kind || package->relations[i].kind == other;
        if (ids[i] != WB_DEPENDENCY_PENDING || !is_asked)
            continue;
        if (*next == 0)
            return false;
        ids[i] = *next++;
    }
    return true;
}

/* dpkg knows which architecture it was built for; so does its entry. Elsewhere it is the one that
 * most packages have. */
static void find_native(struct wb_dependency_pool *pool)
{
    struct architecture_count *counts = NULL;
    const struct architecture_count *most = NULL;
    pool->native = "";
    for (size_t i = 0; i < pool->count; i++) {
        const char *architecture = pool->packages[i]->architecture;
        if (architecture == NULL || strcmp(architecture, "all") == 0 ||
            strcmp(architecture, "noarch") == 0)
            continue;
        struct architecture_count *count;
        HASH_FIND_STR(counts, architecture, count);
        if (count == NULL) {
            count = wb_arena_allocate(pool->arena, sizeof *count);
            count->key = architecture;
            HASH_ADD_KEYPTR(hh, counts, count->key, (unsigned)strlen(count->key), count);
        }
        bool is_dpkg = pool->kind == WB_PACKAGE_DEB && strcmp(pool->packages[i]->name, "dpkg") == 0;
        count->count += is_dpkg ? pool->count : 1;
    }
    for (const struct architecture_count *at = counts; at != NULL; at = at->hh.next)
        if (most == NULL || at->count > most->count ||
            (at->count == most->count && strcmp(at->key, most->key) < 0))
            most = at;
    if (most != NULL)
        pool->native = most->key;
    HASH_CLEAR(hh, counts);
}

static void select_packages(struct wb_dependency_pool *pool, const struct wb_bom *bom)
{
    pool->packages =
        wb_arena_allocate(pool->arena, bom->package_count * sizeof(struct wb_package *) + 1);
    for (size_t i = 0; i < bom->package_count; i++)
        if (bom->packages[i]->kind == pool->kind)
            pool->packages[pool->count++] = bom->packages[i];
    pool->relations = wb_arena_allocate(pool->arena, pool->count * sizeof(Id *) + 1);
    for (size_t i = 0; i < pool->count; i++)
        pool->relations[i] =
            wb_arena_allocate(pool->arena, pool->packages[i]->relation_count * sizeof(Id) + 1);
    pool->costs = wb_arena_allocate(pool->arena, pool->count * sizeof *pool->costs + 1);
}

static bool make_pool(struct wb_dependency_pool *pool, struct wb_error *err)
{
    if (pool->count > PACKAGES_MAX)
        return wb_error_set(err, WB_BAD_INPUT, "%zu packages are too many to resolve", pool->count);
    if (!wb_solv_load(&pool->solv, err))
        return false;
    pool->pool = pool->solv.create();
    int kind = pool->kind == WB_PACKAGE_RPM ? DISTTYPE_RPM : DISTTYPE_DEB;
    if (pool->solv.set_kind(pool->pool, kind) < 0)
        return wb_error_set(err, WB_SYSTEM,
                            "this build of libsolv cannot resolve the dependencies of %s packages",
                            wb_package_kind_name(pool->kind));
    pool->repository = pool->solv.create_repository(pool->pool, "image");
    /* Whatever their architectures, they are installed. */
    pool->solv.set_installed(pool->pool, pool->repository);
    return true;
}

bool wb_dependency_pool_fill(struct wb_dependency_pool *pool, const struct wb_bom *bom,
                             const struct wb_rootfs *rootfs, enum wb_package_kind kind,
                             struct wb_error *err)
{
    *pool = (struct wb_dependency_pool){
        .arena = wb_arena_new(), .kind = kind, .rootfs = rootfs, .work_left = WORK_MAX};
    select_packages(pool, bom);
    if (pool->count == 0)
        return true;
    if (!make_pool(pool, err))
        return false;
    find_native(pool);
    if (!wb_solv_load_readers(&pool->solv, err) ||
        !(kind == WB_PACKAGE_RPM ? wb_dependency_rpm_add : wb_dependency_dpkg_add)(pool, err))
        return false;
    wb_dependency_files_offer(pool);
    /* There are no other files to find: from here on libsolv knows that. */
    pool->solv.add_files(pool->pool);
    pool->solv.index_provides(pool->pool);
    return true;
}

void wb_dependency_pool_clear(struct wb_dependency_pool *pool)
{
    wb_dependency_choices_clear(pool);
    if (pool->pool != NULL)
        pool->solv.free(pool->pool);
    wb_arena_free(pool->arena);
    *pool = (struct wb_dependency_pool){0};
}
