/* SPDX-License-Identifier: Apache-2.0 */
/* Berkeley DB hashes, down to packages. */
#include "rpm_headers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_headers(wb_rpm_bdb_read, data, size);
    return 0;
}
