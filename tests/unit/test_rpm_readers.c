/* SPDX-License-Identifier: Apache-2.0 */
/* rpm headers and databases made by tests/fuzz/make_corpus_rpm.py: fields, damage, refusals. */
#include "sbom/rpm_private.h"
#include "sbom/sbom.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LIMIT ((size_t)1 << 20)

struct sample {
    struct wb_buffer bytes;
    struct wb_bom *bom;
    struct wb_database database;
    struct wb_package_list list;
    struct wb_error err;
    bool good;
};

static struct sample load(const char *name)
{
    struct sample sample = {.bom = wb_bom_new(), .database = {.path = "var/lib/rpm/x"}};
    WB_AUTO_STRING path = wb_string_format("tests/fuzz/corpus/%s", name);
    struct wb_error err = WB_ERROR_INIT;
    if (!wb_file_read(AT_FDCWD, path, LIMIT, &sample.bytes, &err))
        fail_msg("%s", err.message);
    return sample;
}

static void sample_clear(struct sample *sample)
{
    wb_package_list_clear(&sample->list);
    wb_bom_free(sample->bom);
    wb_buffer_clear(&sample->bytes);
}
#define AUTO_SAMPLE __attribute__((cleanup(sample_clear))) struct sample

static struct sample decode(const char *name)
{
    struct sample sample = load(name);
    sample.good = wb_rpm_header_decode(wb_buffer_bytes(&sample.bytes), WB_READ_ALL, sample.bom,
                                       &sample.list, &sample.err);
    return sample;
}

static struct sample read_database(const char *name)
{
    struct sample sample = load(name);
    struct wb_bytes bytes = wb_buffer_bytes(&sample.bytes), wal = {NULL, 0};
    if (strstr(name, "sqlite") != NULL) {
        uint32_t size;
        assert_true(wb_bytes_u32le(bytes, 0, &size));
        size = size < bytes.size - 4 ? size : (uint32_t)bytes.size - 4;
        wal = (struct wb_bytes){bytes.data + 4 + size, bytes.size - 4 - size};
        bytes = (struct wb_bytes){bytes.data + 4, size};
    }
    sample.good = wb_rpm_database_read(bytes, wal, WB_READ_ALL, 0, sample.bom, &sample.database,
                                       &sample.list, &sample.err);
    return sample;
}

/* ---- headers ---- */

static void assert_identity(const struct wb_package *package)
{
    assert_string_equal(package->name, "alpha");
    assert_string_equal(package->evr, "2:1.0-1");
    assert_int_equal(package->epoch, 2);
    assert_string_equal(package->version, "1.0");
    assert_string_equal(package->release, "1");
    assert_string_equal(package->architecture, "noarch");
    assert_string_equal(package->source_rpm, "alpha-1.0-1.src.rpm");
    assert_string_equal(package->source_name, "alpha");
    assert_string_equal(package->source_version, "1.0-1");
    assert_string_equal(package->licence_declared, "GPLv2+ and MIT");
    assert_string_equal(package->licence, "GPL-2.0-or-later AND MIT");
    assert_int_equal(package->header_sha256.algorithm, WB_DIGEST_SHA256);
    assert_int_equal(package->header_sha256.bytes[31], 0xab);
    assert_int_equal(package->signature_md5.algorithm, WB_DIGEST_MD5);
}

static void assert_relation(const struct wb_package *package, size_t index,
                            enum wb_relation_kind kind, const char *name, const char *comparison,
                            const char *version)
{
    assert_true(index < package->relation_count);
    const struct wb_relation *relation = &package->relations[index];
    assert_int_equal(relation->kind, kind);
    assert_int_equal(relation->group, index);
    assert_string_equal(relation->name, name);
    if (comparison == NULL) {
        assert_null(relation->comparison);
        assert_null(relation->version);
        return;
    }
    assert_string_equal(relation->comparison, comparison);
    assert_string_equal(relation->version, version);
}

static void everything_of_a_header(void **state)
{
    (void)state;
    AUTO_SAMPLE sample = decode("rpm_header/full");
    assert_true(sample.good);
    const struct wb_package *package = sample.list.packages[0];
    assert_identity(package);
    assert_string_equal(package->summary, "a package");
    assert_string_equal(package->description, "Two\nlines.");
    assert_string_equal(package->supplier, "Vendor");
    assert_string_equal(package->homepage, "https://alpha.example/");
    assert_string_equal(package->modularity_label, "nodejs:18:1:rhel9");
    assert_true(package->has_install_time);
    assert_int_equal(package->install_time, 1600000001);
    assert_int_equal(package->installed_size, 12345);
    assert_string_equal(package->signature_key_id, "0001020304050607");
    assert_string_equal(package->signature_description,
                        "EdDSA/SHA256, 2020-09-13T12:26:40Z, Key ID 0001020304050607");
    assert_relation(package, 0, WB_RELATION_DEPENDS, "beta", ">=", "3");
    assert_relation(package, 1, WB_RELATION_DEPENDS, "rpmlib(A)", "<=", "4.0-1");
    assert_relation(package, 2, WB_RELATION_DEPENDS, "(a if b)", NULL, NULL);
    assert_relation(package, 3, WB_RELATION_PROVIDES, "alpha", "=", "1.0-1");
    assert_relation(package, 4, WB_RELATION_PROVIDES, "greek", NULL, NULL);
    assert_int_equal(package->relation_count, 5);
    assert_int_equal(sample.bom->finding_count, 0);
}

static void put(const struct wb_rpm_header *header, rpmTagVal name, const char *const *names,
                const uint32_t *flags, unsigned count)
{
    static const char *const versions[] = {"", "1.0"};
    assert_true(count <= 2 &&
                wb_rpm_header_put(header, name, RPM_STRING_ARRAY_TYPE, names, count) &&
                wb_rpm_header_put(header, name + 1, RPM_STRING_ARRAY_TYPE, versions, count) &&
                wb_rpm_header_put(header, name + 2, RPM_INT32_TYPE, flags, count));
}

/* Before rpm had tags for them: 1 << 27 tells Recommends from Suggests. */
static void weak_dependencies_of_old_headers(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "b"};
    static const uint32_t flags[] = {1U << 27, 1U << 3};
    for (int has_newer = 0; has_newer < 2; has_newer++) {
        WB_AUTO(wb_bom) *bom = wb_bom_new();
        WB_AUTO_VALUE(wb_rpm_header) header = {0};
        struct wb_error err = WB_ERROR_INIT;
        assert_true(wb_rpm_header_make(&header, &err));
        put(&header, RPMTAG_OLDSUGGESTSNAME, names, flags, 2);
        put(&header, RPMTAG_OLDENHANCESNAME, names, flags, 2);
        if (has_newer == 1)
            put(&header, RPMTAG_RECOMMENDNAME, names + 1, flags + 1, 1);
        struct wb_package *package = wb_bom_new_package(bom, WB_PACKAGE_RPM);
        assert_true(wb_rpm_relations_read(&header, bom, package, &err));
        assert_int_equal(package->relation_count, has_newer == 1 ? 3 : 4);
        assert_int_equal(package->relations[0].kind, WB_RELATION_RECOMMENDS);
        assert_string_equal(package->relations[0].name, has_newer == 1 ? "b" : "a");
        const struct wb_relation *last = &package->relations[package->relation_count - 1];
        assert_int_equal(last[-1].kind, WB_RELATION_SUPPLEMENTS);
        assert_int_equal(last->kind, WB_RELATION_ENHANCES);
        assert_string_equal(last->comparison, "=");
        assert_string_equal(last->version, "1.0");
    }
}

static void files_of_a_header(void **state)
{
    (void)state;
    AUTO_SAMPLE sample = decode("rpm_header/full");
    const struct wb_package *package = sample.list.packages[0];
    assert_int_equal(package->owned_file_count, 3);
    const struct wb_owned_file *files = package->owned_files;
    assert_string_equal(files[0].path, "/usr/bin/a");
    assert_int_equal(files[0].digest.algorithm, WB_DIGEST_SHA256);
    assert_int_equal(files[0].digest.bytes[0], 0xab);
    assert_int_equal(files[0].mode, 0100755);
    assert_int_equal(files[0].size, 1);
    assert_int_equal(files[0].flags, 0);
    assert_string_equal(files[0].capabilities, "=ep");
    assert_string_equal(files[1].path, "/etc/b.conf");
    assert_int_equal(files[1].flags, WB_OWNED_CONFIG | WB_OWNED_NOT_INSTALLED);
    assert_string_equal(files[1].group, "wheel");
    assert_null(files[1].capabilities);
    assert_string_equal(files[2].path, "/usr/bin/c");
    assert_string_equal(files[2].link_target, "a");
    assert_int_equal(files[2].flags, WB_OWNED_GHOST | WB_OWNED_NOT_INSTALLED);
    assert_int_equal(files[2].digest.algorithm, WB_DIGEST_NONE);
}

static void headers_of_every_age(void **state)
{
    (void)state;
    AUTO_SAMPLE old = decode("rpm_header/old-file-names");
    assert_true(old.good);
    assert_string_equal(old.list.packages[0]->owned_files[1].path, "/b");
    AUTO_SAMPLE plain = decode("rpm_header/without-region");
    assert_true(plain.good);
    assert_identity(plain.list.packages[0]);
    AUTO_SAMPLE large = decode("rpm_header/long-sizes");
    assert_true(large.good);
    assert_true(large.list.packages[0]->installed_size == (int64_t)1 << 40);
    assert_true(large.list.packages[0]->owned_files[1].size == (int64_t)1 << 40);
}

static void signatures_of_every_version(void **state)
{
    (void)state;
    AUTO_SAMPLE three = decode("rpm_header/signature-3");
    assert_string_equal(three.list.packages[0]->signature_description,
                        "RSA/SHA256, 2020-09-13T12:26:40Z, Key ID 0001020304050607");
    AUTO_SAMPLE six = decode("rpm_header/signature-6");
    assert_string_equal(six.list.packages[0]->signature_description,
                        "Ed25519/SHA512, 2020-09-13T12:26:40Z, Key ID 0001020304050607");
    AUTO_SAMPLE broken = decode("rpm_header/signature-broken");
    assert_true(broken.good);
    assert_null(broken.list.packages[0]->signature_key_id);
    assert_string_equal(broken.list.packages[0]->signature_description,
                        "(not an OpenPGP signature)");
}

static void trusted_keys_are_no_packages(void **state)
{
    (void)state;
    AUTO_SAMPLE sample = decode("rpm_header/key");
    assert_true(sample.good);
    assert_int_equal(sample.list.count, 0);
    assert_int_equal(sample.bom->trusted_key_count, 1);
    assert_string_equal(sample.bom->trusted_keys[0].key_id, "0123abcd-4567cdef");
    assert_non_null(sample.bom->trusted_keys[0].armoured);
}

static void malformed_headers_are_refused(void **state)
{
    (void)state;
    static const char *const names[] = {"fewer-digests", "bad-directory", "fewer-versions",
                                        "wrong-type",    "bad-region",    "unterminated",
                                        "cut",           "not-utf-8"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        WB_AUTO_STRING path = wb_string_format("rpm_header/%s", names[i]);
        AUTO_SAMPLE sample = decode(path);
        if (sample.good)
            fail_msg("%s was read", names[i]);
        assert_int_equal(sample.err.status, WB_BAD_INPUT);
        assert_int_equal(sample.list.count, 0);
    }
}

static void bad_file_digest_is_spoken_of(void **state)
{
    (void)state;
    AUTO_SAMPLE sample = decode("rpm_header/bad-digest");
    assert_true(sample.good);
    assert_int_equal(sample.list.packages[0]->owned_file_count, 3);
    assert_int_equal(sample.bom->finding_count, 1);
    assert_string_equal(sample.bom->findings[0].code, "file-digest-unreadable");
}

/* ---- databases ---- */

static void assert_database(const char *name, size_t packages, size_t unreadable)
{
    AUTO_SAMPLE sample = read_database(name);
    if (!sample.good)
        fail_msg("%s: %s", name, sample.err.message);
    if (sample.list.count != packages || sample.database.unreadable_count != unreadable)
        fail_msg("%s: %zu packages, %zu unreadable", name, sample.list.count,
                 sample.database.unreadable_count);
    assert_int_equal(sample.database.package_count, packages);
    assert_int_equal(sample.bom->finding_count, unreadable);
    for (size_t i = 0; i < packages; i++)
        assert_identity(sample.list.packages[i]);
}

static void databases_whole_and_damaged(void **state)
{
    (void)state;
    assert_database("rpm_ndb/two", 2, 0);
    assert_database("rpm_ndb/empty", 0, 0);
    assert_database("rpm_ndb/damaged", 1, 1);
    assert_database("rpm_ndb/same-blob-twice", 1, 1);
    assert_database("rpm_ndb/cut", 1, 1);
    assert_database("rpm_bdb/little", 2, 0);
    assert_database("rpm_bdb/big", 2, 0);
    assert_database("rpm_bdb/version-8", 1, 0);
    assert_database("rpm_bdb/inline", 1, 0);
    assert_database("rpm_bdb/circle", 1, 1);
    assert_database("rpm_bdb/cut", 1, 1);
    assert_database("rpm_sqlite/one", 1, 0);
    assert_database("rpm_sqlite/log", 2, 0);
    assert_database("rpm_sqlite/log-cut", 2, 0);
    assert_database("rpm_sqlite/no-table", 0, 0);
}

static void assert_refused(const char *name, const char *reason)
{
    AUTO_SAMPLE sample = read_database(name);
    if (sample.good)
        fail_msg("%s was read", name);
    assert_int_equal(sample.err.status, WB_BAD_INPUT);
    if (strstr(sample.err.message, reason) == NULL)
        fail_msg("%s: %s", name, sample.err.message);
}

static void databases_that_are_refused(void **state)
{
    (void)state;
    assert_refused("rpm_bdb/version-7", "hash version 7 is not supported");
    assert_refused("rpm_sqlite/view", "neither a table nor an index: Packages");
    assert_refused("rpm_sqlite/generated", "a generated column: blob");
    assert_refused("rpm_sqlite/text", "it has no header");
    assert_refused("rpm_sqlite/cut", "malformed");
    assert_refused("rpm_header/small", "neither sqlite, NDB nor Berkeley DB");
}

/* ---- manifests ---- */

static void manifest_lines(void **state)
{
    (void)state;
    static const char text[] =
        "bash\t5.1-1\t16\t15\tMicrosoft\t(none)\t7\tx86_64\t0\tbash-5.1-1.src.rpm\n"
        "half\ta line\n"
        "zlib\t1-2\t16\tx\t(none)\t3\t7\t(none)\t3\t(none)";
    AUTO_SAMPLE sample = {.bom = wb_bom_new(), .database = {.path = "m"}};
    struct wb_bytes bytes = {(const uint8_t *)text, strlen(text)};
    assert_true(wb_rpm_manifest_read(bytes, WB_READ_ALL, 0, sample.bom, &sample.database,
                                     &sample.list, &sample.err));
    assert_int_equal(sample.list.count, 2);
    assert_int_equal(sample.database.unreadable_count, 1);
    assert_non_null(strstr(sample.bom->findings[0].message, "line 2: fewer than ten fields"));
    const struct wb_package *bash = sample.list.packages[0], *zlib = sample.list.packages[1];
    assert_string_equal(bash->evr, "5.1-1");
    assert_string_equal(bash->release, "1");
    assert_int_equal(bash->epoch, -1);
    assert_int_equal(bash->installed_size, 7);
    assert_string_equal(bash->source_name, "bash");
    assert_string_equal(zlib->evr, "3:1-2");
    assert_null(zlib->architecture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_of_a_header),
        cmocka_unit_test(weak_dependencies_of_old_headers),
        cmocka_unit_test(files_of_a_header),
        cmocka_unit_test(headers_of_every_age),
        cmocka_unit_test(signatures_of_every_version),
        cmocka_unit_test(trusted_keys_are_no_packages),
        cmocka_unit_test(malformed_headers_are_refused),
        cmocka_unit_test(bad_file_digest_is_spoken_of),
        cmocka_unit_test(databases_whole_and_damaged),
        cmocka_unit_test(databases_that_are_refused),
        cmocka_unit_test(manifest_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
