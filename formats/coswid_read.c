/* SPDX-License-Identifier: Apache-2.0 */
/* CoSWID (RFC 9393) read: a sequence of tags, of which the first is the image's, or one tag alone.
 */
#include "formats/coswid_read.h"

#include <inttypes.h>
#include <string.h>

/* ---- items ---- */

const char *wb_coswid_read_text(struct wb_coswid_reading *reading, struct wb_cbor_reader *reader)
{
    struct wb_cbor_item item;
    if (!wb_cbor_expect(reader, WB_CBOR_TEXT, &item))
        return NULL;
    return wb_arena_copy_bytes(reading->bom->arena, item.content.data, item.content.size);
}

bool wb_coswid_lose(struct wb_coswid_reading *reading, const char *field,
                    struct wb_cbor_reader *value)
{
    wb_bom_add_loss(reading->bom, field);
    return wb_cbor_skip(value, NULL);
}

bool wb_coswid_read_map(struct wb_coswid_reading *reading, struct wb_cbor_reader *reader,
                        wb_coswid_member_reader *take, void *context)
{
    struct wb_cbor_item map, label;
    uint64_t seen = 0;
    if (!wb_cbor_expect(reader, WB_CBOR_MAP, &map))
        return false;
    for (uint64_t i = 0; i < map.value; i++) {
        if (!wb_cbor_next(reader, &label))
            return false;
        const char *text = NULL;
        if (label.type == WB_CBOR_TEXT)
            text = wb_arena_copy_bytes(reading->arena, label.content.data, label.content.size);
        else if (label.type != WB_CBOR_UNSIGNED && label.type != WB_CBOR_NEGATIVE)
            return false;
        bool known = label.type == WB_CBOR_UNSIGNED;
        /* RFC 8949 §5.6: with a label twice, readers would see different tags. */
        uint64_t bit = known && label.value < 64 ? UINT64_C(1) << label.value : 0;
        if ((seen & bit) != 0)
            return false;
        seen |= bit;
        if (!take(context, known ? label.value : UINT64_MAX, text, reader))
            return false;
    }
    return true;
}

bool wb_coswid_read_items(struct wb_cbor_reader *reader,
                          bool (*take)(void *context, struct wb_cbor_reader *item), void *context)
{
    struct wb_cbor_reader ahead = *reader;
    struct wb_cbor_item item;
    if (!wb_cbor_next(&ahead, &item))
        return false;
    if (item.type != WB_CBOR_ARRAY)
        return take(context, reader);
    *reader = ahead;
    for (uint64_t i = 0; i < item.value; i++)
        if (!take(context, reader))
            return false;
    return true;
}

/* ---- properties ---- */

struct property_reading {
    struct wb_coswid_reading *reading;
    const char *name;
    bool (*add)(void *context, const char *name, const char *value);
    void *context;
};

static bool take_value(void *context, struct wb_cbor_reader *item)
{
    struct property_reading *property = context;
    struct wb_cbor_reader ahead = *item;
    const char *value = wb_coswid_read_text(property->reading, &ahead);
    if (value == NULL)
        return wb_coswid_lose(property->reading, "/attribute", item);
    *item = ahead;
    if (!property->add(property->context, property->name, value))
        wb_bom_add_loss(property->reading->bom, "/attribute");
    return true;
}

bool wb_coswid_read_property(struct wb_coswid_reading *reading, const char *name,
                             struct wb_cbor_reader *value,
                             bool (*add)(void *context, const char *name, const char *value),
                             void *context)
{
    struct property_reading property = {reading, name, add, context};
    return wb_coswid_read_items(value, take_value, &property);
}

/* ---- one tag ---- */

struct tag_reading {
    struct wb_coswid_reading *reading;
    struct wb_package *package; /* NULL: the image */
    const char *id;             /* `swid:...` */
    const char *name, *version;
    struct wb_cbor_reader links, payload; /* read when the rest is known */
    bool has_links, has_payload;
    const char *summary, *description;
    bool entity_is_creator, entity_is_person;
    struct wb_party entity;
};

static bool add_image_property(struct wb_bom *bom, const char *name, const char *value)
{
    if (strcmp(name, "waybill:document:finding") == 0)
        return wb_finding_text_read(bom, value);
    if (strcmp(name, "waybill:document:created") == 0)
        return wb_time_parse(value, &bom->created);
    if (strcmp(name, "waybill:document:tool") == 0)
        bom->tool_version = wb_arena_copy(bom->arena, value);
    else if (strcmp(name, "waybill:document:otherTool") == 0)
        wb_tool_text_read(bom, value);
    else if (strcmp(name, "waybill:document:namespace") == 0)
        bom->document_namespace = wb_arena_copy(bom->arena, value);
    else if (strcmp(name, "waybill:document:creatorEmail") == 0)
        bom->creator.email = wb_arena_copy(bom->arena, value);
    else if (strcmp(name, "waybill:document:creatorIsPerson") == 0)
        bom->creator.is_person = true;
    else if (strcmp(name, "waybill:document:supplierEmail") == 0)
        bom->supplier.email = wb_arena_copy(bom->arena, value);
    else
        return wb_document_property_read(bom, name, value);
    return true;
}

static bool add_package_property(struct tag_reading *tag, const char *name, const char *value)
{
    struct wb_coswid_reading *reading = tag->reading;
    struct wb_digest digest;
    if (strcmp(name, "waybill:package:id") == 0) {
        wb_coswid_name(reading, wb_arena_format(reading->arena, "id:%s", value), tag->package);
        return true;
    }
    if (strcmp(name, "waybill:package:licence") == 0) {
        tag->package->licence = wb_arena_copy(reading->bom->arena, value);
        return wb_licence_expression_valid(value);
    }
    if (strcmp(name, "waybill:package:preDependsOn") == 0) {
        const struct wb_coswid_pending pending = {
            .from = tag->package,
            .name = wb_arena_format(reading->arena, "id:%s", value),
            .kind = WB_RELATION_PRE_DEPENDS};
        wb_coswid_refer(reading, &pending);
        return true;
    }
    if (strcmp(name, "waybill:package:checksum") != 0)
        return wb_package_property_read(reading->bom, tag->package, name, value);
    if (!wb_field_digest_read(value, &digest))
        return false;
    wb_package_add_checksum(tag->package, &digest);
    return true;
}

static bool add_property(void *context, const char *name, const char *value)
{
    struct tag_reading *tag = context;
    return tag->package == NULL ? add_image_property(tag->reading->bom, name, value)
                                : add_package_property(tag, name, value);
}

/* ---- entities ---- */

static bool take_role(void *context, struct wb_cbor_reader *item)
{
    struct tag_reading *tag = context;
    struct wb_cbor_item role;
    if (!wb_cbor_next(item, &role))
        return false;
    tag->entity_is_creator = role.type == WB_CBOR_UNSIGNED && role.value == WB_COSWID_TAG_CREATOR;
    tag->entity_is_person = role.type == WB_CBOR_UNSIGNED && role.value == WB_COSWID_MAINTAINER;
    return true;
}

static bool take_entity_member(void *context, uint64_t number, const char *text,
                               struct wb_cbor_reader *value)
{
    struct tag_reading *tag = context;
    if (text == NULL && number == WB_COSWID_ROLE)
        return wb_coswid_read_items(value, take_role, tag);
    if (text != NULL || (number != WB_COSWID_ENTITY_NAME && number != WB_COSWID_REG_ID))
        return wb_coswid_lose(tag->reading, "/entity/*/*", value);
    const char *found = wb_coswid_read_text(tag->reading, value);
    if (found == NULL)
        return false;
    if (number == WB_COSWID_ENTITY_NAME)
        tag->entity.name = found;
    else if (wb_text_starts_with(found, "mailto:"))
        tag->entity.email = found + strlen("mailto:");
    else
        tag->entity.url = found;
    return true;
}

static bool take_entity(void *context, struct wb_cbor_reader *item)
{
    struct tag_reading *tag = context;
    struct wb_bom *bom = tag->reading->bom;
    tag->entity = (struct wb_party){0};
    tag->entity_is_creator = tag->entity_is_person = false;
    if (!wb_coswid_read_map(tag->reading, item, take_entity_member, tag))
        return false;
    tag->entity.is_person = tag->entity_is_person;
    bool ours = tag->entity.name != NULL && wb_text_starts_with(tag->entity.name, "waybill ");
    if (tag->entity.name == NULL || (tag->entity_is_creator && (ours || tag->package != NULL)))
        return true;
    if (tag->package == NULL) {
        *(tag->entity_is_creator ? &bom->creator : &bom->supplier) = tag->entity;
        return true;
    }
    tag->package->supplier = tag->entity.name;
    tag->package->supplier_email = tag->entity.email;
    tag->package->supplier_is_person = tag->entity.is_person;
    return true;
}

/* ---- links ---- */

struct link_reading {
    struct tag_reading *tag;
    const char *href;
    uint64_t rel, use;
};

static bool take_link_member(void *context, uint64_t number, const char *text,
                             struct wb_cbor_reader *value)
{
    struct link_reading *link = context;
    struct wb_cbor_item item;
    if (text == NULL && number == WB_COSWID_HREF) {
        link->href = wb_coswid_read_text(link->tag->reading, value);
        return link->href != NULL;
    }
    if (text != NULL || (number != WB_COSWID_REL && number != WB_COSWID_USE))
        return wb_coswid_lose(link->tag->reading, "/link/*/*", value);
    if (!wb_cbor_next(value, &item))
        return false;
    uint64_t known = item.type == WB_CBOR_UNSIGNED ? item.value : UINT64_MAX;
    *(number == WB_COSWID_REL ? &link->rel : &link->use) = known;
    return true;
}

static bool take_link(void *context, struct wb_cbor_reader *item)
{
    struct tag_reading *tag = context;
    struct wb_bom *bom = tag->reading->bom;
    struct link_reading link = {.tag = tag};
    if (!wb_coswid_read_map(tag->reading, item, take_link_member, &link))
        return false;
    bool purl = link.href != NULL && wb_text_starts_with(link.href, "pkg:");
    if (link.rel == WB_COSWID_SEE_ALSO && purl && tag->package == NULL) {
        bom->image_purl = link.href;
    } else if (link.rel == WB_COSWID_SEE_ALSO && purl) {
        if (!wb_package_purl_read(bom, tag->package, link.href))
            wb_bom_add_loss(bom, "/link/*");
    } else if (link.rel == WB_COSWID_REQUIRES && tag->package != NULL && link.href != NULL) {
        const struct wb_coswid_pending pending = {
            .from = tag->package,
            .name = link.href,
            .kind = link.use == WB_COSWID_RECOMMENDED ? WB_RELATION_RECOMMENDS
                    : link.use == WB_COSWID_OPTIONAL  ? WB_RELATION_SUGGESTS
                                                      : WB_RELATION_DEPENDS};
        wb_coswid_refer(tag->reading, &pending);
    } else if (link.rel != WB_COSWID_COMPONENT || tag->package != NULL) {
        wb_bom_add_loss(bom, "/link/*");
    }
    return true;
}

/* ---- members of a tag ---- */

static bool take_meta_member(void *context, uint64_t number, const char *text,
                             struct wb_cbor_reader *value)
{
    struct tag_reading *tag = context;
    if (text != NULL)
        return wb_coswid_read_property(tag->reading, text, value, add_property, tag);
    if (number != WB_COSWID_DESCRIPTION && number != WB_COSWID_SUMMARY)
        return wb_coswid_lose(tag->reading, "/software-meta/*", value);
    const char *found = wb_coswid_read_text(tag->reading, value);
    *(number == WB_COSWID_DESCRIPTION ? &tag->description : &tag->summary) = found;
    return found != NULL;
}

static bool take_meta(void *context, struct wb_cbor_reader *item)
{
    struct tag_reading *tag = context;
    return wb_coswid_read_map(tag->reading, item, take_meta_member, tag);
}

/* 16 bytes are a UUID. */
static bool read_tag_id(struct tag_reading *tag, struct wb_cbor_reader *value)
{
    struct wb_cbor_item item;
    char hex[2 * 16 + 1];
    if (!wb_cbor_next(value, &item) ||
        (item.type != WB_CBOR_TEXT && (item.type != WB_CBOR_BYTES || item.content.size != 16)))
        return false;
    struct wb_arena *arena = tag->reading->arena;
    if (item.type == WB_CBOR_TEXT) {
        const char *text = wb_arena_copy_bytes(arena, item.content.data, item.content.size);
        tag->id = wb_arena_format(arena, "swid:%s", text);
        return true;
    }
    wb_hex_format(item.content.data, 16, hex);
    tag->id = wb_arena_format(arena, "swid:%.8s-%.4s-%.4s-%.4s-%s", hex, hex + 8, hex + 12,
                              hex + 16, hex + 20);
    return true;
}

static bool keep_for_later(struct wb_cbor_reader *value, struct wb_cbor_reader *later, bool *has)
{
    *later = *value;
    *has = true;
    return wb_cbor_skip(value, NULL);
}

static bool take_tag_member(void *context, uint64_t number, const char *text,
                            struct wb_cbor_reader *value)
{
    struct tag_reading *tag = context;
    struct wb_cbor_item item;
    if (text != NULL)
        return wb_coswid_lose(tag->reading, "/attribute", value);
    switch (number) {
    case WB_COSWID_TAG_ID:
        return read_tag_id(tag, value);
    case WB_COSWID_SOFTWARE_NAME:
        tag->name = wb_coswid_read_text(tag->reading, value);
        return tag->name != NULL;
    case WB_COSWID_SOFTWARE_VERSION:
        tag->version = wb_coswid_read_text(tag->reading, value);
        return tag->version != NULL;
    case WB_COSWID_TAG_VERSION:
        return wb_cbor_next(value, &item) && item.type <= WB_CBOR_NEGATIVE;
    case WB_COSWID_ENTITY:
        return wb_coswid_read_items(value, take_entity, tag);
    case WB_COSWID_SOFTWARE_META:
        return wb_coswid_read_items(value, take_meta, tag);
    case WB_COSWID_LINK:
        return keep_for_later(value, &tag->links, &tag->has_links);
    case WB_COSWID_PAYLOAD:
        return keep_for_later(value, &tag->payload, &tag->has_payload);
    default:
        return wb_coswid_lose(tag->reading, "/*", value);
    }
}

static bool same_text(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* A supplier that follows from the image's labels was not stated for the document. */
static void forget_implied_supplier(struct tag_reading *tag)
{
    struct wb_bom *bom = tag->reading->bom;
    struct wb_actor implied = wb_image_supplier(tag->reading->arena, bom->image);
    if (bom->supplier.url == NULL && same_text(implied.name, bom->supplier.name) &&
        same_text(implied.email, bom->supplier.email))
        bom->supplier = (struct wb_party){0};
}

static void finish_image(struct tag_reading *tag)
{
    struct wb_bom *bom = tag->reading->bom;
    forget_implied_supplier(tag);
    bom->source_name = tag->name;
    bom->source_version = tag->version;
}

static void finish_package(struct tag_reading *tag)
{
    struct wb_package *package = tag->package;
    struct wb_bom *bom = tag->reading->bom;
    package->name = tag->name;
    package->summary = tag->summary;
    package->description = tag->description;
    if (tag->version != NULL)
        wb_package_evr_read(bom, package, tag->version);
    if (package->kind == WB_PACKAGE_OTHER && package->component_type == NULL)
        package->component_type = "library";
    wb_coswid_name(tag->reading, tag->id, package);
}

static bool read_tag(struct wb_coswid_reading *reading, struct wb_cbor_reader *reader,
                     struct wb_error *err)
{
    struct tag_reading tag = {.reading = reading};
    struct wb_cbor_reader ahead = *reader;
    struct wb_cbor_item item;
    size_t start = reader->at;
    if (wb_cbor_expect(&ahead, WB_CBOR_TAG, &item) && item.value == WB_CBOR_TAG_COSWID)
        *reader = ahead;
    if (reading->has_image)
        tag.package = wb_bom_new_package(reading->bom, WB_PACKAGE_OTHER);
    reading->has_image = true;
    bool good = wb_coswid_read_map(reading, reader, take_tag_member, &tag);
    if (good && tag.package == NULL)
        finish_image(&tag);
    else if (good)
        finish_package(&tag);
    good = good && tag.name != NULL && tag.id != NULL &&
           (!tag.has_links || wb_coswid_read_items(&tag.links, take_link, &tag)) &&
           (!tag.has_payload || wb_coswid_read_payload(reading, &tag.payload, tag.package));
    if (!good)
        return wb_error_set(err, WB_BAD_INPUT,
                            "the tag at byte %zu is not a CoSWID tag with definite lengths", start);
    if (tag.package != NULL && !wb_bom_list_package(reading->bom, tag.package))
        wb_bom_add_loss(reading->bom, "/*");
    return true;
}

/* ---- the document ---- */

bool wb_coswid_recognises(struct wb_bytes document)
{
    struct wb_cbor_reader reader = {.bytes = document, .lenient = true};
    struct wb_cbor_item item;
    if (!wb_cbor_next(&reader, &item))
        return false;
    if (item.type == WB_CBOR_TAG)
        return item.value == WB_CBOR_TAG_COSWID;
    /* Without the tag: a map that begins with a tag-id. */
    return item.type == WB_CBOR_MAP && item.value > 2 && wb_cbor_next(&reader, &item) &&
           item.type == WB_CBOR_UNSIGNED && item.value == WB_COSWID_TAG_ID;
}

bool wb_coswid_read(struct wb_bytes document, struct wb_bom *bom, struct wb_error *err)
{
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    struct wb_coswid_reading reading = {.bom = bom, .arena = arena};
    struct wb_cbor_reader reader = {.bytes = document, .lenient = true};
    bool good = true;
    while (good && !wb_cbor_ended(&reader))
        good = read_tag(&reading, &reader, err);
    wb_coswid_resolve(&reading);
    return good;
}
