/* SPDX-License-Identifier: Apache-2.0 */
/* Writing tar archives with libarchive. */
#include "tests/unit/tar_writer.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static la_ssize_t append_bytes(struct archive *archive, void *context, const void *data,
                               size_t size)
{
    (void)archive;
    wb_buffer_append(context, data, size);
    return (la_ssize_t)size;
}

struct archive *begin_tar(struct wb_buffer *tar)
{
    struct archive *archive = archive_write_new();
    archive_write_set_format_pax_restricted(archive);
    archive_write_set_bytes_per_block(archive, 0);
    assert_int_equal(archive_write_open(archive, tar, NULL, append_bytes, NULL), ARCHIVE_OK);
    return archive;
}

static void write_entry(struct archive *archive, struct archive_entry *entry, const void *data,
                        size_t size)
{
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, (la_int64_t)size);
    assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
    if (size > 0)
        assert_int_equal(archive_write_data(archive, data, size), (la_ssize_t)size);
    archive_entry_free(entry);
}

void add_file(struct archive *archive, const char *path, const void *data, size_t size)
{
    struct archive_entry *entry = archive_entry_new();
    archive_entry_copy_pathname(entry, path);
    archive_entry_set_filetype(entry, AE_IFREG);
    write_entry(archive, entry, data, size);
}

void add_link(struct archive *archive, const char *path, const char *target, bool hard)
{
    struct archive_entry *entry = archive_entry_new();
    archive_entry_copy_pathname(entry, path);
    archive_entry_set_filetype(entry, hard ? AE_IFREG : AE_IFLNK);
    if (hard)
        archive_entry_copy_hardlink(entry, target);
    else
        archive_entry_copy_symlink(entry, target);
    write_entry(archive, entry, NULL, 0);
}

void end_tar(struct archive *archive)
{
    assert_int_equal(archive_write_close(archive), ARCHIVE_OK);
    archive_write_free(archive);
}
