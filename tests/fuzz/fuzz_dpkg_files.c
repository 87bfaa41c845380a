/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as dpkg's file lists: the parts of the input, between lines of `%`, are the list, the
 * md5sums, the conffiles and the diversions of one package, in that order. */
#include "sbom/sbom.h"

#include <stdlib.h>
#include <string.h>

static const char *const paths[] = {"var/lib/dpkg/info/a.list", "var/lib/dpkg/info/a.md5sums",
                                    "var/lib/dpkg/info/a.conffiles", "var/lib/dpkg/diversions"};
#define PATH_COUNT (sizeof paths / sizeof paths[0])

static void require(bool condition)
{
    if (!condition)
        abort();
}

/* Each part gets memory of its own, so that the sanitizer sees a byte read too far. */
static struct wb_bytes take_part(const uint8_t **data, size_t *size)
{
    static const char separator[] = "\n%\n";
    const uint8_t *end = memmem(*data, *size, separator, 3);
    size_t part = end == NULL ? *size : (size_t)(end - *data) + 1;
    size_t taken = end == NULL ? *size : part + 2;
    uint8_t *copy = malloc(part == 0 ? 1 : part);
    require(copy != NULL);
    memcpy(copy, *data, part);
    *data += taken;
    *size -= taken;
    return (struct wb_bytes){copy, part};
}

static void read_files(const struct wb_rootfs *rootfs, const char *database)
{
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO(wb_bom) *bom = wb_bom_new();
    const char *const names[] = {"a", "b"};
    for (size_t i = 0; i < 2; i++) {
        struct wb_package *package = wb_bom_new_package(bom, WB_PACKAGE_DEB);
        package->name = names[i];
        package->architecture = "amd64";
        wb_package_add_owned_file(bom, package, "/etc/a")->flags = WB_OWNED_CONFIG;
    }
    require(wb_dpkg_files_read(rootfs, database, bom, bom->made, bom->made_count, &err));
    for (size_t i = 0; i < bom->made_count; i++)
        for (size_t j = 0; j < bom->made[i]->owned_file_count; j++) {
            const char *path = bom->made[i]->owned_files[j].path;
            require(path[0] == '/' && path[1] != '\0' && path[1] != '/');
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wb_error err = WB_ERROR_INIT;
    struct wb_bytes contents[PATH_COUNT];
    struct wb_entry entries[PATH_COUNT];
    for (size_t i = 0; i < PATH_COUNT; i++) {
        contents[i] = take_part(&data, &size);
        entries[i] =
            (struct wb_entry){.path = paths[i], .kind = WB_ENTRY_REGULAR, .content = &contents[i]};
    }
    struct wb_layer layer = {.entries = entries, .entry_count = PATH_COUNT};
    WB_AUTO(wb_rootfs) *rootfs = wb_rootfs_new();
    require(wb_rootfs_apply(rootfs, &layer, 0, &err));
    read_files(rootfs, "var/lib/dpkg/status");
    for (size_t i = 0; i < PATH_COUNT; i++)
        free((void *)(uintptr_t)contents[i].data);
    return 0;
}
