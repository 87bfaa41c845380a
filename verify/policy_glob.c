/* SPDX-License-Identifier: Apache-2.0 */
/* Names of images, and the rule that is about one. */
#include "verify/policy_private.h"

#include <string.h>

#define NAME_SIZE_MAX 4096

/* Where `:tag` or `@digest` begins; a colon before a slash is that of a port. */
static size_t repository_size(const char *name)
{
    const char *at = strchr(name, '@');
    size_t size = at == NULL ? strlen(name) : (size_t)(at - name);
    for (size_t i = size; i > 0 && name[i - 1] != '/'; i--)
        if (name[i - 1] == ':')
            return i - 1;
    return size;
}

bool wb_glob_matches_name(const char *pattern, const char *name)
{
    if (wb_glob_matches(pattern, name))
        return true;
    /* A pattern with a tag of its own is about that tag. */
    if (repository_size(pattern) != strlen(pattern))
        return false;
    WB_AUTO_STRING repository = wb_string_format("%.*s", (int)repository_size(name), name);
    return wb_glob_matches(pattern, repository);
}

static bool has_digest(const struct wb_policy_rule *rule, const struct wb_digest *digest)
{
    for (size_t i = 0; i < rule->digest_count; i++)
        if (wb_digest_equal(&rule->digests[i], digest))
            return true;
    return false;
}

static bool has_name(const struct wb_policy_rule *rule, const char *name)
{
    if (name != NULL && strlen(name) > NAME_SIZE_MAX)
        return false;
    for (size_t i = 0; i < rule->pattern_count; i++)
        if (wb_glob_matches_name(rule->patterns[i], name == NULL ? "" : name))
            return true;
    return false;
}

const struct wb_policy_rule *wb_policy_find_rule(const struct wb_policy *policy, const char *name,
                                                 const struct wb_digest *digest, bool *by_digest)
{
    for (size_t i = 0; i < policy->rule_count; i++) {
        const struct wb_policy_rule *rule = &policy->rules[i];
        *by_digest = has_digest(rule, digest);
        if (*by_digest || has_name(rule, name))
            return rule;
    }
    return NULL;
}
