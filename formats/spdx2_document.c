/* SPDX-License-Identifier: Apache-2.0 */
/* SPDX 2.3: the document and its relationships. */
#include "formats/spdx2.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* ---- annotations ---- */

static void write_annotation(struct wb_spdx2 *spdx, const struct wb_buffer *text)
{
    wb_spdx2_begin_object(spdx);
    wb_spdx2_member(spdx, "annotationDate", spdx->created);
    wb_spdx2_member(spdx, "annotationType", "OTHER");
    wb_spdx2_member(spdx, "annotator", spdx->annotator);
    wb_spdx2_member(spdx, "comment", (const char *)text->data);
    wb_spdx2_end_object(spdx);
}

void wb_spdx2_annotation(struct wb_spdx2 *spdx, const struct wb_buffer *text)
{
    if (text->size == 0)
        return;
    wb_spdx2_key(spdx, "annotations");
    wb_spdx2_begin_array(spdx);
    write_annotation(spdx, text);
    wb_spdx2_end_array(spdx);
}

static void write_document_annotations(struct wb_spdx2 *spdx)
{
    const struct wb_bom *bom = spdx->bom;
    wb_spdx2_key(spdx, "annotations");
    wb_spdx2_begin_array(spdx);
    WB_AUTO_VALUE(wb_buffer) totals = {0};
    struct wb_property_sink sink = wb_property_lines(&totals);
    wb_document_properties(&sink, bom);
    wb_property_add(&sink, "waybill:document:creatorUrl", bom->creator.url);
    wb_property_add(&sink, "waybill:document:supplierUrl", bom->supplier.url);
    write_annotation(spdx, &totals);
    for (size_t i = 0; i < bom->finding_count; i++) {
        WB_AUTO_VALUE(wb_buffer) text = {0};
        wb_finding_text(&bom->findings[i], &text);
        write_annotation(spdx, &text);
    }
    wb_spdx2_end_array(spdx);
}

/* ---- head ---- */

/* A document of another tool stays that tool's, whoever writes it down again. */
static bool made_here(const struct wb_bom *bom)
{
    return bom->tool_version != NULL || bom->tool_count == 0;
}

static void write_creators(struct wb_spdx2 *spdx)
{
    const struct wb_bom *bom = spdx->bom;
    struct wb_actor creator = wb_spdx2_party(&bom->creator);
    WB_AUTO_STRING text = wb_spdx2_actor_text(&creator);
    if (text != NULL)
        wb_spdx2_string(spdx, text);
    if (made_here(bom))
        wb_spdx2_string(spdx, spdx->annotator);
    for (size_t i = 0; i < bom->tool_count; i++) {
        WB_AUTO_STRING tool = wb_tool_text(&bom->tools[i]);
        WB_AUTO_STRING name = wb_string_format("Tool: %s", tool);
        wb_spdx2_string(spdx, name);
    }
}

static void write_creation(struct wb_spdx2 *spdx)
{
    wb_spdx2_key(spdx, "creationInfo");
    wb_spdx2_begin_object(spdx);
    wb_spdx2_member(spdx, "created", spdx->created);
    wb_spdx2_key(spdx, "creators");
    wb_spdx2_begin_array(spdx);
    write_creators(spdx);
    wb_spdx2_end_array(spdx);
    if (made_here(spdx->bom))
        wb_spdx2_member(spdx, "comment", WB_SPDX2_COMMENT);
    wb_spdx2_end_object(spdx);
}

/* A document that was read as SPDX 2 and is written as such is the same document. */
static void write_namespace(struct wb_spdx2 *spdx)
{
    const struct wb_bom *bom = spdx->bom;
    char seed[65], uuid[WB_UUID_TEXT_SIZE];
    if (bom->document_namespace != NULL && bom->origin_format != NULL &&
        (strcmp(bom->origin_format, "spdx-json") == 0 ||
         strcmp(bom->origin_format, "spdx-tag-value") == 0)) {
        wb_spdx2_member(spdx, "documentNamespace", bom->document_namespace);
        return;
    }
    WB_AUTO_STRING name_space =
        wb_string_format("urn:uuid:%s", wb_field_uuid(wb_bom_seed(bom, "spdx-2.3", seed), uuid));
    wb_spdx2_member(spdx, "documentNamespace", name_space);
}

static void write_head(struct wb_spdx2 *spdx)
{
    const struct wb_bom *bom = spdx->bom;
    wb_spdx2_member(spdx, "spdxVersion", "SPDX-2.3");
    wb_spdx2_member(spdx, "dataLicense", "CC0-1.0");
    wb_spdx2_member(spdx, "SPDXID", "SPDXRef-DOCUMENT");
    wb_spdx2_key(spdx, "name");
    wb_spdx2_string(spdx, bom->document_name != NULL ? bom->document_name : bom->source_name);
    write_namespace(spdx);
    write_creation(spdx);
}

static void write_licence_texts(struct wb_spdx2 *spdx)
{
    const struct wb_bom *bom = spdx->bom;
    if (bom->licence_text_count == 0)
        return;
    wb_spdx2_key(spdx, "hasExtractedLicensingInfos");
    wb_spdx2_begin_array(spdx);
    for (size_t i = 0; i < bom->licence_text_count; i++) {
        wb_spdx2_begin_object(spdx);
        wb_spdx2_member(spdx, "licenseId", bom->licence_texts[i].id);
        wb_spdx2_member(spdx, "name", bom->licence_texts[i].name);
        wb_spdx2_member(spdx, "extractedText", bom->licence_texts[i].text);
        wb_spdx2_end_object(spdx);
    }
    wb_spdx2_end_array(spdx);
}

/* ---- relationships ---- */

static void relate(struct wb_spdx2 *spdx, const char *from, const char *type, const char *to,
                   const char *comment)
{
    wb_spdx2_begin_object(spdx);
    wb_spdx2_member(spdx, "spdxElementId", from);
    wb_spdx2_member(spdx, "relationshipType", type);
    wb_spdx2_member(spdx, "relatedSpdxElement", to);
    wb_spdx2_member(spdx, "comment", comment);
    wb_spdx2_end_object(spdx);
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
        if (wb_dependency_is_weak(dependency))
            relate(spdx, to, "OPTIONAL_DEPENDENCY_OF", from,
                   wb_relation_kind_name(dependency->kind));
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
    wb_spdx2_key(spdx, "relationships");
    wb_spdx2_begin_array(spdx);
    relate_packages(spdx);
    relate_dependencies(spdx);
    relate_files(spdx);
    wb_spdx2_end_array(spdx);
}

/* ---- the document ---- */

static void write_document(struct wb_spdx2 *spdx)
{
    wb_spdx2_begin_object(spdx);
    write_head(spdx);
    write_document_annotations(spdx);
    /* In tag-value a file belongs to the package that it stands behind. */
    if (spdx->tags != NULL)
        wb_spdx2_files(spdx);
    wb_spdx2_packages(spdx);
    if (spdx->json != NULL)
        wb_spdx2_files(spdx);
    write_licence_texts(spdx);
    write_relationships(spdx);
    wb_spdx2_end_object(spdx);
}

static bool write_serialisation(struct wb_spdx2 *spdx, struct wb_error *err)
{
    const char *version = spdx->bom->tool_version;
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    WB_AUTO_STRING annotator = wb_string_format(WB_SPDX2_TOOL "%s%s", version == NULL ? "" : "-",
                                                version == NULL ? "" : version);
    spdx->arena = arena;
    spdx->annotator = annotator;
    wb_time_format(spdx->bom->created, spdx->created);
    if (!wb_spdx2_verification_codes(spdx, err))
        return false;
    write_document(spdx);
    return true;
}

bool wb_spdx2_json_write(const struct wb_bom *bom, const char *version, struct wb_output *output,
                         struct wb_error *err)
{
    (void)version;
    WB_AUTO(wb_json_writer) *json = wb_json_writer_new(output);
    struct wb_spdx2 spdx = {.bom = bom, .json = json};
    if (!write_serialisation(&spdx, err))
        return false;
    wb_json_finish(json);
    return true;
}

bool wb_spdx2_tag_write(const struct wb_bom *bom, const char *version, struct wb_output *output,
                        struct wb_error *err)
{
    (void)version;
    WB_AUTO(wb_spdx2_tags) *tags = wb_spdx2_tags_new(output);
    struct wb_spdx2 spdx = {.bom = bom, .tags = tags};
    return write_serialisation(&spdx, err);
}
