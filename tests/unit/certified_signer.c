/* SPDX-License-Identifier: Apache-2.0 */
/* Signing with certificates, and verifying. */
#include "tests/unit/certified_signer.h"

#include <openssl/pem.h>
#include <openssl/ts.h>

static struct issued root, middle, stamper_certificate, signers[CERTIFIED];
struct wb_key *certified_keys[CERTIFIED];

static struct wb_key *key_of(const struct issued *issued)
{
    BIO *memory = BIO_new(BIO_s_mem());
    assert_int_equal(PEM_write_bio_PKCS8PrivateKey(memory, issued->pkey, NULL, NULL, 0, NULL, NULL),
                     1);
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

static struct issued issue_signer(const char *name, const struct issued *issuer, int64_t from,
                                  int64_t to, const char *use)
{
    return issue((struct order){
        name, issuer, from, to,
        .extensions = {LEAF, {"extendedKeyUsage", use}, {"subjectAltName", "email:" WHO}}});
}

int make_authorities(void **state)
{
    (void)state;
    root = issue((struct order){"root", NULL, -100, 100, .extensions = {CA}});
    middle = issue((struct order){"middle", &root, -100, 100, .extensions = {CA}});
    stamper_certificate =
        issue((struct order){"stamper", &root, -100, 100, .extensions = {STAMPER}});
    signers[CERTIFIED_LEAF] = issue_signer("leaf", &middle, -10, 10, "codeSigning");
    signers[CERTIFIED_EXPIRED] = issue_signer("expired", &middle, -50, -40, "codeSigning");
    signers[CERTIFIED_STRANGER] = issue_signer("stranger", NULL, -100, 100, "codeSigning");
    signers[CERTIFIED_WRONG_USE] = issue_signer("wrong", &middle, -10, 10, "clientAuth");
    for (int i = 0; i < CERTIFIED; i++)
        certified_keys[i] = key_of(&signers[i]);
    return 0;
}

int discard_authorities(void **state)
{
    (void)state;
    discard(&root);
    discard(&middle);
    discard(&stamper_certificate);
    for (int i = 0; i < CERTIFIED; i++) {
        discard(&signers[i]);
        wb_key_free(certified_keys[i]);
    }
    return 0;
}

/* ---- a timestamp authority ---- */

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

bool stamp(void *data, struct wb_bytes signature, struct wb_buffer *response, struct wb_error *err)
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
    TS_RESP_CTX_set_signer_cert(context, stamper_certificate.certificate);
    TS_RESP_CTX_set_signer_key(context, stamper_certificate.pkey);
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

/* ---- a file ---- */

static const char artifact[] = "the file";
const struct wb_verify_content signed_file = {
    .fd = -1, .bytes = {(const uint8_t *)artifact, sizeof artifact - 1}};

struct scene begin(enum certified key, enum certified certificate)
{
    struct scene scene = {0};
    add(&scene.roots, &root);
    add(&scene.middle, &middle);
    add(&scene.presented, &signers[certificate]);
    add(&scene.presented, &middle);
    scene.demands = (struct wb_verify_demands){
        .roots = scene.roots, .intermediates = scene.middle, .identity = WHO, .now = NOW};
    scene.signer = (struct wb_signer){.key = certified_keys[key], .certificates = scene.presented};
    return scene;
}

void end(struct scene *scene)
{
    wb_certificates_free(scene->roots);
    wb_certificates_free(scene->middle);
    wb_certificates_free(scene->presented);
}

void sign_file(const struct scene *scene, struct wb_buffer *bundle)
{
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO_VALUE(wb_blob_signature) signature = {0};
    if (!wb_sign_blob(&scene->signer, signed_file.bytes, &signature, &err))
        fail_msg("%s", err.message);
    wb_buffer_append(bundle, signature.bundle.data, signature.bundle.size);
}

void check_file(const struct scene *scene, const struct wb_buffer *bundle, enum wb_status status,
                const char *reason)
{
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO(wb_verify_report) *report = wb_verify_report_new();
    bool good =
        wb_verify_blob_bundle(&signed_file, wb_buffer_bytes(bundle), &scene->demands, report, &err);
    if (good != (reason == NULL) ||
        (!good && (err.status != status || strstr(err.message, reason) == NULL)))
        fail_msg("status %d: %s", (int)err.status, err.message);
    if (good)
        assert_string_equal(report->proofs[0].identity, WHO);
}
