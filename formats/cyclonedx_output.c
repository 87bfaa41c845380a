/* SPDX-License-Identifier: Apache-2.0 */
/* CycloneDX: members written as JSON or as XML. */
#include "formats/cyclonedx.h"

#include <stdlib.h>
#include <string.h>

/* ---- frames ---- */

static void push(struct wb_cyclonedx *out, struct wb_cyclonedx_frame frame)
{
    /* Only a mistake in a writer of ours could get here. */
    if (out->depth == WB_CYCLONEDX_DEPTH_MAX)
        abort();
    out->frames[out->depth++] = frame;
}

static void pop(struct wb_cyclonedx *out)
{
    out->depth--;
    if (out->xml != NULL && out->frames[out->depth].element)
        wb_xml_end(out->xml);
}

static const struct wb_cyclonedx_frame *top(const struct wb_cyclonedx *out)
{
    return &out->frames[out->depth - 1];
}

static const struct wb_cyclonedx_child *child_of(const struct wb_cyclonedx *out, const char *key,
                                                 bool list)
{
    const struct wb_cyclonedx_child *child = wb_cyclonedx_child_of(top(out)->shape, key, list);
    if (child == NULL)
        abort(); /* a member that the table of shapes lacks */
    return child;
}

/* ---- objects and lists ---- */

static void begin_document(struct wb_cyclonedx *out)
{
    if (out->json != NULL) {
        wb_json_begin_object(out->json);
    } else {
        WB_AUTO_STRING namespace = wb_string_format(WB_CYCLONEDX_NAMESPACE "1.%d", out->minor);
        wb_xml_begin(out->xml, "bom");
        wb_xml_attribute(out->xml, "xmlns", namespace);
    }
    push(out, (struct wb_cyclonedx_frame){.shape = &wb_cyclonedx_document_shape, .element = true});
}

void wb_cyclonedx_begin(struct wb_cyclonedx *out, const char *key)
{
    if (out->depth == 0) {
        begin_document(out);
        return;
    }
    const struct wb_cyclonedx_child *child =
        key == NULL ? top(out)->list : child_of(out, key, false);
    /* The items of such a list are no elements, only what they hold. */
    bool element = child->form != WB_CYCLONEDX_IN_ELEMENT || key != NULL;
    if (out->json != NULL && key != NULL)
        wb_json_key(out->json, key);
    if (out->json != NULL)
        wb_json_begin_object(out->json);
    else if (element)
        wb_xml_begin(out->xml, key == NULL ? child->item : child->key);
    push(out, (struct wb_cyclonedx_frame){.shape = child->shape, .element = element});
}

void wb_cyclonedx_end(struct wb_cyclonedx *out)
{
    if (out->json != NULL)
        wb_json_end_object(out->json);
    pop(out);
}

void wb_cyclonedx_begin_list(struct wb_cyclonedx *out, const char *key)
{
    const struct wb_cyclonedx_child *child = child_of(out, key, true);
    bool element = child->form != WB_CYCLONEDX_REPEATED;
    if (out->json != NULL) {
        wb_json_key(out->json, key);
        wb_json_begin_array(out->json);
    } else if (element) {
        wb_xml_begin(out->xml, key);
    }
    push(out, (struct wb_cyclonedx_frame){.list = child, .element = element});
}

void wb_cyclonedx_end_list(struct wb_cyclonedx *out)
{
    if (out->json != NULL)
        wb_json_end_array(out->json);
    pop(out);
}

/* ---- values ---- */

void wb_cyclonedx_required(struct wb_cyclonedx *out, const char *key, const char *value)
{
    if (value == NULL)
        value = "";
    if (out->json != NULL) {
        wb_json_key(out->json, key);
        wb_json_string(out->json, value);
        return;
    }
    const struct wb_cyclonedx_shape *shape = top(out)->shape;
    const char *attribute = wb_cyclonedx_attribute_name(shape, key);
    if (attribute != NULL)
        wb_xml_attribute(out->xml, attribute, value);
    else if (shape->text != NULL && strcmp(shape->text, key) == 0)
        wb_xml_text(out->xml, value);
    else
        wb_xml_element(out->xml, child_of(out, key, false)->key, value);
}

void wb_cyclonedx_member(struct wb_cyclonedx *out, const char *key, const char *value)
{
    if (value != NULL && *value != '\0')
        wb_cyclonedx_required(out, key, value);
}

void wb_cyclonedx_item(struct wb_cyclonedx *out, const char *value)
{
    if (out->json != NULL) {
        wb_json_string(out->json, value);
        return;
    }
    const struct wb_cyclonedx_child *list = top(out)->list;
    if (!list->reference) {
        wb_xml_element(out->xml, list->item, value);
        return;
    }
    wb_xml_begin(out->xml, list->item);
    wb_xml_attribute(out->xml, "ref", value);
    wb_xml_end(out->xml);
}

/* ---- what many objects have ---- */

/* In JSON the expression is a text beside its acknowledgement, in XML an element that has it. */
void wb_cyclonedx_licence(struct wb_cyclonedx *out, const char *expression,
                          const char *acknowledgement)
{
    if (expression == NULL || *expression == '\0')
        return;
    wb_cyclonedx_begin_list(out, "licenses");
    wb_cyclonedx_begin(out, NULL);
    if (out->json != NULL) {
        wb_json_member(out->json, "expression", expression);
        wb_json_member(out->json, "acknowledgement", acknowledgement);
    } else {
        wb_cyclonedx_begin(out, "expression");
        wb_cyclonedx_member(out, "acknowledgement", acknowledgement);
        wb_cyclonedx_member(out, "expression", expression);
        wb_cyclonedx_end(out);
    }
    wb_cyclonedx_end(out);
    wb_cyclonedx_end_list(out);
}

static void add_property(void *context, const char *name, const char *value)
{
    struct wb_cyclonedx *out = context;
    wb_cyclonedx_begin(out, NULL);
    wb_cyclonedx_required(out, "name", name);
    wb_cyclonedx_member(out, "value", value);
    wb_cyclonedx_end(out);
}

struct wb_property_sink wb_cyclonedx_property_sink(struct wb_cyclonedx *out)
{
    return (struct wb_property_sink){.add = add_property, .context = out};
}

static void write_contact(struct wb_cyclonedx *out, const char *key, const char *name,
                          const char *email)
{
    wb_cyclonedx_begin_list(out, key);
    wb_cyclonedx_begin(out, NULL);
    wb_cyclonedx_member(out, "name", name);
    wb_cyclonedx_member(out, "email", email);
    wb_cyclonedx_end(out);
    wb_cyclonedx_end_list(out);
}

void wb_cyclonedx_contact(struct wb_cyclonedx *out, const char *key, const struct wb_actor *actor)
{
    write_contact(out, key, actor->name, actor->email);
}

void wb_cyclonedx_actor(struct wb_cyclonedx *out, const char *key, const struct wb_actor *actor,
                        const char *url)
{
    if (actor->name == NULL)
        return;
    wb_cyclonedx_begin(out, key);
    wb_cyclonedx_member(out, "name", actor->name);
    if (wb_field_is_iri(url)) {
        wb_cyclonedx_begin_list(out, "url");
        wb_cyclonedx_item(out, url);
        wb_cyclonedx_end_list(out);
    }
    if (actor->is_person || actor->email != NULL)
        write_contact(out, "contact", actor->is_person ? actor->name : NULL, actor->email);
    wb_cyclonedx_end(out);
}
