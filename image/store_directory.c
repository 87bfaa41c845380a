/* SPDX-License-Identifier: Apache-2.0 */
/* An OCI image layout in a directory. */
#include "image/store_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct directory_store {
    struct wb_store store;
    int fd;
    struct wb_arena *arena;
};

/* Only names that this program made up itself, or made of a checked digest, become paths. */
static bool name_is_safe(const char *name)
{
    struct wb_digest digest;
    return strcmp(name, "oci-layout") == 0 || strcmp(name, "index.json") == 0 ||
           wb_blob_name_digest(name, &digest);
}

static bool look(const struct directory_store *store, const char *name, struct stat *status,
                 bool *found, struct wb_error *err)
{
    *found = name_is_safe(name) && fstatat(store->fd, name, status, 0) == 0;
    if (!*found && name_is_safe(name) && errno != ENOENT && errno != ENOTDIR)
        return wb_error_set_errno(err, errno, "%s: cannot open", name);
    if (*found && !S_ISREG(status->st_mode))
        return wb_error_set(err, WB_BAD_INPUT, "%s: not a regular file", name);
    return true;
}

static bool read_file(struct wb_store *base, const char *name, size_t limit,
                      struct wb_buffer *content, bool *found, struct wb_error *err)
{
    struct directory_store *store = (struct directory_store *)base;
    struct stat status;
    if (!look(store, name, &status, found, err))
        return false;
    return !*found || wb_file_read(store->fd, name, limit, content, err);
}

static bool find_layer(struct wb_store *base, const char *name, struct wb_layer_place *place,
                       bool *found, struct wb_error *err)
{
    struct directory_store *store = (struct directory_store *)base;
    struct stat status;
    if (!look(store, name, &status, found, err))
        return false;
    if (*found) {
        place->directory_fd = store->fd;
        place->path = wb_arena_copy(store->arena, name);
        place->size = (uint64_t)status.st_size;
    }
    return true;
}

static void free_store(struct wb_store *base)
{
    struct directory_store *store = (struct directory_store *)base;
    if (store->fd >= 0)
        close(store->fd);
    wb_arena_free(store->arena);
    free(store);
}

struct wb_store *wb_store_open_directory(const char *path, struct wb_error *err)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 && errno == ENOTDIR) {
        wb_error_set(err, WB_BAD_INPUT, "not a directory");
        return NULL;
    }
    if (fd < 0) {
        wb_error_set_errno(err, errno, "cannot open");
        return NULL;
    }
    struct directory_store *store = wb_allocate(sizeof *store);
    store->store = (struct wb_store){.read = read_file, .find = find_layer, .free = free_store};
    store->fd = fd;
    store->arena = wb_arena_new();
    return &store->store;
}
