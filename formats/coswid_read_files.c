/* SPDX-License-Identifier: Apache-2.0 */
/* CoSWID: files read from a payload. */
#include "formats/coswid_read.h"

#include <string.h>

struct file_reading {
    struct wb_coswid_reading *reading;
    struct wb_package *owner;
    struct wb_file *file;
    const char *location, *name;
    bool names_owners;
};

static bool read_hash(struct file_reading *entry, struct wb_cbor_reader *value)
{
    struct wb_cbor_item item;
    struct wb_digest digest = {.algorithm = WB_DIGEST_SHA256};
    if (!wb_cbor_expect(value, WB_CBOR_ARRAY, &item) || item.value != 2 ||
        !wb_cbor_next(value, &item))
        return false;
    bool known = item.type == WB_CBOR_UNSIGNED && item.value == WB_COSWID_SHA256;
    if (!wb_cbor_expect(value, WB_CBOR_BYTES, &item))
        return false;
    if (!known || item.content.size != 32) {
        wb_bom_add_loss(entry->reading->bom, "/payload/file/*/hash");
        return true;
    }
    memcpy(digest.bytes, item.content.data, 32);
    return wb_file_digest_read(entry->reading->bom, entry->file, &digest);
}

static bool add_property(void *context, const char *name, const char *value)
{
    struct file_reading *entry = context;
    struct wb_coswid_reading *reading = entry->reading;
    struct wb_digest digest;
    if (strcmp(name, "waybill:file:digest") == 0)
        return wb_field_digest_read(value, &digest) &&
               wb_file_digest_read(reading->bom, entry->file, &digest);
    if (strcmp(name, "waybill:file:package") != 0)
        return wb_file_property_read(reading->bom, entry->file, name, value);
    const struct wb_coswid_pending pending = {
        .file = entry->file, .name = wb_arena_format(reading->arena, "id:%s", value)};
    wb_coswid_refer(reading, &pending);
    entry->names_owners = true;
    return true;
}

static bool take_member(void *context, uint64_t number, const char *text,
                        struct wb_cbor_reader *value)
{
    struct file_reading *entry = context;
    struct wb_coswid_reading *reading = entry->reading;
    struct wb_cbor_item item;
    if (text != NULL)
        return wb_coswid_read_property(reading, text, value, add_property, entry);
    switch (number) {
    case WB_COSWID_HASH:
        return read_hash(entry, value);
    case WB_COSWID_SIZE:
        if (!wb_cbor_expect(value, WB_CBOR_UNSIGNED, &item))
            return false;
        entry->file->size = item.value;
        return true;
    case WB_COSWID_LOCATION:
        entry->location = wb_coswid_read_text(reading, value);
        return entry->location != NULL;
    case WB_COSWID_FS_NAME:
        entry->name = wb_coswid_read_text(reading, value);
        return entry->name != NULL;
    default:
        return wb_coswid_lose(reading, "/payload/file/*/*", value);
    }
}

static bool read_file(void *context, struct wb_cbor_reader *item)
{
    struct file_reading *shared = context;
    struct wb_coswid_reading *reading = shared->reading;
    struct file_reading entry = {.reading = reading, .owner = shared->owner};
    entry.file = wb_bom_new_file(reading->bom);
    entry.file->status = entry.owner == NULL ? WB_FILE_UNOWNED : WB_FILE_OWNED;
    if (!wb_coswid_read_map(reading, item, take_member, &entry))
        return false;
    if (entry.name != NULL) {
        bool bare = entry.location == NULL || wb_text_ends_with(entry.location, "/");
        WB_AUTO_STRING path = wb_string_format(
            "%s%s%s", entry.location == NULL ? "" : entry.location, bare ? "" : "/", entry.name);
        entry.file->path = wb_read_line(reading->bom, path);
    }
    if (entry.owner != NULL && !entry.names_owners)
        WB_ARENA_APPEND(reading->bom->arena, entry.file->owners, entry.file->owner_count,
                        entry.owner);
    if (!wb_bom_list_file(reading->bom, entry.file))
        wb_bom_add_loss(reading->bom, "/payload/file/*");
    return true;
}

static bool take_payload_member(void *context, uint64_t number, const char *text,
                                struct wb_cbor_reader *value)
{
    struct file_reading *shared = context;
    if (text == NULL && number == WB_COSWID_FILE)
        return wb_coswid_read_items(value, read_file, shared);
    return wb_coswid_lose(shared->reading, "/payload/*", value);
}

bool wb_coswid_read_payload(struct wb_coswid_reading *reading, struct wb_cbor_reader *reader,
                            struct wb_package *owner)
{
    struct file_reading shared = {.reading = reading, .owner = owner};
    return wb_coswid_read_map(reading, reader, take_payload_member, &shared);
}
