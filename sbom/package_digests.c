/* SPDX-License-Identifier: Apache-2.0 */
/* Digests of package files, which no image holds, from what sha512sum said where they were at hand.
 */
#include "sbom/sbom.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#define NAME_SIZE_MAX 4096

struct stated_file {
    char *name; /* without its folder */
    struct wb_digest *digests;
    size_t count, capacity;
    UT_hash_handle hh;
};

static void clear_files(struct stated_file **files)
{
    struct stated_file *file, *next;
    HASH_ITER(hh, *files, file, next)
    {
        HASH_DEL(*files, file);
        free(file->name);
        free(file->digests);
        free(file);
    }
}

/* ---- lines ---- */

/* Which digest has so many hexadecimal digits. */
static enum wb_digest_algorithm algorithm_of(size_t digits)
{
    for (int i = WB_DIGEST_MD5; i <= WB_DIGEST_SHA512; i++)
        if (digits == 2 * wb_digest_size((enum wb_digest_algorithm)i))
            return (enum wb_digest_algorithm)i;
    return WB_DIGEST_NONE;
}

static bool take_hex(const char *hex, struct wb_digest *digest)
{
    digest->algorithm = algorithm_of(strlen(hex));
    return digest->algorithm != WB_DIGEST_NONE &&
           wb_hex_parse(hex, digest->bytes, wb_digest_size(digest->algorithm));
}

/* `HEX  NAME`, or with `*` before the name. */
static char *read_plain(char *line, struct wb_digest *digest)
{
    char *space = strchr(line, ' ');
    if (space == NULL || (space[1] != ' ' && space[1] != '*'))
        return NULL;
    *space = '\0';
    return take_hex(line, digest) ? space + 2 : NULL;
}

/* `SHA512 (NAME) = HEX` */
static char *read_tagged(char *line, struct wb_digest *digest)
{
    char *name = strstr(line, " (");
    char *end = strstr(line, ") = ");
    for (char *later = end; later != NULL; later = strstr(later + 1, ") = "))
        end = later;
    if (name == NULL || end == NULL || end < name + 2 || !take_hex(end + strlen(") = "), digest))
        return NULL;
    *end = '\0';
    return name + 2;
}

static bool is_hex(char byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'f');
}

/* The file's name, and what the line states of it; NULL when it is no such line. */
static char *read_line(char *line, struct wb_digest *digest)
{
    size_t digits = 0;
    while (is_hex(line[digits]))
        digits++;
    char *name =
        line[digits] == ' ' && digits > 0 ? read_plain(line, digest) : read_tagged(line, digest);
    if (name == NULL)
        return NULL;
    char *slash = strrchr(name, '/');
    name = slash == NULL ? name : slash + 1;
    return *name == '\0' ? NULL : name;
}

static bool add_digest(struct stated_file **files, const char *name, const struct wb_digest *digest)
{
    struct stated_file *file;
    HASH_FIND_STR(*files, name, file);
    if (file == NULL) {
        file = wb_allocate(sizeof *file);
        file->name = wb_string_copy(name);
        HASH_ADD_KEYPTR(hh, *files, file->name, (unsigned)strlen(file->name), file);
    }
    for (size_t i = 0; i < file->count; i++)
        if (file->digests[i].algorithm == digest->algorithm)
            return wb_digest_equal(&file->digests[i], digest);
    WB_APPEND(file->digests, file->count, file->capacity, *digest);
    return true;
}

static bool read_files(struct wb_bytes text, struct stated_file **files, struct wb_error *err)
{
    size_t number = 0;
    for (size_t at = 0; at < text.size;) {
        char line[NAME_SIZE_MAX + 200];
        const uint8_t *end = memchr(text.data + at, '\n', text.size - at);
        size_t size = end == NULL ? text.size - at : (size_t)(end - (text.data + at));
        const uint8_t *start = text.data + at;
        struct wb_digest digest = {0};
        at += size + 1;
        number++;
        if (size > 0 && start[size - 1] == '\r')
            size--;
        if (size == 0)
            continue;
        if (size >= sizeof line || memchr(start, '\0', size) != NULL)
            return wb_error_set(err, WB_BAD_INPUT, "line %zu is not one of sha512sum", number);
        memcpy(line, start, size);
        line[size] = '\0';
        char *name = read_line(line, &digest);
        if (name == NULL)
            return wb_error_set(err, WB_BAD_INPUT,
                                "line %zu is not one of sha512sum: it is `DIGEST  FILE` or "
                                "`SHA512 (FILE) = DIGEST`",
                                number);
        if (!add_digest(files, name, &digest))
            return wb_error_set(err, WB_BAD_INPUT,
                                "line %zu states another digest of the same file than one before",
                                number);
    }
    return true;
}

/* ---- packages ---- */

static const char *file_name(const struct wb_package *package)
{
    for (size_t i = 0; i < package->property_count; i++)
        if (strcmp(package->properties[i].name, "bsi:component:filename") == 0)
            return package->properties[i].value;
    return NULL;
}

/* apt keeps the epoch in the names of what it fetched: `vim_2%3a9.0-1_amd64.deb`. */
static const struct stated_file *find_file(struct stated_file *files,
                                           const struct wb_package *package)
{
    const char *name = file_name(package);
    struct stated_file *file = NULL;
    if (name == NULL)
        return NULL;
    HASH_FIND_STR(files, name, file);
    if (file == NULL && package->kind == WB_PACKAGE_DEB && package->epoch >= 0) {
        size_t stem = strlen(package->name) + 1;
        WB_AUTO_STRING fetched = wb_string_format("%.*s%lld%%3a%s", (int)stem, name,
                                                  (long long)package->epoch, name + stem);
        HASH_FIND_STR(files, fetched, file);
    }
    return file;
}

bool wb_package_digests_read(struct wb_bom *bom, struct wb_bytes text, struct wb_error *err)
{
    struct stated_file *files = NULL;
    size_t unknown = 0;
    bool good = read_files(text, &files, err);
    for (size_t i = 0; good && i < bom->package_count; i++) {
        struct wb_package *package = bom->packages[i];
        const struct stated_file *file = find_file(files, package);
        if (file == NULL)
            unknown++;
        for (size_t k = 0; file != NULL && k < file->count; k++)
            WB_APPEND(package->checksums, package->checksum_count, package->checksum_capacity,
                      file->digests[k]);
    }
    clear_files(&files);
    if (unknown > 0)
        wb_bom_add_finding(bom, WB_SEVERITY_WARNING, "package-digest-unknown", -1, NULL,
                           "no digest was given of the files of %zu of %zu packages", unknown,
                           bom->package_count);
    return good;
}
