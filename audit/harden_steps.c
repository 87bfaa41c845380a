/* SPDX-License-Identifier: Apache-2.0 */
/* Steps for files and accounts: one table, one instruction for each row that something was found
 * for. */
#include "audit/harden_private.h"

#include <stdlib.h>
#include <string.h>

#define CHECKS_MAX 8

enum argument {
    ARGUMENT_PATH,    /* in single quotes */
    ARGUMENT_ACCOUNT, /* in `format`, where `@` stands for it */
};

struct step {
    const char *checks[CHECKS_MAX];
    const char *detail; /* how that of its findings begins; NULL: any */
    enum argument argument;
    const char *before;
    const char *format;
    const char *after;
};

static const struct step steps[] = {
    {{"setuid-file", "setuid-added", "setuid-hard-link"},
     NULL,
     ARGUMENT_PATH,
     "chmod a-s",
     NULL,
     NULL},
    /* A copy has no capabilities; setcap is in few images. */
    {{"file-capability"},
     NULL,
     ARGUMENT_PATH,
     "for file in",
     NULL,
     "; do cp -p \"$file\" \"$file.plain\" && mv \"$file.plain\" \"$file\"; done"},
    {{"world-writable-file"}, NULL, ARGUMENT_PATH, "chmod o-w", NULL, NULL},
    /* A package that went may have taken the place along. */
    {{"world-writable-directory"},
     NULL,
     ARGUMENT_PATH,
     "for place in",
     NULL,
     "; do if [ -e \"$place\" ]; then chmod +t \"$place\"; fi; done"},
    {{"file-without-owner"},
     "uid",
     ARGUMENT_PATH,
     "for file in",
     NULL,
     "; do if [ -e \"$file\" ] || [ -h \"$file\" ]; then chown -h 0:0 \"$file\"; fi; done"},
    /* Whose account is known, who may need it. */
    {{"file-without-owner"},
     "gid",
     ARGUMENT_PATH,
     "for file in",
     NULL,
     "; do if [ -e \"$file\" ] || [ -h \"$file\" ]; then chgrp -h 0 \"$file\"; fi; done"},
    {{"device-node"}, NULL, ARGUMENT_PATH, "rm -f", NULL, NULL},
    {{"cron-job", "service-unit", "init-script", "fstab-entry", "kernel-setting", "kernel-module",
      "preloaded-library"},
     NULL,
     ARGUMENT_PATH,
     "rm -f",
     NULL,
     NULL},
    {{"ssh-host-key", "authorized-keys"}, NULL, ARGUMENT_PATH, "rm -f", NULL, NULL},
    {{"password-empty", "password-weak", "password-set"},
     NULL,
     ARGUMENT_ACCOUNT,
     "sed -i",
     "-e 's|^\\(@\\):[^:]*:|\\1:!:|'",
     " $(ls /etc/shadow /etc/passwd 2>/dev/null)"},
    {{"account-shell"},
     NULL,
     ARGUMENT_ACCOUNT,
     "sed -i",
     "-e 's|^\\(@:.*:\\)[^:]*$|\\1/usr/sbin/nologin|'",
     " /etc/passwd"},
    /* What they own would have no owner. What root owns stays as it is: another account of uid 0
     * owns it, too, and to change each file is to ship each once more. */
    {{"account-unexpected", "uid-zero"},
     NULL,
     ARGUMENT_ACCOUNT,
     "find / -xdev ! -user 0 \\( -user 0",
     "-o -user '@'",
     " \\) -exec chown -h 0 {} +"},
    {{"account-unexpected", "uid-zero"},
     NULL,
     ARGUMENT_ACCOUNT,
     "sed -i",
     "-e '/^@:/d'",
     " /etc/passwd $(ls /etc/shadow /etc/passwd- /etc/shadow- 2>/dev/null)"},
    {{"package-cache", "log-file", "temporary-file"},
     NULL,
     ARGUMENT_PATH,
     "for place in",
     NULL,
     "; do if [ -e \"$place\" ]; then find \"$place\" -xdev -type f "
     "-exec rm -f {} +; fi; done"},
    {{"documentation"},
     NULL,
     ARGUMENT_PATH,
     "for place in",
     NULL,
     "; do if [ -e \"$place\" ]; then find \"$place\" -xdev -type f ! -name copyright "
     "! -name 'copyright.*' -exec rm -f {} +; fi; done"},
};
#define STEP_COUNT (sizeof steps / sizeof steps[0])

/* ---- arguments ---- */

static bool is_mounted_at_build(const char *path)
{
    return wb_text_starts_with(path, "/dev/") || wb_text_starts_with(path, "/proc/") ||
           wb_text_starts_with(path, "/sys/");
}

static bool is_account_name(const char *name)
{
    return name != NULL && name[0] != '\0' && name[0] != '-' &&
           name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")] ==
               '\0';
}

/* The account or path that the step does something to; NULL: it must be left to a person. */
static const char *subject_of(const struct step *step, const struct wb_audit_finding *finding)
{
    if (step->argument == ARGUMENT_ACCOUNT)
        return is_account_name(finding->account) ? finding->account : NULL;
    if (!harden_is_plain(finding->path) || is_mounted_at_build(finding->path))
        return NULL;
    return finding->path;
}

static const char *argument_of(struct harden *harden, const struct step *step, const char *subject)
{
    struct wb_buffer text = {0};
    const char *format = step->argument == ARGUMENT_PATH ? "'@'" : step->format;
    for (const char *at = format; *at != '\0'; at++) {
        if (*at != '@') {
            wb_buffer_append(&text, at, 1);
            continue;
        }
        for (const char *letter = subject; *letter != '\0'; letter++) {
            if (*letter == '\'')
                wb_buffer_append_text(&text, "'\\''");
            else
                wb_buffer_append(&text, letter, 1);
        }
    }
    const char *argument = wb_arena_copy_bytes(harden->arena, text.data, text.size);
    wb_buffer_clear(&text);
    return argument;
}

/* ---- one instruction ---- */

static bool is_about(const struct step *step, const struct wb_audit_finding *finding)
{
    if (step->detail != NULL && !wb_text_starts_with(finding->detail, step->detail))
        return false;
    for (size_t i = 0; i < CHECKS_MAX && step->checks[i] != NULL; i++)
        if (strcmp(step->checks[i], finding->check->id) == 0)
            return true;
    return false;
}

static int compare_arguments(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_same_step(const struct step *a, const struct step *b)
{
    return a->argument == b->argument && a->detail == b->detail &&
           strcmp(a->checks[0], b->checks[0]) == 0;
}

/* A row may follow that is about the same findings. */
static bool is_last_about(const struct step *step)
{
    return step + 1 == steps + STEP_COUNT || !is_same_step(step, step + 1);
}

static void name_checks(struct harden *harden, const struct step *step, const size_t *findings,
                        size_t count)
{
    for (size_t i = 0; i < CHECKS_MAX && step->checks[i] != NULL; i++) {
        size_t own = 0;
        for (size_t j = 0; j < count; j++)
            own += strcmp(harden->report->findings[findings[j]].check->id, step->checks[i]) == 0;
        if (own > 0)
            harden_name_check(harden, step->checks[i], own);
    }
}

static void write_instruction(struct harden *harden, const struct step *step,
                              const char **arguments, size_t count)
{
    qsort(arguments, count, sizeof(const char *), compare_arguments);
    harden_print(harden, "RUN %s", step->before);
    for (size_t i = 0; i < count; i++)
        if (i == 0 || strcmp(arguments[i - 1], arguments[i]) != 0)
            harden_print(harden, " \\\n    %s", arguments[i]);
    harden_print(harden, "%s\n", step->after == NULL ? "" : step->after);
}

static void write_step(struct harden *harden, const struct step *step)
{
    const struct wb_audit_report *report = harden->report;
    const char **arguments = wb_allocate_array(report->finding_count + 1, sizeof(const char *));
    size_t *findings = wb_allocate_array(report->finding_count + 1, sizeof *findings);
    size_t count = 0;
    for (size_t i = 0; i < report->finding_count; i++) {
        const struct wb_audit_finding *finding = &report->findings[i];
        if (!harden_is_open(harden, i) || !is_about(step, finding))
            continue;
        const char *subject = subject_of(step, finding);
        if (subject == NULL)
            continue;
        findings[count] = i;
        arguments[count++] = argument_of(harden, step, subject);
    }
    if (count > 0) {
        harden_print(harden, "\n");
        name_checks(harden, step, findings, count);
        write_instruction(harden, step, arguments, count);
        harden->step_count++;
    }
    for (size_t i = 0; i < count && is_last_about(step); i++)
        harden->handled[findings[i]] = true;
    free(arguments);
    free(findings);
}

void harden_files(struct harden *harden)
{
    for (size_t i = 0; i < STEP_COUNT; i++)
        write_step(harden, &steps[i]);
}
