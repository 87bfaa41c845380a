/* SPDX-License-Identifier: Apache-2.0 */
/* manifest.json of a delivery: which images it names, and how. */
#include "delivery/inventory_docker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- names ---- */

static void names_that_docker_takes(void **state)
{
    (void)state;
    static const char *const good[] = {
        "app:1",
        "app:V1.0-rc_1",
        "library/app:1",
        "registry.example/a/b:1",
        "registry.example:5000/a:1",
        "localhost/a:1",
        "Registry.Example/a__b/c--d/e.f:_",
        "a.b/c-d.e_f:1",
    };
    static const char *const bad[] = {
        "",           "app",        "app:",     ":1",           "app:.1",     "app:-1",
        "App:1",      "a/B:1",      "a//b:1",   "/a:1",         "a/:1",       "a..b/c:1",
        "a.b/c..d:1", "-a.b/c:1",   "a-.b/c:1", "a.b:/c:1",     "a.b:x/c:1",  "a___b:1",
        "a._b:1",     "a_:1",       "a b:1",    "a:1 ",         "a:1/b",      "a:1:2",
        "[::1]/a:1",  "a@sha256:1", "A/b:1",    "a:1@sha256:2", "\xc3\xa9:1", "a:\xc3\xa9",
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        if (!wb_docker_name_is_tagged(good[i]))
            fail_msg("%s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (wb_docker_name_is_tagged(bad[i]))
            fail_msg("%s", bad[i]);
}

static void names_have_bounds(void **state)
{
    (void)state;
    char name[300];
    memset(name, 'a', sizeof name);
    memcpy(name + 2, ":", 1);
    name[3 + 128] = '\0';
    assert_true(wb_docker_name_is_tagged(name));
    name[3 + 128] = 'a';
    name[3 + 129] = '\0';
    assert_false(wb_docker_name_is_tagged(name));
    memset(name, 'a', sizeof name);
    memcpy(name + 198, ":1", 3);
    assert_true(wb_docker_name_is_tagged(name));
    memset(name, 'a', sizeof name);
    memcpy(name + 199, ":1", 3);
    assert_false(wb_docker_name_is_tagged(name));
}

/* ---- the list ---- */

/* Documents by digest; blobs are carried unless their name begins with `away`. */
struct delivery {
    struct wb_inventory_image images[4];
    struct wb_inventory inventory;
    json_t *documents; /* by digest */
    json_t *away;
};

static const char *digest_text(const char *content, char text[WB_DIGEST_TEXT_SIZE])
{
    struct wb_digest digest;
    const struct wb_bytes bytes = {(const uint8_t *)content, strlen(content)};
    assert_true(wb_digest_bytes(WB_DIGEST_SHA256, bytes, &digest, NULL));
    return wb_digest_format(&digest, text);
}

static json_t *descriptor(const char *type, const char *content)
{
    char text[WB_DIGEST_TEXT_SIZE];
    return json_pack("{s:s,s:s}", "mediaType", type, "digest", digest_text(content, text));
}

static void put(struct delivery *delivery, const char *name, json_t *document)
{
    char text[WB_DIGEST_TEXT_SIZE];
    json_object_set_new(delivery->documents, digest_text(name, text), document);
}

static void put_image(struct delivery *delivery, const char *name, const char *config_type,
                      const char *layer)
{
    put(delivery, name,
        json_pack("{s:o,s:[o]}", "config", descriptor(config_type, "config"), "layers",
                  descriptor("application/vnd.oci.image.layer.v1.tar+gzip", layer)));
}

static json_t *platform(const char *manifest, const char *os, const char *architecture,
                        const char *variant)
{
    json_t *one = descriptor("application/vnd.oci.image.manifest.v1+json", manifest);
    json_object_set_new(
        one, "platform",
        json_pack("{s:s,s:s,s:s*}", "os", os, "architecture", architecture, "variant", variant));
    return one;
}

static bool carries(void *context, const struct wb_digest *digest)
{
    const struct delivery *delivery = context;
    char text[WB_DIGEST_TEXT_SIZE];
    return json_object_get(delivery->away, wb_digest_format(digest, text)) == NULL;
}

static json_t *read_document(void *context, const struct wb_digest *digest, struct wb_error *err)
{
    const struct delivery *delivery = context;
    char text[WB_DIGEST_TEXT_SIZE];
    json_t *found = json_object_get(delivery->documents, wb_digest_format(digest, text));
    if (found == NULL)
        wb_error_set(err, WB_CHECK_FAILED, "%s is missing", text);
    return json_incref(found);
}

static void name_image(struct delivery *delivery, const char *name, const char *document)
{
    char text[WB_DIGEST_TEXT_SIZE];
    struct wb_inventory_image *image = &delivery->images[delivery->inventory.image_count++];
    image->name = name;
    assert_true(wb_digest_parse(digest_text(document, text), &image->digest, NULL));
}

static int set_up(void **state)
{
    static const char oci[] = "application/vnd.oci.image.config.v1+json";
    struct delivery *delivery = calloc(1, sizeof *delivery);
    *state = delivery;
    delivery->inventory.images = delivery->images;
    delivery->documents = json_object();
    delivery->away = json_object();
    put_image(delivery, "one", oci, "layer");
    put_image(delivery, "two", "application/vnd.docker.container.image.v1+json", "second");
    put_image(delivery, "chart", "application/vnd.cncf.helm.config.v1+json", "layer");
    put(delivery, "index",
        json_pack("{s:[o,o,o,o]}", "manifests", platform("one", "linux", "amd64", NULL),
                  platform("two", "linux", "arm", "v7"), platform("two", "linux", "arm", "v7"),
                  platform("one", "windows", "amd64", NULL)));
    put(delivery, "single",
        json_pack("{s:[o,o]}", "manifests", platform("two", "linux", "arm64", NULL),
                  platform("one", "unknown", "unknown", NULL)));
    return 0;
}

static int tear_down(void **state)
{
    struct delivery *delivery = *state;
    json_decref(delivery->documents);
    json_decref(delivery->away);
    free(delivery);
    return 0;
}

/* Names and first layers, in order. */
static void assert_lists(struct delivery *delivery, const char *expected)
{
    const struct wb_docker_source source = {carries, read_document, delivery};
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO_VALUE(wb_buffer) json = {0};
    WB_AUTO_VALUE(wb_buffer) found = {0};
    char text[WB_DIGEST_TEXT_SIZE];
    if (!wb_docker_manifest_write(&delivery->inventory, &source, &json, &err))
        fail_msg("%s", err.message);
    WB_AUTO_JSON list = json.size == 0 ? json_array() : wb_json_parse(wb_buffer_bytes(&json), &err);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);
        const json_t *tag = json_array_get(wb_json_array_of(one, "RepoTags"), 0);
        const char *layer = json_string_value(json_array_get(wb_json_array_of(one, "Layers"), 0));
        bool first = strcmp(strrchr(layer, '/') + 1, digest_text("layer", text) + 7) == 0;
        wb_buffer_append_format(&found, "%s=%s ", tag == NULL ? "" : json_string_value(tag),
                                first ? "layer" : "second");
    }
    wb_buffer_append(&found, "", 1);
    assert_string_equal((char *)found.data, expected);
}

static void images_and_platforms(void **state)
{
    struct delivery *delivery = *state;
    name_image(delivery, "r.example/a:1", "one");
    name_image(delivery, "r.example/b:1", "index");
    name_image(delivery, "v1", "single");
    name_image(delivery, "r.example/chart:1", "chart");
    assert_lists(delivery, "r.example/a:1=layer r.example/b:1-amd64=layer "
                           "r.example/b:1-arm-v7=second =second =second ");
}

static void an_index_of_one_platform_has_its_own_name(void **state)
{
    struct delivery *delivery = *state;
    name_image(delivery, "r.example/b:1", "single");
    assert_lists(delivery, "r.example/b:1=second ");
}

static void a_name_means_one_thing(void **state)
{
    struct delivery *delivery = *state;
    name_image(delivery, "r.example/b:1", "index");
    name_image(delivery, "r.example/b:1-amd64", "two");
    assert_lists(delivery, "=layer r.example/b:1-arm-v7=second =second "
                           "r.example/b:1-amd64=second ");
}

static void only_what_is_carried(void **state)
{
    struct delivery *delivery = *state;
    char text[WB_DIGEST_TEXT_SIZE];
    json_object_set_new(delivery->away, digest_text("layer", text), json_true());
    name_image(delivery, "r.example/a:1", "one");
    name_image(delivery, "r.example/b:1", "index");
    assert_lists(delivery, "r.example/b:1-arm-v7=second =second ");
    json_object_set_new(delivery->away, digest_text("index", text), json_true());
    assert_lists(delivery, "");
}

static void too_many_are_none(void **state)
{
    struct delivery *delivery = *state;
    json_t *manifest =
        json_pack("{s:o,s:[]}", "config",
                  descriptor("application/vnd.oci.image.config.v1+json", "config"), "layers");
    for (size_t i = 0; i < WB_DOCKER_MANIFEST_MAX / 80; i++)
        json_array_append_new(json_object_get(manifest, "layers"), descriptor("a/b", "layer"));
    put(delivery, "large", manifest);
    name_image(delivery, "r.example/a:1", "large");
    name_image(delivery, "r.example/b:1", "one");
    assert_lists(delivery, "");
}

static void what_cannot_be_read_is_an_error(void **state)
{
    struct delivery *delivery = *state;
    const struct wb_docker_source source = {carries, read_document, delivery};
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO_VALUE(wb_buffer) json = {0};
    name_image(delivery, "r.example/a:1", "nothing");
    assert_false(wb_docker_manifest_write(&delivery->inventory, &source, &json, &err));
    assert_int_equal(err.status, WB_CHECK_FAILED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_that_docker_takes),
        cmocka_unit_test(names_have_bounds),
        cmocka_unit_test_setup_teardown(images_and_platforms, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_index_of_one_platform_has_its_own_name, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_name_means_one_thing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_what_is_carried, set_up, tear_down),
        cmocka_unit_test_setup_teardown(too_many_are_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_read_is_an_error, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
