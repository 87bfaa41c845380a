/* SPDX-License-Identifier: Apache-2.0 */
/* Judging SPDX 3: what every element owes, ids, references and values. */
#include "formats/spdx3.h"
#include "formats/verdict.h"

#include <string.h>

struct walk {
    struct wb_document_verdict *verdict;
    struct wb_document_ids ids;
};

static const char *id_of(const json_t *element)
{
    const char *id = wb_json_string_of(element, "spdxId");
    return id != NULL ? id : wb_json_string_of(element, "@id");
}

/* ---- structure ---- */

static void require_members(struct walk *walk, const json_t *element, const struct wb_place *place)
{
    static const struct {
        const char *type;
        const char *members[5];
    } types[] = {
        {"CreationInfo", {"specVersion", "created", "createdBy", NULL}},
        {"Relationship", {"from", "to", "relationshipType", "creationInfo", NULL}},
        {"LifecycleScopedRelationship", {"from", "to", "relationshipType", "creationInfo", NULL}},
        {"Annotation", {"annotationType", "subject", "creationInfo", NULL}},
        {"software_Package", {"creationInfo", "name", NULL}},
        {"software_File", {"creationInfo", "name", NULL}},
        {"simplelicensing_LicenseExpression",
         {"creationInfo", "simplelicensing_licenseExpression", NULL}},
        {"simplelicensing_SimpleLicensingText",
         {"creationInfo", "simplelicensing_licenseText", NULL}},
        {"SpdxDocument", {"creationInfo", "rootElement", NULL}},
    };
    const char *type = wb_json_string_of(element, "type");
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        for (size_t k = 0; strcmp(types[i].type, type) == 0 && types[i].members[k] != NULL; k++)
            if (json_object_get(element, types[i].members[k]) == NULL)
                wb_verdict_add(walk->verdict, place, "`%s` is missing", types[i].members[k]);
}

static void judge_structure(struct walk *walk, const json_t *element, const struct wb_place *place)
{
    if (!json_is_object(element)) {
        wb_verdict_add(walk->verdict, place, "must be an object");
        return;
    }
    if (wb_json_string_of(element, "type") == NULL)
        wb_verdict_add(walk->verdict, place, "`type` is missing");
    else
        require_members(walk, element, place);
    const char *id = id_of(element);
    if (id == NULL)
        wb_verdict_add(walk->verdict, place, "neither `spdxId` nor `@id` names it");
    else
        wb_document_ids_add(&walk->ids, id, place);
}

/* ---- meaning ---- */

/* The vocabulary's own individuals, and what stands in other documents, are not in this one. */
static bool is_elsewhere(const char *text)
{
    static const char *const individuals[] = {"NoneElement", "NoAssertionElement",
                                              "SpdxOrganization", "expandedlicensing_NoneLicense",
                                              "expandedlicensing_NoAssertionLicense"};
    for (size_t i = 0; i < sizeof individuals / sizeof individuals[0]; i++)
        if (strcmp(text, individuals[i]) == 0)
            return true;
    return wb_text_starts_with(text, "https://spdx.org/") ||
           wb_text_starts_with(text, "http://spdx.org/");
}

static void take_imports(struct walk *walk, const json_t *element, const struct wb_place *place)
{
    size_t i;
    json_t *one;
    json_array_foreach(wb_json_array_of(element, "import"), i, one)
    {
        const char *id = wb_json_string_of(one, "externalSpdxId");
        if (id != NULL)
            wb_document_ids_add(&walk->ids, id, place);
    }
}

static void judge_reference(struct walk *walk, const json_t *value, const struct wb_place *place)
{
    const char *text = json_string_value(value);
    if (text != NULL && !wb_document_ids_have(&walk->ids, text) && !is_elsewhere(text))
        wb_verdict_add(walk->verdict, place, "refers to `%s`, which is no element of the document",
                       text);
}

static void judge_references(struct walk *walk, const json_t *element, const struct wb_place *place)
{
    static const char *const keys[] = {"from",         "to",          "creationInfo", "createdBy",
                                       "createdUsing", "rootElement", "element",      "subject",
                                       "suppliedBy",   "originatedBy"};
    for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++) {
        struct wb_place member = {.above = place, .key = keys[k]};
        json_t *value = json_object_get(element, keys[k]);
        size_t i;
        json_t *one;
        judge_reference(walk, value, &member);
        json_array_foreach(value, i, one)
        {
            struct wb_place item = {.above = &member, .index = i};
            judge_reference(walk, one, &item);
        }
    }
}

static void judge_identifiers(struct walk *walk, const json_t *element,
                              const struct wb_place *place)
{
    struct wb_place list = {.above = place, .key = "externalIdentifier"};
    size_t i;
    json_t *one;
    json_array_foreach(wb_json_array_of(element, "externalIdentifier"), i, one)
    {
        struct wb_place item = {.above = &list, .index = i};
        const char *type = wb_json_string_of(one, "externalIdentifierType");
        const char *text = wb_json_string_of(one, "identifier");
        if (type != NULL && strcmp(type, "packageUrl") == 0)
            wb_verdict_purl(walk->verdict, &item, text);
        else if (type != NULL && (strcmp(type, "cpe22") == 0 || strcmp(type, "cpe23") == 0))
            wb_verdict_cpe(walk->verdict, &item, text);
    }
}

static void judge_meaning(struct walk *walk, const json_t *element, const struct wb_place *place)
{
    struct wb_place purl = {.above = place, .key = "software_packageUrl"};
    struct wb_place licence = {.above = place, .key = "simplelicensing_licenseExpression"};
    struct wb_place created = {.above = place, .key = "created"};
    judge_references(walk, element, place);
    judge_identifiers(walk, element, place);
    wb_verdict_purl(walk->verdict, &purl, wb_json_string_of(element, purl.key));
    wb_verdict_licence(walk->verdict, &licence, wb_json_string_of(element, licence.key));
    const char *time = wb_json_string_of(element, "created");
    if (time != NULL && !wb_text_rule_holds(WB_TEXT_DATE_TIME, time))
        wb_verdict_add(walk->verdict, &created, "`%s` is not %s", time,
                       wb_text_rule_name(WB_TEXT_DATE_TIME));
}

/* ---- the document ---- */

bool wb_spdx3_json_validate(struct wb_bytes document, struct wb_document_verdict *verdict,
                            struct wb_error *err)
{
    WB_AUTO_JSON tree = wb_json_parse(document, err);
    if (tree == NULL)
        return false;
    struct walk walk = {.verdict = verdict};
    struct wb_place whole = {0}, list = {.above = &whole, .key = "@graph"};
    const json_t *graph = wb_json_array_of(tree, "@graph");
    size_t i;
    json_t *element;
    if (graph == NULL)
        wb_verdict_add(verdict, &whole, "`@graph` is missing, or no list");
    json_array_foreach(graph, i, element)
    {
        struct wb_place place = {.above = &list, .index = i};
        const char *version = wb_json_string_of(element, "specVersion");
        if (version != NULL)
            wb_verdict_set_version(verdict, version);
        judge_structure(&walk, element, &place);
    }
    verdict->meaning = true;
    wb_document_ids_settle(&walk.ids, "spdxId", verdict);
    json_array_foreach(graph, i, element) take_imports(&walk, element, &list);
    wb_document_ids_settle(&walk.ids, "spdxId", NULL);
    json_array_foreach(graph, i, element)
    {
        struct wb_place place = {.above = &list, .index = i};
        judge_meaning(&walk, element, &place);
    }
    wb_document_ids_clear(&walk.ids);
    return true;
}
