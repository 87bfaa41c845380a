/* SPDX-License-Identifier: Apache-2.0 */
/* The functions of libarchive that reading a layer takes. In most programs they are loaded with the
 * first layer (libarchive.c), because libarchive and what it needs, ICU and libstdc++ among them,
 * would take half of the time in which a program starts. A verifier that has to do without loading
 * anything is linked with them (linked/libarchive.c). */
#ifndef WAYBILL_LIBARCHIVE_H
#define WAYBILL_LIBARCHIVE_H

#include "base/base.h"

#include <archive.h>
#include <archive_entry.h>

/* Each with its name, less the `archive_` that all have. */
#define WB_LIBARCHIVE_FUNCTIONS(FUNCTION)                                                          \
    FUNCTION(read_new)                                                                             \
    FUNCTION(read_support_format_tar)                                                              \
    FUNCTION(read_support_format_empty)                                                            \
    FUNCTION(read_open)                                                                            \
    FUNCTION(read_next_header)                                                                     \
    FUNCTION(read_header_position)                                                                 \
    FUNCTION(read_data_block)                                                                      \
    FUNCTION(read_free)                                                                            \
    FUNCTION(error_string)                                                                         \
    FUNCTION(filter_bytes)                                                                         \
    FUNCTION(entry_pathname)                                                                       \
    FUNCTION(entry_filetype)                                                                       \
    FUNCTION(entry_hardlink)                                                                       \
    FUNCTION(entry_symlink)                                                                        \
    FUNCTION(entry_perm)                                                                           \
    FUNCTION(entry_uid)                                                                            \
    FUNCTION(entry_gid)                                                                            \
    FUNCTION(entry_mtime)                                                                          \
    FUNCTION(entry_size)                                                                           \
    FUNCTION(entry_sparse_count)                                                                   \
    FUNCTION(entry_rdevmajor)                                                                      \
    FUNCTION(entry_rdevminor)                                                                      \
    FUNCTION(entry_xattr_reset)                                                                    \
    FUNCTION(entry_xattr_next)

struct wb_libarchive {
#define MEMBER(name) __typeof__(archive_##name) *name;
    WB_LIBARCHIVE_FUNCTIONS(MEMBER)
#undef MEMBER
};

/* WB_SYSTEM where it cannot be loaded. */
bool wb_libarchive_load(struct wb_libarchive *library, struct wb_error *err) WB_MUST_CHECK;

#endif
