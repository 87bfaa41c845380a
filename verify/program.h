/* SPDX-License-Identifier: Apache-2.0 */
/* waybill-verify: the static program. What it does not find on its command line it does not look
 * for: no configuration, no environment, no network.
 *
 *   main ──▶ program_options ──▶ program_sandbox ──▶ program_bundle or program_delivery
 */
#ifndef WAYBILL_PROGRAM_H
#define WAYBILL_PROGRAM_H

#include "verify/verify.h"

#define WB_PROGRAM_NAME "waybill-verify " WAYBILL_VERSION
#define WB_PROGRAM_KEYS_MAX 64
#define WB_PROGRAM_BASES_MAX 64

enum wb_program_task {
    WB_PROGRAM_DELIVERY, /* or a plain layout */
    WB_PROGRAM_BUNDLE,   /* a file by its bundle */
    WB_PROGRAM_HELP,
    WB_PROGRAM_VERSION,
};

/* The command line; strings are those of argv. */
struct wb_program_options {
    enum wb_program_task task;
    const char *keys[WB_PROGRAM_KEYS_MAX];
    size_t key_count;
    const char *identity, *identity_regexp;
    const char *issuer, *issuer_regexp;
    const char *trusted_root;
    const char *policy;
    const char *trust, *trust_update; /* a trust kit, and what may follow it */
    const char *state;
    const char *bundle;
    const char *report;
    int report_fd;      /* an open descriptor for a report in HTML; -1: none */
    const char *output; /* NULL: text */
    const char *bases[WB_PROGRAM_BASES_MAX];
    size_t base_count;
    bool allow_missing_volumes;
    char *
        *arguments; /* volumes or a layout; or the file or its digest; moved to the front of argv */
    size_t argument_count;
    bool json;
    bool verbose;
    bool deep; /* compare SBOMs with layers */
};
bool wb_program_options_read(int argc, char **argv, struct wb_program_options *options,
                             struct wb_error *err) WB_MUST_CHECK;

/* From here on the process cannot open sockets, run programs or open files for writing, nor give
 * that to itself again; threads inherit it. What is open already as `report_fd` (-1: none) may be
 * written to, as standard output may. (program_sandbox.c) */
bool wb_program_sandbox(int report_fd, struct wb_error *err) WB_MUST_CHECK;
/* In words, what it cannot do; NULL where it is not so confined (built with sanitizers). */
const char *wb_program_confinement(void);

/* What to demand, read from the files that the options name. (program_demands.c) */
struct wb_program_demands {
    struct wb_verify_demands demands;
    struct wb_key *keys[WB_PROGRAM_KEYS_MAX];
    struct wb_trusted_root *trusted_root;
    struct wb_policy *policy; /* that of --policy, or what the demands mean */
    struct wb_policy_state *state;
    struct wb_buffer trust; /* by whose word, for the report */
};
bool wb_program_demands_read(const struct wb_program_options *options,
                             struct wb_program_demands *demands,
                             struct wb_error *err) WB_MUST_CHECK;
void wb_program_demands_clear(struct wb_program_demands *demands);

/* The tasks; each prints a report, also of what does not hold. */
bool wb_program_bundle(const struct wb_program_options *options,
                       const struct wb_program_demands *demands,
                       struct wb_error *err) WB_MUST_CHECK;
/* A COSE_Sign1 message, such as a signed CoSWID tag; known by its first bytes. */
bool wb_program_is_cose(const struct wb_program_options *options);
bool wb_program_cose(const struct wb_program_options *options,
                     const struct wb_program_demands *demands, struct wb_error *err) WB_MUST_CHECK;
bool wb_program_delivery(const struct wb_program_options *options,
                         const struct wb_program_demands *demands,
                         struct wb_error *err) WB_MUST_CHECK;

#endif
