/* SPDX-License-Identifier: Apache-2.0 */
/* Who signs, and what of that goes beside a signature. */
#include "sign/sign_private.h"

#include <string.h>

bool wb_signer_check(const struct wb_signer *signer, struct wb_error *err)
{
    if (!wb_key_has_private(signer->key))
        return wb_error_set(err, WB_USAGE, "the key has no private half to sign with");
    if (signer->digest_algorithm != WB_DIGEST_NONE &&
        !wb_key_takes_digest(signer->key, signer->digest_algorithm))
        return wb_error_set(err, WB_USAGE,
                            "a %s digest does not go with this key: an Ed25519 key signs the "
                            "message itself, the others SHA-2 digests",
                            wb_digest_name(signer->digest_algorithm));
    if (signer->certificates == NULL)
        return true;
    WB_AUTO(wb_key) *certified = wb_certificate_key(signer->certificates, 0, err);
    if (certified == NULL)
        return wb_error_context(err, "certificate");
    return wb_key_same(signer->key, certified) ||
           wb_error_set(err, WB_BAD_INPUT, "the certificate is for another key than the one given");
}

enum wb_digest_algorithm wb_signer_digest_algorithm(const struct wb_signer *signer)
{
    return signer->digest_algorithm != WB_DIGEST_NONE ? signer->digest_algorithm
                                                      : wb_key_digest_algorithm(signer->key);
}

bool wb_signer_sign(const struct wb_signer *signer, struct wb_bytes message,
                    struct wb_buffer *signature, struct wb_error *err)
{
    enum wb_digest_algorithm algorithm = wb_signer_digest_algorithm(signer);
    if (algorithm == WB_DIGEST_NONE)
        return wb_key_sign(signer->key, message, signature, err);
    struct wb_digest digest;
    return wb_digest_bytes(algorithm, message, &digest, err) &&
           wb_key_sign_digest(signer->key, &digest, signature, err);
}

bool wb_signer_timestamp(const struct wb_signer *signer, struct wb_bytes signed_bytes,
                         struct wb_buffer *response, struct wb_error *err)
{
    if (signer->timestamp == NULL)
        return true;
    return signer->timestamp(signer->timestamp_context, signed_bytes, response, err) &&
           wb_timestamp_matches(wb_buffer_bytes(response), signed_bytes, err);
}

void wb_signer_material_clear(struct wb_signer_material *material)
{
    wb_buffer_clear(&material->key_hint);
    wb_buffer_clear(&material->certificate);
    wb_buffer_clear(&material->timestamp);
}

bool wb_signer_material(const struct wb_signer *signer, struct wb_bytes signature,
                        struct wb_signer_material *material, struct wb_error *err)
{
    if (signer->certificates != NULL) {
        if (!wb_certificate_der(signer->certificates, 0, &material->certificate, err))
            return false;
    } else {
        struct wb_digest fingerprint;
        if (!wb_key_fingerprint(signer->key, &fingerprint, err))
            return false;
        wb_base64_encode((struct wb_bytes){fingerprint.bytes, wb_digest_size(WB_DIGEST_SHA256)},
                         &material->key_hint);
    }
    return wb_signer_timestamp(signer, signature, &material->timestamp, err);
}

struct wb_bundle_material wb_signer_bundle_material(const struct wb_signer_material *material,
                                                    struct wb_bytes *timestamp)
{
    *timestamp = wb_buffer_bytes(&material->timestamp);
    return (struct wb_bundle_material){
        .key_hint = (const char *)material->key_hint.data,
        .certificate = wb_buffer_bytes(&material->certificate),
        .timestamps = timestamp,
        .timestamp_count = timestamp->size > 0 ? 1 : 0,
    };
}

static bool annotate_certificates(const struct wb_signer *signer, struct wb_arena *arena,
                                  struct wb_name_value annotations[5], size_t *count,
                                  struct wb_error *err)
{
    size_t certificates = wb_certificates_count(signer->certificates);
    WB_AUTO_VALUE(wb_buffer) leaf = {0};
    WB_AUTO_VALUE(wb_buffer) chain = {0};
    for (size_t i = 0; i < certificates; i++)
        if (!wb_certificate_pem(signer->certificates, i, i == 0 ? &leaf : &chain, err))
            return false;
    annotations[(*count)++] = (struct wb_name_value){
        "dev.sigstore.cosign/certificate", wb_arena_copy_bytes(arena, leaf.data, leaf.size)};
    if (chain.size > 0)
        annotations[(*count)++] = (struct wb_name_value){
            "dev.sigstore.cosign/chain", wb_arena_copy_bytes(arena, chain.data, chain.size)};
    return true;
}

bool wb_signer_annotations(const struct wb_signer *signer, struct wb_bytes signature,
                           struct wb_bytes timestamped, struct wb_arena *arena,
                           struct wb_name_value annotations[5], size_t *count, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) text = {0};
    wb_base64_encode(signature, &text);
    *count = 0;
    annotations[(*count)++] = (struct wb_name_value){
        "dev.cosignproject.cosign/signature", wb_arena_copy_bytes(arena, text.data, text.size)};
    if (signer->certificates != NULL &&
        !annotate_certificates(signer, arena, annotations, count, err))
        return false;
    WB_AUTO_VALUE(wb_buffer) response = {0};
    if (!wb_signer_timestamp(signer, timestamped, &response, err))
        return false;
    if (response.size > 0) {
        WB_AUTO_VALUE(wb_buffer) json = {0};
        wb_buffer_append_text(&json, "{\"SignedRFC3161Timestamp\":\"");
        wb_base64_encode(wb_buffer_bytes(&response), &json);
        wb_buffer_append_text(&json, "\"}");
        annotations[(*count)++] =
            (struct wb_name_value){"dev.sigstore.cosign/rfc3161timestamp",
                                   wb_arena_copy_bytes(arena, json.data, json.size)};
    }
    return true;
}
