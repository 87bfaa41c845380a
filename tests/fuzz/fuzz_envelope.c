/* SPDX-License-Identifier: Apache-2.0 */
/* Every reader of signed documents over the same bytes; what an envelope holds is read in turn. */
#include "sign/envelope.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_statement(struct wb_bytes payload)
{
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO(wb_statement) *statement = wb_statement_read(payload, &err);
    if (statement == NULL)
        return;
    struct wb_digest digest = {.algorithm = WB_DIGEST_SHA256};
    wb_statement_subject_of(statement, &digest);
    if (statement->subject_count == 0 || statement->subjects[0].digest_count == 0)
        abort();
}

/* What was read and is written again reads back as the same. */
static void read_envelope(struct wb_bytes bytes)
{
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO(wb_dsse_envelope) *envelope = wb_dsse_read(bytes, &err);
    if (envelope == NULL)
        return;
    WB_AUTO_VALUE(wb_buffer) json = {0};
    wb_dsse_write(envelope->payload_type, envelope->payload, envelope->signatures,
                  envelope->signature_count, &json);
    WB_AUTO(wb_dsse_envelope) *again = wb_dsse_read(wb_buffer_bytes(&json), &err);
    if (again == NULL || again->signature_count != envelope->signature_count ||
        again->payload.size != envelope->payload.size ||
        memcmp(again->payload.data, envelope->payload.data, again->payload.size) != 0 ||
        strcmp(again->payload_type, envelope->payload_type) != 0)
        abort();
    read_statement(envelope->payload);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wb_bytes bytes = {data, size};
    struct wb_error err = WB_ERROR_INIT;
    read_statement(bytes);
    read_envelope(bytes);
    wb_simple_signing_free(wb_simple_signing_read(bytes, &err));
    WB_AUTO(wb_bundle) *bundle = wb_bundle_read(bytes, &err);
    if (bundle != NULL && bundle->envelope != NULL)
        read_statement(bundle->envelope->payload);
    return 0;
}
