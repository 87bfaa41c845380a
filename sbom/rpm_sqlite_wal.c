/* SPDX-License-Identifier: Apache-2.0 */
/* SQLite's write-ahead log, put over its database in memory (sqlite.org/fileformat2.html, "The
 * Write-Ahead Log" and "WAL Frame Checksum"). */
#include "sbom/rpm_private.h"

#include <string.h>

#define LOG_HEAD_SIZE ((size_t)32)
#define FRAME_HEAD_SIZE ((size_t)24)
#define LOG_FORMAT 3007000U
/* The lowest bit says in which byte order checksums are taken. */
#define LOG_MAGIC 0x377f0682U
/* "SQLite format 3\0"; then the page size at 16, the versions to write and to read at 18. */
#define DATABASE_HEAD_SIZE ((size_t)100)
#define VERSION_ROLLBACK 1
#define VERSION_LOG 2

struct checksum {
    uint32_t a, b;
};

struct log {
    struct wb_bytes bytes;
    bool big_endian; /* of the checksums' input; the log itself is always big-endian */
    size_t page_size;
    struct checksum checksum;
    size_t frame_count; /* up to the last commit */
    uint32_t pages;     /* of the database after it */
};

static uint32_t number_at(struct wb_bytes bytes, size_t offset)
{
    uint32_t number = 0;
    (void)wb_bytes_u32be(bytes, offset, &number);
    return number;
}

static uint32_t word(const uint8_t *at, bool big_endian)
{
    if (big_endian)
        return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
    return (uint32_t)at[3] << 24 | (uint32_t)at[2] << 16 | (uint32_t)at[1] << 8 | at[0];
}

/* `size` is a multiple of 8. */
static struct checksum add_up(struct checksum sum, const uint8_t *data, size_t size,
                              bool big_endian)
{
    for (size_t i = 0; i < size; i += 8) {
        sum.a += word(data + i, big_endian) + sum.b;
        sum.b += word(data + i + 4, big_endian) + sum.a;
    }
    return sum;
}

static bool is_page_size(size_t size)
{
    return size >= 512 && size <= 65536 && (size & (size - 1)) == 0;
}

static size_t frame_size(const struct log *log)
{
    return FRAME_HEAD_SIZE + log->page_size;
}

static bool open_log(struct wb_bytes bytes, struct log *log)
{
    *log = (struct log){.bytes = bytes};
    if (bytes.size < LOG_HEAD_SIZE || (number_at(bytes, 0) & ~1U) != LOG_MAGIC ||
        number_at(bytes, 4) != LOG_FORMAT)
        return false;
    log->big_endian = (number_at(bytes, 0) & 1) != 0;
    log->page_size = number_at(bytes, 8);
    if (!is_page_size(log->page_size))
        return false;
    log->checksum = add_up((struct checksum){0, 0}, bytes.data, 24, log->big_endian);
    return log->checksum.a == number_at(bytes, 24) && log->checksum.b == number_at(bytes, 28);
}

/* Frames count up to the last one that ends a transaction before the first that does not fit: what
 * is behind it was never finished, or is left over from before the log began anew. */
static void find_last_commit(struct log *log)
{
    struct checksum sum = log->checksum;
    size_t count = (log->bytes.size - LOG_HEAD_SIZE) / frame_size(log);
    for (size_t i = 0; i < count; i++) {
        size_t at = LOG_HEAD_SIZE + i * frame_size(log);
        const uint8_t *frame = log->bytes.data + at;
        if (number_at(log->bytes, at) == 0 || memcmp(frame + 8, log->bytes.data + 16, 8) != 0)
            return;
        sum = add_up(sum, frame, 8, log->big_endian);
        sum = add_up(sum, frame + FRAME_HEAD_SIZE, log->page_size, log->big_endian);
        if (sum.a != number_at(log->bytes, at + 16) || sum.b != number_at(log->bytes, at + 20))
            return;
        uint32_t pages = number_at(log->bytes, at + 4);
        if (pages != 0) {
            log->frame_count = i + 1;
            log->pages = pages;
        }
    }
}

static size_t database_page_size(struct wb_bytes database)
{
    uint16_t size = 0;
    (void)wb_bytes_u16be(database, 16, &size);
    return size == 1 ? 65536 : size;
}

static bool check_sizes(const struct log *log, struct wb_bytes database, struct wb_error *err)
{
    if (database.size > 0 && database_page_size(database) != log->page_size)
        return wb_error_set(err, WB_BAD_INPUT,
                            "the write-ahead log has pages of %zu bytes, the database of %zu",
                            log->page_size, database_page_size(database));
    /* Every page is in one of the two. */
    if (log->pages > database.size / log->page_size + 1 + log->frame_count)
        return wb_error_set(err, WB_BAD_INPUT,
                            "the write-ahead log belongs to a database of %u pages", log->pages);
    return true;
}

/* `size` bytes, zero where `old` does not reach. */
static void copy_bytes(struct wb_buffer *image, struct wb_bytes old, size_t size)
{
    size_t copied = old.size < size ? old.size : size;
    image->data = wb_reallocate_array(NULL, size + 1, 1);
    if (copied > 0)
        memcpy(image->data, old.data, copied);
    memset(image->data + copied, 0, size + 1 - copied);
    image->size = size;
    image->capacity = size + 1;
}

static void copy_frames(const struct log *log, struct wb_buffer *image)
{
    for (size_t i = 0; i < log->frame_count; i++) {
        size_t at = LOG_HEAD_SIZE + i * frame_size(log);
        size_t page = number_at(log->bytes, at) - 1;
        if (page < log->pages)
            memcpy(image->data + page * log->page_size, log->bytes.data + at + FRAME_HEAD_SIZE,
                   log->page_size);
    }
}

bool wb_rpm_sqlite_overlay(struct wb_bytes database, struct wb_bytes wal, struct wb_buffer *image,
                           struct wb_error *err)
{
    struct log log;
    if (open_log(wal, &log))
        find_last_commit(&log);
    if (log.frame_count == 0) {
        copy_bytes(image, database, database.size);
    } else {
        if (!check_sizes(&log, database, err))
            return false;
        copy_bytes(image, database, log.pages * log.page_size);
        copy_frames(&log, image);
    }
    /* SQLite refuses to open a database in memory whose versions say that a log belongs to it. */
    for (size_t i = 18; i <= 19 && image->size >= DATABASE_HEAD_SIZE; i++)
        if (image->data[i] == VERSION_LOG)
            image->data[i] = VERSION_ROLLBACK;
    return true;
}
