/* SPDX-License-Identifier: Apache-2.0 */
/* Databases in rpm's own format, down to packages. */
#include "rpm_headers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_headers(wb_rpm_ndb_read, data, size);
    return 0;
}
