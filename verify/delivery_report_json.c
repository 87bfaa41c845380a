/* SPDX-License-Identifier: Apache-2.0 */
/* The report of a verification for programs (docs/verify-report.schema.json). */
#include "verify/delivery_report_private.h"

#include <string.h>

/* ---- small things ---- */

static const char *printable(struct wb_arena *arena, const char *text)
{
    return text == NULL ? NULL : wb_utf8_escape(arena, text, strlen(text));
}

static void write_number(struct wb_json_writer *json, const char *name, uint64_t value)
{
    wb_json_key(json, name);
    wb_json_integer(json, value > INT64_MAX ? INT64_MAX : (int64_t)value);
}

static void write_flag(struct wb_json_writer *json, const char *name, bool value)
{
    wb_json_key(json, name);
    wb_json_boolean(json, value);
}

static void write_time(struct wb_json_writer *json, const char *name, int64_t time)
{
    char text[WB_TIME_TEXT_SIZE];
    wb_json_member(json, name, wb_time_format(time, text));
}

static void write_digest(struct wb_json_writer *json, const char *name,
                         const struct wb_digest *digest)
{
    char text[WB_DIGEST_TEXT_SIZE];
    wb_json_member(json, name, wb_digest_format(digest, text));
}

static void write_list(struct wb_json_writer *json, const char *name, const char *const *items,
                       size_t count, struct wb_arena *arena)
{
    wb_json_key(json, name);
    wb_json_begin_array(json);
    for (size_t i = 0; i < count; i++)
        wb_json_string(json, printable(arena, items[i]));
    wb_json_end_array(json);
}

/* ---- signatures ---- */

static void write_proof(struct wb_json_writer *json, const struct wb_proof *proof,
                        struct wb_arena *arena)
{
    wb_json_begin_object(json);
    wb_json_member(json, "form", proof->form);
    wb_json_member(json, "signer", printable(arena, proof->signer));
    wb_json_member(json, "keyId", proof->key_id);
    wb_json_member(json, "identity", printable(arena, proof->identity));
    wb_json_member(json, "predicateType", printable(arena, proof->predicate_type));
    wb_json_member(json, "predicateOf", proof->is_predicate ? proof->subject : NULL);
    wb_json_member(json, "source", printable(arena, proof->source));
    if (proof->has_time)
        write_time(json, "time", proof->time);
    write_number(json, "logEntries", proof->log_entries);
    wb_json_end_object(json);
}

static void write_proofs(struct wb_json_writer *json, const char *name,
                         const struct wb_verify_report *report, struct wb_arena *arena)
{
    wb_json_key(json, name);
    wb_json_begin_array(json);
    for (size_t i = 0; report != NULL && i < report->proof_count; i++)
        write_proof(json, &report->proofs[i], arena);
    wb_json_end_array(json);
}

static void write_refusals(struct wb_json_writer *json,
                           const struct wb_verify_report *const *reports, size_t count,
                           struct wb_arena *arena)
{
    wb_json_key(json, "refused");
    wb_json_begin_array(json);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; reports[i] != NULL && j < reports[i]->refusal_count; j++) {
            wb_json_begin_object(json);
            wb_json_member(json, "source", printable(arena, reports[i]->refusals[j].source));
            wb_json_member(json, "reason", printable(arena, reports[i]->refusals[j].reason));
            wb_json_end_object(json);
        }
    wb_json_end_array(json);
}

/* ---- what was delivered ---- */

static void write_inventory(struct wb_json_writer *json, const struct wb_delivery_verdict *verdict,
                            struct wb_arena *arena)
{
    const struct wb_inventory *inventory = verdict->inventory;
    const struct wb_verify_report *reports[] = {verdict->inventory_report};
    if (inventory == NULL && verdict->inventory_report == NULL)
        return;
    wb_json_key(json, "inventory");
    wb_json_begin_object(json);
    write_flag(json, "believed", inventory != NULL);
    if (inventory != NULL) {
        write_digest(json, "digest", &inventory->payload_digest);
        wb_json_member(json, "name", printable(arena, inventory->name));
        write_number(json, "sequence", inventory->sequence);
        write_time(json, "issued", inventory->issued);
        if (inventory->has_expiry)
            write_time(json, "expires", inventory->expires);
        write_number(json, "volumes", inventory->volume_count);
        write_number(json, "volumesSeen", verdict->volumes_seen);
        if (inventory->has_base)
            write_digest(json, "base", &inventory->base);
    }
    write_proofs(json, "signatures", verdict->inventory_report, arena);
    write_refusals(json, reports, 1, arena);
    wb_json_end_object(json);
}

static void write_image(struct wb_json_writer *json, const struct wb_image_verdict *image,
                        struct wb_arena *arena)
{
    const struct wb_verify_report *reports[] = {image->signatures, image->attestations};
    wb_json_begin_object(json);
    wb_json_member(json, "name", printable(arena, image->name));
    write_digest(json, "digest", &image->digest);
    wb_json_member(json, "result",
                   image->away             ? "not-judged"
                   : image->failures > 0   ? "fails"
                   : image->blobs_away > 0 ? "incomplete"
                                           : "holds");
    wb_json_member(json, "rule", printable(arena, image->rule));
    write_flag(json, "unsignedAllowed", image->unsigned_allowed);
    write_number(json, "blobs", image->blobs);
    write_number(json, "bytes", image->bytes);
    write_proofs(json, "signatures", image->signatures, arena);
    write_proofs(json, "attestations", image->attestations, arena);
    write_refusals(json, reports, 2, arena);
    wb_json_end_object(json);
}

static void write_files(struct wb_json_writer *json, const struct wb_delivery_verdict *verdict,
                        struct wb_arena *arena)
{
    static const char *const states[] = {"holds", "fails", "not-judged"};
    const struct wb_inventory *inventory = verdict->inventory;
    wb_json_key(json, "files");
    wb_json_begin_array(json);
    for (size_t i = 0; verdict->files != NULL && i < inventory->file_count; i++) {
        wb_json_begin_object(json);
        wb_json_member(json, "path", printable(arena, inventory->files[i].path));
        write_digest(json, "digest", &inventory->files[i].digest);
        write_number(json, "size", inventory->files[i].size);
        wb_json_member(json, "result", states[verdict->files[i]]);
        wb_json_end_object(json);
    }
    wb_json_end_array(json);
}

static void write_outcomes(struct wb_json_writer *json, const struct wb_outcomes *outcomes,
                           struct wb_arena *arena)
{
    wb_json_key(json, "outcomes");
    wb_json_begin_array(json);
    for (size_t i = 0; i < outcomes->count; i++) {
        wb_json_begin_object(json);
        wb_json_member(json, "code", outcomes->items[i].code);
        wb_json_member(json, "object", printable(arena, outcomes->items[i].object));
        wb_json_member(json, "message", printable(arena, outcomes->items[i].message));
        wb_json_end_object(json);
    }
    wb_json_end_array(json);
}

static void write_ranges(struct wb_json_writer *json, const struct wb_delivery_verdict *verdict,
                         struct wb_arena *arena)
{
    wb_json_key(json, "badRanges");
    wb_json_begin_array(json);
    for (size_t i = 0; i < verdict->bad_range_count; i++) {
        const struct wb_bad_range *range = &verdict->bad_ranges[i];
        wb_json_begin_object(json);
        write_digest(json, "blob", &range->blob);
        write_number(json, "offset", range->offset);
        write_number(json, "size", range->size);
        wb_json_member(json, "file", printable(arena, range->file));
        write_number(json, "fileOffset", range->file_offset);
        wb_json_end_object(json);
    }
    wb_json_end_array(json);
}

static void write_checked(struct wb_json_writer *json, const struct wb_delivery_verdict *verdict)
{
    wb_json_key(json, "checked");
    wb_json_begin_object(json);
    write_number(json, "blobs", verdict->blobs_checked);
    write_number(json, "bytes", verdict->bytes_checked);
    write_number(json, "orphans", verdict->orphan_count);
    wb_json_end_object(json);
}

static void write_deep(struct wb_json_writer *json, const struct wb_deep_summary *summary)
{
    wb_json_key(json, "deep");
    wb_json_begin_object(json);
    write_number(json, "images", summary->images);
    write_number(json, "sboms", summary->sboms);
    write_number(json, "files", summary->files);
    wb_json_end_object(json);
}

/* ---- the documents ---- */

static void write_head(struct wb_json_writer *json, bool failed, const char *program,
                       const char *trust, const char *confinement, int64_t now,
                       struct wb_arena *arena)
{
    wb_json_member(json, "result", failed ? "fails" : "holds");
    wb_json_member(json, "program", program);
    wb_json_member(json, "judgedBy", printable(arena, trust));
    write_time(json, "judgedAt", now);
    wb_json_member(json, "confinement", confinement);
}

bool wb_delivery_report_json(const struct wb_delivery_report *report, struct wb_buffer *text,
                             struct wb_error *err)
{
    static const char *const stream[] = {"-"};
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    const struct wb_delivery_verdict *verdict = report->verdict;
    const struct wb_delivery_input *input = report->input;
    bool is_stream = input->stream_fd >= 0;
    struct wb_unchecked unchecked = {0};
    WB_AUTO(wb_output) *output = wb_output_open_buffer(text);
    WB_AUTO(wb_json_writer) *json = wb_json_writer_new(output);
    wb_json_begin_object(json);
    write_head(json, report->failed, report->program, report->trust, report->confinement,
               report->now, arena);
    write_list(json, "inputs", is_stream ? stream : input->paths, is_stream ? 1 : input->path_count,
               arena);
    write_list(json, "bases", input->bases, input->base_count, arena);
    write_inventory(json, verdict, arena);
    wb_json_key(json, "images");
    wb_json_begin_array(json);
    for (size_t i = 0; i < verdict->image_count; i++)
        write_image(json, &verdict->images[i], arena);
    wb_json_end_array(json);
    write_files(json, verdict, arena);
    write_outcomes(json, verdict->outcomes, arena);
    write_ranges(json, verdict, arena);
    write_checked(json, verdict);
    if (report->deep != NULL)
        write_deep(json, report->deep);
    wb_delivery_unchecked(report, arena, &unchecked);
    write_list(json, "notChecked", unchecked.items, unchecked.count, arena);
    wb_json_end_object(json);
    wb_json_finish(json);
    return wb_output_commit(output, err);
}

bool wb_file_report_json(const struct wb_file_report *report, struct wb_buffer *text,
                         struct wb_error *err)
{
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    struct wb_unchecked unchecked = {0};
    WB_AUTO(wb_output) *output = wb_output_open_buffer(text);
    WB_AUTO(wb_json_writer) *json = wb_json_writer_new(output);
    wb_json_begin_object(json);
    write_head(json, report->failure != NULL, report->program, report->trust, report->confinement,
               report->now, arena);
    write_list(json, "inputs", &report->file, 1, arena);
    write_proofs(json, "signatures", report->proved, arena);
    write_refusals(json, &report->proved, 1, arena);
    if (report->failure != NULL)
        wb_json_member(json, "failure", printable(arena, report->failure->message));
    wb_proofs_unchecked(&report->proved, 1, &unchecked);
    write_list(json, "notChecked", unchecked.items, unchecked.count, arena);
    wb_json_end_object(json);
    wb_json_finish(json);
    return wb_output_commit(output, err);
}
