/* SPDX-License-Identifier: Apache-2.0 */
/* SPDX 2.3 as JSON: the image, the operating system and the packages (clause 7). */
#include "formats/formats_private.h"

#include <stdint.h>
#include <string.h>

/* ---- fields ---- */

/* `Person: name (mail)`. An empty address keeps parentheses of the name from being read as one;
 * line ends and the like have no place in it. */
static void write_actor(struct wb_spdx2 *spdx, const char *key, const struct wb_actor *actor)
{
    if (actor->name == NULL) {
        wb_json_member(spdx->json, key, "NOASSERTION");
        return;
    }
    WB_AUTO_VALUE(wb_buffer) text = {0};
    wb_buffer_append_text(&text, actor->is_person ? "Person: " : "Organization: ");
    size_t prefix = text.size;
    for (const char *at = actor->name; *at != '\0'; at++)
        if ((unsigned char)*at > ' ')
            wb_buffer_append(&text, at, 1);
        else if (text.size > prefix && text.data[text.size - 1] != ' ')
            wb_buffer_append_text(&text, " ");
    bool blank = text.size == prefix;
    if (actor->email != NULL)
        wb_buffer_append_format(&text, " (%s)", actor->email);
    else if (strpbrk(actor->name, "()") != NULL)
        wb_buffer_append_text(&text, " ()");
    wb_json_member(spdx->json, key, blank ? "NOASSERTION" : (const char *)text.data);
}

static void write_checksum(struct wb_spdx2 *spdx, const char *digest)
{
    enum wb_digest_algorithm algorithm;
    const char *hex = wb_field_digest_hex(digest, &algorithm);
    if (hex == NULL)
        return;
    wb_json_key(spdx->json, "checksums");
    wb_json_begin_array(spdx->json);
    wb_json_begin_object(spdx->json);
    wb_json_member(spdx->json, "algorithm", wb_field_spdx_algorithm(algorithm));
    wb_json_member(spdx->json, "checksumValue", hex);
    wb_json_end_object(spdx->json);
    wb_json_end_array(spdx->json);
}

static void write_external_reference(struct wb_spdx2 *spdx, const char *category, const char *type,
                                     const char *locator)
{
    if (locator == NULL || type == NULL)
        return;
    wb_json_begin_object(spdx->json);
    wb_json_member(spdx->json, "referenceCategory", category);
    wb_json_member(spdx->json, "referenceType", type);
    wb_json_member(spdx->json, "referenceLocator", locator);
    wb_json_end_object(spdx->json);
}

static void write_external_references(struct wb_spdx2 *spdx, const char *purl,
                                      const char *const *cpes, size_t cpe_count)
{
    if (purl == NULL && cpe_count == 0)
        return;
    wb_json_key(spdx->json, "externalRefs");
    wb_json_begin_array(spdx->json);
    write_external_reference(spdx, "PACKAGE-MANAGER", "purl", purl);
    for (size_t i = 0; i < cpe_count; i++)
        write_external_reference(spdx, "SECURITY", wb_field_cpe_type(cpes[i]), cpes[i]);
    wb_json_end_array(spdx->json);
}

static void write_licence(struct wb_spdx2 *spdx, const char *declared, const char *as_stated,
                          const char *copyright)
{
    bool known = declared != NULL && *declared != '\0';
    wb_json_member(spdx->json, "licenseConcluded", "NOASSERTION");
    wb_json_member(spdx->json, "licenseDeclared", known ? declared : "NOASSERTION");
    if (as_stated != NULL && *as_stated != '\0') {
        WB_AUTO_STRING comment = wb_string_format("as the package states it: %s", as_stated);
        wb_json_member(spdx->json, "licenseComments", comment);
    }
    bool has_copyright = copyright != NULL && *copyright != '\0';
    wb_json_member(spdx->json, "copyrightText", has_copyright ? copyright : "NOASSERTION");
}

static void write_homepage(struct wb_spdx2 *spdx, const char *url)
{
    if (wb_field_is_homepage(url))
        wb_json_member(spdx->json, "homepage", url);
}

/* ---- the image ---- */

/* One annotation each for the image, its layers, databases and keys. */
static void write_image_annotations(struct wb_spdx2 *spdx)
{
    const struct wb_bom *bom = spdx->bom;
    WB_AUTO_VALUE(wb_buffer) text = {0};
    struct wb_property_sink sink = wb_property_lines(&text);
    wb_image_properties(&sink, bom);
    for (size_t i = 0; i < bom->layer_count; i++)
        wb_layer_properties(&sink, bom, i);
    for (size_t i = 0; i < bom->database_count; i++)
        wb_database_properties(&sink, bom, i);
    for (size_t i = 0; i < bom->trusted_key_count; i++)
        wb_trusted_key_properties(&sink, bom, i);
    wb_spdx2_unlisted_files(&sink, bom);
    wb_spdx2_annotation(spdx, &text);
}

static void write_image(struct wb_spdx2 *spdx)
{
    const struct wb_bom *bom = spdx->bom;
    const struct wb_image_description *image = bom->image;
    struct wb_json_writer *json = spdx->json;
    struct wb_actor supplier = wb_image_supplier(spdx->arena, image);
    struct wb_actor author = wb_image_author(spdx->arena, image);
    char built[WB_TIME_TEXT_SIZE];
    wb_json_begin_object(json);
    wb_json_member(json, "SPDXID", WB_SPDX2_IMAGE);
    wb_json_key(json, "name");
    wb_json_string(json, bom->source_name);
    wb_json_member(json, "versionInfo", bom->source_version);
    wb_json_member(json, "primaryPackagePurpose", "CONTAINER");
    write_actor(spdx, "supplier", &supplier);
    if (author.name != NULL)
        write_actor(spdx, "originator", &author);
    wb_json_member(json, "downloadLocation", "NOASSERTION");
    wb_json_key(json, "filesAnalyzed");
    wb_json_boolean(json, false);
    write_checksum(spdx,
                   image->manifest_digest != NULL ? image->manifest_digest : image->config_digest);
    write_homepage(spdx, wb_image_annotation(image, "url"));
    write_licence(spdx, NULL, wb_image_annotation(image, "licenses"), NULL);
    wb_json_member(json, "summary", wb_image_annotation(image, "title"));
    wb_json_member(json, "description", wb_image_annotation(image, "description"));
    write_external_references(spdx, bom->image_purl, NULL, 0);
    if (image->has_created)
        wb_json_member(json, "builtDate", wb_time_format(image->created, built));
    write_image_annotations(spdx);
    wb_json_end_object(json);
}

static void write_system(struct wb_spdx2 *spdx)
{
    const struct wb_distribution *distribution = &spdx->bom->distribution;
    struct wb_json_writer *json = spdx->json;
    struct wb_actor supplier = wb_distribution_supplier(spdx->arena, distribution);
    wb_json_begin_object(json);
    wb_json_member(json, "SPDXID", WB_SPDX2_SYSTEM);
    wb_json_member(json, "name", distribution->id != NULL ? distribution->id : distribution->name);
    wb_json_member(json, "versionInfo", distribution->version_id);
    wb_json_member(json, "primaryPackagePurpose", "OPERATING_SYSTEM");
    write_actor(spdx, "supplier", &supplier);
    wb_json_member(json, "downloadLocation", "NOASSERTION");
    wb_json_key(json, "filesAnalyzed");
    wb_json_boolean(json, false);
    write_homepage(spdx, distribution->home_url);
    write_licence(spdx, NULL, NULL, NULL);
    wb_json_member(json, "summary", distribution->pretty_name);
    if (wb_field_cpe_type(distribution->cpe_name) != NULL)
        write_external_references(spdx, NULL, (const char *const *)&distribution->cpe_name, 1);
    WB_AUTO_VALUE(wb_buffer) text = {0};
    struct wb_property_sink sink = wb_property_lines(&text);
    wb_distribution_properties(&sink, distribution);
    wb_spdx2_annotation(spdx, &text);
    wb_json_end_object(json);
}

/* ---- packages ---- */

static void write_source(struct wb_spdx2 *spdx, const struct wb_package *package)
{
    if (package->source_name == NULL)
        return;
    WB_AUTO_VALUE(wb_buffer) text = {0};
    wb_buffer_append_format(&text, "built from source package %s", package->source_name);
    if (package->source_version != NULL)
        wb_buffer_append_format(&text, " %s", package->source_version);
    if (package->source_rpm != NULL)
        wb_buffer_append_format(&text, " (%s)", package->source_rpm);
    wb_json_member(spdx->json, "sourceInfo", (const char *)text.data);
}

static void write_verification_code(struct wb_spdx2 *spdx, const struct wb_package *package)
{
    size_t index = wb_spdx2_code_index(spdx->bom, package);
    bool analyzed = index != SIZE_MAX && spdx->verification_codes[index][0] != '\0';
    wb_json_key(spdx->json, "filesAnalyzed");
    wb_json_boolean(spdx->json, analyzed);
    if (!analyzed)
        return;
    wb_json_key(spdx->json, "packageVerificationCode");
    wb_json_begin_object(spdx->json);
    wb_json_member(spdx->json, "packageVerificationCodeValue", spdx->verification_codes[index]);
    wb_json_end_object(spdx->json);
}

static void write_package_annotation(struct wb_spdx2 *spdx, const struct wb_package *package,
                                     enum wb_standing standing)
{
    WB_AUTO_VALUE(wb_buffer) text = {0};
    struct wb_property_sink sink = wb_property_lines(&text);
    wb_package_properties(&sink, spdx->bom, package, standing);
    if (!wb_field_is_homepage(package->homepage))
        wb_property_add(&sink, "waybill:package:homepage", package->homepage);
    wb_spdx2_annotation(spdx, &text);
}

static void write_makers(struct wb_spdx2 *spdx, const struct wb_package *package)
{
    struct wb_actor supplier = wb_package_supplier(package);
    write_actor(spdx, "supplier", &supplier);
    if (package->packager != NULL && *package->packager != '\0') {
        struct wb_actor packager = wb_actor_parse(spdx->arena, package->packager, false);
        write_actor(spdx, "originator", &packager);
    }
}

static void write_package(struct wb_spdx2 *spdx, const struct wb_package *package,
                          enum wb_standing standing)
{
    struct wb_json_writer *json = spdx->json;
    bool present = standing == WB_STANDING_PRESENT;
    wb_json_begin_object(json);
    WB_AUTO_STRING id = wb_string_format("SPDXRef-%s", package->id);
    wb_json_member(json, "SPDXID", id);
    wb_json_member(json, "name", package->name);
    wb_json_member(json, "versionInfo", package->evr);
    wb_json_member(json, "primaryPackagePurpose", "INSTALL");
    write_makers(spdx, package);
    wb_json_member(json, "downloadLocation", "NOASSERTION");
    write_verification_code(spdx, package);
    write_homepage(spdx, package->homepage);
    write_source(spdx, package);
    write_licence(spdx, package->licence, package->licence_declared, package->copyright);
    wb_json_member(json, "summary", package->summary);
    wb_json_member(json, "description", package->description);
    if (present)
        write_external_references(spdx, package->purl, (const char *const *)package->cpes,
                                  package->cpe_count);
    write_package_annotation(spdx, package, standing);
    wb_json_end_object(json);
}

void wb_spdx2_packages(struct wb_spdx2 *spdx)
{
    const struct wb_bom *bom = spdx->bom;
    wb_json_key(spdx->json, "packages");
    wb_json_begin_array(spdx->json);
    write_image(spdx);
    if (wb_distribution_known(&bom->distribution))
        write_system(spdx);
    for (size_t i = 0; i < bom->package_count; i++)
        write_package(spdx, bom->packages[i], WB_STANDING_PRESENT);
    for (size_t i = 0; i < bom->residue_count; i++)
        write_package(spdx, bom->residues[i], WB_STANDING_RESIDUE);
    for (size_t i = 0; i < bom->removed_count; i++)
        write_package(spdx, bom->removed[i], WB_STANDING_REMOVED);
    wb_json_end_array(spdx->json);
}
