/* SPDX-License-Identifier: Apache-2.0 */
/* Libraries that a program loads by itself and says so in a note (ELF dlopen metadata, UAPI group's
 * specifications: `.note.dlopen`). */
#include "audit/executable_private.h"

#include <string.h>

#define NOTE_TYPE UINT32_C(0x407c0c0a)
#define NOTE_OWNER "FDO"
#define NOTE_HEADER_SIZE ((size_t)12)
#define LOADED_MAX 256
#define SONAME_MAX 255

struct note {
    uint32_t type;
    struct wb_bytes owner, description;
};

static uint32_t read_word(struct wb_bytes bytes, size_t at, bool big_endian)
{
    uint32_t word = 0;
    for (size_t i = 0; i < 4; i++)
        word = word << 8 | bytes.data[at + (big_endian ? i : 3 - i)];
    return word;
}

static uint64_t padded(uint32_t size)
{
    return ((uint64_t)size + 3) & ~UINT64_C(3);
}

/* False at the end, and where a note does not fit. */
static bool next_note(struct wb_bytes notes, bool big_endian, size_t *at, struct note *note)
{
    if (notes.size - *at < NOTE_HEADER_SIZE)
        return false;
    uint32_t owner_size = read_word(notes, *at, big_endian);
    uint32_t size = read_word(notes, *at + 4, big_endian);
    note->type = read_word(notes, *at + 8, big_endian);
    uint64_t left = notes.size - *at - NOTE_HEADER_SIZE;
    if (padded(owner_size) > left || size > left - padded(owner_size))
        return false;
    const uint8_t *owner = notes.data + *at + NOTE_HEADER_SIZE;
    note->owner = (struct wb_bytes){owner, owner_size};
    note->description = (struct wb_bytes){owner + padded(owner_size), size};
    uint64_t whole = padded(owner_size) + padded(size);
    *at += NOTE_HEADER_SIZE + (size_t)(whole < left ? whole : left);
    return true;
}

static bool is_about_loading(const struct note *note)
{
    return note->type == NOTE_TYPE && note->owner.size == sizeof NOTE_OWNER &&
           memcmp(note->owner.data, NOTE_OWNER, sizeof NOTE_OWNER) == 0;
}

/* `{"soname": ["libx.so.2", "libx.so.1"], "priority": "recommended", ...}` */
static void add_group(const json_t *group, struct wb_arena *arena, struct wb_executable *executable)
{
    const char *priority = wb_json_string_of(group, "priority");
    bool required = priority != NULL && strcmp(priority, "required") == 0;
    size_t i, before = executable->loaded_count;
    json_t *value;
    json_array_foreach(wb_json_array_of(group, "soname"), i, value)
    {
        const char *name = json_string_value(value);
        if (name == NULL || name[0] == '\0' || strlen(name) > SONAME_MAX ||
            executable->loaded_count == LOADED_MAX)
            continue;
        executable->loaded[executable->loaded_count++] =
            (struct wb_loaded_library){.soname = wb_arena_copy(arena, name), .required = required};
    }
    if (executable->loaded_count > before)
        executable->loaded[executable->loaded_count - 1].ends_group = true;
}

/* The description is text that ends with NUL; padding may follow. */
static void read_description(struct wb_bytes text, struct wb_arena *arena,
                             struct wb_executable *executable)
{
    struct wb_error ignored = WB_ERROR_INIT;
    text.size = strnlen((const char *)text.data, text.size);
    WB_AUTO_JSON groups = wb_json_parse(text, &ignored);
    if (json_array_size(groups) == 0)
        return;
    if (executable->loaded == NULL)
        executable->loaded = wb_arena_allocate(arena, LOADED_MAX * sizeof *executable->loaded);
    size_t i;
    json_t *group;
    json_array_foreach(groups, i, group) add_group(group, arena, executable);
}

void executable_notes_read(struct wb_bytes notes, bool big_endian, struct wb_arena *arena,
                           struct wb_executable *executable)
{
    struct note note;
    for (size_t at = 0; next_note(notes, big_endian, &at, &note);)
        if (is_about_loading(&note))
            read_description(note.description, arena, executable);
}
