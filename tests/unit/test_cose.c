/* SPDX-License-Identifier: Apache-2.0 */
/* COSE_Sign1: what is signed holds under its key alone, and no bit of it can change. */
#include "base/cbor_reader.h"
#include "sign/sign.h"
#include "verify/verify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct wb_bytes payload = {(const uint8_t *)"\xa1\x00\x61t", 4};

static struct wb_key *make_key(enum wb_key_algorithm algorithm)
{
    struct wb_error err = WB_ERROR_INIT;
    struct wb_key *key = wb_key_generate(algorithm, 2048, &err);
    assert_non_null(key);
    return key;
}

static void sign_with(const struct wb_key *key, struct wb_buffer *message)
{
    struct wb_error err = WB_ERROR_INIT;
    const struct wb_signer signer = {.key = key};
    assert_true(wb_sign_cose(&signer, payload, WB_COSWID_MEDIA_TYPE, message, &err));
}

static bool holds(struct wb_bytes message, struct wb_key *key, struct wb_error *err)
{
    struct wb_key *keys[] = {key};
    const struct wb_verify_demands demands = {.keys = keys, .key_count = 1};
    struct wb_cose_content content;
    WB_AUTO(wb_verify_report) *report = wb_verify_report_new();
    if (!wb_verify_cose(message, &demands, report, &content, err))
        return false;
    assert_int_equal(content.payload.size, payload.size);
    assert_memory_equal(content.payload.data, payload.data, payload.size);
    assert_string_equal(content.content_type, WB_COSWID_MEDIA_TYPE);
    assert_string_equal(report->proofs[0].form, "cose");
    return true;
}

static const enum wb_key_algorithm all[] = {WB_KEY_ECDSA_P256, WB_KEY_ECDSA_P384, WB_KEY_ECDSA_P521,
                                            WB_KEY_RSA, WB_KEY_ED25519};
#define ALL_COUNT (sizeof all / sizeof all[0])

static void every_kind_of_key(void **state)
{
    (void)state;
    WB_AUTO(wb_key) *other = make_key(WB_KEY_ECDSA_P256);
    for (size_t i = 0; i < ALL_COUNT; i++) {
        WB_AUTO(wb_key) *key = make_key(all[i]);
        WB_AUTO_VALUE(wb_buffer) message = {0};
        struct wb_error err = WB_ERROR_INIT;
        sign_with(key, &message);
        assert_true(wb_cose_recognises(wb_buffer_bytes(&message)));
        assert_true(holds(wb_buffer_bytes(&message), key, &err));
        assert_false(holds(wb_buffer_bytes(&message), other, &err));
        assert_int_equal(err.status, WB_CHECK_FAILED);
    }
}

/* ECDSA signatures are random, so that r and s come with leading zeros now and then. */
static void many_ecdsa_signatures(void **state)
{
    (void)state;
    WB_AUTO(wb_key) *key = make_key(WB_KEY_ECDSA_P521);
    for (int i = 0; i < 64; i++) {
        WB_AUTO_VALUE(wb_buffer) message = {0};
        struct wb_error err = WB_ERROR_INIT;
        sign_with(key, &message);
        assert_true(holds(wb_buffer_bytes(&message), key, &err));
    }
}

static void every_bit_counts(void **state)
{
    (void)state;
    WB_AUTO(wb_key) *key = make_key(WB_KEY_ED25519);
    WB_AUTO_VALUE(wb_buffer) message = {0};
    sign_with(key, &message);
    for (size_t i = 0; i < message.size * 8; i++) {
        struct wb_error err = WB_ERROR_INIT;
        message.data[i / 8] ^= (uint8_t)(1u << (i % 8));
        assert_false(holds(wb_buffer_bytes(&message), key, &err));
        assert_int_not_equal(err.message[0], '\0');
        message.data[i / 8] ^= (uint8_t)(1u << (i % 8));
    }
    for (size_t size = 0; size < message.size; size++) {
        struct wb_error err = WB_ERROR_INIT;
        assert_false(holds((struct wb_bytes){message.data, size}, key, &err));
    }
    struct wb_error err = WB_ERROR_INIT;
    wb_buffer_append(&message, "", 1);
    assert_false(holds(wb_buffer_bytes(&message), key, &err));
}

/* ---- headers ---- */

static void refused(const char *bytes, size_t size, const char *reason)
{
    WB_AUTO(wb_key) *key = make_key(WB_KEY_ED25519);
    struct wb_error err = WB_ERROR_INIT;
    assert_false(holds((struct wb_bytes){(const uint8_t *)bytes, size}, key, &err));
    if (strstr(err.message, reason) == NULL)
        fail_msg("%s, not %s", err.message, reason);
}
#define REFUSED(bytes, reason) refused(bytes, sizeof bytes - 1, reason)

static void headers_that_are_refused(void **state)
{
    (void)state;
    REFUSED("\xd2\x84\x43\xa1\x01\x27\xa0\xf6\x40", "detached");
    REFUSED("\xd2\x84\x40\xa0\x41x\x40", "not a map");
    REFUSED("\xd2\x84\x41\xa0\xa0\x41x\x40", "states no algorithm");
    REFUSED("\xd2\x84\x41\xa0\xa1\x01\x27\x41x\x40", "not in the protected header");
    REFUSED("\xd2\x84\x47\xa2\x01\x27\x02\x81\x18\x2a\xa0\x41x\x40", "critical");
    REFUSED("\xd2\x84\x43\xa1\x01\x27\xa2\x04\x41k\x04\x41k\x41x\x40", "twice");
    REFUSED("\xd2\x84\x45\xa2\x01\x27\x03\x00\xa1\x03\x00\x41x\x40", "twice");
    REFUSED("\xd2\x84\x44\xa1\x01\x38\x27\xa0\x41x\x40", "algorithm -40 is not supported");
    REFUSED("\xd2\x84\x43\xa1\x01\x26\xa0\x41x\x40", "another kind of key");
    REFUSED("\xd2\x84\x44\xa1\x01\x38\x07\xa0\x41x\x40", "registered numbers"); /* not shortest */
    REFUSED("\xd2\x9f\x43\xa1\x01\x27\xa0\x41x\x40\xff", "array of four"); /* indefinite length */
    REFUSED("\xd2\x83\x43\xa1\x01\x27\xa0\x41x", "array of four");
}

/* ---- the reader ---- */

static bool skips(const char *bytes, size_t size)
{
    struct wb_cbor_reader reader = {.bytes = {(const uint8_t *)bytes, size}};
    return wb_cbor_skip(&reader, NULL) && wb_cbor_ended(&reader);
}
#define SKIPS(bytes) skips(bytes, sizeof bytes - 1)

static void deterministic_encoding_alone(void **state)
{
    (void)state;
    assert_true(SKIPS("\x18\x18"));
    assert_false(SKIPS("\x18\x17"));
    assert_false(SKIPS("\x19\x00\xff"));
    assert_true(SKIPS("\x1b\x00\x00\x00\x01\x00\x00\x00\x00"));
    assert_false(SKIPS("\x1b\x00\x00\x00\x00\xff\xff\xff\xff"));
    assert_true(SKIPS("\xa2\x01\x02\x18\x64\x02"));
    assert_false(SKIPS("\xa2\x18\x64\x02\x01\x02"));
    assert_false(SKIPS("\xa2\x01\x02\x01\x03"));
    assert_false(SKIPS("\x5f\x41x\xff"));
    assert_false(SKIPS("\x9b\xff\xff\xff\xff\xff\xff\xff\xff\x00"));
    assert_false(SKIPS("\x5b\xff\xff\xff\xff\xff\xff\xff\xffx"));
    assert_false(SKIPS("\x62\xc3\x28"));
    assert_false(SKIPS("\xf8\x14"));
    assert_true(SKIPS("\xf8\x20"));
    assert_true(SKIPS("\xfb\x3f\xf1\x99\x99\x99\x99\x99\x9a"));
    assert_false(SKIPS("\x1c"));
    char deep[64];
    memset(deep, '\x81', sizeof deep);
    deep[31] = 0;
    assert_true(skips(deep, 32));
    deep[31] = '\x81';
    deep[40] = 0;
    assert_false(skips(deep, 41));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_key),
        cmocka_unit_test(many_ecdsa_signatures),
        cmocka_unit_test(every_bit_counts),
        cmocka_unit_test(headers_that_are_refused),
        cmocka_unit_test(deterministic_encoding_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
