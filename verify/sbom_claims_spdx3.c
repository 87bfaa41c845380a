/* SPDX-License-Identifier: Apache-2.0 */
/* The claims of SPDX 3 documents in JSON-LD, whose elements stand side by side in `@graph`. */
#include "verify/deep_private.h"

#include <string.h>

static bool is_of_type(const json_t *element, const char *type)
{
    const char *stated = wb_json_string_of(element, "type");
    if (stated == NULL)
        stated = wb_json_string_of(element, "@type");
    return stated != NULL && strcmp(stated, type) == 0;
}

static const char *id_of(const json_t *element)
{
    const char *id = wb_json_string_of(element, "spdxId");
    return id != NULL ? id : wb_json_string_of(element, "@id");
}

/* One value may stand where a list may. */
static size_t value_count(const json_t *values)
{
    return json_is_array(values) ? json_array_size(values) : values != NULL;
}

static const json_t *value_at(const json_t *values, size_t index)
{
    return json_is_array(values) ? json_array_get(values, index) : values;
}

/* The files that the document says a later layer removed, as the members of an object. */
static json_t *deleted_files(const json_t *graph)
{
    json_t *deleted = json_object();
    size_t i;
    const json_t *element;
    json_array_foreach(graph, i, element)
    {
        const char *type = wb_json_string_of(element, "relationshipType");
        const json_t *files = json_object_get(element, "to");
        if (type == NULL || strcmp(type, "hasDeletedFile") != 0)
            continue;
        for (size_t j = 0; j < value_count(files); j++) {
            const char *id = json_string_value(value_at(files, j));
            if (id != NULL)
                json_object_set_new_nocheck(deleted, id, json_true());
        }
    }
    return deleted;
}

static bool read_file(struct wb_sbom_claims *claims, const json_t *file, const json_t *deleted,
                      struct wb_error *err)
{
    const char *name = wb_json_string_of(file, "name");
    const char *id = id_of(file);
    const json_t *hashes = json_object_get(file, "verifiedUsing");
    if (name == NULL)
        return wb_error_set(err, WB_BAD_INPUT, "the SBOM has a file without a name");
    if (id != NULL && json_object_get(deleted, id) != NULL)
        return true;
    struct wb_file_claim claim = {0};
    for (size_t i = 0; i < value_count(hashes); i++) {
        const json_t *hash = value_at(hashes, i);
        wb_claims_add_digest(&claim, wb_json_string_of(hash, "algorithm"),
                             wb_json_string_of(hash, "hashValue"));
    }
    return wb_claims_add_file(claims, &claim, name, err);
}

static const char *package_url(const json_t *package)
{
    const json_t *identifiers = json_object_get(package, "externalIdentifier");
    const char *purl = wb_json_string_of(package, "software_packageUrl");
    for (size_t i = 0; purl == NULL && i < value_count(identifiers); i++) {
        const json_t *identifier = value_at(identifiers, i);
        const char *type = wb_json_string_of(identifier, "externalIdentifierType");
        if (type != NULL && strcmp(type, "packageUrl") == 0)
            purl = wb_json_string_of(identifier, "identifier");
    }
    return purl;
}

static bool read_package(struct wb_sbom_claims *claims, const json_t *package, struct wb_error *err)
{
    const char *purl = package_url(package);
    return purl == NULL ||
           wb_claims_add_package(claims, wb_json_string_of(package, "name"),
                                 wb_json_string_of(package, "software_packageVersion"), purl, err);
}

bool wb_claims_read_spdx3(struct wb_sbom_claims *claims, const json_t *document,
                          struct wb_error *err)
{
    const json_t *graph = wb_json_array_of(document, "@graph");
    if (graph == NULL)
        return wb_error_set(err, WB_BAD_INPUT, "the SBOM is JSON-LD without a @graph");
    WB_AUTO_JSON deleted = deleted_files(graph);
    size_t i;
    const json_t *element;
    json_array_foreach(graph, i, element)
    {
        if ((is_of_type(element, "software_File") && !read_file(claims, element, deleted, err)) ||
            (is_of_type(element, "software_Package") && !read_package(claims, element, err)))
            return false;
    }
    return true;
}
