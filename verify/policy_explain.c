/* SPDX-License-Identifier: Apache-2.0 */
/* A policy in plain words, so that whoever answers for it can see what it says. */
#include "verify/policy_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

char *wb_policy_duration_text(int64_t seconds, char text[32])
{
    static const struct {
        int64_t seconds;
        const char *name;
    } units[] = {{86400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}};
    size_t i = 0;
    while (seconds % units[i].seconds != 0)
        i++;
    int64_t count = seconds / units[i].seconds;
    snprintf(text, 32, "%" PRId64 " %s%s", count, units[i].name, count == 1 ? "" : "s");
    return text;
}

/* One line, whatever the names in it are. */
static void say(struct wb_buffer *text, struct wb_arena *arena, char *line)
{
    wb_buffer_append_text(text, wb_utf8_escape_line(arena, line));
    wb_buffer_append_text(text, "\n");
}

#define SAY(text, ...) say(text, scratch, wb_arena_format(scratch, __VA_ARGS__))

/* ---- who ---- */

static const char *describe_signer(const struct wb_policy_signer *signer, struct wb_arena *scratch)
{
    char text[WB_TIME_TEXT_SIZE], kind[32];
    const char *who = signer->identity != NULL ? signer->identity : signer->identity_regexp;
    const char *like = signer->identity != NULL ? "" : "a name like ";
    const char *issuer = signer->issuer != NULL ? signer->issuer : signer->issuer_regexp;
    switch (signer->kind) {
    case WB_POLICY_KEY:
        return wb_arena_format(
            scratch, "the %s key %.16s…%s%s%s%s", wb_key_describe(signer->key, kind),
            signer->key_id, signer->has_not_before ? ", for what is signed from " : "",
            signer->has_not_before
                ? wb_arena_copy(scratch, wb_time_format(signer->not_before, text))
                : "",
            signer->has_not_after
                ? (signer->has_not_before ? " until " : ", for what is signed until ")
                : "",
            signer->has_not_after ? wb_time_format(signer->not_after, text) : "");
    case WB_POLICY_CERTIFICATE:
        return wb_arena_format(scratch, "a certificate for %s%s, by %zu root%s of its own%s", like,
                               who, wb_certificates_count(signer->roots),
                               wb_certificates_count(signer->roots) == 1 ? "" : "s",
                               signer->crl_count > 0 ? ", not on its revocation lists" : "");
    case WB_POLICY_KEYLESS:
        return wb_arena_format(scratch,
                               "a keyless certificate for %s%s, vouched for by %s%s, in a "
                               "transparency log",
                               like, who, signer->issuer != NULL ? "" : "an issuer like ", issuer);
    case WB_POLICY_DEMANDS:
        break;
    }
    return "whom the command line names";
}

static const char *list_signers(const struct wb_policy_signers *signers, struct wb_arena *scratch)
{
    WB_AUTO_VALUE(wb_buffer) list = {0};
    for (size_t i = 0; i < signers->count; i++)
        wb_buffer_append_format(&list, "%s%s", i == 0 ? "" : ", ", signers->items[i]->name);
    const char *names = wb_arena_copy(scratch, (const char *)list.data);
    if (signers->count == 1 && signers->threshold == 1)
        return names;
    return wb_arena_format(scratch, "%u different of: %s", signers->threshold, names);
}

/* ---- what ---- */

static void explain_condition(const struct wb_policy_condition *condition, struct wb_arena *scratch,
                              struct wb_buffer *text)
{
    static const char *const words[WB_POLICY_OPERATORS] = {
        "is",         "is one of",  "is at least",
        "is at most", "has all of", "is a time not longer ago than"};
    char age[32];
    for (size_t i = 0; i < WB_POLICY_OPERATORS; i++) {
        if (condition->tests[i] == NULL)
            continue;
        WB_AUTO_STRING value =
            i == WB_POLICY_NOT_OLDER_THAN
                ? wb_string_copy(wb_policy_duration_text(condition->age, age))
                : json_dumps(condition->tests[i], JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS);
        SAY(text, "      in which %s %s %s", condition->pointer, words[i],
            value == NULL ? "?" : value);
    }
}

static void explain_rule(const struct wb_policy_rule *rule, size_t number, struct wb_arena *scratch,
                         struct wb_buffer *text)
{
    WB_AUTO_VALUE(wb_buffer) names = {0};
    char digest[WB_DIGEST_TEXT_SIZE];
    for (size_t i = 0; i < rule->pattern_count; i++)
        wb_buffer_append_format(&names, "%s%s", i == 0 ? "" : ", ", rule->patterns[i]);
    for (size_t i = 0; i < rule->digest_count; i++)
        wb_buffer_append_format(&names, "%s%s", names.size == 0 ? "" : ", ",
                                wb_digest_format(&rule->digests[i], digest));
    SAY(text, "rule %zu, images %s:", number, (const char *)names.data);
    if (rule->unsigned_reason != NULL)
        SAY(text, "    need not be signed (%s)%s", rule->unsigned_reason,
            rule->trust_name ? "; the name alone is enough, even where nobody signed it" : "");
    else
        SAY(text, "    must be signed by %s", list_signers(&rule->signatures, scratch));
    for (size_t i = 0; i < rule->annotation_count; i++)
        SAY(text, "      with the annotation %s=%s", rule->annotations[i].name,
            rule->annotations[i].value);
    for (size_t i = 0; i < rule->attestation_count; i++) {
        const struct wb_policy_attestation *attestation = &rule->attestations[i];
        SAY(text, "    must have an attestation %s by %s", attestation->type,
            list_signers(&attestation->signers, scratch));
        for (size_t j = 0; j < attestation->condition_count; j++)
            explain_condition(&attestation->conditions[j], scratch, text);
    }
}

static void explain_delivery(const struct wb_policy_delivery *delivery, struct wb_arena *scratch,
                             struct wb_buffer *text)
{
    char limit[WB_TIME_TEXT_SIZE];
    if (delivery->signers.threshold == 0) {
        SAY(text, "nobody may sign the inventory of a delivery: plain layouts only");
        return;
    }
    SAY(text, "a delivery must have an inventory signed by %s",
        list_signers(&delivery->signers, scratch));
    if (delivery->name != NULL)
        SAY(text, "    it must be named %s", delivery->name);
    if (delivery->has_issued_after)
        SAY(text, "    issued at %s or later", wb_time_format(delivery->issued_after, limit));
    if (delivery->max_age > 0)
        SAY(text, "    issued not longer than %s ago",
            wb_policy_duration_text(delivery->max_age, limit));
    if (delivery->expiry_required)
        SAY(text, "    it must state when it expires");
    if (delivery->minimum_sequence > 0)
        SAY(text, "    its number must be at least %" PRId64, delivery->minimum_sequence);
    else if (delivery->sequence_required)
        SAY(text, "    it must have a number");
    if (delivery->expiry_warning > 0)
        SAY(text, "    a warning when it expires within %s",
            wb_policy_duration_text(delivery->expiry_warning, limit));
}

static void explain_revoked(const struct wb_policy *policy, struct wb_arena *scratch,
                            struct wb_buffer *text)
{
    static const char *const kinds[] = {"key", "certificate", "certificate with the number",
                                        "digest"};
    char since[WB_TIME_TEXT_SIZE];
    for (size_t i = 0; i < policy->revoked_count; i++) {
        const struct wb_policy_revoked *revoked = &policy->revoked[i];
        SAY(text, "revoked: %s %s%s%s%s%s", kinds[revoked->kind], revoked->value,
            revoked->has_since ? " since " : "",
            revoked->has_since ? wb_time_format(revoked->since, since) : "",
            revoked->reason == NULL ? "" : " — ", revoked->reason == NULL ? "" : revoked->reason);
    }
}

void wb_policy_explain(const struct wb_policy *policy, struct wb_buffer *text)
{
    WB_AUTO(wb_arena) *scratch = wb_arena_new();
    char time[WB_TIME_TEXT_SIZE];
    if (policy->name != NULL)
        SAY(text, "policy %s", policy->name);
    if (policy->has_expiry)
        SAY(text, "it expires at %s", wb_time_format(policy->expires, time));
    for (size_t i = 0; i < policy->signer_count; i++)
        SAY(text, "signer %s: %s", policy->signers[i].name,
            describe_signer(&policy->signers[i], scratch));
    explain_delivery(&policy->delivery, scratch, text);
    for (size_t i = 0; i < policy->rule_count; i++)
        explain_rule(&policy->rules[i], i + 1, scratch, text);
    SAY(text, "an image that no rule is about is refused; of several rules the first counts");
    explain_revoked(policy, scratch, text);
    if (policy->kit_max_age > 0)
        SAY(text, "a trust kit must not be older than %s",
            wb_policy_duration_text(policy->kit_max_age, time));
    if (policy->kit_warning_age > 0)
        SAY(text, "a warning when the trust kit is older than %s",
            wb_policy_duration_text(policy->kit_warning_age, time));
}

/* ---- what is hardly meant ---- */

static bool is_covered(const struct wb_policy *policy, size_t number, const char *pattern)
{
    for (size_t i = 0; i < number; i++)
        for (size_t j = 0; j < policy->rules[i].pattern_count; j++)
            if (wb_glob_covers(policy->rules[i].patterns[j], pattern))
                return true;
    return false;
}

static bool is_used(const struct wb_policy_signers *signers, const struct wb_policy_signer *signer)
{
    for (size_t i = 0; i < signers->count; i++)
        if (signers->items[i] == signer)
            return true;
    return false;
}

static bool is_used_anywhere(const struct wb_policy *policy, const struct wb_policy_signer *signer)
{
    bool used = is_used(&policy->delivery.signers, signer);
    for (size_t i = 0; i < policy->rule_count && !used; i++) {
        const struct wb_policy_rule *rule = &policy->rules[i];
        used = is_used(&rule->signatures, signer);
        for (size_t j = 0; j < rule->attestation_count && !used; j++)
            used = is_used(&rule->attestations[j].signers, signer);
    }
    return used;
}

void wb_policy_warnings(const struct wb_policy *policy, struct wb_buffer *text)
{
    WB_AUTO(wb_arena) *scratch = wb_arena_new();
    for (size_t i = 0; i < policy->rule_count; i++) {
        const struct wb_policy_rule *rule = &policy->rules[i];
        for (size_t j = 0; j < rule->pattern_count; j++)
            if (is_covered(policy, i, rule->patterns[j]))
                SAY(text, "rule %zu: nothing reaches the pattern %s: an earlier rule takes all",
                    i + 1, rule->patterns[j]);
        if (rule->trust_name)
            SAY(text, "rule %zu: `trustName` lets any image go unsigned that is called so", i + 1);
    }
    for (size_t i = 0; i < policy->signer_count; i++) {
        const struct wb_policy_signer *signer = &policy->signers[i];
        const struct wb_proof proof = {.key_id = signer->key_id};
        if (!is_used_anywhere(policy, signer))
            SAY(text, "signer %s: nothing is asked of it", signer->name);
        if (wb_policy_revokes(policy, &proof) != NULL)
            SAY(text, "signer %s: its key is revoked", signer->name);
    }
    if (policy->rule_count == 0)
        SAY(text, "there are no rules for images: a delivery with images is refused");
    if (!policy->delivery.wanted)
        SAY(text, "there is no part `delivery`: images that are left out are not noticed");
}
