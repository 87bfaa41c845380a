/* SPDX-License-Identifier: Apache-2.0 */
/* What a log recorded, compared with the signature that the bundle carries. Rekor v1: hashedrekord
 * 0.0.1, dsse 0.0.1, intoto 0.0.1 and 0.0.2; Rekor v2: hashedrekord 0.0.2, dsse 0.0.2. */
#include "verify/log_private.h"

#include <string.h>

static bool differs(struct wb_error *err, const char *what)
{
    return wb_error_set(err, WB_CHECK_FAILED, "the log entry is about %s", what);
}

static bool malformed(struct wb_error *err, const char *what)
{
    return wb_error_set(err, WB_BAD_INPUT, "log entry: %s", what);
}

/* Members along a path of names. */
static const json_t *member_of(const json_t *json, const char *const *names)
{
    for (; *names != NULL; names++)
        json = json_object_get(json, *names);
    return json;
}
#define MEMBER(json, ...) member_of((json), (const char *const[]){__VA_ARGS__, NULL})

static bool decode(const json_t *json, struct wb_buffer *bytes)
{
    return json_is_string(json) &&
           wb_base64_decode(json_string_value(json), json_string_length(json), bytes);
}

static bool same_bytes(const struct wb_buffer *buffer, struct wb_bytes bytes)
{
    return buffer->size == bytes.size && bytes.size > 0 &&
           memcmp(buffer->data, bytes.data, bytes.size) == 0;
}

/* ---- the signature and who made it ---- */

struct comparison {
    const struct wb_signed_thing *thing;
    const struct wb_key *key;
};

/* DER of the certificate or key in question. */
static bool expected_verifier(const struct comparison *comparison, struct wb_buffer *der,
                              struct wb_error *err)
{
    return comparison->thing->certificates != NULL
               ? wb_certificate_der(comparison->thing->certificates, 0, der, err)
               : wb_key_public_der(comparison->key, der, err);
}

/* Rekor v1 keeps PEM in base64. */
static bool read_pem(const struct comparison *comparison, const json_t *json, struct wb_buffer *der,
                     struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) pem = {0};
    if (!decode(json, &pem))
        return malformed(err, "its verifier is not base64");
    if (comparison->thing->certificates != NULL) {
        WB_AUTO(wb_certificates) *certificates = wb_certificates_read(wb_buffer_bytes(&pem), err);
        return certificates != NULL && wb_certificate_der(certificates, 0, der, err);
    }
    WB_AUTO(wb_key) *key = wb_key_from_public(wb_buffer_bytes(&pem), err);
    return key != NULL && wb_key_public_der(key, der, err);
}

static bool same_verifier(const struct comparison *comparison, const struct wb_buffer *recorded,
                          struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) expected = {0};
    if (!expected_verifier(comparison, &expected, err))
        return false;
    return same_bytes(recorded, wb_buffer_bytes(&expected)) ||
           differs(err,
                   comparison->thing->certificates != NULL ? "another certificate" : "another key");
}

static bool check_pem_verifier(const struct comparison *comparison, const json_t *json,
                               struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) recorded = {0};
    return read_pem(comparison, json, &recorded, err) && same_verifier(comparison, &recorded, err);
}

/* Rekor v2 keeps DER. */
static bool check_der_verifier(const struct comparison *comparison, const json_t *verifier,
                               struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) recorded = {0};
    const char *kind = comparison->thing->certificates != NULL ? "x509Certificate" : "publicKey";
    const json_t *bytes = MEMBER(verifier, kind, "rawBytes");
    if (bytes == NULL)
        return differs(err, "a verifier of another kind");
    if (!decode(bytes, &recorded))
        return malformed(err, "its verifier is not base64");
    return same_verifier(comparison, &recorded, err);
}

static bool check_signature(const struct comparison *comparison, const json_t *json,
                            struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) signature = {0};
    if (!decode(json, &signature))
        return malformed(err, "its signature is not base64");
    return same_bytes(&signature, comparison->thing->signature) ||
           differs(err, "another signature");
}

/* ---- what it is over ---- */

static enum wb_digest_algorithm algorithm_of(const json_t *json)
{
    static const struct {
        const char *name;
        enum wb_digest_algorithm algorithm;
    } known[] = {
        {"sha256", WB_DIGEST_SHA256},   {"sha384", WB_DIGEST_SHA384},
        {"sha512", WB_DIGEST_SHA512},   {"SHA2_256", WB_DIGEST_SHA256},
        {"SHA2_384", WB_DIGEST_SHA384}, {"SHA2_512", WB_DIGEST_SHA512},
    };
    const char *name = json_is_string(json) ? json_string_value(json) : "";
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(known[i].name, name) == 0)
            return known[i].algorithm;
    return WB_DIGEST_NONE;
}

/* v1: `{algorithm, value}` in hex; v2: `{algorithm, digest}` in base64. */
static bool read_digest(const json_t *json, struct wb_digest *digest, struct wb_error *err)
{
    *digest = (struct wb_digest){.algorithm = algorithm_of(json_object_get(json, "algorithm"))};
    size_t size = wb_digest_size(digest->algorithm);
    const char *hex = wb_json_string_of(json, "value");
    WB_AUTO_VALUE(wb_buffer) bytes = {0};
    if (size == 0)
        return malformed(err, "a hash of a kind that is not known");
    if (hex != NULL)
        return wb_hex_parse(hex, digest->bytes, size) || malformed(err, "a hash is not hex");
    if (!decode(json_object_get(json, "digest"), &bytes) || bytes.size != size)
        return malformed(err, "a hash is not base64");
    memcpy(digest->bytes, bytes.data, size);
    return true;
}

/* The file, or the pre-authentication encoding of an envelope. */
static bool check_message_digest(const struct comparison *comparison, const json_t *json,
                                 struct wb_error *err)
{
    struct wb_digest recorded, own;
    if (!read_digest(json, &recorded, err) ||
        !wb_signed_thing_digest(comparison->thing, recorded.algorithm, &own, err))
        return false;
    return wb_digest_equal(&recorded, &own) || differs(err, "other content");
}

static bool check_payload_digest(const struct comparison *comparison, const json_t *json,
                                 struct wb_error *err)
{
    struct wb_digest recorded, own;
    if (comparison->thing->envelope == NULL)
        return differs(err, "an envelope");
    if (!read_digest(json, &recorded, err) ||
        !wb_digest_bytes(recorded.algorithm, comparison->thing->envelope->payload, &own, err))
        return false;
    return wb_digest_equal(&recorded, &own) || differs(err, "another payload");
}

/* One of the signatures recorded must be this one. */
typedef bool signature_check(const struct comparison *comparison, const json_t *signature,
                             struct wb_error *err);

static bool check_signatures(const struct comparison *comparison, const json_t *list,
                             signature_check *check, struct wb_error *err)
{
    size_t count = json_array_size(list);
    if (count == 0 || count > WB_ENVELOPE_SIGNATURES_MAX)
        return malformed(err, "no signatures, or too many");
    for (size_t i = 0; i < count; i++)
        if (check(comparison, json_array_get(list, i), err))
            return true;
    return false;
}

/* ---- the kinds ---- */

static bool check_hashedrekord_v1(const struct comparison *comparison, const json_t *spec,
                                  struct wb_error *err)
{
    return check_message_digest(comparison, MEMBER(spec, "data", "hash"), err) &&
           check_signature(comparison, MEMBER(spec, "signature", "content"), err) &&
           check_pem_verifier(comparison, MEMBER(spec, "signature", "publicKey", "content"), err);
}

static bool check_v2_signature(const struct comparison *comparison, const json_t *signature,
                               struct wb_error *err)
{
    return check_signature(comparison, json_object_get(signature, "content"), err) &&
           check_der_verifier(comparison, json_object_get(signature, "verifier"), err);
}

static bool check_hashedrekord_v2(const struct comparison *comparison, const json_t *spec,
                                  struct wb_error *err)
{
    const json_t *body = json_object_get(spec, "hashedRekordV002");
    return check_message_digest(comparison, json_object_get(body, "data"), err) &&
           check_v2_signature(comparison, json_object_get(body, "signature"), err);
}

static bool check_dsse_v1_signature(const struct comparison *comparison, const json_t *signature,
                                    struct wb_error *err)
{
    return check_signature(comparison, json_object_get(signature, "signature"), err) &&
           check_pem_verifier(comparison, json_object_get(signature, "verifier"), err);
}

static bool check_dsse_v1(const struct comparison *comparison, const json_t *spec,
                          struct wb_error *err)
{
    return check_payload_digest(comparison, json_object_get(spec, "payloadHash"), err) &&
           check_signatures(comparison, json_object_get(spec, "signatures"),
                            check_dsse_v1_signature, err);
}

static bool check_dsse_v2(const struct comparison *comparison, const json_t *spec,
                          struct wb_error *err)
{
    const json_t *body = json_object_get(spec, "dsseV002");
    return check_payload_digest(comparison, json_object_get(body, "payloadHash"), err) &&
           check_signatures(comparison, json_object_get(body, "signatures"), check_v2_signature,
                            err);
}

/* intoto keeps the base64 of the envelope's base64. */
static bool check_intoto_signature(const struct comparison *comparison, const json_t *signature,
                                   struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) text = {0};
    WB_AUTO_VALUE(wb_buffer) bytes = {0};
    if (!decode(json_object_get(signature, "sig"), &text) ||
        !wb_base64_decode((const char *)text.data, text.size, &bytes) ||
        !same_bytes(&bytes, comparison->thing->signature))
        return differs(err, "another signature");
    return check_pem_verifier(comparison, json_object_get(signature, "publicKey"), err);
}

static bool check_intoto(const struct comparison *comparison, const json_t *spec,
                         struct wb_error *err)
{
    const json_t *content = json_object_get(spec, "content");
    const json_t *envelope = json_object_get(content, "envelope");
    if (!check_payload_digest(comparison, json_object_get(content, "payloadHash"), err))
        return false;
    const char *type = wb_json_string_of(envelope, "payloadType");
    if (type == NULL || strcmp(type, comparison->thing->envelope->payload_type) != 0)
        return differs(err, "a payload of another type");
    return check_signatures(comparison, json_object_get(envelope, "signatures"),
                            check_intoto_signature, err);
}

/* The older kind records the envelope as a whole, its signatures with it. */
static bool check_intoto_v1(const struct comparison *comparison, const json_t *spec,
                            struct wb_error *err)
{
    struct wb_digest recorded, own;
    const struct wb_bytes envelope = comparison->thing->envelope_bytes;
    if (envelope.size == 0)
        return differs(err, "an envelope in another form");
    if (!read_digest(MEMBER(spec, "content", "hash"), &recorded, err) ||
        !wb_digest_bytes(recorded.algorithm, envelope, &own, err))
        return false;
    if (!wb_digest_equal(&recorded, &own))
        return differs(err, "another envelope");
    return check_pem_verifier(comparison, json_object_get(spec, "publicKey"), err);
}

static const struct {
    const char *kind, *version;
    bool (*check)(const struct comparison *comparison, const json_t *spec, struct wb_error *err);
} kinds[] = {
    {"hashedrekord", "0.0.1", check_hashedrekord_v1},
    {"dsse", "0.0.1", check_dsse_v1},
    {"intoto", "0.0.1", check_intoto_v1},
    {"intoto", "0.0.2", check_intoto},
    {"hashedrekord", "0.0.2", check_hashedrekord_v2},
    {"dsse", "0.0.2", check_dsse_v2},
};

bool wb_log_body_check(const struct wb_log_entry *entry, const struct wb_signed_thing *thing,
                       const struct wb_key *key, struct wb_error *err)
{
    const struct comparison comparison = {thing, key};
    WB_AUTO_JSON body = wb_json_parse(entry->body, err);
    if (body == NULL)
        return wb_error_context(err, "log entry");
    const char *kind = wb_json_string_of(body, "kind");
    const char *version = wb_json_string_of(body, "apiVersion");
    if (kind == NULL || version == NULL || strcmp(kind, entry->kind) != 0 ||
        strcmp(version, entry->version) != 0)
        return malformed(err, "its body is not of the kind that the bundle states");
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(kinds[i].kind, kind) == 0 && strcmp(kinds[i].version, version) == 0)
            return kinds[i].check(&comparison, json_object_get(body, "spec"), err);
    return wb_error_set(err, WB_BAD_INPUT, "log entries of kind %.40s %.20s are not known", kind,
                        version);
}
