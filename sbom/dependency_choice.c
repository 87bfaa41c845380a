/* SPDX-License-Identifier: Apache-2.0 */
/* Of all packages that meet a requirement, the one that serves a package best. */
#include "sbom/dependency_private.h"

#define uthash_malloc(size) wb_allocate(size)
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

/* What taking up a candidate costs, in steps over names; and the bytes of a version that are
 * compared for the price of one. */
#define CANDIDATE_COST 8
#define VERSION_PIECE 32

/* All that the answer depends on but for whether the package serves itself. */
struct question {
    Id id;
    Id architecture; /* of the package that asks */
    Id qualifier;    /* dpkg's; 0: none */
};

struct wb_choice {
    struct question question;
    bool is_met;
    bool is_named; /* the best is called as asked, and need not say that it provides that */
    struct wb_package *best;
    const Id *candidates; /* ascending, and their number */
    size_t count;
    UT_hash_handle hh;
};

bool wb_dependency_work(struct wb_dependency_pool *pool, uint64_t work)
{
    pool->work_left = pool->work_left > work ? pool->work_left - work : 0;
    return pool->work_left > 0;
}

/* ---- which of two ---- */

static const char *architecture_of(const struct wb_package *package)
{
    return package->architecture == NULL ? "" : package->architecture;
}

/* Packages for every architecture, which serve any other package. */
static bool is_independent(const struct wb_package *package)
{
    const char *architecture = architecture_of(package);
    return strcmp(architecture, "all") == 0 || strcmp(architecture, "noarch") == 0 ||
           *architecture == '\0';
}

static int rank(const struct wb_dependency_pool *pool, const char *asking,
                const struct wb_package *package)
{
    const char *architecture = architecture_of(package);
    if (strcmp(architecture, asking) == 0)
        return 0;
    if (is_independent(package))
        return 1;
    return strcmp(architecture, pool->native) == 0 ? 2 : 3;
}

/* Whether `a` is taken before `b`: a fixed order, whatever order the database has. */
static bool comes_first(const struct wb_dependency_pool *pool, const char *asking,
                        const struct wb_package *a, const struct wb_package *b)
{
    int order = rank(pool, asking, a) - rank(pool, asking, b);
    if (order == 0)
        order = strcmp(a->name, b->name);
    if (order == 0)
        order = strcmp(architecture_of(a), architecture_of(b));
    /* Of several versions, as with kernels, the one installed last. */
    if (order == 0)
        order = (a->install_time < b->install_time) - (a->install_time > b->install_time);
    if (order == 0)
        order = strcmp(b->evr == NULL ? "" : b->evr, a->evr == NULL ? "" : a->evr);
    return order < 0;
}

/* ---- dpkg's architectures ---- */

static const char *dpkg_architecture(const struct wb_dependency_pool *pool,
                                     const struct wb_package *package)
{
    return is_independent(package) ? pool->native : package->architecture;
}

static bool is_multi_arch(const struct wb_package *package, const char *value)
{
    return package->multi_arch != NULL && strcmp(package->multi_arch, value) == 0;
}

/* As dpkg judges: a package for every architecture counts as one of the native one; another
 * architecture's serves only when it says so (Debian Policy, multiarch specification). */
static bool serves_architecture(const struct wb_dependency_pool *pool, const char *asking,
                                const char *qualifier, const struct wb_package *to)
{
    if (pool->kind != WB_PACKAGE_DEB)
        return true;
    if (qualifier == NULL)
        return is_multi_arch(to, "foreign") || strcmp(dpkg_architecture(pool, to), asking) == 0;
    if (strcmp(qualifier, "any") == 0)
        return is_multi_arch(to, "allowed");
    bool is_native = strcmp(qualifier, "native") == 0 || strcmp(qualifier, "all") == 0;
    return strcmp(dpkg_architecture(pool, to), is_native ? pool->native : qualifier) == 0;
}

/* ---- candidates ---- */

static Offset known_providers(const struct wb_dependency_pool *pool, Id id)
{
    return wb_dependency_is_relation(id)
               ? pool->pool->whatprovides_rel[wb_dependency_relation_index(id)]
               : pool->pool->whatprovides[id];
}

/* Pays for what libsolv is about to do: for a version, it goes through everything that the
 * packages provide that provide the name. */
static bool pay(struct wb_dependency_pool *pool, Id id)
{
    if (!wb_dependency_is_relation(id) || known_providers(pool, id) != 0)
        return true;
    const Reldep *relation = wb_dependency_relation(pool, id);
    if (relation->flags > (REL_LT | REL_EQ | REL_GT))
        return wb_dependency_work(pool, pool->count) && pay(pool, relation->name) &&
               pay(pool, relation->evr);
    if (wb_dependency_is_relation(relation->name) || wb_dependency_is_relation(relation->evr))
        return true;
    uint64_t price = 1 + strlen(wb_dependency_text(pool, relation->evr)) / VERSION_PIECE;
    for (const Id *at = pool->pool->whatprovidesdata + known_providers(pool, relation->name);
         *at != 0; at++)
        if (!wb_dependency_work(pool, price * pool->costs[*at - pool->first]))
            return false;
    return true;
}

/* The solvables that meet it, ended by 0. What nothing provides is not looked for. */
static const Id *find_candidates(struct wb_dependency_pool *pool, Id id)
{
    static const Id none;
    Id name = id;
    while (wb_dependency_is_relation(name) &&
           wb_dependency_relation(pool, name)->flags <= (REL_LT | REL_EQ | REL_GT))
        name = wb_dependency_relation(pool, name)->name;
    if (!wb_dependency_is_relation(name) && known_providers(pool, name) <= 1)
        return &none;
    Offset providers = known_providers(pool, id);
    if (providers == 0)
        providers = (Offset)pool->solv.find_providers(pool->pool, id);
    return pool->pool->whatprovidesdata + providers;
}

static int compare_ids(const void *left, const void *right)
{
    Id a = *(const Id *)left, b = *(const Id *)right;
    return (a > b) - (a < b);
}

static Id asked_name(const struct wb_dependency_pool *pool, Id id)
{
    while (wb_dependency_is_relation(id))
        id = wb_dependency_relation(pool, id)->name;
    return id;
}

static void choose(struct wb_dependency_pool *pool, struct wb_choice *choice, const char *asking,
                   const char *qualifier)
{
    const Id *found = find_candidates(pool, choice->question.id);
    size_t count = 0;
    while (found[count] != 0)
        count++;
    if (count == 0 || !wb_dependency_work(pool, count * CANDIDATE_COST))
        return;
    Id *candidates = wb_arena_allocate(pool->arena, count * sizeof *candidates);
    choice->candidates = candidates;
    Id name = asked_name(pool, choice->question.id);
    for (size_t i = 0; i < count; i++) {
        struct wb_package *package = wb_dependency_package(pool, found[i]);
        if (!serves_architecture(pool, asking, qualifier, package))
            continue;
        candidates[choice->count++] = found[i];
        bool is_named = pool->pool->solvables[found[i]].name == name;
        if (choice->best == NULL || (is_named && !choice->is_named) ||
            (is_named == choice->is_named && comes_first(pool, asking, package, choice->best))) {
            choice->best = package;
            choice->is_named = is_named;
        }
    }
    choice->is_met = choice->best != NULL;
    if (choice->count > 1)
        qsort(candidates, choice->count, sizeof *candidates, compare_ids);
}

/* ---- answers ---- */

static struct wb_choice *find_choice(struct wb_dependency_pool *pool, size_t index, Id id,
                                     const char *qualifier)
{
    const struct wb_package *from = pool->packages[index];
    const char *asking =
        pool->kind == WB_PACKAGE_DEB ? dpkg_architecture(pool, from) : architecture_of(from);
    struct question question = {.id = id};
    question.architecture = pool->solv.string_id(pool->pool, asking, 1);
    if (qualifier != NULL)
        question.qualifier = pool->solv.string_id(pool->pool, qualifier, 1);
    struct wb_choice *choice;
    HASH_FIND(hh, pool->choices, &question, sizeof question, choice);
    if (choice != NULL)
        return choice;
    choice = wb_arena_allocate(pool->arena, sizeof *choice);
    choice->question = question;
    if (pay(pool, id))
        choose(pool, choice, asking, qualifier);
    HASH_ADD(hh, pool->choices, question, sizeof choice->question, choice);
    return choice;
}

/* rpm is content with a file that a package lists; here one that is there will do, too, whoever
 * brought it. */
static bool is_in_image(const struct wb_dependency_pool *pool, Id id)
{
    if (pool->kind != WB_PACKAGE_RPM || pool->rootfs == NULL || wb_dependency_is_relation(id))
        return false;
    const char *path = wb_dependency_text(pool, id);
    return path[0] == '/' && wb_rootfs_lookup(pool->rootfs, path, true) != NULL;
}

static bool serves_itself(const struct wb_dependency_pool *pool, const struct wb_choice *choice,
                          size_t index)
{
    if (choice->best == pool->packages[index])
        return true;
    Id self = pool->first + (Id)index;
    return !choice->is_named && choice->count > 1 &&
           bsearch(&self, choice->candidates, choice->count, sizeof self, compare_ids) != NULL;
}

bool wb_dependency_choose(struct wb_dependency_pool *pool, size_t index, Id id,
                          const char *qualifier, struct wb_package **to)
{
    const struct wb_choice *choice = find_choice(pool, index, id, qualifier);
    *to = choice->is_met && !serves_itself(pool, choice, index) ? choice->best : NULL;
    return choice->is_met || is_in_image(pool, id);
}

void wb_dependency_choices_clear(struct wb_dependency_pool *pool)
{
    HASH_CLEAR(hh, pool->choices);
}
