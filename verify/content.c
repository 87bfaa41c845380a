/* SPDX-License-Identifier: Apache-2.0 */
/* The content of a file under verification: read from its beginning, as often as needed. */
#include "verify/verify_private.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define READ_SIZE ((size_t)1 << 20)
#define WHOLE_MESSAGE_MAX ((size_t)1 << 30)

typedef bool content_sink(void *context, const uint8_t *data, size_t size, struct wb_error *err);

static bool read_content(const struct wb_verify_content *content, content_sink *sink, void *context,
                         struct wb_error *err)
{
    uint8_t *data = wb_allocate(READ_SIZE);
    off_t offset = 0;
    bool good = true;
    while (good) {
        ssize_t count = pread(content->fd, data, READ_SIZE, offset);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            good = wb_error_set_errno(err, errno, "cannot read the file");
        if (count <= 0)
            break;
        offset += count;
        good = sink(context, data, (size_t)count, err);
    }
    free(data);
    return good;
}

static bool hash(void *context, const uint8_t *data, size_t size, struct wb_error *err)
{
    (void)err;
    wb_hasher_update(context, data, size);
    return true;
}

static bool keep(void *context, const uint8_t *data, size_t size, struct wb_error *err)
{
    struct wb_buffer *whole = context;
    if (size > WHOLE_MESSAGE_MAX - whole->size)
        return wb_error_set(err, WB_BAD_INPUT, "the file is too large for an Ed25519 key");
    wb_buffer_append(whole, data, size);
    return true;
}

bool wb_content_digest(const struct wb_verify_content *content, enum wb_digest_algorithm algorithm,
                       struct wb_digest *digest, struct wb_error *err)
{
    if (content->digest.algorithm != WB_DIGEST_NONE) {
        *digest = content->digest;
        return digest->algorithm == algorithm ||
               wb_error_set(err, WB_BAD_INPUT, "only its %s digest was given, the %s is needed",
                            wb_digest_name(digest->algorithm), wb_digest_name(algorithm));
    }
    if (content->fd < 0)
        return wb_digest_bytes(algorithm, content->bytes, digest, err);
    WB_AUTO(wb_hasher) *hasher = wb_hasher_new(algorithm, err);
    if (hasher == NULL || !read_content(content, hash, hasher, err))
        return false;
    wb_hasher_finish(hasher, digest);
    return true;
}

bool wb_content_whole(const struct wb_verify_content *content, struct wb_buffer *whole,
                      struct wb_error *err)
{
    if (content->digest.algorithm != WB_DIGEST_NONE)
        return wb_error_set(err, WB_BAD_INPUT,
                            "only a digest was given, the content itself is needed");
    if (content->fd >= 0)
        return read_content(content, keep, whole, err);
    return keep(whole, content->bytes.data, content->bytes.size, err);
}
