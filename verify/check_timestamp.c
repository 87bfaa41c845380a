/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 3161 timestamps: over these bytes, by an authority that the user trusts, at what time. */
#include "verify/verify_private.h"

#include <openssl/err.h>
#include <openssl/ts.h>
#include <string.h>
#include <time.h>

#define RESPONSE_SIZE_MAX ((size_t)1 << 20)

static X509_STORE *store_of(const struct wb_certificates *roots, struct wb_error *err)
{
    X509_STORE *store = X509_STORE_new();
    for (size_t i = 0; store != NULL && i < wb_certificates_count(roots); i++) {
        WB_AUTO_VALUE(wb_buffer) der = {0};
        X509 *certificate = NULL;
        if (wb_certificate_der(roots, i, &der, err)) {
            const unsigned char *at = der.data;
            certificate = d2i_X509(NULL, &at, (long)der.size);
        }
        if (certificate == NULL || X509_STORE_add_cert(store, certificate) != 1) {
            X509_STORE_free(store);
            store = NULL;
        }
        X509_free(certificate);
    }
    if (store == NULL)
        wb_error_set(err, WB_SYSTEM, "OpenSSL cannot hold the timestamp roots");
    return store;
}

static bool time_of(TS_RESP *response, int64_t *time)
{
    TS_TST_INFO *info = TS_RESP_get_tst_info(response);
    const ASN1_GENERALIZEDTIME *stated = info == NULL ? NULL : TS_TST_INFO_get_time(info);
    struct tm parts;
    if (stated == NULL || ASN1_TIME_to_tm(stated, &parts) != 1)
        return false;
    *time = (int64_t)timegm(&parts);
    return true;
}

/* The authority's path is judged as of the time that it states: its certificate may have run out
 * since. */
static bool check_response(TS_RESP *response, struct wb_bytes bytes, X509_STORE *store,
                           int64_t time, struct wb_error *err)
{
    X509_VERIFY_PARAM *parameters = X509_STORE_get0_param(store);
    X509_VERIFY_PARAM_set_time(parameters, (time_t)time);
    X509_VERIFY_PARAM_set_auth_level(parameters, 2);
    BIO *data = BIO_new_mem_buf(bytes.data, (int)bytes.size);
    TS_VERIFY_CTX *context = TS_VERIFY_CTX_new();
    if (data == NULL || context == NULL) {
        BIO_free(data);
        TS_VERIFY_CTX_free(context);
        return wb_error_set(err, WB_SYSTEM, "OpenSSL cannot check timestamps");
    }
    TS_VERIFY_CTX_set_flags(context, TS_VFY_VERSION | TS_VFY_SIGNATURE | TS_VFY_DATA);
    TS_VERIFY_CTX_set_data(context, data);
    X509_STORE_up_ref(store);
    TS_VERIFY_CTX_set_store(context, store);
    ERR_clear_error();
    int code = TS_RESP_verify_response(context, response);
    TS_VERIFY_CTX_free(context);
    if (code == 1)
        return true;
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    ERR_clear_error();
    return wb_error_set(err, WB_CHECK_FAILED, "timestamp does not hold: %s",
                        reason == NULL ? "OpenSSL refuses it" : reason);
}

bool wb_check_timestamp(struct wb_bytes response, struct wb_bytes bytes,
                        const struct wb_certificates *roots, int64_t *time, struct wb_error *err)
{
    if (response.size > RESPONSE_SIZE_MAX || bytes.size > INT32_MAX)
        return wb_error_set(err, WB_BAD_INPUT, "timestamp: too large");
    const unsigned char *at = response.data;
    TS_RESP *parsed = d2i_TS_RESP(NULL, &at, (long)response.size);
    X509_STORE *store = parsed == NULL ? NULL : store_of(roots, err);
    bool good = false;
    if (parsed == NULL || at != response.data + response.size || !time_of(parsed, time))
        wb_error_set(err, WB_BAD_INPUT, "timestamp: not an RFC 3161 response");
    else if (store != NULL)
        good = check_response(parsed, bytes, store, *time, err);
    X509_STORE_free(store);
    TS_RESP_free(parsed);
    return good;
}
