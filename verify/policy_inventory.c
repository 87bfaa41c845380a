/* SPDX-License-Identifier: Apache-2.0 */
/* A delivery as a whole: who signed its inventory, and whether it is the one for now. */
#include "verify/policy_private.h"

#include <inttypes.h>
#include <string.h>

/* ---- who signed it ---- */

static bool check_bundle(struct wb_bytes bytes, const struct wb_verify_demands *demands,
                         struct wb_arena *arena, struct wb_proof_list *proofs, struct wb_error *err)
{
    WB_AUTO(wb_bundle) *bundle = wb_bundle_read(bytes, err);
    if (bundle == NULL)
        return false;
    if (bundle->envelope == NULL)
        return wb_error_set(err, WB_CHECK_FAILED, "the bundle holds no statement");
    bool good;
    WB_AUTO(wb_certificates) *certificates = wb_bundle_certificates(bundle, &good, err);
    if (!good)
        return false;
    const struct wb_signed_thing frame = wb_bundle_frame(bundle, "", certificates);
    return wb_check_envelope(bundle->envelope, &frame, demands, arena, proofs, err);
}

bool wb_policy_check_inventory_signers(const struct wb_policy *policy,
                                       const struct wb_bytes *bundles, size_t bundle_count,
                                       int64_t now, struct wb_verify_report *report,
                                       struct wb_outcomes *outcomes)
{
    static const struct wb_policy_codes codes = {"signature of the inventory",
                                                 "E-INVENTORY-SIGNATURE", "E-INVENTORY-SIGNATURE"};
    const struct wb_policy_signers *signers = &policy->delivery.signers;
    if (signers->threshold == 0) {
        wb_outcome_add(outcomes, codes.missing, "inventory",
                       "the policy has no part `delivery`, so nobody may sign an inventory");
        return false;
    }
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    struct wb_policy_judging judging = {
        .policy = policy,
        .signers = signers,
        .demands = wb_policy_demands(policy, signers, now, arena),
        .now = now,
        .first_proof = report->proof_count,
        .first_refusal = report->refusal_count,
    };
    for (size_t i = 0; i < bundle_count; i++) {
        struct wb_proof_list proofs = {0};
        struct wb_error failure = WB_ERROR_INIT;
        bool good = check_bundle(bundles[i], judging.demands, report->arena, &proofs, &failure);
        for (size_t j = 0; j < proofs.count && good; j++)
            wb_report_proof(report, &proofs.items[j]);
        if (!good)
            wb_report_refusal(report, "", false, &failure);
    }
    struct wb_policy_tally tally;
    wb_policy_judge(&judging, report, &tally);
    return wb_policy_conclude(signers, &tally, &codes, "inventory", outcomes);
}

/* ---- what it says of itself ---- */

/* The same people may sign deliveries for others, too. */
static void check_name(const struct wb_policy_delivery *delivery,
                       const struct wb_inventory *inventory, struct wb_outcomes *outcomes)
{
    if (delivery->name == NULL)
        return;
    if (inventory->name == NULL)
        wb_outcome_add(outcomes, "E-DELIVERY-NAME", "inventory",
                       "it has no name, and the policy is for deliveries named `%.200s`",
                       delivery->name);
    else if (strcmp(delivery->name, inventory->name) != 0)
        wb_outcome_add(outcomes, "E-DELIVERY-NAME", "inventory",
                       "it is named `%.200s`, and the policy is for deliveries named `%.200s`",
                       inventory->name, delivery->name);
}

static bool is_said(const struct wb_outcomes *outcomes, const char *code, const char *object)
{
    for (size_t i = 0; i < outcomes->count; i++)
        if (strcmp(outcomes->items[i].code, code) == 0 && outcomes->items[i].object != NULL &&
            strcmp(outcomes->items[i].object, object) == 0)
            return true;
    return false;
}

void wb_policy_check_itself(const struct wb_policy *policy, int64_t now,
                            struct wb_outcomes *outcomes)
{
    char text[WB_TIME_TEXT_SIZE];
    if (policy->has_expiry && now >= policy->expires && !is_said(outcomes, "E-EXPIRED", "policy"))
        wb_outcome_add(outcomes, "E-EXPIRED", "policy",
                       "the policy itself expired at %s; a newer one is needed",
                       wb_time_format(policy->expires, text));
    bool kit_said = false;
    for (size_t i = 0; i < outcomes->count && !kit_said; i++)
        kit_said = outcomes->items[i].object != NULL &&
                   strcmp(outcomes->items[i].object, "trust kit") == 0;
    if (!kit_said)
        wb_policy_check_kit(policy, now, outcomes);
}

static void check_expiry(const struct wb_policy_delivery *delivery,
                         const struct wb_inventory *inventory, int64_t now,
                         struct wb_outcomes *outcomes)
{
    char text[WB_TIME_TEXT_SIZE];
    if (!inventory->has_expiry) {
        if (delivery->expiry_required)
            wb_outcome_add(outcomes, "E-EXPIRED", "inventory",
                           "it states no expiry, and the policy wants one");
        return;
    }
    wb_time_format(inventory->expires, text);
    if (now >= inventory->expires)
        wb_outcome_add(outcomes, "E-EXPIRED", "inventory", "the delivery expired at %s", text);
    else if (delivery->expiry_warning > 0 && inventory->expires - now <= delivery->expiry_warning)
        wb_outcome_add(outcomes, "W-EXPIRES-SOON", "inventory", "the delivery expires at %s", text);
}

static void check_age(const struct wb_policy_delivery *delivery,
                      const struct wb_inventory *inventory, int64_t now,
                      struct wb_outcomes *outcomes)
{
    char issued[WB_TIME_TEXT_SIZE], limit[WB_TIME_TEXT_SIZE];
    wb_time_format(inventory->issued, issued);
    if (delivery->has_issued_after && inventory->issued < delivery->issued_after)
        wb_outcome_add(outcomes, "E-TOO-OLD", "inventory",
                       "it was issued at %s, and the policy takes none before %s", issued,
                       wb_time_format(delivery->issued_after, limit));
    if (delivery->max_age > 0 && now > inventory->issued &&
        now - inventory->issued > delivery->max_age)
        wb_outcome_add(outcomes, "E-TOO-OLD", "inventory",
                       "it was issued at %s, longer ago than the %s that the policy allows", issued,
                       wb_policy_duration_text(delivery->max_age, limit));
    if (now < inventory->issued)
        wb_outcome_add(outcomes, "W-CLOCK-BEFORE-ISSUE", "inventory",
                       "it was issued at %s, and the clock here says %s: one of them is wrong, and "
                       "what the clock decides is not certain",
                       issued, wb_time_format(now, limit));
}

static void check_sequence(const struct wb_policy_delivery *delivery,
                           const struct wb_inventory *inventory, struct wb_outcomes *outcomes)
{
    bool wanted = delivery->sequence_required || delivery->minimum_sequence > 0;
    if (inventory->sequence == 0 && wanted)
        wb_outcome_add(outcomes, "E-REPLAY", "inventory",
                       "it states no sequence number, and the policy wants one");
    else if (inventory->sequence < (uint64_t)delivery->minimum_sequence)
        wb_outcome_add(outcomes, "E-REPLAY", "inventory",
                       "it is number %" PRIu64 ", and the policy takes none before %" PRId64,
                       inventory->sequence, delivery->minimum_sequence);
}

/* ---- what was revoked in it ---- */

static void check_digest(const struct wb_policy *policy, const struct wb_digest *digest,
                         const char *name, const char *kind, struct wb_outcomes *outcomes)
{
    const struct wb_policy_revoked *revoked = wb_policy_revokes_digest(policy, digest);
    if (revoked != NULL)
        wb_outcome_add(outcomes, "E-DIGEST-REVOKED", name == NULL ? revoked->value : name,
                       "the %s (%s) was revoked%s%s", kind, revoked->value,
                       revoked->reason == NULL ? "" : ": ",
                       revoked->reason == NULL ? "" : revoked->reason);
}

/* Every manifest is a blob, too, so that images are not looked at apart. */
static void check_revoked(const struct wb_policy *policy, const struct wb_inventory *inventory,
                          struct wb_outcomes *outcomes)
{
    bool any = false;
    for (size_t i = 0; i < policy->revoked_count; i++)
        any = any || policy->revoked[i].kind == WB_REVOKED_DIGEST;
    for (size_t i = 0; i < inventory->blob_count && any; i++)
        check_digest(policy, &inventory->blobs[i].digest, NULL, inventory->blobs[i].role, outcomes);
    for (size_t i = 0; i < inventory->file_count && any; i++)
        check_digest(policy, &inventory->files[i].digest, inventory->files[i].path, "file",
                     outcomes);
}

void wb_policy_check_inventory(const struct wb_policy *policy, const struct wb_inventory *inventory,
                               const struct wb_policy_state *state, int64_t now,
                               struct wb_outcomes *outcomes)
{
    wb_policy_check_itself(policy, now, outcomes);
    check_name(&policy->delivery, inventory, outcomes);
    check_expiry(&policy->delivery, inventory, now, outcomes);
    check_age(&policy->delivery, inventory, now, outcomes);
    check_sequence(&policy->delivery, inventory, outcomes);
    if (state != NULL)
        wb_policy_state_check(state, inventory, now, outcomes);
    check_revoked(policy, inventory, outcomes);
}
