/* SPDX-License-Identifier: Apache-2.0 */
/* What SBOMs claim: paths without a beginning, digests that were stated, packages with a purl. */
#include "verify/deep_private.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_at_file(const struct wb_sbom_claims *claims, const struct wb_file_claim *claim)
{
    if (claim->path[0] == '/' || strncmp(claim->path, "./", 2) == 0 ||
        (claim->hashes.present & ~claims->digests) != 0 ||
        (claim->other_digest && claim->hashes.present != 0))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO(wb_sbom_claims) *claims = wb_sbom_claims_read((struct wb_bytes){data, size}, &err);
    if (claims == NULL) {
        if (err.status != WB_BAD_INPUT)
            abort();
        return 0;
    }
    for (size_t i = 0; i < claims->file_count; i++)
        look_at_file(claims, &claims->files[i]);
    size_t count;
    const struct wb_package_claim *packages = wb_sbom_claims_packages(claims, &count);
    for (size_t i = 0; i < count; i++)
        if (packages[i].purl == NULL)
            abort();
    /* Nothing of it is in an image without layers. */
    WB_AUTO(wb_outcomes) *outcomes = wb_outcomes_new();
    struct wb_deep_image image = {.name = "image", .rootfs = wb_rootfs_new()};
    size_t checked = 0;
    wb_deep_compare(&image, claims, outcomes, &checked);
    if (checked > claims->file_count)
        abort();
    wb_rootfs_free(image.rootfs);
    free(image.deleted);
    return 0;
}
