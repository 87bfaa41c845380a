/* SPDX-License-Identifier: Apache-2.0 */
/* `images` of a policy: which images must be signed by whom. The first rule that is about an image
 * counts, and no other. */
#include "sign/envelope_json.h"
#include "verify/policy_private.h"

#include <string.h>

static bool read_patterns(struct wb_policy *policy, const json_t *json, const char *what,
                          struct wb_policy_rule *rule, struct wb_error *err)
{
    const json_t *list;
    if (!wb_policy_list(json, what, "images", &list, err))
        return false;
    size_t count = json_array_size(list);
    rule->patterns = wb_arena_allocate(policy->arena, (count + 1) * sizeof *rule->patterns);
    for (; rule->pattern_count < count; rule->pattern_count++) {
        const char *pattern = json_string_value(json_array_get(list, rule->pattern_count));
        if (pattern == NULL || *pattern == '\0' || strlen(pattern) > WB_POLICY_TEXT_MAX)
            return wb_error_set(err, WB_BAD_INPUT, "%s: `images` has what is no pattern of a name",
                                what);
        rule->patterns[rule->pattern_count] = wb_arena_copy(policy->arena, pattern);
    }
    return true;
}

static bool read_digests(struct wb_policy *policy, const json_t *json, const char *what,
                         struct wb_policy_rule *rule, struct wb_error *err)
{
    const json_t *list;
    if (!wb_policy_list(json, what, "digests", &list, err))
        return false;
    size_t count = json_array_size(list);
    rule->digests = wb_arena_allocate(policy->arena, (count + 1) * sizeof *rule->digests);
    for (; rule->digest_count < count; rule->digest_count++) {
        const char *text = json_string_value(json_array_get(list, rule->digest_count));
        if (text == NULL)
            return wb_error_set(err, WB_BAD_INPUT, "%s: `digests` has what is no digest", what);
        if (!wb_digest_parse(text, &rule->digests[rule->digest_count], err))
            return wb_error_context(err, "%s: `digests`", what);
    }
    return true;
}

/* Sorted, as cosign signs them. */
static bool read_annotations(struct wb_policy *policy, const json_t *json, const char *what,
                             struct wb_policy_rule *rule, struct wb_error *err)
{
    const json_t *object = json_object_get(json, "annotations");
    if (object == NULL)
        return true;
    size_t size = json_object_size(object);
    wb_envelope_pairs(object, policy->arena, &rule->annotations, &rule->annotation_count);
    return (size > 0 && rule->annotation_count == size && size <= WB_POLICY_ITEMS_MAX) ||
           wb_error_set(err, WB_BAD_INPUT, "%s: `annotations` are not names with texts", what);
}

static bool read_signatures(struct wb_policy *policy, const json_t *json, const char *what,
                            struct wb_policy_rule *rule, struct wb_error *err)
{
    static const char *const members[] = {"signers", "threshold", "annotations", NULL};
    return wb_envelope_only_members(json, what, members, err) &&
           wb_policy_read_signer_list(policy, json, what, NULL, &rule->signatures, err) &&
           read_annotations(policy, json, what, rule, err);
}

static bool read_unsigned(struct wb_policy *policy, const json_t *json, const char *what,
                          struct wb_policy_rule *rule, struct wb_error *err)
{
    static const char *const members[] = {"reason", "trustName", NULL};
    if (!wb_envelope_only_members(json, what, members, err) ||
        !wb_policy_text(json, what, "reason", policy->arena, &rule->unsigned_reason, err) ||
        !wb_policy_boolean(json, what, "trustName", &rule->trust_name, err))
        return false;
    return rule->unsigned_reason != NULL ||
           wb_error_set(err, WB_BAD_INPUT, "%s: `unsigned` needs a `reason`", what);
}

static bool read_rule(struct wb_policy *policy, const json_t *json, const char *what,
                      struct wb_policy_rule *rule, struct wb_error *err)
{
    static const char *const members[] = {"name",         "images",   "digests", "signatures",
                                          "attestations", "unsigned", NULL};
    const json_t *signatures = json_object_get(json, "signatures");
    const json_t *exempt = json_object_get(json, "unsigned");
    if (!wb_envelope_only_members(json, what, members, err) ||
        !wb_policy_text(json, what, "name", policy->arena, &rule->name, err) ||
        !read_patterns(policy, json, what, rule, err) ||
        !read_digests(policy, json, what, rule, err))
        return false;
    if (rule->pattern_count + rule->digest_count == 0)
        return wb_error_set(err, WB_BAD_INPUT, "%s: neither `images` nor `digests`", what);
    if ((signatures == NULL) == (exempt == NULL))
        return wb_error_set(err, WB_BAD_INPUT,
                            "%s: either `signatures` or `unsigned` says what is demanded", what);
    if (rule->name == NULL)
        rule->name = rule->pattern_count > 0 ? rule->patterns[0] : what;
    return (signatures != NULL ? read_signatures(policy, signatures, what, rule, err)
                               : read_unsigned(policy, exempt, what, rule, err)) &&
           wb_policy_read_attestations(policy, json, what, rule, err);
}

bool wb_policy_read_rules(struct wb_policy *policy, struct wb_error *err)
{
    const json_t *list;
    if (!wb_policy_list(policy->json, "policy", "images", &list, err))
        return false;
    size_t count = json_array_size(list);
    policy->rules = wb_arena_allocate(policy->arena, (count + 1) * sizeof *policy->rules);
    for (; policy->rule_count < count; policy->rule_count++) {
        size_t i = policy->rule_count;
        const char *what = wb_arena_format(policy->arena, "images[%zu]", i);
        if (!read_rule(policy, json_array_get(list, i), what, &policy->rules[i], err))
            return false;
    }
    return true;
}
