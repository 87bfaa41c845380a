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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_documents),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
