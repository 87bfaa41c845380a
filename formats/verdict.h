/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the judges of documents: places, faults, and rules of structure. */
#ifndef WAYBILL_VERDICT_H
#define WAYBILL_VERDICT_H

#include "formats/formats.h"

/* ---- faults (verdict.c) ------------------------------------------------------------------------
 */

/* A place in a tree of JSON, from the inside out; lives on the stack of who walks the tree. */
struct wb_place {
    const struct wb_place *above; /* NULL for the whole document */
    const char *key;              /* NULL: an item of a list */
    size_t index;
};

/* Adds a fault; those beyond the limit are counted. */
void wb_verdict_add(struct wb_document_verdict *verdict, const struct wb_place *place,
                    const char *format, ...) WB_PRINTF(3, 4);
void wb_verdict_set_version(struct wb_document_verdict *verdict, const char *version);
/* The JSON pointer (RFC 6901) of a place; "" for the whole document. To free. */
char *wb_place_pointer(const struct wb_place *place);
size_t wb_place_depth(const struct wb_place *place);

/* What a reader that is to be judged notes in each object of its tree: the lines of its members;
 * under "" its own. The rules pass over it. */
#define WB_TREE_LINES " lines"
/* Of the whole: the `bom-ref`s of what was passed over. */
#define WB_TREE_REFERENCES " references"
/* The member of such a tree that stands for all that is of other vocabularies. */
#define WB_TREE_EXTENSION "(extension)"
/* Gives the faults that have no line those of the nearest things that have one. */
void wb_verdict_find_lines(struct wb_document_verdict *verdict, const json_t *tree);

/* ---- structure (document_rules.c) --------------------------------------------------------------
 */

enum wb_tree_kind {
    WB_TREE_JSON,
    /* Made of a form that has texts only, which stand for numbers and truth values too; `true` is
     * what was passed over. */
    WB_TREE_OF_TEXTS,
};

/* Holds a tree against the members, types and values that a specification ("CycloneDX", "SPDX")
 * has in a version. WB_BAD_INPUT for versions without rules, and for documents that take too long.
 */
bool wb_document_rules_apply(const char *specification, const char *version, enum wb_tree_kind kind,
                             const json_t *tree, struct wb_document_verdict *verdict,
                             struct wb_error *err) WB_MUST_CHECK;

/* Whether the items of a list are all different; where they stand is no difference.
 * (document_unique.c) */
bool wb_tree_items_unique(const json_t *list, enum wb_tree_kind kind);

/* What a text must be. (document_text_rules.c) */
enum wb_text_rule {
    WB_TEXT_ONE_LINE,
    WB_TEXT_UUID_URN,
    WB_TEXT_MEDIA_TYPE,
    WB_TEXT_HASH,
    WB_TEXT_LANGUAGE,
    WB_TEXT_BOM_LINK,
    WB_TEXT_BOM_LINK_ELEMENT,
    WB_TEXT_CRE,
    WB_TEXT_PATENT_NUMBER,
    WB_TEXT_COUNTRY,
    WB_TEXT_DATE_TIME,
    WB_TEXT_DATE,
    WB_TEXT_IRI,
    WB_TEXT_IRI_REFERENCE,
    WB_TEXT_EMAIL,
    WB_TEXT_LICENCE_ID,
    /* Of SPDX 3; the patterns of its schema. */
    WB_TEXT_NODE_IRI,
    WB_TEXT_NODE, /* an IRI or a blank node */
    WB_TEXT_UTC_TIME,
    WB_TEXT_SEMANTIC_VERSION,
    WB_TEXT_TWO_NAMES,
    WB_TEXT_DECIMAL,
};
bool wb_text_rule_holds(enum wb_text_rule rule, const char *text);
/* "a date and time (RFC 3339)" */
const char *wb_text_rule_name(enum wb_text_rule rule);

/* ---- meaning -----------------------------------------------------------------------------------
 */

/* Ids and what refers to them. Start with `{0}`. (document_ids.c) */
struct wb_document_id {
    const char *text; /* lives in the tree */
    char *pointer;
};
struct wb_document_ids {
    struct wb_document_id *items;
    size_t count, capacity;
};
void wb_document_ids_add(struct wb_document_ids *ids, const char *text,
                         const struct wb_place *place);
/* Sorts them; ids that stand twice are faults, unless `verdict` is NULL. */
void wb_document_ids_settle(struct wb_document_ids *ids, const char *what,
                            struct wb_document_verdict *verdict);
/* After wb_document_ids_settle. */
bool wb_document_ids_have(const struct wb_document_ids *ids, const char *text);
void wb_document_ids_clear(struct wb_document_ids *ids);

/* Faults of single values: a purl, a CPE, an SPDX licence expression. NULL is none. (verdict.c) */
void wb_verdict_purl(struct wb_document_verdict *verdict, const struct wb_place *place,
                     const char *text);
void wb_verdict_cpe(struct wb_document_verdict *verdict, const struct wb_place *place,
                    const char *text);
void wb_verdict_licence(struct wb_document_verdict *verdict, const struct wb_place *place,
                        const char *text);

/* A digest in hexadecimal digits, under the names that SPDX 2 and 3 have for algorithms. */
void wb_verdict_digest(struct wb_document_verdict *verdict, const struct wb_place *place,
                       const char *algorithm, const char *value);

/* The judges of the table of formats. (validate_cyclonedx.c, validate_spdx2.c, validate_spdx3.c,
 * validate_coswid.c)
 */
bool wb_cyclonedx_json_validate(struct wb_bytes document, struct wb_document_verdict *verdict,
                                struct wb_error *err);
bool wb_cyclonedx_xml_validate(struct wb_bytes document, struct wb_document_verdict *verdict,
                               struct wb_error *err);
bool wb_spdx2_json_validate(struct wb_bytes document, struct wb_document_verdict *verdict,
                            struct wb_error *err);
bool wb_spdx2_tag_validate(struct wb_bytes document, struct wb_document_verdict *verdict,
                           struct wb_error *err);
bool wb_spdx3_json_validate(struct wb_bytes document, struct wb_document_verdict *verdict,
                            struct wb_error *err);
bool wb_coswid_validate(struct wb_bytes document, struct wb_document_verdict *verdict,
                        struct wb_error *err);

#endif
