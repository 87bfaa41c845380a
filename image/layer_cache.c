/* SPDX-License-Identifier: Apache-2.0 */
/* Layer records on disk, so that a layer shared by two images is unpacked once.
 *
 * The blob itself is read and its digest checked every time; an entry saves unpacking it. An entry
 * says what a layer contains, so it is believed only when this user alone could have written it, it
 * was made for this very digest and these options, and its own digest holds. */
#include "image/layer_private.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC "waybill layer record 1\n"
#define RECORD_SIZE_MAX ((size_t)4 << 30)
#define ENTRY_SIZE_MIN 50 /* what put_entry writes at least */

static void notice(const struct wb_layer_options *options, const char *path, const char *reason)
{
    if (options->notice == NULL)
        return;
    WB_AUTO_STRING message = wb_string_format("cache entry %s is not used: %s", path, reason);
    options->notice(options->context, message);
}

/* What an entry is for; stands in front of the record. The bounds belong to it, so that a layer is
 * refused with a cache when it is without. */
static char *key_text(const struct wb_layer_options *options, const struct wb_digest *key_digest)
{
    char text[WB_DIGEST_TEXT_SIZE];
    return wb_string_format("%s%s\ndigests %u\nbounds %" PRIu64 " %" PRIu64 "\n%s\n", MAGIC,
                            wb_digest_format(key_digest, text), options->file_digests,
                            options->max_layer_size, options->max_entries,
                            options->cache_tag == NULL ? "" : options->cache_tag);
}

static char *entry_path(const struct wb_layer_options *options, const char *key)
{
    struct wb_digest digest;
    char hex[2 * WB_DIGEST_MAX_SIZE + 1];
    struct wb_bytes bytes = {(const uint8_t *)key, strlen(key)};
    if (!wb_digest_bytes(WB_DIGEST_SHA256, bytes, &digest, NULL))
        return NULL;
    wb_hex_format(digest.bytes, wb_digest_size(digest.algorithm), hex);
    return wb_string_format("%s/%s.layer", options->cache_directory, hex);
}

/* ---- writing ---- */

static void put_u64(struct wb_buffer *out, uint64_t value)
{
    uint8_t bytes[8];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(value >> (8 * i));
    wb_buffer_append(out, bytes, sizeof bytes);
}

static void put_u32(struct wb_buffer *out, uint32_t value)
{
    uint8_t bytes[4];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(value >> (8 * i));
    wb_buffer_append(out, bytes, sizeof bytes);
}

/* Absent bytes are told from empty ones. */
static void put_bytes(struct wb_buffer *out, const void *data, size_t size)
{
    put_u64(out, data == NULL ? UINT64_MAX : size);
    if (data != NULL)
        wb_buffer_append(out, data, size);
}

static void put_text(struct wb_buffer *out, const char *text)
{
    put_bytes(out, text, text == NULL ? 0 : strlen(text));
}

static void put_digest(struct wb_buffer *out, const struct wb_digest *digest)
{
    put_u32(out, (uint32_t)digest->algorithm);
    wb_buffer_append(out, digest->bytes, sizeof digest->bytes);
}

static void put_entry(struct wb_buffer *out, const struct wb_entry *entry)
{
    put_u32(out, (uint32_t)entry->kind);
    put_u32(out, entry->mode);
    put_u32(out, entry->uid);
    put_u32(out, entry->gid);
    put_u32(out, entry->device_major);
    put_u32(out, entry->device_minor);
    put_u64(out, entry->size);
    put_u64(out, (uint64_t)entry->mtime);
    put_text(out, entry->path);
    put_text(out, entry->link_target);
    put_bytes(out, entry->hashes,
              entry->hashes == NULL ? 0 : wb_file_hashes_size(entry->hashes->present));
    put_bytes(out, entry->capability == NULL ? NULL : entry->capability->data,
              entry->capability == NULL ? 0 : entry->capability->size);
    put_bytes(out, entry->content == NULL ? NULL : entry->content->data,
              entry->content == NULL ? 0 : entry->content->size);
}

static bool write_all(int fd, const uint8_t *data, size_t size)
{
    while (size > 0) {
        ssize_t count = write(fd, data, size);
        if (count < 0 && errno != EINTR)
            return false;
        if (count > 0) {
            data += count;
            size -= (size_t)count;
        }
    }
    return true;
}

/* A new file, nobody else's from its first moment, takes the place of whatever has the name: a link
 * there is replaced, not followed. Not synced: an entry that a crash cut short is noticed. */
static bool write_entry(const char *path, const struct wb_buffer *record, struct wb_error *err)
{
    uint64_t number;
    if (getrandom(&number, sizeof number, 0) != (ssize_t)sizeof number)
        return wb_error_set_errno(err, errno, "no random name");
    WB_AUTO_STRING temporary = wb_string_format("%s.%016llx.tmp", path, (unsigned long long)number);
    WB_AUTO_FD fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (fd < 0)
        return wb_error_set_errno(err, errno, "cannot write there");
    bool good = write_all(fd, record->data, record->size) && rename(temporary, path) == 0;
    if (!good) {
        wb_error_set_errno(err, errno, "cannot write");
        unlink(temporary);
    }
    return good;
}

void wb_layer_cache_store(const struct wb_layer_options *options,
                          const struct wb_digest *key_digest, const struct wb_layer *layer)
{
    if (mkdir(options->cache_directory, S_IRWXU) != 0 && errno != EEXIST) {
        notice(options, options->cache_directory, strerror(errno));
        return;
    }
    WB_AUTO_STRING key = key_text(options, key_digest);
    WB_AUTO_STRING path = entry_path(options, key);
    if (path == NULL)
        return;
    WB_AUTO_VALUE(wb_buffer) record = {0};
    wb_buffer_append_text(&record, key);
    put_digest(&record, &layer->diff_id);
    put_u64(&record, layer->tar_size);
    put_u64(&record, layer->entry_count);
    for (size_t i = 0; i < layer->entry_count; i++)
        put_entry(&record, &layer->entries[i]);
    struct wb_error err = WB_ERROR_INIT;
    struct wb_digest digest;
    if (!wb_digest_bytes(WB_DIGEST_SHA256, wb_buffer_bytes(&record), &digest, &err)) {
        notice(options, path, err.message);
        return;
    }
    wb_buffer_append(&record, digest.bytes, wb_digest_size(digest.algorithm));
    if (!write_entry(path, &record, &err))
        notice(options, path, err.message);
}

/* ---- reading ---- */

struct record_reader {
    const uint8_t *at, *end;
    bool good; /* false once something did not fit */
};

static const uint8_t *take(struct record_reader *reader, uint64_t size)
{
    if (!reader->good || size > (uint64_t)(reader->end - reader->at)) {
        reader->good = false;
        return NULL;
    }
    const uint8_t *data = reader->at;
    reader->at += size;
    return data;
}

static uint32_t take_u32(struct record_reader *reader)
{
    uint32_t value = 0;
    const uint8_t *data = take(reader, sizeof value);
    if (data != NULL)
        wb_bytes_u32le((struct wb_bytes){data, sizeof value}, 0, &value);
    return value;
}

static uint64_t take_u64(struct record_reader *reader)
{
    uint64_t value = 0;
    const uint8_t *data = take(reader, sizeof value);
    if (data != NULL)
        wb_bytes_u64le((struct wb_bytes){data, sizeof value}, 0, &value);
    return value;
}

/* NULL for absent bytes. */
static const uint8_t *take_bytes(struct record_reader *reader, size_t *size)
{
    uint64_t stated = take_u64(reader);
    *size = 0;
    if (stated == UINT64_MAX)
        return NULL;
    const uint8_t *data = take(reader, stated);
    *size = data == NULL ? 0 : (size_t)stated;
    return data;
}

static const char *take_text(struct record_reader *reader, struct wb_arena *arena)
{
    size_t size;
    const uint8_t *data = take_bytes(reader, &size);
    return data == NULL ? NULL : wb_arena_copy_bytes(arena, data, size);
}

static bool take_digest(struct record_reader *reader, struct wb_digest *digest)
{
    uint32_t algorithm = take_u32(reader);
    const uint8_t *bytes = take(reader, sizeof digest->bytes);
    if (bytes == NULL || algorithm > WB_DIGEST_SHA512)
        return false;
    digest->algorithm = (enum wb_digest_algorithm)algorithm;
    memcpy(digest->bytes, bytes, sizeof digest->bytes);
    return true;
}

static bool take_entry(struct record_reader *reader, struct wb_layer *layer, struct wb_entry *entry)
{
    uint32_t kind = take_u32(reader);
    if (kind > WB_ENTRY_OPAQUE)
        return false;
    entry->kind = (enum wb_entry_kind)kind;
    entry->mode = take_u32(reader);
    entry->uid = take_u32(reader);
    entry->gid = take_u32(reader);
    entry->device_major = take_u32(reader);
    entry->device_minor = take_u32(reader);
    entry->size = take_u64(reader);
    entry->mtime = (int64_t)take_u64(reader);
    entry->path = take_text(reader, layer->arena);
    entry->link_target = take_text(reader, layer->arena);
    size_t size;
    const uint8_t *hashes = take_bytes(reader, &size);
    if (hashes != NULL) {
        unsigned present;
        if (size < sizeof *entry->hashes)
            return false;
        memcpy(&present, hashes + offsetof(struct wb_file_hashes, present), sizeof present);
        if (size != wb_file_hashes_size(present))
            return false;
        struct wb_file_hashes *copy = wb_file_hashes_new(layer->arena, present);
        memcpy(copy, hashes, size);
        entry->hashes = copy;
    }
    const uint8_t *capability = take_bytes(reader, &size);
    if (capability != NULL) {
        struct wb_bytes *copy = wb_arena_allocate(layer->arena, sizeof *copy);
        copy->data = (const uint8_t *)wb_arena_copy_bytes(layer->arena, capability, size);
        copy->size = size;
        entry->capability = copy;
    }
    const uint8_t *content = take_bytes(reader, &size);
    if (content != NULL)
        memcpy(wb_layer_keep_content(layer, entry, size), content, size);
    bool is_link = entry->kind == WB_ENTRY_SYMLINK || entry->kind == WB_ENTRY_HARDLINK;
    return reader->good && entry->path != NULL && (!is_link || entry->link_target != NULL);
}

static bool take_record(struct record_reader *reader, struct wb_layer *layer)
{
    if (!take_digest(reader, &layer->diff_id))
        return false;
    layer->tar_size = take_u64(reader);
    uint64_t count = take_u64(reader);
    if (!reader->good || count > (uint64_t)(reader->end - reader->at) / ENTRY_SIZE_MIN)
        return false;
    layer->entries = wb_allocate_array((size_t)count + 1, sizeof *layer->entries);
    for (; layer->entry_count < count; layer->entry_count++)
        if (!take_entry(reader, layer, &layer->entries[layer->entry_count]))
            return false;
    return reader->at == reader->end;
}

/* The reason why nobody but this user could have made the entry, or NULL when others could. */
static const char *distrust(int fd)
{
    struct stat status;
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
        return "it is not a regular file";
    if (status.st_uid != geteuid())
        return "it belongs to another user";
    if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return "others may write to it";
    return NULL;
}

static const char *load_bytes(const char *path, struct wb_buffer *bytes, bool *absent)
{
    WB_AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    *absent = fd < 0 && errno == ENOENT;
    if (fd < 0)
        return strerror(errno);
    const char *reason = distrust(fd);
    if (reason != NULL)
        return reason;
    WB_AUTO_STRING self = wb_string_format("/proc/self/fd/%d", fd);
    struct wb_error err = WB_ERROR_INIT;
    return wb_file_read(AT_FDCWD, self, RECORD_SIZE_MAX, bytes, &err) ? NULL : "cannot be read";
}

static const char *parse_bytes(const struct wb_buffer *bytes, const char *key,
                               struct wb_layer *layer)
{
    struct wb_digest digest = {.algorithm = WB_DIGEST_SHA256};
    size_t digest_size = wb_digest_size(digest.algorithm);
    size_t key_size = strlen(key);
    if (bytes->size < key_size + digest_size)
        return "it is too short";
    size_t body = bytes->size - digest_size;
    if (!wb_digest_bytes(digest.algorithm, (struct wb_bytes){bytes->data, body}, &digest, NULL) ||
        memcmp(digest.bytes, bytes->data + body, digest_size) != 0)
        return "it is damaged";
    if (memcmp(bytes->data, key, key_size) != 0)
        return "it was made for something else";
    struct record_reader reader = {
        .at = bytes->data + key_size, .end = bytes->data + body, .good = true};
    return take_record(&reader, layer) ? NULL : "it is malformed";
}

struct wb_layer *wb_layer_cache_load(const struct wb_layer_options *options,
                                     const struct wb_digest *key_digest)
{
    WB_AUTO_STRING key = key_text(options, key_digest);
    WB_AUTO_STRING path = entry_path(options, key);
    if (path == NULL)
        return NULL;
    WB_AUTO_VALUE(wb_buffer) bytes = {0};
    bool absent;
    const char *reason = load_bytes(path, &bytes, &absent);
    if (absent)
        return NULL;
    WB_AUTO(wb_layer) *layer = wb_layer_new();
    if (reason == NULL)
        reason = parse_bytes(&bytes, key, layer);
    if (reason != NULL) {
        notice(options, path, reason);
        return NULL;
    }
    layer->blob_digest.algorithm = key_digest->algorithm;
    return WB_STEAL(layer);
}
