/* SPDX-License-Identifier: Apache-2.0 */
/* waybill trust:
 *
 *   trust_command (the command line) ──▶ trust_change (init, add, revoke, sign) ──▶ trust_revoke,
 * trust_files └──▶ trust_show (show, accept, export)
 */
#ifndef WAYBILL_CLI_TRUSTING_H
#define WAYBILL_CLI_TRUSTING_H

#include "cli/cli.h"
#include "delivery/trust_kit.h"
#include "verify/verify.h"

enum wb_trust_task {
    WB_TRUST_INIT = 1,
    WB_TRUST_ADD = 2,
    WB_TRUST_REVOKE = 4,
    WB_TRUST_SIGN = 8,
    WB_TRUST_SHOW = 16,
    WB_TRUST_ACCEPT = 32,
    WB_TRUST_EXPORT = 64,
};

/* As given; strings are popt's. */
struct wb_trust_options {
    enum wb_trust_task task;
    char *folder;
    char *update; /* what `accept` takes over */
    char **keys;  /* to sign with */
    char *name;
    int threshold;
    char *expires;
    char **new_keys; /* NAME=FILE */
    char **roles;
    char *not_before, *not_after;
    char **certificates; /* NAME=FILE */
    char **lists;
    char *trusted_root;
    char *policy;
    char **removed;
    char **revoked_keys, **revoked_certificates, **revoked_serials, **revoked_digests;
    char *since, *reason;
    char *output; /* of show: text or json; of export: a file */
};

/* ---- trust_files.c ---- */

/* "FOLDER/3.kit.json", or with `draft` "FOLDER/3.kit.draft.json". */
char *wb_trust_path(const char *folder, int64_t number, bool draft);
/* Writes a version when it follows `kit` (NULL: it is the first) and enough have signed it, and
 * else as a draft; says which. */
bool wb_trust_put(const char *folder, struct wb_bytes envelope, int64_t number,
                  const struct wb_trust_kit *kit, struct wb_error *err) WB_MUST_CHECK;

/* ---- trust_revoke.c ---- */

/* What the options revoke goes into the draft. */
bool wb_trust_revoke(const struct wb_trust_options *options, struct wb_trust_kit_draft *draft,
                     struct wb_error *err) WB_MUST_CHECK;

/* ---- the tasks ---- */
bool wb_trust_change(const struct wb_trust_options *options, struct wb_error *err) WB_MUST_CHECK;
bool wb_trust_sign(const struct wb_trust_options *options, struct wb_error *err) WB_MUST_CHECK;
bool wb_trust_show(const struct wb_trust_options *options, struct wb_error *err) WB_MUST_CHECK;
bool wb_trust_accept(const struct wb_trust_options *options, struct wb_error *err) WB_MUST_CHECK;
bool wb_trust_export(const struct wb_trust_options *options, struct wb_error *err) WB_MUST_CHECK;

#endif
