/* SPDX-License-Identifier: Apache-2.0 */
/* What an image is called. */
#include "image/image_set_private.h"

#include <stdlib.h>
#include <string.h>

static const char *escaped(struct wb_arena *arena, const char *text, size_t size)
{
    return size == 0 ? NULL : wb_utf8_escape(arena, text, size);
}

struct wb_image_name wb_image_name_split(struct wb_arena *arena, const char *text)
{
    size_t size = strcspn(text, "@");
    const char *slash = memrchr(text, '/', size);
    const char *last = slash == NULL ? text : slash + 1;
    /* A colon in front of the last slash belongs to the registry's port. */
    const char *colon = memchr(last, ':', size - (size_t)(last - text));
    size_t repository_size = colon == NULL ? size : (size_t)(colon - text);
    struct wb_image_name name = {.repository = escaped(arena, text, repository_size)};
    if (colon != NULL)
        name.tag = escaped(arena, colon + 1, size - repository_size - 1);
    return name;
}

/* The last component of a path without the suffixes of archives. */
static const char *path_name(struct wb_arena *arena, const char *path)
{
    static const char *const suffixes[] = {".gz", ".zst", ".tgz", ".tar"};
    /* `.` and the like have no name of their own. */
    WB_AUTO_STRING real = realpath(path, NULL);
    const char *end = path + strlen(path);
    while (end > path + 1 && end[-1] == '/')
        end--;
    const char *slash = memrchr(path, '/', (size_t)(end - path));
    const char *name = slash == NULL ? path : slash + 1;
    size_t size = (size_t)(end - name);
    if ((size == 1 && name[0] == '.') || (size == 2 && memcmp(name, "..", 2) == 0)) {
        name = real == NULL ? "" : strrchr(real, '/') + 1;
        size = strlen(name);
    }
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        size_t suffix_size = strlen(suffixes[i]);
        if (size > suffix_size && memcmp(name + size - suffix_size, suffixes[i], suffix_size) == 0)
            size -= suffix_size;
    }
    return escaped(arena, name, size);
}

static const char *last_component(const char *repository)
{
    const char *slash = strrchr(repository, '/');
    return slash == NULL ? repository : slash + 1;
}

void wb_image_name_apply(struct wb_image *image, const struct wb_reference *reference,
                         const struct wb_image_name *name)
{
    struct wb_image_description *description = &image->description;
    description->reference = wb_utf8_escape(image->arena, reference->text, strlen(reference->text));
    description->repository = name->repository;
    description->tag = name->tag;
    if (name->repository != NULL)
        description->name = last_component(name->repository);
    else if (reference->path != NULL)
        description->name = path_name(image->arena, reference->path);
    if (description->name == NULL || description->name[0] == '\0')
        description->name = "image";
}
