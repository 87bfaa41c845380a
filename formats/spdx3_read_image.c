/* SPDX-License-Identifier: Apache-2.0 */
/* Reading SPDX 3: the packages that stand for the image and its operating system. */
#include "formats/spdx2_read.h"
#include "formats/spdx3_read.h"

#include <string.h>

/* ---- which ---- */

static bool has_purpose(const struct wb_spdx3_element *element, const char *purpose)
{
    const char *stated = wb_json_string_of(element->json, "software_primaryPurpose");
    return element->kind == WB_SPDX3_PACKAGE && stated != NULL && strcmp(stated, purpose) == 0;
}

/* The root, if there is one: of a document the root of its SBOM, of which that is the root. */
static const struct wb_spdx3_element *root_of(const struct wb_spdx3_reader *reader)
{
    const struct wb_spdx3_element *at = reader->document;
    for (size_t i = 0; at == NULL && i < reader->element_count; i++)
        if (reader->elements[i]->kind == WB_SPDX3_COLLECTION)
            at = reader->elements[i];
    for (size_t step = 0; step < 3 && at != NULL; step++) {
        if (at->kind == WB_SPDX3_PACKAGE)
            return at;
        if (wb_spdx3_item(at->json, "rootElement", 1) != NULL)
            return NULL;
        at = wb_spdx3_find(reader, wb_spdx3_item(at->json, "rootElement", 0));
    }
    return NULL;
}

/* ---- the image ---- */

static void take_property(void *context, const char *name, const char *value)
{
    struct wb_bom *bom = context;
    if (!wb_document_property_read(bom, name, value))
        wb_bom_add_loss(bom, "Annotation");
}

static bool same_text(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool is_actor(const struct wb_party *party, const struct wb_actor *actor)
{
    return same_text(party->name, actor->name) && same_text(party->email, actor->email) &&
           party->url == NULL && party->is_person == actor->is_person;
}

static bool is_known(const struct wb_party *party)
{
    return party->name != NULL || party->email != NULL || party->url != NULL;
}

static void read_author(struct wb_spdx3_reader *reader, const struct wb_spdx3_element *element)
{
    struct wb_bom *bom = reader->bom;
    struct wb_image_description *image = wb_bom_read_image(bom);
    struct wb_actor author = wb_image_author(bom->arena, image);
    const json_t *value = wb_spdx3_item(element->json, "originatedBy", 0);
    struct wb_party party = wb_spdx3_read_party(reader, value);
    if (wb_spdx3_item(element->json, "originatedBy", 1) != NULL)
        wb_spdx3_lose(reader, element, "originatedBy");
    if (value == NULL || is_actor(&party, &author))
        return;
    if (party.name == NULL || author.name != NULL)
        wb_spdx3_lose(reader, element, "originatedBy");
    else
        image->author = wb_spdx3_read_maker(reader, value);
}

/* A supplier that does not follow from the image's labels was stated for the document. */
static void read_supplier(struct wb_spdx3_reader *reader, const struct wb_spdx3_element *element)
{
    struct wb_bom *bom = reader->bom;
    const json_t *value = json_object_get(element->json, "suppliedBy");
    struct wb_actor derived = wb_image_supplier(bom->arena, bom->image);
    struct wb_party party = wb_spdx3_read_party(reader, value);
    if (is_known(&party) && !is_actor(&party, &derived))
        bom->supplier = party;
    if (value != NULL && !is_known(&party))
        wb_spdx3_lose(reader, element, "suppliedBy");
}

/* Of another tool's document: the digest that the image is known by. */
static void read_hash(struct wb_spdx3_reader *reader, const struct wb_spdx3_element *element,
                      const json_t *value)
{
    struct wb_image_description *image = wb_bom_read_image(reader->bom);
    const char *stated =
        image->manifest_digest != NULL ? image->manifest_digest : image->config_digest;
    struct wb_digest digest, known;
    char text[WB_DIGEST_TEXT_SIZE];
    if (!wb_spdx3_read_hash(value, &digest))
        wb_spdx3_lose(reader, element, "verifiedUsing");
    else if (stated == NULL && digest.algorithm == WB_DIGEST_SHA256)
        image->manifest_digest = wb_arena_copy(reader->bom->arena, wb_digest_format(&digest, text));
    else if (stated == NULL || !wb_field_digest_read(stated, &known) ||
             !wb_digest_equal(&digest, &known))
        wb_spdx3_lose(reader, element, "verifiedUsing");
}

/* Identifiers but the one that is known already. */
static void expect_identifiers(struct wb_spdx3_reader *reader,
                               const struct wb_spdx3_element *element, const char *expected)
{
    const json_t *item;
    for (size_t i = 0; (item = wb_spdx3_item(element->json, "externalIdentifier", i)) != NULL; i++)
        if (expected == NULL || !same_text(wb_json_string_of(item, "identifier"), expected))
            wb_spdx3_lose(reader, element, "externalIdentifier");
}

static void read_image_fields(struct wb_spdx3_reader *reader,
                              const struct wb_spdx3_element *element)
{
    struct wb_bom *bom = reader->bom;
    struct wb_image_description *image = wb_bom_read_image(bom);
    const char *built = wb_spdx2_text(element->json, "builtTime");
    const json_t *item;
    for (size_t i = 0; (item = wb_spdx3_item(element->json, "verifiedUsing", i)) != NULL; i++)
        read_hash(reader, element, item);
    if (built != NULL && !image->has_created) {
        image->has_created = wb_time_parse(built, &image->created);
        if (!image->has_created)
            wb_spdx3_lose(reader, element, "builtTime");
    }
    bom->image_purl =
        wb_arena_copy(bom->arena, wb_spdx2_text(element->json, "software_packageUrl"));
    expect_identifiers(reader, element, bom->image_purl);
    /* What follows from the labels, where it does. */
    wb_spdx3_expect(reader, element, "software_homePage", wb_image_annotation(image, "url"));
    wb_spdx3_expect(reader, element, "summary", wb_image_annotation(image, "title"));
    wb_spdx3_expect(reader, element, "description", wb_image_annotation(image, "description"));
}

static void read_image(struct wb_spdx3_reader *reader)
{
    static const char *const known[] = {"name",
                                        "software_packageVersion",
                                        "software_primaryPurpose",
                                        "suppliedBy",
                                        "originatedBy",
                                        "builtTime",
                                        "software_homePage",
                                        "summary",
                                        "description",
                                        "verifiedUsing",
                                        "software_packageUrl",
                                        "externalIdentifier",
                                        "comment",
                                        NULL};
    struct wb_bom *bom = reader->bom;
    const struct wb_spdx3_element *element = reader->image;
    const char *comment = wb_json_string_of(element->json, "comment");
    bool of_packages = bom->tool_version != NULL && comment != NULL &&
                       wb_text_starts_with(comment, WB_LICENCES_OF_PACKAGES);
    if (comment != NULL && !of_packages)
        wb_spdx3_lose(reader, element, "comment");
    bom->source_name = wb_arena_copy(bom->arena, wb_json_string_of(element->json, "name"));
    bom->source_version =
        wb_arena_copy(bom->arena, wb_spdx2_text(element->json, "software_packageVersion"));
    wb_spdx3_read_annotations(reader, element, take_property, bom);
    read_author(reader, element);
    read_supplier(reader, element);
    read_image_fields(reader, element);
    wb_spdx3_count_losses(reader, element, known);
}

/* ---- the operating system ---- */

static void read_cpe(struct wb_spdx3_reader *reader, const struct wb_spdx3_element *element)
{
    struct wb_distribution *distribution = &reader->bom->distribution;
    const json_t *item;
    for (size_t i = 0; (item = wb_spdx3_item(element->json, "externalIdentifier", i)) != NULL;
         i++) {
        const char *identifier = wb_json_string_of(item, "identifier");
        if (distribution->cpe_name == NULL && wb_field_cpe_type(identifier) != NULL)
            distribution->cpe_name = wb_arena_copy(reader->bom->arena, identifier);
    }
    expect_identifiers(reader, element, distribution->cpe_name);
}

static void read_system(struct wb_spdx3_reader *reader)
{
    static const char *const known[] = {
        "name",    "software_packageVersion", "suppliedBy",         "software_primaryPurpose",
        "summary", "software_homePage",       "externalIdentifier", NULL};
    struct wb_bom *bom = reader->bom;
    struct wb_distribution *distribution = &bom->distribution;
    const struct wb_spdx3_element *element = reader->system;
    const json_t *json = element->json;
    wb_spdx3_read_annotations(reader, element, take_property, bom);
    if (distribution->id == NULL && distribution->name == NULL)
        distribution->id = wb_arena_copy(bom->arena, wb_spdx2_text(json, "name"));
    if (distribution->version_id == NULL)
        distribution->version_id =
            wb_arena_copy(bom->arena, wb_spdx2_text(json, "software_packageVersion"));
    if (distribution->pretty_name == NULL)
        distribution->pretty_name = wb_arena_copy(bom->arena, wb_spdx2_text(json, "summary"));
    if (distribution->home_url == NULL)
        distribution->home_url =
            wb_arena_copy(bom->arena, wb_spdx2_text(json, "software_homePage"));
    read_cpe(reader, element);
    struct wb_actor derived = wb_distribution_supplier(bom->arena, distribution);
    struct wb_party supplier = wb_spdx3_read_party(reader, json_object_get(json, "suppliedBy"));
    if (is_known(&supplier) && !is_actor(&supplier, &derived))
        wb_spdx3_lose(reader, element, "suppliedBy");
    wb_spdx3_count_losses(reader, element, known);
}

void wb_spdx3_read_image(struct wb_spdx3_reader *reader)
{
    const struct wb_spdx3_element *root = root_of(reader);
    if (root != NULL && has_purpose(root, "container")) {
        reader->image = root;
        read_image(reader);
    }
    for (size_t i = 0; i < reader->element_count; i++)
        if (has_purpose(reader->elements[i], "operatingSystem") &&
            wb_spdx2_text(reader->elements[i]->json, "name") != NULL) {
            reader->system = reader->elements[i];
            read_system(reader);
            return;
        }
}
