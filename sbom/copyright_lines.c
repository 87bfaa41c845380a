/* SPDX-License-Identifier: Apache-2.0 */
/* Collects the copyright lines of a package, each once. */
#include "sbom/copyright.h"
#include "sbom/licence.h"

#include <stdlib.h>
#include <string.h>

#define uthash_malloc(size) wb_allocate(size)
#include <uthash.h>

enum {
    MAX_TOTAL = 64 * 1024, /* bytes */
    MAX_LINE = 1024,       /* bytes; a longer line is prose */
};

struct line {
    const char *text;
    UT_hash_handle hh; /* uthash keeps the order of insertion */
};

struct wb_copyright_lines {
    struct wb_arena *arena;
    struct line *lines;
    size_t size;
};

struct wb_copyright_lines *wb_copyright_lines_new(void)
{
    struct wb_copyright_lines *lines = wb_allocate(sizeof *lines);
    lines->arena = wb_arena_new();
    return lines;
}

void wb_copyright_lines_free(struct wb_copyright_lines *lines)
{
    if (lines == NULL)
        return;
    HASH_CLEAR(hh, lines->lines);
    wb_arena_free(lines->arena);
    free(lines);
}

static void add(struct wb_copyright_lines *lines, struct wb_bytes raw)
{
    if (raw.size == 0 || raw.size > MAX_LINE || lines->size >= MAX_TOTAL)
        return;
    const char *text = wb_licence_clean_line(lines->arena, (const char *)raw.data, raw.size);
    struct line *line;
    HASH_FIND_STR(lines->lines, text, line);
    if (line != NULL || *text == '\0')
        return;
    line = wb_arena_allocate(lines->arena, sizeof *line);
    line->text = text;
    lines->size += strlen(text) + 1;
    HASH_ADD_KEYPTR(hh, lines->lines, line->text, (unsigned)strlen(line->text), line);
}

void wb_copyright_lines_add_field(struct wb_copyright_lines *lines, struct wb_bytes value)
{
    struct wb_bytes line;
    while (wb_copyright_next_line(&value, &line)) {
        bool is_comment = line.size > 0 && line.data[0] == '#';
        line = wb_copyright_trim(line);
        if (!is_comment && !(line.size == 1 && line.data[0] == '.'))
            add(lines, line);
    }
}

static struct wb_bytes without_bullets(struct wb_bytes line)
{
    line = wb_copyright_trim(line);
    while (line.size > 0 && strchr("*#/|;%-> ", line.data[0]) != NULL && line.data[0] != '\0') {
        line.data++;
        line.size--;
    }
    return line;
}

static bool begins_with(struct wb_bytes line, const char *word)
{
    size_t size = strlen(word);
    if (line.size < size)
        return false;
    for (size_t i = 0; i < size; i++)
        if (wb_ascii_lower((char)line.data[i]) != word[i])
            return false;
    return true;
}

static bool has_year(struct wb_bytes line)
{
    size_t digits = 0;
    for (size_t i = 0; i <= line.size; i++) {
        bool is_digit = i < line.size && line.data[i] >= '0' && line.data[i] <= '9';
        if (!is_digit && digits == 4 &&
            (memcmp(line.data + i - 4, "19", 2) == 0 || memcmp(line.data + i - 4, "20", 2) == 0))
            return true;
        digits = is_digit ? digits + 1 : 0;
    }
    return false;
}

void wb_copyright_lines_add_text(struct wb_copyright_lines *lines, struct wb_bytes text)
{
    struct wb_bytes line;
    while (wb_copyright_next_line(&text, &line)) {
        line = without_bullets(line);
        if ((begins_with(line, "copyright") || begins_with(line, "(c)") ||
             begins_with(line, "\xC2\xA9")) &&
            has_year(line))
            add(lines, line);
    }
}

const char *wb_copyright_lines_join(const struct wb_copyright_lines *lines, struct wb_arena *arena)
{
    WB_AUTO_VALUE(wb_buffer) joined = {0};
    for (const struct line *line = lines->lines; line != NULL; line = line->hh.next) {
        if (joined.size > 0)
            wb_buffer_append(&joined, "\n", 1);
        wb_buffer_append_text(&joined, line->text);
    }
    if (joined.size == 0)
        return NULL;
    return wb_arena_copy_bytes(arena, joined.data, joined.size);
}
