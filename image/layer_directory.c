/* SPDX-License-Identifier: Apache-2.0 */
/* A root file system on disk, read as if it were one layer. */
#include "image/layer_private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#define DEPTH_MAX 512
#define READ_SIZE ((size_t)256 << 10)
#define CAPABILITY_MAX 64

struct directory_reader {
    const struct wb_layer_options *options;
    struct wb_layer *layer;
    struct wb_span_hasher *hasher;
    struct wb_buffer path; /* relative to the root, no leading slash */
    uint8_t *buffer;       /* READ_SIZE */
    size_t entry_capacity;
    uint64_t max_entries;
    uint64_t bytes_done;
};

static const char *shown(const struct directory_reader *reader)
{
    return reader->path.size == 0 ? "" : (const char *)reader->path.data;
}

/* Kernel views without stored content. */
static bool is_pseudo_file_system(int fd)
{
    static const long magics[] = {PROC_SUPER_MAGIC,   SYSFS_MAGIC,         DEVPTS_SUPER_MAGIC,
                                  CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC, DEBUGFS_MAGIC,
                                  TRACEFS_MAGIC,      SECURITYFS_MAGIC,    BPF_FS_MAGIC,
                                  PSTOREFS_MAGIC,     SELINUX_MAGIC,       EFIVARFS_MAGIC};
    struct statfs status;
    if (fstatfs(fd, &status) != 0)
        return false;
    for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++)
        if ((long)status.f_type == magics[i])
            return true;
    return false;
}

static void read_capability(struct directory_reader *reader, int fd, struct wb_entry *entry)
{
    uint8_t value[CAPABILITY_MAX];
    ssize_t size = fgetxattr(fd, "security.capability", value, sizeof value);
    if (size <= 0)
        return;
    struct wb_bytes *capability = wb_arena_allocate(reader->layer->arena, sizeof *capability);
    capability->data =
        (const uint8_t *)wb_arena_copy_bytes(reader->layer->arena, value, (size_t)size);
    capability->size = (size_t)size;
    entry->capability = capability;
}

/* A file that grows or shrinks while it is read is reported: no digest of it would be true. */
static void pass_span(struct directory_reader *reader, const struct wb_file_span *span)
{
    if (span->hashes != NULL)
        wb_span_hasher_update(reader->hasher, span);
    wb_layer_observe_span(reader->layer, reader->options->observer, span);
}

static bool read_bytes(struct directory_reader *reader, int fd, const struct wb_entry *entry,
                       uint8_t *kept, const struct wb_file_span *file, struct wb_error *err)
{
    struct wb_file_span span = *file;
    uint64_t position = 0;
    for (;;) {
        ssize_t count = read(fd, reader->buffer, READ_SIZE);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return wb_error_set_errno(err, errno, "/%s: cannot read", entry->path);
        if (count == 0)
            break;
        if ((uint64_t)count > entry->size - position)
            return wb_error_set(err, WB_SYSTEM, "/%s: changed while it was read", entry->path);
        if (kept != NULL)
            memcpy(kept + position, reader->buffer, (size_t)count);
        span.data = reader->buffer;
        span.size = (uint64_t)count;
        pass_span(reader, &span);
        position += (uint64_t)count;
        reader->bytes_done += (uint64_t)count;
    }
    if (position != entry->size)
        return wb_error_set(err, WB_SYSTEM, "/%s: changed while it was read", entry->path);
    span.size = 0;
    span.last = true;
    pass_span(reader, &span);
    if (reader->options->progress != NULL && entry->size >= READ_SIZE)
        reader->options->progress(reader->options->context, reader->bytes_done, 0);
    return true;
}

static bool read_regular(struct directory_reader *reader, int directory, const char *name,
                         struct wb_entry *entry, struct wb_error *err)
{
    struct wb_layer *layer = reader->layer;
    size_t limit = reader->options->keep == NULL ? 0 : reader->options->keep(entry->path);
    if (limit > 0 && !wb_layer_may_keep(layer, entry, limit, err))
        return false;
    WB_AUTO_FD fd = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return wb_error_set_errno(err, errno, "/%s: cannot open", entry->path);
    struct stat status;
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
        return wb_error_set(err, WB_SYSTEM, "/%s: changed while it was read", entry->path);
    entry->size = (uint64_t)status.st_size;
    read_capability(reader, fd, entry);
    struct wb_file_span file = {0};
    if (reader->options->file_digests != 0) {
        file.hashes = wb_file_hashes_new(layer->arena, reader->options->file_digests);
        entry->hashes = file.hashes;
    }
    if (reader->options->observer != NULL)
        file.observed =
            reader->options->observer->file_begin(layer->observation, entry, layer->entry_count);
    if (limit > 0 && !wb_layer_may_keep(layer, entry, limit, NULL))
        return wb_error_set(err, WB_SYSTEM, "/%s: changed while it was read", entry->path);
    uint8_t *kept = limit > 0 ? wb_layer_keep_content(layer, entry, (size_t)entry->size) : NULL;
    return (file.hashes == NULL && file.observed == NULL && kept == NULL) ||
           read_bytes(reader, fd, entry, kept, &file, err);
}

static bool read_symlink(struct directory_reader *reader, int directory, const char *name,
                         struct wb_entry *entry, struct wb_error *err)
{
    char target[4097];
    ssize_t size = readlinkat(directory, name, target, sizeof target - 1);
    if (size <= 0)
        return wb_error_set_errno(err, errno, "/%s: cannot read the symlink", entry->path);
    entry->link_target = wb_arena_copy_bytes(reader->layer->arena, target, (size_t)size);
    return true;
}

static bool add_entry(struct directory_reader *reader, int directory, const char *name,
                      const struct stat *status, struct wb_error *err)
{
    struct wb_layer *layer = reader->layer;
    if (layer->entry_count >= reader->max_entries)
        return wb_error_set(err, WB_BAD_INPUT, "more than %llu entries",
                            (unsigned long long)reader->max_entries);
    struct wb_entry entry = {
        .path = wb_arena_copy(layer->arena, shown(reader)),
        .mode = status->st_mode & 07777,
        .uid = status->st_uid,
        .gid = status->st_gid,
        .mtime = status->st_mtime,
    };
    bool good = true;
    if (S_ISREG(status->st_mode)) {
        entry.kind = WB_ENTRY_REGULAR;
        entry.size = (uint64_t)status->st_size;
        good = read_regular(reader, directory, name, &entry, err);
    } else if (S_ISDIR(status->st_mode)) {
        entry.kind = WB_ENTRY_DIRECTORY;
    } else if (S_ISLNK(status->st_mode)) {
        entry.kind = WB_ENTRY_SYMLINK;
        good = read_symlink(reader, directory, name, &entry, err);
    } else if (S_ISFIFO(status->st_mode)) {
        entry.kind = WB_ENTRY_FIFO;
    } else if (S_ISCHR(status->st_mode) || S_ISBLK(status->st_mode)) {
        entry.kind = S_ISCHR(status->st_mode) ? WB_ENTRY_CHARACTER_DEVICE : WB_ENTRY_BLOCK_DEVICE;
        entry.device_major = major(status->st_rdev);
        entry.device_minor = minor(status->st_rdev);
    } else {
        return true; /* a socket: nothing that an image could carry */
    }
    if (good)
        WB_APPEND(layer->entries, layer->entry_count, reader->entry_capacity, entry);
    return good;
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool list_names(struct directory_reader *reader, int fd, struct wb_arena *arena,
                       char ***names, size_t *count, struct wb_error *err)
{
    DIR *stream = fdopendir(dup(fd));
    if (stream == NULL)
        return wb_error_set_errno(err, errno, "/%s: cannot list", shown(reader));
    size_t capacity = 0;
    errno = 0;
    for (struct dirent *item; (item = readdir(stream)) != NULL;)
        if (strcmp(item->d_name, ".") != 0 && strcmp(item->d_name, "..") != 0)
            WB_APPEND(*names, *count, capacity, wb_arena_copy(arena, item->d_name));
    int code = errno;
    closedir(stream);
    if (code != 0)
        return wb_error_set_errno(err, code, "/%s: cannot list", shown(reader));
    if (*count > 0)
        qsort(*names, *count, sizeof(char *), compare_texts);
    return true;
}

static bool read_tree(struct directory_reader *reader, int fd, unsigned depth,
                      struct wb_error *err);

static bool read_item(struct directory_reader *reader, int fd, const char *name, unsigned depth,
                      struct wb_error *err)
{
    struct stat status;
    if (fstatat(fd, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
        return wb_error_set_errno(err, errno, "/%s: cannot look at it", shown(reader));
    if (!add_entry(reader, fd, name, &status, err))
        return false;
    if (!S_ISDIR(status.st_mode))
        return true;
    WB_AUTO_FD child = openat(fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (child < 0)
        return wb_error_set_errno(err, errno, "/%s: cannot open", shown(reader));
    return read_tree(reader, child, depth + 1, err);
}

static bool read_tree(struct directory_reader *reader, int fd, unsigned depth, struct wb_error *err)
{
    if (depth > DEPTH_MAX)
        return wb_error_set(err, WB_BAD_INPUT, "/%.200s…: directories are nested too deeply",
                            shown(reader));
    if (is_pseudo_file_system(fd))
        return true;
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    char **names = NULL;
    size_t count = 0;
    bool good = list_names(reader, fd, arena, &names, &count, err);
    size_t length = reader->path.size;
    for (size_t i = 0; i < count && good; i++) {
        if (length > 0)
            wb_buffer_append(&reader->path, "/", 1);
        wb_buffer_append_text(&reader->path, names[i]);
        good = read_item(reader, fd, names[i], depth, err);
        reader->path.size = length;
        reader->path.data[length] = '\0';
    }
    free(names);
    return good;
}

struct wb_layer *wb_layer_read_directory(const char *path, const struct wb_layer_options *options,
                                         struct wb_error *err)
{
    WB_AUTO_FD fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct stat status;
    if (fd < 0 || fstat(fd, &status) != 0) {
        wb_error_set_errno(err, errno, "%s: cannot open the directory", path);
        return NULL;
    }
    WB_AUTO(wb_layer) *layer = wb_layer_new();
    wb_layer_observe(layer, options->observer);
    WB_AUTO(wb_span_hasher) *hasher = wb_span_hasher_new(options->file_digests, err);
    if (hasher == NULL)
        return NULL;
    struct directory_reader reader = {
        .options = options,
        .layer = layer,
        .hasher = hasher,
        .max_entries = options->max_entries == 0 ? WB_DEFAULT_MAX_ENTRIES : options->max_entries,
    };
    reader.buffer = wb_allocate(READ_SIZE);
    bool good = add_entry(&reader, fd, ".", &status, err) && read_tree(&reader, fd, 0, err);
    free(reader.buffer);
    wb_buffer_clear(&reader.path);
    if (!good) {
        wb_error_context(err, "%s", path);
        return NULL;
    }
    return WB_STEAL(layer);
}
