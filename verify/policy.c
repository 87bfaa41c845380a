/* SPDX-License-Identifier: Apache-2.0 */
/* A policy as a whole, and from its signers to what is demanded of one signature. */
#include "verify/policy_private.h"

#include <stdlib.h>
#include <string.h>

struct wb_policy *wb_policy_new(void)
{
    struct wb_policy *policy = wb_allocate(sizeof *policy);
    policy->arena = wb_arena_new();
    return policy;
}

void wb_policy_free(struct wb_policy *policy)
{
    if (policy == NULL)
        return;
    for (size_t i = 0; i < policy->signer_count; i++) {
        wb_key_free(policy->signers[i].key);
        wb_certificates_free(policy->signers[i].roots);
        wb_certificates_free(policy->signers[i].intermediates);
    }
    wb_certificates_free(policy->timestamp_roots);
    wb_trusted_root_free(policy->own_root);
    free(policy->revoked);
    json_decref(policy->json);
    wb_arena_free(policy->arena);
    free(policy);
}

void wb_policy_set_trusted_root(struct wb_policy *policy, const struct wb_trusted_root *root)
{
    policy->trusted_root = root;
}

bool wb_policy_wants_inventory(const struct wb_policy *policy)
{
    /* A key alone says whom to believe, not what must come: a plain layout will do. */
    return policy->delivery.wanted && policy->signers[0].kind != WB_POLICY_DEMANDS;
}

bool wb_policy_wants_trusted_root(const struct wb_policy *policy)
{
    bool keyless = false;
    for (size_t i = 0; i < policy->signer_count; i++)
        keyless = keyless || policy->signers[i].kind == WB_POLICY_KEYLESS;
    return keyless && policy->trusted_root == NULL;
}

static const char **one_pattern(struct wb_arena *arena, const char *pattern)
{
    const char **patterns = wb_arena_allocate(arena, sizeof *patterns);
    patterns[0] = pattern;
    return patterns;
}

struct wb_policy *wb_policy_from_demands(const struct wb_verify_demands *demands)
{
    struct wb_policy *policy = wb_policy_new();
    struct wb_policy_signer *signer = wb_arena_allocate(policy->arena, sizeof *signer);
    *signer = (struct wb_policy_signer){
        .name = "command line", .kind = WB_POLICY_DEMANDS, .demands = demands};
    const struct wb_policy_signer **items = wb_arena_allocate(policy->arena, sizeof *items);
    items[0] = signer;
    const struct wb_policy_signers signers = {
        .items = items, .count = 1, .threshold = demands->threshold > 1 ? demands->threshold : 1};
    struct wb_policy_rule *rule = wb_arena_allocate(policy->arena, sizeof *rule);
    *rule = (struct wb_policy_rule){.name = "everything",
                                    .patterns = one_pattern(policy->arena, "**"),
                                    .pattern_count = 1,
                                    .signatures = signers,
                                    .annotations = (struct wb_statement_pair *)demands->annotations,
                                    .annotation_count = demands->annotation_count};
    policy->signers = signer;
    policy->signer_count = 1;
    policy->rules = rule;
    policy->rule_count = 1;
    policy->delivery = (struct wb_policy_delivery){.signers = signers};
    return policy;
}

/* ---- demands ---- */

static struct wb_verify_demands demands_of(const struct wb_policy *policy,
                                           const struct wb_policy_signer *signer)
{
    struct wb_verify_demands demands = {
        .timestamp_roots = policy->timestamp_roots,
        .trusted_root = policy->trusted_root,
        .identity = signer->identity,
        .identity_regexp = signer->identity_regexp,
        .issuer = signer->issuer,
        .issuer_regexp = signer->issuer_regexp,
    };
    switch (signer->kind) {
    case WB_POLICY_KEY:
        demands.keys = (struct wb_key **)&signer->key;
        demands.key_count = 1;
        break;
    case WB_POLICY_CERTIFICATE:
        /* A public authority has no say in who is who in a private PKI. */
        demands.trusted_root = NULL;
        demands.roots = signer->roots;
        demands.intermediates = signer->intermediates;
        demands.crls = signer->crls;
        demands.crl_count = signer->crl_count;
        break;
    case WB_POLICY_KEYLESS:
        break;
    case WB_POLICY_DEMANDS:
        demands = *signer->demands;
        /* Two identities or keys may both be behind it: the threshold is the policy's to count. */
        demands.threshold = 0;
        demands.predicate_type = NULL;
        demands.requirements = NULL;
        demands.requirement_count = 0;
        demands.annotations = NULL;
        demands.annotation_count = 0;
        break;
    }
    return demands;
}

struct wb_verify_demands *wb_policy_demands(const struct wb_policy *policy,
                                            const struct wb_policy_signers *signers, int64_t now,
                                            struct wb_arena *arena)
{
    struct wb_verify_demands *all = wb_arena_allocate(arena, (signers->count + 1) * sizeof *all);
    for (size_t i = 0; i < signers->count; i++) {
        all[i] = demands_of(policy, signers->items[i]);
        all[i].now = now;
        all[i].signature_only = true;
        all[i].next = i + 1 < signers->count ? &all[i + 1] : NULL;
    }
    return all;
}
