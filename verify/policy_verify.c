/* SPDX-License-Identifier: Apache-2.0 */
/* One image of a plain layout: what the policy wants of it, and every blob below it. */
#include "verify/policy_private.h"
#include "verify/reached.h"

/* What is not there is told from what is there and is not what it should be. */
static bool check_presence(struct wb_layout *layout, const struct wb_reached *reached,
                           struct wb_outcomes *outcomes)
{
    bool all = true;
    char text[WB_DIGEST_TEXT_SIZE];
    for (size_t i = 0; i < reached->count; i++) {
        const struct wb_reached_blob *blob = &reached->blobs[i];
        if (wb_layout_has_blob(layout, &blob->digest))
            continue;
        all = false;
        wb_outcome_add(outcomes, "E-MISSING-BLOB", wb_digest_format(&blob->digest, text),
                       "the %s is not in the layout", blob->role);
    }
    return all;
}

static void check_blobs(struct wb_layout *layout, const struct wb_descriptor *image,
                        const char *object, struct wb_image_verdict *verdict,
                        struct wb_outcomes *outcomes)
{
    WB_AUTO_VALUE(wb_reached) reached = {0};
    WB_AUTO(wb_verify_report) *counts = wb_verify_report_new();
    struct wb_error failure = WB_ERROR_INIT;
    if (!wb_reach(layout, &image->digest, image->size, &reached, &failure))
        wb_outcome_add(outcomes, reached.code == NULL ? "E-DIGEST" : reached.code, object, "%s",
                       failure.message);
    else if (check_presence(layout, &reached, outcomes) &&
             !wb_verify_blobs(layout, image, counts, &failure))
        wb_outcome_add(outcomes, "E-DIGEST", object, "%s", failure.message);
    verdict->blobs = counts->blobs_checked;
    verdict->bytes = counts->bytes_checked;
}

void wb_policy_verify_image(const struct wb_policy *policy, struct wb_layout *layout,
                            const struct wb_descriptor *image, const char *name,
                            bool signature_only, int64_t now, struct wb_image_verdict *verdict,
                            struct wb_outcomes *outcomes)
{
    char text[WB_DIGEST_TEXT_SIZE];
    wb_policy_check_image(policy, layout, image, name, NULL, now, verdict, outcomes);
    size_t before = outcomes->failures;
    if (!signature_only)
        check_blobs(layout, image, name == NULL ? wb_digest_format(&image->digest, text) : name,
                    verdict, outcomes);
    verdict->failures += outcomes->failures - before;
}
