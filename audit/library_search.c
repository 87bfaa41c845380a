/* SPDX-License-Identifier: Apache-2.0 */
/* Libraries by name, as the dynamic linker looks for them: ld.so(8), "DESCRIPTION" and "Dynamic
 * string tokens". */
#include "audit/unneeded_private.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

/* A later value than older <elf.h> have. */
#define MACHINE_LOONGARCH 258

struct triplet {
    uint16_t machine;
    bool is_64_bit;
    const char *name;
};

/* Debian's multiarch directories. */
static const struct triplet triplets[] = {
    {EM_X86_64, true, "x86_64-linux-gnu"},     {EM_X86_64, false, "x86_64-linux-gnux32"},
    {EM_386, false, "i386-linux-gnu"},         {EM_AARCH64, true, "aarch64-linux-gnu"},
    {EM_ARM, false, "arm-linux-gnueabihf"},    {EM_ARM, false, "arm-linux-gnueabi"},
    {EM_PPC64, true, "powerpc64le-linux-gnu"}, {EM_PPC64, true, "powerpc64-linux-gnu"},
    {EM_PPC, false, "powerpc-linux-gnu"},      {EM_S390, true, "s390x-linux-gnu"},
    {EM_RISCV, true, "riscv64-linux-gnu"},     {EM_MIPS, true, "mips64el-linux-gnuabi64"},
    {EM_MIPS, false, "mipsel-linux-gnu"},      {MACHINE_LOONGARCH, true, "loongarch64-linux-gnu"},
};
#define TRIPLET_COUNT (sizeof triplets / sizeof triplets[0])

/* `%s` is the triplet. */
static const char *const default_directories[] = {
    "/usr/local/lib/%s", "/usr/local/lib", "/usr/local/lib64", "/lib/%s", "/usr/lib/%s", "/lib64",
    "/usr/lib64",        "/lib",           "/usr/lib",         "/lib32",  "/usr/lib32",  "/libx32",
    "/usr/libx32",
};
#define DEFAULT_COUNT (sizeof default_directories / sizeof default_directories[0])

/* What is looked for, and for whom. */
struct search {
    struct needs *needs;
    const char *name;
    const struct wb_executable *executable;
    const struct search_context *context;
};

static bool fits(const struct search *search, size_t file)
{
    const struct wb_executable *library = needs_executable(search->needs, file);
    return library != NULL && library->is_elf && library->machine == search->executable->machine &&
           library->is_64_bit == search->executable->is_64_bit;
}

static bool try_path(const struct search *search, const char *path)
{
    size_t file = needs_find(search->needs, path);
    return file != SIZE_MAX && fits(search, file) &&
           needs_path(search->needs, path, search->context);
}

/* The library, and its variants for newer processors, of which ld.so takes one. */
static bool try_directory(const struct search *search, const char *directory)
{
    static const char *const variants[] = {"x86-64-v2", "x86-64-v3", "x86-64-v4", "power9",
                                           "power10",   "z13",       "z14",       "z15"};
    WB_AUTO_STRING path = wb_string_format("%s/%s", directory, search->name);
    bool found = try_path(search, path);
    WB_AUTO_STRING hwcaps = wb_string_format("%s/glibc-hwcaps", directory);
    if (needs_find(search->needs, hwcaps) == SIZE_MAX)
        return found;
    for (size_t i = 0; i < sizeof variants / sizeof variants[0]; i++) {
        WB_AUTO_STRING variant = wb_string_format("%s/%s/%s", hwcaps, variants[i], search->name);
        found = try_path(search, variant) || found;
    }
    return found;
}

/* $ORIGIN and $LIB; false for what is known only when the program runs. */
static bool expand(const char *text, const char *origin, const char *library,
                   struct wb_buffer *directory)
{
    for (const char *at = text; *at != '\0';) {
        if (*at != '$') {
            wb_buffer_append(directory, at++, 1);
            continue;
        }
        bool braces = at[1] == '{';
        const char *token = at + 1 + braces;
        size_t size = strspn(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
        if (size == 6 && memcmp(token, "ORIGIN", 6) == 0)
            wb_buffer_append_text(directory, origin);
        else if (size == 3 && memcmp(token, "LIB", 3) == 0)
            wb_buffer_append_text(directory, library);
        else
            return false;
        at = token + size;
        if (braces && *at++ != '}')
            return false;
    }
    return directory->size > 0 && directory->data[0] == '/';
}

static bool try_search_paths(const struct search *search, const struct wb_executable *executable,
                             const char *origin)
{
    const char *libraries[2 + TRIPLET_COUNT] = {"lib64", "lib"};
    size_t count = 2;
    for (size_t i = 0; i < TRIPLET_COUNT; i++)
        if (triplets[i].machine == executable->machine &&
            triplets[i].is_64_bit == executable->is_64_bit)
            libraries[count++] = wb_arena_format(search->needs->arena, "lib/%s", triplets[i].name);
    for (size_t i = 0; i < executable->search_path_count; i++) {
        const char *text = executable->search_paths[i];
        size_t tries = strstr(text, "LIB") == NULL ? 1 : count;
        for (size_t j = 0; j < tries; j++) {
            WB_AUTO_VALUE(wb_buffer) directory = {0};
            if (expand(text, origin, libraries[j], &directory) &&
                try_directory(search, (const char *)directory.data))
                return true;
        }
    }
    return false;
}

/* What the file itself, what loaded it, and the environment name comes first. */
static bool try_stated(const struct search *search, const char *origin)
{
    const struct wb_executable *executable = search->executable;
    bool has_runpath = executable->search_path_count > 0 && !executable->search_paths_inherited;
    if (!has_runpath) {
        if (executable->search_paths_inherited && try_search_paths(search, executable, origin))
            return true;
        for (const struct search_context *at = search->context; at != NULL; at = at->outer)
            if (at->executable != executable &&
                try_search_paths(search, at->executable, at->origin))
                return true;
    }
    for (size_t i = 0; i < search->needs->library_directory_count; i++)
        if (try_directory(search, search->needs->library_directories[i]))
            return true;
    return has_runpath && try_search_paths(search, executable, origin);
}

/* What is found through a file of /etc/ld.so.conf.d is not without that file. */
static bool try_configured(const struct search *search)
{
    struct needs *needs = search->needs;
    bool found = false;
    for (size_t i = 0; i < needs->configured_count; i++) {
        if (!try_directory(search, needs->configured[i].path))
            continue;
        found = true;
        needs_path(needs, needs->configured[i].stated_in, NULL);
    }
    return found;
}

/* Of the directories that need not be named, the linker's cache may put any first: all count. */
static bool try_defaults(const struct search *search)
{
    bool found = try_configured(search);
    for (size_t i = 0; i < DEFAULT_COUNT; i++) {
        if (strchr(default_directories[i], '%') == NULL) {
            found = try_directory(search, default_directories[i]) || found;
            continue;
        }
        size_t size = strlen(default_directories[i]) - strlen("%s");
        for (size_t j = 0; j < TRIPLET_COUNT; j++) {
            if (triplets[j].machine != search->executable->machine ||
                triplets[j].is_64_bit != search->executable->is_64_bit)
                continue;
            WB_AUTO_STRING directory =
                wb_string_format("%.*s%s", (int)size, default_directories[i], triplets[j].name);
            found = try_directory(search, directory) || found;
        }
    }
    return found;
}

/* ---- anywhere: what programs make of LD_LIBRARY_PATH, and configurations nobody could read ----
 */

static const char *name_of(const struct wb_audit *audit, size_t file)
{
    return audit->files[file].node->name;
}

static int compare_names(const void *a, const void *b, void *context)
{
    size_t left = *(const size_t *)a, right = *(const size_t *)b;
    int order = strcmp(name_of(context, left), name_of(context, right));
    return order != 0 ? order : (left > right) - (left < right);
}

static void index_names(struct needs *needs)
{
    struct wb_audit *audit = needs->audit;
    needs->by_name = wb_allocate_array(audit->file_count + 1, sizeof *needs->by_name);
    for (size_t i = 0; i < audit->file_count; i++) {
        enum wb_entry_kind kind = audit->files[i].node->entry->kind;
        if ((kind == WB_ENTRY_REGULAR || kind == WB_ENTRY_SYMLINK) &&
            strstr(name_of(audit, i), ".so") != NULL)
            needs->by_name[needs->by_name_count++] = i;
    }
    qsort_r(needs->by_name, needs->by_name_count, sizeof *needs->by_name, compare_names, audit);
}

/* Where in by_name the first file of the name stands, and how many. */
static size_t find_named(struct needs *needs, const char *name, size_t *first)
{
    if (needs->by_name == NULL)
        index_names(needs);
    size_t low = 0, high = needs->by_name_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(name_of(needs->audit, needs->by_name[middle]), name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *first = low;
    while (low < needs->by_name_count &&
           strcmp(name_of(needs->audit, needs->by_name[low]), name) == 0)
        low++;
    return low - *first;
}

static bool try_anywhere(const struct search *search)
{
    struct needs *needs = search->needs;
    size_t first, count = find_named(needs, search->name, &first);
    bool found = false;
    for (size_t i = 0; i < count; i++)
        found = try_path(search, needs->audit->files[needs->by_name[first + i]].path) || found;
    return found;
}

void needs_library_anywhere(struct needs *needs, const char *name)
{
    size_t first, count = find_named(needs, name, &first);
    for (size_t i = 0; i < count && needs->steps > 0; i++)
        needs_path(needs, needs->audit->files[needs->by_name[first + i]].path, NULL);
}

bool needs_library(struct needs *needs, const char *name, const struct wb_executable *executable,
                   const char *origin, const struct search_context *context)
{
    struct search search = {
        .needs = needs, .name = name, .executable = executable, .context = context};
    if (strchr(name, '/') != NULL) {
        WB_AUTO_VALUE(wb_buffer) path = {0};
        return expand(name, origin, "lib", &path) && try_path(&search, (const char *)path.data);
    }
    return try_stated(&search, origin) || try_defaults(&search) || try_anywhere(&search);
}
