/* SPDX-License-Identifier: Apache-2.0 */
/* One rule of a rule file. A key that is not known is an error: a rule whose keywords are spelt
 * wrong would find nothing without anybody noticing. */
#include "audit/secret_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool wb_secret_fail(const struct wb_toml *where, const char *source, struct wb_error *err,
                    const char *format, ...)
{
    char message[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    return wb_error_set(err, WB_BAD_INPUT, "%s:%lld: %s", source, (long long)where->line, message);
}

bool wb_secret_read_text(const struct wb_toml *value, const char *source, const char **text,
                         struct wb_error *err)
{
    if (value->kind != WB_TOML_STRING)
        return wb_secret_fail(value, source, err, "%s%s%s must be a text in quotes, not %s",
                              value->key == NULL ? "an element" : "\"",
                              value->key == NULL ? "" : value->key, value->key == NULL ? "" : "\"",
                              wb_toml_kind_name(value->kind));
    *text = value->text;
    return true;
}

struct wb_regex *wb_secret_compile(const struct wb_toml *value, const char *source,
                                   const char *what, struct wb_error *err)
{
    const char *pattern = NULL;
    char reason[256];
    if (!wb_secret_read_text(value, source, &pattern, err))
        return NULL;
    struct wb_regex *regex = wb_regex_new(pattern, reason, sizeof reason);
    if (regex == NULL)
        wb_secret_fail(value, source, err,
                       "%s: RE2 cannot compile an expression (its syntax is that of Go, without "
                       "looking ahead or behind): %s",
                       what, reason);
    return regex;
}

void wb_secret_rule_clear(struct wb_secret_rule *rule)
{
    wb_regex_free(rule->regex);
    wb_regex_free(rule->path);
    free(rule->keywords);
    wb_secret_allowlists_clear(&rule->allowlists);
}

struct reading {
    struct wb_secret_rules *rules;
    struct wb_secret_rule *rule;
    const char *source;
    const char *whose; /* "rule \"id\"" */
    struct wb_error *err;
};

static bool copy_text(const struct wb_toml *value, const struct reading *reading, const char **text)
{
    if (!wb_secret_read_text(value, reading->source, text, reading->err))
        return false;
    *text = wb_arena_copy(reading->rules->arena, *text);
    return true;
}

static bool read_regex(const struct wb_toml *value, const struct reading *reading,
                       struct wb_regex **regex)
{
    /* An empty one is none, as rules on paths alone have it. */
    if (value->kind == WB_TOML_STRING && value->text[0] == '\0')
        return true;
    *regex = wb_secret_compile(value, reading->source, reading->whose, reading->err);
    return *regex != NULL;
}

static bool read_keywords(const struct wb_toml *array, const struct reading *reading)
{
    struct wb_secret_rule *rule = reading->rule;
    if (array->kind != WB_TOML_ARRAY)
        return wb_secret_fail(array, reading->source, reading->err,
                              "\"keywords\" must be an array, not %s",
                              wb_toml_kind_name(array->kind));
    for (const struct wb_toml *item = array->first; item != NULL; item = item->next) {
        const char *keyword;
        if (!copy_text(item, reading, &keyword))
            return false;
        size_t length = strlen(keyword);
        if (length == 0 || length > WB_SECRET_KEYWORD_MAX)
            return wb_secret_fail(item, reading->source, reading->err,
                                  "%s: a keyword must have 1 to %d bytes", reading->whose,
                                  WB_SECRET_KEYWORD_MAX);
        WB_APPEND(rule->keywords, rule->keyword_count, rule->keyword_capacity, keyword);
    }
    return true;
}

static bool read_number(const struct wb_toml *value, const struct reading *reading,
                        int64_t thousandths_max, int64_t *thousandths)
{
    if (value->kind != WB_TOML_INTEGER && value->kind != WB_TOML_FLOAT)
        return wb_secret_fail(value, reading->source, reading->err, "\"%s\" must be a number",
                              value->key);
    if (value->thousandths < 0 || value->thousandths > thousandths_max)
        return wb_secret_fail(value, reading->source, reading->err,
                              "%s: \"%s\" must be between 0 and %lld", reading->whose, value->key,
                              (long long)(thousandths_max / 1000));
    *thousandths = value->thousandths;
    return true;
}

static bool read_word(const struct wb_toml *value, const struct reading *reading,
                      const char *const *words, size_t count, int *choice)
{
    const char *text;
    if (!wb_secret_read_text(value, reading->source, &text, reading->err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (strcmp(text, words[i]) == 0) {
            *choice = (int)i;
            return true;
        }
    return wb_secret_fail(value, reading->source, reading->err, "%s: there is no %s \"%s\"",
                          reading->whose, value->key, text);
}

static bool read_flag(const struct wb_toml *value, const struct reading *reading, bool *flag)
{
    if (value->kind != WB_TOML_BOOLEAN)
        return wb_secret_fail(value, reading->source, reading->err, "\"%s\" must be true or false",
                              value->key);
    *flag = value->integer != 0;
    return true;
}

/* What rule files of gitleaks do not have. */
static bool read_own_member(const struct wb_toml *member, const struct reading *reading)
{
    static const char *const structures[] = {"regex", "pem", "pem-base64", "der-base64",
                                             "putty", "der", "key-store"};
    static const char *const checksums[] = {"none", "crc32-base62"};
    struct wb_secret_rule *rule = reading->rule;
    int choice = 0;
    if (strcmp(member->key, "severity") == 0) {
        const char *name;
        if (!wb_secret_read_text(member, reading->source, &name, reading->err))
            return false;
        return wb_audit_severity_parse(name, &rule->severity) ||
               wb_secret_fail(member, reading->source, reading->err,
                              "%s: there is no severity \"%s\"", reading->whose, name);
    }
    if (strcmp(member->key, "structure") == 0) {
        if (!read_word(member, reading, structures, sizeof structures / sizeof *structures,
                       &choice))
            return false;
        rule->structure = (enum wb_secret_structure)choice;
        return true;
    }
    if (strcmp(member->key, "checksum") == 0) {
        if (!read_word(member, reading, checksums, 2, &choice))
            return false;
        rule->checksum = (enum wb_secret_checksum)choice;
        return true;
    }
    if (strcmp(member->key, "textOnly") == 0)
        return read_flag(member, reading, &rule->text_only);
    if (strcmp(member->key, "generic") == 0)
        return read_flag(member, reading, &rule->generic);
    if (strcmp(member->key, "generated") == 0)
        return read_flag(member, reading, &rule->generated);
    return wb_secret_fail(member, reading->source, reading->err,
                          "%s: a rule has no \"%s\" that is known here", reading->whose,
                          member->key);
}

static bool read_member(const struct wb_toml *member, const struct reading *reading)
{
    struct wb_secret_rule *rule = reading->rule;
    int64_t thousandths = 0;
    if (strcmp(member->key, "id") == 0)
        return copy_text(member, reading, &rule->id);
    if (strcmp(member->key, "description") == 0)
        return copy_text(member, reading, &rule->description);
    if (strcmp(member->key, "regex") == 0)
        return read_regex(member, reading, &rule->regex);
    if (strcmp(member->key, "path") == 0)
        return read_regex(member, reading, &rule->path);
    if (strcmp(member->key, "keywords") == 0)
        return read_keywords(member, reading);
    if (strcmp(member->key, "entropy") == 0)
        return read_number(member, reading, 8000, &rule->entropy);
    if (strcmp(member->key, "secretGroup") == 0) {
        if (!read_number(member, reading, (WB_REGEX_GROUPS_MAX - 1) * 1000, &thousandths))
            return false;
        rule->group = (size_t)(thousandths / 1000);
        return true;
    }
    if (strcmp(member->key, "allowlist") == 0 || strcmp(member->key, "allowlists") == 0)
        return wb_secret_allowlists_read(&rule->allowlists, member, reading->source, reading->whose,
                                         reading->rules->arena, reading->err);
    return strcmp(member->key, "tags") == 0 || read_own_member(member, reading);
}

static bool check_rule(const struct wb_toml *table, const struct reading *reading)
{
    const struct wb_secret_rule *rule = reading->rule;
    if (rule->regex == NULL && rule->path == NULL && rule->structure == WB_SECRET_BY_REGEX)
        return wb_secret_fail(table, reading->source, reading->err,
                              "%s: neither \"regex\" nor \"path\"", reading->whose);
    if (rule->regex != NULL && rule->structure != WB_SECRET_BY_REGEX)
        return wb_secret_fail(table, reading->source, reading->err,
                              "%s: \"regex\" beside \"structure\"", reading->whose);
    if (rule->regex != NULL && rule->group > wb_regex_group_count(rule->regex))
        return wb_secret_fail(table, reading->source, reading->err,
                              "%s: the expression has no group %zu", reading->whose, rule->group);
    return true;
}

static bool put_rule(struct wb_secret_rules *rules, const struct wb_toml *table, const char *source,
                     const struct wb_secret_rule *rule, struct wb_error *err)
{
    for (size_t i = 0; i < rules->count; i++)
        if (strcmp(rules->items[i].id, rule->id) == 0) {
            wb_secret_rule_clear(&rules->items[i]);
            rules->items[i] = *rule;
            rules->items[i].replaced = true;
            return true;
        }
    if (rules->count == WB_SECRET_RULES_MAX)
        return wb_secret_fail(table, source, err, "more than %d rules", WB_SECRET_RULES_MAX);
    WB_APPEND(rules->items, rules->count, rules->capacity, *rule);
    return true;
}

bool wb_secret_rule_read(struct wb_secret_rules *rules, const struct wb_toml *table,
                         const char *source, struct wb_error *err)
{
    struct wb_secret_rule rule = {
        .severity = WB_AUDIT_HIGH, .description = "", .file = rules->file_count - 1};
    const char *id;
    if (table->kind != WB_TOML_TABLE)
        return wb_secret_fail(table, source, err, "a rule must be a table, not %s",
                              wb_toml_kind_name(table->kind));
    const struct wb_toml *id_member = wb_toml_member(table, "id");
    if (id_member == NULL || !wb_secret_read_text(id_member, source, &id, err) || id[0] == '\0')
        return wb_secret_fail(table, source, err, "a rule needs a text \"id\"");
    const struct reading reading = {
        .rules = rules,
        .rule = &rule,
        .source = source,
        .whose = wb_arena_format(rules->arena, "rule \"%s\"", id),
        .err = err,
    };
    bool ok = true;
    for (const struct wb_toml *member = table->first; ok && member != NULL; member = member->next)
        ok = read_member(member, &reading);
    ok = ok && check_rule(table, &reading) && put_rule(rules, table, source, &rule, err);
    if (!ok)
        wb_secret_rule_clear(&rule);
    return ok;
}
