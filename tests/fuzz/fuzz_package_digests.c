/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes the reader of what sha512sum says of package files. */
#include "sbom/sbom.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    WB_AUTO(wb_bom) *bom = wb_bom_new();
    struct wb_error err = WB_ERROR_INIT;
    struct wb_package *package = wb_bom_new_package(bom, WB_PACKAGE_DEB);
    package->name = "a";
    package->epoch = 1;
    package->version = "2";
    package->architecture = "all";
    WB_APPEND(bom->packages, bom->package_count, bom->package_capacity, package);
    wb_package_files_describe(bom);
    if (wb_package_digests_read(bom, (struct wb_bytes){data, size}, &err))
        wb_bom_finish(bom);
    return 0;
}
