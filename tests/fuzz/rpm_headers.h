/* SPDX-License-Identifier: Apache-2.0 */
/* From a database's bytes to packages, for the targets of the formats that hold header blobs as
 * they are: whatever the bytes, no byte of a header is handed out twice. */
#ifndef WAYBILL_FUZZ_RPM_HEADERS_H
#define WAYBILL_FUZZ_RPM_HEADERS_H

#include "sbom/sbom.h"

typedef bool rpm_reader(struct wb_bytes database, wb_rpm_header_visitor *visit,
                        wb_rpm_damage_visitor *damage, void *context, struct wb_error *err);

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

static void read_headers(rpm_reader *read, const uint8_t *data, size_t size)
{
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO(wb_bom) *bom = wb_bom_new();
    struct visits visits = {.bom = bom};
    if (!read((struct wb_bytes){data, size}, visit, damage, &visits, &err) &&
        err.status != WB_BAD_INPUT)
        __builtin_trap();
    if (visits.bytes > size)
        __builtin_trap();
    wb_package_list_clear(&visits.list);
}

#endif
