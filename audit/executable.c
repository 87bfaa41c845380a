/* SPDX-License-Identifier: Apache-2.0 */
/* Sees the files of a layer go by and keeps of those that may be run or linked what they need to
 * run. */
#include "audit/executable_private.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* What hostile files can make us keep of one layer: names and shell scripts. */
#define LAYER_KEPT_MAX ((size_t)128 << 20)

enum file_kind {
    FILE_UNKNOWN,
    FILE_ELF,
    FILE_SCRIPT,
    FILE_OTHER,
};

struct executable_file {
    struct executable_file *previous, *next;
    size_t entry;
    bool is_named_script;
    enum file_kind kind;
    uint64_t at; /* how many bytes went by */
    /* The start of the file, as long as it is shorter than `wanted`. */
    struct wb_buffer start;
    uint64_t wanted;
    size_t headers_size;
    bool has_layout;
    struct executable_layout layout;
    struct wb_buffer dynamic;
    bool has_strings; /* it is known where they are */
    struct executable_range strings_range;
    struct wb_buffer strings; /* unless they are in `start` */
};

struct wb_executables {
    pthread_mutex_t lock; /* of `open`: files begin on one thread and end on another */
    struct executable_file *open;
    struct wb_arena *arena;
    struct wb_executable *items; /* in the order of their entries */
    size_t count, capacity;
};

struct wb_executables *wb_executables_new(void)
{
    struct wb_executables *executables = wb_allocate(sizeof *executables);
    pthread_mutex_init(&executables->lock, NULL);
    executables->arena = wb_arena_new();
    return executables;
}

static void free_file(struct executable_file *file)
{
    wb_buffer_clear(&file->start);
    wb_buffer_clear(&file->dynamic);
    wb_buffer_clear(&file->strings);
    free(file);
}

void wb_executables_free(struct wb_executables *executables)
{
    if (executables == NULL)
        return;
    for (struct executable_file *file = executables->open, *next; file != NULL; file = next) {
        next = file->next;
        free_file(file);
    }
    pthread_mutex_destroy(&executables->lock);
    wb_arena_free(executables->arena);
    free(executables->items);
    free(executables);
}

/* ---- begin ---- */

/* `libc.so.6`, `pam_unix.so`, `ld-linux-x86-64.so.2`. */
static bool is_named_library(const char *name)
{
    for (const char *at = strstr(name, ".so"); at != NULL; at = strstr(at + 1, ".so"))
        if (at[3] == '\0' || at[3] == '.')
            return true;
    return false;
}

void *wb_executable_begin(struct wb_executables *executables, const struct wb_entry *entry,
                          size_t index)
{
    if (entry->kind != WB_ENTRY_REGULAR || entry->size == 0)
        return NULL;
    const char *slash = strrchr(entry->path, '/');
    const char *name = slash == NULL ? entry->path : slash + 1;
    bool is_named_script = wb_text_ends_with(name, ".sh");
    if ((entry->mode & 0111) == 0 && !is_named_script && !is_named_library(name))
        return NULL;
    struct executable_file *file = wb_allocate(sizeof *file);
    file->entry = index;
    file->is_named_script = is_named_script;
    file->wanted = EXECUTABLE_IDENT_SIZE;
    pthread_mutex_lock(&executables->lock);
    file->next = executables->open;
    if (file->next != NULL)
        file->next->previous = file;
    executables->open = file;
    pthread_mutex_unlock(&executables->lock);
    return file;
}

/* ---- pieces ---- */

static void append(struct wb_buffer *buffer, const uint8_t *data, uint64_t size)
{
    static const uint8_t zeros[4096];
    if (data != NULL) {
        wb_buffer_append(buffer, data, (size_t)size);
        return;
    }
    while (size > 0) {
        size_t part = size < sizeof zeros ? (size_t)size : sizeof zeros;
        wb_buffer_append(buffer, zeros, part);
        size -= part;
    }
}

/* Appends what of the piece, which begins at file->at, lies in the range and comes next in it. */
static void keep_range(struct executable_file *file, struct executable_range range,
                       struct wb_buffer *buffer, const uint8_t *data, uint64_t size)
{
    uint64_t next = range.offset + buffer->size;
    if (buffer->size >= range.size || next < file->at || next - file->at >= size)
        return;
    uint64_t skipped = next - file->at;
    uint64_t left = range.size - buffer->size;
    uint64_t part = size - skipped < left ? size - skipped : left;
    append(buffer, data == NULL ? NULL : data + skipped, part);
}

static bool begins_as_script(const struct executable_file *file)
{
    return file->start.size >= 2 && memcmp(file->start.data, "#!", 2) == 0;
}

static void recognise(struct executable_file *file)
{
    file->headers_size = executable_headers_size(wb_buffer_bytes(&file->start));
    if (file->headers_size > 0) {
        file->kind = FILE_ELF;
        file->wanted = file->headers_size;
    } else if (begins_as_script(file) || file->is_named_script) {
        file->kind = FILE_SCRIPT;
        file->wanted = EXECUTABLE_SCRIPT_MAX + 1;
    } else {
        file->kind = FILE_OTHER;
        file->wanted = 0;
        wb_buffer_clear(&file->start);
    }
}

/* The headers say how much more is needed. */
static void read_layout(struct executable_file *file)
{
    struct wb_bytes headers = {file->start.data, file->headers_size};
    file->has_layout = executable_layout_read(headers, &file->layout);
    if (!file->has_layout) {
        file->kind = FILE_OTHER;
        return;
    }
    const struct executable_layout *layout = &file->layout;
    if (layout->has_dynamic)
        file->wanted = layout->dynamic.offset + layout->dynamic.size;
    if (layout->has_interpreter &&
        layout->interpreter.offset + layout->interpreter.size > file->wanted)
        file->wanted = layout->interpreter.offset + layout->interpreter.size;
    for (size_t i = 0; i < layout->note_count; i++)
        if (layout->notes[i].offset + layout->notes[i].size > file->wanted)
            file->wanted = layout->notes[i].offset + layout->notes[i].size;
    if (file->wanted > EXECUTABLE_KEPT_MAX)
        file->wanted = EXECUTABLE_KEPT_MAX;
}

/* All of a range that was kept from its beginning, or with the start of the file. */
static struct wb_bytes kept_of(const struct executable_file *file, struct executable_range range,
                               const struct wb_buffer *own)
{
    if (range.size > 0 && own->size == range.size)
        return wb_buffer_bytes(own);
    if (range.size > 0 && range.offset + range.size <= file->start.size)
        return (struct wb_bytes){file->start.data + range.offset, (size_t)range.size};
    return (struct wb_bytes){0};
}

/* Only what lies behind the bytes that say where it is: so that what comes out does not depend on
 * the size of the pieces. The rest is in `start`, or nowhere. */
static void keep_dynamic(struct executable_file *file, const uint8_t *data, uint64_t size)
{
    struct executable_range range = file->layout.dynamic;
    if (range.size > EXECUTABLE_DYNAMIC_MAX)
        return;
    if (range.offset >= file->headers_size)
        keep_range(file, range, &file->dynamic, data, size);
    struct wb_bytes dynamic = kept_of(file, range, &file->dynamic);
    if (!file->has_strings && dynamic.size > 0) {
        file->has_strings = true;
        file->strings_range = executable_strings_find(&file->layout, dynamic);
    }
    uint64_t offset = file->strings_range.offset;
    if (file->has_strings && file->strings_range.size <= EXECUTABLE_STRINGS_MAX &&
        offset >= file->headers_size && offset >= range.offset + range.size)
        keep_range(file, file->strings_range, &file->strings, data, size);
}

void wb_executable_piece(struct wb_executables *executables, void *context, const uint8_t *data,
                         uint64_t size)
{
    (void)executables;
    struct executable_file *file = context;
    /* What is wanted may grow with what was just kept. */
    for (;;) {
        keep_range(file, (struct executable_range){0, file->wanted}, &file->start, data, size);
        if (file->kind == FILE_UNKNOWN && file->start.size == EXECUTABLE_IDENT_SIZE)
            recognise(file);
        else if (file->kind == FILE_ELF && !file->has_layout &&
                 file->start.size >= file->headers_size)
            read_layout(file);
        else
            break;
    }
    if (file->has_layout && file->layout.has_dynamic)
        keep_dynamic(file, data, size);
    file->at += size;
}

/* ---- end ---- */

static void read_elf(struct executable_file *file, struct wb_arena *arena,
                     struct wb_executable *executable)
{
    executable->is_elf = true;
    if (!file->has_layout) {
        executable->unread = true;
        return;
    }
    const struct executable_layout *layout = &file->layout;
    executable->machine = layout->machine;
    executable->is_64_bit = layout->is_64_bit;
    struct wb_bytes start = wb_buffer_bytes(&file->start);
    struct wb_bytes dynamic = {0}, strings = {0};
    if (layout->has_dynamic)
        dynamic = kept_of(file, layout->dynamic, &file->dynamic);
    if (file->has_strings)
        strings = kept_of(file, file->strings_range, &file->strings);
    /* Files with the symbols of others (`.debug`) have a dynamic section without content. */
    bool is_there = !layout->has_dynamic || dynamic.size == layout->dynamic.size;
    for (size_t i = 0; i < layout->note_count; i++)
        if (layout->notes[i].offset + layout->notes[i].size <= start.size)
            executable_notes_read(
                (struct wb_bytes){start.data + layout->notes[i].offset, layout->notes[i].size},
                layout->is_big_endian, arena, executable);
    executable->unread =
        !executable_dynamic_read(layout, start, dynamic, strings, arena, executable) || !is_there;
}

static void read_script(struct executable_file *file, struct wb_arena *arena,
                        struct wb_executable *executable)
{
    struct wb_bytes text = wb_buffer_bytes(&file->start);
    executable_script_read(text, arena, executable);
    const char *interpreter = executable->interpreter;
    if (interpreter != NULL && wb_text_ends_with(interpreter, "/env"))
        interpreter = executable->interpreter_argument;
    if (!file->is_named_script && (interpreter == NULL || !executable_is_shell(interpreter)))
        return;
    if (text.size > EXECUTABLE_SCRIPT_MAX) {
        executable->unread = true;
        return;
    }
    executable->script = (struct wb_bytes){
        (const uint8_t *)wb_arena_copy_bytes(arena, text.data, text.size), text.size};
}

static void record(struct wb_executables *executables, struct executable_file *file)
{
    if (file->kind == FILE_UNKNOWN)
        recognise(file);
    if (file->kind == FILE_OTHER)
        return;
    struct wb_executable executable = {.entry = file->entry};
    if (wb_arena_size(executables->arena) > LAYER_KEPT_MAX) {
        executable.is_elf = file->kind == FILE_ELF;
        executable.unread = true;
    } else if (file->kind == FILE_ELF) {
        read_elf(file, executables->arena, &executable);
    } else {
        read_script(file, executables->arena, &executable);
    }
    WB_APPEND(executables->items, executables->count, executables->capacity, executable);
}

void wb_executable_end(struct wb_executables *executables, void *context)
{
    struct executable_file *file = context;
    record(executables, file);
    pthread_mutex_lock(&executables->lock);
    if (file->next != NULL)
        file->next->previous = file->previous;
    if (file->previous != NULL)
        file->previous->next = file->next;
    else
        executables->open = file->next;
    pthread_mutex_unlock(&executables->lock);
    free_file(file);
}

const struct wb_executable *wb_executable_of(const struct wb_executables *executables, size_t entry)
{
    size_t low = 0, high = executables->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (executables->items[middle].entry < entry)
            low = middle + 1;
        else
            high = middle;
    }
    return low < executables->count && executables->items[low].entry == entry
               ? &executables->items[low]
               : NULL;
}
