/* SPDX-License-Identifier: Apache-2.0 */
/* TrustedRoot files: what is taken has an order of time and keys of the kinds it says. */
#include "verify/log_private.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_at_logs(const struct wb_log *logs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (logs[i].validity.start > logs[i].validity.end || logs[i].id.size == 0 ||
            logs[i].note_id.size == 0 || logs[i].name == NULL)
            abort();
        const struct wb_log *found = wb_log_find(logs, count, logs[i].id);
        if (found == NULL || found > &logs[i])
            abort();
    }
}

static void look_at_authorities(const struct wb_authority *authorities, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (authorities[i].validity.start > authorities[i].validity.end ||
            wb_certificates_count(authorities[i].roots) != 1 || authorities[i].name == NULL)
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO(wb_trusted_root) *root = wb_trusted_root_read((struct wb_bytes){data, size}, &err);
    if (root == NULL) {
        if (err.status != WB_BAD_INPUT)
            abort();
        return 0;
    }
    look_at_logs(root->logs, root->log_count);
    look_at_logs(root->certificate_logs, root->certificate_log_count);
    look_at_authorities(root->certificate_authorities, root->certificate_authority_count);
    look_at_authorities(root->timestamp_authorities, root->timestamp_authority_count);
    return 0;
}
