/* SPDX-License-Identifier: Apache-2.0 */
/* Package URLs taken apart (purl-spec, "How to parse a purl string in its components"). */
#include "sbom/purl.h"

#include <stdlib.h>
#include <string.h>

struct parser {
    struct wb_arena *arena;
    enum wb_purl_reading reading;
    struct wb_error *err;
};

static bool refuse(struct parser *parser, const char *what)
{
    return wb_error_set(parser->err, WB_BAD_INPUT, "package URL: %s", what);
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_key_byte(char c, const char *punctuation)
{
    return is_letter(c) || (c >= '0' && c <= '9') || (c != '\0' && strchr(punctuation, c) != NULL);
}

static bool is_key(const char *text, const char *punctuation)
{
    if (!is_letter(*text))
        return false;
    while (is_key_byte(*text, punctuation))
        text++;
    return *text == '\0';
}

static void lower(char *text)
{
    for (; *text != '\0'; text++)
        if (*text >= 'A' && *text <= 'Z')
            *text = (char)(*text - 'A' + 'a');
}

/* NULL, with the error set, for escapes that are none and for what is not text. */
static const char *decode(struct parser *parser, const char *text, size_t size)
{
    char *decoded = wb_arena_allocate(parser->arena, size + 1);
    size_t length = 0;
    for (size_t i = 0; i < size; i++) {
        uint8_t byte = (uint8_t)text[i];
        if (byte == '%') {
            char digits[3] = {0};
            memcpy(digits, &text[i + 1], size - i - 1 < 2 ? size - i - 1 : 2);
            if (!wb_hex_parse(digits, &byte, 1)) {
                refuse(parser, "a percent sign without two hexadecimal digits behind it");
                return NULL;
            }
            i += 2;
        }
        if (byte < ' ' || byte == 0x7f) {
            refuse(parser, "a control character");
            return NULL;
        }
        decoded[length++] = (char)byte;
    }
    if (!wb_utf8_valid(decoded, length)) {
        refuse(parser, "text that is not UTF-8");
        return NULL;
    }
    return decoded;
}

/* Decodes segment by segment; empty ones, and with `path` those of dots, are dropped. *joined is
 * NULL when nothing is left. */
static bool decode_segments(struct parser *parser, const char *text, size_t size, bool path,
                            const char **joined)
{
    WB_AUTO_VALUE(wb_buffer) buffer = {0};
    *joined = NULL;
    for (size_t start = 0; start < size;) {
        const char *slash = memchr(text + start, '/', size - start);
        size_t end = slash == NULL ? size : (size_t)(slash - text);
        const char *segment = decode(parser, text + start, end - start);
        if (segment == NULL)
            return false;
        if (strchr(segment, '/') != NULL)
            return refuse(parser, "an encoded slash inside a segment");
        start = end + 1;
        bool dots = strcmp(segment, ".") == 0 || strcmp(segment, "..") == 0;
        if (*segment == '\0' || (path && dots))
            continue;
        wb_buffer_append_format(&buffer, "%s%s", buffer.size == 0 ? "" : "/", segment);
    }
    if (buffer.size > 0)
        *joined = wb_arena_copy_bytes(parser->arena, buffer.data, buffer.size);
    return true;
}

/* ---- qualifiers ---- */

static int compare_names(const void *left, const void *right)
{
    return strcmp(((const struct wb_name_value *)left)->name,
                  ((const struct wb_name_value *)right)->name);
}

static bool parse_qualifier(struct parser *parser, const char *text, size_t size,
                            struct wb_purl *purl)
{
    const char *equals = memchr(text, '=', size);
    if (equals == NULL)
        return refuse(parser, "a qualifier without a value");
    char *key = wb_arena_copy_bytes(parser->arena, text, (size_t)(equals - text));
    if (!is_key(key, ".-_"))
        return refuse(parser, "a qualifier's key may have letters, digits, '.', '-' and '_' only");
    char *stated = wb_arena_copy(parser->arena, key);
    lower(key);
    if (parser->reading == WB_PURL_STRICT && strcmp(stated, key) != 0)
        return refuse(parser, "a qualifier's key is not in lower case");
    const char *value = decode(parser, equals + 1, size - (size_t)(equals + 1 - text));
    if (value == NULL)
        return false;
    if (*value == '\0')
        return true;
    if (purl->qualifier_count == WB_PURL_QUALIFIERS_MAX)
        return refuse(parser, "too many qualifiers");
    purl->qualifiers[purl->qualifier_count++] = (struct wb_name_value){key, value};
    return true;
}

static bool parse_qualifiers(struct parser *parser, const char *text, struct wb_purl *purl)
{
    purl->qualifiers =
        wb_arena_allocate(parser->arena, WB_PURL_QUALIFIERS_MAX * sizeof *purl->qualifiers);
    while (*text != '\0') {
        size_t size = strcspn(text, "&");
        if (size > 0 && !parse_qualifier(parser, text, size, purl))
            return false;
        text += size;
        text += *text == '&' ? 1 : 0;
    }
    if (purl->qualifier_count > 1)
        qsort(purl->qualifiers, purl->qualifier_count, sizeof *purl->qualifiers, compare_names);
    for (size_t i = 1; i < purl->qualifier_count; i++)
        if (strcmp(purl->qualifiers[i - 1].name, purl->qualifiers[i].name) == 0)
            return refuse(parser, "a qualifier occurs twice");
    return true;
}

const char *wb_purl_qualifier(const struct wb_purl *purl, const char *name)
{
    for (size_t i = 0; i < purl->qualifier_count; i++)
        if (strcmp(purl->qualifiers[i].name, name) == 0)
            return purl->qualifiers[i].value;
    return NULL;
}

/* ---- the whole ---- */

/* Cuts `text` at the last `mark`; what stood behind it, or NULL. */
static char *cut_last(char *text, char mark)
{
    char *found = strrchr(text, mark);
    if (found == NULL)
        return NULL;
    *found = '\0';
    return found + 1;
}

/* A scope of npm may stand without its `@` encoded: it is no version that has a slash and none of a
 * name before it. */
static char *cut_version(char *path)
{
    char *at = strrchr(path, '@');
    if (at == NULL || (strchr(at, '/') != NULL && (at == path || at[-1] == '/')))
        return NULL;
    *at = '\0';
    return at + 1;
}

static bool parse_path(struct parser *parser, char *path, struct wb_purl *purl)
{
    char *version = cut_version(path);
    size_t size = strlen(path);
    while (size > 0 && path[size - 1] == '/')
        size--;
    path[size] = '\0';
    char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    purl->name = decode(parser, name, strlen(name));
    if (purl->name == NULL)
        return false;
    if (purl->name[strspn(purl->name, "/")] == '\0')
        return refuse(parser, "no name");
    if (purl->name[0] == '/' || wb_text_ends_with(purl->name, "/"))
        return refuse(parser, "an encoded slash at an end of the name");
    if (slash != NULL &&
        !decode_segments(parser, path, (size_t)(slash - path), false, &purl->name_space))
        return false;
    if (version == NULL || *version == '\0')
        return true;
    purl->version = decode(parser, version, strlen(version));
    return purl->version != NULL;
}

bool wb_purl_parse(struct wb_arena *arena, const char *text, enum wb_purl_reading reading,
                   struct wb_purl *purl, struct wb_error *err)
{
    struct parser parser = {.arena = arena, .reading = reading, .err = err};
    *purl = (struct wb_purl){0};
    if (!wb_text_starts_with(text, "pkg:"))
        return refuse(&parser, "it does not begin with 'pkg:'");
    char *rest = wb_arena_copy(arena, text + strlen("pkg:"));
    const char *subpath = cut_last(rest, '#');
    const char *qualifiers = cut_last(rest, '?');
    while (*rest == '/')
        rest++;
    char *path = strchr(rest, '/');
    if (path == NULL)
        return refuse(&parser, "no type, or no name behind it");
    *path++ = '\0';
    lower(rest);
    if (!is_key(rest, ".-"))
        return refuse(&parser, "a type may have letters, digits, '.' and '-' only");
    purl->type = rest;
    if (!parse_path(&parser, path, purl) ||
        (qualifiers != NULL && !parse_qualifiers(&parser, qualifiers, purl)) ||
        (subpath != NULL &&
         !decode_segments(&parser, subpath, strlen(subpath), true, &purl->subpath)))
        return false;
    return wb_purl_apply_type(arena, purl) || refuse(&parser, "its type has no namespaces");
}
