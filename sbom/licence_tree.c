/* SPDX-License-Identifier: Apache-2.0 */
/* Licence expressions as trees, and trees as text. */
#include "sbom/licence.h"

#include <string.h>

/* FNV-1a, so that long lists of names are not compared byte for byte. */
static uint32_t hash_name(const char *name)
{
    uint32_t hash = 2166136261U;

    for (; *name != '\0'; name++) {
        hash = (hash ^ (unsigned char)*name) * 16777619U;
    }
    return hash;
}

struct wb_licence_node *wb_licence_name_node(struct wb_arena *arena, const char *name)
{
    struct wb_licence_node *node = wb_arena_allocate(arena, sizeof *node);

    node->kind = WB_LICENCE_NAME;
    node->name = wb_arena_copy(arena, name);
    node->name_hash = hash_name(name);
    return node;
}

enum {
    MAX_COMPARED = 128, /* operands; twice as many as the longest real statement has */
};

/* Only names are compared: `A OR B` twice is left as the packager wrote it. Beyond MAX_COMPARED
 * operands nothing is, so that the cost stays bounded. */
static void add_operand(struct wb_licence_node *parent, struct wb_licence_node *operand)
{
    if (operand->kind == WB_LICENCE_NAME && parent->count < MAX_COMPARED) {
        for (struct wb_licence_node *node = parent->first; node != NULL; node = node->next) {
            if (node->kind == WB_LICENCE_NAME && node->name_hash == operand->name_hash &&
                strcmp(node->name, operand->name) == 0) {
                return;
            }
        }
    }
    operand->next = NULL;
    if (parent->last == NULL) {
        parent->first = operand;
    } else {
        parent->last->next = operand;
    }
    parent->last = operand;
    parent->count++;
}

static void add_all(struct wb_licence_node *parent, struct wb_licence_node *tree)
{
    struct wb_licence_node *node;

    if (tree->kind != parent->kind) {
        add_operand(parent, tree);
        return;
    }
    node = tree->first;
    while (node != NULL) {
        struct wb_licence_node *next = node->next;

        add_operand(parent, node);
        node = next;
    }
}

struct wb_licence_node *wb_licence_join(struct wb_arena *arena, enum wb_licence_operator kind,
                                        struct wb_licence_node *a, struct wb_licence_node *b)
{
    struct wb_licence_node *node = a;

    if (a == NULL || b == NULL) {
        return a == NULL ? b : a;
    }
    if (a->kind != kind) {
        node = wb_arena_allocate(arena, sizeof *node);
        node->kind = kind;
        add_operand(node, a);
    }
    add_all(node, b);
    return node->first == node->last ? node->first : node;
}

/* Recursion is as deep as the parsers' parentheses: at most WB_LICENCE_MAX_DEPTH. */
static void write_node(struct wb_buffer *out, const struct wb_licence_node *node, bool inner)
{
    if (node->kind == WB_LICENCE_NAME) {
        wb_buffer_append_text(out, node->name);
        return;
    }
    if (inner) {
        wb_buffer_append_text(out, "(");
    }
    for (const struct wb_licence_node *operand = node->first; operand != NULL;
         operand = operand->next) {
        if (operand != node->first) {
            wb_buffer_append_text(out, node->kind == WB_LICENCE_AND ? " AND " : " OR ");
        }
        write_node(out, operand, true);
    }
    if (inner) {
        wb_buffer_append_text(out, ")");
    }
}

const char *wb_licence_write(struct wb_arena *arena, const struct wb_licence_node *node)
{
    WB_AUTO_VALUE(wb_buffer) out = {0};

    write_node(&out, node, false);
    return wb_arena_copy_bytes(arena, out.data, out.size);
}
