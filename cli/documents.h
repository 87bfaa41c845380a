/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands on SBOM documents have in common. (documents.c) */
#ifndef WAYBILL_CLI_DOCUMENTS_H
#define WAYBILL_CLI_DOCUMENTS_H

#include "cli/cli.h"
#include "formats/formats.h"

/* The bytes of a document; `-` is standard input. */
bool wb_document_content(const char *path, struct wb_buffer *content,
                         struct wb_error *err) WB_MUST_CHECK;
/* Reads a document of any format; `-` is standard input. */
struct wb_bom *wb_document_open(const char *path, struct wb_error *err);
/* Says on standard error what was read and has no place in the model, one line for each kind. */
void wb_document_say_losses(const struct wb_bom *bom, const char *path);

#endif
