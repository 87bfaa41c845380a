/* SPDX-License-Identifier: Apache-2.0 */
/* DSSE envelopes and bundles: from the document to the signatures in it. */
#include "verify/verify_private.h"

#include <string.h>

bool wb_check_envelope(const struct wb_dsse_envelope *envelope, const struct wb_signed_thing *frame,
                       const struct wb_verify_demands *demands, struct wb_arena *arena,
                       struct wb_proof *proof, struct wb_error *err)
{
    if (strcmp(envelope->payload_type, WB_IN_TOTO_PAYLOAD_TYPE) != 0)
        return wb_error_set(err, WB_CHECK_FAILED, "its payload type is %.100s, not %s",
                            envelope->payload_type, WB_IN_TOTO_PAYLOAD_TYPE);
    WB_AUTO_VALUE(wb_buffer) encoding = {0};
    wb_dsse_pae(envelope->payload_type, envelope->payload, &encoding);
    struct wb_signed_thing thing = *frame;
    thing.message = wb_buffer_bytes(&encoding);
    for (size_t i = 0; i < envelope->signature_count; i++) {
        thing.signature = envelope->signatures[i].signature;
        if (frame->timestamped.size == 0)
            thing.timestamped = thing.signature;
        if (wb_check_signature(&thing, demands, arena, proof, err))
            return true;
        if (err->status == WB_SYSTEM)
            return false;
    }
    return false;
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
