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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_documents),
        cmocka_unit_test(by_way_of_other_formats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
