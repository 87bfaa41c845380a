/* SPDX-License-Identifier: Apache-2.0 */
/* rpm packages in libsolv's terms: its own reader, rpm_byrpmh, takes each from a header that holds
 * what the package's header said of itself and of others, and nothing else. */
#include "sbom/dependency_private.h"
#include "sbom/rpm_private.h"

#include <rpm/rpmds.h>
#include <solv/repo_rpmdb.h>
#include <stdlib.h>
#include <string.h>

/* Signs of a rich dependency that may nest: libsolv's parser calls itself for each, and so does
 * what follows its result. */
#define RICH_SIGNS_MAX 1000
/* Of what one header holds; librpm refuses 256 MiB. */
#define HEADER_BYTES_MAX ((size_t)64 << 20)
/* SUSE's Provides that libsolv makes Supplements of, each compared with all that it has made. */
#define REWRITTEN_MAX 1000

struct tags {
    rpmTagVal name, version, flags;
    enum wb_relation_kind kind, other_kind; /* the model's, which may be the same */
};

static const struct tags tags[] = {
    {RPMTAG_PROVIDENAME, RPMTAG_PROVIDEVERSION, RPMTAG_PROVIDEFLAGS, WB_RELATION_PROVIDES,
     WB_RELATION_PROVIDES},
    {RPMTAG_REQUIRENAME, RPMTAG_REQUIREVERSION, RPMTAG_REQUIREFLAGS, WB_RELATION_DEPENDS,
     WB_RELATION_PRE_DEPENDS},
    {RPMTAG_RECOMMENDNAME, RPMTAG_RECOMMENDVERSION, RPMTAG_RECOMMENDFLAGS, WB_RELATION_RECOMMENDS,
     WB_RELATION_RECOMMENDS},
    {RPMTAG_SUGGESTNAME, RPMTAG_SUGGESTVERSION, RPMTAG_SUGGESTFLAGS, WB_RELATION_SUGGESTS,
     WB_RELATION_SUGGESTS},
    {RPMTAG_SUPPLEMENTNAME, RPMTAG_SUPPLEMENTVERSION, RPMTAG_SUPPLEMENTFLAGS,
     WB_RELATION_SUPPLEMENTS, WB_RELATION_SUPPLEMENTS},
    {RPMTAG_ENHANCENAME, RPMTAG_ENHANCEVERSION, RPMTAG_ENHANCEFLAGS, WB_RELATION_ENHANCES,
     WB_RELATION_ENHANCES},
};
#define TAGS_COUNT (sizeof tags / sizeof tags[0])

/* ---- what a header may hold ---- */

static bool is_bounded(const char *rich)
{
    size_t signs = 0;
    for (; *rich != '\0' && signs <= RICH_SIGNS_MAX; rich++)
        signs += *rich == '(' || *rich == ' ';
    return signs <= RICH_SIGNS_MAX;
}

/* A condition without bounds becomes a name, which nothing has. One that cannot be parsed says
 * nothing of packages, as to rpm once the package is installed; libsolv would leave it out without
 * a word, and the ids of those behind it would be taken for their neighbours'. */
static Id place_rich(struct wb_dependency_pool *pool, const char *text)
{
    if (!is_bounded(text))
        return pool->solv.string_id(pool->pool, text, 1);
    return pool->solv.parse_rich(pool->pool, text) == 0 ? 0 : WB_DEPENDENCY_PENDING;
}

/* `locale(x:de)`, and `x:/usr/bin/y` of packages that were split. */
static bool is_rewritten(const struct wb_relation *relation)
{
    return relation->kind == WB_RELATION_PROVIDES &&
           (wb_text_starts_with(relation->name, "locale(") || strstr(relation->name, ":/") != NULL);
}

/* Sorts out what goes into the header; what is too much for one is handed over by itself. Gives
 * the number of those that go into it. */
static size_t place_all(struct wb_dependency_pool *pool, const struct wb_package *package, Id *ids)
{
    size_t placed = 0, bytes = 0, rewritten = 0;
    for (size_t i = 0; i < package->relation_count; i++) {
        const struct wb_relation *relation = &package->relations[i];
        if (!wb_dependency_is_about_packages(pool, relation))
            continue;
        bytes += strlen(relation->name) + 1;
        bytes += relation->version == NULL ? 1 : strlen(relation->version) + 1;
        rewritten += is_rewritten(relation);
        bool is_too_much =
            bytes > HEADER_BYTES_MAX || (is_rewritten(relation) && rewritten > REWRITTEN_MAX);
        ids[i] = is_too_much                ? wb_dependency_relation_id(pool, relation)
                 : relation->name[0] == '(' ? place_rich(pool, relation->name)
                                            : WB_DEPENDENCY_PENDING;
        placed += ids[i] == WB_DEPENDENCY_PENDING;
    }
    return placed;
}

/* ---- the header ---- */

struct values {
    const char **names, **versions;
    uint32_t *flags;
};

static void values_clear(struct values *values)
{
    free(values->names);
    free(values->versions);
    free(values->flags);
}

static bool is_under(const struct tags *at, const struct wb_relation *relation)
{
    return relation->kind == at->kind || relation->kind == at->other_kind;
}

static uint32_t sense(const char *comparison)
{
    uint32_t flags = 0;
    for (; *comparison != '\0'; comparison++)
        flags |= *comparison == '<'   ? RPMSENSE_LESS
                 : *comparison == '>' ? RPMSENSE_GREATER
                                      : RPMSENSE_EQUAL;
    return flags;
}

static bool put_relations(const struct wb_rpm_header *header, const struct tags *at,
                          const struct wb_package *package, const Id *ids,
                          const struct values *values)
{
    unsigned count = 0;
    for (size_t i = 0; i < package->relation_count; i++) {
        const struct wb_relation *relation = &package->relations[i];
        if (ids[i] != WB_DEPENDENCY_PENDING || !is_under(at, relation))
            continue;
        bool has_version =
            relation->name[0] != '(' && relation->comparison != NULL && relation->version != NULL;
        values->names[count] = relation->name;
        values->versions[count] = has_version ? relation->version : "";
        values->flags[count++] = has_version ? sense(relation->comparison) : RPMSENSE_ANY;
    }
    return count == 0 ||
           (wb_rpm_header_put(header, at->name, RPM_STRING_ARRAY_TYPE, values->names, count) &&
            wb_rpm_header_put(header, at->version, RPM_STRING_ARRAY_TYPE, values->versions,
                              count) &&
            wb_rpm_header_put(header, at->flags, RPM_INT32_TYPE, values->flags, count));
}

static bool put_text(const struct wb_rpm_header *header, rpmTagVal tag, const char *text)
{
    return text == NULL || wb_rpm_header_put(header, tag, RPM_STRING_TYPE, text, 1);
}

static bool put_identity(const struct wb_rpm_header *header, const struct wb_package *package)
{
    uint32_t epoch = (uint32_t)package->epoch;
    return put_text(header, RPMTAG_NAME, package->name) &&
           put_text(header, RPMTAG_VERSION, package->version) &&
           put_text(header, RPMTAG_RELEASE, package->release) &&
           put_text(header, RPMTAG_ARCH, package->architecture) &&
           (package->epoch < 0 ||
            wb_rpm_header_put(header, RPMTAG_EPOCH, RPM_INT32_TYPE, &epoch, 1));
}

/* `placed` relations have no id yet. */
static bool fill_header(const struct wb_rpm_header *header, const struct wb_package *package,
                        const Id *ids, size_t placed)
{
    __attribute__((cleanup(values_clear))) struct values values = {
        .names = wb_allocate_array(placed + 1, sizeof *values.names),
        .versions = wb_allocate_array(placed + 1, sizeof *values.versions),
        .flags = wb_allocate_array(placed + 1, sizeof *values.flags),
    };
    if (!put_identity(header, package))
        return false;
    for (size_t i = 0; placed > 0 && i < TAGS_COUNT; i++)
        if (!put_relations(header, &tags[i], package, ids, &values))
            return false;
    return true;
}

/* ---- what libsolv makes of it ---- */

static bool take_all(struct wb_dependency_pool *pool, size_t index)
{
    for (size_t i = 0; i < TAGS_COUNT; i++)
        if (!wb_dependency_take_ids(pool, index, tags[i].kind, tags[i].other_kind))
            return false;
    return true;
}

static bool hand_over(struct wb_dependency_pool *pool, void *state, size_t index,
                      struct wb_error *err)
{
    struct wb_package *package = pool->packages[index];
    Id *ids = pool->relations[index];
    size_t placed = place_all(pool, package, ids);
    WB_AUTO_VALUE(wb_rpm_header) header = {0};
    if (!wb_rpm_header_make(&header, err))
        return false;
    if (!fill_header(&header, package, ids, placed))
        return wb_error_set(err, WB_SYSTEM, "librpm cannot make a header of what it states");
    /* The order of packages is that of solvables; files are found elsewhere (dependency_files.c).
     */
    const int flags =
        RPM_ADD_NO_FILELIST | RPMDB_KEEP_GPG_PUBKEY | REPO_REUSE_REPODATA | REPO_NO_INTERNALIZE;
    void *handle = pool->solv.by_header(state, header.header);
    Id id = handle == NULL ? 0 : pool->solv.add_handle(pool->repository, handle, flags);
    if (index == 0)
        pool->first = id;
    Solvable *solvable = pool->pool->solvables + id;
    if (id == 0 || id != pool->first + (Id)index || !take_all(pool, index))
        return wb_error_set(err, WB_SYSTEM, "libsolv does not take all that it states");
    /* Of a package without a release libsolv makes no version. */
    if (solvable->evr == 0)
        wb_dependency_set_version(pool, index);
    return true;
}

bool wb_dependency_rpm_add(struct wb_dependency_pool *pool, struct wb_error *err)
{
    void *state = pool->solv.create_state(pool->pool, NULL);
    bool good = true;
    for (size_t i = 0; good && i < pool->count; i++)
        good =
            hand_over(pool, state, i, err) || wb_error_context(err, "%s", pool->packages[i]->name);
    pool->solv.free_state(state);
    return good;
}
