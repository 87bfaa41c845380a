/* SPDX-License-Identifier: Apache-2.0 */
/* Saying what a deep check came to. */
#include "cli/deep_check.h"

#include <stdio.h>

void wb_deep_print_outcomes(const struct wb_deep_result *deep)
{
    const struct wb_outcomes *outcomes = deep->outcomes;
    for (size_t i = 0; i < outcomes->count; i++) {
        const struct wb_outcome *outcome = &outcomes->items[i];
        printf("%s%s%s: %s\n", outcome->code, outcome->object == NULL ? "" : " ",
               outcome->object == NULL ? "" : outcome->object, outcome->message);
    }
}

void wb_deep_print(const struct wb_deep_result *deep)
{
    const struct wb_deep_summary *summary = &deep->summary;
    printf("  what the SBOM says is so: %zu files and %zu packages compared (images %zu, SBOMs "
           "%zu)\n",
           summary->files, summary->packages, summary->images, summary->sboms);
    wb_deep_print_outcomes(deep);
}

void wb_deep_write(struct wb_json_writer *json, const struct wb_deep_result *deep)
{
    const struct {
        const char *name;
        size_t value;
    } counts[] = {
        {"images", deep->summary.images},
        {"sboms", deep->summary.sboms},
        {"files", deep->summary.files},
        {"packages", deep->summary.packages},
    };
    wb_json_key(json, "deep");
    wb_json_begin_object(json);
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        wb_json_key(json, counts[i].name);
        wb_json_integer(json, (int64_t)counts[i].value);
    }
    wb_json_key(json, "outcomes");
    wb_json_begin_array(json);
    for (size_t i = 0; i < deep->outcomes->count; i++) {
        wb_json_begin_object(json);
        wb_json_member(json, "code", deep->outcomes->items[i].code);
        wb_json_member(json, "object", deep->outcomes->items[i].object);
        wb_json_member(json, "message", deep->outcomes->items[i].message);
        wb_json_end_object(json);
    }
    wb_json_end_array(json);
    wb_json_end_object(json);
}
