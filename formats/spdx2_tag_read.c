/* SPDX-License-Identifier: Apache-2.0 */
/* Reading SPDX 2 as tag-value pairs: the JSON form is made of them, and that is read. */
#include "formats/spdx2_read.h"

#include <stdlib.h>
#include <string.h>

struct parser {
    const char *at, *end;
    size_t line;
    json_t *document;
    json_t *element;       /* the package, file, licence or snippet that the tags belong to */
    const char *container; /* its kind; "" for the document */
    json_t *annotation, *relationship, *reference; /* the last ones */
    bool is_own; /* what Waybill escapes in texts is to be read back */
    struct wb_error *err;
};

static bool fail(const struct parser *parser, const char *what)
{
    return wb_error_set(parser->err, WB_BAD_INPUT, "line %zu: %s", parser->line, what);
}

/* ---- values ---- */

/* The inverse of put_text in spdx2_tag_output.c. */
static void unescape(struct wb_buffer *value)
{
    static const char slash[] = "<\\x2f", backslash[] = "<\\x5c";
    size_t length = 0;
    for (size_t i = 0; i < value->size; i++) {
        value->data[length++] = value->data[i];
        if (value->size - i < 5 ||
            (memcmp(&value->data[i], slash, 5) != 0 && memcmp(&value->data[i], backslash, 5) != 0))
            continue;
        value->data[length++] = value->data[i + 3] == '2' ? '/' : '\\';
        i += 4;
    }
    value->size = length;
    value->data[length] = '\0';
}

/* `<text>` to `</text>`, as it stands in between. */
static bool read_text(struct parser *parser, struct wb_buffer *value)
{
    static const char end[] = "</text>";
    size_t left = (size_t)(parser->end - parser->at);
    const char *close = memmem(parser->at, left, end, strlen(end));
    if (close == NULL)
        return fail(parser, "<text> without </text>");
    wb_buffer_append(value, parser->at, (size_t)(close - parser->at));
    for (const char *at = parser->at; at < close; at++)
        if (*at == '\n')
            parser->line++;
    parser->at = close + strlen(end);
    if (parser->is_own && value->size > 0)
        unescape(value);
    return true;
}

static size_t line_size(const struct parser *parser)
{
    if (parser->at >= parser->end)
        return 0;
    const char *end = memchr(parser->at, '\n', (size_t)(parser->end - parser->at));
    return (size_t)((end == NULL ? parser->end : end) - parser->at);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static void skip_blanks(struct parser *parser)
{
    while (parser->at < parser->end && is_blank(*parser->at))
        parser->at++;
}

static bool read_value(struct parser *parser, struct wb_buffer *value)
{
    static const char begin[] = "<text>";
    skip_blanks(parser);
    if ((size_t)(parser->end - parser->at) >= strlen(begin) &&
        memcmp(parser->at, begin, strlen(begin)) == 0) {
        parser->at += strlen(begin);
        if (!read_text(parser, value))
            return false;
        skip_blanks(parser);
        return line_size(parser) == 0 || fail(parser, "text behind </text>");
    }
    size_t size = line_size(parser), kept = size;
    while (kept > 0 && is_blank(parser->at[kept - 1]))
        kept--;
    wb_buffer_append(value, parser->at, kept);
    parser->at += size;
    return true;
}

/* ---- building the JSON form ---- */

static json_t *array_in(json_t *object, const char *key)
{
    json_t *array = json_object_get(object, key);
    if (array == NULL) {
        array = json_array();
        json_object_set_new(object, key, array);
    }
    return array;
}

static json_t *object_in(json_t *object, const char *key)
{
    json_t *inner = json_object_get(object, key);
    if (inner == NULL) {
        inner = json_object();
        json_object_set_new(object, key, inner);
    }
    return inner;
}

static json_t *new_in(json_t *object, const char *key)
{
    json_t *item = json_object();
    json_array_append_new(array_in(object, key), item);
    return item;
}

static void set(json_t *object, const char *key, const char *value)
{
    json_object_set_new(object, key, json_string(value));
}

/* The words of `A TYPE B`; the last one takes the rest of the line. */
static bool split(const char *value, char *words[3])
{
    for (size_t i = 0; i < 3; i++) {
        value += strspn(value, " \t");
        size_t size = i == 2 ? strlen(value) : strcspn(value, " \t");
        words[i] = strndup(value, size);
        if (words[i] == NULL)
            wb_out_of_memory(size);
        value += size;
    }
    return *words[2] != '\0';
}

static json_t *words_in(json_t *array, const char *value, const char *const keys[3])
{
    char *words[3];
    json_t *item = split(value, words) ? json_object() : NULL;
    for (size_t i = 0; i < 3; i++) {
        if (item != NULL)
            set(item, keys[i], words[i]);
        free(words[i]);
    }
    if (item != NULL)
        json_array_append_new(array, item);
    return item;
}

/* `SHA1: 0123...` */
static bool add_checksum(json_t *element, const char *value)
{
    size_t size = strcspn(value, ":");
    if (value[size] == '\0')
        return false;
    json_t *checksum = new_in(element, "checksums");
    const char *hex = value + size + 1;
    json_object_set_new(checksum, "algorithm", json_stringn(value, size));
    set(checksum, "checksumValue", hex + strspn(hex, " \t"));
    return true;
}

/* Who made the document, or wrote it down again, stands in front of all texts: in the creators, or
 * in the annotation of the document itself. */
static void note_writer(struct parser *parser, const char *actor)
{
    parser->is_own = parser->is_own || wb_text_starts_with(actor, WB_SPDX2_TOOL);
}

/* Annotations belong to the element that they name, wherever they stand; elements that come later
 * are known when all is read. */
static void begin_annotation(struct parser *parser, const char *value)
{
    parser->annotation = new_in(parser->document, " annotations");
    set(parser->annotation, "annotator", value);
    note_writer(parser, value);
}

static bool is_listed(const char *key)
{
    static const char *const keys[] = {"attributionTexts", "licenseInfoFromFiles",
                                       "licenseInfoInFiles", "fileContributors", "seeAlsos"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (strcmp(keys[i], key) == 0)
            return true;
    return false;
}

/* Tags that begin an element. */
static bool begins_element(const struct wb_spdx2_tag *tag)
{
    static const char *const tags[] = {"PackageName", "FileName", "LicenseID", "SnippetSPDXID"};
    for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++)
        if (strcmp(tags[i], tag->tag) == 0)
            return true;
    return false;
}

/* A file behind a package is the package's (SPDX 2.3, 8.1). */
static void hold_file(struct parser *parser, const char *id)
{
    json_t *package = json_object_get(parser->document, " package");
    if (package != NULL && strcmp(parser->container, "files") == 0)
        json_array_append_new(array_in(package, "hasFiles"), json_string(id));
}

static bool take_creation(struct parser *parser, const struct wb_spdx2_tag *tag, const char *value)
{
    json_t *creation = object_in(parser->document, "creationInfo");
    if (tag->key != NULL) {
        set(creation, tag->key, value);
        return true;
    }
    json_array_append_new(array_in(creation, "creators"), json_string(value));
    note_writer(parser, value);
    return true;
}

static bool take_relationship(struct parser *parser, const struct wb_spdx2_tag *tag,
                              const char *value)
{
    static const char *const keys[] = {"spdxElementId", "relationshipType", "relatedSpdxElement"};
    if (strcmp(tag->key, "comment") == 0) {
        if (parser->relationship != NULL)
            set(parser->relationship, "comment", value);
        return parser->relationship != NULL;
    }
    parser->relationship = words_in(array_in(parser->document, "relationships"), value, keys);
    return parser->relationship != NULL;
}

static bool take_annotation(struct parser *parser, const struct wb_spdx2_tag *tag,
                            const char *value)
{
    if (strcmp(tag->key, "annotator") == 0)
        begin_annotation(parser, value);
    else if (parser->annotation != NULL)
        set(parser->annotation, tag->key, value);
    return parser->annotation != NULL;
}

static bool take_member(struct parser *parser, const struct wb_spdx2_tag *tag, const char *value)
{
    static const char *const keys[] = {"referenceCategory", "referenceType", "referenceLocator"};
    json_t *element = parser->element;
    if (strcmp(tag->key, "checksums") == 0)
        return add_checksum(element, value);
    if (strcmp(tag->key, "externalRefs") == 0) {
        parser->reference = words_in(array_in(element, "externalRefs"), value, keys);
        return parser->reference != NULL;
    }
    if (strcmp(tag->key, "externalRefComment") == 0) {
        if (parser->reference != NULL)
            set(parser->reference, "comment", value);
        return parser->reference != NULL;
    }
    if (strcmp(tag->key, "packageVerificationCode") == 0)
        set(object_in(element, tag->key), "packageVerificationCodeValue", value);
    else if (strcmp(tag->key, "filesAnalyzed") == 0)
        json_object_set_new(element, tag->key, json_boolean(strcmp(value, "true") == 0));
    else if (is_listed(tag->key))
        json_array_append_new(array_in(element, tag->key), json_string(value));
    else
        set(element, tag->key, value);
    return true;
}

static void begin_element(struct parser *parser, const struct wb_spdx2_tag *tag)
{
    parser->container = tag->container;
    parser->element = new_in(parser->document, tag->container);
    parser->reference = NULL;
    if (strcmp(tag->container, "packages") == 0)
        json_object_set(parser->document, " package", parser->element);
}

static bool take(struct parser *parser, const struct wb_spdx2_tag *tag, const char *value)
{
    if (begins_element(tag))
        begin_element(parser, tag);
    if (strcmp(tag->container, "creationInfo") == 0 || strcmp(tag->container, "creators") == 0)
        return take_creation(parser, tag, value);
    if (strcmp(tag->container, "relationships") == 0)
        return take_relationship(parser, tag, value);
    if (strcmp(tag->container, "annotations") == 0)
        return take_annotation(parser, tag, value);
    if (tag->key == NULL) {
        json_t *holder =
            strcmp(tag->container, "fileTypes") == 0 ? parser->element : parser->document;
        json_array_append_new(array_in(holder, tag->container), json_string(value));
        return true;
    }
    if (strcmp(tag->tag, "SPDXID") == 0) {
        set(parser->element, "SPDXID", value);
        hold_file(parser, value);
        return true;
    }
    if (strcmp(tag->container, parser->container) != 0 && *tag->container != '\0')
        return false;
    if (*tag->container == '\0') {
        set(parser->document, tag->key, value);
        return true;
    }
    return take_member(parser, tag, value);
}

/* ---- lines ---- */

static bool read_pair(struct parser *parser)
{
    size_t size = line_size(parser);
    const char *colon = memchr(parser->at, ':', size);
    if (colon == NULL)
        return fail(parser, "neither a tag nor a comment");
    const struct wb_spdx2_tag *tag = wb_spdx2_tag_named(parser->at, (size_t)(colon - parser->at));
    WB_AUTO_VALUE(wb_buffer) value = {0};
    parser->at = colon + 1;
    if (!read_value(parser, &value))
        return false;
    const char *text = value.data == NULL ? "" : (const char *)value.data;
    if (strlen(text) != value.size || !wb_utf8_valid(text, value.size))
        return fail(parser, "a value that is not UTF-8");
    /* Members of snippets and reviews have no place anyway. */
    if (tag == NULL) {
        new_in(parser->document, "snippets");
        return true;
    }
    return take(parser, tag, text) || fail(parser, "a tag where it has no place, or malformed");
}

static bool read_lines(struct parser *parser)
{
    while (parser->at < parser->end) {
        skip_blanks(parser);
        if (parser->at < parser->end && *parser->at == '#')
            parser->at += line_size(parser);
        else if (line_size(parser) > 0 && !read_pair(parser))
            return false;
        skip_blanks(parser);
        if (parser->at < parser->end) {
            parser->at++;
            parser->line++;
        }
    }
    return true;
}

static void index_elements(json_t *document, const char *key, json_t *by_id)
{
    size_t i;
    json_t *element;
    json_array_foreach(wb_json_array_of(document, key), i, element)
    {
        const char *id = wb_json_string_of(element, "SPDXID");
        if (id != NULL && json_object_get(by_id, id) == NULL)
            json_object_set(by_id, id, element);
    }
}

/* Puts each annotation into its element; those without one are the document's. */
static void place_annotations(json_t *document)
{
    WB_AUTO_JSON by_id = json_object();
    size_t i;
    json_t *annotation;
    index_elements(document, "packages", by_id);
    index_elements(document, "files", by_id);
    json_array_foreach(wb_json_array_of(document, " annotations"), i, annotation)
    {
        const char *id = wb_json_string_of(annotation, "SPDXREF");
        json_t *element = id == NULL ? NULL : json_object_get(by_id, id);
        json_array_append(array_in(element == NULL ? document : element, "annotations"),
                          annotation);
    }
    json_object_del(document, " annotations");
    json_object_del(document, " package");
}

bool wb_spdx2_tag_recognises(struct wb_bytes document)
{
    static const char mark[] = "SPDXVersion:";
    const char *at = (const char *)document.data;
    size_t left = document.size;
    /* Comments and empty lines may stand in front. */
    while (left > 0 && (is_blank(*at) || *at == '\n' || *at == '#')) {
        const char *end = *at == '#' ? memchr(at, '\n', left) : at;
        if (end == NULL)
            return false;
        left -= (size_t)(end + 1 - at);
        at = end + 1;
    }
    return left > strlen(mark) && memcmp(at, mark, strlen(mark)) == 0;
}

json_t *wb_spdx2_tag_tree(struct wb_bytes document, struct wb_error *err)
{
    WB_AUTO_JSON json = json_object();
    struct parser parser = {
        .at = (const char *)document.data,
        .end = (const char *)document.data + document.size,
        .line = 1,
        .document = json,
        .element = json,
        .container = "",
        .err = err,
    };
    if (!read_lines(&parser))
        return NULL;
    place_annotations(json);
    return WB_STEAL(json);
}

bool wb_spdx2_tag_read(struct wb_bytes document, struct wb_bom *bom, struct wb_error *err)
{
    WB_AUTO_JSON json = wb_spdx2_tag_tree(document, err);
    return json != NULL && wb_spdx2_read(json, bom, err);
}
