/* SPDX-License-Identifier: Apache-2.0 */
/* Manifests and configs that do not fit each other, their digests or what an image is. */
#include "tests/unit/image_files.h"

/* An image whose second layer's descriptor, manifest or config was changed. */
static void assert_refused(const char *extra_config, const char *layer_extra, const char *from,
                           const char *to, const char *reason)
{
    struct wb_error err = WB_ERROR_INIT;
    struct wb_image_options options = {0};
    struct files files = {0};
    struct made made = put_image(&files, "amd64", extra_config, layer_extra);
    struct file *manifest = &files.items[files.count - 1];
    if (from != NULL) {
        char *at = strstr((char *)manifest->data.data, from);
        assert_non_null(at);
        WB_AUTO_STRING changed =
            wb_string_format("%.*s%s%s", (int)(at - (char *)manifest->data.data),
                             (char *)manifest->data.data, to, at + strlen(from));
        put_blob(&files, changed, strlen(changed), made.manifest);
        made.manifest_size = strlen(changed);
    }
    WB_AUTO_STRING entry = tagged(&made, "v1");
    put_layout(&files, entry);
    assert_null(open_files(&files, &options, &err));
    assert_message(&err, reason);
    files_clear(&files);
}

static void faults_are_named(void **state)
{
    (void)state;
    assert_refused("", "", "\"size\":2048", "\"size\":2049", "layer 2 (sha256:");
    assert_refused("", "", "\"size\":2048", "\"size\":\"2048\"", "layer 2 (sha256:");
    assert_refused("", "", "v1.tar\",\"digest", "v1.tar+encrypted\",\"digest",
                   "it is encrypted: media type `" LAYER_TYPE "+encrypted`");
    assert_refused("", "", "v1.tar\",\"digest", "v9.tar\",\"digest", "layer 1 (sha256:");
    assert_refused("", "", "image.config", "other.config", "not an image: its config has");
    assert_refused("", "", "schemaVersion\":2", "schemaVersion\":1", "schema 1");
    assert_refused("", "", "manifest.v1", "manifest.v2", "its descriptor states");
    assert_refused("", "", "{\"schemaVersion\"", "{\"manifests\":[],\"schemaVersion\"",
                   "both an index and a manifest");
    assert_refused("", "", "\"config\":{", "\"config\":7,\"x\":{", "without `config`");
    assert_refused("", "", "\"note\":\"x\"", "\"note\":7", "`note` is not a string");
    assert_refused("\"variant\":\"../x\",", "", NULL, NULL, "`variant` of the platform");
}

static void missing_and_surplus_layers_are_named(void **state)
{
    (void)state;
    struct wb_error err = WB_ERROR_INIT;
    struct wb_image_options options = {0};
    struct files files = {0};
    put_tagged_image(&files);
    strcpy(files.items[1].name, "elsewhere");
    assert_null(open_files(&files, &options, &err));
    assert_message(&err, "layer 2 (sha256:");
    assert_message(&err, "its blob is not in the store");
    files_clear(&files);
    assert_refused("", "", "},{\"mediaType",
                   "},{\"mediaType\":\"" LAYER_TYPE "\",\"digest\":\""
                   "sha256:0000000000000000000000000000000000000000000000"
                   "000000000000000000\",\"size\":1},{\"mediaType",
                   "layer 2 (sha256:000000000000");
}

static void tampered_documents_are_named(void **state)
{
    (void)state;
    for (size_t which = 2; which <= 3; which++) {
        struct wb_error err = WB_ERROR_INIT;
        struct wb_image_options options = {0};
        struct files files = {0};
        struct made made = put_image(&files, "amd64", "", "");
        WB_AUTO_STRING entry = tagged(&made, "v1");
        put_layout(&files, entry);
        files.items[which].data.data[files.items[which].data.size - 1] = ' ';
        assert_null(open_files(&files, &options, &err));
        assert_message(&err, which == 2 ? made.config : made.manifest);
        assert_message(&err, "digest does not match");
        files_clear(&files);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(faults_are_named),
        cmocka_unit_test(missing_and_surplus_layers_are_named),
        cmocka_unit_test(tampered_documents_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
