/* SPDX-License-Identifier: Apache-2.0 */
/* Values of TOML 1.0: texts of four kinds, numbers, booleans, arrays, inline tables. */
#include "audit/toml_private.h"

#include <string.h>

static void append_utf8(struct wb_buffer *text, uint32_t c)
{
    uint8_t bytes[4];
    size_t size;
    if (c < 0x80) {
        bytes[0] = (uint8_t)c;
        size = 1;
    } else if (c < 0x800) {
        bytes[0] = (uint8_t)(0xC0 | c >> 6);
        bytes[1] = (uint8_t)(0x80 | (c & 0x3F));
        size = 2;
    } else if (c < 0x10000) {
        bytes[0] = (uint8_t)(0xE0 | c >> 12);
        bytes[1] = (uint8_t)(0x80 | (c >> 6 & 0x3F));
        bytes[2] = (uint8_t)(0x80 | (c & 0x3F));
        size = 3;
    } else {
        bytes[0] = (uint8_t)(0xF0 | c >> 18);
        bytes[1] = (uint8_t)(0x80 | (c >> 12 & 0x3F));
        bytes[2] = (uint8_t)(0x80 | (c >> 6 & 0x3F));
        bytes[3] = (uint8_t)(0x80 | (c & 0x3F));
        size = 4;
    }
    wb_buffer_append(text, bytes, size);
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static bool read_unicode(struct wb_toml_reader *reader, unsigned digits, struct wb_buffer *text)
{
    uint32_t c = 0;
    for (unsigned i = 0; i < digits; i++) {
        int digit = hex_value(wb_toml_peek(reader, 0));
        if (digit < 0)
            return wb_toml_fail(reader, "\\%c needs %u hexadecimal digits", digits == 4 ? 'u' : 'U',
                                digits);
        c = c << 4 | (uint32_t)digit;
        reader->at++;
    }
    if (c == 0 || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000))
        return wb_toml_fail(reader, "there is no character U+%04X", c);
    append_utf8(text, c);
    return true;
}

/* A backslash at the end of a line takes the line end and the blanks of the next lines with it. */
static bool skip_line_end(struct wb_toml_reader *reader)
{
    wb_toml_skip_blanks(reader);
    if (wb_toml_peek(reader, 0) != '\n' && wb_toml_peek(reader, 0) != '\r')
        return wb_toml_fail(reader, "a backslash and blanks must be the last of their line");
    for (char c = wb_toml_peek(reader, 0); c == ' ' || c == '\t' || c == '\n' || c == '\r';
         c = wb_toml_peek(reader, 0)) {
        reader->line += c == '\n';
        reader->at++;
    }
    return true;
}

static bool read_escape(struct wb_toml_reader *reader, bool several_lines, struct wb_buffer *text)
{
    static const char names[] = "btnfre\"\\";
    static const char values[] = "\b\t\n\f\r\x1b\"\\";
    char c = wb_toml_peek(reader, 1);
    reader->at++;
    if (several_lines && (c == '\n' || c == '\r' || c == ' ' || c == '\t'))
        return skip_line_end(reader);
    reader->at++;
    if (c == 'u' || c == 'U')
        return read_unicode(reader, c == 'u' ? 4 : 8, text);
    const char *name = c == 0 ? NULL : strchr(names, c);
    if (name == NULL) {
        reader->at--;
        return wb_toml_fail(reader, "TOML has no escape like this one in a text in double quotes; "
                                    "patterns are better written in '''...'''");
    }
    wb_buffer_append(text, &values[name - names], 1);
    return true;
}

/* How many quotes stand there: those of a text of several lines may end with one or two of its
 * own. */
static size_t quotes_at(const struct wb_toml_reader *reader, char quote)
{
    size_t count = 0;
    while (count < 5 && wb_toml_peek(reader, count) == quote)
        count++;
    return count;
}

static bool at_end_of_text(struct wb_toml_reader *reader, char quote, bool several_lines,
                           struct wb_buffer *text)
{
    size_t count = quotes_at(reader, quote);
    if (!several_lines) {
        reader->at += count > 0;
        return count > 0;
    }
    if (count < 3)
        return false;
    wb_buffer_append(text, reader->at, count - 3);
    reader->at += count;
    return true;
}

static bool read_characters(struct wb_toml_reader *reader, char quote, bool several_lines,
                            struct wb_buffer *text)
{
    int64_t begin = reader->line;
    while (!at_end_of_text(reader, quote, several_lines, text)) {
        char c = wb_toml_peek(reader, 0);
        if (reader->at == reader->end || (c == '\n' && !several_lines)) {
            reader->line = begin;
            return wb_toml_fail(reader, "a text has no end");
        }
        if (c == '\\' && quote == '"') {
            if (!read_escape(reader, several_lines, text))
                return false;
            continue;
        }
        if (((unsigned char)c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7F)
            return wb_toml_fail(reader, "a control character in a text");
        reader->line += c == '\n';
        wb_buffer_append(text, reader->at++, 1);
    }
    return true;
}

const char *wb_toml_read_string(struct wb_toml_reader *reader)
{
    char quote = *reader->at;
    bool several_lines = wb_toml_peek(reader, 1) == quote && wb_toml_peek(reader, 2) == quote;
    reader->at += several_lines ? 3 : 1;
    if (several_lines) {
        if (wb_toml_peek(reader, 0) == '\r' && wb_toml_peek(reader, 1) == '\n')
            reader->at++;
        if (wb_toml_peek(reader, 0) == '\n') {
            reader->at++;
            reader->line++;
        }
    }
    WB_AUTO_VALUE(wb_buffer) text = {0};
    if (!read_characters(reader, quote, several_lines, &text))
        return NULL;
    return wb_arena_copy_bytes(reader->arena, text.size == 0 ? "" : (const char *)text.data,
                               text.size);
}

/* Decimal integers and floats without exponent: what rules are written with. */
static struct wb_toml *read_number(struct wb_toml_reader *reader)
{
    struct wb_toml *value = wb_toml_new(reader, WB_TOML_INTEGER);
    bool negative = wb_toml_peek(reader, 0) == '-';
    reader->at += negative || wb_toml_peek(reader, 0) == '+';
    int64_t whole = 0, fraction = 0, unit = 100;
    size_t digits = 0;
    for (char c; c = wb_toml_peek(reader, 0), (c >= '0' && c <= '9') || (c == '_' && digits > 0);
         reader->at++) {
        if (c == '_')
            continue;
        digits++;
        whole = whole * 10 + (c - '0');
        if (whole > INT64_C(1000000000000)) {
            wb_toml_fail(reader, "the number is too large");
            return NULL;
        }
    }
    if (digits > 0 && wb_toml_peek(reader, 0) == '.') {
        value->kind = WB_TOML_FLOAT;
        reader->at++;
        digits = 0;
        for (char c; c = wb_toml_peek(reader, 0), c >= '0' && c <= '9'; reader->at++, digits++) {
            fraction += (c - '0') * unit;
            unit /= 10;
        }
    }
    char after = wb_toml_peek(reader, 0);
    if (digits == 0 || (after != 0 && strchr(" \t\r\n,]}#", after) == NULL)) {
        wb_toml_fail(reader,
                     "neither a text in quotes, a number, true, false, [array] nor {table}; "
                     "dates, hexadecimal numbers and exponents are not read");
        return NULL;
    }
    value->integer = negative ? -whole : whole;
    value->thousandths = (negative ? -1 : 1) * (whole * 1000 + fraction);
    return value;
}

static struct wb_toml *read_array(struct wb_toml_reader *reader, unsigned depth)
{
    struct wb_toml *array = wb_toml_new(reader, WB_TOML_ARRAY);
    array->closed = true;
    reader->at++;
    for (;;) {
        if (!wb_toml_skip_lines(reader))
            return NULL;
        if (wb_toml_peek(reader, 0) == ']')
            break;
        struct wb_toml *element = wb_toml_read_value(reader, depth + 1);
        if (element == NULL || !wb_toml_add(reader, array, NULL, element) ||
            !wb_toml_skip_lines(reader))
            return NULL;
        if (wb_toml_peek(reader, 0) == ',')
            reader->at++;
        else if (wb_toml_peek(reader, 0) != ']') {
            wb_toml_fail(reader, "the array that begins in line %lld lacks a comma or its end",
                         (long long)array->line);
            return NULL;
        }
    }
    reader->at++;
    return array;
}

static struct wb_toml *read_inline_table(struct wb_toml_reader *reader, unsigned depth)
{
    struct wb_toml *table = wb_toml_new(reader, WB_TOML_TABLE);
    reader->at++;
    wb_toml_skip_blanks(reader);
    bool more = wb_toml_peek(reader, 0) != '}';
    while (more) {
        if (!wb_toml_read_pair(reader, table, depth + 1))
            return NULL;
        wb_toml_skip_blanks(reader);
        more = wb_toml_peek(reader, 0) == ',';
        reader->at += more;
    }
    if (wb_toml_peek(reader, 0) != '}') {
        wb_toml_fail(reader, "the table in braces lacks a comma or its end");
        return NULL;
    }
    reader->at++;
    table->closed = true;
    return table;
}

static struct wb_toml *read_boolean(struct wb_toml_reader *reader)
{
    static const char *const words[] = {"false", "true"};
    for (int i = 0; i < 2; i++) {
        size_t length = strlen(words[i]);
        if ((size_t)(reader->end - reader->at) < length ||
            memcmp(reader->at, words[i], length) != 0)
            continue;
        struct wb_toml *value = wb_toml_new(reader, WB_TOML_BOOLEAN);
        value->integer = i;
        reader->at += length;
        return value;
    }
    return read_number(reader);
}

struct wb_toml *wb_toml_read_value(struct wb_toml_reader *reader, unsigned depth)
{
    if (depth >= WB_TOML_DEPTH_MAX) {
        wb_toml_fail(reader, "nested deeper than %d", WB_TOML_DEPTH_MAX);
        return NULL;
    }
    switch (wb_toml_peek(reader, 0)) {
    case '"':
    case '\'': {
        struct wb_toml *value = wb_toml_new(reader, WB_TOML_STRING);
        value->text = wb_toml_read_string(reader);
        return value->text == NULL ? NULL : value;
    }
    case '[':
        return read_array(reader, depth);
    case '{':
        return read_inline_table(reader, depth);
    default:
        return read_boolean(reader);
    }
}
