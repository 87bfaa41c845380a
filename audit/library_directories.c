/* SPDX-License-Identifier: Apache-2.0 */
/* The directories of /etc/ld.so.conf, as ldconfig(8) reads it. */
#include "audit/unneeded_private.h"

#include <stdlib.h>
#include <string.h>

/* Real systems have a dozen files of one line. */
#define DEPTH_MAX 8
#define INCLUDES_MAX 16
#define FILES_MAX 512
#define DIRECTORIES_MAX 512
#define PATTERN_MAX 4096
/* Bytes compared in all: an image may hold a million names made to match almost. */
#define WORK_MAX UINT64_C(100000000)

struct reading {
    struct needs *needs;
    unsigned depth, includes, files;
    uint64_t work_left;
};

static void read_configuration(struct reading *reading, const char *path);

/* glob(3)'s `*` and `?`. Only the last star is tried again, which is enough where none stands for
 * a slash. */
static bool matches(struct reading *reading, const char *pattern, const char *path)
{
    const char *star = NULL, *tried = NULL;
    while (*path != '\0') {
        if (reading->work_left == 0)
            return false;
        reading->work_left--;
        if (*pattern == '*') {
            star = ++pattern;
            tried = path;
        } else if (*pattern == *path || (*pattern == '?' && *path != '/')) {
            pattern++;
            path++;
        } else if (star != NULL && *tried != '/') {
            pattern = star;
            path = ++tried;
        } else {
            return false;
        }
    }
    return pattern[strspn(pattern, "*")] == '\0';
}

static void include(struct reading *reading, const char *path, const char *pattern)
{
    const struct wb_audit *audit = reading->needs->audit;
    if (reading->includes++ >= INCLUDES_MAX || strlen(pattern) > PATTERN_MAX)
        return;
    const char *slash = strrchr(path, '/');
    WB_AUTO_STRING whole = pattern[0] == '/'
                               ? wb_string_copy(pattern + 1)
                               : wb_string_format("%.*s/%s", (int)(slash - path), path, pattern);
    for (size_t i = 0; i < audit->file_count && reading->files < FILES_MAX; i++)
        if (matches(reading, whole, audit->files[i].path))
            read_configuration(reading, audit->files[i].path);
}

/* A type of libraries may stand behind `=`. */
static void add_directory(struct reading *reading, const char *path, const char *directory,
                          size_t size)
{
    struct needs *needs = reading->needs;
    const char *sign = memchr(directory, '=', size);
    if (sign != NULL)
        size = (size_t)(sign - directory);
    while (size > 0 && (directory[size - 1] == ' ' || directory[size - 1] == '\t'))
        size--;
    if (size == 0 || directory[0] != '/' || needs->configured_count == DIRECTORIES_MAX)
        return;
    struct library_directory configured = {
        .path = wb_arena_copy_bytes(needs->arena, directory, size), .stated_in = path};
    WB_APPEND(needs->configured, needs->configured_count, needs->configured_capacity, configured);
}

static bool begins_with_word(const struct wb_text_line *line, const char *word)
{
    size_t size = strlen(word);
    return line->size > size && memcmp(line->text, word, size) == 0 &&
           (line->text[size] == ' ' || line->text[size] == '\t');
}

static void read_line(struct reading *reading, const char *path, struct wb_text_line line)
{
    static const char blanks[] = " \t";
    const char *comment = memchr(line.text, '#', line.size);
    if (comment != NULL)
        line.size = (size_t)(comment - line.text);
    if (begins_with_word(&line, "hwcap"))
        return;
    if (!begins_with_word(&line, "include")) {
        add_directory(reading, path, line.text, line.size);
        return;
    }
    WB_AUTO_STRING rest = wb_string_format("%.*s", (int)(line.size - strlen("include")),
                                           line.text + strlen("include"));
    char *more;
    for (char *word = strtok_r(rest, blanks, &more); word != NULL;
         word = strtok_r(NULL, blanks, &more))
        include(reading, path, word);
}

static void read_configuration(struct reading *reading, const char *path)
{
    const struct wb_bytes *content = wb_audit_content(reading->needs->audit, path);
    if (content == NULL || reading->depth == DEPTH_MAX || reading->files++ >= FILES_MAX)
        return;
    reading->depth++;
    struct wb_text_line line = {0};
    for (size_t at = 0; wb_audit_next_line(content, &at, &line);)
        read_line(reading, path, line);
    reading->depth--;
}

void needs_library_directories(struct needs *needs)
{
    struct reading reading = {.needs = needs, .work_left = WORK_MAX};
    read_configuration(&reading, "etc/ld.so.conf");
}
