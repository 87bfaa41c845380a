/* SPDX-License-Identifier: Apache-2.0 */
/* The SBOMs of every image in a layout. */
#include "verify/deep_private.h"

bool wb_verify_deep_layout(struct wb_layout *layout, const struct wb_verify_demands *demands,
                           struct wb_outcomes *outcomes, struct wb_deep_summary *summary,
                           struct wb_error *err)
{
    size_t count;
    unsigned budget = WB_LAYOUT_LOOKS_MAX;
    const struct wb_descriptor *entries = wb_layout_entries(layout, &count);
    bool good = true;
    for (size_t i = 0; i < count; i++) {
        bool image, seen = false;
        for (size_t j = 0; j < i && !seen; j++)
            seen = wb_digest_equal(&entries[i].digest, &entries[j].digest);
        if (seen)
            continue;
        struct wb_error failure = WB_ERROR_INIT;
        if (wb_entry_is_image(layout, &entries[i], &budget, &image, &failure) &&
            (!image ||
             wb_verify_deep(layout, &entries[i], demands, NULL, NULL, outcomes, summary, &failure)))
            continue;
        good = false;
        *err = failure;
        if (failure.status != WB_CHECK_FAILED)
            return false;
    }
    return good;
}
