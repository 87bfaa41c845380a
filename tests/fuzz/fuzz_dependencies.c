/* SPDX-License-Identifier: Apache-2.0 */
/* Any relations between rpm packages: never a crash, edges and chains between packages that are
 * there. A line is `p NAME VERSION ARCHITECTURE`, or the sign of a relation or of a file and what
 * it says, `> NAME[ COMPARISON VERSION]`. */
#include "sbom/sbom.h"

#include <stdlib.h>
#include <string.h>

#define CHAINS_OF 8 /* packages of which the chains are looked at */

static void require(bool condition)
{
    if (!condition)
        abort();
}

static const char *take_word(char **rest)
{
    const char *word = strsep(rest, " ");
    return word == NULL ? "" : word;
}

static struct wb_package *add_package(struct wb_bom *bom, char *text)
{
    struct wb_package *package = wb_bom_new_package(bom, WB_PACKAGE_RPM);
    package->name = take_word(&text);
    package->version = package->evr = take_word(&text);
    package->architecture = take_word(&text);
    WB_APPEND(bom->packages, bom->package_count, bom->package_capacity, package);
    return package;
}

static void add_relation(struct wb_bom *bom, struct wb_package *package, char sign, char *text)
{
    static const struct {
        char sign;
        enum wb_relation_kind kind;
    } kinds[] = {
        {'>', WB_RELATION_DEPENDS},  {'~', WB_RELATION_RECOMMENDS},  {'?', WB_RELATION_SUGGESTS},
        {'=', WB_RELATION_PROVIDES}, {'+', WB_RELATION_SUPPLEMENTS}, {'-', WB_RELATION_ENHANCES},
    };
    static const char *const comparisons[] = {"<", "<=", "=", ">=", ">"};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (kinds[i].sign != sign)
            continue;
        const char *name = text[0] == '(' ? text : take_word(&text);
        struct wb_relation *relation = wb_package_add_relation(
            bom, package, kinds[i].kind, (unsigned)package->relation_count, name);
        const char *comparison = name == text ? "" : take_word(&text);
        for (size_t j = 0; j < sizeof comparisons / sizeof comparisons[0]; j++)
            if (strcmp(comparison, comparisons[j]) == 0) {
                relation->comparison = comparisons[j];
                relation->version = take_word(&text);
            }
    }
}

static void read_line(struct wb_bom *bom, struct wb_package **package, char *line)
{
    if (line[0] == '\0' || line[1] != ' ')
        return;
    if (line[0] == 'p')
        *package = add_package(bom, line + 2);
    else if (*package != NULL && line[0] == 'f' && line[2] == '/')
        wb_package_add_owned_file(bom, *package, line + 2);
    else if (*package != NULL)
        add_relation(bom, *package, line[0], line + 2);
}

static void check_chains(const struct wb_bom *bom, const struct wb_package *package)
{
    const struct wb_dependency_path_options options = {.chain_max = 100};
    WB_AUTO_VALUE(wb_dependency_chains) chains = {0};
    wb_dependency_path(bom, package, &options, &chains);
    /* A package that nothing needs is the root of itself, and a circle has one. */
    require(chains.count > 0);
    for (size_t i = 0; i < chains.count; i++) {
        const struct wb_package *at = chains.chains[i].root;
        for (size_t j = 0; j < chains.chains[i].count; j++) {
            require(chains.chains[i].steps[j]->from == at);
            at = chains.chains[i].steps[j]->to;
        }
        require(at == package);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO(wb_bom) *bom = wb_bom_new();
    char *rest = wb_arena_copy_bytes(bom->arena, data, size);
    struct wb_package *package = NULL;
    for (char *line; (line = strsep(&rest, "\n")) != NULL;)
        if (wb_utf8_valid(line, strlen(line)))
            read_line(bom, &package, line);
    require(wb_dependencies_resolve(bom, NULL, &err));
    wb_bom_finish(bom);
    for (size_t i = 0; i < bom->unmet_count; i++)
        require(bom->unmet[i].text != NULL);
    for (size_t i = 0; i < bom->package_count && i < CHAINS_OF; i++)
        check_chains(bom, bom->packages[i]);
    return 0;
}
