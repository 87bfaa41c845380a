/* SPDX-License-Identifier: Apache-2.0 */
/* Headers of the archives that are written here: a file of everybody's, of no time (POSIX.1-2017
 * pax, "ustar Interchange Format"; "pax Extended Header" where a name or size is too long for it).
 */
#include "image/image.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define BLOCK_SIZE ((size_t)512)
#define NAME_SIZE ((size_t)100)
#define SIZE_LIMIT ((uint64_t)1 << 33) /* eleven octal digits */

static void append_block(const char *name, uint64_t size, char type, struct wb_buffer *header)
{
    char block[BLOCK_SIZE] = {0};
    unsigned sum = 0;
    memcpy(block, name, strnlen(name, NAME_SIZE));
    memcpy(block + 100,
           "0000644\0"
           "0000000\0"
           "0000000",
           24);
    /* What does not fit is in the record in front, which counts. */
    snprintf(block + 124, 12, "%011" PRIo64, size < SIZE_LIMIT ? size : 0);
    memcpy(block + 136, "00000000000\0        ", 20);
    block[156] = type;
    memcpy(block + 257,
           "ustar\0"
           "00",
           8);
    for (size_t i = 0; i < BLOCK_SIZE; i++)
        sum += (uint8_t)block[i];
    snprintf(block + 148, 8, "%06o", sum);
    block[155] = ' ';
    wb_buffer_append(header, block, BLOCK_SIZE);
}

/* "LENGTH KEY=VALUE\n", the length counting itself. */
static void append_record(const char *key, const char *value, struct wb_buffer *records)
{
    size_t rest = strlen(key) + strlen(value) + 3, digits = 1;
    for (size_t limit = 10; rest + digits >= limit; limit *= 10)
        digits++;
    wb_buffer_append_format(records, "%zu %s=%s\n", rest + digits, key, value);
}

void wb_tar_header(const char *name, uint64_t size, struct wb_buffer *header)
{
    WB_AUTO_VALUE(wb_buffer) records = {0};
    char number[24];
    if (strlen(name) > NAME_SIZE)
        append_record("path", name, &records);
    snprintf(number, sizeof number, "%" PRIu64, size);
    if (size >= SIZE_LIMIT)
        append_record("size", number, &records);
    if (records.size > 0) {
        append_block("PaxHeaders/entry", records.size, 'x', header);
        wb_buffer_append(header, records.data, records.size);
        wb_tar_padding(records.size, header);
    }
    append_block(name, size, '0', header);
}

void wb_tar_padding(uint64_t size, struct wb_buffer *padding)
{
    static const uint8_t zeros[BLOCK_SIZE];
    wb_buffer_append(padding, zeros, (BLOCK_SIZE - size % BLOCK_SIZE) % BLOCK_SIZE);
}
