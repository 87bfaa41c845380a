/* SPDX-License-Identifier: Apache-2.0 */
/* Reading SPDX 2: the packages that stand for the image and its operating system. */
#include "formats/spdx2_read.h"

#include <stdlib.h>
#include <string.h>

/* ---- which ---- */

static bool has_purpose(const json_t *package, const char *component_type)
{
    const char *purpose = wb_json_string_of(package, "primaryPackagePurpose");
    const char *type = purpose == NULL ? NULL : wb_spdx2_component_type(purpose);
    return type != NULL && strcmp(type, component_type) == 0;
}

static const json_t *package_of_id(const struct wb_spdx2_reader *reader, const char *wanted)
{
    size_t i;
    json_t *package;
    json_array_foreach(wb_json_array_of(reader->document, "packages"), i, package)
    {
        const char *id = wb_json_string_of(package, "SPDXID");
        if (id != NULL && strcmp(id, wanted) == 0)
            return package;
    }
    return NULL;
}

/* The first one with a name: what has none is written as a package again. */
static const json_t *system_package(const struct wb_spdx2_reader *reader)
{
    size_t i;
    json_t *package;
    json_array_foreach(wb_json_array_of(reader->document, "packages"), i, package)
    {
        if (has_purpose(package, "operating-system") && wb_spdx2_text(package, "name") != NULL)
            return package;
    }
    return NULL;
}

/* What the document describes, if that is one element; NULL otherwise. */
static const char *described(const struct wb_spdx2_reader *reader)
{
    const json_t *list = wb_json_array_of(reader->document, "documentDescribes");
    const char *found = NULL;
    size_t i, count = 0;
    json_t *relation;
    if (json_array_size(list) == 1)
        return json_string_value(json_array_get(list, 0));
    json_array_foreach(wb_json_array_of(reader->document, "relationships"), i, relation)
    {
        const char *type = wb_json_string_of(relation, "relationshipType");
        const char *from = wb_json_string_of(relation, "spdxElementId");
        const char *to = wb_json_string_of(relation, "relatedSpdxElement");
        if (type == NULL || from == NULL || to == NULL)
            continue;
        if (strcmp(type, "DESCRIBES") == 0 && strcmp(from, "SPDXRef-DOCUMENT") == 0) {
            found = to;
            count++;
        } else if (strcmp(type, "DESCRIBED_BY") == 0 && strcmp(to, "SPDXRef-DOCUMENT") == 0) {
            found = from;
            count++;
        }
    }
    return count == 1 ? found : NULL;
}

/* ---- the image ---- */

static void take_image_property(void *context, const char *name, const char *value)
{
    struct wb_bom *bom = context;
    if (!wb_document_property_read(bom, name, value))
        wb_bom_add_loss(bom, "/packages/*/annotations/*");
}

static bool same_actor(const char *text, const struct wb_actor *actor)
{
    WB_AUTO_STRING derived = wb_spdx2_actor_text(actor);
    return derived != NULL && strcmp(text, derived) == 0;
}

/* A supplier that does not follow from the image's labels was stated for the document. */
static void read_makers(struct wb_spdx2_reader *reader, const json_t *package)
{
    struct wb_bom *bom = reader->bom;
    struct wb_image_description *image = wb_bom_read_image(bom);
    struct wb_actor author = wb_image_author(bom->arena, image);
    const char *originator = wb_spdx2_text(package, "originator");
    const char *supplier = wb_spdx2_text(package, "supplier");
    if (originator != NULL && !same_actor(originator, &author)) {
        struct wb_actor actor = wb_spdx2_actor_read(bom->arena, originator);
        if (actor.name == NULL || author.name != NULL)
            wb_bom_add_loss(bom, "/packages/*/originator");
        else
            image->author = actor.email == NULL
                                ? actor.name
                                : wb_arena_format(bom->arena, "%s <%s>", actor.name, actor.email);
    }
    struct wb_actor derived = wb_image_supplier(bom->arena, image);
    if (supplier == NULL || same_actor(supplier, &derived))
        return;
    struct wb_actor actor = wb_spdx2_actor_read(bom->arena, supplier);
    if (actor.name == NULL)
        wb_bom_add_loss(bom, "/packages/*/supplier");
    else
        bom->supplier = (struct wb_party){
            .name = actor.name, .email = actor.email, .is_person = actor.is_person};
}

/* Of another tool's document: the digest that the image is known by. */
static void read_image_digest(struct wb_spdx2_reader *reader, const json_t *package)
{
    struct wb_image_description *image = wb_bom_read_image(reader->bom);
    size_t i;
    json_t *checksum;
    json_array_foreach(wb_json_array_of(package, "checksums"), i, checksum)
    {
        struct wb_digest digest, known;
        char text[WB_DIGEST_TEXT_SIZE];
        const char *stated =
            image->manifest_digest != NULL ? image->manifest_digest : image->config_digest;
        if (!wb_field_digest_of(wb_json_string_of(checksum, "algorithm"),
                                wb_json_string_of(checksum, "checksumValue"), &digest))
            wb_bom_add_loss(reader->bom, "/packages/*/checksums");
        else if (stated != NULL && wb_field_digest_read(stated, &known) &&
                 wb_digest_equal(&digest, &known))
            continue;
        else if (stated == NULL && digest.algorithm == WB_DIGEST_SHA256)
            image->manifest_digest =
                wb_arena_copy(reader->bom->arena, wb_digest_format(&digest, text));
        else
            wb_bom_add_loss(reader->bom, "/packages/*/checksums");
    }
}

static void read_image_references(struct wb_spdx2_reader *reader, const json_t *package)
{
    size_t i;
    json_t *reference;
    json_array_foreach(wb_json_array_of(package, "externalRefs"), i, reference)
    {
        const char *type = wb_json_string_of(reference, "referenceType");
        const char *locator = wb_json_string_of(reference, "referenceLocator");
        if (type != NULL && locator != NULL && strcmp(type, "purl") == 0 &&
            reader->bom->image_purl == NULL)
            reader->bom->image_purl = wb_arena_copy(reader->bom->arena, locator);
        else
            wb_bom_add_loss(reader->bom, "/packages/*/externalRefs");
    }
}

static void read_image_time(struct wb_spdx2_reader *reader, const json_t *package)
{
    struct wb_image_description *image = wb_bom_read_image(reader->bom);
    const char *built = wb_spdx2_text(package, "builtDate");
    if (built == NULL || image->has_created)
        return;
    image->has_created = wb_time_parse(built, &image->created);
    if (!image->has_created)
        wb_bom_add_loss(reader->bom, "/packages/*/builtDate");
}

/* Neither an image nor an operating system is a file to be downloaded. */
static void expect_no_download(struct wb_spdx2_reader *reader, const json_t *package)
{
    wb_spdx2_expect(reader, "/packages/*/downloadLocation",
                    wb_json_string_of(package, "downloadLocation"), "NONE");
}

/* What the label states, and what follows from the packages. */
static void expect_licences(struct wb_spdx2_reader *reader, const json_t *package)
{
    const char *licences = wb_image_annotation(reader->bom->image, "licenses");
    const char *comments = wb_json_string_of(package, "licenseComments");
    const char *of_packages = comments == NULL || reader->bom->tool_version == NULL
                                  ? NULL
                                  : strstr(comments, WB_LICENCES_OF_PACKAGES);
    WB_AUTO_STRING stated =
        of_packages == NULL ? NULL
        : of_packages == comments
            ? wb_string_copy("")
            : wb_string_format("%.*s", (int)(of_packages - comments) - 1, comments);
    WB_AUTO_STRING expected =
        wb_string_format(WB_SPDX2_STATED "%s", licences == NULL ? "" : licences);
    if (of_packages == NULL || *stated != '\0')
        wb_spdx2_expect(reader, "/packages/*/licenseComments",
                        of_packages == NULL ? comments : stated, expected);
}

/* What follows from the labels, where it does. */
static void expect_labels(struct wb_spdx2_reader *reader, const json_t *package)
{
    const struct wb_image_description *image = reader->bom->image;
    expect_licences(reader, package);
    wb_spdx2_expect(reader, "/packages/*/homepage", wb_json_string_of(package, "homepage"),
                    wb_image_annotation(image, "url"));
    wb_spdx2_expect(reader, "/packages/*/summary", wb_json_string_of(package, "summary"),
                    wb_image_annotation(image, "title"));
    wb_spdx2_expect(reader, "/packages/*/description", wb_json_string_of(package, "description"),
                    wb_image_annotation(image, "description"));
}

static void read_image(struct wb_spdx2_reader *reader, const json_t *package)
{
    static const char *const known[] = {"downloadLocation",
                                        "SPDXID",
                                        "name",
                                        "versionInfo",
                                        "primaryPackagePurpose",
                                        "supplier",
                                        "originator",
                                        "filesAnalyzed",
                                        "checksums",
                                        "licenseComments",
                                        "homepage",
                                        "summary",
                                        "description",
                                        "externalRefs",
                                        "builtDate",
                                        "annotations",
                                        "hasFiles",
                                        NULL};
    struct wb_bom *bom = reader->bom;
    bom->source_name = wb_arena_copy(bom->arena, wb_json_string_of(package, "name"));
    bom->source_version = wb_arena_copy(bom->arena, wb_spdx2_text(package, "versionInfo"));
    wb_spdx2_read_annotations(reader, package, "/packages/*/annotations", take_image_property, bom);
    read_makers(reader, package);
    read_image_digest(reader, package);
    read_image_references(reader, package);
    read_image_time(reader, package);
    expect_labels(reader, package);
    expect_no_download(reader, package);
    wb_spdx2_count_losses(reader, package, "/packages/*", known);
    /* Waybill's documents are called as their image is. */
    if (bom->document_name != NULL && bom->source_name != NULL &&
        strcmp(bom->document_name, bom->source_name) == 0)
        bom->document_name = NULL;
}

/* ---- the operating system ---- */

static void take_system_property(void *context, const char *name, const char *value)
{
    struct wb_bom *bom = context;
    if (!wb_document_property_read(bom, name, value))
        wb_bom_add_loss(bom, "/packages/*/annotations/*");
}

static void read_system_references(struct wb_spdx2_reader *reader, const json_t *package)
{
    struct wb_distribution *distribution = &reader->bom->distribution;
    size_t i;
    json_t *reference;
    json_array_foreach(wb_json_array_of(package, "externalRefs"), i, reference)
    {
        const char *locator = wb_json_string_of(reference, "referenceLocator");
        if (locator != NULL && distribution->cpe_name == NULL && wb_field_cpe_type(locator) != NULL)
            distribution->cpe_name = wb_arena_copy(reader->bom->arena, locator);
        else
            wb_spdx2_expect(reader, "/packages/*/externalRefs", locator, distribution->cpe_name);
    }
}

static void read_system(struct wb_spdx2_reader *reader, const json_t *package)
{
    static const char *const known[] = {"downloadLocation",      "SPDXID",      "name",
                                        "versionInfo",           "supplier",    "filesAnalyzed",
                                        "primaryPackagePurpose", "homepage",    "summary",
                                        "externalRefs",          "annotations", NULL};
    struct wb_bom *bom = reader->bom;
    struct wb_distribution *distribution = &bom->distribution;
    wb_spdx2_read_annotations(reader, package, "/packages/*/annotations", take_system_property,
                              bom);
    const char *name = wb_spdx2_text(package, "name");
    if (distribution->id == NULL && distribution->name == NULL)
        distribution->id = wb_arena_copy(bom->arena, name);
    if (distribution->version_id == NULL)
        distribution->version_id = wb_arena_copy(bom->arena, wb_spdx2_text(package, "versionInfo"));
    distribution->pretty_name = wb_arena_copy(bom->arena, wb_spdx2_text(package, "summary"));
    if (distribution->home_url == NULL)
        distribution->home_url = wb_arena_copy(bom->arena, wb_spdx2_text(package, "homepage"));
    read_system_references(reader, package);
    expect_no_download(reader, package);
    struct wb_actor supplier = wb_distribution_supplier(bom->arena, distribution);
    WB_AUTO_STRING expected = wb_spdx2_actor_text(&supplier);
    wb_spdx2_expect(reader, "/packages/*/supplier", wb_json_string_of(package, "supplier"),
                    expected);
    wb_spdx2_count_losses(reader, package, "/packages/*", known);
}

/* Other packages that have its id, too, are not meant by it. */
static void take_id(struct wb_spdx2_reader *reader, const json_t *package)
{
    const char *id = wb_json_string_of(package, "SPDXID");
    if (!wb_spdx2_add_element(reader, id, NULL, NULL))
        wb_bom_add_loss(reader->bom, "/packages/*/SPDXID");
}

void wb_spdx2_read_image(struct wb_spdx2_reader *reader)
{
    const char *root = described(reader);
    const json_t *image = root == NULL ? NULL : package_of_id(reader, root);
    wb_spdx2_add_element(reader, "SPDXRef-DOCUMENT", NULL, NULL);
    if (image != NULL && has_purpose(image, "container")) {
        reader->image = image;
        take_id(reader, image);
        read_image(reader, image);
    }
    reader->system = system_package(reader);
    if (reader->system != NULL) {
        take_id(reader, reader->system);
        read_system(reader, reader->system);
    }
}
