/* SPDX-License-Identifier: Apache-2.0 */
/* SBOM formats: one file per format, one table that lists them. */
#ifndef WAYBILL_FORMATS_H
#define WAYBILL_FORMATS_H

#include "sbom/bom.h"

struct wb_document_verdict;

struct wb_format {
    const char *name;        /* as in `-o NAME[=FILE]` */
    const char *description; /* one line for --help */
    const char *media_type;
    /* The specification's versions that can be written, `NAME@VERSION`, the default first, NULL at
     * the end; NULL: only one. */
    const char *const *versions;
    /* Writes the document; failures of the output stick in it and are reported by its flush.
     * `version` is one of `versions`, or NULL for the default. */
    bool (*write)(const struct wb_bom *bom, const char *version, struct wb_output *output,
                  struct wb_error *err);
    /* Whether a document looks like this format, by its first marks alone. NULL: none is read. */
    bool (*recognises)(struct wb_bytes document);
    /* Reads a document into an empty model, within bounds; what has no place in the model is
     * counted (wb_bom_add_loss). The caller finishes the model. NULL: none is read. */
    bool (*read)(struct wb_bytes document, struct wb_bom *bom, struct wb_error *err);
    /* Adds to the verdict what is wrong with a document of this format. False only where it cannot
     * be judged: it is not well-formed, or of a version without rules. NULL: none is judged. */
    bool (*validate)(struct wb_bytes document, struct wb_document_verdict *verdict,
                     struct wb_error *err);
};

/* All formats, in the order --help shows them. (formats.c) */
const struct wb_format *wb_formats(size_t *count);
/* By `NAME` or `NAME@VERSION`; *version is one of the format's strings, or NULL. NULL when there is
 * no such format or version. */
const struct wb_format *wb_format_find(const char *name, const char **version);

#define WB_DOCUMENT_SIZE_MAX ((size_t)1 << 30)
/* Reads a document of any format that has a reader, told by its content, and finishes the model,
 * whose origin_format names the format. (read.c) */
struct wb_bom *wb_document_read(struct wb_bytes document, struct wb_error *err);

/* ---- judging documents ------------------------------------------------------------------------
 */

struct wb_document_fault {
    char *pointer; /* JSON pointer (RFC 6901) into the document's JSON form; "" for the whole */
    char *message; /* UTF-8, may hold what the document says */
    size_t depth;  /* steps of the pointer */
    size_t line;   /* where that stands in a document of lines; 0: not known */
    bool meaning;  /* the structure is right, and yet: ids, references, licences, purls, times */
};
struct wb_document_verdict {
    const char *format; /* as in the table of formats */
    char version[16];   /* of the specification, as the document states it; "": not stated */
    struct wb_document_fault *faults;
    size_t count, capacity;
    size_t left_out; /* faults beyond the first thousand */
    size_t line;     /* of what is added now; 0: not known */
    bool meaning;    /* what is added now is of that kind */
};
/* Judges structure and meaning of a document of any format, told by its content. The verdict starts
 * with `{0}`; a valid document has no faults. False only where there can be no verdict, as
 * WB_BAD_INPUT. (verdict.c) */
bool wb_document_validate(struct wb_bytes document, struct wb_document_verdict *verdict,
                          struct wb_error *err) WB_MUST_CHECK;
void wb_document_verdict_clear(struct wb_document_verdict *verdict);

#endif
