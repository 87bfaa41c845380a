/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that is freed all at once. */
#include "base/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE_FIRST ((size_t)4 << 10)
#define BLOCK_SIZE_MAX ((size_t)256 << 10)
#define ALIGNMENT _Alignof(max_align_t)

struct arena_block {
    struct arena_block *next;
    size_t used, size;
    _Alignas(max_align_t) uint8_t data[];
};

struct wb_arena {
    struct arena_block *blocks; /* the first one is being filled */
    size_t next_size;
    size_t handed_out;
};

struct wb_arena *wb_arena_new(void)
{
    struct wb_arena *arena = wb_allocate(sizeof *arena);
    arena->next_size = BLOCK_SIZE_FIRST;
    return arena;
}

void wb_arena_free(struct wb_arena *arena)
{
    if (arena == NULL)
        return;
    for (struct arena_block *block = arena->blocks; block != NULL;) {
        struct arena_block *next = block->next;
        free(block);
        block = next;
    }
    free(arena);
}

static struct arena_block *new_block(size_t size)
{
    if (size > SIZE_MAX - sizeof(struct arena_block))
        wb_out_of_memory(SIZE_MAX);
    struct arena_block *block = wb_allocate(sizeof *block + size);
    block->size = size;
    return block;
}

/* Big pieces get a block of their own, behind the one that is being filled. */
static void *allocate_alone(struct wb_arena *arena, size_t size)
{
    struct arena_block *block = new_block(size);
    block->used = size;
    if (arena->blocks == NULL) {
        arena->blocks = block;
    } else {
        block->next = arena->blocks->next;
        arena->blocks->next = block;
    }
    return block->data;
}

/* `alignment` 1 is for text, of which a document has most. */
static void *allocate_aligned(struct wb_arena *arena, size_t size, size_t alignment)
{
    arena->handed_out += size;
    if (size >= BLOCK_SIZE_MAX / 4)
        return allocate_alone(arena, size);
    struct arena_block *block = arena->blocks;
    size_t start = block == NULL ? 0 : (block->used + alignment - 1) / alignment * alignment;
    if (block == NULL || start > block->size || size > block->size - start) {
        size_t block_size = arena->next_size > size ? arena->next_size : size;
        if (arena->next_size < BLOCK_SIZE_MAX)
            arena->next_size *= 2;
        block = new_block(block_size);
        block->next = arena->blocks;
        arena->blocks = block;
        start = 0;
    }
    block->used = start + size;
    return block->data + start;
}

void *wb_arena_allocate(struct wb_arena *arena, size_t size)
{
    return allocate_aligned(arena, size, ALIGNMENT);
}

char *wb_arena_copy(struct wb_arena *arena, const char *text)
{
    return text == NULL ? NULL : wb_arena_copy_bytes(arena, text, strlen(text));
}

char *wb_arena_copy_bytes(struct wb_arena *arena, const void *data, size_t size)
{
    if (size == SIZE_MAX)
        wb_out_of_memory(size);
    char *copy = allocate_aligned(arena, size + 1, 1);
    if (size > 0)
        memcpy(copy, data, size);
    return copy;
}

char *wb_arena_format(struct wb_arena *arena, const char *format, ...)
{
    char small[256];
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int size = vsnprintf(small, sizeof small, format, arguments);
    va_end(arguments);
    if (size < 0)
        wb_out_of_memory(0);
    char *text = allocate_aligned(arena, (size_t)size + 1, 1);
    if ((size_t)size < sizeof small)
        memcpy(text, small, (size_t)size + 1);
    else
        vsnprintf(text, (size_t)size + 1, format, again);
    va_end(again);
    return text;
}

size_t wb_arena_size(const struct wb_arena *arena)
{
    return arena->handed_out;
}
