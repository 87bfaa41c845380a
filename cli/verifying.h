/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands that verify have in common: whom to believe, and saying what was proved. */
#ifndef WAYBILL_CLI_VERIFYING_H
#define WAYBILL_CLI_VERIFYING_H

#include "cli/cli.h"
#include "cli/deep_check.h"
#include "cli/registries.h"
#include "cli/signing.h"
#include "verify/verify.h"

/* ---- verifying.c ---- */

/* As given on the command line; strings are popt's, freed by wb_verifying_options_clear. */
struct wb_verifying_options {
    struct wb_registry_arguments registry;
    char **keys;
    int threshold;
    char *certificate_chain;
    char *roots;
    char *intermediates;
    char **crls;
    char *trusted_root;
    char *trust, *trust_update; /* waybill verify */
    char *identity;
    char *identity_regexp;
    char *issuer;
    char *issuer_regexp;
    char *timestamp_chain;
    char *digest_algorithm;
    char **annotations;
    char *type;
    char **requirements;
    char *output;
    int signature_only;
    int deep;
    int quiet;
};

/* Rows for a popt table. */
/* clang-format off */
#define WB_VERIFYING_OPTIONS(options)                                                              \
    {"key", 'k', POPT_ARG_ARGV, &(options)->keys, 0,                                               \
     "believe this public key, several times for several", "FILE|env://NAME|pkcs11:URI"},          \
    {"threshold", 0, POPT_ARG_INT, &(options)->threshold, 0,                                       \
     "so many different signers must have signed (default: 1)", "N"},                              \
    {"certificate-chain", 0, POPT_ARG_STRING, &(options)->certificate_chain, 0,                    \
     "believe certificates that lead here: intermediates, then the root (PEM)", "FILE"},           \
    {"ca-roots", 0, POPT_ARG_STRING, &(options)->roots, 0,                                         \
     "believe certificates that lead to one of these roots (PEM)", "FILE"},                        \
    {"ca-intermediates", 0, POPT_ARG_STRING, &(options)->intermediates, 0,                         \
     "certificates between them (PEM)", "FILE"},                                                   \
    {"crl", 0, POPT_ARG_ARGV, &(options)->crls, 0,                                                 \
     "revocation list (PEM or DER), several times for several", "FILE"},                           \
    {"trusted-root", 0, POPT_ARG_STRING, &(options)->trusted_root, 0,                              \
     "believe sigstore's certificates, and its logs, by this trusted root (JSON)", "FILE"},        \
    {"certificate-identity", 0, POPT_ARG_STRING, &(options)->identity, 0,                          \
     "the certificate must be for this name: e-mail, URI or DNS", "NAME"},                         \
    {"certificate-identity-regexp", 0, POPT_ARG_STRING, &(options)->identity_regexp, 0,            \
     "the same as a pattern (POSIX extended) of the whole name", "PATTERN"},                       \
    {"certificate-oidc-issuer", 0, POPT_ARG_STRING, &(options)->issuer, 0,                         \
     "the certificate must state this OIDC issuer", "URL"},                                        \
    {"certificate-oidc-issuer-regexp", 0, POPT_ARG_STRING, &(options)->issuer_regexp, 0,           \
     "the same as a pattern of the whole URL", "PATTERN"},                                         \
    {"timestamp-certificate-chain", 0, POPT_ARG_STRING, &(options)->timestamp_chain, 0,            \
     "judge certificates as of RFC 3161 timestamps of this authority (PEM)", "FILE"},              \
    WB_DIGEST_ALGORITHM_OPTION(&(options)->digest_algorithm, "signatures must be over this digest")

/* What a signed statement or payload must say. */
#define WB_ANNOTATION_OPTION(options)                                                              \
    {"annotations", 'a', POPT_ARG_ARGV, &(options)->annotations, 0,                                \
     "this must be signed with it, several times for several", "NAME=VALUE"}
#define WB_STATEMENT_OPTIONS(options)                                                              \
    {"type", 0, POPT_ARG_STRING, &(options)->type, 0,                                              \
     "the predicate type: one of cosign's short names, or a URI (default: any)", "TYPE"},          \
    {"require", 0, POPT_ARG_ARGV, &(options)->requirements, 0,                                     \
     "the statement must have this at this JSON pointer, several times for several", "POINTER=VALUE"}

/* How to say it. */
#define WB_VERIFYING_OUTPUT_OPTIONS(options)                                                       \
    {"output", 'o', POPT_ARG_STRING, &(options)->output, 0,                                        \
     "how to say what was proved (default: text)", "text|json"},                                   \
    {"quiet", 'q', POPT_ARG_NONE, &(options)->quiet, 0,                                            \
     "say nothing but errors", NULL}
/* clang-format on */

void wb_verifying_options_clear(struct wb_verifying_options *options);

/* Leaves out cosign's switches that ask for no network or log (`--offline`, `--local-image`,
 * `--insecure-ignore-tlog=true`, ...), which is all there is here; refuses those that ask for more.
 * Returns the arguments that are left, to free, with their count in *argc. */
const char **wb_verifying_arguments(int *argc, const char **argv, struct wb_error *err);

/* The demands with all that they hold; clear with wb_verifying_clear. */
struct wb_verifying {
    struct wb_verify_demands demands;
    bool json;
    struct wb_key **keys;
    size_t key_count;
    struct wb_certificates *roots;
    struct wb_certificates *intermediates;
    struct wb_certificates *timestamp_roots;
    struct wb_trusted_root *trusted_root;
    struct wb_buffer *crls;
    struct wb_bytes *crl_bytes;
    size_t crl_count;
    struct wb_pairs annotations;
    struct wb_pairs requirements;
};
/* Reads keys and certificates, and checks that they go together. */
bool wb_verifying_open(const struct wb_verifying_options *options, struct wb_verifying *verifying,
                       struct wb_error *err) WB_MUST_CHECK;
void wb_verifying_clear(struct wb_verifying *verifying);

/* ---- proof_output.c ---- */

/* What was verified, for the report. */
struct wb_verified {
    const char *what;   /* as the user named it */
    const char *digest; /* of the manifest; NULL for a file */
    bool is_image;
    bool with_payloads;                /* the signed statements go into the JSON */
    const struct wb_deep_result *deep; /* NULL: not asked for */
};
/* Says on standard output what was proved and by whom, and what was not checked, and returns
 * whether it holds and was said. Where it does not hold (`good` is false) `err` has the reason and
 * keeps it; the text form then says nothing more, since the error will be said. */
bool wb_verified_report(const struct wb_verified *verified, const struct wb_verifying *verifying,
                        const struct wb_verify_report *report, bool good, bool quiet,
                        struct wb_error *err) WB_MUST_CHECK;
/* One proof, as text on standard output and as a JSON object. */
void wb_proof_print(const struct wb_proof *proof, struct wb_arena *arena);
void wb_proof_write(struct wb_json_writer *json, const struct wb_proof *proof, bool with_payload,
                    struct wb_arena *arena);
/* The member `outcomes`. */
void wb_outcomes_write(struct wb_json_writer *json, const struct wb_outcomes *outcomes);

/* ---- verify_policy.c ---- */

/* The image of the reference by the policy of that file; of the options those about keys and
 * certificates do not go with it. */
bool wb_verify_by_policy(const char *image, const char *policy,
                         const struct wb_verifying_options *options,
                         struct wb_error *err) WB_MUST_CHECK;
/* The policy (NULL: that of the trust kit) and what it is judged with; refuses options that say
 * otherwise whom to believe. */
bool wb_verifying_open_policy(const char *path, const struct wb_verifying_options *options,
                              struct wb_policy **policy, struct wb_trusted_root **root, bool *json,
                              struct wb_error *err) WB_MUST_CHECK;

#endif
