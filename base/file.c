/* SPDX-License-Identifier: Apache-2.0 */
/* Reading whole files, within a bound. */
#include "base/base.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_SIZE ((size_t)64 << 10)

static bool read_all(int fd, const char *path, size_t limit, struct wb_buffer *out,
                     struct wb_error *err)
{
    uint8_t part[READ_SIZE];
    for (;;) {
        ssize_t size = read(fd, part, sizeof part);
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0)
            return wb_error_set_errno(err, errno, "%s: cannot read", path);
        if (size == 0)
            return true;
        /* The size in the inode may be out of date, so the bound is kept here. */
        if ((size_t)size > limit - out->size)
            return wb_error_set(err, WB_BAD_INPUT, "%s: larger than %zu bytes", path, limit);
        wb_buffer_append(out, part, (size_t)size);
    }
}

bool wb_file_read(int directory_fd, const char *path, size_t limit, struct wb_buffer *out,
                  struct wb_error *err)
{
    /* O_NONBLOCK: a FIFO must not hold us up before we have seen that it is one. */
    WB_AUTO_FD fd = openat(directory_fd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat status;
    if (fd < 0 || fstat(fd, &status) != 0)
        return wb_error_set_errno(err, errno, "%s: cannot open", path);
    if (!S_ISREG(status.st_mode))
        return wb_error_set(err, WB_BAD_INPUT, "%s: not a regular file", path);
    if (status.st_size < 0 || (uint64_t)status.st_size > limit)
        return wb_error_set(err, WB_BAD_INPUT, "%s: larger than %zu bytes", path, limit);
    out->size = 0;
    return read_all(fd, path, limit, out, err);
}
