/* SPDX-License-Identifier: Apache-2.0 */
/* Judging SPDX 2: structure by the rules of its version, then ids, references and values. */
#include "formats/formats_private.h"
#include "formats/spdx2_read.h"
#include "formats/verdict.h"

#include <string.h>

struct walk {
    struct wb_document_verdict *verdict;
    const json_t *document;
    struct wb_document_ids ids, licences, documents;
};

static const struct wb_place whole = {0};

/* ---- ids ---- */

static bool is_spdx_id(const char *text)
{
    static const char prefix[] = "SPDXRef-";
    if (!wb_text_starts_with(text, prefix) || text[strlen(prefix)] == '\0')
        return false;
    return text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-")] ==
           '\0';
}

static void take_id(struct walk *walk, const json_t *element, const struct wb_place *above)
{
    struct wb_place place = {.above = above, .key = "SPDXID"};
    const char *id = wb_json_string_of(element, "SPDXID");
    if (id == NULL)
        return;
    wb_document_ids_add(&walk->ids, id, above);
    if (!is_spdx_id(id))
        wb_verdict_add(walk->verdict, &place,
                       "`%s` is not `SPDXRef-` and letters, digits, dots and dashes", id);
}

static void take_licence_id(struct walk *walk, const json_t *element, const struct wb_place *above)
{
    struct wb_place place = {.above = above, .key = "licenseId"};
    const char *id = wb_json_string_of(element, "licenseId");
    if (id == NULL)
        return;
    wb_document_ids_add(&walk->licences, id, above);
    if (!wb_text_starts_with(id, "LicenseRef-") || !wb_licence_expression_valid(id))
        wb_verdict_add(walk->verdict, &place, "`%s` is not `LicenseRef-` and an id", id);
}

static void take_external_document(struct walk *walk, const json_t *one,
                                   const struct wb_place *above)
{
    const char *id = wb_json_string_of(one, "externalDocumentId");
    if (id != NULL)
        wb_document_ids_add(&walk->documents, id, above);
}

static bool stands_for_none(const char *text)
{
    return strcmp(text, "NONE") == 0 || strcmp(text, "NOASSERTION") == 0;
}

static void judge_reference(struct walk *walk, const char *text, const struct wb_place *place)
{
    if (text == NULL || wb_document_ids_have(&walk->ids, text))
        return;
    if (wb_text_starts_with(text, "DocumentRef-")) {
        WB_AUTO_STRING name = wb_string_format("%.*s", (int)strcspn(text, ":"), text);
        if (!wb_document_ids_have(&walk->documents, name))
            wb_verdict_add(walk->verdict, place, "`%s` is no external document reference", name);
        return;
    }
    wb_verdict_add(walk->verdict, place, "refers to `%s`, which is no element of the document",
                   text);
}

/* ---- values ---- */

/* Each LicenseRef of an expression stands in the document. */
static void judge_licence_references(struct walk *walk, const char *text,
                                     const struct wb_place *place)
{
    static const char prefix[] = "LicenseRef-";
    for (const char *at = text; (at = strstr(at, prefix)) != NULL;) {
        bool elsewhere = at > text && at[-1] == ':';
        size_t size = strcspn(at, " ()+");
        WB_AUTO_STRING id = wb_string_format("%.*s", (int)size, at);
        if (!elsewhere && !wb_document_ids_have(&walk->licences, id))
            wb_verdict_add(walk->verdict, place,
                           "`%s` is not among the extracted licences of the document", id);
        at += size;
    }
}

static void judge_licence(struct walk *walk, const json_t *element, const char *key,
                          const struct wb_place *above)
{
    struct wb_place place = {.above = above, .key = key};
    const char *text = wb_json_string_of(element, key);
    if (text == NULL || stands_for_none(text))
        return;
    wb_verdict_licence(walk->verdict, &place, text);
    judge_licence_references(walk, text, &place);
}

static bool is_actor(const char *text)
{
    return (wb_text_starts_with(text, "Person: ") || wb_text_starts_with(text, "Organization: ")) &&
           *(strchr(text, ' ') + 1) != '\0';
}

static void judge_creator(struct walk *walk, const char *text, const struct wb_place *place)
{
    if (text != NULL && !is_actor(text) && !wb_text_starts_with(text, "Tool: "))
        wb_verdict_add(walk->verdict, place,
                       "`%s` is not `Person: `, `Organization: ` or `Tool: ` and a name", text);
}

static void judge_actor(struct walk *walk, const json_t *element, const char *key,
                        const struct wb_place *above)
{
    struct wb_place place = {.above = above, .key = key};
    const char *text = wb_json_string_of(element, key);
    if (text != NULL && strcmp(text, "NOASSERTION") != 0 && !is_actor(text))
        wb_verdict_add(walk->verdict, &place,
                       "`%s` is not `Person: `, `Organization: ` and a name, or NOASSERTION", text);
}

static void judge_time(struct walk *walk, const json_t *element, const char *key,
                       const struct wb_place *above)
{
    struct wb_place place = {.above = above, .key = key};
    const char *text = wb_json_string_of(element, key);
    if (text != NULL &&
        (strlen(text) != 20 || text[19] != 'Z' || !wb_text_rule_holds(WB_TEXT_DATE_TIME, text)))
        wb_verdict_add(walk->verdict, &place, "`%s` is not YYYY-MM-DDThh:mm:ssZ", text);
}

static void judge_checksum(struct walk *walk, const json_t *one, const struct wb_place *place)
{
    wb_verdict_digest(walk->verdict, place, wb_json_string_of(one, "algorithm"),
                      wb_json_string_of(one, "checksumValue"));
}

static void judge_external_reference(struct walk *walk, const json_t *one,
                                     const struct wb_place *place)
{
    struct wb_place locator = {.above = place, .key = "referenceLocator"};
    const char *type = wb_json_string_of(one, "referenceType");
    const char *text = wb_json_string_of(one, "referenceLocator");
    if (type == NULL || text == NULL)
        return;
    if (strcmp(type, "purl") == 0)
        wb_verdict_purl(walk->verdict, &locator, text);
    else if (strcmp(type, "cpe22Type") == 0 || strcmp(type, "cpe23Type") == 0)
        wb_verdict_cpe(walk->verdict, &locator, text);
}

/* ---- elements ---- */

static void
each(struct walk *walk, const json_t *object, const char *key, const struct wb_place *above,
     void (*judge)(struct walk *walk, const json_t *object, const struct wb_place *place))
{
    struct wb_place list = {.above = above, .key = key};
    size_t i;
    json_t *one;
    json_array_foreach(wb_json_array_of(object, key), i, one)
    {
        struct wb_place place = {.above = &list, .index = i};
        judge(walk, one, &place);
    }
}

static void judge_annotation(struct walk *walk, const json_t *one, const struct wb_place *place)
{
    struct wb_place annotator = {.above = place, .key = "annotator"};
    judge_time(walk, one, "annotationDate", place);
    judge_creator(walk, wb_json_string_of(one, annotator.key), &annotator);
}

static void judge_held(struct walk *walk, const json_t *one, const struct wb_place *place)
{
    judge_reference(walk, json_string_value(one), place);
}

static void judge_package(struct walk *walk, const json_t *one, const struct wb_place *place)
{
    static const char *const times[] = {"builtDate", "releaseDate", "validUntilDate"};
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++)
        judge_time(walk, one, times[i], place);
    judge_licence(walk, one, "licenseConcluded", place);
    judge_licence(walk, one, "licenseDeclared", place);
    judge_actor(walk, one, "supplier", place);
    judge_actor(walk, one, "originator", place);
    each(walk, one, "checksums", place, judge_checksum);
    each(walk, one, "externalRefs", place, judge_external_reference);
    each(walk, one, "annotations", place, judge_annotation);
    each(walk, one, "hasFiles", place, judge_held);
    const json_t *analyzed = json_object_get(one, "filesAnalyzed");
    bool code = json_object_get(one, "packageVerificationCode") != NULL;
    if (json_is_false(analyzed) && code)
        wb_verdict_add(walk->verdict, place,
                       "has a `packageVerificationCode`, but `filesAnalyzed` is false");
}

static void judge_file(struct walk *walk, const json_t *one, const struct wb_place *place)
{
    judge_licence(walk, one, "licenseConcluded", place);
    each(walk, one, "checksums", place, judge_checksum);
    each(walk, one, "annotations", place, judge_annotation);
}

static void judge_snippet(struct walk *walk, const json_t *one, const struct wb_place *place)
{
    struct wb_place file = {.above = place, .key = "snippetFromFile"};
    judge_reference(walk, wb_json_string_of(one, "snippetFromFile"), &file);
    judge_licence(walk, one, "licenseConcluded", place);
    each(walk, one, "annotations", place, judge_annotation);
}

static void judge_relationship(struct walk *walk, const json_t *one, const struct wb_place *above)
{
    struct wb_place from = {.above = above, .key = "spdxElementId"};
    struct wb_place to = {.above = above, .key = "relatedSpdxElement"};
    judge_reference(walk, wb_json_string_of(one, "spdxElementId"), &from);
    const char *related = wb_json_string_of(one, "relatedSpdxElement");
    if (related != NULL && !stands_for_none(related))
        judge_reference(walk, related, &to);
}

/* ---- the document ---- */

/* `3.20` */
static void judge_list_version(struct walk *walk, const json_t *creation,
                               const struct wb_place *above)
{
    static const char digits[] = "0123456789";
    struct wb_place place = {.above = above, .key = "licenseListVersion"};
    const char *text = wb_json_string_of(creation, place.key);
    size_t major = text == NULL ? 0 : strspn(text, digits);
    if (text == NULL)
        return;
    size_t minor = text[major] == '.' ? strspn(text + major + 1, digits) : 0;
    if (major == 0 || minor == 0)
        wb_verdict_add(walk->verdict, &place, "`%s` is no version like `3.20`", text);
}

static void judge_head(struct walk *walk)
{
    const json_t *creation = wb_json_object_of(walk->document, "creationInfo");
    struct wb_place place = {.above = &whole, .key = "creationInfo"};
    struct wb_place creators = {.above = &place, .key = "creators"};
    judge_time(walk, creation, "created", &place);
    judge_list_version(walk, creation, &place);
    size_t i;
    json_t *one;
    json_array_foreach(wb_json_array_of(creation, "creators"), i, one)
    {
        struct wb_place here = {.above = &creators, .index = i};
        judge_creator(walk, json_string_value(one), &here);
    }
    struct wb_place id = {.above = &whole, .key = "SPDXID"};
    const char *stated = wb_json_string_of(walk->document, "SPDXID");
    if (stated != NULL && strcmp(stated, "SPDXRef-DOCUMENT") != 0)
        wb_verdict_add(walk->verdict, &id, "`%s` is not `SPDXRef-DOCUMENT`", stated);
    struct wb_place licence = {.above = &whole, .key = "dataLicense"};
    stated = wb_json_string_of(walk->document, "dataLicense");
    if (stated != NULL && strcmp(stated, "CC0-1.0") != 0)
        wb_verdict_add(walk->verdict, &licence, "`%s` is not `CC0-1.0`", stated);
    struct wb_place name_space = {.above = &whole, .key = "documentNamespace"};
    stated = wb_json_string_of(walk->document, "documentNamespace");
    if (stated == NULL)
        wb_verdict_add(walk->verdict, &whole, "`documentNamespace` is missing");
    if (stated != NULL && (!wb_text_rule_holds(WB_TEXT_IRI, stated) || strchr(stated, '#') != NULL))
        wb_verdict_add(walk->verdict, &name_space, "`%s` is no absolute address without `#`",
                       stated);
}

static void judge_meaning(const json_t *document, struct wb_document_verdict *verdict)
{
    struct walk walk = {.verdict = verdict, .document = document};
    take_id(&walk, document, &whole);
    each(&walk, document, "packages", &whole, take_id);
    each(&walk, document, "files", &whole, take_id);
    each(&walk, document, "snippets", &whole, take_id);
    each(&walk, document, "hasExtractedLicensingInfos", &whole, take_licence_id);
    each(&walk, document, "externalDocumentRefs", &whole, take_external_document);
    wb_document_ids_settle(&walk.ids, "SPDXID", verdict);
    wb_document_ids_settle(&walk.licences, "licenseId", verdict);
    wb_document_ids_settle(&walk.documents, "externalDocumentId", verdict);
    judge_head(&walk);
    each(&walk, document, "packages", &whole, judge_package);
    each(&walk, document, "files", &whole, judge_file);
    each(&walk, document, "snippets", &whole, judge_snippet);
    each(&walk, document, "annotations", &whole, judge_annotation);
    each(&walk, document, "relationships", &whole, judge_relationship);
    each(&walk, document, "documentDescribes", &whole, judge_held);
    wb_document_ids_clear(&walk.ids);
    wb_document_ids_clear(&walk.licences);
    wb_document_ids_clear(&walk.documents);
}

static bool judge(const json_t *document, enum wb_tree_kind kind,
                  struct wb_document_verdict *verdict, struct wb_error *err)
{
    static const char prefix[] = "SPDX-";
    struct wb_place version = {.above = &whole, .key = "spdxVersion"};
    const char *stated = wb_json_string_of(document, "spdxVersion");
    if (stated == NULL || !wb_text_starts_with(stated, prefix)) {
        wb_verdict_add(verdict, &version, "is missing, or not `SPDX-` and a version");
        return true;
    }
    wb_verdict_set_version(verdict, stated + strlen(prefix));
    if (!wb_document_rules_apply("SPDX", stated + strlen(prefix), kind, document, verdict, err))
        return false;
    verdict->meaning = true;
    judge_meaning(document, verdict);
    return true;
}

bool wb_spdx2_json_validate(struct wb_bytes document, struct wb_document_verdict *verdict,
                            struct wb_error *err)
{
    WB_AUTO_JSON tree = wb_json_parse(document, err);
    return tree != NULL && judge(tree, WB_TREE_JSON, verdict, err);
}

/* ---- tag-value pairs ---- */

/* `OPERATING-SYSTEM` has a dash in tags. */
static void normalise_purpose(json_t *package)
{
    static const char key[] = "primaryPackagePurpose";
    const char *purpose = wb_json_string_of(package, key);
    if (purpose == NULL)
        return;
    WB_AUTO_STRING text = wb_string_copy(purpose);
    for (char *at = text; *at != '\0'; at++)
        if (*at == '-')
            *at = '_';
    json_object_set_new(package, key, json_string(text));
}

bool wb_spdx2_tag_validate(struct wb_bytes document, struct wb_document_verdict *verdict,
                           struct wb_error *err)
{
    size_t i;
    json_t *package, *snippet;
    WB_AUTO_JSON tree = wb_spdx2_tag_tree(document, verdict, err);
    if (tree == NULL)
        return false;
    json_array_foreach(wb_json_array_of(tree, "packages"), i, package) normalise_purpose(package);
    /* A name that JSON wants of snippets may be left out in tags. */
    json_array_foreach(wb_json_array_of(tree, "snippets"), i, snippet)
    {
        if (json_object_get(snippet, "name") == NULL)
            json_object_set_new(snippet, "name", json_string(""));
    }
    if (!judge(tree, WB_TREE_OF_TEXTS, verdict, err))
        return false;
    wb_verdict_find_lines(verdict, tree);
    return true;
}
