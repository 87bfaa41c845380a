/* SPDX-License-Identifier: Apache-2.0 */
/* Failures as one printable line. */
#include "base/base.h"

#include <stdio.h>
#include <string.h>

/* How many bytes the UTF-8 sequence at `text` has; 0 when it is not well formed or not printable.
 */
static size_t printable_size(const char *text)
{
    unsigned char lead = (unsigned char)text[0];
    if (lead < 0x20 || lead == 0x7f)
        return 0;
    size_t size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    for (size_t i = 1; i < size; i++)
        if (text[i] == '\0')
            return 0;
    return wb_utf8_valid(text, size) ? size : 0;
}

/* Copies what fits, never half a character. */
static void copy_printable(char *to, size_t capacity, const char *from)
{
    size_t used = 0;
    while (*from != '\0') {
        char escaped[8];
        size_t size = printable_size(from);
        size_t step = size == 0 ? 1 : size;
        if (size == 0)
            size = (size_t)snprintf(escaped, sizeof escaped, "\\x%02x", (unsigned char)*from);
        else
            memcpy(escaped, from, size);
        if (used + size >= capacity)
            break;
        memcpy(to + used, escaped, size);
        used += size;
        from += step;
    }
    to[used] = '\0';
}

/* Longer than a message, so that only the end of an overlong one is lost. */
#define RAW_SIZE 2048

bool wb_error_set(struct wb_error *err, enum wb_status status, const char *format, ...)
{
    if (err == NULL)
        return false;
    char raw[RAW_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(raw, sizeof raw, format, arguments);
    va_end(arguments);
    err->status = status;
    copy_printable(err->message, sizeof err->message, raw);
    return false;
}

bool wb_error_set_errno(struct wb_error *err, int errno_value, const char *format, ...)
{
    if (err == NULL)
        return false;
    char raw[RAW_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(raw, sizeof raw, format, arguments);
    va_end(arguments);
    char reason[128];
    return wb_error_set(err, WB_SYSTEM, "%s: %s", raw,
                        strerror_r(errno_value, reason, sizeof reason));
}

bool wb_error_context(struct wb_error *err, const char *format, ...)
{
    if (err == NULL)
        return false;
    char raw[RAW_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(raw, sizeof raw, format, arguments);
    va_end(arguments);
    struct wb_error inner = *err;
    return wb_error_set(err, inner.status, "%s: %s", raw, inner.message);
}
