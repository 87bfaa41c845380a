/* SPDX-License-Identifier: Apache-2.0 */
/* Output files that appear whole or not at all. */
#include "base/base.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUFFER_SIZE ((size_t)256 << 10)
#define NAME_ATTEMPTS 16
#define NAMED_MAX 64
#define LINK_SIZE 32 /* of "/proc/self/fd/N" */

struct wb_output {
    int fd;
    char *path;      /* for messages */
    char *target;    /* where a regular file goes, symlinks resolved; NULL: written directly */
    char *temporary; /* NULL once renamed, when written directly, or without a name */
    bool nameless;   /* the file has no name yet, and is gone with the process */
    mode_t mode;
    bool replace;
    struct wb_buffer *memory; /* where it all goes instead of a file; NULL */
    uint8_t *buffer;
    size_t used;
    int failure; /* the first errno */
};

/* The names of temporary files that are there, for wb_output_remove_temporaries: a handler of
 * signals is given nothing that it could find them by. Whoever takes a name out of its place owns
 * it. */
static _Atomic(char *) named[NAMED_MAX];

static void remember(char *temporary)
{
    for (size_t i = 0; i < NAMED_MAX; i++) {
        char *free_place = NULL;
        if (atomic_compare_exchange_strong(&named[i], &free_place, temporary))
            return;
    }
}

static void forget(char *temporary)
{
    for (size_t i = 0; i < NAMED_MAX; i++) {
        char *expected = temporary;
        if (atomic_compare_exchange_strong(&named[i], &expected, NULL))
            return;
    }
}

void wb_output_remove_temporaries(void)
{
    for (size_t i = 0; i < NAMED_MAX; i++) {
        const char *temporary = atomic_exchange(&named[i], NULL);
        if (temporary != NULL)
            unlink(temporary);
    }
}

static bool is_special(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode);
}

/* The file behind symlinks, so that a link to an output stays a link. */
static char *resolve_target(const char *path)
{
    char *resolved = realpath(path, NULL);
    return resolved != NULL ? resolved : wb_string_copy(path);
}

static char *directory_of(const char *target)
{
    const char *slash = strrchr(target, '/');
    return slash == NULL ? wb_string_copy(".")
                         : wb_string_format("%.*s", (int)(slash - target + 1), target);
}

static const char *descriptor_link(int fd, char link[LINK_SIZE])
{
    snprintf(link, LINK_SIZE, "/proc/self/fd/%d", fd);
    return link;
}

static void drop_temporary(struct wb_output *output)
{
    if (output->temporary == NULL)
        return;
    forget(output->temporary);
    free(output->temporary);
    output->temporary = NULL;
}

/* In the folder of the target; a name that nobody else has. */
static bool choose_temporary_name(struct wb_output *output, struct wb_error *err)
{
    const char *slash = strrchr(output->target, '/');
    int directory_size = slash == NULL ? 0 : (int)(slash - output->target + 1);
    uint64_t number;
    if (getrandom(&number, sizeof number, 0) != (ssize_t)sizeof number)
        return wb_error_set_errno(err, errno, "%s: no random name", output->path);
    drop_temporary(output);
    output->temporary =
        wb_string_format("%.*s.%.200s.%016llx.tmp", directory_size, output->target,
                         output->target + directory_size, (unsigned long long)number);
    remember(output->temporary);
    return true;
}

static bool open_named(struct wb_output *output, struct wb_error *err)
{
    for (int attempt = 0; attempt < NAME_ATTEMPTS; attempt++) {
        if (!choose_temporary_name(output, err))
            return false;
        output->fd = open(output->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, output->mode);
        if (output->fd >= 0)
            return true;
        if (errno != EEXIST)
            break;
    }
    int code = errno;
    drop_temporary(output);
    return wb_error_set_errno(err, code, "%s: cannot write there", output->path);
}

/* Whatever ends the process, a file without a name leaves nothing behind. Not every file system has
 * them, and giving them a name takes /proc. */
static bool open_nameless(struct wb_output *output)
{
    WB_AUTO_STRING directory = directory_of(output->target);
    char link[LINK_SIZE];
    output->fd = open(directory, O_TMPFILE | O_WRONLY | O_CLOEXEC, output->mode);
    if (output->fd >= 0 && access(descriptor_link(output->fd, link), F_OK) == 0) {
        output->nameless = true;
        return true;
    }
    if (output->fd >= 0)
        close(output->fd);
    output->fd = -1;
    return false;
}

static bool open_output(struct wb_output *output, struct wb_error *err)
{
    if (strcmp(output->path, "-") == 0) {
        output->fd = dup(STDOUT_FILENO);
        return output->fd >= 0 || wb_error_set_errno(err, errno, "standard output");
    }
    struct stat status;
    if (!output->replace && lstat(output->path, &status) == 0)
        return wb_error_set_errno(err, EEXIST, "%s", output->path);
    bool there = stat(output->path, &status) == 0;
    if (there && S_ISDIR(status.st_mode))
        return wb_error_set_errno(err, EISDIR, "%s: cannot write there", output->path);
    /* A temporary name would be short enough, but could not become this one. */
    if (!there && errno == ENAMETOOLONG)
        return wb_error_set_errno(err, errno, "%s: cannot write there", output->path);
    if (is_special(output->path)) {
        output->fd = open(output->path, O_WRONLY | O_CLOEXEC);
        return output->fd >= 0 ||
               wb_error_set_errno(err, errno, "%s: cannot write there", output->path);
    }
    output->target = resolve_target(output->path);
    return open_nameless(output) || open_named(output, err);
}

struct wb_output *wb_output_open(const char *path, struct wb_error *err)
{
    return wb_output_open_mode(path, 0666, true, err);
}

struct wb_output *wb_output_open_mode(const char *path, mode_t mode, bool replace,
                                      struct wb_error *err)
{
    WB_AUTO(wb_output) *output = wb_allocate(sizeof *output);
    output->mode = mode;
    output->replace = replace;
    output->fd = -1;
    output->path = wb_string_copy(path);
    output->buffer = wb_allocate(BUFFER_SIZE);
    if (!open_output(output, err))
        return NULL;
    return WB_STEAL(output);
}

struct wb_output *wb_output_open_buffer(struct wb_buffer *buffer)
{
    struct wb_output *output = wb_allocate(sizeof *output);
    output->fd = -1;
    output->memory = buffer;
    output->buffer = wb_allocate(BUFFER_SIZE);
    return output;
}

void wb_output_free(struct wb_output *output)
{
    if (output == NULL)
        return;
    if (output->fd >= 0)
        close(output->fd);
    if (output->temporary != NULL)
        unlink(output->temporary);
    drop_temporary(output);
    free(output->target);
    free(output->path);
    free(output->buffer);
    free(output);
}

static void write_through(struct wb_output *output, const uint8_t *data, size_t size)
{
    if (output->memory != NULL) {
        wb_buffer_append(output->memory, data, size);
        return;
    }
    while (size > 0 && output->failure == 0) {
        ssize_t count = write(output->fd, data, size);
        if (count < 0 && errno != EINTR)
            output->failure = errno;
        if (count > 0) {
            data += count;
            size -= (size_t)count;
        }
    }
}

void wb_output_write(struct wb_output *output, const void *data, size_t size)
{
    if (size > BUFFER_SIZE - output->used) {
        write_through(output, output->buffer, output->used);
        output->used = 0;
    }
    if (size >= BUFFER_SIZE) {
        write_through(output, data, size);
    } else if (size > 0) {
        memcpy(output->buffer + output->used, data, size);
        output->used += size;
    }
}

bool wb_output_flush(struct wb_output *output, struct wb_error *err)
{
    write_through(output, output->buffer, output->used);
    output->used = 0;
    if (output->failure == 0 && (output->nameless || output->temporary != NULL) &&
        fsync(output->fd) != 0)
        output->failure = errno;
    if (output->failure != 0)
        return wb_error_set_errno(err, output->failure, "cannot write");
    return true;
}

/* The new name itself is on disk only when its directory is. */
static bool sync_directory(const char *target, struct wb_error *err)
{
    WB_AUTO_STRING directory = directory_of(target);
    WB_AUTO_FD fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    /* Some file systems cannot sync a directory, and say EINVAL. */
    if (fd < 0 || (fsync(fd) != 0 && errno != EINVAL))
        return wb_error_set_errno(err, errno, "cannot sync its directory");
    return true;
}

/* FAT has no hard links, NFS not this flag: one of the two never replaces on any file system. */
static int rename_to_new(const char *from, const char *to)
{
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return -1;
    if (link(from, to) != 0)
        return -1;
    return unlink(from);
}

/* Gives a file without a name the target's, or, where that is to be replaced, a temporary one. */
static bool give_name(struct wb_output *output, struct wb_error *err)
{
    char link[LINK_SIZE];
    descriptor_link(output->fd, link);
    if (linkat(AT_FDCWD, link, AT_FDCWD, output->target, AT_SYMLINK_FOLLOW) == 0)
        return true;
    int code = errno;
    for (int attempt = 0; code == EEXIST && output->replace && attempt < NAME_ATTEMPTS; attempt++) {
        if (!choose_temporary_name(output, err))
            return false;
        if (linkat(AT_FDCWD, link, AT_FDCWD, output->temporary, AT_SYMLINK_FOLLOW) == 0)
            return true;
        code = errno;
        drop_temporary(output);
    }
    return wb_error_set_errno(err, code, "cannot put it in place");
}

static bool put_in_place(struct wb_output *output, struct wb_error *err)
{
    int code = output->replace ? rename(output->temporary, output->target)
                               : rename_to_new(output->temporary, output->target);
    if (code != 0)
        return wb_error_set_errno(err, errno, "cannot put it in place");
    drop_temporary(output);
    return true;
}

bool wb_output_commit(struct wb_output *output, struct wb_error *err)
{
    if (!wb_output_flush(output, err))
        return false;
    if (output->memory != NULL)
        return true;
    if (output->nameless && !give_name(output, err))
        return false;
    output->nameless = false;
    int fd = output->fd;
    output->fd = -1;
    if (close(fd) != 0)
        return wb_error_set_errno(err, errno, "cannot write");
    if (output->temporary != NULL && !put_in_place(output, err))
        return false;
    return output->target == NULL || sync_directory(output->target, err);
}
