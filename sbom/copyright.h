/* SPDX-License-Identifier: Apache-2.0 */
/* What the readers of Debian copyright files share. */
#ifndef WAYBILL_COPYRIGHT_H
#define WAYBILL_COPYRIGHT_H

#include "base/base.h"

/* ---- paragraphs (copyright_paragraphs.c) -------------------------------------------------------
 */

/* One paragraph of a machine-readable file. The values are slices of the file, continuation lines
 * and all; `data` is NULL where the field is missing. */
struct wb_copyright_paragraph {
    const uint8_t *start;
    bool has_format; /* Format or Format-Specification names the format */
    bool has_files;
    struct wb_bytes copyright;
    struct wb_bytes licence;
};

struct wb_copyright_paragraphs {
    struct wb_copyright_paragraph *items;
    size_t count, capacity;
    struct wb_bytes prose; /* what stands before the first one, in a file that names no format */
};
void wb_copyright_paragraphs_clear(struct wb_copyright_paragraphs *paragraphs);

/* Splits a machine-readable file (copyright-format 1.0 and the drafts before it). False when the
 * file is not one: it names no format and has no paragraph of Files, Copyright and License. Where
 * such paragraphs follow upon prose, the paragraphs begin with the first of them. */
bool wb_copyright_paragraphs_read(struct wb_bytes text, struct wb_copyright_paragraphs *paragraphs);

/* Takes the next line, without its end, off `rest`; false at the end. */
bool wb_copyright_next_line(struct wb_bytes *rest, struct wb_bytes *line);
/* Without white space at either end. */
struct wb_bytes wb_copyright_trim(struct wb_bytes line);

/* ---- copyright lines (copyright_lines.c) -------------------------------------------------------
 */

/* Distinct copyright lines in the order in which they came, up to a bound on the whole. */
struct wb_copyright_lines;
struct wb_copyright_lines *wb_copyright_lines_new(void);
void wb_copyright_lines_free(struct wb_copyright_lines *lines);
WB_AUTO_DECLARE(wb_copyright_lines)
/* Each line of a Copyright field. */
void wb_copyright_lines_add_field(struct wb_copyright_lines *lines, struct wb_bytes value);
/* The lines of a text without structure that begin as copyright statements do and name a year. */
void wb_copyright_lines_add_text(struct wb_copyright_lines *lines, struct wb_bytes text);
/* Joined by newlines, in `arena`; NULL when there are none. */
const char *wb_copyright_lines_join(const struct wb_copyright_lines *lines, struct wb_arena *arena);

#endif
