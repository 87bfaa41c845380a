/* SPDX-License-Identifier: Apache-2.0 */
/* Which of the elements that public bodies ask for a document lacks. */
#include "formats/minimum_elements.h"
#include "formats/formats_private.h"

#include <stdlib.h>
#include <string.h>

enum {
    NTIA = 1,
    BSI = 2,
    CISA = 4,
};

static const struct wb_element_profile profiles[] = {
    {"ntia", "NTIA, The Minimum Elements For a Software Bill of Materials (2021)", NTIA},
    {"bsi", "BSI TR-03183-2, version 2.1.0 (2025)", BSI},
    {"cisa", "CISA, Minimum Elements for a Software Bill of Materials (2025)", CISA},
};

const struct wb_element_profile *wb_element_profile_find(const char *name)
{
    for (size_t i = 0; i < sizeof profiles / sizeof profiles[0]; i++)
        if (strcmp(profiles[i].name, name) == 0)
            return &profiles[i];
    return NULL;
}

static bool says(const char *text)
{
    return text != NULL && *text != '\0';
}

/* ---- the document ---- */

static bool has_author(const struct wb_bom *bom)
{
    return says(bom->creator.name) || says(bom->creator.email) || says(bom->creator.url);
}

static bool has_author_or_tool(const struct wb_bom *bom)
{
    return has_author(bom) || bom->tool_version != NULL || bom->tool_count > 0;
}

static bool has_author_address(const struct wb_bom *bom)
{
    return says(bom->creator.email) || says(bom->creator.url);
}

static bool has_tool(const struct wb_bom *bom)
{
    return bom->tool_version != NULL || bom->tool_count > 0;
}

static bool has_time(const struct wb_bom *bom)
{
    return bom->created > 0;
}

static bool has_identity(const struct wb_bom *bom)
{
    return says(bom->document_namespace);
}

/* What Waybill always says and the model has no place for in what others say: there it is among
 * what was lost. */
static bool says_somewhere(const struct wb_bom *bom, const char *field)
{
    if (bom->tool_version != NULL)
        return true;
    for (size_t i = 0; i < bom->loss_count; i++)
        if (strstr(bom->losses[i].field, field) != NULL)
            return true;
    return false;
}

/* That the finished image was looked at, for instance. */
static bool has_context(const struct wb_bom *bom)
{
    return says_somewhere(bom, "lifecycle");
}

/* CycloneDX's compositions, SPDX 3's completeness of relations: unknown is an answer. */
static bool has_completeness(const struct wb_bom *bom)
{
    return says_somewhere(bom, "compositions") || says_somewhere(bom, "completeness");
}

/* One package needs nothing but itself. */
static bool has_relations(const struct wb_bom *bom)
{
    return bom->tool_version != NULL || bom->dependency_count > 0 || bom->package_count < 2;
}

static bool has_image_supplier(const struct wb_bom *bom)
{
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    return says(bom->supplier.name) || says(wb_image_supplier(arena, bom->image).name);
}

static bool has_image_version(const struct wb_bom *bom)
{
    return says(bom->source_version);
}

static bool has_image_id(const struct wb_bom *bom)
{
    return says(bom->image_purl) || bom->image->manifest_digest != NULL ||
           bom->image->config_digest != NULL;
}

static const struct {
    unsigned profiles;
    const char *element;
    bool (*present)(const struct wb_bom *bom);
} document_elements[] = {
    {NTIA, "author of the SBOM data", has_author_or_tool},
    {CISA, "SBOM author", has_author},
    {BSI, "e-mail address or URL of the SBOM's creator", has_author_address},
    {CISA, "tool name", has_tool},
    {NTIA | CISA | BSI, "timestamp", has_time},
    {BSI, "SBOM-URI", has_identity},
    {CISA, "generation context", has_context},
    {NTIA | CISA | BSI, "dependency relationships", has_relations},
    {BSI, "completeness of the dependencies", has_completeness},
    {NTIA | CISA, "supplier of the image", has_image_supplier},
    {NTIA | CISA | BSI, "version of the image", has_image_version},
    {NTIA | CISA, "unique identifier of the image", has_image_id},
};

/* ---- packages ---- */

static bool has_supplier(const struct wb_package *package)
{
    return wb_package_supplier(package).name != NULL || says(package->packager);
}

static bool has_supplier_address(const struct wb_package *package)
{
    return says(wb_package_supplier(package).email) || says(package->homepage) ||
           (package->packager != NULL && strchr(package->packager, '@') != NULL);
}

static bool has_version(const struct wb_package *package)
{
    return says(package->evr) || says(package->version);
}

static bool has_id(const struct wb_package *package)
{
    return says(package->purl) || package->cpe_count > 0;
}

static bool has_licence(const struct wb_package *package)
{
    return says(package->licence) || says(package->licence_declared) ||
           says(package->licence_concluded);
}

static bool has_checksum(const struct wb_package *package)
{
    return package->checksum_count > 0;
}

static bool has_sha512(const struct wb_package *package)
{
    for (size_t i = 0; i < package->checksum_count; i++)
        if (package->checksums[i].algorithm == WB_DIGEST_SHA512)
            return true;
    return false;
}

static bool has_property(const struct wb_package *package, const char *name)
{
    for (size_t i = 0; i < package->property_count; i++)
        if (strcmp(package->properties[i].name, name) == 0)
            return true;
    return false;
}

static bool has_file_name(const struct wb_package *package)
{
    return has_property(package, "bsi:component:filename");
}

static bool has_executable(const struct wb_package *package)
{
    return has_property(package, "bsi:component:executable");
}

static bool has_archive(const struct wb_package *package)
{
    return has_property(package, "bsi:component:archive");
}

static bool has_structured(const struct wb_package *package)
{
    return has_property(package, "bsi:component:structured");
}

static const struct {
    unsigned profiles;
    const char *element;
    bool (*present)(const struct wb_package *package);
} package_elements[] = {
    {NTIA, "supplier name", has_supplier},
    {CISA, "software producer", has_supplier},
    {BSI, "e-mail address or URL of the component's creator", has_supplier_address},
    {NTIA | CISA | BSI, "version", has_version},
    {NTIA | CISA, "unique identifier", has_id},
    {CISA, "licence", has_licence},
    {BSI, "distribution licences", has_licence},
    {CISA, "component hash", has_checksum},
    {BSI, "SHA-512 of the deployable component", has_sha512},
    {BSI, "file name", has_file_name},
    {BSI, "executable property", has_executable},
    {BSI, "archive property", has_archive},
    {BSI, "structured property", has_structured},
};

/* ---- all ---- */

static void add(struct wb_minimum_elements *elements, const struct wb_element_profile *profile,
                const char *element, char *component)
{
    struct wb_missing_element missing = {profile, element, component};
    WB_APPEND(elements->missing, elements->count, elements->capacity, missing);
}

static char *component_name(const struct wb_package *package)
{
    if (says(package->purl))
        return wb_string_copy(package->purl);
    const char *version = says(package->evr) ? package->evr : package->version;
    return wb_string_format("%s%s%s", package->name, says(version) ? " " : "",
                            says(version) ? version : "");
}

/* "1.10" comes behind "1.9". */
static bool is_before(const char *version, int major, int minor)
{
    char *end;
    long stated = strtol(version, &end, 10);
    if (stated != major)
        return stated < major;
    return (*end == '.' ? strtol(end + 1, NULL, 10) : 0) < minor;
}

static bool bsi_takes(const char *format, const char *version)
{
    if (format == NULL || version == NULL)
        return false;
    if (wb_text_starts_with(format, "cyclonedx"))
        return !is_before(version, 1, 6);
    return wb_text_starts_with(format, "spdx") && !is_before(version, 3, 0);
}

void wb_minimum_elements_check(const struct wb_element_profile *profile, const struct wb_bom *bom,
                               const char *version, struct wb_minimum_elements *elements)
{
    if (profile->bit == BSI && !bsi_takes(bom->origin_format, version))
        add(elements, profile, "a format that is accepted (CycloneDX 1.6 or SPDX 3.0.1, or later)",
            NULL);
    for (size_t i = 0; i < sizeof document_elements / sizeof document_elements[0]; i++)
        if ((document_elements[i].profiles & profile->bit) != 0 &&
            !document_elements[i].present(bom))
            add(elements, profile, document_elements[i].element, NULL);
    for (size_t p = 0; p < bom->package_count; p++)
        for (size_t i = 0; i < sizeof package_elements / sizeof package_elements[0]; i++)
            if ((package_elements[i].profiles & profile->bit) != 0 &&
                !package_elements[i].present(bom->packages[p]))
                add(elements, profile, package_elements[i].element,
                    component_name(bom->packages[p]));
}

void wb_minimum_elements_clear(struct wb_minimum_elements *elements)
{
    for (size_t i = 0; i < elements->count; i++)
        free(elements->missing[i].component);
    free(elements->missing);
    *elements = (struct wb_minimum_elements){0};
}
