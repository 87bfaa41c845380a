/* SPDX-License-Identifier: Apache-2.0 */
/* Chains of dependencies: roots, circles, the shortest, weak ones, limits. */
#include "sbom/bom.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define PACKAGES 10 /* called a to j, in this order */

/* `edges` is such as `ab bc~ cd`: a needs b, b recommends c, c needs d. */
static struct wb_bom *make(const char *edges)
{
    struct wb_bom *bom = wb_bom_new();
    for (size_t i = 0; i < PACKAGES; i++) {
        struct wb_package *package = wb_bom_new_package(bom, WB_PACKAGE_DEB);
        package->name = wb_arena_format(bom->arena, "%c", (char)('a' + i));
        package->version = package->evr = "1";
        WB_APPEND(bom->packages, bom->package_count, bom->package_capacity, package);
    }
    for (; *edges != '\0'; edges += strspn(edges, "~ ")) {
        struct wb_dependency edge = {
            .from = bom->packages[edges[0] - 'a'],
            .to = bom->packages[edges[1] - 'a'],
            .kind = edges[2] == '~' ? WB_RELATION_RECOMMENDS : WB_RELATION_DEPENDS,
        };
        WB_APPEND(bom->dependencies, bom->dependency_count, bom->dependency_capacity, edge);
        edges += 2;
    }
    wb_bom_finish(bom);
    return bom;
}

static void assert_chains(const struct wb_bom *bom, char package,
                          const struct wb_dependency_path_options *options, const char *expected)
{
    WB_AUTO_VALUE(wb_dependency_chains) chains = {0};
    WB_AUTO_VALUE(wb_buffer) found = {0};
    wb_dependency_path(bom, bom->packages[package - 'a'], options, &chains);
    for (size_t i = 0; i < chains.count; i++) {
        const struct wb_dependency_chain *chain = &chains.chains[i];
        wb_buffer_append_format(&found, "%s%s", i == 0 ? "" : " ", chain->root->name);
        for (size_t j = 0; j < chain->count; j++)
            wb_buffer_append_text(&found, chain->steps[j]->to->name);
    }
    if (chains.left_out > 0)
        wb_buffer_append_format(&found, " +%zu", chains.left_out);
    wb_buffer_append_text(&found, "");
    assert_string_equal((const char *)found.data, expected);
}

static void check(const char *edges, char package, const char *expected)
{
    WB_AUTO(wb_bom) *bom = make(edges);
    const struct wb_dependency_path_options options = {0};
    assert_chains(bom, package, &options, expected);
}

static void shortest_from_each_root(void **state)
{
    (void)state;
    check("ab bc cd ad", 'd', "ad");
    check("ab bc dc", 'c', "dc abc");
    check("ab ac bd cd", 'd', "abd");
    check("ab", 'a', "a");
    check("ab", 'j', "j");
}

static void circles(void **state)
{
    (void)state;
    /* Nothing else needs b and c: the first of them stands for both. */
    check("bc cb cd", 'd', "bcd");
    check("bc cb", 'c', "bc");
    /* Of two circles, the one that needs the other, whatever comes first. */
    check("ab ba cd dc da", 'b', "cdab");
    check("ab ba cd dc bc", 'd', "abcd");
    /* A circle below a root is none. */
    check("ea ab ba", 'b', "eab");
    check("ea ab ba", 'a', "ea");
}

static void options(void **state)
{
    (void)state;
    WB_AUTO(wb_bom) *bom = make("ab~ bd ac ce ed fd gd hd");
    struct wb_dependency_path_options options = {0};
    assert_chains(bom, 'd', &options, "fd gd hd abd");
    options.chain_max = 2;
    assert_chains(bom, 'd', &options, "fd gd +2");
    options = (struct wb_dependency_path_options){.only_firm = true};
    assert_chains(bom, 'd', &options, "bd fd gd hd aced");
    struct wb_package *roots[] = {bom->packages[2], bom->packages[8], bom->packages[0]};
    options = (struct wb_dependency_path_options){.roots = roots, .root_count = 3};
    assert_chains(bom, 'd', &options, "abd ced");
    options.root_count = 2;
    assert_chains(bom, 'j', &options, "");
}

/* A long chain, with a circle at its end, and a star. */
static void many_packages(void **state)
{
    (void)state;
    WB_AUTO(wb_bom) *bom = wb_bom_new();
    const size_t count = 100000;
    for (size_t i = 0; i < count; i++) {
        struct wb_package *package = wb_bom_new_package(bom, WB_PACKAGE_DEB);
        package->name = wb_arena_format(bom->arena, "p%06zu", i);
        package->version = package->evr = "1";
        WB_APPEND(bom->packages, bom->package_count, bom->package_capacity, package);
    }
    for (size_t i = 0; i + 1 < count; i++) {
        struct wb_dependency edge = {bom->packages[i], bom->packages[i + 1], WB_RELATION_DEPENDS};
        WB_APPEND(bom->dependencies, bom->dependency_count, bom->dependency_capacity, edge);
    }
    struct wb_dependency back = {bom->packages[count - 1], bom->packages[1], WB_RELATION_DEPENDS};
    WB_APPEND(bom->dependencies, bom->dependency_count, bom->dependency_capacity, back);
    wb_bom_finish(bom);
    const struct wb_dependency_path_options options = {0};
    WB_AUTO_VALUE(wb_dependency_chains) chains = {0};
    wb_dependency_path(bom, bom->packages[count - 1], &options, &chains);
    assert_int_equal(chains.count, 1);
    assert_int_equal(chains.chains[0].count, count - 1);
    assert_ptr_equal(chains.chains[0].root, bom->packages[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shortest_from_each_root),
        cmocka_unit_test(circles),
        cmocka_unit_test(options),
        cmocka_unit_test(many_packages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
