/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures and attestations of an image in a layout. */
#include "verify/verify_private.h"

#include <string.h>

struct image_check {
    const struct wb_descriptor *target;
    const struct wb_verify_demands *demands;
    struct wb_verify_report *report;
    bool is_signature; /* signatures of the image; otherwise attestations */
    struct wb_error system_failure;
    const char *claimed_type; /* of the candidate at hand; NULL when it cannot be read */
};

/* Whatever is wrong with it: whoever asks for something else is not to hear that it is there. */
static void note_claim(struct image_check *check, struct wb_bytes payload)
{
    WB_AUTO(wb_statement) *statement = wb_statement_read(payload, NULL);
    if (statement != NULL)
        check->claimed_type = wb_arena_copy(check->report->arena, statement->predicate_type);
}

/* A DSSE envelope, wherever it came from: its signatures, and then its statement. */
static bool check_statement(struct image_check *check, const struct wb_dsse_envelope *envelope,
                            const struct wb_signed_thing *frame, struct wb_proof_list *proofs,
                            struct wb_error *err)
{
    struct wb_arena *arena = check->report->arena;
    if (!wb_check_envelope(envelope, frame, check->demands, arena, proofs, err) ||
        !wb_check_statement(envelope->payload, &check->target->digest, check->is_signature,
                            check->demands, arena, &proofs->items[0], err)) {
        note_claim(check, envelope->payload);
        return false;
    }
    wb_proofs_share_payload(proofs);
    return true;
}

static bool check_bundle(struct image_check *check, const struct wb_candidate *candidate,
                         struct wb_proof_list *proofs, struct wb_error *err)
{
    WB_AUTO(wb_bundle) *bundle = wb_bundle_read(wb_buffer_bytes(&candidate->content), err);
    if (bundle == NULL)
        return false;
    if (bundle->envelope == NULL)
        return wb_error_set(err, WB_CHECK_FAILED, "the bundle holds no statement");
    if (bundle->envelope->signature_count != 1)
        return wb_error_set(err, WB_CHECK_FAILED, "a bundle holds one signature, this one %zu",
                            bundle->envelope->signature_count);
    bool good;
    WB_AUTO(wb_certificates) *certificates = wb_bundle_certificates(bundle, &good, err);
    if (!good)
        return false;
    const struct wb_signed_thing frame = wb_bundle_frame(bundle, candidate->source, certificates);
    return check_statement(check, bundle->envelope, &frame, proofs, err);
}

/* Certificate and chain annotations: PEM, leaf first. Both may be absent. */
static bool read_certificates(const struct wb_candidate *candidate,
                              struct wb_certificates **certificates, struct wb_error *err)
{
    *certificates = NULL;
    if (candidate->certificate == NULL || *candidate->certificate == '\0')
        return true;
    WB_AUTO_STRING pem = wb_string_format("%s\n%s", candidate->certificate,
                                          candidate->chain == NULL ? "" : candidate->chain);
    *certificates = wb_certificates_read((struct wb_bytes){(uint8_t *)pem, strlen(pem)}, err);
    return *certificates != NULL;
}

static bool read_timestamp(const struct wb_candidate *candidate, struct wb_buffer *response,
                           struct wb_error *err)
{
    if (candidate->timestamp == NULL || *candidate->timestamp == '\0')
        return true;
    struct wb_bytes text = {(const uint8_t *)candidate->timestamp, strlen(candidate->timestamp)};
    WB_AUTO_JSON json = wb_json_parse(text, err);
    if (json == NULL)
        return wb_error_context(err, "timestamp annotation");
    const char *encoded = wb_json_string_of(json, "SignedRFC3161Timestamp");
    return (encoded != NULL && wb_base64_decode(encoded, strlen(encoded), response)) ||
           wb_error_set(err, WB_BAD_INPUT, "timestamp annotation: no SignedRFC3161Timestamp");
}

static bool check_payload(struct image_check *check, const struct wb_candidate *candidate,
                          struct wb_proof *proof, struct wb_error *err)
{
    WB_AUTO(wb_simple_signing) *payload =
        wb_simple_signing_read(wb_buffer_bytes(&candidate->content), err);
    if (payload == NULL)
        return false;
    struct wb_arena *arena = check->report->arena;
    char text[WB_DIGEST_TEXT_SIZE];
    wb_digest_format(&payload->manifest_digest, text);
    if (!wb_digest_equal(&payload->manifest_digest, &check->target->digest))
        return wb_error_set(err, WB_CHECK_FAILED, "it is a signature of %s, another image", text);
    if (!wb_check_annotations(payload->annotations, payload->annotation_count, check->demands, err))
        return false;
    proof->subject = wb_arena_copy(arena, text);
    proof->annotation_count = payload->annotation_count;
    proof->annotations =
        wb_arena_allocate(arena, (payload->annotation_count + 1) * sizeof *proof->annotations);
    for (size_t i = 0; i < payload->annotation_count; i++)
        proof->annotations[i] =
            (struct wb_statement_pair){wb_arena_copy(arena, payload->annotations[i].name),
                                       wb_arena_copy(arena, payload->annotations[i].value)};
    proof->payload.data = (const uint8_t *)wb_arena_copy_bytes(arena, candidate->content.data,
                                                               candidate->content.size);
    proof->payload.size = candidate->content.size;
    return true;
}

static bool check_simple_signing(struct image_check *check, const struct wb_candidate *candidate,
                                 struct wb_signed_thing *thing, struct wb_proof_list *proofs,
                                 struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) signature = {0};
    if (candidate->signature == NULL ||
        !wb_base64_decode(candidate->signature, strlen(candidate->signature), &signature) ||
        signature.size == 0)
        return wb_error_set(err, WB_BAD_INPUT, "its signature annotation is not base64");
    thing->form = "simple-signing";
    thing->message = wb_buffer_bytes(&candidate->content);
    thing->signature = thing->timestamped = wb_buffer_bytes(&signature);
    proofs->count = 1;
    return wb_check_signature(thing, check->demands, check->report->arena, &proofs->items[0],
                              err) &&
           check_payload(check, candidate, &proofs->items[0], err);
}

static bool check_older_envelope(struct image_check *check, const struct wb_candidate *candidate,
                                 struct wb_signed_thing *thing, struct wb_proof_list *proofs,
                                 struct wb_error *err)
{
    WB_AUTO(wb_dsse_envelope) *envelope = wb_dsse_read(wb_buffer_bytes(&candidate->content), err);
    if (envelope == NULL)
        return false;
    thing->form = "dsse";
    thing->timestamped = thing->envelope_bytes = wb_buffer_bytes(&candidate->content);
    return check_statement(check, envelope, thing, proofs, err);
}

/* Looked at only where there is a trusted root to judge it by. */
static bool read_log_entry(const struct image_check *check, const struct wb_candidate *candidate,
                           json_t **entries, struct wb_error *err)
{
    *entries = NULL;
    bool judged = false;
    for (const struct wb_verify_demands *one = check->demands; one != NULL; one = one->next)
        judged = judged || one->trusted_root != NULL;
    if (!judged || candidate->log_entry == NULL || *candidate->log_entry == '\0')
        return true;
    *entries = wb_rekor_bundle_entries(candidate->log_entry, err);
    return *entries != NULL || wb_error_context(err, "log entry annotation");
}

static bool check_layer(struct image_check *check, const struct wb_candidate *candidate,
                        struct wb_proof_list *proofs, struct wb_error *err)
{
    WB_AUTO(wb_certificates) *certificates = NULL;
    WB_AUTO_VALUE(wb_buffer) response = {0};
    WB_AUTO_JSON entries = NULL;
    if (!read_certificates(candidate, &certificates, err) ||
        !read_timestamp(candidate, &response, err) ||
        !read_log_entry(check, candidate, &entries, err))
        return false;
    const struct wb_bytes timestamp = wb_buffer_bytes(&response);
    struct wb_signed_thing thing = {
        .source = candidate->source,
        .certificates = certificates,
        .timestamps = &timestamp,
        .timestamp_count = timestamp.size > 0 ? 1 : 0,
        .log_entries = entries,
    };
    return check->is_signature ? check_simple_signing(check, candidate, &thing, proofs, err)
                               : check_older_envelope(check, candidate, &thing, proofs, err);
}

static void check_candidate(void *context, struct wb_candidate *candidate)
{
    struct image_check *check = context;
    struct wb_proof_list proofs = {0};
    struct wb_error err = WB_ERROR_INIT;
    /* A layer of the older form is what it was attached as. */
    check->claimed_type =
        !candidate->is_bundle && check->is_signature ? WB_COSIGN_SIGN_PREDICATE : NULL;
    bool good = candidate->is_bundle ? check_bundle(check, candidate, &proofs, &err)
                                     : check_layer(check, candidate, &proofs, &err);
    for (size_t i = 0; i < proofs.count && good; i++)
        wb_report_proof(check->report, &proofs.items[i]);
    bool other_type = proofs.items[0].predicate_type != NULL;
    if (!good) {
        wb_report_refusal(check->report, candidate->source, other_type, &err);
        check->report->refusals[check->report->refusal_count - 1].claimed_type =
            check->claimed_type;
    }
    if (!good && (err.status == WB_SYSTEM || err.status == WB_USAGE))
        check->system_failure = err;
}

static bool verify(struct wb_layout *layout, const struct wb_descriptor *target, bool is_signature,
                   const struct wb_verify_demands *demands, struct wb_verify_report *report,
                   struct wb_error *err)
{
    struct image_check check = {.target = target,
                                .demands = demands,
                                .report = report,
                                .is_signature = is_signature,
                                .system_failure = WB_ERROR_INIT};
    if (!wb_visit_candidates(layout, target, is_signature ? ".sig" : ".att", check_candidate,
                             &check, report, err))
        return false;
    if (check.system_failure.status != WB_OK) {
        *err = check.system_failure;
        return false;
    }
    return wb_report_enough(report, demands, is_signature ? "signature" : "attestation", err) &&
           (demands->signature_only || wb_verify_blobs(layout, target, report, err));
}

bool wb_verify_image(struct wb_layout *layout, const struct wb_descriptor *target,
                     const struct wb_verify_demands *demands, struct wb_verify_report *report,
                     struct wb_error *err)
{
    return verify(layout, target, true, demands, report, err);
}

bool wb_verify_image_attestations(struct wb_layout *layout, const struct wb_descriptor *target,
                                  const struct wb_verify_demands *demands,
                                  struct wb_verify_report *report, struct wb_error *err)
{
    return verify(layout, target, false, demands, report, err);
}
