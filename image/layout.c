/* SPDX-License-Identifier: Apache-2.0 */
/* OCI layouts as stores of artifacts: opening, adding, committing. */
#include "image/layout_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

void wb_layout_store_free(struct wb_layout_store *store)
{
    if (store != NULL)
        store->free(store);
}

/* ---- opening ---- */

static bool adapter_read(struct wb_store *base, const char *name, size_t limit,
                         struct wb_buffer *content, bool *found, struct wb_error *err)
{
    struct wb_layout *layout = (struct wb_layout *)base;
    struct wb_digest digest;
    if (!wb_blob_name_digest(name, &digest))
        return layout->store->read(layout->store, name, limit, content, found, err);
    *found = true;
    return wb_layout_read_blob(layout, &digest, limit, content, err);
}

struct wb_layout *wb_layout_open_store(struct wb_layout_store *store,
                                       const struct wb_reference *reference,
                                       enum wb_layout_mode mode, struct wb_error *err)
{
    WB_AUTO(wb_layout) *layout = wb_allocate(sizeof *layout);
    layout->adapter.read = adapter_read;
    layout->store = store;
    layout->mode = mode;
    layout->arena = wb_arena_new();
    layout->tag = wb_string_copy(reference->tag);
    layout->digest = wb_string_copy(reference->digest);
    if (!wb_layout_index_read(layout, err))
        return NULL;
    return WB_STEAL(layout);
}

struct wb_layout *wb_layout_open(const struct wb_reference *reference, enum wb_layout_mode mode,
                                 struct wb_error *err)
{
    struct wb_layout_store *store = NULL;
    if (reference->transport == WB_TRANSPORT_OCI)
        store = wb_layout_store_directory(reference->path, mode, err);
    else if (reference->transport == WB_TRANSPORT_OCI_ARCHIVE)
        store = wb_layout_store_archive(reference->path, mode, err);
    else if (reference->transport == WB_TRANSPORT_REGISTRY)
        store = wb_layout_store_registry(reference, mode, err);
    else
        wb_error_set(err, WB_USAGE,
                     "signatures are kept in OCI layouts and registries only: copy the image to "
                     "oci:DIR or oci-archive:FILE first");
    struct wb_layout *layout =
        store == NULL ? NULL : wb_layout_open_store(store, reference, mode, err);
    if (layout == NULL)
        wb_error_context(err, "%s", reference->text);
    return layout;
}

void wb_layout_free(struct wb_layout *layout)
{
    if (layout == NULL)
        return;
    wb_layout_store_free(layout->store);
    json_decref(layout->index);
    free(layout->entries);
    free(layout->referrers);
    free(layout->removed.digests);
    free(layout->tag);
    free(layout->digest);
    wb_arena_free(layout->arena);
    free(layout);
}

/* ---- changing ---- */

bool wb_layout_add_blob(struct wb_layout *layout, struct wb_bytes content, struct wb_digest *digest,
                        struct wb_error *err)
{
    if (layout->mode != WB_LAYOUT_WRITE)
        return wb_error_set(err, WB_USAGE, "the layout was opened for reading only");
    if (!wb_digest_bytes(WB_DIGEST_SHA256, content, digest, err))
        return false;
    /* A damaged blob of this name is no reason to leave it so. */
    if (!wb_layout_check_blob(layout, digest, (int64_t)content.size, NULL) &&
        !layout->store->add(layout->store, digest, content, err))
        return false;
    for (size_t i = 0; i < layout->removed.count; i++)
        if (wb_digest_equal(&layout->removed.digests[i], digest))
            layout->removed.digests[i--] = layout->removed.digests[--layout->removed.count];
    wb_layout_note_blob(layout, digest, content);
    return true;
}

bool wb_digest_list_has(const struct wb_digest_list *list, const struct wb_digest *digest)
{
    for (size_t i = 0; i < list->count; i++)
        if (wb_digest_equal(&list->digests[i], digest))
            return true;
    return false;
}

bool wb_layout_remove_blob(struct wb_layout *layout, const struct wb_digest *digest,
                           struct wb_error *err)
{
    if (layout->mode != WB_LAYOUT_WRITE)
        return wb_error_set(err, WB_USAGE, "the layout was opened for reading only");
    if (!wb_digest_list_has(&layout->removed, digest))
        WB_APPEND(layout->removed.digests, layout->removed.count, layout->removed.capacity,
                  *digest);
    /* It refers to nothing any more. */
    for (size_t i = 0; i < layout->referrer_count;) {
        struct wb_referrer *one = &layout->referrers[i];
        if (!wb_digest_equal(&one->descriptor.digest, digest)) {
            i++;
            continue;
        }
        layout->referrer_count--;
        memmove(one, one + 1, (layout->referrer_count - i) * sizeof *one);
    }
    return true;
}

bool wb_layout_commit(struct wb_layout *layout, struct wb_error *err)
{
    if (layout->mode != WB_LAYOUT_WRITE)
        return wb_error_set(err, WB_USAGE, "the layout was opened for reading only");
    WB_AUTO_STRING text = wb_layout_index_write(layout, err);
    if (text == NULL)
        return false;
    const struct wb_bytes bytes = {(const uint8_t *)text, strlen(text)};
    if (!layout->store->commit(layout->store, bytes, &layout->removed, err))
        return wb_error_context(err, "index.json");
    layout->removed.count = 0;
    return true;
}

/* ---- what both kinds of store need ---- */

bool wb_layout_lock(int fd, struct wb_error *err)
{
    int code;
    do
        code = flock(fd, LOCK_EX);
    while (code != 0 && errno == EINTR);
    return code == 0 || wb_error_set_errno(err, errno, "cannot lock");
}

bool wb_layout_same_file(int fd, int directory_fd, const char *name)
{
    struct stat open_status, named_status;
    return fstat(fd, &open_status) == 0 && fstatat(directory_fd, name, &named_status, 0) == 0 &&
           open_status.st_dev == named_status.st_dev && open_status.st_ino == named_status.st_ino;
}

bool wb_layout_write_all(int fd, const void *data, size_t size, struct wb_error *err)
{
    const uint8_t *at = data;
    while (size > 0) {
        ssize_t count = write(fd, at, size);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return wb_error_set_errno(err, errno, "cannot write");
        at += count;
        size -= (size_t)count;
    }
    return true;
}
