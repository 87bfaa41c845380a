/* SPDX-License-Identifier: Apache-2.0 */
/* The two spellings of an ECDSA signature: DER (RFC 3279 §2.2.3), and r and s side by side (RFC
 * 9053 §2.1). Without OpenSSL, which would allocate. */
#include "keys/keys.h"

#include <string.h>

#define COMPONENT_MAX 66 /* P-521 */

size_t wb_ecdsa_component_size(enum wb_key_algorithm algorithm)
{
    switch (algorithm) {
    case WB_KEY_ECDSA_P256:
        return 32;
    case WB_KEY_ECDSA_P384:
        return 48;
    case WB_KEY_ECDSA_P521:
        return COMPONENT_MAX;
    default:
        return 0;
    }
}

/* One INTEGER of shortest form; returns its size. */
static size_t write_integer(const uint8_t *value, size_t size, uint8_t *der)
{
    while (size > 1 && value[0] == 0) {
        value++;
        size--;
    }
    size_t sign = value[0] >= 0x80 ? 1 : 0;
    der[0] = 0x02;
    der[1] = (uint8_t)(size + sign);
    der[2] = 0;
    memcpy(der + 2 + sign, value, size);
    return 2 + sign + size;
}

bool wb_ecdsa_der_from_raw(enum wb_key_algorithm algorithm, struct wb_bytes raw,
                           uint8_t der[WB_ECDSA_DER_MAX], size_t *size)
{
    size_t component = wb_ecdsa_component_size(algorithm);
    if (component == 0 || raw.size != 2 * component)
        return false;
    uint8_t body[2 * (COMPONENT_MAX + 3)];
    size_t length = write_integer(raw.data, component, body);
    length += write_integer(raw.data + component, component, body + length);
    size_t at = 0;
    der[at++] = 0x30;
    if (length >= 0x80)
        der[at++] = 0x81;
    der[at++] = (uint8_t)length;
    memcpy(der + at, body, length);
    *size = at + length;
    return true;
}

/* Takes one INTEGER off the front of `der`, to the end of a field of `size` bytes. */
static bool read_integer(struct wb_bytes *der, uint8_t *field, size_t size)
{
    if (der->size < 3 || der->data[0] != 0x02 || der->data[1] > der->size - 2)
        return false;
    const uint8_t *value = der->data + 2;
    size_t length = der->data[1];
    der->data += 2 + length;
    der->size -= 2 + length;
    while (length > 0 && value[0] == 0) {
        value++;
        length--;
    }
    if (length > size)
        return false;
    memcpy(field + size - length, value, length);
    return true;
}

bool wb_ecdsa_raw_from_der(enum wb_key_algorithm algorithm, struct wb_bytes der,
                           struct wb_buffer *raw)
{
    size_t component = wb_ecdsa_component_size(algorithm);
    size_t head = der.size > 1 && der.data[1] == 0x81 ? 3 : 2;
    if (component == 0 || der.size < head || der.data[0] != 0x30 ||
        der.data[head - 1] != der.size - head)
        return false;
    uint8_t fields[2 * COMPONENT_MAX] = {0};
    struct wb_bytes body = {der.data + head, der.size - head};
    if (!read_integer(&body, fields, component) ||
        !read_integer(&body, fields + component, component) || body.size != 0)
        return false;
    wb_buffer_append(raw, fields, 2 * component);
    return true;
}
