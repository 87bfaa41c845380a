/* SPDX-License-Identifier: Apache-2.0 */
/* SPDX 2 whose elements have no ids, or those of others. */
#include "tests/unit/round_trip.h"

#define HEAD                                                                                       \
    "{\"spdxVersion\": \"SPDX-2.2\", \"name\": \"foreign\", \"documentNamespace\": "               \
    "\"https://x.example.org/\","                                                                  \
    "\"creationInfo\": {\"created\": \"2024-01-02T03:04:05Z\", \"creators\": [\"Tool: "            \
    "other-v1\"]},"

static size_t losses_at(const struct wb_bom *bom, const char *field)
{
    for (size_t i = 0; i < bom->loss_count; i++)
        if (strcmp(bom->losses[i].field, field) == 0)
            return bom->losses[i].count;
    return 0;
}

static void own_ids_stand_once(void **state)
{
    (void)state;
    WB_AUTO(wb_bom) *bom = sample();
    WB_AUTO_STRING text = written(bom, "spdx-json");
    WB_AUTO(wb_bom) *read = read_text(text);
    assert_int_equal(losses_at(read, "/packages/*/SPDXID"), 0);
    assert_int_equal(losses_at(read, "/files/*/SPDXID"), 0);
}

#define SYSTEM                                                                                     \
    "\"name\": \"alpine\", \"versionInfo\": \"3\", \"primaryPackagePurpose\": "                    \
    "\"OPERATING_SYSTEM\""

/* An element whose id another one has is kept, and what refers to the id means the first. */
static void ids_that_stand_twice(void **state)
{
    (void)state;
    WB_AUTO(wb_bom) *bom =
        read_text(HEAD "\"packages\": [{\"SPDXID\": \"SPDXRef-a\", " SYSTEM "},"
                       "{\"SPDXID\": \"SPDXRef-a\", " SYSTEM "},"
                       "{\"SPDXID\": \"SPDXRef-b\", \"name\": \"b\"},"
                       "{\"SPDXID\": \"SPDXRef-b\", \"name\": \"c\"},"
                       "{\"SPDXID\": \"SPDXRef-DOCUMENT\", \"name\": \"d\"}],"
                       "\"files\": [{\"SPDXID\": \"SPDXRef-b\", \"fileName\": \"./f\"}],"
                       "\"relationships\": [{\"spdxElementId\": \"SPDXRef-a\","
                       " \"relationshipType\": \"DEPENDS_ON\", \"relatedSpdxElement\": "
                       "\"SPDXRef-b\"}]}");
    assert_string_equal(bom->distribution.id, "alpine");
    assert_int_equal(bom->package_count, 4);
    assert_int_equal(bom->file_count, 1);
    assert_int_equal(bom->dependency_count, 0);
    assert_int_equal(losses_at(bom, "/packages/*/SPDXID"), 3);
    assert_int_equal(losses_at(bom, "/files/*/SPDXID"), 1);
    assert_int_equal(losses_at(bom, "/relationships/*/DEPENDS_ON"), 1);
    assert_round_trip(bom, "spdx-json", "spdx-tag-value");
    assert_round_trip(bom, "spdx-tag-value", "spdx-json");
}

/* What is written with an id the next time is the same thing then. */
static void system_without_id(void **state)
{
    (void)state;
    WB_AUTO(wb_bom) *bom = read_text(HEAD "\"packages\": [{" SYSTEM "}]}");
    assert_string_equal(bom->distribution.id, "alpine");
    assert_int_equal(bom->package_count, 0);
    assert_int_equal(losses_at(bom, "/packages/*/SPDXID"), 1);
    assert_round_trip(bom, "spdx-json", "spdx-tag-value");
    assert_round_trip(bom, "spdx-tag-value", "spdx-json");
}

static void document_without_name(void **state)
{
    (void)state;
    WB_AUTO(wb_bom) *bom = read_text("SPDXVersion: SPDX-2.3\nDocumentName:\nPackageName: p\n");
    assert_null(bom->document_name);
    assert_string_equal(bom->source_name, "unnamed");
    assert_round_trip(bom, "spdx-json", "spdx-tag-value");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_ids_stand_once),
        cmocka_unit_test(ids_that_stand_twice),
        cmocka_unit_test(system_without_id),
        cmocka_unit_test(document_without_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
