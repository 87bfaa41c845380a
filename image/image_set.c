/* SPDX-License-Identifier: Apache-2.0 */
/* Opens what a reference means. */
#include "image/image_set_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void wb_store_free(struct wb_store *store)
{
    if (store != NULL)
        store->free(store);
}

/* ---- the set ---- */

struct wb_image *wb_image_new(struct wb_image_set *set, size_t layer_count)
{
    struct wb_image *image = wb_arena_allocate(set->arena, sizeof *image);
    struct wb_image_description *description = &image->description;
    image->arena = set->arena;
    description->layer_count = layer_count;
    description->layers = wb_arena_allocate(set->arena, layer_count * sizeof *description->layers);
    image->places = wb_arena_allocate(set->arena, layer_count * sizeof *image->places);
    for (size_t i = 0; i < layer_count; i++) {
        description->layers[i].size = -1;
        image->places[i].directory_fd = -1;
        image->places[i].archive_fd = -1;
    }
    return image;
}

void wb_image_set_add(struct wb_image_set *set, struct wb_image *image)
{
    WB_APPEND(set->images, set->count, set->capacity, image);
}

void wb_image_set_free(struct wb_image_set *set)
{
    if (set == NULL)
        return;
    free(set->images);
    wb_store_free(set->store);
    wb_arena_free(set->arena);
    free(set);
}

size_t wb_image_set_count(const struct wb_image_set *set)
{
    return set->count;
}

struct wb_image *wb_image_set_get(struct wb_image_set *set, size_t index)
{
    return set->images[index];
}

const struct wb_image_description *wb_image_describe(const struct wb_image *image)
{
    return &image->description;
}

/* ---- opening ---- */

static struct wb_image_set *new_set(void)
{
    struct wb_image_set *set = wb_allocate(sizeof *set);
    set->arena = wb_arena_new();
    return set;
}

/* Whether `skopeo copy` to its own `dir:` made this: an image in pieces, not a root file system. */
static bool is_directory_transport(const char *path)
{
    static const char mark[] = "Directory Transport Version: ";
    WB_AUTO_STRING version_path = wb_string_format("%s/version", path);
    WB_AUTO_VALUE(wb_buffer) version = {0};
    struct wb_error ignored = WB_ERROR_INIT;
    return wb_file_read(AT_FDCWD, version_path, 100, &version, &ignored) &&
           version.size >= sizeof mark - 1 && memcmp(version.data, mark, sizeof mark - 1) == 0;
}

static struct wb_image_set *open_directory(const struct wb_reference *reference,
                                           const struct wb_image_options *options,
                                           struct wb_error *err)
{
    struct stat status;
    if (stat(reference->path, &status) != 0) {
        wb_error_set_errno(err, errno, "cannot open");
        return NULL;
    }
    if (!S_ISDIR(status.st_mode)) {
        wb_error_set(err, WB_BAD_INPUT, "not a directory");
        return NULL;
    }
    if (is_directory_transport(reference->path)) {
        wb_error_set(err, WB_BAD_INPUT,
                     "what skopeo's dir: holds, which is no root file system; `skopeo copy dir:… "
                     "oci:…` makes an image layout of it");
        return NULL;
    }
    WB_AUTO(wb_image_set) *set = new_set();
    struct wb_image *image = wb_image_new(set, 1);
    image->places = NULL;
    image->directory = wb_arena_copy(set->arena, reference->path);
    if (options->platform != NULL)
        image->description.platform = *options->platform;
    wb_image_name_apply(image, reference, &(struct wb_image_name){0});
    wb_image_set_add(set, image);
    return WB_STEAL(set);
}

/* An archive on standard input is a layout when it has what makes one. */
static bool has_layout(struct wb_store *store, bool *found, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) content = {0};
    return store->read(store, "oci-layout", WB_DOCUMENT_SIZE_MAX, &content, found, err);
}

struct wb_image_set *wb_image_set_open_store(struct wb_store *store,
                                             const struct wb_reference *reference,
                                             const struct wb_image_options *options,
                                             struct wb_error *err)
{
    WB_AUTO(wb_image_set) *set = new_set();
    set->store = store;
    bool is_layout = reference->transport != WB_TRANSPORT_DOCKER_ARCHIVE;
    if (reference->transport == WB_TRANSPORT_STREAM && !has_layout(store, &is_layout, err))
        return NULL;
    if (is_layout ? !wb_image_layout_open(set, reference, options, err)
                  : !wb_docker_archive_open(set, reference, options, err))
        return NULL;
    if (store->settle != NULL)
        store->settle(store);
    return WB_STEAL(set);
}

struct wb_image_set *wb_image_set_open(const struct wb_reference *reference,
                                       const struct wb_image_options *options, struct wb_error *err)
{
    struct wb_store *store = NULL;
    switch (reference->transport) {
    case WB_TRANSPORT_DIRECTORY:
        return open_directory(reference, options, err);
    case WB_TRANSPORT_OCI:
        store = wb_store_open_directory(reference->path, err);
        break;
    case WB_TRANSPORT_OCI_ARCHIVE:
    case WB_TRANSPORT_DOCKER_ARCHIVE:
        store = wb_store_open_archive(reference->path, &options->layer, err);
        break;
    case WB_TRANSPORT_STREAM:
        store = wb_store_open_standard_input(&options->layer, err);
        break;
    case WB_TRANSPORT_REGISTRY:
        store = wb_store_open_registry(reference, err);
        break;
    }
    return store == NULL ? NULL : wb_image_set_open_store(store, reference, options, err);
}
