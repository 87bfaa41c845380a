/* SPDX-License-Identifier: Apache-2.0 */
/* SPDX 3: relationships, and how complete they are. */
#include "formats/spdx3.h"

#include "formats/spdx2.h"

#include <stdlib.h>
#include <string.h>

/* Completeness (Core/RelationshipCompleteness), as CycloneDX's compositions say it. */
static const char complete[] = "complete", incomplete[] = "incomplete",
                  no_assertion[] = "noAssertion";

/* Of what is known from the package databases; `else_whole` besides is needed to be complete. */
static const char *completeness(const struct wb_bom *bom, bool else_whole)
{
    if (bom->database_count == 0)
        return no_assertion;
    return wb_databases_are_whole(bom) && else_whole ? complete : incomplete;
}

/* ---- relationships ---- */

struct relation {
    const char *name; /* with `from`, its id */
    const char *from;
    const char *type;
    const char *completeness; /* NULL: nothing is said */
    const char *comment;
    const char *scope; /* of a LifecycleScopedRelationship */
};

/* Its `to` is a list that is open then. */
static void begin_relation(struct wb_spdx3 *spdx, const struct relation *relation)
{
    WB_AUTO_STRING id = wb_string_format("relationship/%s/%s", relation->name, relation->from);
    wb_spdx3_begin(spdx, relation->scope == NULL ? "Relationship" : "LifecycleScopedRelationship",
                   id);
    wb_spdx3_member(spdx, "comment", relation->comment);
    wb_json_member(spdx->json, "from", wb_spdx3_iri(spdx, relation->from));
    wb_json_member(spdx->json, "relationshipType", relation->type);
    wb_spdx3_member(spdx, "scope", relation->scope);
    wb_spdx3_member(spdx, "completeness", relation->completeness);
    wb_json_key(spdx->json, "to");
    wb_json_begin_array(spdx->json);
}

static void add_target(struct wb_spdx3 *spdx, const char *id)
{
    wb_json_string(spdx->json, wb_spdx3_iri(spdx, id));
}

static void end_relation(struct wb_spdx3 *spdx)
{
    wb_json_end_array(spdx->json);
    wb_spdx3_end(spdx);
}

static void relate(struct wb_spdx3 *spdx, const struct relation *relation, const char *to)
{
    begin_relation(spdx, relation);
    add_target(spdx, to);
    end_relation(spdx);
}

/* To one of the individuals that the specification defines. */
static void relate_individual(struct wb_spdx3 *spdx, const struct relation *relation,
                              const char *individual)
{
    begin_relation(spdx, relation);
    wb_json_string(spdx->json, individual);
    end_relation(spdx);
}

/* ---- what the image holds ---- */

static void relate_packages(struct wb_spdx3 *spdx, const char *name, const char *comment,
                            struct wb_package *const *packages, size_t count)
{
    if (count == 0)
        return;
    begin_relation(spdx,
                   &(struct relation){
                       .name = name, .from = WB_SPDX3_IMAGE, .type = "other", .comment = comment});
    for (size_t i = 0; i < count; i++)
        add_target(spdx, packages[i]->id);
    end_relation(spdx);
}

/* Complete when each file of the image belongs to a listed package or is listed itself. */
static void relate_image(struct wb_spdx3 *spdx)
{
    const struct wb_bom *bom = spdx->bom;
    bool accounted = bom->file_selection != WB_FILES_NONE || bom->total_unowned == 0;
    const struct relation contains = {.name = "contains",
                                      .from = WB_SPDX3_IMAGE,
                                      .type = "contains",
                                      .completeness = completeness(bom, accounted)};
    bool known = wb_distribution_known(&bom->distribution);
    if (!known && bom->package_count == 0) {
        relate_individual(spdx, &contains,
                          contains.completeness == no_assertion ? "NoAssertionElement"
                                                                : "NoneElement");
    } else {
        begin_relation(spdx, &contains);
        if (known)
            add_target(spdx, WB_SPDX3_SYSTEM);
        for (size_t i = 0; i < bom->package_count; i++)
            add_target(spdx, bom->packages[i]->id);
        end_relation(spdx);
    }
    relate_packages(spdx, "residues", "removed from the image; its configuration was left behind",
                    bom->residues, bom->residue_count);
    relate_packages(spdx, "removed", "delivered by a lower layer, removed by a later one",
                    bom->removed, bom->removed_count);
    if (bom->image->has_created)
        relate(spdx,
               &(struct relation){
                   .name = "output", .from = "build", .type = "hasOutput", .scope = "build"},
               WB_SPDX3_IMAGE);
}

/* ---- dependencies ---- */

/* Those of one kind among a package's edges. Returns whether there is any. */
static bool relate_kind(struct wb_spdx3 *spdx, const struct wb_dependency *edges, size_t count,
                        enum wb_relation_kind kind)
{
    bool any = false;
    const char *name = wb_relation_kind_name(kind);
    for (size_t i = 0; i < count; i++) {
        if (edges[i].kind != kind)
            continue;
        if (!any)
            begin_relation(
                spdx, &(struct relation){.name = name,
                                         .from = edges[i].from->id,
                                         .type = wb_dependency_is_weak(&edges[i])
                                                     ? "hasOptionalDependency"
                                                     : "dependsOn",
                                         .scope = "runtime",
                                         .completeness = completeness(spdx->bom, true),
                                         .comment = kind == WB_RELATION_DEPENDS ? NULL : name});
        any = true;
        add_target(spdx, edges[i].to->id);
    }
    if (any)
        end_relation(spdx);
    return any;
}

/* A package that needs nothing, or of which nothing is known, is said to be that. */
static void relate_dependencies(struct wb_spdx3 *spdx)
{
    static const enum wb_relation_kind kinds[] = {WB_RELATION_DEPENDS, WB_RELATION_PRE_DEPENDS,
                                                  WB_RELATION_RECOMMENDS, WB_RELATION_SUGGESTS};
    const struct wb_bom *bom = spdx->bom;
    size_t end = 0;
    for (size_t i = 0; i < bom->package_count; i++) {
        size_t first = end;
        bool firm = false;
        while (end < bom->dependency_count && bom->dependencies[end].from == bom->packages[i])
            end++;
        for (size_t j = 0; j < sizeof kinds / sizeof kinds[0]; j++)
            if (end > first && relate_kind(spdx, &bom->dependencies[first], end - first, kinds[j]))
                firm = firm || j < 2;
        if (firm)
            continue;
        const struct relation none = {.name = "depends",
                                      .from = bom->packages[i]->id,
                                      .type = "dependsOn",
                                      .scope = "runtime",
                                      .completeness = completeness(bom, true)};
        relate_individual(spdx, &none,
                          none.completeness == complete ? "NoneElement" : "NoAssertionElement");
    }
}

/* ---- licences ---- */

static void relate_declared(struct wb_spdx3 *spdx, const char *from, const char *expression,
                            const char *stated)
{
    const char *licence = wb_spdx3_licence(spdx, expression);
    WB_AUTO_STRING comment =
        stated == NULL || *stated == '\0' ? NULL : wb_string_format(WB_SPDX2_STATED "%s", stated);
    const struct relation declared = {.name = "declared",
                                      .from = from,
                                      .type = "hasDeclaredLicense",
                                      .completeness = licence == NULL ? no_assertion : NULL,
                                      .comment = comment};
    if (licence != NULL)
        relate(spdx, &declared, licence);
    else
        relate_individual(spdx, &declared, "expandedlicensing_NoAssertionLicense");
}

static void relate_licences(struct wb_spdx3 *spdx, struct wb_package *const *packages, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct wb_package *package = packages[i];
        const char *concluded = wb_spdx3_licence(spdx, package->licence_concluded);
        relate_declared(spdx, package->id, package->licence, package->licence_declared);
        if (concluded != NULL)
            relate(spdx,
                   &(struct relation){
                       .name = "concluded", .from = package->id, .type = "hasConcludedLicense"},
                   concluded);
    }
}

/* ---- files ---- */

/* The files of each package, one package's behind another's; packages, residues and removed ones in
 * this order. */
struct owned {
    size_t *start; /* of each package, and the end of the last */
    const struct wb_file **files;
};

static size_t place_of(const struct wb_bom *bom, const struct wb_package *package)
{
    size_t place = wb_spdx2_code_index(bom, package);
    if (place == SIZE_MAX && package->index < bom->removed_count &&
        bom->removed[package->index] == package)
        place = bom->package_count + bom->residue_count + package->index;
    return place;
}

static struct owned find_owned(struct wb_spdx3 *spdx, size_t package_count)
{
    const struct wb_bom *bom = spdx->bom;
    struct owned owned = {.start =
                              wb_arena_allocate(spdx->arena, (package_count + 2) * sizeof(size_t))};
    for (size_t i = 0; i < bom->file_count; i++)
        for (size_t j = 0; j < bom->files[i]->owner_count; j++) {
            size_t place = place_of(bom, bom->files[i]->owners[j]);
            if (place != SIZE_MAX)
                owned.start[place + 2]++;
        }
    for (size_t i = 2; i < package_count + 2; i++)
        owned.start[i] += owned.start[i - 1];
    owned.files =
        wb_arena_allocate(spdx->arena, (owned.start[package_count + 1] + 1) * sizeof *owned.files);
    /* Each place moves from its beginning, one too far on, to its end, where the next begins. */
    for (size_t i = 0; i < bom->file_count; i++)
        for (size_t j = 0; j < bom->files[i]->owner_count; j++) {
            size_t place = place_of(bom, bom->files[i]->owners[j]);
            if (place != SIZE_MAX)
                owned.files[owned.start[place + 1]++] = bom->files[i];
        }
    return owned;
}

static const struct wb_package *package_at(const struct wb_bom *bom, size_t place)
{
    if (place < bom->package_count)
        return bom->packages[place];
    place -= bom->package_count;
    return place < bom->residue_count ? bom->residues[place]
                                      : bom->removed[place - bom->residue_count];
}

static void relate_owners(struct wb_spdx3 *spdx)
{
    const struct wb_bom *bom = spdx->bom;
    size_t count = bom->package_count + bom->residue_count + bom->removed_count;
    struct owned owned = find_owned(spdx, count);
    const char *files = completeness(bom, bom->file_selection == WB_FILES_ALL);
    for (size_t i = 0; i < count; i++) {
        if (owned.start[i] == owned.start[i + 1])
            continue;
        begin_relation(spdx, &(struct relation){.name = "contains",
                                                .from = package_at(bom, i)->id,
                                                .type = "contains",
                                                .completeness = files});
        for (size_t j = owned.start[i]; j < owned.start[i + 1]; j++)
            add_target(spdx, owned.files[j]->id);
        end_relation(spdx);
    }
}

/* What a file that no package brought is made of, nobody knows. */
static void relate_unowned(struct wb_spdx3 *spdx)
{
    const struct wb_bom *bom = spdx->bom;
    bool any = false;
    for (size_t i = 0; i < bom->file_count; i++) {
        if (bom->files[i]->status != WB_FILE_UNOWNED)
            continue;
        if (!any)
            begin_relation(
                spdx, &(struct relation){
                          .name = "added",
                          .from = WB_SPDX3_IMAGE,
                          .type = "hasAddedFile",
                          .completeness = completeness(bom, bom->file_selection != WB_FILES_NONE)});
        any = true;
        add_target(spdx, bom->files[i]->id);
    }
    if (any)
        end_relation(spdx);
    for (size_t i = 0; i < bom->file_count; i++)
        if (bom->files[i]->status == WB_FILE_UNOWNED)
            relate_individual(spdx,
                              &(struct relation){.name = "contains",
                                                 .from = bom->files[i]->id,
                                                 .type = "contains",
                                                 .completeness = no_assertion},
                              "NoAssertionElement");
}

static void relate_removed_files(struct wb_spdx3 *spdx)
{
    const struct wb_bom *bom = spdx->bom;
    char id[64];
    if (bom->removed_file_count == 0)
        return;
    begin_relation(spdx, &(struct relation){
                             .name = "deleted", .from = WB_SPDX3_IMAGE, .type = "hasDeletedFile"});
    for (size_t i = 0; i < bom->removed_file_count; i++)
        add_target(spdx, wb_spdx3_removed_file_id(id, i));
    end_relation(spdx);
}

void wb_spdx3_write_relations(struct wb_spdx3 *spdx)
{
    const struct wb_bom *bom = spdx->bom;
    relate_image(spdx);
    relate_dependencies(spdx);
    relate_declared(spdx, WB_SPDX3_IMAGE, NULL, wb_image_annotation(bom->image, "licenses"));
    relate_licences(spdx, bom->packages, bom->package_count);
    relate_licences(spdx, bom->residues, bom->residue_count);
    relate_licences(spdx, bom->removed, bom->removed_count);
    relate_owners(spdx);
    relate_unowned(spdx);
    relate_removed_files(spdx);
}
