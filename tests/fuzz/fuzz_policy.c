/* SPDX-License-Identifier: Apache-2.0 */
/* Policies, and what is remembered between deliveries: what is taken demands something, has rules
 * that can be met, and can be explained in printable lines. */
#include "verify/policy_private.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_at_signers(const struct wb_policy_signers *signers)
{
    if (signers->count == 0 || signers->threshold == 0)
        abort();
    for (size_t i = 0; i < signers->count; i++)
        if (signers->items[i]->kind == WB_POLICY_DEMANDS)
            abort();
}

static void look_at_rule(const struct wb_policy_rule *rule)
{
    static const uint8_t statement[] =
        "{\"predicate\":{\"a\":[1,{\"b\":\"2027-01-01T00:00:00Z\"}]}}";
    struct wb_error err = WB_ERROR_INIT;
    if ((rule->unsigned_reason == NULL) != (rule->signatures.count > 0))
        abort();
    if (rule->unsigned_reason == NULL)
        look_at_signers(&rule->signatures);
    for (size_t i = 0; i < rule->pattern_count; i++)
        if (!wb_glob_covers(rule->patterns[i], rule->patterns[i]))
            abort();
    for (size_t i = 0; i < rule->attestation_count; i++) {
        const struct wb_policy_attestation *attestation = &rule->attestations[i];
        look_at_signers(&attestation->signers);
        if (!wb_policy_check_conditions(attestation,
                                        (struct wb_bytes){statement, sizeof statement - 1},
                                        1800000000, &err) &&
            err.status != WB_CHECK_FAILED)
            abort();
    }
}

static void look_at(const struct wb_policy *policy)
{
    WB_AUTO_VALUE(wb_buffer) text = {0};
    bool demands = policy->delivery.wanted;
    for (size_t i = 0; i < policy->rule_count; i++) {
        look_at_rule(&policy->rules[i]);
        demands = demands || policy->rules[i].unsigned_reason == NULL;
    }
    if (!demands)
        abort();
    if (policy->delivery.wanted)
        look_at_signers(&policy->delivery.signers);
    wb_policy_explain(policy, &text);
    wb_policy_warnings(policy, &text);
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] < 0x20 && text.data[i] != '\n')
            abort();
}

static void look_at_state(struct wb_bytes bytes)
{
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO(wb_policy_state) *state = wb_policy_state_read(bytes, &err);
    WB_AUTO_VALUE(wb_buffer) text = {0};
    if (state == NULL)
        return;
    wb_policy_state_write(state, &text);
    WB_AUTO(wb_policy_state) *again = wb_policy_state_read(wb_buffer_bytes(&text), &err);
    if (again == NULL)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wb_error err = WB_ERROR_INIT;
    const struct wb_bytes bytes = {data, size};
    look_at_state(bytes);
    WB_AUTO(wb_policy) *policy = wb_policy_read(bytes, -1, &err);
    if (policy != NULL)
        look_at(policy);
    else if (err.status != WB_BAD_INPUT)
        abort();
    return 0;
}
