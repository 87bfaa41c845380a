/* SPDX-License-Identifier: Apache-2.0 */
/* The list of packages that Azure Linux's images without rpm carry instead of a database. */
#include "sbom/rpm_private.h"

#include <stdio.h>
#include <string.h>

enum field {
    FIELD_NAME,
    FIELD_VERSION, /* version-release */
    FIELD_INSTALL_TIME,
    FIELD_BUILD_TIME,
    FIELD_VENDOR,
    FIELD_EPOCH, /* `(none)` without */
    FIELD_SIZE,
    FIELD_ARCHITECTURE,
    FIELD_EPOCH_NUMBER, /* 0 without */
    FIELD_SOURCE_RPM,
    FIELD_COUNT,
};

struct line {
    const char *fields[FIELD_COUNT];   /* escaped; NULL for empty ones and `(none)` */
    int64_t install_time, epoch, size; /* -1: none */
};

/* Decimal digits and nothing else; -1 for NULL. */
static bool read_number(const char *text, int64_t *number)
{
    *number = -1;
    if (text == NULL)
        return true;
    int64_t value = 0;
    for (const char *at = text; *at != '\0'; at++) {
        if (*at < '0' || *at > '9' || value > (INT64_MAX - 9) / 10)
            return false;
        value = value * 10 + (*at - '0');
    }
    *number = value;
    return true;
}

/* NULL, or what is wrong. */
static const char *split(struct wb_arena *arena, const char *text, size_t size, struct line *line)
{
    size_t count = 0;
    for (const char *end = text + size;; text++) {
        const char *tab = memchr(text, '\t', (size_t)(end - text));
        size_t length = (size_t)((tab == NULL ? end : tab) - text);
        if (count == FIELD_COUNT)
            return "more than ten fields";
        bool none = length == 0 || (length == 6 && memcmp(text, "(none)", 6) == 0);
        line->fields[count++] = none ? NULL : wb_utf8_escape(arena, text, length);
        if (tab == NULL)
            break;
        text = tab;
    }
    if (count < FIELD_COUNT)
        return "fewer than ten fields";
    if (line->fields[FIELD_NAME] == NULL || line->fields[FIELD_VERSION] == NULL)
        return "a package without name or version";
    if (!read_number(line->fields[FIELD_INSTALL_TIME], &line->install_time) ||
        !read_number(line->fields[FIELD_EPOCH], &line->epoch) ||
        !read_number(line->fields[FIELD_SIZE], &line->size))
        return "a number that is none";
    return NULL;
}

static struct wb_package *make_package(struct wb_bom *bom, const struct line *line)
{
    struct wb_package *package = wb_bom_new_package(bom, WB_PACKAGE_RPM);
    const char *version = line->fields[FIELD_VERSION];
    const char *dash = strrchr(version, '-');
    package->name = line->fields[FIELD_NAME];
    package->version =
        dash == NULL ? version : wb_arena_copy_bytes(bom->arena, version, (size_t)(dash - version));
    package->release = dash == NULL ? NULL : dash + 1;
    package->epoch = line->epoch;
    package->evr = package->epoch < 0
                       ? version
                       : wb_arena_format(bom->arena, "%lld:%s", (long long)package->epoch, version);
    package->architecture = line->fields[FIELD_ARCHITECTURE];
    package->supplier = line->fields[FIELD_VENDOR];
    package->has_install_time = line->install_time >= 0;
    package->install_time = package->has_install_time ? line->install_time : 0;
    package->installed_size = line->size;
    wb_rpm_source_set(bom->arena, package, line->fields[FIELD_SOURCE_RPM]);
    return package;
}

bool wb_rpm_manifest_read(struct wb_bytes text, enum wb_read_depth depth, int layer,
                          struct wb_bom *bom, struct wb_database *database,
                          struct wb_package_list *list, struct wb_error *err)
{
    database->format = "rpm-manifest";
    struct wb_rpm_damage damage = {
        .bom = bom, .database = database, .depth = depth, .layer = layer};
    size_t before = list->count, number = 0, size;
    for (size_t at = 0; at < text.size; at += size + 1) {
        const char *start = (const char *)text.data + at;
        const char *newline = memchr(start, '\n', text.size - at);
        size = newline == NULL ? text.size - at : (size_t)(newline - start);
        number++;
        if (size == 0)
            continue;
        struct line line;
        const char *wrong = split(bom->arena, start, size, &line);
        if (wrong == NULL) {
            WB_APPEND(list->packages, list->count, list->capacity, make_package(bom, &line));
            continue;
        }
        char message[96];
        snprintf(message, sizeof message, "line %zu: %s", number, wrong);
        wb_rpm_damage_report(&damage, message);
    }
    database->package_count = list->count - before;
    return wb_rpm_damage_finish(&damage, list->count - before, err);
}
