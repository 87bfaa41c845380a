/* SPDX-License-Identifier: Apache-2.0 */
/* Tables, headers and keys of TOML 1.0. */
#include "audit/toml_private.h"

#include <stdio.h>
#include <string.h>

const char *wb_toml_kind_name(enum wb_toml_kind kind)
{
    static const char *const names[] = {"a string",  "an integer", "a number",
                                        "a boolean", "an array",   "a table"};
    return names[kind];
}

bool wb_toml_fail(const struct wb_toml_reader *reader, const char *format, ...)
{
    char message[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    return wb_error_set(reader->err, WB_BAD_INPUT, "%s:%lld: %s", reader->source,
                        (long long)reader->line, message);
}

char wb_toml_peek(const struct wb_toml_reader *reader, size_t ahead)
{
    return ahead < (size_t)(reader->end - reader->at) ? reader->at[ahead] : 0;
}

void wb_toml_skip_blanks(struct wb_toml_reader *reader)
{
    while (wb_toml_peek(reader, 0) == ' ' || wb_toml_peek(reader, 0) == '\t')
        reader->at++;
}

bool wb_toml_end_line(struct wb_toml_reader *reader)
{
    wb_toml_skip_blanks(reader);
    if (wb_toml_peek(reader, 0) == '#') {
        const char *line_end = memchr(reader->at, '\n', (size_t)(reader->end - reader->at));
        reader->at = line_end == NULL ? reader->end : line_end;
    }
    if (wb_toml_peek(reader, 0) == '\r' && wb_toml_peek(reader, 1) == '\n')
        reader->at++;
    if (reader->at == reader->end)
        return true;
    if (*reader->at != '\n')
        return wb_toml_fail(reader, "the line should end here, but goes on with '%c'", *reader->at);
    reader->at++;
    reader->line++;
    return true;
}

bool wb_toml_skip_lines(struct wb_toml_reader *reader)
{
    for (;;) {
        wb_toml_skip_blanks(reader);
        char c = wb_toml_peek(reader, 0);
        if (c != '#' && c != '\n' && c != '\r')
            return true;
        if (!wb_toml_end_line(reader))
            return false;
    }
}

struct wb_toml *wb_toml_new(const struct wb_toml_reader *reader, enum wb_toml_kind kind)
{
    struct wb_toml *value = wb_arena_allocate(reader->arena, sizeof *value);
    value->kind = kind;
    value->line = reader->line;
    return value;
}

const struct wb_toml *wb_toml_member(const struct wb_toml *table, const char *key)
{
    for (const struct wb_toml *member = table->first; member != NULL; member = member->next)
        if (strcmp(member->key, key) == 0)
            return member;
    return NULL;
}

bool wb_toml_add(const struct wb_toml_reader *reader, struct wb_toml *parent, const char *key,
                 struct wb_toml *value)
{
    if (parent->kind == WB_TOML_TABLE) {
        const struct wb_toml *there = wb_toml_member(parent, key);
        if (there != NULL)
            return wb_toml_fail(reader, "\"%s\" is already there, in line %lld", key,
                                (long long)there->line);
        if (parent->count == WB_TOML_MEMBERS_MAX)
            return wb_toml_fail(reader, "more than %d keys in one table", WB_TOML_MEMBERS_MAX);
    }
    value->key = key;
    if (parent->last == NULL)
        parent->first = value;
    else
        parent->last->next = value;
    parent->last = value;
    parent->count++;
    return true;
}

static bool is_bare(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
}

const char *wb_toml_read_key(struct wb_toml_reader *reader)
{
    wb_toml_skip_blanks(reader);
    char c = wb_toml_peek(reader, 0);
    const char *key;
    if (c == '"' || c == '\'') {
        if (wb_toml_peek(reader, 1) == c && wb_toml_peek(reader, 2) == c) {
            wb_toml_fail(reader, "a key cannot be a text of several lines");
            return NULL;
        }
        key = wb_toml_read_string(reader);
    } else {
        const char *begin = reader->at;
        while (is_bare(wb_toml_peek(reader, 0)))
            reader->at++;
        if (reader->at == begin) {
            wb_toml_fail(reader, "a key is expected here");
            return NULL;
        }
        key = wb_arena_copy_bytes(reader->arena, begin, (size_t)(reader->at - begin));
    }
    wb_toml_skip_blanks(reader);
    return key;
}

/* The table of that key under `table`, made where there is none; of an array of tables the last. */
static struct wb_toml *step_into(struct wb_toml_reader *reader, struct wb_toml *table,
                                 const char *key, bool by_header)
{
    struct wb_toml *member = (struct wb_toml *)wb_toml_member(table, key);
    if (member == NULL) {
        member = wb_toml_new(reader, WB_TOML_TABLE);
        return wb_toml_add(reader, table, key, member) ? member : NULL;
    }
    if (by_header && member->kind == WB_TOML_ARRAY && !member->closed && member->last != NULL)
        return member->last;
    if (member->kind == WB_TOML_TABLE && (by_header || !member->closed))
        return member;
    wb_toml_fail(reader, "\"%s\" is %s already, from line %lld", key,
                 wb_toml_kind_name(member->kind), (long long)member->line);
    return NULL;
}

bool wb_toml_read_pair(struct wb_toml_reader *reader, struct wb_toml *table, unsigned depth)
{
    const char *key = wb_toml_read_key(reader);
    for (; key != NULL && wb_toml_peek(reader, 0) == '.'; depth++) {
        if (depth == WB_TOML_DEPTH_MAX)
            return wb_toml_fail(reader, "nested deeper than %d", WB_TOML_DEPTH_MAX);
        reader->at++;
        table = step_into(reader, table, key, false);
        if (table == NULL)
            return false;
        key = wb_toml_read_key(reader);
    }
    if (key == NULL)
        return false;
    if (wb_toml_peek(reader, 0) != '=')
        return wb_toml_fail(reader, "\"%s\" is not followed by =", key);
    reader->at++;
    wb_toml_skip_blanks(reader);
    struct wb_toml *value = wb_toml_read_value(reader, depth);
    return value != NULL && wb_toml_add(reader, table, key, value);
}

static struct wb_toml *open_table(struct wb_toml_reader *reader, struct wb_toml *parent,
                                  const char *key)
{
    struct wb_toml *table = step_into(reader, parent, key, true);
    if (table == NULL)
        return NULL;
    const struct wb_toml *there = wb_toml_member(parent, key);
    if (table->closed || there->kind == WB_TOML_ARRAY) {
        wb_toml_fail(reader, "\"%s\" is already there, in line %lld", key, (long long)there->line);
        return NULL;
    }
    table->closed = true;
    table->line = reader->line;
    return table;
}

static struct wb_toml *open_element(struct wb_toml_reader *reader, struct wb_toml *parent,
                                    const char *key)
{
    struct wb_toml *array = (struct wb_toml *)wb_toml_member(parent, key);
    if (array == NULL) {
        array = wb_toml_new(reader, WB_TOML_ARRAY);
        if (!wb_toml_add(reader, parent, key, array))
            return NULL;
    }
    if (array->kind != WB_TOML_ARRAY || array->closed) {
        wb_toml_fail(reader, "\"%s\" is %s already, from line %lld", key,
                     wb_toml_kind_name(array->kind), (long long)array->line);
        return NULL;
    }
    struct wb_toml *table = wb_toml_new(reader, WB_TOML_TABLE);
    table->closed = true;
    return wb_toml_add(reader, array, NULL, table) ? table : NULL;
}

/* `[a.b]` or `[[a.b]]`: the table that the lines after it belong to. */
static struct wb_toml *read_header(struct wb_toml_reader *reader, struct wb_toml *root)
{
    reader->at++;
    bool is_element = wb_toml_peek(reader, 0) == '[';
    reader->at += is_element;
    struct wb_toml *table = root;
    const char *key = wb_toml_read_key(reader);
    for (unsigned depth = 1; key != NULL && wb_toml_peek(reader, 0) == '.'; depth++) {
        if (depth == WB_TOML_DEPTH_MAX) {
            wb_toml_fail(reader, "nested deeper than %d", WB_TOML_DEPTH_MAX);
            return NULL;
        }
        reader->at++;
        table = step_into(reader, table, key, true);
        if (table == NULL)
            return NULL;
        key = wb_toml_read_key(reader);
    }
    if (key == NULL)
        return NULL;
    table = is_element ? open_element(reader, table, key) : open_table(reader, table, key);
    if (table == NULL)
        return NULL;
    if (wb_toml_peek(reader, 0) != ']' || (is_element && wb_toml_peek(reader, 1) != ']')) {
        wb_toml_fail(reader, "the header does not end with %s", is_element ? "]]" : "]");
        return NULL;
    }
    reader->at += is_element ? 2 : 1;
    return wb_toml_end_line(reader) ? table : NULL;
}

const struct wb_toml *wb_toml_parse(struct wb_bytes text, const char *source,
                                    struct wb_arena *arena, struct wb_error *err)
{
    struct wb_toml_reader reader = {(const char *)text.data,
                                    (const char *)text.data + text.size,
                                    .line = 1,
                                    .source = source,
                                    .arena = arena,
                                    .err = err};
    if (text.size > WB_TOML_SIZE_MAX) {
        wb_toml_fail(&reader, "larger than %d MiB", (int)(WB_TOML_SIZE_MAX >> 20));
        return NULL;
    }
    if (!wb_utf8_valid((const char *)text.data, text.size)) {
        wb_toml_fail(&reader, "the file is not UTF-8 text");
        return NULL;
    }
    struct wb_toml *root = wb_toml_new(&reader, WB_TOML_TABLE);
    struct wb_toml *table = root;
    for (;;) {
        if (!wb_toml_skip_lines(&reader))
            return NULL;
        if (reader.at == reader.end)
            return root;
        if (*reader.at == '[')
            table = read_header(&reader, root);
        else if (!wb_toml_read_pair(&reader, table, 1) || !wb_toml_end_line(&reader))
            return NULL;
        if (table == NULL)
            return NULL;
    }
}
