/* SPDX-License-Identifier: Apache-2.0 */
/* Writing to OCI layouts in place. */
#include "tests/unit/layout_fixture.h"

/* ---- writing ---- */

static void check_writing(bool is_archive)
{
    struct wb_error err = WB_ERROR_INIT;
    struct fixture *fixture = begin(is_archive);
    const struct blob *image = put_image(fixture, "one", "");
    list(fixture, MANIFEST_TYPE, image, ",\"x-unknown\":{\"b\":1.5,\"a\":[null]}");
    finish(fixture, ",\"zebra\":1,\"annotations\":{\"k\":\"\xc3\xa9/\"},\"apple\":[]");
    WB_AUTO_STRING before = read_index(fixture);
    WB_AUTO_STRING index_path =
        wb_string_format("%s%s", fixture->path, is_archive ? "" : "/index.json");
    assert_int_equal(chmod(index_path, 0640), 0);
    WB_AUTO(wb_layout) *layout = open_good(fixture, "", WB_LAYOUT_WRITE);
    const struct wb_descriptor *target = wb_layout_target(layout, &err);
    assert_non_null(target);
    struct wb_digest digest = add_entry(layout, "{\"n\":1}", NULL);
    /* Nothing is to be seen before the commit, and everything after it. */
    WB_AUTO_STRING during = read_index(fixture);
    assert_string_equal(before, during);
    assert_true(wb_layout_check_blob(layout, &digest, 7, &err));
    commit(layout);
    assert_string_equal(target->media_type, MANIFEST_TYPE);
    WB_AUTO_STRING after = read_index(fixture);
    char text[WB_DIGEST_TEXT_SIZE];
    WB_AUTO_STRING wanted = wb_string_format(
        "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"" MANIFEST_TYPE "\",\"digest\":"
        "\"%s\",\"size\":%zu,\"x-unknown\":{\"b\":1.5,\"a\":[null]}},{\"mediaType\":"
        "\"" MANIFEST_TYPE "\",\"digest\":\"%s\",\"size\":7,\"artifactType\":"
        "\"application/x-test\"}],\"zebra\":1,\"annotations\":{\"k\":\"\xc3\xa9/\"},\"apple\":[]}",
        image->digest, image->data.size, wb_digest_format(&digest, text));
    assert_string_equal(after, wanted);
    /* The same object can go on, and another one waits for it to end. */
    add_entry(layout, "{\"n\":2}", "two");
    commit(layout);
    wb_layout_free(WB_STEAL(layout));
    WB_AUTO(wb_layout) *again = open_good(fixture, "", WB_LAYOUT_READ);
    size_t count;
    const struct wb_descriptor *entries = wb_layout_entries(again, &count);
    assert_int_equal(count, 3);
    for (size_t i = 0; i < count; i++)
        assert_true(wb_layout_check_blob(again, &entries[i].digest, entries[i].size, &err));
    assert_non_null(wb_layout_find_name(again, "two"));
    assert_false(wb_layout_commit(again, &err));
    struct stat status;
    assert_int_equal(stat(index_path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0640);
    end(fixture);
}

static void entries_are_added_and_the_rest_stays(void **state)
{
    (void)state;
    check_writing(false);
    check_writing(true);
}

static void entries_are_replaced_by_name_or_digest(void **state)
{
    (void)state;
    struct wb_error err = WB_ERROR_INIT;
    struct fixture *fixture = begin(false);
    finish(fixture, "");
    WB_AUTO(wb_layout) *layout = open_good(fixture, "", WB_LAYOUT_WRITE);
    size_t count;
    struct wb_digest one = add_entry(layout, "{\"n\":1}", "a");
    struct wb_digest two = add_entry(layout, "{\"n\":2}", "a");
    wb_layout_entries(layout, &count);
    assert_int_equal(count, 1);
    assert_true(wb_digest_equal(&wb_layout_find_name(layout, "a")->digest, &two));
    add_entry(layout, "{\"n\":2}", "b");
    add_entry(layout, "{\"n\":3}", NULL);
    add_entry(layout, "{\"n\":3}", NULL);
    /* A name is not lost to an entry without one. */
    add_entry(layout, "{\"n\":2}", NULL);
    wb_layout_entries(layout, &count);
    assert_int_equal(count, 4);
    assert_false(wb_layout_remove_entries(layout, &one));
    assert_true(wb_layout_remove_entries(layout, &wb_layout_find_name(layout, "b")->digest));
    const struct wb_descriptor *entries = wb_layout_entries(layout, &count);
    assert_int_equal(count, 1);
    assert_null(wb_layout_find_name(layout, "a"));
    struct wb_descriptor bad = entries[0];
    bad.artifact_type = "\xff";
    assert_false(wb_layout_put_entry(layout, &bad, &err));
    assert_error(&err, WB_BAD_INPUT, "UTF-8");
    commit(layout);
    end(fixture);
}

/* A blob that is there already and damaged is made anew. */
static void a_damaged_blob_is_not_relied_on(void **state)
{
    (void)state;
    for (int is_archive = 0; is_archive < 2; is_archive++) {
        struct wb_error err = WB_ERROR_INIT;
        struct fixture *fixture = begin(is_archive == 1);
        const struct blob *blob = put_text(fixture, "{\"n\":1}");
        memcpy(fixture->blobs[0].data.data, "{\"n\":9}", 7);
        finish(fixture, "");
        WB_AUTO(wb_layout) *layout = open_good(fixture, "", WB_LAYOUT_WRITE);
        assert_false(wb_layout_check_blob(layout, &blob->value, 7, &err));
        add_entry(layout, "{\"n\":1}", NULL);
        commit(layout);
        assert_true(wb_layout_check_blob(layout, &blob->value, 7, &err));
        end(fixture);
    }
}

static void an_archive_keeps_its_bytes(void **state)
{
    (void)state;
    struct fixture *fixture = begin(true);
    const struct blob *image = put_image(fixture, "one", "");
    list(fixture, MANIFEST_TYPE, image, "");
    finish(fixture, "");
    WB_AUTO_STRING link = wb_string_format("%s/link.tar", fixture->folder);
    assert_int_equal(symlink("x.tar", link), 0);
    WB_AUTO_VALUE(wb_buffer) before = {0};
    WB_AUTO_VALUE(wb_buffer) after = {0};
    assert_true(wb_file_read(AT_FDCWD, fixture->path, 1 << 20, &before, NULL));
    WB_AUTO_STRING reference = wb_string_format("oci-archive:%s", link);
    WB_AUTO_VALUE(wb_reference) parsed = {0};
    assert_true(wb_reference_parse(reference, &parsed, NULL));
    WB_AUTO(wb_layout) *layout = wb_layout_open(&parsed, WB_LAYOUT_WRITE, NULL);
    assert_non_null(layout);
    add_entry(layout, "{\"n\":1}", NULL);
    commit(layout);
    assert_true(wb_file_read(AT_FDCWD, fixture->path, 1 << 20, &after, NULL));
    struct stat status;
    assert_int_equal(lstat(link, &status), 0);
    assert_true(S_ISLNK(status.st_mode));
    /* oci-layout and the first blob are in front of index.json; everything else behind it. */
    size_t front = 512 + 512 + 512 + 1024;
    assert_memory_equal(before.data, after.data, front);
    const uint8_t *mark = memmem(before.data, before.size, "kept", 4);
    size_t tail_end = (size_t)(mark - before.data) + 512;
    size_t old_rest = front + 512 + 512;
    size_t new_rest = front + 512 + 1024 > after.size ? 0 : front + 512;
    while (memcmp(after.data + new_rest, before.data + old_rest, tail_end - old_rest) != 0) {
        new_rest += 512;
        assert_true(new_rest + tail_end - old_rest < after.size);
    }
    assert_int_equal(after.size, new_rest + tail_end - old_rest + 1024 + 1024);
    end(fixture);
}

static void removed_blobs_go_with_the_commit(void **state)
{
    (void)state;
    for (int is_archive = 0; is_archive < 2; is_archive++) {
        struct wb_error err = WB_ERROR_INIT;
        struct fixture *fixture = begin(is_archive == 1);
        const struct blob *image = put_image(fixture, "one", "");
        const struct blob *gone = put_artifact(fixture, "gone", image->digest);
        const struct blob *kept = put_artifact(fixture, "kept", image->digest);
        list(fixture, MANIFEST_TYPE, image, "");
        list(fixture, MANIFEST_TYPE, gone, "");
        finish(fixture, "");
        WB_AUTO(wb_layout) *layout = open_good(fixture, "", WB_LAYOUT_WRITE);
        assert_int_equal(count_referrers(layout, &image->value), 2);
        assert_true(wb_layout_remove_entries(layout, &gone->value));
        assert_true(wb_layout_remove_blob(layout, &gone->value, &err));
        assert_true(wb_layout_remove_blob(layout, &kept->value, &err));
        assert_int_equal(count_referrers(layout, &image->value), 0);
        WB_AUTO_STRING again =
            wb_string_format("%.*s", (int)kept->data.size, (const char *)kept->data.data);
        add_entry(layout, again, NULL);
        assert_int_equal(count_referrers(layout, &image->value), 1);
        commit(layout);
        assert_false(wb_layout_has_blob(layout, &gone->value));
        assert_true(wb_layout_check_blob(layout, &kept->value, -1, &err));
        wb_layout_free(WB_STEAL(layout));
        assert_int_equal(check_whole(fixture), 2);
        assert_target(fixture, "", image->digest);
        end(fixture);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_are_added_and_the_rest_stays),
        cmocka_unit_test(entries_are_replaced_by_name_or_digest),
        cmocka_unit_test(a_damaged_blob_is_not_relied_on),
        cmocka_unit_test(an_archive_keeps_its_bytes),
        cmocka_unit_test(removed_blobs_go_with_the_commit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
