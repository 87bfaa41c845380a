/* SPDX-License-Identifier: Apache-2.0 */
/* dpkg's file lists beside the status file: lists, digests, configuration files, diversions. */
#include "sbom/sbom.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FILE_MAX 16

/* A file system of text files, written by hand. */
struct sample {
    struct wb_layer layer;
    struct wb_entry entries[FILE_MAX];
    struct wb_bytes contents[FILE_MAX];
    struct wb_rootfs *rootfs;
    struct wb_bom *bom;
};

static struct sample *make_sample(const char *const (*files)[2], size_t count)
{
    struct wb_error err = WB_ERROR_INIT;
    struct sample *sample = wb_allocate(sizeof *sample);
    sample->layer.entries = sample->entries;
    sample->layer.entry_count = count;
    for (size_t i = 0; i < count; i++) {
        sample->contents[i] = (struct wb_bytes){(const uint8_t *)files[i][1], strlen(files[i][1])};
        sample->entries[i] = (struct wb_entry){
            .path = files[i][0], .kind = WB_ENTRY_REGULAR, .content = &sample->contents[i]};
    }
    sample->rootfs = wb_rootfs_new();
    sample->bom = wb_bom_new();
    if (!wb_rootfs_apply(sample->rootfs, &sample->layer, 0, &err))
        fail_msg("%s", err.message);
    return sample;
}

static void free_sample(struct sample *sample)
{
    wb_rootfs_free(sample->rootfs);
    wb_bom_free(sample->bom);
    free(sample);
}

static struct wb_package *add_package(struct sample *sample, const char *name,
                                      const char *architecture)
{
    struct wb_package *package = wb_bom_new_package(sample->bom, WB_PACKAGE_DEB);
    package->name = name;
    package->architecture = architecture;
    return package;
}

static void read_files(struct sample *sample, const char *database)
{
    struct wb_error err = WB_ERROR_INIT;
    if (!wb_dpkg_files_read(sample->rootfs, database, sample->bom, sample->bom->made,
                            sample->bom->made_count, &err))
        fail_msg("%s", err.message);
}

/* One line of path, digest's first byte (or -) and flags for each file. */
static void assert_files(const struct wb_package *package, const char *expected)
{
    WB_AUTO_VALUE(wb_buffer) found = {0};
    wb_buffer_append_text(&found, "");
    for (size_t i = 0; i < package->owned_file_count; i++) {
        const struct wb_owned_file *file = &package->owned_files[i];
        wb_buffer_append_format(&found, "%s ", file->path);
        if (file->digest.algorithm == WB_DIGEST_MD5)
            wb_buffer_append_format(&found, "%02x", (unsigned)file->digest.bytes[0]);
        else
            wb_buffer_append_text(&found, "-");
        wb_buffer_append_format(&found, " %u\n", file->flags);
    }
    assert_string_equal((const char *)found.data, expected);
}

#define AA "aa0000000000000000000000000000ff"
#define BB "bb0000000000000000000000000000ff"
#define CC "cc0000000000000000000000000000ff"

static void lists_and_digests(void **state)
{
    (void)state;
    static const char *const files[][2] = {
        {"var/lib/dpkg/info/tool.list",
         "/.\n/usr\n/usr/bin\n/usr/bin/tool\n/usr/share\n/usr/share/empty\n/usr/bin/link\n"
         "/etc/tool.conf"},
        {"var/lib/dpkg/info/tool.md5sums", AA "  usr/bin/tool\n" BB " *./usr/unlisted file\n"},
        {"var/lib/dpkg/info/tool.conffiles", "/etc/tool.conf\nremove-on-upgrade /etc/old.conf\n"},
    };
    struct sample *sample = make_sample(files, 3);
    struct wb_package *package = add_package(sample, "tool", "amd64");
    struct wb_owned_file *conf = wb_package_add_owned_file(sample->bom, package, "/etc/tool.conf");
    conf->flags = WB_OWNED_CONFIG;
    conf->digest.algorithm = WB_DIGEST_MD5;
    conf->digest.bytes[0] = 0xcc;
    read_files(sample, "var/lib/dpkg/status");
    assert_files(package, "/etc/tool.conf cc 1\n/usr/bin/tool aa 0\n/usr/share/empty - 0\n"
                          "/usr/bin/link - 0\n/etc/old.conf - 17\n/usr/unlisted file bb 0\n");
    assert_int_equal(sample->bom->finding_count, 0);
    free_sample(sample);
}

static void several_architectures(void **state)
{
    (void)state;
    static const char *const files[][2] = {
        {"var/lib/dpkg/info/lib:amd64.list", "/usr/lib/amd64/lib.so\n"},
        {"var/lib/dpkg/info/lib:amd64.md5sums", AA "  usr/lib/amd64/lib.so\n"},
        {"var/lib/dpkg/info/lib:i386.list", "/usr/lib/i386/lib.so\n"},
        {"var/lib/dpkg/info/lib.list", "/wrong\n"},
    };
    struct sample *sample = make_sample(files, 4);
    struct wb_package *amd64 = add_package(sample, "lib", "amd64");
    struct wb_package *i386 = add_package(sample, "lib", "i386");
    struct wb_package *odd = add_package(sample, "lib", "../../../x");
    read_files(sample, "var/lib/dpkg/status");
    assert_files(amd64, "/usr/lib/amd64/lib.so aa 0\n");
    assert_files(i386, "/usr/lib/i386/lib.so - 0\n");
    assert_files(odd, "/wrong - 0\n");
    free_sample(sample);
}

static void status_d(void **state)
{
    (void)state;
    static const char *const files[][2] = {
        {"var/lib/dpkg/status.d/tool.md5sums", AA "  usr/bin/tool\n"},
        {"var/lib/dpkg/info/tool.list", "/wrong\n"},
    };
    struct sample *sample = make_sample(files, 2);
    struct wb_package *package = add_package(sample, "tool", NULL);
    read_files(sample, "var/lib/dpkg/status.d");
    assert_files(package, "/usr/bin/tool aa 0\n");
    free_sample(sample);
}

static void diversions(void **state)
{
    (void)state;
    static const char *const files[][2] = {
        {"var/lib/dpkg/diversions", "/bin/sh\n/bin/sh.distrib\ndash\n"
                                    "/etc/local\n/etc/local.real\n:\n/cut\n"},
        {"var/lib/dpkg/info/dash.list", "/bin/sh\n/etc/local\n"},
        {"var/lib/dpkg/info/bash.list", "/bin/sh\n/bin/bash\n"},
        {"var/lib/dpkg/info/bash.md5sums", CC "  bin/sh\n"},
    };
    struct sample *sample = make_sample(files, 4);
    struct wb_package *dash = add_package(sample, "dash", "amd64");
    struct wb_package *bash = add_package(sample, "bash", "amd64");
    read_files(sample, "var/lib/dpkg/status");
    assert_files(dash, "/bin/sh - 0\n/etc/local.real - 0\n");
    assert_files(bash, "/bin/sh.distrib cc 0\n/bin/bash - 0\n");
    assert_int_equal(sample->bom->finding_count, 1);
    assert_string_equal(sample->bom->findings[0].path, "var/lib/dpkg/diversions");
    free_sample(sample);
}

static void malformed_lines_are_reported_once_for_each_file(void **state)
{
    (void)state;
    static const char *const files[][2] = {
        {"var/lib/dpkg/info/a.list", "relative\n/good\n\n"},
        {"var/lib/dpkg/info/a.md5sums",
         "short\n" AA " x\nzz0000000000000000000000000000ff  x\n" AA "  /\n" BB "  good\n"},
        {"var/lib/dpkg/info/a.conffiles", "relative\nremove-on-upgrade \n/good\n"},
    };
    struct sample *sample = make_sample(files, 3);
    struct wb_package *package = add_package(sample, "a", "all");
    read_files(sample, "var/lib/dpkg/status");
    assert_files(package, "/good bb 1\n");
    assert_int_equal(sample->bom->finding_count, 3);
    assert_string_equal(sample->bom->findings[0].message,
                        "/var/lib/dpkg/info/a.list: 1 of 3 lines cannot be read, the first is "
                        "line 1");
    assert_string_equal(sample->bom->findings[2].message,
                        "/var/lib/dpkg/info/a.md5sums: 4 of 5 lines cannot be read, the first is "
                        "line 1");
    free_sample(sample);
}

static void nothing_there(void **state)
{
    (void)state;
    struct sample *sample = make_sample(NULL, 0);
    struct wb_package *package = add_package(sample, "a", "all");
    read_files(sample, "var/lib/dpkg/status");
    read_files(sample, "status");
    assert_int_equal(package->owned_file_count, 0);
    free_sample(sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_and_digests),
        cmocka_unit_test(several_architectures),
        cmocka_unit_test(status_d),
        cmocka_unit_test(diversions),
        cmocka_unit_test(malformed_lines_are_reported_once_for_each_file),
        cmocka_unit_test(nothing_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
