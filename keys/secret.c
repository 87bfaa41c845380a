/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes that nobody else is to see: locked, guarded, left out of core dumps, wiped (libsodium). */
#include "keys/key_private.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void wb_secret_reserve(struct wb_secret *secret, size_t size)
{
    wb_secret_clear(secret);
    /* Does nothing when it was called before. */
    if (sodium_init() < 0 || (secret->data = sodium_malloc(size + 1)) == NULL)
        wb_out_of_memory(size);
    memset(secret->data, 0, size + 1);
    secret->size = size;
}

void wb_secret_set(struct wb_secret *secret, const void *data, size_t size)
{
    wb_secret_reserve(secret, size);
    if (size > 0)
        memcpy(secret->data, data, size);
}

void wb_secret_clear(struct wb_secret *secret)
{
    sodium_free(secret->data);
    *secret = (struct wb_secret){0};
}

struct wb_bytes wb_secret_bytes(const struct wb_secret *secret)
{
    return (struct wb_bytes){secret->data, secret->size};
}

bool wb_secret_from_pem(const struct wb_pem *pem, struct wb_secret *der, struct wb_error *err)
{
    wb_secret_reserve(der, wb_pem_room(pem->body.size));
    if (wb_pem_decode_base64(pem->body, der->data, &der->size))
        return true;
    return wb_error_set(err, WB_BAD_INPUT, "PEM `%s` is not well-formed base64", pem->label);
}

/* `room`: what the file is said to hold, at most `limit`. */
static bool read_all(int fd, const char *path, size_t room, size_t limit, struct wb_secret *secret,
                     struct wb_error *err)
{
    wb_secret_reserve(secret, room + 1);
    size_t used = 0;
    while (used <= room) {
        ssize_t size = read(fd, secret->data + used, room + 1 - used);
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0)
            return wb_error_set_errno(err, errno, "%s: cannot read", path);
        if (size == 0)
            break;
        used += (size_t)size;
    }
    secret->size = used;
    if (used <= room)
        return true;
    return room < limit ? wb_error_set(err, WB_BAD_INPUT, "%s: it grew while it was read", path)
                        : wb_error_set(err, WB_BAD_INPUT, "%s: larger than %zu bytes", path, limit);
}

bool wb_secret_read_file(const char *path, size_t limit, struct wb_secret *secret,
                         struct wb_error *err)
{
    WB_AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    if (fd < 0 || fstat(fd, &status) != 0)
        return wb_error_set_errno(err, errno, "%s: cannot open", path);
    if (S_ISDIR(status.st_mode))
        return wb_error_set_errno(err, EISDIR, "%s: cannot read", path);
    /* Locked memory is dear: it is wiped twice. */
    bool known = S_ISREG(status.st_mode) && status.st_size > 0 && (uintmax_t)status.st_size < limit;
    return read_all(fd, path, known ? (size_t)status.st_size : limit, limit, secret, err);
}
