/* SPDX-License-Identifier: Apache-2.0 */
/* Envelopes, statements, payloads and bundles: read, refused, and written with cosign's bytes. */
#include "sign/envelope.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct wb_bytes bytes_of(const char *text)
{
    return (struct wb_bytes){(const uint8_t *)text, strlen(text)};
}

/* ---- DSSE ---- */

static void pae_is_as_specified(void **state)
{
    (void)state;
    /* The example of protocol.md. */
    WB_AUTO_VALUE(wb_buffer) encoding = {0};
    wb_dsse_pae("http://example.com/HelloWorld", bytes_of("hello world"), &encoding);
    assert_string_equal((char *)encoding.data,
                        "DSSEv1 29 http://example.com/HelloWorld 11 hello world");
}

static void an_envelope_reads_back(void **state)
{
    (void)state;
    const struct wb_dsse_signature signatures[] = {
        {.signature = bytes_of("first")},
        {.key_id = "key<1>", .signature = bytes_of("second\xff")},
    };
    WB_AUTO_VALUE(wb_buffer) json = {0};
    wb_dsse_write("type", bytes_of("{}"), signatures, 2, &json);
    assert_string_equal(
        (char *)json.data,
        "{\"payload\":\"e30=\",\"payloadType\":\"type\",\"signatures\":[{\"sig\":"
        "\"Zmlyc3Q=\"},{\"keyid\":\"key\\u003c1\\u003e\",\"sig\":\"c2Vjb25k/w==\"}]}");
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO(wb_dsse_envelope) *envelope = wb_dsse_read(wb_buffer_bytes(&json), &err);
    assert_non_null(envelope);
    assert_string_equal(envelope->payload_type, "type");
    assert_int_equal(envelope->signature_count, 2);
    assert_null(envelope->signatures[0].key_id);
    assert_string_equal(envelope->signatures[1].key_id, "key<1>");
    assert_memory_equal(envelope->signatures[1].signature.data, "second\xff", 7);
}

static void damaged_envelopes_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "[]",
        "{}",
        "{\"payload\":\"e30=\",\"payloadType\":\"t\",\"signatures\":[]}",
        "{\"payload\":\"e30\",\"payloadType\":\"t\",\"signatures\":[{\"sig\":\"AA==\"}]}",
        "{\"payload\":\"e31=\",\"payloadType\":\"t\",\"signatures\":[{\"sig\":\"AA==\"}]}",
        "{\"payload\":\"e30=\",\"payloadType\":\"\",\"signatures\":[{\"sig\":\"AA==\"}]}",
        "{\"payload\":\"e30=\",\"payloadType\":\"t\",\"signatures\":[{\"sig\":\"\"}]}",
        "{\"payload\":\"e30=\",\"payloadType\":\"t\",\"signatures\":[{}]}",
        "{\"payload\":\"e30=\",\"payloadType\":\"t\",\"signatures\":{\"sig\":\"AA==\"}}",
        "{\"payload\":\"e30=\",\"payload\":\"e30=\",\"payloadType\":\"t\",\"signatures\":[{\"sig\":"
        "\"AA==\"}]}",
        "{\"payload\":\"e30=\",\"payloadType\":\"t\",\"signatures\":[{\"sig\":\"AA==\"}]} x",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct wb_error err = WB_ERROR_INIT;
        WB_AUTO(wb_dsse_envelope) *envelope = wb_dsse_read(bytes_of(bad[i]), &err);
        if (envelope != NULL)
            fail_msg("taken: %s", bad[i]);
        assert_int_equal(err.status, WB_BAD_INPUT);
    }
}

/* ---- statements ---- */

static void a_statement_reads_back(void **state)
{
    (void)state;
    struct wb_statement_pair digest = {
        "sha256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"};
    struct wb_statement_subject subject = {.name = "a&b", .digests = &digest, .digest_count = 1};
    WB_AUTO_VALUE(wb_buffer) json = {0};
    wb_statement_write(&subject, 1, false, "https://example.org/p", bytes_of("{\"x\": 1.50}"),
                       &json);
    assert_string_equal((char *)json.data,
                        "{\"_type\":\"https://in-toto.io/Statement/v1\",\"subject\":[{\"name\":"
                        "\"a\\u0026b\",\"digest\":{\"sha256\":"
                        "\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"}}],"
                        "\"predicateType\":\"https://example.org/p\",\"predicate\":{\"x\": 1.50}}");
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO(wb_statement) *statement = wb_statement_read(wb_buffer_bytes(&json), &err);
    assert_non_null(statement);
    struct wb_digest abc;
    assert_true(wb_digest_bytes(WB_DIGEST_SHA256, bytes_of("abc"), &abc, &err));
    assert_ptr_equal(wb_statement_subject_of(statement, &abc), &statement->subjects[0]);
    abc.bytes[0] ^= 1;
    assert_null(wb_statement_subject_of(statement, &abc));
}

static void damaged_statements_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "{\"_type\":\"https://in-toto.io/Statement/"
        "v2\",\"subject\":[{\"digest\":{\"sha256\":\"00\"}}],"
        "\"predicateType\":\"p\"}",
        "{\"_type\":\"https://in-toto.io/Statement/v1\",\"subject\":[],\"predicateType\":\"p\"}",
        "{\"_type\":\"https://in-toto.io/Statement/v1\",\"subject\":[{\"name\":\"by name alone\"}],"
        "\"predicateType\":\"p\"}",
        "{\"_type\":\"https://in-toto.io/Statement/"
        "v1\",\"subject\":[{\"digest\":{\"sha256\":\"AB\"}}],"
        "\"predicateType\":\"p\"}",
        "{\"_type\":\"https://in-toto.io/Statement/v1\",\"subject\":[{\"digest\":{\"sha256\":1}}],"
        "\"predicateType\":\"p\"}",
        "{\"_type\":\"https://in-toto.io/Statement/"
        "v1\",\"subject\":[{\"digest\":{\"sha256\":\"00\"}}]}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct wb_error err = WB_ERROR_INIT;
        WB_AUTO(wb_statement) *statement = wb_statement_read(bytes_of(bad[i]), &err);
        if (statement != NULL)
            fail_msg("taken: %s", bad[i]);
        assert_int_equal(err.status, WB_BAD_INPUT);
    }
}

static void predicate_types_by_name_or_uri(void **state)
{
    (void)state;
    assert_string_equal(wb_predicate_type("spdxjson"), "https://spdx.dev/Document");
    assert_string_equal(wb_predicate_type("slsaprovenance1"), "https://slsa.dev/provenance/v1");
    assert_string_equal(wb_predicate_type("https://example.org/x"), "https://example.org/x");
    assert_null(wb_predicate_type("spdxxml"));
    assert_null(wb_predicate_type("two words: x"));
    assert_null(wb_predicate_type(":x"));
}

/* ---- simple signing ---- */

static void a_payload_has_cosigns_bytes(void **state)
{
    (void)state;
    struct wb_error err = WB_ERROR_INIT;
    struct wb_digest digest;
    assert_true(wb_digest_bytes(WB_DIGEST_SHA256, bytes_of("abc"), &digest, &err));
    const struct wb_statement_pair annotations[] = {{"z", "1"}, {"a", "<>"}};
    WB_AUTO_VALUE(wb_buffer) json = {0};
    wb_simple_signing_write("example.org/demo", &digest, annotations, 2, &json);
    assert_string_equal((char *)json.data,
                        "{\"critical\":{\"identity\":{\"docker-reference\":\"example.org/demo\"},"
                        "\"image\":{\"docker-manifest-digest\":\"sha256:"
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"},"
                        "\"type\":\"cosign container image signature\"},\"optional\":{\"a\":"
                        "\"\\u003c\\u003e\",\"z\":\"1\"}}");
    WB_AUTO(wb_simple_signing) *payload = wb_simple_signing_read(wb_buffer_bytes(&json), &err);
    assert_non_null(payload);
    assert_true(wb_digest_equal(&payload->manifest_digest, &digest));
    assert_int_equal(payload->annotation_count, 2);
    assert_string_equal(payload->annotations[0].value, "<>");
}

static void unknown_critical_members_are_refused(void **state)
{
    (void)state;
    static const char text[] =
        "{\"critical\":{\"identity\":{\"docker-reference\":\"x\"},\"image\":{\"docker-manifest-"
        "digest\":\"sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"},"
        "\"type\":\"cosign container image signature\",\"expires\":\"soon\"},\"optional\":null}";
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO(wb_simple_signing) *payload = wb_simple_signing_read(bytes_of(text), &err);
    assert_null(payload);
    assert_non_null(strstr(err.message, "expires"));
}

/* ---- bundles ---- */

static void a_bundle_reads_back(void **state)
{
    (void)state;
    struct wb_error err = WB_ERROR_INIT;
    struct wb_digest digest;
    assert_true(wb_digest_bytes(WB_DIGEST_SHA256, bytes_of("abc"), &digest, &err));
    const struct wb_bytes timestamps[] = {bytes_of("first"), bytes_of("second")};
    const struct wb_bundle_material material = {
        .certificate = bytes_of("DER"), .timestamps = timestamps, .timestamp_count = 2};
    WB_AUTO_VALUE(wb_buffer) json = {0};
    wb_bundle_write_message(&material, &digest, bytes_of("signature"), &json);
    WB_AUTO(wb_bundle) *bundle = wb_bundle_read(wb_buffer_bytes(&json), &err);
    if (bundle == NULL)
        fail_msg("%s", err.message);
    assert_int_equal(bundle->version, 3);
    assert_false(bundle->has_public_key);
    assert_int_equal(bundle->certificate_count, 1);
    assert_int_equal(bundle->timestamp_count, 2);
    assert_memory_equal(bundle->timestamps[1].data, "second", 6);
    assert_true(bundle->has_message_signature);
    assert_true(wb_digest_equal(&bundle->message_digest, &digest));
}

static void damaged_bundles_are_refused(void **state)
{
    (void)state;
    static const char head[] = "{\"mediaType\":\"" WB_BUNDLE_MEDIA_TYPE "\",";
    static const char *const bad[] = {
        "\"verificationMaterial\":{\"publicKey\":{}}}",
        "\"messageSignature\":{\"signature\":\"AA==\"}}",
        "\"verificationMaterial\":{},\"messageSignature\":{\"signature\":\"AA==\"}}",
        "\"verificationMaterial\":{\"publicKey\":{},\"certificate\":{\"rawBytes\":\"AA==\"}},"
        "\"messageSignature\":{\"signature\":\"AA==\"}}",
        "\"verificationMaterial\":{\"publicKey\":{\"other\":1}},\"messageSignature\":{"
        "\"signature\":"
        "\"AA==\"}}",
        "\"verificationMaterial\":{\"publicKey\":{}},\"messageSignature\":{\"signature\":\"AA==\","
        "\"messageDigest\":{\"algorithm\":\"SHA1\",\"digest\":\"AA==\"}}}",
        "\"verificationMaterial\":{\"publicKey\":{}},\"messageSignature\":{\"signature\":\"AA==\","
        "\"messageDigest\":{\"algorithm\":\"SHA2_256\",\"digest\":\"AA==\"}}}",
        "\"verificationMaterial\":{\"publicKey\":{}},\"messageSignature\":{\"signature\":\"AA==\"},"
        "\"extra\":1}",
        "\"verificationMaterial\":{\"x509CertificateChain\":{\"certificates\":[]}},"
        "\"messageSignature\":{\"signature\":\"AA==\"}}",
        "\"verificationMaterial\":{\"publicKey\":{},\"tlogEntries\":{}},\"messageSignature\":"
        "{\"signature\":\"AA==\"}}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct wb_error err = WB_ERROR_INIT;
        WB_AUTO_STRING text = wb_string_format("%s%s", head, bad[i]);
        WB_AUTO(wb_bundle) *bundle = wb_bundle_read(bytes_of(text), &err);
        if (bundle != NULL)
            fail_msg("taken: %s", text);
        assert_int_equal(err.status, WB_BAD_INPUT);
    }
}

/* ---- what cosign wrote ---- */

static bool load(const char *name, struct wb_buffer *content)
{
    const char *data = getenv("WAYBILL_TEST_DATA");
    WB_AUTO_STRING path =
        wb_string_format("%s/cosign/%s", data == NULL ? "../shared/data" : data, name);
    struct wb_error err = WB_ERROR_INIT;
    if (wb_file_read(AT_FDCWD, path, WB_ENVELOPE_SIZE_MAX, content, &err))
        return true;
    print_message("SKIPPED: %s (set WAYBILL_TEST_DATA)\n", err.message);
    return false;
}

/* Reads a bundle of cosign's and writes it again from its parts: the same bytes. */
static void check_bundle_bytes(const char *name)
{
    WB_AUTO_VALUE(wb_buffer) content = {0};
    if (!load(name, &content))
        skip();
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO(wb_bundle) *bundle = wb_bundle_read(wb_buffer_bytes(&content), &err);
    if (bundle == NULL)
        fail_msg("%s: %s", name, err.message);
    const struct wb_bundle_material material = {.key_hint = bundle->key_hint};
    WB_AUTO_VALUE(wb_buffer) again = {0};
    if (bundle->envelope != NULL) {
        WB_AUTO_VALUE(wb_buffer) envelope = {0};
        wb_dsse_write(bundle->envelope->payload_type, bundle->envelope->payload,
                      bundle->envelope->signatures, bundle->envelope->signature_count, &envelope);
        wb_bundle_write_envelope(&material, wb_buffer_bytes(&envelope), &again);
        WB_AUTO(wb_statement) *statement = wb_statement_read(bundle->envelope->payload, &err);
        assert_non_null(statement);
    } else {
        wb_bundle_write_message(&material, &bundle->message_digest, bundle->message_signature,
                                &again);
    }
    while (content.size > 0 && content.data[content.size - 1] == '\n')
        content.data[--content.size] = '\0';
    assert_string_equal((char *)again.data, (char *)content.data);
}

static void cosigns_bundles_are_written_alike(void **state)
{
    (void)state;
    static const char *const types[] = {"p256", "p384", "p521", "rsa3072", "ed25519"};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        /* On the stack: skip() leaves without cleaning up. */
        char blob[64], attestation[64];
        snprintf(blob, sizeof blob, "%s.blob.sigstore.json", types[i]);
        snprintf(attestation, sizeof attestation, "%s.attest.sigstore.json", types[i]);
        check_bundle_bytes(blob);
        check_bundle_bytes(attestation);
    }
}

static void cosigns_payload_is_written_alike(void **state)
{
    (void)state;
    static const char name[] = "saved-layout/blobs/sha256/"
                               "dbe1fac1aab485c6df784116a9c95613a00a504361a643afa3d481b01b38169f";
    WB_AUTO_VALUE(wb_buffer) content = {0};
    if (!load(name, &content))
        skip();
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO(wb_simple_signing) *payload = wb_simple_signing_read(wb_buffer_bytes(&content), &err);
    assert_non_null(payload);
    WB_AUTO_VALUE(wb_buffer) again = {0};
    wb_simple_signing_write(payload->docker_reference, &payload->manifest_digest,
                            payload->annotations, payload->annotation_count, &again);
    assert_string_equal((char *)again.data, (char *)content.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pae_is_as_specified),
        cmocka_unit_test(an_envelope_reads_back),
        cmocka_unit_test(damaged_envelopes_are_refused),
        cmocka_unit_test(a_statement_reads_back),
        cmocka_unit_test(damaged_statements_are_refused),
        cmocka_unit_test(predicate_types_by_name_or_uri),
        cmocka_unit_test(a_payload_has_cosigns_bytes),
        cmocka_unit_test(unknown_critical_members_are_refused),
        cmocka_unit_test(a_bundle_reads_back),
        cmocka_unit_test(damaged_bundles_are_refused),
        cmocka_unit_test(cosigns_bundles_are_written_alike),
        cmocka_unit_test(cosigns_payload_is_written_alike),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
