/* SPDX-License-Identifier: Apache-2.0 */
/* rpm's own database format (SUSE): `Packages.db`, as lib/backend/ndb/rpmpkg.c of rpm writes it. */
#include "sbom/sbom.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* All numbers are little-endian. The file is a header and a table of slots in whole pages, then
 * blobs in units of 16 bytes, each between a head and a tail. */
#define PAGE_SIZE ((size_t)4096)
#define UNIT ((size_t)16)
#define SLOT_SIZE ((size_t)16)
#define FIRST_SLOT ((size_t)32)
#define HEAD_SIZE ((size_t)16)
#define TAIL_SIZE ((size_t)12)

struct slot {
    uint32_t package;
    uint32_t block; /* in units */
    uint32_t blocks;
};

struct slots {
    struct slot *items;
    size_t count, capacity;
};

static void slots_free(struct slots *slots)
{
    free(slots->items);
}

struct ndb {
    struct wb_bytes database;
    wb_rpm_damage_visitor *damage;
    void *context;
};

static void report(const struct ndb *ndb, uint32_t package, const char *what)
{
    char message[128];
    snprintf(message, sizeof message, "package %u: %s", package, what);
    ndb->damage(ndb->context, message);
}

static uint32_t number_at(struct wb_bytes bytes, size_t offset)
{
    uint32_t number = 0;
    (void)wb_bytes_u32le(bytes, offset, &number);
    return number;
}

static bool has_magic(struct wb_bytes bytes, size_t offset, const char *magic)
{
    return offset <= bytes.size && bytes.size - offset >= 4 &&
           memcmp(bytes.data + offset, magic, 4) == 0;
}

/* RFC 1950 §8.2; sums are reduced only as often as 32 bits need it. */
static uint32_t adler32(const uint8_t *data, size_t size)
{
    enum { modulus = 65521, longest = 5552 };
    uint32_t a = 1, b = 0;
    while (size > 0) {
        size_t run = size < longest ? size : longest;
        size -= run;
        for (; run > 0; run--) {
            a += *data++;
            b += a;
        }
        a %= modulus;
        b %= modulus;
    }
    return b << 16 | a;
}

static int by_block(const void *left, const void *right)
{
    const struct slot *a = left, *b = right;
    if (a->block != b->block)
        return a->block < b->block ? -1 : 1;
    return (a->package > b->package) - (a->package < b->package);
}

static void find_slots(const struct ndb *ndb, size_t table_size, struct slots *slots)
{
    for (size_t at = FIRST_SLOT; at < table_size; at += SLOT_SIZE) {
        struct slot slot = {
            .package = number_at(ndb->database, at + 4),
            .block = number_at(ndb->database, at + 8),
            .blocks = number_at(ndb->database, at + 12),
        };
        if (!has_magic(ndb->database, at, "Slot")) {
            char message[96];
            snprintf(message, sizeof message, "the slot at offset %zu is not one", at);
            ndb->damage(ndb->context, message);
        } else if (slot.block != 0) {
            WB_APPEND(slots->items, slots->count, slots->capacity, slot);
        }
    }
    if (slots->count > 0)
        qsort(slots->items, slots->count, sizeof *slots->items, by_block);
}

/* NULL and `header` filled in, or what is wrong. */
static const char *read_blob(const struct ndb *ndb, const struct slot *slot, uint64_t area_start,
                             struct wb_bytes *header)
{
    uint64_t start = (uint64_t)slot->block * UNIT, size = (uint64_t)slot->blocks * UNIT;
    if (start < area_start)
        return "its blob overlaps another or the slots";
    if (start > ndb->database.size || size > ndb->database.size - start)
        return "its blob lies beyond the end of the file";
    struct wb_bytes blob = {ndb->database.data + start, (size_t)size};
    if (blob.size < HEAD_SIZE + TAIL_SIZE || !has_magic(blob, 0, "BlbS"))
        return "its blob does not begin as one";
    if (number_at(blob, 4) != slot->package)
        return "its blob belongs to another package";
    uint64_t length = number_at(blob, 12);
    if ((HEAD_SIZE + length + TAIL_SIZE + UNIT - 1) / UNIT != slot->blocks)
        return "its blob has another size than its slot";
    size_t tail = blob.size - TAIL_SIZE;
    if (!has_magic(blob, tail + 8, "BlbE") || number_at(blob, tail + 4) != length)
        return "its blob does not end as one";
    if (number_at(blob, tail) != adler32(blob.data, tail))
        return "the checksum of its blob is wrong";
    *header = (struct wb_bytes){blob.data + HEAD_SIZE, (size_t)length};
    return NULL;
}

bool wb_rpm_ndb_read(struct wb_bytes database, wb_rpm_header_visitor *visit,
                     wb_rpm_damage_visitor *damage, void *context, struct wb_error *err)
{
    const struct ndb ndb = {database, damage, context};
    if (!has_magic(database, 0, "RpmP") || database.size < FIRST_SLOT)
        return wb_error_set(err, WB_BAD_INPUT, "not an NDB database");
    if (number_at(database, 4) != 0)
        return wb_error_set(err, WB_BAD_INPUT, "NDB version %u is not supported",
                            number_at(database, 4));
    uint64_t table_size = (uint64_t)number_at(database, 12) * PAGE_SIZE;
    if (table_size == 0 || table_size > database.size)
        return wb_error_set(err, WB_BAD_INPUT,
                            "the NDB database ends within its table of packages");
    __attribute__((cleanup(slots_free))) struct slots slots = {0};
    find_slots(&ndb, (size_t)table_size, &slots);
    uint64_t area_start = table_size;
    for (size_t i = 0; i < slots.count; i++) {
        const struct slot *slot = &slots.items[i];
        struct wb_bytes header;
        const char *wrong = read_blob(&ndb, slot, area_start, &header);
        if (wrong != NULL) {
            report(&ndb, slot->package, wrong);
            continue;
        }
        area_start = ((uint64_t)slot->block + slot->blocks) * UNIT;
        if (!visit(context, header, err))
            return false;
    }
    return true;
}
