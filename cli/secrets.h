/* SPDX-License-Identifier: Apache-2.0 */
/* What commands that handle private keys have in common. */
#ifndef WAYBILL_CLI_SECRETS_H
#define WAYBILL_CLI_SECRETS_H

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

enum wb_key_pair_format {
    WB_KEY_PAIR_TEXT,
    WB_KEY_PAIR_JSON,
};
struct wb_key_pair_output {
    const char *prefix; /* PREFIX.key and PREFIX.pub */
    bool force;         /* replace what is there */
    enum wb_key_pair_format format;
};
/* `text` or `json`; NULL is text. */
bool wb_key_pair_format_parse(const char *text, enum wb_key_pair_format *format,
                              struct wb_error *err) WB_MUST_CHECK;
/* Fails early, before anything is asked or computed, when the files are there. */
bool wb_key_pair_check(const struct wb_key_pair_output *output, struct wb_error *err) WB_MUST_CHECK;
/* Asks for the new password, writes both files and says so on standard output. */
bool wb_key_pair_write(const struct wb_key *key, const struct wb_key_pair_output *output,
                       struct wb_error *err) WB_MUST_CHECK;

#endif
