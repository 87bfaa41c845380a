/* SPDX-License-Identifier: Apache-2.0 */
/* Paragraphs of fields (deb822(5)), read as tolerantly as dpkg reads its own status file. */
#include "sbom/dpkg.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- pieces of text ---- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_space(char c)
{
    return is_blank(c) || c == '\n' || c == '\r';
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

struct wb_slice wb_slice_trim(struct wb_slice slice)
{
    while (slice.size > 0 && is_space(slice.data[0])) {
        slice.data++;
        slice.size--;
    }
    while (slice.size > 0 && is_space(slice.data[slice.size - 1]))
        slice.size--;
    return slice;
}

bool wb_slice_take_line(struct wb_slice *rest, struct wb_slice *line)
{
    if (rest->size == 0)
        return false;
    const char *end = memchr(rest->data, '\n', rest->size);
    size_t size = end == NULL ? rest->size : (size_t)(end - rest->data);
    size_t taken = end == NULL ? size : size + 1;
    *line = (struct wb_slice){rest->data, size};
    if (size > 0 && line->data[size - 1] == '\r')
        line->size--;
    rest->data += taken;
    rest->size -= taken;
    return true;
}

bool wb_slice_is(struct wb_slice slice, const char *word)
{
    if (slice.data == NULL || slice.size != strlen(word))
        return false;
    for (size_t i = 0; i < slice.size; i++)
        if (lower(slice.data[i]) != word[i])
            return false;
    return true;
}

const char *wb_slice_text(struct wb_arena *arena, struct wb_slice slice)
{
    if (slice.data == NULL || slice.size == 0)
        return NULL;
    return wb_utf8_escape(arena, slice.data, slice.size);
}

/* ---- paragraphs ---- */

void wb_dpkg_stanza_clear(struct wb_dpkg_stanza *stanza)
{
    free(stanza->fields);
    *stanza = (struct wb_dpkg_stanza){0};
}

/* Only the first thing that is wrong is worth telling. */
static void mark_damage(struct wb_dpkg_stanza *stanza, const char *what, struct wb_slice where,
                        size_t line)
{
    if (stanza->damage[0] != '\0')
        return;
    int shown = where.size < 40 ? (int)where.size : 40;
    if (shown == 0)
        snprintf(stanza->damage, sizeof stanza->damage, "%s in line %zu", what, line);
    else
        snprintf(stanza->damage, sizeof stanza->damage, "%s in line %zu (`%.*s`)", what, line,
                 shown, where.data);
}

static bool is_field_name(struct wb_slice name)
{
    if (name.size == 0 || name.data[0] == '-')
        return false;
    for (size_t i = 0; i < name.size; i++)
        if (name.data[i] <= ' ' || name.data[i] == 0x7f)
            return false;
    return true;
}

static void add_line(struct wb_dpkg_stanza *stanza, struct wb_slice line, size_t number)
{
    if (memchr(line.data, '\0', line.size) != NULL) {
        mark_damage(stanza, "a NUL byte", (struct wb_slice){NULL, 0}, number);
        return;
    }
    if (is_blank(line.data[0])) {
        if (stanza->count == 0) {
            mark_damage(stanza, "a continuation of no field", line, number);
            return;
        }
        struct wb_slice *value = &stanza->fields[stanza->count - 1].value;
        value->size = (size_t)(line.data + line.size - value->data);
        return;
    }
    const char *colon = memchr(line.data, ':', line.size);
    size_t name_size = colon == NULL ? line.size : (size_t)(colon - line.data);
    struct wb_slice name = wb_slice_trim((struct wb_slice){line.data, name_size});
    if (colon == NULL || !is_field_name(name)) {
        mark_damage(stanza, "no field", line, number);
        return;
    }
    struct wb_dpkg_field field = {
        .name = name, .value = {colon + 1, (size_t)(line.data + line.size - colon) - 1}};
    WB_APPEND(stanza->fields, stanza->count, stanza->capacity, field);
}

static int compare_names(struct wb_slice a, struct wb_slice b)
{
    size_t common = a.size < b.size ? a.size : b.size;
    for (size_t i = 0; i < common; i++) {
        unsigned char left = (unsigned char)lower(a.data[i]);
        unsigned char right = (unsigned char)lower(b.data[i]);
        if (left != right)
            return left < right ? -1 : 1;
    }
    return (a.size > b.size) - (a.size < b.size);
}

static int compare_fields(const void *left, const void *right)
{
    const struct wb_dpkg_field *a = left;
    const struct wb_dpkg_field *b = right;
    return compare_names(a->name, b->name);
}

static void finish_stanza(struct wb_dpkg_stanza *stanza)
{
    if (stanza->count > 1)
        qsort(stanza->fields, stanza->count, sizeof *stanza->fields, compare_fields);
    for (size_t i = 0; i < stanza->count; i++) {
        stanza->fields[i].value = wb_slice_trim(stanza->fields[i].value);
        if (i > 0 && compare_fields(&stanza->fields[i - 1], &stanza->fields[i]) == 0)
            mark_damage(stanza, "a field that is there twice", stanza->fields[i].name,
                        stanza->line);
    }
}

static bool is_all_blank(struct wb_slice line)
{
    return wb_slice_trim(line).size == 0;
}

static bool starts_package(struct wb_slice rest)
{
    static const char start[] = "package:";
    size_t size = sizeof start - 1;
    return rest.size >= size && wb_slice_is((struct wb_slice){rest.data, size}, start);
}

/* dpkg takes a line of blanks for the continuation of a value; other tools write it between
 * paragraphs, and then the next paragraph follows. */
static bool ends_stanza(struct wb_slice line, struct wb_slice rest)
{
    return line.size == 0 || (is_all_blank(line) && starts_package(rest));
}

bool wb_dpkg_stanza_next(struct wb_dpkg_stanza_reader *reader, struct wb_dpkg_stanza *stanza)
{
    struct wb_slice line;
    bool begun = false;
    stanza->count = 0;
    stanza->damage[0] = '\0';
    while (wb_slice_take_line(&reader->rest, &line)) {
        reader->line++;
        if (!begun && is_all_blank(line))
            continue;
        if (begun && ends_stanza(line, reader->rest))
            break;
        if (!begun)
            stanza->line = reader->line;
        begun = true;
        add_line(stanza, line, reader->line);
    }
    if (begun)
        finish_stanza(stanza);
    return begun;
}

struct wb_slice wb_dpkg_stanza_value(const struct wb_dpkg_stanza *stanza, const char *name)
{
    struct wb_slice wanted = {name, strlen(name)};
    size_t low = 0, high = stanza->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare_names(wanted, stanza->fields[middle].name);
        if (order == 0)
            return stanza->fields[middle].value;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return (struct wb_slice){NULL, 0};
}
