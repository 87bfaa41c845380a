/* SPDX-License-Identifier: Apache-2.0 */
/* An OCI layout in an uncompressed tar file, read in place. */
#include "image/layout_archive_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool read_file(struct wb_layout_store *base, const char *name, size_t limit,
                      struct wb_buffer *content, bool *found, struct wb_error *err)
{
    struct wb_archive_layout *layout = (struct wb_archive_layout *)base;
    const struct wb_archive_item *item = wb_archive_table_find(&layout->table, name);
    *found = item != NULL;
    return item == NULL || wb_archive_item_read(item, layout->fd, limit, content, err);
}

static struct wb_pending_blob *find_pending(const struct wb_archive_layout *layout,
                                            const struct wb_digest *digest)
{
    for (size_t i = 0; i < layout->pending_count; i++)
        if (wb_digest_equal(&layout->pending[i].digest, digest))
            return &layout->pending[i];
    return NULL;
}

static bool open_blob(struct wb_layout_store *base, const struct wb_digest *digest,
                      struct wb_blob *blob, bool *found, struct wb_error *err)
{
    (void)err;
    struct wb_archive_layout *layout = (struct wb_archive_layout *)base;
    const struct wb_pending_blob *pending = find_pending(layout, digest);
    char name[WB_BLOB_NAME_SIZE];
    if (pending != NULL) {
        *blob = (struct wb_blob){
            .fd = -1, .size = pending->content.size, .data = pending->content.data};
        *found = true;
        return true;
    }
    const struct wb_archive_item *item =
        wb_archive_table_find(&layout->table, wb_blob_name(digest, name));
    *found = item != NULL;
    if (item != NULL)
        *blob = (struct wb_blob){.fd = layout->fd, .offset = item->offset, .size = item->size};
    return true;
}

static bool list_blobs(struct wb_layout_store *base, wb_blob_visitor *visit, void *context,
                       struct wb_error *err)
{
    (void)err;
    struct wb_archive_layout *layout = (struct wb_archive_layout *)base;
    for (size_t i = 0; i < layout->table.count; i++) {
        const struct wb_archive_item *item = &layout->table.items[i];
        struct wb_digest digest;
        /* Of several entries of one name the last counts. */
        bool repeated = i + 1 < layout->table.count && strcmp(item->name, item[1].name) == 0;
        if (repeated || !wb_blob_name_digest(item->name, &digest))
            continue;
        item = wb_archive_table_find(&layout->table, item->name);
        if (item != NULL)
            visit(context, &digest, item->size);
    }
    for (size_t i = 0; i < layout->pending_count; i++)
        visit(context, &layout->pending[i].digest, layout->pending[i].content.size);
    return true;
}

static bool add_blob(struct wb_layout_store *base, const struct wb_digest *digest,
                     struct wb_bytes content, struct wb_error *err)
{
    (void)err;
    struct wb_archive_layout *layout = (struct wb_archive_layout *)base;
    if (find_pending(layout, digest) != NULL)
        return true;
    struct wb_pending_blob added = {.digest = *digest};
    wb_buffer_append(&added.content, content.data, content.size);
    WB_APPEND(layout->pending, layout->pending_count, layout->pending_capacity, added);
    return true;
}

void wb_archive_layout_forget_pending(struct wb_archive_layout *layout)
{
    for (size_t i = 0; i < layout->pending_count; i++)
        wb_buffer_clear(&layout->pending[i].content);
    layout->pending_count = 0;
}

static void free_store(struct wb_layout_store *base)
{
    struct wb_archive_layout *layout = (struct wb_archive_layout *)base;
    wb_archive_layout_forget_pending(layout);
    free(layout->pending);
    wb_archive_table_clear(&layout->table);
    if (layout->fd >= 0)
        close(layout->fd);
    if (layout->parent_fd >= 0)
        close(layout->parent_fd);
    free(layout->name);
    free(layout);
}

/* ---- opening ---- */

static bool refuse_compressed(enum wb_layout_mode mode, struct wb_error *err)
{
    return wb_error_set(
        err, WB_BAD_INPUT, "the archive is compressed as a whole, and %s: decompress it first",
        mode == WB_LAYOUT_WRITE ? "nothing can be added to it" : "its blobs cannot be found in it");
}

bool wb_archive_layout_read(struct wb_archive_layout *layout, enum wb_layout_mode mode,
                            struct wb_error *err)
{
    /* Not by its name: that may mean another file by now. */
    WB_AUTO(wb_archive_source) *source =
        wb_archive_source_descriptor(fcntl(layout->fd, F_DUPFD_CLOEXEC, 0), err);
    if (source == NULL)
        return false;
    if (!wb_archive_source_seekable(source))
        return refuse_compressed(mode, err);
    wb_archive_table_clear(&layout->table);
    return wb_archive_table_read(&layout->table, source, &layout->end, err);
}

/* Opens the file and, to write, gets the lock of what the name then still means. */
static bool open_locked(struct wb_archive_layout *layout, enum wb_layout_mode mode,
                        struct wb_error *err)
{
    int flags = mode == WB_LAYOUT_WRITE ? O_RDWR : O_RDONLY;
    for (;;) {
        layout->fd = openat(layout->parent_fd, layout->name, flags | O_CLOEXEC | O_NONBLOCK);
        if (layout->fd < 0)
            return wb_error_set_errno(err, errno, "cannot open%s",
                                      mode == WB_LAYOUT_WRITE ? " for writing" : "");
        if (mode != WB_LAYOUT_WRITE)
            return true;
        if (!wb_layout_lock(layout->fd, err))
            return false;
        if (wb_layout_same_file(layout->fd, layout->parent_fd, layout->name))
            return true;
        close(layout->fd);
    }
}

/* The directory and the name in it, behind symlinks: the file is replaced, not a link to it. */
static bool open_parent(struct wb_archive_layout *layout, const char *path, struct wb_error *err)
{
    WB_AUTO_STRING real = realpath(path, NULL);
    if (real == NULL)
        return wb_error_set_errno(err, errno, "cannot open");
    char *slash = strrchr(real, '/');
    layout->name = wb_string_copy(slash + 1);
    slash[slash == real ? 1 : 0] = '\0';
    layout->parent_fd = open(real, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return layout->parent_fd >= 0 || wb_error_set_errno(err, errno, "cannot open its directory");
}

struct wb_layout_store *wb_layout_store_archive(const char *path, enum wb_layout_mode mode,
                                                struct wb_error *err)
{
    struct wb_archive_layout *layout = wb_allocate(sizeof *layout);
    layout->store = (struct wb_layout_store){.read = read_file,
                                             .open = open_blob,
                                             .list = list_blobs,
                                             .add = add_blob,
                                             .commit = wb_archive_layout_commit,
                                             .free = free_store};
    WB_AUTO(wb_layout_store) *base = &layout->store;
    layout->fd = layout->parent_fd = -1;
    if (!open_parent(layout, path, err) || !open_locked(layout, mode, err) ||
        !wb_archive_layout_read(layout, mode, err))
        return NULL;
    return WB_STEAL(base);
}
