/* SPDX-License-Identifier: Apache-2.0 */
/* Direct dependencies: names, alternatives, Provides, architectures, files. */
#include "sbom/sbom.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct wb_package *add(struct wb_bom *bom, enum wb_package_kind kind, const char *name,
                              const char *architecture)
{
    struct wb_package *package = wb_bom_new_package(bom, kind);
    package->name = name;
    package->version = package->evr = "1";
    package->architecture = architecture;
    WB_APPEND(bom->packages, bom->package_count, bom->package_capacity, package);
    return package;
}

/* One group: `names` are its alternatives. */
static void relate(struct wb_bom *bom, struct wb_package *package, enum wb_relation_kind kind,
                   const char *names)
{
    unsigned group = (unsigned)package->relation_count;
    WB_AUTO_STRING copy = wb_string_copy(names);
    char *rest = copy;
    for (char *name; (name = strsep(&rest, "|")) != NULL;) {
        char *architecture = package->kind == WB_PACKAGE_DEB ? strchr(name, ':') : NULL;
        if (architecture != NULL)
            *architecture++ = '\0';
        struct wb_relation *relation = wb_package_add_relation(bom, package, kind, group, name);
        relation->architecture = wb_arena_copy(bom->arena, architecture);
    }
}

#define DEPENDS WB_RELATION_DEPENDS
#define PROVIDES WB_RELATION_PROVIDES

static void assert_edges(struct wb_bom *bom, const char *expected)
{
    struct wb_error err = WB_ERROR_INIT;
    assert_true(wb_dependencies_resolve(bom, &err));
    WB_AUTO_VALUE(wb_buffer) found = {0};
    wb_buffer_append_text(&found, "");
    for (size_t i = 0; i < bom->dependency_count; i++) {
        const struct wb_dependency *edge = &bom->dependencies[i];
        wb_buffer_append_format(&found, "%s%s>%s", i == 0 ? "" : " ", edge->from->name,
                                edge->to->name);
        if (edge->to->architecture != NULL)
            wb_buffer_append_format(&found, ":%s", edge->to->architecture);
        if (edge->kind != DEPENDS)
            wb_buffer_append_format(&found, "(%s)", wb_relation_kind_name(edge->kind));
    }
    assert_string_equal((const char *)found.data, expected);
}

static void names_and_alternatives(void **state)
{
    (void)state;
    WB_AUTO(wb_bom) *bom = wb_bom_new();
    struct wb_package *a = add(bom, WB_PACKAGE_DEB, "a", "amd64");
    add(bom, WB_PACKAGE_DEB, "b", "amd64");
    add(bom, WB_PACKAGE_DEB, "c", "amd64");
    add(bom, WB_PACKAGE_RPM, "d", NULL);
    relate(bom, a, DEPENDS, "missing|c|b");
    relate(bom, a, DEPENDS, "missing");
    relate(bom, a, DEPENDS, "d");
    relate(bom, a, DEPENDS, "a");
    relate(bom, a, WB_RELATION_PRE_DEPENDS, "b");
    relate(bom, a, WB_RELATION_RECOMMENDS, "c");
    relate(bom, a, WB_RELATION_SUGGESTS, "b");
    relate(bom, a, WB_RELATION_CONFLICTS, "b");
    assert_edges(bom, "a>c:amd64 a>b:amd64(pre-depends) a>c:amd64(recommends)");
}

static void provides(void **state)
{
    (void)state;
    WB_AUTO(wb_bom) *bom = wb_bom_new();
    struct wb_package *zeta = add(bom, WB_PACKAGE_DEB, "zeta", "amd64");
    struct wb_package *mawk = add(bom, WB_PACKAGE_DEB, "mawk", "amd64");
    struct wb_package *gawk = add(bom, WB_PACKAGE_DEB, "gawk", "amd64");
    relate(bom, zeta, DEPENDS, "awk");
    relate(bom, zeta, DEPENDS, "gawk");
    relate(bom, mawk, PROVIDES, "awk");
    relate(bom, mawk, DEPENDS, "awk");
    relate(bom, gawk, PROVIDES, "awk");
    relate(bom, zeta, PROVIDES, "gawk");
    assert_edges(bom, "zeta>gawk:amd64 zeta>gawk:amd64");
}

static void architectures(void **state)
{
    (void)state;
    WB_AUTO(wb_bom) *bom = wb_bom_new();
    struct wb_package *tool = add(bom, WB_PACKAGE_DEB, "tool", "i386");
    struct wb_package *data = add(bom, WB_PACKAGE_DEB, "data", "all");
    add(bom, WB_PACKAGE_DEB, "lib", "i386");
    add(bom, WB_PACKAGE_DEB, "lib", "amd64");
    add(bom, WB_PACKAGE_DEB, "python3", "amd64");
    add(bom, WB_PACKAGE_DEB, "other", "amd64");
    relate(bom, tool, DEPENDS, "lib");
    relate(bom, tool, DEPENDS, "lib:amd64");
    relate(bom, tool, DEPENDS, "python3:any");
    relate(bom, tool, DEPENDS, "data");
    relate(bom, data, DEPENDS, "lib");
    assert_edges(bom, "tool>lib:i386 tool>lib:amd64 tool>python3:amd64 tool>data:all "
                      "data>lib:amd64");
}

static void states(void **state)
{
    (void)state;
    WB_AUTO(wb_bom) *bom = wb_bom_new();
    struct wb_package *a = add(bom, WB_PACKAGE_DEB, "a", "amd64");
    add(bom, WB_PACKAGE_DEB, "half", "amd64")->state = WB_STATE_HALF_INSTALLED;
    add(bom, WB_PACKAGE_DEB, "unpacked", "amd64")->state = WB_STATE_UNPACKED;
    relate(bom, a, DEPENDS, "half|unpacked");
    assert_edges(bom, "a>unpacked:amd64");
}

static void rpm_capabilities(void **state)
{
    (void)state;
    WB_AUTO(wb_bom) *bom = wb_bom_new();
    struct wb_package *bash = add(bom, WB_PACKAGE_RPM, "bash", "x86_64");
    struct wb_package *glibc = add(bom, WB_PACKAGE_RPM, "glibc", "x86_64");
    struct wb_package *glibc32 = add(bom, WB_PACKAGE_RPM, "glibc", "i686");
    struct wb_package *script = add(bom, WB_PACKAGE_RPM, "script", "noarch");
    relate(bom, bash, DEPENDS, "libc.so.6(GLIBC_2.34)(64bit)");
    relate(bom, bash, DEPENDS, "rpmlib(PayloadFilesHavePrefix)");
    relate(bom, bash, DEPENDS, "(glibc if bash)");
    relate(bom, bash, PROVIDES, "/bin/sh");
    relate(bom, bash, DEPENDS, "/bin/sh");
    relate(bom, glibc, PROVIDES, "libc.so.6(GLIBC_2.34)(64bit)");
    relate(bom, glibc, PROVIDES, "glibc");
    relate(bom, glibc32, PROVIDES, "glibc");
    relate(bom, script, DEPENDS, "/bin/sh");
    relate(bom, script, DEPENDS, "/usr/bin/bash");
    relate(bom, script, DEPENDS, "/bin/tool");
    relate(bom, script, DEPENDS, "/bin/nowhere");
    relate(bom, script, DEPENDS, "glibc");
    struct wb_package *tool = add(bom, WB_PACKAGE_RPM, "tool", "x86_64");
    wb_package_add_owned_file(bom, bash, "/usr/bin/bash");
    wb_package_add_owned_file(bom, tool, "/usr/bin/tool");
    assert_edges(bom, "bash>glibc:x86_64 script>bash:x86_64 script>bash:x86_64 "
                      "script>tool:x86_64 script>glibc:x86_64");
}

/* Were each provider looked at for each dependency, this would take minutes. */
static void many_providers_of_one_name(void **state)
{
    (void)state;
    WB_AUTO(wb_bom) *bom = wb_bom_new();
    for (int i = 0; i < 20000; i++) {
        struct wb_package *package = add(bom, WB_PACKAGE_DEB, wb_arena_format(bom->arena, "p%d", i),
                                         wb_arena_format(bom->arena, "a%d", i));
        relate(bom, package, i % 2 == 0 ? PROVIDES : DEPENDS, "virtual");
    }
    struct wb_error err = WB_ERROR_INIT;
    assert_true(wb_dependencies_resolve(bom, &err));
    assert_int_equal(bom->dependency_count, 10000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_alternatives), cmocka_unit_test(provides),
        cmocka_unit_test(architectures),          cmocka_unit_test(states),
        cmocka_unit_test(rpm_capabilities),       cmocka_unit_test(many_providers_of_one_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
