/* SPDX-License-Identifier: Apache-2.0 */
/* Checking one signature with one public key. */
#include "keys/key_private.h"

#include <openssl/err.h>
#include <openssl/rsa.h>

static bool does_not_hold(const struct wb_key *key, struct wb_error *err)
{
    char text[32];
    ERR_clear_error();
    return wb_error_set(err, WB_CHECK_FAILED, "the signature does not hold under this %s key",
                        wb_key_describe(key, text));
}

/* The length alone tells signatures of another algorithm; OpenSSL insists on DER for ECDSA. */
static bool plausible(const struct wb_key *key, struct wb_bytes signature)
{
    size_t size = (size_t)EVP_PKEY_get_size(key->public_key);
    if (key->algorithm == WB_KEY_RSA || key->algorithm == WB_KEY_ED25519)
        return signature.size == size;
    return signature.size > 0 && signature.size <= size;
}

bool wb_key_check(const struct wb_key *key, struct wb_bytes message, struct wb_bytes signature,
                  struct wb_error *err)
{
    if (!plausible(key, signature))
        return does_not_hold(key, err);
    static const uint8_t nothing;
    enum wb_digest_algorithm algorithm = wb_key_digest_algorithm(key);
    const char *digest = algorithm == WB_DIGEST_NONE ? NULL : wb_digest_name(algorithm);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (context == NULL ||
        EVP_DigestVerifyInit_ex(context, NULL, digest, NULL, NULL, key->public_key, NULL) != 1) {
        EVP_MD_CTX_free(context);
        return wb_openssl_error(err, WB_SYSTEM, "OpenSSL cannot check signatures");
    }
    int code = EVP_DigestVerify(context, signature.data, signature.size,
                                message.data == NULL ? &nothing : message.data, message.size);
    EVP_MD_CTX_free(context);
    return code == 1 || does_not_hold(key, err);
}

EVP_PKEY_CTX *wb_key_digest_context(const struct wb_key *key, EVP_PKEY *half,
                                    enum wb_digest_algorithm algorithm,
                                    int (*init)(EVP_PKEY_CTX *context))
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, half, NULL);
    EVP_MD *method = EVP_MD_fetch(NULL, wb_digest_name(algorithm), NULL);
    bool good = context != NULL && method != NULL && init(context) == 1 &&
                (key->algorithm != WB_KEY_RSA ||
                 EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1) &&
                EVP_PKEY_CTX_set_signature_md(context, method) == 1;
    EVP_MD_free(method);
    if (good)
        return context;
    EVP_PKEY_CTX_free(context);
    return NULL;
}

bool wb_key_check_digest(const struct wb_key *key, const struct wb_digest *digest,
                         struct wb_bytes signature, struct wb_error *err)
{
    if (!wb_key_check_takes_digest(key, digest->algorithm, err))
        return false;
    if (!plausible(key, signature))
        return does_not_hold(key, err);
    EVP_PKEY_CTX *context =
        wb_key_digest_context(key, key->public_key, digest->algorithm, EVP_PKEY_verify_init);
    if (context == NULL)
        return wb_openssl_error(err, WB_SYSTEM, "OpenSSL cannot check signatures");
    int code = EVP_PKEY_verify(context, signature.data, signature.size, digest->bytes,
                               wb_digest_size(digest->algorithm));
    EVP_PKEY_CTX_free(context);
    return code == 1 || does_not_hold(key, err);
}
