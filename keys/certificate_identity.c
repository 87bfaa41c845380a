/* SPDX-License-Identifier: Apache-2.0 */
/* Who a certificate speaks for: subject alternative names, and the issuer of the identity as
 * sigstore's CA writes it (fulcio, docs/oid-info.md). */
#include "keys/certificate_private.h"

#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#define NAME_COUNT_MAX 64

static const char other_name_oid[] = "1.3.6.1.4.1.57264.1.7"; /* a UTF8String */
static const char issuer_oid[] = "1.3.6.1.4.1.57264.1.8";     /* a UTF8String */
static const char old_issuer_oid[] = "1.3.6.1.4.1.57264.1.1"; /* the bare text */

/* Text from a certificate that is compared with what a policy says: nothing may be hidden in it. */
static const char *copy_text(struct wb_arena *arena, const uint8_t *data, int size)
{
    if (size <= 0 || !wb_utf8_valid((const char *)data, (size_t)size))
        return NULL;
    return wb_arena_copy_bytes(arena, data, (size_t)size);
}

const char *wb_certificate_name(struct wb_arena *arena, const X509_NAME *name)
{
    BIO *text = BIO_new(BIO_s_mem());
    if (text == NULL)
        wb_out_of_memory(1);
    const char *result = "";
    if (X509_NAME_print_ex(text, name, 0, XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) >=
        0) {
        char *data;
        long size = BIO_get_mem_data(text, &data);
        if (size > 0)
            result = wb_utf8_escape(arena, data, (size_t)size);
    }
    BIO_free(text);
    ERR_clear_error();
    return result;
}

static bool oid_is(const ASN1_OBJECT *object, const char *oid)
{
    char text[128];
    int size = OBJ_obj2txt(text, sizeof text, object, 1);
    return size > 0 && (size_t)size < sizeof text && strcmp(text, oid) == 0;
}

/* ---- subject alternative names ---- */

static const ASN1_STRING *name_text(const GENERAL_NAME *name)
{
    switch (name->type) {
    case GEN_EMAIL:
        return name->d.rfc822Name;
    case GEN_URI:
        return name->d.uniformResourceIdentifier;
    case GEN_DNS:
        return name->d.dNSName;
    case GEN_OTHERNAME:
        if (oid_is(name->d.otherName->type_id, other_name_oid) &&
            name->d.otherName->value->type == V_ASN1_UTF8STRING)
            return name->d.otherName->value->value.utf8string;
        return NULL;
    default:
        return NULL;
    }
}

static bool add_names(const GENERAL_NAMES *names, struct wb_arena *arena,
                      struct wb_certificate_identity *identity, struct wb_error *err)
{
    int count = sk_GENERAL_NAME_num(names);
    if (count > NAME_COUNT_MAX)
        return wb_error_set(err, WB_BAD_INPUT,
                            "the certificate has %d subject alternative names, more than %d", count,
                            NAME_COUNT_MAX);
    identity->names = wb_arena_allocate(arena, NAME_COUNT_MAX * sizeof *identity->names);
    for (int i = 0; i < count; i++) {
        const ASN1_STRING *text = name_text(sk_GENERAL_NAME_value(names, i));
        if (text == NULL)
            continue;
        const char *copy = copy_text(arena, ASN1_STRING_get0_data(text), ASN1_STRING_length(text));
        if (copy == NULL)
            return wb_error_set(err, WB_BAD_INPUT,
                                "a subject alternative name of the certificate is empty or is not "
                                "UTF-8 text");
        identity->names[identity->name_count++] = copy;
    }
    return true;
}

static bool read_names(X509 *certificate, struct wb_arena *arena,
                       struct wb_certificate_identity *identity, struct wb_error *err)
{
    int critical;
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, &critical, NULL);
    /* -1: there is none; -2: there are several. */
    if (names == NULL && critical != -1)
        return wb_openssl_error(err, WB_BAD_INPUT,
                                "malformed subject alternative name of the certificate");
    bool good = names == NULL || add_names(names, arena, identity, err);
    GENERAL_NAMES_free(names);
    if (good && names == NULL && identity->subject[0] != '\0') {
        identity->names = wb_arena_allocate(arena, sizeof *identity->names);
        identity->names[identity->name_count++] = identity->subject;
    }
    return good;
}

/* ---- the issuer of the identity ---- */

/* The value of the only extension of this kind; *value is NULL when there is none. */
static bool find_extension(const X509 *certificate, const char *oid,
                           const ASN1_OCTET_STRING **value, struct wb_error *err)
{
    *value = NULL;
    ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
    if (object == NULL)
        return wb_openssl_error(err, WB_SYSTEM, "OpenSSL does not take OID %s", oid);
    int at = X509_get_ext_by_OBJ(certificate, object, -1);
    bool twice = at >= 0 && X509_get_ext_by_OBJ(certificate, object, at) >= 0;
    ASN1_OBJECT_free(object);
    if (twice)
        return wb_error_set(err, WB_BAD_INPUT, "extension %s is twice in the certificate", oid);
    if (at >= 0)
        *value = X509_EXTENSION_get_data(X509_get_ext(certificate, at));
    return true;
}

static const char *copy_utf8_string(struct wb_arena *arena, const ASN1_OCTET_STRING *value)
{
    const uint8_t *start = ASN1_STRING_get0_data(value), *at = start;
    ASN1_UTF8STRING *string = d2i_ASN1_UTF8STRING(NULL, &at, ASN1_STRING_length(value));
    const char *text = NULL;
    if (string != NULL && at == start + ASN1_STRING_length(value))
        text = copy_text(arena, ASN1_STRING_get0_data(string), ASN1_STRING_length(string));
    ASN1_UTF8STRING_free(string);
    ERR_clear_error();
    return text;
}

static bool read_issuer(const X509 *certificate, struct wb_arena *arena,
                        struct wb_certificate_identity *identity, struct wb_error *err)
{
    const ASN1_OCTET_STRING *value, *old;
    if (!find_extension(certificate, issuer_oid, &value, err) ||
        !find_extension(certificate, old_issuer_oid, &old, err))
        return false;
    if (value != NULL)
        identity->issuer = copy_utf8_string(arena, value);
    else if (old != NULL)
        identity->issuer = copy_text(arena, ASN1_STRING_get0_data(old), ASN1_STRING_length(old));
    if (identity->issuer == NULL && (value != NULL || old != NULL))
        return wb_error_set(err, WB_BAD_INPUT, "malformed OIDC issuer in the certificate");
    return true;
}

bool wb_certificate_identity(const struct wb_certificates *certificates, struct wb_arena *arena,
                             struct wb_certificate_identity *identity, struct wb_error *err)
{
    *identity = (struct wb_certificate_identity){0};
    X509 *certificate = certificates->items[0];
    identity->subject = wb_certificate_name(arena, X509_get_subject_name(certificate));
    return read_names(certificate, arena, identity, err) &&
           read_issuer(certificate, arena, identity, err);
}
