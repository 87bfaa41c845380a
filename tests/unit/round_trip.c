/* SPDX-License-Identifier: Apache-2.0 */
/* Reading documents again and comparing them. */
#include "tests/unit/round_trip.h"

struct wb_bom *read_document(struct wb_bytes document)
{
    struct wb_error err = WB_ERROR_INIT;
    struct wb_bom *bom = wb_document_read(document, &err);
    if (bom == NULL)
        fail_msg("%s", err.message);
    return bom;
}

struct wb_bom *read_text(const char *text)
{
    return read_document((struct wb_bytes){(const uint8_t *)text, strlen(text)});
}

size_t lost(const struct wb_bom *bom, const char *field)
{
    for (size_t i = 0; i < bom->loss_count; i++)
        if (strcmp(bom->losses[i].field, field) == 0)
            return bom->losses[i].count;
    return 0;
}

void assert_no_losses(const struct wb_bom *bom)
{
    for (size_t i = 0; i < bom->loss_count; i++)
        print_error("lost: %s, %zu times\n", bom->losses[i].field, bom->losses[i].count);
    assert_int_equal(bom->loss_count, 0);
}

void assert_same(const char *a, const char *b)
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

/* `name` may have a version behind it. */
static void assert_format(const struct wb_bom *bom, const char *name)
{
    assert_int_equal(strlen(bom->origin_format), strcspn(name, "@"));
    assert_memory_equal(bom->origin_format, name, strcspn(name, "@"));
}

void assert_round_trip(const struct wb_bom *bom, const char *first, const char *second)
{
    WB_AUTO_STRING a = written(bom, first);
    WB_AUTO(wb_bom) *read = read_text(a);
    assert_format(read, first);
    assert_no_losses(read);
    WB_AUTO_STRING b = written(read, second);
    WB_AUTO(wb_bom) *again = read_text(b);
    assert_format(again, second);
    assert_no_losses(again);
    WB_AUTO_STRING c = written(again, first);
    assert_same(a, c);
}
