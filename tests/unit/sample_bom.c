/* SPDX-License-Identifier: Apache-2.0 */
/* The sample, and documents made of it. */
#include "tests/unit/sample_bom.h"

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

const struct wb_file_hashes *hashes(struct wb_bom *bom, uint8_t byte)
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

struct wb_bom *sample(void)
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

void add_what_documents_say(struct wb_bom *bom)
{
    struct wb_package *alpha = bom->packages[0];
    struct wb_tool tools[] = {{"other", "1.2"}, {"nameless", NULL}};
    WB_APPEND(bom->tools, bom->tool_count, bom->tool_capacity, tools[0]);
    WB_APPEND(bom->tools, bom->tool_count, bom->tool_capacity, tools[1]);
    bom->creator = (struct wb_party){.url = "https://maker.example.org/"};
    bom->supplier = (struct wb_party){
        .name = "A (b)", .email = "a@example.org", .url = "urn:x", .is_person = true};
    struct wb_unmet_requirement unmet = {alpha, WB_RELATION_PRE_DEPENDS, "z (>= 2) | y"};
    WB_APPEND(bom->unmet, bom->unmet_count, bom->unmet_capacity, unmet);
    struct wb_digest digest = {.algorithm = WB_DIGEST_SHA384};
    wb_package_add_checksum(alpha, &digest);
    struct wb_name_value property = {"own=name", "two\nlines"};
    WB_APPEND(alpha->properties, alpha->property_count, alpha->property_capacity, property);
    alpha->licence_concluded = "MIT";
    alpha->download_location = "NONE";
    alpha->component_type = "cryptographic-asset";
    alpha->packager = "P <p@example.org>";
    alpha->packager_is_person = true;
}

void write_document(const struct wb_bom *bom, const char *format_name, struct wb_buffer *content)
{
    struct wb_error err = WB_ERROR_INIT;
    const char *version;
    const struct wb_format *format = wb_format_find(format_name, &version);
    assert_non_null(format);
    WB_AUTO(wb_output) *output = wb_output_open_buffer(content);
    assert_true(format->write(bom, version, output, &err));
    assert_true(wb_output_flush(output, &err));
}

char *written(const struct wb_bom *bom, const char *format_name)
{
    WB_AUTO_VALUE(wb_buffer) text = {0};
    write_document(bom, format_name, &text);
    return wb_buffer_steal_text(&text);
}
