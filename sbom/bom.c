/* SPDX-License-Identifier: Apache-2.0 */
/* The document model: making it, adding to it, its names. */
#include "sbom/bom.h"

#define uthash_malloc(size) wb_allocate(size)
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#define LICENCE_PREFIX "LicenseRef-"

/* `<id>\n<text>` of a licence text that was added, and the id it was given. */
struct known_text {
    const char *key;
    const char *id;
    UT_hash_handle hh;
};

/* An id that is taken, and the last number given to later texts of the same id. */
struct known_id {
    const char *id;
    size_t last_number;
    UT_hash_handle hh;
};

struct wb_bom_store {
    struct known_text *texts;
    struct known_id *ids;
    /* Every package that was made, in the document's lists or not: their arrays are on the heap. */
    struct wb_package **packages;
    size_t package_count, package_capacity;
};

struct wb_bom *wb_bom_new(void)
{
    struct wb_bom *bom = wb_allocate(sizeof *bom);
    bom->arena = wb_arena_new();
    bom->store = wb_allocate(sizeof *bom->store);
    return bom;
}

static void free_store(struct wb_bom_store *store)
{
    for (size_t i = 0; i < store->package_count; i++) {
        free(store->packages[i]->relations);
        free(store->packages[i]->owned_files);
        free(store->packages[i]->missing_paths);
    }
    free(store->packages);
    HASH_CLEAR(hh, store->texts);
    HASH_CLEAR(hh, store->ids);
    free(store);
}

void wb_bom_free(struct wb_bom *bom)
{
    if (bom == NULL)
        return;
    free_store(bom->store);
    free(bom->databases);
    free(bom->packages);
    free(bom->residues);
    free(bom->removed);
    free(bom->trusted_keys);
    free(bom->licence_texts);
    free(bom->files);
    free(bom->removed_files);
    free(bom->dependencies);
    free(bom->findings);
    wb_arena_free(bom->arena);
    free(bom);
}

struct wb_package *wb_bom_new_package(struct wb_bom *bom, enum wb_package_kind kind)
{
    struct wb_package *package = wb_arena_allocate(bom->arena, sizeof *package);
    *package = (struct wb_package){
        .kind = kind,
        .state = WB_STATE_INSTALLED,
        .epoch = -1,
        .installed_size = -1,
        .span = {-1, -1, -1},
        .database = -1,
    };
    WB_APPEND(bom->store->packages, bom->store->package_count, bom->store->package_capacity,
              package);
    return package;
}

struct wb_relation *wb_package_add_relation(struct wb_bom *bom, struct wb_package *package,
                                            enum wb_relation_kind kind, unsigned group,
                                            const char *name)
{
    struct wb_relation relation = {
        .kind = kind, .group = group, .name = wb_arena_copy(bom->arena, name)};
    WB_APPEND(package->relations, package->relation_count, package->relation_capacity, relation);
    return &package->relations[package->relation_count - 1];
}

struct wb_owned_file *wb_package_add_owned_file(struct wb_bom *bom, struct wb_package *package,
                                                const char *path)
{
    struct wb_owned_file owned = {.path = wb_arena_copy(bom->arena, path), .size = -1};
    WB_APPEND(package->owned_files, package->owned_file_count, package->owned_file_capacity, owned);
    return &package->owned_files[package->owned_file_count - 1];
}

void wb_bom_add_finding(struct wb_bom *bom, enum wb_severity severity, const char *code, int layer,
                        const char *path, const char *format, ...)
{
    char *message = NULL;
    va_list arguments;
    va_start(arguments, format);
    int size = vasprintf(&message, format, arguments);
    va_end(arguments);
    if (size < 0)
        wb_out_of_memory(0);
    /* What is quoted in the message may be any bytes. */
    struct wb_finding finding = {
        .severity = severity,
        .code = wb_arena_copy(bom->arena, code),
        .message = wb_utf8_escape(bom->arena, message, (size_t)size),
        .path = path == NULL ? NULL : wb_utf8_escape(bom->arena, path, strlen(path)),
        .layer = layer,
    };
    free(message);
    WB_APPEND(bom->findings, bom->finding_count, bom->finding_capacity, finding);
}

/* ---- licence texts ---- */

static bool is_id_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.';
}

/* SPDX 2.3 §10.1: `LicenseRef-` and letters, digits, `.`, `-`. Anything else becomes one `-`. */
static char *licence_id(const char *name)
{
    struct wb_buffer id = {0};
    wb_buffer_append_text(&id, LICENCE_PREFIX);
    if (wb_text_starts_with(name, LICENCE_PREFIX))
        name += strlen(LICENCE_PREFIX);
    bool gap = false;
    for (; *name != '\0'; name++) {
        if (!is_id_character(*name)) {
            gap = id.size > strlen(LICENCE_PREFIX);
            continue;
        }
        if (gap)
            wb_buffer_append(&id, "-", 1);
        gap = false;
        wb_buffer_append(&id, name, 1);
    }
    if (id.size == strlen(LICENCE_PREFIX))
        wb_buffer_append_text(&id, "unnamed");
    return wb_buffer_steal_text(&id);
}

static struct known_id *find_id(const struct wb_bom *bom, const char *id)
{
    struct known_id *known;
    HASH_FIND_STR(bom->store->ids, id, known);
    return known;
}

static const char *take_id(struct wb_bom *bom, const char *id)
{
    struct known_id *known = wb_arena_allocate(bom->arena, sizeof *known);
    known->id = wb_arena_copy(bom->arena, id);
    known->last_number = 1;
    HASH_ADD_KEYPTR(hh, bom->store->ids, known->id, (unsigned)strlen(known->id), known);
    return known->id;
}

static const char *take_free_id(struct wb_bom *bom, const char *wanted)
{
    struct known_id *known = find_id(bom, wanted);
    if (known == NULL)
        return take_id(bom, wanted);
    for (;;) {
        WB_AUTO_STRING numbered = wb_string_format("%s-%zu", wanted, ++known->last_number);
        if (find_id(bom, numbered) == NULL)
            return take_id(bom, numbered);
    }
}

const char *wb_bom_add_licence_text(struct wb_bom *bom, const char *name, const char *text)
{
    WB_AUTO_STRING wanted = licence_id(name);
    WB_AUTO_STRING key = wb_string_format("%s\n%s", wanted, text);
    struct known_text *known;
    HASH_FIND_STR(bom->store->texts, key, known);
    if (known != NULL)
        return known->id;
    known = wb_arena_allocate(bom->arena, sizeof *known);
    known->key = wb_arena_copy(bom->arena, key);
    known->id = take_free_id(bom, wanted);
    HASH_ADD_KEYPTR(hh, bom->store->texts, known->key, (unsigned)strlen(known->key), known);
    struct wb_licence_text licence = {
        .id = known->id,
        .name = wb_arena_copy(bom->arena, name),
        .text = known->key + strlen(wanted) + 1,
    };
    WB_APPEND(bom->licence_texts, bom->licence_text_count, bom->licence_text_capacity, licence);
    return known->id;
}

/* ---- names ---- */

const char *wb_package_kind_name(enum wb_package_kind kind)
{
    return kind == WB_PACKAGE_RPM ? "rpm" : "deb";
}

const char *wb_package_state_name(enum wb_package_state state)
{
    static const char *const names[] = {
        [WB_STATE_INSTALLED] = "installed",
        [WB_STATE_UNPACKED] = "unpacked",
        [WB_STATE_HALF_CONFIGURED] = "half-configured",
        [WB_STATE_HALF_INSTALLED] = "half-installed",
        [WB_STATE_CONFIG_FILES] = "config-files",
        [WB_STATE_NOT_INSTALLED] = "not-installed",
    };
    return names[state];
}

const char *wb_file_status_name(enum wb_file_status status)
{
    static const char *const names[] = {
        [WB_FILE_UNOWNED] = "unowned",
        [WB_FILE_OWNED] = "owned",
        [WB_FILE_MODIFIED] = "modified",
        [WB_FILE_MISSING] = "missing",
    };
    return names[status];
}

const char *wb_relation_kind_name(enum wb_relation_kind kind)
{
    static const char *const names[] = {
        [WB_RELATION_DEPENDS] = "depends",       [WB_RELATION_PRE_DEPENDS] = "pre-depends",
        [WB_RELATION_RECOMMENDS] = "recommends", [WB_RELATION_SUGGESTS] = "suggests",
        [WB_RELATION_PROVIDES] = "provides",     [WB_RELATION_CONFLICTS] = "conflicts",
        [WB_RELATION_BREAKS] = "breaks",         [WB_RELATION_REPLACES] = "replaces",
    };
    return names[kind];
}
