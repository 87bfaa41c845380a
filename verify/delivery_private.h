/* SPDX-License-Identifier: Apache-2.0 */
/* How a delivery is verified:
 *
 *   verify_delivery ──▶ verify_delivery_inventory  the signed inventory: found, signatures, read
 *      │           ├──▶ verify_delivery_index      index.json lists what it says
 *      │           ├──▶ verify_delivery_entries    what lies there against what it lists
 *      │           ├──▶ verify_delivery_docker     manifest.json says what index.json says
 *      │           ├──▶ verify_delivery_blobs      every byte of it, on all processors
 *      │           └──▶ verify_delivery_images     roles, signatures, the policy
 *      └─▶ verify_delivery_plain                   a layout without an inventory
 */
#ifndef WAYBILL_DELIVERY_PRIVATE_H
#define WAYBILL_DELIVERY_PRIVATE_H

#include "verify/reached.h"

#define WB_DELIVERY_DOCUMENT_SIZE_MAX ((size_t)4 << 20)
/* How many outcomes of one kind are listed one by one. */
#define WB_DELIVERY_LISTED_MAX 200
#define WB_DELIVERY_CARRIERS_MAX 64

/* An artifact manifest in index.json that carries the inventory. */
struct wb_carrier {
    struct wb_digest manifest, config, layer;
    uint64_t size, layer_size;
    struct wb_buffer bytes; /* of the bundle */
    struct wb_bundle *bundle;
};

/* A blob to be read: whole, or the pieces of it that are there. */
struct wb_blob_job {
    struct wb_digest digest;
    const struct wb_inventory_blob *blob;  /* NULL: not of the inventory */
    const struct wb_volume_entry **pieces; /* in order */
    size_t piece_count;
    bool whole;    /* the pieces are all of it, and the digest is compared; else their chunks */
    bool has_size; /* stated by a descriptor, when there is no inventory */
    uint64_t size;
    const char *code; /* what did not hold; NULL; "": the machine failed */
    char *failure;
    struct wb_bad_range *ranges;
    size_t range_count, range_capacity;
};

struct wb_delivery_check {
    const struct wb_delivery_input *input;
    const struct wb_policy *policy;
    const struct wb_policy_state *state;
    int64_t now;
    struct wb_delivery_verdict *verdict;
    struct wb_outcomes *outcomes; /* the verdict's */
    struct wb_arena *arena;       /* while it is verified */
    json_t **indexes;             /* of each volume */
    size_t index_count;
    struct wb_carrier *carriers;
    size_t carrier_count;
    bool *volume_missing; /* by number; only with an inventory */
    struct wb_blob_job *jobs;
    size_t job_count, job_capacity;
    /* Blobs that are missing or damaged; sorted once all are known. */
    struct wb_digest *bad;
    size_t bad_count, bad_capacity;
};
bool wb_delivery_is_bad(const struct wb_delivery_check *check, const struct wb_digest *digest);
/* How many of the blobs below an image are among those. */
size_t wb_delivery_count_bad(const struct wb_delivery_check *check,
                             const struct wb_reached *reached);
bool wb_delivery_is_own(const struct wb_delivery_check *check, const struct wb_digest *digest);

/* Reads index.json of every volume and the bundles that it names. (verify_delivery_inventory.c) */
bool wb_delivery_find_inventory(struct wb_delivery_check *check,
                                struct wb_error *err) WB_MUST_CHECK;
/* Signatures over the exact bytes; only when they hold is it read. Without outcomes of failure
 * afterwards the verdict has an inventory. */
void wb_delivery_read_inventory(struct wb_delivery_check *check);
void wb_delivery_carriers_clear(struct wb_delivery_check *check);

/* (verify_delivery_index.c) */
bool wb_delivery_read_indexes(struct wb_delivery_check *check, struct wb_error *err) WB_MUST_CHECK;
void wb_delivery_check_indexes(struct wb_delivery_check *check);
bool wb_delivery_is_carrier(const json_t *descriptor);

/* What is there and should not be; what should be there and is not; the rest becomes jobs.
 * (verify_delivery_entries.c, verify_delivery_missing.c) */
void wb_delivery_check_ends(struct wb_delivery_check *check);
void wb_delivery_check_entries(struct wb_delivery_check *check);
void wb_delivery_check_missing(struct wb_delivery_check *check);
/* One more blob to read. */
struct wb_blob_job *wb_delivery_add_job(struct wb_delivery_check *check,
                                        const struct wb_digest *digest,
                                        const struct wb_inventory_blob *blob,
                                        const struct wb_volume_entry *const *pieces, size_t count);
/* Whether a volume that is not here has the blob, or a part of it. */
bool wb_delivery_is_away(const struct wb_delivery_check *check, const struct wb_digest *digest);

/* Reads what the jobs say. (verify_delivery_blobs.c) */
bool wb_delivery_check_blobs(struct wb_delivery_check *check, struct wb_error *err) WB_MUST_CHECK;
/* Finds the chunks of a blob that are not those of the inventory. (verify_delivery_chunks.c) */
bool wb_blob_job_read(const struct wb_delivery_check *check, const struct wb_blob_job *job,
                      uint64_t at, uint8_t *data, size_t size, struct wb_error *err) WB_MUST_CHECK;
void wb_blob_job_locate(const struct wb_delivery_check *check, struct wb_blob_job *job);

/* manifest.json, once the blobs were read. (verify_delivery_docker.c) */
bool wb_delivery_check_docker(struct wb_delivery_check *check, struct wb_error *err) WB_MUST_CHECK;

/* (verify_delivery_images.c) */
void wb_delivery_check_images(struct wb_delivery_check *check);
/* (verify_delivery_plain.c) */
bool wb_delivery_check_plain(struct wb_delivery_check *check, struct wb_error *err) WB_MUST_CHECK;
/* Appends an image, and has the policy judge it. */
void wb_delivery_judge_image(struct wb_delivery_check *check, const struct wb_descriptor *target,
                             const char *name);

#endif
