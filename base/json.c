/* SPDX-License-Identifier: Apache-2.0 */
/* Reading JSON through jansson, within bounds. */
#include "base/base.h"

#include <string.h>

#define DEPTH_MAX 64

/* jansson recurses; the depth is bounded before it sees the text. Brackets in strings do not count.
 */
static bool check_depth(struct wb_bytes text, struct wb_error *err)
{
    size_t depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < text.size; i++) {
        uint8_t byte = text.data[i];
        if (in_string) {
            if (byte == '\\')
                i++;
            else if (byte == '"')
                in_string = false;
        } else if (byte == '"') {
            in_string = true;
        } else if (byte == '{' || byte == '[') {
            if (++depth > DEPTH_MAX)
                return wb_error_set(err, WB_BAD_INPUT,
                                    "JSON is nested deeper than %d levels at byte %zu", DEPTH_MAX,
                                    i);
        } else if ((byte == '}' || byte == ']') && depth > 0) {
            depth--;
        }
    }
    return true;
}

json_t *wb_json_parse(struct wb_bytes text, struct wb_error *err)
{
    if (!check_depth(text, err))
        return NULL;
    json_error_t fault;
    json_t *json = json_loadb(text.data == NULL ? "" : (const char *)text.data, text.size,
                              JSON_REJECT_DUPLICATES, &fault);
    if (json == NULL)
        wb_error_set(err, WB_BAD_INPUT, "JSON line %d column %d: %s", fault.line, fault.column,
                     fault.text);
    return json;
}

const char *wb_json_string_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

json_t *wb_json_array_of(const json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);
    return json_is_array(value) ? value : NULL;
}

json_t *wb_json_object_of(const json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);
    return json_is_object(value) ? value : NULL;
}

int64_t wb_json_integer_of(const json_t *object, const char *key, int64_t fallback)
{
    const json_t *value = json_object_get(object, key);
    return json_is_integer(value) ? (int64_t)json_integer_value(value) : fallback;
}
