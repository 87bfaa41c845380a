/* SPDX-License-Identifier: Apache-2.0 */
/* PEM and base64, strictly, into memory of the caller's choice (RFC 7468, RFC 4648). */
#include "keys/key_private.h"

#include <stdlib.h>
#include <string.h>

static const char begin[] = "-----BEGIN ";
static const char end[] = "-----END ";
static const char dashes[] = "-----";

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

bool wb_pem_blank(struct wb_bytes text)
{
    for (size_t i = 0; i < text.size; i++)
        if (!is_blank(text.data[i]))
            return false;
    return true;
}

static const uint8_t *find(struct wb_bytes text, const char *what)
{
    return text.size == 0 ? NULL : memmem(text.data, text.size, what, strlen(what));
}

static struct wb_bytes from(struct wb_bytes text, const uint8_t *at)
{
    return (struct wb_bytes){at, text.size - (size_t)(at - text.data)};
}

bool wb_pem_is(struct wb_bytes text)
{
    return find(text, begin) != NULL;
}

static bool read_label(struct wb_bytes *text, struct wb_pem *pem)
{
    const uint8_t *stop = find(*text, dashes);
    size_t size = stop == NULL ? 0 : (size_t)(stop - text->data);
    if (size == 0 || size >= sizeof pem->label)
        return false;
    for (size_t i = 0; i < size; i++)
        if (text->data[i] < 0x20 || text->data[i] > 0x7e)
            return false;
    memcpy(pem->label, text->data, size);
    pem->label[size] = '\0';
    *text = from(*text, stop + strlen(dashes));
    return true;
}

bool wb_pem_next(struct wb_bytes text, bool skip_text, struct wb_pem *pem, struct wb_error *err)
{
    *pem = (struct wb_pem){0};
    const uint8_t *start = find(text, begin);
    if (start == NULL ||
        (!skip_text && !wb_pem_blank((struct wb_bytes){text.data, (size_t)(start - text.data)})))
        return wb_error_set(err, WB_BAD_INPUT,
                            "not PEM: it does not begin with a `-----BEGIN` line");
    text = from(text, start + strlen(begin));
    if (!read_label(&text, pem))
        return wb_error_set(err, WB_BAD_INPUT, "malformed `-----BEGIN` line");
    const uint8_t *stop = find(text, end);
    if (stop == NULL)
        return wb_error_set(err, WB_BAD_INPUT, "PEM `%s` has no `-----END` line", pem->label);
    pem->body = (struct wb_bytes){text.data, (size_t)(stop - text.data)};
    pem->rest = from(text, stop + strlen(end));
    size_t length = strlen(pem->label);
    if (pem->rest.size < length + strlen(dashes) ||
        memcmp(pem->rest.data, pem->label, length) != 0 ||
        memcmp(pem->rest.data + length, dashes, strlen(dashes)) != 0)
        return wb_error_set(err, WB_BAD_INPUT, "PEM `%s` ends under another label", pem->label);
    pem->rest = from(pem->rest, pem->rest.data + length + strlen(dashes));
    return true;
}

/* Arithmetic, not a table: the time it takes says nothing about a private key. 64 for `no digit`.
 */
static unsigned sextet(unsigned byte)
{
    unsigned upper = (byte - 'A') <= 25, lower = (byte - 'a') <= 25, digit = (byte - '0') <= 9;
    unsigned plus = byte == '+', slash = byte == '/';
    unsigned known = upper | lower | digit | plus | slash;
    return upper * (byte - 'A') + lower * (byte - 'a' + 26) + digit * (byte - '0' + 52) +
           plus * 62 + slash * 63 + (known ^ 1) * 64;
}

size_t wb_pem_room(size_t size)
{
    return size / 4 * 3 + 3;
}

bool wb_pem_decode_base64(struct wb_bytes text, uint8_t *out, size_t *size)
{
    uint32_t bits = 0;
    unsigned count = 0, padding = 0;
    *size = 0;
    for (size_t i = 0; i < text.size; i++) {
        uint8_t byte = text.data[i];
        if (is_blank(byte))
            continue;
        unsigned value = byte == '=' ? 0 : sextet(byte);
        padding += byte == '=';
        if (value > 63 || (padding > 0 && byte != '=') || (byte == '=' && count < 2))
            return false;
        bits = bits << 6 | value;
        if (++count < 4)
            continue;
        out[(*size)++] = (uint8_t)(bits >> 16);
        if (padding < 2)
            out[(*size)++] = (uint8_t)(bits >> 8);
        if (padding < 1)
            out[(*size)++] = (uint8_t)bits;
        /* Bits that no byte uses are zero, so that there is one spelling only. */
        if ((padding == 1 && (bits & 0xff) != 0) || (padding == 2 && (bits & 0xffff) != 0))
            return false;
        count = 0;
        if (padding > 0)
            return wb_pem_blank(from(text, text.data + i + 1));
    }
    return count == 0;
}

bool wb_pem_decode(const struct wb_pem *pem, struct wb_buffer *der, struct wb_error *err)
{
    uint8_t *bytes = wb_allocate(wb_pem_room(pem->body.size));
    size_t size;
    bool good = wb_pem_decode_base64(pem->body, bytes, &size);
    if (good)
        wb_buffer_append(der, bytes, size);
    free(bytes);
    return good ||
           wb_error_set(err, WB_BAD_INPUT, "PEM `%s` is not well-formed base64", pem->label);
}

void wb_pem_append(struct wb_buffer *text, const char *label, struct wb_bytes der)
{
    wb_buffer_append_format(text, "-----BEGIN %s-----\n", label);
    /* 48 bytes make a line of 64 characters. */
    for (size_t at = 0; at < der.size; at += 48) {
        size_t left = der.size - at;
        wb_base64_encode((struct wb_bytes){der.data + at, left < 48 ? left : 48}, text);
        wb_buffer_append_text(text, "\n");
    }
    wb_buffer_append_format(text, "-----END %s-----\n", label);
}
