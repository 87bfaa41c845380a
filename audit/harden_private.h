/* SPDX-License-Identifier: Apache-2.0 */
/* What the writers of steps for a Dockerfile share. */
#ifndef WAYBILL_HARDEN_PRIVATE_H
#define WAYBILL_HARDEN_PRIVATE_H

#include "audit/audit_private.h"

struct harden {
    const struct wb_audit_report *report;
    struct wb_output *output;
    struct wb_arena *arena;
    bool *handled; /* beside report->findings: a step does away with it */
    size_t step_count;
};

WB_PRINTF(2, 3) void harden_print(struct harden *harden, const char *format, ...);
/* `# ID (N findings): TITLE`, and N is how many of the check's findings are handled. */
void harden_name_check(struct harden *harden, const char *check, size_t count);
/* Whether a word can stand in single quotes in a line of a Dockerfile as it is. */
bool harden_is_plain(const char *text);
/* As it can stand in a comment, which it must not end. */
const char *harden_comment(struct harden *harden, const char *text);
/* Whether the finding waits for a step: not waived, not in a lower layer only. */
bool harden_is_open(const struct harden *harden, size_t finding);

/* The packages that can go without a second look. (harden_packages.c) */
void harden_packages(struct harden *harden);
/* Everything that is done to files and accounts. (harden_steps.c) */
void harden_files(struct harden *harden);

#endif
