/* SPDX-License-Identifier: Apache-2.0 */
/* Blobs of a layout: read or streamed, never handed out with a digest that does not match. */
#include "image/layout_private.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STREAM_SIZE ((size_t)1 << 20)

void wb_blob_close(struct wb_blob *blob)
{
    if (blob->close != NULL)
        blob->close(blob);
    if (blob->fd_owned)
        close(blob->fd);
    *blob = (struct wb_blob){.fd = -1};
}

/* Names the blob in front of whatever happened. */
static bool blame(const struct wb_digest *digest, struct wb_error *err)
{
    char text[WB_DIGEST_TEXT_SIZE];
    return wb_error_context(err, "%s", wb_digest_format(digest, text));
}

static bool open_blob(struct wb_layout *layout, const struct wb_digest *digest,
                      struct wb_blob *blob, struct wb_error *err)
{
    bool found;
    *blob = (struct wb_blob){.fd = -1};
    if (!layout->store->open(layout->store, digest, blob, &found, err))
        return false;
    return found || wb_error_set(err, WB_CHECK_FAILED, "the blob is missing");
}

bool wb_blob_read(const struct wb_blob *blob, uint64_t at, uint8_t *data, size_t size,
                  struct wb_error *err)
{
    size_t done = 0;
    if (blob->read != NULL)
        return blob->read(blob, at, data, size, err);
    if (blob->data != NULL) {
        memcpy(data, blob->data + at, size);
        return true;
    }
    while (done < size) {
        ssize_t count =
            pread(blob->fd, data + done, size - done, (off_t)(blob->offset + at + done));
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return wb_error_set_errno(err, errno, "cannot read");
        if (count == 0)
            return wb_error_set(err, WB_CHECK_FAILED, "the blob is truncated");
        done += (size_t)count;
    }
    return true;
}

static bool compare(const struct wb_digest *found, const struct wb_digest *digest,
                    struct wb_error *err)
{
    char text[WB_DIGEST_TEXT_SIZE];
    return wb_digest_equal(found, digest) ||
           wb_error_set(err, WB_CHECK_FAILED, "the blob does not match its digest: it is %s",
                        wb_digest_format(found, text));
}

static bool read_whole(const struct wb_blob *blob, const struct wb_digest *digest, size_t limit,
                       struct wb_buffer *content, struct wb_error *err)
{
    if (blob->size > limit)
        return wb_error_set(err, WB_BAD_INPUT, "%" PRIu64 " bytes, more than the %zu it may have",
                            blob->size, limit);
    size_t size = (size_t)blob->size;
    uint8_t *data = wb_allocate(size + 1);
    struct wb_digest found;
    bool good = wb_blob_read(blob, 0, data, size, err) &&
                wb_digest_bytes(digest->algorithm, (struct wb_bytes){data, size}, &found, err) &&
                compare(&found, digest, err);
    content->size = 0;
    if (good)
        wb_buffer_append(content, data, size);
    free(data);
    return good;
}

bool wb_layout_read_blob(struct wb_layout *layout, const struct wb_digest *digest, size_t limit,
                         struct wb_buffer *content, struct wb_error *err)
{
    struct wb_blob blob;
    bool good =
        open_blob(layout, digest, &blob, err) && read_whole(&blob, digest, limit, content, err);
    wb_blob_close(&blob);
    return good || blame(digest, err);
}

bool wb_layout_has_blob(struct wb_layout *layout, const struct wb_digest *digest)
{
    struct wb_blob blob = {.fd = -1};
    bool found = false;
    /* One that is there and cannot be opened is there. */
    if (layout->store->open(layout->store, digest, &blob, &found, NULL))
        wb_blob_close(&blob);
    return found;
}

bool wb_layout_blob_size(struct wb_layout *layout, const struct wb_digest *digest, uint64_t *size,
                         struct wb_error *err)
{
    struct wb_blob blob;
    bool good = open_blob(layout, digest, &blob, err);
    *size = blob.size;
    wb_blob_close(&blob);
    return good || blame(digest, err);
}

bool wb_layout_read_range(struct wb_layout *layout, const struct wb_digest *digest, uint64_t offset,
                          uint8_t *data, size_t size, struct wb_error *err)
{
    struct wb_blob blob;
    bool good = open_blob(layout, digest, &blob, err);
    if (good && (offset > blob.size || size > blob.size - offset))
        good = wb_error_set(err, WB_CHECK_FAILED, "the blob ends early");
    good = good && wb_blob_read(&blob, offset, data, size, err);
    wb_blob_close(&blob);
    return good || blame(digest, err);
}

static bool stream(const struct wb_blob *blob, const struct wb_digest *digest, struct wb_error *err)
{
    WB_AUTO(wb_hasher) *hasher = wb_hasher_new(digest->algorithm, err);
    if (hasher == NULL)
        return false;
    if (blob->fd >= 0)
        posix_fadvise(blob->fd, (off_t)blob->offset, (off_t)blob->size, POSIX_FADV_SEQUENTIAL);
    uint8_t *data = wb_allocate(STREAM_SIZE);
    bool good = true;
    for (uint64_t at = 0; at < blob->size && good;) {
        size_t size = blob->size - at < STREAM_SIZE ? (size_t)(blob->size - at) : STREAM_SIZE;
        good = wb_blob_read(blob, at, data, size, err);
        if (good)
            wb_hasher_update(hasher, data, size);
        at += size;
    }
    free(data);
    struct wb_digest found;
    wb_hasher_finish(hasher, &found);
    return good && compare(&found, digest, err);
}

bool wb_layout_check_blob(struct wb_layout *layout, const struct wb_digest *digest, int64_t size,
                          struct wb_error *err)
{
    struct wb_blob blob;
    bool known = false;
    if (layout->store->check != NULL &&
        !layout->store->check(layout->store, digest, size, &known, err))
        return blame(digest, err);
    if (known)
        return true;
    bool good = open_blob(layout, digest, &blob, err);
    if (good && size >= 0 && blob.size != (uint64_t)size)
        good = wb_error_set(err, WB_CHECK_FAILED,
                            "the blob has %" PRIu64 " bytes, its descriptor states %" PRId64,
                            blob.size, size);
    good = good && stream(&blob, digest, err);
    wb_blob_close(&blob);
    return good || blame(digest, err);
}
