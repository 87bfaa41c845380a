/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands that audit images have in common. (auditing.c) */
#ifndef WAYBILL_CLI_AUDITING_H
#define WAYBILL_CLI_AUDITING_H

#include "audit/audit.h"
#include "cli/cli.h"

/* As given on the command line; strings are popt's. */
struct wb_audit_arguments {
    char **allowed_accounts;
    char **allowed_ports;
    char **keep;
    char **skip;
    char **rules;
    char *baseline;
    char *waivers;
    char *max_age;
    int no_secrets;
};
void wb_audit_arguments_clear(struct wb_audit_arguments *arguments);
/* Whether any was given. */
bool wb_audit_arguments_given(const struct wb_audit_arguments *arguments);

/* Rows for a popt table. */
/* clang-format off */
#define WB_AUDIT_OPTIONS(arguments)                                                                \
    {"allow-account", 0, POPT_ARG_ARGV, &(arguments)->allowed_accounts, 0,                         \
     "an account that may be there, beside root and the image's user; several times", "NAME"},     \
    {"allow-port", 0, POPT_ARG_ARGV, &(arguments)->allowed_ports, 0,                               \
     "a port that may be exposed; several times (default: all)", "PORT[/PROTOCOL]"},               \
    {"keep", 0, POPT_ARG_ARGV, &(arguments)->keep, 0,                                              \
     "what must stay beside what the image starts; several times", "PACKAGE|PATH"},                \
    {"skip", 0, POPT_ARG_ARGV, &(arguments)->skip, 0,                                              \
     "leave out a check; several times", "CHECK"},                                                 \
    {"rules", 0, POPT_ARG_ARGV, &(arguments)->rules, 0,                                            \
     "more rules for secrets, as gitleaks has them; several times", "FILE"},                       \
    {"no-secrets", 0, POPT_ARG_NONE, &(arguments)->no_secrets, 0,                                  \
     "look for no secrets", NULL},                                                                 \
    {"waivers", 0, POPT_ARG_STRING, &(arguments)->waivers, 0,                                      \
     "findings that do not count, for a reason and a time (JSON)", "FILE"},                        \
    {"max-age", 0, POPT_ARG_STRING, &(arguments)->max_age, 0,                                      \
     "how old image and base may be: 36h, 30d, 8w", "DURATION"}
/* clang-format on */

/* The files and numbers behind the arguments. */
struct wb_auditing {
    struct wb_audit_options options;
    struct wb_buffer *rules;
    struct wb_bytes *rule_texts;
    size_t rule_count;
    struct wb_buffer baseline, waivers;
    struct wb_audit *audit;
};
/* Reads the files and makes the audit. `auditing` must stay where it is. */
bool wb_auditing_open(const struct wb_audit_arguments *arguments, struct wb_auditing *auditing,
                      struct wb_error *err) WB_MUST_CHECK;
void wb_auditing_clear(struct wb_auditing *auditing);
/* What the report's reader must know, on standard error. */
void wb_auditing_say_notes(const struct wb_audit_report *report);

#endif
