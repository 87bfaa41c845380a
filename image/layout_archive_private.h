/* SPDX-License-Identifier: Apache-2.0 */
/* A layout in a tar file: what is there, and what is to be added when it is written anew. */
#ifndef WAYBILL_LAYOUT_ARCHIVE_PRIVATE_H
#define WAYBILL_LAYOUT_ARCHIVE_PRIVATE_H

#include "image/layout_private.h"

/* A blob that the archive does not have yet. */
struct wb_pending_blob {
    struct wb_digest digest;
    struct wb_buffer content;
};

struct wb_archive_layout {
    struct wb_layout_store store;
    char *name;    /* of the file, in its directory */
    int parent_fd; /* the directory it is in */
    int fd;        /* what was read; locked when it may be written */
    struct wb_archive_table table;
    uint64_t end; /* where the end marker begins */
    struct wb_pending_blob *pending;
    size_t pending_count, pending_capacity;
};

/* Reads the headers of the archive under its name. */
bool wb_archive_layout_read(struct wb_archive_layout *layout, enum wb_layout_mode mode,
                            struct wb_error *err) WB_MUST_CHECK;
void wb_archive_layout_forget_pending(struct wb_archive_layout *layout);

/* The whole archive anew beside the old one, then in its place. (layout_archive_write.c) */
bool wb_archive_layout_commit(struct wb_layout_store *base, struct wb_bytes index,
                              const struct wb_digest_list *removed,
                              struct wb_error *err) WB_MUST_CHECK;

#endif
