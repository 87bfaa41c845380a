/* SPDX-License-Identifier: Apache-2.0 */
/* sigstore bundles, v0.1 to v0.3 (protobuf-specs sigstore_bundle.proto, in its JSON form). */
#include "sign/envelope_json.h"

#include <string.h>

#define CERTIFICATES_MAX 16
#define TIMESTAMPS_MAX 32

void wb_bundle_free(struct wb_bundle *bundle)
{
    if (bundle == NULL)
        return;
    wb_dsse_envelope_free(bundle->envelope);
    json_decref(bundle->json);
    wb_arena_free(bundle->arena);
}

/* ---- reading ---- */

static bool read_version(struct wb_bundle *bundle, struct wb_error *err)
{
    static const struct {
        const char *media_type;
        unsigned version;
    } known[] = {
        {WB_BUNDLE_MEDIA_TYPE, 3},
        {"application/vnd.dev.sigstore.bundle+json;version=0.3", 3},
        {"application/vnd.dev.sigstore.bundle+json;version=0.2", 2},
        {"application/vnd.dev.sigstore.bundle+json;version=0.1", 1},
    };
    const char *media_type;
    if (!wb_envelope_text(bundle->json, "bundle", "mediaType", false, bundle->arena, &media_type,
                          err))
        return false;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(known[i].media_type, media_type) == 0)
            bundle->version = known[i].version;
    return bundle->version != 0 ||
           wb_error_set(err, WB_BAD_INPUT, "bundle: media type `%.200s` is not known", media_type);
}

static bool read_certificate(const json_t *json, struct wb_bundle *bundle, struct wb_error *err)
{
    static const char *const members[] = {"rawBytes", NULL};
    return wb_envelope_only_members(json, "bundle certificate", members, err) &&
           wb_envelope_bytes(json, "bundle certificate", "rawBytes", bundle->arena,
                             &bundle->certificates[bundle->certificate_count++], err);
}

static bool read_certificates(const json_t *material, struct wb_bundle *bundle,
                              struct wb_error *err)
{
    static const char *const members[] = {"certificates", NULL};
    const json_t *single = json_object_get(material, "certificate");
    const json_t *chain = json_object_get(material, "x509CertificateChain");
    bundle->certificates =
        wb_arena_allocate(bundle->arena, CERTIFICATES_MAX * sizeof *bundle->certificates);
    if (single != NULL)
        return read_certificate(single, bundle, err);
    if (chain == NULL)
        return true;
    if (bundle->version >= 3)
        return wb_error_set(err, WB_BAD_INPUT,
                            "bundle: v0.3 holds one certificate, this one a chain");
    if (!wb_envelope_only_members(chain, "bundle certificate chain", members, err))
        return false;
    const json_t *list = wb_json_array_of(chain, "certificates");
    size_t count = json_array_size(list);
    if (count == 0 || count > CERTIFICATES_MAX)
        return wb_error_set(err, WB_BAD_INPUT, "bundle: a chain of %zu certificates", count);
    for (size_t i = 0; i < count; i++)
        if (!read_certificate(json_array_get(list, i), bundle, err))
            return false;
    return true;
}

static bool read_timestamps(const json_t *material, struct wb_bundle *bundle, struct wb_error *err)
{
    static const char *const members[] = {"rfc3161Timestamps", NULL};
    static const char *const timestamp_members[] = {"signedTimestamp", NULL};
    const json_t *data = json_object_get(material, "timestampVerificationData");
    if (data == NULL || json_is_null(data))
        return true;
    if (!wb_envelope_only_members(data, "bundle timestamps", members, err))
        return false;
    const json_t *list = json_object_get(data, "rfc3161Timestamps");
    size_t count = json_array_size(list);
    if (list != NULL && !json_is_array(list))
        return wb_error_set(err, WB_BAD_INPUT, "bundle: rfc3161Timestamps is not an array");
    if (count > TIMESTAMPS_MAX)
        return wb_error_set(err, WB_BAD_INPUT, "bundle: %zu timestamps, more than %d", count,
                            TIMESTAMPS_MAX);
    bundle->timestamps = wb_arena_allocate(bundle->arena, (count + 1) * sizeof *bundle->timestamps);
    for (; bundle->timestamp_count < count; bundle->timestamp_count++) {
        const json_t *item = json_array_get(list, bundle->timestamp_count);
        if (!wb_envelope_only_members(item, "bundle timestamp", timestamp_members, err) ||
            !wb_envelope_bytes(item, "bundle timestamp", "signedTimestamp", bundle->arena,
                               &bundle->timestamps[bundle->timestamp_count], err))
            return false;
    }
    return true;
}

static bool read_material(struct wb_bundle *bundle, struct wb_error *err)
{
    static const char *const members[] = {"publicKey",
                                          "certificate",
                                          "x509CertificateChain",
                                          "tlogEntries",
                                          "timestampVerificationData",
                                          NULL};
    static const char *const key_members[] = {"hint", NULL};
    const json_t *material = json_object_get(bundle->json, "verificationMaterial");
    if (!wb_envelope_only_members(material, "bundle: verificationMaterial", members, err))
        return false;
    const json_t *key = json_object_get(material, "publicKey");
    int kinds = (key != NULL) + (json_object_get(material, "certificate") != NULL) +
                (json_object_get(material, "x509CertificateChain") != NULL);
    if (kinds != 1)
        return wb_error_set(err, WB_BAD_INPUT,
                            "bundle: %d kinds of verification material instead of one", kinds);
    bundle->has_public_key = key != NULL;
    if (key != NULL && (!wb_envelope_only_members(key, "bundle: publicKey", key_members, err) ||
                        !wb_envelope_text(key, "bundle: publicKey", "hint", true, bundle->arena,
                                          &bundle->key_hint, err)))
        return false;
    bundle->log_entries = json_object_get(material, "tlogEntries");
    if (bundle->log_entries != NULL && !json_is_array(bundle->log_entries))
        return wb_error_set(err, WB_BAD_INPUT, "bundle: tlogEntries is not an array");
    return read_certificates(material, bundle, err) && read_timestamps(material, bundle, err);
}

/* Ed25519 signs the message itself; cosign leaves the digest out then. */
static bool read_message_digest(const json_t *json, struct wb_bundle *bundle, struct wb_error *err)
{
    static const char *const members[] = {"algorithm", "digest", NULL};
    static const struct {
        const char *name;
        enum wb_digest_algorithm algorithm;
    } known[] = {
        {"SHA2_256", WB_DIGEST_SHA256},
        {"SHA2_384", WB_DIGEST_SHA384},
        {"SHA2_512", WB_DIGEST_SHA512},
    };
    if (json == NULL)
        return true;
    if (!wb_envelope_only_members(json, "bundle: messageDigest", members, err))
        return false;
    if (json_object_size(json) == 0)
        return true;
    const char *name;
    struct wb_bytes digest;
    if (!wb_envelope_text(json, "bundle: messageDigest", "algorithm", false, bundle->arena, &name,
                          err) ||
        !wb_envelope_bytes(json, "bundle: messageDigest", "digest", bundle->arena, &digest, err))
        return false;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(known[i].name, name) == 0)
            bundle->message_digest.algorithm = known[i].algorithm;
    if (bundle->message_digest.algorithm == WB_DIGEST_NONE)
        return wb_error_set(err, WB_BAD_INPUT, "bundle: digest algorithm `%.40s` is not known",
                            name);
    if (digest.size != wb_digest_size(bundle->message_digest.algorithm))
        return wb_error_set(err, WB_BAD_INPUT, "bundle: a %s digest of %zu bytes", name,
                            digest.size);
    memcpy(bundle->message_digest.bytes, digest.data, digest.size);
    return true;
}

static bool read_content(struct wb_bundle *bundle, struct wb_error *err)
{
    static const char *const members[] = {"messageDigest", "signature", NULL};
    const json_t *envelope = json_object_get(bundle->json, "dsseEnvelope");
    const json_t *message = json_object_get(bundle->json, "messageSignature");
    if ((envelope == NULL) == (message == NULL))
        return wb_error_set(err, WB_BAD_INPUT,
                            envelope == NULL ? "bundle: no signature in it"
                                             : "bundle: both an envelope and a message signature");
    if (envelope != NULL) {
        bundle->envelope = wb_dsse_from_json(envelope, true, err);
        return bundle->envelope != NULL || wb_error_context(err, "bundle");
    }
    bundle->has_message_signature = true;
    return wb_envelope_only_members(message, "bundle: messageSignature", members, err) &&
           wb_envelope_bytes(message, "bundle: messageSignature", "signature", bundle->arena,
                             &bundle->message_signature, err) &&
           read_message_digest(json_object_get(message, "messageDigest"), bundle, err);
}

bool wb_bundle_is(struct wb_bytes text)
{
    WB_AUTO_JSON json = wb_envelope_parse_sparse(text, "bundle", NULL);
    return json_object_get(json, "mediaType") != NULL;
}

struct wb_bundle *wb_bundle_read(struct wb_bytes text, struct wb_error *err)
{
    static const char *const members[] = {"mediaType", "verificationMaterial", "dsseEnvelope",
                                          "messageSignature", NULL};
    WB_AUTO_JSON json = wb_envelope_parse_sparse(text, "bundle", err);
    if (json == NULL)
        return NULL;
    struct wb_arena *arena = wb_arena_new();
    WB_AUTO(wb_bundle) *bundle = wb_arena_allocate(arena, sizeof *bundle);
    bundle->arena = arena;
    bundle->json = WB_STEAL(json);
    /* The version decides how the rest is to be read. */
    if (!read_version(bundle, err) ||
        !wb_envelope_only_members(bundle->json, "bundle", members, err) ||
        !read_material(bundle, err) || !read_content(bundle, err))
        return NULL;
    return WB_STEAL(bundle);
}

/* ---- writing ---- */

static void write_material(const struct wb_bundle_material *material, struct wb_buffer *json)
{
    wb_buffer_append_text(json,
                          "{\"mediaType\":\"" WB_BUNDLE_MEDIA_TYPE "\",\"verificationMaterial\":{");
    if (material->certificate.size > 0) {
        wb_buffer_append_text(json, "\"certificate\":{\"rawBytes\":\"");
        wb_base64_encode(material->certificate, json);
        wb_buffer_append_text(json, "\"}");
    } else {
        wb_buffer_append_text(json, "\"publicKey\":{\"hint\":");
        wb_buffer_append_json_string(json, material->key_hint);
        wb_buffer_append_text(json, "}");
    }
    for (size_t i = 0; i < material->timestamp_count; i++) {
        wb_buffer_append_text(
            json, i == 0 ? ",\"timestampVerificationData\":{\"rfc3161Timestamps\":[" : ",");
        wb_buffer_append_text(json, "{\"signedTimestamp\":\"");
        wb_base64_encode(material->timestamps[i], json);
        wb_buffer_append_text(json, i + 1 == material->timestamp_count ? "\"}]}" : "\"}");
    }
    wb_buffer_append_text(json, "},");
}

void wb_bundle_write_envelope(const struct wb_bundle_material *material,
                              struct wb_bytes envelope_json, struct wb_buffer *json)
{
    write_material(material, json);
    wb_buffer_append_text(json, "\"dsseEnvelope\":");
    wb_buffer_append(json, envelope_json.data, envelope_json.size);
    wb_buffer_append_text(json, "}");
}

void wb_bundle_write_message(const struct wb_bundle_material *material,
                             const struct wb_digest *message_digest, struct wb_bytes signature,
                             struct wb_buffer *json)
{
    write_material(material, json);
    wb_buffer_append_text(json, "\"messageSignature\":{\"messageDigest\":{");
    if (message_digest->algorithm != WB_DIGEST_NONE) {
        size_t size = wb_digest_size(message_digest->algorithm);
        wb_buffer_append_format(json, "\"algorithm\":\"SHA2_%zu\",\"digest\":\"", size * 8);
        wb_base64_encode((struct wb_bytes){message_digest->bytes, size}, json);
        wb_buffer_append_text(json, "\"");
    }
    wb_buffer_append_text(json, "},\"signature\":\"");
    wb_base64_encode(signature, json);
    wb_buffer_append_text(json, "\"}}");
}
