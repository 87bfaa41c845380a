/* SPDX-License-Identifier: Apache-2.0 */
/* Joins the licences of many parts into the licence of the whole. */
#include "sbom/licence.h"
#include "sbom/sbom.h"

#include <stdlib.h>
#include <string.h>

struct operand {
    const char *text;
    const char *key; /* the same for choices that differ only in the order of their sides */
    bool is_choice;  /* needs parentheses */
};

struct operand_list {
    struct operand *items;
    size_t count, capacity;
};

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int compare(const void *a, const void *b)
{
    const struct operand *left = a;
    const struct operand *right = b;
    int order = strcmp(left->key, right->key);

    return order != 0 ? order : strcmp(left->text, right->text);
}

static const char *choice_key(struct wb_arena *arena, const struct wb_licence_node *choice)
{
    const char **sides = wb_allocate_array(choice->count, sizeof *sides);
    WB_AUTO_VALUE(wb_buffer) key = {0};
    size_t count = 0;

    for (const struct wb_licence_node *side = choice->first; side != NULL; side = side->next) {
        sides[count++] = wb_licence_write(arena, side);
    }
    qsort(sides, count, sizeof *sides, compare_texts);
    for (size_t i = 0; i < count; i++) {
        wb_buffer_append_format(&key, i > 0 ? " OR %s" : "%s", sides[i]);
    }
    free(sides);
    return wb_arena_copy_bytes(arena, key.data, key.size);
}

static void add(struct wb_arena *arena, struct operand_list *list,
                const struct wb_licence_node *node)
{
    struct operand operand = {
        .text = wb_licence_write(arena, node),
        .is_choice = node->kind == WB_LICENCE_OR,
    };

    operand.key = operand.is_choice ? choice_key(arena, node) : operand.text;
    WB_APPEND(list->items, list->count, list->capacity, operand);
}

/* The operands of an AND stand beside those of the others: A AND B, joined with B AND C, is
 * A AND B AND C. */
static void collect(struct wb_arena *arena, struct operand_list *list, const char *expression)
{
    const struct wb_licence_node *tree = wb_licence_parse(arena, expression);

    if (tree == NULL) {
        return; /* not an expression: it would make the whole invalid */
    }
    if (tree->kind != WB_LICENCE_AND) {
        add(arena, list, tree);
        return;
    }
    for (const struct wb_licence_node *node = tree->first; node != NULL; node = node->next) {
        add(arena, list, node);
    }
}

static const char *write_all(struct wb_arena *arena, const struct operand_list *list)
{
    WB_AUTO_VALUE(wb_buffer) out = {0};
    size_t different = 1;

    for (size_t i = 1; i < list->count; i++) {
        different += strcmp(list->items[i - 1].key, list->items[i].key) != 0;
    }
    for (size_t i = 0; i < list->count; i++) {
        const struct operand *operand = &list->items[i];
        bool parentheses = operand->is_choice && different > 1;

        if (i > 0 && strcmp(list->items[i - 1].key, operand->key) == 0) {
            continue;
        }
        wb_buffer_append_format(&out, parentheses ? "%s(%s)" : "%s%s", i > 0 ? " AND " : "",
                                operand->text);
    }
    return wb_arena_copy_bytes(arena, out.data, out.size);
}

const char *wb_licence_join_and(struct wb_arena *arena, const char *const *expressions,
                                size_t count)
{
    WB_AUTO(wb_arena) *scratch = wb_arena_new();
    struct operand_list list = {0};
    const char *joined = NULL;

    for (size_t i = 0; i < count; i++) {
        if (expressions[i] != NULL) {
            collect(scratch, &list, expressions[i]);
        }
    }
    if (list.count > 0) {
        qsort(list.items, list.count, sizeof list.items[0], compare);
        joined = write_all(arena, &list);
    }
    free(list.items);
    return joined;
}
