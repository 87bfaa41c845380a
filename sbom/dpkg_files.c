/* SPDX-License-Identifier: Apache-2.0 */
/* Which files a dpkg package has: the lists beside the status file, digests, diversions. */
#include "sbom/dpkg.h"

#define uthash_malloc(size) wb_allocate(size)
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

/* As many as the layers may have entries: more than that cannot be files of the image. */
#define LISTED_FILE_MAX WB_DEFAULT_MAX_ENTRIES
#define PATH_LINE_MAX 65536

/* One path of the package being read. */
struct listed_file {
    const char *path;
    size_t index; /* into owned_files, which moves as it grows */
    UT_hash_handle hh;
};

/* dpkg-divert(1): the file that packages call `from` lies at `to`, but not that of `package`. */
struct diversion {
    const char *from, *to;
    const char *package; /* NULL: a local diversion, which holds for every package */
    UT_hash_handle hh;
};

struct files_reader {
    const struct wb_rootfs *rootfs;
    struct wb_bom *bom;
    struct wb_arena *arena; /* for the tables */
    struct diversion *diversions;
    struct listed_file *listed;
    struct wb_package *package;
    size_t room;
    bool is_full;
};

/* One file that is read line by line. */
struct listing {
    const char *path;
    int layer;
    struct wb_slice rest;
    size_t line, bad_count, first_bad;
};

/* ---- listings ---- */

/* False when there is no such file. */
static bool open_listing(const struct files_reader *reader, const char *path,
                         struct listing *listing)
{
    const struct wb_node *node = wb_rootfs_lookup(reader->rootfs, path, true);
    if (node == NULL || node->entry == NULL || node->entry->kind != WB_ENTRY_REGULAR ||
        node->entry->content == NULL)
        return false;
    const struct wb_bytes *content = node->entry->content;
    *listing = (struct listing){
        .path = path,
        .layer = node->span.changed >= 0 ? node->span.changed : node->span.introduced,
        .rest = {(const char *)content->data, content->size},
    };
    return true;
}

/* The next line that is not empty. */
static bool next_line(struct listing *listing, struct wb_slice *line)
{
    while (wb_slice_take_line(&listing->rest, line)) {
        listing->line++;
        if (line->size > 0)
            return true;
    }
    return false;
}

static void count_bad(struct listing *listing)
{
    if (listing->bad_count++ == 0)
        listing->first_bad = listing->line;
}

static void report_bad(const struct files_reader *reader, const struct listing *listing)
{
    if (listing->bad_count > 0)
        wb_bom_add_finding(reader->bom, WB_SEVERITY_WARNING, "package-files-unreadable",
                           listing->layer, listing->path,
                           "/%s: %zu of %zu lines cannot be read, the first is line %zu",
                           listing->path, listing->bad_count, listing->line, listing->first_bad);
}

/* ---- paths ---- */

/* `./usr/bin/a`, `usr/bin/a`, `/usr/bin/a/` -> `usr/bin/a`; nothing for the root itself. */
static struct wb_slice relative_path(struct wb_slice path)
{
    while (path.size > 0) {
        if (path.data[0] == '/') {
            path.data++;
            path.size--;
        } else if (path.data[0] == '.' && (path.size == 1 || path.data[1] == '/')) {
            path.data++;
            path.size--;
        } else {
            break;
        }
    }
    while (path.size > 0 && path.data[path.size - 1] == '/')
        path.size--;
    return path;
}

static bool is_path(struct wb_slice path)
{
    return path.size > 0 && path.size <= PATH_LINE_MAX &&
           memchr(path.data, '\0', path.size) == NULL;
}

static const char *absolute_path(struct wb_arena *arena, struct wb_slice relative)
{
    char *path = wb_arena_allocate(arena, relative.size + 2);
    path[0] = '/';
    memcpy(path + 1, relative.data, relative.size);
    return path;
}

/* The package's file of that path, made when it is new; NULL when there is no more room. */
static struct wb_owned_file *own(struct files_reader *reader, struct wb_slice relative)
{
    const char *path = absolute_path(reader->arena, relative);
    struct listed_file *listed;
    HASH_FIND(hh, reader->listed, path, (unsigned)(relative.size + 1), listed);
    if (listed != NULL)
        return &reader->package->owned_files[listed->index];
    if (reader->room == 0) {
        reader->is_full = true;
        return NULL;
    }
    reader->room--;
    listed = wb_arena_allocate(reader->arena, sizeof *listed);
    listed->path = path;
    listed->index = reader->package->owned_file_count;
    HASH_ADD_KEYPTR(hh, reader->listed, listed->path, (unsigned)(relative.size + 1), listed);
    return wb_package_add_owned_file(reader->bom, reader->package, path);
}

/* ---- the three kinds of file ---- */

/* A line is the directory of the next one when that goes on below it. Such directories say nothing
 * that their content does not, and packages share them. */
static bool is_parent(struct wb_slice path, struct wb_slice rest)
{
    struct wb_slice next;
    if (!wb_slice_take_line(&rest, &next))
        return false;
    next = relative_path(next);
    return next.size > path.size && next.data[path.size] == '/' &&
           memcmp(next.data, path.data, path.size) == 0;
}

static void read_list(struct files_reader *reader, struct listing *listing)
{
    struct wb_slice line;
    while (!reader->is_full && next_line(listing, &line)) {
        struct wb_slice path = relative_path(line);
        if (line.data[0] != '/' || (path.size > 0 && !is_path(path)))
            count_bad(listing);
        else if (path.size > 0 && !is_parent(path, listing->rest))
            own(reader, path);
    }
}

/* `<32 hex digits>  <path relative to the root>` */
static void read_md5sums(struct files_reader *reader, struct listing *listing)
{
    struct wb_slice line;
    while (!reader->is_full && next_line(listing, &line)) {
        struct wb_digest digest = {.algorithm = WB_DIGEST_MD5};
        char hex[33] = "";
        if (line.size > 34)
            memcpy(hex, line.data, 32);
        struct wb_slice path = {line.data, 0};
        if (line.size > 34 && line.data[32] == ' ' &&
            (line.data[33] == ' ' || line.data[33] == '*'))
            path = relative_path((struct wb_slice){line.data + 34, line.size - 34});
        if (!is_path(path) || !wb_hex_parse(hex, digest.bytes, 16)) {
            count_bad(listing);
            continue;
        }
        struct wb_owned_file *owned = own(reader, path);
        /* What the status file says of configuration files is newer. */
        if (owned != NULL && owned->digest.algorithm == WB_DIGEST_NONE)
            owned->digest = digest;
    }
}

/* An absolute path, with `remove-on-upgrade` in front of one that the package no longer brings
 * (deb-conffiles(5)). */
static void read_conffiles(struct files_reader *reader, struct listing *listing)
{
    static const char flag[] = "remove-on-upgrade ";
    struct wb_slice line;
    while (!reader->is_full && next_line(listing, &line)) {
        unsigned flags = WB_OWNED_CONFIG;
        if (line.size > sizeof flag - 1 && memcmp(line.data, flag, sizeof flag - 1) == 0) {
            line.data += sizeof flag - 1;
            line.size -= sizeof flag - 1;
            flags |= WB_OWNED_MISSING_OK;
        }
        line = wb_slice_trim(line);
        struct wb_slice path = relative_path(line);
        if (line.size == 0 || line.data[0] != '/' || !is_path(path)) {
            count_bad(listing);
            continue;
        }
        struct wb_owned_file *owned = own(reader, path);
        if (owned != NULL)
            owned->flags |= flags;
    }
}

/* ---- diversions ---- */

/* Three lines each: from, to, and the package whose own file stays, or `:`. */
static void read_diversions(struct files_reader *reader, const char *path)
{
    struct listing listing;
    struct wb_slice from, to, package;
    if (!open_listing(reader, path, &listing))
        return;
    while (next_line(&listing, &from)) {
        bool whole = next_line(&listing, &to) && next_line(&listing, &package);
        if (!whole || from.data[0] != '/' || to.data[0] != '/' || !is_path(relative_path(from)) ||
            !is_path(relative_path(to)) || !is_path(package)) {
            count_bad(&listing);
            continue;
        }
        struct diversion *diversion = wb_arena_allocate(reader->arena, sizeof *diversion);
        diversion->from = absolute_path(reader->arena, relative_path(from));
        diversion->to = absolute_path(reader->arena, relative_path(to));
        if (!wb_slice_is(package, ":"))
            diversion->package = wb_arena_copy_bytes(reader->arena, package.data, package.size);
        struct diversion *known;
        HASH_FIND_STR(reader->diversions, diversion->from, known);
        if (known == NULL)
            HASH_ADD_KEYPTR(hh, reader->diversions, diversion->from,
                            (unsigned)strlen(diversion->from), diversion);
    }
    report_bad(reader, &listing);
}

static void apply_diversions(const struct files_reader *reader)
{
    struct wb_package *package = reader->package;
    if (reader->diversions == NULL)
        return;
    for (size_t i = 0; i < package->owned_file_count; i++) {
        struct diversion *diversion;
        HASH_FIND_STR(reader->diversions, package->owned_files[i].path, diversion);
        if (diversion != NULL &&
            (diversion->package == NULL || strcmp(diversion->package, package->name) != 0))
            package->owned_files[i].path = wb_arena_copy(reader->bom->arena, diversion->to);
    }
}

/* ---- packages ---- */

typedef void read_listing(struct files_reader *reader, struct listing *listing);

/* Packages that may be installed for several architectures have it in the file's name. False when
 * there is no such file. */
static bool read_one(struct files_reader *reader, const char *directory, const char *suffix,
                     read_listing *read)
{
    const struct wb_package *package = reader->package;
    struct listing listing;
    /* Neither name nor architecture leads out of the directory: a slash makes no file name here. */
    if (package->architecture != NULL && strchr(package->architecture, '/') == NULL) {
        WB_AUTO_STRING path = wb_string_format("%s/%s:%s.%s", directory, package->name,
                                               package->architecture, suffix);
        if (open_listing(reader, path, &listing)) {
            read(reader, &listing);
            report_bad(reader, &listing);
            return true;
        }
    }
    WB_AUTO_STRING path = wb_string_format("%s/%s.%s", directory, package->name, suffix);
    if (!open_listing(reader, path, &listing))
        return false;
    read(reader, &listing);
    report_bad(reader, &listing);
    return true;
}

/* The Conffiles field has been read with the package. */
static void start_package(struct files_reader *reader, struct wb_package *package)
{
    reader->package = package;
    for (size_t i = 0; i < package->owned_file_count; i++) {
        struct listed_file *listed = wb_arena_allocate(reader->arena, sizeof *listed);
        listed->path = package->owned_files[i].path;
        listed->index = i;
        struct listed_file *known;
        HASH_FIND_STR(reader->listed, listed->path, known);
        if (known == NULL)
            HASH_ADD_KEYPTR(hh, reader->listed, listed->path, (unsigned)strlen(listed->path),
                            listed);
    }
}

/* `status_d` is NULL for a status file. Where no list lies beside the stanza, whoever made the
 * image may have kept dpkg's own in `info`. */
static void read_package(struct files_reader *reader, const char *info, const char *status_d)
{
    if (status_d == NULL || !read_one(reader, status_d, "md5sums", read_md5sums)) {
        read_one(reader, info, "list", read_list);
        read_one(reader, info, "conffiles", read_conffiles);
        read_one(reader, info, "md5sums", read_md5sums);
    }
    HASH_CLEAR(hh, reader->listed);
    reader->listed = NULL;
    apply_diversions(reader);
}

/* ---- dpkg's journal ---- */

static bool is_journal_name(const char *name)
{
    return name[0] != '\0' && name[strspn(name, "0123456789")] == '\0';
}

void wb_dpkg_report_unfinished(const struct wb_rootfs *rootfs, const char *database_path,
                               struct wb_bom *bom)
{
    const char *slash = strrchr(database_path, '/');
    WB_AUTO_STRING path = wb_string_format(
        "%.*supdates", slash == NULL ? 0 : (int)(slash + 1 - database_path), database_path);
    const struct wb_node *directory = wb_rootfs_lookup(rootfs, path, true);
    if (directory == NULL)
        return;
    size_t count, files = 0;
    int layer = -1;
    struct wb_node **children = wb_node_children(directory, &count);
    for (size_t i = 0; i < count; i++) {
        const struct wb_node *child = children[i];
        if (child->entry == NULL || child->entry->kind != WB_ENTRY_REGULAR ||
            !is_journal_name(child->name))
            continue;
        int last = child->span.changed >= 0 ? child->span.changed : child->span.introduced;
        layer = last > layer ? last : layer;
        files++;
    }
    free(children);
    if (files > 0)
        wb_bom_add_finding(bom, WB_SEVERITY_WARNING, "package-database-unfinished", layer, path,
                           "/%s holds %zu files: dpkg was interrupted, and what they change in "
                           "/%s is not read",
                           path, files, database_path);
}

/* ---- all of it ---- */

bool wb_dpkg_files_read(const struct wb_rootfs *rootfs, const char *database_path,
                        struct wb_bom *bom, struct wb_package **packages, size_t count,
                        struct wb_error *err)
{
    if (count == 0)
        return true;
    bool is_status_d = wb_text_ends_with(database_path, "/status.d");
    const char *slash = strrchr(database_path, '/');
    int parent = slash == NULL ? 0 : (int)(slash - database_path);
    WB_AUTO_STRING info = wb_string_format("%.*s/info", parent, database_path);
    WB_AUTO_STRING diversions = wb_string_format("%.*s/diversions", parent, database_path);
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    struct files_reader reader = {
        .rootfs = rootfs, .bom = bom, .arena = arena, .room = LISTED_FILE_MAX};
    if (!is_status_d)
        read_diversions(&reader, diversions);
    for (size_t i = 0; i < count && !reader.is_full; i++) {
        /* What one package lists is not needed for the next. */
        WB_AUTO(wb_arena) *own_arena = wb_arena_new();
        reader.arena = own_arena;
        start_package(&reader, packages[i]);
        read_package(&reader, info, is_status_d ? database_path : NULL);
    }
    HASH_CLEAR(hh, reader.diversions);
    if (reader.is_full)
        return wb_error_set(err, WB_BAD_INPUT, "/%s: its packages list more than %llu files",
                            is_status_d ? database_path : info,
                            (unsigned long long)LISTED_FILE_MAX);
    return true;
}
