/* SPDX-License-Identifier: Apache-2.0 */
/* The entries of an archive: tar headers (POSIX.1-2017 pax, "ustar Interchange Format" and "pax
 * Extended Header"; GNU long names and base-256 numbers), within bounds. */
#include "image/store_private.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE ((size_t)512)
/* Extended headers and long names. */
#define EXTENSION_SIZE_MAX ((uint64_t)1 << 20)
#define NAME_SIZE_MAX ((size_t)1024)
/* What several extended headers in front of one entry may come to. */
#define EXTENSIONS_MAX 16

/* What extended headers say of the entry that follows them. */
struct extensions {
    struct wb_buffer path;
    struct wb_buffer link;
    bool has_path, has_link, has_size, sparse;
    bool says_more; /* than those and times, or one of them twice */
    uint64_t size;
};

static void clear_extensions(struct extensions *extensions)
{
    wb_buffer_clear(&extensions->path);
    wb_buffer_clear(&extensions->link);
}

void wb_archive_reader_clear(struct wb_archive_reader *reader)
{
    wb_buffer_clear(&reader->name);
    wb_buffer_clear(&reader->link);
}

/* ---- names ---- */

static void remove_last_component(struct wb_buffer *name)
{
    while (name->size > 0 && name->data[name->size - 1] != '/')
        name->size--;
    if (name->size > 0)
        name->size--;
    if (name->data != NULL)
        name->data[name->size] = '\0';
}

bool wb_archive_name(const char *beside, const char *path, struct wb_buffer *name)
{
    name->size = 0;
    wb_buffer_append(name, "", 0);
    if (beside != NULL && *path != '/') {
        wb_buffer_append_text(name, beside);
        remove_last_component(name);
    }
    while (*path != '\0') {
        size_t size = strcspn(path, "/");
        bool up = size == 2 && path[0] == '.' && path[1] == '.';
        bool here = size == 0 || (size == 1 && path[0] == '.');
        if ((up && name->size == 0) || name->size + size > NAME_SIZE_MAX) {
            name->size = 0;
            name->data[0] = '\0';
            return false;
        }
        if (up) {
            remove_last_component(name);
        } else if (!here) {
            if (name->size > 0)
                wb_buffer_append(name, "/", 1);
            wb_buffer_append(name, path, size);
        }
        path += size + (path[size] == '/' ? 1 : 0);
    }
    return name->size > 0;
}

/* ---- bytes ---- */

static bool truncated(struct wb_archive_reader *reader, struct wb_error *err)
{
    reader->broken = true;
    return wb_error_set(err, WB_BAD_INPUT, "the archive is truncated at byte %" PRIu64,
                        reader->offset);
}

/* Reads until `data` is full or the source ends. */
static bool read_fully(struct wb_archive_reader *reader, void *data, size_t size, size_t *done,
                       struct wb_error *err)
{
    *done = 0;
    while (*done < size) {
        ssize_t count =
            reader->source.read(reader->source.context, (uint8_t *)data + *done, size - *done, err);
        if (count < 0) {
            reader->broken = true;
            return false;
        }
        if (count == 0)
            break;
        *done += (size_t)count;
        reader->offset += (uint64_t)count;
    }
    return true;
}

static bool pass_over(struct wb_archive_reader *reader, uint64_t size, struct wb_error *err)
{
    if (reader->skip != NULL) {
        reader->broken = !reader->skip(reader->source.context, size, err);
        reader->offset += size;
        return !reader->broken;
    }
    uint8_t part[(size_t)16 << 10];
    while (size > 0) {
        size_t wanted = size < sizeof part ? (size_t)size : sizeof part, done;
        if (!read_fully(reader, part, wanted, &done, err))
            return false;
        if (done < wanted)
            return truncated(reader, err);
        size -= done;
    }
    return true;
}

ssize_t wb_archive_reader_read(struct wb_archive_reader *reader, void *data, size_t size,
                               struct wb_error *err)
{
    if (size > reader->remaining)
        size = (size_t)reader->remaining;
    if (size == 0)
        return 0;
    ssize_t count = reader->source.read(reader->source.context, data, size, err);
    if (count < 0)
        reader->broken = true;
    if (count == 0)
        truncated(reader, err);
    if (count <= 0)
        return -1;
    reader->offset += (uint64_t)count;
    reader->remaining -= (uint64_t)count;
    return count;
}

/* ---- headers ---- */

static bool malformed(const struct wb_archive_reader *reader, const char *what,
                      struct wb_error *err)
{
    return wb_error_set(err, WB_BAD_INPUT,
                        "not a tar archive, or a damaged one: %s at byte %" PRIu64, what,
                        reader->offset - BLOCK_SIZE);
}

/* Octal digits between spaces or NULs, or GNU's base-256 with the high bit set. */
static bool parse_number(const uint8_t *field, size_t size, uint64_t *value)
{
    *value = 0;
    if (field[0] == 0x80) {
        for (size_t i = 1; i < size; i++) {
            if (*value >> 56 != 0)
                return false;
            *value = *value << 8 | field[i];
        }
        return true;
    }
    size_t at = 0;
    while (at < size && field[at] == ' ')
        at++;
    for (; at < size && field[at] >= '0' && field[at] <= '7'; at++)
        *value = *value << 3 | (uint64_t)(field[at] - '0');
    return at == size || field[at] == ' ' || field[at] == '\0';
}

static bool checksum_holds(const uint8_t *block)
{
    uint64_t stated, sum = 0;
    if (!parse_number(block + 148, 8, &stated))
        return false;
    for (size_t i = 0; i < BLOCK_SIZE; i++)
        sum += i >= 148 && i < 156 ? ' ' : block[i];
    return sum == stated;
}

static bool is_zero(const uint8_t *block)
{
    for (size_t i = 0; i < BLOCK_SIZE; i++)
        if (block[i] != 0)
            return false;
    return true;
}

/* `mtime` and the like, which many programs write, have room for nothing but a time. */
static bool is_time(const char *key, size_t key_size, const char *value, size_t value_size)
{
    static const char digits[] = "-0123456789.";
    if (key_size != 5 || memcmp(key + 1, "time", 4) != 0 || memchr("mac", key[0], 3) == NULL ||
        value_size > 40)
        return false;
    for (size_t i = 0; i < value_size; i++)
        if (memchr(digits, value[i], sizeof digits - 1) == NULL)
            return false;
    return true;
}

/* One pax record `<length> <key>=<value>\n`. */
static bool take_record(const uint8_t **at, const uint8_t *end, struct extensions *extensions)
{
    size_t length = 0;
    const uint8_t *digit = *at;
    for (; digit < end && *digit >= '0' && *digit <= '9' && length <= EXTENSION_SIZE_MAX; digit++)
        length = length * 10 + (size_t)(*digit - '0');
    if (digit == *at || digit == end || *digit != ' ' || length > (size_t)(end - *at) ||
        length < (size_t)(digit - *at) + 2 || (*at)[length - 1] != '\n')
        return false;
    const char *key = (const char *)digit + 1;
    const char *newline = (const char *)*at + length - 1;
    const char *equals = memchr(key, '=', (size_t)(newline - key));
    if (equals == NULL)
        return false;
    size_t key_size = (size_t)(equals - key), value_size = (size_t)(newline - equals) - 1;
    *at += length;
    if (key_size == 4 && memcmp(key, "path", 4) == 0) {
        extensions->says_more |= extensions->has_path;
        extensions->has_path = true;
        extensions->path.size = 0;
        wb_buffer_append(&extensions->path, equals + 1, value_size);
    } else if (key_size == 8 && memcmp(key, "linkpath", 8) == 0) {
        extensions->says_more |= extensions->has_link;
        extensions->has_link = true;
        extensions->link.size = 0;
        wb_buffer_append(&extensions->link, equals + 1, value_size);
    } else if (key_size == 4 && memcmp(key, "size", 4) == 0) {
        extensions->says_more |= extensions->has_size;
        extensions->has_size = true;
        extensions->size = 0;
        for (size_t i = 1; i <= value_size; i++) {
            if (equals[i] < '0' || equals[i] > '9' || extensions->size > UINT64_MAX / 16)
                return false;
            extensions->size = extensions->size * 10 + (uint64_t)(equals[i] - '0');
        }
    } else if (key_size >= 11 && memcmp(key, "GNU.sparse.", 11) == 0) {
        extensions->sparse = true;
    } else {
        extensions->says_more |= !is_time(key, key_size, equals + 1, value_size);
    }
    return true;
}

/* Reads the content of an extension header and takes from it what is of use. */
static bool read_extension(struct wb_archive_reader *reader, char type, uint64_t size,
                           struct extensions *extensions, struct wb_error *err)
{
    if (size > EXTENSION_SIZE_MAX)
        return malformed(reader, "an extended header of more than 1 MiB", err);
    size_t padded = ((size_t)size + BLOCK_SIZE - 1) / BLOCK_SIZE * BLOCK_SIZE, done;
    if (type == 'g') {
        extensions->says_more = true;
        return pass_over(reader, padded, err);
    }
    struct wb_buffer *target = type == 'L' ? &extensions->path : &extensions->link;
    uint8_t *data = wb_allocate(padded + 1);
    bool good =
        read_fully(reader, data, padded, &done, err) && (done == padded || truncated(reader, err));
    if (good && type == 'x') {
        const uint8_t *at = data;
        while (good && at < data + size)
            good = take_record(&at, data + size, extensions) ||
                   malformed(reader, "a malformed extended header", err);
    } else if (good) {
        target->size = 0;
        size_t length = strnlen((const char *)data, (size_t)size);
        bool *has = type == 'L' ? &extensions->has_path : &extensions->has_link;
        wb_buffer_append(target, data, length);
        extensions->says_more |= *has || size > length + 1;
        *has = true;
    }
    for (size_t i = (size_t)size; good && i < padded; i++)
        extensions->says_more |= data[i] != 0;
    free(data);
    return good;
}

static enum wb_archive_kind kind_of(char type)
{
    switch (type) {
    case '0':
    case '\0':
    case '7':
        return WB_ARCHIVE_FILE;
    case '1':
        return WB_ARCHIVE_HARDLINK;
    case '2':
        return WB_ARCHIVE_SYMLINK;
    default:
        return WB_ARCHIVE_OTHER;
    }
}

/* The name in the header itself: `prefix/name` in ustar archives. */
static void header_name(const uint8_t *block, struct wb_buffer *path)
{
    path->size = 0;
    if (memcmp(block + 257, "ustar\0", 6) == 0 && block[345] != '\0') {
        wb_buffer_append(path, block + 345, strnlen((const char *)block + 345, 155));
        wb_buffer_append(path, "/", 1);
    }
    wb_buffer_append(path, block, strnlen((const char *)block, 100));
}

/* A NUL inside a pax value ends no name in the archive's sense; such a name is none of ours. */
static bool is_text(const struct wb_buffer *buffer)
{
    return memchr(buffer->data, '\0', buffer->size) == NULL;
}

/* Whether it stands there as it is normalised, but for `./` in front. Programs differ in what they
 * make of a name that is absolute, or has `..` or nothing between two slashes. */
static bool is_plain(const struct wb_buffer *path, const struct wb_buffer *name, bool is_directory)
{
    const char *text = (const char *)path->data;
    size_t size = path->size;
    if (size >= 2 && memcmp(text, "./", 2) == 0) {
        text += 2;
        size -= 2;
    }
    if (is_directory && size > 0 && text[size - 1] == '/')
        size--;
    return size == name->size && memcmp(text, name->data, size) == 0;
}

static bool take_entry(struct wb_archive_reader *reader, const uint8_t *block, uint64_t size,
                       struct extensions *extensions, struct wb_error *err)
{
    char type = (char)block[156];
    reader->kind = kind_of(type);
    reader->is_directory = type == '5';
    if (type == 'S' || extensions->sparse)
        return malformed(reader, "a sparse entry, which no image archive has,", err);
    if (!extensions->has_path)
        header_name(block, &extensions->path);
    if (!extensions->has_link) {
        extensions->link.size = 0;
        wb_buffer_append(&extensions->link, block + 157, strnlen((const char *)block + 157, 100));
    }
    const struct wb_buffer *path = &extensions->path;
    /* In archives older than ustar a directory is told by its name. */
    if (reader->kind == WB_ARCHIVE_FILE && path->size > 0 && path->data[path->size - 1] == '/') {
        reader->kind = WB_ARCHIVE_OTHER;
        reader->is_directory = true;
    }
    if (!is_text(path) || !wb_archive_name(NULL, (const char *)path->data, &reader->name))
        reader->name.size = 0;
    const char *beside =
        reader->kind == WB_ARCHIVE_SYMLINK ? (const char *)reader->name.data : NULL;
    if (!is_text(&extensions->link) ||
        !wb_archive_name(beside, (const char *)extensions->link.data, &reader->link))
        reader->link.size = 0;
    wb_buffer_append(&reader->name, "", 0);
    wb_buffer_append(&reader->link, "", 0);
    if (extensions->has_size)
        size = extensions->size;
    /* Links, devices and directories have no content, whatever their size field says. */
    if (strchr("123456", type) != NULL && type != '\0')
        size = 0;
    if (size > INT64_MAX - reader->offset - BLOCK_SIZE)
        return malformed(reader, "an entry with an impossible size", err);
    bool idle_link = reader->kind == WB_ARCHIVE_FILE && extensions->link.size > 0;
    reader->says_more =
        extensions->says_more || idle_link || !is_plain(path, &reader->name, reader->is_directory);
    reader->size = reader->remaining = size;
    reader->padding = (BLOCK_SIZE - size % BLOCK_SIZE) % BLOCK_SIZE;
    return true;
}

static bool next_entry(struct wb_archive_reader *reader, bool *more, struct extensions *extensions,
                       struct wb_error *err)
{
    uint8_t block[BLOCK_SIZE];
    for (int count = 0; count <= EXTENSIONS_MAX; count++) {
        size_t done;
        uint64_t size;
        if (!read_fully(reader, block, BLOCK_SIZE, &done, err))
            return false;
        *more = done > 0 && !is_zero(block);
        if (done > 0 && done < BLOCK_SIZE)
            return reader->offset < BLOCK_SIZE
                       ? wb_error_set(err, WB_BAD_INPUT, "not a tar archive: too short")
                       : truncated(reader, err);
        if (!*more)
            return count == 0 || malformed(reader, "nothing after an extended header", err);
        if (!checksum_holds(block))
            return malformed(reader, "a header whose checksum does not match", err);
        if (!parse_number(block + 124, 12, &size))
            return malformed(reader, "a header with a malformed size", err);
        if (strchr("xgLK", block[156]) == NULL || block[156] == '\0')
            return take_entry(reader, block, size, extensions, err);
        if (!read_extension(reader, (char)block[156], size, extensions, err))
            return false;
    }
    return malformed(reader, "too many extended headers for one entry", err);
}

bool wb_archive_reader_next(struct wb_archive_reader *reader, bool *more, struct wb_error *err)
{
    *more = false;
    if (!pass_over(reader, reader->remaining + reader->padding, err))
        return false;
    reader->remaining = reader->padding = 0;
    reader->start = reader->offset;
    struct extensions extensions = {0};
    bool good = next_entry(reader, more, &extensions, err);
    clear_extensions(&extensions);
    return good;
}
