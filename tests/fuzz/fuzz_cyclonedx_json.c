/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as CycloneDX as JSON; what was read survives XML. */
#include "tests/fuzz/cyclonedx_documents.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return read_and_write(data, size, "cyclonedx-json@1.6", "cyclonedx-xml@1.6");
}
