/* SPDX-License-Identifier: Apache-2.0 */
/* CycloneDX: members that were read and have no place in the model. */
#include "formats/cyclonedx.h"

#include <string.h>

/* Losses go by field, of which there must be few: names that no specification knows are all one. */
static const char *known_name(const char *key)
{
    static const char *const names[] = {
        "acknowledgement",
        "address",
        "aggregate",
        "alg",
        "annotations",
        "annotator",
        "assemblies",
        "author",
        "authors",
        "bom-ref",
        "callstack",
        "citations",
        "comment",
        "component",
        "components",
        "compositions",
        "contact",
        "content",
        "copyright",
        "cpe",
        "cryptoProperties",
        "data",
        "declarations",
        "definitions",
        "dependencies",
        "dependsOn",
        "description",
        "distributionConstraints",
        "email",
        "evidence",
        "expression",
        "expressionDetails",
        "expression-detailed",
        "externalReferences",
        "formulation",
        "group",
        "hashes",
        "id",
        "identity",
        "isExternal",
        "license",
        "licenses",
        "licensing",
        "lifecycles",
        "manufacture",
        "manufacturer",
        "metadata",
        "mime-type",
        "modelCard",
        "modified",
        "name",
        "occurrences",
        "omniborId",
        "patentAssertions",
        "pedigree",
        "phone",
        "properties",
        "provides",
        "publisher",
        "purl",
        "ref",
        "releaseNotes",
        "scope",
        "serialNumber",
        "services",
        "signature",
        "subjects",
        "supplier",
        "swhid",
        "swid",
        "tags",
        "text",
        "timestamp",
        "tools",
        "type",
        "url",
        "value",
        "vendor",
        "version",
        "versionRange",
        "vulnerabilities",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i], key) == 0)
            return names[i];
    return "(unknown)";
}

void wb_cyclonedx_lose(struct wb_cyclonedx_reading *reading, const char *path, const char *key,
                       const json_t *value)
{
    bool list = json_is_array(value);
    size_t count = list ? json_array_size(value) : 1;
    WB_AUTO_STRING field = wb_string_format("%s/%s%s", path, known_name(key), list ? "/*" : "");
    for (size_t i = 0; i < count; i++)
        wb_bom_add_loss(reading->bom, field);
}

static bool is_one_of(const char *key, const char *const *list)
{
    for (; *list != NULL; list++)
        if (strcmp(*list, key) == 0)
            return true;
    return false;
}

void wb_cyclonedx_lose_others(struct wb_cyclonedx_reading *reading, const char *path,
                              const json_t *object, const char *const *kept)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        if (!is_one_of(key, kept))
            wb_cyclonedx_lose(reading, path, key, value);
    }
}
