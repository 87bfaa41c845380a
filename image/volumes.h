/* SPDX-License-Identifier: Apache-2.0 */
/* What lies on media, entry by entry: archives, directories or one stream that together make one
 * layout. Nothing is left out of account: whatever is there and is no part of a layout is an entry,
 * too, so that a verifier can name it. For reading only; nothing here is joined or unpacked. */
#ifndef WAYBILL_VOLUMES_H
#define WAYBILL_VOLUMES_H

#include "image/image.h"

enum wb_volume_entry_kind {
    WB_VOLUME_DOCUMENT, /* `oci-layout`, `index.json`, or `manifest.json` beside them */
    WB_VOLUME_BLOB,     /* `blobs/ALG/HEX` */
    WB_VOLUME_PART,     /* `parts/ALG/HEX/OFFSET`: bytes of a blob from OFFSET on */
    WB_VOLUME_OTHER,    /* nothing that a layout has */
};

/* What is known of the bytes of a blob without reading them again. */
enum wb_blob_state {
    WB_BLOB_UNREAD,
    WB_BLOB_INTACT,  /* a stream: they matched the digest when they went by */
    WB_BLOB_DAMAGED, /* a stream: they did not */
};

struct wb_volume_entry {
    enum wb_volume_entry_kind kind;
    unsigned volume;         /* index into the paths, the bases behind the volumes */
    struct wb_digest digest; /* of the blob; algorithm NONE for what is neither blob nor part */
    uint64_t part_offset;    /* of a part, in its blob */
    uint64_t size;           /* as the volume states it */
    uint64_t file_offset;    /* of its first byte in the archive; 0 in a directory */
    const char *name;        /* of a document or of what is not known; NULL */
    /* Why it is not simply a file of the layout ("a symbolic link", "its name is there twice");
     * NULL. Where a name is there twice the last one counts. */
    const char *complaint;
    bool linked; /* of a directory: a symbolic link leads to it, maybe out of the directory */
    bool cut;    /* the archive ends before its end */
    /* Headers in front of it carry what no delivery has, or name it in a way that other programs
     * may read otherwise. */
    bool says_more;
    enum wb_blob_state state;
    struct wb_bytes kept; /* a document or small blob of a stream; empty */
    /* Of a part in a stream: the SHA-256 of each WB_VOLUME_CHUNK_SIZE bytes; NULL. */
    uint8_t (*chunks)[32];
    size_t chunk_count;
};
#define WB_VOLUME_CHUNK_SIZE ((uint64_t)4 << 20)
/* The name as it stands in the volume; lives in `arena`. */
const char *wb_volume_entry_name(const struct wb_volume_entry *entry, struct wb_arena *arena);

/* Where a volume ends, and how. */
struct wb_volume_end {
    const char *path; /* "-" for a stream */
    bool is_directory;
    uint64_t file_size;
    bool cut;        /* the archive ends inside an entry or without its end marker, or its headers
                        cannot be read any further */
    uint64_t cut_at; /* from which byte of the file on it must be copied again */
    const char *reason; /* why: "damaged header", ... */
    bool has_trailer;   /* bytes that are not zero behind the end marker or between the entries */
    uint64_t trailer_at;
};

struct wb_volumes;
/* Opens archives and directories, in any order, and the bases behind them. A damaged archive is
 * opened as far as it can be read; one that is not there, is compressed or is no archive at all is
 * an error. */
struct wb_volumes *wb_volumes_open(const char *const *paths, size_t count, const char *const *bases,
                                   size_t base_count, struct wb_error *err);
/* Reads an archive from `fd` to its end, once: each blob's digest is compared as it goes by, and
 * what looks like JSON is kept (128 MiB each, 256 MiB together) for those who look into it. */
struct wb_volumes *wb_volumes_read_stream(int fd,
                                          void (*progress)(void *context, uint64_t bytes_done,
                                                           uint64_t bytes_total),
                                          void *context, struct wb_error *err);
void wb_volumes_free(struct wb_volumes *volumes);
WB_AUTO_DECLARE(wb_volumes)

/* Sorted by kind, digest, offset of the part, volume. */
const struct wb_volume_entry *wb_volumes_entries(const struct wb_volumes *volumes, size_t *count);
/* Volumes and bases; the first `base_from` are volumes. */
const struct wb_volume_end *wb_volumes_ends(const struct wb_volumes *volumes, size_t *count,
                                            size_t *base_from);
/* The entries of one blob or of its parts, as a range of the entries; NULL and 0 without any. */
const struct wb_volume_entry *wb_volumes_find(const struct wb_volumes *volumes,
                                              enum wb_volume_entry_kind kind,
                                              const struct wb_digest *digest, size_t *count);
/* A document of one volume. */
bool wb_volumes_document(const struct wb_volumes *volumes, unsigned volume, const char *name,
                         struct wb_buffer *content, bool *found,
                         struct wb_error *err) WB_MUST_CHECK;
/* Bytes of an entry, from `at` on. Thread safe. WB_CHECK_FAILED where the volume ends early. */
bool wb_volumes_read(const struct wb_volumes *volumes, const struct wb_volume_entry *entry,
                     uint64_t at, uint8_t *data, size_t size, struct wb_error *err) WB_MUST_CHECK;

/* All of it as one layout, whose index.json is that of the first volume: blobs whole or put
 * together of their parts, those of the bases included. The volumes must outlive it. */
struct wb_layout *wb_volumes_layout(struct wb_volumes *volumes, struct wb_error *err);

#endif
