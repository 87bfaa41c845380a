/* SPDX-License-Identifier: Apache-2.0 */
/* References: what is transport, path, tag and digest, and how bare paths are looked at. */
#include "image/image.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void assert_text(const char *found, const char *expected)
{
    if (expected == NULL)
        assert_null(found);
    else
        assert_string_equal(found, expected);
}

static void transports_are_recognised(void **state)
{
    (void)state;
    const struct {
        const char *text;
        enum wb_transport transport;
        const char *path, *tag, *digest;
    } cases[] = {
        {"oci:dir", WB_TRANSPORT_OCI, "dir", NULL, NULL},
        {"oci:/a/b:v1", WB_TRANSPORT_OCI, "/a/b", "v1", NULL},
        {"oci:d:host.example:5000/n:v1", WB_TRANSPORT_OCI, "d", "host.example:5000/n:v1", NULL},
        {"oci:d@sha256:" HEX, WB_TRANSPORT_OCI, "d", NULL, "sha256:" HEX},
        {"oci:me@work/d", WB_TRANSPORT_OCI, "me@work/d", NULL, NULL},
        {"oci:me@work/d@sha256:" HEX, WB_TRANSPORT_OCI, "me@work/d", NULL, "sha256:" HEX},
        {"oci-archive:f.tar:v1", WB_TRANSPORT_OCI_ARCHIVE, "f.tar", "v1", NULL},
        {"docker-archive:f.tar", WB_TRANSPORT_DOCKER_ARCHIVE, "f.tar", NULL, NULL},
        {"docker-archive:f.tar:n:1", WB_TRANSPORT_DOCKER_ARCHIVE, "f.tar", "n:1", NULL},
        {"dir:a:b", WB_TRANSPORT_DIRECTORY, "a:b", NULL, NULL},
        {"-", WB_TRANSPORT_STREAM, NULL, NULL, NULL},
        {"docker://reg.example/a", WB_TRANSPORT_REGISTRY, "reg.example/a", "latest", NULL},
        {"docker://h:5000/a/b-c__d.e:V1.0", WB_TRANSPORT_REGISTRY, "h:5000/a/b-c__d.e", "V1.0",
         NULL},
        {"docker://localhost/a@sha256:" HEX, WB_TRANSPORT_REGISTRY, "localhost/a", NULL,
         "sha256:" HEX},
        {"docker://[::1]:5000/a:_x", WB_TRANSPORT_REGISTRY, "[::1]:5000/a", "_x", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct wb_error err = WB_ERROR_INIT;
        WB_AUTO_VALUE(wb_reference) reference = {0};
        if (!wb_reference_parse(cases[i].text, &reference, &err))
            fail_msg("%s", err.message);
        assert_int_equal(reference.transport, cases[i].transport);
        assert_string_equal(reference.text, cases[i].text);
        assert_text(reference.path, cases[i].path);
        assert_text(reference.tag, cases[i].tag);
        assert_text(reference.digest, cases[i].digest);
    }
}

static void malformed_references_are_usage_errors(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        "oci:",
        "oci::v1",
        "oci:d:",
        "oci:@sha256:" HEX,
        "oci:d@sha256:0123",
        "oci:d:v1@sha256:" HEX,
        "oci-archive:",
        "docker-archive:",
        "docker-archive:f.tar:",
        "dir:",
        "docker://name:tag",
        "docker://",
        "docker://reg.example",
        "docker://reg.example/",
        "docker://reg.example/A",
        "docker://reg.example/a/",
        "docker://reg.example/a..b",
        "docker://reg.example/.a",
        "docker://reg.example/a:",
        "docker://reg.example/a:.x",
        "docker://reg.example/a:v1@sha256:" HEX,
        "docker://reg.example:/a",
        "docker://reg.example:5x/a",
        "docker://u@reg.example/a",
        "docker://reg.example/a%2fb",
        "containers-storage:x",
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct wb_error err = WB_ERROR_INIT;
        struct wb_reference reference;
        if (wb_reference_parse(cases[i], &reference, &err))
            fail_msg("`%s` was accepted", cases[i]);
        assert_int_equal(err.status, WB_USAGE);
        assert_null(reference.text);
    }
}

/* ---- bare paths ---- */

/* A tar of one empty file with this name. */
static void write_tar(const char *path, const char *name)
{
    unsigned char block[512] = {0};
    memcpy(block, name, strlen(name));
    memcpy(block + 124, "00000000000", 11);
    memcpy(block + 148, "        ", 8);
    block[156] = '0';
    memcpy(block + 257, "ustar\00000", 8);
    unsigned sum = 0;
    for (size_t i = 0; i < sizeof block; i++)
        sum += block[i];
    snprintf((char *)block + 148, 7, "%06o", sum);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    static const unsigned char zeros[1024];
    assert_int_equal(fwrite(block, 1, sizeof block, file), sizeof block);
    assert_int_equal(fwrite(zeros, 1, sizeof zeros, file), sizeof zeros);
    fclose(file);
}

static void assert_looked_at(const char *text, enum wb_transport transport, const char *tag)
{
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO_VALUE(wb_reference) reference = {0};
    if (!wb_reference_parse(text, &reference, &err))
        fail_msg("%s", err.message);
    assert_int_equal(reference.transport, transport);
    assert_text(reference.tag, tag);
}

static void bare_paths_are_looked_at(void **state)
{
    (void)state;
    char folder[] = "/tmp/waybill-reference-XXXXXX";
    assert_non_null(mkdtemp(folder));
    char before[4096];
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(folder), 0);
    assert_int_equal(mkdir("rootfs", 0700), 0);
    assert_int_equal(mkdir("layout", 0700), 0);
    write_tar("layout/oci-layout", "x");
    write_tar("oci.tar", "./oci-layout");
    write_tar("docker.tar", "manifest.json");
    write_tar("odd:name.tar", "manifest.json");
    assert_looked_at("rootfs", WB_TRANSPORT_DIRECTORY, NULL);
    assert_looked_at("layout", WB_TRANSPORT_OCI, NULL);
    assert_looked_at("./layout/", WB_TRANSPORT_OCI, NULL);
    assert_looked_at("./layout:v1", WB_TRANSPORT_OCI, "v1");
    assert_looked_at("oci.tar", WB_TRANSPORT_OCI_ARCHIVE, NULL);
    assert_looked_at("docker.tar", WB_TRANSPORT_DOCKER_ARCHIVE, NULL);
    assert_looked_at("docker.tar:n:1", WB_TRANSPORT_DOCKER_ARCHIVE, "n:1");
    assert_looked_at("odd:name.tar", WB_TRANSPORT_DOCKER_ARCHIVE, NULL);
    struct wb_error err = WB_ERROR_INIT;
    struct wb_reference reference;
    assert_false(wb_reference_parse("nowhere", &reference, &err));
    assert_int_equal(err.status, WB_SYSTEM);
    assert_false(wb_reference_parse("./rootfs:v1", &reference, &err));
    assert_int_equal(err.status, WB_BAD_INPUT);
    assert_false(wb_reference_parse("/dev/null", &reference, &err));
    assert_int_equal(err.status, WB_BAD_INPUT);
    assert_int_equal(truncate("oci.tar", 100), 0);
    assert_false(wb_reference_parse("oci.tar", &reference, &err));
    assert_int_equal(err.status, WB_BAD_INPUT);
    static const char *const names[] = {"layout/oci-layout", "oci.tar", "docker.tar",
                                        "odd:name.tar"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        unlink(names[i]);
    rmdir("rootfs");
    rmdir("layout");
    assert_int_equal(chdir(before), 0);
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(transports_are_recognised),
        cmocka_unit_test(malformed_references_are_usage_errors),
        cmocka_unit_test(bare_paths_are_looked_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
