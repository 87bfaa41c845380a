/* SPDX-License-Identifier: Apache-2.0 */
/* What `docker save` writes: layers under links, configs under their digests. */
#include "tests/unit/image_files.h"

static void put_docker(struct files *files, bool tagged_image)
{
    struct made made = put_image(files, "amd64", "", "");
    strcpy(files->items[0].name, "one/layer.tar");
    strcpy(files->items[1].name, "two.tar");
    /* The config under the name that docker gives it; the manifest is none of docker's. */
    memmove(files->items[2].name, made.config + 7, 64);
    strcpy(files->items[2].name + 64, ".json");
    strcpy(files->items[3].name, "ignored");
    put_link(files, "two/layer.tar", "../two.tar", false);
    put_link(files, "three/layer.tar", "two/layer.tar", true);
    WB_AUTO_STRING manifest =
        wb_string_format("[{\"Config\":\"%s\",\"RepoTags\":%s,"
                         "\"Layers\":[\"one/layer.tar\",\"three/layer.tar\"]}]",
                         files->items[2].name, tagged_image ? "[\"a.example/b/c:1.0\"]" : "null");
    put_text(files, "manifest.json", manifest);
    put_text(files, "repositories", "{\"d/e\":{\"2.0\":\"three\"}}");
}

static void docker_archives_follow_links(void **state)
{
    (void)state;
    for (int with_tags = 0; with_tags <= 1; with_tags++) {
        struct wb_error err = WB_ERROR_INIT;
        struct wb_image_options options = {0};
        struct files files = {0};
        put_docker(&files, with_tags == 1);
        WB_AUTO(wb_image_set) *streamed = open_files(&files, &options, &err);
        if (streamed == NULL)
            fail_msg("%s", err.message);
        char file[] = "/tmp/waybill-archive-XXXXXX";
        WB_AUTO_FD fd = mkstemp(file);
        assert_true(fd >= 0);
        WB_AUTO_VALUE(wb_buffer) tar = {0};
        make_tar(&files, &tar);
        write_file(file, tar.data, tar.size);
        WB_AUTO(wb_image_set) *read =
            open_reference("docker-archive", file, with_tags == 1 ? ":c:1.0" : "", &options, &err);
        if (read == NULL)
            fail_msg("%s", err.message);
        struct wb_image_set *sets[] = {streamed, read};
        for (size_t i = 0; i < 2; i++) {
            struct wb_image *image = wb_image_set_get(sets[i], 0);
            const struct wb_image_description *description = wb_image_describe(image);
            assert_string_equal(description->repository, with_tags == 1 ? "a.example/b/c" : "d/e");
            assert_string_equal(description->name, with_tags == 1 ? "c" : "e");
            assert_string_equal(description->tag, with_tags == 1 ? "1.0" : "2.0");
            assert_null(description->manifest_digest);
            assert_int_equal(description->layers[1].size, 2048);
            assert_layers_read(image, 2);
        }
        unlink(file);
        files_clear(&files);
    }
}

static void docker_archives_are_checked(void **state)
{
    (void)state;
    struct wb_error err = WB_ERROR_INIT;
    struct wb_image_options options = {0};
    struct files files = {0};
    put_docker(&files, true);
    strcpy(files.items[4].link, "../six.tar");
    assert_null(open_files(&files, &options, &err));
    assert_message(&err, "layer 2 (sha256:");
    assert_message(&err, "three/layer.tar is not in the archive");
    /* A loop of links. */
    free(files.items[4].link);
    files.items[4].link = wb_string_copy("../three/layer.tar");
    assert_null(open_files(&files, &options, &err));
    assert_message(&err, "three/layer.tar is not in the archive");
    free(files.items[4].link);
    files.items[4].link = wb_string_copy("../one/layer.tar");
    assert_null(open_files(&files, &options, &err));
    assert_message(&err, "diffID does not match");
    files.items[2].data.data[files.items[2].data.size - 1] = ' ';
    assert_null(open_files(&files, &options, &err));
    assert_message(&err, "does not match its name");
    files_clear(&files);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(docker_archives_follow_links),
        cmocka_unit_test(docker_archives_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
