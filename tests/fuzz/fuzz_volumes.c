/* SPDX-License-Identifier: Apache-2.0 */
/* Archives of deliveries, read in place and as a stream, and put together as one layout.
 *
 * The input begins with a letter. `R`: the rest is an archive as it is. Otherwise it is text in
 * sections, separated by lines of `====`, each a name and, on the next lines, content, from which
 * an archive is made, so that the fuzzer need not find checksums; `@3@` stands for the digest (hex)
 * of the content of section 3, counted from 0. With `T` a second volume is made of the sections of
 * odd number. */
#include "image/volumes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SECTIONS_MAX 9
#define READ_MAX ((size_t)1 << 16)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct section {
    char name[256];
    struct wb_buffer content;
    char hex[2 * WB_DIGEST_MAX_SIZE + 1];
};

/* ---- making archives ---- */

static void add_member(struct wb_buffer *archive, const struct section *section)
{
    uint8_t header[512] = {0};
    static const uint8_t zeros[512];
    unsigned sum = 8 * ' ';
    size_t name_size = strlen(section->name);
    memcpy(header, section->name, name_size < 100 ? name_size : 100);
    snprintf((char *)header + 124, 12, "%011zo", section->content.size);
    header[156] = '0';
    memcpy(header + 257, "ustar\00000", 8);
    for (size_t i = 0; i < sizeof header; i++)
        sum += header[i];
    snprintf((char *)header + 148, 8, "%06o", sum);
    wb_buffer_append(archive, header, sizeof header);
    wb_buffer_append(archive, section->content.data, section->content.size);
    wb_buffer_append(archive, zeros, (512 - section->content.size % 512) % 512);
}

/* A piece of the input with its marks replaced. */
static void expand(const struct section *sections, size_t count, const uint8_t *data, size_t size,
                   struct wb_buffer *text)
{
    wb_buffer_append(text, "", 0);
    for (size_t i = 0; i < size; i++) {
        bool mark = i + 2 < size && data[i] == '@' && data[i + 1] >= '0' &&
                    (size_t)(data[i + 1] - '0') < count && data[i + 2] == '@';
        if (mark)
            wb_buffer_append_text(text, sections[data[i + 1] - '0'].hex);
        else
            wb_buffer_append(text, &data[i], 1);
        i += mark ? 2 : 0;
    }
}

static void read_section(struct section *sections, size_t count, const uint8_t *data, size_t size)
{
    struct section *section = &sections[count];
    const uint8_t *newline = memchr(data, '\n', size);
    size_t name_size = newline == NULL ? size : (size_t)(newline - data);
    WB_AUTO_VALUE(wb_buffer) name = {0};
    struct wb_digest digest;
    expand(sections, count, data, name_size, &name);
    snprintf(section->name, sizeof section->name, "%s", (const char *)name.data);
    if (newline != NULL)
        expand(sections, count, newline + 1, size - name_size - 1, &section->content);
    if (!wb_digest_bytes(WB_DIGEST_SHA256, wb_buffer_bytes(&section->content), &digest, NULL))
        abort();
    wb_hex_format(digest.bytes, wb_digest_size(digest.algorithm), section->hex);
}

static size_t read_sections(struct section *sections, const uint8_t *data, size_t size)
{
    size_t count = 0;
    const uint8_t *next;
    while (count < SECTIONS_MAX && (next = memmem(data, size, "\n====\n", 6)) != NULL) {
        read_section(sections, count++, data, (size_t)(next - data));
        size -= (size_t)(next - data) + 6;
        data = next + 6;
    }
    read_section(sections, count++, data, size);
    return count;
}

/* ---- reading them ---- */

static void look_at_blob(const struct wb_volumes *volumes, struct wb_layout *layout,
                         const struct wb_volume_entry *entry)
{
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO_VALUE(wb_buffer) content = {0};
    size_t count;
    if (entry->digest.algorithm == WB_DIGEST_NONE)
        return;
    if (wb_volumes_find(volumes, entry->kind, &entry->digest, &count) == NULL || count == 0)
        abort();
    if (layout == NULL)
        return;
    bool good = wb_layout_check_blob(layout, &entry->digest, -1, &err);
    struct wb_digest found;
    if (!wb_layout_read_blob(layout, &entry->digest, READ_MAX, &content, &err))
        return;
    /* What is handed out is what was asked for, and the check agrees. */
    if (!good ||
        !wb_digest_bytes(entry->digest.algorithm, wb_buffer_bytes(&content), &found, &err) ||
        !wb_digest_equal(&found, &entry->digest))
        abort();
}

static void look_at(struct wb_volumes *volumes)
{
    struct wb_error err = WB_ERROR_INIT;
    size_t count;
    uint8_t data[512];
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    WB_AUTO(wb_layout) *layout = wb_volumes_layout(volumes, &err);
    const struct wb_volume_entry *entries = wb_volumes_entries(volumes, &count);
    for (size_t i = 0; i < count; i++) {
        size_t some = entries[i].size < sizeof data ? (size_t)entries[i].size : sizeof data;
        if (wb_volume_entry_name(&entries[i], arena)[0] == '\0')
            abort();
        if (wb_volumes_read(volumes, &entries[i], entries[i].size - some, data, some, &err) &&
            entries[i].cut && some > 0)
            abort();
        look_at_blob(volumes, layout, &entries[i]);
    }
}

static int file_of(struct wb_bytes bytes, char path[64])
{
    int fd = memfd_create("volume", 0);
    if (fd < 0 || write(fd, bytes.data, bytes.size) != (ssize_t)bytes.size ||
        lseek(fd, 0, SEEK_SET) != 0)
        abort();
    snprintf(path, 64, "/proc/self/fd/%d", fd);
    return fd;
}

static void read_archives(const struct wb_buffer *archives, size_t count)
{
    char texts[2][64];
    const char *paths[] = {texts[0], texts[1]};
    int fds[2];
    struct wb_error err = WB_ERROR_INIT;
    for (size_t i = 0; i < count; i++)
        fds[i] = file_of(wb_buffer_bytes(&archives[i]), texts[i]);
    WB_AUTO(wb_volumes) *volumes = wb_volumes_open(paths, count, NULL, 0, &err);
    if (volumes != NULL)
        look_at(volumes);
    WB_AUTO(wb_volumes) *stream = wb_volumes_read_stream(fds[0], NULL, NULL, &err);
    if (stream != NULL)
        look_at(stream);
    for (size_t i = 0; i < count; i++)
        close(fds[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t end[1024];
    struct wb_buffer archives[2] = {{0}, {0}};
    size_t count = size > 0 && data[0] == 'T' ? 2 : 1;
    if (size > 0 && data[0] == 'R') {
        wb_buffer_append(&archives[0], data + 1, size - 1);
    } else if (size > 0) {
        struct section sections[SECTIONS_MAX + 1] = {0};
        size_t section_count = read_sections(sections, data + 1, size - 1);
        for (size_t i = 0; i < section_count; i++) {
            add_member(&archives[i % count], &sections[i]);
            wb_buffer_clear(&sections[i].content);
        }
        for (size_t i = 0; i < count; i++)
            wb_buffer_append(&archives[i], end, sizeof end);
    }
    for (size_t i = 0; i < count; i++)
        wb_buffer_append(&archives[i], "", 0);
    read_archives(archives, count);
    for (size_t i = 0; i < count; i++)
        wb_buffer_clear(&archives[i]);
    return 0;
}
