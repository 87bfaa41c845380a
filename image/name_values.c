/* SPDX-License-Identifier: Apache-2.0 */
/* JSON objects of strings: annotations, labels. */
#include "image/image_set_private.h"

#include <stdlib.h>
#include <string.h>

static int compare_names(const void *a, const void *b)
{
    const struct wb_name_value *one = a, *other = b;
    return strcmp(one->name, other->name);
}

bool wb_name_values_read(struct wb_arena *arena, const json_t *object, const char *what,
                         struct wb_name_value **values, size_t *count, struct wb_error *err)
{
    *values = NULL;
    *count = 0;
    if (object == NULL || json_is_null(object))
        return true;
    if (!json_is_object(object))
        return wb_error_set(err, WB_BAD_INPUT, "`%s` is not a JSON object", what);
    *values = wb_arena_allocate(arena, json_object_size(object) * sizeof **values);
    for (void *at = json_object_iter((json_t *)(uintptr_t)object); at != NULL;
         at = json_object_iter_next((json_t *)(uintptr_t)object, at)) {
        const char *value = json_string_value(json_object_iter_value(at));
        if (value == NULL)
            return wb_error_set(err, WB_BAD_INPUT, "`%s`: `%.100s` is not a string", what,
                                json_object_iter_key(at));
        (*values)[(*count)++] =
            (struct wb_name_value){.name = wb_arena_copy(arena, json_object_iter_key(at)),
                                   .value = wb_arena_copy(arena, value)};
    }
    if (*count > 1)
        qsort(*values, *count, sizeof **values, compare_names);
    return true;
}
