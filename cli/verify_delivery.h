/* SPDX-License-Identifier: Apache-2.0 */
/* waybill verify on a delivery. (verify_delivery.c) */
#ifndef WAYBILL_CLI_VERIFY_DELIVERY_H
#define WAYBILL_CLI_VERIFY_DELIVERY_H

#include "cli/verifying.h"

/* As given on the command line; strings are popt's. */
struct wb_verify_delivery_options {
    char **bases;
    char *state;
    char *report;
    int allow_missing_volumes;
    /* Volumes, or the one image; copies. */
    char **paths;
    size_t path_count;
    const char *policy; /* NULL */
};
/* Rows for a popt table. */
/* clang-format off */
#define WB_VERIFY_DELIVERY_OPTIONS(options)                                                        \
    {"base", 0, POPT_ARG_ARGV, &(options)->bases, 0,                                               \
     "of a delivery: what the site has already, several times for several", "PATH"},               \
    {"state", 0, POPT_ARG_STRING, &(options)->state, 0,                                            \
     "of a delivery: refuse what is older than was accepted before, and remember", "FILE"},        \
    {"report", 0, POPT_ARG_STRING, &(options)->report, 0,                                          \
     "of a delivery: write the report as a page of HTML here, to be filed", "FILE.html"},          \
    {"allow-missing-volumes", 0, POPT_ARG_NONE, &(options)->allow_missing_volumes, 0,              \
     "of a delivery: volumes that are not here are only named", NULL}
/* clang-format on */
void wb_verify_delivery_options_clear(struct wb_verify_delivery_options *options);

/* Whether what was named is a delivery and no image: it is said by an option, by its name, by there
 * being several volumes, or by an inventory in it. */
bool wb_verify_delivery_meant(const struct wb_verify_delivery_options *options);
/* Verifies it, reports on standard output, and brings the state file up to date. */
bool wb_verify_delivery_command(const struct wb_verify_delivery_options *options,
                                const struct wb_verifying_options *verifying,
                                struct wb_error *err) WB_MUST_CHECK;

#endif
