/* SPDX-License-Identifier: Apache-2.0 */
/* Platforms: what users may write, and which offers serve which wishes. */
#include "image/image_set_private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct wb_platform parsed(const char *text)
{
    struct wb_error err = WB_ERROR_INIT;
    struct wb_platform platform;
    if (!wb_platform_parse(text, &platform, &err))
        fail_msg("%s", err.message);
    return platform;
}

static void platforms_are_parsed(void **state)
{
    (void)state;
    const struct {
        const char *text, *shown;
    } cases[] = {
        {"linux/amd64", "linux/amd64"},     {"linux/arm/v7", "linux/arm/v7"},
        {"linux/x86_64", "linux/amd64"},    {"linux/aarch64", "linux/arm64"},
        {"linux/armhf", "linux/arm/v7"},    {"linux/arm64/v8", "linux/arm64/v8"},
        {"windows/amd64", "windows/amd64"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[100];
        struct wb_platform platform = parsed(cases[i].text);
        assert_string_equal(wb_platform_format(&platform, text), cases[i].shown);
    }
}

static void malformed_platforms_are_usage_errors(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        "linux",
        "/amd64",
        "linux/",
        "linux//v7",
        "linux/arm/v7/",
        "linux/../x",
        "linux/a b",
        "linux/a\nb",
        "linux/arm/v7/x",
        "linux/0123456789012345678901234567890123456789",
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct wb_error err = WB_ERROR_INIT;
        struct wb_platform platform;
        if (wb_platform_parse(cases[i], &platform, &err))
            fail_msg("`%s` was accepted", cases[i]);
        assert_int_equal(err.status, WB_USAGE);
    }
}

static void offers_serve_wishes(void **state)
{
    (void)state;
    const struct {
        const char *wanted, *offered;
        bool matches, equal;
    } cases[] = {
        {"linux/amd64", "linux/amd64", true, true},
        {"linux/amd64", "linux/amd64/v1", true, true},
        {"linux/amd64", "linux/amd64/v3", true, false},
        {"linux/amd64/v2", "linux/amd64", false, false},
        {"linux/arm64", "linux/arm64/v8", true, true},
        {"linux/arm64/v8", "linux/arm64", true, true},
        {"linux/arm64/v9", "linux/arm64", false, false},
        {"linux/arm", "linux/arm/v6", true, false},
        {"linux/arm", "linux/arm/v7", true, true},
        {"linux/arm/7", "linux/arm/v7", true, true},
        {"linux/arm/v6", "linux/arm/v7", false, false},
        {"linux/amd64", "windows/amd64", false, false},
        {"linux/s390x", "linux/amd64", false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct wb_platform wanted = parsed(cases[i].wanted), offered = parsed(cases[i].offered);
        if (wb_platform_matches(&wanted, &offered) != cases[i].matches ||
            wb_platform_equal(&wanted, &offered) != cases[i].equal)
            fail_msg("%s, offered %s", cases[i].wanted, cases[i].offered);
    }
}

static void platforms_of_documents_are_checked(void **state)
{
    (void)state;
    struct wb_error err = WB_ERROR_INIT;
    struct wb_platform platform;
    char text[100];
    WB_AUTO_JSON good =
        json_pack("{s:s, s:s, s:n}", "os", "linux", "architecture", "arm", "variant");
    assert_true(wb_platform_read(good, &platform, &err));
    assert_string_equal(wb_platform_format(&platform, text), "linux/arm");
    WB_AUTO_JSON none = json_object();
    assert_true(wb_platform_read(none, &platform, &err));
    assert_string_equal(wb_platform_format(&platform, text), "unknown/unknown");
    WB_AUTO_JSON climbing = json_pack("{s:s}", "os", "../../etc");
    assert_false(wb_platform_read(climbing, &platform, &err));
    assert_int_equal(err.status, WB_BAD_INPUT);
    WB_AUTO_JSON number = json_pack("{s:i}", "architecture", 64);
    assert_false(wb_platform_read(number, &platform, &err));
}

static void the_best_offer_is_chosen(void **state)
{
    (void)state;
    struct wb_error err = WB_ERROR_INIT;
    const struct wb_platform offers[] = {parsed("linux/arm/v5"), parsed("linux/amd64"),
                                         parsed("linux/arm/v7"), parsed("linux/arm/v6")};
    struct wb_platform wanted = parsed("linux/arm");
    struct wb_image_options options = {.platform = &wanted};
    bool chosen[4];
    assert_true(wb_platform_choose(offers, 4, &options, chosen, &err));
    assert_true(!chosen[0] && !chosen[1] && chosen[2] && !chosen[3]);
    assert_true(wb_platform_choose(offers, 2, &options, chosen, &err));
    assert_true(chosen[0] && !chosen[1]);
    wanted = parsed("linux/mips");
    assert_false(wb_platform_choose(offers, 4, &options, chosen, &err));
    assert_int_equal(err.status, WB_BAD_INPUT);
    assert_string_equal(err.message, "no image for linux/mips; there is linux/arm/v5, linux/amd64, "
                                     "linux/arm/v7, linux/arm/v6");
    options = (struct wb_image_options){.all_platforms = true};
    assert_true(wb_platform_choose(offers, 4, &options, chosen, &err));
    assert_true(chosen[0] && chosen[1] && chosen[2] && chosen[3]);
    assert_false(wb_platform_choose(offers, 0, &options, chosen, &err));
}

static void the_host_has_a_platform(void **state)
{
    (void)state;
    struct wb_platform host = wb_platform_host();
    assert_string_equal(host.os, "linux");
    assert_true(host.architecture[0] != '\0');
    assert_true(wb_platform_matches(&host, &host));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(platforms_are_parsed),
        cmocka_unit_test(malformed_platforms_are_usage_errors),
        cmocka_unit_test(offers_serve_wishes),
        cmocka_unit_test(platforms_of_documents_are_checked),
        cmocka_unit_test(the_best_offer_is_chosen),
        cmocka_unit_test(the_host_has_a_platform),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
