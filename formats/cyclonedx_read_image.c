/* SPDX-License-Identifier: Apache-2.0 */
/* CycloneDX: the image and the operating system read from their components. */
#include "formats/cyclonedx.h"

#include <string.h>

static bool same_text(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* ---- parties ---- */

struct wb_party wb_cyclonedx_read_person(struct wb_cyclonedx_reading *reading, const char *path,
                                         const json_t *object)
{
    static const char *const kept[] = {"name", "email", NULL};
    wb_cyclonedx_lose_others(reading, path, object, kept);
    const char *email = wb_cyclonedx_text(reading, object, "email");
    if (email != NULL && !wb_field_is_email(email))
        wb_cyclonedx_lose(reading, path, "email", NULL);
    return (struct wb_party){.name = wb_cyclonedx_text(reading, object, "name"),
                             .email = wb_field_is_email(email) ? email : NULL,
                             .is_person = true};
}

struct wb_party wb_cyclonedx_read_party(struct wb_cyclonedx_reading *reading, const char *path,
                                        const json_t *object)
{
    static const char *const kept[] = {"name", "url", "contact", NULL};
    wb_cyclonedx_lose_others(reading, path, object, kept);
    struct wb_party party = {.name = wb_cyclonedx_text(reading, object, "name")};
    const json_t *urls = wb_json_array_of(object, "url");
    const json_t *contacts = wb_json_array_of(object, "contact");
    const char *url = json_string_value(json_array_get(urls, 0));
    if (wb_field_is_iri(url))
        party.url = wb_arena_copy(reading->bom->arena, url);
    else if (url != NULL)
        wb_cyclonedx_lose(reading, path, "url", NULL);
    WB_AUTO_STRING contact_path = wb_string_format("%s/contact/*", path);
    for (size_t i = 1; i < json_array_size(urls); i++)
        wb_cyclonedx_lose(reading, path, "url", NULL);
    for (size_t i = 0; i < json_array_size(contacts); i++) {
        if (i > 0) {
            wb_cyclonedx_lose(reading, path, "contact", NULL);
            continue;
        }
        struct wb_party contact =
            wb_cyclonedx_read_person(reading, contact_path, json_array_get(contacts, i));
        party.email = contact.email;
        party.is_person = contact.name != NULL && same_text(contact.name, party.name);
        if (contact.name != NULL && !party.is_person)
            wb_cyclonedx_lose(reading, contact_path, "name", NULL);
    }
    return party;
}

static bool is_actor(const struct wb_party *party, const struct wb_actor *actor)
{
    return same_text(party->name, actor->name) && same_text(party->email, actor->email) &&
           party->url == NULL;
}

/* What the image's labels say anyway is not kept a second time. */
void wb_cyclonedx_read_supplier(struct wb_cyclonedx_reading *reading, const char *path,
                                const json_t *object)
{
    if (object == NULL)
        return;
    struct wb_bom *bom = reading->bom;
    struct wb_party party = wb_cyclonedx_read_party(reading, path, object);
    struct wb_actor known = wb_image_supplier(reading->arena, bom->image);
    bool stated = bom->supplier.name != NULL;
    if (party.name == NULL || (!stated && is_actor(&party, &known)))
        return;
    if (stated && (!same_text(party.name, bom->supplier.name) ||
                   !same_text(party.email, bom->supplier.email)))
        wb_cyclonedx_lose(reading, path, "name", NULL);
    else if (!stated)
        bom->supplier = party;
}

/* ---- the image ---- */

static void read_author(struct wb_cyclonedx_reading *reading, struct wb_party author)
{
    struct wb_image_description *image = wb_bom_read_image(reading->bom);
    struct wb_actor known = wb_image_author(reading->arena, image);
    if (author.name == NULL || is_actor(&author, &known))
        return;
    if (known.name != NULL)
        wb_cyclonedx_lose(reading, "/metadata/component", "authors", NULL);
    else if (author.email == NULL)
        image->author = author.name;
    else
        image->author = wb_arena_format(reading->bom->arena, "%s <%s>", author.name, author.email);
}

static void read_authors(struct wb_cyclonedx_reading *reading, const json_t *component)
{
    const json_t *authors = wb_json_array_of(component, "authors");
    size_t i;
    const json_t *one;
    json_array_foreach(authors, i, one)
    {
        read_author(reading,
                    wb_cyclonedx_read_person(reading, "/metadata/component/authors/*", one));
    }
    const char *author = wb_cyclonedx_text(reading, component, "author");
    struct wb_actor parsed = wb_actor_parse(reading->bom->arena, author, true);
    read_author(reading, (struct wb_party){.name = parsed.name, .email = parsed.email});
}

static void read_hash(struct wb_cyclonedx_reading *reading, const json_t *hash)
{
    struct wb_image_description *image = wb_bom_read_image(reading->bom);
    struct wb_digest digest;
    char text[WB_DIGEST_TEXT_SIZE];
    if (!wb_field_digest_of(wb_json_string_of(hash, "alg"), wb_json_string_of(hash, "content"),
                            &digest)) {
        wb_bom_add_loss(reading->bom, "/metadata/component/hashes/*");
        return;
    }
    wb_digest_format(&digest, text);
    const char *known =
        image->manifest_digest != NULL ? image->manifest_digest : image->config_digest;
    if (known == NULL && digest.algorithm == WB_DIGEST_SHA256)
        image->manifest_digest = wb_arena_copy(reading->bom->arena, text);
    else if (!same_text(known, text))
        wb_bom_add_loss(reading->bom, "/metadata/component/hashes/*");
}

/* An image's purl has the digest of its manifest for a version. */
static void read_image_purl(struct wb_cyclonedx_reading *reading, const char *text)
{
    struct wb_bom *bom = reading->bom;
    struct wb_image_description *image = wb_bom_read_image(bom);
    struct wb_purl purl;
    if (text == NULL)
        return;
    if (!wb_purl_parse(reading->arena, text, WB_PURL_TOLERANT, &purl, NULL)) {
        wb_cyclonedx_lose(reading, "/metadata/component", "purl", NULL);
        return;
    }
    bom->image_purl = text;
    if (image->manifest_digest != NULL || image->config_digest != NULL ||
        strcmp(purl.type, "oci") != 0)
        return;
    struct wb_digest digest;
    if (purl.version != NULL && wb_digest_parse(purl.version, &digest, NULL))
        image->manifest_digest = wb_arena_copy(bom->arena, purl.version);
}

static void read_image_link(struct wb_cyclonedx_reading *reading, const json_t *reference)
{
    static const struct {
        const char *type;
        const char *label;
    } links[] = {{"website", "url"}, {"vcs", "source"}, {"documentation", "documentation"}};
    const char *type = wb_json_string_of(reference, "type");
    const char *url = wb_json_string_of(reference, "url");
    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++)
        if (same_text(type, links[i].type) && url != NULL &&
            same_text(url, wb_image_annotation(reading->bom->image, links[i].label)))
            return;
    wb_bom_add_loss(reading->bom, "/metadata/component/externalReferences/*");
}

static void read_image_property(struct wb_cyclonedx_reading *reading, const json_t *property)
{
    const char *name = wb_json_string_of(property, "name");
    const char *value = wb_json_string_of(property, "value");
    if (name == NULL || wb_cyclonedx_says_nothing(name, value) ||
        !wb_document_property_read(reading->bom, name, value == NULL ? "" : value))
        wb_bom_add_loss(reading->bom, "/metadata/component/properties/*");
}

static void read_image_description(struct wb_cyclonedx_reading *reading, const json_t *component)
{
    const struct wb_image_description *image = reading->bom->image;
    const char *stated = wb_json_string_of(component, "description");
    const char *known = wb_image_annotation(image, "description");
    if (known == NULL)
        known = wb_image_annotation(image, "title");
    if (stated != NULL && !same_text(stated, known))
        wb_cyclonedx_lose(reading, "/metadata/component", "description", NULL);
}

void wb_cyclonedx_read_image(struct wb_cyclonedx_reading *reading, const json_t *component)
{
    static const char path[] = "/metadata/component";
    static const char *const kept[] = {"type",
                                       "bom-ref",
                                       "supplier",
                                       "authors",
                                       "author",
                                       "name",
                                       "version",
                                       "description",
                                       "hashes",
                                       "purl",
                                       "externalReferences",
                                       "properties",
                                       "components",
                                       "evidence",
                                       NULL};
    struct wb_bom *bom = reading->bom;
    size_t i;
    const json_t *one;
    json_array_foreach(wb_json_array_of(component, "properties"), i, one)
    {
        read_image_property(reading, one);
    }
    /* Waybill's own follows from the packages. */
    if (!reading->ours && json_object_get(component, "evidence") != NULL)
        wb_cyclonedx_lose(reading, path, "evidence", NULL);
    wb_cyclonedx_name(reading, component, WB_CYCLONEDX_TARGET_IMAGE, NULL);
    wb_cyclonedx_lose_others(reading, path, component, kept);
    const char *type = wb_json_string_of(component, "type");
    if (type != NULL && strcmp(type, "container") != 0)
        wb_cyclonedx_lose(reading, path, "type", NULL);
    bom->source_name = wb_cyclonedx_text(reading, component, "name");
    bom->source_version = wb_cyclonedx_text(reading, component, "version");
    json_array_foreach(wb_json_array_of(component, "hashes"), i, one)
    {
        read_hash(reading, one);
    }
    read_image_purl(reading, wb_cyclonedx_text(reading, component, "purl"));
    read_authors(reading, component);
    wb_cyclonedx_read_supplier(reading, "/metadata/component/supplier",
                               wb_json_object_of(component, "supplier"));
    read_image_description(reading, component);
    json_array_foreach(wb_json_array_of(component, "externalReferences"), i, one)
    {
        read_image_link(reading, one);
    }
    const json_t *inside = wb_json_array_of(component, "components");
    if (json_array_size(inside) > 0)
        wb_cyclonedx_lose(reading, path, "components", NULL);
    wb_cyclonedx_read_components(reading, inside);
}
