/* SPDX-License-Identifier: Apache-2.0 */
/* Deep checks of the command line program, which has the readers of package databases. */
#include "cli/deep_check.h"
#include "cli/cli.h"

#include <inttypes.h>
#include <string.h>

void wb_deep_result_clear(struct wb_deep_result *result)
{
    wb_outcomes_free(result->outcomes);
    *result = (struct wb_deep_result){0};
}

struct deep_check {
    struct wb_layout *layout;
    struct wb_progress progress;
    struct wb_deep_summary *summary;
    /* What was derived of the image at hand, which may have several SBOMs. */
    struct wb_digest manifest;
    struct wb_image_set *images;
    struct wb_bom *bom;
};

static void forget(struct deep_check *check)
{
    wb_bom_free(WB_STEAL(check->bom));
    wb_image_set_free(WB_STEAL(check->images));
}

/* The packages of the image, from its layers. */
static bool derive(struct deep_check *check, const struct wb_descriptor *manifest,
                   struct wb_error *err)
{
    if (check->bom != NULL && wb_digest_equal(&check->manifest, &manifest->digest))
        return true;
    forget(check);
    struct wb_sbom_options options = {.files = WB_FILES_NONE, .tool_version = WAYBILL_VERSION};
    options.layer.progress = wb_progress_show;
    options.layer.context = &check->progress;
    wb_sbom_layer_options(&options);
    check->images = wb_image_of_layout(check->layout, manifest, &options.layer, err);
    if (check->images == NULL)
        return false;
    check->bom = wb_sbom_generate(wb_image_set_get(check->images, 0), &options, err);
    check->manifest = manifest->digest;
    return check->bom != NULL;
}

static bool compare_packages(void *context, const struct wb_descriptor *manifest,
                             const struct wb_sbom_claims *claims, struct wb_outcomes *outcomes,
                             struct wb_error *err)
{
    struct deep_check *check = context;
    char digest[WB_DIGEST_TEXT_SIZE];
    if (!derive(check, manifest, err)) {
        if (err->status != WB_BAD_INPUT && err->status != WB_CHECK_FAILED)
            return false;
        wb_outcome_add(outcomes, "E-SBOM", wb_digest_format(&manifest->digest, digest),
                       "its packages cannot be read: %s", err->message);
        err->status = WB_CHECK_FAILED;
        return false;
    }
    size_t unreadable = 0;
    for (size_t i = 0; i < check->bom->database_count; i++)
        unreadable += check->bom->databases[i].unreadable_count;
    if (unreadable > 0)
        wb_outcome_add(outcomes, "W-UNSUPPORTED", wb_digest_format(&manifest->digest, digest),
                       "%zu entries of its package databases cannot be read", unreadable);
    wb_deep_packages(check->bom, claims, outcomes, &check->summary->packages);
    return true;
}

/* Runs the check with what compares packages. */
static void begin(struct deep_check *check, struct wb_layout *layout, bool quiet,
                  struct wb_deep_summary *summary)
{
    *check = (struct deep_check){.layout = layout, .summary = summary};
    wb_progress_start(&check->progress, "reading layers", quiet);
}

static bool end(struct deep_check *check, bool good, struct wb_error *err)
{
    wb_progress_end(&check->progress);
    forget(check);
    return good || wb_error_context(err, "deep check");
}

bool wb_deep_check(struct wb_layout *layout, const struct wb_descriptor *target,
                   const struct wb_deep_trust *trust, bool quiet, struct wb_deep_result *result,
                   struct wb_error *err)
{
    struct deep_check check;
    struct wb_deep_summary *summary = &result->summary;
    result->outcomes = wb_outcomes_new();
    begin(&check, layout, quiet, summary);
    bool good =
        trust->demands != NULL
            ? wb_verify_deep(layout, target, trust->demands, compare_packages, &check,
                             result->outcomes, summary, err)
            : wb_verify_deep_by_policy(layout, target, trust->name, trust->policy, trust->now,
                                       compare_packages, &check, result->outcomes, summary, err);
    return end(&check, good, err);
}

bool wb_deep_check_layout(struct wb_layout *layout, const struct wb_policy *policy, int64_t now,
                          bool quiet, struct wb_outcomes *outcomes, struct wb_deep_summary *summary,
                          struct wb_error *err)
{
    struct deep_check check;
    begin(&check, layout, quiet, summary);
    bool good = wb_verify_deep_layout(layout, policy, now, compare_packages, &check, outcomes,
                                      summary, err);
    return end(&check, good, err);
}
