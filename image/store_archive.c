/* SPDX-License-Identifier: Apache-2.0 */
/* An archive file: its headers are read once, its parts when they are asked for. */
#include "image/store_private.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct archive_store {
    struct wb_store store;
    int fd;
    struct wb_archive_table table;
};

static bool read_file(struct wb_store *base, const char *name, size_t limit,
                      struct wb_buffer *content, bool *found, struct wb_error *err)
{
    struct archive_store *store = (struct archive_store *)base;
    const struct wb_archive_item *item = wb_archive_table_find(&store->table, name);
    *found = item != NULL;
    if (item == NULL)
        return true;
    return wb_archive_item_read(item, store->fd, limit, content, err);
}

static bool find_layer(struct wb_store *base, const char *name, struct wb_layer_place *place,
                       bool *found, struct wb_error *err)
{
    (void)err;
    struct archive_store *store = (struct archive_store *)base;
    const struct wb_archive_item *item = wb_archive_table_find(&store->table, name);
    *found = item != NULL;
    if (item != NULL) {
        place->archive_fd = store->fd;
        place->offset = item->offset;
        place->size = item->size;
    }
    return true;
}

static void free_store(struct wb_store *base)
{
    struct archive_store *store = (struct archive_store *)base;
    if (store->fd >= 0)
        close(store->fd);
    wb_archive_table_clear(&store->table);
    free(store);
}

/* The archive's bytes as they come, for an archive whose parts cannot be read in any order. */
static struct wb_store *open_compressed(struct wb_archive_source *source,
                                        const struct wb_layer_options *options,
                                        struct wb_error *err)
{
    struct wb_archive_reader reader = wb_archive_source_reader(source);
    return wb_store_open_stream(&reader.source, options, err);
}

struct wb_store *wb_store_open_archive(const char *path, const struct wb_layer_options *options,
                                       struct wb_error *err)
{
    WB_AUTO(wb_archive_source) *source = wb_archive_source_file(path, err);
    if (source == NULL)
        return NULL;
    if (!wb_archive_source_seekable(source))
        return open_compressed(source, options, err);
    WB_AUTO(wb_store) *base = NULL;
    struct archive_store *store = wb_allocate(sizeof *store);
    base = &store->store;
    *base = (struct wb_store){.read = read_file, .find = find_layer, .free = free_store};
    store->fd = -1;
    uint64_t end;
    if (!wb_archive_table_read(&store->table, source, &end, err))
        return NULL;
    store->fd = wb_archive_source_steal(source);
    return WB_STEAL(base);
}

bool wb_archive_is_oci(const char *path, bool *is_oci, struct wb_error *err)
{
    *is_oci = false;
    WB_AUTO(wb_archive_source) *source = wb_archive_source_file(path, err);
    if (source == NULL)
        return wb_error_context(err, "%s", path);
    bool seekable = wb_archive_source_seekable(source), more = true, decided = false;
    struct wb_archive_reader reader = wb_archive_source_reader(source);
    bool good = true;
    while (good && more && !decided) {
        good = wb_archive_reader_next(&reader, &more, err);
        if (!good || !more || reader.name.size == 0)
            continue;
        const char *name = (const char *)reader.name.data;
        *is_oci = strcmp(name, "oci-layout") == 0 ||
                  (!seekable && wb_text_starts_with(name, "blobs/sha"));
        /* A compressed file is not unpacked to its end for this: its first file tells. */
        decided = *is_oci ||
                  (!seekable && reader.kind == WB_ARCHIVE_FILE && strcmp(name, "index.json") != 0);
    }
    wb_archive_reader_clear(&reader);
    return good || wb_error_context(err, "%s", path);
}
