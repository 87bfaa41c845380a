/* SPDX-License-Identifier: Apache-2.0 */
/* The ring of chunks that the threads of one layer pass round. */
#include "image/layer_private.h"

#include <stdlib.h>
#include <string.h>

void wb_pipeline_init(struct wb_pipeline *pipeline, size_t hash_thread_count)
{
    memset(pipeline, 0, sizeof *pipeline);
    pthread_mutex_init(&pipeline->lock, NULL);
    pthread_cond_init(&pipeline->changed, NULL);
    pipeline->hash_thread_count = hash_thread_count;
}

static void chunk_drop_copies(struct wb_chunk *chunk)
{
    for (size_t i = 0; i < chunk->copy_count; i++)
        wb_buffer_clear(&chunk->copies[i]);
    chunk->copy_count = 0;
    chunk->span_count = 0;
}

void wb_pipeline_clear(struct wb_pipeline *pipeline)
{
    for (size_t i = 0; i < WB_CHUNK_COUNT; i++) {
        chunk_drop_copies(&pipeline->chunks[i]);
        free(pipeline->chunks[i].copies);
        free(pipeline->chunks[i].spans);
        free(pipeline->chunks[i].data);
    }
    pthread_cond_destroy(&pipeline->changed);
    pthread_mutex_destroy(&pipeline->lock);
}

/* How many chunks everybody is done with. */
static uint64_t released(const struct wb_pipeline *pipeline)
{
    uint64_t least = pipeline->parsed;
    for (size_t i = 0; i < pipeline->hash_thread_count; i++)
        if (pipeline->hashed[i] < least)
            least = pipeline->hashed[i];
    return least;
}

struct wb_chunk *wb_pipeline_produce(struct wb_pipeline *pipeline)
{
    pthread_mutex_lock(&pipeline->lock);
    while (!pipeline->stopped && pipeline->produced - released(pipeline) == WB_CHUNK_COUNT)
        pthread_cond_wait(&pipeline->changed, &pipeline->lock);
    struct wb_chunk *chunk =
        pipeline->stopped ? NULL : &pipeline->chunks[pipeline->produced % WB_CHUNK_COUNT];
    pthread_mutex_unlock(&pipeline->lock);
    if (chunk == NULL)
        return NULL;
    if (chunk->data == NULL)
        chunk->data = wb_allocate(WB_CHUNK_SIZE);
    chunk_drop_copies(chunk);
    chunk->size = 0;
    return chunk;
}

void wb_pipeline_produced(struct wb_pipeline *pipeline)
{
    pthread_mutex_lock(&pipeline->lock);
    pipeline->produced++;
    pthread_cond_broadcast(&pipeline->changed);
    pthread_mutex_unlock(&pipeline->lock);
}

void wb_pipeline_ended(struct wb_pipeline *pipeline, const struct wb_error *err)
{
    pthread_mutex_lock(&pipeline->lock);
    pipeline->ended = true;
    if (err != NULL) {
        pipeline->producer_error = *err;
        pipeline->stopped = true;
    }
    pthread_cond_broadcast(&pipeline->changed);
    pthread_mutex_unlock(&pipeline->lock);
}

/* The chunk at hand is given back only when the next is there: spans that the tar reader still
 * finds after the last byte belong to the last chunk. */
struct wb_chunk *wb_pipeline_parse_next(struct wb_pipeline *pipeline, bool had_chunk)
{
    pthread_mutex_lock(&pipeline->lock);
    uint64_t wanted = pipeline->parsed + (had_chunk ? 1 : 0);
    while (!pipeline->stopped && !pipeline->ended && pipeline->produced <= wanted)
        pthread_cond_wait(&pipeline->changed, &pipeline->lock);
    struct wb_chunk *chunk = NULL;
    if (!pipeline->stopped && pipeline->produced > wanted) {
        chunk = &pipeline->chunks[wanted % WB_CHUNK_COUNT];
        if (had_chunk) {
            pipeline->parsed++;
            pthread_cond_broadcast(&pipeline->changed);
        }
    }
    pthread_mutex_unlock(&pipeline->lock);
    return chunk;
}

void wb_pipeline_complete(struct wb_pipeline *pipeline)
{
    pthread_mutex_lock(&pipeline->lock);
    pipeline->parsed = pipeline->produced;
    pipeline->complete = true;
    pthread_cond_broadcast(&pipeline->changed);
    pthread_mutex_unlock(&pipeline->lock);
}

void wb_pipeline_stop(struct wb_pipeline *pipeline)
{
    pthread_mutex_lock(&pipeline->lock);
    pipeline->stopped = true;
    pthread_cond_broadcast(&pipeline->changed);
    pthread_mutex_unlock(&pipeline->lock);
}

bool wb_pipeline_failed(struct wb_pipeline *pipeline, struct wb_error *err)
{
    pthread_mutex_lock(&pipeline->lock);
    bool failed = pipeline->producer_error.status != WB_OK;
    if (failed && err != NULL)
        *err = pipeline->producer_error;
    pthread_mutex_unlock(&pipeline->lock);
    return failed;
}

struct wb_chunk *wb_pipeline_hash_next(struct wb_pipeline *pipeline, size_t index, uint64_t number)
{
    pthread_mutex_lock(&pipeline->lock);
    pipeline->hashed[index] = number;
    pthread_cond_broadcast(&pipeline->changed);
    while (!pipeline->stopped && !pipeline->complete && pipeline->parsed <= number)
        pthread_cond_wait(&pipeline->changed, &pipeline->lock);
    struct wb_chunk *chunk = NULL;
    if (!pipeline->stopped && pipeline->parsed > number)
        chunk = &pipeline->chunks[number % WB_CHUNK_COUNT];
    pthread_mutex_unlock(&pipeline->lock);
    return chunk;
}
