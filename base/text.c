/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8 (RFC 3629) and what is not. */
#include "base/base.h"

#include <string.h>

/* How many bytes the well-formed character at `at` has; 0 when there is none. */
static size_t character_size(const unsigned char *at, size_t left)
{
    if (at[0] == 0)
        return 0;
    if (at[0] < 0x80)
        return 1;
    size_t size = at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2;
    if (at[0] < 0xc2 || at[0] > 0xf4 || left < size)
        return 0;
    for (size_t i = 1; i < size; i++)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    /* Overlong forms, surrogates, beyond U+10FFFF. */
    if ((at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] > 0x9f) ||
        (at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] > 0x8f))
        return 0;
    return size;
}

bool wb_utf8_valid(const char *text, size_t size)
{
    const unsigned char *at = (const unsigned char *)text;
    while (size > 0) {
        size_t step = character_size(at, size);
        if (step == 0)
            return false;
        at += step;
        size -= step;
    }
    return true;
}

static bool is_control(unsigned char byte)
{
    return byte < 0x20 || byte == 0x7f;
}

static bool is_printable(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (is_control((unsigned char)text[i]))
            return false;
    return wb_utf8_valid(text, size);
}

const char *wb_utf8_escape(struct wb_arena *arena, const char *text, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    if (is_printable(text, size))
        return wb_arena_copy_bytes(arena, text, size);
    struct wb_buffer escaped = {0};
    const unsigned char *at = (const unsigned char *)text;
    for (size_t left = size; left > 0;) {
        size_t step = character_size(at, left);
        if (at[0] == '\\') {
            wb_buffer_append(&escaped, "\\\\", 2);
        } else if (step == 0 || is_control(at[0])) {
            char shown[4] = {'\\', 'x', digits[at[0] >> 4], digits[at[0] & 15]};
            wb_buffer_append(&escaped, shown, sizeof shown);
            step = 1;
        } else {
            wb_buffer_append(&escaped, at, step);
        }
        at += step;
        left -= step;
    }
    const char *copy = wb_arena_copy_bytes(arena, escaped.data, escaped.size);
    wb_buffer_clear(&escaped);
    return copy;
}

bool wb_text_starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool wb_text_ends_with(const char *text, const char *suffix)
{
    size_t text_size = strlen(text), suffix_size = strlen(suffix);
    return text_size >= suffix_size && strcmp(text + text_size - suffix_size, suffix) == 0;
}
