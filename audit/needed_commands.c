/* SPDX-License-Identifier: Apache-2.0 */
/* Commands: as a shell finds them, and the words of scripts and arguments that are some. */
#include "audit/unneeded_private.h"

#include <string.h>

/* PATH_MAX. */
#define WORD_MAX 4096

static bool is_runnable(const struct needs *needs, size_t file)
{
    const struct wb_entry *entry = needs->audit->files[file].node->entry;
    return entry->kind == WB_ENTRY_REGULAR && (entry->mode & 0111) != 0;
}

/* Programs that run what their configuration names, by names that mean nothing else. */
static bool is_supervisor(const char *name)
{
    static const char *const supervisors[] = {"systemd",    "supervisord", "s6-svscan", "runsvdir",
                                              "circusd",    "monit",       "crond",     "xinetd",
                                              "runit-init", "openrc-init"};
    const char *slash = strrchr(name, '/');
    for (size_t i = 0; i < sizeof supervisors / sizeof supervisors[0]; i++)
        if (strcmp(slash == NULL ? name : slash + 1, supervisors[i]) == 0)
            return true;
    return false;
}

static bool find_command(struct needs *needs, const char *name)
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

bool needs_command(struct needs *needs, const char *name)
{
    bool found = find_command(needs, name);
    if (found && needs->supervisor == NULL && is_supervisor(name))
        needs->supervisor = wb_arena_copy(needs->arena, name);
    return found;
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

static size_t end_of_word(struct wb_bytes text, size_t at)
{
    while (at < text.size && is_word(text.data[at]))
        at++;
    return at;
}

static bool is_of_name(uint8_t byte)
{
    return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') ||
           (byte >= '0' && byte <= '9') || byte == '_';
}

/* A command, or a library that is to be loaded before others. */
static void need_word(struct needs *needs, const char *word)
{
    needs_command(needs, word);
    const char *slash = strrchr(word, '/');
    const char *suffix = strstr(word, ".so");
    if (suffix != NULL && (suffix[3] == '\0' || suffix[3] == '.'))
        needs_library_anywhere(needs, slash == NULL ? word : slash + 1);
}

/* A variable's value, where it can be a word; NULL. */
static const char *look_up(struct needs *needs, const char *name)
{
    const struct wb_image_description *image = needs->audit->view->bom->image;
    size_t price = image->settings.environment.count + 1;
    needs->steps -= needs->steps < price ? needs->steps : price;
    const char *value = needs->steps == 0 ? NULL : needs_environment(needs, name);
    return value != NULL && strlen(value) < WORD_MAX ? value : NULL;
}

/* Behind `${NAME:-`. */
static size_t skip_operator(struct wb_bytes text, size_t at)
{
    while (at < text.size && text.data[at] != '\0' && strchr(":-=?+", text.data[at]) != NULL)
        at++;
    return at;
}

/* `$NAME/bin/x`, `${NAME}/bin/x` and `"$NAME"/bin/x` with what the image sets NAME to; where it
 * sets nothing, `x` as it is found in PATH. Gives where to go on: a name
 * without braces counts as a word, too. */
static size_t need_variable(struct needs *needs, struct wb_bytes text, size_t at)
{
    bool braces = at + 1 < text.size && text.data[at + 1] == '{';
    size_t begin = at + 1 + braces, end = begin;
    while (end < text.size && is_of_name(text.data[end]))
        end++;
    size_t rest = end + braces;
    bool is_quoted =
        rest < text.size && text.data[rest] == '"' && at > 0 && text.data[at - 1] == '"';
    rest += is_quoted;
    bool is_whole = end > begin && (!braces || (end < text.size && text.data[end] == '}'));
    if (!is_whole && braces)
        return skip_operator(text, end);
    if (!is_whole || end_of_word(text, rest) - begin >= WORD_MAX)
        return begin;
    char name[WORD_MAX];
    memcpy(name, text.data + begin, end - begin);
    name[end - begin] = '\0';
    const char *value = look_up(needs, name);
    WB_AUTO_STRING word =
        wb_string_format("%s%.*s", value == NULL ? "" : value,
                         (int)(end_of_word(text, rest) - rest), (const char *)text.data + rest);
    const char *slash = value == NULL ? strrchr(word, '/') : NULL;
    need_word(needs, slash == NULL ? word : slash + 1);
    return braces ? rest : begin;
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
        if (text.data[at] == '$') {
            at = need_variable(needs, text, at);
            continue;
        }
        size_t end = end_of_word(text, at);
        if (end > at && end - at < WORD_MAX) {
            char word[WORD_MAX];
            memcpy(word, text.data + at, end - at);
            word[end - at] = '\0';
            need_word(needs, word);
        }
        at = end > at ? end : end + 1;
    }
}
