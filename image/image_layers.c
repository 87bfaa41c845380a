/* SPDX-License-Identifier: Apache-2.0 */
/* Reads all layers of an image, several at once, and hands them on in order. */
#include "image/image_private.h"
#include "image/layer_private.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define THREADS_MAX 64
#define PROGRESS_NANOSECONDS 100000000L

/* What the reading threads share with the one that hands layers on. */
struct layer_job {
    const struct wb_image *image;
    const struct wb_layer_options *options;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct wb_layer **layers;
    bool *done;
    size_t count;
    size_t next;    /* the next layer that nobody has taken */
    size_t failed;  /* the lowest layer that failed; `count` when none did */
    size_t visited; /* layers handed on */
    size_t ahead;   /* how far reading may run ahead of handing on */
    bool stopped;
    struct wb_error failure;
    uint64_t bytes_done; /* atomic */
    uint64_t bytes_total;
    uint64_t entries; /* of the layers handed on */
    uint64_t kept;    /* of their content, or more */
};

/* A part of a file, read with pread so that threads may share the descriptor. */
struct file_source {
    int fd;
    uint64_t offset;
    uint64_t end; /* UINT64_MAX: the end of the file */
    uint64_t *bytes_done;
};

static ssize_t file_source_read(void *context, void *data, size_t size, struct wb_error *err)
{
    struct file_source *source = context;
    if (size > source->end - source->offset)
        size = (size_t)(source->end - source->offset);
    ssize_t count;
    do
        count = pread(source->fd, data, size, (off_t)source->offset);
    while (count < 0 && errno == EINTR);
    if (count < 0) {
        wb_error_set_errno(err, errno, "cannot read the blob at byte %llu",
                           (unsigned long long)source->offset);
        return -1;
    }
    source->offset += (uint64_t)count;
    __atomic_add_fetch(source->bytes_done, (uint64_t)count, __ATOMIC_RELAXED);
    return count;
}

/* What is fetched, counted as it comes. */
struct fetched_source {
    struct wb_byte_source source;
    uint64_t *bytes_done;
};

static ssize_t fetched_source_read(void *context, void *data, size_t size, struct wb_error *err)
{
    struct fetched_source *fetched = context;
    ssize_t count = fetched->source.read(fetched->source.context, data, size, err);
    if (count > 0)
        __atomic_add_fetch(fetched->bytes_done, (uint64_t)count, __ATOMIC_RELAXED);
    return count;
}

static struct wb_layer *fetch_layer(const struct wb_layer_place *place,
                                    const struct wb_layer_options *options, uint64_t *bytes_done,
                                    struct wb_error *err)
{
    struct fetched_source fetched = {.bytes_done = bytes_done};
    place->fetcher->open(place->fetcher, &place->blob_digest, place->size, &fetched.source);
    struct wb_byte_source bytes = {.read = fetched_source_read, .context = &fetched};
    struct wb_layer *layer =
        wb_layer_read(&bytes, &place->blob_digest, place->has_diff_id ? &place->diff_id : NULL,
                      (int64_t)place->size, options, err);
    place->fetcher->close(&fetched.source);
    return layer;
}

static struct wb_layer *read_place(const struct wb_layer_place *place,
                                   const struct wb_layer_options *options, uint64_t *bytes_done,
                                   struct wb_error *err)
{
    if (place->record != NULL)
        return wb_layer_share(place->record);
    if (place->fetcher != NULL)
        return fetch_layer(place, options, bytes_done, err);
    WB_AUTO_FD opened = -1;
    struct file_source source = {.fd = place->archive_fd,
                                 .offset = place->offset,
                                 .end = place->offset + place->size,
                                 .bytes_done = bytes_done};
    if (place->path != NULL) {
        opened = openat(place->directory_fd, place->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (opened < 0) {
            wb_error_set_errno(err, errno, "cannot open its blob %s", place->path);
            return NULL;
        }
        source.fd = opened;
        source.offset = 0;
        source.end = UINT64_MAX;
    }
    struct wb_byte_source bytes = {.read = file_source_read, .context = &source};
    return wb_layer_read(&bytes, place->has_blob_digest ? &place->blob_digest : NULL,
                         place->has_diff_id ? &place->diff_id : NULL, (int64_t)place->size, options,
                         err);
}

static struct wb_layer *read_layer(struct layer_job *job, size_t index, struct wb_error *err)
{
    const struct wb_image *image = job->image;
    if (image->directory != NULL)
        return wb_layer_read_directory(image->directory, job->options, err);
    struct wb_layer *layer = read_place(&image->places[index], job->options, &job->bytes_done, err);
    if (layer == NULL) {
        const struct wb_layer_descriptor *descriptor = &image->description.layers[index];
        char label[64];
        wb_error_context(
            err, "%s",
            wb_layer_label(index,
                           descriptor->digest == NULL ? descriptor->diff_id : descriptor->digest,
                           label));
    }
    return layer;
}

/* Takes the lowest layer that is free; false when there is nothing left to do. */
static bool take(struct layer_job *job, size_t *index)
{
    pthread_mutex_lock(&job->lock);
    while (!job->stopped && job->next < job->failed && job->next >= job->visited + job->ahead)
        pthread_cond_wait(&job->changed, &job->lock);
    bool taken = !job->stopped && job->next < job->failed;
    if (taken)
        *index = job->next++;
    pthread_mutex_unlock(&job->lock);
    return taken;
}

static void *reader_main(void *context)
{
    struct layer_job *job = context;
    size_t index;
    while (take(job, &index)) {
        struct wb_error err = WB_ERROR_INIT;
        struct wb_layer *layer = read_layer(job, index, &err);
        pthread_mutex_lock(&job->lock);
        job->layers[index] = layer;
        job->done[index] = true;
        /* The lowest one is reported, so that the message does not depend on timing. */
        if (layer == NULL && index < job->failed) {
            job->failed = index;
            job->failure = err;
        }
        pthread_cond_broadcast(&job->changed);
        pthread_mutex_unlock(&job->lock);
    }
    return NULL;
}

static void report_progress(struct layer_job *job)
{
    if (job->options->progress != NULL)
        job->options->progress(job->options->context,
                               __atomic_load_n(&job->bytes_done, __ATOMIC_RELAXED),
                               job->bytes_total);
}

/* Waits for layer `index`; false when it, or one below, failed. */
static bool wait_for(struct layer_job *job, size_t index)
{
    pthread_mutex_lock(&job->lock);
    while (!job->done[index] && index < job->failed) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += PROGRESS_NANOSECONDS;
        if (until.tv_nsec >= 1000000000L) {
            until.tv_sec++;
            until.tv_nsec -= 1000000000L;
        }
        pthread_cond_timedwait(&job->changed, &job->lock, &until);
        pthread_mutex_unlock(&job->lock);
        report_progress(job);
        pthread_mutex_lock(&job->lock);
    }
    bool good = index < job->failed;
    pthread_mutex_unlock(&job->lock);
    return good;
}

/* Each layer has its own bounds; many layers must not get around them. */
static bool add_layer(struct layer_job *job, size_t index, struct wb_error *err)
{
    const struct wb_layer *layer = job->layers[index];
    char label[64];
    const char *digest = job->image->description.layers[index].digest;
    job->entries += layer->entry_count;
    job->kept += layer->kept_size;
    if (job->kept > WB_IMAGE_KEPT_MAX) {
        /* Much of it may have been released since. */
        job->kept = 0;
        for (size_t i = 0; i <= index; i++)
            job->kept += job->layers[i]->kept_size;
    }
    if (job->entries <= WB_IMAGE_ENTRIES_MAX && job->kept <= WB_IMAGE_KEPT_MAX)
        return true;
    if (job->entries > WB_IMAGE_ENTRIES_MAX)
        wb_error_set(err, WB_BAD_INPUT, "the layers up to this one have more than %d entries",
                     WB_IMAGE_ENTRIES_MAX);
    else
        wb_error_set(err, WB_BAD_INPUT,
                     "the package databases, file lists and copyright files of the layers up to "
                     "this one have more than the %" PRIu64 " bytes that are read",
                     WB_IMAGE_KEPT_MAX);
    return wb_error_context(err, "%s", wb_layer_label(index, digest, label));
}

static bool hand_on(struct layer_job *job, wb_layer_visitor *visit, void *visit_context,
                    struct wb_error *err)
{
    for (size_t i = 0; i < job->count; i++) {
        if (!wait_for(job, i))
            return true; /* read_all reports the failure */
        if (!add_layer(job, i, err))
            return false;
        if (visit != NULL && !visit(visit_context, job->layers[i], i, err))
            return false;
        pthread_mutex_lock(&job->lock);
        job->visited = i + 1;
        pthread_cond_broadcast(&job->changed);
        pthread_mutex_unlock(&job->lock);
    }
    report_progress(job);
    return true;
}

static size_t thread_count(const struct wb_layer_options *options, size_t layers)
{
    size_t wanted = options->threads;
    if (wanted == 0) {
        long online = sysconf(_SC_NPROCESSORS_ONLN);
        wanted = online < 1 ? 1 : (size_t)online;
    }
    if (wanted > THREADS_MAX)
        wanted = THREADS_MAX;
    return wanted < layers ? wanted : layers;
}

static bool read_all(struct layer_job *job, wb_layer_visitor *visit, void *visit_context,
                     struct wb_error *err)
{
    size_t wanted = thread_count(job->options, job->count);
    job->ahead = 2 * wanted;
    pthread_t *threads = wb_allocate_array(wanted + 1, sizeof *threads);
    size_t started = 0;
    int code = 0;
    while (started < wanted && code == 0) {
        code = pthread_create(&threads[started], NULL, reader_main, job);
        if (code == 0)
            started++;
    }
    bool good =
        started > 0 || wanted == 0 || wb_error_set_errno(err, code, "cannot start a thread");
    good = good && hand_on(job, visit, visit_context, err);
    pthread_mutex_lock(&job->lock);
    job->stopped = true;
    pthread_cond_broadcast(&job->changed);
    pthread_mutex_unlock(&job->lock);
    for (size_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    free(threads);
    if (good && job->failed < job->count) {
        *err = job->failure;
        good = false;
    }
    return good;
}

bool wb_image_read_layers(struct wb_image *image, const struct wb_layer_options *options,
                          wb_layer_visitor *visit, void *visit_context, struct wb_layer ***layers,
                          struct wb_error *err)
{
    size_t count = image->description.layer_count;
    struct layer_job job = {.image = image, .options = options, .count = count, .failed = count};
    pthread_mutex_init(&job.lock, NULL);
    pthread_cond_init(&job.changed, NULL);
    job.layers = wb_allocate_array(count + 1, sizeof(struct wb_layer *));
    job.done = wb_allocate_array(count + 1, sizeof *job.done);
    for (size_t i = 0; image->places != NULL && i < count; i++)
        if (image->places[i].record == NULL)
            job.bytes_total += image->places[i].size;
    bool good = read_all(&job, visit, visit_context, err);
    if (good)
        *layers = WB_STEAL(job.layers);
    else
        wb_layers_free(job.layers, count);
    free(job.done);
    pthread_cond_destroy(&job.changed);
    pthread_mutex_destroy(&job.lock);
    return good;
}
