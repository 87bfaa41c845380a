/* SPDX-License-Identifier: Apache-2.0 */
/* An image signed with a certificate and a timestamp, in both forms. */
#include "tests/unit/certified_signer.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

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
    struct scene scene = begin(CERTIFIED_EXPIRED, CERTIFIED_EXPIRED);
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
        cmocka_unit_test(images_are_signed_with_certificates_in_both_forms),
    };
    return cmocka_run_group_tests(tests, make_authorities, discard_authorities);
}
