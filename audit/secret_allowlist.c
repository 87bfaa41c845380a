/* SPDX-License-Identifier: Apache-2.0 */
/* Allow lists as gitleaks' rule files have them: paths, expressions and words that say that a match
 * is none. */
#include "audit/secret_private.h"

#include <stdlib.h>
#include <string.h>

static void clear_patterns(struct wb_secret_patterns *patterns)
{
    for (size_t i = 0; i < patterns->count; i++)
        wb_regex_free(patterns->items[i]);
    free(patterns->items);
}

void wb_secret_allowlists_clear(struct wb_secret_allowlists *lists)
{
    for (size_t i = 0; i < lists->count; i++) {
        clear_patterns(&lists->items[i].paths);
        clear_patterns(&lists->items[i].regexes);
        wb_keyword_automaton_free(lists->items[i].stop_words);
        free(lists->items[i].rules);
    }
    free(lists->items);
}

struct reading {
    const char *source;
    const char *whose;
    struct wb_arena *arena;
    struct wb_error *err;
};

static bool check_array(const struct wb_toml *value, const struct reading *reading)
{
    return value->kind == WB_TOML_ARRAY ||
           wb_secret_fail(value, reading->source, reading->err, "\"%s\" must be an array, not %s",
                          value->key, wb_toml_kind_name(value->kind));
}

/* Texts that have nothing in common. */
static bool matches_everything(const struct wb_regex *regex)
{
    static const char *const texts[] = {"", "q", "/Zw7~", "\x7F\x01", "0\n "};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (!wb_secret_path_matches(regex, texts[i]))
            return false;
    return true;
}

static bool read_patterns(const struct wb_toml *array, const struct reading *reading,
                          struct wb_secret_patterns *patterns)
{
    if (!check_array(array, reading))
        return false;
    for (const struct wb_toml *item = array->first; item != NULL; item = item->next) {
        struct wb_regex *regex =
            wb_secret_compile(item, reading->source, reading->whose, reading->err);
        if (regex == NULL)
            return false;
        WB_APPEND(patterns->items, patterns->count, patterns->capacity, regex);
        if (matches_everything(regex))
            return wb_secret_fail(item, reading->source, reading->err,
                                  "%s: an expression of \"%s\" matches everything, so that nothing "
                                  "would be found",
                                  reading->whose, array->key);
    }
    return true;
}

static bool read_stop_words(const struct wb_toml *array, const struct reading *reading,
                            struct wb_secret_allowlist *list)
{
    if (!check_array(array, reading))
        return false;
    if (array->count == 0)
        return true;
    list->stop_words = wb_keyword_automaton_new();
    for (const struct wb_toml *item = array->first; item != NULL; item = item->next) {
        const char *word;
        if (!wb_secret_read_text(item, reading->source, &word, reading->err))
            return false;
        if (wb_keyword_automaton_add(list->stop_words, word) == SIZE_MAX)
            return wb_secret_fail(item, reading->source, reading->err,
                                  "an empty stop word, or too many of them");
    }
    wb_keyword_automaton_finish(list->stop_words);
    return true;
}

static bool read_rule_names(const struct wb_toml *array, const struct reading *reading,
                            struct wb_secret_allowlist *list)
{
    if (!check_array(array, reading))
        return false;
    for (const struct wb_toml *item = array->first; item != NULL; item = item->next) {
        const char *name;
        if (!wb_secret_read_text(item, reading->source, &name, reading->err))
            return false;
        name = wb_arena_copy(reading->arena, name);
        WB_APPEND(list->rules, list->rule_count, list->rule_capacity, name);
    }
    return true;
}

/* A word of a few; its place among them. */
static bool read_choice(const struct wb_toml *value, const struct reading *reading,
                        const char *const *words, size_t count, size_t *choice)
{
    const char *text;
    if (!wb_secret_read_text(value, reading->source, &text, reading->err))
        return false;
    for (*choice = 0; *choice < count; ++*choice)
        if (strcmp(text, words[*choice]) == 0)
            return true;
    return wb_secret_fail(value, reading->source, reading->err, "\"%s\" cannot be \"%s\"",
                          value->key, text);
}

static bool read_member(const struct wb_toml *member, const struct reading *reading,
                        struct wb_secret_allowlist *list)
{
    static const char *const targets[] = {"secret", "match", "line"};
    static const char *const conditions[] = {"OR", "AND", "or", "and", "||", "&&"};
    size_t choice = 0;
    if (strcmp(member->key, "paths") == 0)
        return read_patterns(member, reading, &list->paths);
    if (strcmp(member->key, "regexes") == 0)
        return read_patterns(member, reading, &list->regexes);
    if (strcmp(member->key, "stopwords") == 0)
        return read_stop_words(member, reading, list);
    if (strcmp(member->key, "targetRules") == 0)
        return read_rule_names(member, reading, list);
    if (strcmp(member->key, "regexTarget") == 0) {
        if (!read_choice(member, reading, targets, 3, &choice))
            return false;
        list->target = (enum wb_secret_target)choice;
        return true;
    }
    if (strcmp(member->key, "condition") == 0) {
        if (!read_choice(member, reading, conditions, 6, &choice))
            return false;
        list->all = choice % 2 == 1;
        return true;
    }
    if (strcmp(member->key, "commits") == 0) {
        list->never = true;
        return check_array(member, reading);
    }
    return strcmp(member->key, "description") == 0 ||
           wb_secret_fail(member, reading->source, reading->err,
                          "an allow list has no \"%s\" that is known here", member->key);
}

static bool read_list(struct wb_secret_allowlists *lists, const struct wb_toml *table,
                      const struct reading *reading)
{
    if (table->kind != WB_TOML_TABLE)
        return wb_secret_fail(table, reading->source, reading->err,
                              "an allow list must be a table, not %s",
                              wb_toml_kind_name(table->kind));
    WB_APPEND(lists->items, lists->count, lists->capacity, (struct wb_secret_allowlist){0});
    struct wb_secret_allowlist *list = &lists->items[lists->count - 1];
    for (const struct wb_toml *member = table->first; member != NULL; member = member->next)
        if (!read_member(member, reading, list))
            return false;
    /* Of alternatives the commits are one that never holds. */
    list->never = list->never && list->all;
    return true;
}

bool wb_secret_allowlists_read(struct wb_secret_allowlists *lists, const struct wb_toml *value,
                               const char *source, const char *whose, struct wb_arena *arena,
                               struct wb_error *err)
{
    const struct reading reading = {source, whose, arena, err};
    if (value->kind == WB_TOML_TABLE)
        return read_list(lists, value, &reading);
    if (!check_array(value, &reading))
        return false;
    for (const struct wb_toml *item = value->first; item != NULL; item = item->next)
        if (!read_list(lists, item, &reading))
            return false;
    return true;
}

/* ---- asked for a match ---- */

bool wb_secret_path_matches(const struct wb_regex *path, const char *text)
{
    size_t size = strlen(text);
    return wb_regex_search(path, text, size, 0, size, NULL, 0);
}

static bool any_path(const struct wb_secret_allowlist *list, const char *path)
{
    for (size_t i = 0; i < list->paths.count; i++)
        if (wb_secret_path_matches(list->paths.items[i], path))
            return true;
    return false;
}

static struct wb_regex_span line_of(const struct wb_secret_text *found)
{
    struct wb_regex_span line = found->match;
    while (line.begin > 0 && found->text[line.begin - 1] != '\n' &&
           found->match.begin - line.begin < WB_SECRET_AFTER)
        line.begin--;
    while (line.end < found->size && found->text[line.end] != '\n' &&
           line.end - found->match.end < WB_SECRET_AFTER)
        line.end++;
    return line;
}

static bool any_regex(const struct wb_secret_allowlist *list, const struct wb_secret_text *found)
{
    if (list->regexes.count == 0)
        return false;
    struct wb_regex_span span = found->secret;
    if (list->target != WB_SECRET_TARGET_SECRET)
        span = list->target == WB_SECRET_TARGET_MATCH ? found->match : line_of(found);
    size_t size = span.end - span.begin;
    for (size_t i = 0; i < list->regexes.count; i++)
        if (wb_regex_search(list->regexes.items[i], found->text + span.begin, size, 0, size, NULL,
                            0))
            return true;
    return false;
}

static bool any_stop_word(const struct wb_secret_allowlist *list,
                          const struct wb_secret_text *found)
{
    return list->stop_words != NULL &&
           wb_keyword_automaton_any(list->stop_words,
                                    (const uint8_t *)found->text + found->secret.begin,
                                    found->secret.end - found->secret.begin);
}

static bool is_about(const struct wb_secret_allowlist *list, const char *rule)
{
    for (size_t i = 0; i < list->rule_count; i++)
        if (strcmp(list->rules[i], rule) == 0)
            return true;
    return list->rule_count == 0;
}

static bool allows(const struct wb_secret_allowlist *list, const struct wb_secret_text *found)
{
    bool path = any_path(list, found->path);
    if (!list->all)
        return path || any_stop_word(list, found) || any_regex(list, found);
    if (list->never)
        return false;
    bool anything = list->paths.count + list->regexes.count > 0 || list->stop_words != NULL;
    return anything && (path || list->paths.count == 0) &&
           (list->stop_words == NULL || any_stop_word(list, found)) &&
           (list->regexes.count == 0 || any_regex(list, found));
}

bool wb_secret_allowed(const struct wb_secret_allowlists *lists, const char *rule,
                       const struct wb_secret_text *found)
{
    for (size_t i = 0; i < lists->count; i++)
        if (is_about(&lists->items[i], rule) && allows(&lists->items[i], found))
            return true;
    return false;
}
