/* SPDX-License-Identifier: Apache-2.0 */
/* CoSWID: a tag for each package. */
#include "formats/coswid.h"

#include <stdlib.h>
#include <string.h>

/* Edges of one package, which have their place in the order of bom->dependencies. */
struct edges {
    const struct wb_dependency *first;
    size_t count;
};

static void write_links(const struct wb_coswid *coswid, const struct wb_package *package,
                        bool present, const struct edges *edges, struct wb_coswid_items *members)
{
    WB_AUTO_VALUE(wb_coswid_items) links = {0};
    if (present && package->purl != NULL)
        wb_coswid_link(&links, package->purl, WB_COSWID_SEE_ALSO, 0);
    for (size_t i = 0; i < edges->count; i++) {
        enum wb_relation_kind kind = edges->first[i].kind;
        wb_coswid_link_to(coswid, &links, edges->first[i].to->id, WB_COSWID_REQUIRES,
                          kind == WB_RELATION_RECOMMENDS            ? WB_COSWID_RECOMMENDED
                          : wb_dependency_is_weak(&edges->first[i]) ? WB_COSWID_OPTIONAL
                                                                    : WB_COSWID_REQUIRED);
    }
    wb_coswid_member_list(members, WB_COSWID_LINK, &links);
}

static void write_entities(const struct wb_coswid *coswid, const struct wb_package *package,
                           struct wb_coswid_items *members)
{
    WB_AUTO_VALUE(wb_coswid_items) entities = {0};
    struct wb_actor supplier = wb_package_supplier(package);
    wb_coswid_creator(coswid, &entities);
    if (supplier.name != NULL) {
        WB_AUTO_STRING mail =
            supplier.email == NULL ? NULL : wb_string_format("mailto:%s", supplier.email);
        wb_coswid_entity(&entities, supplier.name, mail,
                         supplier.is_person ? WB_COSWID_MAINTAINER : WB_COSWID_SOFTWARE_CREATOR);
    }
    wb_coswid_member_list(members, WB_COSWID_ENTITY, &entities);
}

/* What a tag has no member for. */
static void add_facts(const struct wb_property_sink *sink, const struct wb_package *package,
                      bool present, const struct edges *edges)
{
    char text[WB_DIGEST_TEXT_SIZE];
    wb_property_add(sink, "waybill:package:id", package->id);
    wb_property_add(sink, "waybill:package:licence", package->licence);
    wb_property_add(sink, "waybill:package:licenceConcluded", package->licence_concluded);
    wb_property_add(sink, "waybill:package:copyright", package->copyright);
    wb_property_add(sink, "waybill:package:homepage", package->homepage);
    wb_property_add(sink, "waybill:package:downloadLocation", package->download_location);
    wb_property_add(sink, "waybill:package:componentType", package->component_type);
    for (size_t i = 0; i < package->cpe_count; i++)
        wb_property_add(sink, "waybill:package:cpe", package->cpes[i]);
    for (size_t i = 0; i < package->checksum_count; i++)
        wb_property_add(sink, "waybill:package:checksum",
                        wb_digest_format(&package->checksums[i], text));
    for (size_t i = 0; i < package->external_reference_count; i++)
        wb_package_reference_property(sink, &package->external_references[i]);
    /* `requires` does not say when. */
    for (size_t i = 0; present && i < edges->count; i++)
        if (edges->first[i].kind == WB_RELATION_PRE_DEPENDS)
            wb_property_add(sink, "waybill:package:preDependsOn", edges->first[i].to->id);
}

static void write_meta(const struct wb_coswid *coswid, const struct wb_package *package,
                       enum wb_standing standing, const struct edges *edges,
                       struct wb_coswid_items *members)
{
    WB_AUTO_VALUE(wb_coswid_items) meta = {0};
    WB_AUTO_VALUE(wb_coswid_properties) properties = {0};
    struct wb_property_sink sink = wb_coswid_property_sink(&properties);
    wb_coswid_member_text(&meta, WB_COSWID_DESCRIPTION, package->description);
    wb_coswid_member_text(&meta, WB_COSWID_SUMMARY, package->summary);
    wb_package_properties(&sink, coswid->bom, package, standing);
    add_facts(&sink, package, standing == WB_STANDING_PRESENT, edges);
    wb_coswid_properties_write(&properties, &meta);
    wb_coswid_member_map(members, WB_COSWID_SOFTWARE_META, &meta);
}

static void write_payload(const struct wb_coswid *coswid, const struct wb_package *package,
                          struct wb_coswid_items *members)
{
    WB_AUTO_VALUE(wb_coswid_items) files = {0};
    for (size_t i = 0; i < coswid->file_counts[package->index]; i++)
        wb_coswid_file(coswid, &files, coswid->files[package->index][i]);
    wb_coswid_payload(members, &files);
}

static void write_package(struct wb_coswid *coswid, const struct wb_package *package,
                          enum wb_standing standing, const struct edges *edges)
{
    WB_AUTO_VALUE(wb_coswid_items) members = {0};
    uint8_t uuid[16];
    bool present = standing == WB_STANDING_PRESENT;
    wb_coswid_tag_id(coswid, package->id, uuid);
    wb_coswid_number(&members.bytes, WB_COSWID_TAG_ID);
    wb_coswid_bytes(&members.bytes, uuid, sizeof uuid);
    members.count++;
    wb_coswid_member_text(&members, WB_COSWID_SOFTWARE_NAME, package->name);
    write_entities(coswid, package, &members);
    write_links(coswid, package, present, edges, &members);
    write_meta(coswid, package, standing, edges, &members);
    if (present)
        write_payload(coswid, package, &members);
    wb_coswid_member_number(&members, WB_COSWID_TAG_VERSION, 0);
    wb_coswid_member_text(&members, WB_COSWID_SOFTWARE_VERSION, package->evr);
    wb_coswid_write_tag(coswid, &members);
}

void wb_coswid_packages(struct wb_coswid *coswid)
{
    const struct wb_bom *bom = coswid->bom;
    const struct edges none = {0};
    size_t edge = 0;
    for (size_t i = 0; i < bom->package_count; i++) {
        size_t first = edge;
        while (edge < bom->dependency_count && bom->dependencies[edge].from == bom->packages[i])
            edge++;
        const struct edges edges = {edge > first ? &bom->dependencies[first] : NULL, edge - first};
        write_package(coswid, bom->packages[i], WB_STANDING_PRESENT, &edges);
    }
    for (size_t i = 0; i < bom->residue_count; i++)
        write_package(coswid, bom->residues[i], WB_STANDING_RESIDUE, &none);
    for (size_t i = 0; i < bom->removed_count; i++)
        write_package(coswid, bom->removed[i], WB_STANDING_REMOVED, &none);
}
