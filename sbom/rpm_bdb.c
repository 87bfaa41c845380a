/* SPDX-License-Identifier: Apache-2.0 */
/* Berkeley DB hash files: `Packages` of rpm before 4.17 (dbinc/db_page.h and hash.h of Berkeley DB
 * 4.3 to 5.3). */
#include "sbom/sbom.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    META_SIZE = 512, /* as much of the first page as there is in every file */
    META_MAGIC = 12,
    META_VERSION = 16,
    META_PAGE_SIZE = 20,
    META_ENCRYPTION = 24,
    META_TYPE = 25,
    META_FLAGS = 26,
    META_LAST_PAGE = 32,
    META_MAX_BUCKET = 72,
    META_SPARES = 96,
    SPARE_COUNT = 32,
    FLAG_CHECKSUM = 1,

    PAGE_NUMBER = 8,
    PAGE_NEXT = 16,
    PAGE_ENTRIES = 20,
    PAGE_USED = 22, /* overflow pages: bytes of data */
    PAGE_TYPE = 25,
    PAGE_HEAD = 26,

    TYPE_HASH_UNSORTED = 2,
    TYPE_OVERFLOW = 7,
    TYPE_HASH_META = 8,
    TYPE_HASH = 13,

    ITEM_DATA = 1,
    ITEM_OFF_PAGE = 3,
    ITEM_OFF_PAGE_SIZE = 12,

    MAGIC_HASH = 0x061561,
    MAGIC_BTREE = 0x053162,
};

struct bdb {
    struct wb_bytes file;
    bool big_endian;
    size_t page_size;
    uint32_t page_count; /* those that the file really has */
    uint8_t *seen;       /* one bit a page: no page is read twice, so nothing goes in circles */
    struct wb_buffer value;
    wb_rpm_header_visitor *visit;
    wb_rpm_damage_visitor *damage;
    void *context;
};

static void bdb_clear(struct bdb *bdb)
{
    free(bdb->seen);
    wb_buffer_clear(&bdb->value);
}

static WB_PRINTF(2, 3) void report(const struct bdb *bdb, const char *format, ...)
{
    char message[160];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    bdb->damage(bdb->context, message);
}

/* Callers stay inside: behind the end there is only zero. */
static uint32_t u32(const struct bdb *bdb, struct wb_bytes bytes, size_t offset)
{
    uint32_t value = 0;
    (void)(bdb->big_endian ? wb_bytes_u32be(bytes, offset, &value)
                           : wb_bytes_u32le(bytes, offset, &value));
    return value;
}

static size_t u16(const struct bdb *bdb, struct wb_bytes bytes, size_t offset)
{
    uint16_t value = 0;
    (void)(bdb->big_endian ? wb_bytes_u16be(bytes, offset, &value)
                           : wb_bytes_u16le(bytes, offset, &value));
    return value;
}

/* ---- pages and items ---- */

/* NULL and `page` filled in, or what is wrong. */
static const char *take_page(struct bdb *bdb, uint32_t number, struct wb_bytes *page)
{
    if (number >= bdb->page_count)
        return "it lies beyond the end of the file";
    *page = (struct wb_bytes){bdb->file.data + number * bdb->page_size, bdb->page_size};
    if (u32(bdb, *page, PAGE_NUMBER) != number)
        return "it bears another number";
    uint8_t bit = (uint8_t)(1U << number % 8);
    if ((bdb->seen[number / 8] & bit) != 0)
        return "it is in use twice";
    bdb->seen[number / 8] |= bit;
    return NULL;
}

/* A value too large for its page: a chain of pages. Says itself what is wrong. */
static bool read_overflow(struct bdb *bdb, uint32_t key, uint32_t first, uint32_t size)
{
    bdb->value.size = 0;
    for (uint32_t number = first; bdb->value.size < size;) {
        struct wb_bytes page;
        const char *wrong = take_page(bdb, number, &page);
        if (wrong == NULL && page.data[PAGE_TYPE] != TYPE_OVERFLOW)
            wrong = "it is not an overflow page";
        size_t used = wrong == NULL ? u16(bdb, page, PAGE_USED) : 0;
        if (wrong == NULL &&
            (used == 0 || used > page.size - PAGE_HEAD || used > size - bdb->value.size))
            wrong = "the size of its data is wrong";
        if (wrong != NULL) {
            report(bdb, "package %u: page %u: %s", key, number, wrong);
            return false;
        }
        wb_buffer_append(&bdb->value, page.data + PAGE_HEAD, used);
        number = u32(bdb, page, PAGE_NEXT);
    }
    return true;
}

/* One key and its value. Says itself what is wrong; false only when the visitor says so. */
static bool read_pair(struct bdb *bdb, uint32_t page_number, struct wb_bytes key_item,
                      struct wb_bytes value_item, struct wb_error *err)
{
    if (key_item.size != 5 || key_item.data[0] != ITEM_DATA) {
        report(bdb, "page %u: a key that is not a package number", page_number);
        return true;
    }
    uint32_t key = u32(bdb, key_item, 1);
    /* The number that the next package will get. */
    if (key == 0)
        return true;
    if (value_item.data[0] == ITEM_DATA)
        return bdb->visit(bdb->context, (struct wb_bytes){value_item.data + 1, value_item.size - 1},
                          err);
    if (value_item.data[0] != ITEM_OFF_PAGE || value_item.size != ITEM_OFF_PAGE_SIZE) {
        report(bdb, "package %u: page %u: a value of no known kind", key, page_number);
        return true;
    }
    if (!read_overflow(bdb, key, u32(bdb, value_item, 4), u32(bdb, value_item, 8)))
        return true;
    return bdb->visit(bdb->context, wb_buffer_bytes(&bdb->value), err);
}

/* Items lie from the end of the page towards its head, so each ends where the one before begins. */
static bool take_item(const struct bdb *bdb, struct wb_bytes page, size_t index, size_t entries,
                      size_t *end, struct wb_bytes *item)
{
    size_t start = u16(bdb, page, PAGE_HEAD + 2 * index);
    if (start >= *end || start < PAGE_HEAD + 2 * entries)
        return false;
    *item = (struct wb_bytes){page.data + start, *end - start};
    *end = start;
    return true;
}

static bool read_hash_page(struct bdb *bdb, uint32_t number, struct wb_bytes page,
                           struct wb_error *err)
{
    size_t entries = u16(bdb, page, PAGE_ENTRIES), end = page.size;
    if (entries > (page.size - PAGE_HEAD) / 2 || entries % 2 != 0) {
        report(bdb, "page %u: the number of its entries is wrong", number);
        return true;
    }
    for (size_t i = 0; i < entries; i += 2) {
        struct wb_bytes key, value;
        if (!take_item(bdb, page, i, entries, &end, &key) ||
            !take_item(bdb, page, i + 1, entries, &end, &value)) {
            report(bdb, "page %u: entry %zu and those behind it lie at no possible place", number,
                   i);
            return true;
        }
        if (!read_pair(bdb, number, key, value, err))
            return false;
    }
    return true;
}

/* ---- the file ---- */

static bool read_bucket(struct bdb *bdb, uint32_t first, struct wb_error *err)
{
    for (uint32_t number = first; number != 0;) {
        struct wb_bytes page;
        const char *wrong = take_page(bdb, number, &page);
        if (wrong == NULL && page.data[PAGE_TYPE] != TYPE_HASH &&
            page.data[PAGE_TYPE] != TYPE_HASH_UNSORTED)
            wrong = "it is not a hash page";
        if (wrong != NULL) {
            report(bdb, "page %u: %s", number, wrong);
            return true;
        }
        if (!read_hash_page(bdb, number, page, err))
            return false;
        number = u32(bdb, page, PAGE_NEXT);
    }
    return true;
}

/* The pages of each doubling of the table lie together; `spares` says how far they moved. */
static uint64_t bucket_page(const struct bdb *bdb, uint32_t bucket)
{
    size_t doubling = 0;
    for (uint32_t rest = bucket; rest != 0; rest >>= 1)
        doubling++;
    if (doubling >= SPARE_COUNT)
        return UINT64_MAX;
    return (uint64_t)bucket + u32(bdb, bdb->file, META_SPARES + 4 * doubling);
}

static bool read_buckets(struct bdb *bdb, struct wb_error *err)
{
    uint32_t last = u32(bdb, bdb->file, META_MAX_BUCKET);
    for (uint32_t bucket = 0;; bucket++) {
        uint64_t page = bucket_page(bdb, bucket);
        if (page == 0 || page >= bdb->page_count) {
            /* One word for all that follow: there may be billions. */
            report(bdb, "the file has %u pages; buckets %u to %u are missing", bdb->page_count,
                   bucket, last);
            return true;
        }
        if (!read_bucket(bdb, (uint32_t)page, err))
            return false;
        if (bucket == last)
            return true;
    }
}

static bool open_file(struct bdb *bdb, struct wb_error *err)
{
    uint32_t magic = 0;
    if (bdb->file.size < META_SIZE || !wb_bytes_u32le(bdb->file, META_MAGIC, &magic))
        return wb_error_set(err, WB_BAD_INPUT, "the Berkeley DB file ends within its first page");
    bdb->big_endian = magic != MAGIC_HASH && magic != MAGIC_BTREE;
    magic = u32(bdb, bdb->file, META_MAGIC);
    uint32_t version = u32(bdb, bdb->file, META_VERSION);
    if (magic == MAGIC_BTREE)
        return wb_error_set(
            err, WB_BAD_INPUT,
            "a Berkeley DB btree (version %u), as rpm 5 writes it, is not supported", version);
    if (magic != MAGIC_HASH || bdb->file.data[META_TYPE] != TYPE_HASH_META)
        return wb_error_set(err, WB_BAD_INPUT, "not a Berkeley DB hash");
    if (version != 8 && version != 9)
        return wb_error_set(err, WB_BAD_INPUT,
                            "Berkeley DB hash version %u is not supported, only 8 and 9", version);
    if (bdb->file.data[META_ENCRYPTION] != 0 || (bdb->file.data[META_FLAGS] & FLAG_CHECKSUM) != 0)
        return wb_error_set(err, WB_BAD_INPUT,
                            "a Berkeley DB with encryption or checksums is not supported");
    bdb->page_size = u32(bdb, bdb->file, META_PAGE_SIZE);
    if (bdb->page_size < 512 || bdb->page_size > 65536 ||
        (bdb->page_size & (bdb->page_size - 1)) != 0)
        return wb_error_set(err, WB_BAD_INPUT, "a Berkeley DB with pages of %zu bytes",
                            bdb->page_size);
    uint64_t pages = bdb->file.size / bdb->page_size;
    uint64_t stated = (uint64_t)u32(bdb, bdb->file, META_LAST_PAGE) + 1;
    bdb->page_count = (uint32_t)(pages < stated ? pages : stated);
    bdb->seen = wb_allocate_array((size_t)bdb->page_count / 8 + 1, 1);
    return true;
}

bool wb_rpm_bdb_read(struct wb_bytes database, wb_rpm_header_visitor *visit,
                     wb_rpm_damage_visitor *damage, void *context, struct wb_error *err)
{
    __attribute__((cleanup(bdb_clear))) struct bdb bdb = {
        .file = database, .visit = visit, .damage = damage, .context = context};
    return open_file(&bdb, err) && read_buckets(&bdb, err);
}
