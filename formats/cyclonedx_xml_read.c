/* SPDX-License-Identifier: Apache-2.0 */
/* CycloneDX 1.2 to 1.7 as XML, read into the tree of the JSON serialisation.
 *
 * libxml2 splits the text; nothing is fetched, and a document type, the only place where entities
 * could be declared, is refused. */
#include "formats/cyclonedx.h"
#include "formats/verdict.h"

#include <libxml/parser.h>
#include <stddef.h>
#include <string.h>

#define DEPTH_MAX 64
#define CHUNK_SIZE 65536
#define ATTRIBUTES_MAX 256            /* those of an element are few, the rest are namespaces */
#define MARK_WITHIN ((size_t)1 << 20) /* comments may stand in front */

enum frame_kind {
    FRAME_OBJECT,
    FRAME_LIST,
    FRAME_TEXT,   /* the value of `key`, or the next item of a list */
    FRAME_OPAQUE, /* passed over */
};

struct frame {
    enum frame_kind kind;
    json_t *value; /* OBJECT and LIST: itself; TEXT: what it goes into; lives in the tree */
    const struct wb_cyclonedx_shape *shape; /* of an OBJECT */
    const struct wb_cyclonedx_child *child; /* of a LIST or TEXT */
};

/* libxml2 is loaded when XML is read: with ICU, which it needs, it would take a third of the time
 * in which Waybill starts. WAYBILL_LIBXML is the name of the library whose headers this was
 * compiled with. */
struct xml_library {
    __typeof__(xmlCreatePushParserCtxt) *new_parser;
    __typeof__(xmlCtxtUseOptions) *use_options;
    __typeof__(xmlParseChunk) *parse_chunk;
    __typeof__(xmlStopParser) *stop;
    __typeof__(xmlFreeParserCtxt) *free_parser;
    __typeof__(xmlSAX2GetLineNumber) *line_number;
};

static bool load(struct xml_library *library, struct wb_error *err)
{
    static const struct wb_library_function functions[] = {
        {"xmlCreatePushParserCtxt", offsetof(struct xml_library, new_parser)},
        {"xmlCtxtUseOptions", offsetof(struct xml_library, use_options)},
        {"xmlParseChunk", offsetof(struct xml_library, parse_chunk)},
        {"xmlStopParser", offsetof(struct xml_library, stop)},
        {"xmlFreeParserCtxt", offsetof(struct xml_library, free_parser)},
        {"xmlSAX2GetLineNumber", offsetof(struct xml_library, line_number)},
    };
    return wb_library_load(WAYBILL_LIBXML, functions, sizeof functions / sizeof functions[0],
                           library, err) ||
           wb_error_context(err, "XML is read with libxml2");
}

struct builder {
    struct xml_library library;
    xmlParserCtxtPtr parser;
    struct wb_error *err;
    bool failed, with_lines;
    json_t *tree;
    char *namespace; /* of the root element */
    struct wb_buffer text;
    struct frame frames[DEPTH_MAX];
    size_t depth;
};

static void fail(struct builder *builder, const char *problem, const char *name)
{
    if (!builder->failed)
        wb_error_set(builder->err, WB_BAD_INPUT, "XML line %d: %s%s%s%s",
                     builder->library.line_number(builder->parser), name == NULL ? "" : "<",
                     name == NULL ? "" : name, name == NULL ? "" : "> ", problem);
    builder->failed = true;
    builder->library.stop(builder->parser);
}

static void push(struct builder *builder, struct frame frame)
{
    builder->frames[builder->depth++] = frame;
    builder->text.size = 0;
}

static void push_opaque(struct builder *builder)
{
    push(builder, (struct frame){.kind = FRAME_OPAQUE});
}

/* ---- attributes ---- */

/* As libxml2 hands them over: local name, prefix, namespace, value's begin and end. */
struct attributes {
    const xmlChar **items;
    size_t count;
};

static json_t *attribute_value(const struct attributes *attributes, size_t i)
{
    const char *begin = (const char *)attributes->items[5 * i + 3];
    const char *end = (const char *)attributes->items[5 * i + 4];
    return json_stringn(begin, (size_t)(end - begin));
}

static void set_attributes(struct builder *builder, json_t *object,
                           const struct wb_cyclonedx_shape *shape,
                           const struct attributes *attributes)
{
    for (size_t i = 0; i < attributes->count; i++) {
        const char *name = (const char *)attributes->items[5 * i];
        if (attributes->items[5 * i + 2] != NULL)
            continue; /* of another namespace */
        const char *key = wb_cyclonedx_attribute_key(shape, name);
        if (key == NULL && builder->with_lines)
            continue; /* anybody may add some */
        if (json_object_set_new(object, key == NULL ? name : key, attribute_value(attributes, i)) !=
            0)
            fail(builder, "has an attribute that is no text", NULL);
    }
}

/* Of what is passed over, what others may refer to. */
static void note_references(struct builder *builder, const struct attributes *attributes)
{
    json_t *list = json_object_get(builder->tree, WB_TREE_REFERENCES);
    if (list == NULL) {
        list = json_array();
        json_object_set_new(builder->tree, WB_TREE_REFERENCES, list);
    }
    for (size_t i = 0; i < attributes->count; i++)
        if (strcmp((const char *)attributes->items[5 * i], "bom-ref") == 0)
            json_array_append_new(list, attribute_value(attributes, i));
}

static json_t *reference_of(const struct attributes *attributes)
{
    for (size_t i = 0; i < attributes->count; i++)
        if (strcmp((const char *)attributes->items[5 * i], "ref") == 0)
            return attribute_value(attributes, i);
    return json_null();
}

/* ---- elements ---- */

/* Who is to judge wants to know where things stand. */
static void note_line(struct builder *builder, json_t *object, const char *key)
{
    if (!builder->with_lines || !json_is_object(object))
        return;
    json_t *lines = json_object_get(object, WB_TREE_LINES);
    if (lines == NULL) {
        lines = json_object();
        json_object_set_new(object, WB_TREE_LINES, lines);
    }
    json_object_set_new(lines, key, json_integer(builder->library.line_number(builder->parser)));
}

static void begin_object(struct builder *builder, json_t *object,
                         const struct wb_cyclonedx_shape *shape,
                         const struct attributes *attributes)
{
    note_line(builder, object, "");
    set_attributes(builder, object, shape, attributes);
    push(builder, (struct frame){.kind = FRAME_OBJECT, .value = object, .shape = shape});
}

static void begin_item(struct builder *builder, json_t *list,
                       const struct wb_cyclonedx_child *child, const struct attributes *attributes)
{
    if (child->reference) {
        json_array_append_new(list, reference_of(attributes));
        push_opaque(builder);
    } else if (child->shape == NULL) {
        push(builder, (struct frame){.kind = FRAME_TEXT, .value = list, .child = child});
    } else if (child->shape->opaque) {
        json_array_append_new(list, json_true());
        push_opaque(builder);
    } else {
        json_t *object = json_object();
        json_array_append_new(list, object);
        begin_object(builder, object, child->shape, attributes);
    }
}

/* Items that are no elements: what the element holds says which member each has. */
static void begin_member_item(struct builder *builder, json_t *list,
                              const struct wb_cyclonedx_child *child, const char *name,
                              const struct attributes *attributes)
{
    const struct wb_cyclonedx_child *member = wb_cyclonedx_child_by_element(child->shape, name);
    json_t *item = json_object();
    json_array_append_new(list, item);
    if (member == NULL || member->shape->opaque) {
        json_object_set_new(item, name, json_true());
        push_opaque(builder);
    } else if (member->shape->text != NULL) {
        /* A text beside its attributes. */
        begin_object(builder, item, member->shape, attributes);
    } else {
        json_t *object = json_object();
        json_object_set_new(item, member->key, object);
        begin_object(builder, object, member->shape, attributes);
    }
}

static void begin_in_list(struct builder *builder, const struct frame *list, const char *name,
                          const struct attributes *attributes)
{
    if (list->child->form == WB_CYCLONEDX_IN_ELEMENT) {
        begin_member_item(builder, list->value, list->child, name, attributes);
    } else if (strcmp(list->child->item, name) == 0) {
        begin_item(builder, list->value, list->child, attributes);
    } else {
        json_array_append_new(list->value, json_null());
        push_opaque(builder);
    }
}

static void begin_list(struct builder *builder, json_t *object,
                       const struct wb_cyclonedx_child *child)
{
    json_t *list = json_array();
    json_object_set_new(object, child->key, list);
    push(builder, (struct frame){.kind = FRAME_LIST, .value = list, .child = child});
}

static void begin_repeated(struct builder *builder, json_t *object,
                           const struct wb_cyclonedx_child *child,
                           const struct attributes *attributes)
{
    json_t *list = wb_json_array_of(object, child->key);
    if (list == NULL) {
        list = json_array();
        json_object_set_new(object, child->key, list);
    }
    begin_item(builder, list, child, attributes);
}

static void begin_in_object(struct builder *builder, const struct frame *parent, const char *name,
                            const struct attributes *attributes)
{
    const struct wb_cyclonedx_child *child = wb_cyclonedx_child_by_element(parent->shape, name);
    note_line(builder, parent->value, child == NULL ? name : child->key);
    if (child == NULL ||
        (child->shape != NULL && child->shape->opaque && child->form == WB_CYCLONEDX_ONE)) {
        json_object_set_new(parent->value, name, json_true());
        push_opaque(builder);
        return;
    }
    if (child->form == WB_CYCLONEDX_REPEATED) {
        begin_repeated(builder, parent->value, child, attributes);
        return;
    }
    if (json_object_get(parent->value, child->key) != NULL) {
        fail(builder, "stands there twice", name);
        return;
    }
    if (child->form != WB_CYCLONEDX_ONE) {
        begin_list(builder, parent->value, child);
    } else if (child->shape == NULL) {
        push(builder, (struct frame){.kind = FRAME_TEXT, .value = parent->value, .child = child});
    } else {
        json_t *object = json_object();
        json_object_set_new(parent->value, child->key, object);
        begin_object(builder, object, child->shape, attributes);
    }
}

static void begin_root(struct builder *builder, const char *name, const char *namespace,
                       const struct attributes *attributes)
{
    if (strcmp(name, "bom") != 0 || namespace == NULL ||
        !wb_text_starts_with(namespace, WB_CYCLONEDX_NAMESPACE)) {
        fail(builder, "is no CycloneDX document", name);
        return;
    }
    builder->namespace = wb_string_copy(namespace);
    builder->tree = json_object();
    json_object_set_new(builder->tree, "bomFormat", json_string("CycloneDX"));
    json_object_set_new(builder->tree, "specVersion",
                        json_string(namespace + strlen(WB_CYCLONEDX_NAMESPACE)));
    begin_object(builder, builder->tree, &wb_cyclonedx_document_shape, attributes);
}

/* ---- events ---- */

static void start_element(void *context, const xmlChar *local_name, const xmlChar *prefix,
                          const xmlChar *uri, int namespace_count, const xmlChar **namespaces,
                          int attribute_count, int defaulted_count, const xmlChar **items)
{
    (void)prefix;
    (void)namespace_count;
    (void)namespaces;
    (void)defaulted_count;
    struct builder *builder = context;
    const char *name = (const char *)local_name;
    const struct attributes attributes = {items, (size_t)attribute_count};
    if (builder->failed)
        return;
    if (builder->depth == DEPTH_MAX) {
        fail(builder, "is nested too deep", name);
        return;
    }
    if (builder->depth == 0) {
        begin_root(builder, name, (const char *)uri, &attributes);
        return;
    }
    const struct frame parent = builder->frames[builder->depth - 1];
    bool foreign = uri == NULL || strcmp((const char *)uri, builder->namespace) != 0;
    if (parent.kind == FRAME_OPAQUE || parent.kind == FRAME_TEXT)
        push_opaque(builder);
    else if (parent.kind == FRAME_LIST)
        begin_in_list(builder, &parent, foreign ? WB_TREE_EXTENSION : name, &attributes);
    else
        begin_in_object(builder, &parent, foreign ? WB_TREE_EXTENSION : name, &attributes);
    if (builder->with_lines && !builder->failed &&
        builder->frames[builder->depth - 1].kind == FRAME_OPAQUE)
        note_references(builder, &attributes);
}

static void end_element(void *context, const xmlChar *name, const xmlChar *prefix,
                        const xmlChar *uri)
{
    (void)prefix;
    (void)uri;
    struct builder *builder = context;
    if (builder->failed || builder->depth == 0)
        return;
    const struct frame frame = builder->frames[--builder->depth];
    const char *text = builder->text.data == NULL ? "" : (const char *)builder->text.data;
    int bad = 0;
    if (frame.kind == FRAME_TEXT && json_is_array(frame.value))
        bad = json_array_append_new(frame.value, json_stringn(text, builder->text.size));
    else if (frame.kind == FRAME_TEXT)
        bad = json_object_set_new(frame.value, frame.child->key,
                                  json_stringn(text, builder->text.size));
    else if (frame.kind == FRAME_OBJECT && frame.shape->text != NULL)
        bad = json_object_set_new(frame.value, frame.shape->text,
                                  json_stringn(text, builder->text.size));
    builder->text.size = 0;
    if (bad != 0)
        fail(builder, "holds no text", (const char *)name);
}

static void characters(void *context, const xmlChar *text, int size)
{
    struct builder *builder = context;
    if (builder->failed || builder->depth == 0)
        return;
    const struct frame *frame = &builder->frames[builder->depth - 1];
    if (frame->kind == FRAME_TEXT || (frame->kind == FRAME_OBJECT && frame->shape->text != NULL))
        wb_buffer_append(&builder->text, text, (size_t)size);
}

static void document_type(void *context, const xmlChar *name, const xmlChar *external_id,
                          const xmlChar *system_id)
{
    (void)name;
    (void)external_id;
    (void)system_id;
    fail(context, "a document type is not accepted", NULL);
}

static void syntax_error(void *context, xmlErrorPtr error)
{
    struct builder *builder = context;
    if (builder->failed || error->level < XML_ERR_ERROR)
        return;
    const char *message = error->message == NULL ? "malformed" : error->message;
    wb_error_set(builder->err, WB_BAD_INPUT, "XML line %d: %.*s", error->line,
                 (int)strcspn(message, "\n"), message);
    builder->failed = true;
}

/* ---- the document ---- */

static void parse(struct builder *builder, struct wb_bytes document)
{
    xmlSAXHandler handlers = {
        .initialized = XML_SAX2_MAGIC,
        .internalSubset = document_type,
        .startElementNs = start_element,
        .endElementNs = end_element,
        .characters = characters,
        .ignorableWhitespace = characters,
        .cdataBlock = characters,
        .serror = syntax_error,
    };
    builder->parser = builder->library.new_parser(&handlers, builder, NULL, 0, NULL);
    if (builder->parser == NULL)
        wb_out_of_memory(0);
    /* NOENT gives attributes as they are meant; there are no entities but the five of XML. */
    builder->library.use_options(builder->parser,
                                 XML_PARSE_NONET | XML_PARSE_NOENT | XML_PARSE_IGNORE_ENC);
    for (size_t at = 0; at < document.size && !builder->failed; at += CHUNK_SIZE) {
        size_t left = document.size - at;
        builder->library.parse_chunk(builder->parser, (const char *)document.data + at,
                                     (int)(left < CHUNK_SIZE ? left : CHUNK_SIZE), 0);
    }
    if (!builder->failed)
        builder->library.parse_chunk(builder->parser, NULL, 0, 1);
    if (!builder->failed && builder->parser->wellFormed == 0)
        fail(builder, "malformed", NULL);
    builder->library.free_parser(builder->parser);
}

bool wb_cyclonedx_xml_recognises(struct wb_bytes document)
{
    document = wb_cyclonedx_skip_space(document);
    size_t size = document.size < MARK_WITHIN ? document.size : MARK_WITHIN;
    return size > 0 && document.data[0] == '<' &&
           memmem(document.data, size, WB_CYCLONEDX_NAMESPACE, strlen(WB_CYCLONEDX_NAMESPACE)) !=
               NULL;
}

json_t *wb_cyclonedx_xml_tree(struct wb_bytes document, bool with_lines, struct wb_error *err)
{
    document = wb_cyclonedx_skip_space(document);
    struct builder builder = {.err = err, .with_lines = with_lines};
    if (!wb_utf8_valid((const char *)document.data, document.size)) {
        wb_error_set(err, WB_BAD_INPUT, "the XML text is not UTF-8");
        return NULL;
    }
    if (!wb_xml_attributes_within(document, ATTRIBUTES_MAX)) {
        wb_error_set(err, WB_BAD_INPUT, "an XML element has more than %d attributes",
                     ATTRIBUTES_MAX);
        return NULL;
    }
    if (!load(&builder.library, err))
        return NULL;
    parse(&builder, document);
    WB_AUTO_JSON tree = builder.tree;
    wb_string_auto(&builder.namespace);
    wb_buffer_clear(&builder.text);
    return builder.failed ? NULL : WB_STEAL(tree);
}

bool wb_cyclonedx_xml_read(struct wb_bytes document, struct wb_bom *bom, struct wb_error *err)
{
    WB_AUTO_JSON tree = wb_cyclonedx_xml_tree(document, false, err);
    return tree != NULL && wb_cyclonedx_read_tree(tree, bom, err);
}
