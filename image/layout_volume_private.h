/* SPDX-License-Identifier: Apache-2.0 */
/* How volumes are kept:
 *
 *   layout_volumes ──▶ layout_volume_archive   the entries of a tar file
 *      │          ├──▶ layout_volume_directory the entries below a directory
 *      │          └──▶ layout_volume_stream    the entries of a tar as it goes by
 *      └─▶ layout_volume_store                 all of them as one layout
 */
#ifndef WAYBILL_LAYOUT_VOLUME_PRIVATE_H
#define WAYBILL_LAYOUT_VOLUME_PRIVATE_H

#include "image/layout_private.h"
#include "image/volumes.h"

/* As many blobs as an inventory may have, and what else may lie there. */
#define WB_VOLUME_ENTRIES_MAX ((size_t)1100000)
#define WB_VOLUME_NAME_BYTES_MAX ((size_t)64 << 20)

struct wb_volumes {
    struct wb_arena *arena;
    struct wb_volume_entry *entries;
    size_t count, capacity;
    struct wb_volume_end *ends;
    int *fds; /* of the archives and directories; -1 for a stream */
    size_t volume_count, base_from;
    struct wb_buffer *kept; /* of a stream: what the entries' `kept` point to */
    size_t kept_count, kept_capacity;
};
/* Room for that many volumes. */
struct wb_volumes *wb_volumes_new(size_t count);
/* Classifies a normalised name and adds its entry, which is valid until the next call. */
bool wb_volumes_add(struct wb_volumes *volumes, unsigned volume, const char *name,
                    struct wb_volume_entry **entry, struct wb_error *err) WB_MUST_CHECK;
/* Whether it is one of the directories that a layout has. */
bool wb_volume_is_folder(const char *name);
/* Sorts, and finds names that are there twice. */
void wb_volumes_finish(struct wb_volumes *volumes);

/* Fill the volume of that number, whose `ends` has its path. */
bool wb_volume_read_archive(struct wb_volumes *volumes, unsigned volume,
                            struct wb_error *err) WB_MUST_CHECK;
bool wb_volume_read_directory(struct wb_volumes *volumes, unsigned volume,
                              struct wb_error *err) WB_MUST_CHECK;
/* The kind of the reader's entry and what there is to say against it; *is_folder: nothing at all.
 */
bool wb_volume_add_entry(struct wb_volumes *volumes, unsigned volume,
                         const struct wb_archive_reader *reader, struct wb_volume_entry **entry,
                         struct wb_error *err) WB_MUST_CHECK;
/* Opens the file of an entry of a directory. -1 with `err`. */
int wb_volume_open_file(const struct wb_volumes *volumes, const struct wb_volume_entry *entry,
                        struct wb_error *err);

#endif
