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

/* ---- patterns of checks ---- */

const char *wb_audit_moved_directory(const struct wb_audit *audit, const char *pattern,
                                     const char **rest)
{
    WB_AUTO_STRING directory = wb_string_format("%.*s", (int)strcspn(pattern, "*"), pattern);
    char *slash = strrchr(directory, '/');
    if (slash == NULL)
        return NULL;
    *slash = '\0';
    const struct wb_node *node = wb_audit_lookup(audit, directory, true);
    if (node == NULL)
        return NULL;
    struct wb_buffer path = {0};
    wb_node_path(node, &path);
    const char *moved = wb_arena_copy_bytes(audit->scratch, path.data, path.size);
    wb_buffer_clear(&path);
    *rest = pattern + strlen(directory) + 1;
    return strcmp(moved, directory) == 0 ? NULL : moved;
}

/* Where /lib is /usr/lib both have patterns of their own. */
static bool is_pattern_of(const struct wb_audit_check *check, const char *directory,
                          const char *rest)
{
    WB_AUTO_STRING path = wb_string_format("%s/%s", directory, rest);
    for (size_t i = 0; check->patterns[i] != NULL; i++)
        if (strcmp(check->patterns[i], path) == 0)
            return true;
    return false;
}

void wb_audit_find_moved(struct wb_audit *audit)
{
    size_t count;
    const struct wb_audit_check *checks = wb_audit_checks(&count);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; checks[i].patterns != NULL && checks[i].patterns[j] != NULL; j++) {
            const char *rest;
            const char *pattern = checks[i].patterns[j];
            const char *directory =
                pattern[0] == '!' ? NULL : wb_audit_moved_directory(audit, pattern, &rest);
            if (directory == NULL || is_pattern_of(&checks[i], directory, rest))
                continue;
            const struct wb_moved_pattern moved = {&checks[i], directory, rest};
            WB_APPEND(audit->moved, audit->moved_count, audit->moved_capacity, moved);
        }
}

/* The directory is a name of the image's own: stars in it are none. */
static bool matches_moved(const struct wb_moved_pattern *moved, const char *path)
{
    size_t size = strlen(moved->directory);
    if (size > 0 && (strncmp(path, moved->directory, size) != 0 || path[size] != '/'))
        return false;
    return matches_from(moved->rest, path + size + (size > 0));
}

bool wb_audit_check_matches(const struct wb_audit *audit, const struct wb_audit_check *check,
                            const char *path)
{
    for (size_t i = 0; check->patterns[i] != NULL; i++) {
        const char *pattern = check->patterns[i];
        bool excludes = pattern[0] == '!';
        if (wb_audit_path_matches(pattern + excludes, path))
            return !excludes;
    }
    for (size_t i = 0; i < audit->moved_count; i++)
        if (audit->moved[i].check == check && matches_moved(&audit->moved[i], path))
            return true;
    return false;
}
