/* SPDX-License-Identifier: Apache-2.0 */
/* From the tar of a layer to the entries of its record, through libarchive. */
#include "image/layer_private.h"
#include "image/libarchive.h"

#include <inttypes.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

/* How many bytes a capability takes at most (struct vfs_ns_cap_data has 24). */
#define CAPABILITY_MAX 64

struct tar_reader {
    struct wb_pipeline *pipeline;
    const struct wb_layer_options *options;
    struct wb_layer *layer;
    struct wb_libarchive library;
    struct archive *archive;
    struct wb_hasher *diff_id_hasher;
    struct wb_chunk *chunk;
    uint64_t holes;       /* bytes that sparse files claim beyond what the tar holds */
    uint64_t content_end; /* of the entry at hand, in the tar; 0: not known */
    bool ended;           /* there are no more chunks */
    uint64_t max_size;
    uint64_t max_entries;
    size_t entry_capacity;
};

static ssize_t next_chunk(struct archive *archive, void *context, const void **data)
{
    (void)archive;
    struct tar_reader *reader = context;
    struct wb_chunk *chunk = wb_pipeline_parse_next(reader->pipeline, reader->chunk != NULL);
    if (chunk == NULL) {
        /* The end, or a failure that the caller asks the pipeline for. */
        reader->ended = true;
        *data = NULL;
        return 0;
    }
    reader->chunk = chunk;
    wb_hasher_update(reader->diff_id_hasher, chunk->data, chunk->size);
    reader->layer->tar_size += chunk->size;
    *data = chunk->data;
    return (ssize_t)chunk->size;
}

static void add_span(struct tar_reader *reader, struct wb_file_span span)
{
    struct wb_chunk *chunk = reader->chunk;
    const uint8_t *data = span.data;
    /* libarchive's own buffer is overwritten by its next read; the chunk stays. */
    if (data != NULL && span.size > 0 &&
        (data < chunk->data || data + span.size > chunk->data + chunk->size)) {
        struct wb_buffer copy = {0};
        wb_buffer_append(&copy, data, (size_t)span.size);
        span.data = copy.data;
        WB_APPEND(chunk->copies, chunk->copy_count, chunk->copy_capacity, copy);
    }
    WB_APPEND(chunk->spans, chunk->span_count, chunk->span_capacity, span);
}

/* Where the entry at hand begins; where reading stands when there is none. */
static uint64_t tar_offset(const struct tar_reader *reader)
{
    la_int64_t position = reader->library.read_header_position(reader->archive);
    return position < 0 ? reader->layer->tar_size : (uint64_t)position;
}

static bool tar_fault(struct tar_reader *reader, const char *path, struct wb_error *err)
{
    if (wb_pipeline_failed(reader->pipeline, err))
        return false;
    const char *reason = reader->library.error_string(reader->archive);
    wb_error_set(err, WB_BAD_INPUT, "tar at byte %" PRIu64 ": %s", tar_offset(reader),
                 reason == NULL ? "unknown fault" : reason);
    return path == NULL ? false : wb_error_context(err, "/%s", path);
}

/* Whether the tar ends right behind the content of its last entry, without padding or end marker.
 * `umoci insert` writes such layers, and runtimes take them. */
static bool ends_unpadded(const struct tar_reader *reader)
{
    return reader->ended && !wb_pipeline_failed(reader->pipeline, NULL) &&
           reader->content_end > 0 && reader->layer->tar_size == reader->content_end;
}

/* Counts bytes that no tar byte stands for, so that a few kilobytes cannot claim exabytes. */
static bool add_hole(struct tar_reader *reader, uint64_t size, struct wb_error *err)
{
    if (size > reader->max_size || reader->holes > reader->max_size - size)
        return wb_error_set(err, WB_BAD_INPUT,
                            "sparse files claim more than the %" PRIu64
                            " bytes that --max-layer-size allows",
                            reader->max_size);
    reader->holes += size;
    return true;
}

/* What the hashing and observing threads get of a file. */
static void add_content(struct tar_reader *reader, const struct wb_file_span *file,
                        const void *data, uint64_t size)
{
    struct wb_file_span span = *file;
    span.data = data;
    span.size = size;
    if (span.hashes != NULL || span.observed != NULL)
        add_span(reader, span);
}

static bool read_content(struct tar_reader *reader, struct wb_entry *entry,
                         const struct wb_file_span *file, struct wb_error *err)
{
    size_t limit = reader->options->keep == NULL ? 0 : reader->options->keep(entry->path);
    uint8_t *kept = NULL;
    if (limit > 0) {
        if (!wb_layer_may_keep(reader->layer, entry, limit, err))
            return false;
        kept = wb_layer_keep_content(reader->layer, entry, (size_t)entry->size);
    }
    uint64_t position = 0;
    while (file->hashes != NULL || file->observed != NULL || kept != NULL) {
        const void *data;
        size_t size;
        la_int64_t offset;
        int code = reader->library.read_data_block(reader->archive, &data, &size, &offset);
        if (code == ARCHIVE_EOF)
            break;
        if (code != ARCHIVE_OK && code != ARCHIVE_WARN) {
            if (position == entry->size && ends_unpadded(reader))
                break;
            return tar_fault(reader, entry->path, err);
        }
        if (offset < 0 || (uint64_t)offset < position || (uint64_t)offset > entry->size ||
            size > entry->size - (uint64_t)offset)
            return wb_error_set(err, WB_BAD_INPUT, "/%s: sparse map is damaged", entry->path);
        uint64_t hole = (uint64_t)offset - position;
        if (hole > 0)
            add_content(reader, file, NULL, hole);
        if (kept != NULL && size > 0)
            memcpy(kept + offset, data, size);
        position = (uint64_t)offset + size;
        if (size > 0)
            add_content(reader, file, data, size);
    }
    struct wb_file_span end = *file;
    end.last = true;
    add_content(reader, &end, NULL, entry->size - position);
    return true;
}

static enum wb_entry_kind kind_of(const struct tar_reader *reader, struct archive_entry *header)
{
    if (reader->library.entry_hardlink(header) != NULL)
        return WB_ENTRY_HARDLINK;
    switch (reader->library.entry_filetype(header)) {
    case AE_IFDIR:
        return WB_ENTRY_DIRECTORY;
    case AE_IFLNK:
        return WB_ENTRY_SYMLINK;
    case AE_IFCHR:
        return WB_ENTRY_CHARACTER_DEVICE;
    case AE_IFBLK:
        return WB_ENTRY_BLOCK_DEVICE;
    case AE_IFIFO:
        return WB_ENTRY_FIFO;
    default:
        return WB_ENTRY_REGULAR;
    }
}

static const struct wb_bytes *capability_of(const struct tar_reader *reader,
                                            struct archive_entry *header)
{
    const char *name;
    const void *value;
    size_t size;
    reader->library.entry_xattr_reset(header);
    while (reader->library.entry_xattr_next(header, &name, &value, &size) == ARCHIVE_OK) {
        if (name == NULL || strcmp(name, "security.capability") != 0 || size > CAPABILITY_MAX)
            continue;
        struct wb_bytes *capability = wb_arena_allocate(reader->layer->arena, sizeof *capability);
        capability->data = (const uint8_t *)wb_arena_copy_bytes(reader->layer->arena, value, size);
        capability->size = size;
        return capability;
    }
    return NULL;
}

static bool fill_links(struct tar_reader *reader, struct archive_entry *header,
                       struct wb_entry *entry, struct wb_error *err)
{
    struct wb_arena *arena = reader->layer->arena;
    if (entry->kind == WB_ENTRY_HARDLINK) {
        entry->link_target = wb_layer_path(arena, reader->library.entry_hardlink(header), err);
        return entry->link_target != NULL || wb_error_context(err, "/%s: hard link", entry->path);
    }
    if (entry->kind == WB_ENTRY_SYMLINK) {
        const char *target = reader->library.entry_symlink(header);
        if (target == NULL || *target == '\0')
            return wb_error_set(err, WB_BAD_INPUT, "/%s: symlink without a target", entry->path);
        if (strlen(target) > 4096)
            return wb_error_set(err, WB_BAD_INPUT, "/%s: symlink target is too long", entry->path);
        entry->link_target = wb_arena_copy(arena, target);
    }
    return true;
}

static bool add_entry(struct tar_reader *reader, struct archive_entry *header, struct wb_error *err)
{
    struct wb_layer *layer = reader->layer;
    const char *name = reader->library.entry_pathname(header);
    if (name == NULL)
        return wb_error_set(err, WB_BAD_INPUT, "tar at byte %" PRIu64 ": entry without a name",
                            tar_offset(reader));
    struct wb_entry entry = {.kind = kind_of(reader, header)};
    bool skip;
    entry.path = wb_layer_whiteout(layer->arena, name, &entry.kind, &skip, err);
    if (entry.path == NULL)
        return wb_error_context(err, "tar at byte %" PRIu64, tar_offset(reader));
    if (skip)
        return true;
    if (layer->entry_count >= reader->max_entries)
        return wb_error_set(err, WB_BAD_INPUT, "more than %" PRIu64 " entries",
                            reader->max_entries);
    entry.mode = (uint32_t)reader->library.entry_perm(header) & 07777;
    entry.uid = (uint32_t)reader->library.entry_uid(header);
    entry.gid = (uint32_t)reader->library.entry_gid(header);
    entry.mtime = (int64_t)reader->library.entry_mtime(header);
    if (!fill_links(reader, header, &entry, err))
        return false;
    if (entry.kind == WB_ENTRY_CHARACTER_DEVICE || entry.kind == WB_ENTRY_BLOCK_DEVICE) {
        entry.device_major = (uint32_t)reader->library.entry_rdevmajor(header);
        entry.device_minor = (uint32_t)reader->library.entry_rdevminor(header);
    }
    reader->content_end = 0;
    if (entry.kind == WB_ENTRY_REGULAR) {
        entry.size = (uint64_t)reader->library.entry_size(header);
        if (reader->library.entry_sparse_count(header) == 0)
            reader->content_end =
                (uint64_t)reader->library.filter_bytes(reader->archive, 0) + entry.size;
        entry.capability = capability_of(reader, header);
        if (reader->library.entry_sparse_count(header) > 0 && !add_hole(reader, entry.size, err))
            return wb_error_context(err, "/%s", entry.path);
        struct wb_file_span file = {0};
        if (reader->options->file_digests != 0) {
            file.hashes = wb_file_hashes_new(layer->arena, reader->options->file_digests);
            entry.hashes = file.hashes;
        }
        if (reader->options->observer != NULL)
            file.observed = reader->options->observer->file_begin(layer->observation, &entry,
                                                                  layer->entry_count);
        if (!read_content(reader, &entry, &file, err))
            return false;
    }
    WB_APPEND(layer->entries, layer->entry_count, reader->entry_capacity, entry);
    return true;
}

static bool read_entries(struct tar_reader *reader, struct wb_error *err)
{
    for (;;) {
        struct archive_entry *header;
        int code = reader->library.read_next_header(reader->archive, &header);
        if (code == ARCHIVE_EOF)
            return !wb_pipeline_failed(reader->pipeline, err);
        if (code != ARCHIVE_OK && code != ARCHIVE_WARN)
            return ends_unpadded(reader) || tar_fault(reader, NULL, err);
        if (!add_entry(reader, header, err))
            return false;
    }
}

/* Behind the end-of-archive marker only the diffID is of interest: runtimes stop there too. */
static bool drain(struct tar_reader *reader, struct wb_error *err)
{
    const void *data;
    while (next_chunk(NULL, reader, &data) > 0)
        continue;
    return !wb_pipeline_failed(reader->pipeline, err);
}

static bool open_archive(struct tar_reader *reader, struct wb_error *err)
{
    reader->archive = reader->library.read_new();
    if (reader->archive == NULL)
        wb_out_of_memory(0);
    reader->library.read_support_format_tar(reader->archive);
    reader->library.read_support_format_empty(reader->archive);
    return reader->library.read_open(reader->archive, reader, NULL, next_chunk, NULL) ==
               ARCHIVE_OK ||
           tar_fault(reader, NULL, err);
}

bool wb_layer_tar_read(struct wb_pipeline *pipeline, const struct wb_layer_options *options,
                       struct wb_layer *layer, struct wb_error *err)
{
    enum wb_digest_algorithm algorithm = layer->diff_id.algorithm;
    WB_AUTO(wb_hasher) *hasher = wb_hasher_new(algorithm, err);
    if (hasher == NULL)
        return false;
    struct tar_reader reader = {
        .pipeline = pipeline,
        .options = options,
        .layer = layer,
        .diff_id_hasher = hasher,
        .max_size =
            options->max_layer_size == 0 ? WB_DEFAULT_MAX_LAYER_SIZE : options->max_layer_size,
        .max_entries = options->max_entries == 0 ? WB_DEFAULT_MAX_ENTRIES : options->max_entries,
    };
    if (!wb_libarchive_load(&reader.library, err))
        return false;
    /* libarchive turns PAX names (UTF-8) into the thread's character set, and mangles them when
     * that is ASCII. */
    locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    locale_t before = utf8 == (locale_t)0 ? (locale_t)0 : uselocale(utf8);
    bool good = open_archive(&reader, err) && read_entries(&reader, err) && drain(&reader, err);
    if (utf8 != (locale_t)0) {
        uselocale(before);
        freelocale(utf8);
    }
    reader.library.read_free(reader.archive);
    wb_hasher_finish(hasher, &layer->diff_id);
    return good;
}
