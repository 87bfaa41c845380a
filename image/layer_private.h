/* SPDX-License-Identifier: Apache-2.0 */
/* The stages of the layer reader, which layer_reader.c puts together:
 *
 *   blob bytes ─▶ layer_decompress ─▶ layer_pipeline (chunks) ─▶ layer_tar ─▶ layer record
 *       └ blob digest                     └ diffID        file spans └▶ layer_hash (file digests)
 */
#ifndef WAYBILL_LAYER_PRIVATE_H
#define WAYBILL_LAYER_PRIVATE_H

#include "image/image.h"

#include <pthread.h>

/* ---- layer_decompress.c ---- */

/* Reads a blob to its end, digests it, and gives the bytes of the tar inside. */
struct wb_decompressor;
/* `expected_size` -1: unknown. A blob longer than that is refused as soon as it is. */
struct wb_decompressor *wb_decompressor_new(const struct wb_byte_source *source,
                                            enum wb_digest_algorithm blob_algorithm,
                                            int64_t expected_size, struct wb_error *err);
void wb_decompressor_free(struct wb_decompressor *decompressor);
WB_AUTO_DECLARE(wb_decompressor)
/* Fills `data` unless the end comes first. How many bytes, 0 at the end, -1 with `err` set. Once 0
 * was returned the whole blob has been read and checked for integrity. */
ssize_t wb_decompressor_read(struct wb_decompressor *decompressor, uint8_t *data, size_t size,
                             struct wb_error *err);
/* After the end: the digest and size of the blob. */
void wb_decompressor_finish(struct wb_decompressor *decompressor, struct wb_digest *digest,
                            uint64_t *size);

/* ---- layer_inflate.c (ISA-L), zlib/layer_inflate.c ---- */

/* Unpacks members of gzip (RFC 1952), and checks their checksums. */
struct wb_inflater;
struct wb_inflater *wb_inflater_new(void);
void wb_inflater_free(struct wb_inflater *inflater);
/* Begins a member; must come before the first, too. */
void wb_inflater_restart(struct wb_inflater *inflater);
/* What there is to unpack and room for what comes out, less than 4 GiB each; the sizes shrink by
 * what was used. */
struct wb_inflation {
    const uint8_t *input;
    size_t input_size;
    uint8_t *output;
    size_t output_size;
    bool ended; /* the member is complete */
};
/* NULL, or what is wrong with the data: "data is corrupt". */
const char *wb_inflater_run(struct wb_inflater *inflater, struct wb_inflation *run);

/* ---- layer_pipeline.c ---- */

/* A part of one file's content for the hashing threads. */
struct wb_file_span {
    const uint8_t *data; /* in the chunk, or in a copy that the chunk owns; NULL: zeros (a hole) */
    uint64_t size;
    struct wb_file_hashes *hashes; /* where the result of the file goes; NULL: no digests */
    void *observed;                /* what the observer keeps of the file; NULL: not of interest */
    bool last;                     /* the file ends with this span */
};

#define WB_CHUNK_SIZE ((size_t)256 << 10)
#define WB_CHUNK_COUNT 12
#define WB_HASH_THREADS_MAX 4

/* A run of decompressed bytes on its way through the threads. */
struct wb_chunk {
    uint8_t *data;
    size_t size;
    struct wb_file_span *spans;
    size_t span_count, span_capacity;
    struct wb_buffer *copies; /* bytes that the tar reader had to move out of its own buffer */
    size_t copy_count, copy_capacity;
};

/* One producer (the decompressor), one parser (the tar reader, which also computes the diffID) and
 * up to WB_HASH_THREADS_MAX hashing threads pass WB_CHUNK_COUNT chunks round in order. A chunk is
 * refilled when everybody is done with it, so memory is bounded and nothing is copied. */
struct wb_pipeline {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct wb_chunk chunks[WB_CHUNK_COUNT];
    uint64_t produced; /* chunks filled so far */
    uint64_t parsed;   /* chunks whose spans are complete */
    uint64_t hashed[WB_HASH_THREADS_MAX];
    size_t hash_thread_count;
    bool ended;    /* no chunk will follow `produced` */
    bool complete; /* no spans will follow `parsed` */
    bool stopped;  /* somebody failed: everybody leaves */
    struct wb_error producer_error;
};
void wb_pipeline_init(struct wb_pipeline *pipeline, size_t hash_thread_count);
void wb_pipeline_clear(struct wb_pipeline *pipeline);
/* The producer: waits for a free chunk, NULL when stopped; then says that it is full, or that the
 * blob has ended (well when `err` is NULL). */
struct wb_chunk *wb_pipeline_produce(struct wb_pipeline *pipeline);
void wb_pipeline_produced(struct wb_pipeline *pipeline);
void wb_pipeline_ended(struct wb_pipeline *pipeline, const struct wb_error *err);
/* The parser: waits for the next chunk and gives back the one it had; NULL at the end (the last one
 * stays with the parser until wb_pipeline_complete) and on failure. */
struct wb_chunk *wb_pipeline_parse_next(struct wb_pipeline *pipeline, bool had_chunk);
void wb_pipeline_complete(struct wb_pipeline *pipeline);
void wb_pipeline_stop(struct wb_pipeline *pipeline);
bool wb_pipeline_failed(struct wb_pipeline *pipeline, struct wb_error *err);
/* Hashing thread `index`: chunk number `number` (counted from 0), NULL at the end and on failure.
 */
struct wb_chunk *wb_pipeline_hash_next(struct wb_pipeline *pipeline, size_t index, uint64_t number);

/* ---- layer_hash.c ---- */

/* Runs the digests of `algorithms` (enum wb_file_digests) over spans of files, one file after the
 * other. NULL with `err` when a digest cannot be set up. */
struct wb_span_hasher;
struct wb_span_hasher *wb_span_hasher_new(unsigned algorithms, struct wb_error *err);
void wb_span_hasher_free(struct wb_span_hasher *hasher);
WB_AUTO_DECLARE(wb_span_hasher)
void wb_span_hasher_update(struct wb_span_hasher *hasher, const struct wb_file_span *span);

/* ---- layer_tar.c ---- */

/* Parses the tar that comes out of the pipeline into entries of `layer`, computing its diffID and
 * size; on failure the caller prefers the pipeline's error. */
bool wb_layer_tar_read(struct wb_pipeline *pipeline, const struct wb_layer_options *options,
                       struct wb_layer *layer, struct wb_error *err) WB_MUST_CHECK;

/* ---- layer_path.c ---- */

/* Brings a path from an archive to the form of wb_entry.path: no leading `/`, no empty and `.`
 * components. NULL with `err` for a `..` component, or a path or component too long. */
const char *wb_layer_path(struct wb_arena *arena, const char *path, struct wb_error *err);
/* The same, and recognises the markers of OCI whiteouts: sets *kind to WB_ENTRY_WHITEOUT or
 * WB_ENTRY_OPAQUE and gives the path meant. AUFS's own `.wh..wh.` files: *skip. */
const char *wb_layer_whiteout(struct wb_arena *arena, const char *path, enum wb_entry_kind *kind,
                              bool *skip, struct wb_error *err);

/* ---- layer_record.c ---- */

/* In the layer's arena. */
struct wb_kept_content {
    struct wb_bytes content; /* first: wb_entry.content points to it */
    uint8_t *data;           /* NULL once released */
    struct wb_kept_content *next;
};
struct wb_layer *wb_layer_new(void);
/* Begins what the observer (may be NULL) keeps of the layer. */
void wb_layer_observe(struct wb_layer *layer, const struct wb_file_observer *observer);
/* Shows it a span of a file, unless the file is of no interest to it. */
void wb_layer_observe_span(const struct wb_layer *layer, const struct wb_file_observer *observer,
                           const struct wb_file_span *span);
/* Whether the content of the entry may be kept: `limit` is what `keep` of the options said. */
bool wb_layer_may_keep(const struct wb_layer *layer, const struct wb_entry *entry, size_t limit,
                       struct wb_error *err) WB_MUST_CHECK;
/* Gives the entry `size` zeroed bytes of kept content, to be filled by the caller. */
uint8_t *wb_layer_keep_content(struct wb_layer *layer, struct wb_entry *entry, size_t size);

/* ---- layer_cache.c ---- */

/* Looks a record up under the blob's digest (or the diffID where there is no blob digest) and what
 * of `options` shapes it. NULL when there is none, or none that can be believed (then `notice` is
 * told why). */
struct wb_layer *wb_layer_cache_load(const struct wb_layer_options *options,
                                     const struct wb_digest *key_digest);
/* Failing to write a cache entry is a notice, never an error. */
void wb_layer_cache_store(const struct wb_layer_options *options,
                          const struct wb_digest *key_digest, const struct wb_layer *layer);

#endif
