/* SPDX-License-Identifier: Apache-2.0 */
/* Several media as one: their entries in one table, sorted, so that a blob is found wherever it
 * lies. */
#include "image/layout_volume_private.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct wb_volumes *wb_volumes_new(size_t count)
{
    struct wb_volumes *volumes = wb_allocate(sizeof *volumes);
    volumes->arena = wb_arena_new();
    volumes->ends = wb_allocate_array(count + 1, sizeof *volumes->ends);
    volumes->fds = wb_allocate_array(count + 1, sizeof *volumes->fds);
    volumes->volume_count = count;
    for (size_t i = 0; i < count; i++)
        volumes->fds[i] = -1;
    return volumes;
}

void wb_volumes_free(struct wb_volumes *volumes)
{
    if (volumes == NULL)
        return;
    for (size_t i = 0; i < volumes->volume_count; i++)
        if (volumes->fds[i] >= 0)
            close(volumes->fds[i]);
    for (size_t i = 0; i < volumes->kept_count; i++)
        wb_buffer_clear(&volumes->kept[i]);
    for (size_t i = 0; i < volumes->count; i++)
        free(volumes->entries[i].chunks);
    free(volumes->kept);
    free(volumes->entries);
    free(volumes->ends);
    free(volumes->fds);
    wb_arena_free(volumes->arena);
    free(volumes);
}

/* ---- entries ---- */

/* `parts/ALG/HEX/OFFSET`, with the offset in its only spelling. */
static bool part_of(const char *name, struct wb_volume_entry *entry)
{
    char blob[WB_BLOB_NAME_SIZE];
    const char *slash = strrchr(name, '/');
    if (!wb_text_starts_with(name, "parts/") || slash == NULL || slash == name + 5 ||
        (size_t)(slash - name) >= sizeof blob)
        return false;
    memcpy(blob, "blobs", 5);
    memcpy(blob + 5, name + 5, (size_t)(slash - name) - 5);
    blob[slash - name] = '\0';
    const char *digits = slash + 1;
    size_t size = strspn(digits, "0123456789");
    if (size == 0 || size > 18 || digits[size] != '\0' || (digits[0] == '0' && size > 1) ||
        !wb_blob_name_digest(blob, &entry->digest))
        return false;
    entry->part_offset = strtoull(digits, NULL, 10);
    return true;
}

bool wb_volumes_add(struct wb_volumes *volumes, unsigned volume, const char *name,
                    struct wb_volume_entry **entry, struct wb_error *err)
{
    struct wb_volume_entry added = {.kind = WB_VOLUME_OTHER, .volume = volume};
    if (wb_blob_name_digest(name, &added.digest)) {
        added.kind = WB_VOLUME_BLOB;
    } else if (part_of(name, &added)) {
        added.kind = WB_VOLUME_PART;
    } else {
        added.digest = (struct wb_digest){.algorithm = WB_DIGEST_NONE};
        if (strcmp(name, "oci-layout") == 0 || strcmp(name, "index.json") == 0 ||
            strcmp(name, "manifest.json") == 0)
            added.kind = WB_VOLUME_DOCUMENT;
        added.name = wb_arena_copy(volumes->arena, name);
    }
    if (volumes->count == WB_VOLUME_ENTRIES_MAX ||
        wb_arena_size(volumes->arena) > WB_VOLUME_NAME_BYTES_MAX)
        return wb_error_set(err, WB_BAD_INPUT, "more entries than a delivery may have");
    WB_APPEND(volumes->entries, volumes->count, volumes->capacity, added);
    *entry = &volumes->entries[volumes->count - 1];
    return true;
}

bool wb_volume_is_folder(const char *name)
{
    static const char *const names[] = {"",      "blobs",        "blobs/sha256", "blobs/sha512",
                                        "parts", "parts/sha256", "parts/sha512"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    struct wb_volume_entry entry;
    WB_AUTO_STRING first = wb_string_format("%s/0", name);
    return part_of(first, &entry);
}

const char *wb_volume_entry_name(const struct wb_volume_entry *entry, struct wb_arena *arena)
{
    char name[WB_BLOB_NAME_SIZE];
    if (entry->name != NULL)
        return wb_arena_copy(arena, entry->name);
    wb_blob_name(&entry->digest, name);
    if (entry->kind == WB_VOLUME_BLOB)
        return wb_arena_copy(arena, name);
    return wb_arena_format(arena, "parts%s/%" PRIu64, name + 5, entry->part_offset);
}

static int compare_digests(const struct wb_digest *a, const struct wb_digest *b)
{
    if (a->algorithm != b->algorithm)
        return a->algorithm < b->algorithm ? -1 : 1;
    return memcmp(a->bytes, b->bytes, wb_digest_size(a->algorithm));
}

static int compare_names(const struct wb_volume_entry *a, const struct wb_volume_entry *b)
{
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    int order = compare_digests(&a->digest, &b->digest);
    if (order != 0)
        return order;
    if (a->part_offset != b->part_offset)
        return a->part_offset < b->part_offset ? -1 : 1;
    if (a->name != NULL && b->name != NULL && (order = strcmp(a->name, b->name)) != 0)
        return order;
    return a->volume == b->volume ? 0 : a->volume < b->volume ? -1 : 1;
}

/* Of one name in one volume the one that comes last comes first here, since that is what unpacking
 * leaves. */
static int compare_entries(const void *left, const void *right)
{
    const struct wb_volume_entry *a = left, *b = right;
    int order = compare_names(a, b);
    if (order != 0 || a->file_offset == b->file_offset)
        return order;
    return a->file_offset > b->file_offset ? -1 : 1;
}

void wb_volumes_finish(struct wb_volumes *volumes)
{
    if (volumes->count > 1)
        qsort(volumes->entries, volumes->count, sizeof *volumes->entries, compare_entries);
    for (size_t i = 1; i < volumes->count; i++)
        if (compare_names(&volumes->entries[i - 1], &volumes->entries[i]) == 0)
            volumes->entries[i].complaint = "its name is there twice";
}

const struct wb_volume_entry *wb_volumes_entries(const struct wb_volumes *volumes, size_t *count)
{
    *count = volumes->count;
    return volumes->entries;
}

const struct wb_volume_end *wb_volumes_ends(const struct wb_volumes *volumes, size_t *count,
                                            size_t *base_from)
{
    *count = volumes->volume_count;
    *base_from = volumes->base_from;
    return volumes->ends;
}

const struct wb_volume_entry *wb_volumes_find(const struct wb_volumes *volumes,
                                              enum wb_volume_entry_kind kind,
                                              const struct wb_digest *digest, size_t *count)
{
    size_t low = 0, high = volumes->count;
    const struct wb_volume_entry *all = volumes->entries;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct wb_volume_entry *at = &all[middle];
        bool before = at->kind != kind ? at->kind < kind : compare_digests(&at->digest, digest) < 0;
        if (before)
            low = middle + 1;
        else
            high = middle;
    }
    size_t end = low;
    while (end < volumes->count && all[end].kind == kind &&
           wb_digest_equal(&all[end].digest, digest))
        end++;
    *count = end - low;
    return *count == 0 ? NULL : &all[low];
}

/* ---- reading ---- */

static bool read_file(int fd, uint64_t offset, uint8_t *data, size_t size, struct wb_error *err)
{
    size_t done = 0;
    while (done < size) {
        ssize_t count = pread(fd, data + done, size - done, (off_t)(offset + done));
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return wb_error_set_errno(err, errno, "cannot read");
        if (count == 0)
            return wb_error_set(err, WB_CHECK_FAILED, "it ends early");
        done += (size_t)count;
    }
    return true;
}

bool wb_volumes_read(const struct wb_volumes *volumes, const struct wb_volume_entry *entry,
                     uint64_t at, uint8_t *data, size_t size, struct wb_error *err)
{
    if (at > entry->size || size > entry->size - at)
        return wb_error_set(err, WB_CHECK_FAILED, "it ends early");
    if (entry->kept.data != NULL) {
        memcpy(data, entry->kept.data + at, size);
        return true;
    }
    int fd = volumes->fds[entry->volume];
    if (fd < 0)
        return wb_error_set(err, WB_BAD_INPUT, "it went by in a stream and was not kept");
    if (!volumes->ends[entry->volume].is_directory)
        return read_file(fd, entry->file_offset + at, data, size, err);
    WB_AUTO_FD file = wb_volume_open_file(volumes, entry, err);
    return file >= 0 && read_file(file, at, data, size, err);
}

bool wb_volumes_document(const struct wb_volumes *volumes, unsigned volume, const char *name,
                         struct wb_buffer *content, bool *found, struct wb_error *err)
{
    const struct wb_volume_entry *entry = NULL;
    for (size_t i = 0; i < volumes->count && entry == NULL; i++) {
        const struct wb_volume_entry *one = &volumes->entries[i];
        if (one->kind != WB_VOLUME_DOCUMENT)
            break;
        if (one->volume == volume && strcmp(one->name, name) == 0)
            entry = one;
    }
    *found = entry != NULL;
    content->size = 0;
    if (entry == NULL)
        return true;
    if (entry->size > WB_DOCUMENT_SIZE_MAX)
        return wb_error_set(err, WB_BAD_INPUT, "%s: larger than %zu bytes", name,
                            WB_DOCUMENT_SIZE_MAX);
    uint8_t *data = wb_allocate((size_t)entry->size + 1);
    bool good = wb_volumes_read(volumes, entry, 0, data, (size_t)entry->size, err);
    if (good)
        wb_buffer_append(content, data, (size_t)entry->size);
    free(data);
    return good || wb_error_context(err, "%s", name);
}

/* ---- opening ---- */

static bool open_volume(struct wb_volumes *volumes, unsigned volume, const char *path,
                        struct wb_error *err)
{
    struct wb_volume_end *end = &volumes->ends[volume];
    struct stat status;
    end->path = wb_arena_copy(volumes->arena, path);
    /* O_NONBLOCK: a FIFO must not hold us up before we have seen that it is one. */
    int fd = volumes->fds[volume] = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &status) != 0)
        return wb_error_set_errno(err, errno, "cannot open");
    end->is_directory = S_ISDIR(status.st_mode);
    if (!end->is_directory && !S_ISREG(status.st_mode))
        return wb_error_set(err, WB_BAD_INPUT, "neither a file nor a directory");
    end->file_size = (uint64_t)status.st_size;
    return end->is_directory ? wb_volume_read_directory(volumes, volume, err)
                             : wb_volume_read_archive(volumes, volume, err);
}

/* Read once: what is gone by later is what was verified, whatever the medium gives then. What
 * cannot be read is told to whoever asks for it. */
static void keep_documents(struct wb_volumes *volumes)
{
    for (size_t i = 0; i < volumes->count && volumes->entries[i].kind == WB_VOLUME_DOCUMENT; i++) {
        struct wb_volume_entry *entry = &volumes->entries[i];
        struct wb_buffer content = {0};
        bool found;
        if (entry->complaint != NULL || entry->size == 0 ||
            !wb_volumes_document(volumes, entry->volume, entry->name, &content, &found, NULL)) {
            wb_buffer_clear(&content);
            continue;
        }
        entry->kept = wb_buffer_bytes(&content);
        WB_APPEND(volumes->kept, volumes->kept_count, volumes->kept_capacity, content);
    }
}

struct wb_volumes *wb_volumes_open(const char *const *paths, size_t count, const char *const *bases,
                                   size_t base_count, struct wb_error *err)
{
    WB_AUTO(wb_volumes) *volumes = wb_volumes_new(count + base_count);
    volumes->base_from = count;
    for (size_t i = 0; i < count + base_count; i++) {
        const char *path = i < count ? paths[i] : bases[i - count];
        if (!open_volume(volumes, (unsigned)i, path, err)) {
            wb_error_context(err, "%s", path);
            return NULL;
        }
    }
    wb_volumes_finish(volumes);
    keep_documents(volumes);
    return WB_STEAL(volumes);
}
