/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the items of a list are all different. */
#include "formats/verdict.h"

#include <stdlib.h>
#include <string.h>

static int compare_texts(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

/* To json_decref. */
static json_t *without_lines(json_t *value)
{
    const char *key;
    size_t i;
    json_t *one;
    json_t *copy = json_copy(value); /* of what holds others; else a reference */
    if (copy == NULL)
        wb_out_of_memory(0);
    if (json_is_object(copy))
        json_object_del(copy, WB_TREE_LINES);
    json_object_foreach(copy, key, one) json_object_set_new(copy, key, without_lines(one));
    json_array_foreach(copy, i, one) json_array_set_new(copy, i, without_lines(one));
    return copy;
}

bool wb_tree_items_unique(const json_t *list, enum wb_tree_kind kind)
{
    size_t count = json_array_size(list);
    char **dumps = wb_allocate_array(count, sizeof *dumps);
    bool unique = true;
    for (size_t i = 0; i < count; i++) {
        json_t *item = json_array_get(list, i);
        WB_AUTO_JSON plain = kind == WB_TREE_OF_TEXTS ? without_lines(item) : json_incref(item);
        dumps[i] = json_dumps(plain, JSON_ENCODE_ANY | JSON_SORT_KEYS | JSON_COMPACT);
        if (dumps[i] == NULL)
            wb_out_of_memory(0);
    }
    if (count > 1)
        qsort(dumps, count, sizeof *dumps, compare_texts);
    for (size_t i = 1; i < count && unique; i++)
        unique = strcmp(dumps[i - 1], dumps[i]) != 0;
    for (size_t i = 0; i < count; i++)
        free(dumps[i]);
    free(dumps);
    return unique;
}
