/* SPDX-License-Identifier: Apache-2.0 */
/* Inside CoSWID (RFC 9393): the numbers of its members, and maps in deterministic encoding.
 *
 * A document is a CBOR sequence (RFC 8742) of tags: the image's first, which links to the others,
 * then one for the operating system, each package, residue and removed package. */
#ifndef WAYBILL_COSWID_H
#define WAYBILL_COSWID_H

#include "base/cbor_reader.h"
#include "formats/formats_private.h"

/* RFC 9393 §2.10, and the CDDL's index. */
enum wb_coswid_member {
    WB_COSWID_TAG_ID = 0,
    WB_COSWID_SOFTWARE_NAME = 1,
    WB_COSWID_ENTITY = 2,
    WB_COSWID_LINK = 4,
    WB_COSWID_SOFTWARE_META = 5,
    WB_COSWID_PAYLOAD = 6,
    WB_COSWID_HASH = 7,
    WB_COSWID_TAG_VERSION = 12,
    WB_COSWID_SOFTWARE_VERSION = 13,
    WB_COSWID_FILE = 17,
    WB_COSWID_SIZE = 20,
    WB_COSWID_LOCATION = 23,
    WB_COSWID_FS_NAME = 24,
    WB_COSWID_ENTITY_NAME = 31,
    WB_COSWID_REG_ID = 32,
    WB_COSWID_ROLE = 33,
    WB_COSWID_HREF = 38,
    WB_COSWID_REL = 40,
    WB_COSWID_USE = 42,
    WB_COSWID_DESCRIPTION = 46,
    WB_COSWID_SUMMARY = 55,
};
enum wb_coswid_role {
    WB_COSWID_TAG_CREATOR = 1,
    WB_COSWID_SOFTWARE_CREATOR = 2,
    WB_COSWID_MAINTAINER = 6,
};
enum wb_coswid_rel {
    WB_COSWID_COMPONENT = 2,
    WB_COSWID_REQUIRES = 8,
    WB_COSWID_SEE_ALSO = 9,
};
enum wb_coswid_use {
    WB_COSWID_OPTIONAL = 1,
    WB_COSWID_REQUIRED = 2,
    WB_COSWID_RECOMMENDED = 3,
};
/* Named Information hash algorithms (RFC 9393 §2.9.1, IANA "Named Information Hash Algorithm"). */
#define WB_COSWID_SHA256 1

/* ---- maps and arrays (coswid_cbor.c) ---- */

/* Items of a map or array, whose count goes in front once it is known. */
struct wb_coswid_items {
    struct wb_buffer bytes;
    uint64_t count; /* pairs of a map */
};
void wb_coswid_items_clear(struct wb_coswid_items *items);
/* Appends one item to bytes. */
void wb_coswid_number(struct wb_buffer *bytes, uint64_t value);
void wb_coswid_text(struct wb_buffer *bytes, const char *text);
void wb_coswid_bytes(struct wb_buffer *bytes, const void *data, size_t size);
void wb_coswid_tag(struct wb_buffer *bytes, uint64_t tag);
void wb_coswid_map(struct wb_buffer *bytes, const struct wb_coswid_items *items);
void wb_coswid_array(struct wb_buffer *bytes, const struct wb_coswid_items *items);
/* RFC 9393's `one-or-more`: alone where there is one. */
void wb_coswid_one_or_more(struct wb_buffer *bytes, const struct wb_coswid_items *items);

/* Members of a map, which must come in ascending order of `member`. Texts that are NULL or empty
 * are left out. */
void wb_coswid_member_number(struct wb_coswid_items *map, enum wb_coswid_member member,
                             uint64_t value);
void wb_coswid_member_text(struct wb_coswid_items *map, enum wb_coswid_member member,
                           const char *text);
void wb_coswid_member_map(struct wb_coswid_items *map, enum wb_coswid_member member,
                          const struct wb_coswid_items *items);
void wb_coswid_member_list(struct wb_coswid_items *map, enum wb_coswid_member member,
                           const struct wb_coswid_items *items);

/* Properties become members whose labels are text (RFC 9393 §2.5, any-attribute): collected, then
 * put behind the numbered members in the order of their encodings. */
struct wb_coswid_properties {
    struct wb_name_value *items;
    size_t count, capacity;
    struct wb_arena *arena;
};
struct wb_property_sink wb_coswid_property_sink(struct wb_coswid_properties *properties);
void wb_coswid_properties_write(struct wb_coswid_properties *properties,
                                struct wb_coswid_items *map);
void wb_coswid_properties_clear(struct wb_coswid_properties *properties);

/* ---- tags (coswid.c, coswid_packages.c, coswid_files.c) ---- */

struct wb_coswid {
    const struct wb_bom *bom;
    struct wb_output *output;
    char seed[65];
    const struct wb_file ***files; /* of each package, by its index; NULL: none */
    size_t *file_counts;
};
/* What a tag is called: a UUID from the document's seed and a name in it. */
void wb_coswid_tag_id(const struct wb_coswid *coswid, const char *id, uint8_t uuid[16]);
/* `swid:UUID` (RFC 9393 §5.1). */
void wb_coswid_link(struct wb_coswid_items *links, const char *href, enum wb_coswid_rel rel,
                    unsigned use);
void wb_coswid_link_to(const struct wb_coswid *coswid, struct wb_coswid_items *links,
                       const char *id, enum wb_coswid_rel rel, unsigned use);
void wb_coswid_entity(struct wb_coswid_items *entities, const char *name, const char *reg_id,
                      enum wb_coswid_role role);
/* Who made the tags: a part of each. */
void wb_coswid_creator(const struct wb_coswid *coswid, struct wb_coswid_items *entities);
/* Writes the tag around its members. */
void wb_coswid_write_tag(struct wb_coswid *coswid, const struct wb_coswid_items *members);
void wb_coswid_packages(struct wb_coswid *coswid);
/* Whether the file goes into the tag of its first owner; into the image's otherwise. */
bool wb_coswid_has_tag(const struct wb_bom *bom, const struct wb_file *file);
/* Adds a file to a payload's list. */
void wb_coswid_file(const struct wb_coswid *coswid, struct wb_coswid_items *files,
                    const struct wb_file *file);
void wb_coswid_removed_file(const struct wb_coswid *coswid, struct wb_coswid_items *files,
                            const struct wb_removed_file *file);
/* Puts the list into a tag. */
void wb_coswid_payload(struct wb_coswid_items *members, const struct wb_coswid_items *files);

#endif
