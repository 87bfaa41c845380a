/* SPDX-License-Identifier: Apache-2.0 */
/* Headers of archives: what GNU tar and Python read of them is in test_pack.py; here are those that
 * would take too long to write there. */
#include "image/store_private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define GIGABYTE ((uint64_t)1 << 30)

struct memory {
    struct wb_buffer bytes;
    size_t at;
};

static ssize_t read_memory(void *context, void *data, size_t size, struct wb_error *err)
{
    struct memory *memory = context;
    (void)err;
    size_t left = memory->bytes.size - memory->at;
    if (size > left)
        size = left;
    memcpy(data, memory->bytes.data + memory->at, size);
    memory->at += size;
    return (ssize_t)size;
}

static void check(const char *name, uint64_t size, size_t expected_size)
{
    struct memory memory = {0};
    struct wb_error err = WB_ERROR_INIT;
    bool more;
    wb_tar_header(name, size, &memory.bytes);
    assert_int_equal(memory.bytes.size, expected_size);
    struct wb_archive_reader reader = {.source = {read_memory, &memory}};
    assert_true(wb_archive_reader_next(&reader, &more, &err));
    assert_true(more);
    assert_string_equal((char *)reader.name.data, name);
    assert_int_equal(reader.size, size);
    assert_int_equal(reader.offset, expected_size);
    wb_archive_reader_clear(&reader);
    wb_buffer_clear(&memory.bytes);
}

static void headers_read_back(void **state)
{
    (void)state;
    char long_name[400];
    check("index.json", 0, 512);
    check("index.json", 8 * GIGABYTE - 1, 512);
    check("index.json", 8 * GIGABYTE, 1536);
    check("index.json", 5000 * GIGABYTE + 7, 1536);
    /* A record says its own length, which has one digit more at some of these. */
    for (size_t size = 1; size < sizeof long_name; size++) {
        memset(long_name, 'a', size);
        long_name[size] = '\0';
        check(long_name, 1, size <= 100 ? 512 : 1536);
    }
    check(long_name, 9 * GIGABYTE, 1536);
}

static void contents_are_padded(void **state)
{
    (void)state;
    static const size_t sizes[][2] = {{0, 0}, {1, 511}, {511, 1}, {512, 0}, {513, 511}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        WB_AUTO_VALUE(wb_buffer) padding = {0};
        wb_tar_padding(sizes[i][0], &padding);
        assert_int_equal(padding.size, sizes[i][1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_read_back),
        cmocka_unit_test(contents_are_padded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
