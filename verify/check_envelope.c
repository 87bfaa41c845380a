/* SPDX-License-Identifier: Apache-2.0 */
/* DSSE envelopes and bundles: from the document to the signatures in it. */
#include "verify/verify_private.h"

#include <string.h>

bool wb_check_envelope(const struct wb_dsse_envelope *envelope, const struct wb_signed_thing *frame,
                       const struct wb_verify_demands *demands, struct wb_arena *arena,
                       struct wb_proof_list *proofs, struct wb_error *err)
{
    if (strcmp(envelope->payload_type, WB_IN_TOTO_PAYLOAD_TYPE) != 0)
        return wb_error_set(err, WB_CHECK_FAILED, "its payload type is %.100s, not %s",
                            envelope->payload_type, WB_IN_TOTO_PAYLOAD_TYPE);
    WB_AUTO_VALUE(wb_buffer) encoding = {0};
    wb_dsse_pae(envelope->payload_type, envelope->payload, &encoding);
    struct wb_signed_thing thing = *frame;
    thing.message = wb_buffer_bytes(&encoding);
    thing.envelope = envelope;
    proofs->count = 0;
    for (size_t i = 0; i < envelope->signature_count; i++) {
        struct wb_proof proof = {0};
        thing.signature = envelope->signatures[i].signature;
        if (frame->timestamped.size == 0)
            thing.timestamped = thing.signature;
        if (wb_check_signature(&thing, demands, arena, &proof, err))
            proofs->items[proofs->count++] = proof;
        else if (err->status == WB_SYSTEM || err->status == WB_USAGE)
            return false;
    }
    return proofs->count > 0;
}

void wb_proofs_share_payload(struct wb_proof_list *proofs)
{
    const struct wb_proof *first = &proofs->items[0];
    for (size_t i = 1; i < proofs->count; i++) {
        struct wb_proof *proof = &proofs->items[i];
        proof->predicate_type = first->predicate_type;
        proof->subject = first->subject;
        proof->annotations = first->annotations;
        proof->annotation_count = first->annotation_count;
        proof->payload = first->payload;
    }
}

struct wb_certificates *wb_bundle_certificates(const struct wb_bundle *bundle, bool *good,
                                               struct wb_error *err)
{
    WB_AUTO(wb_certificates) *certificates = NULL;
    *good = true;
    for (size_t i = 0; i < bundle->certificate_count && *good; i++)
        *good = wb_certificates_add_der(&certificates, bundle->certificates[i], err);
    return *good ? WB_STEAL(certificates) : NULL;
}

struct wb_signed_thing wb_bundle_frame(const struct wb_bundle *bundle, const char *source,
                                       const struct wb_certificates *certificates)
{
    return (struct wb_signed_thing){
        .form = "bundle",
        .source = source,
        .key_hint = bundle->key_hint,
        .certificates = certificates,
        .timestamps = bundle->timestamps,
        .timestamp_count = bundle->timestamp_count,
        .log_entries = bundle->log_entries,
        .bundle_version = bundle->version,
    };
}
