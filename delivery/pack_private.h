/* SPDX-License-Identifier: Apache-2.0 */
/* How a delivery is packed:
 *
 *   pack ─┬▶ pack_images ──▶ pack_documents ──▶ pack_blobs    what there is, each thing once
 *         ├▶ pack_files ─────────────────────────▲
 *         ├▶ pack_measure                                      sizes, digests, chunks
 *         ├▶ pack_volumes                                      order, and what goes where
 *         └▶ pack_docker ──▶ pack_inventory ──▶ pack_write     signed, then written
 */
#ifndef WAYBILL_PACK_PRIVATE_H
#define WAYBILL_PACK_PRIVATE_H

#include "delivery/delivery.h"
#include "delivery/delivery_private.h"

/* A blob and where its bytes come from: one of layout, path and content. */
struct wb_pack_blob {
    struct wb_inventory_blob entry;
    struct wb_layout *layout;
    const char *path;
    struct wb_bytes content;
    size_t number;                     /* in the order in which it was found */
    bool is_listed;                    /* in index.json, without a name */
    unsigned walked;                   /* for which image it was looked into last */
    const struct wb_layout *looked_in; /* for what is attached to it, last */
    bool is_measured;
    const struct wb_inventory_blob *known; /* what the base says of it; NULL */
};

/* Digests of one image: what is below it, what is attached. */
struct wb_pack_digests {
    struct wb_digest *items;
    size_t count, capacity;
};

/* A manifest and what it refers to. */
struct wb_pack_referrer {
    struct wb_digest subject;
    struct wb_descriptor descriptor;
};

struct wb_packing {
    const struct wb_pack_options *options;
    struct wb_arena *arena;
    struct wb_layout **layouts; /* of the images */
    struct wb_inventory *base;  /* NULL */
    struct wb_pack_blob **blobs;
    size_t blob_count, blob_capacity;
    void *blobs_by_digest; /* tsearch(3) */
    json_t *entries;
    void *names; /* of the entries; tsearch(3) */
    /* Manifests of the image at hand and of what is attached to it. */
    struct wb_digest *waiting;
    size_t waiting_count, waiting_capacity;
    struct wb_pack_referrer *referrers;
    size_t referrer_count, referrer_capacity;
    struct wb_inventory inventory;
    size_t image_capacity, file_capacity;
    uint64_t bytes_done, bytes_total; /* for the progress line */
    uint8_t *buffer;                  /* one chunk */
};

/* ---- pack.c ---- */

/* Ready to collect. `options` must outlive it. */
void wb_packing_begin(struct wb_packing *packing, const struct wb_pack_options *options);
void wb_packing_clear(struct wb_packing *packing);

/* ---- pack_blobs.c ---- */

/* The blob of that digest, made when it is new; NULL when another size was stated for it. */
struct wb_pack_blob *wb_pack_blob_add(struct wb_packing *packing, const struct wb_digest *digest,
                                      uint64_t size, const char *role, struct wb_error *err);
struct wb_pack_blob *wb_pack_blob_find(const struct wb_packing *packing,
                                       const struct wb_digest *digest);
/* A blob of a layout, which must have it unless the base does. `media_type`: for the message. */
struct wb_pack_blob *wb_pack_blob_of_layout(struct wb_packing *packing, struct wb_layout *layout,
                                            const struct wb_digest *digest, uint64_t size,
                                            const char *role, const char *media_type,
                                            struct wb_error *err);
/* A blob that was made here; `content` is copied. */
struct wb_pack_blob *wb_pack_blob_of_bytes(struct wb_packing *packing, struct wb_bytes content,
                                           const char *role, struct wb_error *err);
/* Bytes of the blob from where they lie, unchecked. */
bool wb_pack_blob_read(const struct wb_pack_blob *blob, uint64_t offset, uint8_t *data, size_t size,
                       struct wb_error *err) WB_MUST_CHECK;
void wb_pack_progress(struct wb_packing *packing, uint64_t bytes);

/* ---- pack_documents.c ---- */

/* A manifest or index with all that is below it. `size` -1: unknown. What is below an image goes to
 * `below` (NULL: nowhere), without the attestations of build tools. */
struct wb_pack_blob *wb_pack_document(struct wb_packing *packing, struct wb_layout *layout,
                                      const struct wb_digest *digest, int64_t size,
                                      struct wb_pack_digests *below, struct wb_error *err);

/* ---- pack_entries.c ---- */

/* Adds an entry to index.json, once; its digest is a blob that is there. `name` NULL: without one.
 * An entry of that name and another digest is an error. */
bool wb_pack_entry(struct wb_packing *packing, const struct wb_descriptor *descriptor,
                   const char *name, struct wb_error *err) WB_MUST_CHECK;
void wb_pack_entries_clear(struct wb_packing *packing);

/* ---- pack_images.c, pack_attached.c, pack_files.c ---- */

bool wb_pack_images(struct wb_packing *packing, struct wb_error *err) WB_MUST_CHECK;
/* One image under that name, which is not the one of its entry when it is `renamed`. */
bool wb_pack_image(struct wb_packing *packing, struct wb_layout *layout,
                   const struct wb_descriptor *target, const char *name, bool renamed,
                   struct wb_error *err) WB_MUST_CHECK;
/* What is attached to a manifest, and to that, and so on; signatures and attestations of the
 * manifest itself go into the lists of `image` (NULL: into none). */
bool wb_pack_attached(struct wb_packing *packing, struct wb_layout *layout,
                      const struct wb_digest *digest, struct wb_inventory_image *image,
                      struct wb_error *err) WB_MUST_CHECK;
/* An index of its referrers for each manifest that has some, named as in registries without the
 * referrers API: tools that copy what has a name carry signatures by it. (pack_referrers.c) */
bool wb_pack_referrers(struct wb_packing *packing, struct wb_error *err) WB_MUST_CHECK;
bool wb_pack_files(struct wb_packing *packing, struct wb_error *err) WB_MUST_CHECK;

/* ---- pack_measure.c ---- */

/* Reads every blob that is to be carried: its digest must be what it is called. */
bool wb_pack_measure(struct wb_packing *packing, struct wb_error *err) WB_MUST_CHECK;
/* Digest and chunks of one blob, into its entry; the digest is compared unless it has none yet. */
bool wb_pack_measure_blob(struct wb_packing *packing, struct wb_pack_blob *blob,
                          struct wb_error *err) WB_MUST_CHECK;

/* ---- pack_volumes.c ---- */

/* Sorts the blobs into the order of the archive. */
void wb_pack_order(struct wb_packing *packing);
/* Says what goes into which volume, `head` bytes of each being taken already. */
bool wb_pack_volumes(struct wb_packing *packing, uint64_t head, struct wb_error *err) WB_MUST_CHECK;
/* Where the piece of a blob in that volume begins and ends; false when it has none there. */
bool wb_pack_piece(const struct wb_inventory_blob *blob, unsigned volume, uint64_t *from,
                   uint64_t *to);

/* ---- pack_docker.c ---- */

/* manifest.json of what is carried, as if all of it were in one file. */
bool wb_pack_docker_manifest(struct wb_packing *packing, struct wb_buffer *json,
                             struct wb_error *err) WB_MUST_CHECK;

/* ---- pack_inventory.c, pack_write.c ---- */

/* Plans the volumes, and makes the signed inventory and index.json. */
bool wb_pack_inventory(struct wb_packing *packing, struct wb_delivery_head *head,
                       struct wb_error *err) WB_MUST_CHECK;
bool wb_pack_write(struct wb_packing *packing, const struct wb_delivery_head *head,
                   const char *output, struct wb_buffer *written,
                   struct wb_error *err) WB_MUST_CHECK;

#endif
