/* SPDX-License-Identifier: Apache-2.0 */
/* Checks that look for files by their paths or names. */
#include "audit/audit_private.h"

#include <string.h>

enum wb_audit_state wb_check_paths(struct wb_audit *audit, const struct wb_audit_check *check)
{
    for (size_t i = 0; i < audit->file_count; i++) {
        const struct wb_audit_file *file = &audit->files[i];
        if (file->node->entry->kind != WB_ENTRY_DIRECTORY &&
            wb_audit_check_matches(audit, check, file->path))
            wb_audit_add_finding(audit, check, file->path, "%s", check->title);
    }
    return wb_audit_outcome(audit);
}

enum wb_audit_state wb_check_paths_in_layers(struct wb_audit *audit,
                                             const struct wb_audit_check *check)
{
    wb_check_paths(audit, check);
    for (size_t i = 0; i < audit->view->bom->layer_count; i++) {
        const struct wb_layer *layer = audit->view->layers[i];
        for (size_t j = 0; j < layer->entry_count; j++) {
            const struct wb_entry *entry = &layer->entries[j];
            if (entry->kind == WB_ENTRY_REGULAR &&
                wb_audit_check_matches(audit, check, entry->path) &&
                wb_audit_is_hidden(audit, entry))
                wb_audit_add_hidden(audit, check, entry, i, "%s", check->title);
        }
    }
    return wb_audit_outcome(audit);
}

/* ---- programs ---- */

/* Where programs are, and what that is linked to. */
static bool is_in_program_directory(const struct wb_audit *audit, const struct wb_audit_file *file)
{
    static const char *const directories[] = {
        "**/bin/*",           "**/sbin/*",         "usr/games/*",    "busybox/*",
        "usr/lib/git-core/*", "usr/lib/openssh/*", "usr/libexec/**", "usr/lib/gcc/**"};
    for (size_t i = 0; i < audit->program_directory_count; i++)
        if (file->node->parent == audit->program_directories[i])
            return true;
    for (size_t i = 0; i < sizeof directories / sizeof directories[0]; i++)
        if (wb_audit_path_matches(directories[i], file->path))
            return true;
    return false;
}

static bool is_program(const struct wb_audit_file *file)
{
    const struct wb_entry *entry = file->node->entry;
    return entry->kind == WB_ENTRY_SYMLINK ||
           (entry->kind == WB_ENTRY_REGULAR && (entry->mode & 0111) != 0);
}

enum wb_audit_state wb_check_programs(struct wb_audit *audit, const struct wb_audit_check *check)
{
    for (size_t i = 0; i < audit->file_count; i++) {
        const struct wb_audit_file *file = &audit->files[i];
        const char *name = file->node->name;
        if (!is_program(file) || !wb_audit_check_matches(audit, check, name) ||
            !is_in_program_directory(audit, file))
            continue;
        if (file->node->entry->kind == WB_ENTRY_SYMLINK)
            wb_audit_add_finding(audit, check, file->path, "it is %s",
                                 file->node->entry->link_target);
        else
            wb_audit_add_finding(audit, check, file->path, "%s", check->title);
    }
    return wb_audit_outcome(audit);
}
