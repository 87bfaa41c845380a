/* SPDX-License-Identifier: Apache-2.0 */
/* Judging CycloneDX: structure by the rules of its version, then ids, references and values. */
#include "formats/cyclonedx.h"
#include "formats/verdict.h"

#include <string.h>

struct walk {
    struct wb_document_verdict *verdict;
    struct wb_document_ids ids;
    /* What stands in workflows: they are referred to, but the official examples use an id twice. */
    struct wb_document_ids formulation_ids;
    bool in_formulation;
};

static void visit(struct walk *walk, const json_t *value, const struct wb_place *place);

/* ---- what stands anywhere ---- */

static void judge_member(struct walk *walk, const char *key, const char *text,
                         const struct wb_place *place)
{
    if (strcmp(key, "bom-ref") == 0)
        wb_document_ids_add(walk->in_formulation ? &walk->formulation_ids : &walk->ids, text,
                            place);
    else if (strcmp(key, "purl") == 0)
        wb_verdict_purl(walk->verdict, place, text);
    else if (strcmp(key, "cpe") == 0)
        wb_verdict_cpe(walk->verdict, place, text);
}

static void judge_licence(struct walk *walk, const json_t *choice, const struct wb_place *place)
{
    struct wb_place expression = {.above = place, .key = "expression"};
    wb_verdict_licence(walk->verdict, &expression, wb_json_string_of(choice, "expression"));
}

static void visit_object(struct walk *walk, const json_t *object, const struct wb_place *place)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        struct wb_place member = {.above = place, .key = key};
        /* Names and values of others' own making. */
        if (strcmp(key, "properties") == 0 || strcmp(key, "signature") == 0)
            continue;
        bool was_in_formulation = walk->in_formulation;
        walk->in_formulation |= strcmp(key, "formulation") == 0;
        if (json_is_string(value))
            judge_member(walk, key, json_string_value(value), &member);
        else
            visit(walk, value, &member);
        walk->in_formulation = was_in_formulation;
    }
}

/* The depth is that of the text, which was bounded. */
static void visit(struct walk *walk, const json_t *value, const struct wb_place *place)
{
    size_t i;
    json_t *item;
    if (json_is_object(value))
        visit_object(walk, value, place);
    json_array_foreach(value, i, item)
    {
        struct wb_place here = {.above = place, .index = i};
        if (place->key != NULL && strcmp(place->key, "licenses") == 0)
            judge_licence(walk, item, &here);
        visit(walk, item, &here);
    }
}

/* ---- references ---- */

static void judge_reference(struct walk *walk, const char *text, const struct wb_place *place)
{
    /* A BOM-Link leads out of the document. */
    if (text == NULL || wb_text_starts_with(text, "urn:cdx:") ||
        wb_document_ids_have(&walk->ids, text) ||
        wb_document_ids_have(&walk->formulation_ids, text))
        return;
    wb_verdict_add(walk->verdict, place, "refers to `%s`, which nothing has as `bom-ref`", text);
}

static void judge_reference_list(struct walk *walk, const json_t *object, const char *key,
                                 const struct wb_place *above)
{
    struct wb_place list = {.above = above, .key = key};
    size_t i;
    json_t *one;
    json_array_foreach(wb_json_array_of(object, key), i, one)
    {
        struct wb_place place = {.above = &list, .index = i};
        judge_reference(walk, json_string_value(one), &place);
    }
}

static void judge_ref_member(struct walk *walk, const json_t *object, const struct wb_place *above)
{
    struct wb_place place = {.above = above, .key = "ref"};
    judge_reference(walk, wb_json_string_of(object, "ref"), &place);
}

/* Calls `judge` for each object in the list `key` of `object`. */
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

static void judge_dependency(struct walk *walk, const json_t *one, const struct wb_place *place)
{
    judge_ref_member(walk, one, place);
    judge_reference_list(walk, one, "dependsOn", place);
    judge_reference_list(walk, one, "provides", place);
}

static void judge_composition(struct walk *walk, const json_t *one, const struct wb_place *place)
{
    judge_reference_list(walk, one, "assemblies", place);
    judge_reference_list(walk, one, "dependencies", place);
    judge_reference_list(walk, one, "vulnerabilities", place);
}

static void judge_annotation(struct walk *walk, const json_t *one, const struct wb_place *place)
{
    judge_reference_list(walk, one, "subjects", place);
}

static void judge_vulnerability(struct walk *walk, const json_t *one, const struct wb_place *place)
{
    each(walk, one, "affects", place, judge_ref_member);
}

static void note_dependency(struct wb_document_ids *refs, const json_t *document)
{
    struct wb_place whole = {0}, list = {.above = &whole, .key = "dependencies"};
    size_t i;
    json_t *one;
    json_array_foreach(wb_json_array_of(document, "dependencies"), i, one)
    {
        struct wb_place place = {.above = &list, .index = i};
        const char *ref = wb_json_string_of(one, "ref");
        if (ref != NULL)
            wb_document_ids_add(refs, ref, &place);
    }
}

static void judge_meaning(const json_t *document, struct wb_document_verdict *verdict)
{
    struct walk walk = {.verdict = verdict};
    struct wb_place whole = {0};
    visit(&walk, document, &whole);
    size_t i;
    json_t *one;
    json_array_foreach(wb_json_array_of(document, WB_TREE_REFERENCES), i, one)
    {
        if (json_is_string(one))
            wb_document_ids_add(&walk.formulation_ids, json_string_value(one), &whole);
    }
    wb_document_ids_settle(&walk.ids, "bom-ref", verdict);
    wb_document_ids_settle(&walk.formulation_ids, "bom-ref", NULL);
    each(&walk, document, "dependencies", &whole, judge_dependency);
    each(&walk, document, "compositions", &whole, judge_composition);
    each(&walk, document, "annotations", &whole, judge_annotation);
    each(&walk, document, "vulnerabilities", &whole, judge_vulnerability);
    wb_document_ids_clear(&walk.ids);
    wb_document_ids_clear(&walk.formulation_ids);
    struct wb_document_ids refs = {0};
    note_dependency(&refs, document);
    wb_document_ids_settle(&refs, "`ref` of dependencies", verdict);
    wb_document_ids_clear(&refs);
}

/* ---- both serialisations ---- */

static bool judge(const json_t *document, enum wb_tree_kind kind,
                  struct wb_document_verdict *verdict, struct wb_error *err)
{
    struct wb_place whole = {0}, version = {.above = &whole, .key = "specVersion"};
    const char *stated = wb_json_string_of(document, "specVersion");
    if (stated == NULL) {
        wb_verdict_add(verdict, &version, "is missing, or no text");
        return true;
    }
    wb_verdict_set_version(verdict, stated);
    if (!wb_document_rules_apply("CycloneDX", stated, kind, document, verdict, err))
        return false;
    verdict->meaning = true;
    judge_meaning(document, verdict);
    return true;
}

bool wb_cyclonedx_json_validate(struct wb_bytes document, struct wb_document_verdict *verdict,
                                struct wb_error *err)
{
    WB_AUTO_JSON tree = wb_json_parse(wb_cyclonedx_skip_space(document), err);
    return tree != NULL && judge(tree, WB_TREE_JSON, verdict, err);
}

/* XML has tools of before 1.5 in the same element as those of today; JSON has a list of them. */
static void normalise_tools(const json_t *document)
{
    json_t *metadata = wb_json_object_of(document, "metadata");
    json_t *tools = wb_json_array_of(wb_json_object_of(metadata, "tools"), "tools");
    if (tools != NULL)
        json_object_set(metadata, "tools", tools);
}

bool wb_cyclonedx_xml_validate(struct wb_bytes document, struct wb_document_verdict *verdict,
                               struct wb_error *err)
{
    WB_AUTO_JSON tree = wb_cyclonedx_xml_tree(document, true, err);
    if (tree == NULL)
        return false;
    normalise_tools(tree);
    if (!judge(tree, WB_TREE_OF_TEXTS, verdict, err))
        return false;
    wb_verdict_find_lines(verdict, tree);
    return true;
}
