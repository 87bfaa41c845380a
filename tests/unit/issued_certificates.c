/* SPDX-License-Identifier: Apache-2.0 */
/* Issuing certificates, and checking paths of them. */
#include "tests/unit/issued_certificates.h"

static void add_extension(X509 *certificate, const struct extension *extension)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
    X509V3_set_ctx_nodb(&context);
    X509_EXTENSION *made;
    if (extension->oid[0] >= '0' && extension->oid[0] <= '9') {
        ASN1_OBJECT *object = OBJ_txt2obj(extension->oid, 1);
        ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
        ASN1_OCTET_STRING_set(value, (const uint8_t *)extension->value,
                              (int)strlen(extension->value));
        made = X509_EXTENSION_create_by_OBJ(NULL, object, 0, value);
        ASN1_OBJECT_free(object);
        ASN1_OCTET_STRING_free(value);
    } else {
        made = X509V3_EXT_conf(NULL, &context, extension->oid, extension->value);
    }
    if (made == NULL || X509_add_ext(certificate, made, -1) != 1)
        fail_msg("extension %s: %s", extension->oid, extension->value);
    X509_EXTENSION_free(made);
}

static void set_name(X509_NAME *name, const char *common_name)
{
    X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8, (const uint8_t *)"Waybill", -1, -1, 0);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const uint8_t *)common_name, -1, -1, 0);
}

struct issued issue(struct order order)
{
    static long serial = 1;
    struct issued made = {.certificate = X509_new()};
    made.pkey = EVP_EC_gen(order.curve == NULL ? "P-256" : order.curve);
    X509 *certificate = made.certificate;
    X509_set_version(certificate, order.version_1 ? X509_VERSION_1 : X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++);
    set_name(X509_get_subject_name(certificate), order.name);
    const struct issued *issuer = order.issuer == NULL ? &made : order.issuer;
    X509_set_issuer_name(certificate, X509_get_subject_name(issuer->certificate));
    if (order.not_before == 0 && order.not_after == 0) {
        order.not_before = -10;
        order.not_after = 10;
    }
    ASN1_TIME_set(X509_getm_notBefore(certificate), NOW + order.not_before * DAY);
    ASN1_TIME_set(X509_getm_notAfter(certificate), NOW + order.not_after * DAY);
    X509_set_pubkey(certificate, made.pkey);
    for (size_t i = 0; i < 8 && order.extensions[i].oid != NULL; i++)
        add_extension(certificate, &order.extensions[i]);
    const char *digest = order.digest == NULL ? "SHA256" : order.digest;
    assert_true(X509_sign(certificate, issuer->pkey, EVP_get_digestbyname(digest)) > 0);
    return made;
}

void discard(struct issued *issued)
{
    X509_free(issued->certificate);
    EVP_PKEY_free(issued->pkey);
}

void add(struct wb_certificates **list, const struct issued *issued)
{
    struct wb_error err = WB_ERROR_INIT;
    uint8_t *der = NULL;
    int size = i2d_X509(issued->certificate, &der);
    if (!wb_certificates_add_der(list, (struct wb_bytes){der, (size_t)size}, &err))
        fail_msg("%s", err.message);
    OPENSSL_free(der);
}

bool check_path(const struct issued *root, enum wb_certificate_purpose purpose,
                const struct wb_bytes *crl, struct wb_error *err, const struct issued *leaf, ...)
{
    WB_AUTO(wb_certificates) *roots = NULL;
    WB_AUTO(wb_certificates) *chain = NULL;
    add(&roots, root);
    va_list others;
    va_start(others, leaf);
    for (; leaf != NULL; leaf = va_arg(others, const struct issued *))
        add(&chain, leaf);
    va_end(others);
    struct wb_certificate_trust trust = {.roots = roots, .time = NOW, .purpose = purpose};
    trust.crls = crl;
    trust.crl_count = crl == NULL ? 0 : 1;
    return wb_certificates_check(chain, &trust, err);
}

void assert_says(bool good, const struct wb_error *err, const char *reason)
{
    if (good)
        fail_msg("accepted, though `%s`", reason);
    assert_int_equal(err->status, WB_CHECK_FAILED);
    if (strstr(err->message, reason) == NULL)
        fail_msg("`%s` does not say `%s`", err->message, reason);
}
