/* SPDX-License-Identifier: Apache-2.0 */
/* The licences of a document's packages, put together. */
#include "sbom/licence_summary.h"

#include "sbom/licence.h"
#include "sbom/sbom.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

/* Many packages have the same expression: it is taken apart once. */
struct known_expression {
    const char *text;
    struct wb_licence_use **uses;
    size_t count, capacity;
    UT_hash_handle hh;
};

struct known_use {
    struct wb_licence_use *use;
    UT_hash_handle hh;
};

struct summing {
    struct wb_licence_summary *summary;
    struct known_expression *expressions;
    struct known_use *uses;
};

static const char *licence_of(const struct wb_package *package)
{
    const char *licence = package->licence != NULL ? package->licence : package->licence_concluded;
    return licence == NULL || *licence == '\0' ? NULL : licence;
}

static void add_use(struct summing *summing, struct known_expression *expression, const char *name)
{
    struct wb_licence_summary *summary = summing->summary;
    struct known_use *known;
    HASH_FIND_STR(summing->uses, name, known);
    if (known == NULL) {
        known = wb_arena_allocate(summary->arena, sizeof *known);
        known->use = wb_arena_allocate(summary->arena, sizeof *known->use);
        known->use->licence = wb_arena_copy(summary->arena, name);
        HASH_ADD_KEYPTR(hh, summing->uses, known->use->licence,
                        (unsigned)strlen(known->use->licence), known);
        WB_APPEND(summary->uses, summary->count, summary->capacity, known->use);
    }
    for (size_t i = 0; i < expression->count; i++)
        if (expression->uses[i] == known->use)
            return;
    WB_APPEND(expression->uses, expression->count, expression->capacity, known->use);
}

/* Trees are no deeper than WB_LICENCE_MAX_DEPTH. */
static void add_names(struct summing *summing, struct known_expression *expression,
                      const struct wb_licence_node *node)
{
    if (node->kind == WB_LICENCE_NAME)
        add_use(summing, expression, node->name);
    for (const struct wb_licence_node *one = node->first; one != NULL; one = one->next)
        add_names(summing, expression, one);
}

static struct known_expression *take_apart(struct summing *summing, const char *text)
{
    struct known_expression *expression;
    HASH_FIND_STR(summing->expressions, text, expression);
    if (expression != NULL)
        return expression;
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    const struct wb_licence_node *tree = wb_licence_parse(arena, text);
    expression = wb_arena_allocate(summing->summary->arena, sizeof *expression);
    expression->text = text;
    HASH_ADD_KEYPTR(hh, summing->expressions, expression->text, (unsigned)strlen(text), expression);
    if (tree != NULL)
        add_names(summing, expression, tree);
    else
        add_use(summing, expression, text);
    return expression;
}

static int compare_uses(const void *left, const void *right)
{
    const struct wb_licence_use *a = *(const struct wb_licence_use *const *)left;
    const struct wb_licence_use *b = *(const struct wb_licence_use *const *)right;
    return strcmp(a->licence, b->licence);
}

void wb_licence_summary_make(const struct wb_bom *bom, struct wb_licence_summary *summary)
{
    struct summing summing = {.summary = summary};
    summary->arena = wb_arena_new();
    for (size_t i = 0; i < bom->package_count; i++) {
        const struct wb_package *package = bom->packages[i];
        const char *text = licence_of(package);
        if (text == NULL) {
            WB_APPEND(summary->unstated, summary->unstated_count, summary->unstated_capacity,
                      package);
            continue;
        }
        const struct known_expression *expression = take_apart(&summing, text);
        for (size_t k = 0; k < expression->count; k++)
            WB_APPEND(expression->uses[k]->packages, expression->uses[k]->count,
                      expression->uses[k]->capacity, package);
    }
    if (summary->count > 0)
        qsort(summary->uses, summary->count, sizeof(void *), compare_uses);
    for (struct known_expression *one = summing.expressions; one != NULL; one = one->hh.next)
        free(one->uses);
    HASH_CLEAR(hh, summing.expressions);
    HASH_CLEAR(hh, summing.uses);
}

void wb_licence_summary_clear(struct wb_licence_summary *summary)
{
    for (size_t i = 0; i < summary->count; i++)
        free(summary->uses[i]->packages);
    free(summary->uses);
    free(summary->unstated);
    wb_arena_free(summary->arena);
    *summary = (struct wb_licence_summary){0};
}

struct distinct {
    const char *text;
    UT_hash_handle hh;
};

const char *wb_licence_summary_expression(const struct wb_bom *bom, struct wb_arena *arena)
{
    WB_AUTO(wb_arena) *scratch = wb_arena_new();
    struct distinct *known = NULL;
    const char **texts = NULL;
    size_t count = 0, capacity = 0;
    for (size_t i = 0; i < bom->package_count; i++) {
        const char *text = licence_of(bom->packages[i]);
        struct distinct *one = NULL;
        if (text != NULL)
            HASH_FIND_STR(known, text, one);
        if (text == NULL || one != NULL)
            continue;
        one = wb_arena_allocate(scratch, sizeof *one);
        one->text = text;
        HASH_ADD_KEYPTR(hh, known, one->text, (unsigned)strlen(text), one);
        WB_APPEND(texts, count, capacity, text);
    }
    const char *expression = wb_licence_join_and(arena, texts, count);
    HASH_CLEAR(hh, known);
    free(texts);
    return expression;
}
