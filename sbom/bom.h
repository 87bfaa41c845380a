/* SPDX-License-Identifier: Apache-2.0 */
/* The document model: everything Waybill knows about an image, richer than any one format.
 *
 * Every string and struct lives in the document's arena unless said otherwise; every string is
 * well-formed UTF-8 (readers escape what is not: wb_utf8_escape); NULL means not known. Pointers to
 * packages and files stay valid for the document's life. */
#ifndef WAYBILL_BOM_H
#define WAYBILL_BOM_H

#include "base/base.h"
#include "image/image.h"

/* ---- packages ------------------------------------------------------------------------------ */

enum wb_package_kind {
    WB_PACKAGE_RPM,
    WB_PACKAGE_DEB,
    WB_PACKAGE_OTHER, /* of a document that was read: anything else, wb_package.component_type */
};

/* What the package manager says of a package's state. Only WB_STATE_INSTALLED packages are
 * whole; the others are kept apart in the documents. */
enum wb_package_state {
    WB_STATE_INSTALLED,
    WB_STATE_UNPACKED,        /* files are there, not configured; triggers-* count as installed */
    WB_STATE_HALF_CONFIGURED, /* files are there, configuration failed */
    WB_STATE_HALF_INSTALLED,  /* unpacking was broken off: some files may be there */
    WB_STATE_CONFIG_FILES,    /* removed, configuration left: a residue, not a package */
    WB_STATE_NOT_INSTALLED,
};

enum wb_relation_kind {
    WB_RELATION_DEPENDS,     /* rpm Requires, dpkg Depends */
    WB_RELATION_PRE_DEPENDS, /* rpm: for scripts of the installation only */
    WB_RELATION_RECOMMENDS,
    WB_RELATION_SUGGESTS,
    WB_RELATION_PROVIDES,
    WB_RELATION_CONFLICTS,
    WB_RELATION_BREAKS,
    WB_RELATION_REPLACES, /* rpm Obsoletes, dpkg Replaces */
    /* rpm's, the other way round: what is named recommends, or suggests, the package. */
    WB_RELATION_SUPPLEMENTS,
    WB_RELATION_ENHANCES,
};

/* One name of a relation field. dpkg's `a | b` gives two relations of one group; every rpm
 * relation has a group of its own. rpm rich dependencies keep their whole text in `name`. */
struct wb_relation {
    enum wb_relation_kind kind;
    unsigned group;
    const char *name;
    const char *comparison;   /* "<" "<=" "=" ">=" ">"; NULL without a version */
    const char *version;      /* [epoch:]version[-release]; NULL */
    const char *architecture; /* dpkg's qualifier, `any` of `python3:any`; NULL */
};

/* A file as the package database lists it. */
enum wb_owned_flag {
    WB_OWNED_CONFIG = 1,
    WB_OWNED_GHOST = 2, /* rpm %ghost: need not exist, content unknown */
    WB_OWNED_DOC = 4,
    WB_OWNED_LICENCE = 8,
    WB_OWNED_MISSING_OK = 16,
    WB_OWNED_NOT_INSTALLED = 32, /* rpm file state: not installed, replaced, wrong colour */
    WB_OWNED_OBSOLETE = 64,      /* dpkg obsolete conffile */
};

struct wb_owned_file {
    const char *path; /* absolute, raw bytes as the database has them (may not be UTF-8) */
    unsigned flags;
    struct wb_digest digest; /* algorithm NONE: the database has none */
    bool has_mode;
    uint32_t mode; /* with file type bits, as rpm stores it */
    int64_t size;  /* -1 unknown */
    const char *user;
    const char *group;
    const char *link_target;
    const char *capabilities; /* text form, as rpm stores it */
};

struct wb_file;

/* A licence text that no SPDX identifier names. */
struct wb_licence_text {
    const char *id;   /* LicenseRef-... */
    const char *name; /* as the source calls it */
    const char *text; /* never NULL; the short name again when no text was found */
};

/* Something elsewhere that a document read points to. */
struct wb_external_reference {
    const char *category; /* SPDX's SECURITY, PACKAGE-MANAGER, ...; CycloneDX's type: "vcs" */
    const char *type;     /* SPDX's reference type; NULL */
    const char *locator;
    const char *comment; /* NULL */
};

struct wb_package {
    enum wb_package_kind kind;
    /* CycloneDX's: "library", "application", or of SPDX's purposes, in lower case, those that it
     * has not: "source", "archive", "install", "other"; NULL for rpm and deb */
    const char *component_type;
    enum wb_package_state state;
    const char *name;
    int64_t epoch;            /* -1: none stated */
    const char *version;      /* without epoch and release */
    const char *release;      /* rpm release, Debian revision; NULL */
    const char *evr;          /* as the package manager prints it: [epoch:]version[-release] */
    const char *architecture; /* NULL for none */
    const char *source_name;
    const char *source_version; /* as evr of the source package; NULL unknown */
    const char *source_rpm;     /* file name, rpm only */
    const char *supplier;       /* distribution or vendor, a name; NULL */
    bool supplier_is_person;
    const char *supplier_email;
    const char *packager;    /* rpm Packager, as it stands */
    bool packager_is_person; /* a document read says so */
    const char
        *licence; /* SPDX expression, valid, LicenseRef-s resolved in bom->licence_texts; NULL */
    const char
        *licence_declared; /* as the package states it (rpm tag; names in a copyright file) */
    const char *copyright; /* copyright lines joined by newlines; NULL */
    const char *summary;
    const char *description;
    const char *homepage;
    const char *section;
    const char *priority;
    bool essential;
    const char *multi_arch; /* dpkg's: "same", "foreign", "allowed"; NULL */
    bool has_install_time;
    int64_t install_time;
    int64_t installed_size; /* bytes; -1 unknown */
    const char *modularity_label;
    struct wb_digest header_sha256;    /* rpm SHA256HEADER; algorithm NONE */
    struct wb_digest signature_md5;    /* rpm SIGMD5: of header + payload */
    const char *signature_key_id;      /* 16 hex digits; NULL unsigned */
    const char *signature_description; /* `RSA/SHA256, <date>, Key ID ...` as rpm prints it */
    const char *purl;
    const char **cpes;
    size_t cpe_count;
    struct wb_relation *relations;
    size_t relation_count;
    size_t relation_capacity;
    struct wb_owned_file *owned_files;
    size_t owned_file_count;
    size_t owned_file_capacity;
    const char *
        *missing_paths; /* in the database, not in the image (ghosts and the like left out) */
    size_t missing_path_count;
    size_t missing_path_capacity;
    size_t stated_missing_count; /* of a document read that counts the paths and names none */
    /* From documents that were read; the readers of package databases leave them empty. */
    const char *licence_concluded;
    const char *download_location;
    struct wb_digest *checksums; /* of the package's file */
    size_t checksum_count, checksum_capacity;
    struct wb_external_reference *external_references; /* but purl and CPEs */
    size_t external_reference_count, external_reference_capacity;
    struct wb_name_value *properties; /* but Waybill's own */
    size_t property_count, property_capacity;
    struct wb_layer_span span;
    int database; /* index into bom->databases; -1: none */
    const char
        *id;      /* stable and unique in the document, [A-Za-z0-9.-] only; set by wb_bom_finish */
    size_t index; /* place in bom->packages; set by wb_bom_finish */
};

/* ---- databases, keys, findings ----------------------------------------------------------------
 */

struct wb_database {
    enum wb_package_kind kind;
    const char *path;   /* relative to the root, as found (not through symlinks) */
    const char *format; /* rpm-sqlite rpm-ndb rpm-bdb rpm-manifest dpkg-status dpkg-status.d */
    size_t package_count;
    size_t unreadable_count;   /* entries that could not be decoded, each with a finding */
    struct wb_layer_span span; /* deleted >= 0: read from the last layer that still had it */
};

/* An rpm gpg-pubkey entry. */
struct wb_trusted_key {
    const char *key_id; /* version-release as rpm shows it: 8 hex - 8 hex */
    const char *summary;
    const char *armoured; /* the key block; NULL when the entry carries none */
    struct wb_layer_span span;
};

enum wb_severity {
    WB_SEVERITY_NOTE,
    WB_SEVERITY_WARNING,
};

/* Something a reader of the document must know: shown on stderr and written into it. */
struct wb_finding {
    enum wb_severity severity;
    const char *code; /* kebab-case, stable: `package-database-deleted` */
    const char *message;
    const char *path; /* NULL */
    int layer;        /* -1: none */
};

/* ---- files --------------------------------------------------------------------------------------
 */

enum wb_file_status {
    WB_FILE_UNOWNED,
    WB_FILE_OWNED,
    WB_FILE_MODIFIED, /* owned, digest differs from the database's */
    WB_FILE_MISSING,  /* owned, not in the image */
};

struct wb_file {
    const char *path; /* absolute, printable UTF-8 */
    enum wb_file_status status;
    uint32_t mode;
    uint32_t uid;
    uint32_t gid;
    uint64_t size;
    const struct wb_file_hashes *hashes; /* NULL for a missing file, or with WB_FILES_NONE */
    struct wb_digest expected;           /* the database's digest of a modified or missing file */
    unsigned owned_flags;                /* enum wb_owned_flag */
    const char *capabilities;
    struct wb_package **owners;
    size_t owner_count;
    struct wb_layer_span span;
    const char *id; /* as wb_package.id; set by wb_bom_finish */
};

/* A file that a lower layer delivers and the final image hides. */
struct wb_removed_file {
    const char *path; /* absolute, printable UTF-8 */
    uint64_t size;
    const struct wb_file_hashes *hashes; /* may be NULL */
    struct wb_layer_span span;           /* deleted >= 0 */
};

/* ---- dependencies -------------------------------------------------------------------------------
 */

struct wb_dependency {
    struct wb_package *from;
    struct wb_package *to;
    enum wb_relation_kind kind; /* DEPENDS, PRE_DEPENDS; weak: RECOMMENDS, SUGGESTS */
};
/* Whether the package does without. */
bool wb_dependency_is_weak(const struct wb_dependency *dependency);

/* A requirement of an installed package that nothing installed satisfies: the image was broken by
 * hand, or the package installed by force. */
struct wb_unmet_requirement {
    struct wb_package *package;
    enum wb_relation_kind kind;
    const char *text; /* as stated, alternatives and versions included */
};

/* Something of a document read that the model cannot carry. */
struct wb_loss {
    const char *field; /* where: a JSON pointer with `*` for every item, an element's name */
    size_t count;
};

/* A person or organisation behind the document. */
struct wb_party {
    const char *name; /* NULL: not stated */
    const char *email;
    const char *url;
    bool is_person;
};

struct wb_tool {
    const char *name;
    const char *version; /* NULL */
};

/* ---- the document
 * -------------------------------------------------------------------------------- */

enum wb_file_selection {
    WB_FILES_UNOWNED, /* unowned and modified: the default */
    WB_FILES_NONE,
    WB_FILES_ALL,
};

struct wb_layer_information {
    const char *blob_digest; /* NULL for dir: */
    const char *diff_id;     /* NULL for dir: */
    const char *media_type;
    uint64_t blob_size;
    uint64_t tar_size;
    size_t entry_count;
    const char *created_by;
};

/* os-release(5) of the image. */
struct wb_distribution {
    const char *id; /* lower case as stated; NULL when there is no os-release */
    const char *id_like;
    const char *name;
    const char *version;
    const char *version_id;
    const char *version_codename;
    const char *pretty_name;
    const char *variant_id;
    const char *cpe_name;
    const char *home_url;
    const char *support_url;
    const char *bug_report_url;
    const char *path; /* where it was found */
};

struct wb_licence_index;

struct wb_bom {
    struct wb_arena *arena;
    const struct wb_image_description *image; /* outlives the document; belongs to the image set */
    const char *source_name;                  /* --source-name, or image->name */
    const char *source_version;               /* --source-version, or tag, or digest; may be NULL */
    const char *image_purl;                   /* pkg:oci/...; NULL without a manifest digest */
    const char *content_digest; /* what identifiers derive from: the manifest digest, else the
                                   config digest, else a digest over the directory's record */
    int64_t created;            /* SOURCE_DATE_EPOCH, else the image's time, else 1970 */
    const char *tool_version;   /* of the Waybill that made it; NULL: another tool did */
    struct wb_tool *tools;      /* of a document that was read: what else had a part in it */
    size_t tool_count, tool_capacity;
    struct wb_party creator;  /* --creator: who made the document */
    struct wb_party supplier; /* --supplier: who supplies the image */
    /* Of a document that was read: its format's name, and what it calls itself. NULL otherwise. */
    const char *origin_format;
    const char *document_name;
    const char *document_namespace; /* or serial number */
    enum wb_file_selection file_selection;
    struct wb_distribution distribution;
    struct wb_layer_information *layers;
    size_t layer_count;
    struct wb_database *databases;
    size_t database_count, database_capacity;
    struct wb_package **packages; /* installed and the half states but residues; sorted */
    size_t package_count, package_capacity;
    struct wb_package **residues; /* config-files states */
    size_t residue_count, residue_capacity;
    struct wb_package **removed; /* held by a lower layer, gone in the final image; identity only */
    size_t removed_count, removed_capacity;
    struct wb_trusted_key *trusted_keys;
    size_t trusted_key_count, trusted_key_capacity;
    struct wb_licence_text *licence_texts; /* unique ids, sorted */
    size_t licence_text_count, licence_text_capacity;
    struct wb_file **files; /* as file_selection says; sorted by path */
    size_t file_count, file_capacity;
    struct wb_removed_file *removed_files; /* only with WB_FILES_ALL */
    size_t removed_file_count, removed_file_capacity;
    struct wb_dependency *dependencies; /* sorted by from, to; no duplicates, no self edges */
    size_t dependency_count, dependency_capacity;
    struct wb_unmet_requirement *unmet; /* sorted by package, then text */
    size_t unmet_count, unmet_capacity;
    struct wb_finding *findings;
    size_t finding_count, finding_capacity;
    struct wb_loss *losses; /* sorted by field */
    size_t loss_count, loss_capacity;
    struct wb_package **made; /* all that wb_bom_new_package made, listed or not */
    size_t made_count, made_capacity;
    struct wb_licence_index *licence_index;
    struct wb_image_description *read_image; /* `image` of a document that was read, to be filled */
    /* Totals over all regular files of the final image, whatever was selected. */
    size_t total_files, total_owned, total_modified, total_unowned, total_missing;
    struct wb_bom_store *store; /* what bom.c keeps for itself */
};

struct wb_bom *wb_bom_new(void);
void wb_bom_free(struct wb_bom *bom);
WB_AUTO_DECLARE(wb_bom)

struct wb_package *wb_bom_new_package(struct wb_bom *bom, enum wb_package_kind kind);
void wb_bom_add_finding(struct wb_bom *bom, enum wb_severity severity, const char *code, int layer,
                        const char *path, const char *format, ...) WB_PRINTF(6, 7);
/* Adds a licence text and returns the id under which it stands: the same id for the same text, a
 * numbered one when another text already has the id. */
const char *wb_bom_add_licence_text(struct wb_bom *bom, const char *name, const char *text);
struct wb_relation *wb_package_add_relation(struct wb_bom *bom, struct wb_package *package,
                                            enum wb_relation_kind kind, unsigned group,
                                            const char *name);
struct wb_owned_file *wb_package_add_owned_file(struct wb_bom *bom, struct wb_package *package,
                                                const char *path);
/* Notes the source package's file name and, if it has the usual shape, the name and version in it.
 * `source_rpm` must live as long as the package; NULL is passed over. (rpm_source.c) */
void wb_rpm_source_set(struct wb_arena *arena, struct wb_package *package, const char *source_rpm);
/* Counts one more thing that was read and has no place in the model. `field` names the kind of
 * thing, of which a format has few. */
void wb_bom_add_loss(struct wb_bom *bom, const char *field);
/* Sorts everything, removes duplicates, gives ids and indexes: called once, before writing. */
void wb_bom_finish(struct wb_bom *bom);

/* The version with all its parts, as the package manager prints it; "" for none. (bom.c) */
const char *wb_package_full_version(const struct wb_package *package);

const char *wb_package_state_name(enum wb_package_state state); /* "half-installed" */
const char *wb_file_status_name(enum wb_file_status status);    /* "modified" */
const char *wb_relation_kind_name(enum wb_relation_kind kind);  /* "pre-depends" */
const char *wb_package_kind_name(enum wb_package_kind kind);    /* "rpm", "deb" */

/* ---- how a package comes in (dependency_path.c)
 * ------------------------------------------------- */

/* A chain of dependencies from a package that nothing needs to the one asked about. */
struct wb_dependency_chain {
    struct wb_package *root; /* the package itself, with no steps, when nothing needs it */
    const struct wb_dependency **steps; /* steps[0]->from is the root; the last one's `to` is the
                                           package; point into bom->dependencies */
    size_t count;
};

struct wb_dependency_chains {
    struct wb_dependency_chain *chains;
    size_t count, capacity;
    size_t left_out; /* roots beyond the limit */
    struct wb_arena *arena;
};
void wb_dependency_chains_clear(struct wb_dependency_chains *chains);

struct wb_dependency_path_options {
    /* Where chains may begin; NULL: at packages that nothing needs and, of packages that need each
     * other in a circle which nothing else needs, at the first. */
    struct wb_package *const *roots;
    size_t root_count;
    bool only_firm;   /* leave weak dependencies out */
    size_t chain_max; /* 0: no limit */
};

/* For each root that needs the package, directly or not, one shortest chain; shorter ones first,
 * then in the order of bom->packages. None when no root needs it. The document must be finished
 * (wb_bom_finish), and outlive the chains. Time is linear in packages and dependencies, but for the
 * length of the chains themselves. */
void wb_dependency_path(const struct wb_bom *bom, const struct wb_package *package,
                        const struct wb_dependency_path_options *options,
                        struct wb_dependency_chains *chains);
/* A digest over what the document is derived from (content digest, selection, names), as 64 hex
 * digits: the seed of namespaces and serial numbers. */
char *wb_bom_seed(const struct wb_bom *bom, const char *format_name, char text[65]);

#endif
