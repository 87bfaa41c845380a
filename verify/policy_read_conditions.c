/* SPDX-License-Identifier: Apache-2.0 */
/* `attestations` of a rule: which must be there, by whom, and what they must say. */
#include "sign/envelope_json.h"
#include "verify/policy_private.h"

#include <string.h>

const char *const wb_policy_operator_names[WB_POLICY_OPERATORS] = {
    "equals", "oneOf", "minimum", "maximum", "contains", "notOlderThan"};

static bool is_list(const json_t *value)
{
    return json_is_array(value) && json_array_size(value) > 0 &&
           json_array_size(value) <= WB_POLICY_ITEMS_MAX;
}

static bool check_test(const json_t *json, const char *what, enum wb_policy_operator which,
                       struct wb_policy_condition *condition, struct wb_error *err)
{
    const char *name = wb_policy_operator_names[which];
    const json_t *value = condition->tests[which];
    bool good = true;
    switch (which) {
    case WB_POLICY_EQUALS:
        break;
    case WB_POLICY_ONE_OF:
    case WB_POLICY_CONTAINS:
        good = is_list(value);
        break;
    case WB_POLICY_MINIMUM:
    case WB_POLICY_MAXIMUM:
        good = json_is_number(value);
        break;
    case WB_POLICY_NOT_OLDER_THAN:
        return wb_policy_duration(json, what, name, &condition->age, err);
    }
    return good || wb_error_set(err, WB_BAD_INPUT, "%s: `%s` is not %s", what, name,
                                which == WB_POLICY_ONE_OF || which == WB_POLICY_CONTAINS
                                    ? "a list that is not empty"
                                    : "a number");
}

/* RFC 6901: every `~` is followed by 0 or 1. */
static bool is_pointer(const char *pointer)
{
    if (pointer == NULL || pointer[0] != '/')
        return false;
    for (const char *at = pointer; *at != '\0'; at++)
        if (at[0] == '~' && at[1] != '0' && at[1] != '1')
            return false;
    return true;
}

static bool read_condition(struct wb_policy *policy, const json_t *json, const char *what,
                           struct wb_policy_condition *condition, struct wb_error *err)
{
    static const char *const members[] = {"pointer", "equals",   "oneOf",        "minimum",
                                          "maximum", "contains", "notOlderThan", NULL};
    size_t tests = 0;
    if (!wb_envelope_only_members(json, what, members, err) ||
        !wb_policy_text(json, what, "pointer", policy->arena, &condition->pointer, err))
        return false;
    if (!is_pointer(condition->pointer))
        return wb_error_set(err, WB_BAD_INPUT,
                            "%s: `pointer` is no JSON pointer into the statement, as in "
                            "/predicate/buildType",
                            what);
    for (size_t i = 0; i < WB_POLICY_OPERATORS; i++) {
        condition->tests[i] = json_object_get(json, wb_policy_operator_names[i]);
        if (condition->tests[i] == NULL)
            continue;
        tests++;
        if (!check_test(json, what, (enum wb_policy_operator)i, condition, err))
            return false;
    }
    return tests > 0 || wb_error_set(err, WB_BAD_INPUT, "%s: nothing is demanded of %s", what,
                                     condition->pointer);
}

static bool read_conditions(struct wb_policy *policy, const json_t *json, const char *what,
                            struct wb_policy_attestation *attestation, struct wb_error *err)
{
    const json_t *list;
    if (!wb_policy_list(json, what, "conditions", &list, err))
        return false;
    size_t count = json_array_size(list);
    attestation->conditions =
        wb_arena_allocate(policy->arena, (count + 1) * sizeof *attestation->conditions);
    for (; attestation->condition_count < count; attestation->condition_count++) {
        size_t i = attestation->condition_count;
        const char *where = wb_arena_format(policy->arena, "%s.conditions[%zu]", what, i);
        if (!read_condition(policy, json_array_get(list, i), where, &attestation->conditions[i],
                            err))
            return false;
    }
    return true;
}

static bool read_attestation(struct wb_policy *policy, const json_t *json, const char *what,
                             const struct wb_policy_signers *fallback,
                             struct wb_policy_attestation *attestation, struct wb_error *err)
{
    static const char *const members[] = {"type", "signers", "threshold", "conditions", NULL};
    if (!wb_envelope_only_members(json, what, members, err) ||
        !wb_policy_text(json, what, "type", policy->arena, &attestation->type, err))
        return false;
    if (attestation->type != NULL)
        attestation->predicate_type =
            wb_arena_copy(policy->arena, wb_predicate_type(attestation->type));
    if (attestation->predicate_type == NULL ||
        strcmp(attestation->predicate_type, WB_COSIGN_SIGN_PREDICATE) == 0)
        return wb_error_set(err, WB_BAD_INPUT, "%s: `type` is neither a URI nor one of %s", what,
                            wb_predicate_type_names());
    return wb_policy_read_signer_list(policy, json, what, fallback, &attestation->signers, err) &&
           read_conditions(policy, json, what, attestation, err);
}

bool wb_policy_read_attestations(struct wb_policy *policy, const json_t *json, const char *what,
                                 struct wb_policy_rule *rule, struct wb_error *err)
{
    const json_t *list;
    /* Where the image need not be signed there is nobody to fall back on. */
    const struct wb_policy_signers *fallback =
        rule->unsigned_reason == NULL ? &rule->signatures : NULL;
    if (!wb_policy_list(json, what, "attestations", &list, err))
        return false;
    size_t count = json_array_size(list);
    rule->attestations = wb_arena_allocate(policy->arena, (count + 1) * sizeof *rule->attestations);
    for (; rule->attestation_count < count; rule->attestation_count++) {
        size_t i = rule->attestation_count;
        const char *where = wb_arena_format(policy->arena, "%s.attestations[%zu]", what, i);
        if (!read_attestation(policy, json_array_get(list, i), where, fallback,
                              &rule->attestations[i], err))
            return false;
    }
    return true;
}
