/* SPDX-License-Identifier: Apache-2.0 */
/* Bounds of a header blob: an index of entries of 16 bytes, then the data store that they point
 * into (rpm's docs/manual/format_header.md, format_v4.md). */
#include "sbom/rpm_private.h"

#include <string.h>

/* rpm's own limits, and of ours that no array of strings makes the pointers to it overflow rpm's
 * int (4 Mi strings need 32 MiB). */
#define INTRO_SIZE ((size_t)8)
#define ENTRY_SIZE ((size_t)16)
#define ENTRIES_MAX 0xffffU
#define HEADER_SIZE_MAX ((size_t)256 << 20)
#define STRINGS_MAX (4U << 20)
#define FIRST_TAG 100

struct entry {
    uint32_t tag, type, offset, count;
};

struct header {
    struct wb_bytes index, store;
    size_t entry_count;
    size_t first;          /* index of the first entry that is not the region's own */
    uint32_t trailer;      /* offset of the region's trailer; meaningful when first is 1 */
    size_t region_entries; /* with the region's own */
};

static struct entry entry_at(struct wb_bytes bytes, size_t offset)
{
    struct entry entry = {0};
    (void)wb_bytes_u32be(bytes, offset, &entry.tag);
    (void)wb_bytes_u32be(bytes, offset + 4, &entry.type);
    (void)wb_bytes_u32be(bytes, offset + 8, &entry.offset);
    (void)wb_bytes_u32be(bytes, offset + 12, &entry.count);
    return entry;
}

static bool read_intro(struct wb_bytes bytes, struct header *header, struct wb_error *err)
{
    uint32_t entries, size;
    if (!wb_bytes_u32be(bytes, 0, &entries) || !wb_bytes_u32be(bytes, 4, &size))
        return wb_error_set(err, WB_BAD_INPUT, "a header of %zu bytes", bytes.size);
    if (entries == 0 || entries > ENTRIES_MAX || bytes.size >= HEADER_SIZE_MAX ||
        bytes.size != INTRO_SIZE + entries * ENTRY_SIZE + size)
        return wb_error_set(err, WB_BAD_INPUT,
                            "a header of %zu bytes says that it has %u tags and %u bytes of data",
                            bytes.size, entries, size);
    header->entry_count = entries;
    header->index = (struct wb_bytes){bytes.data + INTRO_SIZE, entries * ENTRY_SIZE};
    header->store = (struct wb_bytes){header->index.data + header->index.size, size};
    return true;
}

/* Headers since rpm 4 begin with an entry that says how far the signed part goes; its data is a
 * copy of itself whose offset is the size of that part's index, negated. */
static bool check_region(struct header *header, struct wb_error *err)
{
    struct entry entry = entry_at(header->index, 0);
    if (entry.tag >= FIRST_TAG)
        return true;
    if ((entry.tag != RPMTAG_HEADERIMAGE && entry.tag != RPMTAG_HEADERSIGNATURES &&
         entry.tag != RPMTAG_HEADERIMMUTABLE) ||
        entry.type != RPM_BIN_TYPE || entry.count != ENTRY_SIZE ||
        header->store.size < ENTRY_SIZE || entry.offset > header->store.size - ENTRY_SIZE)
        return wb_error_set(err, WB_BAD_INPUT, "the header's region is malformed");
    struct entry trailer = entry_at(header->store, entry.offset);
    uint32_t index_size = 0U - trailer.offset;
    if (trailer.tag != entry.tag || trailer.type != RPM_BIN_TYPE || trailer.count != ENTRY_SIZE ||
        index_size % ENTRY_SIZE != 0 || index_size == 0 || index_size > header->index.size)
        return wb_error_set(err, WB_BAD_INPUT, "the end of the header's region is malformed");
    header->first = 1;
    header->trailer = entry.offset;
    header->region_entries = index_size / ENTRY_SIZE;
    return true;
}

/* How many bytes `count` strings at `offset` take; 0 when they do not end inside. */
static size_t strings_size(struct wb_bytes store, size_t offset, uint32_t count)
{
    size_t at = offset;
    for (; count > 0; count--) {
        const uint8_t *end = at < store.size ? memchr(store.data + at, 0, store.size - at) : NULL;
        if (end == NULL)
            return 0;
        at = (size_t)(end - store.data) + 1;
    }
    return at - offset;
}

/* How many bytes the data of an entry takes; 0 when that is wrong. */
static size_t data_size(struct wb_bytes store, const struct entry *entry)
{
    size_t width = 1;
    switch (entry->type) {
    case RPM_STRING_TYPE:
        return entry->count == 1 ? strings_size(store, entry->offset, 1) : 0;
    case RPM_STRING_ARRAY_TYPE:
    case RPM_I18NSTRING_TYPE:
        return entry->count <= STRINGS_MAX ? strings_size(store, entry->offset, entry->count) : 0;
    case RPM_CHAR_TYPE:
    case RPM_INT8_TYPE:
    case RPM_BIN_TYPE:
        break;
    case RPM_INT16_TYPE:
        width = 2;
        break;
    case RPM_INT32_TYPE:
        width = 4;
        break;
    case RPM_INT64_TYPE:
        width = 8;
        break;
    default:
        return 0;
    }
    bool fits = entry->offset % width == 0 && entry->offset <= store.size &&
                entry->count <= (store.size - entry->offset) / width;
    return fits ? entry->count * width : 0;
}

bool wb_rpm_header_check(struct wb_bytes bytes, struct wb_error *err)
{
    struct header header = {0};
    if (!read_intro(bytes, &header, err) || !check_region(&header, err))
        return false;
    size_t end = 0;
    for (size_t i = header.first; i < header.entry_count; i++) {
        struct entry entry = entry_at(header.index, i * ENTRY_SIZE);
        /* Entries behind the region were added when the package was installed. */
        if (header.first == 1 && i == header.region_entries && end <= header.trailer)
            end = header.trailer + ENTRY_SIZE;
        size_t size = entry.tag < FIRST_TAG || entry.tag > INT32_MAX || entry.offset < end
                          ? 0
                          : data_size(header.store, &entry);
        if (size == 0)
            return wb_error_set(err, WB_BAD_INPUT,
                                "tag %u (type %u, %u values at offset %u) does not fit the header",
                                entry.tag, entry.type, entry.count, entry.offset);
        end = entry.offset + size;
        if (header.first == 1 && i < header.region_entries && end > header.trailer)
            return wb_error_set(err, WB_BAD_INPUT, "tag %u lies outside the header's region",
                                entry.tag);
    }
    return true;
}
