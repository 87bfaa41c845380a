/* SPDX-License-Identifier: Apache-2.0 */
/* The one table that lists all formats. */
#include "formats/formats.h"
#include "formats/formats_private.h"
#include "formats/verdict.h"

#include <string.h>

static const char *const cyclonedx_versions[] = {"1.6", "1.4", "1.5", "1.7", NULL};

static const struct wb_format formats[] = {
    {.name = "spdx-json",
     .description = "SPDX 2.3 as JSON",
     .media_type = "application/spdx+json",
     .write = wb_spdx2_json_write,
     .recognises = wb_spdx2_json_recognises,
     .read = wb_spdx2_json_read,
     .validate = wb_spdx2_json_validate},
    {.name = "spdx-tag-value",
     .description = "SPDX 2.3 as tag-value pairs",
     .media_type = "text/spdx",
     .write = wb_spdx2_tag_write,
     .recognises = wb_spdx2_tag_recognises,
     .read = wb_spdx2_tag_read,
     .validate = wb_spdx2_tag_validate},
    {.name = "spdx3-json",
     .description = "SPDX 3.0.1 as JSON-LD",
     .media_type = "application/spdx+json",
     .write = wb_spdx3_json_write,
     .recognises = wb_spdx3_json_recognises,
     .read = wb_spdx3_json_read,
     .validate = wb_spdx3_json_validate},
    {.name = "cyclonedx-json",
     .description = "CycloneDX as JSON",
     .media_type = "application/vnd.cyclonedx+json",
     .versions = cyclonedx_versions,
     .write = wb_cyclonedx_json_write,
     .recognises = wb_cyclonedx_json_recognises,
     .read = wb_cyclonedx_json_read,
     .validate = wb_cyclonedx_json_validate},
    {.name = "cyclonedx-xml",
     .description = "CycloneDX as XML",
     .media_type = "application/vnd.cyclonedx+xml",
     .versions = cyclonedx_versions,
     .write = wb_cyclonedx_xml_write,
     .recognises = wb_cyclonedx_xml_recognises,
     .read = wb_cyclonedx_xml_read,
     .validate = wb_cyclonedx_xml_validate},
    {.name = "coswid",
     .description = "CoSWID tags (RFC 9393), CBOR",
     .media_type = "application/swid+cbor",
     .write = wb_coswid_write,
     .recognises = wb_coswid_recognises,
     .read = wb_coswid_read,
     .validate = wb_coswid_validate},
    {.name = "github-json",
     .description = "snapshot for GitHub's dependency submission",
     .media_type = "application/json",
     .write = wb_github_json_write},
    {.name = "table",
     .description = "packages as a table for people",
     .media_type = "text/plain",
     .write = wb_table_write},
};

const struct wb_format *wb_formats(size_t *count)
{
    *count = sizeof formats / sizeof formats[0];
    return formats;
}

static bool has_version(const struct wb_format *format, const char *wanted, const char **version)
{
    for (size_t i = 0; format->versions != NULL && format->versions[i] != NULL; i++)
        if (strcmp(format->versions[i], wanted) == 0) {
            *version = format->versions[i];
            return true;
        }
    return false;
}

const struct wb_format *wb_format_find(const char *name, const char **version)
{
    size_t length = strcspn(name, "@");
    *version = NULL;
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (strlen(formats[i].name) == length && memcmp(formats[i].name, name, length) == 0)
            return name[length] == '\0' || has_version(&formats[i], name + length + 1, version)
                       ? &formats[i]
                       : NULL;
    return NULL;
}
