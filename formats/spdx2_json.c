/* SPDX-License-Identifier: Apache-2.0 */
/* SPDX 2.3 as JSON: the document and its relationships. */
#include "formats/formats_private.h"

#include <stdint.h>
#include <stdio.h>

/* ---- annotations ---- */

static void write_annotation(struct wb_spdx2 *spdx, const struct wb_buffer *text)
{
    struct wb_json_writer *json = spdx->json;
    wb_json_begin_object(json);
    wb_json_member(json, "annotationDate", spdx->created);
    wb_json_member(json, "annotationType", "OTHER");
    wb_json_member(json, "annotator", spdx->annotator);
    wb_json_member(json, "comment", (const char *)text->data);
    wb_json_end_object(json);
}

void wb_spdx2_annotation(struct wb_spdx2 *spdx, const struct wb_buffer *text)
{
    if (text->size == 0)
        return;
    wb_json_key(spdx->json, "annotations");
    wb_json_begin_array(spdx->json);
    write_annotation(spdx, text);
    wb_json_end_array(spdx->json);
}

static void write_document_annotations(struct wb_spdx2 *spdx)
{
    const struct wb_bom *bom = spdx->bom;
    wb_json_key(spdx->json, "annotations");
    wb_json_begin_array(spdx->json);
    WB_AUTO_VALUE(wb_buffer) totals = {0};
    struct wb_property_sink sink = wb_property_lines(&totals);
    wb_document_properties(&sink, bom);
    write_annotation(spdx, &totals);
    for (size_t i = 0; i < bom->finding_count; i++) {
        WB_AUTO_VALUE(wb_buffer) text = {0};
        wb_finding_text(&bom->findings[i], &text);
        write_annotation(spdx, &text);
    }
    wb_json_end_array(spdx->json);
}

/* ---- head ---- */

static void write_creation(struct wb_spdx2 *spdx)
{
    struct wb_json_writer *json = spdx->json;
    wb_json_key(json, "creationInfo");
    wb_json_begin_object(json);
    wb_json_member(json, "created", spdx->created);
    wb_json_key(json, "creators");
    wb_json_begin_array(json);
    wb_json_string(json, spdx->annotator);
    wb_json_end_array(json);
    wb_json_member(json, "comment", "post-build: made from the finished image");
    wb_json_end_object(json);
}

static void write_head(struct wb_spdx2 *spdx)
{
    struct wb_json_writer *json = spdx->json;
    char seed[65], uuid[WB_UUID_TEXT_SIZE];
    wb_json_member(json, "spdxVersion", "SPDX-2.3");
    wb_json_member(json, "dataLicense", "CC0-1.0");
    wb_json_member(json, "SPDXID", "SPDXRef-DOCUMENT");
    wb_json_key(json, "name");
    wb_json_string(json, spdx->bom->source_name);
    WB_AUTO_STRING name_space = wb_string_format(
        "urn:uuid:%s", wb_field_uuid(wb_bom_seed(spdx->bom, "spdx-2.3", seed), uuid));
    wb_json_member(json, "documentNamespace", name_space);
    write_creation(spdx);
}

static void write_licence_texts(struct wb_spdx2 *spdx)
{
    const struct wb_bom *bom = spdx->bom;
    if (bom->licence_text_count == 0)
        return;
    wb_json_key(spdx->json, "hasExtractedLicensingInfos");
    wb_json_begin_array(spdx->json);
    for (size_t i = 0; i < bom->licence_text_count; i++) {
        wb_json_begin_object(spdx->json);
        wb_json_member(spdx->json, "licenseId", bom->licence_texts[i].id);
        wb_json_member(spdx->json, "name", bom->licence_texts[i].name);
        wb_json_member(spdx->json, "extractedText", bom->licence_texts[i].text);
        wb_json_end_object(spdx->json);
    }
    wb_json_end_array(spdx->json);
}

/* ---- relationships ---- */

static void relate(struct wb_spdx2 *spdx, const char *from, const char *type, const char *to,
                   const char *comment)
{
    wb_json_begin_object(spdx->json);
    wb_json_member(spdx->json, "spdxElementId", from);
    wb_json_member(spdx->json, "relationshipType", type);
    wb_json_member(spdx->json, "relatedSpdxElement", to);
    wb_json_member(spdx->json, "comment", comment);
    wb_json_end_object(spdx->json);
}

#define REFERENCE_SIZE 256 /* ids are bounded by wb_bom_finish */

static const char *reference(char text[REFERENCE_SIZE], const char *id)
{
    snprintf(text, REFERENCE_SIZE, "SPDXRef-%s", id);
    return text;
}

static void relate_packages(struct wb_spdx2 *spdx)
{
    const struct wb_bom *bom = spdx->bom;
    char id[REFERENCE_SIZE];
    relate(spdx, "SPDXRef-DOCUMENT", "DESCRIBES", WB_SPDX2_IMAGE, NULL);
    if (wb_distribution_known(&bom->distribution))
        relate(spdx, WB_SPDX2_IMAGE, "CONTAINS", WB_SPDX2_SYSTEM, NULL);
    for (size_t i = 0; i < bom->package_count; i++)
        relate(spdx, WB_SPDX2_IMAGE, "CONTAINS", reference(id, bom->packages[i]->id), NULL);
    for (size_t i = 0; i < bom->residue_count; i++)
        relate(spdx, reference(id, bom->residues[i]->id), "OTHER", WB_SPDX2_IMAGE,
               "removed from the image; its configuration was left behind");
    for (size_t i = 0; i < bom->removed_count; i++)
        relate(spdx, reference(id, bom->removed[i]->id), "OTHER", WB_SPDX2_IMAGE,
               "delivered by a lower layer, removed by a later one");
}

static void relate_dependencies(struct wb_spdx2 *spdx)
{
    char from[REFERENCE_SIZE], to[REFERENCE_SIZE];
    for (size_t i = 0; i < spdx->bom->dependency_count; i++) {
        const struct wb_dependency *dependency = &spdx->bom->dependencies[i];
        reference(from, dependency->from->id);
        reference(to, dependency->to->id);
        if (dependency->kind == WB_RELATION_RECOMMENDS)
            relate(spdx, to, "OPTIONAL_DEPENDENCY_OF", from, "recommends");
        else
            relate(spdx, from, "DEPENDS_ON", to,
                   dependency->kind == WB_RELATION_DEPENDS
                       ? NULL
                       : wb_relation_kind_name(dependency->kind));
    }
}

/* CONTAINS needs a package whose files are all listed; FILE_MODIFIED does not. */
static void relate_owners(struct wb_spdx2 *spdx, const struct wb_file *file)
{
    char from[REFERENCE_SIZE], owner[REFERENCE_SIZE];
    reference(from, file->id);
    for (size_t i = 0; i < file->owner_count; i++) {
        reference(owner, file->owners[i]->id);
        size_t code = wb_spdx2_code_index(spdx->bom, file->owners[i]);
        if (code != SIZE_MAX && spdx->verification_codes[code][0] != '\0')
            relate(spdx, owner, "CONTAINS", from, NULL);
        if (file->status == WB_FILE_MODIFIED)
            relate(spdx, from, "FILE_MODIFIED", owner, NULL);
    }
}

static void relate_files(struct wb_spdx2 *spdx)
{
    const struct wb_bom *bom = spdx->bom;
    char id[REFERENCE_SIZE];
    for (size_t i = 0; i < bom->file_count; i++) {
        const struct wb_file *file = bom->files[i];
        if (!wb_spdx2_file_listed(file->hashes))
            continue;
        if (file->status == WB_FILE_UNOWNED)
            relate(spdx, reference(id, file->id), "FILE_ADDED", WB_SPDX2_IMAGE, NULL);
        relate_owners(spdx, file);
    }
    for (size_t i = 0; i < bom->removed_file_count; i++) {
        if (!wb_spdx2_file_listed(bom->removed_files[i].hashes))
            continue;
        snprintf(id, sizeof id, "SPDXRef-removed-file-%zu", i + 1);
        relate(spdx, id, "FILE_DELETED", WB_SPDX2_IMAGE, NULL);
    }
}

static void write_relationships(struct wb_spdx2 *spdx)
{
    wb_json_key(spdx->json, "relationships");
    wb_json_begin_array(spdx->json);
    relate_packages(spdx);
    relate_dependencies(spdx);
    relate_files(spdx);
    wb_json_end_array(spdx->json);
}

/* ---- the document ---- */

static void write_document(struct wb_spdx2 *spdx)
{
    wb_json_begin_object(spdx->json);
    write_head(spdx);
    write_document_annotations(spdx);
    wb_spdx2_packages(spdx);
    wb_spdx2_files(spdx);
    write_licence_texts(spdx);
    write_relationships(spdx);
    wb_json_end_object(spdx->json);
    wb_json_finish(spdx->json);
}

bool wb_spdx2_json_write(const struct wb_bom *bom, const char *version, struct wb_output *output,
                         struct wb_error *err)
{
    (void)version;
    WB_AUTO(wb_json_writer) *json = wb_json_writer_new(output);
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    WB_AUTO_STRING annotator = wb_string_format("Tool: waybill-%s", bom->tool_version);
    struct wb_spdx2 spdx = {.bom = bom, .json = json, .arena = arena, .annotator = annotator};
    wb_time_format(bom->created, spdx.created);
    if (!wb_spdx2_verification_codes(&spdx, err))
        return false;
    write_document(&spdx);
    return true;
}
