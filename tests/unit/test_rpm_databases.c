/* SPDX-License-Identifier: Apache-2.0 */
/* Real rpm databases of every format give exactly the packages beside them in expected.txt. */
#include "sbom/sbom.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LIMIT ((size_t)256 << 20)

/* One reading of one file. */
struct sample {
    struct wb_buffer bytes;
    struct wb_bom *bom;
    struct wb_database database;
    struct wb_package_list list;
    struct wb_error err;
    bool good;
};

static void data_path(char *path, size_t size, const char *folder, const char *name)
{
    const char *data = getenv("WAYBILL_TEST_DATA");
    snprintf(path, size, "%s/rpmdb/%s/%s", data == NULL ? "../shared/data" : data, folder, name);
}

static bool load(const char *folder, const char *name, struct wb_buffer *bytes)
{
    char path[4096];
    struct wb_error err = WB_ERROR_INIT;
    data_path(path, sizeof path, folder, name);
    return wb_file_read(AT_FDCWD, path, LIMIT, bytes, &err);
}

static void open_sample(struct sample *sample, enum wb_read_depth depth)
{
    sample->bom = wb_bom_new();
    sample->database = (struct wb_database){.path = "var/lib/rpm/x"};
    sample->list = (struct wb_package_list){0};
    sample->err = (struct wb_error)WB_ERROR_INIT;
    sample->good =
        wb_rpm_database_read(wb_buffer_bytes(&sample->bytes), (struct wb_bytes){NULL, 0}, depth, 0,
                             sample->bom, &sample->database, &sample->list, &sample->err);
}

static void close_sample(struct sample *sample)
{
    wb_package_list_clear(&sample->list);
    wb_bom_free(sample->bom);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Sorted lines of name-epoch-version-release.arch. */
static char *render(const struct sample *sample)
{
    size_t count = 0, capacity = 0;
    char **lines = NULL;
    for (size_t i = 0; i < sample->list.count; i++) {
        const struct wb_package *package = sample->list.packages[i];
        char *line = wb_string_format(
            "%s-%lld-%s-%s.%s\n", package->name,
            package->epoch < 0 ? 0LL : (long long)package->epoch, package->version,
            package->release, package->architecture == NULL ? "(none)" : package->architecture);
        WB_APPEND(lines, count, capacity, line);
    }
    for (size_t i = 0; i < sample->bom->trusted_key_count; i++) {
        char *line =
            wb_string_format("gpg-pubkey-0-%s.(none)\n", sample->bom->trusted_keys[i].key_id);
        WB_APPEND(lines, count, capacity, line);
    }
    if (count > 0)
        qsort(lines, count, sizeof *lines, by_text);
    struct wb_buffer text = {0};
    for (size_t i = 0; i < count; i++) {
        wb_buffer_append_text(&text, lines[i]);
        free(lines[i]);
    }
    free(lines);
    return wb_buffer_steal_text(&text);
}

static char *sort_lines(char *text)
{
    size_t count = 0, capacity = 0;
    char **lines = NULL, *rest = NULL;
    for (char *line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest))
        WB_APPEND(lines, count, capacity, line);
    if (count > 0)
        qsort(lines, count, sizeof *lines, by_text);
    struct wb_buffer sorted = {0};
    for (size_t i = 0; i < count; i++)
        wb_buffer_append_format(&sorted, "%s\n", lines[i]);
    free(lines);
    return wb_buffer_steal_text(&sorted);
}

/* Whether the folder holds a database with an expectation. */
static bool check_folder(const char *folder)
{
    static const char *const names[] = {"rpmdb.sqlite", "Packages.db", "Packages"};
    WB_AUTO_VALUE(wb_buffer) expected = {0};
    if (!load(folder, "expected.txt", &expected))
        return false;
    WB_AUTO_STRING expected_text = sort_lines((char *)expected.data);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct sample sample = {0};
        if (!load(folder, names[i], &sample.bytes))
            continue;
        open_sample(&sample, WB_READ_ALL);
        if (!sample.good)
            fail_msg("%s/%s: %s", folder, names[i], sample.err.message);
        for (size_t j = 0; j < sample.bom->finding_count; j++)
            fail_msg("%s/%s: %s", folder, names[i], sample.bom->findings[j].message);
        WB_AUTO_STRING text = render(&sample);
        assert_string_equal(text, expected_text);
        assert_int_equal(sample.database.package_count, sample.list.count);
        close_sample(&sample);
        wb_buffer_clear(&sample.bytes);
        return true;
    }
    return false;
}

static void every_database_gives_what_is_expected_of_it(void **state)
{
    (void)state;
    char path[4096];
    data_path(path, sizeof path, "", "");
    DIR *directory = opendir(path);
    if (directory == NULL) {
        print_message("SKIPPED: no test data at %s (set WAYBILL_TEST_DATA)\n", path);
        skip();
        return;
    }
    size_t count = 0;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;)
        if (entry->d_name[0] != '.')
            count += check_folder(entry->d_name) ? 1 : 0;
    closedir(directory);
    print_message("%zu databases\n", count);
    assert_true(count > 0);
}

static void refused(const char *folder, const char *name, const char *reason)
{
    struct sample sample = {0};
    if (!load(folder, name, &sample.bytes)) {
        print_message("SKIPPED: no rpmdb/%s/%s in the test data (set WAYBILL_TEST_DATA)\n", folder,
                      name);
        skip();
        return;
    }
    open_sample(&sample, WB_READ_ALL);
    assert_false(sample.good);
    assert_int_equal(sample.err.status, WB_BAD_INPUT);
    assert_non_null(strstr(sample.err.message, reason));
    close_sample(&sample);
    wb_buffer_clear(&sample.bytes);
}

static void old_hash_is_refused_with_the_reason(void **state)
{
    (void)state;
    refused("mx28-rpm4-bdb8", "Packages", "hash version 7 is not supported");
}

static void btree_is_refused_with_the_reason(void **state)
{
    (void)state;
    refused("yocto-rpm5", "Packages", "btree");
}

static void database_without_the_table_is_empty(void **state)
{
    (void)state;
    struct sample sample = {0};
    if (!load("claircore", "no_packages.sqlite", &sample.bytes)) {
        print_message("SKIPPED: no test data (set WAYBILL_TEST_DATA)\n");
        skip();
        return;
    }
    open_sample(&sample, WB_READ_ALL);
    assert_true(sample.good);
    assert_int_equal(sample.list.count, 0);
    assert_int_equal(sample.database.unreadable_count, 0);
    close_sample(&sample);
    wb_buffer_clear(&sample.bytes);
}

static const struct wb_package *find(const struct sample *sample, const char *name)
{
    for (size_t i = 0; i < sample->list.count; i++)
        if (strcmp(sample->list.packages[i]->name, name) == 0)
            return sample->list.packages[i];
    fail_msg("no package %s", name);
    return NULL;
}

static const struct wb_owned_file *find_file(const struct wb_package *package, const char *path)
{
    for (size_t i = 0; i < package->owned_file_count; i++)
        if (strcmp(package->owned_files[i].path, path) == 0)
            return &package->owned_files[i];
    fail_msg("no file %s", path);
    return NULL;
}

/* Measured with rpm itself; see the facts beside the data. */
static void fields_of_a_real_package(void **state)
{
    (void)state;
    struct sample sample = {0};
    if (!load("cbl-mariner-2.0", "rpmdb.sqlite", &sample.bytes)) {
        print_message("SKIPPED: no test data (set WAYBILL_TEST_DATA)\n");
        skip();
        return;
    }
    open_sample(&sample, WB_READ_ALL);
    assert_true(sample.good);
    const struct wb_package *bash = find(&sample, "bash");
    assert_string_equal(bash->evr, "5.1.8-1.cm2");
    assert_int_equal(bash->epoch, -1);
    assert_string_equal(bash->licence_declared, "GPLv3");
    assert_string_equal(bash->licence, "GPL-3.0-only");
    assert_string_equal(bash->supplier, "Microsoft Corporation");
    assert_string_equal(bash->source_rpm, "bash-5.1.8-1.cm2.src.rpm");
    assert_string_equal(bash->source_name, "bash");
    assert_string_equal(bash->source_version, "5.1.8-1.cm2");
    assert_string_equal(bash->signature_key_id, "0cd9fed33135ce90");
    assert_true(wb_text_starts_with(bash->signature_description, "RSA/SHA256, 2022-"));
    assert_null(bash->modularity_label);
    assert_int_equal(bash->header_sha256.algorithm, WB_DIGEST_SHA256);
    assert_int_equal(bash->signature_md5.algorithm, WB_DIGEST_MD5);
    assert_true(bash->has_install_time);
    const struct wb_owned_file *file = find_file(bash, "/bin/bash");
    assert_int_equal(file->digest.algorithm, WB_DIGEST_SHA256);
    assert_int_equal(file->mode, 0100755);
    assert_string_equal(file->user, "root");
    assert_true(file->size > 0);
    close_sample(&sample);
    wb_buffer_clear(&sample.bytes);
}

/* Wherever the file ends: refused, or the packages that are missing are spoken of. */
static void cut_databases(void **state)
{
    (void)state;
    static const char *const files[][2] = {{"rpm-upstream-test", "rpmdb.sqlite"},
                                           {"libuuid", "Packages"},
                                           {"sle15-bci", "Packages.db"}};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        struct sample sample = {0};
        if (!load(files[i][0], files[i][1], &sample.bytes)) {
            print_message("SKIPPED: no test data (set WAYBILL_TEST_DATA)\n");
            skip();
            return;
        }
        open_sample(&sample, WB_READ_IDENTITY);
        size_t whole = sample.list.count, size = sample.bytes.size;
        close_sample(&sample);
        for (size_t part = 1; part < 8; part++) {
            sample.bytes.size = size * part / 8;
            open_sample(&sample, WB_READ_ALL);
            if (sample.good && sample.list.count < whole)
                assert_true(sample.bom->finding_count > 0);
            close_sample(&sample);
        }
        wb_buffer_clear(&sample.bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_database_gives_what_is_expected_of_it),
        cmocka_unit_test(old_hash_is_refused_with_the_reason),
        cmocka_unit_test(btree_is_refused_with_the_reason),
        cmocka_unit_test(database_without_the_table_is_empty),
        cmocka_unit_test(fields_of_a_real_package),
        cmocka_unit_test(cut_databases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
