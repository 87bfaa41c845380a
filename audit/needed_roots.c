/* SPDX-License-Identifier: Apache-2.0 */
/* What a container of the image runs: the entry point with its arguments, the health check, and
 * what the loader and the environment bring in. */
#include "audit/unneeded_private.h"

#include <string.h>

static void need_argument(struct needs *needs, const char *argument)
{
    struct wb_bytes text = {(const uint8_t *)argument, strlen(argument)};
    needs_words(needs, text);
    if (argument[0] != '/' && argument[0] != '\0') {
        WB_AUTO_STRING path = wb_string_format("%s/%s", needs->working_directory, argument);
        needs_path(needs, path, NULL);
    }
}

/* Names that are words elsewhere, but not of the first process. */
static bool runs_others(const char *program)
{
    static const char *const names[] = {"init", "runit", "cron", "inetd", "god", "pm2-runtime"};
    const char *slash = strrchr(program, '/');
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(slash == NULL ? program : slash + 1, names[i]) == 0)
            return true;
    return false;
}

static bool need_program(struct needs *needs, const char *program, const char **reason)
{
    if (!needs_command(needs, program)) {
        *reason = wb_arena_format(needs->arena, "what it runs, %s, is not in the image", program);
        return false;
    }
    if (runs_others(program) && needs->supervisor == NULL)
        needs->supervisor = program;
    return true;
}

bool needs_entry_point(struct needs *needs, const char **reason)
{
    const struct wb_image_settings *settings = &needs->audit->view->bom->image->settings;
    const struct wb_string_list *lists[] = {&settings->entry_point, &settings->command};
    bool is_first = true;
    for (size_t i = 0; i < 2; i++)
        for (size_t j = 0; j < lists[i]->count; j++) {
            if (is_first && !need_program(needs, lists[i]->items[j], reason))
                return false;
            if (!is_first)
                need_argument(needs, lists[i]->items[j]);
            is_first = false;
        }
    if (is_first)
        *reason = "it states neither entry point nor command";
    return !is_first;
}

/* `CMD` with a program and its arguments, or `CMD-SHELL` with what a shell is given. */
static void need_health_check(struct needs *needs)
{
    const struct wb_string_list *test = &needs->audit->view->bom->image->settings.health_check;
    if (test->count < 2 || strcmp(test->items[0], "NONE") == 0)
        return;
    if (strcmp(test->items[0], "CMD-SHELL") == 0)
        needs_command(needs, "/bin/sh");
    for (size_t i = 1; i < test->count; i++)
        need_argument(needs, test->items[i]);
}

/* ---- the loader ---- */

/* ld.so(8): names and paths between blanks and colons. */
static void need_libraries(struct needs *needs, const char *list, size_t size)
{
    for (size_t at = 0; at < size;) {
        size_t end = at;
        while (end < size && strchr(" \t\r\n:", list[end]) == NULL)
            end++;
        WB_AUTO_STRING name = wb_string_format("%.*s", (int)(end - at), list + at);
        if (strchr(name, '/') != NULL)
            needs_path(needs, name, NULL);
        else if (name[0] != '\0')
            needs_library_anywhere(needs, name);
        at = end + 1;
    }
}

void needs_environment_files(struct needs *needs)
{
    static const char *const lists[] = {"LD_PRELOAD", "LD_AUDIT"};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        const char *value = needs_environment(needs, lists[i]);
        if (value != NULL)
            need_libraries(needs, value, strlen(value));
    }
    const struct wb_bytes *preloaded = wb_audit_content(needs->audit, "etc/ld.so.preload");
    if (preloaded != NULL)
        need_libraries(needs, (const char *)preloaded->data, preloaded->size);
    const struct wb_string_list *environment =
        &needs->audit->view->bom->image->settings.environment;
    for (size_t i = 0; i < environment->count; i++) {
        const char *sign = strchr(environment->items[i], '=');
        if (sign != NULL && sign[1] == '/')
            needs_path(needs, sign + 1, NULL);
    }
    need_health_check(needs);
}
