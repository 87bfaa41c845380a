/* SPDX-License-Identifier: Apache-2.0 */
/* From an image to its document: the package database readers and what they share. */
#ifndef WAYBILL_SBOM_H
#define WAYBILL_SBOM_H

#include "sbom/bom.h"
#include "sbom/licence_expression.h"
#include "sbom/purl.h"

/* What generating a document had at hand. */
struct wb_sbom_view {
    struct wb_bom *bom; /* finished */
    const struct wb_rootfs *rootfs;
    struct wb_layer **layers; /* as many as bom->layer_count */
};

struct wb_sbom_options {
    enum wb_file_selection files;
    bool sha512;                     /* of files too, as BSI TR-03183-2 asks */
    struct wb_bytes package_digests; /* of package files (wb_package_digests_read); may be empty */
    const char *source_name;         /* NULL: from the image */
    const char *source_version;      /* NULL: from the image */
    const char *tool_version;
    struct wb_party creator;  /* of the document; no name: not stated */
    struct wb_party supplier; /* of the image */
    /* Called when the document is finished, while all it was made from is still there; NULL. */
    bool (*inspect)(void *context, const struct wb_sbom_view *view, struct wb_error *err);
    void *inspect_context;
    struct wb_layer_options
        layer; /* keep and file_digests are filled in by wb_sbom_layer_options */
};

/* Sets `keep` and `file_digests` to what the readers need (generate.c). */
void wb_sbom_layer_options(struct wb_sbom_options *options);

/* Reads the image's layers once and makes the document. The image must outlive it. (generate.c) */
struct wb_bom *wb_sbom_generate(struct wb_image *image, const struct wb_sbom_options *options,
                                struct wb_error *err);

/* How many bytes of the file the readers want at most; 0: not interested. Looks only at the last
 * components of the path, so that databases behind symlinked directories are found too. (keep.c) */
size_t wb_sbom_keep(const char *path);

/* ---- rpm ------------------------------------------------------------------------------------- */

/* Hands one package header blob (without magic; the form that headerImport takes) to the caller,
 * who says false to stop with err set. `data` is valid only during the call. */
typedef bool wb_rpm_header_visitor(void *context, struct wb_bytes header, struct wb_error *err);
/* Called for each entry that cannot be read while others can: what, where. */
typedef void wb_rpm_damage_visitor(void *context, const char *message);

enum wb_rpm_database_format {
    WB_RPM_UNKNOWN,
    WB_RPM_SQLITE,
    WB_RPM_NDB,
    WB_RPM_BDB_HASH,
    WB_RPM_BDB_OTHER, /* a Berkeley DB that is not hash version 8 or 9: refused with a reason */
};
enum wb_rpm_database_format wb_rpm_database_detect(struct wb_bytes database);

/* The three readers: from a database image in memory to header blobs. Bounded, never recursive,
 * never touch a file. Each entry that cannot be read goes to `damage`; false with WB_BAD_INPUT when
 * nothing sensible can be read at all. (rpm_ndb.c, rpm_bdb.c, rpm_sqlite.c)
 * - NDB: slots, blob heads and tails, Adler-32 checked.
 * - BDB hash, versions 8 and 9, either byte order: hash pages and overflow chains (HOFFPAGE), page
 *   chains bounded and cycles refused; key 0 (the join-key counter) skipped.
 * - sqlite: sqlite3_deserialize, read-only; `wal` (may be empty) is checked (salts, checksums,
 *   last commit frame) and overlaid in memory first; `select hnum, blob from Packages order by
 *   hnum`, the table's shape checked. */
bool wb_rpm_ndb_read(struct wb_bytes database, wb_rpm_header_visitor *visit,
                     wb_rpm_damage_visitor *damage, void *context,
                     struct wb_error *err) WB_MUST_CHECK;
bool wb_rpm_bdb_read(struct wb_bytes database, wb_rpm_header_visitor *visit,
                     wb_rpm_damage_visitor *damage, void *context,
                     struct wb_error *err) WB_MUST_CHECK;
bool wb_rpm_sqlite_read(struct wb_bytes database, struct wb_bytes wal, wb_rpm_header_visitor *visit,
                        wb_rpm_damage_visitor *damage, void *context,
                        struct wb_error *err) WB_MUST_CHECK;

/* A list of packages as one state of one database holds them. */
struct wb_package_list {
    struct wb_package **packages;
    size_t count, capacity;
};
void wb_package_list_clear(struct wb_package_list *list); /* the packages belong to the document */

/* Identity only (name, version, architecture, source, licence, digests of the package) or all. */
enum wb_read_depth {
    WB_READ_IDENTITY,
    WB_READ_ALL,
};

/* Decodes one header blob with librpm's headerImport after our own bounds check of its index and
 * data store; appends a package to `list`, or a trusted key to the document for gpg-pubkey (only
 * with WB_READ_ALL). (rpm_header.c) */
bool wb_rpm_header_decode(struct wb_bytes header, enum wb_read_depth depth, struct wb_bom *bom,
                          struct wb_package_list *list, struct wb_error *err) WB_MUST_CHECK;

/* One rpm database of whatever format, `path` for messages. Damage becomes findings (code
 * `package-unreadable`, layer `layer`, only with WB_READ_ALL) and counts in database->
 * unreadable_count; format and package_count are filled in. (rpm_database.c) */
bool wb_rpm_database_read(struct wb_bytes database_image, struct wb_bytes wal,
                          enum wb_read_depth depth, int layer, struct wb_bom *bom,
                          struct wb_database *database, struct wb_package_list *list,
                          struct wb_error *err) WB_MUST_CHECK;

/* Azure Linux distroless `var/lib/rpmmanifest/container-manifest-2`: tab-separated lines of name,
 * version-release, install time, build time, vendor, epoch, size, arch, epochnum, source rpm.
 * (rpm_manifest.c) */
bool wb_rpm_manifest_read(struct wb_bytes text, enum wb_read_depth depth, int layer,
                          struct wb_bom *bom, struct wb_database *database,
                          struct wb_package_list *list, struct wb_error *err) WB_MUST_CHECK;

/* ---- dpkg ------------------------------------------------------------------------------------ */

/* One deb822 file of package stanzas: `status`, or one file of `status.d` (where a missing Status
 * field means installed). A stanza that cannot be read is damage as above, the rest is kept.
 * Fills identity, state, relations, maintainer, description, Conffiles (as owned files). Residues
 * (config-files) and not-installed stanzas are in the list too, told apart by state.
 * (dpkg_status.c) */
bool wb_dpkg_status_read(struct wb_bytes text, bool is_status_d, enum wb_read_depth depth,
                         int layer, struct wb_bom *bom, struct wb_database *database,
                         struct wb_package_list *list, struct wb_error *err) WB_MUST_CHECK;

/* Fills package->owned_files from info/NAME[:ARCH].{list,md5sums,conffiles} (or
 * status.d/NAME.md5sums) beside the database, and renames diverted paths (`diversions`).
 * Malformed lines become findings. `database_path` is database->path. (dpkg_files.c) */
bool wb_dpkg_files_read(const struct wb_rootfs *rootfs, const char *database_path,
                        struct wb_bom *bom, struct wb_package **packages, size_t count,
                        struct wb_error *err) WB_MUST_CHECK;

/* Warns when dpkg left changes of the status file `database_path` in its journal, `updates/`, as it
 * does until the end of a run. (dpkg_files.c) */
void wb_dpkg_report_unfinished(const struct wb_rootfs *rootfs, const char *database_path,
                               struct wb_bom *bom);

/* ---- licences ----------------------------------------------------------------------------------
 */

/* Fills package->licence, licence_declared and copyright from usr/share/doc/NAME/copyright (a
 * symlinked doc directory is followed). DEP-5 under all its historical Format URLs: per-paragraph
 * licences; the whole as an SPDX expression. Other files: references to common-licenses.
 * `text` is that file's content. (copyright.c) */
void wb_copyright_read(struct wb_bytes text, struct wb_bom *bom, struct wb_package *package);

/* Turns an rpm License tag (SPDX, or Fedora's old short names with and/or/with) into an SPDX
 * expression; unknown parts become LicenseRef-. NULL for an empty tag. (licence.c) */
const char *wb_licence_from_rpm(struct wb_bom *bom, const char *tag);
/* Turns DEP-5 licence short names with and/or/with and commas into an SPDX expression. A name that
 * stands for no listed licence is looked up: `look_up` gives its expression, most often the
 * LicenseRef of its text (wb_licence_reference). NULL for an empty statement, and for prose where
 * names should stand. (licence.c) */
const char *wb_licence_from_dep5(struct wb_bom *bom, const char *short_names,
                                 const char *(*look_up)(void *context, const char *name),
                                 void *context);
/* Joins distinct expressions with AND, parenthesised as needed, sorted, duplicates dropped. */
const char *wb_licence_join_and(struct wb_arena *arena, const char *const *expressions,
                                size_t count);

/* ---- distribution, CPE -------------------------------------------------------------------
 */

/* os-release(5); unknown and malformed lines are passed over. (os_release.c) */
void wb_os_release_read(struct wb_bytes text, struct wb_arena *arena,
                        struct wb_distribution *distribution);

/* CPE 2.3 formatted strings (NISTIR 7695 §6.2) guessed from vendor and name; at least one. (cpe.c)
 */
void wb_cpe_package(struct wb_arena *arena, struct wb_package *package);

/* ---- what puts it together ---------------------------------------------------------------------
 */

/* Walks the final file system: who owns each file, what is modified, missing, unowned; fills
 * bom->files, removed_files, totals and package->missing_paths. (ownership.c) */
bool wb_ownership_read(const struct wb_rootfs *rootfs, struct wb_bom *bom,
                       struct wb_error *err) WB_MUST_CHECK;

/* Direct dependencies among bom->packages as rpm and dpkg see them, through libsolv: names,
 * versions, Provides, files, rich dependencies, architectures. Of alternatives the first that is
 * installed counts, and of several packages that would do the one that is called so, else a fixed
 * choice. Fills bom->dependencies and bom->unmet; what is unmet is a finding (`dependency-unmet`),
 * and so is a state of affairs that takes too long to compare (`dependencies-incomplete`).
 * `rootfs`, for files that are required by path, may be NULL. WB_SYSTEM where there is no libsolv.
 * (dependencies.c) */
bool wb_dependencies_resolve(struct wb_bom *bom, const struct wb_rootfs *rootfs,
                             struct wb_error *err) WB_MUST_CHECK;

/* ---- package files (package_file.c) ----
 */

/* Says of each package what its file is, as properties of BSI's taxonomy: filename, executable,
 * archive, structured. The file itself is not in the image, and so its digests are not known. */
void wb_package_files_describe(struct wb_bom *bom);

/* Gives each package the digests of its file that `text` states: lines of sha512sum and its
 * siblings, plain or with --tag, in any order, found by the file's name without its folder
 * (package->checksums). Packages without one are a finding (`package-digest-unknown`). Other lines
 * and a file with two different digests of a kind are WB_BAD_INPUT. (package_digests.c) */
bool wb_package_digests_read(struct wb_bom *bom, struct wb_bytes text,
                             struct wb_error *err) WB_MUST_CHECK;

#endif
