/* SPDX-License-Identifier: Apache-2.0 */
/* Files signed with certificates: who is believed. */
#include "tests/unit/certified_signer.h"

static void the_certificates_holder_is_believed_and_nobody_else(void **state)
{
    (void)state;
    struct scene scene = begin(CERTIFIED_LEAF, CERTIFIED_LEAF);
    WB_AUTO_VALUE(wb_buffer) bundle = {0};
    sign_file(&scene, &bundle);
    check_file(&scene, &bundle, WB_OK, NULL);
    scene.demands.identity = "release@example.tes";
    check_file(&scene, &bundle, WB_CHECK_FAILED, "not for whom");
    scene.demands.identity = NULL;
    check_file(&scene, &bundle, WB_USAGE, "--certificate-identity");
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
        check_file(&scene, &bundle, WB_CHECK_FAILED, patterns[i].matches ? NULL : "not for whom");
    }
    scene.demands.identity_regexp = "(";
    check_file(&scene, &bundle, WB_USAGE, "no regular expression");
    scene.demands.identity_regexp = NULL;
    scene.demands.identity = WHO;
    scene.demands.issuer = "https://issuer.test";
    check_file(&scene, &bundle, WB_CHECK_FAILED, "OIDC issuer");
    end(&scene);
}

static void paths_must_lead_to_the_root(void **state)
{
    (void)state;
    struct scene scene = begin(CERTIFIED_LEAF, CERTIFIED_LEAF);
    WB_AUTO_VALUE(wb_buffer) bundle = {0};
    sign_file(&scene, &bundle);
    scene.demands.intermediates = NULL;
    check_file(&scene, &bundle, WB_CHECK_FAILED, "certificate");
    scene.demands.intermediates = scene.middle;
    scene.demands.now = NOW + 11 * DAY;
    check_file(&scene, &bundle, WB_CHECK_FAILED, "expired");
    scene.demands.now = NOW - 11 * DAY;
    check_file(&scene, &bundle, WB_CHECK_FAILED, "not valid before");
    scene.demands.now = NOW;
    scene.demands.roots = NULL;
    check_file(&scene, &bundle, WB_CHECK_FAILED, "no roots were given");
    /* With the key itself no certificate is needed; with another one nothing holds. */
    scene.demands.keys = &certified_keys[CERTIFIED_LEAF];
    scene.demands.key_count = 1;
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO(wb_verify_report) *report = wb_verify_report_new();
    assert_true(wb_verify_blob_bundle(&signed_file, wb_buffer_bytes(&bundle), &scene.demands,
                                      report, &err));
    scene.demands.keys = &certified_keys[CERTIFIED_STRANGER];
    check_file(&scene, &bundle, WB_CHECK_FAILED, "does not hold");
    end(&scene);

    scene = begin(CERTIFIED_WRONG_USE, CERTIFIED_WRONG_USE);
    bundle.size = 0;
    sign_file(&scene, &bundle);
    check_file(&scene, &bundle, WB_CHECK_FAILED, "key usage is not code signing");
    end(&scene);

    scene = begin(CERTIFIED_STRANGER, CERTIFIED_STRANGER);
    bundle.size = 0;
    sign_file(&scene, &bundle);
    check_file(&scene, &bundle, WB_CHECK_FAILED, "certificate");
    end(&scene);
}

static void a_certificate_of_another_key_is_not_signed_with(void **state)
{
    (void)state;
    struct scene scene = begin(CERTIFIED_STRANGER, CERTIFIED_LEAF);
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO_VALUE(wb_blob_signature) signature = {0};
    assert_false(wb_sign_blob(&scene.signer, signed_file.bytes, &signature, &err));
    assert_int_equal(err.status, WB_BAD_INPUT);
    assert_non_null(strstr(err.message, "another key"));
    /* A bundle whose certificate was exchanged for another good one does not verify. */
    scene.signer.certificates = NULL;
    WB_AUTO_VALUE(wb_buffer) bundle = {0};
    sign_file(&scene, &bundle);
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
    check_file(&scene, &changed, WB_CHECK_FAILED, "does not hold");
    end(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_certificates_holder_is_believed_and_nobody_else),
        cmocka_unit_test(paths_must_lead_to_the_root),
        cmocka_unit_test(a_certificate_of_another_key_is_not_signed_with),
    };
    return cmocka_run_group_tests(tests, make_authorities, discard_authorities);
}
