/* SPDX-License-Identifier: Apache-2.0 */
/* Package URLs: purl-spec's own cases, and those of packages and images. */
#include "sbom/purl.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- the suite of the specification ---- */

#define QUALIFIERS 8

static const char *build(struct wb_arena *arena, const json_t *input)
{
    struct wb_name_value qualifiers[QUALIFIERS];
    size_t count = 0;
    const char *key;
    json_t *value;
    json_t *stated = json_object_get(input, "qualifiers");
    json_object_foreach(stated, key, value)
    {
        assert_true(count < QUALIFIERS);
        qualifiers[count++] = (struct wb_name_value){key, json_string_value(value)};
    }
    return wb_purl_format(arena, wb_json_string_of(input, "type"),
                          wb_json_string_of(input, "namespace"), wb_json_string_of(input, "name"),
                          wb_json_string_of(input, "version"), qualifiers, count);
}

/* What the suite counts as components: NULL is empty. */
static void assert_component(const char *path, size_t index, const json_t *expected,
                             const char *key, const char *value)
{
    const char *wanted = wb_json_string_of(expected, key);
    if (strcmp(wanted == NULL ? "" : wanted, value == NULL ? "" : value) != 0)
        fail_msg("%s: case %zu: %s is '%s', not '%s'", path, index, key, value == NULL ? "" : value,
                 wanted == NULL ? "" : wanted);
}

static void assert_components(const char *path, size_t index, const json_t *expected,
                              const struct wb_purl *purl)
{
    assert_component(path, index, expected, "type", purl->type);
    assert_component(path, index, expected, "namespace", purl->name_space);
    assert_component(path, index, expected, "name", purl->name);
    assert_component(path, index, expected, "version", purl->version);
    assert_component(path, index, expected, "subpath", purl->subpath);
    const json_t *qualifiers = wb_json_object_of(expected, "qualifiers");
    assert_int_equal(json_object_size(qualifiers), purl->qualifier_count);
    for (size_t i = 0; i < purl->qualifier_count; i++)
        assert_component(path, index, qualifiers, purl->qualifiers[i].name,
                         purl->qualifiers[i].value);
}

/* Cases by which a purl is built, taken apart, and brought into its canonical form. */
static void run_case(struct wb_arena *arena, const char *path, size_t index, const json_t *test)
{
    const char *kind = wb_json_string_of(test, "test_type");
    const char *input = wb_json_string_of(test, "input");
    bool must_fail = json_is_true(json_object_get(test, "expected_failure"));
    bool parsing = strcmp(kind, "parse") == 0, building = strcmp(kind, "build") == 0;
    struct wb_purl purl;
    const char *text = NULL;
    bool good = true;
    if (building)
        text = build(arena, wb_json_object_of(test, "input"));
    else if (wb_purl_parse(arena, input, parsing ? WB_PURL_STRICT : WB_PURL_TOLERANT, &purl, NULL))
        text = wb_purl_write(arena, &purl);
    good = text != NULL;
    if (good == must_fail)
        fail_msg("%s: case %zu (%s) %s", path, index, kind, good ? "must fail" : "fails");
    if (must_fail)
        return;
    if (parsing)
        assert_components(path, index, wb_json_object_of(test, "expected_output"), &purl);
    else
        assert_string_equal(text, wb_json_string_of(test, "expected_output"));
}

static size_t run_suite(const char *path)
{
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    WB_AUTO_VALUE(wb_buffer) content = {0};
    struct wb_error err = WB_ERROR_INIT;
    if (!wb_file_read(AT_FDCWD, path, 1 << 20, &content, &err)) {
        print_message("SKIPPED: %s (set WAYBILL_TEST_DATA)\n", err.message);
        return 0;
    }
    WB_AUTO_JSON suite = wb_json_parse(wb_buffer_bytes(&content), &err);
    if (suite == NULL)
        fail_msg("%s: %s", path, err.message);
    size_t index;
    json_t *test;
    json_array_foreach(wb_json_array_of(suite, "tests"), index, test)
    {
        run_case(arena, path, index, test);
    }
    return index;
}

static void purl_spec_suite(void **state)
{
    (void)state;
    static const char *const names[] = {"rpm", "deb", "oci", "docker", "generic", "specification"};
    const char *folder = getenv("WAYBILL_TEST_DATA");
    if (folder == NULL)
        folder = "../shared/data";
    size_t run = 0;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        WB_AUTO_STRING path = wb_string_format("%s/purl/tests/%s-test.json", folder, names[i]);
        run += run_suite(path);
    }
    if (run == 0)
        skip();
    print_message("%zu cases of the suite\n", run);
}

/* ---- by hand ---- */

static void formatting(void **state)
{
    (void)state;
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    const struct wb_name_value qualifiers[] = {
        {"z", "1"}, {"empty", ""}, {"none", NULL}, {"A", "a/b c&d=e%\xc3\xa9"}};
    assert_string_equal(
        wb_purl_format(arena, "RPM", "/Fedora//X/", "G++", "1:2~3^4+5", qualifiers, 4),
        "pkg:rpm/fedora/x/G%2B%2B@1:2~3%5E4%2B5?a=a%2Fb%20c%26d%3De%25%C3%A9&z=1");
    assert_string_equal(wb_purl_format(arena, "deb", NULL, "Name", NULL, NULL, 0), "pkg:deb/name");
    const struct wb_name_value twice[] = {{"a", "1"}, {"A", "2"}};
    assert_null(wb_purl_format(arena, "deb", NULL, "n", NULL, twice, 2));
    assert_null(wb_purl_format(arena, "deb", NULL, "//", NULL, NULL, 0));
    assert_null(wb_purl_format(arena, "", NULL, "n", NULL, NULL, 0));
}

static void parsing(void **state)
{
    (void)state;
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    struct wb_purl purl;
    struct wb_error err = WB_ERROR_INIT;
    assert_true(wb_purl_parse(
        arena, "pkg:/GoLang//github.com//A%2Db/c@v1%2B2?b=x%26y&a=&c=%C3%A9#/./d/../e",
        WB_PURL_STRICT, &purl, &err));
    assert_string_equal(purl.type, "golang");
    assert_string_equal(purl.name_space, "github.com/a-b");
    assert_string_equal(purl.name, "c");
    assert_string_equal(purl.version, "v1+2");
    assert_int_equal(purl.qualifier_count, 2);
    assert_string_equal(wb_purl_qualifier(&purl, "b"), "x&y");
    assert_string_equal(wb_purl_qualifier(&purl, "c"), "\xc3\xa9");
    assert_null(wb_purl_qualifier(&purl, "a"));
    assert_string_equal(purl.subpath, "d/e");
    assert_string_equal(wb_purl_write(arena, &purl),
                        "pkg:golang/github.com/a-b/c@v1%2B2?b=x%26y&c=%C3%A9#d/e");
    assert_true(wb_purl_parse(arena, "pkg:npm/@angular/cli", WB_PURL_STRICT, &purl, &err));
    assert_string_equal(purl.name_space, "@angular");
    assert_null(purl.version);
    assert_true(wb_purl_parse(arena, "pkg:pypi/Some_Thing@1", WB_PURL_STRICT, &purl, &err));
    assert_string_equal(purl.name, "some-thing");
    static const char *const malformed[] = {"",
                                            "pkg:",
                                            "pkg:deb",
                                            "pkg:deb/",
                                            "pkg:deb/a%",
                                            "pkg:deb/a%2",
                                            "pkg:deb/a%zz",
                                            "pkg:deb/a%00",
                                            "pkg:deb/a%ff",
                                            "pkg:deb/a%0a",
                                            "pkg:deb/a\n",
                                            "pkg:deb/x%2Fy/a",
                                            "pkg:oci/space/a",
                                            "pkg:deb/a?x",
                                            "pkg:deb/a?=1",
                                            "pkg:deb/a?x=1&x=2",
                                            "pkg:deb/a?x=1&X=2",
                                            "pkg:deb/a@%",
                                            "PKG:deb/a"};
    for (size_t i = 0; i < sizeof malformed / sizeof malformed[0]; i++) {
        if (wb_purl_parse(arena, malformed[i], WB_PURL_TOLERANT, &purl, &err))
            fail_msg("taken: %s", malformed[i]);
        assert_int_equal(err.status, WB_BAD_INPUT);
    }
}

static void debian_packages(void **state)
{
    (void)state;
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    struct wb_distribution debian = {.id = "debian", .version_id = "12"};
    struct wb_package package = {.kind = WB_PACKAGE_DEB,
                                 .name = "attr",
                                 .epoch = 1,
                                 .version = "2.4.47",
                                 .release = "2+b1",
                                 .evr = "1:2.4.47-2+b1",
                                 .architecture = "amd64",
                                 .source_name = "attr",
                                 .source_version = "1:2.4.47-2"};
    assert_string_equal(wb_purl_package(arena, &package, &debian),
                        "pkg:deb/debian/attr@1:2.4.47-2%2Bb1?arch=amd64&distro=debian-12&"
                        "upstream=attr%401:2.4.47-2");
    package.source_version = package.evr;
    struct wb_distribution sid = {.id = "debian", .version_codename = "sid"};
    assert_string_equal(wb_purl_package(arena, &package, &sid),
                        "pkg:deb/debian/attr@1:2.4.47-2%2Bb1?arch=amd64&distro=debian-sid");
    package.source_name = "other";
    struct wb_distribution unknown = {0};
    assert_string_equal(wb_purl_package(arena, &package, &unknown),
                        "pkg:deb/attr@1:2.4.47-2%2Bb1?arch=amd64&upstream=other");
}

static void rpm_packages(void **state)
{
    (void)state;
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    struct wb_package package = {.kind = WB_PACKAGE_RPM,
                                 .name = "nodejs",
                                 .epoch = 2,
                                 .version = "18.1",
                                 .release = "1.el9",
                                 .evr = "2:18.1-1.el9",
                                 .architecture = "x86_64",
                                 .source_name = "nodejs",
                                 .source_version = "18.1-1.el9",
                                 .source_rpm = "nodejs-18.1-1.el9.src.rpm",
                                 .modularity_label = "nodejs:18:9040:rhel9"};
    struct wb_distribution rhel = {.id = "rhel", .version_id = "9.4"};
    assert_string_equal(wb_purl_package(arena, &package, &rhel),
                        "pkg:rpm/redhat/nodejs@18.1-1.el9?arch=x86_64&distro=rhel-9.4&epoch=2&"
                        "rpmmod=nodejs:18:9040:rhel9&upstream=nodejs-18.1-1.el9.src.rpm");
    package.epoch = -1;
    package.modularity_label = NULL;
    package.source_rpm = NULL;
    struct wb_distribution leap = {.id = "opensuse-leap", .version_id = "15.2"};
    assert_string_equal(wb_purl_package(arena, &package, &leap),
                        "pkg:rpm/opensuse/nodejs@18.1-1.el9?arch=x86_64&distro=opensuse-leap-15.2");
    package.epoch = 0;
    struct wb_distribution amazon = {.id = "amzn", .version_id = "2"};
    assert_string_equal(wb_purl_package(arena, &package, &amazon),
                        "pkg:rpm/amzn/nodejs@18.1-1.el9?arch=x86_64&distro=amzn-2&epoch=0");
}

static void images(void **state)
{
    (void)state;
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    struct wb_image_description image = {.manifest_digest = "sha256:244fd47e07d10",
                                         .repository = "registry.example/library/Debian",
                                         .tag = "latest",
                                         .platform = {"linux", "amd64", ""}};
    assert_string_equal(wb_purl_image(arena, &image, "library/Debian/"),
                        "pkg:oci/debian@sha256:244fd47e07d10?arch=amd64&"
                        "repository_url=registry.example%2Flibrary%2FDebian&tag=latest");
    image = (struct wb_image_description){.manifest_digest = "sha256:ab"};
    assert_string_equal(wb_purl_image(arena, &image, "my image"), "pkg:oci/my%20image@sha256:ab");
    image.manifest_digest = NULL;
    assert_null(wb_purl_image(arena, &image, "name"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(purl_spec_suite), cmocka_unit_test(formatting),
        cmocka_unit_test(parsing),         cmocka_unit_test(debian_packages),
        cmocka_unit_test(rpm_packages),    cmocka_unit_test(images),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
