/* SPDX-License-Identifier: Apache-2.0 */
/* Recognises well-known licences by their words. */
#include "sbom/licence.h"

#include <string.h>

enum {
    MAX_CLAUSE_NUMBER = 12, /* bytes that `#` stands for, spaces at both ends included */
    MAX_GAP = 480,          /* `*` */
    MAX_PASSAGE = 12288,    /* `%` */
    MAX_BEFORE = 40,        /* how far in front of and */
    MAX_BEHIND = 200,       /* behind the wording another licence may show */
    MAX_UNKNOWN = 640,      /* bytes of names and disclaimers around the wording of a licence */
};

struct wording {
    const char *expression;
    const char *pattern;
    const char *unless; /* NULL */
};

#include "sbom/licence_wording_data.inc"

struct span {
    const char *start;
    const char *end;
};

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

static bool stands_alone(const struct wording *wording, struct span span, struct span words)
{
    if (wording->unless == NULL)
        return true;
    size_t before = (size_t)(span.start - words.start);
    size_t behind = (size_t)(words.end - span.end);
    span.start -= before < MAX_BEFORE ? before : MAX_BEFORE;
    span.end += behind < MAX_BEHIND ? behind : MAX_BEHIND;
    return memmem(span.start, (size_t)(span.end - span.start), wording->unless,
                  strlen(wording->unless)) == NULL;
}

/* The first place where the wording stands; its start is NULL when there is none. */
static struct span find_wording(const struct wording *wording, struct span words)
{
    const char *pattern = wording->pattern;
    struct segment first;
    struct span span = {NULL, NULL};
    /* Signs and the spaces around them are less than half of any pattern. */
    if ((size_t)(words.end - words.start) < strlen(pattern) / 2 || !next_segment(&pattern, &first))
        return span;
    for (const char *at = words.start;
         (at = find_segment(at, words.end, words.end, &first)) != NULL;) {
        span = (struct span){at, match_rest(pattern, at + first.size, words.end)};
        if (span.end != NULL && stands_alone(wording, span, words))
            return span;
        at += first.size;
    }
    return (struct span){NULL, NULL};
}

void wb_licence_wording_find(const char *words, size_t size,
                             void (*found)(void *context, const char *expression), void *context)
{
    struct span all = {words, words + size};
    for (size_t i = 0; i < sizeof wordings / sizeof wordings[0]; i++)
        if (find_wording(&wordings[i], all).start != NULL)
            found(context, wordings[i].expression);
}

const char *wb_licence_wording_identify(const char *words, size_t size)
{
    struct span all = {words, words + size};
    const char *expression = NULL;
    size_t longest = 0; /* some licences are known by their title as well as by all their words */
    for (size_t i = 0; i < sizeof wordings / sizeof wordings[0]; i++) {
        struct span span = find_wording(&wordings[i], all);
        if (span.start == NULL)
            continue;
        if (expression != NULL && strcmp(expression, wordings[i].expression) != 0)
            return NULL;
        expression = wordings[i].expression;
        if ((size_t)(span.end - span.start) > longest)
            longest = (size_t)(span.end - span.start);
    }
    return size - longest > MAX_UNKNOWN ? NULL : expression;
}
