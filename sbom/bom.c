/* SPDX-License-Identifier: Apache-2.0 */
/* The document model: making and filling it. */
#include "sbom/bom.h"

#include <stdlib.h>
#include <string.h>

#define uthash_malloc(size) wb_allocate(size)
#include <uthash.h>

/* Licence texts by what they say and by the id they stand under. */
struct wb_licence_index {
    const char *key;
    const char *id;
    UT_hash_handle hh;
};

struct wb_bom *wb_bom_new(void)
{
    struct wb_bom *bom = wb_allocate(sizeof *bom);
    bom->arena = wb_arena_new();
    return bom;
}

static void free_packages(struct wb_package **packages, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(packages[i]->relations);
        free(packages[i]->owned_files);
        free(packages[i]->missing_paths);
        free(packages[i]->checksums);
        free(packages[i]->external_references);
        free(packages[i]->properties);
    }
}

void wb_bom_free(struct wb_bom *bom)
{
    if (bom == NULL)
        return;
    free_packages(bom->made, bom->made_count);
    free(bom->made);
    free(bom->tools);
    free(bom->databases);
    free(bom->packages);
    free(bom->residues);
    free(bom->removed);
    free(bom->trusted_keys);
    free(bom->licence_texts);
    free(bom->files);
    free(bom->removed_files);
    free(bom->dependencies);
    free(bom->unmet);
    free(bom->findings);
    free(bom->losses);
    HASH_CLEAR(hh, bom->licence_index);
    wb_arena_free(bom->arena);
    free(bom);
}

struct wb_package *wb_bom_new_package(struct wb_bom *bom, enum wb_package_kind kind)
{
    struct wb_package *package = wb_arena_allocate(bom->arena, sizeof *package);
    package->kind = kind;
    package->epoch = -1;
    package->installed_size = -1;
    package->span = (struct wb_layer_span){-1, -1, -1};
    package->database = -1;
    WB_APPEND(bom->made, bom->made_count, bom->made_capacity, package);
    return package;
}

void wb_bom_add_finding(struct wb_bom *bom, enum wb_severity severity, const char *code, int layer,
                        const char *path, const char *format, ...)
{
    char *raw = NULL;
    va_list arguments;
    va_start(arguments, format);
    int size = vasprintf(&raw, format, arguments);
    va_end(arguments);
    if (size < 0)
        wb_out_of_memory(0);
    struct wb_finding finding = {
        .severity = severity,
        .code = wb_arena_copy(bom->arena, code),
        .message = wb_utf8_escape(bom->arena, raw, (size_t)size),
        .path = path == NULL ? NULL : wb_utf8_escape(bom->arena, path, strlen(path)),
        .layer = layer,
    };
    free(raw);
    WB_APPEND(bom->findings, bom->finding_count, bom->finding_capacity, finding);
}

void wb_bom_add_loss(struct wb_bom *bom, const char *field)
{
    for (size_t i = 0; i < bom->loss_count; i++)
        if (strcmp(bom->losses[i].field, field) == 0) {
            bom->losses[i].count++;
            return;
        }
    struct wb_loss loss = {.field = wb_arena_copy(bom->arena, field), .count = 1};
    WB_APPEND(bom->losses, bom->loss_count, bom->loss_capacity, loss);
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
    struct wb_owned_file file = {.path = wb_arena_copy(bom->arena, path), .size = -1};
    WB_APPEND(package->owned_files, package->owned_file_count, package->owned_file_capacity, file);
    return &package->owned_files[package->owned_file_count - 1];
}

/* ---- licence texts ---- */

static struct wb_licence_index *find_key(const struct wb_bom *bom, const char *key)
{
    struct wb_licence_index *found;
    HASH_FIND_STR(bom->licence_index, key, found);
    return found;
}

static void add_key(struct wb_bom *bom, const char *key, const char *id)
{
    struct wb_licence_index *item = wb_arena_allocate(bom->arena, sizeof *item);
    item->key = key;
    item->id = id;
    HASH_ADD_KEYPTR(hh, bom->licence_index, item->key, (unsigned)strlen(item->key), item);
}

/* SPDX 2.3 Annex D: idstring is letters, digits, `-` and `.`. */
static char *licence_id(struct wb_arena *arena, const char *name)
{
    struct wb_buffer id = {0};
    wb_buffer_append_text(&id, "LicenseRef-");
    bool gap = false;
    for (const char *at = name; *at != '\0' && id.size < 80; at++) {
        bool plain = (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') ||
                     (*at >= '0' && *at <= '9') || *at == '.' || *at == '-';
        if (plain && gap && id.data[id.size - 1] != '-')
            wb_buffer_append(&id, "-", 1);
        if (plain)
            wb_buffer_append(&id, at, 1);
        gap = !plain;
    }
    if (id.data[id.size - 1] == '-')
        wb_buffer_append_text(&id, "unnamed");
    char *copy = wb_arena_copy_bytes(arena, id.data, id.size);
    wb_buffer_clear(&id);
    return copy;
}

const char *wb_bom_add_licence_text(struct wb_bom *bom, const char *name, const char *text)
{
    if (text == NULL || *text == '\0')
        text = name;
    const char *base = licence_id(bom->arena, name);
    WB_AUTO_STRING content_key = wb_string_format("%s\n%s", base, text);
    const struct wb_licence_index *known = find_key(bom, content_key);
    if (known != NULL)
        return known->id;
    /* Another text of that name: told apart by its digest, so that adding a package to an image
     * does not renumber the others. */
    const char *id = base;
    struct wb_licence_index *taken = find_key(bom, base);
    if (taken != NULL) {
        struct wb_digest digest;
        char hex[2 * WB_DIGEST_MAX_SIZE + 1];
        struct wb_bytes bytes = {(const uint8_t *)text, strlen(text)};
        if (!wb_digest_bytes(WB_DIGEST_SHA256, bytes, &digest, NULL))
            abort();
        id = wb_arena_format(bom->arena, "%s-%.12s", base, wb_hex_format(digest.bytes, 32, hex));
    } else {
        add_key(bom, base, base);
    }
    add_key(bom, wb_arena_copy(bom->arena, content_key), id);
    struct wb_licence_text licence = {
        .id = id,
        .name = wb_utf8_escape(bom->arena, name, strlen(name)),
        .text = wb_arena_copy(bom->arena, text),
    };
    WB_APPEND(bom->licence_texts, bom->licence_text_count, bom->licence_text_capacity, licence);
    return id;
}

/* ---- names ---- */

const char *wb_package_full_version(const struct wb_package *package)
{
    const char *version = package->evr != NULL ? package->evr : package->version;
    return version == NULL ? "" : version;
}

const char *wb_package_state_name(enum wb_package_state state)
{
    switch (state) {
    case WB_STATE_INSTALLED:
        return "installed";
    case WB_STATE_UNPACKED:
        return "unpacked";
    case WB_STATE_HALF_CONFIGURED:
        return "half-configured";
    case WB_STATE_HALF_INSTALLED:
        return "half-installed";
    case WB_STATE_CONFIG_FILES:
        return "config-files";
    case WB_STATE_NOT_INSTALLED:
        return "not-installed";
    }
    return "unknown";
}

const char *wb_file_status_name(enum wb_file_status status)
{
    switch (status) {
    case WB_FILE_UNOWNED:
        return "unowned";
    case WB_FILE_OWNED:
        return "owned";
    case WB_FILE_MODIFIED:
        return "modified";
    case WB_FILE_MISSING:
        return "missing";
    }
    return "unknown";
}

const char *wb_relation_kind_name(enum wb_relation_kind kind)
{
    switch (kind) {
    case WB_RELATION_DEPENDS:
        return "depends";
    case WB_RELATION_PRE_DEPENDS:
        return "pre-depends";
    case WB_RELATION_RECOMMENDS:
        return "recommends";
    case WB_RELATION_SUGGESTS:
        return "suggests";
    case WB_RELATION_PROVIDES:
        return "provides";
    case WB_RELATION_CONFLICTS:
        return "conflicts";
    case WB_RELATION_BREAKS:
        return "breaks";
    case WB_RELATION_REPLACES:
        return "replaces";
    case WB_RELATION_SUPPLEMENTS:
        return "supplements";
    case WB_RELATION_ENHANCES:
        return "enhances";
    }
    return "unknown";
}

bool wb_dependency_is_weak(const struct wb_dependency *dependency)
{
    return dependency->kind != WB_RELATION_DEPENDS && dependency->kind != WB_RELATION_PRE_DEPENDS;
}

const char *wb_package_kind_name(enum wb_package_kind kind)
{
    switch (kind) {
    case WB_PACKAGE_RPM:
        return "rpm";
    case WB_PACKAGE_DEB:
        return "deb";
    case WB_PACKAGE_OTHER:
        return "other";
    }
    return "unknown";
}
