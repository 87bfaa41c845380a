/* SPDX-License-Identifier: Apache-2.0 */
/* An OCI layout in a directory. A writer holds the lock of the directory itself, so no lock file is
 * left for other tools to stumble over. Blobs get their name when they are safe on disk, and
 * index.json is replaced after them. */
#include "image/layout_private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* One writer at a time, so one name is enough: what a crash left is overwritten by the next. */
#define TEMPORARY ".waybill.tmp"

static const struct {
    enum wb_digest_algorithm algorithm;
    const char *folder;
} algorithms[] = {{WB_DIGEST_SHA256, "sha256"}, {WB_DIGEST_SHA512, "sha512"}};
#define ALGORITHMS (sizeof algorithms / sizeof algorithms[0])

struct directory_store {
    struct wb_layout_store store;
    int fd;
    int blobs_fd;              /* -1: there is none */
    int folder_fd[ALGORITHMS]; /* -1: there is none */
    bool added;                /* blobs whose names are not yet safe */
};

static int folder_of(const struct directory_store *store, const struct wb_digest *digest)
{
    for (size_t i = 0; i < ALGORITHMS; i++)
        if (algorithms[i].algorithm == digest->algorithm)
            return store->folder_fd[i];
    return -1;
}

static char *hex_of(const struct wb_digest *digest, char hex[2 * WB_DIGEST_MAX_SIZE + 1])
{
    return wb_hex_format(digest->bytes, wb_digest_size(digest->algorithm), hex);
}

/* ---- reading ---- */

static bool read_file(struct wb_layout_store *base, const char *name, size_t limit,
                      struct wb_buffer *content, bool *found, struct wb_error *err)
{
    struct directory_store *store = (struct directory_store *)base;
    struct stat status;
    *found = fstatat(store->fd, name, &status, 0) == 0;
    if (!*found)
        return errno == ENOENT || wb_error_set_errno(err, errno, "%s: cannot open", name);
    /* Looked at before it is opened: opening a device may already do something. */
    if (!S_ISREG(status.st_mode))
        return wb_error_set(err, WB_BAD_INPUT, "%s: not a regular file", name);
    return wb_file_read(store->fd, name, limit, content, err);
}

/* Symlinks to regular files are followed: some tools make layouts of them, and the digest is
 * checked wherever the bytes come from. */
static bool open_blob(struct wb_layout_store *base, const struct wb_digest *digest,
                      struct wb_blob *blob, bool *found, struct wb_error *err)
{
    struct directory_store *store = (struct directory_store *)base;
    char hex[2 * WB_DIGEST_MAX_SIZE + 1];
    int folder = folder_of(store, digest);
    struct stat status;
    *found = folder >= 0 && fstatat(folder, hex_of(digest, hex), &status, 0) == 0;
    if (!*found)
        return folder < 0 || errno == ENOENT || wb_error_set_errno(err, errno, "cannot open");
    if (!S_ISREG(status.st_mode))
        return wb_error_set(err, WB_CHECK_FAILED, "the blob is not a regular file");
    WB_AUTO_FD fd = openat(folder, hex, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &status) != 0)
        return wb_error_set_errno(err, errno, "cannot open");
    if (!S_ISREG(status.st_mode))
        return wb_error_set(err, WB_CHECK_FAILED, "the blob is not a regular file");
    *blob = (struct wb_blob){.fd = fd, .fd_owned = true, .size = (uint64_t)status.st_size};
    fd = -1;
    return true;
}

static void visit_name(int folder, const char *algorithm, const char *name, wb_blob_visitor *visit,
                       void *context)
{
    struct wb_digest digest;
    struct stat status;
    if (strlen(name) > 2 * WB_DIGEST_MAX_SIZE)
        return;
    char text[WB_DIGEST_TEXT_SIZE + 2 * WB_DIGEST_MAX_SIZE];
    strcpy(text, algorithm);
    strcat(text, ":");
    strcat(text, name);
    if (wb_digest_parse(text, &digest, NULL) && fstatat(folder, name, &status, 0) == 0 &&
        S_ISREG(status.st_mode))
        visit(context, &digest, (uint64_t)status.st_size);
}

static bool list_blobs(struct wb_layout_store *base, wb_blob_visitor *visit, void *context,
                       struct wb_error *err)
{
    struct directory_store *store = (struct directory_store *)base;
    for (size_t i = 0; i < ALGORITHMS; i++) {
        if (store->folder_fd[i] < 0)
            continue;
        /* Opened anew: a duplicate would share its position. */
        int fd = openat(store->folder_fd[i], ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *folder = fd < 0 ? NULL : fdopendir(fd);
        if (folder == NULL) {
            int code = errno;
            if (fd >= 0)
                close(fd);
            return wb_error_set_errno(err, code, "blobs/%s: cannot list", algorithms[i].folder);
        }
        const struct dirent *entry;
        while ((entry = readdir(folder)) != NULL)
            visit_name(store->folder_fd[i], algorithms[i].folder, entry->d_name, visit, context);
        closedir(folder);
    }
    return true;
}

/* ---- writing ---- */

/* Writes `name` beside and renames it into place. A file that was there keeps its mode. */
static bool replace_file(int folder, const char *name, struct wb_bytes content,
                         struct wb_error *err)
{
    struct stat old;
    bool had = fstatat(folder, name, &old, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(old.st_mode);
    unlinkat(folder, TEMPORARY, 0);
    WB_AUTO_FD fd =
        openat(folder, TEMPORARY, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (fd < 0)
        return wb_error_set_errno(err, errno, "cannot write");
    bool good = wb_layout_write_all(fd, content.data, content.size, err);
    if (good && ((had && fchmod(fd, old.st_mode & 0777) != 0) || fsync(fd) != 0 ||
                 renameat(folder, TEMPORARY, folder, name) != 0))
        good = wb_error_set_errno(err, errno, "cannot write");
    if (!good)
        unlinkat(folder, TEMPORARY, 0);
    return good;
}

/* Never through a symlink: a layout must not lead a writer elsewhere. */
static int open_folder(int parent, const char *name)
{
    return openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static int make_folder(int parent, const char *name)
{
    int fd = open_folder(parent, name);
    if (fd >= 0 || errno != ENOENT)
        return fd;
    return mkdirat(parent, name, 0777) == 0 && fsync(parent) == 0 ? open_folder(parent, name) : -1;
}

static bool add_blob(struct wb_layout_store *base, const struct wb_digest *digest,
                     struct wb_bytes content, struct wb_error *err)
{
    struct directory_store *store = (struct directory_store *)base;
    char hex[2 * WB_DIGEST_MAX_SIZE + 1];
    /* Only SHA-256 is ever added. */
    if (store->blobs_fd < 0)
        store->blobs_fd = make_folder(store->fd, "blobs");
    if (store->blobs_fd >= 0 && store->folder_fd[0] < 0)
        store->folder_fd[0] = make_folder(store->blobs_fd, algorithms[0].folder);
    if (store->folder_fd[0] < 0)
        return wb_error_set_errno(err, errno, "blobs/sha256: cannot write");
    store->added = true;
    return replace_file(store->folder_fd[0], hex_of(digest, hex), content, err) ||
           wb_error_context(err, "blobs/sha256/%s", hex);
}

/* What stays behind where this fails does no harm: nothing lists it. */
static void remove_blobs(const struct directory_store *store, const struct wb_digest_list *removed)
{
    char hex[2 * WB_DIGEST_MAX_SIZE + 1];
    for (size_t i = 0; i < removed->count; i++) {
        int folder = folder_of(store, &removed->digests[i]);
        if (folder >= 0)
            unlinkat(folder, hex_of(&removed->digests[i], hex), 0);
    }
}

static bool commit(struct wb_layout_store *base, struct wb_bytes index,
                   const struct wb_digest_list *removed, struct wb_error *err)
{
    struct directory_store *store = (struct directory_store *)base;
    if (store->added && fsync(store->folder_fd[0]) != 0)
        return wb_error_set_errno(err, errno, "blobs/sha256: cannot write");
    store->added = false;
    if (!replace_file(store->fd, "index.json", index, err))
        return false;
    if (fsync(store->fd) != 0)
        return wb_error_set_errno(err, errno, "cannot write");
    remove_blobs(store, removed);
    return true;
}

/* ---- opening ---- */

static void free_store(struct wb_layout_store *base)
{
    struct directory_store *store = (struct directory_store *)base;
    for (size_t i = 0; i < ALGORITHMS; i++)
        if (store->folder_fd[i] >= 0)
            close(store->folder_fd[i]);
    if (store->blobs_fd >= 0)
        close(store->blobs_fd);
    if (store->fd >= 0)
        close(store->fd);
    free(store);
}

/* Opens the directory and, to write, gets the lock of what the path then still names. */
static bool open_directory(struct directory_store *store, const char *path,
                           enum wb_layout_mode mode, struct wb_error *err)
{
    for (;;) {
        store->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (store->fd < 0 && errno == ENOTDIR)
            return wb_error_set(err, WB_BAD_INPUT, "not a directory");
        if (store->fd < 0)
            return wb_error_set_errno(err, errno, "cannot open");
        if (mode != WB_LAYOUT_WRITE)
            return true;
        if (!wb_layout_lock(store->fd, err))
            return false;
        if (wb_layout_same_file(store->fd, AT_FDCWD, path))
            return true;
        close(store->fd);
    }
}

static bool open_folders(struct directory_store *store, enum wb_layout_mode mode,
                         struct wb_error *err)
{
    int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | (mode == WB_LAYOUT_WRITE ? O_NOFOLLOW : 0);
    store->blobs_fd = openat(store->fd, "blobs", flags);
    bool good = store->blobs_fd >= 0 || errno == ENOENT ||
                wb_error_set_errno(err, errno, "blobs: cannot open");
    for (size_t i = 0; i < ALGORITHMS && good && store->blobs_fd >= 0; i++) {
        store->folder_fd[i] = openat(store->blobs_fd, algorithms[i].folder, flags);
        good = store->folder_fd[i] >= 0 || errno == ENOENT ||
               wb_error_set_errno(err, errno, "blobs/%s: cannot open", algorithms[i].folder);
    }
    return good;
}

struct wb_layout_store *wb_layout_store_directory(const char *path, enum wb_layout_mode mode,
                                                  struct wb_error *err)
{
    struct directory_store *store = wb_allocate(sizeof *store);
    store->store = (struct wb_layout_store){.read = read_file,
                                            .open = open_blob,
                                            .list = list_blobs,
                                            .add = add_blob,
                                            .commit = commit,
                                            .free = free_store};
    WB_AUTO(wb_layout_store) *base = &store->store;
    store->fd = store->blobs_fd = -1;
    for (size_t i = 0; i < ALGORITHMS; i++)
        store->folder_fd[i] = -1;
    if (!open_directory(store, path, mode, err) || !open_folders(store, mode, err))
        return NULL;
    return WB_STEAL(base);
}
