/* SPDX-License-Identifier: Apache-2.0 */
/* Names of images, and the rule that is about one. */
#include "verify/policy_private.h"

#include <stdlib.h>
#include <string.h>

#define NAME_SIZE_MAX 4096

/* What a pattern of the other side may stand for is matched only by what stands for at least as
 * much; in plain texts there are no such marks. */
struct glob_text {
    const char *text;
    bool is_pattern;
};

static bool starts_double(const char *pattern)
{
    return pattern[0] == '*' && pattern[1] == '*';
}

/* One row of the table: reached[j] says whether what was taken of the pattern so far matches the
 * first j bytes of the text. */
static void take_stars(bool *reached, const struct glob_text *text, size_t size, bool both)
{
    for (size_t j = 0; j < size; j++) {
        bool crosses = text->text[j] == '/';
        /* A `**` of the other pattern stands for `/`, too. */
        if (text->is_pattern && text->text[j] == '*')
            crosses = starts_double(text->text + j) || (j > 0 && text->text[j - 1] == '*');
        reached[j + 1] = reached[j + 1] || (reached[j] && (both || !crosses));
    }
}

static void take_one(bool *reached, const struct glob_text *text, size_t size, char wanted)
{
    for (size_t j = size; j > 0; j--) {
        char byte = text->text[j - 1];
        bool wild = text->is_pattern && (byte == '*' || byte == '?');
        bool fits = wanted == '?' ? (wild ? byte == '?' : byte != '/') : !wild && byte == wanted;
        reached[j] = reached[j - 1] && fits;
    }
    reached[0] = false;
}

static bool matches(const char *pattern, const struct glob_text *text)
{
    size_t size = strlen(text->text);
    bool *reached = wb_allocate_array(size + 1, sizeof *reached);
    reached[0] = true;
    while (*pattern != '\0') {
        if (*pattern != '*') {
            take_one(reached, text, size, *pattern++);
            continue;
        }
        bool both = starts_double(pattern);
        take_stars(reached, text, size, both);
        pattern += both ? 2 : 1;
    }
    bool whole = reached[size];
    free(reached);
    return whole;
}

bool wb_glob_matches(const char *pattern, const char *text)
{
    const struct glob_text plain = {text, false};
    return matches(pattern, &plain);
}

bool wb_glob_covers(const char *pattern, const char *other)
{
    const struct glob_text marked = {other, true};
    return matches(pattern, &marked);
}

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
