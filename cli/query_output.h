/* SPDX-License-Identifier: Apache-2.0 */
/* What `waybill query` finds, and how it says it. (query_find.c, query_output.c) */
#ifndef WAYBILL_CLI_QUERY_OUTPUT_H
#define WAYBILL_CLI_QUERY_OUTPUT_H

#include "cli/document_sources.h"

enum wb_query_kind {
    WB_QUERY_PACKAGE,
    WB_QUERY_FILE,
    WB_QUERY_LICENCE,
    WB_QUERY_WHY,
    WB_QUERY_LICENCES, /* all of them, each with its packages; has no pattern */
};

struct wb_query {
    enum wb_query_kind kind;
    const char *pattern; /* with `*` and `?`; of WHY a name */
};

/* Write what was found; they return how much that is. */
size_t wb_query_write_text(const struct wb_query *query, const struct wb_bom *bom,
                           struct wb_output *output);
size_t wb_query_write_json(const struct wb_query *query, const struct wb_bom *bom,
                           struct wb_output *output);

/* The same of WB_QUERY_LICENCES. (query_licences.c) */
size_t wb_query_licences_write_text(const struct wb_bom *bom, struct wb_output *output);
size_t wb_query_licences_write_json(const struct wb_bom *bom, struct wb_output *output);
/* One line, in which nothing can rewrite the terminal. */
void wb_query_put_line(struct wb_output *output, const char *line);
/* `"name"`, `"version"`, `"architecture"` and `"purl"` of a package. */
void wb_query_write_identity(struct wb_json_writer *json, const struct wb_package *package);

/* Whether a package answers a question about packages or licences. (query_find.c) */
bool wb_query_takes_package(const struct wb_query *query, const struct wb_package *package);
bool wb_query_takes_file(const struct wb_query *query, const struct wb_file *file);

#endif
