/* SPDX-License-Identifier: Apache-2.0 */
/* The ids of a document, told apart and found again. */
#include "formats/verdict.h"

#include <stdlib.h>
#include <string.h>

void wb_document_ids_add(struct wb_document_ids *ids, const char *text,
                         const struct wb_place *place)
{
    struct wb_document_id id = {.text = text, .pointer = wb_place_pointer(place)};
    WB_APPEND(ids->items, ids->count, ids->capacity, id);
}

static int compare_ids(const void *left, const void *right)
{
    const struct wb_document_id *a = left, *b = right;
    int order = strcmp(a->text, b->text);
    return order != 0 ? order : strcmp(a->pointer, b->pointer);
}

void wb_document_ids_settle(struct wb_document_ids *ids, const char *what,
                            struct wb_document_verdict *verdict)
{
    if (ids->count > 1)
        qsort(ids->items, ids->count, sizeof *ids->items, compare_ids);
    for (size_t i = 1; verdict != NULL && i < ids->count; i++) {
        if (strcmp(ids->items[i - 1].text, ids->items[i].text) != 0)
            continue;
        struct wb_place whole = {0};
        wb_verdict_add(verdict, &whole, "the %s `%s` stands twice: %s and %s", what,
                       ids->items[i].text, ids->items[i - 1].pointer, ids->items[i].pointer);
    }
}

bool wb_document_ids_have(const struct wb_document_ids *ids, const char *text)
{
    size_t low = 0, high = ids->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(ids->items[middle].text, text);
        if (order == 0)
            return true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

void wb_document_ids_clear(struct wb_document_ids *ids)
{
    for (size_t i = 0; i < ids->count; i++)
        free(ids->items[i].pointer);
    free(ids->items);
    *ids = (struct wb_document_ids){0};
}
