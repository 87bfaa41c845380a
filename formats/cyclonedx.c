/* SPDX-License-Identifier: Apache-2.0 */
/* CycloneDX 1.4 to 1.7: the document, its dependencies and how complete it is. */
#include "formats/cyclonedx.h"

#include <stdio.h>
#include <string.h>

/* ---- metadata ---- */

static void write_tool_members(struct wb_cyclonedx *out, const struct wb_tool *tool)
{
    if (out->minor >= 5)
        wb_cyclonedx_member(out, "type", "application");
    wb_cyclonedx_member(out, "name", tool->name);
    wb_cyclonedx_member(out, "version", tool->version);
}

static void write_waybill_members(struct wb_cyclonedx *out)
{
    const struct wb_tool waybill = {"waybill", out->bom->tool_version};
    write_tool_members(out, &waybill);
    if (out->minor >= 5)
        wb_cyclonedx_member(out, "description", "SBOM generator for container images");
}

/* Since 1.5 tools are components, before they had a list of their own. What a document that was
 * read owes to other tools stays theirs. */
static void write_tools(struct wb_cyclonedx *out)
{
    const struct wb_bom *bom = out->bom;
    bool components = out->minor >= 5;
    if (components)
        wb_cyclonedx_begin(out, "tools");
    wb_cyclonedx_begin_list(out, components ? "components" : "tools");
    wb_cyclonedx_begin(out, NULL);
    write_waybill_members(out);
    wb_cyclonedx_end(out);
    for (size_t i = 0; i < bom->tool_count; i++) {
        wb_cyclonedx_begin(out, NULL);
        write_tool_members(out, &bom->tools[i]);
        wb_cyclonedx_end(out);
    }
    wb_cyclonedx_end_list(out);
    if (components)
        wb_cyclonedx_end(out);
}

/* Only Waybill knows that what it read was the finished image. */
static void write_lifecycle(struct wb_cyclonedx *out)
{
    if (out->minor < 5 || out->bom->tool_version == NULL)
        return;
    wb_cyclonedx_begin_list(out, "lifecycles");
    wb_cyclonedx_begin(out, NULL);
    wb_cyclonedx_member(out, "phase", "post-build");
    wb_cyclonedx_end(out);
    wb_cyclonedx_end_list(out);
}

/* The licence of the document itself, the same as every SPDX document's. */
static void write_data_licence(struct wb_cyclonedx *out)
{
    wb_cyclonedx_begin_list(out, "licenses");
    wb_cyclonedx_begin(out, NULL);
    wb_cyclonedx_begin(out, "license");
    wb_cyclonedx_member(out, "id", "CC0-1.0");
    wb_cyclonedx_end(out);
    wb_cyclonedx_end(out);
    wb_cyclonedx_end_list(out);
}

/* Who made the document: persons are authors; that organisations can be is new in 1.6. */
static void write_creator_person(struct wb_cyclonedx *out)
{
    const struct wb_party *creator = &out->bom->creator;
    struct wb_actor actor = {creator->name, creator->email, creator->is_person};
    if (creator->name != NULL && (creator->is_person || out->minor < 6))
        wb_cyclonedx_contact(out, "authors", &actor);
}

static void write_creator_organisation(struct wb_cyclonedx *out)
{
    const struct wb_party *creator = &out->bom->creator;
    struct wb_actor actor = {creator->name, creator->email, creator->is_person};
    if (!creator->is_person && out->minor >= 6)
        wb_cyclonedx_actor(out, "manufacturer", &actor, creator->url);
}

/* What an author has no place for. */
static void add_creator(const struct wb_property_sink *sink, const struct wb_cyclonedx *out)
{
    const struct wb_party *creator = &out->bom->creator;
    if (creator->name == NULL || (!creator->is_person && out->minor >= 6))
        return;
    wb_property_add(sink, "waybill:document:creatorUrl", creator->url);
    if (!creator->is_person)
        wb_property_add(sink, "waybill:document:creatorType", "organization");
}

static void write_metadata_properties(struct wb_cyclonedx *out)
{
    const struct wb_bom *bom = out->bom;
    struct wb_property_sink sink = wb_cyclonedx_property_sink(out);
    wb_cyclonedx_begin_list(out, "properties");
    wb_document_properties(&sink, bom);
    for (size_t i = 0; i < bom->licence_text_count; i++) {
        const struct wb_licence_text *licence = &bom->licence_texts[i];
        WB_AUTO_STRING name = wb_string_format("waybill:licence:%s:name", licence->id);
        WB_AUTO_STRING text = wb_string_format("waybill:licence:%s:text", licence->id);
        wb_property_add(&sink, name, licence->name);
        wb_property_add(&sink, text, licence->text);
    }
    add_creator(&sink, out);
    for (size_t i = 0; out->minor < 5 && i < bom->finding_count; i++) {
        WB_AUTO_VALUE(wb_buffer) text = {0};
        wb_finding_text(&bom->findings[i], &text);
        wb_property_add(&sink, "waybill:document:finding", (const char *)text.data);
    }
    wb_cyclonedx_end_list(out);
}

static void write_metadata(struct wb_cyclonedx *out)
{
    char created[WB_TIME_TEXT_SIZE];
    wb_cyclonedx_begin(out, "metadata");
    wb_cyclonedx_member(out, "timestamp", wb_time_format(out->bom->created, created));
    write_lifecycle(out);
    write_tools(out);
    write_creator_person(out);
    wb_cyclonedx_image(out);
    write_creator_organisation(out);
    wb_cyclonedx_supplier(out);
    write_data_licence(out);
    write_metadata_properties(out);
    wb_cyclonedx_end(out);
}

/* ---- head ---- */

/* A document that was CycloneDX keeps its serial number, if it is one: only a UUID is. */
static char *serial_number(const struct wb_cyclonedx *out)
{
    const struct wb_bom *bom = out->bom;
    if (bom->origin_format != NULL && wb_text_starts_with(bom->origin_format, "cyclonedx") &&
        wb_field_is_uuid_urn(bom->document_namespace))
        return wb_string_copy(bom->document_namespace);
    char seed[65], uuid[WB_UUID_TEXT_SIZE];
    WB_AUTO_STRING name = wb_string_format("cyclonedx-1.%d", out->minor);
    return wb_string_format("urn:uuid:%s", wb_field_uuid(wb_bom_seed(bom, name, seed), uuid));
}

static void write_head(struct wb_cyclonedx *out)
{
    WB_AUTO_STRING serial = serial_number(out);
    if (out->xml != NULL) {
        wb_cyclonedx_member(out, "serialNumber", serial);
        wb_cyclonedx_member(out, "version", "1");
        return;
    }
    WB_AUTO_STRING schema =
        wb_string_format("http://cyclonedx.org/schema/bom-1.%d.schema.json", out->minor);
    WB_AUTO_STRING version = wb_string_format("1.%d", out->minor);
    wb_json_member(out->json, "$schema", schema);
    wb_json_member(out->json, "bomFormat", "CycloneDX");
    wb_json_member(out->json, "specVersion", version);
    wb_json_member(out->json, "serialNumber", serial);
    wb_json_key(out->json, "version");
    wb_json_integer(out->json, 1);
}

/* ---- dependencies ---- */

static void begin_dependency(struct wb_cyclonedx *out, const char *ref)
{
    wb_cyclonedx_begin(out, NULL);
    wb_cyclonedx_member(out, "ref", ref);
    wb_cyclonedx_begin_list(out, "dependsOn");
}

static void end_dependency(struct wb_cyclonedx *out)
{
    wb_cyclonedx_end_list(out);
    wb_cyclonedx_end(out);
}

static void write_image_dependencies(struct wb_cyclonedx *out)
{
    const struct wb_bom *bom = out->bom;
    begin_dependency(out, WB_CYCLONEDX_IMAGE);
    if (wb_distribution_known(&bom->distribution))
        wb_cyclonedx_item(out, WB_CYCLONEDX_SYSTEM);
    for (size_t i = 0; i < bom->package_count; i++)
        wb_cyclonedx_item(out, bom->packages[i]->id);
    end_dependency(out);
}

/* The edges are sorted by the package they go out from, as the packages are. */
static void write_dependencies(struct wb_cyclonedx *out)
{
    const struct wb_bom *bom = out->bom;
    wb_cyclonedx_begin_list(out, "dependencies");
    write_image_dependencies(out);
    size_t edge = 0;
    for (size_t i = 0; i < bom->package_count; i++) {
        const struct wb_package *package = bom->packages[i];
        begin_dependency(out, package->id);
        for (; edge < bom->dependency_count && bom->dependencies[edge].from == package; edge++)
            if (!wb_dependency_is_weak(&bom->dependencies[edge]))
                wb_cyclonedx_item(out, bom->dependencies[edge].to->id);
        end_dependency(out);
    }
    wb_cyclonedx_end_list(out);
}

/* ---- completeness ---- */

static void begin_composition(struct wb_cyclonedx *out, const char *aggregate, const char *list)
{
    wb_cyclonedx_begin(out, NULL);
    wb_cyclonedx_member(out, "aggregate", aggregate);
    wb_cyclonedx_begin_list(out, list);
}

static void end_composition(struct wb_cyclonedx *out)
{
    wb_cyclonedx_end_list(out);
    wb_cyclonedx_end(out);
}

/* The image is complete when each of its files belongs to a listed package or is listed itself;
 * what those other files are made of is not known, and nothing is where no package database is. */
static void write_compositions(struct wb_cyclonedx *out)
{
    const struct wb_bom *bom = out->bom;
    bool whole = wb_databases_are_whole(bom);
    bool accounted = bom->file_selection != WB_FILES_NONE || bom->total_unowned == 0;
    bool unknown = bom->database_count == 0;
    wb_cyclonedx_begin_list(out, "compositions");
    begin_composition(out,
                      unknown              ? "unknown"
                      : whole && accounted ? "complete"
                                           : "incomplete",
                      "assemblies");
    wb_cyclonedx_item(out, WB_CYCLONEDX_IMAGE);
    end_composition(out);
    begin_composition(out, unknown ? "unknown" : whole ? "complete" : "incomplete", "dependencies");
    wb_cyclonedx_item(out, WB_CYCLONEDX_IMAGE);
    for (size_t i = 0; i < bom->package_count; i++)
        wb_cyclonedx_item(out, bom->packages[i]->id);
    end_composition(out);
    if (bom->file_selection != WB_FILES_NONE && bom->total_unowned > 0) {
        begin_composition(out, "unknown", "assemblies");
        for (size_t i = 0; i < bom->file_count; i++)
            if (bom->files[i]->status == WB_FILE_UNOWNED)
                wb_cyclonedx_item(out, bom->files[i]->id);
        end_composition(out);
    }
    wb_cyclonedx_end_list(out);
}

/* ---- findings ---- */

static void write_finding(struct wb_cyclonedx *out, size_t index)
{
    char created[WB_TIME_TEXT_SIZE], id[64];
    WB_AUTO_VALUE(wb_buffer) text = {0};
    wb_finding_text(&out->bom->findings[index], &text);
    snprintf(id, sizeof id, "finding-%zu", index + 1);
    wb_cyclonedx_begin(out, NULL);
    wb_cyclonedx_member(out, "bom-ref", id);
    wb_cyclonedx_begin_list(out, "subjects");
    wb_cyclonedx_item(out, WB_CYCLONEDX_IMAGE);
    wb_cyclonedx_end_list(out);
    wb_cyclonedx_begin(out, "annotator");
    wb_cyclonedx_begin(out, "component");
    write_waybill_members(out);
    wb_cyclonedx_end(out);
    wb_cyclonedx_end(out);
    wb_cyclonedx_member(out, "timestamp", wb_time_format(out->bom->created, created));
    wb_cyclonedx_member(out, "text", (const char *)text.data);
    wb_cyclonedx_end(out);
}

static void write_findings(struct wb_cyclonedx *out)
{
    if (out->minor < 5 || out->bom->finding_count == 0)
        return;
    wb_cyclonedx_begin_list(out, "annotations");
    for (size_t i = 0; i < out->bom->finding_count; i++)
        write_finding(out, i);
    wb_cyclonedx_end_list(out);
}

/* ---- the document ---- */

static void write_document(struct wb_cyclonedx *out, const struct wb_bom *bom, const char *version)
{
    out->bom = bom;
    out->minor = version == NULL ? WB_CYCLONEDX_DEFAULT_MINOR : version[2] - '0';
    wb_cyclonedx_begin(out, NULL);
    write_head(out);
    write_metadata(out);
    wb_cyclonedx_components(out);
    write_dependencies(out);
    write_compositions(out);
    write_findings(out);
    wb_cyclonedx_end(out);
}

bool wb_cyclonedx_json_write(const struct wb_bom *bom, const char *version,
                             struct wb_output *output, struct wb_error *err)
{
    (void)err;
    WB_AUTO(wb_json_writer) *json = wb_json_writer_new(output);
    struct wb_cyclonedx out = {.json = json};
    write_document(&out, bom, version);
    wb_json_finish(json);
    return true;
}

bool wb_cyclonedx_xml_write(const struct wb_bom *bom, const char *version, struct wb_output *output,
                            struct wb_error *err)
{
    (void)err;
    WB_AUTO(wb_xml_writer) *xml = wb_xml_writer_new(output);
    struct wb_cyclonedx out = {.xml = xml};
    write_document(&out, bom, version);
    wb_xml_finish(xml);
    return true;
}
