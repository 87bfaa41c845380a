/* SPDX-License-Identifier: Apache-2.0 */
/* From a certificate to a root that is trusted (RFC 5280 §6). OpenSSL builds the path and checks
 * signatures, validity, constraints and revocation; the purpose is checked here over the whole
 * path, as the CAs of sigstore and Windows mean it. */
#include "keys/certificate_private.h"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <string.h>

#define SECURITY_LEVEL 2
#define CRL_COUNT_MAX 64

static X509 *last_of(const STACK_OF(X509) * chain)
{
    return sk_X509_value(chain, sk_X509_num(chain) - 1);
}

/* ---- what is wrong ---- */

static bool path_fault(struct wb_error *err, X509 *certificate, int depth, const char *reason)
{
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    const char *subject =
        certificate == NULL ? "" : wb_certificate_name(arena, X509_get_subject_name(certificate));
    ERR_clear_error();
    return wb_error_set(err, WB_CHECK_FAILED, "certificate %d of the path (%.300s): %s", depth + 1,
                        subject[0] == '\0' ? "no subject" : subject, reason);
}

static bool time_fault(struct wb_error *err, X509 *certificate, int depth, const char *what,
                       const ASN1_TIME *limit, int64_t time)
{
    char limit_text[WB_TIME_TEXT_SIZE], time_text[WB_TIME_TEXT_SIZE], reason[160];
    int64_t seconds;
    if (!wb_certificate_time(limit, &seconds))
        return path_fault(err, certificate, depth, "malformed validity");
    snprintf(reason, sizeof reason, "%s %s, and the time to judge by is %s", what,
             wb_time_format(seconds, limit_text), wb_time_format(time, time_text));
    return path_fault(err, certificate, depth, reason);
}

static bool say_fault(X509_STORE_CTX *context, int64_t time, struct wb_error *err)
{
    int code = X509_STORE_CTX_get_error(context);
    int depth = X509_STORE_CTX_get_error_depth(context);
    X509 *certificate = X509_STORE_CTX_get_current_cert(context);
    switch (code) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return time_fault(err, certificate, depth, "expired at", X509_get0_notAfter(certificate),
                          time);
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return time_fault(err, certificate, depth, "not valid before",
                          X509_get0_notBefore(certificate), time);
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        return path_fault(err, certificate, depth,
                          "no path leads from it to a trusted root (its issuer is not there, or "
                          "is not trusted)");
    case X509_V_ERR_OUT_OF_MEM:
    case X509_V_ERR_UNSPECIFIED:
        return wb_openssl_error(err, WB_SYSTEM, "OpenSSL cannot check certificates");
    default:
        return path_fault(err, certificate, depth, X509_verify_cert_error_string(code));
    }
}

/* ---- revocation lists ---- */

static bool add_crl(STACK_OF(X509_CRL) * crls, struct wb_bytes der, struct wb_error *err)
{
    if (sk_X509_CRL_num(crls) == CRL_COUNT_MAX)
        return wb_error_set(err, WB_BAD_INPUT, "more than %d revocation lists", CRL_COUNT_MAX);
    const uint8_t *at = der.data;
    X509_CRL *crl = der.size == 0 ? NULL : d2i_X509_CRL(NULL, &at, (long)der.size);
    if (crl == NULL || at != der.data + der.size) {
        X509_CRL_free(crl);
        return wb_openssl_error(err, WB_BAD_INPUT, "not a certificate revocation list (X.509)");
    }
    if (sk_X509_CRL_push(crls, crl) <= 0)
        wb_out_of_memory(sizeof crl);
    return true;
}

static bool add_crls(STACK_OF(X509_CRL) * crls, struct wb_bytes bytes, struct wb_error *err)
{
    if (!wb_pem_is(bytes))
        return add_crl(crls, bytes, err);
    do {
        struct wb_pem pem;
        WB_AUTO_VALUE(wb_buffer) der = {0};
        if (!wb_pem_next(bytes, true, &pem, err))
            return false;
        if (strcmp(pem.label, "X509 CRL") != 0)
            return wb_error_set(err, WB_BAD_INPUT, "PEM `%s` is not a revocation list", pem.label);
        if (!wb_pem_decode(&pem, &der, err) || !add_crl(crls, wb_buffer_bytes(&der), err))
            return false;
        bytes = pem.rest;
    } while (wb_pem_is(bytes));
    return true;
}

/* Nothing above a trust anchor can revoke it: it is trusted because the user says so. */
static bool is_anchor_without_list(X509_STORE_CTX *context)
{
    int error = X509_STORE_CTX_get_error(context);
    int depth = X509_STORE_CTX_get_error_depth(context);
    return (error == X509_V_ERR_UNABLE_TO_GET_CRL ||
            error == X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER) &&
           depth > 0 && depth == sk_X509_num(X509_STORE_CTX_get0_chain(context)) - 1;
}

/* The period of validity includes its last second (RFC 5280 §4.1.2.5); OpenSSL's does not. */
static bool is_last_second(X509_STORE_CTX *context)
{
    X509 *certificate = X509_STORE_CTX_get_current_cert(context);
    int64_t end;
    return X509_STORE_CTX_get_error(context) == X509_V_ERR_CERT_HAS_EXPIRED &&
           certificate != NULL && wb_certificate_time(X509_get0_notAfter(certificate), &end) &&
           end == (int64_t)X509_VERIFY_PARAM_get_time(X509_STORE_CTX_get0_param(context));
}

static bool is_list_current(X509_STORE_CTX *context)
{
    const struct wb_certificate_trust *trust = X509_STORE_CTX_get_app_data(context);
    const X509_CRL *list = X509_STORE_CTX_get0_current_crl(context);
    int error = X509_STORE_CTX_get_error(context);
    int64_t from, until;
    if ((error != X509_V_ERR_CRL_NOT_YET_VALID && error != X509_V_ERR_CRL_HAS_EXPIRED) ||
        list == NULL || trust->lists_time == 0 ||
        !wb_certificate_time(X509_CRL_get0_lastUpdate(list), &from) || from > trust->lists_time)
        return false;
    const ASN1_TIME *next = X509_CRL_get0_nextUpdate(list);
    return next == NULL || (wb_certificate_time(next, &until) && trust->lists_time <= until);
}

static int forgive(int good, X509_STORE_CTX *context)
{
    if (good ||
        !(is_anchor_without_list(context) || is_last_second(context) || is_list_current(context)))
        return good;
    X509_STORE_CTX_set_error(context, X509_V_OK);
    return 1;
}

/* OpenSSL looks into one list of each issuer. With an old and a new one at hand, the new one's word
 * must not be lost because the old one is of the time to judge by. */
static bool check_lists(STACK_OF(X509_CRL) * lists, const STACK_OF(X509) * chain,
                        struct wb_error *err)
{
    for (int i = 0; i + 1 < sk_X509_num(chain); i++) {
        X509 *certificate = sk_X509_value(chain, i);
        EVP_PKEY *issuer = X509_get0_pubkey(sk_X509_value(chain, i + 1));
        for (int j = 0; j < sk_X509_CRL_num(lists); j++) {
            X509_CRL *list = sk_X509_CRL_value(lists, j);
            X509_REVOKED *entry;
            if (X509_NAME_cmp(X509_CRL_get_issuer(list), X509_get_issuer_name(certificate)) == 0 &&
                X509_CRL_get0_by_cert(list, &entry, certificate) == 1 &&
                X509_CRL_verify(list, issuer) == 1)
                return path_fault(err, certificate, i,
                                  X509_verify_cert_error_string(X509_V_ERR_CERT_REVOKED));
        }
    }
    return true;
}

/* ---- purpose ---- */

static bool check_leaf_purpose(X509 *leaf, enum wb_certificate_purpose purpose,
                               struct wb_error *err)
{
    uint32_t usage = X509_get_key_usage(leaf), extended = X509_get_extended_key_usage(leaf);
    if (purpose == WB_PURPOSE_TIME_STAMPING)
        return X509_check_purpose(leaf, X509_PURPOSE_TIMESTAMP_SIGN, 0) == 1 ||
               path_fault(err, leaf, 0,
                          "it is not for time stamping alone (extended key usage, critical)");
    if (usage != UINT32_MAX && (usage & X509v3_KU_DIGITAL_SIGNATURE) == 0)
        return path_fault(err, leaf, 0, "its key usage is not digital signature");
    if (extended != UINT32_MAX && (extended & XKU_CODE_SIGN) == 0)
        return path_fault(err, leaf, 0, "its extended key usage is not code signing");
    return true;
}

/* A CA that names extended key usages gives out no other ones. */
static bool check_ca_purpose(X509 *ca, int depth, enum wb_certificate_purpose purpose,
                             struct wb_error *err)
{
    uint32_t wanted = purpose == WB_PURPOSE_TIME_STAMPING ? XKU_TIMESTAMP : XKU_CODE_SIGN;
    uint32_t extended = X509_get_extended_key_usage(ca);
    if (extended != UINT32_MAX && (extended & (wanted | XKU_ANYEKU)) == 0)
        return path_fault(err, ca, depth, "its extended key usage does not allow this purpose");
    return true;
}

static bool check_purpose(const STACK_OF(X509) * chain, enum wb_certificate_purpose purpose,
                          struct wb_error *err)
{
    int count = sk_X509_num(chain);
    if (!check_leaf_purpose(sk_X509_value(chain, 0), purpose, err))
        return false;
    for (int i = 1; i < count; i++) {
        X509 *ca = sk_X509_value(chain, i);
        /* 1: basic constraints say so. OpenSSL also lets old CAs pass that say nothing; as a root,
         * that is for the user to decide. */
        if (X509_check_ca(ca) != 1 && ca != last_of(chain))
            return path_fault(err, ca, i, "it is not marked as a CA (basic constraints)");
        if (!check_ca_purpose(ca, i, purpose, err))
            return false;
    }
    return true;
}

/* ---- the path ---- */

struct path {
    X509_STORE *store;
    X509_STORE_CTX *context;
    STACK_OF(X509) * untrusted;
    STACK_OF(X509_CRL) * crls;
};

static void clear_path(struct path *path)
{
    X509_STORE_CTX_free(path->context);
    X509_STORE_free(path->store);
    sk_X509_free(path->untrusted);
    sk_X509_CRL_pop_free(path->crls, X509_CRL_free);
}

static bool push_all(STACK_OF(X509) * stack, const struct wb_certificates *certificates,
                     size_t from)
{
    for (size_t i = from; certificates != NULL && i < certificates->count; i++)
        if (sk_X509_push(stack, certificates->items[i]) <= 0)
            return false;
    return true;
}

static bool prepare(struct path *path, const struct wb_certificates *certificates,
                    const struct wb_certificate_trust *trust)
{
    path->store = X509_STORE_new();
    path->context = X509_STORE_CTX_new();
    path->untrusted = sk_X509_new_null();
    path->crls = sk_X509_CRL_new_null();
    if (path->store == NULL || path->context == NULL || path->untrusted == NULL ||
        path->crls == NULL || !push_all(path->untrusted, certificates, 1) ||
        !push_all(path->untrusted, trust->intermediates, 0))
        return false;
    for (size_t i = 0; i < wb_certificates_count(trust->roots); i++)
        if (X509_STORE_add_cert(path->store, trust->roots->items[i]) != 1)
            return false;
    return X509_STORE_CTX_init(path->context, path->store, certificates->items[0],
                               path->untrusted) == 1;
}

static bool set_rules(struct path *path, const struct wb_certificate_trust *trust,
                      struct wb_error *err)
{
    X509_VERIFY_PARAM *rules = X509_STORE_CTX_get0_param(path->context);
    X509_VERIFY_PARAM_set_time(rules, (time_t)trust->time);
    X509_VERIFY_PARAM_set_auth_level(rules, SECURITY_LEVEL);
    X509_VERIFY_PARAM_set_depth(rules, WB_CERTIFICATE_COUNT_MAX);
    /* What the user trusts is trusted, self-signed or not. */
    unsigned long flags = X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_TRUSTED_FIRST;
    for (size_t i = 0; i < trust->crl_count; i++)
        if (!add_crls(path->crls, trust->crls[i], err))
            return wb_error_context(err, "revocation list %zu", i + 1);
    if (trust->crl_count > 0) {
        flags |= X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL;
        X509_STORE_CTX_set0_crls(path->context, path->crls);
    }
    X509_VERIFY_PARAM_set_flags(rules, flags);
    X509_STORE_CTX_set_app_data(path->context, (void *)trust);
    X509_STORE_CTX_set_verify_cb(path->context, forgive);
    return true;
}

static bool check_path(struct path *path, const struct wb_certificates *certificates,
                       const struct wb_certificate_trust *trust, struct wb_error *err)
{
    if (!prepare(path, certificates, trust))
        return wb_openssl_error(err, WB_SYSTEM, "OpenSSL cannot check certificates");
    if (!set_rules(path, trust, err))
        return false;
    if (X509_verify_cert(path->context) != 1)
        return say_fault(path->context, trust->time, err);
    const STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(path->context);
    return check_lists(path->crls, chain, err) && check_purpose(chain, trust->purpose, err);
}

bool wb_certificates_check(const struct wb_certificates *certificates,
                           const struct wb_certificate_trust *trust, struct wb_error *err)
{
    if (wb_certificates_count(trust->roots) == 0)
        return wb_error_set(err, WB_CHECK_FAILED, "there is no trusted root to build a path to");
    struct path path = {0};
    bool good = check_path(&path, certificates, trust, err);
    clear_path(&path);
    ERR_clear_error();
    return good;
}
