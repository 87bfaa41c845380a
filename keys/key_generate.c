/* SPDX-License-Identifier: Apache-2.0 */
/* New key pairs, and keys that have a private half. */
#include "keys/key_private.h"

#include <openssl/ec.h>
#include <openssl/rsa.h>

/* The public half of a token's key is taken apart from the private one, which answers to a few
 * questions only. */
static struct wb_key *public_half(EVP_PKEY *pkey, struct wb_error *err)
{
    uint8_t *der = NULL;
    int size = i2d_PUBKEY(pkey, &der);
    if (size <= 0) {
        wb_openssl_error(err, WB_BAD_INPUT, "the public half of the key cannot be had");
        return NULL;
    }
    struct wb_key *key = wb_key_from_public((struct wb_bytes){der, (size_t)size}, err);
    OPENSSL_free(der);
    return key;
}

struct wb_key *wb_key_wrap_private(EVP_PKEY *pkey, bool in_token, struct wb_error *err)
{
    /* A key in memory is both: to encode and decode its public half takes OpenSSL milliseconds. */
    if (!in_token)
        EVP_PKEY_up_ref(pkey);
    struct wb_key *key = in_token ? public_half(pkey, err) : wb_key_wrap_public(pkey, err);
    if (key == NULL) {
        EVP_PKEY_free(pkey);
        return NULL;
    }
    key->private_key = pkey;
    key->in_token = in_token;
    return key;
}

static EVP_PKEY *generate(enum wb_key_algorithm algorithm, unsigned rsa_bits)
{
    switch (algorithm) {
    case WB_KEY_ECDSA_P256:
        return EVP_EC_gen("P-256");
    case WB_KEY_ECDSA_P384:
        return EVP_EC_gen("P-384");
    case WB_KEY_ECDSA_P521:
        return EVP_EC_gen("P-521");
    case WB_KEY_RSA:
        return EVP_RSA_gen(rsa_bits);
    case WB_KEY_ED25519:
        return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    }
    return NULL;
}

struct wb_key *wb_key_generate(enum wb_key_algorithm algorithm, unsigned rsa_bits,
                               struct wb_error *err)
{
    if (algorithm == WB_KEY_RSA && rsa_bits != 2048 && rsa_bits != 3072 && rsa_bits != 4096) {
        wb_error_set(err, WB_USAGE, "an RSA key of %u bits: it is 2048, 3072 or 4096", rsa_bits);
        return NULL;
    }
    EVP_PKEY *pkey = generate(algorithm, rsa_bits);
    if (pkey == NULL) {
        wb_openssl_error(err, WB_SYSTEM, "OpenSSL cannot make an %s key",
                         wb_key_algorithm_name(algorithm));
        return NULL;
    }
    return wb_key_wrap_private(pkey, false, err);
}
