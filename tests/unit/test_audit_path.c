/* SPDX-License-Identifier: Apache-2.0 */
/* The paths that checks look for; spans of time. */
#include "audit/audit_private.h"
#include "base/duration.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void patterns_match_paths(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *path;
        bool matches;
    } cases[] = {
        {"etc/passwd", "etc/passwd", true},
        {"etc/passwd", "etc/passwd-", false},
        {"etc/passwd", "usr/etc/passwd", false},
        {"etc/cron.d/*", "etc/cron.d/job", true},
        {"etc/cron.d/*", "etc/cron.d/a/b", false},
        {"etc/cron.d/*", "etc/cron.d", false},
        {"var/lib/apt/lists/**", "var/lib/apt/lists/a/b", true},
        {"var/lib/apt/lists/**", "var/lib/apt/lists/a", true},
        {"var/lib/apt/lists/**", "var/lib/apt/lists", false},
        {"**/.ssh/authorized_keys", "home/a/.ssh/authorized_keys", true},
        {"**/.ssh/authorized_keys", ".ssh/authorized_keys", true},
        {"**/.ssh/authorized_keys", "home/a.ssh/authorized_keys", false},
        {"**/*.p12", "a/b/store.p12", true},
        {"**/*.p12", "store.p12", true},
        {"**/*.p12", "a.p12/store", false},
        {"**/.azure/**", "root/.azure/a/b", true},
        {"**/.azure/**", "root/.azure", false},
        {"usr/share/doc/*/copyright.*", "usr/share/doc/x/copyright.gz", true},
        {"*-linux-gnu-gcc-*", "x86_64-linux-gnu-gcc-12", true},
        {"*-linux-gnu-gcc-*", "x86_64-linux-gnu-g++-12", false},
        {"gcc-*", "gcc-12", true},
        {"vi", "vim", false},
        {"**/core", "", false},
        {"", "", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (wb_audit_path_matches(cases[i].pattern, cases[i].path) != cases[i].matches)
            fail_msg("%s %s", cases[i].pattern, cases[i].path);
}

static void patterns_of_checks_leave_out(void **state)
{
    (void)state;
    static const char *const patterns[] = {"!etc/cron.d/.placeholder", "etc/cron.d/*", NULL};
    const struct wb_audit_check check = {.patterns = patterns};
    const struct wb_audit audit = {0};
    assert_true(wb_audit_check_matches(&audit, &check, "etc/cron.d/job"));
    assert_false(wb_audit_check_matches(&audit, &check, "etc/cron.d/.placeholder"));
    assert_false(wb_audit_check_matches(&audit, &check, "etc/crontab"));
}

static void patterns_follow_their_directories(void **state)
{
    (void)state;
    static const char *const patterns[] = {"etc/cron.d/*", "etc/x/**", NULL};
    const struct wb_audit_check check = {.patterns = patterns}, other = {.patterns = patterns};
    struct wb_moved_pattern moved[] = {
        {&check, "opt/*", "*"}, {&check, "", "**"}, {&other, "srv", "*"}};
    struct wb_audit audit = {.moved = moved, .moved_count = 1};
    assert_true(wb_audit_check_matches(&audit, &check, "opt/*/job"));
    assert_false(wb_audit_check_matches(&audit, &check, "opt/a/job"));
    assert_false(wb_audit_check_matches(&audit, &check, "opt/*"));
    assert_false(wb_audit_check_matches(&audit, &other, "opt/*/job"));
    audit.moved_count = 2;
    assert_true(wb_audit_check_matches(&audit, &check, "opt/a/job"));
    assert_false(wb_audit_check_matches(&audit, &check, ""));
}

static void every_check_is_complete_and_found(void **state)
{
    (void)state;
    size_t count;
    const struct wb_audit_check *checks = wb_audit_checks(&count);
    for (size_t i = 0; i < count; i++) {
        assert_ptr_equal(wb_audit_check_find(checks[i].id), &checks[i]);
        assert_non_null(checks[i].title);
        assert_non_null(checks[i].remedy);
        assert_non_null(checks[i].run);
    }
    assert_null(wb_audit_check_find("no-such-check"));
}

static void severities_have_names(void **state)
{
    (void)state;
    for (int i = WB_AUDIT_INFORMATION; i <= WB_AUDIT_CRITICAL; i++) {
        enum wb_audit_severity parsed;
        assert_true(
            wb_audit_severity_parse(wb_audit_severity_name((enum wb_audit_severity)i), &parsed));
        assert_int_equal(parsed, i);
    }
    enum wb_audit_severity parsed;
    assert_false(wb_audit_severity_parse("High", &parsed));
}

static void durations_are_read(void **state)
{
    (void)state;
    int64_t seconds;
    assert_true(wb_duration_parse("36h", &seconds) && seconds == 36 * 3600);
    assert_true(wb_duration_parse("2w", &seconds) && seconds == 14 * 86400);
    assert_false(wb_duration_parse("", &seconds));
    assert_false(wb_duration_parse("d", &seconds));
    assert_false(wb_duration_parse("0d", &seconds));
    assert_false(wb_duration_parse("12345678d", &seconds));
    assert_false(wb_duration_parse("1d ", &seconds));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns_match_paths),
        cmocka_unit_test(patterns_of_checks_leave_out),
        cmocka_unit_test(patterns_follow_their_directories),
        cmocka_unit_test(every_check_is_complete_and_found),
        cmocka_unit_test(severities_have_names),
        cmocka_unit_test(durations_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
