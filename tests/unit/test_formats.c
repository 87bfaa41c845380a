/* SPDX-License-Identifier: Apache-2.0 */
/* The writers, on a small model made by hand in which most fields hold something awkward. */
#include "tests/unit/sample_bom.h"

#include <stdlib.h>

/* ---- writing and reading back ---- */

static json_t *read_back(const struct wb_bom *bom, const char *format_name)
{
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO_STRING text = written(bom, format_name);
    json_t *document = wb_json_parse((struct wb_bytes){(const uint8_t *)text, strlen(text)}, &err);
    if (document == NULL)
        fail_msg("%s", err.message);
    return document;
}

/* The element of `list` whose member `key` is `value`. */
static json_t *find(const json_t *document, const char *list, const char *key, const char *value)
{
    size_t i;
    json_t *element;
    json_array_foreach(wb_json_array_of(document, list), i, element)
    {
        const char *found = wb_json_string_of(element, key);
        if (found != NULL && strcmp(found, value) == 0)
            return element;
    }
    fail_msg("no %s with %s %s", list, key, value);
    return NULL;
}

static void assert_member(const json_t *object, const char *key, const char *value)
{
    const char *found = wb_json_string_of(object, key);
    if (value == NULL)
        assert_null(found);
    else if (found == NULL)
        fail_msg("no %s", key);
    else
        assert_string_equal(found, value);
}

/* ---- SPDX ---- */

static bool related(const json_t *document, const char *from, const char *kind, const char *to)
{
    size_t i;
    json_t *one;
    json_array_foreach(wb_json_array_of(document, "relationships"), i, one)
    {
        if (strcmp(wb_json_string_of(one, "spdxElementId"), from) == 0 &&
            strcmp(wb_json_string_of(one, "relationshipType"), kind) == 0 &&
            strcmp(wb_json_string_of(one, "relatedSpdxElement"), to) == 0)
            return true;
    }
    return false;
}

static const char *comment_of(const json_t *element)
{
    return wb_json_string_of(json_array_get(wb_json_array_of(element, "annotations"), 0),
                             "comment");
}

static void spdx_packages(void **state)
{
    (void)state;
    WB_AUTO(wb_bom) *bom = sample();
    WB_AUTO_JSON document = read_back(bom, "spdx-json");
    json_t *image = find(document, "packages", "SPDXID", "SPDXRef-image");
    assert_member(image, "supplier", "Organization: Example Vendor (EU) ()");
    assert_member(image, "homepage", NULL);
    json_t *alpha = find(document, "packages", "name", "alpha");
    assert_member(alpha, "versionInfo", "1:1.0-1");
    assert_member(alpha, "supplier", "Organization: Team \"A\" (Debian) ()");
    assert_member(alpha, "licenseDeclared", "MIT AND LicenseRef-Acme-1");
    assert_member(alpha, "sourceInfo", "built package from: greek 1.0-1");
    assert_member(alpha, "homepage", NULL);
    assert_non_null(strstr(comment_of(alpha), "waybill:package:homepage=https://alpha example/"));
    assert_non_null(strstr(comment_of(alpha), "waybill:package:depends=beta | libc6 (>= 2.36), "
                                              "gone\n"));
    assert_non_null(strstr(comment_of(alpha), "waybill:package:state=installed\n"));
    /* A value of several lines cannot pass for another property. */
    assert_null(strstr(comment_of(alpha), "\nwaybill:package:state=forged"));
    json_t *beta = find(document, "packages", "name", "beta");
    assert_member(beta, "supplier", "Person: A Person (person@example.org)");
    assert_member(beta, "homepage", "http://beta.example.org/?a=%20b#c");
    json_t *old = find(document, "packages", "name", "old");
    assert_null(wb_json_array_of(old, "externalRefs"));
    json_t *licence =
        find(document, "hasExtractedLicensingInfos", "licenseId", "LicenseRef-Acme-1");
    assert_member(licence, "extractedText", "As is.");
}

static void spdx_relationships(void **state)
{
    (void)state;
    WB_AUTO(wb_bom) *bom = sample();
    WB_AUTO_JSON document = read_back(bom, "spdx-json");
    const char *alpha = wb_json_string_of(find(document, "packages", "name", "alpha"), "SPDXID");
    const char *beta = wb_json_string_of(find(document, "packages", "name", "beta"), "SPDXID");
    const char *old = wb_json_string_of(find(document, "packages", "name", "old"), "SPDXID");
    const char *modified =
        wb_json_string_of(find(document, "files", "fileName", "./usr/bin/a"), "SPDXID");
    const char *stray =
        wb_json_string_of(find(document, "files", "fileName", "./srv/stray"), "SPDXID");
    assert_true(related(document, "SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-image"));
    assert_true(related(document, "SPDXRef-image", "CONTAINS", alpha));
    assert_false(related(document, "SPDXRef-image", "CONTAINS", old));
    assert_true(related(document, alpha, "DEPENDS_ON", beta));
    assert_true(related(document, alpha, "OPTIONAL_DEPENDENCY_OF", beta));
    assert_false(related(document, beta, "DEPENDS_ON", alpha));
    assert_true(related(document, alpha, "CONTAINS", modified));
    assert_true(related(document, modified, "FILE_MODIFIED", alpha));
    assert_true(related(document, stray, "FILE_ADDED", "SPDXRef-image"));
    assert_true(related(document, "SPDXRef-removed-file-1", "FILE_DELETED", "SPDXRef-image"));
}

/* SPDX 2.3, 7.9.1: SHA-1 over the sorted hex SHA-1 values, joined. */
static void spdx_verification_code(void **state)
{
    (void)state;
    WB_AUTO(wb_bom) *bom = sample();
    WB_AUTO_JSON document = read_back(bom, "spdx-json");
    char values[81], hex[41];
    for (size_t i = 0; i < 40; i++) {
        values[2 * i] = '0';
        values[2 * i + 1] = i < 20 ? '1' : '2';
    }
    values[80] = '\0';
    struct wb_digest digest;
    assert_true(wb_digest_bytes(WB_DIGEST_SHA1, (struct wb_bytes){(const uint8_t *)values, 80},
                                &digest, NULL));
    wb_hex_format(digest.bytes, 20, hex);
    json_t *alpha = find(document, "packages", "name", "alpha");
    assert_true(json_is_true(json_object_get(alpha, "filesAnalyzed")));
    assert_member(wb_json_object_of(alpha, "packageVerificationCode"),
                  "packageVerificationCodeValue", hex);
    json_t *beta = find(document, "packages", "name", "beta");
    assert_true(json_is_false(json_object_get(beta, "filesAnalyzed")));
    json_t *image = find(document, "packages", "SPDXID", "SPDXRef-image");
    assert_non_null(strstr(comment_of(image), "waybill:image:file=unowned /srv/unhashed"));
}

/* ---- CycloneDX ---- */

static const char *property(const json_t *component, const char *name)
{
    return wb_json_string_of(find(component, "properties", "name", name), "value");
}

static void cyclonedx_components(void **state)
{
    (void)state;
    WB_AUTO(wb_bom) *bom = sample();
    WB_AUTO_JSON document = read_back(bom, "cyclonedx-json");
    json_t *image = wb_json_object_of(wb_json_object_of(document, "metadata"), "component");
    assert_member(image, "type", "container");
    assert_member(image, "purl", "pkg:oci/example@" DIGEST_A);
    assert_string_equal(property(image, "waybill:image:layer:2:diffID"), DIGEST_B);
    assert_string_equal(property(image, "waybill:database:1:deletedByLayer"), "2");
    json_t *alpha = find(document, "components", "name", "alpha");
    assert_member(alpha, "description", "first package\nSays\nwaybill:package:state=forged");
    assert_member(alpha, "scope", "required");
    assert_null(wb_json_array_of(alpha, "externalReferences"));
    assert_string_equal(property(alpha, "waybill:layer:changed:diffID"), DIGEST_B);
    assert_string_equal(property(alpha, "waybill:package:installTime"), "2020-09-13T12:26:40Z");
    json_t *licence = json_array_get(wb_json_array_of(alpha, "licenses"), 0);
    assert_member(licence, "expression", "MIT AND LicenseRef-Acme-1");
    json_t *beta = find(document, "components", "name", "beta");
    assert_string_equal(property(beta, "waybill:package:state"), "half-installed");
    json_t *old = find(document, "components", "name", "old");
    assert_member(old, "scope", "excluded");
    assert_member(old, "purl", NULL);
    assert_string_equal(property(old, "waybill:package:state"), "removed");
    json_t *file = find(document, "components", "name", "/usr/bin/a");
    assert_string_equal(property(file, "waybill:file:package"),
                        wb_json_string_of(alpha, "bom-ref"));
    assert_string_equal(property(file, "waybill:file:status"), "modified");
    json_t *finding = json_array_get(wb_json_array_of(document, "annotations"), 0);
    assert_member(finding, "text",
                  "warning: deleted by layer 2\nwaybill:finding:code=package-database-deleted\n"
                  "waybill:finding:path=var/lib/dpkg/status\nwaybill:finding:layer=2");
}

/* ---- all ---- */

static void same_model_same_bytes(void **state)
{
    (void)state;
    size_t count;
    const struct wb_format *formats = wb_formats(&count);
    for (size_t i = 0; i < count; i++) {
        WB_AUTO(wb_bom) *one = sample();
        WB_AUTO(wb_bom) *two = sample();
        WB_AUTO_STRING first = written(one, formats[i].name);
        WB_AUTO_STRING second = written(two, formats[i].name);
        assert_string_equal(first, second);
    }
}

static void nothing_known(void **state)
{
    (void)state;
    static const struct wb_image_description image = {.name = "x"};
    size_t count;
    const struct wb_format *formats = wb_formats(&count);
    WB_AUTO(wb_bom) *bom = wb_bom_new();
    bom->image = &image;
    bom->source_name = "x";
    bom->content_digest = DIGEST_A;
    bom->tool_version = "0";
    wb_bom_finish(bom);
    for (size_t i = 0; i < count; i++) {
        WB_AUTO_STRING text = written(bom, formats[i].name);
        if (strcmp(formats[i].name, "coswid") == 0) /* has NUL bytes */
            assert_string_not_equal(text, "");
        else
            assert_non_null(strstr(text, "x"));
    }
}

static void table_is_safe_to_show(void **state)
{
    (void)state;
    WB_AUTO(wb_bom) *bom = sample();
    WB_AUTO_STRING text = written(bom, "table");
    assert_null(strchr(text, '\033'));
    assert_non_null(strstr(text, "alpha  1:1.0-1"));
    assert_non_null(strstr(text, "half-installed"));
    assert_non_null(strstr(text, "1.2 MB"));
    for (const char *line = text; *line != '\0'; line = strchr(line, '\n') + 1)
        assert_true(strcspn(line, "\n") <= 114);
}

static void fields(void **state)
{
    (void)state;
    static const char *const homepages[] = {"http://a.example", "https://www.a-b.example.org:80/x",
                                            "ftp://ftp.a.org/~b?c=d#e"};
    static const char *const bad[] = {"https://a example.org/",
                                      "https://localhost/",
                                      "https://a.example.org/%zz",
                                      "https://a.example.org/\xc3\xa9",
                                      "https://10.0.0.1/",
                                      "https://a.example.org:x/",
                                      "https://u@a.example.org/",
                                      "https://a..org",
                                      "mailto:a@b.org",
                                      "https://",
                                      "javascript://a.example/",
                                      "",
                                      "https://a.org/{}"};
    for (size_t i = 0; i < sizeof homepages / sizeof homepages[0]; i++)
        assert_true(wb_field_is_homepage(homepages[i]) && wb_field_is_iri(homepages[i]));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(wb_field_is_homepage(bad[i]));
    assert_false(wb_field_is_iri("https://a.org/ b") || wb_field_is_iri("//a.org") ||
                 wb_field_is_iri(NULL) || wb_field_is_iri("https://[::1"));
    assert_true(wb_field_is_email("a@b.org"));
    assert_false(wb_field_is_email("a b@c") || wb_field_is_email("@c") || wb_field_is_email("a@") ||
                 wb_field_is_email("a@b@c") || wb_field_is_email(NULL));
    assert_string_equal(wb_field_cpe_type("cpe:/o:redhat:enterprise_linux:9::baseos"), "cpe22Type");
    assert_string_equal(wb_field_cpe_type("cpe:2.3:o:a:b:1:*:*:*:*:*:*:*"), "cpe23Type");
    assert_null(wb_field_cpe_type("cpe:2.3:o:a:b:1:*:*:*:*:*:*"));
    assert_null(wb_field_cpe_type("cpe:/o:a b"));
    assert_null(wb_field_cpe_type("cpe:2.3:x:a:b:1:*:*:*:*:*:*:*"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spdx_packages),          cmocka_unit_test(spdx_relationships),
        cmocka_unit_test(spdx_verification_code), cmocka_unit_test(cyclonedx_components),
        cmocka_unit_test(same_model_same_bytes),  cmocka_unit_test(nothing_known),
        cmocka_unit_test(table_is_safe_to_show),  cmocka_unit_test(fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
