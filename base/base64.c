/* SPDX-License-Identifier: Apache-2.0 */
/* Base64 (RFC 4648). */
#include "base/base.h"

#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void wb_base64_encode(struct wb_bytes bytes, struct wb_buffer *text)
{
    size_t at = 0;
    for (; bytes.size - at >= 3; at += 3) {
        const uint8_t *data = bytes.data + at;
        char group[4] = {alphabet[data[0] >> 2], alphabet[(data[0] & 3) << 4 | data[1] >> 4],
                         alphabet[(data[1] & 15) << 2 | data[2] >> 6], alphabet[data[2] & 63]};
        wb_buffer_append(text, group, sizeof group);
    }
    size_t left = bytes.size - at;
    if (left == 0)
        return;
    const uint8_t *data = bytes.data + at;
    uint8_t second = left == 2 ? data[1] : 0;
    char group[4] = {alphabet[data[0] >> 2], alphabet[(data[0] & 3) << 4 | second >> 4],
                     left == 2 ? alphabet[(second & 15) << 2] : '=', '='};
    wb_buffer_append(text, group, sizeof group);
}

/* -1: not of the alphabet, neither the standard nor the URL-safe one (RFC 4648 §5). */
static int digit_value(char digit)
{
    if (digit >= 'A' && digit <= 'Z')
        return digit - 'A';
    if (digit >= 'a' && digit <= 'z')
        return digit - 'a' + 26;
    if (digit >= '0' && digit <= '9')
        return digit - '0' + 52;
    if (digit == '+' || digit == '-')
        return 62;
    if (digit == '/' || digit == '_')
        return 63;
    return -1;
}

/* Both alphabets in one text are nobody's output. */
static bool mixes_alphabets(const char *text, size_t size)
{
    bool standard = memchr(text, '+', size) != NULL || memchr(text, '/', size) != NULL;
    bool url_safe = memchr(text, '-', size) != NULL || memchr(text, '_', size) != NULL;
    return standard && url_safe;
}

bool wb_base64_decode(const char *text, size_t size, struct wb_buffer *bytes)
{
    if (size % 4 != 0 || mixes_alphabets(text, size))
        return false;
    size_t padding = 0;
    while (padding < 2 && padding < size && text[size - 1 - padding] == '=')
        padding++;
    size_t digits = size - padding;
    uint32_t bits = 0;
    unsigned held = 0;
    for (size_t i = 0; i < digits; i++) {
        int value = digit_value(text[i]);
        if (value < 0)
            return false;
        bits = (bits << 6 | (uint32_t)value) & 0xffffff;
        held += 6;
        if (held >= 8) {
            held -= 8;
            wb_buffer_append(bytes, &(uint8_t){(uint8_t)(bits >> held)}, 1);
        }
    }
    /* Bits that no byte takes must be zero, or two texts would mean the same bytes. */
    return (bits & ((1u << held) - 1)) == 0;
}
