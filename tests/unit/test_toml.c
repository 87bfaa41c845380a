/* SPDX-License-Identifier: Apache-2.0 */
/* TOML as rule files have it: what is taken, what is refused and in which line. */
#include "audit/toml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct wb_toml *parse(struct wb_arena *arena, const char *text)
{
    struct wb_error err = WB_ERROR_INIT;
    const struct wb_toml *root =
        wb_toml_parse((struct wb_bytes){(const uint8_t *)text, strlen(text)}, "f", arena, &err);
    if (root == NULL)
        fail_msg("%s", err.message);
    return root;
}

static void refuse(const char *text, const char *message)
{
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    assert_null(
        wb_toml_parse((struct wb_bytes){(const uint8_t *)text, strlen(text)}, "f", arena, &err));
    assert_int_equal(err.status, WB_BAD_INPUT);
    if (strstr(err.message, message) == NULL)
        fail_msg("\"%s\" lacks \"%s\"", err.message, message);
}

static void texts_are_of_four_kinds(void **state)
{
    (void)state;
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    const struct wb_toml *root = parse(arena, "a = \"x\\t\\u00e9\\\\\" # rest\n"
                                              "b = 'c:\\d'\r\n"
                                              "c = '''\nit's\n'quoted'''''\n"
                                              "d = \"\"\"one \\\n   two\"\"\"\n"
                                              "\"odd key\" = ''\n");
    assert_string_equal(wb_toml_member(root, "a")->text, "x\t\xc3\xa9\\");
    assert_string_equal(wb_toml_member(root, "b")->text, "c:\\d");
    assert_string_equal(wb_toml_member(root, "c")->text, "it's\n'quoted''");
    assert_string_equal(wb_toml_member(root, "d")->text, "one two");
    assert_int_equal(wb_toml_member(root, "d")->line, 6);
    assert_string_equal(wb_toml_member(root, "odd key")->text, "");
}

static void numbers_arrays_and_tables(void **state)
{
    (void)state;
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    const struct wb_toml *root = parse(arena, "n = -1_000\nf = 3.75\nt = true\n"
                                              "list = [ 'a', # one\n 'b',\n]\n"
                                              "in = { x = 1, y.z = 'q' }\n"
                                              "[[r]]\nid = 'one'\n[[r.allow]]\nw = []\n"
                                              "[r.sub]\nk = 1\n[[r]]\nid = 'two'\n");
    assert_int_equal(wb_toml_member(root, "n")->integer, -1000);
    assert_int_equal(wb_toml_member(root, "f")->thousandths, 3750);
    assert_int_equal(wb_toml_member(root, "t")->integer, 1);
    assert_int_equal(wb_toml_member(root, "list")->count, 2);
    const struct wb_toml *y = wb_toml_member(wb_toml_member(root, "in"), "y");
    assert_string_equal(wb_toml_member(y, "z")->text, "q");
    const struct wb_toml *rules = wb_toml_member(root, "r");
    assert_int_equal(rules->count, 2);
    assert_int_equal(wb_toml_member(rules->first, "allow")->count, 1);
    assert_string_equal(wb_toml_member(rules->last, "id")->text, "two");
}

static void what_is_wrong_is_told_with_its_line(void **state)
{
    (void)state;
    refuse("a = 1\n\na = 2\n", "f:3: \"a\" is already there, in line 1");
    refuse("a = 'x\n", "f:1: a text has no end");
    refuse("a = '''x\n\n", "f:1: a text has no end");
    refuse("a = \"\\d\"\n", "f:1: TOML has no escape");
    refuse("a = \"\\ud800\"\n", "no character U+D800");
    refuse("a = 1 b = 2\n", "f:1: the line should end here");
    refuse("\na\n", "f:2: \"a\" is not followed by =");
    refuse("[a]\n[a]\n", "f:2: \"a\" is already there");
    refuse("[a\n", "f:1: the header does not end with ]");
    refuse("[[a]]\n[a]\n", "f:2: \"a\" is already there");
    refuse("a = []\n[[a]]\n", "f:2: \"a\" is an array already");
    refuse("a = {}\na.b = 1\n", "f:2: \"a\" is a table already");
    refuse("d = 2024-01-01\n", "dates");
    refuse("x = 0x10\n", "hexadecimal");
    refuse("x = [1 2]\n", "lacks a comma");
    refuse("x = [[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]\n", "nested deeper than 16");
    refuse("a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r = 1\n", "nested deeper than 16");
    refuse("a = '\xff'\n", "not UTF-8");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_of_four_kinds),
        cmocka_unit_test(numbers_arrays_and_tables),
        cmocka_unit_test(what_is_wrong_is_told_with_its_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
