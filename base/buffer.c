/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes that grow, and bounded reads of integers. */
#include "base/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void reserve(struct wb_buffer *buffer, size_t more)
{
    if (more > SIZE_MAX / 2 - buffer->size - 1)
        wb_out_of_memory(SIZE_MAX);
    size_t needed = buffer->size + more + 1;
    if (needed <= buffer->capacity)
        return;
    size_t capacity = buffer->capacity < 64 ? 64 : buffer->capacity;
    while (capacity < needed)
        capacity *= 2;
    buffer->data = wb_reallocate_array(buffer->data, capacity, 1);
    buffer->capacity = capacity;
}

void wb_buffer_append(struct wb_buffer *buffer, const void *data, size_t size)
{
    reserve(buffer, size);
    if (size > 0)
        memcpy(buffer->data + buffer->size, data, size);
    buffer->size += size;
    buffer->data[buffer->size] = '\0';
}

void wb_buffer_append_text(struct wb_buffer *buffer, const char *text)
{
    wb_buffer_append(buffer, text, strlen(text));
}

void wb_buffer_append_format(struct wb_buffer *buffer, const char *format, ...)
{
    char *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    int size = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (size < 0)
        wb_out_of_memory(0);
    wb_buffer_append(buffer, text, (size_t)size);
    free(text);
}

void wb_buffer_clear(struct wb_buffer *buffer)
{
    free(buffer->data);
    *buffer = (struct wb_buffer){0};
}

struct wb_bytes wb_buffer_bytes(const struct wb_buffer *buffer)
{
    return (struct wb_bytes){buffer->data, buffer->size};
}

char *wb_buffer_steal_text(struct wb_buffer *buffer)
{
    reserve(buffer, 0);
    buffer->data[buffer->size] = '\0';
    char *text = (char *)buffer->data;
    *buffer = (struct wb_buffer){0};
    return text;
}

static bool fits(struct wb_bytes bytes, size_t offset, size_t width)
{
    return offset <= bytes.size && width <= bytes.size - offset;
}

static uint64_t read_little(const uint8_t *data, size_t width)
{
    uint64_t value = 0;
    for (size_t i = width; i > 0; i--)
        value = value << 8 | data[i - 1];
    return value;
}

static uint64_t read_big(const uint8_t *data, size_t width)
{
    uint64_t value = 0;
    for (size_t i = 0; i < width; i++)
        value = value << 8 | data[i];
    return value;
}

bool wb_bytes_u16le(struct wb_bytes bytes, size_t offset, uint16_t *value)
{
    if (!fits(bytes, offset, sizeof *value))
        return false;
    *value = (uint16_t)read_little(bytes.data + offset, sizeof *value);
    return true;
}

bool wb_bytes_u32le(struct wb_bytes bytes, size_t offset, uint32_t *value)
{
    if (!fits(bytes, offset, sizeof *value))
        return false;
    *value = (uint32_t)read_little(bytes.data + offset, sizeof *value);
    return true;
}

bool wb_bytes_u64le(struct wb_bytes bytes, size_t offset, uint64_t *value)
{
    if (!fits(bytes, offset, sizeof *value))
        return false;
    *value = read_little(bytes.data + offset, sizeof *value);
    return true;
}

bool wb_bytes_u16be(struct wb_bytes bytes, size_t offset, uint16_t *value)
{
    if (!fits(bytes, offset, sizeof *value))
        return false;
    *value = (uint16_t)read_big(bytes.data + offset, sizeof *value);
    return true;
}

bool wb_bytes_u32be(struct wb_bytes bytes, size_t offset, uint32_t *value)
{
    if (!fits(bytes, offset, sizeof *value))
        return false;
    *value = (uint32_t)read_big(bytes.data + offset, sizeof *value);
    return true;
}
