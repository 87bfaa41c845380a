/* SPDX-License-Identifier: Apache-2.0 */
/* Reading SPDX 3: packages. */
#include "formats/spdx2_read.h"
#include "formats/spdx3_read.h"

#include <string.h>

struct package_context {
    struct wb_spdx3_reader *reader;
    const struct wb_spdx3_element *element;
    struct wb_package *package;
};

static void lose(struct package_context *at, const char *member)
{
    wb_spdx3_lose(at->reader, at->element, member);
}

static const char *copy_text(struct package_context *at, const char *key)
{
    return wb_arena_copy(at->reader->bom->arena, wb_spdx2_text(at->element->json, key));
}

static void take_property(void *context, const char *name, const char *value)
{
    struct package_context *at = context;
    if (*value == '\0' && wb_text_starts_with(name, "waybill:"))
        wb_bom_add_loss(at->reader->bom, "Annotation");
    else if (!wb_package_property_read(at->reader->bom, at->package, name, value))
        wb_bom_add_loss(at->reader->bom, "Annotation");
}

/* ---- fields ---- */

static void read_makers(struct package_context *at)
{
    struct wb_package *package = at->package;
    const json_t *json = at->element->json;
    const json_t *supplier = json_object_get(json, "suppliedBy");
    const json_t *originator = wb_spdx3_item(json, "originatedBy", 0);
    struct wb_party party = wb_spdx3_read_party(at->reader, supplier);
    if ((supplier != NULL && party.name == NULL && party.email == NULL) || party.url != NULL)
        lose(at, "suppliedBy");
    package->supplier = party.name;
    package->supplier_is_person = party.is_person;
    if (party.email != NULL)
        package->supplier_email = party.email;
    party = wb_spdx3_read_party(at->reader, originator);
    if ((originator != NULL && party.name == NULL) || party.url != NULL ||
        wb_spdx3_item(json, "originatedBy", 1) != NULL)
        lose(at, "originatedBy");
    package->packager_is_person = party.name != NULL && party.is_person;
    if (package->packager == NULL)
        package->packager = wb_spdx3_read_maker(at->reader, originator);
}

static void read_purpose(struct package_context *at)
{
    struct wb_package *package = at->package;
    const char *purpose = wb_spdx2_text(at->element->json, "software_primaryPurpose");
    if (purpose == NULL || package->component_type != NULL)
        return;
    package->component_type = wb_spdx3_component_type(at->reader->bom->arena, purpose);
    if (package->component_type == NULL)
        lose(at, "software_primaryPurpose");
    /* Which is what their writers say of all of them. */
    else if (package->kind != WB_PACKAGE_OTHER && strcmp(package->component_type, "install") == 0)
        package->component_type = NULL;
}

static void read_hashes(struct package_context *at)
{
    const json_t *item;
    for (size_t i = 0; (item = wb_spdx3_item(at->element->json, "verifiedUsing", i)) != NULL; i++) {
        struct wb_digest digest;
        if (wb_spdx3_read_hash(item, &digest))
            wb_package_add_checksum(at->package, &digest);
        else
            lose(at, "verifiedUsing");
    }
}

static void read_texts(struct package_context *at)
{
    struct wb_package *package = at->package;
    const char *source = wb_spdx2_text(at->element->json, "software_sourceInfo");
    if (package->homepage == NULL)
        package->homepage = copy_text(at, "software_homePage");
    if (package->download_location == NULL)
        package->download_location = copy_text(at, "software_downloadLocation");
    package->summary = copy_text(at, "summary");
    package->description = copy_text(at, "description");
    package->copyright = copy_text(at, "software_copyrightText");
    if (source != NULL && !wb_spdx2_source_read(at->reader->bom->arena, package, source))
        lose(at, "software_sourceInfo");
}

/* ---- references ---- */

static void read_identifier(struct package_context *at, const json_t *item, const char *stated_purl)
{
    struct wb_bom *bom = at->reader->bom;
    const char *type = wb_json_string_of(item, "externalIdentifierType");
    struct wb_external_reference reference = {.locator = wb_spdx2_text(item, "identifier"),
                                              .comment = wb_spdx2_text(item, "comment")};
    if (type == NULL || reference.locator == NULL || !wb_spdx3_identifier_of(type, &reference)) {
        lose(at, "externalIdentifier");
        return;
    }
    if (!wb_spdx2_says_nothing(json_object_get(item, "identifierLocator")) ||
        !wb_spdx2_says_nothing(json_object_get(item, "issuingAuthority")))
        lose(at, "externalIdentifier/*");
    bool plain = reference.comment == NULL;
    const char *cpe = wb_field_cpe_type(reference.locator);
    bool is_purl = strcmp(type, "packageUrl") == 0;
    if (plain && is_purl &&
        ((stated_purl != NULL && strcmp(stated_purl, reference.locator) == 0) ||
         (at->package->purl == NULL && wb_package_purl_read(bom, at->package, reference.locator))))
        return;
    if (plain && cpe != NULL && strcmp(cpe, reference.type) == 0)
        wb_package_add_cpe(bom, at->package, reference.locator);
    else
        wb_package_add_reference(bom, at->package, &reference);
}

static void read_reference(struct package_context *at, const json_t *item)
{
    const char *type = wb_json_string_of(item, "externalRefType");
    struct wb_external_reference reference = {.comment = wb_spdx2_text(item, "comment")};
    const json_t *locator;
    if (!wb_spdx3_reference_of(type == NULL ? "other" : type, &reference)) {
        lose(at, "externalRef");
        return;
    }
    if (!wb_spdx2_says_nothing(json_object_get(item, "contentType")))
        lose(at, "externalRef/*");
    for (size_t i = 0; (locator = wb_spdx3_item(item, "locator", i)) != NULL; i++) {
        reference.locator = json_string_value(locator);
        if (reference.locator == NULL || *reference.locator == '\0')
            lose(at, "externalRef");
        else
            wb_package_add_reference(at->reader->bom, at->package, &reference);
    }
}

/* Where both say a purl they should say the same one. */
static void read_references(struct package_context *at)
{
    const char *purl = wb_spdx2_text(at->element->json, "software_packageUrl");
    const json_t *item;
    if (purl != NULL &&
        (at->package->purl != NULL || !wb_package_purl_read(at->reader->bom, at->package, purl))) {
        const struct wb_external_reference reference = {
            .category = "PACKAGE-MANAGER", .type = "purl", .locator = purl};
        wb_package_add_reference(at->reader->bom, at->package, &reference);
    }
    for (size_t i = 0; (item = wb_spdx3_item(at->element->json, "externalIdentifier", i)) != NULL;
         i++)
        read_identifier(at, item, purl);
    for (size_t i = 0; (item = wb_spdx3_item(at->element->json, "externalRef", i)) != NULL; i++)
        read_reference(at, item);
}

/* CycloneDX's properties, which SPDX 3 has an extension for. */
static void read_extension(struct package_context *at, const json_t *extension)
{
    const json_t *entry;
    const char *type = wb_json_string_of(extension, "type");
    if (type == NULL || strcmp(type, "extension_CdxPropertiesExtension") != 0) {
        lose(at, "extension");
        return;
    }
    for (size_t i = 0; (entry = wb_spdx3_item(extension, "extension_cdxProperty", i)) != NULL;
         i++) {
        const char *name = wb_json_string_of(entry, "extension_cdxPropName");
        const char *value = wb_json_string_of(entry, "extension_cdxPropValue");
        if (name == NULL || *name == '\0' || wb_text_starts_with(name, "waybill:") ||
            !wb_package_property_read(at->reader->bom, at->package, name,
                                      value == NULL ? "" : value))
            lose(at, "extension/*");
    }
}

/* ---- packages ---- */

static void read_package(struct wb_spdx3_reader *reader, struct wb_spdx3_element *element)
{
    static const char *const known[] = {"name",
                                        "software_packageVersion",
                                        "software_primaryPurpose",
                                        "suppliedBy",
                                        "originatedBy",
                                        "software_homePage",
                                        "software_downloadLocation",
                                        "software_sourceInfo",
                                        "software_copyrightText",
                                        "summary",
                                        "description",
                                        "verifiedUsing",
                                        "software_packageUrl",
                                        "externalIdentifier",
                                        "externalRef",
                                        "extension",
                                        NULL};
    struct wb_bom *bom = reader->bom;
    struct wb_package *package = wb_bom_new_package(bom, WB_PACKAGE_OTHER);
    struct package_context at = {reader, element, package};
    const char *name = wb_json_string_of(element->json, "name");
    const json_t *item;
    if (name != NULL)
        package->name = wb_read_line(bom, name);
    wb_spdx3_read_annotations(reader, element, take_property, &at);
    wb_package_evr_read(bom, package, wb_spdx2_text(element->json, "software_packageVersion"));
    read_references(&at);
    read_purpose(&at);
    read_makers(&at);
    read_hashes(&at);
    read_texts(&at);
    for (size_t i = 0; (item = wb_spdx3_item(element->json, "extension", i)) != NULL; i++)
        read_extension(&at, item);
    if (wb_bom_list_package(bom, package))
        element->package = package;
    else
        wb_bom_add_loss(bom, element->type);
    wb_spdx3_count_losses(reader, element, known);
}

void wb_spdx3_read_packages(struct wb_spdx3_reader *reader)
{
    for (size_t i = 0; i < reader->element_count; i++) {
        struct wb_spdx3_element *element = reader->elements[i];
        if (element->kind == WB_SPDX3_PACKAGE && element != reader->image &&
            element != reader->system)
            read_package(reader, element);
    }
}
