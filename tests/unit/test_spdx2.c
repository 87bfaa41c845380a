/* SPDX-License-Identifier: Apache-2.0 */
/* SPDX 2.3 written, read and written again, as JSON and as tag-value pairs. */
#include "tests/unit/round_trip.h"

static void own_documents(void **state)
{
    (void)state;
    static const char *const names[] = {"spdx-json", "spdx-tag-value"};
    WB_AUTO(wb_bom) *bom = sample();
    for (size_t i = 0; i < 4; i++)
        assert_round_trip(bom, names[i / 2], names[i % 2]);
}

/* What only a document that was read can say, and what the resolver adds. */
static void all_that_the_model_holds(void **state)
{
    (void)state;
    WB_AUTO(wb_bom) *bom = sample();
    struct wb_package *alpha = bom->packages[0];
    add_what_documents_say(bom);
    struct wb_external_reference reference = {"SECURITY", "advisory", "https://a.example.org/",
                                              "a\ncomment </text>"};
    wb_package_add_reference(bom, alpha, &reference);
    alpha->stated_missing_count = 3;
    wb_bom_finish(bom);
    assert_round_trip(bom, "spdx-json", "spdx-tag-value");
    assert_round_trip(bom, "spdx-tag-value", "spdx-json");
    WB_AUTO_STRING text = written(bom, "spdx-json");
    WB_AUTO(wb_bom) *read = read_text(text);
    /* SPDX wants a name: the address stands for one, as it does with --creator. */
    assert_string_equal(read->creator.name, "https://maker.example.org/");
    assert_string_equal(read->creator.url, "https://maker.example.org/");
    assert_string_equal(read->supplier.name, "A (b)");
    assert_string_equal(read->tools[1].name, "nameless");
    assert_string_equal(read->unmet[0].text, "z (>= 2) | y");
    assert_int_equal(read->unmet[0].kind, WB_RELATION_PRE_DEPENDS);
    assert_string_equal(read->packages[0]->component_type, "cryptographic-asset");
    assert_string_equal(read->packages[0]->properties[0].name, "own=name");
    assert_string_equal(read->packages[0]->relations[1].version, "2.36");
}

/* ---- others' ---- */

#define HEAD                                                                                       \
    "{\"spdxVersion\": \"SPDX-2.2\", \"name\": \"foreign\", \"documentNamespace\": "               \
    "\"https://x.example.org/\","                                                                  \
    "\"creationInfo\": {\"created\": \"2024-01-02T03:04:05Z\", \"creators\": [\"Tool: "            \
    "other-v1\"]},"

static void foreign_packages(void **state)
{
    (void)state;
    WB_AUTO(wb_bom) *bom = read_text(
        HEAD "\"packages\": ["
             "{\"SPDXID\": \"SPDXRef-r\", \"name\": \"kernel\", \"versionInfo\": \"2:5.14-1.el9\","
             " \"attributionTexts\": [\"x\"], \"hasFiles\": [\"SPDXRef-f\"], \"licenseDeclared\": "
             "\"odd\","
             " \"externalRefs\": [{\"referenceCategory\": \"PACKAGE_MANAGER\", \"referenceType\": "
             "\"purl\","
             " \"referenceLocator\": "
             "\"pkg:rpm/x/kernel@5.14-1.el9?arch=aarch64&upstream=k-5-1.src.rpm\"}]},"
             "{\"SPDXID\": \"SPDXRef-d\", \"name\": \"d\", \"sourceInfo\": \"built package from: s "
             "1-2\"},"
             "{\"SPDXID\": \"SPDXRef-d\", \"name\": \"twice\"}, {\"SPDXID\": \"SPDXRef-n\"}],"
             "\"files\": [{\"SPDXID\": \"SPDXRef-f\", \"fileName\": \"a\\u000ab\"}],"
             "\"relationships\": [{\"spdxElementId\": \"SPDXRef-d\", \"relationshipType\": "
             "\"DEPENDENCY_OF\", \"relatedSpdxElement\": \"SPDXRef-r\"},"
             "{\"spdxElementId\": \"SPDXRef-d\", \"relationshipType\": \"CONTAINS\","
             " \"relatedSpdxElement\": \"SPDXRef-r\"}]}");
    assert_string_equal(bom->source_name, "foreign");
    assert_string_equal(bom->tools[0].version, "v1");
    assert_int_equal(bom->package_count, 3);
    const struct wb_package *kernel = bom->packages[0];
    assert_int_equal(kernel->kind, WB_PACKAGE_RPM);
    assert_int_equal(kernel->epoch, 2);
    assert_string_equal(kernel->version, "5.14");
    assert_string_equal(kernel->release, "1.el9");
    assert_string_equal(kernel->architecture, "aarch64");
    assert_string_equal(kernel->source_name, "k");
    assert_string_equal(kernel->licence_declared, "odd");
    assert_null(kernel->licence);
    assert_string_equal(bom->packages[1]->source_version, "1-2");
    assert_string_equal(bom->files[0]->path, "/a\\x0ab");
    assert_ptr_equal(bom->files[0]->owners[0], kernel);
    assert_int_equal(bom->dependency_count, 1);
    assert_ptr_equal(bom->dependencies[0].from, kernel);
    assert_int_equal(lost(bom, "/packages/*/attributionTexts"), 1);
    assert_int_equal(lost(bom, "/relationships/*/CONTAINS"), 1);
    assert_int_equal(lost(bom, "/packages/*"), 1);
    assert_int_equal(lost(bom, "/packages/*/SPDXID"), 1);
    assert_round_trip(bom, "spdx-json", "spdx-tag-value");
}

static void refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "{}",
        "[]",
        "{\"a\": {\"spdxVersion\": \"SPDX-2.3\"}}",
        "{\"spdxVersion\": \"SPDX-2.1\"}",
        "{\"spdxVersion\": \"SPDX-2.3\"",
        "SPDXVersion: SPDX-2.3\nPackageVersion: 1\n",
        "SPDXVersion: SPDX-2.3\nPackageName: a\nPackageComment: <text>open",
        "SPDXVersion: SPDX-2.3\nRelationship: a b\n",
        "SPDXVersion: SPDX-2.3\nno tag\n"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct wb_error err = WB_ERROR_INIT;
        struct wb_bytes bytes = {(const uint8_t *)texts[i], strlen(texts[i])};
        if (wb_document_read(bytes, &err) != NULL)
            fail_msg("read: %s", texts[i]);
        assert_int_equal(err.status, WB_BAD_INPUT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_documents),
        cmocka_unit_test(all_that_the_model_holds),
        cmocka_unit_test(foreign_packages),
        cmocka_unit_test(refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
