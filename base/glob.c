/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns for names and paths, matched in a time that grows with the sizes of both and no more. */
#include "base/glob.h"

#include "base/base.h"

#include <stdlib.h>
#include <string.h>

/* What a pattern of the other side may stand for is matched only by what stands for at least as
 * much; in plain texts there are no such marks. */
struct glob_text {
    const char *text;
    bool is_pattern;
};

static bool starts_double(const char *pattern)
{
    return pattern[0] == '*' && pattern[1] == '*';
}

/* One row of the table: reached[j] says whether what was taken of the pattern so far matches the
 * first j bytes of the text. */
static void take_stars(bool *reached, const struct glob_text *text, size_t size, bool both)
{
    for (size_t j = 0; j < size; j++) {
        bool crosses = text->text[j] == '/';
        /* A `**` of the other pattern stands for `/`, too. */
        if (text->is_pattern && text->text[j] == '*')
            crosses = starts_double(text->text + j) || (j > 0 && text->text[j - 1] == '*');
        reached[j + 1] = reached[j + 1] || (reached[j] && (both || !crosses));
    }
}

static void take_one(bool *reached, const struct glob_text *text, size_t size, char wanted)
{
    for (size_t j = size; j > 0; j--) {
        char byte = text->text[j - 1];
        bool wild = text->is_pattern && (byte == '*' || byte == '?');
        bool fits = wanted == '?' ? (wild ? byte == '?' : byte != '/') : !wild && byte == wanted;
        reached[j] = reached[j - 1] && fits;
    }
    reached[0] = false;
}

static bool matches(const char *pattern, const struct glob_text *text)
{
    size_t size = strlen(text->text);
    bool *reached = wb_allocate_array(size + 1, sizeof *reached);
    reached[0] = true;
    while (*pattern != '\0') {
        if (*pattern != '*') {
            take_one(reached, text, size, *pattern++);
            continue;
        }
        bool both = starts_double(pattern);
        take_stars(reached, text, size, both);
        pattern += both ? 2 : 1;
    }
    bool whole = reached[size];
    free(reached);
    return whole;
}

bool wb_glob_matches(const char *pattern, const char *text)
{
    const struct glob_text plain = {text, false};
    return matches(pattern, &plain);
}

bool wb_glob_covers(const char *pattern, const char *other)
{
    const struct glob_text marked = {other, true};
    return matches(pattern, &marked);
}
