/* SPDX-License-Identifier: Apache-2.0 */
/* Where the bytes of an archive come from: a file, or a stream that may be compressed as a whole.
 */
#include "image/layer_private.h"
#include "image/store_private.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC_SIZE 6

struct wb_archive_source {
    int fd; /* -1: not a file */
    uint64_t file_offset;
    uint64_t file_size;
    struct wb_byte_source bytes; /* of a stream as it comes */
    uint8_t magic[MAGIC_SIZE];   /* its first bytes, read to look at them */
    size_t magic_size, magic_used;
    struct wb_decompressor *decompressor; /* NULL: not compressed */
};

void wb_archive_source_free(struct wb_archive_source *source)
{
    if (source == NULL)
        return;
    wb_decompressor_free(source->decompressor);
    if (source->fd >= 0)
        close(source->fd);
    free(source);
}

static ssize_t read_file(void *context, void *data, size_t size, struct wb_error *err)
{
    struct wb_archive_source *source = context;
    ssize_t count;
    do
        count = pread(source->fd, data, size, (off_t)source->file_offset);
    while (count < 0 && errno == EINTR);
    if (count < 0)
        wb_error_set_errno(err, errno, "cannot read the archive at byte %" PRIu64,
                           source->file_offset);
    else
        source->file_offset += (uint64_t)count;
    return count;
}

static bool skip_file(void *context, uint64_t size, struct wb_error *err)
{
    struct wb_archive_source *source = context;
    uint64_t left = source->file_size - source->file_offset;
    if (source->file_offset > source->file_size || size > left)
        return wb_error_set(err, WB_BAD_INPUT, "the archive is truncated at byte %" PRIu64,
                            source->file_size);
    source->file_offset += size;
    return true;
}

/* The stream as it comes, with the bytes that were looked at put back. */
static ssize_t read_raw(void *context, void *data, size_t size, struct wb_error *err)
{
    struct wb_archive_source *source = context;
    if (source->magic_used == source->magic_size)
        return source->bytes.read(source->bytes.context, data, size, err);
    if (size > source->magic_size - source->magic_used)
        size = source->magic_size - source->magic_used;
    memcpy(data, source->magic + source->magic_used, size);
    source->magic_used += size;
    return (ssize_t)size;
}

static ssize_t read_decompressed(void *context, void *data, size_t size, struct wb_error *err)
{
    struct wb_archive_source *source = context;
    return wb_decompressor_read(source->decompressor, data, size, err);
}

static bool read_magic(struct wb_archive_source *source, struct wb_error *err)
{
    while (source->magic_size < MAGIC_SIZE) {
        ssize_t count =
            source->bytes.read(source->bytes.context, source->magic + source->magic_size,
                               MAGIC_SIZE - source->magic_size, err);
        if (count < 0)
            return false;
        if (count == 0)
            break;
        source->magic_size += (size_t)count;
    }
    return source->magic_size > 0 || wb_error_set(err, WB_BAD_INPUT, "the archive is empty");
}

static bool magic_is(const struct wb_archive_source *source, const char *magic, size_t size)
{
    return source->magic_size >= size && memcmp(source->magic, magic, size) == 0;
}

/* Looks at the first bytes and sets up decompression where they ask for it. */
static bool recognise(struct wb_archive_source *source, struct wb_error *err)
{
    if (!read_magic(source, err))
        return false;
    if (magic_is(source, "BZh", 3) || magic_is(source,
                                               "\xfd"
                                               "7zXZ",
                                               6))
        return wb_error_set(err, WB_BAD_INPUT,
                            "the archive is compressed with %s: decompress it first",
                            source->magic[0] == 'B' ? "bzip2" : "xz");
    if (!magic_is(source, "\x1f\x8b", 2) && !magic_is(source, "\x28\xb5\x2f\xfd", 4))
        return true;
    struct wb_byte_source raw = {.read = read_raw, .context = source};
    source->decompressor = wb_decompressor_new(&raw, WB_DIGEST_SHA256, -1, err);
    return source->decompressor != NULL;
}

struct wb_archive_source *wb_archive_source_file(const char *path, struct wb_error *err)
{
    /* O_NONBLOCK: a FIFO must not hold us up before we have seen that it is one. */
    return wb_archive_source_descriptor(open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), err);
}

struct wb_archive_source *wb_archive_source_descriptor(int fd, struct wb_error *err)
{
    WB_AUTO(wb_archive_source) *source = wb_allocate(sizeof *source);
    source->fd = fd;
    struct stat status;
    if (source->fd < 0 || fstat(source->fd, &status) != 0) {
        wb_error_set_errno(err, errno, "cannot open");
        return NULL;
    }
    if (!S_ISREG(status.st_mode)) {
        wb_error_set(err, WB_BAD_INPUT, "not a regular file");
        return NULL;
    }
    source->file_size = (uint64_t)status.st_size;
    source->bytes = (struct wb_byte_source){.read = read_file, .context = source};
    if (!recognise(source, err))
        return NULL;
    if (source->decompressor == NULL)
        source->file_offset = 0;
    return WB_STEAL(source);
}

struct wb_archive_source *wb_archive_source_stream(const struct wb_byte_source *bytes,
                                                   struct wb_error *err)
{
    WB_AUTO(wb_archive_source) *source = wb_allocate(sizeof *source);
    source->fd = -1;
    source->bytes = *bytes;
    if (!recognise(source, err))
        return NULL;
    return WB_STEAL(source);
}

bool wb_archive_source_seekable(const struct wb_archive_source *source)
{
    return source->fd >= 0 && source->decompressor == NULL;
}

bool wb_archive_source_compressed(const struct wb_archive_source *source)
{
    return source->decompressor != NULL;
}

int wb_archive_source_steal(struct wb_archive_source *source)
{
    int fd = source->fd;
    source->fd = -1;
    return fd;
}

struct wb_archive_reader wb_archive_source_reader(struct wb_archive_source *source)
{
    struct wb_archive_reader reader = {.source = {.context = source}};
    if (source->decompressor != NULL) {
        reader.source.read = read_decompressed;
    } else if (source->fd >= 0) {
        reader.source.read = read_file;
        reader.skip = skip_file;
    } else {
        reader.source.read = read_raw;
    }
    return reader;
}
