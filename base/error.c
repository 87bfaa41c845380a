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
    if (wb_utf8_control_size(text) > 0)
        return 0;
    size_t size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    for (size_t i = 1; i < size; i++)
        if (text[i] == '\0')
            return 0;
    return wb_utf8_valid(text, size) ? size : 0;
}

static void append_printable(struct wb_buffer *shown, const char *text)
{
    while (*text != '\0') {
        size_t size = printable_size(text);
        if (size == 0)
            wb_buffer_append_format(shown, "\\x%02x", (unsigned char)*text);
        else
            wb_buffer_append(shown, text, size);
        text += size == 0 ? 1 : size;
    }
}

/* The nearest place to `at`, down or up, where a character begins. */
static size_t character_start(const uint8_t *text, size_t at, int step)
{
    while ((text[at] & 0xc0) == 0x80)
        at = step < 0 ? at - 1 : at + 1;
    return at;
}

/* An overlong message loses its middle: where it happened stands at its beginning, the reason at
 * its end, long names between them. */
static void set_message(struct wb_error *err, const char *raw)
{
    static const char cut[] = "…";
    const size_t room = sizeof err->message - sizeof cut;
    WB_AUTO_VALUE(wb_buffer) shown = {0};
    append_printable(&shown, raw);
    if (shown.size < sizeof err->message) {
        snprintf(err->message, sizeof err->message, "%s",
                 shown.size == 0 ? "" : (char *)shown.data);
        return;
    }
    size_t head = character_start(shown.data, room / 2, -1);
    size_t tail = character_start(shown.data, shown.size - (room - room / 2), 1);
    snprintf(err->message, sizeof err->message, "%.*s%s%s", (int)head, (char *)shown.data, cut,
             (char *)shown.data + tail);
}

/* Room for some paths of PATH_MAX bytes. */
#define RAW_SIZE 16384

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
    set_message(err, raw);
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
