/* SPDX-License-Identifier: Apache-2.0 */
/* The payload of cosign's older image signatures (containers-signature(5), SIGNATURE_SPEC.md). */
#include "sign/envelope_json.h"

#include <stdlib.h>
#include <string.h>

#define SIGNATURE_TYPE "cosign container image signature"
#define PAYLOAD_SIZE_MAX ((size_t)1 << 20)

void wb_simple_signing_free(struct wb_simple_signing *payload)
{
    if (payload != NULL)
        wb_arena_free(payload->arena);
}

static bool read_critical(const json_t *critical, struct wb_simple_signing *payload,
                          struct wb_error *err)
{
    /* Whatever else is called critical is not to be passed over. */
    static const char *const critical_members[] = {"identity", "image", "type", NULL};
    static const char *const identity_members[] = {"docker-reference", NULL};
    static const char *const image_members[] = {"docker-manifest-digest", NULL};
    const json_t *identity = json_object_get(critical, "identity");
    const json_t *image = json_object_get(critical, "image");
    if (!wb_envelope_only_members(critical, "payload: critical", critical_members, err) ||
        !wb_envelope_only_members(identity, "payload: identity", identity_members, err) ||
        !wb_envelope_only_members(image, "payload: image", image_members, err))
        return false;
    const char *type, *digest;
    if (!wb_envelope_text(critical, "payload", "type", false, payload->arena, &type, err) ||
        !wb_envelope_text(identity, "payload", "docker-reference", true, payload->arena,
                          &payload->docker_reference, err) ||
        !wb_envelope_text(image, "payload", "docker-manifest-digest", false, payload->arena,
                          &digest, err))
        return false;
    if (strcmp(type, SIGNATURE_TYPE) != 0)
        return wb_error_set(err, WB_BAD_INPUT, "payload: type `%.100s` is not `%s`", type,
                            SIGNATURE_TYPE);
    return wb_digest_parse(digest, &payload->manifest_digest, err) ||
           wb_error_context(err, "payload");
}

struct wb_simple_signing *wb_simple_signing_read(struct wb_bytes bytes, struct wb_error *err)
{
    static const char *const members[] = {"critical", "optional", NULL};
    if (bytes.size > PAYLOAD_SIZE_MAX) {
        wb_error_set(err, WB_BAD_INPUT, "payload: %zu bytes, more than the %zu it may have",
                     bytes.size, PAYLOAD_SIZE_MAX);
        return NULL;
    }
    WB_AUTO_JSON json = wb_envelope_parse(bytes, "payload", err);
    if (json == NULL || !wb_envelope_only_members(json, "payload", members, err))
        return NULL;
    struct wb_arena *arena = wb_arena_new();
    WB_AUTO(wb_simple_signing) *payload = wb_arena_allocate(arena, sizeof *payload);
    payload->arena = arena;
    if (!read_critical(json_object_get(json, "critical"), payload, err))
        return NULL;
    wb_envelope_pairs(wb_json_object_of(json, "optional"), arena, &payload->annotations,
                      &payload->annotation_count);
    return WB_STEAL(payload);
}

static int compare_names(const void *left, const void *right)
{
    const struct wb_statement_pair *const *a = left;
    const struct wb_statement_pair *const *b = right;
    return strcmp((*a)->name, (*b)->name);
}

void wb_simple_signing_write(const char *docker_reference, const struct wb_digest *manifest_digest,
                             const struct wb_statement_pair *annotations, size_t annotation_count,
                             struct wb_buffer *json)
{
    char digest[WB_DIGEST_TEXT_SIZE];
    wb_buffer_append_text(json, "{\"critical\":{\"identity\":{\"docker-reference\":");
    wb_buffer_append_json_string(json, docker_reference);
    wb_buffer_append_format(json,
                            "},\"image\":{\"docker-manifest-digest\":\"%s\"},\"type\":\"%s\"},"
                            "\"optional\":",
                            wb_digest_format(manifest_digest, digest), SIGNATURE_TYPE);
    if (annotation_count == 0) {
        wb_buffer_append_text(json, "null}");
        return;
    }
    const struct wb_statement_pair **sorted =
        wb_allocate_array(annotation_count, sizeof(const struct wb_statement_pair *));
    for (size_t i = 0; i < annotation_count; i++)
        sorted[i] = &annotations[i];
    qsort(sorted, annotation_count, sizeof(const struct wb_statement_pair *), compare_names);
    for (size_t i = 0; i < annotation_count; i++) {
        wb_buffer_append_text(json, i == 0 ? "{" : ",");
        wb_buffer_append_json_string(json, sorted[i]->name);
        wb_buffer_append_text(json, ":");
        wb_buffer_append_json_string(json, sorted[i]->value);
    }
    wb_buffer_append_text(json, "}}");
    free(sorted);
}
