/* SPDX-License-Identifier: Apache-2.0 */
/* Berkeley DB hashes, down to packages. */
#include "sbom/sbom.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct visits {
    struct wb_bom *bom;
    struct wb_package_list list;
    size_t bytes;
};

static bool visit(void *context, struct wb_bytes header, struct wb_error *err)
{
    struct visits *visits = context;
    (void)err;
    visits->bytes += header.size;
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
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO(wb_bom) *bom = wb_bom_new();
    struct visits visits = {.bom = bom};
    if (!wb_rpm_bdb_read((struct wb_bytes){data, size}, visit, damage, &visits, &err) &&
        err.status != WB_BAD_INPUT)
        __builtin_trap();
    /* No byte is handed out twice. */
    if (visits.bytes > size)
        __builtin_trap();
    wb_package_list_clear(&visits.list);
    return 0;
}
