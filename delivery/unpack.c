/* SPDX-License-Identifier: Apache-2.0 */
/* Taking a verified delivery apart: which images, and their blobs. */
#include "delivery/unpack_private.h"

#include <string.h>

bool wb_unpack_copy(struct wb_unpacking *unpacking, const struct wb_pack_blob *blob,
                    struct wb_output *output, struct wb_error *err)
{
    struct wb_packing *packing = &unpacking->packing;
    const uint64_t chunk_size = packing->inventory.chunk_size, total = blob->entry.size;
    char text[WB_DIGEST_TEXT_SIZE];
    struct wb_digest found;
    WB_AUTO(wb_hasher) *hasher = wb_hasher_new(blob->entry.digest.algorithm, err);
    if (hasher == NULL)
        return false;
    for (uint64_t at = 0; at < total; at += chunk_size) {
        size_t size = total - at < chunk_size ? (size_t)(total - at) : (size_t)chunk_size;
        if (!wb_pack_blob_read(blob, at, packing->buffer, size, err))
            return false;
        wb_hasher_update(hasher, packing->buffer, size);
        wb_output_write(output, packing->buffer, size);
        wb_pack_progress(packing, size);
    }
    wb_hasher_finish(hasher, &found);
    return wb_digest_equal(&found, &blob->entry.digest) ||
           wb_error_set(err, WB_CHECK_FAILED, "%s: the blob was changed since it was verified",
                        wb_digest_format(&blob->entry.digest, text));
}

static bool is_wanted(const struct wb_unpack_options *options,
                      const struct wb_inventory_image *image, bool *seen)
{
    char digest[WB_DIGEST_TEXT_SIZE];
    bool wanted = options->image_count == 0;
    wb_digest_format(&image->digest, digest);
    for (size_t i = 0; i < options->image_count; i++)
        if (strcmp(options->images[i], digest) == 0 ||
            (image->name != NULL && strcmp(options->images[i], image->name) == 0))
            wanted = seen[i] = true;
    return wanted;
}

/* The entry of the image, with what it says beside the name. */
static bool find_entry(const struct wb_layout *layout, const struct wb_inventory_image *image,
                       struct wb_descriptor *found, struct wb_error *err)
{
    size_t count;
    char text[WB_DIGEST_TEXT_SIZE];
    const struct wb_descriptor *entries = wb_layout_entries(layout, &count);
    for (size_t i = 0; i < count; i++) {
        const char *name = wb_descriptor_annotation(&entries[i], WB_REF_NAME);
        if (wb_digest_equal(&entries[i].digest, &image->digest) &&
            (image->name == NULL || (name != NULL && strcmp(name, image->name) == 0))) {
            *found = entries[i];
            return true;
        }
    }
    return wb_error_set(err, WB_CHECK_FAILED, "index.json does not list the image %s",
                        wb_digest_format(&image->digest, text));
}

/* Release files and what else came along, so that what is unpacked will do as a base. */
static bool collect_artifacts(struct wb_unpacking *unpacking, struct wb_error *err)
{
    static const char *const types[] = {WB_FILE_ARTIFACT_TYPE, WB_POLICY_ARTIFACT_TYPE,
                                        WB_TRUST_ARTIFACT_TYPE};
    size_t count;
    const struct wb_descriptor *entries = wb_layout_entries(unpacking->delivery, &count);
    for (size_t i = 0; i < count; i++) {
        const struct wb_descriptor *entry = &entries[i];
        bool wanted = false;
        for (size_t j = 0; entry->artifact_type != NULL && j < sizeof types / sizeof types[0]; j++)
            wanted = wanted || strcmp(entry->artifact_type, types[j]) == 0;
        if (wanted && (wb_pack_document(&unpacking->packing, unpacking->delivery, &entry->digest,
                                        entry->size, NULL, err) == NULL ||
                       !wb_pack_entry(&unpacking->packing, entry, NULL, err)))
            return false;
    }
    return true;
}

static bool collect(struct wb_unpacking *unpacking, struct wb_error *err)
{
    const struct wb_unpack_options *options = unpacking->options;
    const struct wb_inventory *inventory = unpacking->inventory;
    bool *seen = wb_arena_allocate(unpacking->packing.arena, options->image_count + 1);
    for (size_t i = 0; i < inventory->image_count; i++) {
        const struct wb_inventory_image *image = &inventory->images[i];
        struct wb_descriptor entry;
        if (!is_wanted(options, image, seen))
            continue;
        if (!find_entry(unpacking->delivery, image, &entry, err) ||
            !wb_pack_image(&unpacking->packing, unpacking->delivery, &entry, image->name, false,
                           err))
            return false;
    }
    for (size_t i = 0; i < options->image_count; i++)
        if (!seen[i])
            return wb_error_set(err, WB_USAGE, "the delivery has no image `%.200s`",
                                options->images[i]);
    return wb_pack_referrers(&unpacking->packing, err) &&
           (options->form != WB_UNPACK_LAYOUT || collect_artifacts(unpacking, err));
}

bool wb_unpack(struct wb_layout *delivery, const struct wb_inventory *inventory,
               const struct wb_unpack_options *options, const char *output, struct wb_error *err)
{
    const struct wb_pack_options packing = {.progress = options->progress,
                                            .context = options->context};
    struct wb_unpacking unpacking = {
        .delivery = delivery, .inventory = inventory, .options = options};
    wb_packing_begin(&unpacking.packing, &packing);
    bool good = collect(&unpacking, err) && (options->form == WB_UNPACK_DOCKER_ARCHIVE
                                                 ? wb_unpack_docker(&unpacking, output, err)
                                                 : wb_unpack_layout(&unpacking, output, err));
    wb_packing_clear(&unpacking.packing);
    return good;
}
