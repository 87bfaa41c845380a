/* SPDX-License-Identifier: Apache-2.0 */
/* ECDSA public keys in the one DER spelling that everybody writes (RFC 5480 §2): named curve,
 * uncompressed point. Looking for its own decoder takes OpenSSL 3 longer than a signature. */
#include "keys/key_private.h"

#include <openssl/core_names.h>
#include <string.h>

#define BYTES(text)                                                                                \
    {                                                                                              \
        (const uint8_t *)(text), sizeof(text) - 1                                                  \
    }

/* The 65 bytes of a point follow, and so on. */
static const struct {
    const char *group;
    size_t point_size;
    struct wb_bytes front;
} spellings[] = {
    [WB_KEY_ECDSA_P256] = {"prime256v1", 65,
                           BYTES("\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a"
                                 "\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00")},
    [WB_KEY_ECDSA_P384] = {"secp384r1", 97,
                           BYTES("\x30\x76\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b"
                                 "\x81\x04\x00\x22\x03\x62\x00")},
    [WB_KEY_ECDSA_P521] = {"secp521r1", 133,
                           BYTES("\x30\x81\x9b\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05"
                                 "\x2b\x81\x04\x00\x23\x03\x81\x86\x00")},
};
#define SPELLING_COUNT (sizeof spellings / sizeof spellings[0])

EVP_PKEY *wb_ec_from_numbers(const char *group, struct wb_bytes point, OSSL_PARAM secret)
{
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)group, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, (void *)point.data, point.size),
        secret,
        OSSL_PARAM_construct_end(),
    };
    int selection = secret.key == NULL ? EVP_PKEY_PUBLIC_KEY : EVP_PKEY_KEYPAIR;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    EVP_PKEY *key = NULL;
    /* It also looks whether the point is on the curve. */
    if (context != NULL && EVP_PKEY_fromdata_init(context) == 1 &&
        EVP_PKEY_fromdata(context, &key, selection, parameters) != 1)
        key = NULL;
    EVP_PKEY_CTX_free(context);
    return key;
}

EVP_PKEY *wb_ec_from_spki(struct wb_bytes der)
{
    for (size_t i = 0; i < SPELLING_COUNT; i++) {
        struct wb_bytes front = spellings[i].front;
        if (der.size == front.size + spellings[i].point_size &&
            memcmp(der.data, front.data, front.size) == 0 &&
            der.data[front.size] == POINT_CONVERSION_UNCOMPRESSED)
            return wb_ec_from_numbers(
                spellings[i].group,
                (struct wb_bytes){der.data + front.size, spellings[i].point_size},
                OSSL_PARAM_construct_end());
    }
    return NULL;
}

bool wb_ec_to_spki(EVP_PKEY *pkey, enum wb_key_algorithm algorithm, struct wb_buffer *der)
{
    uint8_t point[133];
    size_t size;
    if ((size_t)algorithm >= SPELLING_COUNT ||
        EVP_PKEY_get_octet_string_param(pkey, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point,
                                        &size) != 1 ||
        size != spellings[algorithm].point_size || point[0] != POINT_CONVERSION_UNCOMPRESSED)
        return false;
    wb_buffer_append(der, spellings[algorithm].front.data, spellings[algorithm].front.size);
    wb_buffer_append(der, point, size);
    return true;
}
