/* SPDX-License-Identifier: Apache-2.0 */
/* ELF files: what the dynamic linker would read (System V ABI, "Program Loading and Dynamic
 * Linking"). Sizes and offsets are checked here before libelf sees a byte. */
#include "audit/executable_private.h"

#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#define PROGRAM_HEADERS_MAX 512
#define NEEDED_MAX 1024
#define STRING_MAX_SIZE 4096

static uint64_t read_integer(const uint8_t *data, size_t size, bool big_endian)
{
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++)
        value = value << 8 | data[big_endian ? i : size - 1 - i];
    return value;
}

static bool is_elf(struct wb_bytes start)
{
    return start.size >= sizeof(Elf32_Ehdr) && memcmp(start.data, ELFMAG, SELFMAG) == 0 &&
           (start.data[EI_CLASS] == ELFCLASS32 || start.data[EI_CLASS] == ELFCLASS64) &&
           (start.data[EI_DATA] == ELFDATA2LSB || start.data[EI_DATA] == ELFDATA2MSB) &&
           start.data[EI_VERSION] == EV_CURRENT;
}

size_t executable_headers_size(struct wb_bytes start)
{
    if (!is_elf(start))
        return 0;
    bool wide = start.data[EI_CLASS] == ELFCLASS64;
    bool big = start.data[EI_DATA] == ELFDATA2MSB;
    size_t header_size = wide ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr);
    if (start.size < header_size)
        return 0;
    uint64_t offset = wide ? read_integer(start.data + offsetof(Elf64_Ehdr, e_phoff), 8, big)
                           : read_integer(start.data + offsetof(Elf32_Ehdr, e_phoff), 4, big);
    size_t entry_size_at =
        wide ? offsetof(Elf64_Ehdr, e_phentsize) : offsetof(Elf32_Ehdr, e_phentsize);
    uint64_t entry_size = read_integer(start.data + entry_size_at, 2, big);
    uint64_t count = read_integer(start.data + entry_size_at + 2, 2, big);
    if (count == 0)
        return header_size;
    if (entry_size != (wide ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr)) ||
        count > PROGRAM_HEADERS_MAX || offset < header_size || offset > EXECUTABLE_KEPT_MAX)
        return 0;
    return (size_t)(offset + count * entry_size);
}

/* The headers alone, as libelf is to see them: without sections, which nobody needs at run time.
 */
static void copy_headers(struct wb_bytes headers, struct wb_buffer *copy)
{
    wb_buffer_append(copy, headers.data, headers.size);
    if (headers.data[EI_CLASS] == ELFCLASS64) {
        memset(copy->data + offsetof(Elf64_Ehdr, e_shoff), 0, sizeof(Elf64_Off));
        memset(copy->data + offsetof(Elf64_Ehdr, e_shentsize), 0, 3 * sizeof(Elf64_Half));
    } else {
        memset(copy->data + offsetof(Elf32_Ehdr, e_shoff), 0, sizeof(Elf32_Off));
        memset(copy->data + offsetof(Elf32_Ehdr, e_shentsize), 0, 3 * sizeof(Elf32_Half));
    }
}

static void note_segment(const GElf_Phdr *segment, struct executable_layout *layout)
{
    struct executable_range range = {segment->p_offset, segment->p_filesz};
    /* What the file does not have is zero in memory; what ends behind 2^64 is nowhere. */
    if (range.size > UINT64_MAX - range.offset)
        return;
    if (segment->p_type == PT_DYNAMIC && !layout->has_dynamic) {
        layout->has_dynamic = true;
        layout->dynamic = range;
    } else if (segment->p_type == PT_INTERP && !layout->has_interpreter) {
        layout->has_interpreter = true;
        layout->interpreter = range;
    } else if (segment->p_type == PT_LOAD && layout->load_count < EXECUTABLE_LOADS_MAX) {
        layout->loads[layout->load_count++] =
            (struct executable_load){.address = segment->p_vaddr, .file = range};
    } else if (segment->p_type == PT_NOTE && layout->note_count < EXECUTABLE_NOTES_MAX &&
               range.size <= EXECUTABLE_NOTE_SIZE_MAX &&
               range.offset <= EXECUTABLE_KEPT_MAX - EXECUTABLE_NOTE_SIZE_MAX) {
        layout->notes[layout->note_count++] = range;
    }
}

bool executable_layout_read(struct wb_bytes headers, struct executable_layout *layout)
{
    *layout = (struct executable_layout){0};
    WB_AUTO_VALUE(wb_buffer) copy = {0};
    copy_headers(headers, &copy);
    elf_version(EV_CURRENT);
    Elf *elf = elf_memory((char *)copy.data, copy.size);
    GElf_Ehdr header;
    size_t count;
    bool good = elf != NULL && elf_kind(elf) == ELF_K_ELF && gelf_getehdr(elf, &header) != NULL &&
                elf_getphdrnum(elf, &count) == 0;
    if (good) {
        layout->is_64_bit = headers.data[EI_CLASS] == ELFCLASS64;
        layout->is_big_endian = headers.data[EI_DATA] == ELFDATA2MSB;
        layout->machine = header.e_machine;
    }
    for (size_t i = 0; good && i < count; i++) {
        GElf_Phdr segment;
        good = gelf_getphdr(elf, (int)i, &segment) != NULL;
        if (good)
            note_segment(&segment, layout);
    }
    elf_end(elf);
    return good;
}

/* ---- the dynamic section ---- */

struct dynamic {
    struct wb_bytes strings;
    const Elf64_Dyn *entries; /* of either class, widened */
    size_t count;
    struct wb_arena *arena;
    bool good;
};

/* The entries in this machine's byte order, up to DT_NULL. */
static Elf64_Dyn *convert(const struct executable_layout *layout, struct wb_bytes raw,
                          size_t *count)
{
    size_t width = layout->is_64_bit ? sizeof(Elf64_Dyn) : sizeof(Elf32_Dyn);
    *count = raw.size / width;
    Elf64_Dyn *entries = wb_allocate_array(*count + 1, sizeof *entries);
    void *narrow = wb_allocate_array(*count + 1, width);
    Elf_Data source = {.d_buf = (void *)(uintptr_t)raw.data,
                       .d_type = ELF_T_DYN,
                       .d_version = EV_CURRENT,
                       .d_size = *count * width};
    Elf_Data target = {.d_buf = narrow, .d_version = EV_CURRENT, .d_size = *count * width};
    unsigned encoding = layout->is_big_endian ? ELFDATA2MSB : ELFDATA2LSB;
    const Elf_Data *converted = layout->is_64_bit ? elf64_xlatetom(&target, &source, encoding)
                                                  : elf32_xlatetom(&target, &source, encoding);
    size_t used = 0;
    for (; converted != NULL && used < *count; used++) {
        if (layout->is_64_bit) {
            entries[used] = ((const Elf64_Dyn *)narrow)[used];
        } else {
            const Elf32_Dyn *entry = &((const Elf32_Dyn *)narrow)[used];
            entries[used].d_tag = entry->d_tag;
            entries[used].d_un.d_val = entry->d_un.d_val;
        }
        if (entries[used].d_tag == DT_NULL)
            break;
    }
    *count = used;
    free(narrow);
    return entries;
}

static bool find_value(const struct dynamic *dynamic, int64_t tag, uint64_t *value)
{
    for (size_t i = 0; i < dynamic->count; i++)
        if (dynamic->entries[i].d_tag == tag) {
            *value = dynamic->entries[i].d_un.d_val;
            return true;
        }
    return false;
}

/* DT_STRTAB is an address in memory. */
static struct executable_range find_strings(const struct executable_layout *layout,
                                            const struct dynamic *dynamic)
{
    uint64_t address, size;
    if (!find_value(dynamic, DT_STRTAB, &address) || !find_value(dynamic, DT_STRSZ, &size))
        return (struct executable_range){0};
    for (size_t i = 0; i < layout->load_count; i++) {
        const struct executable_load *load = &layout->loads[i];
        if (address < load->address || address - load->address >= load->file.size)
            continue;
        uint64_t inside = address - load->address;
        uint64_t left = load->file.size - inside;
        return (struct executable_range){load->file.offset + inside, size < left ? size : left};
    }
    return (struct executable_range){0};
}

struct executable_range executable_strings_find(const struct executable_layout *layout,
                                                struct wb_bytes raw)
{
    struct dynamic dynamic = {0};
    Elf64_Dyn *entries = convert(layout, raw, &dynamic.count);
    dynamic.entries = entries;
    struct executable_range range = find_strings(layout, &dynamic);
    free(entries);
    return range;
}

static const char *string_at(struct dynamic *dynamic, uint64_t offset)
{
    if (offset < dynamic->strings.size) {
        const uint8_t *text = dynamic->strings.data + offset;
        size_t left = dynamic->strings.size - (size_t)offset;
        size_t limit = left < STRING_MAX_SIZE ? left : STRING_MAX_SIZE;
        const uint8_t *end = memchr(text, '\0', limit);
        if (end != NULL)
            return wb_arena_copy_bytes(dynamic->arena, text, (size_t)(end - text));
    }
    dynamic->good = false;
    return NULL;
}

static void split_search_paths(struct wb_arena *arena, const char *text,
                               struct wb_executable *executable)
{
    size_t count = 1;
    for (const char *at = text; *at != '\0'; at++)
        count += *at == ':';
    executable->search_paths = wb_arena_allocate(arena, count * sizeof(const char *));
    for (const char *at = text;;) {
        size_t size = strcspn(at, ":");
        if (size > 0)
            executable->search_paths[executable->search_path_count++] =
                wb_arena_copy_bytes(arena, at, size);
        if (at[size] == '\0')
            return;
        at += size + 1;
    }
}

static void read_entries(struct dynamic *dynamic, struct wb_executable *executable)
{
    size_t needed = 0;
    for (size_t i = 0; i < dynamic->count; i++)
        needed += dynamic->entries[i].d_tag == DT_NEEDED;
    if (needed > NEEDED_MAX) {
        dynamic->good = false;
        needed = NEEDED_MAX;
    }
    executable->needed = wb_arena_allocate(dynamic->arena, (needed + 1) * sizeof(const char *));
    for (size_t i = 0; i < dynamic->count && executable->needed_count < needed; i++) {
        if (dynamic->entries[i].d_tag != DT_NEEDED)
            continue;
        const char *name = string_at(dynamic, dynamic->entries[i].d_un.d_val);
        if (name == NULL)
            return;
        executable->needed[executable->needed_count++] = name;
    }
    uint64_t offset;
    if (find_value(dynamic, DT_SONAME, &offset))
        executable->soname = string_at(dynamic, offset);
    /* ld.so(8): DT_RUNPATH takes DT_RPATH's place. */
    bool has_runpath = find_value(dynamic, DT_RUNPATH, &offset);
    executable->search_paths_inherited = !has_runpath && find_value(dynamic, DT_RPATH, &offset);
    if (has_runpath || executable->search_paths_inherited) {
        const char *paths = string_at(dynamic, offset);
        if (paths != NULL)
            split_search_paths(dynamic->arena, paths, executable);
    }
}

static bool read_interpreter(const struct executable_layout *layout, struct wb_bytes start,
                             struct wb_arena *arena, struct wb_executable *executable)
{
    const struct executable_range *range = &layout->interpreter;
    if (!layout->has_interpreter)
        return true;
    if (range->size > STRING_MAX_SIZE || range->offset > start.size ||
        range->size > start.size - range->offset)
        return false;
    const char *text = (const char *)start.data + range->offset;
    executable->interpreter = wb_arena_copy_bytes(arena, text, strnlen(text, (size_t)range->size));
    return true;
}

bool executable_dynamic_read(const struct executable_layout *layout, struct wb_bytes start,
                             struct wb_bytes raw, struct wb_bytes strings, struct wb_arena *arena,
                             struct wb_executable *executable)
{
    if (!read_interpreter(layout, start, arena, executable))
        return false;
    if (!layout->has_dynamic || raw.size == 0)
        return true;
    struct dynamic dynamic = {.strings = strings, .arena = arena, .good = true};
    Elf64_Dyn *entries = convert(layout, raw, &dynamic.count);
    dynamic.entries = entries;
    read_entries(&dynamic, executable);
    free(entries);
    return dynamic.good;
}
