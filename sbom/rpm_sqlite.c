/* SPDX-License-Identifier: Apache-2.0 */
/* rpm's sqlite database, read by SQLite itself from memory. The file may be made to do harm: it
 * gets no views, no functions, no virtual tables, no files and no unlimited time. */
#include "sbom/rpm_private.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TABLE_NAME "Packages"
#define DATABASE_HEAD_SIZE 100
/* What librpm accepts of a header at most. */
#define BLOB_SIZE_MAX (256 << 20)
#define OPERATIONS_PER_CHECK 10000
#define CHECKS_MAX 20000

struct reading {
    sqlite3 *connection;
    struct wb_buffer image; /* outlives the connection */
    unsigned checks;
    wb_rpm_header_visitor *visit;
    wb_rpm_damage_visitor *damage;
    void *context;
};

static void reading_clear(struct reading *reading)
{
    sqlite3_close(reading->connection);
    wb_buffer_clear(&reading->image);
}

static void statement_finalize(sqlite3_stmt **statement)
{
    sqlite3_finalize(*statement);
}
#define AUTO_STATEMENT __attribute__((cleanup(statement_finalize))) sqlite3_stmt

static bool fail(const struct reading *reading, int code, struct wb_error *err)
{
    /* `out of memory` is what SQLite also says of some malformed schemas, so it is no failure of
     * the machine's. */
    if (code == SQLITE_INTERRUPT)
        return wb_error_set(err, WB_BAD_INPUT, "the sqlite database never ends");
    return wb_error_set(err, WB_BAD_INPUT, "the sqlite database cannot be read: %s",
                        sqlite3_errmsg(reading->connection));
}

/* ---- a connection that can do nothing but read ---- */

static int watch(void *context)
{
    struct reading *reading = context;
    return ++reading->checks > CHECKS_MAX;
}

/* Columns of the table and of the schema, and what they are, and nothing else. */
static int authorize(void *context, int action, const char *name, const char *column,
                     const char *schema, const char *origin)
{
    (void)context;
    (void)column;
    (void)schema;
    (void)origin;
    if (action == SQLITE_SELECT)
        return SQLITE_OK;
    if (action == SQLITE_READ && name != NULL &&
        (sqlite3_stricmp(name, TABLE_NAME) == 0 || sqlite3_stricmp(name, "sqlite_master") == 0))
        return SQLITE_OK;
    if (action == SQLITE_PRAGMA && name != NULL && strcmp(name, "table_xinfo") == 0)
        return SQLITE_OK;
    return SQLITE_DENY;
}

static void restrict_connection(struct reading *reading)
{
    static const struct {
        int limit, value;
    } limits[] = {
        {SQLITE_LIMIT_LENGTH, BLOB_SIZE_MAX},
        {SQLITE_LIMIT_SQL_LENGTH, 64 << 10},
        {SQLITE_LIMIT_COLUMN, 100},
        {SQLITE_LIMIT_EXPR_DEPTH, 20},
        {SQLITE_LIMIT_COMPOUND_SELECT, 2},
        {SQLITE_LIMIT_VDBE_OP, 10000},
        {SQLITE_LIMIT_FUNCTION_ARG, 8},
        {SQLITE_LIMIT_ATTACHED, 0},
        {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 64},
        {SQLITE_LIMIT_VARIABLE_NUMBER, 1},
        {SQLITE_LIMIT_TRIGGER_DEPTH, 1},
        {SQLITE_LIMIT_WORKER_THREADS, 0},
    };
    static const struct {
        int option, value;
    } options[] = {
        {SQLITE_DBCONFIG_DEFENSIVE, 1},
        {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
        {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
        {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
    };
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++)
        sqlite3_limit(reading->connection, limits[i].limit, limits[i].value);
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
        sqlite3_db_config(reading->connection, options[i].option, options[i].value, NULL);
    sqlite3_progress_handler(reading->connection, OPERATIONS_PER_CHECK, watch, reading);
}

static bool open_image(struct reading *reading, struct wb_error *err)
{
    if (reading->image.size < DATABASE_HEAD_SIZE)
        return wb_error_set(err, WB_BAD_INPUT, "the sqlite database ends within its header");
    int code =
        sqlite3_open_v2(":memory:", &reading->connection,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_MEMORY | SQLITE_OPEN_NOMUTEX, NULL);
    if (code != SQLITE_OK)
        return fail(reading, code, err);
    restrict_connection(reading);
    code = sqlite3_deserialize(reading->connection, "main", reading->image.data,
                               (sqlite3_int64)reading->image.size,
                               (sqlite3_int64)reading->image.size, SQLITE_DESERIALIZE_READONLY);
    /* Nothing may spill to a file, and cells are checked before they are believed. */
    if (code == SQLITE_OK)
        code = sqlite3_exec(reading->connection,
                            "pragma temp_store = memory; pragma cell_size_check = on", NULL, NULL,
                            NULL);
    if (code == SQLITE_OK)
        code = sqlite3_set_authorizer(reading->connection, authorize, NULL);
    return code == SQLITE_OK || fail(reading, code, err);
}

/* ---- the schema ---- */

static bool starts_with(const char *text, const char *prefix)
{
    return sqlite3_strnicmp(text, prefix, (int)strlen(prefix)) == 0;
}

/* SQLite keeps statements as `CREATE TABLE name...`, however they were given. */
static bool is_ordinary(const char *sql)
{
    return sql == NULL || starts_with(sql, "CREATE TABLE ") || starts_with(sql, "CREATE INDEX ") ||
           starts_with(sql, "CREATE UNIQUE INDEX ");
}

/* Nothing but tables and indexes: rpm makes no more, and more can run code. */
static bool check_schema(const struct reading *reading, bool *has_table, struct wb_error *err)
{
    AUTO_STATEMENT *statement = NULL;
    int code = sqlite3_prepare_v2(reading->connection, "select name, sql from sqlite_master", -1,
                                  &statement, NULL);
    if (code != SQLITE_OK)
        return fail(reading, code, err);
    *has_table = false;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(statement, 0);
        const char *sql = (const char *)sqlite3_column_text(statement, 1);
        if (name == NULL || !is_ordinary(sql))
            return wb_error_set(err, WB_BAD_INPUT,
                                "the sqlite database holds something that is neither a table nor "
                                "an index: %.100s",
                                name == NULL ? "(no name)" : name);
        if (sqlite3_stricmp(name, TABLE_NAME) == 0)
            *has_table = true;
    }
    return code == SQLITE_DONE || fail(reading, code, err);
}

/* A generated column would run the file's own expressions. */
static bool check_columns(const struct reading *reading, struct wb_error *err)
{
    enum { name = 1, hidden = 6 };
    AUTO_STATEMENT *statement = NULL;
    int code = sqlite3_prepare_v2(reading->connection, "pragma main.table_xinfo(" TABLE_NAME ")",
                                  -1, &statement, NULL);
    if (code != SQLITE_OK)
        return fail(reading, code, err);
    while ((code = sqlite3_step(statement)) == SQLITE_ROW)
        if (sqlite3_column_int(statement, hidden) != 0)
            return wb_error_set(err, WB_BAD_INPUT,
                                "the sqlite database's packages have a generated column: %.100s",
                                (const char *)sqlite3_column_text(statement, name));
    return code == SQLITE_DONE || fail(reading, code, err);
}

/* ---- the table ---- */

static void report(const struct reading *reading, sqlite3_int64 number, const char *what)
{
    char message[256];
    snprintf(message, sizeof message, "package %lld: %s", (long long)number, what);
    reading->damage(reading->context, message);
}

static bool read_row(const struct reading *reading, sqlite3_stmt *statement, uint64_t *total,
                     struct wb_error *err)
{
    struct wb_bytes header = {sqlite3_column_blob(statement, 1),
                              (size_t)sqlite3_column_bytes(statement, 1)};
    sqlite3_int64 number = sqlite3_column_int64(statement, 0);
    *total += header.size;
    if (sqlite3_column_type(statement, 1) != SQLITE_BLOB || header.size == 0) {
        report(reading, number, "it has no header");
        return true;
    }
    return reading->visit(reading->context, header, err);
}

static bool read_rows(const struct reading *reading, sqlite3_stmt *statement, struct wb_error *err)
{
    sqlite3_int64 last = 0;
    uint64_t total = 0;
    for (bool first = true;; first = false) {
        int code = sqlite3_step(statement);
        if (code == SQLITE_DONE)
            return true;
        if (code != SQLITE_ROW) {
            if (first || code == SQLITE_INTERRUPT)
                return fail(reading, code, err);
            char message[256];
            snprintf(message, sizeof message, "the packages behind number %lld: %s",
                     (long long)last, sqlite3_errmsg(reading->connection));
            reading->damage(reading->context, message);
            return true;
        }
        sqlite3_int64 number = sqlite3_column_int64(statement, 0);
        if (sqlite3_column_type(statement, 0) != SQLITE_INTEGER || (!first && number <= last)) {
            report(reading, last, "what follows it in the table is out of order");
            return true;
        }
        last = number;
        if (!read_row(reading, statement, &total, err))
            return false;
        /* Each row has pages of its own, unless somebody built a bomb. */
        if (total > reading->image.size) {
            report(reading, last, "the headers up to it are larger than the whole database");
            return true;
        }
    }
}

bool wb_rpm_sqlite_read(struct wb_bytes database, struct wb_bytes wal, wb_rpm_header_visitor *visit,
                        wb_rpm_damage_visitor *damage, void *context, struct wb_error *err)
{
    __attribute__((cleanup(reading_clear))) struct reading reading = {
        .visit = visit, .damage = damage, .context = context};
    bool has_table = false;
    if (!wb_rpm_sqlite_overlay(database, wal, &reading.image, err))
        return false;
    /* To SQLite an empty file is an empty database. */
    if (reading.image.size == 0)
        return true;
    if (!open_image(&reading, err) || !check_schema(&reading, &has_table, err) ||
        !check_columns(&reading, err))
        return false;
    AUTO_STATEMENT *statement = NULL;
    /* A scan of the table itself, which is in the order of hnum: no index to trust, no sorting. */
    int code = sqlite3_prepare_v2(reading.connection,
                                  "select hnum, blob from main." TABLE_NAME " not indexed", -1,
                                  &statement, NULL);
    /* A database that never had a package. */
    if (!has_table && code == SQLITE_ERROR)
        return true;
    if (code != SQLITE_OK)
        return fail(&reading, code, err);
    if (!has_table)
        return wb_error_set(err, WB_BAD_INPUT, "the sqlite database hides its table of packages");
    return read_rows(&reading, statement, err);
}
