/* SPDX-License-Identifier: Apache-2.0 */
/* What a verification did not establish. Whoever files a report must not read more into it. */
#include "verify/delivery_report_private.h"

#include <string.h>

static void add(struct wb_unchecked *unchecked, const char *text)
{
    if (unchecked->count < sizeof unchecked->items / sizeof unchecked->items[0])
        unchecked->items[unchecked->count++] = text;
}

void wb_proofs_unchecked(const struct wb_verify_report *const *reports, size_t count,
                         struct wb_unchecked *unchecked)
{
    size_t proofs = 0, timed = 0, logged = 0, certified = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; reports[i] != NULL && j < reports[i]->proof_count; j++) {
            const struct wb_proof *proof = &reports[i]->proofs[j];
            proofs++;
            timed += proof->has_time;
            logged += proof->log_entries > 0;
            certified += proof->certificate_count > 0;
        }
    if (proofs == 0)
        return;
    if (timed < proofs)
        add(unchecked, "when signatures without a certified time were made");
    if (logged < proofs)
        add(unchecked, "a transparency log, for signatures that come without an entry that can be "
                       "judged");
    add(unchecked, certified < proofs
                       ? "whether a key was revoked after what is known here was written down"
                       : "whether a certificate was revoked after the lists given were issued");
}

static void check_proofs(const struct wb_delivery_verdict *verdict, struct wb_arena *arena,
                         struct wb_unchecked *unchecked)
{
    size_t count = 0;
    const struct wb_verify_report **reports =
        wb_arena_allocate(arena, (2 * verdict->image_count + 1) * sizeof *reports);
    reports[count++] = verdict->inventory_report;
    for (size_t i = 0; i < verdict->image_count; i++) {
        reports[count++] = verdict->images[i].signatures;
        reports[count++] = verdict->images[i].attestations;
    }
    wb_proofs_unchecked(reports, count, unchecked);
}

static bool has_code(const struct wb_outcomes *outcomes, const char *code)
{
    for (size_t i = 0; i < outcomes->count; i++)
        if (strcmp(outcomes->items[i].code, code) == 0)
            return true;
    return false;
}

/* Then the deep check did begin. */
static bool has_sbom_failure(const struct wb_outcomes *outcomes)
{
    for (size_t i = 0; i < outcomes->count; i++)
        if (wb_text_starts_with(outcomes->items[i].code, "E-SBOM"))
            return true;
    return false;
}

/* All bytes of them were compared; who signed them only where a rule asks. */
static size_t count_unjudged_attestations(const struct wb_delivery_verdict *verdict)
{
    const struct wb_inventory *inventory = verdict->inventory;
    size_t listed = 0, judged = 0;
    for (size_t i = 0; inventory != NULL && i < inventory->image_count; i++)
        listed += inventory->images[i].attestation_count;
    for (size_t i = 0; i < verdict->image_count; i++)
        if (verdict->images[i].attestations != NULL)
            judged += verdict->images[i].attestations->proof_count;
    return listed > judged ? listed - judged : 0;
}

void wb_delivery_unchecked(const struct wb_delivery_report *report, struct wb_arena *arena,
                           struct wb_unchecked *unchecked)
{
    const struct wb_delivery_verdict *verdict = report->verdict;
    const struct wb_inventory *inventory = verdict->inventory;
    if (inventory == NULL)
        add(unchecked,
            "whether something was left out: there is no inventory that can be believed");
    if (report->failed && inventory == NULL && verdict->image_count == 0)
        add(unchecked, "anything behind the first failure");
    if (inventory != NULL && has_code(verdict->outcomes, "W-MISSING-VOLUME"))
        add(unchecked, wb_arena_format(arena,
                                       "what is on the volumes that are not here (%u of %u "
                                       "are)",
                                       verdict->volumes_seen, inventory->volume_count));
    if (inventory != NULL && report->state == NULL)
        add(unchecked, "whether a newer delivery was accepted before (--state FILE remembers)");
    else if (report->state != NULL && !report->state_kept)
        add(unchecked, "what comes after: this process may not write, so the state file stays as "
                       "it was; `waybill verify --state` brings it up to date");
    check_proofs(verdict, arena, unchecked);
    size_t unjudged = count_unjudged_attestations(verdict);
    if (unjudged > 0)
        add(unchecked, wb_arena_format(arena,
                                       "who made %zu of the attestations that came along, and what "
                                       "they say (a policy asks for them, or verify-attestation)",
                                       unjudged));
    if (report->deep == NULL && !has_sbom_failure(verdict->outcomes))
        add(unchecked, "whether SBOMs say what is in the layers (--deep)");
    else if (report->deep != NULL)
        add(unchecked, "what SBOMs do not speak of: files that they do not name, and the modes and "
                       "owners of all");
}
