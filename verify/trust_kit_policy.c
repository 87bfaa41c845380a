/* SPDX-License-Identifier: Apache-2.0 */
/* From a trust kit to the policy that it means: its own, in which texts that are no PEM are names
 * of what the kit holds, with all its revocations and lists. */
#include "verify/trust_kit_private.h"

#include <string.h>

static const struct wb_trust_kit_document *newest(const struct wb_trust_kit *kit)
{
    return &kit->documents[kit->count - 1];
}

/* ---- names of the kit's ---- */

static const struct wb_trust_kit_key *find_key(const struct wb_trust_kit_document *document,
                                               const char *name)
{
    for (size_t i = 0; i < document->key_count && name != NULL; i++)
        if (strcmp(document->keys[i].name, name) == 0)
            return &document->keys[i];
    return NULL;
}

static json_t *find_certificates(const struct wb_trust_kit_document *document, const char *name)
{
    const json_t *list = wb_json_array_of(document->json, "certificates");
    for (size_t i = 0; i < json_array_size(list) && name != NULL; i++) {
        const json_t *item = json_array_get(list, i);
        const char *found = wb_json_string_of(item, "name");
        if (found != NULL && strcmp(found, name) == 0)
            return json_object_get(item, "pem");
    }
    return NULL;
}

static void set_time(json_t *signer, const char *name, bool has, int64_t time)
{
    char text[WB_TIME_TEXT_SIZE];
    if (has && json_object_get(signer, name) == NULL)
        json_object_set_new(signer, name, json_string(wb_time_format(time, text)));
}

static void use_key(const struct wb_trust_kit_document *document, json_t *signer)
{
    const struct wb_trust_kit_key *key = find_key(document, wb_json_string_of(signer, "key"));
    if (key == NULL)
        return;
    json_object_set_new(signer, "key", json_string(key->pem));
    set_time(signer, "notBefore", key->has_not_before, key->not_before);
    set_time(signer, "notAfter", key->has_not_after, key->not_after);
}

static void use_certificates(const struct wb_trust_kit_document *document, json_t *holder,
                             const char *member)
{
    json_t *pem = find_certificates(document, wb_json_string_of(holder, member));
    if (pem != NULL)
        json_object_set(holder, member, pem);
}

/* The kit's lists count for every authority of a private PKI. */
static void add_lists(const struct wb_trust_kit_document *document, json_t *certificate)
{
    const json_t *lists = wb_json_array_of(document->json, "crls");
    if (json_array_size(lists) == 0)
        return;
    if (wb_json_array_of(certificate, "crls") == NULL)
        json_object_set_new(certificate, "crls", json_array());
    for (size_t i = 0; i < json_array_size(lists); i++)
        json_array_append(wb_json_array_of(certificate, "crls"), json_array_get(lists, i));
}

static void use_kit(const struct wb_trust_kit_document *document, json_t *policy)
{
    const char *name;
    json_t *signer;
    json_object_foreach(wb_json_object_of(policy, "signers"), name, signer)
    {
        json_t *certificate = wb_json_object_of(signer, "certificate");
        use_key(document, signer);
        if (certificate == NULL)
            continue;
        use_certificates(document, certificate, "roots");
        use_certificates(document, certificate, "intermediates");
        add_lists(document, certificate);
    }
    use_certificates(document, policy, "timestampAuthorities");
    json_t *root = wb_json_object_of(document->json, "trustedRoot");
    if (root != NULL && json_object_get(policy, "trustedRoot") == NULL)
        json_object_set(policy, "trustedRoot", root);
}

/* ---- the policy ---- */

/* What `--key` means, with the keys that are there for it. */
static json_t *plain_policy(const struct wb_trust_kit_document *document)
{
    WB_AUTO_JSON signers = json_object();
    WB_AUTO_JSON names = json_array();
    for (size_t i = 0; i < document->key_count; i++) {
        const struct wb_trust_kit_key *key = &document->keys[i];
        if (!wb_trust_kit_key_has_role(key, WB_TRUST_KIT_RELEASE))
            continue;
        json_object_set_new(signers, key->name, json_pack("{s:s}", "key", key->name));
        json_array_append_new(names, json_string(key->name));
    }
    return json_pack("{s:i, s:s, s:O, s:{s:O}, s:[{s:[s], s:{s:O}}]}", "version", 1, "name",
                     document->about.name, "signers", signers, "delivery", "signers", names,
                     "images", "images", "**", "signatures", "signers", names);
}

bool wb_trust_kit_apply(const struct wb_trust_kit *kit, struct wb_policy *policy,
                        struct wb_error *err)
{
    const struct wb_trust_kit_document *document = newest(kit);
    const json_t *root = wb_json_object_of(document->json, "trustedRoot");
    policy->kit = (struct wb_policy_kit){.name = wb_arena_copy(policy->arena, document->about.name),
                                         .number = document->about.number,
                                         .issued = document->about.issued,
                                         .expires = document->about.expires};
    if (!wb_policy_read_revoked(policy, json_object_get(document->json, "revoked"), err) ||
        !wb_policy_check_consistent(policy, err))
        return wb_error_context(err, "trust kit");
    if (root == NULL || policy->trusted_root != NULL)
        return true;
    WB_AUTO_STRING text = json_dumps(root, JSON_COMPACT);
    if (text == NULL)
        return wb_error_set(err, WB_BAD_INPUT, "trust kit: `trustedRoot` cannot be read");
    policy->own_root =
        wb_trusted_root_read((struct wb_bytes){(const uint8_t *)text, strlen(text)}, err);
    policy->trusted_root = policy->own_root;
    return policy->own_root != NULL || wb_error_context(err, "trust kit");
}

struct wb_policy *wb_trust_kit_policy(const struct wb_trust_kit *kit, struct wb_error *err)
{
    const struct wb_trust_kit_document *document = newest(kit);
    const json_t *own = json_object_get(document->json, "policy");
    WB_AUTO_JSON policy = own != NULL ? json_deep_copy(own) : plain_policy(document);
    if (own == NULL && json_object_size(json_object_get(policy, "signers")) == 0) {
        wb_error_set(err, WB_BAD_INPUT,
                     "trust kit: it has neither a policy nor a key of the role `release`");
        return NULL;
    }
    use_kit(document, policy);
    WB_AUTO_STRING text = json_dumps(policy, JSON_COMPACT);
    if (text == NULL) {
        wb_error_set(err, WB_BAD_INPUT, "trust kit: `policy` is no object");
        return NULL;
    }
    WB_AUTO(wb_policy) *made =
        wb_policy_read((struct wb_bytes){(const uint8_t *)text, strlen(text)}, -1, err);
    if (made == NULL) {
        wb_error_context(err, "trust kit");
        return NULL;
    }
    return wb_trust_kit_apply(kit, made, err) ? WB_STEAL(made) : NULL;
}

struct wb_policy *wb_trust_kit_open_policy(const char *trust, const char *update,
                                           const char *policy_path, struct wb_error *err)
{
    WB_AUTO(wb_trust_kit) *kit = wb_trust_kit_open(trust, err);
    if (kit == NULL)
        return NULL;
    if (update != NULL) {
        WB_AUTO(wb_trust_kit) *successor = wb_trust_kit_open(update, err);
        if (successor == NULL)
            return NULL;
        if (!wb_trust_kit_update(kit, successor, err)) {
            wb_error_context(err, "%s", update);
            return NULL;
        }
    }
    if (policy_path == NULL)
        return wb_trust_kit_policy(kit, err);
    WB_AUTO(wb_policy) *policy = wb_policy_open(policy_path, err);
    return policy != NULL && wb_trust_kit_apply(kit, policy, err) ? WB_STEAL(policy) : NULL;
}

/* ---- in words ---- */

static void explain_key(const struct wb_trust_kit_key *key, struct wb_arena *scratch,
                        struct wb_buffer *text)
{
    WB_AUTO_VALUE(wb_buffer) line = {0};
    char kind[32], time[WB_TIME_TEXT_SIZE];
    wb_buffer_append_format(&line, "key %s: %s %s, for", key->name, wb_key_describe(key->key, kind),
                            key->key_id);
    for (size_t i = 0; i < key->role_count; i++)
        wb_buffer_append_format(&line, "%s %s", i == 0 ? "" : ",", key->roles[i]);
    if (key->has_not_before)
        wb_buffer_append_format(&line, ", from %s", wb_time_format(key->not_before, time));
    if (key->has_not_after)
        wb_buffer_append_format(&line, ", until %s", wb_time_format(key->not_after, time));
    wb_buffer_append_text(text, wb_utf8_escape_line(scratch, (const char *)line.data));
    wb_buffer_append_text(text, "\n");
}

void wb_trust_kit_explain(const struct wb_trust_kit *kit, struct wb_buffer *text)
{
    WB_AUTO(wb_arena) *scratch = wb_arena_new();
    const struct wb_trust_kit_document *document = newest(kit);
    for (size_t i = 0; i < document->key_count; i++)
        explain_key(&document->keys[i], scratch, text);
    wb_buffer_append_format(text, "%u of the keys for `kit` sign the next version\n",
                            document->about.threshold);
    const json_t *certificates = wb_json_array_of(document->json, "certificates");
    for (size_t i = 0; i < json_array_size(certificates); i++) {
        const char *name = wb_json_string_of(json_array_get(certificates, i), "name");
        wb_buffer_append_format(text, "certificates %s\n",
                                name == NULL ? "?" : wb_utf8_escape_line(scratch, name));
    }
    size_t lists = json_array_size(json_object_get(document->json, "crls"));
    if (lists > 0)
        wb_buffer_append_format(text, "%zu revocation list%s\n", lists, lists == 1 ? "" : "s");
    if (json_object_get(document->json, "trustedRoot") != NULL)
        wb_buffer_append_text(text, "sigstore's trusted root\n");
    WB_AUTO(wb_policy) *policy = wb_trust_kit_policy(kit, NULL);
    if (policy != NULL)
        wb_policy_explain(policy, text);
    else
        wb_buffer_append_text(text, "no policy that can be used\n");
}
