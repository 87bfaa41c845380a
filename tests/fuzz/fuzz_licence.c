/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever an rpm License tag says, it becomes a valid expression or nothing. */
#include "sbom/sbom.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    WB_AUTO(wb_bom) *bom = wb_bom_new();
    const char *tag = wb_arena_copy_bytes(bom->arena, data, size);
    const char *licence = wb_licence_from_rpm(bom, tag);
    if (licence != NULL && !wb_licence_expression_valid(licence))
        abort();
    (void)wb_licence_expression_valid(tag);
    const char *parts[] = {licence, "MIT", tag};
    const char *joined = wb_licence_join_and(bom->arena, parts, 3);
    if (joined == NULL || !wb_licence_expression_valid(joined))
        abort();
    return 0;
}
