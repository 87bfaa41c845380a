/* SPDX-License-Identifier: Apache-2.0 */
/* dpkg's status file: stanzas, identity, relations, descriptive fields, damage. */
#include "sbom/sbom.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct reading {
    struct wb_bom *bom;
    struct wb_database database;
    struct wb_package_list list;
};

static struct reading read_bytes(const void *data, size_t size, bool is_status_d,
                                 enum wb_read_depth depth)
{
    struct wb_error err = WB_ERROR_INIT;
    struct reading reading = {.bom = wb_bom_new()};
    reading.database = (struct wb_database){.kind = WB_PACKAGE_DEB, .path = "var/lib/dpkg/status"};
    /* On the heap, so that the sanitizer sees a byte read too far. */
    uint8_t *copy = malloc(size + 1);
    assert_non_null(copy);
    memcpy(copy, data, size);
    copy = realloc(copy, size == 0 ? 1 : size);
    assert_non_null(copy);
    if (!wb_dpkg_status_read((struct wb_bytes){copy, size}, is_status_d, depth, 2, reading.bom,
                             &reading.database, &reading.list, &err))
        fail_msg("%s", err.message);
    free(copy);
    return reading;
}

static struct reading read_text(const char *text)
{
    return read_bytes(text, strlen(text), false, WB_READ_ALL);
}

static void finish(struct reading *reading)
{
    wb_package_list_clear(&reading->list);
    wb_bom_free(reading->bom);
}

static const struct wb_package *only(const struct reading *reading)
{
    assert_int_equal(reading->list.count, 1);
    return reading->list.packages[0];
}

#define HEAD "Package: p\nStatus: install ok installed\n"

static void whole_stanza(void **state)
{
    (void)state;
    struct reading reading = read_text(
        "Package: libfoo\nEssential: yes\nStatus: install ok installed\nPriority: optional\n"
        "Section: libs\nInstalled-Size: 12\nMaintainer: Erika Muster <erika@example.org>\n"
        "Architecture: amd64\nMulti-Arch: same\nSource: foo (1:2.0-1)\nVersion: 1:2.0-1+b2\n"
        "Homepage: https://foo.example/\nDescription: does foo\n  indented\n .\n last line\n");
    const struct wb_package *package = only(&reading);
    assert_string_equal(package->name, "libfoo");
    assert_int_equal(package->kind, WB_PACKAGE_DEB);
    assert_int_equal(package->state, WB_STATE_INSTALLED);
    assert_int_equal(package->epoch, 1);
    assert_string_equal(package->version, "2.0");
    assert_string_equal(package->release, "1+b2");
    assert_string_equal(package->evr, "1:2.0-1+b2");
    assert_string_equal(package->architecture, "amd64");
    assert_string_equal(package->source_name, "foo");
    assert_string_equal(package->source_version, "1:2.0-1");
    assert_string_equal(package->supplier, "Erika Muster");
    assert_string_equal(package->supplier_email, "erika@example.org");
    assert_true(package->supplier_is_person);
    assert_true(package->essential);
    assert_int_equal(package->installed_size, 12288);
    assert_string_equal(package->section, "libs");
    assert_string_equal(package->priority, "optional");
    assert_string_equal(package->homepage, "https://foo.example/");
    assert_string_equal(package->summary, "does foo");
    assert_string_equal(package->description, " indented\n\nlast line");
    assert_string_equal(reading.database.format, "dpkg-status");
    assert_int_equal(reading.bom->finding_count, 0);
    finish(&reading);
}

static void versions(void **state)
{
    (void)state;
    static const struct {
        const char *text, *evr, *version, *release;
        int epoch;
    } good[] = {
        {"1", "1", "1", NULL, -1},
        {"1-2", "1-2", "1", "2", -1},
        {"0:1-2-3", "1-2-3", "1-2", "3", 0},
        {"7:1:2-3", "7:1:2-3", "1:2", "3", 7},
        {"0:1:2", "0:1:2", "1:2", NULL, 0},
        {"2147483647:1", "2147483647:1", "1", NULL, 2147483647},
        {"  1~rc1+dfsg-1.1  ", "1~rc1+dfsg-1.1", "1~rc1+dfsg", "1.1", -1},
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        WB_AUTO_STRING text = wb_string_format(HEAD "Version: %s\n", good[i].text);
        struct reading reading = read_text(text);
        const struct wb_package *package = only(&reading);
        assert_string_equal(package->evr, good[i].evr);
        assert_string_equal(package->version, good[i].version);
        if (good[i].release == NULL)
            assert_null(package->release);
        else
            assert_string_equal(package->release, good[i].release);
        assert_int_equal(package->epoch, good[i].epoch);
        assert_string_equal(package->source_version, good[i].evr);
        finish(&reading);
    }
    static const char *const bad[] = {"",   "1-",           ":1",  "a:1", "-1:1",
                                      "1:", "2147483648:1", "1 2", "-1"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        WB_AUTO_STRING text = wb_string_format(HEAD "Version: %s\n", bad[i]);
        struct reading reading = read_text(text);
        assert_int_equal(reading.list.count, 0);
        assert_int_equal(reading.database.unreadable_count, 1);
        assert_string_equal(reading.bom->findings[0].code, "package-unreadable");
        assert_int_equal(reading.bom->findings[0].layer, 2);
        finish(&reading);
    }
}

static void states(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum wb_package_state state;
    } known[] = {
        {"install ok installed", WB_STATE_INSTALLED},
        {"deinstall ok installed", WB_STATE_INSTALLED},
        {"hold ok triggers-awaited", WB_STATE_INSTALLED},
        {"install ok triggers-pending", WB_STATE_INSTALLED},
        {"install ok unpacked", WB_STATE_UNPACKED},
        {"Install OK Half-Configured", WB_STATE_HALF_CONFIGURED},
        {"install reinstreq half-installed", WB_STATE_HALF_INSTALLED},
        {"purge ok config-files", WB_STATE_CONFIG_FILES},
        {"unknown  ok\tnot-installed", WB_STATE_NOT_INSTALLED},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        WB_AUTO_STRING text =
            wb_string_format("Package: p\nStatus: %s\nVersion: 1\n", known[i].text);
        struct reading reading = read_text(text);
        assert_int_equal(only(&reading)->state, known[i].state);
        finish(&reading);
    }
    static const char *const unknown[] = {"", "installed", "install ok", "install ok whatever",
                                          "install ok installed too"};
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        WB_AUTO_STRING text = wb_string_format("Package: p\nStatus: %s\nVersion: 1\n", unknown[i]);
        struct reading reading = read_text(text);
        assert_int_equal(reading.list.count, 0);
        assert_int_equal(reading.database.unreadable_count, 1);
        finish(&reading);
    }
    struct reading never = read_text("Package: p\nStatus: unknown ok not-installed\n");
    assert_int_equal(never.list.count, 0);
    assert_int_equal(never.database.unreadable_count, 0);
    finish(&never);
    struct reading residue =
        read_text("Package: p\nStatus: deinstall ok config-files\nConfig-Version: 3-1\n");
    assert_string_equal(only(&residue)->evr, "3-1");
    finish(&residue);
}

static void status_d_needs_no_status(void **state)
{
    (void)state;
    static const char text[] = "Package: p\nVersion: 1\n\nPackage: q\nVersion: 2\n"
                               "Status: deinstall ok config-files\n";
    struct reading reading = read_bytes(text, sizeof text - 1, true, WB_READ_ALL);
    assert_int_equal(reading.list.count, 2);
    assert_int_equal(reading.list.packages[0]->state, WB_STATE_INSTALLED);
    assert_int_equal(reading.list.packages[1]->state, WB_STATE_CONFIG_FILES);
    assert_string_equal(reading.database.format, "dpkg-status.d");
    finish(&reading);
}

static void odd_but_legal(void **state)
{
    (void)state;
    struct reading reading = read_text("\n\n \nPACKAGE : Upper\nsTATUS:install ok installed\n"
                                       "VERSION:\n 1\nX: a\n \n continues\n\n\n"
                                       "Package: p\r\nStatus: install ok installed\r\n"
                                       "Version: 2\r\nDescription: a\r\n b\r\n\r\n"
                                       "Package: q\nStatus: install ok installed\nVersion: 3\n"
                                       "  \nPackage: last\nVersion: 4\n"
                                       "Status: install ok installed");
    assert_int_equal(reading.database.unreadable_count, 0);
    assert_int_equal(reading.list.count, 4);
    assert_string_equal(reading.list.packages[0]->name, "upper");
    assert_string_equal(reading.list.packages[0]->evr, "1");
    assert_string_equal(reading.list.packages[1]->description, "b");
    assert_string_equal(reading.list.packages[2]->name, "q");
    assert_string_equal(reading.list.packages[3]->name, "last");
    assert_null(reading.list.packages[3]->architecture);
    finish(&reading);
}

static void damage_is_of_one_stanza(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } bad[] = {
        {"Status: install ok installed\nVersion: 1\n", "no Package"},
        {"Package:\nStatus: install ok installed\nVersion: 1\n", "no Package"},
        {"Package: a/b\nStatus: install ok installed\nVersion: 1\n", "package name"},
        {HEAD, "no Version"},
        {HEAD "Version 1\n", "no field in line 7 (`Version 1`)"},
        {" orphan\n" HEAD "Version: 1\n", "continuation"},
        {HEAD "Version: 1\nversion: 2\n", "twice"},
        {HEAD "Version: 1\n: x\n", "no field"},
        {HEAD "Version: 1\n-a: x\n", "no field"},
    };
    static const char first[] = "Package: first\nStatus: install ok installed\nVersion: 1\n\n";
    static const char last[] = "\nPackage: last\nStatus: install ok installed\nVersion: 1\n";
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        WB_AUTO_STRING text = wb_string_format("%s%s%s", first, bad[i].text, last);
        struct reading reading = read_text(text);
        assert_int_equal(reading.list.count, 2);
        assert_int_equal(reading.database.unreadable_count, 1);
        assert_int_equal(reading.bom->finding_count, 1);
        if (strstr(reading.bom->findings[0].message, bad[i].says) == NULL)
            fail_msg("`%s` does not say `%s`", reading.bom->findings[0].message, bad[i].says);
        finish(&reading);
    }
}

static void nul_bytes(void **state)
{
    (void)state;
    static const char text[] = HEAD "Version: 1\nX: \0\n\nPackage: q\nVersion: 1\n"
                                    "Status: install ok installed\n";
    struct reading reading = read_bytes(text, sizeof text - 1, false, WB_READ_ALL);
    assert_string_equal(only(&reading)->name, "q");
    assert_int_equal(reading.database.unreadable_count, 1);
    finish(&reading);
    static const char zeros[4096];
    struct reading nothing = read_bytes(zeros, sizeof zeros, false, WB_READ_ALL);
    assert_int_equal(nothing.list.count, 0);
    assert_int_equal(nothing.database.unreadable_count, 1);
    finish(&nothing);
}

static void package_listed_twice(void **state)
{
    (void)state;
    struct reading reading = read_text(HEAD "Version: 1\nArchitecture: amd64\n\n" HEAD
                                            "Version: 1\nArchitecture: i386\n\n" HEAD
                                            "Version: 2\nArchitecture: amd64\n");
    assert_int_equal(reading.list.count, 3);
    assert_int_equal(reading.bom->finding_count, 1);
    assert_string_equal(reading.bom->findings[0].code, "package-listed-twice");
    finish(&reading);
}

static void findings_are_bounded(void **state)
{
    (void)state;
    WB_AUTO_VALUE(wb_buffer) text = {0};
    for (int i = 0; i < 5000; i++)
        wb_buffer_append_text(&text, "x\n\n");
    struct reading reading = read_bytes(text.data, text.size, false, WB_READ_ALL);
    assert_int_equal(reading.database.unreadable_count, 5000);
    assert_int_equal(reading.bom->finding_count, 101);
    assert_non_null(strstr(reading.bom->findings[100].message, "4900 more"));
    finish(&reading);
    struct reading identity = read_bytes(text.data, text.size, false, WB_READ_IDENTITY);
    assert_int_equal(identity.bom->finding_count, 0);
    finish(&identity);
}

static void assert_relation(const struct wb_package *package, size_t index, size_t group,
                            const char *text)
{
    const struct wb_relation *relation = &package->relations[index];
    WB_AUTO_STRING found = wb_string_format(
        "%s %s%s%s%s%s%s%s", wb_relation_kind_name(relation->kind), relation->name,
        relation->architecture == NULL ? "" : ":",
        relation->architecture == NULL ? "" : relation->architecture,
        relation->comparison == NULL ? "" : " ",
        relation->comparison == NULL ? "" : relation->comparison,
        relation->version == NULL ? "" : " ", relation->version == NULL ? "" : relation->version);
    assert_string_equal(found, text);
    assert_int_equal(relation->group, group);
}

static void relations(void **state)
{
    (void)state;
    struct reading reading = read_text(
        HEAD "Version: 1\nDepends: a (>= 1:1.0-1) , b|c (<<2) | d:any,e:amd64 (= 3) [!i386] <!x>,\n"
             "Pre-Depends:\n f,\n g (> 1)\nRecommends: h (<1)\nSuggests: i (>>1)\n"
             "Provides: j (= 1)\nConflicts: k\nBreaks: l\nReplaces: m\nEnhances: n\n");
    const struct wb_package *package = only(&reading);
    static const struct {
        size_t group;
        const char *text;
    } expected[] = {{0, "depends a >= 1:1.0-1"}, {1, "depends b"},           {1, "depends c < 2"},
                    {1, "depends d:any"},        {4, "depends e:amd64 = 3"}, {5, "pre-depends f"},
                    {6, "pre-depends g >= 1"},   {7, "recommends h <= 1"},   {8, "suggests i > 1"},
                    {9, "provides j = 1"},       {10, "conflicts k"},        {11, "breaks l"},
                    {12, "replaces m"}};
    assert_int_equal(package->relation_count, sizeof expected / sizeof expected[0]);
    for (size_t i = 0; i < package->relation_count; i++)
        assert_relation(package, i, expected[i].group, expected[i].text);
    assert_int_equal(reading.bom->finding_count, 0);
    finish(&reading);
}

static void malformed_relations_are_reported(void **state)
{
    (void)state;
    static const char *const bad[] = {"b c", "b (1",    "b (>= )", "b (=> 1)", "(>= 1)", "b:",
                                      "b)",  "b (>> 1", "/b",      "b [x",     "| b |",  ",b"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        WB_AUTO_STRING text = wb_string_format(HEAD "Version: 1\nDepends: %s, good\n", bad[i]);
        struct reading reading = read_text(text);
        const struct wb_package *package = only(&reading);
        assert_true(package->relation_count >= 1);
        assert_string_equal(package->relations[package->relation_count - 1].name, "good");
        assert_int_equal(reading.bom->finding_count, 1);
        assert_string_equal(reading.bom->findings[0].code, "package-field-unreadable");
        finish(&reading);
    }
}

static void maintainers(void **state)
{
    (void)state;
    static const struct {
        const char *text, *name, *email;
        bool is_person;
    } cases[] = {
        {"Santiago Vila <sanvila@debian.org>", "Santiago Vila", "sanvila@debian.org", true},
        {"APT Development Team <deity@lists.debian.org>", "APT Development Team",
         "deity@lists.debian.org", false},
        {"Ubuntu Developers <ubuntu-devel-discuss@lists.ubuntu.com>", "Ubuntu Developers",
         "ubuntu-devel-discuss@lists.ubuntu.com", false},
        {"\"Adam C. Powell, IV\" <a@debian.org>", "Adam C. Powell, IV", "a@debian.org", true},
        {"Some Body <x@packages.debian.org>", "Some Body", "x@packages.debian.org", false},
        {"Teamus Groupier <t@example.org>", "Teamus Groupier", "t@example.org", false},
        {"Microsoft <m@example.org>", "Microsoft", "m@example.org", false},
        {"who@example.org", "who@example.org", "who@example.org", false},
        {"<who@example.org>", "who@example.org", "who@example.org", false},
        {"Jane Doe", "Jane Doe", NULL, true},
        {"Jane Doe <jane@example.org", "Jane Doe", "jane@example.org", true},
        {"Jos\xe9 X <j@example.org>", "Jos\\xe9 X", "j@example.org", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        WB_AUTO_STRING text = wb_string_format(HEAD "Version: 1\nMaintainer: %s\n", cases[i].text);
        struct reading reading = read_text(text);
        const struct wb_package *package = only(&reading);
        assert_string_equal(package->supplier, cases[i].name);
        if (cases[i].email == NULL)
            assert_null(package->supplier_email);
        else
            assert_string_equal(package->supplier_email, cases[i].email);
        assert_int_equal(package->supplier_is_person, cases[i].is_person);
        finish(&reading);
    }
}

static void conffiles(void **state)
{
    (void)state;
    struct reading reading =
        read_text(HEAD "Version: 1\nConffiles:\n /etc/a d41d8cd98f00b204e9800998ecf8427e\n"
                       " /etc/with blank D41D8CD98F00B204E9800998ECF8427E obsolete\n"
                       " /etc/new newconffile\n"
                       " etc/gone d41d8cd98f00b204e9800998ecf8427e obsolete remove-on-upgrade\n"
                       " /etc/bad 123\n lonely\n");
    const struct wb_package *package = only(&reading);
    assert_int_equal(package->owned_file_count, 4);
    const struct wb_owned_file *files = package->owned_files;
    assert_string_equal(files[0].path, "/etc/a");
    assert_int_equal(files[0].flags, WB_OWNED_CONFIG);
    assert_int_equal(files[0].digest.algorithm, WB_DIGEST_MD5);
    assert_int_equal(files[0].digest.bytes[0], 0xd4);
    assert_string_equal(files[1].path, "/etc/with blank");
    assert_int_equal(files[1].flags, WB_OWNED_CONFIG | WB_OWNED_OBSOLETE);
    assert_int_equal(files[2].digest.algorithm, WB_DIGEST_NONE);
    assert_string_equal(files[3].path, "/etc/gone");
    assert_int_equal(files[3].flags, WB_OWNED_CONFIG | WB_OWNED_OBSOLETE | WB_OWNED_MISSING_OK);
    assert_int_equal(reading.bom->finding_count, 1);
    finish(&reading);
}

static void installed_sizes(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t size;
    } cases[] = {
        {"", -1}, {"0", 0}, {"15221", 15586304}, {"4KB", -1}, {"99999999999999999999", -1}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        WB_AUTO_STRING text =
            wb_string_format(HEAD "Version: 1\nInstalled-Size: %s\n", cases[i].text);
        struct reading reading = read_text(text);
        assert_int_equal(only(&reading)->installed_size, cases[i].size);
        finish(&reading);
    }
}

static void identity_reads_no_details(void **state)
{
    (void)state;
    static const char text[] = HEAD "Version: 1\nSource: s\nDepends: a\nDescription: d\n"
                                    "Conffiles:\n /etc/a d41d8cd98f00b204e9800998ecf8427e\n";
    struct reading reading = read_bytes(text, sizeof text - 1, false, WB_READ_IDENTITY);
    const struct wb_package *package = only(&reading);
    assert_string_equal(package->source_name, "s");
    assert_null(package->summary);
    assert_int_equal(package->relation_count, 0);
    assert_int_equal(package->owned_file_count, 0);
    finish(&reading);
}

/* Files of real images; they are not part of the project. */
static void real_files(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        size_t count, unreadable;
    } cases[] = {
        {"dpkg/claircore/texlive.status", 357, 0},
        {"dpkg/claircore/postgresql.status", 3, 0},
        {"dpkg/claircore/debian-only.status", 1, 0},
    };
    const char *folder = getenv("WAYBILL_TEST_DATA");
    if (folder == NULL)
        folder = "../shared/data";
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        /* On the stack: skip() leaves without cleaning up. */
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", folder, cases[i].path);
        WB_AUTO_VALUE(wb_buffer) content = {0};
        struct wb_error err = WB_ERROR_INIT;
        if (!wb_file_read(AT_FDCWD, path, 1 << 20, &content, &err)) {
            print_message("SKIPPED: %s (set WAYBILL_TEST_DATA)\n", err.message);
            skip();
        }
        struct reading reading = read_bytes(content.data, content.size, false, WB_READ_ALL);
        assert_int_equal(reading.list.count, cases[i].count);
        assert_int_equal(reading.database.unreadable_count, cases[i].unreadable);
        assert_int_equal(reading.bom->finding_count, 0);
        finish(&reading);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_stanza),
        cmocka_unit_test(versions),
        cmocka_unit_test(states),
        cmocka_unit_test(status_d_needs_no_status),
        cmocka_unit_test(odd_but_legal),
        cmocka_unit_test(damage_is_of_one_stanza),
        cmocka_unit_test(nul_bytes),
        cmocka_unit_test(package_listed_twice),
        cmocka_unit_test(findings_are_bounded),
        cmocka_unit_test(relations),
        cmocka_unit_test(malformed_relations_are_reported),
        cmocka_unit_test(maintainers),
        cmocka_unit_test(conffiles),
        cmocka_unit_test(installed_sizes),
        cmocka_unit_test(identity_reads_no_details),
        cmocka_unit_test(real_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
