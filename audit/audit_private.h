/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the audit share. */
#ifndef WAYBILL_AUDIT_PRIVATE_H
#define WAYBILL_AUDIT_PRIVATE_H

#include "audit/audit.h"

struct wb_secret_rules;
struct wb_audit {
    const struct wb_audit_options *options;
    struct wb_secret_rules *rules;    /* NULL: no secret scan */
    struct wb_file_observer observer; /* audit_observer.c */
    const struct wb_sbom_view *view;  /* during inspect */
    struct wb_audit_report report;
};

/* Begins a finding: the caller fills what it knows; severity, layer (from the path's node) and
 * owner are filled in from check and path, the fingerprint at the end. (audit.c) */
struct wb_audit_finding *wb_audit_add_finding(struct wb_audit *audit,
                                              const struct wb_audit_check *check, const char *path,
                                              const char *detail_format, ...) WB_PRINTF(4, 5);

/* ---- what was observed of one layer (audit_observer.c) ---- */

struct wb_executables;
struct wb_secret_findings;
struct wb_audit_observation {
    struct wb_audit *audit;
    struct wb_executables *executables;
    struct wb_secret_findings *secrets;
};

/* ---- executables (executable_*.c): what each needs to run ---- */

struct wb_executable {
    size_t entry;                     /* index in the layer's entries */
    const char *interpreter;          /* PT_INTERP, or what stands behind #!; NULL */
    const char *interpreter_argument; /* of #!: `env NAME` gives NAME here; NULL */
    const char **needed;              /* DT_NEEDED */
    size_t needed_count;
    const char *soname;
    const char **search_paths; /* DT_RUNPATH, or DT_RPATH; `$ORIGIN` as it stands */
    size_t search_path_count;
    bool is_elf;
    bool unread; /* an ELF file of which too much would have to be kept */
};
struct wb_executables *wb_executables_new(void);
void wb_executables_free(struct wb_executables *executables);
/* The observer's three calls, for files whose mode or name says that they may be run or linked. */
void *wb_executable_begin(struct wb_executables *executables, const struct wb_entry *entry,
                          size_t index);
void wb_executable_piece(struct wb_executables *executables, void *file, const uint8_t *data,
                         uint64_t size);
void wb_executable_end(struct wb_executables *executables, void *file);
const struct wb_executable *wb_executable_of(const struct wb_executables *executables,
                                             size_t entry); /* NULL: none */

/* ---- secrets (secret_*.c) ---- */

/* gitleaks' TOML: `[[rules]] id, description, regex, path, keywords, entropy, secretGroup,
 * allowlists`. Patterns are compiled by a linear-time engine; one that does not compile is an error
 * that names its rule. (secret_rules.c) */
struct wb_secret_rules *wb_secret_rules_new(void);
bool wb_secret_rules_add(struct wb_secret_rules *rules, struct wb_bytes toml, const char *source,
                         struct wb_error *err) WB_MUST_CHECK;
/* Once, after the last: builds the automaton of all keywords. */
bool wb_secret_rules_finish(struct wb_secret_rules *rules, struct wb_error *err) WB_MUST_CHECK;
size_t wb_secret_rules_count(const struct wb_secret_rules *rules);
void wb_secret_rules_free(struct wb_secret_rules *rules);

struct wb_secret_match {
    const char *rule;        /* id */
    const char *description; /* of the rule */
    const char *redacted;    /* first characters and length: never the secret */
    uint8_t digest[32];      /* SHA-256 of the secret, for fingerprints */
    size_t entry;            /* index in the layer's entries */
    int64_t line;            /* from 1 */
    enum wb_audit_severity severity;
    const char *known_as; /* a public test key or example: not a finding that counts; NULL */
};
/* Streaming over the files of one layer, within a bound of memory. */
struct wb_secret_findings *wb_secret_findings_new(const struct wb_secret_rules *rules);
void wb_secret_findings_free(struct wb_secret_findings *findings);
void *wb_secret_begin(struct wb_secret_findings *findings, const struct wb_entry *entry,
                      size_t index);
void wb_secret_piece(struct wb_secret_findings *findings, void *file, const uint8_t *data,
                     uint64_t size);
void wb_secret_end(struct wb_secret_findings *findings, void *file);
const struct wb_secret_match *wb_secret_matches(const struct wb_secret_findings *findings,
                                                size_t *count);
/* Text that is no file: an environment variable, a history line, a label. `entry` is SIZE_MAX. */
void wb_secret_scan_text(struct wb_secret_findings *findings, const char *what, const char *text);

/* ---- unneeded packages (unneeded.c) ---- */

/* From what the image runs (entry point, command, options->keep) through interpreters, DT_NEEDED
 * and the dependency graph: fills report.unneeded. Inconclusive with a reason where the entry point
 * cannot be found. */
enum wb_audit_state wb_audit_find_unneeded(struct wb_audit *audit,
                                           const struct wb_audit_check *check);

/* ---- the checks' functions, by subject: checks_files.c, checks_accounts.c, checks_config.c,
 * checks_services.c, checks_secrets.c, checks_packages.c, checks_leftovers.c ---- */
/* How many bytes of a file the checks want to see: passwd, shadow, group, sudoers, fstab, ...
 * (audit_keep.c) */
size_t wb_audit_keep(const char *path);

#endif
