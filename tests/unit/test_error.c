/* SPDX-License-Identifier: Apache-2.0 */
/* Messages: one printable line, which keeps its beginning and its reason however long names are. */
#include "base/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char *long_name(const char *piece, size_t count)
{
    struct wb_buffer name = {0};
    for (size_t i = 0; i < count; i++)
        wb_buffer_append_text(&name, piece);
    return wb_buffer_steal_text(&name);
}

static void control_characters_are_escaped(void **state)
{
    (void)state;
    struct wb_error err = WB_ERROR_INIT;
    assert_false(wb_error_set(&err, WB_BAD_INPUT, "a\x1b[2J\n%s", "\xff"));
    assert_string_equal(err.message, "a\\x1b[2J\\x0a\\xff");
    wb_error_set(&err, WB_BAD_INPUT, "\u00e4\u20ac%s",
                 "\xc2\x9b"
                 "2J\u202e");
    assert_string_equal(err.message, "\u00e4\u20ac\\xc2\\x9b2J\\xe2\\x80\\xae");
}

static void long_messages_lose_their_middle(void **state)
{
    (void)state;
    static const char *const pieces[] = {"d/", "\u00e4/", "\u20ac", "\U0001f600", "\x1b"};
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        for (size_t count = 100; count < 1500; count += 7) {
            WB_AUTO_STRING name = long_name(pieces[i], count);
            struct wb_error err = WB_ERROR_INIT;
            wb_error_set(&err, WB_BAD_INPUT, "/%s: the reason", name);
            assert_false(wb_error_context(&err, "layer 1"));
            assert_int_equal(err.status, WB_BAD_INPUT);
            assert_true(wb_text_starts_with(err.message, "layer 1: /"));
            assert_true(wb_text_ends_with(err.message, ": the reason"));
            assert_true(wb_utf8_valid(err.message, strlen(err.message)));
        }
    }
}

static void short_messages_are_whole(void **state)
{
    (void)state;
    for (size_t count = 1000; count < 1030; count++) {
        WB_AUTO_STRING name = long_name("d", count);
        struct wb_error err = WB_ERROR_INIT;
        wb_error_set(&err, WB_SYSTEM, "%s", name);
        if (count < sizeof err.message)
            assert_string_equal(err.message, name);
        else
            assert_non_null(strstr(err.message, "…"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(control_characters_are_escaped),
        cmocka_unit_test(long_messages_lose_their_middle),
        cmocka_unit_test(short_messages_are_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
