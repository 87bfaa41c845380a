/* SPDX-License-Identifier: Apache-2.0 */
/* An archive that can be read only once, as standard input. Which of its files are layers is often
 * known at its end only, so each is judged by its content as it goes by: what looks like a document
 * is kept, what does not is read as a layer at once. What fails to be one matters only when an
 * image refers to it. */
#include "image/store_private.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Enough to see what a file is; files that are not longer are kept whatever they are. */
#define HEAD_SIZE ((size_t)1024)
/* Documents kept, all together: configs of hundreds of images. */
#define KEPT_SIZE_MAX ((uint64_t)64 << 20)
/* How much may follow the end of the archive: tar pads to records of 10 KiB, others to 1 MiB. */
#define TRAILER_SIZE_MAX ((uint64_t)4 << 20)

struct stream_store {
    struct wb_store store;
    const struct wb_layer_options *options; /* only while the stream is read */
    struct wb_archive_table table;
    uint64_t kept_size;
    uint64_t record_entries, record_kept_size; /* of all layer records */
};

/* The content of one file: its head, which has been read already, then the rest. */
struct content_source {
    struct wb_archive_reader *reader; /* NULL: there is nothing but the head */
    const uint8_t *head;
    size_t head_size, head_used;
};

static ssize_t read_content(void *context, void *data, size_t size, struct wb_error *err)
{
    struct content_source *content = context;
    size_t left = content->head_size - content->head_used;
    if (left == 0)
        return content->reader == NULL ? 0
                                       : wb_archive_reader_read(content->reader, data, size, err);
    if (size > left)
        size = left;
    memcpy(data, content->head + content->head_used, size);
    content->head_used += size;
    return (ssize_t)size;
}

static void note_failure(struct stream_store *store, struct wb_archive_item *item,
                         const struct wb_error *err)
{
    item->failure = wb_arena_allocate(store->table.arena, sizeof *item->failure);
    *item->failure = *err;
}

/* Which of the layers an image has is not known yet, so the bounds are those of one image. */
static bool count_record(struct stream_store *store, const struct wb_layer *record,
                         struct wb_error *err)
{
    store->record_entries += record->entry_count;
    store->record_kept_size += record->kept_size;
    return (store->record_entries <= WB_IMAGE_ENTRIES_MAX &&
            store->record_kept_size <= WB_IMAGE_KEPT_MAX) ||
           wb_error_set(err, WB_BAD_INPUT,
                        "the layers up to this one hold more than can be read as a stream; give "
                        "the archive as a file");
}

/* Reads a file as a layer. Only what ends the whole reading is an error here. */
static bool read_as_layer(struct stream_store *store, struct wb_archive_item *item,
                          struct content_source *content, struct wb_error *err)
{
    struct wb_digest digest;
    bool has_digest = wb_blob_name_digest(item->name, &digest);
    struct wb_byte_source source = {.read = read_content, .context = content};
    struct wb_error failure = WB_ERROR_INIT;
    item->record = wb_layer_read(&source, has_digest ? &digest : NULL, NULL, (int64_t)item->size,
                                 store->options, &failure);
    if (item->record != NULL)
        return count_record(store, item->record, err) || wb_error_context(err, "%s", item->name);
    bool broken = content->reader != NULL && content->reader->broken;
    if (broken || failure.status == WB_SYSTEM) {
        *err = failure;
        return wb_error_context(err, "%s", item->name);
    }
    note_failure(store, item, &failure);
    return true;
}

static bool keep_rest(struct stream_store *store, struct wb_archive_item *item,
                      struct wb_archive_reader *reader, struct wb_error *err)
{
    if (item->size > KEPT_SIZE_MAX - store->kept_size) {
        wb_buffer_clear(&item->kept);
        struct wb_error failure = WB_ERROR_INIT;
        wb_error_set(&failure, WB_BAD_INPUT,
                     "the documents in an archive that is read as a stream take more than %" PRIu64
                     " bytes",
                     KEPT_SIZE_MAX);
        note_failure(store, item, &failure);
        return true;
    }
    store->kept_size += item->size;
    uint8_t part[(size_t)16 << 10];
    ssize_t count;
    while ((count = wb_archive_reader_read(reader, part, sizeof part, err)) > 0)
        wb_buffer_append(&item->kept, part, (size_t)count);
    return count == 0;
}

static bool looks_like_json(const struct wb_buffer *head)
{
    size_t at = 0;
    while (at < head->size && strchr(" \t\r\n", head->data[at]) != NULL && head->data[at] != '\0')
        at++;
    return at < head->size && (head->data[at] == '{' || head->data[at] == '[');
}

static bool read_item(struct stream_store *store, struct wb_archive_item *item,
                      struct wb_archive_reader *reader, struct wb_error *err)
{
    struct wb_buffer *head = &item->kept;
    uint8_t part[HEAD_SIZE];
    wb_buffer_append(head, "", 0);
    while (head->size < HEAD_SIZE) {
        ssize_t count = wb_archive_reader_read(reader, part, HEAD_SIZE - head->size, err);
        if (count < 0)
            return wb_error_context(err, "%s", item->name);
        if (count == 0)
            break;
        wb_buffer_append(head, part, (size_t)count);
    }
    if (reader->remaining == 0 || (looks_like_json(head) && item->size <= WB_CONFIG_SIZE_MAX))
        return keep_rest(store, item, reader, err);
    struct content_source content = {.reader = reader, .head = head->data, .head_size = head->size};
    bool good = read_as_layer(store, item, &content, err);
    wb_buffer_clear(head);
    return good;
}

/* Reads what follows the end marker, so that whoever writes into the pipe can finish. */
static bool read_trailer(struct wb_archive_reader *reader, struct wb_error *err)
{
    uint8_t part[(size_t)16 << 10];
    uint64_t total = 0;
    ssize_t count = 1;
    while (count > 0 && total < TRAILER_SIZE_MAX) {
        count = reader->source.read(reader->source.context, part, sizeof part, err);
        total += count > 0 ? (uint64_t)count : 0;
    }
    return count >= 0;
}

static bool read_stream(struct stream_store *store, struct wb_archive_reader *reader,
                        struct wb_error *err)
{
    for (;;) {
        bool more;
        struct wb_archive_item *item = NULL;
        if (!wb_archive_reader_next(reader, &more, err))
            return false;
        if (!more)
            return read_trailer(reader, err);
        if (!wb_archive_table_add(&store->table, reader, &item, err))
            return false;
        if (item == NULL || item->link != NULL)
            continue;
        if (!read_item(store, item, reader, err))
            return false;
        if (store->options->progress != NULL)
            store->options->progress(store->options->context, reader->offset, 0);
    }
}

/* ---- the store ---- */

static bool read_file(struct wb_store *base, const char *name, size_t limit,
                      struct wb_buffer *content, bool *found, struct wb_error *err)
{
    struct stream_store *store = (struct stream_store *)base;
    const struct wb_archive_item *item = wb_archive_table_find(&store->table, name);
    *found = item != NULL;
    if (item == NULL)
        return true;
    if (item->size > limit)
        return wb_error_set(err, WB_BAD_INPUT, "%s: larger than %zu bytes", name, limit);
    if (item->kept.size != item->size)
        return wb_error_set(err, WB_BAD_INPUT, "%s: %s", name,
                            item->failure == NULL ? "not JSON" : item->failure->message);
    content->size = 0;
    wb_buffer_append(content, item->kept.data, item->kept.size);
    return true;
}

static bool find_layer(struct wb_store *base, const char *name, struct wb_layer_place *place,
                       bool *found, struct wb_error *err)
{
    struct stream_store *store = (struct stream_store *)base;
    struct wb_archive_item *item = wb_archive_table_find(&store->table, name);
    *found = item != NULL;
    if (item == NULL)
        return true;
    if (item->record == NULL && item->failure == NULL) {
        struct content_source content = {.head = item->kept.data, .head_size = item->kept.size};
        if (!read_as_layer(store, item, &content, err))
            return false;
    }
    if (item->record == NULL) {
        if (err != NULL)
            *err = *item->failure;
        return false;
    }
    item->in_use = true;
    place->record = item->record;
    place->size = item->record->blob_size;
    return true;
}

static void settle(struct wb_store *base)
{
    struct stream_store *store = (struct stream_store *)base;
    for (size_t i = 0; i < store->table.count; i++) {
        struct wb_archive_item *item = &store->table.items[i];
        wb_buffer_clear(&item->kept);
        if (!item->in_use) {
            wb_layer_free(item->record);
            item->record = NULL;
        }
    }
    store->options = NULL;
}

static void free_store(struct wb_store *base)
{
    struct stream_store *store = (struct stream_store *)base;
    wb_archive_table_clear(&store->table);
    free(store);
}

struct wb_store *wb_store_open_stream(const struct wb_byte_source *source,
                                      const struct wb_layer_options *options, struct wb_error *err)
{
    struct stream_store *store = wb_allocate(sizeof *store);
    store->store = (struct wb_store){
        .read = read_file, .find = find_layer, .settle = settle, .free = free_store};
    store->options = options;
    WB_AUTO(wb_store) *base = &store->store;
    struct wb_archive_reader reader = {.source = *source};
    bool good = read_stream(store, &reader, err);
    wb_archive_reader_clear(&reader);
    wb_archive_table_sort(&store->table);
    return good ? WB_STEAL(base) : NULL;
}

static ssize_t read_standard_input(void *context, void *data, size_t size, struct wb_error *err)
{
    (void)context;
    ssize_t count;
    do
        count = read(STDIN_FILENO, data, size);
    while (count < 0 && errno == EINTR);
    if (count < 0)
        wb_error_set_errno(err, errno, "cannot read standard input");
    return count;
}

struct wb_store *wb_store_open_standard_input(const struct wb_layer_options *options,
                                              struct wb_error *err)
{
    if (isatty(STDIN_FILENO) == 1) {
        wb_error_set(err, WB_USAGE, "standard input is a terminal: pipe an archive into it");
        return NULL;
    }
    struct wb_byte_source bytes = {.read = read_standard_input};
    WB_AUTO(wb_archive_source) *source = wb_archive_source_stream(&bytes, err);
    if (source == NULL)
        return NULL;
    struct wb_archive_reader reader = wb_archive_source_reader(source);
    return wb_store_open_stream(&reader.source, options, err);
}
