/* SPDX-License-Identifier: Apache-2.0 */
/* Reading SPDX 3.0 as JSON-LD: the document and who made it. */
#include "formats/spdx3_read.h"
#include "formats/spdx2_read.h"

#include <stdlib.h>
#include <string.h>

/* ---- who made it ---- */

/* The first one in the document where the document itself names none. */
static const struct wb_spdx3_element *creation_of(const struct wb_spdx3_reader *reader)
{
    const struct wb_spdx3_element *named =
        reader->document == NULL
            ? NULL
            : wb_spdx3_find(reader, json_object_get(reader->document->json, "creationInfo"));
    if (named != NULL && named->kind == WB_SPDX3_CREATION_INFO)
        return named;
    for (size_t i = 0; i < reader->element_count; i++)
        if (reader->elements[i]->kind == WB_SPDX3_CREATION_INFO)
            return reader->elements[i];
    return NULL;
}

static bool check_version(const struct wb_spdx3_element *creation, struct wb_error *err)
{
    const char *version =
        creation == NULL ? NULL : wb_json_string_of(creation->json, "specVersion");
    if (version == NULL)
        return wb_error_set(err, WB_BAD_INPUT, "no CreationInfo with a specVersion");
    if (!wb_text_starts_with(version, "3.0."))
        return wb_error_set(err, WB_BAD_INPUT, "version %.40s is not SPDX 3.0", version);
    return true;
}

static void read_tool(struct wb_spdx3_reader *reader, const json_t *value)
{
    static const char own[] = WB_SPDX3_TOOL_NAME;
    struct wb_bom *bom = reader->bom;
    const char *name = wb_spdx2_text(wb_spdx3_object(reader, value), "name");
    if (name == NULL) {
        wb_bom_add_loss(bom, "CreationInfo/createdUsing");
    } else if (wb_text_starts_with(name, own) && name[strlen(own)] == '-' &&
               bom->tool_version == NULL) {
        bom->tool_version = wb_arena_copy(bom->arena, name + strlen(own) + 1);
        reader->is_own = true;
    } else if (strcmp(name, own) != 0) {
        wb_tool_text_read(bom, name);
    }
}

static bool uses_tool(const struct wb_spdx3_reader *reader, const json_t *creation,
                      const char *name)
{
    const json_t *tool;
    for (size_t i = 0; (tool = wb_spdx3_item(creation, "createdUsing", i)) != NULL; i++) {
        const char *used = wb_json_string_of(wb_spdx3_object(reader, tool), "name");
        if (used != NULL && strcmp(used, name) == 0)
            return true;
    }
    return false;
}

/* Software that made the document by itself is a tool like those that it used. */
static void read_creator(struct wb_spdx3_reader *reader, const struct wb_spdx3_element *creation)
{
    const json_t *value = wb_spdx3_item(creation->json, "createdBy", 0);
    const char *type = wb_json_string_of(wb_spdx3_object(reader, value), "type");
    struct wb_party party = wb_spdx3_read_party(reader, value);
    if (value == NULL)
        return;
    if (type == NULL || strcmp(type, "SoftwareAgent") != 0) {
        reader->bom->creator = party;
        if (party.name == NULL && party.email == NULL && party.url == NULL)
            wb_spdx3_lose(reader, creation, "createdBy");
    } else if (party.name == NULL || !uses_tool(reader, creation->json, party.name)) {
        read_tool(reader, value);
    }
}

static void read_creation(struct wb_spdx3_reader *reader, const struct wb_spdx3_element *creation)
{
    static const char *const known[] = {"specVersion",  "created", "createdBy",
                                        "createdUsing", "comment", NULL};
    const char *created = wb_json_string_of(creation->json, "created");
    const json_t *item;
    for (size_t i = 0; (item = wb_spdx3_item(creation->json, "createdUsing", i)) != NULL; i++)
        read_tool(reader, item);
    read_creator(reader, creation);
    for (size_t i = 1; wb_spdx3_item(creation->json, "createdBy", i) != NULL; i++)
        wb_spdx3_lose(reader, creation, "createdBy");
    if (created != NULL && !wb_time_parse(created, &reader->bom->created))
        wb_spdx3_lose(reader, creation, "created");
    wb_spdx3_expect(reader, creation, "comment", WB_SPDX2_COMMENT);
    wb_spdx3_count_losses(reader, creation, known);
}

/* ---- the document ---- */

static void take_document_property(void *context, const char *name, const char *value)
{
    struct wb_bom *bom = context;
    if (!wb_document_property_read(bom, name, value))
        wb_bom_add_loss(bom, "Annotation");
}

static bool is_data_licence(const struct wb_spdx3_reader *reader, const json_t *value)
{
    const char *expression =
        wb_json_string_of(wb_spdx3_object(reader, value), "simplelicensing_licenseExpression");
    const char *iri = json_string_value(value);
    return value == NULL ||
           (expression != NULL && strcmp(expression, WB_SPDX3_DATA_LICENCE) == 0) ||
           (iri != NULL && wb_text_ends_with(iri, "/licenses/" WB_SPDX3_DATA_LICENCE));
}

static void read_document(struct wb_spdx3_reader *reader)
{
    static const char *const known[] = {
        "name", "rootElement", "element", "profileConformance", "dataLicense", NULL};
    struct wb_bom *bom = reader->bom;
    const struct wb_spdx3_element *document = reader->document;
    if (document == NULL)
        return;
    bom->document_name = wb_arena_copy(bom->arena, wb_spdx2_text(document->json, "name"));
    /* Waybill's documents are called as their image is. */
    if (bom->document_name != NULL && bom->source_name != NULL &&
        strcmp(bom->document_name, bom->source_name) == 0)
        bom->document_name = NULL;
    bom->document_namespace = wb_arena_copy(bom->arena, document->id);
    if (!is_data_licence(reader, json_object_get(document->json, "dataLicense")))
        wb_spdx3_lose(reader, document, "dataLicense");
    wb_spdx3_read_annotations(reader, document, take_document_property, bom);
    wb_spdx3_count_losses(reader, document, known);
}

static void lose_annotations(void *context, const char *name, const char *value)
{
    (void)name;
    (void)value;
    wb_bom_add_loss(context, "Annotation");
}

/* What nothing but the writer of a document is told by. */
static void read_collection(struct wb_spdx3_reader *reader, const struct wb_spdx3_element *element)
{
    static const char *const known[] = {"rootElement", "element", "profileConformance",
                                        "software_sbomType", NULL};
    const json_t *type;
    for (size_t i = 0; (type = wb_spdx3_item(element->json, "software_sbomType", i)) != NULL; i++) {
        const char *text = json_string_value(type);
        if (text == NULL || strcmp(text, "analyzed") != 0)
            wb_spdx3_lose(reader, element, "software_sbomType");
    }
    wb_spdx3_count_losses(reader, element, known);
}

/* ---- elements that others refer to ---- */

static void read_agent(struct wb_spdx3_reader *reader, const struct wb_spdx3_element *element)
{
    static const char *const known[] = {"name", "externalIdentifier", "externalRef", NULL};
    const json_t *item;
    size_t emails = 0, addresses = 0;
    for (size_t i = 0; (item = wb_spdx3_item(element->json, "externalIdentifier", i)) != NULL;
         i++) {
        const char *type = wb_json_string_of(item, "externalIdentifierType");
        if (type == NULL || strcmp(type, "email") != 0 || emails++ > 0)
            wb_spdx3_lose(reader, element, "externalIdentifier");
    }
    while (wb_spdx3_item(element->json, "externalRef", addresses) != NULL)
        if (addresses++ > 0)
            wb_spdx3_lose(reader, element, "externalRef");
    wb_spdx3_count_losses(reader, element, known);
}

/* Of a build nothing has a place but when it ended, which the image says, too. */
static void read_build(struct wb_spdx3_reader *reader, const struct wb_spdx3_element *element)
{
    static const char *const known[] = {"build_buildType", "build_buildEndTime", NULL};
    const struct wb_image_description *image = reader->bom->image;
    char created[WB_TIME_TEXT_SIZE];
    wb_spdx3_expect(reader, element, "build_buildType", WB_SPDX3_BUILD_TYPE);
    wb_spdx3_expect(reader, element, "build_buildEndTime",
                    image->has_created ? wb_time_format(image->created, created) : NULL);
    wb_spdx3_count_losses(reader, element, known);
}

static void read_others(struct wb_spdx3_reader *reader)
{
    static const char *const tool[] = {"name", NULL};
    for (size_t i = 0; i < reader->element_count; i++) {
        const struct wb_spdx3_element *element = reader->elements[i];
        switch (element->kind) {
        case WB_SPDX3_COLLECTION:
            read_collection(reader, element);
            break;
        case WB_SPDX3_AGENT:
            read_agent(reader, element);
            break;
        case WB_SPDX3_TOOL:
            wb_spdx3_count_losses(reader, element, tool);
            break;
        case WB_SPDX3_BUILD:
            read_build(reader, element);
            break;
        default:
            continue;
        }
        wb_spdx3_read_annotations(reader, element, lose_annotations, reader->bom);
    }
}

/* ---- the whole ---- */

/* Documents of other tools do not say which files they list. */
static enum wb_file_selection guess_selection(const struct wb_spdx3_reader *reader)
{
    for (size_t i = 0; i < reader->element_count; i++)
        if (reader->elements[i]->kind == WB_SPDX3_FILE)
            return WB_FILES_UNOWNED;
    return WB_FILES_NONE;
}

static bool read_elements(struct wb_spdx3_reader *reader, struct wb_error *err)
{
    const struct wb_spdx3_element *creation = creation_of(reader);
    if (!check_version(creation, err))
        return false;
    read_creation(reader, creation);
    reader->bom->file_selection = guess_selection(reader);
    wb_spdx3_read_licence_texts(reader);
    wb_spdx3_read_image(reader);
    read_document(reader);
    wb_spdx3_read_packages(reader);
    wb_spdx3_read_files(reader);
    wb_spdx3_read_relations(reader);
    wb_spdx3_assign_owners(reader);
    read_others(reader);
    return true;
}

bool wb_spdx3_json_recognises(struct wb_bytes document)
{
    return wb_document_member_is(document, "@context", "https://spdx.org/rdf/3.");
}

bool wb_spdx3_json_read(struct wb_bytes document, struct wb_bom *bom, struct wb_error *err)
{
    WB_AUTO_JSON json = wb_json_parse(document, err);
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    struct wb_spdx3_reader reader = {.bom = bom, .arena = arena};
    if (json == NULL)
        return false;
    wb_spdx3_read_graph(&reader, json);
    bool read = read_elements(&reader, err);
    wb_spdx3_reader_clear(&reader);
    return read;
}
