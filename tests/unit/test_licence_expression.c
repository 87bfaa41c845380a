/* SPDX-License-Identifier: Apache-2.0 */
/* SPDX expressions: the list, strict parsing, joining. */
#include "sbom/licence.h"
#include "sbom/sbom.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void assert_parsed(const char *expression, const char *expected)
{
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    const struct wb_licence_node *node = wb_licence_parse(arena, expression);
    if (node == NULL)
        fail_msg("`%s` is refused", expression);
    assert_string_equal(wb_licence_write(arena, node), expected);
    assert_true(wb_licence_expression_valid(expression));
}

static void ids_are_canonical(void **state)
{
    (void)state;
    assert_string_equal(wb_licence_canonical("mit"), "MIT");
    assert_string_equal(wb_licence_canonical("0bsd"), "0BSD");
    assert_string_equal(wb_licence_canonical("zpl-2.1"), "ZPL-2.1");
    assert_string_equal(wb_licence_canonical("GPL-2.0+"), "GPL-2.0-or-later");
    assert_string_equal(wb_licence_canonical("gpl-2.0"), "GPL-2.0-only");
    assert_null(wb_licence_canonical(""));
    assert_null(wb_licence_canonical("MIT "));
    assert_null(wb_licence_canonical("LicenseRef-x"));
    assert_string_equal(wb_licence_exception_canonical("classpath-exception-2.0"),
                        "Classpath-exception-2.0");
    assert_null(wb_licence_exception_canonical("MIT"));
}

static void expressions_are_parsed(void **state)
{
    (void)state;
    assert_parsed("MIT", "MIT");
    assert_parsed(" ( mit ) ", "MIT");
    assert_parsed("MIT AND (MIT)", "MIT");
    assert_parsed("MIT OR Apache-2.0 AND ISC", "MIT OR (Apache-2.0 AND ISC)");
    assert_parsed("(MIT OR Apache-2.0)AND(ISC)", "(MIT OR Apache-2.0) AND ISC");
    assert_parsed("GPL-2.0+ WITH Classpath-exception-2.0",
                  "GPL-2.0-or-later WITH Classpath-exception-2.0");
    assert_parsed("GPL-2.0-with-GCC-exception", "GPL-2.0-only WITH GCC-exception-2.0");
    assert_parsed("Apache-2.0+", "Apache-2.0+");
    assert_parsed("LicenseRef-Acme-1.0 OR DocumentRef-a:LicenseRef-b",
                  "LicenseRef-Acme-1.0 OR DocumentRef-a:LicenseRef-b");
}

static void what_is_no_expression_is_refused(void **state)
{
    (void)state;
    static const char *const refused[] = {
        "",
        " ",
        "Acme",
        "MIT and ISC",
        "MIT AND",
        "AND MIT",
        "MIT ISC",
        "(MIT",
        "MIT)",
        "()",
        "MIT WITH",
        "MIT WITH ISC",
        "(MIT) WITH Classpath-exception-2.0",
        "GPL-2.0 WITH Classpath-exception-2.0 WITH Classpath-exception-2.0",
        "LicenseRef-",
        "LicenseRef-a_b",
        "DocumentRef-a",
        "DocumentRef-a:MIT",
        "MIT/ISC",
        "MIT, ISC",
        "NONE",
        "NOASSERTION",
    };
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        if (wb_licence_expression_valid(refused[i]))
            fail_msg("`%s` is accepted", refused[i]);
}

static void nesting_is_bounded(void **state)
{
    (void)state;
    size_t depth = 200000;
    char *text = malloc(depth + 4);
    memset(text, '(', depth);
    memcpy(text + depth, "MIT", 4);
    assert_false(wb_licence_expression_valid(text));
    free(text);
}

static void parts_are_joined(void **state)
{
    (void)state;
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    const char *several[] = {"MIT", "Zlib AND ISC", NULL, "GPL-2.0-only OR MIT", "ISC", "MIT"};
    assert_string_equal(wb_licence_join_and(arena, several, 6),
                        "(GPL-2.0-only OR MIT) AND ISC AND MIT AND Zlib");
    const char *same[] = {"MIT OR ISC", "MIT OR ISC"};
    assert_string_equal(wb_licence_join_and(arena, same, 2), "MIT OR ISC");
    const char *turned[] = {"MIT OR ISC", "ISC OR MIT"};
    assert_string_equal(wb_licence_join_and(arena, turned, 2), "ISC OR MIT");
    const char *nothing[] = {NULL};
    assert_null(wb_licence_join_and(arena, nothing, 1));
    assert_null(wb_licence_join_and(arena, NULL, 0));
    const char *broken[] = {"not one", "MIT"};
    assert_string_equal(wb_licence_join_and(arena, broken, 2), "MIT");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_are_canonical),
        cmocka_unit_test(expressions_are_parsed),
        cmocka_unit_test(what_is_no_expression_is_refused),
        cmocka_unit_test(nesting_is_bounded),
        cmocka_unit_test(parts_are_joined),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
