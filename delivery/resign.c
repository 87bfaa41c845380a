/* SPDX-License-Identifier: Apache-2.0 */
/* A site's own signature of the inventory, beside the sender's. The head of every volume is written
 * anew; what follows it stays byte for byte. */
#include "delivery/delivery_private.h"
#include "image/volumes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COPY_SIZE ((size_t)1 << 20)

struct volume {
    const char *path;
    struct wb_delivery_head head;
    json_t *entries;          /* the inventory's own */
    uint64_t head_size;       /* of the old head in the file */
    struct wb_output *output; /* written and flushed, not yet in place */
};

static void clear_volumes(struct volume *volumes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        wb_delivery_head_clear(&volumes[i].head);
        json_decref(volumes[i].entries);
        wb_output_free(volumes[i].output);
    }
    free(volumes);
}

/* ---- reading ---- */

/* Written again from its parts, the old head must be what the file begins with: then it is known
 * where it ends. */
static bool check_old_head(struct volume *volume, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) expected = {0};
    if (!wb_delivery_head_index(&volume->head, volume->entries, err) ||
        !wb_delivery_head_write(&volume->head, &expected, err))
        return false;
    WB_AUTO_FD fd = open(volume->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return wb_error_set_errno(err, errno, "%s: cannot open", volume->path);
    uint8_t *found = wb_allocate(expected.size);
    bool good = wb_delivery_read_at(fd, volume->path, 0, found, expected.size, err);
    if (good && memcmp(found, expected.data, expected.size) != 0)
        good = wb_error_set(err, WB_BAD_INPUT,
                            "%s: it is not laid out as `waybill pack` writes it, so nothing can be "
                            "put in its place",
                            volume->path);
    free(found);
    volume->head_size = expected.size;
    return good;
}

/* It is no part of a layout, so it is read from the archive as it lies there. */
static bool read_docker_manifest(struct volume *volume, const struct wb_inventory *inventory,
                                 struct wb_error *err)
{
    struct wb_buffer *content = &volume->head.docker_manifest;
    struct wb_digest digest;
    bool found = true;
    if (!inventory->has_docker_manifest)
        return true;
    WB_AUTO(wb_volumes) *volumes = wb_volumes_open(&volume->path, 1, NULL, 0, err);
    return volumes != NULL &&
           wb_volumes_document(volumes, 0, WB_DOCKER_MANIFEST_NAME, content, &found, err) &&
           wb_digest_bytes(WB_DIGEST_SHA256, wb_buffer_bytes(content), &digest, err) &&
           ((found && wb_digest_equal(&digest, &inventory->docker_manifest)) ||
            wb_error_set(err, WB_CHECK_FAILED,
                         "%s: its " WB_DOCKER_MANIFEST_NAME " is not that of the inventory",
                         volume->path));
}

static bool read_volume(struct volume *volume, struct wb_buffer *payload, struct wb_error *err)
{
    struct wb_reference reference = {.transport = WB_TRANSPORT_OCI_ARCHIVE,
                                     .text = (char *)volume->path,
                                     .path = (char *)volume->path};
    WB_AUTO_VALUE(wb_buffer) found = {0};
    WB_AUTO(wb_layout) *layout = wb_layout_open(&reference, WB_LAYOUT_READ, err);
    if (layout == NULL)
        return false;
    if (!wb_delivery_head_read(layout, &volume->head, &found, err))
        return wb_error_context(err, "%s", volume->path);
    WB_AUTO(wb_inventory) *inventory = wb_inventory_read(wb_buffer_bytes(&found), err);
    if (inventory == NULL)
        return wb_error_context(err, "%s", volume->path);
    volume->entries = json_incref(inventory->json);
    if (payload->size == 0)
        wb_buffer_append(payload, found.data, found.size);
    else if (payload->size != found.size || memcmp(payload->data, found.data, found.size) != 0)
        return wb_error_set(err, WB_CHECK_FAILED, "%s: it is a volume of another delivery",
                            volume->path);
    return read_docker_manifest(volume, inventory, err) && check_old_head(volume, err);
}

/* ---- writing ---- */

static bool copy_rest(const struct volume *volume, struct wb_error *err)
{
    WB_AUTO_FD fd = open(volume->path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    if (fd < 0 || fstat(fd, &status) != 0)
        return wb_error_set_errno(err, errno, "%s: cannot open", volume->path);
    uint8_t *data = wb_allocate(COPY_SIZE);
    bool good = true;
    for (uint64_t at = volume->head_size, end = (uint64_t)status.st_size; at < end && good;) {
        size_t size = end - at < COPY_SIZE ? (size_t)(end - at) : COPY_SIZE;
        good = wb_delivery_read_at(fd, volume->path, at, data, size, err);
        if (good)
            wb_output_write(volume->output, data, size);
        at += size;
    }
    free(data);
    return good;
}

/* The same signature goes into every volume. */
static bool write_volume(struct volume *volume, const struct wb_signed_inventory *added,
                         struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) beginning = {0};
    if (!wb_delivery_head_add(&volume->head, wb_buffer_bytes(&added->manifest),
                              wb_buffer_bytes(&added->bundle), err) ||
        !wb_delivery_head_index(&volume->head, volume->entries, err) ||
        !wb_delivery_head_write(&volume->head, &beginning, err))
        return wb_error_context(err, "%s", volume->path);
    volume->output = wb_output_open(volume->path, err);
    if (volume->output == NULL)
        return false;
    wb_output_write(volume->output, beginning.data, beginning.size);
    return copy_rest(volume, err) &&
           (wb_output_flush(volume->output, err) || wb_error_context(err, "%s", volume->path));
}

static bool resign(struct volume *volumes, size_t count, const struct wb_signer *signer,
                   struct wb_delivery_head *added, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) payload = {0};
    for (size_t i = 0; i < count; i++)
        if (!read_volume(&volumes[i], &payload, err))
            return false;
    if (!wb_delivery_head_sign(added, signer, wb_buffer_bytes(&payload), err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!write_volume(&volumes[i], &added->signatures[0], err))
            return false;
    for (size_t i = 0; i < count; i++)
        if (!wb_output_commit(volumes[i].output, err))
            return wb_error_context(err, "%s", volumes[i].path);
    return true;
}

bool wb_resign(const char *const *paths, size_t count, const struct wb_signer *signer,
               struct wb_error *err)
{
    WB_AUTO_VALUE(wb_delivery_head) added = {0};
    struct volume *volumes = wb_allocate_array(count + 1, sizeof *volumes);
    for (size_t i = 0; i < count; i++)
        volumes[i].path = paths[i];
    bool good = count > 0 ? resign(volumes, count, signer, &added, err)
                          : wb_error_set(err, WB_USAGE, "no delivery to sign");
    clear_volumes(volumes, count);
    return good;
}
