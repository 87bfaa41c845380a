/* SPDX-License-Identifier: Apache-2.0 */
/* Reads one layer blob: starts the threads of its pipeline and checks what comes out. */
#include "image/layer_private.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct producer {
    struct wb_pipeline *pipeline;
    struct wb_decompressor *decompressor;
    uint64_t max_size;
    pthread_t thread;
};

static bool produce_all(struct producer *producer, struct wb_error *err)
{
    uint64_t total = 0;
    for (;;) {
        struct wb_chunk *chunk = wb_pipeline_produce(producer->pipeline);
        if (chunk == NULL)
            return true;
        ssize_t size =
            wb_decompressor_read(producer->decompressor, chunk->data, WB_CHUNK_SIZE, err);
        if (size < 0)
            return false;
        if (size == 0)
            return true;
        chunk->size = (size_t)size;
        total += (uint64_t)size;
        if (total > producer->max_size)
            return wb_error_set(err, WB_BAD_INPUT,
                                "unpacks to more than the %" PRIu64
                                " bytes that --max-layer-size allows",
                                producer->max_size);
        wb_pipeline_produced(producer->pipeline);
    }
}

static void *producer_main(void *context)
{
    struct producer *producer = context;
    struct wb_error err = WB_ERROR_INIT;
    bool good = produce_all(producer, &err);
    wb_pipeline_ended(producer->pipeline, good ? NULL : &err);
    return NULL;
}

/* One that goes through the spans behind the parser: it digests them, or shows them to the
 * observer.
 */
struct hash_thread {
    struct wb_pipeline *pipeline;
    size_t index;
    struct wb_span_hasher *hasher; /* NULL: `observer` */
    const struct wb_file_observer *observer;
    const struct wb_layer *layer;
    pthread_t thread;
};

static void pass_span(struct hash_thread *self, const struct wb_file_span *span)
{
    if (self->hasher == NULL)
        wb_layer_observe_span(self->layer, self->observer, span);
    else if (span->hashes != NULL)
        wb_span_hasher_update(self->hasher, span);
}

static void *hash_thread_main(void *context)
{
    struct hash_thread *self = context;
    uint64_t number = 0;
    for (struct wb_chunk *chunk;
         (chunk = wb_pipeline_hash_next(self->pipeline, self->index, number)) != NULL; number++)
        for (size_t i = 0; i < chunk->span_count; i++)
            pass_span(self, &chunk->spans[i]);
    return NULL;
}

/* MD5 alone takes as long as SHA-1 and SHA-256 together where the processor has instructions for
 * the latter; so does SHA-512, for which most have none. */
static size_t share_algorithms(unsigned algorithms, unsigned shares[WB_HASH_THREADS_MAX])
{
    size_t count = 0;
    if ((algorithms & (WB_FILE_SHA256 | WB_FILE_SHA1)) != 0)
        shares[count++] = algorithms & (WB_FILE_SHA256 | WB_FILE_SHA1);
    if ((algorithms & WB_FILE_MD5) != 0)
        shares[count++] = WB_FILE_MD5;
    if ((algorithms & WB_FILE_SHA512) != 0)
        shares[count++] = WB_FILE_SHA512;
    return count;
}

static bool start_thread(pthread_t *thread, void *(*main)(void *), void *context,
                         struct wb_error *err)
{
    int code = pthread_create(thread, NULL, main, context);
    return code == 0 || wb_error_set_errno(err, code, "cannot start a thread");
}

/* Runs the pipeline to its end: the producer and the hashing threads beside this one, which parses.
 */
static bool run_pipeline(struct wb_pipeline *pipeline, struct producer *producer,
                         struct hash_thread *hashers, const struct wb_layer_options *options,
                         struct wb_layer *layer, struct wb_error *err)
{
    if (!start_thread(&producer->thread, producer_main, producer, err))
        return false;
    size_t started = 0;
    bool good = true;
    while (good && started < pipeline->hash_thread_count) {
        good = start_thread(&hashers[started].thread, hash_thread_main, &hashers[started], err);
        if (good)
            started++;
    }
    good = good && wb_layer_tar_read(pipeline, options, layer, err);
    if (good)
        wb_pipeline_complete(pipeline);
    else
        wb_pipeline_stop(pipeline);
    pthread_join(producer->thread, NULL);
    for (size_t i = 0; i < started; i++)
        pthread_join(hashers[i].thread, NULL);
    return good;
}

static bool read_pipeline(struct wb_decompressor *decompressor,
                          const struct wb_layer_options *options, struct wb_layer *layer,
                          struct wb_error *err)
{
    unsigned shares[WB_HASH_THREADS_MAX];
    size_t digesting = share_algorithms(options->file_digests, shares);
    size_t count = digesting + (options->observer == NULL ? 0 : 1);
    struct wb_pipeline *pipeline = wb_allocate(sizeof *pipeline);
    wb_pipeline_init(pipeline, count);
    struct hash_thread hashers[WB_HASH_THREADS_MAX] = {0};
    bool good = true;
    for (size_t i = 0; i < count && good; i++) {
        hashers[i] = (struct hash_thread){
            .pipeline = pipeline, .index = i, .observer = options->observer, .layer = layer};
        if (i == digesting)
            continue;
        hashers[i].hasher = wb_span_hasher_new(shares[i], err);
        good = hashers[i].hasher != NULL;
    }
    struct producer producer = {
        .pipeline = pipeline,
        .decompressor = decompressor,
        .max_size =
            options->max_layer_size == 0 ? WB_DEFAULT_MAX_LAYER_SIZE : options->max_layer_size,
    };
    good = good && run_pipeline(pipeline, &producer, hashers, options, layer, err);
    for (size_t i = 0; i < count; i++)
        wb_span_hasher_free(hashers[i].hasher);
    wb_pipeline_clear(pipeline);
    free(pipeline);
    return good;
}

static bool check_digest(const char *what, const struct wb_digest *expected,
                         const struct wb_digest *found, struct wb_error *err)
{
    if (expected == NULL || wb_digest_equal(expected, found))
        return true;
    char expected_text[WB_DIGEST_TEXT_SIZE], found_text[WB_DIGEST_TEXT_SIZE];
    return wb_error_set(err, WB_BAD_INPUT, "%s does not match: expected %s, found %s", what,
                        wb_digest_format(expected, expected_text),
                        wb_digest_format(found, found_text));
}

static bool check_blob(const struct wb_layer *layer, const struct wb_digest *expected_blob,
                       int64_t expected_size, struct wb_error *err)
{
    if (expected_size >= 0 && layer->blob_size != (uint64_t)expected_size)
        return wb_error_set(err, WB_BAD_INPUT,
                            "size does not match: the descriptor states %" PRId64
                            " bytes, the blob has %" PRIu64,
                            expected_size, layer->blob_size);
    return check_digest("blob digest", expected_blob, &layer->blob_digest, err);
}

/* With a cached record only the bytes as stored are read, to check their digest. */
static bool digest_blob(const struct wb_byte_source *source, struct wb_layer *layer,
                        struct wb_error *err)
{
    WB_AUTO(wb_hasher) *hasher = wb_hasher_new(layer->blob_digest.algorithm, err);
    if (hasher == NULL)
        return false;
    uint8_t *buffer = wb_allocate(WB_CHUNK_SIZE);
    uint64_t total = 0;
    ssize_t size;
    while ((size = source->read(source->context, buffer, WB_CHUNK_SIZE, err)) > 0) {
        wb_hasher_update(hasher, buffer, (size_t)size);
        total += (uint64_t)size;
    }
    free(buffer);
    if (size < 0)
        return false;
    wb_hasher_finish(hasher, &layer->blob_digest);
    layer->blob_size = total;
    return true;
}

static struct wb_layer *read_cached(const struct wb_byte_source *source,
                                    const struct wb_digest *expected_blob,
                                    const struct wb_digest *expected_diff_id, int64_t expected_size,
                                    const struct wb_layer_options *options, bool *found,
                                    struct wb_error *err)
{
    *found = false;
    /* Only a blob digest that is checked below says that the record is of these very bytes. */
    if (options->cache_directory == NULL || expected_blob == NULL || options->observer != NULL)
        return NULL;
    WB_AUTO(wb_layer) *layer = wb_layer_cache_load(options, expected_blob);
    if (layer == NULL)
        return NULL;
    *found = true;
    if (!digest_blob(source, layer, err) || !check_blob(layer, expected_blob, expected_size, err) ||
        !check_digest("diffID", expected_diff_id, &layer->diff_id, err))
        return NULL;
    return WB_STEAL(layer);
}

struct wb_layer *wb_layer_read(const struct wb_byte_source *source,
                               const struct wb_digest *expected_blob,
                               const struct wb_digest *expected_diff_id, int64_t expected_size,
                               const struct wb_layer_options *options, struct wb_error *err)
{
    bool found;
    struct wb_layer *cached =
        read_cached(source, expected_blob, expected_diff_id, expected_size, options, &found, err);
    if (found)
        return cached;
    WB_AUTO(wb_layer) *layer = wb_layer_new();
    wb_layer_observe(layer, options->observer);
    layer->diff_id.algorithm =
        expected_diff_id == NULL ? WB_DIGEST_SHA256 : expected_diff_id->algorithm;
    WB_AUTO(wb_decompressor) *decompressor = wb_decompressor_new(
        source, expected_blob == NULL ? WB_DIGEST_SHA256 : expected_blob->algorithm, expected_size,
        err);
    if (decompressor == NULL || !read_pipeline(decompressor, options, layer, err))
        return NULL;
    wb_decompressor_finish(decompressor, &layer->blob_digest, &layer->blob_size);
    if (!check_blob(layer, expected_blob, expected_size, err) ||
        !check_digest("diffID", expected_diff_id, &layer->diff_id, err))
        return NULL;
    if (options->cache_directory != NULL && expected_blob != NULL)
        wb_layer_cache_store(options, expected_blob, layer);
    return WB_STEAL(layer);
}
