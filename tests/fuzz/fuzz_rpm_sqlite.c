/* SPDX-License-Identifier: Apache-2.0 */
/* sqlite databases with a write-ahead log. The first four bytes, little-endian, are the size of the
 * database; the log is what follows it. */
#include "sbom/sbom.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct visits {
    struct wb_bom *bom;
    struct wb_package_list list;
};

static bool visit(void *context, struct wb_bytes header, struct wb_error *err)
{
    struct visits *visits = context;
    (void)err;
    bool decoded = wb_rpm_header_decode(header, WB_READ_IDENTITY, visits->bom, &visits->list, NULL);
    (void)decoded;
    return true;
}

static void damage(void *context, const char *message)
{
    (void)context;
    if (message[0] == '\0')
        __builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wb_bytes database = {data, size}, wal = {NULL, 0};
    uint32_t split;
    if (!wb_bytes_u32le(database, 0, &split))
        return 0;
    size -= 4;
    split = split < size ? split : (uint32_t)size;
    database = (struct wb_bytes){data + 4, split};
    wal = (struct wb_bytes){data + 4 + split, size - split};
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO(wb_bom) *bom = wb_bom_new();
    struct visits visits = {.bom = bom};
    if (!wb_rpm_sqlite_read(database, wal, visit, damage, &visits, &err) &&
        err.status != WB_BAD_INPUT)
        __builtin_trap();
    wb_package_list_clear(&visits.list);
    return 0;
}
