/* SPDX-License-Identifier: Apache-2.0 */
/* Steps for a Dockerfile that do away with findings. They are for a person to review: nothing here
 * changes an image. */
#include "audit/harden_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An account that need not be in /etc/passwd, and that no distribution gives out. */
#define UNPRIVILEGED "10001:10001"

void harden_print(struct harden *harden, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = NULL;
    int size = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (size < 0)
        wb_out_of_memory(0);
    wb_output_write(harden->output, text, (size_t)size);
    free(text);
}

void harden_name_check(struct harden *harden, const char *check, size_t count)
{
    const struct wb_audit_check *found = wb_audit_check_find(check);
    harden_print(harden, "# %s (%zu finding%s): %s\n", check, count, count == 1 ? "" : "s",
                 found == NULL ? "" : found->title);
}

bool harden_is_plain(const char *text)
{
    /* A backslash is part of an escape, or ends up as one; `<<` begins a document. */
    if (text == NULL || text[0] == '\0' || strchr(text, '\\') != NULL || strchr(text, '<') != NULL)
        return false;
    for (const char *at = text; *at != '\0'; at++)
        if ((unsigned char)*at < ' ' || wb_utf8_control_size(at) > 0)
            return false;
    return true;
}

const char *harden_comment(struct harden *harden, const char *text)
{
    return wb_utf8_escape_line(harden->arena, text);
}

bool harden_is_open(const struct harden *harden, size_t finding)
{
    const struct wb_audit_finding *open = &harden->report->findings[finding];
    return open->waiver == NULL && !open->hidden && !harden->handled[finding];
}

static size_t count_open(const struct harden *harden, const char *check)
{
    size_t count = 0;
    for (size_t i = 0; i < harden->report->finding_count; i++)
        count +=
            harden_is_open(harden, i) && strcmp(harden->report->findings[i].check->id, check) == 0;
    return count;
}

static void handle_all(struct harden *harden, const char *check)
{
    for (size_t i = 0; i < harden->report->finding_count; i++)
        if (harden_is_open(harden, i) && strcmp(harden->report->findings[i].check->id, check) == 0)
            harden->handled[i] = true;
}

static void write_introduction(struct harden *harden)
{
    const struct wb_image_description *image = harden->report->bom->image;
    const char *reference =
        image->reference == NULL ? "" : harden_comment(harden, image->reference);
    harden_print(
        harden,
        "# Suggested by `waybill harden` for %s\n"
        "# Review each step, then put them at the end of the Dockerfile that builds the\n"
        "# image. What a lower layer brings stays in it: build in stages and copy the\n"
        "# result (COPY --from=...), or squash, so that it is not shipped. The steps need\n"
        "# a shell, chgrp, chmod, chown, cp, find, ls, mv, rm and sed in the image.\n",
        reference);
    harden_print(harden, "\nUSER 0\n");
}

/* ---- the account it runs as ---- */

static bool is_account(const char *user)
{
    return user != NULL && user[0] != '\0' &&
           user[strspn(
               user, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:-")] == '\0';
}

static void write_user(struct harden *harden)
{
    const char *user = harden->report->bom->image->settings.user;
    size_t count = count_open(harden, "user-root");
    if (count > 0) {
        harden_print(harden, "\n");
        harden_name_check(harden, "user-root", count);
        harden_print(harden,
                     "# Its files must be readable, and what it writes to writable, for it.\n"
                     "USER " UNPRIVILEGED "\n");
        handle_all(harden, "user-root");
        harden->step_count++;
    } else if (is_account(user)) {
        harden_print(harden, "\n# As before.\nUSER %s\n", user);
    } else {
        harden_print(harden, "\n# USER: as before.\n");
    }
}

/* ---- what is left ---- */

static void write_rest(struct harden *harden)
{
    size_t check_count;
    const struct wb_audit_check *checks = wb_audit_checks(&check_count);
    bool is_first = true;
    for (size_t i = 0; i < check_count; i++) {
        size_t count = count_open(harden, checks[i].id);
        if (count == 0 || strcmp(checks[i].id, "unneeded-package") == 0)
            continue;
        if (is_first)
            harden_print(harden, "\n# Left to a person:\n");
        is_first = false;
        harden_print(harden, "#   %s (%zu): %s\n", checks[i].id, count, checks[i].remedy);
    }
    for (size_t i = 0; i < harden->report->result_count; i++) {
        const struct wb_audit_result *result = &harden->report->results[i];
        if (result->state == WB_AUDIT_INCONCLUSIVE)
            harden_print(harden, "#   %s is inconclusive%s%s\n", result->check->id,
                         result->detail == NULL ? "" : ": ",
                         result->detail == NULL ? "" : harden_comment(harden, result->detail));
    }
}

void wb_audit_write_harden(const struct wb_audit_report *report, struct wb_output *output)
{
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    struct harden harden = {.report = report, .output = output, .arena = arena};
    harden.handled = wb_allocate_array(report->finding_count + 1, sizeof *harden.handled);
    write_introduction(&harden);
    /* Packages first: their scripts may need the accounts and files that go later. */
    harden_packages(&harden);
    harden_files(&harden);
    write_user(&harden);
    if (harden.step_count == 0)
        harden_print(&harden, "\n# Nothing that can be done mechanically.\n");
    write_rest(&harden);
    free(harden.handled);
}
