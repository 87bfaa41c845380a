/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that read an inventory share. */
#ifndef WAYBILL_INVENTORY_PRIVATE_H
#define WAYBILL_INVENTORY_PRIVATE_H

#include "delivery/inventory.h"
#include "sign/envelope_json.h"

/* Chunk sizes that a reader takes: powers of two between these. */
#define WB_CHUNK_SIZE_MIN ((uint64_t)64 << 10)
#define WB_CHUNK_SIZE_MAX ((uint64_t)1 << 30)

/* A member that must be a digest. (inventory_blobs.c) */
bool wb_inventory_digest(const json_t *object, const char *what, const char *name,
                         struct wb_digest *digest, struct wb_error *err) WB_MUST_CHECK;
/* A member that must be an integer of at most `limit`; absent is 0 where it is `optional`. */
bool wb_inventory_number(const json_t *object, const char *what, const char *name, bool optional,
                         uint64_t limit, uint64_t *value, struct wb_error *err) WB_MUST_CHECK;
/* The `blobs` of the predicate; chunk_size, volume_count and has_base are known. */
bool wb_inventory_read_blobs(const json_t *predicate, struct wb_inventory *inventory,
                             struct wb_error *err) WB_MUST_CHECK;
/* Whether the statement's subjects are the blobs, in their order. */
bool wb_inventory_check_subjects(const json_t *subjects, const struct wb_inventory *inventory,
                                 struct wb_error *err) WB_MUST_CHECK;

/* Sorts the index that wb_inventory_find looks into and checks the inventory against itself.
 * (inventory_check.c) */
bool wb_inventory_check(struct wb_inventory *inventory, struct wb_error *err) WB_MUST_CHECK;
/* Whether a file may have that name in a delivery: relative, components of 1 to 255 bytes that are
 * not `.` or `..`, no control characters, no backslash. */
bool wb_inventory_path_is_safe(const char *path);

#endif
