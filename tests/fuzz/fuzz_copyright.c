/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever a copyright file says, its licence is a valid expression and its strings are UTF-8. */
#include "sbom/sbom.h"

#include <stdlib.h>
#include <string.h>

static void demand_utf8(const char *text)
{
    if (text != NULL && !wb_utf8_valid(text, strlen(text)))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    WB_AUTO(wb_bom) *bom = wb_bom_new();
    struct wb_package *package = wb_bom_new_package(bom, WB_PACKAGE_DEB);
    package->name = "thing";
    wb_copyright_read((struct wb_bytes){data, size}, bom, package);
    if (package->licence != NULL && !wb_licence_expression_valid(package->licence))
        abort();
    demand_utf8(package->licence_declared);
    demand_utf8(package->copyright);
    for (size_t i = 0; i < bom->licence_text_count; i++) {
        demand_utf8(bom->licence_texts[i].name);
        demand_utf8(bom->licence_texts[i].text);
        if (*bom->licence_texts[i].text == '\0')
            abort();
    }
    return 0;
}
