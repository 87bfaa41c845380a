/* SPDX-License-Identifier: Apache-2.0 */
/* waybill-verify: the static program. What it does not find on its command line it does not look
 * for: no configuration, no environment, no network.
 *
 *   main ──▶ program_options ──▶ program_sandbox ──▶ program_bundle or program_layout
 */
#ifndef WAYBILL_PROGRAM_H
#define WAYBILL_PROGRAM_H

#include "verify/verify.h"

#define WB_PROGRAM_KEYS_MAX 64

enum wb_program_task {
    WB_PROGRAM_LAYOUT,
    WB_PROGRAM_BUNDLE,
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
    const char *bundle;
    const char *argument; /* the file, its digest, or the layout */
    bool verbose;
    bool deep; /* compare SBOMs with layers */
};
bool wb_program_options_read(int argc, char **argv, struct wb_program_options *options,
                             struct wb_error *err) WB_MUST_CHECK;

/* From here on the process cannot open sockets, run programs or open files for writing, nor give
 * that to itself again; threads inherit it. (program_sandbox.c) */
bool wb_program_sandbox(struct wb_error *err) WB_MUST_CHECK;

/* What to demand, read from the files that the options name. (program_demands.c) */
struct wb_program_demands {
    struct wb_verify_demands demands;
    struct wb_key *keys[WB_PROGRAM_KEYS_MAX];
    struct wb_trusted_root *trusted_root;
};
bool wb_program_demands_read(const struct wb_program_options *options,
                             struct wb_program_demands *demands,
                             struct wb_error *err) WB_MUST_CHECK;
void wb_program_demands_clear(struct wb_program_demands *demands);

/* The tasks; each prints what held. */
bool wb_program_bundle(const struct wb_program_options *options,
                       const struct wb_verify_demands *demands, struct wb_error *err) WB_MUST_CHECK;
bool wb_program_layout(const struct wb_program_options *options,
                       const struct wb_verify_demands *demands, struct wb_error *err) WB_MUST_CHECK;
/* Compares the attested SBOM of every image with its layers, and prints what came of it.
 * (program_deep.c) */
bool wb_program_deep(struct wb_layout *layout, const struct wb_verify_demands *demands,
                     struct wb_error *err) WB_MUST_CHECK;
void wb_program_print_outcomes(const struct wb_outcomes *outcomes);
/* Prints who signed, when, and what proved it. */
void wb_program_print_proof(const struct wb_proof *proof);

#endif
