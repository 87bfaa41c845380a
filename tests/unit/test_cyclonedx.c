/* SPDX-License-Identifier: Apache-2.0 */
/* CycloneDX written, read and written again, in every version, as JSON and as XML. */
#include "tests/unit/round_trip.h"

#include <stdlib.h>

#define HEAD "{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.6\","
#define BOM "<bom xmlns=\"http://cyclonedx.org/schema/bom/1.6\" version=\"1\">"

/* As readers of images make it: no text holds what XML cannot. */
static struct wb_bom *clean_sample(void)
{
    struct wb_bom *bom = sample();
    bom->layers[1].created_by = "RUN true\r\n\t&& <x>";
    return bom;
}

static const struct wb_package *package_named(const struct wb_bom *bom, const char *name)
{
    for (size_t i = 0; i < bom->package_count; i++)
        if (strcmp(bom->packages[i]->name, name) == 0)
            return bom->packages[i];
    fail_msg("no package %s", name);
    return NULL;
}

/* ---- Waybill's own ---- */

static void own_documents(void **state)
{
    (void)state;
    static const char *const versions[] = {"1.4", "1.5", "1.6", "1.7"};
    WB_AUTO(wb_bom) *bom = clean_sample();
    for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++) {
        WB_AUTO_STRING json = wb_string_format("cyclonedx-json@%s", versions[i]);
        WB_AUTO_STRING xml = wb_string_format("cyclonedx-xml@%s", versions[i]);
        assert_round_trip(bom, json, json);
        assert_round_trip(bom, json, xml);
        assert_round_trip(bom, xml, json);
        assert_round_trip(bom, xml, xml);
    }
}

static struct wb_package *first_package(struct wb_bom *bom)
{
    return (struct wb_package *)(uintptr_t)package_named(bom, "alpha");
}

/* Facts that only documents have, and that the older versions have no field for. */
static void facts_of_documents(void **state)
{
    (void)state;
    static const struct wb_external_reference references[] = {
        {"SECURITY", "advisory", "https://example.org/a b", NULL},
        {"rfc-9116", NULL, "https://example.org/security.txt", NULL},
        {"vcs", NULL, "https://code.example.org/", "the source"},
    };
    WB_AUTO(wb_bom) *bom = clean_sample();
    struct wb_package *alpha = first_package(bom);
    alpha->licence_concluded = "MIT";
    alpha->download_location = "https://example.org/alpha.deb";
    for (size_t i = 0; i < sizeof references / sizeof references[0]; i++)
        wb_package_add_reference(bom, alpha, &references[i]);
    wb_package_add_checksum(alpha, &(struct wb_digest){.algorithm = WB_DIGEST_SHA224});
    wb_package_add_checksum(alpha, &(struct wb_digest){.algorithm = WB_DIGEST_SHA512});
    bom->creator = (struct wb_party){"Example", "sbom@example.org", "https://example.org", false};
    bom->supplier = (struct wb_party){"Somebody", NULL, "https://example.org/somebody", true};
    assert_round_trip(bom, "cyclonedx-json@1.6", "cyclonedx-xml@1.4");
    assert_round_trip(bom, "cyclonedx-xml@1.4", "cyclonedx-json@1.7");
}

static void files_survive_another_format(void **state)
{
    (void)state;
    WB_AUTO(wb_bom) *bom = clean_sample();
    /* SPDX keeps less of files without a SHA-1. */
    for (size_t i = 0; i < bom->file_count; i++)
        if (bom->files[i]->hashes == NULL)
            bom->files[i]->hashes = hashes(bom, 9);
    assert_round_trip(bom, "cyclonedx-json@1.6", "spdx-json");
    assert_round_trip(bom, "spdx-json", "cyclonedx-xml@1.6");
}

/* ---- others' ---- */

static void components_of_others(void **state)
{
    (void)state;
    WB_AUTO(wb_bom) *bom = read_text(
        HEAD "\"serialNumber\":\"urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79\",\"components\":["
             "{\"type\":\"framework\",\"bom-ref\":\"x\",\"name\":\"outer\",\"pedigree\":{},"
             "\"components\":[{\"type\":\"library\",\"bom-ref\":\"y\",\"name\":\"inner\","
             "\"purl\":\"pkg:rpm/fedora/inner@1-2?arch=noarch&epoch=3\"}],"
             "\"licenses\":[{\"license\":{\"id\":\"MIT\"}},{\"expression\":\"MIT OR Zlib\"},"
             "{\"license\":{\"name\":\"Own\",\"acknowledgement\":\"concluded\"}}]},"
             "{\"type\":\"library\"}],"
             "\"dependencies\":[{\"ref\":\"x\",\"dependsOn\":[\"y\",\"z\"]}],"
             "\"services\":[{},{}]}");
    const struct wb_package *outer = package_named(bom, "outer");
    const struct wb_package *inner = package_named(bom, "inner");
    assert_string_equal(outer->component_type, "framework");
    assert_string_equal(outer->licence, "MIT AND (MIT OR Zlib)");
    assert_string_equal(outer->licence_concluded, "LicenseRef-Own");
    assert_int_equal(inner->kind, WB_PACKAGE_RPM);
    assert_string_equal(inner->evr, "3:1-2");
    assert_int_equal(bom->dependency_count, 1);
    assert_ptr_equal(bom->dependencies[0].to, inner);
    assert_int_equal(lost(bom, "/components/*/pedigree"), 1);
    assert_int_equal(lost(bom, "/components/*/components"), 1);
    assert_int_equal(lost(bom, "/components/*"), 1);
    assert_int_equal(lost(bom, "/services/*"), 2);
    assert_int_equal(lost(bom, "/dependencies/*/dependsOn/*"), 1);
    WB_AUTO_STRING text = written(bom, "cyclonedx-xml");
    assert_non_null(strstr(text, "serialNumber=\"urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79\""));
}

/* Names that no specification knows are counted together: they could be any number. */
static void unknown_members(void **state)
{
    (void)state;
    WB_AUTO(wb_bom) *bom = read_text(HEAD "\"a\":1,\"b\":[1,2],\"metadata\":{\"c\":{}}}");
    assert_int_equal(lost(bom, "/(unknown)"), 1);
    assert_int_equal(lost(bom, "/(unknown)/*"), 2);
    assert_int_equal(lost(bom, "/metadata/(unknown)"), 1);
}

static void cpe_names(void **state)
{
    (void)state;
    assert_non_null(wb_field_cpe_type("cpe:2.3:a:lib\\+\\+:x*:1.0:*:*:en-US:-:??a:*:*"));
    assert_non_null(wb_field_cpe_type("cpe:2.3:*:-:a:*:*:*:es-419:*:*:*:*"));
    assert_non_null(wb_field_cpe_type("cpe:/a:vendor:product:1.0"));
    static const char *const bad[] = {
        "cpe:2.3:a:b",
        "cpe:2.3:a:b:c:d:*:*:english:*:*:*:*",
        "cpe:2.3:a:b+:c:d:*:*:*:*:*:*:*",
        "cpe:2.3:a:b\\:c:d:*:*:*:*:*:*:*",
        "cpe:2.3:a::c:d:*:*:*:*:*:*:*",
        "cpe:2.3:a:b:c:d:*:*:*:*:*:*:*:*",
        "cpe:2.3:x:b:c:d:*:*:*:*:*:*:*",
        "junk",
        "",
        NULL,
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_null(wb_field_cpe_type(bad[i]));
}

/* What a field does not take is a property, or lost where the model has no place for it. */
static void odd_values(void **state)
{
    (void)state;
    WB_AUTO(wb_bom) *bom = read_text(
        HEAD "\"metadata\":{\"authors\":[{\"name\":\"A\",\"email\":\"no mail\"}],\"component\":"
             "{\"type\":\"container\",\"name\":\"n\",\"purl\":\"no purl\"}},\"components\":["
             "{\"type\":\"odd\",\"name\":\"a\",\"cpe\":\"odd cpe\",\"purl\":\"odd\"}]}");
    assert_int_equal(lost(bom, "/metadata/authors/*/email"), 1);
    assert_int_equal(lost(bom, "/metadata/component/purl"), 1);
    assert_int_equal(lost(bom, "/components/*/purl"), 1);
    WB_AUTO_STRING text = written(bom, "cyclonedx-json");
    assert_null(strstr(text, "\"cpe\": "));
    assert_non_null(strstr(text, "\"waybill:package:cpe\""));
    assert_non_null(strstr(text, "\"waybill:package:componentType\""));
}

static void characters_xml_cannot_hold(void **state)
{
    (void)state;
    WB_AUTO(wb_bom) *bom =
        read_text(HEAD "\"components\":[{\"type\":\"library\",\"name\":\"a\\u0001\\ufffeb\"}]}");
    assert_string_equal(bom->packages[0]->name, "a\\x01\\xef\\xbf\\xbeb");
}

static void xml_of_others(void **state)
{
    (void)state;
    WB_AUTO(wb_bom) *bom = read_text(
        "\xef\xbb\xbf<?xml version=\"1.0\"?><!-- a --><c:bom "
        "xmlns:c=\"http://cyclonedx.org/schema/bom/1.3\" xmlns:o=\"urn:o\" version=\"1\">"
        "<o:x><c:name>no</c:name></o:x><c:components><c:component type=\"library\">"
        "<c:name>a<![CDATA[<b>]]>&amp;</c:name><c:licenses><c:license><c:id>MIT</c:id>"
        "</c:license></c:licenses><c:pedigree><c:x/></c:pedigree></c:component></c:components>"
        "</c:bom>");
    assert_string_equal(bom->packages[0]->name, "a<b>&");
    assert_string_equal(bom->packages[0]->licence, "MIT");
    assert_int_equal(lost(bom, "/components/*/pedigree"), 1);
    assert_int_equal(lost(bom, "/(unknown)"), 1);
}

/* ---- refused ---- */

static void assert_refused(const char *text, const char *reason)
{
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO(wb_bom) *bom =
        wb_document_read((struct wb_bytes){(const uint8_t *)text, strlen(text)}, &err);
    assert_null(bom);
    assert_int_equal(err.status, WB_BAD_INPUT);
    if (strstr(err.message, reason) == NULL)
        fail_msg("%s", err.message);
}

static void refused(void **state)
{
    (void)state;
    assert_refused("{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.1\"}", "version 1.1");
    assert_refused("{\"bomFormat\":\"CycloneDX\"}", "not stated");
    assert_refused(HEAD, "JSON line 1");
    assert_refused("<!DOCTYPE bom [<!ENTITY a \"b\">]>" BOM "&a;</bom>", "document type");
    assert_refused("<!DOCTYPE bom SYSTEM \"file:///etc/passwd\">" BOM "</bom>", "document type");
    assert_refused(BOM "&a;</bom>", "XML line 1");
    assert_refused(BOM "<components>", "XML line 1");
    assert_refused(BOM "</bom><bom/>", "XML line 1");
    assert_refused(BOM "<metadata/><metadata/></bom>", "twice");
    assert_refused("<a xmlns=\"http://cyclonedx.org/schema/bom/1.6\"/>", "no CycloneDX document");
    assert_refused(BOM "\xff</bom>", "not UTF-8");
    WB_AUTO_VALUE(wb_buffer) deep = {0};
    wb_buffer_append_text(&deep, BOM);
    for (size_t i = 0; i < 100000; i++)
        wb_buffer_append_text(&deep, "<components>");
    assert_refused((const char *)deep.data, "nested too deep");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_documents),
        cmocka_unit_test(facts_of_documents),
        cmocka_unit_test(files_survive_another_format),
        cmocka_unit_test(components_of_others),
        cmocka_unit_test(unknown_members),
        cmocka_unit_test(cpe_names),
        cmocka_unit_test(odd_values),
        cmocka_unit_test(characters_xml_cannot_hold),
        cmocka_unit_test(xml_of_others),
        cmocka_unit_test(refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
