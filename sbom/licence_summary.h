/* SPDX-License-Identifier: Apache-2.0 */
/* Which licences a document's packages are under, each with its packages. (licence_summary.c) */
#ifndef WAYBILL_LICENCE_SUMMARY_H
#define WAYBILL_LICENCE_SUMMARY_H

#include "sbom/bom.h"

struct wb_licence_use {
    const char *licence; /* an id of the SPDX list, with its exception if any, or a LicenseRef */
    const struct wb_package **packages; /* in the document's order, each once */
    size_t count, capacity;
};

struct wb_licence_summary {
    struct wb_licence_use **uses; /* sorted by licence */
    size_t count, capacity;
    const struct wb_package **unstated; /* packages without a licence */
    size_t unstated_count, unstated_capacity;
    struct wb_arena *arena;
};

/* Takes the installed packages' licences apart: as they declare them, else as concluded. Residues
 * and removed packages are none of the image's. Start with `{0}`; lives as long as the document. */
void wb_licence_summary_make(const struct wb_bom *bom, struct wb_licence_summary *summary);
void wb_licence_summary_clear(struct wb_licence_summary *summary);

/* All of it as one expression, choices kept: what has to be kept to by whoever uses the whole.
 * NULL when no package states a licence. */
const char *wb_licence_summary_expression(const struct wb_bom *bom, struct wb_arena *arena);

#endif
