/* SPDX-License-Identifier: Apache-2.0 */
/* SPDX 2.3 written, read and written again, as JSON and as tag-value pairs. */
#include "tests/unit/sample_bom.h"

#include <stdlib.h>

static struct wb_bom *read_text(const char *text)
{
    struct wb_error err = WB_ERROR_INIT;
    struct wb_bom *bom =
        wb_document_read((struct wb_bytes){(const uint8_t *)text, strlen(text)}, &err);
    if (bom == NULL)
        fail_msg("%s", err.message);
    return bom;
}

static void assert_no_losses(const struct wb_bom *bom)
{
    for (size_t i = 0; i < bom->loss_count; i++)
        print_error("lost: %s, %zu times\n", bom->losses[i].field, bom->losses[i].count);
    assert_int_equal(bom->loss_count, 0);
}

/* Shows where two documents part. */
static void assert_same(const char *a, const char *b)
{
    size_t i = 0, line = 0;
    while (a[i] != '\0' && a[i] == b[i]) {
        if (a[i] == '\n')
            line = i + 1;
        i++;
    }
    if (a[i] != b[i])
        fail_msg("differ:\n%.400s\nand\n%.400s", a + line, b + line);
}

/* ---- Waybill's own ---- */

static void assert_round_trip(const struct wb_bom *bom, const char *first, const char *second)
{
    WB_AUTO_STRING a = written(bom, first);
    WB_AUTO(wb_bom) *read = read_text(a);
    assert_string_equal(read->origin_format, first);
    assert_no_losses(read);
    WB_AUTO_STRING b = written(read, second);
    WB_AUTO(wb_bom) *again = read_text(b);
    assert_string_equal(again->origin_format, second);
    assert_no_losses(again);
    WB_AUTO_STRING c = written(again, first);
    assert_same(a, c);
}

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
