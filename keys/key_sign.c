/* SPDX-License-Identifier: Apache-2.0 */
/* Making one signature with one private key. */
#include "keys/key_private.h"

/* Larger than any signature of the keys we take. */
#define SIGNATURE_MAX 1024

static bool cannot_sign(const struct wb_key *key, struct wb_error *err)
{
    return wb_openssl_error(err, WB_SYSTEM, "%s cannot sign",
                            key->in_token ? "the token" : "OpenSSL");
}

/* A token may be broken or hold another key than it says; nothing it made leaves unchecked. */
static bool check_own(const struct wb_key *key, const struct wb_digest *digest,
                      struct wb_bytes signature, struct wb_error *err)
{
    if (!key->in_token || wb_key_check_digest(key, digest, signature, err))
        return true;
    return wb_error_set(err, WB_SYSTEM, "the token's signature does not hold under its own key");
}

bool wb_key_sign_digest(const struct wb_key *key, const struct wb_digest *digest,
                        struct wb_buffer *signature, struct wb_error *err)
{
    if (key->private_key == NULL)
        return wb_error_set(err, WB_BAD_INPUT, "there is no private key to sign with");
    if (!wb_key_check_takes_digest(key, digest->algorithm, err))
        return false;
    uint8_t bytes[SIGNATURE_MAX];
    size_t size = sizeof bytes;
    EVP_PKEY_CTX *context =
        wb_key_digest_context(key, key->private_key, digest->algorithm, EVP_PKEY_sign_init);
    bool good = context != NULL && EVP_PKEY_sign(context, bytes, &size, digest->bytes,
                                                 wb_digest_size(digest->algorithm)) == 1;
    EVP_PKEY_CTX_free(context);
    if (!good)
        return cannot_sign(key, err);
    if (!check_own(key, digest, (struct wb_bytes){bytes, size}, err))
        return false;
    wb_buffer_append(signature, bytes, size);
    return true;
}

/* Ed25519 (RFC 8032, pure): the message itself, in one call. */
static bool sign_message(const struct wb_key *key, struct wb_bytes message,
                         struct wb_buffer *signature, struct wb_error *err)
{
    static const uint8_t nothing;
    uint8_t bytes[SIGNATURE_MAX];
    size_t size = sizeof bytes;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good =
        context != NULL &&
        EVP_DigestSignInit_ex(context, NULL, NULL, NULL, NULL, key->private_key, NULL) == 1 &&
        EVP_DigestSign(context, bytes, &size, message.data == NULL ? &nothing : message.data,
                       message.size) == 1;
    EVP_MD_CTX_free(context);
    if (!good)
        return cannot_sign(key, err);
    if (key->in_token && !wb_key_check(key, message, (struct wb_bytes){bytes, size}, err))
        return wb_error_set(err, WB_SYSTEM,
                            "the token's signature does not hold under its own key");
    wb_buffer_append(signature, bytes, size);
    return true;
}

bool wb_key_sign(const struct wb_key *key, struct wb_bytes message, struct wb_buffer *signature,
                 struct wb_error *err)
{
    if (key->private_key == NULL)
        return wb_error_set(err, WB_BAD_INPUT, "there is no private key to sign with");
    if (key->algorithm == WB_KEY_ED25519)
        return sign_message(key, message, signature, err);
    struct wb_digest digest;
    return wb_digest_bytes(wb_key_digest_algorithm(key), message, &digest, err) &&
           wb_key_sign_digest(key, &digest, signature, err);
}
