/* SPDX-License-Identifier: Apache-2.0 */
/* Direct dependencies of dpkg's kind: names, versions, alternatives, Provides, architectures. */
#include "sbom/sbom.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static struct wb_package *add(struct wb_bom *bom, const char *name, const char *evr,
                              const char *architecture)
{
    struct wb_package *package = wb_bom_new_package(bom, WB_PACKAGE_DEB);
    package->name = name;
    package->version = package->evr = evr;
    package->architecture = architecture;
    package->database = -1;
    WB_APPEND(bom->packages, bom->package_count, bom->package_capacity, package);
    return package;
}

/* One group: `text` is its alternatives, each `NAME[:ARCHITECTURE][ COMPARISON VERSION]`. */
static void relate(struct wb_bom *bom, struct wb_package *package, enum wb_relation_kind kind,
                   const char *text)
{
    unsigned group = (unsigned)package->relation_count;
    char *rest = wb_arena_copy(bom->arena, text);
    for (char *name; (name = strsep(&rest, "|")) != NULL;) {
        char *comparison = strchr(name, ' ');
        char *version = NULL;
        if (comparison != NULL) {
            *comparison++ = '\0';
            version = strchr(comparison, ' ');
            *version++ = '\0';
        }
        char *architecture = strchr(name, ':');
        if (architecture != NULL)
            *architecture++ = '\0';
        struct wb_relation *relation = wb_package_add_relation(bom, package, kind, group, name);
        relation->comparison = comparison;
        relation->version = version;
        relation->architecture = architecture;
    }
}

#define DEPENDS WB_RELATION_DEPENDS
#define PROVIDES WB_RELATION_PROVIDES

/* Edges, then what is unmet behind a `!`. */
static void assert_resolved(struct wb_bom *bom, const char *expected)
{
    struct wb_error err = WB_ERROR_INIT;
    if (!wb_dependencies_resolve(bom, NULL, &err))
        fail_msg("%s", err.message);
    WB_AUTO_VALUE(wb_buffer) found = {0};
    wb_buffer_append_text(&found, "");
    for (size_t i = 0; i < bom->dependency_count; i++) {
        const struct wb_dependency *edge = &bom->dependencies[i];
        wb_buffer_append_format(&found, "%s%s>%s:%s", i == 0 ? "" : " ", edge->from->name,
                                edge->to->name, edge->to->architecture);
        if (edge->kind != DEPENDS)
            wb_buffer_append_format(&found, "(%s)", wb_relation_kind_name(edge->kind));
    }
    for (size_t i = 0; i < bom->unmet_count; i++)
        wb_buffer_append_format(&found, "%s!%s>%s", found.size == 0 ? "" : " ",
                                bom->unmet[i].package->name, bom->unmet[i].text);
    assert_string_equal((const char *)found.data, expected);
}

static void names_and_alternatives(void **state)
{
    (void)state;
    WB_AUTO(wb_bom) *bom = wb_bom_new();
    struct wb_package *a = add(bom, "a", "1", "amd64");
    add(bom, "b", "1", "amd64");
    add(bom, "c", "1", "amd64");
    relate(bom, a, DEPENDS, "missing|c|b");
    relate(bom, a, DEPENDS, "missing|other >= 2|third < 3");
    relate(bom, a, DEPENDS, "a");
    relate(bom, a, WB_RELATION_PRE_DEPENDS, "b");
    relate(bom, a, WB_RELATION_RECOMMENDS, "c");
    relate(bom, a, WB_RELATION_RECOMMENDS, "missing");
    relate(bom, a, WB_RELATION_SUGGESTS, "b");
    relate(bom, a, WB_RELATION_CONFLICTS, "b");
    assert_resolved(bom, "a>c:amd64 a>b:amd64(pre-depends) a>c:amd64(recommends) "
                         "a>b:amd64(suggests) !a>missing | other (>= 2) | third (<< 3)");
    assert_int_equal(bom->finding_count, 1);
    assert_string_equal(bom->findings[0].code, "dependency-unmet");
    assert_string_equal(bom->findings[0].message,
                        "package a needs what is not installed: missing | other (>= 2) | "
                        "third (<< 3)");
}

static void versions(void **state)
{
    (void)state;
    static const struct {
        const char *evr, *relation;
        bool met;
    } cases[] = {
        {"1.0-1", "b >= 1.0", true},
        {"1.0-1", "b = 1.0", false},
        {"1.0-1", "b = 1.0-1", true},
        {"1.0-1", "b < 1.0", false},
        {"1.0~rc1-1", "b >= 1.0", false},
        {"1.0~rc1-1", "b < 1.0", true},
        {"1:0.5", "b >= 2.0", true},
        {"2.0", "b >= 1:0", false},
        {"1.0", "b = 0:1.0", true},
        {"1.0-0", "b = 1.0", true},
        {"1.0-~a", "b < 1.0", true},
        {"1.0-0a", "b > 1.0", true},
        {"1.10", "b > 1.9", true},
        {"1.0+dfsg-1", "b > 1.0-1", true},
        {"1.0-1+deb12u1", "b > 1.0-1", true},
        {"1.0a", "b > 1.0+", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        WB_AUTO(wb_bom) *bom = wb_bom_new();
        struct wb_error err = WB_ERROR_INIT;
        struct wb_package *a = add(bom, "a", "1", "amd64");
        add(bom, "b", cases[i].evr, "amd64");
        relate(bom, a, DEPENDS, cases[i].relation);
        assert_true(wb_dependencies_resolve(bom, NULL, &err));
        if ((bom->dependency_count == 1) != cases[i].met || (bom->unmet_count == 0) != cases[i].met)
            fail_msg("b %s, %s", cases[i].evr, cases[i].relation);
    }
}

static void provides(void **state)
{
    (void)state;
    WB_AUTO(wb_bom) *bom = wb_bom_new();
    struct wb_package *zeta = add(bom, "zeta", "1", "amd64");
    struct wb_package *mawk = add(bom, "mawk", "1", "amd64");
    struct wb_package *gawk = add(bom, "gawk", "1", "amd64");
    relate(bom, zeta, DEPENDS, "awk");
    relate(bom, zeta, DEPENDS, "gawk");
    relate(bom, zeta, DEPENDS, "perl-json >= 2");
    /* Without a version of its own, what is provided has none that would do. */
    relate(bom, zeta, DEPENDS, "awk >= 1");
    relate(bom, mawk, PROVIDES, "awk");
    relate(bom, mawk, DEPENDS, "awk");
    relate(bom, mawk, PROVIDES, "perl-json = 1");
    relate(bom, gawk, PROVIDES, "awk");
    relate(bom, gawk, PROVIDES, "perl-json = 2.5");
    relate(bom, zeta, PROVIDES, "gawk");
    assert_resolved(bom, "zeta>gawk:amd64 zeta>gawk:amd64 zeta>gawk:amd64 !zeta>awk (>= 1)");
}

static void architectures(void **state)
{
    (void)state;
    WB_AUTO(wb_bom) *bom = wb_bom_new();
    struct wb_package *tool = add(bom, "tool", "1", "i386");
    struct wb_package *data = add(bom, "data", "1", "all");
    add(bom, "lib", "1", "i386");
    add(bom, "lib", "1", "amd64");
    add(bom, "python3", "1", "amd64")->multi_arch = "allowed";
    add(bom, "bin", "1", "amd64")->multi_arch = "foreign";
    add(bom, "other", "1", "amd64");
    struct wb_package *native = add(bom, "native", "1", "amd64");
    relate(bom, tool, DEPENDS, "lib");
    relate(bom, tool, DEPENDS, "lib:amd64");
    relate(bom, tool, DEPENDS, "python3:any");
    relate(bom, tool, DEPENDS, "bin");
    relate(bom, data, DEPENDS, "lib");
    relate(bom, native, DEPENDS, "data");
    relate(bom, native, DEPENDS, "data:native");
    /* Of another architecture, and not said to serve it; `all` is the native one. */
    relate(bom, tool, DEPENDS, "other");
    relate(bom, tool, DEPENDS, "data");
    relate(bom, tool, DEPENDS, "python3");
    relate(bom, tool, DEPENDS, "other:any");
    assert_resolved(bom, "tool>lib:i386 tool>lib:amd64 tool>python3:amd64 tool>bin:amd64 "
                         "data>lib:amd64 native>data:all native>data:all "
                         "!tool>other !tool>data !tool>python3 !tool>other:any");
}

/* dpkg's entry names the native architecture even where most packages are of another. */
static void native_architecture(void **state)
{
    (void)state;
    WB_AUTO(wb_bom) *bom = wb_bom_new();
    struct wb_package *data = add(bom, "data", "1", "all");
    add(bom, "dpkg", "1", "arm64");
    add(bom, "lib", "1", "armhf");
    add(bom, "lib", "1", "arm64");
    add(bom, "more", "1", "armhf");
    relate(bom, data, DEPENDS, "lib");
    assert_resolved(bom, "data>lib:arm64");
}

static void states(void **state)
{
    (void)state;
    WB_AUTO(wb_bom) *bom = wb_bom_new();
    struct wb_package *a = add(bom, "a", "1", "amd64");
    struct wb_package *half = add(bom, "half", "1", "amd64");
    half->state = WB_STATE_HALF_INSTALLED;
    add(bom, "unpacked", "1", "amd64")->state = WB_STATE_UNPACKED;
    relate(bom, a, DEPENDS, "half|unpacked");
    relate(bom, a, DEPENDS, "half");
    relate(bom, half, DEPENDS, "missing");
    assert_resolved(bom, "a>unpacked:amd64 !a>half");
}

/* What libsolv's reader would merge, or take for something else, keeps its place. */
static void what_no_stanza_holds(void **state)
{
    (void)state;
    WB_AUTO(wb_bom) *bom = wb_bom_new();
    struct wb_package *a = add(bom, "a", "1", "amd64");
    add(bom, "b", "2-1", "amd64");
    add(bom, "c,b", "1\nDepends: x", "amd64");
    add(bom, "d", NULL, NULL);
    add(bom, "e", "2:1", "amd64");
    relate(bom, a, DEPENDS, "b");
    relate(bom, a, DEPENDS, "b");
    relate(bom, a, WB_RELATION_PRE_DEPENDS, "b");
    relate(bom, a, DEPENDS, "b = 2)-1");
    relate(bom, a, DEPENDS, "c,b");
    relate(bom, a, DEPENDS, "b >= 2-1");
    relate(bom, a, DEPENDS, "d");
    relate(bom, a, DEPENDS, "e > 2:0");
    for (int i = 0; i < 300; i++)
        relate(bom, a, DEPENDS, wb_arena_format(bom->arena, "b > 0.%d", i));
    relate(bom, a, DEPENDS, "b > 3");
    struct wb_error err = WB_ERROR_INIT;
    assert_true(wb_dependencies_resolve(bom, NULL, &err));
    assert_int_equal(bom->unmet_count, 2);
    assert_string_equal(bom->unmet[0].text, "b (= 2)-1)");
    assert_string_equal(bom->unmet[1].text, "b (>> 3)");
    static const char *const expected[] = {"b", "b", "b", "c,b", "b", "d", "e"};
    assert_int_equal(bom->dependency_count, 307);
    for (size_t i = 0; i < 7; i++)
        assert_string_equal(bom->dependencies[i].to->name, expected[i]);
    assert_int_equal(bom->dependencies[2].kind, WB_RELATION_PRE_DEPENDS);
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Were each provider looked at for each dependency, this would take minutes. */
static void many_providers_of_one_name(void **state)
{
    (void)state;
    WB_AUTO(wb_bom) *bom = wb_bom_new();
    for (int i = 0; i < 20000; i++) {
        struct wb_package *package = add(bom, wb_arena_format(bom->arena, "p%d", i), "1", "amd64");
        relate(bom, package, i % 2 == 0 ? PROVIDES : DEPENDS, "virtual");
    }
    struct wb_error err = WB_ERROR_INIT;
    assert_true(wb_dependencies_resolve(bom, NULL, &err));
    assert_int_equal(bom->dependency_count, 10000);
    assert_int_equal(bom->finding_count, 0);
}

/* Each pair is a comparison of its own: the resolver gives up, and says so. */
static void many_versions_of_one_name(void **state)
{
    (void)state;
    for (int one_package = 0; one_package < 2; one_package++) {
        WB_AUTO(wb_bom) *bom = wb_bom_new();
        struct wb_package *package = add(bom, "p", "1", "amd64");
        for (int i = 0; i < 200000; i++) {
            if (!one_package && i % 10 == 0)
                package = add(bom, wb_arena_format(bom->arena, "p%d", i), "1", "amd64");
            relate(bom, package, i % 2 == 0 ? PROVIDES : DEPENDS,
                   wb_arena_format(bom->arena, "virtual = %d-%d", i, one_package));
        }
        struct wb_error err = WB_ERROR_INIT;
        double before = seconds();
        assert_true(wb_dependencies_resolve(bom, NULL, &err));
        assert_true(seconds() - before < 30);
        bool found = false;
        for (size_t i = 0; i < bom->finding_count; i++)
            found |= strcmp(bom->findings[i].code, "dependencies-incomplete") == 0;
        assert_true(found);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_alternatives),
        cmocka_unit_test(versions),
        cmocka_unit_test(provides),
        cmocka_unit_test(architectures),
        cmocka_unit_test(native_architecture),
        cmocka_unit_test(states),
        cmocka_unit_test(what_no_stanza_holds),
        cmocka_unit_test(many_providers_of_one_name),
        cmocka_unit_test(many_versions_of_one_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
