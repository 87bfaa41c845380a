/* SPDX-License-Identifier: Apache-2.0 */
/* Manifests that refer to another, wherever a layout records them. */
#include "tests/unit/layout_fixture.h"

/* ---- referrers ---- */

static void check_referrers(bool is_archive)
{
    struct fixture *fixture = begin(is_archive);
    const struct blob *image = put_image(fixture, "one", "");
    const struct blob *other = put_image(fixture, "two", "");
    for (int i = 0; i < 5; i++) {
        WB_AUTO_STRING note = wb_string_format("%d", i);
        put_artifact(fixture, note, image->digest);
    }
    const struct blob *listed = put_artifact(fixture, "listed", image->digest);
    list(fixture, MANIFEST_TYPE, listed, "");
    put_artifact(fixture, "other", other->digest);
    put_text(fixture, "{\"subject\":{\"digest\":\"nonsense\"}}");
    put_text(fixture, "{\"subject\":broken");
    put_text(fixture, "[\"subject\"]");
    /* The index under the referrers tag lists one more, which was left out of the layout. */
    WB_AUTO_STRING index = wb_string_format(
        "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"" MANIFEST_TYPE "\",\"digest\":"
        "\"sha256:0000000000000000000000000000000000000000000000000000000000000000\",\"size\":9},"
        "{\"mediaType\":\"" MANIFEST_TYPE "\",\"digest\":\"%s\",\"size\":%zu}]}",
        listed->digest, listed->data.size);
    WB_AUTO_STRING tag =
        wb_string_format(",\"annotations\":{\"" REF_NAME "\":\"sha256-%s\"}", image->digest + 7);
    list(fixture, INDEX_TYPE, put_text(fixture, index), tag);
    finish(fixture, "");
    WB_AUTO(wb_layout) *layout = open_good(fixture, "", WB_LAYOUT_WRITE);
    assert_int_equal(count_referrers(layout, &image->value), 7);
    assert_int_equal(count_referrers(layout, &other->value), 1);
    assert_int_equal(count_referrers(layout, &listed->value), 0);
    /* What is added is found at once. */
    WB_AUTO_STRING added = wb_string_format("{\"subject\":{\"digest\":\"%s\"}}", other->digest);
    add_entry(layout, added, NULL);
    add_entry(layout, added, NULL);
    assert_int_equal(count_referrers(layout, &other->value), 2);
    commit(layout);
    wb_layout_free(WB_STEAL(layout));
    WB_AUTO(wb_layout) *again = open_good(fixture, "", WB_LAYOUT_READ);
    assert_int_equal(count_referrers(again, &other->value), 2);
    end(fixture);
}

static void referrers_are_found_wherever_they_are_recorded(void **state)
{
    (void)state;
    check_referrers(false);
    check_referrers(true);
}

static void cosigns_saved_layout_is_understood(void **state)
{
    (void)state;
    const char *data = getenv("WAYBILL_TEST_DATA");
    WB_AUTO_STRING path =
        wb_string_format("%s/cosign/saved-layout", data == NULL ? "../shared/data" : data);
    if (access(path, R_OK) != 0) {
        print_message("SKIPPED: no %s (set WAYBILL_TEST_DATA)\n", path);
        free(WB_STEAL(path)); /* skip() jumps */
        skip();
    }
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO_STRING text = wb_string_format("oci:%s", path);
    WB_AUTO_VALUE(wb_reference) reference = {0};
    assert_true(wb_reference_parse(text, &reference, &err));
    WB_AUTO(wb_layout) *layout = wb_layout_open(&reference, WB_LAYOUT_READ, &err);
    assert_non_null(layout);
    const struct wb_descriptor *target = wb_layout_target(layout, &err);
    assert_non_null(target);
    assert_string_equal(wb_descriptor_annotation(target, "kind"), "dev.cosignproject.cosign/image");
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    struct wb_descriptor *referrers;
    size_t count;
    assert_true(wb_layout_referrers(layout, &target->digest, arena, &referrers, &count, &err));
    assert_int_equal(count, 3);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(referrers[i].artifact_type,
                            "application/vnd.dev.sigstore.bundle.v0.3+json");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(referrers_are_found_wherever_they_are_recorded),
        cmocka_unit_test(cosigns_saved_layout_is_understood),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
