/* SPDX-License-Identifier: Apache-2.0 */
/* What the readers of executables share. */
#ifndef WAYBILL_EXECUTABLE_PRIVATE_H
#define WAYBILL_EXECUTABLE_PRIVATE_H

#include "audit/audit_private.h"

/* How much of one file is kept at most. The strings of dynamic linking stand in front of the code
 * in what link editors make. */
#define EXECUTABLE_KEPT_MAX (UINT64_C(16) << 20)
/* A dynamic section has some dozens of entries, one for each library among them. */
#define EXECUTABLE_DYNAMIC_MAX (UINT64_C(256) << 10)
#define EXECUTABLE_STRINGS_MAX (UINT64_C(16) << 20)
#define EXECUTABLE_SCRIPT_MAX (UINT64_C(64) << 10)
#define EXECUTABLE_LOADS_MAX 32
/* Segments of notes, and how long one may be. */
#define EXECUTABLE_NOTES_MAX 8
#define EXECUTABLE_NOTE_SIZE_MAX (UINT64_C(64) << 10)

/* A stretch of a file. */
struct executable_range {
    uint64_t offset;
    uint64_t size;
};

struct executable_load {
    uint64_t address;
    struct executable_range file;
};

/* Where in an ELF file is what matters, from its headers. */
struct executable_layout {
    bool is_64_bit;
    bool is_big_endian;
    uint16_t machine;
    bool has_dynamic, has_interpreter;
    struct executable_range dynamic, interpreter;
    struct executable_load loads[EXECUTABLE_LOADS_MAX];
    size_t load_count;
    struct executable_range notes[EXECUTABLE_NOTES_MAX]; /* those that are looked at */
    size_t note_count;
};

/* How many bytes from the start hold the headers; 0: no ELF file, or one that no system would run.
 * `start` has at least EXECUTABLE_IDENT_SIZE bytes or is all of the file. (executable_elf.c) */
#define EXECUTABLE_IDENT_SIZE 64
size_t executable_headers_size(struct wb_bytes start);
/* Reads the headers, of which all bytes are there. */
bool executable_layout_read(struct wb_bytes headers,
                            struct executable_layout *layout) WB_MUST_CHECK;
/* Where the strings lie that a whole dynamic section names; a size of 0: nowhere. */
struct executable_range executable_strings_find(const struct executable_layout *layout,
                                                struct wb_bytes dynamic);
/* Fills interpreter, needed, soname and search paths from the start of the file, its dynamic
 * section (empty: there is none), and the strings (all that lies where they are). Strings live in
 * `arena`. False where they lie beyond what was kept or are damaged. */
bool executable_dynamic_read(const struct executable_layout *layout, struct wb_bytes start,
                             struct wb_bytes dynamic, struct wb_bytes strings,
                             struct wb_arena *arena,
                             struct wb_executable *executable) WB_MUST_CHECK;

/* Adds to `loaded` what a segment of notes says; what is malformed says nothing.
 * (executable_notes.c) */
void executable_notes_read(struct wb_bytes notes, bool big_endian, struct wb_arena *arena,
                           struct wb_executable *executable);

/* Reads the `#!` line, if there is one. (executable_script.c) */
void executable_script_read(struct wb_bytes text, struct wb_arena *arena,
                            struct wb_executable *executable);
/* Whether programs of that name (a path) run shell scripts. */
bool executable_is_shell(const char *interpreter);

#endif
