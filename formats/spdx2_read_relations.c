/* SPDX-License-Identifier: Apache-2.0 */
/* Reading SPDX 2: relationships (clause 11). */
#include "formats/spdx2_read.h"

#include <string.h>

struct relation {
    const struct wb_spdx2_element *from, *to; /* NULL: nothing in the document */
    const char *comment;
};

/* The document, the image or its operating system. */
static bool is_whole(const struct wb_spdx2_element *element)
{
    return element != NULL && element->package == NULL && element->file == NULL;
}

static bool depend(struct wb_spdx2_reader *reader, const struct wb_spdx2_element *from,
                   const struct wb_spdx2_element *to, enum wb_relation_kind kind)
{
    struct wb_bom *bom = reader->bom;
    if (from == NULL || to == NULL || from->package == NULL || to->package == NULL)
        return false;
    struct wb_dependency dependency = {from->package, to->package, kind};
    WB_APPEND(bom->dependencies, bom->dependency_count, bom->dependency_capacity, dependency);
    return true;
}

static enum wb_relation_kind firmness(const char *comment, enum wb_relation_kind otherwise)
{
    static const enum wb_relation_kind kinds[] = {WB_RELATION_DEPENDS, WB_RELATION_PRE_DEPENDS,
                                                  WB_RELATION_RECOMMENDS, WB_RELATION_SUGGESTS};
    for (size_t i = 0; comment != NULL && i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(comment, wb_relation_kind_name(kinds[i])) == 0)
            return kinds[i];
    return otherwise;
}

static bool own(struct wb_spdx2_reader *reader, const struct wb_spdx2_element *package,
                const struct wb_spdx2_element *file)
{
    if (package == NULL || file == NULL || package->package == NULL || file->file == NULL)
        return false;
    wb_spdx2_add_owner(reader, file, package);
    return true;
}

/* ---- by type ---- */

/* What the image and the operating system hold is the whole document. */
static bool contains(struct wb_spdx2_reader *reader, const struct relation *relation)
{
    return is_whole(relation->from) || own(reader, relation->from, relation->to);
}

static bool contained_by(struct wb_spdx2_reader *reader, const struct relation *relation)
{
    return is_whole(relation->to) || own(reader, relation->to, relation->from);
}

/* Of an image it says what DESCRIBES and CONTAINS said. */
static bool depends_on(struct wb_spdx2_reader *reader, const struct relation *relation)
{
    return depend(reader, relation->from, relation->to,
                  firmness(relation->comment, WB_RELATION_DEPENDS));
}

static bool dependency_of(struct wb_spdx2_reader *reader, const struct relation *relation)
{
    return depend(reader, relation->to, relation->from,
                  firmness(relation->comment, WB_RELATION_DEPENDS));
}

static bool prerequisite_for(struct wb_spdx2_reader *reader, const struct relation *relation)
{
    return depend(reader, relation->to, relation->from, WB_RELATION_PRE_DEPENDS);
}

static bool has_prerequisite(struct wb_spdx2_reader *reader, const struct relation *relation)
{
    return depend(reader, relation->from, relation->to, WB_RELATION_PRE_DEPENDS);
}

static bool optional_dependency_of(struct wb_spdx2_reader *reader, const struct relation *relation)
{
    return depend(reader, relation->to, relation->from,
                  firmness(relation->comment, WB_RELATION_RECOMMENDS));
}

static bool described(struct wb_spdx2_reader *reader, const struct relation *relation)
{
    (void)reader;
    return is_whole(relation->from) || is_whole(relation->to);
}

static bool file_added(struct wb_spdx2_reader *reader, const struct relation *relation)
{
    (void)reader;
    return relation->from != NULL && relation->from->file != NULL && is_whole(relation->to);
}

static bool file_deleted(struct wb_spdx2_reader *reader, const struct relation *relation)
{
    return file_added(reader, relation) && relation->from->file->span.deleted >= 0;
}

static bool file_modified(struct wb_spdx2_reader *reader, const struct relation *relation)
{
    if (!own(reader, relation->to, relation->from))
        return false;
    relation->from->file->status = WB_FILE_MODIFIED;
    return true;
}

/* A residue or a removed package, which its state says, too. */
static bool other(struct wb_spdx2_reader *reader, const struct relation *relation)
{
    return reader->is_own && relation->from != NULL && relation->from->package != NULL &&
           is_whole(relation->to);
}

/* ---- all of them ---- */

static const struct {
    const char *type;
    bool (*read)(struct wb_spdx2_reader *reader, const struct relation *relation);
    const char *loss;
} types[] = {
    {"CONTAINS", contains, "/relationships/*/CONTAINS"},
    {"CONTAINED_BY", contained_by, "/relationships/*/CONTAINED_BY"},
    {"DEPENDS_ON", depends_on, "/relationships/*/DEPENDS_ON"},
    {"DEPENDENCY_OF", dependency_of, "/relationships/*/DEPENDENCY_OF"},
    {"RUNTIME_DEPENDENCY_OF", dependency_of, "/relationships/*/RUNTIME_DEPENDENCY_OF"},
    {"OPTIONAL_DEPENDENCY_OF", optional_dependency_of, "/relationships/*/OPTIONAL_DEPENDENCY_OF"},
    {"PREREQUISITE_FOR", prerequisite_for, "/relationships/*/PREREQUISITE_FOR"},
    {"HAS_PREREQUISITE", has_prerequisite, "/relationships/*/HAS_PREREQUISITE"},
    {"DESCRIBES", described, "/relationships/*/DESCRIBES"},
    {"DESCRIBED_BY", described, "/relationships/*/DESCRIBED_BY"},
    {"FILE_ADDED", file_added, "/relationships/*/FILE_ADDED"},
    {"FILE_DELETED", file_deleted, "/relationships/*/FILE_DELETED"},
    {"FILE_MODIFIED", file_modified, "/relationships/*/FILE_MODIFIED"},
    {"OTHER", other, "/relationships/*/OTHER"},
};

static void read_relation(struct wb_spdx2_reader *reader, const json_t *json)
{
    const char *type = wb_json_string_of(json, "relationshipType");
    const char *from = wb_json_string_of(json, "spdxElementId");
    const char *to = wb_json_string_of(json, "relatedSpdxElement");
    if (type == NULL || from == NULL || to == NULL) {
        wb_bom_add_loss(reader->bom, "/relationships/*");
        return;
    }
    if (strcmp(to, "NOASSERTION") == 0)
        return;
    struct relation relation = {
        .from = wb_spdx2_find(reader, from),
        .to = wb_spdx2_find(reader, to),
        .comment = wb_spdx2_text(json, "comment"),
    };
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (strcmp(types[i].type, type) == 0) {
            if (!types[i].read(reader, &relation))
                wb_bom_add_loss(reader->bom, types[i].loss);
            return;
        }
    wb_bom_add_loss(reader->bom, "/relationships/*");
}

/* As version 2.2 has it: the ids of a package's files in the package. */
static void read_has_files(struct wb_spdx2_reader *reader)
{
    size_t i, j;
    json_t *package, *id;
    json_array_foreach(wb_json_array_of(reader->document, "packages"), i, package)
    {
        const struct wb_spdx2_element *owner =
            wb_spdx2_find(reader, wb_json_string_of(package, "SPDXID"));
        json_array_foreach(wb_json_array_of(package, "hasFiles"), j, id)
        {
            if (!own(reader, owner, wb_spdx2_find(reader, json_string_value(id))))
                wb_bom_add_loss(reader->bom, "/packages/*/hasFiles");
        }
    }
}

void wb_spdx2_read_relations(struct wb_spdx2_reader *reader)
{
    size_t i;
    json_t *relation;
    json_array_foreach(wb_json_array_of(reader->document, "relationships"), i, relation)
    {
        read_relation(reader, relation);
    }
    read_has_files(reader);
}
