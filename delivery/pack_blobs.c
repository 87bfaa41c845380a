/* SPDX-License-Identifier: Apache-2.0 */
/* The blobs of a delivery that is being packed, each once. */
#include "delivery/pack_private.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <search.h>
#include <string.h>

static int compare_blobs(const void *left, const void *right)
{
    const struct wb_pack_blob *a = left, *b = right;
    if (a->entry.digest.algorithm != b->entry.digest.algorithm)
        return a->entry.digest.algorithm < b->entry.digest.algorithm ? -1 : 1;
    return memcmp(a->entry.digest.bytes, b->entry.digest.bytes,
                  wb_digest_size(a->entry.digest.algorithm));
}

struct wb_pack_blob *wb_pack_blob_find(const struct wb_packing *packing,
                                       const struct wb_digest *digest)
{
    const struct wb_pack_blob wanted = {.entry = {.digest = *digest}};
    struct wb_pack_blob *const *found = tfind(&wanted, &packing->blobs_by_digest, compare_blobs);
    return found == NULL ? NULL : *found;
}

struct wb_pack_blob *wb_pack_blob_add(struct wb_packing *packing, const struct wb_digest *digest,
                                      uint64_t size, const char *role, struct wb_error *err)
{
    char text[WB_DIGEST_TEXT_SIZE];
    struct wb_pack_blob *blob = wb_pack_blob_find(packing, digest);
    const struct wb_inventory_blob *known =
        packing->base == NULL ? NULL : wb_inventory_find(packing->base, digest);
    if (blob != NULL)
        known = &blob->entry;
    if (known != NULL && known->size != size) {
        wb_error_set(err, WB_BAD_INPUT,
                     "%s: a descriptor states %" PRIu64 " bytes, but it has %" PRIu64,
                     wb_digest_format(digest, text), size, known->size);
        return NULL;
    }
    if (blob != NULL)
        return blob;
    if (packing->blob_count >= WB_INVENTORY_BLOBS_MAX) {
        wb_error_set(err, WB_BAD_INPUT, "more than %d blobs: make several deliveries",
                     WB_INVENTORY_BLOBS_MAX);
        return NULL;
    }
    blob = wb_arena_allocate(packing->arena, sizeof *blob);
    blob->entry = (struct wb_inventory_blob){
        .digest = *digest, .size = size, .role = role, .in_base = known != NULL};
    blob->known = known;
    blob->number = packing->blob_count;
    WB_APPEND(packing->blobs, packing->blob_count, packing->blob_capacity, blob);
    if (tsearch(blob, &packing->blobs_by_digest, compare_blobs) == NULL)
        wb_out_of_memory(sizeof *blob);
    return blob;
}

static bool say_missing(const struct wb_digest *digest, const char *media_type,
                        struct wb_error *err)
{
    char text[WB_DIGEST_TEXT_SIZE];
    bool foreign = media_type != NULL && (strstr(media_type, ".foreign.") != NULL ||
                                          strstr(media_type, ".nondistributable.") != NULL);
    return wb_error_set(err, WB_CHECK_FAILED, "%s: %s", wb_digest_format(digest, text),
                        foreign ? "the layer is one that registries do not distribute, and the "
                                  "layout lacks it: get it from where its manifest says, first"
                                : "the blob is missing: copy the whole image first");
}

struct wb_pack_blob *wb_pack_blob_of_layout(struct wb_packing *packing, struct wb_layout *layout,
                                            const struct wb_digest *digest, uint64_t size,
                                            const char *role, const char *media_type,
                                            struct wb_error *err)
{
    struct wb_pack_blob *blob = wb_pack_blob_add(packing, digest, size, role, err);
    if (blob == NULL || blob->layout != NULL || blob->entry.in_base)
        return blob;
    if (blob->content.data == NULL && blob->path == NULL) {
        if (!wb_layout_has_blob(layout, digest)) {
            say_missing(digest, media_type, err);
            return NULL;
        }
        blob->layout = layout;
    }
    return blob;
}

struct wb_pack_blob *wb_pack_blob_of_bytes(struct wb_packing *packing, struct wb_bytes content,
                                           const char *role, struct wb_error *err)
{
    struct wb_digest digest;
    if (!wb_digest_bytes(WB_DIGEST_SHA256, content, &digest, err))
        return NULL;
    struct wb_pack_blob *blob = wb_pack_blob_add(packing, &digest, content.size, role, err);
    if (blob != NULL && blob->layout == NULL && blob->path == NULL && blob->content.data == NULL)
        blob->content = (struct wb_bytes){
            (uint8_t *)wb_arena_copy_bytes(packing->arena, content.data, content.size),
            content.size};
    return blob;
}

static bool read_file(const char *path, uint64_t offset, uint8_t *data, size_t size,
                      struct wb_error *err)
{
    WB_AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return wb_error_set_errno(err, errno, "%s: cannot open", path);
    return wb_delivery_read_at(fd, path, offset, data, size, err);
}

bool wb_pack_blob_read(const struct wb_pack_blob *blob, uint64_t offset, uint8_t *data, size_t size,
                       struct wb_error *err)
{
    if (blob->content.data != NULL) {
        memcpy(data, blob->content.data + offset, size);
        return true;
    }
    if (blob->path != NULL)
        return read_file(blob->path, offset, data, size, err);
    return wb_layout_read_range(blob->layout, &blob->entry.digest, offset, data, size, err);
}

void wb_pack_progress(struct wb_packing *packing, uint64_t bytes)
{
    packing->bytes_done += bytes;
    if (packing->options->progress != NULL)
        packing->options->progress(packing->options->context, packing->bytes_done,
                                   packing->bytes_total);
}
