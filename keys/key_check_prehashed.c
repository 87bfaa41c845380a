/* SPDX-License-Identifier: Apache-2.0 */
/* Ed25519ph (RFC 8032 §5.1): over the SHA-512 of a message, told apart from pure Ed25519 by its
 * domain prefix. cosign 3.1 signs statements so with Ed25519 keys. libsodium checks it, because
 * OpenSSL does from 3.2 on only. */
#include "keys/key_private.h"

#include <sodium.h>

bool wb_key_check_prehashed(const struct wb_key *key, struct wb_bytes message,
                            struct wb_bytes signature, struct wb_error *err)
{
    uint8_t public_key[crypto_sign_PUBLICKEYBYTES];
    size_t size = sizeof public_key;
    if (key->algorithm != WB_KEY_ED25519)
        return wb_error_set(err, WB_BAD_INPUT, "only Ed25519 keys sign in two ways");
    if (sodium_init() < 0 || EVP_PKEY_get_raw_public_key(key->public_key, public_key, &size) != 1 ||
        size != sizeof public_key)
        return wb_openssl_error(err, WB_SYSTEM, "cannot check Ed25519ph signatures");
    static const uint8_t nothing;
    crypto_sign_state state;
    bool good = signature.size == crypto_sign_BYTES && crypto_sign_init(&state) == 0 &&
                crypto_sign_update(&state, message.data == NULL ? &nothing : message.data,
                                   message.size) == 0 &&
                crypto_sign_final_verify(&state, signature.data, public_key) == 0;
    return good || wb_error_set(err, WB_CHECK_FAILED,
                                "the signature does not hold under this Ed25519 key, neither pure "
                                "nor prehashed");
}
