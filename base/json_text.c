/* SPDX-License-Identifier: Apache-2.0 */
/* JSON strings in the form that signed documents have. */
#include "base/base.h"

#include <stdio.h>
#include <string.h>

/* How many bytes at `at` have to be escaped together; 0: none. Fills `escape`. */
static size_t escape_at(const unsigned char *at, char escape[8])
{
    const char *short_form = NULL;
    switch (at[0]) {
    case '"':
        short_form = "\\\"";
        break;
    case '\\':
        short_form = "\\\\";
        break;
    case '\n':
        short_form = "\\n";
        break;
    case '\r':
        short_form = "\\r";
        break;
    case '\t':
        short_form = "\\t";
        break;
    default:
        break;
    }
    if (short_form != NULL) {
        memcpy(escape, short_form, 3);
        return 1;
    }
    if (at[0] < 0x20 || at[0] == '<' || at[0] == '>' || at[0] == '&') {
        snprintf(escape, 8, "\\u%04x", at[0]);
        return 1;
    }
    /* U+2028 and U+2029 are e2 80 a8 and e2 80 a9. */
    if (at[0] == 0xe2 && at[1] == 0x80 && (at[2] == 0xa8 || at[2] == 0xa9)) {
        snprintf(escape, 8, "\\u202%c", at[2] == 0xa8 ? '8' : '9');
        return 3;
    }
    return 0;
}

void wb_buffer_append_json_string(struct wb_buffer *buffer, const char *text)
{
    wb_buffer_append(buffer, "\"", 1);
    const char *plain = text;
    for (const char *at = text; *at != '\0';) {
        char escape[8];
        size_t size = escape_at((const unsigned char *)at, escape);
        if (size == 0) {
            at++;
            continue;
        }
        wb_buffer_append(buffer, plain, (size_t)(at - plain));
        wb_buffer_append_text(buffer, escape);
        at += size;
        plain = at;
    }
    wb_buffer_append_text(buffer, plain);
    wb_buffer_append(buffer, "\"", 1);
}
