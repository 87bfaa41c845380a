/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the SPDX 3 reader share. */
#ifndef WAYBILL_SPDX3_READ_H
#define WAYBILL_SPDX3_READ_H

#include "formats/spdx3.h"

enum wb_spdx3_kind {
    WB_SPDX3_OTHER, /* an element of a type that the model has no place for */
    WB_SPDX3_CREATION_INFO,
    WB_SPDX3_DOCUMENT,
    WB_SPDX3_COLLECTION,
    WB_SPDX3_AGENT,
    WB_SPDX3_TOOL,
    WB_SPDX3_PACKAGE,
    WB_SPDX3_FILE,
    WB_SPDX3_BUILD,
    WB_SPDX3_ANNOTATION,
    WB_SPDX3_EXPRESSION,
    WB_SPDX3_LICENCE_TEXT,
    WB_SPDX3_LISTED_LICENCE,
    WB_SPDX3_RELATIONSHIP,
};

struct wb_spdx3_element {
    enum wb_spdx3_kind kind;
    const char *type;   /* as the table of types has it */
    const char *id;     /* of the JSON document; NULL */
    const json_t *json; /* likewise */
    size_t place;
    struct wb_package *package;
    struct wb_file *file;                  /* one of the two */
    struct wb_spdx3_element **annotations; /* of which it is the subject */
    size_t annotation_count;
    const char *licence_id; /* of a licence's text: as expressions name it; NULL unknown */
    /* Read once, however many refer to it: */
    const struct wb_party *party; /* of an agent */
    const char *maker;            /* likewise, `Name <mail>` */
    const char *licence;          /* of an expression */
    bool licence_is_valid;
};

/* A file and a package that holds it. */
struct wb_spdx3_owner {
    const struct wb_spdx3_element *file, *package;
};

struct wb_spdx3_reader {
    struct wb_bom *bom;
    struct wb_arena *arena; /* of the reading */
    bool is_own;            /* Waybill made it */
    struct wb_spdx3_element **elements;
    size_t element_count, element_capacity;
    struct wb_spdx3_index *index;            /* by id */
    const struct wb_spdx3_element *document; /* these may be NULL */
    const struct wb_spdx3_element *image;
    const struct wb_spdx3_element *system;
    struct wb_spdx3_owner *owners;
    size_t owner_count, owner_capacity;
};

/* ---- elements (spdx3_graph.c) -----------------------------------------------------------------
 */

/* Finds all elements, wherever they stand, and which annotations are about which. */
void wb_spdx3_read_graph(struct wb_spdx3_reader *reader, const json_t *document);
void wb_spdx3_reader_clear(struct wb_spdx3_reader *reader);
/* The one that a value refers to, by its id or as the element itself; NULL. */
struct wb_spdx3_element *wb_spdx3_find(const struct wb_spdx3_reader *reader, const json_t *value);
/* The object of an element that need have no id. */
const json_t *wb_spdx3_object(const struct wb_spdx3_reader *reader, const json_t *value);
/* Values of a member that may hold one or a list of them; NULL behind the last. */
const json_t *wb_spdx3_item(const json_t *object, const char *key, size_t index);
/* Whether a value is one of the specification's individuals, `NoneElement`, by name or IRI. */
bool wb_spdx3_is_individual(const json_t *value, const char *name);

/* Counts a loss at `TYPE/MEMBER` for each member of the element that says something and is not in
 * `known` (NULL at the end), nor one that all elements have. */
void wb_spdx3_count_losses(struct wb_spdx3_reader *reader, const struct wb_spdx3_element *element,
                           const char *const *known);
void wb_spdx3_lose(struct wb_spdx3_reader *reader, const struct wb_spdx3_element *element,
                   const char *member);
/* A loss unless the member says nothing or is what it is `expected` to be. */
void wb_spdx3_expect(struct wb_spdx3_reader *reader, const struct wb_spdx3_element *element,
                     const char *member, const char *expected);
/* Calls `take` for each property in the element's annotations by Waybill; all others are losses. */
void wb_spdx3_read_annotations(struct wb_spdx3_reader *reader,
                               const struct wb_spdx3_element *element,
                               void (*take)(void *context, const char *name, const char *value),
                               void *context);
/* An agent that a member refers to; nobody where there is none, or it has no name or address. */
struct wb_party wb_spdx3_read_party(struct wb_spdx3_reader *reader, const json_t *value);
/* The same as `Name <mail>`; NULL without a name. */
const char *wb_spdx3_read_maker(struct wb_spdx3_reader *reader, const json_t *value);
bool wb_spdx3_read_hash(const json_t *value, struct wb_digest *digest);

/* ---- the parts ---- */

/* (spdx3_read_image.c) */
void wb_spdx3_read_image(struct wb_spdx3_reader *reader);
/* (spdx3_read_packages.c) */
void wb_spdx3_read_packages(struct wb_spdx3_reader *reader);
/* (spdx3_read_files.c) */
void wb_spdx3_read_files(struct wb_spdx3_reader *reader);
/* Gives the files their owners, when all are known. */
void wb_spdx3_assign_owners(struct wb_spdx3_reader *reader);
/* (spdx3_read_licences.c) */
void wb_spdx3_read_licence_texts(struct wb_spdx3_reader *reader);
/* A licence that a relationship gives to a package or the image. */
bool wb_spdx3_read_licence(struct wb_spdx3_reader *reader, const struct wb_spdx3_element *from,
                           const json_t *licence, const char *comment, bool concluded);
/* (spdx3_read_relations.c) */
void wb_spdx3_read_relations(struct wb_spdx3_reader *reader);

#endif
