/* SPDX-License-Identifier: Apache-2.0 */
/* What two documents differ in, as a piece of a release note in Markdown. */
#include "cli/diff_output.h"

#include <string.h>

static void put(struct wb_output *output, const char *text)
{
    wb_output_write(output, text, strlen(text));
}

/* What documents say is text: nothing in it is markup, ends its line, or its cell of a table. */
static void put_text(struct wb_output *output, const char *text)
{
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    for (const char *at = wb_utf8_escape_line(arena, text); *at != '\0'; at++) {
        if (strchr("\\`*_{}[]()<>#!|~&", *at) != NULL)
            put(output, "\\");
        wb_output_write(output, at, 1);
    }
}

static void put_cell(struct wb_output *output, const char *text)
{
    put(output, " ");
    put_text(output, text == NULL ? "" : text);
    put(output, " |");
}

static void put_row_head(struct wb_output *output, const struct wb_package *package)
{
    put(output, "|");
    put_cell(output, package->name);
}

/* ---- packages ---- */

static void put_one_sided(struct wb_output *output, const struct wb_difference *difference,
                          enum wb_package_change_kind kind)
{
    put(output, "| Package | Version | Architecture | Licence |\n| --- | --- | --- | --- |\n");
    for (size_t i = 0; i < difference->package_count; i++) {
        const struct wb_package_change *change = &difference->packages[i];
        if (change->kind != kind)
            continue;
        const struct wb_package *package = change->new != NULL ? change->new : change->old;
        put_row_head(output, package);
        put_cell(output, wb_package_full_version(package));
        put_cell(output, package->architecture);
        put_cell(output, package->licence);
        put(output, "\n");
    }
}

static void put_two_sided(struct wb_output *output, const struct wb_difference *difference,
                          enum wb_package_change_kind kind)
{
    put(output, "| Package | From | To | Architecture |\n| --- | --- | --- | --- |\n");
    for (size_t i = 0; i < difference->package_count; i++) {
        const struct wb_package_change *change = &difference->packages[i];
        if (change->kind != kind)
            continue;
        put_row_head(output, change->new);
        put_cell(output, wb_package_full_version(change->old));
        put_cell(output, wb_package_full_version(change->new));
        put_cell(output, change->new->architecture);
        put(output, "\n");
    }
}

static void put_packages(struct wb_output *output, const struct wb_difference *difference)
{
    static const struct {
        enum wb_package_change_kind kind;
        const char *title;
    } sections[] = {
        {WB_CHANGE_ADDED, "Added packages"},        {WB_CHANGE_REMOVED, "Removed packages"},
        {WB_CHANGE_UPGRADED, "Upgraded packages"},  {WB_CHANGE_DOWNGRADED, "Downgraded packages"},
        {WB_CHANGE_REBUILT, "Packages built anew"},
    };
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++) {
        size_t first;
        if (wb_diff_count(difference, sections[i].kind, &first) == 0)
            continue;
        WB_AUTO_STRING title = wb_string_format("\n### %s\n\n", sections[i].title);
        put(output, title);
        if (sections[i].kind == WB_CHANGE_ADDED || sections[i].kind == WB_CHANGE_REMOVED)
            put_one_sided(output, difference, sections[i].kind);
        else
            put_two_sided(output, difference, sections[i].kind);
    }
}

/* ---- all ---- */

static void put_licences(struct wb_output *output, const struct wb_difference *difference)
{
    if (difference->licence_count == 0)
        return;
    put(output, "\n### Changed licences\n\n| Package | From | To |\n| --- | --- | --- |\n");
    for (size_t i = 0; i < difference->licence_count; i++) {
        const struct wb_licence_change *change = &difference->licences[i];
        put_row_head(output, change->new);
        put_cell(output, change->from);
        put_cell(output, change->to);
        put(output, "\n");
    }
}

static void put_files(struct wb_output *output, const struct wb_difference *difference)
{
    if (difference->file_count == 0)
        return;
    put(output, "\n### Files\n\n");
    for (size_t i = 0; i < difference->file_count; i++) {
        const struct wb_file_change *change = &difference->files[i];
        put(output, "- ");
        put(output, wb_diff_change_name(change->kind));
        put(output, ": ");
        put_text(output, change->new != NULL ? change->new->path : change->old->path);
        put(output, "\n");
    }
}

static void put_name(struct wb_output *output, const struct wb_bom *bom)
{
    put_text(output, bom->source_name);
    if (bom->source_version != NULL) {
        put(output, " ");
        put_text(output, bom->source_version);
    }
}

void wb_diff_write_markdown(const struct wb_diff_report *report, struct wb_output *output)
{
    put(output, "## Changes from ");
    put_name(output, report->old);
    put(output, " to ");
    put_name(output, report->new);
    put(output, "\n");
    if (wb_difference_is_empty(report->difference))
        put(output, "\nNone.\n");
    put_packages(output, report->difference);
    put_licences(output, report->difference);
    put_files(output, report->difference);
}
