/* SPDX-License-Identifier: Apache-2.0 */
/* Guessed CPE names: well-formed, few, in a fixed order. */
#include "sbom/sbom.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void assert_cpes(const char *name, const char *version, const char *source,
                        const char *homepage, const char *expected)
{
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    struct wb_package package = {
        .name = name, .version = version, .source_name = source, .homepage = homepage};
    wb_cpe_package(arena, &package);
    WB_AUTO_VALUE(wb_buffer) found = {0};
    for (size_t i = 0; i < package.cpe_count; i++)
        wb_buffer_append_format(&found, "%s%s", i == 0 ? "" : " ", package.cpes[i]);
    assert_string_equal((const char *)found.data, expected);
}

#define TAIL ":*:*:*:*:*:*"

static void names(void **state)
{
    (void)state;
    assert_cpes("bash", "5.2.15", "bash", NULL, "cpe:2.3:a:bash:bash:5.2.15:*" TAIL);
    assert_cpes("bash", "5.2.15", "bash", "http://www.gnu.org/software/bash/",
                "cpe:2.3:a:bash:bash:5.2.15:*" TAIL " cpe:2.3:a:gnu:bash:5.2.15:*" TAIL);
    assert_cpes("libssl3", "3.0.11", "openssl", "https://www.openssl.org/",
                "cpe:2.3:a:libssl3:libssl3:3.0.11:*" TAIL " cpe:2.3:a:openssl:openssl:3.0.11:*" TAIL
                " cpe:2.3:a:openssl:libssl3:3.0.11:*" TAIL);
    assert_cpes("jq", "1.6", "jq", "https://github.com/Stedolan/jq",
                "cpe:2.3:a:jq:jq:1.6:*" TAIL " cpe:2.3:a:stedolan:jq:1.6:*" TAIL);
    assert_cpes("cpp-12", "12.2.0", "gcc-12", "https://salsa.debian.org/gcc",
                "cpe:2.3:a:cpp-12:cpp-12:12.2.0:*" TAIL " cpe:2.3:a:gcc:gcc:12.2.0:*" TAIL);
}

static void quoting(void **state)
{
    (void)state;
    assert_cpes("g++", "1.0+git1", "g++", NULL, "cpe:2.3:a:g\\+\\+:g\\+\\+:1.0\\+git1:*" TAIL);
    assert_cpes("A b", "1:2*?\\", NULL, NULL, "cpe:2.3:a:a_b:a_b:1\\:2\\*\\?\\\\:*" TAIL);
    assert_cpes("-", "\xc3\xa9", NULL, NULL, "cpe:2.3:a:\\-:\\-:*:*" TAIL);
}

static void versions(void **state)
{
    (void)state;
    assert_cpes("a", "1.0~rc1+dfsg", NULL, NULL, "cpe:2.3:a:a:a:1.0:rc1" TAIL);
    assert_cpes("a", "1.0~1", NULL, NULL, "cpe:2.3:a:a:a:1.0\\~1:*" TAIL);
    assert_cpes("a", "6.2.1+ds1", NULL, NULL, "cpe:2.3:a:a:a:6.2.1:*" TAIL);
    assert_cpes("a", NULL, NULL, NULL, "cpe:2.3:a:a:a:*:*" TAIL);
}

static void homepages_that_say_nothing(void **state)
{
    (void)state;
    static const char *const homepages[] = {"",
                                            "nothing",
                                            "https://",
                                            "https://localhost/x",
                                            "https://github.com",
                                            "https://github.com/",
                                            "https://x.sourceforge.net/",
                                            "https://www",
                                            "http://a.b/"};
    for (size_t i = 0; i < sizeof homepages / sizeof homepages[0]; i++)
        assert_cpes("n", "1", "n", homepages[i], "cpe:2.3:a:n:n:1:*" TAIL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),
        cmocka_unit_test(quoting),
        cmocka_unit_test(versions),
        cmocka_unit_test(homepages_that_say_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
