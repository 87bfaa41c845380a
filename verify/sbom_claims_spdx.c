/* SPDX-License-Identifier: Apache-2.0 */
/* The claims of SPDX 2.3 documents in JSON: ours (docs/formats.md), syft's, trivy's. */
#include "verify/deep_private.h"

#include <string.h>

/* Whether one of the element's annotations has this line: a property of ours. */
static bool has_property(const json_t *element, const char *line)
{
    const json_t *annotations = wb_json_array_of(element, "annotations");
    size_t i, size = strlen(line);
    const json_t *annotation;
    json_array_foreach(annotations, i, annotation)
    {
        const char *at = wb_json_string_of(annotation, "comment");
        for (; at != NULL && *at != '\0'; at += strcspn(at, "\n"), at += *at == '\n')
            if (strncmp(at, line, size) == 0 && (at[size] == '\n' || at[size] == '\0'))
                return true;
    }
    return false;
}

/* The elements that the document says were deleted, as the members of an object. */
static json_t *deleted_elements(const json_t *document)
{
    json_t *deleted = json_object();
    size_t i;
    const json_t *relationship;
    json_array_foreach(wb_json_array_of(document, "relationships"), i, relationship)
    {
        const char *type = wb_json_string_of(relationship, "relationshipType");
        const char *element = wb_json_string_of(relationship, "spdxElementId");
        if (type != NULL && element != NULL && strcmp(type, "FILE_DELETED") == 0)
            json_object_set_new_nocheck(deleted, element, json_true());
    }
    return deleted;
}

/* ---- files ---- */

static bool read_file(struct wb_sbom_claims *claims, const json_t *file, const json_t *deleted,
                      struct wb_error *err)
{
    const char *name = wb_json_string_of(file, "fileName");
    const char *id = wb_json_string_of(file, "SPDXID");
    if (name == NULL)
        return wb_error_set(err, WB_BAD_INPUT, "the SBOM has a file without a name");
    if ((id != NULL && json_object_get(deleted, id) != NULL) ||
        has_property(file, "waybill:file:status=removed"))
        return true;
    struct wb_file_claim claim = {0};
    size_t i;
    const json_t *checksum;
    json_array_foreach(wb_json_array_of(file, "checksums"), i, checksum)
    {
        wb_claims_add_digest(&claim, wb_json_string_of(checksum, "algorithm"),
                             wb_json_string_of(checksum, "checksumValue"));
    }
    return wb_claims_add_file(claims, &claim, name, err);
}

/* Files without a SHA-1, which SPDX demands, are lines of the image in our documents:
 * `waybill:image:file=STATUS PATH`. */
static bool read_unlisted(struct wb_sbom_claims *claims, const json_t *package,
                          struct wb_error *err)
{
    static const char mark[] = "waybill:image:file=";
    size_t i;
    const json_t *annotation;
    json_array_foreach(wb_json_array_of(package, "annotations"), i, annotation)
    {
        const char *at = wb_json_string_of(annotation, "comment");
        for (; at != NULL && *at != '\0'; at += strcspn(at, "\n"), at += *at == '\n') {
            if (!wb_text_starts_with(at, mark))
                continue;
            const char *status = at + sizeof mark - 1;
            size_t size = strcspn(status, " \n");
            if (status[size] != ' ' || wb_text_starts_with(status, "removed "))
                continue;
            WB_AUTO_STRING path = wb_string_copy(status + size + 1);
            path[strcspn(path, "\n")] = '\0';
            struct wb_file_claim claim = {0};
            if (!wb_claims_add_file(claims, &claim, path, err))
                return false;
        }
    }
    return true;
}

/* ---- packages ---- */

static bool read_package(struct wb_sbom_claims *claims, const json_t *package, struct wb_error *err)
{
    size_t i;
    const json_t *reference;
    json_array_foreach(wb_json_array_of(package, "externalRefs"), i, reference)
    {
        const char *type = wb_json_string_of(reference, "referenceType");
        const char *purl = wb_json_string_of(reference, "referenceLocator");
        if (type != NULL && purl != NULL && strcmp(type, "purl") == 0)
            return wb_claims_add_package(claims, wb_json_string_of(package, "name"),
                                         wb_json_string_of(package, "versionInfo"), purl, err);
    }
    return true;
}

bool wb_claims_read_spdx(struct wb_sbom_claims *claims, const json_t *document,
                         struct wb_error *err)
{
    const char *version = wb_json_string_of(document, "spdxVersion");
    if (!wb_text_starts_with(version, "SPDX-2."))
        return wb_error_set(err, WB_BAD_INPUT, "the SBOM is %.40s, which is not known here",
                            version);
    WB_AUTO_JSON deleted = deleted_elements(document);
    size_t i;
    const json_t *element;
    json_array_foreach(wb_json_array_of(document, "files"), i, element)
    {
        if (!read_file(claims, element, deleted, err))
            return false;
    }
    json_array_foreach(wb_json_array_of(document, "packages"), i, element)
    {
        if (!read_package(claims, element, err) || !read_unlisted(claims, element, err))
            return false;
    }
    return true;
}
