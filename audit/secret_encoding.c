/* SPDX-License-Identifier: Apache-2.0 */
/* Texts in UTF-16: their characters as the bytes that the rules look for. */
#include "audit/secret_private.h"

/* Without a mark at its beginning a text is one of UTF-16 when so much of it can be nothing else.
 */
#define PROBE_MIN 16
#define PROBE_MAX 256

static bool is_visible(uint8_t byte)
{
    return (byte >= ' ' && byte <= '~') || byte == '\t' || byte == '\n' || byte == '\r';
}

/* Whether each pair of bytes is a character of ASCII; `low` is the place of the lower byte. */
static bool all_ascii(struct wb_bytes head, size_t low)
{
    size_t size = (head.size < PROBE_MAX ? head.size : PROBE_MAX) & ~(size_t)1;
    for (size_t i = 0; i < size; i += 2)
        if (head.data[i + 1 - low] != 0 || !is_visible(head.data[i + low]))
            return false;
    return size >= PROBE_MIN;
}

enum wb_secret_encoding wb_secret_encoding_of(struct wb_bytes head)
{
    if (head.size < 4)
        return WB_SECRET_BYTES;
    const uint8_t *data = head.data;
    /* With two NULs behind it the mark is that of UTF-32, which is not read. */
    if (data[0] == 0xFF && data[1] == 0xFE)
        return data[2] == 0 && data[3] == 0 ? WB_SECRET_BYTES : WB_SECRET_UTF16_LE;
    if (data[0] == 0xFE && data[1] == 0xFF)
        return WB_SECRET_UTF16_BE;
    if (all_ascii(head, 0))
        return WB_SECRET_UTF16_LE;
    return all_ascii(head, 1) ? WB_SECRET_UTF16_BE : WB_SECRET_BYTES;
}

size_t wb_secret_decode(struct wb_secret_decoder *decoder, const uint8_t *data, size_t size,
                        uint8_t *text)
{
    size_t written = 0;
    for (size_t i = 0; i < size; i++) {
        uint8_t byte = data == NULL ? 0 : data[i];
        if (!decoder->has_first) {
            decoder->first = byte;
            decoder->has_first = true;
            continue;
        }
        bool is_little = decoder->encoding == WB_SECRET_UTF16_LE;
        uint8_t high = is_little ? byte : decoder->first;
        uint8_t low = is_little ? decoder->first : byte;
        decoder->has_first = false;
        /* The mark is no part of the text; what is not in Latin-1 stands in no token. */
        if (high != 0xFE || low != 0xFF)
            text[written++] = high == 0 ? low : 0xFF;
    }
    return written;
}
