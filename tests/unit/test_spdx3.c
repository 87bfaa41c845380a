/* SPDX-License-Identifier: Apache-2.0 */
/* SPDX 3.0.1 written, read and written again. */
#include "tests/unit/round_trip.h"

static void own_documents(void **state)
{
    (void)state;
    WB_AUTO(wb_bom) *bom = sample();
    assert_round_trip(bom, "spdx3-json", "spdx3-json");
}

/* SPDX 2.3 says but little of a file without a SHA-1, and CycloneDX has no control characters. */
static void by_way_of_other_formats(void **state)
{
    (void)state;
    static const char *const names[] = {"spdx-json", "spdx-tag-value", "cyclonedx-json",
                                        "cyclonedx-json@1.4", "cyclonedx-xml"};
    WB_AUTO(wb_bom) *bom = sample();
    bom->layers[1].created_by = "RUN rm -rf /var/lib/dpkg";
    for (size_t i = 0; i < bom->file_count; i++)
        if (bom->files[i]->hashes == NULL)
            bom->files[i]->hashes = hashes(bom, 9);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_round_trip(bom, "spdx3-json", names[i]);
        assert_round_trip(bom, names[i], "spdx3-json");
    }
}

/* What only a document that was read can say, and what the resolver adds. */
static void all_that_the_model_holds(void **state)
{
    (void)state;
    WB_AUTO(wb_bom) *bom = sample();
    struct wb_package *alpha = bom->packages[0];
    add_what_documents_say(bom);
    static const struct wb_external_reference references[] = {
        {"SECURITY", "advisory", "https://a.example.org/", "a\ncomment"},
        {"PACKAGE-MANAGER", "purl", "no purl", NULL},
        {"PERSISTENT-ID", "gitoid", "gitoid:x", NULL},
        {"vcs", NULL, "https://a.example.org/git", NULL},
        {"OTHER", "odd", "an odd one", "with\nlines"},
    };
    for (size_t i = 0; i < sizeof references / sizeof references[0]; i++)
        wb_package_add_reference(bom, alpha, &references[i]);
    wb_bom_finish(bom);
    assert_round_trip(bom, "spdx3-json", "spdx3-json");
    WB_AUTO_STRING text = written(bom, "spdx3-json");
    WB_AUTO(wb_bom) *read = read_text(text);
    const struct wb_package *same = read->packages[0];
    assert_null(read->creator.name);
    assert_string_equal(read->creator.url, "https://maker.example.org/");
    assert_string_equal(read->supplier.name, "A (b)");
    assert_string_equal(read->supplier.url, "urn:x");
    assert_string_equal(read->tools[1].name, "nameless");
    assert_string_equal(read->unmet[0].text, "z (>= 2) | y");
    assert_int_equal(same->external_reference_count, alpha->external_reference_count);
    for (size_t i = 0; i < same->external_reference_count; i++)
        assert_string_equal(same->external_references[i].category,
                            alpha->external_references[i].category);
    assert_int_equal(same->checksums[0].algorithm, WB_DIGEST_SHA384);
    assert_string_equal(same->component_type, "cryptographic-asset");
    assert_string_equal(same->properties[0].name, "own=name");
    assert_string_equal(same->licence_concluded, "MIT");
    assert_true(same->packager_is_person);
}

/* ---- others' ---- */

#define CONTEXT "{\"@context\": \"https://spdx.org/rdf/3.0.1/spdx-context.jsonld\", "
#define HEAD                                                                                       \
    CONTEXT "\"@graph\": [{\"type\": \"CreationInfo\", \"@id\": \"_:c\", \"specVersion\": "        \
            "\"3.0.1\", \"created\": \"2024-01-02T03:04:05Z\", \"createdBy\": [\"urn:x:m\"]},"     \
            "{\"type\": \"SoftwareAgent\", \"spdxId\": \"urn:x:m\", \"name\": \"other-v1\"},"

static void foreign_packages(void **state)
{
    (void)state;
    WB_AUTO(wb_bom) *bom = read_text(
        HEAD "{\"type\": \"software_Package\", \"spdxId\": \"urn:x:r\", \"name\": \"kernel\","
             " \"software_packageVersion\": \"2:5.14-1.el9\", \"validUntilTime\": \"x\","
             " \"externalIdentifier\": {\"externalIdentifierType\": \"packageUrl\", \"identifier\":"
             " \"pkg:rpm/x/kernel@5.14-1.el9?arch=aarch64&upstream=k-5-1.src.rpm\"},"
             " \"suppliedBy\": {\"type\": \"Person\", \"name\": \"Erika\"}},"
             "{\"type\": \"software_Package\", \"spdxId\": \"urn:x:d\", \"name\": \"d\"},"
             "{\"type\": \"software_Package\", \"spdxId\": \"urn:x:d\", \"name\": \"twice\"},"
             "{\"type\": \"software_Package\", \"spdxId\": \"urn:x:n\"},"
             "{\"type\": \"software_File\", \"spdxId\": \"urn:x:f\", \"name\": \"a\\u000ab\"},"
             "{\"type\": \"software_Snippet\", \"spdxId\": \"urn:x:s\"},"
             "{\"type\": \"Relationship\", \"from\": \"urn:x:r\", \"relationshipType\":"
             " \"dependsOn\", \"to\": \"urn:x:d\"},"
             "{\"type\": \"Relationship\", \"from\": \"urn:x:r\", \"relationshipType\":"
             " \"contains\", \"to\": [\"urn:x:f\", \"urn:x:d\", \"urn:x:f\"]},"
             "{\"type\": \"Relationship\", \"from\": \"urn:x:r\", \"relationshipType\":"
             " \"hasDeclaredLicense\", \"to\": [\"https://spdx.org/licenses/MIT\"]},"
             "{\"type\": \"Relationship\", \"from\": \"urn:x:d\", \"relationshipType\":"
             " \"hasDeclaredLicense\", \"to\": [{\"type\": \"simplelicensing_LicenseExpression\","
             " \"simplelicensing_licenseExpression\": \"odd one\"}]}]}");
    assert_string_equal(bom->tools[0].version, "v1");
    assert_int_equal(bom->package_count, 3);
    const struct wb_package *kernel = bom->packages[0];
    assert_int_equal(kernel->kind, WB_PACKAGE_RPM);
    assert_int_equal(kernel->epoch, 2);
    assert_string_equal(kernel->release, "1.el9");
    assert_string_equal(kernel->architecture, "aarch64");
    assert_string_equal(kernel->source_name, "k");
    assert_string_equal(kernel->supplier, "Erika");
    assert_string_equal(kernel->licence, "MIT");
    assert_string_equal(bom->packages[1]->licence_declared, "odd one");
    assert_null(bom->packages[1]->licence);
    assert_string_equal(bom->files[0]->path, "/a\\x0ab");
    assert_int_equal(bom->files[0]->owner_count, 1);
    assert_ptr_equal(bom->files[0]->owners[0], kernel);
    assert_int_equal(bom->dependency_count, 1);
    assert_int_equal(lost(bom, "software_Package/validUntilTime"), 1);
    assert_int_equal(lost(bom, "software_Package/spdxId"), 1);
    assert_int_equal(lost(bom, "software_Package"), 1);
    assert_int_equal(lost(bom, "software_Snippet"), 1);
    assert_int_equal(lost(bom, "Relationship/contains"), 1);
    assert_round_trip(bom, "spdx3-json", "spdx3-json");
}

/* Whose image is known by its purpose, and no names of Waybill's. */
static void foreign_image(void **state)
{
    (void)state;
    WB_AUTO(wb_bom) *bom = read_text(
        HEAD "{\"type\": \"SpdxDocument\", \"spdxId\": \"https://x.example.org/d#doc\","
             " \"name\": \"foreign\", \"rootElement\": [\"urn:x:i\"]},"
             "{\"type\": \"software_Package\", \"spdxId\": \"urn:x:i\", \"name\": \"image\","
             " \"software_primaryPurpose\": \"container\", \"verifiedUsing\": [{\"type\": \"Hash\","
             " \"algorithm\": \"sha256\", \"hashValue\": \"" DIGEST_A "\"}]},"
             "{\"type\": \"software_Package\", \"spdxId\": \"urn:x:o\", \"name\": \"debian\","
             " \"software_primaryPurpose\": \"operatingSystem\", \"software_packageVersion\":"
             " \"12\"}]}");
    assert_string_equal(bom->document_name, "foreign");
    assert_string_equal(bom->source_name, "image");
    assert_string_equal(bom->distribution.id, "debian");
    assert_string_equal(bom->distribution.version_id, "12");
    assert_int_equal(lost(bom, "software_Package/verifiedUsing"), 1); /* not hexadecimal */
    assert_round_trip(bom, "spdx3-json", "spdx3-json");
}

static void refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        CONTEXT "\"@graph\": []}",
        CONTEXT "\"@graph\": [",
        CONTEXT "\"@graph\": [{\"type\": \"CreationInfo\"}]}",
        CONTEXT "\"@graph\": [{\"type\": \"CreationInfo\", \"specVersion\": \"3.1.0\"}]}",
        "{\"@context\": \"https://example.org/\"}",
    };
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
        cmocka_unit_test(by_way_of_other_formats),
        cmocka_unit_test(all_that_the_model_holds),
        cmocka_unit_test(foreign_packages),
        cmocka_unit_test(foreign_image),
        cmocka_unit_test(refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
