/* SPDX-License-Identifier: Apache-2.0 */
/* An rpm database of whatever format: from its bytes to packages, trusted keys and findings. */
#include "sbom/rpm_private.h"

#include <stdio.h>
#include <string.h>

#define FINDINGS_MAX 100

/* ---- formats ---- */

enum wb_rpm_database_format wb_rpm_database_detect(struct wb_bytes database)
{
    static const char sqlite_magic[] = "SQLite format 3";
    static const uint32_t hash_magic = 0x061561;
    static const uint32_t other_magics[] = {0x053162, 0x042253, 0x074582}; /* btree, queue, heap */
    if (database.size >= sizeof sqlite_magic &&
        memcmp(database.data, sqlite_magic, sizeof sqlite_magic) == 0)
        return WB_RPM_SQLITE;
    if (database.size >= 4 && memcmp(database.data, "RpmP", 4) == 0)
        return WB_RPM_NDB;
    uint32_t little, big, little_version, big_version;
    if (!wb_bytes_u32le(database, 12, &little) || !wb_bytes_u32be(database, 12, &big) ||
        !wb_bytes_u32le(database, 16, &little_version) ||
        !wb_bytes_u32be(database, 16, &big_version))
        return WB_RPM_UNKNOWN;
    if (little == hash_magic || big == hash_magic) {
        uint32_t version = little == hash_magic ? little_version : big_version;
        return version == 8 || version == 9 ? WB_RPM_BDB_HASH : WB_RPM_BDB_OTHER;
    }
    for (size_t i = 0; i < sizeof other_magics / sizeof other_magics[0]; i++)
        if (little == other_magics[i] || big == other_magics[i])
            return WB_RPM_BDB_OTHER;
    return WB_RPM_UNKNOWN;
}

static const char *format_name(enum wb_rpm_database_format format)
{
    switch (format) {
    case WB_RPM_SQLITE:
        return "rpm-sqlite";
    case WB_RPM_NDB:
        return "rpm-ndb";
    case WB_RPM_BDB_HASH:
    case WB_RPM_BDB_OTHER:
        return "rpm-bdb";
    case WB_RPM_UNKNOWN:
        break;
    }
    return "rpm";
}

/* ---- damage ---- */

void wb_rpm_damage_report(struct wb_rpm_damage *damage, const char *message)
{
    struct wb_database *database = damage->database;
    if (database->unreadable_count++ == 0)
        snprintf(damage->first, sizeof damage->first, "%s", message);
    if (damage->depth == WB_READ_ALL && database->unreadable_count <= FINDINGS_MAX)
        wb_bom_add_finding(damage->bom, WB_SEVERITY_WARNING, "package-unreadable", damage->layer,
                           database->path, "/%s: %s", database->path, message);
}

bool wb_rpm_damage_finish(struct wb_rpm_damage *damage, size_t read_count, struct wb_error *err)
{
    struct wb_database *database = damage->database;
    if (database->unreadable_count > 0 && read_count == 0)
        return wb_error_set(err, WB_BAD_INPUT, "none of its entries can be read: %s",
                            damage->first);
    if (damage->depth == WB_READ_ALL && database->unreadable_count > FINDINGS_MAX)
        wb_bom_add_finding(damage->bom, WB_SEVERITY_WARNING, "package-unreadable", damage->layer,
                           database->path, "/%s: %zu more entries cannot be read", database->path,
                           database->unreadable_count - FINDINGS_MAX);
    return true;
}

/* ---- reading ---- */

struct reading {
    struct wb_bom *bom;
    struct wb_package_list *list;
    struct wb_rpm_damage damage;
    size_t read_count; /* packages and keys */
};

static bool visit_header(void *context, struct wb_bytes header, struct wb_error *err)
{
    struct reading *reading = context;
    struct wb_error failure = WB_ERROR_INIT;
    if (wb_rpm_header_decode(header, reading->damage.depth, reading->bom, reading->list,
                             &failure)) {
        reading->read_count++;
        return true;
    }
    if (failure.status != WB_BAD_INPUT)
        return wb_error_set(err, failure.status, "%s", failure.message);
    wb_rpm_damage_report(&reading->damage, failure.message);
    return true;
}

static void visit_damage(void *context, const char *message)
{
    struct reading *reading = context;
    wb_rpm_damage_report(&reading->damage, message);
}

static bool read_format(enum wb_rpm_database_format format, struct wb_bytes database,
                        struct wb_bytes wal, struct reading *reading, struct wb_error *err)
{
    switch (format) {
    case WB_RPM_SQLITE:
        return wb_rpm_sqlite_read(database, wal, visit_header, visit_damage, reading, err);
    case WB_RPM_NDB:
        return wb_rpm_ndb_read(database, visit_header, visit_damage, reading, err);
    case WB_RPM_BDB_HASH:
    case WB_RPM_BDB_OTHER:
        return wb_rpm_bdb_read(database, visit_header, visit_damage, reading, err);
    case WB_RPM_UNKNOWN:
        break;
    }
    /* An empty file is an empty database, to rpm too. */
    if (database.size == 0)
        return true;
    return wb_error_set(err, WB_BAD_INPUT, "neither sqlite, NDB nor Berkeley DB");
}

bool wb_rpm_database_read(struct wb_bytes database_image, struct wb_bytes wal,
                          enum wb_read_depth depth, int layer, struct wb_bom *bom,
                          struct wb_database *database, struct wb_package_list *list,
                          struct wb_error *err)
{
    enum wb_rpm_database_format format = wb_rpm_database_detect(database_image);
    /* All of a young database may still be in its log. */
    if (database_image.size == 0 && wal.size > 0)
        format = WB_RPM_SQLITE;
    struct reading reading = {
        .bom = bom,
        .list = list,
        .damage = {.bom = bom, .database = database, .depth = depth, .layer = layer},
    };
    size_t before = list->count;
    database->format = format_name(format);
    if (!read_format(format, database_image, wal, &reading, err) ||
        !wb_rpm_damage_finish(&reading.damage, reading.read_count, err))
        return false;
    database->package_count = list->count - before;
    return true;
}
