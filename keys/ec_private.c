/* SPDX-License-Identifier: Apache-2.0 */
/* ECDSA private keys in the DER spelling of OpenSSL, Go and cosign (RFC 5958 around RFC 5915):
 * named curve outside, uncompressed point inside. */
#include "keys/key_private.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <string.h>

#define SECRET_MAX 66
#define BYTES(text)                                                                                \
    {                                                                                              \
        (const uint8_t *)(text), sizeof(text) - 1                                                  \
    }

/* In this order: front, the secret number, middle, the point. */
static const struct {
    const char *group;
    size_t secret_size, point_size;
    struct wb_bytes front, middle;
} spellings[] = {
    {"prime256v1", 32, 65,
     BYTES("\x30\x81\x87\x02\x01\x00\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86"
           "\x48\xce\x3d\x03\x01\x07\x04\x6d\x30\x6b\x02\x01\x01\x04\x20"),
     BYTES("\xa1\x44\x03\x42\x00")},
    {"secp384r1", 48, 97,
     BYTES("\x30\x81\xb6\x02\x01\x00\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81"
           "\x04\x00\x22\x04\x81\x9e\x30\x81\x9b\x02\x01\x01\x04\x30"),
     BYTES("\xa1\x64\x03\x62\x00")},
    {"secp521r1", 66, 133,
     BYTES("\x30\x81\xee\x02\x01\x00\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81"
           "\x04\x00\x23\x04\x81\xd6\x30\x81\xd3\x02\x01\x01\x04\x42"),
     BYTES("\xa1\x81\x89\x03\x81\x86\x00")},
};

static bool take(struct wb_bytes *rest, struct wb_bytes expected)
{
    if (rest->size < expected.size || memcmp(rest->data, expected.data, expected.size) != 0)
        return false;
    *rest = (struct wb_bytes){rest->data + expected.size, rest->size - expected.size};
    return true;
}

static EVP_PKEY *from_secret(const char *group, struct wb_bytes point, struct wb_bytes secret)
{
    uint8_t native[SECRET_MAX];
    BIGNUM *number = BN_secure_new();
    EVP_PKEY *key = NULL;
    if (number != NULL && BN_bin2bn(secret.data, (int)secret.size, number) != NULL &&
        BN_bn2nativepad(number, native, (int)secret.size) > 0)
        key = wb_ec_from_numbers(
            group, point, OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_PRIV_KEY, native, secret.size));
    OPENSSL_cleanse(native, sizeof native);
    BN_clear_free(number);
    return key;
}

EVP_PKEY *wb_ec_from_pkcs8(struct wb_bytes der)
{
    for (size_t i = 0; i < sizeof spellings / sizeof spellings[0]; i++) {
        struct wb_bytes rest = der;
        if (!take(&rest, spellings[i].front) || rest.size < spellings[i].secret_size)
            continue;
        struct wb_bytes secret = {rest.data, spellings[i].secret_size};
        rest = (struct wb_bytes){rest.data + secret.size, rest.size - secret.size};
        if (take(&rest, spellings[i].middle) && rest.size == spellings[i].point_size &&
            rest.data[0] == POINT_CONVERSION_UNCOMPRESSED)
            return from_secret(spellings[i].group, rest, secret);
    }
    return NULL;
}
