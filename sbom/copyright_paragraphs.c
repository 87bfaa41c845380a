/* SPDX-License-Identifier: Apache-2.0 */
/* Splits machine-readable copyright files into paragraphs.
 *
 * Real files break the rules of copyright-format 1.0 in a few ways that leave no doubt what was
 * meant, and these are followed: empty lines without the dot inside a text, text that is not
 * indented, a missing empty line before the next Files or License. */
#include "sbom/copyright.h"
#include "sbom/licence.h"

#include <stdlib.h>
#include <string.h>

void wb_copyright_paragraphs_clear(struct wb_copyright_paragraphs *paragraphs)
{
    free(paragraphs->items);
    *paragraphs = (struct wb_copyright_paragraphs){0};
}

bool wb_copyright_next_line(struct wb_bytes *rest, struct wb_bytes *line)
{
    if (rest->size == 0)
        return false;
    const uint8_t *newline = memchr(rest->data, '\n', rest->size);
    size_t size = newline == NULL ? rest->size : (size_t)(newline - rest->data);
    size_t taken = newline == NULL ? size : size + 1;
    *line = (struct wb_bytes){rest->data, size};
    *rest = (struct wb_bytes){rest->data + taken, rest->size - taken};
    return true;
}

static bool is_space(uint8_t byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

struct wb_bytes wb_copyright_trim(struct wb_bytes line)
{
    while (line.size > 0 && is_space(line.data[line.size - 1]))
        line.size--;
    while (line.size > 0 && is_space(line.data[0])) {
        line.data++;
        line.size--;
    }
    return line;
}

struct splitter {
    struct wb_copyright_paragraphs *out;
    struct wb_copyright_paragraph paragraph;
    struct wb_bytes *value; /* of the field being read, if anybody wants it */
    struct wb_bytes other;  /* the value of fields that nobody wants */
    struct wb_bytes format;
    bool is_empty;
    bool after_gap; /* an empty line came last */
};

/* The format had a home on the wiki, in Subversion and on dep.debian.net before it came to Debian
 * Policy, with any of several front ends. */
static bool names_format(struct wb_bytes value)
{
    static const char *const marks[] = {"copyright-format", "copyrightformat", "dep5", "dep-5",
                                        "dep.debian.net"};
    char start[200];
    size_t size = value.size < sizeof start - 1 ? value.size : sizeof start - 1;
    for (size_t i = 0; i < size; i++)
        start[i] = wb_ascii_lower((char)value.data[i]);
    start[size] = '\0';
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
        if (strstr(start, marks[i]) != NULL)
            return true;
    return false;
}

static void end_paragraph(struct splitter *splitter)
{
    if (!splitter->is_empty) {
        splitter->paragraph.has_format = names_format(splitter->format);
        WB_APPEND(splitter->out->items, splitter->out->count, splitter->out->capacity,
                  splitter->paragraph);
    }
    splitter->paragraph = (struct wb_copyright_paragraph){0};
    splitter->value = NULL;
    splitter->format = (struct wb_bytes){0};
    splitter->is_empty = true;
}

/* The length of the field name that begins the line; 0 when none does. */
static size_t field_name_length(struct wb_bytes line)
{
    size_t length = 0;
    while (length < line.size && (wb_ascii_alphanumeric((char)line.data[length]) ||
                                  line.data[length] == '-' || line.data[length] == '_'))
        length++;
    return length < line.size && line.data[length] == ':' ? length : 0;
}

static bool is_named(struct wb_bytes line, size_t length, const char *name)
{
    if (length != strlen(name))
        return false;
    for (size_t i = 0; i < length; i++)
        if (wb_ascii_lower((char)line.data[i]) != name[i])
            return false;
    return true;
}

static void begin_field(struct splitter *splitter, struct wb_bytes line, size_t name_length)
{
    bool is_files = is_named(line, name_length, "files");
    bool is_licence =
        is_named(line, name_length, "license") || is_named(line, name_length, "licence");
    bool is_copyright = is_named(line, name_length, "copyright");
    struct wb_copyright_paragraph *paragraph = &splitter->paragraph;
    if (splitter->after_gap || (is_files && (paragraph->has_files || paragraph->licence.data)) ||
        (is_licence && paragraph->licence.data != NULL))
        end_paragraph(splitter);
    if (splitter->is_empty)
        paragraph->start = line.data;
    splitter->other = (struct wb_bytes){0};
    splitter->value = &splitter->other;
    if (is_files)
        paragraph->has_files = true;
    else if (is_licence)
        splitter->value = &paragraph->licence;
    else if (is_copyright && paragraph->copyright.data == NULL)
        splitter->value = &paragraph->copyright;
    else if (is_named(line, name_length, "format") ||
             is_named(line, name_length, "format-specification"))
        splitter->value = &splitter->format;
    *splitter->value = (struct wb_bytes){line.data + name_length + 1, line.size - name_length - 1};
    splitter->is_empty = false;
}

static void take_line(struct splitter *splitter, struct wb_bytes line)
{
    size_t name_length = field_name_length(line);
    if (wb_copyright_trim(line).size == 0) {
        splitter->after_gap = true;
        return;
    }
    if (line.data[0] == '#')
        return;
    if (name_length > 0) {
        begin_field(splitter, line, name_length);
    } else if (splitter->value != NULL) {
        bool is_indented = line.data[0] == ' ' || line.data[0] == '\t';
        if (splitter->after_gap && !is_indented && splitter->value != &splitter->paragraph.licence)
            splitter->value = NULL; /* prose between paragraphs */
        else
            splitter->value->size = (size_t)(line.data + line.size - splitter->value->data);
    }
    splitter->after_gap = false;
}

static bool names_files(const struct wb_copyright_paragraph *paragraph)
{
    return paragraph->has_files && paragraph->copyright.data != NULL &&
           paragraph->licence.data != NULL;
}

/* Lines like `License:` in the prose are headings. */
static void set_prose_apart(struct wb_copyright_paragraphs *paragraphs, struct wb_bytes text,
                            size_t first)
{
    struct wb_copyright_paragraph *items = paragraphs->items;
    paragraphs->prose = (struct wb_bytes){text.data, (size_t)(items[first].start - text.data)};
    paragraphs->count -= first;
    memmove(items, items + first, paragraphs->count * sizeof *items);
}

static bool begins_with_field(struct wb_bytes text)
{
    struct wb_bytes line;
    while (wb_copyright_next_line(&text, &line))
        if (wb_copyright_trim(line).size > 0 && line.data[0] != '#')
            return field_name_length(line) > 0;
    return false;
}

static bool is_machine_readable(struct wb_copyright_paragraphs *paragraphs, struct wb_bytes text)
{
    for (size_t i = 0; i < paragraphs->count; i++)
        if (paragraphs->items[i].has_format)
            return true;
    for (size_t i = 0; i < paragraphs->count; i++) {
        if (!names_files(&paragraphs->items[i]))
            continue;
        if (!begins_with_field(text))
            set_prose_apart(paragraphs, text, i);
        return true;
    }
    return false;
}

bool wb_copyright_paragraphs_read(struct wb_bytes text, struct wb_copyright_paragraphs *paragraphs)
{
    static const uint8_t byte_order_mark[] = {0xEF, 0xBB, 0xBF};
    struct splitter splitter = {.out = paragraphs, .is_empty = true};
    struct wb_bytes line;
    if (text.size >= sizeof byte_order_mark &&
        memcmp(text.data, byte_order_mark, sizeof byte_order_mark) == 0) {
        text.data += sizeof byte_order_mark;
        text.size -= sizeof byte_order_mark;
    }
    struct wb_bytes rest = text;
    while (wb_copyright_next_line(&rest, &line))
        take_line(&splitter, line);
    end_paragraph(&splitter);
    return is_machine_readable(paragraphs, text);
}
