/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of what kind of file there is, where it came from, and what became of it. */
#include "audit/audit_private.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum wb_audit_state wb_check_device_node(struct wb_audit *audit, const struct wb_audit_check *check)
{
    for (size_t i = 0; i < audit->file_count; i++) {
        const struct wb_audit_file *file = &audit->files[i];
        const struct wb_entry *entry = file->node->entry;
        if (entry->kind == WB_ENTRY_CHARACTER_DEVICE || entry->kind == WB_ENTRY_BLOCK_DEVICE)
            wb_audit_add_finding(audit, check, file->path, "%s device %u:%u, mode %04o",
                                 entry->kind == WB_ENTRY_BLOCK_DEVICE ? "block" : "character",
                                 entry->device_major, entry->device_minor, entry->mode);
    }
    return wb_audit_outcome(audit);
}

enum wb_audit_state wb_check_below_mount_point(struct wb_audit *audit,
                                               const struct wb_audit_check *check)
{
    for (size_t i = 0; i < audit->file_count; i++) {
        const struct wb_audit_file *file = &audit->files[i];
        if (file->node->entry->kind != WB_ENTRY_REGULAR)
            continue;
        for (size_t j = 0; check->patterns[j] != NULL; j++)
            if (wb_audit_path_matches(check->patterns[j], file->path))
                wb_audit_add_finding(audit, check, file->path,
                                     "%" PRIu64 " bytes that a mount hides when the image runs",
                                     file->node->entry->size);
    }
    return wb_audit_outcome(audit);
}

/* ---- symlinks ---- */

/* Whether the target, read from the link's directory, climbs above the root. */
static bool climbs_out(const char *path, const char *target)
{
    long depth = 0;
    if (target[0] != '/')
        for (const char *at = path; *at != '\0'; at++)
            depth += *at == '/';
    while (*target != '\0') {
        size_t size = strcspn(target, "/");
        if (size == 2 && memcmp(target, "..", 2) == 0)
            depth--;
        else if (size > 0 && !(size == 1 && target[0] == '.'))
            depth++;
        if (depth < 0)
            return true;
        target += size;
        target += *target == '/';
    }
    return false;
}

enum wb_audit_state wb_check_link_out_of_root(struct wb_audit *audit,
                                              const struct wb_audit_check *check)
{
    for (size_t i = 0; i < audit->file_count; i++) {
        const struct wb_audit_file *file = &audit->files[i];
        const struct wb_entry *entry = file->node->entry;
        if (entry->kind == WB_ENTRY_SYMLINK && climbs_out(file->path, entry->link_target))
            wb_audit_add_finding(audit, check, file->path, "leads to %s", entry->link_target);
    }
    return wb_audit_outcome(audit);
}

/* ---- packages' files ---- */

enum wb_audit_state wb_check_modified_file(struct wb_audit *audit,
                                           const struct wb_audit_check *check)
{
    const struct wb_bom *bom = audit->view->bom;
    if (bom->package_count == 0)
        return WB_AUDIT_NOT_APPLICABLE;
    if (bom->file_selection == WB_FILES_NONE)
        return wb_audit_inconclusive(audit, "files were not compared (--files none)");
    for (size_t i = 0; i < bom->file_count; i++) {
        const struct wb_file *file = bom->files[i];
        if (file->status != WB_FILE_MODIFIED)
            continue;
        bool config = (file->owned_flags & WB_OWNED_CONFIG) != 0;
        struct wb_audit_finding *finding = wb_audit_add_finding(
            audit, check, wb_utf8_unescape(audit->scratch, file->path),
            config ? "configuration changed since %s was installed" : "not what %s installed",
            file->owner_count > 0 ? file->owners[0]->name : "its package");
        if (config)
            finding->severity = WB_AUDIT_INFORMATION;
    }
    return wb_audit_outcome(audit);
}

/* Of package managers: they belong to packages, which list them not. */
static bool is_package_script(const char *path)
{
    static const char *const patterns[] = {"var/lib/dpkg/info/*", "usr/lib/sysimage/rpm/**",
                                           "var/lib/rpm/**"};
    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++)
        if (wb_audit_path_matches(patterns[i], path))
            return true;
    return false;
}

enum wb_audit_state wb_check_unowned_executable(struct wb_audit *audit,
                                                const struct wb_audit_check *check)
{
    if (audit->view->bom->package_count == 0)
        return WB_AUDIT_NOT_APPLICABLE;
    for (size_t i = 0; i < audit->file_count; i++) {
        const struct wb_audit_file *file = &audit->files[i];
        const struct wb_entry *entry = file->node->entry;
        if (entry->kind == WB_ENTRY_REGULAR && (entry->mode & 0111) != 0 && file->owner == NULL &&
            !is_package_script(file->path))
            wb_audit_add_finding(audit, check, file->path, "mode %04o, %" PRIu64 " bytes",
                                 entry->mode, entry->size);
    }
    return wb_audit_outcome(audit);
}

/* ---- what is shipped and not seen ---- */

/* What one layer brought and another took away again. */
struct deletion {
    int introduced, deleted;
    size_t count;
    uint64_t size;
    const struct wb_deleted_node *largest;
};

static struct deletion *deletion_of(struct deletion **deletions, size_t *count, size_t *capacity,
                                    const struct wb_layer_span *span)
{
    for (size_t i = *count; i > 0; i--)
        if ((*deletions)[i - 1].introduced == span->introduced &&
            (*deletions)[i - 1].deleted == span->deleted)
            return &(*deletions)[i - 1];
    const struct deletion begun = {.introduced = span->introduced, .deleted = span->deleted};
    if (*count >= WB_AUDIT_FINDINGS_MAX)
        return &(*deletions)[*count - 1];
    WB_APPEND(*deletions, *count, *capacity, begun);
    return &(*deletions)[*count - 1];
}

enum wb_audit_state wb_check_deleted_file(struct wb_audit *audit,
                                          const struct wb_audit_check *check)
{
    size_t count;
    const struct wb_deleted_node *deleted = wb_rootfs_deleted(audit->view->rootfs, &count);
    struct deletion *deletions = NULL;
    size_t deletion_count = 0, capacity = 0;
    for (size_t i = 0; i < count; i++) {
        if (deleted[i].entry->kind != WB_ENTRY_REGULAR || deleted[i].entry->size == 0)
            continue;
        struct deletion *deletion =
            deletion_of(&deletions, &deletion_count, &capacity, &deleted[i].span);
        deletion->count++;
        deletion->size += deleted[i].entry->size;
        if (deletion->largest == NULL || deleted[i].entry->size > deletion->largest->entry->size)
            deletion->largest = &deleted[i];
    }
    for (size_t i = 0; i < deletion_count; i++) {
        const struct deletion *deletion = &deletions[i];
        struct wb_audit_finding *finding =
            wb_audit_add_finding(audit, check, deletion->largest->path,
                                 "layer %d still ships %zu files (%" PRIu64
                                 " kB) that layer %d deleted; the largest is this one",
                                 deletion->introduced + 1, deletion->count,
                                 (deletion->size + 999) / 1000, deletion->deleted + 1);
        finding->layer = deletion->introduced;
        finding->hidden = true;
    }
    free(deletions);
    return wb_audit_outcome(audit);
}
