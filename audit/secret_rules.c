/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of the secret scan: files of them, and the automaton of all their keywords. */
#include "audit/secret_private.h"

#include <stdlib.h>
#include <string.h>

struct wb_secret_rules *wb_secret_rules_new(void)
{
    struct wb_secret_rules *rules = wb_allocate(sizeof *rules);
    rules->arena = wb_arena_new();
    rules->automaton = wb_keyword_automaton_new();
    return rules;
}

void wb_secret_rules_free(struct wb_secret_rules *rules)
{
    if (rules == NULL)
        return;
    for (size_t i = 0; i < rules->count; i++)
        wb_secret_rule_clear(&rules->items[i]);
    free(rules->items);
    for (size_t i = 0; i < rules->file_count; i++)
        wb_secret_allowlists_clear(&rules->files[i]);
    free(rules->files);
    wb_keyword_automaton_free(rules->automaton);
    wb_arena_free(rules->arena);
    free(rules);
}

size_t wb_secret_rules_count(const struct wb_secret_rules *rules)
{
    return rules->count;
}

/* One file may not have two rules of one id; a later file's rule takes an earlier one's place. */
static bool check_ids(const struct wb_toml *array, const char *source, struct wb_error *err)
{
    for (const struct wb_toml *rule = array->first; rule != NULL; rule = rule->next) {
        const struct wb_toml *id = rule->kind == WB_TOML_TABLE ? wb_toml_member(rule, "id") : NULL;
        for (const struct wb_toml *other = array->first; id != NULL && other != rule;
             other = other->next) {
            const struct wb_toml *other_id =
                other->kind == WB_TOML_TABLE ? wb_toml_member(other, "id") : NULL;
            if (other_id != NULL && id->kind == WB_TOML_STRING &&
                other_id->kind == WB_TOML_STRING && strcmp(id->text, other_id->text) == 0)
                return wb_secret_fail(id, source, err,
                                      "rule \"%s\" is there twice, first in line %lld", id->text,
                                      (long long)other_id->line);
        }
    }
    return true;
}

static bool read_rules(struct wb_secret_rules *rules, const struct wb_toml *array,
                       const char *source, struct wb_error *err)
{
    if (array->kind != WB_TOML_ARRAY)
        return wb_secret_fail(array, source, err, "\"rules\" must be written [[rules]]");
    if (array->count > WB_SECRET_RULES_MAX)
        return wb_secret_fail(array, source, err, "more than %d rules", WB_SECRET_RULES_MAX);
    if (!check_ids(array, source, err))
        return false;
    for (const struct wb_toml *rule = array->first; rule != NULL; rule = rule->next)
        if (!wb_secret_rule_read(rules, rule, source, err))
            return false;
    return true;
}

static bool read_member(struct wb_secret_rules *rules, const struct wb_toml *member,
                        const char *source, struct wb_error *err)
{
    static const char *const ignored[] = {"title", "description", "minVersion"};
    for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
        if (strcmp(member->key, ignored[i]) == 0)
            return true;
    if (strcmp(member->key, "rules") == 0)
        return read_rules(rules, member, source, err);
    if (strcmp(member->key, "allowlist") == 0 || strcmp(member->key, "allowlists") == 0)
        return wb_secret_allowlists_read(&rules->files[rules->file_count - 1], member, source,
                                         "the allow list", rules->arena, err);
    if (strcmp(member->key, "extend") == 0)
        return wb_secret_fail(member, source, err,
                              "[extend] is not read: the built-in rules always apply, and further "
                              "files are given by further --rules; remove it");
    return wb_secret_fail(member, source, err, "a rule file has no \"%s\" that is known here",
                          member->key);
}

bool wb_secret_rules_add(struct wb_secret_rules *rules, struct wb_bytes toml, const char *source,
                         struct wb_error *err)
{
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    const struct wb_toml *root = wb_toml_parse(toml, source, arena, err);
    if (root == NULL)
        return false;
    const struct wb_toml *array = wb_toml_member(root, "rules");
    if ((array == NULL || array->count == 0) && wb_toml_member(root, "extend") == NULL)
        return wb_error_set(err, WB_BAD_INPUT,
                            "%s: no [[rules]] in it: a scan that looks for nothing finds nothing",
                            source);
    WB_APPEND(rules->files, rules->file_count, rules->file_capacity,
              (struct wb_secret_allowlists){0});
    for (const struct wb_toml *member = root->first; member != NULL; member = member->next)
        if (!read_member(rules, member, source, err))
            return false;
    return true;
}

/* Of the whole file, with no keyword to begin with. */
static bool is_of_whole_files(const struct wb_secret_rule *rule)
{
    return rule->structure == WB_SECRET_DER || rule->structure == WB_SECRET_KEY_STORE ||
           (rule->structure == WB_SECRET_BY_REGEX && rule->regex == NULL);
}

/* A pair of keyword and rule, to be sorted by keyword. */
struct use {
    size_t keyword;
    size_t rule;
};

static int compare_uses(const void *left, const void *right)
{
    const struct use *a = left, *b = right;
    if (a->keyword != b->keyword)
        return a->keyword < b->keyword ? -1 : 1;
    return a->rule < b->rule ? -1 : a->rule > b->rule;
}

static void index_uses(struct wb_secret_rules *rules, struct use *uses, size_t count)
{
    if (count > 0)
        qsort(uses, count, sizeof *uses, compare_uses);
    rules->keyword_count = count == 0 ? 0 : uses[count - 1].keyword + 1;
    rules->keyword_rules =
        wb_arena_allocate(rules->arena, (rules->keyword_count + 1) * sizeof *rules->keyword_rules);
    /* Each keyword's rules and its end. */
    size_t *at = wb_arena_allocate(rules->arena, (count + rules->keyword_count + 1) * sizeof *at);
    for (size_t i = 0; i < count; i++) {
        bool first = i == 0 || uses[i].keyword != uses[i - 1].keyword;
        bool last = i + 1 == count || uses[i + 1].keyword != uses[i].keyword;
        if (first)
            rules->keyword_rules[uses[i].keyword] = at;
        if (first || uses[i].rule != uses[i - 1].rule)
            *at++ = uses[i].rule;
        if (last)
            *at++ = SIZE_MAX;
    }
}

bool wb_secret_rules_finish(struct wb_secret_rules *rules, struct wb_error *err)
{
    if (rules->count == 0)
        return wb_error_set(err, WB_BAD_INPUT, "no secret rule is loaded: nothing would be found");
    struct use *uses = NULL;
    size_t count = 0, capacity = 0, everywhere = 0, whole = 0;
    bool fits = true;
    rules->without_keywords =
        wb_arena_allocate(rules->arena, (rules->count + 1) * sizeof *rules->without_keywords);
    rules->of_whole_files =
        wb_arena_allocate(rules->arena, (rules->count + 1) * sizeof *rules->of_whole_files);
    for (size_t i = 0; i < rules->count; i++) {
        const struct wb_secret_rule *rule = &rules->items[i];
        if (is_of_whole_files(rule))
            rules->of_whole_files[whole++] = i;
        else if (rule->keyword_count == 0)
            rules->without_keywords[everywhere++] = i;
        for (size_t j = 0; fits && j < rule->keyword_count; j++) {
            const struct use use = {wb_keyword_automaton_add(rules->automaton, rule->keywords[j]),
                                    i};
            fits = use.keyword != SIZE_MAX;
            WB_APPEND(uses, count, capacity, use);
        }
    }
    rules->without_keywords[everywhere] = SIZE_MAX;
    rules->of_whole_files[whole] = SIZE_MAX;
    if (fits) {
        index_uses(rules, uses, count);
        wb_keyword_automaton_finish(rules->automaton);
    }
    free(uses);
    return fits || wb_error_set(err, WB_BAD_INPUT,
                                "the rules have too many keywords: %d characters at most",
                                WB_KEYWORD_STATES_MAX);
}
