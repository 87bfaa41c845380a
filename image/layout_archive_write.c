/* SPDX-License-Identifier: Apache-2.0 */
/* Writing an archive anew: what was in it byte for byte, index.json replaced where it was, new
 * blobs behind everything else (POSIX.1-2017 pax, "ustar Interchange Format"). */
#include "image/layout_archive_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK_SIZE ((size_t)512)
#define COPY_SIZE ((size_t)1 << 20)

struct writing {
    const struct wb_archive_layout *layout;
    int fd;
    struct wb_bytes index;
    const struct wb_digest_list *removed;
};

/* ---- bytes ---- */

static bool copy_by_hand(int from, uint64_t at, uint64_t end, int to, struct wb_error *err)
{
    uint8_t *data = wb_allocate(COPY_SIZE);
    bool good = true;
    while (at < end && good) {
        size_t size = end - at < COPY_SIZE ? (size_t)(end - at) : COPY_SIZE;
        ssize_t count = pread(from, data, size, (off_t)at);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            good = wb_error_set_errno(err, errno, "cannot read");
        else if (count == 0)
            good = wb_error_set(err, WB_BAD_INPUT, "the archive is truncated");
        else
            good = wb_layout_write_all(to, data, (size_t)count, err);
        at += count > 0 ? (uint64_t)count : 0;
    }
    free(data);
    return good;
}

/* In the kernel where it can: file systems that share extents copy nothing at all. */
static bool copy(const struct writing *writing, uint64_t at, uint64_t end, struct wb_error *err)
{
    while (at < end) {
        off64_t offset = (off64_t)at;
        size_t size = end - at < (uint64_t)1 << 30 ? (size_t)(end - at) : (size_t)1 << 30;
        ssize_t count = copy_file_range(writing->layout->fd, &offset, writing->fd, NULL, size, 0);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return copy_by_hand(writing->layout->fd, at, end, writing->fd, err);
        at += (uint64_t)count;
    }
    return true;
}

static bool write_entry(const struct writing *writing, const char *name, struct wb_bytes content,
                        struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) header = {0};
    WB_AUTO_VALUE(wb_buffer) padding = {0};
    wb_tar_header(name, content.size, &header);
    wb_tar_padding(content.size, &padding);
    return wb_layout_write_all(writing->fd, header.data, header.size, err) &&
           wb_layout_write_all(writing->fd, content.data, content.size, err) &&
           wb_layout_write_all(writing->fd, padding.data, padding.size, err);
}

/* ---- entries ---- */

static uint64_t end_of(const struct wb_archive_item *item)
{
    uint64_t size = item->link != NULL ? 0 : item->size;
    return item->offset + (size + BLOCK_SIZE - 1) / BLOCK_SIZE * BLOCK_SIZE;
}

static bool is_left_out(const struct writing *writing, const struct wb_archive_item *item)
{
    struct wb_digest digest;
    return strcmp(item->name, "index.json") == 0 ||
           (writing->removed->count > 0 && wb_blob_name_digest(item->name, &digest) &&
            wb_digest_list_has(writing->removed, &digest));
}

static int compare_starts(const void *left, const void *right)
{
    const struct wb_archive_item *const *a = left, *const *b = right;
    return (*a)->start < (*b)->start ? -1 : (*a)->start > (*b)->start;
}

/* Everything but what is left out. The last index.json, which counts, gives its place to the new
 * one. */
static bool write_between(const struct writing *writing, const struct wb_archive_item *const *out,
                          size_t count, struct wb_error *err)
{
    uint64_t at = 0;
    const struct wb_archive_item *index = NULL;
    for (size_t i = 0; i < count; i++)
        if (strcmp(out[i]->name, "index.json") == 0)
            index = out[i];
    for (size_t i = 0; i < count; i++) {
        if (!copy(writing, at, out[i]->start, err) ||
            (out[i] == index && !write_entry(writing, "index.json", writing->index, err)))
            return false;
        at = end_of(out[i]);
    }
    return copy(writing, at, writing->layout->end, err);
}

static bool write_old_entries(const struct writing *writing, struct wb_error *err)
{
    const struct wb_archive_table *table = &writing->layout->table;
    const struct wb_archive_item **out = wb_allocate_array(table->count + 1, sizeof *out);
    size_t count = 0;
    for (size_t i = 0; i < table->count; i++)
        if (is_left_out(writing, &table->items[i]))
            out[count++] = &table->items[i];
    qsort(out, count, sizeof *out, compare_starts);
    bool good = write_between(writing, out, count, err);
    free(out);
    return good;
}

static bool write_archive(const struct writing *writing, struct wb_error *err)
{
    static const uint8_t end_marker[2 * BLOCK_SIZE];
    if (!write_old_entries(writing, err))
        return false;
    for (size_t i = 0; i < writing->layout->pending_count; i++) {
        const struct wb_pending_blob *blob = &writing->layout->pending[i];
        char name[WB_BLOB_NAME_SIZE];
        if (!wb_digest_list_has(writing->removed, &blob->digest) &&
            !write_entry(writing, wb_blob_name(&blob->digest, name),
                         wb_buffer_bytes(&blob->content), err))
            return false;
    }
    return wb_layout_write_all(writing->fd, end_marker, sizeof end_marker, err);
}

/* Owner and mode stay; who may not give a file away keeps it. */
static bool adopt(int fd, const struct stat *old, struct wb_error *err)
{
    struct stat status;
    if (fstat(fd, &status) != 0)
        return wb_error_set_errno(err, errno, "cannot write");
    bool same_owner = (status.st_uid == old->st_uid && status.st_gid == old->st_gid) ||
                      fchown(fd, old->st_uid, old->st_gid) == 0;
    mode_t mode = old->st_mode & (same_owner ? 0777 : 0755);
    return fchmod(fd, mode) == 0 || wb_error_set_errno(err, errno, "cannot write");
}

/* The new file is locked before it gets the name, so that at no time a second writer can have the
 * lock of what the name means. */
static bool replace(const struct writing *writing, const char *temporary, struct wb_error *err)
{
    const struct wb_archive_layout *layout = writing->layout;
    int fd = writing->fd;
    struct stat old;
    if (fstat(layout->fd, &old) != 0)
        return wb_error_set_errno(err, errno, "cannot read");
    if (!wb_layout_lock(fd, err) || !write_archive(writing, err) || !adopt(fd, &old, err))
        return false;
    if (!wb_layout_same_file(layout->fd, layout->parent_fd, layout->name))
        return wb_error_set(err, WB_SYSTEM, "another program replaced the archive meanwhile");
    if (fsync(fd) != 0 ||
        renameat(layout->parent_fd, temporary, layout->parent_fd, layout->name) != 0 ||
        fsync(layout->parent_fd) != 0)
        return wb_error_set_errno(err, errno, "cannot write");
    return true;
}

bool wb_archive_layout_commit(struct wb_layout_store *base, struct wb_bytes index,
                              const struct wb_digest_list *removed, struct wb_error *err)
{
    struct wb_archive_layout *layout = (struct wb_archive_layout *)base;
    /* One writer at a time, so one name is enough: what a crash left goes away here. */
    WB_AUTO_STRING temporary = wb_string_format(".%s.waybill.tmp", layout->name);
    unlinkat(layout->parent_fd, temporary, 0);
    WB_AUTO_FD fd = openat(layout->parent_fd, temporary,
                           O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return wb_error_set_errno(err, errno, "cannot write beside the archive");
    const struct writing writing = {layout, fd, index, removed};
    if (!replace(&writing, temporary, err)) {
        unlinkat(layout->parent_fd, temporary, 0);
        return false;
    }
    close(layout->fd);
    layout->fd = fd;
    fd = -1;
    wb_archive_layout_forget_pending(layout);
    return wb_archive_layout_read(layout, WB_LAYOUT_WRITE, err);
}
