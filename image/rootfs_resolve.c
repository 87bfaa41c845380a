/* SPDX-License-Identifier: Apache-2.0 */
/* Paths in the merged file system: symlinks are followed, and never lead outside. */
#include "image/rootfs_private.h"

#include <string.h>

/* Linux's MAXSYMLINKS, and no more path than it would ever take. */
#define SYMLINKS_MAX 40
#define PENDING_MAX ((size_t)64 << 10)
/* PATH_MAX of one-letter names. */
#define DEPTH_MAX 2048
/* An entry of a few bytes can ask for two thousand directories. */
#define IMPLIED_MAX 1000000

bool rootfs_is_directory(const struct rootfs_node *node)
{
    return node->node.entry == NULL || node->node.entry->kind == WB_ENTRY_DIRECTORY;
}

struct rootfs_node *rootfs_child(const struct rootfs_node *directory, const char *name, size_t size)
{
    struct rootfs_node *child;
    HASH_FIND(hh, directory->children, name, (unsigned)size, child);
    return child;
}

struct rootfs_node *rootfs_add_child(struct wb_rootfs *rootfs, struct rootfs_node *directory,
                                     const char *name)
{
    struct rootfs_node *child = wb_arena_allocate(rootfs->arena, sizeof *child);
    child->node.name = name;
    child->node.parent = &directory->node;
    child->node.span = (struct wb_layer_span){-1, -1, -1};
    child->depth = directory->depth + 1;
    HASH_ADD_KEYPTR(hh, directory->children, child->node.name, (unsigned)strlen(name), child);
    return child;
}

/* The path still to walk: `at` points into the caller's path or into `text`. */
struct pending {
    const char *at;
    struct wb_buffer text;
    unsigned symlinks;
};

/* Puts a symlink's target in front of what is left of the path. */
static enum rootfs_resolution enter_symlink(struct pending *pending, const char *target)
{
    if (++pending->symlinks > SYMLINKS_MAX)
        return ROOTFS_LOOP;
    struct wb_buffer joined = {0};
    wb_buffer_append_text(&joined, target);
    wb_buffer_append_text(&joined, "/");
    wb_buffer_append_text(&joined, pending->at);
    wb_buffer_clear(&pending->text);
    pending->text = joined;
    pending->at = (const char *)joined.data;
    return joined.size > PENDING_MAX ? ROOTFS_LOOP : ROOTFS_FOUND;
}

static enum rootfs_resolution make_directory(struct wb_rootfs *rootfs, struct rootfs_node *parent,
                                             const char *name, size_t size, int layer,
                                             struct rootfs_node **made)
{
    if (parent->depth >= DEPTH_MAX)
        return ROOTFS_TOO_DEEP;
    if (rootfs->implied_count >= IMPLIED_MAX)
        return ROOTFS_TOO_MANY;
    rootfs->implied_count++;
    *made = rootfs_add_child(rootfs, parent, wb_arena_copy_bytes(rootfs->arena, name, size));
    (*made)->node.span.introduced = layer;
    return ROOTFS_FOUND;
}

static enum rootfs_resolution walk(struct wb_rootfs *rootfs, struct pending *pending,
                                   bool follow_last, int create_layer, uint64_t *steps,
                                   struct rootfs_node **found)
{
    struct rootfs_node *at = rootfs->root;
    for (;;) {
        while (*pending->at == '/')
            pending->at++;
        size_t size = strcspn(pending->at, "/");
        if (size == 0) {
            *found = at;
            return ROOTFS_FOUND;
        }
        const char *name = pending->at;
        pending->at += size;
        if (steps != NULL) {
            if (*steps == 0)
                return ROOTFS_TOO_MUCH;
            --*steps;
        }
        if (!rootfs_is_directory(at))
            return ROOTFS_NOT_DIRECTORY;
        if (size == 1 && name[0] == '.')
            continue;
        if (size == 2 && name[0] == '.' && name[1] == '.') {
            if (at->node.parent != NULL)
                at = (struct rootfs_node *)at->node.parent;
            continue;
        }
        struct rootfs_node *child = rootfs_child(at, name, size);
        if (child == NULL && create_layer >= 0) {
            enum rootfs_resolution made =
                make_directory(rootfs, at, name, size, create_layer, &child);
            if (made != ROOTFS_FOUND)
                return made;
        }
        if (child == NULL)
            return ROOTFS_ABSENT;
        bool is_last = pending->at[strspn(pending->at, "/")] == '\0';
        if (child->node.entry == NULL || child->node.entry->kind != WB_ENTRY_SYMLINK ||
            (is_last && !follow_last)) {
            at = child;
            continue;
        }
        const char *target = child->node.entry->link_target;
        if (target[0] == '/')
            at = rootfs->root;
        enum rootfs_resolution entered = enter_symlink(pending, target);
        if (entered != ROOTFS_FOUND)
            return entered;
    }
}

enum rootfs_resolution rootfs_resolve(struct wb_rootfs *rootfs, const char *path, bool follow_last,
                                      int create_layer, uint64_t *steps, struct rootfs_node **found)
{
    struct pending pending = {.at = path};
    enum rootfs_resolution resolution =
        walk(rootfs, &pending, follow_last, create_layer, steps, found);
    wb_buffer_clear(&pending.text);
    return resolution;
}

struct wb_node *wb_rootfs_lookup_within(const struct wb_rootfs *rootfs, const char *path,
                                        bool follow, uint64_t *steps)
{
    struct rootfs_node *found = NULL;
    /* Without a creating layer nothing in the tree changes. */
    enum rootfs_resolution resolution =
        rootfs_resolve((struct wb_rootfs *)rootfs, path, follow, -1, steps, &found);
    return resolution == ROOTFS_FOUND ? &found->node : NULL;
}

struct wb_node *wb_rootfs_lookup(const struct wb_rootfs *rootfs, const char *path, bool follow)
{
    return wb_rootfs_lookup_within(rootfs, path, follow, NULL);
}
