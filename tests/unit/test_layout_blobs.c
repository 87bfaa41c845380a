/* SPDX-License-Identifier: Apache-2.0 */
/* Blobs of an OCI layout that are damaged, missing or not files. */
#include "tests/unit/layout_fixture.h"

/* ---- blobs ---- */

static void assert_blob_error(struct wb_layout *layout, const struct blob *blob, int64_t size,
                              const char *text)
{
    struct wb_error err = WB_ERROR_INIT;
    assert_false(wb_layout_check_blob(layout, &blob->value, size, &err));
    assert_error(&err, WB_CHECK_FAILED, text);
    assert_error(&err, WB_CHECK_FAILED, blob->digest);
}

static void damaged_blobs_are_named(void **state)
{
    (void)state;
    struct wb_error err = WB_ERROR_INIT;
    struct fixture *fixture = begin(false);
    const struct blob *image = put_image(fixture, "one", "");
    const struct blob *big = NULL;
    uint8_t *data = wb_allocate((size_t)3 << 20);
    memset(data, 'x', (size_t)3 << 20);
    big = put_blob(fixture, data, (size_t)3 << 20);
    const struct blob *link = put_text(fixture, "link");
    const struct blob *folder = put_text(fixture, "folder");
    const struct blob *fifo = put_text(fixture, "fifo");
    list(fixture, MANIFEST_TYPE, image, "");
    finish(fixture, "");
    WB_AUTO(wb_layout) *layout = open_good(fixture, "", WB_LAYOUT_READ);
    assert_true(wb_layout_check_blob(layout, &big->value, 3 << 20, &err));
    assert_true(wb_layout_check_blob(layout, &big->value, -1, &err));
    assert_blob_error(layout, big, 17, "its descriptor states 17");
    WB_AUTO_VALUE(wb_buffer) content = {0};
    assert_false(wb_layout_read_blob(layout, &big->value, 1000, &content, &err));
    assert_error(&err, WB_BAD_INPUT, big->digest);

    WB_AUTO_STRING big_path = blob_path(fixture, big->digest);
    data[1234567] ^= 1;
    write_file(big_path, data, (size_t)3 << 20);
    assert_blob_error(layout, big, 3 << 20, "does not match its digest");
    assert_false(wb_layout_read_blob(layout, &big->value, (size_t)4 << 20, &content, &err));
    assert_error(&err, WB_CHECK_FAILED, "does not match its digest");
    unlink(big_path);
    assert_blob_error(layout, big, 3 << 20, "missing");
    assert_false(wb_layout_has_blob(layout, &big->value));

    WB_AUTO_STRING link_path = blob_path(fixture, link->digest);
    unlink(link_path);
    assert_int_equal(symlink("/dev/zero", link_path), 0);
    assert_blob_error(layout, link, -1, "not a regular file");
    WB_AUTO_STRING folder_path = blob_path(fixture, folder->digest);
    unlink(folder_path);
    assert_int_equal(mkdir(folder_path, 0700), 0);
    assert_blob_error(layout, folder, -1, "not a regular file");
    WB_AUTO_STRING fifo_path = blob_path(fixture, fifo->digest);
    unlink(fifo_path);
    assert_int_equal(mkfifo(fifo_path, 0600), 0);
    assert_blob_error(layout, fifo, -1, "not a regular file");

    WB_AUTO_STRING image_path = blob_path(fixture, image->digest);
    write_file(image_path, "{}", 2);
    assert_null(wb_layout_target(layout, &err));
    assert_error(&err, WB_CHECK_FAILED, image->digest);
    free(data);
    end(fixture);
}

static void a_writer_does_not_follow_links_out_of_the_layout(void **state)
{
    (void)state;
    struct wb_error err = WB_ERROR_INIT;
    struct fixture *fixture = begin(false);
    finish(fixture, "");
    WB_AUTO_STRING blobs = wb_string_format("%s/blobs/sha256", fixture->path);
    assert_int_equal(rmdir(blobs), 0);
    assert_int_equal(symlink("/tmp", blobs), 0);
    assert_null(open_layout(fixture, "", WB_LAYOUT_WRITE, &err));
    assert_error(&err, WB_SYSTEM, "blobs/sha256");
    end(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(damaged_blobs_are_named),
        cmocka_unit_test(a_writer_does_not_follow_links_out_of_the_layout),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
