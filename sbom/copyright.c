/* SPDX-License-Identifier: Apache-2.0 */
/* The licence and copyright of a Debian package, from its copyright file. */
#include "sbom/copyright.h"
#include "sbom/licence.h"
#include "sbom/sbom.h"

#include <stdlib.h>
#include <string.h>

#define uthash_malloc(size) wb_allocate(size)
#include <uthash.h>

enum {
    MAX_FILE = 8 * 1024 * 1024, /* bytes; the largest real files have about one million */
    MAX_STATEMENTS = 8192,      /* different License fields */
    MAX_DECLARED = 16384,       /* bytes of package->licence_declared */
    MAX_SHARED_TEXT = 16,       /* names that may have one combined text */
    MAX_NAME_LINES = 64,        /* lines of one list of names */
};

/* What a License field says: names in the first line, text below; either may be missing. */
struct statement {
    struct wb_bytes field; /* the key: the same field again says nothing new */
    const char *names;     /* one line; empty when there are none */
    struct wb_bytes text;  /* with the indentation of the file */
    const char *clean_text;
    size_t sharers;
    bool is_of_whole; /* from the header */
    bool is_prose;    /* no names, whatever the first line is */
    UT_hash_handle hh;
    UT_hash_handle names_hh;
};

/* A name and the text that stands under it elsewhere in the file. */
struct named_text {
    const char *key; /* lower case */
    struct wb_bytes text;
    const char *expression; /* once somebody asked */
    UT_hash_handle hh;
};

struct reader {
    struct wb_arena *scratch;
    struct wb_bom *bom;
    struct wb_package *package;
    struct statement *statements; /* of files and of the whole, in the order of the file */
    struct named_text *texts;
    struct statement *current;
};

/* ---- statements --------------------------------------------------------------------------------
 */

/* `License: GPL-2+ or` goes on in the next line. */
static bool is_unfinished(const char *names)
{
    return *names == '\0' || wb_ascii_ends_with(names, " or") ||
           wb_ascii_ends_with(names, " and") || wb_ascii_ends_with(names, ",");
}

static size_t count_lines(struct wb_bytes text)
{
    size_t count = 0;
    struct wb_bytes line;
    while (wb_copyright_next_line(&text, &line))
        count += wb_copyright_trim(line).size > 0;
    return count;
}

static struct statement *read_statement(struct wb_arena *arena, struct wb_bytes field)
{
    struct statement *statement = wb_arena_allocate(arena, sizeof *statement);
    struct wb_bytes rest = field;
    struct wb_bytes line = {0};
    statement->field = field;
    wb_copyright_next_line(&rest, &line);
    statement->names = wb_licence_clean_line(arena, (const char *)line.data, line.size);
    for (int i = 0; i < MAX_NAME_LINES && is_unfinished(statement->names) &&
                    (*statement->names != '\0' || count_lines(rest) == 1) &&
                    wb_copyright_next_line(&rest, &line);
         i++) {
        const char *more = wb_licence_clean_line(arena, (const char *)line.data, line.size);
        statement->names = *statement->names == '\0'
                               ? more
                               : wb_arena_format(arena, "%s %s", statement->names, more);
    }
    statement->text = rest;
    return statement;
}

/* A text as it is meant: one space of indentation off, a lone dot for an empty line. */
static const char *clean_text(struct wb_arena *arena, struct wb_bytes text)
{
    WB_AUTO_VALUE(wb_buffer) plain = {0};
    struct wb_bytes line;
    while (wb_copyright_next_line(&text, &line)) {
        struct wb_bytes content = wb_copyright_trim(line);
        if (line.size > 0 && line.data[0] == '#')
            continue;
        if (line.size > 0 && (line.data[0] == ' ' || line.data[0] == '\t')) {
            line.data++;
            line.size--;
        }
        if (!(content.size == 1 && content.data[0] == '.'))
            wb_buffer_append(&plain, line.data, line.size);
        wb_buffer_append(&plain, "\n", 1);
    }
    while (plain.size > 0 && plain.data[plain.size - 1] == '\n')
        plain.size--;
    return wb_licence_clean_text(arena, (const char *)plain.data, plain.size);
}

static const char *statement_text(struct reader *reader, struct statement *statement)
{
    if (statement->clean_text == NULL)
        statement->clean_text = clean_text(reader->scratch, statement->text);
    return statement->clean_text;
}

/* ---- names and their texts ----------------------------------------------------------------------
 */

static const char *lower_copy(struct wb_arena *arena, const char *name)
{
    char *copy = wb_arena_copy(arena, name);
    for (char *byte = copy; *byte != '\0'; byte++)
        *byte = wb_ascii_lower(*byte);
    return copy;
}

static struct named_text *find_text(const struct reader *reader, const char *name)
{
    struct named_text *found;
    const char *key = lower_copy(reader->scratch, name);
    HASH_FIND_STR(reader->texts, key, found);
    return found;
}

static void add_text(struct reader *reader, const struct statement *statement)
{
    if (*statement->names == '\0' || count_lines(statement->text) == 0 ||
        HASH_COUNT(reader->texts) >= MAX_STATEMENTS || find_text(reader, statement->names) != NULL)
        return;
    struct named_text *text = wb_arena_allocate(reader->scratch, sizeof *text);
    text->key = lower_copy(reader->scratch, statement->names);
    text->text = statement->text;
    HASH_ADD_KEYPTR(hh, reader->texts, text->key, (unsigned)strlen(text->key), text);
}

static bool mentions_exception(const char *text)
{
    for (; *text != '\0'; text++)
        if (wb_ascii_starts_with(text, "exception"))
            return true;
    return false;
}

/* What a licence is whose name nobody knows. Its text may be one that has a listed id; with an
 * unknown exception, or changed words, it is another licence, for which only its text can stand. */
static const char *expression_of_text(struct reader *reader, const char *name, const char *text)
{
    if (text == NULL || *text == '\0')
        return wb_licence_reference(reader->bom, name, name);
    const char *known =
        mentions_exception(name) || mentions_exception(text)
            ? wb_licence_exception_identify(reader->scratch, name, text, strlen(text))
            : wb_copyright_text_identify(reader->scratch, text, strlen(text));
    return known != NULL ? known : wb_licence_reference(reader->bom, name, text);
}

static const char *expression_of_name(void *context, const char *name)
{
    struct reader *reader = context;
    struct statement *current = reader->current;
    bool has_text = current->text.size > 0 && *statement_text(reader, current) != '\0';
    if (has_text && strcmp(name, current->names) == 0)
        return expression_of_text(reader, name, statement_text(reader, current));
    struct named_text *text = find_text(reader, name);
    if (text != NULL) {
        if (text->expression == NULL)
            text->expression =
                expression_of_text(reader, name, clean_text(reader->scratch, text->text));
        return text->expression;
    }
    /* The text of `A and B` covers B, among others. */
    if (has_text && current->sharers++ < MAX_SHARED_TEXT)
        return wb_licence_reference(reader->bom, name, statement_text(reader, current));
    return wb_licence_reference(reader->bom, name, name);
}

/* ---- the file -----------------------------------------------------------------------------------
 */

/* Where the first line is prose, it belongs to the text. */
static const char *prose_expression(struct reader *reader, struct statement *statement)
{
    const char *text = statement_text(reader, statement);
    if (*statement->names == '\0')
        return *text == '\0' ? NULL : expression_of_text(reader, reader->package->name, text);
    text = wb_arena_format(reader->scratch, "%s%s%s", statement->names, *text == '\0' ? "" : "\n",
                           text);
    return expression_of_text(reader, statement->names, text);
}

static const char *names_expression(struct reader *reader, struct statement *statement)
{
    reader->current = statement;
    const char *expression =
        wb_licence_from_dep5(reader->bom, statement->names, expression_of_name, reader);
    statement->is_prose = expression == NULL;
    return expression;
}

static void add_statement(struct reader *reader, struct statement *statement)
{
    struct statement *known;
    HASH_FIND(hh, reader->statements, statement->field.data, statement->field.size, known);
    if (known == NULL && HASH_COUNT(reader->statements) < MAX_STATEMENTS)
        HASH_ADD_KEYPTR(hh, reader->statements, statement->field.data, statement->field.size,
                        statement);
}

static bool is_of_files(const struct wb_copyright_paragraph *paragraph)
{
    return paragraph->has_files || (paragraph->copyright.data != NULL && !paragraph->has_format);
}

/* The texts that stand alone come before those of files, whose names may be less exact. */
static void collect_texts(struct reader *reader, struct statement *const *statements,
                          const struct wb_copyright_paragraphs *paragraphs)
{
    for (int of_files = 0; of_files <= 1; of_files++)
        for (size_t i = 0; i < paragraphs->count; i++)
            if (statements[i] != NULL && is_of_files(&paragraphs->items[i]) == (of_files == 1))
                add_text(reader, statements[i]);
}

/* Texts that no paragraph of files names count where nothing else says anything. */
static void collect(struct reader *reader, const struct wb_copyright_paragraphs *paragraphs)
{
    struct statement **statements = wb_allocate_array(paragraphs->count + 1, sizeof *statements);
    for (size_t i = 0; i < paragraphs->count; i++) {
        const struct wb_copyright_paragraph *paragraph = &paragraphs->items[i];
        if (paragraph->licence.data == NULL)
            continue;
        statements[i] = read_statement(reader->scratch, paragraph->licence);
        statements[i]->is_of_whole = paragraph->has_format && !paragraph->has_files;
        if (is_of_files(paragraph) || paragraph->has_format)
            add_statement(reader, statements[i]);
    }
    collect_texts(reader, statements, paragraphs);
    if (reader->statements == NULL)
        for (size_t i = 0; i < paragraphs->count; i++)
            if (statements[i] != NULL)
                add_statement(reader, statements[i]);
    free(statements);
}

static const char *declared(const struct reader *reader)
{
    WB_AUTO_VALUE(wb_buffer) names = {0};
    struct statement *seen = NULL;
    for (struct statement *statement = reader->statements; statement != NULL;
         statement = statement->hh.next) {
        struct statement *known;
        size_t size = strlen(statement->names);
        HASH_FIND(names_hh, seen, statement->names, size, known);
        if (known != NULL || statement->is_prose || names.size + size > MAX_DECLARED)
            continue;
        HASH_ADD_KEYPTR(names_hh, seen, statement->names, size, statement);
        wb_buffer_append_text(&names, names.size > 0 ? "; " : "");
        wb_buffer_append_text(&names, statement->names);
    }
    HASH_CLEAR(names_hh, seen);
    if (names.size == 0)
        return NULL;
    return wb_arena_copy_bytes(reader->bom->arena, names.data, names.size);
}

/* A header's summary in prose says less than the paragraphs that it sums up. */
static const char *whole_expression(struct reader *reader, struct wb_bytes prose)
{
    size_t count = 0;
    const char **expressions =
        wb_allocate_array(HASH_COUNT(reader->statements) + 2, sizeof *expressions);
    for (int summaries = 0; summaries <= 1 && count == 0; summaries++)
        for (struct statement *statement = reader->statements; statement != NULL;
             statement = statement->hh.next) {
            const char *expression = names_expression(reader, statement);
            if (expression == NULL && statement->is_of_whole == (summaries == 1))
                expression = prose_expression(reader, statement);
            if (expression != NULL)
                expressions[count++] = expression;
        }
    expressions[count++] =
        wb_copyright_text_licence(reader->scratch, (const char *)prose.data, prose.size);
    const char *whole = wb_licence_join_and(reader->bom->arena, expressions, count);
    free(expressions);
    return whole;
}

static void read_paragraphs(struct reader *reader, const struct wb_copyright_paragraphs *paragraphs)
{
    WB_AUTO(wb_copyright_lines) *lines = wb_copyright_lines_new();
    struct wb_package *package = reader->package;
    wb_copyright_lines_add_text(lines, paragraphs->prose);
    for (size_t i = 0; i < paragraphs->count; i++)
        wb_copyright_lines_add_field(lines, paragraphs->items[i].copyright);
    package->copyright = wb_copyright_lines_join(lines, reader->bom->arena);
    collect(reader, paragraphs);
    package->licence = whole_expression(reader, paragraphs->prose);
    package->licence_declared = declared(reader);
    HASH_CLEAR(hh, reader->statements);
    HASH_CLEAR(hh, reader->texts);
}

static void read_text(struct wb_bytes text, struct wb_bom *bom, struct wb_package *package)
{
    WB_AUTO(wb_copyright_lines) *lines = wb_copyright_lines_new();
    wb_copyright_lines_add_text(lines, text);
    package->copyright = wb_copyright_lines_join(lines, bom->arena);
    package->licence = wb_copyright_text_licence(bom->arena, (const char *)text.data, text.size);
}

void wb_copyright_read(struct wb_bytes text, struct wb_bom *bom, struct wb_package *package)
{
    WB_AUTO_VALUE(wb_copyright_paragraphs) paragraphs = {0};
    WB_AUTO(wb_arena) *scratch = wb_arena_new();
    struct reader reader = {.scratch = scratch, .bom = bom, .package = package};
    if (text.size == 0)
        return;
    if (text.size > MAX_FILE)
        text.size = MAX_FILE;
    if (wb_copyright_paragraphs_read(text, &paragraphs))
        read_paragraphs(&reader, &paragraphs);
    else
        read_text(text, bom, package);
}
