/* SPDX-License-Identifier: Apache-2.0 */
/* Package URLs: what is taken apart goes together again, and then stays as it is. */
#include "sbom/purl.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    const char *text = wb_arena_copy_bytes(arena, data, size);
    struct wb_error err = WB_ERROR_INIT;
    struct wb_purl purl, again;
    if (!wb_purl_parse(arena, text, WB_PURL_TOLERANT, &purl, &err))
        return 0;
    const char *canonical = wb_purl_write(arena, &purl);
    if (canonical == NULL || !wb_purl_parse(arena, canonical, WB_PURL_STRICT, &again, &err))
        abort();
    const char *same = wb_purl_write(arena, &again);
    if (same == NULL || strcmp(canonical, same) != 0)
        abort();
    return 0;
}
