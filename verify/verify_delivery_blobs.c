/* SPDX-License-Identifier: Apache-2.0 */
/* Every byte of every blob, on all processors, the largest blobs first. */
#include "verify/delivery_private.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define READ_SIZE ((size_t)1 << 20)
#define THREADS_MAX 64
#define RANGES_SHOWN 3

static uint64_t stored_size(const struct wb_blob_job *job)
{
    uint64_t size = 0;
    for (size_t i = 0; i < job->piece_count; i++)
        size += job->pieces[i]->size;
    return size;
}

/* ---- one blob ---- */

struct worker {
    struct wb_delivery_check *check;
    struct run *run;
    uint8_t *data;
};

static void tell_progress(struct run *run, uint64_t size);

static bool fail(struct wb_blob_job *job, const char *code, const struct wb_error *failure)
{
    job->code = code;
    job->failure = wb_string_copy(failure->message);
    return false;
}

static bool hash(struct worker *worker, struct wb_blob_job *job, uint64_t size,
                 struct wb_digest *found, struct wb_error *err)
{
    WB_AUTO(wb_hasher) *hasher = wb_hasher_new(job->digest.algorithm, err);
    if (hasher == NULL)
        return false;
    for (uint64_t at = 0; at < size;) {
        size_t here = size - at < READ_SIZE ? (size_t)(size - at) : READ_SIZE;
        if (!wb_blob_job_read(worker->check, job, at, worker->data, here, err))
            return false;
        wb_hasher_update(hasher, worker->data, here);
        tell_progress(worker->run, here);
        at += here;
    }
    wb_hasher_finish(hasher, found);
    return true;
}

/* Of a stream that went by it is known already. */
static bool check_known(struct wb_blob_job *job, struct wb_error *err)
{
    char text[WB_DIGEST_TEXT_SIZE];
    if (job->pieces[0]->state == WB_BLOB_INTACT)
        return true;
    wb_error_set(err, WB_CHECK_FAILED, "its bytes are not those that were signed (%s)",
                 wb_digest_format(&job->digest, text));
    return fail(job, "E-DIGEST", err);
}

static bool check_content(struct worker *worker, struct wb_blob_job *job, uint64_t size,
                          struct wb_error *err)
{
    struct wb_digest found;
    char text[WB_DIGEST_TEXT_SIZE];
    if (job->pieces[0]->state != WB_BLOB_UNREAD)
        return check_known(job, err);
    if (!hash(worker, job, size, &found, err))
        return fail(job, err->status == WB_SYSTEM ? "" : "E-TRUNCATED", err);
    if (wb_digest_equal(&found, &job->digest))
        return true;
    wb_error_set(err, WB_CHECK_FAILED, "its bytes are not those that were signed: they have %s",
                 wb_digest_format(&found, text));
    return fail(job, "E-DIGEST", err);
}

static bool check_whole(struct worker *worker, struct wb_blob_job *job, struct wb_error *err)
{
    uint64_t size = stored_size(job);
    bool has_size = job->blob != NULL || job->has_size;
    uint64_t expected = job->blob != NULL ? job->blob->size : job->has_size ? job->size : size;
    for (size_t i = 0; i < job->piece_count; i++)
        if (job->pieces[i]->cut) {
            wb_error_set(err, WB_CHECK_FAILED, "the archive ends inside it");
            return fail(job, "E-TRUNCATED", err);
        }
    if (has_size && size != expected) {
        wb_error_set(err, WB_CHECK_FAILED, "it has %" PRIu64 " bytes, %" PRIu64 " were signed",
                     size, expected);
        return fail(job, "E-SIZE", err);
    }
    return check_content(worker, job, size, err);
}

/* A part of a blob whose rest is elsewhere: chunk by chunk. */
static bool check_part(struct worker *worker, struct wb_blob_job *job, struct wb_error *err)
{
    wb_blob_job_locate(worker->check, job);
    tell_progress(worker->run, job->pieces[0]->size);
    if (job->range_count == 0)
        return true;
    wb_error_set(err, WB_CHECK_FAILED,
                 "bytes of the part at %" PRIu64 " are not those that were "
                 "signed",
                 job->pieces[0]->part_offset);
    return fail(job, job->pieces[0]->cut ? "E-TRUNCATED" : "E-DIGEST", err);
}

static void check_job(struct worker *worker, struct wb_blob_job *job)
{
    struct wb_error failure = WB_ERROR_INIT;
    if (!job->whole)
        check_part(worker, job, &failure);
    else if (!check_whole(worker, job, &failure) && job->blob != NULL && *job->code != '\0')
        wb_blob_job_locate(worker->check, job);
}

/* ---- all of them ---- */

struct run {
    struct wb_delivery_check *check;
    pthread_mutex_t lock;
    size_t *order; /* of the jobs */
    size_t next;
    uint64_t done, total;
};

static void tell_progress(struct run *run, uint64_t size)
{
    const struct wb_delivery_input *input = run->check->input;
    if (input->progress == NULL)
        return;
    pthread_mutex_lock(&run->lock);
    run->done += size;
    input->progress(input->context, run->done, run->total);
    pthread_mutex_unlock(&run->lock);
}

static void *work(void *context)
{
    struct run *run = context;
    struct worker worker = {run->check, run, wb_allocate(READ_SIZE)};
    for (;;) {
        pthread_mutex_lock(&run->lock);
        size_t index = run->next < run->check->job_count ? run->next++ : run->check->job_count;
        pthread_mutex_unlock(&run->lock);
        if (index == run->check->job_count)
            break;
        check_job(&worker, &run->check->jobs[run->order[index]]);
    }
    free(worker.data);
    return NULL;
}

static int compare_sizes(const void *left, const void *right, void *context)
{
    const struct wb_blob_job *jobs = context;
    size_t a = *(const size_t *)left, b = *(const size_t *)right;
    uint64_t size_a = stored_size(&jobs[a]), size_b = stored_size(&jobs[b]);
    if (size_a != size_b)
        return size_a > size_b ? -1 : 1;
    return a < b ? -1 : a > b;
}

static void run_all(struct run *run)
{
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    size_t wanted = run->check->input->threads;
    if (wanted == 0)
        wanted = online < 1 ? 1 : (size_t)online;
    if (wanted > THREADS_MAX)
        wanted = THREADS_MAX;
    if (wanted > run->check->job_count)
        wanted = run->check->job_count;
    pthread_t threads[THREADS_MAX];
    size_t started = 0;
    /* This thread is one of them. */
    while (started + 1 < wanted && pthread_create(&threads[started], NULL, work, run) == 0)
        started++;
    work(run);
    for (size_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
}

/* ---- what came of it ---- */

static void describe_ranges(const struct wb_blob_job *job, struct wb_buffer *text)
{
    for (size_t i = 0; i < job->range_count && i < RANGES_SHOWN; i++) {
        const struct wb_bad_range *range = &job->ranges[i];
        wb_buffer_append_format(text,
                                "%s bytes %" PRIu64 " to %" PRIu64 " (%s from byte %" PRIu64 " on)",
                                i == 0 ? "; bad are" : ",", range->offset,
                                range->offset + range->size - 1, range->file, range->file_offset);
    }
    if (job->range_count > RANGES_SHOWN)
        wb_buffer_append_format(text, " and %zu more ranges", job->range_count - RANGES_SHOWN);
}

static bool settle(struct wb_delivery_check *check, struct wb_blob_job *job, size_t *listed,
                   struct wb_error *err)
{
    struct wb_delivery_verdict *verdict = check->verdict;
    char digest[WB_DIGEST_TEXT_SIZE];
    if (job->code == NULL) {
        verdict->blobs_checked++;
        verdict->bytes_checked += stored_size(job);
        return true;
    }
    wb_digest_format(&job->digest, digest);
    if (*job->code == '\0') {
        wb_error_set(err, WB_SYSTEM, "%s", job->failure);
        return wb_error_context(err, "%s", digest);
    }
    WB_APPEND(check->bad, check->bad_count, check->bad_capacity, job->digest);
    for (size_t i = 0; i < job->range_count; i++)
        WB_APPEND(verdict->bad_ranges, verdict->bad_range_count, verdict->bad_range_capacity,
                  job->ranges[i]);
    if ((*listed)++ >= WB_DELIVERY_LISTED_MAX)
        return true;
    WB_AUTO_VALUE(wb_buffer) text = {0};
    wb_buffer_append_text(&text, job->failure);
    describe_ranges(job, &text);
    wb_outcome_add(check->outcomes, job->code, digest, "%s%s%s",
                   job->blob == NULL ? "" : job->blob->role, job->blob == NULL ? "" : ": ",
                   (const char *)text.data);
    return true;
}

static int compare_digests(const void *left, const void *right)
{
    const struct wb_digest *a = left, *b = right;
    if (a->algorithm != b->algorithm)
        return a->algorithm < b->algorithm ? -1 : 1;
    return memcmp(a->bytes, b->bytes, wb_digest_size(a->algorithm));
}

bool wb_delivery_is_bad(const struct wb_delivery_check *check, const struct wb_digest *digest)
{
    return check->bad_count > 0 && bsearch(digest, check->bad, check->bad_count, sizeof *check->bad,
                                           compare_digests) != NULL;
}

size_t wb_delivery_count_bad(const struct wb_delivery_check *check,
                             const struct wb_reached *reached)
{
    size_t bad = 0;
    for (size_t i = 0; i < reached->count; i++)
        bad += wb_delivery_is_bad(check, &reached->blobs[i].digest);
    return bad;
}

bool wb_delivery_check_blobs(struct wb_delivery_check *check, struct wb_error *err)
{
    struct run run = {.check = check,
                      .order = wb_allocate_array(check->job_count + 1, sizeof *run.order)};
    for (size_t i = 0; i < check->job_count; i++) {
        run.order[i] = i;
        run.total += stored_size(&check->jobs[i]);
    }
    if (check->job_count > 1)
        qsort_r(run.order, check->job_count, sizeof *run.order, compare_sizes, check->jobs);
    pthread_mutex_init(&run.lock, NULL);
    run_all(&run);
    pthread_mutex_destroy(&run.lock);
    free(run.order);
    size_t listed = 0;
    for (size_t i = 0; i < check->job_count; i++)
        if (!settle(check, &check->jobs[i], &listed, err))
            return false;
    if (listed > WB_DELIVERY_LISTED_MAX)
        wb_outcome_add(check->outcomes, "E-DIGEST", NULL, "and %zu more blobs that do not hold",
                       listed - WB_DELIVERY_LISTED_MAX);
    if (check->bad_count > 1)
        qsort(check->bad, check->bad_count, sizeof *check->bad, compare_digests);
    return true;
}
