/* SPDX-License-Identifier: Apache-2.0 */
/* Values that a statement must have at a JSON pointer (RFC 6901). */
#include "verify/verify_private.h"

#include <stdlib.h>
#include <string.h>

/* One reference token with `~1` and `~0` undone; NULL when it is malformed. */
static char *unescape(const char *token, size_t size)
{
    char *text = wb_allocate(size + 1);
    size_t used = 0;
    for (size_t i = 0; i < size; i++) {
        char byte = token[i];
        if (byte == '~') {
            i++;
            if (i == size || (token[i] != '0' && token[i] != '1')) {
                free(text);
                return NULL;
            }
            byte = token[i] == '0' ? '~' : '/';
        }
        text[used++] = byte;
    }
    return text;
}

static const json_t *array_item(const json_t *array, const char *token)
{
    size_t index = 0;
    if (token[0] == '\0' || (token[0] == '0' && token[1] != '\0'))
        return NULL;
    for (const char *at = token; *at != '\0'; at++) {
        if (*at < '0' || *at > '9' || index > 100000000)
            return NULL;
        index = index * 10 + (size_t)(*at - '0');
    }
    return json_array_get(array, index);
}

const json_t *wb_json_pointer(const json_t *json, const char *pointer)
{
    while (json != NULL && *pointer == '/') {
        pointer++;
        size_t size = strcspn(pointer, "/");
        WB_AUTO_STRING token = unescape(pointer, size);
        if (token == NULL)
            return NULL;
        json = json_is_array(json) ? array_item(json, token) : json_object_get(json, token);
        pointer += size;
    }
    return *pointer == '\0' ? json : NULL;
}

bool wb_check_requirement(const json_t *json, const struct wb_statement_pair *requirement,
                          struct wb_error *err)
{
    const json_t *found = wb_json_pointer(json, requirement->name);
    if (found == NULL)
        return wb_error_set(err, WB_CHECK_FAILED, "the statement has nothing at %s",
                            requirement->name);
    WB_AUTO_STRING text = json_is_string(found)
                              ? wb_string_copy(json_string_value(found))
                              : json_dumps(found, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS);
    if (text != NULL && strcmp(text, requirement->value) == 0)
        return true;
    return wb_error_set(err, WB_CHECK_FAILED, "the statement has %.200s at %s, not %.200s",
                        text == NULL ? "something else" : text, requirement->name,
                        requirement->value);
}
