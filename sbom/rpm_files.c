/* SPDX-License-Identifier: Apache-2.0 */
/* The files of an rpm package: a dozen arrays, which must agree in length. */
#include "sbom/rpm_private.h"

#include <rpm/rpmfiles.h>
#include <rpm/rpmpgp.h>
#include <string.h>

#define FILES_MAX ((size_t)1 << 20)
#define PATH_SIZE_MAX ((size_t)4096) /* PATH_MAX: what the kernel could have made */

enum list {
    LIST_BASE_NAMES,
    LIST_OLD_NAMES, /* whole paths, before rpm 4 */
    LIST_DIRECTORY_INDEXES,
    LIST_DIGESTS,
    LIST_MODES,
    LIST_SIZES,
    LIST_LONG_SIZES, /* instead, for files over 4 GiB */
    LIST_FLAGS,
    LIST_STATES,
    LIST_LINK_TARGETS,
    LIST_USERS,
    LIST_GROUPS,
    LIST_CAPABILITIES,
    LIST_COUNT,
};

static const struct {
    rpmTagVal tag;
    bool is_text;
} list_tags[LIST_COUNT] = {
    [LIST_BASE_NAMES] = {RPMTAG_BASENAMES, true},
    [LIST_OLD_NAMES] = {RPMTAG_OLDFILENAMES, true},
    [LIST_DIRECTORY_INDEXES] = {RPMTAG_DIRINDEXES, false},
    [LIST_DIGESTS] = {RPMTAG_FILEDIGESTS, true},
    [LIST_MODES] = {RPMTAG_FILEMODES, false},
    [LIST_SIZES] = {RPMTAG_FILESIZES, false},
    [LIST_LONG_SIZES] = {RPMTAG_LONGFILESIZES, false},
    [LIST_FLAGS] = {RPMTAG_FILEFLAGS, false},
    [LIST_STATES] = {RPMTAG_FILESTATES, false},
    [LIST_LINK_TARGETS] = {RPMTAG_FILELINKTOS, true},
    [LIST_USERS] = {RPMTAG_FILEUSERNAME, true},
    [LIST_GROUPS] = {RPMTAG_FILEGROUPNAME, true},
    [LIST_CAPABILITIES] = {RPMTAG_FILECAPS, true},
};

/* A text that most files share. */
struct shared_text {
    const char *raw;
    const char *text;
};

struct file_lists {
    struct wb_arena *arena;
    struct wb_rpm_values lists[LIST_COUNT];
    struct wb_rpm_values directories;
    size_t count;
    enum wb_digest_algorithm algorithm;
    struct wb_buffer path;
    size_t path_bytes, path_bytes_max;
    struct shared_text user, group;
    size_t bad_digests;
};

static void file_lists_clear(struct file_lists *files)
{
    for (size_t i = 0; i < LIST_COUNT; i++)
        wb_rpm_values_clear(&files->lists[i]);
    wb_rpm_values_clear(&files->directories);
    wb_buffer_clear(&files->path);
}

/* ---- opening the arrays ---- */

/* The hash algorithms of OpenPGP (RFC 9580 §9.5). */
static enum wb_digest_algorithm digest_algorithm(uint64_t number)
{
    switch (number) {
    case PGPHASHALGO_MD5:
        return WB_DIGEST_MD5;
    case PGPHASHALGO_SHA1:
        return WB_DIGEST_SHA1;
    case PGPHASHALGO_SHA256:
        return WB_DIGEST_SHA256;
    case PGPHASHALGO_SHA384:
        return WB_DIGEST_SHA384;
    case PGPHASHALGO_SHA512:
        return WB_DIGEST_SHA512;
    case PGPHASHALGO_SHA224:
        return WB_DIGEST_SHA224;
    default:
        return WB_DIGEST_NONE;
    }
}

static bool read_lists(const struct wb_rpm_header *header, struct file_lists *files,
                       struct wb_error *err)
{
    bool stated;
    uint64_t algorithm;
    if (!wb_rpm_texts(header, RPMTAG_DIRNAMES, &files->directories, err) ||
        !wb_rpm_number(header, RPMTAG_FILEDIGESTALGO, &stated, &algorithm, err))
        return false;
    files->algorithm = stated ? digest_algorithm(algorithm) : WB_DIGEST_MD5;
    for (size_t i = 0; i < LIST_COUNT; i++) {
        struct wb_rpm_values *list = &files->lists[i];
        if (!(list_tags[i].is_text ? wb_rpm_texts(header, list_tags[i].tag, list, err)
                                   : wb_rpm_numbers(header, list_tags[i].tag, list, err)))
            return false;
        if (i == LIST_BASE_NAMES || (i == LIST_OLD_NAMES && files->count == 0))
            files->count = list->count;
        else if (list->count != 0 && list->count != files->count)
            return wb_error_set(err, WB_BAD_INPUT, "%zu files, but %zu values of tag %d",
                                files->count, list->count, list_tags[i].tag);
    }
    if (files->count > FILES_MAX)
        return wb_error_set(err, WB_BAD_INPUT, "more than %zu files", FILES_MAX);
    if (files->lists[LIST_BASE_NAMES].count != 0 && files->lists[LIST_DIRECTORY_INDEXES].count == 0)
        return wb_error_set(err, WB_BAD_INPUT, "files without directories");
    return true;
}

/* ---- one file ---- */

/* The path with a `/` in front, in the buffer. */
static bool build_path(struct file_lists *files, size_t index, struct wb_error *err)
{
    const char *directory = "", *base;
    if (files->lists[LIST_BASE_NAMES].count != 0) {
        uint64_t number = wb_rpm_number_at(&files->lists[LIST_DIRECTORY_INDEXES], index);
        if (number >= files->directories.count)
            return wb_error_set(err, WB_BAD_INPUT, "file %zu is in directory %llu of %zu", index,
                                (unsigned long long)number, files->directories.count);
        directory = wb_rpm_text_at(&files->directories, (size_t)number);
        base = wb_rpm_text_at(&files->lists[LIST_BASE_NAMES], index);
    } else {
        base = wb_rpm_text_at(&files->lists[LIST_OLD_NAMES], index);
    }
    files->path.size = 0;
    size_t directory_size = strnlen(directory, PATH_SIZE_MAX);
    size_t base_size = strnlen(base, PATH_SIZE_MAX);
    if (directory_size + base_size >= PATH_SIZE_MAX)
        return wb_error_set(err, WB_BAD_INPUT, "file %zu has a path of over %zu bytes", index,
                            PATH_SIZE_MAX);
    if ((directory_size > 0 ? directory : base)[0] != '/')
        wb_buffer_append(&files->path, "/", 1);
    wb_buffer_append(&files->path, directory, directory_size);
    wb_buffer_append(&files->path, base, base_size);
    /* Many files in one directory of a long name would be far more than the header itself. */
    files->path_bytes += files->path.size;
    if (files->path_bytes > files->path_bytes_max)
        return wb_error_set(err, WB_BAD_INPUT, "the paths are far longer than the header");
    return true;
}

static const char *text_of(const struct file_lists *files, enum list list, size_t index)
{
    return files->lists[list].count == 0 ? "" : wb_rpm_text_at(&files->lists[list], index);
}

static const char *escaped_of(const struct file_lists *files, enum list list, size_t index)
{
    const char *raw = text_of(files, list, index);
    return *raw == '\0' ? NULL : wb_utf8_escape(files->arena, raw, strlen(raw));
}

static const char *shared_of(const struct file_lists *files, enum list list, size_t index,
                             struct shared_text *shared)
{
    const char *raw = text_of(files, list, index);
    if (shared->raw == NULL || strcmp(shared->raw, raw) != 0)
        *shared = (struct shared_text){raw, escaped_of(files, list, index)};
    return shared->text;
}

static uint64_t number_of(const struct file_lists *files, enum list list, size_t index)
{
    return files->lists[list].count == 0 ? 0 : wb_rpm_number_at(&files->lists[list], index);
}

static unsigned flags_of(const struct file_lists *files, size_t index)
{
    static const struct {
        unsigned rpm, ours;
    } meanings[] = {
        {RPMFILE_CONFIG, WB_OWNED_CONFIG},
        {RPMFILE_GHOST, WB_OWNED_GHOST},
        {RPMFILE_DOC, WB_OWNED_DOC},
        {RPMFILE_LICENSE, WB_OWNED_LICENCE},
        {RPMFILE_MISSINGOK, WB_OWNED_MISSING_OK},
    };
    uint64_t stated = number_of(files, LIST_FLAGS, index);
    unsigned flags = 0;
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++)
        if ((stated & meanings[i].rpm) != 0)
            flags |= meanings[i].ours;
    switch (number_of(files, LIST_STATES, index)) {
    case RPMFILE_STATE_REPLACED:
    case RPMFILE_STATE_NOTINSTALLED:
    case RPMFILE_STATE_NETSHARED:
    case RPMFILE_STATE_WRONGCOLOR:
        flags |= WB_OWNED_NOT_INSTALLED;
        break;
    default:
        break;
    }
    return flags;
}

static void set_digest(struct file_lists *files, size_t index, struct wb_owned_file *file)
{
    const char *hex = text_of(files, LIST_DIGESTS, index);
    if (*hex == '\0' || files->algorithm == WB_DIGEST_NONE)
        return;
    if (wb_hex_parse(hex, file->digest.bytes, wb_digest_size(files->algorithm)))
        file->digest.algorithm = files->algorithm;
    else
        files->bad_digests++;
}

static void fill_in(struct file_lists *files, size_t index, struct wb_owned_file *file)
{
    *file = (struct wb_owned_file){
        .path = wb_arena_copy_bytes(files->arena, files->path.data, files->path.size),
        .flags = flags_of(files, index),
        .has_mode = files->lists[LIST_MODES].count != 0,
        .mode = (uint32_t)number_of(files, LIST_MODES, index),
        .size = -1,
        .user = shared_of(files, LIST_USERS, index, &files->user),
        .group = shared_of(files, LIST_GROUPS, index, &files->group),
        .link_target = escaped_of(files, LIST_LINK_TARGETS, index),
        .capabilities = escaped_of(files, LIST_CAPABILITIES, index),
    };
    set_digest(files, index, file);
    enum list sizes = files->lists[LIST_LONG_SIZES].count != 0 ? LIST_LONG_SIZES : LIST_SIZES;
    uint64_t size = number_of(files, sizes, index);
    if (files->lists[sizes].count != 0 && size <= INT64_MAX)
        file->size = (int64_t)size;
}

bool wb_rpm_files_read(const struct wb_rpm_header *header, struct wb_bom *bom,
                       struct wb_package *package, struct wb_error *err)
{
    __attribute__((cleanup(file_lists_clear))) struct file_lists files = {.arena = bom->arena};
    if (!read_lists(header, &files, err))
        return false;
    if (files.count == 0)
        return true;
    files.path_bytes_max = 8 * wb_rpm_header_size(header) + PATH_SIZE_MAX;
    package->owned_files = wb_allocate_array(files.count, sizeof *package->owned_files);
    package->owned_file_capacity = files.count;
    for (size_t i = 0; i < files.count; i++) {
        if (!build_path(&files, i, err))
            return false;
        fill_in(&files, i, &package->owned_files[package->owned_file_count++]);
    }
    if (files.bad_digests > 0)
        wb_bom_add_finding(bom, WB_SEVERITY_WARNING, "file-digest-unreadable", -1, NULL,
                           "%s: %zu of its file digests cannot be read", package->name,
                           files.bad_digests);
    return true;
}
