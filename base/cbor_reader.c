/* SPDX-License-Identifier: Apache-2.0 */
/* Deterministic CBOR, item by item, without allocating. */
#include "base/cbor_reader.h"

#include <string.h>

#define DEPTH_MAX 32

static bool take_number(struct wb_cbor_reader *reader, size_t size, uint64_t *value)
{
    if (size > reader->bytes.size - reader->at)
        return false;
    *value = 0;
    for (size_t i = 0; i < size; i++)
        *value = *value << 8 | reader->bytes.data[reader->at + i];
    reader->at += size;
    return true;
}

/* RFC 8949 §4.2.1: as short as possible. */
static bool is_shortest(uint64_t value, size_t size)
{
    switch (size) {
    case 1:
        return value >= 24;
    case 2:
        return value > UINT8_MAX;
    case 4:
        return value > UINT16_MAX;
    default:
        return value > UINT32_MAX;
    }
}

static bool take_simple(struct wb_cbor_item *item, unsigned information)
{
    if (information >= 25) {
        item->float_size = (uint8_t)(1u << (information - 24));
        return true;
    }
    /* A simple value below 32 in a byte of its own is not well-formed (RFC 8949 §3.3). */
    return information < 24 || item->value >= 32;
}

static bool take_string(struct wb_cbor_reader *reader, struct wb_cbor_item *item)
{
    if (item->value > reader->bytes.size - reader->at)
        return false;
    item->content = (struct wb_bytes){reader->bytes.data + reader->at, (size_t)item->value};
    reader->at += (size_t)item->value;
    if (item->type == WB_CBOR_BYTES)
        return true;
    /* NUL is valid in CBOR text, but nothing here could show it. */
    return wb_utf8_valid((const char *)item->content.data, item->content.size);
}

bool wb_cbor_next(struct wb_cbor_reader *reader, struct wb_cbor_item *item)
{
    *item = (struct wb_cbor_item){.type = WB_CBOR_UNSIGNED};
    if (reader->at >= reader->bytes.size)
        return false;
    uint8_t head = reader->bytes.data[reader->at++];
    unsigned information = head & 0x1f;
    item->type = (enum wb_cbor_type)(head >> 5);
    if (information > 27)
        return false;
    size_t size = information < 24 ? 0 : (size_t)1 << (information - 24);
    item->value = information;
    if (size > 0 && !take_number(reader, size, &item->value))
        return false;
    if (item->type == WB_CBOR_SIMPLE)
        return take_simple(item, information);
    if (size > 0 && !reader->lenient && !is_shortest(item->value, size))
        return false;
    if (item->type == WB_CBOR_BYTES || item->type == WB_CBOR_TEXT)
        return take_string(reader, item);
    return true;
}

bool wb_cbor_expect(struct wb_cbor_reader *reader, enum wb_cbor_type type,
                    struct wb_cbor_item *item)
{
    return wb_cbor_next(reader, item) && item->type == type;
}

bool wb_cbor_ended(const struct wb_cbor_reader *reader)
{
    return reader->at == reader->bytes.size;
}

/* Bytewise lexicographic order of the encodings (RFC 8949 §4.2.1). */
static bool comes_before(struct wb_bytes a, struct wb_bytes b)
{
    size_t common = a.size < b.size ? a.size : b.size;
    int order = memcmp(a.data, b.data, common);
    return order != 0 ? order < 0 : a.size < b.size;
}

static bool skip_item(struct wb_cbor_reader *reader, unsigned depth, struct wb_bytes *bytes);

static bool skip_pairs(struct wb_cbor_reader *reader, uint64_t count, unsigned depth)
{
    struct wb_bytes before = {NULL, 0};
    for (uint64_t i = 0; i < count; i++) {
        struct wb_bytes key;
        if (!skip_item(reader, depth, &key) ||
            (i > 0 && !reader->lenient && !comes_before(before, key)) ||
            !skip_item(reader, depth, NULL))
            return false;
        before = key;
    }
    return true;
}

static bool skip_item(struct wb_cbor_reader *reader, unsigned depth, struct wb_bytes *bytes)
{
    struct wb_cbor_item item;
    size_t start = reader->at;
    if (depth > DEPTH_MAX || !wb_cbor_next(reader, &item))
        return false;
    bool good = true;
    uint64_t items = item.type == WB_CBOR_ARRAY ? item.value : item.type == WB_CBOR_TAG ? 1 : 0;
    /* Each item takes a byte at least, so a false count ends at the end of the input. */
    for (uint64_t i = 0; i < items && good; i++)
        good = skip_item(reader, depth + 1, NULL);
    if (good && item.type == WB_CBOR_MAP)
        good = skip_pairs(reader, item.value, depth + 1);
    if (bytes != NULL)
        *bytes = (struct wb_bytes){reader->bytes.data + start, reader->at - start};
    return good;
}

bool wb_cbor_skip(struct wb_cbor_reader *reader, struct wb_bytes *bytes)
{
    return skip_item(reader, 0, bytes);
}
