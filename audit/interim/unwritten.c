/* SPDX-License-Identifier: Apache-2.0 */
/* Stands in for the parts of the audit that are not there yet; goes when they have come. */
#include "audit/audit_private.h"

#include <string.h>

#define UNWRITTEN __attribute__((weak))

UNWRITTEN struct wb_executables *wb_executables_new(void)
{
    return NULL;
}

UNWRITTEN void wb_executables_free(struct wb_executables *executables)
{
    (void)executables;
}

UNWRITTEN void *wb_executable_begin(struct wb_executables *executables,
                                    const struct wb_entry *entry, size_t index)
{
    (void)executables, (void)entry, (void)index;
    return NULL;
}

UNWRITTEN void wb_executable_piece(struct wb_executables *executables, void *file,
                                   const uint8_t *data, uint64_t size)
{
    (void)executables, (void)file, (void)data, (void)size;
}

UNWRITTEN void wb_executable_end(struct wb_executables *executables, void *file)
{
    (void)executables, (void)file;
}

UNWRITTEN const struct wb_executable *wb_executable_of(const struct wb_executables *executables,
                                                       size_t entry)
{
    (void)executables, (void)entry;
    return NULL;
}

UNWRITTEN struct wb_secret_rules *wb_secret_rules_new(void)
{
    return NULL;
}

UNWRITTEN bool wb_secret_rules_add(struct wb_secret_rules *rules, struct wb_bytes toml,
                                   const char *source, struct wb_error *err)
{
    (void)rules, (void)toml, (void)source, (void)err;
    return true;
}

UNWRITTEN bool wb_secret_rules_finish(struct wb_secret_rules *rules, struct wb_error *err)
{
    (void)rules, (void)err;
    return true;
}

UNWRITTEN size_t wb_secret_rules_count(const struct wb_secret_rules *rules)
{
    (void)rules;
    return 1;
}

UNWRITTEN void wb_secret_rules_free(struct wb_secret_rules *rules)
{
    (void)rules;
}

UNWRITTEN struct wb_secret_findings *wb_secret_findings_new(const struct wb_secret_rules *rules)
{
    (void)rules;
    return NULL;
}

UNWRITTEN void wb_secret_findings_free(struct wb_secret_findings *findings)
{
    (void)findings;
}

UNWRITTEN void *wb_secret_begin(struct wb_secret_findings *findings, const struct wb_entry *entry,
                                size_t index)
{
    (void)findings, (void)entry, (void)index;
    return NULL;
}

UNWRITTEN void wb_secret_piece(struct wb_secret_findings *findings, void *file, const uint8_t *data,
                               uint64_t size)
{
    (void)findings, (void)file, (void)data, (void)size;
}

UNWRITTEN void wb_secret_end(struct wb_secret_findings *findings, void *file)
{
    (void)findings, (void)file;
}

UNWRITTEN const struct wb_secret_match *wb_secret_matches(const struct wb_secret_findings *findings,
                                                          size_t *count)
{
    (void)findings;
    *count = 0;
    return NULL;
}

UNWRITTEN void wb_secret_scan_text(struct wb_secret_findings *findings, const char *what,
                                   const char *text)
{
    (void)findings, (void)what, (void)text;
}

UNWRITTEN enum wb_audit_state wb_audit_find_unneeded(struct wb_audit *audit,
                                                     const struct wb_audit_check *check)
{
    (void)audit, (void)check;
    return WB_AUDIT_NOT_APPLICABLE;
}

UNWRITTEN void wb_audit_write_harden(const struct wb_audit_report *report, struct wb_output *output)
{
    (void)report, (void)output;
}
