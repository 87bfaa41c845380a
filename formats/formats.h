/* SPDX-License-Identifier: Apache-2.0 */
/* SBOM formats: one file per format, one table that lists them. */
#ifndef WAYBILL_FORMATS_H
#define WAYBILL_FORMATS_H

#include "sbom/bom.h"

struct wb_format {
    const char *name;        /* as in `-o NAME[=FILE]` */
    const char *description; /* one line for --help */
    const char *media_type;
    /* Writes the document; failures of the output stick in it and are reported by its flush. */
    bool (*write)(const struct wb_bom *bom, struct wb_output *output, struct wb_error *err);
};

/* All formats, in the order --help shows them. (formats.c) */
const struct wb_format *wb_formats(size_t *count);
/* NULL when there is no such format. */
const struct wb_format *wb_format_find(const char *name);

#endif
