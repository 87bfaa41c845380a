/* SPDX-License-Identifier: Apache-2.0 */
/* Signed certificate timestamps embedded in a leaf (RFC 6962 §3.2, §3.3): the log signed the
 * certificate as it was before they were put in. */
#include "verify/log_private.h"

#include <openssl/ct.h>
#include <openssl/err.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>
#include <string.h>

#define CERTIFICATE_SIZE_MAX ((size_t)1 << 24) /* a 24-bit length */

static X509 *parse(const struct wb_certificates *certificates, size_t index, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) der = {0};
    if (!wb_certificate_der(certificates, index, &der, err))
        return NULL;
    const unsigned char *at = der.data;
    X509 *certificate = d2i_X509(NULL, &at, (long)der.size);
    if (certificate == NULL)
        wb_error_set(err, WB_BAD_INPUT, "not a certificate");
    return certificate;
}

static bool issued(X509 *issuer, X509 *leaf)
{
    EVP_PKEY *key = X509_get0_pubkey(issuer);
    bool good =
        key != NULL && X509_check_issued(issuer, leaf) == X509_V_OK && X509_verify(leaf, key) == 1;
    ERR_clear_error();
    return good;
}

/* SHA-256 of the SubjectPublicKeyInfo of the one that issued the leaf. */
static bool hash_issuer(X509 *leaf, const struct wb_certificates *candidates,
                        uint8_t hash[WB_HASH_SIZE], struct wb_error *err)
{
    bool found = false;
    for (size_t i = 0; i < wb_certificates_count(candidates) && !found; i++) {
        X509 *issuer = parse(candidates, i, err);
        unsigned char *spki = NULL;
        int size = issuer != NULL && issued(issuer, leaf)
                       ? i2d_X509_PUBKEY(X509_get_X509_PUBKEY(issuer), &spki)
                       : -1;
        found = size > 0 && SHA256(spki, (size_t)size, hash) != NULL;
        OPENSSL_free(spki);
        X509_free(issuer);
    }
    return found;
}

/* The to-be-signed part without the extension that holds the timestamps. */
static bool append_precertificate(X509 *leaf, struct wb_buffer *tbs)
{
    X509 *copy = X509_dup(leaf);
    int at = copy == NULL ? -1 : X509_get_ext_by_NID(copy, NID_ct_precert_scts, -1);
    unsigned char *bytes = NULL;
    int size = -1;
    if (at >= 0) {
        X509_EXTENSION_free(X509_delete_ext(copy, at));
        size = i2d_re_X509_tbs(copy, &bytes);
    }
    if (size > 0)
        wb_buffer_append(tbs, bytes, (size_t)size);
    OPENSSL_free(bytes);
    X509_free(copy);
    return size > 0 && tbs->size < CERTIFICATE_SIZE_MAX;
}

static void append_integer(struct wb_buffer *buffer, uint64_t value, unsigned bytes)
{
    while (bytes-- > 0)
        wb_buffer_append(buffer, &(uint8_t){(uint8_t)(value >> (8 * bytes))}, 1);
}

/* RFC 6962 §3.2: `digitally-signed struct`. */
static void append_signed(const SCT *sct, const uint8_t issuer[WB_HASH_SIZE], struct wb_bytes tbs,
                          struct wb_buffer *text)
{
    enum { VERSION_1 = 0, CERTIFICATE_TIMESTAMP = 0, PRECERTIFICATE_ENTRY = 1 };
    unsigned char *extensions;
    size_t extensions_size = SCT_get0_extensions(sct, &extensions);
    append_integer(text, VERSION_1, 1);
    append_integer(text, CERTIFICATE_TIMESTAMP, 1);
    append_integer(text, SCT_get_timestamp(sct), 8);
    append_integer(text, PRECERTIFICATE_ENTRY, 2);
    wb_buffer_append(text, issuer, WB_HASH_SIZE);
    append_integer(text, tbs.size, 3);
    wb_buffer_append(text, tbs.data, tbs.size);
    append_integer(text, extensions_size, 2);
    wb_buffer_append(text, extensions, extensions_size);
}

static const struct wb_log *log_of(const SCT *sct, const struct wb_trusted_root *root)
{
    unsigned char *id;
    size_t size = SCT_get0_log_id(sct, &id);
    return SCT_get_version(sct) == SCT_VERSION_V1
               ? wb_log_find(root->certificate_logs, root->certificate_log_count,
                             (struct wb_bytes){id, size})
               : NULL;
}

static bool check_one(const SCT *sct, const struct wb_log *log, struct wb_bytes text,
                      struct wb_error *err)
{
    if (log->key == NULL)
        return wb_error_set(err, WB_BAD_INPUT,
                            "the certificate log %.100s has a key of a kind that is not known",
                            log->name);
    int64_t seconds = (int64_t)(SCT_get_timestamp(sct) / 1000);
    if (!wb_validity_covers(&log->validity, seconds))
        return wb_error_set(err, WB_CHECK_FAILED,
                            "the certificate was logged at a time at which the certificate log "
                            "%.100s is not trusted",
                            log->name);
    unsigned char *signature;
    size_t size = SCT_get0_signature(sct, &signature);
    return wb_key_check(log->key, text, (struct wb_bytes){signature, size}, err) ||
           wb_error_context(err, "certificate timestamp of %.100s", log->name);
}

/* One that holds is enough; but none of a log that we know may be false. */
static bool check_list(X509 *leaf, const STACK_OF(SCT) * list, const struct wb_authority *authority,
                       const struct wb_trusted_root *root, struct wb_error *err)
{
    uint8_t issuer[WB_HASH_SIZE];
    WB_AUTO_VALUE(wb_buffer) tbs = {0};
    if (!hash_issuer(leaf, authority->others, issuer, err) &&
        !hash_issuer(leaf, authority->roots, issuer, err))
        return wb_error_set(err, WB_CHECK_FAILED,
                            "the certificate is not issued by the authority itself");
    if (!append_precertificate(leaf, &tbs))
        return wb_error_set(err, WB_BAD_INPUT, "the certificate cannot be encoded again");
    bool found = false;
    for (int i = 0; i < sk_SCT_num(list); i++) {
        const SCT *sct = sk_SCT_value(list, i);
        const struct wb_log *log = log_of(sct, root);
        WB_AUTO_VALUE(wb_buffer) text = {0};
        if (log == NULL)
            continue;
        append_signed(sct, issuer, wb_buffer_bytes(&tbs), &text);
        if (!check_one(sct, log, wb_buffer_bytes(&text), err))
            return false;
        found = true;
    }
    return found || wb_error_set(err, WB_CHECK_FAILED,
                                 "the certificate was not logged by a certificate log that the "
                                 "trusted root names");
}

bool wb_sct_check(const struct wb_certificates *certificates, const struct wb_authority *authority,
                  const struct wb_trusted_root *root, struct wb_error *err)
{
    X509 *leaf = parse(certificates, 0, err);
    if (leaf == NULL)
        return false;
    STACK_OF(SCT) *list = X509_get_ext_d2i(leaf, NID_ct_precert_scts, NULL, NULL);
    bool good = list == NULL ? wb_error_set(err, WB_CHECK_FAILED,
                                            "the certificate holds no certificate timestamp (SCT)")
                             : check_list(leaf, list, authority, root, err);
    SCT_LIST_free(list);
    X509_free(leaf);
    ERR_clear_error();
    return good;
}
