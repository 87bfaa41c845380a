/* SPDX-License-Identifier: Apache-2.0 */
/* The entries of a tar file as they lie there, as far as they can be read. What stands between and
 * behind them must be zeros: nothing may ride along unseen. */
#include "image/layout_volume_private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define BLOCK_SIZE ((uint64_t)512)

/* ---- one entry, of a file or a stream ---- */

static const char *complaint_of(const struct wb_archive_reader *reader)
{
    switch (reader->kind) {
    case WB_ARCHIVE_FILE:
        return NULL;
    case WB_ARCHIVE_SYMLINK:
        return "a symbolic link";
    case WB_ARCHIVE_HARDLINK:
        return "a hard link";
    default:
        return reader->is_directory ? "a directory that no layout has" : "a special file";
    }
}

bool wb_volume_add_entry(struct wb_volumes *volumes, unsigned volume,
                         const struct wb_archive_reader *reader, struct wb_volume_entry **entry,
                         struct wb_error *err)
{
    const char *name = (const char *)reader->name.data;
    *entry = NULL;
    if (reader->is_directory && wb_volume_is_folder(name) && !reader->says_more)
        return true;
    bool has_name = reader->name.size > 0;
    if (!wb_volumes_add(volumes, volume, has_name ? name : "?", entry, err))
        return false;
    (*entry)->size = reader->size;
    (*entry)->file_offset = reader->offset;
    (*entry)->says_more = reader->says_more;
    (*entry)->complaint = has_name ? complaint_of(reader) : "a name that leads outside";
    return true;
}

/* ---- a file ---- */

struct scan {
    struct wb_volumes *volumes;
    unsigned volume;
    struct wb_volume_end *end;
};

/* Whether the file has nothing but zeros between two offsets; remembers the first that is none. */
static bool all_zero(const struct scan *scan, uint64_t from, uint64_t to, struct wb_error *err)
{
    uint8_t part[(size_t)64 << 10];
    struct wb_volume_end *end = scan->end;
    while (from < to && !end->has_trailer) {
        size_t wanted = to - from < sizeof part ? (size_t)(to - from) : sizeof part;
        ssize_t count = pread(scan->volumes->fds[scan->volume], part, wanted, (off_t)from);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return wb_error_set_errno(err, errno, "cannot read");
        if (count == 0)
            return true;
        for (ssize_t i = 0; i < count && !end->has_trailer; i++)
            if (part[i] != 0) {
                end->has_trailer = true;
                end->trailer_at = from + (uint64_t)i;
            }
        from += (uint64_t)count;
    }
    return true;
}

static void cut(struct wb_volume_end *end, uint64_t at, const char *reason)
{
    end->cut = true;
    end->cut_at = at;
    end->reason = reason;
}

/* The entry at hand; *more is false behind one that the file does not hold whole. */
static bool take(struct scan *scan, struct wb_archive_reader *reader, bool *more,
                 struct wb_error *err)
{
    struct wb_volume_entry *entry;
    uint64_t content_end = reader->offset + reader->size;
    uint64_t padded = content_end + reader->padding;
    if (!wb_volume_add_entry(scan->volumes, scan->volume, reader, &entry, err))
        return false;
    if (content_end > scan->end->file_size) {
        if (entry != NULL)
            entry->cut = true;
        cut(scan->end, scan->end->file_size, "the file ends inside an entry");
        *more = false;
        return true;
    }
    if (padded > scan->end->file_size) {
        cut(scan->end, scan->end->file_size, "the file ends behind an entry, without an end");
        *more = false;
        return true;
    }
    return all_zero(scan, content_end, padded, err);
}

/* Two blocks of zeros, and nothing but zeros behind them. */
static bool check_end(struct scan *scan, uint64_t marker, struct wb_error *err)
{
    if (scan->end->file_size < marker + 2 * BLOCK_SIZE)
        cut(scan->end, scan->end->file_size, "the file has no end marker");
    return all_zero(scan, marker, scan->end->file_size, err);
}

static bool scan_archive(struct scan *scan, struct wb_archive_reader *reader, struct wb_error *err)
{
    bool more = true;
    for (bool first = true; more; first = false) {
        struct wb_error failure = WB_ERROR_INIT;
        uint64_t at = reader->offset + reader->remaining + reader->padding;
        if (wb_archive_reader_next(reader, &more, &failure)) {
            if (more ? !take(scan, reader, &more, err) : !check_end(scan, reader->start, err))
                return false;
            continue;
        }
        /* Not an archive at all; or one whose rest is lost. */
        if (first || failure.status == WB_SYSTEM) {
            *err = failure;
            return false;
        }
        cut(scan->end, at,
            at >= scan->end->file_size ? "the file ends inside a header" : "a header is damaged");
        more = false;
    }
    return true;
}

/* A copy that was cut or damaged in the middle is read as far as it goes: the caller can say from
 * where on it must be copied again. */
bool wb_volume_read_archive(struct wb_volumes *volumes, unsigned volume, struct wb_error *err)
{
    struct scan scan = {volumes, volume, &volumes->ends[volume]};
    WB_AUTO(wb_archive_source) *source =
        wb_archive_source_descriptor(fcntl(volumes->fds[volume], F_DUPFD_CLOEXEC, 0), err);
    if (source == NULL)
        return false;
    if (!wb_archive_source_seekable(source))
        return wb_error_set(err, WB_BAD_INPUT,
                            "the archive is compressed as a whole, and its blobs cannot be found "
                            "in it: decompress it first");
    struct wb_archive_reader reader = wb_archive_source_reader(source);
    bool good = scan_archive(&scan, &reader, err);
    wb_archive_reader_clear(&reader);
    return good;
}
