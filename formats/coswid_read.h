/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the CoSWID reader: one tag after the other, then the links between them. */
#ifndef WAYBILL_COSWID_READ_H
#define WAYBILL_COSWID_READ_H

#include "base/cbor_reader.h"
#include "formats/coswid.h"

struct wb_coswid_name;

/* A reference to a tag or package that may come later. */
struct wb_coswid_pending {
    struct wb_package *from; /* NULL: `file` */
    struct wb_file *file;
    const char *name; /* `swid:...`, or `id:` and a package's id in the document */
    enum wb_relation_kind kind;
};

struct wb_coswid_reading {
    struct wb_bom *bom;
    struct wb_arena *arena; /* for what is forgotten at the end */
    struct wb_coswid_name *names;
    struct wb_coswid_pending *pending;
    size_t pending_count, pending_capacity;
    bool has_image;
};

/* Calls `take` for each member of the map that comes next: `number` is SIZE_MAX where the label is
 * `text`. `take` must read exactly the value. False: not a map, or damaged. */
typedef bool wb_coswid_member_reader(void *context, uint64_t number, const char *text,
                                     struct wb_cbor_reader *value);
bool wb_coswid_read_map(struct wb_coswid_reading *reading, struct wb_cbor_reader *reader,
                        wb_coswid_member_reader *take, void *context);
/* Calls `take` for the item that comes next, or for each of the array. */
bool wb_coswid_read_items(struct wb_cbor_reader *reader,
                          bool (*take)(void *context, struct wb_cbor_reader *item), void *context);
/* The text that comes next, in the document's arena; NULL when it is none. */
const char *wb_coswid_read_text(struct wb_coswid_reading *reading, struct wb_cbor_reader *reader);
/* Passes over the value and counts it as lost. */
bool wb_coswid_lose(struct wb_coswid_reading *reading, const char *field,
                    struct wb_cbor_reader *value);
/* The properties of one member: `add` for each of its values. */
bool wb_coswid_read_property(struct wb_coswid_reading *reading, const char *name,
                             struct wb_cbor_reader *value,
                             bool (*add)(void *context, const char *name, const char *value),
                             void *context);

/* Names and references. (coswid_read_links.c) */
void wb_coswid_name(struct wb_coswid_reading *reading, const char *name,
                    struct wb_package *package);
void wb_coswid_refer(struct wb_coswid_reading *reading, const struct wb_coswid_pending *pending);
void wb_coswid_resolve(struct wb_coswid_reading *reading);

/* A payload's files, which belong to `owner` (NULL: to none). (coswid_read_files.c) */
bool wb_coswid_read_payload(struct wb_coswid_reading *reading, struct wb_cbor_reader *reader,
                            struct wb_package *owner);

#endif
