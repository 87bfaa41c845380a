/* SPDX-License-Identifier: Apache-2.0 */
/* `FILE|IMAGE`: an SBOM document, or an image whose SBOM is made on the spot. (document_sources.c)
 */
#ifndef WAYBILL_CLI_DOCUMENT_SOURCES_H
#define WAYBILL_CLI_DOCUMENT_SOURCES_H

#include "cli/documents.h"
#include "cli/reading.h"

/* Rows for a popt table: how an image among the sources is read. */
/* clang-format off */
#define WB_DOCUMENT_SOURCE_OPTIONS(options)                                                        \
    WB_PLATFORM_OPTION(options),                                                                   \
    {"quiet", 'q', POPT_ARG_NONE, &(options)->quiet, 0, "no progress, no warnings", NULL},         \
    WB_REGISTRY_OPTIONS(&(options)->registry)
/* clang-format on */

struct wb_document_source {
    const char *text; /* as the user wrote it */
    struct wb_bom *bom;
    struct wb_image_set *set; /* that the document lives on; NULL for a document */
};

/* What names a transport (`oci:`), a directory or an archive is an image; `-` and every other file
 * is a document. `options` are for an image; they are checked in any case. Start with `{0}`. */
bool wb_document_source_open(const char *text, const struct wb_reading_options *options,
                             struct wb_document_source *source, struct wb_error *err) WB_MUST_CHECK;
void wb_document_source_clear(struct wb_document_source *source);

#endif
