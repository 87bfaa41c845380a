/* SPDX-License-Identifier: Apache-2.0 */
/* Rule files in gitleaks' form: what is taken, what is refused, what allow lists let pass. */
#include "audit/audit_private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct wb_bytes bytes_of(const char *text)
{
    return (struct wb_bytes){(const uint8_t *)text, strlen(text)};
}

static void refuse(const char *toml, const char *message)
{
    struct wb_error err = WB_ERROR_INIT;
    struct wb_secret_rules *rules = wb_secret_rules_new();
    bool ok = wb_secret_rules_add(rules, bytes_of(toml), "f", &err) &&
              wb_secret_rules_finish(rules, &err);
    wb_secret_rules_free(rules);
    assert_false(ok);
    assert_int_equal(err.status, WB_BAD_INPUT);
    if (strstr(err.message, message) == NULL)
        fail_msg("\"%s\" lacks \"%s\"", err.message, message);
}

/* How many secrets the rules find in a file of that path. */
static size_t count_in(const char *toml, const char *path, const char *text)
{
    struct wb_error err = WB_ERROR_INIT;
    struct wb_secret_rules *rules = wb_secret_rules_new();
    if (!wb_secret_rules_add(rules, bytes_of(toml), "f", &err) ||
        !wb_secret_rules_finish(rules, &err))
        fail_msg("%s", err.message);
    struct wb_secret_findings *findings = wb_secret_findings_new(rules);
    const struct wb_entry entry = {.path = path, .size = strlen(text)};
    void *file = wb_secret_begin(findings, &entry, 0);
    wb_secret_piece(findings, file, (const uint8_t *)text, strlen(text));
    wb_secret_end(findings, file);
    size_t count;
    wb_secret_matches(findings, &count);
    wb_secret_findings_free(findings);
    wb_secret_rules_free(rules);
    return count;
}

static void built_in_rules_load(void **state)
{
    (void)state;
    struct wb_error err = WB_ERROR_INIT;
    struct wb_secret_rules *rules = wb_secret_rules_new();
    if (!wb_secret_rules_add(rules, wb_audit_built_in_rules(), "built-in", &err) ||
        !wb_secret_rules_finish(rules, &err))
        fail_msg("%s", err.message);
    assert_true(wb_secret_rules_count(rules) > 80);
    /* A rule of the same name takes the place of the built-in one. */
    size_t count = wb_secret_rules_count(rules);
    wb_secret_rules_free(rules);
    rules = wb_secret_rules_new();
    assert_true(wb_secret_rules_add(rules, wb_audit_built_in_rules(), "built-in", &err));
    assert_true(wb_secret_rules_add(rules, bytes_of("[[rules]]\nid='npm-token'\nregex='x{5}'\n"),
                                    "f", &err));
    assert_int_equal(wb_secret_rules_count(rules), count);
    wb_secret_rules_free(rules);
}

static void what_is_wrong_is_refused(void **state)
{
    (void)state;
    refuse("", "f: no [[rules]] in it");
    refuse("rules = []\n", "no [[rules]]");
    refuse("[extend]\nuseDefault = true\n", "[extend] is not read");
    refuse("[[rules]]\nregex = 'x'\n", "f:1: a rule needs a text \"id\"");
    refuse("[[rules]]\nid = 'a'\n", "rule \"a\": neither \"regex\" nor \"path\"");
    refuse("[[rules]]\nid = 'a'\nregex = '(?=x)'\n", "f:3: rule \"a\": RE2 cannot compile");
    refuse("[[rules]]\nid = 'a'\nregex = 'x{1,2000}'\n", "rule \"a\": RE2 cannot compile");
    refuse("[[rules]]\nid = 'a'\nregex = 'x'\nkeyword = ['x']\n",
           "f:4: rule \"a\": a rule has no \"keyword\"");
    refuse("[[rules]]\nid = 'a'\nregex = 'x'\nkeywords = 'x'\n", "must be an array");
    refuse("[[rules]]\nid = 'a'\nregex = 'x'\nkeywords = ['']\n", "1 to 128 bytes");
    refuse("[[rules]]\nid = 'a'\nregex = 'x'\nsecretGroup = 1\n", "has no group 1");
    refuse("[[rules]]\nid = 'a'\nregex = 'x'\nentropy = 9\n", "between 0 and 8");
    refuse("[[rules]]\nid = 'a'\nregex = 'x'\n[[rules.required]]\nid = 'b'\n", "\"required\"");
    refuse("[[rules]]\nid = 'a'\nregex = 'x'\n[[rules]]\nid = 'a'\nregex = 'y'\n",
           "f:5: rule \"a\" is there twice, first in line 2");
    refuse("[[rules]]\nid = 'a'\nregex = 'x'\n[rules.allowlist]\nregexes = ['(']\n",
           "f:5: rule \"a\": RE2");
    refuse("[[rules]]\nid = 'a'\nregex = 'x'\n[rules.allowlist]\nregexTarget = 'file'\n",
           "cannot be \"file\"");
    /* RE2 itself takes it for text. */
    refuse("[[rules]]\nid = 'a'\nregex = 'x{1000000000}'\n", "invalid repetition size");
    refuse("[[rules]]\nid = 'a'\nregex = 'x{1,1000000000}'\n", "invalid repetition size");
}

static void allow_lists_of_everything_are_refused(void **state)
{
    (void)state;
    refuse("[[rules]]\nid='a'\nregex='x'\n[rules.allowlist]\npaths=['.*']\n",
           "f:5: rule \"a\": an expression of \"paths\" matches everything");
    refuse("[[rules]]\nid='a'\nregex='x'\n[rules.allowlist]\nregexes=['a|']\n", "everything");
    refuse("[[rules]]\nid='a'\nregex='x'\n[allowlist]\nregexes=['']\n", "the allow list: ");
    refuse("[[rules]]\nid='a'\nregex='x'\n[allowlist]\nstopwords=['']\n", "an empty stop word");
}

/* An expression whose automaton has more states than it may: it is slower, and misses nothing. */
static void nothing_is_missed_without_memory(void **state)
{
    (void)state;
    char text[4001];
    for (size_t i = 0; i < sizeof text - 1; i++)
        text[i] = (i * i * 7 + i / 3) % 5 < 2 ? 'a' : 'b';
    text[1000] = 'a';
    text[sizeof text - 1] = '\0';
    assert_int_equal(count_in("[[rules]]\nid='a'\nregex='(?:a|b)*a(?:a|b){900}$'\n", "x", text), 1);
}

static void rules_find(void **state)
{
    (void)state;
    assert_int_equal(
        count_in("[[rules]]\nid='a'\nregex='k=(\\w+)'\nkeywords=['K=']\n", "x", "k=one k=two"), 2);
    /* Without keywords everything is looked at; with a path only files of it. */
    assert_int_equal(count_in("[[rules]]\nid='a'\nregex='[0-9]{4}'\n", "x", "1234 5678"), 2);
    assert_int_equal(count_in("[[rules]]\nid='a'\nregex='[0-9]+'\npath='\\.env$'\n", "a.env", "1"),
                     1);
    assert_int_equal(count_in("[[rules]]\nid='a'\nregex='[0-9]+'\npath='\\.env$'\n", "a.txt", "1"),
                     0);
    assert_int_equal(count_in("[[rules]]\nid='a'\npath='\\.pfx$'\n", "a/b.pfx", "1"), 1);
    assert_int_equal(count_in("[[rules]]\nid='a'\nregex='k=(\\w+)'\nentropy=3\n", "x",
                              "k=aaaaaaaabbbb k=a8Sk2jd0Pq4z"),
                     1);
    assert_int_equal(count_in("[[rules]]\nid='a'\nregex='(k)=(\\w+)'\nsecretGroup=2\nentropy=2\n",
                              "x", "k=a8Sk2jd0Pq4z"),
                     1);
}

#define RULE "[[rules]]\nid='a'\nregex='k=(\\w+)'\n"
static void allow_lists_let_pass(void **state)
{
    (void)state;
    const char *text = "k=harmless1 # fine\nk=other";
    assert_int_equal(count_in(RULE "[rules.allowlist]\nstopwords=['HARMLESS']\n", "x", text), 1);
    assert_int_equal(count_in(RULE "[[rules.allowlists]]\nregexes=['^harm']\n", "x", text), 1);
    assert_int_equal(
        count_in(RULE "[[rules.allowlists]]\nregexTarget='line'\nregexes=['# fine']\n", "x", text),
        1);
    assert_int_equal(
        count_in(RULE "[[rules.allowlists]]\nregexTarget='match'\nregexes=['^k=']\n", "x", text),
        0);
    assert_int_equal(count_in(RULE "[allowlist]\npaths=['^doc/']\n", "doc/x", text), 0);
    assert_int_equal(
        count_in(RULE "[[allowlists]]\ntargetRules=['b']\npaths=['^doc/']\n", "doc/x", text), 2);
    const char *both = RULE "[[rules.allowlists]]\ncondition='AND'\npaths=['^doc/']\n"
                            "stopwords=['harmless']\n";
    assert_int_equal(count_in(both, "doc/x", text), 1);
    assert_int_equal(count_in(both, "x", text), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(built_in_rules_load),
        cmocka_unit_test(what_is_wrong_is_refused),
        cmocka_unit_test(rules_find),
        cmocka_unit_test(allow_lists_let_pass),
        cmocka_unit_test(allow_lists_of_everything_are_refused),
        cmocka_unit_test(nothing_is_missed_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
