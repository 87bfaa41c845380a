/* SPDX-License-Identifier: Apache-2.0 */
/* CycloneDX 1.6 as JSON: the document, its dependencies and how complete it is. */
#include "formats/formats_private.h"

#include <stdio.h>
#include <string.h>

/* ---- head ---- */

static void write_tool(struct wb_json_writer *json, const struct wb_bom *bom)
{
    wb_json_begin_object(json);
    wb_json_member(json, "type", "application");
    wb_json_member(json, "name", "waybill");
    wb_json_member(json, "version", bom->tool_version);
    wb_json_member(json, "description", "SBOM generator for container images");
    wb_json_end_object(json);
}

static void write_lifecycle(struct wb_json_writer *json)
{
    wb_json_key(json, "lifecycles");
    wb_json_begin_array(json);
    wb_json_begin_object(json);
    wb_json_member(json, "phase", "post-build");
    wb_json_end_object(json);
    wb_json_end_array(json);
}

/* The licence of the document itself, the same as every SPDX document's. */
static void write_data_licence(struct wb_json_writer *json)
{
    wb_json_key(json, "licenses");
    wb_json_begin_array(json);
    wb_json_begin_object(json);
    wb_json_key(json, "license");
    wb_json_begin_object(json);
    wb_json_member(json, "id", "CC0-1.0");
    wb_json_end_object(json);
    wb_json_end_object(json);
    wb_json_end_array(json);
}

static void write_metadata_properties(struct wb_json_writer *json, const struct wb_bom *bom)
{
    struct wb_property_sink sink = wb_cyclonedx_property_sink(json);
    wb_json_key(json, "properties");
    wb_json_begin_array(json);
    wb_document_properties(&sink, bom);
    for (size_t i = 0; i < bom->licence_text_count; i++) {
        const struct wb_licence_text *licence = &bom->licence_texts[i];
        WB_AUTO_STRING name = wb_string_format("waybill:licence:%s:name", licence->id);
        WB_AUTO_STRING text = wb_string_format("waybill:licence:%s:text", licence->id);
        wb_property_add(&sink, name, licence->name);
        wb_property_add(&sink, text, licence->text);
    }
    wb_json_end_array(json);
}

static void write_metadata(struct wb_json_writer *json, const struct wb_bom *bom)
{
    char created[WB_TIME_TEXT_SIZE];
    wb_json_key(json, "metadata");
    wb_json_begin_object(json);
    wb_json_member(json, "timestamp", wb_time_format(bom->created, created));
    write_lifecycle(json);
    wb_json_key(json, "tools");
    wb_json_begin_object(json);
    wb_json_key(json, "components");
    wb_json_begin_array(json);
    write_tool(json, bom);
    wb_json_end_array(json);
    wb_json_end_object(json);
    wb_json_key(json, "component");
    wb_cyclonedx_image(json, bom);
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    struct wb_actor supplier = wb_image_supplier(arena, bom->image);
    wb_cyclonedx_actor(json, "supplier", &supplier);
    write_data_licence(json);
    write_metadata_properties(json, bom);
    wb_json_end_object(json);
}

static void write_head(struct wb_json_writer *json, const struct wb_bom *bom)
{
    char seed[65], uuid[WB_UUID_TEXT_SIZE];
    wb_json_member(json, "$schema", "http://cyclonedx.org/schema/bom-1.6.schema.json");
    wb_json_member(json, "bomFormat", "CycloneDX");
    wb_json_member(json, "specVersion", "1.6");
    WB_AUTO_STRING serial = wb_string_format(
        "urn:uuid:%s", wb_field_uuid(wb_bom_seed(bom, "cyclonedx-1.6", seed), uuid));
    wb_json_member(json, "serialNumber", serial);
    wb_json_key(json, "version");
    wb_json_integer(json, 1);
}

/* ---- dependencies ---- */

static void write_image_dependencies(struct wb_json_writer *json, const struct wb_bom *bom)
{
    wb_json_begin_object(json);
    wb_json_member(json, "ref", WB_CYCLONEDX_IMAGE);
    wb_json_key(json, "dependsOn");
    wb_json_begin_array(json);
    if (wb_distribution_known(&bom->distribution))
        wb_json_string(json, WB_CYCLONEDX_SYSTEM);
    for (size_t i = 0; i < bom->package_count; i++)
        wb_json_string(json, bom->packages[i]->id);
    wb_json_end_array(json);
    wb_json_end_object(json);
}

/* The edges are sorted by the package they go out from, as the packages are. */
static void write_dependencies(struct wb_json_writer *json, const struct wb_bom *bom)
{
    wb_json_key(json, "dependencies");
    wb_json_begin_array(json);
    write_image_dependencies(json, bom);
    size_t edge = 0;
    for (size_t i = 0; i < bom->package_count; i++) {
        const struct wb_package *package = bom->packages[i];
        wb_json_begin_object(json);
        wb_json_member(json, "ref", package->id);
        wb_json_key(json, "dependsOn");
        wb_json_begin_array(json);
        for (; edge < bom->dependency_count && bom->dependencies[edge].from == package; edge++)
            if (bom->dependencies[edge].kind != WB_RELATION_RECOMMENDS)
                wb_json_string(json, bom->dependencies[edge].to->id);
        wb_json_end_array(json);
        wb_json_end_object(json);
    }
    wb_json_end_array(json);
}

/* ---- completeness ---- */

static bool databases_are_whole(const struct wb_bom *bom)
{
    for (size_t i = 0; i < bom->database_count; i++)
        if (bom->databases[i].unreadable_count > 0)
            return false;
    return bom->database_count > 0;
}

static void begin_composition(struct wb_json_writer *json, const char *aggregate, const char *list)
{
    wb_json_begin_object(json);
    wb_json_member(json, "aggregate", aggregate);
    wb_json_key(json, list);
    wb_json_begin_array(json);
}

static void end_composition(struct wb_json_writer *json)
{
    wb_json_end_array(json);
    wb_json_end_object(json);
}

/* The image is complete when each of its files belongs to a listed package or is listed itself;
 * what those other files are made of is not known. */
static void write_compositions(struct wb_json_writer *json, const struct wb_bom *bom)
{
    bool whole = databases_are_whole(bom);
    bool accounted = bom->file_selection != WB_FILES_NONE || bom->total_unowned == 0;
    wb_json_key(json, "compositions");
    wb_json_begin_array(json);
    begin_composition(json, whole && accounted ? "complete" : "incomplete", "assemblies");
    wb_json_string(json, WB_CYCLONEDX_IMAGE);
    end_composition(json);
    begin_composition(json, whole ? "complete" : "incomplete", "dependencies");
    wb_json_string(json, WB_CYCLONEDX_IMAGE);
    for (size_t i = 0; i < bom->package_count; i++)
        wb_json_string(json, bom->packages[i]->id);
    end_composition(json);
    if (bom->file_selection != WB_FILES_NONE && bom->total_unowned > 0) {
        begin_composition(json, "unknown", "assemblies");
        for (size_t i = 0; i < bom->file_count; i++)
            if (bom->files[i]->status == WB_FILE_UNOWNED)
                wb_json_string(json, bom->files[i]->id);
        end_composition(json);
    }
    wb_json_end_array(json);
}

/* ---- findings ---- */

static void write_finding(struct wb_json_writer *json, const struct wb_bom *bom, size_t index)
{
    char created[WB_TIME_TEXT_SIZE], id[64];
    WB_AUTO_VALUE(wb_buffer) text = {0};
    wb_finding_text(&bom->findings[index], &text);
    snprintf(id, sizeof id, "finding-%zu", index + 1);
    wb_json_begin_object(json);
    wb_json_member(json, "bom-ref", id);
    wb_json_key(json, "subjects");
    wb_json_begin_array(json);
    wb_json_string(json, WB_CYCLONEDX_IMAGE);
    wb_json_end_array(json);
    wb_json_key(json, "annotator");
    wb_json_begin_object(json);
    wb_json_key(json, "component");
    write_tool(json, bom);
    wb_json_end_object(json);
    wb_json_member(json, "timestamp", wb_time_format(bom->created, created));
    wb_json_member(json, "text", (const char *)text.data);
    wb_json_end_object(json);
}

static void write_findings(struct wb_json_writer *json, const struct wb_bom *bom)
{
    if (bom->finding_count == 0)
        return;
    wb_json_key(json, "annotations");
    wb_json_begin_array(json);
    for (size_t i = 0; i < bom->finding_count; i++)
        write_finding(json, bom, i);
    wb_json_end_array(json);
}

/* ---- the document ---- */

bool wb_cyclonedx_json_write(const struct wb_bom *bom, const char *version,
                             struct wb_output *output, struct wb_error *err)
{
    (void)version;
    (void)err;
    WB_AUTO(wb_json_writer) *json = wb_json_writer_new(output);
    wb_json_begin_object(json);
    write_head(json, bom);
    write_metadata(json, bom);
    wb_cyclonedx_components(json, bom);
    write_dependencies(json, bom);
    write_compositions(json, bom);
    write_findings(json, bom);
    wb_json_end_object(json);
    wb_json_finish(json);
    return true;
}
