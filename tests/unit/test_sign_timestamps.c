/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures with timestamps (RFC 3161): what they prove beyond the certificate's end. */
#include "tests/unit/certified_signer.h"

static void a_timestamp_keeps_a_signature_beyond_its_certificate(void **state)
{
    (void)state;
    struct stamper stamper = {.time = NOW - 45 * DAY};
    struct scene scene = begin(CERTIFIED_EXPIRED, CERTIFIED_EXPIRED);
    WB_AUTO_VALUE(wb_buffer) bundle = {0};
    sign_file(&scene, &bundle);
    check_file(&scene, &bundle, WB_CHECK_FAILED, "expired");
    scene.signer.timestamp = stamp;
    scene.signer.timestamp_context = &stamper;
    bundle.size = 0;
    sign_file(&scene, &bundle);
    /* Whose time it is must be known. */
    check_file(&scene, &bundle, WB_CHECK_FAILED, "expired");
    scene.demands.timestamp_roots = scene.roots;
    check_file(&scene, &bundle, WB_OK, NULL);
    scene.demands.timestamp_roots = scene.presented;
    check_file(&scene, &bundle, WB_CHECK_FAILED, "timestamp");
    scene.demands.timestamp_roots = scene.roots;
    /* A time at which the certificate was not valid is no better than none. */
    stamper.time = NOW - 20 * DAY;
    bundle.size = 0;
    sign_file(&scene, &bundle);
    check_file(&scene, &bundle, WB_CHECK_FAILED, "expired");
    /* Nobody attaches a timestamp of something else. */
    stamper.other_bytes = true;
    WB_AUTO_VALUE(wb_blob_signature) signature = {0};
    struct wb_error err = WB_ERROR_INIT;
    assert_false(wb_sign_blob(&scene.signer, signed_file.bytes, &signature, &err));
    assert_non_null(strstr(err.message, "another signature"));
    end(&scene);
}

static void every_timestamp_must_hold(void **state)
{
    (void)state;
    struct stamper good = {.time = NOW}, other = {.time = NOW, .other_bytes = true};
    struct scene scene = begin(CERTIFIED_LEAF, CERTIFIED_LEAF);
    scene.demands.timestamp_roots = scene.roots;
    WB_AUTO_VALUE(wb_buffer) signature = {0};
    WB_AUTO_VALUE(wb_buffer) der = {0};
    struct wb_buffer responses[2] = {{0}};
    struct wb_digest digest;
    assert_true(wb_digest_bytes(WB_DIGEST_SHA256, signed_file.bytes, &digest, NULL));
    assert_true(wb_key_sign_digest(certified_keys[CERTIFIED_LEAF], &digest, &signature, NULL));
    assert_true(wb_certificate_der(scene.presented, 0, &der, NULL));
    assert_true(stamp(&good, wb_buffer_bytes(&signature), &responses[0], NULL));
    assert_true(stamp(&other, wb_buffer_bytes(&signature), &responses[1], NULL));
    const struct wb_bytes timestamps[] = {wb_buffer_bytes(&responses[0]),
                                          wb_buffer_bytes(&responses[1])};
    struct wb_bundle_material material = {
        .certificate = wb_buffer_bytes(&der), .timestamps = timestamps, .timestamp_count = 1};
    WB_AUTO_VALUE(wb_buffer) bundle = {0};
    wb_bundle_write_message(&material, &digest, wb_buffer_bytes(&signature), &bundle);
    check_file(&scene, &bundle, WB_OK, NULL);
    material.timestamp_count = 2;
    bundle.size = 0;
    wb_bundle_write_message(&material, &digest, wb_buffer_bytes(&signature), &bundle);
    check_file(&scene, &bundle, WB_CHECK_FAILED, "timestamp");
    /* The same for a bare key: it has no validity, but what is offered must hold. */
    scene.demands.keys = &certified_keys[CERTIFIED_LEAF];
    scene.demands.key_count = 1;
    scene.demands.roots = NULL;
    check_file(&scene, &bundle, WB_CHECK_FAILED, "timestamp");
    wb_buffer_clear(&responses[0]);
    wb_buffer_clear(&responses[1]);
    end(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_timestamp_keeps_a_signature_beyond_its_certificate),
        cmocka_unit_test(every_timestamp_must_hold),
    };
    return cmocka_run_group_tests(tests, make_authorities, discard_authorities);
}
