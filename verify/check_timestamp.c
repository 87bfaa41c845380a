/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 3161 timestamps: over these bytes, by an authority that the user trusts, at what time. */
#include "verify/verify_private.h"

#include <openssl/err.h>
#include <openssl/ts.h>
#include <string.h>
#include <time.h>

#define RESPONSE_SIZE_MAX ((size_t)1 << 20)

/* Imprints that nobody can forge content for. */
static const int imprint_digests[] = {NID_sha256, NID_sha384, NID_sha512};

static X509 *certificate_of(const struct wb_certificates *certificates, size_t index,
                            struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) der = {0};
    if (!wb_certificate_der(certificates, index, &der, err))
        return NULL;
    const unsigned char *at = der.data;
    return d2i_X509(NULL, &at, (long)der.size);
}

/* NULL on failure, never for none. */
static STACK_OF(X509) * stack_of(const struct wb_certificates *certificates, struct wb_error *err)
{
    STACK_OF(X509) *stack = sk_X509_new_null();
    for (size_t i = 0; stack != NULL && i < wb_certificates_count(certificates); i++) {
        X509 *certificate = certificate_of(certificates, i, err);
        if (certificate == NULL || sk_X509_push(stack, certificate) <= 0) {
            X509_free(certificate);
            sk_X509_pop_free(stack, X509_free);
            stack = NULL;
        }
    }
    return stack;
}

static X509_STORE *store_of(const struct wb_certificates *roots, struct wb_error *err)
{
    X509_STORE *store = X509_STORE_new();
    for (size_t i = 0; store != NULL && i < wb_certificates_count(roots); i++) {
        X509 *certificate = certificate_of(roots, i, err);
        if (certificate == NULL || X509_STORE_add_cert(store, certificate) != 1) {
            X509_STORE_free(store);
            store = NULL;
        }
        X509_free(certificate);
    }
    return store;
}

/* ---- what the response says ---- */

static bool time_of(const TS_TST_INFO *info, int64_t *time)
{
    const ASN1_GENERALIZEDTIME *stated = info == NULL ? NULL : TS_TST_INFO_get_time(info);
    struct tm parts;
    if (stated == NULL || ASN1_TIME_to_tm(stated, &parts) != 1)
        return false;
    *time = (int64_t)timegm(&parts);
    return true;
}

static bool check_imprint(TS_TST_INFO *info, struct wb_error *err)
{
    const ASN1_OBJECT *algorithm = NULL;
    TS_MSG_IMPRINT *imprint = TS_TST_INFO_get_msg_imprint(info);
    if (imprint != NULL)
        X509_ALGOR_get0(&algorithm, NULL, NULL, TS_MSG_IMPRINT_get_algo(imprint));
    int digest = algorithm == NULL ? NID_undef : OBJ_obj2nid(algorithm);
    for (size_t i = 0; i < sizeof imprint_digests / sizeof imprint_digests[0]; i++)
        if (digest == imprint_digests[i])
            return true;
    return wb_error_set(err, WB_CHECK_FAILED, "timestamp: it is over a hash that is not SHA-2");
}

/* ---- who made it ---- */

static bool by_authority(PKCS7 *token, const struct wb_certificates *others, struct wb_error *err)
{
    if (wb_certificates_count(others) == 0)
        return true;
    STACK_OF(X509) *certificates = stack_of(others, err);
    if (certificates == NULL)
        return wb_error_set(err, WB_SYSTEM, "OpenSSL cannot hold certificates");
    X509 *authority = sk_X509_value(certificates, 0);
    STACK_OF(X509) *signers = PKCS7_get0_signers(token, certificates, 0);
    bool good = X509_check_ca(authority) != 0 ||
                (sk_X509_num(signers) == 1 && X509_cmp(sk_X509_value(signers, 0), authority) == 0);
    sk_X509_free(signers);
    sk_X509_pop_free(certificates, X509_free);
    return good || wb_error_set(err, WB_CHECK_FAILED,
                                "timestamp: it is by another than the trusted authority");
}

/* The authority's path is judged as of the time that it states: its certificate may have run out
 * since. */
static void set_rules(X509_STORE *store, int64_t time)
{
    X509_VERIFY_PARAM *rules = X509_STORE_get0_param(store);
    X509_VERIFY_PARAM_set_time(rules, (time_t)time);
    X509_VERIFY_PARAM_set_auth_level(rules, 2);
    X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_TRUSTED_FIRST);
}

/* Takes nothing that is handed in, but shares the store. */
static TS_VERIFY_CTX *context_of(struct wb_bytes bytes, X509_STORE *store,
                                 const struct wb_certificates *others, struct wb_error *err)
{
    BIO *data = BIO_new_mem_buf(bytes.data, (int)bytes.size);
    TS_VERIFY_CTX *context = TS_VERIFY_CTX_new();
    STACK_OF(X509) *certificates = stack_of(others, err);
    if (data == NULL || context == NULL || certificates == NULL) {
        BIO_free(data);
        TS_VERIFY_CTX_free(context);
        sk_X509_pop_free(certificates, X509_free);
        return NULL;
    }
    TS_VERIFY_CTX_set_flags(context, TS_VFY_VERSION | TS_VFY_SIGNATURE | TS_VFY_DATA);
    TS_VERIFY_CTX_set_data(context, data);
    TS_VERIFY_CTX_set_certs(context, certificates);
    X509_STORE_up_ref(store);
    TS_VERIFY_CTX_set_store(context, store);
    return context;
}

static bool check_response(TS_RESP *response, struct wb_bytes bytes,
                           const struct wb_timestamp_trust *trust, int64_t time,
                           struct wb_error *err)
{
    X509_STORE *store = store_of(trust->roots, err);
    TS_VERIFY_CTX *context = NULL;
    if (store != NULL) {
        set_rules(store, time);
        context = context_of(bytes, store, trust->others, err);
    }
    X509_STORE_free(store);
    if (context == NULL)
        return wb_error_set(err, WB_SYSTEM, "OpenSSL cannot check timestamps");
    ERR_clear_error();
    int code = TS_RESP_verify_response(context, response);
    TS_VERIFY_CTX_free(context);
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    ERR_clear_error();
    return code == 1 || wb_error_set(err, WB_CHECK_FAILED, "timestamp does not hold: %s",
                                     reason == NULL ? "OpenSSL refuses it" : reason);
}

bool wb_check_timestamp(struct wb_bytes response, struct wb_bytes bytes,
                        const struct wb_timestamp_trust *trust, int64_t *time, struct wb_error *err)
{
    if (response.size > RESPONSE_SIZE_MAX || bytes.size > INT32_MAX)
        return wb_error_set(err, WB_BAD_INPUT, "timestamp: too large");
    const unsigned char *at = response.data;
    TS_RESP *parsed = d2i_TS_RESP(NULL, &at, (long)response.size);
    TS_TST_INFO *info = parsed == NULL ? NULL : TS_RESP_get_tst_info(parsed);
    bool good = at == response.data + response.size && time_of(info, time)
                    ? check_imprint(info, err) &&
                          check_response(parsed, bytes, trust, *time, err) &&
                          by_authority(TS_RESP_get_token(parsed), trust->others, err)
                    : wb_error_set(err, WB_BAD_INPUT, "timestamp: not an RFC 3161 response");
    TS_RESP_free(parsed);
    ERR_clear_error();
    return good;
}
