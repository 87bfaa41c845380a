/* SPDX-License-Identifier: Apache-2.0 */
/* Direct dependencies of rpm's kind: versions, capabilities, files, rich and weak dependencies. */
#include "sbom/sbom.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct wb_package *add(struct wb_bom *bom, const char *name, const char *evr)
{
    struct wb_package *package = wb_bom_new_package(bom, WB_PACKAGE_RPM);
    package->name = name;
    package->version = package->evr = evr;
    package->architecture = "x86_64";
    package->database = -1;
    WB_APPEND(bom->packages, bom->package_count, bom->package_capacity, package);
    return package;
}

/* `NAME[ COMPARISON VERSION]`, or a rich dependency in parentheses. */
static void relate(struct wb_bom *bom, struct wb_package *package, enum wb_relation_kind kind,
                   const char *text)
{
    unsigned group = (unsigned)package->relation_count;
    char *name = wb_arena_copy(bom->arena, text);
    char *comparison = name[0] == '(' ? NULL : strchr(name, ' ');
    char *version = NULL;
    if (comparison != NULL) {
        *comparison++ = '\0';
        version = strchr(comparison, ' ');
        *version++ = '\0';
    }
    struct wb_relation *relation = wb_package_add_relation(bom, package, kind, group, name);
    relation->comparison = comparison;
    relation->version = version;
}

#define REQUIRES WB_RELATION_DEPENDS
#define PROVIDES WB_RELATION_PROVIDES

/* Edges, then what is unmet behind a `!`. */
static void assert_resolved(struct wb_bom *bom, const struct wb_rootfs *rootfs,
                            const char *expected)
{
    struct wb_error err = WB_ERROR_INIT;
    if (!wb_dependencies_resolve(bom, rootfs, &err))
        fail_msg("%s", err.message);
    WB_AUTO_VALUE(wb_buffer) found = {0};
    for (size_t i = 0; i < bom->dependency_count; i++) {
        const struct wb_dependency *edge = &bom->dependencies[i];
        wb_buffer_append_format(&found, "%s>%s ", edge->from->name, edge->to->name);
        if (edge->kind != REQUIRES)
            wb_buffer_append_format(&found, "(%s) ", wb_relation_kind_name(edge->kind));
    }
    for (size_t i = 0; i < bom->unmet_count; i++)
        wb_buffer_append_format(&found, "!%s>%s ", bom->unmet[i].package->name, bom->unmet[i].text);
    wb_buffer_append_text(&found, "");
    assert_string_equal((const char *)found.data, expected);
}

static void capabilities(void **state)
{
    (void)state;
    WB_AUTO(wb_bom) *bom = wb_bom_new();
    struct wb_package *bash = add(bom, "bash", "5-1");
    struct wb_package *glibc = add(bom, "glibc", "2-1");
    struct wb_package *script = add(bom, "script", "1-1");
    script->architecture = "noarch";
    struct wb_package *glibc32 = add(bom, "glibc", "2-1");
    glibc32->architecture = "i686";
    relate(bom, glibc, PROVIDES, "libc.so.6(GLIBC_2.34)(64bit)");
    relate(bom, glibc, PROVIDES, "glibc(x86-64) = 2-1");
    relate(bom, glibc32, PROVIDES, "glibc(x86-32) = 2-1");
    relate(bom, bash, REQUIRES, "libc.so.6(GLIBC_2.34)(64bit)");
    relate(bom, bash, REQUIRES, "rpmlib(PayloadFilesHavePrefix) <= 4.0-1");
    relate(bom, bash, REQUIRES, "glibc(x86-64) >= 2");
    relate(bom, bash, PROVIDES, "/bin/sh");
    relate(bom, bash, REQUIRES, "/bin/sh");
    relate(bom, script, REQUIRES, "/bin/sh");
    relate(bom, script, REQUIRES, "glibc");
    relate(bom, script, REQUIRES, "libc.so.6(GLIBC_2.99)(64bit)");
    assert_resolved(bom, NULL,
                    "bash>glibc bash>glibc script>bash script>glibc "
                    "!script>libc.so.6(GLIBC_2.99)(64bit) ");
    assert_string_equal(bom->dependencies[3].to->architecture, "x86_64");
}

static void versions(void **state)
{
    (void)state;
    static const struct {
        const char *provided, *required;
        bool met;
    } cases[] = {
        {"b = 1.0-1", "b = 1.0", true},
        {"b = 1.0-1", "b = 1.0-2", false},
        {"b = 1:0.5", "b >= 2.0", true},
        {"b = 2.0", "b >= 1:1.0", false},
        {"b = 1.0~rc1", "b >= 1.0", false},
        {"b = 1.0^git1", "b > 1.0", true},
        {"b = 1.10", "b > 1.9", true},
        {"b = 0:1.0", "b = 1.0", true},
        {"b", "b >= 7", true},
        {"b < 2", "b >= 1", true},
        {"b < 2", "b >= 2", false},
        {"b = 1", "b", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        WB_AUTO(wb_bom) *bom = wb_bom_new();
        struct wb_error err = WB_ERROR_INIT;
        relate(bom, add(bom, "a", "1-1"), REQUIRES, cases[i].required);
        relate(bom, add(bom, "c", "1-1"), PROVIDES, cases[i].provided);
        assert_true(wb_dependencies_resolve(bom, NULL, &err));
        if ((bom->dependency_count == 1) != cases[i].met || (bom->unmet_count == 0) != cases[i].met)
            fail_msg("%s, %s", cases[i].provided, cases[i].required);
    }
}

static void rich_dependencies(void **state)
{
    (void)state;
    static const struct {
        const char *required, *expected;
    } cases[] = {
        {"(b and c)", "a>b a>c "},
        {"(b and x)", "!a>(b and x) "},
        {"(b and c and x)", "!a>(b and c and x) "},
        {"(x or c or b)", "a>c "},
        {"(x or y)", "!a>(x or y) "},
        {"(b if c)", "a>b "},
        {"(b if x)", ""},
        {"(x if c)", "!a>(x if c) "},
        {"(x if y)", ""},
        {"(x if y else c)", "a>c "},
        {"(b if c else x)", "a>b "},
        {"(x if y else y)", "!a>(x if y else y) "},
        {"(b unless x)", "a>b "},
        {"(b unless c)", "!a>(b unless c) "},
        {"(b unless c else c)", "a>c "},
        {"(b with extra)", "a>b "},
        {"(c with extra)", "!a>(c with extra) "},
        {"(b >= 1 with b < 2)", "!a>(b >= 1 with b < 2) "},
        {"(b >= 1 with b < 9)", "a>b "},
        {"(c without extra)", "a>c "},
        {"(b without extra)", "!a>(b without extra) "},
        {"((b if c) and (x or c))", "a>b a>c "},
        {"((b and x) or c)", "a>c "},
        {"(a and b)", "a>b "},
        {"(b and", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        WB_AUTO(wb_bom) *bom = wb_bom_new();
        relate(bom, add(bom, "a", "1-1"), REQUIRES, cases[i].required);
        relate(bom, add(bom, "b", "3-1"), PROVIDES, "extra");
        add(bom, "c", "1-1");
        assert_resolved(bom, NULL, cases[i].expected);
    }
}

/* Parsers that call themselves must not be led on: what nests without end is met by nothing. */
static void endless_rich_dependencies(void **state)
{
    (void)state;
    static const char *const pieces[][2] = {
        {"(", ")"}, {"(b and ", ")"}, {"(b or ", ")"}, {"(b if ", ")"}};
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        WB_AUTO(wb_bom) *bom = wb_bom_new();
        WB_AUTO_VALUE(wb_buffer) text = {0};
        struct wb_error err = WB_ERROR_INIT;
        for (int j = 0; j < 300000; j++)
            wb_buffer_append_text(&text, pieces[i][0]);
        wb_buffer_append_text(&text, "b");
        for (int j = 0; j < 300000; j++)
            wb_buffer_append_text(&text, pieces[i][1]);
        relate(bom, add(bom, "a", "1-1"), REQUIRES, (const char *)text.data);
        add(bom, "b", "1-1");
        assert_true(wb_dependencies_resolve(bom, NULL, &err));
        assert_int_equal(bom->unmet_count, 1);
    }
}

static void weak_dependencies(void **state)
{
    (void)state;
    WB_AUTO(wb_bom) *bom = wb_bom_new();
    struct wb_package *a = add(bom, "a", "1-1");
    struct wb_package *b = add(bom, "b", "1-1");
    struct wb_package *c = add(bom, "c", "1-1");
    relate(bom, a, WB_RELATION_RECOMMENDS, "b");
    relate(bom, a, WB_RELATION_RECOMMENDS, "x");
    relate(bom, a, WB_RELATION_SUGGESTS, "c");
    relate(bom, b, WB_RELATION_SUPPLEMENTS, "(a and c)");
    relate(bom, c, WB_RELATION_ENHANCES, "b");
    relate(bom, c, WB_RELATION_SUPPLEMENTS, "x");
    assert_resolved(bom, NULL,
                    "a>b (recommends) a>c (suggests) a>b (recommends) c>b (recommends) "
                    "b>c (suggests) ");
}

static void files(void **state)
{
    (void)state;
    WB_AUTO(wb_bom) *bom = wb_bom_new();
    WB_AUTO(wb_rootfs) *rootfs = wb_rootfs_new();
    struct wb_error err = WB_ERROR_INIT;
    struct wb_entry entries[] = {
        {.path = "usr", .kind = WB_ENTRY_DIRECTORY},
        {.path = "usr/bin", .kind = WB_ENTRY_DIRECTORY},
        {.path = "bin", .kind = WB_ENTRY_SYMLINK, .link_target = "usr/bin"},
        {.path = "usr/bin/tool", .kind = WB_ENTRY_REGULAR},
        {.path = "usr/bin/stray", .kind = WB_ENTRY_REGULAR},
        {.path = "usr/bin/loose", .kind = WB_ENTRY_SYMLINK, .link_target = "nowhere"},
    };
    struct wb_layer layer = {.entries = entries, .entry_count = sizeof entries / sizeof *entries};
    assert_true(wb_rootfs_apply(rootfs, &layer, 0, &err));
    struct wb_package *script = add(bom, "script", "1-1");
    struct wb_package *tool = add(bom, "tool", "1-1");
    struct wb_package *other = add(bom, "other", "1-1");
    wb_package_add_owned_file(bom, tool, "/usr/bin/tool");
    wb_package_add_owned_file(bom, other, "/opt/other/tool");
    /* By the path in the database; by another that leads there; of no package; not there. */
    relate(bom, script, REQUIRES, "/usr/bin/tool");
    relate(bom, script, REQUIRES, "/bin/tool");
    relate(bom, script, REQUIRES, "(/bin/tool if /opt/other/tool)");
    relate(bom, script, REQUIRES, "/bin/stray");
    relate(bom, script, REQUIRES, "/bin/loose");
    relate(bom, script, REQUIRES, "/sbin/tool");
    assert_resolved(bom, rootfs,
                    "script>tool script>tool script>tool !script>/bin/loose !script>/sbin/tool ");
}

/* Of several versions of one package the one installed last is meant. */
static void several_versions(void **state)
{
    (void)state;
    WB_AUTO(wb_bom) *bom = wb_bom_new();
    struct wb_package *tools = add(bom, "tools", "1-1");
    add(bom, "kernel", "6.9-1")->install_time = 1000;
    add(bom, "kernel", "6.10-1")->install_time = 2000;
    add(bom, "kernel", "6.8-1")->install_time = 3000;
    relate(bom, tools, REQUIRES, "kernel");
    relate(bom, tools, REQUIRES, "kernel >= 6.9");
    assert_resolved(bom, NULL, "tools>kernel tools>kernel ");
    assert_string_equal(bom->dependencies[0].to->evr, "6.8-1");
    assert_string_equal(bom->dependencies[1].to->evr, "6.10-1");
}

/* One database of each kind: neither serves the other. */
static void both_kinds(void **state)
{
    (void)state;
    WB_AUTO(wb_bom) *bom = wb_bom_new();
    struct wb_package *a = add(bom, "a", "1-1");
    struct wb_package *deb = add(bom, "b", "1-1");
    deb->kind = WB_PACKAGE_DEB;
    relate(bom, a, REQUIRES, "b");
    relate(bom, deb, WB_RELATION_DEPENDS, "a");
    assert_resolved(bom, NULL, "!a>b !b>a ");
}

/* libsolv leaves out what it cannot parse, and what would lead it on is kept from it: each id must
 * still stand for its own relation. */
static void neighbours_of_what_is_left_out(void **state)
{
    (void)state;
    WB_AUTO(wb_bom) *bom = wb_bom_new();
    WB_AUTO_VALUE(wb_buffer) deep = {0};
    struct wb_package *a = add(bom, "a", "1-1");
    add(bom, "b", "1-1");
    add(bom, "c", "1-1");
    for (int i = 0; i < 2000; i++)
        wb_buffer_append_text(&deep, "(");
    relate(bom, a, REQUIRES, "(b and");
    relate(bom, a, REQUIRES, "b");
    relate(bom, a, WB_RELATION_RECOMMENDS, "()");
    relate(bom, a, WB_RELATION_PRE_DEPENDS, "c");
    relate(bom, a, WB_RELATION_CONFLICTS, "x");
    relate(bom, a, REQUIRES, (const char *)deep.data);
    relate(bom, a, REQUIRES, "rpmlib(x) <= 1");
    relate(bom, a, REQUIRES, "y >= 2");
    relate(bom, a, WB_RELATION_RECOMMENDS, "b");
    WB_AUTO_STRING expected =
        wb_string_format("a>b a>c (pre-depends) a>b (recommends) !a>%s !a>y >= 2 ", deep.data);
    assert_resolved(bom, NULL, expected);
}

/* What no version, architecture or name of rpm's own keeps from being a package. */
static void bare_packages(void **state)
{
    (void)state;
    WB_AUTO(wb_bom) *bom = wb_bom_new();
    struct wb_package *a = add(bom, "a", "1-1");
    struct wb_package *bare = add(bom, "bare", "3");
    struct wb_package *nothing = add(bom, "nothing", NULL);
    struct wb_package *epochal = add(bom, "epochal", "2:1-1");
    add(bom, "gpg-pubkey", "1-1");
    bare->architecture = nothing->architecture = NULL;
    epochal->version = epochal->release = "1";
    epochal->epoch = 2;
    relate(bom, a, REQUIRES, "bare = 3");
    relate(bom, a, REQUIRES, "bare = 3-1");
    relate(bom, a, REQUIRES, "bare > 3");
    relate(bom, a, REQUIRES, "nothing");
    relate(bom, a, REQUIRES, "epochal >= 2:1");
    relate(bom, a, REQUIRES, "epochal = 1");
    relate(bom, a, REQUIRES, "gpg-pubkey");
    assert_resolved(bom, NULL,
                    "a>bare a>bare a>nothing a>epochal a>gpg-pubkey !a>bare > 3 !a>epochal = 1 ");
}

/* SUSE's older ways to say who supplements whom, as zypper takes them. */
static void suse_supplements(void **state)
{
    (void)state;
    WB_AUTO(wb_bom) *bom = wb_bom_new();
    struct wb_package *a = add(bom, "a", "1-1");
    add(bom, "b", "1-1");
    add(bom, "c", "1-1");
    relate(bom, a, PROVIDES, "locale(b:de;en)");
    relate(bom, a, PROVIDES, "b:/usr/bin/a");
    relate(bom, a, WB_RELATION_SUPPLEMENTS, "packageand(b:x)");
    relate(bom, a, WB_RELATION_SUPPLEMENTS, "packageand(b:c)");
    relate(bom, a, WB_RELATION_SUPPLEMENTS, "modalias(usb:v1)");
    relate(bom, a, WB_RELATION_SUPPLEMENTS, "c");
    assert_resolved(bom, NULL, "b>a (recommends) c>a (recommends) c>a (recommends) ");
}

/* libsolv compares each of them with all that it made of those before. */
static void many_provides_of_split_packages(void **state)
{
    (void)state;
    WB_AUTO(wb_bom) *bom = wb_bom_new();
    struct wb_package *a = add(bom, "a", "1-1");
    struct wb_package *b = add(bom, "b", "1-1");
    for (int i = 0; i < 300000; i++)
        relate(bom, a, PROVIDES, wb_arena_format(bom->arena, "b:/usr/bin/%d", i));
    relate(bom, b, REQUIRES, "b:/usr/bin/3");
    relate(bom, b, REQUIRES, "b:/usr/bin/299999");
    relate(bom, b, REQUIRES, "b:/usr/bin/300000");
    assert_resolved(bom, NULL, "b>a b>a !b>b:/usr/bin/300000 ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(capabilities),
        cmocka_unit_test(versions),
        cmocka_unit_test(rich_dependencies),
        cmocka_unit_test(endless_rich_dependencies),
        cmocka_unit_test(weak_dependencies),
        cmocka_unit_test(files),
        cmocka_unit_test(several_versions),
        cmocka_unit_test(both_kinds),
        cmocka_unit_test(neighbours_of_what_is_left_out),
        cmocka_unit_test(bare_packages),
        cmocka_unit_test(suse_supplements),
        cmocka_unit_test(many_provides_of_split_packages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
