/* SPDX-License-Identifier: Apache-2.0 */
/* What registries and logins say: challenges (RFC 9110 §11.6.1) and containers-auth.json(5). */
#include "image/registry_private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- challenges ---- */

static void assert_url(const char *text, const char *expected)
{
    struct wb_challenge challenge;
    if (!wb_challenge_parse(text, &challenge))
        fail_msg("`%s` is not understood", text);
    assert_true(challenge.is_bearer);
    WB_AUTO_STRING url = wb_challenge_url(&challenge, "repository:a/b:pull,push");
    assert_string_equal(url, expected);
    wb_challenge_clear(&challenge);
}

static void bearer_challenges_become_urls(void **state)
{
    (void)state;
    assert_url("Bearer realm=\"https://auth.example/token\",service=\"reg\"",
               "https://auth.example/token?service=reg&scope=repository:a/b:pull,push");
    assert_url("bearer  realm = \"https://auth.example/t?x=1\" , scope=\"ignored\",error=x",
               "https://auth.example/t?x=1&scope=repository:a/b:pull,push");
    assert_url("Bearer service=\"a \\\"b\\\" & c\",realm=https",
               "https?service=a%20%22b%22%20%26%20c&scope=repository:a/b:pull,push");
}

static void other_challenges(void **state)
{
    (void)state;
    struct wb_challenge challenge;
    assert_true(wb_challenge_parse("Basic realm=\"x\"", &challenge));
    assert_true(challenge.is_basic);
    wb_challenge_clear(&challenge);
    assert_true(wb_challenge_parse("basic", &challenge));
    wb_challenge_clear(&challenge);
    static const char *const cases[] = {"",
                                        "Bearer",
                                        "Bearer service=\"x\"",
                                        "Negotiate",
                                        "Digest realm=\"x\"",
                                        "Bearer realm=\"x",
                                        "Bearer realm"};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (wb_challenge_parse(cases[i], &challenge))
            fail_msg("`%s` was understood", cases[i]);
        assert_null(challenge.realm);
    }
}

static void origins(void **state)
{
    (void)state;
    const char *const same[] = {"https://reg.example", "https://REG.example/",
                                "HTTPS://reg.example:443/a", "https://reg.example?x",
                                "https://reg.example#@other.example/"};
    const char *const other[] = {"http://reg.example/",
                                 "https://reg.example:444/",
                                 "https://reg.example:80/",
                                 "https://reg.example.other/",
                                 "https://u@reg.example/",
                                 "https://reg.example:443@other.example/",
                                 "https://reg.exampl/",
                                 "reg.example",
                                 "https://reg.example\\@x.example/",
                                 ""};
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++)
        if (!wb_http_same_origin("https://reg.example/v2/", same[i]))
            fail_msg("%s", same[i]);
    for (size_t i = 0; i < sizeof other / sizeof other[0]; i++)
        if (wb_http_same_origin("https://reg.example/v2/", other[i]))
            fail_msg("%s", other[i]);
    assert_true(wb_http_same_origin("http://[::1]:80/", "http://[::1]"));
    assert_false(wb_http_same_origin("http://[::1]:5000/", "http://[::1]:5001"));
    assert_false(wb_http_same_origin("", ""));
}

/* ---- credentials ---- */

static const char file[] = "{\"auths\": {"
                           "\"reg.example\": {\"auth\": \"aG9zdDpw\"},"
                           "\"reg.example/a/b\": {\"auth\": \"ZGVlcDpwOnE=\"},"
                           "\"https://url.example:5000/v1/\": {\"auth\": \"dXJsOnA=\"},"
                           "\"token.example\": {\"auth\": \"eDp5\", \"identitytoken\": \"t\"},"
                           "\"bad.example\": {\"auth\": \"bm9jb2xvbg==\"},"
                           "\"empty.example\": {}},"
                           "\"credHelpers\": {\"helped.example:1\": \"cloud\"}, "
                           "\"credsStore\": \"desktop\"}";

static void assert_login(const char *repository, const char *user, const char *password)
{
    struct wb_error err = WB_ERROR_INIT;
    struct wb_credentials credentials = {0};
    const struct wb_bytes json = {(const uint8_t *)file, sizeof file - 1};
    if (!wb_credentials_read(json, "auth.json", repository, &credentials, &err))
        fail_msg("%s", err.message);
    if (user == NULL) {
        assert_null(credentials.user);
    } else {
        assert_non_null(credentials.user);
        assert_string_equal(credentials.user, user);
        assert_string_equal(credentials.password, password);
    }
    wb_credentials_clear(&credentials);
    assert_null(credentials.password);
}

static void the_longest_name_comes_first(void **state)
{
    (void)state;
    assert_login("reg.example/x", "host", "p");
    assert_login("reg.example/a", "host", "p");
    assert_login("reg.example/a/b", "deep", "p:q");
    assert_login("reg.example/a/b/c", "deep", "p:q");
    assert_login("reg.example/a/bc", "host", "p");
    assert_login("url.example:5000/x", "url", "p");
    assert_login("url.example/x", NULL, NULL);
    assert_login("example/x", NULL, NULL);
    assert_login("empty.example/x", NULL, NULL);
}

static void tokens_and_faults(void **state)
{
    (void)state;
    struct wb_error err = WB_ERROR_INIT;
    struct wb_credentials credentials = {0};
    const struct wb_bytes json = {(const uint8_t *)file, sizeof file - 1};
    assert_true(wb_credentials_read(json, "f", "token.example/x", &credentials, &err));
    assert_string_equal(credentials.identity_token, "t");
    assert_null(credentials.user);
    wb_credentials_clear(&credentials);
    assert_false(wb_credentials_read(json, "f", "bad.example/x", &credentials, &err));
    assert_int_equal(err.status, WB_BAD_INPUT);
    assert_null(strstr(err.message, "nocolon"));
    const struct wb_bytes broken = {(const uint8_t *)"{", 1};
    assert_false(wb_credentials_read(broken, "f", "reg.example/x", &credentials, &err));
}

static void assert_keeper(const char *repository, const char *keeper)
{
    struct wb_error err = WB_ERROR_INIT;
    struct wb_credentials credentials = {0};
    const struct wb_bytes json = {(const uint8_t *)file, sizeof file - 1};
    assert_true(wb_credentials_read(json, "f", repository, &credentials, &err));
    if (keeper == NULL)
        assert_null(credentials.keeper);
    else
        assert_string_equal(credentials.keeper, keeper);
    wb_credentials_clear(&credentials);
}

static void passwords_may_be_kept_elsewhere(void **state)
{
    (void)state;
    assert_keeper("reg.example/x", NULL);
    assert_keeper("token.example/x", NULL);
    assert_keeper("empty.example/x", "desktop");
    assert_keeper("other.example/x", "desktop");
    assert_keeper("helped.example:1/x", "cloud");
    assert_keeper("helped.example/x", "desktop");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bearer_challenges_become_urls),
        cmocka_unit_test(other_challenges),
        cmocka_unit_test(origins),
        cmocka_unit_test(the_longest_name_comes_first),
        cmocka_unit_test(tokens_and_faults),
        cmocka_unit_test(passwords_may_be_kept_elsewhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
