/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as dpkg's status file: never a crash, and what is listed is whole. */
#include "sbom/sbom.h"

#include <stdlib.h>
#include <string.h>

static void require(bool condition)
{
    if (!condition)
        abort();
}

static void require_text(const char *text)
{
    require(text == NULL || wb_utf8_valid(text, strlen(text)));
}

static void check_package(const struct wb_package *package)
{
    require(package->name != NULL && package->version != NULL && package->evr != NULL &&
            package->source_name != NULL && package->source_version != NULL);
    const char *const texts[] = {package->name,           package->evr,      package->architecture,
                                 package->source_version, package->supplier, package->summary,
                                 package->description,    package->homepage};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        require_text(texts[i]);
    for (size_t i = 0; i < package->relation_count; i++) {
        require_text(package->relations[i].name);
        require_text(package->relations[i].version);
        require((package->relations[i].version == NULL) ==
                (package->relations[i].comparison == NULL));
    }
    for (size_t i = 0; i < package->owned_file_count; i++)
        require(package->owned_files[i].path[0] == '/');
}

static size_t read_status(const uint8_t *data, size_t size, bool is_status_d,
                          enum wb_read_depth depth)
{
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO(wb_bom) *bom = wb_bom_new();
    struct wb_database database = {.kind = WB_PACKAGE_DEB, .path = "var/lib/dpkg/status"};
    WB_AUTO_VALUE(wb_package_list) list = {0};
    if (!wb_dpkg_status_read((struct wb_bytes){data, size}, is_status_d, depth, 0, bom, &database,
                             &list, &err))
        return 0;
    struct wb_distribution distribution = {.id = "debian", .version_id = "12"};
    for (size_t i = 0; i < list.count; i++) {
        struct wb_package *package = list.packages[i];
        check_package(package);
        package->purl = wb_purl_package(bom->arena, package, &distribution);
        require(package->purl != NULL);
        wb_cpe_package(bom->arena, package);
        require(package->cpe_count >= 1);
        WB_APPEND(bom->packages, bom->package_count, bom->package_capacity, package);
    }
    require(wb_dependencies_resolve(bom, NULL, &err));
    for (size_t i = 0; i < bom->dependency_count; i++)
        require(bom->dependencies[i].from != bom->dependencies[i].to);
    return list.count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t count = read_status(data, size, false, WB_READ_ALL);
    require(read_status(data, size, false, WB_READ_IDENTITY) == count);
    read_status(data, size, true, WB_READ_ALL);
    return 0;
}
