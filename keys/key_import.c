/* SPDX-License-Identifier: Apache-2.0 */
/* Private keys from elsewhere: PKCS#1 (RFC 8017), SEC1 (RFC 5915), PKCS#8 (RFC 5958), encrypted
 * with PBES2 (RFC 8018) or not. */
#include "keys/key_private.h"

#include <openssl/asn1t.h>
#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <string.h>

/* PBKDF2 at the upper bound takes a few seconds. */
#define ITERATIONS_MAX 10000000
/* What OpenSSL itself allows scrypt inside PKCS#8, times a p that is still quick. */
static const uint64_t scrypt_bytes_max = (uint64_t)1 << 28;

/* ---- what opening an encrypted file may cost ---- */

static bool check_pbkdf2(const X509_ALGOR *kdf, struct wb_error *err)
{
    PBKDF2PARAM *parameters =
        ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBKDF2PARAM), kdf->parameter);
    int64_t iterations = 0;
    bool good = parameters != NULL && ASN1_INTEGER_get_int64(&iterations, parameters->iter) == 1 &&
                iterations >= 1 && iterations <= ITERATIONS_MAX;
    PBKDF2PARAM_free(parameters);
    return good ||
           wb_error_set(err, WB_BAD_INPUT, "PBKDF2 with %lld iterations: it must have 1 to %d",
                        (long long)iterations, ITERATIONS_MAX);
}

static bool check_scrypt(const X509_ALGOR *kdf, struct wb_error *err)
{
    SCRYPT_PARAMS *parameters =
        ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(SCRYPT_PARAMS), kdf->parameter);
    uint64_t n = 0, r = 0, p = 0;
    bool good = parameters != NULL && ASN1_INTEGER_get_uint64(&n, parameters->costParameter) == 1 &&
                ASN1_INTEGER_get_uint64(&r, parameters->blockSize) == 1 &&
                ASN1_INTEGER_get_uint64(&p, parameters->parallelizationParameter) == 1;
    SCRYPT_PARAMS_free(parameters);
    if (!good)
        return wb_error_set(err, WB_BAD_INPUT, "malformed scrypt parameters");
    return wb_scrypt_within(n, r, p, scrypt_bytes_max, err);
}

static bool check_cost(const X509_SIG *encrypted, struct wb_error *err)
{
    const X509_ALGOR *algorithm;
    X509_SIG_get0(encrypted, &algorithm, NULL);
    if (OBJ_obj2nid(algorithm->algorithm) != NID_pbes2)
        return wb_error_set(err, WB_BAD_INPUT,
                            "encrypted with an old scheme, not PBES2; `openssl pkcs8 -topk8` makes "
                            "a file that can be read");
    PBE2PARAM *parameters =
        ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM), algorithm->parameter);
    bool good;
    if (parameters == NULL)
        good = wb_error_set(err, WB_BAD_INPUT, "malformed encryption parameters (PBES2)");
    else if (OBJ_obj2nid(parameters->keyfunc->algorithm) == NID_id_pbkdf2)
        good = check_pbkdf2(parameters->keyfunc, err);
    else if (OBJ_obj2nid(parameters->keyfunc->algorithm) == NID_id_scrypt)
        good = check_scrypt(parameters->keyfunc, err);
    else
        good = wb_error_set(err, WB_BAD_INPUT, "the key derivation is neither PBKDF2 nor scrypt");
    PBE2PARAM_free(parameters);
    return good;
}

/* ---- the forms ---- */

static EVP_PKEY *decrypt(const X509_SIG *encrypted, const struct wb_secret *password,
                         struct wb_error *err)
{
    PKCS8_PRIV_KEY_INFO *info =
        PKCS8_decrypt(encrypted, (const char *)password->data, (int)password->size);
    /* A wrong password can pass the padding by chance and yields rubbish then. */
    EVP_PKEY *pkey = info == NULL ? NULL : EVP_PKCS82PKEY(info);
    PKCS8_PRIV_KEY_INFO_free(info);
    ERR_clear_error();
    if (pkey == NULL)
        wb_error_set(err, WB_CHECK_FAILED,
                     "the password does not open the private key (or its encryption is unknown)");
    return pkey;
}

static EVP_PKEY *read_encrypted(struct wb_bytes der, const char *name,
                                const struct wb_password_source *source, struct wb_error *err)
{
    const uint8_t *at = der.data;
    X509_SIG *encrypted = d2i_X509_SIG(NULL, &at, (long)der.size);
    WB_AUTO_VALUE(wb_secret) password = {0};
    EVP_PKEY *pkey = NULL;
    if (encrypted == NULL || at != der.data + der.size)
        wb_openssl_error(err, WB_BAD_INPUT, "malformed encrypted private key (PKCS#8)");
    else if (!check_cost(encrypted, err))
        pkey = NULL;
    else if (source == NULL)
        wb_error_set(err, WB_USAGE, "the private key is encrypted, and there is no password");
    else if (source->ask(source->context, WB_PASSWORD_OF_IMPORT, name, &password, err))
        pkey = decrypt(encrypted, &password, err);
    X509_SIG_free(encrypted);
    return pkey;
}

static EVP_PKEY *read_traditional(struct wb_bytes der, int type, struct wb_error *err)
{
    const uint8_t *at = der.data;
    EVP_PKEY *pkey = d2i_PrivateKey(type, NULL, &at, (long)der.size);
    if (pkey != NULL && at == der.data + der.size)
        return pkey;
    EVP_PKEY_free(pkey);
    wb_openssl_error(err, WB_BAD_INPUT, "malformed private key");
    return NULL;
}

static struct wb_key *read_block(const struct wb_pem *pem, const char *name,
                                 const struct wb_password_source *password, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_secret) der = {0};
    if (memmem(pem->body.data, pem->body.size, "Proc-Type:", strlen("Proc-Type:")) != NULL) {
        wb_error_set(err, WB_BAD_INPUT,
                     "encrypted in OpenSSL's old form (Proc-Type); `openssl pkcs8 -topk8` makes a "
                     "file that can be read");
        return NULL;
    }
    if (!wb_secret_from_pem(pem, &der, err))
        return NULL;
    struct wb_bytes bytes = wb_secret_bytes(&der);
    EVP_PKEY *pkey = NULL;
    if (strcmp(pem->label, "PRIVATE KEY") == 0)
        return wb_key_from_pkcs8(bytes, err);
    if (strcmp(pem->label, "ENCRYPTED PRIVATE KEY") == 0)
        pkey = read_encrypted(bytes, name, password, err);
    else if (strcmp(pem->label, "RSA PRIVATE KEY") == 0)
        pkey = read_traditional(bytes, EVP_PKEY_RSA, err);
    else if (strcmp(pem->label, "EC PRIVATE KEY") == 0)
        pkey = read_traditional(bytes, EVP_PKEY_EC, err);
    else
        wb_error_set(err, WB_BAD_INPUT, "PEM `%s` is not a private key we can read", pem->label);
    return pkey == NULL ? NULL : wb_key_wrap_private(pkey, false, err);
}

/* Whether the two halves belong together: what signs must be what verifies. */
static bool check_pair(const struct wb_key *key, struct wb_error *err)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key->private_key, NULL);
    /* OpenSSL 3.0 has no such check for Ed25519, whose public half it computes. */
    bool good =
        key->algorithm == WB_KEY_ED25519 || (context != NULL && EVP_PKEY_check(context) == 1);
    EVP_PKEY_CTX_free(context);
    ERR_clear_error();
    return good ||
           wb_error_set(err, WB_BAD_INPUT, "the numbers of the private key do not belong together");
}

static struct wb_key *import(struct wb_bytes text, const char *name,
                             const struct wb_password_source *password, struct wb_error *err)
{
    struct wb_pem pem;
    if (text.size > WB_KEY_TEXT_MAX) {
        wb_error_set(err, WB_BAD_INPUT, "a private key of %zu bytes is too large", text.size);
        return NULL;
    }
    if (!wb_pem_next(text, true, &pem, err))
        return NULL;
    /* `openssl ecparam -genkey` puts the name of the curve in front. */
    if (strcmp(pem.label, "EC PARAMETERS") == 0 && !wb_pem_next(pem.rest, true, &pem, err))
        return NULL;
    if (wb_key_file_label(pem.label)) {
        wb_error_set(err, WB_BAD_INPUT,
                     "this is a key file of cosign already; sign with it as it is");
        return NULL;
    }
    if (!wb_pem_blank(pem.rest)) {
        wb_error_set(err, WB_BAD_INPUT, "something follows the private key");
        return NULL;
    }
    WB_AUTO(wb_key) *key = read_block(&pem, name, password, err);
    return key != NULL && check_pair(key, err) ? WB_STEAL(key) : NULL;
}

struct wb_key *wb_key_import(struct wb_bytes pem, const char *name,
                             const struct wb_password_source *password, struct wb_error *err)
{
    struct wb_key *key = import(pem, name, password, err);
    if (key == NULL)
        wb_error_context(err, "%s", name);
    return key;
}
