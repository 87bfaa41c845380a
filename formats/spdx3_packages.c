/* SPDX-License-Identifier: Apache-2.0 */
/* SPDX 3: packages, the image and the operating system. */
#include "formats/spdx3.h"

#include "formats/spdx2.h"

#include <string.h>

/* ---- fields ---- */

static void write_supplier(struct wb_spdx3 *spdx, struct wb_party party)
{
    const char *agent = wb_spdx3_agent(spdx, &party);
    if (agent != NULL)
        wb_json_member(spdx->json, "suppliedBy", wb_spdx3_iri(spdx, agent));
}

static void write_originator(struct wb_spdx3 *spdx, struct wb_party party)
{
    const char *agent = wb_spdx3_agent(spdx, &party);
    if (agent != NULL)
        wb_spdx3_list_of(spdx, "originatedBy", wb_spdx3_iri(spdx, agent));
}

static void write_address(struct wb_spdx3 *spdx, const char *key, const char *address)
{
    if (wb_field_is_iri(address))
        wb_json_member(spdx->json, key, address);
}

static void write_identifier(struct wb_spdx3 *spdx, const char *type, const char *identifier,
                             const char *comment)
{
    wb_json_begin_object(spdx->json);
    wb_json_member(spdx->json, "type", "ExternalIdentifier");
    wb_json_member(spdx->json, "externalIdentifierType", type);
    wb_json_member(spdx->json, "identifier", identifier);
    wb_spdx3_member(spdx, "comment", comment);
    wb_json_end_object(spdx->json);
}

static const char *cpe_identifier(const char *cpe)
{
    const char *type = wb_field_cpe_type(cpe);
    if (type == NULL)
        return NULL;
    return strcmp(type, "cpe22Type") == 0 ? "cpe22" : "cpe23";
}

/* The one purl and the CPE name of the image and the operating system. */
static void write_only_identifier(struct wb_spdx3 *spdx, const char *type, const char *identifier)
{
    if (type == NULL || identifier == NULL || *identifier == '\0')
        return;
    wb_json_key(spdx->json, "externalIdentifier");
    wb_json_begin_array(spdx->json);
    write_identifier(spdx, type, identifier, NULL);
    wb_json_end_array(spdx->json);
}

static void write_source(struct wb_spdx3 *spdx, const struct wb_package *package)
{
    WB_AUTO_VALUE(wb_buffer) text = {0};
    wb_spdx2_source_text(package, &text);
    wb_spdx3_member(spdx, "software_sourceInfo", (const char *)text.data);
}

/* ---- packages ---- */

static void write_identifiers(struct wb_spdx3 *spdx, const struct wb_package *package)
{
    bool any = false;
    for (size_t i = 0; !any && i < package->cpe_count; i++)
        any = cpe_identifier(package->cpes[i]) != NULL;
    for (size_t i = 0; !any && i < package->external_reference_count; i++)
        any = wb_spdx3_identifier_type(&package->external_references[i]) != NULL;
    if (!any && package->purl == NULL)
        return;
    wb_json_key(spdx->json, "externalIdentifier");
    wb_json_begin_array(spdx->json);
    if (package->purl != NULL)
        write_identifier(spdx, "packageUrl", package->purl, NULL);
    for (size_t i = 0; i < package->cpe_count; i++)
        if (cpe_identifier(package->cpes[i]) != NULL)
            write_identifier(spdx, cpe_identifier(package->cpes[i]), package->cpes[i], NULL);
    for (size_t i = 0; i < package->external_reference_count; i++) {
        const struct wb_external_reference *reference = &package->external_references[i];
        const char *type = wb_spdx3_identifier_type(reference);
        if (type != NULL)
            write_identifier(spdx, type, reference->locator, reference->comment);
    }
    wb_json_end_array(spdx->json);
}

static void write_references(struct wb_spdx3 *spdx, const struct wb_package *package)
{
    bool any = false;
    for (size_t i = 0; i < package->external_reference_count; i++) {
        const struct wb_external_reference *reference = &package->external_references[i];
        const char *type = wb_spdx3_reference_type(reference);
        if (type == NULL)
            continue;
        if (!any) {
            wb_json_key(spdx->json, "externalRef");
            wb_json_begin_array(spdx->json);
        }
        any = true;
        wb_json_begin_object(spdx->json);
        wb_json_member(spdx->json, "type", "ExternalRef");
        wb_json_member(spdx->json, "externalRefType", type);
        wb_spdx3_list_of(spdx, "locator", reference->locator);
        wb_spdx3_member(spdx, "comment", reference->comment);
        wb_json_end_object(spdx->json);
    }
    if (any)
        wb_json_end_array(spdx->json);
}

static void write_checksums(struct wb_spdx3 *spdx, const struct wb_package *package)
{
    if (package->checksum_count == 0)
        return;
    wb_json_key(spdx->json, "verifiedUsing");
    wb_json_begin_array(spdx->json);
    for (size_t i = 0; i < package->checksum_count; i++)
        wb_spdx3_hash(spdx, package->checksums[i].algorithm, package->checksums[i].bytes);
    wb_json_end_array(spdx->json);
}

/* What no field takes. A package that is not there has no identifiers that scanners would take for
 * those of one that is. */
static void add_refused_fields(const struct wb_property_sink *sink,
                               const struct wb_package *package, bool present)
{
    const char *purpose = wb_spdx3_purpose_of(package);
    if (!wb_field_is_iri(package->homepage))
        wb_property_add(sink, "waybill:package:homepage", package->homepage);
    if (!wb_field_is_iri(package->download_location))
        wb_property_add(sink, "waybill:package:downloadLocation", package->download_location);
    if (purpose != NULL && strcmp(purpose, "other") == 0 &&
        strcmp(package->component_type, "other") != 0)
        wb_property_add(sink, "waybill:package:componentType", package->component_type);
    for (size_t i = 0; i < package->cpe_count; i++)
        if (!present || cpe_identifier(package->cpes[i]) == NULL)
            wb_property_add(sink, "waybill:package:cpe", package->cpes[i]);
    for (size_t i = 0; i < package->external_reference_count; i++) {
        const struct wb_external_reference *reference = &package->external_references[i];
        if (!present || (wb_spdx3_identifier_type(reference) == NULL &&
                         wb_spdx3_reference_type(reference) == NULL))
            wb_package_reference_property(sink, reference);
    }
}

static void annotate_package(struct wb_spdx3 *spdx, const struct wb_package *package,
                             enum wb_standing standing)
{
    WB_AUTO_VALUE(wb_buffer) text = {0};
    struct wb_property_sink sink = wb_property_lines(&text);
    wb_package_properties(&sink, spdx->bom, package, standing);
    add_refused_fields(&sink, package, standing == WB_STANDING_PRESENT);
    wb_spdx3_annotation(spdx, package->id, WB_SPDX3_PROPERTIES, 1, &text);
}

static void write_package(struct wb_spdx3 *spdx, const struct wb_package *package,
                          enum wb_standing standing)
{
    struct wb_actor supplier = wb_package_supplier(package);
    wb_spdx3_begin(spdx, "software_Package", package->id);
    wb_spdx3_member(spdx, "name", package->name);
    wb_spdx3_member(spdx, "software_packageVersion", package->evr);
    wb_spdx3_member(spdx, "software_primaryPurpose", wb_spdx3_purpose_of(package));
    write_supplier(spdx, wb_spdx3_party(&supplier));
    write_originator(spdx, wb_spdx3_packager(spdx->arena, package));
    write_address(spdx, "software_homePage", package->homepage);
    write_address(spdx, "software_downloadLocation", package->download_location);
    write_source(spdx, package);
    wb_spdx3_member(spdx, "software_copyrightText", package->copyright);
    wb_spdx3_member(spdx, "summary", package->summary);
    wb_spdx3_member(spdx, "description", package->description);
    write_checksums(spdx, package);
    if (standing == WB_STANDING_PRESENT) {
        wb_spdx3_member(spdx, "software_packageUrl", package->purl);
        write_identifiers(spdx, package);
        write_references(spdx, package);
    }
    wb_spdx3_end(spdx);
    annotate_package(spdx, package, standing);
}

/* ---- the image and its operating system ---- */

static void write_image_hash(struct wb_spdx3 *spdx)
{
    const struct wb_image_description *image = spdx->bom->image;
    const char *text =
        image->manifest_digest != NULL ? image->manifest_digest : image->config_digest;
    struct wb_digest digest;
    if (text == NULL || !wb_digest_parse(text, &digest, NULL))
        return;
    wb_json_key(spdx->json, "verifiedUsing");
    wb_json_begin_array(spdx->json);
    wb_spdx3_hash(spdx, digest.algorithm, digest.bytes);
    wb_json_end_array(spdx->json);
}

static void write_image(struct wb_spdx3 *spdx)
{
    const struct wb_bom *bom = spdx->bom;
    struct wb_actor author = wb_image_author(spdx->arena, bom->image);
    char built[WB_TIME_TEXT_SIZE];
    WB_AUTO_VALUE(wb_buffer) licences = {0};
    wb_licences_text(bom, &licences);
    wb_spdx3_begin(spdx, "software_Package", WB_SPDX3_IMAGE);
    wb_json_member(spdx->json, "name", bom->source_name);
    wb_spdx3_member(spdx, "comment", licences.size == 0 ? NULL : (const char *)licences.data);
    wb_spdx3_member(spdx, "software_packageVersion", bom->source_version);
    wb_json_member(spdx->json, "software_primaryPurpose", "container");
    write_supplier(spdx, wb_spdx3_image_supplier(spdx->arena, bom));
    write_originator(spdx, wb_spdx3_party(&author));
    if (bom->image->has_created)
        wb_json_member(spdx->json, "builtTime", wb_time_format(bom->image->created, built));
    write_address(spdx, "software_homePage", wb_image_annotation(bom->image, "url"));
    wb_spdx3_member(spdx, "summary", wb_image_annotation(bom->image, "title"));
    wb_spdx3_member(spdx, "description", wb_image_annotation(bom->image, "description"));
    write_image_hash(spdx);
    wb_spdx3_member(spdx, "software_packageUrl", bom->image_purl);
    write_only_identifier(spdx, "packageUrl", bom->image_purl);
    wb_spdx3_end(spdx);
    WB_AUTO_VALUE(wb_buffer) text = {0};
    struct wb_property_sink sink = wb_property_lines(&text);
    wb_whole_image_properties(&sink, bom);
    wb_spdx3_annotation(spdx, WB_SPDX3_IMAGE, WB_SPDX3_PROPERTIES, 1, &text);
}

static void write_system(struct wb_spdx3 *spdx)
{
    const struct wb_distribution *distribution = &spdx->bom->distribution;
    struct wb_actor supplier = wb_distribution_supplier(spdx->arena, distribution);
    wb_spdx3_begin(spdx, "software_Package", WB_SPDX3_SYSTEM);
    wb_spdx3_member(spdx, "name", distribution->id != NULL ? distribution->id : distribution->name);
    wb_spdx3_member(spdx, "software_packageVersion", distribution->version_id);
    wb_json_member(spdx->json, "software_primaryPurpose", "operatingSystem");
    write_supplier(spdx, wb_spdx3_party(&supplier));
    write_address(spdx, "software_homePage", distribution->home_url);
    wb_spdx3_member(spdx, "summary", distribution->pretty_name);
    write_only_identifier(spdx, cpe_identifier(distribution->cpe_name), distribution->cpe_name);
    wb_spdx3_end(spdx);
    WB_AUTO_VALUE(wb_buffer) text = {0};
    struct wb_property_sink sink = wb_property_lines(&text);
    wb_distribution_properties(&sink, distribution);
    wb_spdx3_annotation(spdx, WB_SPDX3_SYSTEM, WB_SPDX3_PROPERTIES, 1, &text);
}

void wb_spdx3_write_packages(struct wb_spdx3 *spdx)
{
    const struct wb_bom *bom = spdx->bom;
    write_image(spdx);
    if (wb_distribution_known(&bom->distribution))
        write_system(spdx);
    for (size_t i = 0; i < bom->package_count; i++)
        write_package(spdx, bom->packages[i], WB_STANDING_PRESENT);
    for (size_t i = 0; i < bom->residue_count; i++)
        write_package(spdx, bom->residues[i], WB_STANDING_RESIDUE);
    for (size_t i = 0; i < bom->removed_count; i++)
        write_package(spdx, bom->removed[i], WB_STANDING_REMOVED);
}
