/* SPDX-License-Identifier: Apache-2.0 */
/* Which licences there are in a document, each with its packages. */
#include "cli/query_output.h"
#include "sbom/licence_summary.h"

#include <stdlib.h>
#include <string.h>

/* What a reference stands for. */
static const struct wb_licence_text *find_text(const struct wb_bom *bom, const char *licence)
{
    for (size_t i = 0; i < bom->licence_text_count; i++)
        if (strcmp(bom->licence_texts[i].id, licence) == 0)
            return &bom->licence_texts[i];
    return NULL;
}

static void put_packages(struct wb_output *output, const char *licence,
                         const struct wb_package *const *packages, size_t count)
{
    WB_AUTO_VALUE(wb_buffer) line = {0};
    wb_buffer_append_format(&line, "%s  %zu package%s:", licence, count, count == 1 ? "" : "s");
    for (size_t i = 0; i < count; i++)
        wb_buffer_append_format(&line, "%s %s", i == 0 ? "" : ",", packages[i]->name);
    wb_query_put_line(output, (const char *)line.data);
}

size_t wb_query_licences_write_text(const struct wb_bom *bom, struct wb_output *output)
{
    struct wb_licence_summary summary = {0};
    wb_licence_summary_make(bom, &summary);
    for (size_t i = 0; i < summary.count; i++)
        put_packages(output, summary.uses[i]->licence, summary.uses[i]->packages,
                     summary.uses[i]->count);
    if (summary.unstated_count > 0)
        put_packages(output, "not stated", summary.unstated, summary.unstated_count);
    size_t found = summary.count + summary.unstated_count;
    wb_licence_summary_clear(&summary);
    return found;
}

static void write_packages(struct wb_json_writer *json, const char *key,
                           const struct wb_package *const *packages, size_t count)
{
    wb_json_key(json, key);
    wb_json_begin_array(json);
    for (size_t i = 0; i < count; i++) {
        wb_json_begin_object(json);
        wb_query_write_identity(json, packages[i]);
        wb_json_end_object(json);
    }
    wb_json_end_array(json);
}

size_t wb_query_licences_write_json(const struct wb_bom *bom, struct wb_output *output)
{
    WB_AUTO(wb_json_writer) *json = wb_json_writer_new(output);
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    struct wb_licence_summary summary = {0};
    wb_licence_summary_make(bom, &summary);
    wb_json_begin_object(json);
    wb_json_member(json, "expression", wb_licence_summary_expression(bom, arena));
    wb_json_key(json, "licences");
    wb_json_begin_array(json);
    for (size_t i = 0; i < summary.count; i++) {
        const struct wb_licence_use *use = summary.uses[i];
        const struct wb_licence_text *text = find_text(bom, use->licence);
        wb_json_begin_object(json);
        wb_json_member(json, "licence", use->licence);
        wb_json_member(json, "name", text == NULL ? NULL : text->name);
        write_packages(json, "packages", use->packages, use->count);
        wb_json_end_object(json);
    }
    wb_json_end_array(json);
    write_packages(json, "notStated", summary.unstated, summary.unstated_count);
    wb_json_end_object(json);
    wb_json_finish(json);
    size_t found = summary.count + summary.unstated_count;
    wb_licence_summary_clear(&summary);
    return found;
}
