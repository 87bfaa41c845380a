/* SPDX-License-Identifier: Apache-2.0 */
/* From one needed file to the next: interpreters, libraries, symlinks on the way, and whose they
 * are. */
#include "audit/unneeded_private.h"

#include <stdlib.h>
#include <string.h>

/* Linux's MAXSYMLINKS. */
#define SYMLINKS_MAX 40
/* Real images take some tens of thousands; one that takes more is made to. */
#define STEPS_MAX UINT64_C(50000000)
/* DT_RPATH of one program after another. */
#define CONTEXTS_MAX 8

/* ---- finding files by their nodes ---- */

static int compare_nodes(const void *a, const void *b, void *context)
{
    const struct wb_audit_file *files = context;
    uintptr_t left = (uintptr_t)files[*(const size_t *)a].node;
    uintptr_t right = (uintptr_t)files[*(const size_t *)b].node;
    return (left > right) - (left < right);
}

static size_t file_of_node(const struct needs *needs, const struct wb_node *node)
{
    const struct wb_audit *audit = needs->audit;
    size_t low = 0, high = audit->file_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct wb_node *at = audit->files[needs->by_node[middle]].node;
        if ((uintptr_t)at < (uintptr_t)node)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < audit->file_count && audit->files[needs->by_node[low]].node == node)
        return needs->by_node[low];
    return SIZE_MAX;
}

size_t needs_find(struct needs *needs, const char *path)
{
    const struct wb_node *node =
        wb_rootfs_lookup_within(needs->audit->view->rootfs, path, true, &needs->steps);
    return node == NULL ? SIZE_MAX : file_of_node(needs, node);
}

/* ---- how the image is run ---- */

const char *needs_environment(const struct needs *needs, const char *name)
{
    const struct wb_image_description *image = needs->audit->view->bom->image;
    const struct wb_string_list *environment = &image->settings.environment;
    size_t size = strlen(name);
    const char *value = NULL;
    for (size_t i = 0; i < environment->count; i++)
        if (strncmp(environment->items[i], name, size) == 0 && environment->items[i][size] == '=')
            value = environment->items[i] + size + 1;
    return value;
}

static const char **split(struct wb_arena *arena, const char *text, size_t *count)
{
    *count = 0;
    if (text == NULL)
        return NULL;
    size_t capacity = 1;
    for (const char *at = text; *at != '\0'; at++)
        capacity += *at == ':';
    const char **parts = wb_arena_allocate(arena, capacity * sizeof(const char *));
    for (const char *at = text;;) {
        size_t size = strcspn(at, ":");
        if (at[0] == '/')
            parts[(*count)++] = wb_arena_copy_bytes(arena, at, size);
        if (at[size] == '\0')
            return parts;
        at += size + 1;
    }
}

struct needs *needs_new(struct wb_audit *audit)
{
    struct needs *needs = wb_allocate(sizeof *needs);
    needs->audit = audit;
    needs->arena = wb_arena_new();
    needs->steps = STEPS_MAX;
    needs->files = wb_allocate_array(audit->file_count + 1, sizeof *needs->files);
    needs->by_node = wb_allocate_array(audit->file_count + 1, sizeof *needs->by_node);
    for (size_t i = 0; i < audit->file_count; i++)
        needs->by_node[i] = i;
    qsort_r(needs->by_node, audit->file_count, sizeof *needs->by_node, compare_nodes, audit->files);
    const struct wb_bom *bom = audit->view->bom;
    needs->packages = wb_allocate_array(bom->package_count + 1, sizeof *needs->packages);
    const char *directory = bom->image->settings.working_directory;
    needs->working_directory = directory == NULL || directory[0] == '\0' ? "/" : directory;
    const char *path = needs_environment(needs, "PATH");
    /* What container engines set where the image says nothing. */
    if (path == NULL)
        path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    needs->command_directories = split(needs->arena, path, &needs->command_directory_count);
    needs->library_directories = split(needs->arena, needs_environment(needs, "LD_LIBRARY_PATH"),
                                       &needs->library_directory_count);
    needs_library_directories(needs);
    return needs;
}

void needs_free(struct needs *needs)
{
    if (needs == NULL)
        return;
    free(needs->files);
    free(needs->by_node);
    free(needs->by_name);
    free(needs->pending);
    free(needs->configured);
    free(needs->packages);
    wb_arena_free(needs->arena);
    free(needs);
}

/* False: nothing more may be looked at. */
static bool take_step(struct needs *needs)
{
    needs->steps -= needs->steps > 0;
    return needs->steps > 0;
}

/* ---- marking ---- */

static void mark(struct needs *needs, size_t file)
{
    needs->files[file].is_needed = true;
    const struct wb_package *owner = needs->audit->files[file].owner;
    /* A removed package's configuration has an owner that is in no list. */
    const struct wb_bom *bom = needs->audit->view->bom;
    if (owner != NULL && owner->index < bom->package_count && bom->packages[owner->index] == owner)
        needs->packages[owner->index] = true;
}

void needs_file(struct needs *needs, size_t file, const struct search_context *context)
{
    mark(needs, file);
    const struct wb_entry *entry = needs->audit->files[file].node->entry;
    if (entry->kind != WB_ENTRY_REGULAR)
        return;
    struct needed_file *needed = &needs->files[file];
    for (const struct seen_context *seen = needed->seen; seen != NULL; seen = seen->next)
        if (seen->context == context || !take_step(needs))
            return;
    struct seen_context *seen = wb_arena_allocate(needs->arena, sizeof *seen);
    *seen = (struct seen_context){.context = context, .next = needed->seen};
    needed->seen = seen;
    struct pending_file pending = {.file = file, .context = context};
    WB_APPEND(needs->pending, needs->pending_count, needs->pending_capacity, pending);
}

/* Appends the next component of `*rest` to `at`, where nothing is a symlink; false at the end. */
static bool step(struct wb_buffer *at, const char **rest)
{
    *rest += strspn(*rest, "/");
    size_t size = strcspn(*rest, "/");
    if (size == 0)
        return false;
    const char *name = *rest;
    *rest += size;
    if (size == 1 && name[0] == '.')
        return true;
    if (size == 2 && name[0] == '.' && name[1] == '.') {
        while (at->size > 0 && at->data[at->size - 1] != '/')
            at->size--;
        at->size -= at->size > 0;
    } else {
        wb_buffer_append(at, "/", 1);
        wb_buffer_append(at, name, size);
    }
    if (at->data != NULL)
        at->data[at->size] = '\0';
    return true;
}

/* Marks the symlinks on the way of a path that leads somewhere. */
static void mark_symlinks(struct needs *needs, const char *path)
{
    const struct wb_rootfs *rootfs = needs->audit->view->rootfs;
    WB_AUTO_VALUE(wb_buffer) at = {0};
    WB_AUTO_STRING pending = wb_string_copy(path);
    const char *rest = pending;
    size_t before = 0;
    for (unsigned symlinks = 0; symlinks <= SYMLINKS_MAX && step(&at, &rest);) {
        const struct wb_node *node =
            at.size == 0
                ? NULL
                : wb_rootfs_lookup_within(rootfs, (const char *)at.data, false, &needs->steps);
        if (node == NULL || node->entry == NULL || node->entry->kind != WB_ENTRY_SYMLINK) {
            before = at.size;
            continue;
        }
        symlinks++;
        size_t file = file_of_node(needs, node);
        if (file != SIZE_MAX)
            mark(needs, file);
        const char *target = node->entry->link_target;
        char *joined = wb_string_format("%s/%s", target, rest);
        free(pending);
        pending = joined;
        rest = joined;
        at.size = target[0] == '/' ? 0 : before;
        at.data[at.size] = '\0';
        before = at.size;
    }
}

bool needs_path(struct needs *needs, const char *path, const struct search_context *context)
{
    size_t file = needs_find(needs, path);
    if (file == SIZE_MAX || needs->audit->files[file].node->entry->kind == WB_ENTRY_DIRECTORY)
        return false;
    mark_symlinks(needs, path);
    needs_file(needs, file, context);
    return true;
}

/* ---- following ---- */

const struct wb_executable *needs_executable(const struct needs *needs, size_t file)
{
    const struct wb_sbom_view *view = needs->audit->view;
    const struct wb_node *node = needs->audit->files[file].node;
    const struct wb_entry *entry = node->entry;
    if (entry->kind != WB_ENTRY_REGULAR)
        return NULL;
    for (size_t i = 0; i < view->bom->layer_count; i++) {
        const struct wb_layer *layer = view->layers[i];
        if (entry < layer->entries || entry >= layer->entries + layer->entry_count)
            continue;
        const struct wb_audit_observation *observation = layer->observation;
        if (observation == NULL || observation->executables == NULL)
            return NULL;
        return wb_executable_of(observation->executables, (size_t)(entry - layer->entries));
    }
    return NULL;
}

/* Programs of one directory mostly say the same. */
static bool says(const struct search_context *context, const struct wb_executable *executable,
                 const char *origin)
{
    const struct wb_executable *own = context->executable;
    if (strcmp(context->origin, origin) != 0 || own->machine != executable->machine ||
        own->is_64_bit != executable->is_64_bit ||
        own->search_path_count != executable->search_path_count)
        return false;
    for (size_t i = 0; i < own->search_path_count; i++)
        if (strcmp(own->search_paths[i], executable->search_paths[i]) != 0)
            return false;
    return true;
}

static const struct search_context *inner_context(struct needs *needs,
                                                  const struct search_context *outer,
                                                  const struct wb_executable *executable,
                                                  const char *origin)
{
    if (!executable->search_paths_inherited)
        return outer;
    unsigned depth = 0;
    for (const struct search_context *at = outer; at != NULL; at = at->outer, depth++)
        if (says(at, executable, origin) || depth == CONTEXTS_MAX)
            return outer;
    for (const struct search_context *at = needs->contexts; at != NULL; at = at->next)
        if (!take_step(needs) || (at->outer == outer && says(at, executable, origin)))
            return at;
    struct search_context *inner = wb_arena_allocate(needs->arena, sizeof *inner);
    *inner = (struct search_context){
        .next = needs->contexts, .outer = outer, .executable = executable, .origin = origin};
    needs->contexts = inner;
    return inner;
}

/* Of what a program loads by itself, all that is there. */
static void follow_loaded(struct needs *needs, const char *path,
                          const struct wb_executable *executable, const char *origin,
                          const struct search_context *context)
{
    bool found = false;
    for (size_t i = 0; i < executable->loaded_count; i++) {
        const struct wb_loaded_library *loaded = &executable->loaded[i];
        found = needs_library(needs, loaded->soname, executable, origin, context) || found;
        if (!loaded->ends_group)
            continue;
        if (!found && loaded->required && needs->unresolved_count++ == 0)
            needs->unresolved = wb_arena_format(needs->arena, "%s for /%s", loaded->soname, path);
        found = false;
    }
}

static void follow_elf(struct needs *needs, size_t file, const struct wb_executable *executable,
                       const struct search_context *context)
{
    const char *path = needs->audit->files[file].path;
    const char *slash = strrchr(path, '/');
    const char *origin =
        slash == NULL ? "/" : wb_arena_format(needs->arena, "/%.*s", (int)(slash - path), path);
    if (executable->interpreter != NULL && !needs_path(needs, executable->interpreter, NULL) &&
        needs->unresolved_count++ == 0)
        needs->unresolved =
            wb_arena_format(needs->arena, "%s for /%s", executable->interpreter, path);
    if (executable->interpreter == NULL && executable->needed_count == 0)
        needs->has_static_program = true;
    const struct search_context *inner = inner_context(needs, context, executable, origin);
    for (size_t i = 0; i < executable->needed_count; i++)
        if (!needs_library(needs, executable->needed[i], executable, origin, inner) &&
            needs->unresolved_count++ == 0)
            needs->unresolved =
                wb_arena_format(needs->arena, "%s for /%s", executable->needed[i], path);
    follow_loaded(needs, path, executable, origin, inner);
}

static void follow(struct needs *needs, size_t file, const struct search_context *context)
{
    const struct wb_executable *executable = needs_executable(needs, file);
    if (executable == NULL)
        return;
    if (executable->unread && needs->unread == NULL)
        needs->unread = needs->audit->files[file].path;
    if (executable->is_elf) {
        follow_elf(needs, file, executable, context);
        return;
    }
    if (executable->interpreter != NULL) {
        if (!needs_path(needs, executable->interpreter, NULL) && needs->unresolved_count++ == 0)
            needs->unresolved = wb_arena_format(needs->arena, "%s for /%s", executable->interpreter,
                                                needs->audit->files[file].path);
        if (executable->interpreter_argument != NULL)
            needs_command(needs, executable->interpreter_argument);
    }
    needs_words(needs, executable->script);
}

void needs_follow(struct needs *needs)
{
    /* Depth first, so that the list stays short. */
    while (needs->pending_count > 0 && needs->steps > 0) {
        struct pending_file pending = needs->pending[--needs->pending_count];
        follow(needs, pending.file, pending.context);
    }
}
