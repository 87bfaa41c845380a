/* SPDX-License-Identifier: Apache-2.0 */
/* From needed files to needed packages, and which of the others a person should look at before they
 * go. */
#include "audit/unneeded_private.h"

#include <stdlib.h>
#include <string.h>

bool needs_owner(const struct needs *needs, const struct wb_package *package)
{
    /* A removed package's configuration has an owner that is in no list. */
    const struct wb_bom *bom = needs->audit->view->bom;
    return package != NULL && package->index < bom->package_count &&
           bom->packages[package->index] == package && needs->packages[package->index];
}

/* ---- dependencies ---- */

/* Where each package's dependencies begin: they are sorted by who needs. */
static size_t *first_dependencies(const struct wb_bom *bom)
{
    size_t *first = wb_allocate_array(bom->package_count + 2, sizeof *first);
    for (size_t i = 0; i < bom->dependency_count; i++)
        first[bom->dependencies[i].from->index + 1]++;
    for (size_t i = 0; i < bom->package_count; i++)
        first[i + 1] += first[i];
    return first;
}

/* Calls `reach` for what each package that it said true for needs, beginning with `from`. */
static void spread(const struct wb_bom *bom, const size_t *first, size_t from,
                   bool (*reach)(void *context, size_t from, size_t to), void *context)
{
    size_t *pending = NULL;
    size_t count = 0, capacity = 0;
    WB_APPEND(pending, count, capacity, from);
    while (count > 0) {
        size_t at = pending[--count];
        for (size_t i = first[at]; i < first[at + 1]; i++) {
            const struct wb_dependency *dependency = &bom->dependencies[i];
            if (!wb_dependency_is_weak(dependency) && reach(context, at, dependency->to->index))
                WB_APPEND(pending, count, capacity, dependency->to->index);
        }
    }
    free(pending);
}

static bool reach_needed(void *context, size_t from, size_t to)
{
    (void)from;
    bool *packages = context;
    bool is_new = !packages[to];
    packages[to] = true;
    return is_new;
}

void needs_dependencies(struct needs *needs)
{
    const struct wb_bom *bom = needs->audit->view->bom;
    size_t *first = first_dependencies(bom);
    bool *roots = wb_allocate_array(bom->package_count + 1, sizeof *roots);
    memcpy(roots, needs->packages, bom->package_count * sizeof *roots);
    for (size_t i = 0; i < bom->package_count; i++)
        if (roots[i])
            spread(bom, first, i, reach_needed, needs->packages);
    free(roots);
    free(first);
}

/* ---- cautions ---- */

struct interpreter {
    const char *program; /* the beginning of its name */
    const char *patterns[5];
};

static const struct interpreter interpreters[] = {
    {"python",
     {"usr/lib/python*/**", "usr/lib64/python*/**", "usr/local/lib/python*/**",
      "usr/share/python-wheels/**"}},
    {"perl",
     {"usr/share/perl*/**", "usr/lib/*/perl*/**", "usr/lib64/perl5/**", "usr/lib/perl5/**"}},
    {"ruby",
     {"usr/lib/ruby/**", "usr/share/ruby/**", "usr/lib/*/ruby/**",
      "usr/share/rubygems-integration/**", "usr/share/gems/**"}},
    {"node",
     {"usr/share/nodejs/**", "usr/lib/nodejs/**", "usr/lib/node_modules/**",
      "usr/share/node_modules/**", "usr/lib/*/nodejs/**"}},
    {"php", {"usr/share/php/**", "usr/lib/php/**", "usr/lib64/php/**"}},
    {"lua", {"usr/share/lua/**", "usr/lib/*/lua/**", "usr/lib64/lua/**"}},
    {"tclsh", {"usr/share/tcltk/**", "usr/lib/tcltk/**", "usr/share/tcl*/**"}},
    {"java", {"usr/share/java/**", "usr/share/maven-repo/**", "usr/lib/jvm/**"}},
};

struct cautions {
    struct needs *needs;
    const char **texts;
};

static void caution(struct cautions *cautions, const struct wb_package *package, const char *text)
{
    const struct wb_bom *bom = cautions->needs->audit->view->bom;
    if (package == NULL || package->index >= bom->package_count ||
        bom->packages[package->index] != package || cautions->needs->packages[package->index])
        return;
    if (cautions->texts[package->index] == NULL)
        cautions->texts[package->index] = text;
}

static void caution_matching(struct cautions *cautions, const char *pattern, const char *text)
{
    const struct wb_audit *audit = cautions->needs->audit;
    for (size_t i = 0; i < audit->file_count; i++)
        if (audit->files[i].owner != NULL &&
            audit->files[i].node->entry->kind != WB_ENTRY_DIRECTORY &&
            wb_audit_path_matches(pattern, audit->files[i].path))
            caution(cautions, audit->files[i].owner, text);
}

static void caution_program(struct cautions *cautions, const char *directory, const char *name,
                            const char *text)
{
    WB_AUTO_STRING path = wb_string_format("%s/%s", directory, name);
    size_t file = needs_find(cautions->needs, path);
    if (file != SIZE_MAX)
        caution(cautions, cautions->needs->audit->files[file].owner, text);
}

static bool runs(const struct needs *needs, const char *program)
{
    const struct wb_audit *audit = needs->audit;
    for (size_t i = 0; i < audit->file_count; i++)
        if (needs->files[i].is_needed && (audit->files[i].node->entry->mode & 0111) != 0 &&
            wb_text_starts_with(audit->files[i].node->name, program))
            return true;
    return false;
}

static bool reach_caution(void *context, size_t from, size_t to)
{
    struct cautions *cautions = context;
    struct needs *needs = cautions->needs;
    if (needs->packages[to] || cautions->texts[to] != NULL)
        return false;
    const struct wb_package *package = needs->audit->view->bom->packages[from];
    cautions->texts[to] = wb_arena_format(needs->audit->report.arena,
                                          "%s needs it, which may have to stay", package->name);
    return true;
}

static void caution_dependencies(struct cautions *cautions)
{
    const struct wb_bom *bom = cautions->needs->audit->view->bom;
    size_t *first = first_dependencies(bom);
    bool *roots = wb_allocate_array(bom->package_count + 1, sizeof *roots);
    for (size_t i = 0; i < bom->package_count; i++)
        roots[i] = cautions->texts[i] != NULL;
    for (size_t i = 0; i < bom->package_count; i++)
        if (roots[i])
            spread(bom, first, i, reach_caution, cautions);
    free(roots);
    free(first);
}

/* What the steps of `waybill harden` run, and whatever a person types to follow them. */
static void caution_tools(struct cautions *cautions)
{
    static const char *const tools[] = {"sh", "chmod", "rm", "cp", "sed", "find"};
    static const char *const managers[] = {"dpkg", "rpm"};
    static const char *const directories[] = {"/usr/bin", "/bin"};
    for (size_t i = 0; i < sizeof directories / sizeof directories[0]; i++) {
        for (size_t j = 0; j < sizeof tools / sizeof tools[0]; j++)
            caution_program(cautions, directories[i], tools[j],
                            "the steps that remove others run it");
        for (size_t j = 0; j < sizeof managers / sizeof managers[0]; j++)
            caution_program(cautions, directories[i], managers[j],
                            "the package manager that removes the others");
    }
}

const char **needs_cautions(struct needs *needs)
{
    const struct wb_bom *bom = needs->audit->view->bom;
    struct cautions cautions = {
        .needs = needs,
        .texts = wb_allocate_array(bom->package_count + 1, sizeof(const char *)),
    };
    for (size_t i = 0; i < bom->package_count; i++) {
        const struct wb_package *package = bom->packages[i];
        if (package->essential)
            caution(&cautions, package,
                    "essential: scripts of other packages use it without saying so");
        else if (package->priority != NULL && strcmp(package->priority, "required") == 0)
            caution(&cautions, package, "its priority is `required`");
    }
    caution_tools(&cautions);
    for (size_t i = 0; i < sizeof interpreters / sizeof interpreters[0]; i++) {
        const struct interpreter *interpreter = &interpreters[i];
        if (!runs(needs, interpreter->program))
            continue;
        const char *text =
            wb_arena_format(needs->audit->report.arena, "a program for %s may load its modules",
                            interpreter->program);
        for (size_t j = 0; j < 5 && interpreter->patterns[j] != NULL; j++)
            caution_matching(&cautions, interpreter->patterns[j], text);
    }
    caution_matching(&cautions, "**/gconv/**", "programs that convert text load it");
    caution_matching(&cautions, "usr/share/zoneinfo/**", "programs that know time zones load it");
    caution_dependencies(&cautions);
    return cautions.texts;
}
