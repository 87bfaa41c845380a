/* SPDX-License-Identifier: Apache-2.0 */
/* Which image of an index is meant. */
#include "tests/unit/image_files.h"

struct index_case {
    struct files files;
    struct made host, arm;
    char index[WB_DIGEST_TEXT_SIZE];
};

static void make_index(struct index_case *test)
{
    struct wb_platform host = wb_platform_host();
    test->host = put_image(&test->files, host.architecture, "", "");
    test->arm = put_image(&test->files, "mips64", "\"variant\":\"v3\",", "");
    WB_AUTO_STRING platform = wb_string_format(
        ",\"platform\":{\"os\":\"linux\",\"architecture\":\"%s\"}", host.architecture);
    WB_AUTO_STRING first =
        descriptor(MANIFEST_TYPE, test->host.manifest, test->host.manifest_size, platform);
    /* The platform of this one is in its config only. */
    WB_AUTO_STRING second =
        descriptor(MANIFEST_TYPE, test->arm.manifest, test->arm.manifest_size, "");
    WB_AUTO_STRING attestation =
        descriptor(MANIFEST_TYPE, test->host.layers[0], 1024,
                   ",\"platform\":{\"os\":\"unknown\",\"architecture\":\"unknown\"}");
    WB_AUTO_STRING inner = wb_string_format("{\"schemaVersion\":2,\"manifests\":[%s,%s,%s,%s]}",
                                            attestation, first, second, first);
    char inner_digest[WB_DIGEST_TEXT_SIZE];
    put_blob(&test->files, inner, strlen(inner), inner_digest);
    WB_AUTO_STRING nested = descriptor(INDEX_TYPE, inner_digest, strlen(inner), "");
    WB_AUTO_STRING outer =
        wb_string_format("{\"schemaVersion\":2,\"manifests\":[%s,%s]}", nested, nested);
    put_blob(&test->files, outer, strlen(outer), test->index);
    WB_AUTO_STRING entry = descriptor(INDEX_TYPE, test->index, strlen(outer), "");
    put_layout(&test->files, entry);
}

static void indexes_offer_platforms(void **state)
{
    (void)state;
    struct wb_error err = WB_ERROR_INIT;
    struct index_case test = {0};
    make_index(&test);
    struct wb_image_options options = {0};
    WB_AUTO(wb_image_set) *host = open_files(&test.files, &options, &err);
    if (host == NULL)
        fail_msg("%s", err.message);
    assert_int_equal(wb_image_set_count(host), 1);
    const struct wb_image_description *description = wb_image_describe(wb_image_set_get(host, 0));
    assert_string_equal(description->manifest_digest, test.host.manifest);
    assert_string_equal(description->index_digest, test.index);
    struct wb_platform wanted;
    assert_true(wb_platform_parse("linux/mips64", &wanted, &err));
    options.platform = &wanted;
    WB_AUTO(wb_image_set) *other = open_files(&test.files, &options, &err);
    assert_non_null(other);
    description = wb_image_describe(wb_image_set_get(other, 0));
    assert_string_equal(description->manifest_digest, test.arm.manifest);
    assert_string_equal(description->platform.variant, "v3");
    assert_true(wb_platform_parse("linux/vax", &wanted, &err));
    assert_null(open_files(&test.files, &options, &err));
    assert_message(&err, "no image for linux/vax; there is linux/");
    options = (struct wb_image_options){.all_platforms = true};
    WB_AUTO(wb_image_set) *all = open_files(&test.files, &options, &err);
    assert_non_null(all);
    assert_int_equal(wb_image_set_count(all), 2);
    files_clear(&test.files);
}

static void a_digest_may_name_a_nested_image(void **state)
{
    (void)state;
    struct wb_error err = WB_ERROR_INIT;
    struct wb_image_options options = {0};
    struct index_case test = {0};
    make_index(&test);
    char folder[] = "/tmp/waybill-layout-XXXXXX";
    assert_non_null(mkdtemp(folder));
    write_layout(&test.files, folder);
    WB_AUTO_STRING suffix = wb_string_format("@%s", test.arm.manifest);
    WB_AUTO(wb_image_set) *set = open_reference("oci", folder, suffix, &options, &err);
    if (set == NULL)
        fail_msg("%s", err.message);
    assert_string_equal(wb_image_describe(wb_image_set_get(set, 0))->manifest_digest,
                        test.arm.manifest);
    assert_null(open_reference("oci", folder, ":v7", &options, &err));
    assert_message(&err, "no image is tagged `v7`");
    remove_layout(&test.files, folder);
    files_clear(&test.files);
}

static void indexes_without_end_are_refused(void **state)
{
    (void)state;
    struct wb_error err = WB_ERROR_INIT;
    struct wb_image_options options = {0};
    struct files files = {0};
    struct made made = put_image(&files, "amd64", "", "");
    WB_AUTO_STRING entry = tagged(&made, "v1");
    for (int i = 0; i < 12; i++) {
        WB_AUTO_STRING index = wb_string_format("{\"schemaVersion\":2,\"manifests\":[%s]}", entry);
        char digest[WB_DIGEST_TEXT_SIZE];
        put_blob(&files, index, strlen(index), digest);
        free(entry);
        entry = descriptor(INDEX_TYPE, digest, strlen(index), "");
    }
    put_layout(&files, entry);
    assert_null(open_files(&files, &options, &err));
    assert_message(&err, "nested deeper");
    files_clear(&files);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(indexes_offer_platforms),
        cmocka_unit_test(a_digest_may_name_a_nested_image),
        cmocka_unit_test(indexes_without_end_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
