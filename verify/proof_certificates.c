/* SPDX-License-Identifier: Apache-2.0 */
/* What names a certificate that came with a signature, so that it can be looked up among those that
 * were revoked. */
#include "verify/verify_private.h"

#include <openssl/bn.h>
#include <openssl/x509.h>
#include <string.h>

static const char *hex_of(struct wb_arena *arena, const struct wb_digest *digest)
{
    char hex[2 * WB_DIGEST_MAX_SIZE + 1];
    return wb_arena_copy(arena,
                         wb_hex_format(digest->bytes, wb_digest_size(digest->algorithm), hex));
}

static const char *serial_of(struct wb_bytes der, struct wb_arena *arena, struct wb_error *err)
{
    const unsigned char *at = der.data;
    X509 *certificate = d2i_X509(NULL, &at, (long)der.size);
    BIGNUM *number =
        certificate == NULL ? NULL : ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), NULL);
    char *text = number == NULL ? NULL : BN_bn2hex(number);
    char *serial = wb_arena_copy(arena, text);
    OPENSSL_free(text);
    BN_free(number);
    X509_free(certificate);
    if (serial == NULL) {
        wb_error_set(err, WB_SYSTEM, "OpenSSL cannot tell a certificate's serial number");
        return NULL;
    }
    for (char *digit = serial; *digit != '\0'; digit++)
        if (*digit >= 'A' && *digit <= 'F')
            *digit = (char)(*digit - 'A' + 'a');
    while (serial[0] == '0' && serial[1] != '\0')
        serial++;
    return serial;
}

static bool describe(const struct wb_certificates *certificates, size_t index,
                     struct wb_arena *arena, struct wb_proof_certificate *described,
                     struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) der = {0};
    WB_AUTO(wb_key) *key = wb_certificate_key(certificates, index, err);
    struct wb_digest fingerprint, key_id;
    if (!wb_certificate_der(certificates, index, &der, err) ||
        !wb_digest_bytes(WB_DIGEST_SHA256, wb_buffer_bytes(&der), &fingerprint, err))
        return false;
    described->fingerprint = hex_of(arena, &fingerprint);
    described->serial = serial_of(wb_buffer_bytes(&der), arena, err);
    /* Of a key of a kind that we do not know there is no id, and it signed nothing that held. */
    described->key_id = "";
    if (key != NULL && wb_key_fingerprint(key, &key_id, err))
        described->key_id = hex_of(arena, &key_id);
    return described->serial != NULL;
}

bool wb_proof_certificates(const struct wb_certificates *certificates, struct wb_arena *arena,
                           const struct wb_proof_certificate **described, size_t *count,
                           struct wb_error *err)
{
    size_t wanted = certificates == NULL ? 0 : wb_certificates_count(certificates);
    struct wb_proof_certificate *all = wb_arena_allocate(arena, (wanted + 1) * sizeof *all);
    for (size_t i = 0; i < wanted; i++)
        if (!describe(certificates, i, arena, &all[i], err))
            return false;
    *described = all;
    *count = wanted;
    return true;
}
