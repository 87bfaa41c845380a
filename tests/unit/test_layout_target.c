/* SPDX-License-Identifier: Apache-2.0 */
/* What a reference to an OCI layout means. */
#include "tests/unit/layout_fixture.h"

/* ---- what a reference means ---- */

static void assert_no_target(const struct fixture *fixture, const char *tag, enum wb_status status,
                             const char *message)
{
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO(wb_layout) *layout = open_good(fixture, tag, WB_LAYOUT_READ);
    assert_null(wb_layout_target(layout, &err));
    assert_error(&err, status, message);
}

/* The inventory of the same reference must be of the same image. */
static void assert_image(const struct fixture *fixture, const char *digest)
{
    struct wb_error err = WB_ERROR_INIT;
    struct wb_image_options options = {0};
    struct wb_platform amd64 = {.os = "linux", .architecture = "amd64"};
    options.platform = &amd64;
    WB_AUTO_VALUE(wb_reference) reference = {0};
    assert_true(wb_reference_parse(fixture->reference, &reference, &err));
    WB_AUTO(wb_image_set) *set = wb_image_set_open(&reference, &options, &err);
    if (set == NULL)
        fail_msg("%s", err.message);
    assert_string_equal(wb_image_describe(wb_image_set_get(set, 0))->manifest_digest, digest);
}

static void check_targets(bool is_archive)
{
    struct fixture *fixture = begin(is_archive);
    const struct blob *one = put_image(fixture, "one", "");
    const struct blob *two = put_image(fixture, "two", "");
    const struct blob *nested = put_image(fixture, "nested", "");
    WB_AUTO_STRING index = wb_string_format(
        "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"" MANIFEST_TYPE "\",\"digest\":"
        "\"%s\",\"size\":%zu,\"platform\":{\"os\":\"linux\",\"architecture\":\"arm64\"}}]}",
        nested->digest, nested->data.size);
    const struct blob *several = put_text(fixture, index);
    list(fixture, MANIFEST_TYPE, one, ",\"annotations\":{\"" REF_NAME "\":\"v1\"}");
    list(fixture, MANIFEST_TYPE, two,
         ",\"annotations\":{\"" REF_NAME "\":\"registry.test:5000/a/b:v2\"}");
    list(fixture, INDEX_TYPE, several, ",\"annotations\":{\"" REF_NAME "\":\"all\"}");
    finish(fixture, "");
    assert_target(fixture, ":v1", one->digest);
    assert_target(fixture, ":v2", two->digest);
    assert_target(fixture, ":all", several->digest);
    WB_AUTO_STRING listed = wb_string_format("@%s", two->digest);
    WB_AUTO_STRING below = wb_string_format("@%s", nested->digest);
    WB_AUTO_STRING layer = wb_string_format("@%s", fixture->blobs[0].digest);
    assert_target(fixture, listed, two->digest);
    assert_target(fixture, below, nested->digest);
    assert_no_target(fixture, layer, WB_BAD_INPUT, "no image has the digest sha256:");
    assert_no_target(fixture, ":v3", WB_BAD_INPUT, "no image is tagged `v3`; there is v1, ");
    assert_no_target(fixture, ":2", WB_BAD_INPUT, "no image is tagged `2`");
    assert_no_target(fixture, "", WB_BAD_INPUT, "there are several images: add one of the tags v1");
    end(fixture);
}

static void a_target_is_found_by_tag_and_digest(void **state)
{
    (void)state;
    check_targets(false);
    check_targets(true);
}

static void artifacts_are_not_the_image(void **state)
{
    (void)state;
    static const char *const extras[] = {
        ",\"artifactType\":\"application/x-test\"",
        ",\"annotations\":{\"kind\":\"dev.cosignproject.cosign/sigs\"}",
        ",\"annotations\":{\"kind\":\"dev.cosignproject.cosign/atts\"}",
        ",\"annotations\":{\"" REF_NAME "\":\"sha256-0123456789abcdef0123456789abcdef"
        "0123456789abcdef0123456789abcdef.sig\"}",
        ",\"annotations\":{\"" REF_NAME "\":\"registry.test/x:sha256-0123456789abcdef0123456789"
        "abcdef0123456789abcdef0123456789abcdef.sbom\"}",
        ",\"annotations\":{\"" REF_NAME "\":\"sha256-0123456789abcdef0123456789abcdef"
        "0123456789abcdef0123456789abcdef\"}",
        ",\"platform\":{\"os\":\"unknown\",\"architecture\":\"unknown\"}",
        "", /* only its manifest tells */
        ",\"annotations\":{\"" REF_NAME "\":\"some-name\"}",
    };
    struct fixture *fixture = begin(false);
    const struct blob *image = put_image(fixture, "one", "");
    for (size_t i = 0; i < sizeof extras / sizeof extras[0]; i++) {
        WB_AUTO_STRING note = wb_string_format("%zu", i);
        list(fixture, MANIFEST_TYPE, put_artifact(fixture, note, image->digest), extras[i]);
    }
    list(fixture, MANIFEST_TYPE, image, ",\"annotations\":{\"" REF_NAME "\":\"v1\"}");
    finish(fixture, "");
    assert_target(fixture, "", image->digest);
    assert_target(fixture, ":some-name", fixture->blobs[fixture->blob_count - 1].digest);
    assert_image(fixture, image->digest);
    end(fixture);
}

static void a_layout_of_artifacts_has_no_image(void **state)
{
    (void)state;
    struct fixture *fixture = begin(false);
    list(fixture, MANIFEST_TYPE,
         put_artifact(fixture, "a",
                      "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310"
                      "c060f61caaff8a"),
         ",\"artifactType\":\"application/x-test\"");
    finish(fixture, "");
    assert_no_target(fixture, "", WB_BAD_INPUT, "lists no image");
    end(fixture);
}

static void what_is_no_layout_is_refused(void **state)
{
    (void)state;
    struct wb_error err = WB_ERROR_INIT;
    struct fixture *fixture = begin(false);
    assert_null(open_layout(fixture, "", WB_LAYOUT_READ, &err));
    assert_error(&err, WB_SYSTEM, "cannot open");
    assert_int_equal(mkdir(fixture->path, 0700), 0);
    assert_null(open_layout(fixture, "", WB_LAYOUT_READ, &err));
    assert_error(&err, WB_BAD_INPUT, "it has no oci-layout");
    WB_AUTO_VALUE(wb_reference) reference = {0};
    WB_AUTO_STRING text = wb_string_format("docker-archive:%s", fixture->path);
    assert_true(wb_reference_parse(text, &reference, &err));
    assert_null(wb_layout_open(&reference, WB_LAYOUT_READ, &err));
    assert_error(&err, WB_USAGE, "oci:DIR or oci-archive:FILE");
    end(fixture);

    fixture = begin(true);
    list(fixture, MANIFEST_TYPE, put_image(fixture, "one", ""), "");
    WB_AUTO_STRING index = wb_string_format("{\"schemaVersion\":2,\"manifests\":[%s]}",
                                            (const char *)fixture->index.data);
    write_archive(fixture, index, true);
    assert_null(open_layout(fixture, "", WB_LAYOUT_WRITE, &err));
    assert_error(&err, WB_BAD_INPUT, "decompress it first");
    end(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_target_is_found_by_tag_and_digest),
        cmocka_unit_test(artifacts_are_not_the_image),
        cmocka_unit_test(a_layout_of_artifacts_has_no_image),
        cmocka_unit_test(what_is_no_layout_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
