/* SPDX-License-Identifier: Apache-2.0 */
/* What the stores (image_*.c, store_*.c) and the layer readers (layer_*.c) share inside image/. */
#ifndef WAYBILL_IMAGE_PRIVATE_H
#define WAYBILL_IMAGE_PRIVATE_H

#include "image/image.h"

/* Opens a blob that lies elsewhere, to be read from front to back; several may be open, each on a
 * thread of its own. */
struct wb_blob_fetcher {
    void (*open)(const struct wb_blob_fetcher *fetcher, const struct wb_digest *digest,
                 uint64_t size, struct wb_byte_source *source);
    void (*close)(struct wb_byte_source *source);
};

/* Where the bytes of one layer blob lie. Exactly one of the four is in use. */
struct wb_layer_place {
    /* A file of its own: opened when the layer is read, so that an index of many platforms does not
     * hold hundreds of descriptors. `path` is relative to `directory_fd` (owned by the set) and is
     * built from a checked digest only. */
    int directory_fd;
    const char *path; /* NULL: not in use */
    /* A part of an archive file. */
    int archive_fd; /* owned by the set; -1: not in use */
    uint64_t offset;
    /* A layer that came by on standard input and has been read already; owned by the set. */
    struct wb_layer *record;
    /* A blob that is fetched by its digest when the layer is read; owned by the store. */
    const struct wb_blob_fetcher *fetcher;

    uint64_t size;        /* of the blob as stored */
    bool has_blob_digest; /* the store states one: docker-archive's legacy layout does not */
    struct wb_digest blob_digest;
    bool has_diff_id;
    struct wb_digest diff_id;
};

struct wb_image {
    struct wb_image_description description;
    struct wb_arena *arena;        /* owned by the set */
    const char *directory;         /* root file system of a dir: image; NULL otherwise */
    struct wb_layer_place *places; /* description.layer_count of them; NULL for dir: */
};

#endif
