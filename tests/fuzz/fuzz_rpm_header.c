/* SPDX-License-Identifier: Apache-2.0 */
/* Header blobs, through our checks and librpm to packages. */
#include "sbom/sbom.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO(wb_bom) *bom = wb_bom_new();
    struct wb_package_list list = {0};
    struct wb_bytes header = {data, size};
    if (wb_rpm_header_decode(header, WB_READ_ALL, bom, &list, &err) &&
        !wb_rpm_header_decode(header, WB_READ_IDENTITY, bom, &list, &err))
        __builtin_trap();
    wb_package_list_clear(&list);
    return 0;
}
