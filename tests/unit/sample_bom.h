/* SPDX-License-Identifier: Apache-2.0 */
/* A small model made by hand in which most fields hold something awkward. */
#ifndef WAYBILL_SAMPLE_BOM_H
#define WAYBILL_SAMPLE_BOM_H

#include "formats/formats.h"
#include "formats/formats_private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define DIGEST_A "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define DIGEST_B "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define DIGEST_C "sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"

struct wb_bom *sample(void);
/* What only a document that was read can say, and what the resolver adds: of the document and of
 * the first package, which wb_bom_finish has yet to see. */
void add_what_documents_say(struct wb_bom *bom);
/* Of a file: every byte of every digest is this one. */
const struct wb_file_hashes *hashes(struct wb_bom *bom, uint8_t byte);

/* The document in one of the formats. */
void write_document(const struct wb_bom *bom, const char *format_name, struct wb_buffer *content);
char *written(const struct wb_bom *bom, const char *format_name);

#endif
