/* SPDX-License-Identifier: Apache-2.0 */
/* Reading SPDX 2.2 and 2.3: the document, and what its parts share. */
#include "formats/spdx2_read.h"

#define uthash_malloc(size) wb_allocate(size)
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

/* ---- losses ---- */

static bool says_nothing_text(const char *text)
{
    return *text == '\0' || strcmp(text, "NOASSERTION") == 0;
}

bool wb_spdx2_says_nothing(const json_t *value)
{
    if (json_is_string(value))
        return says_nothing_text(json_string_value(value));
    if (json_is_object(value))
        return json_object_size(value) == 0;
    if (!json_is_array(value))
        return value == NULL || json_is_null(value);
    for (size_t i = 0; i < json_array_size(value); i++)
        if (!wb_spdx2_says_nothing(json_array_get(value, i)))
            return false;
    return true;
}

static bool is_among(const char *const *names, const char *name)
{
    for (; *names != NULL; names++)
        if (strcmp(*names, name) == 0)
            return true;
    return false;
}

/* Members that the specification has and the model has no place for: a loss names only these, or
 * else a document could make up any number of names. */
static const char *const nameable[] = {"annotations",
                                       "attributionTexts",
                                       "builtDate",
                                       "checksums",
                                       "comment",
                                       "copyrightText",
                                       "crossRefs",
                                       "description",
                                       "downloadLocation",
                                       "externalDocumentRefs",
                                       "externalRefs",
                                       "fileContributors",
                                       "fileDependencies",
                                       "fileTypes",
                                       "homepage",
                                       "licenseComments",
                                       "licenseConcluded",
                                       "licenseDeclared",
                                       "licenseInfoFromFiles",
                                       "licenseInfoInFiles",
                                       "licenseListVersion",
                                       "noticeText",
                                       "packageFileName",
                                       "packageVerificationCode",
                                       "releaseDate",
                                       "revieweds",
                                       "seeAlsos",
                                       "snippets",
                                       "sourceInfo",
                                       "summary",
                                       "validUntilDate",
                                       NULL};

void wb_spdx2_count_losses(struct wb_spdx2_reader *reader, const json_t *object, const char *prefix,
                           const char *const *known)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        if (is_among(known, key) || wb_spdx2_says_nothing(value))
            continue;
        WB_AUTO_STRING field =
            wb_string_format("%s/%s", prefix, is_among(nameable, key) ? key : "*");
        wb_bom_add_loss(reader->bom, field);
    }
}

const char *wb_spdx2_text(const json_t *object, const char *key)
{
    const char *text = wb_json_string_of(object, key);
    return text == NULL || says_nothing_text(text) ? NULL : text;
}

void wb_spdx2_expect(struct wb_spdx2_reader *reader, const char *field, const char *text,
                     const char *expected)
{
    if (text != NULL && !says_nothing_text(text) &&
        (expected == NULL || strcmp(text, expected) != 0))
        wb_bom_add_loss(reader->bom, field);
}

/* ---- elements ---- */

struct entry {
    struct wb_spdx2_element element; /* first, so that a pointer to one is a pointer to the other */
    UT_hash_handle hh;
};

static struct entry *find_entry(const struct wb_spdx2_reader *reader, const char *id)
{
    struct entry *table = (struct entry *)reader->elements;
    struct entry *found;
    HASH_FIND_STR(table, id, found);
    return found;
}

bool wb_spdx2_add_element(struct wb_spdx2_reader *reader, const char *id,
                          struct wb_package *package, struct wb_file *file)
{
    struct entry *table = (struct entry *)reader->elements;
    if (id == NULL || find_entry(reader, id) != NULL)
        return false;
    struct entry *entry = wb_allocate(sizeof *entry);
    entry->element = (struct wb_spdx2_element){
        .id = id, .package = package, .file = file, .place = HASH_COUNT(table)};
    HASH_ADD_KEYPTR(hh, table, entry->element.id, (unsigned)strlen(id), entry);
    reader->elements = (struct wb_spdx2_element *)table;
    return true;
}

const struct wb_spdx2_element *wb_spdx2_find(const struct wb_spdx2_reader *reader, const char *id)
{
    struct entry *entry = id == NULL ? NULL : find_entry(reader, id);
    return entry == NULL ? NULL : &entry->element;
}

void wb_spdx2_add_owner(struct wb_spdx2_reader *reader, const struct wb_spdx2_element *file,
                        const struct wb_spdx2_element *package)
{
    struct wb_spdx2_owner owner = {file->place, file->file, package->place, package->package};
    WB_APPEND(reader->owners, reader->owner_count, reader->owner_capacity, owner);
}

static void clear(struct wb_spdx2_reader *reader)
{
    struct entry *table = (struct entry *)reader->elements;
    struct entry *entry, *next;
    HASH_ITER(hh, table, entry, next)
    {
        HASH_DEL(table, entry);
        free(entry);
    }
    free(reader->owners);
}

/* ---- annotations ---- */

void wb_spdx2_read_annotations(struct wb_spdx2_reader *reader, const json_t *element,
                               const char *field,
                               void (*take)(void *context, const char *name, const char *value),
                               void *context)
{
    size_t i;
    json_t *annotation;
    json_array_foreach(wb_json_array_of(element, "annotations"), i, annotation)
    {
        const char *annotator = wb_json_string_of(annotation, "annotator");
        const char *comment = wb_json_string_of(annotation, "comment");
        if (annotator == NULL || comment == NULL ||
            !wb_text_starts_with(annotator, WB_SPDX2_TOOL) ||
            !wb_property_lines_read(comment, take, context))
            wb_bom_add_loss(reader->bom, field);
    }
}

/* ---- the document ---- */

static void read_creator(struct wb_spdx2_reader *reader, const char *text)
{
    static const char own[] = WB_SPDX2_TOOL "-", tool[] = "Tool: ";
    struct wb_bom *bom = reader->bom;
    if (wb_text_starts_with(text, own) && bom->tool_version == NULL) {
        bom->tool_version = wb_arena_copy(bom->arena, text + strlen(own));
        reader->is_own = true;
        return;
    }
    if (strcmp(text, WB_SPDX2_TOOL) == 0)
        return; /* without a version: what stands for nobody at all */
    if (wb_text_starts_with(text, tool)) {
        wb_tool_text_read(bom, text + strlen(tool));
        return;
    }
    struct wb_actor actor = wb_spdx2_actor_read(bom->arena, text);
    if (actor.name == NULL || bom->creator.name != NULL) {
        wb_bom_add_loss(bom, "/creationInfo/creators/*");
        return;
    }
    bom->creator =
        (struct wb_party){.name = actor.name, .email = actor.email, .is_person = actor.is_person};
}

static void read_creation(struct wb_spdx2_reader *reader)
{
    static const char *const known[] = {"created", "creators", "comment", NULL};
    const json_t *creation = wb_json_object_of(reader->document, "creationInfo");
    const char *created = wb_json_string_of(creation, "created");
    size_t i;
    json_t *creator;
    json_array_foreach(wb_json_array_of(creation, "creators"), i, creator)
    {
        if (json_is_string(creator))
            read_creator(reader, json_string_value(creator));
    }
    if (created != NULL && !wb_time_parse(created, &reader->bom->created))
        wb_bom_add_loss(reader->bom, "/creationInfo/created");
    wb_spdx2_expect(reader, "/creationInfo/comment", wb_json_string_of(creation, "comment"),
                    WB_SPDX2_COMMENT);
    wb_spdx2_count_losses(reader, creation, "/creationInfo", known);
}

/* An address that stood for a name which was not stated. */
static void read_party_url(struct wb_bom *bom, struct wb_party *party, const char *url)
{
    party->url = wb_arena_copy(bom->arena, url);
}

static void take_document_property(void *context, const char *name, const char *value)
{
    struct wb_bom *bom = context;
    if (strcmp(name, "waybill:document:creatorUrl") == 0)
        read_party_url(bom, &bom->creator, value);
    else if (strcmp(name, "waybill:document:supplierUrl") == 0)
        read_party_url(bom, &bom->supplier, value);
    else if (!wb_document_property_read(bom, name, value))
        wb_bom_add_loss(bom, "/annotations/*");
}

static void read_document_annotations(struct wb_spdx2_reader *reader)
{
    size_t i;
    json_t *annotation;
    json_array_foreach(wb_json_array_of(reader->document, "annotations"), i, annotation)
    {
        const char *annotator = wb_json_string_of(annotation, "annotator");
        const char *comment = wb_json_string_of(annotation, "comment");
        bool own =
            annotator != NULL && comment != NULL && wb_text_starts_with(annotator, WB_SPDX2_TOOL);
        if (own && (wb_finding_text_read(reader->bom, comment) ||
                    (wb_text_starts_with(comment, "waybill:") &&
                     wb_property_lines_read(comment, take_document_property, reader->bom))))
            continue;
        wb_bom_add_loss(reader->bom, "/annotations");
    }
}

static void read_licence_texts(struct wb_spdx2_reader *reader)
{
    static const char *const known[] = {"licenseId", "name", "extractedText", NULL};
    size_t i;
    json_t *licence;
    json_array_foreach(wb_json_array_of(reader->document, "hasExtractedLicensingInfos"), i, licence)
    {
        const char *id = wb_json_string_of(licence, "licenseId");
        if (id == NULL) {
            wb_bom_add_loss(reader->bom, "/hasExtractedLicensingInfos/*");
            continue;
        }
        wb_bom_read_licence_text(reader->bom, id, wb_spdx2_text(licence, "name"),
                                 wb_json_string_of(licence, "extractedText"));
        wb_spdx2_count_losses(reader, licence, "/hasExtractedLicensingInfos/*", known);
    }
}

static bool check_version(const json_t *document, struct wb_error *err)
{
    const char *version = wb_json_string_of(document, "spdxVersion");
    if (version == NULL)
        return wb_error_set(err, WB_BAD_INPUT, "no spdxVersion");
    if (strcmp(version, "SPDX-2.2") != 0 && strcmp(version, "SPDX-2.3") != 0)
        return wb_error_set(err, WB_BAD_INPUT, "version %.40s is neither SPDX-2.2 nor SPDX-2.3",
                            version);
    return true;
}

/* Documents of other tools do not say which files they list. */
static enum wb_file_selection guess_selection(const json_t *document)
{
    size_t i;
    json_t *package;
    if (json_array_size(wb_json_array_of(document, "files")) == 0)
        return WB_FILES_NONE;
    json_array_foreach(wb_json_array_of(document, "packages"), i, package)
    {
        if (json_is_true(json_object_get(package, "filesAnalyzed")))
            return WB_FILES_ALL;
    }
    return WB_FILES_UNOWNED;
}

bool wb_spdx2_read(const json_t *document, struct wb_bom *bom, struct wb_error *err)
{
    static const char *const known[] = {
        "spdxVersion",   "dataLicense",       "SPDXID",   "name",  "documentNamespace",
        "creationInfo",  "annotations",       "packages", "files", "hasExtractedLicensingInfos",
        "relationships", "documentDescribes", NULL};
    struct wb_spdx2_reader reader = {.bom = bom, .document = document};
    if (!json_is_object(document))
        return wb_error_set(err, WB_BAD_INPUT, "not a JSON object");
    if (!check_version(document, err))
        return false;
    bom->document_name = wb_arena_copy(bom->arena, wb_json_string_of(document, "name"));
    bom->document_namespace =
        wb_arena_copy(bom->arena, wb_json_string_of(document, "documentNamespace"));
    read_creation(&reader);
    bom->file_selection = guess_selection(document);
    read_licence_texts(&reader);
    wb_spdx2_read_image(&reader);
    read_document_annotations(&reader);
    wb_spdx2_read_packages(&reader);
    wb_spdx2_read_files(&reader);
    wb_spdx2_read_relations(&reader);
    wb_spdx2_assign_owners(&reader);
    wb_spdx2_count_losses(&reader, document, "", known);
    clear(&reader);
    return true;
}
