/* SPDX-License-Identifier: Apache-2.0 */
/* Reading SPDX 2: packages (clause 7). */
#include "formats/spdx2_read.h"

#include <stdlib.h>
#include <string.h>

struct package_context {
    struct wb_spdx2_reader *reader;
    struct wb_package *package;
};

static void lose(struct wb_spdx2_reader *reader, const char *field)
{
    wb_bom_add_loss(reader->bom, field);
}

static void take_property(void *context, const char *name, const char *value)
{
    struct package_context *at = context;
    if (!wb_package_property_read(at->reader->bom, at->package, name, value))
        lose(at->reader, "/packages/*/annotations/*");
}

/* ---- fields ---- */

static const char *copy_text(struct wb_spdx2_reader *reader, const json_t *json, const char *key)
{
    return wb_arena_copy(reader->bom->arena, wb_spdx2_text(json, key));
}

static void read_makers(struct wb_spdx2_reader *reader, const json_t *json,
                        struct wb_package *package)
{
    struct wb_bom *bom = reader->bom;
    const char *supplier = wb_spdx2_text(json, "supplier");
    const char *originator = wb_spdx2_text(json, "originator");
    struct wb_actor actor = wb_spdx2_actor_read(bom->arena, supplier);
    if (supplier != NULL && actor.name == NULL)
        lose(reader, "/packages/*/supplier");
    package->supplier = actor.name;
    package->supplier_is_person = actor.is_person;
    if (actor.email != NULL)
        package->supplier_email = actor.email;
    actor = wb_spdx2_actor_read(bom->arena, originator);
    if (originator != NULL && actor.name == NULL)
        lose(reader, "/packages/*/originator");
    package->packager_is_person = actor.is_person;
    if (package->packager == NULL && actor.name != NULL)
        package->packager = actor.email == NULL
                                ? actor.name
                                : wb_arena_format(bom->arena, "%s <%s>", actor.name, actor.email);
}

/* Free text; what Waybill and trivy write into it says the source package. */
static void read_source(struct wb_spdx2_reader *reader, const json_t *json,
                        struct wb_package *package)
{
    const char *text = wb_spdx2_text(json, "sourceInfo");
    if (text != NULL && !wb_spdx2_source_read(reader->bom->arena, package, text))
        lose(reader, "/packages/*/sourceInfo");
}

/* NULL for what is no expression. */
static const char *expression(struct wb_spdx2_reader *reader, const char *text)
{
    return text != NULL && wb_licence_expression_valid(text)
               ? wb_arena_copy(reader->bom->arena, text)
               : NULL;
}

static void read_licences(struct wb_spdx2_reader *reader, const json_t *json,
                          struct wb_package *package)
{
    const char *declared = wb_spdx2_text(json, "licenseDeclared");
    const char *concluded = wb_spdx2_text(json, "licenseConcluded");
    const char *comments = wb_spdx2_text(json, "licenseComments");
    package->licence = expression(reader, declared);
    package->licence_concluded = expression(reader, concluded);
    if (concluded != NULL && package->licence_concluded == NULL)
        lose(reader, "/packages/*/licenseConcluded");
    if (comments != NULL && wb_text_starts_with(comments, WB_SPDX2_STATED)) {
        if (package->licence_declared == NULL)
            package->licence_declared =
                wb_arena_copy(reader->bom->arena, comments + strlen(WB_SPDX2_STATED));
    } else if (comments != NULL) {
        lose(reader, "/packages/*/licenseComments");
    }
    /* What is no expression of the list as it is here is still what the package states. */
    if (declared != NULL && package->licence == NULL) {
        if (package->licence_declared == NULL && strcmp(declared, "NONE") != 0)
            package->licence_declared = wb_arena_copy(reader->bom->arena, declared);
        else
            lose(reader, "/packages/*/licenseDeclared");
    }
}

static void read_checksums(struct wb_spdx2_reader *reader, const json_t *json,
                           struct wb_package *package)
{
    size_t i;
    json_t *checksum;
    json_array_foreach(wb_json_array_of(json, "checksums"), i, checksum)
    {
        struct wb_digest digest;
        if (wb_field_digest_of(wb_json_string_of(checksum, "algorithm"),
                               wb_json_string_of(checksum, "checksumValue"), &digest))
            wb_package_add_checksum(package, &digest);
        else
            lose(reader, "/packages/*/checksums");
    }
}

/* The categories and types that the specification does not know are written as others, and so are
 * taken for others: what is read again stands in the same order. */
static void normalise_reference(struct wb_spdx2_reader *reader,
                                struct wb_external_reference *reference)
{
    /* Version 2.2 has an underscore in the names. */
    static const char *const categories[][2] = {{"SECURITY", "SECURITY"},
                                                {"PACKAGE-MANAGER", "PACKAGE-MANAGER"},
                                                {"PACKAGE_MANAGER", "PACKAGE-MANAGER"},
                                                {"PERSISTENT-ID", "PERSISTENT-ID"},
                                                {"PERSISTENT_ID", "PERSISTENT-ID"},
                                                {"OTHER", "OTHER"}};
    const char *known = NULL;
    for (size_t i = 0; i < sizeof categories / sizeof categories[0]; i++)
        if (strcmp(categories[i][0], reference->category) == 0)
            known = categories[i][1];
    bool is_word = *reference->type != '\0' && strpbrk(reference->type, " \t\r\n") == NULL;
    if (known == NULL || !is_word)
        lose(reader, "/packages/*/externalRefs/*");
    reference->category = known == NULL ? "OTHER" : known;
    if (!is_word)
        reference->type = "other";
}

static void read_reference(struct wb_spdx2_reader *reader, const json_t *json,
                           struct wb_package *package)
{
    struct wb_external_reference reference = {
        .category = wb_json_string_of(json, "referenceCategory"),
        .type = wb_json_string_of(json, "referenceType"),
        .locator = wb_json_string_of(json, "referenceLocator"),
        .comment = wb_spdx2_text(json, "comment"),
    };
    if (reference.locator == NULL || reference.type == NULL || reference.category == NULL) {
        lose(reader, "/packages/*/externalRefs");
        return;
    }
    normalise_reference(reader, &reference);
    bool plain = reference.comment == NULL;
    const char *cpe = wb_field_cpe_type(reference.locator);
    if (plain && strcmp(reference.type, "purl") == 0 && package->purl == NULL &&
        wb_package_purl_read(reader->bom, package, reference.locator))
        return;
    if (plain && cpe != NULL && strcmp(cpe, reference.type) == 0)
        wb_package_add_cpe(reader->bom, package, reference.locator);
    else
        wb_package_add_reference(reader->bom, package, &reference);
}

static void read_references(struct wb_spdx2_reader *reader, const json_t *json,
                            struct wb_package *package)
{
    size_t i;
    json_t *reference;
    json_array_foreach(wb_json_array_of(json, "externalRefs"), i, reference)
    {
        read_reference(reader, reference, package);
    }
}

static void read_purpose(struct wb_spdx2_reader *reader, const json_t *json,
                         struct wb_package *package)
{
    const char *purpose = wb_spdx2_text(json, "primaryPackagePurpose");
    if (purpose == NULL || package->component_type != NULL)
        return;
    package->component_type = wb_spdx2_component_type(purpose);
    if (package->component_type == NULL)
        lose(reader, "/packages/*/primaryPackagePurpose");
    /* Which is what their writers say of all of them. */
    else if (package->kind != WB_PACKAGE_OTHER && strcmp(package->component_type, "install") == 0)
        package->component_type = NULL;
}

static void read_texts(struct wb_spdx2_reader *reader, const json_t *json,
                       struct wb_package *package)
{
    const char *homepage = copy_text(reader, json, "homepage");
    if (package->homepage == NULL && homepage != NULL && strcmp(homepage, "NONE") != 0)
        package->homepage = homepage;
    package->summary = copy_text(reader, json, "summary");
    package->description = copy_text(reader, json, "description");
    package->copyright = copy_text(reader, json, "copyrightText");
    if (package->download_location == NULL)
        package->download_location = copy_text(reader, json, "downloadLocation");
}

/* ---- packages ---- */

static void read_package(struct wb_spdx2_reader *reader, const json_t *json)
{
    static const char *const known[] = {"SPDXID",
                                        "name",
                                        "versionInfo",
                                        "primaryPackagePurpose",
                                        "supplier",
                                        "originator",
                                        "filesAnalyzed",
                                        "checksums",
                                        "homepage",
                                        "sourceInfo",
                                        "licenseConcluded",
                                        "licenseDeclared",
                                        "summary",
                                        "description",
                                        "licenseComments",
                                        "copyrightText",
                                        "externalRefs",
                                        "annotations",
                                        "downloadLocation",
                                        "hasFiles",
                                        "packageVerificationCode",
                                        NULL};
    struct wb_bom *bom = reader->bom;
    struct wb_package *package = wb_bom_new_package(bom, WB_PACKAGE_OTHER);
    struct package_context context = {reader, package};
    const char *name = wb_json_string_of(json, "name");
    if (name != NULL)
        package->name = wb_read_line(bom, name);
    wb_spdx2_read_annotations(reader, json, "/packages/*/annotations", take_property, &context);
    wb_package_evr_read(bom, package, wb_spdx2_text(json, "versionInfo"));
    read_references(reader, json, package);
    read_purpose(reader, json, package);
    read_makers(reader, json, package);
    read_source(reader, json, package);
    read_licences(reader, json, package);
    read_checksums(reader, json, package);
    read_texts(reader, json, package);
    if (!wb_bom_list_package(bom, package))
        lose(reader, "/packages/*");
    else if (!wb_spdx2_add_element(reader, wb_json_string_of(json, "SPDXID"), package, NULL))
        lose(reader, "/packages/*/SPDXID");
    /* It is made anew where all files are listed. */
    if (bom->file_selection != WB_FILES_ALL &&
        json_object_get(json, "packageVerificationCode") != NULL)
        lose(reader, "/packages/*/packageVerificationCode");
    wb_spdx2_count_losses(reader, json, "/packages/*", known);
}

void wb_spdx2_read_packages(struct wb_spdx2_reader *reader)
{
    size_t i;
    json_t *package;
    json_array_foreach(wb_json_array_of(reader->document, "packages"), i, package)
    {
        if (package != reader->image && package != reader->system)
            read_package(reader, package);
    }
}
