/* SPDX-License-Identifier: Apache-2.0 */
/* COSE_Sign1 (RFC 9052 §4.2) around a payload, in deterministic encoding (RFC 8949 §4.2.1).
 * Everything stands in the protected header, so that no bit of a message can change unnoticed. */
#include "sign/sign_private.h"

#include <cbor.h>
#include <stdlib.h>
#include <string.h>

#define TAG_SIGN1 18
#define LABEL_ALGORITHM 1
#define LABEL_CONTENT_TYPE 3
#define LABEL_KEY_ID 4
#define LABEL_CERTIFICATES 33

static void append_item(struct wb_buffer *out, cbor_item_t *item)
{
    unsigned char *bytes = NULL;
    size_t capacity = 0;
    size_t size = cbor_serialize_alloc(item, &bytes, &capacity);
    if (size == 0)
        wb_out_of_memory(0);
    wb_buffer_append(out, bytes, size);
    free(bytes);
    cbor_decref(&item);
}

/* RFC 9053 §2, RFC 8812 §2; 0: none. The numbers are negative: -1 less what is here. */
static uint8_t negative_algorithm(const struct wb_signer *signer, uint16_t *wide)
{
    enum wb_digest_algorithm digest = wb_signer_digest_algorithm(signer);
    *wide = 0;
    switch (wb_key_algorithm_of(signer->key)) {
    case WB_KEY_ECDSA_P256:
        return digest == WB_DIGEST_SHA256 ? 6 : 0;
    case WB_KEY_ECDSA_P384:
        return digest == WB_DIGEST_SHA384 ? 34 : 0;
    case WB_KEY_ECDSA_P521:
        return digest == WB_DIGEST_SHA512 ? 35 : 0;
    case WB_KEY_ED25519:
        return 7;
    case WB_KEY_RSA:
        *wide = digest == WB_DIGEST_SHA256   ? 256
                : digest == WB_DIGEST_SHA384 ? 257
                : digest == WB_DIGEST_SHA512 ? 258
                                             : 0;
        return 0;
    }
    return 0;
}

static bool append_algorithm(const struct wb_signer *signer, struct wb_buffer *header,
                             struct wb_error *err)
{
    uint16_t wide;
    uint8_t narrow = negative_algorithm(signer, &wide);
    if (narrow == 0 && wide == 0)
        return wb_error_set(err, WB_USAGE,
                            "COSE has no algorithm for this key with that digest: leave "
                            "--signature-digest-algorithm out");
    append_item(header, cbor_build_uint8(LABEL_ALGORITHM));
    cbor_item_t *algorithm = wide != 0 ? cbor_build_uint16(wide) : cbor_build_uint8(narrow);
    cbor_mark_negint(algorithm);
    append_item(header, algorithm);
    return true;
}

static bool append_certificates(const struct wb_signer *signer, struct wb_buffer *header,
                                struct wb_error *err)
{
    size_t count = wb_certificates_count(signer->certificates);
    append_item(header, cbor_build_uint8(LABEL_CERTIFICATES));
    /* One alone is a byte string, several are an array of them (RFC 9360 §2). */
    if (count > 1) {
        unsigned char head[9];
        wb_buffer_append(header, head, cbor_encode_array_start(count, head, sizeof head));
    }
    for (size_t i = 0; i < count; i++) {
        WB_AUTO_VALUE(wb_buffer) der = {0};
        if (!wb_certificate_der(signer->certificates, i, &der, err))
            return false;
        append_item(header, cbor_build_bytestring(der.data, der.size));
    }
    return true;
}

/* Labels in bytewise order of their encodings: 1, 3, 4 and then 33, which takes two bytes. */
static bool write_protected(const struct wb_signer *signer, const char *content_type,
                            struct wb_buffer *header, struct wb_error *err)
{
    unsigned char head[9];
    struct wb_digest fingerprint;
    size_t count = 3 + (signer->certificates == NULL ? 0 : 1);
    if (!wb_key_fingerprint(signer->key, &fingerprint, err))
        return false;
    wb_buffer_append(header, head, cbor_encode_map_start(count, head, sizeof head));
    if (!append_algorithm(signer, header, err))
        return false;
    append_item(header, cbor_build_uint8(LABEL_CONTENT_TYPE));
    append_item(header, cbor_build_string(content_type));
    append_item(header, cbor_build_uint8(LABEL_KEY_ID));
    append_item(header,
                cbor_build_bytestring(fingerprint.bytes, wb_digest_size(fingerprint.algorithm)));
    return signer->certificates == NULL || append_certificates(signer, header, err);
}

static void append_bytes(struct wb_buffer *out, struct wb_bytes bytes)
{
    unsigned char head[9];
    wb_buffer_append(out, head, cbor_encode_bytestring_start(bytes.size, head, sizeof head));
    wb_buffer_append(out, bytes.data, bytes.size);
}

/* ECDSA is r and s side by side (RFC 9053 §2.1). */
static bool sign_bytes(const struct wb_signer *signer, struct wb_bytes bytes,
                       struct wb_buffer *signature, struct wb_error *err)
{
    enum wb_key_algorithm algorithm = wb_key_algorithm_of(signer->key);
    if (wb_ecdsa_component_size(algorithm) == 0)
        return wb_signer_sign(signer, bytes, signature, err);
    WB_AUTO_VALUE(wb_buffer) der = {0};
    if (!wb_signer_sign(signer, bytes, &der, err))
        return false;
    return wb_ecdsa_raw_from_der(algorithm, wb_buffer_bytes(&der), signature) ||
           wb_error_set(err, WB_SYSTEM, "the signature that was made is no ECDSA signature");
}

bool wb_sign_cose(const struct wb_signer *signer, struct wb_bytes payload, const char *content_type,
                  struct wb_buffer *message, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) header = {0};
    WB_AUTO_VALUE(wb_buffer) structure = {0};
    WB_AUTO_VALUE(wb_buffer) signature = {0};
    unsigned char head[9];
    if (signer->timestamp != NULL)
        return wb_error_set(err, WB_USAGE, "a timestamp cannot go with a COSE signature yet");
    if (!wb_signer_check(signer, err) || !write_protected(signer, content_type, &header, err))
        return false;
    /* Sig_structure (RFC 9052 §4.4). */
    wb_buffer_append(&structure, head, cbor_encode_array_start(4, head, sizeof head));
    append_item(&structure, cbor_build_string("Signature1"));
    append_bytes(&structure, wb_buffer_bytes(&header));
    append_bytes(&structure, (struct wb_bytes){NULL, 0});
    append_bytes(&structure, payload);
    if (!sign_bytes(signer, wb_buffer_bytes(&structure), &signature, err))
        return false;
    wb_buffer_append(message, head, cbor_encode_tag(TAG_SIGN1, head, sizeof head));
    wb_buffer_append(message, head, cbor_encode_array_start(4, head, sizeof head));
    append_bytes(message, wb_buffer_bytes(&header));
    wb_buffer_append(message, head, cbor_encode_map_start(0, head, sizeof head));
    append_bytes(message, payload);
    append_bytes(message, wb_buffer_bytes(&signature));
    return true;
}
