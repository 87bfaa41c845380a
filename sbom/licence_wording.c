/* SPDX-License-Identifier: Apache-2.0 */
/* Recognises well-known licences by their words. */
#include "sbom/licence.h"

#include <string.h>

enum {
    MAX_CLAUSE_NUMBER = 12, /* bytes that `#` stands for, spaces at both ends included */
    MAX_GAP = 480,          /* `*` */
    MAX_PASSAGE = 8192,     /* `%` */
    MAX_BEHIND = 200,       /* how far behind the wording another licence may show */
};

struct wording {
    const char *expression;
    const char *pattern;
    const char *unless; /* NULL */
};

#include "sbom/licence_wording_data.inc"

struct segment {
    const char *text;
    size_t size;
    size_t gap; /* at most so far behind the segment before it */
};

static size_t gap_of(char sign)
{
    switch (sign) {
    case '#':
        return MAX_CLAUSE_NUMBER;
    case '*':
        return MAX_GAP;
    case '%':
        return MAX_PASSAGE;
    default:
        return 0;
    }
}

/* Takes the next words and the sign in front of them off the pattern. */
static bool next_segment(const char **pattern, struct segment *segment)
{
    const char *at = *pattern;
    segment->gap = 0;
    while (*at == ' ' || gap_of(*at) > 0)
        segment->gap += gap_of(*at++);
    segment->text = at;
    while (*at != '\0' && gap_of(*at) == 0)
        at++;
    segment->size = (size_t)(at - segment->text);
    while (segment->size > 0 && segment->text[segment->size - 1] == ' ')
        segment->size--;
    *pattern = at;
    return segment->size > 0;
}

/* The first place in [from, end) where the segment stands as whole words. */
static const char *find_segment(const char *from, const char *end, const char *words_end,
                                const struct segment *segment)
{
    for (;;) {
        const char *found =
            from < end ? memmem(from, (size_t)(end - from), segment->text, segment->size) : NULL;
        if (found == NULL)
            return NULL;
        const char *behind = found + segment->size;
        if ((found == from || found[-1] == ' ') && (behind == words_end || *behind == ' '))
            return found;
        from = found + 1;
    }
}

/* Where the rest of the pattern ends that begins behind `at`; NULL when it does not match. */
static const char *match_rest(const char *pattern, const char *at, const char *words_end)
{
    struct segment segment;
    while (next_segment(&pattern, &segment)) {
        size_t left = (size_t)(words_end - at);
        size_t reach = segment.gap + segment.size;
        at = find_segment(at, at + (left < reach ? left : reach), words_end, &segment);
        if (at == NULL)
            return NULL;
        at += segment.size;
    }
    return at;
}

static bool stands_alone(const struct wording *wording, const char *start, const char *stop,
                         const char *words_end)
{
    if (wording->unless == NULL)
        return true;
    size_t left = (size_t)(words_end - stop);
    stop += left < MAX_BEHIND ? left : MAX_BEHIND;
    return memmem(start, (size_t)(stop - start), wording->unless, strlen(wording->unless)) == NULL;
}

static bool occurs(const struct wording *wording, const char *words, size_t size)
{
    const char *end = words + size;
    const char *pattern = wording->pattern;
    struct segment first;
    if (!next_segment(&pattern, &first))
        return false;
    for (const char *at = words; (at = find_segment(at, end, end, &first)) != NULL;) {
        const char *stop = match_rest(pattern, at + first.size, end);
        if (stop != NULL && stands_alone(wording, at, stop, end))
            return true;
        at += first.size;
    }
    return false;
}

void wb_licence_wording_find(const char *words, size_t size,
                             void (*found)(void *context, const char *expression), void *context)
{
    for (size_t i = 0; i < sizeof wordings / sizeof wordings[0]; i++)
        if (occurs(&wordings[i], words, size))
            found(context, wordings[i].expression);
}
