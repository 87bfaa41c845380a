/* SPDX-License-Identifier: Apache-2.0 */
/* SPDX 2.3: the packages that stand for the image and its operating system. */
#include "formats/spdx2.h"

/* One annotation each for the image, its layers, databases and keys. */
static void write_image_annotations(struct wb_spdx2 *spdx)
{
    const struct wb_bom *bom = spdx->bom;
    WB_AUTO_VALUE(wb_buffer) text = {0};
    struct wb_property_sink sink = wb_property_lines(&text);
    wb_whole_image_properties(&sink, bom);
    wb_spdx2_unlisted_files(&sink, bom);
    wb_spdx2_annotation(spdx, &text);
}

static void write_image_checksum(struct wb_spdx2 *spdx)
{
    const struct wb_image_description *image = spdx->bom->image;
    const char *text =
        image->manifest_digest != NULL ? image->manifest_digest : image->config_digest;
    struct wb_digest digest;
    if (text == NULL || !wb_digest_parse(text, &digest, NULL))
        return;
    wb_spdx2_key(spdx, "checksums");
    wb_spdx2_begin_array(spdx);
    wb_spdx2_checksum(spdx, &digest);
    wb_spdx2_end_array(spdx);
}

static void write_one_reference(struct wb_spdx2 *spdx, const char *category, const char *type,
                                const char *locator)
{
    if (locator == NULL || type == NULL)
        return;
    wb_spdx2_key(spdx, "externalRefs");
    wb_spdx2_begin_array(spdx);
    wb_spdx2_external_reference(spdx, category, type, locator, NULL);
    wb_spdx2_end_array(spdx);
}

void wb_spdx2_image(struct wb_spdx2 *spdx)
{
    const struct wb_bom *bom = spdx->bom;
    const struct wb_image_description *image = bom->image;
    struct wb_actor supplier =
        bom->supplier.name != NULL || bom->supplier.email != NULL || bom->supplier.url != NULL
            ? wb_spdx2_party(&bom->supplier)
            : wb_image_supplier(spdx->arena, image);
    struct wb_actor author = wb_image_author(spdx->arena, image);
    char built[WB_TIME_TEXT_SIZE];
    wb_spdx2_begin_object(spdx);
    wb_spdx2_member(spdx, "SPDXID", WB_SPDX2_IMAGE);
    wb_spdx2_key(spdx, "name");
    wb_spdx2_string(spdx, bom->source_name);
    wb_spdx2_member(spdx, "versionInfo", bom->source_version);
    wb_spdx2_member(spdx, "primaryPackagePurpose", "CONTAINER");
    wb_spdx2_actor(spdx, "supplier", &supplier);
    if (author.name != NULL)
        wb_spdx2_actor(spdx, "originator", &author);
    wb_spdx2_member(spdx, "downloadLocation", "NOASSERTION");
    wb_spdx2_key(spdx, "filesAnalyzed");
    wb_spdx2_boolean(spdx, false);
    write_image_checksum(spdx);
    wb_spdx2_homepage(spdx, wb_image_annotation(image, "url"));
    WB_AUTO_VALUE(wb_buffer) of_packages = {0};
    wb_licences_text(bom, &of_packages);
    const struct wb_spdx2_licences licences = {
        .as_stated = wb_image_annotation(image, "licenses"),
        .comment = of_packages.size == 0 ? NULL : (const char *)of_packages.data,
    };
    wb_spdx2_licences(spdx, &licences);
    wb_spdx2_member(spdx, "summary", wb_image_annotation(image, "title"));
    wb_spdx2_member(spdx, "description", wb_image_annotation(image, "description"));
    write_one_reference(spdx, "PACKAGE-MANAGER", "purl", bom->image_purl);
    if (image->has_created)
        wb_spdx2_member(spdx, "builtDate", wb_time_format(image->created, built));
    write_image_annotations(spdx);
    wb_spdx2_end_object(spdx);
}

void wb_spdx2_system(struct wb_spdx2 *spdx)
{
    const struct wb_distribution *distribution = &spdx->bom->distribution;
    struct wb_actor supplier = wb_distribution_supplier(spdx->arena, distribution);
    wb_spdx2_begin_object(spdx);
    wb_spdx2_member(spdx, "SPDXID", WB_SPDX2_SYSTEM);
    wb_spdx2_member(spdx, "name", distribution->id != NULL ? distribution->id : distribution->name);
    wb_spdx2_member(spdx, "versionInfo", distribution->version_id);
    wb_spdx2_member(spdx, "primaryPackagePurpose", "OPERATING_SYSTEM");
    wb_spdx2_actor(spdx, "supplier", &supplier);
    wb_spdx2_member(spdx, "downloadLocation", "NOASSERTION");
    wb_spdx2_key(spdx, "filesAnalyzed");
    wb_spdx2_boolean(spdx, false);
    wb_spdx2_homepage(spdx, distribution->home_url);
    const struct wb_spdx2_licences licences = {0};
    wb_spdx2_licences(spdx, &licences);
    wb_spdx2_member(spdx, "summary", distribution->pretty_name);
    write_one_reference(spdx, "SECURITY", wb_field_cpe_type(distribution->cpe_name),
                        distribution->cpe_name);
    WB_AUTO_VALUE(wb_buffer) text = {0};
    struct wb_property_sink sink = wb_property_lines(&text);
    wb_distribution_properties(&sink, distribution);
    wb_spdx2_annotation(spdx, &text);
    wb_spdx2_end_object(spdx);
}
