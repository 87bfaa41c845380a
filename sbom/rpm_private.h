/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the rpm readers share. */
#ifndef WAYBILL_RPM_PRIVATE_H
#define WAYBILL_RPM_PRIVATE_H

#include "sbom/sbom.h"

#include <rpm/header.h>
#include <rpm/rpmlog.h>
#include <rpm/rpmtd.h>

/* ---- damage (rpm_database.c)
 * --------------------------------------------------------------------- */

/* Counts what cannot be read in database->unreadable_count, and makes findings of it. A file made
 * for it can have millions of broken entries: from a number on they are only counted. */
struct wb_rpm_damage {
    struct wb_bom *bom;
    struct wb_database *database;
    enum wb_read_depth depth;
    int layer;
    char first[256];
};
void wb_rpm_damage_report(struct wb_rpm_damage *damage, const char *message);
/* False, with WB_BAD_INPUT, when there were entries and none could be read. */
bool wb_rpm_damage_finish(struct wb_rpm_damage *damage, size_t read_count,
                          struct wb_error *err) WB_MUST_CHECK;

/* ---- sqlite's write-ahead log (rpm_sqlite_wal.c) ------------------------------------------------
 */

/* The database with every transaction that its log holds and no log beside it: a copy that SQLite
 * opens from memory. `wal` may be empty, or not a log at all, which counts as none, as in SQLite
 * itself (sqlite.org/fileformat2.html, "The Write-Ahead Log"). The image has at most the pages of
 * both; WB_BAD_INPUT when the log speaks of a database that the two do not make. */
bool wb_rpm_sqlite_overlay(struct wb_bytes database, struct wb_bytes wal, struct wb_buffer *image,
                           struct wb_error *err) WB_MUST_CHECK;

/* ---- headers (rpm_header_check.c) ---------------------------------------------------------------
 */

/* Whether a header blob is safe to hand to librpm: sizes, region, the type, place and length of
 * every entry; entries neither overlap nor run backwards; strings end inside the data store.
 * Stricter than headerImport in nothing that rpm writes. WB_BAD_INPUT otherwise. */
bool wb_rpm_header_check(struct wb_bytes header, struct wb_error *err) WB_MUST_CHECK;

/* ---- librpm (rpm_library.c) ---------------------------------------------------------------------
 */

struct wb_rpm_library {
    __typeof__(headerNew) *header_new;
    __typeof__(headerPut) *header_put;
    __typeof__(headerImport) *header_import;
    __typeof__(headerFree) *header_free;
    __typeof__(headerGet) *header_get;
    __typeof__(headerSizeof) *header_sizeof;
    __typeof__(rpmtdFreeData) *free_data;
    __typeof__(rpmlogSetCallback) *set_log_callback;
};

struct wb_rpm_header {
    Header header;
    struct wb_rpm_library library;
};
/* Loads librpm and hands it a blob that wb_rpm_header_check has passed. WB_SYSTEM where there is no
 * librpm, WB_BAD_INPUT when it refuses the header. */
bool wb_rpm_header_import(struct wb_bytes bytes, struct wb_rpm_header *header,
                          struct wb_error *err) WB_MUST_CHECK;
/* Loads librpm and makes a header without tags. WB_SYSTEM where there is no librpm. */
bool wb_rpm_header_make(struct wb_rpm_header *header, struct wb_error *err) WB_MUST_CHECK;
/* Copies `count` values, at least one, into the header: `const char *const *` for an array of
 * strings, the text itself for one. Once for each tag. False when librpm refuses them. */
bool wb_rpm_header_put(const struct wb_rpm_header *header, rpmTagVal tag, rpmTagType type,
                       const void *data, unsigned count) WB_MUST_CHECK;
void wb_rpm_header_clear(struct wb_rpm_header *header);
size_t wb_rpm_header_size(const struct wb_rpm_header *header);

/* The values of one tag, pointing into the header; count 0 when the header does not have it. */
struct wb_rpm_values {
    struct rpmtd_s data;
    size_t count;
    __typeof__(rpmtdFreeData) *free_data;
};
/* Whether the header has the tag, of whatever type. */
bool wb_rpm_header_get(const struct wb_rpm_header *header, rpmTagVal tag,
                       struct wb_rpm_values *values);
void wb_rpm_values_clear(struct wb_rpm_values *values);

/* ---- tags (rpm_tags.c) --------------------------------------------------------------------------
 */

/* False, with WB_BAD_INPUT, when the tag holds something else. Never looks at the locale: of a
 * translated text it is the untranslated one that counts. */
bool wb_rpm_texts(const struct wb_rpm_header *header, rpmTagVal tag, struct wb_rpm_values *values,
                  struct wb_error *err) WB_MUST_CHECK;
bool wb_rpm_numbers(const struct wb_rpm_header *header, rpmTagVal tag, struct wb_rpm_values *values,
                    struct wb_error *err) WB_MUST_CHECK;
bool wb_rpm_binary(const struct wb_rpm_header *header, rpmTagVal tag, struct wb_rpm_values *values,
                   struct wb_error *err) WB_MUST_CHECK;
/* `index` must be below the count. */
const char *wb_rpm_text_at(const struct wb_rpm_values *values, size_t index);
uint64_t wb_rpm_number_at(const struct wb_rpm_values *values, size_t index);

/* The first text, escaped; NULL when the header has none or an empty one. */
bool wb_rpm_text(const struct wb_rpm_header *header, rpmTagVal tag, struct wb_arena *arena,
                 const char **text, struct wb_error *err) WB_MUST_CHECK;
/* As wb_rpm_text, but keeps line ends. */
bool wb_rpm_lines(const struct wb_rpm_header *header, rpmTagVal tag, struct wb_arena *arena,
                  const char **text, struct wb_error *err) WB_MUST_CHECK;
/* The first number; *present says whether there is one. */
bool wb_rpm_number(const struct wb_rpm_header *header, rpmTagVal tag, bool *present,
                   uint64_t *number, struct wb_error *err) WB_MUST_CHECK;

/* ---- parts of a package -------------------------------------------------------------------------
 */

/* Fills source_rpm, source_name and source_version from `NAME-VERSION-RELEASE.src.rpm`, which may
 * be NULL; the file name of a source package has no epoch. (rpm_source.c) */
void wb_rpm_source_set(struct wb_arena *arena, struct wb_package *package, const char *source_rpm);
/* Provides, Requires and the like. (rpm_relations.c) */
bool wb_rpm_relations_read(const struct wb_rpm_header *header, struct wb_bom *bom,
                           struct wb_package *package, struct wb_error *err) WB_MUST_CHECK;
/* The file list with everything that is known of each file. (rpm_files.c) */
bool wb_rpm_files_read(const struct wb_rpm_header *header, struct wb_bom *bom,
                       struct wb_package *package, struct wb_error *err) WB_MUST_CHECK;

/* Reads an OpenPGP signature packet (RFC 9580 §5.2, versions 3, 4 and 6): key_id is 16 hex digits,
 * or NULL when the packet names no key; the description is `RSA/SHA256, <RFC 3339>, Key ID ...`.
 * False when it is none. (rpm_signature.c) */
bool wb_rpm_signature_parse(struct wb_bytes packet, struct wb_arena *arena, const char **key_id,
                            const char **description);
/* Finds the signature of a header: RSAHEADER, DSAHEADER, OPENPGP, then those over header and
 * payload. (rpm_signature.c) */
bool wb_rpm_signature_read(const struct wb_rpm_header *header, struct wb_bom *bom,
                           struct wb_package *package, struct wb_error *err) WB_MUST_CHECK;

#endif
