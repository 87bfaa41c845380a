/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as os-release: every value is text, and a purl can be made of it. */
#include "sbom/sbom.h"

#include <stdlib.h>
#include <string.h>

static void require(bool condition)
{
    if (!condition)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    struct wb_distribution distribution = {0};
    wb_os_release_read((struct wb_bytes){data, size}, arena, &distribution);
    const char *const texts[] = {distribution.id,          distribution.id_like,
                                 distribution.name,        distribution.version,
                                 distribution.version_id,  distribution.version_codename,
                                 distribution.pretty_name, distribution.cpe_name};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        require(texts[i] == NULL ||
                (*texts[i] != '\0' && wb_utf8_valid(texts[i], strlen(texts[i]))));
    struct wb_package package = {.kind = WB_PACKAGE_RPM, .name = "a", .version = "1", .evr = "1"};
    const char *purl = wb_purl_package(arena, &package, &distribution);
    require(purl != NULL && wb_text_starts_with(purl, "pkg:rpm/"));
    return 0;
}
