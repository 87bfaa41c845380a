/* SPDX-License-Identifier: Apache-2.0 */
/* CoSWID: files in a payload (RFC 9393 §2.9.2). */
#include "formats/coswid.h"

#include <string.h>

/* `hash-entry`: the algorithm's number and the digest, one for each file. SHA-1 and MD5 have no
 * number there. */
static void write_hash(struct wb_coswid_items *entry, const struct wb_file_hashes *hashes)
{
    WB_AUTO_VALUE(wb_coswid_items) hash = {0};
    if (hashes == NULL || (hashes->present & WB_FILE_SHA256) == 0)
        return;
    wb_coswid_number(&hash.bytes, WB_COSWID_SHA256);
    wb_coswid_bytes(&hash.bytes, hashes->sha256, sizeof hashes->sha256);
    hash.count = 2;
    wb_coswid_number(&entry->bytes, WB_COSWID_HASH);
    wb_coswid_array(&entry->bytes, &hash);
    entry->count++;
}

static void add_other_digest(const struct wb_property_sink *sink,
                             const struct wb_file_hashes *hashes)
{
    char hex[2 * WB_DIGEST_MAX_SIZE + 1];
    if (hashes != NULL && (hashes->present & WB_FILE_SHA1) != 0)
        wb_property_format(sink, "waybill:file:digest", "sha1:%s",
                           wb_hex_format(hashes->sha1, sizeof hashes->sha1, hex));
    if (hashes != NULL && (hashes->present & WB_FILE_SHA512) != 0)
        wb_property_format(sink, "waybill:file:digest", "sha512:%s",
                           wb_hex_format(hashes->sha512, 64, hex));
}

/* Adds one entry with its name taken apart as the specification wants it. */
static void add_entry(struct wb_coswid_items *files, const char *path,
                      const struct wb_file_hashes *hashes, bool has_size, uint64_t size,
                      struct wb_coswid_properties *properties)
{
    WB_AUTO_VALUE(wb_coswid_items) entry = {0};
    const char *slash = strrchr(path, '/');
    WB_AUTO_STRING location =
        slash == NULL ? NULL
                      : wb_string_format("%.*s", slash == path ? 1 : (int)(slash - path), path);
    write_hash(&entry, hashes);
    if (has_size)
        wb_coswid_member_number(&entry, WB_COSWID_SIZE, size);
    wb_coswid_member_text(&entry, WB_COSWID_LOCATION, location);
    wb_coswid_member_text(&entry, WB_COSWID_FS_NAME, slash == NULL ? path : slash + 1);
    wb_coswid_properties_write(properties, &entry);
    wb_coswid_map(&files->bytes, &entry);
    files->count++;
}

/* What is left of a package that was removed has no payload of its own. */
bool wb_coswid_has_tag(const struct wb_bom *bom, const struct wb_file *file)
{
    if (file->owner_count == 0)
        return false;
    const struct wb_package *owner = file->owners[0];
    return owner->index < bom->package_count && bom->packages[owner->index] == owner;
}

void wb_coswid_file(const struct wb_coswid *coswid, struct wb_coswid_items *files,
                    const struct wb_file *file)
{
    WB_AUTO_VALUE(wb_coswid_properties) properties = {0};
    struct wb_property_sink sink = wb_coswid_property_sink(&properties);
    wb_file_properties(&sink, coswid->bom, file);
    add_other_digest(&sink, file->hashes);
    /* The owner is told by the tag that the file is in; a file of several packages names them. */
    bool told = file->owner_count == 1 && wb_coswid_has_tag(coswid->bom, file);
    for (size_t i = 0; !told && i < file->owner_count; i++)
        wb_property_add(&sink, "waybill:file:package", file->owners[i]->id);
    add_entry(files, file->path, file->hashes, file->status != WB_FILE_MISSING, file->size,
              &properties);
}

void wb_coswid_removed_file(const struct wb_coswid *coswid, struct wb_coswid_items *files,
                            const struct wb_removed_file *file)
{
    WB_AUTO_VALUE(wb_coswid_properties) properties = {0};
    struct wb_property_sink sink = wb_coswid_property_sink(&properties);
    wb_removed_file_properties(&sink, coswid->bom, file);
    add_other_digest(&sink, file->hashes);
    add_entry(files, file->path, file->hashes, true, file->size, &properties);
}

void wb_coswid_payload(struct wb_coswid_items *members, const struct wb_coswid_items *files)
{
    WB_AUTO_VALUE(wb_coswid_items) payload = {0};
    wb_coswid_member_list(&payload, WB_COSWID_FILE, files);
    wb_coswid_member_map(members, WB_COSWID_PAYLOAD, &payload);
}
