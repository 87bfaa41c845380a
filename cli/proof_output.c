/* SPDX-License-Identifier: Apache-2.0 */
/* Saying what was proved and by whom, what was refused, and what nobody looked at. */
#include "cli/verifying.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *printable(struct wb_arena *arena, const char *text)
{
    return text == NULL ? NULL : wb_utf8_escape(arena, text, strlen(text));
}

static const char *line(struct wb_arena *arena, const char *text)
{
    return wb_utf8_escape_line(arena, text);
}

/* ---- what was not checked ---- */

static size_t count_times(const struct wb_verify_report *report)
{
    size_t count = 0;
    for (size_t i = 0; i < report->proof_count; i++)
        count += report->proofs[i].has_time;
    return count;
}

static size_t count_logged(const struct wb_verify_report *report)
{
    size_t count = 0;
    for (size_t i = 0; i < report->proof_count; i++)
        count += report->proofs[i].log_entries > 0;
    return count;
}

static void print_unchecked(const struct wb_verified *verified,
                            const struct wb_verifying *verifying,
                            const struct wb_verify_report *report)
{
    const struct wb_verify_demands *demands = &verifying->demands;
    const char *before = "not checked: ";
    if (count_logged(report) < report->proof_count) {
        printf("%stransparency log (%s)", before,
               demands->trusted_root == NULL ? "no trusted root was given"
                                             : "not all of the signatures come with an entry");
        before = "; ";
    }
    if (count_times(report) < report->proof_count) {
        printf("%stime of signing (%s)", before,
               demands->timestamp_roots == NULL && demands->trusted_root == NULL
                   ? "no timestamp authority was given"
                   : "nothing certifies it for all of the signatures");
        before = "; ";
    }
    if (verified->is_image && demands->signature_only) {
        printf("%sthe config and layers below the manifest (--signature-only)", before);
        before = "; ";
    }
    if (strcmp(before, "; ") == 0)
        printf("\n");
}

/* ---- text ---- */

void wb_proof_print(const struct wb_proof *proof, struct wb_arena *arena)
{
    printf("  signed by %s", line(arena, proof->signer));
    if (proof->has_time) {
        char time[WB_TIME_TEXT_SIZE];
        printf(", no later than %s (certified)", wb_time_format(proof->time, time));
    }
    if (proof->log_entries > 0)
        printf(", in the transparency log");
    printf("\n");
    if (proof->identity != NULL)
        printf("    certified for %s\n", line(arena, proof->identity));
    if (proof->source != NULL && proof->source[0] != '\0')
        printf("    %s %s\n", proof->form, line(arena, proof->source));
    else
        printf("    %s\n", proof->form);
    if (proof->predicate_type != NULL && strcmp(proof->predicate_type, WB_COSIGN_SIGN_PREDICATE))
        printf("    predicate type %s\n", line(arena, proof->predicate_type));
    for (size_t i = 0; i < proof->annotation_count; i++)
        printf("    annotation %s=%s\n", line(arena, proof->annotations[i].name),
               line(arena, proof->annotations[i].value));
}

/* Whoever asks for signatures need not hear of the attestations beside them, nor of those of other
 * types: the JSON lists them. */
static void print_refusals(const struct wb_verify_report *report, struct wb_arena *arena)
{
    for (size_t i = 0; i < report->refusal_count; i++) {
        const struct wb_refusal *refusal = &report->refusals[i];
        if (refusal->other_type)
            continue;
        printf("not counted: %s%s%s\n", line(arena, refusal->source),
               refusal->source[0] == '\0' ? "" : ": ", line(arena, refusal->reason));
    }
}

static void print_text(const struct wb_verified *verified, const struct wb_verifying *verifying,
                       const struct wb_verify_report *report, struct wb_arena *arena)
{
    printf("verified %s", line(arena, verified->what));
    if (verified->digest != NULL)
        printf(" (%s)", verified->digest);
    printf("\n");
    for (size_t i = 0; i < report->proof_count; i++)
        wb_proof_print(&report->proofs[i], arena);
    if (verified->is_image && !verifying->demands.signature_only)
        printf("  the manifest and all below it hold: %zu blobs, %" PRIu64 " bytes\n",
               report->blobs_checked, report->bytes_checked);
    if (verified->deep != NULL)
        wb_deep_print(verified->deep);
    print_refusals(report, arena);
    print_unchecked(verified, verifying, report);
}

/* ---- JSON ---- */

static void write_payload(struct wb_json_writer *json, struct wb_bytes payload)
{
    WB_AUTO_VALUE(wb_buffer) text = {0};
    wb_base64_encode(payload, &text);
    wb_json_member(json, "payload", text.size == 0 ? "" : (const char *)text.data);
}

void wb_proof_write(struct wb_json_writer *json, const struct wb_proof *proof, bool with_payload,
                    struct wb_arena *arena)
{
    char time[WB_TIME_TEXT_SIZE];
    wb_json_begin_object(json);
    wb_json_member(json, "form", proof->form);
    wb_json_member(json, "signer", printable(arena, proof->signer));
    wb_json_member(json, "keyId", proof->key_id);
    wb_json_member(json, "identity", printable(arena, proof->identity));
    wb_json_member(json, "predicateType", printable(arena, proof->predicate_type));
    wb_json_member(json, "subject", proof->subject);
    wb_json_member(json, "source", printable(arena, proof->source));
    if (proof->has_time)
        wb_json_member(json, "time", wb_time_format(proof->time, time));
    wb_json_key(json, "logEntries");
    wb_json_integer(json, (int64_t)proof->log_entries);
    wb_json_key(json, "annotations");
    wb_json_begin_object(json);
    for (size_t i = 0; i < proof->annotation_count; i++) {
        wb_json_key(json, proof->annotations[i].name);
        wb_json_string(json, proof->annotations[i].value);
    }
    wb_json_end_object(json);
    if (with_payload)
        write_payload(json, proof->payload);
    wb_json_end_object(json);
}

static void write_check(struct wb_json_writer *json, const char *name, bool done)
{
    wb_json_key(json, name);
    wb_json_boolean(json, done);
}

void wb_outcomes_write(struct wb_json_writer *json, const struct wb_outcomes *outcomes)
{
    wb_json_key(json, "outcomes");
    wb_json_begin_array(json);
    for (size_t i = 0; i < outcomes->count; i++) {
        wb_json_begin_object(json);
        wb_json_member(json, "code", outcomes->items[i].code);
        wb_json_member(json, "object", outcomes->items[i].object);
        wb_json_member(json, "message", outcomes->items[i].message);
        wb_json_end_object(json);
    }
    wb_json_end_array(json);
}

/* Which checks were made of everything that is listed as proved. */
static void write_checks(struct wb_json_writer *json, const struct wb_verified *verified,
                         const struct wb_verifying *verifying,
                         const struct wb_verify_report *report, bool holds)
{
    wb_json_key(json, "checks");
    wb_json_begin_object(json);
    write_check(json, "signature", report->proof_count > 0);
    if (verified->is_image)
        write_check(json, "blobs",
                    (holds || verified->deep != NULL) && !verifying->demands.signature_only);
    if (verified->deep != NULL)
        write_check(json, "deep", holds);
    write_check(json, "timestamp",
                report->proof_count > 0 && count_times(report) == report->proof_count);
    write_check(json, "transparencyLog",
                report->proof_count > 0 && count_logged(report) == report->proof_count);
    wb_json_end_object(json);
}

static void write_lists(struct wb_json_writer *json, const struct wb_verified *verified,
                        const struct wb_verify_report *report, struct wb_arena *arena)
{
    wb_json_key(json, "proofs");
    wb_json_begin_array(json);
    for (size_t i = 0; i < report->proof_count; i++)
        wb_proof_write(json, &report->proofs[i], verified->with_payloads, arena);
    wb_json_end_array(json);
    wb_json_key(json, "refusals");
    wb_json_begin_array(json);
    for (size_t i = 0; i < report->refusal_count; i++) {
        wb_json_begin_object(json);
        wb_json_member(json, "source", printable(arena, report->refusals[i].source));
        wb_json_member(json, "reason", printable(arena, report->refusals[i].reason));
        wb_json_end_object(json);
    }
    wb_json_end_array(json);
}

static bool print_json(const struct wb_verified *verified, const struct wb_verifying *verifying,
                       const struct wb_verify_report *report, const struct wb_error *failure,
                       struct wb_arena *arena, struct wb_error *err)
{
    WB_AUTO(wb_output) *output = wb_output_open("-", err);
    if (output == NULL)
        return false;
    WB_AUTO(wb_json_writer) *json = wb_json_writer_new(output);
    wb_json_begin_object(json);
    write_check(json, "verified", failure == NULL);
    if (failure != NULL)
        wb_json_member(json, "failure", printable(arena, failure->message));
    wb_json_member(json, verified->is_image ? "image" : "file", printable(arena, verified->what));
    wb_json_member(json, "digest", verified->digest);
    write_lists(json, verified, report, arena);
    if (verified->is_image) {
        wb_json_key(json, "blobsChecked");
        wb_json_integer(json, (int64_t)report->blobs_checked);
        wb_json_key(json, "bytesChecked");
        wb_json_integer(json, (int64_t)report->bytes_checked);
    }
    if (verified->deep != NULL)
        wb_deep_write(json, verified->deep);
    write_checks(json, verified, verifying, report, failure == NULL);
    wb_json_end_object(json);
    wb_json_finish(json);
    return wb_output_commit(output, err);
}

/* ---- */

/* The error tells the first reason only. */
static void say_refusals(const struct wb_verify_report *report, struct wb_arena *arena)
{
    for (size_t i = 0; report->refusal_count > 1 && i < report->refusal_count; i++) {
        const struct wb_refusal *refusal = &report->refusals[i];
        wb_say_note(wb_arena_format(arena, "%s%s%s", printable(arena, refusal->source),
                                    refusal->source[0] == '\0' ? "" : ": ",
                                    printable(arena, refusal->reason)));
    }
}

bool wb_verified_report(const struct wb_verified *verified, const struct wb_verifying *verifying,
                        const struct wb_verify_report *report, bool good, bool quiet,
                        struct wb_error *err)
{
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    struct wb_error failure = WB_ERROR_INIT;
    if (verifying->json) {
        if (print_json(verified, verifying, report, good ? NULL : err, arena, &failure) || !good)
            return good;
        *err = failure;
        return false;
    }
    if (good && !quiet)
        print_text(verified, verifying, report, arena);
    else if (!good && verified->deep != NULL)
        wb_deep_print_outcomes(verified->deep);
    else if (!good && !quiet)
        say_refusals(report, arena);
    return good;
}
