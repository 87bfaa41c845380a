/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the SPDX 2 reader share. */
#ifndef WAYBILL_SPDX2_READ_H
#define WAYBILL_SPDX2_READ_H

#include "formats/formats.h"
#include "formats/spdx2.h"

struct wb_spdx2_element;

struct wb_spdx2_reader {
    struct wb_bom *bom;
    const json_t *document;            /* in its JSON form */
    bool is_own;                       /* Waybill made it */
    const json_t *image;               /* the package that stands for the image; NULL */
    const json_t *system;              /* for the operating system; NULL */
    struct wb_spdx2_element *elements; /* by SPDXID */
    struct wb_spdx2_owner *owners;
    size_t owner_count, owner_capacity;
};

/* A file and a package that holds it. */
struct wb_spdx2_owner {
    size_t file; /* places in the order of reading */
    struct wb_file *owned;
    size_t package;
    struct wb_package *owner;
};

/* The JSON form of a document of tag-value pairs: texts only. NULL on error; json_decref it. With a
 * verdict, tags that have no place are its faults, and lines are noted in the tree.
 * (spdx2_tag_read.c) */
json_t *wb_spdx2_tag_tree(struct wb_bytes document, struct wb_document_verdict *verdict,
                          struct wb_error *err);
/* Reads a document's JSON form. (spdx2_read.c) */
bool wb_spdx2_read(const json_t *document, struct wb_bom *bom, struct wb_error *err);

/* ---- losses ---- */

/* Counts a loss at `prefix` for each member of `object` that says something and is not in `known`
 * (NULL at the end). */
void wb_spdx2_count_losses(struct wb_spdx2_reader *reader, const json_t *object, const char *prefix,
                           const char *const *known);
/* Nothing in it but empty texts and NOASSERTION; absent (NULL). */
bool wb_spdx2_says_nothing(const json_t *value);
/* The member's text; NULL for what says nothing: NOASSERTION, NONE where `none` is not wanted. */
const char *wb_spdx2_text(const json_t *object, const char *key);
/* A loss at `field` unless the text says nothing or is what it is `expected` to be. */
void wb_spdx2_expect(struct wb_spdx2_reader *reader, const char *field, const char *text,
                     const char *expected);

/* ---- elements ---- */

struct wb_spdx2_element {
    const char *id; /* of the JSON document */
    struct wb_package *package;
    struct wb_file *file; /* one of the two; neither for the document, the image and the system */
    size_t place;
};
/* False for an id that another element has. */
bool wb_spdx2_add_element(struct wb_spdx2_reader *reader, const char *id,
                          struct wb_package *package, struct wb_file *file);
const struct wb_spdx2_element *wb_spdx2_find(const struct wb_spdx2_reader *reader, const char *id);
void wb_spdx2_add_owner(struct wb_spdx2_reader *reader, const struct wb_spdx2_element *file,
                        const struct wb_spdx2_element *package);

/* Calls `take` for each property in the element's annotations by Waybill; all others are losses at
 * `field`. */
void wb_spdx2_read_annotations(struct wb_spdx2_reader *reader, const json_t *element,
                               const char *field,
                               void (*take)(void *context, const char *name, const char *value),
                               void *context);

/* Of a file's name: `./usr/bin/x`, as the specification wants it, and what other tools write; NULL
 * for no name. */
const char *wb_spdx2_path(struct wb_bom *bom, const char *name);

/* ---- the parts ---- */

/* The packages that stand for the image and the operating system. (spdx2_read_image.c) */
void wb_spdx2_read_image(struct wb_spdx2_reader *reader);
/* All others. (spdx2_read_packages.c) */
void wb_spdx2_read_packages(struct wb_spdx2_reader *reader);
/* (spdx2_read_files.c) */
void wb_spdx2_read_files(struct wb_spdx2_reader *reader);
/* Gives the files their owners, when all are known. */
void wb_spdx2_assign_owners(struct wb_spdx2_reader *reader);
/* (spdx2_read_relations.c) */
void wb_spdx2_read_relations(struct wb_spdx2_reader *reader);

#endif
