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

/* env(1): options and variables stand in front of the program's name. */
static const char *program_of_env(const char *at, struct wb_arena *arena)
{
    const char *word;
    while ((word = take_word(&at, arena)) != NULL) {
        /* `-S`, and glued to it what it splits. */
        if (strncmp(word, "-S", 2) == 0 && word[2] != '\0')
            word += 2;
        if (word[0] != '-' && strchr(word, '=') == NULL)
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
