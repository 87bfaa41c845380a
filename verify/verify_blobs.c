/* SPDX-License-Identifier: Apache-2.0 */
/* Every blob below a manifest or index, by size and digest, on all processors. */
#include "verify/reached.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#define THREADS_MAX 64

struct blob_job {
    struct wb_layout *layout;
    const struct wb_reached *list;
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
        const struct wb_reached_blob *blob = &job->list->blobs[index];
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
    WB_AUTO_VALUE(wb_reached) list = {0};
    bool good = wb_reach(layout, &target->digest, target->size, &list, err);
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
    return good;
}
