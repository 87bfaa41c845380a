/* SPDX-License-Identifier: Apache-2.0 */
/* A volume that passes by once, as from a data diode: every blob is compared with its digest while
 * it does, and only what looks like a document stays. */
#include "image/layout_volume_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KEPT_EACH_MAX ((uint64_t)128 << 20)
#define KEPT_ALL_MAX ((uint64_t)256 << 20)
#define READ_SIZE ((size_t)1 << 20)

struct stream {
    struct wb_volumes *volumes;
    struct wb_archive_reader reader;
    struct wb_hasher *hashers[2]; /* SHA-256, SHA-512 */
    uint8_t *data;
    uint64_t kept_size;
    void (*progress)(void *context, uint64_t bytes_done, uint64_t bytes_total);
    void *context;
};

static ssize_t read_descriptor(void *context, void *data, size_t size, struct wb_error *err)
{
    ssize_t count;
    do
        count = read(*(int *)context, data, size);
    while (count < 0 && errno == EINTR);
    if (count < 0)
        wb_error_set_errno(err, errno, "cannot read the stream");
    return count;
}

/* What was seen of an archive before its end still counts: the entry in which it ends is cut. */
static void cut(struct stream *stream, const char *reason)
{
    struct wb_volume_end *end = &stream->volumes->ends[0];
    end->cut = true;
    end->cut_at = stream->reader.offset;
    end->reason = reason;
}

static bool is_white(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

/* Whether to keep it is decided by how it begins. */
static bool looks_like_document(const struct stream *stream, const struct wb_volume_entry *entry,
                                const uint8_t *data, size_t size)
{
    if (entry->size > KEPT_EACH_MAX || entry->size > KEPT_ALL_MAX - stream->kept_size)
        return false;
    if (entry->kind == WB_VOLUME_DOCUMENT)
        return true;
    size_t at = 0;
    while (at < size && is_white(data[at]))
        at++;
    return at < size && data[at] == '{';
}

static struct wb_hasher *hasher_for(const struct stream *stream,
                                    const struct wb_volume_entry *entry)
{
    if (entry->kind != WB_VOLUME_BLOB)
        return NULL;
    return stream->hashers[entry->digest.algorithm == WB_DIGEST_SHA512 ? 1 : 0];
}

static void settle(struct wb_volume_entry *entry, struct wb_hasher *hasher)
{
    struct wb_digest found;
    wb_hasher_finish(hasher, &found);
    entry->state = wb_digest_equal(&found, &entry->digest) ? WB_BLOB_INTACT : WB_BLOB_DAMAGED;
}

/* A part has no digest of its own; its chunks have. */
static void hash_chunk(struct stream *stream, struct wb_volume_entry *entry, uint64_t at,
                       size_t size)
{
    struct wb_hasher *hasher = stream->hashers[0];
    const uint8_t *data = stream->data;
    while (size > 0) {
        uint64_t left = WB_VOLUME_CHUNK_SIZE - at % WB_VOLUME_CHUNK_SIZE;
        size_t here = size < left ? size : (size_t)left;
        wb_hasher_update(hasher, data, here);
        at += here;
        data += here;
        size -= here;
        if (at % WB_VOLUME_CHUNK_SIZE != 0 && at != entry->size)
            continue;
        struct wb_digest found;
        wb_hasher_finish(hasher, &found);
        entry->chunks = wb_reallocate_array(entry->chunks, entry->chunk_count + 1, 32);
        memcpy(entry->chunks[entry->chunk_count++], found.bytes, 32);
    }
}

static bool read_content(struct stream *stream, struct wb_volume_entry *entry, struct wb_error *err)
{
    struct wb_hasher *hasher = hasher_for(stream, entry);
    struct wb_buffer content = {0};
    bool keep = false;
    ssize_t count = 0;
    for (uint64_t done = 0; done < entry->size; done += (uint64_t)count) {
        count = wb_archive_reader_read(&stream->reader, stream->data, READ_SIZE, err);
        if (count <= 0)
            break;
        if (done == 0)
            keep = looks_like_document(stream, entry, stream->data, (size_t)count);
        if (hasher != NULL)
            wb_hasher_update(hasher, stream->data, (size_t)count);
        if (entry->kind == WB_VOLUME_PART)
            hash_chunk(stream, entry, done, (size_t)count);
        if (keep)
            wb_buffer_append(&content, stream->data, (size_t)count);
        if (stream->progress != NULL)
            stream->progress(stream->context, stream->reader.offset, 0);
    }
    if (hasher != NULL)
        settle(entry, hasher);
    if (count < 0 && entry->kind == WB_VOLUME_PART)
        wb_hasher_finish(stream->hashers[0], &(struct wb_digest){0});
    if (count < 0) {
        wb_buffer_clear(&content);
        entry->cut = true;
        return false;
    }
    if (keep) {
        struct wb_volumes *volumes = stream->volumes;
        stream->kept_size += content.size;
        entry->kept = wb_buffer_bytes(&content);
        WB_APPEND(volumes->kept, volumes->kept_count, volumes->kept_capacity, content);
    }
    return true;
}

/* Where there must be zeros; `at` is the offset of the first of them. */
static void expect_zeros(struct stream *stream, size_t count, uint64_t at)
{
    struct wb_volume_end *end = &stream->volumes->ends[0];
    for (size_t i = 0; i < count && !end->has_trailer; i++)
        if (stream->data[i] != 0) {
            end->has_trailer = true;
            end->trailer_at = at + i;
        }
}

/* Read here and not passed over with the next header: nothing may ride along unseen. */
static bool read_padding(struct stream *stream, struct wb_error *err)
{
    struct wb_archive_reader *reader = &stream->reader;
    while (reader->padding > 0) {
        ssize_t count =
            reader->source.read(reader->source.context, stream->data, (size_t)reader->padding, err);
        if (count <= 0)
            return count == 0 && wb_error_set(err, WB_BAD_INPUT, "the archive is truncated");
        expect_zeros(stream, (size_t)count, reader->offset);
        reader->offset += (uint64_t)count;
        reader->padding -= (uint64_t)count;
    }
    return true;
}

/* The second block of the end marker, and that nothing follows but zeros. */
static bool read_trailer(struct stream *stream, struct wb_error *err)
{
    struct wb_volume_end *end = &stream->volumes->ends[0];
    const struct wb_byte_source *source = &stream->reader.source;
    uint64_t total = 0;
    ssize_t count;
    while ((count = source->read(source->context, stream->data, READ_SIZE, err)) > 0) {
        expect_zeros(stream, (size_t)count, stream->reader.offset + total);
        total += (uint64_t)count;
    }
    end->file_size = stream->reader.offset + total;
    if (end->file_size < stream->reader.start + 1024)
        cut(stream, "it has no end marker");
    return count == 0;
}

/* Only what is no fault of the stream ends the whole. */
static bool read_entries(struct stream *stream, struct wb_error *err)
{
    for (bool first = true;; first = false) {
        bool more;
        struct wb_error failure = WB_ERROR_INIT;
        struct wb_volume_entry *entry = NULL;
        bool good = wb_archive_reader_next(&stream->reader, &more, &failure);
        if (good && !more)
            return read_trailer(stream, err);
        if (good && !wb_volume_add_entry(stream->volumes, 0, &stream->reader, &entry, err))
            return false;
        if (good && entry != NULL)
            good = read_content(stream, entry, &failure) && read_padding(stream, &failure);
        if (good)
            continue;
        if (failure.status == WB_SYSTEM || first) {
            *err = failure;
            return false;
        }
        cut(stream, entry != NULL ? "it ends inside an entry" : "a header is damaged");
        return true;
    }
}

static bool read_stream(struct stream *stream, int fd, struct wb_error *err)
{
    const struct wb_byte_source bytes = {read_descriptor, &fd};
    WB_AUTO(wb_archive_source) *source = wb_archive_source_stream(&bytes, err);
    if (source == NULL)
        return false;
    if (wb_archive_source_compressed(source))
        return wb_error_set(err, WB_BAD_INPUT,
                            "the archive is compressed as a whole: decompress it first");
    stream->hashers[0] = wb_hasher_new(WB_DIGEST_SHA256, err);
    stream->hashers[1] = stream->hashers[0] == NULL ? NULL : wb_hasher_new(WB_DIGEST_SHA512, err);
    if (stream->hashers[1] == NULL)
        return false;
    stream->reader = wb_archive_source_reader(source);
    stream->data = wb_allocate(READ_SIZE);
    bool good = read_entries(stream, err);
    wb_archive_reader_clear(&stream->reader);
    return good;
}

struct wb_volumes *wb_volumes_read_stream(int fd,
                                          void (*progress)(void *context, uint64_t bytes_done,
                                                           uint64_t bytes_total),
                                          void *context, struct wb_error *err)
{
    WB_AUTO(wb_volumes) *volumes = wb_volumes_new(1);
    volumes->base_from = 1;
    volumes->ends[0].path = "-";
    struct stream stream = {.volumes = volumes, .progress = progress, .context = context};
    bool good = read_stream(&stream, fd, err);
    free(stream.data);
    wb_hasher_free(stream.hashers[0]);
    wb_hasher_free(stream.hashers[1]);
    if (!good)
        return NULL;
    wb_volumes_finish(volumes);
    return WB_STEAL(volumes);
}
