/* SPDX-License-Identifier: Apache-2.0 */
/* CoSWID (RFC 9393): the sequence of tags, and the tag of the image. */
#include "formats/coswid.h"

#include <stdlib.h>
#include <string.h>

/* ---- names of tags ---- */

void wb_coswid_tag_id(const struct wb_coswid *coswid, const char *id, uint8_t uuid[16])
{
    struct wb_digest digest;
    WB_AUTO_STRING text = wb_string_format("%s\n%s", coswid->seed, id);
    struct wb_bytes bytes = {(const uint8_t *)text, strlen(text)};
    if (!wb_digest_bytes(WB_DIGEST_SHA256, bytes, &digest, NULL))
        wb_out_of_memory(0); /* nothing else can be amiss with SHA-256 */
    memcpy(uuid, digest.bytes, 16);
    uuid[6] = (uint8_t)((uuid[6] & 0x0f) | 0x80); /* RFC 9562, version 8 */
    uuid[8] = (uint8_t)((uuid[8] & 0x3f) | 0x80);
}

static char *uuid_text(const uint8_t uuid[16], char text[WB_UUID_TEXT_SIZE])
{
    size_t at = 0;
    for (size_t i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            text[at++] = '-';
        wb_hex_format(&uuid[i], 1, text + at);
        at += 2;
    }
    return text;
}

/* ---- parts of every tag ---- */

void wb_coswid_link(struct wb_coswid_items *links, const char *href, enum wb_coswid_rel rel,
                    unsigned use)
{
    WB_AUTO_VALUE(wb_coswid_items) link = {0};
    wb_coswid_member_text(&link, WB_COSWID_HREF, href);
    wb_coswid_member_number(&link, WB_COSWID_REL, rel);
    if (use != 0)
        wb_coswid_member_number(&link, WB_COSWID_USE, use);
    wb_coswid_map(&links->bytes, &link);
    links->count++;
}

void wb_coswid_link_to(const struct wb_coswid *coswid, struct wb_coswid_items *links,
                       const char *id, enum wb_coswid_rel rel, unsigned use)
{
    uint8_t uuid[16];
    char text[WB_UUID_TEXT_SIZE];
    wb_coswid_tag_id(coswid, id, uuid);
    WB_AUTO_STRING href = wb_string_format("swid:%s", uuid_text(uuid, text));
    wb_coswid_link(links, href, rel, use);
}

void wb_coswid_entity(struct wb_coswid_items *entities, const char *name, const char *reg_id,
                      enum wb_coswid_role role)
{
    WB_AUTO_VALUE(wb_coswid_items) entity = {0};
    wb_coswid_member_text(&entity, WB_COSWID_ENTITY_NAME, name);
    wb_coswid_member_text(&entity, WB_COSWID_REG_ID, reg_id);
    wb_coswid_member_number(&entity, WB_COSWID_ROLE, role);
    wb_coswid_map(&entities->bytes, &entity);
    entities->count++;
}

/* RFC 9393 §2.6: each tag names its creator. */
void wb_coswid_creator(const struct wb_coswid *coswid, struct wb_coswid_items *entities)
{
    const struct wb_party *creator = &coswid->bom->creator;
    if (creator->name == NULL) {
        WB_AUTO_STRING tool = wb_string_format(
            "waybill %s", coswid->bom->tool_version == NULL ? "" : coswid->bom->tool_version);
        wb_coswid_entity(entities, tool, NULL, WB_COSWID_TAG_CREATOR);
        return;
    }
    WB_AUTO_STRING mail =
        creator->email == NULL ? NULL : wb_string_format("mailto:%s", creator->email);
    wb_coswid_entity(entities, creator->name, creator->url != NULL ? creator->url : mail,
                     WB_COSWID_TAG_CREATOR);
}

void wb_coswid_write_tag(struct wb_coswid *coswid, const struct wb_coswid_items *members)
{
    WB_AUTO_VALUE(wb_buffer) bytes = {0};
    wb_coswid_tag(&bytes, WB_CBOR_TAG_COSWID);
    wb_coswid_map(&bytes, members);
    wb_output_write(coswid->output, bytes.data, bytes.size);
}

/* ---- the image ---- */

static void write_image_entities(const struct wb_coswid *coswid, struct wb_coswid_items *members)
{
    const struct wb_bom *bom = coswid->bom;
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    WB_AUTO_VALUE(wb_coswid_items) entities = {0};
    struct wb_actor supplier = wb_image_supplier(arena, bom->image);
    const char *url = NULL;
    wb_coswid_creator(coswid, &entities);
    if (bom->supplier.name != NULL) {
        supplier =
            (struct wb_actor){bom->supplier.name, bom->supplier.email, bom->supplier.is_person};
        url = bom->supplier.url;
    }
    WB_AUTO_STRING mail =
        supplier.email == NULL ? NULL : wb_string_format("mailto:%s", supplier.email);
    if (supplier.name != NULL)
        wb_coswid_entity(&entities, supplier.name, url != NULL ? url : mail,
                         supplier.is_person ? WB_COSWID_MAINTAINER : WB_COSWID_SOFTWARE_CREATOR);
    wb_coswid_member_list(members, WB_COSWID_ENTITY, &entities);
}

static void write_image_links(const struct wb_coswid *coswid, struct wb_coswid_items *members)
{
    const struct wb_bom *bom = coswid->bom;
    WB_AUTO_VALUE(wb_coswid_items) links = {0};
    if (bom->image_purl != NULL)
        wb_coswid_link(&links, bom->image_purl, WB_COSWID_SEE_ALSO, 0);
    for (size_t i = 0; i < bom->package_count; i++)
        wb_coswid_link_to(coswid, &links, bom->packages[i]->id, WB_COSWID_COMPONENT, 0);
    wb_coswid_member_list(members, WB_COSWID_LINK, &links);
}

/* What the document says of itself. */
static void add_document(const struct wb_property_sink *sink, const struct wb_bom *bom)
{
    char time[WB_TIME_TEXT_SIZE];
    wb_property_add(sink, "waybill:document:tool", bom->tool_version);
    for (size_t i = 0; i < bom->tool_count; i++) {
        WB_AUTO_STRING tool = wb_tool_text(&bom->tools[i]);
        wb_property_add(sink, "waybill:document:otherTool", tool);
    }
    wb_property_add(sink, "waybill:document:created", wb_time_format(bom->created, time));
    /* That of a document of Waybill follows from the rest. */
    if (bom->tool_version == NULL)
        wb_property_add(sink, "waybill:document:namespace", bom->document_namespace);
    if (bom->creator.name != NULL && bom->creator.url != NULL)
        wb_property_add(sink, "waybill:document:creatorEmail", bom->creator.email);
    if (bom->creator.name != NULL && bom->creator.is_person)
        wb_property_add(sink, "waybill:document:creatorIsPerson", "true");
    if (bom->supplier.name != NULL && bom->supplier.url != NULL)
        wb_property_add(sink, "waybill:document:supplierEmail", bom->supplier.email);
    wb_document_properties(sink, bom);
    for (size_t i = 0; i < bom->licence_text_count; i++) {
        const struct wb_licence_text *licence = &bom->licence_texts[i];
        WB_AUTO_STRING name = wb_string_format("waybill:licence:%s:name", licence->id);
        WB_AUTO_STRING text = wb_string_format("waybill:licence:%s:text", licence->id);
        wb_property_add(sink, name, licence->name);
        wb_property_add(sink, text, licence->text);
    }
    for (size_t i = 0; i < bom->finding_count; i++) {
        WB_AUTO_VALUE(wb_buffer) text = {0};
        wb_finding_text(&bom->findings[i], &text);
        wb_property_add(sink, "waybill:document:finding", (const char *)text.data);
    }
}

static void write_image_meta(const struct wb_coswid *coswid, struct wb_coswid_items *members)
{
    const struct wb_bom *bom = coswid->bom;
    WB_AUTO_VALUE(wb_coswid_items) meta = {0};
    WB_AUTO_VALUE(wb_coswid_properties) properties = {0};
    struct wb_property_sink sink = wb_coswid_property_sink(&properties);
    wb_coswid_member_text(&meta, WB_COSWID_DESCRIPTION,
                          wb_image_annotation(bom->image, "description"));
    wb_coswid_member_text(&meta, WB_COSWID_SUMMARY, wb_image_annotation(bom->image, "title"));
    wb_whole_image_properties(&sink, bom);
    wb_distribution_properties(&sink, &bom->distribution);
    wb_property_add(&sink, "waybill:distribution:prettyName", bom->distribution.pretty_name);
    add_document(&sink, bom);
    wb_coswid_properties_write(&properties, &meta);
    wb_coswid_member_map(members, WB_COSWID_SOFTWARE_META, &meta);
}

/* Files that belong to no listed package, and what lower layers still deliver. */
static void write_image_files(const struct wb_coswid *coswid, struct wb_coswid_items *members)
{
    const struct wb_bom *bom = coswid->bom;
    WB_AUTO_VALUE(wb_coswid_items) files = {0};
    for (size_t i = 0; i < bom->file_count; i++)
        if (!wb_coswid_has_tag(bom, bom->files[i]))
            wb_coswid_file(coswid, &files, bom->files[i]);
    for (size_t i = 0; i < bom->removed_file_count; i++)
        wb_coswid_removed_file(coswid, &files, &bom->removed_files[i]);
    wb_coswid_payload(members, &files);
}

static void write_image(struct wb_coswid *coswid)
{
    WB_AUTO_VALUE(wb_coswid_items) members = {0};
    uint8_t uuid[16];
    wb_coswid_tag_id(coswid, "image", uuid);
    wb_coswid_number(&members.bytes, WB_COSWID_TAG_ID);
    wb_coswid_bytes(&members.bytes, uuid, sizeof uuid);
    members.count++;
    wb_coswid_member_text(&members, WB_COSWID_SOFTWARE_NAME, coswid->bom->source_name);
    write_image_entities(coswid, &members);
    write_image_links(coswid, &members);
    write_image_meta(coswid, &members);
    write_image_files(coswid, &members);
    wb_coswid_member_number(&members, WB_COSWID_TAG_VERSION, 0);
    wb_coswid_member_text(&members, WB_COSWID_SOFTWARE_VERSION, coswid->bom->source_version);
    wb_coswid_write_tag(coswid, &members);
}

/* ---- the document ---- */

/* Which files go into which package's tag: the first owner's. */
static void share_files(struct wb_coswid *coswid)
{
    const struct wb_bom *bom = coswid->bom;
    coswid->files = wb_allocate_array(bom->package_count + 1, sizeof *coswid->files);
    coswid->file_counts = wb_allocate_array(bom->package_count + 1, sizeof *coswid->file_counts);
    for (size_t i = 0; i < bom->file_count; i++)
        if (wb_coswid_has_tag(bom, bom->files[i]))
            coswid->file_counts[bom->files[i]->owners[0]->index]++;
    for (size_t i = 0; i < bom->package_count; i++)
        coswid->files[i] =
            wb_allocate_array(coswid->file_counts[i] + 1, sizeof(const struct wb_file *));
    memset(coswid->file_counts, 0, bom->package_count * sizeof *coswid->file_counts);
    for (size_t i = 0; i < bom->file_count; i++)
        if (wb_coswid_has_tag(bom, bom->files[i])) {
            size_t index = bom->files[i]->owners[0]->index;
            coswid->files[index][coswid->file_counts[index]++] = bom->files[i];
        }
}

static void forget_files(struct wb_coswid *coswid)
{
    for (size_t i = 0; i < coswid->bom->package_count; i++)
        free(coswid->files[i]);
    free(coswid->files);
    free(coswid->file_counts);
}

bool wb_coswid_write(const struct wb_bom *bom, const char *version, struct wb_output *output,
                     struct wb_error *err)
{
    (void)version;
    (void)err;
    struct wb_coswid coswid = {.bom = bom, .output = output};
    wb_bom_seed(bom, "coswid", coswid.seed);
    share_files(&coswid);
    write_image(&coswid);
    wb_coswid_packages(&coswid);
    forget_files(&coswid);
    return true;
}
