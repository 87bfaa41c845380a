/* SPDX-License-Identifier: Apache-2.0 */
/* dpkg packages in libsolv's terms: its own reader, repo_add_debpackages, takes each from a stanza
 * that holds what the package's stanza said of itself and of others, and nothing else. It reads
 * what it is given: no path, and so never the host's database. */
#include "sbom/dependency_private.h"

#include <stdio.h>
#include <string.h>

/* Of one field: libsolv compares each relation with those before it. */
#define RELATIONS_MAX 256
#define STANZA_BYTES_MAX ((size_t)1 << 20)

struct field {
    const char *name;
    enum wb_relation_kind kind, other_kind; /* the model's, which may be the same */
};

/* libsolv would keep Pre-Depends apart, with another order; here both must be there. */
static const struct field fields[] = {
    {"Depends", WB_RELATION_DEPENDS, WB_RELATION_PRE_DEPENDS},
    {"Recommends", WB_RELATION_RECOMMENDS, WB_RELATION_RECOMMENDS},
    {"Suggests", WB_RELATION_SUGGESTS, WB_RELATION_SUGGESTS},
    {"Enhances", WB_RELATION_ENHANCES, WB_RELATION_ENHANCES},
    {"Provides", WB_RELATION_PROVIDES, WB_RELATION_PROVIDES},
};
#define FIELDS_COUNT (sizeof fields / sizeof fields[0])

/* ---- the stanza ---- */

/* Nothing that has a meaning in a stanza. */
static bool is_plain(const char *text)
{
    for (const char *at = text; *at != '\0'; at++)
        if (!((*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') ||
              (*at >= '0' && *at <= '9') || strchr("+-.~_", *at) != NULL))
            return false;
    return *text != '\0';
}

/* Behind an epoch. */
static bool is_plain_version(const char *text)
{
    const char *colon = strchr(text, ':');
    return colon == NULL ? is_plain(text)
                         : strspn(text, "0123456789") == (size_t)(colon - text) && colon > text &&
                               is_plain(colon + 1);
}

/* To dpkg a version without a revision has the revision 0, to libsolv none. */
static const char *revision(const char *version)
{
    return strchr(version, '-') == NULL ? "-0" : "";
}

static bool is_same(const struct wb_relation *a, const struct wb_relation *b)
{
    bool has_version = a->comparison != NULL && a->version != NULL;
    if (has_version != (b->comparison != NULL && b->version != NULL))
        return false;
    return strcmp(a->name, b->name) == 0 &&
           (!has_version ||
            (strcmp(a->comparison, b->comparison) == 0 && strcmp(a->version, b->version) == 0));
}

/* Of the same relation libsolv keeps one. */
static bool is_among(const struct wb_package *package, const size_t *placed, size_t count,
                     const struct wb_relation *relation)
{
    for (size_t i = 0; i < count; i++)
        if (is_same(&package->relations[placed[i]], relation))
            return true;
    return false;
}

/* The architectures of names are judged elsewhere (dependency_choice.c). */
static void append_relation(struct wb_buffer *stanza, const struct wb_relation *relation,
                            const char *before)
{
    wb_buffer_append_format(stanza, "%s%s", before, relation->name);
    if (relation->comparison == NULL || relation->version == NULL)
        return;
    bool is_strict = relation->comparison[1] == '\0' && relation->comparison[0] != '=';
    wb_buffer_append_format(stanza, " (%s%s %s%s)", is_strict ? relation->comparison : "",
                            relation->comparison, relation->version, revision(relation->version));
}

/* What is too much, or means something to the reader of stanzas, is handed over by itself. */
static void append_field(struct wb_dependency_pool *pool, size_t index, const struct field *field,
                         struct wb_buffer *stanza)
{
    const struct wb_package *package = pool->packages[index];
    Id *ids = pool->relations[index];
    size_t count = 0, placed[RELATIONS_MAX];
    for (size_t i = 0; i < package->relation_count; i++) {
        const struct wb_relation *relation = &package->relations[i];
        if (relation->kind != field->kind && relation->kind != field->other_kind)
            continue;
        if (count == RELATIONS_MAX || stanza->size > STANZA_BYTES_MAX ||
            !is_plain(relation->name) ||
            (relation->version != NULL && !is_plain_version(relation->version)) ||
            is_among(package, placed, count, relation)) {
            ids[i] = wb_dependency_relation_id(pool, relation);
            continue;
        }
        ids[i] = WB_DEPENDENCY_PENDING;
        if (count == 0)
            wb_buffer_append_format(stanza, "%s:", field->name);
        append_relation(stanza, relation, count == 0 ? " " : ", ");
        placed[count++] = i;
    }
    wb_buffer_append_text(stanza, count == 0 ? "" : "\n");
}

static void append_identity(const struct wb_package *package, struct wb_buffer *stanza)
{
    const char *architecture = package->architecture;
    if (is_plain(package->name))
        wb_buffer_append_format(stanza, "Package: %s\n", package->name);
    else
        wb_buffer_append_text(stanza, "Package: -\n");
    if (architecture != NULL && is_plain(architecture))
        wb_buffer_append_format(stanza, "Architecture: %s\n", architecture);
    if (package->evr != NULL && is_plain_version(package->evr))
        wb_buffer_append_format(stanza, "Version: %s%s\n", package->evr, revision(package->evr));
}

/* ---- what libsolv makes of it ---- */

static bool read_stanza(struct wb_dependency_pool *pool, struct wb_buffer *stanza)
{
    FILE *file = fmemopen(stanza->data, stanza->size, "r");
    if (file == NULL)
        return false;
    int result =
        pool->solv.add_stanzas(pool->repository, file, REPO_REUSE_REPODATA | REPO_NO_INTERNALIZE);
    fclose(file);
    return result == 0;
}

/* A relation that libsolv did not give back in its place goes by name, as those do that were never
 * in the stanza. */
static void take_all(struct wb_dependency_pool *pool, size_t index)
{
    const struct wb_package *package = pool->packages[index];
    bool good = true;
    for (size_t i = 0; i < FIELDS_COUNT; i++)
        good = wb_dependency_take_ids(pool, index, fields[i].kind, fields[i].other_kind) && good;
    for (size_t i = 0; !good && i < package->relation_count; i++)
        if (wb_dependency_is_about_packages(pool, &package->relations[i]))
            pool->relations[index][i] = wb_dependency_relation_id(pool, &package->relations[i]);
}

static bool hand_over(struct wb_dependency_pool *pool, size_t index, struct wb_buffer *stanza,
                      struct wb_error *err)
{
    const struct wb_package *package = pool->packages[index];
    stanza->size = 0;
    append_identity(package, stanza);
    for (size_t i = 0; i < FIELDS_COUNT; i++)
        append_field(pool, index, &fields[i], stanza);
    bool good = read_stanza(pool, stanza);
    Id id = pool->pool->nsolvables - 1;
    if (index == 0)
        pool->first = id;
    if (!good || id != pool->first + (Id)index)
        return wb_error_set(err, WB_SYSTEM, "libsolv does not take what package %s states",
                            package->name);
    if (!is_plain(package->name)) {
        Id name = pool->solv.string_id(pool->pool, package->name, 1);
        pool->pool->solvables[id].name = name;
    }
    if (package->evr == NULL || !is_plain_version(package->evr))
        wb_dependency_set_version(pool, index);
    take_all(pool, index);
    return true;
}

bool wb_dependency_dpkg_add(struct wb_dependency_pool *pool, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) stanza = {0};
    for (size_t i = 0; i < pool->count; i++)
        if (!hand_over(pool, i, &stanza, err))
            return false;
    return true;
}
