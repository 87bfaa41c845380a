/* SPDX-License-Identifier: Apache-2.0 */
/* Allocation that never returns NULL, and what the cleanup attributes call. */
#include "base/base.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void wb_string_auto(char **text)
{
    free(*text);
}

void wb_fd_auto(int *fd)
{
    if (*fd < 0)
        return;
    int saved = errno;
    close(*fd);
    errno = saved;
}

void wb_json_auto(json_t **json)
{
    json_decref(*json);
}

void *wb_allocate(size_t size)
{
    return wb_allocate_array(size == 0 ? 1 : size, 1);
}

void *wb_allocate_array(size_t count, size_t size)
{
    if (count == 0 || size == 0)
        count = size = 1;
    void *memory = calloc(count, size);
    if (memory == NULL)
        wb_out_of_memory(size > SIZE_MAX / count ? SIZE_MAX : count * size);
    return memory;
}

void *wb_reallocate_array(void *old, size_t count, size_t size)
{
    if (count == 0 || size == 0)
        count = size = 1;
    void *memory = reallocarray(old, count, size);
    if (memory == NULL)
        wb_out_of_memory(size > SIZE_MAX / count ? SIZE_MAX : count * size);
    return memory;
}

char *wb_string_copy(const char *text)
{
    if (text == NULL)
        return NULL;
    size_t size = strlen(text) + 1;
    return memcpy(wb_allocate(size), text, size);
}

char *wb_string_format(const char *format, ...)
{
    char *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    int size = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (size < 0)
        wb_out_of_memory(0);
    return text;
}
