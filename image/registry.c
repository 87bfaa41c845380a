/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a repository: OCI distribution-spec 1.1 "Pull" and "Listing Referrers". */
#include "image/registry_private.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MANIFEST_TYPES                                                                             \
    "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, "        \
    "application/vnd.docker.distribution.manifest.v2+json, "                                       \
    "application/vnd.docker.distribution.manifest.list.v2+json"
#define INDEX_TYPE "application/vnd.oci.image.index.v1+json"
#define PAGES_MAX 100
#define REFERRERS_MAX 10000
#define RESUMPTIONS_MAX 4
/* A transfer that got so much further has shown that it can. */
#define PROGRESS_SIZE (UINT64_C(16) << 20)
#define DISCARD_SIZE 65536

struct wb_registry *wb_registry_new(const struct wb_reference *reference, bool write,
                                    struct wb_error *err)
{
    WB_AUTO(wb_registry) *registry = wb_allocate(sizeof *registry);
    registry->access = wb_access_new(reference, write, err);
    registry->repository = wb_string_copy(strchr(reference->path, '/') + 1);
    return registry->access == NULL ? NULL : WB_STEAL(registry);
}

void wb_registry_free(struct wb_registry *registry)
{
    if (registry == NULL)
        return;
    wb_access_free(registry->access);
    free(registry->repository);
    free(registry->manifests);
    free(registry);
}

char *wb_registry_url(const struct wb_registry *registry, const char *kind, const char *name)
{
    return wb_string_format("/v2/%s/%s/%s", registry->repository, kind, name);
}

/* ---- manifests ---- */

void wb_registry_manifest_clear(struct wb_registry_manifest *manifest)
{
    wb_buffer_clear(&manifest->content);
    wb_buffer_clear(&manifest->media_type);
}

static void note_manifests(struct wb_registry *registry, const json_t *index)
{
    size_t i;
    const json_t *one;
    struct wb_digest digest;
    json_array_foreach(wb_json_array_of(index, "manifests"), i, one)
    {
        const char *text = wb_json_string_of(one, "digest");
        if (text != NULL && wb_digest_parse(text, &digest, NULL))
            WB_APPEND(registry->manifests, registry->manifest_count, registry->manifest_capacity,
                      digest);
    }
}

/* The document knows better than the answer what it is; OCI manifests need not say so. */
static void look_into(struct wb_registry *registry, struct wb_registry_manifest *manifest,
                      const struct wb_http_answer *answer)
{
    WB_AUTO_JSON json = wb_json_parse(wb_buffer_bytes(&manifest->content), NULL);
    const char *own = wb_json_string_of(json, "mediaType");
    const char *sent = answer->type.size == 0 ? "" : (const char *)answer->type.data;
    wb_buffer_append_text(&manifest->media_type, "");
    if (own != NULL)
        wb_buffer_append_text(&manifest->media_type, own);
    else if (wb_utf8_valid(sent, strlen(sent)))
        wb_buffer_append(&manifest->media_type, sent, strcspn(sent, "; "));
    note_manifests(registry, json);
}

static bool check_digest(const char *name, struct wb_registry_manifest *manifest,
                         struct wb_error *err)
{
    struct wb_digest wanted;
    bool by_digest = strchr(name, ':') != NULL;
    if (by_digest && !wb_digest_parse(name, &wanted, err))
        return false;
    if (!wb_digest_bytes(by_digest ? wanted.algorithm : WB_DIGEST_SHA256,
                         wb_buffer_bytes(&manifest->content), &manifest->digest, err))
        return false;
    return !by_digest || wb_digest_equal(&wanted, &manifest->digest) ||
           wb_error_set(err, WB_CHECK_FAILED,
                        "the registry sent another manifest than was asked "
                        "for");
}

bool wb_registry_read_manifest(struct wb_registry *registry, const char *name,
                               struct wb_registry_manifest *manifest, bool *found,
                               struct wb_error *err)
{
    WB_AUTO_STRING url = wb_registry_url(registry, "manifests", name);
    const struct wb_http_request request = {.method = "GET", .url = url, .accept = MANIFEST_TYPES};
    struct wb_http_answer answer;
    *manifest = (struct wb_registry_manifest){0};
    bool good = wb_access_send(registry->access, &request, &answer, err);
    *found = good && answer.status == 200;
    if (*found)
        good = wb_http_read_all(&answer, WB_DOCUMENT_SIZE_MAX, &manifest->content, err) &&
               check_digest(name, manifest, err);
    else if (good && answer.status != 404)
        good = wb_access_refused(registry->access, &answer, name, err);
    if (*found && good)
        look_into(registry, manifest, &answer);
    wb_http_answer_clear(&answer);
    return good || wb_error_context(err, "%s", name);
}

/* ---- referrers ---- */

/* `<URL>; rel="next"` (RFC 8288). */
static char *next_page(const struct wb_http_answer *answer)
{
    const char *link = answer->link.size == 0 ? "" : (const char *)answer->link.data;
    const char *end = strchr(link, '>');
    if (link[0] != '<' || end == NULL || strstr(end, "next") == NULL)
        return NULL;
    return wb_string_format("%.*s", (int)(end - link - 1), link + 1);
}

static bool take_page(struct wb_http_answer *answer, json_t *manifests, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) content = {0};
    if (!wb_http_read_all(answer, WB_DOCUMENT_SIZE_MAX, &content, err))
        return false;
    WB_AUTO_JSON index = wb_json_parse(wb_buffer_bytes(&content), err);
    if (index == NULL)
        return false;
    if (json_array_extend(manifests, wb_json_array_of(index, "manifests")) != 0)
        return wb_error_set(err, WB_BAD_INPUT, "the list of referrers has no `manifests`");
    return json_array_size(manifests) <= REFERRERS_MAX ||
           wb_error_set(err, WB_BAD_INPUT, "more than %d referrers", REFERRERS_MAX);
}

/* *next is the URL of a further page, or NULL. */
static bool read_page(struct wb_registry *registry, const char *url, json_t *manifests,
                      bool *supported, char **next, struct wb_error *err)
{
    const struct wb_http_request request = {.method = "GET", .url = url, .accept = INDEX_TYPE};
    struct wb_http_answer answer;
    bool good = wb_access_send(registry->access, &request, &answer, err);
    *next = NULL;
    /* Registries that do not know the list answer in many ways; only some mean trouble. */
    *supported = good && answer.status == 200 && answer.type.size > 0 &&
                 wb_text_starts_with((const char *)answer.type.data, INDEX_TYPE);
    if (*supported) {
        good = take_page(&answer, manifests, err);
        *next = next_page(&answer);
    } else if (good && (answer.status == 401 || answer.status == 403 || answer.status >= 500)) {
        good = wb_access_refused(registry->access, &answer, "referrers", err);
    }
    wb_http_answer_clear(&answer);
    return good;
}

bool wb_registry_read_referrers(struct wb_registry *registry, const struct wb_digest *digest,
                                json_t *manifests, bool *supported, struct wb_error *err)
{
    char text[WB_DIGEST_TEXT_SIZE];
    char *url = wb_registry_url(registry, "referrers", wb_digest_format(digest, text));
    bool good = true;
    *supported = false;
    for (int page = 0; url != NULL && good; page++) {
        char *next = NULL;
        bool is_list = false;
        good = wb_access_in_origin(registry->access, url, err) &&
               read_page(registry, url, manifests, &is_list, &next, err);
        if (page == 0)
            *supported = is_list;
        if (good && page == PAGES_MAX && next != NULL)
            good = wb_error_set(err, WB_BAD_INPUT, "the list of referrers does not end");
        free(url);
        url = next;
    }
    free(url);
    return good || wb_error_context(err, "referrers of %s", text);
}

/* ---- blobs ---- */

/* *told is false where the answer leaves open whether the blob is there, or how large it is. */
static bool ask_for_blob(struct wb_registry *registry, const char *method, const char *name,
                         bool *found, int64_t *size, bool *answered, bool *told,
                         struct wb_error *err)
{
    WB_AUTO_STRING url = wb_registry_url(registry, "blobs", name);
    const struct wb_http_request request = {.method = method, .url = url};
    struct wb_http_answer answer;
    bool good = wb_access_send(registry->access, &request, &answer, err);
    *answered = good;
    *found = good && answer.status == 200;
    *size = answer.size;
    *told = good && ((*found && answer.size >= 0) || answer.status == 404 || answer.status == 401);
    if (good && !*found && answer.status != 404)
        good = wb_access_refused(registry->access, &answer, name, err);
    wb_http_answer_clear(&answer);
    return good;
}

bool wb_registry_find_blob(struct wb_registry *registry, const struct wb_digest *digest,
                           bool *found, int64_t *size, struct wb_error *err)
{
    char text[WB_DIGEST_TEXT_SIZE];
    bool answered, told;
    wb_digest_format(digest, text);
    bool good = ask_for_blob(registry, "HEAD", text, found, size, &answered, &told, err);
    if (!answered || told)
        return good;
    /* Where blobs lie elsewhere, that place may know GET only. */
    if (err != NULL)
        *err = (struct wb_error)WB_ERROR_INIT;
    return ask_for_blob(registry, "GET", text, found, size, &answered, &told, err);
}

struct wb_registry_blob {
    struct wb_registry *registry;
    char *url;
    struct wb_http_answer answer;
    bool is_open;
    uint64_t at; /* of the next byte of the answer */
    int64_t size;
    int resumptions;
    uint64_t resumed_at; /* where the last of them began */
};

/* Goes to where the reader wants to be, where the registry sends all from the beginning. */
static bool discard(struct wb_registry_blob *blob, uint64_t size, struct wb_error *err)
{
    uint8_t *data = wb_allocate(DISCARD_SIZE);
    ssize_t count = 1;
    while (size > 0 && count > 0) {
        count = wb_http_read(&blob->answer, data, size < DISCARD_SIZE ? (size_t)size : DISCARD_SIZE,
                             err);
        size -= count > 0 ? (uint64_t)count : 0;
    }
    free(data);
    return count > 0 || (count == 0 && wb_error_set(err, WB_SYSTEM, "the blob ended early"));
}

static bool open_at(struct wb_registry_blob *blob, uint64_t at, struct wb_error *err)
{
    const struct wb_http_request request = {.method = "GET", .url = blob->url, .from = at};
    wb_http_answer_clear(&blob->answer);
    blob->is_open = false;
    if (!wb_access_send(blob->registry->access, &request, &blob->answer, err))
        return false;
    if (blob->answer.status == 404)
        return wb_error_set(err, WB_CHECK_FAILED, "the blob is missing");
    if (blob->answer.status != 200 && blob->answer.status != 206)
        return wb_access_refused(blob->registry->access, &blob->answer, "the blob", err);
    blob->is_open = true;
    blob->at = at;
    blob->resumed_at = blob->resumed_at > at ? at : blob->resumed_at;
    return blob->answer.status == 206 || at == 0 || discard(blob, at, err);
}

struct wb_registry_blob *wb_registry_blob_new(struct wb_registry *registry,
                                              const struct wb_digest *digest, int64_t size)
{
    char text[WB_DIGEST_TEXT_SIZE];
    struct wb_registry_blob *blob = wb_allocate(sizeof *blob);
    blob->registry = registry;
    blob->url = wb_registry_url(registry, "blobs", wb_digest_format(digest, text));
    blob->answer.size = -1;
    blob->size = size;
    return blob;
}

void wb_registry_blob_free(struct wb_registry_blob *blob)
{
    if (blob == NULL)
        return;
    wb_http_answer_clear(&blob->answer);
    free(blob->url);
    free(blob);
}

uint64_t wb_registry_blob_at(const struct wb_registry_blob *blob)
{
    return blob->at;
}

ssize_t wb_registry_blob_read(struct wb_registry_blob *blob, uint64_t at, void *data, size_t size,
                              struct wb_error *err)
{
    if (blob->size >= 0 && at >= (uint64_t)blob->size)
        return 0;
    if ((!blob->is_open || blob->at != at) && !open_at(blob, at, err))
        return -1;
    for (;;) {
        struct wb_error failure = WB_ERROR_INIT;
        ssize_t count = wb_http_read(&blob->answer, data, size, &failure);
        bool early = count == 0 && blob->size >= 0;
        if (count >= 0 && !early) {
            blob->at += (uint64_t)count;
            return count;
        }
        if (at - blob->resumed_at >= PROGRESS_SIZE)
            blob->resumptions = 0;
        blob->resumed_at = at;
        if (blob->resumptions++ == RESUMPTIONS_MAX) {
            wb_error_set(err, WB_SYSTEM, "the transfer broke off at byte %" PRIu64 ": %s", at,
                         early ? "the connection was closed" : failure.message);
            return -1;
        }
        if (!open_at(blob, at, err))
            return -1;
    }
}

bool wb_registry_read_blob(struct wb_registry *registry, const struct wb_digest *digest,
                           size_t limit, struct wb_buffer *content, bool *found,
                           struct wb_error *err)
{
    int64_t size;
    content->size = 0;
    if (!wb_registry_find_blob(registry, digest, found, &size, err))
        return false;
    if (!*found)
        return true;
    WB_AUTO(wb_registry_blob) *blob = wb_registry_blob_new(registry, digest, size);
    uint8_t data[16384];
    ssize_t count;
    while ((count = wb_registry_blob_read(blob, content->size, data, sizeof data, err)) > 0) {
        if ((size_t)count > limit - content->size)
            return wb_error_set(err, WB_BAD_INPUT, "the blob has more than %zu bytes", limit);
        wb_buffer_append(content, data, (size_t)count);
    }
    return count == 0;
}

bool wb_registry_read_any(struct wb_registry *registry, const struct wb_digest *digest,
                          size_t limit, struct wb_buffer *content, bool *found,
                          struct wb_error *err)
{
    char text[WB_DIGEST_TEXT_SIZE];
    bool is_manifest = false;
    for (size_t i = 0; i < registry->manifest_count && !is_manifest; i++)
        is_manifest = wb_digest_equal(&registry->manifests[i], digest);
    if (!is_manifest)
        return wb_registry_read_blob(registry, digest, limit, content, found, err);
    struct wb_registry_manifest manifest;
    bool good =
        wb_registry_read_manifest(registry, wb_digest_format(digest, text), &manifest, found, err);
    content->size = 0;
    if (good && *found)
        wb_buffer_append(content, manifest.content.data, manifest.content.size);
    wb_registry_manifest_clear(&manifest);
    return good;
}
