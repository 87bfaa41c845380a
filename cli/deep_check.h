/* SPDX-License-Identifier: Apache-2.0 */
/* `--deep`: attested SBOMs against the layers of their image, and against the packages that are
 * derived from these once more. */
#ifndef WAYBILL_CLI_DEEP_CHECK_H
#define WAYBILL_CLI_DEEP_CHECK_H

#include "sbom/sbom.h"
#include "verify/verify.h"

/* What came of it. */
struct wb_deep_result {
    struct wb_outcomes *outcomes;
    struct wb_deep_summary summary;
};
void wb_deep_result_clear(struct wb_deep_result *result);

/* By whose word SBOMs are believed: the demands, or, without them, the policy's rule for the name.
 */
struct wb_deep_trust {
    const struct wb_verify_demands *demands; /* NULL: the policy */
    const struct wb_policy *policy;
    const char *name; /* of the image; NULL */
    int64_t now;
};
/* Every image of the target. As wb_verify_deep; the outcomes also name packages that are missing,
 * added or changed. (deep_check.c) */
bool wb_deep_check(struct wb_layout *layout, const struct wb_descriptor *target,
                   const struct wb_deep_trust *trust, bool quiet, struct wb_deep_result *result,
                   struct wb_error *err) WB_MUST_CHECK;
/* The same for every image that a layout or delivery lists, by the policy. */
bool wb_deep_check_layout(struct wb_layout *layout, const struct wb_policy *policy, int64_t now,
                          bool quiet, struct wb_outcomes *outcomes, struct wb_deep_summary *summary,
                          struct wb_error *err) WB_MUST_CHECK;

/* What was compared and, as warnings, what was not; the outcomes alone; both as the member `deep`.
 * (deep_output.c) */
void wb_deep_print(const struct wb_deep_result *deep);
void wb_deep_print_outcomes(const struct wb_deep_result *deep);
void wb_deep_write(struct wb_json_writer *json, const struct wb_deep_result *deep);

/* Compares deb and rpm packages, and counts those that were. (deep_packages.c) */
void wb_deep_packages(const struct wb_bom *bom, const struct wb_sbom_claims *claims,
                      struct wb_outcomes *outcomes, size_t *compared);

#endif
