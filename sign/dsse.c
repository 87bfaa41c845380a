/* SPDX-License-Identifier: Apache-2.0 */
/* DSSE: the envelope around a payload and what is signed of it (secure-systems-lab/dsse). */
#include "sign/envelope_json.h"

#include <string.h>

void wb_dsse_envelope_free(struct wb_dsse_envelope *envelope)
{
    /* The envelope itself lives in its arena. */
    if (envelope != NULL)
        wb_arena_free(envelope->arena);
}

static bool read_signature(const json_t *json, bool strict, struct wb_arena *arena,
                           struct wb_dsse_signature *signature, struct wb_error *err)
{
    static const char *const members[] = {"sig", "keyid", NULL};
    if (!json_is_object(json))
        return wb_error_set(err, WB_BAD_INPUT, "DSSE signature: not a JSON object");
    return (!strict || wb_envelope_only_members(json, "DSSE signature", members, err)) &&
           wb_envelope_bytes(json, "DSSE signature", "sig", arena, &signature->signature, err) &&
           wb_envelope_text(json, "DSSE signature", "keyid", true, arena, &signature->key_id, err);
}

static bool read_signatures(const json_t *json, bool strict, struct wb_dsse_envelope *envelope,
                            struct wb_error *err)
{
    const json_t *list = wb_json_array_of(json, "signatures");
    size_t count = json_array_size(list);
    if (count == 0)
        return wb_error_set(err, WB_BAD_INPUT, "DSSE envelope: no signatures");
    if (count > WB_ENVELOPE_SIGNATURES_MAX)
        return wb_error_set(err, WB_BAD_INPUT, "DSSE envelope: %zu signatures, more than %d", count,
                            WB_ENVELOPE_SIGNATURES_MAX);
    envelope->signatures = wb_arena_allocate(envelope->arena, count * sizeof *envelope->signatures);
    for (; envelope->signature_count < count; envelope->signature_count++)
        if (!read_signature(json_array_get(list, envelope->signature_count), strict,
                            envelope->arena, &envelope->signatures[envelope->signature_count], err))
            return false;
    return true;
}

struct wb_dsse_envelope *wb_dsse_from_json(const json_t *json, bool strict, struct wb_error *err)
{
    static const char *const members[] = {"payload", "payloadType", "signatures", NULL};
    if (strict && !wb_envelope_only_members(json, "DSSE envelope", members, err))
        return NULL;
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    struct wb_dsse_envelope *envelope = wb_arena_allocate(arena, sizeof *envelope);
    envelope->arena = arena;
    if (!wb_envelope_text(json, "DSSE envelope", "payloadType", false, arena,
                          &envelope->payload_type, err) ||
        !wb_envelope_bytes(json, "DSSE envelope", "payload", arena, &envelope->payload, err) ||
        !read_signatures(json, strict, envelope, err))
        return NULL;
    arena = NULL;
    return envelope;
}

struct wb_dsse_envelope *wb_dsse_read(struct wb_bytes json, struct wb_error *err)
{
    WB_AUTO_JSON root = wb_envelope_parse_sparse(json, "DSSE envelope", err);
    return root == NULL ? NULL : wb_dsse_from_json(root, false, err);
}

void wb_dsse_pae(const char *payload_type, struct wb_bytes payload, struct wb_buffer *encoding)
{
    wb_buffer_append_format(encoding, "DSSEv1 %zu %s %zu ", strlen(payload_type), payload_type,
                            payload.size);
    wb_buffer_append(encoding, payload.data, payload.size);
}

void wb_dsse_write(const char *payload_type, struct wb_bytes payload,
                   const struct wb_dsse_signature *signatures, size_t count, struct wb_buffer *json)
{
    wb_buffer_append_text(json, "{\"payload\":\"");
    wb_base64_encode(payload, json);
    wb_buffer_append_text(json, "\",\"payloadType\":");
    wb_buffer_append_json_string(json, payload_type);
    wb_buffer_append_text(json, ",\"signatures\":[");
    for (size_t i = 0; i < count; i++) {
        wb_buffer_append_text(json, i == 0 ? "{" : ",{");
        if (signatures[i].key_id != NULL) {
            wb_buffer_append_text(json, "\"keyid\":");
            wb_buffer_append_json_string(json, signatures[i].key_id);
            wb_buffer_append_text(json, ",");
        }
        wb_buffer_append_text(json, "\"sig\":\"");
        wb_base64_encode(signatures[i].signature, json);
        wb_buffer_append_text(json, "\"}");
    }
    wb_buffer_append_text(json, "]}");
}
