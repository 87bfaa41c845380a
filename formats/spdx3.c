/* SPDX-License-Identifier: Apache-2.0 */
/* SPDX 3.0.1 as JSON-LD: the document, who made it and how, and what elements have in common. */
#include "formats/spdx3.h"

#include "formats/spdx2.h"

#include <stdio.h>
#include <string.h>

#define CREATION "_:creation"

/* ---- elements ---- */

const char *wb_spdx3_iri(struct wb_spdx3 *spdx, const char *id)
{
    spdx->iri.size = 0;
    wb_buffer_append_text(&spdx->iri, spdx->document);
    if (id != NULL) {
        wb_buffer_append(&spdx->iri, "#", 1);
        wb_buffer_append_text(&spdx->iri, id);
    }
    return (const char *)spdx->iri.data;
}

void wb_spdx3_begin(struct wb_spdx3 *spdx, const char *type, const char *id)
{
    wb_json_begin_object(spdx->json);
    wb_json_member(spdx->json, "type", type);
    wb_json_member(spdx->json, "spdxId", wb_spdx3_iri(spdx, id));
    wb_json_member(spdx->json, "creationInfo", CREATION);
}

void wb_spdx3_end(struct wb_spdx3 *spdx)
{
    wb_json_end_object(spdx->json);
}

void wb_spdx3_member(struct wb_spdx3 *spdx, const char *key, const char *value)
{
    if (value != NULL && *value != '\0')
        wb_json_member(spdx->json, key, value);
}

void wb_spdx3_list_of(struct wb_spdx3 *spdx, const char *key, const char *value)
{
    wb_json_key(spdx->json, key);
    wb_json_begin_array(spdx->json);
    wb_json_string(spdx->json, value);
    wb_json_end_array(spdx->json);
}

void wb_spdx3_annotation(struct wb_spdx3 *spdx, const char *id, const char *name, size_t number,
                         const struct wb_buffer *text)
{
    if (text->size == 0)
        return;
    WB_AUTO_STRING own = wb_string_format("annotation/%zu/%s", number, id == NULL ? "" : id);
    wb_spdx3_begin(spdx, "Annotation", own);
    wb_json_member(spdx->json, "name", name);
    wb_json_member(spdx->json, "annotationType", "other");
    wb_json_member(spdx->json, "contentType", "text/plain");
    wb_json_member(spdx->json, "subject", wb_spdx3_iri(spdx, id));
    wb_json_member(spdx->json, "statement", (const char *)text->data);
    wb_spdx3_end(spdx);
}

void wb_spdx3_hash(struct wb_spdx3 *spdx, enum wb_digest_algorithm algorithm, const uint8_t *bytes)
{
    char hex[2 * WB_DIGEST_MAX_SIZE + 1];
    wb_json_begin_object(spdx->json);
    wb_json_member(spdx->json, "type", "Hash");
    wb_json_member(spdx->json, "algorithm", wb_digest_name(algorithm));
    wb_json_member(spdx->json, "hashValue", wb_hex_format(bytes, wb_digest_size(algorithm), hex));
    wb_json_end_object(spdx->json);
}

/* ---- who made the document ---- */

/* Waybill, where it has a part in the document, then the others. */
static size_t tool_count(const struct wb_bom *bom)
{
    return bom->tool_count + (bom->tool_version != NULL ? 1 : 0);
}

/* `waybill` without a version stands for nobody at all. */
static char *tool_name(const struct wb_bom *bom, size_t index)
{
    if (bom->tool_version != NULL && index-- == 0)
        return wb_string_format(WB_SPDX3_TOOL_NAME "-%s", bom->tool_version);
    if (index >= bom->tool_count)
        return wb_string_copy(WB_SPDX3_TOOL_NAME);
    return wb_tool_text(&bom->tools[index]);
}

/* Somebody must have made it; where nobody is named, the first tool did by itself. */
static void write_creation(struct wb_spdx3 *spdx)
{
    const char *creator = wb_spdx3_agent(spdx, &spdx->bom->creator);
    size_t tools = tool_count(spdx->bom);
    char text[64];
    wb_json_begin_object(spdx->json);
    wb_json_member(spdx->json, "type", "CreationInfo");
    wb_json_member(spdx->json, "@id", CREATION);
    wb_json_member(spdx->json, "specVersion", "3.0.1");
    wb_json_member(spdx->json, "created", wb_time_format(spdx->bom->created, text));
    wb_spdx3_list_of(spdx, "createdBy",
                     wb_spdx3_iri(spdx, creator == NULL ? "software-agent" : creator));
    if (tools > 0) {
        wb_json_key(spdx->json, "createdUsing");
        wb_json_begin_array(spdx->json);
    }
    for (size_t i = 0; i < tools; i++) {
        snprintf(text, sizeof text, "tool/%zu", i + 1);
        wb_json_string(spdx->json, wb_spdx3_iri(spdx, text));
    }
    if (tools > 0)
        wb_json_end_array(spdx->json);
    if (spdx->bom->tool_version != NULL)
        wb_json_member(spdx->json, "comment", WB_SPDX2_COMMENT);
    wb_json_end_object(spdx->json);
}

static void write_tools(struct wb_spdx3 *spdx)
{
    char id[64];
    if (wb_spdx3_agent(spdx, &spdx->bom->creator) == NULL) {
        WB_AUTO_STRING name = tool_name(spdx->bom, 0);
        wb_spdx3_begin(spdx, "SoftwareAgent", "software-agent");
        wb_spdx3_member(spdx, "name", name);
        wb_spdx3_end(spdx);
    }
    for (size_t i = 0; i < tool_count(spdx->bom); i++) {
        WB_AUTO_STRING name = tool_name(spdx->bom, i);
        snprintf(id, sizeof id, "tool/%zu", i + 1);
        wb_spdx3_begin(spdx, "Tool", id);
        wb_spdx3_member(spdx, "name", name);
        wb_spdx3_end(spdx);
    }
}

/* ---- the document ---- */

static void write_conformance(struct wb_spdx3 *spdx)
{
    wb_json_key(spdx->json, "profileConformance");
    wb_json_begin_array(spdx->json);
    wb_json_string(spdx->json, "core");
    wb_json_string(spdx->json, "software");
    wb_json_string(spdx->json, "simpleLicensing");
    if (spdx->bom->image->has_created)
        wb_json_string(spdx->json, "build");
    wb_json_end_array(spdx->json);
}

static void write_document_element(struct wb_spdx3 *spdx)
{
    const struct wb_bom *bom = spdx->bom;
    wb_spdx3_begin(spdx, "SpdxDocument", NULL);
    wb_spdx3_member(spdx, "name",
                    bom->document_name != NULL ? bom->document_name : bom->source_name);
    wb_json_member(spdx->json, "dataLicense",
                   wb_spdx3_iri(spdx, wb_spdx3_licence(spdx, WB_SPDX3_DATA_LICENCE)));
    write_conformance(spdx);
    wb_spdx3_list_of(spdx, "rootElement", wb_spdx3_iri(spdx, "sbom"));
    wb_spdx3_list_of(spdx, "element", wb_spdx3_iri(spdx, "sbom"));
    wb_spdx3_end(spdx);
    WB_AUTO_VALUE(wb_buffer) totals = {0};
    struct wb_property_sink sink = wb_property_lines(&totals);
    wb_document_properties(&sink, bom);
    wb_spdx3_annotation(spdx, NULL, WB_SPDX3_PROPERTIES, 1, &totals);
    for (size_t i = 0; i < bom->finding_count; i++) {
        WB_AUTO_VALUE(wb_buffer) text = {0};
        wb_finding_text(&bom->findings[i], &text);
        wb_spdx3_annotation(spdx, NULL, WB_SPDX3_FINDING, i + 2, &text);
    }
}

static void list_packages(struct wb_spdx3 *spdx, struct wb_package *const *packages, size_t count)
{
    for (size_t i = 0; i < count; i++)
        wb_json_string(spdx->json, wb_spdx3_iri(spdx, packages[i]->id));
}

static void write_sbom(struct wb_spdx3 *spdx)
{
    const struct wb_bom *bom = spdx->bom;
    char id[64];
    wb_spdx3_begin(spdx, "software_Sbom", "sbom");
    if (bom->tool_version != NULL)
        wb_spdx3_list_of(spdx, "software_sbomType", "analyzed");
    wb_spdx3_list_of(spdx, "rootElement", wb_spdx3_iri(spdx, WB_SPDX3_IMAGE));
    wb_json_key(spdx->json, "element");
    wb_json_begin_array(spdx->json);
    wb_json_string(spdx->json, wb_spdx3_iri(spdx, WB_SPDX3_IMAGE));
    if (wb_distribution_known(&bom->distribution))
        wb_json_string(spdx->json, wb_spdx3_iri(spdx, WB_SPDX3_SYSTEM));
    list_packages(spdx, bom->packages, bom->package_count);
    list_packages(spdx, bom->residues, bom->residue_count);
    list_packages(spdx, bom->removed, bom->removed_count);
    for (size_t i = 0; i < bom->file_count; i++)
        wb_json_string(spdx->json, wb_spdx3_iri(spdx, bom->files[i]->id));
    for (size_t i = 0; i < bom->removed_file_count; i++)
        wb_json_string(spdx->json, wb_spdx3_iri(spdx, wb_spdx3_removed_file_id(id, i)));
    wb_json_end_array(spdx->json);
    wb_spdx3_end(spdx);
}

/* All that an image says of its build: when it ended. What the layers were made by are properties
 * of the image; a history line need not be a step of this build. */
static void write_build(struct wb_spdx3 *spdx)
{
    const struct wb_bom *bom = spdx->bom;
    char ended[WB_TIME_TEXT_SIZE];
    if (!bom->image->has_created)
        return;
    wb_spdx3_begin(spdx, "build_Build", "build");
    wb_json_member(spdx->json, "build_buildType", WB_SPDX3_BUILD_TYPE);
    wb_json_member(spdx->json, "build_buildEndTime", wb_time_format(bom->image->created, ended));
    wb_spdx3_end(spdx);
}

/* A document that was SPDX 3 keeps its IRI, if elements can be named behind it. */
static const char *document_iri(const struct wb_bom *bom, struct wb_arena *arena)
{
    const char *known = bom->document_namespace;
    char seed[65], uuid[WB_UUID_TEXT_SIZE];
    if (known != NULL && bom->origin_format != NULL &&
        strcmp(bom->origin_format, "spdx3-json") == 0 && strchr(known, '#') == NULL &&
        (wb_field_is_uuid_urn(known) || wb_field_is_iri(known)))
        return known;
    return wb_arena_format(arena, "urn:uuid:%s",
                           wb_field_uuid(wb_bom_seed(bom, "spdx-3.0.1", seed), uuid));
}

static void write_graph(struct wb_spdx3 *spdx)
{
    write_creation(spdx);
    write_tools(spdx);
    wb_spdx3_write_agents(spdx);
    write_document_element(spdx);
    write_sbom(spdx);
    wb_spdx3_write_packages(spdx);
    wb_spdx3_write_files(spdx);
    write_build(spdx);
    wb_spdx3_write_licences(spdx);
    wb_spdx3_write_relations(spdx);
}

bool wb_spdx3_json_write(const struct wb_bom *bom, const char *version, struct wb_output *output,
                         struct wb_error *err)
{
    (void)version;
    (void)err;
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    WB_AUTO(wb_json_writer) *json = wb_json_writer_new(output);
    struct wb_spdx3 spdx = {
        .bom = bom, .json = json, .arena = arena, .document = document_iri(bom, arena)};
    wb_spdx3_collect(&spdx);
    wb_json_begin_object(json);
    wb_json_member(json, "@context", "https://spdx.org/rdf/3.0.1/spdx-context.jsonld");
    wb_json_key(json, "@graph");
    wb_json_begin_array(json);
    write_graph(&spdx);
    wb_json_end_array(json);
    wb_json_end_object(json);
    wb_spdx3_clear(&spdx);
    wb_json_finish(json);
    return true;
}
