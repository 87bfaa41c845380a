/* SPDX-License-Identifier: Apache-2.0 */
/* Which distribution an image is made of (os-release(5)). */
#include "sbom/sbom.h"

#include <stddef.h>
#include <string.h>

#define VALUE_MAX 4096 /* longer ones are no names, versions or addresses */

struct variable {
    const char *name;
    size_t offset; /* of its place in struct wb_distribution */
};

static const struct variable variables[] = {
    {"ID", offsetof(struct wb_distribution, id)},
    {"ID_LIKE", offsetof(struct wb_distribution, id_like)},
    {"NAME", offsetof(struct wb_distribution, name)},
    {"VERSION", offsetof(struct wb_distribution, version)},
    {"VERSION_ID", offsetof(struct wb_distribution, version_id)},
    {"VERSION_CODENAME", offsetof(struct wb_distribution, version_codename)},
    {"PRETTY_NAME", offsetof(struct wb_distribution, pretty_name)},
    {"VARIANT_ID", offsetof(struct wb_distribution, variant_id)},
    {"CPE_NAME", offsetof(struct wb_distribution, cpe_name)},
    {"HOME_URL", offsetof(struct wb_distribution, home_url)},
    {"SUPPORT_URL", offsetof(struct wb_distribution, support_url)},
    {"BUG_REPORT_URL", offsetof(struct wb_distribution, bug_report_url)},
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

/* The quotes and backslashes of a shell assignment; nothing is expanded. False where a quote is
 * left open, or more than one word follows, which a shell would take for a command. */
static bool unquote(const char *at, const char *end, struct wb_buffer *value)
{
    char quote = '\0';
    for (; at < end; at++) {
        if (quote == '\0' && is_blank(*at))
            break;
        if (*at == quote && quote != '\0') {
            quote = '\0';
        } else if (quote == '\0' && (*at == '"' || *at == '\'')) {
            quote = *at;
        } else if (*at == '\\' && quote != '\'') {
            if (++at == end)
                return false;
            /* Between double quotes a backslash stands for itself unless it hides something. */
            if (quote == '"' && memchr("\"\\$`", *at, 4) == NULL)
                wb_buffer_append(value, "\\", 1);
            wb_buffer_append(value, at, 1);
        } else {
            wb_buffer_append(value, at, 1);
        }
    }
    while (at < end && is_blank(*at))
        at++;
    return quote == '\0' && (at == end || *at == '#') && value->size <= VALUE_MAX;
}

static const char **find_place(struct wb_distribution *distribution, const char *name, size_t size)
{
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++)
        if (strlen(variables[i].name) == size && memcmp(variables[i].name, name, size) == 0)
            return (const char **)(void *)((char *)distribution + variables[i].offset);
    return NULL;
}

static void read_line(const char *line, const char *end, struct wb_arena *arena,
                      struct wb_distribution *distribution)
{
    while (line < end && is_blank(*line))
        line++;
    const char *equals = line == end ? NULL : memchr(line, '=', (size_t)(end - line));
    if (equals == NULL)
        return;
    const char **place = find_place(distribution, line, (size_t)(equals - line));
    if (place == NULL)
        return;
    WB_AUTO_VALUE(wb_buffer) value = {0};
    if (!unquote(equals + 1, end, &value))
        return;
    /* The last assignment counts; an empty one takes the value away. */
    *place = value.size == 0 ? NULL : wb_utf8_escape(arena, (const char *)value.data, value.size);
}

static const char *lower_case(struct wb_arena *arena, const char *text)
{
    char *copy = wb_arena_copy(arena, text);
    for (char *at = copy; at != NULL && *at != '\0'; at++)
        if (*at >= 'A' && *at <= 'Z')
            *at = (char)(*at - 'A' + 'a');
    return copy;
}

void wb_os_release_read(struct wb_bytes text, struct wb_arena *arena,
                        struct wb_distribution *distribution)
{
    const char *at = (const char *)text.data;
    const char *end = text.size == 0 ? at : at + text.size;
    /* Some editors put a byte order mark in front. */
    if (text.size >= 3 && memcmp(at, "\xef\xbb\xbf", 3) == 0)
        at += 3;
    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        if (stop == NULL)
            stop = end;
        read_line(at, stop, arena, distribution);
        at = stop == end ? end : stop + 1;
    }
    distribution->id = lower_case(arena, distribution->id);
    distribution->id_like = lower_case(arena, distribution->id_like);
}
