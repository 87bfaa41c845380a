/* SPDX-License-Identifier: Apache-2.0 */
/* SPDX 2.3: the packages (clause 7). */
#include "formats/spdx2.h"

#include <stdint.h>
#include <string.h>

/* ---- fields ---- */

void wb_spdx2_actor(struct wb_spdx2 *spdx, const char *key, const struct wb_actor *actor)
{
    WB_AUTO_STRING text = wb_spdx2_actor_text(actor);
    wb_spdx2_member(spdx, key, text == NULL ? "NOASSERTION" : text);
}

void wb_spdx2_checksum(struct wb_spdx2 *spdx, const struct wb_digest *digest)
{
    char hex[2 * WB_DIGEST_MAX_SIZE + 1];
    wb_spdx2_begin_object(spdx);
    wb_spdx2_member(spdx, "algorithm", wb_field_spdx_algorithm(digest->algorithm));
    wb_spdx2_member(spdx, "checksumValue",
                    wb_hex_format(digest->bytes, wb_digest_size(digest->algorithm), hex));
    wb_spdx2_end_object(spdx);
}

void wb_spdx2_external_reference(struct wb_spdx2 *spdx, const char *category, const char *type,
                                 const char *locator, const char *comment)
{
    if (locator == NULL || type == NULL)
        return;
    wb_spdx2_begin_object(spdx);
    wb_spdx2_member(spdx, "referenceCategory", category);
    wb_spdx2_member(spdx, "referenceType", type);
    wb_spdx2_member(spdx, "referenceLocator", locator);
    wb_spdx2_member(spdx, "comment", comment);
    wb_spdx2_end_object(spdx);
}

static const char *or_no_assertion(const char *text)
{
    return text == NULL || *text == '\0' ? "NOASSERTION" : text;
}

void wb_spdx2_licences(struct wb_spdx2 *spdx, const struct wb_spdx2_licences *licences)
{
    wb_spdx2_member(spdx, "licenseConcluded", or_no_assertion(licences->concluded));
    wb_spdx2_member(spdx, "licenseDeclared", or_no_assertion(licences->declared));
    bool stated = licences->as_stated != NULL && *licences->as_stated != '\0';
    if (stated || licences->comment != NULL) {
        WB_AUTO_STRING comment = wb_string_format(
            "%s%s%s%s", stated ? WB_SPDX2_STATED : "", stated ? licences->as_stated : "",
            stated && licences->comment != NULL ? "\n" : "",
            licences->comment == NULL ? "" : licences->comment);
        wb_spdx2_member(spdx, "licenseComments", comment);
    }
    wb_spdx2_member(spdx, "copyrightText", or_no_assertion(licences->copyright));
}

void wb_spdx2_homepage(struct wb_spdx2 *spdx, const char *url)
{
    if (wb_field_is_homepage(url))
        wb_spdx2_member(spdx, "homepage", url);
}

/* ---- packages ---- */

static void write_checksums(struct wb_spdx2 *spdx, const struct wb_package *package)
{
    if (package->checksum_count == 0)
        return;
    wb_spdx2_key(spdx, "checksums");
    wb_spdx2_begin_array(spdx);
    for (size_t i = 0; i < package->checksum_count; i++)
        wb_spdx2_checksum(spdx, &package->checksums[i]);
    wb_spdx2_end_array(spdx);
}

/* The categories of SPDX 2.3 (7.21.1); references of other formats say what they are in a word. */
static const char *category_of(const struct wb_external_reference *reference)
{
    static const char *const categories[] = {"SECURITY", "PACKAGE-MANAGER", "PERSISTENT-ID"};
    for (size_t i = 0; reference->category != NULL && i < 3; i++)
        if (strcmp(categories[i], reference->category) == 0)
            return categories[i];
    return "OTHER";
}

/* A word without spaces. */
static const char *type_of(const struct wb_external_reference *reference)
{
    const char *type = reference->type != NULL ? reference->type : reference->category;
    return type == NULL || *type == '\0' || strpbrk(type, " \t\r\n") != NULL ? "other" : type;
}

static void write_external_references(struct wb_spdx2 *spdx, const struct wb_package *package)
{
    if (package->purl == NULL && package->cpe_count == 0 && package->external_reference_count == 0)
        return;
    wb_spdx2_key(spdx, "externalRefs");
    wb_spdx2_begin_array(spdx);
    wb_spdx2_external_reference(spdx, "PACKAGE-MANAGER", "purl", package->purl, NULL);
    for (size_t i = 0; i < package->cpe_count; i++)
        wb_spdx2_external_reference(spdx, "SECURITY", wb_field_cpe_type(package->cpes[i]),
                                    package->cpes[i], NULL);
    for (size_t i = 0; i < package->external_reference_count; i++) {
        const struct wb_external_reference *reference = &package->external_references[i];
        wb_spdx2_external_reference(spdx, category_of(reference), type_of(reference),
                                    reference->locator, reference->comment);
    }
    wb_spdx2_end_array(spdx);
}

static void write_source(struct wb_spdx2 *spdx, const struct wb_package *package)
{
    WB_AUTO_VALUE(wb_buffer) text = {0};
    wb_spdx2_source_text(package, &text);
    wb_spdx2_member(spdx, "sourceInfo", (const char *)text.data);
}

static void write_verification_code(struct wb_spdx2 *spdx, const struct wb_package *package)
{
    size_t index = wb_spdx2_code_index(spdx->bom, package);
    bool analyzed = index != SIZE_MAX && spdx->verification_codes[index][0] != '\0';
    wb_spdx2_key(spdx, "filesAnalyzed");
    wb_spdx2_boolean(spdx, analyzed);
    if (!analyzed)
        return;
    wb_spdx2_key(spdx, "packageVerificationCode");
    wb_spdx2_begin_object(spdx);
    wb_spdx2_member(spdx, "packageVerificationCodeValue", spdx->verification_codes[index]);
    wb_spdx2_end_object(spdx);
}

static void write_package_annotation(struct wb_spdx2 *spdx, const struct wb_package *package,
                                     enum wb_standing standing)
{
    WB_AUTO_VALUE(wb_buffer) text = {0};
    struct wb_property_sink sink = wb_property_lines(&text);
    wb_package_properties(&sink, spdx->bom, package, standing);
    if (!wb_field_is_homepage(package->homepage))
        wb_property_add(&sink, "waybill:package:homepage", package->homepage);
    const char *purpose = wb_spdx2_purpose_of(package);
    if (purpose != NULL && strcmp(purpose, "OTHER") == 0 &&
        strcmp(package->component_type, "other") != 0)
        wb_property_add(&sink, "waybill:package:componentType", package->component_type);
    wb_spdx2_annotation(spdx, &text);
}

static void write_makers(struct wb_spdx2 *spdx, const struct wb_package *package)
{
    struct wb_actor supplier = wb_package_supplier(package);
    wb_spdx2_actor(spdx, "supplier", &supplier);
    if (package->packager != NULL && *package->packager != '\0') {
        struct wb_actor packager =
            wb_actor_parse(spdx->arena, package->packager, package->packager_is_person);
        wb_spdx2_actor(spdx, "originator", &packager);
    }
}

static void write_package(struct wb_spdx2 *spdx, const struct wb_package *package,
                          enum wb_standing standing)
{
    bool present = standing == WB_STANDING_PRESENT;
    wb_spdx2_begin_object(spdx);
    WB_AUTO_STRING id = wb_string_format("SPDXRef-%s", package->id);
    wb_spdx2_member(spdx, "SPDXID", id);
    wb_spdx2_member(spdx, "name", package->name);
    wb_spdx2_member(spdx, "versionInfo", package->evr);
    wb_spdx2_member(spdx, "primaryPackagePurpose", wb_spdx2_purpose_of(package));
    write_makers(spdx, package);
    wb_spdx2_member(spdx, "downloadLocation", or_no_assertion(package->download_location));
    write_verification_code(spdx, package);
    write_checksums(spdx, package);
    wb_spdx2_homepage(spdx, package->homepage);
    write_source(spdx, package);
    const struct wb_spdx2_licences licences = {
        .concluded = package->licence_concluded,
        .declared = package->licence,
        .as_stated = package->licence_declared,
        .copyright = package->copyright,
    };
    wb_spdx2_licences(spdx, &licences);
    wb_spdx2_member(spdx, "summary", package->summary);
    wb_spdx2_member(spdx, "description", package->description);
    if (present)
        write_external_references(spdx, package);
    write_package_annotation(spdx, package, standing);
    wb_spdx2_end_object(spdx);
}

void wb_spdx2_packages(struct wb_spdx2 *spdx)
{
    const struct wb_bom *bom = spdx->bom;
    wb_spdx2_key(spdx, "packages");
    wb_spdx2_begin_array(spdx);
    wb_spdx2_image(spdx);
    if (wb_distribution_known(&bom->distribution))
        wb_spdx2_system(spdx);
    for (size_t i = 0; i < bom->package_count; i++)
        write_package(spdx, bom->packages[i], WB_STANDING_PRESENT);
    for (size_t i = 0; i < bom->residue_count; i++)
        write_package(spdx, bom->residues[i], WB_STANDING_RESIDUE);
    for (size_t i = 0; i < bom->removed_count; i++)
        write_package(spdx, bom->removed[i], WB_STANDING_REMOVED);
    wb_spdx2_end_array(spdx);
}
