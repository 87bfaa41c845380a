/* SPDX-License-Identifier: Apache-2.0 */
/* Trust kits: files as they come, and, as if they were signed, payloads. What is taken numbers its
 * versions without a gap, and makes a policy or says why not. */
#include "verify/trust_kit_private.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_at_policy(const struct wb_trust_kit *kit)
{
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO_VALUE(wb_buffer) text = {0};
    WB_AUTO(wb_policy) *policy = wb_trust_kit_policy(kit, &err);
    if (policy == NULL && err.status != WB_BAD_INPUT)
        abort();
    wb_trust_kit_explain(kit, &text);
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] < 0x20 && text.data[i] != '\n')
            abort();
    if (policy == NULL)
        return;
    WB_AUTO(wb_outcomes) *outcomes = wb_outcomes_new();
    wb_policy_check_kit(policy, 1800000000, outcomes);
    wb_policy_describe_kit(policy, 1800000000, &text);
}

static void look_at_file(struct wb_bytes file)
{
    struct wb_error err = WB_ERROR_INIT;
    size_t count;
    WB_AUTO(wb_trust_kit) *kit = wb_trust_kit_read(file, &err);
    if (kit == NULL) {
        if (err.status != WB_BAD_INPUT && err.status != WB_CHECK_FAILED)
            abort();
        return;
    }
    const struct wb_trust_kit_version *versions = wb_trust_kit_versions(kit, &count);
    for (size_t i = 0; i < count; i++)
        if (versions[i].number != versions[0].number + (int64_t)i ||
            versions[i].signatures < versions[i].threshold)
            abort();
    if (!wb_trust_kit_update(kit, kit, &err))
        abort();
    look_at_policy(kit);
}

static void look_at_payload(struct wb_bytes payload)
{
    static const uint8_t bytes[] = {1};
    const struct wb_dsse_signature signature = {.signature = {bytes, sizeof bytes}};
    struct wb_error err = WB_ERROR_INIT;
    struct wb_trust_kit_document document = {0};
    WB_AUTO_VALUE(wb_buffer) envelope = {0};
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    if (payload.size == 0)
        return;
    wb_dsse_write(WB_TRUST_KIT_PAYLOAD_TYPE, payload, &signature, 1, &envelope);
    if (wb_trust_kit_document_read(wb_buffer_bytes(&envelope), arena, &document, &err)) {
        const struct wb_trust_kit kit = {.documents = &document, .count = 1, .arena = arena};
        look_at_policy(&kit);
    } else if (err.status != WB_BAD_INPUT) {
        abort();
    }
    wb_trust_kit_document_clear(&document);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct wb_bytes bytes = {data, size};
    look_at_file(bytes);
    look_at_payload(bytes);
    return 0;
}
