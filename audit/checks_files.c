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
                                     file->node->entry->size)
                    ->fingerprint = "file";
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
            /* It is the same one when it is built again and has another size. */
            wb_audit_add_finding(audit, check, file->path, "mode %04o, %" PRIu64 " bytes",
                                 entry->mode, entry->size)
                ->fingerprint = "file";
    }
    return wb_audit_outcome(audit);
}

/* ---- what is shipped and not seen ---- */

static int compare_deletions(const void *a, const void *b)
{
    const struct wb_deleted_node *one = *(const struct wb_deleted_node *const *)a;
    const struct wb_deleted_node *other = *(const struct wb_deleted_node *const *)b;
    if (one->span.introduced != other->span.introduced)
        return one->span.introduced < other->span.introduced ? -1 : 1;
    if (one->span.deleted != other->span.deleted)
        return one->span.deleted < other->span.deleted ? -1 : 1;
    if (one->entry->size != other->entry->size)
        return one->entry->size > other->entry->size ? -1 : 1;
    return strcmp(one->path, other->path);
}

/* What one layer brought and another took away again: `first` is the largest of them. */
static void report_deletion(struct wb_audit *audit, const struct wb_audit_check *check,
                            const struct wb_deleted_node *const *first, size_t count)
{
    uint64_t size = 0;
    for (size_t i = 0; i < count; i++)
        size += first[i]->entry->size;
    const struct wb_layer_span *span = &first[0]->span;
    struct wb_audit_finding *finding = wb_audit_add_finding(
        audit, check, first[0]->path,
        "layer %d still ships %zu file%s (%" PRIu64 " kB) that layer %d deleted%s",
        span->introduced + 1, count, count == 1 ? "" : "s", (size + 999) / 1000, span->deleted + 1,
        count == 1 ? "" : "; the largest is this one");
    finding->layer = span->introduced;
    finding->hidden = true;
}

enum wb_audit_state wb_check_deleted_file(struct wb_audit *audit,
                                          const struct wb_audit_check *check)
{
    size_t all, count = 0;
    const struct wb_deleted_node *deleted = wb_rootfs_deleted(audit->view->rootfs, &all);
    const struct wb_deleted_node **sorted =
        wb_allocate_array(all + 1, sizeof(const struct wb_deleted_node *));
    for (size_t i = 0; i < all; i++)
        if (deleted[i].entry->kind == WB_ENTRY_REGULAR && deleted[i].entry->size > 0)
            sorted[count++] = &deleted[i];
    qsort(sorted, count, sizeof(const struct wb_deleted_node *), compare_deletions);
    for (size_t i = 0, next; i < count; i = next) {
        for (next = i + 1; next < count; next++)
            if (sorted[next]->span.introduced != sorted[i]->span.introduced ||
                sorted[next]->span.deleted != sorted[i]->span.deleted)
                break;
        report_deletion(audit, check, sorted + i, next - i);
    }
    free(sorted);
    return wb_audit_outcome(audit);
}
