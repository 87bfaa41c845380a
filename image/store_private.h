/* SPDX-License-Identifier: Apache-2.0 */
/* Stores: where the documents and layers of images lie, found by name. An OCI layout names its
 * blobs `blobs/<algorithm>/<hex>` (OCI image-spec 1.1, image-layout.md); `docker save` as it likes.
 *
 *   store_directory   an OCI layout in a directory
 *   store_archive     a tar file: one pass over its headers, then parts of the file
 *   store_stream      a tar that can be read only once: layers are read as they go by
 *   registry_store    a repository of a registry
 */
#ifndef WAYBILL_STORE_PRIVATE_H
#define WAYBILL_STORE_PRIVATE_H

#include "image/image_private.h"

/* Documents (manifests, indexes) and configs are not larger than these. */
#define WB_DOCUMENT_SIZE_MAX ((size_t)4 << 20)
#define WB_CONFIG_SIZE_MAX ((size_t)16 << 20)

struct wb_store {
    /* Reads a whole file of at most `limit` bytes. *found says whether it is there; when it is not,
     * that is no error here. */
    bool (*read)(struct wb_store *store, const char *name, size_t limit, struct wb_buffer *content,
                 bool *found, struct wb_error *err);
    /* Says where a layer lies: sets what is in use of path, archive_fd, record or fetcher, and the
     * size.
     * `place` arrives with nothing in use. */
    bool (*find)(struct wb_store *store, const char *name, struct wb_layer_place *place,
                 bool *found, struct wb_error *err);
    /* Frees what no place refers to, once all images are found. May be NULL. */
    void (*settle)(struct wb_store *store);
    void (*free)(struct wb_store *store);
};
void wb_store_free(struct wb_store *store);
WB_AUTO_DECLARE(wb_store)

#define WB_BLOB_NAME_SIZE (WB_DIGEST_TEXT_SIZE + 8)
/* "blobs/sha256/0123..." */
char *wb_blob_name(const struct wb_digest *digest, char name[WB_BLOB_NAME_SIZE]);
/* The reverse: false for any other name. */
bool wb_blob_name_digest(const char *name, struct wb_digest *digest);

/* Errors of the functions that open a store leave it to the caller to name it. */
struct wb_store *wb_store_open_directory(const char *path, struct wb_error *err);
/* Takes `options` for archives that are compressed as a whole, which are read as streams. */
struct wb_store *wb_store_open_archive(const char *path, const struct wb_layer_options *options,
                                       struct wb_error *err);
struct wb_store *wb_store_open_stream(const struct wb_byte_source *source,
                                      const struct wb_layer_options *options, struct wb_error *err);
struct wb_store *wb_store_open_standard_input(const struct wb_layer_options *options,
                                              struct wb_error *err);
/* The image or index that the reference names, as a layout would hold it. */
struct wb_store *wb_store_open_registry(const struct wb_reference *reference, struct wb_error *err);
/* Whether the archive is an OCI layout, judged by its entries. Errors name the path. */
bool wb_archive_is_oci(const char *path, bool *is_oci, struct wb_error *err) WB_MUST_CHECK;

/* ---- archive_reader.c: tar headers ---- */

enum wb_archive_kind {
    WB_ARCHIVE_FILE,
    WB_ARCHIVE_SYMLINK,
    WB_ARCHIVE_HARDLINK,
    WB_ARCHIVE_OTHER, /* directories, devices */
};

/* Reads the entries of a tar (POSIX ustar and pax, GNU long names) in order. */
struct wb_archive_reader {
    struct wb_byte_source source;
    /* Passes over bytes without reading them; NULL where the source cannot. */
    bool (*skip)(void *context, uint64_t size, struct wb_error *err);
    uint64_t offset;    /* of the next byte of the source */
    uint64_t start;     /* of the entry at hand with its headers, or of the end marker */
    uint64_t remaining; /* content of the entry not yet read */
    uint64_t padding;   /* that follows it */
    bool broken;        /* the source failed or ended early: nothing more can be read */
    /* The entry at hand. */
    enum wb_archive_kind kind;
    bool is_directory;
    struct wb_buffer name; /* normalised as by wb_archive_name; "" when it has none that is safe */
    struct wb_buffer link; /* target, normalised, for links; "" when it leads outside */
    uint64_t size;
    /* Its extended headers carry more than names, a size and times, or name it twice, or its name
     * is not normalised but for `./` in front: other programs may read it otherwise. */
    bool says_more;
};
void wb_archive_reader_clear(struct wb_archive_reader *reader);
/* Goes to the next entry; *more is false at the end of the archive. */
bool wb_archive_reader_next(struct wb_archive_reader *reader, bool *more,
                            struct wb_error *err) WB_MUST_CHECK;
/* Content of the entry at hand; 0 at its end, -1 with `err` set. */
ssize_t wb_archive_reader_read(struct wb_archive_reader *reader, void *data, size_t size,
                               struct wb_error *err);
/* Resolves `.`, `..` and empty components of `path`, which is relative to the directory of
 * `beside` (NULL: the root of the archive). False, and `name` empty, when it leads outside or is
 * longer than 1024 bytes. */
bool wb_archive_name(const char *beside, const char *path, struct wb_buffer *name);

/* ---- archive_source.c: the bytes of an archive ---- */

/* A file read with pread, or a stream that is decompressed when it is gzip or zstd as a whole. */
struct wb_archive_source;
struct wb_archive_source *wb_archive_source_file(const char *path, struct wb_error *err);
/* The same for an open file, which it takes, even on failure; -1 with errno: it could not be
 * opened.
 */
struct wb_archive_source *wb_archive_source_descriptor(int fd, struct wb_error *err);
struct wb_archive_source *wb_archive_source_stream(const struct wb_byte_source *bytes,
                                                   struct wb_error *err);
void wb_archive_source_free(struct wb_archive_source *source);
WB_AUTO_DECLARE(wb_archive_source)
/* Whether parts of the file can be read in any order: not when it is compressed. */
bool wb_archive_source_seekable(const struct wb_archive_source *source);
bool wb_archive_source_compressed(const struct wb_archive_source *source);
/* The descriptor of a seekable file, which the caller owns from now on. */
int wb_archive_source_steal(struct wb_archive_source *source);
/* A reader at the beginning of the archive. */
struct wb_archive_reader wb_archive_source_reader(struct wb_archive_source *source);

/* ---- archive_table.c: entries by name ---- */

struct wb_archive_item {
    const char *name;
    const char *link; /* NULL for files */
    size_t order;     /* in the archive */
    uint64_t size;
    uint64_t start;           /* of the headers and */
    uint64_t offset;          /* of the content, where the archive is a file */
    struct wb_buffer kept;    /* content kept, where it is a stream */
    struct wb_layer *record;  /* or what it was as a layer, */
    struct wb_error *failure; /* or why it is neither; in the table's arena */
    bool in_use;
};
struct wb_archive_table {
    struct wb_arena *arena;
    struct wb_archive_item *items;
    size_t count, capacity;
    size_t name_bytes;
};
void wb_archive_table_clear(struct wb_archive_table *table);
/* Adds the reader's entry and gives its item, valid until the next call; *item is NULL for an entry
 * that cannot be of interest. */
bool wb_archive_table_add(struct wb_archive_table *table, const struct wb_archive_reader *reader,
                          struct wb_archive_item **item, struct wb_error *err) WB_MUST_CHECK;
void wb_archive_table_sort(struct wb_archive_table *table);
/* Reads all headers and sorts; *end is where the end marker begins. */
bool wb_archive_table_read(struct wb_archive_table *table, struct wb_archive_source *source,
                           uint64_t *end, struct wb_error *err) WB_MUST_CHECK;
/* The content of an item of an archive that is a file. */
bool wb_archive_item_read(const struct wb_archive_item *item, int fd, size_t limit,
                          struct wb_buffer *content, struct wb_error *err) WB_MUST_CHECK;
/* The file of this name, through links; of several the last. NULL when there is none. */
struct wb_archive_item *wb_archive_table_find(const struct wb_archive_table *table,
                                              const char *name);

#endif
