/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures and attestations of files. */
#include "sign/envelope_json.h"
#include "verify/verify_private.h"

#include <string.h>

/* The statement's subject must be the file, whichever SHA-2 it is named by; unless an attestation
 * was asked for, the file may also be the SBOM that it states of its subject. */
static bool check_subject(const struct wb_verify_content *content, struct wb_bytes payload,
                          bool is_attestation, const struct wb_verify_demands *demands,
                          struct wb_arena *arena, struct wb_proof *proof, struct wb_error *err)
{
    static const enum wb_digest_algorithm algorithms[] = {WB_DIGEST_SHA256, WB_DIGEST_SHA384,
                                                          WB_DIGEST_SHA512};
    WB_AUTO(wb_statement) *statement = wb_statement_read(payload, err);
    if (statement == NULL)
        return false;
    for (size_t i = 0; i < sizeof algorithms / sizeof algorithms[0]; i++) {
        struct wb_digest digest;
        if (content->digest.algorithm != WB_DIGEST_NONE &&
            content->digest.algorithm != algorithms[i])
            continue;
        if (!wb_content_digest(content, algorithms[i], &digest, err))
            return false;
        if (wb_statement_subject_of(statement, &digest) != NULL)
            return wb_check_statement(payload, &digest, false, demands, arena, proof, err);
    }
    struct wb_digest subject;
    if (!is_attestation && wb_statement_predicate_is(statement, content, &subject)) {
        proof->is_predicate = true;
        return wb_check_statement(payload, &subject, false, demands, arena, proof, err);
    }
    return wb_error_set(err, WB_CHECK_FAILED, "it speaks of %.20s:%.64s, which is not this file",
                        statement->subjects[0].digests[0].name,
                        statement->subjects[0].digests[0].value);
}

static bool check_envelope(const struct wb_verify_content *content,
                           const struct wb_dsse_envelope *envelope,
                           const struct wb_signed_thing *frame, bool is_attestation,
                           const struct wb_verify_demands *demands, struct wb_arena *arena,
                           struct wb_proof_list *proofs, struct wb_error *err)
{
    if (!wb_check_envelope(envelope, frame, demands, arena, proofs, err) ||
        !check_subject(content, envelope->payload, is_attestation, demands, arena,
                       &proofs->items[0], err))
        return false;
    wb_proofs_share_payload(proofs);
    return true;
}

static bool check_message(const struct wb_verify_content *content, const struct wb_bundle *bundle,
                          const struct wb_verify_demands *demands, struct wb_signed_thing *thing,
                          struct wb_arena *arena, struct wb_proof *proof, struct wb_error *err)
{
    thing->content = content;
    thing->signature = thing->timestamped = bundle->message_signature;
    if (!wb_check_signature(thing, demands, arena, proof, err))
        return false;
    enum wb_digest_algorithm stated = bundle->message_digest.algorithm;
    struct wb_digest digest;
    char text[WB_DIGEST_TEXT_SIZE];
    if (!wb_content_digest(content, stated == WB_DIGEST_NONE ? WB_DIGEST_SHA256 : stated, &digest,
                           err))
        return false;
    if (stated != WB_DIGEST_NONE && !wb_digest_equal(&digest, &bundle->message_digest))
        return wb_error_set(err, WB_CHECK_FAILED, "the bundle states another digest of the file");
    proof->subject = wb_arena_copy(arena, wb_digest_format(&digest, text));
    return true;
}

static bool check_bundle(const struct wb_verify_content *content, struct wb_bytes bytes,
                         bool is_attestation, const struct wb_verify_demands *demands,
                         struct wb_arena *arena, struct wb_proof_list *proofs, struct wb_error *err)
{
    WB_AUTO(wb_bundle) *bundle = wb_bundle_read(bytes, err);
    if (bundle == NULL)
        return false;
    bool good;
    WB_AUTO(wb_certificates) *certificates = wb_bundle_certificates(bundle, &good, err);
    if (!good)
        return false;
    struct wb_signed_thing thing = wb_bundle_frame(bundle, NULL, certificates);
    if (bundle->envelope == NULL) {
        if (is_attestation)
            return wb_error_set(err, WB_CHECK_FAILED,
                                "the bundle holds a plain signature, not an attestation");
        proofs->count = 1;
        return check_message(content, bundle, demands, &thing, arena, &proofs->items[0], err);
    }
    if (bundle->envelope->signature_count != 1)
        return wb_error_set(err, WB_CHECK_FAILED, "a bundle holds one signature, this one %zu",
                            bundle->envelope->signature_count);
    return check_envelope(content, bundle->envelope, &thing, is_attestation, demands, arena, proofs,
                          err);
}

/* One candidate: its proofs or a refusal, and the verdict. */
static bool conclude(bool good, const struct wb_proof_list *proofs, const char *what,
                     const struct wb_verify_demands *demands, struct wb_verify_report *report,
                     struct wb_error *err)
{
    if (good) {
        for (size_t i = 0; i < proofs->count; i++)
            wb_report_proof(report, &proofs->items[i]);
        return wb_report_enough(report, demands, what, err);
    }
    wb_report_refusal(report, "", false, err);
    return false;
}

bool wb_verify_blob_bundle(const struct wb_verify_content *content, struct wb_bytes bundle,
                           const struct wb_verify_demands *demands, struct wb_verify_report *report,
                           struct wb_error *err)
{
    struct wb_proof_list proofs = {0};
    bool good = check_bundle(content, bundle, false, demands, report->arena, &proofs, err);
    return conclude(good, &proofs, "signature", demands, report, err);
}

/* Detached signatures lie about as base64 text or as raw bytes. */
static struct wb_bytes decode_signature(struct wb_bytes signature, struct wb_buffer *decoded)
{
    size_t size = signature.size;
    while (size > 0 && (signature.data[size - 1] == '\n' || signature.data[size - 1] == '\r'))
        size--;
    if (size > 0 && wb_base64_decode((const char *)signature.data, size, decoded))
        return wb_buffer_bytes(decoded);
    return signature;
}

bool wb_verify_blob_signature(const struct wb_verify_content *content, struct wb_bytes signature,
                              const struct wb_certificates *certificates,
                              const struct wb_verify_demands *demands,
                              struct wb_verify_report *report, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) decoded = {0};
    struct wb_bytes bytes = decode_signature(signature, &decoded);
    const struct wb_signed_thing thing = {
        .form = "detached",
        .content = content,
        .signature = bytes,
        .certificates = certificates,
    };
    struct wb_proof_list proofs = {0};
    struct wb_digest digest;
    char text[WB_DIGEST_TEXT_SIZE];
    proofs.count = 1;
    bool good = wb_check_signature(&thing, demands, report->arena, &proofs.items[0], err) &&
                wb_content_digest(content, WB_DIGEST_SHA256, &digest, err);
    if (good)
        proofs.items[0].subject = wb_arena_copy(report->arena, wb_digest_format(&digest, text));
    return conclude(good, &proofs, "signature", demands, report, err);
}

bool wb_verify_blob_attestation(const struct wb_verify_content *content,
                                struct wb_bytes attestation,
                                const struct wb_verify_demands *demands,
                                struct wb_verify_report *report, struct wb_error *err)
{
    struct wb_proof_list proofs = {0};
    bool good;
    if (wb_bundle_is(attestation)) {
        good = check_bundle(content, attestation, true, demands, report->arena, &proofs, err);
    } else {
        WB_AUTO(wb_dsse_envelope) *envelope = wb_dsse_read(attestation, err);
        const struct wb_signed_thing frame = {.form = "dsse"};
        good = envelope != NULL && check_envelope(content, envelope, &frame, true, demands,
                                                  report->arena, &proofs, err);
    }
    return conclude(good, &proofs, "attestation", demands, report, err);
}
