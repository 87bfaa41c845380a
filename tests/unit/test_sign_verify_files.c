/* SPDX-License-Identifier: Apache-2.0 */
/* Signing and verifying files together, and the bits of what carries signatures: none may change,
 * and what is signed must say what is asked for. */
#include "tests/unit/signed_layout.h"

#include <stdlib.h>
#include <string.h>

static const char artifact[] = "the file";
static const struct wb_verify_content file = {
    .fd = -1, .bytes = {(const uint8_t *)artifact, sizeof artifact - 1}};

static struct verdict verify_bundle(struct wb_bytes bundle, struct wb_key *key)
{
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO(wb_verify_report) *report = wb_verify_report_new();
    const struct wb_verify_demands demands = {.keys = &key, .key_count = 1};
    return conclude(wb_verify_blob_bundle(&file, bundle, &demands, report, &err), report, &err);
}

static struct verdict verify_signature(struct wb_bytes signature, struct wb_key *key)
{
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO(wb_verify_report) *report = wb_verify_report_new();
    const struct wb_verify_demands demands = {.keys = &key, .key_count = 1};
    return conclude(wb_verify_blob_signature(&file, signature, NULL, &demands, report, &err),
                    report, &err);
}

static struct verdict verify_attestation(struct wb_bytes attestation,
                                         const struct wb_verify_demands *demands)
{
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO(wb_verify_report) *report = wb_verify_report_new();
    return conclude(wb_verify_blob_attestation(&file, attestation, demands, report, &err), report,
                    &err);
}

static void sign_file(struct wb_key *key, struct wb_blob_signature *signature)
{
    struct wb_error err = WB_ERROR_INIT;
    const struct wb_signer signer = {.key = key};
    if (!wb_sign_blob(&signer, file.bytes, signature, &err))
        fail_msg("%s", err.message);
}

static void write_statement(const char *hex, struct wb_buffer *statement)
{
    struct wb_statement_pair digest = {"sha256", hex};
    const struct wb_statement_subject subject = {
        .name = "x", .digests = &digest, .digest_count = 1};
    wb_statement_write(&subject, 1, false, SLSA, (struct wb_bytes){NULL, 0}, statement);
}

static void file_statement(struct wb_buffer *statement)
{
    struct wb_digest digest;
    char hex[2 * WB_DIGEST_MAX_SIZE + 1];
    assert_true(wb_digest_bytes(WB_DIGEST_SHA256, file.bytes, &digest, NULL));
    write_statement(wb_hex_format(digest.bytes, 32, hex), statement);
}

static void algorithms_are_not_confused(void **state)
{
    (void)state;
    for (int i = 0; i < KEYS; i++) {
        WB_AUTO_VALUE(wb_blob_signature) signature = {0};
        sign_file(keys[i], &signature);
        WB_AUTO_VALUE(wb_buffer) text = {0};
        wb_base64_encode(wb_buffer_bytes(&signature.signature), &text);
        for (int j = 0; j < KEYS; j++) {
            struct wb_bytes raw = wb_buffer_bytes(&signature.signature);
            assert_true(verify_signature(raw, keys[j]).good == (i == j));
            assert_true(verify_signature(wb_buffer_bytes(&text), keys[j]).good == (i == j));
            assert_true(verify_bundle(wb_buffer_bytes(&signature.bundle), keys[j]).good ==
                        (i == j));
            if (i != j)
                assert_refused(verify_signature(raw, keys[j]), "");
        }
        assert_refused(verify_signature(wb_buffer_bytes(&signature.signature), stranger), "");
        /* Cut short, or with bytes behind it. */
        struct wb_buffer *raw = &signature.signature;
        for (size_t size = 0; size < raw->size; size++)
            assert_false(verify_signature((struct wb_bytes){raw->data, size}, keys[i]).good);
        wb_buffer_append(raw, "", 1);
        assert_false(verify_signature(wb_buffer_bytes(raw), keys[i]).good);
    }
}

/* Every single bit of the text, and every shorter text. */
static void flip_all(const struct wb_buffer *text, bool attestation, struct wb_key *key)
{
    const struct wb_verify_demands demands = {.keys = &key, .key_count = 1};
    struct wb_bytes whole = wb_buffer_bytes(text);
    assert_true(attestation ? verify_attestation(whole, &demands).good
                            : verify_bundle(whole, key).good);
    for (size_t i = 0; i < text->size * 8; i++) {
        text->data[i / 8] ^= (uint8_t)(1 << i % 8);
        if (attestation ? verify_attestation(whole, &demands).good : verify_bundle(whole, key).good)
            fail_msg("bit %zu of byte %zu may be changed: %.*s", i % 8, i / 8, (int)text->size,
                     (const char *)text->data);
        text->data[i / 8] ^= (uint8_t)(1 << i % 8);
    }
    for (size_t size = 0; size < text->size; size++) {
        struct wb_bytes cut = {text->data, size};
        assert_false(attestation ? verify_attestation(cut, &demands).good
                                 : verify_bundle(cut, key).good);
    }
}

static void no_bit_of_a_bundle_or_envelope_may_change(void **state)
{
    (void)state;
    static const int chosen[] = {P256, ED25519};
    struct wb_error err = WB_ERROR_INIT;
    for (size_t i = 0; i < 2; i++) {
        struct wb_key *key = keys[chosen[i]];
        WB_AUTO_VALUE(wb_blob_signature) signature = {0};
        sign_file(key, &signature);
        flip_all(&signature.bundle, false, key);
        WB_AUTO_VALUE(wb_buffer) statement = {0};
        WB_AUTO_VALUE(wb_statement_signature) attested = {0};
        file_statement(&statement);
        const struct wb_signer signer = {.key = key};
        assert_true(wb_sign_statement(&signer, wb_buffer_bytes(&statement), &attested, &err));
        flip_all(&attested.bundle, true, key);
        flip_all(&attested.envelope, true, key);
    }
}

/* The payload of the older form and the signature beside it. */
static void no_bit_of_a_simple_signature_may_change(void **state)
{
    (void)state;
    struct memory memory = {0};
    WB_AUTO(wb_layout) *made = one_image(&memory);
    assert_true(wb_layout_commit(made, NULL));
    WB_AUTO_STRING index = wb_string_copy((const char *)memory.index.data);
    size_t count = memory.count;
    struct wb_error err = WB_ERROR_INIT;
    struct wb_key *key = keys[ED25519];
    WB_AUTO_VALUE(wb_buffer) both = {0};
    WB_AUTO_VALUE(wb_buffer) signature = {0};
    wb_simple_signing_write("x", &target_of(made)->digest, NULL, 0, &both);
    size_t payload_size = both.size;
    assert_true(wb_key_sign(key, wb_buffer_bytes(&both), &signature, &err));
    wb_base64_encode(wb_buffer_bytes(&signature), &both);
    for (size_t i = 0; i <= both.size * 8; i++) {
        if (i < both.size * 8)
            both.data[i / 8] ^= (uint8_t)(1 << i % 8);
        WB_AUTO(wb_layout) *layout = open_layout(&memory, NULL);
        struct wb_name_value annotation = {"dev.cosignproject.cosign/signature",
                                           (const char *)both.data + payload_size};
        /* What is not UTF-8 cannot be an annotation. */
        if (wb_utf8_valid(annotation.value, strlen(annotation.value))) {
            assert_true(
                wb_attach_layer(layout, target_of(layout), ".sig", WB_SIMPLE_SIGNING_MEDIA_TYPE,
                                (struct wb_bytes){both.data, payload_size}, &annotation, 1, &err));
            if (verify(layout, false, key).good != (i == both.size * 8))
                fail_msg("bit %zu of byte %zu", i % 8, i / 8);
        }
        if (i < both.size * 8)
            both.data[i / 8] ^= (uint8_t)(1 << i % 8);
        memory_rewind(&memory, count, index);
    }
    memory_clear(&memory);
}

/* ---- envelopes ---- */

static void write_envelope(const char *type, struct wb_bytes payload, struct wb_key *const *signers,
                           size_t count, size_t bad, struct wb_buffer *envelope)
{
    struct wb_buffer signatures[4] = {{0}};
    struct wb_dsse_signature list[4] = {{0}};
    WB_AUTO_VALUE(wb_buffer) encoding = {0};
    wb_dsse_pae(type, payload, &encoding);
    for (size_t i = 0; i < count; i++) {
        assert_true(wb_key_sign(signers[i], wb_buffer_bytes(&encoding), &signatures[i], NULL));
        if (i == bad)
            signatures[i].data[signatures[i].size - 1] ^= 1;
        list[i].signature = wb_buffer_bytes(&signatures[i]);
    }
    wb_dsse_write(type, payload, list, count, envelope);
    for (size_t i = 0; i < count; i++)
        wb_buffer_clear(&signatures[i]);
}

static void envelopes_with_several_signatures_count_each(void **state)
{
    (void)state;
    struct wb_key *signers[] = {keys[P256], keys[RSA], keys[P256]};
    WB_AUTO_VALUE(wb_buffer) statement = {0};
    WB_AUTO_VALUE(wb_buffer) good = {0};
    WB_AUTO_VALUE(wb_buffer) bad = {0};
    WB_AUTO_VALUE(wb_buffer) twice = {0};
    file_statement(&statement);
    struct wb_bytes payload = wb_buffer_bytes(&statement);
    write_envelope(WB_IN_TOTO_PAYLOAD_TYPE, payload, signers, 2, 9, &good);
    write_envelope(WB_IN_TOTO_PAYLOAD_TYPE, payload, signers, 2, 1, &bad);
    write_envelope(WB_IN_TOTO_PAYLOAD_TYPE, payload, (struct wb_key *[]){keys[P256], keys[P256]}, 2,
                   9, &twice);
    struct wb_verify_demands demands = {.keys = keys, .key_count = KEYS, .threshold = 2};
    assert_good(verify_attestation(wb_buffer_bytes(&good), &demands), 2);
    assert_refused(verify_attestation(wb_buffer_bytes(&bad), &demands), "1 of the 2");
    assert_refused(verify_attestation(wb_buffer_bytes(&twice), &demands), "1 of the 2");
    demands.threshold = 0;
    assert_good(verify_attestation(wb_buffer_bytes(&good), &demands), 2);
    assert_good(verify_attestation(wb_buffer_bytes(&bad), &demands), 1);
}

static void wrong_statements_are_refused_though_signed(void **state)
{
    (void)state;
    static const char zeros[] = "0000000000000000000000000000000000000000000000000000000000000000";
    const struct wb_verify_demands demands = {.keys = &keys[P256], .key_count = 1};
    WB_AUTO_VALUE(wb_buffer) statement = {0};
    WB_AUTO_VALUE(wb_buffer) other = {0};
    WB_AUTO_VALUE(wb_buffer) envelope = {0};
    file_statement(&statement);
    write_statement(zeros, &other);
    write_envelope(WB_IN_TOTO_PAYLOAD_TYPE, wb_buffer_bytes(&other), &keys[P256], 1, 9, &envelope);
    assert_refused(verify_attestation(wb_buffer_bytes(&envelope), &demands), zeros);
    envelope.size = 0;
    write_envelope("application/json", wb_buffer_bytes(&statement), &keys[P256], 1, 9, &envelope);
    assert_refused(verify_attestation(wb_buffer_bytes(&envelope), &demands), "its payload type is");
    /* The payload signed as another type than it is sent as. */
    uint8_t *type = memmem(envelope.data, envelope.size, "application/json", 16);
    memcpy(type, "application/jsom", 16);
    assert_false(verify_attestation(wb_buffer_bytes(&envelope), &demands).good);
    static const char *const endings[] = {"x", "{}", ",\"subject\":[]}"};
    for (size_t i = 0; i < 3; i++) {
        WB_AUTO_VALUE(wb_buffer) changed = {0};
        wb_buffer_append(&changed, statement.data, statement.size - (i == 2 ? 1 : 0));
        wb_buffer_append_text(&changed, endings[i]);
        envelope.size = 0;
        write_envelope(WB_IN_TOTO_PAYLOAD_TYPE, wb_buffer_bytes(&changed), &keys[P256], 1, 9,
                       &envelope);
        struct verdict verdict = verify_attestation(wb_buffer_bytes(&envelope), &demands);
        assert_false(verdict.good);
        assert_non_null(strstr(verdict.err.message, "statement"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(algorithms_are_not_confused),
        cmocka_unit_test(no_bit_of_a_bundle_or_envelope_may_change),
        cmocka_unit_test(no_bit_of_a_simple_signature_may_change),
        cmocka_unit_test(envelopes_with_several_signatures_count_each),
        cmocka_unit_test(wrong_statements_are_refused_though_signed),
    };
    return cmocka_run_group_tests(tests, make_keys, free_keys);
}
