/* SPDX-License-Identifier: Apache-2.0 */
/* Waivers and baselines: read strictly, and refused with a reason. */
#include "audit/audit_private.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_one(const struct wb_audit_options *options)
{
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO(wb_audit_waivers) *waivers = wb_audit_waivers_new(options, &err);
    if (waivers == NULL && (err.status != WB_BAD_INPUT || err.message[0] == '\0'))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct wb_audit_options as_waivers = {.now = 1700000000, .waivers = {data, size}};
    const struct wb_audit_options as_baseline = {.now = 1700000000, .baseline = {data, size}};
    read_one(&as_waivers);
    read_one(&as_baseline);
    return 0;
}
