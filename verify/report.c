/* SPDX-License-Identifier: Apache-2.0 */
/* What was proved, what was refused, and whether it is enough. */
#include "verify/verify_private.h"

#include <stdlib.h>
#include <string.h>

struct wb_verify_report *wb_verify_report_new(void)
{
    struct wb_verify_report *report = wb_allocate(sizeof *report);
    report->arena = wb_arena_new();
    return report;
}

void wb_verify_report_free(struct wb_verify_report *report)
{
    if (report == NULL)
        return;
    free(report->proofs);
    free(report->refusals);
    wb_arena_free(report->arena);
    free(report);
}

void wb_report_proof(struct wb_verify_report *report, const struct wb_proof *proof)
{
    WB_APPEND(report->proofs, report->proof_count, report->proof_capacity, *proof);
}

void wb_report_refusal(struct wb_verify_report *report, const char *source, bool other_type,
                       const struct wb_error *err)
{
    const struct wb_refusal refusal = {
        .source = wb_arena_copy(report->arena, source),
        .reason = wb_arena_copy(report->arena, err->message),
        .other_type = other_type,
    };
    WB_APPEND(report->refusals, report->refusal_count, report->refusal_capacity, refusal);
}

/* Two signatures of one key, or of one identity with a fresh key each time, are one signer. */
static bool same_signer(const struct wb_proof *a, const struct wb_proof *b)
{
    if (a->identity != NULL && b->identity != NULL && strcmp(a->identity, b->identity) == 0)
        return true;
    return strcmp(a->key_id, b->key_id) == 0;
}

size_t wb_count_signers(const struct wb_proof *proofs, size_t count)
{
    size_t signers = 0;
    for (size_t i = 0; i < count; i++) {
        bool repeated = false;
        for (size_t j = 0; j < i && !repeated; j++)
            repeated = same_signer(&proofs[i], &proofs[j]);
        signers += !repeated;
    }
    return signers;
}

/* Why there are not more proofs: an image's attestations are no news to who asks for its
 * signatures, and are named only where there is nothing else. */
static const struct wb_refusal *main_refusal(const struct wb_verify_report *report)
{
    for (size_t i = 0; i < report->refusal_count; i++)
        if (!report->refusals[i].other_type)
            return &report->refusals[i];
    return &report->refusals[0];
}

bool wb_report_enough(const struct wb_verify_report *report,
                      const struct wb_verify_demands *demands, const char *what,
                      struct wb_error *err)
{
    size_t wanted = demands->threshold > 1 ? demands->threshold : 1;
    size_t found = wb_count_signers(report->proofs, report->proof_count);
    if (found >= wanted)
        return true;
    if (found > 0)
        return wb_error_set(err, WB_CHECK_FAILED, "%zu of the %zu different signers demanded: %s",
                            found, wanted,
                            report->refusal_count > 0 ? main_refusal(report)->reason
                                                      : "no further signatures there");
    if (report->refusal_count == 0)
        return wb_error_set(err, WB_CHECK_FAILED, "no %s found", what);
    const struct wb_refusal *refusal = main_refusal(report);
    return wb_error_set(err, WB_CHECK_FAILED, "no %s %s %s%s", what,
                        refusal->other_type ? "found, only" : "holds:", refusal->reason,
                        report->refusal_count > 1 ? " (and others, each with its reason)" : "");
}
