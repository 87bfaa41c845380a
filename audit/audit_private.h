/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the audit share. */
#ifndef WAYBILL_AUDIT_PRIVATE_H
#define WAYBILL_AUDIT_PRIVATE_H

#include "audit/audit.h"

/* ---- what the checks look at (audit_view.c) ---- */

/* A name in the merged file system that a layer states. */
struct wb_audit_file {
    struct wb_node *node; /* node->entry is never NULL */
    const char *path;     /* raw bytes, without leading slash */
    struct wb_package *owner;
};

struct wb_account {
    const char *name, *password, *home, *shell; /* printable; "" where a line ends early */
    int64_t uid, gid;                           /* -1: not one */
    const char *shadow;                         /* the password in /etc/shadow; NULL */
    int64_t line;                               /* from 1 */
};
struct wb_account_group {
    const char *name;
    int64_t gid;
    int64_t line;
};
struct wb_accounts {
    struct wb_account *accounts;
    size_t count, capacity;
    struct wb_account_group *groups;
    size_t group_count, group_capacity;
    bool has_passwd, has_group;
    const char *unread; /* the one of the files that is there, but behind a link; NULL */
};

/* A pattern of a check whose directory is behind a link. */
struct wb_moved_pattern {
    const struct wb_audit_check *check;
    const char *directory; /* where it really is */
    const char *rest;      /* of the pattern */
};

/* Of PATH; more are not looked at. */
#define WB_PROGRAM_DIRECTORIES_MAX 64

struct wb_secret_rules;
struct wb_audit_waivers;
struct wb_audit {
    const struct wb_audit_options *options;
    struct wb_secret_rules *rules;    /* NULL: no secret scan */
    struct wb_file_observer observer; /* audit_observer.c */
    struct wb_audit_waivers *waivers; /* and the baseline: audit_waivers.c */
    const struct wb_sbom_view *view;  /* during inspect, as what follows */
    struct wb_arena *scratch;
    uint64_t *steps;             /* components of paths that may still be walked */
    struct wb_audit_file *files; /* the root, then the others as wb_rootfs_walk has them */
    size_t file_count, file_capacity;
    struct wb_accounts accounts;
    struct wb_moved_pattern *moved;
    size_t moved_count, moved_capacity;
    const struct wb_node *program_directories[WB_PROGRAM_DIRECTORIES_MAX]; /* those of PATH */
    size_t program_directory_count;
    struct wb_audit_result *result;   /* of the check that runs */
    struct wb_audit_finding left_out; /* the last one of it that is not listed */
    enum wb_audit_severity left_out_worst;
    struct wb_audit_report report;
};

/* Fills files (with their owners, also through node->user, which points to the file until a check
 * makes other use of it) and accounts. */
void wb_audit_view_open(struct wb_audit *audit, const struct wb_sbom_view *view);
void wb_audit_view_close(struct wb_audit *audit);
/* As wb_rootfs_lookup, for paths of an image that may be hostile: after too many steps in all
 * nothing is found any more. */
struct wb_node *wb_audit_lookup(const struct wb_audit *audit, const char *path, bool follow);
/* The kept content of a regular file, symlinks followed; NULL. */
const struct wb_bytes *wb_audit_content(const struct wb_audit *audit, const char *path);
/* Whether there is a file, or a link, of which nothing was kept: files are kept by their names in
 * the layers, not by those that links give them. */
bool wb_audit_is_unread(const struct wb_audit *audit, const char *path);
/* Printable, in the report's arena. */
const char *wb_audit_printable(struct wb_audit *audit, const char *text);
/* Whether the merged file system shows something else, or nothing, where this entry was. */
bool wb_audit_is_hidden(const struct wb_audit *audit, const struct wb_entry *entry);
/* passwd, shadow, group. (accounts.c) */
void wb_accounts_read(struct wb_audit *audit);
void wb_accounts_clear(struct wb_accounts *accounts);
/* False, and what the check comes to, where accounts cannot be judged. */
bool wb_accounts_known(struct wb_audit *audit, enum wb_audit_state *state);
const struct wb_account *wb_account_find(const struct wb_accounts *accounts, const char *name);
/* Whether it may be logged into to get a command line. */
bool wb_account_has_shell(const struct wb_account *account);
/* The account that the image runs as: uid, or -1 where its name is in no passwd. */
int64_t wb_audit_user(const struct wb_audit *audit, const struct wb_account **account);

/* The next line of a text without its end and blanks around it; false at the end. `at` begins at
 * 0. */
struct wb_text_line {
    const char *text;
    size_t size;
    int64_t number; /* from 1 */
};
bool wb_audit_next_line(const struct wb_bytes *content, size_t *at, struct wb_text_line *line);

/* `*` stands for anything but `/`; `**` + `/` at the beginning for any directory, or none; `/` +
 * `**` at the end for anything below. Nothing else is special. Only for patterns of our own.
 * (audit_path.c) */
bool wb_audit_path_matches(const char *pattern, const char *path);
/* Whether one of check->patterns does; those with `!` in front, which come first, leave out. A
 * pattern's directory may be behind a link: then it is about what the link leads to as well. */
bool wb_audit_check_matches(const struct wb_audit *audit, const struct wb_audit_check *check,
                            const char *path);
/* The directory that the pattern begins with, without stars, when it is behind a link: its path in
 * the arena, and what is left of the pattern in `rest`. NULL: it is not. */
const char *wb_audit_moved_directory(const struct wb_audit *audit, const char *pattern,
                                     const char **rest);
/* Finds them for all checks. */
void wb_audit_find_moved(struct wb_audit *audit);

/* ---- findings (audit.c) ---- */

/* More findings of one check are counted and left out. */
#define WB_AUDIT_FINDINGS_MAX 2000

/* Begins a finding: the caller fills what it knows; severity, layer (from the path's node) and
 * owner are filled in from check and path, the fingerprint at the end, over `fingerprint` where the
 * caller put there what was found, else over the detail. `path` is raw, with or without leading
 * slash, or NULL. Valid until the next one. (audit.c) */
struct wb_audit_finding *wb_audit_add_finding(struct wb_audit *audit,
                                              const struct wb_audit_check *check, const char *path,
                                              const char *detail_format, ...) WB_PRINTF(4, 5);
/* What an entry of a lower layer that is hidden now was. */
struct wb_audit_finding *wb_audit_add_hidden(struct wb_audit *audit,
                                             const struct wb_audit_check *check,
                                             const struct wb_entry *entry, size_t layer,
                                             const char *detail_format, ...) WB_PRINTF(5, 6);
/* FAILED where the check that runs has findings, else PASSED. */
enum wb_audit_state wb_audit_outcome(const struct wb_audit *audit);
/* Says why a check is inconclusive. */
enum wb_audit_state wb_audit_inconclusive(struct wb_audit *audit, const char *format, ...)
    WB_PRINTF(2, 3);
void wb_audit_note(struct wb_audit *audit, const char *format, ...) WB_PRINTF(2, 3);

/* ---- waivers and baseline (audit_waivers.c) ---- */

struct wb_audit_waivers *wb_audit_waivers_new(const struct wb_audit_options *options,
                                              struct wb_error *err);
void wb_audit_waivers_free(struct wb_audit_waivers *waivers);
WB_AUTO_DECLARE(wb_audit_waivers)
/* Marks the findings that they are about, counts, and notes waivers that ran out or are about
 * nothing. */
void wb_audit_waivers_apply(struct wb_audit *audit);

/* ---- what was observed of one layer (audit_observer.c) ---- */

struct wb_executables;
struct wb_secret_findings;
struct wb_audit_observation {
    struct wb_audit *audit;
    struct wb_executables *executables;
    struct wb_secret_findings *secrets; /* NULL: no secret scan */
    struct wb_arena *arena;
};

/* ---- executables (executable_*.c): what each needs to run ---- */

/* A library that a program loads by itself, as its `.note.dlopen` says. */
struct wb_loaded_library {
    const char *soname;
    bool ends_group; /* one of a group will do */
    bool required;   /* the group */
};

struct wb_executable {
    size_t entry;                     /* index in the layer's entries */
    const char *interpreter;          /* PT_INTERP, or what stands behind #!; NULL */
    const char *interpreter_argument; /* of #!: `env NAME` gives NAME here; NULL */
    const char **needed;              /* DT_NEEDED */
    size_t needed_count;
    const char *soname;
    struct wb_loaded_library *loaded;
    size_t loaded_count;
    const char **search_paths; /* DT_RUNPATH, or DT_RPATH; `$ORIGIN` as it stands */
    size_t search_path_count;
    bool search_paths_inherited; /* DT_RPATH's: count for what it needs, too */
    uint16_t machine;            /* e_machine of ELF */
    bool is_64_bit;              /* ELF */
    bool is_elf;
    bool unread; /* an ELF file or shell script of which too much would have to be kept, or damaged
                  */
    /* Of a shell script, or a file called `*.sh`, all its text; else empty. */
    struct wb_bytes script;
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
    /* What fingerprints are made of: the SHA-256 of a secret that nobody guesses; of one that a
     * person may have chosen no more than `redacted`: a digest tells which of many words it is. */
    const char *identity;
    size_t entry; /* index in the layer's entries */
    int64_t line; /* from 1 */
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
/* False: some were left out, because there were more than is kept of one file or layer. */
bool wb_secret_matches_complete(const struct wb_secret_findings *findings);
/* False: in some file a rule was tried so often that it was tried no more. */
bool wb_secret_searched_all(const struct wb_secret_findings *findings);
/* Text that is no file: an environment variable, a history line, a label. `entry` is SIZE_MAX. */
void wb_secret_scan_text(struct wb_secret_findings *findings, const char *what, const char *text);

/* ---- unneeded packages (unneeded.c) ---- */

/* From what the image runs (entry point, command, options->keep) through interpreters, DT_NEEDED
 * and the dependency graph: fills report.unneeded. Inconclusive with a reason where the entry point
 * cannot be found. */
enum wb_audit_state wb_audit_find_unneeded(struct wb_audit *audit,
                                           const struct wb_audit_check *check);

/* ---- the observer (audit_observer.c), and what is kept (audit_keep.c) ---- */

void wb_audit_observe(struct wb_audit *audit);
/* How many bytes of a file the checks and the package readers want to see. */
size_t wb_audit_keep(const char *path);

/* ---- the writers share (report_parts.c) ---- */

/* The step of the history that caused a finding; NULL where none did. One that holds a secret is
 * not shown. */
const char *wb_audit_step_of(const struct wb_audit_report *report,
                             const struct wb_audit_finding *finding);
/* Neither waived nor in the baseline. */
bool wb_audit_counts(const struct wb_audit_finding *finding);
/* How many findings that count there are of that severity. */
size_t wb_audit_count_of(const struct wb_audit_report *report, enum wb_audit_severity severity);
/* What the findings that count are worst in: a severity's name, or "none". */
const char *wb_audit_worst_name(const struct wb_audit_report *report);
/* Members of a JSON object: a finding's layer, step and all else; the image's names. */
void wb_audit_write_finding(const struct wb_audit_report *report,
                            const struct wb_audit_finding *finding, struct wb_json_writer *json);
void wb_audit_write_image(const struct wb_audit_report *report, struct wb_json_writer *json);
void wb_audit_write_counts(const struct wb_audit_report *report, struct wb_json_writer *json);
void wb_audit_write_table(const struct wb_audit_report *report, struct wb_output *output);
void wb_audit_write_json(const struct wb_audit_report *report, struct wb_output *output);
void wb_audit_write_sarif(const struct wb_audit_report *report, struct wb_output *output);
void wb_audit_write_predicate(const struct wb_audit_report *report, struct wb_output *output);

/* ---- the checks' functions (checks_*.c) ---- */

#define WB_AUDIT_CHECK(name)                                                                       \
    enum wb_audit_state wb_check_##name(struct wb_audit *audit, const struct wb_audit_check *check)

/* checks_paths.c: a finding for each file at one of check->patterns; the same in every layer; a
 * finding for each program whose name is one of them. */
WB_AUDIT_CHECK(paths);
WB_AUDIT_CHECK(paths_in_layers);
WB_AUDIT_CHECK(programs);
/* checks_modes.c */
WB_AUDIT_CHECK(setuid_file);
WB_AUDIT_CHECK(setuid_added);
WB_AUDIT_CHECK(setuid_hard_link);
WB_AUDIT_CHECK(file_capability);
WB_AUDIT_CHECK(world_writable_file);
WB_AUDIT_CHECK(world_writable_directory);
WB_AUDIT_CHECK(file_without_owner);
/* checks_files.c */
WB_AUDIT_CHECK(device_node);
WB_AUDIT_CHECK(below_mount_point);
WB_AUDIT_CHECK(link_out_of_root);
WB_AUDIT_CHECK(modified_file);
WB_AUDIT_CHECK(unowned_executable);
WB_AUDIT_CHECK(deleted_file);
/* checks_accounts.c */
WB_AUDIT_CHECK(account_shell);
WB_AUDIT_CHECK(account_unexpected);
WB_AUDIT_CHECK(password_empty);
WB_AUDIT_CHECK(password_weak);
WB_AUDIT_CHECK(password_set);
WB_AUDIT_CHECK(uid_zero);
WB_AUDIT_CHECK(duplicate_id);
/* checks_configuration.c */
WB_AUDIT_CHECK(user_root);
WB_AUDIT_CHECK(privileged_port);
WB_AUDIT_CHECK(unexpected_port);
WB_AUDIT_CHECK(health_check);
WB_AUDIT_CHECK(volume);
WB_AUDIT_CHECK(loader_environment);
WB_AUDIT_CHECK(search_path);
WB_AUDIT_CHECK(ssh_server);
/* checks_history.c */
WB_AUDIT_CHECK(add_instruction);
WB_AUDIT_CHECK(update_alone);
WB_AUDIT_CHECK(image_age);
WB_AUDIT_CHECK(base_age);
WB_AUDIT_CHECK(base_unpinned);
WB_AUDIT_CHECK(tag_latest);
/* checks_lines.c: a finding for each line of the files at check->patterns that is no comment; and
 * for what lines give away. */
WB_AUDIT_CHECK(lines);
WB_AUDIT_CHECK(repository_unverified);
WB_AUDIT_CHECK(weak_cryptography);
WB_AUDIT_CHECK(sudo_without_password);
/* No other check may show what the rules take for a secret, nor tell findings apart by it.
 * (checks_secrets.c) */
void wb_audit_hide_secrets(struct wb_audit *audit);
/* checks_secrets.c */
WB_AUDIT_CHECK(secret_in_file);
WB_AUDIT_CHECK(secret_in_configuration);
/* checks_leftovers.c */
WB_AUDIT_CHECK(summed_paths);

#endif
