/* SPDX-License-Identifier: Apache-2.0 */
/* Checking an inventory against itself: what it speaks of is there, once, and fits. */
#include "delivery/inventory_private.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define PATH_SIZE_MAX 1024

/* ---- blobs by digest ---- */

static int compare_digests(const struct wb_digest *a, const struct wb_digest *b)
{
    if (a->algorithm != b->algorithm)
        return a->algorithm < b->algorithm ? -1 : 1;
    return memcmp(a->bytes, b->bytes, wb_digest_size(a->algorithm));
}

static int compare_blobs(const void *left, const void *right)
{
    const struct wb_inventory_blob *const *a = left;
    const struct wb_inventory_blob *const *b = right;
    return compare_digests(&(*a)->digest, &(*b)->digest);
}

static int compare_digest_with_blob(const void *key, const void *item)
{
    const struct wb_inventory_blob *const *blob = item;
    return compare_digests(key, &(*blob)->digest);
}

const struct wb_inventory_blob *wb_inventory_find(const struct wb_inventory *inventory,
                                                  const struct wb_digest *digest)
{
    if (inventory->blob_count == 0)
        return NULL;
    const struct wb_inventory_blob *const *found =
        bsearch(digest, inventory->by_digest, inventory->blob_count, sizeof *found,
                compare_digest_with_blob);
    return found == NULL ? NULL : *found;
}

static bool sort_blobs(struct wb_inventory *inventory, struct wb_error *err)
{
    size_t count = inventory->blob_count;
    const struct wb_inventory_blob **sorted =
        wb_arena_allocate(inventory->arena, count * sizeof *sorted);
    for (size_t i = 0; i < count; i++)
        sorted[i] = &inventory->blobs[i];
    qsort(sorted, count, sizeof *sorted, compare_blobs);
    inventory->by_digest = sorted;
    char text[WB_DIGEST_TEXT_SIZE];
    for (size_t i = 1; i < count; i++)
        if (compare_blobs(&sorted[i - 1], &sorted[i]) == 0)
            return wb_error_set(err, WB_BAD_INPUT, "inventory: blob %s is listed twice",
                                wb_digest_format(&sorted[i]->digest, text));
    return true;
}

/* Volumes are filled one after the other, so that each is read in one pass. */
static bool check_order(const struct wb_inventory *inventory, struct wb_error *err)
{
    uint64_t volume = 1, total = 0;
    for (size_t i = 0; i < inventory->blob_count; i++) {
        const struct wb_inventory_blob *blob = &inventory->blobs[i];
        char text[WB_DIGEST_TEXT_SIZE];
        if (blob->size > (uint64_t)INT64_MAX - total)
            return wb_error_set(err, WB_BAD_INPUT, "inventory: the blobs are larger than 8 EiB");
        total += blob->size;
        if (blob->in_base)
            continue;
        if (blob->volume < volume)
            return wb_error_set(err, WB_BAD_INPUT,
                                "inventory: blob %s is on volume %u, the one before it on %" PRIu64,
                                wb_digest_format(&blob->digest, text), blob->volume, volume);
        volume = blob->volume + blob->split_count;
    }
    return true;
}

/* ---- what names blobs ---- */

static bool must_have(const struct wb_inventory *inventory, const struct wb_digest *digest,
                      const char *what, struct wb_error *err)
{
    char text[WB_DIGEST_TEXT_SIZE];
    return wb_inventory_find(inventory, digest) != NULL ||
           wb_error_set(err, WB_BAD_INPUT, "inventory: %s %s is not among the blobs", what,
                        wb_digest_format(digest, text));
}

static bool check_image(const struct wb_inventory *inventory,
                        const struct wb_inventory_image *image, struct wb_error *err)
{
    if (!must_have(inventory, &image->digest, "image", err))
        return false;
    for (size_t i = 0; i < image->signature_count; i++)
        if (!must_have(inventory, &image->signatures[i], "signature", err))
            return false;
    for (size_t i = 0; i < image->attestation_count; i++)
        if (!must_have(inventory, &image->attestations[i].manifest, "attestation", err))
            return false;
    for (size_t i = 0; i < image->platform_count; i++)
        if (!must_have(inventory, &image->platforms[i], "platform manifest", err))
            return false;
    return true;
}

/* ---- index.json's entries ---- */

struct named_digest {
    struct wb_digest digest;
    const char *name; /* "" for none */
};

static int compare_named(const void *left, const void *right)
{
    const struct named_digest *a = left;
    const struct named_digest *b = right;
    int order = compare_digests(&a->digest, &b->digest);
    return order != 0 ? order : strcmp(a->name, b->name);
}

static int compare_texts(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static bool check_entry(const struct wb_inventory *inventory, const json_t *entry,
                        struct named_digest *named, struct wb_error *err)
{
    static const char what[] = "inventory: entry of index.json";
    uint64_t size;
    if (!json_is_object(entry) || wb_json_string_of(entry, "mediaType") == NULL)
        return wb_error_set(err, WB_BAD_INPUT, "%s: not a descriptor", what);
    if (!wb_inventory_digest(entry, what, "digest", &named->digest, err) ||
        !wb_inventory_number(entry, what, "size", false, INT64_MAX, &size, err) ||
        !must_have(inventory, &named->digest, "entry of index.json", err))
        return false;
    if (wb_inventory_find(inventory, &named->digest)->size != size)
        return wb_error_set(err, WB_BAD_INPUT, "%s: its size is not that of the blob", what);
    named->name = wb_json_string_of(json_object_get(entry, "annotations"),
                                    "org.opencontainers.image.ref.name");
    if (named->name == NULL)
        named->name = "";
    return true;
}

/* A name must mean one thing. */
static bool check_names(const struct named_digest *named, size_t count, struct wb_error *err)
{
    const char **names = wb_allocate_array(count + 1, sizeof *names);
    for (size_t i = 0; i < count; i++)
        names[i] = named[i].name;
    qsort(names, count, sizeof *names, compare_texts);
    bool good = true;
    for (size_t i = 1; i < count && good; i++)
        if (names[i][0] != '\0' && strcmp(names[i - 1], names[i]) == 0)
            good = wb_error_set(err, WB_BAD_INPUT, "inventory: two entries are named `%.200s`",
                                names[i]);
    free(names);
    return good;
}

static bool check_listed(const struct wb_inventory *inventory, const struct named_digest *named,
                         size_t count, struct wb_error *err)
{
    for (size_t i = 0; i < inventory->image_count; i++) {
        const struct wb_inventory_image *image = &inventory->images[i];
        const struct named_digest wanted = {image->digest, image->name == NULL ? "" : image->name};
        char text[WB_DIGEST_TEXT_SIZE];
        if (count == 0 || bsearch(&wanted, named, count, sizeof *named, compare_named) == NULL)
            return wb_error_set(err, WB_BAD_INPUT,
                                "inventory: image %s is not an entry of index.json with its name",
                                wb_digest_format(&image->digest, text));
    }
    return true;
}

static bool check_entries(const struct wb_inventory *inventory, struct wb_error *err)
{
    size_t count = json_array_size(inventory->entries);
    struct named_digest *named = wb_arena_allocate(inventory->arena, (count + 1) * sizeof *named);
    for (size_t i = 0; i < count; i++)
        if (!check_entry(inventory, json_array_get(inventory->entries, i), &named[i], err))
            return false;
    if (!check_names(named, count, err))
        return false;
    qsort(named, count, sizeof *named, compare_named);
    return check_listed(inventory, named, count, err);
}

/* ---- files ---- */

bool wb_inventory_path_is_safe(const char *path)
{
    if (strlen(path) > PATH_SIZE_MAX || !wb_utf8_valid(path, strlen(path)))
        return false;
    for (const char *at = path; *at != '\0'; at++)
        if (wb_utf8_control_size(at) > 0 || *at == '\\')
            return false;
    for (const char *at = path;; at++) {
        size_t size = strcspn(at, "/");
        if (size == 0 || size > 255 || (at[0] == '.' && (size == 1 || (size == 2 && at[1] == '.'))))
            return false;
        at += size;
        if (*at == '\0')
            return true;
    }
}

/* `/` sorts first, so that a directory is followed at once by what is in it. */
static int compare_paths(const void *left, const void *right)
{
    const char *a = *(const char *const *)left, *b = *(const char *const *)right;
    while (*a != '\0' && *a == *b)
        a++, b++;
    int first = *a == '/' ? 1 : (unsigned char)*a + (*a == '\0' ? 0 : 2);
    int second = *b == '/' ? 1 : (unsigned char)*b + (*b == '\0' ? 0 : 2);
    return first - second;
}

static bool check_paths(const struct wb_inventory *inventory, struct wb_error *err)
{
    size_t count = inventory->file_count;
    const char **paths = wb_arena_allocate(inventory->arena, (count + 1) * sizeof *paths);
    for (size_t i = 0; i < count; i++)
        paths[i] = inventory->files[i].path;
    qsort(paths, count, sizeof *paths, compare_paths);
    for (size_t i = 1; i < count; i++) {
        size_t size = strlen(paths[i - 1]);
        if (strncmp(paths[i - 1], paths[i], size) == 0 &&
            (paths[i][size] == '\0' || paths[i][size] == '/'))
            return wb_error_set(err, WB_BAD_INPUT,
                                "inventory: file `%.200s` is there twice, or is a directory too",
                                paths[i - 1]);
    }
    return true;
}

static bool check_file(const struct wb_inventory *inventory, const struct wb_inventory_file *file,
                       struct wb_error *err)
{
    if (!wb_inventory_path_is_safe(file->path))
        return wb_error_set(err, WB_BAD_INPUT, "inventory: `%.200s` is no safe name for a file",
                            file->path);
    if (!must_have(inventory, &file->digest, "file", err) ||
        !must_have(inventory, &file->manifest, "manifest of a file", err))
        return false;
    return wb_inventory_find(inventory, &file->digest)->size == file->size ||
           wb_error_set(err, WB_BAD_INPUT,
                        "inventory: file `%.200s` has another size than its blob", file->path);
}

bool wb_inventory_check(struct wb_inventory *inventory, struct wb_error *err)
{
    if (!sort_blobs(inventory, err) || !check_order(inventory, err) ||
        !check_entries(inventory, err))
        return false;
    for (size_t i = 0; i < inventory->image_count; i++)
        if (!check_image(inventory, &inventory->images[i], err))
            return false;
    for (size_t i = 0; i < inventory->file_count; i++)
        if (!check_file(inventory, &inventory->files[i], err))
            return false;
    return check_paths(inventory, err) &&
           (!inventory->has_policy || must_have(inventory, &inventory->policy, "policy", err)) &&
           (!inventory->has_trust || must_have(inventory, &inventory->trust, "trust", err));
}
