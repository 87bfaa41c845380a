/* SPDX-License-Identifier: Apache-2.0 */
/* The blobs of an inventory: their sizes, chunks, volumes and splits. */
#include "delivery/inventory_private.h"

#include <inttypes.h>
#include <string.h>

bool wb_inventory_digest(const json_t *object, const char *what, const char *name,
                         struct wb_digest *digest, struct wb_error *err)
{
    const char *text = wb_json_string_of(object, name);
    if (text == NULL)
        return wb_error_set(err, WB_BAD_INPUT, "%s: no `%s`, or not a string", what, name);
    if (!wb_digest_parse(text, digest, err))
        return wb_error_context(err, "%s: `%s`", what, name);
    return true;
}

bool wb_inventory_number(const json_t *object, const char *what, const char *name, bool optional,
                         uint64_t limit, uint64_t *value, struct wb_error *err)
{
    const json_t *member = json_object_get(object, name);
    *value = 0;
    if (member == NULL && optional)
        return true;
    if (!json_is_integer(member))
        return wb_error_set(err, WB_BAD_INPUT, "%s: no `%s`, or not an integer", what, name);
    json_int_t number = json_integer_value(member);
    if (number < 0 || (uint64_t)number > limit)
        return wb_error_set(err, WB_BAD_INPUT, "%s: `%s` is %" JSON_INTEGER_FORMAT, what, name,
                            number);
    *value = (uint64_t)number;
    return true;
}

static const char *role_of(const json_t *json)
{
    static const char *const roles[] = {"manifest",  "index",       "config", "layer",
                                        "signature", "attestation", "sbom",   "file",
                                        "policy",    "trust",       "other"};
    const char *text = wb_json_string_of(json, "role");
    for (size_t i = 0; text != NULL && i < sizeof roles / sizeof roles[0]; i++)
        if (strcmp(text, roles[i]) == 0)
            return roles[i];
    return NULL;
}

/* The digests of the chunks one behind the other, in base64. */
static bool read_chunks(const json_t *json, const char *what, const struct wb_inventory *inventory,
                        struct wb_inventory_blob *blob, struct wb_error *err)
{
    const json_t *member = json_object_get(json, "chunks");
    if (blob->size <= inventory->chunk_size)
        return member == NULL ||
               wb_error_set(err, WB_BAD_INPUT, "%s: `chunks` of a blob that has only one", what);
    uint64_t count = (blob->size - 1) / inventory->chunk_size + 1;
    /* Compared before anything is multiplied or allocated. */
    size_t length = json_string_length(member);
    WB_AUTO_VALUE(wb_buffer) bytes = {0};
    if (!json_is_string(member) || count > length || length != (count * 32 + 2) / 3 * 4 ||
        !wb_base64_decode(json_string_value(member), length, &bytes) || bytes.size != count * 32)
        return wb_error_set(err, WB_BAD_INPUT,
                            "%s: `chunks` is not the base64 of %" PRIu64 " SHA-256 digests", what,
                            count);
    blob->chunk_count = (size_t)count;
    blob->chunks = wb_arena_allocate(inventory->arena, bytes.size);
    memcpy(blob->chunks, bytes.data, bytes.size);
    return true;
}

static bool read_splits(const json_t *json, const char *what, const struct wb_inventory *inventory,
                        struct wb_inventory_blob *blob, struct wb_error *err)
{
    const json_t *member = json_object_get(json, "splits");
    if (member == NULL)
        return true;
    size_t count = json_array_size(member);
    if (count == 0 || count > inventory->volume_count - blob->volume)
        return wb_error_set(err, WB_BAD_INPUT, "%s: `splits` goes beyond the last volume", what);
    blob->splits = wb_arena_allocate(inventory->arena, count * sizeof *blob->splits);
    uint64_t before = 0;
    for (; blob->split_count < count; blob->split_count++) {
        const json_t *number = json_array_get(member, blob->split_count);
        json_int_t offset = json_is_integer(number) ? json_integer_value(number) : -1;
        if (offset <= 0 || (uint64_t)offset <= before || (uint64_t)offset >= blob->size ||
            (uint64_t)offset % inventory->chunk_size != 0)
            return wb_error_set(
                err, WB_BAD_INPUT,
                "%s: `splits` are not ascending multiples of the chunk size within the blob", what);
        before = blob->splits[blob->split_count] = (uint64_t)offset;
    }
    return true;
}

/* Where the blob is: in the base, or from a volume on. */
static bool read_place(const json_t *json, const char *what, const struct wb_inventory *inventory,
                       struct wb_inventory_blob *blob, struct wb_error *err)
{
    const json_t *in_base = json_object_get(json, "inBase");
    blob->in_base = json_is_true(in_base);
    if (in_base != NULL && !blob->in_base)
        return wb_error_set(err, WB_BAD_INPUT, "%s: `inBase` may only be true", what);
    if (blob->in_base) {
        if (!inventory->has_base || json_object_get(json, "volume") != NULL ||
            json_object_get(json, "splits") != NULL)
            return wb_error_set(err, WB_BAD_INPUT,
                                "%s: `inBase` without a base, or together with a volume", what);
        return true;
    }
    uint64_t volume;
    if (!wb_inventory_number(json, what, "volume", false, inventory->volume_count, &volume, err))
        return false;
    if (volume == 0)
        return wb_error_set(err, WB_BAD_INPUT, "%s: volumes are counted from 1", what);
    blob->volume = (unsigned)volume;
    return read_splits(json, what, inventory, blob, err);
}

static bool read_blob(const json_t *json, const struct wb_inventory *inventory, size_t number,
                      struct wb_inventory_blob *blob, struct wb_error *err)
{
    static const char *const names[] = {"digest", "size",   "role",   "chunks",
                                        "inBase", "volume", "splits", NULL};
    char what[WB_DIGEST_TEXT_SIZE + 40];
    snprintf(what, sizeof what, "inventory: blob %zu", number + 1);
    if (!wb_envelope_only_members(json, what, names, err) ||
        !wb_inventory_digest(json, what, "digest", &blob->digest, err))
        return false;
    char text[WB_DIGEST_TEXT_SIZE];
    snprintf(what, sizeof what, "inventory: blob %s", wb_digest_format(&blob->digest, text));
    if (!wb_inventory_number(json, what, "size", false, INT64_MAX, &blob->size, err))
        return false;
    blob->role = role_of(json);
    if (blob->role == NULL)
        return wb_error_set(err, WB_BAD_INPUT, "%s: `role` is none that is known", what);
    return read_chunks(json, what, inventory, blob, err) &&
           read_place(json, what, inventory, blob, err);
}

bool wb_inventory_read_blobs(const json_t *predicate, struct wb_inventory *inventory,
                             struct wb_error *err)
{
    const json_t *list = wb_json_array_of(predicate, "blobs");
    size_t count = json_array_size(list);
    if (count == 0 || count > WB_INVENTORY_BLOBS_MAX)
        return wb_error_set(err, WB_BAD_INPUT, "inventory: %zu blobs, not 1 to %d", count,
                            WB_INVENTORY_BLOBS_MAX);
    inventory->blobs = wb_arena_allocate(inventory->arena, count * sizeof *inventory->blobs);
    for (; inventory->blob_count < count; inventory->blob_count++)
        if (!read_blob(json_array_get(list, inventory->blob_count), inventory,
                       inventory->blob_count, &inventory->blobs[inventory->blob_count], err))
            return false;
    return true;
}

bool wb_inventory_check_subjects(const json_t *subjects, const struct wb_inventory *inventory,
                                 struct wb_error *err)
{
    static const char *const names[] = {"digest", NULL};
    if (!json_is_array(subjects) || json_array_size(subjects) != inventory->blob_count)
        return wb_error_set(err, WB_BAD_INPUT, "inventory: %zu subjects for %zu blobs",
                            json_array_size(subjects), inventory->blob_count);
    for (size_t i = 0; i < inventory->blob_count; i++) {
        const struct wb_digest *digest = &inventory->blobs[i].digest;
        const json_t *subject = json_array_get(subjects, i);
        if (!wb_envelope_only_members(subject, "inventory: subject", names, err))
            return false;
        char hex[2 * WB_DIGEST_MAX_SIZE + 1];
        wb_hex_format(digest->bytes, wb_digest_size(digest->algorithm), hex);
        const json_t *digests = json_object_get(subject, "digest");
        const char *stated = wb_json_string_of(digests, wb_digest_name(digest->algorithm));
        if (json_object_size(digests) != 1 || stated == NULL || strcmp(stated, hex) != 0)
            return wb_error_set(err, WB_BAD_INPUT, "inventory: subject %zu is not blob %zu (%s)",
                                i + 1, i + 1, hex);
    }
    return true;
}
