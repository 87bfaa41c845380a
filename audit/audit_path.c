/* SPDX-License-Identifier: Apache-2.0 */
/* The paths that checks look for. */
#include "audit/audit_private.h"

#include <string.h>

/* One component of each; only one star may stand in a component of a pattern, or two when one is at
 * its end: our own patterns have no more, so that nothing is tried often. */
static bool component_matches(const char *pattern, const char *pattern_end, const char *text,
                              const char *text_end)
{
    while (pattern < pattern_end && *pattern != '*') {
        if (text == text_end || *text != *pattern)
            return false;
        pattern++;
        text++;
    }
    if (pattern == pattern_end)
        return text == text_end;
    pattern++;
    for (; text <= text_end; text++)
        if (component_matches(pattern, pattern_end, text, text_end))
            return true;
    return false;
}

static const char *end_of_component(const char *text)
{
    const char *slash = strchr(text, '/');
    return slash == NULL ? text + strlen(text) : slash;
}

static bool matches_from(const char *pattern, const char *path)
{
    for (;;) {
        if (strcmp(pattern, "**") == 0)
            return *path != '\0';
        const char *pattern_end = end_of_component(pattern), *path_end = end_of_component(path);
        if (!component_matches(pattern, pattern_end, path, path_end))
            return false;
        if (*pattern_end == '\0' || *path_end == '\0')
            return *pattern_end == *path_end;
        pattern = pattern_end + 1;
        path = path_end + 1;
    }
}

static size_t count_slashes(const char *text)
{
    size_t count = 0;
    for (; *text != '\0'; text++)
        count += *text == '/';
    return count;
}

bool wb_audit_path_matches(const char *pattern, const char *path)
{
    if (pattern[0] != '*' || pattern[1] != '*') {
        /* Most paths differ at once. */
        return (pattern[0] == '*' || pattern[0] == path[0]) && matches_from(pattern, path);
    }
    pattern += strlen("**/");
    bool anything_below = wb_text_ends_with(pattern, "/**");
    size_t wanted = count_slashes(pattern), there = count_slashes(path);
    for (; there > wanted; there--) {
        if (anything_below && matches_from(pattern, path))
            return true;
        path = strchr(path, '/') + 1;
    }
    return there >= wanted && matches_from(pattern, path);
}

bool wb_audit_check_matches(const struct wb_audit_check *check, const char *path)
{
    for (size_t i = 0; check->patterns[i] != NULL; i++) {
        const char *pattern = check->patterns[i];
        bool excludes = pattern[0] == '!';
        if (wb_audit_path_matches(pattern + excludes, path))
            return !excludes;
    }
    return false;
}
