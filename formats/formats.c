/* SPDX-License-Identifier: Apache-2.0 */
/* The one table that lists all formats. */
#include "formats/formats.h"
#include "formats/formats_private.h"

#include <string.h>

static const struct wb_format formats[] = {
    {"spdx-json", "SPDX 2.3 as JSON", "application/spdx+json", wb_spdx2_json_write},
    {"cyclonedx-json", "CycloneDX 1.6 as JSON", "application/vnd.cyclonedx+json",
     wb_cyclonedx_json_write},
    {"table", "packages as a table for people", "text/plain", wb_table_write},
};

const struct wb_format *wb_formats(size_t *count)
{
    *count = sizeof formats / sizeof formats[0];
    return formats;
}

const struct wb_format *wb_format_find(const char *name)
{
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (strcmp(formats[i].name, name) == 0)
            return &formats[i];
    return NULL;
}
