/* SPDX-License-Identifier: Apache-2.0 */
/* Merging packages and files: what is the same stands once. */
#include "formats/formats_private.h"
#include "formats/merge.h"

#include <stdlib.h>
#include <string.h>

#define uthash_malloc(size) wb_allocate(size)
#include <uthash.h>

struct wb_merge_entry {
    char *key;
    struct wb_package *package;
    struct wb_file *file; /* one of the two */
    UT_hash_handle hh;
};

static struct wb_merge_entry *find(struct wb_merge_entry **table, const char *key, bool *is_new)
{
    struct wb_merge_entry *entry;
    HASH_FIND_STR(*table, key, entry);
    *is_new = entry == NULL;
    if (entry != NULL)
        return entry;
    entry = wb_allocate(sizeof *entry);
    entry->key = wb_string_copy(key);
    HASH_ADD_KEYPTR(hh, *table, entry->key, (unsigned)strlen(entry->key), entry);
    return entry;
}

static void clear_table(struct wb_merge_entry *table)
{
    struct wb_merge_entry *entry, *next;
    HASH_ITER(hh, table, entry, next)
    {
        HASH_DEL(table, entry);
        free(entry->key);
        free(entry);
    }
}

void wb_merge_clear(struct wb_merge *merge)
{
    clear_table(merge->packages);
    clear_table(merge->files);
}

/* ---- packages ---- */

static const char *or_empty(const char *text)
{
    return text == NULL ? "" : text;
}

static void *copy_array(const void *items, size_t count, size_t size)
{
    void *copy = wb_allocate_array(count, size);
    if (count > 0)
        memcpy(copy, items, count * size);
    return copy;
}

#define COPY_ARRAY(package, items, count, capacity)                                                \
    do {                                                                                           \
        (package)->items =                                                                         \
            copy_array((package)->items, (package)->count, sizeof *(package)->items);              \
        (package)->capacity = (package)->count;                                                    \
    } while (0)

/* The strings are the part's; what grows is the copy's own. */
static void copy_package(struct wb_package *copy, const struct wb_package *package)
{
    *copy = *package;
    COPY_ARRAY(copy, relations, relation_count, relation_capacity);
    COPY_ARRAY(copy, owned_files, owned_file_count, owned_file_capacity);
    COPY_ARRAY(copy, missing_paths, missing_path_count, missing_path_capacity);
    COPY_ARRAY(copy, checksums, checksum_count, checksum_capacity);
    COPY_ARRAY(copy, external_references, external_reference_count, external_reference_capacity);
    COPY_ARRAY(copy, properties, property_count, property_capacity);
    /* Layers and databases are the images' own, and numbered there. */
    copy->span = (struct wb_layer_span){-1, -1, -1};
    copy->database = -1;
    copy->has_install_time = false;
    copy->install_time = 0;
}

static int compare_names(const void *name, const void *pair)
{
    return strcmp(name, ((const struct wb_name_value *)pair)->name);
}

/* The expression with the ids of the whole. */
static const char *rename_licences(struct wb_arena *arena, const char *expression,
                                   const struct wb_name_value *licences, size_t count)
{
    static const char id_characters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.";
    if (expression == NULL || count == 0)
        return expression;
    WB_AUTO_VALUE(wb_buffer) text = {0};
    for (const char *at = expression; *at != '\0';) {
        size_t size = strspn(at, id_characters);
        WB_AUTO_STRING id = wb_string_format("%.*s", (int)(size == 0 ? 1 : size), at);
        const struct wb_name_value *renamed =
            bsearch(id, licences, count, sizeof *licences, compare_names);
        wb_buffer_append_text(&text, renamed == NULL ? id : renamed->value);
        at += strlen(id);
    }
    return wb_arena_copy(arena, (const char *)text.data);
}

struct wb_package *wb_merge_package(struct wb_merge *merge, const struct wb_package *package,
                                    const struct wb_name_value *licences, size_t licence_count)
{
    struct wb_arena *arena = merge->bom->arena;
    WB_AUTO_STRING key = wb_string_format(
        "%d\n%d\n%s\n%s\n%s\n%s", (int)package->kind, (int)package->state, package->name,
        or_empty(package->architecture),
        or_empty(package->evr != NULL ? package->evr : package->version), or_empty(package->purl));
    bool is_new;
    struct wb_merge_entry *entry = find(&merge->packages, key, &is_new);
    if (!is_new)
        return entry->package;
    struct wb_package *copy = wb_bom_new_package(merge->bom, package->kind);
    copy_package(copy, package);
    copy->licence = rename_licences(arena, package->licence, licences, licence_count);
    copy->licence_concluded =
        rename_licences(arena, package->licence_concluded, licences, licence_count);
    wb_bom_list_package(merge->bom, copy);
    entry->package = copy;
    return copy;
}

/* ---- images ---- */

struct wb_package *wb_merge_image(struct wb_merge *merge, const struct wb_bom *part)
{
    struct wb_bom *bom = merge->bom;
    WB_AUTO_STRING key = wb_string_format("image\n%s\n%s\n%s", part->source_name,
                                          or_empty(part->source_version), part->content_digest);
    bool is_new;
    struct wb_merge_entry *entry = find(&merge->packages, key, &is_new);
    if (!is_new)
        return entry->package;
    struct wb_package *package = wb_bom_new_package(bom, WB_PACKAGE_OTHER);
    struct wb_actor supplier = wb_image_supplier(bom->arena, part->image);
    package->component_type = "container";
    package->name = part->source_name;
    if (part->image->platform.architecture[0] != '\0')
        package->architecture = part->image->platform.architecture;
    package->version = package->evr = part->source_version;
    package->purl = part->image_purl;
    package->supplier = part->supplier.name != NULL ? part->supplier.name : supplier.name;
    package->supplier_email = part->supplier.name != NULL ? part->supplier.email : supplier.email;
    package->supplier_is_person =
        part->supplier.name != NULL ? part->supplier.is_person : supplier.is_person;
    struct wb_digest digest;
    if (part->image->manifest_digest != NULL &&
        wb_digest_parse(part->image->manifest_digest, &digest, NULL))
        wb_package_add_checksum(package, &digest);
    wb_merge_describe_image(bom, package, part);
    wb_bom_list_package(bom, package);
    entry->package = package;
    return package;
}

/* ---- files ---- */

void wb_merge_file(struct wb_merge *merge, const struct wb_file *file,
                   struct wb_package *const *owners, size_t owner_count)
{
    char hex[65] = "", sha1[41] = "", sha512[129] = "";
    if (file->hashes != NULL && (file->hashes->present & WB_FILE_SHA256) != 0)
        wb_hex_format(file->hashes->sha256, 32, hex);
    if (file->hashes != NULL && (file->hashes->present & WB_FILE_SHA1) != 0)
        wb_hex_format(file->hashes->sha1, 20, sha1);
    if (file->hashes != NULL && (file->hashes->present & WB_FILE_SHA512) != 0)
        wb_hex_format(file->hashes->sha512, 64, sha512);
    WB_AUTO_STRING key =
        wb_string_format("%d %o %u %u %llu %u %s %s %s %s\n%s", (int)file->status, file->mode,
                         file->uid, file->gid, (unsigned long long)file->size, file->owned_flags,
                         hex, sha1, sha512, or_empty(file->capabilities), file->path);
    bool is_new;
    struct wb_merge_entry *entry = find(&merge->files, key, &is_new);
    if (is_new) {
        entry->file = wb_bom_new_file(merge->bom);
        *entry->file = *file;
        entry->file->span = (struct wb_layer_span){-1, -1, -1};
        entry->file->owners = NULL;
        entry->file->owner_count = 0;
        wb_bom_list_file(merge->bom, entry->file);
    }
    for (size_t i = 0; i < owner_count; i++)
        WB_ARENA_APPEND(merge->bom->arena, entry->file->owners, entry->file->owner_count,
                        owners[i]);
}

static int compare_addresses(const void *left, const void *right)
{
    const struct wb_package *a = *(struct wb_package *const *)left;
    const struct wb_package *b = *(struct wb_package *const *)right;
    return ((uintptr_t)a > (uintptr_t)b) - ((uintptr_t)a < (uintptr_t)b);
}

void wb_merge_settle_owners(struct wb_merge *merge)
{
    for (size_t i = 0; i < merge->bom->file_count; i++) {
        struct wb_file *file = merge->bom->files[i];
        size_t kept = 0;
        if (file->owner_count > 1)
            qsort(file->owners, file->owner_count, sizeof(void *), compare_addresses);
        for (size_t k = 0; k < file->owner_count; k++)
            if (kept == 0 || file->owners[kept - 1] != file->owners[k])
                file->owners[kept++] = file->owners[k];
        file->owner_count = kept;
    }
}
