/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates: identities, and which paths lead to a root. Every certificate is made here. */
#include "keys/keys.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define DAY 86400
#define NOW ((int64_t)1750000000)

struct extension {
    const char *oid; /* a short name or an OID in digits */
    const char *value;
};

/* A certificate with its key; the names of CA extensions as openssl.cnf has them. */
struct issued {
    X509 *certificate;
    EVP_PKEY *pkey;
};

struct order {
    const char *name;
    const struct issued *issuer; /* NULL: itself */
    int64_t not_before;          /* days from NOW */
    int64_t not_after;
    struct extension extensions[8];
    const char *digest; /* NULL: SHA-256 */
    const char *curve;  /* NULL: P-256 */
    bool version_1;
};

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

static struct issued issue(struct order order)
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

static void discard(struct issued *issued)
{
    X509_free(issued->certificate);
    EVP_PKEY_free(issued->pkey);
}

#define CA                                                                                         \
    {"basicConstraints", "critical,CA:TRUE"},                                                      \
    {                                                                                              \
        "keyUsage", "critical,keyCertSign,cRLSign"                                                 \
    }
#define LEAF                                                                                       \
    {"basicConstraints", "critical,CA:FALSE"},                                                     \
    {                                                                                              \
        "keyUsage", "critical,digitalSignature"                                                    \
    }
#define SIGNER                                                                                     \
    LEAF,                                                                                          \
    {                                                                                              \
        "extendedKeyUsage", "codeSigning"                                                          \
    }
#define STAMPER                                                                                    \
    LEAF,                                                                                          \
    {                                                                                              \
        "extendedKeyUsage", "critical,timeStamping"                                                \
    }

static void add(struct wb_certificates **list, const struct issued *issued)
{
    struct wb_error err = WB_ERROR_INIT;
    uint8_t *der = NULL;
    int size = i2d_X509(issued->certificate, &der);
    if (!wb_certificates_add_der(list, (struct wb_bytes){der, (size_t)size}, &err))
        fail_msg("%s", err.message);
    OPENSSL_free(der);
}

/* leaf, then the others up to NULL, all presented by the signer. */
static bool check(const struct issued *root, enum wb_certificate_purpose purpose,
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

static void assert_says(bool good, const struct wb_error *err, const char *reason)
{
    if (good)
        fail_msg("accepted, though `%s`", reason);
    assert_int_equal(err->status, WB_CHECK_FAILED);
    if (strstr(err->message, reason) == NULL)
        fail_msg("`%s` does not say `%s`", err->message, reason);
}

/* ---- what an ordinary PKI looks like ---- */

static struct issued root, middle;

static int make_authorities(void **state)
{
    (void)state;
    root = issue((struct order){"root", .extensions = {CA}, .not_before = -100, .not_after = 100});
    middle = issue(
        (struct order){"middle", &root, .extensions = {CA}, .not_before = -100, .not_after = 100});
    return 0;
}

static int discard_authorities(void **state)
{
    (void)state;
    discard(&root);
    discard(&middle);
    return 0;
}

static void good_paths_are_accepted(void **state)
{
    (void)state;
    struct issued leaf = issue((struct order){"leaf", &middle, .extensions = {SIGNER}});
    struct issued bare = issue((struct order){"bare", &root, .extensions = {LEAF}});
    struct issued itself = issue((struct order){"itself", .extensions = {SIGNER}});
    struct wb_error err = WB_ERROR_INIT;
    assert_true(check(&root, WB_PURPOSE_CODE_SIGNING, NULL, &err, &leaf, &middle, NULL));
    assert_true(check(&root, WB_PURPOSE_CODE_SIGNING, NULL, &err, &leaf, &middle, &root, NULL));
    assert_true(check(&root, WB_PURPOSE_CODE_SIGNING, NULL, &err, &bare, NULL));
    /* The one who is trusted may stand anywhere. */
    assert_true(check(&middle, WB_PURPOSE_CODE_SIGNING, NULL, &err, &leaf, NULL));
    assert_true(check(&itself, WB_PURPOSE_CODE_SIGNING, NULL, &err, &itself, NULL));
    /* As an intermediate that the verifier brings. */
    WB_AUTO(wb_certificates) *roots = NULL;
    WB_AUTO(wb_certificates) *between = NULL;
    WB_AUTO(wb_certificates) *chain = NULL;
    add(&roots, &root);
    add(&between, &middle);
    add(&chain, &leaf);
    struct wb_certificate_trust trust = {.roots = roots, .intermediates = between, .time = NOW};
    assert_true(wb_certificates_check(chain, &trust, &err));
    trust.roots = NULL;
    assert_says(wb_certificates_check(chain, &trust, &err), &err, "no trusted root");
    discard(&leaf);
    discard(&bare);
    discard(&itself);
}

static void truncated_and_foreign_chains_are_refused(void **state)
{
    (void)state;
    struct issued leaf = issue((struct order){"leaf", &middle, .extensions = {SIGNER}});
    struct issued other = issue((struct order){"root", .extensions = {CA}});
    struct issued itself = issue((struct order){"itself", .extensions = {SIGNER}});
    struct wb_error err = WB_ERROR_INIT;
    assert_says(check(&root, WB_PURPOSE_CODE_SIGNING, NULL, &err, &leaf, NULL), &err,
                "certificate 1 of the path (CN=leaf,O=Waybill): no path leads");
    assert_says(check(&root, WB_PURPOSE_CODE_SIGNING, NULL, &err, &itself, NULL), &err,
                "no path leads");
    /* A root of the same name with another key. */
    assert_says(check(&other, WB_PURPOSE_CODE_SIGNING, NULL, &err, &leaf, &middle, NULL), &err,
                "certificate 2 of the path");
    discard(&leaf);
    discard(&other);
    discard(&itself);
}

static void a_changed_certificate_is_refused(void **state)
{
    (void)state;
    struct issued leaf = issue((struct order){"leaf", &root, .extensions = {SIGNER}});
    uint8_t *der = NULL;
    int size = i2d_X509(leaf.certificate, &der);
    WB_AUTO(wb_certificates) *roots = NULL;
    add(&roots, &root);
    struct wb_certificate_trust trust = {.roots = roots, .time = NOW};
    for (int bit = 0; bit < size * 8; bit++) {
        struct wb_error err = WB_ERROR_INIT;
        WB_AUTO(wb_certificates) *chain = NULL;
        der[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (wb_certificates_add_der(&chain, (struct wb_bytes){der, (size_t)size}, &err) &&
            wb_certificates_check(chain, &trust, &err))
            fail_msg("bit %d", bit);
        der[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    OPENSSL_free(der);
    discard(&leaf);
}

static void time_is_judged(void **state)
{
    (void)state;
    struct issued old = issue(
        (struct order){"old", &root, .extensions = {SIGNER}, .not_before = -9, .not_after = -1});
    struct issued new = issue(
        (struct order){"new", &root, .extensions = {SIGNER}, .not_before = 1, .not_after = 9});
    struct issued old_ca =
        issue((struct order){"ca", &root, .extensions = {CA}, .not_before = -9, .not_after = -1});
    struct issued leaf = issue((struct order){"leaf", &old_ca, .extensions = {SIGNER}});
    struct wb_error err = WB_ERROR_INIT;
    assert_says(check(&root, WB_PURPOSE_CODE_SIGNING, NULL, &err, &old, NULL), &err,
                "certificate 1 of the path (CN=old,O=Waybill): expired at 2025-06-14T15:06:40Z, "
                "and the time to judge by is 2025-06-15T15:06:40Z");
    assert_says(check(&root, WB_PURPOSE_CODE_SIGNING, NULL, &err, &new, NULL), &err,
                "not valid before 2025-06-16T15:06:40Z");
    assert_says(check(&root, WB_PURPOSE_CODE_SIGNING, NULL, &err, &leaf, &old_ca, NULL), &err,
                "certificate 2 of the path (CN=ca,O=Waybill): expired");
    /* The last second belongs to the period (RFC 5280 §4.1.2.5). */
    struct issued ending = issue(
        (struct order){"ending", &root, .extensions = {SIGNER}, .not_before = -9, .not_after = 0});
    assert_true(check(&root, WB_PURPOSE_CODE_SIGNING, NULL, &err, &ending, NULL));
    discard(&ending);
    discard(&old);
    discard(&new);
    discard(&old_ca);
    discard(&leaf);
}

static void purpose_is_checked_over_the_path(void **state)
{
    (void)state;
    struct issued server = issue(
        (struct order){"server", &root, .extensions = {LEAF, {"extendedKeyUsage", "serverAuth"}}});
    struct issued any = issue((struct order){
        "any", &root, .extensions = {LEAF, {"extendedKeyUsage", "anyExtendedKeyUsage"}}});
    struct issued cipher =
        issue((struct order){"cipher", &root,
                             .extensions = {{"keyUsage", "critical,keyEncipherment"},
                                            {"extendedKeyUsage", "codeSigning"}}});
    struct issued mail_ca = issue(
        (struct order){"ca", &root, .extensions = {CA, {"extendedKeyUsage", "emailProtection"}}});
    struct issued leaf = issue((struct order){"leaf", &mail_ca, .extensions = {SIGNER}});
    struct issued stamper = issue((struct order){"stamper", &root, .extensions = {STAMPER}});
    struct issued lax = issue(
        (struct order){"lax", &root, .extensions = {LEAF, {"extendedKeyUsage", "timeStamping"}}});
    struct issued both = issue((struct order){
        "both", &root,
        .extensions = {LEAF, {"extendedKeyUsage", "critical,timeStamping,codeSigning"}}});
    struct wb_error err = WB_ERROR_INIT;
    assert_says(check(&root, WB_PURPOSE_CODE_SIGNING, NULL, &err, &server, NULL), &err,
                "not code signing");
    assert_says(check(&root, WB_PURPOSE_CODE_SIGNING, NULL, &err, &any, NULL), &err,
                "not code signing");
    assert_says(check(&root, WB_PURPOSE_CODE_SIGNING, NULL, &err, &cipher, NULL), &err,
                "not digital signature");
    assert_says(check(&root, WB_PURPOSE_CODE_SIGNING, NULL, &err, &leaf, &mail_ca, NULL), &err,
                "certificate 2 of the path (CN=ca,O=Waybill): its extended key usage");
    assert_says(check(&root, WB_PURPOSE_CODE_SIGNING, NULL, &err, &stamper, NULL), &err,
                "not code signing");
    assert_true(check(&root, WB_PURPOSE_TIME_STAMPING, NULL, &err, &stamper, NULL));
    assert_says(check(&root, WB_PURPOSE_TIME_STAMPING, NULL, &err, &lax, NULL), &err,
                "time stamping alone");
    assert_says(check(&root, WB_PURPOSE_TIME_STAMPING, NULL, &err, &both, NULL), &err,
                "time stamping alone");
    assert_says(check(&root, WB_PURPOSE_TIME_STAMPING, NULL, &err, &leaf, &mail_ca, NULL), &err,
                "time stamping alone");
    struct issued *all[] = {&server, &any, &cipher, &mail_ca, &leaf, &stamper, &lax, &both};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        discard(all[i]);
}

static void only_authorities_issue(void **state)
{
    (void)state;
    struct issued leaf = issue((struct order){"leaf", &root, .extensions = {SIGNER}});
    struct issued below_leaf = issue((struct order){"below", &leaf, .extensions = {SIGNER}});
    struct issued silent = issue((struct order){"silent", &root, .extensions = {{0}}});
    struct issued below_silent = issue((struct order){"below", &silent, .extensions = {SIGNER}});
    struct issued old = issue((struct order){"old", &root, .version_1 = true});
    struct issued below_old = issue((struct order){"below", &old, .extensions = {SIGNER}});
    struct issued usage =
        issue((struct order){"usage", &root, .extensions = {{"keyUsage", "critical,keyCertSign"}}});
    struct issued below_usage = issue((struct order){"below", &usage, .extensions = {SIGNER}});
    struct issued unable =
        issue((struct order){"unable", &root,
                             .extensions = {{"basicConstraints", "critical,CA:TRUE"},
                                            {"keyUsage", "critical,digitalSignature"}}});
    struct issued below_unable = issue((struct order){"below", &unable, .extensions = {SIGNER}});
    struct issued short_ca =
        issue((struct order){"short", &root,
                             .extensions = {{"basicConstraints", "critical,CA:TRUE,pathlen:0"},
                                            {"keyUsage", "critical,keyCertSign"}}});
    struct issued ca = issue((struct order){"ca", &short_ca, .extensions = {CA}});
    struct issued below_ca = issue((struct order){"below", &ca, .extensions = {SIGNER}});
    struct issued below_short = issue((struct order){"below", &short_ca, .extensions = {SIGNER}});
    const struct {
        struct issued *below, *issuer;
    } bad[] = {{&below_leaf, &leaf},
               {&below_silent, &silent},
               {&below_old, &old},
               {&below_usage, &usage},
               {&below_unable, &unable}};
    struct wb_error err = WB_ERROR_INIT;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_says(
            check(&root, WB_PURPOSE_CODE_SIGNING, NULL, &err, bad[i].below, bad[i].issuer, NULL),
            &err, "certificate ");
    assert_true(check(&root, WB_PURPOSE_CODE_SIGNING, NULL, &err, &below_short, &short_ca, NULL));
    assert_says(check(&root, WB_PURPOSE_CODE_SIGNING, NULL, &err, &below_ca, &ca, &short_ca, NULL),
                &err, "path length constraint exceeded");
    struct issued *all[] = {&leaf,      &below_leaf, &silent,      &below_silent, &old,
                            &below_old, &usage,      &below_usage, &unable,       &below_unable,
                            &short_ca,  &ca,         &below_ca,    &below_short};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        discard(all[i]);
}

static void constraints_and_critical_extensions_hold(void **state)
{
    (void)state;
    struct issued ca = issue((struct order){
        "ca", &root,
        .extensions = {CA, {"nameConstraints", "critical,permitted;email:example.com"}}});
    struct issued inside = issue((struct order){
        "inside", &ca, .extensions = {SIGNER, {"subjectAltName", "email:a@example.com"}}});
    struct issued outside = issue((struct order){
        "outside", &ca, .extensions = {SIGNER, {"subjectAltName", "email:a@example.org"}}});
    struct issued strange = issue(
        (struct order){"strange", &root, .extensions = {SIGNER, {"1.2.3.4", "what is this"}}});
    /* Extensions given as bytes are not critical; this one is to be. */
    X509_EXTENSION *extension = X509_delete_ext(strange.certificate, 3);
    X509_EXTENSION_set_critical(extension, 1);
    X509_add_ext(strange.certificate, extension, -1);
    X509_EXTENSION_free(extension);
    X509_sign(strange.certificate, root.pkey, EVP_sha256());
    struct wb_error err = WB_ERROR_INIT;
    assert_true(check(&root, WB_PURPOSE_CODE_SIGNING, NULL, &err, &inside, &ca, NULL));
    assert_says(check(&root, WB_PURPOSE_CODE_SIGNING, NULL, &err, &outside, &ca, NULL), &err,
                "permitted subtree violation");
    assert_says(check(&root, WB_PURPOSE_CODE_SIGNING, NULL, &err, &strange, NULL), &err,
                "unhandled critical extension");
    discard(&ca);
    discard(&inside);
    discard(&outside);
    discard(&strange);
}

static void weak_algorithms_are_refused(void **state)
{
    (void)state;
    struct issued leaf =
        issue((struct order){"leaf", &root, .extensions = {SIGNER}, .digest = "SHA1"});
    struct issued ca = issue((struct order){"ca", &root, .extensions = {CA}, .curve = "P-192"});
    struct issued below = issue((struct order){"below", &ca, .extensions = {SIGNER}});
    struct wb_error err = WB_ERROR_INIT;
    assert_says(check(&root, WB_PURPOSE_CODE_SIGNING, NULL, &err, &leaf, NULL), &err,
                "CA signature digest algorithm too weak");
    assert_says(check(&root, WB_PURPOSE_CODE_SIGNING, NULL, &err, &below, &ca, NULL), &err,
                "key too weak");
    discard(&leaf);
    discard(&ca);
    discard(&below);
}

/* ---- revocation ---- */

static void make_crl(const struct issued *issuer, const struct issued *revoked, int64_t from,
                     int64_t to, struct wb_buffer *der)
{
    X509_CRL *crl = X509_CRL_new();
    X509_CRL_set_version(crl, 1);
    X509_CRL_set_issuer_name(crl, X509_get_subject_name(issuer->certificate));
    ASN1_TIME *time = ASN1_TIME_set(NULL, NOW + from * DAY);
    X509_CRL_set1_lastUpdate(crl, time);
    if (revoked != NULL) {
        X509_REVOKED *entry = X509_REVOKED_new();
        X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(revoked->certificate));
        X509_REVOKED_set_revocationDate(entry, time);
        X509_CRL_add0_revoked(crl, entry);
    }
    ASN1_TIME_set(time, NOW + to * DAY);
    X509_CRL_set1_nextUpdate(crl, time);
    ASN1_TIME_free(time);
    X509_CRL_sort(crl);
    assert_true(X509_CRL_sign(crl, issuer->pkey, EVP_sha256()) > 0);
    uint8_t *bytes = NULL;
    int size = i2d_X509_CRL(crl, &bytes);
    wb_buffer_append(der, bytes, (size_t)size);
    OPENSSL_free(bytes);
    X509_CRL_free(crl);
}

static void revocation_lists_are_heeded(void **state)
{
    (void)state;
    struct issued leaf = issue((struct order){"leaf", &root, .extensions = {SIGNER}});
    struct issued other = issue((struct order){"other", &root, .extensions = {SIGNER}});
    struct issued below = issue((struct order){"below", &middle, .extensions = {SIGNER}});
    WB_AUTO_VALUE(wb_buffer) good = {0}, old = {0}, forged = {0};
    make_crl(&root, &other, -1, 1, &good);
    make_crl(&root, &other, -3, -1, &old);
    make_crl(&middle, NULL, -1, 1, &forged);
    struct wb_bytes list = wb_buffer_bytes(&good);
    struct wb_error err = WB_ERROR_INIT;
    if (!check(&root, WB_PURPOSE_CODE_SIGNING, &list, &err, &leaf, NULL))
        fail_msg("%s", err.message);
    assert_says(check(&root, WB_PURPOSE_CODE_SIGNING, &list, &err, &other, NULL), &err,
                "certificate revoked");
    /* The root's list says nothing about what the intermediate issued. */
    assert_says(check(&root, WB_PURPOSE_CODE_SIGNING, &list, &err, &below, &middle, NULL), &err,
                "certificate 1 of the path (CN=below,O=Waybill): unable to get certificate CRL");
    list = wb_buffer_bytes(&old);
    assert_says(check(&root, WB_PURPOSE_CODE_SIGNING, &list, &err, &leaf, NULL), &err,
                "CRL has expired");
    list = wb_buffer_bytes(&forged);
    assert_says(check(&root, WB_PURPOSE_CODE_SIGNING, &list, &err, &leaf, NULL), &err,
                "unable to get certificate CRL");
    /* A trusted intermediate need not be covered from above. */
    assert_true(check(&middle, WB_PURPOSE_CODE_SIGNING, &list, &err, &below, NULL));
    list.size--;
    assert_false(check(&root, WB_PURPOSE_CODE_SIGNING, &list, &err, &leaf, NULL));
    assert_int_equal(err.status, WB_BAD_INPUT);
    discard(&leaf);
    discard(&other);
    discard(&below);
}

/* ---- identities ---- */

static bool identify(const struct issued *issued, struct wb_arena *arena,
                     struct wb_certificate_identity *identity, struct wb_error *err)
{
    WB_AUTO(wb_certificates) *list = NULL;
    add(&list, issued);
    return wb_certificate_identity(list, arena, identity, err);
}

static void identities_are_read(void **state)
{
    (void)state;
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    struct wb_certificate_identity identity;
    struct wb_error err = WB_ERROR_INIT;
    struct issued full = issue((struct order){
        "f\xc3\xbcll",
        .extensions = {
            {"subjectAltName",
             "email:a@example.com,URI:https://example.com/x,DNS:example.com,IP:127.0.0.1,"
             "otherName:1.3.6.1.4.1.57264.1.7;UTF8:name,otherName:1.2.3;UTF8:other"},
            {"1.3.6.1.4.1.57264.1.1", "https://old.example"},
            {"1.3.6.1.4.1.57264.1.8", "\x0c\x13https://new.example"}}});
    assert_true(identify(&full, arena, &identity, &err));
    assert_int_equal(identity.name_count, 4);
    assert_string_equal(identity.names[0], "a@example.com");
    assert_string_equal(identity.names[1], "https://example.com/x");
    assert_string_equal(identity.names[2], "example.com");
    assert_string_equal(identity.names[3], "name");
    assert_string_equal(identity.issuer, "https://new.example");
    assert_string_equal(identity.subject, "CN=f\xc3\xbcll,O=Waybill");
    struct issued old = issue(
        (struct order){"old", .extensions = {{"1.3.6.1.4.1.57264.1.1", "https://old.example"}}});
    assert_true(identify(&old, arena, &identity, &err));
    assert_string_equal(identity.issuer, "https://old.example");
    assert_int_equal(identity.name_count, 1);
    assert_string_equal(identity.names[0], "CN=old,O=Waybill");
    struct issued none = issue((struct order){.name = "none"});
    assert_true(identify(&none, arena, &identity, &err));
    assert_null(identity.issuer);
    discard(&full);
    discard(&old);
    discard(&none);
}

static void misleading_identities_are_refused(void **state)
{
    (void)state;
    static const struct order orders[] = {
        {"twice", .extensions = {{"subjectAltName", "email:a@b.c"}, {"2.5.29.17", "\x30\x01"}}},
        {"issuer twice",
         .extensions = {{"1.3.6.1.4.1.57264.1.1", "a"}, {"1.3.6.1.4.1.57264.1.1", "b"}}},
        {"issuer not DER", .extensions = {{"1.3.6.1.4.1.57264.1.8", "https://new.example"}}},
        {"issuer longer", .extensions = {{"1.3.6.1.4.1.57264.1.8", "\x0c\x01"
                                                                   "ab"}}},
        {"issuer not UTF-8", .extensions = {{"1.3.6.1.4.1.57264.1.1", "\xff"}}},
        {"name not UTF-8", .extensions = {{"2.5.29.17", "\x30\x03\x81\x01\xff"}}},
        {"empty name", .extensions = {{"2.5.29.17", "\x30\x02\x81"}}},
    };
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
        struct wb_certificate_identity identity;
        struct wb_error err = WB_ERROR_INIT;
        struct issued issued = issue(orders[i]);
        if (identify(&issued, arena, &identity, &err))
            fail_msg("%s", orders[i].name);
        assert_int_equal(err.status, WB_BAD_INPUT);
        discard(&issued);
    }
}

/* ---- lists ---- */

static void lists_are_read_and_written(void **state)
{
    (void)state;
    WB_AUTO(wb_certificates) *list = NULL;
    WB_AUTO_VALUE(wb_buffer) pem = {0}, der = {0};
    struct wb_error err = WB_ERROR_INIT;
    add(&list, &middle);
    add(&list, &root);
    wb_buffer_append_text(&pem, "subject=middle\n");
    assert_true(wb_certificate_pem(list, 0, &pem, &err));
    wb_buffer_append_text(&pem, "subject=root\n");
    assert_true(wb_certificate_pem(list, 1, &pem, &err));
    assert_true(wb_certificate_der(list, 1, &der, &err));
    WB_AUTO(wb_certificates) *from_pem = wb_certificates_read(wb_buffer_bytes(&pem), &err);
    WB_AUTO(wb_certificates) *from_der = wb_certificates_read(wb_buffer_bytes(&der), &err);
    assert_int_equal(wb_certificates_count(from_pem), 2);
    assert_int_equal(wb_certificates_count(from_der), 1);
    WB_AUTO(wb_key) *a = wb_certificate_key(from_pem, 1, &err);
    WB_AUTO(wb_key) *b = wb_certificate_key(from_der, 0, &err);
    WB_AUTO(wb_key) *c = wb_key_from_public(wb_buffer_bytes(&pem), &err);
    WB_AUTO(wb_key) *d = wb_certificate_key(from_pem, 0, &err);
    assert_true(wb_key_same(a, b));
    assert_true(wb_key_same(c, d));
    assert_false(wb_key_same(a, c));
    wb_buffer_append(&der, "", 1);
    assert_null(wb_certificates_read(wb_buffer_bytes(&der), &err));
    assert_int_equal(err.status, WB_BAD_INPUT);
    for (size_t i = 2; i < 16; i++)
        add(&list, &root);
    assert_false(wb_certificates_add_der(&list, (struct wb_bytes){der.data, der.size - 1}, &err));
    assert_non_null(strstr(err.message, "more than 16"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_paths_are_accepted),
        cmocka_unit_test(truncated_and_foreign_chains_are_refused),
        cmocka_unit_test(a_changed_certificate_is_refused),
        cmocka_unit_test(time_is_judged),
        cmocka_unit_test(purpose_is_checked_over_the_path),
        cmocka_unit_test(only_authorities_issue),
        cmocka_unit_test(constraints_and_critical_extensions_hold),
        cmocka_unit_test(weak_algorithms_are_refused),
        cmocka_unit_test(revocation_lists_are_heeded),
        cmocka_unit_test(identities_are_read),
        cmocka_unit_test(misleading_identities_are_refused),
        cmocka_unit_test(lists_are_read_and_written),
    };
    return cmocka_run_group_tests(tests, make_authorities, discard_authorities);
}
