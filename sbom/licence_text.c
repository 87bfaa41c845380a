/* SPDX-License-Identifier: Apache-2.0 */
/* Text of licence statements: ASCII comparison that no locale changes, and cleaning. */
#include "sbom/licence.h"

#include <string.h>

char wb_ascii_lower(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte;
}

bool wb_ascii_alphanumeric(char byte)
{
    char lower = wb_ascii_lower(byte);

    return (lower >= 'a' && lower <= 'z') || (byte >= '0' && byte <= '9');
}

int wb_ascii_compare(const char *a, const char *b)
{
    while (*a != '\0' && wb_ascii_lower(*a) == wb_ascii_lower(*b)) {
        a++;
        b++;
    }
    return (unsigned char)wb_ascii_lower(*a) - (unsigned char)wb_ascii_lower(*b);
}

bool wb_ascii_starts_with(const char *text, const char *prefix)
{
    while (*prefix != '\0') {
        if (wb_ascii_lower(*text++) != wb_ascii_lower(*prefix++)) {
            return false;
        }
    }
    return true;
}

bool wb_ascii_ends_with(const char *text, const char *suffix)
{
    size_t text_length = strlen(text);
    size_t suffix_length = strlen(suffix);

    return text_length >= suffix_length &&
           wb_ascii_compare(text + text_length - suffix_length, suffix) == 0;
}

static bool is_space(char byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

const char *wb_licence_clean_line(struct wb_arena *arena, const char *text, size_t size)
{
    WB_AUTO_VALUE(wb_buffer) line = {0};
    const char *end;

    if (size == 0) {
        return "";
    }
    end = text + size;
    while (text < end) {
        const char *word;

        while (text < end && is_space(*text)) {
            text++;
        }
        word = text;
        while (text < end && !is_space(*text)) {
            text++;
        }
        if (text > word) {
            if (line.size > 0) {
                wb_buffer_append(&line, " ", 1);
            }
            wb_buffer_append(&line, word, (size_t)(text - word));
        }
    }
    if (line.size == 0) {
        return "";
    }
    return wb_utf8_escape(arena, wb_arena_copy_bytes(arena, line.data, line.size), line.size);
}

const char *wb_licence_clean_text(struct wb_arena *arena, const char *text, size_t size)
{
    WB_AUTO_VALUE(wb_buffer) clean = {0};
    WB_AUTO_VALUE(wb_buffer) line = {0};
    const char *end;

    if (size == 0) {
        return "";
    }
    end = text + size;
    while (text < end) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        const char *stop = newline != NULL ? newline : end;

        line.size = 0;
        for (const char *byte = text; byte < stop; byte++) {
            wb_buffer_append(&line, is_space(*byte) ? " " : byte, 1);
        }
        while (line.size > 0 && line.data[line.size - 1] == ' ') {
            line.size--;
        }
        if (clean.size > 0) {
            wb_buffer_append(&clean, "\n", 1);
        }
        if (line.size > 0) {
            line.data[line.size] = '\0'; /* there was room for more, or for the NUL behind */
            wb_buffer_append_text(&clean, wb_utf8_escape(arena, (char *)line.data, line.size));
        }
        text = newline != NULL ? newline + 1 : end;
    }
    if (clean.size == 0) {
        return "";
    }
    return wb_arena_copy_bytes(arena, clean.data, clean.size);
}
