/* SPDX-License-Identifier: Apache-2.0 */
/* What two documents differ in, as text and as JSON. */
#include "cli/diff_output.h"

#include <string.h>

static const char *const names[] = {
    [WB_CHANGE_ADDED] = "added",       [WB_CHANGE_REMOVED] = "removed",
    [WB_CHANGE_UPGRADED] = "upgraded", [WB_CHANGE_DOWNGRADED] = "downgraded",
    [WB_CHANGE_REBUILT] = "changed",
};
#define NAME_COUNT (sizeof names / sizeof names[0])

const char *wb_diff_change_name(enum wb_package_change_kind kind)
{
    return names[kind];
}

size_t wb_diff_count(const struct wb_difference *difference, enum wb_package_change_kind kind,
                     size_t *at)
{
    size_t count = 0;
    for (size_t i = difference->package_count; i > 0; i--)
        if (difference->packages[i - 1].kind == kind) {
            *at = i - 1;
            count++;
        }
    return count;
}

/* ---- text ---- */

static void put(struct wb_output *output, const char *text)
{
    wb_output_write(output, text, strlen(text));
}

static void put_line(struct wb_output *output, const char *line)
{
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    put(output, wb_utf8_escape_line(arena, line));
    put(output, "\n");
}

static char *architecture_of(const struct wb_package *package)
{
    return wb_string_format("%s%s", package->architecture == NULL ? "" : " ",
                            package->architecture == NULL ? "" : package->architecture);
}

static void put_package(struct wb_output *output, const struct wb_package_change *change)
{
    const struct wb_package *any = change->new != NULL ? change->new : change->old;
    WB_AUTO_STRING old = change->old == NULL ? NULL : architecture_of(change->old);
    WB_AUTO_STRING new = change->new == NULL ? NULL : architecture_of(change->new);
    WB_AUTO_STRING line = NULL;
    if (change->old == NULL || change->new == NULL)
        line = wb_string_format("  %-10s %s %s%s", names[change->kind], any->name,
                                wb_package_full_version(any), old != NULL ? old : new);
    else if (strcmp(old, new) == 0)
        line = wb_string_format("  %-10s %s %s -> %s%s", names[change->kind], any->name,
                                wb_package_full_version(change->old),
                                wb_package_full_version(change->new), new);
    else
        line = wb_string_format("  %-10s %s %s%s -> %s%s", names[change->kind], any->name,
                                wb_package_full_version(change->old), old,
                                wb_package_full_version(change->new), new);
    put_line(output, line);
}

void wb_diff_write_text(const struct wb_diff_report *report, struct wb_output *output)
{
    const struct wb_difference *difference = report->difference;
    if (wb_difference_is_empty(difference))
        put(output, "no differences\n");
    if (difference->package_count > 0)
        put(output, "packages\n");
    for (size_t i = 0; i < difference->package_count; i++)
        put_package(output, &difference->packages[i]);
    if (difference->licence_count > 0)
        put(output, "licences\n");
    for (size_t i = 0; i < difference->licence_count; i++) {
        const struct wb_licence_change *change = &difference->licences[i];
        WB_AUTO_STRING line = wb_string_format("  %s: %s -> %s", change->new->name,
                                               change->from == NULL ? "(none)" : change->from,
                                               change->to == NULL ? "(none)" : change->to);
        put_line(output, line);
    }
    if (difference->file_count > 0)
        put(output, "files\n");
    for (size_t i = 0; i < difference->file_count; i++) {
        const struct wb_file_change *change = &difference->files[i];
        WB_AUTO_STRING line =
            wb_string_format("  %-10s %s", names[change->kind],
                             change->new != NULL ? change->new->path : change->old->path);
        put_line(output, line);
    }
}

/* ---- JSON ---- */

static void write_document(struct wb_json_writer *json, const char *key, const struct wb_bom *bom)
{
    wb_json_key(json, key);
    wb_json_begin_object(json);
    wb_json_member(json, "name", bom->source_name);
    wb_json_member(json, "version", bom->source_version);
    wb_json_member(json, "digest", bom->image->manifest_digest);
    wb_json_end_object(json);
}

static void write_package(struct wb_json_writer *json, const char *key,
                          const struct wb_package *package)
{
    if (package == NULL)
        return;
    wb_json_key(json, key);
    wb_json_begin_object(json);
    wb_json_member(json, "version", wb_package_full_version(package));
    wb_json_member(json, "architecture", package->architecture);
    wb_json_member(json, "purl", package->purl);
    wb_json_end_object(json);
}

static void write_packages(struct wb_json_writer *json, const struct wb_difference *difference)
{
    wb_json_key(json, "packages");
    wb_json_begin_object(json);
    for (size_t kind = 0; kind < NAME_COUNT; kind++) {
        wb_json_key(json, names[kind]);
        wb_json_begin_array(json);
        for (size_t i = 0; i < difference->package_count; i++) {
            const struct wb_package_change *change = &difference->packages[i];
            if (change->kind != (enum wb_package_change_kind)kind)
                continue;
            wb_json_begin_object(json);
            wb_json_member(json, "name",
                           change->new != NULL ? change->new->name : change->old->name);
            write_package(json, "from", change->old);
            write_package(json, "to", change->new);
            wb_json_end_object(json);
        }
        wb_json_end_array(json);
    }
    wb_json_end_object(json);
}

static void write_licences(struct wb_json_writer *json, const struct wb_difference *difference)
{
    wb_json_key(json, "licences");
    wb_json_begin_array(json);
    for (size_t i = 0; i < difference->licence_count; i++) {
        const struct wb_licence_change *change = &difference->licences[i];
        wb_json_begin_object(json);
        wb_json_member(json, "name", change->new->name);
        wb_json_member(json, "architecture", change->new->architecture);
        wb_json_member(json, "from", change->from);
        wb_json_member(json, "to", change->to);
        wb_json_end_object(json);
    }
    wb_json_end_array(json);
}

static void write_files(struct wb_json_writer *json, const struct wb_difference *difference)
{
    static const enum wb_package_change_kind kinds[] = {WB_CHANGE_ADDED, WB_CHANGE_REMOVED,
                                                        WB_CHANGE_REBUILT};
    wb_json_key(json, "files");
    if (!difference->files_compared) {
        wb_json_string(json, NULL);
        return;
    }
    wb_json_begin_object(json);
    for (size_t kind = 0; kind < 3; kind++) {
        wb_json_key(json, names[kinds[kind]]);
        wb_json_begin_array(json);
        for (size_t i = 0; i < difference->file_count; i++) {
            const struct wb_file_change *change = &difference->files[i];
            if (change->kind == kinds[kind])
                wb_json_string(json, change->new != NULL ? change->new->path : change->old->path);
        }
        wb_json_end_array(json);
    }
    wb_json_key(json, "ofChangedPackages");
    wb_json_integer(json, (int64_t)difference->explained_files);
    wb_json_end_object(json);
}

void wb_diff_write_json(const struct wb_diff_report *report, struct wb_output *output)
{
    WB_AUTO(wb_json_writer) *json = wb_json_writer_new(output);
    wb_json_begin_object(json);
    write_document(json, "old", report->old);
    write_document(json, "new", report->new);
    write_packages(json, report->difference);
    write_licences(json, report->difference);
    write_files(json, report->difference);
    wb_json_end_object(json);
    wb_json_finish(json);
}
