/* SPDX-License-Identifier: Apache-2.0 */
/* What was found in a document, as text and as JSON. */
#include "cli/query_output.h"

#include <string.h>

#define CHAINS_MAX 20

void wb_query_put_line(struct wb_output *output, const char *line)
{
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    const char *text = wb_utf8_escape_line(arena, line);
    wb_output_write(output, text, strlen(text));
    wb_output_write(output, "\n", 1);
}

/* ---- text ---- */

static void put_package(struct wb_output *output, const struct wb_package *package)
{
    bool installed = package->state == WB_STATE_INSTALLED;
    WB_AUTO_STRING line = wb_string_format(
        "%s %s%s%s%s%s%s%s", package->name, wb_package_full_version(package),
        package->architecture == NULL ? "" : " ",
        package->architecture == NULL ? "" : package->architecture, installed ? "" : " ",
        installed ? "" : wb_package_state_name(package->state),
        package->licence == NULL ? "" : "  ", package->licence == NULL ? "" : package->licence);
    wb_query_put_line(output, line);
}

static void put_file(struct wb_output *output, const struct wb_file *file)
{
    WB_AUTO_VALUE(wb_buffer) line = {0};
    wb_buffer_append_format(&line, "%s  %s", file->path, wb_file_status_name(file->status));
    for (size_t i = 0; i < file->owner_count; i++)
        wb_buffer_append_format(&line, "%s %s %s", i == 0 ? " " : ",", file->owners[i]->name,
                                wb_package_full_version(file->owners[i]));
    wb_query_put_line(output, (const char *)line.data);
}

/* `a -> b (recommends) -> c` */
static void put_chain(struct wb_output *output, const struct wb_dependency_chain *chain)
{
    WB_AUTO_VALUE(wb_buffer) line = {0};
    wb_buffer_append_format(&line, "  %s", chain->root->name);
    for (size_t i = 0; i < chain->count; i++) {
        const struct wb_dependency *step = chain->steps[i];
        const char *kind =
            step->kind == WB_RELATION_DEPENDS ? NULL : wb_relation_kind_name(step->kind);
        wb_buffer_append_format(&line, " -> %s%s%s%s", step->to->name, kind == NULL ? "" : " (",
                                kind == NULL ? "" : kind, kind == NULL ? "" : ")");
    }
    wb_query_put_line(output, (const char *)line.data);
}

static void put_chains(struct wb_output *output, const struct wb_bom *bom,
                       const struct wb_package *package)
{
    const struct wb_dependency_path_options options = {.chain_max = CHAINS_MAX};
    struct wb_dependency_chains chains = {0};
    wb_dependency_path(bom, package, &options, &chains);
    put_package(output, package);
    if (chains.count == 1 && chains.chains[0].count == 0)
        wb_query_put_line(output, "  nothing needs it");
    else
        for (size_t i = 0; i < chains.count; i++)
            put_chain(output, &chains.chains[i]);
    if (chains.left_out > 0) {
        WB_AUTO_STRING more = wb_string_format("  and from %zu more", chains.left_out);
        wb_query_put_line(output, more);
    }
    wb_dependency_chains_clear(&chains);
}

size_t wb_query_write_text(const struct wb_query *query, const struct wb_bom *bom,
                           struct wb_output *output)
{
    size_t found = 0;
    if (query->kind == WB_QUERY_LICENCES)
        return wb_query_licences_write_text(bom, output);
    for (size_t i = 0; i < bom->package_count; i++) {
        if (!wb_query_takes_package(query, bom->packages[i]))
            continue;
        if (query->kind == WB_QUERY_WHY)
            put_chains(output, bom, bom->packages[i]);
        else
            put_package(output, bom->packages[i]);
        found++;
    }
    for (size_t i = 0; i < bom->file_count; i++) {
        if (!wb_query_takes_file(query, bom->files[i]))
            continue;
        put_file(output, bom->files[i]);
        found++;
    }
    return found;
}

/* ---- JSON ---- */

void wb_query_write_identity(struct wb_json_writer *json, const struct wb_package *package)
{
    wb_json_member(json, "name", package->name);
    wb_json_member(json, "version", wb_package_full_version(package));
    wb_json_member(json, "architecture", package->architecture);
    wb_json_member(json, "purl", package->purl);
}

static void write_chain(struct wb_json_writer *json, const struct wb_dependency_chain *chain)
{
    wb_json_begin_array(json);
    wb_json_begin_object(json);
    wb_query_write_identity(json, chain->root);
    wb_json_end_object(json);
    for (size_t i = 0; i < chain->count; i++) {
        wb_json_begin_object(json);
        wb_query_write_identity(json, chain->steps[i]->to);
        wb_json_member(json, "kind", wb_relation_kind_name(chain->steps[i]->kind));
        wb_json_end_object(json);
    }
    wb_json_end_array(json);
}

static void write_chains(struct wb_json_writer *json, const struct wb_bom *bom,
                         const struct wb_package *package)
{
    const struct wb_dependency_path_options options = {.chain_max = CHAINS_MAX};
    struct wb_dependency_chains chains = {0};
    wb_dependency_path(bom, package, &options, &chains);
    wb_json_key(json, "chains");
    wb_json_begin_array(json);
    for (size_t i = 0; i < chains.count; i++)
        write_chain(json, &chains.chains[i]);
    wb_json_end_array(json);
    if (chains.left_out > 0) {
        wb_json_key(json, "chainsLeftOut");
        wb_json_integer(json, (int64_t)chains.left_out);
    }
    wb_dependency_chains_clear(&chains);
}

static size_t write_packages(struct wb_json_writer *json, const struct wb_query *query,
                             const struct wb_bom *bom)
{
    size_t found = 0;
    wb_json_key(json, "packages");
    wb_json_begin_array(json);
    for (size_t i = 0; i < bom->package_count; i++) {
        const struct wb_package *package = bom->packages[i];
        if (!wb_query_takes_package(query, package))
            continue;
        wb_json_begin_object(json);
        wb_query_write_identity(json, package);
        wb_json_member(json, "state", wb_package_state_name(package->state));
        wb_json_member(json, "licence", package->licence);
        if (query->kind == WB_QUERY_WHY)
            write_chains(json, bom, package);
        wb_json_end_object(json);
        found++;
    }
    wb_json_end_array(json);
    return found;
}

static size_t write_files(struct wb_json_writer *json, const struct wb_query *query,
                          const struct wb_bom *bom)
{
    size_t found = 0;
    wb_json_key(json, "files");
    wb_json_begin_array(json);
    for (size_t i = 0; i < bom->file_count; i++) {
        const struct wb_file *file = bom->files[i];
        if (!wb_query_takes_file(query, file))
            continue;
        wb_json_begin_object(json);
        wb_json_member(json, "path", file->path);
        wb_json_member(json, "status", wb_file_status_name(file->status));
        wb_json_key(json, "packages");
        wb_json_begin_array(json);
        for (size_t k = 0; k < file->owner_count; k++) {
            wb_json_begin_object(json);
            wb_query_write_identity(json, file->owners[k]);
            wb_json_end_object(json);
        }
        wb_json_end_array(json);
        wb_json_end_object(json);
        found++;
    }
    wb_json_end_array(json);
    return found;
}

size_t wb_query_write_json(const struct wb_query *query, const struct wb_bom *bom,
                           struct wb_output *output)
{
    if (query->kind == WB_QUERY_LICENCES)
        return wb_query_licences_write_json(bom, output);
    WB_AUTO(wb_json_writer) *json = wb_json_writer_new(output);
    wb_json_begin_object(json);
    size_t found = query->kind == WB_QUERY_FILE ? write_files(json, query, bom)
                                                : write_packages(json, query, bom);
    wb_json_end_object(json);
    wb_json_finish(json);
    return found;
}
