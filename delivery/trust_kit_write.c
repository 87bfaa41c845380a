/* SPDX-License-Identifier: Apache-2.0 */
/* The next version of a trust kit, as JSON that grows out of the one before. */
#include "delivery/trust_kit_private.h"

#include <stdlib.h>
#include <string.h>

static void set_time(json_t *object, const char *name, int64_t time)
{
    char text[WB_TIME_TEXT_SIZE];
    json_object_set_new(object, name, json_string(wb_time_format(time, text)));
}

static struct wb_trust_kit_draft *draft_of(json_t *json, int64_t number, int64_t issued,
                                           int64_t expires)
{
    struct wb_trust_kit_draft *draft = wb_allocate(sizeof *draft);
    draft->json = json;
    json_object_set_new(json, "version", json_integer(number));
    set_time(json, "issued", issued);
    set_time(json, "expires", expires);
    return draft;
}

struct wb_trust_kit_draft *wb_trust_kit_draft_new(const char *name, int64_t issued, int64_t expires)
{
    json_t *json = json_object();
    json_object_set_new(json, "format", json_integer(1));
    json_object_set_new(json, "name", json_string(name));
    json_object_set_new(json, "keys", json_array());
    json_object_set_new(json, "threshold", json_integer(1));
    return draft_of(json, 1, issued, expires);
}

struct wb_trust_kit_draft *wb_trust_kit_draft_after(struct wb_bytes payload, int64_t issued,
                                                    int64_t expires, struct wb_error *err)
{
    json_t *json = wb_json_parse(payload, err);
    return json == NULL
               ? NULL
               : draft_of(json, wb_json_integer_of(json, "version", 0) + 1, issued, expires);
}

void wb_trust_kit_draft_free(struct wb_trust_kit_draft *draft)
{
    if (draft == NULL)
        return;
    json_decref(draft->json);
    free(draft);
}

json_t *wb_trust_kit_draft_list(struct wb_trust_kit_draft *draft, const char *name)
{
    if (wb_json_array_of(draft->json, name) == NULL)
        json_object_set_new(draft->json, name, json_array());
    return wb_json_array_of(draft->json, name);
}

static size_t find_named(const json_t *list, const char *name)
{
    size_t i = 0;
    for (; i < json_array_size(list); i++) {
        const char *found = wb_json_string_of(json_array_get(list, i), "name");
        if (found != NULL && strcmp(found, name) == 0)
            break;
    }
    return i;
}

bool wb_trust_kit_draft_has(const struct wb_trust_kit_draft *draft, const char *list,
                            const char *name)
{
    const json_t *items = wb_json_array_of(draft->json, list);
    return find_named(items, name) < json_array_size(items);
}

/* ---- keys ---- */

bool wb_trust_kit_draft_add_key(struct wb_trust_kit_draft *draft,
                                const struct wb_trust_kit_new_key *key, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) pem = {0};
    if (wb_trust_kit_draft_has(draft, "keys", key->name))
        return wb_error_set(err, WB_USAGE, "the trust kit has a key %s already", key->name);
    if (!wb_key_public_pem(key->key, &pem, err))
        return false;
    json_t *item = json_object();
    json_object_set_new(item, "name", json_string(key->name));
    json_object_set_new(item, "pem", json_string((const char *)pem.data));
    json_object_set_new(item, "roles", json_array());
    for (size_t i = 0; i < key->role_count; i++)
        json_array_append_new(wb_json_array_of(item, "roles"), json_string(key->roles[i]));
    if (key->has_not_before)
        set_time(item, "notBefore", key->not_before);
    if (key->has_not_after)
        set_time(item, "notAfter", key->not_after);
    json_array_append_new(wb_trust_kit_draft_list(draft, "keys"), item);
    return true;
}

void wb_trust_kit_draft_set_threshold(struct wb_trust_kit_draft *draft, unsigned threshold)
{
    json_object_set_new(draft->json, "threshold", json_integer(threshold));
}

/* ---- certificates and lists ---- */

static void drop_when_empty(struct wb_trust_kit_draft *draft, const char *list)
{
    if (json_array_size(wb_json_array_of(draft->json, list)) == 0)
        json_object_del(draft->json, list);
}

bool wb_trust_kit_draft_remove(struct wb_trust_kit_draft *draft, const char *name,
                               struct wb_error *err)
{
    static const char *const lists[] = {"keys", "certificates"};
    bool found = false;
    for (size_t i = 0; i < 2; i++) {
        if (!wb_trust_kit_draft_has(draft, lists[i], name))
            continue;
        json_t *list = wb_json_array_of(draft->json, lists[i]);
        json_array_remove(list, find_named(list, name));
        drop_when_empty(draft, lists[i]);
        found = true;
    }
    return found ||
           wb_error_set(err, WB_USAGE, "the trust kit has neither a key nor certificates called %s",
                        name);
}

bool wb_trust_kit_draft_set_certificates(struct wb_trust_kit_draft *draft, const char *name,
                                         struct wb_bytes pem, struct wb_error *err)
{
    WB_AUTO(wb_certificates) *certificates = wb_certificates_read(pem, err);
    WB_AUTO_VALUE(wb_buffer) text = {0};
    if (certificates == NULL)
        return false;
    /* As they are, without what may stand around them in the file. */
    for (size_t i = 0; i < wb_certificates_count(certificates); i++)
        if (!wb_certificate_pem(certificates, i, &text, err))
            return false;
    if (wb_trust_kit_draft_has(draft, "certificates", name) &&
        !wb_trust_kit_draft_remove(draft, name, err))
        return false;
    json_t *item = json_object();
    json_object_set_new(item, "name", json_string(name));
    json_object_set_new(item, "pem", json_string((const char *)text.data));
    json_array_append_new(wb_trust_kit_draft_list(draft, "certificates"), item);
    return true;
}

bool wb_trust_kit_draft_set_lists(struct wb_trust_kit_draft *draft, const struct wb_bytes *lists,
                                  size_t count, struct wb_error *err)
{
    json_object_del(draft->json, "crls");
    for (size_t i = 0; i < count; i++) {
        json_t *text = json_stringn((const char *)lists[i].data, lists[i].size);
        if (text == NULL || strstr(json_string_value(text), "-----BEGIN X509 CRL-----") == NULL) {
            json_decref(text);
            return wb_error_set(err, WB_BAD_INPUT,
                                "a revocation list is not PEM (`openssl crl -in "
                                "FILE -inform DER` makes it so)");
        }
        json_array_append_new(wb_trust_kit_draft_list(draft, "crls"), text);
    }
    return true;
}

bool wb_trust_kit_draft_set_trusted_root(struct wb_trust_kit_draft *draft, struct wb_bytes json,
                                         struct wb_error *err)
{
    json_t *root = wb_json_parse(json, err);
    if (root == NULL)
        return false;
    json_object_set_new(draft->json, "trustedRoot", root);
    return true;
}

/* ---- revocations ---- */

bool wb_trust_kit_is_key(const json_t *item, const char *fingerprint)
{
    const char *pem = wb_json_string_of(item, "pem");
    struct wb_digest digest;
    char hex[2 * WB_DIGEST_MAX_SIZE + 1];
    if (pem == NULL)
        return false;
    WB_AUTO(wb_key) *key =
        wb_key_from_public((struct wb_bytes){(const uint8_t *)pem, strlen(pem)}, NULL);
    return key != NULL && wb_key_fingerprint(key, &digest, NULL) &&
           strcmp(wb_hex_format(digest.bytes, 32, hex), fingerprint) == 0;
}

/* It stays known by its name, so that what it signed is told from what a stranger signed. */
static void retire_key(struct wb_trust_kit_draft *draft, const char *fingerprint)
{
    const json_t *keys = wb_json_array_of(draft->json, "keys");
    for (size_t i = 0; i < json_array_size(keys); i++) {
        json_t *item = json_array_get(keys, i);
        json_t *roles = wb_json_array_of(item, "roles");
        if (!wb_trust_kit_is_key(item, fingerprint))
            continue;
        for (size_t j = json_array_size(roles); j > 0; j--)
            if (strcmp(json_string_value(json_array_get(roles, j - 1)), "kit") == 0)
                json_array_remove(roles, j - 1);
        if (json_array_size(roles) == 0)
            json_array_append_new(roles, json_string("revoked"));
    }
}

void wb_trust_kit_draft_revoke(struct wb_trust_kit_draft *draft,
                               const struct wb_trust_kit_revocation *revocation)
{
    if (wb_json_object_of(draft->json, "revoked") == NULL)
        json_object_set_new(draft->json, "revoked", json_object());
    json_t *revoked = wb_json_object_of(draft->json, "revoked");
    if (wb_json_array_of(revoked, revocation->list) == NULL)
        json_object_set_new(revoked, revocation->list, json_array());
    json_t *item = json_object();
    json_object_set_new(item, revocation->member, json_string(revocation->value));
    if (revocation->has_since)
        set_time(item, "since", revocation->since);
    if (revocation->reason != NULL)
        json_object_set_new(item, "reason", json_string(revocation->reason));
    json_array_append_new(wb_json_array_of(revoked, revocation->list), item);
    if (strcmp(revocation->list, "keys") == 0)
        retire_key(draft, revocation->value);
}

bool wb_trust_kit_draft_write(const struct wb_trust_kit_draft *draft, struct wb_buffer *payload,
                              struct wb_error *err)
{
    WB_AUTO_STRING text = json_dumps(draft->json, JSON_COMPACT | JSON_SORT_KEYS);
    if (text == NULL)
        return wb_error_set(err, WB_BAD_INPUT, "trust kit: a text in it is not UTF-8");
    wb_buffer_append_text(payload, text);
    return true;
}
