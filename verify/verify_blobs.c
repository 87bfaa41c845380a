/* SPDX-License-Identifier: Apache-2.0 */
/* Every blob below a manifest or index, by size and digest, on all processors. */
#include "verify/verify_private.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MANIFEST_SIZE_MAX ((size_t)4 << 20)
#define BLOBS_MAX 100000
#define DEPTH_MAX 4
#define THREADS_MAX 64

struct blob {
    struct wb_digest digest;
    int64_t size;
};

struct blob_list {
    struct blob *blobs;
    size_t count, capacity;
};

/* ---- what there is to check ---- */

static bool known(const struct blob_list *list, const struct wb_digest *digest)
{
    for (size_t i = 0; i < list->count; i++)
        if (wb_digest_equal(&list->blobs[i].digest, digest))
            return true;
    return false;
}

static bool read_descriptor(const json_t *json, struct blob *blob, struct wb_error *err)
{
    const char *digest = wb_json_string_of(json, "digest");
    blob->size = wb_json_integer_of(json, "size", -1);
    if (digest == NULL || blob->size < 0)
        return wb_error_set(err, WB_CHECK_FAILED, "a descriptor without digest or size");
    return wb_digest_parse(digest, &blob->digest, err);
}

static bool add_blob(struct blob_list *list, const json_t *descriptor, struct wb_error *err)
{
    struct blob blob;
    if (!read_descriptor(descriptor, &blob, err))
        return false;
    if (known(list, &blob.digest))
        return true;
    if (list->count >= BLOBS_MAX)
        return wb_error_set(err, WB_CHECK_FAILED, "more than %d blobs", BLOBS_MAX);
    WB_APPEND(list->blobs, list->count, list->capacity, blob);
    return true;
}

static bool collect(struct wb_layout *layout, struct blob_list *list,
                    const struct wb_digest *digest, int64_t size, int depth, struct wb_error *err);

static bool collect_manifests(struct wb_layout *layout, struct blob_list *list,
                              const json_t *manifests, int depth, struct wb_error *err)
{
    for (size_t i = 0; i < json_array_size(manifests); i++) {
        struct blob below;
        if (!read_descriptor(json_array_get(manifests, i), &below, err) ||
            (!known(list, &below.digest) &&
             !collect(layout, list, &below.digest, below.size, depth + 1, err)))
            return false;
    }
    return true;
}

/* A manifest or index is read here, with its digest checked, and its blobs put on the list. */
static bool collect(struct wb_layout *layout, struct blob_list *list,
                    const struct wb_digest *digest, int64_t size, int depth, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) content = {0};
    char text[WB_DIGEST_TEXT_SIZE];
    wb_digest_format(digest, text);
    if (depth > DEPTH_MAX)
        return wb_error_set(err, WB_CHECK_FAILED, "%s: indexes are nested too deeply", text);
    if (!wb_layout_read_blob(layout, digest, MANIFEST_SIZE_MAX, &content, err))
        return false;
    if (size >= 0 && content.size != (size_t)size)
        return wb_error_set(err, WB_CHECK_FAILED, "%s: %zu bytes, its descriptor states %lld", text,
                            content.size, (long long)size);
    struct blob self = {*digest, size};
    WB_APPEND(list->blobs, list->count, list->capacity, self);
    WB_AUTO_JSON json = wb_json_parse(wb_buffer_bytes(&content), err);
    if (json == NULL)
        return wb_error_context(err, "%s", text);
    const json_t *manifests = wb_json_array_of(json, "manifests");
    if (manifests != NULL)
        return collect_manifests(layout, list, manifests, depth, err);
    const json_t *config = wb_json_object_of(json, "config");
    const json_t *layers = wb_json_array_of(json, "layers");
    if (config == NULL || layers == NULL)
        return wb_error_set(err, WB_CHECK_FAILED, "%s: neither an image manifest nor an index",
                            text);
    if (!add_blob(list, config, err))
        return wb_error_context(err, "%s", text);
    for (size_t i = 0; i < json_array_size(layers); i++)
        if (!add_blob(list, json_array_get(layers, i), err))
            return wb_error_context(err, "%s", text);
    return true;
}

/* ---- checking ---- */

struct blob_job {
    struct wb_layout *layout;
    const struct blob_list *list;
    pthread_mutex_t lock;
    size_t next;
    size_t failed; /* the first on the list that failed; list->count when none did */
    struct wb_error failure;
};

static void *check_main(void *context)
{
    struct blob_job *job = context;
    for (;;) {
        pthread_mutex_lock(&job->lock);
        size_t index = job->next < job->failed ? job->next++ : job->list->count;
        pthread_mutex_unlock(&job->lock);
        if (index == job->list->count)
            return NULL;
        struct wb_error err = WB_ERROR_INIT;
        const struct blob *blob = &job->list->blobs[index];
        if (wb_layout_check_blob(job->layout, &blob->digest, blob->size, &err))
            continue;
        pthread_mutex_lock(&job->lock);
        if (index < job->failed) {
            job->failed = index;
            job->failure = err;
        }
        pthread_mutex_unlock(&job->lock);
    }
}

static void run(struct blob_job *job)
{
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    size_t wanted = online < 1 ? 1 : (size_t)online;
    if (wanted > THREADS_MAX)
        wanted = THREADS_MAX;
    pthread_t threads[THREADS_MAX];
    size_t started = 0;
    /* This thread is one of them. */
    while (started + 1 < wanted && pthread_create(&threads[started], NULL, check_main, job) == 0)
        started++;
    check_main(job);
    for (size_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
}

bool wb_verify_blobs(struct wb_layout *layout, const struct wb_descriptor *target,
                     struct wb_verify_report *report, struct wb_error *err)
{
    struct blob_list list = {0};
    bool good = collect(layout, &list, &target->digest, target->size, 0, err);
    if (good) {
        struct blob_job job = {.layout = layout, .list = &list, .failed = list.count};
        pthread_mutex_init(&job.lock, NULL);
        run(&job);
        pthread_mutex_destroy(&job.lock);
        good = job.failed == list.count;
        if (!good)
            *err = job.failure;
    }
    for (size_t i = 0; i < list.count && good; i++) {
        report->blobs_checked++;
        report->bytes_checked += (uint64_t)list.blobs[i].size;
    }
    free(list.blobs);
    return good;
}
