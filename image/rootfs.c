/* SPDX-License-Identifier: Apache-2.0 */
/* The file system that layers make together (OCI image-spec 1.1, layer.md). */
#include "image/rootfs_private.h"

#include <stdlib.h>
#include <string.h>

/* A path has at most some dozens of components; only hostile symlinks need more on average. */
#define STEPS_BASE UINT64_C(10000000)
#define STEPS_PER_ENTRY UINT64_C(256)

struct wb_rootfs *wb_rootfs_new(void)
{
    struct wb_rootfs *rootfs = wb_allocate(sizeof *rootfs);
    rootfs->arena = wb_arena_new();
    rootfs->root = wb_arena_allocate(rootfs->arena, sizeof *rootfs->root);
    rootfs->root->node.name = "";
    rootfs->root->node.span = (struct wb_layer_span){-1, -1, -1};
    return rootfs;
}

/* Nodes live in the arena; only the hash tables are freed one by one. */
static void clear_tables(struct rootfs_node *node)
{
    struct rootfs_node *child, *next;
    HASH_ITER(hh, node->children, child, next)
    {
        clear_tables(child);
    }
    HASH_CLEAR(hh, node->children);
}

void wb_rootfs_free(struct wb_rootfs *rootfs)
{
    if (rootfs == NULL)
        return;
    clear_tables(rootfs->root);
    wb_arena_free(rootfs->arena);
    free(rootfs->deleted);
    free(rootfs);
}

/* ---- deleting ---- */

static void record_deleted(struct wb_rootfs *rootfs, const struct rootfs_node *node, int layer)
{
    const struct wb_entry *entry = node->node.entry;
    if (entry == NULL || entry->kind == WB_ENTRY_DIRECTORY)
        return;
    struct wb_buffer path = {0};
    wb_node_path(&node->node, &path);
    struct wb_deleted_node deleted = {
        .path = wb_arena_copy_bytes(rootfs->arena, path.data, path.size),
        .entry = entry,
        .span = node->node.span,
    };
    wb_buffer_clear(&path);
    deleted.span.deleted = layer;
    WB_APPEND(rootfs->deleted, rootfs->deleted_count, rootfs->deleted_capacity, deleted);
}

static void delete_children(struct wb_rootfs *rootfs, struct rootfs_node *node, int layer)
{
    struct rootfs_node *child, *next;
    HASH_ITER(hh, node->children, child, next)
    {
        delete_children(rootfs, child, layer);
        record_deleted(rootfs, child, layer);
    }
    HASH_CLEAR(hh, node->children);
    node->children = NULL;
}

static void delete_node(struct wb_rootfs *rootfs, struct rootfs_node *node, int layer)
{
    delete_children(rootfs, node, layer);
    record_deleted(rootfs, node, layer);
    struct rootfs_node *parent = (struct rootfs_node *)node->node.parent;
    HASH_DELETE(hh, parent->children, node);
}

/* A whiteout of what is not there is legal and does nothing. */
static void apply_whiteout(struct wb_rootfs *rootfs, const struct wb_entry *entry, int layer)
{
    bool opaque = entry->kind == WB_ENTRY_OPAQUE;
    struct rootfs_node *node;
    if (rootfs_resolve(rootfs, entry->path, opaque, -1, &rootfs->steps_left, &node) != ROOTFS_FOUND)
        return;
    if (opaque)
        delete_children(rootfs, node, layer);
    else if (node != rootfs->root)
        delete_node(rootfs, node, layer);
}

/* ---- adding ---- */

static bool resolution_fault(enum rootfs_resolution resolution, const char *path,
                             struct wb_error *err)
{
    const char *reason = "is not there";
    if (resolution == ROOTFS_LOOP)
        reason = "symlinks on the way make a loop";
    else if (resolution == ROOTFS_NOT_DIRECTORY)
        reason = "something on the way is not a directory";
    else if (resolution == ROOTFS_TOO_DEEP)
        reason = "directories are nested too deeply";
    else if (resolution == ROOTFS_TOO_MANY)
        reason = "too many directories that have no entry of their own";
    else if (resolution == ROOTFS_TOO_MUCH)
        reason = "symlinks make paths too long to follow";
    return wb_error_set(err, WB_BAD_INPUT, "/%s: %s", path, reason);
}

static bool same_text(const char *a, const char *b)
{
    return (a == NULL) == (b == NULL) && (a == NULL || strcmp(a, b) == 0);
}

/* Builders often write files again as they were; that is no change. */
static bool same_entry(const struct wb_entry *a, const struct wb_entry *b)
{
    if (a == NULL || b == NULL)
        return a == b;
    if (a->kind != b->kind || a->mode != b->mode || a->uid != b->uid || a->gid != b->gid ||
        a->size != b->size || a->device_major != b->device_major ||
        a->device_minor != b->device_minor || !same_text(a->link_target, b->link_target))
        return false;
    if (a->kind != WB_ENTRY_REGULAR)
        return true;
    if (a->hashes != NULL && b->hashes != NULL &&
        (a->hashes->present & b->hashes->present & WB_FILE_SHA256) != 0)
        return memcmp(a->hashes->sha256, b->hashes->sha256, sizeof a->hashes->sha256) == 0;
    return a->mtime == b->mtime;
}

static void set_entry(struct wb_rootfs *rootfs, struct rootfs_node *node,
                      const struct wb_entry *entry, int layer)
{
    struct wb_layer_span *span = &node->node.span;
    if (span->introduced < 0)
        span->introduced = layer;
    else if (span->introduced != layer && !same_entry(node->node.entry, entry))
        span->changed = layer;
    if (entry->kind != WB_ENTRY_DIRECTORY && node->children != NULL)
        delete_children(rootfs, node, layer);
    node->node.entry = entry;
}

static bool add_entry(struct wb_rootfs *rootfs, const struct wb_entry *entry, int layer,
                      struct wb_error *err)
{
    if (entry->path[0] == '\0') {
        if (entry->kind == WB_ENTRY_DIRECTORY)
            set_entry(rootfs, rootfs->root, entry, layer);
        return true;
    }
    const char *slash = strrchr(entry->path, '/');
    const char *name = slash == NULL ? entry->path : slash + 1;
    struct wb_buffer parent_path = {0};
    wb_buffer_append(&parent_path, entry->path, slash == NULL ? 0 : (size_t)(slash - entry->path));
    struct rootfs_node *parent;
    enum rootfs_resolution resolution =
        rootfs_resolve(rootfs, slash == NULL ? "" : (const char *)parent_path.data, true, layer,
                       &rootfs->steps_left, &parent);
    wb_buffer_clear(&parent_path);
    if (resolution == ROOTFS_FOUND && !rootfs_is_directory(parent))
        resolution = ROOTFS_NOT_DIRECTORY;
    if (resolution != ROOTFS_FOUND)
        return resolution_fault(resolution, entry->path, err);
    const struct wb_entry *content = entry;
    if (entry->kind == WB_ENTRY_HARDLINK) {
        struct rootfs_node *target = NULL;
        resolution =
            rootfs_resolve(rootfs, entry->link_target, false, -1, &rootfs->steps_left, &target);
        if (resolution != ROOTFS_FOUND || rootfs_is_directory(target)) {
            resolution_fault(resolution == ROOTFS_FOUND ? ROOTFS_ABSENT : resolution,
                             entry->link_target, err);
            return wb_error_context(err, "/%s: hard link", entry->path);
        }
        content = target->node.entry;
    }
    struct rootfs_node *node = rootfs_child(parent, name, strlen(name));
    if (node == NULL)
        node = rootfs_add_child(rootfs, parent, name);
    set_entry(rootfs, node, content, layer);
    return true;
}

bool wb_rootfs_apply(struct wb_rootfs *rootfs, const struct wb_layer *layer, int layer_index,
                     struct wb_error *err)
{
    rootfs->steps_left = STEPS_BASE + STEPS_PER_ENTRY * layer->entry_count;
    /* Whiteouts act on lower layers only, wherever in the archive they stand. */
    for (size_t i = 0; i < layer->entry_count; i++)
        if (layer->entries[i].kind == WB_ENTRY_WHITEOUT ||
            layer->entries[i].kind == WB_ENTRY_OPAQUE)
            apply_whiteout(rootfs, &layer->entries[i], layer_index);
    for (size_t i = 0; i < layer->entry_count; i++) {
        enum wb_entry_kind kind = layer->entries[i].kind;
        if (kind != WB_ENTRY_WHITEOUT && kind != WB_ENTRY_OPAQUE &&
            !add_entry(rootfs, &layer->entries[i], layer_index, err))
            return false;
    }
    return true;
}

/* ---- looking ---- */

static int compare_names(const void *a, const void *b)
{
    const struct wb_node *const *left = a;
    const struct wb_node *const *right = b;
    return strcmp((*left)->name, (*right)->name);
}

struct wb_node **wb_node_children(const struct wb_node *directory, size_t *count)
{
    const struct rootfs_node *node = (const struct rootfs_node *)directory;
    struct wb_node **children = wb_allocate_array(HASH_COUNT(node->children) + 1, sizeof *children);
    *count = 0;
    for (struct rootfs_node *child = node->children; child != NULL; child = child->hh.next)
        children[(*count)++] = &child->node;
    qsort(children, *count, sizeof(struct wb_node *), compare_names);
    return children;
}

static bool walk_children(const struct wb_node *directory, struct wb_buffer *path,
                          bool (*visit)(void *context, struct wb_node *node, const char *path),
                          void *context)
{
    size_t count;
    struct wb_node **children = wb_node_children(directory, &count);
    size_t length = path->size;
    bool good = true;
    for (size_t i = 0; i < count && good; i++) {
        if (length > 0)
            wb_buffer_append(path, "/", 1);
        wb_buffer_append_text(path, children[i]->name);
        good = visit(context, children[i], (const char *)path->data) &&
               walk_children(children[i], path, visit, context);
        path->size = length;
        path->data[length] = '\0';
    }
    free(children);
    return good;
}

bool wb_rootfs_walk(const struct wb_rootfs *rootfs,
                    bool (*visit)(void *context, struct wb_node *node, const char *path),
                    void *context)
{
    struct wb_buffer path = {0};
    bool good = walk_children(&rootfs->root->node, &path, visit, context);
    wb_buffer_clear(&path);
    return good;
}

const struct wb_deleted_node *wb_rootfs_deleted(const struct wb_rootfs *rootfs, size_t *count)
{
    *count = rootfs->deleted_count;
    return rootfs->deleted;
}

void wb_node_path(const struct wb_node *node, struct wb_buffer *path)
{
    /* From the leaf upwards into a stack, then out in order: depth is bounded by DEPTH_MAX. */
    const struct wb_node **chain = NULL;
    size_t count = 0, capacity = 0;
    for (; node->parent != NULL; node = node->parent)
        WB_APPEND(chain, count, capacity, node);
    for (size_t i = count; i > 0; i--) {
        if (i < count)
            wb_buffer_append(path, "/", 1);
        wb_buffer_append_text(path, chain[i - 1]->name);
    }
    free(chain);
}
