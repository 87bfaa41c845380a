/* SPDX-License-Identifier: Apache-2.0 */
/* How `waybill diff` says what two documents differ in. (diff_output.c, diff_markdown.c) */
#ifndef WAYBILL_CLI_DIFF_OUTPUT_H
#define WAYBILL_CLI_DIFF_OUTPUT_H

#include "sbom/difference.h"

struct wb_diff_report {
    const struct wb_bom *old, *new;
    const struct wb_difference *difference;
};

void wb_diff_write_text(const struct wb_diff_report *report, struct wb_output *output);
void wb_diff_write_json(const struct wb_diff_report *report, struct wb_output *output);
/* A piece of a release note. (diff_markdown.c) */
void wb_diff_write_markdown(const struct wb_diff_report *report, struct wb_output *output);

/* "upgraded" */
const char *wb_diff_change_name(enum wb_package_change_kind kind);
/* Number of changes of a kind; their first is *at. */
size_t wb_diff_count(const struct wb_difference *difference, enum wb_package_change_kind kind,
                     size_t *at);

#endif
