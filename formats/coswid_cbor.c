/* SPDX-License-Identifier: Apache-2.0 */
/* CoSWID: items, maps and lists in deterministic encoding (RFC 8949 §4.2.1), through libcbor. */
#include "formats/coswid.h"

#include <cbor.h>
#include <stdlib.h>
#include <string.h>

/* Room for the head of any item. */
#define HEAD_MAX 9

void wb_coswid_items_clear(struct wb_coswid_items *items)
{
    wb_buffer_clear(&items->bytes);
    items->count = 0;
}

void wb_coswid_number(struct wb_buffer *bytes, uint64_t value)
{
    unsigned char head[HEAD_MAX];
    wb_buffer_append(bytes, head, cbor_encode_uint(value, head, sizeof head));
}

void wb_coswid_text(struct wb_buffer *bytes, const char *text)
{
    unsigned char head[HEAD_MAX];
    size_t size = strlen(text);
    wb_buffer_append(bytes, head, cbor_encode_string_start(size, head, sizeof head));
    wb_buffer_append(bytes, text, size);
}

void wb_coswid_bytes(struct wb_buffer *bytes, const void *data, size_t size)
{
    unsigned char head[HEAD_MAX];
    wb_buffer_append(bytes, head, cbor_encode_bytestring_start(size, head, sizeof head));
    wb_buffer_append(bytes, data, size);
}

void wb_coswid_tag(struct wb_buffer *bytes, uint64_t tag)
{
    unsigned char head[HEAD_MAX];
    wb_buffer_append(bytes, head, cbor_encode_tag(tag, head, sizeof head));
}

void wb_coswid_map(struct wb_buffer *bytes, const struct wb_coswid_items *items)
{
    unsigned char head[HEAD_MAX];
    wb_buffer_append(bytes, head, cbor_encode_map_start(items->count, head, sizeof head));
    wb_buffer_append(bytes, items->bytes.data, items->bytes.size);
}

void wb_coswid_array(struct wb_buffer *bytes, const struct wb_coswid_items *items)
{
    unsigned char head[HEAD_MAX];
    wb_buffer_append(bytes, head, cbor_encode_array_start(items->count, head, sizeof head));
    wb_buffer_append(bytes, items->bytes.data, items->bytes.size);
}

void wb_coswid_one_or_more(struct wb_buffer *bytes, const struct wb_coswid_items *items)
{
    if (items->count == 1)
        wb_buffer_append(bytes, items->bytes.data, items->bytes.size);
    else
        wb_coswid_array(bytes, items);
}

/* ---- members ---- */

static void begin_member(struct wb_coswid_items *map, enum wb_coswid_member member)
{
    wb_coswid_number(&map->bytes, member);
    map->count++;
}

void wb_coswid_member_number(struct wb_coswid_items *map, enum wb_coswid_member member,
                             uint64_t value)
{
    begin_member(map, member);
    wb_coswid_number(&map->bytes, value);
}

void wb_coswid_member_text(struct wb_coswid_items *map, enum wb_coswid_member member,
                           const char *text)
{
    if (text == NULL || *text == '\0')
        return;
    begin_member(map, member);
    wb_coswid_text(&map->bytes, text);
}

void wb_coswid_member_map(struct wb_coswid_items *map, enum wb_coswid_member member,
                          const struct wb_coswid_items *items)
{
    if (items->count == 0)
        return;
    begin_member(map, member);
    wb_coswid_map(&map->bytes, items);
}

void wb_coswid_member_list(struct wb_coswid_items *map, enum wb_coswid_member member,
                           const struct wb_coswid_items *items)
{
    if (items->count == 0)
        return;
    begin_member(map, member);
    wb_coswid_one_or_more(&map->bytes, items);
}

/* ---- properties ---- */

static void add_property(void *context, const char *name, const char *value)
{
    struct wb_coswid_properties *properties = context;
    if (properties->arena == NULL)
        properties->arena = wb_arena_new();
    const struct wb_name_value property = {wb_arena_copy(properties->arena, name),
                                           wb_arena_copy(properties->arena, value)};
    WB_APPEND(properties->items, properties->count, properties->capacity, property);
}

struct wb_property_sink wb_coswid_property_sink(struct wb_coswid_properties *properties)
{
    return (struct wb_property_sink){add_property, properties};
}

/* The head of a text, which comes first in its encoding, grows with its length. Values of one name
 * keep their order: they lie in the order of their addresses in no arena, so it is their place that
 * counts. */
struct placed {
    const struct wb_name_value *property;
    size_t place;
};

static int compare_placed(const void *a, const void *b)
{
    const struct placed *one = a, *other = b;
    size_t size = strlen(one->property->name), other_size = strlen(other->property->name);
    if (size != other_size)
        return size < other_size ? -1 : 1;
    int order = strcmp(one->property->name, other->property->name);
    if (order != 0)
        return order;
    return one->place < other->place ? -1 : 1;
}

void wb_coswid_properties_write(struct wb_coswid_properties *properties,
                                struct wb_coswid_items *map)
{
    struct placed *sorted = wb_allocate_array(properties->count + 1, sizeof *sorted);
    for (size_t i = 0; i < properties->count; i++)
        sorted[i] = (struct placed){&properties->items[i], i};
    if (properties->count > 1)
        qsort(sorted, properties->count, sizeof *sorted, compare_placed);
    for (size_t i = 0; i < properties->count;) {
        const char *name = sorted[i].property->name;
        WB_AUTO_VALUE(wb_coswid_items) values = {0};
        for (; i < properties->count && strcmp(sorted[i].property->name, name) == 0; i++) {
            wb_coswid_text(&values.bytes, sorted[i].property->value);
            values.count++;
        }
        wb_coswid_text(&map->bytes, name);
        wb_coswid_one_or_more(&map->bytes, &values);
        map->count++;
    }
    free(sorted);
}

void wb_coswid_properties_clear(struct wb_coswid_properties *properties)
{
    free(properties->items);
    wb_arena_free(properties->arena);
    *properties = (struct wb_coswid_properties){0};
}
