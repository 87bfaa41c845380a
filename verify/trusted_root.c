/* SPDX-License-Identifier: Apache-2.0 */
/* sigstore's TrustedRoot file. */
#include "verify/log_private.h"

#include "sign/envelope_json.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string.h>

#define TRUSTED_ROOT_SIZE_MAX ((size_t)4 << 20)
#define ITEMS_MAX 100
#define CHAIN_MAX 16

bool wb_validity_covers(const struct wb_validity *validity, int64_t time)
{
    return time >= validity->start && time <= validity->end;
}

const struct wb_log *wb_log_find(const struct wb_log *logs, size_t count, struct wb_bytes id)
{
    for (size_t i = 0; i < count; i++)
        if (logs[i].id.size == id.size && memcmp(logs[i].id.data, id.data, id.size) == 0)
            return &logs[i];
    return NULL;
}

void wb_trusted_root_free(struct wb_trusted_root *root)
{
    if (root == NULL)
        return;
    for (size_t i = 0; i < root->log_count; i++)
        wb_key_free(root->logs[i].key);
    for (size_t i = 0; i < root->certificate_log_count; i++)
        wb_key_free(root->certificate_logs[i].key);
    struct wb_authority *authorities[] = {root->certificate_authorities,
                                          root->timestamp_authorities};
    const size_t counts[] = {root->certificate_authority_count, root->timestamp_authority_count};
    for (size_t kind = 0; kind < 2; kind++)
        for (size_t i = 0; i < counts[kind]; i++) {
            wb_certificates_free(authorities[kind][i].roots);
            wb_certificates_free(authorities[kind][i].others);
        }
    wb_arena_free(root->arena);
}

/* ---- times and keys ---- */

static bool read_time(const json_t *validity, const char *name, bool *found, int64_t *time,
                      struct wb_error *err)
{
    const json_t *member = json_object_get(validity, name);
    *found = member != NULL && !json_is_null(member);
    if (!*found)
        return true;
    return (json_is_string(member) && wb_time_parse(json_string_value(member), time)) ||
           wb_error_set(err, WB_BAD_INPUT, "validFor: `%s` is not a time (RFC 3339)", name);
}

/* Without a beginning nothing says since when to believe it. */
static bool read_validity(const json_t *json, struct wb_validity *validity, struct wb_error *err)
{
    static const char *const members[] = {"start", "end", NULL};
    bool has_start, has_end;
    if (!wb_envelope_only_members(json, "validFor", members, err) ||
        !read_time(json, "start", &has_start, &validity->start, err) ||
        !read_time(json, "end", &has_end, &validity->end, err))
        return false;
    if (!has_start)
        return wb_error_set(err, WB_BAD_INPUT, "validFor: no `start`");
    if (!has_end)
        validity->end = INT64_MAX;
    return validity->end >= validity->start ||
           wb_error_set(err, WB_BAD_INPUT, "validFor: it ends before it starts");
}

static const struct key_details {
    const char *name;
    bool pkcs1; /* RSAPublicKey instead of SubjectPublicKeyInfo */
    enum wb_key_algorithm algorithm;
} key_details[] = {
    {"PKIX_ECDSA_P256_SHA_256", false, WB_KEY_ECDSA_P256},
    {"PKIX_ECDSA_P384_SHA_384", false, WB_KEY_ECDSA_P384},
    {"PKIX_ECDSA_P521_SHA_512", false, WB_KEY_ECDSA_P521},
    {"PKIX_ED25519", false, WB_KEY_ED25519},
    {"PKIX_RSA_PKCS1V15_2048_SHA256", false, WB_KEY_RSA},
    {"PKIX_RSA_PKCS1V15_3072_SHA256", false, WB_KEY_RSA},
    {"PKIX_RSA_PKCS1V15_4096_SHA256", false, WB_KEY_RSA},
    {"PKIX_RSA_PKCS1V5", false, WB_KEY_RSA},
    {"PKCS1_RSA_PKCS1V5", true, WB_KEY_RSA},
};

/* SubjectPublicKeyInfo of an RSAPublicKey (RFC 8017 §A.1.1). */
static bool wrap_pkcs1(struct wb_bytes der, struct wb_buffer *spki)
{
    const unsigned char *at = der.data;
    EVP_PKEY *key = d2i_PublicKey(EVP_PKEY_RSA, NULL, &at, (long)der.size);
    unsigned char *bytes = NULL;
    int size = key == NULL || at != der.data + der.size ? -1 : i2d_PUBKEY(key, &bytes);
    if (size > 0)
        wb_buffer_append(spki, bytes, (size_t)size);
    OPENSSL_free(bytes);
    EVP_PKEY_free(key);
    return size > 0;
}

/* A key of a kind that we do not know is no fault of the file: it is said where it is needed. */
static bool read_key(const json_t *json, struct wb_arena *arena, struct wb_log *log,
                     struct wb_error *err)
{
    static const char *const members[] = {"rawBytes", "keyDetails", "validFor", NULL};
    const char *name;
    struct wb_bytes der;
    if (!wb_envelope_only_members(json, "publicKey", members, err) ||
        !wb_envelope_text(json, "publicKey", "keyDetails", false, arena, &name, err) ||
        !wb_envelope_bytes(json, "publicKey", "rawBytes", arena, &der, err) ||
        !read_validity(json_object_get(json, "validFor"), &log->validity, err))
        return false;
    const struct key_details *details = NULL;
    for (size_t i = 0; i < sizeof key_details / sizeof key_details[0]; i++)
        if (strcmp(key_details[i].name, name) == 0)
            details = &key_details[i];
    if (details == NULL)
        return true;
    WB_AUTO_VALUE(wb_buffer) spki = {0};
    /* Files that call an RSA key PKCS#1 and carry SubjectPublicKeyInfo are about. */
    if (details->pkcs1 && wrap_pkcs1(der, &spki))
        der = wb_buffer_bytes(&spki);
    log->key = wb_key_from_public(der, err);
    if (log->key == NULL)
        return wb_error_context(err, "publicKey");
    return wb_key_algorithm_of(log->key) == details->algorithm ||
           wb_error_set(err, WB_BAD_INPUT, "publicKey: it is not the %s that it says", name);
}

/* ---- logs and authorities ---- */

static bool read_id(const json_t *json, const char *what, struct wb_arena *arena,
                    struct wb_bytes *id, struct wb_error *err)
{
    static const char *const members[] = {"keyId", NULL};
    return wb_envelope_only_members(json, what, members, err) &&
           wb_envelope_bytes(json, what, "keyId", arena, id, err);
}

static bool read_log(const json_t *json, struct wb_arena *arena, struct wb_log *log,
                     struct wb_error *err)
{
    static const char *const members[] = {"baseUrl",         "hashAlgorithm", "publicKey", "logId",
                                          "checkpointKeyId", "operator",      NULL};
    const char *hash;
    if (!wb_envelope_only_members(json, "log", members, err) ||
        !wb_envelope_text(json, "log", "baseUrl", true, arena, &log->name, err) ||
        !wb_envelope_text(json, "log", "hashAlgorithm", false, arena, &hash, err) ||
        !read_id(json_object_get(json, "logId"), "logId", arena, &log->id, err) ||
        !read_key(json_object_get(json, "publicKey"), arena, log, err))
        return false;
    if (log->name == NULL)
        log->name = "without a name";
    if (strcmp(hash, "SHA2_256") != 0)
        return wb_error_set(err, WB_BAD_INPUT, "hashAlgorithm: `%.40s` is not known", hash);
    const json_t *note_id = json_object_get(json, "checkpointKeyId");
    log->note_id = log->id;
    return note_id == NULL || json_is_null(note_id) ||
           read_id(note_id, "checkpointKeyId", arena, &log->note_id, err);
}

/* The first certificates lead to the last one, which is trusted. */
static bool read_chain(const json_t *json, struct wb_arena *arena, struct wb_authority *authority,
                       struct wb_error *err)
{
    static const char *const members[] = {"certificates", NULL};
    static const char *const certificate_members[] = {"rawBytes", NULL};
    if (!wb_envelope_only_members(json, "certChain", members, err))
        return false;
    const json_t *list = wb_json_array_of(json, "certificates");
    size_t count = json_array_size(list);
    if (count == 0 || count > CHAIN_MAX)
        return wb_error_set(err, WB_BAD_INPUT, "certChain: %zu certificates", count);
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_array_get(list, i);
        struct wb_bytes der;
        if (!wb_envelope_only_members(item, "certificate", certificate_members, err) ||
            !wb_envelope_bytes(item, "certificate", "rawBytes", arena, &der, err) ||
            !wb_certificates_add_der(i + 1 == count ? &authority->roots : &authority->others, der,
                                     err))
            return false;
    }
    return true;
}

static bool read_authority(const json_t *json, struct wb_arena *arena,
                           struct wb_authority *authority, struct wb_error *err)
{
    static const char *const members[] = {"subject",  "uri",      "certChain",
                                          "validFor", "operator", NULL};
    if (!wb_envelope_only_members(json, "authority", members, err) ||
        !wb_envelope_text(json, "authority", "uri", true, arena, &authority->name, err))
        return false;
    if (authority->name == NULL)
        authority->name = "without a name";
    return read_chain(json_object_get(json, "certChain"), arena, authority, err) &&
           read_validity(json_object_get(json, "validFor"), &authority->validity, err);
}

/* ---- the file ---- */

/* The items of a list that may be absent. */
static bool open_list(const json_t *json, const char *name, size_t *count, struct wb_error *err)
{
    const json_t *list = json_object_get(json, name);
    *count = json_array_size(list);
    if (list != NULL && !json_is_array(list))
        return wb_error_set(err, WB_BAD_INPUT, "`%s` is not an array", name);
    return *count <= ITEMS_MAX || wb_error_set(err, WB_BAD_INPUT, "`%s`: %zu items, more than %d",
                                               name, *count, ITEMS_MAX);
}

static bool read_logs(const json_t *json, const char *name, struct wb_arena *arena,
                      struct wb_log **logs, size_t *count, struct wb_error *err)
{
    size_t wanted;
    if (!open_list(json, name, &wanted, err))
        return false;
    *logs = wb_arena_allocate(arena, (wanted + 1) * sizeof **logs);
    while (*count < wanted) {
        size_t i = (*count)++;
        if (!read_log(json_array_get(json_object_get(json, name), i), arena, &(*logs)[i], err))
            return wb_error_context(err, "%s[%zu]", name, i);
    }
    return true;
}

static bool read_authorities(const json_t *json, const char *name, struct wb_arena *arena,
                             struct wb_authority **authorities, size_t *count, struct wb_error *err)
{
    size_t wanted;
    if (!open_list(json, name, &wanted, err))
        return false;
    *authorities = wb_arena_allocate(arena, (wanted + 1) * sizeof **authorities);
    while (*count < wanted) {
        size_t i = (*count)++;
        if (!read_authority(json_array_get(json_object_get(json, name), i), arena,
                            &(*authorities)[i], err))
            return wb_error_context(err, "%s[%zu]", name, i);
    }
    return true;
}

static bool read_media_type(const json_t *json, struct wb_arena *arena, struct wb_error *err)
{
    static const char *const known[] = {
        "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
        "application/vnd.dev.sigstore.trustedroot+json;version=0.2",
        "application/vnd.dev.sigstore.trustedroot.v0.2+json",
    };
    const char *media_type;
    if (!wb_envelope_text(json, "file", "mediaType", false, arena, &media_type, err))
        return false;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(known[i], media_type) == 0)
            return true;
    return wb_error_set(err, WB_BAD_INPUT, "media type `%.200s` is not known", media_type);
}

static bool read_root(const json_t *json, struct wb_trusted_root *root, struct wb_error *err)
{
    static const char *const members[] = {
        "mediaType", "tlogs", "certificateAuthorities", "ctlogs", "timestampAuthorities", NULL};
    return read_media_type(json, root->arena, err) &&
           wb_envelope_only_members(json, "file", members, err) &&
           read_logs(json, "tlogs", root->arena, &root->logs, &root->log_count, err) &&
           read_logs(json, "ctlogs", root->arena, &root->certificate_logs,
                     &root->certificate_log_count, err) &&
           read_authorities(json, "certificateAuthorities", root->arena,
                            &root->certificate_authorities, &root->certificate_authority_count,
                            err) &&
           read_authorities(json, "timestampAuthorities", root->arena, &root->timestamp_authorities,
                            &root->timestamp_authority_count, err);
}

struct wb_trusted_root *wb_trusted_root_read(struct wb_bytes text, struct wb_error *err)
{
    if (text.size > TRUSTED_ROOT_SIZE_MAX) {
        wb_error_set(err, WB_BAD_INPUT, "trusted root: %zu bytes are too many", text.size);
        return NULL;
    }
    WB_AUTO_JSON json = wb_envelope_parse(text, "trusted root", err);
    if (json == NULL)
        return NULL;
    struct wb_arena *arena = wb_arena_new();
    WB_AUTO(wb_trusted_root) *root = wb_arena_allocate(arena, sizeof *root);
    root->arena = arena;
    if (!read_root(json, root, err)) {
        wb_error_context(err, "trusted root");
        return NULL;
    }
    return WB_STEAL(root);
}
