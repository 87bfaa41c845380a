/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the statement that lists all of a delivery. */
#include "delivery/inventory_private.h"

#include <stdlib.h>
#include <string.h>

void wb_inventory_free(struct wb_inventory *inventory)
{
    if (inventory == NULL)
        return;
    json_decref(inventory->json);
    wb_arena_free(inventory->arena);
}

/* A member that must be a time exactly as wb_time_format writes it. */
static bool read_time(const json_t *predicate, const char *name, int64_t *seconds,
                      struct wb_error *err)
{
    const char *text = wb_json_string_of(predicate, name);
    char again[WB_TIME_TEXT_SIZE];
    if (text == NULL || !wb_time_parse(text, seconds) ||
        strcmp(wb_time_format(*seconds, again), text) != 0)
        return wb_error_set(err, WB_BAD_INPUT,
                            "inventory: `%s` is not a time like 2030-12-31T00:00:00Z", name);
    return true;
}

/* A member that is absent or a digest. */
static bool read_optional_digest(const json_t *predicate, const char *name, bool *has,
                                 struct wb_digest *digest, struct wb_error *err)
{
    *has = json_object_get(predicate, name) != NULL;
    return !*has || wb_inventory_digest(predicate, "inventory", name, digest, err);
}

/* What the list of blobs is read by comes first. */
static bool read_head(const json_t *predicate, struct wb_inventory *inventory, struct wb_error *err)
{
    uint64_t volumes;
    if (!wb_envelope_text(predicate, "inventory", "name", true, inventory->arena, &inventory->name,
                          err) ||
        !wb_inventory_number(predicate, "inventory", "sequence", false, INT64_MAX,
                             &inventory->sequence, err) ||
        !read_time(predicate, "issued", &inventory->issued, err) ||
        !wb_inventory_number(predicate, "inventory", "chunkSize", false, WB_CHUNK_SIZE_MAX,
                             &inventory->chunk_size, err) ||
        !wb_inventory_number(predicate, "inventory", "volumes", false, WB_INVENTORY_VOLUMES_MAX,
                             &volumes, err) ||
        !read_optional_digest(predicate, "base", &inventory->has_base, &inventory->base, err) ||
        !read_optional_digest(predicate, "policy", &inventory->has_policy, &inventory->policy,
                              err) ||
        !read_optional_digest(predicate, "trust", &inventory->has_trust, &inventory->trust, err) ||
        !read_optional_digest(predicate, "dockerManifest", &inventory->has_docker_manifest,
                              &inventory->docker_manifest, err))
        return false;
    inventory->has_expiry = json_object_get(predicate, "expires") != NULL;
    if (inventory->has_expiry && !read_time(predicate, "expires", &inventory->expires, err))
        return false;
    if (inventory->has_expiry && inventory->expires < inventory->issued)
        return wb_error_set(err, WB_BAD_INPUT, "inventory: it expired before it was issued");
    if (volumes == 0)
        return wb_error_set(err, WB_BAD_INPUT, "inventory: no volume");
    if (inventory->chunk_size < WB_CHUNK_SIZE_MIN ||
        (inventory->chunk_size & (inventory->chunk_size - 1)) != 0)
        return wb_error_set(err, WB_BAD_INPUT,
                            "inventory: `chunkSize` is not a power of two of at least 64 KiB");
    if (inventory->has_base && inventory->base.algorithm != WB_DIGEST_SHA256)
        return wb_error_set(err, WB_BAD_INPUT, "inventory: `base` is not a SHA-256 digest");
    if (inventory->has_docker_manifest &&
        (inventory->docker_manifest.algorithm != WB_DIGEST_SHA256 || volumes > 1))
        return wb_error_set(err, WB_BAD_INPUT,
                            "inventory: `dockerManifest` is not a SHA-256 digest, or that of "
                            "several volumes, which have none");
    inventory->volume_count = (unsigned)volumes;
    return true;
}

static bool read_digests(const json_t *json, const char *name, struct wb_arena *arena,
                         struct wb_digest **digests, size_t *count, struct wb_error *err)
{
    const json_t *list = json_object_get(json, name);
    if (!json_is_array(list))
        return wb_error_set(err, WB_BAD_INPUT, "inventory: image: no list `%s`", name);
    size_t size = json_array_size(list);
    *digests = wb_arena_allocate(arena, (size + 1) * sizeof **digests);
    for (*count = 0; *count < size; ++*count) {
        const char *text = json_string_value(json_array_get(list, *count));
        if (text == NULL)
            return wb_error_set(err, WB_BAD_INPUT, "inventory: image: `%s` is no list of digests",
                                name);
        if (!wb_digest_parse(text, &(*digests)[*count], err))
            return wb_error_context(err, "inventory: image: `%s`", name);
    }
    return true;
}

static bool read_attestations(const json_t *json, struct wb_arena *arena,
                              struct wb_inventory_image *image, struct wb_error *err)
{
    static const char *const names[] = {"predicateType", "manifest", NULL};
    static const char what[] = "inventory: attestation of an image";
    const json_t *list = json_object_get(json, "attestations");
    if (!json_is_array(list))
        return wb_error_set(err, WB_BAD_INPUT, "inventory: image: no list `attestations`");
    size_t count = json_array_size(list);
    image->attestations = wb_arena_allocate(arena, (count + 1) * sizeof *image->attestations);
    for (; image->attestation_count < count; image->attestation_count++) {
        const json_t *item = json_array_get(list, image->attestation_count);
        struct wb_inventory_attestation *attestation =
            &image->attestations[image->attestation_count];
        if (!wb_envelope_only_members(item, what, names, err) ||
            !wb_envelope_text(item, what, "predicateType", false, arena,
                              &attestation->predicate_type, err) ||
            !wb_inventory_digest(item, what, "manifest", &attestation->manifest, err))
            return false;
    }
    return true;
}

static bool read_image(const json_t *json, struct wb_arena *arena, struct wb_inventory_image *image,
                       struct wb_error *err)
{
    static const char *const names[] = {"name",         "digest",    "signatures",
                                        "attestations", "platforms", NULL};
    return wb_envelope_only_members(json, "inventory: image", names, err) &&
           wb_envelope_text(json, "inventory: image", "name", true, arena, &image->name, err) &&
           wb_inventory_digest(json, "inventory: image", "digest", &image->digest, err) &&
           read_digests(json, "signatures", arena, &image->signatures, &image->signature_count,
                        err) &&
           read_attestations(json, arena, image, err) &&
           read_digests(json, "platforms", arena, &image->platforms, &image->platform_count, err);
}

static bool read_images(const json_t *predicate, struct wb_inventory *inventory,
                        struct wb_error *err)
{
    const json_t *list = json_object_get(predicate, "images");
    if (!json_is_array(list))
        return wb_error_set(err, WB_BAD_INPUT, "inventory: no list `images`");
    size_t count = json_array_size(list);
    inventory->images =
        wb_arena_allocate(inventory->arena, (count + 1) * sizeof *inventory->images);
    for (; inventory->image_count < count; inventory->image_count++)
        if (!read_image(json_array_get(list, inventory->image_count), inventory->arena,
                        &inventory->images[inventory->image_count], err))
            return false;
    return true;
}

static bool read_files(const json_t *predicate, struct wb_inventory *inventory,
                       struct wb_error *err)
{
    static const char *const names[] = {"path", "digest", "size", "manifest", NULL};
    static const char what[] = "inventory: file";
    const json_t *list = json_object_get(predicate, "files");
    if (!json_is_array(list))
        return wb_error_set(err, WB_BAD_INPUT, "inventory: no list `files`");
    size_t count = json_array_size(list);
    inventory->files = wb_arena_allocate(inventory->arena, (count + 1) * sizeof *inventory->files);
    for (; inventory->file_count < count; inventory->file_count++) {
        const json_t *item = json_array_get(list, inventory->file_count);
        struct wb_inventory_file *file = &inventory->files[inventory->file_count];
        if (!wb_envelope_only_members(item, what, names, err) ||
            !wb_envelope_text(item, what, "path", false, inventory->arena, &file->path, err) ||
            !wb_inventory_digest(item, what, "digest", &file->digest, err) ||
            !wb_inventory_number(item, what, "size", false, INT64_MAX, &file->size, err) ||
            !wb_inventory_digest(item, what, "manifest", &file->manifest, err))
            return false;
    }
    return true;
}

static bool read_predicate(const json_t *statement, struct wb_inventory *inventory,
                           struct wb_error *err)
{
    static const char *const names[] = {
        "name",  "sequence",       "issued", "expires", "chunkSize", "volumes", "base", "policy",
        "trust", "dockerManifest", "images", "files",   "entries",   "blobs",   NULL};
    const json_t *predicate = json_object_get(statement, "predicate");
    if (!wb_envelope_only_members(predicate, "inventory", names, err) ||
        !read_head(predicate, inventory, err) || !read_images(predicate, inventory, err) ||
        !read_files(predicate, inventory, err) ||
        !wb_inventory_read_blobs(predicate, inventory, err) ||
        !wb_inventory_check_subjects(json_object_get(statement, "subject"), inventory, err))
        return false;
    json_t *entries = wb_json_array_of(predicate, "entries");
    if (entries == NULL)
        return wb_error_set(err, WB_BAD_INPUT, "inventory: no list `entries`");
    /* All else was copied, and need not stay in memory twice. */
    inventory->json = json_incref(entries);
    inventory->entries = entries;
    return true;
}

static bool is_text(const json_t *json, const char *name, const char *wanted)
{
    const char *text = wb_json_string_of(json, name);
    return text != NULL && strcmp(text, wanted) == 0;
}

struct wb_inventory *wb_inventory_read(struct wb_bytes statement, struct wb_error *err)
{
    static const char *const names[] = {"_type", "subject", "predicateType", "predicate", NULL};
    if (statement.size > WB_INVENTORY_SIZE_MAX) {
        wb_error_set(err, WB_BAD_INPUT, "inventory: %zu bytes, more than the %zu it may have",
                     statement.size, WB_INVENTORY_SIZE_MAX);
        return NULL;
    }
    WB_AUTO_JSON json = wb_envelope_parse(statement, "inventory", err);
    if (json == NULL || !wb_envelope_only_members(json, "inventory statement", names, err))
        return NULL;
    if (!is_text(json, "_type", WB_STATEMENT_V1) ||
        !is_text(json, "predicateType", WB_INVENTORY_PREDICATE_TYPE)) {
        wb_error_set(err, WB_BAD_INPUT,
                     "inventory: not an in-toto statement v1 of type " WB_INVENTORY_PREDICATE_TYPE);
        return NULL;
    }
    struct wb_arena *arena = wb_arena_new();
    WB_AUTO(wb_inventory) *inventory = wb_arena_allocate(arena, sizeof *inventory);
    inventory->arena = arena;
    if (!read_predicate(json, inventory, err) || !wb_inventory_check(inventory, err) ||
        !wb_digest_bytes(WB_DIGEST_SHA256, statement, &inventory->payload_digest, err))
        return NULL;
    return WB_STEAL(inventory);
}
