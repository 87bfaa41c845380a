/* SPDX-License-Identifier: Apache-2.0 */
/* One document of many. (merge.c, merge_packages.c) */
#ifndef WAYBILL_MERGE_H
#define WAYBILL_MERGE_H

#include "sbom/bom.h"

struct wb_merge_options {
    const char *name;    /* of the whole; NULL: "delivery" */
    const char *version; /* NULL: none */
    const char *tool_version;
    struct wb_party creator;
    struct wb_party supplier;
};

/* Makes a finished document of finished ones, which must outlive it. What each of them is about
 * becomes a package of type `container` that needs the packages of its own part and owns its files;
 * packages and files that are the same are there once. The order of the parts does not matter. NULL
 * for no parts, and for a SOURCE_DATE_EPOCH that is none. */
struct wb_bom *wb_bom_merge(struct wb_bom *const *parts, size_t count,
                            const struct wb_merge_options *options, struct wb_error *err);

/* ---- inside ---- */

struct wb_merge_entry;
struct wb_merge {
    struct wb_bom *bom;
    struct wb_merge_entry *packages; /* by what tells them apart */
    struct wb_merge_entry *files;
};

/* The package of the whole that stands for one of a part. `licences` are pairs of the part's id and
 * the whole's, for ids that changed, sorted. (merge_packages.c) */
struct wb_package *wb_merge_package(struct wb_merge *merge, const struct wb_package *package,
                                    const struct wb_name_value *licences, size_t licence_count);
/* How properties call a part: its package URL, else name and version. (merge_parts.c) */
const char *wb_merge_part_name(struct wb_arena *arena, const struct wb_bom *part);
/* Notes of a package of the whole that this part has it, and what it is there: layers, times,
 * missing files. `own` is the part's; without `part_name` nothing is noted. (merge_parts.c) */
void wb_merge_note_part(struct wb_merge *merge, struct wb_package *package,
                        const struct wb_package *own, const struct wb_bom *part,
                        const char *part_name);
/* Layers, databases, keys and labels of a part's image. (merge_parts.c) */
void wb_merge_describe_image(struct wb_bom *bom, struct wb_package *package,
                             const struct wb_bom *part);
/* The package that stands for what a part is about. (merge_packages.c) */
struct wb_package *wb_merge_image(struct wb_merge *merge, const struct wb_bom *part);
/* The file of the whole, which further belongs to `owners`. (merge_packages.c) */
void wb_merge_file(struct wb_merge *merge, const struct wb_file *file,
                   struct wb_package *const *owners, size_t owner_count);
/* Each owner of a file once; in which order, wb_bom_finish decides. (merge_packages.c) */
void wb_merge_settle_owners(struct wb_merge *merge);
void wb_merge_clear(struct wb_merge *merge);

#endif
