/* SPDX-License-Identifier: Apache-2.0 */
/* Judging SPDX 3: structure by the rules of its version, then ids, references and values. */
#include "formats/spdx3.h"
#include "formats/verdict.h"

#include <string.h>

/* What a member may refer to. */
enum kind {
    ANYTHING,
    CREATION,
    AGENT,
    TOOL,
    ARTIFACT,
    SOURCE_FILE,
    LICENCE,
    ADDITION,
    KIND_COUNT,
};

struct walk {
    struct wb_document_verdict *verdict;
    struct wb_document_ids ids[KIND_COUNT]; /* of each kind; all of them are of ANYTHING */
};

static const struct {
    const char *name;
    const char *types[12];
} kinds[KIND_COUNT] = {
    [ANYTHING] = {"element of the document", {NULL}},
    [CREATION] = {"CreationInfo", {"CreationInfo", NULL}},
    [AGENT] = {"Agent", {"Agent", "Organization", "Person", "SoftwareAgent", NULL}},
    [TOOL] = {"Tool", {"Tool", NULL}},
    [ARTIFACT] = {"Artifact",
                  {"software_File", "software_Package", "software_Snippet", "ai_AIPackage",
                   "dataset_DatasetPackage", "security_Vulnerability", NULL}},
    [SOURCE_FILE] = {"software_File", {"software_File", NULL}},
    [LICENCE] = {"licence",
                 {"simplelicensing_LicenseExpression", "simplelicensing_SimpleLicensingText",
                  "expandedlicensing_ConjunctiveLicenseSet", "expandedlicensing_CustomLicense",
                  "expandedlicensing_DisjunctiveLicenseSet",
                  "expandedlicensing_IndividualLicensingInfo", "expandedlicensing_ListedLicense",
                  "expandedlicensing_OrLaterOperator", "expandedlicensing_WithAdditionOperator",
                  NULL}},
    [ADDITION] = {"licence addition",
                  {"expandedlicensing_CustomLicenseAddition",
                   "expandedlicensing_ListedLicenseException", NULL}},
};

static const struct {
    const char *member;
    enum kind kind;
} references[] = {
    {"from", ANYTHING},
    {"to", ANYTHING},
    {"rootElement", ANYTHING},
    {"element", ANYTHING},
    {"subject", ANYTHING},
    {"creationInfo", CREATION},
    {"createdBy", AGENT},
    {"suppliedBy", AGENT},
    {"originatedBy", AGENT},
    {"createdUsing", TOOL},
    {"definingArtifact", ARTIFACT},
    {"security_assessedElement", ARTIFACT},
    {"software_snippetFromFile", SOURCE_FILE},
    {"dataLicense", LICENCE},
    {"expandedlicensing_member", LICENCE},
    {"expandedlicensing_subjectLicense", LICENCE},
    {"expandedlicensing_subjectExtendableLicense", LICENCE},
    {"expandedlicensing_subjectAddition", ADDITION},
};

/* ---- every object ---- */

/* Calls `judge` for a value and, inside out, for all objects in it; elements may stand in others.
 */
static void visit(struct walk *walk, const json_t *value, const struct wb_place *place,
                  void (*judge)(struct walk *walk, const json_t *object,
                                const struct wb_place *place))
{
    const char *key;
    size_t i;
    json_t *one;
    json_array_foreach(value, i, one)
    {
        struct wb_place item = {.above = place, .index = i};
        visit(walk, one, &item, judge);
    }
    if (!json_is_object(value))
        return;
    json_object_foreach((json_t *)(uintptr_t)value, key, one)
    {
        struct wb_place member = {.above = place, .key = key};
        visit(walk, one, &member, judge);
    }
    judge(walk, value, place);
}

/* ---- ids ---- */

static void take_id(struct walk *walk, const json_t *element, const struct wb_place *place)
{
    const char *id = wb_json_string_of(element, "spdxId");
    const char *type = wb_json_string_of(element, "type");
    if (id == NULL)
        id = wb_json_string_of(element, "@id");
    if (id == NULL)
        return;
    wb_document_ids_add(&walk->ids[ANYTHING], id, place);
    for (size_t kind = ANYTHING + 1; kind < KIND_COUNT && type != NULL; kind++)
        for (size_t i = 0; kinds[kind].types[i] != NULL; i++)
            if (strcmp(kinds[kind].types[i], type) == 0)
                wb_document_ids_add(&walk->ids[kind], id, place);
}

/* What stands in another document may be of any kind. */
static void take_import(struct walk *walk, const json_t *element, const struct wb_place *place)
{
    const char *id = wb_json_string_of(element, "externalSpdxId");
    for (size_t kind = ANYTHING; kind < KIND_COUNT && id != NULL; kind++)
        wb_document_ids_add(&walk->ids[kind], id, place);
}

/* The vocabulary's own individuals are not in the document. */
static bool is_individual(const char *text)
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

static void judge_reference(struct walk *walk, const json_t *value, enum kind kind,
                            const struct wb_place *place)
{
    const char *text = json_string_value(value);
    if (text == NULL || is_individual(text) || wb_document_ids_have(&walk->ids[kind], text))
        return;
    if (!wb_document_ids_have(&walk->ids[ANYTHING], text))
        kind = ANYTHING;
    wb_verdict_add(walk->verdict, place, "refers to `%s`, which is no %s", text, kinds[kind].name);
}

static void judge_references(struct walk *walk, const json_t *object, const struct wb_place *place)
{
    for (size_t k = 0; k < sizeof references / sizeof references[0]; k++) {
        struct wb_place member = {.above = place, .key = references[k].member};
        json_t *value = json_object_get(object, member.key);
        size_t i;
        json_t *one;
        judge_reference(walk, value, references[k].kind, &member);
        json_array_foreach(value, i, one)
        {
            struct wb_place item = {.above = &member, .index = i};
            judge_reference(walk, one, references[k].kind, &item);
        }
    }
}

/* ---- values ---- */

static void judge_identifier(struct walk *walk, const json_t *object, const struct wb_place *above)
{
    struct wb_place place = {.above = above, .key = "identifier"};
    const char *type = wb_json_string_of(object, "externalIdentifierType");
    const char *text = wb_json_string_of(object, "identifier");
    if (type != NULL && strcmp(type, "packageUrl") == 0)
        wb_verdict_purl(walk->verdict, &place, text);
    else if (type != NULL && (strcmp(type, "cpe22") == 0 || strcmp(type, "cpe23") == 0))
        wb_verdict_cpe(walk->verdict, &place, text);
}

static void judge_object(struct walk *walk, const json_t *object, const struct wb_place *place)
{
    struct wb_place purl = {.above = place, .key = "software_packageUrl"};
    struct wb_place licence = {.above = place, .key = "simplelicensing_licenseExpression"};
    judge_references(walk, object, place);
    judge_identifier(walk, object, place);
    wb_verdict_digest(walk->verdict, place, wb_json_string_of(object, "algorithm"),
                      wb_json_string_of(object, "hashValue"));
    wb_verdict_purl(walk->verdict, &purl, wb_json_string_of(object, purl.key));
    wb_verdict_licence(walk->verdict, &licence, wb_json_string_of(object, licence.key));
}

/* ---- the document ---- */

static void judge_meaning(const json_t *document, struct wb_document_verdict *verdict)
{
    struct walk walk = {.verdict = verdict};
    struct wb_place whole = {0};
    visit(&walk, document, &whole, take_id);
    wb_document_ids_settle(&walk.ids[ANYTHING], "spdxId", verdict);
    visit(&walk, document, &whole, take_import);
    for (size_t kind = ANYTHING; kind < KIND_COUNT; kind++)
        wb_document_ids_settle(&walk.ids[kind], "spdxId", NULL);
    visit(&walk, document, &whole, judge_object);
    for (size_t kind = ANYTHING; kind < KIND_COUNT; kind++)
        wb_document_ids_clear(&walk.ids[kind]);
}

/* A document of one element has it in place of a graph. */
static bool judge_structure(json_t *document, const char *version,
                            struct wb_document_verdict *verdict, struct wb_error *err)
{
    if (json_object_get(document, "@graph") != NULL)
        return wb_document_rules_apply("SPDX", version, WB_TREE_JSON, document, verdict, err);
    json_object_del(document, "@context");
    return wb_document_rules_apply("SPDX element", version, WB_TREE_JSON, document, verdict, err);
}

bool wb_spdx3_json_validate(struct wb_bytes document, struct wb_document_verdict *verdict,
                            struct wb_error *err)
{
    static const char prefix[] = "https://spdx.org/rdf/";
    WB_AUTO_JSON tree = wb_json_parse(document, err);
    if (tree == NULL)
        return false;
    struct wb_place whole = {0}, context = {.above = &whole, .key = "@context"};
    const char *address = wb_json_string_of(tree, context.key);
    if (address == NULL || !wb_text_starts_with(address, prefix)) {
        wb_verdict_add(verdict, &context, "is missing, or no address of SPDX's");
        return true;
    }
    const char *stated = address + strlen(prefix);
    WB_AUTO_STRING version = wb_string_format("%.*s", (int)strcspn(stated, "/"), stated);
    wb_verdict_set_version(verdict, version);
    if (!judge_structure(tree, version, verdict, err))
        return false;
    verdict->meaning = true;
    judge_meaning(tree, verdict);
    return true;
}
