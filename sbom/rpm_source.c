/* SPDX-License-Identifier: Apache-2.0 */
/* The source package, of which rpm keeps no more than a file name. */
#include "sbom/bom.h"

#include <string.h>

/* The last `-` before `end`; NULL without one. */
static const char *last_dash(const char *text, const char *end)
{
    return memrchr(text, '-', (size_t)(end - text));
}

void wb_rpm_source_set(struct wb_arena *arena, struct wb_package *package, const char *source_rpm)
{
    static const char *const suffixes[] = {".nosrc.rpm", ".src.rpm"};
    package->source_rpm = source_rpm;
    if (source_rpm == NULL)
        return;
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        if (!wb_text_ends_with(source_rpm, suffixes[i]))
            continue;
        const char *end = source_rpm + strlen(source_rpm) - strlen(suffixes[i]);
        const char *release = last_dash(source_rpm, end);
        const char *version = release == NULL ? NULL : last_dash(source_rpm, release);
        if (version == NULL || version == source_rpm)
            return;
        package->source_name =
            wb_arena_copy_bytes(arena, source_rpm, (size_t)(version - source_rpm));
        package->source_version =
            wb_arena_copy_bytes(arena, version + 1, (size_t)(end - version - 1));
        return;
    }
}
