/* SPDX-License-Identifier: Apache-2.0 */
/* One image by the rule that is about it: signatures, attestations, what the inventory expects. */
#include "verify/policy_private.h"

#include <string.h>

#define DOCUMENT_SIZE_MAX ((size_t)4 << 20)
#define PLATFORMS_MAX 1000

struct check {
    const struct wb_policy *policy;
    const struct wb_policy_rule *rule;
    struct wb_layout *layout;
    const struct wb_descriptor *image;
    int64_t now;
    const char *object;
    struct wb_image_verdict *verdict;
    struct wb_outcomes *outcomes;
};

void wb_image_verdict_clear(struct wb_image_verdict *verdict)
{
    wb_verify_report_free(verdict->signatures);
    wb_verify_report_free(verdict->attestations);
    *verdict = (struct wb_image_verdict){0};
}

/* "name@sha256:...", so that either may be searched for. */
static const char *object_of(struct wb_arena *arena, const char *name,
                             const struct wb_digest *digest)
{
    char text[WB_DIGEST_TEXT_SIZE];
    wb_digest_format(digest, text);
    return name == NULL || name[0] == '\0' ? wb_arena_copy(arena, text)
                                           : wb_arena_format(arena, "%.500s@%s", name, text);
}

/* ---- signatures ---- */

/* Whether the layout could be searched; what was found is judged in any case. */
static bool was_searched(bool enough, const struct wb_error *failure)
{
    return enough || failure->status == WB_CHECK_FAILED;
}

static void check_signatures(struct check *check)
{
    static const struct wb_policy_codes codes = {"signature of the image", "E-MISSING-SIGNATURE",
                                                 "E-SIGNATURE"};
    const struct wb_policy_rule *rule = check->rule;
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    struct wb_verify_demands *demands =
        wb_policy_demands(check->policy, &rule->signatures, check->now, arena);
    demands->annotations = rule->annotations;
    demands->annotation_count = rule->annotation_count;
    struct wb_verify_report *report = check->verdict->signatures = wb_verify_report_new();
    struct wb_error failure = WB_ERROR_INIT;
    bool enough = wb_verify_image(check->layout, check->image, demands, report, &failure);
    const struct wb_policy_judging judging = {
        .policy = check->policy,
        .signers = &rule->signatures,
        .demands = demands,
        .predicate_type = WB_COSIGN_SIGN_PREDICATE,
        .now = check->now,
    };
    struct wb_policy_tally tally;
    wb_policy_judge(&judging, report, &tally);
    if (!was_searched(enough, &failure))
        wb_outcome_add(check->outcomes, codes.refused, check->object, "%s: %s", codes.what,
                       failure.message);
    else
        wb_policy_conclude(&rule->signatures, &tally, &codes, check->object, check->outcomes);
}

/* The name of an image in a plain layout stands in index.json, which nobody signed: any image could
 * be called so. */
static void check_exemption(struct check *check, bool by_digest, bool name_is_signed)
{
    const struct wb_policy_rule *rule = check->rule;
    check->verdict->unsigned_allowed = by_digest || name_is_signed || rule->trust_name;
    if (check->verdict->unsigned_allowed)
        wb_outcome_add(check->outcomes, "W-UNSIGNED", check->object,
                       "it need not be signed (rule %.200s): %s", rule->name,
                       rule->unsigned_reason);
    else
        wb_outcome_add(check->outcomes, "E-MISSING-SIGNATURE", check->object,
                       "the rule %.200s lets it be unsigned for its name, which nobody signed; let "
                       "the rule name its digest, or say `trustName`",
                       rule->name);
}

/* ---- attestations ---- */

static void look_for(struct check *check, const struct wb_policy_attestation *attestation,
                     const struct wb_descriptor *target, struct wb_policy_tally *tally)
{
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    struct wb_verify_report *report = check->verdict->attestations;
    struct wb_verify_demands *demands =
        wb_policy_demands(check->policy, &attestation->signers, check->now, arena);
    demands->predicate_type = attestation->predicate_type;
    const struct wb_policy_judging judging = {
        .policy = check->policy,
        .signers = &attestation->signers,
        .demands = demands,
        .attestation = attestation,
        .predicate_type = attestation->predicate_type,
        .now = check->now,
        .first_proof = report->proof_count,
        .first_refusal = report->refusal_count,
    };
    struct wb_error failure = WB_ERROR_INIT;
    bool enough = wb_verify_image_attestations(check->layout, target, demands, report, &failure);
    wb_policy_judge(&judging, report, tally);
    if (was_searched(enough, &failure))
        return;
    *tally = (struct wb_policy_tally){.candidates = 1,
                                      .reason = wb_arena_copy(report->arena, failure.message)};
}

/* BuildKit lists its own attestations beside the platforms. */
static bool is_platform(const json_t *descriptor)
{
    const json_t *annotations = wb_json_object_of(descriptor, "annotations");
    return json_object_get(annotations, "vnd.docker.reference.type") == NULL;
}

/* What an index lists: SBOMs are of platforms, not of the index above them. */
static struct wb_descriptor *list_platforms(struct check *check, struct wb_arena *arena,
                                            size_t *count)
{
    WB_AUTO_VALUE(wb_buffer) content = {0};
    *count = 0;
    if (!wb_layout_read_blob(check->layout, &check->image->digest, DOCUMENT_SIZE_MAX, &content,
                             NULL))
        return NULL;
    WB_AUTO_JSON document = wb_json_parse(wb_buffer_bytes(&content), NULL);
    const json_t *manifests = wb_json_array_of(document, "manifests");
    size_t size = json_array_size(manifests);
    if (size > PLATFORMS_MAX)
        return NULL;
    struct wb_descriptor *platforms = wb_arena_allocate(arena, (size + 1) * sizeof *platforms);
    for (size_t i = 0; i < size; i++) {
        const json_t *descriptor = json_array_get(manifests, i);
        const char *digest = wb_json_string_of(descriptor, "digest");
        if (!is_platform(descriptor))
            continue;
        if (digest == NULL || !wb_digest_parse(digest, &platforms[*count].digest, NULL)) {
            *count = 0;
            return NULL;
        }
        platforms[(*count)++].size = wb_json_integer_of(descriptor, "size", -1);
    }
    return platforms;
}

struct platform_tally {
    struct wb_policy_tally tally;
    const char *object;
};

static bool is_enough(const struct wb_policy_attestation *attestation,
                      const struct wb_policy_tally *tally)
{
    return attestation->signers.threshold > 0 && tally->signers >= attestation->signers.threshold;
}

/* On the image, or else on every platform of it. */
static void check_attestation(struct check *check, const struct wb_policy_attestation *attestation)
{
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    const struct wb_policy_codes codes = {
        wb_arena_format(arena, "attestation %.200s", attestation->type), "E-MISSING-ATTESTATION",
        "E-ATTESTATION"};
    struct wb_policy_tally tally;
    look_for(check, attestation, check->image, &tally);
    if (is_enough(attestation, &tally))
        return;
    size_t count, good = 0;
    struct wb_descriptor *platforms = list_platforms(check, arena, &count);
    struct platform_tally *tallies = wb_arena_allocate(arena, (count + 1) * sizeof *tallies);
    for (size_t i = 0; i < count; i++) {
        look_for(check, attestation, &platforms[i], &tallies[i].tally);
        tallies[i].object = object_of(arena, check->verdict->name, &platforms[i].digest);
        good += is_enough(attestation, &tallies[i].tally);
    }
    if (count > 0 && good == count)
        return;
    bool on_index = count == 0 || tally.signers + tally.candidates > 0;
    if (on_index)
        wb_policy_conclude(&attestation->signers, &tally, &codes, check->object, check->outcomes);
    for (size_t i = 0; i < count && !on_index; i++)
        wb_policy_conclude(&attestation->signers, &tallies[i].tally, &codes, tallies[i].object,
                           check->outcomes);
}

/* ---- what the inventory expects ---- */

static const struct wb_inventory_image *find_image(const struct wb_inventory *inventory,
                                                   const char *name, const struct wb_digest *digest)
{
    for (size_t i = 0; inventory != NULL && i < inventory->image_count; i++) {
        const struct wb_inventory_image *image = &inventory->images[i];
        if (!wb_digest_equal(&image->digest, digest))
            continue;
        bool same_name =
            name == NULL || image->name == NULL ? name == image->name : !strcmp(name, image->name);
        if (same_name)
            return image;
    }
    return NULL;
}

static void check_expected(struct check *check, const struct wb_inventory_image *expected)
{
    char text[WB_DIGEST_TEXT_SIZE];
    for (size_t i = 0; i < expected->signature_count; i++)
        if (!wb_layout_has_blob(check->layout, &expected->signatures[i]))
            wb_outcome_add(check->outcomes, "E-MISSING-SIGNATURE", check->object,
                           "the signature %s that the inventory lists is not there",
                           wb_digest_format(&expected->signatures[i], text));
    for (size_t i = 0; i < expected->attestation_count; i++)
        if (!wb_layout_has_blob(check->layout, &expected->attestations[i].manifest))
            wb_outcome_add(check->outcomes, "E-MISSING-ATTESTATION", check->object,
                           "the attestation %s (%.200s) that the inventory lists is not there",
                           wb_digest_format(&expected->attestations[i].manifest, text),
                           expected->attestations[i].predicate_type);
}

/* ---- all of it ---- */

static void check_by_rule(struct check *check, bool by_digest, bool name_is_signed)
{
    const struct wb_policy_rule *rule = check->rule;
    check->verdict->rule = rule->name;
    if (rule->unsigned_reason != NULL)
        check_exemption(check, by_digest, name_is_signed);
    else
        check_signatures(check);
    if (rule->attestation_count > 0)
        check->verdict->attestations = wb_verify_report_new();
    for (size_t i = 0; i < rule->attestation_count; i++)
        check_attestation(check, &rule->attestations[i]);
}

void wb_policy_check_image(const struct wb_policy *policy, struct wb_layout *layout,
                           const struct wb_descriptor *image, const char *name,
                           const struct wb_inventory *inventory, int64_t now,
                           struct wb_image_verdict *verdict, struct wb_outcomes *outcomes)
{
    bool by_digest = false;
    struct check check = {
        .policy = policy,
        .rule = wb_policy_find_rule(policy, name, &image->digest, &by_digest),
        .layout = layout,
        .image = image,
        .now = now,
        .object = object_of(outcomes->arena, name, &image->digest),
        .verdict = verdict,
        .outcomes = outcomes,
    };
    *verdict = (struct wb_image_verdict){.name = name, .digest = image->digest};
    wb_policy_check_itself(policy, now, outcomes);
    size_t before = outcomes->failures;
    const struct wb_inventory_image *expected = find_image(inventory, name, &image->digest);
    if (inventory == NULL)
        wb_policy_check_revoked_below(policy, layout, &image->digest, check.object, outcomes);
    else if (expected == NULL)
        wb_outcome_add(outcomes, "E-INDEX", check.object,
                       "the inventory lists no image of that name and digest");
    else
        check_expected(&check, expected);
    if (check.rule == NULL)
        wb_outcome_add(outcomes, "E-NO-RULE", check.object,
                       "no rule of the policy is about it; it must not be there");
    else
        check_by_rule(&check, by_digest, expected != NULL);
    verdict->failures = outcomes->failures - before;
}
