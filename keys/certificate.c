/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of certificates: reading and writing them. */
#include "keys/certificate_private.h"

#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void wb_certificates_free(struct wb_certificates *certificates)
{
    if (certificates == NULL)
        return;
    for (size_t i = 0; i < certificates->count; i++)
        X509_free(certificates->items[i]);
    free(certificates);
}

static bool is_canonical(X509 *certificate, struct wb_bytes der)
{
    uint8_t *bytes = NULL;
    int size = i2d_X509(certificate, &bytes);
    bool same = size > 0 && (size_t)size == der.size && memcmp(bytes, der.data, der.size) == 0;
    OPENSSL_free(bytes);
    return same;
}

bool wb_certificates_add_der(struct wb_certificates **certificates, struct wb_bytes der,
                             struct wb_error *err)
{
    if (der.size == 0 || der.size > WB_KEY_TEXT_MAX)
        return wb_error_set(err, WB_BAD_INPUT, "a certificate of %zu bytes", der.size);
    if (*certificates != NULL && (*certificates)->count == WB_CERTIFICATE_COUNT_MAX)
        return wb_error_set(err, WB_BAD_INPUT, "more than %d certificates",
                            WB_CERTIFICATE_COUNT_MAX);
    const uint8_t *at = der.data;
    X509 *certificate = d2i_X509(NULL, &at, (long)der.size);
    if (certificate == NULL)
        return wb_openssl_error(err, WB_BAD_INPUT, "not a certificate (X.509)");
    if (at != der.data + der.size || !is_canonical(certificate, der)) {
        X509_free(certificate);
        return wb_error_set(err, WB_BAD_INPUT, "the certificate is not in DER, or bytes follow it");
    }
    if (*certificates == NULL)
        *certificates = wb_allocate(sizeof **certificates);
    (*certificates)->items[(*certificates)->count++] = certificate;
    return true;
}

static bool add_pem(struct wb_certificates **certificates, struct wb_bytes text,
                    struct wb_error *err)
{
    do {
        struct wb_pem pem;
        WB_AUTO_VALUE(wb_buffer) der = {0};
        if (!wb_pem_next(text, true, &pem, err))
            return false;
        if (strcmp(pem.label, "CERTIFICATE") != 0)
            return wb_error_set(err, WB_BAD_INPUT, "PEM `%s` is not a certificate", pem.label);
        if (!wb_pem_decode(&pem, &der, err) ||
            !wb_certificates_add_der(certificates, wb_buffer_bytes(&der), err))
            return false;
        text = pem.rest;
    } while (wb_pem_is(text));
    return true;
}

struct wb_certificates *wb_certificates_read(struct wb_bytes bytes, struct wb_error *err)
{
    WB_AUTO(wb_certificates) *certificates = NULL;
    bool good = wb_pem_is(bytes) ? add_pem(&certificates, bytes, err)
                                 : wb_certificates_add_der(&certificates, bytes, err);
    return good ? WB_STEAL(certificates) : NULL;
}

size_t wb_certificates_count(const struct wb_certificates *certificates)
{
    return certificates == NULL ? 0 : certificates->count;
}

bool wb_certificate_der(const struct wb_certificates *certificates, size_t index,
                        struct wb_buffer *der, struct wb_error *err)
{
    uint8_t *bytes = NULL;
    int size = i2d_X509(certificates->items[index], &bytes);
    if (size <= 0)
        return wb_openssl_error(err, WB_SYSTEM, "cannot encode a certificate");
    wb_buffer_append(der, bytes, (size_t)size);
    OPENSSL_free(bytes);
    return true;
}

bool wb_certificate_pem(const struct wb_certificates *certificates, size_t index,
                        struct wb_buffer *pem, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) der = {0};
    if (!wb_certificate_der(certificates, index, &der, err))
        return false;
    wb_pem_append(pem, "CERTIFICATE", wb_buffer_bytes(&der));
    return true;
}

struct wb_key *wb_certificate_key(const struct wb_certificates *certificates, size_t index,
                                  struct wb_error *err)
{
    EVP_PKEY *pkey = X509_get_pubkey(certificates->items[index]);
    if (pkey == NULL)
        wb_openssl_error(err, WB_BAD_INPUT, "the certificate holds no public key we know");
    struct wb_key *key = pkey == NULL ? NULL : wb_key_wrap_public(pkey, err);
    if (key == NULL)
        wb_error_context(err, "certificate %zu", index + 1);
    return key;
}

bool wb_certificate_time(const ASN1_TIME *time, int64_t *seconds)
{
    struct tm parts;
    if (time == NULL || ASN1_TIME_to_tm(time, &parts) != 1)
        return false;
    *seconds = timegm(&parts);
    return true;
}
