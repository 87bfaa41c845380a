/* SPDX-License-Identifier: Apache-2.0 */
/* Strict access to JSON members. */
#include "sign/envelope_json.h"

#include <stdlib.h>
#include <string.h>

#define COMMAS_MAX 100000

json_t *wb_envelope_parse(struct wb_bytes text, const char *what, struct wb_error *err)
{
    if (text.size > WB_ENVELOPE_SIZE_MAX) {
        wb_error_set(err, WB_BAD_INPUT, "%s: %zu bytes, more than the %zu it may have", what,
                     text.size, WB_ENVELOPE_SIZE_MAX);
        return NULL;
    }
    WB_AUTO_JSON json = wb_json_parse(text, err);
    if (json == NULL) {
        wb_error_context(err, "%s", what);
        return NULL;
    }
    if (!json_is_object(json)) {
        wb_error_set(err, WB_BAD_INPUT, "%s: not a JSON object", what);
        return NULL;
    }
    return WB_STEAL(json);
}

json_t *wb_envelope_parse_sparse(struct wb_bytes text, const char *what, struct wb_error *err)
{
    size_t commas = 0;
    const uint8_t *at = text.data, *end = at + text.size;
    /* Every value but the first of its object or array has one in front; those within strings, of
     * which base64 has none, count for simplicity. */
    while (commas <= COMMAS_MAX && at != end &&
           (at = memchr(at, ',', (size_t)(end - at))) != NULL) {
        commas++;
        at++;
    }
    if (commas > COMMAS_MAX) {
        wb_error_set(err, WB_BAD_INPUT, "%s: more than %d values", what, COMMAS_MAX);
        return NULL;
    }
    return wb_envelope_parse(text, what, err);
}

bool wb_envelope_only_members(const json_t *json, const char *what, const char *const *names,
                              struct wb_error *err)
{
    if (!json_is_object(json))
        return wb_error_set(err, WB_BAD_INPUT, "%s: not a JSON object", what);
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)json, key, value)
    {
        size_t i = 0;
        while (names[i] != NULL && strcmp(names[i], key) != 0)
            i++;
        if (names[i] == NULL)
            return wb_error_set(err, WB_BAD_INPUT, "%s: unknown member `%.100s`", what, key);
    }
    return true;
}

bool wb_envelope_text(const json_t *object, const char *what, const char *name, bool optional,
                      struct wb_arena *arena, const char **text, struct wb_error *err)
{
    const json_t *member = json_object_get(object, name);
    *text = NULL;
    if (optional && (member == NULL || json_is_null(member)))
        return true;
    if (!json_is_string(member))
        return wb_error_set(err, WB_BAD_INPUT,
                            member == NULL ? "%s: no `%s`" : "%s: `%s` is not a string", what,
                            name);
    if (json_string_length(member) == 0) {
        if (optional)
            return true;
        return wb_error_set(err, WB_BAD_INPUT, "%s: `%s` is empty", what, name);
    }
    *text = wb_arena_copy(arena, json_string_value(member));
    return true;
}

/* Some of what writes bundles breaks lines, as base64(1) does, and every reader passes over that.
 */
static bool decode_base64(const json_t *member, struct wb_buffer *bytes)
{
    WB_AUTO_VALUE(wb_buffer) text = {0};
    for (const char *at = json_string_value(member); *at != '\0'; at += strspn(at, "\r\n")) {
        size_t size = strcspn(at, "\r\n");
        wb_buffer_append(&text, at, size);
        at += size;
    }
    return text.size > 0 && wb_base64_decode((const char *)text.data, text.size, bytes) &&
           bytes->size > 0;
}

bool wb_envelope_bytes(const json_t *object, const char *what, const char *name,
                       struct wb_arena *arena, struct wb_bytes *bytes, struct wb_error *err)
{
    const json_t *member = json_object_get(object, name);
    if (!json_is_string(member))
        return wb_error_set(err, WB_BAD_INPUT,
                            member == NULL ? "%s: no `%s`" : "%s: `%s` is not a string", what,
                            name);
    WB_AUTO_VALUE(wb_buffer) decoded = {0};
    if (!decode_base64(member, &decoded))
        return wb_error_set(err, WB_BAD_INPUT, "%s: `%s` is not base64", what, name);
    bytes->data = (const uint8_t *)wb_arena_copy_bytes(arena, decoded.data, decoded.size);
    bytes->size = decoded.size;
    return true;
}

static int compare_pairs(const void *left, const void *right)
{
    const struct wb_statement_pair *a = left;
    const struct wb_statement_pair *b = right;
    return strcmp(a->name, b->name);
}

void wb_envelope_pairs(const json_t *object, struct wb_arena *arena,
                       struct wb_statement_pair **pairs, size_t *count)
{
    *count = 0;
    *pairs = wb_arena_allocate(arena, (json_object_size(object) + 1) * sizeof **pairs);
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)object, key, value)
    {
        if (json_is_string(value))
            (*pairs)[(*count)++] = (struct wb_statement_pair){
                wb_arena_copy(arena, key), wb_arena_copy(arena, json_string_value(value))};
    }
    qsort(*pairs, *count, sizeof **pairs, compare_pairs);
}
