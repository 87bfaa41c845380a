/* SPDX-License-Identifier: Apache-2.0 */
/* The writers, on a small model made by hand in which most fields hold something awkward. */
#include "formats/formats.h"
#include "formats/formats_private.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define DIGEST_A "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define DIGEST_B "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define DIGEST_C "sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"

/* ---- the model ---- */

static struct wb_package *add_package(struct wb_bom *bom, struct wb_package ***list, size_t *count,
                                      size_t *capacity, const char *name, const char *evr)
{
    struct wb_package *package = wb_bom_new_package(bom, WB_PACKAGE_DEB);
    package->name = name;
    package->version = package->evr = evr;
    package->architecture = "amd64";
    package->purl = wb_arena_format(bom->arena, "pkg:deb/debian/%s@%s?arch=amd64", name, evr);
    package->span.introduced = 0;
    package->database = 0;
    WB_APPEND(*list, *count, *capacity, package);
    return package;
}

static void describe_image(struct wb_bom *bom)
{
    static struct wb_name_value labels[] = {
        {"maintainer", "Some One"},
        {"org.opencontainers.image.source", "https://code.example.org/image"},
        {"org.opencontainers.image.url", "not an address"},
        {"org.opencontainers.image.vendor", "Example\nVendor (EU)"},
    };
    static const struct wb_image_description image = {
        .reference = "oci:/somewhere",
        .name = "example",
        .manifest_digest = DIGEST_A,
        .platform = {"linux", "arm64", "v8"},
        .has_created = true,
        .created = 1700000000,
        .author = "Some One <some@example.org>",
        .labels = labels,
        .label_count = sizeof labels / sizeof labels[0],
        .layer_count = 2,
    };
    static struct wb_layer_information layers[] = {
        {.blob_digest = DIGEST_B, .diff_id = DIGEST_C, .blob_size = 1234567, .entry_count = 3},
        {.blob_digest = DIGEST_C,
         .diff_id = DIGEST_B,
         .blob_size = 12,
         .created_by =
             "RUN \033[31mrm -rf /var/lib/dpkg && a long command that goes on and on and on "
             "and on and on"},
    };
    bom->image = &image;
    bom->source_name = "example";
    bom->source_version = "1.0";
    bom->image_purl = "pkg:oci/example@" DIGEST_A;
    bom->content_digest = DIGEST_A;
    bom->created = 1700000000;
    bom->tool_version = "0.0.1";
    bom->file_selection = WB_FILES_ALL;
    bom->layers = layers;
    bom->layer_count = 2;
    bom->distribution = (struct wb_distribution){.id = "debian",
                                                 .name = "Debian GNU/Linux",
                                                 .pretty_name = "Debian GNU/Linux 12",
                                                 .version_id = "12",
                                                 .cpe_name = "cpe:/o:deb ian:linux",
                                                 .home_url = "https://www.example.org/",
                                                 .path = "etc/os-release"};
}

static const struct wb_file_hashes *hashes(struct wb_bom *bom, uint8_t byte)
{
    struct wb_file_hashes *made = wb_arena_allocate(bom->arena, sizeof *made);
    made->present = WB_FILE_SHA1 | WB_FILE_SHA256 | WB_FILE_MD5;
    memset(made->sha1, byte, sizeof made->sha1);
    memset(made->sha256, byte, sizeof made->sha256);
    memset(made->md5, byte, sizeof made->md5);
    return made;
}

static void add_file(struct wb_bom *bom, const char *path, enum wb_file_status status,
                     const struct wb_file_hashes *file_hashes, struct wb_package *owner)
{
    struct wb_file *file = wb_arena_allocate(bom->arena, sizeof *file);
    *file = (struct wb_file){
        .path = path, .status = status, .mode = 0755, .size = 5, .hashes = file_hashes};
    file->span = (struct wb_layer_span){0, 1, -1};
    if (status == WB_FILE_MODIFIED)
        file->expected.algorithm = WB_DIGEST_MD5;
    if (owner != NULL) {
        file->owners = wb_arena_allocate(bom->arena, sizeof(struct wb_package *));
        file->owners[0] = owner;
        file->owner_count = 1;
    }
    WB_APPEND(bom->files, bom->file_count, bom->file_capacity, file);
    bom->total_files++;
    *(status == WB_FILE_UNOWNED ? &bom->total_unowned : &bom->total_owned) += 1;
}

static void fill_alpha(struct wb_bom *bom, struct wb_package *alpha)
{
    static const char *cpes[] = {"cpe:2.3:a:alpha:alpha:1.0:*:*:*:*:*:*:*",
                                 "cpe:2.3:a:debian:alpha:1.0:*:*:*:*:*:*:*"};
    alpha->supplier = "Team \"A\" (Debian)";
    alpha->supplier_email = "no address";
    alpha->homepage = "https://alpha example/ <script>";
    alpha->licence =
        wb_arena_format(bom->arena, "MIT AND %s", wb_bom_add_licence_text(bom, "Acme-1", "As is."));
    alpha->licence_declared = "MIT and Acme-1";
    alpha->copyright = "2001 One\n2002 Two";
    alpha->summary = "first package";
    alpha->description = "Says\nwaybill:package:state=forged";
    alpha->source_name = "greek";
    alpha->source_version = "1.0-1";
    alpha->section = "misc\nwaybill:package:state=forged";
    alpha->has_install_time = true;
    alpha->install_time = 1600000000;
    alpha->cpes = cpes;
    alpha->cpe_count = 2;
    alpha->span.changed = 1;
    wb_package_add_relation(bom, alpha, WB_RELATION_DEPENDS, 0, "beta");
    struct wb_relation *other =
        wb_package_add_relation(bom, alpha, WB_RELATION_DEPENDS, 0, "libc6");
    other->comparison = ">=";
    other->version = "2.36";
    wb_package_add_relation(bom, alpha, WB_RELATION_DEPENDS, 1, "gone");
}

static struct wb_bom *sample(void)
{
    struct wb_bom *bom = wb_bom_new();
    describe_image(bom);
    struct wb_database database = {.kind = WB_PACKAGE_DEB,
                                   .path = "var/lib/dpkg/status",
                                   .format = "dpkg-status",
                                   .package_count = 2,
                                   .span = {0, -1, 1}};
    WB_APPEND(bom->databases, bom->database_count, bom->database_capacity, database);
#define ADD(list, count, name, evr)                                                                \
    add_package(bom, &bom->list, &bom->count##_count, &bom->count##_capacity, name, evr)
    struct wb_package *alpha = ADD(packages, package, "alpha", "1:1.0-1");
    struct wb_package *beta = ADD(packages, package, "beta", "2.0");
    struct wb_package *rest = ADD(residues, residue, "rest", "3");
    ADD(removed, removed, "old", "0.1")->span = (struct wb_layer_span){0, -1, 1};
    fill_alpha(bom, alpha);
    beta->state = WB_STATE_HALF_INSTALLED;
    beta->supplier = "A Person";
    beta->supplier_is_person = true;
    beta->supplier_email = "person@example.org";
    beta->homepage = "http://beta.example.org/?a=%20b#c";
    rest->state = WB_STATE_CONFIG_FILES;
    struct wb_dependency depends = {alpha, beta, WB_RELATION_PRE_DEPENDS};
    struct wb_dependency recommends = {beta, alpha, WB_RELATION_RECOMMENDS};
    WB_APPEND(bom->dependencies, bom->dependency_count, bom->dependency_capacity, depends);
    WB_APPEND(bom->dependencies, bom->dependency_count, bom->dependency_capacity, recommends);
    add_file(bom, "/usr/bin/b", WB_FILE_OWNED, hashes(bom, 2), alpha);
    add_file(bom, "/usr/bin/a", WB_FILE_MODIFIED, hashes(bom, 1), alpha);
    add_file(bom, "/srv/stray", WB_FILE_UNOWNED, hashes(bom, 3), NULL);
    add_file(bom, "/srv/unhashed", WB_FILE_UNOWNED, NULL, NULL);
    add_file(bom, "/etc/rest.conf", WB_FILE_OWNED, hashes(bom, 4), rest);
    struct wb_removed_file removed = {"/srv/gone", 7, hashes(bom, 5), {0, -1, 1}};
    WB_APPEND(bom->removed_files, bom->removed_file_count, bom->removed_file_capacity, removed);
    wb_bom_add_finding(bom, WB_SEVERITY_WARNING, "package-database-deleted", 1,
                       "var/lib/dpkg/status", "deleted by %s", "layer 2");
    wb_bom_finish(bom);
    return bom;
}

/* ---- writing and reading back ---- */

static char *written(const struct wb_bom *bom, const char *format_name)
{
    struct wb_error err = WB_ERROR_INIT;
    char path[] = "/tmp/waybill-formats-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    {
        WB_AUTO(wb_output) *output = wb_output_open(path, &err);
        assert_non_null(output);
        const char *version;
        const struct wb_format *format = wb_format_find(format_name, &version);
        assert_true(format->write(bom, version, output, &err));
        assert_true(wb_output_flush(output, &err));
        assert_true(wb_output_commit(output, &err));
    }
    struct wb_buffer text = {0};
    assert_true(wb_file_read(AT_FDCWD, path, 1 << 20, &text, &err));
    unlink(path);
    return wb_buffer_steal_text(&text);
}

static json_t *read_back(const struct wb_bom *bom, const char *format_name)
{
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO_STRING text = written(bom, format_name);
    json_t *document = wb_json_parse((struct wb_bytes){(const uint8_t *)text, strlen(text)}, &err);
    if (document == NULL)
        fail_msg("%s", err.message);
    return document;
}

/* The element of `list` whose member `key` is `value`. */
static json_t *find(const json_t *document, const char *list, const char *key, const char *value)
{
    size_t i;
    json_t *element;
    json_array_foreach(wb_json_array_of(document, list), i, element)
    {
        const char *found = wb_json_string_of(element, key);
        if (found != NULL && strcmp(found, value) == 0)
            return element;
    }
    fail_msg("no %s with %s %s", list, key, value);
    return NULL;
}

static void assert_member(const json_t *object, const char *key, const char *value)
{
    const char *found = wb_json_string_of(object, key);
    if (value == NULL)
        assert_null(found);
    else if (found == NULL)
        fail_msg("no %s", key);
    else
        assert_string_equal(found, value);
}

/* ---- SPDX ---- */

static bool related(const json_t *document, const char *from, const char *kind, const char *to)
{
    size_t i;
    json_t *one;
    json_array_foreach(wb_json_array_of(document, "relationships"), i, one)
    {
        if (strcmp(wb_json_string_of(one, "spdxElementId"), from) == 0 &&
            strcmp(wb_json_string_of(one, "relationshipType"), kind) == 0 &&
            strcmp(wb_json_string_of(one, "relatedSpdxElement"), to) == 0)
            return true;
    }
    return false;
}

static const char *comment_of(const json_t *element)
{
    return wb_json_string_of(json_array_get(wb_json_array_of(element, "annotations"), 0),
                             "comment");
}

static void spdx_packages(void **state)
{
    (void)state;
    WB_AUTO(wb_bom) *bom = sample();
    WB_AUTO_JSON document = read_back(bom, "spdx-json");
    json_t *image = find(document, "packages", "SPDXID", "SPDXRef-image");
    assert_member(image, "supplier", "Organization: Example Vendor (EU) ()");
    assert_member(image, "homepage", NULL);
    json_t *alpha = find(document, "packages", "name", "alpha");
    assert_member(alpha, "versionInfo", "1:1.0-1");
    assert_member(alpha, "supplier", "Organization: Team \"A\" (Debian) ()");
    assert_member(alpha, "licenseDeclared", "MIT AND LicenseRef-Acme-1");
    assert_member(alpha, "sourceInfo", "built from source package greek 1.0-1");
    assert_member(alpha, "homepage", NULL);
    assert_non_null(strstr(comment_of(alpha), "waybill:package:homepage=https://alpha example/"));
    assert_non_null(strstr(comment_of(alpha), "waybill:package:depends=beta | libc6 (>= 2.36), "
                                              "gone\n"));
    assert_non_null(strstr(comment_of(alpha), "waybill:package:state=installed\n"));
    /* A value of several lines cannot pass for another property. */
    assert_null(strstr(comment_of(alpha), "\nwaybill:package:state=forged"));
    json_t *beta = find(document, "packages", "name", "beta");
    assert_member(beta, "supplier", "Person: A Person (person@example.org)");
    assert_member(beta, "homepage", "http://beta.example.org/?a=%20b#c");
    json_t *old = find(document, "packages", "name", "old");
    assert_null(wb_json_array_of(old, "externalRefs"));
    json_t *licence =
        find(document, "hasExtractedLicensingInfos", "licenseId", "LicenseRef-Acme-1");
    assert_member(licence, "extractedText", "As is.");
}

static void spdx_relationships(void **state)
{
    (void)state;
    WB_AUTO(wb_bom) *bom = sample();
    WB_AUTO_JSON document = read_back(bom, "spdx-json");
    const char *alpha = wb_json_string_of(find(document, "packages", "name", "alpha"), "SPDXID");
    const char *beta = wb_json_string_of(find(document, "packages", "name", "beta"), "SPDXID");
    const char *old = wb_json_string_of(find(document, "packages", "name", "old"), "SPDXID");
    const char *modified =
        wb_json_string_of(find(document, "files", "fileName", "./usr/bin/a"), "SPDXID");
    const char *stray =
        wb_json_string_of(find(document, "files", "fileName", "./srv/stray"), "SPDXID");
    assert_true(related(document, "SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-image"));
    assert_true(related(document, "SPDXRef-image", "CONTAINS", alpha));
    assert_false(related(document, "SPDXRef-image", "CONTAINS", old));
    assert_true(related(document, alpha, "DEPENDS_ON", beta));
    assert_true(related(document, alpha, "OPTIONAL_DEPENDENCY_OF", beta));
    assert_false(related(document, beta, "DEPENDS_ON", alpha));
    assert_true(related(document, alpha, "CONTAINS", modified));
    assert_true(related(document, modified, "FILE_MODIFIED", alpha));
    assert_true(related(document, stray, "FILE_ADDED", "SPDXRef-image"));
    assert_true(related(document, "SPDXRef-removed-file-1", "FILE_DELETED", "SPDXRef-image"));
}

/* SPDX 2.3, 7.9.1: SHA-1 over the sorted hex SHA-1 values, joined. */
static void spdx_verification_code(void **state)
{
    (void)state;
    WB_AUTO(wb_bom) *bom = sample();
    WB_AUTO_JSON document = read_back(bom, "spdx-json");
    char values[81], hex[41];
    for (size_t i = 0; i < 40; i++) {
        values[2 * i] = '0';
        values[2 * i + 1] = i < 20 ? '1' : '2';
    }
    values[80] = '\0';
    struct wb_digest digest;
    assert_true(wb_digest_bytes(WB_DIGEST_SHA1, (struct wb_bytes){(const uint8_t *)values, 80},
                                &digest, NULL));
    wb_hex_format(digest.bytes, 20, hex);
    json_t *alpha = find(document, "packages", "name", "alpha");
    assert_true(json_is_true(json_object_get(alpha, "filesAnalyzed")));
    assert_member(wb_json_object_of(alpha, "packageVerificationCode"),
                  "packageVerificationCodeValue", hex);
    json_t *beta = find(document, "packages", "name", "beta");
    assert_true(json_is_false(json_object_get(beta, "filesAnalyzed")));
    json_t *image = find(document, "packages", "SPDXID", "SPDXRef-image");
    assert_non_null(strstr(comment_of(image), "waybill:image:file=unowned /srv/unhashed"));
}

/* ---- CycloneDX ---- */

static const char *property(const json_t *component, const char *name)
{
    return wb_json_string_of(find(component, "properties", "name", name), "value");
}

static void cyclonedx_components(void **state)
{
    (void)state;
    WB_AUTO(wb_bom) *bom = sample();
    WB_AUTO_JSON document = read_back(bom, "cyclonedx-json");
    json_t *image = wb_json_object_of(wb_json_object_of(document, "metadata"), "component");
    assert_member(image, "type", "container");
    assert_member(image, "purl", "pkg:oci/example@" DIGEST_A);
    assert_string_equal(property(image, "waybill:image:layer:2:diffID"), DIGEST_B);
    assert_string_equal(property(image, "waybill:database:1:deletedByLayer"), "2");
    json_t *alpha = find(document, "components", "name", "alpha");
    assert_member(alpha, "description", "first package\nSays\nwaybill:package:state=forged");
    assert_member(alpha, "scope", "required");
    assert_null(wb_json_array_of(alpha, "externalReferences"));
    assert_string_equal(property(alpha, "waybill:layer:changed:diffID"), DIGEST_B);
    assert_string_equal(property(alpha, "waybill:package:installTime"), "2020-09-13T12:26:40Z");
    json_t *licence = json_array_get(wb_json_array_of(alpha, "licenses"), 0);
    assert_member(licence, "expression", "MIT AND LicenseRef-Acme-1");
    json_t *beta = find(document, "components", "name", "beta");
    assert_string_equal(property(beta, "waybill:package:state"), "half-installed");
    json_t *old = find(document, "components", "name", "old");
    assert_member(old, "scope", "excluded");
    assert_member(old, "purl", NULL);
    assert_string_equal(property(old, "waybill:package:state"), "removed");
    json_t *file = find(document, "components", "name", "/usr/bin/a");
    assert_string_equal(property(file, "waybill:file:package"),
                        wb_json_string_of(alpha, "bom-ref"));
    assert_string_equal(property(file, "waybill:file:status"), "modified");
    json_t *finding = json_array_get(wb_json_array_of(document, "annotations"), 0);
    assert_member(finding, "text",
                  "warning: deleted by layer 2\nwaybill:finding:code=package-database-deleted\n"
                  "waybill:finding:path=var/lib/dpkg/status\nwaybill:finding:layer=2");
}

/* ---- all ---- */

static void same_model_same_bytes(void **state)
{
    (void)state;
    size_t count;
    const struct wb_format *formats = wb_formats(&count);
    for (size_t i = 0; i < count; i++) {
        WB_AUTO(wb_bom) *one = sample();
        WB_AUTO(wb_bom) *two = sample();
        WB_AUTO_STRING first = written(one, formats[i].name);
        WB_AUTO_STRING second = written(two, formats[i].name);
        assert_string_equal(first, second);
    }
}

static void nothing_known(void **state)
{
    (void)state;
    static const struct wb_image_description image = {.name = "x"};
    size_t count;
    const struct wb_format *formats = wb_formats(&count);
    WB_AUTO(wb_bom) *bom = wb_bom_new();
    bom->image = &image;
    bom->source_name = "x";
    bom->content_digest = DIGEST_A;
    bom->tool_version = "0";
    wb_bom_finish(bom);
    for (size_t i = 0; i < count; i++) {
        WB_AUTO_STRING text = written(bom, formats[i].name);
        assert_non_null(strstr(text, "x"));
    }
}

static void table_is_safe_to_show(void **state)
{
    (void)state;
    WB_AUTO(wb_bom) *bom = sample();
    WB_AUTO_STRING text = written(bom, "table");
    assert_null(strchr(text, '\033'));
    assert_non_null(strstr(text, "alpha  1:1.0-1"));
    assert_non_null(strstr(text, "half-installed"));
    assert_non_null(strstr(text, "1.2 MB"));
    for (const char *line = text; *line != '\0'; line = strchr(line, '\n') + 1)
        assert_true(strcspn(line, "\n") <= 114);
}

static void fields(void **state)
{
    (void)state;
    static const char *const homepages[] = {"http://a.example", "https://www.a-b.example.org:80/x",
                                            "ftp://ftp.a.org/~b?c=d#e"};
    static const char *const bad[] = {"https://a example.org/",
                                      "https://localhost/",
                                      "https://a.example.org/%zz",
                                      "https://a.example.org/\xc3\xa9",
                                      "https://10.0.0.1/",
                                      "https://a.example.org:x/",
                                      "https://u@a.example.org/",
                                      "https://a..org",
                                      "mailto:a@b.org",
                                      "https://",
                                      "javascript://a.example/",
                                      "",
                                      "https://a.org/{}"};
    for (size_t i = 0; i < sizeof homepages / sizeof homepages[0]; i++)
        assert_true(wb_field_is_homepage(homepages[i]) && wb_field_is_iri(homepages[i]));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(wb_field_is_homepage(bad[i]));
    assert_false(wb_field_is_iri("https://a.org/ b") || wb_field_is_iri("//a.org") ||
                 wb_field_is_iri(NULL) || wb_field_is_iri("https://[::1"));
    assert_true(wb_field_is_email("a@b.org"));
    assert_false(wb_field_is_email("a b@c") || wb_field_is_email("@c") || wb_field_is_email("a@") ||
                 wb_field_is_email("a@b@c") || wb_field_is_email(NULL));
    assert_string_equal(wb_field_cpe_type("cpe:/o:redhat:enterprise_linux:9::baseos"), "cpe22Type");
    assert_string_equal(wb_field_cpe_type("cpe:2.3:o:a:b:1:*:*:*:*:*:*:*"), "cpe23Type");
    assert_null(wb_field_cpe_type("cpe:2.3:o:a:b:1:*:*:*:*:*:*"));
    assert_null(wb_field_cpe_type("cpe:/o:a b"));
    assert_null(wb_field_cpe_type("cpe:2.3:x:a:b:1:*:*:*:*:*:*:*"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spdx_packages),          cmocka_unit_test(spdx_relationships),
        cmocka_unit_test(spdx_verification_code), cmocka_unit_test(cyclonedx_components),
        cmocka_unit_test(same_model_same_bytes),  cmocka_unit_test(nothing_known),
        cmocka_unit_test(table_is_safe_to_show),  cmocka_unit_test(fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
