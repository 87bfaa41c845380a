/* SPDX-License-Identifier: Apache-2.0 */
/* Writing to a repository: OCI distribution-spec 1.1 "Push". */
#include "image/registry_private.h"

#include <stdlib.h>
#include <string.h>

/* Where the bytes go: POST, then PUT to the place that was answered. */
static char *upload_url(const struct wb_http_answer *answer, const struct wb_registry *registry,
                        const char *digest, struct wb_error *err)
{
    const char *location = answer->location.size == 0 ? NULL : (const char *)answer->location.data;
    if (location == NULL) {
        wb_error_set(err, WB_SYSTEM, "the registry names no place for an upload");
        return NULL;
    }
    if (!wb_access_in_origin(registry->access, location, err))
        return NULL;
    return wb_string_format("%s%cdigest=%s", location, strchr(location, '?') == NULL ? '?' : '&',
                            digest);
}

static char *begin_upload(struct wb_registry *registry, const char *digest, struct wb_error *err)
{
    WB_AUTO_STRING url = wb_registry_url(registry, "blobs", "uploads/");
    const struct wb_bytes nothing = {0};
    const struct wb_http_request request = {.method = "POST", .url = url, .body = &nothing};
    struct wb_http_answer answer;
    char *place = NULL;
    if (wb_access_send(registry->access, &request, &answer, err)) {
        if (answer.status == 202)
            place = upload_url(&answer, registry, digest, err);
        else
            wb_access_refused(registry->access, &answer, "an upload", err);
    }
    wb_http_answer_clear(&answer);
    return place;
}

bool wb_registry_put_blob(struct wb_registry *registry, const struct wb_digest *digest,
                          struct wb_bytes content, struct wb_error *err)
{
    char text[WB_DIGEST_TEXT_SIZE];
    wb_digest_format(digest, text);
    bool found;
    int64_t size;
    if (!wb_registry_find_blob(registry, digest, &found, &size, err))
        return wb_error_context(err, "%s", text);
    if (found)
        return true;
    WB_AUTO_STRING url = begin_upload(registry, text, err);
    if (url == NULL)
        return wb_error_context(err, "%s", text);
    const struct wb_http_request request = {.method = "PUT", .url = url, .body = &content};
    struct wb_http_answer answer;
    bool good = wb_access_send(registry->access, &request, &answer, err);
    if (good && answer.status != 201)
        good = wb_access_refused(registry->access, &answer, "an upload", err);
    wb_http_answer_clear(&answer);
    return good || wb_error_context(err, "%s", text);
}

bool wb_registry_put_manifest(struct wb_registry *registry, const char *name,
                              const char *media_type, struct wb_bytes content, struct wb_error *err)
{
    WB_AUTO_STRING url = wb_registry_url(registry, "manifests", name);
    const struct wb_http_request request = {
        .method = "PUT", .url = url, .content_type = media_type, .body = &content};
    struct wb_http_answer answer;
    bool good = wb_access_send(registry->access, &request, &answer, err);
    if (good && answer.status != 201 && answer.status != 200 && answer.status != 202)
        good = wb_access_refused(registry->access, &answer, "a manifest", err);
    wb_http_answer_clear(&answer);
    return good || wb_error_context(err, "%s", name);
}

bool wb_registry_delete_manifest(struct wb_registry *registry, const char *name,
                                 struct wb_error *err)
{
    WB_AUTO_STRING url = wb_registry_url(registry, "manifests", name);
    const struct wb_http_request request = {.method = "DELETE", .url = url};
    struct wb_http_answer answer;
    bool good = wb_access_send(registry->access, &request, &answer, err);
    if (good && answer.status != 202 && answer.status != 200 && answer.status != 204 &&
        answer.status != 404)
        good = wb_access_refused(registry->access, &answer, "deleting", err);
    wb_http_answer_clear(&answer);
    return good || wb_error_context(err, "%s", name);
}
