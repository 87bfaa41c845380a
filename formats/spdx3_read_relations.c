/* SPDX-License-Identifier: Apache-2.0 */
/* Reading SPDX 3: relationships. */
#include "formats/spdx2_read.h"
#include "formats/spdx3_read.h"

#include <string.h>

struct relation {
    const struct wb_spdx3_element *element;
    const struct wb_spdx3_element *from, *to; /* NULL: not in the document */
    const json_t *target;
    const char *comment;
};

static bool is_whole(const struct wb_spdx3_reader *reader, const struct wb_spdx3_element *element)
{
    return element != NULL && (element == reader->document || element == reader->image ||
                               element == reader->system || element->kind == WB_SPDX3_COLLECTION);
}

/* That there is nothing, or that nobody knows, is what the model says by silence. */
static bool is_nothing(const struct relation *relation)
{
    return wb_spdx3_is_individual(relation->target, "NoneElement") ||
           wb_spdx3_is_individual(relation->target, "NoAssertionElement");
}

static bool own(struct wb_spdx3_reader *reader, const struct wb_spdx3_element *package,
                const struct wb_spdx3_element *file)
{
    if (package == NULL || file == NULL || package->package == NULL || file->file == NULL)
        return false;
    struct wb_spdx3_owner owner = {file, package};
    WB_APPEND(reader->owners, reader->owner_count, reader->owner_capacity, owner);
    return true;
}

/* The comment may tell kinds apart; scopes other than that of running are not in the model. */
static bool depend(struct wb_spdx3_reader *reader, const struct relation *relation,
                   enum wb_relation_kind otherwise)
{
    static const enum wb_relation_kind kinds[] = {WB_RELATION_DEPENDS, WB_RELATION_PRE_DEPENDS,
                                                  WB_RELATION_RECOMMENDS, WB_RELATION_SUGGESTS};
    struct wb_bom *bom = reader->bom;
    const char *scope = wb_json_string_of(relation->element->json, "scope");
    if ((scope != NULL && strcmp(scope, "runtime") != 0) || relation->from == NULL)
        return false;
    if (is_nothing(relation) || is_whole(reader, relation->from))
        return true;
    if (relation->to == NULL || relation->from->package == NULL || relation->to->package == NULL)
        return false;
    struct wb_dependency dependency = {relation->from->package, relation->to->package, otherwise};
    bool commented = relation->comment == NULL;
    for (size_t i = 0; !commented && i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(relation->comment, wb_relation_kind_name(kinds[i])) == 0) {
            dependency.kind = kinds[i];
            commented = true;
        }
    WB_APPEND(bom->dependencies, bom->dependency_count, bom->dependency_capacity, dependency);
    return commented;
}

/* ---- by type ---- */

/* What the image and the operating system hold is the whole document. */
static bool contains(struct wb_spdx3_reader *reader, const struct relation *relation)
{
    return is_whole(reader, relation->from) || (relation->from != NULL && is_nothing(relation)) ||
           own(reader, relation->from, relation->to);
}

static bool depends_on(struct wb_spdx3_reader *reader, const struct relation *relation)
{
    return depend(reader, relation, WB_RELATION_DEPENDS);
}

static bool has_prerequisite(struct wb_spdx3_reader *reader, const struct relation *relation)
{
    return depend(reader, relation, WB_RELATION_PRE_DEPENDS);
}

static bool has_optional_dependency(struct wb_spdx3_reader *reader, const struct relation *relation)
{
    return depend(reader, relation, WB_RELATION_RECOMMENDS);
}

static bool describes(struct wb_spdx3_reader *reader, const struct relation *relation)
{
    return is_whole(reader, relation->from) || is_nothing(relation);
}

static bool has_added_file(struct wb_spdx3_reader *reader, const struct relation *relation)
{
    return is_whole(reader, relation->from) && relation->to != NULL && relation->to->file != NULL;
}

static bool has_deleted_file(struct wb_spdx3_reader *reader, const struct relation *relation)
{
    return has_added_file(reader, relation) && relation->to->file->span.deleted >= 0;
}

static bool has_declared_licence(struct wb_spdx3_reader *reader, const struct relation *relation)
{
    return wb_spdx3_read_licence(reader, relation->from, relation->target, relation->comment,
                                 false);
}

static bool has_concluded_licence(struct wb_spdx3_reader *reader, const struct relation *relation)
{
    return wb_spdx3_read_licence(reader, relation->from, relation->target, relation->comment, true);
}

static bool has_output(struct wb_spdx3_reader *reader, const struct relation *relation)
{
    return relation->from != NULL && relation->from->kind == WB_SPDX3_BUILD &&
           relation->to != NULL && relation->to == reader->image;
}

/* Residues and removed packages, which their states say, too. */
static bool other(struct wb_spdx3_reader *reader, const struct relation *relation)
{
    return is_whole(reader, relation->from) && relation->to != NULL &&
           relation->to->package != NULL && relation->to->package->state >= WB_STATE_CONFIG_FILES;
}

/* ---- all of them ---- */

static const struct {
    const char *type;
    bool (*read)(struct wb_spdx3_reader *reader, const struct relation *relation);
    bool takes_comment;
} types[] = {
    {"contains", contains, false},
    {"dependsOn", depends_on, true},
    {"hasPrerequisite", has_prerequisite, true},
    {"hasOptionalDependency", has_optional_dependency, true},
    {"describes", describes, false},
    {"hasAddedFile", has_added_file, false},
    {"hasDeletedFile", has_deleted_file, false},
    {"hasDeclaredLicense", has_declared_licence, true},
    {"hasConcludedLicense", has_concluded_licence, true},
    {"hasOutput", has_output, false},
    {"other", other, true},
};

static void read_targets(struct wb_spdx3_reader *reader, struct relation *relation, size_t type)
{
    WB_AUTO_STRING loss = wb_string_format("Relationship/%s", types[type].type);
    for (size_t i = 0; (relation->target = wb_spdx3_item(relation->element->json, "to", i)) != NULL;
         i++) {
        relation->to = wb_spdx3_find(reader, relation->target);
        if (!types[type].read(reader, relation))
            wb_bom_add_loss(reader->bom, loss);
    }
}

static void read_relation(struct wb_spdx3_reader *reader, const struct wb_spdx3_element *element)
{
    static const char *const known[] = {"from",         "relationshipType", "to", "scope",
                                        "completeness", "comment",          NULL};
    const char *type = wb_json_string_of(element->json, "relationshipType");
    struct relation relation = {
        .element = element,
        .from = wb_spdx3_find(reader, json_object_get(element->json, "from")),
        .comment = wb_spdx2_text(element->json, "comment"),
    };
    for (size_t i = 0; type != NULL && i < sizeof types / sizeof types[0]; i++) {
        if (strcmp(types[i].type, type) != 0)
            continue;
        read_targets(reader, &relation, i);
        if (!types[i].takes_comment && relation.comment != NULL)
            wb_spdx3_lose(reader, element, "comment");
        if (!reader->is_own)
            wb_spdx3_expect(reader, element, "completeness", "noAssertion");
        wb_spdx3_count_losses(reader, element, known);
        return;
    }
    wb_bom_add_loss(reader->bom, "Relationship");
}

void wb_spdx3_read_relations(struct wb_spdx3_reader *reader)
{
    for (size_t i = 0; i < reader->element_count; i++)
        if (reader->elements[i]->kind == WB_SPDX3_RELATIONSHIP)
            read_relation(reader, reader->elements[i]);
}
