/* SPDX-License-Identifier: Apache-2.0 */
/* The elements that public bodies ask of every SBOM (docs/quality.md). (minimum_elements.c) */
#ifndef WAYBILL_MINIMUM_ELEMENTS_H
#define WAYBILL_MINIMUM_ELEMENTS_H

#include "sbom/bom.h"

struct wb_element_profile {
    const char *name;        /* as in `--profile NAME` */
    const char *description; /* who asks, and when it was published */
    unsigned bit;
};
/* "ntia", "bsi", "cisa"; NULL for others. */
const struct wb_element_profile *wb_element_profile_find(const char *name);

struct wb_missing_element {
    const struct wb_element_profile *profile;
    const char *element; /* "supplier name" */
    char *component;     /* its purl, else name and version; NULL: the document itself */
};
/* Start with `{0}`. */
struct wb_minimum_elements {
    struct wb_missing_element *missing;
    size_t count, capacity;
};
/* Adds what a profile asks for and the document does not have: first of the document and the image,
 * then package by package. `version` is that of the document's specification; NULL: not known. */
void wb_minimum_elements_check(const struct wb_element_profile *profile, const struct wb_bom *bom,
                               const char *version, struct wb_minimum_elements *elements);
void wb_minimum_elements_clear(struct wb_minimum_elements *elements);

#endif
