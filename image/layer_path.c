/* SPDX-License-Identifier: Apache-2.0 */
/* Paths as archives spell them, and the names that mean "deleted". */
#include "image/layer_private.h"

#include <string.h>

/* Linux's own limits are 255 and 4096; a layer that a runtime can unpack stays below. */
#define COMPONENT_MAX 255
#define PATH_BYTES_MAX 4096

const char *wb_layer_path(struct wb_arena *arena, const char *path, struct wb_error *err)
{
    size_t length = strlen(path);
    if (length > PATH_BYTES_MAX) {
        wb_error_set(err, WB_BAD_INPUT, "path of %zu bytes is too long: %.60s…", length, path);
        return NULL;
    }
    char *clean = wb_arena_allocate(arena, length + 1);
    size_t used = 0;
    for (const char *at = path; *at != '\0';) {
        size_t size = strcspn(at, "/");
        if (size == 2 && memcmp(at, "..", 2) == 0) {
            wb_error_set(err, WB_BAD_INPUT, "path climbs with `..`: %.200s", path);
            return NULL;
        }
        if (size > COMPONENT_MAX) {
            wb_error_set(err, WB_BAD_INPUT, "file name of %zu bytes is too long: %.60s…", size, at);
            return NULL;
        }
        if (size > 0 && !(size == 1 && at[0] == '.')) {
            if (used > 0)
                clean[used++] = '/';
            memcpy(clean + used, at, size);
            used += size;
        }
        at += size;
        while (*at == '/')
            at++;
    }
    clean[used] = '\0';
    return clean;
}

/* Names that begin with `.wh..wh.` are AUFS's own bookkeeping, and so is what lies below one;
 * runtimes leave both out. Only the opaque marker, at the end of a path, means something. */
static bool is_in_bookkeeping(const char *path)
{
    for (const char *at = path; at != NULL; at = strchr(at, '/')) {
        at += *at == '/';
        if (wb_text_starts_with(at, ".wh..wh.") && strcmp(at, ".wh..wh..opq") != 0)
            return true;
    }
    return false;
}

/* OCI image-spec 1.1, layer.md "Whiteouts". */
const char *wb_layer_whiteout(struct wb_arena *arena, const char *path, enum wb_entry_kind *kind,
                              bool *skip, struct wb_error *err)
{
    *skip = false;
    char *clean = (char *)wb_layer_path(arena, path, err);
    if (clean == NULL)
        return NULL;
    char *slash = strrchr(clean, '/');
    char *name = slash == NULL ? clean : slash + 1;
    if (is_in_bookkeeping(clean)) {
        *skip = true;
        return clean;
    }
    if (!wb_text_starts_with(name, ".wh."))
        return clean;
    if (strcmp(name, ".wh..wh..opq") == 0) {
        *kind = WB_ENTRY_OPAQUE;
        *(slash == NULL ? clean : slash) = '\0';
        return clean;
    }
    const char *meant = name + 4;
    if (*meant == '\0' || strcmp(meant, ".") == 0 || strcmp(meant, "..") == 0) {
        wb_error_set(err, WB_BAD_INPUT, "whiteout that names no file: %.200s", path);
        return NULL;
    }
    *kind = WB_ENTRY_WHITEOUT;
    memmove(name, meant, strlen(meant) + 1);
    return clean;
}
