/* SPDX-License-Identifier: Apache-2.0 */
/* From references to images: the same image in a directory, in a tar, in a compressed tar and as a
 * stream; and a root file system. */
#include "tests/unit/image_files.h"

#include <zstd.h>

static void assert_described(struct wb_image_set *set, const struct made *made)
{
    assert_int_equal(wb_image_set_count(set), 1);
    struct wb_image *image = wb_image_set_get(set, 0);
    const struct wb_image_description *description = wb_image_describe(image);
    char text[100];
    assert_string_equal(wb_platform_format(&description->platform, text), "linux/amd64");
    assert_string_equal(description->tag, "v1");
    assert_string_equal(description->manifest_digest, made->manifest);
    assert_string_equal(description->config_digest, made->config);
    assert_null(description->index_digest);
    assert_true(description->has_created);
    assert_int_equal(description->created, 1704164645);
    assert_string_equal(description->author, "me");
    assert_int_equal(description->label_count, 2);
    assert_string_equal(description->labels[0].name, "a");
    assert_string_equal(description->labels[1].value, "1");
    assert_int_equal(description->annotation_count, 1);
    assert_int_equal(description->layer_count, 2);
    assert_string_equal(description->layers[0].created_by, "first");
    assert_string_equal(description->layers[1].created_by, "second");
    assert_string_equal(description->layers[1].digest, made->layers[1]);
    assert_string_equal(description->layers[1].diff_id, made->layers[1]);
    assert_string_equal(description->layers[1].media_type, LAYER_TYPE);
    assert_int_equal(description->layers[1].size, 2048);
    assert_layers_read(image, 2);
}

static void every_store_gives_the_same_image(void **state)
{
    (void)state;
    struct wb_error err = WB_ERROR_INIT;
    struct wb_image_options options = {0};
    struct files files = {0};
    struct made made = put_tagged_image(&files);
    char folder[] = "/tmp/waybill-layout-XXXXXX", file[] = "/tmp/waybill-archive-XXXXXX";
    assert_non_null(mkdtemp(folder));
    WB_AUTO_FD fd = mkstemp(file);
    assert_true(fd >= 0);
    write_layout(&files, folder);
    WB_AUTO_VALUE(wb_buffer) tar = {0};
    make_tar(&files, &tar);
    write_file(file, tar.data, tar.size);
    const size_t steps[] = {1, 511, 1 << 20};
    for (size_t i = 0; i < 3; i++) {
        WB_AUTO(wb_image_set) *streamed = open_tar_stream(&tar, steps[i], &options, &err);
        if (streamed == NULL)
            fail_msg("%s", err.message);
        assert_described(streamed, &made);
        assert_string_equal(wb_image_describe(wb_image_set_get(streamed, 0))->name, "image");
    }
    WB_AUTO(wb_image_set) *directory = open_reference("oci", folder, ":v1", &options, &err);
    assert_non_null(directory);
    assert_described(directory, &made);
    assert_string_equal(wb_image_describe(wb_image_set_get(directory, 0))->name,
                        strrchr(folder, '/') + 1);
    WB_AUTO(wb_image_set) *archive = open_reference("oci-archive", file, "", &options, &err);
    assert_non_null(archive);
    assert_described(archive, &made);
    size_t bound = ZSTD_compressBound(tar.size);
    void *frame = malloc(bound);
    size_t compressed = ZSTD_compress(frame, bound, tar.data, tar.size, 1);
    write_file(file, frame, compressed);
    free(frame);
    WB_AUTO(wb_image_set) *zstd = open_reference("oci-archive", file, ":v1", &options, &err);
    assert_non_null(zstd);
    assert_described(zstd, &made);
    unlink(file);
    remove_layout(&files, folder);
    files_clear(&files);
}

static void truncated_archives_are_refused(void **state)
{
    (void)state;
    struct wb_image_options options = {0};
    struct files files = {0};
    put_tagged_image(&files);
    WB_AUTO_VALUE(wb_buffer) tar = {0};
    make_tar(&files, &tar);
    char file[] = "/tmp/waybill-archive-XXXXXX";
    WB_AUTO_FD fd = mkstemp(file);
    assert_true(fd >= 0);
    /* The last two blocks only mark the end. */
    for (size_t size = 0; size < tar.size - 1024; size += 200) {
        struct wb_error err = WB_ERROR_INIT;
        struct wb_buffer cut = {.data = tar.data, .size = size};
        assert_null(open_tar_stream(&cut, 4096, &options, &err));
        assert_int_equal(err.status, WB_BAD_INPUT);
        write_file(file, tar.data, size);
        assert_null(open_reference("oci-archive", file, "", &options, &err));
        assert_int_equal(err.status, WB_BAD_INPUT);
    }
    unlink(file);
    files_clear(&files);
}

static void a_directory_is_an_image_of_one_layer(void **state)
{
    (void)state;
    struct wb_error err = WB_ERROR_INIT;
    struct wb_image_options options = {0};
    char folder[] = "/tmp/waybill-rootfs-XXXXXX";
    assert_non_null(mkdtemp(folder));
    WB_AUTO(wb_image_set) *set = open_reference("dir", folder, "/", &options, &err);
    if (set == NULL)
        fail_msg("%s", err.message);
    const struct wb_image_description *description = wb_image_describe(wb_image_set_get(set, 0));
    assert_string_equal(description->name, strrchr(folder, '/') + 1);
    assert_int_equal(description->layer_count, 1);
    assert_null(description->layers[0].digest);
    assert_null(open_reference("dir", "/proc/self/exe", "", &options, &err));
    assert_int_equal(err.status, WB_BAD_INPUT);
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_store_gives_the_same_image),
        cmocka_unit_test(truncated_archives_are_refused),
        cmocka_unit_test(a_directory_is_an_image_of_one_layer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
