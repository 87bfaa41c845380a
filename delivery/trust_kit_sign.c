/* SPDX-License-Identifier: Apache-2.0 */
/* Signing a version of a trust kit, by one or by several after each other. */
#include "delivery/inventory.h"
#include "delivery/trust_kit_private.h"

#include <string.h>

struct signing {
    struct wb_dsse_signature signatures[WB_ENVELOPE_SIGNATURES_MAX];
    size_t count;
    struct wb_arena *arena;
};

static bool add_signature(struct signing *signing, const struct wb_key *key,
                          struct wb_bytes message, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) bytes = {0};
    struct wb_digest id;
    char hex[2 * WB_DIGEST_MAX_SIZE + 1];
    if (!wb_key_fingerprint(key, &id, err))
        return false;
    wb_hex_format(id.bytes, wb_digest_size(id.algorithm), hex);
    for (size_t i = 0; i < signing->count; i++)
        if (signing->signatures[i].key_id != NULL &&
            strcmp(signing->signatures[i].key_id, hex) == 0)
            return true;
    if (signing->count == WB_ENVELOPE_SIGNATURES_MAX)
        return wb_error_set(err, WB_USAGE, "more than %d signatures", WB_ENVELOPE_SIGNATURES_MAX);
    if (!wb_key_sign(key, message, &bytes, err))
        return false;
    signing->signatures[signing->count++] = (struct wb_dsse_signature){
        .key_id = wb_arena_copy(signing->arena, hex),
        .signature = {(const uint8_t *)wb_arena_copy_bytes(signing->arena, bytes.data, bytes.size),
                      bytes.size}};
    return true;
}

bool wb_trust_kit_sign(struct wb_bytes payload, const struct wb_dsse_envelope *envelope,
                       struct wb_key *const *keys, size_t count, struct wb_buffer *json,
                       struct wb_error *err)
{
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    WB_AUTO_VALUE(wb_buffer) encoding = {0};
    struct signing signing = {.arena = arena};
    wb_dsse_pae(WB_TRUST_KIT_PAYLOAD_TYPE, payload, &encoding);
    for (size_t i = 0; envelope != NULL && i < envelope->signature_count; i++)
        signing.signatures[signing.count++] = envelope->signatures[i];
    for (size_t i = 0; i < count; i++)
        if (!add_signature(&signing, keys[i], wb_buffer_bytes(&encoding), err))
            return false;
    wb_dsse_write(WB_TRUST_KIT_PAYLOAD_TYPE, payload, signing.signatures, signing.count, json);
    wb_buffer_append_text(json, "\n");
    return true;
}

static bool has_role(const json_t *item, const char *role)
{
    const json_t *roles = wb_json_array_of(item, "roles");
    for (size_t i = 0; i < json_array_size(roles); i++) {
        const char *found = json_string_value(json_array_get(roles, i));
        if (found != NULL && strcmp(found, role) == 0)
            return true;
    }
    return false;
}

bool wb_trust_kit_may_sign(struct wb_bytes payload, const struct wb_key *key)
{
    WB_AUTO_JSON json = wb_json_parse(payload, NULL);
    const json_t *keys = wb_json_array_of(json, "keys");
    struct wb_digest id;
    char hex[2 * WB_DIGEST_MAX_SIZE + 1];
    if (!wb_key_fingerprint(key, &id, NULL))
        return false;
    wb_hex_format(id.bytes, wb_digest_size(id.algorithm), hex);
    for (size_t i = 0; i < json_array_size(keys); i++) {
        const json_t *item = json_array_get(keys, i);
        if (has_role(item, "kit") && wb_trust_kit_is_key(item, hex))
            return true;
    }
    return false;
}

void wb_trust_kit_join(const struct wb_bytes *envelopes, size_t count, struct wb_buffer *json)
{
    wb_buffer_append_text(json, "{\"mediaType\":\"" WB_TRUST_KIT_MEDIA_TYPE "\",\"versions\":[");
    for (size_t i = 0; i < count; i++) {
        size_t size = envelopes[i].size;
        while (size > 0 && envelopes[i].data[size - 1] == '\n')
            size--;
        wb_buffer_append_text(json, i == 0 ? "\n" : ",\n");
        wb_buffer_append(json, envelopes[i].data, size);
    }
    wb_buffer_append_text(json, "\n]}\n");
}
