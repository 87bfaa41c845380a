/* SPDX-License-Identifier: Apache-2.0 */
/* Scripts: what stands behind `#!` (execve(2), "Interpreter scripts"). */
#include "audit/executable_private.h"

#include <string.h>

/* Linux's BINPRM_BUF_SIZE: the kernel looks no further. */
#define LINE_MAX_SIZE 256

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

bool executable_is_shell(const char *interpreter)
{
    static const char *const shells[] = {"sh",  "bash",  "dash",    "ash",    "ksh",  "mksh",
                                         "zsh", "rbash", "busybox", "toybox", "posh", "yash"};
    const char *name = base_name(interpreter);
    for (size_t i = 0; i < sizeof shells / sizeof shells[0]; i++)
        if (strcmp(name, shells[i]) == 0)
            return true;
    return false;
}

/* Takes the next word off a line; NULL at its end. */
static const char *take_word(const char **at, struct wb_arena *arena)
{
    *at += strspn(*at, " \t");
    size_t size = strcspn(*at, " \t");
    if (size == 0)
        return NULL;
    const char *word = wb_arena_copy_bytes(arena, *at, size);
    *at += size;
    return word;
}

/* Without the quotes that `env -S` takes off. */
static const char *unquoted(const char *word, struct wb_arena *arena)
{
    char *plain = wb_arena_copy(arena, word), *end = plain;
    for (; *word != '\0'; word++)
        if (*word != '"' && *word != '\'')
            *end++ = *word;
    *end = '\0';
    return plain;
}

/* The options of env(1) that take the next word. */
static bool takes_word(const char *option)
{
    static const char *const options[] = {"-u", "--unset", "-C", "--chdir", "-a", "--argv0"};
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
        if (strcmp(option, options[i]) == 0)
            return true;
    return false;
}

/* env(1): options and variables stand in front of the program's name. */
static const char *program_of_env(const char *at, struct wb_arena *arena)
{
    static const char split[] = "--split-string=";
    const char *word;
    while ((word = take_word(&at, arena)) != NULL) {
        /* `-S`, perhaps behind other letters, and glued to it what it splits. */
        size_t letters = word[0] == '-' ? 1 + strspn(word + 1, "iv0") : 0;
        if (letters > 0 && word[letters] == 'S' && word[letters + 1] != '\0')
            word += letters + 1;
        else if (wb_text_starts_with(word, split))
            word += strlen(split);
        word = unquoted(word, arena);
        if (takes_word(word))
            (void)take_word(&at, arena);
        else if (word[0] != '-' && word[0] != '\0' && strchr(word, '=') == NULL)
            return word;
    }
    return NULL;
}

void executable_script_read(struct wb_bytes text, struct wb_arena *arena,
                            struct wb_executable *executable)
{
    if (text.size < 2 || text.data[0] != '#' || text.data[1] != '!')
        return;
    size_t limit = text.size < LINE_MAX_SIZE ? text.size : LINE_MAX_SIZE;
    size_t end = 2;
    while (end < limit && text.data[end] != '\n' && text.data[end] != '\r' &&
           text.data[end] != '\0')
        end++;
    const char *line = wb_arena_copy_bytes(arena, text.data + 2, end - 2);
    executable->interpreter = take_word(&line, arena);
    if (executable->interpreter == NULL)
        return;
    if (strcmp(base_name(executable->interpreter), "env") == 0)
        executable->interpreter_argument = program_of_env(line, arena);
    else
        executable->interpreter_argument = take_word(&line, arena);
}
