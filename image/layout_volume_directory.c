/* SPDX-License-Identifier: Apache-2.0 */
/* The entries below a directory: what a layout may have is looked into, anything else is named. */
#include "image/layout_volume_private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* parts/ALG/HEX and its files. */
#define DEPTH_MAX 4

/* What was no link when it was listed is not followed when it has become one. `path` is one of a
 * layout: a few components, none of them `..`. */
static int open_below(int fd, const char *path, int flags, bool linked)
{
    char name[NAME_MAX + 1];
    const char *slash = strchr(path, '/');
    if (linked || slash == NULL)
        return openat(fd, path, flags | (linked ? 0 : O_NOFOLLOW));
    size_t size = (size_t)(slash - path);
    if (size > NAME_MAX) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(name, path, size);
    name[size] = '\0';
    WB_AUTO_FD folder = openat(fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    return folder < 0 ? -1 : open_below(folder, slash + 1, flags, false);
}

/* Symlinks to regular files are followed: some tools make layouts of them, and the digest is
 * checked wherever the bytes come from. A verifier of deliveries refuses them all the same. */
int wb_volume_open_file(const struct wb_volumes *volumes, const struct wb_volume_entry *entry,
                        struct wb_error *err)
{
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    struct stat status;
    WB_AUTO_FD fd = open_below(volumes->fds[entry->volume], wb_volume_entry_name(entry, arena),
                               O_RDONLY | O_CLOEXEC | O_NONBLOCK, entry->linked);
    if (fd < 0 || fstat(fd, &status) != 0) {
        wb_error_set_errno(err, errno, "cannot open");
        return -1;
    }
    if (!S_ISREG(status.st_mode)) {
        wb_error_set(err, WB_CHECK_FAILED, "not a regular file");
        return -1;
    }
    int opened = fd;
    fd = -1;
    return opened;
}

struct walk {
    struct wb_volumes *volumes;
    unsigned volume;
    bool linked; /* below a link */
};

static bool walk_folder(struct walk *walk, const char *prefix, int depth, struct wb_error *err);

static bool walk_name(struct walk *walk, const char *prefix, const char *name, int depth,
                      struct wb_error *err)
{
    WB_AUTO_STRING path = wb_string_format("%s%s%s", prefix, *prefix == '\0' ? "" : "/", name);
    int fd = walk->volumes->fds[walk->volume];
    struct stat status, own;
    bool there = fstatat(fd, path, &status, 0) == 0;
    bool linked =
        walk->linked || (fstatat(fd, path, &own, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(own.st_mode));
    if (there && S_ISDIR(status.st_mode) && wb_volume_is_folder(path)) {
        struct walk below = {walk->volumes, walk->volume, linked};
        return depth == DEPTH_MAX || walk_folder(&below, path, depth + 1, err);
    }
    struct wb_volume_entry *entry;
    if (!wb_volumes_add(walk->volumes, walk->volume, path, &entry, err))
        return false;
    entry->linked = linked;
    if (!there)
        entry->complaint = "a link that leads nowhere";
    else if (S_ISDIR(status.st_mode))
        entry->complaint = "a directory that no layout has";
    else if (!S_ISREG(status.st_mode))
        entry->complaint = "a special file";
    else
        entry->size = (uint64_t)status.st_size;
    return true;
}

static bool walk_folder(struct walk *walk, const char *prefix, int depth, struct wb_error *err)
{
    int fd = open_below(walk->volumes->fds[walk->volume], *prefix == '\0' ? "." : prefix,
                        O_RDONLY | O_DIRECTORY | O_CLOEXEC, walk->linked);
    DIR *folder = fd < 0 ? NULL : fdopendir(fd);
    if (folder == NULL) {
        int code = errno;
        if (fd >= 0)
            close(fd);
        return wb_error_set_errno(err, code, "%s: cannot list", prefix);
    }
    const struct dirent *entry;
    bool good = true;
    while (good && (entry = readdir(folder)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            good = walk_name(walk, prefix, entry->d_name, depth, err);
    closedir(folder);
    return good;
}

bool wb_volume_read_directory(struct wb_volumes *volumes, unsigned volume, struct wb_error *err)
{
    struct walk walk = {volumes, volume, false};
    return walk_folder(&walk, "", 0, err);
}
