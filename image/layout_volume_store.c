/* SPDX-License-Identifier: Apache-2.0 */
/* Volumes as one layout. */
#include "image/layout_volume_private.h"

#include <stdlib.h>
#include <string.h>

struct volume_store {
    struct wb_layout_store store;
    struct wb_volumes *volumes;
};

static struct wb_volumes *volumes_of(struct wb_layout_store *base)
{
    return ((struct volume_store *)base)->volumes;
}

static bool read_file(struct wb_layout_store *base, const char *name, size_t limit,
                      struct wb_buffer *content, bool *found, struct wb_error *err)
{
    return wb_volumes_document(volumes_of(base), 0, name, content, found, err) &&
           (content->size <= limit ||
            wb_error_set(err, WB_BAD_INPUT, "%s: larger than %zu bytes", name, limit));
}

/* ---- blobs ---- */

static bool read_entry(const struct wb_blob *blob, uint64_t at, uint8_t *data, size_t size,
                       struct wb_error *err)
{
    return wb_volumes_read(blob->context, blob->place, at, data, size, err);
}

/* `place` is the first part; those that follow go on where the one before ends. */
static bool read_parts(const struct wb_blob *blob, uint64_t at, uint8_t *data, size_t size,
                       struct wb_error *err)
{
    for (const struct wb_volume_entry *part = blob->place; size > 0;) {
        uint64_t end = part->part_offset + part->size;
        if (at >= end) {
            const struct wb_volume_entry *next = part + 1;
            while (next->part_offset < end)
                next++;
            part = next;
            continue;
        }
        size_t here = end - at < size ? (size_t)(end - at) : size;
        if (!wb_volumes_read(blob->context, part, at - part->part_offset, data, here, err))
            return false;
        at += here;
        data += here;
        size -= here;
    }
    return true;
}

/* The size that parts without a gap between them come to; 0: there is a gap. */
static uint64_t joined_size(const struct wb_volume_entry *parts, size_t count)
{
    uint64_t end = 0;
    for (size_t i = 0; i < count; i++) {
        /* The same part of another volume. */
        if (i > 0 && parts[i].part_offset == parts[i - 1].part_offset)
            continue;
        if (parts[i].part_offset != end || parts[i].size > INT64_MAX - end || parts[i].size == 0)
            return 0;
        end += parts[i].size;
    }
    return end;
}

static bool open_blob(struct wb_layout_store *base, const struct wb_digest *digest,
                      struct wb_blob *blob, bool *found, struct wb_error *err)
{
    struct wb_volumes *volumes = volumes_of(base);
    size_t count;
    const struct wb_volume_entry *entry = wb_volumes_find(volumes, WB_VOLUME_BLOB, digest, &count);
    while (count > 0 && entry->complaint != NULL) {
        entry++;
        count--;
    }
    *blob = (struct wb_blob){.fd = -1, .context = volumes, .read = read_entry};
    *found = count > 0;
    if (*found) {
        if (entry->kept.data == NULL && volumes->fds[entry->volume] < 0)
            return wb_error_set(err, WB_BAD_INPUT, "it went by in a stream and was not kept");
        blob->place = entry;
        blob->size = entry->size;
        return true;
    }
    const struct wb_volume_entry *parts = wb_volumes_find(volumes, WB_VOLUME_PART, digest, &count);
    blob->place = parts;
    blob->read = read_parts;
    blob->size = joined_size(parts, count);
    *found = blob->size > 0;
    return true;
}

/* Of a stream, what was established when the blob went by. */
static bool check_blob(struct wb_layout_store *base, const struct wb_digest *digest, int64_t size,
                       bool *known, struct wb_error *err)
{
    size_t count;
    const struct wb_volume_entry *entry =
        wb_volumes_find(volumes_of(base), WB_VOLUME_BLOB, digest, &count);
    *known = count > 0 && entry->state != WB_BLOB_UNREAD;
    if (!*known)
        return true;
    if (size >= 0 && entry->size != (uint64_t)size)
        return wb_error_set(err, WB_CHECK_FAILED, "the blob has another size than was stated");
    return entry->state == WB_BLOB_INTACT ||
           wb_error_set(err, WB_CHECK_FAILED, "the blob does not match its digest");
}

static bool list_blobs(struct wb_layout_store *base, wb_blob_visitor *visit, void *context,
                       struct wb_error *err)
{
    (void)err;
    const struct wb_volumes *volumes = volumes_of(base);
    const struct wb_volume_entry *last = NULL;
    for (size_t i = 0; i < volumes->count; i++) {
        const struct wb_volume_entry *entry = &volumes->entries[i];
        if (entry->kind != WB_VOLUME_BLOB || entry->complaint != NULL ||
            (last != NULL && wb_digest_equal(&last->digest, &entry->digest)))
            continue;
        visit(context, &entry->digest, entry->size);
        last = entry;
    }
    return true;
}

/* ---- never written ---- */

static bool add_blob(struct wb_layout_store *base, const struct wb_digest *digest,
                     struct wb_bytes content, struct wb_error *err)
{
    (void)base, (void)digest, (void)content;
    return wb_error_set(err, WB_USAGE, "volumes are for reading only");
}

static bool commit(struct wb_layout_store *base, struct wb_bytes index,
                   const struct wb_digest_list *removed, struct wb_error *err)
{
    (void)base, (void)index, (void)removed;
    return wb_error_set(err, WB_USAGE, "volumes are for reading only");
}

static void free_store(struct wb_layout_store *base)
{
    free(base);
}

struct wb_layout *wb_volumes_layout(struct wb_volumes *volumes, struct wb_error *err)
{
    struct volume_store *store = wb_allocate(sizeof *store);
    store->store = (struct wb_layout_store){.read = read_file,
                                            .open = open_blob,
                                            .check = check_blob,
                                            .list = list_blobs,
                                            .add = add_blob,
                                            .commit = commit,
                                            .free = free_store};
    store->volumes = volumes;
    const struct wb_reference none = {.transport = WB_TRANSPORT_OCI};
    return wb_layout_open_store(&store->store, &none, WB_LAYOUT_READ, err);
}
