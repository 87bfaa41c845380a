/* SPDX-License-Identifier: Apache-2.0 */
/* Which of the signatures that hold count: none by what was revoked, none by a key outside its
 * time, none of a statement that does not say what it must. */
#include "verify/policy_private.h"

#include <string.h>

static const struct wb_policy_signer *signer_of(const struct wb_policy_judging *judging,
                                                const struct wb_proof *proof)
{
    for (size_t i = 0; i < judging->signers->count; i++)
        if (proof->accepted_by == &judging->demands[i])
            return judging->signers->items[i];
    return NULL;
}

static bool check_revoked(const struct wb_policy_judging *judging, const struct wb_proof *proof,
                          struct wb_policy_tally *tally, struct wb_error *err)
{
    const struct wb_policy_revoked *revoked = wb_policy_revokes(judging->policy, proof);
    if (revoked == NULL)
        return true;
    tally->revoked++;
    return wb_error_set(err, WB_CHECK_FAILED,
                        "its signature holds, but what signed it (%s) was "
                        "revoked%s%s",
                        revoked->value, revoked->reason == NULL ? "" : ": ",
                        revoked->reason == NULL ? "" : revoked->reason);
}

/* As of when it was signed, where that is proved; otherwise the key must be good now. */
static bool check_validity(const struct wb_policy_judging *judging, const struct wb_proof *proof,
                           struct wb_policy_tally *tally, struct wb_error *err)
{
    const struct wb_policy_signer *signer = signer_of(judging, proof);
    int64_t time = proof->has_time ? proof->time : judging->now;
    char text[WB_TIME_TEXT_SIZE], limit[WB_TIME_TEXT_SIZE];
    if (signer == NULL)
        return wb_error_set(err, WB_CHECK_FAILED, "it is by nobody that the policy names");
    bool early = signer->has_not_before && time < signer->not_before;
    bool late = signer->has_not_after && time > signer->not_after;
    if (!early && !late)
        return true;
    tally->outside_validity++;
    return wb_error_set(err, WB_CHECK_FAILED,
                        "its signature holds, but the key %.100s is good only %s %s, and %s %s",
                        signer->name, early ? "from" : "until",
                        wb_time_format(early ? signer->not_before : signer->not_after, limit),
                        proof->has_time ? "it was signed at"
                                        : "nothing proves that it was signed before now,",
                        wb_time_format(time, text));
}

static bool check_conditions(const struct wb_policy_judging *judging, const struct wb_proof *proof,
                             struct wb_policy_tally *tally, struct wb_error *err)
{
    if (judging->attestation == NULL ||
        wb_policy_check_conditions(judging->attestation, proof->payload, judging->now, err))
        return true;
    tally->conditions_failed++;
    return false;
}

static void judge_proofs(const struct wb_policy_judging *judging, struct wb_verify_report *report,
                         struct wb_policy_tally *tally)
{
    size_t kept = judging->first_proof;
    for (size_t i = judging->first_proof; i < report->proof_count; i++) {
        const struct wb_proof proof = report->proofs[i];
        struct wb_error err = WB_ERROR_INIT;
        if (check_revoked(judging, &proof, tally, &err) &&
            check_validity(judging, &proof, tally, &err) &&
            check_conditions(judging, &proof, tally, &err)) {
            report->proofs[kept] = proof;
            report->proofs[kept++].accepted_by = NULL; /* which does not live as long */
            continue;
        }
        wb_report_refusal(report, proof.source == NULL ? "" : proof.source, false, &err);
        report->refusals[report->refusal_count - 1].claimed_type = judging->predicate_type;
    }
    report->proof_count = kept;
    tally->signers = (unsigned)wb_count_signers(report->proofs + judging->first_proof,
                                                kept - judging->first_proof);
}

/* What says that it is something else is no answer here. What cannot be read may be it. */
static bool is_candidate(const struct wb_policy_judging *judging, const struct wb_refusal *refusal)
{
    return judging->predicate_type == NULL || refusal->claimed_type == NULL ||
           strcmp(refusal->claimed_type, judging->predicate_type) == 0;
}

static void judge_refusals(const struct wb_policy_judging *judging, struct wb_verify_report *report,
                           struct wb_policy_tally *tally)
{
    size_t kept = judging->first_refusal;
    for (size_t i = judging->first_refusal; i < report->refusal_count; i++) {
        const struct wb_refusal refusal = report->refusals[i];
        if (refusal.other_type || !is_candidate(judging, &refusal))
            continue;
        report->refusals[kept++] = refusal;
        tally->candidates++;
    }
    report->refusal_count = kept;
}

void wb_policy_judge(const struct wb_policy_judging *judging, struct wb_verify_report *report,
                     struct wb_policy_tally *tally)
{
    *tally = (struct wb_policy_tally){0};
    judge_refusals(judging, report, tally);
    size_t refused_before = report->refusal_count;
    judge_proofs(judging, report, tally);
    /* What held and still does not count tells more than what does not hold. */
    size_t telling =
        report->refusal_count > refused_before ? refused_before : judging->first_refusal;
    if (telling < report->refusal_count)
        tally->reason = report->refusals[telling].reason;
}

static const char *code_of(const struct wb_policy_tally *tally, const struct wb_policy_codes *codes)
{
    if (tally->revoked > 0)
        return "E-KEY-REVOKED";
    if (tally->outside_validity > 0)
        return "E-KEY-VALIDITY";
    if (tally->conditions_failed > 0)
        return "E-CONDITION";
    return tally->candidates > 0 || tally->signers > 0 ? codes->refused : codes->missing;
}

bool wb_policy_conclude(const struct wb_policy_signers *signers,
                        const struct wb_policy_tally *tally, const struct wb_policy_codes *codes,
                        const char *object, struct wb_outcomes *outcomes)
{
    if (signers->threshold > 0 && tally->signers >= signers->threshold)
        return true;
    const char *code = code_of(tally, codes);
    const char *reason = tally->reason == NULL ? "there is none" : tally->reason;
    if (tally->signers > 0)
        wb_outcome_add(outcomes, code, object,
                       "%s: by %u of the %u different signers that are wanted: %s", codes->what,
                       tally->signers, signers->threshold,
                       tally->reason == NULL ? "there are no others" : reason);
    else
        wb_outcome_add(outcomes, code, object, "%s: %s", codes->what, reason);
    return false;
}
