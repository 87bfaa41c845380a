/* SPDX-License-Identifier: Apache-2.0 */
/* Which installed package needs which other, and what is needed that is not there. */
#include "sbom/dependency_private.h"

#include <string.h>

#define NAMED_MAX 10         /* packages with unmet requirements that have a finding each */
#define MESSAGE_SIZE_MAX 400 /* of what a finding lists */
#define UNMET_MAX 1000000    /* as many requirements as a document will bear */

/* ---- edges ---- */

/* What must be there now. rpm's pre-dependencies were for the time of the installation. */
static bool is_demanded(const struct wb_package *package, enum wb_relation_kind kind)
{
    return kind == WB_RELATION_DEPENDS ||
           (kind == WB_RELATION_PRE_DEPENDS && package->kind == WB_PACKAGE_DEB);
}

static void add_edge(struct wb_bom *bom, struct wb_package *from, struct wb_package *to,
                     enum wb_relation_kind kind)
{
    if (from == to)
        return;
    struct wb_dependency edge = {.from = from, .to = to, .kind = kind};
    WB_APPEND(bom->dependencies, bom->dependency_count, bom->dependency_capacity, edge);
}

static void add_edges(struct wb_bom *bom, struct wb_package *package,
                      const struct wb_package_list *served, enum wb_relation_kind kind)
{
    for (size_t i = 0; i < served->count; i++)
        switch (kind) {
        /* Stated by the package that is wanted, not by the one that wants it. */
        case WB_RELATION_SUPPLEMENTS:
            add_edge(bom, served->packages[i], package, WB_RELATION_RECOMMENDS);
            break;
        case WB_RELATION_ENHANCES:
            add_edge(bom, served->packages[i], package, WB_RELATION_SUGGESTS);
            break;
        default:
            add_edge(bom, package, served->packages[i], kind);
            break;
        }
}

/* ---- what is missing ---- */

/* As the package's own system writes it: dpkg's << and >> are < and > in the model. */
static void append_relation(struct wb_buffer *text, const struct wb_package *package,
                            const struct wb_relation *relation)
{
    bool is_dpkg = package->kind == WB_PACKAGE_DEB;
    wb_buffer_append_text(text, relation->name);
    if (relation->architecture != NULL)
        wb_buffer_append_format(text, ":%s", relation->architecture);
    if (relation->comparison == NULL || relation->version == NULL)
        return;
    if (!is_dpkg)
        wb_buffer_append_format(text, " %s %s", relation->comparison, relation->version);
    else if (relation->comparison[1] == '\0' && relation->comparison[0] != '=')
        wb_buffer_append_format(text, " (%s%s %s)", relation->comparison, relation->comparison,
                                relation->version);
    else
        wb_buffer_append_format(text, " (%s %s)", relation->comparison, relation->version);
}

static void add_unmet(struct wb_bom *bom, struct wb_package *package, size_t first, size_t end)
{
    WB_AUTO_VALUE(wb_buffer) text = {0};
    if (bom->unmet_count == UNMET_MAX)
        return;
    for (size_t i = first; i < end; i++) {
        if (i > first)
            wb_buffer_append_text(&text, " | ");
        append_relation(&text, package, &package->relations[i]);
    }
    struct wb_unmet_requirement unmet = {
        .package = package,
        .kind = package->relations[first].kind,
        .text = wb_arena_copy(bom->arena, (const char *)text.data),
    };
    WB_APPEND(bom->unmet, bom->unmet_count, bom->unmet_capacity, unmet);
}

/* ---- groups of alternatives ---- */

static size_t end_of_group(const struct wb_package *package, size_t first)
{
    const struct wb_relation *relations = package->relations;
    size_t end = first + 1;
    while (end < package->relation_count && relations[end].kind == relations[first].kind &&
           relations[end].group == relations[first].group)
        end++;
    return end;
}

/* The first alternative that is installed is the one that counts. */
static bool find_served(struct wb_dependency_pool *pool, size_t index, size_t first, size_t end,
                        struct wb_package_list *served)
{
    for (size_t i = first; i < end; i++) {
        Id id = pool->relations[index][i];
        if (id == 0)
            return true;
        const char *qualifier = pool->packages[index]->relations[i].architecture;
        struct wb_package *to = NULL;
        bool is_met = qualifier == NULL ? wb_dependency_holds(pool, index, id, served)
                                        : wb_dependency_choose(pool, index, id, qualifier, &to);
        if (to != NULL)
            WB_APPEND(served->packages, served->count, served->capacity, to);
        if (is_met)
            return true;
    }
    return false;
}

static void resolve_package(struct wb_dependency_pool *pool, size_t index, struct wb_bom *bom)
{
    struct wb_package *package = pool->packages[index];
    WB_AUTO_VALUE(wb_package_list) served = {0};
    size_t end;
    for (size_t first = 0; first < package->relation_count; first = end) {
        enum wb_relation_kind kind = package->relations[first].kind;
        end = end_of_group(package, first);
        if (kind == WB_RELATION_PROVIDES)
            continue;
        served.count = 0;
        bool is_met = find_served(pool, index, first, end, &served);
        /* After giving up, nothing more is said. */
        if (pool->work_left == 0)
            return;
        add_edges(bom, package, &served, kind);
        if (!is_met && is_demanded(package, kind) && wb_dependency_is_there(package))
            add_unmet(bom, package, first, end);
    }
}

/* ---- findings ---- */

static void report_package(struct wb_bom *bom, size_t first, size_t end)
{
    const struct wb_package *package = bom->unmet[first].package;
    WB_AUTO_VALUE(wb_buffer) list = {0};
    size_t at = first;
    for (; at < end && list.size < MESSAGE_SIZE_MAX; at++)
        wb_buffer_append_format(&list, "%s%s", at > first ? ", " : "", bom->unmet[at].text);
    if (at < end)
        wb_buffer_append_format(&list, " and %zu more", end - at);
    const char *database = package->database >= 0 && (size_t)package->database < bom->database_count
                               ? bom->databases[package->database].path
                               : NULL;
    wb_bom_add_finding(bom, WB_SEVERITY_WARNING, "dependency-unmet", package->span.introduced,
                       database, "package %s needs what is not installed: %s", package->name,
                       (const char *)list.data);
}

static void report_unmet(struct wb_bom *bom, size_t first)
{
    size_t packages = 0, end;
    for (; first < bom->unmet_count; first = end) {
        end = first + 1;
        while (end < bom->unmet_count && bom->unmet[end].package == bom->unmet[first].package)
            end++;
        if (packages++ < NAMED_MAX)
            report_package(bom, first, end);
    }
    if (packages > NAMED_MAX)
        wb_bom_add_finding(bom, WB_SEVERITY_WARNING, "dependency-unmet", -1, NULL,
                           "%zu more packages need what is not installed; the documents say what",
                           packages - NAMED_MAX);
}

static bool resolve_kind(struct wb_bom *bom, const struct wb_rootfs *rootfs,
                         enum wb_package_kind kind, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_dependency_pool) pool = {0};
    size_t unmet = bom->unmet_count;
    if (!wb_dependency_pool_fill(&pool, bom, rootfs, kind, err))
        return false;
    for (size_t i = 0; i < pool.count && pool.work_left > 0; i++)
        resolve_package(&pool, i, bom);
    report_unmet(bom, unmet);
    if (pool.work_left == 0)
        wb_bom_add_finding(bom, WB_SEVERITY_WARNING, "dependencies-incomplete", -1, NULL,
                           "the dependencies of the %s packages are incomplete: so many packages "
                           "provide the same names in so many versions that they were not all "
                           "compared",
                           wb_package_kind_name(kind));
    return true;
}

bool wb_dependencies_resolve(struct wb_bom *bom, const struct wb_rootfs *rootfs,
                             struct wb_error *err)
{
    return resolve_kind(bom, rootfs, WB_PACKAGE_RPM, err) &&
           resolve_kind(bom, rootfs, WB_PACKAGE_DEB, err);
}
