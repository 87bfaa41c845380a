/* SPDX-License-Identifier: Apache-2.0 */
/* Packages that nothing the image runs needs, and in which order they can go. */
#include "audit/unneeded_private.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- what must stay ---- */

static bool keep_package(struct needs *needs, const char *name)
{
    const struct wb_bom *bom = needs->audit->view->bom;
    bool found = false;
    for (size_t i = 0; i < bom->package_count; i++)
        if (strcmp(bom->packages[i]->name, name) == 0)
            found = needs->packages[i] = true;
    return found;
}

static bool keep_path(struct needs *needs, const char *path)
{
    size_t file = needs_find(needs, path);
    if (file == SIZE_MAX)
        return false;
    const struct wb_audit *audit = needs->audit;
    if (audit->files[file].node->entry->kind != WB_ENTRY_DIRECTORY)
        return needs_path(needs, path, NULL);
    const char *directory = audit->files[file].path;
    size_t size = strlen(directory);
    for (size_t i = 0; i < audit->file_count; i++)
        if (strncmp(audit->files[i].path, directory, size) == 0 &&
            (size == 0 || audit->files[i].path[size] == '/') &&
            audit->files[i].node->entry->kind != WB_ENTRY_DIRECTORY)
            needs_file(needs, i, NULL);
    return true;
}

static bool keep_all(struct needs *needs, const char **reason)
{
    const struct wb_audit_options *options = needs->audit->options;
    for (size_t i = 0; i < options->keep_count; i++) {
        const char *kept = options->keep[i];
        if (kept[0] == '/' ? keep_path(needs, kept) : keep_package(needs, kept))
            continue;
        *reason =
            wb_arena_format(needs->arena, "%s, which is to be kept, is not in the image", kept);
        return false;
    }
    return true;
}

/* Programs that no package brought are what the image was made for. Those of package databases run
 * only when packages change. */
static void keep_unowned(struct needs *needs)
{
    const struct wb_audit *audit = needs->audit;
    for (size_t i = 0; i < audit->file_count; i++)
        if (audit->files[i].owner == NULL &&
            !wb_text_starts_with(audit->files[i].path, "var/lib/dpkg/") &&
            !wb_text_starts_with(audit->files[i].path, "var/lib/rpm/") &&
            needs_executable(needs, i) != NULL)
            needs_file(needs, i, NULL);
}

static bool find_needs(struct needs *needs, const char **reason)
{
    const struct wb_image_settings *settings = &needs->audit->view->bom->image->settings;
    bool is_stated = settings->entry_point.count + settings->command.count > 0;
    /* A root file system says nothing of itself; what is to be kept does then. */
    bool has_root = needs->audit->options->keep_count > 0 && !is_stated;
    if ((!has_root && !needs_entry_point(needs, reason)) || !keep_all(needs, reason))
        return false;
    keep_unowned(needs);
    needs_environment_files(needs);
    needs_data(needs);
    if (needs->supervisor != NULL && needs->audit->options->keep_count == 0)
        *reason = wb_arena_format(
            needs->arena, "it runs %s, whose configuration says what else runs", needs->supervisor);
    else if (needs->steps == 0)
        *reason = "its symlinks and libraries take too long to follow";
    else if (needs->unread != NULL)
        *reason = wb_arena_format(needs->arena, "what /%s needs could not be read", needs->unread);
    return *reason == NULL;
}

/* ---- the order ---- */

struct ordering {
    const struct wb_bom *bom;
    const struct needs *needs;
    const char **cautions;
    size_t *dependents;  /* by package: how many unneeded ones that are not listed yet need it */
    size_t *needed_from; /* by package: where its dependencies begin */
    bool *listed;
    size_t *ready;
    size_t ready_count, ready_capacity;
};

static bool is_between_unneeded(const struct ordering *ordering,
                                const struct wb_dependency *dependency)
{
    return !wb_dependency_is_weak(dependency) &&
           !ordering->needs->packages[dependency->from->index] &&
           !ordering->needs->packages[dependency->to->index];
}

static void list_package(struct ordering *ordering, struct wb_audit_report *report, size_t index)
{
    const struct wb_bom *bom = ordering->bom;
    ordering->listed[index] = true;
    struct wb_unneeded_package unneeded = {
        .package = bom->packages[index],
        .installed_size = bom->packages[index]->installed_size,
        .order = (unsigned)report->unneeded_count,
        .caution = ordering->cautions[index],
    };
    WB_APPEND(report->unneeded, report->unneeded_count, report->unneeded_capacity, unneeded);
    for (size_t i = ordering->needed_from[index];
         i < bom->dependency_count && bom->dependencies[i].from->index == index; i++) {
        const struct wb_dependency *dependency = &bom->dependencies[i];
        size_t to = dependency->to->index;
        if (is_between_unneeded(ordering, dependency) && --ordering->dependents[to] == 0 &&
            !ordering->listed[to])
            WB_APPEND(ordering->ready, ordering->ready_count, ordering->ready_capacity, to);
    }
}

static bool is_of_round(const struct ordering *ordering, size_t index, bool with_caution)
{
    return !ordering->needs->packages[index] && !ordering->listed[index] &&
           (ordering->cautions[index] != NULL) == with_caution;
}

/* First those without caution: what they need may have one, but not the other way round. Of a
 * circle the first goes first. */
static void list_round(struct ordering *ordering, struct wb_audit_report *report, bool with_caution)
{
    const struct wb_bom *bom = ordering->bom;
    ordering->ready_count = 0;
    for (size_t i = 0; i < bom->package_count; i++)
        if (is_of_round(ordering, i, with_caution) && ordering->dependents[i] == 0)
            WB_APPEND(ordering->ready, ordering->ready_count, ordering->ready_capacity, i);
    size_t next_ready = 0;
    for (size_t next = 0; next < bom->package_count;) {
        if (next_ready < ordering->ready_count) {
            size_t index = ordering->ready[next_ready++];
            if (is_of_round(ordering, index, with_caution))
                list_package(ordering, report, index);
        } else if (is_of_round(ordering, next, with_caution)) {
            list_package(ordering, report, next++);
        } else {
            next++;
        }
    }
}

static void list_unneeded(struct needs *needs)
{
    const struct wb_bom *bom = needs->audit->view->bom;
    struct ordering ordering = {.bom = bom, .needs = needs, .cautions = needs_cautions(needs)};
    ordering.dependents = wb_allocate_array(bom->package_count + 1, sizeof *ordering.dependents);
    ordering.needed_from = wb_allocate_array(bom->package_count + 1, sizeof *ordering.needed_from);
    ordering.listed = wb_allocate_array(bom->package_count + 1, sizeof *ordering.listed);
    for (size_t i = bom->dependency_count; i > 0; i--) {
        const struct wb_dependency *dependency = &bom->dependencies[i - 1];
        ordering.needed_from[dependency->from->index] = i - 1;
        if (is_between_unneeded(&ordering, dependency))
            ordering.dependents[dependency->to->index]++;
    }
    list_round(&ordering, &needs->audit->report, false);
    list_round(&ordering, &needs->audit->report, true);
    free(ordering.cautions);
    free(ordering.dependents);
    free(ordering.needed_from);
    free(ordering.listed);
    free(ordering.ready);
}

/* ---- findings ---- */

static void add_finding(struct wb_audit *audit, const struct wb_audit_check *check,
                        const struct wb_unneeded_package *unneeded)
{
    const struct wb_package *package = unneeded->package;
    WB_AUTO_STRING size =
        unneeded->installed_size < 0
            ? wb_string_copy("")
            : wb_string_format("; %" PRId64 " KiB", (unneeded->installed_size + 1023) / 1024);
    struct wb_audit_finding *finding =
        wb_audit_add_finding(audit, check, NULL, "nothing that the image runs needs %s%s%s%s",
                             package->name, size, unneeded->caution == NULL ? "" : "; look first: ",
                             unneeded->caution == NULL ? "" : unneeded->caution);
    finding->package = package->name;
    finding->layer = package->span.introduced;
    if (unneeded->caution != NULL)
        finding->severity = WB_AUDIT_INFORMATION;
    /* Not over the size, which changes with every version. */
    finding->fingerprint =
        wb_arena_format(audit->report.arena, "%s:%s", package->name,
                        package->architecture == NULL ? "" : package->architecture);
}

enum wb_audit_state wb_audit_find_unneeded(struct wb_audit *audit,
                                           const struct wb_audit_check *check)
{
    if (audit->view->bom->package_count == 0)
        return WB_AUDIT_NOT_APPLICABLE;
    WB_AUTO(needs) *needs = needs_new(audit);
    const char *reason = NULL;
    if (!find_needs(needs, &reason))
        return wb_audit_inconclusive(audit, "%s (--keep names what must stay)", reason);
    if (needs->unresolved != NULL)
        wb_audit_note(audit, "%zu libraries or interpreters are not in the image, the first %s",
                      needs->unresolved_count, needs->unresolved);
    list_unneeded(needs);
    for (size_t i = 0; i < audit->report.unneeded_count; i++)
        add_finding(audit, check, &audit->report.unneeded[i]);
    return wb_audit_outcome(audit);
}
