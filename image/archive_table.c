/* SPDX-License-Identifier: Apache-2.0 */
/* The files of an archive by name, links among them followed. */
#include "image/store_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The largest images have a few hundred layers, each with three entries in docker's old layout. */
#define ENTRIES_MAX ((size_t)200000)
#define NAME_BYTES_MAX ((size_t)32 << 20)
#define LINKS_MAX 16

void wb_archive_table_clear(struct wb_archive_table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        wb_buffer_clear(&table->items[i].kept);
        wb_layer_free(table->items[i].record);
    }
    free(table->items);
    wb_arena_free(table->arena);
    *table = (struct wb_archive_table){0};
}

bool wb_archive_table_add(struct wb_archive_table *table, const struct wb_archive_reader *reader,
                          struct wb_archive_item **item, struct wb_error *err)
{
    *item = NULL;
    bool is_link = reader->kind == WB_ARCHIVE_SYMLINK || reader->kind == WB_ARCHIVE_HARDLINK;
    if (reader->name.size == 0 || reader->kind == WB_ARCHIVE_OTHER ||
        (is_link && reader->link.size == 0))
        return true;
    table->name_bytes += reader->name.size + (is_link ? reader->link.size : 0);
    if (table->count >= ENTRIES_MAX || table->name_bytes > NAME_BYTES_MAX)
        return wb_error_set(err, WB_BAD_INPUT,
                            "the archive has too many entries for one of images");
    if (table->arena == NULL)
        table->arena = wb_arena_new();
    struct wb_archive_item added = {
        .name = wb_arena_copy(table->arena, (const char *)reader->name.data),
        .link = is_link ? wb_arena_copy(table->arena, (const char *)reader->link.data) : NULL,
        .order = table->count,
        .size = reader->size,
        .start = reader->start,
        .offset = reader->offset,
    };
    WB_APPEND(table->items, table->count, table->capacity, added);
    *item = &table->items[table->count - 1];
    return true;
}

static int compare_items(const void *a, const void *b)
{
    const struct wb_archive_item *one = a, *other = b;
    int order = strcmp(one->name, other->name);
    if (order != 0)
        return order;
    return one->order < other->order ? -1 : one->order > other->order;
}

void wb_archive_table_sort(struct wb_archive_table *table)
{
    if (table->count > 1)
        qsort(table->items, table->count, sizeof *table->items, compare_items);
}

bool wb_archive_table_read(struct wb_archive_table *table, struct wb_archive_source *source,
                           uint64_t *end, struct wb_error *err)
{
    struct wb_archive_reader reader = wb_archive_source_reader(source);
    bool more = true, good = true;
    while (good && more) {
        struct wb_archive_item *item;
        good = wb_archive_reader_next(&reader, &more, err) &&
               (!more || wb_archive_table_add(table, &reader, &item, err));
    }
    *end = reader.start;
    wb_archive_reader_clear(&reader);
    wb_archive_table_sort(table);
    return good;
}

bool wb_archive_item_read(const struct wb_archive_item *item, int fd, size_t limit,
                          struct wb_buffer *content, struct wb_error *err)
{
    if (item->size > limit)
        return wb_error_set(err, WB_BAD_INPUT, "%s: larger than %zu bytes", item->name, limit);
    uint8_t part[(size_t)16 << 10];
    content->size = 0;
    while (content->size < item->size) {
        size_t wanted = (size_t)item->size - content->size;
        ssize_t count = pread(fd, part, wanted < sizeof part ? wanted : sizeof part,
                              (off_t)(item->offset + content->size));
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return wb_error_set_errno(err, errno, "%s: cannot read", item->name);
        if (count == 0)
            return wb_error_set(err, WB_BAD_INPUT, "%s: the archive is truncated", item->name);
        wb_buffer_append(content, part, (size_t)count);
    }
    return true;
}

/* The last item with this name: what unpacking the archive would leave. */
static struct wb_archive_item *find_entry(const struct wb_archive_table *table, const char *name)
{
    size_t low = 0, high = table->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(table->items[middle].name, name) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0 || strcmp(table->items[low - 1].name, name) != 0)
        return NULL;
    return &table->items[low - 1];
}

struct wb_archive_item *wb_archive_table_find(const struct wb_archive_table *table,
                                              const char *name)
{
    WB_AUTO_VALUE(wb_buffer) normal = {0};
    if (!wb_archive_name(NULL, name, &normal))
        return NULL;
    struct wb_archive_item *item = find_entry(table, (const char *)normal.data);
    for (int hops = 0; item != NULL && item->link != NULL; hops++)
        item = hops == LINKS_MAX ? NULL : find_entry(table, item->link);
    return item;
}
