/* SPDX-License-Identifier: Apache-2.0 */
/* The packages that an SBOM names against those that the image's databases have. */
#include "cli/deep_check.h"

#include <stdlib.h>
#include <string.h>

/* More of one kind are counted, not listed. */
#define LISTED_MAX 50

/* What tells packages apart, whoever wrote the package URL. */
struct identity {
    const char *type;
    const char *name;
    const char *architecture; /* "" not stated */
    const char *version;      /* [epoch:]version[-release]; an epoch of 0 is none */
};

struct identities {
    struct identity *items;
    size_t count, capacity;
    bool without_architecture; /* some have none */
};

struct comparison {
    struct wb_outcomes *outcomes;
    const char *image; /* its manifest's digest */
    size_t missing, added, changed;
};

/* ---- from package URLs ---- */

static const char *without_zero_epoch(const char *version)
{
    size_t zeros = strspn(version, "0");
    return zeros > 0 && version[zeros] == ':' ? version + zeros + 1 : version;
}

static bool has_epoch(const char *version)
{
    size_t digits = strspn(version, "0123456789");
    return digits > 0 && version[digits] == ':';
}

/* The epoch stands in the version, in a qualifier, or in both. */
static const char *full_version(struct wb_arena *arena, const struct wb_purl *purl)
{
    const char *version = purl->version == NULL ? "" : purl->version;
    const char *epoch = wb_purl_qualifier(purl, "epoch");
    if (has_epoch(version) || epoch == NULL || epoch[strspn(epoch, "0")] == '\0')
        return without_zero_epoch(version);
    return wb_arena_format(arena, "%s:%s", epoch, version);
}

/* False for what is no package of a database that is read here; keys that rpm trusts stand among
 * its packages, and are none. */
static bool identify(struct wb_arena *arena, const char *text, struct identity *identity)
{
    struct wb_purl purl;
    if (text == NULL || !wb_purl_parse(arena, text, WB_PURL_TOLERANT, &purl, NULL) ||
        (strcmp(purl.type, "deb") != 0 && strcmp(purl.type, "rpm") != 0) ||
        strcmp(purl.name, "gpg-pubkey") == 0)
        return false;
    const char *architecture = wb_purl_qualifier(&purl, "arch");
    *identity = (struct identity){
        .type = purl.type,
        .name = purl.name,
        .architecture = architecture == NULL ? "" : architecture,
        .version = full_version(arena, &purl),
    };
    return true;
}

static void add(struct identities *identities, const struct identity *identity)
{
    identities->without_architecture |= identity->architecture[0] == '\0';
    WB_APPEND(identities->items, identities->count, identities->capacity, *identity);
}

/* ---- order ---- */

/* Whether two are the same but for their version. */
static int compare_names(const struct identity *a, const struct identity *b)
{
    int order = strcmp(a->name, b->name);
    if (order == 0)
        order = strcmp(a->type, b->type);
    return order == 0 ? strcmp(a->architecture, b->architecture) : order;
}

static int compare(const void *left, const void *right)
{
    const struct identity *a = left, *b = right;
    int order = compare_names(a, b);
    return order == 0 ? strcmp(a->version, b->version) : order;
}

static void sort(struct identities *identities, bool without_architecture)
{
    size_t kept = 0;
    for (size_t i = 0; i < identities->count && without_architecture; i++)
        identities->items[i].architecture = "";
    if (identities->count > 0)
        qsort(identities->items, identities->count, sizeof *identities->items, compare);
    for (size_t i = 0; i < identities->count; i++)
        if (kept == 0 || compare(&identities->items[kept - 1], &identities->items[i]) != 0)
            identities->items[kept++] = identities->items[i];
    identities->count = kept;
}

/* ---- in words ---- */

static const char *describe(struct wb_arena *arena, const struct identity *identity)
{
    return wb_arena_format(arena, "%s %s (%s%s%s)", identity->name, identity->version,
                           identity->type, identity->architecture[0] == '\0' ? "" : ", ",
                           identity->architecture);
}

static void report_missing(struct comparison *comparison, const struct identity *claimed)
{
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    if (comparison->missing++ < LISTED_MAX)
        wb_outcome_add(comparison->outcomes, "E-SBOM-PACKAGE-MISSING", claimed->name,
                       "the SBOM names %s, which the image does not have",
                       describe(arena, claimed));
}

static void report_added(struct comparison *comparison, const struct identity *found)
{
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    if (comparison->added++ < LISTED_MAX)
        wb_outcome_add(comparison->outcomes, "E-SBOM-PACKAGE-ADDED", found->name,
                       "the image has %s, which the SBOM does not name", describe(arena, found));
}

static void report_changed(struct comparison *comparison, const struct identity *claimed,
                           const struct identity *found)
{
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    if (comparison->changed++ < LISTED_MAX)
        wb_outcome_add(comparison->outcomes, "E-SBOM-PACKAGE-CHANGED", found->name,
                       "the image has %s, and the SBOM names version %s", describe(arena, found),
                       claimed->version);
}

static void report_rest(struct comparison *comparison, const char *code, size_t count)
{
    if (count > LISTED_MAX)
        wb_outcome_add(comparison->outcomes, code, comparison->image, "%zu more packages",
                       count - LISTED_MAX);
}

/* ---- comparing ---- */

/* The package's own fields must say what its package URL says. */
static void check_fields(struct comparison *comparison, const struct wb_package_claim *claim,
                         const struct identity *identity)
{
    const char *stated = claim->version, *named = identity->version;
    if (stated != NULL) {
        stated = without_zero_epoch(stated);
        /* Some programs leave the epoch out of one of the two. */
        if (has_epoch(stated) != has_epoch(named)) {
            stated += has_epoch(stated) ? strcspn(stated, ":") + 1 : 0;
            named += has_epoch(named) ? strcspn(named, ":") + 1 : 0;
        }
    }
    bool same_version = stated == NULL || strcmp(stated, named) == 0;
    if (same_version && (claim->name == NULL || strcmp(claim->name, identity->name) == 0))
        return;
    if (comparison->changed++ < LISTED_MAX)
        wb_outcome_add(comparison->outcomes, "E-SBOM-PACKAGE-CHANGED", identity->name,
                       "the SBOM contradicts itself: %s %s has the package URL %s",
                       claim->name == NULL ? identity->name : claim->name,
                       claim->version == NULL ? "" : claim->version, claim->purl);
}

/* Packages that are the same but for their versions: those on both sides are in order, the others
 * are taken for changed as long as there are some on both sides. */
static void compare_versions(struct comparison *comparison, const struct identity *claimed,
                             size_t claimed_count, const struct identity *found, size_t found_count)
{
    size_t i = 0, j = 0, changed = 0, left = 0;
    const struct identity **only_claimed = wb_allocate_array(claimed_count + 1, sizeof(void *));
    const struct identity **only_found = wb_allocate_array(found_count + 1, sizeof(void *));
    size_t only_found_count = 0;
    while (i < claimed_count || j < found_count) {
        int order = i == claimed_count ? 1
                    : j == found_count ? -1
                                       : strcmp(claimed[i].version, found[j].version);
        if (order < 0)
            only_claimed[left++] = &claimed[i];
        if (order > 0)
            only_found[only_found_count++] = &found[j];
        i += order <= 0;
        j += order >= 0;
    }
    for (; changed < left && changed < only_found_count; changed++)
        report_changed(comparison, only_claimed[changed], only_found[changed]);
    for (size_t k = changed; k < left; k++)
        report_missing(comparison, only_claimed[k]);
    for (size_t k = changed; k < only_found_count; k++)
        report_added(comparison, only_found[k]);
    free(only_claimed);
    free(only_found);
}

/* How many from `at` on differ in nothing but their version. */
static size_t group_size(const struct identities *identities, size_t at)
{
    size_t end = at;
    while (end < identities->count &&
           compare_names(&identities->items[at], &identities->items[end]) == 0)
        end++;
    return end - at;
}

static void compare_all(struct comparison *comparison, const struct identities *claimed,
                        const struct identities *found)
{
    size_t i = 0, j = 0;
    while (i < claimed->count || j < found->count) {
        int order = i == claimed->count ? 1
                    : j == found->count ? -1
                                        : compare_names(&claimed->items[i], &found->items[j]);
        size_t left = order <= 0 ? group_size(claimed, i) : 0;
        size_t right = order >= 0 ? group_size(found, j) : 0;
        compare_versions(comparison, claimed->items == NULL ? NULL : &claimed->items[i], left,
                         found->items == NULL ? NULL : &found->items[j], right);
        i += left;
        j += right;
    }
}

void wb_deep_packages(const struct wb_bom *bom, const struct wb_sbom_claims *claims,
                      struct wb_outcomes *outcomes, size_t *compared)
{
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    struct comparison comparison = {.outcomes = outcomes, .image = bom->image->manifest_digest};
    struct identities claimed = {0}, found = {0};
    struct identity identity;
    size_t count;
    const struct wb_package_claim *packages = wb_sbom_claims_packages(claims, &count);
    for (size_t i = 0; i < count; i++) {
        if (!identify(arena, packages[i].purl, &identity))
            continue;
        check_fields(&comparison, &packages[i], &identity);
        add(&claimed, &identity);
    }
    for (size_t i = 0; i < bom->package_count; i++)
        if (identify(arena, bom->packages[i]->purl, &identity))
            add(&found, &identity);
    sort(&claimed, claimed.without_architecture);
    sort(&found, claimed.without_architecture);
    *compared += claimed.count;
    compare_all(&comparison, &claimed, &found);
    report_rest(&comparison, "E-SBOM-PACKAGE-MISSING", comparison.missing);
    report_rest(&comparison, "E-SBOM-PACKAGE-ADDED", comparison.added);
    report_rest(&comparison, "E-SBOM-PACKAGE-CHANGED", comparison.changed);
    free(claimed.items);
    free(found.items);
}
