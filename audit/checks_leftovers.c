/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of what setting an image up leaves behind: one finding for each place, with its size. */
#include "audit/audit_private.h"

#include <inttypes.h>
#include <string.h>

static bool is_excluded(const struct wb_audit_check *check, const char *path)
{
    for (size_t i = 0; check->patterns[i] != NULL; i++)
        if (check->patterns[i][0] == '!' && wb_audit_path_matches(check->patterns[i] + 1, path))
            return true;
    return false;
}

static void sum_place(struct wb_audit *audit, const struct wb_audit_check *check,
                      const char *pattern)
{
    uint64_t size = 0;
    size_t count = 0;
    const struct wb_audit_file *largest = NULL;
    for (size_t i = 0; i < audit->file_count; i++) {
        const struct wb_audit_file *file = &audit->files[i];
        const struct wb_entry *entry = file->node->entry;
        if (entry->kind != WB_ENTRY_REGULAR || entry->size == 0 ||
            !wb_audit_path_matches(pattern, file->path) || is_excluded(check, file->path))
            continue;
        count++;
        size += entry->size;
        if (largest == NULL || entry->size > largest->node->entry->size)
            largest = file;
    }
    if (count == 0)
        return;
    WB_AUTO_STRING place = wb_string_format("%.*s", (int)strcspn(pattern, "*"), pattern);
    bool is_directory = place[0] != '\0' && wb_text_ends_with(place, "/");
    struct wb_audit_finding *finding = wb_audit_add_finding(
        audit, check, is_directory ? place : largest->path, "%zu file%s, %" PRIu64 " kB", count,
        count == 1 ? "" : "s", (size + 999) / 1000);
    finding->fingerprint = pattern;
    /* Who owns the directory owns not what is in it. */
    finding->package = NULL;
    const struct wb_layer_span *span = &largest->node->span;
    finding->layer = span->changed >= 0 ? span->changed : span->introduced;
}

enum wb_audit_state wb_check_summed_paths(struct wb_audit *audit,
                                          const struct wb_audit_check *check)
{
    for (size_t i = 0; check->patterns[i] != NULL; i++)
        if (check->patterns[i][0] != '!')
            sum_place(audit, check, check->patterns[i]);
    return wb_audit_outcome(audit);
}
