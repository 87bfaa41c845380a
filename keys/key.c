/* SPDX-License-Identifier: Apache-2.0 */
/* Public keys: which ones we take, what we call them. */
#include "keys/key_private.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RSA_BITS_MIN 2048
#define RSA_BITS_MAX 4096
/* FIPS 186-5 §5.4 (e): larger than 2^16. The upper end keeps checking cheap. */
#define RSA_EXPONENT_BITS_MIN 17
#define RSA_EXPONENT_BITS_MAX 64

static const struct {
    const char *name;
    const char *description;
    const char *group; /* OpenSSL's name of the curve */
    enum wb_digest_algorithm digest;
} algorithms[] = {
    [WB_KEY_ECDSA_P256] = {"ecdsa-p256", "ECDSA P-256", "prime256v1", WB_DIGEST_SHA256},
    [WB_KEY_ECDSA_P384] = {"ecdsa-p384", "ECDSA P-384", "secp384r1", WB_DIGEST_SHA384},
    [WB_KEY_ECDSA_P521] = {"ecdsa-p521", "ECDSA P-521", "secp521r1", WB_DIGEST_SHA512},
    [WB_KEY_RSA] = {"rsa", "RSA", NULL, WB_DIGEST_SHA256},
    [WB_KEY_ED25519] = {"ed25519", "Ed25519", NULL, WB_DIGEST_NONE},
};
#define ALGORITHM_COUNT (sizeof algorithms / sizeof algorithms[0])

/* ---- which keys we take ---- */

static bool accept_ec(struct wb_key *key, EVP_PKEY *pkey, struct wb_error *err)
{
    char text[80] = "";
    size_t size;
    int explicit_curve = 0;
    if (EVP_PKEY_get_int_param(pkey, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS,
                               &explicit_curve) == 1 &&
        explicit_curve != 0)
        return wb_error_set(err, WB_BAD_INPUT, "the curve is spelt out instead of named");
    if (EVP_PKEY_get_group_name(pkey, text, sizeof text, &size) != 1)
        return wb_error_set(err, WB_BAD_INPUT, "the elliptic curve has no name");
    for (size_t i = 0; i < ALGORITHM_COUNT; i++)
        if (algorithms[i].group != NULL && strcmp(algorithms[i].group, text) == 0) {
            key->algorithm = (enum wb_key_algorithm)i;
            /* A compressed point would be a second spelling of the same key. */
            if (EVP_PKEY_get_utf8_string_param(pkey, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
                                               text, sizeof text, &size) == 1 &&
                strcmp(text, OSSL_PKEY_EC_POINT_CONVERSION_FORMAT_UNCOMPRESSED) != 0)
                return wb_error_set(err, WB_BAD_INPUT, "the public point is %s", text);
            return true;
        }
    return wb_error_set(err, WB_BAD_INPUT, "elliptic curve %s: it must be P-256, P-384 or P-521",
                        text);
}

static bool accept_rsa(EVP_PKEY *pkey, struct wb_error *err)
{
    int bits = EVP_PKEY_get_bits(pkey);
    if (bits < RSA_BITS_MIN || bits > RSA_BITS_MAX)
        return wb_error_set(err, WB_BAD_INPUT, "RSA key of %d bits: it must have %d to %d", bits,
                            RSA_BITS_MIN, RSA_BITS_MAX);
    BIGNUM *modulus = NULL, *exponent = NULL;
    bool good = EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_N, &modulus) == 1 &&
                EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_E, &exponent) == 1 &&
                BN_is_odd(modulus) && BN_is_odd(exponent) &&
                BN_num_bits(exponent) >= RSA_EXPONENT_BITS_MIN &&
                BN_num_bits(exponent) <= RSA_EXPONENT_BITS_MAX;
    BN_free(modulus);
    BN_free(exponent);
    return good || wb_error_set(err, WB_BAD_INPUT,
                                "RSA key with an even modulus or an exponent that is even, below "
                                "65537 or above 64 bits");
}

static bool accept(struct wb_key *key, EVP_PKEY *pkey, struct wb_error *err)
{
    key->bits = (unsigned)EVP_PKEY_get_bits(pkey);
    if (EVP_PKEY_is_a(pkey, "EC"))
        return accept_ec(key, pkey, err);
    if (EVP_PKEY_is_a(pkey, "RSA")) {
        key->algorithm = WB_KEY_RSA;
        return accept_rsa(pkey, err);
    }
    if (EVP_PKEY_is_a(pkey, "ED25519")) {
        key->algorithm = WB_KEY_ED25519;
        return true;
    }
    const char *name = EVP_PKEY_get0_type_name(pkey);
    return wb_error_set(err, WB_BAD_INPUT, "%s key: it must be ECDSA, RSA (PKCS#1) or Ed25519",
                        name == NULL ? "unknown" : name);
}

static bool encode(EVP_PKEY *pkey, enum wb_key_algorithm algorithm, struct wb_buffer *der,
                   struct wb_error *err)
{
    if (wb_ec_to_spki(pkey, algorithm, der))
        return true;
    uint8_t *bytes = NULL;
    int size = i2d_PUBKEY(pkey, &bytes);
    if (size <= 0)
        return wb_openssl_error(err, WB_BAD_INPUT, "cannot encode the public key");
    wb_buffer_append(der, bytes, (size_t)size);
    OPENSSL_free(bytes);
    return true;
}

struct wb_key *wb_key_wrap_public(EVP_PKEY *pkey, struct wb_error *err)
{
    WB_AUTO(wb_key) *key = wb_allocate(sizeof *key);
    key->public_key = pkey;
    bool good = accept(key, pkey, err) && encode(pkey, key->algorithm, &key->spki, err);
    ERR_clear_error();
    return good ? WB_STEAL(key) : NULL;
}

void wb_key_free(struct wb_key *key)
{
    if (key == NULL)
        return;
    EVP_PKEY_free(key->public_key);
    EVP_PKEY_free(key->private_key);
    if (key->release_token != NULL)
        key->release_token(key->token);
    wb_buffer_clear(&key->spki);
    free(key);
}

/* ---- reading ---- */

static struct wb_key *from_spki(struct wb_bytes der, struct wb_error *err)
{
    const uint8_t *at = der.data;
    EVP_PKEY *pkey = wb_ec_from_spki(der);
    if (pkey == NULL && der.size > 0)
        pkey = d2i_PUBKEY(NULL, &at, (long)der.size);
    if (pkey == NULL) {
        wb_openssl_error(err, WB_BAD_INPUT, "not a public key we know (SubjectPublicKeyInfo)");
        return NULL;
    }
    WB_AUTO(wb_key) *key = wb_key_wrap_public(pkey, err);
    if (key == NULL)
        return NULL;
    /* One key has one spelling: this also finds trailing bytes and BER. */
    if (key->spki.size != der.size || memcmp(key->spki.data, der.data, der.size) != 0) {
        wb_error_set(err, WB_BAD_INPUT, "the public key is not in DER, or bytes follow it");
        return NULL;
    }
    return WB_STEAL(key);
}

static struct wb_key *from_pkcs1(struct wb_bytes der, struct wb_error *err)
{
    const uint8_t *at = der.data;
    EVP_PKEY *pkey = der.size == 0 ? NULL : d2i_PublicKey(EVP_PKEY_RSA, NULL, &at, (long)der.size);
    if (pkey == NULL || at != der.data + der.size) {
        EVP_PKEY_free(pkey);
        wb_openssl_error(err, WB_BAD_INPUT, "not an RSA public key (PKCS#1)");
        return NULL;
    }
    return wb_key_wrap_public(pkey, err);
}

static struct wb_key *from_certificate(struct wb_bytes pem, struct wb_error *err)
{
    WB_AUTO(wb_certificates) *certificates = wb_certificates_read(pem, err);
    return certificates == NULL ? NULL : wb_certificate_key(certificates, 0, err);
}

static struct wb_key *from_pem(struct wb_bytes text, struct wb_error *err)
{
    struct wb_pem pem;
    if (!wb_pem_next(text, true, &pem, err))
        return NULL;
    if (strcmp(pem.label, "CERTIFICATE") == 0)
        return from_certificate(text, err);
    WB_AUTO_VALUE(wb_buffer) der = {0};
    bool spki = strcmp(pem.label, "PUBLIC KEY") == 0;
    if (wb_text_ends_with(pem.label, "PRIVATE KEY")) {
        wb_error_set(err, WB_BAD_INPUT,
                     "this is a private key; `waybill public-key --key FILE` makes the public one");
        return NULL;
    }
    if (!spki && strcmp(pem.label, "RSA PUBLIC KEY") != 0) {
        wb_error_set(err, WB_BAD_INPUT, "PEM `%s` is not a public key", pem.label);
        return NULL;
    }
    /* Strictly one key, so that nobody thinks that a second one counts. */
    if (!wb_pem_next(text, false, &pem, err) || !wb_pem_decode(&pem, &der, err))
        return NULL;
    if (!wb_pem_blank(pem.rest)) {
        wb_error_set(err, WB_BAD_INPUT, "something follows the public key");
        return NULL;
    }
    return spki ? from_spki(wb_buffer_bytes(&der), err) : from_pkcs1(wb_buffer_bytes(&der), err);
}

struct wb_key *wb_key_from_public(struct wb_bytes bytes, struct wb_error *err)
{
    if (bytes.size > WB_KEY_TEXT_MAX) {
        wb_error_set(err, WB_BAD_INPUT, "a public key of %zu bytes is too large", bytes.size);
        return NULL;
    }
    return wb_pem_is(bytes) ? from_pem(bytes, err) : from_spki(bytes, err);
}

/* ---- asking ---- */

enum wb_key_algorithm wb_key_algorithm_of(const struct wb_key *key)
{
    return key->algorithm;
}

const char *wb_key_algorithm_name(enum wb_key_algorithm algorithm)
{
    return algorithms[algorithm].name;
}

char *wb_key_describe(const struct wb_key *key, char text[32])
{
    const char *description = algorithms[key->algorithm].description;
    if (key->algorithm == WB_KEY_RSA)
        snprintf(text, 32, "%s %u", description, key->bits);
    else
        snprintf(text, 32, "%s", description);
    return text;
}

bool wb_key_has_private(const struct wb_key *key)
{
    return key->private_key != NULL;
}

bool wb_key_public_der(const struct wb_key *key, struct wb_buffer *der, struct wb_error *err)
{
    (void)err;
    wb_buffer_append(der, key->spki.data, key->spki.size);
    return true;
}

bool wb_key_public_pem(const struct wb_key *key, struct wb_buffer *pem, struct wb_error *err)
{
    (void)err;
    wb_pem_append(pem, "PUBLIC KEY", wb_buffer_bytes(&key->spki));
    return true;
}

bool wb_key_fingerprint(const struct wb_key *key, struct wb_digest *digest, struct wb_error *err)
{
    return wb_digest_bytes(WB_DIGEST_SHA256, wb_buffer_bytes(&key->spki), digest, err);
}

bool wb_key_same(const struct wb_key *a, const struct wb_key *b)
{
    return a->spki.size == b->spki.size && memcmp(a->spki.data, b->spki.data, a->spki.size) == 0;
}

enum wb_digest_algorithm wb_key_digest_algorithm(const struct wb_key *key)
{
    return algorithms[key->algorithm].digest;
}

bool wb_key_takes_digest(const struct wb_key *key, enum wb_digest_algorithm algorithm)
{
    return key->algorithm != WB_KEY_ED25519 &&
           (algorithm == WB_DIGEST_SHA224 || algorithm == WB_DIGEST_SHA256 ||
            algorithm == WB_DIGEST_SHA384 || algorithm == WB_DIGEST_SHA512);
}

bool wb_key_check_takes_digest(const struct wb_key *key, enum wb_digest_algorithm algorithm,
                               struct wb_error *err)
{
    if (key->algorithm == WB_KEY_ED25519)
        return wb_error_set(err, WB_BAD_INPUT,
                            "an Ed25519 signature is over the message, not over its digest");
    return wb_key_takes_digest(key, algorithm) ||
           wb_error_set(err, WB_BAD_INPUT, "a %s digest does not go with this key: it takes %s",
                        wb_digest_name(algorithm), wb_digest_name(wb_key_digest_algorithm(key)));
}
