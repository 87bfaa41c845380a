/* SPDX-License-Identifier: Apache-2.0 */
/* CoSWID written, read and written again; and what others write. */
#include "base/cbor_reader.h"
#include "tests/unit/round_trip.h"

#include <stdlib.h>

static void own_document(void **state)
{
    (void)state;
    WB_AUTO(wb_bom) *bom = sample();
    WB_AUTO_VALUE(wb_buffer) first = {0};
    WB_AUTO_VALUE(wb_buffer) second = {0};
    write_document(bom, "coswid", &first);
    WB_AUTO(wb_bom) *read = read_document(wb_buffer_bytes(&first));
    assert_string_equal(read->origin_format, "coswid");
    assert_no_losses(read);
    write_document(read, "coswid", &second);
    assert_int_equal(first.size, second.size);
    assert_memory_equal(first.data, second.data, first.size);
}

/* All but the line that names the document, which is another one. */
static void assert_same_lines(const char *a, const char *b)
{
    while (*a != '\0' && *b != '\0') {
        size_t a_size = strcspn(a, "\n"), b_size = strcspn(b, "\n");
        bool name = memmem(a, a_size, "documentNamespace", 17) != NULL;
        if (!name && (a_size != b_size || memcmp(a, b, a_size) != 0))
            fail_msg("differ:\n%.*s\nand\n%.*s", (int)a_size, a, (int)b_size, b);
        a += a_size + (a[a_size] == '\n');
        b += b_size + (b[b_size] == '\n');
    }
    assert_int_equal(*a, *b);
}

/* What CoSWID carries of the model is all that SPDX can say of it. */
static void nothing_is_lost_on_the_way(void **state)
{
    (void)state;
    WB_AUTO(wb_bom) *bom = sample();
    WB_AUTO_VALUE(wb_buffer) tags = {0};
    write_document(bom, "coswid", &tags);
    WB_AUTO(wb_bom) *read = read_document(wb_buffer_bytes(&tags));
    WB_AUTO_STRING direct = written(bom, "spdx-json");
    WB_AUTO_STRING through = written(read, "spdx-json");
    assert_same_lines(direct, through);
}

static void encoding_is_deterministic(void **state)
{
    (void)state;
    WB_AUTO(wb_bom) *bom = sample();
    WB_AUTO_VALUE(wb_buffer) bytes = {0};
    write_document(bom, "coswid", &bytes);
    struct wb_cbor_reader reader = {.bytes = wb_buffer_bytes(&bytes)};
    size_t tags = 0;
    while (!wb_cbor_ended(&reader)) {
        assert_true(wb_cbor_skip(&reader, NULL));
        tags++;
    }
    assert_int_equal(tags, 1 + bom->package_count + bom->residue_count + bom->removed_count);
}

/* {0: "t", 1: "image", 12: 0, 2: {31: "E", 33: [1, 2]}}, then a tag without its CBOR tag, with a
 * number in a longer form than it needs, a directory and an attribute. */
static void a_document_of_others(void **state)
{
    (void)state;
    static const uint8_t document[] = "\xda\x53\x57\x49\x44\xa4\x00\x61t\x01\x65image\x0c\x00\x02"
                                      "\xa2\x18\x1f\x61"
                                      "E\x18\x21\x82\x01\x02"
                                      "\xa6\x00\x61u\x01\x63lib\x0c\x18\x01\x0d\x63"
                                      "1.2\x02\xa2\x18\x1f\x61M\x18\x21\x06\x06\xa1\x11\xa2\x07"
                                      "\x82\x07\x41x\x18\x18\x61"
                                      "f";
    WB_AUTO(wb_bom) *bom = read_document((struct wb_bytes){document, sizeof document - 1});
    assert_string_equal(bom->source_name, "image");
    assert_int_equal(bom->package_count, 1);
    assert_string_equal(bom->packages[0]->name, "lib");
    assert_string_equal(bom->packages[0]->evr, "1.2");
    assert_string_equal(bom->packages[0]->supplier, "M");
    assert_int_equal(bom->file_count, 1);
    assert_string_equal(bom->files[0]->path, "f");
    assert_int_equal(bom->loss_count, 1);
    assert_string_equal(bom->losses[0].field, "/payload/file/*/hash");
}

static void what_is_refused(void **state)
{
    (void)state;
    static const struct wb_bytes documents[] = {
        {(const uint8_t *)"\xda\x53\x57\x49\x44\xa1\x00\x61t", 9},      /* no name */
        {(const uint8_t *)"\xda\x53\x57\x49\x44\xa2\x00\x61t\x01", 10}, /* cut */
        {(const uint8_t *)"\xda\x53\x57\x49\x44\xbf\x00\x61t\xff", 10}, /* indefinite */
        {(const uint8_t *)"\xda\x53\x57\x49\x44\xbb\xff\xff\xff\xff\xff\xff\xff\xff", 14},
        {(const uint8_t *)"\xda\x53\x57\x49\x44\xa2\x00\x41t\x01\x61n", 12}, /* id of one byte */
    };
    for (size_t i = 0; i < sizeof documents / sizeof documents[0]; i++) {
        struct wb_error err = WB_ERROR_INIT;
        assert_null(wb_document_read(documents[i], &err));
        assert_int_equal(err.status, WB_BAD_INPUT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_document),
        cmocka_unit_test(nothing_is_lost_on_the_way),
        cmocka_unit_test(encoding_is_deterministic),
        cmocka_unit_test(a_document_of_others),
        cmocka_unit_test(what_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
