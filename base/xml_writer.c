/* SPDX-License-Identifier: Apache-2.0 */
/* Writing XML 1.0 as a stream. */
#include "base/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 64
#define INDENT 2

enum content {
    CONTENT_OPEN, /* the start tag still takes attributes */
    CONTENT_TEXT,
    CONTENT_ELEMENTS,
};

struct wb_xml_writer {
    struct wb_output *output;
    size_t depth;
    const char *names[DEPTH_MAX];
    enum content content[DEPTH_MAX];
};

static void put(struct wb_xml_writer *writer, const char *text, size_t size)
{
    wb_output_write(writer->output, text, size);
}

static void put_text(struct wb_xml_writer *writer, const char *text)
{
    put(writer, text, strlen(text));
}

struct wb_xml_writer *wb_xml_writer_new(struct wb_output *output)
{
    struct wb_xml_writer *writer = wb_allocate(sizeof *writer);
    writer->output = output;
    put_text(writer, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
    return writer;
}

void wb_xml_writer_free(struct wb_xml_writer *writer)
{
    free(writer);
}

static void put_line(struct wb_xml_writer *writer)
{
    static const char spaces[INDENT * DEPTH_MAX + 1] =
        "                                                                "
        "                                                                ";
    put(writer, "\n", 1);
    put(writer, spaces, INDENT * writer->depth);
}

/* Makes room for content of one kind in the innermost element. */
static void enter_content(struct wb_xml_writer *writer, enum content content)
{
    if (writer->depth == 0)
        return;
    enum content *state = &writer->content[writer->depth - 1];
    if (*state == CONTENT_OPEN)
        put(writer, ">", 1);
    *state = content;
}

void wb_xml_begin(struct wb_xml_writer *writer, const char *name)
{
    enter_content(writer, CONTENT_ELEMENTS);
    put_line(writer);
    put(writer, "<", 1);
    put_text(writer, name);
    /* Only a mistake in a writer of ours could get here. */
    if (writer->depth == DEPTH_MAX)
        abort();
    writer->names[writer->depth] = name;
    writer->content[writer->depth++] = CONTENT_OPEN;
}

void wb_xml_end(struct wb_xml_writer *writer)
{
    enum content content = writer->content[--writer->depth];
    if (content == CONTENT_OPEN) {
        put(writer, "/>", 2);
        return;
    }
    if (content == CONTENT_ELEMENTS)
        put_line(writer);
    put(writer, "</", 2);
    put_text(writer, writer->names[writer->depth]);
    put(writer, ">", 1);
}

/* ---- characters ---- */

/* XML's production Char leaves out C0 controls but three, and U+FFFE and U+FFFF. */
static size_t forbidden_size(const unsigned char *at)
{
    if (at[0] < 0x20)
        return at[0] != '\t' && at[0] != '\n' && at[0] != '\r';
    return at[0] == 0xef && at[1] == 0xbf && (at[2] == 0xbe || at[2] == 0xbf) ? 3 : 0;
}

/* What stands for the character; NULL when it may stand as it is. Readers turn a carriage return
 * into a line feed, and white space of attributes into spaces, unless it is written by number. */
static const char *reference_of(char c, bool attribute)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '\r':
        return "&#13;";
    case '"':
        return attribute ? "&quot;" : NULL;
    case '\t':
        return attribute ? "&#9;" : NULL;
    case '\n':
        return attribute ? "&#10;" : NULL;
    default:
        return NULL;
    }
}

#define ESCAPE_SIZE 5 /* `\xNN` and its end */

static const char *escape(char byte, char text[ESCAPE_SIZE])
{
    snprintf(text, ESCAPE_SIZE, "\\x%02x", (unsigned char)byte);
    return text;
}

const char *wb_xml_escape(struct wb_arena *arena, const char *text)
{
    const char *at = text;
    while (*at != '\0' && forbidden_size((const unsigned char *)at) == 0)
        at++;
    if (*at == '\0')
        return text;
    WB_AUTO_VALUE(wb_buffer) escaped = {0};
    wb_buffer_append(&escaped, text, (size_t)(at - text));
    while (*at != '\0') {
        char shown[ESCAPE_SIZE];
        size_t size = forbidden_size((const unsigned char *)at);
        if (size == 0)
            wb_buffer_append(&escaped, at++, 1);
        for (; size > 0; size--)
            wb_buffer_append_text(&escaped, escape(*at++, shown));
    }
    return wb_arena_copy_bytes(arena, escaped.data, escaped.size);
}

static void put_escaped(struct wb_xml_writer *writer, const char *text, bool attribute)
{
    const char *plain = text;
    const char *at = text;
    while (*at != '\0') {
        char shown[ESCAPE_SIZE];
        const char *reference = reference_of(*at, attribute);
        size_t forbidden = forbidden_size((const unsigned char *)at);
        if (reference == NULL && forbidden == 0) {
            at++;
            continue;
        }
        put(writer, plain, (size_t)(at - plain));
        if (reference != NULL) {
            put_text(writer, reference);
            at++;
        }
        for (; forbidden > 0; forbidden--)
            put_text(writer, escape(*at++, shown));
        plain = at;
    }
    put(writer, plain, (size_t)(at - plain));
}

void wb_xml_attribute(struct wb_xml_writer *writer, const char *name, const char *value)
{
    put(writer, " ", 1);
    put_text(writer, name);
    put(writer, "=\"", 2);
    put_escaped(writer, value, true);
    put(writer, "\"", 1);
}

void wb_xml_text(struct wb_xml_writer *writer, const char *text)
{
    if (*text == '\0')
        return;
    enter_content(writer, CONTENT_TEXT);
    put_escaped(writer, text, false);
}

void wb_xml_element(struct wb_xml_writer *writer, const char *name, const char *text)
{
    wb_xml_begin(writer, name);
    wb_xml_text(writer, text);
    wb_xml_end(writer);
}

void wb_xml_finish(struct wb_xml_writer *writer)
{
    put(writer, "\n", 1);
}
