/* SPDX-License-Identifier: Apache-2.0 */
/* The report of a verification as text, for whoever stands at the receiving site. */
#include "verify/delivery_report_private.h"

#include <inttypes.h>
#include <string.h>

bool wb_image_name_is_safe(const char *text)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                  "-._:@/+";
    return text != NULL && text[0] != '\0' && text[strspn(text, allowed)] == '\0';
}

static void append_line(struct wb_buffer *text, struct wb_arena *arena, const char *before,
                        const char *value)
{
    wb_buffer_append_format(text, "%s%s\n", before, wb_utf8_escape_line(arena, value));
}

/* ---- signatures ---- */

static void append_proof(struct wb_buffer *text, struct wb_arena *arena,
                         const struct wb_proof *proof)
{
    char time[WB_TIME_TEXT_SIZE];
    append_line(text, arena, "  signed by ", proof->signer);
    if (proof->identity != NULL)
        append_line(text, arena, "  certified for ", proof->identity);
    if (proof->predicate_type != NULL)
        append_line(text, arena, "  states ", proof->predicate_type);
    if (proof->is_predicate)
        append_line(text, arena, "  the file is what it states of ", proof->subject);
    if (proof->has_time)
        wb_buffer_append_format(text, "  signed at %s\n", wb_time_format(proof->time, time));
    if (proof->log_entries > 0)
        wb_buffer_append_format(text, "  recorded in a transparency log: %zu %s checked\n",
                                proof->log_entries, proof->log_entries == 1 ? "entry" : "entries");
}

static void append_proofs(struct wb_buffer *text, struct wb_arena *arena,
                          const struct wb_verify_report *report)
{
    for (size_t i = 0; report != NULL && i < report->proof_count; i++)
        append_proof(text, arena, &report->proofs[i]);
}

static void append_refusals(struct wb_buffer *text, struct wb_arena *arena,
                            const struct wb_verify_report *report)
{
    for (size_t i = 0; report != NULL && i < report->refusal_count; i++) {
        const struct wb_refusal *refusal = &report->refusals[i];
        wb_buffer_append_format(
            text, "  refused %s%s%s\n", wb_utf8_escape_line(arena, refusal->source),
            refusal->source[0] == '\0' ? "" : ": ", wb_utf8_escape_line(arena, refusal->reason));
    }
}

/* ---- the whole ---- */

static void append_head(const struct wb_delivery_report *report, struct wb_arena *arena,
                        struct wb_buffer *text)
{
    const struct wb_delivery_input *input = report->input;
    const struct wb_inventory *inventory = report->verdict->inventory;
    bool partial = inventory != NULL && report->verdict->volumes_seen < inventory->volume_count;
    const char *verdict = report->failed ? "DOES NOT HOLD"
                          : partial      ? "what is here holds"
                                         : "holds";
    if (input->stream_fd >= 0)
        wb_buffer_append_format(text, "standard input: %s\n", verdict);
    for (size_t i = 0; i < input->path_count && input->stream_fd < 0; i++)
        wb_buffer_append_format(text, "%s%s", wb_utf8_escape_line(arena, input->paths[i]),
                                i + 1 < input->path_count ? ", " : "");
    if (input->stream_fd < 0)
        wb_buffer_append_format(text, ": %s\n", verdict);
    append_line(text, arena, "judged by ", report->trust);
}

static void append_inventory(const struct wb_delivery_report *report, struct wb_arena *arena,
                             struct wb_buffer *text)
{
    const struct wb_inventory *inventory = report->verdict->inventory;
    char time[WB_TIME_TEXT_SIZE], digest[WB_DIGEST_TEXT_SIZE];
    if (inventory == NULL)
        return;
    wb_buffer_append_format(
        text, "inventory %s%s%s", wb_digest_format(&inventory->payload_digest, digest),
        inventory->name == NULL ? "" : " of ",
        inventory->name == NULL ? "" : wb_utf8_escape_line(arena, inventory->name));
    if (inventory->sequence > 0)
        wb_buffer_append_format(text, ", number %" PRIu64, inventory->sequence);
    wb_buffer_append_format(text, ", issued %s", wb_time_format(inventory->issued, time));
    if (inventory->has_expiry)
        wb_buffer_append_format(text, ", expires %s", wb_time_format(inventory->expires, time));
    if (inventory->volume_count > 1)
        wb_buffer_append_format(text, ", %u of %u volumes", report->verdict->volumes_seen,
                                inventory->volume_count);
    wb_buffer_append_text(text, "\n");
    append_proofs(text, arena, report->verdict->inventory_report);
}

static void append_image(const struct wb_delivery_report *report, struct wb_arena *arena,
                         const struct wb_image_verdict *image, struct wb_buffer *text)
{
    char digest[WB_DIGEST_TEXT_SIZE];
    bool named = wb_image_name_is_safe(image->name);
    wb_buffer_append_format(text, "%s%s%s: ", wb_digest_format(&image->digest, digest),
                            named ? " " : "", named ? image->name : "");
    if (image->away)
        wb_buffer_append_text(text, "not judged, its volume or base is not here\n");
    else if (image->failures > 0)
        wb_buffer_append_format(text, "FAILED: %zu %s not hold\n", image->failures,
                                image->failures == 1 ? "thing does" : "things do");
    else if (image->blobs_away > 0)
        wb_buffer_append_format(text,
                                "INCOMPLETE: %zu of its %zu blobs are on volumes that are not "
                                "here\n",
                                image->blobs_away, image->blobs);
    else
        wb_buffer_append_format(text, "holds%s: %zu %s, %" PRIu64 " bytes\n",
                                image->unsigned_allowed ? " unsigned, as the policy allows" : "",
                                image->blobs, image->blobs == 1 ? "blob" : "blobs", image->bytes);
    append_proofs(text, arena, image->signatures);
    append_proofs(text, arena, image->attestations);
    if (!report->verbose && image->failures == 0)
        return;
    append_refusals(text, arena, image->signatures);
    append_refusals(text, arena, image->attestations);
}

static void append_outcomes(const struct wb_outcomes *outcomes, struct wb_arena *arena,
                            struct wb_buffer *text)
{
    for (size_t i = 0; i < outcomes->count; i++) {
        const struct wb_outcome *outcome = &outcomes->items[i];
        wb_buffer_append_format(
            text, "%s %s: %s\n", outcome->code,
            outcome->object == NULL ? "delivery" : wb_utf8_escape_line(arena, outcome->object),
            wb_utf8_escape_line(arena, outcome->message));
    }
}

static void append_files(const struct wb_delivery_verdict *verdict, struct wb_arena *arena,
                         struct wb_buffer *text)
{
    static const char *const states[] = {"holds", "FAILED",
                                         "not judged, its volume or base is not here"};
    const struct wb_inventory *inventory = verdict->inventory;
    char digest[WB_DIGEST_TEXT_SIZE];
    for (size_t i = 0; verdict->files != NULL && i < inventory->file_count; i++)
        wb_buffer_append_format(text, "%s file %s: %s: %" PRIu64 " bytes\n",
                                wb_digest_format(&inventory->files[i].digest, digest),
                                wb_utf8_escape_line(arena, inventory->files[i].path),
                                states[verdict->files[i]], inventory->files[i].size);
}

static void append_deep(const struct wb_deep_summary *summary, struct wb_buffer *text)
{
    wb_buffer_append_format(
        text, "deep check: %zu %s read again, %zu %s compared, %zu %s as the SBOMs say",
        summary->images, summary->images == 1 ? "image" : "images", summary->sboms,
        summary->sboms == 1 ? "SBOM" : "SBOMs", summary->files,
        summary->files == 1 ? "file is" : "files are");
    if (summary->packages > 0)
        wb_buffer_append_format(text, ", %zu %s", summary->packages,
                                summary->packages == 1 ? "package" : "packages");
    wb_buffer_append_text(text, "\n");
}

static void append_end(const struct wb_unchecked *unchecked, const char *confinement,
                       struct wb_buffer *text)
{
    for (size_t i = 0; i < unchecked->count; i++)
        wb_buffer_append_format(text, "not checked: %s\n", unchecked->items[i]);
    if (confinement != NULL)
        wb_buffer_append_format(text, "%s\n", confinement);
}

void wb_delivery_report_text(const struct wb_delivery_report *report, struct wb_buffer *text)
{
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    const struct wb_delivery_verdict *verdict = report->verdict;
    struct wb_unchecked unchecked = {0};
    append_head(report, arena, text);
    append_inventory(report, arena, text);
    if (report->verbose || (report->failed && verdict->inventory == NULL))
        append_refusals(text, arena, verdict->inventory_report);
    for (size_t i = 0; i < verdict->image_count; i++)
        append_image(report, arena, &verdict->images[i], text);
    append_files(verdict, arena, text);
    append_outcomes(verdict->outcomes, arena, text);
    wb_buffer_append_format(text, "checked: %zu %s, %" PRIu64 " bytes, each by its digest\n",
                            verdict->blobs_checked, verdict->blobs_checked == 1 ? "blob" : "blobs",
                            verdict->bytes_checked);
    if (report->deep != NULL)
        append_deep(report->deep, text);
    wb_delivery_unchecked(report, arena, &unchecked);
    append_end(&unchecked, report->confinement, text);
}

void wb_delivery_report_failure(const struct wb_delivery_verdict *verdict, struct wb_error *err)
{
    const struct wb_outcomes *outcomes = verdict->outcomes;
    for (size_t i = 0; i < outcomes->count; i++) {
        const struct wb_outcome *outcome = &outcomes->items[i];
        if (outcome->code[0] != 'E')
            continue;
        wb_error_set(err, WB_CHECK_FAILED, "%s %.200s: %.500s", outcome->code,
                     outcome->object == NULL ? "delivery" : outcome->object, outcome->message);
        if (outcomes->failures > 1)
            wb_error_context(err, "%zu things do not hold; the first is", outcomes->failures);
        return;
    }
}

/* ---- one file ---- */

void wb_file_report_text(const struct wb_file_report *report, struct wb_buffer *text)
{
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    struct wb_unchecked unchecked = {0};
    wb_buffer_append_format(text, "%s: %s\n", wb_utf8_escape_line(arena, report->file),
                            report->failure == NULL ? "the signature holds" : "DOES NOT HOLD");
    append_proofs(text, arena, report->proved);
    if (report->failure != NULL)
        append_refusals(text, arena, report->proved);
    wb_proofs_unchecked(&report->proved, 1, &unchecked);
    append_end(&unchecked, report->confinement, text);
}
