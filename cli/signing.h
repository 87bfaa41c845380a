/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands that sign have in common: whose key, which certificate, what time. */
#ifndef WAYBILL_CLI_SIGNING_H
#define WAYBILL_CLI_SIGNING_H

#include "cli/cli.h"
#include "sign/sign.h"

/* As given on the command line; strings are popt's, freed by wb_signing_options_clear. */
struct wb_signing_options {
    char *key;
    char *certificate;
    char *certificate_chain;
    char *timestamp_server;
    char *timestamp_response;
    char *format; /* bundle, legacy, both; commands for images only */
    char *tlog_upload;
    char *digest_algorithm;
    char *output;
    int yes;
    int quiet;
};

/* cosign's name for it, which only its verifiers have. */
/* clang-format off */
#define WB_DIGEST_ALGORITHM_OPTION(text, what)                                                     \
    {"signature-digest-algorithm", 0, POPT_ARG_STRING, text, 0,                                    \
     what ": sha224, sha256, sha384 or sha512 (default: the one that goes with the key)", "NAME"}
/* clang-format on */
/* WB_DIGEST_NONE when not given. */
bool wb_signature_digest_algorithm(const char *name, enum wb_digest_algorithm *algorithm,
                                   struct wb_error *err) WB_MUST_CHECK;

/* Rows for a popt table. `--tlog-upload=false` and `--yes` are cosign's: scripts have them. */
/* clang-format off */
#define WB_SIGNING_OPTIONS(options)                                                                \
    {"key", 'k', POPT_ARG_STRING, &(options)->key, 0,                                              \
     "sign with this private key: cosign's key file, a PEM file, or a token", "FILE|pkcs11:URI"},  \
    {"certificate", 0, POPT_ARG_STRING, &(options)->certificate, 0,                                \
     "X.509 certificate of the key (PEM), to go with the signature", "FILE"},                      \
    {"certificate-chain", 0, POPT_ARG_STRING, &(options)->certificate_chain, 0,                    \
     "the certificates that lead from it to a root (PEM)", "FILE"},                                \
    {"timestamp-server", 0, POPT_ARG_STRING, &(options)->timestamp_server, 0,                      \
     "ask this RFC 3161 authority for a timestamp (needs a network)", "URL"},                      \
    {"timestamp-server-url", 0, POPT_ARG_STRING | POPT_ARGFLAG_DOC_HIDDEN,                         \
     &(options)->timestamp_server, 0, NULL, NULL},                                                 \
    {"timestamp-response", 0, POPT_ARG_STRING, &(options)->timestamp_response, 0,                  \
     "attach this RFC 3161 response, made elsewhere over the same signature", "FILE"},             \
    WB_DIGEST_ALGORITHM_OPTION(&(options)->digest_algorithm, "sign this digest"),                  \
    {"tlog-upload", 0, POPT_ARG_STRING | POPT_ARGFLAG_DOC_HIDDEN,                                  \
     &(options)->tlog_upload, 0, NULL, NULL},                                                      \
    {"yes", 'y', POPT_ARG_NONE | POPT_ARGFLAG_DOC_HIDDEN, &(options)->yes, 0,                      \
     NULL, NULL},                                                                                  \
    {"quiet", 'q', POPT_ARG_NONE, &(options)->quiet, 0,                                            \
     "say nothing but errors", NULL}
/* clang-format on */

void wb_signing_options_clear(struct wb_signing_options *options);

/* The signer with all that it holds; clear with wb_signing_clear. */
struct wb_signing {
    struct wb_signer signer;
    struct wb_key *key;
    struct wb_certificates *certificates;
    struct wb_buffer timestamp_response;
};
/* Opens the key, asking for its password, and the rest. `input_is_taken`: standard input holds what
 * is to be signed, and no password. */
bool wb_signing_open(const struct wb_signing_options *options, bool input_is_taken,
                     struct wb_signing *signing, struct wb_error *err) WB_MUST_CHECK;
void wb_signing_clear(struct wb_signing *signing);
/* What an attached artifact states as its creation: SOURCE_DATE_EPOCH, else now. */
bool wb_signing_time(int64_t *seconds, struct wb_error *err) WB_MUST_CHECK;

/* --format: WB_FORM_BUNDLE when not given. */
bool wb_signing_forms(const char *format, unsigned *forms, struct wb_error *err) WB_MUST_CHECK;
/* `signed WHAT with ECDSA P-256 key ab12…; no transparency log entry was made` on stderr. */
bool wb_signing_report(const struct wb_signing_options *options, const struct wb_signing *signing,
                       const char *what, struct wb_error *err) WB_MUST_CHECK;

/* `-a NAME=VALUE` and the like, collected. */
struct wb_pairs {
    struct wb_statement_pair *pairs;
    size_t count, capacity;
};
/* `what` for the message: `-a`. Values may hold `=`; the name may not be empty. A name twice is an
 * error. */
bool wb_pairs_add(struct wb_pairs *pairs, const char *what, const char *text,
                  struct wb_error *err) WB_MUST_CHECK;
void wb_pairs_clear(struct wb_pairs *pairs);

/* Whether a file named on the command line can be read only once and from front to back: `-`, a
 * FIFO (the shell's `<(COMMAND)`) or a device. */
bool wb_argument_is_stream(const char *path);
/* Reads a file or stream named on the command line, `-` being standard input, of at most `limit`
 * bytes. */
bool wb_read_argument(const char *path, size_t limit, struct wb_buffer *content,
                      struct wb_error *err) WB_MUST_CHECK;
/* Writes a file, whole or not at all; `-` is standard output. */
bool wb_write_argument(const char *path, struct wb_bytes content,
                       struct wb_error *err) WB_MUST_CHECK;

#endif
