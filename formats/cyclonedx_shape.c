/* SPDX-License-Identifier: Apache-2.0 */
/* CycloneDX: how the members of the JSON serialisation stand in the XML one. */
#include "formats/cyclonedx.h"

#include <string.h>

#define ATTRIBUTES (const struct wb_cyclonedx_attribute[])
#define CHILDREN (const struct wb_cyclonedx_child[])
#define ONE(member, inner)                                                                         \
    {                                                                                              \
        .key = (member), .shape = (inner)                                                          \
    }
#define LIST(member, one, inner)                                                                   \
    {                                                                                              \
        .key = (member), .form = WB_CYCLONEDX_LIST, .item = (one), .shape = (inner)                \
    }
#define REPEATED(member, one, inner)                                                               \
    {                                                                                              \
        .key = (member), .form = WB_CYCLONEDX_REPEATED, .item = (one), .shape = (inner)            \
    }
#define REFERENCES(member, list_form, one)                                                         \
    {                                                                                              \
        .key = (member), .form = (list_form), .item = (one), .reference = true                     \
    }
#define LICENCES                                                                                   \
    {                                                                                              \
        .key = "licenses", .form = WB_CYCLONEDX_IN_ELEMENT, .shape = &licence_choice               \
    }

/* Lists that the model has no place for, whose items are counted. */
static const struct wb_cyclonedx_shape opaque = {.opaque = true};

static const struct wb_cyclonedx_shape property = {
    .attributes = ATTRIBUTES{{.key = "name"}, {0}},
    .text = "value",
};

static const struct wb_cyclonedx_shape hash = {
    .attributes = ATTRIBUTES{{.key = "alg"}, {0}},
    .text = "content",
};

static const struct wb_cyclonedx_shape contact = {
    .attributes = ATTRIBUTES{{.key = "bom-ref"}, {0}},
    .children = CHILDREN{ONE("name", NULL), ONE("email", NULL), ONE("phone", NULL), {0}},
};

static const struct wb_cyclonedx_shape organisation = {
    .attributes = ATTRIBUTES{{.key = "bom-ref"}, {0}},
    .children = CHILDREN{ONE("name", NULL),
                         ONE("address", &opaque),
                         REPEATED("url", "url", NULL),
                         REPEATED("contact", "contact", &contact),
                         {0}},
};

static const struct wb_cyclonedx_shape attached_text = {
    .attributes = ATTRIBUTES{{"contentType", "content-type"}, {.key = "encoding"}, {0}},
    .text = "content",
};

static const struct wb_cyclonedx_shape licence = {
    .attributes = ATTRIBUTES{{.key = "bom-ref"}, {.key = "acknowledgement"}, {0}},
    .children = CHILDREN{ONE("id", NULL),
                         ONE("name", NULL),
                         ONE("text", &attached_text),
                         ONE("url", NULL),
                         ONE("licensing", &opaque),
                         LIST("properties", "property", &property),
                         {0}},
};

static const struct wb_cyclonedx_shape licence_expression = {
    .attributes = ATTRIBUTES{{.key = "bom-ref"}, {.key = "acknowledgement"}, {0}},
    .text = "expression",
};

static const struct wb_cyclonedx_shape licence_choice = {
    .children = CHILDREN{ONE("license", &licence),
                         ONE("expression", &licence_expression),
                         ONE("expression-detailed", &opaque),
                         {0}},
};

static const struct wb_cyclonedx_shape reference = {
    .attributes = ATTRIBUTES{{.key = "type"}, {0}},
    .children = CHILDREN{ONE("url", NULL),
                         ONE("comment", NULL),
                         LIST("hashes", "hash", &hash),
                         LIST("properties", "property", &property),
                         {0}},
};

static const struct wb_cyclonedx_shape occurrence = {
    .attributes = ATTRIBUTES{{.key = "bom-ref"}, {0}},
    .children = CHILDREN{ONE("location", NULL), {0}},
};

static const struct wb_cyclonedx_shape evidence = {
    .children = CHILDREN{LIST("occurrences", "occurrence", &occurrence), LICENCES, {0}},
};

static const struct wb_cyclonedx_shape component = {
    .attributes =
        ATTRIBUTES{
            {.key = "type"}, {.key = "mime-type"}, {.key = "isExternal"}, {.key = "bom-ref"}, {0}},
    .children = CHILDREN{ONE("supplier", &organisation),
                         ONE("manufacturer", &organisation),
                         LIST("authors", "author", &contact),
                         ONE("author", NULL),
                         ONE("publisher", NULL),
                         ONE("group", NULL),
                         ONE("name", NULL),
                         ONE("version", NULL),
                         ONE("versionRange", NULL),
                         ONE("description", NULL),
                         ONE("scope", NULL),
                         LIST("hashes", "hash", &hash),
                         LICENCES,
                         ONE("copyright", NULL),
                         ONE("cpe", NULL),
                         ONE("purl", NULL),
                         REPEATED("omniborId", "omniborId", NULL),
                         REPEATED("swhid", "swhid", NULL),
                         ONE("modified", NULL),
                         LIST("externalReferences", "reference", &reference),
                         LIST("properties", "property", &property),
                         LIST("components", "component", &component),
                         ONE("evidence", &evidence),
                         REPEATED("data", "data", &opaque),
                         LIST("tags", "tag", NULL),
                         {0}},
};

static const struct wb_cyclonedx_shape tool = {
    .children = CHILDREN{ONE("vendor", NULL),
                         ONE("name", NULL),
                         ONE("version", NULL),
                         LIST("hashes", "hash", &hash),
                         LIST("externalReferences", "reference", &reference),
                         {0}},
};

static const struct wb_cyclonedx_shape tools = {
    .children = CHILDREN{LIST("components", "component", &component),
                         LIST("services", "service", &opaque),
                         REPEATED("tools", "tool", &tool),
                         {0}},
};

static const struct wb_cyclonedx_shape lifecycle = {
    .children = CHILDREN{ONE("phase", NULL), ONE("name", NULL), ONE("description", NULL), {0}},
};

static const struct wb_cyclonedx_shape metadata = {
    .children = CHILDREN{ONE("timestamp", NULL),
                         LIST("lifecycles", "lifecycle", &lifecycle),
                         ONE("tools", &tools),
                         LIST("tools", "tool", &tool), /* before 1.5 */
                         LIST("authors", "author", &contact),
                         ONE("component", &component),
                         ONE("manufacturer", &organisation),
                         ONE("manufacture", &organisation),
                         ONE("supplier", &organisation),
                         LICENCES,
                         LIST("properties", "property", &property),
                         {0}},
};

static const struct wb_cyclonedx_shape dependency = {
    .attributes = ATTRIBUTES{{.key = "ref"}, {0}},
    .children = CHILDREN{REFERENCES("dependsOn", WB_CYCLONEDX_REPEATED, "dependency"),
                         REFERENCES("provides", WB_CYCLONEDX_REPEATED, "provides"),
                         {0}},
};

static const struct wb_cyclonedx_shape composition = {
    .attributes = ATTRIBUTES{{.key = "bom-ref"}, {0}},
    .children = CHILDREN{ONE("aggregate", NULL),
                         REFERENCES("assemblies", WB_CYCLONEDX_LIST, "assembly"),
                         REFERENCES("dependencies", WB_CYCLONEDX_LIST, "dependency"),
                         REFERENCES("vulnerabilities", WB_CYCLONEDX_LIST, "vulnerability"),
                         {0}},
};

static const struct wb_cyclonedx_shape annotator = {
    .children = CHILDREN{ONE("organization", &organisation),
                         ONE("individual", &contact),
                         ONE("component", &component),
                         ONE("service", &opaque),
                         {0}},
};

static const struct wb_cyclonedx_shape annotation = {
    .attributes = ATTRIBUTES{{.key = "bom-ref"}, {0}},
    .children = CHILDREN{REFERENCES("subjects", WB_CYCLONEDX_LIST, "subject"),
                         ONE("annotator", &annotator),
                         ONE("timestamp", NULL),
                         ONE("text", NULL),
                         {0}},
};

const struct wb_cyclonedx_shape wb_cyclonedx_document_shape = {
    .attributes = ATTRIBUTES{{.key = "serialNumber"}, {.key = "version"}, {0}},
    .children = CHILDREN{ONE("metadata", &metadata),
                         LIST("components", "component", &component),
                         LIST("services", "service", &opaque),
                         LIST("externalReferences", "reference", &reference),
                         LIST("dependencies", "dependency", &dependency),
                         LIST("compositions", "composition", &composition),
                         LIST("properties", "property", &property),
                         LIST("vulnerabilities", "vulnerability", &opaque),
                         LIST("annotations", "annotation", &annotation),
                         LIST("formulation", "formula", &opaque),
                         LIST("citations", "citation", &opaque),
                         {0}},
};

/* ---- finding ---- */

const struct wb_cyclonedx_child *wb_cyclonedx_child_of(const struct wb_cyclonedx_shape *shape,
                                                       const char *key, bool list)
{
    for (const struct wb_cyclonedx_child *child = shape->children;
         child != NULL && child->key != NULL; child++)
        if (strcmp(child->key, key) == 0 && list == (child->form != WB_CYCLONEDX_ONE))
            return child;
    return NULL;
}

static const char *element_of(const struct wb_cyclonedx_child *child)
{
    return child->form == WB_CYCLONEDX_REPEATED ? child->item : child->key;
}

const struct wb_cyclonedx_child *
wb_cyclonedx_child_by_element(const struct wb_cyclonedx_shape *shape, const char *element)
{
    for (const struct wb_cyclonedx_child *child = shape->children;
         child != NULL && child->key != NULL; child++)
        if (strcmp(element_of(child), element) == 0)
            return child;
    return NULL;
}

static const char *name_of(const struct wb_cyclonedx_attribute *attribute)
{
    return attribute->name != NULL ? attribute->name : attribute->key;
}

const char *wb_cyclonedx_attribute_name(const struct wb_cyclonedx_shape *shape, const char *key)
{
    for (const struct wb_cyclonedx_attribute *attribute = shape->attributes;
         attribute != NULL && attribute->key != NULL; attribute++)
        if (strcmp(attribute->key, key) == 0)
            return name_of(attribute);
    return NULL;
}

const char *wb_cyclonedx_attribute_key(const struct wb_cyclonedx_shape *shape, const char *name)
{
    for (const struct wb_cyclonedx_attribute *attribute = shape->attributes;
         attribute != NULL && attribute->key != NULL; attribute++)
        if (strcmp(name_of(attribute), name) == 0)
            return attribute->key;
    return NULL;
}
