/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 3339 and SOURCE_DATE_EPOCH, against the C library's own calendar. */
#include "base/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static void formats_as_the_c_library_does(void **state)
{
    (void)state;
    /* Odd steps, so that every month, hour and leap day comes by; up to the year 2400. */
    for (int64_t seconds = 0; seconds < INT64_C(13569465600); seconds += 86400 * 11 + 3607) {
        time_t value = (time_t)seconds;
        struct tm parts;
        char expected[WB_TIME_TEXT_SIZE], text[WB_TIME_TEXT_SIZE];
        assert_non_null(gmtime_r(&value, &parts));
        strftime(expected, sizeof expected, "%Y-%m-%dT%H:%M:%SZ", &parts);
        assert_string_equal(wb_time_format(seconds, text), expected);
        int64_t parsed;
        assert_true(wb_time_parse(text, &parsed));
        assert_int_equal(parsed, seconds);
    }
}

static void clamps_what_has_no_four_digit_year(void **state)
{
    (void)state;
    char text[WB_TIME_TEXT_SIZE];
    assert_string_equal(wb_time_format(-1, text), "1970-01-01T00:00:00Z");
    assert_string_equal(wb_time_format(INT64_MAX, text), "9999-12-31T23:59:59Z");
}

static void parses_offsets_and_fractions(void **state)
{
    (void)state;
    int64_t seconds;
    assert_true(wb_time_parse("2024-02-29T12:00:00.123456789+02:30", &seconds));
    assert_int_equal(seconds, 1709199000);
    assert_true(wb_time_parse("1969-12-31T23:00:00-01:00", &seconds));
    assert_int_equal(seconds, 0);
}

static void refuses_what_is_no_time(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "2024",
                                      "2023-02-29T00:00:00Z",
                                      "2024-13-01T00:00:00Z",
                                      "2024-01-01T24:00:00Z",
                                      "2024-01-01T00:00:00",
                                      "2024-01-01T00:00:00Z ",
                                      "2024-01-01T00:00:00.Z",
                                      "2024-01-01T00:00:00+24:00",
                                      "-024-01-01T00:00:00Z"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        int64_t seconds;
        if (wb_time_parse(bad[i], &seconds))
            fail_msg("%s was taken for a time", bad[i]);
    }
}

static void reads_source_date_epoch(void **state)
{
    (void)state;
    bool present;
    int64_t seconds;
    struct wb_error err = WB_ERROR_INIT;
    unsetenv("SOURCE_DATE_EPOCH");
    assert_true(wb_time_source_date_epoch(&present, &seconds, &err));
    assert_false(present);
    setenv("SOURCE_DATE_EPOCH", "1700000000", 1);
    assert_true(wb_time_source_date_epoch(&present, &seconds, &err));
    assert_true(present);
    assert_int_equal(seconds, 1700000000);
    static const char *const bad[] = {"-1", "12x", "99999999999999999999999", " 1"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        setenv("SOURCE_DATE_EPOCH", bad[i], 1);
        assert_false(wb_time_source_date_epoch(&present, &seconds, &err));
        assert_int_equal(err.status, WB_USAGE);
    }
    unsetenv("SOURCE_DATE_EPOCH");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formats_as_the_c_library_does),
        cmocka_unit_test(clamps_what_has_no_four_digit_year),
        cmocka_unit_test(parses_offsets_and_fractions),
        cmocka_unit_test(refuses_what_is_no_time),
        cmocka_unit_test(reads_source_date_epoch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
