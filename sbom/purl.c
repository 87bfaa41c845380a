/* SPDX-License-Identifier: Apache-2.0 */
/* Package URLs (purl-spec, "How to build a purl string from its components"). */
#include "sbom/purl.h"

#include <stdlib.h>
#include <string.h>

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The colon stays as it is, everywhere. */
static void append_encoded(struct wb_buffer *purl, const char *text, size_t size)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)text[i];
        if (is_lower(text[i]) || is_upper(text[i]) || is_digit(text[i]) ||
            (byte != 0 && memchr(".-_~:", byte, 5) != NULL)) {
            wb_buffer_append(purl, &text[i], 1);
        } else {
            char escape[3] = {'%', digits[byte >> 4], digits[byte & 15]};
            wb_buffer_append(purl, escape, sizeof escape);
        }
    }
}

static const char *lower_case(struct wb_arena *arena, const char *text)
{
    char *copy = wb_arena_copy(arena, text);
    for (char *at = copy; at != NULL && *at != '\0'; at++)
        if (is_upper(*at))
            *at = (char)(*at - 'A' + 'a');
    return copy;
}

/* Types and qualifier keys: letters, digits, `.`, `-` (keys `_` too), a letter first. */
static bool is_key(const char *text, const char *punctuation)
{
    if (text == NULL || !(is_lower(text[0]) || is_upper(text[0])))
        return false;
    for (; *text != '\0'; text++)
        if (!is_lower(*text) && !is_upper(*text) && !is_digit(*text) &&
            strchr(punctuation, *text) == NULL)
            return false;
    return true;
}

/* ---- building ---- */

/* Segments between slashes; empty ones, and slashes around, are dropped. */
static void append_namespace(struct wb_buffer *purl, const char *name_space)
{
    for (const char *at = name_space; at != NULL && *at != '\0';) {
        size_t size = strcspn(at, "/");
        if (size > 0) {
            append_encoded(purl, at, size);
            wb_buffer_append_text(purl, "/");
        }
        at += size;
        at += *at == '/' ? 1 : 0;
    }
}

static int compare_qualifiers(const void *left, const void *right)
{
    const struct wb_name_value *a = left;
    const struct wb_name_value *b = right;
    return strcmp(a->name, b->name);
}

/* False for a key that is none. */
static bool append_qualifiers(struct wb_buffer *purl, struct wb_arena *arena,
                              const struct wb_name_value *qualifiers, size_t count)
{
    struct wb_name_value sorted[WB_PURL_QUALIFIERS_MAX];
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (qualifiers[i].value == NULL || qualifiers[i].value[0] == '\0')
            continue;
        if (!is_key(qualifiers[i].name, ".-_") || kept == WB_PURL_QUALIFIERS_MAX)
            return false;
        sorted[kept].name = lower_case(arena, qualifiers[i].name);
        sorted[kept++].value = qualifiers[i].value;
    }
    if (kept > 1)
        qsort(sorted, kept, sizeof sorted[0], compare_qualifiers);
    for (size_t i = 0; i < kept; i++) {
        if (i > 0 && strcmp(sorted[i - 1].name, sorted[i].name) == 0)
            return false;
        wb_buffer_append_format(purl, "%s%s=", i == 0 ? "?" : "&", sorted[i].name);
        append_encoded(purl, sorted[i].value, strlen(sorted[i].value));
    }
    return true;
}

static const char *strip_slashes(struct wb_arena *arena, const char *name)
{
    while (*name == '/')
        name++;
    size_t size = strlen(name);
    while (size > 0 && name[size - 1] == '/')
        size--;
    return wb_arena_copy_bytes(arena, name, size);
}

/* `.` and `..` mean nothing in a subpath. */
static void append_subpath(struct wb_buffer *purl, const char *subpath)
{
    const char *separator = "#";
    for (const char *at = subpath; at != NULL && *at != '\0';) {
        size_t size = strcspn(at, "/");
        bool dots = (size == 1 && at[0] == '.') || (size == 2 && at[0] == '.' && at[1] == '.');
        if (size > 0 && !dots) {
            wb_buffer_append_text(purl, separator);
            append_encoded(purl, at, size);
            separator = "/";
        }
        at += size;
        at += *at == '/' ? 1 : 0;
    }
}

const char *wb_purl_write(struct wb_arena *arena, const struct wb_purl *purl)
{
    struct wb_purl canonical = *purl;
    if (!is_key(purl->type, ".-") || purl->name == NULL)
        return NULL;
    canonical.type = lower_case(arena, purl->type);
    canonical.name = strip_slashes(arena, purl->name);
    if (*canonical.name == '\0' || !wb_purl_apply_type(arena, &canonical))
        return NULL;
    WB_AUTO_VALUE(wb_buffer) text = {0};
    wb_buffer_append_format(&text, "pkg:%s/", canonical.type);
    append_namespace(&text, canonical.name_space);
    append_encoded(&text, canonical.name, strlen(canonical.name));
    if (canonical.version != NULL && *canonical.version != '\0') {
        wb_buffer_append_text(&text, "@");
        append_encoded(&text, canonical.version, strlen(canonical.version));
    }
    if (!append_qualifiers(&text, arena, canonical.qualifiers, canonical.qualifier_count))
        return NULL;
    append_subpath(&text, canonical.subpath);
    return wb_arena_copy_bytes(arena, text.data, text.size);
}

const char *wb_purl_format(struct wb_arena *arena, const char *type, const char *name_space,
                           const char *name, const char *version,
                           const struct wb_name_value *qualifiers, size_t qualifier_count)
{
    struct wb_purl purl = {
        .type = type,
        .name_space = name_space,
        .name = name,
        .version = version,
        .qualifiers = wb_arena_allocate(arena, (qualifier_count + 1) * sizeof *qualifiers),
        .qualifier_count = qualifier_count,
    };
    for (size_t i = 0; i < qualifier_count; i++)
        purl.qualifiers[i] = qualifiers[i];
    return wb_purl_write(arena, &purl);
}
