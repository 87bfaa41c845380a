/* SPDX-License-Identifier: Apache-2.0 */
/* One version of a trust kit, as a document. */
#include "sign/envelope_json.h"
#include "verify/trust_kit_private.h"

#include <string.h>

bool wb_trust_kit_key_has_role(const struct wb_trust_kit_key *key, const char *role)
{
    for (size_t i = 0; i < key->role_count; i++)
        if (strcmp(key->roles[i], role) == 0)
            return true;
    return false;
}

void wb_trust_kit_document_clear(struct wb_trust_kit_document *document)
{
    for (size_t i = 0; i < document->key_count; i++)
        wb_key_free(document->keys[i].key);
    wb_dsse_envelope_free(document->envelope);
    json_decref(document->json);
    *document = (struct wb_trust_kit_document){0};
}

/* ---- keys ---- */

static bool read_roles(const json_t *json, const char *what, struct wb_arena *arena,
                       struct wb_trust_kit_key *key, struct wb_error *err)
{
    const json_t *list;
    if (!wb_policy_list(json, what, "roles", &list, err))
        return false;
    size_t count = json_array_size(list);
    key->roles = wb_arena_allocate(arena, (count + 1) * sizeof *key->roles);
    for (; key->role_count < count; key->role_count++) {
        const char *role = json_string_value(json_array_get(list, key->role_count));
        if (role == NULL || *role == '\0')
            return wb_error_set(err, WB_BAD_INPUT, "%s: `roles` has what is no name", what);
        key->roles[key->role_count] = wb_arena_copy(arena, role);
    }
    return count > 0 || wb_error_set(err, WB_BAD_INPUT, "%s: no `roles`", what);
}

static bool read_key(const json_t *json, const char *what, struct wb_arena *arena,
                     struct wb_trust_kit_key *key, struct wb_error *err)
{
    static const char *const members[] = {"name", "pem", "roles", "notBefore", "notAfter", NULL};
    struct wb_digest id;
    char hex[2 * WB_DIGEST_MAX_SIZE + 1];
    if (!wb_envelope_only_members(json, what, members, err) ||
        !wb_envelope_text(json, what, "name", false, arena, &key->name, err) ||
        !wb_envelope_text(json, what, "pem", false, arena, &key->pem, err) ||
        !read_roles(json, what, arena, key, err) ||
        !wb_policy_time(json, what, "notBefore", &key->has_not_before, &key->not_before, err) ||
        !wb_policy_time(json, what, "notAfter", &key->has_not_after, &key->not_after, err))
        return false;
    key->key =
        wb_key_from_public((struct wb_bytes){(const uint8_t *)key->pem, strlen(key->pem)}, err);
    if (key->key == NULL || !wb_key_fingerprint(key->key, &id, err))
        return wb_error_context(err, "%s", what);
    key->key_id = wb_arena_copy(arena, wb_hex_format(id.bytes, 32, hex));
    return true;
}

/* A key that counted twice, or a name that meant two, would make a threshold say less. */
static bool is_unique(const struct wb_trust_kit_document *document, const char *what,
                      struct wb_error *err)
{
    const struct wb_trust_kit_key *last = &document->keys[document->key_count - 1];
    for (size_t i = 0; i + 1 < document->key_count; i++) {
        const struct wb_trust_kit_key *other = &document->keys[i];
        if (strcmp(other->name, last->name) == 0)
            return wb_error_set(err, WB_BAD_INPUT, "%s: keys[%zu] is called %.100s, too", what, i,
                                last->name);
        if (strcmp(other->key_id, last->key_id) == 0)
            return wb_error_set(err, WB_BAD_INPUT,
                                "%s: %.100s is the same key as %.100s: each is there once, so sign "
                                "kits with another key than releases",
                                what, last->name, other->name);
    }
    return true;
}

static bool read_keys(struct wb_trust_kit_document *document, struct wb_arena *arena,
                      struct wb_error *err)
{
    const json_t *list = wb_json_array_of(document->json, "keys");
    size_t count = json_array_size(list);
    if (count == 0 || count > WB_TRUST_KIT_KEYS_MAX)
        return wb_error_set(err, WB_BAD_INPUT, "trust kit: `keys` has %zu items", count);
    document->keys = wb_arena_allocate(arena, count * sizeof *document->keys);
    while (document->key_count < count) {
        size_t i = document->key_count++;
        const char *what = wb_arena_format(arena, "keys[%zu]", i);
        if (!read_key(json_array_get(list, i), what, arena, &document->keys[i], err) ||
            !is_unique(document, what, err))
            return false;
    }
    return true;
}

/* ---- the rest ---- */

static bool read_certificates(const struct wb_trust_kit_document *document, struct wb_arena *arena,
                              struct wb_error *err)
{
    static const char *const members[] = {"name", "pem", NULL};
    const json_t *list;
    if (!wb_policy_list(document->json, "trust kit", "certificates", &list, err))
        return false;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        const char *name, *pem;
        if (!wb_envelope_only_members(item, "certificates", members, err) ||
            !wb_envelope_text(item, "certificates", "name", false, arena, &name, err) ||
            !wb_envelope_text(item, "certificates", "pem", false, arena, &pem, err))
            return false;
        WB_AUTO(wb_certificates) *certificates =
            wb_certificates_read((struct wb_bytes){(const uint8_t *)pem, strlen(pem)}, err);
        if (certificates == NULL)
            return wb_error_context(err, "certificates %.100s", name);
    }
    if (!wb_policy_list(document->json, "trust kit", "crls", &list, err))
        return false;
    for (size_t i = 0; i < json_array_size(list); i++)
        if (!json_is_string(json_array_get(list, i)))
            return wb_error_set(err, WB_BAD_INPUT, "crls[%zu] is no text", i);
    return true;
}

/* Revocations are read when a policy is made of them; here only what concerns the kit's own keys.
 */
static bool check_revoked(const struct wb_trust_kit_document *document, struct wb_error *err)
{
    WB_AUTO(wb_policy) *scratch = wb_policy_new();
    if (!wb_policy_read_revoked(scratch, json_object_get(document->json, "revoked"), err))
        return false;
    for (size_t i = 0; i < document->key_count; i++) {
        const struct wb_proof proof = {.key_id = document->keys[i].key_id};
        if (wb_trust_kit_key_has_role(&document->keys[i], WB_TRUST_KIT_ROLE) &&
            wb_policy_revokes(scratch, &proof) != NULL)
            return wb_error_set(err, WB_BAD_INPUT,
                                "trust kit: the key %.100s is revoked and may sign the next "
                                "version at once",
                                document->keys[i].name);
    }
    return true;
}

static bool read_head(struct wb_trust_kit_document *document, struct wb_arena *arena,
                      struct wb_error *err)
{
    static const char *const members[] = {
        "format",       "name", "version",     "issued", "expires", "keys", "threshold",
        "certificates", "crls", "trustedRoot", "policy", "revoked", NULL};
    struct wb_trust_kit_version *about = &document->about;
    const json_t *json = document->json;
    bool has_issued, has_expiry;
    int64_t threshold = 0;
    if (!wb_envelope_only_members(json, "trust kit", members, err))
        return false;
    if (wb_json_integer_of(json, "format", 0) != 1)
        return wb_error_set(err, WB_BAD_INPUT, "trust kit: `format` is not 1");
    if (!wb_policy_text(json, "trust kit", "name", arena, &about->name, err) ||
        !wb_policy_integer(json, "trust kit", "version", 1, &about->number, err) ||
        !wb_policy_integer(json, "trust kit", "threshold", 1, &threshold, err) ||
        !wb_policy_time(json, "trust kit", "issued", &has_issued, &about->issued, err) ||
        !wb_policy_time(json, "trust kit", "expires", &has_expiry, &about->expires, err))
        return false;
    if (about->name == NULL || about->number == 0 || threshold == 0 || !has_issued || !has_expiry)
        return wb_error_set(err, WB_BAD_INPUT,
                            "trust kit: one of `name`, `version`, `threshold`, "
                            "`issued` and `expires` is missing");
    about->threshold =
        threshold > WB_TRUST_KIT_KEYS_MAX ? WB_TRUST_KIT_KEYS_MAX + 1 : (unsigned)threshold;
    return true;
}

static bool threshold_can_be_met(const struct wb_trust_kit_document *document, struct wb_error *err)
{
    size_t count = 0;
    for (size_t i = 0; i < document->key_count; i++)
        count += wb_trust_kit_key_has_role(&document->keys[i], WB_TRUST_KIT_ROLE);
    return document->about.threshold <= count ||
           wb_error_set(err, WB_BAD_INPUT,
                        "trust kit: %zu keys may sign the next version, fewer than its threshold",
                        count);
}

bool wb_trust_kit_document_read(struct wb_bytes envelope, struct wb_arena *arena,
                                struct wb_trust_kit_document *document, struct wb_error *err)
{
    if (envelope.size > WB_TRUST_KIT_SIZE_MAX)
        return wb_error_set(err, WB_BAD_INPUT, "trust kit: %zu bytes are too many", envelope.size);
    document->envelope = wb_dsse_read(envelope, err);
    if (document->envelope == NULL)
        return false;
    if (strcmp(document->envelope->payload_type, WB_TRUST_KIT_PAYLOAD_TYPE) != 0)
        return wb_error_set(err, WB_BAD_INPUT, "its payload type is %.100s: it is no trust kit",
                            document->envelope->payload_type);
    document->about.payload = document->envelope->payload;
    document->about.envelope = (struct wb_bytes){
        (const uint8_t *)wb_arena_copy_bytes(arena, envelope.data, envelope.size), envelope.size};
    document->json = wb_envelope_parse(document->envelope->payload, "trust kit", err);
    return document->json != NULL &&
           wb_digest_bytes(WB_DIGEST_SHA256, document->about.payload, &document->about.digest,
                           err) &&
           read_head(document, arena, err) && read_keys(document, arena, err) &&
           read_certificates(document, arena, err) && threshold_can_be_met(document, err) &&
           check_revoked(document, err);
}
