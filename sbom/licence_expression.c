/* SPDX-License-Identifier: Apache-2.0 */
/* SPDX licence expressions, strictly (SPDX 2.3 Annex D). */
#include "sbom/licence.h"
#include "sbom/sbom.h"

#include <string.h>

struct parser {
    struct wb_arena *arena;
    const char *position;
    unsigned depth;
};

static void skip_space(struct parser *parser)
{
    while (*parser->position == ' ' || *parser->position == '\t') {
        parser->position++;
    }
}

/* Operators are matched as they are written, in capitals (Annex D.2), and as whole words. */
static bool take_operator(struct parser *parser, const char *word)
{
    size_t length = strlen(word);
    char after;

    skip_space(parser);
    if (strncmp(parser->position, word, length) != 0) {
        return false;
    }
    after = parser->position[length];
    if (after != ' ' && after != '\t' && after != '(') {
        return false;
    }
    parser->position += length;
    return true;
}

static bool is_id_byte(char byte)
{
    return wb_ascii_alphanumeric(byte) || byte == '-' || byte == '.';
}

static const char *take_id(struct parser *parser)
{
    const char *start;

    skip_space(parser);
    start = parser->position;
    while (is_id_byte(*parser->position)) {
        parser->position++;
    }
    if (parser->position == start) {
        return NULL;
    }
    return wb_arena_copy_bytes(parser->arena, start, (size_t)(parser->position - start));
}

/* LicenseRef-idstring, or DocumentRef-idstring:LicenseRef-idstring; the prefixes are written so. */
static const char *take_reference(struct parser *parser, const char *first)
{
    const char *second;

    if (wb_text_starts_with(first, "LicenseRef-")) {
        return first[strlen("LicenseRef-")] != '\0' ? first : NULL;
    }
    if (first[strlen("DocumentRef-")] == '\0' || *parser->position != ':' ||
        !is_id_byte(parser->position[1])) {
        return NULL;
    }
    parser->position++;
    second = take_id(parser);
    if (second == NULL || !wb_text_starts_with(second, "LicenseRef-") ||
        second[strlen("LicenseRef-")] == '\0') {
        return NULL;
    }
    return wb_arena_format(parser->arena, "%s:%s", first, second);
}

/* `GPL-2.0+` and the like have an id of their own; elsewhere `+` stays. */
static const char *with_plus(struct wb_arena *arena, const char *id)
{
    size_t length = strlen(id);
    const char *later = wb_arena_format(arena, "%s-or-later", id);

    if (wb_ascii_ends_with(id, "-or-later")) {
        return id;
    }
    if (wb_ascii_ends_with(id, "-only")) {
        later = wb_arena_format(arena, "%.*s-or-later", (int)(length - strlen("-only")), id);
    }
    if (wb_licence_canonical(later) != NULL) {
        return wb_licence_canonical(later);
    }
    return wb_arena_format(arena, "%s+", id);
}

static const char *take_simple(struct parser *parser)
{
    const char *id = take_id(parser);
    const char *listed;

    if (id == NULL) {
        return NULL;
    }
    if (wb_text_starts_with(id, "LicenseRef-") || wb_text_starts_with(id, "DocumentRef-")) {
        return take_reference(parser, id);
    }
    listed = wb_licence_canonical(id);
    if (listed == NULL || *parser->position != '+') {
        return listed;
    }
    parser->position++;
    if (strstr(listed, " WITH ") != NULL) {
        /* `GPL-2.0-with-GCC-exception+`: the plus belongs to the licence. */
        const char *with = strstr(listed, " WITH ");
        const char *licence = wb_arena_copy_bytes(parser->arena, listed, (size_t)(with - listed));

        return wb_arena_format(parser->arena, "%s%s", with_plus(parser->arena, licence), with);
    }
    return with_plus(parser->arena, listed);
}

static struct wb_licence_node *parse_name(struct parser *parser)
{
    const char *licence = take_simple(parser);
    const char *exception;

    if (licence == NULL) {
        return NULL;
    }
    if (take_operator(parser, "WITH")) {
        exception = take_id(parser);
        exception = exception != NULL ? wb_licence_exception_canonical(exception) : NULL;
        if (exception == NULL || strstr(licence, " WITH ") != NULL) {
            return NULL;
        }
        licence = wb_arena_format(parser->arena, "%s WITH %s", licence, exception);
    }
    return wb_licence_name_node(parser->arena, licence);
}

static struct wb_licence_node *parse_or(struct parser *parser);

static struct wb_licence_node *parse_operand(struct parser *parser)
{
    struct wb_licence_node *node;

    skip_space(parser);
    if (*parser->position != '(') {
        return parse_name(parser);
    }
    if (++parser->depth > WB_LICENCE_MAX_DEPTH) {
        return NULL;
    }
    parser->position++;
    node = parse_or(parser);
    skip_space(parser);
    if (node == NULL || *parser->position != ')') {
        return NULL;
    }
    parser->position++;
    parser->depth--;
    return node;
}

static struct wb_licence_node *parse_and(struct parser *parser)
{
    struct wb_licence_node *node = parse_operand(parser);

    while (node != NULL && take_operator(parser, "AND")) {
        struct wb_licence_node *right = parse_operand(parser);

        if (right == NULL) {
            return NULL;
        }
        node = wb_licence_join(parser->arena, WB_LICENCE_AND, node, right);
    }
    return node;
}

/* WITH binds tighter than AND, AND tighter than OR (Annex D.4.5). */
static struct wb_licence_node *parse_or(struct parser *parser)
{
    struct wb_licence_node *node = parse_and(parser);

    while (node != NULL && take_operator(parser, "OR")) {
        struct wb_licence_node *right = parse_and(parser);

        if (right == NULL) {
            return NULL;
        }
        node = wb_licence_join(parser->arena, WB_LICENCE_OR, node, right);
    }
    return node;
}

struct wb_licence_node *wb_licence_parse(struct wb_arena *arena, const char *expression)
{
    struct parser parser = {.arena = arena, .position = expression};
    struct wb_licence_node *node;

    if (strnlen(expression, WB_LICENCE_MAX_EXPRESSION) == WB_LICENCE_MAX_EXPRESSION) {
        return NULL;
    }
    node = parse_or(&parser);
    skip_space(&parser);
    return *parser.position == '\0' ? node : NULL;
}

bool wb_licence_expression_valid(const char *expression)
{
    WB_AUTO(wb_arena) *arena = wb_arena_new();

    return wb_licence_parse(arena, expression) != NULL;
}
