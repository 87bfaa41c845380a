/* SPDX-License-Identifier: Apache-2.0 */
/* Reading SPDX 2 as tag-value pairs: the JSON form is made of tags. */
#include "formats/spdx2_tag_read.h"
#include "formats/verdict.h"

#include <stdlib.h>
#include <string.h>

/* ---- the JSON form ---- */

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

/* Who is to judge wants to know where things stand. */
static void note_line(const struct wb_spdx2_tag_builder *builder, json_t *object, const char *key)
{
    if (builder->verdict != NULL)
        json_object_set_new(object_in(object, WB_TREE_LINES), key,
                            json_integer((json_int_t)builder->line));
}

static json_t *new_in(const struct wb_spdx2_tag_builder *builder, json_t *object, const char *key)
{
    json_t *item = json_object();
    json_array_append_new(array_in(object, key), item);
    note_line(builder, item, "");
    return item;
}

static void add_fault(struct wb_spdx2_tag_builder *builder, const char *tag, const char *problem)
{
    struct wb_place whole = {0}, place = {.above = &whole, .key = tag};
    builder->verdict->line = builder->line;
    wb_verdict_add(builder->verdict, &place, "%s", problem);
    builder->verdict->line = 0;
}

/* The last one counts. */
static void set(struct wb_spdx2_tag_builder *builder, json_t *object, const char *key,
                const struct wb_spdx2_tag *tag, const char *value)
{
    if (builder->verdict != NULL && json_object_get(object, key) != NULL)
        add_fault(builder, tag->tag, "stands twice for the same element");
    json_object_set_new(object, key, json_string(value));
    note_line(builder, object, key);
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

/* An object of three words; NULL where there are fewer. */
static json_t *words_in(const struct wb_spdx2_tag_builder *builder, json_t *holder,
                        const char *list, const char *value, const char *const keys[3])
{
    char *words[3];
    json_t *item = split(value, words) ? new_in(builder, holder, list) : NULL;
    for (size_t i = 0; i < 3; i++) {
        if (item != NULL)
            json_object_set_new(item, keys[i], json_string(words[i]));
        free(words[i]);
    }
    return item;
}

/* ---- compound values ---- */

/* `SHA1: 0123...` */
static bool set_checksum(json_t *checksum, const char *value)
{
    size_t size = strcspn(value, ":");
    const char *hex = value + size + 1;
    if (value[size] == '\0')
        return false;
    json_object_set_new(checksum, "algorithm", json_stringn(value, size));
    json_object_set_new(checksum, "checksumValue", json_string(hex + strspn(hex, " \t")));
    return true;
}

static bool add_checksum(const struct wb_spdx2_tag_builder *builder, json_t *element,
                         const char *value)
{
    return strchr(value, ':') != NULL && set_checksum(new_in(builder, element, "checksums"), value);
}

/* `DocumentRef-x https://... SHA1: 0123...` */
static bool add_external_document(const struct wb_spdx2_tag_builder *builder, const char *value)
{
    static const char *const keys[] = {"externalDocumentId", "spdxDocument", "checksum"};
    json_t *item = words_in(builder, builder->document, "externalDocumentRefs", value, keys);
    if (item == NULL)
        return false;
    WB_AUTO_STRING checksum = wb_string_copy(wb_json_string_of(item, "checksum"));
    json_t *object = json_object();
    json_object_set_new(item, "checksum", object);
    return set_checksum(object, checksum);
}

/* `0123... (excludes: ./a, ./b)` */
static void set_verification_code(json_t *package, const char *value)
{
    static const char mark[] = "excludes:";
    size_t size = strcspn(value, " \t(");
    const char *rest = value + size + strspn(value + size, " \t(");
    json_t *code = object_in(package, "packageVerificationCode");
    json_object_set_new(code, "packageVerificationCodeValue", json_stringn(value, size));
    if (wb_text_starts_with(rest, mark))
        rest += strlen(mark);
    for (size_t name; *rest != '\0'; rest += name) {
        rest += strspn(rest, " \t,)");
        name = strcspn(rest, ",)");
        if (name > 0)
            json_array_append_new(array_in(code, "packageVerificationCodeExcludedFiles"),
                                  json_stringn(rest, name));
    }
}

/* `310:420`, in bytes or lines. */
static bool add_range(const struct wb_spdx2_tag_builder *builder, const char *unit,
                      const char *value)
{
    static const char *const ends[] = {"startPointer", "endPointer"};
    uint64_t numbers[2];
    size_t size = strcspn(value, ":");
    WB_AUTO_STRING begin = wb_string_format("%.*s", (int)size, value);
    if (value[size] == '\0' || !wb_field_number_read(begin, INT64_MAX, &numbers[0]) ||
        !wb_field_number_read(value + size + 1, INT64_MAX, &numbers[1]))
        return false;
    json_t *range = new_in(builder, builder->element, "ranges");
    for (size_t i = 0; i < 2; i++)
        json_object_set_new(object_in(range, ends[i]), unit, json_integer((json_int_t)numbers[i]));
    return true;
}

/* ---- tags ---- */

/* Who made the document, or wrote it down again, stands in front of all texts: in the creators, or
 * in the annotation of the document itself. */
static void note_writer(struct wb_spdx2_tag_builder *builder, const char *actor)
{
    builder->is_own = builder->is_own || wb_text_starts_with(actor, WB_SPDX2_TOOL);
}

static bool is_among(const char *text, const char *const *texts)
{
    for (; *texts != NULL; texts++)
        if (strcmp(*texts, text) == 0)
            return true;
    return false;
}

/* A file behind a package is the package's (SPDX 2.3, 8.1). */
static void hold_file(struct wb_spdx2_tag_builder *builder, const char *id)
{
    json_t *package = json_object_get(builder->document, " package");
    if (package != NULL && strcmp(builder->container, "files") == 0)
        json_array_append_new(array_in(package, "hasFiles"), json_string(id));
}

static bool take_creation(struct wb_spdx2_tag_builder *builder, const struct wb_spdx2_tag *tag,
                          const char *value)
{
    json_t *creation = object_in(builder->document, "creationInfo");
    if (tag->key != NULL) {
        set(builder, creation, tag->key, tag, value);
        return true;
    }
    json_array_append_new(array_in(creation, "creators"), json_string(value));
    note_line(builder, creation, "creators");
    note_writer(builder, value);
    return true;
}

static bool take_relationship(struct wb_spdx2_tag_builder *builder, const struct wb_spdx2_tag *tag,
                              const char *value)
{
    static const char *const keys[] = {"spdxElementId", "relationshipType", "relatedSpdxElement"};
    if (strcmp(tag->key, "comment") != 0)
        builder->relationship = words_in(builder, builder->document, "relationships", value, keys);
    else if (builder->relationship != NULL)
        set(builder, builder->relationship, "comment", tag, value);
    return builder->relationship != NULL;
}

/* Annotations belong to the element that they name, wherever they stand; elements that come later
 * are known when all is read. */
static bool take_annotation(struct wb_spdx2_tag_builder *builder, const struct wb_spdx2_tag *tag,
                            const char *value)
{
    if (strcmp(tag->key, "annotator") == 0) {
        builder->annotation = new_in(builder, builder->document, " annotations");
        note_writer(builder, value);
    }
    if (builder->annotation != NULL)
        set(builder, builder->annotation, tag->key, tag, value);
    return builder->annotation != NULL;
}

static bool take_review(struct wb_spdx2_tag_builder *builder, const struct wb_spdx2_tag *tag,
                        const char *value)
{
    if (strcmp(tag->key, "reviewer") == 0)
        builder->review = new_in(builder, builder->document, "revieweds");
    if (builder->review != NULL)
        set(builder, builder->review, tag->key, tag, value);
    return builder->review != NULL;
}

static bool take_reference(struct wb_spdx2_tag_builder *builder, const struct wb_spdx2_tag *tag,
                           const char *value)
{
    static const char *const keys[] = {"referenceCategory", "referenceType", "referenceLocator"};
    if (strcmp(tag->key, "externalRefComment") != 0)
        builder->reference = words_in(builder, builder->element, "externalRefs", value, keys);
    else if (builder->reference != NULL)
        set(builder, builder->reference, "comment", tag, value);
    return builder->reference != NULL;
}

static bool take_member(struct wb_spdx2_tag_builder *builder, const struct wb_spdx2_tag *tag,
                        const char *value)
{
    static const char *const listed[] = {
        "attributionTexts", "licenseInfoFromFiles", "licenseInfoInFiles",    "fileContributors",
        "seeAlsos",         "fileDependencies",     "licenseInfoInSnippets", NULL};
    json_t *element = builder->element;
    if (strcmp(tag->key, "checksums") == 0)
        return add_checksum(builder, element, value);
    if (strcmp(tag->key, "externalRefs") == 0 || strcmp(tag->key, "externalRefComment") == 0)
        return take_reference(builder, tag, value);
    if (strcmp(tag->key, "offset") == 0 || strcmp(tag->key, "lineNumber") == 0)
        return add_range(builder, tag->key, value);
    if (strcmp(tag->key, "packageVerificationCode") == 0) {
        set_verification_code(element, value);
        note_line(builder, element, tag->key);
    } else if (strcmp(tag->key, "filesAnalyzed") == 0 &&
               (builder->verdict == NULL || strcmp(value, "true") == 0 ||
                strcmp(value, "false") == 0)) {
        json_object_set_new(element, tag->key, json_boolean(strcmp(value, "true") == 0));
        note_line(builder, element, tag->key);
    } else if (is_among(tag->key, listed)) {
        json_array_append_new(array_in(element, tag->key), json_string(value));
        note_line(builder, element, tag->key);
    } else {
        set(builder, element, tag->key, tag, value);
    }
    return true;
}

static void begin_element(struct wb_spdx2_tag_builder *builder, const struct wb_spdx2_tag *tag)
{
    builder->container = tag->container;
    builder->element = new_in(builder, builder->document, tag->container);
    builder->reference = NULL;
    if (strcmp(tag->container, "packages") == 0)
        json_object_set(builder->document, " package", builder->element);
}

/* What the items of a list are that has no members. */
static bool take_item(struct wb_spdx2_tag_builder *builder, const struct wb_spdx2_tag *tag,
                      const char *value)
{
    if (strcmp(tag->container, "externalDocumentRefs") == 0)
        return add_external_document(builder, value);
    bool is_files = strcmp(builder->container, "files") == 0;
    json_array_append_new(array_in(builder->element, tag->container), json_string(value));
    note_line(builder, builder->element, tag->container);
    return is_files || builder->verdict == NULL;
}

static bool take(struct wb_spdx2_tag_builder *builder, const struct wb_spdx2_tag *tag,
                 const char *value)
{
    static const char *const beginnings[] = {"PackageName", "FileName", "LicenseID",
                                             "SnippetSPDXID", NULL};
    static const struct {
        const char *container;
        bool (*take)(struct wb_spdx2_tag_builder *builder, const struct wb_spdx2_tag *tag,
                     const char *value);
    } anywhere[] = {
        {"creationInfo", take_creation},
        {"creators", take_creation},
        {"relationships", take_relationship},
        {"annotations", take_annotation},
        {"revieweds", take_review},
        {"externalDocumentRefs", take_item},
        {"fileTypes", take_item},
    };
    if (is_among(tag->tag, beginnings))
        begin_element(builder, tag);
    for (size_t i = 0; i < sizeof anywhere / sizeof anywhere[0]; i++)
        if (strcmp(anywhere[i].container, tag->container) == 0)
            return anywhere[i].take(builder, tag, value);
    if (strcmp(tag->tag, "SPDXID") == 0) {
        set(builder, builder->element, "SPDXID", tag, value);
        hold_file(builder, value);
        return true;
    }
    if (*tag->container == '\0') {
        set(builder, builder->document, tag->key, tag, value);
        return true;
    }
    return strcmp(tag->container, builder->container) == 0 && take_member(builder, tag, value);
}

bool wb_spdx2_tag_take(struct wb_spdx2_tag_builder *builder, const struct wb_spdx2_tag *tag,
                       const char *value)
{
    if (take(builder, tag, value))
        return true;
    if (builder->verdict != NULL) {
        add_fault(builder, tag->tag, "has no place here, or a value that is malformed");
        return true;
    }
    bool is_read = strcmp(tag->container, "snippets") != 0 &&
                   strcmp(tag->container, "revieweds") != 0 &&
                   strcmp(tag->container, "externalDocumentRefs") != 0 &&
                   (tag->key == NULL || strcmp(tag->key, "fileDependencies") != 0);
    if (!is_read)
        new_in(builder, builder->document, "snippets"); /* a loss */
    return !is_read;
}

void wb_spdx2_tag_unknown(struct wb_spdx2_tag_builder *builder, const char *name)
{
    /* Of version 2.1 and before; nobody says anything with them. */
    static const char *const retired[] = {"ArtifactOfProjectName", "ArtifactOfProjectHomePage",
                                          "ArtifactOfProjectURI", NULL};
    if (builder->verdict == NULL)
        new_in(builder, builder->document, "snippets"); /* a loss */
    else if (!wb_utf8_valid(name, strlen(name)))
        add_fault(builder, "", "is no tag of SPDX 2");
    else if (!is_among(name, retired))
        add_fault(builder, name, "is no tag of SPDX 2");
}

/* ---- when all is read ---- */

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

/* In JSON it is told by where the annotation stands. */
static void judge_subject(struct wb_spdx2_tag_builder *builder, json_t *annotation, bool is_found)
{
    const char *id = wb_json_string_of(annotation, "SPDXREF");
    json_t *lines = json_object_get(annotation, WB_TREE_LINES);
    builder->line = (size_t)json_integer_value(json_object_get(lines, ""));
    builder->verdict->meaning = true;
    if (id == NULL)
        add_fault(builder, "SPDXREF", "is missing behind an annotator");
    else if (!is_found && strcmp(id, "SPDXRef-DOCUMENT") != 0 &&
             !wb_text_starts_with(id, "DocumentRef-"))
        add_fault(builder, "SPDXREF", "refers to what is no element of the document");
    builder->verdict->meaning = false;
    json_object_del(annotation, "SPDXREF");
}

/* Puts each annotation into its element; those without one are the document's. */
static void place_annotations(struct wb_spdx2_tag_builder *builder)
{
    WB_AUTO_JSON by_id = json_object();
    size_t i;
    json_t *annotation, *document = builder->document;
    index_elements(document, "packages", by_id);
    index_elements(document, "files", by_id);
    if (builder->verdict != NULL)
        index_elements(document, "snippets", by_id);
    json_array_foreach(wb_json_array_of(document, " annotations"), i, annotation)
    {
        const char *id = wb_json_string_of(annotation, "SPDXREF");
        json_t *element = id == NULL ? NULL : json_object_get(by_id, id);
        json_array_append(array_in(element == NULL ? document : element, "annotations"),
                          annotation);
        if (builder->verdict != NULL)
            judge_subject(builder, annotation, element != NULL);
    }
}

/* The ends of a range are in the file that the snippet is from. */
static void place_ranges(json_t *snippet)
{
    static const char *const ends[] = {"startPointer", "endPointer"};
    const char *file = wb_json_string_of(snippet, "snippetFromFile");
    size_t i;
    json_t *range;
    json_array_foreach(wb_json_array_of(snippet, "ranges"), i, range)
    {
        for (size_t k = 0; k < 2 && file != NULL; k++)
            json_object_set_new(object_in(range, ends[k]), "reference", json_string(file));
    }
}

void wb_spdx2_tag_settle(struct wb_spdx2_tag_builder *builder)
{
    size_t i;
    json_t *snippet;
    place_annotations(builder);
    json_array_foreach(wb_json_array_of(builder->document, "snippets"), i, snippet)
    {
        place_ranges(snippet);
    }
    json_object_del(builder->document, " annotations");
    json_object_del(builder->document, " package");
}
