/* SPDX-License-Identifier: Apache-2.0 */
/* CycloneDX: the licences of a component read into expressions. */
#include "formats/cyclonedx.h"

#define uthash_malloc(size) wb_allocate(size)
#include <string.h>
#include <uthash.h>

#define PATH "/components/*/licenses/*"

/* An id that has a text already. */
struct wb_cyclonedx_licence_id {
    const char *id;
    UT_hash_handle hh;
};

/* ---- ids that only their texts explain ---- */

static void know(struct wb_cyclonedx_reading *reading, const char *id)
{
    struct wb_cyclonedx_licence_id *known;
    HASH_FIND_STR(reading->licence_ids, id, known);
    if (known != NULL)
        return;
    known = wb_arena_allocate(reading->arena, sizeof *known);
    known->id = id;
    HASH_ADD_KEYPTR(hh, reading->licence_ids, known->id, (unsigned)strlen(known->id), known);
}

static void know_stated_texts(struct wb_cyclonedx_reading *reading)
{
    if (reading->licence_ids == NULL)
        for (size_t i = 0; i < reading->bom->licence_text_count; i++)
            know(reading, reading->bom->licence_texts[i].id);
}

static bool is_id_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.';
}

/* Every LicenseRef of an expression gets a text, if only its own name. */
static void resolve_references(struct wb_cyclonedx_reading *reading, const char *expression)
{
    static const char prefix[] = "LicenseRef-";
    know_stated_texts(reading);
    for (const char *at = strstr(expression, prefix); at != NULL; at = strstr(at, prefix)) {
        size_t size = strlen(prefix);
        while (is_id_character(at[size]))
            size++;
        const char *id = wb_arena_copy_bytes(reading->bom->arena, at, size);
        struct wb_cyclonedx_licence_id *known;
        HASH_FIND_STR(reading->licence_ids, id, known);
        if (known == NULL) {
            wb_bom_read_licence_text(reading->bom, id, id + strlen(prefix), NULL);
            know(reading, id);
        }
        at += size;
    }
}

void wb_cyclonedx_forget_licences(struct wb_cyclonedx_reading *reading)
{
    HASH_CLEAR(hh, reading->licence_ids);
}

/* ---- one licence ---- */

/* The text that is attached, decoded; NULL. */
static const char *attached_text(struct wb_cyclonedx_reading *reading, const json_t *licence)
{
    const json_t *attached = wb_json_object_of(licence, "text");
    const char *content = wb_json_string_of(attached, "content");
    const char *encoding = wb_json_string_of(attached, "encoding");
    if (content == NULL || encoding == NULL)
        return content;
    WB_AUTO_VALUE(wb_buffer) bytes = {0};
    if (strcmp(encoding, "base64") != 0 || !wb_base64_decode(content, strlen(content), &bytes) ||
        !wb_utf8_valid((const char *)bytes.data, bytes.size)) {
        wb_cyclonedx_lose(reading, PATH "/license", "text", NULL);
        return NULL;
    }
    return wb_arena_copy_bytes(reading->arena, bytes.data, bytes.size);
}

static const char *named_expression(struct wb_cyclonedx_reading *reading, const char *name,
                                    const char *text)
{
    const char *listed = wb_licence_canonical(name);
    if (listed != NULL)
        return listed;
    if (wb_licence_expression_valid(name)) {
        resolve_references(reading, name);
        return name;
    }
    const char *id = wb_bom_add_licence_text(reading->bom, name, text);
    know(reading, id);
    return id;
}

/* What several items come to. */
struct licences {
    struct wb_buffer expression; /* joined by AND */
    struct wb_buffer stated;     /* what was no expression, as it stood */
    size_t count;
};

static void append(struct wb_buffer *buffer, const char *separator, const char *text)
{
    if (buffer->size > 0)
        wb_buffer_append_text(buffer, separator);
    wb_buffer_append_text(buffer, text);
}

/* A single expression stays as it is. */
static void add_expression(struct licences *licences, const char *expression)
{
    if (licences->count == 1 && strchr((char *)licences->expression.data, ' ') != NULL) {
        WB_AUTO_STRING first = wb_buffer_steal_text(&licences->expression);
        wb_buffer_append_format(&licences->expression, "(%s)", first);
    }
    bool parentheses = licences->count > 0 && strchr(expression, ' ') != NULL;
    append(&licences->expression, " AND ", parentheses ? "(" : "");
    wb_buffer_append_text(&licences->expression, expression);
    wb_buffer_append_text(&licences->expression, parentheses ? ")" : "");
    licences->count++;
}

static void add_named(struct wb_cyclonedx_reading *reading, struct licences *licences,
                      const char *name, const char *text)
{
    const char *expression = named_expression(reading, name, text);
    if (expression != name && strcmp(expression, name) != 0)
        append(&licences->stated, ", ", name);
    add_expression(licences, expression);
}

static void read_item(struct wb_cyclonedx_reading *reading, struct licences *licences,
                      const json_t *item)
{
    static const char *const expression_kept[] = {"expression", "acknowledgement", NULL};
    static const char *const item_kept[] = {"license", NULL};
    static const char *const licence_kept[] = {"id", "name", "text", "acknowledgement", NULL};
    const char *expression = wb_json_string_of(item, "expression");
    if (expression != NULL && *expression != '\0') {
        wb_cyclonedx_lose_others(reading, PATH, item, expression_kept);
        add_named(reading, licences, expression, NULL);
        return;
    }
    wb_cyclonedx_lose_others(reading, PATH, item, item_kept);
    const json_t *licence = wb_json_object_of(item, "license");
    const char *name = wb_json_string_of(licence, "id");
    if (name == NULL)
        name = wb_json_string_of(licence, "name");
    if (name == NULL || *name == '\0')
        return;
    wb_cyclonedx_lose_others(reading, PATH "/license", licence, licence_kept);
    add_named(reading, licences, name, attached_text(reading, licence));
}

/* ---- the list ---- */

static bool is_concluded(const json_t *item)
{
    const char *acknowledgement = wb_json_string_of(item, "acknowledgement");
    if (acknowledgement == NULL)
        acknowledgement = wb_json_string_of(wb_json_object_of(item, "license"), "acknowledgement");
    return acknowledgement != NULL && strcmp(acknowledgement, "concluded") == 0;
}

static const char *read_those(struct wb_cyclonedx_reading *reading, const json_t *list,
                              bool concluded, const char **stated)
{
    struct wb_arena *arena = reading->bom->arena;
    struct licences licences = {0};
    size_t i;
    const json_t *item;
    json_array_foreach(list, i, item)
    {
        if (is_concluded(item) == concluded)
            read_item(reading, &licences, item);
    }
    const char *expression = wb_arena_copy(arena, (const char *)licences.expression.data);
    *stated = wb_arena_copy(arena, (const char *)licences.stated.data);
    wb_buffer_clear(&licences.expression);
    wb_buffer_clear(&licences.stated);
    return expression;
}

void wb_cyclonedx_read_licences(struct wb_cyclonedx_reading *reading, struct wb_package *package,
                                const json_t *list)
{
    const char *stated, *ignored;
    package->licence = read_those(reading, list, false, &stated);
    if (package->licence_declared == NULL)
        package->licence_declared = stated;
    const char *concluded = read_those(reading, list, true, &ignored);
    if (package->licence_concluded == NULL)
        package->licence_concluded = concluded;
}
