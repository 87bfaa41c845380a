/* SPDX-License-Identifier: Apache-2.0 */
/* What the readers of dpkg's files share: stanzas, versions, relation fields. */
#ifndef WAYBILL_DPKG_H
#define WAYBILL_DPKG_H

#include "sbom/sbom.h"

/* A piece of somebody else's text, not NUL-terminated; data NULL: not there. */
struct wb_slice {
    const char *data;
    size_t size;
};
struct wb_slice wb_slice_trim(struct wb_slice slice); /* without blanks and line ends around it */
/* Takes the next line, without its end (LF or CRLF), off the front; false when none is left. */
bool wb_slice_take_line(struct wb_slice *rest, struct wb_slice *line);
/* Whether the text is `word` (lower-case ASCII) in any case. */
bool wb_slice_is(struct wb_slice slice, const char *word);
/* Well-formed UTF-8 in the arena; NULL for a slice that is not there or empty. */
const char *wb_slice_text(struct wb_arena *arena, struct wb_slice slice);

struct wb_dpkg_field {
    struct wb_slice name;
    struct wb_slice value; /* trimmed; with its continuation lines as they stand */
};

/* One paragraph. `damage` says in what way it breaks the syntax, or is empty. */
struct wb_dpkg_stanza {
    struct wb_dpkg_field *fields; /* sorted by name without regard to case */
    size_t count, capacity;
    size_t line; /* of its first line, from 1 */
    char damage[160];
};
void wb_dpkg_stanza_clear(struct wb_dpkg_stanza *stanza);

struct wb_dpkg_stanza_reader {
    struct wb_slice rest;
    size_t line;
};
/* Reads the next paragraph as dpkg does (deb822(5)): field names in any case, a line of blanks
 * continues a value. Paragraphs that break the syntax are returned too, marked; reading goes on
 * behind them. False at the end of the text. (dpkg_stanza.c) */
bool wb_dpkg_stanza_next(struct wb_dpkg_stanza_reader *reader, struct wb_dpkg_stanza *stanza);
/* The value of a field, `name` in lower case; data NULL when it is not there. */
struct wb_slice wb_dpkg_stanza_value(const struct wb_dpkg_stanza *stanza, const char *name);

/* deb-version(7). */
struct wb_dpkg_version {
    int64_t epoch; /* -1: none stated */
    struct wb_slice version;
    struct wb_slice revision; /* data NULL: none */
};
/* NULL when the version is well-formed, else what is wrong with it. (dpkg_version.c) */
const char *wb_dpkg_version_parse(struct wb_slice text, struct wb_dpkg_version *version);
/* As dpkg prints it: an epoch of 0 is left out unless a colon would then be misread. */
const char *wb_dpkg_version_format(struct wb_arena *arena, const struct wb_dpkg_version *version);

/* Adds the names of one relation field (deb-control(5)), at most *room of them, which is counted
 * down. False when a part could not be read or there was no room; the others are kept.
 * (dpkg_relations.c) */
bool wb_dpkg_relations_read(struct wb_slice field, enum wb_relation_kind kind, struct wb_bom *bom,
                            struct wb_package *package, size_t *room) WB_MUST_CHECK;

/* Sets the supplier from a Maintainer field. (dpkg_details.c) */
void wb_dpkg_maintainer_read(struct wb_slice field, struct wb_arena *arena,
                             struct wb_package *package);

/* Description, homepage, sizes and Conffiles. False when a line of Conffiles could not
 * be read. (dpkg_details.c) */
bool wb_dpkg_details_read(const struct wb_dpkg_stanza *stanza, struct wb_bom *bom,
                          struct wb_package *package) WB_MUST_CHECK;

#endif
