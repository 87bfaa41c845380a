/* SPDX-License-Identifier: Apache-2.0 */
/* Keys: which are taken, signing and checking, one algorithm's signature under another. */
#include "keys/keys.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct kind {
    enum wb_key_algorithm algorithm;
    unsigned rsa_bits;
    const char *description;
    enum wb_digest_algorithm digest;
} kinds[] = {
    {WB_KEY_ECDSA_P256, 0, "ECDSA P-256", WB_DIGEST_SHA256},
    {WB_KEY_ECDSA_P384, 0, "ECDSA P-384", WB_DIGEST_SHA384},
    {WB_KEY_ECDSA_P521, 0, "ECDSA P-521", WB_DIGEST_SHA512},
    {WB_KEY_RSA, 2048, "RSA 2048", WB_DIGEST_SHA256},
    {WB_KEY_ED25519, 0, "Ed25519", WB_DIGEST_NONE},
};
#define KIND_COUNT (sizeof kinds / sizeof kinds[0])

static const struct wb_bytes message = {(const uint8_t *)"message", 7};

static struct wb_key *make(const struct kind *kind)
{
    struct wb_error err = WB_ERROR_INIT;
    struct wb_key *key = wb_key_generate(kind->algorithm, kind->rsa_bits, &err);
    if (key == NULL)
        fail_msg("%s: %s", kind->description, err.message);
    return key;
}

static void sign(const struct wb_key *key, struct wb_buffer *signature)
{
    struct wb_error err = WB_ERROR_INIT;
    if (!wb_key_sign(key, message, signature, &err))
        fail_msg("%s", err.message);
}

static void assert_checks(const struct wb_key *key, struct wb_bytes signature)
{
    struct wb_error err = WB_ERROR_INIT;
    if (!wb_key_check(key, message, signature, &err))
        fail_msg("%s", err.message);
}

static void assert_does_not_check(const struct wb_key *key, struct wb_bytes text,
                                  struct wb_bytes signature)
{
    struct wb_error err = WB_ERROR_INIT;
    assert_false(wb_key_check(key, text, signature, &err));
    assert_int_equal(err.status, WB_CHECK_FAILED);
}

/* ---- signing and checking ---- */

static void every_kind_signs_and_checks(void **state)
{
    (void)state;
    for (size_t i = 0; i < KIND_COUNT; i++) {
        WB_AUTO(wb_key) *key = make(&kinds[i]);
        WB_AUTO_VALUE(wb_buffer) signature = {0}, pem = {0}, der = {0};
        struct wb_error err = WB_ERROR_INIT;
        char text[32];
        assert_string_equal(wb_key_describe(key, text), kinds[i].description);
        assert_int_equal(wb_key_digest_algorithm(key), kinds[i].digest);
        assert_true(wb_key_has_private(key));
        sign(key, &signature);
        assert_true(wb_key_public_pem(key, &pem, &err) && wb_key_public_der(key, &der, &err));
        WB_AUTO(wb_key) *from_pem = wb_key_from_public(wb_buffer_bytes(&pem), &err);
        WB_AUTO(wb_key) *from_der = wb_key_from_public(wb_buffer_bytes(&der), &err);
        assert_non_null(from_pem);
        assert_non_null(from_der);
        assert_true(wb_key_same(key, from_pem) && wb_key_same(key, from_der));
        assert_false(wb_key_has_private(from_pem));
        assert_checks(from_pem, wb_buffer_bytes(&signature));
        assert_does_not_check(from_pem, (struct wb_bytes){(const uint8_t *)"messagE", 7},
                              wb_buffer_bytes(&signature));
        assert_does_not_check(from_pem, (struct wb_bytes){0}, wb_buffer_bytes(&signature));
        assert_false(wb_key_sign(from_pem, message, &signature, &err));
    }
}

static void digests_are_signed_as_messages_are(void **state)
{
    (void)state;
    for (size_t i = 0; i < KIND_COUNT; i++) {
        WB_AUTO(wb_key) *key = make(&kinds[i]);
        WB_AUTO_VALUE(wb_buffer) of_message = {0}, of_digest = {0};
        struct wb_error err = WB_ERROR_INIT;
        struct wb_digest digest = {.algorithm = WB_DIGEST_SHA256}, wrong;
        if (kinds[i].digest != WB_DIGEST_NONE)
            assert_true(wb_digest_bytes(kinds[i].digest, message, &digest, &err));
        bool good = wb_key_sign_digest(key, &digest, &of_digest, &err);
        sign(key, &of_message);
        if (kinds[i].digest == WB_DIGEST_NONE) {
            assert_false(good);
            assert_int_equal(err.status, WB_BAD_INPUT);
            assert_false(wb_key_check_digest(key, &digest, wb_buffer_bytes(&of_message), &err));
            continue;
        }
        assert_true(good);
        assert_checks(key, wb_buffer_bytes(&of_digest));
        assert_true(wb_key_check_digest(key, &digest, wb_buffer_bytes(&of_message), &err));
        digest.bytes[3] ^= 1;
        assert_false(wb_key_check_digest(key, &digest, wb_buffer_bytes(&of_message), &err));
        assert_int_equal(err.status, WB_CHECK_FAILED);
        assert_true(wb_digest_bytes(WB_DIGEST_SHA1, message, &wrong, &err));
        assert_false(wb_key_check_digest(key, &wrong, wb_buffer_bytes(&of_message), &err));
        assert_int_equal(err.status, WB_BAD_INPUT);
        assert_false(wb_key_sign_digest(key, &wrong, &of_digest, &err));
    }
}

static void one_algorithm_is_never_taken_for_another(void **state)
{
    (void)state;
    struct wb_key *keys[KIND_COUNT];
    struct wb_buffer signatures[KIND_COUNT] = {0};
    for (size_t i = 0; i < KIND_COUNT; i++) {
        keys[i] = make(&kinds[i]);
        sign(keys[i], &signatures[i]);
    }
    for (size_t i = 0; i < KIND_COUNT; i++)
        for (size_t j = 0; j < KIND_COUNT; j++)
            if (i == j)
                assert_checks(keys[i], wb_buffer_bytes(&signatures[j]));
            else
                assert_does_not_check(keys[i], message, wb_buffer_bytes(&signatures[j]));
    for (size_t i = 0; i < KIND_COUNT; i++) {
        wb_key_free(keys[i]);
        wb_buffer_clear(&signatures[i]);
    }
}

static void every_flipped_bit_of_a_signature_is_seen(void **state)
{
    (void)state;
    for (size_t i = 0; i < KIND_COUNT; i++) {
        WB_AUTO(wb_key) *key = make(&kinds[i]);
        WB_AUTO_VALUE(wb_buffer) signature = {0};
        sign(key, &signature);
        for (size_t bit = 0; bit < signature.size * 8; bit++) {
            signature.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
            assert_does_not_check(key, message, wb_buffer_bytes(&signature));
            signature.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        for (size_t size = 0; size < signature.size; size++)
            assert_does_not_check(key, message, (struct wb_bytes){signature.data, size});
        wb_buffer_append(&signature, "", 1);
        assert_does_not_check(key, message, wb_buffer_bytes(&signature));
    }
}

static void ecdsa_signatures_are_strict_der(void **state)
{
    (void)state;
    WB_AUTO(wb_key) *key = make(&kinds[0]);
    WB_AUTO_VALUE(wb_buffer) signature = {0};
    sign(key, &signature);
    /* The same numbers with a long form of the outer length, which BER would allow. */
    WB_AUTO_VALUE(wb_buffer) ber = {0};
    wb_buffer_append(&ber, (const uint8_t[]){0x30, 0x81}, 2);
    wb_buffer_append(&ber, signature.data + 1, signature.size - 1);
    assert_does_not_check(key, message, wb_buffer_bytes(&ber));
    /* r and s bare, as JWS and IEEE P1363 write them; and zeros. */
    uint8_t bare[64] = {0};
    assert_does_not_check(key, message, (struct wb_bytes){bare, sizeof bare});
    static const uint8_t zeros[] = {0x30, 6, 2, 1, 0, 2, 1, 0};
    assert_does_not_check(key, message, (struct wb_bytes){zeros, sizeof zeros});
}

/* ---- which keys are taken ---- */

static void encode(EVP_PKEY *pkey, struct wb_buffer *der)
{
    uint8_t *bytes = NULL;
    int size = i2d_PUBKEY(pkey, &bytes);
    assert_true(size > 0);
    wb_buffer_append(der, bytes, (size_t)size);
    OPENSSL_free(bytes);
    EVP_PKEY_free(pkey);
}

static void assert_refused(struct wb_bytes bytes, const char *reason)
{
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO(wb_key) *key = wb_key_from_public(bytes, &err);
    assert_null(key);
    assert_int_equal(err.status, WB_BAD_INPUT);
    if (strstr(err.message, reason) == NULL)
        fail_msg("`%s` does not say `%s`", err.message, reason);
}

static void assert_key_refused(EVP_PKEY *pkey, const char *reason)
{
    WB_AUTO_VALUE(wb_buffer) der = {0};
    assert_non_null(pkey);
    encode(pkey, &der);
    assert_refused(wb_buffer_bytes(&der), reason);
}

static EVP_PKEY *rsa_from_numbers(const char *exponent)
{
    EVP_PKEY *source = EVP_RSA_gen(2048), *pkey = NULL;
    BIGNUM *n = NULL, *e = NULL;
    EVP_PKEY_get_bn_param(source, OSSL_PKEY_PARAM_RSA_N, &n);
    BN_hex2bn(&e, exponent);
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n);
    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e);
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(builder);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    EVP_PKEY_fromdata_init(context);
    EVP_PKEY_fromdata(context, &pkey, EVP_PKEY_PUBLIC_KEY, params);
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(builder);
    BN_free(n);
    BN_free(e);
    EVP_PKEY_free(source);
    return pkey;
}

static void weak_and_foreign_keys_are_refused(void **state)
{
    (void)state;
    assert_key_refused(EVP_EC_gen("P-224"), "secp224r1");
    assert_key_refused(EVP_EC_gen("secp256k1"), "secp256k1");
    assert_key_refused(EVP_EC_gen("brainpoolP256r1"), "brainpoolP256r1");
    assert_key_refused(EVP_RSA_gen(1024), "RSA key of 1024 bits");
    assert_key_refused(EVP_RSA_gen(2046), "RSA key of 2046 bits");
    assert_key_refused(rsa_from_numbers("3"), "exponent");
    assert_key_refused(rsa_from_numbers("10000"), "exponent");
    assert_key_refused(rsa_from_numbers("100000000000000000001"), "exponent");
    assert_key_refused(EVP_PKEY_Q_keygen(NULL, NULL, "X25519"), "X25519 key");
    assert_key_refused(EVP_PKEY_Q_keygen(NULL, NULL, "ED448"), "ED448 key");
}

static EVP_PKEY *ec_with(const char *name, const char *value)
{
    EVP_PKEY *pkey = NULL;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char[]){"P-256"}, 0),
        OSSL_PARAM_construct_utf8_string(name, strdupa(value), 0),
        OSSL_PARAM_construct_end(),
    };
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    assert_int_equal(EVP_PKEY_keygen_init(context), 1);
    assert_int_equal(EVP_PKEY_CTX_set_params(context, params), 1);
    assert_int_equal(EVP_PKEY_generate(context, &pkey), 1);
    EVP_PKEY_CTX_free(context);
    return pkey;
}

static void other_spellings_of_a_key_are_refused(void **state)
{
    (void)state;
    assert_key_refused(ec_with(OSSL_PKEY_PARAM_EC_ENCODING, "explicit"), "instead of named");
    EVP_PKEY *pkey = EVP_EC_gen("P-256");
    EVP_PKEY_set_utf8_string_param(pkey, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, "compressed");
    assert_key_refused(pkey, "compressed");
    EVP_PKEY *pss = EVP_PKEY_Q_keygen(NULL, NULL, "RSA-PSS", (size_t)2048);
    if (pss != NULL)
        assert_key_refused(pss, "RSA-PSS");
}

static void trailing_and_damaged_bytes_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < KIND_COUNT; i++) {
        WB_AUTO(wb_key) *key = make(&kinds[i]);
        WB_AUTO_VALUE(wb_buffer) der = {0}, pem = {0};
        struct wb_error err = WB_ERROR_INIT;
        assert_true(wb_key_public_der(key, &der, &err));
        assert_true(wb_key_public_pem(key, &pem, &err));
        for (size_t size = 0; size < der.size; size++)
            assert_refused((struct wb_bytes){der.data, size}, "");
        wb_buffer_append(&der, "", 1);
        assert_refused(wb_buffer_bytes(&der), "bytes follow");
        WB_AUTO_VALUE(wb_buffer) twice = {0};
        wb_buffer_append(&twice, pem.data, pem.size);
        wb_buffer_append(&twice, pem.data, pem.size);
        assert_refused(wb_buffer_bytes(&twice), "follows");
        for (size_t size = 0; size + 1 < pem.size; size++)
            assert_refused((struct wb_bytes){pem.data, size}, "");
    }
}

static void pem_is_read_strictly(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *reason;
    } cases[] = {
        {"", "not a public key"},
        {"-----BEGIN ", "malformed"},
        {"-----BEGIN PUBLIC KEY-----\n", "no `-----END`"},
        {"-----BEGIN PUBLIC KEY-----\n-----END PRIVATE KEY-----\n", "another label"},
        {"-----BEGIN PUBLIC KEY-----\n!\n-----END PUBLIC KEY-----\n", "base64"},
        {"-----BEGIN PUBLIC KEY-----\nAB==A\n-----END PUBLIC KEY-----\n", "base64"},
        {"-----BEGIN PUBLIC KEY-----\nAB==\n-----END PUBLIC KEY-----\n", "base64"},
        {"-----BEGIN PUBLIC KEY-----\nAA=\n-----END PUBLIC KEY-----\n", "base64"},
        {"-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n", "not a public key"},
        {"-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n", "is a private key"},
        {"-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n", "no `-----END`"},
        {"-----BEGIN X509 CRL-----\nAA==\n-----END X509 CRL-----\n", "not a public key"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_refused((struct wb_bytes){(const uint8_t *)cases[i].text, strlen(cases[i].text)},
                       cases[i].reason);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_signs_and_checks),
        cmocka_unit_test(digests_are_signed_as_messages_are),
        cmocka_unit_test(one_algorithm_is_never_taken_for_another),
        cmocka_unit_test(every_flipped_bit_of_a_signature_is_seen),
        cmocka_unit_test(ecdsa_signatures_are_strict_der),
        cmocka_unit_test(weak_and_foreign_keys_are_refused),
        cmocka_unit_test(other_spellings_of_a_key_are_refused),
        cmocka_unit_test(trailing_and_damaged_bytes_are_refused),
        cmocka_unit_test(pem_is_read_strictly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
