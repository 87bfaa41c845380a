/* SPDX-License-Identifier: Apache-2.0 */
/* The step that removes packages, in the order in which they can go, and what to look at first. */
#include "audit/harden_private.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* One package manager can remove the package, and its name is a word of a command line. */
static const char *command_of(const struct harden *harden, const struct wb_package *package)
{
    const struct wb_bom *bom = harden->report->bom;
    if (package->database < 0 || (size_t)package->database >= bom->database_count)
        return NULL;
    const struct wb_database *database = &bom->databases[package->database];
    if (database->span.deleted >= 0)
        return NULL;
    if (strcmp(database->format, "dpkg-status") == 0)
        return "dpkg --log=/dev/null --purge";
    if (wb_text_starts_with(database->format, "rpm-") &&
        strcmp(database->format, "rpm-manifest") != 0)
        return "rpm -e";
    return NULL;
}

static bool is_name(const char *text)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                  "+-._~^:";
    return text != NULL && text[0] != '\0' && text[0] != '-' && text[strspn(text, letters)] == '\0';
}

/* Packages are sorted by name. */
static bool is_ambiguous(const struct wb_bom *bom, const struct wb_package *package)
{
    size_t at = package->index;
    return (at > 0 && strcmp(bom->packages[at - 1]->name, package->name) == 0) ||
           (at + 1 < bom->package_count && strcmp(bom->packages[at + 1]->name, package->name) == 0);
}

/* The name as the package manager takes it; NULL: it must be left alone. */
static const char *name_of(const struct harden *harden, const struct wb_package *package)
{
    if (!is_name(package->name))
        return NULL;
    if (!is_ambiguous(harden->report->bom, package))
        return package->name;
    if (!is_name(package->architecture))
        return NULL;
    if (package->kind == WB_PACKAGE_DEB)
        return wb_arena_format(harden->arena, "%s:%s", package->name, package->architecture);
    if (!is_name(package->version) || !is_name(package->release))
        return NULL;
    return wb_arena_format(harden->arena, "%s-%s-%s.%s", package->name, package->version,
                           package->release, package->architecture);
}

/* A directory may stay for another package. */
static bool goes_with_package(const struct wb_audit_finding *finding)
{
    static const char *const stay[] = {"world-writable-directory", "writable-search-path",
                                       "file-without-owner"};
    for (size_t i = 0; i < sizeof stay / sizeof stay[0]; i++)
        if (strcmp(finding->check->id, stay[i]) == 0)
            return false;
    return finding->package != NULL && finding->account == NULL;
}

/* Whatever was found of a package that goes, goes with it. */
static void handle_package(struct harden *harden, const struct wb_package *package)
{
    for (size_t i = 0; i < harden->report->finding_count; i++) {
        const struct wb_audit_finding *finding = &harden->report->findings[i];
        if (harden_is_open(harden, i) && goes_with_package(finding) &&
            strcmp(finding->package, package->name) == 0)
            harden->handled[i] = true;
    }
}

/* Names the checks of which a finding is about a package that goes. */
static void name_checks(struct harden *harden, const bool *before)
{
    size_t check_count;
    const struct wb_audit_check *checks = wb_audit_checks(&check_count);
    for (size_t i = 0; i < check_count; i++) {
        size_t count = 0;
        for (size_t j = 0; j < harden->report->finding_count; j++)
            count +=
                harden->report->findings[j].check == &checks[i] && harden->handled[j] && !before[j];
        if (count > 0)
            harden_name_check(harden, checks[i].id, count);
    }
}

static void print_size(struct harden *harden, const struct wb_unneeded_package *unneeded)
{
    if (unneeded->installed_size >= 0)
        harden_print(harden, ", %" PRId64 " KiB", (unneeded->installed_size + 1023) / 1024);
}

/* Comments stand between the lines of one instruction. */
static void remove_with(struct harden *harden, const char *command)
{
    const struct wb_audit_report *report = harden->report;
    bool *before = wb_allocate_array(report->finding_count + 1, sizeof *before);
    memcpy(before, harden->handled, report->finding_count * sizeof *before);
    size_t count = 0;
    for (size_t i = 0; i < report->unneeded_count; i++) {
        const struct wb_unneeded_package *unneeded = &report->unneeded[i];
        const char *own = command_of(harden, unneeded->package);
        if (own == NULL || strcmp(own, command) != 0 || unneeded->caution != NULL ||
            name_of(harden, unneeded->package) == NULL)
            continue;
        handle_package(harden, unneeded->package);
        count++;
    }
    if (count > 0) {
        harden_print(harden, "\n");
        name_checks(harden, before);
        harden_print(harden, "RUN %s", command);
        for (size_t i = 0; i < report->unneeded_count; i++) {
            const struct wb_unneeded_package *unneeded = &report->unneeded[i];
            const char *own = command_of(harden, unneeded->package);
            const char *name = name_of(harden, unneeded->package);
            if (own != NULL && strcmp(own, command) == 0 && unneeded->caution == NULL &&
                name != NULL)
                harden_print(harden, " \\\n    %s", name);
        }
        harden_print(harden, "\n");
        harden->step_count++;
    }
    free(before);
}

static void list_cautions(struct harden *harden)
{
    bool is_first = true;
    for (size_t i = 0; i < harden->report->unneeded_count; i++) {
        const struct wb_unneeded_package *unneeded = &harden->report->unneeded[i];
        const char *name = name_of(harden, unneeded->package);
        const char *command = command_of(harden, unneeded->package);
        const char *caution = unneeded->caution;
        if (caution == NULL && name != NULL && command != NULL)
            continue;
        if (caution == NULL)
            caution = command == NULL ? "no package manager of the image knows it any more"
                                      : "its name cannot stand in a command line";
        if (is_first)
            harden_print(harden, "\n# unneeded-package: nothing that the image runs needs these "
                                 "either, but look first:\n");
        is_first = false;
        harden_print(harden, "#   %s",
                     harden_comment(harden, name == NULL ? unneeded->package->name : name));
        print_size(harden, unneeded);
        harden_print(harden, ": %s\n", harden_comment(harden, caution));
    }
}

void harden_packages(struct harden *harden)
{
    remove_with(harden, "dpkg --log=/dev/null --purge");
    remove_with(harden, "rpm -e");
    list_cautions(harden);
}
