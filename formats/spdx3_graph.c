/* SPDX-License-Identifier: Apache-2.0 */
/* Reading SPDX 3: elements by their ids, and what all of them have in common. */
#include "formats/spdx3_read.h"

#include "formats/spdx2_read.h"

#define uthash_malloc(size) wb_allocate(size)
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

/* ---- types ---- */

/* Types of elements. Objects of any other type are parts of one. */
static const struct {
    const char *type;
    enum wb_spdx3_kind kind;
} types[] = {
    {"CreationInfo", WB_SPDX3_CREATION_INFO},
    {"SpdxDocument", WB_SPDX3_DOCUMENT},
    {"software_Sbom", WB_SPDX3_COLLECTION},
    {"Bom", WB_SPDX3_COLLECTION},
    {"Bundle", WB_SPDX3_COLLECTION},
    {"Person", WB_SPDX3_AGENT},
    {"Organization", WB_SPDX3_AGENT},
    {"SoftwareAgent", WB_SPDX3_AGENT},
    {"Agent", WB_SPDX3_AGENT},
    {"Tool", WB_SPDX3_TOOL},
    {"software_Package", WB_SPDX3_PACKAGE},
    {"ai_AIPackage", WB_SPDX3_PACKAGE},
    {"dataset_DatasetPackage", WB_SPDX3_PACKAGE},
    {"software_File", WB_SPDX3_FILE},
    {"build_Build", WB_SPDX3_BUILD},
    {"Annotation", WB_SPDX3_ANNOTATION},
    {"simplelicensing_LicenseExpression", WB_SPDX3_EXPRESSION},
    {"simplelicensing_SimpleLicensingText", WB_SPDX3_LICENCE_TEXT},
    {"expandedlicensing_CustomLicense", WB_SPDX3_LICENCE_TEXT},
    {"expandedlicensing_ListedLicense", WB_SPDX3_LISTED_LICENCE},
    {"Relationship", WB_SPDX3_RELATIONSHIP},
    {"LifecycleScopedRelationship", WB_SPDX3_RELATIONSHIP},
    {"expandedlicensing_ConjunctiveLicenseSet", WB_SPDX3_OTHER},
    {"expandedlicensing_CustomLicenseAddition", WB_SPDX3_OTHER},
    {"expandedlicensing_DisjunctiveLicenseSet", WB_SPDX3_OTHER},
    {"expandedlicensing_ListedLicenseException", WB_SPDX3_OTHER},
    {"expandedlicensing_OrLaterOperator", WB_SPDX3_OTHER},
    {"expandedlicensing_WithAdditionOperator", WB_SPDX3_OTHER},
    {"security_CvssV2VulnAssessmentRelationship", WB_SPDX3_OTHER},
    {"security_CvssV3VulnAssessmentRelationship", WB_SPDX3_OTHER},
    {"security_CvssV4VulnAssessmentRelationship", WB_SPDX3_OTHER},
    {"security_EpssVulnAssessmentRelationship", WB_SPDX3_OTHER},
    {"security_ExploitCatalogVulnAssessmentRelationship", WB_SPDX3_OTHER},
    {"security_SsvcVulnAssessmentRelationship", WB_SPDX3_OTHER},
    {"security_VexAffectedVulnAssessmentRelationship", WB_SPDX3_OTHER},
    {"security_VexFixedVulnAssessmentRelationship", WB_SPDX3_OTHER},
    {"security_VexNotAffectedVulnAssessmentRelationship", WB_SPDX3_OTHER},
    {"security_VexUnderInvestigationVulnAssessmentRelationship", WB_SPDX3_OTHER},
    {"security_Vulnerability", WB_SPDX3_OTHER},
    {"software_Snippet", WB_SPDX3_OTHER},
};

static const char *member_of(const json_t *object, const char *key, const char *other)
{
    const char *text = wb_json_string_of(object, key);
    return text != NULL ? text : wb_json_string_of(object, other);
}

/* ---- the index ---- */

struct wb_spdx3_index {
    struct wb_spdx3_element *element;
    UT_hash_handle hh;
};

static struct wb_spdx3_element *find_id(const struct wb_spdx3_reader *reader, const char *id)
{
    struct wb_spdx3_index *found;
    HASH_FIND_STR(reader->index, id, found);
    return found == NULL ? NULL : found->element;
}

static void add_element(struct wb_spdx3_reader *reader, enum wb_spdx3_kind kind, const char *type,
                        const json_t *json)
{
    struct wb_spdx3_element *element = wb_arena_allocate(reader->arena, sizeof *element);
    *element = (struct wb_spdx3_element){.kind = kind,
                                         .type = type,
                                         .json = json,
                                         .id = member_of(json, "spdxId", "@id"),
                                         .place = reader->element_count};
    WB_APPEND(reader->elements, reader->element_count, reader->element_capacity, element);
    if (element->id == NULL)
        return;
    if (find_id(reader, element->id) != NULL) {
        wb_spdx3_lose(reader, element, "spdxId");
        element->id = NULL;
        return;
    }
    struct wb_spdx3_index *entry = wb_allocate(sizeof *entry);
    entry->element = element;
    HASH_ADD_KEYPTR(hh, reader->index, element->id, (unsigned)strlen(element->id), entry);
}

static void add_object(struct wb_spdx3_reader *reader, const json_t *object)
{
    const char *type = member_of(object, "type", "@type");
    if (type == NULL)
        return;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (strcmp(types[i].type, type) == 0) {
            add_element(reader, types[i].kind, types[i].type, object);
            return;
        }
    if (wb_json_string_of(object, "spdxId") != NULL)
        add_element(reader, WB_SPDX3_OTHER, "*", object);
}

/* Elements may stand inside of others. No deeper than wb_json_parse lets them. */
static void gather(struct wb_spdx3_reader *reader, const json_t *value)
{
    json_t *plain = (json_t *)(uintptr_t)value, *inner;
    const char *key;
    size_t i;
    if (json_is_object(value)) {
        add_object(reader, value);
        json_object_foreach(plain, key, inner)
        {
            gather(reader, inner);
        }
    } else {
        json_array_foreach(plain, i, inner)
        {
            gather(reader, inner);
        }
    }
}

void wb_spdx3_read_graph(struct wb_spdx3_reader *reader, const json_t *document)
{
    gather(reader, document);
    for (size_t i = 0; i < reader->element_count; i++) {
        struct wb_spdx3_element *element = reader->elements[i];
        if (element->kind == WB_SPDX3_DOCUMENT && reader->document == NULL)
            reader->document = element;
        if (element->kind == WB_SPDX3_OTHER)
            wb_bom_add_loss(reader->bom, element->type);
        if (element->kind != WB_SPDX3_ANNOTATION)
            continue;
        struct wb_spdx3_element *subject =
            wb_spdx3_find(reader, json_object_get(element->json, "subject"));
        if (subject == NULL)
            wb_bom_add_loss(reader->bom, "Annotation");
        else
            WB_ARENA_APPEND(reader->arena, subject->annotations, subject->annotation_count,
                            element);
    }
}

void wb_spdx3_reader_clear(struct wb_spdx3_reader *reader)
{
    struct wb_spdx3_index *entry, *next;
    HASH_ITER(hh, reader->index, entry, next)
    {
        HASH_DEL(reader->index, entry);
        free(entry);
    }
    free(reader->elements);
    free(reader->owners);
}

/* ---- references ---- */

struct wb_spdx3_element *wb_spdx3_find(const struct wb_spdx3_reader *reader, const json_t *value)
{
    const char *id =
        json_is_string(value) ? json_string_value(value) : member_of(value, "spdxId", "@id");
    return id == NULL ? NULL : find_id(reader, id);
}

const json_t *wb_spdx3_object(const struct wb_spdx3_reader *reader, const json_t *value)
{
    const struct wb_spdx3_element *element = wb_spdx3_find(reader, value);
    if (element != NULL)
        return element->json;
    return json_is_object(value) ? value : NULL;
}

const json_t *wb_spdx3_item(const json_t *object, const char *key, size_t index)
{
    const json_t *value = json_object_get(object, key);
    if (json_is_array(value))
        return json_array_get(value, index);
    return index == 0 ? value : NULL;
}

bool wb_spdx3_is_individual(const json_t *value, const char *name)
{
    static const char prefix[] = "https://spdx.org/rdf/3.0.";
    const char *text = json_string_value(value);
    if (text == NULL)
        return false;
    const char *slash = strrchr(text, '/');
    const char *underline = strrchr(text, '_');
    if (slash != NULL)
        return wb_text_starts_with(text, prefix) && strcmp(slash + 1, name) == 0;
    return strcmp(underline == NULL ? text : underline + 1, name) == 0;
}

/* ---- losses ---- */

/* Members that the specification has: a loss names only these, or else a document could make up any
 * number of names. */
static const char *const nameable[] = {"build_buildId",
                                       "build_buildStartTime",
                                       "build_configSourceDigest",
                                       "build_configSourceEntrypoint",
                                       "build_configSourceUri",
                                       "build_environment",
                                       "build_parameter",
                                       "builtTime",
                                       "comment",
                                       "contentType",
                                       "dataLicense",
                                       "description",
                                       "endTime",
                                       "extension",
                                       "externalIdentifier",
                                       "externalRef",
                                       "import",
                                       "name",
                                       "namespaceMap",
                                       "originatedBy",
                                       "profileConformance",
                                       "releaseTime",
                                       "rootElement",
                                       "simplelicensing_licenseListVersion",
                                       "software_additionalPurpose",
                                       "software_attributionText",
                                       "software_contentIdentifier",
                                       "software_copyrightText",
                                       "software_downloadLocation",
                                       "software_homePage",
                                       "software_packageUrl",
                                       "software_packageVersion",
                                       "software_primaryPurpose",
                                       "software_sbomType",
                                       "software_sourceInfo",
                                       "standardName",
                                       "startTime",
                                       "suppliedBy",
                                       "summary",
                                       "supportLevel",
                                       "validUntilTime",
                                       "verifiedUsing",
                                       NULL};

static const char *const common[] = {"type", "@type", "spdxId", "@id", "creationInfo", NULL};

static bool is_among(const char *const *names, const char *name)
{
    for (; *names != NULL; names++)
        if (strcmp(*names, name) == 0)
            return true;
    return false;
}

void wb_spdx3_lose(struct wb_spdx3_reader *reader, const struct wb_spdx3_element *element,
                   const char *member)
{
    WB_AUTO_STRING field = wb_string_format("%s/%s", element->type, member);
    wb_bom_add_loss(reader->bom, field);
}

void wb_spdx3_count_losses(struct wb_spdx3_reader *reader, const struct wb_spdx3_element *element,
                           const char *const *known)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)element->json, key, value)
    {
        if (!is_among(common, key) && !is_among(known, key) && !wb_spdx2_says_nothing(value))
            wb_spdx3_lose(reader, element, is_among(nameable, key) ? key : "*");
    }
}

void wb_spdx3_expect(struct wb_spdx3_reader *reader, const struct wb_spdx3_element *element,
                     const char *member, const char *expected)
{
    const char *text = wb_spdx2_text(element->json, member);
    if (text != NULL && (expected == NULL || strcmp(text, expected) != 0))
        wb_spdx3_lose(reader, element, member);
}

/* ---- annotations ---- */

void wb_spdx3_read_annotations(struct wb_spdx3_reader *reader,
                               const struct wb_spdx3_element *element,
                               void (*take)(void *context, const char *name, const char *value),
                               void *context)
{
    for (size_t i = 0; i < element->annotation_count; i++) {
        const json_t *json = element->annotations[i]->json;
        const char *name = wb_json_string_of(json, "name");
        const char *statement = wb_json_string_of(json, "statement");
        bool finding = name != NULL && strcmp(name, WB_SPDX3_FINDING) == 0;
        bool properties = name != NULL && strcmp(name, WB_SPDX3_PROPERTIES) == 0;
        if (statement == NULL ||
            !((finding && element == reader->document &&
               wb_finding_text_read(reader->bom, statement)) ||
              (properties && wb_property_lines_read(statement, take, context))))
            wb_bom_add_loss(reader->bom, "Annotation");
    }
}

/* ---- agents and hashes ---- */

/* One agent may stand for all packages of a document, whose model would hold it as often. */
#define AGENT_TEXT_MAX 1024

static const char *agent_text(struct wb_spdx3_reader *reader, const char *text)
{
    return text == NULL || *text == '\0' || strlen(text) > AGENT_TEXT_MAX
               ? NULL
               : wb_arena_copy(reader->bom->arena, text);
}

static struct wb_party read_party(struct wb_spdx3_reader *reader, const json_t *agent)
{
    const char *type = member_of(agent, "type", "@type");
    struct wb_party party = {.name = agent_text(reader, wb_spdx2_text(agent, "name")),
                             .is_person = type != NULL && strcmp(type, "Person") == 0};
    const json_t *item;
    for (size_t i = 0; (item = wb_spdx3_item(agent, "externalIdentifier", i)) != NULL; i++) {
        const char *kind = wb_json_string_of(item, "externalIdentifierType");
        if (kind != NULL && strcmp(kind, "email") == 0 && party.email == NULL)
            party.email = agent_text(reader, wb_spdx2_text(item, "identifier"));
    }
    for (size_t i = 0; (item = wb_spdx3_item(agent, "externalRef", i)) != NULL; i++)
        if (party.url == NULL)
            party.url = agent_text(reader, json_string_value(wb_spdx3_item(item, "locator", 0)));
    return party;
}

struct wb_party wb_spdx3_read_party(struct wb_spdx3_reader *reader, const json_t *value)
{
    struct wb_spdx3_element *element = wb_spdx3_find(reader, value);
    if (element == NULL)
        return read_party(reader, json_is_object(value) ? value : NULL);
    if (element->party == NULL) {
        struct wb_party *party = wb_arena_allocate(reader->arena, sizeof *party);
        *party = read_party(reader, element->json);
        element->party = party;
    }
    return *element->party;
}

const char *wb_spdx3_read_maker(struct wb_spdx3_reader *reader, const json_t *value)
{
    struct wb_spdx3_element *element = wb_spdx3_find(reader, value);
    struct wb_party party = wb_spdx3_read_party(reader, value);
    if (party.name == NULL || party.email == NULL)
        return party.name;
    const char *maker = element == NULL ? NULL : element->maker;
    if (maker == NULL)
        maker = wb_arena_format(reader->bom->arena, "%s <%s>", party.name, party.email);
    if (element != NULL)
        element->maker = maker;
    return maker;
}

bool wb_spdx3_read_hash(const json_t *value, struct wb_digest *digest)
{
    return wb_field_digest_of(wb_json_string_of(value, "algorithm"),
                              wb_json_string_of(value, "hashValue"), digest);
}
