/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as CycloneDX as XML; what was read survives JSON. */
#include "tests/fuzz/cyclonedx_documents.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return read_and_write(data, size, "cyclonedx-xml@1.7", "cyclonedx-json@1.4");
}
