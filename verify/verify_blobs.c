/* SPDX-License-Identifier: Apache-2.0 */
/* Every blob below a manifest or index, by size and digest, on all processors. */
#include "verify/verify_private.h"

#include <pthread.h>
#include <search.h>
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
    void *by_digest; /* tsearch(3): which are on the list, each node with its own copy */
};

/* ---- what there is to check ---- */

static int compare_blobs(const void *left, const void *right)
{
    const struct blob *a = left, *b = right;
    if (a->digest.algorithm != b->digest.algorithm)
        return a->digest.algorithm < b->digest.algorithm ? -1 : 1;
    return memcmp(a->digest.bytes, b->digest.bytes, wb_digest_size(a->digest.algorithm));
}

/* Puts the blob on the list; *is_new is false for one that is there already, which must have been
 * given the same size. */
static bool list_blob(struct blob_list *list, const struct blob *blob, bool *is_new,
                      struct wb_error *err)
{
    struct blob *const *found = tfind(blob, &list->by_digest, compare_blobs);
    char text[WB_DIGEST_TEXT_SIZE];
    *is_new = found == NULL;
    if (found != NULL)
        return (*found)->size == blob->size ||
               wb_error_set(err, WB_CHECK_FAILED,
                            "%s: one descriptor states %lld bytes, another %lld",
                            wb_digest_format(&blob->digest, text), (long long)(*found)->size,
                            (long long)blob->size);
    if (list->count >= BLOBS_MAX)
        return wb_error_set(err, WB_CHECK_FAILED, "more than %d blobs", BLOBS_MAX);
    struct blob *copy = wb_allocate(sizeof *copy);
    *copy = *blob;
    if (tsearch(copy, &list->by_digest, compare_blobs) == NULL)
        wb_out_of_memory(sizeof *copy);
    WB_APPEND(list->blobs, list->count, list->capacity, *blob);
    return true;
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
    bool is_new;
    return read_descriptor(descriptor, &blob, err) && list_blob(list, &blob, &is_new, err);
}

static bool collect(struct wb_layout *layout, struct blob_list *list, const struct blob *document,
                    int depth, struct wb_error *err);

/* An index may list what is neither a manifest nor an index: that is a blob like any other. */
static bool is_document(const json_t *descriptor)
{
    static const char *const types[] = {
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
    };
    const char *type = wb_json_string_of(descriptor, "mediaType");
    for (size_t i = 0; type != NULL && i < sizeof types / sizeof types[0]; i++)
        if (strcmp(types[i], type) == 0)
            return true;
    return type == NULL;
}

static bool collect_manifests(struct wb_layout *layout, struct blob_list *list,
                              const json_t *manifests, int depth, struct wb_error *err)
{
    for (size_t i = 0; i < json_array_size(manifests); i++) {
        const json_t *descriptor = json_array_get(manifests, i);
        struct blob below;
        if (!is_document(descriptor) ? !add_blob(list, descriptor, err)
                                     : !read_descriptor(descriptor, &below, err) ||
                                           !collect(layout, list, &below, depth + 1, err))
            return false;
    }
    return true;
}

static bool collect_layers(struct blob_list *list, const json_t *manifest, struct wb_error *err)
{
    const json_t *config = wb_json_object_of(manifest, "config");
    const json_t *layers = wb_json_array_of(manifest, "layers");
    if (config == NULL || layers == NULL)
        return wb_error_set(err, WB_CHECK_FAILED, "neither an image manifest nor an index");
    if (!add_blob(list, config, err))
        return false;
    for (size_t i = 0; i < json_array_size(layers); i++)
        if (!add_blob(list, json_array_get(layers, i), err))
            return false;
    return true;
}

static char lower_case(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte;
}

/* As Go's JSON reader compares: case does not count, nor that of U+017F and U+212A. */
static bool same_when_folded(const char *text, const char *name)
{
    for (; *name != '\0'; name++) {
        char lower = lower_case(*name);
        if (lower_case(*text) == lower)
            text++;
        else if (lower == 's' && strncmp(text, "\xc5\xbf", 2) == 0)
            text += 2;
        else if (lower == 'k' && strncmp(text, "\xe2\x84\xaa", 3) == 0)
            text += 3;
        else
            return false;
    }
    return *text == '\0';
}

/* Runtimes read manifests with Go, for which `Layers` is `layers`, and the last one counts: what is
 * checked here must be what they use. */
static bool check_spelling(const json_t *object, struct wb_error *err)
{
    static const char *const names[] = {"mediaType", "digest",    "size", "config",
                                        "layers",    "manifests", "urls", "data"};
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)object, key, value)
    {
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
            if (strcmp(key, names[i]) != 0 && same_when_folded(key, names[i]))
                return wb_error_set(err, WB_CHECK_FAILED, "a member `%.40s` that passes for `%s`",
                                    key, names[i]);
    }
    return true;
}

static bool check_spellings(const json_t *document, struct wb_error *err)
{
    static const char *const lists[] = {"layers", "manifests"};
    if (!check_spelling(document, err) ||
        !check_spelling(wb_json_object_of(document, "config"), err))
        return false;
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        const json_t *list = wb_json_array_of(document, lists[i]);
        for (size_t j = 0; j < json_array_size(list); j++)
            if (!check_spelling(json_array_get(list, j), err))
                return false;
    }
    return true;
}

/* A manifest or index is read here, with its digest checked, and its blobs put on the list. */
static bool collect(struct wb_layout *layout, struct blob_list *list, const struct blob *document,
                    int depth, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) content = {0};
    char text[WB_DIGEST_TEXT_SIZE];
    bool is_new;
    wb_digest_format(&document->digest, text);
    if (depth > DEPTH_MAX)
        return wb_error_set(err, WB_CHECK_FAILED, "%s: indexes are nested too deeply", text);
    if (!list_blob(list, document, &is_new, err))
        return false;
    if (!is_new)
        return true;
    if (!wb_layout_read_blob(layout, &document->digest, MANIFEST_SIZE_MAX, &content, err))
        return false;
    if (content.size != (size_t)document->size)
        return wb_error_set(err, WB_CHECK_FAILED, "%s: %zu bytes, its descriptor states %lld", text,
                            content.size, (long long)document->size);
    WB_AUTO_JSON json = wb_json_parse(wb_buffer_bytes(&content), err);
    if (json == NULL || !check_spellings(json, err))
        return wb_error_context(err, "%s", text);
    const json_t *manifests = wb_json_array_of(json, "manifests");
    /* What could be taken for both is taken for neither (CVE-2021-41190). */
    if (manifests != NULL &&
        (json_object_get(json, "layers") != NULL || json_object_get(json, "config") != NULL))
        return wb_error_set(err, WB_CHECK_FAILED, "%s: both an index and a manifest", text);
    bool good = manifests != NULL ? collect_manifests(layout, list, manifests, depth, err)
                                  : collect_layers(list, json, err);
    return good || wb_error_context(err, "%s", text);
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
    const struct blob top = {target->digest, target->size};
    bool good = collect(layout, &list, &top, 0, err);
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
    tdestroy(list.by_digest, free);
    free(list.blobs);
    return good;
}
