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

size_t wb_utf8_control_size(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    if ((at[0] > 0 && at[0] < 0x20) || at[0] == 0x7f)
        return 1;
    /* U+0080 to U+009F, U+061C */
    if ((at[0] == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0) || (at[0] == 0xd8 && at[1] == 0x9c))
        return 2;
    /* U+200E, U+200F, U+2028 to U+202E, U+2066 to U+2069 */
    if (at[0] == 0xe2 && at[1] == 0x80)
        return at[2] == 0x8e || at[2] == 0x8f || (at[2] >= 0xa8 && at[2] <= 0xae) ? 3 : 0;
    return at[0] == 0xe2 && at[1] == 0x81 && at[2] >= 0xa6 && at[2] <= 0xa9 ? 3 : 0;
}

static bool is_control(unsigned char byte)
{
    return byte < 0x20 || byte == 0x7f;
}

/* Whether `text` spells an escape of ours: `x` and the lower-case digits of a byte that needs one.
 */
static bool is_spelt_escape(const unsigned char *text, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    if (size < 3 || text[0] != 'x' || text[1] == 0 || text[2] == 0)
        return false;
    const char *high = strchr(digits, text[1]);
    const char *low = strchr(digits, text[2]);
    if (high == NULL || low == NULL)
        return false;
    size_t value = (size_t)(high - digits) * 16 + (size_t)(low - digits);
    return value < 0x20 || value >= 0x7f;
}

/* How many bytes stand as they are. */
static size_t plain_size(const unsigned char *at, size_t left)
{
    size_t size = 0;
    while (size < left && at[size] != '\\' && !is_control(at[size])) {
        size_t step = character_size(at + size, left - size);
        if (step == 0)
            break;
        size += step;
    }
    return size;
}

/* Backslashes are doubled only in front of something that is escaped, or looks as if it were: an
 * odd number of them always means an escape, and names such as systemd's `a\x2db` stay as they
 * are. */
static size_t put_backslashes(struct wb_buffer *escaped, const unsigned char *at, size_t left)
{
    size_t count = 0;
    while (count < left && at[count] == '\\')
        count++;
    const unsigned char *next = at + count;
    size_t rest = left - count;
    bool before_escape = rest > 0 && (is_control(next[0]) || character_size(next, rest) == 0);
    wb_buffer_append(escaped, at, count);
    if (before_escape || is_spelt_escape(next, rest))
        wb_buffer_append(escaped, at, count);
    return count;
}

const char *wb_utf8_escape(struct wb_arena *arena, const char *text, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *at = (const unsigned char *)text;
    size_t plain = plain_size(at, size);
    if (plain == size)
        return wb_arena_copy_bytes(arena, text, size);
    WB_AUTO_VALUE(wb_buffer) escaped = {0};
    for (size_t left = size; left > 0;) {
        size_t step = plain_size(at, left);
        wb_buffer_append(&escaped, at, step);
        if (step == 0 && at[0] == '\\') {
            step = put_backslashes(&escaped, at, left);
        } else if (step == 0) {
            char shown[4] = {'\\', 'x', digits[at[0] >> 4], digits[at[0] & 15]};
            wb_buffer_append(&escaped, shown, sizeof shown);
            step = 1;
        }
        at += step;
        left -= step;
    }
    return wb_arena_copy_bytes(arena, escaped.data, escaped.size);
}

const char *wb_utf8_unescape(struct wb_arena *arena, const char *text)
{
    char *bytes = wb_arena_copy(arena, text), *end = bytes;
    while (*text != '\0') {
        size_t count = strspn(text, "\\");
        if (count == 0) {
            *end++ = *text++;
            continue;
        }
        text += count;
        bool doubled = is_spelt_escape((const unsigned char *)text, strnlen(text, 3));
        memset(end, '\\', doubled ? count / 2 : count);
        end += doubled ? count / 2 : count;
        if (doubled && count % 2 == 1) {
            const char digits[] = {text[1], text[2], '\0'};
            if (wb_hex_parse(digits, (uint8_t *)end, 1))
                end++;
            text += strlen("xNN");
        }
    }
    *end = '\0';
    return bytes;
}

const char *wb_utf8_escape_line(struct wb_arena *arena, const char *text)
{
    const char *at = wb_utf8_escape(arena, text, strlen(text));
    WB_AUTO_VALUE(wb_buffer) escaped = {0};
    while (*at != '\0') {
        size_t size = wb_utf8_control_size(at);
        if (size == 0)
            wb_buffer_append(&escaped, at++, 1);
        for (; size > 0; size--)
            wb_buffer_append_format(&escaped, "\\x%02x", (unsigned char)*at++);
    }
    return wb_arena_copy_bytes(arena, escaped.data, escaped.size);
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
