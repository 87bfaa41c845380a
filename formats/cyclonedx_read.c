/* SPDX-License-Identifier: Apache-2.0 */
/* CycloneDX: the document read from its tree. */
#include "formats/cyclonedx.h"

#include <stdlib.h>
#include <string.h>

const char *wb_cyclonedx_text(struct wb_cyclonedx_reading *reading, const json_t *object,
                              const char *key)
{
    const char *text = wb_json_string_of(object, key);
    return text == NULL || *text == '\0' ? NULL : wb_arena_copy(reading->bom->arena, text);
}

bool wb_cyclonedx_says_nothing(const char *name, const char *value)
{
    return wb_text_starts_with(name, "waybill:") && (value == NULL || *value == '\0') &&
           !wb_text_starts_with(name, "waybill:image:label:") &&
           !wb_text_starts_with(name, "waybill:image:annotation:");
}

static bool says(const json_t *object, const char *key, const char *value)
{
    const char *text = wb_json_string_of(object, key);
    return text != NULL && strcmp(text, value) == 0;
}

/* ---- metadata ---- */

static void read_tool(struct wb_cyclonedx_reading *reading, const json_t *json, const char *path)
{
    static const char *const kept[] = {"type", "bom-ref", "name", "version", NULL};
    struct wb_bom *bom = reading->bom;
    if (says(json, "name", "waybill")) {
        bom->tool_version = wb_cyclonedx_text(reading, json, "version");
        reading->ours = true;
        return;
    }
    struct wb_tool tool = {.name = wb_cyclonedx_text(reading, json, "name"),
                           .version = wb_cyclonedx_text(reading, json, "version")};
    if (tool.name == NULL) {
        wb_bom_add_loss(bom, path);
        return;
    }
    wb_cyclonedx_lose_others(reading, path, json, kept);
    WB_APPEND(bom->tools, bom->tool_count, bom->tool_capacity, tool);
}

/* A list before 1.5, then lists of components and services. */
static void read_tools(struct wb_cyclonedx_reading *reading, const json_t *tools)
{
    static const char *const kept[] = {"components", "tools", NULL};
    static const char path[] = "/metadata/tools";
    size_t i;
    const json_t *tool;
    json_array_foreach(tools, i, tool)
    {
        read_tool(reading, tool, "/metadata/tools/*");
    }
    wb_cyclonedx_lose_others(reading, path, tools, kept);
    json_array_foreach(wb_json_array_of(tools, "components"), i, tool)
    {
        read_tool(reading, tool, "/metadata/tools/components/*");
    }
    /* The older list inside an XML element of the same name. */
    json_array_foreach(wb_json_array_of(tools, "tools"), i, tool)
    {
        read_tool(reading, tool, "/metadata/tools/*");
    }
}

static void read_creator(struct wb_cyclonedx_reading *reading, const json_t *metadata)
{
    struct wb_bom *bom = reading->bom;
    const json_t *manufacturer = wb_json_object_of(metadata, "manufacturer");
    if (manufacturer != NULL)
        bom->creator = wb_cyclonedx_read_party(reading, "/metadata/manufacturer", manufacturer);
    size_t i;
    const json_t *author;
    json_array_foreach(wb_json_array_of(metadata, "authors"), i, author)
    {
        struct wb_party person = wb_cyclonedx_read_person(reading, "/metadata/authors/*", author);
        if (bom->creator.name == NULL)
            bom->creator = person;
        else
            wb_bom_add_loss(bom, "/metadata/authors/*");
    }
}

static void read_constants(struct wb_cyclonedx_reading *reading, const json_t *metadata)
{
    size_t i;
    const json_t *one;
    json_array_foreach(wb_json_array_of(metadata, "lifecycles"), i, one)
    {
        if (reading->bom->tool_version == NULL || !says(one, "phase", "post-build"))
            wb_bom_add_loss(reading->bom, "/metadata/lifecycles/*");
    }
    json_array_foreach(wb_json_array_of(metadata, "licenses"), i, one)
    {
        if (!says(wb_json_object_of(one, "license"), "id", "CC0-1.0"))
            wb_bom_add_loss(reading->bom, "/metadata/licenses/*");
    }
}

static bool read_property(struct wb_cyclonedx_reading *reading, const char *name, const char *value)
{
    struct wb_bom *bom = reading->bom;
    if (strcmp(name, "waybill:document:finding") == 0)
        return wb_finding_text_read(bom, value);
    if (strcmp(name, "waybill:document:creatorUrl") == 0) {
        bom->creator.url = wb_arena_copy(bom->arena, value);
        return true;
    }
    if (strcmp(name, "waybill:document:creatorType") != 0)
        return wb_document_property_read(bom, name, value);
    bom->creator.is_person = strcmp(value, "organization") != 0;
    return true;
}

static void read_properties(struct wb_cyclonedx_reading *reading, const json_t *list,
                            const char *path)
{
    size_t i;
    const json_t *property;
    json_array_foreach(list, i, property)
    {
        const char *name = wb_json_string_of(property, "name");
        const char *value = wb_json_string_of(property, "value");
        if (name == NULL || wb_cyclonedx_says_nothing(name, value) ||
            !read_property(reading, name, value == NULL ? "" : value))
            wb_bom_add_loss(reading->bom, path);
    }
}

static void read_metadata(struct wb_cyclonedx_reading *reading, const json_t *metadata)
{
    static const char *const kept[] = {
        "timestamp",    "lifecycles", "tools",    "authors",    "component",
        "manufacturer", "supplier",   "licenses", "properties", NULL};
    const char *timestamp = wb_json_string_of(metadata, "timestamp");
    if (timestamp != NULL && !wb_time_parse(timestamp, &reading->bom->created))
        wb_cyclonedx_lose(reading, "/metadata", "timestamp", NULL);
    wb_cyclonedx_lose_others(reading, "/metadata", metadata, kept);
    read_tools(reading, json_object_get(metadata, "tools"));
    read_creator(reading, metadata);
    read_constants(reading, metadata);
    read_properties(reading, wb_json_array_of(metadata, "properties"), "/metadata/properties/*");
    wb_cyclonedx_read_image(reading, wb_json_object_of(metadata, "component"));
    wb_cyclonedx_read_supplier(reading, "/metadata/supplier",
                               wb_json_object_of(metadata, "supplier"));
}

/* ---- the rest ---- */

static void read_annotations(struct wb_cyclonedx_reading *reading, const json_t *list)
{
    size_t i;
    const json_t *annotation;
    json_array_foreach(list, i, annotation)
    {
        const char *text = wb_json_string_of(annotation, "text");
        if (text == NULL || !wb_finding_text_read(reading->bom, text))
            wb_bom_add_loss(reading->bom, "/annotations/*");
    }
}

static void read_document(struct wb_cyclonedx_reading *reading, const json_t *document)
{
    static const char *const kept[] = {"$schema",      "bomFormat",   "specVersion", "serialNumber",
                                       "version",      "metadata",    "components",  "dependencies",
                                       "compositions", "annotations", NULL};
    reading->bom->document_namespace = wb_cyclonedx_text(reading, document, "serialNumber");
    wb_cyclonedx_lose_others(reading, "", document, kept);
    int64_t version = wb_json_integer_of(document, "version", 1);
    if (version != 1 ||
        (wb_json_string_of(document, "version") != NULL && !says(document, "version", "1")))
        wb_cyclonedx_lose(reading, "", "version", NULL);
    read_metadata(reading, wb_json_object_of(document, "metadata"));
    wb_cyclonedx_read_components(reading, wb_json_array_of(document, "components"));
    wb_cyclonedx_read_graph(reading, wb_json_array_of(document, "dependencies"));
    const json_t *compositions = json_object_get(document, "compositions");
    if (!reading->ours && compositions != NULL)
        wb_cyclonedx_lose(reading, "", "compositions", compositions);
    read_annotations(reading, wb_json_array_of(document, "annotations"));
}

/* ---- characters ---- */

/* The model holds nothing that one serialisation could say and the other not. The depth is that of
 * the text, which its parser has bounded. */
static void escape_strings(struct wb_arena *arena, json_t *tree)
{
    const char *key;
    size_t i;
    json_t *value;
    json_array_foreach(tree, i, value)
    {
        escape_strings(arena, value);
    }
    json_object_foreach(tree, key, value)
    {
        escape_strings(arena, value);
    }
    const char *text = json_string_value(tree);
    const char *escaped = text == NULL ? NULL : wb_xml_escape(arena, text);
    if (escaped != text)
        json_string_set(tree, escaped);
}

bool wb_cyclonedx_read_tree(json_t *document, struct wb_bom *bom, struct wb_error *err)
{
    static const char *const versions[] = {"1.2", "1.3", "1.4", "1.5", "1.6", "1.7"};
    const char *version = wb_json_string_of(document, "specVersion");
    if (!says(document, "bomFormat", "CycloneDX"))
        return wb_error_set(err, WB_BAD_INPUT, "bomFormat is not CycloneDX");
    bool known = false;
    for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++)
        known = known || says(document, "specVersion", versions[i]);
    if (!known)
        return wb_error_set(err, WB_BAD_INPUT, "version %s of CycloneDX is none of 1.2 to 1.7",
                            version == NULL ? "(not stated)" : version);
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    struct wb_cyclonedx_reading reading = {.bom = bom, .arena = arena};
    escape_strings(arena, document);
    read_document(&reading, document);
    wb_cyclonedx_forget_names(&reading);
    wb_cyclonedx_forget_licences(&reading);
    free(reading.pending);
    return true;
}
