/* SPDX-License-Identifier: Apache-2.0 */
/* os-release(5): quoting, order, what is passed over. */
#include "sbom/sbom.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct wb_distribution read_text(struct wb_arena *arena, const char *text)
{
    struct wb_distribution distribution = {0};
    size_t size = strlen(text);
    uint8_t *copy = malloc(size == 0 ? 1 : size);
    assert_non_null(copy);
    memcpy(copy, text, size);
    wb_os_release_read((struct wb_bytes){copy, size}, arena, &distribution);
    free(copy);
    return distribution;
}

static void real_file(void **state)
{
    (void)state;
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    struct wb_distribution distribution =
        read_text(arena, "NAME=\"Fedora Linux\"\nVERSION=\"36 (Container Image)\"\nID=fedora\n"
                         "VERSION_ID=36\nVERSION_CODENAME=\"\"\nID_LIKE='A b'\n\n# a comment\n"
                         "CPE_NAME=\"cpe:/o:fedoraproject:fedora:36\"\nVARIANT_ID=container\n"
                         "HOME_URL=\"https://h/\"\nSUPPORT_URL=\"https://s/\"\n"
                         "BUG_REPORT_URL=\"https://b/\" \nPRETTY_NAME=\"Fedora 36\"");
    assert_string_equal(distribution.name, "Fedora Linux");
    assert_string_equal(distribution.version, "36 (Container Image)");
    assert_string_equal(distribution.id, "fedora");
    assert_string_equal(distribution.version_id, "36");
    assert_null(distribution.version_codename);
    assert_string_equal(distribution.id_like, "a b");
    assert_string_equal(distribution.cpe_name, "cpe:/o:fedoraproject:fedora:36");
    assert_string_equal(distribution.variant_id, "container");
    assert_string_equal(distribution.home_url, "https://h/");
    assert_string_equal(distribution.support_url, "https://s/");
    assert_string_equal(distribution.bug_report_url, "https://b/");
    assert_string_equal(distribution.pretty_name, "Fedora 36");
}

static void quoting(void **state)
{
    (void)state;
    static const struct {
        const char *text, *value;
    } cases[] = {
        {"plain", "plain"},
        {"\"two words\"", "two words"},
        {"'it is \\$1 \"x\"'", "it is \\$1 \"x\""},
        {"\"a \\\"quoted\\\" \\$x \\` \\\\ \\n\"", "a \"quoted\" $x ` \\ \\n"},
        {"a\\ b", "a b"},
        {"a'b c'\"d\"", "ab cd"},
        {"x  # comment", "x"},
        {"x\r", "x"},
        {"\"\"", NULL},
        {"", NULL},
        {"\"open", NULL},
        {"'open", NULL},
        {"two words", NULL},
        {"end\\", NULL},
        {"caf\xe9", "caf\\xe9"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        WB_AUTO(wb_arena) *arena = wb_arena_new();
        WB_AUTO_STRING text = wb_string_format("NAME=%s\n", cases[i].text);
        struct wb_distribution distribution = read_text(arena, text);
        if (cases[i].value == NULL) {
            assert_null(distribution.name);
        } else {
            assert_non_null(distribution.name);
            assert_string_equal(distribution.name, cases[i].value);
        }
    }
}

static void lines(void **state)
{
    (void)state;
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    struct wb_distribution distribution =
        read_text(arena, "\xef\xbb\xbfID=Debian\n  VERSION_ID=1\nVERSION_ID=2\n#NAME=x\nNAME =x\n"
                         "no assignment\n=\n\nPRETTY_NAME=\"a\nb\"\n");
    assert_string_equal(distribution.id, "debian");
    assert_string_equal(distribution.version_id, "2");
    assert_null(distribution.name);
    assert_null(distribution.pretty_name);
    struct wb_distribution empty = read_text(arena, "");
    assert_null(empty.id);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_file),
        cmocka_unit_test(quoting),
        cmocka_unit_test(lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
