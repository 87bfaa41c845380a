/* SPDX-License-Identifier: Apache-2.0 */
/* Which files of a layer the readers want to see. */
#include "sbom/sbom.h"

#include <string.h>

#define MIB ((size_t)1 << 20)

/* `parent` and `name` are the last components of a path; a `*` in front stands for any beginning,
 * at the end for any ending. */
struct kept_file {
    const char *grandparent; /* NULL: any */
    const char *parent;      /* NULL: any */
    const char *name;
    size_t limit;
};

/* Limits are several times what the largest known distributions have. */
static const struct kept_file kept_files[] = {
    {NULL, "rpm", "rpmdb.sqlite", 1024 * MIB},
    {NULL, "rpm", "rpmdb.sqlite-wal", 1024 * MIB},
    {NULL, "rpm", "Packages.db", 1024 * MIB},
    {NULL, "rpm", "Packages", 1024 * MIB},
    {NULL, "rpmmanifest", "container-manifest-2", 64 * MIB},
    {NULL, "dpkg", "status", 256 * MIB},
    {NULL, "dpkg", "diversions", 16 * MIB},
    {"dpkg", "status.d", "*", 64 * MIB},
    {"dpkg", "info", "*.list", 256 * MIB},
    {"dpkg", "info", "*.md5sums", 256 * MIB},
    {"dpkg", "info", "*.conffiles", 16 * MIB},
    {"doc", NULL, "copyright", 32 * MIB},
    /* The two places, and where distributions link them to. */
    {NULL, "etc", "os-release*", 1 * MIB},
    {NULL, "lib", "os-release*", 1 * MIB},
    {"lib", "os.release.d", "os-release*", 1 * MIB},
};

struct component {
    const char *text;
    size_t size;
};

/* Takes the last component off `path`, whose length is *length. */
static struct component take_last(const char *path, size_t *length)
{
    size_t end = *length;
    size_t start = end;
    while (start > 0 && path[start - 1] != '/')
        start--;
    *length = start == 0 ? 0 : start - 1;
    return (struct component){path + start, end - start};
}

static bool matches(const char *pattern, struct component component)
{
    if (pattern == NULL)
        return component.size > 0;
    size_t size = strlen(pattern);
    if (pattern[0] == '*') {
        size--;
        return component.size >= size &&
               memcmp(component.text + component.size - size, pattern + 1, size) == 0;
    }
    if (pattern[size - 1] == '*')
        return component.size >= size - 1 && memcmp(component.text, pattern, size - 1) == 0;
    return component.size == size && memcmp(component.text, pattern, size) == 0;
}

size_t wb_sbom_keep(const char *path)
{
    size_t length = strlen(path);
    struct component name = take_last(path, &length);
    struct component parent = take_last(path, &length);
    struct component grandparent = take_last(path, &length);
    for (size_t i = 0; i < sizeof kept_files / sizeof kept_files[0]; i++) {
        const struct kept_file *kept = &kept_files[i];
        if (matches(kept->name, name) && matches(kept->parent, parent) &&
            (kept->grandparent == NULL || matches(kept->grandparent, grandparent)))
            return kept->limit;
    }
    return 0;
}
