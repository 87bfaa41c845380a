/* SPDX-License-Identifier: Apache-2.0 */
/* Signing and verifying with certificates and timestamps. The authorities are made here. */
#include "sign/sign.h"
#include "verify/verify.h"

#include <openssl/pem.h>
#include <openssl/ts.h>
#include <openssl/x509v3.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define DAY 86400
#define NOW ((int64_t)1750000000)
#define WHO "release@example.test"

struct issued {
    X509 *certificate;
    EVP_PKEY *pkey;
};
enum { ROOT, MIDDLE, LEAF, EXPIRED, STAMPER, STRANGER, WRONG_USE, ISSUED };
static struct issued issued[ISSUED];
static struct wb_key *leaf_key, *expired_key, *stranger_key, *wrong_use_key;

/* ---- authorities ---- */

static void add_extension(X509 *certificate, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
    X509V3_set_ctx_nodb(&context);
    X509_EXTENSION *made = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    assert_non_null(made);
    assert_int_equal(X509_add_ext(certificate, made, -1), 1);
    X509_EXTENSION_free(made);
}

/* `use`: NULL for an authority, otherwise the extended key usage. Valid from `from` to `to`, days
 * from NOW. */
static void issue(int which, int issuer, const char *name, const char *use, int from, int to)
{
    struct issued *made = &issued[which];
    made->certificate = X509_new();
    made->pkey = EVP_EC_gen("P-256");
    X509 *certificate = made->certificate;
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), which + 1);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                               (const uint8_t *)name, -1, -1, 0);
    X509_set_issuer_name(certificate, X509_get_subject_name(issued[issuer].certificate));
    ASN1_TIME_set(X509_getm_notBefore(certificate), NOW + from * DAY);
    ASN1_TIME_set(X509_getm_notAfter(certificate), NOW + to * DAY);
    X509_set_pubkey(certificate, made->pkey);
    add_extension(certificate, NID_basic_constraints,
                  use == NULL ? "critical,CA:TRUE" : "critical,CA:FALSE");
    add_extension(certificate, NID_key_usage,
                  use == NULL ? "critical,keyCertSign" : "critical,digitalSignature");
    if (use != NULL) {
        add_extension(certificate, NID_ext_key_usage, use);
        add_extension(certificate, NID_subject_alt_name, "email:" WHO);
    }
    assert_true(X509_sign(certificate, issued[issuer].pkey, EVP_sha256()) > 0);
}

static struct wb_key *key_of(int which)
{
    BIO *memory = BIO_new(BIO_s_mem());
    assert_int_equal(
        PEM_write_bio_PKCS8PrivateKey(memory, issued[which].pkey, NULL, NULL, 0, NULL, NULL), 1);
    char *pem;
    long size = BIO_get_mem_data(memory, &pem);
    struct wb_error err = WB_ERROR_INIT;
    struct wb_key *key =
        wb_key_import((struct wb_bytes){(uint8_t *)pem, (size_t)size}, "key", NULL, &err);
    BIO_free(memory);
    if (key == NULL)
        fail_msg("%s", err.message);
    return key;
}

static int make_authorities(void **state)
{
    (void)state;
    issue(ROOT, ROOT, "root", NULL, -100, 100);
    issue(MIDDLE, ROOT, "middle", NULL, -100, 100);
    issue(LEAF, MIDDLE, "leaf", "codeSigning", -10, 10);
    issue(EXPIRED, MIDDLE, "expired", "codeSigning", -50, -40);
    issue(STAMPER, ROOT, "stamper", "critical,timeStamping", -100, 100);
    issue(STRANGER, STRANGER, "stranger", "codeSigning", -100, 100);
    issue(WRONG_USE, MIDDLE, "wrong", "clientAuth", -10, 10);
    leaf_key = key_of(LEAF);
    expired_key = key_of(EXPIRED);
    stranger_key = key_of(STRANGER);
    wrong_use_key = key_of(WRONG_USE);
    return 0;
}

static int discard_authorities(void **state)
{
    (void)state;
    for (int i = 0; i < ISSUED; i++) {
        X509_free(issued[i].certificate);
        EVP_PKEY_free(issued[i].pkey);
    }
    wb_key_free(leaf_key);
    wb_key_free(expired_key);
    wb_key_free(stranger_key);
    wb_key_free(wrong_use_key);
    return 0;
}

/* The certificates named, up to -1. */
static struct wb_certificates *certificates(int first, ...)
{
    struct wb_certificates *list = NULL;
    va_list others;
    va_start(others, first);
    for (int which = first; which >= 0; which = va_arg(others, int)) {
        uint8_t *der = NULL;
        int size = i2d_X509(issued[which].certificate, &der);
        assert_true(wb_certificates_add_der(&list, (struct wb_bytes){der, (size_t)size}, NULL));
        OPENSSL_free(der);
    }
    va_end(others);
    return list;
}

/* ---- a timestamp authority ---- */

struct stamper {
    int64_t time;
    bool other_bytes; /* stamps something else */
};

static ASN1_INTEGER *next_serial(TS_RESP_CTX *context, void *data)
{
    (void)context;
    (void)data;
    ASN1_INTEGER *serial = ASN1_INTEGER_new();
    ASN1_INTEGER_set(serial, 7);
    return serial;
}

static int set_time(TS_RESP_CTX *context, void *data, long *seconds, long *microseconds)
{
    (void)context;
    *seconds = (long)((const struct stamper *)data)->time;
    *microseconds = 0;
    return 1;
}

static bool stamp(void *data, struct wb_bytes signature, struct wb_buffer *response,
                  struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) request = {0};
    const struct stamper *stamper = data;
    static const uint8_t other[] = "other";
    if (!wb_timestamp_request(stamper->other_bytes ? (struct wb_bytes){other, sizeof other}
                                                   : signature,
                              &request, err))
        return false;
    TS_RESP_CTX *context = TS_RESP_CTX_new();
    ASN1_OBJECT *policy = OBJ_txt2obj("1.2.3.4", 1);
    TS_RESP_CTX_set_signer_cert(context, issued[STAMPER].certificate);
    TS_RESP_CTX_set_signer_key(context, issued[STAMPER].pkey);
    TS_RESP_CTX_set_signer_digest(context, EVP_sha256());
    TS_RESP_CTX_set_ess_cert_id_digest(context, EVP_sha256());
    TS_RESP_CTX_set_def_policy(context, policy);
    TS_RESP_CTX_add_md(context, EVP_sha256());
    TS_RESP_CTX_set_serial_cb(context, next_serial, NULL);
    TS_RESP_CTX_set_time_cb(context, set_time, data);
    BIO *bytes = BIO_new_mem_buf(request.data, (int)request.size);
    TS_RESP *made = TS_RESP_create_response(context, bytes);
    assert_non_null(made);
    uint8_t *der = NULL;
    int size = i2d_TS_RESP(made, &der);
    wb_buffer_append(response, der, (size_t)size);
    OPENSSL_free(der);
    TS_RESP_free(made);
    BIO_free(bytes);
    ASN1_OBJECT_free(policy);
    TS_RESP_CTX_free(context);
    return true;
}

/* ---- files ---- */

static const char artifact[] = "the file";
static const struct wb_verify_content file = {
    .fd = -1, .bytes = {(const uint8_t *)artifact, sizeof artifact - 1}};

struct scene {
    struct wb_certificates *roots, *middle, *presented;
    struct wb_verify_demands demands;
    struct wb_signer signer;
};

static struct scene begin(struct wb_key *key, int leaf)
{
    struct scene scene = {.roots = certificates(ROOT, -1), .middle = certificates(MIDDLE, -1)};
    scene.presented = certificates(leaf, MIDDLE, -1);
    scene.demands = (struct wb_verify_demands){
        .roots = scene.roots, .intermediates = scene.middle, .identity = WHO, .now = NOW};
    scene.signer = (struct wb_signer){.key = key, .certificates = scene.presented};
    return scene;
}

static void end(struct scene *scene)
{
    wb_certificates_free(scene->roots);
    wb_certificates_free(scene->middle);
    wb_certificates_free(scene->presented);
}

static void sign(const struct scene *scene, struct wb_buffer *bundle)
{
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO_VALUE(wb_blob_signature) signature = {0};
    if (!wb_sign_blob(&scene->signer, file.bytes, &signature, &err))
        fail_msg("%s", err.message);
    wb_buffer_append(bundle, signature.bundle.data, signature.bundle.size);
}

/* `reason` NULL: it must verify. */
static void check(const struct scene *scene, const struct wb_buffer *bundle, enum wb_status status,
                  const char *reason)
{
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO(wb_verify_report) *report = wb_verify_report_new();
    bool good =
        wb_verify_blob_bundle(&file, wb_buffer_bytes(bundle), &scene->demands, report, &err);
    if (good != (reason == NULL) ||
        (!good && (err.status != status || strstr(err.message, reason) == NULL)))
        fail_msg("status %d: %s", (int)err.status, err.message);
    if (good)
        assert_string_equal(report->proofs[0].identity, WHO);
}

static void the_certificates_holder_is_believed_and_nobody_else(void **state)
{
    (void)state;
    struct scene scene = begin(leaf_key, LEAF);
    WB_AUTO_VALUE(wb_buffer) bundle = {0};
    sign(&scene, &bundle);
    check(&scene, &bundle, WB_OK, NULL);
    scene.demands.identity = "release@example.tes";
    check(&scene, &bundle, WB_CHECK_FAILED, "not for whom");
    scene.demands.identity = NULL;
    check(&scene, &bundle, WB_USAGE, "--certificate-identity");
    static const struct {
        const char *pattern;
        bool matches;
    } patterns[] = {{"release@example[.]test", true},
                    {".*@example.test", true},
                    {"release|release@example.test", true},
                    {"release@example", false},
                    {"example.test", false},
                    {"^release", false},
                    {"a|release@example.tes", false}};
    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
        scene.demands.identity_regexp = patterns[i].pattern;
        check(&scene, &bundle, WB_CHECK_FAILED, patterns[i].matches ? NULL : "not for whom");
    }
    scene.demands.identity_regexp = "(";
    check(&scene, &bundle, WB_USAGE, "no regular expression");
    scene.demands.identity_regexp = NULL;
    scene.demands.identity = WHO;
    scene.demands.issuer = "https://issuer.test";
    check(&scene, &bundle, WB_CHECK_FAILED, "OIDC issuer");
    end(&scene);
}

static void paths_must_lead_to_the_root(void **state)
{
    (void)state;
    struct scene scene = begin(leaf_key, LEAF);
    WB_AUTO_VALUE(wb_buffer) bundle = {0};
    sign(&scene, &bundle);
    scene.demands.intermediates = NULL;
    check(&scene, &bundle, WB_CHECK_FAILED, "certificate");
    scene.demands.intermediates = scene.middle;
    scene.demands.now = NOW + 11 * DAY;
    check(&scene, &bundle, WB_CHECK_FAILED, "expired");
    scene.demands.now = NOW - 11 * DAY;
    check(&scene, &bundle, WB_CHECK_FAILED, "not valid before");
    scene.demands.now = NOW;
    scene.demands.roots = NULL;
    check(&scene, &bundle, WB_CHECK_FAILED, "no roots were given");
    /* With the key itself no certificate is needed; with another one nothing holds. */
    scene.demands.keys = &leaf_key;
    scene.demands.key_count = 1;
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO(wb_verify_report) *report = wb_verify_report_new();
    assert_true(
        wb_verify_blob_bundle(&file, wb_buffer_bytes(&bundle), &scene.demands, report, &err));
    scene.demands.keys = &stranger_key;
    check(&scene, &bundle, WB_CHECK_FAILED, "does not hold");
    end(&scene);

    scene = begin(wrong_use_key, WRONG_USE);
    bundle.size = 0;
    sign(&scene, &bundle);
    check(&scene, &bundle, WB_CHECK_FAILED, "key usage is not code signing");
    end(&scene);

    scene = begin(stranger_key, STRANGER);
    bundle.size = 0;
    sign(&scene, &bundle);
    check(&scene, &bundle, WB_CHECK_FAILED, "certificate");
    end(&scene);
}

static void a_certificate_of_another_key_is_not_signed_with(void **state)
{
    (void)state;
    struct scene scene = begin(stranger_key, LEAF);
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO_VALUE(wb_blob_signature) signature = {0};
    assert_false(wb_sign_blob(&scene.signer, file.bytes, &signature, &err));
    assert_int_equal(err.status, WB_BAD_INPUT);
    assert_non_null(strstr(err.message, "another key"));
    /* A bundle whose certificate was exchanged for another good one does not verify. */
    scene.signer.certificates = NULL;
    WB_AUTO_VALUE(wb_buffer) bundle = {0};
    sign(&scene, &bundle);
    WB_AUTO_VALUE(wb_buffer) der = {0};
    WB_AUTO_VALUE(wb_buffer) text = {0};
    assert_true(wb_certificate_der(scene.presented, 0, &der, &err));
    wb_base64_encode(wb_buffer_bytes(&der), &text);
    const char *begin_of_key = strstr((const char *)bundle.data, "\"publicKey\"");
    const char *end_of_key = strstr(begin_of_key, "},");
    WB_AUTO_VALUE(wb_buffer) changed = {0};
    wb_buffer_append(&changed, bundle.data, (size_t)(begin_of_key - (const char *)bundle.data));
    wb_buffer_append_format(&changed, "\"certificate\":{\"rawBytes\":\"%s\"}",
                            (const char *)text.data);
    /* Behind the key's own object. */
    wb_buffer_append_text(&changed, end_of_key);
    check(&scene, &changed, WB_CHECK_FAILED, "does not hold");
    end(&scene);
}

static void a_timestamp_keeps_a_signature_beyond_its_certificate(void **state)
{
    (void)state;
    struct stamper stamper = {.time = NOW - 45 * DAY};
    struct scene scene = begin(expired_key, EXPIRED);
    WB_AUTO_VALUE(wb_buffer) bundle = {0};
    sign(&scene, &bundle);
    check(&scene, &bundle, WB_CHECK_FAILED, "expired");
    scene.signer.timestamp = stamp;
    scene.signer.timestamp_context = &stamper;
    bundle.size = 0;
    sign(&scene, &bundle);
    /* Whose time it is must be known. */
    check(&scene, &bundle, WB_CHECK_FAILED, "expired");
    scene.demands.timestamp_roots = scene.roots;
    check(&scene, &bundle, WB_OK, NULL);
    scene.demands.timestamp_roots = scene.presented;
    check(&scene, &bundle, WB_CHECK_FAILED, "timestamp");
    scene.demands.timestamp_roots = scene.roots;
    /* A time at which the certificate was not valid is no better than none. */
    stamper.time = NOW - 20 * DAY;
    bundle.size = 0;
    sign(&scene, &bundle);
    check(&scene, &bundle, WB_CHECK_FAILED, "expired");
    /* Nobody attaches a timestamp of something else. */
    stamper.other_bytes = true;
    WB_AUTO_VALUE(wb_blob_signature) signature = {0};
    struct wb_error err = WB_ERROR_INIT;
    assert_false(wb_sign_blob(&scene.signer, file.bytes, &signature, &err));
    assert_non_null(strstr(err.message, "another signature"));
    end(&scene);
}

static void every_timestamp_must_hold(void **state)
{
    (void)state;
    struct stamper good = {.time = NOW}, other = {.time = NOW, .other_bytes = true};
    struct scene scene = begin(leaf_key, LEAF);
    scene.demands.timestamp_roots = scene.roots;
    WB_AUTO_VALUE(wb_buffer) signature = {0};
    WB_AUTO_VALUE(wb_buffer) der = {0};
    struct wb_buffer responses[2] = {{0}};
    struct wb_digest digest;
    assert_true(wb_digest_bytes(WB_DIGEST_SHA256, file.bytes, &digest, NULL));
    assert_true(wb_key_sign_digest(leaf_key, &digest, &signature, NULL));
    assert_true(wb_certificate_der(scene.presented, 0, &der, NULL));
    assert_true(stamp(&good, wb_buffer_bytes(&signature), &responses[0], NULL));
    assert_true(stamp(&other, wb_buffer_bytes(&signature), &responses[1], NULL));
    const struct wb_bytes timestamps[] = {wb_buffer_bytes(&responses[0]),
                                          wb_buffer_bytes(&responses[1])};
    struct wb_bundle_material material = {
        .certificate = wb_buffer_bytes(&der), .timestamps = timestamps, .timestamp_count = 1};
    WB_AUTO_VALUE(wb_buffer) bundle = {0};
    wb_bundle_write_message(&material, &digest, wb_buffer_bytes(&signature), &bundle);
    check(&scene, &bundle, WB_OK, NULL);
    material.timestamp_count = 2;
    bundle.size = 0;
    wb_bundle_write_message(&material, &digest, wb_buffer_bytes(&signature), &bundle);
    check(&scene, &bundle, WB_CHECK_FAILED, "timestamp");
    /* The same for a bare key: it has no validity, but what is offered must hold. */
    scene.demands.keys = &leaf_key;
    scene.demands.key_count = 1;
    scene.demands.roots = NULL;
    check(&scene, &bundle, WB_CHECK_FAILED, "timestamp");
    wb_buffer_clear(&responses[0]);
    wb_buffer_clear(&responses[1]);
    end(&scene);
}

/* ---- images ---- */

static struct wb_digest add_text(struct wb_layout *layout, const char *text)
{
    struct wb_digest digest;
    assert_true(wb_layout_add_blob(layout, (struct wb_bytes){(const uint8_t *)text, strlen(text)},
                                   &digest, NULL));
    return digest;
}

static void write_text(const char *folder, const char *name, const char *text)
{
    WB_AUTO_STRING path = wb_string_format("%s/%s", folder, name);
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    fputs(text, out);
    fclose(out);
}

static bool verify_image(struct wb_layout *layout, const struct scene *scene, bool attestations,
                         size_t proofs, struct wb_error *err)
{
    WB_AUTO(wb_verify_report) *report = wb_verify_report_new();
    const struct wb_descriptor *target = wb_layout_target(layout, err);
    bool good =
        target != NULL &&
        (attestations ? wb_verify_image_attestations(layout, target, &scene->demands, report, err)
                      : wb_verify_image(layout, target, &scene->demands, report, err));
    return good && report->proof_count == proofs && report->proofs[0].has_time;
}

static void images_are_signed_with_certificates_in_both_forms(void **state)
{
    (void)state;
    char folder[] = "/tmp/waybill-certificates-XXXXXX";
    assert_non_null(mkdtemp(folder));
    write_text(folder, "oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}");
    write_text(folder, "index.json", "{\"schemaVersion\":2,\"manifests\":[]}");
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO_STRING text = wb_string_format("oci:%s", folder);
    WB_AUTO_VALUE(wb_reference) reference = {0};
    assert_true(wb_reference_parse(text, &reference, &err));
    WB_AUTO(wb_layout) *layout = wb_layout_open(&reference, WB_LAYOUT_WRITE, &err);
    assert_non_null(layout);
    char digest[WB_DIGEST_TEXT_SIZE];
    struct wb_digest config = add_text(layout, "{}");
    WB_AUTO_STRING manifest = wb_string_format(
        "{\"schemaVersion\":2,\"config\":{\"mediaType\":"
        "\"application/vnd.oci.image.config.v1+json\",\"digest\":\"%s\",\"size\":2},\"layers\":[]}",
        wb_digest_format(&config, digest));
    struct wb_descriptor entry = {.media_type = "application/vnd.oci.image.manifest.v1+json",
                                  .digest = add_text(layout, manifest),
                                  .size = (int64_t)strlen(manifest)};
    assert_true(wb_layout_put_entry(layout, &entry, &err));

    struct stamper stamper = {.time = NOW - 45 * DAY};
    struct scene scene = begin(expired_key, EXPIRED);
    scene.signer.timestamp = stamp;
    scene.signer.timestamp_context = &stamper;
    scene.demands.timestamp_roots = scene.roots;
    const struct wb_image_signing signing = {.forms = WB_FORM_BUNDLE | WB_FORM_LEGACY};
    const struct wb_descriptor *target = wb_layout_target(layout, &err);
    assert_non_null(target);
    assert_true(wb_sign_image(layout, target, &scene.signer, &signing, &err));
    assert_true(wb_attest_image(layout, target, &scene.signer, signing.forms, NULL,
                                "https://example.test/x",
                                (struct wb_bytes){(const uint8_t *)"{}", 2}, &err));
    if (!verify_image(layout, &scene, false, 2, &err) ||
        !verify_image(layout, &scene, true, 2, &err))
        fail_msg("%s", err.message);
    /* The older form brings its chain along; the bundle does not. */
    scene.demands.intermediates = NULL;
    assert_true(verify_image(layout, &scene, false, 1, &err));
    assert_true(verify_image(layout, &scene, true, 1, &err));
    scene.demands.identity = "else@example.test";
    assert_false(verify_image(layout, &scene, false, 1, &err));
    assert_int_equal(err.status, WB_CHECK_FAILED);
    end(&scene);
    WB_AUTO_STRING remove = wb_string_format("rm -r %s", folder);
    assert_int_equal(system(remove), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_certificates_holder_is_believed_and_nobody_else),
        cmocka_unit_test(paths_must_lead_to_the_root),
        cmocka_unit_test(a_certificate_of_another_key_is_not_signed_with),
        cmocka_unit_test(a_timestamp_keeps_a_signature_beyond_its_certificate),
        cmocka_unit_test(every_timestamp_must_hold),
        cmocka_unit_test(images_are_signed_with_certificates_in_both_forms),
    };
    return cmocka_run_group_tests(tests, make_authorities, discard_authorities);
}
