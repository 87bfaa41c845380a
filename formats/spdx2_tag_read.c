/* SPDX-License-Identifier: Apache-2.0 */
/* Reading SPDX 2 as tag-value pairs: the JSON form is made of them, and that is read. */
#include "formats/spdx2_tag_read.h"

#include <stdlib.h>
#include <string.h>

struct parser {
    const char *at, *end;
    struct wb_spdx2_tag_builder builder; /* its line is where the parser is */
    struct wb_error *err;
};

static bool fail(const struct parser *parser, const char *what)
{
    return wb_error_set(parser->err, WB_BAD_INPUT, "line %zu: %s", parser->builder.line, what);
}

/* ---- values ---- */

/* The inverse of put_text in spdx2_tag_output.c. */
static void unescape(struct wb_buffer *value)
{
    static const char slash[] = "<\\x2f", backslash[] = "<\\x5c";
    size_t length = 0;
    for (size_t i = 0; i < value->size; i++) {
        value->data[length++] = value->data[i];
        if (value->size - i < 5 ||
            (memcmp(&value->data[i], slash, 5) != 0 && memcmp(&value->data[i], backslash, 5) != 0))
            continue;
        value->data[length++] = value->data[i + 3] == '2' ? '/' : '\\';
        i += 4;
    }
    value->size = length;
    value->data[length] = '\0';
}

/* `<text>` to `</text>`, as it stands in between. */
static bool read_text(struct parser *parser, struct wb_buffer *value)
{
    static const char end[] = "</text>";
    size_t left = (size_t)(parser->end - parser->at);
    const char *close = memmem(parser->at, left, end, strlen(end));
    if (close == NULL)
        return fail(parser, "<text> without </text>");
    wb_buffer_append(value, parser->at, (size_t)(close - parser->at));
    for (const char *at = parser->at; at < close; at++)
        if (*at == '\n')
            parser->builder.line++;
    parser->at = close + strlen(end);
    if (parser->builder.is_own && value->size > 0)
        unescape(value);
    return true;
}

static size_t line_size(const struct parser *parser)
{
    if (parser->at >= parser->end)
        return 0;
    const char *end = memchr(parser->at, '\n', (size_t)(parser->end - parser->at));
    return (size_t)((end == NULL ? parser->end : end) - parser->at);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static void skip_blanks(struct parser *parser)
{
    while (parser->at < parser->end && is_blank(*parser->at))
        parser->at++;
}

static bool read_value(struct parser *parser, struct wb_buffer *value)
{
    static const char begin[] = "<text>";
    skip_blanks(parser);
    if ((size_t)(parser->end - parser->at) >= strlen(begin) &&
        memcmp(parser->at, begin, strlen(begin)) == 0) {
        parser->at += strlen(begin);
        if (!read_text(parser, value))
            return false;
        skip_blanks(parser);
        return line_size(parser) == 0 || fail(parser, "text behind </text>");
    }
    size_t size = line_size(parser), kept = size;
    while (kept > 0 && is_blank(parser->at[kept - 1]))
        kept--;
    wb_buffer_append(value, parser->at, kept);
    parser->at += size;
    return true;
}

/* ---- lines ---- */

static bool read_pair(struct parser *parser)
{
    size_t size = line_size(parser);
    size_t line = parser->builder.line;
    const char *begin = parser->at;
    const char *colon = memchr(begin, ':', size);
    if (colon == NULL)
        return fail(parser, "neither a tag nor a comment");
    const struct wb_spdx2_tag *tag = wb_spdx2_tag_named(begin, (size_t)(colon - begin));
    WB_AUTO_VALUE(wb_buffer) value = {0};
    parser->at = colon + 1;
    if (!read_value(parser, &value))
        return false;
    size_t end_line = parser->builder.line;
    const char *text = value.data == NULL ? "" : (const char *)value.data;
    if (strlen(text) != value.size || !wb_utf8_valid(text, value.size))
        return fail(parser, "a value that is not UTF-8");
    if (tag == NULL) {
        WB_AUTO_STRING name = wb_string_format("%.*s", (int)(colon - begin), begin);
        wb_spdx2_tag_unknown(&parser->builder, name);
        return true;
    }
    parser->builder.line = line;
    bool taken = wb_spdx2_tag_take(&parser->builder, tag, text);
    parser->builder.line = end_line;
    return taken || fail(parser, "a tag where it has no place, or malformed");
}

static bool read_lines(struct parser *parser)
{
    while (parser->at < parser->end) {
        skip_blanks(parser);
        if (parser->at < parser->end && *parser->at == '#')
            parser->at += line_size(parser);
        else if (line_size(parser) > 0 && !read_pair(parser))
            return false;
        skip_blanks(parser);
        if (parser->at < parser->end) {
            parser->at++;
            parser->builder.line++;
        }
    }
    return true;
}

/* A byte order mark may stand in front. */
static struct wb_bytes skip_order_mark(struct wb_bytes document)
{
    static const uint8_t mark[] = {0xef, 0xbb, 0xbf};
    if (document.size < sizeof mark || memcmp(document.data, mark, sizeof mark) != 0)
        return document;
    return (struct wb_bytes){document.data + sizeof mark, document.size - sizeof mark};
}

bool wb_spdx2_tag_recognises(struct wb_bytes document)
{
    static const char mark[] = "SPDXVersion:";
    document = skip_order_mark(document);
    const char *at = (const char *)document.data;
    size_t left = document.size;
    /* Comments and empty lines may stand in front. */
    while (left > 0 && (is_blank(*at) || *at == '\n' || *at == '#')) {
        const char *end = *at == '#' ? memchr(at, '\n', left) : at;
        if (end == NULL)
            return false;
        left -= (size_t)(end + 1 - at);
        at = end + 1;
    }
    return left > strlen(mark) && memcmp(at, mark, strlen(mark)) == 0;
}

json_t *wb_spdx2_tag_tree(struct wb_bytes document, struct wb_document_verdict *verdict,
                          struct wb_error *err)
{
    WB_AUTO_JSON json = json_object();
    document = skip_order_mark(document);
    struct parser parser = {
        .at = (const char *)document.data,
        .end = (const char *)document.data + document.size,
        .builder =
            {.line = 1, .document = json, .element = json, .container = "", .verdict = verdict},
        .err = err,
    };
    if (!read_lines(&parser))
        return NULL;
    wb_spdx2_tag_settle(&parser.builder);
    return WB_STEAL(json);
}

bool wb_spdx2_tag_read(struct wb_bytes document, struct wb_bom *bom, struct wb_error *err)
{
    WB_AUTO_JSON json = wb_spdx2_tag_tree(document, NULL, err);
    return json != NULL && wb_spdx2_read(json, bom, err);
}
