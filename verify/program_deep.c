/* SPDX-License-Identifier: Apache-2.0 */
/* `waybill-verify --deep`: what the SBOMs say against what the layers hold. */
#include "verify/program.h"

#include <stdio.h>

void wb_program_print_outcomes(const struct wb_outcomes *outcomes)
{
    for (size_t i = 0; i < outcomes->count; i++) {
        const struct wb_outcome *outcome = &outcomes->items[i];
        printf("%s%s%s: %s\n", outcome->code, outcome->object == NULL ? "" : " ",
               outcome->object == NULL ? "" : outcome->object, outcome->message);
    }
}

bool wb_program_deep(struct wb_layout *layout, const struct wb_verify_demands *demands,
                     struct wb_error *err)
{
    struct wb_deep_summary summary = {0};
    WB_AUTO(wb_outcomes) *outcomes = wb_outcomes_new();
    bool good = wb_verify_deep_layout(layout, demands, outcomes, &summary, err);
    wb_program_print_outcomes(outcomes);
    if (good)
        printf("deep check: %zu %s read again, %zu %s compared, %zu %s as the SBOMs say\n",
               summary.images, summary.images == 1 ? "image" : "images", summary.sboms,
               summary.sboms == 1 ? "SBOM" : "SBOMs", summary.files,
               summary.files == 1 ? "file is" : "files are");
    return good || wb_error_context(err, "deep check");
}
