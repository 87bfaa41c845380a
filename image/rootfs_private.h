/* SPDX-License-Identifier: Apache-2.0 */
/* The tree behind struct wb_rootfs, shared by what resolves paths and what applies layers. */
#ifndef WAYBILL_ROOTFS_PRIVATE_H
#define WAYBILL_ROOTFS_PRIVATE_H

#include "image/image.h"

#define uthash_malloc(size) wb_allocate(size)
#define HASH_NONFATAL_OOM 0
#include <uthash.h>

struct rootfs_node {
    struct wb_node node; /* first, so that a struct wb_node pointer is one to this */
    struct rootfs_node *children;
    unsigned depth;
    UT_hash_handle hh;
};

struct wb_rootfs {
    struct wb_arena *arena;
    struct rootfs_node *root;
    struct wb_deleted_node *deleted;
    size_t deleted_count, deleted_capacity;
    size_t implied_count; /* directories that were made for what is below them */
    uint64_t steps_left;  /* path components that resolving may still visit in this layer */
};

/* Where a walk ended that did not find a node. */
enum rootfs_resolution {
    ROOTFS_FOUND,
    ROOTFS_ABSENT,
    ROOTFS_LOOP,          /* more symlinks than Linux follows */
    ROOTFS_NOT_DIRECTORY, /* a file stands where a directory must be */
    ROOTFS_TOO_DEEP,
    ROOTFS_TOO_MANY, /* more directories without an entry than are made */
    ROOTFS_TOO_MUCH, /* the layer's allowance of steps is used up */
};

/* Walks `path` from the root, following symlinks inside it as the kernel would after chroot; the
 * last component only when `follow_last`. When `create_layer` >= 0, missing directories are made,
 * as that layer's. `steps` counts down; NULL: bounded by the symlink limit alone.
 * (rootfs_resolve.c) */
enum rootfs_resolution rootfs_resolve(struct wb_rootfs *rootfs, const char *path, bool follow_last,
                                      int create_layer, uint64_t *steps,
                                      struct rootfs_node **found);
struct rootfs_node *rootfs_child(const struct rootfs_node *directory, const char *name,
                                 size_t size);
/* `name` must outlive the tree. */
struct rootfs_node *rootfs_add_child(struct wb_rootfs *rootfs, struct rootfs_node *directory,
                                     const char *name);
bool rootfs_is_directory(const struct rootfs_node *node);

#endif
