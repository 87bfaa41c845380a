/* SPDX-License-Identifier: Apache-2.0 */
/* The SBOMs that a policy lets one believe: those of the rule's attestations of that type, by their
 * signers; where the rule has none, any by those who must sign the image. */
#include "verify/deep_private.h"
#include "verify/policy_private.h"

struct trust {
    const struct wb_policy *policy;
    const struct wb_policy_rule *rule; /* NULL: none is about the image */
    int64_t now;
};

/* Adds to the report what these signers attested and still stands. */
static bool find_signed(const struct wb_deep_work *check, const struct wb_descriptor *manifest,
                        const struct wb_policy_signers *signers,
                        const struct wb_policy_attestation *attestation,
                        struct wb_verify_report *report, struct wb_error *err)
{
    const struct trust *trust = check->trust;
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    struct wb_verify_demands *demands =
        wb_policy_demands(trust->policy, signers, trust->now, arena);
    demands->predicate_type = attestation == NULL ? NULL : attestation->predicate_type;
    const struct wb_policy_judging judging = {
        .policy = trust->policy,
        .signers = signers,
        .demands = demands,
        .attestation = attestation,
        .predicate_type = demands->predicate_type,
        .now = trust->now,
        .first_proof = report->proof_count,
        .first_refusal = report->refusal_count,
    };
    bool enough = wb_verify_image_attestations(check->layout, manifest, demands, report, err);
    if (!enough && err->status != WB_CHECK_FAILED)
        return false;
    struct wb_policy_tally tally;
    wb_policy_judge(&judging, report, &tally);
    wb_deep_keep_enough(report, judging.first_proof, signers->threshold);
    if (report->proof_count == judging.first_proof && enough)
        wb_error_set(err, WB_CHECK_FAILED, "%s",
                     tally.reason == NULL ? "too few of the signers made the same one"
                                          : tally.reason);
    return true;
}

static bool find_by_policy(const struct wb_deep_work *check, const struct wb_descriptor *manifest,
                           struct wb_verify_report *report, struct wb_error *err)
{
    const struct trust *trust = check->trust;
    const struct wb_policy_rule *rule = trust->rule;
    bool any = false;
    if (rule == NULL)
        return wb_error_set(err, WB_CHECK_FAILED, "no rule of the policy is about it");
    for (size_t i = 0; i < rule->attestation_count; i++) {
        const struct wb_policy_attestation *attestation = &rule->attestations[i];
        if (!wb_deep_is_sbom(attestation->predicate_type))
            continue;
        any = true;
        if (!find_signed(check, manifest, &attestation->signers, attestation, report, err))
            return false;
    }
    if (!any && rule->signatures.count == 0)
        return wb_error_set(err, WB_CHECK_FAILED, "the rule %.200s names nobody to believe",
                            rule->name);
    if (!any && !find_signed(check, manifest, &rule->signatures, NULL, report, err))
        return false;
    return report->proof_count > 0;
}

bool wb_verify_deep_by_policy(struct wb_layout *layout, const struct wb_descriptor *target,
                              const char *name, const struct wb_policy *policy, int64_t now,
                              wb_deep_visitor *visit, void *context, struct wb_outcomes *outcomes,
                              struct wb_deep_summary *summary, struct wb_error *err)
{
    bool by_digest;
    const struct trust trust = {
        .policy = policy,
        .rule = wb_policy_find_rule(policy, name, &target->digest, &by_digest),
        .now = now,
    };
    struct wb_deep_work check = {.layout = layout,
                                 .find = find_by_policy,
                                 .trust = &trust,
                                 .visit = visit,
                                 .context = context,
                                 .outcomes = outcomes,
                                 .summary = summary};
    return wb_deep_check_images(&check, target, err);
}

bool wb_verify_deep_layout(struct wb_layout *layout, const struct wb_policy *policy, int64_t now,
                           wb_deep_visitor *visit, void *context, struct wb_outcomes *outcomes,
                           struct wb_deep_summary *summary, struct wb_error *err)
{
    size_t count;
    unsigned budget = WB_LAYOUT_LOOKS_MAX;
    const struct wb_descriptor *entries = wb_layout_entries(layout, &count);
    bool good = true;
    for (size_t i = 0; i < count; i++) {
        bool image, seen = false;
        const char *name =
            wb_descriptor_annotation(&entries[i], "org.opencontainers.image.ref.name");
        for (size_t j = 0; j < i && !seen; j++)
            seen = wb_digest_equal(&entries[i].digest, &entries[j].digest);
        if (seen)
            continue;
        struct wb_error failure = WB_ERROR_INIT;
        if (wb_entry_is_image(layout, &entries[i], &budget, &image, &failure) &&
            (!image || wb_verify_deep_by_policy(layout, &entries[i], name, policy, now, visit,
                                                context, outcomes, summary, &failure)))
            continue;
        good = false;
        *err = failure;
        if (failure.status != WB_CHECK_FAILED)
            return false;
    }
    return good;
}
