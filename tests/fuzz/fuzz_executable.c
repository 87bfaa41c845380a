/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a file that may be run, in one piece and in pieces of every size that the first byte
 * says: the same must come out. */
#include "audit/audit_private.h"

#include <stdlib.h>
#include <string.h>

static void require(bool condition)
{
    if (!condition)
        abort();
}

static struct wb_executables *read_file(const uint8_t *data, size_t size, size_t piece)
{
    struct wb_executables *executables = wb_executables_new();
    const struct wb_entry entry = {
        .path = "usr/bin/a", .kind = WB_ENTRY_REGULAR, .mode = 0755, .size = size};
    void *file = wb_executable_begin(executables, &entry, 7);
    require(file != NULL);
    for (size_t at = 0; at < size; at += piece) {
        size_t part = size - at < piece ? size - at : piece;
        /* Memory of its own, so that the sanitizer sees a byte read too far. */
        uint8_t *copy = malloc(part);
        require(copy != NULL);
        memcpy(copy, data + at, part);
        wb_executable_piece(executables, file, copy, part);
        free(copy);
    }
    wb_executable_end(executables, file);
    return executables;
}

static bool same(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static void compare(const struct wb_executable *a, const struct wb_executable *b)
{
    require((a == NULL) == (b == NULL));
    if (a == NULL)
        return;
    require(a->is_elf == b->is_elf && a->unread == b->unread && a->machine == b->machine &&
            a->needed_count == b->needed_count && a->search_path_count == b->search_path_count &&
            same(a->interpreter, b->interpreter) && same(a->soname, b->soname) &&
            same(a->interpreter_argument, b->interpreter_argument) &&
            a->script.size == b->script.size);
    for (size_t i = 0; i < a->needed_count; i++)
        require(same(a->needed[i], b->needed[i]));
    require(a->loaded_count == b->loaded_count);
    for (size_t i = 0; i < a->loaded_count; i++)
        require(same(a->loaded[i].soname, b->loaded[i].soname) &&
                a->loaded[i].ends_group == b->loaded[i].ends_group);
    for (size_t i = 0; i < a->search_path_count; i++)
        require(same(a->search_paths[i], b->search_paths[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    size_t piece = data[0] + (size_t)1;
    struct wb_executables *whole = read_file(data + 1, size - 1, size);
    struct wb_executables *pieces = read_file(data + 1, size - 1, piece);
    compare(wb_executable_of(whole, 7), wb_executable_of(pieces, 7));
    require(wb_executable_of(whole, 6) == NULL);
    wb_executables_free(whole);
    wb_executables_free(pieces);
    return 0;
}
