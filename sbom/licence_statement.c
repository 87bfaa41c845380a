/* SPDX-License-Identifier: Apache-2.0 */
/* Licence statements in words: names joined by and, or, commas and parentheses.
 *
 *     list    = choice *( "," [ "and" / "or" ] choice )
 *     choice  = all *( "or" all )
 *     all     = operand *( "and" operand )
 *     operand = "(" list ")" / name
 *
 * A comma binds least of all, so that `A or B, and C` leaves the choice between A and B
 * (copyright-format 1.0, "License short names"). */
#include "sbom/licence.h"

#include <string.h>

enum {
    MAX_NAME_WORDS = 6,
};

enum connector {
    NONE,
    AND,
    OR,
};

struct parser {
    struct wb_arena *arena;
    const struct wb_licence_dialect *dialect;
    const char *position;
    size_t names;
    unsigned depth;
};

/* What stands between the operands of one level of parentheses. */
struct level {
    bool saw_and;
    bool saw_or;
};

/* A part between commas, and the word after the comma in front of it. */
struct item {
    struct wb_licence_node *node;
    enum connector connector;
    struct item *next;
};

struct word_connector {
    const char *word;
    enum connector connector;
};

/* `and/or` leaves all to the recipient: either or both, which is what OR says. */
static const struct word_connector connectors[] = {
    {"and/or", OR}, {"and", AND}, {"or", OR}, {"&&", AND}, {"&", AND}, {"||", OR}, {"|", OR},
};

static void skip_space(struct parser *parser)
{
    while (*parser->position == ' ') {
        parser->position++;
    }
}

static bool is_separator(char byte)
{
    return byte == ',' || byte == ';';
}

static bool ends_word(char byte)
{
    return byte == '\0' || byte == ' ' || byte == '(' || byte == ')' || is_separator(byte);
}

/* The `or` of `or later`, `or any later version`, `or newer` belongs to a name. */
static bool belongs_to_name(const char *after)
{
    return wb_ascii_starts_with(after, " later") || wb_ascii_starts_with(after, " any later") ||
           wb_ascii_starts_with(after, " any newer") || wb_ascii_starts_with(after, " newer") ||
           wb_ascii_starts_with(after, " (at your option)") ||
           wb_ascii_starts_with(after, " similar");
}

static enum connector connector_at(const char *text, size_t *length)
{
    for (size_t i = 0; i < sizeof connectors / sizeof connectors[0]; i++) {
        const char *after = text + strlen(connectors[i].word);

        if (wb_ascii_starts_with(text, connectors[i].word) && ends_word(*after) &&
            !(connectors[i].connector == OR && belongs_to_name(after))) {
            *length = strlen(connectors[i].word);
            return connectors[i].connector;
        }
    }
    return NONE;
}

static bool take_connector(struct parser *parser, enum connector wanted)
{
    size_t length = 0;

    skip_space(parser);
    if (connector_at(parser->position, &length) != wanted) {
        return false;
    }
    parser->position += length;
    return true;
}

/* Up to the next operator, comma or unmatched parenthesis; `BSD (3-Clause)` is one name. */
static size_t measure_name(const struct parser *parser)
{
    const char *text = parser->position;
    size_t length = parser->dialect->match_name != NULL ? parser->dialect->match_name(text) : 0;
    size_t open = 0;

    if (length > 0) {
        return length;
    }
    while (text[length] != '\0') {
        size_t ignored;

        if (text[length] == '(') {
            open++;
        } else if (text[length] == ')' && open-- == 0) {
            break;
        } else if (open == 0 && is_separator(text[length])) {
            break;
        } else if (open == 0 && text[length] == ' ' &&
                   connector_at(text + length + 1, &ignored) != NONE) {
            break;
        }
        length++;
    }
    return length;
}

/* Names are short, and do without the words that sentences are made with. */
static bool reads_like_prose(const char *name)
{
    static const char *const words[] = {"a",     "any",   "are",     "as",   "be",   "by",
                                        "is",    "it",    "may",     "must", "on",   "permission",
                                        "shall", "see",   "that",    "the",  "this", "to",
                                        "under", "which", "without", "you"};
    size_t count = 0;

    while (*name != '\0') {
        const char *end = strchrnul(name, ' ');
        size_t length = (size_t)(end - name);

        for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
            if (length == strlen(words[i]) && wb_ascii_starts_with(name, words[i])) {
                return true;
            }
        }
        count++;
        name = *end == ' ' ? end + 1 : end;
    }
    return count > MAX_NAME_WORDS;
}

static struct wb_licence_node *parse_name(struct parser *parser)
{
    const struct wb_licence_dialect *dialect = parser->dialect;
    size_t length = measure_name(parser);
    const char *name;
    const char *expression;
    size_t ignored;

    if (length == 0 || connector_at(parser->position, &ignored) != NONE ||
        ++parser->names > WB_LICENCE_MAX_NAMES) {
        return NULL;
    }
    name = wb_arena_copy_bytes(parser->arena, parser->position, length);
    parser->position += length;
    expression = dialect->expression(parser->arena, name);
    if (expression != NULL) {
        return wb_licence_parse(parser->arena, expression);
    }
    if (dialect->refuses_prose && reads_like_prose(name)) {
        return NULL;
    }
    if (dialect->look_up == NULL) {
        return wb_licence_name_node(parser->arena, name);
    }
    return wb_licence_parse(parser->arena, dialect->look_up(dialect->context, name));
}

static struct wb_licence_node *parse_list(struct parser *parser);

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
    node = parse_list(parser);
    skip_space(parser);
    if (node == NULL || *parser->position != ')') {
        return NULL;
    }
    parser->position++;
    parser->depth--;
    return node;
}

static struct wb_licence_node *parse_all(struct parser *parser, struct level *level)
{
    struct wb_licence_node *node = parse_operand(parser);

    while (node != NULL && take_connector(parser, AND)) {
        struct wb_licence_node *right = parse_operand(parser);

        if (right == NULL) {
            return NULL;
        }
        level->saw_and = true;
        node = wb_licence_join(parser->arena, WB_LICENCE_AND, node, right);
    }
    return node;
}

static struct wb_licence_node *parse_choice(struct parser *parser, struct level *level)
{
    struct wb_licence_node *node = parse_all(parser, level);

    while (node != NULL && take_connector(parser, OR)) {
        struct wb_licence_node *right = parse_all(parser, level);

        if (right == NULL) {
            return NULL;
        }
        level->saw_or = true;
        node = wb_licence_join(parser->arena, WB_LICENCE_OR, node, right);
    }
    return node;
}

/* AND binds tighter than OR among the parts between commas too. A comma alone takes the word that
 * the others have: `A, B or C` is a choice among three; `A, B` means both. */
static struct wb_licence_node *join_items(struct parser *parser, const struct item *item,
                                          const struct level *level)
{
    enum connector bare = level->saw_or && !level->saw_and ? OR : AND;
    struct wb_licence_node *whole = NULL;
    struct wb_licence_node *group = item->node;

    for (item = item->next; item != NULL; item = item->next) {
        if ((item->connector == NONE ? bare : item->connector) == AND) {
            group = wb_licence_join(parser->arena, WB_LICENCE_AND, group, item->node);
        } else {
            whole = wb_licence_join(parser->arena, WB_LICENCE_OR, whole, group);
            group = item->node;
        }
    }
    return wb_licence_join(parser->arena, WB_LICENCE_OR, whole, group);
}

static struct wb_licence_node *parse_list(struct parser *parser)
{
    struct level level = {0};
    struct item first = {.node = parse_choice(parser, &level)};
    struct item *last = &first;

    if (first.node == NULL) {
        return NULL;
    }
    skip_space(parser);
    while (is_separator(*parser->position)) {
        struct item *item = wb_arena_allocate(parser->arena, sizeof *item);

        parser->position++;
        if (take_connector(parser, AND)) {
            item->connector = AND;
            level.saw_and = true;
        } else if (take_connector(parser, OR)) {
            item->connector = OR;
            level.saw_or = true;
        }
        item->node = parse_choice(parser, &level);
        if (item->node == NULL) {
            return NULL;
        }
        last->next = item;
        last = item;
        skip_space(parser);
    }
    return join_items(parser, &first, &level);
}

struct wb_licence_node *wb_licence_parse_statement(struct wb_arena *arena, const char *text,
                                                   const struct wb_licence_dialect *dialect)
{
    struct parser parser = {.arena = arena, .dialect = dialect, .position = text};
    struct wb_licence_node *node;

    if (strnlen(text, WB_LICENCE_MAX_STATEMENT) == WB_LICENCE_MAX_STATEMENT) {
        return NULL;
    }
    node = parse_list(&parser);
    skip_space(&parser);
    return *parser.position == '\0' ? node : NULL;
}

bool wb_licence_statement_well_formed(struct wb_arena *arena, const char *text,
                                      const struct wb_licence_dialect *dialect)
{
    struct wb_licence_dialect dry = *dialect;

    dry.look_up = NULL;
    return wb_licence_parse_statement(arena, text, &dry) != NULL;
}
