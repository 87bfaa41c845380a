/* SPDX-License-Identifier: Apache-2.0 */
/* What commands that handle private keys have in common. */
#ifndef WAYBILL_CLI_SECRETS_H
#define WAYBILL_CLI_SECRETS_H

#include "cli/cli.h"
#include "keys/keys.h"

/* First thing in such a command, before OpenSSL is used: no core dump, no tracing by other
 * processes of this user, private numbers in locked memory, and OpenSSL wipes all it frees. */
void wb_secrets_begin(void);

/* Passwords as cosign takes them: COSIGN_PASSWORD, else a prompt on the terminal, else all of
 * standard input when that is a pipe or file (with its final newline, if it has one). The password
 * of an encrypted key that is imported is WAYBILL_IMPORT_PASSWORD first; a PIN is only ever asked
 * for on the terminal. */
struct wb_password_source wb_password_from_user(void);
/* The same where standard input holds what is to be signed. */
struct wb_password_source wb_password_not_from_input(void);

/* ---- key_pair.c ---- */

/* As given on the command line; strings are popt's. */
struct wb_key_pair_options {
    char *prefix; /* PREFIX.key and PREFIX.pub */
    char *output;
    int force; /* replace what is there */
};
/* Rows for a popt table. */
/* clang-format off */
#define WB_KEY_PAIR_OPTIONS(options, default_prefix)                                               \
    {"output-key-prefix", 0, POPT_ARG_STRING, &(options)->prefix, 0,                               \
     "write PREFIX.key and PREFIX.pub (default: " default_prefix ")", "PREFIX"},                   \
    {"force", 0, POPT_ARG_NONE, &(options)->force, 0, "replace files that are there", NULL},       \
    {"output", 'o', POPT_ARG_STRING, &(options)->output, 0,                                        \
     "how to say what was written (default: text)", "text|json"}
/* clang-format on */
void wb_key_pair_options_clear(struct wb_key_pair_options *options);

struct wb_key_pair_output {
    const char *prefix;
    bool force;
    bool json;
};
/* What the options say. Fails early, before anything is asked or computed, when the files are
 * there. */
bool wb_key_pair_prepare(const struct wb_key_pair_options *options, const char *default_prefix,
                         struct wb_key_pair_output *output, struct wb_error *err) WB_MUST_CHECK;
/* Asks for the new password, writes both files and says so on standard output. */
bool wb_key_pair_write(const struct wb_key *key, const struct wb_key_pair_output *output,
                       struct wb_error *err) WB_MUST_CHECK;

#endif
