/* SPDX-License-Identifier: Apache-2.0 */
/* What an rpm package needs, offers and excludes. */
#include "sbom/rpm_private.h"

#include <rpm/rpmds.h>
#include <string.h>

struct relation_tags {
    enum wb_relation_kind kind;
    rpmTagVal name, version, flags;
};

/* SUSE's weak dependencies before rpm had its own (rpm 4.12): one pair of tags for two kinds, which
 * a flag tells apart. */
#define SENSE_STRONG (UINT64_C(1) << 27)
static const struct relation_tags old_tags[] = {
    {WB_RELATION_SUGGESTS, RPMTAG_OLDSUGGESTSNAME, RPMTAG_OLDSUGGESTSVERSION,
     RPMTAG_OLDSUGGESTSFLAGS},
    {WB_RELATION_ENHANCES, RPMTAG_OLDENHANCESNAME, RPMTAG_OLDENHANCESVERSION,
     RPMTAG_OLDENHANCESFLAGS},
};

static const struct relation_tags relation_tags[] = {
    {WB_RELATION_DEPENDS, RPMTAG_REQUIRENAME, RPMTAG_REQUIREVERSION, RPMTAG_REQUIREFLAGS},
    {WB_RELATION_RECOMMENDS, RPMTAG_RECOMMENDNAME, RPMTAG_RECOMMENDVERSION, RPMTAG_RECOMMENDFLAGS},
    {WB_RELATION_SUGGESTS, RPMTAG_SUGGESTNAME, RPMTAG_SUGGESTVERSION, RPMTAG_SUGGESTFLAGS},
    {WB_RELATION_PROVIDES, RPMTAG_PROVIDENAME, RPMTAG_PROVIDEVERSION, RPMTAG_PROVIDEFLAGS},
    {WB_RELATION_CONFLICTS, RPMTAG_CONFLICTNAME, RPMTAG_CONFLICTVERSION, RPMTAG_CONFLICTFLAGS},
    {WB_RELATION_REPLACES, RPMTAG_OBSOLETENAME, RPMTAG_OBSOLETEVERSION, RPMTAG_OBSOLETEFLAGS},
    {WB_RELATION_SUPPLEMENTS, RPMTAG_SUPPLEMENTNAME, RPMTAG_SUPPLEMENTVERSION,
     RPMTAG_SUPPLEMENTFLAGS},
    {WB_RELATION_ENHANCES, RPMTAG_ENHANCENAME, RPMTAG_ENHANCEVERSION, RPMTAG_ENHANCEFLAGS},
};

static const char *comparison(uint64_t flags)
{
    switch (flags & RPMSENSE_SENSEMASK) {
    case RPMSENSE_LESS:
        return "<";
    case RPMSENSE_LESS | RPMSENSE_EQUAL:
        return "<=";
    case RPMSENSE_EQUAL:
        return "=";
    case RPMSENSE_GREATER | RPMSENSE_EQUAL:
        return ">=";
    case RPMSENSE_GREATER:
        return ">";
    default:
        return NULL;
    }
}

static void add(struct wb_bom *bom, struct wb_package *package, enum wb_relation_kind kind,
                const char *name, const char *version, uint64_t flags)
{
    /* Hints of rpm 4.4's time: what is missing does no harm. */
    if (kind == WB_RELATION_DEPENDS && (flags & RPMSENSE_MISSINGOK) != 0)
        kind = WB_RELATION_RECOMMENDS;
    /* What only scripts of the installation needed: rpm forgets it afterwards. */
    if (kind == WB_RELATION_DEPENDS && isTransientReq(flags) && (flags & RPMSENSE_RPMLIB) == 0)
        kind = WB_RELATION_PRE_DEPENDS;
    if (kind == WB_RELATION_SUGGESTS && (flags & SENSE_STRONG) != 0)
        kind = WB_RELATION_RECOMMENDS;
    if (kind == WB_RELATION_ENHANCES && (flags & SENSE_STRONG) != 0)
        kind = WB_RELATION_SUPPLEMENTS;
    /* A group of its own each: their number so far. */
    struct wb_relation *relation =
        wb_package_add_relation(bom, package, kind, (unsigned)package->relation_count, "");
    relation->name = wb_utf8_escape(bom->arena, name, strlen(name));
    const char *sign = comparison(flags);
    if (sign == NULL || *version == '\0')
        return;
    relation->comparison = sign;
    relation->version = wb_utf8_escape(bom->arena, version, strlen(version));
}

static bool read_kind(const struct wb_rpm_header *header, const struct relation_tags *tags,
                      struct wb_bom *bom, struct wb_package *package, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_rpm_values) names = {0};
    WB_AUTO_VALUE(wb_rpm_values) versions = {0};
    WB_AUTO_VALUE(wb_rpm_values) flags = {0};
    if (!wb_rpm_texts(header, tags->name, &names, err) ||
        !wb_rpm_texts(header, tags->version, &versions, err) ||
        !wb_rpm_numbers(header, tags->flags, &flags, err))
        return false;
    if ((versions.count != 0 && versions.count != names.count) ||
        (flags.count != 0 && flags.count != names.count))
        return wb_error_set(err, WB_BAD_INPUT,
                            "tag %d has %zu values, its versions are %zu and its flags %zu",
                            tags->name, names.count, versions.count, flags.count);
    for (size_t i = 0; i < names.count; i++)
        add(bom, package, tags->kind, wb_rpm_text_at(&names, i),
            versions.count == 0 ? "" : wb_rpm_text_at(&versions, i),
            flags.count == 0 ? 0 : wb_rpm_number_at(&flags, i));
    return true;
}

/* What rpm's own tags say is not said again by the old ones. */
static bool has_newer(const struct wb_package *package, enum wb_relation_kind weak)
{
    enum wb_relation_kind strong =
        weak == WB_RELATION_SUGGESTS ? WB_RELATION_RECOMMENDS : WB_RELATION_SUPPLEMENTS;
    for (size_t i = 0; i < package->relation_count; i++)
        if (package->relations[i].kind == weak || package->relations[i].kind == strong)
            return true;
    return false;
}

bool wb_rpm_relations_read(const struct wb_rpm_header *header, struct wb_bom *bom,
                           struct wb_package *package, struct wb_error *err)
{
    for (size_t i = 0; i < sizeof relation_tags / sizeof relation_tags[0]; i++)
        if (!read_kind(header, &relation_tags[i], bom, package, err))
            return false;
    for (size_t i = 0; i < sizeof old_tags / sizeof old_tags[0]; i++)
        if (!has_newer(package, old_tags[i].kind) &&
            !read_kind(header, &old_tags[i], bom, package, err))
            return false;
    return true;
}
