/* SPDX-License-Identifier: Apache-2.0 */
/* Who of the signers of a policy must have signed, and how many of them. */
#include "verify/policy_private.h"

#include <string.h>

static const struct wb_policy_signer *find_signer(const struct wb_policy *policy, const char *name)
{
    for (size_t i = 0; i < policy->signer_count && name != NULL; i++)
        if (strcmp(policy->signers[i].name, name) == 0)
            return &policy->signers[i];
    return NULL;
}

/* The same key under two names is one signer; whoever asks for two would never get them. */
static bool same_signer(const struct wb_policy_signer *a, const struct wb_policy_signer *b)
{
    return a == b || (a->kind == WB_POLICY_KEY && b->kind == WB_POLICY_KEY &&
                      strcmp(a->key_id, b->key_id) == 0);
}

static bool add_signer(const struct wb_policy *policy, const json_t *name, const char *what,
                       struct wb_policy_signers *signers, struct wb_error *err)
{
    const struct wb_policy_signer *signer = find_signer(policy, json_string_value(name));
    if (signer == NULL)
        return wb_error_set(err, WB_BAD_INPUT, "%s: `signers` of the policy has no `%.100s`", what,
                            json_is_string(name) ? json_string_value(name) : "(not a name)");
    for (size_t i = 0; i < signers->count; i++)
        if (same_signer(signers->items[i], signer))
            return wb_error_set(err, WB_BAD_INPUT, "%s: %.100s and %.100s are the same signer",
                                what, signers->items[i]->name, signer->name);
    signers->items[signers->count++] = signer;
    return true;
}

/* Keys are so many; behind one pattern of identities there may be any number. */
static bool threshold_can_be_met(const struct wb_policy_signers *signers)
{
    bool only_exact = true;
    for (size_t i = 0; i < signers->count; i++)
        only_exact = only_exact && signers->items[i]->identity_regexp == NULL;
    return !only_exact || signers->threshold <= signers->count;
}

bool wb_policy_read_signer_list(struct wb_policy *policy, const json_t *json, const char *what,
                                const struct wb_policy_signers *fallback,
                                struct wb_policy_signers *signers, struct wb_error *err)
{
    const json_t *list;
    int64_t threshold = fallback == NULL ? 1 : fallback->threshold;
    if (!wb_policy_list(json, what, "signers", &list, err))
        return false;
    if (list == NULL && fallback == NULL)
        return wb_error_set(err, WB_BAD_INPUT, "%s: no `signers`", what);
    if (list == NULL && json_object_get(json, "threshold") != NULL)
        return wb_error_set(err, WB_BAD_INPUT, "%s: a `threshold` without `signers`", what);
    if (list == NULL) {
        *signers = *fallback;
        return true;
    }
    threshold = 1;
    size_t count = json_array_size(list);
    if (count > WB_POLICY_SIGNERS_MAX)
        return wb_error_set(err, WB_BAD_INPUT, "%s: more than %d signers", what,
                            WB_POLICY_SIGNERS_MAX);
    signers->items = wb_arena_allocate(policy->arena, count * sizeof *signers->items);
    for (size_t i = 0; i < count; i++)
        if (!add_signer(policy, json_array_get(list, i), what, signers, err))
            return false;
    if (!wb_policy_integer(json, what, "threshold", 1, &threshold, err))
        return false;
    signers->threshold =
        threshold > WB_POLICY_ITEMS_MAX ? WB_POLICY_ITEMS_MAX : (unsigned)threshold;
    return (threshold <= WB_POLICY_SIGNERS_MAX && threshold_can_be_met(signers)) ||
           wb_error_set(err, WB_BAD_INPUT, "%s: %lld of %zu signers can never be met", what,
                        (long long)threshold, signers->count);
}
