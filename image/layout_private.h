/* SPDX-License-Identifier: Apache-2.0 */
/* How a layout is kept:
 *
 *   layout ──▶ layout_index (entries of index.json) ──▶ layout_target (what a reference means)
 *      │  └──▶ layout_blob (reading and checking) ─────▶ layout_referrers (who has which subject)
 *      └─────▶ layout_directory or layout_archive, layout_archive_write
 */
#ifndef WAYBILL_LAYOUT_PRIVATE_H
#define WAYBILL_LAYOUT_PRIVATE_H

#include "image/image_set_private.h"

/* Where the bytes of a blob lie. */
struct wb_blob {
    int fd;        /* -1: in memory */
    bool fd_owned; /* by whoever opened the blob; otherwise by the store */
    uint64_t offset, size;
    const uint8_t *data; /* valid until the next blob is added or the index committed */
    /* Reads where neither says enough: a blob in parts. NULL: pread or `data`. */
    bool (*read)(const struct wb_blob *blob, uint64_t at, uint8_t *data, size_t size,
                 struct wb_error *err);
    const void *place;                   /* of whoever reads */
    void *context;                       /* likewise */
    void (*close)(struct wb_blob *blob); /* NULL: nothing more to close */
};
void wb_blob_close(struct wb_blob *blob);
/* Bytes of it from `at` on; WB_CHECK_FAILED where it ends early. */
bool wb_blob_read(const struct wb_blob *blob, uint64_t at, uint8_t *data, size_t size,
                  struct wb_error *err) WB_MUST_CHECK;

struct wb_digest_list {
    struct wb_digest *digests;
    size_t count, capacity;
};
bool wb_digest_list_has(const struct wb_digest_list *list, const struct wb_digest *digest);

typedef void wb_blob_visitor(void *context, const struct wb_digest *digest, uint64_t size);

/* What keeps a layout's files. Reading is possible on several threads at once. */
struct wb_layout_store {
    /* `oci-layout` or `index.json`. */
    bool (*read)(struct wb_layout_store *store, const char *name, size_t limit,
                 struct wb_buffer *content, bool *found, struct wb_error *err);
    /* Regular files only: what is there and is none is an error with WB_CHECK_FAILED. */
    bool (*open)(struct wb_layout_store *store, const struct wb_digest *digest,
                 struct wb_blob *blob, bool *found, struct wb_error *err);
    /* What is known of a blob that cannot be read again; *known is false for one that can. NULL:
     * all can. */
    bool (*check)(struct wb_layout_store *store, const struct wb_digest *digest, int64_t size,
                  bool *known, struct wb_error *err);
    /* All blobs there are, in no order. */
    bool (*list)(struct wb_layout_store *store, wb_blob_visitor *visit, void *context,
                 struct wb_error *err);
    /* Makes a blob that is not there, or not intact, appear whole. */
    bool (*add)(struct wb_layout_store *store, const struct wb_digest *digest,
                struct wb_bytes content, struct wb_error *err);
    /* Replaces index.json at once, after all blobs added are safe on disk; then those that are
     * removed go. */
    bool (*commit)(struct wb_layout_store *store, struct wb_bytes index,
                   const struct wb_digest_list *removed, struct wb_error *err);
    void (*free)(struct wb_layout_store *store);
};
void wb_layout_store_free(struct wb_layout_store *store);
WB_AUTO_DECLARE(wb_layout_store)

/* For writing they wait for the lock and then look again at what is there. */
struct wb_layout_store *wb_layout_store_directory(const char *path, enum wb_layout_mode mode,
                                                  struct wb_error *err);
struct wb_layout_store *wb_layout_store_archive(const char *path, enum wb_layout_mode mode,
                                                struct wb_error *err);
/* No lock: of two writers at the same tag the last one wins, as with every client of registries. */
struct wb_layout_store *wb_layout_store_registry(const struct wb_reference *reference,
                                                 enum wb_layout_mode mode, struct wb_error *err);
/* An exclusive lock on an open file, waited for. */
bool wb_layout_lock(int fd, struct wb_error *err) WB_MUST_CHECK;
/* Whether `name` below `directory_fd` still is the open file. */
bool wb_layout_same_file(int fd, int directory_fd, const char *name);
bool wb_layout_write_all(int fd, const void *data, size_t size, struct wb_error *err) WB_MUST_CHECK;

/* A manifest with a subject. */
struct wb_referrer {
    struct wb_digest subject;
    struct wb_descriptor descriptor;
};

struct wb_layout {
    struct wb_store adapter; /* first: what the readers of nested indexes read blobs through */
    struct wb_layout_store *store;
    enum wb_layout_mode mode;
    struct wb_arena *arena; /* strings of descriptors */
    char *tag, *digest;     /* of the reference; NULL */
    json_t *index;          /* index.json as it is to be */
    /* Its `manifests`, item by item. */
    struct wb_descriptor *entries;
    size_t entry_count, entry_capacity;
    /* Sorted by subject, then digest, once they were asked for. */
    struct wb_referrer *referrers;
    size_t referrer_count, referrer_capacity;
    bool referrers_known;
    struct wb_digest_list removed; /* with the next commit */
};

/* As wb_layout_open; takes the store even on failure. */
struct wb_layout *wb_layout_open_store(struct wb_layout_store *store,
                                       const struct wb_reference *reference,
                                       enum wb_layout_mode mode, struct wb_error *err);

/* ---- layout_index.c ---- */
bool wb_layout_index_read(struct wb_layout *layout, struct wb_error *err) WB_MUST_CHECK;
/* The text of index.json. */
char *wb_layout_index_write(const struct wb_layout *layout, struct wb_error *err);
json_t *wb_layout_index_item(const struct wb_layout *layout, size_t index);
/* A descriptor with its strings in `arena`, from a descriptor or from JSON. */
struct wb_descriptor wb_descriptor_copy(struct wb_arena *arena,
                                        const struct wb_descriptor *descriptor);
bool wb_descriptor_read(const json_t *json, struct wb_arena *arena,
                        struct wb_descriptor *descriptor, struct wb_error *err) WB_MUST_CHECK;

/* ---- layout_referrers.c ---- */

/* Takes note of a blob that may be a manifest with a subject. */
void wb_layout_note_blob(struct wb_layout *layout, const struct wb_digest *digest,
                         struct wb_bytes content);

#endif
