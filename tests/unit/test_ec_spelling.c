/* SPDX-License-Identifier: Apache-2.0 */
/* The usual DER spelling of ECDSA keys, against OpenSSL's own encoders. */
#include "keys/key_private.h"

#include <openssl/core_names.h>
#include <openssl/x509.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const struct {
    const char *curve;
    enum wb_key_algorithm algorithm;
} curves[] = {
    {"P-256", WB_KEY_ECDSA_P256}, {"P-384", WB_KEY_ECDSA_P384}, {"P-521", WB_KEY_ECDSA_P521}};
#define CURVE_COUNT (sizeof curves / sizeof curves[0])

static struct wb_bytes spki_of(EVP_PKEY *key)
{
    uint8_t *der = NULL;
    int size = i2d_PUBKEY(key, &der);
    assert_true(size > 0);
    return (struct wb_bytes){der, (size_t)size};
}

static struct wb_bytes pkcs8_of(EVP_PKEY *key)
{
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key);
    uint8_t *der = NULL;
    int size = i2d_PKCS8_PRIV_KEY_INFO(info, &der);
    PKCS8_PRIV_KEY_INFO_free(info);
    assert_true(size > 0);
    return (struct wb_bytes){der, (size_t)size};
}

static void test_public(void **state)
{
    (void)state;
    for (size_t i = 0; i < CURVE_COUNT; i++) {
        EVP_PKEY *key = EVP_EC_gen(curves[i].curve);
        struct wb_bytes der = spki_of(key);
        EVP_PKEY *read = wb_ec_from_spki(der);
        assert_non_null(read);
        assert_int_equal(EVP_PKEY_eq(key, read), 1);
        WB_AUTO_VALUE(wb_buffer) written = {0};
        assert_true(wb_ec_to_spki(read, curves[i].algorithm, &written));
        assert_int_equal(written.size, der.size);
        assert_memory_equal(written.data, der.data, der.size);
        EVP_PKEY_free(read);
        EVP_PKEY_free(key);
        OPENSSL_free((void *)der.data);
    }
}

/* Every changed byte makes another key, no key, or one that OpenSSL is asked about. */
static void test_changed_bytes(void **state)
{
    (void)state;
    EVP_PKEY *key = EVP_EC_gen("P-256");
    struct wb_bytes der = spki_of(key);
    for (size_t i = 0; i < der.size; i++) {
        ((uint8_t *)der.data)[i] ^= 0x10;
        assert_null(wb_ec_from_spki(der));
        ((uint8_t *)der.data)[i] ^= 0x10;
    }
    assert_null(wb_ec_from_spki((struct wb_bytes){der.data, der.size - 1}));
    assert_null(wb_ec_from_spki((struct wb_bytes){NULL, 0}));
    EVP_PKEY_free(key);
    OPENSSL_free((void *)der.data);
}

static void test_private(void **state)
{
    (void)state;
    for (size_t i = 0; i < CURVE_COUNT; i++) {
        EVP_PKEY *key = EVP_EC_gen(curves[i].curve);
        struct wb_bytes der = pkcs8_of(key);
        EVP_PKEY *read = wb_ec_from_pkcs8(der);
        assert_non_null(read);
        assert_int_equal(EVP_PKEY_eq(key, read), 1);
        struct wb_bytes again = pkcs8_of(read);
        assert_int_equal(again.size, der.size);
        assert_memory_equal(again.data, der.data, der.size);
        for (size_t size = 0; size < der.size; size++)
            assert_null(wb_ec_from_pkcs8((struct wb_bytes){der.data, size}));
        EVP_PKEY_free(read);
        EVP_PKEY_free(key);
        OPENSSL_free((void *)der.data);
        OPENSSL_free((void *)again.data);
    }
}

static void test_other_spellings(void **state)
{
    (void)state;
    EVP_PKEY *compressed = EVP_EC_gen("P-256");
    assert_int_equal(EVP_PKEY_set_utf8_string_param(
                         compressed, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, "compressed"),
                     1);
    EVP_PKEY *other = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    EVP_PKEY *keys[] = {compressed, other};
    for (size_t i = 0; i < 2; i++) {
        struct wb_bytes spki = spki_of(keys[i]), pkcs8 = pkcs8_of(keys[i]);
        assert_null(wb_ec_from_spki(spki));
        assert_null(wb_ec_from_pkcs8(pkcs8));
        OPENSSL_free((void *)spki.data);
        OPENSSL_free((void *)pkcs8.data);
        EVP_PKEY_free(keys[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_public),
        cmocka_unit_test(test_changed_bytes),
        cmocka_unit_test(test_private),
        cmocka_unit_test(test_other_spellings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
