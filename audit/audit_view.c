/* SPDX-License-Identifier: Apache-2.0 */
/* The merged file system as the checks look at it: one list of names with their owners. */
#include "audit/audit_private.h"

#include <stdlib.h>
#include <string.h>

/* A path has at most some dozens of components; each file is looked for a few times. */
#define STEPS_BASE UINT64_C(10000000)
#define STEPS_PER_FILE UINT64_C(1024)

static bool add_file(void *context, struct wb_node *node, const char *path)
{
    struct wb_audit *audit = context;
    node->user = NULL;
    if (node->entry == NULL)
        return true;
    const struct wb_audit_file file = {.node = node, .path = wb_arena_copy(audit->scratch, path)};
    WB_APPEND(audit->files, audit->file_count, audit->file_capacity, file);
    return true;
}

static void set_owner(struct wb_audit *audit, struct wb_package *package)
{
    for (size_t i = 0; i < package->owned_file_count; i++) {
        const struct wb_node *node = wb_audit_lookup(audit, package->owned_files[i].path, false);
        struct wb_audit_file *file = node == NULL ? NULL : node->user;
        if (file != NULL && file->owner == NULL)
            file->owner = package;
    }
}

static void find_program_directories(struct wb_audit *audit)
{
    const struct wb_string_list *environment = &audit->view->bom->image->settings.environment;
    const char *path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    for (size_t i = 0; i < environment->count; i++)
        if (wb_text_starts_with(environment->items[i], "PATH="))
            path = environment->items[i] + strlen("PATH=");
    while (path != NULL && audit->program_directory_count < WB_PROGRAM_DIRECTORIES_MAX) {
        size_t size = strcspn(path, ":");
        WB_AUTO_STRING directory = wb_string_format("%.*s", (int)size, path);
        const struct wb_node *node = wb_audit_lookup(audit, directory, true);
        if (size > 0 && node != NULL)
            audit->program_directories[audit->program_directory_count++] = node;
        path = path[size] == '\0' ? NULL : path + size + 1;
    }
}

void wb_audit_view_open(struct wb_audit *audit, const struct wb_sbom_view *view)
{
    const struct wb_bom *bom = view->bom;
    audit->view = view;
    audit->scratch = wb_arena_new();
    struct wb_node *root = wb_rootfs_lookup(view->rootfs, "/", false);
    if (root != NULL)
        add_file(audit, root, "");
    wb_rootfs_walk(view->rootfs, add_file, audit);
    audit->steps = wb_arena_allocate(audit->scratch, sizeof *audit->steps);
    *audit->steps = STEPS_BASE + STEPS_PER_FILE * audit->file_count;
    for (size_t i = 0; i < audit->file_count; i++)
        audit->files[i].node->user = &audit->files[i];
    for (size_t i = 0; i < bom->package_count; i++)
        set_owner(audit, bom->packages[i]);
    wb_accounts_read(audit);
    wb_audit_find_moved(audit);
    find_program_directories(audit);
}

void wb_audit_view_close(struct wb_audit *audit)
{
    wb_accounts_clear(&audit->accounts);
    free(audit->files);
    audit->files = NULL;
    audit->file_count = audit->file_capacity = 0;
    free(audit->moved);
    audit->moved = NULL;
    audit->moved_count = audit->moved_capacity = 0;
    audit->program_directory_count = 0;
    wb_arena_free(audit->scratch);
    audit->scratch = NULL;
    audit->view = NULL;
}

struct wb_node *wb_audit_lookup(const struct wb_audit *audit, const char *path, bool follow)
{
    return wb_rootfs_lookup_within(audit->view->rootfs, path, follow, audit->steps);
}

const struct wb_bytes *wb_audit_content(const struct wb_audit *audit, const char *path)
{
    const struct wb_node *node = wb_audit_lookup(audit, path, true);
    if (node == NULL || node->entry == NULL || node->entry->kind != WB_ENTRY_REGULAR)
        return NULL;
    return node->entry->content;
}

bool wb_audit_is_unread(const struct wb_audit *audit, const char *path)
{
    const struct wb_node *node = wb_audit_lookup(audit, path, false);
    return node != NULL && node->entry != NULL && node->entry->kind != WB_ENTRY_DIRECTORY &&
           wb_audit_content(audit, path) == NULL;
}

const char *wb_audit_printable(struct wb_audit *audit, const char *text)
{
    return wb_utf8_escape_line(audit->report.arena, text);
}

bool wb_audit_is_hidden(const struct wb_audit *audit, const struct wb_entry *entry)
{
    const struct wb_node *node = wb_audit_lookup(audit, entry->path, false);
    return node == NULL || node->entry != entry;
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r';
}

bool wb_audit_next_line(const struct wb_bytes *content, size_t *at, struct wb_text_line *line)
{
    if (content == NULL || *at >= content->size)
        return false;
    const char *start = (const char *)content->data + *at;
    const char *end = memchr(start, '\n', content->size - *at);
    size_t size = end == NULL ? content->size - *at : (size_t)(end - start);
    *at += size + 1;
    line->number++;
    while (size > 0 && is_blank(start[0])) {
        start++;
        size--;
    }
    while (size > 0 && is_blank(start[size - 1]))
        size--;
    line->text = start;
    line->size = size;
    return true;
}
