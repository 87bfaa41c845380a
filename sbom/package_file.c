/* SPDX-License-Identifier: Apache-2.0 */
/* What the file was that a package came in, in the terms of BSI TR-03183-2 (version 2.1.0, 5.2.2).
 */
#include "sbom/sbom.h"

/* As rpmbuild and dpkg-deb name them; neither puts the epoch in. */
static const char *file_name(struct wb_bom *bom, const struct wb_package *package)
{
    bool is_rpm = package->kind == WB_PACKAGE_RPM;
    if (package->version == NULL || package->architecture == NULL)
        return NULL;
    return wb_arena_format(bom->arena, is_rpm ? "%s-%s%s%s.%s.rpm" : "%s_%s%s%s_%s.deb",
                           package->name, package->version, package->release == NULL ? "" : "-",
                           package->release == NULL ? "" : package->release, package->architecture);
}

static void add(struct wb_package *package, const char *name, const char *value)
{
    struct wb_name_value property = {name, value};
    WB_APPEND(package->properties, package->property_count, package->property_capacity, property);
}

void wb_package_files_describe(struct wb_bom *bom)
{
    for (size_t i = 0; i < bom->package_count; i++) {
        struct wb_package *package = bom->packages[i];
        const char *name = file_name(bom, package);
        if (name == NULL)
            continue;
        /* In the order that deterministic CBOR gives them in CoSWID. */
        add(package, "bsi:component:archive", "archive");
        add(package, "bsi:component:filename", name);
        add(package, "bsi:component:executable", "non-executable");
        add(package, "bsi:component:structured", "structured");
    }
}
