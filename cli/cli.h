/* SPDX-License-Identifier: Apache-2.0 */
/* The command line: one file per command, and what they share. */
#ifndef WAYBILL_CLI_H
#define WAYBILL_CLI_H

#include "base/base.h"

#include <popt.h>

struct wb_command {
    const char *name;
    const char *summary; /* one line for `waybill --help` */
    /* `argv[0]` is `waybill` and the command's name. Returns the exit code. */
    enum wb_status (*run)(int argc, const char **argv);
};

/* One `waybill: ...` line on standard error. */
void wb_say_error(const struct wb_error *err);
void wb_say_warning(const char *message);
void wb_say_note(const char *message);

/* ---- options.c ---- */

/* popt's values for options that are not plain flags and strings. */
enum wb_option_value {
    WB_OPTION_HELP = 1000,
    WB_OPTION_FIRST_OF_COMMAND,
};

/* popt over one table, with the last counting where an option of one text is given twice (popt
 * itself loses the first). Start with `{0}`; clear with wb_options_clear. */
struct wb_options {
    poptContext context;
    const struct poptOption *table;
    struct poptOption *rows; /* the table as popt has it */
};
/* `name` is for popt's configuration: "waybill sign". `table` and `argv` must outlive it. */
poptContext wb_options_open(struct wb_options *options, const char *name, int argc,
                            const char **argv, const struct poptOption *table);
/* As poptGetNextOpt. */
int wb_options_next(struct wb_options *options);
void wb_options_clear(struct wb_options *options);

/* What a command's --help shows. */
struct wb_usage {
    const struct poptOption *table;
    const char *arguments; /* "[OPTION...] IMAGE" */
    const char *examples;
};
/* Reads a command line whose options need no code of their own: prints the help and sets *helped,
 * or leaves what is no option in `options->context`. `usage->table` and `argv`, of which the first
 * is the command's name, must outlive `options`. */
bool wb_options_read(struct wb_options *options, const struct wb_usage *usage, int argc,
                     const char **argv, bool *helped, struct wb_error *err) WB_MUST_CHECK;

/* Prints popt's table, then the examples, to standard output. */
void wb_options_help(poptContext context, const char *arguments, const char *examples);
/* Fills `err` (WB_USAGE) from popt's code; always false. */
bool wb_options_fault(poptContext context, int code, struct wb_error *err);
/* `512`, `64K`, `10M`, `2G`, `1T`: powers of 1024. */
bool wb_options_size(const char *text, uint64_t *size);
/* Takes the one argument that is no option, a copy to free; `what` names it: "image", "file". */
bool wb_options_argument(poptContext context, const char *what, char **argument,
                         struct wb_error *err) WB_MUST_CHECK;
/* The same for one or several: a list that ends with NULL, for wb_options_list_free. */
bool wb_options_arguments(poptContext context, const char *what, char ***arguments,
                          struct wb_error *err) WB_MUST_CHECK;
/* Of a command that takes a key and no argument. `command`: "public-key". */
bool wb_options_key_only(poptContext context, const char *key, const char *command,
                         struct wb_error *err) WB_MUST_CHECK;
/* `--output text|json`; NULL is text. */
bool wb_options_text_or_json(const char *text, bool *json, struct wb_error *err) WB_MUST_CHECK;
/* Options that may be given several times are POPT_ARG_ARGV, which ends with NULL. */
size_t wb_options_list_count(char *const *list);
void wb_options_list_free(char **list);

/* ---- progress.c ---- */

/* A line that is written over on a terminal; nothing when standard error is something else. */
struct wb_progress {
    bool enabled;
    bool shown;
    const char *what;
    int64_t last_milliseconds;
};
void wb_progress_start(struct wb_progress *progress, const char *what, bool quiet);
/* `progress` is the struct wb_progress: this serves as the callback of the libraries. */
void wb_progress_show(void *progress, uint64_t done, uint64_t total);
void wb_progress_end(struct wb_progress *progress);

/* ---- lines.c ---- */

/* A member that is the list of the lines of `text` (NULL: none). */
void wb_lines_write(struct wb_json_writer *json, const char *name, const char *text);
/* Each line is a warning. */
void wb_lines_say_warnings(const char *text);

/* ---- commands ---- */

enum wb_status wb_attach_command(int argc, const char **argv);
enum wb_status wb_attest_command(int argc, const char **argv);
enum wb_status wb_attest_blob_command(int argc, const char **argv);
enum wb_status wb_audit_command(int argc, const char **argv);
enum wb_status wb_clean_command(int argc, const char **argv);
enum wb_status wb_convert_command(int argc, const char **argv);
enum wb_status wb_diff_command(int argc, const char **argv);
enum wb_status wb_download_command(int argc, const char **argv);
enum wb_status wb_generate_key_pair_command(int argc, const char **argv);
enum wb_status wb_harden_command(int argc, const char **argv);
enum wb_status wb_import_key_pair_command(int argc, const char **argv);
enum wb_status wb_merge_command(int argc, const char **argv);
enum wb_status wb_policy_command(int argc, const char **argv);
enum wb_status wb_pack_command(int argc, const char **argv);
enum wb_status wb_public_key_command(int argc, const char **argv);
enum wb_status wb_query_command(int argc, const char **argv);
enum wb_status wb_resign_command(int argc, const char **argv);
enum wb_status wb_sbom_command(int argc, const char **argv);
enum wb_status wb_sign_command(int argc, const char **argv);
enum wb_status wb_sign_blob_command(int argc, const char **argv);
enum wb_status wb_tree_command(int argc, const char **argv);
enum wb_status wb_unpack_command(int argc, const char **argv);
enum wb_status wb_trust_command(int argc, const char **argv);
enum wb_status wb_validate_command(int argc, const char **argv);
enum wb_status wb_verify_command(int argc, const char **argv);
enum wb_status wb_verify_attestation_command(int argc, const char **argv);
enum wb_status wb_verify_blob_command(int argc, const char **argv);
enum wb_status wb_verify_blob_attestation_command(int argc, const char **argv);
enum wb_status wb_version_command(int argc, const char **argv);

#endif
