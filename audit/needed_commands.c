/* SPDX-License-Identifier: Apache-2.0 */
/* What a container of the image runs: the entry point, its arguments, and the words of shell
 * scripts that are commands. */
#include "audit/unneeded_private.h"

#include <string.h>

/* PATH_MAX. */
#define WORD_MAX 4096

static bool is_runnable(const struct needs *needs, size_t file)
{
    const struct wb_entry *entry = needs->audit->files[file].node->entry;
    return entry->kind == WB_ENTRY_REGULAR && (entry->mode & 0111) != 0;
}

bool needs_command(struct needs *needs, const char *name)
{
    if (name[0] == '/')
        return needs_path(needs, name, NULL);
    if (strchr(name, '/') != NULL) {
        WB_AUTO_STRING path = wb_string_format("%s/%s", needs->working_directory, name);
        return needs_path(needs, path, NULL);
    }
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return false;
    for (size_t i = 0; i < needs->command_directory_count; i++) {
        WB_AUTO_STRING path = wb_string_format("%s/%s", needs->command_directories[i], name);
        size_t file = needs_find(needs, path);
        if (file != SIZE_MAX && is_runnable(needs, file))
            return needs_path(needs, path, NULL);
    }
    return false;
}

/* ---- words ---- */

static bool is_word(uint8_t byte)
{
    return byte > ' ' && byte != 0x7f && strchr("\"'`$(){}[];|&<>=:,*?!\\", byte) == NULL;
}

static bool begins_comment(struct wb_bytes text, size_t at)
{
    if (text.data[at] != '#')
        return false;
    while (at > 0 && (text.data[at - 1] == ' ' || text.data[at - 1] == '\t'))
        at--;
    return at == 0 || text.data[at - 1] == '\n';
}

/* Words in quotes, arguments and names of variables count as well: what is kept too much does less
 * harm than a command that is missing. */
void needs_words(struct needs *needs, struct wb_bytes text)
{
    for (size_t at = 0; at < text.size && needs->steps > 0;) {
        if (begins_comment(text, at)) {
            while (at < text.size && text.data[at] != '\n')
                at++;
            continue;
        }
        size_t end = at;
        while (end < text.size && is_word(text.data[end]))
            end++;
        if (end > at && end - at < WORD_MAX) {
            char word[WORD_MAX];
            memcpy(word, text.data + at, end - at);
            word[end - at] = '\0';
            needs_command(needs, word);
        }
        at = end > at ? end : end + 1;
    }
}

/* ---- the entry point ---- */

static void need_argument(struct needs *needs, const char *argument)
{
    struct wb_bytes text = {(const uint8_t *)argument, strlen(argument)};
    needs_words(needs, text);
    if (argument[0] != '/' && argument[0] != '\0') {
        WB_AUTO_STRING path = wb_string_format("%s/%s", needs->working_directory, argument);
        needs_path(needs, path, NULL);
    }
}

bool needs_entry_point(struct needs *needs, const char **reason)
{
    const struct wb_image_settings *settings = &needs->audit->view->bom->image->settings;
    const struct wb_string_list *lists[] = {&settings->entry_point, &settings->command};
    bool is_first = true;
    for (size_t i = 0; i < 2; i++)
        for (size_t j = 0; j < lists[i]->count; j++) {
            const char *argument = lists[i]->items[j];
            if (is_first && !needs_command(needs, argument)) {
                *reason = wb_arena_format(needs->arena, "what it runs, %s, is not in the image",
                                          argument);
                return false;
            }
            if (!is_first)
                need_argument(needs, argument);
            is_first = false;
        }
    if (is_first)
        *reason = "it states neither entry point nor command";
    return !is_first;
}
