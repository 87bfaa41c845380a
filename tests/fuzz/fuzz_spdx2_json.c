/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as SPDX 2 as JSON. */
#include "tests/fuzz/spdx2_documents.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return read_and_write(data, size);
}
