/* SPDX-License-Identifier: Apache-2.0 */
/* What two documents differ in. (difference.c, difference_files.c) */
#ifndef WAYBILL_DIFFERENCE_H
#define WAYBILL_DIFFERENCE_H

#include "sbom/bom.h"

enum wb_package_change_kind {
    WB_CHANGE_ADDED,
    WB_CHANGE_REMOVED,
    WB_CHANGE_UPGRADED,
    WB_CHANGE_DOWNGRADED,
    WB_CHANGE_REBUILT, /* another architecture, or versions that sort as the same */
};

struct wb_package_change {
    enum wb_package_change_kind kind;
    const struct wb_package *old; /* NULL: added */
    const struct wb_package *new; /* NULL: removed */
};

/* A package that is in both, in whatever versions, under another licence. */
struct wb_licence_change {
    const struct wb_package *old, *new;
    const char *from, *to; /* NULL: not known */
};

struct wb_file_change {
    enum wb_package_change_kind kind; /* ADDED, REMOVED; REBUILT: other content, mode or owner */
    const struct wb_file *old, *new;
};

/* Start with `{0}`; points into both documents. */
struct wb_difference {
    struct wb_package_change *packages; /* sorted by kind of change, then name */
    size_t package_count, package_capacity;
    struct wb_licence_change *licences; /* sorted by name */
    size_t licence_count, licence_capacity;
    bool files_compared;          /* both documents list the same kinds of files */
    struct wb_file_change *files; /* sorted by path */
    size_t file_count, file_capacity;
    size_t explained_files; /* files of packages that changed; they are not listed */
};

/* Compares two finished documents. Packages are the same by kind, name and, where there is a
 * choice, architecture. */
void wb_difference_find(const struct wb_bom *old, const struct wb_bom *new,
                        struct wb_difference *difference);
bool wb_difference_is_empty(const struct wb_difference *difference);
void wb_difference_clear(struct wb_difference *difference);

/* The part about files, after the packages. */
void wb_difference_find_files(const struct wb_bom *old, const struct wb_bom *new,
                              struct wb_difference *difference);

#endif
