/* SPDX-License-Identifier: Apache-2.0 */
/* The claims of CycloneDX documents in JSON: ours (docs/formats.md), syft's, trivy's. */
#include "verify/deep_private.h"

#include <string.h>

static bool has_property(const json_t *component, const char *name, const char *value)
{
    size_t i;
    const json_t *property;
    json_array_foreach(wb_json_array_of(component, "properties"), i, property)
    {
        const char *its_name = wb_json_string_of(property, "name");
        const char *its_value = wb_json_string_of(property, "value");
        if (its_name != NULL && its_value != NULL && strcmp(its_name, name) == 0 &&
            strcmp(its_value, value) == 0)
            return true;
    }
    return false;
}

/* A file whose name is no path from the root is somewhere, which says nothing. */
static bool read_file(struct wb_sbom_claims *claims, const json_t *component, struct wb_error *err)
{
    const char *name = wb_json_string_of(component, "name");
    if (name == NULL)
        return wb_error_set(err, WB_BAD_INPUT, "the SBOM has a file without a name");
    if ((name[0] != '/' && !wb_text_starts_with(name, "./")) ||
        has_property(component, "waybill:file:status", "removed"))
        return true;
    struct wb_file_claim claim = {0};
    size_t i;
    const json_t *hash;
    json_array_foreach(wb_json_array_of(component, "hashes"), i, hash)
    {
        wb_claims_add_digest(&claim, wb_json_string_of(hash, "alg"),
                             wb_json_string_of(hash, "content"));
    }
    return wb_claims_add_file(claims, &claim, name, err);
}

/* Components may have components; the depth of the JSON text is bounded. */
static bool read_components(struct wb_sbom_claims *claims, const json_t *components,
                            struct wb_error *err)
{
    size_t i;
    const json_t *component;
    json_array_foreach(components, i, component)
    {
        const char *type = wb_json_string_of(component, "type");
        const char *scope = wb_json_string_of(component, "scope");
        const char *purl = wb_json_string_of(component, "purl");
        /* What is excluded was there once, or is there no more than in part. */
        if (scope != NULL && strcmp(scope, "excluded") == 0)
            continue;
        if (type != NULL && strcmp(type, "file") == 0 && !read_file(claims, component, err))
            return false;
        if (purl != NULL &&
            !wb_claims_add_package(claims, wb_json_string_of(component, "name"),
                                   wb_json_string_of(component, "version"), purl, err))
            return false;
        if (!read_components(claims, wb_json_array_of(component, "components"), err))
            return false;
    }
    return true;
}

bool wb_claims_read_cyclonedx(struct wb_sbom_claims *claims, const json_t *document,
                              struct wb_error *err)
{
    const char *format = wb_json_string_of(document, "bomFormat");
    if (strcmp(format, "CycloneDX") != 0)
        return wb_error_set(err, WB_BAD_INPUT, "the SBOM is %.40s, which is not known here",
                            format);
    return read_components(claims, wb_json_array_of(document, "components"), err);
}
