/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of several lines, as libraries explain things: as JSON, and as warnings. */
#include "cli/cli.h"

#include <string.h>

/* The first line, to free; *text goes on to the next. NULL: there is none. */
static char *take_line(const char **text)
{
    if (*text == NULL || **text == '\0')
        return NULL;
    size_t size = strcspn(*text, "\n");
    char *line = wb_string_format("%.*s", (int)size, *text);
    *text += size + ((*text)[size] == '\n');
    return line;
}

void wb_lines_write(struct wb_json_writer *json, const char *name, const char *text)
{
    wb_json_key(json, name);
    wb_json_begin_array(json);
    for (;;) {
        WB_AUTO_STRING line = take_line(&text);
        if (line == NULL)
            break;
        wb_json_string(json, line);
    }
    wb_json_end_array(json);
}

void wb_lines_say_warnings(const char *text)
{
    for (;;) {
        WB_AUTO_STRING line = take_line(&text);
        if (line == NULL)
            return;
        wb_say_warning(line);
    }
}
