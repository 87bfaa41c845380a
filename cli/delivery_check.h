/* SPDX-License-Identifier: Apache-2.0 */
/* Verifying a delivery before anything is done with it. (delivery_check.c) */
#ifndef WAYBILL_CLI_DELIVERY_CHECK_H
#define WAYBILL_CLI_DELIVERY_CHECK_H

#include "cli/cli.h"
#include "verify/verify.h"

/* Whom to believe and what to look at; strings are popt's. */
struct wb_delivery_check_options {
    char **keys;
    char *policy;
    char *trust, *trust_update;
    char *trusted_root;
    char **bases;
    char *state;
};
/* Rows for a popt table; the name of the option for keys differs where --key is to sign with. */
/* clang-format off */
#define WB_DELIVERY_CHECK_OPTIONS(options, key_name, key_letter)                                   \
    {key_name, key_letter, POPT_ARG_ARGV, &(options)->keys, 0,                                     \
     "believe this public key, which must have signed everything; several times for several",      \
     "FILE|env://NAME|pkcs11:URI"},                                                                \
    {"policy", 0, POPT_ARG_STRING, &(options)->policy, 0,                                          \
     "believe whom this policy says", "FILE"},                                                     \
    {"trust", 0, POPT_ARG_STRING, &(options)->trust, 0,                                            \
     "believe what this trust kit says, in its newest version", "DIR"},                            \
    {"trust-update", 0, POPT_ARG_STRING, &(options)->trust_update, 0,                              \
     "versions of the kit that came along; those that follow it count", "PATH"},                   \
    {"trusted-root", 0, POPT_ARG_STRING, &(options)->trusted_root, 0,                              \
     "judge the policy's keyless signers by this trusted root (JSON)", "FILE"},                    \
    {"base", 0, POPT_ARG_ARGV, &(options)->bases, 0,                                               \
     "the delivery that this one builds on, several times for several", "DELIVERY"},              \
    {"state", 0, POPT_ARG_STRING, &(options)->state, 0,                                            \
     "refuse what is older than was accepted before, and remember", "FILE"}
/* clang-format on */
void wb_delivery_check_options_clear(struct wb_delivery_check_options *options);

/* Verifies all volumes, of which none may be missing, and remembers it where a state is kept; the
 * verdict then has the layout. What does not hold is said on standard error. */
bool wb_delivery_check(const struct wb_delivery_check_options *options, const char *const *paths,
                       size_t count, bool quiet, struct wb_delivery_verdict *verdict,
                       struct wb_error *err) WB_MUST_CHECK;

#endif
