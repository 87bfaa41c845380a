/* SPDX-License-Identifier: Apache-2.0 */
/* A tar archive written into memory, for the tests that read archives. */
#ifndef WAYBILL_TEST_TAR_WRITER_H
#define WAYBILL_TEST_TAR_WRITER_H

#include "base/base.h"

#include <archive.h>
#include <archive_entry.h>

/* Pax where ustar does not do, without padding behind the end. */
struct archive *begin_tar(struct wb_buffer *tar);
void add_file(struct archive *archive, const char *path, const void *data, size_t size);
/* A hard link, else a symlink. */
void add_link(struct archive *archive, const char *path, const char *target, bool hard);
void end_tar(struct archive *archive);

#endif
