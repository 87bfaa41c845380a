/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8, hexadecimal, digests, buffers, errors. */
#include "base/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void tells_utf8_from_other_bytes(void **state)
{
    (void)state;
    static const char *const good[] = {
        "", "plain", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x93\xa6", "\xf4\x8f\xbf\xbf"};
    /* A lone byte, overlong forms, a surrogate, beyond U+10FFFF, an end in the middle. */
    static const char *const bad[] = {"\x80",         "\xc0\xaf",         "\xe0\x80\xaf",
                                      "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82",
                                      "caf\xe9"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(wb_utf8_valid(good[i], strlen(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(wb_utf8_valid(bad[i], strlen(bad[i])));
    assert_false(wb_utf8_valid("a\0b", 3));
}

static void escapes_so_that_inputs_stay_apart(void **state)
{
    (void)state;
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    static const struct {
        const char *bytes;
        size_t size;
        const char *text;
    } cases[] = {
        {"a\\b \xc3\xa9", 6, "a\\b \xc3\xa9"},
        {"system-a\\x2db.slice", 19, "system-a\\x2db.slice"},
        {"caf\xe9", 4, "caf\\xe9"},
        {"caf\\xe9", 7, "caf\\\\xe9"},
        {"caf\\\\xe9", 8, "caf\\\\\\\\xe9"},
        {"caf\\\xe9", 5, "caf\\\\\\xe9"},
        {"caf\\xE9", 7, "caf\\xE9"},
        {"end\\", 4, "end\\"},
        {"a\0\n", 3, "a\\x00\\x0a"},
        {"a\\x0a", 5, "a\\\\x0a"},
        {"\xff\\x41", 5, "\\xff\\x41"},
        {"", 0, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_string_equal(wb_utf8_escape(arena, cases[i].bytes, cases[i].size), cases[i].text);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(cases[i].text, cases[j].text);
    }
}

static void keeps_text_for_terminals_in_its_line(void **state)
{
    (void)state;
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    static const struct {
        const char *text;
        const char *line;
    } cases[] = {
        {"caf\xc3\xa9 \\x1b", "caf\xc3\xa9 \\\\x1b"},
        {"a\nb\x1b\x7f", "a\\x0ab\\x1b\\x7f"},
        {"\xc2\x9b"
         "2J\xe2\x80\xae.",
         "\\xc2\\x9b2J\\xe2\\x80\\xae."},
        {"cut\xe2\x80", "cut\\xe2\\x80"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(wb_utf8_escape_line(arena, cases[i].text), cases[i].line);
}

static void every_escape_can_be_undone(void **state)
{
    (void)state;
    static const char alphabet[] = {'\\', 'x', 'e', '9', '2', '\xe9', '\xc3', '\n', 'a'};
    enum { LENGTH = 6 };
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    for (size_t number = 0; number < 531441; number++) {
        char bytes[LENGTH];
        size_t rest = number;
        for (size_t i = 0; i < LENGTH; i++, rest /= sizeof alphabet)
            bytes[i] = alphabet[rest % sizeof alphabet];
        const char *text = wb_utf8_escape(arena, bytes, LENGTH);
        const char *again = wb_utf8_unescape(arena, text);
        if (!wb_utf8_valid(text, strlen(text)) || strlen(again) != LENGTH ||
            memcmp(again, bytes, LENGTH) != 0)
            fail_msg("%s", text);
    }
}

static void digests_known_messages(void **state)
{
    (void)state;
    /* FIPS 180-4 and RFC 1321 examples for "abc". */
    static const struct {
        enum wb_digest_algorithm algorithm;
        const char *text;
    } known[] = {
        {WB_DIGEST_MD5, "md5:900150983cd24fb0d6963f7d28e17f72"},
        {WB_DIGEST_SHA1, "sha1:a9993e364706816aba3e25717850c26c9cd0d89d"},
        {WB_DIGEST_SHA256,
         "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    };
    struct wb_error err = WB_ERROR_INIT;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        struct wb_digest digest;
        char text[WB_DIGEST_TEXT_SIZE];
        assert_true(wb_digest_bytes(known[i].algorithm,
                                    (struct wb_bytes){(const uint8_t *)"abc", 3}, &digest, &err));
        assert_string_equal(wb_digest_format(&digest, text), known[i].text);
    }
}

static void parses_digests_strictly(void **state)
{
    (void)state;
    static const char hex[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    struct wb_error err = WB_ERROR_INIT;
    struct wb_digest digest;
    WB_AUTO_STRING good = wb_string_format("sha256:%s", hex);
    assert_true(wb_digest_parse(good, &digest, &err));
    WB_AUTO_STRING longer = wb_string_format("sha256:%s00", hex);
    WB_AUTO_STRING upper = wb_string_format("sha256:B%s", hex + 1);
    WB_AUTO_STRING path = wb_string_format("sha256:../%s", hex + 3);
    const char *const bad[] = {"", "sha256", "sha256:", hex, longer, upper, path, "md5:00"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(wb_digest_parse(bad[i], &digest, &err));
        assert_int_equal(err.status, WB_BAD_INPUT);
    }
}

static void bounded_reads_stay_inside(void **state)
{
    (void)state;
    static const uint8_t data[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    struct wb_bytes bytes = {data, sizeof data};
    uint32_t value;
    uint64_t wide;
    assert_true(wb_bytes_u32le(bytes, 5, &value));
    assert_int_equal(value, 0x09080706);
    assert_true(wb_bytes_u32be(bytes, 0, &value));
    assert_int_equal(value, 0x01020304);
    assert_false(wb_bytes_u32le(bytes, 6, &value));
    assert_false(wb_bytes_u32le(bytes, SIZE_MAX, &value));
    assert_true(wb_bytes_u64le(bytes, 1, &wide));
    assert_false(wb_bytes_u64le(bytes, 2, &wide));
}

static void errors_are_one_printable_line(void **state)
{
    (void)state;
    struct wb_error err = WB_ERROR_INIT;
    assert_false(wb_error_set(&err, WB_BAD_INPUT, "bad\nname \x1b[31m%s", "caf\xe9"));
    assert_string_equal(err.message, "bad\\x0aname \\x1b[31mcaf\\xe9");
    wb_error_context(&err, "layer %d", 3);
    assert_string_equal(err.message, "layer 3: bad\\x0aname \\x1b[31mcaf\\xe9");
    assert_int_equal(err.status, WB_BAD_INPUT);
    char name[4000];
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    wb_error_set(&err, WB_SYSTEM, "%s", name);
    assert_int_equal(strlen(err.message), sizeof err.message - 1);
}

static void arena_keeps_what_it_was_given(void **state)
{
    (void)state;
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    char *texts[2000];
    for (int i = 0; i < 2000; i++)
        texts[i] = wb_arena_format(arena, "%d %0*d", i, i % 700 + 1, i);
    memset(wb_arena_allocate(arena, 1 << 20), 0xff, 1 << 20);
    for (int i = 0; i < 2000; i++) {
        WB_AUTO_STRING expected = wb_string_format("%d %0*d", i, i % 700 + 1, i);
        assert_string_equal(texts[i], expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_utf8_from_other_bytes),
        cmocka_unit_test(escapes_so_that_inputs_stay_apart),
        cmocka_unit_test(keeps_text_for_terminals_in_its_line),
        cmocka_unit_test(every_escape_can_be_undone),
        cmocka_unit_test(digests_known_messages),
        cmocka_unit_test(parses_digests_strictly),
        cmocka_unit_test(bounded_reads_stay_inside),
        cmocka_unit_test(errors_are_one_printable_line),
        cmocka_unit_test(arena_keeps_what_it_was_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
